"""The contract of limits: what is refused, and what an answer that was cut short says."""

from __future__ import annotations

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.errors import QueryTooLarge
from sanbao.search.fields import FACETS
from sanbao.search.limits import Limits
from sanbao.search.ranking.recency import DEFAULT_RECENCY
from sanbao.search.request import SearchRequest
from sanbao.search.results import (
    EXPANSION_CUT,
    SHORT_BEGINNING,
    STOPPED,
    TOO_DEEP,
    TOO_MANY,
    UNCOUNTED,
    UNEXPLAINED,
    UNMARKED,
    ResultPage,
)

NO_TIME = Limits(seconds=1e-9)


@pytest.fixture
def filled(location: str) -> str:
    return fill(location)


def fill(location: str) -> str:
    """``rate`` in an article, and ``rated``, ``rates``, ``rating`` and ``rat`` in more each."""
    words = ["rate", *["rated"] * 2, *["rates"] * 3, *["rating"] * 4, *["rat"] * 5]
    with open_writer(location) as writer:
        for number, word in enumerate(words):
            writer.add(Article(id=str(number), title=f"{word} <b>", body=f"{word} cut " * 9))
    return location


def search(location: str, limits: Limits, text: str, **asked: object) -> ResultPage:
    engine = open_engine(location, DEFAULT_RECENCY, limits)
    try:
        return engine.search(SearchRequest(text=text, limit=100, **asked))
    finally:
        engine.close()


def test_an_answer_within_the_limits_is_whole(filled: str) -> None:
    page = search(filled, Limits(), "rat*", facets=FACETS, timeline="auto", explain=True)
    assert (page.total, page.total_relation) == (15, "eq")
    assert (page.partial, page.warnings) == (False, ())


def test_the_words_in_most_articles_stand_for_a_beginning(filled: str) -> None:
    page = search(filled, Limits(terms_a_clause=2), "rat*", facets=FACETS)
    assert (page.total, page.total_relation) == (9, "gte")
    assert {hit.article.title for hit in page.hits} == {"rat <b>", "rating <b>"}
    assert (page.partial, page.warnings) == (True, (EXPANSION_CUT,))


def test_the_beginnings_of_a_query_share_its_terms(filled: str) -> None:
    page = search(filled, Limits(terms_a_query=3), "cut* AND rat*")
    assert (page.total, page.partial) == (9, True)


def test_a_search_without_time_says_so(filled: str) -> None:
    page = search(filled, NO_TIME, "rat* OR cut", facets=FACETS, timeline="auto", explain=True)
    assert (page.total_relation, page.partial) == ("gte", True)
    assert {STOPPED, UNEXPLAINED} <= set(page.warnings)


def test_whenever_time_is_up_what_is_there_is_true_and_what_is_not_is_named(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time is up at the first look at the clock, at the second, and so on until all is there."""
    text, asked = '"rates cut" OR rat*', {"facets": FACETS, "timeline": "auto", "explain": True}
    whole = search(filled, Limits(), text, **asked)
    seen: set[str] = set()
    for looks in range(2, 10_000):  # with the first two looks the search begins
        clock = iter([0.0] * looks)
        monkeypatch.setattr(
            "sanbao.search.limits.time.perf_counter", lambda clock=clock: next(clock, 9.0)
        )
        page = search(filled, Limits(), text, **asked)
        assert_honest(page, whole)
        seen.update(page.warnings)
        if not page.warnings:
            break
    assert seen >= {STOPPED, UNMARKED, UNEXPLAINED}


def assert_honest(page: ResultPage, whole: ResultPage) -> None:
    assert page.partial == bool(page.warnings)
    is_stopped = STOPPED in page.warnings
    assert page.total_relation == ("gte" if is_stopped else "eq")
    assert page.total <= whole.total
    true = {hit.article.id: hit for hit in whole.hits}
    for hit in page.hits:
        same = true[hit.article.id]
        assert hit.score == pytest.approx(same.score, rel=1e-9)
        assert hit.highlight == same.highlight or UNMARKED in page.warnings
        assert hit.explanation == (None if UNEXPLAINED in page.warnings else same.explanation)
    for name, values in page.facets.items():
        counts = {value.value: value.count for value in whole.facets[name]}
        assert all(value.count <= counts[value.value] for value in values)
    if not is_stopped:
        assert [hit.article.id for hit in page.hits] == [hit.article.id for hit in whole.hits]
        assert page.total == whole.total
        assert page.facets.items() <= whole.facets.items()
        has_all = (page.facets, page.timeline) == (whole.facets, whole.timeline)
        assert has_all or UNCOUNTED in page.warnings


def test_a_request_may_take_less_time_than_the_engine_allows(filled: str) -> None:
    assert search(filled, Limits(), "rat* OR cut", seconds=0.0).warnings[0] == STOPPED
    assert search(filled, NO_TIME, "rat* OR cut", seconds=100.0).warnings[0] == STOPPED


def test_what_is_too_long_is_not_searched(filled: str) -> None:
    with pytest.raises(QueryTooLarge) as refused:
        search(filled, Limits(query_length=3), "rate")
    assert refused.value.parameter == "q"


def test_what_is_beyond_the_limits_is_passed_over(filled: str) -> None:
    for limits, text, total, warning in (
        (Limits(depth=1), '(("rates"))', 3, TOO_DEEP),
        (Limits(clauses=1), '"rates" AND nowhere', 3, TOO_MANY),
        (Limits(prefix_length=4), "rat*", 5, SHORT_BEGINNING),
    ):
        page = search(filled, limits, text)
        assert (page.total, page.partial, page.warnings) == (total, True, (warning,))
