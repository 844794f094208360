"""When an article was published: the ways in which sources write it.

A date without an offset means UTC, in every format (YAML says so, and nobody can know better);
a date without a time means midnight. A date that has no year, and one such as 03/04/2026 that
means two days, is no date: a wrong one is worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MAX_LENGTH = 100
# The year before the first year of the era.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_YEAR_FIRST = re.compile(
    rf"""(?<!\d)(?:(?P<era>{"|".join(_ERAS)})(?P<era_year>元|\d{{1,3}})|(?P<year>\d{{4}}))
    \s*[-/.年]\s*(?P<month>\d{{1,2}})\s*[-/.月]\s*(?P<day>\d{{1,2}})(?!\d)日?
    (?:\s*[(（][^()（）]{{1,5}}[)）])?                                    # (金)
    (?:[T\s]*(?P<half>上午|下午|午前|午後)?\s*
       (?P<hour>\d{{1,2}})[:时時点點](?P<minute>\d{{1,2}})?(?:[:分](?P<second>\d{{1,2}}))?[分秒]?
       (?:\.\d+)?\s*(?P<meridiem>[AaPp][Mm])?\s*(?P<offset>Z(?![A-Za-z])|[-+]\d\d:?\d\d)?)?""",
    re.VERBOSE,
)
_AFTERNOON = ("下午", "午後", "PM")
# Of mail dates only those whose offset Python knows: it takes 10:05 PM for 10:05, and JST for UTC.
_MAIL = re.compile(
    r"(?:[A-Za-z]{3,9},\s*)?\d{1,2}[\s-][A-Za-z]{3}[\s-]\d{2,4}"
    r"\s+\d{1,2}:\d\d(?::\d\d)?\s+(?:[-+]\d{4}|GMT|UTC?|Z)(?:\s*\([^()]*\))?"
)
_HAS_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_AMBIGUOUS = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")


def parse_date(value: object) -> datetime | None:
    """The instant that ``value`` means, aware and in UTC, or None when it is no date.

    Args:
        value: text, or a datetime; anything else is no date.
    """
    try:
        instant = value if isinstance(value, datetime) else _parse(value)
        return instant and _in_utc(instant)
    except (ValueError, OverflowError):
        return None


def find_date(text: str) -> datetime | None:
    """The first date in ``text`` that is written year first, with its time if there is one."""
    found = _YEAR_FIRST.search(unicodedata.normalize("NFKC", text))
    try:
        return found and _in_utc(_from_match(found))
    except (ValueError, OverflowError):
        return None


def _parse(value: object) -> datetime | None:
    if not isinstance(value, (str, int)) or len(text := str(value)) > _MAX_LENGTH:
        return None
    text = unicodedata.normalize("NFKC", text).strip()
    for parse in (datetime.fromisoformat, _parse_year_first, _parse_mail):
        try:
            return parse(text)
        except ValueError:
            continue
    return _parse_words(text)


def _parse_year_first(text: str) -> datetime:
    found = _YEAR_FIRST.fullmatch(text)
    if not found:
        raise ValueError(text)
    return _from_match(found)


def _parse_mail(text: str) -> datetime:
    if not _MAIL.fullmatch(text):
        raise ValueError(text)
    return parsedate_to_datetime(text)


def _from_match(found: re.Match[str]) -> datetime:
    day = datetime(_year(found), int(found["month"]), int(found["day"]))
    # 25:30 is how Japanese broadcasters write half past one in the night that follows.
    clock = timedelta(
        hours=_hour(found), minutes=int(found["minute"] or 0), seconds=int(found["second"] or 0)
    )
    if clock >= timedelta(hours=30):
        raise ValueError(found[0])
    return _with_offset(day + clock, found["offset"])


def _hour(found: re.Match[str]) -> int:
    hour = int(found["hour"] or 0)
    half = found["half"] or (found["meridiem"] or "").upper()
    if half in _AFTERNOON and hour < 12:
        return hour + 12
    return 0 if half == "AM" and hour == 12 else hour


def _year(found: re.Match[str]) -> int:
    if found["year"]:
        return int(found["year"])
    return _ERAS[found["era"]] + (1 if found["era_year"] == "元" else int(found["era_year"]))


def _with_offset(instant: datetime, offset: str | None) -> datetime:
    if not offset:
        return instant
    return datetime.fromisoformat(instant.isoformat() + offset)


def _parse_words(text: str) -> datetime | None:
    """``20 November 2026`` and its kind."""
    if not _HAS_YEAR.search(text) or _AMBIGUOUS.search(text):
        return None
    # Here, since importing it takes longer than reading a file.
    import dateparser

    settings = {"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True, "STRICT_PARSING": True}
    found: datetime | None = dateparser.parse(text, languages=["en", "zh", "ja"], settings=settings)
    return found


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)
