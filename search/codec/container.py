"""One file of named arrays, memory-mapped.

::

    magic       8 bytes   "SANBAO" and the version of this container, u16
    arrays      each at a multiple of 64 bytes
    directory   JSON: {"arrays": {name: [offset, dtype, shape]}, "meta": {...}}
    trailer     24 bytes  directory offset u64, directory length u64, magic again

The trailer comes last, so that a file that was not written or copied to its end is told apart.
"""

from __future__ import annotations

import json
import math
import mmap
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np

from sanbao.search.codec.kernels.arrays import U8, Array
from sanbao.search.errors import IndexCorrupt, IndexVersionMismatch

VERSION = 1
ALIGNMENT = 64

_MAGIC = b"SANBAO" + struct.pack("<H", VERSION)
_TRAILER = struct.Struct("<QQ8s")

_PIECE = 1 << 20
"""Elements that are converted at a time."""

_GARBLED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class ContainerWriter:
    """Writes a container into an empty file.

    Call :meth:`add` for each array, or :meth:`reserve` for one that comes in pieces, then
    :meth:`close` once; without it, the file is not valid.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._arrays: dict[str, list[Any]] = {}
        self._reserved: list[ArrayWriter] = []
        self._end = self._file.write(_MAGIC)

    def add(self, name: str, array: Array) -> None:
        """Write a whole array of any shape."""
        self.reserve(name, array.dtype, array.shape).append(array)

    def reserve(self, name: str, dtype: Any, shape: tuple[int, ...]) -> ArrayWriter:
        """Room for the array ``name``, which no earlier one may have, to be filled in pieces."""
        assert name not in self._arrays, name
        dtype = np.dtype(dtype)
        begin = -(-self._end // ALIGNMENT) * ALIGNMENT
        self._end = begin + math.prod(shape) * dtype.itemsize
        self._arrays[name] = [begin, dtype.str, list(shape)]
        self._reserved.append(ArrayWriter(self._file, begin, self._end, dtype))
        return self._reserved[-1]

    def close(self, meta: Mapping[str, Any]) -> None:
        """Write the directory with ``meta`` (JSON types) and the trailer. The file stays open."""
        assert all(array.is_full for array in self._reserved)
        directory = json.dumps({"arrays": self._arrays, "meta": meta}, ensure_ascii=False).encode()
        self._file.seek(self._end)
        self._file.write(directory)
        self._file.write(_TRAILER.pack(self._end, len(directory), _MAGIC))


class ArrayWriter:
    """Fills the place of one array from beginning to end; others may be filled in between."""

    def __init__(self, file: BinaryIO, begin: int, end: int, dtype: np.dtype[Any]) -> None:
        self._file = file
        self._at = begin
        self._end = end
        self._dtype = dtype

    @property
    def is_full(self) -> bool:
        """Whether all elements are there."""
        return self._at == self._end

    def append(self, piece: Array) -> None:
        """The next elements, in an array of any shape."""
        self._file.seek(self._at)
        elements = piece.reshape(-1)
        for first in range(0, len(elements), _PIECE):
            part = np.ascontiguousarray(elements[first : first + _PIECE], dtype=self._dtype)
            self._at += self._file.write(part.data)
        assert self._at <= self._end


class Container:
    """A container opened for reading. Arrays are views into the mapped file.

    They stay valid after :meth:`close`, which only drops this object's own references.

    Args:
        mapped: the file, if it is mapped already.

    Raises:
        IndexCorrupt: naming the file, when it is cut short or is no container.
        IndexVersionMismatch: when another version of this program wrote it.
    """

    def __init__(self, path: Path, mapped: mmap.mmap | None = None) -> None:
        self.path = path
        self._map: mmap.mmap | None = mapped or _map(path)
        self._bytes: U8 = np.frombuffer(self._map, np.uint8)
        with self.reading_directory():
            directory = self._read_directory()
            self.meta: dict[str, Any] = directory["meta"]
            self._arrays: dict[str, Array] = {
                name: self._view(offset, np.dtype(dtype), tuple(shape))
                for name, (offset, dtype, shape) in directory["arrays"].items()
            }

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def __getitem__(self, name: str) -> Array:
        """The array of that name; IndexCorrupt if there is none."""
        if name not in self._arrays:
            raise self._corrupt(f"has no array {name}")
        return self._arrays[name]

    def get(self, name: str) -> Array | None:
        """The array of that name, or None."""
        return self._arrays.get(name)

    def names(self) -> list[str]:
        """The names of all arrays."""
        return list(self._arrays)

    @contextmanager
    def reading_directory(self) -> Iterator[None]:
        """Inside, what goes wrong because the directory is garbled becomes IndexCorrupt."""
        try:
            yield
        except _GARBLED as error:
            raise self._corrupt(f"has a garbled directory ({error!r})") from error

    def release(self) -> None:
        """Give back the memory of all that was read; what is needed again is read again."""
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Drop the arrays; the file is unmapped when nobody else holds one."""
        self._arrays = {}
        self._map = None
        self._bytes = np.empty(0, np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read_directory(self) -> dict[str, Any]:
        data = self._bytes
        if len(data) < len(_MAGIC) + _TRAILER.size or bytes(data[:6]) != _MAGIC[:6]:
            raise self._corrupt("is not a segment of this program")
        if bytes(data[:8]) != _MAGIC:
            raise IndexVersionMismatch(
                f"{self.path} has container version {int(data[6])}, this program reads "
                f"{VERSION}; index the articles again into another folder"
            )
        offset, length, magic = _TRAILER.unpack(bytes(data[-_TRAILER.size :]))
        if magic != _MAGIC or offset + length + _TRAILER.size != len(data):
            raise self._corrupt("is cut short or only half copied")
        directory: dict[str, Any] = json.loads(bytes(data[offset : offset + length]))
        return directory

    def _view(self, offset: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
        size = math.prod(shape) * dtype.itemsize
        if min(offset, *shape) < 0 or offset + size > len(self._bytes):
            raise self._corrupt("says that an array lies beyond its end")
        return self._bytes[offset : offset + size].view(dtype).reshape(shape)

    def _corrupt(self, what: str) -> IndexCorrupt:
        return IndexCorrupt(f"{self.path} {what}; restore it from a copy")


def _map(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise IndexCorrupt(f"cannot read {path}: {error}; restore it from a copy") from error
