"""Which of some doc_ids are in a posting list, by whichever way is fastest."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import U32, U64, Bools
from sanbao.search.codec.kernels.jit import kernel
from sanbao.search.codec.kernels.postings import search_docs

LOPSIDED = 24
"""How many times longer a list must be for galloping through it to beat a pass over it."""


def mark_members(
    marks: Bools, docs: U32, listed: U32 | None, bitmap: U64 | None, doc_count: int
) -> None:
    """Mark (bool) which of the rising doc_ids (u32) are in the bitmap or else in the list."""
    if bitmap is None:
        assert listed is not None
        if len(listed) > LOPSIDED * len(docs):
            mark_by_galloping(marks, docs, listed)
            return
        bitmap = bitmaps.from_docs(listed, doc_count)
        bitmap.flags.writeable = False
    mark_in_bitmap(marks, docs, bitmap)


@kernel
def mark_in_bitmap(marks: Bools, docs: U32, bitmap: U64) -> None:
    """Mark (bool) the doc_ids (u32) that the bitmap (u64) holds.

    Free of branches, because which documents are found cannot be predicted.
    """
    for i in range(len(docs)):
        word = bitmap[docs[i] >> np.uint32(6)]
        marks[i] |= (word >> np.uint64(docs[i] & np.uint32(63))) & np.uint64(1) != 0


@kernel
def mark_by_galloping(marks: Bools, docs: U32, listed: U32) -> None:
    """Mark (bool) the rising doc_ids (u32) that are in the rising list (u32)."""
    at, end = np.int64(0), np.int64(len(listed))
    for i in range(len(docs)):
        at = search_docs(listed, docs[i], at, end)
        if at == end:
            return
        marks[i] |= listed[np.uint64(at)] == docs[i]


@kernel
def keep_marked(docs: U32, marks: Bools) -> U32:
    """The doc_ids (u32) that are marked (bool), in their order, without a branch."""
    kept = np.empty(len(docs), np.uint32)
    count = np.uint64(0)
    for i in range(len(docs)):
        kept[count] = docs[i]
        count += np.uint64(marks[i])
    return kept[:count]
