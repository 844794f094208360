"""After a repair, what it says is there is there, and nothing else is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest
from whoosh import fields
from whoosh import index as whoosh_index

from search.article import Article
from search.codec.array_codec import ArrayCodec
from search.codec.array_segment import EXTENSION
from search.codec.container import Container
from search.engines import open_engine, repair
from search.engines.array_writer import ArrayWriter
from search.engines.repair import RepairReport, repairing
from search.engines.verify import verify_index
from search.engines.whoosh_schema import to_document
from search.errors import IndexLocked, IndexNotFound, IndexVersionMismatch, StorageFailed
from search.storage import generations, write_lock
from search.storage.folder import Folder
from search.storage.table import table_segments
from tests.search.engines.damage import (
    change_analysis,
    change_manifest,
    flip,
    halve,
    newest_manifest,
    newest_table,
    reseal,
)
from tests.search.engines.test_verify import rewrite, rewrite_table
from tests.search.storage.faulty_folder import Fault, FaultyFolder, Stopped
from tests.search.storage.states import (
    Changes,
    State,
    after,
    article,
    contents,
    copied,
    made,
    random_changes,
)
from tests.search.storage.trials import counts, run_trials

FIRST: dict[str, str] = {f"first-{number}": f"rain edition{number}" for number in range(20)}
SECOND: Changes = {
    **{f"second-{number}": f"election edition{number}" for number in range(5)},
    "first-0": "rain anew",
    "first-1": None,
}
BEFORE: State = FIRST
STATE: State = after(FIRST, SECOND)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits, a segment each; the second updated one article and deleted another."""
    path = tmp_path_factory.mktemp("repair") / "template"
    made(path, FIRST, SECOND)
    return path


@pytest.fixture
def index(template: Path, tmp_path: Path) -> Path:
    return copied(template, tmp_path / "index", times=True)


def mended(index: Path) -> RepairReport:
    """Repair the index, and see to it that the result is what the report says."""
    with repairing(index) as work:
        work.carry_out()
    report = work.report
    state = contents(index)
    assert len(state) == report.articles
    assert set(report.from_before) <= state.keys()
    assert not set(report.lost_ids) & state.keys()
    assert len(report.lost_ids) <= report.lost
    verified = verify_index(index)
    assert verified.problems == ()
    assert len(verified.generations) == 2
    assert not {path.name for path in index.iterdir()} & set(report.removed)
    with ArrayWriter(Folder(index)) as writer:
        writer.add(article("later", "rain"))
    assert contents(index) == {**state, "later": "rain"}
    with ArrayWriter(Folder(index)) as writer:
        writer.delete("later")
    return report


def problem_files(report: RepairReport) -> set[str]:
    return {problem.file for problem in report.problems}


def segments(index: Path) -> list[Path]:
    """Of the first commit, and of the second."""
    names = [segment.make_filename(EXTENSION) for segment in table_of(index)]
    return [index / name for name in names]


def table_of(index: Path) -> list[generations.ArraySegment]:
    return table_segments(newest_table(index).read_bytes())


def flip_in(path: Path, array: str, place: int = 0) -> None:
    """Change a bit of an array of a segment."""
    with Container(path) as container:
        whole = container[array]
        begin = whole.ctypes.data - container._bytes.ctypes.data
        size = whole.nbytes
    assert size
    flip(path, begin + place % size)


def stored_place(path: Path, doc_id: int) -> int:
    with Container(path) as container:
        return int(container["stored/offsets"][doc_id]) + 60
