from __future__ import annotations

from collections.abc import Mapping

import pytest

from sanbao.indexer.intake import Intake, ItemError

RECORD = {
    "title": "Ferry stays",
    "body": "It will run all winter.\nReturn home",
    "url": "https://news.example/1",
    "source": "The Courier",
    "published": "2026-11-20T10:05:00+08:00",
    "tags": ["ferry"],
}


@pytest.fixture
def intake(writer) -> Intake:
    return Intake(lambda: writer)


def test_records_are_indexed_and_updated(intake, writer):
    assert intake.accept([RECORD]).to_dict() == {"indexed": 1, "updated": 0, "errors": []}
    again = intake.accept([RECORD | {"title": "Ferry goes"}, {"title": "Other"}])
    assert (again.indexed, again.updated) == (2, 1)
    articles = {article.title: article for article in writer.committed.values()}
    assert articles.keys() == {"Ferry goes", "Other"}
    assert articles["Ferry goes"].to_dict() | {"id": ""} == {
        "id": "",
        "title": "Ferry goes",
        "body": RECORD["body"],
        "language": "en",
        "url": RECORD["url"],
        "source": "The Courier",
        "author": None,
        "published": "2026-11-20T02:05:00Z",
        "updated": None,
        "categories": [],
        "tags": ["ferry"],
        "image": None,
    }


def test_nothing_is_cleaned_out_of_a_posted_body(intake, writer):
    body = "Prose.\n返回首页\n来源：某报"
    intake.accept([{"id": "1", "body": body}])
    assert (writer.committed["1"].body, writer.committed["1"].source) == (body, None)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"colour": "red"}, "colour", "unknown field; known are id, title, body, language"),
        ({"title": 5}, "title", "must be text, is int"),
        ({"title": "", "body": " "}, "title", "both empty"),
        ({"published": "soon"}, "published", "'soon' is not an ISO 8601 date"),
        ({"published": 5}, "published", "must be text"),
        ({"url": "/a"}, "url", "not an absolute http or https address"),
        ({"image": "javascript:x"}, "image", "not an absolute http or https address"),
        ({"tags": "a"}, "tags", "must be a list of texts"),
        ({"categories": ["a", 1]}, "categories", "must be a list of texts"),
        ({"language": "fr"}, "language", "'fr' is none of zh"),
        ({"id": "x" * 600}, "id", "1 to 512 characters"),
    ],
)
def test_a_wrong_record_is_reported_and_the_others_go_in(intake, writer, change, field, reason):
    report = intake.accept([{"title": "A"}, RECORD | change, {"title": "B"}])
    assert report.indexed == 2
    (error,) = report.errors
    assert (error.item, error.field) == (1, field)
    assert reason in error.reason
    assert sorted(a.title for a in writer.committed.values()) == ["A", "B"]


@pytest.mark.parametrize("record", [None, "text", 5, ["title"]])
def test_what_is_no_object(intake, record: Mapping[str, object]):
    assert intake.accept([record]).errors == [
        ItemError(0, None, "an article must be an object with fields")
    ]


def test_null_is_as_good_as_missing(intake):
    assert intake.accept([RECORD | {"author": None, "tags": None, "body": None}]).indexed == 1


def test_deletion_says_whether_there_was_one(intake):
    intake.accept([{"id": "1", "title": "A"}])
    assert intake.delete("1")
    assert not intake.delete("1")


def test_an_error_of_the_index_passes_through_and_leaves_nothing(writer):
    def broken():
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        Intake(broken).accept([RECORD])
    assert writer.committed == {}


def test_what_there_is_no_time_for_is_reported_by_its_place(writer):
    hurried = Intake(lambda: writer, seconds=0.0)
    report = hurried.accept([{"id": "a", "title": "a"}, {"id": "b", "title": "b"}, 7])
    assert (report.indexed, list(writer.committed)) == (1, ["a"])
    assert [(error.item, error.field) for error in report.errors] == [(1, None), (2, None)]
    assert all("fewer articles at once" in error.reason for error in report.errors)
    again = hurried.accept([{"id": "b", "title": "b"}])
    assert (again.indexed, again.errors) == (1, [])
