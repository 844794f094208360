"""Finding files and opening them: regular files only, and never more of one than fits in memory."""

from __future__ import annotations

import glob
import io
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

from sanbao.indexer.drafts import Failure, InputError
from sanbao.indexer.text import visible

MEGABYTE = 1 << 20
MAX_ARTICLE = 16 * MEGABYTE
"""Largest line of JSON lines, and largest file that is one article, in bytes."""
MAX_FILE = 64 * MEGABYTE
"""Largest file that is read whole and holds many articles, in bytes."""
MAX_EXPANSION = 100
"""Gzip data that grows by more than this is a bomb, after its first megabyte: JSON of news grows 3
to 10 times."""
MAX_EMPTY_MEMBERS = 100
"""So many parts of a gzip file may hold nothing: some programs end a file with one."""

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
    name = display_name(path)
    _require_regular(path.stat())
    # Should it have become a FIFO in the meantime, opening it does not wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with io.BufferedReader(open(descriptor, "rb", buffering=0), HEAD) as raw:  # noqa: PTH123 - a descriptor
        _require_regular(os.fstat(descriptor))
        stream: io.BufferedReader[Any] = raw
        if raw.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC):
            stream = io.BufferedReader(_Gunzip(raw), HEAD)
        head = stream.peek(HEAD)[:HEAD]
        if not head:
            raise InputError("is empty")
        yield Input(name, stream, head)


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise InputError("was a file and has become a folder; run the command again")
    if not stat.S_ISREG(status.st_mode):
        raise InputError("is not a regular file; pipe JSON lines to `sanbao index -` instead")


def display_name(path: Path) -> str:
    """The path as text that any output can hold; bytes that are no text stand as ``\\xff``."""
    return visible(os.fsencode(path).decode("utf-8", "backslashreplace"))


def find_files(arguments: Iterable[str]) -> Iterator[Path | Failure]:
    """The files that the arguments name, folders walked in sorted order.

    Hidden files of a folder are skipped, and so are links to a folder within it, whose files are
    found where they are. An argument that names no file is a failure, and so are a folder that
    cannot be read and a link that leads out of its folder: what is indexed is soon on a web page.
    """
    for argument in arguments:
        if _ADDRESS.match(argument):
            reason = "is an address, not a file; download it and index the file"
            yield Failure(visible(argument), reason)
        else:
            yield from _find(argument)


def os_reason(error: OSError) -> str:
    """The reason without the path, which the message names already."""
    reason = error.strerror or str(error)
    return reason[:1].lower() + reason[1:]


def _find(argument: str) -> Iterator[Path | Failure]:
    try:
        path = Path(argument)
        if path.is_dir():
            yield from _walk(path)
        elif os.path.lexists(path):
            yield path
        elif matches := list(_expand(argument)):
            for match in matches:
                yield from _find(match)
        elif glob.has_magic(argument):
            yield Failure(display_name(path), "no file matches this pattern")
        else:
            yield Failure(display_name(path), "there is no such file or folder")
    except OSError as error:
        yield Failure(display_name(Path(argument)), os_reason(error))
    except ValueError:
        yield Failure(visible(argument), "no file can have such a name")


def _expand(pattern: str) -> Iterator[str]:
    """The files and folders that a pattern matches, in order.

    What ``**`` stands for is walked here: :mod:`glob` follows links, and two links to a folder
    above them make more paths than it can ever list.
    """
    parts = pattern.split("/")
    if "**" not in parts:
        yield from sorted(glob.glob(pattern))  # noqa: PTH207 - names as they were given
        return
    place = parts.index("**")
    above, beneath = "/".join(parts[:place]), "/".join(parts[place + 1 :])
    start = "/" if pattern.startswith("/") else os.curdir
    roots = sorted(glob.glob(above)) if above else [start]  # noqa: PTH207 - as above
    if not beneath:
        yield from roots
        return
    folders = (listed.path for root in roots for listed in _folders(Path(root)))
    matches = (_expand(f"{glob.escape(str(folder))}/{beneath}") for folder in folders)
    yield from dict.fromkeys(chain.from_iterable(matches))


