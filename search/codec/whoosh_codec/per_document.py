"""What Whoosh keeps by document: stored fields, field_lengths and columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from copy import copy
from io import BytesIO
from typing import Any

import numpy as np
from whoosh import formats
from whoosh.codec.base import PerDocumentReader, PerDocumentWriter
from whoosh.filedb.structfile import StructFile

from sanbao.search.codec import stored_fields
from sanbao.search.codec.kernels.arrays import U8, U32, U64, U16OrU32
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.codec.whoosh_codec.column_file import ColumnFile
from sanbao.search.codec.whoosh_codec.posting_run import whoosh_length
from sanbao.search.codec.whoosh_codec.segment import ArraySegment
from sanbao.search.codec.whoosh_codec.value_columns import value_column, value_columns
from sanbao.search.errors import IndexProblem, InvalidArticle

_FORMATS = (formats.Existence, formats.Frequency, formats.Positions)


class ArrayPerDocumentWriter(PerDocumentWriter):
    """Collects the values of documents; the field writer takes them when all are there.

    Order of calls: for each document :meth:`start_doc`, any of the ``add_...`` and
    :meth:`finish_doc`; then :meth:`close`. A document that is not finished leaves nothing behind.
    """

    def __init__(self) -> None:
        self.doc_count = 0
        self.is_closed = False
        self._stored = bytearray()
        self._stored_offsets = array("Q", [0])
        self._lengths: dict[str, array[int]] = {}
        self._columns: dict[str, tuple[BytesIO, Any]] = {}
        self._checked_fields: set[str] = set()
        self.start_doc(0)

    def start_doc(self, docnum: int) -> None:
        """Begin the next document."""
        assert docnum == self.doc_count, docnum
        self._doc_stored: dict[str, Any] = {}
        self._doc_lengths: dict[str, int] = {}
        self._doc_columns: list[tuple[str, Any, Any]] = []

    def add_field(self, fieldname: str, fieldobj: Any, value: Any, length: int | None) -> None:
        """A stored value, or None, and the field_length, 0 or None in fields without lengths.

        Raises:
            InvalidArticle: when the value is not a plain one.
            IndexProblem: when the codec does not keep the format of the field.
        """
        self._check_format(fieldname, fieldobj)
        if value is not None:
            _check_plain(fieldname, value)
            self._doc_stored[fieldname] = value
        if length:
            self._doc_lengths[fieldname] = length

    def add_column_value(self, fieldname: str, columnobj: Any, value: Any) -> None:
        """A value of a column, as the column wants it."""
        self._doc_columns.append((fieldname, columnobj, value))

    def add_vector_items(self, fieldname: str, fieldobj: Any, items: Any) -> None:
        """Raises IndexProblem."""
        raise IndexProblem(
            f"the field {fieldname} has term vectors, which the array codec does not keep; "
            "take `vector` out of the schema"
        )

    def cancel_doc(self) -> None:
        """Forget the document that is being added."""

    def finish_doc(self) -> None:
        """The document is complete."""
        doc_id = self.doc_count
        for name, column, value in self._doc_columns:
            self._column(name, column).add(doc_id, value)
        for name, length in self._doc_lengths.items():
            lengths = self._lengths.setdefault(name, array("I"))
            lengths.extend(bytes(doc_id - len(lengths)))
            lengths.append(length)
        self._stored += stored_fields.pack(self._doc_stored)
        self._stored_offsets.append(len(self._stored))
        self.doc_count += 1

    def close(self) -> None:
        """No further document follows."""
        self.is_closed = True

    def lengths(self, fields: Iterable[str]) -> U32:
        """field_length by field, in the order given, and doc_id."""
        rows = [self._length_row(name) for name in fields]
        return np.array(rows, np.uint32).reshape(len(rows), self.doc_count)

    def stored(self) -> tuple[U64, U8]:
        """``stored/offsets`` and ``stored/blob``."""
        return np.array(self._stored_offsets), np.frombuffer(bytes(self._stored), np.uint8)

    def columns(self) -> dict[str, bytes]:
        """The bytes of each column. To be called once."""
        for _, writer in self._columns.values():
            writer.finish(self.doc_count)
        return {name: buffer.getvalue() for name, (buffer, _) in self._columns.items()}

    def _length_row(self, field: str) -> U32:
        row = np.zeros(self.doc_count, np.uint32)
        lengths = self._lengths.get(field, array("I"))
        row[: len(lengths)] = lengths
        return row

    def _column(self, name: str, column: Any) -> Any:
        if name not in self._columns:
            buffer = BytesIO()
            self._columns[name] = buffer, column.writer(StructFile(buffer))
        return self._columns[name][1]

    def _check_format(self, name: str, field: Any) -> None:
        if name in self._checked_fields:
            return
        if field.format is not None and type(field.format) not in _FORMATS:
            raise IndexProblem(
                f"the field {name} has the format {type(field.format).__name__}; the array codec "
                "keeps Existence, Frequency and Positions, choose one of them in the schema"
            )
        self._checked_fields.add(name)


class ArrayPerDocumentReader(PerDocumentReader):
    """Reads the values of documents from the arrays."""

    def __init__(self, segment: ArraySegment, arrays: SegmentArrays) -> None:
        self._segment = segment
        self._arrays = arrays
        self._columns: dict[tuple[str, int], tuple[Any, Any]] = {}

    def doc_count(self) -> int:
        """How many documents are not deleted."""
        count: int = self._segment.doc_count()
        return count

    def doc_count_all(self) -> int:
        """How many documents there are."""
        return self._segment.doc_count_all()

    def has_deletions(self) -> bool:
        """Whether any document is deleted."""
        return self._segment.deleted_count() > 0

    def is_deleted(self, docnum: int) -> bool:
        """Whether the document is deleted."""
        return self._segment.is_deleted(docnum)

    def deleted_docs(self) -> Iterator[int]:
        """The deleted documents, rising."""
        return self._segment.deleted_docs()

    def all_doc_ids(self) -> Iterator[int]:
        """The documents that are not deleted, rising."""
        return iter(np.flatnonzero(~self._segment.deleted_mask()).tolist())

    def supports_columns(self) -> bool:
        """True."""
        return True

    def has_column(self, fieldname: str) -> bool:
        """Whether any document has a value in the column."""
        return fieldname in self.list_columns()

    def list_columns(self) -> list[str]:
        """The names of all columns."""
        return [*self._written_columns(), *value_columns(self._arrays.container)]

    def column_reader(self, fieldname: str, column: Any) -> Any:
        """A reader of the column: Whoosh's own over the mapped bytes, or one that does the same.

        It takes a look at every document when it is made, and Whoosh wants one for each search.
        """
        column_and_reader = self._columns.get((fieldname, id(column)))
        if column_and_reader is None:
            # With the column, whose id another would have once it were gone.
            column_and_reader = column, self._make_column_reader(fieldname, column)
            self._columns[fieldname, id(column)] = column_and_reader
        return copy(column_and_reader[1])  # Whoosh may reverse it

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """The field_length as Whoosh's own codec rounds it, by which Whoosh scores."""
        row = self._length_row(fieldname)
        length = int(row[docnum]) if row is not None else 0
        return whoosh_length(length) if length else default

    def field_length(self, fieldname: str) -> int:
        """The sum of all field_lengths, exact."""
        info = self._arrays.fields.get(fieldname)
        return info.total_length if info else 0

    def min_field_length(self, fieldname: str) -> int:
        """The least field_length, rounded as by :meth:`doc_field_length`."""
        row = self._length_row(fieldname)
        return whoosh_length(int(row.min())) if row is not None and row.size else 0

    def max_field_length(self, fieldname: str) -> int:
        """The greatest field_length, rounded as by :meth:`doc_field_length`."""
        row = self._length_row(fieldname)
        return whoosh_length(int(row.max())) if row is not None and row.size else 0

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """The stored fields of the document.

        Raises:
            IndexCorrupt: naming the file, when they cannot be read.
        """
        return self._arrays.stored_fields(docnum)

    def _make_column_reader(self, name: str, column: Any) -> Any:
        container = self._arrays.container
        data = container.get(f"columns/{name}")
        if data is None:
            return value_column(container, name)
        return column.reader(ColumnFile(data), 0, len(data), self._arrays.doc_count)

    def _written_columns(self) -> list[str]:
        prefix = "columns/"
        names = self._arrays.container.names()
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]

    def _length_row(self, field: str) -> U16OrU32 | None:
        info = self._arrays.fields.get(field)
        row: U16OrU32 | None = self._arrays.lengths[info.number] if info else None
        return row


def _check_plain(field: str, value: Any) -> None:
    if type(value) in (str, int, float):
        return
    try:
        stored_fields.pack({field: value})
    except TypeError as error:
        raise InvalidArticle(field, f"cannot be stored, {error}; make text of it") from error
