"""Where positions begin, found some postings at a time, against sums."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec import position_starts
from sanbao.search.codec.kernels.positions import POSITIONS_STRIDE
from sanbao.search.codec.kernels.positions import position_starts as places_of
from sanbao.search.codec.position_starts import PositionStarts
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.posting_run import PostingRun
from sanbao.search.engines.arrays.plan import Plan, field_number
from sanbao.search.engines.arrays.segment import OpenSegment
from sanbao.search.errors import IndexProblem
from sanbao.search.query.tree import Phrase, Slot
from tests.search.codec.plain_segment import plain_segment, write_plain_segment

PIECES = st.lists(
    st.tuples(st.lists(st.integers(0, 2**31), max_size=50), st.booleans()), max_size=12
)


@given(PIECES, st.sampled_from([1, 2, 3, 256]))
def test_starts_and_bases_are_sums(
    pieces: list[tuple[list[int], bool]], starts_a_base: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(position_starts, "STARTS_A_BASE", starts_a_base)
        made = PositionStarts()
        counts = [freq % 100 if positions else 0 for freqs, positions in pieces for freq in freqs]
        narrow = [(np.array(freqs, np.uint32) % 100, positions) for freqs, positions in pieces]
        parts = [made.add(freqs.astype(np.uint32), positions) for freqs, positions in narrow]
        starts = np.concatenate([*parts, made.end()])
    expected = list(accumulate(counts, initial=0))[::POSITIONS_STRIDE]
    assert len(made.bases) == -(-len(starts) // starts_a_base)
    bases = np.repeat(made.bases, starts_a_base)[: len(starts)]
    assert (bases + starts).tolist() == expected


def test_more_positions_than_32_bits_count() -> None:
    freqs = np.full(4_096, 2**20, np.uint32)
    freqs[0] += np.uint32(16 * 2**20 - 1)
    assert PositionStarts().add(freqs, True)[-1] == 2**32 - 1
    freqs[0] += np.uint32(1)
    with pytest.raises(IndexProblem, match=r"4,096 neighbouring postings .* split up"):
        PositionStarts().add(freqs, True)


def test_positions_beyond_the_first_bases(tmp_path: Path) -> None:
    documents = [["a"] * (1 + doc % 3) + ["b"] for doc in range(5_000)]
    fields = {"text_grams": documents, "source": [["n"]] * 5_000}
    data = plain_segment(fields, keywords=["source"])
    arrays = SegmentArrays(write_plain_segment(tmp_path / "plain.arrays", data))
    assert len(arrays.position_bases) == 4
    segment = OpenSegment(arrays, None, 0)
    row = segment.find(Plan(Phrase((Slot(0, "b"),), 1, ""))).rows[0]
    expected = [1 + doc % 3 for doc in range(5_000)]
    positions = segment.positions(field_number("text_grams"))
    begins = places_of(row, positions, np.arange(5_000))
    assert arrays.positions[begins].tolist() == expected
    term = arrays.find("text_grams", b"b")
    _, end = arrays.postings_of(term)
    last = PostingRun(arrays, arrays.fields["text_grams"], end - 2, arrays.docs_of(term)[-2:])
    assert [each.tolist() for each in last.positions(0)] == [[place] for place in expected[-2:]]
