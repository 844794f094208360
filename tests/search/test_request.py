"""The request: each limit, and what the message says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sanbao.search.dates import Period
from sanbao.search.errors import InvalidRequest
from sanbao.search.fields import FACETS
from sanbao.search.request import MAX_LIMIT, MAX_WINDOW, SearchRequest

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "values",
    [
        {"limit": 0},
        {"limit": MAX_LIMIT, "offset": MAX_WINDOW - MAX_LIMIT},
        {"filters": {"lang": ("zh", "zh-Hans", "zh-Hant", "ja", "en", "und")}},
        {"facets": FACETS},
        {"timeline": "auto"},
        {"sort": "oldest"},
    ],
)
def test_what_is_allowed(values: dict[str, Any]) -> None:
    SearchRequest(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"text": "\ud800"}, "q: holds half a character"),
        ({"filters": {"source": ("\udcff",)}}, "source: holds half a character"),
        ({"filters": {"category": ("\ud800",)}}, "category: holds half a character"),
        ({"filters": {"author": ("a", "\ud800")}}, "author: holds half a character"),
        ({"filters": {"lang": ("zh", "fr")}}, "lang: 'fr' is none of zh, zh-Hans, zh-Hant, ja,"),
        ({"filters": {"tag": "strike"}}, "tag: must be several texts, not one"),
        ({"filters": {"mood": ("a",)}}, "mood: is no filter; known are lang, source, category,"),
        ({"sort": "random"}, "sort: 'random' is none of relevance, newest, oldest"),
        ({"facets": ("tag",)}, "facets: 'tag' is none of lang, source, category, author"),
        ({"timeline": "hour"}, "timeline: 'hour' is none of auto, day, week, month, year"),
        ({"limit": -1}, "limit: must be between 0 and 100, is -1"),
        ({"limit": 101}, "limit: must be between 0 and 100, is 101"),
        ({"offset": -1}, "offset: must not be negative, is -1"),
        ({"offset": 9_991, "limit": 10}, "offset: offset + limit must be at most 10000"),
    ],
)
def test_what_is_not_allowed_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        SearchRequest(**values)
    assert str(caught.value).startswith(message)


def test_parameters_become_a_request() -> None:
    request = SearchRequest.from_params(
        q="微信",
        lang=("zh",),
        source=("a",),
        category=(),
        author=("c", "d"),
        from_="2022-01",
        to="2022-02",
        sort="newest",
        limit=5,
        offset=10,
        facets=("lang",),
        timeline="week",
        highlight=False,
        recency=False,
        explain=True,
        now=NOW,
    )
    assert request == SearchRequest(
        text="微信",
        filters={"lang": ("zh",), "source": ("a",), "author": ("c", "d")},
        published=Period(datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 3, 1, tzinfo=UTC)),
        sort="newest",
        limit=5,
        offset=10,
        facets=("lang",),
        timeline="week",
        highlight=False,
        recency=False,
        explain=True,
    )


def test_no_parameters_are_the_defaults() -> None:
    assert SearchRequest.from_params() == SearchRequest()
    assert SearchRequest.from_params(from_="", to="").published == Period()


def test_blank_values_of_a_filter_are_none() -> None:
    given = SearchRequest.from_params(q="x", tag=("", " "), source=(" a ",), lang=("ja, zh", ""))
    assert given.filters == {"source": ("a",), "lang": ("ja", "zh")}
    with pytest.raises(InvalidRequest, match="mood: is no filter"):
        SearchRequest.from_params(mood=())


def test_ages_are_ends_too() -> None:
    request = SearchRequest.from_params(from_="7d", to="24h", now=NOW)
    assert request.published == Period(
        datetime(2026, 2, 22, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("values", "parameter", "reason"),
    [
        ({"from_": "soon"}, "from", "'soon' is not a date"),
        ({"to": "2022-13"}, "to", "there is no date"),
        ({"from_": "2022-02", "to": "2022-01"}, "to", "'2022-01' is before from='2022-02'"),
        ({"from_": "24h", "to": "7d"}, "to", "'7d' is before from='24h'"),
    ],
)
def test_dates_that_cannot_be_are_named(
    values: dict[str, Any], parameter: str, reason: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        SearchRequest.from_params(**values, now=NOW)
    assert caught.value.parameter == parameter
    assert reason in caught.value.reason
