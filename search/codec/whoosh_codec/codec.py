"""How Whoosh finds the array codec: ``index.writer(codec=ArrayCodec())`` writes it, and an index
so written is read by ``whoosh.index.open_dir`` alone.

::

    ArrayCodec
    ├── writing    ArrayPerDocumentWriter -> ArrayFieldWriter -> write_segment
    ├── reading    ArrayPerDocumentReader, ArrayTermsReader -> ArrayMatcher, ArrayAutomata
    └── both       ArraySegment, in the table of contents
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from whoosh.codec.base import Codec
from whoosh.filedb.filestore import FileStorage

from sanbao.search.codec.whoosh_codec.field_writer import ArrayFieldWriter
from sanbao.search.codec.whoosh_codec.per_document import (
    ArrayPerDocumentReader,
    ArrayPerDocumentWriter,
)
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment
from sanbao.search.codec.whoosh_codec.term_expansion import ArrayAutomata
from sanbao.search.codec.whoosh_codec.terms import ArrayTermsReader
from sanbao.search.errors import IndexProblem, IndexVersionMismatch


class ArrayCodec(Codec):
    """Reads and writes segments as :mod:`search.codec` specifies them.

    It keeps postings of the formats Existence, Frequency and Positions, columns, and stored fields
    of plain values. Term vectors, other formats and indexes in memory are refused. Whoosh's writer
    of several processes needs ``multisegment=True``, since others cannot read a segment before all
    of it is written. Whoosh pickles the codec into each segment of the table of contents.
    """

    __module__ = "sanbao.pickled"

    # Whoosh would open the segment to look up field_lengths before it is written.
    length_stats = False

    def new_segment(self, storage: Any, indexname: str) -> ArraySegment:
        """A segment to be written.

        Raises:
            IndexProblem: when the storage is not a folder.
        """
        if not isinstance(storage, FileStorage):
            raise IndexProblem(
                f"the array codec cannot write to a {type(storage).__name__}, since it maps files "
                "into memory; make the index in a folder"
            )
        return ArraySegment(self, indexname)

    def per_document_writer(self, storage: Any, segment: ArraySegment) -> ArrayPerDocumentWriter:
        """Takes what is kept by document. Whoosh asks for it before the field writer."""
        documents = ArrayPerDocumentWriter()
        segment.documents = documents
        return documents

    def field_writer(self, storage: Any, segment: ArraySegment) -> ArrayFieldWriter:
        """Takes the postings and, when it is closed, writes the file of the segment."""
        assert isinstance(segment.documents, ArrayPerDocumentWriter)
        return ArrayFieldWriter(storage, segment, segment.documents)

    def per_document_reader(self, storage: Any, segment: ArraySegment) -> ArrayPerDocumentReader:
        """Reads what is kept by document.

        Raises:
            IndexVersionMismatch, IndexCorrupt: naming the file and what to do.
        """
        return ArrayPerDocumentReader(segment, segment.open(storage))

    def terms_reader(self, storage: Any, segment: ArraySegment) -> ArrayTermsReader:
        """Reads terms and postings. Raises as :meth:`per_document_reader` does."""
        return ArrayTermsReader(segment.open(storage))

    def automata(self, storage: Any, segment: ArraySegment) -> ArrayAutomata:
        """Finds similar terms. Raises as :meth:`per_document_reader` does."""
        return ArrayAutomata(segment.open(storage))


def check_segments(folder: Path, segments: Iterable[Any]) -> None:
    """Return when this program can read all segments of the table of contents.

    Raises:
        IndexVersionMismatch: naming the first that another codec or version wrote.
    """
    for segment in segments:
        if not isinstance(segment, ArraySegment):
            raise IndexVersionMismatch(
                f"{folder / segment.segment_id()} is a segment that Whoosh wrote without the array "
                "codec; index the articles again into another folder"
            )
        segment.check_version(folder / segment.make_filename(EXTENSION))
