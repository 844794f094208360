"""Values of other people's records as the fields of a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice

from sanbao.search.article import MAX_LABELS

_MAX_ITEMS = 10_000
"""Of a list; an alias in YAML makes one of millions of a few letters."""
_MAX_JOINED = 100


def text_or_none(value: object) -> str | None:
    """The value as text: a list of several is joined, a person's record gives the name."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(_scalar, value[:_MAX_JOINED]))) or None
    return _scalar(value)


def id_or_none(value: object) -> str | None:
    """The value as an id: text as it is, a number in its digits."""
    return value if isinstance(value, str) else text_or_none(value)


def labels(value: object) -> list[str]:
    """Categories or tags: a list, a list of lists, or text parted by commas, else by spaces.

    Not many more than an article may have.
    """
    if isinstance(value, (list, tuple)):
        # One level down and no more: YAML can nest a list in itself, a thousand million times.
        inner = (item if isinstance(item, (list, tuple)) else [item] for item in value)
        items = islice(chain.from_iterable(inner), _MAX_ITEMS)
        return _first(filter(None, map(_scalar, items)))
    text = _scalar(value) or ""
    parts = text.split(",") if "," in text else text.split()
    return _first(part.strip() for part in parts if part.strip())


def _first(labels: Iterable[str]) -> list[str]:
    """One too many tells that there were more."""
    return list(islice(dict.fromkeys(labels), MAX_LABELS + 1))


def _scalar(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value).strip() or None
