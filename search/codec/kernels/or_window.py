"""The best of many documents: a quick estimate for each, exact scores for the few that matter.

Window by window, each term adds its impact bytes, weighted, to a u16 for each document: a lower
estimate of the score whose error has a bound. Only documents whose estimate, raised by that
bound, reaches the worst of the best k so far are scored exactly.
"""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import WINDOW, WORDS, has_bit, rank
from search.codec.kernels.bm25 import saturation
from search.codec.kernels.jit import Number, kernel
from search.codec.kernels.machine import add16, lowest_bit, max16, share16
from search.codec.kernels.postings import Postings, search_docs, term_freq
from search.codec.kernels.score_docs import (
    BITMAP,
    DENSE,
    END,
    FIRST,
    LENGTHS,
    ScoredTerms,
    is_open,
)
from search.codec.kernels.top_k import Top, offer

ESTIMATE_RANGE = 65_535


@kernel
def offer_best(
    top: Top,
    matched: Array,
    terms: ScoredTerms,
    stored: Postings,
    made: Postings,
    lengths: Array,
    own_averages: Array,
    published: Array,
    base: Number,
) -> None:
    """Offer every document of the bitmap ``matched`` (u64) that may be among the best.

    Args:
        lengths: field_length by field and doc_id.
        own_averages: by term, the average field_length that its impacts were made with.
        base: what a doc_id is raised by to become a number of the index.
    """
    quanta, unit = _quanta(terms, own_averages)
    error = np.int64(1)
    for quantum in quanta:
        error += np.int64(quantum) // 256 + 2
    cursors = terms.places[:, FIRST].copy()
    window_cursors = cursors.copy()
    estimates = np.zeros(WINDOW, np.uint16)
    for first_word in range(0, len(matched), WORDS):
        words = matched[first_word : first_word + WORDS]
        window = np.uint32(first_word * 64)
        limit = window + np.uint32(WINDOW)
        window_cursors[:] = cursors
        for term in range(len(quanta)):
            postings_docs = stored.docs if term < terms.stored else made.docs
            impacts = stored.impacts if term < terms.stored else made.impacts
            dense_row = terms.places[term, DENSE]
            if dense_row >= 0:
                _add_dense(estimates, stored.dense[dense_row, window:limit], quanta[term])
            else:
                cursors[term] = _add_listed(
                    estimates,
                    postings_docs,
                    impacts,
                    cursors[term],
                    terms.places[term, END],
                    window,
                    quanta[term],
                )
        for block in range(WORDS):
            word = words[block]
            if not word:
                continue
            cut = _cut(top, unit, error)
            if _block_max(estimates[block * 64 : block * 64 + 64]) < cut:
                continue
            while word:
                place = np.uint64(block * 64) + lowest_bit(word)
                word &= word - np.uint64(1)
                if estimates[place] >= cut:
                    doc = np.uint32(window + place)
                    score = _score(doc, terms, stored, made, lengths, window_cursors, cursors)
                    offer(top, score, published[doc], base + np.int64(doc))
                    cut = _cut(top, unit, error)
        estimates[:] = np.uint16(0)


@kernel
def _quanta(terms: ScoredTerms, own_averages: Array) -> tuple[Array, Number]:
    """The weight of each term in units of the estimates, u16, and how many units 1.0 has.

    Impacts were made with another average field_length than scores are: a weight is raised by as
    much as that can lower a saturation.
    """
    weights = terms.weights * np.maximum(1.0, terms.averages / own_averages)
    unit = ESTIMATE_RANGE / weights.sum()
    quanta = np.empty(len(weights), np.uint16)
    for term in range(len(weights)):
        quanta[term] = np.uint16(np.int64(weights[term] * unit))
    return quanta, unit


@kernel
def _cut(top: Top, unit: Number, error: Number) -> Number:
    """The least estimate of a document that could enter ``top``."""
    if top.size[0] < len(top.docs):
        return np.int64(0)
    return np.int64(top.scores[0] * unit) - error


@kernel
def _add_dense(estimates: Array, impacts: Array, quantum: Number) -> None:
    for i in range(WINDOW):
        estimates[i] = add16(estimates[i], share16(impacts[i], quantum))


@kernel
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
    at = np.uint64(cursor)
    while at < np.uint64(end) and docs[at] < limit:
        place = docs[at] - window
        estimates[place] = add16(estimates[place], share16(impacts[at], quantum))
        at += np.uint64(1)
    return np.int64(at)


@kernel
def _block_max(estimates: Array) -> Number:
    largest = np.uint16(0)
    for i in range(64):
        largest = max16(largest, estimates[i])
    return np.int64(largest)


@kernel
def _score(
    doc: Number,
    terms: ScoredTerms,
    stored: Postings,
    made: Postings,
    lengths: Array,
    low: Array,
    high: Array,
) -> Number:
    """The exact score of the doc_id (u32).

    Args:
        low, high: by term, between which postings that of the document can be.
    """
    score = 0.0
    for term in range(len(terms.weights)):
        if not is_open(terms, term, doc):
            continue
        if term < terms.stored:
            freq = _freq_of(doc, stored, terms.places[term], low[term], high[term])
        else:
            freq = _freq_of(doc, made, terms.places[term], low[term], high[term])
        if freq:
            length = np.float64(lengths[terms.places[term, LENGTHS], doc])
            score += terms.weights[term] * saturation(
                np.float64(freq), length, terms.averages[term]
            )
    return score


@kernel
def _freq_of(doc: Number, postings: Postings, place: Array, low: Number, high: Number) -> Number:
    """The term_freq in the doc_id (u32), 0 if the term is not there."""
    row = place[BITMAP]
    if row >= 0:
        if not has_bit(postings.bitmaps[row], doc):
            return 0
        return term_freq(
            postings, place[FIRST] + rank(postings.bitmaps[row], postings.ranks[row], doc)
        )
    at = search_docs(postings.docs, doc, low, high)
    if at < high and postings.docs[np.uint64(at)] == doc:
        return term_freq(postings, at)
    return 0
