"""Publication dates to counts by period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from sanbao.search.dates import EPOCH
from sanbao.search.ranking.recency import SECONDS_A_DAY
from sanbao.search.request import TimelineUnit
from sanbao.search.results import TimelineBucket

Days = npt.NDArray[np.int64]

_EPOCH_WEEKDAY = EPOCH.weekday()

# The longest span in days that is still counted by this unit: some sixty bars at most.
_AUTO: tuple[tuple[int, TimelineUnit], ...] = ((62, "day"), (420, "week"), (1830, "month"))


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


def timeline(days: DayCounts | None, unit: TimelineUnit | None) -> tuple[TimelineBucket, ...]:
    """Counts by period, oldest first, without empty periods.

    Args:
        days: None for no articles with a date.
        unit: the period; ``auto`` takes one that fits the span of the dates, None none.
    """
    if days is None or unit is None:
        return ()
    if unit == "auto":
        unit = _fitting_unit((days.newest - days.oldest) / SECONDS_A_DAY)
    starts = _period_starts(days.days.astype(np.int64), unit)
    firsts = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    counts = np.add.reduceat(days.counts, firsts)
    return tuple(
        TimelineBucket(EPOCH + timedelta(days=start), count)
        for start, count in zip(starts[firsts].tolist(), counts.tolist(), strict=True)
    )


def _fitting_unit(days: float) -> TimelineUnit:
    return next((unit for longest, unit in _AUTO if days <= longest), "year")


def _period_starts(days: Days, unit: TimelineUnit) -> Days:
    """The first day of the period that each day is in; days count from 1970."""
    if unit == "day":
        return days
    if unit == "week":
        return np.asarray(days - (days + _EPOCH_WEEKDAY) % 7)
    period = {"month": "M8[M]", "year": "M8[Y]"}[unit]
    return np.asarray(days.view("M8[D]").astype(period).astype("M8[D]").view(np.int64))
