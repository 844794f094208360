"""Evaluates a query tree on segments of the array codec with compiled kernels.

Four steps: find the terms in every segment and what scores take from the whole index
(:mod:`search.engines.arrays.statistics`), find what matches
(:mod:`search.engines.arrays.matching`), pick the best (:mod:`search.engines.arrays.scoring`), count
values and days. The answers are those of a slow evaluator in the tests, with statistics that count
deleted documents.

A text or a phrase that is the whole of a query, of which nothing is counted but how many match,
takes all steps in one kernel (:mod:`search.codec.kernels.text`, ``whole_phrase``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64, U8
from sanbao.search.codec.kernels.doc_set import DocSet, frozen
from sanbao.search.codec.kernels.index import Index, Prior
from sanbao.search.codec.kernels.term_lookup import FIELD_COLUMNS, SEGMENT
from sanbao.search.codec.kernels.text import TextQuery, best_of_text
from sanbao.search.codec.kernels.top_k import new_top, ranked
from sanbao.search.codec.kernels.whole_phrase import PhraseQuery, best_of_phrase
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.arrays import scoring as scoring
from sanbao.search.engines.arrays.counting import FacetCounter, count_days
from sanbao.search.engines.arrays.explaining import SegmentExplainer
from sanbao.search.engines.arrays.matching import SegmentSearch
from sanbao.search.engines.arrays.multi_terms import cut_expansions
from sanbao.search.engines.arrays.plan import FIELD_NAMES, Plan, texts_of
from sanbao.search.engines.arrays.scoring import SegmentScorer, offer_by_date
from sanbao.search.engines.arrays.segment import FoundTerms, OpenSegment
from sanbao.search.engines.arrays.statistics import PlanWeights, Statistics
from sanbao.search.engines.base import Matches, Wanted
from sanbao.search.limits import NEVER, Deadline, Limits, TimeIsUp
from sanbao.search.query.describe import describe_term
from sanbao.search.query.tree import Query, Text
from sanbao.search.ranking.recency import Recency
from sanbao.search.results import FacetValue, ScorePart, TextMatching, WeighedUnit

Made = TypeVar("Made")

_NO_PRIOR = Prior(0.0, 1.0, 0.0)


_NOTHING = Matches(0, is_stopped=True)


class ArrayEvaluator:
    """Answers queries on one committed state. Safe to share between threads.

    Attributes:
        segments: those that have documents.
        doc_count: how many documents there are, deleted ones included.

    Args:
        segments: in the order in which their documents are numbered; each with its deleted
            documents, a bit for each doc_id, the lowest first (u8, of any length), or None.
    """

    def __init__(self, segments: Sequence[tuple[SegmentArrays, U8 | None]]) -> None:
        counts = [arrays.doc_count for arrays, _ in segments]
        bases = np.cumsum([0, *counts])[:-1].tolist()
        self.segments = [
            OpenSegment(arrays, deleted, base)
            for (arrays, deleted), base in zip(segments, bases, strict=True)
            if arrays.doc_count
        ]
        self._statistics = Statistics(self.segments)
        self._index = _index(self.segments, self._statistics)
        self.doc_count = self._statistics.doc_count
        self._facets: dict[str, FacetCounter] = {}

    def match(self, query: Query | Plan, wanted: Wanted, deadline: Deadline = NEVER) -> Matches:
        """What matches the query; keys are numbers of the index, and ties stand in their order.

        Args:
            query: a plan is a query made ready, to be asked more than once.
            deadline: when to stop, with what there is then.
        """
        plan = query if isinstance(query, Plan) else Plan(query)
        by_relevance = wanted.sort == "relevance"
        prior = self._prior(wanted.recency if by_relevance else None, wanted.today)
        counts_nothing = not (wanted.facets or wanted.days)
        if plan.whole and wanted.limit and by_relevance and counts_nothing:
            return self._best_of_whole(plan, plan.whole, wanted, prior)
        try:
            searches, weights, is_cut = self._searches(plan, wanted.limits, deadline)
        except TimeIsUp:
            return _NOTHING
        matched = _made_in_time(search.live_matches(plan.query) for search in searches)
        to_score = searches[: len(matched)] if wanted.limit else []
        scorers = self._scorers(plan.query, to_score, weights.scaled(prior))
        numbers, scores = self._ranked(plan, scorers, matched, wanted)
        is_stopped = len(matched) < len(searches) or len(scorers) < len(to_score)
        matched += [segment.no_docs for segment in self.segments[len(matched) :]]
        facets = self._counted(wanted, matched, deadline)
        has_days = wanted.days and not deadline.is_past()
        return Matches(
            sum(map(len, matched)),
            *_page(numbers, scores, wanted),
            facets=facets,
            days=count_days(self.segments, matched) if has_days else None,
            is_stopped=is_stopped,
            is_cut=is_cut,
            is_uncounted=len(facets) < len(set(wanted.facets)) or (wanted.days and not has_days),
        )

    def explain(
        self,
        query: Query,
        keys: Sequence[Any],
        wanted: Wanted,
        deadline: Deadline = NEVER,
    ) -> list[list[ScorePart]]:
        """The parts of the scores that :meth:`match` gave these documents, none of them 0.

        Raises:
            TimeIsUp: when the deadline is past.
        """
        numbers = np.array(keys, np.int64)
        recency = wanted.recency if wanted.sort == "relevance" else None
        plan = Plan(query)
        searches, weights, _ = self._searches(plan, wanted.limits, deadline)
        explained: list[list[ScorePart]] = [[] for _ in keys]
        for search in searches:
            places = self._places_in(search.segment, numbers)
            docs = frozen((numbers[places] - search.segment.base).astype(np.uint32))
            explainer = SegmentExplainer(search, plan, weights, self._statistics, docs)
            explainer.explain(query)
            if recency is not None:
                best = weights.best_score(query)
                explainer.explain_recency(recency, best, self._newest_day, wanted.today)
            for place, parts in zip(places.tolist(), explainer.parts, strict=True):
                explained[place] = parts
        return explained

    def matching(
        self, query: Query, wanted: Wanted, deadline: Deadline = NEVER
    ) -> tuple[TextMatching, ...]:
        """What an article must have for each text of the query, those under ``Not`` as well.

        Raises:
            TimeIsUp: when the deadline is past.
        """
        _, weights, _ = self._searches(Plan(query), wanted.limits, deadline)
        return tuple(_text_matching(text, *weights.text(text)) for text in texts_of(query))

    def _searches(
        self, plan: Plan, limits: Limits, deadline: Deadline
    ) -> tuple[list[SegmentSearch], PlanWeights, bool]:
        """The plan in every segment, what its terms weigh, and whether expansions were cut.

        Raises:
            TimeIsUp.
        """
        found = [segment.find(plan) for segment in self.segments]
        is_cut = plan.has_expansions and self._unite(plan, found, limits, deadline)
        weights = PlanWeights(plan, self.segments, found, self._statistics.doc_count)
        searches = [
            SegmentSearch(segment, plan, terms, weights, deadline)
            for segment, terms in zip(self.segments, found, strict=True)
        ]
        return searches, weights, is_cut

    def _unite(
        self, plan: Plan, found: Sequence[FoundTerms], limits: Limits, deadline: Deadline
    ) -> bool:
        """Make one term of those that begin alike or are similar; whether of some of them only."""
        for segment, terms in zip(self.segments, found, strict=True):
            segment.find_similar(plan, terms, deadline)
        kept = cut_expansions(plan, self.segments, found, limits, deadline)
        for segment, terms in zip(self.segments, found, strict=True):
            segment.unite(terms, kept, deadline)
        return bool(kept)

    def _best_of_whole(
        self, plan: Plan, whole: TextQuery | PhraseQuery, wanted: Wanted, prior: Prior
    ) -> Matches:
        last = wanted.offset + wanted.limit
        given = plan.key_bytes, plan.requests, self._index, prior, last
        if isinstance(whole, TextQuery):
            total, numbers, scores = best_of_text(whole, *given, scoring.FEW)
        else:
            total, numbers, scores = best_of_phrase(whole, *given)
        return Matches(total, *_page(numbers, scores, wanted))

    def _ranked(
        self,
        plan: Plan,
        scorers: Sequence[SegmentScorer],
        matched: Sequence[DocSet],
        wanted: Wanted,
    ) -> tuple[I64, F64]:
        """The first documents, of the segments that have scorers, and their scores."""
        if not wanted.limit:
            return np.empty(0, np.int64), np.empty(0)
        top = new_top(wanted.offset + wanted.limit)
        by_relevance = wanted.sort == "relevance"
        if by_relevance and any(scorer.scores_anything for scorer in scorers):
            for scorer, docs in zip(scorers, matched, strict=False):
                scorer.offer(top, docs, plan.every_match_scores)
            return ranked(top)
        for scorer, docs in zip(scorers, matched, strict=False):
            offer_by_date(top, scorer.segment, docs, oldest_first=wanted.sort == "oldest")
        numbers, _ = ranked(top)
        return numbers, self._scores(scorers, numbers)

    def _scorers(
        self, query: Query, searches: Sequence[SegmentSearch], prior: F64
    ) -> list[SegmentScorer]:
        return _made_in_time(self._scorer(query, search, prior) for search in searches)

    def _scorer(self, query: Query, search: SegmentSearch, prior: F64) -> SegmentScorer:
        return SegmentScorer(
            search.segment,
            search.found,
            search.scored_terms(query),
            search.bonuses(query),
            self._statistics.averages,
            prior,
        )

    def _scores(self, scorers: Sequence[SegmentScorer], numbers: I64) -> F64:
        """The scores of documents of any segments in any order."""
        scores = np.empty(len(numbers))
        for scorer in scorers:
            own, base = self._places_in(scorer.segment, numbers), scorer.segment.base
            scores[own] = scorer.scores(frozen((numbers[own] - base).astype(np.uint32)))
        return scores

    def _places_in(self, segment: OpenSegment, numbers: I64) -> I64:
        """The places of the segment's documents in ``numbers``, in rising order of document."""
        own = np.flatnonzero((numbers >= segment.base) & (numbers < segment.end))
        return own[np.argsort(numbers[own])]

    def _counted(
        self, wanted: Wanted, matched: Sequence[DocSet], deadline: Deadline
    ) -> dict[str, tuple[FacetValue, ...]]:
        """The values of facets, as long as there is time."""
        return {
            name: self._facet(name).values(matched, wanted.facet_limit)
            for name in dict.fromkeys(wanted.facets)
            if not deadline.is_past()
        }

    def _prior(self, recency: Recency | None, today: int) -> Prior:
        if recency is None:
            return _NO_PRIOR
        return Prior(recency.strength, recency.half_life_days, float(min(today, self._newest_day)))

    @cached_property
    def _newest_day(self) -> int:
        """Of any document, since 1970; deleted ones count until a merge drops them."""
        days = (segment.array("evaluation/day_values") for segment in self.segments)
        return max((int(each[-1]) for each in days if len(each)), default=0)

    def _facet(self, name: str) -> FacetCounter:
        if name not in self._facets:
            self._facets[name] = FacetCounter(self.segments, name)
        return self._facets[name]


