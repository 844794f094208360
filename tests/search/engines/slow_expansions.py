"""Which terms stand for the beginning of a word, or a word with typing errors, that has too many.

Those that are in most articles; see :class:`sanbao.search.limits.Limits`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from sanbao.search.limits import Limits
from sanbao.search.query.tree import And, Near, Not, Or, Phrase, Prefer, Query, Text
from tests.search.edits import plain_distance


class Expansion(NamedTuple):
    """What stands for several terms of a field: with ``edits`` those that are so many typing errors
    away from ``text`` at most and begin with the same character, else those that begin so."""

    field: str
    text: str
    edits: int


class Terms(Protocol):
    """The terms of some articles."""

    def terms(self, field: str) -> Sequence[str]:
        """Of a field, in order."""
        ...

    def frequencies(self, field: str, term: str) -> Mapping[int, int]:
        """How often a term stands in each article that has it."""
        ...


def every_term(terms: Terms, expansion: Expansion) -> list[str]:
    """All terms that it stands for."""
    field, text, edits = expansion
    start = text[:1] if edits else text
    found = (term for term in terms.terms(field) if term.startswith(start))
    return [term for term in found if not edits or plain_distance(text, term) <= edits]


def kept_terms(query: Query, terms: Terms, limits: Limits) -> dict[Expansion, set[str]]:
    """Of each expansion that has too many terms, those that are left to it."""
    found = list(_expansions(query))
    whole = {expansion for expansion, may_be_cut in found if not may_be_cut}
    cut = dict.fromkeys(expansion for expansion, _ in found if expansion not in whole)
    # Text and title share the terms of what is looked for in both.
    doc_freqs: dict[tuple[str, int], Counter[str]] = {}
    for expansion in cut:
        counts = doc_freqs.setdefault(expansion[1:], Counter())
        for term in every_term(terms, expansion):
            counts[term] += len(terms.frequencies(expansion.field, term))
    kept, left = {}, limits.terms_a_query
    for place, key in enumerate(sorted(doc_freqs, key=lambda key: len(doc_freqs[key]))):
        counts = doc_freqs[key]
        share = min(left // (len(doc_freqs) - place), limits.terms_a_clause)
        most = sorted(counts, key=lambda term: (-counts[term], term))[:share]
        left -= len(most)
        if len(most) < len(counts):
            kept.update({each: set(most) for each in cut if each[1:] == key})
    return kept


def _expansions(query: Query, positive: bool = True) -> Iterator[tuple[Expansion, bool]]:
    """What stands for several terms, and whether it may be cut."""
    match query:
        case Text():
            for term in query.terms():
                if term.prefix or term.edits:
                    field = f"{query.part}_{term.kind}"
                    yield Expansion(field, term.text, term.edits), positive and not term.prefix
        case Phrase():
            for slot in query.slots:
                if slot.is_open_ended:
                    yield Expansion(f"{query.part}_grams", slot.text, 0), positive
        case Near():
            for phrase in query.phrases:
                yield from _expansions(phrase, positive)
        case Not():
            yield from _expansions(query.node, False)
        case And() | Or() | Prefer():
            for node in query.children():
                yield from _expansions(node, positive)
