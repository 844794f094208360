"""The words analyzers: what is a word in each language, and in text that mixes them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sanbao.search.analysis import chinese, english
from sanbao.search.analysis.register import analyze

ANALYZERS = ("words-zh", "words-ja", "words-en")
AWKWARD = "微信公开课在的國かなのカｶﾞー々𠮷running theEÉ1９'.,- 　\n、。\u200b\u0301\ud800\x00"
texts = st.text(st.sampled_from(AWKWARD), max_size=30)


def terms(text: str, analyzer: str) -> list[str]:
    return [token.text for token in analyze(text, analyzer)]


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_mixed_text_gives_words_of_every_language(analyzer: str) -> None:
    found = terms("中国的文化 オープンクラスを開催 The classes were running", analyzer)
    assert {"中国", "文化", "クラス", "class", "run"} <= set(found)
    assert "the" not in found and "were" not in found


def test_a_han_run_is_cut_as_the_language_says() -> None:
    assert "在广州" not in terms("在广州开讲", "words-zh")
    assert "广州" in terms("在广州开讲", "words-zh")
    assert "知事" in terms("東京都知事", "words-ja")


def test_variants_of_a_word_are_one_term() -> None:
    assert terms("經濟", "words-zh") == terms("经济", "words-zh")
    assert set(terms("経済", "words-ja")) & set(terms("经济", "words-zh"))


@pytest.mark.parametrize("word", sorted(english.STOP_WORDS))
def test_english_stop_words_are_gone(word: str) -> None:
    assert terms(f"economy {word} growth", "words-en") == ["economi", "growth"]


def test_chinese_stop_words_are_gone() -> None:
    found = terms("，".join(sorted(chinese.STOP_WORDS)), "words-zh")
    assert not set(found) & chinese.STOP_WORDS


def test_words_that_belong_together_have_one_stem() -> None:
    assert len(set(terms("connect connected connecting connections", "words-en"))) == 1
    assert terms("1,000", "words-en") == terms("１０００", "words-en") == ["1000"]
    assert terms("wechat’s", "words-en") == terms("WeChat's", "words-en")


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(text=texts)
def test_positions_count_the_tokens_and_places_are_in_the_text(analyzer: str, text: str) -> None:
    tokens = analyze(text, analyzer)
    assert [token.position for token in tokens] == list(range(len(tokens)))
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert all(token.text for token in tokens)


@pytest.mark.parametrize("analyzer", ANALYZERS)
@given(text=st.text(max_size=60))
def test_any_text_can_be_cut(analyzer: str, text: str) -> None:
    assert terms(text, analyzer) == terms(text, analyzer)


@given(st.from_regex("[a-z][a-z'é1]{0,11}(ing|ed|s|ly|ies|ily|ational|bility)?", fullmatch=True))
@example("dying")
@example("skies")
def test_a_word_begins_as_its_stem_says(word: str) -> None:
    assert word.startswith(english.beginning(english.stem(word)))
