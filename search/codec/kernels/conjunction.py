"""Documents that have all of several terms."""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import count_bits, list_bits
from search.codec.kernels.jit import Number, kernel
from search.codec.kernels.postings import search_docs

LOPSIDED = 12
"""How many times longer a list must be for galloping through it to beat going through it."""

SPAN = 1 << 16
"""Documents whose marks fit into the first level cache."""


@kernel
def docs_of_all(docs: Array, bitmaps: Array, terms: Array) -> Array:
    """The doc_ids (u32, rising) that have every term.

    Args:
        docs, bitmaps: of the segment's postings.
        terms: i64 [terms, 3], rarest first: first posting, one past the last, row of the bitmaps
            or -1. A term with a bitmap is in more documents than any without.
    """
    if terms[0, 2] >= 0:
        return _in_all_bitmaps(bitmaps, terms)
    kept = docs[terms[0, 0] : terms[0, 1]].copy()
    count = np.int64(len(kept))
    for term in range(1, len(terms)):
        first, end, row = terms[term]
        if row >= 0:
            count = _keep_in_bitmap(kept, count, bitmaps[row])
        elif end - first > LOPSIDED * count:
            count = _keep_by_galloping(kept, count, docs, first, end)
        else:
            count = _keep_by_marking(kept, count, docs, first, end)
    return kept[:count]


@kernel
def _in_all_bitmaps(bitmaps: Array, terms: Array) -> Array:
    words = bitmaps[terms[0, 2]].copy()
    for term in range(1, len(terms)):
        others = bitmaps[terms[term, 2]]
        for i in range(len(words)):
            words[i] &= others[i]
    return list_bits(words, count_bits(words))


@kernel
def _keep_in_bitmap(kept: Array, count: Number, bitmap: Array) -> Number:
    """Free of branches, because which documents are kept cannot be predicted."""
    left = np.uint64(0)
    for i in range(count):
        doc = kept[i]
        kept[left] = doc
        word = bitmap[doc >> np.uint32(6)]
        left += (word >> np.uint64(doc & np.uint32(63))) & np.uint64(1)
    return np.int64(left)


@kernel
def _keep_by_galloping(
    kept: Array, count: Number, docs: Array, first: Number, end: Number
) -> Number:
    left, at = np.int64(0), np.int64(first)
    for i in range(count):
        at = search_docs(docs, kept[i], at, end)
        if at == end:
            break
        if docs[np.uint64(at)] == kept[i]:
            kept[left] = kept[i]
            left += 1
    return left


@kernel
def _keep_by_marking(kept: Array, count: Number, docs: Array, first: Number, end: Number) -> Number:
    """Marks the documents of some thousand at a time and looks the others up among the marks."""
    marks = np.zeros(SPAN // 64, np.uint64)
    left, at, other = np.uint64(0), np.uint64(0), np.uint64(first)
    while at < np.uint64(count) and other < np.uint64(end):
        span = kept[at] // np.uint32(SPAN)
        marks[:] = np.uint64(0)
        while at < np.uint64(count) and kept[at] // np.uint32(SPAN) == span:
            place = kept[at] % np.uint32(SPAN)
            marks[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))
            at += np.uint64(1)
        # Never more are kept than were marked, so kept[at] is not overwritten.
        while other < np.uint64(end) and docs[other] // np.uint32(SPAN) < span:
            other += np.uint64(1)
        while other < np.uint64(end) and docs[other] // np.uint32(SPAN) == span:
            place = docs[other] % np.uint32(SPAN)
            word = marks[place >> np.uint64(6)]
            if left < at:
                kept[left] = docs[other]
            left += (word >> (place & np.uint64(63))) & np.uint64(1)
            other += np.uint64(1)
    return np.int64(left)
