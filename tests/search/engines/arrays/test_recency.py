"""Newer articles score more: the compiled evaluator against the slow one, and what must hold."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from sanbao.search.engines.base import Wanted
from sanbao.search.query.tree import Everything, Query
from sanbao.search.ranking.recency import DEFAULT_RECENCY, SECONDS_A_DAY, Recency, day_of
from tests.search.engines.arrays.segments import array_evaluator
from tests.search.engines.arrays.test_evaluator import (
    LARGE_QUERIES,
    article_of,
    check_all,
    large,
    large_index,
    large_twin,
    queries,
    segment_lists,
    text,
)
from tests.search.engines.plain_index import (
    FACETS,
    PlainArticle,
    PlainReader,
)
from tests.search.engines.slow_evaluator import Evaluator, Scores

__all__ = ["large"]

THIRTY_DAYS = Recency(30, 0.05)

recencies = st.builds(Recency, st.sampled_from([0.5, 30.0]), st.sampled_from([0.0, 0.05, 1.0]))
days = st.sampled_from([-10, 0, 1, 20_000, 40_000])

SegmentList = list[list[PlainArticle]]


def scores_of(
    segments: SegmentList, query: Query, recency: Recency | None, today: int = 0
) -> Scores:
    """The score of everything that the compiled evaluator finds."""
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        found = evaluator.match(query, Wanted(limit=1000, recency=recency, today=today))
    return dict(zip(found.keys, found.scores, strict=True))


@given(
    segments=segment_lists,
    query=queries,
    recency=recencies,
    today=days,
    limit=st.integers(0, 5),
)
@settings(max_examples=200)
def test_same_as_slow_evaluator_with_recency(
    segments: SegmentList, query: Query, recency: Recency, today: int, limit: int
) -> None:
    index = list(chain(*segments))
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        wanted = Wanted(limit=limit, recency=recency, today=today, facets=tuple(FACETS), days=True)
        by_relevance = evaluator.match(query, wanted)
        by_date = evaluator.match(query, replace(wanted, sort="newest"))
    twin = Evaluator(PlainReader(index))
    expected = twin.evaluate_by_recency(query, recency, today)
    check_all(by_relevance, index, expected, limit, "relevance")
    check_all(by_date, index, twin.evaluate(query), limit, "newest")


@pytest.mark.parametrize("name", LARGE_QUERIES)
def test_large_segments_with_recency(name: str, large: ArrayEvaluator) -> None:
    query, recency, today = LARGE_QUERIES[name], Recency(90, 0.1), 10_000
    expected = large_twin().evaluate_by_recency(query, recency, today)
    for limit in (10, 3_000):
        found = large.match(
            query,
            Wanted(limit=limit, facets=tuple(FACETS), days=True, recency=recency, today=today),
        )
        check_all(found, list(chain(*large_index())), expected, limit, "relevance")


@given(segments=segment_lists, query=queries, recency=recencies, today=days)
def test_the_bonus_depends_on_the_day_alone_and_falls_with_age(
    segments: SegmentList, query: Query, recency: Recency, today: int
) -> None:
    plain, favoured = (scores_of(segments, query, each, today) for each in (None, recency))
    published = [article.published for article in chain(*segments)]
    assert favoured.keys() == plain.keys()
    bonus = {doc: favoured[doc] - plain[doc] for doc in plain}
    for doc in bonus:
        assert bonus[doc] >= -1e-12
        if published[doc] == NO_DATE or not recency.strength:
            assert favoured[doc] == plain[doc]
    dated = [doc for doc in bonus if published[doc] != NO_DATE]
    for newer, older in product(dated, dated):
        if day_of(published[newer]) == day_of(published[older]):
            assert bonus[newer] == pytest.approx(bonus[older], abs=1e-9)
        elif published[newer] > published[older]:
            assert bonus[newer] >= bonus[older] - 1e-9


@given(segments=segment_lists, query=queries, shift=st.integers(-500, 500), today=days)
def test_only_how_much_older_counts(
    segments: SegmentList, query: Query, shift: int, today: int
) -> None:
    """Dates and today moved by as many days change nothing, unless the query has dates."""
    if "Published" in repr(query):
        return
    moved = [
        [
            article
            if article.published == NO_DATE
            else replace(article, published=article.published + shift * SECONDS_A_DAY)
            for article in segment
        ]
        for segment in segments
    ]
    expected = scores_of(segments, query, DEFAULT_RECENCY, today)
    assert scores_of(moved, query, DEFAULT_RECENCY, today + shift) == pytest.approx(expected)


def published_on(*days: int | None) -> list[PlainArticle]:
    """Articles that are alike but for their days."""
    return [
        replace(article_of(["a"]), published=NO_DATE if day is None else day * SECONDS_A_DAY + 7)
        for day in days
    ]


def bonuses(
    articles: Sequence[PlainArticle], recency: Recency = THIRTY_DAYS, today: int = 1_000
) -> list[float]:
    """What its date gives each article, as a share of the most that one can have."""
    query = text("a")
    plain, favoured = (scores_of([list(articles)], query, each, today) for each in (None, recency))
    twin = Evaluator(PlainReader(articles))
    most = recency.bonus(twin.best_score(query), 0)
    return [(favoured[doc] - plain[doc]) / most for doc in sorted(plain)]


def test_half_after_a_half_life_and_nothing_without_a_date() -> None:
    found = bonuses(published_on(100, 70, 40, None))
    assert found == pytest.approx([1, 1 / 2, 1 / 4, 0])


def test_an_archive_that_has_ended_does_not_grow_old() -> None:
    assert bonuses(published_on(100, 70), today=20_000) == bonuses(published_on(100, 70), today=100)


def test_a_date_in_the_future_counts_as_today_and_makes_nothing_older() -> None:
    assert bonuses(published_on(9_999, 100, 70), today=100) == pytest.approx([1, 1, 1 / 2])


def test_the_newest_day_is_that_of_any_article_found_or_not_deleted_or_not() -> None:
    other = replace(article_of(["b"]), published=100 * SECONDS_A_DAY)
    for newest in (other, replace(other, deleted=True)):
        assert bonuses([*published_on(70), newest]) == pytest.approx([1 / 2])


def test_what_has_no_best_score_stands_in_order_of_date() -> None:
    segments = [published_on(3, None, 5), published_on(4)]
    found = scores_of(segments, Everything(), DEFAULT_RECENCY, 1_000)
    assert list(found.items()) == [(2, 0), (3, 0), (0, 0), (1, 0)]
