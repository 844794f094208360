"""Words with typing errors, as ``econmy~`` asks for them.

How many errors a word may have goes by its length, as in Elasticsearch's ``AUTO``; its first
character must be right, which leaves a small part of the dictionary to look through. The term of
the word itself, those one error away and those two away are asked for apart, each with those
before it: so an article scores the more the nearer its word is, and a term is never taken for
rarer than the word that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import word_term
from sanbao.search.analysis.normalize import normalize
from sanbao.search.analysis.runs import KATAKANA, Kind, has_cjk, runs
from sanbao.search.query.phrases import phrase_query
from sanbao.search.query.tree import Or, Part, Query, Term, Text, Unit
from sanbao.search.query.words import text_query

MOST_EDITS = 2
ONE_EDIT_FROM, TWO_EDITS_FROM = 3, 6
"""Characters of a word that may have so many errors."""

_KATAKANA_OR_NOT = re.compile(f"(?P<katakana>[{KATAKANA}]+)|[^{KATAKANA}]+")


def fuzzy_query(text: str, edits: int | None, part: Part = "text") -> Query | None:
    """The node that finds the words of ``text`` and those that differ by a few typing errors.

    Latin and other words of letters are compared with the words as they stand in articles,
    katakana with the words of the Japanese dictionary. Numbers, Han characters and hiragana are
    searched for as they are.

    Args:
        edits: how many each word may have, from 0 to :data:`MOST_EDITS`; None goes by its length.
    """
    exact = _exact(text, part)
    units = tuple(dict.fromkeys(_units(text, edits)))
    if not any(term.edits for unit in units for term in unit.terms):
        return exact
    similar = Text(units, 1.0, part=part)
    return Or((exact, similar)) if exact else similar


def _exact(text: str, part: Part) -> Query | None:
    # The dictionary cuts a misspelt word of katakana into other words.
    if has_cjk(normalize(text).text):
        return phrase_query(text, part)
    return text_query(text, part, require_all=True)


def _units(text: str, edits: int | None) -> Iterator[Unit]:
    folded = fold(normalize(text).text)
    for run in runs(folded):
        if run.kind is Kind.WORD:
            word = word_term(folded, run)
            if count := 0 if word.isdecimal() else _edits(word, edits):
                yield _similar(Term("grams", word), count)
            else:
                yield Unit((Term("grams", word),))
        elif run.kind is Kind.CJK:
            for piece in _KATAKANA_OR_NOT.finditer(folded, run.start, run.end):
                if count := _edits(piece[0], edits) if piece["katakana"] else 0:
                    yield _similar(Term("words", piece[0]), count)
                elif exact := text_query(piece[0], require_all=True):
                    yield from exact.units


def _edits(word: str, asked: int | None) -> int:
    if len(word) < ONE_EDIT_FROM:
        return 0
    if asked is not None:
        return asked
    return 1 if len(word) < TWO_EDITS_FROM else MOST_EDITS


def _similar(term: Term, edits: int) -> Unit:
    return Unit(tuple(Term(term.kind, term.text, edits=n) for n in range(1, edits + 1)))
