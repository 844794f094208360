"""Several processes at one index: each read is one commit's work, and writers take turns."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from sanbao.search.engines import SearchEngine, open_writer
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import IndexLocked
from sanbao.search.request import SearchRequest
from sanbao.search.storage import reserve, write_lock
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.write_lock import WAIT_SECONDS
from tests.search.storage.processes import Child
from tests.search.storage.states import (
    State,
    after,
    article,
    check_no_orphans,
    contents,
    made,
    opened,
    random_changes,
    write,
)
from tests.search.storage.trials import SEED, counts

READERS = 3
COMMITS_SEEN = 5
"""By each reader at least."""
LEDGER = "ledger"
"""The article whose title is the number of its commit and the checksum of all other articles."""

WRITERS = 8
COUNTER = "counter"
"""The article whose title is how many commits there were."""
LONGER_SECONDS = WAIT_SECONDS + 5.0
"""Than any writer waits."""


# Reading while somebody writes


@counts(500, 100_000)
def test_every_read_is_of_one_commit(tmp_path: Path, count: int) -> None:
    """So many reads by each reader, and as many again as it takes to see some commits."""
    path, done = tmp_path / "index", tmp_path / "done"
    made(path, _with_ledger({}, 0))
    writer = Child(commit_until, path, done)
    readers = [Child(read_often, path, count) for _ in range(READERS)]
    try:
        reads = [reader.result() for reader in readers]
    finally:
        done.touch()
    commits = writer.result()
    assert _commit_of(contents(path)) == commits
    print(f"{sum(reads)} reads, {commits} commits, seed {SEED}")


def commit_until(path: Path, done: Path) -> int:
    """Commit changes, and the ledger that fits them; how many commits there were."""
    chance = Random(SEED)
    state: State = {}
    commits = 0
    with open_writer(path) as writer:
        while not done.exists():
            commits += 1
            changes = random_changes(chance)
            state = after(state, changes)
            write(writer, changes)
            write(writer, {LEDGER: _ledger(state, commits)})
            writer.commit()
    return commits


def read_often(path: Path, count: int) -> int:
    """Read in every way; how many reads there were."""
    engine = opened(path)
    reads, last, seen = 0, 0, set()
    ways = (_searched, _listed, _opened_anew)
    while reads < count or len(seen) <= COMMITS_SEEN:
        number = _commit_of(ways[reads % len(ways)](engine, path))
        assert number >= last, "an older commit after a newer one"
        assert engine.problem() is None
        last = number
        seen.add(number)
        reads += 1
    return reads


def _searched(engine: SearchEngine, path: Path) -> State:
    page = engine.search(SearchRequest(text="*", limit=100))
    assert page.total == len(page.hits)
    return {hit.article.id: hit.article.title for hit in page.hits}


def _listed(engine: SearchEngine, path: Path) -> State:
    return {each.id: each.title for each in engine.articles()}


def _opened_anew(engine: SearchEngine, path: Path) -> State:
    return _searched(opened(path), path)


def _with_ledger(state: State, number: int) -> State:
    return {**state, LEDGER: _ledger(state, number)}


def _ledger(state: State, number: int) -> str:
    return f"{number} {zlib.crc32(repr(sorted(state.items())).encode())}"


def _commit_of(state: State) -> int:
    """The number of the commit, all of which is there and nothing else."""
    others = {key: title for key, title in state.items() if key != LEDGER}
    number = int(state[LEDGER].split()[0])
    assert state[LEDGER] == _ledger(others, number), "parts of two commits"
    return number


# Several writers


@counts(50, 5_000)
def test_writers_take_turns(tmp_path: Path, count: int) -> None:
    """Although they fork, linger, and delete what looks like a lock."""
    path = tmp_path / "index"
    made(path, {COUNTER: "0"})
    writers = [Child(count_up, path, count, number) for number in range(WRITERS)]
    results = [writer.result() for writer in writers]
    assert sum(results) == count
    assert contents(path) == {COUNTER: f"{count}"}
    open_writer(path).close()
    check_no_orphans(path)


def count_up(path: Path, end: int, number: int) -> int:
    """Raise the counter until it is at the end; how often."""
    chance = Random(f"{SEED}/{number}")
    commits = 0
    while True:
        try:
            writer = open_writer(path)
        except IndexLocked:
            continue
        with _alone(path.with_name("held")):
            counter = opened(path).get(COUNTER)
            assert counter
            if int(counter.title) == end:
                writer.close()
                return commits
            writer.add(article(COUNTER, f"{int(counter.title) + 1}"))
            chance.choice([_fork_briefly, _fork_and_linger, _delete_locks, _do_nothing])(path)
            writer.commit()
            commits += 1
        writer.close()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else is in here at the same time."""
    path.touch(exist_ok=False)
    yield
    path.unlink()


def _fork_briefly(path: Path) -> None:
    """A child that ends at once, as ``multiprocessing`` and carelessly written programs do it."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _fork_and_linger(path: Path) -> None:
    """A child that outlives the writer."""
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(LONGER_SECONDS)
        os._exit(0)
    os.wait()


def _delete_locks(path: Path) -> None:
    """What somebody does who believes that a lock was forgotten."""
    for name in ("write.lock", "MAIN_WRITELOCK", reserve.NAME):
        (path / name).unlink(missing_ok=True)


def _do_nothing(path: Path) -> None:
    pass


def test_a_writer_waits_ten_seconds_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index"
    clock = [0.0]
    monkeypatch.setattr(write_lock.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(write_lock.time, "sleep", lambda seconds: wait(seconds))
    first = open_writer(path)

    def wait(seconds: float) -> None:
        clock[0] += seconds
        if clock[0] > first_ends:
            first.close()

    first_ends = 9.9
    open_writer(path).close()
    assert 9.9 < clock[0] < 10
    first, first_ends, clock[0] = open_writer(path), 99.0, 0.0
    with pytest.raises(IndexLocked, match="another program is writing"):
        open_writer(path)
    assert 10 < clock[0] < 10.1
    first.close()


def test_a_forked_child_cannot_write(tmp_path: Path) -> None:
    """It has the writer of its parent, but not the right to use it."""
    path = tmp_path / "index"
    assert Child(fork_while_writing, path).result() == [0, 0, 0]
    assert contents(path) == {"parent": "rain"}
    check_no_orphans(path)


def fork_while_writing(path: Path) -> list[int]:
    """What became of three children that used the writer: 0, if each was refused."""
    uses: list[Callable[[EmbeddedWriter], object]] = [
        lambda writer: writer.add(article("child", "rain")),
        lambda writer: writer.commit(),
        lambda writer: writer.rollback(),
    ]
    with EmbeddedWriter(Folder(path), memory_limit_mb=0) as writer:
        writer.add(article("parent", "rain"))  # in a segment that no commit has yet
        return [_refusal_of_child(writer, use) for use in uses]


def _refusal_of_child(writer: EmbeddedWriter, use: Callable[[EmbeddedWriter], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            use(writer)
        except IndexLocked:
            writer.close()
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1]


def test_a_closed_writer_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "index"
    writer = open_writer(path)
    writer.close()
    for use in (writer.commit, writer.rollback, lambda: writer.delete("1")):
        with pytest.raises(IndexLocked, match="closed"):
            use()
    writer.close()