class _Folder(NamedTuple):
    """A folder: what is in it and not hidden, folders left out; or why that cannot be told."""

    path: Path
    names: list[str]
    failure: Failure | None = None


def _folders(root: Path) -> Iterator[_Folder]:
    """The folder and those beneath it, each before its own, in order; links are not followed.

    Not by :func:`os.walk`, which needs a call of Python for each folder in a folder, so that a
    thousand of them end it.
    """
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            with os.scandir(path) as entries:
                shown = {e.name: _is_folder(e) for e in entries if not e.name.startswith(".")}
        except OSError as error:
            yield _Folder(path, [], Failure(display_name(path), os_reason(error)))
            continue
        names = sorted(shown)
        yield _Folder(path, [name for name in names if not shown[name]])
        waiting += [path / name for name in reversed(names) if shown[name]]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # what is wrong with it shows when it is opened
        return False


def _walk(root: Path) -> Iterator[Path | Failure]:
    is_empty = True
    for folder in _folders(root):
        found = [folder.failure] if folder.failure else _files(folder, root)
        for one in found:
            is_empty = False
            yield one
    if is_empty:
        yield Failure(display_name(root), "this folder holds no files")


def _files(folder: _Folder, root: Path) -> Iterator[Path | Failure]:
    for path in map(folder.path.joinpath, folder.names):
        # Unlike the methods of Path, these answer for links in a circle, and where not even that
        # may be read which kind of file it is.
        if not os.path.islink(path):  # noqa: PTH114 - see above
            yield path
        elif not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
            reason = "is a link that leads out of this folder; name the file itself"
            yield Failure(display_name(path), reason)
        elif not os.path.isdir(path):  # noqa: PTH112 - see above
            yield path


class _Gunzip(io.RawIOBase):
    """Decompresses, with typed errors, as far as the data is no bomb.

    By zlib itself: ``gzip.GzipFile`` reads the name in a header byte by byte, and tells nothing
    of parts that are empty.
    """

    def __init__(self, compressed: IO[bytes]) -> None:
        self._compressed = compressed
        self._taken = self._given = 0
        self._member_given = self._empty_members = 0
        self._rest = b""
        self._member = _member()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while True:
            if self._member.eof and not self._next_member():
                return 0
            data = self._decompress(len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)

    def _decompress(self, size: int) -> bytes:
        compressed = self._member.unconsumed_tail or self._rest or self._more()
        self._rest = b""
        try:
            data: bytes = self._member.decompress(compressed, size)
        except zlib.error as error:
            raise InputError(_DAMAGED) from error
        if not (data or compressed):
            raise InputError(_DAMAGED)
        self._member_given += len(data)
        self._given += len(data)
        if self._given > max(MEGABYTE, MAX_EXPANSION * self._taken):
            raise InputError(
                f"the gzip data expands more than {MAX_EXPANSION} times; "
                "decompress it first if it is no attack"
            )
        return data

    def _next_member(self) -> bool:
        """Whether another part follows; zeros may stand between them and at the end."""
        self._empty_members += not self._member_given
        if self._empty_members > MAX_EMPTY_MEMBERS:
            raise InputError("the gzip data has hundreds of empty parts; compress the file again")
        rest = self._member.unused_data.lstrip(b"\0")
        while not rest:
            more = self._more()
            if not more:
                return False
            rest = more.lstrip(b"\0")
        self._rest = rest
        self._member = _member()
        self._member_given = 0
        return True

    def _more(self) -> bytes:
        data = self._compressed.read(_COMPRESSED)
        self._taken += len(data)
        return data


def _member() -> Any:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP)


_GZIP = 16
_DAMAGED = "the gzip data is cut off or damaged; fetch the file again"
_COMPRESSED = 1 << 16
"""Bytes that are read at a time."""
