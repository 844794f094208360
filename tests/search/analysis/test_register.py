"""The register of analyzers, the keyword analyzer and what explains both to people."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis import analyze, describe, fingerprints, words_analyzer
from sanbao.search.analysis.keyword import keyword
from sanbao.search.analysis.register import ANALYZERS
from sanbao.search.article import LANGUAGES


def test_every_part_of_the_analysis_has_a_fingerprint() -> None:
    found = fingerprints()
    assert set(found) == {
        "normalization",
        "han folding",
        "grams",
        "words",
        "quantities",
        "Chinese words",
        "Japanese words",
        "English words",
        "keywords",
        "readings",
        "suggestion keys",
    }
    assert all(found.values())
    assert "unicode-" in found["normalization"]
    assert "opencc-" in found["han folding"]
    assert "jieba" in found["Chinese words"]
    assert "unidic" in found["Japanese words"]
    assert "pystemmer-" in found["English words"]
    assert "pypinyin-" in found["readings"]
    assert fingerprints() == found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_words_analyzer(language: str) -> None:
    assert words_analyzer(language) in ANALYZERS


def test_an_unknown_language_is_cut_as_chinese() -> None:
    assert words_analyzer("und") == "words-zh"
    assert words_analyzer("zh-Hant") == "words-zh"


def test_describe_shows_the_tokens_of_every_candidate_language() -> None:
    text = "經濟成長"
    found = describe(text)
    assert found["candidates"] == ["zh", "ja"]
    assert {token["analyzer"] for token in found["tokens"]} == {"words-zh", "words-ja", "grams"}
    pairs = [token for token in found["tokens"] if token["analyzer"] == "grams"]
    assert pairs[0] == {"analyzer": "grams", "text": "经济", "position": 0, "start": 0, "end": 2}
    assert json.loads(json.dumps(found)) == found


def test_describe_takes_the_language_that_is_given() -> None:
    found = describe("running", "en")
    assert found["language"] == "en"
    assert found["candidates"] == ["en"]
    assert [t["text"] for t in found["tokens"]] == ["run", "running"]


def test_an_unknown_analyzer_is_an_error() -> None:
    with pytest.raises(KeyError, match="words-fr"):
        analyze("text", "words-fr")


@pytest.mark.parametrize(
    ("value", "term"),
    [
        ("  South  China\tPost ", "south china post"),
        ("青島財經日報", "青岛财经日报"),
        ("ＡＢＣ", "abc"),
        ("中国証券報", keyword("中國證券報")),
        ("\u200b", ""),
    ],
)
def test_keyword(value: str, term: str) -> None:
    assert keyword(value) == term


@given(st.text())
def test_a_keyword_is_a_keyword_already(value: str) -> None:
    assert keyword(keyword(value)) == keyword(value)
