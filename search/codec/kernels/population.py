"""In how many documents a term is, counted among those in the languages of a query.

A word that is rare in Japanese says much in a Japanese query, however often it stands in the
Chinese articles beside. But few articles prove little: where a language has few, the counts lean on
those of the whole index (C. Zhai and J. Lafferty, "A Study of Smoothing Methods for Language
Models" (2004), Dirichlet priors).
"""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64, U64
from sanbao.search.codec.kernels.bitmaps import count_bits, has_bit
from sanbao.search.codec.kernels.disjunction import set_docs_of_any
from sanbao.search.codec.kernels.jit import Number, kernel, step
from sanbao.search.codec.kernels.machine import popcount
from sanbao.search.codec.kernels.postings import bitmap_of
from sanbao.search.codec.kernels.term_rows import BITMAP, DOC_FREQ, docs_of

ENOUGH = 100.0
"""So many articles of a language weigh as much as the whole index."""


@kernel
def doc_freqs_among(rows: I64, words: I64, languages: I64, doc_count: Number) -> F64:
    """The doc_freq of each term (f64) as if all documents were in the languages.

    That is, it is their share among these that is kept. Without languages the doc_freqs as they
    are.

    Args:
        rows: i64 [segments, terms, columns], of :mod:`search.codec.kernels.term_rows`.
        words: i64, of a bitmap of each segment.
        languages: i64, the numbers of the languages among the terms.
        doc_count: of all segments, at least 1.
    """
    everywhere = np.zeros(rows.shape[1], np.float64)
    within = np.zeros(rows.shape[1], np.float64)
    count = np.int64(0)
    for segment in range(len(rows)):
        bitmap = np.zeros(words[segment] if len(languages) else 0, np.uint64)
        for language in languages:
            set_docs_of_any(bitmap, rows[segment, language : language + 1])
        found = count_bits(bitmap)
        count += found
        for term in range(len(everywhere)):
            everywhere[term] += rows[segment, term, DOC_FREQ]
            if found:
                within[term] += _count_common(rows[segment, term], bitmap)
    if count == 0:
        return everywhere
    smoothed: F64 = (within * doc_count + ENOUGH * everywhere) / (count + ENOUGH)
    return smoothed


@step
def _count_common(row: I64, bitmap: U64) -> Number:
    """How many documents of the term are in the bitmap."""
    common = np.int64(0)
    if row[DOC_FREQ] and row[BITMAP]:
        total, own = np.uint64(0), bitmap_of(row, len(bitmap))
        for i in range(len(bitmap)):
            total += popcount(own[i] & bitmap[i])
        return np.int64(total)
    if row[DOC_FREQ]:
        for doc in docs_of(row):
            common += np.int64(has_bit(bitmap, doc))
    return common
