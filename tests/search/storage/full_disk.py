"""Fills real disks, which only a process in a mount namespace of its own may make.

    unshare -Urm python -m tests.search.storage.full_disk MOUNTPOINT COUNT

Ends with an error at the first thing that is not as it should be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

from sanbao.search.engines import ArticleWriter, SearchEngine, open_writer
from sanbao.search.errors import StorageFailed
from sanbao.search.storage import reserve
from tests.search.storage.states import (
    WORDS,
    Changes,
    State,
    after,
    check_no_orphans,
    contents,
    opened,
    write,
)
from tests.search.storage.trials import run_trials

FAILURES = 4
"""So many commits do not fit before the disk is filled to its last byte."""
DELETIONS = 4
"""So many are then committed, each on a disk filled to its last byte."""


def main() -> None:
    mountpoint, count = Path(sys.argv[1]), int(sys.argv[2])
    run_trials(count, lambda chance: _on_a_disk(mountpoint, chance))


def _on_a_disk(mountpoint: Path, chance: Random) -> None:
    size = chance.choice([chance.randint(1 << 20, 8 << 20), chance.randint(40 << 20, 80 << 20)])
    tmpfs = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(mountpoint)]
    subprocess.run(tmpfs, check=True)
    try:
        _fill(mountpoint, chance)
    finally:
        subprocess.run(["umount", "-l", str(mountpoint)], check=True)


def _fill(disk: Path, chance: Random) -> None:
    path = disk / "index"
    with open_writer(path) as writer:
        first = _batch(chance, 20)
        write(writer, first)
    state = after({}, first)
    has_reserve = (path / reserve.NAME).exists()
    assert has_reserve == (shutil.disk_usage(disk).total > 40 << 20)
    engine = opened(path)
    _occupy(disk / "more", leaving=chance.randint(0, 300_000))
    writer = open_writer(path)
    failures = 0
    while failures < FAILURES:
        changes = _batch(chance, chance.choice([1, 10, 100]))
        done = _commit(writer, changes)
        failures += not done
        state = after(state, changes) if done else state
        assert _served(engine) == state
        if chance.random() < 0.2:
            writer.close()
            writer = open_writer(path)
    for number in range(DELETIONS):
        _occupy(disk / f"more {number}", leaving=0)
        gone: Changes = {chance.choice(sorted(state)): None}
        done = _commit(writer, gone)
        assert done or not has_reserve, "articles can be deleted from a full disk"
        state = after(state, gone) if done else state
        assert contents(path) == _served(engine) == state
        changes = _batch(chance, 10)
        if _commit(writer, changes):
            state = after(state, changes)
    for ballast in disk.glob("more*"):
        ballast.unlink()
    changes = _batch(chance, 10)
    assert _commit(writer, changes), "one commit after there is space again"
    writer.close()
    open_writer(path).close()
    assert contents(path) == _served(engine) == after(state, changes)
    check_no_orphans(path)
    assert (path / reserve.NAME).exists() == has_reserve


def _batch(chance: Random, size: int) -> dict[str, str | None]:
    """Articles of some thousand characters, and some deletions."""
    return {
        f"article-{chance.randrange(90)}": None if chance.random() < 0.1 else _title(chance)
        for _ in range(size)
    }


def _title(chance: Random) -> str:
    words = " ".join(f"{chance.choice(WORDS)} {chance.randrange(10**9)}" for _ in range(50))
    return f"{words} edition{chance.randrange(10**6)}"


def _commit(writer: ArticleWriter, changes: Changes) -> bool:
    """False if the disk is too full for the changes."""
    try:
        write(writer, changes)
        writer.commit()
    except StorageFailed as error:
        assert error.disk_full
        assert "free space" in str(error)
        return False
    return True


def _served(engine: SearchEngine) -> State:
    assert engine.problem() is None
    return {each.id: each.title for each in engine.articles()}


def _occupy(path: Path, leaving: int) -> None:
    """Take all space of the disk but so many bytes."""
    with path.open("wb") as file, suppress(OSError):
        free = shutil.disk_usage(path.parent).free - leaving
        os.posix_fallocate(file.fileno(), 0, max(1, free))


if __name__ == "__main__":
    main()
