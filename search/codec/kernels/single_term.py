"""The best documents of a single term, straight from its impacts."""

from __future__ import annotations

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import has_bit
from search.codec.kernels.bm25 import saturation
from search.codec.kernels.jit import Number, kernel, step
from search.codec.kernels.machine import max8
from search.codec.kernels.postings import Postings, exact_freq
from search.codec.kernels.score_docs import AVERAGE, END, FIRST, LENGTHS, OWN_AVERAGE, WEIGHT
from search.codec.kernels.top_k import Top, offer

BLOCK, LANES = 1_024, 64


@kernel
def offer_postings(
    top: Top,
    postings: Postings,
    place: Array,
    factors: Array,
    lengths: Array,
    matched: Array,
    published: Array,
    base: Number,
) -> None:
    """Offer every document of the term that may be among the best.

    Args:
        place, factors: the term's rows of :class:`search.codec.kernels.score_docs.ScoredTerms`.
        lengths: field_length by field and doc_id.
        matched: a bitmap (u64) of the documents that may be offered; empty for all.
        base: what a doc_id is raised by to become a number of the index.
    """
    impacts = postings.impacts[place[FIRST] : place[END]]
    docs = postings.docs[place[FIRST] : place[END]]
    field_lengths, weight, average = lengths[place[LENGTHS]], factors[WEIGHT], factors[AVERAGE]
    # A saturation is below (impact + 1) / 256, and may be higher by this much with the average
    # field_length of today.
    unit = 256.0 / (weight * max(1.0, average / factors[OWN_AVERAGE]))
    freqs, large_at, large = postings.freqs, postings.large_at, postings.large
    lanes = np.empty(LANES, np.uint8)
    cut = _cut(top, unit)
    for first in range(0, len(docs), BLOCK):
        end = min(len(docs), first + BLOCK)
        if end - first == BLOCK and _largest(lanes, impacts[first:end]) < cut:
            continue
        for at in range(np.uint64(first), np.uint64(end)):
            if impacts[at] < cut:
                continue
            doc = docs[at]
            if len(matched) and not has_bit(matched, doc):
                continue
            freq = exact_freq(freqs, large_at, large, place[FIRST] + np.int64(at))
            length = np.float64(field_lengths[doc])
            score = weight * saturation(np.float64(freq), length, average)
            offer(top, score, published[doc], base + np.int64(doc))
            cut = _cut(top, unit)


@step
def _cut(top: Top, unit: Number) -> Number:
    """The least impact of a document that could enter ``top``."""
    if top.size[0] < len(top.docs):
        return np.int64(0)
    return np.int64(top.scores[0] * unit) - 1


@step
def _largest(lanes: Array, impacts: Array) -> Number:
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
