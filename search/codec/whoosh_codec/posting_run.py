"""Some neighbouring postings of one term, and what Whoosh wants to know of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from whoosh.util.numeric import byte_to_length, length_to_byte

from sanbao.search.codec.kernels.arrays import F32, U32, Array, U16OrU32
from sanbao.search.codec.kernels.positions import POSITIONS_STRIDE
from sanbao.search.codec.segment_arrays import FieldInfo, SegmentArrays


@cache
def whoosh_length(length: int) -> int:
    """A field_length as it comes back from the byte in which Whoosh's own codec keeps it."""
    rounded: int = byte_to_length(length_to_byte(length))
    return rounded


@dataclass(frozen=True, slots=True)
class PostingRun:
    """Postings from ``first`` on, at least one, of one term of the field.

    Attributes:
        docs: their doc_ids, rising.
    """

    arrays: SegmentArrays
    field: FieldInfo
    first: int
    docs: U32

    @property
    def end(self) -> int:
        """One past the last posting."""
        return self.first + len(self.docs)

    def part(self, first: int, end: int) -> PostingRun:
        """Those from posting ``first`` on, before ``end``."""
        docs = self.docs[first - self.first : end - self.first]
        return PostingRun(self.arrays, self.field, first, docs)

    def first_doc(self) -> int:
        """The least of the doc_ids."""
        return int(self.docs[0])

    def last_doc(self) -> int:
        """The greatest of the doc_ids."""
        return int(self.docs[-1])

    def freqs(self) -> U32:
        """Their term_freqs, u32."""
        return self.arrays.term_freqs(self.first, self.end)

    def weights(self) -> Array:
        """Their weights: the term_freqs, unless the index has boosts."""
        if self.arrays.weights is None:
            return self.freqs()
        weights: F32 = self.arrays.weights[self.first : self.end]
        return weights

    def max_weight(self) -> float:
        """The greatest weight."""
        return float(self.weights().max())

    def min_length(self) -> int:
        """The least field_length, rounded as Whoosh does; 0 in fields without."""
        lengths = self._lengths()
        return whoosh_length(int(lengths.min())) if lengths.size else 0

    def max_length(self) -> int:
        """The greatest field_length, rounded as Whoosh does; 0 in fields without."""
        lengths = self._lengths()
        return whoosh_length(int(lengths.max())) if lengths.size else 0

    def lengths(self) -> list[int]:
        """The field_length of each, rounded as Whoosh does, as its scorers want it: 1 for none."""
        if not self.field.scorable:
            return [1] * (self.end - self.first)
        lengths = self.arrays.lengths[self.field.number][self.docs].tolist()
        return [whoosh_length(length) if length else 1 for length in lengths]

    def positions(self, field_position: int) -> list[U16OrU32]:
        """The positions of each posting, rising.

        Args:
            field_position: where in ``positions/values`` those of the field begin.
        """
        values, starts = self.arrays.positions, [self._position_start(field_position)]
        starts.extend((starts[0] + np.cumsum(self.freqs(), dtype=np.int64)).tolist())
        return [values[start:end] for start, end in pairwise(starts)]

    def _lengths(self) -> U16OrU32:
        if not self.field.scorable:
            return np.empty(0, np.uint32)
        lengths: U16OrU32 = self.arrays.lengths[self.field.number][self.docs]
        return lengths[lengths > 0]

    def _position_start(self, field_position: int) -> int:
        stride = self.first // POSITIONS_STRIDE
        known, start = stride * POSITIONS_STRIDE, self.arrays.position_start(stride)
        field_first, _ = self.arrays.postings_of(self.field.first_term)
        if known < field_first:
            known, start = field_first, field_position
        return start + int(self.arrays.term_freqs(known, self.first).sum())
