"""Where the postings of a query's terms are: the dictionary searched for all of them at once."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U8, U32, U64
from sanbao.search.codec.kernels.bitmaps import RANK_WORDS
from sanbao.search.codec.kernels.dictionary import compare, lower_bound, prefix_end
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import view8, view32, view64
from sanbao.search.codec.kernels.term_rows import (
    BITMAP,
    DENSE,
    DOC_FREQ,
    DOCS,
    FIELD,
    FIRST,
    FREQS,
    IMPACTS,
    LARGE_AT,
    LARGE_COUNT,
    LARGE_FREQS,
    LENGTHS,
    RANKS,
    TERM,
    TERMS,
    WIDE,
)

SEGMENT = (
    TERM_COUNT,
    TERM_BLOB,  # addresses of the arrays of the specification, and sizes of some
    BLOB_SIZE,
    TERM_OFFSETS,
    TERM_SAMPLES,  # of what term_samples makes
    TERM_POSTINGS,
    TERM_DOCS,
    POSTING_DOCS,
    POSTING_FREQS,
    POSTING_IMPACTS,
    LARGE_POSTINGS,
    LARGE_VALUES,
    LARGE_SIZE,
    BITMAP_TERMS,
    BITMAP_COUNT,
    BITMAP_WORDS,
    ALL_BITMAPS,
    ALL_RANKS,
    DENSE_TERMS,
    DENSE_COUNT,
    ALL_DENSE,
    BASE,  # what a doc_id is raised by to become a number of the index
    PUBLISHED,  # the dates, i64
    DELETED_DOCS,  # rising, u32
    DELETED_COUNT,
    POSITION_VALUES,
    POSITIONS_WIDE,  # whether they are u32
    POSITION_STARTS,
    POSITION_BASES,
) = range(29)
"""What kernels must know of a segment, as an array of numbers."""

FIELD_COLUMNS = (
    FIRST_TERM,
    END_TERM,  # one past the last
    FIELD_LENGTHS,  # their address, or 0
    FIELD_WIDE,  # whether they are u32
    FIRST_POSTING,  # of its first term
    FIRST_POSITION,  # and where the positions of that begin
) = range(6)
"""And of each field, in the order of the numbers that fields have everywhere."""


SAMPLED = 16
"""Of so many terms one is a sample."""

LARGEST_SAMPLE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@kernel
def find_terms(segment: I64, fields: I64, keys: U8, requests: I64, rows: I64) -> None:
    """Write the row of each key, see :mod:`search.codec.kernels.term_rows`.

    Args:
        segment: of :data:`SEGMENT`, i64.
        fields: of :data:`FIELD_COLUMNS`, i64 [fields, columns].
        keys: the keys, one after the other (u8).
        requests: i64 [keys, 4]: where the key begins and ends in ``keys``, the number of its
            field, and 1 if all terms that start with the key are meant.
        rows: all 0.
    """
    blob = view8(segment[TERM_BLOB], segment[BLOB_SIZE])
    offsets = view64(segment[TERM_OFFSETS], segment[TERM_COUNT] + 1)
    samples = view64(segment[TERM_SAMPLES], -(-segment[TERM_COUNT] // SAMPLED))
    for i in range(len(requests)):
        begin, key_end, field, prefix = requests[i]
        key = keys[begin:key_end]
        first, end = fields[field, FIRST_TERM], fields[field, END_TERM]
        low, high = _narrowed(samples, first, end, key)
        term = lower_bound(blob, offsets, low, high, key)
        if prefix:
            term_end = prefix_end(blob, offsets, term, end, key)
        else:
            term_end = term + np.int64(term < end and compare(blob, offsets, term, key) == 0)
        write_row(rows[i], segment, fields, field, term, term_end)


def term_samples(blob: U8, offsets: U64) -> U64:
    """The first bytes of every :data:`SAMPLED`-th term as numbers that sort as the terms do, u64.

    Args:
        blob, offsets: ``terms/blob`` and ``terms/offsets``.
    """
    begins, ends = offsets[:-1][::SAMPLED, None], offsets[1:][::SAMPLED, None]
    places = begins + np.arange(8, dtype=np.uint64)
    octets = blob[np.minimum(places, max(1, len(blob)) - 1)] * (places < ends)
    samples: U64 = octets.astype(np.uint8).view(">u8").astype(np.uint64).reshape(-1)
    return samples


@step
def _narrowed(samples: U64, first: Number, end: Number, key: U8) -> tuple[Number, Number]:
    """Between which terms of ``first`` to ``end`` the first that is not less than the key is.

    By the samples alone, which stay in the cache: a bisection of all terms would wait for memory
    at every step.
    """
    wanted = np.uint64(0)
    for i in range(8):
        octet = np.uint64(key[i]) if i < len(key) else np.uint64(0)
        wanted = (wanted << np.uint64(8)) | octet
    begin, stop = -(-first // SAMPLED), -(-end // SAMPLED)
    not_less = _first_sample(samples, begin, stop, wanted)
    greater = np.int64(stop)
    if wanted < LARGEST_SAMPLE:
        greater = _first_sample(samples, not_less, stop, wanted + np.uint64(1))
    low = first if not_less == begin else (not_less - 1) * SAMPLED + 1
    return low, end if greater == stop else greater * SAMPLED


@step
def _first_sample(samples: U64, begin: Number, stop: Number, wanted: Number) -> Number:
    """The first of the samples from ``begin`` to ``stop`` that is not less than ``wanted``."""
    low, high = np.int64(begin), np.int64(stop)
    while low < high:
        middle = (low + high) >> 1
        if samples[np.uint64(middle)] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def write_row(
    row: I64, segment: I64, fields: I64, field: Number, term: Number, term_end: Number
) -> None:
    """Write the row of the terms from ``term`` to ``term_end``, excluded."""
    postings = view64(segment[TERM_POSTINGS], segment[TERM_COUNT] + 1)
    first = np.int64(postings[np.uint64(term)])
    row[FIRST], row[DOC_FREQ] = first, np.int64(postings[np.uint64(term_end)]) - first
    row[FIELD], row[TERM], row[TERMS] = field, term, term_end - term
    docs = view64(segment[TERM_DOCS], segment[TERM_COUNT] + 1)
    row[DOCS] = segment[POSTING_DOCS] + 4 * np.int64(docs[np.uint64(term)])
    row[FREQS] = segment[POSTING_FREQS]
    row[IMPACTS] = segment[POSTING_IMPACTS] + first
    row[LENGTHS], row[WIDE] = fields[field, FIELD_LENGTHS], fields[field, FIELD_WIDE]
    row[LARGE_AT], row[LARGE_FREQS] = segment[LARGE_POSTINGS], segment[LARGE_VALUES]
    row[LARGE_COUNT] = segment[LARGE_SIZE]
    if term_end - term == 1:
        words = segment[BITMAP_WORDS]
        place = _place(view32(segment[BITMAP_TERMS], segment[BITMAP_COUNT]), term)
        if place >= 0:
            row[BITMAP] = segment[ALL_BITMAPS] + place * 8 * words
            row[RANKS] = segment[ALL_RANKS] + place * 4 * (words // RANK_WORDS)
        place = _place(view32(segment[DENSE_TERMS], segment[DENSE_COUNT]), term)
        if place >= 0:
            row[DENSE] = segment[ALL_DENSE] + place * 64 * words


@kernel
def _place(terms: U32, term: Number) -> Number:
    """The place of the term in the rising ``terms`` (u32), or -1."""
    place = np.searchsorted(terms, np.uint32(term))
    return place if place < len(terms) and terms[place] == term else -1
