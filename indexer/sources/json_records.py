"""JSON lines, and JSON documents that hold one article or a list of them.

Fields have the names of :class:`search.article.Article`; ``lang``, ``date``, ``content`` and
``text`` are understood too. Real exports have many more, which are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from indexer.drafts import Draft, Failure, InputError
from indexer.files import MAX_ARTICLE, MAX_FILE, MEGABYTE, Input
from indexer.paragraphs import from_html, from_text
from indexer.sources.fields import labels, text_or_none
from indexer.sources.formats import Format

_STARTS = re.compile(r'\s*(?:\{\s*["}]|\[\s*[{\]])')
_HTML = re.compile(r"<(p|div|article|section|h[1-6]|ul|ol|table|blockquote|figure)\b[^<>]*>", re.I)


def read_lines(opened: Input) -> Iterator[Draft | Failure]:
    """The articles of JSON lines, one at a time; blank lines are passed over."""
    blank = True
    for number, line in enumerate(opened.lines(), start=1):
        if line is None or line.strip():
            blank = False
            yield _draft_or_failure(f"{opened.name}:{number}", line)
    if blank:
        raise InputError("holds no articles")


def read_document(opened: Input) -> Iterator[Draft | Failure]:
    """The articles of a JSON document."""
    document = _load(opened.read(MAX_FILE))
    if not isinstance(document, list):
        yield draft_from_record(document, opened.name)
        return
    if not document:
        raise InputError("the list holds no articles")
    for number, record in enumerate(document, start=1):
        name = f"{opened.name}, item {number}"
        try:
            yield draft_from_record(record, name)
        except InputError as error:
            yield Failure(name, str(error))


def draft_from_record(record: object, name: str) -> Draft:
    """The draft that a JSON object describes.

    Raises:
        InputError: when it is no object.
    """
    if not isinstance(record, Mapping):
        raise InputError(f"is {_json_type(record)}; an article is an object: {{...}}")
    body = text_or_none(_first(record, "body", "content", "text")) or ""
    return Draft(
        name=name,
        id=text_or_none(record.get("id")),
        title=text_or_none(record.get("title")) or "",
        body=from_html(body) if _is_html(body) else from_text(body),
        language=text_or_none(_first(record, "language", "lang")),
        url=text_or_none(record.get("url")),
        source=text_or_none(record.get("source")),
        author=text_or_none(record.get("author")),
        published=_first(record, "published", "date"),
        updated=record.get("updated"),
        categories=_labels(record.get("categories")),
        tags=_labels(record.get("tags")),
        image=text_or_none(record.get("image")),
    )


def _draft_or_failure(name: str, line: bytes | None) -> Draft | Failure:
    if line is None:
        return Failure(name, f"the line is longer than {MAX_ARTICLE // MEGABYTE} MB; split it")
    try:
        return draft_from_record(_load(line.strip()), name)
    except InputError as error:
        return Failure(name, str(error))


def _load(data: bytes) -> Any:
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        raise InputError(
            "is not UTF-8, as JSON must be; convert it first, such as by iconv"
        ) from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not valid JSON: {error.msg}, line {error.lineno} column {error.colno}"
        ) from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"is JSON that cannot be read: {error}") from None


def _first(record: Mapping[str, object], *names: str) -> object:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _labels(value: object) -> list[str]:
    """A text is one label here: JSON has lists for several."""
    return labels([value] if isinstance(value, str) else value)


def _is_html(text: str) -> bool:
    """Whether the text has an HTML block that is closed too."""
    found = _HTML.search(text)
    return bool(found and f"</{found[1]}>" in text)


def _json_type(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _starts_as_lines(head: str) -> bool:
    """Whether the first line is a whole object, or so long that it must be one."""
    line, line_end, _ = head.strip().partition("\n")
    if not (_STARTS.match(line) and line.startswith("{")):
        return False
    try:
        json.loads(line)
    except ValueError:
        return not line_end
    return True


LINES = Format("JSON lines", _starts_as_lines, frozenset((".jsonl", ".ndjson")), read_lines)
DOCUMENT = Format(
    "JSON", lambda head: bool(_STARTS.match(head)), frozenset((".json",)), read_document
)
