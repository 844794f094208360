"""What is asked: query sets drawn from the documents themselves, the same for every engine.

The terms of a query stand near each other in some document, as the words of a person who looks
for it would; phrases and long queries stand there side by side. Seeded, so the same at every run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.engines.corpus import DAY, DAYS, FIRST_DAY, LANGUAGES, Array, Corpus, StreamName
from benchmarks.engines.engine import Filter, Operator, Query
from sanbao.search.codec.kernels.jit import kernel

RARE, FREQUENT = 0.0005, 0.1
"""A term of fewer documents than the first share is rare, of more than the second frequent."""

_SEED = 7
_WINDOW = 30
_ATTEMPTS = 2_000


@dataclass(frozen=True, slots=True)
class QuerySet:
    """Queries of one kind on one stream."""

    title: str
    stream: StreamName
    queries: tuple[Query, ...]


def query_sets(corpus: Corpus, size: int) -> list[QuerySet]:
    """The sets of a stream, at most ``size`` queries each, without those that have none."""
    sampler = _Sampler(corpus, size)
    sets = _word_sets(sampler) if corpus.name == "words" else _bigram_sets(sampler)
    return [QuerySet(title, corpus.name, queries) for title, queries in sets if queries]


def document_counts(corpus: Corpus) -> Array:
    """Of each term, how many documents have it."""
    counts = np.zeros(len(corpus.vocabulary), np.int64)
    _count_documents(corpus.tokens, corpus.offsets, counts)
    return counts


Sets = list[tuple[str, tuple[Query, ...]]]


def _word_sets(sampler: _Sampler) -> Sets:
    few = sampler.nearby("or", 2, 3)
    many = sampler.side_by_side("or", 5, 8, frequent=2)
    return [
        ("one term", sampler.one_term(RARE, FREQUENT)),
        ("one frequent term", sampler.one_term(FREQUENT, 1.0)),
        ("OR, 2-3 terms", few),
        ("OR, 5-8 terms", many),
        ("AND, 2-3 terms", _all(few)),
        ("AND, 5-8 terms", _all(many)),
        ("phrase, 2-4 words", sampler.side_by_side("phrase", 2, 4)),
        ("OR, 2-3 terms, filter, facets, timeline", sampler.filtered(few)),
        ("OR, 5-8 terms, filter, facets, timeline", sampler.filtered(many)),
        ("OR, 2-3 terms, facets, timeline", _counted(few)),
        ("OR, 2-3 terms, newest first", _newest(few)),
        ("OR, 5-8 terms, newest first", _newest(many)),
    ]


def _bigram_sets(sampler: _Sampler) -> Sets:
    few = sampler.side_by_side("or", 3, 4)
    many = sampler.side_by_side("or", 8, 12, frequent=2)
    return [
        ("OR, 3-4 bigrams", few),
        ("OR, 8-12 bigrams", many),
        ("AND, 3-4 bigrams", _all(few)),
        ("AND, 8-12 bigrams", _all(many)),
        ("phrase, 3-5 bigrams", sampler.side_by_side("phrase", 3, 5)),
        ("OR, 8-12 bigrams, filter, facets, timeline", sampler.filtered(many)),
        ("OR, 8-12 bigrams, newest first", _newest(many)),
    ]


def _all(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    return tuple(replace(query, operator="and") for query in queries)


def _counted(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    return tuple(replace(query, counts=True) for query in queries)


def _newest(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    return tuple(replace(query, newest=True) for query in queries)


class _Sampler:
    """Draws queries from a corpus."""

    def __init__(self, corpus: Corpus, size: int) -> None:
        self._corpus = corpus
        self._size = size
        self._share = document_counts(corpus) / len(corpus)
        self._rng = np.random.default_rng(_SEED)
        self._language_of: dict[tuple[str, ...], str] = {}

    def one_term(self, rare: float, frequent: float) -> tuple[Query, ...]:
        """Terms between two shares of the documents, as they come in the text."""

        def draw(document: int) -> list[int]:
            (term,) = self._window(document, 1)
            return [term] if rare <= self._share[term] < frequent else []

        return self._draw("or", draw)

    def nearby(self, operator: Operator, fewest: int, most: int) -> tuple[Query, ...]:
        """Terms that stand within :data:`_WINDOW` tokens, none of them rare."""

        def draw(document: int) -> list[int]:
            window = np.unique(self._window(document, _WINDOW))
            common = window[self._share[window] >= RARE]
            wanted = self._rng.integers(fewest, most + 1)
            if len(common) < wanted:
                return []
            return [int(term) for term in self._rng.choice(common, wanted, replace=False)]

        return self._draw(operator, draw)

    def side_by_side(
        self, operator: Operator, fewest: int, most: int, frequent: int = 0
    ) -> tuple[Query, ...]:
        """Neighbours in the text, at least so many of them frequent."""

        def draw(document: int) -> list[int]:
            terms = self._window(document, int(self._rng.integers(fewest, most + 1)))
            enough = (self._share[terms] >= FREQUENT).sum() >= frequent
            return terms if enough and len(set(terms)) == len(terms) else []

        return self._draw(operator, draw)

    def filtered(self, queries: tuple[Query, ...]) -> tuple[Query, ...]:
        """The same with counts, each in its own language and a period of one to twelve months."""
        return tuple(
            replace(query, counts=True, filter=self._filter(self._language_of[query.terms]))
            for query in queries
        )

    def _filter(self, language: str) -> Filter:
        days = int(self._rng.integers(30, 365))
        start = FIRST_DAY + DAY * int(self._rng.integers(0, DAYS - days))
        return Filter(language, start, start + DAY * days)

    def _draw(self, operator: Operator, draw: Callable[[int], list[int]]) -> tuple[Query, ...]:
        """Distinct queries of what ``draw`` gives; it gives nothing where nothing fits."""
        drawn: dict[tuple[str, ...], None] = {}
        for document in self._rng.integers(0, len(self._corpus), _ATTEMPTS * self._size):
            if found := draw(document):
                terms = tuple(self._corpus.vocabulary[term] for term in found)
                self._language_of[terms] = LANGUAGES[self._corpus.language[document]]
                drawn[terms] = None
            if len(drawn) == self._size:
                break
        return tuple(Query(operator, terms) for terms in drawn)

    def _window(self, document: int, length: int) -> list[int]:
        """Term numbers of neighbours in the document."""
        first, end = self._corpus.offsets[document : document + 2]
        start = self._rng.integers(first, end - length + 1)
        return [int(term) for term in self._corpus.tokens[start : start + length]]


@kernel
def _count_documents(tokens: Array, offsets: Array, counts: Array) -> None:
    last_seen = np.full(len(counts), -1, np.int64)
    for document in range(len(offsets) - 1):
        for token in tokens[offsets[document] : offsets[document + 1]]:
            if last_seen[token] != document:
                last_seen[token] = document
                counts[token] += 1
