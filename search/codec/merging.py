"""Several segments to one, array by array.

Each array of the new segment is written in one pass over the old ones, in pieces of about
:data:`search.codec.merge_plan.BUFFER_POSTINGS` postings and positions. So memory holds the
dictionaries and some bytes for each document, but never the postings.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO

import numpy as np

from search.codec.container import Array, ContainerWriter
from search.codec.doc_values import Facet, offsets_of, value_arrays, whoosh_columns
from search.codec.kernels.evaluation_arrays import evaluation_arrays
from search.codec.merge_plan import (
    Chunk,
    Field,
    Input,
    Merge,
    Slice,
    merge_dictionaries,
    read_inputs,
)
from search.codec.segment_arrays import SegmentArrays, narrowest
from search.codec.segment_writer import (
    LARGE,
    POSITIONS_STRIDE,
    FieldTerms,
    SegmentData,
    write_extremes,
)
from search.codec.term_sorting import gather_terms, merge_terms

_SPOOL_BYTES = 1 << 20


def merge_segments(
    file: BinaryIO, sources: Sequence[SegmentArrays], deleted: Sequence[Array | None]
) -> int:
    """Write the segment of all documents that are not deleted, in the order of the sources.

    Terms and facet values that are in none of these documents are left out.

    Args:
        sources: at least one; all have dates, and the same facets.
        deleted: for each source a bool for each doc_id, or None where nothing is deleted.

    Returns:
        How many documents it has.
    """
    inputs = read_inputs(sources, deleted)
    fields = merge_dictionaries(inputs)
    merge = Merge(inputs, fields)
    writer = ContainerWriter(file)
    _write_terms(writer, merge)
    _write_postings(writer, merge)
    lengths = _write_lengths(writer, merge)
    _write_stored(writer, inputs)
    values = _write_values(writer, inputs)
    _write_evaluation(writer, merge, lengths, values)
    writer.close({"doc_count": merge.doc_count, "fields": _fields_meta(fields, lengths)})
    return merge.doc_count


def _write_terms(writer: ContainerWriter, merge: Merge) -> None:
    writer.begin("terms/blob", np.dtype(np.uint8))
    for field in merge.fields:
        writer.append(field.blob)
    writer.end()
    sizes = [np.diff(field.offsets) for field in merge.fields]
    writer.add("terms/offsets", offsets_of(np.concatenate([np.empty(0, np.int64), *sizes])))
    writer.add("terms/postings", merge.postings.astype(np.uint64))
    writer.add("terms/totals", merge.totals.astype(np.uint64))
    write_extremes(writer, merge.extremes)


def _write_postings(writer: ContainerWriter, merge: Merge) -> None:
    writer.begin("postings/docs", np.dtype(np.uint32))
    for chunk in merge.chunks():
        writer.append(merge.copy(chunk, Slice.docs))
    writer.end()
    with tempfile.TemporaryFile() as file:
        position_starts = _Spool(file)
        _write_freqs(writer, merge, position_starts)
        if any(source.arrays.weights is not None for source in merge.inputs):
            _write_weights(writer, merge)
        _write_positions(writer, merge)
        position_starts.write_to(writer, "positions/starts")


def _write_freqs(writer: ContainerWriter, merge: Merge, position_starts: _Spool) -> None:
    """Also finds where the positions of every 16th posting begin, one array being open at a time"""
    large_at, large = [np.empty(0, np.uint64)], [np.empty(0, np.uint32)]
    posting = position = 0
    writer.begin("postings/freqs", np.dtype(np.uint8))
    for chunk in merge.chunks():
        freqs = merge.copy(chunk, Slice.freqs)
        writer.append(np.minimum(freqs, LARGE).astype(np.uint8))
        found = np.flatnonzero(freqs >= LARGE)
        large_at.append((found + posting).astype(np.uint64))
        large.append(freqs[found])
        counts = freqs if chunk.field.positions else np.zeros_like(freqs)
        starts = position + np.cumsum(counts, dtype=np.uint64) - counts
        position_starts.append(starts[-posting % POSITIONS_STRIDE :: POSITIONS_STRIDE])
        posting, position = posting + len(freqs), position + int(counts.sum(dtype=np.uint64))
    writer.end()
    if posting % POSITIONS_STRIDE == 0:
        position_starts.append(np.array([position], np.uint64))
    writer.add("postings/large_at", np.concatenate(large_at))
    writer.add("postings/large", np.concatenate(large))


def _write_weights(writer: ContainerWriter, merge: Merge) -> None:
    writer.begin("postings/weights", np.dtype(np.float32))
    for chunk in merge.chunks():
        writer.append(merge.copy(chunk, _weights))
    writer.end()


def _weights(part: Slice) -> Array:
    weights = part.input.arrays.weights
    return part.freqs().astype(np.float32) if weights is None else weights[part.first : part.end]


def _write_positions(writer: ContainerWriter, merge: Merge) -> None:
    writer.begin("positions/values", _position_type(merge))
    for piece in _positions(merge):
        writer.append(piece)
    writer.end()


def _positions(merge: Merge) -> Iterator[Array]:
    for chunk in merge.chunks():
        if chunk.field.positions:
            yield merge.copy_positions(chunk)


def _position_type(merge: Merge) -> np.dtype[Any]:
    if all(source.arrays.positions.dtype == np.uint16 for source in merge.inputs):
        return np.dtype(np.uint16)
    largest = max((int(piece.max(initial=0)) for piece in _positions(merge)), default=0)
    return narrowest([], largest).dtype


def _write_lengths(writer: ContainerWriter, merge: Merge) -> Array:
    lengths = np.zeros((len(merge.fields), merge.doc_count), np.uint32)
    first = 0
    for source in merge.inputs:
        end = first + int(source.live.sum())
        for row, field in enumerate(merge.fields):
            info = source.arrays.fields.get(field.name)
            if info:
                lengths[row, first:end] = source.arrays.lengths[info.number][source.live]
        first = end
    writer.add("lengths", narrowest(lengths, int(lengths.max(initial=0))))
    return lengths


def _write_stored(writer: ContainerWriter, inputs: list[Input]) -> None:
    sizes = [np.diff(source.arrays.stored_offsets)[source.live] for source in inputs]
    writer.add("stored/offsets", offsets_of(np.concatenate(sizes)))
    writer.begin("stored/blob", np.dtype(np.uint8))
    for source in inputs:
        offsets = source.arrays.stored_offsets
        for first, end in _runs(source.live):
            writer.append(source.arrays.stored_blob[offsets[first] : offsets[end]])
    writer.end()


def _runs(live: Array) -> list[tuple[int, int]]:
    """The runs of true values: first, and one past the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], live, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _write_values(writer: ContainerWriter, inputs: list[Input]) -> dict[str, Array]:
    published = np.concatenate(
        [source.arrays.container["published"][source.live] for source in inputs]
    )
    facets = {name: _merge_facet(inputs, name) for name in _facet_names(inputs[0].arrays)}
    for name, column in whoosh_columns(published, facets).items():
        writer.add(f"columns/{name}", np.frombuffer(column, np.uint8))
    values = value_arrays(published, facets)
    for name, array in values.items():
        writer.add(name, array)
    return values


