"""JSON lines, and JSON documents that hold one article or a list of them.

Fields have the names of :class:`search.article.Article`; ``lang``, ``date``, ``content`` and
``text`` are understood too. Real exports have many more, which are ignored; of a field that comes
twice the last one counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from math import isinf
from typing import Any

from sanbao.indexer.drafts import Draft, Failure, InputError
from sanbao.indexer.formats.fields import id_or_none, labels, text_or_none
from sanbao.indexer.formats.format import Format
from sanbao.indexer.inputs.files import MAX_ARTICLE, MAX_FILE, MEGABYTE, Input
from sanbao.indexer.paragraphs import from_html, from_text

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
    data = opened.read(MAX_FILE)
    text = _decoded(data, json.detect_encoding(data))
    if not text.lstrip().startswith("["):
        if len(data) > MAX_ARTICLE:
            raise InputError(f"is one article of more than {MAX_ARTICLE // MEGABYTE} MB")
        yield draft_from_record(_load(text), opened.name)
        return
    number = 0
    for number, record in enumerate(_items(text), start=1):
        name = f"{opened.name}, item {number}"
        try:
            yield draft_from_record(record, name)
        except InputError as error:
            yield Failure(name, str(error))
    if not number:
        raise InputError("the list holds no articles")


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
        id=id_or_none(record.get("id")),
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
        return draft_from_record(_load(_decoded(line.strip(), "utf-8-sig")), name)
    except InputError as error:
        return Failure(name, str(error))


def _items(text: str) -> Iterator[Any]:
    """The items of a JSON list, one at a time: all at once take thirty times the room of the text.

    Raises:
        InputError: where it is no JSON list; the items before have been given.
    """
    place = _skip_space(text, text.index("[") + 1)
    if text[place : place + 1] != "]":
        while True:
            item, place = _decode(text, place)
            yield item
            place = _skip_space(text, place)
            if text[place : place + 1] != ",":
                break
            place = _skip_space(text, place + 1)
        if text[place : place + 1] != "]":
            raise _invalid("Expecting ',' or ']'", text, place)
    if _skip_space(text, place + 1) < len(text):
        raise _invalid("Extra data", text, place + 1)


def _load(text: str) -> Any:
    value, end = _decode(text, _skip_space(text, 0))
    if _skip_space(text, end) < len(text):
        raise _invalid("Extra data", text, end)
    return value


def _decode(text: str, place: int) -> tuple[Any, int]:
    """The JSON value that starts at a place, and where it ends."""
    try:
        return _DECODER.raw_decode(text, place)
    except json.JSONDecodeError as error:
        raise _invalid(error.msg, text, error.pos) from None
    except RecursionError:
        raise InputError("is JSON that cannot be read: it is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"is JSON that cannot be read: {error}") from None


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "surrogatepass").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise InputError(
            "is not UTF-8, as JSON must be; convert it first, such as by iconv"
        ) from None


def _invalid(problem: str, text: str, place: int) -> InputError:
    error = json.JSONDecodeError(problem, text, place)
    return InputError(f"is not valid JSON: {problem}, line {error.lineno} column {error.colno}")


def _skip_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _number(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text[:_SHOWN]} is too large for a number")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_refuse)
_SPACE = re.compile(r"[ \t\n\r]*")
_SHOWN = 60


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
    except RecursionError:
        return True  # so that only this line is lost
    except ValueError:
        return not line_end
    return True


LINES = Format("JSON lines", _starts_as_lines, frozenset((".jsonl", ".ndjson")), read_lines)
DOCUMENT = Format(
    "JSON", lambda head: bool(_STARTS.match(head)), frozenset((".json",)), read_document
)
