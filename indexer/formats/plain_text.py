"""Plain text: the first line is the title when it looks like one."""

from __future__ import annotations

from collections.abc import Iterator

from sanbao.indexer.drafts import Draft, Failure, InputError
from sanbao.indexer.formats.encodings import decode
from sanbao.indexer.formats.format import Format
from sanbao.indexer.headline import is_headline
from sanbao.indexer.inputs.files import Input
from sanbao.indexer.paragraphs import from_text


def read(opened: Input) -> Iterator[Draft | Failure]:
    """The one article of a text file."""
    body = from_text(decode(opened.read()))
    if not body:
        raise InputError("holds no text")
    title = body.pop(0).text if is_headline(body[0].text) else ""
    yield Draft(name=opened.name, title=title, body=body)


FORMAT = Format("plain text", lambda head: False, frozenset((".txt", ".text")), read)
