"""The terms of a query, each numbered once for all segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from search.engines.weights import PART_WEIGHT, needed_weight, unit_weights
from search.query import And, Keyword, Near, Not, Or, Part, Phrase, Prefer, Query, Text

TermKey = tuple[str, str, bool]
"""Field, text, and whether all terms that start with the text are meant, as if one."""


class Weights(NamedTuple):
    """What each unit of a text weighs, and what a document must have to match."""

    units: list[int]
    needed: int


class TextTerms(NamedTuple):
    """Term numbers of a text: of each unit, and of all that score, with the part's weight."""

    units: list[list[int]]
    scored: dict[int, float]


class Plan:
    """What is looked up for a query. The query must stay alive as long.

    Attributes:
        keys: the terms in order of number.
        every_match_scores: whether whatever matches has one of the terms that add to the score.
    """

    def __init__(self, query: Query) -> None:
        self._numbers: dict[TermKey, int] = {}
        self._texts: dict[int, TextTerms] = {}
        self._phrases: dict[tuple[int, Part], list[int]] = {}
        self._keywords: dict[int, int] = {}
        self._languages: dict[int, list[int]] = {}
        self._weights: dict[int, Weights] = {}
        self._add(query)
        self.keys = list(self._numbers)
        self.every_match_scores = _every_match_scores(query)

    def text(self, text: Text) -> TextTerms:
        """The terms of a text of the query."""
        return self._texts[id(text)]

    def slots(self, phrase: Phrase, part: Part) -> list[int]:
        """The term of each slot of a phrase of the query, in a part of the article."""
        return self._phrases[id(phrase), part]

    def keyword(self, keyword: Keyword) -> int:
        """The term of a keyword of the query."""
        return self._keywords[id(keyword)]

    def languages(self, prefer: Prefer) -> list[int]:
        """The terms of the languages that a node of the query prefers."""
        return self._languages[id(prefer)]

    def weigh(self, query: Query, doc_freqs: Sequence[int], doc_count: int) -> None:
        """Weigh the units of all texts of the query, by the doc_freq of each term number."""
        for text in texts_of(query):
            units = self.text(text).units
            weights = unit_weights([max(doc_freqs[n] for n in unit) for unit in units], doc_count)
            self._weights[id(text)] = Weights(weights, needed_weight(weights, text.share))

    def weights(self, text: Text) -> Weights:
        """The weights of a text of the query, after :meth:`weigh`."""
        return self._weights[id(text)]

    def _add(self, query: Query) -> None:
        match query:
            case Prefer():
                self._languages[id(query)] = [
                    self._number("language", language) for language in query.languages
                ]
                self._add(query.node)
            case Text():
                self._texts[id(query)] = self._text_terms(query)
            case Phrase():
                self._add_phrase(query, query.parts)
            case Near():
                for phrase in query.phrases:
                    self._add_phrase(phrase, (*query.parts, *phrase.parts))
            case Keyword():
                self._keywords[id(query)] = self._number(query.field, query.value)
            case Not():
                self._add(query.node)
            case And() | Or():
                for node in query.nodes:
                    self._add(node)

    def _text_terms(self, text: Text) -> TextTerms:
        scored: dict[int, float] = {}
        units = []
        for terms in (*(unit.terms for unit in text.units), text.extra):
            numbers = []
            for term, part in product(terms, text.parts):
                number = self._number(f"{part}_{term.kind}", term.text, term.prefix)
                scored[number] = PART_WEIGHT[part]
                numbers.append(number)
            units.append(numbers)
        return TextTerms(units[:-1], scored)

    def _add_phrase(self, phrase: Phrase, parts: tuple[Part, ...]) -> None:
        for part in parts:
            self._phrases[id(phrase), part] = [
                self._number(f"{part}_grams", slot.text, slot.prefix) for slot in phrase.slots
            ]

    def _number(self, field: str, text: str, prefix: bool = False) -> int:
        return self._numbers.setdefault((field, text, prefix), len(self._numbers))


def _every_match_scores(query: Query) -> bool:
    match query:
        case Text() | Phrase() | Near():
            return True
        case Prefer():
            return _every_match_scores(query.node)
        case And():
            return any(map(_every_match_scores, query.nodes))
    return False


def texts_of(query: Query) -> Iterator[Text]:
    """All texts of the query, those that must not match as well."""
    if isinstance(query, Text):
        yield query
    for child in (query.node,) if isinstance(query, Not) else query.children():
        yield from texts_of(child)
