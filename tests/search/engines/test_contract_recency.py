"""The contract of newness, and of explanations: what the parts of a score add up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.fields import Sort
from sanbao.search.ranking.recency import Recency
from sanbao.search.request import SearchRequest
from sanbao.search.results import Hit
from tests.search.engines.conftest import NewEngine, NewLocation

NEWEST = datetime(2022, 6, 1, 12, tzinfo=UTC)


def article(id_: str, body: str, age: int | None, **more: Any) -> Article:
    published = None if age is None else NEWEST - timedelta(days=age)
    return Article(id=id_, title="News", body=body, published=published, **more)


def story(words: int) -> str:
    """A text about a tariff; with more other words it fits a search for that a little less."""
    return "tariff " + "and so on " * words


CORPUS = [
    article("new", story(22), 0),
    article("old", story(20), 400),
    article("undated", story(21), None),
    article("better", "tariff " * 20, 900),
    *(article(f"other{number}", "weather", number) for number in range(30)),
]


@pytest.fixture(scope="module")
def engine(new_engine: NewEngine) -> SearchEngine:
    return new_engine(CORPUS[:2], CORPUS[2:])


def ranked(engine: SearchEngine, text: str = "tariff", **request: Any) -> list[str]:
    return [hit.article.id for hit in engine.search(SearchRequest(text=text, **request)).hits]


def scores(engine: SearchEngine, text: str = "tariff", **request: Any) -> dict[str, float]:
    hits = engine.search(SearchRequest(text=text, **request)).hits
    return {hit.article.id: hit.score for hit in hits}


def test_what_is_new_comes_before_what_fits_as_well(engine: SearchEngine) -> None:
    assert ranked(engine, recency=False) == ["better", "old", "undated", "new"]
    assert ranked(engine) == ["better", "new", "old", "undated"]


def test_without_a_date_nothing_is_added(engine: SearchEngine) -> None:
    on, off = scores(engine), scores(engine, recency=False)
    assert on["undated"] == off["undated"]
    assert on["new"] > off["new"]
    assert on["old"] == pytest.approx(off["old"], rel=1e-4)


def test_of_one_date_all_stand_as_without_recency(new_engine: NewEngine) -> None:
    engine = new_engine([article(str(words), story(words), 3) for words in range(30, 0, -1)])
    assert ranked(engine, limit=30) == ranked(engine, limit=30, recency=False)


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_other_orders_and_their_scores_know_no_recency(engine: SearchEngine, sort: str) -> None:
    assert scores(engine, sort=sort) == scores(engine, sort=sort, recency=False)
    assert scores(engine, sort=sort) == scores(engine, recency=False)


@pytest.mark.parametrize("text", ["*", "date:2022-05..2022-06"])
def test_filters_alone_stand_in_order_of_date_without_a_score(
    engine: SearchEngine, text: str
) -> None:
    assert ranked(engine, text) == ranked(engine, text, sort="newest")
    assert set(scores(engine, text).values()) == {0.0}


def test_pages_joined_are_the_whole_list(engine: SearchEngine) -> None:
    whole = ranked(engine, "news", limit=50)
    assert [
        id_ for n in range(0, 34, 5) for id_ in ranked(engine, "news", limit=5, offset=n)
    ] == whole


def test_the_setting_decides_how_much_newness_counts(new_location: NewLocation) -> None:
    location = new_location()
    with open_writer(location) as writer:
        for each in CORPUS:
            writer.add(each)
    assert ranked(open_engine(location, Recency(30, 0.0))) == ranked(
        open_engine(location), recency=False
    )
    assert ranked(open_engine(location, Recency(30, 1.0)))[0] == "new"
    assert ranked(open_engine(location, Recency(10_000, 1.0)))[-1] == "undated"


QUERIES = (
    "tariff",
    "tariff weather news",
    '"and so"',
    "tariff OR weather",
    '"so on"~3 OR (weather -"on and")',
    "title:news tariff",
    "econ* OR tar*",
    "天気 OR tariff",
    "新闻",
    "*",
    "-weather",
)
STORIES = [
    *CORPUS,
    article("ja", "関税のニュース、天気", 3, language="ja"),
    article("zh", "关税新闻 tariff", 5, language="zh-Hans"),
    article("hant", "關稅新聞 tariff", None, language="zh-Hant"),
]


@pytest.fixture(scope="module")
def stories(new_engine: NewEngine) -> SearchEngine:
    return new_engine(STORIES[:20], STORIES[20:])


def parts(hit: Hit) -> list[tuple[str, float]]:
    assert hit.explanation is not None
    return [(part.kind, part.value) for part in hit.explanation]


@pytest.mark.parametrize("text", QUERIES)
def test_the_parts_add_up_to_the_score(stories: SearchEngine, text: str) -> None:
    sorts: tuple[Sort, ...] = ("relevance", "newest")
    for sort, recency in product(sorts, (True, False)):
        request = SearchRequest(text=text, sort=sort, recency=recency, explain=True, limit=50)
        page = stories.search(request)
        assert page.hits
        for hit in page.hits:
            values = [value for _, value in parts(hit)]
            assert sum(values) == pytest.approx(hit.score, rel=1e-9)
            assert values == sorted(values, reverse=True)
            wanted = recency and sort == "relevance" and hit.article.published and hit.score
            assert ("recency" in dict(parts(hit))) == bool(wanted)


def test_explaining_changes_nothing_else(stories: SearchEngine) -> None:
    plain, explained = (
        stories.search(SearchRequest(text="tariff", explain=explain)) for explain in (False, True)
    )
    assert [(h.article, h.score, h.highlight) for h in plain.hits] == [
        (h.article, h.score, h.highlight) for h in explained.hits
    ]
    assert plain.explanation is None
    assert all(hit.explanation is None for hit in plain.hits)


def test_the_query_is_told_as_it_was_understood(stories: SearchEngine) -> None:
    page = stories.search(
        SearchRequest(text="tariff -weather", filters={"source": ("A",)}, explain=True)
    )
    assert page.explanation is not None
    assert "grams:tariff" in page.explanation.query
    assert "NOT" in page.explanation.query
    assert "source:a" in page.explanation.query
    assert page.hits == ()


def test_what_was_needed_is_told(stories: SearchEngine) -> None:
    page = stories.search(SearchRequest(text="tariff weather news", explain=True, limit=0))
    assert page.explanation is not None
    (matching,) = page.explanation.matching
    weights = {unit.terms[0]: unit.weight for unit in matching.units}
    assert list(weights) == ["grams:tariff", "grams:weather", "grams:news"]
    assert weights["grams:tariff"] == 15 > weights["grams:weather"] >= weights["grams:news"]
    assert 0 < matching.needed < sum(weights.values())
