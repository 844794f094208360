"""Finding the terms that look like something: a pattern, or a word with typing errors.

All take ``terms/blob`` and ``terms/offsets``, and look through the terms ``first`` to ``end``.
"""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels.jit import Number, kernel, step

ANY_CHARACTER = 256
ANY_TEXT = 257


@kernel
def matching_terms(
    blob: Array, offsets: Array, first: Number, end: Number, pattern: Array
) -> Array:
    """The numbers of the terms that match the pattern, rising.

    Args:
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
def _matches(blob: Array, begin: Number, end: Number, pattern: Array) -> bool:
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
            at += _width(blob, at, end)
            place += 1
        elif wanted == blob[at]:
            at += 1
            place += 1
        elif after_text >= 0:
            text_end += _width(blob, text_end, end)
            at, place = text_end, after_text
        else:
            return False
    while place < len(pattern) and pattern[place] == ANY_TEXT:
        place += 1
    return place == len(pattern)


@kernel
def similar_terms(
    blob: Array,
    offsets: Array,
    first: Number,
    end: Number,
    word: Array,
    max_distance: Number,
    swaps: bool,
) -> Array:
    """The numbers of the terms that differ from the word by ``max_distance`` edits at most, rising.

    An edit inserts, deletes or replaces a character. What two neighbouring terms begin with in
    common is compared once, and if it is too far from the word, so are all others that begin so.

    Args:
        word: its characters (u32).
        swaps: whether to exchange two neighbouring characters, which are not edited again, is
            also an edit.
    """
    # By the number of characters of a term: the bytes they take, the last of them, and their
    # distances from the first 0, 1, 2 ... characters of the word. One that has more is too far.
    most = len(word) + max_distance + 1
    bytes_of = np.zeros(most + 1, np.int64)
    characters = np.zeros(most + 1, np.uint32)
    distances = np.empty((most + 1, len(word) + 1), np.int64)
    distances[0] = np.arange(len(word) + 1)
    found = np.empty(end - first, np.int64)
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
            width = _width(blob, at, stop)
            bytes_of[depth] = at + width - begin
            characters[depth] = _character(blob, at, width)
            near = _add_character(distances, characters, depth, word, swaps) <= max_distance
        if near and distances[depth, len(word)] <= max_distance:
            found[count] = term
            count += 1
        if begin + bytes_of[depth] < stop:
            term = _after_all_that_begin_so(blob, offsets, term, end, bytes_of[depth])
        else:
            term += 1
        if not near:
            depth -= 1
    return found[:count].copy()


@step
def _add_character(
    distances: Array, characters: Array, depth: Number, word: Array, swaps: bool
) -> Number:
    """Fill in the distances of ``depth`` characters, the last of which is new; the least of them.

    Those of more characters are never less.
    """
    character = characters[depth]
    distances[depth, 0] = least = depth
    for j in range(1, len(word) + 1):
        distance: Number = min(
            distances[depth - 1, j - 1] + np.int64(character != word[j - 1]),
            min(distances[depth - 1, j], distances[depth, j - 1]) + 1,
        )
        if (
            swaps
            and j > 1
            and depth > 1
            and character == word[j - 2]
            and characters[depth - 1] == word[j - 1]
        ):
            distance = min(distance, distances[depth - 2, j - 2] + 1)
        distances[depth, j] = distance
        least = min(least, distance)
    return least


@step
def _common(
    blob: Array, last: Number, begin: Number, stop: Number, bytes_of: Array, depth: Number
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
    blob: Array, offsets: Array, term: Number, end: Number, length: Number
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
def _begins_alike(blob: Array, offsets: Array, one: Number, other: Number, length: Number) -> bool:
    one_at, other_at = np.int64(offsets[one]), np.int64(offsets[other])
    if other_at + length > np.int64(offsets[other + 1]):
        return False
    same = 0
    while same < length and blob[one_at + same] == blob[other_at + same]:
        same += 1
    return bool(same == length)


@step
def _width(blob: Array, at: Number, end: Number) -> Number:
    """The bytes of the character that begins there, never beyond ``end``."""
    first = blob[at]
    width = 1 + np.int64(first >= 0xC0) + np.int64(first >= 0xE0) + np.int64(first >= 0xF0)
    return min(width, end - at)


@step
def _character(blob: Array, at: Number, width: Number) -> Number:
    """The code point of the character of so many bytes."""
    if width == 1:
        return np.uint32(blob[at])
    code = np.uint32(blob[at]) & np.uint32(0x7F >> width)
    for i in range(1, width):
        code = code << np.uint32(6) | np.uint32(blob[at + i]) & np.uint32(0x3F)
    return np.uint32(code)
