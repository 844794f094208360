"""The table of contents: Whoosh reads what we write, and reading one runs nobody's code."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.segment import ArraySegment
from sanbao.search.engines.embedded.schema import schema
from sanbao.search.storage.table import table_bytes, table_segments


def segment(doc_count: int, deleted: list[int]) -> ArraySegment:
    made = ArraySegment(ArrayCodec(), "MAIN")
    made.set_doc_count(doc_count)
    for doc_id in deleted:
        made.delete_document(doc_id)
    return made


SEGMENTS = [segment(3, []), segment(20, [0, 13, 19])]


def test_the_round_trip() -> None:
    found = table_segments(table_bytes(schema(), SEGMENTS, 7))
    assert [vars(each).keys() for each in found] == [vars(each).keys() for each in SEGMENTS]
    assert [each.segment_id() for each in found] == [each.segment_id() for each in SEGMENTS]
    assert [list(each.deleted_docs()) for each in found] == [[], [0, 13, 19]]
    assert [each.doc_count_all() for each in found] == [3, 20]


def test_whoosh_reads_it(tmp_path: Path) -> None:
    (tmp_path / "_MAIN_7.toc").write_bytes(table_bytes(schema(), SEGMENTS, 7))
    toc = TOC.read(FileStorage(str(tmp_path)), "MAIN")
    assert (toc.generation, toc.schema.names()) == (7, schema().names())
    assert [each.segment_id() for each in toc.segments] == [s.segment_id() for s in SEGMENTS]


class Crafted:
    """Makes a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.canary),)


def test_a_crafted_table_runs_nothing(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    whole = table_bytes(schema(), SEGMENTS, 7)
    honest = pickle.dumps(SEGMENTS, -1)
    assert whole.endswith(honest)
    start = whole.removesuffix(honest)
    for crafted in (Crafted(canary), [Crafted(canary)], [*SEGMENTS, Crafted(canary)]):
        with pytest.raises(ValueError, match=r"names (posix|os)\.mkdir"):
            table_segments(start + pickle.dumps(crafted))
    assert not canary.exists()
    # Where it would have been seen: Whoosh, which takes everything.
    pickle.loads(pickle.dumps(Crafted(canary)))
    assert canary.exists()


@pytest.mark.parametrize("other", [{}, "text", [1], (SEGMENTS[0],)])
def test_something_else_than_segments(other: object) -> None:
    whole = table_bytes(schema(), SEGMENTS, 7)
    with pytest.raises(ValueError, match="something else than segments"):
        table_segments(whole.removesuffix(pickle.dumps(SEGMENTS, -1)) + pickle.dumps(other))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    with pytest.raises(ValueError, match="holds"):
        table_segments(data)
