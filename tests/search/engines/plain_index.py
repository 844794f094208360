"""Articles as their terms, inverted in plain Python: what the slow evaluator reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NO_DATE = -(2**62)
"""Stands for no date, as in a segment, so that the same articles can be in both."""

KINDS = ("words", "grams", "sentences")
TEXT_FIELDS = tuple(f"{part}_{kind}" for part in ("title", "text") for kind in KINDS)
KEYWORD_FIELDS = ("language", "source", "category", "author", "whole_title")
FACETS = {"lang": "language", "source": "source", "category": "category"}


@dataclass
class PlainArticle:
    """Tokens by text field, values by keyword field.

    Attributes:
        positions: of the tokens of a field; of one that is not there they are counted from 0.
    """

    tokens: Mapping[str, Sequence[str]]
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    published: int = NO_DATE
    deleted: bool = False
    positions: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def terms(self, name: str) -> Sequence[str]:
        """The tokens or the values of a field, each value once."""
        if name in self.tokens:
            return self.tokens[name]
        return list(dict.fromkeys(self.values.get(name, ())))


Places = Mapping[int, Sequence[int]]
"""By article, the positions at which a term stands in it."""


class PlainReader:
    """Answers :class:`tests.search.engines.slow_evaluator.Reader` from articles. Deleted ones are
    still there."""

    def __init__(self, articles: Sequence[PlainArticle]) -> None:
        self.published = [article.published for article in articles]
        self._articles = articles
        self._fields: dict[str, dict[str, Places]] = {}
        self._lengths: dict[str, list[int]] = {}

    def lengths(self, name: str) -> list[int]:
        """How many tokens the field of each article has."""
        if name not in self._lengths:
            self._lengths[name] = [len(article.terms(name)) for article in self._articles]
        return self._lengths[name]

    def terms(self, name: str) -> list[str]:
        """The terms of a field, in order."""
        return list(self._field(name))

    def positions(self, name: str, term: str) -> Places:
        """At which positions a term stands in each article that has it."""
        return self._field(name).get(term, {})

    def frequencies(self, name: str, term: str) -> dict[int, int]:
        """How often a term stands in each article that has it."""
        return {number: len(places) for number, places in self.positions(name, term).items()}

    def _field(self, name: str) -> dict[str, Places]:
        """A field, inverted when it is first asked for."""
        if name not in self._fields:
            self._fields[name] = _invert(self._articles, name)
        return self._fields[name]


def _invert(articles: Sequence[PlainArticle], name: str) -> dict[str, Places]:
    inverted: dict[str, dict[int, list[int]]] = {}
    for number, article in enumerate(articles):
        tokens = article.terms(name)
        places = article.positions.get(name, range(len(tokens)))
        for place, term in zip(places, tokens, strict=True):
            inverted.setdefault(term, {}).setdefault(number, []).append(place)
    return {term: inverted[term] for term in sorted(inverted)}
