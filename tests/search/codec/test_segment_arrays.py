"""Where the doc_ids of a term stand: in a list, or in a bitmap alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sanbao.search.codec.segment_arrays import SegmentArrays
from tests.search.codec.plain_segment import plain_segment, write_plain_segment


@pytest.fixture
def arrays(tmp_path: Path) -> SegmentArrays:
    """Terms in 600, 300 and 1 of 600 documents, with rare ones before, between and after."""
    documents = [
        ["b"]
        + ["d"] * (doc % 2)
        + ["e"] * (doc % 3 == 0)
        + [{7: "a", 8: "c", 9: "f"}.get(doc, "b")]
        for doc in range(600)
    ]
    return SegmentArrays(
        write_plain_segment(tmp_path / "plain.arrays", plain_segment({"body": documents}))
    )


DOCS = {
    "a": [7],
    "b": list(range(600)),
    "c": [8],
    "d": list(range(1, 600, 2)),
    "e": list(range(0, 600, 3)),
    "f": [9],
}


def test_frequent_terms_are_in_bitmaps_alone(arrays: SegmentArrays) -> None:
    assert arrays.bitmap_terms.tolist() == [1, 3]
    assert arrays.docs.tolist() == [7, 8, *DOCS["e"], 9]
    assert arrays.term_docs.tolist() == [0, 1, 1, 2, 2, 202, 203]
    assert np.diff(arrays.term_postings).tolist() == [len(docs) for docs in DOCS.values()]


def test_doc_ids_of_terms(arrays: SegmentArrays) -> None:
    terms = list(DOCS.values())
    for first in range(len(terms)):
        assert arrays.docs_of(first).tolist() == terms[first]
        for end in range(first, len(terms) + 1):
            expected = [doc for docs in terms[first:end] for doc in docs]
            assert arrays.docs_of_terms(first, end).tolist() == expected
