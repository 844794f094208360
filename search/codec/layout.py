"""The constants that readers of a segment take for granted, as one line of text.

Each is also in the specification of :mod:`search.codec`: nothing in a file says that it was written
with another.
"""

from __future__ import annotations

from sanbao.search.codec.kernels import bitmaps, evaluation_arrays, positions, small_freqs


def layout() -> str:
    """What an index must have been written with to be read, and to be compared bit by bit."""
    bitmap, dense = evaluation_arrays.BITMAP_SHARE, evaluation_arrays.DENSE_SHARE
    return (
        f"windows of {bitmaps.WINDOW}, ranks every {bitmaps.RANK_WORDS} words, "
        f"positions every {positions.POSITIONS_STRIDE} postings "
        f"and bases every {positions.STARTS_A_BASE}, "
        f"frequencies below {small_freqs.LARGE}, "
        f"bitmaps from 1/{bitmap}, columns from 1/{dense} and {evaluation_arrays.MIN_POSTINGS}"
    )
