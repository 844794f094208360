"""One segment of the array codec, opened for searching."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from sanbao.search.analysis.code_points import code_points
from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import I64, U8, U32, Array, U16OrU32
from sanbao.search.codec.kernels.doc_set import DocSet, frozen
from sanbao.search.codec.kernels.edit_distance import similar_terms
from sanbao.search.codec.kernels.positions import Positions, positions_of
from sanbao.search.codec.kernels.postings import MadePostings, made_row, union
from sanbao.search.codec.kernels.term_lookup import (
    ALL_BITMAPS,
    ALL_DENSE,
    ALL_RANKS,
    BASE,
    BITMAP_COUNT,
    BITMAP_TERMS,
    BITMAP_WORDS,
    BLOB_SIZE,
    DELETED_COUNT,
    DELETED_DOCS,
    DENSE_COUNT,
    DENSE_TERMS,
    FIELD_COLUMNS,
    FIELD_LENGTHS,
    FIELD_WIDE,
    LARGE_POSTINGS,
    LARGE_SIZE,
    LARGE_VALUES,
    POSITION_BASES,
    POSITION_STARTS,
    POSITION_VALUES,
    POSITIONS_WIDE,
    POSTING_DOCS,
    POSTING_FREQS,
    POSTING_IMPACTS,
    PUBLISHED,
    SEGMENT,
    TERM_BLOB,
    TERM_COUNT,
    TERM_DOCS,
    TERM_OFFSETS,
    TERM_POSTINGS,
    TERM_SAMPLES,
    find_terms,
    term_samples,
)
from sanbao.search.codec.kernels.term_rows import (
    BITMAP,
    COLUMN_COUNT,
    DOC_FREQ,
    FIELD,
    FIRST,
    TERM,
    TERMS,
)
from sanbao.search.codec.segment_arrays import SegmentArrays
from sanbao.search.engines.arrays.plan import FIELD_NAMES, Plan
from sanbao.search.limits import NEVER, Deadline


class Union(NamedTuple):
    """Several terms as if they were one.

    Attributes:
        row: where their postings are,
        ranges: i64 [ranges, 2], which of them, counted from the first of the row, and
        docs: the doc_ids of these (u32), one term after the other.
        made: the postings that they have together.
    """

    row: I64
    ranges: I64
    docs: U32
    made: MadePostings


class FoundTerms:
    """The terms of a plan in one segment.

    Attributes:
        rows: of :mod:`search.codec.kernels.term_rows`, by number; those of phrases are empty.
        doc_freqs: in how many documents each is, deleted ones included; 0 for a phrase that
            has not been looked for.
        similar: the numbers of the terms (i64) that those with typing errors stand for.
        unions: those of them that are several terms.
    """

    def __init__(self, rows: I64) -> None:
        self.rows = rows
        self.doc_freqs: list[int] = rows[:, DOC_FREQ].tolist()
        self.similar: dict[int, I64] = {}
        self.unions: dict[int, Union] = {}
        self._alive: list[list[Array]] = []

    def term_count(self, number: int) -> int:
        """How many terms of the segment it stands for."""
        similar = self.similar.get(number)
        return int(self.rows[number, TERMS]) if similar is None else len(similar)

    def set_made(
        self, number: int, made: MadePostings, field: int, lengths: tuple[int, int]
    ) -> None:
        """Put postings that were made in the row of that number."""
        self.rows[number], arrays = made_row(made, field, lengths)
        self.doc_freqs[number] = len(made.docs)
        self._alive.append(arrays)


class OpenSegment:
    """A segment with what every query needs of it.

    Args:
        deleted: a bit for each doc_id, the lowest first (u8, of any length), or None.
        base: what a doc_id is raised by to become a number of the index.
    """

    def __init__(self, arrays: SegmentArrays, deleted: U8 | None, base: int) -> None:
        self.arrays = arrays
        self.base = base
        self.doc_count = arrays.doc_count
        self.published: I64 = arrays.container["published"]
        self.words = bitmaps.window_count(self.doc_count) * bitmaps.WORDS
        self.all_docs = DocSet(
            self.doc_count, bitmap=bitmaps.first_docs(self.doc_count, self.doc_count)
        )
        self.no_docs = DocSet(self.doc_count, docs=np.empty(0, np.uint32))
        self.deleted = self.no_docs
        self.live = None
        if deleted is not None:
            self.deleted = _deleted_set(deleted, self.doc_count)
            self.live = self.all_docs - self.deleted
        self._bitmaps = self.array("bitmaps/words")
        self._term_samples = term_samples(arrays.term_blob, arrays.term_offsets)
        self.table, self.fields = self._table(), self._field_table()
        self.own_averages = np.array([self._own_average(name) for name in FIELD_NAMES])

    @property
    def end(self) -> int:
        """One past the number of its last document."""
        return self.base + self.doc_count

    def array(self, name: str) -> Array:
        """The array of that name in the specification."""
        return self.arrays.container[name]

    def find(self, plan: Plan) -> FoundTerms:
        """The terms of the plan; rows of 0 for those that the segment does not have.

        Where a key means several terms, :meth:`unite` must follow.
        """
        rows = np.zeros((plan.size, COLUMN_COUNT), np.int64)
        find_terms(self.table, self.fields, plan.key_bytes, plan.requests, rows)
        return FoundTerms(rows)

    def find_similar(self, plan: Plan, found: FoundTerms, deadline: Deadline = NEVER) -> None:
        """Find the terms that those with typing errors stand for.

        Raises:
            TimeIsUp.
        """
        for number in plan.similar:
            deadline.check()
            _, text, _, edits = plan.keys[number]
            first, end = _range(found.rows[number])
            blob, offsets = self.arrays.term_blob, self.arrays.term_offsets
            word = code_points(text)
            found.similar[number], _ = similar_terms(blob, offsets, first, end, word, edits, True)

    def unite(
        self,
        found: FoundTerms,
        kept: Mapping[int, Collection[bytes]],
        deadline: Deadline = NEVER,
    ) -> None:
        """Replace the postings of several terms by those of one term in their place.

        :meth:`find_similar` comes before.

        Args:
            kept: by number, which of the terms are meant, where it is not all of them.

        Raises:
            TimeIsUp.
        """
        for number, row in enumerate(found.rows):
            if number in kept:
                meant = (term for term in self.terms_of(found, number) if term[1] in kept[number])
                self._unite(found, number, _runs(term for term, _, _ in meant), deadline)
            elif number in found.similar:
                self._unite(found, number, _runs(found.similar[number].tolist()), deadline)
            elif row[TERMS] > 1:
                self._unite(found, number, [_range(row)], deadline)

    def terms_of(self, found: FoundTerms, number: int) -> Iterator[tuple[int, bytes, int]]:
        """The terms that it stands for, in order: their numbers, bytes and doc_freqs."""
        similar = found.similar.get(number)
        numbers = np.arange(*_range(found.rows[number])) if similar is None else similar
        if not len(numbers):
            return
        offsets, postings = self.arrays.term_offsets, self.arrays.term_postings
        start = offsets[numbers[0]]
        blob = self.arrays.term_blob[start : offsets[numbers[-1] + 1]].tobytes()
        begins, ends = (offsets[numbers] - start).tolist(), (offsets[numbers + 1] - start).tolist()
        doc_freqs = (postings[numbers + 1] - postings[numbers]).tolist()
        for term, begin, end, doc_freq in zip(
            numbers.tolist(), begins, ends, doc_freqs, strict=True
        ):
            yield term, blob[begin:end], doc_freq

    def lengths_of(self, field: int) -> tuple[int, int]:
        """The address of the field_lengths of a field, and whether they are wide."""
        address, wide = self.fields[field, [FIELD_LENGTHS, FIELD_WIDE]].tolist()
        return address, wide

    def average_length(self, field: int) -> float:
        """The average field_length, with which the impacts were made."""
        return float(self.own_averages[field])

    def lengths(self, field: int) -> U16OrU32:
        """field_length by doc_id."""
        lengths: U16OrU32 = self.arrays.lengths[self.arrays.fields[FIELD_NAMES[field]].number]
        return lengths

    def doc_set(self, found: FoundTerms, number: int) -> DocSet:
        """The documents that have the term."""
        if number in found.unions:
            return DocSet(self.doc_count, docs=found.unions[number].made.docs)
        row = found.rows[number]
        if row[BITMAP]:
            words = self._bitmaps
            place = (int(row[BITMAP]) - _address(words)) // words.strides[0]
            return DocSet(self.doc_count, bitmap=words[place], size=int(row[DOC_FREQ]))
        return DocSet(self.doc_count, docs=self.docs_of(row))

    def docs_of(self, row: I64) -> U32:
        """The doc_ids of the terms of a row, one term after the other."""
        first = int(row[TERM])
        return frozen(self.arrays.docs_of_terms(first, first + int(row[TERMS])))

    def positions(self, field: int) -> Positions:
        """The positions of a field that has them."""
        return Positions(*positions_of(self.table, self.fields, field))

    def _unite(
        self, found: FoundTerms, number: int, runs: list[tuple[int, int]], deadline: Deadline
    ) -> None:
        deadline.check()
        row = found.rows[number].copy()
        field = int(row[FIELD])
        postings = self.arrays.term_postings[np.array(runs, np.int64).reshape(-1, 2)]
        ranges = postings.astype(np.int64) - row[FIRST]
        pieces = [self.arrays.docs_of_terms(*run) for run in runs] or [np.empty(0, np.uint32)]
        docs = frozen(pieces[0] if len(pieces) == 1 else np.concatenate(pieces))
        lengths, average = self.lengths(field), self.average_length(field)
        made = union(docs, ranges, row, lengths, average, self.doc_count)
        found.unions[number] = Union(row, ranges, docs, made)
        found.set_made(number, made, field, self.lengths_of(field))

    def _table(self) -> I64:
        arrays = self.arrays
        bitmap_terms, dense_terms = (
            self.array("bitmaps/terms"),
            self.array("evaluation/dense_terms"),
        )
        table = {
            TERM_COUNT: len(arrays.term_totals),
            TERM_BLOB: _address(arrays.term_blob),
            BLOB_SIZE: len(arrays.term_blob),
            TERM_OFFSETS: _address(arrays.term_offsets),
            TERM_SAMPLES: _address(self._term_samples),
            TERM_POSTINGS: _address(arrays.term_postings),
            TERM_DOCS: _address(arrays.term_docs),
            POSTING_DOCS: _address(arrays.docs),
            POSTING_FREQS: _address(arrays.freqs),
            POSTING_IMPACTS: _address(self.array("evaluation/impacts")),
            LARGE_POSTINGS: _address(arrays.large_at),
            LARGE_VALUES: _address(arrays.large),
            LARGE_SIZE: len(arrays.large),
            BITMAP_TERMS: _address(bitmap_terms),
            BITMAP_COUNT: len(bitmap_terms),
            BITMAP_WORDS: self.words,
            ALL_BITMAPS: _address(self._bitmaps),
            ALL_RANKS: _address(self.array("bitmaps/ranks")),
            DENSE_TERMS: _address(dense_terms),
            DENSE_COUNT: len(dense_terms),
            ALL_DENSE: _address(self.array("evaluation/dense")),
            BASE: self.base,
            PUBLISHED: _address(self.published),
            DELETED_DOCS: _address(self.deleted.docs),
            DELETED_COUNT: len(self.deleted),
            POSITION_VALUES: _address(arrays.positions),
            POSITIONS_WIDE: int(arrays.positions.itemsize == 4),
            POSITION_STARTS: _address(arrays.position_starts),
            POSITION_BASES: _address(arrays.position_bases),
        }
        return np.array([table[column] for column in SEGMENT], np.int64)

    def _field_table(self) -> I64:
        rows = dict.fromkeys(FIELD_NAMES, (0,) * len(FIELD_COLUMNS))
        arrays, first_position = self.arrays, 0
        for info in arrays.fields.values():
            lengths = arrays.lengths[info.number]
            rows[info.name] = (
                info.first_term,
                info.end_term,
                _address(lengths) if info.scorable else 0,
                int(lengths.itemsize == 4),
                int(arrays.term_postings[info.first_term]),
                first_position,
            )
            if info.positions:
                first_position += int(arrays.term_totals[info.first_term : info.end_term].sum())
        return np.array([rows[name] for name in FIELD_NAMES], np.int64)

    def _own_average(self, name: str) -> float:
        info = self.arrays.fields.get(name)
        return info.total_length / max(1, self.doc_count) or 1.0 if info else 1.0


def _range(row: I64) -> tuple[int, int]:
    """The terms of a row: the first, and one past the last."""
    first = int(row[TERM])
    return first, first + int(row[TERMS])


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Rising numbers; those that are neighbours as first, and one past the last."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        first = runs.pop()[0] if runs and runs[-1][1] == number else number
        runs.append((first, number + 1))
    return runs


def _address(array: Array) -> int:
    address: int = array.ctypes.data
    return address


def _deleted_set(deleted: U8, doc_count: int) -> DocSet:
    bitmap = bitmaps.empty(doc_count)
    octets = bitmap.view(np.uint8)
    octets[: len(deleted)] = deleted[: len(octets)]
    return DocSet(doc_count, bitmap=bitmap)
