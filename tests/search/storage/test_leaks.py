"""Opening, searching and closing again and again takes no more files and no more memory."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

from sanbao.search.engines import open_writer
from sanbao.search.errors import IndexCorrupt
from sanbao.search.request import SearchRequest
from tests.search.care.damage import flip, newest_table
from tests.search.storage.processes import Child
from tests.search.storage.states import (
    WORDS,
    made,
    opened,
)
from tests.search.storage.trials import counts

GROWTH = 5 << 20
"""Bytes that memory may grow by, whatever the number of rounds."""
FIRST_ROUNDS = 100
"""Fill the caches, before anything is measured."""

BATCHES = [{f"article-{number}": f"{WORDS[number % 5]} {number}"} for number in range(8)]


@counts(2_000, 100_000)
def test_opening_searching_and_closing(tmp_path: Path, count: int) -> None:
    path = tmp_path / "index"
    made(path, *BATCHES)
    assert_no_growth(search_once, path, count)


@counts(500, 20_000)
def test_openings_that_fail(tmp_path: Path, count: int) -> None:
    path = tmp_path / "index"
    made(path, *BATCHES[:1])
    flip(newest_table(path), 20)
    assert_no_growth(fail_once, path, count)


def assert_no_growth(function: Callable[[Path], object], path: Path, count: int) -> None:
    """A process that calls the function so often holds no more at the end than at the start."""
    files, memory = Child(growth, function, path, count).result()
    assert files == 0
    assert memory <= GROWTH
    print(f"{count} rounds: {memory >> 10} KiB")


def growth(function: Callable[[Path], object], path: Path, count: int) -> tuple[int, int]:
    """By how many files and bytes this process grows."""
    for _ in range(FIRST_ROUNDS):
        function(path)
    files, memory = _held()
    for _ in range(count):
        function(path)
    files_after, memory_after = _held()
    return files_after - files, memory_after - memory


def search_once(path: Path) -> None:
    engine = opened(path)
    assert engine.search(SearchRequest(text="rain")).total > 0
    engine.close()


def fail_once(path: Path) -> None:
    for opening in (opened, open_writer):
        try:
            opening(path)
        except IndexCorrupt:
            continue
        raise AssertionError("the damage was not noticed")


def _held() -> tuple[int, int]:
    """Open files, and bytes of memory, of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len([*Path("/proc/self/fd").iterdir()]), pages * os.sysconf("SC_PAGESIZE")
