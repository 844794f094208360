"""What scores take from the whole index."""

from __future__ import annotations

import math
from collections.abc import Sequence

from search.engines.array_segment import FoundTerm, OpenSegment


class Statistics:
    """Numbers of documents and lengths over all segments.

    Deleted documents count, in everything alike, until a merge drops them: as in Lucene, which
    spares looking at every posting of a term for its doc_freq.
    """

    def __init__(self, segments: Sequence[OpenSegment]) -> None:
        self._segments = segments
        self._doc_count = max(1, sum(segment.doc_count for segment in segments))
        self._averages: dict[str, float] = {}

    def idf(self, terms: Sequence[FoundTerm]) -> float:
        """ln(1 + (N - n + 0.5) / (n + 0.5)), never negative, of a term as each segment has it."""
        doc_freq = sum([term.doc_freq for term in terms])
        return math.log1p((self._doc_count - doc_freq + 0.5) / (doc_freq + 0.5))

    def average_length(self, field: str) -> float:
        """The field_length of an average document."""
        if field not in self._averages:
            infos = (segment.arrays.fields.get(field) for segment in self._segments)
            total = sum(info.total_length for info in infos if info)
            self._averages[field] = total / self._doc_count or 1.0
        return self._averages[field]
