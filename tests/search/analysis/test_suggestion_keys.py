from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.readings import letters, read, script_of
from sanbao.search.analysis.suggestion_keys import (
    LONGEST_START,
    SEPARATOR,
    Spelling,
    reading_key,
    title_keys,
    typed_spellings,
)
from sanbao.search.article import LANGUAGES

MIXED = st.text(
    "微信公開课課経済のとトー東京都ｶﾞAaé1 ,「」\u3099\u0301\U00020000\ud800漢", max_size=30
)


def reads(title: str, language: str) -> set[str]:
    return set(title_keys(title, language).readings)


def test_a_chinese_title() -> None:
    keys = title_keys("2022微信公開課", "zh-Hant")
    assert keys.start == ["2022微信公开课"]
    assert keys.readings == [
        f"pweixin{SEPARATOR}微信",
        f"iwx{SEPARATOR}微信",
        f"pgongkaike{SEPARATOR}公开课",
        f"igkk{SEPARATOR}公开课",
    ]


def test_a_japanese_title() -> None:
    keys = title_keys("東京で新聞を読む iPhone", "ja")
    assert keys.start == ["东京で新闻を読むiphone"[:LONGEST_START].replace("読", "读")]
    assert {f"rtokyo{SEPARATOR}东京", f"rsinbun{SEPARATOR}新闻"} <= set(keys.readings)
    assert all(key.startswith("r") for key in keys.readings)


def test_titles_are_read_in_their_own_language() -> None:
    assert reads("東京", "ja") == {f"rtokyo{SEPARATOR}东京"}
    assert reads("東京", "zh-Hant") == {f"pdongjing{SEPARATOR}东京", f"idj{SEPARATOR}东京"}


def test_an_english_title_has_no_readings() -> None:
    assert title_keys("Café Noir, a RATE cut", "en") == (["cafenoirarat"], [])


def test_a_title_without_letters_has_no_keys() -> None:
    assert title_keys("「…」 !", "und") == ([], [])


@pytest.mark.parametrize(
    ("typed", "spelling", "found"),
    [
        ("weixin", Spelling.PINYIN, "weixin"),
        ("WeiXin", Spelling.PINYIN, "weixin"),
        ("ｗｅｉｘｉｎ", Spelling.PINYIN, "weixin"),
        ("wei xin", Spelling.PINYIN, "weixin"),
        ("wei1xin4", Spelling.PINYIN, "weixin"),
        ("wēixìn", Spelling.PINYIN, "weixin"),
        ("we\u0304ixi\u0300n", Spelling.PINYIN, "weixin"),
        ("lǜse", Spelling.PINYIN, "lvse"),
        ("xi'an", Spelling.PINYIN, "xian"),
        ("微信gong", Spelling.PINYIN, "weixingong"),
        ("wxgkk", Spelling.INITIALS, "wxgkk"),
        ("とうきょう", Spelling.ROMAJI, "tokyo"),
        ("ﾄｳｷｮｳ", Spelling.ROMAJI, "tokyo"),
        ("tōkyō", Spelling.ROMAJI, "tokyo"),
        ("とうk", Spelling.ROMAJI, "tok"),
        ("東京to", Spelling.ROMAJI, "tokyoto"),
    ],
)
def test_typed(typed: str, spelling: Spelling, found: str) -> None:
    assert typed_spellings(typed)[spelling] == (found,)


@pytest.mark.parametrize("typed", ["", " ", "微信", "?!", "\ud800", "\x00", "\u3099", "ῼ", "ß漢"])
def test_what_is_no_reading_has_no_spelling(typed: str) -> None:
    assert typed_spellings(typed) == {}


@given(MIXED, st.sampled_from(LANGUAGES))
def test_words_of_any_title_are_side_by_side_and_in_its_keys(title: str, language: str) -> None:
    keys = title_keys(title, language)
    assert all(len(key) <= LONGEST_START for key in keys.start)
    text = normalize(title).text
    script = script_of(text, language)
    words = read(text, script) if script else []
    assert all(one.end <= other.start for one, other in pairwise(words))
    known = {key.partition(SEPARATOR)[2] for key in keys.readings}
    assert known <= {word.text for word in words}
    assert all(reading_key(Spelling(key[0]), "")[:1] == key[0] for key in keys.readings)


@given(st.text(max_size=30))
def test_any_text_can_be_typed(typed: str) -> None:
    for spelled in typed_spellings(typed).values():
        assert all(each.encode() for each in spelled)
    assert all(map(str.isalnum, letters(typed)))
