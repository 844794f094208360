from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.normalize import normalize
from sanbao.search.query.correctable import query_words
from tests.growth import assert_linear


def words(text: str) -> list[str]:
    normalized = normalize(text).text
    return [normalized[run.start : run.end] for run in query_words(normalized)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rate cut", ["rate", "cut"]),
        ('"rate cut"~5 微信Pay', ["rate", "cut", "微信", "pay"]),
        ("rate -cut", ["rate"]),
        ("rate－cut covid-19", ["rate", "cut", "covid", "19"]),
        ("econ* econmy~ ＊ word＊", []),
        ('source:日报 author:"Lin Mei" category:「国际 新闻」 lang:en date:2022-01', []),
        ("ＴＩＴＬＥ：熊本", ["熊本"]),
        ("title:(a OR b)", ["a", "or", "b"]),
        ("", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(st.text('ab微:"-*~ source「」()', max_size=30))
def test_words_are_in_order_and_apart(text: str) -> None:
    normalized = normalize(text).text
    found = list(query_words(normalized))
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize("piece", ['source:"', "author:", "-", "a*", "「"])
def test_time_grows_with_the_length_only(piece: str) -> None:
    assert_linear(words, lambda size: piece * size, 8)  # and the longest query has 1,024 characters
