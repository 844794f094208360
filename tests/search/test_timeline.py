"""A timeline against the calendar, day by day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.engines.arrays.counting import DayCounts
from sanbao.search.request import TimelinePeriod, TimelineUnit
from sanbao.search.timeline import timeline

days = st.dictionaries(
    st.dates(date(1, 1, 1), date(9999, 12, 31)), st.integers(1, 10**9), min_size=1, max_size=40
)


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
@given(days)
def test_equals_the_calendar(unit: TimelineUnit, counts: dict[date, int]) -> None:
    numbers = sorted((day - date(1970, 1, 1)).days for day in counts)
    found = DayCounts(
        np.array(numbers),
        np.array([counts[day] for day in sorted(counts)]),
        numbers[0],
        numbers[-1],
    )
    expected: Counter[date] = Counter()
    for day, count in counts.items():
        expected[_start(day, unit)] += count
    drawn = timeline(found, unit)
    assert (drawn.unit, drawn.is_widened) == (unit, False)
    assert {bucket.start: bucket.count for bucket in drawn.buckets} == expected
    starts = [bucket.start for bucket in drawn.buckets]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("every", "count", "unit", "used"),
    [
        (1, 500, "day", "day"),
        (1, 501, "day", "week"),
        (7, 501, "day", "month"),
        (31, 501, "week", "year"),
        (366, 501, "month", "decade"),
        (3_653, 501, "year", "century"),
        (3_653, 800, "day", "century"),
        (366, 9_970, "auto", "century"),
    ],
)
def test_no_timeline_has_more_than_its_most(
    every: int, count: int, unit: TimelineUnit, used: TimelinePeriod
) -> None:
    first = -719_162  # the first day of the calendar
    numbers = np.arange(first, first + every * count, every)[:count]
    numbers = numbers[numbers < 2_932_897]  # the first day after it
    found = DayCounts(
        numbers,
        np.ones(len(numbers), np.int64),
        int(numbers[0]) * 86_400,
        int(numbers[-1]) * 86_400,
    )
    drawn = timeline(found, unit)
    assert drawn.unit == used
    assert drawn.is_widened == (unit not in (used, "auto"))
    assert len(drawn.buckets) <= 500
    assert sum(bucket.count for bucket in drawn.buckets) == len(numbers)


@pytest.mark.parametrize(("unit", "years"), [("decade", 10), ("century", 100)])
@given(days)
def test_long_periods_begin_as_the_calendar_counts(
    unit: TimelinePeriod, years: int, counts: dict[date, int]
) -> None:
    numbers = np.array(sorted((day - date(1970, 1, 1)).days for day in counts))
    found = DayCounts(numbers, np.ones_like(numbers), int(numbers[0]), int(numbers[-1]))
    starts = {date(max(day.year // years * years, 1), 1, 1) for day in counts}
    assert [bucket.start for bucket in timeline(found, unit).buckets] == sorted(starts)


def _start(day: date, unit: TimelineUnit) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day if unit == "day" else day.replace(day=1, month=day.month if unit == "month" else 1)
