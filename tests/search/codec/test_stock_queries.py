"""Whoosh's own queries find the same documents with the same scores as on its own codec."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from whoosh import query, scoring, sorting
from whoosh.index import FileIndex
from whoosh.searching import Searcher

from tests.search.codec.stock_twin import (
    BATCHES,
    PHRASES,
    QUERIES,
    SIMPLE_QUERIES,
    TAGS,
    WORDS,
    Batch,
    Twins,
    twins,
)

WEIGHTINGS = (scoring.BM25F(B=0.3, K1=2.0), scoring.TF_IDF(), scoring.Frequency())
SORTS = (
    "number",
    "tag",
    [sorting.FieldFacet("tag"), sorting.FieldFacet("number", reverse=True)],
    [sorting.FieldFacet("day", reverse=True), sorting.ScoreFacet()],
)


def _random_document(rng: random.Random, number: int) -> dict[str, Any]:
    def text(most: int) -> str:
        # Squared, so that some words are in most documents and some in few.
        picks = (rng.random() ** 2 for _ in range(rng.randrange(most)))
        return " ".join(WORDS[int(pick * len(WORDS))] for pick in picks)

    return {
        "id": str(number),
        "title": text(6),
        "body": text(40),
        "words": text(8),
        "plain": text(8),
        "tag": rng.choice([None, *TAGS]),
        "number": rng.randrange(-300, 300),
        "day": datetime(2020, 1, 1) + timedelta(days=rng.randrange(500)),
    }


@pytest.fixture(scope="module")
def library() -> Iterator[Twins]:
    """Four segments of up to 600 documents, so that postings are longer than a block."""
    rng = random.Random(3)
    batches = [
        Batch(
            added=[_random_document(rng, rng.randrange(10**9)) for _ in range(size)],
            updated=[_random_document(rng, 7)],
        )
        for size in (600, 1, 300, 150)
    ]
    with twins([*batches, Batch(deleted=["delta"])]) as pair:
        yield pair


Hits = list[tuple[int, float]]


def _hits(searcher: Searcher, question: query.Query, **options: Any) -> tuple[Hits, int]:
    # Optimized, Whoosh's AndNotMatcher breaks an assertion of its own.
    results = searcher.search(question, **{"optimize": False, **options})
    return [(hit.docnum, hit.score) for hit in results], len(results)


def _expected(searcher: Searcher, question: query.Query, **options: Any) -> tuple[Hits, int]:
    """What Whoosh finds on its own codec."""
    try:
        return _hits(searcher, question, **options)
    except IndexError:
        # Its AndNotMatcher may read on past the end of what it is to find.
        return reject()


def _assert_same(pair: Twins, questions: Sequence[query.Query], **searcher: Any) -> None:
    with pair.stock.searcher(**searcher) as stock, pair.ours.searcher(**searcher) as ours:
        for question in questions:
            for limit in (3, None):
                expected = _expected(stock, question, limit=limit)
                assert _hits(ours, question, limit=limit) == expected, question


@given(QUERIES | PHRASES)
def test_queries_on_long_postings(library: Twins, question: query.Query) -> None:
    _assert_same(library, [question])


@given(QUERIES, st.sampled_from(WEIGHTINGS))
@settings(max_examples=50)
def test_other_scorers(
    library: Twins, question: query.Query, weighting: scoring.WeightingModel
) -> None:
    _assert_same(library, [question], weighting=weighting)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True), st.integers(1, 20))
@settings(max_examples=50)
def test_blocks_are_skipped_where_whoosh_skips_them(
    library: Twins, words: list[str], limit: int
) -> None:
    terms = [query.Term("body", word) for word in words]
    with library.stock.searcher() as stock, library.ours.searcher() as ours:
        for question in (query.Or(terms), query.And(terms), query.DisjunctionMax(terms)):
            expected = _hits(stock, question, limit=limit, optimize=True)
            assert _hits(ours, question, limit=limit, optimize=True) == expected


@given(BATCHES, st.lists(QUERIES | PHRASES, min_size=5, max_size=10))
@settings(max_examples=50)
def test_queries_after_any_history(batches: list[Batch], questions: list[query.Query]) -> None:
    with twins(batches) as pair:
        _assert_same(pair, questions)


@given(QUERIES, st.sampled_from(SORTS), st.booleans())
@settings(max_examples=50)
def test_sorting(library: Twins, question: query.Query, sort: Any, reverse: bool) -> None:
    with library.stock.searcher() as stock, library.ours.searcher() as ours:
        for limit in (5, None):
            options = {"sortedby": sort, "reverse": reverse, "limit": limit}
            assert _hits(ours, question, **options) == _expected(stock, question, **options)


@given(SIMPLE_QUERIES, st.sampled_from(["tag", "number", "day"]))
@settings(max_examples=50)
def test_grouping(library: Twins, question: query.Query, field: str) -> None:
    def groups(index: FileIndex) -> dict[Any, list[int]]:
        with index.searcher() as searcher:
            return dict(searcher.search(question, groupedby=field, limit=None).groups(field))

    assert groups(library.ours) == groups(library.stock)


@given(QUERIES, QUERIES)
@settings(max_examples=50)
def test_filters_and_masks(library: Twins, question: query.Query, other: query.Query) -> None:
    with library.stock.searcher() as stock, library.ours.searcher() as ours:
        for options in ({"filter": other}, {"mask": other}):
            expected = _expected(stock, question, limit=None, **options)
            assert _hits(ours, question, limit=None, **options) == expected


@given(SIMPLE_QUERIES)
@settings(max_examples=50)
def test_collapsing_and_matched_terms(library: Twins, question: query.Query) -> None:
    def answer(index: FileIndex) -> Any:
        with index.searcher() as searcher:
            found = searcher.search(question, collapse="tag", limit=None)
            named = searcher.search(question, terms=True, limit=5)
            matched = [sorted(hit.matched_terms()) for hit in named]
            return [(hit.docnum, hit.score) for hit in found], found.collapsed_counts, matched

    assert answer(library.ours) == answer(library.stock)
