"""Evaluates a query tree on the terms of some articles, term at a time.

Plain and slow on purpose: each node becomes a dict from doc_id to score. It is exact, uses the
statistics of the whole index, and is what faster evaluators are compared with.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from typing import Protocol

from sanbao.search.fields import SENTENCE_END_TERM
from sanbao.search.limits import DEFAULT_LIMITS, NEVER, Deadline, Limits
from sanbao.search.query.describe import describe_phrase, describe_term
from sanbao.search.query.tree import (
    And,
    Everything,
    Keyword,
    Near,
    Not,
    Nothing,
    Or,
    Part,
    Phrase,
    Prefer,
    Published,
    Query,
    Slot,
    Term,
    Text,
    Unit,
)
from sanbao.search.ranking.recency import Recency, age_in_days, day_of
from sanbao.search.ranking.weights import KIND_WEIGHT, WEAK
from sanbao.search.results import PartKind, ScorePart, TextMatching, WeighedUnit
from tests.search.engines.plain_index import NO_DATE
from tests.search.engines.slow_expansions import Expansion, Terms, every_term, kept_terms

K1 = 0.9
B = 0.75
RARITY = 1.2
ENOUGH = 100
HEAVIEST = 15


def idf(doc_freq: float, doc_count: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative for n <= N, to a power."""
    return math.log1p((doc_count - doc_freq + 0.5) / (doc_freq + 0.5)) ** RARITY


def unit_weights(doc_freqs: Sequence[float], doc_count: int) -> list[int]:
    """The weight of each unit, from 1 to :data:`HEAVIEST` in proportion to its idf.

    A unit that is nowhere counts as the rarest that is somewhere: otherwise a misspelt word would
    weigh more than all the others.

    Args:
        doc_freqs: of the most frequent term of each unit.
        doc_count: articles in the index, at least 1.
    """
    rarest = min((n for n in doc_freqs if n), default=0.0)
    idfs = [idf(n or rarest, doc_count) for n in doc_freqs]
    return [max(1, round(HEAVIEST * each / max(idfs))) for each in idfs]


def needed_weight(weights: Sequence[int], doc_freqs: Sequence[float], share: float) -> int:
    """The least sum of weights that is ``share`` of those units that are anywhere; all means all.

    Args:
        doc_freqs: as :func:`unit_weights` takes them.
    """
    if share == 0:
        return 0
    asked = [w for w, n in zip(weights, doc_freqs, strict=True) if n or share == 1]
    # A share such as 0.4 is no exact number; what it misses must not ask for one more.
    return max(1, math.ceil(share * sum(asked) - 1e-6))


Scores = dict[int, float]


class Reader(Terms, Protocol):
    """The terms of one committed state, and where they are. Articles are numbered from 0.

    Attributes:
        published: of each article, in seconds since 1970, or ``NO_DATE``.
    """

    @property
    def published(self) -> Sequence[int]: ...

    def lengths(self, field: str) -> Sequence[int]:
        """How many tokens the field of each article has."""
        ...

    def positions(self, field: str, term: str) -> Mapping[int, Sequence[int]]:
        """At which positions a term stands in each article that has it."""
        ...


@dataclass(frozen=True)
class Counts:
    """How often something stands in one field: in which articles, and what once is worth."""

    field: str
    frequencies: Mapping[int, int]
    idf: float
    weight: float
    label: str


