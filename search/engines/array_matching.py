"""Which documents of one segment a query matches, and what adds to their scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels import bitmaps
from search.codec.kernels.bm25 import K1, B, impacts_of
from search.codec.kernels.conjunction import docs_of_all
from search.codec.kernels.dates import NO_DATE, mark_published, published_between
from search.codec.kernels.doc_set import DocSet, frozen, intersection, union
from search.codec.kernels.phrase import (
    narrow,
    near_docs,
    occurrences_of_term,
    occurrences_of_terms,
    places_of_pair,
)
from search.codec.kernels.postings import locate
from search.codec.kernels.units import match_units
from search.engines.array_plan import Plan
from search.engines.array_segment import FoundTerm, MadePostings, OpenSegment
from search.engines.weights import PART_WEIGHT
from search.query import (
    And,
    Everything,
    Keyword,
    Near,
    Not,
    Or,
    Part,
    Phrase,
    Prefer,
    Published,
    Query,
    Text,
)

LISTED_SHARE = 32
"""Documents for each that is found, from which on a list is narrowed faster than a bitmap."""

PRESENCE = 1 / (1 + K1 * (1 - B))
"""What a posting of a field without lengths adds for a weight of 1."""

_FAR_FUTURE = 2**62


class ScoredTerm(NamedTuple):
    """Postings that add to the score: of the documents of ``gate``, or of all that match."""

    term: FoundTerm
    weight: float
    gate: DocSet | None


class Occurrences(NamedTuple):
    """Where a phrase starts, as :mod:`search.codec.kernels.phrase` has it."""

    docs: Array
    offsets: Array
    starts: Array


class SegmentSearch:
    """A query on one segment. Deleted documents match; whoever asks takes them out."""

    def __init__(self, segment: OpenSegment, plan: Plan) -> None:
        self.segment = segment
        self.terms = segment.find(plan.keys)
        self._plan = plan
        self._matches: dict[int, DocSet] = {}
        self._occurrences: dict[tuple[int, Part], Occurrences] = {}

    def matches(self, query: Query) -> DocSet:
        """The documents that match; worked out once for each node, which must stay alive."""
        found = self._matches.get(id(query))
        if found is None:
            found = self._matches[id(query)] = self._match(query)
        return found

    def _match(self, query: Query) -> DocSet:
        match query:
            case Everything():
                return self.segment.all_docs
            case Text():
                return self._text(query)
            case Phrase():
                parts = [self._phrase_docs(query, part) for part in query.parts]
                return union(parts, self.segment.doc_count)
            case Near():
                parts = [self._near_docs(query, part) for part in query.parts]
                return union(parts, self.segment.doc_count)
            case Keyword():
                return self.segment.doc_set(self.terms[self._plan.keyword(query)])
            case Published():
                return self._published(query)
            case And():
                return self._and(query)
            case Or():
                return union([self.matches(node) for node in query.nodes], self.segment.doc_count)
            case Not():
                return self.segment.all_docs - self.matches(query.node)
            case Prefer():
                return self.matches(query.node)
        raise TypeError(f"no evaluation for {type(query).__name__}")

    def scored_terms(
        self, query: Query, idfs: Sequence[float], gate: DocSet | None = None
    ) -> Iterator[ScoredTerm]:
        """What adds to the scores of the matching documents.

        Args:
            idfs: by term number.
            gate: the documents that may have a score of this node, or None for all that match.
        """
        match query:
            case Text():
                for number, part_weight in self._plan.text(query).scored.items():
                    weight = part_weight * idfs[number] * (K1 + 1)
                    yield ScoredTerm(self.terms[number], weight, gate)
            case Phrase():
                for part in query.parts:
                    idf = sum(idfs[number] for number in self._plan.slots(query, part))
                    weight = PART_WEIGHT[part] * idf * (K1 + 1)
                    yield ScoredTerm(self.phrase_term(query, part), weight, gate)
            case Near():
                for phrase in query.phrases:
                    yield from self.scored_terms(phrase, idfs, gate)
            case Prefer():
                bonus = query.bonus * self.best_score(query.node, idfs)
                for number in self._plan.languages(query) if bonus else ():
                    yield ScoredTerm(self.terms[number], bonus / PRESENCE, gate)
                yield from self.scored_terms(query.node, idfs, gate)
            case And():
                for node in query.nodes:
                    yield from self.scored_terms(node, idfs, gate)
            case Or():
                for node in query.nodes:
                    matched = self.matches(node)
                    own_gate = matched if gate is None else matched & gate
                    yield from self.scored_terms(node, idfs, own_gate)

    def best_score(self, query: Query, idfs: Sequence[float]) -> float:
        """What all terms and phrases would add if each were in an article without end."""
        return sum(self._best_of(node, idfs) for node in query.walk())

    def _best_of(self, node: Query, idfs: Sequence[float]) -> float:
        """What of :meth:`best_score` is of this node alone."""
        match node:
            case Text():
                terms = self._plan.text(node).scored.items()
                return sum(weight * idfs[number] for number, weight in terms) * (K1 + 1)
            case Phrase():
                return sum(
                    PART_WEIGHT[part] * idfs[number] * (K1 + 1)
                    for part in node.parts
                    for number in self._plan.slots(node, part)
                )
            case Near():
                return sum(self._best_of(phrase, idfs) for phrase in node.phrases)
        return 0.0

    # Text

    def _text(self, query: Text) -> DocSet:
        terms = self.terms
        weights, needed = self._plan.weights(query)
        present = [
            (found, weight)
            for unit, weight in zip(self._plan.text(query).units, weights, strict=True)
            if (found := [terms[number] for number in unit if terms[number].doc_freq])
        ]
        units, weights = [unit for unit, _ in present], [weight for _, weight in present]
        if sum(weights) < needed:
            return self._nothing()
        if needed <= min(weights):
            return self._any_of([term for unit in units for term in unit])
        if sum(weights) - min(weights) < needed:
            return self._all_of(units)
        return self._enough_of(units, weights, needed)

    def _any_of(self, terms: list[FoundTerm]) -> DocSet:
        return union([self.segment.doc_set(term) for term in terms], self.segment.doc_count)

    def _all_of(self, units: list[list[FoundTerm]]) -> DocSet:
        """The documents that have a term of each unit."""
        units = sorted(units, key=_most_docs)
        if all(len(unit) == 1 and unit[0].made is None for unit in units):
            return self._all_terms([unit[0] for unit in units])
        found = self._any_of(units[0])
        if _most_docs(units[0]) * LISTED_SHARE > self.segment.doc_count:
            return reduce(DocSet.__and__, (self._any_of(unit) for unit in units[1:]), found)
        for unit in units[1:]:
            marks = [self.segment.doc_set(term).marks(found.docs) for term in unit]
            found = found.kept(reduce(np.bitwise_or, marks))
        return found

    def _all_terms(self, terms: list[FoundTerm]) -> DocSet:
        """The documents that have every term; the rarest comes first."""
        if len(terms) == 1:
            return self.segment.doc_set(terms[0])
        postings = self.segment.postings
        places = np.array([(term.first, term.end, term.bitmap_row) for term in terms], np.int64)
        docs = docs_of_all(postings.docs, postings.bitmaps, places)
        return DocSet(self.segment.doc_count, docs=docs)

    def _enough_of(self, units: list[list[FoundTerm]], weights: list[int], needed: int) -> DocSet:
        numbers: dict[int, int] = {}
        rows: list[tuple[int, int, int]] = []
        made: list[Array] = []
        stored_bitmaps = self.segment.postings.bitmaps
        for term in (term for unit in units for term in unit):
            if id(term) not in numbers:
                numbers[id(term)] = len(rows)
                row = term.bitmap_row
                if term.made is not None:
                    row = len(stored_bitmaps) + len(made)
                    made.append(self.segment.doc_set(term).bitmap)
                rows.append((term.first, term.end, row))
        bitmap = match_units(
            self.segment.postings.docs,
            stored_bitmaps,
            np.array(made, np.uint64).reshape(len(made), stored_bitmaps.shape[1]),
            np.array(rows, np.int64),
            np.cumsum([0, *map(len, units)]),
            np.array([numbers[id(term)] for unit in units for term in unit], np.int64),
            np.array(weights, np.int64),
            needed,
        )
        return DocSet(self.segment.doc_count, bitmap=bitmap)

    # Phrases

    def _phrase_docs(self, phrase: Phrase, part: Part) -> DocSet:
        return DocSet(self.segment.doc_count, docs=self._places(phrase, part).docs)

    def phrase_term(self, phrase: Phrase, part: Part) -> FoundTerm:
        """The phrase as if it were a term."""
        field = f"{part}_grams"
        docs, offsets, _ = self._places(phrase, part)
        freqs = np.diff(offsets).astype(np.uint32)
        if not len(docs):
            return FoundTerm(field, 0, 0)
        segment = self.segment
        impacts = impacts_of(
            docs, frozen(freqs), segment.lengths(field), segment.average_length(field)
        )
        return FoundTerm(field, 0, len(docs), made=MadePostings(docs, freqs, impacts))

    def _places(self, phrase: Phrase, part: Part) -> Occurrences:
        key = id(phrase), part
        if key not in self._occurrences:
            self._occurrences[key] = self._find_places(phrase, part)
        return self._occurrences[key]

    def _find_places(self, phrase: Phrase, part: Part) -> Occurrences:
        numbers = self._plan.slots(phrase, part)
        slots = [
            (self.terms[number], slot.offset)
            for number, slot in zip(numbers, phrase.slots, strict=True)
        ]
        slots.sort(key=lambda slot: slot[0].doc_freq)
        if not slots or not slots[0][0].doc_freq:
            return _NOWHERE
        docs = self._all_of([[term] for term, _ in slots]).docs
        if len(slots) > 1 and slots[0][0].made is slots[1][0].made is None:
            docs, offsets, starts = self._pair_places(docs, *slots[:2])
            rest = slots[2:]
        else:
            offsets, starts = self._slot_places(docs, *slots[0])
            rest = slots[1:]
        for slot in rest:
            docs = frozen(docs)
            docs, offsets, starts = narrow(docs, offsets, starts, *self._slot_places(docs, *slot))
        return Occurrences(frozen(docs), offsets, starts)

    def _pair_places(
        self, docs: Array, one: tuple[FoundTerm, int], other: tuple[FoundTerm, int]
    ) -> tuple[Array, Array, Array]:
        """Where the phrase would start for both terms to stand as they do."""
        (term, shift), (other_term, other_shift) = one, other
        postings = self.segment.postings
        return places_of_pair(
            docs,
            locate(postings, docs, term.first, term.end, term.bitmap_row),
            shift,
            locate(postings, docs, other_term.first, other_term.end, other_term.bitmap_row),
            other_shift,
            postings,
            self.segment.positions(term.field),
        )

    def _slot_places(self, docs: Array, term: FoundTerm, shift: int) -> tuple[Array, Array]:
        """Where the phrase would start for the term to stand as it does."""
        postings, positions = self.segment.postings, self.segment.positions(term.field)
        if term.made is None:
            found = locate(postings, docs, term.first, term.end, term.bitmap_row)
            return occurrences_of_term(docs, found, postings, positions, shift)
        bitmap = frozen(bitmaps.from_docs(docs, self.segment.doc_count))
        return occurrences_of_terms(
            docs,
            bitmap,
            bitmaps.rank_lines(bitmap),
            term.first,
            term.end,
            postings,
            positions,
            shift,
        )

    def _near_docs(self, near: Near, part: Part) -> DocSet:
        places = [self._places(phrase, part) for phrase in near.phrases]
        doc_count = self.segment.doc_count
        common = intersection([DocSet(doc_count, docs=each.docs) for each in places])
        offset = np.cumsum([0, *(len(each.starts) for each in places)])
        at = [np.searchsorted(each.docs, common.docs) for each in places]
        begins = [o + each.offsets[i] for o, each, i in zip(offset, places, at, strict=False)]
        ends = [o + each.offsets[i + 1] for o, each, i in zip(offset, places, at, strict=False)]
        marks = near_docs(
            np.array(begins),
            np.array(ends),
            np.concatenate([each.starts for each in places]),
            np.array([phrase.length for phrase in near.phrases], np.int64),
            near.distance,
        )
        return common.kept(marks)

    # Filters

    def _and(self, query: And) -> DocSet:
        """Dates are looked at last: of the documents that all else leaves, if they are few."""
        periods = [node for node in query.nodes if isinstance(node, Published)]
        others = [self.matches(node) for node in query.nodes if not isinstance(node, Published)]
        if not others:
            return intersection([self._published(node) for node in periods])
        found = intersection(others)
        for period in periods:
            if len(found) * LISTED_SHARE < self.segment.doc_count:
                start, end = _seconds(period)
                found = found.kept(mark_published(found.docs, self.segment.published, start, end))
            else:
                found &= self._published(period)
        return found

    def _published(self, query: Published) -> DocSet:
        bitmap = bitmaps.empty(self.segment.doc_count)
        published_between(self.segment.published, *_seconds(query), bitmap)
        return DocSet(self.segment.doc_count, bitmap=bitmap)

    def _nothing(self) -> DocSet:
        return DocSet(self.segment.doc_count, docs=np.empty(0, np.uint32))


_NOWHERE = Occurrences(frozen(np.empty(0, np.uint32)), np.zeros(1, np.int64), np.empty(0, np.int64))


def _most_docs(unit: list[FoundTerm]) -> int:
    return sum(term.doc_freq for term in unit)


def _seconds(query: Published) -> tuple[int, int]:
    """The first second of the period and one past its last."""
    start, end = query.period.start, query.period.end
    return (
        NO_DATE + 1 if start is None else _ceil_seconds(start.timestamp()),
        _FAR_FUTURE if end is None else _ceil_seconds(end.timestamp()),
    )


def _ceil_seconds(timestamp: float) -> int:
    return -int(-timestamp // 1)
