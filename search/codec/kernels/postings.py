"""How one document's posting is found, and postings that are made for one query."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import I64, U8, U32, U64, Array, U16OrU32
from sanbao.search.codec.kernels.bitmaps import RANK_WORDS, has_bit, rank
from sanbao.search.codec.kernels.bm25 import impacts_of
from sanbao.search.codec.kernels.jit import Number, kernel, step, view
from sanbao.search.codec.kernels.machine import lowest_bit, popcount, view32, view64
from sanbao.search.codec.kernels.small_freqs import LARGE, pack_freqs
from sanbao.search.codec.kernels.term_rows import (
    BITMAP,
    COLUMN_COUNT,
    DOC_FREQ,
    DOCS,
    FIELD,
    FREQS,
    IMPACTS,
    LARGE_AT,
    LARGE_COUNT,
    LARGE_FREQS,
    LENGTHS,
    RANKS,
    TERMS,
    WIDE,
    docs_of,
    exact_freq,
)


@step
def search_docs(docs: U32, doc: Number, low: Number, high: Number) -> Number:
    """The first posting of ``low`` to ``high`` whose doc_id is not below ``doc``, or ``high``.

    Gallops: fast when the answer is near ``low``.
    """
    step = np.int64(1)
    while low + step < high and docs[np.uint64(low + step)] < doc:
        low += step
        step <<= 1
    high = min(high, low + step)
    while low < high:
        middle = (low + high) >> 1
        if docs[np.uint64(middle)] < doc:
            low = middle + 1
        else:
            high = middle
    return low


@view
def bitmap_of(row: I64, words: Number) -> U64:
    """The bitmap (u64) of a term that has one, of so many words."""
    bitmap: U64 = view64(row[BITMAP], words)
    return bitmap


@view
def ranks_of(row: I64, words: Number) -> U32:
    """The ranks (u32) of its bitmap."""
    ranks: U32 = view32(row[RANKS], words // RANK_WORDS)
    return ranks


@kernel
def locate(row: I64, docs: U32, words: Number) -> I64:
    """For each of the rising doc_ids (u32) its posting of the term, or -1, i64.

    Args:
        row: of :mod:`search.codec.kernels.term_rows`.
        words: of a bitmap.
    """
    found = np.empty(len(docs), np.int64)
    if row[BITMAP]:
        bitmap, ranks = bitmap_of(row, words), ranks_of(row, words)
        for i in range(len(docs)):
            doc = docs[i]
            found[i] = rank(bitmap, ranks, doc) if has_bit(bitmap, doc) else -1
        return found
    listed, at, end = docs_of(row), np.int64(0), row[DOC_FREQ]
    for i in range(len(docs)):
        at = search_docs(listed, docs[i], at, end)
        found[i] = at if at < end and listed[np.uint64(at)] == docs[i] else -1
    return found


@step
def doc_at(row: I64, at: Number, words: Number) -> Number:
    """The doc_id (u32) of the ``at``-th posting of a term."""
    if row[BITMAP] == 0:
        return docs_of(row)[np.uint64(at)]
    return _select(bitmap_of(row, words), ranks_of(row, words), at)


@step
def _select(bitmap: U64, ranks: U32, at: Number) -> Number:
    """The doc_id (u32) of the bit before which ``at`` others are set."""
    low, high = np.int64(0), np.int64(len(ranks) - 1)
    while low < high:
        middle = (low + high + 1) >> 1
        if np.int64(ranks[np.uint64(middle)]) <= at:
            low = middle
        else:
            high = middle - 1
    left = np.uint64(at) - np.uint64(ranks[np.uint64(low)])
    place = np.uint64(low) * np.uint64(RANK_WORDS)
    while popcount(bitmap[place]) <= left:
        left -= popcount(bitmap[place])
        place += np.uint64(1)
    word = bitmap[place]
    for _ in range(left):
        word &= word - np.uint64(1)
    return np.uint32(place * np.uint64(64) + lowest_bit(word))


@kernel
def term_freqs(row: I64, found: I64) -> I64:
    """The exact term_freq of each posting (i64), 0 for a posting of -1."""
    exact = np.empty(len(found), np.int64)
    for i in range(len(found)):
        exact[i] = 0 if found[i] < 0 else exact_freq(row, found[i])
    return exact


class MadePostings(NamedTuple):
    """Postings that are not in the segment: doc_ids and term_freqs (u32), impacts (u8)."""

    docs: U32
    freqs: U32
    impacts: U8


def made_row(made: MadePostings, field: int, lengths: tuple[int, int]) -> tuple[I64, list[Array]]:
    """The row of postings made for a query, and the arrays that must be kept alive with it.

    Args:
        field: its number in the row.
        lengths: the address of the field_lengths and whether they are wide.
    """
    large = np.flatnonzero(made.freqs >= LARGE)
    arrays: list[Array] = [
        made.docs,
        pack_freqs(made.freqs),
        made.impacts,
        large.astype(np.uint64),
        made.freqs[large],
    ]
    docs, freqs, impacts, large_at, large_freqs = (array.ctypes.data for array in arrays)
    row = np.zeros(COLUMN_COUNT, np.int64)
    row[[DOC_FREQ, TERMS, FIELD]] = len(made.docs), 1, field
    row[[DOCS, FREQS, IMPACTS]] = docs, freqs, impacts
    row[[LENGTHS, WIDE]] = lengths
    row[[LARGE_AT, LARGE_FREQS, LARGE_COUNT]] = large_at, large_freqs, len(large)
    return row, arrays


def union(
    docs: U32, ranges: I64, row: I64, lengths: U16OrU32, average: float, doc_count: int
) -> MadePostings:
    """Postings of several terms as if they were one term.

    Args:
        docs: the doc_ids of all of them (u32), one term after the other.
        ranges: i64 [ranges, 2], which postings these are, counted from the first of the row.
        row: where their term_freqs are.
        lengths: field_length of their field by doc_id.
        average: the segment's average of it.
    """
    bitmap = bitmaps.from_docs(docs, doc_count)
    merged = bitmaps.to_docs(bitmap)
    freqs = _sum_freqs(docs, ranges, row, bitmap, bitmaps.rank_lines(bitmap), len(merged))
    return MadePostings(merged, freqs, impacts_of(merged, freqs, lengths, average))


@kernel
def _sum_freqs(docs: U32, ranges: I64, row: I64, bitmap: U64, ranks: U32, count: Number) -> U32:
    sums = np.zeros(count, np.uint32)
    at = 0
    for i in range(len(ranges)):
        for posting in range(ranges[i, 0], ranges[i, 1]):
            sums[rank(bitmap, ranks, docs[at])] += np.uint32(exact_freq(row, posting))
            at += 1
    return sums
