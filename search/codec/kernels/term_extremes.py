"""The greatest term_freq of each term and the field_lengths it is found in."""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels.jit import Number, kernel, step


def term_extremes(bounds: Array, docs: Array, freqs: Array, lengths: Array) -> Array:
    """``terms/max_freqs``, ``terms/min_lengths`` and ``terms/max_lengths``, u32 [3, terms].

    Args:
        bounds: the first posting of each term, and one past the last of all.
        docs, freqs: doc_ids and exact term_freqs of the postings.
        lengths: field_length by doc_id, 0 in fields without.
    """
    docs, freqs, lengths = (array.astype(np.uint32, copy=False) for array in (docs, freqs, lengths))
    extremes = no_extremes(len(bounds) - 1)
    _include_all(bounds.astype(np.int64), docs, freqs, lengths, extremes)
    return extremes


def no_extremes(terms: int) -> Array:
    """Those of terms without postings."""
    return np.zeros((3, terms), np.uint32)


@step
def include(extremes: Array, term: Number, freq: Number, length: Number) -> None:
    """Take one more posting into account."""
    extremes[0, term] = max(extremes[0, term], freq)
    if length and not 0 < extremes[1, term] <= length:
        extremes[1, term] = length
    extremes[2, term] = max(extremes[2, term], length)


@kernel
def _include_all(bounds: Array, docs: Array, freqs: Array, lengths: Array, extremes: Array) -> None:
    for term in range(len(bounds) - 1):
        for posting in range(bounds[term], bounds[term + 1]):
            include(extremes, term, freqs[posting], lengths[docs[posting]])
