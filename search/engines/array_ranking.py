"""The best of the documents found in one segment."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import WINDOW
from search.codec.kernels.candidates import offer_any, offer_matched
from search.codec.kernels.dates import NO_DATE, first_in_order
from search.codec.kernels.doc_set import AnyOf, DocSet, frozen
from search.codec.kernels.score_docs import Scoring, offer_docs, score_docs
from search.codec.kernels.single_term import offer_postings
from search.codec.kernels.term_rows import DOC_FREQ, GATE
from search.codec.kernels.top_k import Top, offer_dated
from search.engines.array_matching import Bonus, ScoredTerm
from search.engines.array_segment import FoundTerms, OpenSegment

FEW = 2_000
"""So many documents are scored exactly faster than estimates are made of all windows."""

FEW_A_WINDOW = 48
"""The same for each window of a large segment."""

_NO_BITMAP = frozen(np.empty(0, np.uint64))
_NO_PRIOR = np.empty(0)


class SegmentScorer:
    """Scores documents of one segment.

    Args:
        averages: field_lengths over all segments, by number of field.
    """

    def __init__(
        self,
        segment: OpenSegment,
        found: FoundTerms,
        terms: Iterable[ScoredTerm],
        bonuses: Iterable[Bonus],
        averages: Array,
    ) -> None:
        self._segment = segment
        self._bitmaps: list[Array] = []
        present = [term for term in terms if found.doc_freqs[term.number]]
        self._gated = any(term.gate is not None for term in present)
        rows = found.rows[[term.number for term in present]]
        if self._gated:
            rows[:, GATE] = [
                0 if term.gate is None else self._bitmap(term.gate) for term in present
            ]
        given = [(self._bitmap(docs), value) for docs, value in bonuses]
        self._scoring = Scoring(
            rows,
            np.array([term.weight for term in present], np.float64),
            averages,
            segment.own_averages,
            np.array([address for address, _ in given], np.int64),
            np.array([value for _, value in given], np.float64),
            segment.days,
            _NO_PRIOR,
            segment.words,
        )

    @property
    def scores_anything(self) -> bool:
        """Whether any of the terms is in the segment."""
        return bool(len(self._scoring.rows))

    def offer(self, top: Top, found: DocSet, every_match_scores: bool) -> None:
        """Offer the documents found, each with its score.

        Args:
            every_match_scores: whether each of them has one of the terms.
        """
        segment, scoring = self._segment, self._scoring
        place = segment.published, segment.base
        if isinstance(found, AnyOf) and found.is_pending and self._can_count(found):
            deleted = segment.deleted.docs
            found.set_size(offer_any(top, deleted, scoring, *place))
        elif len(scoring.rows) == 1 and every_match_scores and not self._gated:
            everything = len(found) == scoring.rows[0, DOC_FREQ]
            offer_postings(top, scoring, _NO_BITMAP if everything else found.bitmap, *place)
        elif self._gated or not len(scoring.rows) or self._are_few(len(found)):
            offer_docs(top, found.docs, scoring, *place)
        else:
            offer_matched(top, found.bitmap, scoring, *place)

    def scores(self, docs: Array) -> Array:
        """The score (f64) of each of the rising doc_ids (u32)."""
        return score_docs(docs, self._scoring)

    def _can_count(self, found: AnyOf) -> bool:
        """Whether all that is found, and nothing else, has a term that adds to the score."""
        rows = self._scoring.rows
        same = len(rows) == len(found.rows) and not self._gated
        return same and not self._are_few(int(rows[:, DOC_FREQ].sum()))

    def _are_few(self, count: int) -> bool:
        return count <= max(FEW, FEW_A_WINDOW * (self._segment.doc_count // WINDOW))

    def _bitmap(self, docs: DocSet) -> int:
        """The address of the bitmap of the documents."""
        self._bitmaps.append(docs.bitmap)
        return int(docs.bitmap.ctypes.data)


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
