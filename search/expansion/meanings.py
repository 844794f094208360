"""What a meaning is: something else that may be written for what was typed."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """What the characters ``start`` to ``end`` of a normalized text may also be written as.

    Attributes:
        text: how it is also written.
        weight: what all terms of ``text`` add together, as a share of what those that were typed
            add, were they as rare.
        language: of the queries in which it holds: ``zh``, ``ja`` or ``en``; None for all.
    """

    start: int
    end: int
    text: str
    weight: float
    language: str | None
