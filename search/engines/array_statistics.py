"""What scores take from the whole index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from search.engines.array_segment import FoundTerm, OpenSegment, TermKey
from search.engines.unit_weights import idf


class Statistics:
    """Numbers of documents and lengths over all segments.

    Deleted documents count, in everything alike, until a merge drops them: as in Lucene, which
    spares looking at every posting of a term for its doc_freq.
    """

    def __init__(
        self, segments: Sequence[OpenSegment], terms: Sequence[Mapping[TermKey, FoundTerm]]
    ) -> None:
        self._segments = segments
        self._terms = terms
        self.doc_count = max(1, sum(segment.doc_count for segment in segments))
        self._idfs: dict[TermKey, float] = {}
        self._averages: dict[str, float] = {}

    def idf(self, key: TermKey) -> float:
        """ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative."""
        if key not in self._idfs:
            self._idfs[key] = idf(self.doc_freq(key), self.doc_count)
        return self._idfs[key]

    def doc_freq(self, key: TermKey) -> int:
        """In how many documents the term is."""
        return sum(terms[key].doc_freq for terms in self._terms)

    def average_length(self, field: str) -> float:
        """The field_length of an average document."""
        if field not in self._averages:
            infos = (segment.arrays.fields.get(field) for segment in self._segments)
            total = sum(info.total_length for info in infos if info)
            self._averages[field] = total / self.doc_count or 1.0
        return self._averages[field]
