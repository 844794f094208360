"""A snapshot is one commit, whatever a writer does meanwhile, and restoring it is one as well."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from whoosh import fields
from whoosh import index as whoosh_index

from sanbao.search.care.verify import verify_index
from sanbao.search.codec.whoosh_codec.segment import EXTENSION
from sanbao.search.engines import open_engine
from sanbao.search.engines.embedded.schema import schema
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import (
    IndexCorrupt,
    IndexLocked,
    IndexNotFound,
    IndexVersionMismatch,
    StorageFailed,
)
from sanbao.search.storage import generations, write_lock
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.generations import Generation
from sanbao.search.storage.manifest import FileEntry
from sanbao.search.storage.snapshots import read_snapshot, restore_snapshot, take_snapshot
from tests.search.care.damage import (
    change_analysis,
    change_manifest,
    flip,
    halve,
    newest_manifest,
    newest_table,
)
from tests.search.storage.faulty_folder import Fault, FaultyFolder, Stopped
from tests.search.storage.states import (
    ABSENT,
    State,
    after,
    check_no_orphans,
    contents,
    copied,
    made,
    random_changes,
    write,
)
from tests.search.storage.trials import counts, run_trials

ROOT = Path(__file__).resolve().parents[3]

OLD = {"article-1": "rain edition1", "article-2": "rain edition2"}
NEW = {"article-2": "election edition3", "article-3": "election edition4"}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of two commits and two segments."""
    index = tmp_path / "index"
    made(index, {**OLD, "gone": "rain"}, {"gone": None}, {"article-4": "rain edition5"})
    return index


STATE: State = {**OLD, "article-4": "rain edition5"}


@pytest.fixture
def snapshot(index: Path, tmp_path: Path) -> Path:
    take_snapshot(Folder(index), tmp_path / "snapshot")
    return tmp_path / "snapshot"


def restore(snapshot: Path, folder: Folder | Path) -> Generation:
    folder = folder if isinstance(folder, Folder) else Folder(folder)
    return restore_snapshot(read_snapshot(snapshot), folder, schema())


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{EXTENSION}"))


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


# Taking


def test_a_snapshot_is_an_index_of_the_newest_commit_alone(index: Path, tmp_path: Path) -> None:
    taken = take_snapshot(Folder(index), tmp_path / "deep" / "snapshot")
    assert taken.folder.path == tmp_path / "deep" / "snapshot"
    assert (taken.number, taken.article_count) == (3, 3)
    assert contents(taken.folder.path) == STATE
    assert verify_index(taken.folder.path).generations == (3,)
    assert sorted(everything(taken.folder.path)) == sorted(generations.own_names(taken.manifest))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["snapshot"]


def test_on_the_same_disk_it_takes_no_space(index: Path, snapshot: Path) -> None:
    for path in snapshot.iterdir():
        assert path.samefile(index / path.name)


def test_on_another_disk_it_is_a_copy(index: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == index.stat().st_dev:
        pytest.skip("there is no second disk")
    snapshot = other / f"sanbao-snapshot-{os.getpid()}"
    try:
        take_snapshot(Folder(index), snapshot)
        assert contents(snapshot) == STATE
        assert all(path.stat().st_nlink == 1 for path in snapshot.iterdir())
    finally:
        shutil.rmtree(snapshot)


def test_it_stays_as_it_is_when_the_index_goes_on(index: Path, snapshot: Path) -> None:
    with EmbeddedWriter(Folder(index)) as writer:
        for _ in range(3):
            write(writer, {**dict.fromkeys(STATE), "later": "rain"})
            writer.commit()
    assert contents(index) == {"later": "rain"}
    assert contents(snapshot) == STATE


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("nowhere")])
def test_what_exists_is_left_alone(
    index: Path, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "snapshot")
    with pytest.raises(StorageFailed, match="snapshot exists already; name a folder that does not"):
        take_snapshot(Folder(index), tmp_path / "snapshot")
    assert {path.name for path in tmp_path.iterdir()} == {"index", "snapshot"}


def test_nothing_is_made_where_there_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        take_snapshot(Folder(tmp_path / "index"), tmp_path / "backups" / "snapshot")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(index: Path) -> None:
    file = index.parent / "file"
    file.touch()
    with pytest.raises(StorageFailed, match=r"cannot make .*file"):
        take_snapshot(Folder(index), file / "snapshot")


@pytest.mark.parametrize("damage", [lambda path: flip(path, 200), halve, Path.unlink])
@pytest.mark.parametrize(
    "choose", [newest_manifest, newest_table, lambda index: segments(index)[-1]]
)
def test_no_snapshot_is_made_of_what_is_damaged(
    index: Path, choose: Callable[[Path], Path], damage: Callable[[Path], object]
) -> None:
    path = choose(index)
    if damage is Path.unlink and path == newest_table(index):
        return  # then there is no such commit
    damage(path)
    with pytest.raises(IndexCorrupt) as caught:
        take_snapshot(Folder(index), index.parent / "snapshot")
    assert str(path) in str(caught.value)
    assert [path.name for path in index.parent.iterdir()] == ["index"]


