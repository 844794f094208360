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
from sanbao.search.storage import reserve
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
from tests.search.storage.trials import SEED, counts, scaled

READERS = 3
LEDGER = "ledger"
"""The article whose title is the number of its commit and the checksum of all other articles."""

WRITERS = 8
COUNTER = "counter"
"""The article whose title is how many commits there were."""
MORE_SECONDS = 5.0
"""Than a writer should wait, since this machine has other things to do."""


# Reading while somebody writes


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(scaled(10), id="few"),
        pytest.param(scaled(1_800), id="many", marks=pytest.mark.torture),
    ],
)
def test_every_read_is_of_one_commit(tmp_path: Path, seconds: int) -> None:
    path = tmp_path / "index"
    made(path, _with_ledger({}, 0))
    Child(os.getpid).result()  # the server of processes is there now
    until = time.monotonic() + seconds
    writer = Child(commit_until, path, until)
    readers = [Child(read_until, path, until) for _ in range(READERS)]
    results = [reader.result() for reader in readers]
    commits = writer.result()
    assert _commit_of(contents(path)) == commits
    assert all(reads > 10 for reads, _ in results)
    assert all(seen > min(5, commits // 2) for _, seen in results), "commits came by meanwhile"
    print(f"{sum(reads for reads, _ in results)} reads, {commits} commits, seed {SEED}")


def commit_until(path: Path, until: float) -> int:
    """Commit changes, and the ledger that fits them; how many commits there were."""
    chance = Random(SEED)
    state: State = {}
    commits = 0
    with open_writer(path) as writer:
        while time.monotonic() < until:
            commits += 1
            changes = random_changes(chance)
            state = after(state, changes)
            write(writer, changes)
            write(writer, {LEDGER: _ledger(state, commits)})
            writer.commit()
    return commits


def read_until(path: Path, until: float) -> tuple[int, int]:
    """Read in every way; how many reads there were, and of how many commits."""
    engine = opened(path)
    reads, last, seen = 0, 0, set()
    ways = (_searched, _listed, _opened_anew)
    while time.monotonic() < until:
        number = _commit_of(ways[reads % len(ways)](engine, path))
        assert number >= last, "an older commit after a newer one"
        assert engine.problem() is None
        last = number
        seen.add(number)
        reads += 1
    return reads, len(seen)


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
    assert sum(commits for commits, _ in results) == count
    assert contents(path) == {COUNTER: f"{count}"}
    assert max(waited for _, waited in results) < WAIT_SECONDS + MORE_SECONDS
    open_writer(path).close()
    check_no_orphans(path)


def count_up(path: Path, end: int, number: int) -> tuple[int, float]:
    """Raise the counter until it is at the end; how often, and the longest wait in seconds."""
    chance = Random(f"{SEED}/{number}")
    commits, longest = 0, 0.0
    while True:
        started = time.monotonic()
        try:
            writer = open_writer(path)
        except IndexLocked:
            continue
        finally:
            longest = max(longest, time.monotonic() - started)
        with _alone(path.with_name("held")):
            counter = opened(path).get(COUNTER)
            assert counter
            if int(counter.title) == end:
                writer.close()
                return commits, longest
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
            time.sleep(WAIT_SECONDS + MORE_SECONDS)
        os._exit(0)
    os.wait()


def _delete_locks(path: Path) -> None:
    """What somebody does who believes that a lock was forgotten."""
    for name in ("write.lock", "MAIN_WRITELOCK", reserve.NAME):
        (path / name).unlink(missing_ok=True)


def _do_nothing(path: Path) -> None:
    pass


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
