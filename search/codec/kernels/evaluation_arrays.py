"""What is derived from a segment's arrays when it is written, to be faster when it is searched."""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels import bitmaps
from search.codec.kernels.bm25 import impacts_of
from search.codec.kernels.dates import NO_DATE, SECONDS_A_DAY
from search.codec.segment_writer import SegmentData

MIN_POSTINGS = 256
"""Terms in fewer documents stay lists, however small the segment."""

BITMAP_SHARE = 32
"""A bitmap is no larger than the doc_ids when a term is in one of so many documents."""

DENSE_SHARE = 8
"""A column of impacts is scored several times faster than a list when a term is in one of so
many documents, and is then not much larger."""


def evaluation_arrays(data: SegmentData) -> dict[str, Array]:
    """The arrays ``evaluation/...`` of the specification, by name.

    Needs ``published`` in ``data.extra`` only for what is made of it.
    """
    impacts = _impacts(data)
    arrays = {"evaluation/impacts": impacts, **_frequent_terms(data, impacts)}
    if "published" in data.extra:
        arrays.update(_dates(data.extra["published"]))
    return arrays


def _impacts(data: SegmentData) -> Array:
    impacts = np.zeros(len(data.docs), np.uint8)
    docs, freqs = data.docs.astype(np.uint32, copy=False), data.freqs.astype(np.uint32, copy=False)
    term = 0
    for field, lengths in zip(data.fields, data.lengths, strict=True):
        first, end = data.term_postings[[term, term + field.term_count]].tolist()
        term += field.term_count
        if field.scorable:
            impacts[first:end] = impacts_of(
                docs[first:end], freqs[first:end], lengths, average_length(lengths)
            )
    return impacts


def average_length(lengths: Array) -> float:
    """The average field_length of a segment, 1 if all are 0."""
    return float(lengths.sum(dtype=np.uint64)) / max(1, len(lengths)) or 1.0


def _frequent_terms(data: SegmentData, impacts: Array) -> dict[str, Array]:
    doc_freqs = np.diff(data.term_postings.astype(np.int64))
    in_bitmaps, in_dense = (
        np.flatnonzero((doc_freqs >= MIN_POSTINGS) & (doc_freqs * share >= data.doc_count))
        for share in (BITMAP_SHARE, DENSE_SHARE)
    )
    windows = bitmaps.window_count(data.doc_count)
    words = np.zeros((len(in_bitmaps), windows * bitmaps.WORDS), np.uint64)
    ranks = np.zeros((len(in_bitmaps), words.shape[1] // bitmaps.RANK_WORDS), np.uint32)
    dense = np.zeros((len(in_dense), windows * bitmaps.WINDOW), np.uint8)
    for row, term in enumerate(in_bitmaps.tolist()):
        bitmaps.set_bits(words[row], _docs_of(data, term))
        ranks[row] = bitmaps.rank_lines(words[row])
    for row, term in enumerate(in_dense.tolist()):
        dense[row, _docs_of(data, term)] = impacts[_postings_of(data, term)]
    return {
        "evaluation/bitmap_terms": in_bitmaps.astype(np.uint32),
        "evaluation/bitmaps": words,
        "evaluation/ranks": ranks,
        "evaluation/dense_terms": in_dense.astype(np.uint32),
        "evaluation/dense": dense,
    }


def _postings_of(data: SegmentData, term: int) -> slice:
    return slice(int(data.term_postings[term]), int(data.term_postings[term + 1]))


def _docs_of(data: SegmentData, term: int) -> Array:
    return data.docs[_postings_of(data, term)].astype(np.uint32, copy=False)


def _dates(published: Array) -> dict[str, Array]:
    undated = published == NO_DATE
    day_values, days = np.unique(published[~undated] // SECONDS_A_DAY, return_inverse=True)
    day_of = np.full(len(published), len(day_values), np.int64)
    day_of[~undated] = days
    return {
        # Stable sorts leave equal dates in order of doc_id.
        "evaluation/newest_first": np.argsort(-published, kind="stable").astype(np.uint32),
        "evaluation/oldest_first": np.lexsort((published, undated)).astype(np.uint32),
        "evaluation/day_values": day_values.astype(np.int32),
        "evaluation/days": day_of.astype(np.uint16 if len(day_values) < 65_536 else np.uint32),
    }