class Evaluator:
    """Evaluates queries on one reader, that is, on one committed state.

    Scores are BM25 summed over terms and kinds of term, as in S. Robertson and H. Zaragoza,
    "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the idf that is never
    negative, ln(1 + (N - n + 0.5) / (n + 0.5)).
    """

    def __init__(
        self, reader: Reader, limits: Limits = DEFAULT_LIMITS, deadline: Deadline = NEVER
    ) -> None:
        self.reader = reader
        self.limits = limits
        self.deadline = deadline
        self.preferred: set[int] = set()
        self.kept: dict[Expansion, set[str]] = {}

    @property
    def is_cut(self) -> bool:
        """Whether a beginning of a word stood for some of its terms only, in the last query."""
        return bool(self.kept)

    def evaluate(self, query: Query) -> Scores:
        """The doc_ids that match, each with its score."""
        self._prepare(query)
        return self._evaluate(query)

    def _prepare(self, query: Query) -> None:
        """See which languages are preferred anywhere in the query, and which terms are kept."""
        self.preferred = {
            doc_id
            for node in _all_nodes(query)
            if isinstance(node, Prefer) and node.field == "language"
            for value in node.values
            for doc_id in self._frequencies("language", value)
        }
        self.kept = kept_terms(query, self.reader, self.limits)

    def _evaluate(self, query: Query) -> Scores:
        self.deadline.check()
        match query:
            case Everything():
                return dict.fromkeys(self.all_docs, 0.0)
            case Nothing():
                return {}
            case Text():
                return self._text(query)
            case Phrase():
                return self._phrase(query)
            case Near():
                return self._near(query)
            case Keyword():
                return dict.fromkeys(self._frequencies(query.field, query.value), 0.0)
            case Published():
                return dict.fromkeys(self._published(query), 0.0)
            case And():
                return self._and([self._evaluate(node) for node in query.nodes])
            case Or():
                return _sum(self._evaluate(node) for node in query.nodes)
            case Prefer():
                return self._prefer(query)
            case Not():
                excluded = self._evaluate(query.node)
                return {doc_id: 0.0 for doc_id in self.all_docs if doc_id not in excluded}
        raise TypeError(f"no evaluation for {type(query).__name__}")

    def evaluate_by_recency(self, query: Query, recency: Recency, today: int) -> Scores:
        """:meth:`evaluate`, where newer articles score more."""
        scores = self.evaluate(query)
        best = self.best_score(query)
        return {
            doc_id: score + recency.bonus(best, self._age(doc_id, today))
            if self.reader.published[doc_id] != NO_DATE
            else score
            for doc_id, score in scores.items()
        }

    def explain(
        self, query: Query, doc_id: int, recency: Recency | None = None, today: int = 0
    ) -> list[ScorePart]:
        """What adds up to the score of an article that matches, without parts that are 0."""
        self._prepare(query)
        parts = list(self._parts(query, doc_id))
        if recency is not None and self.reader.published[doc_id] != NO_DATE:
            parts.append(self._recency_part(query, doc_id, recency, today))
        return [part for part in parts if part.value]

    def matching(self, query: Query) -> tuple[TextMatching, ...]:
        """What an article must have for each text of the query, those under ``Not`` as well."""
        self._prepare(query)
        texts = (node for node in _all_nodes(query) if isinstance(node, Text))
        return tuple(map(self._text_matching, texts))

    @cached_property
    def all_docs(self) -> range:
        """Every doc_id, deleted ones included if the reader still has them."""
        return range(len(self.reader.published))

    @cached_property
    def newest_day(self) -> int:
        """The latest day of publication."""
        return day_of(max(self.reader.published))

    def _text(self, query: Text) -> Scores:
        weights, needed = self._weigh_units(query)
        matched: Counter[int] = Counter()
        for unit, weight in zip(query.units, weights, strict=True):
            matched.update(dict.fromkeys(self._unit_matches(unit, query.part), weight))
        scores = _sum(map(self._bm25, self._term_counts(query)))
        return {doc: scores.get(doc, 0.0) for doc in self.all_docs if matched[doc] >= needed}

    def _weigh_units(self, query: Text) -> tuple[list[int], int]:
        frequencies = [self._unit_doc_freq(unit, query.part) for unit in query.units]
        weights = unit_weights(frequencies, self.doc_count)
        return weights, needed_weight(weights, frequencies, query.share)

    def _text_matching(self, query: Text) -> TextMatching:
        weights, needed = self._weigh_units(query)
        units = tuple(
            WeighedUnit(tuple(map(describe_term, unit.terms)), weight)
            for unit, weight in zip(query.units, weights, strict=True)
        )
        return TextMatching(units, needed)

    def _unit_matches(self, unit: Unit, part: Part) -> set[int]:
        return {doc_id for term in unit.terms for doc_id in self._term_frequencies(term, part)}

    def _unit_doc_freq(self, unit: Unit, part: Part) -> float:
        return max(self._doc_freq(self._term_frequencies(term, part)) for term in unit.terms)

    def _phrase(self, query: Phrase) -> Scores:
        return self._bm25(self._phrase_counts(query))

    def _near(self, query: Near) -> Scores:
        occurrences = [self._occurrences(phrase) for phrase in query.phrases]
        scores = _sum(self._phrase(phrase) for phrase in query.phrases)
        return {
            doc_id: scores[doc_id]
            for doc_id in set.intersection(*(set(places) for places in occurrences))
            if self._together(query, doc_id, [places[doc_id] for places in occurrences])
        }

    def _together(self, query: Near, doc_id: int, places: list[list[int]]) -> bool:
        if query.distance is not None:
            return _close(places, query.phrases, query.distance)
        ends = self.reader.positions(f"{query.part}_sentences", SENTENCE_END_TERM)
        return in_one_sentence(places, query, ends.get(doc_id, []))

    def _published(self, query: Published) -> Iterator[int]:
        start = query.period.start.timestamp() if query.period.start else NO_DATE + 1
        end = query.period.end.timestamp() if query.period.end else math.inf
        return (doc_id for doc_id in self.all_docs if start <= self.reader.published[doc_id] < end)

    def _and(self, children: list[Scores]) -> Scores:
        children.sort(key=len)
        smallest, others = children[0], children[1:]
        return {
            doc_id: score + sum(other[doc_id] for other in others)
            for doc_id, score in smallest.items()
            if all(doc_id in other for other in others)
        }

    def _prefer(self, query: Prefer) -> Scores:
        bonus = self._bonus(query)
        preferred = Counter(
            doc_id for term in query.values for doc_id in self._frequencies(query.field, term)
        )
        return {
            doc_id: score + bonus * preferred[doc_id]
            for doc_id, score in self._evaluate(query.node).items()
        }

    def _bonus(self, query: Prefer) -> float:
        return query.bonus * self.best_score(query.node)

    def best_score(self, query: Query) -> float:
        """What all terms and phrases would add if each were in an article without end."""
        return sum(
            counts.weight * counts.idf * (K1 + 1)
            for node in query.walk()
            for counts in self._counts(node)
        )

    def _counts(self, node: Query) -> Iterator[Counts]:
        """What of this node alone adds by BM25."""
        match node:
            case Text():
                yield from self._term_counts(node)
            case Phrase():
                yield self._phrase_counts(node)
            case Near():
                yield from map(self._phrase_counts, node.phrases)

    def _term_counts(self, query: Text) -> Iterator[Counts]:
        strong = {*query.extra, *(term for unit in query.units for term in unit.terms)}
        shares = dict(query.shares)
        for term in query.terms():
            frequencies = self._term_frequencies(term, query.part)
            yield Counts(
                f"{query.part}_{term.kind}",
                frequencies,
                self._idf(self._doc_freq(frequencies)),
                KIND_WEIGHT[term.kind] * (shares.get(term, 1) if term in strong else WEAK),
                f"{query.part}_{describe_term(term)}",
            )

    def _phrase_counts(self, query: Phrase) -> Counts:
        return Counts(
            f"{query.part}_grams",
            {doc: len(starts) for doc, starts in self._occurrences(query).items()},
            sum(self._slot_idf(slot, query.part) for slot in query.slots),
            1.0,
            f"{query.part}_grams:{describe_phrase(query)}",
        )

    def _bm25(self, counts: Counts) -> Scores:
        return {doc_id: self._bm25_of(counts, doc_id) for doc_id in counts.frequencies}

    def _bm25_of(self, counts: Counts, doc_id: int) -> float:
        frequency = counts.frequencies[doc_id]
        relative = self.reader.lengths(counts.field)[doc_id] / self._average_length(counts.field)
        factor = counts.weight * counts.idf * (K1 + 1)
        return factor * frequency / (frequency + K1 * (1 - B + B * relative))

    def _average_length(self, field: str) -> float:
        return sum(self.reader.lengths(field)) / self.doc_count

    # Parts of a score

    def _parts(self, query: Query, doc_id: int) -> Iterator[ScorePart]:
        match query:
            case Text() | Phrase() | Near():
                for counts in self._counts(query):
                    if doc_id in counts.frequencies:
                        yield self._bm25_part(query, counts, doc_id)
            case Prefer():
                yield from self._parts(query.node, doc_id)
                bonus = self._bonus(query)
                kind: PartKind = "language" if query.field == "language" else "title"
                for value in query.values:
                    if doc_id in self._frequencies(query.field, value):
                        label = f"{query.field}:{value}"
                        yield ScorePart(kind=kind, label=label, value=bonus, weight=bonus)
            case And():
                for node in query.nodes:
                    yield from self._parts(node, doc_id)
            case Or():
                for node in query.nodes:
                    if doc_id in self._evaluate(node):
                        yield from self._parts(node, doc_id)

    def _bm25_part(self, query: Query, counts: Counts, doc_id: int) -> ScorePart:
        return ScorePart(
            kind="term" if isinstance(query, Text) else "phrase",
            label=counts.label,
            value=self._bm25_of(counts, doc_id),
            weight=counts.weight,
            idf=counts.idf,
            frequency=counts.frequencies[doc_id],
            length=self.reader.lengths(counts.field)[doc_id],
            average_length=self._average_length(counts.field),
        )

    def _recency_part(self, query: Query, doc_id: int, recency: Recency, today: int) -> ScorePart:
        best = self.best_score(query)
        published = date(1970, 1, 1) + timedelta(days=day_of(self.reader.published[doc_id]))
        return ScorePart(
            kind="recency",
            label=f"published:{published}",
            value=recency.bonus(best, self._age(doc_id, today)),
            weight=recency.bonus(best, 0),
        )

    def _age(self, doc_id: int, today: int) -> int:
        day = day_of(self.reader.published[doc_id])
        return age_in_days(day, self.newest_day, today)

    @cached_property
    def doc_count(self) -> int:
        """How many articles there are; at least 1."""
        return max(1, len(self.all_docs))

    def _idf(self, doc_freq: float) -> float:
        return idf(doc_freq, self.doc_count)

    def _doc_freq(self, having: Collection[int]) -> float:
        """In how many articles something is, counted among those in the preferred languages."""
        if not self.preferred:
            return len(having)
        within = len(self.preferred.intersection(having))
        return (within * self.doc_count + ENOUGH * len(having)) / (len(self.preferred) + ENOUGH)

    def _slot_idf(self, slot: Slot, part: Part) -> float:
        term = Term("grams", slot.text, slot.prefix)
        return self._idf(self._doc_freq(self._term_frequencies(term, part)))

    def _term_frequencies(self, term: Term, part: Part) -> Mapping[int, int]:
        field = f"{part}_{term.kind}"
        if not (term.prefix or term.edits):
            return self._frequencies(field, term.text)
        total: Counter[int] = Counter()
        for text in self._expand(field, term.text, term.edits):
            total.update(self._frequencies(field, text))
        return total

    def _frequencies(self, field: str, text: str) -> Mapping[int, int]:
        return self.reader.frequencies(field, text)

    def _occurrences(self, phrase: Phrase) -> dict[int, list[int]]:
        """The positions at which the phrase starts, by doc_id."""
        field = f"{phrase.part}_grams"
        found: dict[int, set[int]] | None = None
        for slot in phrase.slots:
            starts: dict[int, set[int]] = defaultdict(set)
            for text in self._expand(field, slot.text) if slot.prefix else (slot.text,):
                for doc_id, positions in self.reader.positions(field, text).items():
                    if found is None or doc_id in found:
                        starts[doc_id].update(position - slot.offset for position in positions)
            if found is not None:
                starts = defaultdict(set, {d: s & found[d] for d, s in starts.items()})
            found = {doc_id: places for doc_id, places in starts.items() if places}
        return {doc_id: sorted(places) for doc_id, places in (found or {}).items()}

    def _expand(self, field: str, text: str, edits: int = 0) -> list[str]:
        """The terms that an expansion stands for."""
        expansion = Expansion(field, text, edits)
        every = every_term(self.reader, expansion)
        return [term for term in every if term in self.kept.get(expansion, every)]


