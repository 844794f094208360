"""A timeline against the calendar, day by day."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.engines.arrays.counting import DayCounts
from sanbao.search.request import TimelineUnit
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
    assert {bucket.start: bucket.count for bucket in timeline(found, unit)} == expected
    starts = [bucket.start for bucket in timeline(found, unit)]
    assert starts == sorted(starts)


def _start(day: date, unit: TimelineUnit) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day if unit == "day" else day.replace(day=1, month=day.month if unit == "month" else 1)
