"""Folding of letters that readers take for the same: Han variants and Latin accents.

One character becomes one character, so offsets stay true.
"""

from __future__ import annotations

import unicodedata

from sanbao.search.analysis import han
from sanbao.search.analysis.code_points import code_points, table_of, text_of

_LATIN_WITH_MARKS = (*range(0x00E0, 0x0180), *range(0x01CD, 0x0250), *range(0x1E00, 0x1F00))


def fold(text: str) -> str:
    """The folded form of a normalized text, of the same length."""
    return text if text.isascii() else text_of(_TABLE[code_points(text)])


def _without_mark(code: int) -> str:
    return unicodedata.normalize("NFD", chr(code))[0]


_TABLE = table_of({code: _without_mark(code) for code in _LATIN_WITH_MARKS} | han.FOLD)
