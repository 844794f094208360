"""Typed letters cut into words that titles are read with: gongkaike is 公开 and 课."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

from sanbao.search.analysis.suggestion_keys import Spelling, reading_key
from sanbao.search.suggestions.vocabulary import FoundRanges, TermRange, Vocabulary

READINGS = "title_readings"
LONGEST_TYPED = 32
SHORTEST_TYPED = {Spelling.PINYIN: 3, Spelling.ROMAJI: 3, Spelling.INITIALS: 3}
_SHORTEST_PIECE = {Spelling.PINYIN: 3, Spelling.ROMAJI: 2, Spelling.INITIALS: 2}
_LONGEST_PIECE = {Spelling.PINYIN: 16, Spelling.ROMAJI: 14, Spelling.INITIALS: 6}
_LONGEST_GAP = {Spelling.PINYIN: 6, Spelling.ROMAJI: 4, Spelling.INITIALS: 1}
_GAP_COST = 4.0
"""Of each letter that is in no word, and once more: a character by itself has no reading in the
index."""
_WORD_COST = 1.0
"""Of any word, so that of words that are equally rare few are better than many."""


class Cut(NamedTuple):
    """A way to cut: the places of its words among some ranges."""

    ranges: FoundRanges
    words: tuple[int, ...]


def cut(vocabulary: Vocabulary, spelling: Spelling, typed: str) -> Cut | None:
    """The most probable words, the last of which may go on; None if there is no such cut.

    The most probable cut is the one whose words together are in most articles (Viterbi's
    algorithm over their frequencies).

    Raises:
        TimeIsUp.
    """
    if not SHORTEST_TYPED[spelling] <= len(typed) <= LONGEST_TYPED:
        return None
    pieces = _pieces(spelling, len(typed))
    found = vocabulary.find([_range(spelling, typed, *piece) for piece in pieces])
    steps: list[list[_Step]] = [[] for _ in range(len(typed) + 1)]
    for end in range(1, len(steps)):
        gaps = range(max(0, end - _LONGEST_GAP[spelling]), end)
        steps[end] += [_Step(start, _GAP_COST * (1 + end - start), ()) for start in gaps]
    for place, ((start, end), postings) in enumerate(zip(pieces, found.postings, strict=True)):
        if postings:
            rarity = log(max(1.0, vocabulary.size / postings))
            steps[end].append(_Step(start, rarity + _WORD_COST, (place,)))
    words = _cheapest(steps)
    return Cut(found, words) if words else None


class _Step(NamedTuple):
    """From a place in the typed text to another: its cost, and the word there."""

    start: int
    cost: float
    words: tuple[int, ...]


def _cheapest(steps: Sequence[Sequence[_Step]]) -> tuple[int, ...]:
    """The words of the cheapest way through.

    Args:
        steps: by the place where they end.
    """
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for ending in steps[1:]:
        best.append(
            min(
                (best[step.start][0] + step.cost, best[step.start][1] + step.words)
                for step in ending
            )
        )
    return best[-1][1]


def _pieces(spelling: Spelling, length: int) -> list[tuple[int, int]]:
    shortest, longest = _SHORTEST_PIECE[spelling], _LONGEST_PIECE[spelling]
    return [
        (start, end)
        for start in range(length)
        for end in range(start + 1, min(length, start + longest) + 1)
        if end == length or end - start >= shortest
    ]


def _range(spelling: Spelling, typed: str, start: int, end: int) -> TermRange:
    key = reading_key(spelling, typed[start:end])
    return TermRange(READINGS, key[:-1] if end == len(typed) else key, prefix=True)
