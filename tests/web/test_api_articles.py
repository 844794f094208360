from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sanbao.indexer.intake import Intake
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.storage import write_lock
from sanbao.web.api import MAX_BATCH_BYTES
from sanbao.web.app import create_app
from sanbao.web.guarding.keys import Keys
from tests.growth import assert_at_most, processor_seconds


def post_lines(client: FlaskClient, *lines: str) -> tuple[int, dict[str, object]]:
    response = client.post(
        "/api/v1/articles", data="\n".join(lines), content_type="application/x-ndjson"
    )
    assert response.json is not None
    return response.status_code, response.json


def test_an_article_is_given_whole(client: FlaskClient) -> None:
    article = client.get("/api/v1/articles/" + quote("https://news.example/en/1?print=1")).json
    assert article is not None
    assert article["body"] == "The ferry & <its> crew left.\nThe mayor came."
    assert article["published"] == "2026-09-02T04:05:00Z"


def test_any_id_can_be_asked_for(client: FlaskClient) -> None:
    path = "/api/v1/articles/" + quote("//odd/../id #1", safe="/")
    response = client.get(path)
    assert response.json is not None
    assert response.json["id"] == "//odd/../id #1"


def test_an_absent_article_is_not_found(client: FlaskClient) -> None:
    response = client.get("/api/v1/articles/none")
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert "none" in response.text


def test_a_posted_article_is_found_at_once(writer_client: FlaskClient) -> None:
    article = {"id": "new", "title": "渡轮首航", "language": "zh-Hans"}
    response = writer_client.post("/api/v1/articles", json=article)
    assert response.json == {"indexed": 1, "updated": 0, "errors": []}
    found = writer_client.get("/api/v1/search?q=渡轮").json
    assert found is not None
    assert [hit["id"] for hit in found["hits"]] == ["new"]


def test_posting_an_article_again_replaces_it(writer_client: FlaskClient) -> None:
    response = writer_client.post("/api/v1/articles", json=[{"id": "kept", "title": "Changed"}])
    assert response.json == {"indexed": 1, "updated": 1, "errors": []}
    stats = writer_client.get("/api/v1/stats").json
    assert stats is not None
    assert stats["articles"] == 1


def test_bad_articles_do_not_stop_good_ones(writer_client: FlaskClient) -> None:
    good = json.dumps({"id": "good", "title": "A title"})
    status, report = post_lines(writer_client, '{"id": "bad"}', "", "{broken", good, "3")
    assert status == 200
    assert report["indexed"] == 1
    errors = report["errors"]
    assert isinstance(errors, list)
    assert [error["item"] for error in errors] == [0, 1, 3]
    assert writer_client.get("/api/v1/articles/good").status_code == 200


def test_when_every_article_is_bad_the_request_is(writer_client: FlaskClient) -> None:
    response = writer_client.post("/api/v1/articles", json={"id": "bad", "colour": "red"})
    assert response.status_code == 422
    assert response.json is not None
    assert response.json["errors"][0]["field"] == "colour"


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_1_to_1000_articles(writer_client: FlaskClient, count: int) -> None:
    response = writer_client.post("/api/v1/articles", json=[{"title": "t"}] * count)
    assert response.status_code == 422
    assert "1 to 1,000 articles" in response.text


BRACKETS = b'{"title": "a, [] \\" ,", "language": "en"}'
LONG_BATCHES = {
    "short lines": ("application/x-ndjson", lambda count: b"x\n" * count),
    "empty objects": ("application/json", lambda count: b"[" + b"{}," * count + b"{}]"),
    "numbers": ("application/json", lambda count: b"[" + b"0," * count + b"0]"),
    "no end": ("application/json", lambda count: b" [ " + b"[] , " * count),
}


