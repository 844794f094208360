"""The best of the documents found in one segment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from search.codec.container import Array
from search.codec.kernels.candidates import offer_best
from search.codec.kernels.dates import NO_DATE, first_in_order
from search.codec.kernels.doc_set import DocSet, frozen
from search.codec.kernels.postings import Postings, made_postings
from search.codec.kernels.score_docs import ScoredTerms, offer_docs, score_docs
from search.codec.kernels.single_term import offer_postings
from search.codec.kernels.top_k import Top, offer_dated
from search.engines.array_matching import ScoredTerm
from search.engines.array_segment import OpenSegment
from search.engines.array_statistics import Statistics

FEW = 2_000
"""So many documents are scored exactly faster than estimates are made of all windows."""

_NO_BITMAP = frozen(np.empty(0, np.uint64))


class SegmentScorer:
    """Scores documents of one segment by terms that are in it or made for the query."""

    def __init__(
        self, segment: OpenSegment, scored: Iterable[ScoredTerm], statistics: Statistics
    ) -> None:
        self._segment = segment
        terms = [term for term in scored if term.term.doc_freq]
        stored = [term for term in terms if term.term.made is None]
        made = [term for term in terms if term.term.made is not None]
        self._made = _made_postings(segment, made)
        self._terms = _scored_terms(segment, stored, made, statistics)

    @property
    def scores_anything(self) -> bool:
        """Whether any of the terms is in the segment."""
        return bool(len(self._terms.places))

    def offer(self, top: Top, found: DocSet, every_match_scores: bool) -> None:
        """Offer the documents found, each with its score.

        Args:
            every_match_scores: whether each of them has one of the terms.
        """
        segment, terms, made = self._segment, self._terms, self._made
        values = segment.arrays.lengths, segment.published, segment.base
        if not self.scores_anything:
            offer_by_date(top, segment, found, oldest_first=False)
        elif len(terms.gates) or len(found) <= FEW:
            offer_docs(top, found.docs, terms, segment.postings, made, *values)
        elif len(terms.places) == 1 and every_match_scores:
            self._offer_of_one_term(top, found)
        else:
            offer_best(top, found.bitmap, terms, segment.postings, made, *values)

    def _offer_of_one_term(self, top: Top, found: DocSet) -> None:
        segment, terms = self._segment, self._terms
        first, end = terms.places[0, :2].tolist()
        offer_postings(
            top,
            segment.postings if terms.stored else self._made,
            terms.places[0],
            terms.factors[0],
            segment.arrays.lengths,
            _NO_BITMAP if len(found) == end - first else found.bitmap,
            segment.published,
            segment.base,
        )

    def scores(self, docs: Array) -> Array:
        """The score (f64) of each of the rising doc_ids (u32)."""
        segment = self._segment
        return score_docs(docs, self._terms, segment.postings, self._made, segment.arrays.lengths)


def offer_by_date(top: Top, segment: OpenSegment, found: DocSet, *, oldest_first: bool) -> None:
    """Offer the documents found in order of date; all have score 0 in ``top``.

    When many are found, all documents are gone through in order of date until enough are met.
    """
    wanted = len(top.docs)
    if len(found) ** 2 > wanted * segment.doc_count:
        order = segment.array(f"evaluation/{'oldest' if oldest_first else 'newest'}_first")
        listed = frozen(first_in_order(order, found.bitmap, wanted))
    else:
        listed = found.docs
    offer_dated(top, listed, segment.published, segment.base, oldest_first, NO_DATE)


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
    factors: list[tuple[float, ...]] = []
    gates: list[Array] = []
    made_end = 0
    for (field, first, end, *rows, postings), weight, gate in (*stored, *made):
        if postings is not None:
            first, end = made_end, made_end + len(postings.docs)
            made_end = end
        gate_row = -1
        if gate is not None:
            gate_row = len(gates)
            gates.append(gate.bitmap)
        places.append((first, end, *rows, segment.arrays.fields[field].number, gate_row))
        averages = statistics.average_length(field), segment.average_length(field)
        factors.append((weight, *averages))
    return ScoredTerms(
        len(stored),
        np.array(places, np.int64).reshape(-1, 6),
        np.array(factors, np.float64).reshape(-1, 3),
        np.array(gates, np.uint64) if gates else segment.no_gates,
    )
