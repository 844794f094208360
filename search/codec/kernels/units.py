"""Which documents have enough of the units of a text query."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32, U64
from sanbao.search.codec.kernels.bitmaps import WINDOW, WORDS
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.postings import bitmap_of
from sanbao.search.codec.kernels.term_rows import BITMAP, docs_of


@kernel
def match_units(
    rows: I64,
    unit_starts: I64,
    unit_terms: I64,
    weights: I64,
    minimum: Number,
    word_count: Number,
) -> U64:
    """The bitmap (u64) of the documents whose units weigh at least ``minimum`` together.

    Window by window, 64 documents at a time. The weights are added in binary, the digits of the
    same value of all documents side by side in one bitmap (a "plane"), so that adding a unit and
    comparing with the minimum are a few operations on whole words; and there may be any number of
    units.

    Args:
        rows: of :mod:`search.codec.kernels.term_rows`.
        unit_starts, unit_terms: i64, where the terms of each unit begin, and their rows.
        weights: i64, of each unit, at least 1.
        minimum: at least 1, at most the sum of the weights.
        word_count: of a bitmap.
    """
    matched = np.empty(word_count, np.uint64)
    cursors = np.zeros(len(rows), np.int64)
    listed = np.empty((len(rows), WORDS), np.uint64)
    unit = np.empty(WORDS, np.uint64)
    carry = np.empty(WORDS, np.uint64)
    planes = np.empty((_digits(weights.sum()), WORDS), np.uint64)
    for first in range(0, word_count, WORDS):
        # 1. The postings of the window as bits, where they are no bitmap already.
        for term in range(len(rows)):
            if rows[term, BITMAP] == 0:
                listed[term] = np.uint64(0)
                cursors[term] = _set_window_bits(
                    listed[term], docs_of(rows[term]), cursors[term], np.uint32(first * 64)
                )
        # 2. One unit after the other is weighed.
        planes[:] = np.uint64(0)
        for i in range(len(unit_starts) - 1):
            unit[:] = np.uint64(0)
            for at in range(unit_starts[i], unit_starts[i + 1]):
                term = unit_terms[at]
                if rows[term, BITMAP]:
                    bitmap = bitmap_of(rows[term], word_count)
                    _or_words(unit, bitmap[first : first + WORDS])
                else:
                    _or_words(unit, listed[term])
            for digit in range(len(planes)):
                if (weights[i] >> digit) & 1:
                    carry[:] = unit
                    _add(planes[digit:], carry)
        # 3. The weights are compared.
        _at_least(planes, minimum, matched[first : first + WORDS])
    return matched


@kernel
def _digits(largest: Number) -> Number:
    """How many binary digits the number has."""
    digits = 0
    while largest >> digits:
        digits += 1
    return digits


@step
def _set_window_bits(bits: U64, docs: U32, cursor: Number, base: Number) -> Number:
    """Set the bits of the postings of the window at ``base``; returns the next posting."""
    limit = base + np.uint32(WINDOW)
    at, end = np.uint64(cursor), np.uint64(len(docs))
    while at < end and docs[at] < limit:
        doc = docs[at] - base
        bits[doc >> np.uint32(6)] |= np.uint64(1) << np.uint64(doc & np.uint32(63))
        at += np.uint64(1)
    return np.int64(at)


@step
def _or_words(words: U64, others: U64) -> None:
    for i in range(WORDS):
        words[i] |= others[i]


@step
def _add(planes: U64, carry: U64) -> None:
    """Add 1 in the lowest plane for each document of the carry, which is used up."""
    for digit in range(len(planes)):
        plane = planes[digit]
        for i in range(WORDS):
            next_carry = plane[i] & carry[i]
            plane[i] ^= carry[i]
            carry[i] = next_carry


@step
def _at_least(planes: U64, minimum: Number, matched: U64) -> None:
    """The documents whose weight is ``minimum`` or more: compared from the highest digit down."""
    for i in range(WORDS):
        greater, equal = np.uint64(0), ~np.uint64(0)
        for digit in range(len(planes) - 1, -1, -1):
            word = planes[digit, i]
            if (minimum >> digit) & 1:
                equal &= word
            else:
                greater |= equal & word
                equal &= ~word
        matched[i] = greater | equal
