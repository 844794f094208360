"""Where the positions of a posting begin: written down for a few, added up for the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import I64
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import view16, view32, view64
from sanbao.search.codec.kernels.term_lookup import (
    FIRST_POSITION,
    FIRST_POSTING,
    POSITION_BASES,
    POSITION_STARTS,
    POSITION_VALUES,
    POSITIONS_WIDE,
    TERM_COUNT,
    write_row,
)
from sanbao.search.codec.kernels.term_rows import COLUMN_COUNT, FIRST, FREQS, exact_freq

POSITIONS_STRIDE = 16
"""Of how many postings one has its place in ``positions/values`` written down."""

STARTS_A_BASE = 256
"""How many of these places count from the same base."""

_EVEN, _ONES = np.uint64(0x0F0F_0F0F_0F0F_0F0F), np.uint64(0x0101_0101_0101_0101)
"""The lower half of every byte of a word, and its lowest bit."""


class Positions(NamedTuple):
    """The positions of one field.

    Attributes:
        values, starts, bases: addresses of ``positions/...`` of the specification,
        wide: whether positions are u32.
        postings: the row of all postings of the segment, as if of one term.
        first_posting: the first posting of the field,
        first_position: and where its positions begin.
    """

    values: int
    starts: int
    bases: int
    wide: int
    postings: I64
    first_posting: int
    first_position: int


@kernel
def positions_of(segment: I64, fields: I64, field: Number) -> Positions:
    """The positions of a field of a segment; :mod:`search.codec.kernels.term_lookup` says more."""
    postings = np.zeros(COLUMN_COUNT, np.int64)
    write_row(postings, segment, fields, field, np.int64(0), segment[TERM_COUNT])
    return Positions(
        segment[POSITION_VALUES],
        segment[POSITION_STARTS],
        segment[POSITION_BASES],
        segment[POSITIONS_WIDE],
        postings,
        fields[field, FIRST_POSTING],
        fields[field, FIRST_POSITION],
    )


@kernel
def position_starts(row: I64, positions: Positions, found: I64) -> I64:
    """Where in ``positions.values`` the positions of each posting of a term begin, i64."""
    starts_at, bases_at, postings = positions.starts, positions.bases, positions.postings
    begins = np.empty(len(found), np.int64)
    for i in range(len(found)):
        posting = row[FIRST] + found[i]
        block = np.uint64(posting // POSITIONS_STRIDE)
        base = block // np.uint64(STARTS_A_BASE)
        if np.int64(block) * POSITIONS_STRIDE >= positions.first_posting:
            begins[i] = np.int64(view64(bases_at, base + np.uint64(1))[base])
            begins[i] += np.int64(view32(starts_at, block + np.uint64(1))[block])
            begins[i] += _sum_of_freqs(postings, block, posting)
        else:
            begins[i] = positions.first_position
            for before in range(positions.first_posting, posting):
                begins[i] += exact_freq(postings, before)
    return begins


@step
def _sum_of_freqs(postings: I64, block: Number, posting: Number) -> Number:
    """What the term_freqs of the postings of a block before ``posting`` add up to."""
    word = view64(postings[FREQS], block + np.uint64(1))[block]
    count = np.uint64(posting) % np.uint64(POSITIONS_STRIDE)
    word &= (np.uint64(1) << (np.uint64(4) * count)) - np.uint64(1)
    low, high = word & _EVEN, (word >> np.uint64(4)) & _EVEN
    # A half byte of 15 stands for more; only adding 1 to it carries into the other half.
    if ((low + _ONES) | (high + _ONES)) & ~_EVEN == 0:
        return np.int64((low + high) * _ONES >> np.uint64(56))
    total = np.int64(0)
    for before in range(posting - np.int64(count), posting):
        total += exact_freq(postings, before)
    return total


@step
def position_at(values: Number, wide: Number, at: Number) -> Number:
    """The position at a place of ``positions/values``, i64."""
    place = np.uint64(at)
    if wide:
        return np.int64(view32(values, place + np.uint64(1))[place])
    return np.int64(view16(values, place + np.uint64(1))[place])
