"""Laws of the grams: what makes every substring of a CJK run an exact phrase."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import BREAK_TERM, gram_spans
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.register import analyze
from sanbao.search.analysis.runs import Kind, runs

AWKWARD = "微信公开课國国かなカｶﾞー々𠮷aéＢ1９'.,- 　\n、。・\u200b\u0301\ud800"
texts = st.text(st.sampled_from(AWKWARD), max_size=30)
cjk = st.text(st.sampled_from("微信公开课かなカ々𠮷"), min_size=1, max_size=12)


def placed(text: str) -> list[str]:
    return [f"{token.text}@{token.position}" for token in analyze(text, "grams")]


def test_the_example_of_the_docstring() -> None:
    assert placed("微信Pay，開始") == ["微信@0", "信@1", "pay@2", "|@3", "开始@4", "始@5"]


def test_words_are_whole_and_white_space_takes_no_position() -> None:
    assert placed("WeChat Pay 1,000元") == ["wechat@0", "pay@1", "1000@2", "元@3"]
    assert placed("It’s Ｃafé") == ["it's@0", "cafe@1"]


@given(cjk)
def test_n_characters_of_a_run_give_n_tokens(text: str) -> None:
    tokens = analyze(text, "grams")
    assert [token.position for token in tokens] == list(range(len(text)))
    assert "".join(token.text[0] for token in tokens) == fold(text)


@given(texts)
def test_every_position_has_one_token(text: str) -> None:
    positions = [token.position for token in analyze(text, "grams")]
    found = list(runs(normalize(text).text))
    sizes = [run.end - run.start if run.kind is Kind.CJK else 1 for run in found]
    assert positions == list(range(sum(sizes)))


@given(texts)
def test_the_original_behind_a_token_gives_the_token(text: str) -> None:
    for token in analyze(text, "grams"):
        assert 0 <= token.start < token.end <= len(text)
        again = [t.text for t in analyze(text[token.start : token.end], "grams")]
        assert token.text in again


@given(texts, cjk, texts, st.data())
def test_every_substring_of_a_run_stands_there_as_a_phrase(
    before: str, run: str, after: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))
    assert _stands_in(run[start:end], f"{before} {run} {after}")


@given(cjk, cjk)
def test_no_phrase_reaches_across_a_break(left: str, right: str) -> None:
    for line_or_stop in ("。", "\n", "，", "・"):
        tokens = {t.position: t.text for t in analyze(left + line_or_stop + right, "grams")}
        assert tokens[len(left)] == BREAK_TERM
        assert tokens[len(left) - 1] == fold(left[-1])
        assert tokens[len(left) + 1].startswith(fold(right[0]))


def _stands_in(phrase: str, text: str) -> bool:
    """Whether the phrase's pairs stand side by side, or a pair starts with its only character."""
    at = {gram.position: gram.term for gram in gram_spans(normalize(text).text)}
    wanted = fold(phrase)
    pairs = [wanted[i : i + 2] for i in range(len(wanted) - 1)]
    return any(
        all(at.get(start + i) == pair for i, pair in enumerate(pairs))
        and at[start].startswith(wanted[0])
        for start in at
    )
