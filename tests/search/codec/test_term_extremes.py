"""What a segment says of each term without a look at its postings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec.segment_arrays import SegmentArrays
from tests.search.codec.plain_segment import plain_segment, write_plain_segment

TOKENS = st.lists(st.lists(st.sampled_from("abcd"), max_size=9), min_size=1, max_size=6)


@given(TOKENS)
def test_extremes_are_those_of_the_documents(
    tmp_path_factory: pytest.TempPathFactory, tokens: Sequence[Sequence[str]]
) -> None:
    path = tmp_path_factory.mktemp("plain") / "plain.arrays"
    data = plain_segment({"body": tokens, "name": tokens}, keywords=["name"])
    arrays = SegmentArrays(write_plain_segment(path, data))
    for letter in {letter for each in tokens for letter in each}:
        having = [each for each in tokens if letter in each]
        term = arrays.find("body", letter.encode())
        assert arrays.term_max_freqs[term] == max(each.count(letter) for each in having)
        assert arrays.term_min_lengths[term] == min(map(len, having))
        assert arrays.term_max_lengths[term] == max(map(len, having))
        name = arrays.find("name", letter.encode())
        assert arrays.term_max_freqs[name] == 1
        assert arrays.term_min_lengths[name] == arrays.term_max_lengths[name] == 0


def test_more_than_a_narrow_integer_holds(tmp_path: Path) -> None:
    data = plain_segment({"body": [["a"] * 70_000, ["a"]]})
    arrays = SegmentArrays(write_plain_segment(tmp_path / "plain.arrays", data))
    assert arrays.term_max_freqs.tolist() == arrays.term_max_lengths.tolist() == [70_000]
    assert arrays.term_min_lengths.tolist() == [1]
