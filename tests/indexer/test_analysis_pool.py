"""The pool at its limits: order, errors, killed processes, and nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanbao.indexer import analysis_pool
from sanbao.indexer.analysis_pool import AnalysisStopped, map_in_processes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def processes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No items are done in this process first."""
    monkeypatch.setattr(analysis_pool, "ITEMS_BEFORE_PROCESSES", 0)


def test_results_come_in_order_from_several_processes(tmp_path: Path) -> None:
    items = [(tmp_path, os.getpid(), number) for number in range(300)]
    results = list(map_in_processes(_wait_for_two_processes, items, jobs=2))
    assert [number for number, _ in results] == list(range(300))
    workers = {process for _, process in results} - {os.getpid()}
    assert len(workers) == 2


def test_one_job_and_few_items_start_no_process() -> None:
    assert {process for _, process in map_in_processes(_slow_if_even, range(300), 1)} == {
        os.getpid()
    }
    assert {process for _, process in map_in_processes(_slow_if_even, range(100), 2)} == {
        os.getpid()
    }


def test_items_are_read_only_a_little_ahead(processes_at_once: None) -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            read.append(number)
            yield number

    results = map_in_processes(_slow_if_even, items(), jobs=2)
    next(results)
    results.close()
    assert len(read) < 200


def test_an_exception_comes_through(processes_at_once: None) -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_in_processes(_one_by, [2, 1, 0], jobs=2))


def test_a_killed_process_is_a_clear_error_after_all_results_before_it(
    processes_at_once: None,
) -> None:
    results = map_in_processes(_die_at_1000, range(2_000), jobs=2)
    seen = []
    with pytest.raises(AnalysisStopped, match="smaller --jobs"):
        for number in results:
            seen.append(number)
    assert seen == list(range(len(seen)))
    assert 900 < len(seen) <= 1_000


PARENT = """
import time
from sanbao.indexer import analysis_pool
from tests_pool_target import tell_process
analysis_pool.ITEMS_BEFORE_PROCESSES = 0
if __name__ == "__main__":
    for process in analysis_pool.map_in_processes(tell_process, range(10), jobs=2):
        print(process, flush=True)
        time.sleep(60)
"""


def test_processes_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "tests_pool_target.py").write_text(
        "import os\ndef tell_process(item):\n    return os.getpid()\n"
    )
    (tmp_path / "parent.py").write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "parent.py")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    give_up = time.monotonic() + 60
    while _is_running(worker):
        assert time.monotonic() < give_up, "the worker outlives its parent"
        time.sleep(0.05)


def _slow_if_even(number: int) -> tuple[int, int]:
    if number % 2 == 0:
        time.sleep(0.001)
    return number, os.getpid()


def _wait_for_two_processes(item: tuple[Path, int, int]) -> tuple[int, int]:
    """The number and the process; one that is not the parent waits for another."""
    folder, parent, number = item
    if os.getpid() == parent:
        return number, parent
    (folder / str(os.getpid())).touch()
    give_up = time.monotonic() + 60
    while len([*folder.iterdir()]) < 2:
        assert time.monotonic() < give_up, "one process does everything"
        time.sleep(0.01)
    return number, os.getpid()


def _one_by(number: int) -> float:
    return 1 / number


def _die_at_1000(number: int) -> int:
    if number == 1_000:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
