"""A segment as Whoosh's table of contents keeps it: its name, its size, and what is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec.base import Codec, PerDocumentWriter, Segment

from sanbao.search.codec import FORMAT_VERSION
from sanbao.search.codec.kernels.arrays import U8, Bools
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.errors import IndexCorrupt, IndexVersionMismatch

EXTENSION = ".arrays"


class SegmentFileMissing(IndexCorrupt, FileNotFoundError):
    """The file of a segment is not there.

    Also a FileNotFoundError, at which Whoosh reads the table of contents again: a writer may have
    merged the segment into another since it was read first.
    """


class ArraySegment(Segment):
    """A segment of the array codec. Pickled into the table of contents, so its attributes are part
    of the format, as is its name (:mod:`sanbao.pickled`).

    Attributes:
        format_version: in which it was written.
        documents: while the segment is written, the values of its documents; never pickled.
    """

    __module__ = "sanbao.pickled"

    documents: PerDocumentWriter
    _arrays: SegmentArrays | None = None

    def __init__(self, codec: Codec, indexname: str) -> None:
        super().__init__(indexname)
        self.format_version = FORMAT_VERSION
        self._codec = codec
        self._doc_count = 0
        self._deleted: bytearray | None = None
        self._deleted_count = 0

    def __getstate__(self) -> dict[str, Any]:
        transient = ("documents", "_arrays")
        return {name: value for name, value in vars(self).items() if name not in transient}

    def codec(self) -> Codec:
        """The codec that wrote it."""
        return self._codec

    def should_assemble(self) -> bool:
        """False: a file inside another could not be mapped where its arrays begin."""
        return False

    def open(self, storage: Any) -> SegmentArrays:
        """Its arrays, mapped at the first call and shared from then on.

        Raises:
            IndexVersionMismatch, IndexCorrupt: naming the file and what to do.
        """
        path = Path(storage.folder, self.make_filename(EXTENSION))
        self.check_version(path)
        if self._arrays is None:
            self._arrays = self._map(path)
        return self._arrays

    def check_version(self, path: Path) -> None:
        """Raise IndexVersionMismatch, naming the path, if this program cannot read the segment."""
        if self.format_version != FORMAT_VERSION:
            raise IndexVersionMismatch(
                f"{path} has format version {self.format_version}, this program reads "
                f"version {FORMAT_VERSION}; index the articles again into another folder"
            )

    def _map(self, path: Path) -> SegmentArrays:
        if not path.exists():
            raise SegmentFileMissing(f"{path} is missing; restore it from a copy")
        arrays = SegmentArrays(path)
        self.check_count(arrays)
        return arrays

    def check_count(self, arrays: SegmentArrays) -> None:
        """Raise IndexCorrupt if these arrays are not those of as many documents as it has."""
        if arrays.doc_count != self._doc_count:
            raise IndexCorrupt(
                f"{arrays.container.path} holds {arrays.doc_count} documents where the index "
                f"expects {self._doc_count}; restore the whole folder from a copy"
            )

    def doc_count_all(self) -> int:
        """How many documents it has, with those that are deleted."""
        return self._doc_count

    def set_doc_count(self, doccount: int) -> None:
        """Called once, by the writer of the segment."""
        self._doc_count = doccount

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Delete the document, or bring it back."""
        if self.is_deleted(docnum) == delete:
            return
        if self._deleted is None:
            self._deleted = bytearray((self._doc_count + 7) // 8)
        self._deleted[docnum >> 3] ^= 1 << (docnum & 7)
        self._deleted_count += 1 if delete else -1

    def deleted_count(self) -> int:
        """How many documents are deleted."""
        return self._deleted_count

    def is_deleted(self, docnum: int) -> bool:
        """Whether the document is deleted; no document is past the end, where Whoosh also asks."""
        if self._deleted is None or docnum >= self._doc_count:
            return False
        return bool(self._deleted[docnum >> 3] >> (docnum & 7) & 1)

    def deleted_docs(self) -> Iterator[int]:
        """The deleted documents, rising."""
        return iter(np.flatnonzero(self.deleted_mask()).tolist())

    def deleted_mask(self) -> Bools:
        """A bool for each document: whether it is deleted."""
        bits = self.deleted_bits()
        if bits is None:
            return np.zeros(self._doc_count, np.bool_)
        return np.unpackbits(bits, count=self._doc_count, bitorder="little").view(np.bool_)

    def deleted_bits(self) -> U8 | None:
        """The same as u8, eight documents each, the lowest bit first; None if none is deleted."""
        return np.frombuffer(self._deleted, np.uint8) if self._deleted else None
