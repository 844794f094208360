"""Cleaning of text, against the slow way of going through its characters."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sanbao.indexer.text import clean_text, one_line

AWKWARD = "a 国、　😀\n\r\x0b\x0c\x85\u2028\u2029\t" + (
    "\x00\x1f\x7f\x84\x86\x9f\xa0\xad\u200b\u2060\ufeff\ufffe\ufdd0\U0010ffff\ud800"
)
texts = st.text(st.one_of(st.sampled_from(AWKWARD), st.characters()), max_size=20)
LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"
UNWANTED = "\xad\u200b\u2060\ufeff"


@given(texts)
def test_what_no_article_has_goes_and_nothing_else(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    ended = "".join("\n" if character in LINE_ENDS else character for character in lines)
    kept = (c for c in ended if c in "\t\n" or not _is_unwanted(c))
    assert clean_text(text) == "".join(kept)


def _is_unwanted(character: str) -> bool:
    code = ord(character)
    is_no_character = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return (
        unicodedata.category(character) in ("Cc", "Cs") or character in UNWANTED or is_no_character
    )


@given(texts)
def test_one_line_has_single_blanks_inside_and_none_at_its_ends(text: str) -> None:
    line = one_line(text)
    assert line == " ".join(line.split())
    assert one_line(line) == line
    assert "".join(line.split()) == "".join(clean_text(text).split())
