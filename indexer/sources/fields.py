"""Values of other people's records as the fields of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain


def text_or_none(value: object) -> str | None:
    """The value as text: a list of several is joined, a person's record gives the name."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(_scalar, value))) or None
    return _scalar(value)


def labels(value: object) -> list[str]:
    """Categories or tags: a list, a list of lists, or text parted by commas, else by spaces."""
    if isinstance(value, (list, tuple)):
        # One level down and no more: YAML can nest a list in itself, a thousand million times.
        inner = (item if isinstance(item, (list, tuple)) else [item] for item in value)
        return list(filter(None, map(_scalar, chain.from_iterable(inner))))
    text = _scalar(value) or ""
    parts = text.split(",") if "," in text else text.split()
    return [part.strip() for part in parts if part.strip()]


def _scalar(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value).strip() or None
