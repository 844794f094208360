"""Phrases and proximity: where in a document terms stand.

Where something stands in some rising doc_ids is two arrays beside them: ``offsets`` (i64), where
the occurrences of each document begin, and ``starts`` (i64), their positions, rising within it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import has_bit, rank
from search.codec.kernels.jit import Number, kernel
from search.codec.kernels.postings import Postings, exact_freq, term_freqs
from search.codec.position_starts import POSITIONS_STRIDE, STARTS_A_BASE


class Positions(NamedTuple):
    """The positions of one field.

    Attributes:
        values, starts, bases: ``positions/...`` of the specification.
        first_posting: the first posting of the field,
        first_position: and where its positions begin.
    """

    values: Array
    starts: Array
    bases: Array
    first_posting: int
    first_position: int


@kernel
def occurrences_of_term(
    docs: Array, found: Array, postings: Postings, positions: Positions, shift: Number
) -> tuple[Array, Array]:
    """Where a term stands in the doc_ids (u32), minus ``shift``.

    Args:
        found: the posting of each.
    """
    freqs, begins = term_freqs(postings, found), position_starts(postings, positions, found)
    values = positions.values
    offsets = np.zeros(len(docs) + 1, np.int64)
    for i in range(len(docs)):
        offsets[i + 1] = offsets[i] + freqs[i]
    starts = np.empty(offsets[len(docs)], np.int64)
    for i in range(len(docs)):
        source = begins[i]
        for at in range(offsets[i], offsets[i + 1]):
            starts[at] = np.int64(values[np.uint64(source)]) - shift
            source += 1
    return offsets, starts


@kernel
def occurrences_of_terms(
    docs: Array,
    bitmap: Array,
    ranks: Array,
    first: Number,
    end: Number,
    postings: Postings,
    positions: Positions,
    shift: Number,
) -> tuple[Array, Array]:
    """Where any of several neighbouring terms stands in the doc_ids (u32), minus ``shift``.

    Args:
        bitmap, ranks: of the doc_ids.
        first, end: the postings of all the terms.
    """
    # 1. The postings of the documents, and room for every occurrence.
    listed, values = postings.docs, positions.values
    found = np.array([p for p in range(first, end) if has_bit(bitmap, listed[np.uint64(p)])])
    freqs, begins = term_freqs(postings, found), position_starts(postings, positions, found)
    offsets = np.zeros(len(docs) + 1, np.int64)
    for i in range(len(found)):
        offsets[rank(bitmap, ranks, listed[np.uint64(found[i])]) + 1] += freqs[i]
    offsets = np.cumsum(offsets)
    # 2. They are filled in, term after term.
    starts = np.empty(offsets[len(docs)], np.int64)
    ends = offsets[:-1].copy()
    for i in range(len(found)):
        at = rank(bitmap, ranks, listed[np.uint64(found[i])])
        for source in range(begins[i], begins[i] + freqs[i]):
            starts[ends[at]] = np.int64(values[np.uint64(source)]) - shift
            ends[at] += 1
    # 3. Within a document they are put in order, each position once.
    return _sorted_once(offsets, starts)


@kernel
def _sorted_once(offsets: Array, starts: Array) -> tuple[Array, Array]:
    kept = np.int64(0)
    new_offsets = np.zeros(len(offsets), np.int64)
    for i in range(len(offsets) - 1):
        ordered = np.sort(starts[offsets[i] : offsets[i + 1]])
        for at in range(len(ordered)):
            if at == 0 or ordered[at] != ordered[at - 1]:
                starts[kept] = ordered[at]
                kept += 1
        new_offsets[i + 1] = kept
    return new_offsets, starts[:kept]


@kernel
def narrow(
    docs: Array, offsets: Array, starts: Array, other_offsets: Array, other_starts: Array
) -> tuple[Array, Array, Array]:
    """The starts that are in both, with the doc_ids (u32) that have any.

    Returns:
        doc_ids, offsets, starts.
    """
    kept_docs = np.empty(len(docs), np.uint32)
    kept_offsets = np.zeros(len(docs) + 1, np.int64)
    kept_starts = np.empty(min(len(starts), len(other_starts)), np.int64)
    doc_count, kept = np.int64(0), np.int64(0)
    for i in range(len(docs)):
        at, end = offsets[i], offsets[i + 1]
        other, other_end = other_offsets[i], other_offsets[i + 1]
        before = kept
        while at < end and other < other_end:
            start, other_start = starts[at], other_starts[other]
            if start == other_start:
                kept_starts[kept] = start
                kept += 1
            at += start <= other_start
            other += other_start <= start
        if kept > before:
            kept_docs[doc_count] = docs[i]
            doc_count += 1
            kept_offsets[doc_count] = kept
    return kept_docs[:doc_count], kept_offsets[: doc_count + 1], kept_starts[:kept]


@kernel
def places_of_pair(
    docs: Array,
    found: Array,
    shift: Number,
    other_found: Array,
    other_shift: Number,
    postings: Postings,
    positions: Positions,
) -> tuple[Array, Array, Array]:
    """What :func:`narrow` makes of two terms, but without writing down where each stands.

    Args:
        docs: doc_ids (u32) that have both terms.
        found, other_found: the postings of each.
        shift, other_shift: what is taken from their positions.
    """
    # Column by column, so that the memory that one document waits for does not hold up the next.
    begins = position_starts(postings, positions, found)
    other_begins = position_starts(postings, positions, other_found)
    freqs, other_freqs = term_freqs(postings, found), term_freqs(postings, other_found)
    values = positions.values
    kept_docs = np.empty(len(docs), np.uint32)
    kept_offsets = np.zeros(len(docs) + 1, np.int64)
    kept_starts = np.empty(len(docs) + 16, np.int64)
    doc_count, kept = np.int64(0), np.int64(0)
    for i in range(len(docs)):
        at, other = np.uint64(begins[i]), np.uint64(other_begins[i])
        end = at + np.uint64(freqs[i])
        other_end = other + np.uint64(other_freqs[i])
        while kept + np.int64(end - at) > len(kept_starts):
            kept_starts = _doubled(kept_starts)
        before = kept
        while at < end and other < other_end:
            start = np.int64(values[at]) - shift
            other_start = np.int64(values[other]) - other_shift
            kept_starts[np.uint64(kept)] = start
            kept += start == other_start
            at += np.uint64(start <= other_start)
            other += np.uint64(other_start <= start)
        kept_docs[doc_count] = docs[i]
        doc_count += kept > before
        kept_offsets[doc_count] = kept
    return kept_docs[:doc_count], kept_offsets[: doc_count + 1], kept_starts[:kept]


@kernel
def _doubled(array: Array) -> Array:
    longer = np.empty(2 * len(array), array.dtype)
    longer[: len(array)] = array
    return longer


@kernel
def position_starts(postings: Postings, positions: Positions, found: Array) -> Array:
    """Where in ``positions.values`` the positions of each posting begin, i64."""
    freqs, large_at, large = postings.freqs, postings.large_at, postings.large
    block_starts, bases, first_posting = positions.starts, positions.bases, positions.first_posting
    begins = np.empty(len(found), np.int64)
    for i in range(len(found)):
        block = found[i] // POSITIONS_STRIDE
        base = np.int64(bases[np.uint64(block // STARTS_A_BASE)])
        at, start = block * POSITIONS_STRIDE, base + np.int64(block_starts[np.uint64(block)])
        if at < first_posting:
            at, start = first_posting, np.int64(positions.first_position)
        for before in range(at, found[i]):
            start += exact_freq(freqs, large_at, large, before)
        begins[i] = start
    return begins


@kernel
def near_docs(begins: Array, ends: Array, starts: Array, lengths: Array, distance: Number) -> Array:
    """In which documents one occurrence of each phrase can be chosen, with few positions between.

    Slides over the occurrences in order of position, always dropping the earliest chosen one.

    Args:
        begins, ends: i64 [phrases, documents], where in ``starts`` the occurrences are.
        lengths: i64, how many positions each phrase takes.
        distance: how many positions may be between them altogether.

    Returns:
        bool [documents].
    """
    near = np.zeros(begins.shape[1], np.bool_)
    at = np.empty(len(lengths), np.int64)
    for doc in range(begins.shape[1]):
        at[:] = begins[:, doc]
        while True:
            earliest = 0
            last = starts[at[0]] + lengths[0]
            for phrase in range(1, len(lengths)):
                if starts[at[phrase]] < starts[at[earliest]]:
                    earliest = phrase
                last = max(last, starts[at[phrase]] + lengths[phrase])
            if last - starts[at[earliest]] - lengths.sum() <= distance:
                near[doc] = True
                break
            at[earliest] += 1
            if at[earliest] == ends[earliest, doc]:
                break
    return near
