"""The formula of the prior, and what its settings may be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.ranking.recency import Recency, age_in_days, day_of


@pytest.mark.parametrize(
    ("age", "bonus"), [(0, 2.0), (10, 1.0), (20, 0.5), (5, math.sqrt(2)), (10**9, 0.0)]
)
def test_the_bonus_halves_with_each_half_life(age: int, bonus: float) -> None:
    assert Recency(half_life_days=10, strength=0.1).bonus(20.0, age) == pytest.approx(bonus)


@given(
    half_life=st.floats(0, exclude_min=True, allow_infinity=False),
    strength=st.floats(0, 1),
    best=st.floats(0, 1e6),
    age=st.integers(0, 10**7),
)
def test_the_bonus_is_never_more_than_its_share_of_the_best(
    half_life: float, strength: float, best: float, age: int
) -> None:
    assert 0 <= Recency(half_life, strength).bonus(best, age) <= strength * best


@pytest.mark.parametrize(
    ("half_life", "strength", "message"),
    [
        (0, 0.1, "half-life of recency must be above 0 days, is 0"),
        (-1, 0.1, "half-life"),
        (math.nan, 0.1, "half-life"),
        (math.inf, 0.1, "half-life"),
        (1, -0.1, "strength of recency must be between 0 and 1, is -0.1"),
        (1, 1.1, "strength"),
        (1, math.nan, "strength"),
    ],
)
def test_what_cannot_be_set_is_named(half_life: float, strength: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recency(half_life, strength)


@pytest.mark.parametrize(
    ("seconds", "day"), [(0, 0), (86_399.9, 0), (86_400, 1), (-1, -1), (-86_400, -1), (-86_401, -2)]
)
def test_days_begin_at_midnight_before_1970_too(seconds: float, day: int) -> None:
    assert day_of(seconds) == day


@pytest.mark.parametrize(
    ("day", "newest_day", "today", "age"),
    [(90, 100, 100, 10), (90, 100, 20_000, 10), (90, 20_000, 100, 10), (100, 100, 90, 0)],
)
def test_age_is_counted_from_the_newest_article_or_today(
    day: int, newest_day: int, today: int, age: int
) -> None:
    assert age_in_days(day, newest_day, today) == age
