"""Documents to a segment: tokens are numbered as they come and sorted by counting at the end.

While some documents gather, a thread numbers the tokens of those before them: the kernel that does
it holds no lock of the interpreter.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from sanbao.search.codec.doc_values import DocValues
from sanbao.search.codec.interning import Interner, Vocabulary
from sanbao.search.codec.kernels.arrays import I64, U32, Bools
from sanbao.search.codec.kernels.jit import kernel
from sanbao.search.codec.segment_writer import FieldTerms, SegmentData, write_segment
from sanbao.search.codec.term_sorting import gather_terms, sort_terms

BATCH_BYTES = 1 << 21
"""Packed terms that are numbered at a time."""

_TOKEN_BYTES = 24
"""Memory that a token takes at the worst moment: numbered, inverted and about to be written."""
_NO_DOC = -1

# Of each term: the last document that had it; how many postings and occurrences it has; where the
# next of them go. Side by side, since a token mostly waits for memory.
_LAST_DOC, _POSTINGS, _TOTAL = range(3)
_NEXT_POSTING, _NEXT_POSITION = _POSTINGS, _TOTAL
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class IndexedField:
    """A field with postings.

    Attributes:
        positions: whether its postings have positions.
        scorable: whether it has term_freqs and field_lengths; if not, a document has a term of
            it or has it not, however often.
    """

    name: str
    positions: bool
    scorable: bool


@dataclass(frozen=True, slots=True)
class PackedDocument:
    """A document ready to be indexed.

    Attributes:
        terms: the tokens of each field, one field after the other in order of name, by
            :func:`search.codec.interning.pack_field`.
        positions: u32 in the order of this machine, of each token in a field with positions;
            within a field they never fall.
        stored: the pickled stored fields.
        published: seconds since 1970 UTC, or the value that stands for no date.
        facets: the distinct values of each facet, in order of name.
    """

    terms: bytes
    positions: bytes
    stored: bytes
    published: int
    facets: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class _Batch:
    """Numbered tokens of some documents; ``counts`` has the tokens of each [document, field]."""

    ids: U32
    positions: U32
    counts: U32


class SegmentBuffer:
    """Takes documents, in order of doc_id, and gives a segment.

    Args:
        fields: in order of name.
        facets: names of facets, in order.
    """

    def __init__(self, fields: Sequence[IndexedField], facets: Sequence[str]) -> None:
        self._fields = fields
        self._interner = Interner(len(fields))
        self._thread = ThreadPoolExecutor(1)
        self._numbering: Future[_Batch] | None = None
        self._numbering_bytes = 0
        self._batches: list[_Batch] = []
        self._values = DocValues(facets)
        self._terms: list[bytes] = []
        self._positions: list[bytes] = []
        self._waiting_bytes = 0
        self._tokens = 0

    def __len__(self) -> int:
        return len(self._values)

    @property
    def nbytes(self) -> int:
        """About the memory that it takes to hold the documents and make a segment of them."""
        tokens = self._tokens * _TOKEN_BYTES
        packed = 4 * (self._waiting_bytes + self._numbering_bytes)
        return 2 * self._interner.nbytes + tokens + packed + self._values.nbytes

    def add(self, document: PackedDocument) -> int:
        """Add the document; returns its doc_id."""
        doc_id = len(self)
        self._terms.append(document.terms)
        self._positions.append(document.positions)
        self._values.add(document.stored, document.published, document.facets)
        self._waiting_bytes += len(document.terms) + len(document.positions)
        if self._waiting_bytes >= BATCH_BYTES:
            self._number_waiting()
        return doc_id

    def build(self) -> SegmentData:
        """The segment of all documents; the buffer is of no use after it."""
        self._number_waiting()
        self._take_numbered()
        self._thread.shutdown()
        batches, self._batches = self._batches, []
        vocabulary = self._interner.vocabulary
        self._interner = Interner(len(self._fields))
        return _invert(self._fields, vocabulary, batches, self._values)

    def write(self, file: BinaryIO) -> int:
        """Write the segment of all documents, complete; the buffer is of no use after it.

        Returns:
            How many documents it has.
        """
        data = self.build()
        write_segment(file, data)
        return data.doc_count

    def _number_waiting(self) -> None:
        self._take_numbered()
        waiting = self._terms, self._positions
        self._numbering = self._thread.submit(_number, self._interner, *waiting)
        self._numbering_bytes, self._waiting_bytes = self._waiting_bytes, 0
        self._terms, self._positions = [], []

    def _take_numbered(self) -> None:
        if self._numbering:
            self._batches.append(self._numbering.result())
            self._tokens += len(self._batches[-1].ids)
            self._numbering, self._numbering_bytes = None, 0


def _number(interner: Interner, terms: list[bytes], positions: list[bytes]) -> _Batch:
    ids, counts = interner.intern(np.frombuffer(b"".join(terms), np.uint8))
    return _Batch(ids, np.frombuffer(b"".join(positions), np.uint32), counts)


def _invert(
    fields: Sequence[IndexedField],
    vocabulary: Vocabulary,
    batches: list[_Batch],
    values: DocValues,
) -> SegmentData:
    # 1. How many postings and occurrences has each term?
    size = len(vocabulary)
    scorable = np.array([field.scorable for field in fields], np.bool_)
    positional = np.array([field.positions for field in fields], np.bool_)
    terms = np.zeros((size, _COLUMNS), np.int64)
    terms[:, _LAST_DOC] = _NO_DOC
    lengths = np.zeros((len(fields), len(values)), np.uint32)
    first = 0
    for batch in batches:
        end = first + len(batch.counts)
        lengths[:, first:end] = batch.counts.T
        _count(batch.ids, batch.counts, scorable, first, terms)
        first = end
    lengths[~scorable] = 0
    postings, totals = terms[:, _POSTINGS].copy(), terms[:, _TOTAL].copy()
    # 2. So where do those of each term begin, in order of the terms?
    order = sort_terms(vocabulary)
    occurrences = np.where(positional[vocabulary.fields], totals, 0)
    terms[:, _NEXT_POSTING] = _begins(postings, order)
    terms[:, _NEXT_POSITION] = _begins(occurrences, order)
    terms[:, _LAST_DOC] = _NO_DOC
    # 3. Each token to its place.
    found = np.empty((int(postings.sum()), 2), np.uint32)
    positions = np.empty(int(occurrences.sum()), np.uint32)
    first = 0
    for number, batch in enumerate(batches):
        _scatter(
            *(batch.ids, batch.positions, batch.counts, scorable, positional, first),
            *(terms, found, positions),
        )
        first += len(batch.counts)
        batches[number] = _EMPTY_BATCH  # Its memory is needed for what comes next.
    blob, offsets = gather_terms(vocabulary.blob, vocabulary.offsets, order)
    term_counts = np.bincount(vocabulary.fields, minlength=len(fields))
    return SegmentData(
        doc_count=len(values),
        fields=[
            FieldTerms(field.name, int(count), field.positions, field.scorable)
            for field, count in zip(fields, term_counts, strict=True)
        ],
        term_blob=blob,
        term_offsets=offsets,
        term_postings=np.concatenate([[0], np.cumsum(postings[order])]).astype(np.uint64),
        term_totals=totals[order].astype(np.uint64),
        docs=found[:, 0],
        freqs=found[:, 1],
        positions=positions,
        lengths=lengths,
        **values.build(),
    )


def _begins(counts: I64, order: I64) -> I64:
    """Where each of the things counted begins when they stand in this order."""
    begins = np.empty(len(counts), np.int64)
    begins[order] = np.cumsum(counts[order]) - counts[order]
    return begins


_EMPTY_BATCH = _Batch(*(np.empty(0, np.uint32),) * 3)


@kernel
def _count(ids: U32, counts: U32, scorable: Bools, first_doc: int, terms: I64) -> None:
    token = 0
    for row in range(counts.shape[0]):
        doc = first_doc + row
        for field in range(counts.shape[1]):
            for _ in range(counts[row, field]):
                term = ids[token]
                token += 1
                if terms[term, _LAST_DOC] != doc:
                    terms[term, _LAST_DOC] = doc
                    terms[term, _POSTINGS] += 1
                    terms[term, _TOTAL] += 1
                elif scorable[field]:
                    terms[term, _TOTAL] += 1


@kernel
def _scatter(
    ids: U32,
    token_positions: U32,
    counts: U32,
    scorable: Bools,
    positional: Bools,
    first_doc: int,
    terms: I64,
    found: U32,
    positions: U32,
) -> None:
    """Fill ``found``, the doc_id and the term_freq of each posting, and ``positions``."""
    token = 0
    token_position = 0
    for row in range(counts.shape[0]):
        doc = first_doc + row
        for field in range(counts.shape[1]):
            for _ in range(counts[row, field]):
                term = ids[token]
                token += 1
                # 1. A new posting, or one more occurrence.
                if terms[term, _LAST_DOC] != doc:
                    terms[term, _LAST_DOC] = doc
                    posting = terms[term, _NEXT_POSTING]
                    terms[term, _NEXT_POSTING] = posting + 1
                    found[posting, 0] = doc
                    found[posting, 1] = 1
                elif scorable[field]:
                    found[terms[term, _NEXT_POSTING] - 1, 1] += np.uint32(1)
                # 2. And where.
                if positional[field]:
                    positions[terms[term, _NEXT_POSITION]] = token_positions[token_position]
                    terms[term, _NEXT_POSITION] += 1
                    token_position += 1
