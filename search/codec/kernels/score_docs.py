"""Exact scores of given documents, term after term."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import has_bit
from search.codec.kernels.bm25 import saturation
from search.codec.kernels.jit import Number, kernel, step
from search.codec.kernels.machine import view16, view32, view64
from search.codec.kernels.postings import locate
from search.codec.kernels.term_rows import FIELD, GATE, exact_freq, length_of
from search.codec.kernels.top_k import Top, offer_scored


class Scoring(NamedTuple):
    """What adds to the scores of the documents of one segment.

    Attributes:
        rows: of terms, see :mod:`search.codec.kernels.term_rows`.
        weights: f64, what the saturation of a posting is multiplied with, by row.
        averages: f64, the average field_length over all segments by number of field,
        own_averages: and that of the segment, with which its impacts were made.
        bonus_bitmaps: i64, addresses of bitmaps, and
        bonuses: f64, what is added to the scores of the documents of each.
        days: i64 [2], the address of the day of each document, and whether days are u32,
        prior: f64, what is added for each day; empty for nothing.
        words: of a bitmap.
    """

    rows: Array
    weights: Array
    averages: Array
    own_averages: Array
    bonus_bitmaps: Array
    bonuses: Array
    days: Array
    prior: Array
    words: int


@kernel
def offer_docs(top: Top, docs: Array, scoring: Scoring, published: Array, base: Number) -> None:
    """Offer the rising doc_ids (u32), each with its score.

    Args:
        base: what a doc_id is raised by to become a number of the index.
    """
    offer_scored(top, docs, score_docs(docs, scoring), published, base)


@kernel
def score_docs(docs: Array, scoring: Scoring) -> Array:
    """The score (f64) of each of the rising doc_ids (u32)."""
    scores = np.zeros(len(docs), np.float64)
    for term in range(len(scoring.rows)):
        row = scoring.rows[term]
        found = locate(row, docs, scoring.words)
        _add_term(scores, docs, found, row, scoring.weights[term], scoring.averages[row[FIELD]])
    words, bonus_bitmaps, bonuses = scoring.words, scoring.bonus_bitmaps, scoring.bonuses
    days, prior = scoring.days, scoring.prior
    for i in range(len(docs)):
        scores[i] += bonus_of(docs[i], words, bonus_bitmaps, bonuses, days, prior)
    return scores


@step
def _add_term(
    scores: Array, docs: Array, found: Array, row: Array, weight: Number, average: Number
) -> None:
    for i in range(len(docs)):
        if found[i] >= 0 and _is_open(row, docs[i]):
            freq = np.float64(exact_freq(row, found[i]))
            scores[i] += weight * saturation(freq, length_of(row, docs[i]), average)


@step
def _is_open(row: Array, doc: Number) -> bool:
    """Whether the term may add to the score of the document."""
    if row[GATE] == 0:
        return True
    return has_bit(view64(row[GATE], (np.uint64(doc) >> np.uint64(6)) + np.uint64(1)), doc)


@step
def bonus_of(
    doc: Number, words: Number, bonus_bitmaps: Array, bonuses: Array, days: Array, prior: Array
) -> Number:
    """What the document has beside the scores of its terms; see :class:`Scoring`."""
    bonus = 0.0
    for i in range(len(bonuses)):
        if has_bit(view64(bonus_bitmaps[i], words), doc):
            bonus += bonuses[i]
    if len(prior):
        bonus += prior[_day_of(days, doc)]
    return bonus


@step
def _day_of(days: Array, doc: Number) -> Number:
    place = np.uint64(doc)
    if days[1]:
        return np.uint64(view32(days[0], place + np.uint64(1))[place])
    return np.uint64(view16(days[0], place + np.uint64(1))[place])
