"""The postings that kernels read, and how one document's posting is found in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels import bitmaps
from search.codec.kernels.bitmaps import has_bit, rank
from search.codec.kernels.bm25 import impacts_of
from search.codec.kernels.jit import Number, kernel, step
from search.codec.segment_arrays import SegmentArrays
from search.codec.small_freqs import LARGE, pack_freqs


class Postings(NamedTuple):
    """Arrays of the specification: of a segment, or made for one query (then without bitmaps)."""

    docs: Array
    freqs: Array
    large_at: Array
    large: Array
    impacts: Array
    bitmaps: Array
    ranks: Array
    dense: Array


def postings_of(arrays: SegmentArrays) -> Postings:
    """The postings of a segment."""
    container = arrays.container
    return Postings(
        arrays.docs,
        arrays.freqs,
        arrays.large_at,
        arrays.large,
        container["evaluation/impacts"],
        container["evaluation/bitmaps"],
        container["evaluation/ranks"],
        container["evaluation/dense"],
    )


def made_postings(docs: Array, freqs: Array, impacts: Array, doc_count: int) -> Postings:
    """Postings made for a query, in the types of a segment's, so that kernels compile once.

    Args:
        docs: u32, freqs: u32, impacts: u8.
    """
    windows = bitmaps.window_count(doc_count)
    large_at = np.flatnonzero(freqs >= LARGE)
    postings = Postings(
        docs,
        pack_freqs(freqs),
        large_at.astype(np.uint64),
        freqs[large_at],
        impacts,
        np.empty((0, windows * bitmaps.WORDS), np.uint64),
        np.empty((0, windows * bitmaps.WORDS // bitmaps.RANK_WORDS), np.uint32),
        np.empty((0, windows * bitmaps.WINDOW), np.uint8),
    )
    for array in postings:
        array.flags.writeable = False
    return postings


@kernel
def term_freqs(postings: Postings, found: Array) -> Array:
    """The exact term_freq of each posting (i64), 0 for a posting of -1."""
    # Taken out of the tuple here: passing it to a function for each posting costs ten times more.
    freqs, large_at, large = postings.freqs, postings.large_at, postings.large
    exact = np.empty(len(found), np.int64)
    for i in range(len(found)):
        exact[i] = 0 if found[i] < 0 else exact_freq(freqs, large_at, large, found[i])
    return exact


@step
def exact_freq(freqs: Array, large_at: Array, large: Array, posting: Number) -> Number:
    """The exact term_freq of a posting; the arrays are those of :class:`Postings`."""
    octet = np.uint64(freqs[np.uint64(posting) >> np.uint64(1)])
    freq = np.int64(octet >> ((np.uint64(posting) & np.uint64(1)) << np.uint64(2)) & np.uint64(15))
    if freq == LARGE:
        low, high = np.uint64(0), np.uint64(len(large_at))
        while low < high:
            middle = (low + high) >> np.uint64(1)
            if large_at[middle] < np.uint64(posting):
                low = middle + np.uint64(1)
            else:
                high = middle
        freq = np.int64(large[low])
    return freq


@step
def search_docs(docs: Array, doc: Number, low: Number, high: Number) -> Number:
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


@kernel
def locate(
    postings: Postings, docs: Array, first: Number, end: Number, bitmap_row: Number
) -> Array:
    """For each of the rising doc_ids (u32) its posting of the term, or -1, i64.

    Args:
        first, end: the term's postings.
        bitmap_row: the term's row of the bitmaps, or -1.
    """
    found = np.empty(len(docs), np.int64)
    if bitmap_row >= 0:
        bitmap, ranks = postings.bitmaps[bitmap_row], postings.ranks[bitmap_row]
        for i in range(len(docs)):
            doc = docs[i]
            found[i] = first + rank(bitmap, ranks, doc) if has_bit(bitmap, doc) else -1
        return found
    listed, at = postings.docs, np.int64(first)
    for i in range(len(docs)):
        at = search_docs(listed, docs[i], at, end)
        found[i] = at if at < end and listed[np.uint64(at)] == docs[i] else -1
    return found


def union(
    postings: Postings, first: int, end: int, lengths: Array, average: float, doc_count: int
) -> tuple[Array, Array, Array]:
    """Postings of several neighbouring terms as if they were one term.

    Args:
        first, end: the postings of all of them.
        lengths: field_length of their field by doc_id.
        average: the segment's average of it.

    Returns:
        doc_ids (u32, rising), the sums of their term_freqs (u32), impacts.
    """
    bitmap = bitmaps.from_docs(postings.docs[first:end], doc_count)
    docs = bitmaps.to_docs(bitmap)
    freqs = _sum_freqs(postings, first, end, bitmap, bitmaps.rank_lines(bitmap), len(docs))
    return docs, freqs, impacts_of(docs, freqs, lengths, average)


@kernel
def _sum_freqs(
    postings: Postings, first: Number, end: Number, bitmap: Array, ranks: Array, count: Number
) -> Array:
    sums, docs = np.zeros(count, np.uint32), postings.docs[first:end]
    freqs = term_freqs(postings, np.arange(first, end))
    for i in range(len(docs)):
        sums[rank(bitmap, ranks, docs[i])] += np.uint32(freqs[i])
    return sums
