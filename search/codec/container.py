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
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from search.errors import IndexCorrupt, IndexVersionMismatch

VERSION = 1
ALIGNMENT = 64

_MAGIC = b"SANBAO" + struct.pack("<H", VERSION)
_TRAILER = struct.Struct("<QQ8s")

Array = NDArray[Any]


class ContainerWriter:
    """Writes a container from beginning to end.

    Call :meth:`add` for each array, then :meth:`close` once; without it, the file is not valid.
    An array can also be written in pieces: :meth:`begin`, :meth:`append` ..., :meth:`end`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._arrays: dict[str, list[Any]] = {}
        self._open: tuple[str, np.dtype[Any]] | None = None
        self._file.write(_MAGIC)

    def add(self, name: str, array: Array) -> None:
        """Write a whole array of any shape."""
        self.begin(name, array.dtype)
        self.append(array.reshape(-1))
        self.end(array.shape)

    def begin(self, name: str, dtype: np.dtype[Any]) -> None:
        """Start the array ``name``, which no earlier one may have."""
        assert self._open is None and name not in self._arrays, name
        self._file.write(b"\0" * (-self._file.tell() % ALIGNMENT))
        self._arrays[name] = [self._file.tell(), dtype.str, [0]]
        self._open = name, dtype

    def append(self, piece: Array) -> None:
        """The next elements of the started array."""
        assert self._open is not None
        name, dtype = self._open
        self._file.write(np.ascontiguousarray(piece, dtype=dtype).data)
        self._arrays[name][2][0] += piece.size

    def end(self, shape: tuple[int, ...] | None = None) -> None:
        """Finish the started array, one-dimensional unless another shape of its size is given."""
        assert self._open is not None
        if shape is not None:
            self._arrays[self._open[0]][2] = list(shape)
        self._open = None

    def close(self, meta: Mapping[str, Any]) -> None:
        """Write the directory with ``meta`` (JSON types) and the trailer. The file stays open."""
        directory = json.dumps({"arrays": self._arrays, "meta": meta}, ensure_ascii=False).encode()
        offset = self._file.tell()
        self._file.write(directory)
        self._file.write(_TRAILER.pack(offset, len(directory), _MAGIC))


class Container:
    """A container opened for reading. Arrays are views into the mapped file.

    They stay valid after :meth:`close`, which only drops this object's own references.

    Raises:
        IndexCorrupt: naming the file, when it is cut short or is no container.
        IndexVersionMismatch: when another version of this program wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._bytes: Array = np.asarray(np.memmap(path, np.uint8, mode="r"))
        except (OSError, ValueError) as error:
            raise IndexCorrupt(f"cannot read {path}: {error}; restore it from a copy") from error
        directory = self._read_directory()
        self.meta: dict[str, Any] = directory["meta"]
        self._arrays: dict[str, Array] = {
            name: self._view(offset, np.dtype(dtype), tuple(shape))
            for name, (offset, dtype, shape) in directory["arrays"].items()
        }

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def __getitem__(self, name: str) -> Array:
        """The array of that name; KeyError if there is none."""
        return self._arrays[name]

    def get(self, name: str) -> Array | None:
        """The array of that name, or None."""
        return self._arrays.get(name)

    def names(self) -> list[str]:
        """The names of all arrays."""
        return list(self._arrays)

    def close(self) -> None:
        """Drop the arrays; the file is unmapped when nobody else holds one."""
        self._arrays = {}
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
        size = prod(shape) * dtype.itemsize
        if offset + size > len(self._bytes):
            raise self._corrupt("says that an array lies beyond its end")
        return self._bytes[offset : offset + size].view(dtype).reshape(shape)

    def _corrupt(self, what: str) -> IndexCorrupt:
        return IndexCorrupt(f"{self.path} {what}; restore it from a copy")
