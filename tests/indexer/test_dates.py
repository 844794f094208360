from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.indexer.dates import find_date, parse_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-01-10T09:37:29+08:00", "2022-01-10T01:37:29"),
        ("2022-01-10 09:37:29 +0800", "2022-01-10T01:37:29"),
        ("2022-01-10 09:37:29", "2022-01-10T09:37:29"),
        ("2022-01-10", "2022-01-10T00:00:00"),
        ("2022/1/10 9:37", "2022-01-10T09:37:00"),
        ("Sun, 09 Jan 2022 03:28:37 GMT", "2022-01-09T03:28:37"),
        ("Sun, 09 Jan 2022 03:28:37 +0900 (JST)", "2022-01-08T18:28:37"),
        ("Fri, 20 Nov 2026 10:05:00 JST", "2026-11-20T01:05:00"),
        ("2026年11月20日", "2026-11-20T00:00:00"),
        ("2026年11月20日 10:05", "2026-11-20T10:05:00"),
        ("２０２６年１１月２０日（金）午後３時５分", "2026-11-20T15:05:00"),
        ("2026-11-20 下午3:05", "2026-11-20T15:05:00"),
        ("2026-11-20 25:30", "2026-11-21T01:30:00"),
        ("令和8年11月20日", "2026-11-20T00:00:00"),
        ("令和元年5月1日", "2019-05-01T00:00:00"),
        ("民國115年11月20日", "2026-11-20T00:00:00"),
        ("20 November 2026", "2026-11-20T00:00:00"),
        ("Nov 20, 2026 10:05 PM", "2026-11-20T22:05:00"),
        ("November 20, 2026 at 3:05 pm EST", "2026-11-20T20:05:00"),
    ],
)
def test_the_ways_in_which_sources_write_a_date(text, expected):
    assert parse_date(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "11月20日 10:05",
        "yesterday",
        "3小时前",
        "March",
        "2026",
        "2026年11月",
        "03/04/2026",
        "2026-13-45",
        "2026-02-30 10:00",
        "0001-01-01T00:00:00+09:00",
        "soon" * 100,
        "",
        None,
        ["2026-11-20"],
        10**30,
    ],
)
def test_what_has_no_sure_date_is_no_date(value):
    assert parse_date(value) is None


@given(
    st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9998, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
def test_iso_dates_keep_their_instant(local, minutes):
    instant = local.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(instant.isoformat()) == instant
    assert parse_date(instant.isoformat(" ")) == instant


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2088, 1, 1)))
def test_japanese_eras_and_western_years_agree(local):
    expected = local.replace(second=0, microsecond=0, tzinfo=UTC)
    clock = f"{local.month}月{local.day}日 {local.hour}:{local.minute:02}"
    assert parse_date(f"{local.year:04}年{clock}") == expected
    era = f"平成{local.year - 1988}年" if local.year < 2020 else f"令和{local.year - 2018}年"
    assert parse_date(era + clock) == expected


@given(st.text(max_size=60) | st.text("0123456789年月日:/-+ TZ令和時", max_size=30))
def test_no_text_is_an_error(text):
    for found in (parse_date(text), find_date(text)):
        assert found is None or found.tzinfo is UTC


def test_a_date_within_a_line():
    line = "来源：某报 2026年11月20日 10:05 作者：某人"
    assert find_date(line) == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
    assert find_date("票数は2026-11-200でした") is None
