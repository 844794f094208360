"""What a merge is made of: which postings of which segment come where in the merged one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sanbao.search.codec.doc_values import offsets_of
from sanbao.search.codec.kernels.arrays import I64, U8, U32, U64, Bools, U16OrU32
from sanbao.search.codec.kernels.jit import kernel
from sanbao.search.codec.posting_writer import term_chunks
from sanbao.search.codec.segment_arrays import FieldInfo, SegmentArrays
from sanbao.search.codec.term_sorting import gather_terms, merge_terms

BUFFER_POSTINGS = 1 << 20
"""Postings and positions that are copied at a time, unless one term has more postings."""

RELEASED_AFTER = 8
"""Chunks after which the pages of the segments that were read are given back."""

_DELETED = np.uint32(0xFFFFFFFF)


@dataclass(slots=True)
class Field:
    """A field of the merged segment, with its part of the dictionary."""

    name: str
    positions: bool
    scorable: bool
    first_term: int
    end_term: int
    blob: U8
    offsets: I64


@dataclass(slots=True)
class Input:
    """A source on its way into the merged segment.

    Attributes:
        live: whether each document is still there.
        doc_map: its doc_id in the merged segment, or _DELETED.
        bounds: the first posting of each term, and one past the last of all, i64.
        counts, totals: live postings of each term, and occurrences in them.
        numbers: of each term in the merged segment; of a term without live postings, that of the
            next one, so that they never fall.
        position_begins: where the positions of each term begin, deleted documents and all.
    """

    arrays: SegmentArrays
    live: Bools
    doc_map: U32
    bounds: I64
    counts: I64
    totals: I64
    numbers: I64
    position_begins: I64


@dataclass(slots=True)
class Part:
    """All postings of some terms of one input: doc_ids there, term_freqs."""

    input: Input
    first_term: int
    end_term: int
    docs: U32
    freqs: U32

    def live_positions(self) -> Iterator[U16OrU32]:
        """The positions of the live documents, where it is a single term, some at a time."""
        if not len(self.docs):
            return
        begin = int(self.input.position_begins[self.first_term])
        ends = np.cumsum(self.freqs, dtype=np.int64)
        cuts = np.searchsorted(ends, np.arange(BUFFER_POSTINGS, ends[-1], BUFFER_POSTINGS))
        for first, end in _between([0, *cuts.tolist(), len(self.docs)]):
            freqs, live = self.freqs[first:end], self.input.live[self.docs[first:end]]
            stop = begin + int(freqs.sum(dtype=np.int64))
            yield self.input.arrays.positions[begin:stop][np.repeat(live, freqs)]
            begin = stop


@dataclass(slots=True)
class Chunk:
    """Neighbouring terms of the merged segment, all of one field, and what each input has."""

    first_term: int
    end_term: int
    parts: list[Part]


class Merge:
    """What is known before anything is written: the dictionary and the size of every posting."""

    def __init__(self, inputs: list[Input], fields: list[Field]) -> None:
        self.inputs = inputs
        self.fields = fields
        self.doc_count = sum(int(source.live.sum()) for source in inputs)
        terms = fields[-1].end_term if fields else 0
        counts, self.totals = np.zeros(terms, np.int64), np.zeros(terms, np.int64)
        for source in inputs:
            there = np.flatnonzero(source.counts)
            counts[source.numbers[there]] += source.counts[there]
            self.totals[source.numbers[there]] += source.totals[there]
        self.bounds = offsets_of(counts).astype(np.int64)
        self._work = offsets_of(counts + self.totals).astype(np.int64)

    @property
    def position_count(self) -> int:
        """How many positions there are."""
        fields = (field for field in self.fields if field.positions)
        return sum(int(self.totals[f.first_term : f.end_term].sum()) for f in fields)

    def chunks(self, field: Field) -> Iterator[Chunk]:
        """All postings of a field, in their order."""
        parts = term_chunks(self._work, field.first_term, field.end_term, BUFFER_POSTINGS)
        for number, (first, end) in enumerate(parts, 1):
            yield Chunk(first, end, [_part(each, field.name, first, end) for each in self.inputs])
            if number % RELEASED_AFTER == 0:
                self._release()
        self._release()

    def _release(self) -> None:
        # What is mapped counts as memory of the process, and everything is read only once.
        for source in self.inputs:
            source.arrays.container.release()

    def postings(self, chunk: Chunk) -> tuple[U32, U32]:
        """The doc_ids and term_freqs of the live postings, in their order, u32."""
        bounds = self.bounds[chunk.first_term : chunk.end_term + 1]
        docs, freqs = np.empty((2, bounds[-1] - bounds[0]), np.uint32)
        ends = bounds[:-1] - bounds[0]
        for part in chunk.parts:
            source = part.input
            _copy_postings(
                *(part.first_term, part.end_term, source.bounds, part.docs, part.freqs),
                *(source.doc_map, source.numbers, chunk.first_term),
                *(ends, docs, freqs),
            )
        return docs, freqs

    def positions(self, chunk: Chunk) -> Iterator[U16OrU32]:
        """The positions of the live postings, in their order, some at a time."""
        if chunk.end_term - chunk.first_term == 1:
            for part in chunk.parts:
                yield from part.live_positions()
            return
        totals = self.totals[chunk.first_term : chunk.end_term]
        copied = np.empty(totals.sum(), np.uint32)
        ends = np.cumsum(totals) - totals
        for part in chunk.parts:
            source = part.input
            _copy_positions(
                *(part.first_term, part.end_term, source.bounds, part.docs, part.freqs),
                *(source.live, source.numbers, chunk.first_term, ends),
                *(source.position_begins, source.arrays.positions, copied),
            )
        yield copied


def read_inputs(segments: Sequence[SegmentArrays], deleted: Sequence[Bools | None]) -> list[Input]:
    inputs = []
    doc_count = 0
    for arrays, gone in zip(segments, deleted, strict=True):
        live = np.ones(arrays.doc_count, np.bool_) if gone is None else ~gone
        doc_map = np.where(live, doc_count + np.cumsum(live) - 1, _DELETED).astype(np.uint32)
        doc_count += int(live.sum())
        bounds = arrays.term_postings.astype(np.int64)
        totals = arrays.term_totals.astype(np.int64)
        numbers = np.empty(len(totals), np.int64)
        begins = _position_begins(arrays)
        counts = np.diff(bounds)
        inputs.append(Input(arrays, live, doc_map, bounds, counts, totals, numbers, begins))
        if not live.all():
            _count_live(inputs[-1])
    return inputs


def _position_begins(arrays: SegmentArrays) -> I64:
    counts = np.zeros(len(arrays.term_totals), np.int64)
    for info in arrays.fields.values():
        if info.positions:
            terms = slice(info.first_term, info.end_term)
            counts[terms] = arrays.term_totals[terms]
    return np.cumsum(counts) - counts


def _count_live(source: Input) -> None:
    """Count postings and occurrences of each term again, of live documents only."""
    source.counts.fill(0)
    source.totals.fill(0)
    for first, end in term_chunks(source.bounds, 0, len(source.counts), BUFFER_POSTINGS):
        part = _read(source, first, end)
        _count_postings(
            *(first, end, source.bounds, part.docs, part.freqs, source.live),
            *(source.counts, source.totals),
        )


def merge_dictionaries(inputs: list[Input]) -> list[Field]:
    """The merged dictionary, field by field; numbers the terms of the inputs."""
    infos: dict[str, FieldInfo] = {}
    for source in inputs:
        infos |= source.arrays.fields
    fields: list[Field] = []
    first_term = 0
    for _, info in sorted(infos.items()):
        blob, offsets = _merge_field(inputs, info.name, first_term)
        end = first_term + len(offsets) - 1
        fields.append(
            Field(info.name, info.positions, info.scorable, first_term, end, blob, offsets)
        )
        first_term = end
    return fields


def _merge_field(inputs: list[Input], name: str, first_term: int) -> tuple[U8, I64]:
    """The terms of a field that are still in some document, numbered from ``first_term``."""
    ranges = [_term_range(source.arrays, name) for source in inputs]
    dictionaries = [
        _dictionary(source.arrays, terms) for source, terms in zip(inputs, ranges, strict=True)
    ]
    blob, offsets, numbers = merge_terms(dictionaries)
    live = np.zeros(len(offsets) - 1, np.bool_)
    for source, terms, numbered in zip(inputs, ranges, numbers, strict=True):
        live[numbered[source.counts[terms] > 0]] = True
    kept_before: I64 = np.cumsum(live) - live
    for source, terms, numbered in zip(inputs, ranges, numbers, strict=True):
        source.numbers[terms] = first_term + kept_before[numbered]
    return gather_terms(blob, offsets, np.flatnonzero(live))


def _term_range(arrays: SegmentArrays, name: str) -> slice:
    info = arrays.fields.get(name)
    return slice(info.first_term, info.end_term) if info else slice(0, 0)


def _dictionary(arrays: SegmentArrays, terms: slice) -> tuple[U8, U64]:
    offsets = arrays.term_offsets[terms.start : terms.stop + 1]
    return arrays.term_blob[offsets[0] : offsets[-1]], offsets


def _part(source: Input, field: str, first: int, end: int) -> Part:
    """What an input gives to terms ``first`` to ``end`` of the merged segment, of one field."""
    terms = _term_range(source.arrays, field)
    low, high = np.searchsorted(source.numbers[terms], [first, end]).tolist()
    return _read(source, terms.start + low, terms.start + high)


def _read(source: Input, first_term: int, end_term: int) -> Part:
    docs = source.arrays.docs_of_terms(first_term, end_term)
    freqs = source.arrays.term_freqs(int(source.bounds[first_term]), int(source.bounds[end_term]))
    return Part(source, first_term, end_term, docs, freqs)


def _between(cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The parts between neighbouring cuts that are not empty."""
    return ((first, end) for first, end in pairwise(cuts) if first < end)


