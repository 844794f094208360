"""Merging segments with deletions is the same as inverting what survives at once."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.codec import merge_plan
from sanbao.search.codec.container import Container
from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import IndexedField, PackedDocument, SegmentBuffer
from sanbao.search.codec.merging import merge_segments
from sanbao.search.codec.segment_arrays import SegmentArrays

FIELDS = (
    IndexedField("a_words", positions=False, scorable=True),
    IndexedField("b_grams", positions=True, scorable=True),
    IndexedField("c_names", positions=False, scorable=False),
    IndexedField("d_grams", positions=True, scorable=True),
)
TERMS = st.one_of(
    st.sampled_from(["a", "b", "ab", "", "\0", "a\0", "日本経済", "日本経済新聞"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)


def document(
    fields: Sequence[Sequence[str]],
    positions: Sequence[int],
    stored: bytes = b"",
    published: int = 0,
    facet: Sequence[str] = (),
) -> PackedDocument:
    return PackedDocument(
        terms=b"".join(map(pack_field, fields)),
        positions=array("I", positions).tobytes(),
        stored=stored,
        published=published,
        facets=(tuple(facet),),
    )


@st.composite
def documents(draw: st.DrawFn) -> PackedDocument:
    fields = [draw(st.lists(TERMS, max_size=5)) for _ in FIELDS]
    steps = st.integers(0, draw(st.sampled_from([3, 90_000])))
    positions: list[int] = []
    for terms in (fields[1], fields[3]):
        at = 0
        for _ in terms:
            at += draw(steps)
            positions.append(at)
    repeats = draw(st.sampled_from([1, 1, 1, 300]))
    return document(
        [fields[0] * repeats, fields[1], fields[2], fields[3]],
        positions,
        draw(st.binary(max_size=5)),
        draw(st.integers(-(2**62), 2**62)),
        draw(st.lists(st.sampled_from(["x", "日本", "", "xy"]), unique=True, max_size=3)),
    )


def written(folder: Path, name: str, docs: Sequence[PackedDocument]) -> Path:
    buffer = SegmentBuffer(FIELDS, ["one"])
    for doc in docs:
        buffer.add(doc)
    path = folder / name
    with path.open("wb") as file:
        buffer.write(file)
    return path


def merged(folder: Path, paths: Sequence[Path], deleted: Sequence[Sequence[bool] | None]) -> Path:
    path = folder / "merged.arrays"
    with path.open("wb") as file:
        merge_segments(
            file,
            [SegmentArrays(source) for source in paths],
            [None if gone is None else np.array(gone, np.bool_) for gone in deleted],
        )
    return path


def assert_same_segment(path: Path, other: Path) -> None:
    one, two = Container(path), Container(other)
    assert one.meta == two.meta
    assert set(one.names()) == set(two.names())
    for name in one.names():
        assert one[name].dtype == two[name].dtype, name
        assert one[name].shape == two[name].shape, name
        assert (one[name] == two[name]).all(), name


Split = list[list[tuple[PackedDocument, bool]]]


@given(
    st.lists(st.lists(st.tuples(documents(), st.booleans()), max_size=5), min_size=1, max_size=4),
    st.sampled_from([1, 3, 1 << 20]),
)
def test_a_merge_is_the_inversion_of_what_survives(split: Split, buffer: int) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge_plan, "BUFFER_POSTINGS", buffer)
        folder = Path(name)
        paths = [
            written(folder, f"{number}.arrays", [doc for doc, _ in part])
            for number, part in enumerate(split)
        ]
        gone = [[deleted for _, deleted in part] for part in split]
        survivors = [doc for part in split for doc, deleted in part if not deleted]
        expected = written(folder, "expected.arrays", survivors)
        assert_same_segment(merged(folder, paths, gone), expected)


@given(st.lists(documents(), min_size=2, max_size=8), st.data())
def test_merging_in_two_rounds_makes_no_difference(
    docs: list[PackedDocument], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cut = data.draw(st.integers(0, len(docs)))
        once = written(folder, "once.arrays", docs)
        halves = [written(folder, "1.arrays", docs[:cut]), written(folder, "2.arrays", docs[cut:])]
        first = merged(folder, halves, [None, None]).rename(folder / "first.arrays")
        empty = written(folder, "none.arrays", [])
        assert_same_segment(merged(folder, [first, empty], [None, None]), once)


def test_long_postings_and_positions_that_need_four_bytes(tmp_path: Path) -> None:
    often = document([["a"] * 1_000, ["b"] * 700, [], []], range(70_000, 70_700))
    rarely = document([["a", "z"], ["b"], ["n"], ["q"]], [3, 4])
    paths = [
        written(tmp_path, "1.arrays", [often, rarely, often]),
        written(tmp_path, "2.arrays", [rarely] * 40),
    ]
    expected = written(tmp_path, "expected.arrays", [rarely, often, *[rarely] * 40])
    actual = merged(tmp_path, paths, [[True, False, False], None])
    assert_same_segment(actual, expected)
    assert Container(actual)["positions/values"].dtype == np.uint32
    # Without the documents that need them, the values become narrow again.
    narrow = merged(tmp_path, paths, [[True, False, True], None])
    assert_same_segment(narrow, written(tmp_path, "e.arrays", [rarely] * 41))
    assert Container(narrow)["positions/values"].dtype == np.uint16


def test_frequent_terms_of_several_segments(tmp_path: Path) -> None:
    docs = [
        document([["a"], ["b"] * (i % 3), [], []], range(i % 3), published=i * 50_000)
        for i in range(900)
    ]
    paths = [written(tmp_path, "1.arrays", docs[:400]), written(tmp_path, "2.arrays", docs[400:])]
    expected = written(tmp_path, "expected.arrays", docs[200:])
    assert len(Container(expected)["bitmaps/terms"]) == 2
    gone = [i < 200 for i in range(400)]
    assert_same_segment(merged(tmp_path, paths, [gone, None]), expected)


def test_nothing_survives(tmp_path: Path) -> None:
    path = written(tmp_path, "1.arrays", [document([["a"], ["b"], ["c"], []], [0], facet=["x"])])
    assert_same_segment(merged(tmp_path, [path], [[True]]), written(tmp_path, "none.arrays", []))
