"""Japanese words. The expected ones belong to unidic-lite 1.0.8 (UniDic 2.1.2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import unidic_lite
from fugashi import Tagger
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.japanese import JapaneseWord, fingerprint, tokenize

japanese_text = st.text(
    st.sampled_from("東京都知事は選挙の経済政策をサーバーで食べた。、「」 　\n12ab𠮷々ーっ"),
    max_size=60,
)


def bases(text: str) -> list[str]:
    return [word.base for word in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("サーバーを直した。", ["サーバー", "直す"]),
        ("東京都知事", ["東京", "都", "知事"]),
        ("石破茂首相は", ["石破", "茂", "首相"]),
        ("食べられなかった", ["食べる"]),
        ("不可能と可能性", ["不", "可能", "可能", "性"]),
        ("第三回で20人", ["第", "三", "回", "20", "人"]),
        ("五百円", ["五百", "円"]),
        ("打合せと打ち合わせ", ["打ち合わせ", "打ち合わせ"]),
        ("𠮷野家", ["𠮷", "野家"]),
        ("。、！", []),
        (" \n　", []),
        ("", []),
    ],
)
def test_bases(text: str, expected: list[str]) -> None:
    assert bases(text) == expected


def test_offsets_count_the_white_space_that_mecab_skips() -> None:
    assert tokenize("食べた\n\n  東京") == [
        JapaneseWord("食べる", 0, 2, "食べ"),
        JapaneseWord("東京", 7, 9, "東京"),
    ]


@given(japanese_text)
def test_words_stand_where_they_say(text: str) -> None:
    end = 0
    for word in tokenize(text):
        assert text[word.start : word.end] == word.surface
        assert word.surface
        assert word.base
        assert word.start >= end
        end = word.end


@given(japanese_text)
def test_the_words_are_those_of_the_node_interface(text: str) -> None:
    """Reading MeCab's formatted lines gives what its nodes, read one by one, give."""
    surfaces = [
        node.surface
        for node in Tagger(f'-d "{unidic_lite.DICDIR}"')(text)
        if node.feature.pos1 not in ("助詞", "助動詞") and any(map(str.isalnum, node.surface))
    ]
    assert [word.surface for word in tokenize(text)] == surfaces


def test_threads_get_the_words_that_one_thread_gets() -> None:
    texts = [
        f"{i}番目の選挙で東京都知事がサーバーを直し、経済政策を語った。" * 3 for i in range(400)
    ]
    expected = [tokenize(text) for text in texts]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(tokenize, texts)) == expected


def test_fingerprint_names_tagger_and_dictionary() -> None:
    assert fingerprint() == "2 fugashi-1.5.2 unidic-lite-1.0.8"
