"""When the system refuses an operation, any one of them, nothing is lost and searching goes on."""

from __future__ import annotations

import errno
import itertools
import resource
from pathlib import Path
from random import Random

import pytest

from sanbao.search.engines import SearchEngine, open_writer
from sanbao.search.engines.answering import Answering
from sanbao.search.engines.embedded import index as embedded_index
from sanbao.search.engines.embedded.index import EmbeddedIndex
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import IndexNotFound, IndexProblem, StorageFailed
from sanbao.search.ranking.recency import DEFAULT_RECENCY
from sanbao.search.request import SearchRequest
from sanbao.search.storage import generations
from sanbao.search.storage.folder import Folder
from tests.search.storage.commits import COMMITS, Commit
from tests.search.storage.faulty_folder import Fault, FaultyFolder
from tests.search.storage.processes import Child
from tests.search.storage.states import (
    ABSENT,
    PATIENT,
    State,
    abandon,
    after,
    check_no_orphans,
    contents,
    opened,
    write,
)
from tests.search.storage.trials import counts, run_trials

ERRORS = (errno.EIO, errno.ENOSPC, errno.EMFILE, errno.ENOMEM, errno.EACCES)
LATER = {"article-1": "rain later", "article-3": None}


def _faults(steps: int) -> list[Fault]:
    return [
        Fault(at, error, lasting)
        for at in range(1, steps + 1)
        for error in ERRORS
        for lasting in (False, True)
    ]


@counts(200, 20_000)
def test_an_error_at_every_operation_of_a_commit(tmp_path: Path, count: int) -> None:
    """A commit that says it is done is on the disk; one that fails has done all or nothing."""
    cases = [
        (commit, fault) for commit in COMMITS for fault in _faults(len(commit.steps(tmp_path)))
    ]
    Random(count).shuffle(cases)
    unseen = iter(cases[:count])
    run_trials(min(count, len(cases)), lambda chance: _fail(tmp_path, *next(unseen), chance))


def _fail(folder: Path, commit: Commit, fault: Fault, chance: Random) -> None:
    path = commit.prepared(folder)
    disk = FaultyFolder(path, fault)
    engine = None if commit.old is ABSENT else opened(path)
    allowed, writer = _try(commit, disk)
    state = contents(path)
    assert state in allowed, fault
    if engine:
        assert _titles(engine) == state, "the engine that was open serves what is there"
    disk.fault = None
    if chance.random() < 0.5:  # the fault is over, and the program goes on
        writer = writer or EmbeddedWriter(disk)
        write(writer, LATER)
        writer.commit()
        allowed = [after({} if state is ABSENT else state, LATER)]
        assert contents(path) == allowed[0], fault
        check_no_orphans(path)
    abandon(writer)
    disk.lose_power(chance)
    assert contents(path) in allowed, fault


def _try(commit: Commit, disk: FaultyFolder) -> tuple[list[State], EmbeddedWriter | None]:
    """Make the commit, which may fail; what the index may hold, and the writer if there is one."""
    writer = None
    try:
        writer = EmbeddedWriter(disk)
        write(writer, commit.changes)
        writer.commit()
    except IndexProblem as error:
        assert not isinstance(error, IndexNotFound)
        assert str(disk.path) in str(error)
        return commit.allowed, writer
    return [commit.new], writer


def test_merging_waits_until_there_is_space(tmp_path: Path) -> None:
    (commit,) = (each for each in COMMITS if each.name == "ten segments merged")
    creations = [at for at, kind in enumerate(commit.steps(tmp_path), 1) if kind == "create"]
    _reserve, _segment, merged, _manifest, _table = creations
    path = commit.prepared(tmp_path)
    commit.run(FaultyFolder(path, Fault(merged, errno.ENOSPC, lasting=False)))
    assert contents(path) == commit.new
    assert _segments(path) == 10
    commit.run(FaultyFolder(path))
    assert contents(path) == commit.new
    assert _segments(path) == 1


