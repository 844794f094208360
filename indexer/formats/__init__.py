"""One reader a format, and the choice between them: by content first, by name second."""

from __future__ import annotations

from pathlib import PurePath

from w3lib.encoding import read_bom

from sanbao.indexer.drafts import InputError
from sanbao.indexer.formats import feeds, front_matter, html_pages, json_records, plain_text
from sanbao.indexer.formats.encodings import is_binary
from sanbao.indexer.formats.format import Format
from sanbao.indexer.inputs.files import Input

FORMATS: tuple[Format, ...] = (
    front_matter.FORMAT,
    json_records.LINES,
    json_records.DOCUMENT,
    feeds.FORMAT,
    html_pages.FORMAT,
    plain_text.FORMAT,
)


def recognize(head: bytes, name: str) -> Format:
    """The format of an input, from its first bytes and its name; plain text when nothing fits.

    Raises:
        InputError: when it is binary.
    """
    text = _text_of(head)
    suffixes = PurePath(name.lower().removesuffix(".gz")).suffixes[-1:]
    for form in FORMATS:
        if form.matches(text):
            return form
    for form in FORMATS:
        if form.suffixes.intersection(suffixes):
            return form
    return plain_text.FORMAT


def recognize_input(opened: Input) -> Format:
    """The format of an open input."""
    return recognize(opened.head, opened.name)


def _text_of(head: bytes) -> str:
    """The start as text in which ASCII, all that formats are told by, is right."""
    encoding, mark = read_bom(head)
    if encoding and mark is not None:
        return head[len(mark) :].decode(encoding, "replace")
    if is_binary(head):
        raise InputError("is a binary file, not text; remove it, or extract its text first")
    return head.decode("latin-1")