def _facet_names(arrays: SegmentArrays) -> list[str]:
    parts = (name.split("/") for name in arrays.container.names())
    return [part[1] for part in parts if part[0] == "facets" and part[2] == "starts"]


def _merge_facet(inputs: list[Input], name: str) -> Facet:
    facets = [_facet(source.arrays, name) for source in inputs]
    blob, offsets, numbers = merge_terms([(f.values_blob, f.values_offsets) for f in facets])
    counts, ordinals = [], []
    for source, facet, numbered in zip(inputs, facets, numbers, strict=True):
        values_of = np.diff(facet.starts)
        counts.append(values_of[source.live])
        ordinals.append(numbered[facet.ordinals[np.repeat(source.live, values_of)]])
    merged = np.concatenate(ordinals)
    live = np.zeros(len(offsets) - 1, np.bool_)
    live[merged] = True
    renumbered = (np.cumsum(live) - 1)[merged] if merged.size else merged
    values_blob, values_offsets = gather_terms(blob, offsets, np.flatnonzero(live))
    return Facet(
        values_blob,
        values_offsets.astype(np.uint64),
        offsets_of(np.concatenate(counts)).astype(np.uint32),
        renumbered.astype(np.uint32),
    )


def _facet(arrays: SegmentArrays, name: str) -> Facet:
    parts = ("values_blob", "values_offsets", "starts", "ordinals")
    return Facet(*(arrays.container[f"facets/{name}/{part}"] for part in parts))


