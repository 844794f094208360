"""The best of the documents found in one segment."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, U32, U64
from sanbao.search.codec.kernels.bitmaps import WORDS
from sanbao.search.codec.kernels.candidates import offer_matched
from sanbao.search.codec.kernels.dates import NO_DATE, first_in_order
from sanbao.search.codec.kernels.doc_set import DocSet, frozen
from sanbao.search.codec.kernels.score_docs import Scoring, offer_docs, score_docs
from sanbao.search.codec.kernels.single_term import offer_postings
from sanbao.search.codec.kernels.term_rows import DOC_FREQ, GATE
from sanbao.search.codec.kernels.text import Few
from sanbao.search.codec.kernels.top_k import Top, offer_dated
from sanbao.search.engines.arrays.matching import Bonus, ScoredTerm
from sanbao.search.engines.arrays.segment import FoundTerms, OpenSegment

FEW = Few(of_segment=2_000, of_window=48)
_NO_BITMAP = frozen(np.empty(0, np.uint64))


class SegmentScorer:
    """Scores documents of one segment.

    Attributes:
        segment: the segment.

    Args:
        averages: field_lengths over all segments, by number of field.
        recency: as :class:`search.codec.kernels.score_docs.Scoring` has it.
    """

    def __init__(
        self,
        segment: OpenSegment,
        found: FoundTerms,
        terms: Iterable[ScoredTerm],
        bonuses: Iterable[Bonus],
        averages: F64,
        recency: F64,
    ) -> None:
        self.segment = segment
        present = [term for term in terms if found.doc_freqs[term.number]]
        gates = [term.gate for term in present]
        self._gates = [None if gate is None else gate.bitmap for gate in gates]
        given = list(bonuses)
        self._scoring = Scoring(
            rows=found.rows[[term.number for term in present]],
            weights=np.array([term.weight for term in present], np.float64),
            averages=averages,
            own_averages=segment.own_averages,
            bonus_bitmaps=_stacked([docs.bitmap for docs, _ in given], segment.words),
            bonuses=np.array([value for _, value in given], np.float64),
            recency=recency,
            published=segment.published.ctypes.data,
            base=segment.base,
            words=segment.words,
        )
        for row, gate in zip(self._scoring.rows, self._gates, strict=True):
            row[GATE] = 0 if gate is None else gate.ctypes.data

    @property
    def scores_anything(self) -> bool:
        """Whether any of the terms is in the segment, or anything there is preferred."""
        return bool(len(self._scoring.rows) or len(self._scoring.bonuses))

    def offer(self, top: Top, found: DocSet, every_match_scores: bool) -> None:
        """Offer the documents found, each with its score.

        Args:
            every_match_scores: whether each of them has one of the terms.
        """
        rows, count = self._scoring.rows, len(found)
        gated = any(gate is not None for gate in self._gates)
        if gated or not len(rows) or self._are_few(count):
            offer_docs(top, found.docs, self._scoring)
        elif len(rows) == 1 and every_match_scores:
            every_posting = count == rows[0, DOC_FREQ]
            offer_postings(top, self._scoring, _NO_BITMAP if every_posting else found.bitmap)
        else:
            offer_matched(top, found.bitmap, self._scoring)

    def scores(self, docs: U32) -> F64:
        """The score (f64) of each of the rising doc_ids (u32)."""
        return score_docs(docs, self._scoring)

    def _are_few(self, count: int) -> bool:
        windows = self.segment.words // WORDS
        return count <= max(FEW.of_segment, FEW.of_window * windows)


def _stacked(bitmaps: list[U64], words: int) -> U64:
    return np.array(bitmaps, np.uint64).reshape(-1, words)


def offer_by_date(top: Top, segment: OpenSegment, found: DocSet, *, oldest_first: bool) -> None:
    """Offer the documents found in order of date; all have score 0 in ``top``.

    When many are found, all documents are gone through in order of date until enough are met.
    """
    wanted = len(top.numbers)
    if len(found) ** 2 > wanted * segment.doc_count:
        order = segment.array(f"evaluation/{'oldest' if oldest_first else 'newest'}_first")
        listed = frozen(first_in_order(order, found.bitmap, wanted))
    else:
        listed = found.docs
    offer_dated(top, listed, segment.published, segment.base, oldest_first, NO_DATE)
