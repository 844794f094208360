"""The postings of a term in one segment, as a row of whole numbers.

Most of them are addresses of arrays of the specification (:mod:`search.codec`). A kernel takes
the terms of a query as one array of such rows, because to be called with the arrays themselves
would take longer than most queries do; and it cannot tell, nor need it, whether postings are of
the segment or were made for the query. Whoever calls keeps the arrays alive.
"""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import I64, U32
from sanbao.search.codec.kernels.jit import Number, step, view
from sanbao.search.codec.kernels.machine import view8, view16, view32, view64
from sanbao.search.codec.kernels.small_freqs import LARGE

COLUMNS = (
    DOC_FREQ,  # postings, 0 if the term is not in the segment
    FIELD,  # a number of the field, the same in all segments
    FIRST,  # the number of the first posting in the segment
    TERM,  # the number of the term in the segment,
    TERMS,  # and how many are meant; of more than one only what is above and FREQS can be read
    DOCS,  # address of its doc_ids; where there is a bitmap, only that is read
    FREQS,  # of all term_freqs from posting 0 on
    IMPACTS,
    BITMAP,  # of its bitmap, or 0
    RANKS,
    DENSE,  # of its dense column, or 0
    LENGTHS,  # of the field_lengths, or 0 for a field without any
    WIDE,  # whether these are u32
    LARGE_AT,  # of the numbers of postings with large term_freqs,
    LARGE_FREQS,  # of these,
    LARGE_COUNT,  # and how many
    GATE,  # of a bitmap of the documents to whose scores the term may add, or 0 for all
) = range(17)

COLUMN_COUNT = len(COLUMNS)


@view
def docs_of(row: I64) -> U32:
    """The doc_ids (u32) of a term without a bitmap."""
    docs: U32 = view32(row[DOCS], row[DOC_FREQ])
    return docs


@step
def exact_freq(row: I64, at: Number) -> Number:
    """The term_freq of the ``at``-th posting, i64."""
    posting = np.uint64(row[FIRST] + np.int64(at))
    octet = np.uint64(
        view8(row[FREQS], (posting >> np.uint64(1)) + np.uint64(1))[posting >> np.uint64(1)]
    )
    freq = np.int64(octet >> ((posting & np.uint64(1)) << np.uint64(2)) & np.uint64(15))
    if freq == LARGE:
        large_at = view64(row[LARGE_AT], row[LARGE_COUNT])
        low, high = np.uint64(0), np.uint64(row[LARGE_COUNT])
        while low < high:
            middle = (low + high) >> np.uint64(1)
            if large_at[middle] < posting:
                low = middle + np.uint64(1)
            else:
                high = middle
        freq = np.int64(view32(row[LARGE_FREQS], row[LARGE_COUNT])[low])
    return freq


@step
def length_of(row: I64, doc: Number) -> Number:
    """The field_length of a document, f64; 0 in a field without."""
    if row[LENGTHS] == 0:
        return 0.0
    place = np.uint64(doc)
    if row[WIDE]:
        return np.float64(view32(row[LENGTHS], place + np.uint64(1))[place])
    return np.float64(view16(row[LENGTHS], place + np.uint64(1))[place])
