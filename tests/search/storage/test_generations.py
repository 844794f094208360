"""The order of a commit's steps, what is swept, and the reserve for a full disk."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

import pytest

from sanbao.search.article import Article
from sanbao.search.engines import open_engine
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import StorageFailed
from sanbao.search.storage import generations, reserve
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.manifest import FileEntry


class RecordingFolder(Folder):
    """Keeps a list of what was done, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.done: list[str] = []

    def _create(self, name: str) -> BinaryIO:
        self.done.append(f"create {name}")
        return super()._create(name)

    def _sync_file(self, file: BinaryIO) -> None:
        self.done.append(f"sync {Path(file.name).name}")
        super()._sync_file(file)

    def rename(self, old: str, new: str) -> None:
        self.done.append(f"rename {old} {new}")
        super().rename(old, new)

    def remove(self, name: str) -> None:
        self.done.append(f"remove {name}")
        super().remove(name)

    def sync(self) -> None:
        self.done.append("sync")
        super().sync()


def article(number: int) -> Article:
    return Article(id=f"{number}", title=f"rain {number}")


def files(path: Path) -> set[str]:
    return {each.name for each in path.iterdir()} - {reserve.NAME}


def test_the_steps_of_a_commit(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path)
    with EmbeddedWriter(folder) as writer:
        writer.add(article(1))
        folder.done.clear()
        writer.commit()
        segment = next(tmp_path.glob("*.arrays")).name
        assert folder.done == [
            f"create {segment}",
            f"sync {segment}",
            "create _MAIN_1.manifest",
            "sync _MAIN_1.manifest",
            "create _MAIN_1.toc.new",
            "sync _MAIN_1.toc.new",
            "sync",
            "rename _MAIN_1.toc.new _MAIN_1.toc",
            "sync",
        ]
        folder.done.clear()
        writer.add(article(1))
        writer.commit()
    swept = folder.done[folder.done.index("rename _MAIN_2.toc.new _MAIN_2.toc") + 1 :]
    assert swept[0] == "sync", "nothing is removed before the commit is safe"
    assert {*swept[1:]} == {"remove _MAIN_0.toc", "remove _MAIN_0.manifest"}


def test_two_generations_stay(tmp_path: Path) -> None:
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        for number in range(5):
            writer.add(article(number))
            writer.commit()
    folder = Folder(tmp_path)
    assert generations.numbers(folder) == [5, 4]
    kept = [generations.read(folder, number) for number in (5, 4)]
    assert all(not generation.damage() for generation in kept)
    expected = {name for generation in kept for name in generation.manifest.files}
    assert files(tmp_path) == expected | {"_MAIN_5.manifest", "_MAIN_4.manifest"}


def test_files_of_others_are_not_swept(tmp_path: Path) -> None:
    others = {"notes.txt", "MAIN.txt", ".hidden", "MAIN_x"}
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        writer.add(article(1))
    assert others <= files(tmp_path)


def test_a_file_that_cannot_be_written_is_not_left_behind(tmp_path: Path) -> None:
    def fill(file: BinaryIO) -> NoReturn:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageFailed) as caught:
        Folder(tmp_path).write("name", fill)
    assert caught.value.disk_full
    assert str(caught.value) == (
        f"cannot write {tmp_path / 'name'}: no space left on device; "
        "free space on the disk and try again"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "operation",
    [
        lambda folder: folder.read("name"),
        lambda folder: folder.map("name"),
        lambda folder: folder.status("name"),
        lambda folder: folder.remove("name"),
        lambda folder: folder.rename("name", "other"),
        lambda folder: folder.link("name", folder.path / "other"),
    ],
)
def test_a_file_that_is_not_there(tmp_path: Path, operation: Callable[[Folder], object]) -> None:
    with pytest.raises(FileNotFoundError):
        operation(Folder(tmp_path))


def test_a_folder_that_may_not_be_read_is_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(path: Path) -> NoReturn:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("os.scandir", too_many)
    with pytest.raises(StorageFailed, match="let the program open more files"):
        Folder(tmp_path).names()
    with pytest.raises(StorageFailed):
        EmbeddedWriter(Folder(tmp_path))
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())


class FullDisk(Folder):
    """Nothing more fits, once it is full, but for what giving up the reserve makes room for."""

    full = False

    def _create(self, name: str) -> BinaryIO:
        if self.full and (self.path / reserve.NAME).exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return super()._create(name)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[FullDisk]:
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        for number in range(5):
            writer.add(article(number))
    folder = FullDisk(tmp_path)
    yield folder


def test_the_reserve_is_there_for_deleting(full_disk: FullDisk) -> None:
    assert (full_disk.path / reserve.NAME).stat().st_size == reserve.SIZE
    with EmbeddedWriter(full_disk) as writer:
        full_disk.full = True
        writer.add(article(9))
        with pytest.raises(StorageFailed, match="free space on the disk"):
            writer.commit()
        writer.delete("1")
        assert writer.commit().deleted == 1
        full_disk.full = False
    assert {each.id for each in open_engine(full_disk.path).articles()} == {"0", "2", "3", "4"}
    EmbeddedWriter(full_disk).close()
    assert (full_disk.path / reserve.NAME).exists(), "the next writer puts it aside again"


def test_no_reserve_where_there_is_little_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=reserve.SIZE))
    EmbeddedWriter(Folder(tmp_path)).close()
    assert not (tmp_path / reserve.NAME).exists()


def test_entries(tmp_path: Path) -> None:
    """The manifest says of each file what it holds."""
    with EmbeddedWriter(Folder(tmp_path)) as writer:
        writer.add(article(1))
    generation = generations.read(Folder(tmp_path), 1)
    for name, entry in generation.manifest.files.items():
        assert entry == FileEntry.of((tmp_path / name).read_bytes())
