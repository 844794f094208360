"""Publication dates to counts by period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from sanbao.search.dates import EPOCH
from sanbao.search.ranking.recency import SECONDS_A_DAY
from sanbao.search.request import TimelinePeriod, TimelineUnit
from sanbao.search.results import TimelineBucket

MAX_BUCKETS = 500
"""More are no picture to anybody, and 10,000 of them a page of megabytes."""

Days = npt.NDArray[np.int64]

_EPOCH_WEEKDAY = EPOCH.weekday()
_PERIODS: tuple[TimelinePeriod, ...] = get_args(TimelinePeriod)
_YEARS = {"year": 1, "decade": 10, "century": 100}

# The longest span in days that is still counted by this unit: some sixty bars at most.
_AUTO: tuple[tuple[int, TimelinePeriod], ...] = ((62, "day"), (420, "week"), (1830, "month"))


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many articles were published when.

    Attributes:
        days: since 1970 UTC, rising, without empty ones.
        counts: by day.
        oldest, newest: the earliest and the latest date in seconds since 1970.
    """

    days: Days
    counts: Days
    oldest: int
    newest: int


class Timeline(NamedTuple):
    """Articles by period.

    Attributes:
        buckets: oldest first, without empty ones; at most :data:`MAX_BUCKETS`.
        unit: the period; None when there are no buckets.
        is_widened: whether a shorter one was asked for.
    """

    buckets: tuple[TimelineBucket, ...] = ()
    unit: TimelinePeriod | None = None
    is_widened: bool = False


def timeline(days: DayCounts | None, unit: TimelineUnit | None) -> Timeline:
    """Counts by period; by a longer one than was asked for, where that would be too many.

    Args:
        days: None for no articles with a date.
        unit: the period; ``auto`` takes one that fits the span of the dates, None none.
    """
    if days is None or unit is None:
        return Timeline()
    fitting = _fitting_unit((days.newest - days.oldest) / SECONDS_A_DAY) if unit == "auto" else unit
    used, starts, firsts = _widened(days.days.astype(np.int64), fitting)
    counts = np.add.reduceat(days.counts, firsts)
    buckets = tuple(
        TimelineBucket(EPOCH + timedelta(days=start), count)
        for start, count in zip(starts[firsts].tolist(), counts.tolist(), strict=True)
    )
    return Timeline(buckets, used, is_widened=unit not in ("auto", used))


def _widened(days: Days, unit: TimelinePeriod) -> tuple[TimelinePeriod, Days, Days]:
    """The shortest period from ``unit`` on of which there are few enough, the first day of the one
    that each day is in, and where among the days each begins."""
    longer = _PERIODS[_PERIODS.index(unit) :]
    for period in longer:  # pragma: no branch - the calendar has 100 centuries
        starts = _period_starts(days, period)
        firsts = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
        if len(firsts) <= MAX_BUCKETS:
            break
    return period, starts, firsts


def _fitting_unit(days: float) -> TimelinePeriod:
    return next((unit for longest, unit in _AUTO if days <= longest), "year")


def _period_starts(days: Days, unit: TimelinePeriod) -> Days:
    """The first day of the period that each day is in; days count from 1970."""
    if unit == "day":
        return days
    if unit == "week":
        return np.asarray(days - (days + _EPOCH_WEEKDAY) % 7)
    if unit == "month":
        return np.asarray(days.view("M8[D]").astype("M8[M]").astype("M8[D]").view(np.int64))
    years = days.view("M8[D]").astype("M8[Y]").view(np.int64) + EPOCH.year
    # The calendar has no year 0, in which the first decade and century would begin.
    firsts = np.maximum(years - years % _YEARS[unit], 1) - EPOCH.year
    return np.asarray(firsts.view("M8[Y]").astype("M8[D]").view(np.int64))
