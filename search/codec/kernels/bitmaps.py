"""Sets of documents as bitmaps: bit ``doc_id % 64`` of word ``doc_id // 64``.

A bitmap has whole windows, so that loops over a window have a fixed length; the bits past the last
document are 0. Whole bitmaps are combined by NumPy's ``&`` and ``|``.
"""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import U32, U64
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import lowest_bit, popcount

WINDOW = 8_192
"""Documents whose u16 scores fit into the first level cache."""

WORDS = WINDOW // 64
RANK_WORDS = 8
"""Of how many words one has its rank written down: a cache line."""


def window_count(doc_count: int) -> int:
    """How many windows that many documents need."""
    return -(-doc_count // WINDOW)


def empty(doc_count: int) -> U64:
    """The bitmap of no document."""
    return np.zeros(window_count(doc_count) * WORDS, np.uint64)


def from_docs(docs: U32, doc_count: int) -> U64:
    """The bitmap of these doc_ids."""
    bitmap = empty(doc_count)
    set_bits(bitmap, docs)
    return bitmap


def first_docs(count: int, doc_count: int) -> U64:
    """The bitmap of all doc_ids below ``count``."""
    bitmap = empty(doc_count)
    bitmap[: count // 64] = np.uint64(2**64 - 1)
    if count % 64:
        bitmap[count // 64] = np.uint64(2 ** (count % 64) - 1)
    return bitmap


def to_docs(bitmap: U64) -> U32:
    """The doc_ids of the bitmap, rising, u32."""
    return list_bits(bitmap, count_bits(bitmap))


@kernel
def set_bits(bitmap: U64, docs: U32) -> None:
    """Add the doc_ids (u32) to the bitmap (u64)."""
    for doc in docs:
        bitmap[doc >> np.uint32(6)] |= np.uint64(1) << np.uint64(doc & np.uint32(63))


@kernel
def count_bits(bitmap: U64) -> Number:
    """How many documents the bitmap (u64) holds."""
    total = np.uint64(0)
    for word in bitmap:
        total += popcount(word)
    return np.int64(total)


@kernel
def list_bits(bitmap: U64, count: Number) -> U32:
    """The doc_ids of the bitmap (u64), rising, u32. ``count`` says how many there are."""
    docs = np.empty(count, np.uint32)
    found = np.uint64(0)
    for i in range(len(bitmap)):
        word = bitmap[i]
        base = np.uint64(i) << np.uint64(6)
        while word:
            docs[found] = np.uint32(base + lowest_bit(word))
            found += np.uint64(1)
            word &= word - np.uint64(1)
    return docs


@kernel
def rank_lines(bitmap: U64) -> U32:
    """How many bits are set before each ``RANK_WORDS``-th word, u32."""
    ranks = np.empty(len(bitmap) // RANK_WORDS, np.uint32)
    total = np.uint64(0)
    for line in range(len(ranks)):
        ranks[line] = np.uint32(total)
        for i in range(line * RANK_WORDS, (line + 1) * RANK_WORDS):
            total += popcount(bitmap[np.uint64(i)])
    return ranks


@step
def has_bit(bitmap: U64, doc: Number) -> bool:
    """Whether the bitmap (u64) holds the doc_id (u32)."""
    word = bitmap[np.uint64(doc) >> np.uint64(6)]
    return bool((word >> (np.uint64(doc) & np.uint64(63))) & np.uint64(1))


@step
def rank(bitmap: U64, ranks: U32, doc: Number) -> Number:
    """How many doc_ids of the bitmap (u64, with its ranks) are below ``doc`` (u32)."""
    # All words of the line, most of them masked, because where a loop would end cannot be
    # predicted.
    line = np.uint64(doc) // np.uint64(RANK_WORDS * 64)
    before = np.int64(np.uint64(doc) % np.uint64(RANK_WORDS * 64))
    below = np.uint64(ranks[line])
    for i in range(RANK_WORDS):
        word = bitmap[line * np.uint64(RANK_WORDS) + np.uint64(i)]
        bits: Number = min(max(before - 64 * i, 0), 63)
        mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
        if before >= 64 * (i + 1):
            mask = ~np.uint64(0)
        below += popcount(word & mask)
    return np.int64(below)
