"""Finding terms in the dictionary: a bisection on bytes."""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels.jit import Number, kernel, step


@kernel
def lower_bound(blob: Array, offsets: Array, first: Number, end: Number, key: Array) -> Number:
    """The first term of ``first`` to ``end`` that is not less than ``key`` (u8), or ``end``.

    Args:
        blob, offsets: ``terms/blob`` and ``terms/offsets``.
    """
    low, high = np.int64(first), np.int64(end)
    while low < high:
        middle = (low + high) >> 1
        if _compare(blob, offsets, middle, key) < 0:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def find_terms(
    blob: Array,
    offsets: Array,
    term_postings: Array,
    bitmap_terms: Array,
    dense_terms: Array,
    keys: Array,
    requests: Array,
) -> Array:
    """Where the postings of each key are, i64 [keys, 5].

    Args:
        blob, offsets, term_postings, bitmap_terms, dense_terms: ``terms/...`` and
            ``evaluation/...`` of the specification.
        keys: the keys, one after the other (u8).
        requests: i64 [keys, 5]: where the key begins and ends in ``keys``, the terms of its field,
            first and one past the last, and 1 if all terms that start with the key are meant.

    Returns:
        the first posting, one past the last, its row of the bitmaps and of the dense columns, or
        -1, and how many terms they are of. Several terms have no row.
    """
    found = np.empty((len(requests), 5), np.int64)
    for i in range(len(requests)):
        begin, key_end, first, end, prefix = requests[i]
        key = keys[begin:key_end]
        term = lower_bound(blob, offsets, first, end, key)
        if prefix:
            term_end = _prefix_end(blob, offsets, term, end, key)
        else:
            term_end = term + np.int64(term < end and _compare(blob, offsets, term, key) == 0)
        found[i, 0], found[i, 1] = term_postings[term], term_postings[term_end]
        found[i, 2] = found[i, 3] = -1
        if term_end - term == 1:
            found[i, 2], found[i, 3] = _row(bitmap_terms, term), _row(dense_terms, term)
        found[i, 4] = term_end - term
    return found


@kernel
def _row(terms: Array, term: Number) -> Number:
    """The place of the term in the rising ``terms`` (u32), or -1."""
    row = np.searchsorted(terms, np.uint32(term))
    return row if row < len(terms) and terms[row] == term else -1


@step
def _compare(blob: Array, offsets: Array, term: Number, key: Array) -> Number:
    """Negative, 0 or positive, as the term is less than, equal to or greater than the key."""
    begin, end = np.int64(offsets[term]), np.int64(offsets[term + 1])
    length = end - begin
    shorter: Number = min(length, len(key))
    for i in range(shorter):
        difference = np.int64(blob[begin + i]) - np.int64(key[i])
        if difference:
            return difference
    return length - len(key)


@kernel
def _prefix_end(blob: Array, offsets: Array, first: Number, end: Number, key: Array) -> Number:
    """One past the last term of ``first`` to ``end`` that starts with the key."""
    low, high = np.int64(first), np.int64(end)
    while low < high:
        middle = (low + high) >> 1
        if _starts_with(blob, offsets, middle, key):
            low = middle + 1
        else:
            high = middle
    return low


@step
def _starts_with(blob: Array, offsets: Array, term: Number, key: Array) -> bool:
    begin, end = np.int64(offsets[term]), np.int64(offsets[term + 1])
    length: Number = min(end - begin, len(key))
    same = 0
    while same < length and blob[begin + same] == key[same]:
        same += 1
    return same == len(key)
