"""Finding terms in the dictionary: a bisection on bytes."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import Array
from sanbao.search.codec.kernels.jit import Number, kernel, step


@kernel
def lower_bound(blob: Array, offsets: Array, first: Number, end: Number, key: Array) -> Number:
    """The first term of ``first`` to ``end`` that is not less than ``key`` (u8), or ``end``.

    Args:
        blob, offsets: ``terms/blob`` and ``terms/offsets``.
    """
    low, high = np.int64(first), np.int64(end)
    while low < high:
        middle = (low + high) >> 1
        if compare(blob, offsets, middle, key) < 0:
            low = middle + 1
        else:
            high = middle
    return low


@step
def compare(blob: Array, offsets: Array, term: Number, key: Array) -> Number:
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
def prefix_end(blob: Array, offsets: Array, first: Number, end: Number, key: Array) -> Number:
    """One past the last term of ``first`` to ``end`` that starts with the key."""
    low, high = np.int64(first), np.int64(end)
    while low < high:
        middle = (low + high) >> 1
        if _starts_with(blob, offsets, middle, key):
            low = middle + 1
        else:
            high = middle
    return low


@step
def _starts_with(blob: Array, offsets: Array, term: Number, key: Array) -> bool:
    begin, end = np.int64(offsets[term]), np.int64(offsets[term + 1])
    length: Number = min(end - begin, len(key))
    same = 0
    while same < length and blob[begin + same] == key[same]:
        same += 1
    return same == len(key)
