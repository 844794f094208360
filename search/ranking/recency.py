"""A prior that favours newer news, for the order by relevance.

An article that is ``age`` days old is worth ``strength * best * 2 ** (-age / half_life)`` more,
where ``best`` is more than the words of any article could add for the query. So the prior is as
strong for a query of one common word as for one of ten rare ones, and it fades with age: of two
articles that fit equally well the newer comes first, and one that fits clearly better stays ahead.
Exponential decay with age as the prior: X. Li and W. B. Croft, "Time-Based Language Models" (2003).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Recency:
    """How much newer articles are favoured. The defaults: ``benchmarks/recency.py``.

    Attributes:
        half_life_days: after so many days the bonus is half as large; above 0.
        strength: the bonus of an article of today, as a share of the best score; 0 to 1, where 0
            is none.

    Raises:
        ValueError: naming the value, when it is out of its range.
    """

    half_life_days: float = 14.0
    strength: float = 0.01

    def __post_init__(self) -> None:
        if not 0 < self.half_life_days < math.inf:
            raise ValueError(
                f"the half-life of recency must be above 0 days, is {self.half_life_days:g}"
            )
        if not 0 <= self.strength <= 1:
            raise ValueError(
                f"the strength of recency must be between 0 and 1, is {self.strength:g}"
            )

    def bonus(self, best: float, age_days: int) -> float:
        """What is added to the score of an article of this age.

        Args:
            best: what the terms of the query would add in an article without end.
        """
        return self.strength * best * math.exp2(-age_days / self.half_life_days)


DEFAULT_RECENCY = Recency()


def day_of(seconds: float) -> int:
    """The UTC day since 1970 of an instant in seconds since 1970."""
    return math.floor(seconds / SECONDS_A_DAY)


def age_in_days(day: int, newest_day: int, today: int) -> int:
    """How old an article of ``day`` counts as; all days are counted since 1970.

    Args:
        newest_day: of any article in the index. An archive that has ended does not grow old: its
            newest article counts as new, and the others by how much older they are.
        today: articles of later days count as of today, and make no other article older.
    """
    return max(0, min(today, newest_day) - day)
