"""Values of other people's records as the fields of a draft."""

from __future__ import annotations

from collections.abc import Mapping


def text_or_none(value: object) -> str | None:
    """The value as text: several are joined, a person's record gives the name."""
    if isinstance(value, Mapping):
        return text_or_none(value.get("name"))
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(text_or_none, value))) or None
    if value is None or isinstance(value, bool):
        return None
    return str(value).strip() or None


def labels(value: object) -> list[str]:
    """Categories or tags: a list, a list of lists, or text parted by commas, else by spaces."""
    if value is None or isinstance(value, bool):
        return []
    if isinstance(value, Mapping):
        return labels(list(value))
    if isinstance(value, (list, tuple)):
        return [label for item in value for label in _labels_of_item(item)]
    text = str(value)
    return (
        [part for label in text.split(",") if (part := label.strip())]
        if "," in text
        else text.split()
    )


def _labels_of_item(item: object) -> list[str]:
    if isinstance(item, (list, tuple)):
        return labels(item)
    text = text_or_none(item)
    return [text] if text else []
