"""A folder on a disk that fails, on which programs stop, and that loses its power."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import BinaryIO, NamedTuple, cast

from sanbao.search.storage.folder import Folder


class Stopped(BaseException):
    """The program ended here, as by ``kill -9``: it does nothing any more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong.

    Attributes:
        at: at which operation of the folder, counted from 1.
        error: the system's number for the error; None stops the program.
        lasting: every operation after it fails as well.
    """

    at: int
    error: int | None = None
    lasting: bool = True


class _Change(NamedTuple):
    """A change of the folder itself: one name goes, another one comes, or both at one stroke."""

    gone: str | None
    made: str | None
    file: int

    def happen(self, names: dict[str, int]) -> None:
        if self.gone is not None:
            names.pop(self.gone, None)
        if self.made is not None:
            names[self.made] = self.file


class FaultyFolder(Folder):
    """A folder that knows what its disk would still have after a loss of power.

    Every reading, listing, renaming, removing and syncing is an operation, and so is every single
    ``write()`` to a file, and its closing. A write that fails has written half.

    The model is harder than most disks. Nothing but :meth:`sync` makes names last, and of the
    changes since the last one any may have happened and any not. Of a file whose data is not
    synced anything may be left; once its syncing has failed, no later one helps, unless the file is
    emptied and written anew.

    Nothing is really synced, so that trials are quick.

    Args:
        fault: what goes wrong; it may be set and taken back at any time.

    Attributes:
        done: the operations so far, each by a word for what it does.
    """

    def __init__(self, path: Path, fault: Fault | None = None) -> None:
        super().__init__(path)
        self.done: list[str] = []
        self.fault = fault
        self._aside = path.with_name(f"{path.name}.aside")
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir(parents=True)
        self._lasting: dict[str, int] = {}
        self._changes: list[_Change] = []
        self._unsynced: set[int] = set()
        self._spoilt: set[int] = set()
        for name in self._there():
            self._lasting[name] = self._keep(name)

    @property
    def operations(self) -> int:
        """How many operations there have been so far."""
        return len(self.done)

    def rename(self, old: str, new: str) -> None:
        super().rename(old, new)
        self._changes.append(_Change(old, new, self._keep(new)))

    def remove(self, name: str) -> None:
        super().remove(name)
        self._changes.append(_Change(name, None, 0))

    def sync(self) -> None:
        with self._doing("sync"):
            for change in self._changes:
                change.happen(self._lasting)
            self._changes.clear()

    def lose_power(self, chance: Random) -> None:
        """Leave in the folder what a disk might have after a loss of power at this moment.

        The object is of no use afterwards; make another one.
        """
        names = dict(self._lasting)
        for change in _some_of(self._changes, chance):
            change.happen(names)
        for name in self._there():
            (self.path / name).unlink()
        for name, file in names.items():
            self._restore(name, file, chance)

    def step(self, what: str) -> None:
        """Count an operation, and let it fail if it is its turn."""
        self.done.append(what)
        if self.fault and self._is_due(self.fault):
            if self.fault.error is None:
                raise Stopped
            raise OSError(self.fault.error, os.strerror(self.fault.error))

    def wrote(self, file: int) -> None:
        """Remember that a file, named by its number, holds data that is not synced."""
        self._unsynced.add(file)

    def _is_due(self, fault: Fault) -> bool:
        lasting = fault.lasting or fault.error is None
        return self.operations == fault.at or (lasting and self.operations > fault.at)

    @contextmanager
    def _doing(self, what: str, name: str = "") -> Iterator[None]:
        with super()._doing(what, name):
            self.step("create" if what == "write" else what)
            yield

    def _create(self, name: str) -> BinaryIO:
        file = _FaultyFile(self, self.path / name)
        number = self._keep(name)
        self._spoilt.discard(number)
        self._changes.append(_Change(None, name, number))
        return cast(BinaryIO, file)

    def _sync_file(self, file: BinaryIO) -> None:
        number = os.fstat(file.fileno()).st_ino
        try:
            self.step("sync")
        except OSError:
            self._spoilt.add(number)
            raise
        if number not in self._spoilt:
            self._unsynced.discard(number)

    def _there(self) -> list[str]:
        return [each.name for each in self.path.iterdir()] if self.path.exists() else []

    def _keep(self, name: str) -> int:
        """Put a file aside, so that it outlives its names; its number."""
        number = (self.path / name).stat().st_ino
        aside = self._aside / str(number)
        if not aside.exists():
            os.link(self.path / name, aside)
        return number

    def _restore(self, name: str, file: int, chance: Random) -> None:
        source = self._aside / str(file)
        if file not in self._unsynced:
            os.link(source, self.path / name)
            return
        left = _left_of(source.read_bytes(), chance)
        if left is not None:
            (self.path / name).write_bytes(left)


class _FaultyFile(io.FileIO):
    """A file of which every write is an operation of its own."""

    def __init__(self, folder: FaultyFolder, path: Path) -> None:
        super().__init__(path, "wb")
        self._folder = folder
        folder.wrote(os.fstat(self.fileno()).st_ino)

    def write(self, data: bytes | memoryview) -> int:
        piece = bytes(data)
        self._folder.wrote(os.fstat(self.fileno()).st_ino)
        try:
            self._folder.step("write")
        except BaseException:
            super().write(piece[: len(piece) // 2])
            raise
        return super().write(piece)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._folder.step("close")


def _some_of(changes: list[_Change], chance: Random) -> list[_Change]:
    """Any of the changes, in their order; often one alone, or all but one."""
    if not changes:
        return []
    one = chance.choice(changes)
    return chance.choice(
        [
            [],
            changes,
            [one],
            [each for each in changes if each is not one],
            [each for each in changes if chance.random() < 0.5],
        ]
    )


def _left_of(data: bytes, chance: Random) -> bytes | None:
    """What is left of a file that was not synced; None if not even its name is."""
    fate = chance.randrange(6)
    if fate == 0:
        return None
    if fate == 1:
        return bytes(len(data))
    if fate == 2:
        return data[: len(data) // 2]
    if fate == 3 and data:
        place = chance.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
    if fate == 4:
        return b""
    return data
