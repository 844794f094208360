"""Finding terms in the dictionary: a bisection on bytes."""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels.jit import Number, kernel


@kernel
def lower_bound(blob: Array, offsets: Array, first: Number, end: Number, key: Array) -> Number:
    """The first term of ``first`` to ``end`` that is not less than ``key`` (u8), or ``end``.

    Args:
        blob, offsets: ``terms/blob`` and ``terms/offsets``.
    """
    low, high = np.int64(first), np.int64(end)
    while low < high:
        middle = (low + high) >> 1
        if _compare(blob, offsets, middle, key) < 0:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def find_ranges(
    blob: Array, offsets: Array, bounds: Array, keys: Array, key_offsets: Array, prefix: Array
) -> Array:
    """For each key its terms, first and one past the last, i64 [keys, 2].

    Args:
        blob, offsets: ``terms/blob`` and ``terms/offsets``.
        bounds: i64 [keys, 2], the terms of the field to look into.
        keys, key_offsets: the keys, one after the other (u8), and where each begins (i64).
        prefix: whether all terms that start with the key are meant (bool).
    """
    found = np.empty((len(prefix), 2), np.int64)
    for i in range(len(prefix)):
        key = keys[key_offsets[i] : key_offsets[i + 1]]
        end = bounds[i, 1]
        term = lower_bound(blob, offsets, bounds[i, 0], end, key)
        found[i, 0] = term
        if prefix[i]:
            found[i, 1] = _prefix_end(blob, offsets, term, end, key)
        else:
            found[i, 1] = term + (term < end and _compare(blob, offsets, term, key) == 0)
    return found


@kernel
def _compare(blob: Array, offsets: Array, term: Number, key: Array) -> Number:
    """Negative, 0 or positive, as the term is less than, equal to or greater than the key."""
    begin, end = np.int64(offsets[term]), np.int64(offsets[term + 1])
    length = end - begin
    shorter: Number = min(length, len(key))
    for i in range(shorter):
        difference = np.int64(blob[begin + i]) - np.int64(key[i])
        if difference:
            return difference
    return length - len(key)


@kernel
def _prefix_end(blob: Array, offsets: Array, first: Number, end: Number, key: Array) -> Number:
    """One past the last term of ``first`` to ``end`` that starts with the key."""
    low, high = np.int64(first), np.int64(end)
    while low < high:
        middle = (low + high) >> 1
        if _starts_with(blob, offsets, middle, key):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _starts_with(blob: Array, offsets: Array, term: Number, key: Array) -> bool:
    begin, end = np.int64(offsets[term]), np.int64(offsets[term + 1])
    length: Number = min(end - begin, len(key))
    same = 0
    while same < length and blob[begin + same] == key[same]:
        same += 1
    return same == len(key)
