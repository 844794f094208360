from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.romaji import beginnings, kana_to_latin, may_be, one_spelling

KANA = st.text("".join(map(chr, (*range(0x3041, 0x3097), *range(0x30A1, 0x30F7), 0x30FC))))
LATIN = st.text("abcdefghijklmnopqrstuvwxyz'", max_size=12)


@pytest.mark.parametrize(
    "ways",
    [
        "とうきょう トウキョウ トーキョー toukyou tokyo tookyoo toukyo",
        "しんぶん シンブン shinbun sinbun shimbun sinnbunn shin'bun",
        "にほん にっぽん nihon nippon",
        "ちゅうごく chuugoku chugoku tyuugoku tyugoku",
        "つづく tsuzuku tuzuku tuduku",
        "じゅうしょ ジュウショ juusho jusho zyuusyo jyuusyo",
        "まっちゃ matcha maccha mattya",
        "ふじさん fujisan huzisan",
        "ヴァイオリン バイオリン vaiorin baiorin",
        "パーティー paatii pati",
        "ファッション fasshon fassyon",
        "チェック chekku tyekku",
        "シェア shea syea",
    ],
)
def test_ways_to_type_the_same_have_one_spelling(ways: str) -> None:
    assert len({one_spelling(kana_to_latin(way)) for way in ways.split()}) == 1


def test_other_words_keep_apart() -> None:
    words = "かき がき かぎ けき きき ここ こうか かった かた さか しゃか".split()
    assert len({one_spelling(kana_to_latin(word)) for word in words}) == len(words)


@pytest.mark.parametrize("word", ["shinbun", "chuugoku", "tsuzuku", "juusho", "fujisan", "matcha"])
def test_every_beginning_of_a_typed_word_finds_it(word: str) -> None:
    whole = one_spelling(word)
    for length in range(1, len(word) + 1):
        assert any(whole.startswith(each) for each in beginnings(word[:length])), word[:length]


@given(KANA)
def test_kana_becomes_letters_and_bars(text: str) -> None:
    assert set(kana_to_latin(text)) <= set("abcdefghijklmnopqrstuvwxyzー")


@given(LATIN)
def test_one_spelling_is_letters_alone(latin: str) -> None:
    assert all(map(str.isalnum, one_spelling(latin)))


@pytest.mark.parametrize("kana", ["きょうと", "がっこう", "しんあい", "ちゃんぽん", "ぎゅうにゅう"])
def test_what_is_romaji_may_be(kana: str) -> None:
    assert may_be(kana_to_latin(kana))


@pytest.mark.parametrize("word", ["", "weixin", "world", "strength", "qingdao"])
def test_what_is_not_romaji_may_not_be(word: str) -> None:
    assert not may_be(word)
