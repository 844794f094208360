"""The JSON contract of a page of results."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from sanbao.search.article import Article
from sanbao.search.results import (
    Explanation,
    FacetValue,
    Highlight,
    Hit,
    IndexStats,
    ResultPage,
    ScorePart,
    TextMatching,
    TimelineBucket,
    WeighedUnit,
)

ARTICLE = Article(
    id="a1",
    title="2022微信公开课开讲",
    body="正文",
    language="zh-Hans",
    url="https://example.org/a1",
    source="青岛财经日报",
    author="记者",
    published=datetime(2022, 1, 10, 1, 37, 29, tzinfo=UTC),
    updated=datetime(2022, 1, 11, tzinfo=UTC),
    categories=("财经",),
    tags=("微信",),
    image="https://example.org/a1.png",
)


def test_a_full_page() -> None:
    highlight = Highlight("2022<mark>微信公开课</mark>开讲", ("正文",))
    page = ResultPage(
        query="微信公开课",
        understood="grams:微信",
        languages=("zh", "ja"),
        total=3,
        offset=0,
        limit=10,
        took_ms=1.23456,
        hits=(Hit(ARTICLE, 13.23456789, highlight),),
        facets={"lang": (FacetValue("zh", 3),)},
        timeline=(TimelineBucket(date(2022, 1, 6), 1),),
        timeline_unit="day",
    )
    found = page.to_dict()
    assert found == {
        "query": "微信公开课",
        "understood": "grams:微信",
        "languages": ["zh", "ja"],
        "total": 3,
        "total_relation": "eq",
        "offset": 0,
        "limit": 10,
        "took_ms": 1.23,
        "suggestion": None,
        "hits": [
            {
                "id": "a1",
                "score": 13.2346,
                "language": "zh-Hans",
                "title": "2022微信公开课开讲",
                "url": "https://example.org/a1",
                "source": "青岛财经日报",
                "author": "记者",
                "published": "2022-01-10T01:37:29Z",
                "categories": ["财经"],
                "tags": ["微信"],
                "image": "https://example.org/a1.png",
                "highlight": {"title": "2022<mark>微信公开课</mark>开讲", "body": ["正文"]},
                "explanation": None,
            }
        ],
        "facets": {"lang": [{"value": "zh", "count": 3}]},
        "timeline": [{"date": "2022-01-06", "count": 1}],
        "timeline_unit": "day",
        "explain": None,
        "partial": False,
        "warnings": [],
    }
    assert json.loads(json.dumps(found)) == found


def test_an_empty_page_has_every_key() -> None:
    page = ResultPage(
        query="x", understood="x", languages=(), total=0, offset=0, limit=10, took_ms=0.0, hits=()
    )
    assert page.to_dict() == {
        "query": "x",
        "understood": "x",
        "languages": [],
        "total": 0,
        "total_relation": "eq",
        "offset": 0,
        "limit": 10,
        "took_ms": 0.0,
        "suggestion": None,
        "hits": [],
        "facets": {},
        "timeline": [],
        "timeline_unit": None,
        "explain": None,
        "partial": False,
        "warnings": [],
    }


def test_a_hit_of_a_bare_article_has_nulls() -> None:
    found = Hit(Article(id="1", title="x"), 0.0).to_dict()
    assert found == {
        "id": "1",
        "score": 0.0,
        "language": "und",
        "title": "x",
        "url": None,
        "source": None,
        "author": None,
        "published": None,
        "categories": [],
        "tags": [],
        "image": None,
        "highlight": None,
        "explanation": None,
    }


def test_a_page_explained() -> None:
    term = ScorePart(
        kind="term",
        label="text_words:经济",
        value=1.5,
        weight=1.0,
        idf=2.25,
        frequency=3,
        length=40,
        average_length=50.5,
    )
    date = ScorePart(kind="recency", label="published:2022-01-10", value=0.25, weight=0.5)
    matching = TextMatching((WeighedUnit(("grams:经济", "words:经济"), 15),), 15)
    page = ResultPage(
        query="经济",
        understood="经济",
        languages=("zh",),
        total=1,
        offset=0,
        limit=10,
        took_ms=1.0,
        hits=(Hit(ARTICLE, 1.75, explanation=(term, date)),),
        explanation=Explanation("all of [grams:经济|words:经济]", (matching,)),
    )
    found = json.loads(json.dumps(page.to_dict()))
    assert found["explain"] == {
        "query": "all of [grams:经济|words:经济]",
        "matching": [
            {"units": [{"terms": ["grams:经济", "words:经济"], "weight": 15}], "needed": 15}
        ],
    }
    nothing = dict.fromkeys(("idf", "frequency", "length", "average_length"))
    assert found["hits"][0]["explanation"] == {
        "score": 1.75,
        "parts": [
            {
                "kind": "term",
                "label": "text_words:经济",
                "value": 1.5,
                "weight": 1.0,
                "idf": 2.25,
                "frequency": 3,
                "length": 40,
                "average_length": 50.5,
            },
            {
                "kind": "recency",
                "label": "published:2022-01-10",
                "value": 0.25,
                "weight": 0.5,
                **nothing,
            },
        ],
    }


def test_statistics() -> None:
    stats = IndexStats(
        articles=2,
        languages={"zh": 1, "ja": 1},
        sources={"a": 2},
        source_count=1,
        oldest=None,
        newest="2022-01-10T01:37:29Z",
        size_bytes=10,
        generation=3,
    )
    assert list(stats.to_dict().items()) == [
        ("articles", 2),
        ("languages", {"zh": 1, "ja": 1}),
        ("sources", {"a": 2}),
        ("source_count", 1),
        ("oldest", None),
        ("newest", "2022-01-10T01:37:29Z"),
        ("size_bytes", 10),
        ("generation", 3),
    ]
