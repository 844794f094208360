"""Exact scores of given documents, term after term."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels.bitmaps import has_bit
from search.codec.kernels.bm25 import saturation
from search.codec.kernels.jit import Number, kernel
from search.codec.kernels.postings import Postings, locate, term_freqs
from search.codec.kernels.top_k import Top, offer_scored

FIRST, END, BITMAP, DENSE, LENGTHS, GATE = range(6)
"""Columns of ``ScoredTerms.places``."""

WEIGHT, AVERAGE, OWN_AVERAGE = range(3)
"""Columns of ``ScoredTerms.factors``."""


class ScoredTerms(NamedTuple):
    """Terms that add to the score: those of the segment, then those made for the query.

    Attributes:
        stored: how many are of the segment.
        places: i64 [terms, 6]: first posting, one past the last, row of the bitmaps, row of the
            dense columns, row of the lengths, row of the gates; -1 for none.
        factors: f64 [terms, 3]: what the saturation of a posting is multiplied with, the
            average field_length over all segments, that of the segment, which made its impacts.
        gates: u64 bitmaps; where a term has one, it adds to the score of no other documents.
    """

    stored: int
    places: Array
    factors: Array
    gates: Array


@kernel
def offer_docs(
    top: Top,
    docs: Array,
    terms: ScoredTerms,
    stored: Postings,
    made: Postings,
    lengths: Array,
    published: Array,
    base: Number,
) -> None:
    """Offer the rising doc_ids (u32), each with its score.

    Args:
        lengths: field_length by field and doc_id.
        base: what a doc_id is raised by to become a number of the index.
    """
    scores = score_docs(docs, terms, stored, made, lengths)
    offer_scored(top, docs, scores, published, base)


@kernel
def score_docs(
    docs: Array, terms: ScoredTerms, stored: Postings, made: Postings, lengths: Array
) -> Array:
    """The score (f64) of each of the rising doc_ids (u32).

    Args:
        lengths: field_length by field and doc_id.
    """
    scores = np.zeros(len(docs), np.float64)
    for term in range(len(terms.places)):
        if term < terms.stored:
            _add_term(scores, docs, terms, term, stored, lengths)
        else:
            _add_term(scores, docs, terms, term, made, lengths)
    return scores


@kernel
def _add_term(
    scores: Array,
    docs: Array,
    terms: ScoredTerms,
    term: Number,
    postings: Postings,
    lengths: Array,
) -> None:
    place = terms.places[term]
    weight, average = terms.factors[term, WEIGHT], terms.factors[term, AVERAGE]
    field_lengths = lengths[place[LENGTHS]]
    found = locate(postings, docs, place[FIRST], place[END], place[BITMAP])
    if place[GATE] >= 0:
        _close(found, docs, terms.gates[place[GATE]])
    freqs = term_freqs(postings, found)
    for i in range(len(docs)):
        if freqs[i]:
            length = np.float64(field_lengths[docs[i]])
            scores[i] += weight * saturation(np.float64(freqs[i]), length, average)


@kernel
def _close(found: Array, docs: Array, gate: Array) -> None:
    """Leave the postings out whose doc_ids (u32) are not in the bitmap ``gate`` (u64)."""
    for i in range(len(docs)):
        if not has_bit(gate, docs[i]):
            found[i] = -1
