"""How the scores of a few documents of one segment come about."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from sanbao.search.codec.kernels.arrays import U32, Bools
from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.codec.kernels.postings import locate, term_freqs
from sanbao.search.codec.kernels.term_rows import DOC_FREQ, FIELD
from sanbao.search.dates import EPOCH
from sanbao.search.engines.arrays.matching import SegmentSearch
from sanbao.search.engines.arrays.plan import Plan
from sanbao.search.engines.arrays.statistics import PlanWeights, Statistics
from sanbao.search.query.describe import describe_phrase
from sanbao.search.query.tree import And, Near, Or, Phrase, Prefer, Query, Text
from sanbao.search.ranking.bm25 import K1, saturation
from sanbao.search.ranking.recency import Recency, age_in_days, day_of
from sanbao.search.results import PartKind, ScorePart


class SegmentExplainer:
    """Collects the parts of the scores of documents that match.

    Args:
        docs: rising doc_ids (u32).

    Attributes:
        parts: of the score of each document, in order of ``docs``.
    """

    def __init__(
        self,
        search: SegmentSearch,
        plan: Plan,
        weights: PlanWeights,
        statistics: Statistics,
        docs: U32,
    ) -> None:
        self.parts: list[list[ScorePart]] = [[] for _ in docs]
        self._search = search
        self._plan = plan
        self._weights = weights
        self._statistics = statistics
        self._docs = docs

    def explain(self, query: Query, among: Bools | None = None) -> None:
        """Add what a node adds.

        Args:
            among: which of the documents match the node, bool; all of them if left out.
        """
        if among is None:
            among = np.ones(len(self._docs), np.bool_)
        match query:
            case Text():
                self._explain_text(query, among)
            case Phrase():
                self._explain_phrase(query, among)
            case Near():
                for phrase in query.phrases:
                    self._explain_phrase(phrase, among)
            case Prefer():
                self.explain(query.node, among)
                self._explain_preferred(query, among)
            case And():
                for node in query.nodes:
                    self.explain(node, among)
            case Or():
                for node in query.nodes:
                    self.explain(node, among & self._search.matches(node).marks(self._docs))

    def explain_recency(self, recency: Recency, best: float, newest_day: int, today: int) -> None:
        """Add what the dates add."""
        most = recency.bonus(best, 0)
        for parts, seconds in zip(
            self.parts, self._search.segment.published[self._docs].tolist(), strict=True
        ):
            if seconds == NO_DATE:
                continue
            day = day_of(seconds)
            # Which may have faded to nothing.
            if bonus := recency.bonus(best, age_in_days(day, newest_day, today)):
                label = f"published:{EPOCH + timedelta(days=day)}"
                parts.append(ScorePart(kind="recency", label=label, value=bonus, weight=most))

    def _explain_text(self, query: Text, among: Bools) -> None:
        _, scored, weights = self._plan.text(query)
        for number, weight in zip(scored.tolist(), weights.tolist(), strict=True):
            label = self._plan.keys[number].label
            idf = float(self._weights.idfs[number])
            self._explain_term("term", label, weight, idf, number, among)

    def _explain_phrase(self, query: Phrase, among: Bools) -> None:
        label = f"{query.part}_grams:{describe_phrase(query)}"
        idf = self._weights.phrase_idf(query)
        number = self._search.phrase_number(query)
        self._explain_term("phrase", label, 1.0, idf, number, among)

    def _explain_preferred(self, query: Prefer, among: Bools) -> None:
        bonus = query.bonus * self._weights.best_score(query.node)
        kind: PartKind = "language" if query.field == "language" else "title"
        for value, number in zip(query.values, self._plan.preferred_by(query), strict=True):
            found = self._search.segment.doc_set(self._search.found, number).marks(self._docs)
            for place in np.flatnonzero(among & found).tolist() if bonus else ():
                label = f"{query.field}:{value}"
                part = ScorePart(kind=kind, label=label, value=bonus, weight=bonus)
                self.parts[place].append(part)

    def _explain_term(
        self, kind: PartKind, label: str, weight: float, idf: float, number: int, among: Bools
    ) -> None:
        """Add what one term, or a phrase as if it were one, adds by BM25."""
        row = self._search.found.rows[number]
        if not row[DOC_FREQ]:
            return
        freqs = term_freqs(row, locate(row, self._docs, self._search.segment.words))
        average = float(self._statistics.averages[row[FIELD]])
        lengths = self._search.segment.lengths(int(row[FIELD]))
        for place in np.flatnonzero(among & (freqs > 0)).tolist():
            freq, length = int(freqs[place]), int(lengths[self._docs[place]])
            part = ScorePart(
                kind=kind,
                label=label,
                value=weight * idf * (K1 + 1) * saturation(freq, length, average),
                weight=weight,
                idf=idf,
                frequency=freq,
                length=length,
                average_length=average,
            )
            self.parts[place].append(part)
