"""Pages of other sites read what they are allowed to, which is nothing unless a setting says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from sanbao.indexer.intake import Intake
from sanbao.search.engines import open_engine, open_writer
from sanbao.web.app import create_app
from sanbao.web.guarding.keys import Keys
from sanbao.web.guarding.settings import Settings
from tests.conftest import Run
from tests.web.conftest import KEY

FRIEND, OTHER = "https://news.example", "https://evil.example"
READABLE = [
    "/api/v1/search?q=article",
    "/api/v1/suggest?q=art",
    "/api/v1/articles/kept",
    "/api/v1/stats",
]
ALLOWED = "Access-Control-Allow-Origin"
BEARER = f"Bearer {KEY}".encode().decode("latin-1")


@pytest.fixture
def shared(writable_folder: Path) -> Iterator[FlaskClient]:
    """A client of an application that one other site may read."""
    engine = open_engine(writable_folder)
    intake = Intake(lambda: open_writer(writable_folder))
    settings = Settings(cors_origins=(FRIEND,))
    yield create_app(engine, intake=intake, keys=Keys(token=KEY), settings=settings).test_client()
    engine.close()


def named(headers: object) -> set[str]:
    return {name for name in dict(headers) if name.startswith("Access-Control-")}


@pytest.mark.parametrize("path", READABLE)
def test_an_allowed_origin_reads_and_no_other(shared: FlaskClient, path: str) -> None:
    answer = shared.get(path, headers={"Origin": FRIEND})
    assert answer.headers[ALLOWED] == FRIEND
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    others = (OTHER, "null", "*", FRIEND + ":81", FRIEND + ".evil.example", "http://news.example")
    for origin in others:
        refused = shared.get(path, headers={"Origin": origin})
        assert (refused.status_code, named(refused.headers)) == (200, set())
        assert "Origin" in refused.headers["Vary"]
    alone = shared.get(path)
    assert named(alone.headers) == set()
    assert {"Accept-Encoding", "Origin"} <= set(alone.vary)


def test_errors_and_what_still_holds_are_read_too(shared: FlaskClient) -> None:
    for path, status in (("/api/v1/search?x=1", 422), ("/api/v1/articles/none", 404)):
        answer = shared.get(path, headers={"Origin": FRIEND})
        assert (answer.status_code, answer.headers[ALLOWED]) == (status, FRIEND)
    tag = shared.get(READABLE[0]).headers["ETag"]
    answer = shared.get(READABLE[0], headers={"Origin": FRIEND, "If-None-Match": tag})
    assert (answer.status_code, answer.headers[ALLOWED]) == (304, FRIEND)


@pytest.mark.parametrize("path", READABLE)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_who_asks_whether_it_may_is_told_of_reading_alone(
    shared: FlaskClient, path: str, method: str
) -> None:
    asking = {"Access-Control-Request-Method": method, "Origin": FRIEND}
    answer = shared.options(path, headers=asking)
    assert answer.status_code == 200
    assert answer.headers[ALLOWED] == FRIEND
    assert answer.headers["Access-Control-Allow-Methods"] == "GET"
    assert answer.headers["Access-Control-Allow-Headers"] == "If-None-Match"
    assert named(shared.options(path, headers=asking | {"Origin": OTHER}).headers) == set()


@pytest.mark.parametrize("path", ["/", "/docs", "/articles/kept", "/api/v1/articles", "/readyz"])
def test_nothing_else_is_shared(shared: FlaskClient, path: str) -> None:
    for method in ("GET", "OPTIONS"):
        assert named(shared.open(path, method=method, headers={"Origin": FRIEND}).headers) == set()


def test_an_allowed_origin_does_not_write_and_asks_nothing_by_post(shared: FlaskClient) -> None:
    headers = {"Origin": FRIEND, "Authorization": BEARER}
    for answer in (
        shared.post("/api/v1/articles", json={"title": "A title"}, headers=headers),
        shared.delete("/api/v1/articles/kept", headers=headers),
    ):
        assert (answer.status_code, named(answer.headers)) == (403, set())
    asked = shared.post("/api/v1/search", json={"q": "article"}, headers={"Origin": FRIEND})
    assert named(asked.headers) == set()


@pytest.mark.parametrize("path", READABLE)
def test_it_is_off_unless_a_setting_turns_it_on(client: FlaskClient, path: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = client.open(
            path.replace("kept", "rates"), method=method, headers={"Origin": FRIEND}
        )
        assert named(answer.headers) == set()
        assert "Origin" not in answer.vary


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "null", "", "news.example", "https://news.example/", "https://*.example"),
        *("HTTPS://a.b", "ftp://a.b", "https://a@b.c", "https://新聞.example", "https://a.b:port"),
        "https://a.b\n",
    ],
)
def test_what_is_no_origin_is_refused_at_the_start(sanbao: Run, origin: str) -> None:
    done = sanbao("serve", "--cors-origin", origin)
    assert done.returncode == 2
    assert "is no origin; write scheme, host and port" in done.stderr
    assert "Traceback" not in done.stderr
