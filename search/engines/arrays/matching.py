"""Which documents of one segment a query matches, and what adds to their scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sanbao.search.codec.kernels import bitmaps
from sanbao.search.codec.kernels.arrays import I64, U32
from sanbao.search.codec.kernels.bm25 import impacts_of
from sanbao.search.codec.kernels.conjunction import docs_of_all
from sanbao.search.codec.kernels.dates import NO_DATE, mark_published, published_between
from sanbao.search.codec.kernels.doc_set import DocSet, frozen, intersection, union
from sanbao.search.codec.kernels.phrase import (
    Places,
    narrow,
    near_docs,
    phrase_places,
    places_of_terms,
    same_sentence_docs,
    term_places,
)
from sanbao.search.codec.kernels.positions import Positions
from sanbao.search.codec.kernels.postings import MadePostings
from sanbao.search.codec.kernels.text import match_units_of, present_units
from sanbao.search.engines.arrays.plan import PhraseTerms, Plan, field_number
from sanbao.search.engines.arrays.segment import FoundTerms, OpenSegment
from sanbao.search.engines.arrays.statistics import PlanWeights
from sanbao.search.limits import NEVER, Deadline
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
    Text,
)

LISTED_SHARE = 10
"""Documents for each that is found, from which on a list is narrowed faster than a bitmap."""

_FAR_FUTURE = 2**62


class ScoredTerm(NamedTuple):
    """A term that adds to the scores: of the documents of ``gate``, or of all that match."""

    number: int
    weight: float
    gate: DocSet | None


class Bonus(NamedTuple):
    """What is added to the scores of some documents."""

    docs: DocSet
    value: float


class SegmentSearch:
    """A query on one segment. Deleted documents match; whoever asks takes them out.

    All methods raise TimeIsUp when the deadline is past.

    Attributes:
        found: its terms in the segment, and its phrases as soon as they are looked for.
    """

    def __init__(
        self,
        segment: OpenSegment,
        plan: Plan,
        found: FoundTerms,
        weights: PlanWeights,
        deadline: Deadline = NEVER,
    ) -> None:
        self.segment = segment
        self.found = found
        self._plan = plan
        self._weights = weights
        self._deadline = deadline
        self._matches: dict[int, DocSet] = {}
        self._places: dict[int, Places] = {}

    def matches(self, query: Query) -> DocSet:
        """The documents that match; worked out once for each node of the plan's query."""
        known = self._matches.get(id(query))
        if known is None:
            self._deadline.check()
            known = self._matches[id(query)] = self._match(query)
        return known

    def live_matches(self, query: Query) -> DocSet:
        """Those of them that are not deleted."""
        matches, live = self.matches(query), self.segment.live
        return matches if live is None else matches & live

    def _match(self, query: Query) -> DocSet:
        match query:
            case Text():
                return self._text(query)
            case Prefer():
                return self.matches(query.node)
            case Phrase():
                return self._phrase_docs(query)
            case Near():
                return self._near_docs(query)
            case Keyword():
                return self.segment.doc_set(self.found, self._plan.keyword(query))
            case Published():
                return self._published(query)
            case And():
                return self._and(query)
            case Or():
                return union([self.matches(node) for node in query.nodes], self.segment.doc_count)
            case Not():
                return self.segment.all_docs - self.matches(query.node)
            case Everything():
                return self.segment.all_docs
            case Nothing():
                return self.segment.no_docs
        raise TypeError(f"no evaluation for {type(query).__name__}")

    # What adds to scores

    def scored_terms(self, query: Query, gate: DocSet | None = None) -> Iterator[ScoredTerm]:
        """The terms that add to the scores of the matching documents.

        Args:
            gate: the documents that may have a score of this node, or None for all that match.
        """
        match query:
            case Text():
                weights = self._weights.term_weights(query).tolist()
                scored = self._plan.text(query).scored.tolist()
                for number, weight in zip(scored, weights, strict=True):
                    yield ScoredTerm(number, weight, gate)
            case Phrase():
                weight = self._weights.phrase_weight(query)
                yield ScoredTerm(self.phrase_number(query), weight, gate)
            case Near():
                for phrase in query.phrases:
                    yield from self.scored_terms(phrase, gate)
            case Prefer():
                yield from self.scored_terms(query.node, gate)
            case And():
                for node in query.nodes:
                    yield from self.scored_terms(node, gate)
            case Or():
                for node in query.nodes:
                    yield from self.scored_terms(node, self._gate_of(node, gate))

    def bonuses(self, query: Query, gate: DocSet | None = None) -> Iterator[Bonus]:
        """What else adds to the scores; ``gate`` as in :meth:`scored_terms`."""
        if isinstance(query, Prefer):
            value = query.bonus * self._weights.best_score(query.node)
            for number in self._plan.preferred_by(query) if value else ():
                docs = self.segment.doc_set(self.found, number)
                yield Bonus(docs if gate is None else docs & gate, value)
        for node in query.children():
            own_gate = self._own_gate(node, gate) if isinstance(query, Or) else gate
            yield from self.bonuses(node, own_gate)

    def _gate_of(self, node: Query, gate: DocSet | None) -> DocSet | None:
        """The gate of a node of which matching is not asked; none where it would close nothing."""
        if gate is None and self._matches_wherever_it_scores(node):
            return None
        return self._own_gate(node, gate)

    def _own_gate(self, node: Query, gate: DocSet | None) -> DocSet:
        return self.matches(node) if gate is None else self.matches(node) & gate

    def _matches_wherever_it_scores(self, node: Query) -> bool:
        if isinstance(node, Text):
            weights, needed = self._weights.text(node)
            return not (node.extra or node.weak) and needed <= min(weights)
        return isinstance(node, Phrase)

    def _text(self, query: Text) -> DocSet:
        if query.share == 0:
            return self.segment.all_docs
        weights, needed = self._weights.text(query)
        rows, words = self.found.rows, self.segment.words
        units = present_units(rows, self._plan.text(query).units, weights)
        is_listed, docs, bitmap = match_units_of(rows, units, needed, words)
        if is_listed:
            return DocSet(self.segment.doc_count, docs=docs)
        return DocSet(self.segment.doc_count, bitmap=bitmap)

    # Phrases

    def _phrase_docs(self, phrase: Phrase) -> DocSet:
        numbers = self._plan.phrase(phrase).numbers
        if len(numbers) == 1:
            return self.segment.doc_set(self.found, numbers[0])
        return DocSet(self.segment.doc_count, docs=self._places_of(phrase).docs)

    def phrase_number(self, phrase: Phrase) -> int:
        """The number of the phrase as if it were a term; of one term, which it is, that of it."""
        (numbers, _, number), found = self._plan.phrase(phrase), self.found
        if len(numbers) == 1:
            return numbers[0]
        docs, offsets, _ = self._places_of(phrase)
        if len(docs) and not found.doc_freqs[number]:
            field, segment = field_number(f"{phrase.part}_grams"), self.segment
            freqs = np.diff(offsets).astype(np.uint32)
            average = segment.average_length(field)
            impacts = impacts_of(docs, freqs, segment.lengths(field), average)
            made = MadePostings(docs, freqs, impacts)
            found.set_made(number, made, field, segment.lengths_of(field))
        return number

    def _places_of(self, phrase: Phrase) -> Places:
        known = self._places.get(id(phrase))
        if known is None:
            known = self._find_places(self._plan.phrase(phrase), phrase.part)
            self._places[id(phrase)] = known
        return known

    def _places_within(self, docs: U32, phrase: Phrase) -> Places:
        """The places of a phrase, which may leave out other documents than these, that have it."""
        (number, *others), (shift, *_), _ = self._plan.phrase(phrase)
        if others:
            return self._places_of(phrase)
        positions = self.segment.positions(field_number(f"{phrase.part}_grams"))
        return Places(docs, *self._slot_places(docs, number, shift, positions))

    def _find_places(self, phrase: PhraseTerms, part: Part) -> Places:
        self._deadline.check()
        found, words = self.found, self.segment.words
        slots = sorted(
            zip(phrase.numbers, phrase.shifts, strict=True),
            key=lambda slot: found.doc_freqs[slot[0]],
        )
        if not slots or not found.doc_freqs[slots[0][0]]:
            return _NOWHERE
        positions = self.segment.positions(field_number(f"{part}_grams"))
        single = [slot for slot in slots if slot[0] not in found.unions]
        if len(single) == len(slots):
            numbers, shifts = zip(*slots, strict=True)
            places = phrase_places(found.rows[list(numbers)], np.array(shifts), positions, words)
            return Places(frozen(places[0]), *places[1:])
        rows = found.rows[[number for number, _ in slots]]
        docs = frozen(docs_of_all(rows, words))
        offsets, starts = self._slot_places(docs, *slots[0], positions)
        for number, shift in slots[1:]:
            others = self._slot_places(docs, number, shift, positions)
            docs, offsets, starts = narrow(docs, offsets, starts, *others)
            docs = frozen(docs)
        return Places(docs, offsets, starts)

    def _slot_places(
        self, docs: U32, number: int, shift: int, positions: Positions
    ) -> tuple[I64, I64]:
        """Where the phrase would start for the terms of a slot to stand as they do."""
        self._deadline.check()
        found, words = self.found, self.segment.words
        if number not in found.unions:
            return term_places(docs, found.rows[number], shift, positions, words)
        row, ranges, term_docs, _ = found.unions[number]
        return places_of_terms(docs, term_docs, ranges, row, shift, positions, words)

    def _near_docs(self, near: Near) -> DocSet:
        common = intersection([self._phrase_docs(phrase) for phrase in near.phrases])
        if not len(common):
            return common
        places = [self._places_within(common.docs, phrase) for phrase in near.phrases]
        offset = np.cumsum([0, *(len(each.starts) for each in places)])
        at = [np.searchsorted(each.docs, common.docs) for each in places]
        begins = [o + each.offsets[i] for o, each, i in zip(offset, places, at, strict=False)]
        ends = [o + each.offsets[i + 1] for o, each, i in zip(offset, places, at, strict=False)]
        occurrences = (
            np.array(begins),
            np.array(ends),
            np.concatenate([each.starts for each in places]),
            np.array([phrase.length for phrase in near.phrases], np.int64),
        )
        if near.distance is None:
            stops = self._sentence_ends(common, near.part)
            return common.kept(same_sentence_docs(*occurrences, stops.starts, stops.offsets))
        return common.kept(near_docs(*occurrences, near.distance))

    def _sentence_ends(self, docs: DocSet, part: Part) -> Places:
        """Where sentences end in some documents, of which not every one may have an end."""
        number = self._plan.sentence_end(part)
        having = docs & self.segment.doc_set(self.found, number)
        positions = self.segment.positions(field_number(f"{part}_sentences"))
        offsets, stops = self._slot_places(having.docs, number, 0, positions)
        counts = np.zeros(len(docs), np.int64)
        counts[np.searchsorted(docs.docs, having.docs)] = np.diff(offsets)
        return Places(docs.docs, np.concatenate([[0], np.cumsum(counts)]), stops)

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


_NOWHERE = Places(frozen(np.empty(0, np.uint32)), np.zeros(1, np.int64), np.empty(0, np.int64))


def _seconds(query: Published) -> tuple[int, int]:
    """The first second of the period and one past its last."""
    start, end = query.period.start, query.period.end
    return (
        NO_DATE + 1 if start is None else _ceil_seconds(start.timestamp()),
        _FAR_FUTURE if end is None else _ceil_seconds(end.timestamp()),
    )


def _ceil_seconds(timestamp: float) -> int:
    return -int(-timestamp // 1)
