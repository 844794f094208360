"""Quantities: the same word for the same number, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.quantities import quantities


def found(text: str) -> list[tuple[str, str]]:
    """The words for the quantities of a text, and where each stands."""
    folded = fold(normalize(text).text)
    return [(term, folded[start:end]) for term, start, end in quantities(folded)]


@pytest.mark.parametrize(
    ("texts", "term"),
    [
        (
            ("4.5亿", "4億5000万", "450 million", "0.45 billion", "四亿五千万", "４．５億"),
            "450000000",
        ),
        (("1.2兆", "1.2 trillion", "1,200bn"), "1200000000000"),
        (("百万", "100萬", "1 million"), "1000000"),
        (("二十三", "二三"), "23"),
        (("1979年", "昭和54年", "一九七九年", "昭和五十四年"), "1979年"),
        (("平成元年", "1989年", "平成1年"), "1989年"),
        (("民國100年", "2011年"), "2011年"),
        (("第十六回", "第16回", "the 16th"), "第16"),
        (("45%", "４５％", "百分之四十五", "4割5分", "45 percent", "45パーセント"), "45%"),
        (("三割", "30 per cent"), "30%"),
        (("三十五議席", "35议席"), "35议"),
    ],
)
def test_one_word_for_one_quantity(texts: tuple[str, ...], term: str) -> None:
    for text in texts:
        assert term in [word for word, _ in found(text)], text


@pytest.mark.parametrize(
    "text",
    ["450000000", "450,000,000", "3.14", "covid-19", "5G", "1,2,3", "一个", "一些", "万一", "十"],
)
def test_what_is_written_plainly_or_counts_nothing_has_no_other_word(text: str) -> None:
    assert found(text) == []


def test_a_word_stands_where_its_quantity_does() -> None:
    assert found("达4.5亿元, 比第十六次多45%") == [
        ("450000000元", "4.5亿元"),
        ("450000000", "4.5亿元"),
        ("第16", "第十六次"),
        ("16", "第十六次"),
        ("45%", "45%"),
    ]


@pytest.mark.parametrize(
    "text", ["9" * 5000, "九" * 5000, "1," * 3000, "万亿" * 3000, "1万" * 3000]
)
def test_numbers_without_end_are_passed_over(text: str) -> None:
    assert found(text) == []


@given(
    st.text(
        alphabet="0123456789.,%〇一二十百千万亿兆第年元割分 昭和平成百分之thmilonb", max_size=40
    )
)
def test_any_text_has_quantities_inside_it(text: str) -> None:
    folded = fold(normalize(text).text)
    for term, start, end in quantities(folded):
        assert term and 0 <= start < end <= len(folded)


@given(st.integers(1, 10**12))
def test_digits_with_commas_or_in_ten_thousands_are_the_same(number: int) -> None:
    upper, lower = divmod(number, 10_000)
    for text in (f"{upper}万{lower or ''}", f"{number / 10_000:.4f}万"):
        if upper:
            assert str(number) in [word for word, _ in found(text)]
