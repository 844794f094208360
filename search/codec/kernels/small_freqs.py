"""Term_freqs in four bits each: that of posting p is in byte ``p // 2``, if p is odd in its upper
half."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import U8, U32

LARGE = 15
"""The term_freq is this or more and stands in ``postings/large``."""


def pack_freqs(freqs: U32) -> U8:
    """``postings/freqs`` from exact term_freqs; 0 fills the last byte of an odd number."""
    small = np.zeros(len(freqs) + len(freqs) % 2, np.uint8)
    small[: len(freqs)] = np.minimum(freqs, LARGE)
    packed: U8 = small[::2] | small[1::2] << np.uint8(4)
    return packed


def unpack_freqs(packed: U8, first: int, end: int) -> U32:
    """The term_freqs of postings ``first`` to ``end``, u32, with :data:`LARGE` as it is."""
    octets = packed[first // 2 : -(-end // 2)]
    small = np.empty((len(octets), 2), np.uint32)
    small[:, 0] = octets & np.uint8(LARGE)
    small[:, 1] = octets >> np.uint8(4)
    begin = first % 2
    return small.reshape(-1)[begin : begin + end - first]
