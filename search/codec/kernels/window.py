"""One window of documents: an estimate of each score, and which of them are high.

Each term adds its impact bytes, weighted, to a u16 for each document. How these are chosen, and
what becomes of them: :mod:`search.codec.kernels.candidates`.
"""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U8, U16, U64
from sanbao.search.codec.kernels.bitmaps import WINDOW, WORDS
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import (
    add16,
    lowest_bit,
    max16,
    min16,
    popcount,
    share16,
    view8,
)
from sanbao.search.codec.kernels.postings import bitmap_of, search_docs
from sanbao.search.codec.kernels.term_rows import BITMAP, DENSE, DOC_FREQ, IMPACTS, docs_of

AT_ONCE = 4
"""Bits that are taken out of a word of a bitmap before any are counted."""

LANES = 128
"""Every ``LANES``-th document of a window is in the same lane. A lane is looked through when its
largest estimate is high enough: a maximum lane by lane is one of whole vectors."""


@step
def skip_window(rows: I64, words: Number, cursors: I64, window: Number) -> None:
    for term in range(len(cursors)):
        row = rows[term]
        if row[DENSE]:
            continue
        if row[BITMAP]:
            first = window >> np.uint32(6)
            bits = bitmap_of(row, words)[first : first + np.uint32(WORDS)]
            cursors[term] += np.int64(_count_words(bits))
        else:
            limit = window + np.uint32(WINDOW)
            cursors[term] = search_docs(docs_of(row), limit, cursors[term], row[DOC_FREQ])


@step
def add_estimates(
    estimates: U16,
    rows: I64,
    words: Number,
    cursors: I64,
    window: Number,
    quanta: U16,
    places: U16,
) -> Number:
    """Add what every term has in the window; how many postings, or ``WINDOW`` and more if any term
    has another form than a list."""
    postings = np.int64(0)
    for term in range(len(quanta)):
        row, before = rows[term], cursors[term]
        if row[DENSE]:
            limit = np.uint64(window) + np.uint64(WINDOW)
            _add_dense(estimates, view8(row[DENSE], limit)[np.uint64(window) : limit], quanta[term])
            postings += WINDOW
        elif row[BITMAP]:
            cursors[term] = _add_bits(estimates, row, words, before, window, quanta[term], places)
            postings += WINDOW
        else:
            cursors[term] = _add_listed(estimates, row, before, window, quanta[term])
            postings += cursors[term] - before
    return postings


@step
def _add_dense(estimates: U16, impacts: U8, quantum: Number) -> None:
    high, low = np.uint16(quantum >> 8), np.uint16(quantum & 255)
    for i in range(WINDOW):
        estimates[i] = add16(estimates[i], share16(impacts[i], high, low))


@step
def _add_bits(
    estimates: U16,
    row: I64,
    words: Number,
    cursor: Number,
    window: Number,
    quantum: Number,
    places: U16,
) -> Number:
    """Add the postings of the window, whose documents are in a bitmap; returns the next one.

    Args:
        places: u16, has room for ``WINDOW`` and ``AT_ONCE``; overwritten.
    """
    high, low = np.uint16(quantum >> 8), np.uint16(quantum & 255)
    bitmap, impacts = bitmap_of(row, words), view8(row[IMPACTS], row[DOC_FREQ])
    first, count = np.uint64(window) >> np.uint64(6), np.uint64(0)
    for i in range(np.uint64(WORDS)):
        # Some bits are always taken out, set or not, because how many are cannot be predicted.
        word = bitmap[first + i]
        end = count + popcount(word)
        while True:
            for bit in range(np.uint64(AT_ONCE)):
                places[count + bit] = np.uint16((i << np.uint64(6)) + lowest_bit(word))
                word &= word - np.uint64(1)
            count += np.uint64(AT_ONCE)
            if count >= end:
                break
        count = end
    for i in range(count):
        place = places[i]
        share = share16(impacts[np.uint64(cursor) + i], high, low)
        estimates[place] = add16(estimates[place], share)
    return cursor + np.int64(count)


@step
def _add_listed(
    estimates: U16, row: I64, cursor: Number, window: Number, quantum: Number
) -> Number:
    """Add the postings of the window; returns the first one past it."""
    high, low = np.uint16(quantum >> 8), np.uint16(quantum & 255)
    docs, impacts = docs_of(row), view8(row[IMPACTS], row[DOC_FREQ])
    limit, end = window + np.uint32(WINDOW), np.uint64(row[DOC_FREQ])
    at = np.uint64(cursor)
    while at < end and docs[at] < limit:
        place = docs[at] - window
        estimates[place] = add16(estimates[place], share16(impacts[at], high, low))
        at += np.uint64(1)
    return np.int64(at)


@step
def _count_words(words: U64) -> Number:
    """How many bits of the words (u64) are set."""
    total = np.uint64(0)
    for word in words:
        total += popcount(word)
    return total


@step
def high_matched(places: U16, words: U64, estimates: U16, cut: Number) -> Number:
    """Put the places (u16) of matched documents that reach the cut in ``places``; how many."""
    found = np.uint64(0)
    for i in range(WORDS):
        word = words[i]
        while word:
            place = np.uint64(i * 64) + lowest_bit(word)
            word &= word - np.uint64(1)
            places[found] = np.uint16(place)
            found += np.uint64(np.int64(estimates[place]) >= cut)
    return np.int64(found)


@step
def high_listed(
    places: U16,
    values: U16,
    estimates: U16,
    rows: I64,
    before: I64,
    cursors: I64,
    cut: Number,
) -> tuple[Number, Number]:
    """The same as :func:`high_lanes` where all terms are lists, whose postings of the window are
    those from ``before`` to ``cursors``. Puts the estimates in ``values`` and leaves 0 behind."""
    found, count = np.uint64(0), np.int64(0)
    for term in range(len(rows)):
        docs = docs_of(rows[term])
        for at in range(np.uint64(before[term]), np.uint64(cursors[term])):
            place = docs[at] % np.uint32(WINDOW)
            estimate = estimates[place]
            estimates[place] = np.uint16(0)
            places[found], values[found] = np.uint16(place), estimate
            found += np.uint64(np.int64(estimate) >= cut)
            count += estimate != 0
    return np.int64(found), count


@kernel
def high_lanes(places: U16, estimates: U16, cut: Number) -> tuple[Number, Number]:
    """Put the places (u16) of all documents that reach the cut in ``places``.

    Returns:
        how many, and how many estimates are not 0.
    """
    lanes, counts = np.zeros(LANES, np.uint16), np.zeros(LANES, np.uint16)
    for row in range(WINDOW // LANES):
        for lane in range(LANES):
            estimate = estimates[np.uint64(row * LANES + lane)]
            lanes[lane] = max16(lanes[lane], estimate)
            counts[lane] = add16(counts[lane], min16(estimate, np.uint16(1)))
    found = np.uint64(0)
    for lane in range(LANES):
        if np.int64(lanes[lane]) >= cut:
            for row in range(WINDOW // LANES):
                place = np.uint64(row * LANES + lane)
                places[found] = np.uint16(place)
                found += np.uint64(np.int64(estimates[place]) >= cut)
    return np.int64(found), np.int64(counts.sum())


@step
def keep_matched(places: U16, count: Number, words: U64) -> Number:
    """Keep those of the first ``count`` places that the window's bitmap holds; how many."""
    kept = np.uint64(0)
    for i in range(np.uint64(count)):
        place = np.uint64(places[i])
        places[kept] = places[i]
        kept += (words[place >> np.uint64(6)] >> (place & np.uint64(63))) & np.uint64(1)
    return np.int64(kept)
