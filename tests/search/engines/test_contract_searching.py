"""The contract of a search: filters, facets, order, pages, timeline, highlights."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from sanbao.search.article import Article, base_language
from sanbao.search.dates import Period
from sanbao.search.engines import SearchEngine
from sanbao.search.errors import EmptyQuery
from sanbao.search.fields import FACETS, FILTERS_BY_NAME
from sanbao.search.request import SearchRequest, TimelineUnit
from sanbao.search.results import NO_WORDS, WIDENED
from tests.search.engines.conftest import NewEngine

LANGUAGES = ("zh-Hans", "zh-Hant", "ja", "en", "und")
SOURCES = ("青岛财经日报", "South China Post", None)
CATEGORIES = ((), ("财经",), ("财经", "Tech"))
TAGS: tuple[tuple[str, ...], ...] = ((), ("速報",), ("速报", "Long Read"), ("longread",))
START = datetime(2022, 1, 3, 12, tzinfo=UTC)


def _corpus() -> list[Article]:
    """Every combination of the values above, spread over two years; every fifth has no date."""
    combinations = product(LANGUAGES, SOURCES, CATEGORIES)
    return [
        Article(
            id=f"a{number:02}",
            title="Economy" if number % 2 else "Weather",
            body="growth " * (number % 4 + 1),
            language=language,
            source=source,
            author="36Kr" if number % 3 else None,
            published=START + timedelta(days=17 * number) if number % 5 else None,
            categories=categories,
            tags=TAGS[number % 4],
        )
        for number, (language, source, categories) in enumerate(combinations)
    ]


CORPUS = _corpus()


@pytest.fixture(scope="module")
def engine(new_engine: NewEngine) -> SearchEngine:
    return new_engine(CORPUS[:20], CORPUS[20:30], CORPUS[30:])


def ids(engine: SearchEngine, **request: Any) -> set[str]:
    page = engine.search(SearchRequest(limit=100, **request))
    assert page.total == len(page.hits)
    return {hit.article.id for hit in page.hits}


def within(article: Article, period: Period) -> bool:
    if article.published is None:
        return not period
    after = period.start is None or period.start <= article.published
    return after and (period.end is None or article.published < period.end)


def values(article: Article) -> dict[str, set[str | None]]:
    """What the article is found by, filter by filter."""
    return {
        "lang": {article.language, base_language(article.language)},
        "source": {article.source},
        "category": set(article.categories),
        "author": {article.author},
        "tag": set(article.tags),
    }


def allowed(article: Article, filters: dict[str, tuple[str, ...]], published: Period) -> bool:
    its = values(article)
    in_all = all(its[name] & set(wanted) for name, wanted in filters.items())
    return in_all and within(article, published)


YEAR = Period(datetime(2022, 6, 1, tzinfo=UTC), datetime(2023, 6, 1, tzinfo=UTC))
CHOICES: dict[str, list[tuple[str, ...]]] = {
    "lang": [(), ("zh",), ("zh-Hant", "en")],
    "source": [(), ("South China Post",), ("South China Post", "青岛财经日报")],
    "category": [(), ("Tech",), ("财经",)],
    "author": [(), ("36Kr",)],
    "tag": [(), ("Long Read", "longread")],
}
PERIODS = [Period(), YEAR, Period(start=YEAR.end), Period(end=YEAR.start)]
COMBINATIONS = [
    {name: chosen for name, chosen in zip(CHOICES, combination, strict=True) if chosen}
    for combination in product(*CHOICES.values())
]


def test_filters_of_each_kind_and_all_their_combinations(engine: SearchEngine) -> None:
    assert set(CHOICES) == set(FILTERS_BY_NAME)
    for filters, published in product(COMBINATIONS, PERIODS):
        expected = {a.id for a in CORPUS if allowed(a, filters, published)}
        request = {"filters": filters, "published": published}
        if filters or published:
            assert ids(engine, text="", **request) == expected, request
        with_word = {a.id for a in CORPUS if a.id in expected and a.title == "Economy"}
        assert ids(engine, text="economy", **request) == with_word, request


@pytest.mark.parametrize(
    ("query", "filters", "published"),
    [
        ("lang:zh-Hant", {"lang": ("zh-Hant",)}, Period()),
        ("lang:zh lang:ja", {"lang": ("zh", "ja")}, Period()),
        ("source:青島財經日報", {"source": ("青岛财经日报",)}, Period()),
        ('source:"SOUTH  CHINA post"', {"source": ("South China Post",)}, Period()),
        ("category:tech", {"category": ("Tech",)}, Period()),
        ("author:36kr", {"author": ("36Kr",)}, Period()),
        ("tag:速报", {"tag": ("速報", "速报")}, Period()),
        ("TAG:「long read」", {"tag": ("Long Read",)}, Period()),
        ("date:2022-06..2023-05", {}, YEAR),
        ("date:2022-06..2023-05 lang:ja", {"lang": ("ja",)}, YEAR),
    ],
)
def test_filters_in_the_query_are_the_same(
    engine: SearchEngine, query: str, filters: dict[str, tuple[str, ...]], published: Period
) -> None:
    expected = {a.id for a in CORPUS if allowed(a, filters, published)}
    assert expected
    assert ids(engine, text=query) == expected
    assert ids(engine, text=f"-({query})") == {article.id for article in CORPUS} - expected


def test_values_of_a_filter_that_no_article_has(engine: SearchEngine) -> None:
    assert ids(engine, text="*", filters={"source": ("nobody",)}) == set()
    assert ids(engine, text="*", filters={"source": ("South",)}) == set()
    assert ids(engine, text="*", filters={"source": ("\u200b",)}) == set()


@pytest.mark.parametrize("text", ["*", "economy", "lang:zh", "economy OR weather", "-economy"])
def test_facets_count_what_matches(engine: SearchEngine, text: str) -> None:
    page = engine.search(SearchRequest(text=text, facets=FACETS, limit=1))
    matching = [a for a in CORPUS if a.id in ids(engine, text=text)]
    expected = {
        "lang": Counter(base_language(a.language) for a in matching),
        "source": Counter(a.source for a in matching if a.source),
        "category": Counter(category for a in matching for category in a.categories),
        "author": Counter(a.author for a in matching if a.author),
    }
    for name, values in page.facets.items():
        counts = [(value.value, value.count) for value in values]
        assert dict(counts) == expected[name]
        assert counts == sorted(counts, key=lambda item: (-item[1], item[0]))
    assert set(page.facets) == set(FACETS) == set(expected)


def test_only_the_facets_asked_for_are_counted(engine: SearchEngine) -> None:
    assert engine.search(SearchRequest(text="*")).facets == {}
    assert list(engine.search(SearchRequest(text="*", facets=("source",))).facets) == ["source"]


def dates(engine: SearchEngine, **request: Any) -> list[datetime | None]:
    page = engine.search(SearchRequest(text="*", limit=100, **request))
    return [hit.article.published for hit in page.hits]


def test_sorting_by_date_puts_the_undated_last(engine: SearchEngine) -> None:
    newest, oldest = dates(engine, sort="newest"), dates(engine, sort="oldest")
    dated = sorted(a.published for a in CORPUS if a.published)
    undated = [None] * (len(CORPUS) - len(dated))
    assert oldest == [*dated, *undated]
    assert newest == [*reversed(dated), *undated]


def test_equal_scores_stand_newest_first(engine: SearchEngine) -> None:
    assert dates(engine, sort="relevance") == dates(engine, sort="newest")


def test_relevance_falls(engine: SearchEngine) -> None:
    page = engine.search(SearchRequest(text="economy growth", limit=100))
    scores = [hit.score for hit in page.hits]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1] > 0


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("size", [1, 7, 10, 44])
def test_pages_joined_are_the_whole_list(engine: SearchEngine, sort: Any, size: int) -> None:
    def page(offset: int, limit: int) -> list[str]:
        request = SearchRequest(text="growth", sort=sort, offset=offset, limit=limit)
        found = engine.search(request)
        assert (found.total, found.offset, found.limit) == (len(CORPUS), offset, limit)
        return [hit.article.id for hit in found.hits]

    whole = page(0, 100)
    assert len(set(whole)) == len(CORPUS)
    offsets = range(0, len(CORPUS), size)
    assert [id_ for offset in offsets for id_ in page(offset, size)] == whole
    assert page(len(CORPUS), 10) == page(5_000, 10) == page(0, 0) == []


def test_a_page_says_what_was_asked_and_how_exact_it_is(engine: SearchEngine) -> None:
    page = engine.search(SearchRequest(text="经济"))
    assert (page.query, page.languages, page.total_relation) == ("经济", ("zh", "ja"), "eq")
    assert page.took_ms > 0


@pytest.mark.parametrize(
    ("unit", "first_day"),
    [
        ("day", lambda day: day),
        ("week", lambda day: day - timedelta(days=day.weekday())),
        ("month", lambda day: day.replace(day=1)),
        ("year", lambda day: day.replace(month=1, day=1)),
    ],
)
def test_the_timeline_counts_by_period(
    engine: SearchEngine, unit: TimelineUnit, first_day: Any
) -> None:
    page = engine.search(SearchRequest(text="economy", timeline=unit, limit=0))
    expected = Counter(
        first_day(a.published.date()) for a in CORPUS if a.published and a.title == "Economy"
    )
    assert [(b.start, b.count) for b in page.timeline] == sorted(expected.items())


@pytest.mark.parametrize(
    ("days", "starts"),
    [
        (60, [date(2022, 1, 6), date(2022, 3, 7)]),
        (100, [date(2022, 1, 3), date(2022, 4, 11)]),
        (800, [date(2022, 1, 1), date(2024, 3, 1)]),
        (3_000, [date(2022, 1, 1), date(2030, 1, 1)]),
    ],
)
def test_an_automatic_timeline_fits_the_span(
    new_engine: NewEngine, days: int, starts: list[date]
) -> None:
    first = datetime(2022, 1, 6, 23, 59, 59, tzinfo=UTC)
    engine = new_engine(
        [
            Article(id="1", title="x", published=first),
            Article(id="2", title="x", published=first + timedelta(days=days)),
            Article(id="3", title="x"),
        ]
    )
    page = engine.search(SearchRequest(text="*", timeline="auto"))
    assert [bucket.start for bucket in page.timeline] == starts
    assert [bucket.count for bucket in page.timeline] == [1, 1]


def test_a_timeline_of_too_many_periods_counts_by_longer_ones(new_engine: NewEngine) -> None:
    first = datetime(1000, 1, 1, 12, tzinfo=UTC)
    engine = new_engine(
        Article(id=str(number), title="x", published=first + timedelta(days=731 * number))
        for number in range(501)
    )
    page = engine.search(SearchRequest(text="*", timeline="day"))
    assert page.timeline_unit == "decade"
    assert page.warnings == (WIDENED["decade"],)
    assert page.partial
    assert sum(bucket.count for bucket in page.timeline) == page.total == 501
    assert len(page.timeline) == 101
    unasked = engine.search(SearchRequest(text="*", timeline="auto"))
    assert (unasked.timeline, unasked.warnings) == (page.timeline, ())


def test_a_timeline_says_what_it_counts_by(engine: SearchEngine) -> None:
    assert engine.search(SearchRequest(text="*", timeline="week")).timeline_unit == "week"
    assert engine.search(SearchRequest(text="*")).timeline_unit is None


def test_no_timeline_unless_asked_for(engine: SearchEngine) -> None:
    assert engine.search(SearchRequest(text="*")).timeline == ()


def test_highlights_mark_what_was_found(new_engine: NewEngine) -> None:
    engine = new_engine([Article(id="1", title="廣州<開講>", body="近日在廣州開講 & more。")])
    hit = engine.search(SearchRequest(text="广州")).hits[0]
    assert hit.highlight is not None
    assert hit.highlight.title == "<mark>廣州</mark>&lt;開講&gt;"
    assert hit.highlight.body == ("近日在<mark>廣州</mark>開講 &amp; more。",)
    assert engine.search(SearchRequest(text="广州", highlight=False)).hits[0].highlight is None


def test_statistics(engine: SearchEngine) -> None:
    stats = engine.stats()
    assert stats.articles == len(CORPUS)
    assert stats.languages == {"zh": 18, "en": 9, "ja": 9, "und": 9}
    assert next(iter(stats.languages)) == "zh"
    assert stats.sources == {"South China Post": 15, "青岛财经日报": 15}
    published = [article.published for article in CORPUS if article.published]
    assert stats.oldest == f"{min(published):%Y-%m-%dT%H:%M:%SZ}"
    assert stats.newest == f"{max(published):%Y-%m-%dT%H:%M:%SZ}"
    assert stats.size_bytes > 0


def test_a_request_for_nothing_is_refused(engine: SearchEngine) -> None:
    with pytest.raises(EmptyQuery):
        engine.search(SearchRequest(text=" "))


@pytest.mark.parametrize("text", ["。。。", "🎉", '""', "()"])
def test_signs_find_nothing_and_the_page_says_why(engine: SearchEngine, text: str) -> None:
    page = engine.search(SearchRequest(text=text))
    assert (page.total, page.hits, page.total_relation) == (0, (), "eq")
    assert (page.understood, page.warnings) == ("nothing", (NO_WORDS,))


def test_a_page_says_how_the_query_was_understood(engine: SearchEngine) -> None:
    page = engine.search(SearchRequest(text='"rate cut" (', filters={"lang": ("en",)}))
    assert page.understood == '("rate cut" preferably in en AND language:en)'
