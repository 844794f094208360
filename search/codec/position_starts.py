"""Writes where positions begin, for :mod:`search.codec.kernels.positions`."""

from __future__ import annotations

import numpy as np

from sanbao.search.codec.kernels.arrays import U32, U64
from sanbao.search.codec.kernels.jit import Number, kernel
from sanbao.search.codec.kernels.positions import POSITIONS_STRIDE, STARTS_A_BASE
from sanbao.search.errors import IndexProblem

_LARGEST = 0xFFFFFFFF


class PositionStarts:
    """Makes ``positions/starts`` and ``positions/bases``, some postings at a time."""

    def __init__(self) -> None:
        self._postings = 0
        self._positions = 0
        self._starts = 0
        self._base: U64 = np.zeros(1, np.uint64)
        self._bases: list[U64] = [self._base[:0]]

    @property
    def bases(self) -> U64:
        """``positions/bases``, when all is added."""
        return np.concatenate(self._bases)

    def add(self, freqs: U32, positions: bool) -> U32:
        """The part of ``positions/starts`` for these postings of a field, which come next.

        Args:
            freqs: their exact term_freqs, u32.
            positions: whether the field has positions.

        Raises:
            IndexProblem: when 4,096 postings have more positions than 32 bits count.
        """
        first, end = -(-self._postings // POSITIONS_STRIDE), self._postings + len(freqs)
        places = np.full(-(-end // POSITIONS_STRIDE) - first, self._positions, np.uint64)
        if positions:
            skipped = -self._postings % POSITIONS_STRIDE
            self._positions = _find_places(freqs, skipped, self._positions, places)
        self._postings = end
        return self._relative(places)

    def end(self) -> U32:
        """The last part, which says where the positions of one more posting would begin."""
        missing = self._postings // POSITIONS_STRIDE + 1 - self._starts
        return self._relative(np.full(missing, self._positions, np.uint64))

    def _relative(self, places: U64) -> U32:
        numbers = np.arange(self._starts, self._starts + len(places))
        bases = np.concatenate([self._base, places[numbers % STARTS_A_BASE == 0]])
        relative = places - bases[numbers // STARTS_A_BASE - (self._starts - 1) // STARTS_A_BASE]
        if relative.max(initial=0) > _LARGEST:
            raise IndexProblem(
                f"{STARTS_A_BASE * POSITIONS_STRIDE:,} neighbouring postings have more than "
                f"{_LARGEST:,} positions, which a segment cannot say; split up the longest articles"
            )
        self._starts += len(places)
        self._base = bases[-1:]
        self._bases.append(bases[1:])
        starts: U32 = relative.astype(np.uint32)
        return starts


@kernel
def _find_places(freqs: U32, skipped: Number, position: Number, places: U64) -> Number:
    """Where every 16th posting begins, from the first after those skipped; returns the end."""
    at, until = 0, skipped
    for i in range(len(freqs)):
        if i == until:
            places[at] = position
            at += 1
            until += POSITIONS_STRIDE
        position += np.int64(freqs[i])
    return position
