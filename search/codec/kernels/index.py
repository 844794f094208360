"""All segments of an index, for kernels that answer a whole query."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64, U8
from sanbao.search.codec.kernels.disjunction import set_docs_of_any
from sanbao.search.codec.kernels.jit import Number, kernel
from sanbao.search.codec.kernels.score_docs import Scoring
from sanbao.search.codec.kernels.term_lookup import BASE, BITMAP_WORDS, PUBLISHED, find_terms
from sanbao.search.codec.kernels.term_rows import COLUMN_COUNT, DOC_FREQ


class Prior(NamedTuple):
    """The prior of :mod:`search.ranking.recency`.

    Attributes:
        strength: what is added for news of today, as a share of the best score that the query could
            have without a bonus.
        half_life: how many days halve it.
        today: which day counts as today, from 1970.
    """

    strength: float
    half_life: float
    today: float


class Index(NamedTuple):
    """All segments of an index.

    Attributes:
        segments: i64 [segments, columns], of :data:`search.codec.kernels.term_lookup.SEGMENT`.
        fields: i64 [segments, fields, columns], of its ``FIELD_COLUMNS``.
        averages: f64, the average field_length over all segments by number of field,
        own_averages: f64 [segments, fields], and those of each segment.
        doc_count: of all, at least 1.
    """

    segments: I64
    fields: I64
    averages: F64
    own_averages: F64
    doc_count: int


class Preferred(NamedTuple):
    """What is added to the scores of documents with some values.

    Attributes:
        terms: i64, the numbers of the values among the terms of the query.
        bonuses: f64, for each that a document has, as a share of the best score that the query
            could have.
    """

    terms: I64
    bonuses: F64


@kernel
def find_in_all(index: Index, keys: U8, requests: I64) -> I64:
    """The rows of the terms in every segment, i64 [segments, terms, columns].

    Args:
        keys, requests: as :func:`search.codec.kernels.term_lookup.find_terms` takes them.
    """
    rows = np.zeros((len(index.segments), len(requests), COLUMN_COUNT), np.int64)
    for number in range(len(rows)):
        find_terms(index.segments[number], index.fields[number], keys, requests, rows[number])
    return rows


@kernel
def scoring_of(
    rows: I64,
    scored: I64,
    weights: F64,
    preferred: Preferred,
    best: Number,
    index: Index,
    number: Number,
    prior: Prior,
) -> Scoring:
    """What adds to the scores in the segment of that number.

    Args:
        rows: of the terms in it.
        scored: i64, those that add to the score, and
        weights: f64, what their saturations are multiplied with.
        best: the best score that the query could have without a bonus.
    """
    segment = index.segments[number]
    doc_freqs, words = rows[:, DOC_FREQ], segment[BITMAP_WORDS]
    present = doc_freqs[scored] > 0
    has_bonus = doc_freqs[preferred.terms] > 0
    values = preferred.terms[has_bonus]
    bonus_bitmaps = np.zeros((len(values), words), np.uint64)
    for i in range(len(values)):
        set_docs_of_any(bonus_bitmaps[i], rows[values[i] : values[i] + 1])
    return Scoring(
        rows[scored[present]],
        weights[present],
        index.averages,
        index.own_averages[number],
        bonus_bitmaps,
        preferred.bonuses[has_bonus] * best,
        np.array([prior.strength * best, prior.half_life, prior.today]),
        segment[PUBLISHED],
        segment[BASE],
        words,
    )
