"""Publication dates to counts by period."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from search.engines.array_counts import DayCounts
from search.request import TimelineUnit
from search.results import TimelineBucket

_EPOCH = date(1970, 1, 1)

# The longest span in days that is still counted by this unit: some sixty bars at most.
_AUTO: tuple[tuple[int, TimelineUnit], ...] = ((62, "day"), (420, "week"), (1830, "month"))


def timeline(days: DayCounts, unit: TimelineUnit) -> tuple[TimelineBucket, ...]:
    """Counts by period, oldest first, without empty periods.

    Args:
        unit: the period; ``auto`` takes one that fits the span of the dates.
    """
    if unit == "auto":
        unit = _fitting_unit((days.newest - days.oldest) / 86_400)
    counts: Counter[date] = Counter()
    for day, count in zip(days.days.tolist(), days.counts.tolist(), strict=True):
        counts[_period_start(_EPOCH + timedelta(days=day), unit)] += count
    return tuple(TimelineBucket(start, count) for start, count in sorted(counts.items()))


def _fitting_unit(days: float) -> TimelineUnit:
    return next((unit for longest, unit in _AUTO if days <= longest), "year")


def _period_start(day: date, unit: TimelineUnit) -> date:
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day
