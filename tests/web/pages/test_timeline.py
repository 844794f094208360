from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.results import TimelineBucket
from sanbao.web.pages.timeline import HEIGHT, WIDTH, draw

DAY = date(2026, 9, 1)

days = st.lists(st.integers(0, 40_000), min_size=3, max_size=60, unique=True).map(sorted)


def test_two_periods_are_no_timeline() -> None:
    assert draw([]) is None
    assert draw([TimelineBucket(DAY, 3), TimelineBucket(DAY + timedelta(days=9), 1)]) is None


def test_bars_stand_where_their_day_is() -> None:
    drawn = draw([TimelineBucket(DAY + timedelta(days=d), c) for d, c in ((0, 1), (1, 4), (3, 2))])
    assert drawn is not None
    middles = [bar.x + bar.width / 2 for bar in drawn.bars]
    assert middles == [WIDTH / 8, WIDTH * 3 / 8, WIDTH * 7 / 8]
    assert [bar.height for bar in drawn.bars] == [HEIGHT / 4, HEIGHT, HEIGHT / 2]
    assert drawn.peak.count == 4
    assert not drawn.monthly


def test_periods_that_begin_months_are_months() -> None:
    drawn = draw([TimelineBucket(date(2026, month, 1), 1) for month in (1, 2, 4)])
    assert drawn is not None
    assert drawn.monthly


@given(days=days, counts=st.lists(st.integers(1, 10**9), min_size=60, max_size=60))
def test_bars_stay_in_the_drawing_and_apart(days: list[int], counts: list[int]) -> None:
    origin = date(1900, 1, 1)
    buckets = [
        TimelineBucket(origin + timedelta(days=d), c) for d, c in zip(days, counts, strict=False)
    ]
    drawn = draw(buckets)
    assert drawn is not None
    for bar, following in zip(drawn.bars, [*drawn.bars[1:], None], strict=True):
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT + 0.01
        assert bar.width >= 0
        assert bar.x + bar.width <= (following.x if following else WIDTH) + 0.02
