"""Laws of normalization: one form, and a true map back to the original characters."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.normalize import LONGEST_EXPANSION, normalize
from tests.growth import assert_linear

INVISIBLE = (
    "\u1160\u3164\uffa0\ufff9\U0001d173\u00ad\u034f\u200b\u200d\u200e\u2060\ufe0f\ufeff\U000e0100"
)
AWKWARD = (
    "aAzÀéßŉİıſΣσςΐᾳᾼǅﬁ①㌍㍿…‥.'’１Ａ，。「」ｶｷﾞﾟﾊｰヴウがかば゚漢國𠮷𨨏龜切ﾡￂ가각ㄱㅏ"
    "\u1100\u1161\u11a8\u09c7\u09be\u09cb𝐀🇯🇵👨👩\t\n \u3000\xa0-_"
    "\u0301\u0316\u0308\u0345\u3099\u309a\ud800\udfff\x00\x1f" + INVISIBLE
)
texts = st.text(st.one_of(st.sampled_from(AWKWARD), st.characters()), max_size=30)


def slow_twin(text: str) -> str:
    """What ``normalize`` promises, by Unicode's own means on the whole text at once."""
    seen = "".join(c for c in text if not is_invisible(c)).replace("…", ".")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return "".join(c for c in folded if not is_invisible(c))


def is_invisible(character: str) -> bool:
    code = ord(character)
    return character in "\u00ad\u034f\u061c\ufeff" or any(
        first <= code <= last
        for first, last in (
            (0x115F, 0x1160),
            (0x17B4, 0x17B5),
            (0x180B, 0x180F),
            (0x200B, 0x200F),
            (0x202A, 0x202E),
            (0x2060, 0x206F),
            (0x3164, 0x3164),
            (0xFE00, 0xFE0F),
            (0xFFA0, 0xFFA0),
            (0xFFF0, 0xFFFB),
            (0x1BCA0, 0x1BCA3),
            (0x1D173, 0x1D17A),
            (0xE0000, 0xE0FFF),
        )
    )


@given(texts)
def test_equals_the_slow_twin(text: str) -> None:
    assert normalize(text).text == slow_twin(text)


@given(texts)
def test_normalized_text_is_not_changed_again(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


def test_every_single_character_equals_the_slow_twin_and_stays() -> None:
    planes_with_variants = (*range(0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE1000))
    for code in planes_with_variants:
        once = normalize(chr(code)).text
        assert once == slow_twin(chr(code)), hex(code)
        assert normalize(once).text == once, hex(code)


@given(texts)
def test_composed_and_decomposed_text_are_the_same(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert normalize(composed).text == normalize(decomposed).text


@given(texts)
def test_places_map_back_in_order_and_within_the_text(text: str) -> None:
    normalized = normalize(text)
    spans = [normalized.original_span(i, i + 1) for i in range(len(normalized.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert all(a == b or a[1] <= b[0] for a, b in pairwise(spans))


@given(texts, st.data())
def test_the_original_behind_a_place_normalizes_to_what_stands_there(
    text: str, data: st.DataObject
) -> None:
    normalized = normalize(text)
    if not normalized.text:
        return
    start = data.draw(st.integers(0, len(normalized.text) - 1))
    end = data.draw(st.integers(start + 1, len(normalized.text)))
    first, last = normalized.original_span(start, end)
    assert normalized.text[start:end] in normalize(text[first:last]).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("ｶﾞｷﾞｸﾞﾊﾟｰﾃｨｰ", "ガギグパーティー"),
        ("か\u3099", "が"),
        ("カ\u200bﾞ", "ガ"),
        ("Straße", "strasse"),
        ("e\u0301cole École", "école école"),
        ("微\u200b信\ufeff", "微信"),
        ("re\u00adcord", "record"),
        ("㌍①㍿", "カロリー1株式会社"),
        ("待って……", "待って.."),
        ("𠮷野家 𨨏", "𠮷野家 𨨏"),
        ("\ufa19", "神"),
        ("a\ud800b", "a\ud800b"),
        ("葛\U000e0100城", "葛城"),
        ("", ""),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert normalize(text).text == expected


def test_a_letter_keeps_the_place_of_its_separate_accent() -> None:
    normalized = normalize("x e\u0301cole")
    assert normalized.text == "x école"
    assert normalized.original_span(2, 3) == (2, 4)
    assert normalized.original_span(2, 7) == (2, 8)


def test_a_character_that_becomes_several_is_the_place_of_each() -> None:
    normalized = normalize("a㌍b")
    assert normalized.text == "aカロリーb"
    assert [normalized.original_span(i, i + 1) for i in range(1, 5)] == [(1, 2)] * 4
    assert normalized.original_span(5, 6) == (2, 3)


@pytest.mark.parametrize("piece", ["\u0301\u0316", "\u200b", "ｶﾞ", "a\u0301", "\uffa1", "🇯"])
def test_time_grows_with_the_length_only(piece: str) -> None:
    assert_linear(normalize, lambda size: "a" + piece * size, 2_000)


def test_no_character_becomes_more_than_the_longest_expansion() -> None:
    lengths = [len(normalize(chr(code)).text) for code in range(0x110000)]
    assert max(lengths) == LONGEST_EXPANSION