@kernel
def _count_postings(
    first_term: int,
    end_term: int,
    bounds: I64,
    docs: U32,
    freqs: U32,
    live: Bools,
    counts: I64,
    totals: I64,
) -> None:
    at = 0
    for term in range(first_term, end_term):
        for _ in range(bounds[term], bounds[term + 1]):
            if live[docs[at]]:
                counts[term] += 1
                totals[term] += np.int64(freqs[at])
            at += 1


@kernel
def _copy_postings(
    first_term: int,
    end_term: int,
    bounds: I64,
    docs: U32,
    freqs: U32,
    doc_map: U32,
    numbers: I64,
    base: int,
    ends: I64,
    copied_docs: U32,
    copied_freqs: U32,
) -> None:
    """Appends to the part of each merged term, which so far ends at ``ends``."""
    source = 0
    for term in range(first_term, end_term):
        number = numbers[term] - base
        at = ends[number]
        for _ in range(bounds[term], bounds[term + 1]):
            doc = doc_map[docs[source]]
            if doc != _DELETED:
                copied_docs[at] = doc
                copied_freqs[at] = freqs[source]
                at += 1
            source += 1
        ends[number] = at


@kernel
def _copy_positions(
    first_term: int,
    end_term: int,
    bounds: I64,
    docs: U32,
    freqs: U32,
    live: Bools,
    numbers: I64,
    base: int,
    ends: I64,
    position_begins: I64,
    positions: U16OrU32,
    copied: U32,
) -> None:
    """Like _copy_postings."""
    source = 0
    for term in range(first_term, end_term):
        number = numbers[term] - base
        at, position = ends[number], position_begins[term]
        for _ in range(bounds[term], bounds[term + 1]):
            freq = np.int64(freqs[source])
            if live[docs[source]]:
                for i in range(freq):
                    copied[at + i] = positions[position + i]
                at += freq
            position += freq
            source += 1
        ends[number] = at