def _segments(path: Path) -> int:
    folder = Folder(path)
    return len(generations.read(folder, generations.newest(folder)).segments)


@pytest.fixture
def never_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that could not open a state tries it again at the next search."""
    monkeypatch.setattr(embedded_index, "TRY_AGAIN_SECONDS", 0)


@pytest.mark.usefixtures("never_waiting")
@pytest.mark.parametrize(
    "commit", [each for each in COMMITS if each.start], ids=lambda commit: commit.name
)
@counts(20, 10_000)
def test_an_error_while_a_new_commit_is_opened(tmp_path: Path, commit: Commit, count: int) -> None:
    """An engine serves what it has, says why, and comes by the new commit later."""
    steps = _steps_of_a_refresh(commit, tmp_path)
    cases = _faults(steps)
    Random(count).shuffle(cases)
    for fault in cases[:count]:
        engine, disk = _engine_behind(commit, tmp_path)
        disk.fault = Fault(disk.operations + fault.at, fault.error, fault.lasting)
        assert _titles(engine) in (commit.old, commit.new), fault
        if fault.lasting:
            assert _titles(engine) == commit.old, fault
            problem = engine.problem()
            assert isinstance(problem, StorageFailed), fault
            assert str(disk.path) in str(problem)
        disk.fault = None
        assert _titles(engine) == commit.new, fault
        assert engine.problem() is None
    print(f"{min(count, len(cases))} of {len(cases)} cases")


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_while_an_index_is_opened(tmp_path: Path, error: int) -> None:
    path = COMMITS[1].prepared(tmp_path)
    at = 1
    while True:
        disk = FaultyFolder(path, Fault(at, error))
        try:
            engine = Answering(EmbeddedIndex(disk), DEFAULT_RECENCY, PATIENT)
        except StorageFailed as problem:
            assert str(path) in str(problem)
            at += 1
            continue
        assert at > 5
        disk.fault = None
        assert _titles(engine) == COMMITS[1].old
        return


def test_really_too_many_open_files(tmp_path: Path) -> None:
    """The one shortage that can be had without pretending; it meets every call of the system."""
    commit = COMMITS[1]
    path = commit.prepared(tmp_path)
    refusals = Child(write_with_few_files, path, commit).result()
    assert refusals >= 2
    assert contents(path) == commit.new
    check_no_orphans(path)


def write_with_few_files(path: Path, commit: Commit) -> int:
    """Commit with ever more files that may be open, until it succeeds; how often it did not."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    engine = opened(path)
    open_now = len([*Path("/proc/self/fd").iterdir()])
    for more in itertools.count():
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + more, usual[1]))
            with open_writer(path) as writer:
                write(writer, commit.changes)
            return more
        except IndexProblem as problem:
            assert "let the program open more files" in str(problem)
            assert _titles(engine) == commit.old
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        assert contents(path) == commit.old
    raise AssertionError


def _engine_behind(commit: Commit, folder: Path) -> tuple[SearchEngine, FaultyFolder]:
    """An engine that has not seen the commit yet, and its disk."""
    path = commit.prepared(folder)
    disk = FaultyFolder(path)
    engine = Answering(EmbeddedIndex(disk), DEFAULT_RECENCY, PATIENT)
    assert _titles(engine) == commit.old
    writer = EmbeddedWriter(Folder(path))
    write(writer, commit.changes)
    writer.commit()
    writer.close()
    return engine, disk


def _steps_of_a_refresh(commit: Commit, folder: Path) -> int:
    engine, disk = _engine_behind(commit, folder)
    before = disk.operations
    assert _titles(engine) == commit.new
    return disk.operations - before


def _titles(engine: SearchEngine) -> State:
    page = engine.search(SearchRequest(text="*", limit=100))
    assert page.total == len(page.hits)
    return {hit.article.id: hit.article.title for hit in page.hits}
