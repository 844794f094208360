"""Every engine answers alike: whatever is stored and asked, the pages are the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanbao.search.article import Article
from sanbao.search.dates import Period
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.fields import FACETS, SORTS, Sort
from sanbao.search.limits import Limits
from sanbao.search.request import TIMELINE_UNITS, SearchRequest
from sanbao.search.results import Hit, ResultPage, ScorePart
from tests.search.engines.addresses import ENGINES

WORDS = {
    "zh-Hans": ("经济", "发展", "微信公开课", "银行", "下调利率", "的", "。", "4.5亿美元"),
    "zh-Hant": ("經濟", "發展", "重慶銀行", "，", "臺灣"),
    "ja": ("経済", "日本銀行", "東京タワー", "の", "コンピュータ", "、", "利上げ。"),
    "en": ("economy", "Economies", "the", "rate", "rates", "rate cut", ".", "White House", "微信"),
}
LANGUAGES = tuple(WORDS)
TYPED = (
    *("economy", "econmy", "rate cut", "the", "rates", "White House", "econ*", "econmy~"),
    *("经济", "經濟發展", "経済", "日本銀行", "コンピュータ", "コンピュタ~", "の", "经*"),
    *('"rate cut"', "「经济发展」", '"rate economy"~3', '"the rate"~s', "4.5亿", "450 million"),
    *("title:rate", 'title:"日本"', "-rate", "-经济", "NOT の", "*", "OR", "AND", "(", ")"),
    *("lang:ja", "source:A", "category:财经", "author:b", "date:2022", "weixin"),
)
BEGINNINGS = (
    *("微", "weix", "wx", "经", "jing", "日", "nihon"),
    *("とうき", "コン", "e", "whit", "rate c"),
)
START = datetime(2022, 1, 3, 12, tzinfo=UTC)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    language = draw(st.sampled_from(LANGUAGES))
    words = st.sampled_from([*WORDS[language], *WORDS[draw(st.sampled_from(LANGUAGES))]])
    space = " " if language == "en" else ""
    days = draw(st.none() | st.sampled_from([0, 0.25, 1, 40, 800]))
    return Article(
        id="given later",
        title=space.join(draw(st.lists(words, min_size=1, max_size=3))),
        body=space.join(draw(st.lists(words, max_size=8))),
        language=language,
        source=draw(st.sampled_from([None, "A", "ａ", "财经日报"])),
        author=draw(st.sampled_from([None, "B", "記者"])),
        categories=draw(st.sampled_from([(), ("财经",), ("財經", "Tech")])),
        tags=draw(st.sampled_from([(), ("速報",), ("T", "long read")])),
        published=None if days is None else START + timedelta(days=days),
    )


def _common() -> list[Article]:
    """Of each language some articles that share their words, so that most requests find some."""
    return [
        Article(
            id="given later",
            title=" ".join(words[at : at + 2]),
            body=" ".join(words[at % 2 :]),
            language=language,
            published=START + timedelta(days=at),
        )
        for language, words in WORDS.items()
        for at in range(0, 5)
    ]


COMMON = _common()
corpora = st.lists(articles(), min_size=1, max_size=8).map(
    lambda drawn: [replace(each, id=str(n)) for n, each in enumerate([*COMMON, *drawn])]
)
sometimes = st.sampled_from([False, False, True])
requests = st.builds(
    lambda text, narrowed, filters, published, **more: SearchRequest(
        text=text,
        filters={name: any_ for name, any_ in filters.items() if any_} if narrowed else {},
        published=published if narrowed else Period(),
        explain=True,
        **more,
    ),
    text=st.lists(st.sampled_from(TYPED), min_size=1, max_size=3).map(" ".join),
    narrowed=sometimes,
    filters=st.fixed_dictionaries(
        {
            "lang": st.sampled_from([(), ("zh",), ("zh-Hant", "en"), ("ja",)]),
            "source": st.sampled_from([(), ("A",)]),
            "category": st.sampled_from([(), ("财经",)]),
            "author": st.sampled_from([(), ("b",)]),
            "tag": st.sampled_from([(), ("速报", "t")]),
        }
    ),
    published=st.sampled_from([Period(), Period(start=START + timedelta(days=1))]),
    sort=st.sampled_from(SORTS),
    recency=st.booleans(),
    facets=st.lists(st.sampled_from(FACETS), unique=True).map(tuple),
    timeline=st.none() | st.sampled_from(TIMELINE_UNITS),
)
limits = st.builds(
    Limits,
    terms_a_clause=st.sampled_from([1, 2, 1024]),
    terms_a_query=st.sampled_from([2, 4096]),
    seconds=st.just(1e6),
)

numbers = count()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agree")


def engines(
    folder: Path, *batches: Sequence[Article], limits: Limits | None = None
) -> dict[str, SearchEngine]:
    """The same articles in every engine."""
    opened = {}
    for name, addresses in ENGINES.items():
        location = addresses.new(folder, next(numbers))
        with open_writer(location) as writer:
            for batch in batches:
                for article in batch:
                    writer.add(article)
                writer.commit()
        opened[name] = open_engine(location, limits=limits or Limits(seconds=1e6))
    return opened


def assert_same_page(page: ResultPage, other: ResultPage) -> None:
    """Alike but for the order of hits whose scores and dates are the same, and the last bits of
    scores."""
    aside: Any = {"hits": (), "took_ms": 0.0}
    assert replace(page, **aside) == replace(other, **aside)
    same = {hit.article.id: hit for hit in other.hits}
    assert same.keys() == {hit.article.id for hit in page.hits}
    for hit in page.hits:
        assert_same_hit(hit, same[hit.article.id])


def assert_same_hit(hit: Hit, other: Hit) -> None:
    assert (hit.article, hit.highlight) == (other.article, other.highlight)
    assert hit.score == pytest.approx(other.score, rel=1e-9)
    for part, same in zip(parts(hit), parts(other), strict=True):
        assert (part.kind, part.label, part.frequency, part.length) == (
            *(same.kind, same.label, same.frequency, same.length),
        )
        assert figures(part) == pytest.approx(figures(same), rel=1e-9)
    assert sum(part.value for part in parts(hit)) == pytest.approx(hit.score, rel=1e-9)


def parts(hit: Hit) -> list[ScorePart]:
    assert hit.explanation is not None
    return sorted(hit.explanation, key=lambda part: (part.kind, part.label, part.value))


def figures(part: ScorePart) -> list[float]:
    return [part.value, part.weight, part.idf or 0.0, part.average_length or 0.0]


def assert_in_order(page: ResultPage, sort: Sort) -> None:
    """By score or by date; of one score newest first, and last what has no date."""
    dates = [hit.article.published for hit in page.hits]
    ages = [math.inf if date is None else -date.timestamp() for date in dates]
    if sort == "relevance":
        ranks = [(-hit.score, age) for hit, age in zip(page.hits, ages, strict=True)]
        assert ranks == sorted(ranks)
    else:
        wanted = [-age if sort == "oldest" and age < math.inf else age for age in ages]
        assert wanted == sorted(wanted)


@settings(max_examples=100)
@given(
    corpora,
    st.lists(requests, min_size=1, max_size=5),
    limits,
    st.integers(0, 28),
    st.integers(0, 8),
)
def test_pages_are_the_same(
    folder: Path,
    articles: list[Article],
    requests: list[SearchRequest],
    limits: Limits,
    cut: int,
    offset: int,
) -> None:
    first, *others = engines(folder, articles[:cut], articles[cut:], limits=limits).values()
    for request in requests:
        page = first.search(replace(request, limit=100))
        for engine in (first, *others):
            whole = engine.search(replace(request, limit=100))
            assert_same_page(whole, page)
            assert_in_order(whole, request.sort)
            part = engine.search(replace(request, limit=3, offset=offset))
            assert part.hits == whole.hits[offset : offset + 3]


@settings(max_examples=80)
@given(corpora, st.lists(st.sampled_from(BEGINNINGS), min_size=1, max_size=4, unique=True))
def test_suggestions_are_the_same(
    folder: Path, articles: list[Article], beginnings: list[str]
) -> None:
    first, *others = engines(folder, articles).values()
    for typed, languages in product(beginnings, [(), ("zh",), ("ja", "en")]):
        expected = first.suggest(typed, languages=languages)
        for engine in others:
            assert engine.suggest(typed, languages=languages) == expected


@settings(max_examples=30)
@given(corpora)
def test_what_is_stored_is_the_same(folder: Path, articles: list[Article]) -> None:
    ours = {article.id: article for article in articles}
    stats = []
    for engine in engines(folder, articles).values():
        assert {article.id: article for article in engine.articles()} == ours
        assert {id_: engine.get(id_) for id_ in ours} == ours
        stats.append(replace(engine.stats(), size_bytes=0, generation=0))
    assert stats == stats[:1] * len(stats)
