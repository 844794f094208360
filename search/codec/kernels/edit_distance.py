"""Finding the terms that are a few typing errors away from a word.

The distance is that of *optimal string alignment*: the fewest insertions, deletions, replacements
and, if wanted, exchanges of two neighbours, where what was exchanged is not edited again. It is
counted in characters, not in bytes. F. J. Damerau named these four errors ("A technique for
computer detection and correction of spelling errors", Communications of the ACM 7, 1964); the
table of distances is that of R. A. Wagner and M. J. Fischer ("The string-to-string correction
problem", Journal of the ACM 21, 1974), of which sorted terms share the rows of what they begin
with in common.
"""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U8, U32, U64
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.utf8 import character, width


@kernel
def similar_terms(
    blob: U8,
    offsets: U64,
    first: Number,
    end: Number,
    word: U32,
    max_distance: Number,
    swaps: bool,
) -> tuple[I64, I64]:
    """The terms that differ from the word by ``max_distance`` edits at most, in order.

    What two neighbouring terms begin with in common is compared once, and if it is too far from
    the word, all others that begin so are passed over.

    Args:
        blob, offsets: ``terms/...`` of the specification.
        first, end: which of the terms are looked through.
        word: its characters (u32).
        max_distance: not negative.
        swaps: whether to exchange two neighbouring characters, which are not edited again, is
            also an edit.

    Returns:
        their numbers (i64), and by how many edits each differs (i64).
    """
    # By the number of characters of a term: the bytes they take, the last of them, and their
    # distances from the first 0, 1, 2 ... characters of the word. One that has more is too far.
    most = len(word) + max_distance + 1
    bytes_of = np.zeros(most + 1, np.int64)
    characters = np.zeros(most + 1, np.uint32)
    distances = np.empty((most + 1, len(word) + 1), np.int64)
    distances[0] = np.arange(len(word) + 1)
    found, edits = np.empty(end - first, np.int64), np.empty(end - first, np.int64)
    count = depth = 0
    last, term = np.int64(0), np.int64(first)
    while term < end:
        begin, stop = np.int64(offsets[term]), np.int64(offsets[term + 1])
        depth = _common(blob, last, begin, stop, bytes_of, depth)
        last = begin
        near = True
        while near and begin + bytes_of[depth] < stop:
            at = begin + bytes_of[depth]
            depth += 1
            octets = width(blob, at, stop)
            bytes_of[depth] = at + octets - begin
            characters[depth] = character(blob, at, octets)
            near = _add_character(distances, characters, depth, word, swaps) <= max_distance
        if near and distances[depth, len(word)] <= max_distance:
            found[count], edits[count] = term, distances[depth, len(word)]
            count += 1
        if begin + bytes_of[depth] < stop:
            term = _after_all_that_begin_so(blob, offsets, term, end, bytes_of[depth])
        else:
            term += 1
        if not near:
            depth -= 1
    return found[:count].copy(), edits[:count].copy()


@step
def _add_character(
    distances: I64, characters: U32, depth: Number, word: U32, swaps: bool
) -> Number:
    """Fill in the distances of ``depth`` characters, the last of which is new; the least of them.

    Those of more characters are never less.
    """
    added = characters[depth]
    distances[depth, 0] = least = depth
    for j in range(1, len(word) + 1):
        distance: Number = min(
            distances[depth - 1, j - 1] + np.int64(added != word[j - 1]),
            min(distances[depth - 1, j], distances[depth, j - 1]) + 1,
        )
        if (
            swaps
            and j > 1
            and depth > 1
            and added == word[j - 2]
            and characters[depth - 1] == word[j - 1]
        ):
            distance = min(distance, distances[depth - 2, j - 2] + 1)
        distances[depth, j] = distance
        least = min(least, distance)
    return least


@step
def _common(
    blob: U8, last: Number, begin: Number, stop: Number, bytes_of: I64, depth: Number
) -> Number:
    """How many of the ``depth`` characters at ``last`` the term of ``begin`` to ``stop`` has."""
    most = min(bytes_of[depth], stop - begin)
    same = 0
    while same < most and blob[last + same] == blob[begin + same]:
        same += 1
    while bytes_of[depth] > same:
        depth -= 1
    return depth


@step
def _after_all_that_begin_so(
    blob: U8, offsets: U64, term: Number, end: Number, length: Number
) -> Number:
    """The first term of ``term`` to ``end`` whose first ``length`` bytes are not those of it."""
    stride = 1
    while term + stride < end and _begins_alike(blob, offsets, term, term + stride, length):
        stride *= 2
    low, high = term + (stride >> 1) + 1, min(term + stride, end)
    while low < high:
        middle = (low + high) >> 1
        if _begins_alike(blob, offsets, term, middle, length):
            low = middle + 1
        else:
            high = middle
    return low


@step
def _begins_alike(blob: U8, offsets: U64, one: Number, other: Number, length: Number) -> bool:
    one_at, other_at = np.int64(offsets[one]), np.int64(offsets[other])
    if other_at + length > np.int64(offsets[other + 1]):
        return False
    same = 0
    while same < length and blob[one_at + same] == blob[other_at + same]:
        same += 1
    return bool(same == length)
