"""The token: one occurrence of a term in a text."""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """An occurrence.

    Attributes:
        text: the term as it stands in the dictionary.
        position: where it stands among the positions of its analyzer.
        start, end: the characters of the ORIGINAL text that it came from, ``text[start:end]``.
    """

    text: str
    position: int
    start: int
    end: int
