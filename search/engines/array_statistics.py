"""What scores and matching take from the whole index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from search.codec.kernels.bm25 import K1
from search.engines.array_plan import FIELDS, Plan
from search.engines.array_segment import FoundTerms, OpenSegment
from search.engines.weights import idf, needed_weight, unit_weights
from search.query import Query, Text


class Statistics:
    """Numbers of documents and lengths over all segments.

    Deleted documents count, in everything alike, until a merge drops them: as in Lucene, which
    spares looking at every posting of a term for its doc_freq.

    Attributes:
        doc_count: at least 1.
        averages: the field_length of an average document, by number of field (f64).
    """

    def __init__(self, segments: Sequence[OpenSegment]) -> None:
        self.doc_count = max(1, sum(segment.doc_count for segment in segments))
        fields = [segment.arrays.fields for segment in segments]
        totals = [
            sum(each[name].total_length for each in fields if name in each) for name in FIELDS
        ]
        self.averages = np.array([total / self.doc_count or 1.0 for total in totals])


class UnitWeights(NamedTuple):
    """What each unit of a text weighs, and what a document must have to match."""

    units: list[int]
    needed: int


class PlanWeights:
    """What the terms of a plan weigh in an index.

    Attributes:
        idfs: by number of term.
    """

    def __init__(self, plan: Plan, found: Sequence[FoundTerms], doc_count: int) -> None:
        self._plan = plan
        self._doc_count = doc_count
        self._doc_freqs = (
            found[0].doc_freqs
            if len(found) == 1
            else [sum(each) for each in zip(*(terms.doc_freqs for terms in found), strict=True)]
        )
        self.idfs = [idf(doc_freq, doc_count) for doc_freq in self._doc_freqs]
        self._texts: dict[int, UnitWeights] = {}

    def text(self, text: Text) -> UnitWeights:
        """The weights of a text of the query."""
        known = self._texts.get(id(text))
        if known is None:
            known = self._texts[id(text)] = self._weigh(text)
        return known

    def best_score(self, query: Query) -> float:
        """What the terms of all texts would add if each were in an article without end."""
        best = 0.0
        for node in query.walk():
            if isinstance(node, Text):
                _, scored, part_weights = self._plan.text(node)
                for number, part_weight in zip(scored, part_weights, strict=True):
                    best += part_weight * self.idfs[number] * (K1 + 1)
        return best

    def _weigh(self, text: Text) -> UnitWeights:
        doc_freqs = self._doc_freqs
        units = self._plan.text(text).units
        weights = unit_weights(
            [max([doc_freqs[number] for number in unit]) for unit in units], self._doc_count
        )
        return UnitWeights(weights, needed_weight(weights, text.share))
