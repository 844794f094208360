"""BM25, exactly and as an impact byte."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import U8, U32, U16OrU32
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.ranking import bm25

idf = step(bm25.idf)
saturation = step(bm25.saturation)


@kernel
def impacts_of(docs: U32, freqs: U32, lengths: U16OrU32, average: Number) -> U8:
    """``floor(256 * saturation)`` of each posting, and at least 1, u8.

    Args:
        docs, freqs: doc_ids (u32) and term_freqs (u32).
        lengths: field_length by doc_id.
        average: the field_length that impacts are made with.
    """
    impacts = np.empty(len(docs), np.uint8)
    for i in range(len(docs)):
        share = saturation(np.float64(freqs[i]), np.float64(lengths[docs[i]]), average)
        impact: Number = max(1, np.int64(256.0 * share))
        impacts[i] = np.uint8(impact)
    return impacts
