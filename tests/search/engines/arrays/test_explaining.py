"""The parts of a score, as both evaluators tell them."""

from __future__ import annotations

import tempfile
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.engines.arrays.evaluator import ArrayEvaluator
from sanbao.search.engines.base import Wanted
from sanbao.search.limits import Limits
from sanbao.search.query.tree import Phrase, Prefer, Query, Slot
from sanbao.search.ranking.recency import Recency
from sanbao.search.results import ScorePart
from tests.search.engines.arrays.segments import array_evaluator
from tests.search.engines.arrays.test_evaluator import forms, queries, segment_lists, text
from tests.search.engines.arrays.test_recency import days, recencies
from tests.search.engines.plain_index import (
    TEXT_FIELDS,
    PlainArticle,
    PlainReader,
)
from tests.search.engines.slow_evaluator import Evaluator

__all__ = ["forms"]


def total(parts: list[ScorePart]) -> float:
    return sum(part.value for part in parts)


def comparable(parts: list[ScorePart]) -> list[ScorePart]:
    return sorted(parts, key=lambda part: (part.kind, part.label, part.value))


def assert_same(parts: list[ScorePart], expected: list[ScorePart]) -> None:
    assert len(parts) == len(expected)
    for part, other in zip(comparable(parts), comparable(expected), strict=True):
        for name in ScorePart.__slots__:
            value, other_value = getattr(part, name), getattr(other, name)
            assert value == (
                pytest.approx(other_value, rel=1e-9)
                if isinstance(other_value, float)
                else other_value
            ), name


@given(segments=segment_lists, query=queries, recency=st.none() | recencies, today=days)
@settings(max_examples=200)
def test_the_parts_add_up_to_the_score_in_the_slow_evaluator(
    segments: list[list[PlainArticle]], query: Query, recency: Recency | None, today: int
) -> None:
    twin = Evaluator(PlainReader(list(chain(*segments))))
    scores = twin.evaluate_by_recency(query, recency, today) if recency else twin.evaluate(query)
    for doc, score in scores.items():
        parts = twin.explain(query, doc, recency, today)
        assert total(parts) == pytest.approx(score, rel=1e-9)
        assert all(part.value > 0 for part in parts)


@pytest.mark.usefixtures("forms")
@given(segments=segment_lists, query=queries, recency=st.none() | recencies, today=days)
@settings(deadline=None, max_examples=200)
def test_explained_as_by_slow_evaluator(
    segments: list[list[PlainArticle]], query: Query, recency: Recency | None, today: int
) -> None:
    twin = Evaluator(PlainReader(list(chain(*segments))))
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        found = evaluator.match(query, Wanted(limit=9, recency=recency, today=today))
        explained = evaluator.explain(query, found.keys, Wanted(recency=recency, today=today))
        assert evaluator.matching(query, Wanted()) == twin.matching(query)
    docs, scores = found.keys, found.scores
    for doc, score, parts in zip(docs, scores, explained, strict=True):
        assert total(parts) == pytest.approx(score, rel=1e-9)
        assert_same(parts, twin.explain(query, doc, recency, today))


@given(segments=segment_lists, query=queries, a_clause=st.integers(1, 3))
@settings(deadline=None, max_examples=200)
def test_what_is_needed_is_told_of_the_terms_that_are_kept(
    segments: list[list[PlainArticle]], query: Query, a_clause: int
) -> None:
    limits = Limits(terms_a_clause=a_clause)
    twin = Evaluator(PlainReader(list(chain(*segments))), limits)
    with tempfile.TemporaryDirectory() as folder:
        evaluator = array_evaluator(Path(folder), segments)
        assert evaluator.matching(query, Wanted(limits=limits)) == twin.matching(query)


def test_nothing_is_explained_in_an_empty_index() -> None:
    assert ArrayEvaluator([]).explain(text("a"), np.empty(0, np.int64), Wanted()) == []
    found = ArrayEvaluator([]).matching(text("a"), Wanted())
    assert found == Evaluator(PlainReader([])).matching(text("a"))


def test_each_kind_of_part_names_what_it_is_of(tmp_path: Path) -> None:
    tokens: dict[str, list[str]] = {name: [] for name in TEXT_FIELDS}
    tokens["text_grams"] = ["a", "b", "a", "b", "c"]
    article = PlainArticle(tokens, {"language": ["ja"]}, published=86_400)
    undated = PlainArticle(tokens, {"language": ["en"]}, published=NO_DATE)
    evaluator = array_evaluator(tmp_path, [[article, undated]])
    recency = Recency(30, 0.05)

    def parts(query: Query, doc: int) -> list[tuple[str, str, int | None, int | None]]:
        explained = evaluator.explain(query, np.array([doc]), Wanted(recency=recency, today=9))[0]
        return [(part.kind, part.label, part.frequency, part.length) for part in explained]

    phrase = Phrase((Slot(0, "a"), Slot(1, "b")), 2, "a b")
    query = Prefer(text("c"), "language", ("ja",), 0.02)
    dated = ("recency", "published:1970-01-02", None, None)
    assert parts(phrase, 0) == [("phrase", 'text_grams:"a b"', 2, 5), dated]
    assert parts(query, 0) == [
        ("term", "text_grams:c", 1, 5),
        ("language", "language:ja", None, None),
        dated,
    ]
    assert parts(query, 1) == [("term", "text_grams:c", 1, 5)]


def test_a_bonus_that_has_faded_is_no_part(tmp_path: Path) -> None:
    tokens = {name: ["a"] for name in TEXT_FIELDS}
    index = [PlainArticle(tokens, published=day * 86_400) for day in (0, 20_000)]
    evaluator, query = array_evaluator(tmp_path, [index]), text("a")
    recency = Recency(0.5, 0.05)
    found = evaluator.match(query, Wanted(limit=2, recency=recency, today=20_000))
    explained = evaluator.explain(query, found.keys, Wanted(recency=recency, today=20_000))
    kinds = [{part.kind for part in parts} for parts in explained]
    assert kinds == [{"term", "recency"}, {"term"}]
