"""Arrays in memory to a segment file: what every way of making a segment ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from sanbao.search.codec.container import ContainerWriter
from sanbao.search.codec.kernels.arrays import F32, U8, U32, U64, Array
from sanbao.search.codec.posting_writer import PostingWriter, term_chunks
from sanbao.search.codec.segment_arrays import narrowest
from sanbao.search.codec.stored_fields import checksums

_CHUNK_POSTINGS = 1 << 20
"""Postings that are written at a time."""


@dataclass(slots=True)
class FieldTerms:
    """A field and how many terms of the dictionary are its own, in order of name."""

    name: str
    term_count: int
    positions: bool
    scorable: bool


@dataclass(slots=True)
class SegmentData:
    """A whole segment, as the specification names its arrays, but plainer.

    Attributes:
        docs: doc_ids of all postings, u32.
        freqs: term_freqs of all postings, u32.
        positions: of each posting of a field with positions, as many as its term_freq.
        lengths: field_length by field (row, in the order of ``fields``) and doc_id.
        columns: bytes of the columns that Whoosh's writer made, by name.
        extra: further arrays by their name in the container.
    """

    doc_count: int
    fields: list[FieldTerms]
    term_blob: U8
    term_offsets: Array
    term_postings: U64
    term_totals: Array
    docs: U32
    freqs: U32
    positions: Array
    lengths: Array
    stored_offsets: U64
    stored_blob: U8
    weights: F32 | None = None
    columns: Mapping[str, bytes] = field(default_factory=dict)
    extra: Mapping[str, Array] = field(default_factory=dict)


def write_segment(file: BinaryIO, data: SegmentData) -> None:
    """Write the segment file; the caller opens and closes it."""
    writer = ContainerWriter(file)
    writer.add("terms/blob", data.term_blob)
    writer.add("terms/offsets", data.term_offsets.astype(np.uint64))
    writer.add("terms/totals", data.term_totals.astype(np.uint64))
    _write_postings(writer, data)
    if data.weights is not None:
        writer.add("postings/weights", data.weights.astype(np.float32))
    writer.add("lengths", narrowest(data.lengths, _largest(data.lengths)))
    writer.add("stored/offsets", data.stored_offsets.astype(np.uint64))
    writer.add("stored/blob", data.stored_blob)
    writer.add("stored/checksums", checksums(data.stored_offsets, data.stored_blob))
    for name, column in data.columns.items():
        writer.add(f"columns/{name}", np.frombuffer(column, np.uint8))
    for name, array in data.extra.items():
        writer.add(name, array)
    writer.close({"doc_count": data.doc_count, "fields": _fields_meta(data)})


def _write_postings(writer: ContainerWriter, data: SegmentData) -> None:
    bounds = data.term_postings.astype(np.int64)
    position_type = narrowest([], _largest(data.positions)).dtype
    postings = PostingWriter(writer, data.doc_count, bounds, len(data.positions), position_type)
    postings.positions.append(data.positions)
    for (field_terms, first, end), lengths in zip(_field_terms(data), data.lengths, strict=True):
        postings.begin_field(
            field_terms.positions, field_terms.scorable, lengths.astype(np.uint32, copy=False)
        )
        for begin, stop in term_chunks(bounds, first, end, _CHUNK_POSTINGS):
            part = slice(bounds[begin], bounds[stop])
            docs, freqs = (
                np.ascontiguousarray(a[part], np.uint32) for a in (data.docs, data.freqs)
            )
            postings.add(stop - begin, docs, freqs)
    postings.close()


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
