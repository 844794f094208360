"""Dates as people write them in a search: periods such as ``2022-01`` or ``7d``.

All periods are half-open intervals of UTC instants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sanbao.search.errors import InvalidRequest

EPOCH = date(1970, 1, 1)
"""The day 0, from which days and seconds count."""

PERIOD_HELP = "a date such as 2022, 2022-01, 2022-01-31 or 2022年1月31日, or an age such as 24h, 7d"

_CALENDAR = re.compile(
    r"(?P<year>\d{4})(?:(?:[-/.年])(?P<month>\d{1,2})(?:(?:[-/.月])(?P<day>\d{1,2})日?|月)?|年)?"
)
_AGE = re.compile(r"(?P<count>\d{1,5})(?P<unit>[hdwmy])")
_AGE_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}


@dataclass(frozen=True, slots=True)
class Period:
    """Instants from ``start`` (included) to ``end`` (excluded); None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None


def parse_period(parameter: str, text: str, now: datetime | None = None) -> Period:
    """The period that ``text`` names: a year, a month, a day, or the time since an age ago.

    Args:
        parameter: what to call it in an error.
        now: the end of ages; the clock's time when left out.

    Raises:
        InvalidRequest: when it is none of these, or no such day exists.
    """
    text = text.strip().lower()
    if age := _AGE.fullmatch(text):
        hours = int(age["count"]) * _AGE_HOURS[age["unit"]]
        try:
            return Period(start=(now or datetime.now(UTC)) - timedelta(hours=hours))
        except OverflowError:
            raise InvalidRequest(parameter, f"{text!r} is too long ago") from None
    calendar = _CALENDAR.fullmatch(text)
    if not calendar:
        raise InvalidRequest(parameter, f"{text!r} is not {PERIOD_HELP}")
    try:
        year, *month_and_day = (int(n) for n in calendar.groups() if n)
        return _calendar_period(year, *month_and_day)
    except (ValueError, OverflowError):
        raise InvalidRequest(parameter, f"there is no date {text!r}") from None


def parse_end(parameter: str, text: str, now: datetime | None = None) -> datetime | None:
    """Where a range ends that reaches up to ``text``, a period as in :func:`parse_period`.

    That is the end of a year, month or day, and an age ago: ``7d`` is this time a week ago.
    """
    period = parse_period(parameter, text, now)
    return period.end or period.start


def parse_range(parameter: str, text: str, now: datetime | None = None) -> Period:
    """The period of ``2022-01..2022-02``, ``2022-01..``, ``..2022-02`` or a single period.

    Raises:
        InvalidRequest: when an end is not a period, or the range ends before it starts.
    """
    first, dots, last = (piece.strip() for piece in text.partition(".."))
    if not dots or not (first or last):
        return parse_period(parameter, text, now)
    start = parse_period(parameter, first, now).start if first else None
    end = parse_end(parameter, last, now) if last else None
    if start and end and start >= end:
        raise InvalidRequest(parameter, f"{text!r} ends before it starts")
    return Period(start, end)


def _calendar_period(year: int, month: int | None = None, day: int | None = None) -> Period:
    if day is not None and month is not None:
        start = datetime(year, month, day, tzinfo=UTC)
        return Period(start, start + timedelta(days=1))
    if month is not None:
        start = datetime(year, month, 1, tzinfo=UTC)
        return Period(start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC))
    return Period(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
