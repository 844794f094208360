"""Which of many documents can be among the best: a quick estimate of each score.

Window by window, each term adds its impact bytes, weighted, to a u16 for each document. Such an
estimate is never above the score that it stands for, and below it by no more than a known error.
So a document whose estimate, raised by the error, is below the k-th best estimate is not among
the best k; the others, a few dozen as a rule, are scored exactly by
:mod:`search.codec.kernels.score_docs`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import WINDOW, WORDS, count_bits
from search.codec.kernels.jit import Number, kernel, step
from search.codec.kernels.machine import add16, lowest_bit, max16, share16
from search.codec.kernels.postings import Postings, search_docs
from search.codec.kernels.score_docs import (
    AVERAGE,
    DENSE,
    END,
    FIRST,
    OWN_AVERAGE,
    WEIGHT,
    ScoredTerms,
    offer_docs,
)
from search.codec.kernels.top_k import Top

ESTIMATE_RANGE = 65_535

LANES = 128
"""Every ``LANES``-th document of a window is in the same lane. A lane is looked through when its
largest estimate is high enough: a maximum lane by lane is one of whole vectors."""

FEW_BITS = 256
"""With no more documents matched in a window, each is looked at instead of each lane."""

GRAIN = 16
"""Estimates that are not told apart when the k-th best is looked for."""


@kernel
def offer_best(
    top: Top,
    matched: Array,
    terms: ScoredTerms,
    stored: Postings,
    made: Postings,
    lengths: Array,
    published: Array,
    base: Number,
) -> None:
    """Offer every document of the bitmap ``matched`` (u64) that may be among the best.

    Args:
        terms: without gates; at least one.
        lengths: field_length by field and doc_id.
        base: what a doc_id is raised by to become a number of the index.
    """
    floor = top.scores[0] if top.size[0] == len(top.docs) else 0.0
    docs = best_candidates(matched, terms, stored, made, len(top.docs), floor)
    offer_docs(top, docs, terms, stored, made, lengths, published, base)


@kernel
def best_candidates(
    matched: Array,
    terms: ScoredTerms,
    stored: Postings,
    made: Postings,
    k: Number,
    floor: Number,
) -> Array:
    """The doc_ids (u32, rising) of the bitmap ``matched`` that may be among the best k.

    Args:
        terms: without gates; at least one.
        k: at least 1.
        floor: a score; documents below it are not wanted.
    """
    quanta, unit, skew = _quanta(terms)
    best = _new_best(k, quanta, skew, floor * unit)
    docs = np.empty(256, np.uint32)
    estimates_of = np.empty(256, np.uint16)
    found = np.int64(0)
    # Taken out of the tuples once: passing tuples to a function costs as much as a window.
    rows, stored_count = terms.places, terms.stored
    stored_docs, stored_impacts, dense = stored.docs, stored.impacts, stored.dense
    made_docs, made_impacts = made.docs, made.impacts
    cursors = rows[:, FIRST].copy()
    estimates = np.zeros(WINDOW, np.uint16)
    places = np.empty(WINDOW, np.uint16)
    for first_word in range(0, len(matched), WORDS):
        words = matched[first_word : first_word + WORDS]
        window = np.uint32(first_word * 64)
        # 1. Estimates, unless all terms of the window together are not enough.
        limit = window + np.uint32(WINDOW)
        reach = _reach(rows, stored_count, stored_docs, made_docs, cursors, limit, quanta)
        if reach < best.cut[0]:
            _skip_window(rows, stored_count, stored_docs, made_docs, cursors, limit)
            continue
        for term in range(len(quanta)):
            row, end, quantum = rows[term, DENSE], rows[term, END], quanta[term]
            if row >= 0:
                _add_dense(estimates, dense[row, window:limit], quantum)
            elif term < stored_count:
                cursors[term] = _add_listed(
                    estimates, stored_docs, stored_impacts, cursors[term], end, window, quantum
                )
            else:
                cursors[term] = _add_listed(
                    estimates, made_docs, made_impacts, cursors[term], end, window, quantum
                )
        # 2. The documents that reach the cut, which rises meanwhile.
        high = _high_places(places, words, estimates, best.cut[0])
        for place in places[:high]:
            if estimates[place] >= best.cut[0]:
                if found == len(docs):
                    docs, estimates_of = _doubled(docs), _doubled(estimates_of)
                docs[found] = window + np.uint32(place)
                estimates_of[found] = estimates[place]
                found += 1
                _count(best, estimates[place])
        estimates[:] = np.uint16(0)
    # 3. Those that still reach it at the end.
    return np.sort(docs[:found][estimates_of[:found] >= best.cut[0]])


class _Best(NamedTuple):
    """The estimates seen so far, by how high they are.

    Attributes:
        counts: of estimates, by grain.
        state: the grain of the k-th best, and how many are in higher ones.
        cut: the least estimate of a document that may be among the best.
    """

    k: Number
    error: Number
    skew: Number
    counts: Array
    state: Array
    cut: Array


@kernel
def _new_best(k: Number, quanta: Array, skew: Number, floor: Number) -> _Best:
    """Nothing seen yet; ``floor`` is in units of the estimates.

    An impact is up to 1/256 too low, its share and the quantum of its term up to 1 each.
    """
    error = np.int64(1)
    for quantum in quanta:
        error += np.int64(quantum) // 256 + 3
    cut = np.full(1, max(np.int64(0), np.int64(floor) - error))
    counts = np.zeros(ESTIMATE_RANGE // GRAIN + 1, np.int64)
    return _Best(k, error, skew, counts, np.zeros(2, np.int64), cut)


@step
def _count(best: _Best, estimate: Number) -> None:
    """Raise the cut if the k-th best estimate is higher with this one."""
    grain, level, above = np.int64(estimate) // GRAIN, best.state[0], best.state[1]
    best.counts[grain] += 1
    if grain <= level:
        return
    above += 1
    if above >= best.k:
        while above >= best.k:
            level += 1
            above -= best.counts[level]
        least = np.int64(level * GRAIN / best.skew) - best.error
        best.cut[0] = max(best.cut[0], least)
    best.state[0], best.state[1] = level, above


@kernel
def _quanta(terms: ScoredTerms) -> tuple[Array, Number, Number]:
    """The weight of each term in units of the estimates (u16), the units of a score of 1.0, and
    how many times too high an estimate may be.

    Impacts were made with another average field_length than scores are. A weight is raised by as
    much as that can lower a saturation; where it does not, the estimate is too high.
    """
    ratios = terms.factors[:, AVERAGE] / terms.factors[:, OWN_AVERAGE]
    weights = terms.factors[:, WEIGHT] * np.maximum(1.0, ratios)
    unit = ESTIMATE_RANGE / weights.sum()
    quanta = np.empty(len(weights), np.uint16)
    for term in range(len(weights)):
        quanta[term] = np.uint16(np.int64(weights[term] * unit))
    return quanta, unit, np.maximum(ratios, 1.0 / ratios).max()


@step
def _reach(
    rows: Array,
    stored_count: Number,
    stored_docs: Array,
    made_docs: Array,
    cursors: Array,
    limit: Number,
    quanta: Array,
) -> Number:
    """No estimate of the window that ends at ``limit`` is higher."""
    reach = np.int64(0)
    for term in range(len(quanta)):
        at = np.uint64(cursors[term])
        if at < np.uint64(rows[term, END]):
            doc = stored_docs[at] if term < stored_count else made_docs[at]
            reach += np.int64(quanta[term]) * (doc < limit)
    return reach


@step
def _skip_window(
    rows: Array,
    stored_count: Number,
    stored_docs: Array,
    made_docs: Array,
    cursors: Array,
    limit: Number,
) -> None:
    for term in range(len(cursors)):
        end = rows[term, END]
        if rows[term, DENSE] >= 0:
            continue
        if term < stored_count:
            cursors[term] = search_docs(stored_docs, limit, cursors[term], end)
        else:
            cursors[term] = search_docs(made_docs, limit, cursors[term], end)


@step
def _add_dense(estimates: Array, impacts: Array, quantum: Number) -> None:
    high, low = np.uint16(quantum >> 8), np.uint16(quantum & 255)
    for i in range(WINDOW):
        estimates[i] = add16(estimates[i], share16(impacts[i], high, low))


@step
def _add_listed(
    estimates: Array,
    docs: Array,
    impacts: Array,
    cursor: Number,
    end: Number,
    window: Number,
    quantum: Number,
) -> Number:
    """Add the postings of the window; returns the first one past it."""
    limit = window + np.uint32(WINDOW)
    high, low = np.uint16(quantum >> 8), np.uint16(quantum & 255)
    at = np.uint64(cursor)
    while at < np.uint64(end) and docs[at] < limit:
        place = docs[at] - window
        estimates[place] = add16(estimates[place], share16(impacts[at], high, low))
        at += np.uint64(1)
    return np.int64(at)


@kernel
def _high_places(places: Array, words: Array, estimates: Array, cut: Number) -> Number:
    """Put the places (u16) of matched documents that reach the cut in ``places``; how many."""
    if count_bits(words) <= FEW_BITS:
        return _high_matched(places, words, estimates, cut)
    return _high_lanes(places, words, estimates, cut)


@step
def _high_matched(places: Array, words: Array, estimates: Array, cut: Number) -> Number:
    found = np.uint64(0)
    for i in range(WORDS):
        word = words[i]
        while word:
            place = np.uint64(i * 64) + lowest_bit(word)
            word &= word - np.uint64(1)
            places[found] = np.uint16(place)
            found += np.uint64(estimates[place] >= cut)
    return np.int64(found)


@kernel
def _high_lanes(places: Array, words: Array, estimates: Array, cut: Number) -> Number:
    lanes = np.zeros(LANES, np.uint16)
    for row in range(WINDOW // LANES):
        for lane in range(LANES):
            lanes[lane] = max16(lanes[lane], estimates[np.uint64(row * LANES + lane)])
    found = np.uint64(0)
    for lane in range(LANES):
        if lanes[lane] >= cut:
            for row in range(WINDOW // LANES):
                place = np.uint64(row * LANES + lane)
                bit = (words[place >> np.uint64(6)] >> (place & np.uint64(63))) & np.uint64(1)
                places[found] = np.uint16(place)
                found += bit & np.uint64(estimates[place] >= cut)
    return np.int64(found)


@kernel
def _doubled(array: Array) -> Array:
    longer = np.empty(2 * len(array), array.dtype)
    longer[: len(array)] = array
    return longer
