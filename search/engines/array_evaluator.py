"""Evaluates a query tree on segments of the array codec with compiled kernels.

Four steps: find the terms in every segment and what scores take from the whole index
(:mod:`search.engines.array_statistics`), find what matches (:mod:`search.engines.array_matching`),
pick the best (:mod:`search.engines.array_ranking`), count values and days. The answers are those
of a slow evaluator in the tests, with statistics that count deleted documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from search.codec.container import Array
from search.codec.kernels.doc_set import DocSet, frozen
from search.codec.kernels.top_k import empty_top, offer_scored, ranked
from search.codec.segment_arrays import SegmentArrays
from search.engines.array_counts import DayCounts, FacetCounter, count_days
from search.engines.array_explanation import SegmentExplainer
from search.engines.array_matching import SegmentSearch
from search.engines.array_plan import Plan, texts_of
from search.engines.array_ranking import SegmentScorer, offer_by_date
from search.engines.array_segment import OpenSegment
from search.engines.array_statistics import Statistics, doc_freq
from search.query import Query, Text
from search.query_describe import describe_term
from search.recency import Recency, age_in_days
from search.request import Sort
from search.results import FacetValue, ScorePart, TextMatching, WeighedUnit


@dataclass(frozen=True, slots=True)
class Matches:
    """What a query matches.

    Attributes:
        total: how many documents, exactly.
        doc_ids: the first of them in the order asked for, numbered through all segments (i64).
        scores: of those (f64).
        facets: by name, the most frequent values first, then in order of value.
        days: how many were published on each day, if that was asked for.
    """

    total: int
    doc_ids: Array
    scores: Array
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    days: DayCounts | None = None


class ArrayEvaluator:
    """Answers queries on one committed state. Safe to share between threads.

    Args:
        segments: in the order in which their documents are numbered; each with its deleted
            documents, a bit for each doc_id, the lowest first (u8, of any length), or None.
    """

    def __init__(self, segments: Sequence[tuple[SegmentArrays, Array | None]]) -> None:
        counts = [arrays.doc_count for arrays, _ in segments]
        bases = np.cumsum([0, *counts])[:-1].tolist()
        self._segments = [
            OpenSegment(arrays, deleted, base)
            for (arrays, deleted), base in zip(segments, bases, strict=True)
            if arrays.doc_count
        ]
        self._statistics = Statistics(self._segments)
        self._facets: dict[str, FacetCounter] = {}

    def run(
        self,
        query: Query,
        *,
        limit: int,
        sort: Sort = "relevance",
        facets: Sequence[str] = (),
        facet_limit: int = 100,
        days: bool = False,
        recency: Recency | None = None,
        today: int = 0,
    ) -> Matches:
        """The matches of the query.

        Args:
            limit: how many documents to return, from the first in the order ``sort``; ties
                stand newest first, then in order of number, those without a date last.
            facets: names of facets to count, each with at most ``facet_limit`` values.
            days: whether to count publication days.
            recency: how much newer articles are favoured in the order by relevance, if at all.
            today: the day that it is, since 1970, for ``recency``.
        """
        plan = Plan(query)
        searches = self._searches(query, plan)
        found = [search.matches(query) for search in searches]
        found = [
            each if search.segment.live is None else each & search.segment.live
            for search, each in zip(searches, found, strict=True)
        ]
        if recency is not None and limit and sort == "relevance":
            doc_ids, scores = self._ranked_by_recency(query, searches, found, limit, recency, today)
        else:
            doc_ids, scores = self._ranked(query, plan, searches, found, limit, sort)
        return Matches(
            total=sum(map(len, found)),
            doc_ids=doc_ids,
            scores=scores,
            facets={name: self._facet(name).values(found, facet_limit) for name in facets},
            days=count_days(self._segments, found) if days else None,
        )

    def explain(
        self, query: Query, doc_ids: Array, *, recency: Recency | None = None, today: int = 0
    ) -> list[list[ScorePart]]:
        """The parts of the scores of documents that :meth:`run` gave, none of them 0.

        Args:
            recency, today: as given to :meth:`run`; None for other orders than relevance.
        """
        plan = Plan(query)
        searches = self._searches(query, plan)
        idfs = self._idfs(searches)
        explained: list[list[ScorePart]] = [[] for _ in doc_ids]
        for search in searches:
            places = self._places_in(search.segment, doc_ids)
            docs = frozen((doc_ids[places] - search.segment.base).astype(np.uint32))
            explainer = SegmentExplainer(search, plan, idfs, self._statistics, docs)
            explainer.explain(query)
            if recency is not None:
                best = search.best_score(query, idfs)
                explainer.explain_recency(recency, best, self._newest_day, today)
            for place, parts in zip(places.tolist(), explainer.parts, strict=True):
                explained[place] = parts
        return explained

    def matching(self, query: Query) -> tuple[TextMatching, ...]:
        """What an article must have for each text of the query, those under ``Not`` as well."""
        plan = Plan(query)
        self._searches(query, plan)
        return tuple(self._text_matching(text, plan) for text in texts_of(query))

    def _text_matching(self, text: Text, plan: Plan) -> TextMatching:
        weights, needed = plan.weights(text)
        units = (
            WeighedUnit(tuple(map(describe_term, unit.terms)), weight)
            for unit, weight in zip(text.units, weights, strict=True)
        )
        return TextMatching(tuple(units), needed)

    def _searches(self, query: Query, plan: Plan) -> list[SegmentSearch]:
        searches = [SegmentSearch(segment, plan) for segment in self._segments]
        terms = zip(*(search.terms for search in searches), strict=True)
        frequencies = list(map(doc_freq, terms)) if searches else [0] * len(plan.keys)
        plan.weigh(query, frequencies, self._statistics.doc_count)
        return searches

    def _idfs(self, searches: Sequence[SegmentSearch]) -> list[float]:
        """By term number."""
        terms = zip(*(search.terms for search in searches), strict=True)
        return list(map(self._statistics.idf, terms))

    def _ranked_by_recency(
        self,
        query: Query,
        searches: Sequence[SegmentSearch],
        found: Sequence[DocSet],
        limit: int,
        recency: Recency,
        today: int,
    ) -> tuple[Array, Array]:
        """The first documents and their scores, with what their dates add."""
        idfs = self._idfs(searches)
        top = empty_top(limit)
        for search, docs in zip(searches, found, strict=True):
            segment = search.segment
            scored = search.scored_terms(query, idfs)
            scores = SegmentScorer(segment, scored, self._statistics).scores(docs.docs)
            best = search.best_score(query, idfs)
            scores += self._bonuses(segment, best, recency, today)[docs.docs]
            offer_scored(top, docs.docs, scores, segment.published, segment.base)
        return ranked(top)

    def _bonuses(self, segment: OpenSegment, best: float, recency: Recency, today: int) -> Array:
        """What its date adds to the score of each document of a segment."""
        days = segment.array("evaluation/day_values").tolist()
        ages = [age_in_days(day, self._newest_day, today) for day in days]
        by_day = np.array([*(recency.bonus(best, age) for age in ages), 0.0])
        return by_day[segment.array("evaluation/days")]

    @cached_property
    def _newest_day(self) -> int:
        """Of any document, since 1970; deleted ones count until a merge drops them."""
        days = (segment.array("evaluation/day_values") for segment in self._segments)
        return max((int(each[-1]) for each in days if len(each)), default=0)

    def _ranked(
        self,
        query: Query,
        plan: Plan,
        searches: Sequence[SegmentSearch],
        found: Sequence[DocSet],
        limit: int,
        sort: Sort,
    ) -> tuple[Array, Array]:
        """The first documents and their scores."""
        if not limit:
            return np.empty(0, np.int64), np.empty(0)
        statistics = self._statistics
        idfs = self._idfs(searches)
        scorers = [
            SegmentScorer(search.segment, search.scored_terms(query, idfs), statistics)
            for search in searches
        ]
        top = empty_top(limit)
        if sort == "relevance" and any(scorer.scores_anything for scorer in scorers):
            for scorer, docs in zip(scorers, found, strict=True):
                scorer.offer(top, docs, plan.every_match_scores)
            return ranked(top)
        for segment, docs in zip(self._segments, found, strict=True):
            offer_by_date(top, segment, docs, oldest_first=sort == "oldest")
        doc_ids, _ = ranked(top)
        return doc_ids, self._scores(scorers, doc_ids)

    def _scores(self, scorers: Sequence[SegmentScorer], doc_ids: Array) -> Array:
        """The scores of documents of any segments in any order."""
        scores = np.empty(len(doc_ids))
        for segment, scorer in zip(self._segments, scorers, strict=True):
            own = self._places_in(segment, doc_ids)
            scores[own] = scorer.scores(frozen((doc_ids[own] - segment.base).astype(np.uint32)))
        return scores

    def _places_in(self, segment: OpenSegment, doc_ids: Array) -> Array:
        """The places of the segment's documents in ``doc_ids``, in rising order of document."""
        own = np.flatnonzero((doc_ids >= segment.base) & (doc_ids < segment.end))
        return own[np.argsort(doc_ids[own])]

    def _facet(self, name: str) -> FacetCounter:
        if name not in self._facets:
            self._facets[name] = FacetCounter(self._segments, name)
        return self._facets[name]
