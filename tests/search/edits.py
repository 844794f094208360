"""How many typing errors two words are apart, as the distance is defined."""

from __future__ import annotations

from functools import cache


def plain_distance(one: str, other: str, swaps: bool = True) -> int:
    """The fewest edits, as the recurrence says it."""

    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        ways = [
            distance(i - 1, j) + 1,
            distance(i, j - 1) + 1,
            distance(i - 1, j - 1) + (one[i - 1] != other[j - 1]),
        ]
        if swaps and i > 1 and j > 1 and one[i - 2 : i] == other[j - 1] + other[j - 2]:
            ways.append(distance(i - 2, j - 2) + 1)
        return min(ways)

    return distance(len(one), len(other))