def _all_nodes(query: Query) -> Iterator[Query]:
    yield query
    for child in (query.node,) if isinstance(query, Not) else query.children():
        yield from _all_nodes(child)


def _sum(results: Iterable[Scores]) -> Scores:
    total: Scores = {}
    for scores in results:
        for doc_id, score in scores.items():
            total[doc_id] = total.get(doc_id, 0.0) + score
    return total


def in_one_sentence(places: list[list[int]], near: Near, stops: list[int]) -> bool:
    """Whether one occurrence of each phrase can be chosen without the end of a sentence in them
    or between them."""
    lengths = [phrase.length for phrase in near.phrases]
    for starts in product(*places):
        end = max(map(sum, zip(starts, lengths, strict=True)))
        if not any(min(starts) <= stop < end for stop in stops):
            return True
    return False


def _close(places: list[list[int]], phrases: Sequence[Phrase], distance: int) -> bool:
    """Whether one occurrence of each phrase can be chosen with few enough positions between.

    Slides over the occurrences in order of position, always dropping the earliest chosen one.
    """
    lengths = [phrase.length for phrase in phrases]
    at = [0] * len(places)
    while True:
        starts = [positions[i] for positions, i in zip(places, at, strict=True)]
        ends = [start + length for start, length in zip(starts, lengths, strict=True)]
        if max(ends) - min(starts) - sum(lengths) <= distance:
            return True
        earliest = starts.index(min(starts))
        at[earliest] += 1
        if at[earliest] == len(places[earliest]):
            return False
