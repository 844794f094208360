"""Mapped bytes as the file that Whoosh's column readers want."""

from __future__ import annotations

from whoosh.filedb.structfile import StructFile

from sanbao.search.codec.kernels.arrays import U8


class ColumnFile(StructFile):
    """A StructFile over bytes (u8) that are read in place; Whoosh's BufferFile copies them first.

    :meth:`get` may be called by several threads at once, :meth:`seek` and :meth:`read` may not.
    """

    is_real = False

    def __init__(self, data: U8) -> None:
        self._data = data.data
        self._at = 0

    def seek(self, position: int) -> None:
        """Where the next :meth:`read` begins."""
        self._at = position

    def tell(self) -> int:
        """Where the next :meth:`read` begins."""
        return self._at

    def read(self, length: int) -> bytes:
        """The next bytes, fewer at the end."""
        data = self.get(self._at, length)
        self._at += len(data)
        return data

    def get(self, position: int, length: int) -> bytes:
        """The bytes at the position, fewer at the end."""
        return self._data[position : position + length].tobytes()