class Interrupted(Folder):
    """Does something before the second file of the first attempt is linked."""

    def __init__(self, path: Path, act: Callable[[], object]) -> None:
        super().__init__(path)
        self._act = iter([None, act])

    def link(self, name: str, target: Path) -> None:
        act = next(self._act, None)
        if act is not None:
            act()
        super().link(name, target)


def test_a_commit_meanwhile_is_the_one_that_is_taken(index: Path, tmp_path: Path) -> None:
    def commit() -> None:
        with EmbeddedWriter(Folder(index)) as writer:
            for changes in (dict.fromkeys(STATE), NEW, {"article-9": "rain"}):
                write(writer, changes)
                writer.commit()

    taken = take_snapshot(Interrupted(index, commit), tmp_path / "snapshot")
    assert taken.number == 6
    assert contents(tmp_path / "snapshot") == {**NEW, "article-9": "rain"}


def test_a_snapshot_that_fails_leaves_nothing(index: Path, tmp_path: Path) -> None:
    def fail() -> None:
        raise StorageFailed("no space")

    with pytest.raises(StorageFailed, match="no space"):
        take_snapshot(Interrupted(index, fail), tmp_path / "snapshot")
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


# Restoring


def test_into_a_new_folder(snapshot: Path, tmp_path: Path) -> None:
    restored = restore(snapshot, tmp_path / "deep" / "restored")
    assert restored.article_count == 3
    assert contents(tmp_path / "deep" / "restored") == STATE
    assert verify_index(tmp_path / "deep" / "restored").problems == ()
    for path in segments(tmp_path / "deep" / "restored"):
        assert path.stat().st_nlink == 1, "a restored index shares no file with its snapshot"


def test_readers_see_a_commit_and_the_state_before_stays(index: Path, snapshot: Path) -> None:
    with EmbeddedWriter(Folder(index)) as writer:
        write(writer, {**dict.fromkeys(STATE), **NEW})
    engine = open_engine(index)
    assert {article.id for article in engine.articles()} == NEW.keys()
    restored = restore(snapshot, index)
    assert restored.number == 5
    assert {article.id for article in engine.articles()} == STATE.keys()
    assert contents(index) == STATE
    assert verify_index(index).problems == ()
    (index / generations.table_name(5)).unlink()
    assert contents(index) == NEW, "the generation before"


@pytest.mark.parametrize(
    "choose", [newest_manifest, newest_table, lambda index: segments(index)[-1]]
)
@pytest.mark.parametrize("damage", [lambda path: flip(path, 200), halve, Path.unlink])
def test_over_a_damaged_index(
    index: Path,
    tmp_path: Path,
    choose: Callable[[Path], Path],
    damage: Callable[[Path], object],
) -> None:
    shutil.copytree(index, tmp_path / "copied")
    take_snapshot(Folder(tmp_path / "copied"), tmp_path / "snapshot")
    damage(choose(index))
    restore(tmp_path / "snapshot", index)
    assert {each.id: each.title for each in open_engine(index).articles()} == STATE
    with EmbeddedWriter(Folder(index)) as writer:
        write(writer, {"later": "rain"})
    assert contents(index) == {**STATE, "later": "rain"}
    assert verify_index(index).problems == ()


def test_over_an_index_of_which_nothing_is_left(snapshot: Path, tmp_path: Path) -> None:
    folder = tmp_path / "restored"
    folder.mkdir()
    (folder / "MAIN_abc.arrays").write_bytes(b"rubbish")
    (folder / "_MAIN_77.manifest").write_bytes(b"rubbish")
    assert restore(snapshot, folder).number == 78
    assert contents(folder) == STATE
    assert verify_index(folder).problems == ()


def test_no_file_is_changed_in_place(index: Path, tmp_path: Path) -> None:
    shutil.copytree(index, tmp_path / "copied")
    take_snapshot(Folder(tmp_path / "copied"), tmp_path / "snapshot")
    damaged, whole = segments(index)
    flip(damaged, 100)
    bytes_before, whole_before = damaged.read_bytes(), whole.stat().st_ino
    with damaged.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    restore(tmp_path / "snapshot", index)
    assert mapped[:] == bytes_before, "who has mapped it keeps what it had"
    assert damaged.read_bytes() != bytes_before
    assert whole.stat().st_ino == whole_before, "a file with the right content stays"


@pytest.mark.parametrize("damage", [lambda path: flip(path, 200), halve, Path.unlink])
def test_a_damaged_snapshot_is_refused_and_changes_nothing(
    snapshot: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    target = tmp_path / "target"
    made(target, NEW)
    before = everything(target)
    for name in everything(snapshot):
        spoilt = copied(snapshot, tmp_path / "spoilt")
        damage(spoilt / name)
        with pytest.raises((IndexCorrupt, IndexNotFound), match=str(spoilt)):
            restore(spoilt, target)
        with pytest.raises((IndexCorrupt, IndexNotFound), match=str(spoilt)):
            restore(spoilt, tmp_path / "new")
    assert everything(target) == before
    assert not (tmp_path / "new").exists(), "it is looked at before anything is made"


def test_there_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match=r"there is no snapshot at .*; make one with"):
        read_snapshot(tmp_path / "snapshot")


