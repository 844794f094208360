"""The terms of an index are those of the analyzers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis import analyze, terms, words_analyzer
from sanbao.search.analysis.grams import BREAK_TERM, gram_spans
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import ends_sentence
from sanbao.search.article import LANGUAGES

AWKWARD = "微信公开课在的國かなのカｶﾞー々𠮷aéＢ1９runing'’.,- 　\n、。…㍿\u200b\u0301\ud800\x00"
texts = st.text(st.sampled_from(AWKWARD), max_size=40)


@given(texts, st.sampled_from(LANGUAGES))
def test_equal_the_analyzers(text: str, language: str) -> None:
    assert_equal_the_analyzers(text, language)


def assert_equal_the_analyzers(text: str, language: str) -> None:
    found = terms(text, language)
    words = [token.text for token in analyze(text, words_analyzer(language))]
    grams = analyze(text, "grams")
    assert sorted(found.words) == sorted(words)
    assert found.grams == [token.text for token in grams]
    assert [token.position for token in grams] == list(range(len(found.grams)))
    normal = normalize(text).text
    assert found.sentence_ends == [
        gram.position
        for gram in gram_spans(normal)
        if gram.term == BREAK_TERM
        and ends_sentence(normal[gram.start : gram.end], normal[gram.end : gram.end + 1])
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_of_all_languages(language: str) -> None:
    text = "The WeChat classes, 微信公开课, 中国科学院では1,000人が開催した。It’s done!"
    assert_equal_the_analyzers(text, language)


def test_no_text_has_no_terms() -> None:
    assert terms("", "en") == ([], [], [])


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("经济。增长", [2]),
        ("Fell. Rose", [1]),
        ("“Fell.” Rose", [2]),
        ("so…后来！", [1, 4]),
        ("经济，增长\n", [5]),
        ("end.", [1]),
        ("example.com, 3.5% (U.S.A)", []),
        ("何？」と", [1]),
    ],
)
def test_ends_of_sentences(text: str, ends: list[int]) -> None:
    assert terms(text, "ja").sentence_ends == ends
