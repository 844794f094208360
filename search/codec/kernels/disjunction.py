"""Documents that have any of several terms."""

from __future__ import annotations

from sanbao.search.codec.kernels.arrays import I64, U64
from sanbao.search.codec.kernels.bitmaps import set_bits
from sanbao.search.codec.kernels.jit import kernel
from sanbao.search.codec.kernels.postings import bitmap_of
from sanbao.search.codec.kernels.term_rows import BITMAP, docs_of


@kernel
def set_docs_of_any(bitmap: U64, rows: I64) -> None:
    """Add the documents of all terms to the bitmap (u64).

    Args:
        rows: of :mod:`search.codec.kernels.term_rows`.
    """
    for row in rows:
        if row[BITMAP]:
            words = bitmap_of(row, len(bitmap))
            for i in range(len(bitmap)):
                bitmap[i] |= words[i]
        else:
            set_bits(bitmap, docs_of(row))
