"""Which of many documents can be among the best: a quick estimate of each score.

Window by window (:mod:`search.codec.kernels.window`), each document gets an estimate. It
differs from the score that it stands for by no more than a known error. So a document
whose estimate, raised by the error, is below the k-th best estimate is not among the best k; the
others, a few dozen as a rule, are scored exactly by :mod:`search.codec.kernels.score_docs`.

A posting adds at least 1. So a document with an estimate of 0 has none of the terms, and a query
of which any term will do needs no other pass to count what it matches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U16, U32, U64, Array
from sanbao.search.codec.kernels.bitmaps import WINDOW, WORDS, count_bits
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import (
    view_signed,
)
from sanbao.search.codec.kernels.score_docs import Scoring, bonus_of, highest_bonus, offer_docs
from sanbao.search.codec.kernels.term_rows import BITMAP, DOC_FREQ, FIELD, docs_of
from sanbao.search.codec.kernels.top_k import Top
from sanbao.search.codec.kernels.window import (
    AT_ONCE,
    add_estimates,
    high_lanes,
    high_listed,
    high_matched,
    keep_matched,
    skip_window,
)

ESTIMATE_RANGE = 65_535

FEW_BITS = 32
"""With no more documents matched in a window, each is looked at instead of each lane."""

FEW_POSTINGS = 600
"""With no more postings in a window, each is looked at instead of each lane."""

GRAIN = 16
"""Estimates that are not told apart when the k-th best is looked for."""


@kernel
def offer_matched(top: Top, matched: U64, scoring: Scoring) -> None:
    """Offer every document of the bitmap ``matched`` (u64) that may be among the best.

    Args:
        scoring: of terms without gates, at least one.
    """
    docs = best_matched(matched, scoring, len(top.numbers), _floor(top))
    offer_docs(top, docs, scoring)


@kernel
def offer_any(top: Top, deleted: U32, scoring: Scoring) -> Number:
    """Offer every document with any of the terms that may be among the best.

    Args:
        deleted: doc_ids (u32, rising) that are not to be found.
        scoring: of terms without gates, at least one.

    Returns:
        how many documents have any of the terms.
    """
    docs, total = best_of_any(deleted, scoring, len(top.numbers), _floor(top))
    offer_docs(top, docs, scoring)
    return total


@step
def _floor(top: Top) -> Number:
    """Documents with a lower score are not wanted."""
    return top.scores[0] if top.size[0] == len(top.numbers) else 0.0


@kernel
def best_matched(matched: U64, scoring: Scoring, k: Number, floor: Number) -> U32:
    """The doc_ids (u32, rising) of the bitmap ``matched`` that may be among the best k.

    Args:
        scoring: of terms without gates, at least one.
        k: at least 1.
        floor: a score; documents below it are not wanted.
    """
    rows, quanta, best = _start(scoring, k, floor)
    found = _new_candidates()
    cursors = np.zeros(len(rows), np.int64)
    estimates = np.zeros(WINDOW, np.uint16)
    places, values = np.empty(WINDOW + AT_ONCE, np.uint16), np.empty(WINDOW, np.uint16)
    for first_word in range(0, len(matched), WORDS):
        words = matched[first_word : first_word + WORDS]
        bits = count_bits(words)
        window = np.uint32(first_word * 64)
        if bits == 0 or _reach(rows, cursors, window, quanta, best) < best.cut[0]:
            skip_window(rows, scoring.words, cursors, window)
            continue
        add_estimates(estimates, rows, scoring.words, cursors, window, quanta, places)
        cut = best.cut[0] - best.bonus
        if bits <= FEW_BITS:
            high = high_matched(places, words, estimates, cut)
        else:
            high = keep_matched(places, high_lanes(places, estimates, cut)[0], words)
        values[:high] = estimates[places[:high]]
        found = _collect(found, best, scoring, places[:high], values, window)
        estimates[:] = np.uint16(0)
    return _still_best(found, best)


@kernel
def best_of_any(deleted: U32, scoring: Scoring, k: Number, floor: Number) -> tuple[U32, Number]:
    """The doc_ids (u32, rising) that may be among the best k of all that have any of the terms.

    Args:
        deleted: doc_ids (u32, rising) that are not to be found.
        scoring, k, floor: as for :func:`best_matched`.

    Returns:
        the doc_ids, and how many documents have any of the terms.
    """
    rows, quanta, best = _start(scoring, k, floor)
    found = _new_candidates()
    cursors = np.zeros(len(rows), np.int64)
    estimates = np.zeros(WINDOW, np.uint16)
    before = np.zeros(len(rows), np.int64)
    places, values = np.empty(WINDOW + AT_ONCE, np.uint16), np.empty(WINDOW, np.uint16)
    total, at_deleted = np.int64(0), np.uint64(0)
    for first_word in range(0, scoring.words, WORDS):
        window = np.uint32(first_word * 64)
        before[:] = cursors
        postings = add_estimates(estimates, rows, scoring.words, cursors, window, quanta, places)
        if postings == 0:
            continue
        limit = window + np.uint32(WINDOW)
        while at_deleted < np.uint64(len(deleted)) and deleted[at_deleted] < limit:
            if deleted[at_deleted] >= window:
                estimates[deleted[at_deleted] - window] = np.uint16(0)
            at_deleted += np.uint64(1)
        cut = max(np.int64(1), best.cut[0] - best.bonus)
        if postings <= FEW_POSTINGS:
            high, count = high_listed(places, values, estimates, rows, before, cursors, cut)
        else:
            high, count = high_lanes(places, estimates, cut)
            values[:high] = estimates[places[:high]]
            estimates[:] = np.uint16(0)
        total += count
        found = _collect(found, best, scoring, places[:high], values, window)
    return _still_best(found, best), total


class _Best(NamedTuple):
    """The estimates seen so far, by how high they are.

    Attributes:
        unit: what a score of 1.0 is in estimates.
        error, skew: how far and how many times an estimate may be from its score.
        bonus: no document has a higher one, in estimates.
        counts: of estimates, by grain.
        state: the grain of the k-th best, and how many are in higher ones.
        cut: the least estimate of a document that may be among the best.
    """

    k: Number
    unit: Number
    error: Number
    skew: Number
    bonus: Number
    counts: I64
    state: I64
    cut: I64


@kernel
def _start(scoring: Scoring, k: Number, floor: Number) -> tuple[I64, U16, _Best]:
    """The terms that are in the segment, the weight of each in estimates (u16), nothing seen yet.

    Impacts were made with another average field_length than scores are. A weight is raised by as
    much as that can lower a saturation; where it does not, the estimate is too high, by ``skew``.

    An impact and what is taken of it are rounded, a weight too, and a posting adds at least 1:
    the error of a term is up to twice 1/256 of its weight and some units.
    """
    rows = scoring.rows
    fields = rows[:, FIELD]
    ratios = scoring.averages[fields] / scoring.own_averages[fields]
    weights = scoring.weights * np.maximum(1.0, ratios)
    bonus = highest_bonus(scoring.bonuses, scoring.recency)
    unit = (ESTIMATE_RANGE - 2.0 * len(rows)) / (weights.sum() + bonus)
    quanta = np.empty(len(weights), np.uint16)
    error = np.int64(2)
    for term in range(len(weights)):
        quanta[term] = np.uint16(np.int64(weights[term] * unit))
        error += np.int64(quanta[term]) // 128 + 5
    best = _Best(
        k,
        unit,
        error,
        np.maximum(ratios, 1.0 / ratios).max(),
        np.int64(bonus * unit) + 1,
        np.zeros(ESTIMATE_RANGE // GRAIN + 2, np.int64),
        np.zeros(2, np.int64),
        np.full(1, max(np.int64(0), np.int64(floor * unit) - error)),
    )
    return rows, quanta, best


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


class _Candidates(NamedTuple):
    """Documents that reached the cut when they were seen, and their estimates."""

    docs: U32
    estimates: I64
    size: Number


@kernel
def _new_candidates() -> _Candidates:
    return _Candidates(np.empty(256, np.uint32), np.empty(256, np.int64), np.int64(0))


@kernel
def _collect(
    found: _Candidates,
    best: _Best,
    scoring: Scoring,
    places: U16,
    values: U16,
    window: Number,
) -> _Candidates:
    """Take in the documents at these places (u16), with these estimates (u16), that reach the cut,
    which rises meanwhile."""
    docs, kept, size = found.docs, found.estimates, found.size
    if size + len(places) > len(docs):
        docs, kept = _longer(docs, len(places)), _longer(kept, len(places))
    bonus_bitmaps, bonuses, recency = scoring.bonus_bitmaps, scoring.bonuses, scoring.recency
    dates = view_signed(scoring.published, scoring.words * 64)
    for i in range(len(places)):
        estimate = np.int64(values[i])
        if estimate + best.bonus >= best.cut[0]:
            doc = window + np.uint32(places[i])
            bonus = bonus_of(doc, bonus_bitmaps, bonuses, recency, dates)
            estimate += np.int64(bonus * best.unit)
            if estimate >= best.cut[0]:
                docs[size], kept[size] = doc, estimate
                size += 1
                _count(best, estimate)
    return _Candidates(docs, kept, size)


@kernel
def _longer(array: Array, count: Number) -> Array:
    longer = np.empty(2 * len(array) + count, array.dtype)
    longer[: len(array)] = array
    return longer


@kernel
def _still_best(found: _Candidates, best: _Best) -> U32:
    """The candidates that still reach the cut at the end."""
    size = found.size
    kept = found.docs[:size][found.estimates[:size] >= best.cut[0]]
    # As wide as what else is sorted: each width takes seconds to compile.
    return np.sort(kept.astype(np.int64)).astype(np.uint32)


@step
def _reach(rows: I64, cursors: I64, window: Number, quanta: U16, best: _Best) -> Number:
    """No estimate of the window is higher."""
    limit = window + np.uint32(WINDOW)
    reach = best.bonus
    for term in range(len(quanta)):
        row, at = rows[term], np.uint64(cursors[term])
        if row[BITMAP] or (at < np.uint64(row[DOC_FREQ]) and docs_of(row)[at] < limit):
            reach += np.int64(quanta[term]) + 1
    return reach
