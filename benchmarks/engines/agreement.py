"""Whether the engines say the same, and whether this one is right.

Tantivy and Lucene keep the length of a document in one byte and score by plain BM25; this engine
keeps it exactly and has a k1 and a power of the idf of its own. So scores differ, and documents
change places. Totals, facets and dates must be equal all the same. And our scores are compared with
:class:`ExactScores`, which adds them up from the tokens of the documents themselves; no document
that another engine found may have a better one than our last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.engines.corpus import Array, Corpus
from benchmarks.engines.engine import TOP, Answer, Query

K1, B, RARITY = 0.9, 0.75, 1.2
SAME = 1e-5
"""How far scores may lie apart, relatively, of engines that score alike."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the answers of two engines to a query set compare.

    Attributes:
        totals: for how many queries the totals differ, or counts by language, source or date.
        overlap: the mean share of the other's first documents that the engine has too, those left
            out whose score equals the last one's, for they are drawn by lot.
        keys: the largest relative difference between the n-th scores (or dates).
        allowed: how large it may be.
    """

    engine: str
    other: str
    totals: int
    overlap: float
    keys: float
    allowed: float

    @property
    def problem(self) -> str | None:
        """What is wrong, or None."""
        if not self.totals and self.keys <= self.allowed:
            return None
        return (
            f"{self.engine} and {self.other} differ in {self.totals} totals, "
            f"and in scores by {self.keys:.1e}"
        )


def compare_all(
    queries: Sequence[Query], engines: Sequence[str], answers: Sequence[Sequence[Answer]]
) -> list[Agreement]:
    """Compare the second engine with each other one: the first, and those with its lengths."""
    return [
        _compare(queries, (name, found), (engines[1], answers[1]), math.inf if i == 0 else SAME)
        for i, (name, found) in enumerate(zip(engines, answers, strict=True))
        if i != 1
    ]


def _compare(
    queries: Sequence[Query],
    first: tuple[str, Sequence[Answer]],
    second: tuple[str, Sequence[Answer]],
    allowed: float,
) -> Agreement:
    dated = queries[0].newest
    pairs = list(zip(first[1], second[1], strict=True))
    return Agreement(
        first[0],
        second[0],
        totals=sum(not _same_counts(ours, theirs) for ours, theirs in pairs),
        overlap=float(np.mean([_overlap(*pair, 0.0 if dated else SAME) for pair in pairs])),
        keys=max(_distance(ours.keys, theirs.keys) for ours, theirs in pairs),
        allowed=0.0 if dated else allowed,
    )


def _same_counts(ours: Answer, theirs: Answer) -> bool:
    if ours.total is None or theirs.total is None:
        return True
    return (ours.total, ours.languages, ours.sources, ours.dated) == (
        theirs.total,
        theirs.languages,
        theirs.sources,
        theirs.dated,
    )


def _overlap(ours: Answer, theirs: Answer, slack: float) -> float:
    last = theirs.keys[-1] * (1 + slack) if len(theirs.keys) == TOP else -math.inf
    wanted = {doc for doc, key in zip(theirs.documents, theirs.keys, strict=True) if key > last}
    return len(wanted & set(ours.documents)) / len(wanted) if wanted else 1.0


def _distance(ours: Sequence[float], theirs: Sequence[float]) -> float:
    if len(ours) != len(theirs):
        return math.inf
    return max((abs(a - b) / b for a, b in zip(ours, theirs, strict=True)), default=0.0)


class ExactScores:
    """Our scores with exact lengths, from the tokens of the documents."""

    def __init__(self, corpus: Corpus, document_counts: Array) -> None:
        self._corpus = corpus
        self._document_counts = document_counts
        self._numbers: Mapping[str, int] = {t: i for i, t in enumerate(corpus.vocabulary)}
        self._average = len(corpus.tokens) / len(corpus)

    def score(self, query: Query, document: int) -> float:
        """The score of a document, whether it matches or not."""
        first, end = self._corpus.offsets[document : document + 2]
        tokens = self._corpus.tokens[first:end]
        terms = [self._numbers[term] for term in query.terms]
        idfs = [self._idf(int(self._document_counts[term])) for term in terms]
        norm = K1 * (1 - B + B * len(tokens) / self._average)
        if query.operator == "phrase":
            return sum(idfs) * _saturated(_occurrences(tokens, terms), norm)
        return sum(
            idf * _saturated(int((tokens == term).sum()), norm)
            for term, idf in zip(terms, idfs, strict=True)
        )

    def largest_error(
        self, queries: Sequence[Query], answers: Sequence[Sequence[Answer]]
    ) -> float | None:
        """The largest error of the first engine; None where it sorts by date."""
        if queries[0].newest:
            return None
        by_query = zip(*answers, strict=True)
        return max(
            self._error(query, ours, theirs)
            for query, (ours, *theirs) in zip(queries, by_query, strict=True)
        )

    def _error(self, query: Query, ours: Answer, theirs: Sequence[Answer]) -> float:
        """How far our scores are from exact ones, relatively, or how far a better document of
        theirs is above our last."""
        exact = [self.score(query, document) for document in ours.documents]
        distance = _distance(ours.keys, exact)
        if len(ours.documents) < TOP:
            return distance
        candidates = {document for answer in theirs for document in answer.documents}
        missed = (self.score(query, document) for document in candidates - set(ours.documents))
        return max(distance, max(missed, default=0.0) / exact[-1] - 1)

    def _idf(self, document_count: int) -> float:
        rest = len(self._corpus) - document_count
        return math.log1p((rest + 0.5) / (document_count + 0.5)) ** RARITY


def _saturated(term_freq: int, norm: float) -> float:
    return term_freq * (K1 + 1) / (term_freq + norm)


def _occurrences(tokens: Array, phrase: list[int]) -> int:
    places = np.lib.stride_tricks.sliding_window_view(tokens, len(phrase))
    return int((places == phrase).all(axis=1).sum())
