"""Publication dates to counts by period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from search.request import TimelineUnit
from search.results import TimelineBucket

# The longest span in days that is still counted by this unit: some sixty bars at most.
_AUTO: tuple[tuple[int, TimelineUnit], ...] = ((62, "day"), (420, "week"), (1830, "month"))


def timeline(dates: Sequence[int], unit: TimelineUnit) -> tuple[TimelineBucket, ...]:
    """Counts by period, oldest first, without empty periods.

    Args:
        dates: seconds since 1970 UTC.
        unit: the period; ``auto`` takes one that fits the span of the dates.
    """
    if not dates:
        return ()
    if unit == "auto":
        unit = _fitting_unit((max(dates) - min(dates)) / 86_400)
    counts = Counter(_period_start(datetime.fromtimestamp(d, UTC).date(), unit) for d in dates)
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
