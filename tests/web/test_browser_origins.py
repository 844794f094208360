"""A page of another site in a real browser, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser

from tests.web import test_browser
from tests.web.conftest import serving

pytestmark = test_browser.pytestmark
browser = test_browser.browser

SERVE = """
import sys
from sanbao.search.engines import open_engine
from sanbao.web.app import create_app
from sanbao.web.guarding.settings import Settings
from sanbao.web.serving.server import serve
app = create_app(open_engine(sys.argv[1]), settings=Settings(cors_origins=tuple(sys.argv[2:])))
serve(app, port=0, ready=lambda url: print("listening", url, flush=True))
"""
READ = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        const text = await answer.text();
        return [answer.status, text.includes('"hits"'), answer.headers.get("ETag")];
    } catch (error) {
        return error.name;
    }
}"""


class Page(BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of another site, which has two origins: 127.0.0.1 and localhost."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as site:
        Thread(target=site.serve_forever).start()
        yield site.server_port
        site.shutdown()


def read(browser: Browser, origin: str, url: str, **options: object) -> object:
    """What a page of the origin gets: status, whether there are hits, the tag; or an error."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(origin)
    told = page.evaluate(READ, [url, options])
    context.close()
    return told


def test_an_allowed_origin_reads_another_does_not(
    browser: Browser, index_folder: Path, port: int
) -> None:
    friend, other = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    with serving(SERVE, str(index_folder), friend) as (address, _):
        url = f"{address}/api/v1/search?q=ferry"
        status, has_hits, tag = read(browser, friend, url)  # type: ignore[misc]
        assert (status, has_hits) == (200, True)
        assert read(browser, other, url) == "TypeError"
        # What a browser asks about first.
        again = read(browser, friend, url, headers={"If-None-Match": tag}, cache="no-store")
        assert again == [304, False, tag]
        assert read(browser, other, url, headers={"If-None-Match": tag}) == "TypeError"
        for options in (
            {"headers": {"Authorization": "Bearer key"}},
            {"credentials": "include"},
            {"method": "DELETE"},
            {"method": "POST", "body": "{}", "headers": {"Content-Type": "application/json"}},
        ):
            assert read(browser, friend, url, **options) == "TypeError"


def test_no_origin_reads_by_default(browser: Browser, server: str, port: int) -> None:
    for origin in (f"http://127.0.0.1:{port}", f"http://localhost:{port}"):
        assert read(browser, origin, f"{server}/api/v1/search?q=ferry") == "TypeError"
