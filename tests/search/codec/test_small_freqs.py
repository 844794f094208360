"""Four bits a term_freq, and what does not fit into them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec.kernels.small_freqs import LARGE, pack_freqs, unpack_freqs
from sanbao.search.codec.segment_arrays import SegmentArrays
from tests.search.codec.plain_segment import plain_segment, write_plain_segment


@given(st.lists(st.integers(0, 40), max_size=20), st.data())
def test_unpacking_gives_back_what_was_packed(freqs: list[int], data: st.DataObject) -> None:
    packed = pack_freqs(np.array(freqs, np.uint32))
    assert len(packed) == (len(freqs) + 1) // 2
    first = data.draw(st.integers(0, len(freqs)))
    end = data.draw(st.integers(first, len(freqs)))
    assert unpack_freqs(packed, first, end).tolist() == [min(f, LARGE) for f in freqs[first:end]]


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcde"), st.sampled_from([1, 2, 14, 15, 16, 300])),
        min_size=1,
        max_size=9,
    )
)
def test_term_freqs_of_a_segment_are_exact(documents: list[dict[str, int]]) -> None:
    tokens = [[t for term, freq in doc.items() for t in [term] * freq] for doc in documents]
    data = plain_segment({"body": tokens, "more": tokens})
    with tempfile.TemporaryDirectory() as folder:
        arrays = SegmentArrays(write_plain_segment(Path(folder) / "one.arrays", data))
        assert arrays.term_freqs(0, len(data.freqs)).tolist() == data.freqs.tolist()
