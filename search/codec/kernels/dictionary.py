"""Finding terms in the dictionary: a bisection on bytes."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import U8, U64
from sanbao.search.codec.kernels.jit import Number, kernel, step


@kernel
def lower_bound(blob: U8, offsets: U64, first: Number, end: Number, key: U8) -> Number:
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
def compare(blob: U8, offsets: U64, term: Number, key: U8) -> Number:
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
def prefix_end(blob: U8, offsets: U64, first: Number, end: Number, key: U8) -> Number:
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
def _starts_with(blob: U8, offsets: U64, term: Number, key: U8) -> bool:
    begin, end = np.int64(offsets[term]), np.int64(offsets[term + 1])
    length: Number = min(end - begin, len(key))
    same = 0
    while same < length and blob[begin + same] == key[same]:
        same += 1
    return same == len(key)
