from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.pinyin import may_be, may_be_initials, syllables, without_tones
from tests.growth import assert_linear


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("微信", "wei xin"),
        ("公开课", "gong kai ke"),
        ("重庆", "chong qing"),
        ("银行行长", "yin hang hang zhang"),
        ("绿色", "lv se"),
        ("重庆市长", "chong qing shi zhang"),
    ],
)
def test_syllables(word: str, read: str) -> None:
    assert syllables(word) == tuple(read.split())


@pytest.mark.parametrize("word", ["", "かな", "微x", "々", "\U0002f9ff"])
def test_what_cannot_be_read_has_no_syllables(word: str) -> None:
    assert syllables(word) == ()


@given(st.text("微信公开课重庆银行行长绿女略二儿啊哦呣嗯哼", max_size=8))
def test_a_character_has_a_syllable_and_whatever_was_read_may_be_pinyin(word: str) -> None:
    read = syllables(word)
    assert len(read) in (0, len(word))
    if read and not {"呣", "嗯", "哼"}.intersection(word):
        assert may_be("".join(read))
        assert may_be_initials("".join(each[0] for each in read)) == (len(read) > 1)


@pytest.mark.parametrize("word", ["", "world", "tokyo", "straits", "jquery", "kyoto"])
def test_what_is_no_pinyin_may_not_be(word: str) -> None:
    assert not may_be(word)


@pytest.mark.parametrize("word", ["", "w", "weixin", "uk", "x?"])
def test_what_are_no_initials_may_not_be(word: str) -> None:
    assert not may_be_initials(word)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("wei1xin4", "weixin"), ("wei1xin", "weixin"), ("covid19", "covid19"), ("2022", "2022")],
)
def test_tones(typed: str, plain: str) -> None:
    assert without_tones(typed) == plain


@pytest.mark.parametrize("piece", ["a", "ao", "n1", "zh", "1"])
def test_time_grows_with_the_length_only(piece: str) -> None:
    def read(text: str) -> None:
        may_be(text)
        without_tones(text)

    assert_linear(read, lambda size: piece * size + "!", 3_000)
