"""What scores and matching take from the whole index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sanbao.search.codec.kernels.arrays import F64, I64
from sanbao.search.codec.kernels.index import Prior
from sanbao.search.codec.kernels.population import doc_freqs_among
from sanbao.search.codec.kernels.term_rows import COLUMN_COUNT
from sanbao.search.codec.kernels.text import weigh_units
from sanbao.search.engines.arrays.plan import FIELD_NAMES, Plan
from sanbao.search.engines.arrays.segment import FoundTerms, OpenSegment
from sanbao.search.query.tree import Near, Phrase, Query, Text
from sanbao.search.ranking.bm25 import K1, idf


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
            sum(each[name].total_length for each in fields if name in each) for name in FIELD_NAMES
        ]
        self.averages = np.array([total / self.doc_count or 1.0 for total in totals])


class PlanWeights:
    """What the terms of a plan weigh in an index.

    Args:
        found: the terms of the plan in each of the segments.

    Attributes:
        idfs: by number of term, f64.
    """

    def __init__(
        self,
        plan: Plan,
        segments: Sequence[OpenSegment],
        found: Sequence[FoundTerms],
        doc_count: int,
    ) -> None:
        self._plan = plan
        self._doc_count = doc_count
        rows = np.array([terms.rows for terms in found], np.int64)
        words = np.array([segment.words for segment in segments], np.int64)
        self._doc_freqs = doc_freqs_among(
            rows.reshape(len(found), plan.size, COLUMN_COUNT), words, plan.languages, doc_count
        )
        self.idfs: F64 = idf(self._doc_freqs, doc_count)
        self._texts: dict[int, tuple[I64, int]] = {}

    def text(self, text: Text) -> tuple[I64, int]:
        """What each unit of a text weighs (i64), and what a document must have to match."""
        known = self._texts.get(id(text))
        if known is None:
            units = self._plan.text(text).units
            known = weigh_units(units, self._doc_freqs, self._doc_count)
            self._texts[id(text)] = known
        return known

    def term_weights(self, text: Text) -> F64:
        """What the saturations of the terms that score are multiplied with, f64."""
        _, scored, own_weights = self._plan.text(text)
        weights: F64 = own_weights * self.idfs[scored] * (K1 + 1)
        return weights

    def phrase_idf(self, phrase: Phrase) -> float:
        """The sum of the idfs of a phrase's terms."""
        return float(self.idfs[self._plan.phrase(phrase).numbers].sum())

    def phrase_weight(self, phrase: Phrase) -> float:
        """What the saturation of a phrase is multiplied with."""
        return self.phrase_idf(phrase) * (K1 + 1)

    def best_score(self, query: Query) -> float:
        """What texts and phrases would add if all of each were in an article without end."""
        best = 0.0
        for node in query.walk():
            match node:
                case Text():
                    best += float(self.term_weights(node).sum())
                case Phrase():
                    best += self.phrase_weight(node)
                case Near():
                    best += sum(map(self.best_score, node.phrases))
        return best

    def scaled(self, prior: Prior) -> F64:
        """The prior with its strength in units of the scores, f64 [3]."""
        strength = prior.strength * self.best_score(self._plan.query) if prior.strength else 0.0
        return np.array([strength, prior.half_life, prior.today])
