"""Evaluates a query tree on segments of the array codec with compiled kernels.

Four steps: find the terms in every segment and what scores take from the whole index
(:mod:`search.engines.array_statistics`), find what matches (:mod:`search.engines.array_matching`),
pick the best (:mod:`search.engines.array_ranking`), count values and days. The answers are those
of a slow evaluator in the tests, with statistics that count deleted documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from search.codec.container import Array
from search.codec.kernels.doc_set import DocSet, frozen
from search.codec.kernels.index import Index, Recency
from search.codec.kernels.term_lookup import FIELD_COLUMNS, SEGMENT
from search.codec.kernels.text import TextQuery, best_of_text
from search.codec.kernels.top_k import new_top, ranked
from search.codec.kernels.whole_phrase import PhraseQuery, best_of_phrase
from search.codec.segment_arrays import SegmentArrays
from search.engines import array_ranking
from search.engines.array_counts import DayCounts, FacetCounter, count_days
from search.engines.array_matching import SegmentSearch
from search.engines.array_plan import FIELDS, Plan
from search.engines.array_ranking import SegmentScorer, offer_by_date
from search.engines.array_segment import OpenSegment
from search.engines.array_statistics import PlanWeights, Statistics
from search.query import Query
from search.request import Sort
from search.results import FacetValue

_NO_RECENCY = Recency(0.0, 1.0, 0.0)


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
        self._index = _index(self._segments, self._statistics)
        self._facets: dict[str, FacetCounter] = {}

    def run(
        self,
        query: Query | Plan,
        *,
        limit: int,
        sort: Sort = "relevance",
        facets: Sequence[str] = (),
        facet_limit: int = 100,
        days: bool = False,
    ) -> Matches:
        """The matches of the query.

        Args:
            query: a plan is a query made ready, to be asked more than once.
            limit: how many documents to return, from the first in the order ``sort``; ties
                stand newest first, then in order of number, those without a date last.
            facets: names of facets to count, each with at most ``facet_limit`` values.
            days: whether to count publication days.
        """
        plan = query if isinstance(query, Plan) else Plan(query)
        if plan.whole and limit and sort == "relevance" and not facets and not days:
            return self._best_of_whole(plan, plan.whole, limit)
        terms = [segment.find(plan) for segment in self._segments]
        weights = PlanWeights(plan, terms, self._statistics.doc_count)
        searches = [
            SegmentSearch(segment, plan, found, weights)
            for segment, found in zip(self._segments, terms, strict=True)
        ]
        matched = [search.live_matches(plan.query) for search in searches]
        doc_ids, scores = self._ranked(plan, searches, matched, limit, sort)
        return Matches(
            total=sum(map(len, matched)),
            doc_ids=doc_ids,
            scores=scores,
            facets={name: self._facet(name).values(matched, facet_limit) for name in facets},
            days=count_days(self._segments, matched) if days else None,
        )

    def _best_of_whole(self, plan: Plan, whole: TextQuery | PhraseQuery, limit: int) -> Matches:
        given = plan.key_bytes, plan.requests, self._index, _NO_RECENCY, limit
        if isinstance(whole, TextQuery):
            return Matches(*best_of_text(whole, *given, array_ranking.FEW))
        return Matches(*best_of_phrase(whole, *given))

    def _ranked(
        self,
        plan: Plan,
        searches: Sequence[SegmentSearch],
        matched: Sequence[DocSet],
        limit: int,
        sort: Sort,
    ) -> tuple[Array, Array]:
        """The first documents and their scores."""
        if not limit:
            return np.empty(0, np.int64), np.empty(0)
        scorers = [self._scorer(plan.query, search) for search in searches]
        top = new_top(limit)
        if sort == "relevance" and any(scorer.scores_anything for scorer in scorers):
            for scorer, docs in zip(scorers, matched, strict=True):
                scorer.offer(top, docs, plan.every_match_scores)
            return ranked(top)
        for segment, docs in zip(self._segments, matched, strict=True):
            offer_by_date(top, segment, docs, oldest_first=sort == "oldest")
        doc_ids, _ = ranked(top)
        return doc_ids, self._scores(scorers, doc_ids)

    def _scorer(self, query: Query, search: SegmentSearch) -> SegmentScorer:
        return SegmentScorer(
            search.segment,
            search.found,
            search.scored_terms(query),
            search.bonuses(query),
            self._statistics.averages,
        )

    def _scores(self, scorers: Sequence[SegmentScorer], doc_ids: Array) -> Array:
        """The scores of documents of any segments in any order."""
        scores = np.empty(len(doc_ids))
        for segment, scorer in zip(self._segments, scorers, strict=True):
            own = np.flatnonzero((doc_ids >= segment.base) & (doc_ids < segment.end))
            own = own[np.argsort(doc_ids[own])]
            scores[own] = scorer.scores(frozen((doc_ids[own] - segment.base).astype(np.uint32)))
        return scores

    def _facet(self, name: str) -> FacetCounter:
        if name not in self._facets:
            self._facets[name] = FacetCounter(self._segments, name)
        return self._facets[name]


def _index(segments: Sequence[OpenSegment], statistics: Statistics) -> Index:
    tables, fields, averages = (len(SEGMENT),), (len(FIELDS), len(FIELD_COLUMNS)), (len(FIELDS),)
    return Index(
        np.array([each.table for each in segments], np.int64).reshape(-1, *tables),
        np.array([each.fields for each in segments], np.int64).reshape(-1, *fields),
        statistics.averages,
        np.array([each.own_averages for each in segments], np.float64).reshape(-1, *averages),
        statistics.doc_count,
    )
