"""The files of an index in a folder: the few operations that everything else is made of."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

from sanbao.search.errors import StorageFailed

Result = TypeVar("Result")

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
_ADVICE = {
    errno.ENOSPC: "free space on the disk and try again",
    errno.EDQUOT: "free space within the user's quota and try again",
    errno.EMFILE: "let the program open more files (ulimit -n) and try again",
    errno.ENFILE: "let the machine open more files (sysctl fs.file-max) and try again",
    errno.ENOMEM: "give the program more memory and try again",
    errno.EACCES: "give the user who runs this the right to it",
    errno.EPERM: "give the user who runs this the right to it",
    errno.EROFS: "make the disk writable, or use an index elsewhere",
    errno.EIO: "the disk may be failing: look into the system's log, and keep a copy of the folder",
}


class Folder:
    """A folder of files. Every name is that of a file right in it.

    Operations raise FileNotFoundError when a file is not there, and
    :class:`search.errors.StorageFailed`, which names the file and what to do, when the system
    refuses for any other reason.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Make the folder and those that it lies in, as far as they are not there.

        Their names survive a loss of power, as those of its files do after :meth:`sync`.
        """
        missing = [path for path in (self.path, *self.path.parents) if not path.exists()]
        self.path.mkdir(parents=True, exist_ok=True)
        for path in reversed(missing):
            Folder(path.parent).sync()

    def names(self) -> list[str]:
        """The names of all files; none when there is no such folder."""
        try:
            with self._doing("list"), os.scandir(self.path) as entries:
                return [entry.name for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def read(self, name: str) -> bytes:
        """All of a file."""
        with self._doing("read", name):
            return (self.path / name).read_bytes()

    def pieces(self, name: str, size: int) -> Iterator[bytes]:
        """All of a file, so many bytes at a time, read and not mapped."""
        with self._doing("read", name), (self.path / name).open("rb", buffering=0) as file:
            while piece := file.read(size):
                yield piece

    def map(self, name: str) -> mmap.mmap:
        """A file mapped for reading. It stays readable when the file is removed."""
        with self._doing("read", name), (self.path / name).open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def status(self, name: str) -> os.stat_result:
        """The size of a file, and when it was changed."""
        with self._doing("read", name):
            return (self.path / name).stat()

    def write(self, name: str, fill: Callable[[BinaryIO], Result]) -> Result:
        """Make a file, or empty it, and write what ``fill`` does; it is on the disk afterwards.

        The entry in the folder is not before :meth:`sync`. A file that fails is removed.
        """
        try:
            with self._doing("write", name), self._create(name) as file:
                result = fill(file)
                file.flush()
                self._sync_file(file)
                return result
        except BaseException:
            with suppress(OSError, StorageFailed):
                self.remove(name)
            raise

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, that of an existing one too, at one stroke."""
        with self._doing("rename", old):
            (self.path / old).replace(self.path / new)

    def remove(self, name: str) -> None:
        """Remove a file; whoever has mapped it keeps it."""
        with self._doing("remove", name):
            (self.path / name).unlink()

    def take(self, name: str, source: Path) -> None:
        """Make a file a copy of another one, on the disk as by :meth:`write`."""
        with self._doing("read", str(source)), source.open("rb") as original:
            self.write(name, lambda file: shutil.copyfileobj(original, file, 1 << 20))

    def link(self, name: str, target: Path) -> None:
        """A second name for a file, in another folder; a copy where disks cannot share one."""
        try:
            os.link(self.path / name, target)
        except FileNotFoundError:
            raise
        except OSError:
            Folder(target.parent).take(target.name, self.path / name)

    def sync(self) -> None:
        """See to it that names made, changed and removed so far survive a loss of power."""
        with self._doing("sync"):
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _create(self, name: str) -> BinaryIO:
        return (self.path / name).open("wb")

    def _sync_file(self, file: BinaryIO) -> None:
        os.fsync(file.fileno())

    @contextmanager
    def _doing(self, what: str, name: str = "") -> Iterator[None]:
        """Inside, the system's refusals become StorageFailed."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            raise
        except OSError as error:
            raise failure(what, self.path / name, error) from error


def failure(what: str, path: Path, error: OSError) -> StorageFailed:
    """The error that says what could not be done to which file, why, and what to do."""
    advice = _ADVICE.get(error.errno or 0, "see to that and try again")
    reason = error.strerror or str(error)
    return StorageFailed(
        f"cannot {what} {path}: {reason[:1].lower()}{reason[1:]}; {advice}",
        disk_full=error.errno in _NO_SPACE,
    )