def _page(numbers: I64, scores: F64, wanted: Wanted) -> tuple[list[int], list[float]]:
    """The keys and scores that are wanted, of documents ranked from the first."""
    return numbers[wanted.offset :].tolist(), scores[wanted.offset :].tolist()


def _made_in_time(pieces: Iterable[Made]) -> list[Made]:
    """Those that were made before the time was up."""
    made = []
    with suppress(TimeIsUp):
        for piece in pieces:
            made.append(piece)
    return made


def _text_matching(text: Text, weights: I64, needed: int) -> TextMatching:
    units = (
        WeighedUnit(tuple(map(describe_term, unit.terms)), weight)
        for unit, weight in zip(text.units, weights.tolist(), strict=True)
    )
    return TextMatching(tuple(units), needed)


def _index(segments: Sequence[OpenSegment], statistics: Statistics) -> Index:
    tables, fields, averages = (
        (len(SEGMENT),),
        (len(FIELD_NAMES), len(FIELD_COLUMNS)),
        (len(FIELD_NAMES),),
    )
    return Index(
        np.array([each.table for each in segments], np.int64).reshape(-1, *tables),
        np.array([each.fields for each in segments], np.int64).reshape(-1, *fields),
        statistics.averages,
        np.array([each.own_averages for each in segments], np.float64).reshape(-1, *averages),
        statistics.doc_count,
    )
