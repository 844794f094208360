"""Finding files and opening them: regular files only, and never more of one than fits in memory."""

from __future__ import annotations

import glob
import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from indexer.drafts import Failure, InputError

MEGABYTE = 1 << 20
MAX_ARTICLE = 16 * MEGABYTE
"""Largest line of JSON lines, and largest file that is one article, in bytes."""
MAX_FILE = 64 * MEGABYTE
"""Largest file that is read whole and holds many articles, in bytes."""
MAX_EXPANSION = 200
"""A gzip file that grows by more than this is a bomb: JSON of news grows 3 to 10 times."""

HEAD = 8192
_GZIP_MAGIC = b"\x1f\x8b"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class Input:
    """An open input: its name, its first bytes, and bounded ways to read it.

    Attributes:
        name: the name for messages.
        head: the first bytes, at most :data:`HEAD`, decompressed.
    """

    def __init__(self, name: str, stream: IO[bytes], head: bytes = b"") -> None:
        self.name = name
        self.head = head
        self._stream = stream

    def read(self, limit: int = MAX_ARTICLE) -> bytes:
        """All of it.

        Raises:
            InputError: when it has more than ``limit`` bytes.
        """
        data = self._stream.read(limit + 1)
        if len(data) > limit:
            raise InputError(f"is larger than {limit // MEGABYTE} MB; split it into smaller files")
        return data

    def lines(self) -> Iterator[bytes | None]:
        """Its lines; None for one that has more than :data:`MAX_ARTICLE` bytes."""
        while line := self._stream.readline(MAX_ARTICLE + 1):
            if len(line) > MAX_ARTICLE:
                self._skip_rest_of(line)
                yield None
            else:
                yield line

    def _skip_rest_of(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(MEGABYTE)


@contextmanager
def open_input(path: Path) -> Iterator[Input]:
    """The file, decompressed when its content is gzip.

    Raises:
        InputError: when it is not a regular file, or is empty.
        OSError: when it cannot be opened.
    """
    name, status = display_name(path), path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise InputError("is not a regular file; pipe JSON lines to `sanbao index -` instead")
    with io.BufferedReader(path.open("rb", buffering=0), HEAD) as raw:
        stream: io.BufferedReader[Any] = raw
        if raw.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC):
            cap = max(MAX_FILE, MAX_EXPANSION * status.st_size)
            stream = io.BufferedReader(_Gunzip(raw, cap), HEAD)
        head = stream.peek(HEAD)[:HEAD]
        if not head:
            raise InputError("is empty")
        yield Input(name, stream, head)


def display_name(path: Path) -> str:
    """The path as text that any output can hold, whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "replace")


def find_files(arguments: Iterable[str]) -> Iterator[Path | Failure]:
    """The files that the arguments name, folders walked in sorted order.

    Hidden files of a folder are skipped. An argument that names no file is a failure.
    """
    for argument in arguments:
        try:
            yield from _find(argument)
        except OSError as error:
            yield Failure(display_name(Path(argument)), os_reason(error))


def os_reason(error: OSError) -> str:
    """The reason without the path, which the message names already."""
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]


def _find(argument: str) -> Iterator[Path | Failure]:
    path = Path(argument)
    if _ADDRESS.match(argument):
        yield Failure(argument, "is an address, not a file; download it and index the file")
    elif path.is_dir():
        yield from _walk(path)
    elif os.path.lexists(path):
        yield path
    elif matches := sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207
        for match in matches:
            yield from _find(match)
    elif glob.has_magic(argument):
        yield Failure(display_name(path), "no file matches this pattern")
    else:
        yield Failure(display_name(path), "there is no such file or folder")


def _walk(folder: Path) -> Iterator[Path | Failure]:
    unreadable: list[OSError] = []
    found = False
    for parent, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                found = True
                yield Path(parent, name)
    for error in unreadable:
        yield Failure(display_name(Path(error.filename)), os_reason(error))
    if not found and not unreadable:
        yield Failure(display_name(folder), "this folder holds no files")


class _Gunzip(io.RawIOBase):
    """Decompresses, with typed errors, up to ``cap`` bytes."""

    def __init__(self, compressed: IO[bytes], cap: int) -> None:
        self._stream = gzip.GzipFile(fileobj=compressed)
        self._left = cap

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError("the gzip data is cut off or damaged; fetch the file again") from error
        self._left -= len(data)
        if self._left < 0:
            raise InputError(
                f"the gzip data expands more than {MAX_EXPANSION} times; "
                "decompress it first if it is no attack"
            )
        buffer[: len(data)] = data
        return len(data)
