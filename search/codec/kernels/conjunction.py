"""Documents that have all of several terms."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32, U64
from sanbao.search.codec.kernels.bitmaps import count_bits, list_bits
from sanbao.search.codec.kernels.jit import Number, kernel
from sanbao.search.codec.kernels.postings import bitmap_of, search_docs
from sanbao.search.codec.kernels.term_rows import BITMAP, DOC_FREQ, docs_of

LOPSIDED = 12
"""How many times longer a list must be for galloping through it to beat going through it."""

SPAN = 1 << 16
"""Documents whose marks fit into the first level cache."""


@kernel
def docs_of_all(rows: I64, words: Number) -> U32:
    """The doc_ids (u32, rising) that have every term.

    Args:
        rows: of :mod:`search.codec.kernels.term_rows`, at least one.
        words: of a bitmap.
    """
    # A term with a bitmap is in more documents than any without; made postings may be as many.
    order = np.argsort(rows[:, DOC_FREQ] + (rows[:, BITMAP] != 0) * (words * 64))
    rarest = rows[order[0]]
    if rarest[BITMAP]:
        common = common_bitmap(rows, words)
        return list_bits(common, count_bits(common))
    kept = docs_of(rarest).copy()
    count = np.int64(len(kept))
    for term in order[1:]:
        row = rows[term]
        if row[BITMAP]:
            count = _keep_in_bitmap(kept, count, bitmap_of(row, words))
        elif row[DOC_FREQ] > LOPSIDED * count:
            count = _keep_by_galloping(kept, count, docs_of(row))
        else:
            count = _keep_by_marking(kept, count, docs_of(row))
    return kept[:count]


@kernel
def common_bitmap(rows: I64, words: Number) -> U64:
    """The bitmap (u64) of the documents that have every term, all of which have bitmaps."""
    common = bitmap_of(rows[0], words).copy()
    for term in range(1, len(rows)):
        others = bitmap_of(rows[term], words)
        for i in range(len(common)):
            common[i] &= others[i]
    return common


@kernel
def _keep_in_bitmap(kept: U32, count: Number, bitmap: U64) -> Number:
    """Free of branches, because which documents are kept cannot be predicted."""
    left = np.uint64(0)
    for i in range(count):
        doc = kept[i]
        kept[left] = doc
        word = bitmap[doc >> np.uint32(6)]
        left += (word >> np.uint64(doc & np.uint32(63))) & np.uint64(1)
    return np.int64(left)


@kernel
def _keep_by_galloping(kept: U32, count: Number, docs: U32) -> Number:
    left, at, end = np.int64(0), np.int64(0), np.int64(len(docs))
    for i in range(count):
        at = search_docs(docs, kept[i], at, end)
        if at == end:
            break
        if docs[np.uint64(at)] == kept[i]:
            kept[left] = kept[i]
            left += 1
    return left


@kernel
def _keep_by_marking(kept: U32, count: Number, docs: U32) -> Number:
    """Marks the documents of some thousand at a time and looks the others up among the marks."""
    marks = np.zeros(SPAN // 64, np.uint64)
    left, at, other, end = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(len(docs))
    while at < np.uint64(count) and other < end:
        span = kept[at] // np.uint32(SPAN)
        marks[:] = np.uint64(0)
        while at < np.uint64(count) and kept[at] // np.uint32(SPAN) == span:
            place = kept[at] % np.uint32(SPAN)
            marks[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))
            at += np.uint64(1)
        # Never more are kept than were marked, so kept[at] is not overwritten.
        while other < end and docs[other] // np.uint32(SPAN) < span:
            other += np.uint64(1)
        while other < end and docs[other] // np.uint32(SPAN) == span:
            place = docs[other] % np.uint32(SPAN)
            word = marks[place >> np.uint64(6)]
            if left < at:
                kept[left] = docs[other]
            left += (word >> (place & np.uint64(63))) & np.uint64(1)
            other += np.uint64(1)
    return np.int64(left)


@kernel
def docs_without(docs: U32, deleted: U32) -> U32:
    """The rising doc_ids (u32) that are not in the rising ``deleted``."""
    if len(deleted) == 0:
        return docs
    kept, left, at = docs.copy(), np.int64(0), np.int64(0)
    for doc in docs:
        at = search_docs(deleted, doc, at, len(deleted))
        if at == len(deleted) or deleted[np.uint64(at)] != doc:
            kept[left] = doc
            left += 1
    return kept[:left]
