"""A query made ready for any segment: its terms numbered, their bytes side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from search.codec.container import Array
from search.codec.kernels.index import Preferred
from search.codec.kernels.text import TextQuery, Units
from search.codec.kernels.whole_phrase import PhraseQuery
from search.engines.weights import PART_WEIGHT
from search.query import And, Keyword, Near, Not, Or, Part, Phrase, Prefer, Query, Text

FIELDS = (
    *(f"{part}_{kind}" for part in PART_WEIGHT for kind in ("words", "grams")),
    "language",
    "source",
    "category",
    "author",
    "title_start",
    "title_readings",
)
"""The fields that queries look into, in the order of their numbers."""

_NUMBERS = {name: number for number, name in enumerate(FIELDS)}


def field_number(name: str) -> int:
    """The place of a field in :data:`FIELDS`."""
    return _NUMBERS[name]


TermKey = tuple[int, str, bool]
"""Number of the field, text, and whether all terms that start with the text are meant."""


class TextTerms(NamedTuple):
    """Numbers of a text's terms: of each unit, of all that score (i64), with what the part of the
    article weighs that each is in (f64)."""

    units: Units
    scored: Array
    part_weights: Array


class PhraseTerms(NamedTuple):
    """A phrase in one part: the terms of its slots and their offsets, and a number of its own."""

    numbers: list[int]
    shifts: list[int]
    number: int


class Plan:
    """What is looked up for a query.

    A term of several slots has one number. Phrases are numbered on after the terms, for their
    places in a segment become postings of their own.

    Attributes:
        query: the query.
        keys: the terms in order of number.
        size: how many numbers there are, of phrases too.
        every_match_scores: whether whatever matches has one of the terms that add to the score.
        has_prefixes: whether any key means several terms.
        expansions: the numbers of beginnings of words that may be cut to some of their terms,
            those of the same beginning together. None is under ``Not``, where fewer terms would
            mean more documents.
        whole: the query if it is one text or a phrase of several terms and nothing else, perhaps
            with languages preferred.
        key_bytes, requests: what :func:`search.codec.kernels.term_lookup.find_terms` takes.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self._numbers: dict[TermKey, int] = {}
        self._texts: dict[int, TextTerms] = {}
        self._phrases: dict[tuple[int, Part], PhraseTerms] = {}
        self._keywords: dict[int, int] = {}
        self._languages: dict[int, list[int]] = {}
        self._open_ended: dict[int, str] = {}
        self._uncut: set[int] = set()
        self._add(query)
        self.keys = list(self._numbers)
        self.size = len(self.keys)
        for key, phrase in self._phrases.items():
            self._phrases[key] = phrase._replace(number=self.size)
            self.size += 1
        self.every_match_scores = _every_match_scores(query)
        self.has_prefixes = any(prefix for _, _, prefix in self.keys)
        self.expansions = self._expansions()
        self.no_doc_freqs = np.zeros(self.size, np.int64)
        self.key_bytes, self.requests = pack_keys(self.keys)
        self.whole = None if self.has_prefixes else self._whole(query)

    def text(self, text: Text) -> TextTerms:
        """The terms of a text of the query."""
        return self._texts[id(text)]

    def phrase(self, phrase: Phrase, part: Part) -> PhraseTerms:
        """The terms of a phrase of the query, in a part of the article."""
        return self._phrases[id(phrase), part]

    def keyword(self, keyword: Keyword) -> int:
        """The term of a keyword of the query."""
        return self._keywords[id(keyword)]

    def languages(self, prefer: Prefer) -> list[int]:
        """The terms of the languages that a node of the query prefers."""
        return self._languages[id(prefer)]

    def _whole(self, query: Query) -> TextQuery | PhraseQuery | None:
        preferred = Preferred(np.empty(0, np.int64), 0.0)
        if isinstance(query, Prefer):
            preferred = Preferred(np.array(self.languages(query), np.int64), query.bonus)
            query = query.node
        if isinstance(query, Text):
            return TextQuery(*self.text(query), not query.extra, preferred)
        if isinstance(query, Phrase) and len(query.slots) > 1:
            parts = [self.phrase(query, part) for part in query.parts]
            return PhraseQuery(
                np.array([part.numbers for part in parts], np.int64),
                np.array(parts[0].shifts, np.int64),
                np.array([PART_WEIGHT[part] for part in query.parts], np.float64),
                preferred,
            )
        return None

    def _add(self, query: Query, cut: bool = True) -> None:
        """Number the terms of a node; ``cut`` says whether beginnings of words may be cut."""
        match query:
            case Prefer():
                self._languages[id(query)] = [
                    self._number("language", language) for language in query.languages
                ]
                self._add(query.node, cut)
            case Text():
                self._texts[id(query)] = self._text_terms(query)
            case Phrase():
                self._add_phrase(query, query.parts, cut)
            case Near():
                for phrase in query.phrases:
                    self._add_phrase(phrase, (*query.parts, *phrase.parts), cut)
            case Keyword():
                self._keywords[id(query)] = self._number(query.field, query.value)
            case Not():
                self._add(query.node, cut=False)
            case And() | Or():
                for node in query.nodes:
                    self._add(node, cut)

    def _expansions(self) -> list[list[int]]:
        of_text: dict[str, list[int]] = {}
        for number, text in self._open_ended.items():
            if number not in self._uncut:
                of_text.setdefault(text, []).append(number)
        return list(of_text.values())

    def _text_terms(self, text: Text) -> TextTerms:
        scored: dict[int, float] = {}
        units = []
        for terms in (*(unit.terms for unit in text.units), text.extra):
            numbers = []
            for term, part in product(terms, text.parts):
                number = self._number(f"{part}_{term.kind}", term.text, term.prefix)
                if term.prefix:
                    self._uncut.add(number)
                scored[number] = PART_WEIGHT[part]
                numbers.append(number)
            units.append(numbers)
        del units[-1]
        return TextTerms(
            Units(
                np.cumsum([0, *map(len, units)]),
                np.array([number for unit in units for number in unit], np.int64),
                text.share,
            ),
            np.array(list(scored), np.int64),
            np.array(list(scored.values()), np.float64),
        )

    def _add_phrase(self, phrase: Phrase, parts: tuple[Part, ...], cut: bool) -> None:
        for part in parts:
            numbers = [
                self._number(f"{part}_grams", slot.text, slot.prefix) for slot in phrase.slots
            ]
            for number, slot in zip(numbers, phrase.slots, strict=True):
                if slot.is_open_ended:
                    self._open_ended[number] = slot.text
                    if not cut:
                        self._uncut.add(number)
            shifts = [slot.offset for slot in phrase.slots]
            self._phrases[id(phrase), part] = PhraseTerms(numbers, shifts, -1)

    def _number(self, field: str, text: str, prefix: bool = False) -> int:
        return self._numbers.setdefault((field_number(field), text, prefix), len(self._numbers))


def pack_keys(keys: Sequence[TermKey]) -> tuple[Array, Array]:
    """What :func:`search.codec.kernels.term_lookup.find_terms` takes: ``keys`` and ``requests``."""
    texts = [text.encode() for _, text, _ in keys]
    ends = np.cumsum([0, *map(len, texts)])
    requests = np.empty((len(keys), 4), np.int64)
    requests[:, 0], requests[:, 1] = ends[:-1], ends[1:]
    requests[:, 2:] = [(field, prefix) for field, _, prefix in keys] or np.empty((0, 2))
    return np.frombuffer(b"".join(texts), np.uint8), requests


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
