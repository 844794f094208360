"""A phrase as the whole of a query, answered in one call like :mod:`search.codec.kernels.text`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bm25 import K1, saturation
from search.codec.kernels.conjunction import docs_without
from search.codec.kernels.index import Index, Preferred, Prior, find_in_all, idf, scoring_of
from search.codec.kernels.jit import Number, kernel
from search.codec.kernels.machine import view32, view_signed
from search.codec.kernels.phrase import phrase_places, positions_of
from search.codec.kernels.score_docs import score_docs
from search.codec.kernels.term_lookup import BITMAP_WORDS, DELETED_COUNT, DELETED_DOCS
from search.codec.kernels.term_rows import DOC_FREQ, FIELD, length_of
from search.codec.kernels.top_k import new_top, offer_scored, ranked

PAST_ALL = np.uint32(0xFFFF_FFFF)
"""No document has this number."""


class PhraseQuery(NamedTuple):
    """A phrase, perhaps with languages that are preferred.

    Attributes:
        slots: i64 [parts, slots], the terms of each part of the article that is looked into.
        shifts: i64 [slots], where in the phrase each stands.
        part_weights: f64 [parts].
        preferred: languages, perhaps.
    """

    slots: Array
    shifts: Array
    part_weights: Array
    preferred: Preferred


@kernel
def best_of_phrase(
    query: PhraseQuery, keys: Array, requests: Array, index: Index, prior: Prior, k: Number
) -> tuple[Number, Array, Array]:
    """The best k documents of a phrase; arguments and answer as of ``best_of_text``."""
    rows = find_in_all(index, keys, requests)
    doc_freqs = rows[:, :, DOC_FREQ].sum(axis=0)
    weights = np.zeros(len(query.slots), np.float64)
    for part in range(len(weights)):
        for slot in query.slots[part]:
            weights[part] += idf(doc_freqs[slot], index.doc_count)
        weights[part] *= query.part_weights[part] * (K1 + 1)
    top, total, no_terms = new_top(k), np.int64(0), np.empty(0, np.int64)
    for number in range(len(rows)):
        segment = index.segments[number]
        docs, scores = _scored_docs(query, weights, rows[number], index, number)
        kept = docs_without(docs, view32(segment[DELETED_DOCS], segment[DELETED_COUNT]))
        if len(kept) < len(docs):
            scores = scores[np.searchsorted(docs, kept)]
        scoring = scoring_of(
            rows[number],
            no_terms,
            weights[:0],
            query.preferred,
            weights.sum(),
            index,
            number,
            prior,
        )
        scores += score_docs(kept, scoring)
        dates = view_signed(scoring.published, scoring.words * 64)
        offer_scored(top, kept, scores, dates, scoring.base)
        total += len(kept)
    doc_ids, best_scores = ranked(top)
    return total, doc_ids, best_scores


@kernel
def _scored_docs(
    query: PhraseQuery, weights: Array, rows: Array, index: Index, number: Number
) -> tuple[Array, Array]:
    """The doc_ids (u32, rising) that have the phrase in any part, and their scores (f64)."""
    docs, scores = np.empty(0, np.uint32), np.empty(0, np.float64)
    for part in range(len(weights)):
        of_part = rows[query.slots[part]]
        order = np.argsort(of_part[:, DOC_FREQ])
        if of_part[order[0], DOC_FREQ] == 0:
            continue
        field = of_part[0, FIELD]
        places = phrase_places(
            of_part[order],
            query.shifts[order],
            positions_of(index.segments[number], index.fields[number], field),
            index.segments[number, BITMAP_WORDS],
        )
        part_scores = np.empty(len(places.docs), np.float64)
        for i in range(len(places.docs)):
            freq = np.float64(places.offsets[i + 1] - places.offsets[i])
            length = length_of(of_part[0], places.docs[i])
            part_scores[i] = weights[part] * saturation(freq, length, index.averages[field])
        docs, scores = _added(docs, scores, places.docs, part_scores)
    return docs, scores


@kernel
def _added(
    docs: Array, scores: Array, other_docs: Array, other_scores: Array
) -> tuple[Array, Array]:
    """The documents of both, with the sums of their scores."""
    if len(docs) == 0:
        return other_docs, other_scores
    both = np.empty(len(docs) + len(other_docs), np.uint32)
    sums = np.zeros(len(both), np.float64)
    size, at, other = 0, 0, 0
    while at < len(docs) or other < len(other_docs):
        doc = docs[at] if at < len(docs) else PAST_ALL
        other_doc = other_docs[other] if other < len(other_docs) else PAST_ALL
        both[size] = min(doc, other_doc)
        if doc <= other_doc:
            sums[size] += scores[at]
            at += 1
        if other_doc <= doc:
            sums[size] += other_scores[other]
            other += 1
        size += 1
    return both[:size], sums[:size]
