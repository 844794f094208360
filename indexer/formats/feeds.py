"""RSS and Atom feeds that were saved to files."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from typing import Any

import feedparser

from sanbao.indexer.drafts import Draft, Failure, InputError
from sanbao.indexer.formats.encodings import decode
from sanbao.indexer.formats.format import Format
from sanbao.indexer.identity import is_web_address
from sanbao.indexer.inputs.files import MAX_FILE, Input
from sanbao.indexer.paragraphs import MAX_TAGS, from_html, from_text
from sanbao.indexer.text import clean_text

_START = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]")
_XML = re.compile(r"\s*<\?xml\s")
_PAGE = re.compile(r"<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)
# Zeros are between the letters in UTF-16.
_ENTRY = re.compile(rb"<\0*(?:i\0*t\0*e\0*m|e\0*n\0*t\0*r\0*y)\b")
_BLANKS = re.compile(r"\n\s+")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*>")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]++)|([0-9]++));?")
_DECLARATIONS = ("<!ENTITY", "<!DOCTYPE")
_MAX_DECLARATIONS = 1_000
_END = re.compile(rb"</(?:rss|feed|rdf:RDF)\s*>")


def read(opened: Input) -> Iterator[Draft | Failure]:
    """The articles of a feed."""
    data = opened.read(MAX_FILE)
    if max(map(_count_tags, _ENTRY.split(data))) > MAX_TAGS:
        raise InputError(f"an entry of the feed has more than {MAX_TAGS:,} tags")
    # As a stream: of text alone feedparser would first ask whether it is a path or an address.
    feed = feedparser.parse(io.BytesIO(_harmless(decode(data)).encode()))
    if not feed.version:
        raise InputError("is no RSS or Atom feed")
    if not feed.entries:
        raise InputError("the feed holds no entries")
    for number, entry in enumerate(feed.entries, start=1):
        yield _draft(entry, feed.feed, f"{opened.name}, entry {number}")
    if not _END.search(data):
        yield Failure(opened.name, "the feed is cut off; its last entries may be missing")


def _harmless(text: str) -> str:
    """The feed without what feedparser takes quadratic time for, or breaks on."""
    if sum(map(text.count, _DECLARATIONS)) > _MAX_DECLARATIONS:
        raise InputError(f"declares more than {_MAX_DECLARATIONS:,} entities")
    text = _XML_DECLARATION.sub("", _BLANKS.sub("\n", clean_text(text)), count=1)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + _REFERENCE.sub(_of_a_character, text)


def _of_a_character(reference: re.Match[str]) -> str:
    """The reference, if it is to a character."""
    hexadecimal, decimal = reference.groups()
    digits = (hexadecimal or decimal).lstrip("0")
    code = int(digits or "0", 16 if hexadecimal else 10) if len(digits) < 8 else 0
    is_character = 0 < code < 0xD800 or 0xDFFF < code <= sys.maxunicode
    return reference[0] if is_character else "\ufffd"


def _count_tags(markup: bytes) -> int:
    return markup.count(b"<")


def _draft(entry: Any, feed: Any, name: str) -> Draft:
    source = entry.get("source", {}).get("title") or feed.get("title")
    # Not entry.get: feedparser would answer with the other date where there is none.
    published, updated = dict.get(entry, "published"), dict.get(entry, "updated")
    return Draft(
        name=name,
        title=_title(entry),
        body=_body(entry),
        language=feed.get("language") or entry.get("title_detail", {}).get("language"),
        url=_url(entry),
        source=source,
        author=entry.get("author"),
        published=published or updated,
        updated=updated,
        categories=[tag.term for tag in entry.get("tags", []) if tag.get("term")],
        image=_image(entry),
    )


def _title(entry: Any) -> str:
    title = entry.get("title", "")
    if entry.get("title_detail", {}).get("type") == "text/plain":
        return str(title)
    return " ".join(paragraph.text for paragraph in from_html(title))


def _body(entry: Any) -> list[Any]:
    """The longest text that the entry carries: a summary stands beside the whole."""
    texts = [*entry.get("content", []), entry.get("summary_detail", {})]
    best = max(texts, key=lambda text: len(text.get("value") or ""))
    value = best.get("value") or ""
    return from_text(value) if best.get("type") == "text/plain" else from_html(value)


def _url(entry: Any) -> str | None:
    """The link, else a guid that is an address; other guids are unique in their feed only."""
    candidates = (entry.get("link"), entry.get("id"))
    return next((url for url in candidates if url and is_web_address(url)), None)


def _image(entry: Any) -> str | None:
    pictures = [*entry.get("media_content", []), *entry.get("enclosures", [])]
    images = [p for p in pictures if str(p.get("type") or p.get("medium")).startswith("image")]
    addresses = (i.get("url") or i.get("href") for i in entry.get("media_thumbnail", []) + images)
    return next(filter(None, addresses), None)


def _starts_as_feed(head: str) -> bool:
    """A feed's root element, or XML that is no XHTML page."""
    if _PAGE.search(head):
        return False
    return bool(_XML.match(head) or (head.lstrip().startswith("<") and _START.search(head)))


FORMAT = Format("feed", _starts_as_feed, frozenset((".rss", ".atom", ".xml", ".rdf")), read)
