"""Pages as readers see them: fetched in English and parsed."""

from __future__ import annotations

from flask.testing import FlaskClient
from lxml import html

ENGLISH = {"Accept-Language": "en"}


def page(client: FlaskClient, query: str = "", status: int = 200) -> html.HtmlElement:
    response = client.get(f"/{query}", headers=ENGLISH)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    return html.document_fromstring(response.text)


def all_of(tree: html.HtmlElement, xpath: str) -> list[html.HtmlElement]:
    found = tree.xpath(xpath)
    assert isinstance(found, list)
    return found


def text_of(tree: html.HtmlElement, xpath: str) -> list[str]:
    return [" ".join(element.text_content().split()) for element in all_of(tree, xpath)]


def link(tree: html.HtmlElement, text: str) -> str:
    found = [a for a in all_of(tree, "//a") if text in " ".join(a.text_content().split())]
    assert found, f"no link says {text!r}"
    return str(found[0].get("href"))
