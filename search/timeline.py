"""Publication dates to counts by period."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from sanbao.search.codec.kernels.arrays import Array
from sanbao.search.engines.arrays.counting import DayCounts
from sanbao.search.request import TimelineUnit
from sanbao.search.results import TimelineBucket

_EPOCH = date(1970, 1, 1)
_EPOCH_WEEKDAY = _EPOCH.weekday()

# The longest span in days that is still counted by this unit: some sixty bars at most.
_AUTO: tuple[tuple[int, TimelineUnit], ...] = ((62, "day"), (420, "week"), (1830, "month"))


def timeline(days: DayCounts, unit: TimelineUnit) -> tuple[TimelineBucket, ...]:
    """Counts by period, oldest first, without empty periods.

    Args:
        unit: the period; ``auto`` takes one that fits the span of the dates.
    """
    if unit == "auto":
        unit = _fitting_unit((days.newest - days.oldest) / 86_400)
    starts = _period_starts(days.days.astype(np.int64), unit)
    firsts = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    counts = np.add.reduceat(days.counts, firsts)
    return tuple(
        TimelineBucket(_EPOCH + timedelta(days=start), count)
        for start, count in zip(starts[firsts].tolist(), counts.tolist(), strict=True)
    )


def _fitting_unit(days: float) -> TimelineUnit:
    return next((unit for longest, unit in _AUTO if days <= longest), "year")


def _period_starts(days: Array, unit: TimelineUnit) -> Array:
    """The first day of the period that each day is in; days count from 1970."""
    if unit == "day":
        return days
    if unit == "week":
        return np.asarray(days - (days + _EPOCH_WEEKDAY) % 7)
    period = {"month": "M8[M]", "year": "M8[Y]"}[unit]
    return np.asarray(days.view("M8[D]").astype(period).astype("M8[D]").view(np.int64))
