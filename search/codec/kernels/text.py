"""Plain words: which documents have enough of them, and which of these are best.

:func:`best_of_text` answers a whole query in one call, because to go from step to step outside of
kernels would take longer than most queries do.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64, U8, U32, U64
from sanbao.search.codec.kernels.bitmaps import WORDS, count_bits, list_bits, set_bits
from sanbao.search.codec.kernels.bm25 import idf
from sanbao.search.codec.kernels.candidates import offer_any, offer_matched
from sanbao.search.codec.kernels.conjunction import common_bitmap, docs_of_all, docs_without
from sanbao.search.codec.kernels.disjunction import set_docs_of_any
from sanbao.search.codec.kernels.index import Index, Preferred, Prior, find_in_all, scoring_of
from sanbao.search.codec.kernels.jit import Number, kernel
from sanbao.search.codec.kernels.machine import view32
from sanbao.search.codec.kernels.population import doc_freqs_among
from sanbao.search.codec.kernels.score_docs import Scoring, offer_docs
from sanbao.search.codec.kernels.single_term import offer_postings
from sanbao.search.codec.kernels.term_lookup import BITMAP_WORDS, DELETED_COUNT, DELETED_DOCS
from sanbao.search.codec.kernels.term_rows import BITMAP, DOC_FREQ
from sanbao.search.codec.kernels.top_k import Top, new_top, ranked
from sanbao.search.codec.kernels.units import match_units
from sanbao.search.ranking.bm25 import K1

HEAVIEST = 15
"""What the rarest unit of a text weighs."""


class Units(NamedTuple):
    """The units of a text.

    Attributes:
        starts, terms: i64, where the terms of each unit begin, and their rows.
        share: how much of the units a document must have.
    """

    starts: I64
    terms: I64
    share: float


class Found(NamedTuple):
    """Documents, listed (u32) or as a bitmap (u64); what they are not is empty."""

    is_listed: bool
    docs: U32
    bitmap: U64


@kernel
def weigh_units(units: Units, doc_freqs: F64, doc_count: Number) -> tuple[I64, Number]:
    """The weight of each unit (i64), from 1 to :data:`HEAVIEST` in proportion to the idf of its
    most frequent term, and the least sum of weights that is ``share`` of those units that are
    anywhere; all of them means all.

    Whole numbers, so that every evaluator decides alike, whatever the order in which it adds. A
    unit that is nowhere weighs as the rarest that is somewhere.

    Args:
        doc_freqs: f64, of each term over all segments.
        doc_count: of all segments, at least 1.
    """
    most = np.zeros(len(units.starts) - 1, np.float64)
    rarest = 0.0
    for unit in range(len(most)):
        for term in units.terms[units.starts[unit] : units.starts[unit + 1]]:
            most[unit] = max(most[unit], doc_freqs[term])
        if most[unit] and (rarest == 0 or most[unit] < rarest):
            rarest = most[unit]
    idfs = np.empty(len(most), np.float64)
    for unit in range(len(most)):
        idfs[unit] = idf(most[unit] or rarest, doc_count)
    weights = np.empty(len(most), np.int64)
    for unit in range(len(most)):
        weight: Number = max(1, np.int64(np.rint(HEAVIEST * idfs[unit] / idfs.max())))
        weights[unit] = weight
    asked = weights if units.share == 1.0 else weights[most > 0]
    # A share such as 0.4 is no exact number; what it misses must not ask for one more.
    needed = np.int64(math.ceil(units.share * asked.sum() - 1e-6))
    return weights, max(needed, np.int64(units.share > 0))


class PresentUnits(NamedTuple):
    """The units of which a segment has a term, without the terms that it does not have."""

    starts: I64
    terms: I64
    weights: I64


@kernel
def present_units(rows: I64, units: Units, weights: I64) -> PresentUnits:
    """What is left of the units in a segment."""
    starts, terms = np.zeros(len(units.starts), np.int64), np.empty(len(units.terms), np.int64)
    present = np.empty(len(weights), np.int64)
    size, count = np.int64(0), np.int64(0)
    for unit in range(len(weights)):
        for term in units.terms[units.starts[unit] : units.starts[unit + 1]]:
            if rows[term, DOC_FREQ]:
                terms[size] = term
                size += 1
        if size > starts[count]:
            present[count] = weights[unit]
            count += 1
            starts[count] = size
    return PresentUnits(starts[: count + 1], terms[:size], present[:count])


@kernel
def is_any_enough(weights: I64, needed: Number) -> bool:
    """Whether a document with any unit matches."""
    return len(weights) > 0 and needed <= weights.min()


@kernel
def match_units_of(rows: I64, units: PresentUnits, needed: Number, words: Number) -> Found:
    """The documents of a segment whose units weigh enough together.

    Args:
        rows: of :mod:`search.codec.kernels.term_rows`.
        words: of a bitmap.
    """
    starts, terms, weights = units
    no_docs, no_bitmap = np.empty(0, np.uint32), np.empty(0, np.uint64)
    total = weights.sum()
    if total < needed:
        return Found(True, no_docs, no_bitmap)
    if is_any_enough(weights, needed):
        bitmap = np.zeros(words, np.uint64)
        set_docs_of_any(bitmap, rows[terms])
        return Found(False, no_docs, bitmap)
    if total - weights.min() < needed and len(terms) == len(weights):
        if rows[terms, BITMAP].all():
            return Found(False, no_docs, common_bitmap(rows[terms], words))
        return Found(True, docs_of_all(rows[terms], words), no_bitmap)
    return Found(False, no_docs, match_units(rows, starts, terms, weights, needed, words))


class TextQuery(NamedTuple):
    """A text as the whole of a query, perhaps with languages that are preferred.

    Attributes:
        units: of the text.
        scored: i64, the terms that add to the score, each once, and
        weights: f64, what each weighs beside its idf.
        scores_units_only: whether there are no others than those of the units.
        preferred: values, perhaps.
        languages: i64, those among whose documents terms are rare or frequent, perhaps.
    """

    units: Units
    scored: I64
    weights: F64
    scores_units_only: bool
    preferred: Preferred
    languages: I64


class Few(NamedTuple):
    """So many documents of a segment, or of each of its windows, are scored exactly faster than
    estimates are made of all."""

    of_segment: int
    of_window: int


@kernel
def best_of_text(
    query: TextQuery,
    keys: U8,
    requests: I64,
    index: Index,
    prior: Prior,
    k: Number,
    few: Few,
) -> tuple[Number, I64, F64]:
    """The best k documents of a text.

    Args:
        keys, requests: of the terms, as :func:`search.codec.kernels.term_lookup.find_terms` takes
            them.
        k: at least 1.

    Returns:
        how many documents match, the numbers of the best (i64), their scores (f64).
    """
    # 1. The terms in every segment, and what they weigh in all together.
    rows = find_in_all(index, keys, requests)
    words = index.segments[:, BITMAP_WORDS]
    doc_freqs = doc_freqs_among(rows, words, query.languages, index.doc_count)
    weights, needed = weigh_units(query.units, doc_freqs, index.doc_count)
    term_weights = np.empty(len(query.scored), np.float64)
    for i in range(len(term_weights)):
        term_idf = idf(doc_freqs[query.scored[i]], index.doc_count)
        term_weights[i] = query.weights[i] * term_idf * (K1 + 1)
    # 2. What each segment has.
    top = new_top(k)
    total = np.int64(0)
    for number in range(len(rows)):
        units = present_units(rows[number], query.units, weights)
        if units.weights.sum() >= needed:
            scoring = scoring_of(
                rows[number],
                query.scored,
                term_weights,
                query.preferred,
                term_weights.sum(),
                index,
                number,
                prior,
            )
            total += _offer_text(
                top, query, rows[number], units, needed, scoring, index.segments[number], few
            )
    numbers, scores = ranked(top)
    return total, numbers, scores


@kernel
def _offer_text(
    top: Top,
    query: TextQuery,
    rows: I64,
    units: PresentUnits,
    needed: Number,
    scoring: Scoring,
    segment: I64,
    few: Few,
) -> Number:
    """Offer the documents of a segment; how many match."""
    deleted = view32(segment[DELETED_DOCS], segment[DELETED_COUNT])
    words = scoring.words
    few_docs = max(few.of_segment, few.of_window * (words // WORDS))
    # 1. Ways that need no list of what matches.
    if query.scores_units_only and is_any_enough(units.weights, needed):
        if len(scoring.rows) == 1 and len(deleted) == 0:
            offer_postings(top, scoring, np.empty(0, np.uint64))
            return scoring.rows[0, DOC_FREQ]
        if scoring.rows[:, DOC_FREQ].sum() > few.of_segment:
            return offer_any(top, deleted, scoring)
    # 2. All others.
    found = match_units_of(rows, units, needed, words)
    if found.is_listed:
        docs = docs_without(found.docs, deleted)
        if len(docs) <= few_docs:
            offer_docs(top, docs, scoring)
        else:
            bitmap = np.zeros(words, np.uint64)
            set_bits(bitmap, docs)
            offer_matched(top, bitmap, scoring)
        return len(docs)
    bitmap = found.bitmap
    for doc in deleted:
        bitmap[doc >> np.uint32(6)] &= ~(np.uint64(1) << np.uint64(doc & np.uint32(63)))
    count = count_bits(bitmap)
    if len(scoring.rows) == 1:
        offer_postings(top, scoring, bitmap)
    elif count <= few_docs:
        offer_docs(top, list_bits(bitmap, count), scoring)
    else:
        offer_matched(top, bitmap, scoring)
    return count
