"""The grams analyzer: character pairs of CJK runs and whole words, the same for every language.

Each character of a CJK run takes one position and gives one token: the pair that starts with it,
or, for the last one, that character alone. So a run of n characters gives n tokens; every pair of
neighbours is in the dictionary; and a single character is found as the prefix of whatever starts
with it. A word of other scripts takes one position, unstemmed. So does a break, whose token is
the same for all punctuation: no phrase reaches across one unless it has one there too::

    微信Pay，開始    微信@0 信@1 pay@2 |@3 开始@4 始@5      (folded)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sanbao.search.analysis.fold import fold
from sanbao.search.analysis.normalize import NormalizedText
from sanbao.search.analysis.runs import Kind, Run, runs
from sanbao.search.analysis.token import Token

VERSION = "5"

PART_GAP = 1000
"""Positions between two parts of an article in one field, such as its title and its body: what
must stand near each other never stands in both."""

BREAK_TERM = "|"
"""The token of a break. No word has it: words are letters and digits."""


class Gram(NamedTuple):
    """A term at a position, and the characters ``start`` to ``end`` of the normalized text."""

    term: str
    position: int
    start: int
    end: int


def grams(normalized: NormalizedText) -> Iterator[Token]:
    """The tokens of a normalized text, in order of their positions."""
    for gram in gram_spans(normalized.text):
        span = normalized.original_span(gram.start, gram.end)
        yield Token(gram.term, gram.position, *span)


def gram_spans(text: str) -> Iterator[Gram]:
    """The same, with places in the normalized text."""
    folded = fold(text)
    position = 0
    for run in runs(text):
        if run.kind is not Kind.CJK:
            term = BREAK_TERM if run.kind is Kind.BREAK else word_term(folded, run)
            yield Gram(term, position, run.start, run.end)
            position += 1
        else:
            for start in range(run.start, run.end):
                end = min(start + 2, run.end)
                yield Gram(folded[start:end], position, start, end)
                position += 1


def word_term(folded: str, run: Run) -> str:
    """The dictionary form of the word that a run of a folded text is."""
    return plain_word(folded[run.start : run.end])


def plain_word(word: str) -> str:
    """The dictionary form of a folded word: no commas between digits, one kind of apostrophe."""
    return word if word.isalnum() else word.replace(",", "").replace("\u2019", "'")