def _write_evaluation(
    writer: ContainerWriter, merge: Merge, lengths: Array, values: dict[str, Array]
) -> None:
    """Derives the arrays for some terms at a time; each is spooled until it can be written."""
    with ExitStack() as stack:
        spools: dict[str, _Spool] = {}
        for chunk in merge.chunks(whole_terms=True):
            for name, array in evaluation_arrays(_some_terms(merge, chunk, lengths)).items():
                if name not in spools:
                    spools[name] = _Spool(stack.enter_context(tempfile.TemporaryFile()))
                if name.endswith("_terms"):
                    array += np.uint32(chunk.first_term)
                spools[name].append(array)
        for name, array in evaluation_arrays(_no_terms(merge, values)).items():
            if name in spools:
                spools[name].write_to(writer, name)
            else:
                writer.add(name, array)


class _Spool:
    """An array that grows along its first axis in a temporary file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rows = 0

    def append(self, array: Array) -> None:
        self._like = array[:0]
        self._rows += len(array)
        self._file.write(np.ascontiguousarray(array).data)

    def write_to(self, writer: ContainerWriter, name: str) -> None:
        self._file.seek(0)
        writer.begin(name, self._like.dtype)
        while piece := self._file.read(_SPOOL_BYTES):
            writer.append(np.frombuffer(piece, self._like.dtype))
        writer.end((self._rows, *self._like.shape[1:]))


def _some_terms(merge: Merge, chunk: Chunk, lengths: Array) -> SegmentData:
    """The terms of a chunk as a segment that has no others."""
    field, postings = chunk.field, merge.postings[chunk.first_term : chunk.end_term + 1]
    data = _no_terms(merge, {})
    data.fields = [FieldTerms(field.name, len(postings) - 1, field.positions, field.scorable)]
    data.term_postings = postings - postings[0]
    data.docs = merge.copy(chunk, Slice.docs)
    data.freqs = merge.copy(chunk, Slice.freqs)
    data.lengths = lengths[merge.fields.index(field)][np.newaxis]
    return data


def _no_terms(merge: Merge, values: dict[str, Array]) -> SegmentData:
    none = np.empty(0, np.uint32)
    return SegmentData(
        doc_count=merge.doc_count,
        fields=[],
        term_blob=none,
        term_offsets=np.zeros(1, np.int64),
        term_postings=np.zeros(1, np.int64),
        term_totals=none,
        docs=none,
        freqs=none,
        positions=none,
        lengths=np.empty((0, merge.doc_count), np.uint32),
        stored_offsets=none,
        stored_blob=none,
        extra=values,
    )


def _fields_meta(fields: list[Field], lengths: Array) -> list[dict[str, object]]:
    return [
        {
            "name": field.name,
            "first_term": field.first_term,
            "end_term": field.end_term,
            "positions": field.positions,
            "scorable": field.scorable,
            "total_length": int(lengths[row].sum(dtype=np.uint64)),
        }
        for row, field in enumerate(fields)
    ]
