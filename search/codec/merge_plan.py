"""What a merge is made of: which postings of which segment come where in the merged one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from search.codec.container import Array
from search.codec.doc_values import offsets_of
from search.codec.kernels.jit import kernel
from search.codec.kernels.term_extremes import include, no_extremes
from search.codec.segment_arrays import FieldInfo, SegmentArrays
from search.codec.term_sorting import gather_terms, merge_terms

BUFFER_POSTINGS = 1 << 20
"""Postings and positions that are copied at a time."""

_DELETED = np.uint32(0xFFFFFFFF)


@dataclass(slots=True)
class Field:
    """A field of the merged segment, with its part of the dictionary."""

    name: str
    positions: bool
    scorable: bool
    first_term: int
    end_term: int
    blob: Array
    offsets: Array


@dataclass(slots=True)
class Input:
    """A source on its way into the merged segment.

    Attributes:
        live: whether each document is still there.
        doc_map: its doc_id in the merged segment, or _DELETED.
        counts, totals: live postings of each term, and occurrences in them.
        extremes: what :mod:`search.codec.kernels.term_extremes` finds in them.
        numbers: of each term in the merged segment; of a term without live postings, that of the
            next one, so that they never fall.
        position_begins: where the positions of each term begin, deleted documents and all.
        position_at: how many positions were consumed, in the pass that copies them.
    """

    arrays: SegmentArrays
    live: Array
    doc_map: Array
    counts: Array
    totals: Array
    extremes: Array
    numbers: Array
    position_begins: Array
    position_at: int = 0


@dataclass(slots=True)
class Slice:
    """Terms and postings of one input; where only a part of a term, the terms are that one."""

    input: Input
    first_term: int
    end_term: int
    first: int
    end: int

    def docs(self) -> Array:
        return self.input.doc_map[self.input.arrays.docs[self.first : self.end]]

    def freqs(self) -> Array:
        return self.input.arrays.term_freqs(self.first, self.end)


@dataclass(slots=True)
class Chunk:
    """Consecutive postings of the merged segment, from ``first_term`` on, and their slices."""

    field: Field
    first_term: int
    end_term: int
    slices: list[Slice]


class Merge:
    """What is known before anything is written: the dictionary and the size of every posting."""

    def __init__(self, inputs: list[Input], fields: list[Field]) -> None:
        self.inputs = inputs
        self.fields = fields
        self.doc_count = sum(int(source.live.sum()) for source in inputs)
        terms = fields[-1].end_term if fields else 0
        counts, self.totals = np.zeros(terms, np.int64), np.zeros(terms, np.int64)
        self.extremes = no_extremes(terms)
        for source in inputs:
            there = np.flatnonzero(source.counts)
            counts[source.numbers[there]] += source.counts[there]
            self.totals[source.numbers[there]] += source.totals[there]
            _include_extremes(source.extremes[:, there], source.numbers[there], self.extremes)
        self.postings = offsets_of(counts).astype(np.int64)
        self._work = offsets_of(counts + self.totals).astype(np.int64)

    def chunks(self, whole_terms: bool = False) -> Iterator[Chunk]:
        """All postings in their order, each of the chunks in one field.

        A term with very many postings is cut, unless ``whole_terms`` are asked for.
        """
        for field in self.fields:
            first = field.first_term
            while first < field.end_term:
                fits = np.searchsorted(self._work, self._work[first] + BUFFER_POSTINGS, "right") - 1
                end = min(field.end_term, max(first + 1, int(fits)))
                slices = [_slice(source, first, end) for source in self.inputs]
                if whole_terms or self._work[end] - self._work[first] <= BUFFER_POSTINGS:
                    yield Chunk(field, first, end, slices)
                else:
                    yield from (Chunk(field, first, end, [piece]) for piece in _pieces(slices))
                first = end

    def copy(self, chunk: Chunk, values_of: Callable[[Slice], Array]) -> Array:
        """One value for each posting of the chunk, of the live ones in their order."""
        values = [values_of(part) for part in chunk.slices]
        docs = [part.docs() for part in chunk.slices]
        copied = np.empty(sum(np.count_nonzero(d != _DELETED) for d in docs), values[0].dtype)
        ends = self.postings[chunk.first_term : chunk.end_term] - self.postings[chunk.first_term]
        for part, part_docs, part_values in zip(chunk.slices, docs, values, strict=True):
            _copy_postings(*_where(part, chunk), part_docs, part_values, ends, copied)
        return copied

    def copy_positions(self, chunk: Chunk) -> Array:
        """The positions of the chunk, whose field has them; call it for all chunks in order."""
        freqs = [part.freqs() for part in chunk.slices]
        docs = [part.docs() for part in chunk.slices]
        size = sum(
            int(f[d != _DELETED].sum(dtype=np.int64)) for f, d in zip(freqs, docs, strict=True)
        )
        copied = np.empty(size, np.uint32)
        totals = self.totals[chunk.first_term : chunk.end_term]
        ends = np.cumsum(totals) - totals
        for part, part_docs, part_freqs in zip(chunk.slices, docs, freqs, strict=True):
            source = part.input
            source.position_at = _copy_positions(
                *(*_where(part, chunk), part_docs, part_freqs, ends),
                *(source.arrays.positions, source.position_begins, source.position_at, copied),
            )
        return copied


def read_inputs(sources: Sequence[SegmentArrays], deleted: Sequence[Array | None]) -> list[Input]:
    inputs = []
    doc_count = 0
    for arrays, gone in zip(sources, deleted, strict=True):
        live = np.ones(arrays.doc_count, np.bool_) if gone is None else ~gone
        doc_map = np.where(live, doc_count + np.cumsum(live) - 1, _DELETED).astype(np.uint32)
        doc_count += int(live.sum())
        counts = np.diff(arrays.term_postings).astype(np.int64)
        totals = arrays.term_totals.astype(np.int64)
        extremes = np.stack(
            [arrays.term_max_freqs, arrays.term_min_lengths, arrays.term_max_lengths]
        )
        numbers = np.empty(len(counts), np.int64)
        begins = _position_begins(arrays)
        inputs.append(Input(arrays, live, doc_map, counts, totals, extremes, numbers, begins))
        if not live.all():
            _count_live(inputs[-1])
    return inputs


def _position_begins(arrays: SegmentArrays) -> Array:
    counts = np.zeros(len(arrays.term_totals), np.int64)
    for info in arrays.fields.values():
        if info.positions:
            terms = slice(info.first_term, info.end_term)
            counts[terms] = arrays.term_totals[terms]
    return np.cumsum(counts) - counts


def _count_live(source: Input) -> None:
    """Count postings and occurrences of each term again, of live documents only."""
    bounds = source.arrays.term_postings
    for found in (source.counts, source.totals, source.extremes):
        found.fill(0)
    for info in source.arrays.fields.values():
        lengths = source.arrays.lengths[info.number].astype(np.uint32)
        field_end = int(bounds[info.end_term])
        for first in range(int(bounds[info.first_term]), field_end, BUFFER_POSTINGS):
            end = min(first + BUFFER_POSTINGS, field_end)
            first_term = int(np.searchsorted(bounds, np.uint64(first), "right")) - 1
            end_term = int(np.searchsorted(bounds, np.uint64(end), "left"))
            part = Slice(source, first_term, end_term, first, end)
            _count_postings(
                *(first_term, end_term, first, end, bounds),
                *(source.arrays.docs[first:end], part.freqs(), lengths, source.live),
                *(source.counts, source.totals, source.extremes),
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


def _merge_field(inputs: list[Input], name: str, first_term: int) -> tuple[Array, Array]:
    """The terms of a field that are still in some document, numbered from ``first_term``."""
    ranges = [_term_range(source.arrays, name) for source in inputs]
    dictionaries = [
        _dictionary(source.arrays, terms) for source, terms in zip(inputs, ranges, strict=True)
    ]
    blob, offsets, numbers = merge_terms(dictionaries)
    live = np.zeros(len(offsets) - 1, np.bool_)
    for source, terms, numbered in zip(inputs, ranges, numbers, strict=True):
        live[numbered[source.counts[terms] > 0]] = True
    kept_before: Array = np.cumsum(live) - live
    for source, terms, numbered in zip(inputs, ranges, numbers, strict=True):
        source.numbers[terms] = first_term + kept_before[numbered]
    return gather_terms(blob, offsets, np.flatnonzero(live))


def _term_range(arrays: SegmentArrays, name: str) -> slice:
    info = arrays.fields.get(name)
    return slice(info.first_term, info.end_term) if info else slice(0, 0)


def _dictionary(arrays: SegmentArrays, terms: slice) -> tuple[Array, Array]:
    offsets = arrays.term_offsets[terms.start : terms.stop + 1]
    return arrays.term_blob[offsets[0] : offsets[-1]], offsets


def _slice(source: Input, first: int, end: int) -> Slice:
    """What an input gives to terms ``first`` to ``end`` of the merged segment."""
    first_term, end_term = np.searchsorted(source.numbers, [first, end]).tolist()
    bounds = source.arrays.term_postings
    return Slice(source, first_term, end_term, int(bounds[first_term]), int(bounds[end_term]))


def _pieces(slices: Sequence[Slice]) -> Iterator[Slice]:
    for part in slices:
        for first in range(part.first, part.end, BUFFER_POSTINGS):
            end = min(part.end, first + BUFFER_POSTINGS)
            yield Slice(part.input, part.first_term, part.end_term, first, end)


def _where(part: Slice, chunk: Chunk) -> tuple[int, int, int, int, Array, Array, int]:
    source = part.input
    return (
        *(part.first_term, part.end_term, part.first, part.end),
        *(source.arrays.term_postings, source.numbers, chunk.first_term),
    )


@kernel
def _count_postings(
    first_term: int,
    end_term: int,
    first: int,
    end: int,
    bounds: Array,
    docs: Array,
    freqs: Array,
    lengths: Array,
    live: Array,
    counts: Array,
    totals: Array,
    extremes: Array,
) -> None:
    for term in range(first_term, end_term):
        start = max(np.int64(bounds[term]), np.int64(first))
        stop = min(np.int64(bounds[term + 1]), np.int64(end))
        for posting in range(start, stop):
            doc, freq = docs[posting - first], freqs[posting - first]
            if live[doc]:
                counts[term] += 1
                totals[term] += np.int64(freq)
                include(extremes, term, freq, lengths[doc])


@kernel
def _include_extremes(extremes: Array, numbers: Array, merged: Array) -> None:
    """Bring those of an input into those of the merged terms that it gives to."""
    for i in range(len(numbers)):
        include(merged, numbers[i], extremes[0, i], extremes[1, i])
        include(merged, numbers[i], extremes[0, i], extremes[2, i])


@kernel
def _copy_postings(
    first_term: int,
    end_term: int,
    first: int,
    end: int,
    bounds: Array,
    numbers: Array,
    base: int,
    docs: Array,
    values: Array,
    ends: Array,
    copied: Array,
) -> None:
    """Appends to the part of each merged term, which so far ends at ``ends``."""
    for term in range(first_term, end_term):
        start = max(np.int64(bounds[term]), np.int64(first))
        stop = min(np.int64(bounds[term + 1]), np.int64(end))
        number = numbers[term] - base
        at = ends[number]
        for posting in range(start, stop):
            if docs[posting - first] != _DELETED:
                copied[at] = values[posting - first]
                at += 1
        ends[number] = at


@kernel
def _copy_positions(
    first_term: int,
    end_term: int,
    first: int,
    end: int,
    bounds: Array,
    numbers: Array,
    base: int,
    docs: Array,
    freqs: Array,
    ends: Array,
    positions: Array,
    position_begins: Array,
    position_at: int,
    copied: Array,
) -> int:
    """Like _copy_postings; returns where the positions go on if the last term does."""
    for term in range(first_term, end_term):
        start = max(np.int64(bounds[term]), np.int64(first))
        stop = min(np.int64(bounds[term + 1]), np.int64(end))
        number = numbers[term] - base
        at = ends[number]
        if start == np.int64(bounds[term]):
            position_at = int(position_begins[term])
        for posting in range(start, stop):
            freq = np.int64(freqs[posting - first])
            if docs[posting - first] != _DELETED:
                for i in range(freq):
                    copied[at + i] = positions[position_at + i]
                at += freq
            position_at = int(position_at + freq)
        ends[number] = at
    return position_at
