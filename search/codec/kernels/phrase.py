"""Phrases and proximity: where in a document terms stand.

Where something stands in some rising doc_ids is two arrays beside them: ``offsets`` (i64), where
the occurrences of each document begin, and ``starts`` (i64), their positions, rising within it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32, U64, Bools
from sanbao.search.codec.kernels.bitmaps import has_bit, rank, rank_lines, set_bits
from sanbao.search.codec.kernels.conjunction import docs_of_all
from sanbao.search.codec.kernels.jit import Number, kernel
from sanbao.search.codec.kernels.positions import Positions, position_at, position_starts
from sanbao.search.codec.kernels.postings import locate, term_freqs

_FAR = 1 << 62


class Places(NamedTuple):
    """Where something stands: doc_ids (u32), ``offsets`` and ``starts``."""

    docs: U32
    offsets: I64
    starts: I64


@kernel
def phrase_places(rows: I64, shifts: I64, positions: Positions, words: Number) -> Places:
    """Where a phrase of terms starts.

    Args:
        rows: of the terms, see :mod:`search.codec.kernels.term_rows`, the rarest first.
        shifts: i64, where in the phrase each stands.
        words: of a bitmap.
    """
    docs = docs_of_all(rows, words)
    if len(rows) == 1:
        offsets, starts = term_places(docs, rows[0], shifts[0], positions, words)
        return Places(docs, offsets, starts)
    docs, offsets, starts = _pair_places(docs, rows, shifts, positions, words)
    for term in range(2, len(rows)):
        others = term_places(docs, rows[term], shifts[term], positions, words)
        docs, offsets, starts = narrow(docs, offsets, starts, others[0], others[1])
    return Places(docs, offsets, starts)


@kernel
def term_places(
    docs: U32, row: I64, shift: Number, positions: Positions, words: Number
) -> tuple[I64, I64]:
    """Where a term stands in the doc_ids (u32), all of which have it, minus ``shift``."""
    found = locate(row, docs, words)
    freqs, begins = term_freqs(row, found), position_starts(row, positions, found)
    values, wide = positions.values, positions.wide
    offsets = np.zeros(len(docs) + 1, np.int64)
    for i in range(len(docs)):
        offsets[i + 1] = offsets[i] + freqs[i]
    starts = np.empty(offsets[len(docs)], np.int64)
    for i in range(len(docs)):
        source = begins[i]
        for at in range(offsets[i], offsets[i + 1]):
            starts[at] = position_at(values, wide, source) - shift
            source += 1
    return offsets, starts


@kernel
def places_of_terms(
    docs: U32,
    term_docs: U32,
    ranges: I64,
    row: I64,
    shift: Number,
    positions: Positions,
    words: Number,
) -> tuple[I64, I64]:
    """Where any of several terms stands in the doc_ids (u32), minus ``shift``.

    Args:
        term_docs: the doc_ids of all the terms (u32), one term after the other,
        ranges: i64 [ranges, 2], which postings these are, counted from the first of the row,
        row: and where the rest of the postings is.
        words: of a bitmap.
    """
    # 1. The postings of the documents, and room for every occurrence.
    bitmap = np.zeros(words, np.uint64)
    set_bits(bitmap, docs)
    ranks = rank_lines(bitmap)
    found, found_docs = _postings_within(bitmap, term_docs, ranges)
    freqs, begins = term_freqs(row, found), position_starts(row, positions, found)
    offsets = np.zeros(len(docs) + 1, np.int64)
    for i in range(len(found)):
        offsets[rank(bitmap, ranks, found_docs[i]) + 1] += freqs[i]
    offsets = np.cumsum(offsets)
    # 2. They are filled in, term after term.
    starts = np.empty(offsets[len(docs)], np.int64)
    ends = offsets[:-1].copy()
    values, wide = positions.values, positions.wide
    for i in range(len(found)):
        at = rank(bitmap, ranks, found_docs[i])
        for source in range(begins[i], begins[i] + freqs[i]):
            starts[ends[at]] = position_at(values, wide, source) - shift
            ends[at] += 1
    # 3. Within a document they are put in order, each position once.
    return _sorted_once(offsets, starts)


@kernel
def _postings_within(bitmap: U64, term_docs: U32, ranges: I64) -> tuple[I64, U32]:
    """The postings (i64) of the documents of a bitmap, and these documents (u32)."""
    found, docs = np.empty(len(term_docs), np.int64), np.empty(len(term_docs), np.uint32)
    at, count = 0, 0
    for i in range(len(ranges)):
        for posting in range(ranges[i, 0], ranges[i, 1]):
            if has_bit(bitmap, term_docs[at]):
                found[count], docs[count] = posting, term_docs[at]
                count += 1
            at += 1
    return found[:count], docs[:count]


@kernel
def _sorted_once(offsets: I64, starts: I64) -> tuple[I64, I64]:
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
    docs: U32, offsets: I64, starts: I64, other_offsets: I64, other_starts: I64
) -> tuple[U32, I64, I64]:
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
def _pair_places(
    docs: U32, rows: I64, shifts: I64, positions: Positions, words: Number
) -> tuple[U32, I64, I64]:
    """What :func:`narrow` makes of the first two terms, but without writing down where each is."""
    # Column by column, so that the memory that one document waits for does not hold up the next.
    found, other_found = locate(rows[0], docs, words), locate(rows[1], docs, words)
    begins = position_starts(rows[0], positions, found)
    other_begins = position_starts(rows[1], positions, other_found)
    freqs, other_freqs = term_freqs(rows[0], found), term_freqs(rows[1], other_found)
    shift, other_shift = shifts[0], shifts[1]
    values, wide = positions.values, positions.wide
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
            start = position_at(values, wide, at) - shift
            other_start = position_at(values, wide, other) - other_shift
            kept_starts[np.uint64(kept)] = start
            kept += start == other_start
            at += np.uint64(start <= other_start)
            other += np.uint64(other_start <= start)
        kept_docs[doc_count] = docs[i]
        doc_count += kept > before
        kept_offsets[doc_count] = kept
    return kept_docs[:doc_count], kept_offsets[: doc_count + 1], kept_starts[:kept]


@kernel
def _doubled(array: I64) -> I64:
    longer = np.empty(2 * len(array), array.dtype)
    longer[: len(array)] = array
    return longer


@kernel
def same_sentence_docs(
    begins: I64, ends: I64, starts: I64, lengths: I64, stops: I64, stop_offsets: I64
) -> Bools:
    """In which documents each phrase stands in one and the same sentence.

    Goes through the sentences of a document, and for each phrase to its first occurrence in each.

    Args:
        begins, ends, starts, lengths: as :func:`near_docs` takes them.
        stops: i64, where sentences end, rising within a document, and
        stop_offsets: i64, where those of each document begin. After the last there is one sentence
            more.

    Returns:
        bool [documents].
    """
    found = np.zeros(begins.shape[1], np.bool_)
    at = np.empty(len(lengths), np.int64)
    for doc in range(begins.shape[1]):
        at[:] = begins[:, doc]
        before = np.int64(-_FAR)
        for sentence in range(stop_offsets[doc], stop_offsets[doc + 1] + 1):
            is_last = sentence == stop_offsets[doc + 1]
            stop: Number = _FAR if is_last else stops[sentence]
            count = 0
            for phrase in range(len(lengths)):
                while at[phrase] < ends[phrase, doc] and starts[at[phrase]] <= before:
                    at[phrase] += 1
                if at[phrase] < ends[phrase, doc]:
                    count += starts[at[phrase]] + lengths[phrase] <= stop
            if count == len(lengths):
                found[doc] = True
                break
            before = stop
    return found


@kernel
def near_docs(begins: I64, ends: I64, starts: I64, lengths: I64, distance: Number) -> Bools:
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
