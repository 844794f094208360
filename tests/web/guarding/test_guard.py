"""Who is let in, how often, and what every answer carries."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sanbao.indexer.intake import Intake
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.errors import IndexCorrupt, IndexProblem
from sanbao.web.app import create_app
from sanbao.web.guarding.headers import SECURITY_HEADERS
from sanbao.web.guarding.keys import Keys
from sanbao.web.guarding.settings import Settings
from tests.web.conftest import KEY
from tests.web.test_openapi import conforms

FAR = {"REMOTE_ADDR": "203.0.113.7"}
BEARER = {"Authorization": f"Bearer {KEY}".encode().decode("latin-1")}
ALWAYS = {*SECURITY_HEADERS, "X-Request-ID", "Cache-Control", "Content-Type", "Vary"}
ARTICLE = "/api/v1/articles/kept"

# Every route and method, and what those get who show no key, a wrong one and a right one.
ANYBODY, WRITERS = (200, 200, 200), (401, 401, 200)
EXPECTED = {
    ("/", "GET"): ANYBODY,
    ("/docs", "GET"): ANYBODY,
    ("/articles/<article_id:article_id>", "GET"): ANYBODY,
    ("/api/v1/search", "GET"): ANYBODY,
    ("/api/v1/search", "POST"): ANYBODY,
    ("/api/v1/suggest", "GET"): ANYBODY,
    ("/api/v1/articles/<article_id:article_id>", "GET"): ANYBODY,
    ("/api/v1/articles/<article_id:article_id>", "DELETE"): (401, 401, 204),
    ("/api/v1/articles", "POST"): WRITERS,
    ("/api/v1/stats", "GET"): ANYBODY,
    ("/api/v1/analyze", "POST"): ANYBODY,
    ("/healthz", "GET"): ANYBODY,
    ("/readyz", "GET"): ANYBODY,
    ("/openapi.json", "GET"): ANYBODY,
    ("/static/<path:filename>", "GET"): ANYBODY,
}
BODIES = {
    "/api/v1/search": {"q": "*"},
    "/api/v1/articles": {"title": "A title"},
    "/api/v1/analyze": {"text": "a"},
}


@pytest.fixture
def engine(writable_folder: Path) -> Iterator[SearchEngine]:
    engine = open_engine(writable_folder)
    yield engine
    engine.close()


def app_with(engine: SearchEngine, folder: Path, **settings: object) -> Flask:
    intake = Intake(lambda: open_writer(folder))
    return create_app(
        engine,
        intake=intake,
        keys=Keys(token=KEY),
        settings=Settings(**settings),
    )


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def path_of(rule: str) -> str:
    """A path of the route, to something that is there."""
    path = rule.replace("<article_id:article_id>", "kept").replace("<path:filename>", "icon.svg")
    return f"{path}?q=*" if path == "/api/v1/search" else path


def test_every_route_has_its_line_in_the_matrix(app: Flask) -> None:
    assert routes(app) == set(EXPECTED)


@pytest.mark.parametrize(("rule", "method"), sorted(EXPECTED))
@pytest.mark.parametrize("shown", [0, 1, 2], ids=["no key", "wrong key", "right key"])
def test_who_may_do_what(
    engine: SearchEngine, writable_folder: Path, rule: str, method: str, shown: int
) -> None:
    client = app_with(engine, writable_folder).test_client()
    path = path_of(rule)
    headers = ({}, {"Authorization": "Bearer wrong"}, BEARER)[shown]
    body = {"json": BODIES[rule]} if method == "POST" else {}
    response = client.open(path, method=method, headers=headers, buffered=True, **body)
    assert response.status_code == EXPECTED[rule, method][shown]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": f"key={KEY}; api_key={KEY}"},
        {"X-API-Key": "a-key-of-tests"},
        {"Authorization": "Basic a2V5OmE="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer " + "x" * 7000},
        {"Authorization": "Bearer \xff\xfe"},
        {"Authorization": f"Token {KEY}".encode().decode("latin-1")},
        {"Authorization": f"Bearer {KEY[:-1]}".encode().decode("latin-1")},
        {"Authorization": f"Bearer {KEY}x".encode().decode("latin-1")},
        {"Authorization": f"Bearer {KEY.upper()}".encode().decode("latin-1")},
        {"Proxy-Authorization": f"Bearer {KEY}".encode().decode("latin-1")},
    ],
)
def test_only_the_whole_key_in_its_header_counts(
    engine: SearchEngine, writable_folder: Path, method: str, headers: dict[str, str]
) -> None:
    client = app_with(engine, writable_folder).test_client()
    path = ARTICLE if method == "DELETE" else "/api/v1/articles"
    headers = {k: v.encode().decode("latin-1") if k == "Cookie" else v for k, v in headers.items()}
    response = client.open(path, method=method, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert client.get(ARTICLE).status_code == 200


@pytest.mark.parametrize("name", ["key", "api_key", "token", "access_token", "Authorization"])
def test_a_key_in_the_address_opens_nothing_and_is_not_said_again(
    engine: SearchEngine, writable_folder: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = app_with(engine, writable_folder).test_client()
    secret = "canary-6d1c0b8f4e"
    said = []
    for headers, status in (({}, 401), (BEARER, 422)):
        url = f"/api/v1/articles?{name}={secret}"
        response = client.post(url, json={"title": "t"}, headers=headers)
        assert response.status_code == status
        said.append(response.text)
    for path in ("/", "/api/v1/search", ARTICLE, "/articles/kept", "/healthz", "/none", "/docs"):
        said.append(client.get(f"{path}?{name}={secret}").text)
    assert secret not in "".join(said) + caplog.text


def test_wrong_keys_cannot_be_tried_for_ever(engine: SearchEngine, writable_folder: Path) -> None:
    client = app_with(engine, writable_folder, failed_keys_per_minute=3).test_client()
    wrong = {"Authorization": "Bearer wrong"}
    statuses = [client.delete(ARTICLE, headers=wrong).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert client.delete(ARTICLE).status_code == 401  # nothing is no attempt
    late = client.delete(ARTICLE, headers=wrong)
    assert 0 < int(late.headers["Retry-After"]) <= 20
    elsewhere = client.delete(ARTICLE, headers=wrong, environ_overrides=FAR)
    assert elsewhere.status_code == 401


def test_wrong_keys_never_lock_out_the_right_one(
    engine: SearchEngine, writable_folder: Path
) -> None:
    client = app_with(engine, writable_folder, failed_keys_per_minute=3).test_client()
    for number in range(5):
        client.delete(ARTICLE, headers={"Authorization": f"Bearer wrong-{number}"})
    assert client.delete(ARTICLE, headers=BEARER).status_code == 204


@pytest.mark.parametrize(
    ("one", "again", "other"),
    [
        ("192.0.2.1:5000", "192.0.2.1:6000", "192.0.2.2:5000"),
        ("192.0.2.1:5000", "192.0.2.1", "192.0.2.2"),
        ("[2001:db8:0:1::1]:443", "[2001:db8:0:1::2]:444", "[2001:db8:0:2::1]:443"),
        ("[2001:db8:0:1::1]", "2001:db8:0:1::1", "[2001:db8:0:2::1]"),
    ],
)
def test_an_address_counts_whatever_port_a_proxy_writes_after_it(
    engine: SearchEngine, writable_folder: Path, one: str, again: str, other: str
) -> None:
    client = app_with(engine, writable_folder, searches_per_minute=1, proxies=1).test_client()
    statuses = [
        client.get("/?q=article", headers={"X-Forwarded-For": given}).status_code
        for given in (one, again, other)
    ]
    assert statuses == [200, 429, 200]


def test_searches_of_a_client_are_limited(engine: SearchEngine, writable_folder: Path) -> None:
    client = app_with(engine, writable_folder, searches_per_minute=4).test_client()
    answers = [client.get("/api/v1/search?q=article", environ_overrides=FAR) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == list("321000")
    refused = answers[-1]
    assert refused.content_type == "application/problem+json"
    assert refused.headers["RateLimit-Limit"] == "4"
    assert 0 < int(refused.headers["Retry-After"]) <= 15
    page = client.get("/?q=article", environ_overrides=FAR, headers={"Accept-Language": "en"})
    assert page.status_code == 429
    assert "Too many requests" in page.text
    for path in ("/healthz", "/readyz", "/static/sanbao.css"):
        assert client.get(path, environ_overrides=FAR, buffered=True).status_code == 200
    other = client.get("/api/v1/search?q=article", environ_overrides={"REMOTE_ADDR": "203.0.113.8"})
    assert other.status_code == 200


def test_one_customer_has_one_limit_for_all_addresses_of_his_network(
    engine: SearchEngine, writable_folder: Path
) -> None:
    client = app_with(engine, writable_folder, searches_per_minute=1).test_client()

    def ask(address: str) -> int:
        return client.get("/?q=article", environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [ask("2001:db8:0:1::1"), ask("2001:db8:0:1:ffff::9"), ask("2001:db8:0:2::1")] == [
        200,
        429,
        200,
    ]


def test_this_machine_itself_has_no_limit(engine: SearchEngine, writable_folder: Path) -> None:
    client = app_with(engine, writable_folder, searches_per_minute=1).test_client()
    for address in ("127.0.0.1", "::1"):
        for _ in range(3):
            response = client.get("/healthz", environ_overrides={"REMOTE_ADDR": address})
            assert response.status_code == 200
            assert "RateLimit-Limit" not in response.headers


def test_writes_with_a_key_are_limited(engine: SearchEngine, writable_folder: Path) -> None:
    client = app_with(engine, writable_folder, writes_per_minute=2).test_client()
    statuses = [
        client.delete("/api/v1/articles/none", headers=BEARER).status_code for _ in range(3)
    ]
    assert statuses == [404, 404, 429]


@pytest.mark.parametrize("given", ["198.51.100.1", "198.51.100.1, 203.0.113.9", "unknown", "", "<"])
def test_a_forwarded_address_is_believed_only_behind_a_proxy(
    engine: SearchEngine, writable_folder: Path, given: str
) -> None:
    header = {"X-Forwarded-For": given, "Forwarded": f"for={given}"}
    alone = app_with(engine, writable_folder, searches_per_minute=1).test_client()
    assert alone.get("/?q=article", environ_overrides=FAR).status_code == 200
    assert alone.get("/?q=article", headers=header, environ_overrides=FAR).status_code == 429
    behind = app_with(engine, writable_folder, searches_per_minute=1, proxies=1).test_client()
    assert behind.get("/?q=article", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    assert behind.get("/?q=article", headers=header).status_code == 200
    # The last address is the proxy's word; those before it are the client's.
    forged = {"X-Forwarded-For": "198.51.100.77, 192.0.2.1"}
    assert behind.get("/?q=article", headers=forged).status_code == 429


STRANGE_HOSTS = [
    *("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"),
    *("localhost@evil.example", "localhost:80@evil.example", "evil.example#localhost", ""),
    *("localhost/../evil", "localhost evil.example", "localhost,evil.example", "[::2]", "[::1"),
    *("localhost:", "LOCALHOST.", "127.1", "0x7f.1", "2130706433", "\u0130"),
    *('localhost"><script>', "localhost\t", "localhost%00.evil.example", ".localhost"),
]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
@pytest.mark.parametrize(
    "path", ["/", "/api/v1/search?q=article", "/nothing", "/static/sanbao.css"]
)
def test_a_server_for_this_machine_answers_to_no_other_name(
    engine: SearchEngine, writable_folder: Path, host: str, path: str
) -> None:
    settings = Settings().at("127.0.0.1")
    client = create_app(engine, settings=settings).test_client()
    response = client.get(path, headers={"Host": host.encode().decode("latin-1")})
    assert response.status_code == 400
    assert "evil" not in response.text
    assert "<script>" not in response.text


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000"])
def test_a_server_for_this_machine_answers_to_its_names(
    engine: SearchEngine, writable_folder: Path, host: str
) -> None:
    client = create_app(engine, settings=Settings().at("localhost")).test_client()
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", [".localhost", "", "a..b", "\x00", "[", "\u0130", "x" * 300])
@pytest.mark.parametrize("path", ["/", "/none", "/docs", "/api/v1/none"])
def test_a_host_that_is_no_host_breaks_nothing(app: Flask, host: str, path: str) -> None:
    headers = {"Host": host.encode().decode("latin-1")}
    assert app.test_client().get(path, headers=headers).status_code in (200, 400, 404)


@pytest.mark.parametrize("path", ["//docs", "//evil.example/x", "/docs//", "///", "/docs/"])
def test_slashes_lead_nowhere_else(app: Flask, path: str) -> None:
    response = app.test_client().get("/", environ_overrides={"PATH_INFO": path})
    assert response.status_code in (200, 404)
    assert "Location" not in response.headers


def test_hosts_can_be_named(engine: SearchEngine) -> None:
    settings = Settings(allowed_hosts=("news.example", ".wire.example")).at("127.0.0.1")
    client = create_app(engine, settings=settings).test_client()

    def ask(host: str) -> int:
        return client.get("/healthz", headers={"Host": host}).status_code

    assert [ask("news.example"), ask("a.wire.example:443"), ask("localhost")] == [200, 200, 400]


def test_a_public_server_answers_to_any_name_and_repeats_none(app: Flask) -> None:
    assert Settings().at("0.0.0.0").allowed_hosts == ()
    client = app.test_client()
    headers = {
        "Host": "canary.example",
        "X-Forwarded-Host": "canary.example",
        "X-Forwarded-Proto": "canary",
        "X-Forwarded-Prefix": "/canary",
        "X-Original-URL": "/canary",
        "X-Rewrite-URL": "/canary",
        "X-HTTP-Method-Override": "DELETE",
        "Forwarded": "host=canary.example",
        "Referer": "https://canary.example",
        "Accept-Language": "en",
    }
    for path in ("/", "/?q=ferry", "/docs", "/openapi.json", "/none", "/api/v1/none"):
        response = client.get(path, headers=headers)
        assert "canary" not in response.text
        assert "canary" not in str(response.headers)
        assert "Location" not in response.headers


# Header injection: nothing that a client sends may end a header or begin another.

BREAKS = ["\r\n", "\n", "\r", "\x00", "\u010a", "\u010d", "\u2028", "\u2029", "\x0b", "\x85"]


@pytest.mark.parametrize("brk", BREAKS, ids=lambda c: c.encode("unicode_escape").decode())
@pytest.mark.parametrize(
    "place", ["q", "ui", "source", "id", "path", "limit", "X-Request-ID", "Host", "Cookie"]
)
def test_no_value_ends_a_header(client: FlaskClient, place: str, brk: str) -> None:
    hostile = f"ja{brk}Set-Cookie: canary=1{brk}{brk}<script>"
    sent = hostile.encode().decode("latin-1")
    if place in ("X-Request-ID", "Host", "Cookie"):
        header = {"X-Request-ID": sent, "Host": sent, "Cookie": f"ui={sent}"}[place]
        response = client.get("/", environ_overrides={_environ_name(place): header})
    elif place in ("id", "path"):
        prefix = "/api/v1/articles/" if place == "id" else "/"
        response = client.get(prefix + hostile.replace("?", ""))
    else:
        response = client.get("/", query_string={place: hostile})
    assert "canary" not in str(response.headers)
    _check_headers(response)


def _environ_name(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


def _check_headers(response: TestResponse) -> None:
    extra = {"Content-Length", "Vary", "Allow", "Set-Cookie", "ETag"}
    assert set(response.headers.keys()) <= ALWAYS | extra
    for name, value in response.headers:
        assert re.fullmatch(r"[A-Za-z-]+", name)
        assert re.fullmatch(r"[\t -~]*", value)


@pytest.mark.parametrize(
    "given",
    [
        "short",
        "a" * 65,
        "has space",
        "semi;colon",
        "<script>",
        "a\r\nb" * 4,
        "\u7d4c" * 9,
        "../../x",
    ],
)
def test_an_odd_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    environ = {"HTTP_X_REQUEST_ID": given.encode().decode("latin-1")}
    answered = client.get("/healthz", environ_overrides=environ).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", answered)


def test_a_proper_request_id_is_kept(client: FlaskClient) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": "trace-0123.ab_C"})
    assert response.headers["X-Request-ID"] == "trace-0123.ab_C"


# The headers of each kind of answer, all of them.

JSON, PROBLEM = "application/json", "application/problem+json"
STATIC = {"ETag", "Last-Modified", "Accept-Ranges"}
HTML, CSS = "text/html; charset=utf-8", "text/css; charset=utf-8"
ANSWERS = [
    ("GET", "/", 200, HTML, "private, no-cache", {"Vary", "ETag"}),
    ("HEAD", "/", 200, HTML, "private, no-cache", {"Vary", "ETag"}),
    ("GET", "/?ui=ja", 200, HTML, "private, no-cache", {"Vary", "ETag", "Set-Cookie"}),
    ("GET", "/?q=ferry", 200, HTML, "private, no-cache", {"Vary", "ETag"}),
    ("GET", "/docs", 200, HTML, "private, no-cache", {"Vary"}),
    ("GET", "/articles/rates", 200, HTML, "private, no-cache", {"Vary", "ETag"}),
    ("GET", "/articles/none", 404, HTML, "no-store", {"Vary"}),
    ("GET", "/?limit=x", 422, HTML, "no-store", {"Vary"}),
    ("POST", "/", 405, HTML, "no-store", {"Vary", "Allow"}),
    ("PROPFIND", "/", 405, HTML, "no-store", {"Vary", "Allow"}),
    ("GET", "/docs/", 404, HTML, "no-store", {"Vary"}),
    ("OPTIONS", "/", 200, HTML, "private, no-cache", {"Vary", "Allow"}),
    ("GET", "/api/v1/search?q=ferry", 200, JSON, "private, no-cache", {"ETag"}),
    ("HEAD", "/api/v1/search?q=ferry", 200, JSON, "private, no-cache", {"ETag"}),
    ("GET", "/api/v1/search?x=1", 422, PROBLEM, "no-store", set()),
    ("GET", "/api/v1/none", 404, PROBLEM, "no-store", set()),
    ("DELETE", "/api/v1/search", 405, PROBLEM, "no-store", {"Allow"}),
    ("TRACE", "/api/v1/search", 405, PROBLEM, "no-store", {"Allow"}),
    ("CONNECT", "/api/v1/search", 405, PROBLEM, "no-store", {"Allow"}),
    ("POST", "/api/v1/search", 415, PROBLEM, "no-store", set()),
    ("DELETE", "/api/v1/articles/rates", 403, PROBLEM, "no-store", set()),
    ("OPTIONS", "/api/v1/articles", 200, HTML, "private, no-cache", {"Vary", "Allow"}),
    ("GET", "/openapi.json", 200, JSON, "private, no-cache", set()),
    ("GET", "/healthz", 200, JSON, "private, no-cache", set()),
    ("GET", "/readyz", 200, JSON, "private, no-cache", set()),
    (
        "GET",
        "/static/sanbao.css",
        200,
        CSS,
        "no-cache",
        STATIC,
    ),
    ("HEAD", "/static/sanbao.css", 200, CSS, "no-cache", STATIC),
    ("GET", "/static/none.css", 404, HTML, "no-store", {"Vary"}),
    ("GET", "/static/../app.py", 404, HTML, "no-store", {"Vary"}),
    ("GET", "/static/%2e%2e/app.py", 404, HTML, "no-store", {"Vary"}),
]


@pytest.mark.parametrize(("method", "path", "status", "kind", "cache", "more"), ANSWERS)
def test_the_headers_of_an_answer_are_these(
    client: FlaskClient, method: str, path: str, status: int, kind: str, cache: str, more: set[str]
) -> None:
    response = client.open(path, method=method, buffered=True)
    assert response.status_code == status
    assert response.content_type == kind
    assert response.headers["Cache-Control"] == cache
    names = response.headers.keys()
    assert set(names) - {"Content-Length", "Date", "Content-Disposition"} == ALWAYS | more
    assert len(list(names)) == len(set(names))
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert not any(name.startswith("Access-Control-") for name in names)
    if method == "HEAD":
        assert response.data == b""


def test_an_unchanged_style_sheet_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/static/sanbao.css", buffered=True).headers["ETag"]
    response = client.get("/static/sanbao.css", headers={"If-None-Match": tag}, buffered=True)
    assert response.status_code == 304
    assert {*SECURITY_HEADERS, "X-Request-ID"} <= set(response.headers.keys())


def test_pages_allow_no_foreign_script_and_nothing_inline() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert dict(part.strip().split(" ", 1) for part in policy.split(";")) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_answers_to_whoever_shows_a_key_are_kept_nowhere(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/search?q=article", "/api/v1/stats"):
        response = client.get(path, headers=BEARER)
        assert response.headers["Cache-Control"] == "no-store"


# Pages of other sites cannot write through a reader's browser.

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_another_site_cannot_write(
    writer_client: FlaskClient, method: str, headers: dict[str, str]
) -> None:
    path = ARTICLE if method == "DELETE" else "/api/v1/articles"
    response = writer_client.open(path, method=method, headers=headers, json={"title": "t"})
    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}])
def test_our_own_pages_and_programs_can_write(
    writer_client: FlaskClient, headers: dict[str, str]
) -> None:
    assert writer_client.delete(ARTICLE, headers=headers).status_code == 204


FORMS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]


@pytest.mark.parametrize("content_type", FORMS)
@pytest.mark.parametrize("path", ["/api/v1/articles", "/api/v1/search", "/api/v1/analyze"])
def test_a_form_of_a_page_is_no_json(
    writer_client: FlaskClient, path: str, content_type: str
) -> None:
    response = writer_client.post(path, data='{"title": "t"}', content_type=content_type)
    assert response.status_code == 415


@pytest.mark.parametrize("path", sorted({rule for rule, _ in EXPECTED}))
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_changes_nothing(writer_client: FlaskClient, path: str, method: str) -> None:
    before = writer_client.get("/api/v1/stats").json
    headers = {"X-HTTP-Method-Override": "DELETE"}
    writer_client.open(path_of(path), method=method, headers=headers, buffered=True)
    assert writer_client.get("/api/v1/stats").json == before


# Sizes.


def test_the_body_of_a_question_has_its_limit(client: FlaskClient) -> None:
    for path, name in (("/api/v1/search", "q"), ("/api/v1/analyze", "text")):
        body = b'{"%s": "a"%s}' % (name.encode(), b" " * (64 * 1024))
        response = client.post(path, data=body, content_type="application/json")
        assert response.status_code == 413
        assert response.content_type == PROBLEM
        fitting = b'{"%s": "article"%s}' % (name.encode(), b" " * 60_000)
        fits = client.post(path, data=fitting, content_type=JSON)
        assert fits.status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *product(
            ["limit", "offset", "page"], ["-1", "1.5", "", "1e9", "999999999999", "NaN", "１x"]
        ),
        ("q", "a" * 1025),
        ("q", "港" * 100_000),
    ],
)
def test_a_number_or_text_out_of_bounds_is_refused(
    client: FlaskClient, name: str, value: str
) -> None:
    path = "/" if name == "page" else "/api/v1/search"
    query = {"q": "a"} | {name: value}
    assert client.get(path, query_string=query).status_code == 422


def test_chunks_are_not_taken(client: FlaskClient) -> None:
    response = client.post("/api/v1/search", headers={"Transfer-Encoding": "chunked"})
    assert response.status_code == 411


# What goes wrong on the server stays there.


class Broken:
    """An engine whose index is damaged, or that has a bug."""

    def __init__(self, error: Exception, serving: bool = False) -> None:
        self._error = error
        self._serving = serving

    def search(self, *_: object) -> None:
        raise self._error

    get = articles = state = search

    def stats(self) -> object:
        if not self._serving:
            raise self._error
        return type("Stats", (), {"generation": 7})

    def problem(self) -> IndexProblem | None:
        if not self._serving:
            raise self._error
        assert isinstance(self._error, IndexProblem)
        return self._error


SECRET = "/srv/private/index-of-canary"
PATHS = ["/?q=pier", "/", "/articles/x", "/api/v1/search?q=pier", "/api/v1/stats"]


@pytest.mark.parametrize("path", [*PATHS, "/api/v1/articles/x", "/readyz"])
@pytest.mark.parametrize("error", [IndexCorrupt(SECRET), ValueError(SECRET), OSError(SECRET)])
def test_what_is_wrong_is_told_to_the_log_alone(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    error: Exception,
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    client = create_app(Broken(error)).test_client()
    assert not client.application.debug
    response = client.get(path, headers={"X-Request-ID": "request-4711"})
    assert response.status_code == (503 if isinstance(error, IndexCorrupt) else 500)
    for secret in (SECRET, "Traceback", "canary", type(error).__name__, ".py", "werkzeug"):
        assert secret not in response.text
    assert SECRET in caplog.text
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.__dict__["fields"]["request_id"] == "request-4711"
    if response.content_type == PROBLEM:
        assert response.json is not None
        assert response.json["request_id"] == "request-4711"
        conforms(response.json, "Problem")


def test_an_older_commit_that_is_served_is_no_reason_to_stop() -> None:
    engine = Broken(IndexCorrupt(SECRET), serving=True)
    response = create_app(engine).test_client().get("/readyz")
    assert response.status_code == 200
    assert response.json == {"status": "degraded", "generation": 7, "problem": "IndexCorrupt"}
    conforms(response.json, "Readiness")


def test_ready(client: FlaskClient) -> None:
    stats, ready = client.get("/api/v1/stats").json, client.get("/readyz").json
    assert stats is not None
    assert ready == {"status": "ready", "generation": stats["generation"]}


def test_nothing_says_which_versions_run(client: FlaskClient) -> None:
    for path in ("/", "/api/v1/search?q=article", "/none", "/healthz"):
        response = client.get(path)
        assert not re.search(r"(?i)werkzeug|python|flask|gunicorn", str(response.headers))
        assert not re.search(r"(?i)werkzeug|python/|flask|gunicorn", response.text)
