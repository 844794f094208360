"""The words analyzers: what a reader would call a word, one analyzer for each language.

They differ only in how a run of Han characters is cut: as Japanese by the analyzer of ``ja``, as
Chinese by the others. A run that holds kana is Japanese wherever it stands, and words of other
scripts are stemmed as English ones. So text that mixes the languages needs no mixed analyzer.
Quantities and acronyms are words beside these, the same in all languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sanbao.search.analysis import chinese, english, japanese
from sanbao.search.analysis.acronyms import acronyms
from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.grams import word_term
from sanbao.search.analysis.normalize import NormalizedText
from sanbao.search.analysis.quantities import quantities
from sanbao.search.analysis.runs import Kind, Run, has_kana, runs
from sanbao.search.analysis.token import Token

VERSION = "4"


class Word(NamedTuple):
    """A word of a normalized text: its term, and the characters ``start`` to ``end`` there."""

    term: str
    start: int
    end: int


def words(normalized: NormalizedText, language: str) -> Iterator[Token]:
    """The tokens of a normalized text, cut as in ``language``; positions count them."""
    found = sorted(word_spans(normalized.text, language), key=lambda word: word.start)
    for position, word in enumerate(found):
        yield Token(word.term, position, *normalized.original_span(word.start, word.end))


def word_spans(text: str, language: str) -> Iterator[Word]:
    """The words of a normalized text, without those too common to search for; quantities and
    acronyms first."""
    folded = fold(text)
    for quantity in quantities(folded):
        yield Word(*quantity)
    for acronym in acronyms(folded):
        yield Word(english.stem(acronym.word), acronym.start, acronym.end)
    for run in runs(text):
        if run.kind is Kind.WORD:
            yield from _english(folded, run)
        elif run.kind is Kind.CJK:
            characters = text[run.start : run.end]
            if language == "ja" or has_kana(characters):
                yield from _japanese(characters, run.start)
            else:
                yield from _chinese(folded[run.start : run.end], run.start)


def _english(folded: str, run: Run) -> Iterator[Word]:
    term = word_term(folded, run)
    if term not in english.STOP_WORDS:
        yield Word(english.stem(term), run.start, run.end)


_fold_word = lru_cache(maxsize=100_000)(fold)


def _japanese(characters: str, offset: int) -> Iterator[Word]:
    for word in japanese.tokenize(characters):
        yield Word(_fold_word(word.base), offset + word.start, offset + word.end)


def _chinese(characters: str, offset: int) -> Iterator[Word]:
    for start, end in chinese.segment(characters):
        term = characters[start:end]
        if term not in chinese.STOP_WORDS:
            yield Word(term, offset + start, offset + end)
