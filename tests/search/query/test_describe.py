"""How a query is told to people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.errors import InvalidRequest
from sanbao.search.query.describe import describe
from sanbao.search.query.understanding import query_of
from sanbao.search.request import SearchRequest


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("*", "*"),
        ("rate cuts", "50% of [grams:rate|words:rate, grams:cuts|words:cut] preferably in en"),
        ("title:rate", "all of [grams:rate|words:rate] in title preferably in en"),
        ('"rate cut"', '"rate cut" preferably in en'),
        ('title:"rate cut"', '"rate cut" in title preferably in en'),
        ("econ*", '"econ*" preferably in en'),
        ('"rate cut"~5', '["rate", "cut"] within 5 preferably in en'),
        ("経済", "all of [grams:经济|words:经济] preferably in ja"),
        ("source:Bank -lang:ja", "(NOT language:ja AND source:bank)"),
        ("lang:ja lang:zh", "(language:ja OR language:zh)"),
        ("date:2022-01", "published:2022-01-01T00:00:00Z..2022-02-01T00:00:00Z"),
        ("date:2022-01..", "published:2022-01-01T00:00:00Z.."),
    ],
)
def test_a_query_on_one_line(text: str, description: str) -> None:
    assert describe(query_of(SearchRequest(text=text))) == description


def test_what_adds_and_need_not_match_stands_apart() -> None:
    described = describe(query_of(SearchRequest(text="経済の成長")))
    assert described.startswith("50% of [grams:经济|words:经济, grams:成长|words:成长")
    needed, also = described.split("; also ")
    assert "grams:济の" in also
    assert "grams:济の" not in needed


def test_filters_of_the_request_are_part_of_it() -> None:
    request = SearchRequest(text="rate", filters={"source": ("A", "B")})
    assert describe(query_of(request)).endswith(" AND (source:a OR source:b))")


@given(st.text(alphabet='ab渡経"「」()-:~* 0.|&ANDORT', max_size=40))
def test_every_query_can_be_described(text: str) -> None:
    try:
        query = query_of(SearchRequest(text=text))
    except InvalidRequest:
        return
    described = describe(query)
    assert described
    assert "\n" not in described
