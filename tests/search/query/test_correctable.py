from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.normalize import normalize
from sanbao.search.limits import DEFAULT_LIMITS, Limits
from sanbao.search.query.correctable import query_words
from tests.growth import assert_linear
from tests.search.query.typed import queries


def words(text: str, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    normalized = normalize(text)
    return [normalized.text[run.start : run.end] for run in query_words(text, normalized, limits)]


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
        ("title:(a OR b)", ["a", "b"]),
        ('ferry -"strikke two"', ["ferry"]),
        ("ferry NOT strikke AND -title:two", ["ferry"]),
        ('-(a b) NOT ("c" OR -d) e NOT NOT f', ["e", "f"]),
        ('"rate cut"~s 「利率」～ｓｅｎｔｅｎｃｅ', ["rate", "cut", "利率"]),
        ("covid-econ* covid-econmy~1 e*mic", ["e", "mic"]),
        ("source:(a b) date:tomorow", ["a", "b"]),
        ("㎏ ｶﾞﾝ㈱ﬁx", ["kg", "ガン", "株", "fix"]),
        ("", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_what_is_passed_over_is_not_corrected() -> None:
    assert words("a b c", Limits(clauses=2)) == ["a", "b"]


@given(queries)
def test_words_are_in_order_and_apart(text: str) -> None:
    found = list(query_words(text, normalize(text)))
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(st.lists(st.sampled_from(["rate", "微信", "cut", "ｶﾞ", "㎏"]), max_size=8))
def test_plain_words_are_all_there(pieces: list[str]) -> None:
    text = " ".join(pieces)
    assert words(text) == normalize(text).text.split()
    assert words(f'"{text}"') == words(f"(({text}))") == words(text)
    assert words(f'-"{text}"') == words(f"NOT ({text})") == []


@pytest.mark.parametrize("piece", ['source:"', "author:", "-", "a*", "「"])
def test_time_grows_with_the_length_only(piece: str) -> None:
    assert_linear(words, lambda size: piece * size, 8)  # and the longest query has 1,024 characters
