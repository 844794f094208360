"""Periods: half-open, in UTC, as people write dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.dates import Period, parse_end, parse_period, parse_range
from sanbao.search.errors import InvalidRequest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def utc(year: int, month: int = 1, day: int = 1, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2022", utc(2022), utc(2023)),
        ("2022年", utc(2022), utc(2023)),
        ("2022-01", utc(2022), utc(2022, 2)),
        ("2022-12", utc(2022, 12), utc(2023)),
        ("2022年12月", utc(2022, 12), utc(2023)),
        ("2022-1-3", utc(2022, 1, 3), utc(2022, 1, 4)),
        ("2022/01/31", utc(2022, 1, 31), utc(2022, 2)),
        ("2022.12.31", utc(2022, 12, 31), utc(2023)),
        ("2022年1月31日", utc(2022, 1, 31), utc(2022, 2)),
        ("２０２２年１月", utc(2022), utc(2022, 2)),
        ("2024-02-29", utc(2024, 2, 29), utc(2024, 3)),
        ("2024-02", utc(2024, 2), utc(2024, 3)),
        ("2023-02-28", utc(2023, 2, 28), utc(2023, 3)),
        (" 2022-01 ", utc(2022), utc(2022, 2)),
        ("24h", utc(2026, 2, 28, 12), None),
        ("7D", utc(2026, 2, 22, 12), None),
        ("2w", utc(2026, 2, 15, 12), None),
        ("1m", utc(2026, 1, 30, 12), None),
        ("1y", utc(2025, 3, 1, 12), None),
    ],
)
def test_periods(text: str, start: datetime, end: datetime | None) -> None:
    assert parse_period("date", text, NOW) == Period(start, end)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a date such as"),
        ("yesterday", "'yesterday' is not a date such as"),
        ("22-01", "is not a date"),
        ("2022-", "is not a date"),
        ("2022-01-31T00:00", "is not a date"),
        ("7", "is not a date"),
        ("7x", "is not a date"),
        ("-7d", "is not a date"),
        ("2022-13", "there is no date '2022-13'"),
        ("2022-00", "there is no date '2022-00'"),
        ("2022-01-00", "there is no date '2022-01-00'"),
        ("2022-00-05", "there is no date '2022-00-05'"),
        ("2023-02-29", "there is no date '2023-02-29'"),
        ("2022-04-31", "there is no date"),
        ("0000", "there is no date"),
        ("9999-12-31", "there is no date"),
        ("99999y", "too long ago"),
    ],
)
def test_what_is_no_period_is_named(text: str, reason: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_period("from", text, NOW)
    assert caught.value.parameter == "from"
    assert reason in caught.value.reason


@given(st.dates(min_value=datetime(1, 1, 1).date(), max_value=datetime(9998, 12, 31).date()))
def test_days_fill_their_month_and_months_their_year(day: datetime) -> None:
    one, month, year = (parse_period("date", day.isoformat()[:length]) for length in (10, 7, 4))
    assert one.start and one.end and month.start and month.end and year.start and year.end
    assert year.start <= month.start <= one.start < one.end <= month.end <= year.end
    assert one.end - one.start == timedelta(days=1)
    assert parse_period("date", one.end.date().isoformat()).start == one.end


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2022-01..2022-02", utc(2022), utc(2022, 3)),
        ("2022..2022", utc(2022), utc(2023)),
        ("2022-01-05..", utc(2022, 1, 5), None),
        ("..2022-01-05", None, utc(2022, 1, 6)),
        ("2022-01 .. 2022-02", utc(2022), utc(2022, 3)),
        ("7d..24h", utc(2026, 2, 22, 12), utc(2026, 2, 28, 12)),
        ("..7d", None, utc(2026, 2, 22, 12)),
        ("2026..24h", utc(2026), utc(2026, 2, 28, 12)),
        ("2022-01", utc(2022), utc(2022, 2)),
        ("7d", utc(2026, 2, 22, 12), None),
    ],
)
def test_ranges(text: str, start: datetime | None, end: datetime | None) -> None:
    assert parse_range("date", text, NOW) == Period(start, end)


@pytest.mark.parametrize("text", ["..", " .. ", "2022...", "2022..x", "2023..2022", "24h..7d"])
def test_what_is_no_range_is_named(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^date: "):
        parse_range("date", text, NOW)


def test_the_end_of_a_range_is_the_end_of_its_last_period() -> None:
    assert parse_end("to", "2022-01", NOW) == utc(2022, 2)
    assert parse_end("to", "24h", NOW) == utc(2026, 2, 28, 12)


def test_ages_end_now() -> None:
    before = datetime.now(UTC)
    start = parse_period("date", "1h").start
    assert start is not None
    assert before <= start + timedelta(hours=1) <= datetime.now(UTC)


def test_a_period_without_ends_is_false() -> None:
    assert not Period()
    assert Period(start=NOW)
    assert Period(end=NOW)


@given(st.text(max_size=20))
def test_any_text_is_a_range_or_named(text: str) -> None:
    try:
        period = parse_range("date", text, NOW)
    except InvalidRequest as error:
        assert error.parameter == "date"
    else:
        assert period
        assert period.start is None or period.end is None or period.start < period.end
