"""The best documents seen so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64, U32, U64
from sanbao.search.codec.kernels.jit import Number, kernel, step


class Top(NamedTuple):
    """At most k documents, a heap with the worst of them first.

    A document, by its number of the whole index, is better with a higher score, then a later date,
    then a lower number.
    """

    scores: F64
    dates: I64
    numbers: I64
    size: I64


@kernel
def new_top(k: Number) -> Top:
    """Room for k documents."""
    return Top(np.empty(k), np.empty(k, np.int64), np.empty(k, np.int64), np.zeros(1, np.int64))


@kernel
def ranked(top: Top) -> tuple[I64, F64]:
    """The documents and their scores, best first; nothing is left in ``top``."""
    size = top.size[0]
    scores, numbers = np.empty(size, np.float64), np.empty(size, np.int64)
    for place in range(size - 1, -1, -1):
        scores[place], numbers[place] = top.scores[0], top.numbers[0]
        top.size[0] = place
        _sink(top, top.scores[place], top.dates[place], top.numbers[place])
    return numbers, scores


@step
def offer(top: Top, score: Number, date: Number, number: Number) -> None:
    """Take the document in, in place of the worst one if there is no more room."""
    size = top.size[0]
    if size < len(top.numbers):
        top.size[0] = size + 1
        _rise(top, size, score, date, number)
    elif size and _is_worse(top.scores[0], top.dates[0], top.numbers[0], score, date, number):
        _sink(top, score, date, number)


@kernel
def offer_scored(top: Top, docs: U32, scores: F64, published: I64, base: Number) -> None:
    """Offer doc_ids (u32) with their scores; they become numbers of the index by ``base``."""
    worst, size, room = top.scores, top.size, len(top.numbers)
    for i in range(len(docs)):
        if size[0] < room or scores[i] >= worst[0]:
            offer(top, scores[i], published[docs[i]], base + np.int64(docs[i]))


@kernel
def offer_dated(
    top: Top, docs: U32, published: I64, base: Number, oldest_first: bool, undated: Number
) -> None:
    """Offer doc_ids (u32) in order of date alone, those without a date (``undated``) last.

    With ``oldest_first``, the dates in ``top`` are negative.
    """
    worst, size, room = top.dates, top.size, len(top.numbers)
    for doc in docs:
        date = published[doc]
        if oldest_first and date != undated:
            date = -date
        if size[0] < room or date >= worst[0]:
            offer(top, 0.0, date, base + np.int64(doc))


@kernel
def offer_frequent(top: Top, term_postings: U64, first: Number, end: Number) -> None:
    """Offer the terms ``first`` to ``end``, each with its doc_freq as its score.

    Args:
        term_postings: ``terms/postings``.
    """
    worst, size, room = top.scores, top.size, len(top.numbers)
    for term in range(first, end):
        doc_freq = np.float64(term_postings[term + 1] - term_postings[term])
        if size[0] < room or doc_freq > worst[0]:
            offer(top, doc_freq, 0, term)


@step
def _is_worse(
    score: Number,
    date: Number,
    number: Number,
    other_score: Number,
    other_date: Number,
    other_number: Number,
) -> bool:
    if score != other_score:
        return bool(score < other_score)
    if date != other_date:
        return bool(date < other_date)
    return bool(number > other_number)


@step
def _put(top: Top, place: Number, score: Number, date: Number, number: Number) -> None:
    top.scores[place] = score
    top.dates[place] = date
    top.numbers[place] = number


@step
def _move(top: Top, place: Number, source: Number) -> None:
    _put(top, place, top.scores[source], top.dates[source], top.numbers[source])


@step
def _rise(top: Top, place: Number, score: Number, date: Number, number: Number) -> None:
    while place > 0:
        parent = (place - 1) >> 1
        if _is_worse(
            top.scores[parent], top.dates[parent], top.numbers[parent], score, date, number
        ):
            break
        _move(top, place, parent)
        place = parent
    _put(top, place, score, date, number)


@step
def _sink(top: Top, score: Number, date: Number, number: Number) -> None:
    size = top.size[0]
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        other = child + 1
        if other < size and _is_worse(
            top.scores[other],
            top.dates[other],
            top.numbers[other],
            top.scores[child],
            top.dates[child],
            top.numbers[child],
        ):
            child = other
        if _is_worse(score, date, number, top.scores[child], top.dates[child], top.numbers[child]):
            break
        _move(top, place, child)
        place = child
    _put(top, place, score, date, number)
