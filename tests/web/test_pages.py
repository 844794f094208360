from __future__ import annotations

import re

from flask.testing import FlaskClient
from lxml import html

from tests.web.pages.browsing import all_of, page

OWN_SCRIPT = {"src": "/static/suggest.js", "defer": "defer"}


def test_hostile_text_stays_text(client: FlaskClient) -> None:
    for query in (
        "?q=alert&lang=und",
        "?q=alert&lang=und&highlight=off",
        "articles/hostile",
        "?q=<script>alert(1)</script>",
    ):
        tree = page(client, query)
        assert [script.attrib for script in all_of(tree, "//script")] == [OWN_SCRIPT]
        assert not [a for a in all_of(tree, "//a") if a.get("href").startswith("javascript:")]
    assert "javascript:alert(1)" in page(client, "articles/hostile").text_content()


def test_pages_hold_no_inline_style_or_script_and_nothing_remote(client: FlaskClient) -> None:
    for query in (
        "",
        "?q=ferry",
        "?q=ferry&explain=true",
        "articles/hostile",
        "docs",
        "?q=a&from=x",
        "nothing",
    ):
        text = client.get(f"/{query}").text
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", text)
        tree = html.document_fromstring(text)
        for loaded in all_of(tree, "//link/@href | //*[local-name()!='a']/@src"):
            assert str(loaded).startswith("/static/")


def test_errors_are_pages_for_readers(client: FlaskClient) -> None:
    for path in ("nothing", "articles/none"):
        assert "There is nothing here" in page(client, path, 404).text_content()
    japanese = client.get("/nothing", headers={"Accept-Language": "ja"})
    assert "ページが見つかりません" in japanese.text
    assert client.post("/").status_code == 405
    assert client.get("/articles/hostile?ui=fr").status_code == 422


def test_static_files_are_served(client: FlaskClient) -> None:
    with client.get("/static/sanbao.css") as response:
        assert response.status_code == 200
        assert response.mimetype == "text/css"
