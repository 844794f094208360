"""Postings as Whoosh's writer sorts them, one by one, to a segment file."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from whoosh.codec.base import FieldWriter

from sanbao.search.codec.kernels.arrays import F32, U32, U64
from sanbao.search.codec.segment_writer import FieldTerms, SegmentData, write_segment
from sanbao.search.codec.whoosh_codec.per_document import ArrayPerDocumentWriter
from sanbao.search.codec.whoosh_codec.segment import EXTENSION, ArraySegment

_FREQUENCY_BYTES = 4


class ArrayFieldWriter(FieldWriter):
    """Collects postings in memory and writes the segment, documents and all, when it is closed.

    Order of calls: :meth:`add_postings`, which Whoosh turns into :meth:`start_field`,
    :meth:`start_term`, :meth:`add` ... in order of (field, bytes, doc_id), and :meth:`close`.
    A writer that is closed without :meth:`add_postings` was cancelled and writes nothing.

    Args:
        documents: has taken all that is kept by document when the postings come.
    """

    def __init__(
        self, storage: Any, segment: ArraySegment, documents: ArrayPerDocumentWriter
    ) -> None:
        self.is_closed = False
        self._storage = storage
        self._segment = segment
        self._documents = documents
        self._complete = False
        self._fields: list[FieldTerms] = []
        self._term_blob = bytearray()
        self._term_offsets = array("Q", [0])
        self._term_postings = array("Q", [0])
        self._docs = array("I")
        self._freqs = array("I")
        self._weights = array("f")
        self._positions = array("I")

    def add_postings(self, schema: Any, lengths: Any, items: Any) -> None:
        """All postings of the segment, sorted."""
        super().add_postings(schema, lengths, items)
        self._complete = True

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        """Begin a field."""
        positions = fieldobj.format.supports("positions")
        self._fields.append(FieldTerms(fieldname, 0, positions, fieldobj.scorable))
        decoder = fieldobj.format.decoder("positions" if positions else "frequency")
        self._decode: Callable[[bytes], Any] = decoder

    def start_term(self, text: bytes) -> None:
        """Begin a term of the field."""
        self._fields[-1].term_count += 1
        self._term_blob += text
        self._last_doc = -1

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int) -> None:
        """A posting of the term."""
        if docnum == self._last_doc:
            # Where adding a document failed halfway, Whoosh keeps what it had sorted already, and
            # the next document gets the same number.
            return
        self._last_doc = docnum
        self._docs.append(docnum)
        self._freqs.append(self._take_value(vbytes))
        self._weights.append(weight)

    def finish_term(self) -> None:
        """The term has no further posting."""
        self._term_offsets.append(len(self._term_blob))
        self._term_postings.append(len(self._docs))

    def close(self) -> None:
        """Write the segment file, unless the writer was cancelled."""
        if self._complete:
            with self._segment.create_file(self._storage, EXTENSION) as file:
                write_segment(file, self._data())
        self.is_closed = True

    def _take_value(self, encoded: bytes) -> int:
        """The term_freq; positions are kept."""
        if self._fields[-1].positions:
            positions = self._decode(encoded)
            self._positions.extend(positions)
            return len(positions)
        # Whoosh gives the words of a field for spelling the value of some term of another field,
        # which begins with a frequency too.
        freq: int = self._decode(encoded[:_FREQUENCY_BYTES])
        return freq

    def _data(self) -> SegmentData:
        documents = self._documents
        stored_offsets, stored_blob = documents.stored()
        freqs = np.array(self._freqs)
        return SegmentData(
            doc_count=documents.doc_count,
            fields=self._fields,
            term_blob=np.frombuffer(bytes(self._term_blob), np.uint8),
            term_offsets=np.array(self._term_offsets),
            term_postings=np.array(self._term_postings),
            term_totals=self._totals(freqs),
            docs=np.array(self._docs),
            freqs=freqs,
            weights=self._boosted_weights(freqs),
            positions=np.array(self._positions),
            lengths=documents.lengths(field.name for field in self._fields),
            stored_offsets=stored_offsets,
            stored_blob=stored_blob,
            columns=documents.columns(),
        )

    def _totals(self, freqs: U32) -> U64:
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(freqs, dtype=np.uint64)])
        totals: U64 = np.diff(sums[np.array(self._term_postings)])
        return totals

    def _boosted_weights(self, freqs: U32) -> F32 | None:
        weights = np.array(self._weights)
        return None if np.array_equal(weights, freqs.astype(np.float32)) else weights
