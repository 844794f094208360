"""Acronyms written with points: U.S. is the word us beside the letters, as US is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_ACRONYM = re.compile(r"(?<![a-z0-9.])(?:[a-z]\.)+[a-z](?![a-z0-9])\.?")


class Acronym(NamedTuple):
    """The word for an acronym, and the characters ``start`` to ``end`` that are it."""

    word: str
    start: int
    end: int


def acronyms(folded: str) -> Iterator[Acronym]:
    """The acronyms of a normalized and folded text, in order."""
    for match in _ACRONYM.finditer(folded):
        yield Acronym(match[0].replace(".", ""), *match.span())
