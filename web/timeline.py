"""The geometry of the timeline: counts by period as bars on a true time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from search.results import TimelineBucket

WIDTH, HEIGHT = 640, 72
_FEWEST_SLOTS = 24
_SMALLEST_BAR = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One period, in the units of the drawing's view box."""

    x: float
    y: float
    width: float
    height: float
    start: date
    count: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars, and whether each of them is a whole month."""

    bars: tuple[Bar, ...]
    monthly: bool
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def peak(self) -> Bar:
        """The first of the highest bars."""
        return max(self.bars, key=lambda bar: bar.count)


def draw(buckets: Sequence[TimelineBucket]) -> Timeline | None:
    """The timeline of the buckets (oldest first); None when there is nothing to compare."""
    if len(buckets) < 2:
        return None
    days = [(bucket.start - buckets[0].start).days for bucket in buckets]
    slot = min(later - earlier for earlier, later in pairwise(days))
    # Two periods far apart must not become two walls.
    slot = min(slot, max(1, days[-1] // _FEWEST_SLOTS))
    scale = WIDTH / (days[-1] + slot)
    highest = max(bucket.count for bucket in buckets)
    bars = tuple(
        _bar(bucket, day * scale, slot * scale, highest)
        for bucket, day in zip(buckets, days, strict=True)
    )
    return Timeline(bars, monthly=all(bucket.start.day == 1 for bucket in buckets))


def _bar(bucket: TimelineBucket, x: float, slot: float, highest: int) -> Bar:
    height = max(_SMALLEST_BAR, HEIGHT * bucket.count / highest)
    return Bar(
        x=round(x, 2),
        y=round(HEIGHT - height, 2),
        width=round(slot * 0.86, 2),
        height=round(height, 2),
        start=bucket.start,
        count=bucket.count,
    )
