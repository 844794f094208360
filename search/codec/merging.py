"""Several segments to one, in one pass over their postings.

Postings are copied in pieces of about :data:`search.codec.merge_plan.BUFFER_POSTINGS`. So memory
holds the dictionaries and some bytes for each document, but never all postings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from sanbao.search.codec.container import ContainerWriter
from sanbao.search.codec.doc_values import Facet, facet_names, offsets_of, read_facet, value_arrays
from sanbao.search.codec.kernels.arrays import U32, Bools
from sanbao.search.codec.merge_plan import Field, Input, Merge, merge_dictionaries, read_inputs
from sanbao.search.codec.posting_writer import PostingWriter
from sanbao.search.codec.segment_arrays import SegmentArrays, narrowest
from sanbao.search.codec.term_sorting import gather_terms, merge_terms


def merge_segments(
    file: BinaryIO, segments: Sequence[SegmentArrays], deleted: Sequence[Bools | None]
) -> int:
    """Write the segment of all documents that are not deleted, in the order of the segments.

    Terms and facet values that are in none of these documents are left out.

    Args:
        segments: at least one; all have dates, the same facets, and no weights.
        deleted: for each source a bool for each doc_id, or None where nothing is deleted.

    Returns:
        How many documents it has.
    """
    inputs = read_inputs(segments, deleted)
    fields = merge_dictionaries(inputs)
    merge = Merge(inputs, fields)
    writer = ContainerWriter(file)
    _write_terms(writer, merge)
    lengths = _write_lengths(writer, merge)
    _write_postings(writer, merge, lengths)
    _write_stored(writer, inputs)
    _write_values(writer, inputs)
    writer.close({"doc_count": merge.doc_count, "fields": _fields_meta(fields, lengths)})
    return merge.doc_count


def _write_terms(writer: ContainerWriter, merge: Merge) -> None:
    blobs = [field.blob for field in merge.fields]
    writer.add("terms/blob", np.concatenate([np.empty(0, np.uint8), *blobs]))
    sizes = [np.diff(field.offsets) for field in merge.fields]
    writer.add("terms/offsets", offsets_of(np.concatenate([np.empty(0, np.int64), *sizes])))
    writer.add("terms/totals", merge.totals.astype(np.uint64))


def _write_postings(writer: ContainerWriter, merge: Merge, lengths: U32) -> None:
    sizes = merge.doc_count, merge.bounds, merge.position_count, _position_type(merge)
    postings = PostingWriter(writer, *sizes)
    for field, field_lengths in zip(merge.fields, lengths, strict=True):
        postings.begin_field(field.positions, field.scorable, field_lengths)
        for chunk in merge.chunks(field):
            postings.add(chunk.end_term - chunk.first_term, *merge.postings(chunk))
            for piece in merge.positions(chunk) if field.positions else ():
                postings.positions.append(piece)
    postings.close()


def _position_type(merge: Merge) -> np.dtype[Any]:
    if all(source.arrays.positions.dtype == np.uint16 for source in merge.inputs):
        return np.dtype(np.uint16)
    pieces = (
        piece
        for field in merge.fields
        if field.positions
        for chunk in merge.chunks(field)
        for piece in merge.positions(chunk)
    )
    return narrowest([], max((int(piece.max(initial=0)) for piece in pieces), default=0)).dtype


def _write_lengths(writer: ContainerWriter, merge: Merge) -> U32:
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
    checksums = [source.arrays.stored_checksums[source.live] for source in inputs]
    writer.add("stored/checksums", np.concatenate(checksums))
    blob = writer.reserve("stored/blob", np.uint8, (sum(int(each.sum()) for each in sizes),))
    for source in inputs:
        offsets = source.arrays.stored_offsets
        for first, end in _runs(source.live):
            blob.append(source.arrays.stored_blob[offsets[first] : offsets[end]])


def _runs(live: Bools) -> list[tuple[int, int]]:
    """The runs of true values: first, and one past the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], live, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _write_values(writer: ContainerWriter, inputs: list[Input]) -> None:
    published = np.concatenate(
        [source.arrays.container["published"][source.live] for source in inputs]
    )
    names = facet_names(inputs[0].arrays.container)
    facets = {name: _merge_facet(inputs, name) for name in names}
    for name, array in value_arrays(published, facets).items():
        writer.add(name, array)


def _merge_facet(inputs: list[Input], name: str) -> Facet:
    facets = [read_facet(source.arrays.container, name) for source in inputs]
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


def _fields_meta(fields: list[Field], lengths: U32) -> list[dict[str, object]]:
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
