"""Searches that are cut short: beginnings of words with too many terms, and time that is up."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanbao.search.engines.arrays.evaluator import ArrayEvaluator, Matches
from sanbao.search.engines.base import Wanted
from sanbao.search.fields import Sort
from sanbao.search.limits import DEFAULT_LIMITS, Deadline, Limits, TimeIsUp
from sanbao.search.query.tree import And, Not, Or, Phrase, Query, Slot
from sanbao.search.ranking.recency import Recency
from tests.search.engines.arrays.segments import array_evaluator
from tests.search.engines.arrays.test_evaluator import (
    check_all,
    large_index,
    queries,
    segment_lists,
)
from tests.search.engines.plain_index import (
    FACETS,
    TEXT_FIELDS,
    PlainArticle,
    PlainReader,
)
from tests.search.engines.slow_evaluator import Evaluator

# Beginnings of words


@given(
    segments=segment_lists,
    query=queries,
    sort=st.sampled_from(["relevance", "newest"]),
    a_clause=st.integers(1, 3),
    a_query=st.integers(1, 5),
)
@settings(max_examples=400)
def test_a_beginning_stands_for_the_terms_in_most_articles(
    segments: list[list[PlainArticle]], query: Query, sort: Sort, a_clause: int, a_query: int
) -> None:
    limits = Limits(terms_a_clause=a_clause, terms_a_query=a_query)
    index = list(chain(*segments))
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        found = evaluator.match(
            query, Wanted(limit=5, sort=sort, facets=tuple(FACETS), days=True, limits=limits)
        )
    slow = Evaluator(PlainReader(index), limits)
    check_all(found, index, slow.evaluate(query), 5, sort)
    assert found.is_cut == slow.is_cut


def words_in(article: str, *others: str) -> PlainArticle:
    tokens = {name: [article, *others] for name in TEXT_FIELDS}
    return PlainArticle(tokens, {"source": [], "language": [], "category": [], "author": []})


def test_small_beginnings_keep_all_their_terms(tmp_path: Path) -> None:
    articles = [words_in(f"many{n}") for n in range(10)] + [words_in("few1"), words_in("few2")]
    evaluator = array_evaluator(tmp_path, [articles])
    both = Or((beginning("many"), beginning("few")))
    found = evaluator.match(both, Wanted(limit=100, limits=Limits(terms_a_query=6)))
    assert found.is_cut
    assert found.keys[:2] == [10, 11] or set(found.keys) >= {10, 11}
    assert found.total == 6


def test_what_is_left_out_is_never_cut(tmp_path: Path) -> None:
    articles = [words_in(f"many{n}", "x") for n in range(10)]
    evaluator = array_evaluator(tmp_path, [articles])
    without = And((beginning("x"), Not(beginning("many"))))
    found = evaluator.match(
        without, Wanted(limit=100, limits=Limits(terms_a_clause=1, terms_a_query=1))
    )
    assert (found.total, found.is_cut) == (0, False)


def beginning(text: str) -> Phrase:
    return Phrase((Slot(0, text, prefix=True),), 1, text)


def test_a_chinese_character_is_never_cut(tmp_path: Path) -> None:
    articles = [words_in(f"国{chr(ord('一') + n)}") for n in range(50)]
    evaluator = array_evaluator(tmp_path, [articles])
    found = evaluator.match(beginning("国"), Wanted(limit=100, limits=Limits(terms_a_clause=1)))
    assert (found.total, found.is_cut) == (50, False)


# Time


class DeadlineAfter(Deadline):
    """Is past after so many looks at the clock."""

    __slots__ = ("left_looks",)

    def __init__(self, looks: int) -> None:
        super().__init__(1e9)
        self.left_looks = looks

    def is_past(self) -> bool:
        self.left_looks -= 1
        return self.left_looks < 0


@given(
    segments=segment_lists,
    query=queries,
    sort=st.sampled_from(["relevance", "newest"]),
    limit=st.integers(0, 4),
    each_looks=st.lists(st.integers(0, 25), min_size=6, max_size=6, unique=True),
)
@settings(max_examples=100)
def test_a_search_that_is_stopped_says_so_and_gives_no_wrong_answer(
    segments: list[list[PlainArticle]], query: Query, sort: Sort, limit: int, each_looks: list[int]
) -> None:
    asked = {"limit": limit, "sort": sort, "facets": tuple(FACETS), "days": True}
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        whole = evaluator.match(query, Wanted(**asked))
        cut = [
            evaluator.match(query, Wanted(**asked), deadline=DeadlineAfter(looks))
            for looks in each_looks
        ]
    index = list(chain(*segments))
    every = Evaluator(PlainReader(index)).evaluate(query)
    for found in cut:
        check_stopped(found, whole, index, every)


def check_stopped(
    found: Matches, whole: Matches, index: list[PlainArticle], every: Mapping[int, float]
) -> None:
    """What was found in part of the time says no more than what is found in all of it."""
    if not found.is_stopped:
        assert found.total == whole.total
        assert found.keys == whole.keys
        assert found.scores == whole.scores
        if not found.is_uncounted:
            assert counts(found) == counts(whole)
    assert found.total <= whole.total
    for doc, score in zip(found.keys, found.scores, strict=True):
        assert not index[doc].deleted
        assert score == pytest.approx(every[doc], rel=1e-4)
    for name, values in found.facets.items():
        true = {each.value: each.count for each in whole.facets[name]}
        assert all(each.count <= true[each.value] for each in values)


def counts(found: Matches) -> object:
    days = found.days
    return dict(found.facets), days and (days.days.tolist(), days.counts.tolist())


@pytest.mark.parametrize("looks", range(0, 12))
def test_an_explanation_comes_whole_or_not_at_all(tmp_path: Path, looks: int) -> None:
    evaluator = array_evaluator(tmp_path, [[words_in("ab"), words_in("ac")], [words_in("ab")]])
    query = Or((beginning("a"), Phrase((Slot(0, "ab"), Slot(1, "ab")), 2, "")))
    docs = np.array([2, 0])
    whole = evaluator.explain(query, docs, Wanted(recency=Recency()))
    try:
        explained = evaluator.explain(
            query, docs, Wanted(recency=Recency()), deadline=DeadlineAfter(looks)
        )
    except TimeIsUp:
        return
    assert explained == whole


def test_the_clock_is_looked_at_between_segments_clauses_and_facets(tmp_path: Path) -> None:
    def looks(segments: list[list[PlainArticle]], query: Query, facets: tuple[str, ...]) -> int:
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            deadline = DeadlineAfter(10**6)
            array_evaluator(Path(folder), segments).match(
                query, Wanted(limit=9, facets=facets), deadline=deadline
            )
        return 10**6 - deadline.left_looks

    one = [words_in("ab"), words_in("ac")]
    query = Or((beginning("ab"), beginning("ac")))
    base = looks([one], query, ())
    assert looks([one, one], query, ()) > base
    assert looks([one], replace(query, nodes=(*query.nodes, beginning("ad"))), ()) > base
    assert looks([one], query, ("lang", "source")) > base


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> ArrayEvaluator:
    return array_evaluator(tmp_path_factory.mktemp("large"), large_index())


def test_segments_that_were_searched_in_time_are_answered(large: ArrayEvaluator) -> None:
    """A time that is just enough for the first segment, found by trying all."""
    query = Or((beginning("w1"), beginning("w2")))
    whole = large.match(query, Wanted(limit=10, facets=("lang",)))
    first = large_index()[0]
    of_first = Evaluator(PlainReader(list(first))).evaluate(query)
    totals = {
        large.match(query, Wanted(limit=10, facets=("lang",)), deadline=DeadlineAfter(looks)).total
        for looks in range(30)
    }
    assert totals == {0, sum(not first[doc].deleted for doc in of_first), whole.total}


def test_limits_out_of_range_are_refused() -> None:
    for name in ("query_length", "depth", "clauses", "terms_a_query", "seconds"):
        for value in (0, -1, float("nan"), float("inf")):
            with pytest.raises(ValueError, match=f"{name} must be above 0"):
                replace(DEFAULT_LIMITS, **{name: value})
    with pytest.raises(ValueError, match="depth must be at most 64, is 65"):
        Limits(depth=65)
