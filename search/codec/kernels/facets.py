"""Counting values of the documents found."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32, Array
from sanbao.search.codec.kernels.jit import Number, kernel


@kernel
def count_values(docs: U32, ordinals: Array, value_count: Number) -> I64:
    """How many of the doc_ids (u32) have each value, i64; the last is those without any.

    Args:
        ordinals: the number of its value by doc_id, ``value_count`` without one.
    """
    # Four counters in turn: the same one again would have to wait for its last addition.
    counts = np.zeros((4, value_count + 1), np.int64)
    for i in range(len(docs)):
        counts[np.uint64(i & 3), ordinals[docs[i]]] += 1
    total: I64 = counts[0] + counts[1] + counts[2] + counts[3]
    return total


@kernel
def count_many_values(docs: U32, starts: U32, ordinals: U32, value_count: Number) -> I64:
    """How many of the doc_ids (u32) have each value, i64.

    Args:
        starts: u32, where the values of each doc_id begin in ``ordinals`` (u32).
    """
    counts = np.zeros(value_count, np.int64)
    for doc in docs:
        for i in range(starts[doc], starts[np.uint64(doc) + np.uint64(1)]):
            counts[ordinals[i]] += 1
    return counts
