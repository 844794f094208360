"""One segment of the array codec, opened for searching."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels import bitmaps
from search.codec.kernels.dictionary import find_terms
from search.codec.kernels.doc_set import DocSet, frozen
from search.codec.kernels.phrase import Positions
from search.codec.kernels.postings import Postings, made_postings, postings_of, union
from search.codec.segment_arrays import FieldInfo, SegmentArrays
from search.engines.array_plan import TermKey


class MadePostings(NamedTuple):
    """Postings that are not in the segment: doc_ids and term_freqs (u32), impacts (u8)."""

    docs: Array
    freqs: Array
    impacts: Array


class FoundTerm(NamedTuple):
    """The postings of a term in one segment.

    Attributes:
        first, end: in the segment's arrays; of several terms, not in order, when ``made`` is.
        bitmap_row, dense_row: of its other forms, or -1.
        made: the postings in their place.
    """

    field: str
    first: int
    end: int
    bitmap_row: int = -1
    dense_row: int = -1
    made: MadePostings | None = None

    @property
    def doc_freq(self) -> int:
        """In how many documents it is, deleted ones included."""
        return self.end - self.first if self.made is None else len(self.made.docs)


class OpenSegment:
    """A segment with what every query needs of it.

    Args:
        deleted: a bit for each doc_id, the lowest first (u8, of any length), or None.
        base: what a doc_id is raised by to become a number of the index.
    """

    def __init__(self, arrays: SegmentArrays, deleted: Array | None, base: int) -> None:
        self.arrays = arrays
        self.base = base
        self.doc_count = arrays.doc_count
        self.postings: Postings = postings_of(arrays)
        self.published: Array = arrays.container["published"]
        self._bitmap_terms = self.array("evaluation/bitmap_terms")
        self._dense_terms = self.array("evaluation/dense_terms")
        self.all_docs = DocSet(
            self.doc_count, bitmap=bitmaps.first_docs(self.doc_count, self.doc_count)
        )
        self.live = None if deleted is None else self.all_docs - self._deleted_set(deleted)

    @property
    def end(self) -> int:
        """One past the number of its last document."""
        return self.base + self.doc_count

    def array(self, name: str) -> Array:
        """The array of that name in the specification."""
        return self.arrays.container[name]

    def find(self, keys: Sequence[TermKey]) -> list[FoundTerm]:
        """The postings of each term; none for a term that the segment does not have."""
        texts = [text.encode() for _, text, _ in keys]
        ends = list(accumulate(map(len, texts)))
        requests = [
            (end - len(text), end, *self._field_bounds(field), prefix)
            for (field, _, prefix), text, end in zip(keys, texts, ends, strict=True)
        ]
        found = find_terms(
            self.arrays.term_blob,
            self.arrays.term_offsets,
            self.arrays.term_postings,
            self._bitmap_terms,
            self._dense_terms,
            np.frombuffer(b"".join(texts), np.uint8),
            np.array(requests, np.int64).reshape(-1, 5),
        )
        return [self._found(key[0], *row) for key, row in zip(keys, found.tolist(), strict=True)]

    def average_length(self, field: str) -> float:
        """The average field_length, with which the impacts were made."""
        return self.arrays.fields[field].total_length / max(1, self.doc_count) or 1.0

    def lengths(self, field: str) -> Array:
        """field_length by doc_id."""
        lengths: Array = self.arrays.lengths[self.arrays.fields[field].number]
        return lengths

    def doc_set(self, term: FoundTerm) -> DocSet:
        """The documents that have the term."""
        if term.made is not None:
            return DocSet(self.doc_count, docs=term.made.docs)
        if term.bitmap_row >= 0:
            return DocSet(self.doc_count, bitmap=self.postings.bitmaps[term.bitmap_row])
        return DocSet(self.doc_count, docs=self.postings.docs[term.first : term.end])

    def positions(self, field: str) -> Positions:
        """The positions of a field that has them."""
        info = self.arrays.fields[field]
        return Positions(
            self.arrays.positions,
            self.arrays.position_starts,
            self.arrays.position_bases,
            self.arrays.postings_of(info.first_term)[0],
            self._first_positions[field],
        )

    @cached_property
    def no_gates(self) -> Array:
        """For a query whose terms all add to the scores of all that match."""
        return np.empty((0, len(self.all_docs.bitmap)), np.uint64)

    @cached_property
    def no_made_postings(self) -> Postings:
        """For a query that has to make none."""
        nothing = np.empty(0, np.uint32)
        return made_postings(nothing, nothing, np.empty(0, np.uint8), self.doc_count)

    @cached_property
    def _first_positions(self) -> dict[str, int]:
        firsts, total = {}, 0
        for info in self.arrays.fields.values():
            firsts[info.name] = total
            if info.positions:
                total += int(self.arrays.term_totals[info.first_term : info.end_term].sum())
        return firsts

    def _field_bounds(self, field: str) -> tuple[int, int]:
        info: FieldInfo | None = self.arrays.fields.get(field)
        return (info.first_term, info.end_term) if info else (0, 0)

    def _found(
        self, field: str, first: int, end: int, bitmap_row: int, dense_row: int, term_count: int
    ) -> FoundTerm:
        made = self._union(field, first, end) if term_count > 1 else None
        return FoundTerm(field, first, end, bitmap_row, dense_row, made)

    def _union(self, field: str, first: int, end: int) -> MadePostings:
        lengths, average = self.lengths(field), self.average_length(field)
        docs, freqs, impacts = union(self.postings, first, end, lengths, average, self.doc_count)
        return MadePostings(frozen(docs), frozen(freqs), impacts)

    def _deleted_set(self, deleted: Array) -> DocSet:
        bitmap = bitmaps.empty(self.doc_count)
        octets = bitmap.view(np.uint8)
        octets[: len(deleted)] = deleted[: len(octets)]
        return DocSet(self.doc_count, bitmap=bitmap)
