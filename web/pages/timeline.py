"""The geometry of the timeline: counts by period as bars on a true time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sanbao.search.results import TimelineBucket

WIDTH, HEIGHT = 640, 72
_FEWEST_BARS = 3
_SMALLEST_BAR = 2.0
_WIDEST_BAR = 14.0
_FILLED = 0.86


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
    """The timeline of the buckets (oldest first); None when they are too few to show a course."""
    if len(buckets) < _FEWEST_BARS:
        return None
    days = [(bucket.start - buckets[0].start).days for bucket in buckets]
    slot = min(later - earlier for earlier, later in pairwise(days))
    scale = WIDTH / (days[-1] + slot)
    highest = max(bucket.count for bucket in buckets)
    bars = tuple(
        _bar(bucket, day * scale, slot * scale, highest)
        for bucket, day in zip(buckets, days, strict=True)
    )
    return Timeline(bars, monthly=all(bucket.start.day == 1 for bucket in buckets))


def _bar(bucket: TimelineBucket, x: float, slot: float, highest: int) -> Bar:
    height = max(_SMALLEST_BAR, HEIGHT * bucket.count / highest)
    width = min(slot * _FILLED, _WIDEST_BAR)
    return Bar(
        x=round(x + (slot - width) / 2, 2),
        y=round(HEIGHT - height, 2),
        width=round(width, 2),
        height=round(height, 2),
        start=bucket.start,
        count=bucket.count,
    )
