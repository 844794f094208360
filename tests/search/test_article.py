"""The article: what it accepts, what it refuses, and its JSON form."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.article import LANGUAGES, MAX_ID_BYTES, Article, base_language
from sanbao.search.errors import InvalidArticle

CHINA = timezone(timedelta(hours=8))

texts = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\t\n"))
words = texts.map(lambda text: "x" + text)
ids = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=40)
instants = st.datetimes(
    min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.timezones()
)
articles = st.builds(
    Article,
    id=ids,
    title=words,
    body=texts,
    language=st.sampled_from(LANGUAGES),
    source=st.none() | texts,
    author=st.none() | texts,
    published=st.none() | instants,
    updated=st.none() | instants,
    categories=st.lists(texts),
    tags=st.lists(texts),
)


@given(articles)
def test_an_article_survives_json(article: Article) -> None:
    encoded = json.dumps(article.to_dict(), ensure_ascii=False).encode()
    assert Article.from_dict(json.loads(encoded)) == article
    assert Article.from_trusted(json.loads(encoded)) == article


def test_only_an_id_and_a_title_or_a_body_are_needed() -> None:
    assert Article(id="1", title="题").language == "und"
    assert Article(id="1", body="文").to_dict() == {
        "id": "1",
        "title": "",
        "body": "文",
        "language": "und",
        "url": None,
        "source": None,
        "author": None,
        "published": None,
        "updated": None,
        "categories": [],
        "tags": [],
        "image": None,
    }


def test_instants_are_stored_in_utc_to_the_second() -> None:
    published = datetime(2022, 1, 10, 9, 37, 29, 999_999, tzinfo=CHINA)
    article = Article(id="1", title="x", published=published)
    assert article.published == datetime(2022, 1, 10, 1, 37, 29, tzinfo=UTC)
    assert article.to_dict()["published"] == "2022-01-10T01:37:29Z"


def test_an_early_year_is_written_with_four_digits() -> None:
    article = Article(id="1", title="x", published=datetime(868, 5, 11, tzinfo=UTC))
    assert article.to_dict()["published"] == "0868-05-11T00:00:00Z"


def test_labels_are_trimmed_and_never_doubled() -> None:
    article = Article(
        id="1",
        title="x",
        source=" South \x1f China\nPost ",
        author=" ",
        categories=[" 财经 ", "财经", "", "a\x1fb"],
    )
    assert article.source == "South China Post"
    assert article.author is None
    assert article.categories == ("财经", "a b")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("id", "", "'' is empty"),
        ("id", "x" * (MAX_ID_BYTES + 1), f"'{'x' * 60}'… has 513 bytes of UTF-8"),
        ("id", "国" * 171, "has 513 bytes of UTF-8; an id has at most 512"),
        ("id", "a\nb", r"'a\nb' holds a control character"),
        ("id", "a\x85", r"'a\x85' holds a control character"),
        ("id", "a\ud800\n", r"'a\ud800\n' holds half a character"),
        ("id", 7, "must be text, is int"),
        ("title", None, "must be text, is NoneType"),
        ("title", "  ", "both empty"),
        ("title", "x\ud800", "half a character"),
        ("body", b"x", "must be text, is bytes"),
        ("source", "\udc80", "half a character"),
        ("source", 3, "must be text, is int"),
        ("url", [], "must be text, is list"),
        ("image", 1.5, "must be text, is float"),
        ("language", "fr", "zh-Hant, ja, en, und"),
        ("language", None, "None is none of"),
        ("categories", "财经", "must be a list of texts, is str"),
        ("categories", ["x", 1], "must be text, is int"),
        ("tags", ["\ud800"], "half a character"),
        ("tags", {"x"}, "must be a list of texts, is set"),
        ("published", "2022-01-10", "with a UTC offset"),
        ("published", datetime(2022, 1, 10), "with a UTC offset"),
        ("updated", datetime(1, 1, 1, tzinfo=CHINA), "outside the years 1 to 9999"),
    ],
)
def test_a_wrong_value_is_named(field: str, value: Any, reason: str) -> None:
    values: dict[str, Any] = {"id": "1", "title": "x", field: value}
    with pytest.raises(InvalidArticle) as caught:
        Article(**values)
    assert caught.value.field == field
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"title": "x"}, "id: missing"),
        ({"id": "1", "title": "x", "lang": "en"}, "lang: unknown field; known are author, body"),
        ({"id": "1", "title": "x", "published": "yesterday"}, "published: 'yesterday' is not"),
        ({"id": "1", "title": "x", "published": 1_641_778_649}, "published: must be text"),
        ({"id": "1", "title": "x", "published": "2022-01-10T09:37:29"}, "published: must be a"),
    ],
)
def test_a_wrong_record_is_named(record: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArticle) as caught:
        Article.from_dict(record)
    assert str(caught.value).startswith(message)


def test_a_record_may_carry_any_offset() -> None:
    record = {"id": "1", "title": "x", "published": "2022-01-10T09:37:29+08:00"}
    assert Article.from_dict(record).to_dict()["published"] == "2022-01-10T01:37:29Z"


def test_base_language() -> None:
    assert [base_language(language) for language in LANGUAGES] == [
        "zh",
        "zh",
        "zh",
        "ja",
        "en",
        "und",
    ]
