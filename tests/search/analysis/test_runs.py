"""Laws of runs: every character is in one run or is white space, in linear time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.runs import Kind, has_cjk, has_kana, is_hiragana, runs, word_at
from tests.growth import assert_linear

AWKWARD = "微信公开课かなカナー々〇𠮷aé1９'’.,-–_ \u3000\t\n\r、。・！゛\ud800\u0301Яあß"
texts = st.text(st.one_of(st.sampled_from(AWKWARD), st.characters()), max_size=40)


def shape(text: str) -> list[str]:
    """The runs as text, breaks as ``|``."""
    found = runs(text)
    return ["|" if run.kind is Kind.BREAK else text[run.start : run.end] for run in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("微信Pay，开始", ["微信", "pay", "|", "开始"]),
        ("covid-19 vaccine", ["covid", "19", "vaccine"]),
        ("中-国", ["中", "国"]),
        ("a -b", ["a", "b"]),
        ("a- b", ["a", "|", "b"]),
        ("wechat's team", ["wechat's", "team"]),
        ("wechat’s", ["wechat’s"]),
        ("'quoted'", ["|", "quoted", "|"]),
        ("3.14, 1,000 and u.s.", ["3.14", "|", "1,000", "and", "u", "|", "s", "|"]),
        ("1,2a", ["1,2a"]),
        ("one.two", ["one", "|", "two"]),
        ("第3回", ["第", "3", "回"]),
        ("ラーメン・屋", ["ラーメン", "|", "屋"]),
        ("人々、𠮷野家", ["人々", "|", "𠮷野家"]),
        ("東京 大阪", ["東京", "大阪"]),
        ("line\nline", ["line", "|", "line"]),
        ("end.” “Next", ["end", "|", "next"]),
        ("终。 \n 始", ["终", "|", "始"]),
        ("snake_case", ["snake", "|", "case"]),
        ("привет мир", ["привет", "мир"]),
        ("a\ud800b", ["a", "|", "b"]),
        (" \t ", []),
        ("…", ["|"]),
        ("", []),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert shape(text.lower()) == expected


@given(texts)
def test_runs_stand_in_order_and_leave_out_only_white_space_and_hyphens(text: str) -> None:
    end = 0
    for run in runs(text):
        assert run.start >= end
        assert run.end > run.start
        assert not text[end : run.start].replace("-", "").strip()
        assert "\n" not in text[end : run.start]
        end = run.end
    assert not text[end:].replace("-", "").strip()


@given(texts)
def test_each_run_is_of_one_kind(text: str) -> None:
    for run in runs(text):
        piece = text[run.start : run.end]
        if run.kind is Kind.CJK:
            assert all(map(has_cjk, piece))
        elif run.kind is Kind.WORD:
            assert not has_cjk(piece)
            assert piece[0].isalnum() and piece[-1].isalnum()
        else:
            assert not any(c.isalnum() for c in piece)


@given(texts)
def test_neighbours_differ_or_something_stands_between_them(text: str) -> None:
    found = list(runs(text))
    for a, b in pairwise(found):
        assert (a.kind, b.kind) != (Kind.BREAK, Kind.BREAK), "much punctuation is one break"
        assert a.kind is not b.kind or b.start > a.end


@pytest.mark.parametrize(
    "piece", ["a", "a'", "1.", "1,", "-", "-a", "- ", ". ", ".-", " ", "\n ", "微", "_", "'", "１"]
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    assert_linear(lambda text: list(runs(text)), lambda size: piece * size, 10_000)


def test_what_a_text_is_made_of() -> None:
    assert has_cjk("abc微") and has_cjk("ア") and not has_cjk("abc、")
    assert has_kana("国の") and not has_kana("国")
    assert is_hiragana("らーめん") and not is_hiragana("らメン")


@given(texts)
def test_a_word_is_found_where_one_starts_and_nowhere_else(text: str) -> None:
    starting = {run.start: run for run in runs(text) if run.kind is Kind.WORD}
    assert {place: word_at(text, place) for place in starting} == starting
    others = set(range(len(text))) - set(starting)
    assert not any(word_at(text, place) for place in others)
