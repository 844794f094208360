"""Publication dates: ranges of them, and order by them."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32, U64, Bools
from sanbao.search.codec.kernels.bitmaps import has_bit
from sanbao.search.codec.kernels.jit import Number, kernel

NO_DATE = -(2**62)
"""Stands in ``published`` where an article has no date."""


@kernel
def published_between(published: I64, start: Number, end: Number, bitmap: U64) -> None:
    """Add to the bitmap (u64) the doc_ids with ``start <= published < end`` (i64)."""
    for first in range(0, len(published), 64):
        word = np.uint64(0)
        for i in range(min(64, len(published) - first)):
            seconds = published[np.uint64(first + i)]
            word |= np.uint64((seconds >= start) & (seconds < end)) << np.uint64(i)
        bitmap[np.uint64(first >> 6)] |= word


@kernel
def mark_published(docs: U32, published: I64, start: Number, end: Number) -> Bools:
    """Which of the doc_ids (u32) have ``start <= published < end``, bool."""
    marks = np.empty(len(docs), np.bool_)
    for i in range(len(docs)):
        seconds = published[docs[i]]
        marks[i] = (seconds >= start) & (seconds < end)
    return marks


@kernel
def first_in_order(order: U32, bitmap: U64, limit: Number) -> U32:
    """The first doc_ids of ``order`` (u32) that the bitmap holds, at most ``limit``."""
    docs = np.empty(limit, np.uint32)
    found = 0
    for doc in order:
        if found == limit:
            break
        if has_bit(bitmap, doc):
            docs[found] = doc
            found += 1
    return docs[:found]


@kernel
def first_from(
    order: U32, published: I64, bitmap: U64, seconds: Number, newest_first: bool
) -> Number:
    """The date of the first document of the bitmap in ``order``, at ``seconds`` or after it.

    With ``newest_first``: at ``seconds`` or before it. There is one, and documents of the bitmap
    that come earlier in the order are passed over unseen by a bisection.
    """
    low, high = np.int64(0), np.int64(len(order))
    while low < high:
        middle = (low + high) >> 1
        date = published[order[middle]]
        if date > seconds if newest_first else (date < seconds) & (date != NO_DATE):
            low = middle + 1
        else:
            high = middle
    while not has_bit(bitmap, order[low]):
        low += 1
    return published[order[low]]
