"""Boundaries between characters as readers see them, beside those of the library for all text."""

from __future__ import annotations

import random
import re
import sys

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.highlights.graphemes import _ALONE, boundaries

CHARACTERS = "a1 \n国かがｶﾞ각ᄀ\u1161\u11a8é\u0301\u3099\u200d\ufe0f\u20e3\u0600🇯🇵👍🏽👩𠮷\U000e0100"
texts = st.text(CHARACTERS, max_size=40) | st.text(max_size=20)


def twin(text: str, start: int, end: int) -> list[int]:
    places = [0, *(match.end() for match in regex.finditer(r"\X", text))]
    first = max(place for place in places if place <= start)
    last = min(place for place in places if place >= end)
    return [place for place in places if first <= place <= last]


@given(texts, st.data())
def test_boundaries_are_those_of_the_whole_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert list(boundaries(text, start, end)) == twin(text, start, end)


def test_characters_that_stand_alone_do_so_beside_each_other() -> None:
    alone = [c for c in map(chr, range(sys.maxunicode + 1)) if re.match(f"[{_ALONE}]", c)]
    random.Random(1).shuffle(alone)
    assert regex.findall(r"\X", "".join(alone)) == alone


@pytest.mark.parametrize("unit", ["🇯🇵", "a\u0301", "\u0301", "👩\u200d"])
def test_what_stands_far_before_counts(unit: str) -> None:
    text = unit * 300
    for start in (0, 1, 298, 299, 300, len(text)):
        assert list(boundaries(text, start, start)) == twin(text, start, start)
