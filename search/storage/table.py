"""Whoosh's table of contents as bytes, read without running anybody's code."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.index import TOC

from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.segment import ArraySegment

_NAME = "MAIN"
_ALLOWED: dict[tuple[str, str], Any] = {
    (cls.__module__, cls.__qualname__): cls for cls in (ArraySegment, ArrayCodec, bytearray)
}


def table_bytes(schema: Any, segments: Sequence[ArraySegment], generation: int) -> bytes:
    """The table of contents that ``whoosh.index.open_dir`` reads."""
    storage = _OneFile()
    TOC(schema, list(segments), generation).write(storage, _NAME)
    return storage.content


def table_segments(data: bytes) -> list[ArraySegment]:
    """The segments in a table of contents.

    The schema in it is passed over: this program's own is the one that counts.

    Raises:
        ValueError: when it holds anything but segments of the array codec.
    """
    stream = StructFile(io.BytesIO(data))
    try:
        for _ in range(3):  # the sizes of int, long and float
            stream.read_varint()
        stream.read_int()  # the order of bytes
        stream.read_int()  # the version of this layout
        for _ in range(3):  # the version of Whoosh
            stream.read_varint()
        stream.skip_string()  # the schema
        stream.read_int()  # the generation
        stream.read_int()  # unused
        segments = _Unpickler(io.BytesIO(data[stream.tell() :])).load()
    except Exception as error:  # reading damaged bytes raises a dozen kinds of errors
        raise ValueError(f"holds no table of contents: {error!r}") from error
    if not (isinstance(segments, list) and all(isinstance(s, ArraySegment) for s in segments)):
        raise ValueError("holds something else than segments")
    return segments


class _Unpickler(pickle.Unpickler):
    """Makes objects of the classes that our segments consist of, and no others."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"names {module}.{name}")
        return _ALLOWED[module, name]


class _OneFile(FileStorage):
    """Takes the one file that Whoosh writes into memory; the folder is ours to change."""

    content = b""

    def __init__(self) -> None:
        super().__init__(".")

    def create_file(self, name: str, **kwargs: Any) -> StructFile:
        buffer = io.BytesIO()
        return StructFile(buffer, name=name, onclose=lambda _: self._keep(buffer))

    def rename_file(self, old_name: str, new_name: str, safe: bool = False) -> None:
        """The bytes have their place already."""

    def _keep(self, buffer: io.BytesIO) -> None:
        self.content = buffer.getvalue()