def test_a_snapshot_that_names_files_elsewhere(snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "MAIN_a.arrays").write_bytes(b"evil")
    files = generations.read_manifest(Folder(snapshot), 3).files
    change_manifest(snapshot, files={**files, "../MAIN_a.arrays": FileEntry.of(b"evil")})
    with pytest.raises(IndexCorrupt, match="lists other files"):
        restore(snapshot, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_how_text_was_analysed_goes_along(index: Path, tmp_path: Path) -> None:
    change_analysis(index, {"grams": "0 older"})
    take_snapshot(Folder(index), tmp_path / "snapshot")
    assert restore(tmp_path / "snapshot", tmp_path / "new").manifest.analysis["grams"] == "0 older"


def test_other_writers_wait(index: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_lock, "WAIT_SECONDS", 0.0)
    with EmbeddedWriter(Folder(index)), pytest.raises(IndexLocked):
        restore(snapshot, index)
    restore(snapshot, index)


def test_what_is_no_index_of_this_program_is_left_alone(snapshot: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    whoosh_index.create_in(str(foreign), fields.Schema(text=fields.TEXT))
    before = everything(foreign)
    with pytest.raises(IndexVersionMismatch):
        restore(snapshot, foreign)
    assert everything(foreign) == before
    made(tmp_path / "newer", NEW)
    change_manifest(tmp_path / "newer", format=99)
    with pytest.raises(IndexVersionMismatch):
        restore(snapshot, tmp_path / "newer")


# On disks that fail


@pytest.mark.parametrize(
    ("error", "lasting"), [(errno.EIO, True), (errno.ENOSPC, False), (None, True)]
)
@pytest.mark.parametrize("exists", [True, False])
def test_a_restore_that_fails_at_any_operation(
    snapshot: Path, tmp_path: Path, error: int | None, exists: bool, lasting: bool
) -> None:
    """Or is killed there. Without an error code, it is."""
    template, target = tmp_path / "template", tmp_path / "target"
    allowed = [made(template, OLD, NEW), STATE] if exists else [ABSENT, {}, STATE]
    at, done = 0, False
    while not done:
        at += 1
        copied(template, target)
        before = everything(target).keys()
        disk = FaultyFolder(target, Fault(at, error, lasting))
        try:
            restore(snapshot, disk)
            done = disk.operations < at
        except (StorageFailed, Stopped):
            pass
        state = contents(target)
        assert state in allowed, f"at operation {at}"
        if exists and not lasting and state != STATE:
            assert everything(target).keys() == before
        restore(snapshot, target)
        assert contents(target) == STATE
        check_no_orphans(target)
    assert at > 20


@counts(10, 1_000)
def test_a_loss_of_power_during_a_restore(snapshot: Path, tmp_path: Path, count: int) -> None:
    template, target = tmp_path / "template", tmp_path / "target"
    old = made(template, OLD, NEW)

    def trial(chance: Random) -> None:
        copied(template, target)
        disk = FaultyFolder(target, Fault(chance.randint(1, 60)))
        returned = False
        try:
            restore(snapshot, disk)
            returned = True
        except Stopped:
            pass
        disk.lose_power(chance)
        assert contents(target) in ([STATE] if returned else [old, STATE])

    run_trials(count, trial)


# While a writer works

WRITER = """
import sys
from pathlib import Path
from random import Random
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.storage.folder import Folder
from tests.search.storage.states import random_changes, write
import threading

stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
with EmbeddedWriter(Folder(Path(sys.argv[1]))) as writer:
    number = 0
    while not stop.is_set():
        number += 1
        write(writer, {**random_changes(Random(number)), "count": str(number)})
        writer.commit()
"""


@pytest.fixture
def written_to(tmp_path: Path) -> Iterator[Path]:
    """An index to which another process commits without a pause."""
    index = tmp_path / "index"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(index)], cwd=ROOT, stdin=subprocess.PIPE
    ) as process:
        while not (index / generations.table_name(1)).exists():
            assert process.poll() is None
            time.sleep(0.01)
        yield index
        process.communicate(b"")
        assert process.returncode == 0


@counts(20, 500)
def test_each_snapshot_is_exactly_one_commit(written_to: Path, tmp_path: Path, count: int) -> None:
    state: State = {}
    commits = 0

    def trial(chance: Random) -> None:
        nonlocal state, commits
        _wait_for_another_commit(written_to, commits)
        time.sleep(chance.random() / 20)
        snapshot, target = tmp_path / "snapshot", tmp_path / f"target{chance.randrange(2)}"
        taken = take_snapshot(Folder(written_to), snapshot)
        while commits < taken.number:
            commits += 1
            changes = {**random_changes(Random(commits)), "count": str(commits)}
            state = after(state, changes)
        restore(snapshot, target)  # over what an earlier one has left
        assert contents(target) == state
        assert verify_index(target).problems == ()
        shutil.rmtree(snapshot)

    run_trials(count, trial)


def _wait_for_another_commit(index: Path, number: int) -> None:
    while generations.newest(Folder(index)) <= number:
        time.sleep(0.01)
