"""The best of the documents found in one segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from search.codec.container import Array
from search.codec.kernels.candidates import best_candidates
from search.codec.kernels.dates import NO_DATE, first_in_order
from search.codec.kernels.doc_set import DocSet, frozen
from search.codec.kernels.postings import Postings, made_postings
from search.codec.kernels.score_docs import ScoredTerms, score_docs
from search.codec.kernels.top_k import Top, offer_dated, offer_scored
from search.engines.array_matching import ScoredTerm
from search.engines.array_segment import OpenSegment
from search.engines.array_statistics import Statistics

FEW = 2_000
"""So many documents are scored exactly faster than estimates are made of all windows."""


class SegmentScorer:
    """Scores documents of one segment by terms that are in it or made for the query."""

    def __init__(
        self, segment: OpenSegment, terms: Sequence[ScoredTerm], statistics: Statistics
    ) -> None:
        self._segment = segment
        terms = [term for term in terms if term.term.doc_freq]
        stored = [term for term in terms if term.term.made is None]
        made = [term for term in terms if term.term.made is not None]
        self._own_averages = np.array([segment.average_length(t.term.field) for t in stored + made])
        self._made = _made_postings(segment, made)
        self._terms = _scored_terms(segment, stored, made, statistics)

    @property
    def scores_anything(self) -> bool:
        """Whether any of the terms is in the segment."""
        return bool(len(self._terms.weights))

    def offer(self, top: Top, found: DocSet) -> None:
        """Offer the documents found, each with its score."""
        segment = self._segment
        if not self.scores_anything:
            offer_by_date(top, segment, found, oldest_first=False)
            return
        docs = found.docs if self._is_exact_faster(found) else self._candidates(top, found)
        offer_scored(top, docs, self.scores(docs), segment.published, segment.base)

    def _is_exact_faster(self, found: DocSet) -> bool:
        return len(found) <= FEW or len(self._terms.gates) > 0

    def _candidates(self, top: Top, found: DocSet) -> Array:
        """Those of the documents found that can be among the best."""
        k, have = len(top.docs), int(top.size[0])
        candidates = best_candidates(
            found.bitmap,
            self._terms,
            self._segment.postings,
            self._made,
            self._own_averages,
            k,
            top.scores[0] if have == k else 0.0,
        )
        return frozen(candidates)

    def scores(self, docs: Array) -> Array:
        """The score (f64) of each of the rising doc_ids (u32)."""
        segment = self._segment
        return score_docs(docs, self._terms, segment.postings, self._made, segment.arrays.lengths)


def offer_by_date(top: Top, segment: OpenSegment, found: DocSet, *, oldest_first: bool) -> None:
    """Offer the documents found in order of date; all have score 0 in ``top``.

    Either by going through them, or, when there are many, through all in order of date until
    enough are met.
    """
    wanted = len(top.docs)
    if len(found) ** 2 > wanted * segment.doc_count:
        order = segment.array(f"evaluation/{'oldest' if oldest_first else 'newest'}_first")
        listed = first_in_order(order, found.bitmap, wanted)
    else:
        listed = found.docs
    offer_dated(top, frozen(listed), segment.published, segment.base, oldest_first, NO_DATE)


def _made_postings(segment: OpenSegment, terms: Sequence[ScoredTerm]) -> Postings:
    made = [term.term.made for term in terms if term.term.made is not None]
    if not made:
        return segment.no_made_postings
    docs, freqs, impacts = (np.concatenate(arrays) for arrays in zip(*made, strict=True))
    return made_postings(docs, freqs, impacts, segment.doc_count)


def _scored_terms(
    segment: OpenSegment,
    stored: Sequence[ScoredTerm],
    made: Sequence[ScoredTerm],
    statistics: Statistics,
) -> ScoredTerms:
    places: list[tuple[int, ...]] = []
    gates: list[Array] = []
    made_end = 0
    for scored in (*stored, *made):
        term = scored.term
        first, end = term.first, term.end
        if term.made is not None:
            first, end = made_end, made_end + term.doc_freq
            made_end = end
        gate = -1
        if scored.gate is not None:
            gate = len(gates)
            gates.append(scored.gate.bitmap)
        lengths_row = segment.arrays.fields[term.field].number
        places.append((first, end, term.bitmap_row, term.dense_row, lengths_row, gate))
    return ScoredTerms(
        len(stored),
        np.array(places, np.int64).reshape(-1, 6),
        np.array([scored.weight for scored in (*stored, *made)], np.float64),
        np.array([statistics.average_length(s.term.field) for s in (*stored, *made)], np.float64),
        np.array(gates, np.uint64).reshape(len(gates), len(segment.all_docs.bitmap)),
    )
