"""After a loss of power, at any moment, the index holds exactly what a commit made of it."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from random import Random

import pytest

from sanbao.search.engines.embedded.writer import EmbeddedWriter
from tests.search.storage.commits import COMMITS, Commit
from tests.search.storage.faulty_folder import Fault, FaultyFolder, Stopped
from tests.search.storage.states import (
    ABSENT,
    State,
    abandon,
    after,
    contents,
    random_changes,
    write,
)
from tests.search.storage.trials import counts, run_trials, scaled

LOSSES = 20
"""In the life of one index; each of its writers recovers from the loss before."""


@counts(1_000, 50_000)
def test_loss_of_power(tmp_path: Path, count: int) -> None:
    lives = -(-count // LOSSES)
    run_trials(lives, lambda chance: _life(tmp_path / "index", chance))


def _life(path: Path, chance: Random) -> None:
    shutil.rmtree(path, ignore_errors=True)
    state = ABSENT
    for _ in range(LOSSES):
        disk = FaultyFolder(path, Fault(_moment(chance)))
        allowed = _write_until_stopped(disk, state, chance)
        disk.lose_power(chance)
        state = contents(path)
        assert state in allowed


@pytest.mark.parametrize(
    ("losses", "kinds"),
    [
        pytest.param(scaled(4), {"create", "sync", "rename", "remove"}, id="few"),
        pytest.param(scaled(30), None, id="many", marks=pytest.mark.torture),
    ],
)
@pytest.mark.parametrize("commit", COMMITS, ids=lambda commit: commit.name)
def test_loss_of_power_at_every_step(
    tmp_path: Path, commit: Commit, losses: int, kinds: set[str] | None
) -> None:
    """So many losses before every operation of a commit, or before those of some kinds."""
    steps = [
        at for at, kind in enumerate(commit.steps(tmp_path), 1) if kinds is None or kind in kinds
    ]

    turns = itertools.cycle(steps)

    def trial(chance: Random) -> None:
        at = next(turns)
        path = commit.prepared(tmp_path)
        disk = FaultyFolder(path, Fault(at))
        commit.run_until_stopped(disk)
        disk.lose_power(chance)
        assert contents(path) in commit.allowed, f"before operation {at}"

    run_trials(losses * len(steps), trial)


def _moment(chance: Random) -> int:
    """The operation that is not done: often one of the first, which is while recovering."""
    return chance.randint(1, chance.choice([10, 80, 400]))


def _write_until_stopped(disk: FaultyFolder, state: State, chance: Random) -> list[State]:
    """Commit a few batches; what the index may hold afterwards: the last commit, or the next."""
    allowed = [state, {}] if state is ABSENT else [state]
    writer = None
    try:
        writer = EmbeddedWriter(disk)
        if state is ABSENT:
            state = {}
            allowed = [state]
        for _ in range(4):
            changes = random_changes(chance)
            write(writer, changes)
            allowed = [state, after(state, changes)]
            writer.commit()
            state = after(state, changes)
            allowed = [state]
    except Stopped:
        pass
    abandon(writer)
    return allowed
