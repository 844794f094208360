"""The terms that Whoosh's queries with a pattern or with typing errors stand for.

Whoosh asks a codec for its automata when it looks for similar terms in one segment; for patterns
and for several segments see :mod:`search.codec.whoosh_codec.speed_up`.
"""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import numpy as np
from whoosh.codec.base import Automata

from sanbao.search.analysis.code_points import code_points
from sanbao.search.codec.kernels.arrays import U16
from sanbao.search.codec.kernels.edit_distance import similar_terms
from sanbao.search.codec.kernels.expansion import ANY_CHARACTER, ANY_TEXT, matching_terms
from sanbao.search.codec.segment_arrays import SegmentArrays

# As fnmatch reads it: "[]a]" and "[!]a]" are sets with a bracket, one that does not end is a "[".
_PIECE = re.compile(r"\[!?+\]?+[^]]*+\]|.", re.DOTALL)


def wildcard_terms(arrays: SegmentArrays, field: str, pattern: str) -> list[bytes]:
    """The terms of the field that match the pattern, in order.

    Args:
        pattern: ``*`` stands for any text, ``?`` for one character and ``[a-c]`` for one of a set,
            as in :mod:`fnmatch`.
    """
    pieces = _PIECE.findall(pattern)
    sets = any(len(piece) > 1 for piece in pieces)
    literal = next((i for i, piece in enumerate(pieces) if _is_special(piece)), len(pieces))
    prefix = "".join(pieces[:literal]).encode("utf-8", "surrogatepass")
    numbers = matching_terms(
        arrays.term_blob,
        arrays.term_offsets,
        *arrays.prefix_range(field, prefix),
        np.concatenate([_codes(piece) for piece in pieces] or [np.empty(0, np.uint16)]),
    )
    terms = [arrays.term_bytes(number) for number in numbers.tolist()]
    matches = re.compile(fnmatch.translate(pattern)).match
    return [term for term in terms if matches(term.decode())] if sets else terms


def fuzzy_terms(
    arrays: SegmentArrays, field: str, word: str, max_distance: int, prefix: int, *, swaps: bool
) -> list[str]:
    """The terms of the field that are at most so many edits from the word, in order.

    Args:
        prefix: how many characters at the beginning must be the same.
        swaps: whether to exchange two neighbouring characters is one edit, and not two.
    """
    if max_distance < 0:
        return []
    numbers, _ = similar_terms(
        arrays.term_blob,
        arrays.term_offsets,
        *arrays.prefix_range(field, word[:prefix].encode("utf-8", "surrogatepass")),
        code_points(word),
        max_distance,
        swaps,
    )
    return [arrays.term_bytes(number).decode() for number in numbers.tolist()]


class ArrayAutomata(Automata):
    """Finds similar terms of one segment."""

    def __init__(self, arrays: SegmentArrays) -> None:
        self._arrays = arrays

    def terms_within(self, fieldcur: Any, uterm: str, maxdist: int, prefix: int = 0) -> list[str]:
        """The terms of the cursor's field that are at most ``maxdist`` edits from ``uterm``."""
        return fuzzy_terms(self._arrays, fieldcur.field, uterm, maxdist, prefix, swaps=False)


def _is_special(piece: str) -> bool:
    return piece in ("*", "?") or len(piece) > 1


def _codes(piece: str) -> U16:
    """The piece of a pattern for the kernel, which takes any character for one of a set."""
    if _is_special(piece):
        return np.array([ANY_TEXT if piece == "*" else ANY_CHARACTER], np.uint16)
    return np.frombuffer(piece.encode("utf-8", "surrogatepass"), np.uint8).astype(np.uint16)
