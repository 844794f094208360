"""The greatest term_freq of each term and the field_lengths it is found in."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32
from sanbao.search.codec.kernels.jit import kernel


def term_extremes(bounds: I64, docs: U32, freqs: U32, lengths: U32) -> U32:
    """``terms/max_freqs``, ``terms/min_lengths`` and ``terms/max_lengths``, u32 [3, terms].

    Args:
        bounds: the first posting of each term, and one past the last of all, i64.
        docs, freqs: doc_ids and exact term_freqs of the postings, u32.
        lengths: field_length by doc_id, 0 in fields without, u32.
    """
    extremes = np.empty((3, len(bounds) - 1), np.uint32)
    _find_extremes(bounds, docs, freqs, lengths, extremes)
    return extremes


@kernel
def _find_extremes(bounds: I64, docs: U32, freqs: U32, lengths: U32, extremes: U32) -> None:
    for term in range(len(bounds) - 1):
        max_freq = max_length = min_length = np.uint32(0)
        for posting in range(bounds[term], bounds[term + 1]):
            length = lengths[docs[posting]]
            max_freq = max(max_freq, freqs[posting])
            max_length = max(max_length, length)
            if length and not 0 < min_length <= length:
                min_length = length
        extremes[0, term] = max_freq
        extremes[1, term] = min_length
        extremes[2, term] = max_length
