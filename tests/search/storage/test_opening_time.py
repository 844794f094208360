"""An index is ready soon after its writer was killed, however large it is."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from sanbao.search.engines import open_writer
from sanbao.search.request import SearchRequest
from tests.search.storage.processes import CONTEXT, Child
from tests.search.storage.states import (
    article,
    opened,
)
from tests.search.storage.trials import scaled

READY_SECONDS = 2.0


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
    Child(os.getpid).result()
    seconds, found = Child(first_search, path).result()
    assert found == articles
    assert seconds <= READY_SECONDS
    size = sum(each.stat().st_size for each in path.iterdir())
    print(f"{articles} articles, {size >> 20} MB: {seconds:.2f} s")


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
    """How long opening and one search take, in seconds, and how many articles were found."""
    started = time.perf_counter()
    found = opened(path).search(SearchRequest(text="*")).total
    return time.perf_counter() - started, found
