"""Terms in order of (field, bytes), sorted, merged and found without a Python object for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sanbao.search.codec.interning import Vocabulary, equal_bytes
from sanbao.search.codec.kernels.arrays import I64, U8, U64, Array, Bools
from sanbao.search.codec.kernels.dictionary import lower_bound
from sanbao.search.codec.kernels.jit import kernel

_KEY_BYTES = 8


def sort_terms(vocabulary: Vocabulary) -> I64:
    """The numbers of the distinct terms in order of (field, bytes).

    Sorts by the first 8 bytes, then those that still are equal by the next 8, and so on.
    """
    order = np.arange(len(vocabulary))
    group = vocabulary.fields.astype(np.int64)
    tied: I64 = np.arange(len(vocabulary))
    depth = 0
    while tied.size:
        terms = order[tied]
        keys, sizes = _keys(vocabulary.blob, vocabulary.offsets, terms, depth)
        ranks = np.lexsort((sizes, keys, group))
        order[tied] = terms[ranks]
        keys, sizes, group = keys[ranks], sizes[ranks], group[ranks]
        differs: Bools = np.ones(len(tied) + 1, np.bool_)
        differs[1:-1] = (np.diff(keys) != 0) | (np.diff(group) != 0) | (np.diff(sizes) != 0)
        still = np.flatnonzero(~(differs[:-1] & differs[1:]))
        group = np.cumsum(differs[:-1], dtype=np.int64)[still]
        tied = tied[still]
        depth += _KEY_BYTES
    return order


def gather_terms(blob: U8, offsets: I64, terms: I64) -> tuple[U8, I64]:
    """Blob and offsets (i64) of these terms, in this order."""
    starts = offsets[:-1].astype(np.int64)[terms]
    sizes = np.diff(offsets).astype(np.int64)[terms]
    gathered_offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    gathered = np.empty(gathered_offsets[-1], np.uint8)
    _gather(blob, starts, gathered_offsets, gathered)
    return gathered, gathered_offsets


def merge_terms(
    dictionaries: Sequence[tuple[U8, Array]],
) -> tuple[U8, I64, list[I64]]:
    """One or more dictionaries (blob, offsets), each in order of bytes, as one.

    Returns:
        Its blob, its offsets (i64), and for each dictionary the new numbers of its terms (i64).
    """
    blob = np.concatenate([np.empty(0, np.uint8), *(blob for blob, _ in dictionaries)])
    sizes = [np.diff(offsets).astype(np.int64) for _, offsets in dictionaries]
    offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *sizes]))
    bounds = np.cumsum([0, *map(len, sizes)])
    numbers, picked = _merge(blob, offsets, bounds)
    merged_blob, merged_offsets = gather_terms(blob, offsets, picked)
    return merged_blob, merged_offsets, np.split(numbers, bounds[1:-1])


@kernel
def _key(blob: U8, start: int, end: int) -> np.uint64:
    """The first 8 bytes as a number that sorts as they do, zeros after the end."""
    key = np.uint64(0)
    for i in range(start, start + 8):
        key = key << np.uint64(8)
        if i < end:
            key |= np.uint64(blob[i])
    return key


@kernel
def _compare(blob: U8, offsets: I64, one: int, other: int) -> int:
    """Less than 0, 0, or more than 0, as the bytes of one term are to those of the other."""
    start, other_start = offsets[one], offsets[other]
    size, other_size = offsets[one + 1] - start, offsets[other + 1] - other_start
    for i in range(min(size, other_size)):
        difference = np.int64(blob[start + i]) - np.int64(blob[other_start + i])
        if difference != 0:
            return int(difference)
    return int(size - other_size)


@kernel
def _keys(blob: U8, offsets: I64, terms: I64, depth: int) -> tuple[U64, U8]:
    """Of each term 8 bytes from ``depth``, and how many there are: 9 for more than 8."""
    keys = np.empty(len(terms), np.uint64)
    sizes = np.empty(len(terms), np.uint8)
    for i in range(len(terms)):
        start = offsets[terms[i]] + depth
        size = min(offsets[terms[i] + 1] - start, _KEY_BYTES + 1)
        keys[i] = _key(blob, start, start + size)
        sizes[i] = size
    return keys, sizes


@kernel
def _gather(blob: U8, starts: I64, offsets: I64, gathered: U8) -> None:
    for i in range(len(starts)):
        for j in range(offsets[i + 1] - offsets[i]):
            gathered[offsets[i] + j] = blob[starts[i] + j]


@kernel
def _merge(blob: U8, offsets: I64, bounds: I64) -> tuple[I64, I64]:
    """The merged number of each term, and for each merged term one that it came from."""
    sources = len(bounds) - 1
    numbers = np.empty(bounds[-1], np.int64)
    picked = np.empty(bounds[-1], np.int64)
    heads = bounds[:-1].copy()
    keys = np.zeros(sources, np.uint64)
    for source in range(sources):
        if heads[source] < bounds[source + 1]:
            keys[source] = _key(blob, offsets[heads[source]], offsets[heads[source] + 1])
    count = 0
    while True:
        # 1. The least head.
        least = -1
        for source in range(sources):
            if heads[source] < bounds[source + 1] and (
                least < 0
                or keys[source] < keys[least]
                or (
                    keys[source] == keys[least]
                    and _compare(blob, offsets, heads[source], heads[least]) < 0
                )
            ):
                least = source
        if least < 0:
            return numbers, picked[:count].copy()
        # 2. All heads that are equal to it go on.
        term = heads[least]
        key = keys[least]
        for source in range(sources):
            head = heads[source]
            if (
                head < bounds[source + 1]
                and keys[source] == key
                and _compare(blob, offsets, head, term) == 0
            ):
                numbers[head] = count
                head += 1
                heads[source] = head
                if head < bounds[source + 1]:
                    keys[source] = _key(blob, offsets[head], offsets[head + 1])
        picked[count] = term
        count += 1


@kernel
def find_each(blob: U8, offsets: U64, first: int, end: int, keys: U8, key_offsets: I64) -> I64:
    """Which of the terms ``first`` to ``end`` each key is, or -1, as i64.

    ``key_offsets`` (i64) says where each begins in ``keys`` (u8), and where the last ends.
    """
    found = np.full(len(key_offsets) - 1, -1, np.int64)
    for i in range(len(found)):
        start, stop = key_offsets[i], key_offsets[i + 1]
        term = np.int64(lower_bound(blob, offsets, first, end, keys[start:stop]))
        if term < end and equal_bytes(
            blob, int(offsets[term]), int(offsets[term + 1]), keys, start, stop
        ):
            found[i] = term
    return found
