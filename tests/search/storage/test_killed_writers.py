"""A writer that is killed loses nothing that it has committed, and leaves no half of a batch."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest

from sanbao.search.engines import open_writer
from tests.search.storage.commits import COMMITS, Commit
from tests.search.storage.faulty_folder import Fault, FaultyFolder
from tests.search.storage.processes import CONTEXT
from tests.search.storage.states import (
    ABSENT,
    State,
    after,
    check_no_orphans,
    contents,
    made,
    random_changes,
    write,
)
from tests.search.storage.trials import counts, run_trials

MOST_REPORTS = 12
"""Of a writer that is killed soon afterwards: half of them are of commits that are done."""
LONGEST_DELAY_SECONDS = 0.02
"""About as long as a commit takes."""


@counts(80, 5_000)
def test_a_kill_at_any_moment(tmp_path: Path, count: int) -> None:
    path = tmp_path / "index"
    made(path, {})
    state: State = {}

    def trial(chance: Random) -> None:
        nonlocal state
        allowed = _kill_a_writer(path, state, chance)
        state = contents(path)
        assert state in allowed

    run_trials(count, trial)
    changes = {"last": "rain after"}
    with open_writer(path) as writer:
        write(writer, changes)
    assert contents(path) == after(state, changes)
    check_no_orphans(path)


def _kill_a_writer(path: Path, state: State, chance: Random) -> list[State]:
    """Let a process commit, kill it; what the index may hold then."""
    here, there = CONTEXT.Pipe(duplex=False)
    with here:
        child = CONTEXT.Process(target=commit_for_ever, args=(path, chance.random(), there))
        child.start()
        there.close()
        assert here.recv() == "started"
        reports = [here.recv() for _ in range(chance.randrange(MOST_REPORTS))]
        time.sleep(chance.uniform(0, LONGEST_DELAY_SECONDS))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        with suppress(EOFError):
            while True:  # what the pipe still holds was said before the kill
                reports.append(here.recv())
    allowed = [state]
    for changes in reports:
        if changes is not None:
            allowed.append(after(allowed[-1], changes))
        else:
            allowed = allowed[-1:]  # acknowledged
    return allowed


def commit_for_ever(path: Path, seed: float, report: Connection) -> None:
    """Commit one batch after the other; says each batch, and None when it is committed."""
    chance = Random(seed)
    report.send("started")
    writer = open_writer(path)
    while True:
        changes = random_changes(chance)
        report.send(changes)
        write(writer, changes)
        writer.commit()
        report.send(None)


@pytest.mark.parametrize("commit", COMMITS, ids=lambda commit: commit.name)
@counts(40, 10_000)
def test_a_stop_at_every_operation(tmp_path: Path, commit: Commit, count: int) -> None:
    steps = range(1, len(commit.steps(tmp_path)) + 1)
    chosen = Random(count).sample(steps, min(count, len(steps)))
    for at in chosen:
        path = commit.prepared(tmp_path)
        commit.run_until_stopped(FaultyFolder(path, Fault(at)))
        state = contents(path)
        assert state in commit.allowed, f"stopped at operation {at}"
        _check_the_next_writer(path, {} if state is ABSENT else state)
    print(f"{len(chosen)} of {len(steps)} operations")


def _check_the_next_writer(path: Path, state: State) -> None:
    changes = {"article-2": "rain next", "article-3": None}
    writer = open_writer(path)
    check_no_orphans(path)
    write(writer, changes)
    writer.close()
    assert contents(path) == state
