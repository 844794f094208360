"""The best documents of a single term, straight from its impacts."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import U8, U64
from sanbao.search.codec.kernels.bitmaps import has_bit
from sanbao.search.codec.kernels.bm25 import saturation
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import max8, view8, view_signed
from sanbao.search.codec.kernels.postings import doc_at
from sanbao.search.codec.kernels.score_docs import Scoring, bonus_of, highest_bonus
from sanbao.search.codec.kernels.term_rows import DOC_FREQ, FIELD, IMPACTS, exact_freq, length_of
from sanbao.search.codec.kernels.top_k import Top, offer

BLOCK, LANES = 1_024, 64


@kernel
def offer_postings(top: Top, scoring: Scoring, matched: U64) -> None:
    """Offer every document of the only term that may be among the best.

    Args:
        scoring: of one term, without a gate.
        matched: a bitmap (u64) of the documents that may be offered; empty for all.
    """
    row, weight, words = scoring.rows[0], scoring.weights[0], scoring.words
    average = scoring.averages[row[FIELD]]
    bonus_bitmaps, bonuses, recency = scoring.bonus_bitmaps, scoring.bonuses, scoring.recency
    dates, base = view_signed(scoring.published, words * 64), scoring.base
    # A saturation is below (impact + 1) / 256, and may be higher by this much with the average
    # field_length of today.
    unit = 256.0 / (weight * max(1.0, average / scoring.own_averages[row[FIELD]]))
    most = highest_bonus(bonuses, recency)
    count = row[DOC_FREQ]
    impacts = view8(row[IMPACTS], count)
    lanes = np.empty(LANES, np.uint8)
    ratio = average / scoring.own_averages[row[FIELD]]
    sure = np.int64(0)
    if len(matched) == 0 and len(top.numbers) <= LANES and count >= BLOCK:
        sure = np.int64(_kth_largest(lanes, impacts, len(top.numbers)) * min(ratio, 1.0 / ratio))
        sure -= np.int64(most * unit) + 2
    cut = max(sure, _cut(top, unit, most))
    for first in range(0, count, BLOCK):
        end = min(count, first + BLOCK)
        if end - first == BLOCK and _largest(lanes, impacts[first:end]) < cut:
            continue
        for at in range(np.uint64(first), np.uint64(end)):
            if impacts[at] < cut:
                continue
            doc = doc_at(row, at, words)
            if len(matched) and not has_bit(matched, doc):
                continue
            freq = np.float64(exact_freq(row, at))
            score = weight * saturation(freq, length_of(row, doc), average)
            score += bonus_of(doc, bonus_bitmaps, bonuses, recency, dates)
            offer(top, score, dates[doc], base + np.int64(doc))
            cut = max(sure, _cut(top, unit, most))


@kernel
def _kth_largest(lanes: U8, impacts: U8, k: Number) -> Number:
    """An impact that at least k of the impacts (u8) reach: that of the k-th best lane."""
    lanes[:] = np.uint8(0)
    for row in range(len(impacts) // LANES):
        for lane in range(LANES):
            lanes[lane] = max8(lanes[lane], impacts[np.uint64(row * LANES + lane)])
    for _ in range(k - 1):
        lanes[np.argmax(lanes)] = np.uint8(0)
    return np.int64(lanes.max())


@step
def _cut(top: Top, unit: Number, most: Number) -> Number:
    """The least impact of a document that could enter ``top``."""
    if top.size[0] < len(top.numbers):
        return np.int64(0)
    return np.int64((top.scores[0] - most) * unit) - 1


@step
def _largest(lanes: U8, impacts: U8) -> Number:
    """The largest of ``BLOCK`` impacts (u8), lane by lane, which is one of whole vectors."""
    for lane in range(LANES):
        lanes[lane] = impacts[lane]
    for row in range(1, BLOCK // LANES):
        for lane in range(LANES):
            lanes[lane] = max8(lanes[lane], impacts[np.uint64(row * LANES + lane)])
    largest = np.uint8(0)
    for lane in range(LANES):
        largest = max8(largest, lanes[lane])
    return np.int64(largest)
