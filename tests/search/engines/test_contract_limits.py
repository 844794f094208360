"""The contract of limits: what is refused, and what an answer that was cut short says."""

from __future__ import annotations

from pathlib import Path

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
def filled(location: Path) -> Path:
    """``rate`` with an article, and ``rated``, ``rates``, ``rating`` and ``rat`` in more each."""
    words = ["rate", *["rated"] * 2, *["rates"] * 3, *["rating"] * 4, *["rat"] * 5]
    with open_writer(location) as writer:
        for number, word in enumerate(words):
            writer.add(Article(id=str(number), title=f"{word} <b>", body=f"{word} cut " * 9))
    return location


def search(location: Path, limits: Limits, text: str, **asked: object) -> ResultPage:
    engine = open_engine(location, DEFAULT_RECENCY, limits)
    try:
        return engine.search(SearchRequest(text=text, limit=100, **asked))
    finally:
        engine.close()


def test_an_answer_within_the_limits_is_whole(filled: Path) -> None:
    page = search(filled, Limits(), "rat*", facets=FACETS, timeline="auto", explain=True)
    assert (page.total, page.total_relation) == (15, "eq")
    assert (page.partial, page.warnings) == (False, ())


def test_the_words_in_most_articles_stand_for_a_beginning(filled: Path) -> None:
    page = search(filled, Limits(terms_a_clause=2), "rat*", facets=FACETS)
    assert (page.total, page.total_relation) == (9, "gte")
    assert {hit.article.title for hit in page.hits} == {"rat <b>", "rating <b>"}
    assert (page.partial, page.warnings) == (True, (EXPANSION_CUT,))


def test_the_beginnings_of_a_query_share_its_terms(filled: Path) -> None:
    page = search(filled, Limits(terms_a_query=3), "cut* AND rat*")
    assert (page.total, page.partial) == (9, True)


def test_a_search_that_is_stopped_gives_what_it_has(filled: Path) -> None:
    page = search(filled, NO_TIME, "rat* OR cut", facets=FACETS, timeline="auto", explain=True)
    assert (page.total, page.total_relation, page.hits) == (0, "gte", ())
    assert page.partial
    assert page.warnings == (STOPPED, UNEXPLAINED)


def test_what_took_no_time_is_there_and_what_would_take_more_is_named(filled: Path) -> None:
    page = search(filled, NO_TIME, '"rates cut"')
    assert (page.total, page.total_relation, len(page.hits)) == (3, "eq", 3)
    assert page.warnings == (UNMARKED,)
    for hit in page.hits:
        assert hit.highlight is not None
        assert hit.highlight.title == "rates &lt;b&gt;"
        assert hit.highlight.body[0].startswith("rates cut")


def test_a_request_may_take_less_time_than_the_engine_allows(filled: Path) -> None:
    assert search(filled, Limits(), "rat* OR cut", seconds=0.0).warnings[0] == STOPPED
    assert search(filled, NO_TIME, "rat* OR cut", seconds=100.0).warnings[0] == STOPPED


def test_what_is_too_long_is_not_searched(filled: Path) -> None:
    with pytest.raises(QueryTooLarge) as refused:
        search(filled, Limits(query_length=3), "rate")
    assert refused.value.parameter == "q"


def test_what_is_beyond_the_limits_is_passed_over(filled: Path) -> None:
    for limits, text, total, warning in (
        (Limits(depth=1), '(("rates"))', 3, TOO_DEEP),
        (Limits(clauses=1), '"rates" AND nowhere', 3, TOO_MANY),
        (Limits(prefix_length=4), "rat*", 5, SHORT_BEGINNING),
    ):
        page = search(filled, limits, text)
        assert (page.total, page.partial, page.warnings) == (total, True, (warning,))


def test_facets_are_counted_as_long_as_there_is_time(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for looks in range(40):
        clock = iter([0.0] * looks)
        monkeypatch.setattr(
            "sanbao.search.limits.time.perf_counter", lambda clock=clock: next(clock, 9.0)
        )
        page = search(filled, Limits(), "cut OR rates", facets=FACETS, timeline="auto")
        if STOPPED not in page.warnings and UNCOUNTED in page.warnings and page.facets:
            assert page.total == 15
            assert set(page.facets) < set(FACETS)
            return
    pytest.fail("no number of looks at the clock stops the search between its facets")
