"""Texts that somebody may type, for laws."""

from __future__ import annotations

from hypothesis import strategies as st

SYNTAX = [
    *"\"“”＂「」『』()（）-－~～*＊:： 　\n.,、'’…/",
    *("AND", "OR", "NOT", "title:", "source:", "lang:", "date：", "category:", "author:"),
    *("the", "of", "economy", "微信", "経済", "の", "ｶﾞ", "2022-01", "..", "~5", "~99999", "ja"),
    *("\x00", "\u200b", "\u0301", "𠮷", "🇯🇵", "１", "İ", "\x1c"),
]
queries = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(SYNTAX), max_size=40).map("".join),
    st.lists(st.sampled_from(SYNTAX), max_size=40).map(" ".join),
)
