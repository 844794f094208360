"""Text that is made to be slow or to hide: normalized in time by its length, and found."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis import terms
from sanbao.search.analysis.normalize import normalize
from sanbao.search.article import Article
from sanbao.search.engines import SearchEngine, open_engine, open_writer
from sanbao.search.request import SearchRequest
from tests.growth import TIMES, assert_linear

# Ligatures that become many, marks that have to be put in order, what nobody sees, halves of
# letters that join, what turns the direction of writing.
PIECES = [
    *(
        "\ufdfa",
        "\ufdfb",
        "\u0301\u0316",
        "\u0316\u0301\u0323",
        "a\u0301",
        "e\u0301\u0323",
        "\u0300",
    ),
    *("\u200b", "\u200d", "\ufeff", "\u2060", "\u202e", "\u202a\u202c", "\u2066\u2069", "\u00ad"),
    *("\U000e0041", "\U000e0001", "\ufe0f", "\U000e0100", "\u180e", "\u115f", "\u3164", "\uffa0"),
    *("\u1100\u1161\u11a8", "\u1100", "\u1161", "각", "か\u3099", "ｶﾞ", "ﾊﾟ", "ヷ", "\u309b"),
    *("👨\u200d👩\u200d👧\u200d👦", "🇯🇵", "👍🏽", "\U0001f468\u200d", "①", "㍿", "㌖", "…", "½"),
    *("ß", "İ", "ŉ", "ΐ", "ﬃ", "Ǆ", "𝕬", "𠮷", "\U0010ffff", "\ufdd0", "国", "Ａ", "\u0345\u0390"),
]
SHORT = 5_000
"""Characters."""


def repeated(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


def test_there_are_enough_of_them() -> None:
    assert len(set(PIECES)) == len(PIECES) >= 50


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: ascii(piece)[1:-1])
def test_time_goes_by_length(piece: str) -> None:
    assert_linear(normalize, lambda length: repeated(piece, length), SHORT)


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: ascii(piece)[1:-1])
def test_nothing_of_it_grows_without_bound(piece: str) -> None:
    normalized = normalize(repeated(piece, SHORT))
    assert len(normalized.text) <= 18 * SHORT  # U+FDFA is the longest of all


@pytest.mark.torture
@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: ascii(piece)[1:-1])
def test_time_goes_by_length_up_to_a_million_characters(piece: str) -> None:
    assert_linear(normalize, lambda length: repeated(piece, length), 1_000_000 // TIMES)


# At most as many marks on a letter as any writing has: more are not put in order.
LETTERS = "aeioucnszyAEIOU"
MARKS = "\u0300\u0301\u0302\u0303\u0308\u0323\u0327\u0328"
WORDS = st.lists(
    st.builds(str.__add__, st.sampled_from(LETTERS), st.text(MARKS, max_size=3)),
    min_size=3,
    max_size=8,
).map("".join)
KANA = st.text("かがはばぱうヴカガハバパ각갂한", min_size=2, max_size=8)


@given(st.one_of(WORDS, KANA))
def test_composed_and_decomposed_text_have_the_same_terms(text: str) -> None:
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len({tuple(map(tuple, terms(form, "ja"))) for form in forms}) == 1


def found(engine: SearchEngine, request: SearchRequest) -> list[str]:
    return [hit.article.id for hit in engine.search(request).hits]


@pytest.mark.parametrize("word", ["Pokémon", "がんばれ", "パリ", "Zürich", "한국", "Việt"])
def test_an_article_is_found_whatever_form_it_and_the_query_have(tmp_path: Path, word: str) -> None:
    for form in ("NFC", "NFD"):
        with open_writer(tmp_path) as writer:
            writer.add(Article(id=form, title=unicodedata.normalize(form, word)))
    engine = open_engine(tmp_path)
    for form in ("NFC", "NFD"):
        for query in (word, f'"{word}"'):
            asked = SearchRequest(text=unicodedata.normalize(form, query))
            assert set(found(engine, asked)) == {"NFC", "NFD"}


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2060", "\ufe0f", "\U000e0041", "\u00ad"])
def test_what_nobody_sees_hides_no_word(tmp_path: Path, hidden: str) -> None:
    with open_writer(tmp_path) as writer:
        writer.add(Article(id="latin", title=f"elec{hidden}tion"))
        writer.add(Article(id="han", title=f"国{hidden}民"))
    engine = open_engine(tmp_path)
    for query, expected in (("election", "latin"), ("国民", "han"), ('"国民"', "han")):
        assert found(engine, SearchRequest(text=query)) == [expected]
