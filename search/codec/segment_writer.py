"""Arrays in memory to a segment file: what every way of making a segment ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from search.codec.container import Array, ContainerWriter
from search.codec.kernels.term_extremes import no_extremes, term_extremes
from search.codec.segment_arrays import narrowest

LARGE = 255
"""In ``postings/freqs``: the term_freq is this or more and stands in ``postings/large``."""

POSITIONS_STRIDE = 16
"""Of how many postings one has its place in ``positions/values`` written down."""


@dataclass(slots=True)
class FieldTerms:
    """A field and how many terms of the dictionary are its own, in order of name."""

    name: str
    term_count: int
    positions: bool
    scorable: bool


@dataclass(slots=True)
class SegmentData:
    """A whole segment, as the specification names its arrays, but ``freqs`` plain.

    Attributes:
        freqs: term_freqs as u32.
        positions: of each posting of a field with positions, as many as its term_freq.
        lengths: field_length by field (row, in the order of ``fields``) and doc_id.
        columns: bytes of Whoosh columns by name.
        extra: further arrays by their name in the container.
    """

    doc_count: int
    fields: list[FieldTerms]
    term_blob: Array
    term_offsets: Array
    term_postings: Array
    term_totals: Array
    docs: Array
    freqs: Array
    positions: Array
    lengths: Array
    stored_offsets: Array
    stored_blob: Array
    weights: Array | None = None
    columns: Mapping[str, bytes] = field(default_factory=dict)
    extra: Mapping[str, Array] = field(default_factory=dict)


def write_segment(file: BinaryIO, data: SegmentData) -> None:
    """Write the segment file; the caller opens and closes it."""
    writer = ContainerWriter(file)
    writer.add("terms/blob", data.term_blob)
    writer.add("terms/offsets", data.term_offsets.astype(np.uint64))
    writer.add("terms/postings", data.term_postings.astype(np.uint64))
    writer.add("terms/totals", data.term_totals.astype(np.uint64))
    write_extremes(writer, _extremes(data))
    writer.add("postings/docs", data.docs.astype(np.uint32))
    large_at = np.flatnonzero(data.freqs >= LARGE)
    writer.add("postings/freqs", np.minimum(data.freqs, LARGE).astype(np.uint8))
    writer.add("postings/large_at", large_at.astype(np.uint64))
    writer.add("postings/large", data.freqs[large_at].astype(np.uint32))
    if data.weights is not None:
        writer.add("postings/weights", data.weights.astype(np.float32))
    writer.add("positions/values", narrowest(data.positions, _largest(data.positions)))
    writer.add("positions/starts", position_starts(data))
    writer.add("lengths", narrowest(data.lengths, _largest(data.lengths)))
    writer.add("stored/offsets", data.stored_offsets.astype(np.uint64))
    writer.add("stored/blob", data.stored_blob)
    for name, column in data.columns.items():
        writer.add(f"columns/{name}", np.frombuffer(column, np.uint8))
    for name, array in data.extra.items():
        writer.add(name, array)
    writer.close({"doc_count": data.doc_count, "fields": _fields_meta(data)})


def write_extremes(writer: ContainerWriter, extremes: Array) -> None:
    """Write what :func:`search.codec.kernels.term_extremes.term_extremes` returned."""
    for name, values in zip(("max_freqs", "min_lengths", "max_lengths"), extremes, strict=True):
        writer.add(f"terms/{name}", values)


def _extremes(data: SegmentData) -> Array:
    bounds = data.term_postings.astype(np.int64)
    of_fields = [
        term_extremes(bounds[first : end + 1], data.docs, data.freqs, lengths)
        for (_, first, end), lengths in zip(_field_terms(data), data.lengths, strict=True)
    ]
    return np.concatenate([no_extremes(0), *of_fields], axis=1)


def position_starts(data: SegmentData) -> Array:
    """Where in ``positions/values`` the positions of every 16th posting begin, as u64."""
    counts = data.freqs.copy()
    for field_terms, first, end in _field_terms(data):
        if not field_terms.positions:
            counts[int(data.term_postings[first]) : int(data.term_postings[end])] = 0
    groups = np.arange(0, len(counts), POSITIONS_STRIDE)
    sizes = np.add.reduceat(counts, groups, dtype=np.uint64) if len(counts) else counts
    starts = np.concatenate([np.zeros(1, np.uint64), np.cumsum(sizes, dtype=np.uint64)])
    return starts[: len(counts) // POSITIONS_STRIDE + 1]


def _field_terms(data: SegmentData) -> list[tuple[FieldTerms, int, int]]:
    ends = np.cumsum([field_terms.term_count for field_terms in data.fields]).tolist()
    return [
        (field_terms, end - field_terms.term_count, end)
        for field_terms, end in zip(data.fields, ends, strict=True)
    ]


def _fields_meta(data: SegmentData) -> list[dict[str, object]]:
    return [
        {
            "name": field_terms.name,
            "first_term": first,
            "end_term": end,
            "positions": field_terms.positions,
            "scorable": field_terms.scorable,
            "total_length": int(data.lengths[row].sum(dtype=np.uint64)),
        }
        for row, (field_terms, first, end) in enumerate(_field_terms(data))
    ]


def _largest(values: Array) -> int:
    return int(values.max()) if values.size else 0
