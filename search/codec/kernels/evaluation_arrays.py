"""What is derived from a segment's arrays when it is written, to be faster when it is searched."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32, Array
from sanbao.search.codec.kernels.dates import NO_DATE
from sanbao.search.ranking.recency import SECONDS_A_DAY

MIN_POSTINGS = 256
"""Terms in fewer documents stay lists, however small the segment."""

BITMAP_SHARE = 32
"""A bitmap is no larger than the doc_ids when a term is in one of so many documents."""

DENSE_SHARE = 8
"""A column of impacts is scored several times faster than a list when a term is in one of so
many documents, and is then not much larger."""


def bitmap_terms(doc_freqs: I64, doc_count: int) -> U32:
    """``bitmaps/terms``, from the doc_freq of every term."""
    return _frequent_terms(doc_freqs, doc_count, BITMAP_SHARE)


def dense_terms(doc_freqs: I64, doc_count: int) -> U32:
    """``evaluation/dense_terms``, from the doc_freq of every term."""
    return _frequent_terms(doc_freqs, doc_count, DENSE_SHARE)


def _frequent_terms(doc_freqs: I64, doc_count: int, share: int) -> U32:
    frequent = (doc_freqs >= MIN_POSTINGS) & (doc_freqs * share >= doc_count)
    return np.flatnonzero(frequent).astype(np.uint32)


def average_length(lengths: U32) -> float:
    """The average field_length of a segment, 1 if all are 0."""
    return float(lengths.sum(dtype=np.uint64)) / max(1, len(lengths)) or 1.0


def date_arrays(published: I64) -> dict[str, Array]:
    """Orders by date and days, by name."""
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
