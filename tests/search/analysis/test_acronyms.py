"""Acronyms with points are the words that they are without."""

from __future__ import annotations

import pytest

from sanbao.search.analysis import analyze, terms
from sanbao.search.analysis.acronyms import acronyms


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("the u.s. army", "us"),
        ("the u.s army", "us"),
        ("a.i.", "ai"),
        ("(u.n.)", "un"),
        ("u.s.a.", "usa"),
        ("中国的a.i.公司", "ai"),
    ],
)
def test_an_acronym_is_one_word(text: str, word: str) -> None:
    [found] = acronyms(text)
    assert found.word == word
    assert text[found.start : found.end].replace(".", "") == word


@pytest.mark.parametrize("text", ["e.", "the end.a", "1.5", "a. b.", "www.a.b", "x.y1", "a.bc"])
def test_what_is_no_acronym(text: str) -> None:
    assert list(acronyms(text)) == []


@pytest.mark.parametrize("text", ["U.S.", "Ｕ．Ｓ．", "US"])
def test_with_points_and_without_it_is_the_same_word(text: str) -> None:
    assert "us" in [token.text for token in analyze(text, "words-en")]
    assert "us" in terms(text, "en").words
