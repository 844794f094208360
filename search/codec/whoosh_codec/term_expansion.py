"""The terms that Whoosh's queries with a pattern or with typing errors stand for.

Whoosh asks a codec for its automata when it looks for similar terms in one segment, and has no such
hook for a :class:`whoosh.query.Wildcard` and for several segments: it would read all terms of the
field and try each. :func:`install` gives both a way to ask the dictionary. Readers of other codecs
are served as before.
"""

from __future__ import annotations

import fnmatch
import re
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import numpy as np
from whoosh.codec.base import Automata
from whoosh.query import Wildcard
from whoosh.reading import MultiReader

from sanbao.search.analysis.code_points import code_points
from sanbao.search.codec.container import Array
from sanbao.search.codec.kernels.doc_set import frozen
from sanbao.search.codec.kernels.edit_distance import similar_terms
from sanbao.search.codec.kernels.expansion import ANY_CHARACTER, ANY_TEXT, matching_terms
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.segment import ArraySegment

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


class WordList:
    """Words that are in no index, among which similar ones are found as among its terms."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words))
        octets = [word.encode() for word in self._words]
        self._blob = frozen(np.frombuffer(b"".join(octets), np.uint8))
        self._offsets = frozen(np.array([0, *accumulate(map(len, octets))], np.uint64))

    def similar(self, word: str, max_distance: int) -> list[str]:
        """Those that are at most so many edits from a word and begin as it does, in order.

        To exchange two neighbouring characters is one edit.
        """
        first = bisect_left(self._words, word[:1])
        end = bisect_left(self._words, chr(ord(word[:1]) + 1), first)
        numbers, _ = similar_terms(
            self._blob, self._offsets, first, end, code_points(word), max_distance, True
        )
        return [self._words[number] for number in numbers.tolist()]


class ArrayAutomata(Automata):
    """Finds similar terms of one segment."""

    def __init__(self, arrays: SegmentArrays) -> None:
        self._arrays = arrays

    def terms_within(self, fieldcur: Any, uterm: str, maxdist: int, prefix: int = 0) -> list[str]:
        """The terms of the cursor's field that are at most ``maxdist`` edits from ``uterm``."""
        return fuzzy_terms(self._arrays, fieldcur.field, uterm, maxdist, prefix, swaps=False)


def install() -> None:
    """Let :class:`Wildcard` and :class:`MultiReader` ask the dictionary. Twice is as once."""
    Wildcard._btexts = _expand_wildcard
    MultiReader.terms_within = _terms_within


def _expand_wildcard(query: Wildcard, reader: Any) -> Iterable[bytes]:
    # A class made from it may read patterns in another way.
    segments = _segments(reader, query.fieldname) if type(query) is Wildcard else []
    if not segments:
        expanded: Iterable[bytes] = super(Wildcard, query)._btexts(reader)
        return expanded
    return _merged([wildcard_terms(each, query.fieldname, query.text) for each in segments])


def _terms_within(
    reader: MultiReader, fieldname: str, text: str, maxdist: int, prefix: int = 0
) -> Iterable[str]:
    segments = _segments(reader, fieldname)
    if not segments:
        words: Iterable[str] = super(MultiReader, reader).terms_within(
            fieldname, text, maxdist, prefix
        )
        return words
    return _merged(
        [fuzzy_terms(each, fieldname, text, maxdist, prefix, swaps=True) for each in segments]
    )


def _segments(reader: Any, field: str) -> list[SegmentArrays]:
    """The segments under the reader, if all are of the array codec and the field has terms."""
    leaves = [leaf for leaf, _ in reader.leaf_readers()]
    if not all(isinstance(leaf.segment(), ArraySegment) for leaf in leaves):
        return []
    if field not in reader.schema or field not in reader.indexed_field_names():
        return []
    return [leaf.segment().open(leaf.storage()) for leaf in leaves]


def _merged(lists: list[list[Any]]) -> list[Any]:
    return lists[0] if len(lists) == 1 else sorted(set().union(*lists))


def _is_special(piece: str) -> bool:
    return piece in ("*", "?") or len(piece) > 1


def _codes(piece: str) -> Array:
    """The piece of a pattern for the kernel, which takes any character for one of a set."""
    if _is_special(piece):
        return np.array([ANY_TEXT if piece == "*" else ANY_CHARACTER], np.uint16)
    return np.frombuffer(piece.encode("utf-8", "surrogatepass"), np.uint8).astype(np.uint16)
