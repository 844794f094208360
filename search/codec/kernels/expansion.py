"""Finding the terms that match a pattern."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U8, U16, U64
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.utf8 import width

ANY_CHARACTER = 256
ANY_TEXT = 257


@kernel
def matching_terms(blob: U8, offsets: U64, first: Number, end: Number, pattern: U16) -> I64:
    """The numbers of the terms that match the pattern, rising.

    Args:
        blob, offsets: ``terms/...`` of the specification.
        first, end: which of the terms are looked through.
        pattern: the bytes of a text in UTF-8, :data:`ANY_CHARACTER` for one character, whatever its
            length, and :data:`ANY_TEXT` for any number of them (u16).
    """
    found = np.empty(end - first, np.int64)
    count = 0
    for term in range(first, end):
        if _matches(blob, np.int64(offsets[term]), np.int64(offsets[term + 1]), pattern):
            found[count] = term
            count += 1
    return found[:count].copy()


@step
def _matches(blob: U8, begin: Number, end: Number, pattern: U16) -> bool:
    """Where the pattern goes wrong, its last :data:`ANY_TEXT` takes one character more: an earlier
    one never needs to."""
    at, place = begin, 0
    text_end, after_text = begin, -1
    while at < end:
        wanted = pattern[place] if place < len(pattern) else -1
        if wanted == ANY_TEXT:
            place += 1
            text_end, after_text = at, place
        elif wanted == ANY_CHARACTER:
            at += width(blob, at, end)
            place += 1
        elif wanted == blob[at]:
            at += 1
            place += 1
        elif after_text >= 0:
            text_end += width(blob, text_end, end)
            at, place = text_end, after_text
        else:
            return False
    while place < len(pattern) and pattern[place] == ANY_TEXT:
        place += 1
    return place == len(pattern)
