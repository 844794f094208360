"""Words of a page that are a few typing errors away from one that was asked for.

The same distance as :mod:`search.codec.kernels.edit_distance` finds terms by, without its kernel: a
page of ten extracts takes 25 ms, of which this is 1 ms at most, and nobody who highlights has to
load a compiler, which takes 300 ms.
"""

from __future__ import annotations

from collections.abc import Iterable


def similar_words(words: Iterable[str], word: str, edits: int) -> list[str]:
    """Those that are at most so many edits from a word and begin with the same character.

    An edit puts in, takes out or replaces a character, or exchanges two neighbours, which are not
    edited again (optimal string alignment).
    """
    return [
        each
        for each in words
        if each.startswith(word[0])
        and abs(len(each) - len(word)) <= edits
        and _is_within(word, each, edits)
    ]


def _is_within(word: str, other: str, edits: int) -> bool:
    """By the recurrence, of which what differs in length by more than ``edits`` is passed over."""
    size, too_many = len(word), edits + 1
    earlier: list[int] = []
    before = list(range(size + 1))
    last = ""
    for i, character in enumerate(other, 1):
        row = [too_many] * (size + 1)
        row[0] = least = i
        for j in range(max(1, i - edits), min(size, i + edits) + 1):
            typed = word[j - 1]
            if character == typed:
                distance = before[j - 1]
            else:
                distance = 1 + min(before[j - 1], before[j], row[j - 1])
                if j > 1 and typed == last and character == word[j - 2]:
                    distance = min(distance, 1 + earlier[j - 2])
            row[j] = distance
            if distance < least:
                least = distance
        if least > edits:
            return False
        earlier, before, last = before, row, character
    return before[-1] <= edits
