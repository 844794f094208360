"""The specification of the format, held against what is written."""

from __future__ import annotations

import pickle
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from sanbao import pickled
from sanbao.search import codec
from sanbao.search.article import Article
from sanbao.search.codec.container import Container
from sanbao.search.codec.interning import pack_field
from sanbao.search.codec.inversion import IndexedField, PackedDocument, SegmentBuffer
from sanbao.search.codec.kernels.arrays import Array
from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.engines import open_writer
from sanbao.search.storage.table import table_segments
from tests.search.care.damage import newest_table

EXAMPLE = re.compile(r"^An example: .*?::\n\n(.*?)\n\n\S", re.DOTALL | re.MULTILINE)
NAMED = re.compile(
    r"([a-z_]+(?:/[a-z_]+)?) +(\"ab\"|\[\[3 1\]\]|\d+(?: \d+)*)(?: |$)", re.MULTILINE
)

CHECKSUMS = {4: 2060306533}
"""By version of the format, that of the segment of :func:`_many`."""


def _segment(path: Path, facets: tuple[str, ...], documents: list[PackedDocument]) -> Container:
    fields = [IndexedField("body", True, True), IndexedField("id", False, False)]
    buffer = SegmentBuffer(fields[: 1 + bool(facets)], facets)
    for document in documents:
        buffer.add(document)
    with path.open("wb") as file:
        buffer.write(file)
    return Container(path)


def _positions(values: list[int]) -> bytes:
    return np.array(values, np.uint32).tobytes()


def _many() -> list[PackedDocument]:
    """What brings about every form of array: two windows of documents, frequent terms, large
    term_freqs, wide positions, facets of one and of many values, days and none."""
    documents = []
    for number in range(9_000):
        words = ["each", *["tenth"] * (20 if number % 10 == 0 else 0), f"w{number % 700}"]
        places = [100 * number % 70_000 + place for place in range(len(words))]
        documents.append(
            PackedDocument(
                pack_field(words) + pack_field([str(number)]),
                _positions(places),
                pickle.dumps({"article": str(number)}, 4),
                NO_DATE if number % 50 == 0 else 1_700_000_000 + 7_777 * number,
                ((f"s{number % 3}",), ("a", "b")[: number % 3]),
            )
        )
    return documents


def test_the_example_is_what_is_written(tmp_path: Path) -> None:
    (example,) = EXAMPLE.findall(str(codec.__doc__))
    told = dict(NAMED.findall(example))
    assert len(told) == 15, told.keys()
    documents = [
        PackedDocument(pack_field(words), _positions(list(range(len(words)))), b"12345", 0, ())
        for words in (["a", "b", "a"], ["b"])
    ]
    written = _segment(tmp_path / "example", (), documents)
    assert {name: _shown(name, written[name]) for name in told} == told


def _shown(name: str, array: Array) -> str:
    if name == "terms/blob":
        return f'"{array.tobytes().decode()}"'
    return str(array) if array.ndim == 2 else " ".join(map(str, array.tolist()))


def test_a_segment_is_written_bit_by_bit_as_by_every_program_of_this_version(
    tmp_path: Path,
) -> None:
    _segment(tmp_path / "many", ("one", "some"), _many())
    assert {codec.FORMAT_VERSION: zlib.crc32((tmp_path / "many").read_bytes())} == CHECKSUMS, (
        "segments are written in another way than before: raise FORMAT_VERSION and bring its "
        "specification up to date, and then write the new checksum here"
    )


# Names in the table of contents


@pytest.fixture
def table(tmp_path: Path) -> bytes:
    """The table of contents of an index of every class that is pickled into one."""
    with open_writer(tmp_path) as writer:
        writer.add(Article(id="1", title="economy"))
        writer.add(Article(id="2", title="economy"))
        writer.commit()
        writer.delete("1")
    return newest_table(tmp_path).read_bytes()


def test_an_index_holds_only_names_that_stay(table: bytes) -> None:
    assert set(re.findall(rb"sanbao[\w.]*", table)) == {b"sanbao.pickled"}
    assert set(re.findall(rb"[a-z.]*(?:search|engines|codec)[a-z_.]+", table)) == set()
    for name in pickled.NAMES:
        assert name.encode() in table
        assert f"sanbao.pickled.{name} " in str(codec.__doc__)
        assert getattr(pickled, name).__module__ == "sanbao.pickled"


def test_a_segment_holds_the_attributes_that_are_specified(table: bytes) -> None:
    (segment,) = table_segments(table)
    told = re.search(r"ArraySegment +(.*?)sanbao", str(codec.__doc__), re.DOTALL)
    assert told is not None
    assert set(segment.__getstate__()) <= set(re.findall(r"\w+", told[1]))


def test_no_other_name_is_found() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Segment'"):
        pickled.Segment  # noqa: B018 - to ask for it is the test
