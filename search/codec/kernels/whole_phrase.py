"""A phrase as the whole of a query, answered in one call like :mod:`search.codec.kernels.text`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64, U8, U32
from sanbao.search.codec.kernels.bm25 import idf, saturation
from sanbao.search.codec.kernels.conjunction import docs_without
from sanbao.search.codec.kernels.index import Index, Preferred, Prior, find_in_all, scoring_of
from sanbao.search.codec.kernels.jit import Number, kernel
from sanbao.search.codec.kernels.machine import view32, view_signed
from sanbao.search.codec.kernels.phrase import phrase_places
from sanbao.search.codec.kernels.population import doc_freqs_among
from sanbao.search.codec.kernels.positions import positions_of
from sanbao.search.codec.kernels.score_docs import score_docs
from sanbao.search.codec.kernels.term_lookup import BITMAP_WORDS, DELETED_COUNT, DELETED_DOCS
from sanbao.search.codec.kernels.term_rows import DOC_FREQ, FIELD, length_of
from sanbao.search.codec.kernels.top_k import new_top, offer_scored, ranked
from sanbao.search.ranking.bm25 import K1


class PhraseQuery(NamedTuple):
    """A phrase, perhaps with articles that are preferred.

    Attributes:
        slots: i64, the terms, and
        shifts: i64, where in the phrase each stands.
        preferred: values, perhaps.
        languages: i64, those among whose documents terms are rare or frequent, perhaps.
    """

    slots: I64
    shifts: I64
    preferred: Preferred
    languages: I64


@kernel
def best_of_phrase(
    query: PhraseQuery, keys: U8, requests: I64, index: Index, prior: Prior, k: Number
) -> tuple[Number, I64, F64]:
    """The best k documents of a phrase; arguments and answer as of ``best_of_text``."""
    rows = find_in_all(index, keys, requests)
    words = index.segments[:, BITMAP_WORDS]
    doc_freqs = doc_freqs_among(rows, words, query.languages, index.doc_count)
    weight = 0.0
    for slot in query.slots:
        weight += idf(doc_freqs[slot], index.doc_count) * (K1 + 1)
    top, total, no_terms = new_top(k), np.int64(0), np.empty(0, np.int64)
    for number in range(len(rows)):
        segment = index.segments[number]
        docs, scores = _scored_docs(query, weight, rows[number], index, number)
        kept = docs_without(docs, view32(segment[DELETED_DOCS], segment[DELETED_COUNT]))
        if len(kept) < len(docs):
            scores = scores[np.searchsorted(docs, kept)]
        scoring = scoring_of(
            rows[number],
            no_terms,
            np.empty(0, np.float64),
            query.preferred,
            weight,
            index,
            number,
            prior,
        )
        scores += score_docs(kept, scoring)
        dates = view_signed(scoring.published, scoring.words * 64)
        offer_scored(top, kept, scores, dates, scoring.base)
        total += len(kept)
    numbers, best_scores = ranked(top)
    return total, numbers, best_scores


@kernel
def _scored_docs(
    query: PhraseQuery, weight: Number, rows: I64, index: Index, number: Number
) -> tuple[U32, F64]:
    """The doc_ids (u32, rising) that have the phrase, and their scores (f64)."""
    slots = rows[query.slots]
    order = np.argsort(slots[:, DOC_FREQ])
    if slots[order[0], DOC_FREQ] == 0:
        return np.empty(0, np.uint32), np.empty(0, np.float64)
    field = slots[0, FIELD]
    places = phrase_places(
        slots[order],
        query.shifts[order],
        positions_of(index.segments[number], index.fields[number], field),
        index.segments[number, BITMAP_WORDS],
    )
    scores = np.empty(len(places.docs), np.float64)
    for i in range(len(scores)):
        freq = np.float64(places.offsets[i + 1] - places.offsets[i])
        length = length_of(slots[0], places.docs[i])
        scores[i] = weight * saturation(freq, length, index.averages[field])
    return places.docs, scores
