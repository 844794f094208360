"""What scores take from the whole index."""

from __future__ import annotations

from collections.abc import Sequence

from search.engines.array_segment import FoundTerm, OpenSegment
from search.engines.weights import idf


def doc_freq(terms: Sequence[FoundTerm]) -> int:
    """In how many documents a term is, as each segment has it."""
    return sum([term.doc_freq for term in terms])


class Statistics:
    """Numbers of documents and lengths over all segments.

    Deleted documents count, in everything alike, until a merge drops them: as in Lucene, which
    spares looking at every posting of a term for its doc_freq.
    """

    def __init__(self, segments: Sequence[OpenSegment]) -> None:
        self._segments = segments
        self.doc_count = max(1, sum(segment.doc_count for segment in segments))
        self._averages: dict[str, float] = {}

    def idf(self, terms: Sequence[FoundTerm]) -> float:
        """The idf of a term as each segment has it."""
        return idf(doc_freq(terms), self.doc_count)

    def average_length(self, field: str) -> float:
        """The field_length of an average document."""
        if field not in self._averages:
            infos = (segment.arrays.fields.get(field) for segment in self._segments)
            total = sum(info.total_length for info in infos if info)
            self._averages[field] = total / self.doc_count or 1.0
        return self._averages[field]
