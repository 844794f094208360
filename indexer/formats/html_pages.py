"""HTML pages: the article without its surroundings, and what the page says about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from configparser import ConfigParser
from copy import deepcopy
from functools import cache
from typing import Any
from urllib.parse import urljoin

import trafilatura
from lxml import etree
from trafilatura.settings import DEFAULT_CONFIG

from sanbao.indexer.cleaning import learn_byline
from sanbao.indexer.drafts import Draft, Failure, InputError, Paragraph
from sanbao.indexer.formats.encodings import decode
from sanbao.indexer.formats.format import Format
from sanbao.indexer.inputs.files import Input
from sanbao.indexer.paragraphs import from_element, from_html, parse_html
from sanbao.indexer.text import clean_text

_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*+<(?:!doctype\s+html|html|head|body|meta"
    r"|title|article|section|main|div|p|h[1-6]|table)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_PUBLISHED = ("article:published_time", "datepublished", "pubdate", "publishdate", "date")
_CROWD = 50
_COMMA = re.compile("[,，、;；]")
_ARTICLE = re.compile("Article|Posting")
_UPDATED = ("article:modified_time", "datemodified", "lastmod")


def read(opened: Input) -> Iterator[Draft | Failure]:
    """The one article of a page."""
    source = clean_text(decode(opened.read()))
    page = parse_html(source)
    if page is None:
        raise InputError("no article text was found in this page")
    _drop_crowds_of_attributes(page)
    main = _main_content(page)
    everything = from_html(source)
    body = from_element(main.body) if main is not None else everything
    if not body:
        raise InputError("no article text was found in this page")
    draft = _draft(opened.name, _Meta(page), main, body)
    learn_byline(draft, everything)
    yield draft


def _draft(name: str, meta: _Meta, main: Any, body: list[Paragraph]) -> Draft:
    url = meta.link("canonical") or meta.first("og:url")
    image = meta.first("og:image", "twitter:image")
    return Draft(
        name=name,
        title=meta.first("og:title", "headline") or getattr(main, "title", None) or meta.title(),
        body=body,
        language=meta.language(),
        url=url,
        source=meta.first("og:site_name", "publisher") or getattr(main, "sitename", None),
        author=meta.first("author", "article:author") or getattr(main, "author", None),
        published=meta.first(*_PUBLISHED) or meta.time() or getattr(main, "date", None),
        updated=meta.first(*_UPDATED),
        categories=meta.every("article:section", "articlesection"),
        tags=meta.every("article:tag") or meta.listed("keywords", "news_keywords"),
        image=image and urljoin(url or "", image),
    )


class _Meta:
    """What a page says about its article: ``meta`` elements and JSON-LD, names in lower case.

    Read here and not by trafilatura, which keeps the day of a date only and drops
    authors with Chinese names.
    """

    def __init__(self, page: Any) -> None:
        self._page = page
        self._values: dict[str, list[str]] = {}
        for node in page.iter("meta"):
            name = node.get("property") or node.get("name") or node.get("itemprop") or ""
            self._add(name, node.get("content"))
        for node in page.iterfind(".//script[@type='application/ld+json']"):
            self._add_linked_data(node.text or "")

    def first(self, *names: str) -> str | None:
        """The first value of the first of these names that the page has."""
        return next(iter(self.every(*names)), None)

    def every(self, *names: str) -> list[str]:
        """All values of the first of these names that the page has."""
        return next((self._values[name] for name in names if name in self._values), [])

    def listed(self, *names: str) -> list[str]:
        """The parts of a value such as ``one, two``."""
        return [part.strip() for part in _COMMA.split(self.first(*names) or "") if part.strip()]

    def link(self, relation: str) -> str | None:
        nodes = self._page.iterfind(f".//link[@rel='{relation}']")
        return next((node.get("href") for node in nodes if node.get("href")), None)

    def language(self) -> str | None:
        found: str | None = self._page.get("lang") or self.first("og:locale", "inlanguage")
        return found

    def time(self) -> str | None:
        """The first ``<time datetime>``, which pages set above their text."""
        return next((node.get("datetime") for node in self._page.iter("time")), None)

    def title(self) -> str:
        return next((one.text_content() for one in self._page.iter("h1", "title")), "")

    def _add(self, name: str, value: object) -> None:
        if isinstance(value, str) and value.strip():
            self._values.setdefault(name.lower(), []).append(value.strip())

    def _add_linked_data(self, text: str) -> None:
        try:
            documents = json.loads(text)
        except (ValueError, RecursionError):
            return
        for document in _articles_of(documents):
            for name, value in document.items():
                for item in value if isinstance(value, list) else [value]:
                    self._add(name, item.get("name") if isinstance(item, dict) else item)


def _articles_of(linked: Any) -> list[dict[str, Any]]:
    """The objects of JSON-LD that are articles."""
    if isinstance(linked, dict):
        linked = linked.get("@graph", [linked])
    objects = (
        [item for item in linked if isinstance(item, dict)] if isinstance(linked, list) else []
    )
    return [item for item in objects if _ARTICLE.search(str(item.get("@type")))]


def _drop_crowds_of_attributes(page: Any) -> None:
    """Trafilatura takes time by the square of the attributes of an element."""
    for node in page.iter(etree.Element):
        if len(node.attrib) > _CROWD:
            node.attrib.clear()


def _main_content(page: Any) -> Any:
    """Trafilatura's extraction of the page, or None when it finds nothing."""
    return trafilatura.bare_extraction(
        deepcopy(page),
        include_comments=False,
        include_links=True,
        config=_config(),
        date_extraction_params={"original_date": True, "extensive_search": False},
    )


@cache
def _config() -> ConfigParser:
    config = deepcopy(DEFAULT_CONFIG)
    # Under 250 characters it would start over with a method that loses the paragraphs; in Chinese
    # or Japanese that is a news item of usual length.
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "10"
    return config


FORMAT = Format(
    "HTML page", lambda head: bool(_START.match(head)), frozenset((".html", ".htm", ".xhtml")), read
)
