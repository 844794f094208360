"""A query made ready for any segment: its terms numbered, their bytes side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sanbao.search import fields
from sanbao.search.codec.kernels.arrays import F64, I64, U8
from sanbao.search.codec.kernels.index import Preferred
from sanbao.search.codec.kernels.text import TextQuery, Units
from sanbao.search.codec.kernels.whole_phrase import PhraseQuery
from sanbao.search.query.describe import term_text
from sanbao.search.query.tree import (
    And,
    Keyword,
    Near,
    Not,
    Or,
    Part,
    Phrase,
    Prefer,
    Query,
    Term,
    Text,
)
from sanbao.search.ranking.weights import KIND_WEIGHT, WEAK

FIELD_NAMES = tuple(field.name for field in fields.FIELDS)
"""The fields that queries look into, in the order of their numbers."""

_NUMBERS = {name: number for number, name in enumerate(FIELD_NAMES)}


def field_number(name: str) -> int:
    """The place of a field in :data:`FIELD_NAMES`."""
    return _NUMBERS[name]


class TermKey(NamedTuple):
    """A term in a field, by its number, or with ``prefix`` or ``edits`` several: see
    :class:`search.query.tree.Term`."""

    field: int
    text: str
    prefix: bool = False
    edits: int = 0

    @property
    def label(self) -> str:
        """The field and what is looked for there, as ``text_grams:econ*``."""
        return f"{FIELD_NAMES[self.field]}:{term_text(self.text, self.prefix, self.edits)}"


class TextTerms(NamedTuple):
    """Numbers of a text's terms: of each unit, of all that score (i64), with what each weighs
    beside its idf (f64)."""

    units: Units
    scored: I64
    weights: F64


class PhraseTerms(NamedTuple):
    """The terms of a phrase's slots and their offsets, and a number of its own."""

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
        similar: the numbers of keys with typing errors.
        has_expansions: whether any key means several terms.
        expansions: the numbers of keys that may be cut to some of their terms, those of the same
            text together. None is under ``Not``, where fewer terms would mean more documents.
        languages: the numbers of those that are preferred anywhere (i64); among their articles
            the idf of a term is taken.
        whole: the query if it is one text or a phrase of several terms and nothing else, perhaps
            with some articles preferred.
        key_bytes, requests: what :func:`search.codec.kernels.term_lookup.find_terms` takes.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self._numbers: dict[TermKey, int] = {}
        self._texts: dict[int, TextTerms] = {}
        self._phrases: dict[int, PhraseTerms] = {}
        self._keywords: dict[int, int] = {}
        self._preferred: dict[int, list[int]] = {}
        self._of_languages: list[int] = []
        self._sentence_ends: dict[Part, int] = {}
        self._open_ended: dict[int, tuple[str, int]] = {}
        self._uncut: set[int] = set()
        self._add(query)
        self.keys = list(self._numbers)
        self.size = len(self.keys)
        for key, phrase in self._phrases.items():
            self._phrases[key] = phrase._replace(number=self.size)
            self.size += 1
        self.every_match_scores = _every_match_scores(query)
        self.similar = [number for number, key in enumerate(self.keys) if key.edits]
        self.has_expansions = bool(self.similar) or any(key.prefix for key in self.keys)
        self.expansions = self._expansions()
        self.languages = np.array(sorted(set(self._of_languages)), np.int64)
        self.key_bytes, self.requests = pack_keys(self.keys)
        self.whole = None if self.has_expansions else self._whole(query)

    def text(self, text: Text) -> TextTerms:
        """The terms of a text of the query."""
        return self._texts[id(text)]

    def phrase(self, phrase: Phrase) -> PhraseTerms:
        """The terms of a phrase of the query."""
        return self._phrases[id(phrase)]

    def keyword(self, keyword: Keyword) -> int:
        """The term of a keyword of the query."""
        return self._keywords[id(keyword)]

    def sentence_end(self, part: Part) -> int:
        """The term that ends sentences in a part of the article, where that is asked for."""
        return self._sentence_ends[part]

    def preferred_by(self, prefer: Prefer) -> list[int]:
        """The terms of the values that a node of the query prefers."""
        return self._preferred[id(prefer)]

    def _whole(self, query: Query) -> TextQuery | PhraseQuery | None:
        bonuses: dict[int, float] = {}
        while isinstance(query, Prefer):
            for number in self.preferred_by(query):
                bonuses[number] = bonuses.get(number, 0.0) + query.bonus
            query = query.node
        preferred = Preferred(
            np.array(list(bonuses), np.int64), np.array(list(bonuses.values()), np.float64)
        )
        if isinstance(query, Text) and query.share:
            scores_units_only = not (query.extra or query.weak)
            return TextQuery(*self.text(query), scores_units_only, preferred, self.languages)
        if isinstance(query, Phrase) and len(query.slots) > 1:
            numbers, shifts, _ = self.phrase(query)
            return PhraseQuery(
                np.array(numbers, np.int64),
                np.array(shifts, np.int64),
                preferred,
                self.languages,
            )
        return None

    def _add(self, query: Query, cut: bool = True) -> None:
        """Number the terms of a node; ``cut`` says whether beginnings of words may be cut."""
        match query:
            case Prefer():
                numbers = [self._number(query.field, value) for value in query.values]
                self._preferred[id(query)] = numbers
                if query.field == "language":
                    self._of_languages += numbers
                self._add(query.node, cut)
            case Text():
                self._texts[id(query)] = self._text_terms(query, cut)
            case Phrase():
                self._add_phrase(query, cut)
            case Near():
                for phrase in query.phrases:
                    self._add_phrase(phrase, cut)
                if query.distance is None:
                    number = self._number(f"{query.part}_sentences", fields.SENTENCE_END_TERM)
                    self._sentence_ends[query.part] = number
            case Keyword():
                self._keywords[id(query)] = self._number(query.field, query.value)
            case Not():
                self._add(query.node, cut=False)
            case And() | Or():
                for node in query.nodes:
                    self._add(node, cut)

    def _expansions(self) -> list[list[int]]:
        of_text: dict[tuple[str, int], list[int]] = {}
        for number, text_and_edits in self._open_ended.items():
            if number not in self._uncut:
                of_text.setdefault(text_and_edits, []).append(number)
        return list(of_text.values())

    def _text_terms(self, text: Text, cut: bool) -> TextTerms:
        numbers = {term: self._term(text, term, cut) for term in text.terms()}
        weak = set(text.weak).difference(text.extra, *(unit.terms for unit in text.units))
        shares = dict(text.shares)
        units = [[numbers[term] for term in unit.terms] for unit in text.units]
        return TextTerms(
            Units(
                np.cumsum([0, *map(len, units)]),
                np.array([number for unit in units for number in unit], np.int64),
                text.share,
            ),
            np.array(list(numbers.values()), np.int64),
            np.array(
                [
                    KIND_WEIGHT[term.kind] * (WEAK if term in weak else shares.get(term, 1.0))
                    for term in numbers
                ],
                np.float64,
            ),
        )

    def _term(self, text: Text, term: Term, cut: bool) -> int:
        number = self._number(f"{text.part}_{term.kind}", term.text, term.prefix, term.edits)
        if term.edits:
            self._open_ended[number] = term.text, term.edits
        if term.prefix or not cut:
            self._uncut.add(number)
        return number

    def _add_phrase(self, phrase: Phrase, cut: bool) -> None:
        field = f"{phrase.part}_grams"
        numbers = [self._number(field, slot.text, slot.prefix) for slot in phrase.slots]
        for number, slot in zip(numbers, phrase.slots, strict=True):
            if slot.is_open_ended:
                self._open_ended[number] = slot.text, 0
                if not cut:
                    self._uncut.add(number)
        shifts = [slot.offset for slot in phrase.slots]
        self._phrases[id(phrase)] = PhraseTerms(numbers, shifts, -1)

    def _number(self, field: str, text: str, prefix: bool = False, edits: int = 0) -> int:
        key = TermKey(field_number(field), text, prefix, edits)
        return self._numbers.setdefault(key, len(self._numbers))


def pack_keys(keys: Sequence[TermKey]) -> tuple[U8, I64]:
    """What :func:`search.codec.kernels.term_lookup.find_terms` takes: ``keys`` and ``requests``."""
    # Of terms with typing errors only the first character is sure.
    texts = [(key.text[:1] if key.edits else key.text).encode() for key in keys]
    ends = np.cumsum([0, *map(len, texts)])
    requests = np.empty((len(keys), 4), np.int64)
    requests[:, 0], requests[:, 1] = ends[:-1], ends[1:]
    requests[:, 2] = [key.field for key in keys]
    requests[:, 3] = [key.prefix or key.edits > 0 for key in keys]
    return np.frombuffer(b"".join(texts), np.uint8), requests


def _every_match_scores(query: Query) -> bool:
    match query:
        case Text():
            return query.share > 0
        case Phrase() | Near():
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