@pytest.mark.parametrize("kind", LONG_BATCHES)
def test_a_batch_of_too_many_is_refused_before_the_rest_is_parsed(
    writer_client: FlaskClient, kind: str
) -> None:
    content_type, batch = LONG_BATCHES[kind]

    def seconds(count: int) -> float:
        body = batch(count)
        return processor_seconds(lambda: refused(body))

    def refused(body: bytes) -> None:
        response = writer_client.post("/api/v1/articles", data=body, content_type=content_type)
        assert response.status_code == 422
        assert "has more; send fewer at once" in response.text

    # A thousand times as many take little longer, where parsing them would take far longer.
    assert_at_most(20, lambda: seconds(3_000_000), lambda: seconds(3_000))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-ndjson", b'{"title": "t", "language": "en"}\n\n \r\n' * 1000),
        ("application/json", b"\n[" + b",\n ".join([BRACKETS] * 1000) + b"]\n"),
        ("application/json", b'{"title": "one"}'),
    ],
)
def test_a_batch_of_the_most_is_taken(
    writer_client: FlaskClient, content_type: str, body: bytes
) -> None:
    response = writer_client.post("/api/v1/articles", data=body, content_type=content_type)
    assert response.status_code == 200
    assert response.json is not None
    assert not response.json["errors"]


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[{},", b'[{"a": "\\ud800"}]', b"[\xff]", b"["])
def test_an_array_that_is_no_json_says_so(writer_client: FlaskClient, body: bytes) -> None:
    response = writer_client.post("/api/v1/articles", data=body, content_type="application/json")
    assert response.status_code == 400
    assert "not JSON" in response.text


def test_a_large_body_is_refused(writer_client: FlaskClient) -> None:
    response = writer_client.post(
        "/api/v1/articles", data=b" " * (MAX_BATCH_BYTES + 1), content_type="application/json"
    )
    assert response.status_code == 413
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("content_type", ["text/csv", "application/x-www-form-urlencoded", ""])
def test_other_types_are_refused(writer_client: FlaskClient, content_type: str) -> None:
    response = writer_client.post("/api/v1/articles", data="{}", content_type=content_type)
    assert response.status_code == 415
    assert "application/x-ndjson" in response.text


def test_a_body_that_is_not_json_is_refused(writer_client: FlaskClient) -> None:
    response = writer_client.post("/api/v1/articles", data="[", content_type="application/json")
    assert response.status_code == 400


def test_deleting(writer_client: FlaskClient) -> None:
    assert writer_client.delete("/api/v1/articles/kept").status_code == 204
    assert writer_client.get("/api/v1/articles/kept").status_code == 404
    assert writer_client.delete("/api/v1/articles/kept").status_code == 404


def test_while_another_process_writes_one_is_told_to_come_again(
    writer_client: FlaskClient, writable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_lock, "WAIT_SECONDS", 0.0)
    with open_writer(writable_folder):
        response = writer_client.post("/api/v1/articles", json={"title": "A title"})
    assert response.status_code == 503
    assert response.content_type == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0


def test_without_a_configured_key_writing_is_off(client: FlaskClient) -> None:
    for response in (
        client.post("/api/v1/articles", json={"title": "t"}),
        client.delete("/api/v1/articles/hostile"),
    ):
        assert response.status_code == 403
        assert "sanbao key create" in response.text


@pytest.mark.parametrize("key", [None, ""])
def test_an_empty_key_opens_nothing(writable_folder: Path, key: str | None) -> None:
    engine = open_engine(writable_folder)
    intake = Intake(lambda: open_writer(writable_folder))
    app = create_app(engine, intake=intake, keys=Keys(token=key))
    response = app.test_client().post(
        "/api/v1/articles", json={"title": "t"}, headers={"Authorization": "Bearer "}
    )
    engine.close()
    assert response.status_code == 403


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer", "Basic a-key", "Bearer \xff"])
def test_a_wrong_key_is_refused(writer_client: FlaskClient, given: str | None) -> None:
    del writer_client.environ_base["HTTP_AUTHORIZATION"]
    headers = {"Authorization": given} if given else {}
    response = writer_client.delete("/api/v1/articles/kept", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert writer_client.get("/api/v1/articles/kept").status_code == 200


def test_the_key_is_asked_for_before_the_body_is_read(writer_client: FlaskClient) -> None:
    del writer_client.environ_base["HTTP_AUTHORIZATION"]
    response = writer_client.post("/api/v1/articles", data="[", content_type="application/json")
    assert response.status_code == 401


def test_stats(client: FlaskClient) -> None:
    stats = client.get("/api/v1/stats").json
    assert stats is not None
    assert stats["articles"] == 35
    assert stats["sources"]["北潮新聞"] == 8


def test_analyze(client: FlaskClient) -> None:
    analysis = client.post("/api/v1/analyze", json={"text": "新しいフェリー"}).json
    assert analysis is not None
    assert analysis["candidates"] == ["ja"]
    token = analysis["tokens"][0]
    assert set(token) == {"analyzer", "text", "position", "start", "end"}


def test_analyze_in_a_given_language(client: FlaskClient) -> None:
    analysis = client.post("/api/v1/analyze", json={"text": "港湾", "language": "ja"}).json
    assert analysis is not None
    assert analysis["candidates"] == ["ja"]


@pytest.mark.parametrize(
    "body", [{}, {"text": 1}, {"text": "a", "language": "fr"}, {"text": "a" * 20_001}]
)
def test_analyze_refuses_bad_bodies(client: FlaskClient, body: object) -> None:
    assert client.post("/api/v1/analyze", json=body).status_code == 422


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    response = client.get("/api/v1/analyze")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert response.content_type == "application/problem+json"


def test_an_unknown_path_is_a_problem(client: FlaskClient) -> None:
    response = client.get("/api/v1/nothing")
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_a_damaged_index_is_a_503(tmp_path: Path) -> None:
    from sanbao.search.errors import IndexCorrupt

    class Damaged:
        def search(self, request: object) -> None:
            raise IndexCorrupt("the index at /i is damaged; rebuild it")

        stats = get = articles = search

    client = create_app(Damaged()).test_client()
    assert client.get("/api/v1/search?q=a").status_code == 503
    page = client.get("/?q=a")
    assert page.status_code == 503
    assert page.mimetype == "text/html"


def test_a_bug_is_a_500_without_its_details(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(None)
    response = app.test_client().get("/api/v1/stats")
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    assert "NoneType" not in response.text
    assert "NoneType" in caplog.text


def test_headers_are_strict_everywhere(app: Flask) -> None:
    client = app.test_client()
    for path in ("/", "/docs", "/nothing", "/api/v1/search?q=a", "/openapi.json", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
