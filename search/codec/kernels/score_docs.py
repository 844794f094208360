"""Exact scores of given documents, term after term."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64, U32, U64
from sanbao.search.codec.kernels.bitmaps import has_bit
from sanbao.search.codec.kernels.bm25 import saturation
from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import view64, view_signed
from sanbao.search.codec.kernels.postings import locate
from sanbao.search.codec.kernels.term_rows import FIELD, GATE, exact_freq, length_of
from sanbao.search.codec.kernels.top_k import Top, offer_scored
from sanbao.search.ranking.recency import SECONDS_A_DAY


class Scoring(NamedTuple):
    """What adds to the scores of the documents of one segment.

    Attributes:
        rows: of terms, see :mod:`search.codec.kernels.term_rows`.
        weights: f64, what the saturation of a posting is multiplied with, by row.
        averages: f64, the average field_length over all segments by number of field,
        own_averages: and that of the segment, with which its impacts were made.
        bonus_bitmaps: u64 [bonuses, words], and
        bonuses: f64, what is added to the scores of the documents of each.
        recency: f64 [3]: what is added for news of today, 0 for nothing; how many days halve it;
            which day is today, counted from 1970.
        published: the address of the dates, i64.
        base: what a doc_id is raised by to become a number of the index.
        words: of a bitmap.
    """

    rows: I64
    weights: F64
    averages: F64
    own_averages: F64
    bonus_bitmaps: U64
    bonuses: F64
    recency: F64
    published: int
    base: int
    words: int


@kernel
def offer_docs(top: Top, docs: U32, scoring: Scoring) -> None:
    """Offer the rising doc_ids (u32), each with its score."""
    dates = view_signed(scoring.published, scoring.words * 64)
    offer_scored(top, docs, score_docs(docs, scoring), dates, scoring.base)


@kernel
def score_docs(docs: U32, scoring: Scoring) -> F64:
    """The score (f64) of each of the rising doc_ids (u32)."""
    scores = np.zeros(len(docs), np.float64)
    for term in range(len(scoring.rows)):
        row = scoring.rows[term]
        found = locate(row, docs, scoring.words)
        _add_term(scores, docs, found, row, scoring.weights[term], scoring.averages[row[FIELD]])
    if len(scoring.bonuses) or scoring.recency[0]:
        dates = view_signed(scoring.published, scoring.words * 64)
        bonus_bitmaps, bonuses, recency = scoring.bonus_bitmaps, scoring.bonuses, scoring.recency
        for i in range(len(docs)):
            scores[i] += bonus_of(docs[i], bonus_bitmaps, bonuses, recency, dates)
    return scores


@step
def _add_term(
    scores: F64, docs: U32, found: I64, row: I64, weight: Number, average: Number
) -> None:
    for i in range(len(docs)):
        if found[i] >= 0 and _is_open(row, docs[i]):
            freq = np.float64(exact_freq(row, found[i]))
            scores[i] += weight * saturation(freq, length_of(row, docs[i]), average)


@step
def _is_open(row: I64, doc: Number) -> bool:
    """Whether the term may add to the score of the document."""
    if row[GATE] == 0:
        return True
    return has_bit(view64(row[GATE], (np.uint64(doc) >> np.uint64(6)) + np.uint64(1)), doc)


@step
def bonus_of(doc: Number, bonus_bitmaps: U64, bonuses: F64, recency: F64, dates: I64) -> Number:
    """What the document has beside the scores of its terms; see :class:`Scoring`."""
    bonus = 0.0
    for i in range(len(bonuses)):
        if has_bit(bonus_bitmaps[i], doc):
            bonus += bonuses[i]
    if recency[0]:
        seconds = dates[np.uint64(doc)]
        if seconds != NO_DATE:
            age = max(0.0, recency[2] - np.float64(seconds // SECONDS_A_DAY))
            bonus += recency[0] * 2.0 ** (-age / recency[1])
    return bonus


@step
def highest_bonus(bonuses: F64, recency: F64) -> Number:
    """No document has a higher bonus."""
    most = recency[0]
    for value in bonuses:
        most += value
    return most
