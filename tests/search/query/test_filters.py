"""The filters of a request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sanbao.search.dates import Period
from sanbao.search.errors import QueryTooLarge
from sanbao.search.fields import FILTERS_BY_NAME
from sanbao.search.query.understanding import query_of
from sanbao.search.request import SearchRequest
from tests.search.query.shapes import shape


@pytest.mark.parametrize("name", FILTERS_BY_NAME)
def test_a_filter_may_only_have_so_many_values(name: str) -> None:
    def request(count: int) -> SearchRequest:
        return SearchRequest(text="rate", filters={name: ("ja",) * count})

    assert query_of(request(256))
    with pytest.raises(QueryTooLarge, match=f"{name}: has 257 values, at most 256 are allowed"):
        query_of(request(257))


def test_the_value_of_a_filter_may_only_be_so_long() -> None:
    assert query_of(SearchRequest(text="rate", filters={"source": ("x" * 1024,)}))
    with pytest.raises(QueryTooLarge, match="source: has 1025 characters"):
        query_of(SearchRequest(text="rate", filters={"source": ("x" * 1025,)}))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            SearchRequest(text="x1", filters={"lang": ("zh", "ja")}),
            "and([x1], or(language=zh, language=ja))",
        ),
        (SearchRequest(text="", filters={"source": ("Ａ 報",)}), "and(*, source=a 报)"),
        (SearchRequest(text="*", filters={"author": ("x",)}), "and(*, author=x)"),
        (
            SearchRequest(
                text="x1",
                filters={"category": ("财经",), "tag": ("Ｂ", "c")},
                published=Period(datetime(2022, 1, 1, tzinfo=UTC), None),
            ),
            "and([x1], category=财经, or(tag=b, tag=c), date=2022-01-01..)",
        ),
        (SearchRequest(text="x1"), "[x1]"),
    ],
)
def test_the_filters_of_a_request_all_hold(request_: SearchRequest, expected: str) -> None:
    assert shape(query_of(request_)) == expected
