"""Loading is nobody's query: what is done once for all takes no time of the query that needs it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numba.core import event

from sanbao.search import limits
from sanbao.search.analysis import chinese, japanese
from sanbao.search.article import Article
from sanbao.search.codec.kernels.jit import kernel
from sanbao.search.engines import open_engine, open_writer
from sanbao.search.limits import Deadline, Limits, loading, working_time
from sanbao.search.request import SearchRequest

HOUR = 3600.0

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Stands still, unless it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def is_slow(self, *_: object) -> None:
        """An hour goes by."""
        self.seconds += HOUR


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    # Whoever has loaded something before has no more time left for that.
    monkeypatch.setattr(limits, "_loading", limits._Loading())
    monkeypatch.setattr(limits, "time", SimpleNamespace(perf_counter=clock))
    return clock


def test_time_goes_by_while_nothing_is_loaded(clock: Clock) -> None:
    deadline = Deadline(HOUR + 1)
    before = working_time()
    clock.is_slow()
    assert working_time() - before == HOUR
    assert deadline.left() == 1


def test_the_clock_stands_still_while_something_is_loaded(clock: Clock) -> None:
    deadline = Deadline(1)
    before = working_time()
    with loading():
        clock.is_slow()
        assert working_time() == before
        with loading():  # the first needs another
            clock.is_slow()
        clock.is_slow()
        assert not deadline.is_past()
    assert working_time() == before
    assert deadline.left() == 1
    clock.is_slow()
    assert deadline.is_past()


def test_what_cannot_be_loaded_takes_no_time_either(clock: Clock) -> None:
    before = working_time()
    with pytest.raises(OSError), loading():
        clock.is_slow()
        raise OSError
    assert working_time() == before
    clock.is_slow()
    assert working_time() - before == HOUR


def test_it_stands_still_for_the_thread_that_loads(clock: Clock) -> None:
    """For another, the time goes by."""
    other: list[float] = []
    before = working_time()
    with loading():
        clock.is_slow()
        thread = threading.Thread(target=lambda: other.append(working_time()))
        thread.start()
        thread.join()
    assert other == [before + HOUR]


def test_compiling_a_kernel_is_loading(clock: Clock) -> None:
    def successor(number: np.int64) -> np.int64:
        return number + np.int64(1)

    class Slow(event.Listener):
        def on_start(self, event: object) -> None:
            clock.is_slow()

        def on_end(self, event: object) -> None:
            pass

    before = working_time()
    with event.install_listener("numba:compiler_lock", Slow()):
        assert kernel(successor)(np.int64(1)) == 2
    assert clock() >= HOUR
    assert working_time() == before


ARTICLES = (
    Article(id="zh", title="央行下调利率", body="中央银行下调了基准利率。", language="zh-Hans"),
    Article(id="ja", title="日銀が利下げ", body="日本銀行は東京で利下げを決めた。", language="ja"),
    Article(id="en", title="Bank cuts interest rate", body="The bank has cut.", language="en"),
)

FIRST_QUERIES = (
    "基准利率",
    "東京で利下げ",
    "interest rates",
    "intrest",
    "下条利率",
    "バンク~ lang:ja",
)


def main() -> None:
    """What runs in a process of its own: its first query, on a clock of hours.

    Each file that it opens, each module that it imports and each dictionary that it loads takes an
    hour, and nothing else takes any time.
    """
    folder, query = sys.argv[1:]
    clock = Clock()
    limits.time = SimpleNamespace(perf_counter=clock)
    for module, name in ((japanese, "GenericTagger"), (chinese, "load_rjieba")):
        setattr(module, name, slowed(getattr(module, name), clock))
    sys.addaudithook(lambda name, _: clock.is_slow() if name in {"open", "import"} else None)
    engine = open_engine(folder, limits=Limits(seconds=0.2))
    opened = clock()
    page = engine.search(SearchRequest(text=query, explain=True))
    hours = (clock() - opened) / HOUR
    print(json.dumps({"hours": hours, **page.to_dict()}))


def slowed(load: object, clock: Clock) -> object:
    def slow(*arguments: object) -> object:
        clock.is_slow()
        return load(*arguments)

    return slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    with open_writer(folder) as writer:
        for article in ARTICLES:
            writer.add(article)
    return folder


@pytest.mark.parametrize("query", FIRST_QUERIES)
def test_the_first_query_of_a_process_is_not_stopped_by_what_it_loads(
    folder: Path, query: str
) -> None:
    command = [sys.executable, "-m", "tests.search.test_loading", folder, query]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["hours"] >= 1
    assert answer["warnings"] == []
    assert answer["took_ms"] == 0


if __name__ == "__main__":
    main()
