"""An index is ready as soon after its writer was killed as after any other end of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from sanbao.search.engines import open_writer
from sanbao.search.request import SearchRequest
from tests.growth import assert_at_most, processor_seconds
from tests.search.storage.processes import CONTEXT, Child
from tests.search.storage.states import article, copied, opened
from tests.search.storage.trials import scaled

TIMES = 3
"""So many times as long as after a writer that was closed, and no longer, it may take."""


@pytest.mark.parametrize(
    "articles",
    [
        pytest.param(scaled(2_000), id="few"),
        pytest.param(scaled(100_000), id="many", marks=pytest.mark.torture),
    ],
)
def test_the_first_search_after_a_kill(tmp_path: Path, articles: int) -> None:
    path = tmp_path / "index"
    here, there = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=write_for_ever, args=(path, articles, there))
    child.start()
    there.close()
    with here:
        assert here.recv() == "committed"
        time.sleep(0.2)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    killed = copied(path, tmp_path / "killed")
    open_writer(path).close()  # sweeps what the killed one left

    def first(source: Path) -> Callable[[], float]:
        """Measures it in a copy, of which nobody has read anything."""

        def seconds() -> float:
            taken, found = Child(first_search, copied(source, tmp_path / "copy")).result()
            assert found == articles
            return float(taken)

        return seconds

    assert_at_most(TIMES, first(killed), first(path))


def write_for_ever(path: Path, articles: int, report: Connection) -> None:
    writer = open_writer(path)
    for number in range(articles):
        writer.add(article(f"{number}", f"rain {number} {number * 7 % 1000}"))
    writer.commit()
    report.send("committed")
    while True:
        writer.add(article("0", "rain again"))
        writer.commit()


def first_search(path: Path) -> tuple[float, int]:
    """The processor's seconds for opening and one search, and how many articles were found."""
    found = 0

    def search() -> None:
        nonlocal found
        found = opened(path).search(SearchRequest(text="*")).total

    return processor_seconds(search), found
