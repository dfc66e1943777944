"""Local days and hours, in Python and in SQL, on the days on which they are not what one thinks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipmao_monitor.usage.localtime import DAY, HOUR, SECOND, Zone, day_from_number, day_number

ZONES = [
    "Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns",
    "Asia/Kathmandu", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Pacific/Apia",
    "Asia/Pyongyang", "Pacific/Chatham", "Africa/Cairo", "Asia/Tehran",
]  # fmt: skip
FIRST, LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)


def us(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2025, 3, 30), 23),
        ("Europe/Berlin", date(2025, 10, 26), 25),
        ("America/New_York", date(2025, 3, 9), 23),
        ("America/New_York", date(2025, 11, 2), 25),
        ("Australia/Lord_Howe", date(2025, 4, 6), 24.5),
        ("Australia/Lord_Howe", date(2025, 10, 5), 23.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # the day begins at 01:00
        ("America/Sao_Paulo", date(2018, 2, 17), 25),  # its last hour comes twice
        ("America/Havana", date(2025, 11, 2), 25),  # its first hour comes twice
        ("Asia/Pyongyang", date(2018, 5, 4), 23.5),
        ("Asia/Shanghai", date(2025, 10, 26), 24),
    ],
)
def test_day_is_as_long_as_it_is(zone: str, day: date, hours: float) -> None:
    start, end = Zone(ZoneInfo(zone)).span_us(day, day)
    assert end - start == hours * HOUR
    assert end == Zone(ZoneInfo(zone)).start_us(day + timedelta(days=1))


@pytest.mark.parametrize("name", ZONES)
def test_every_second_belongs_to_the_day_that_the_calendar_says(name: str) -> None:
    zone = Zone(ZoneInfo(name))
    day = date(2015, 1, 1)
    while day < date(2026, 1, 1):
        start = zone.start_us(day)
        assert zone.day_of(start) == day
        assert zone.day_of(start - 1) == day - timedelta(days=1)
        day += timedelta(days=1)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


@given(
    name=st.sampled_from(ZONES),
    times=st.lists(st.integers(us(FIRST), us(LAST)), min_size=1, max_size=30),
    data=st.data(),
)
@settings(deadline=None, max_examples=40)
def test_sql_and_python_agree_to_the_microsecond(
    database: duckdb.DuckDBPyConnection, name: str, times: list[int], data: st.DataObject
) -> None:
    info = ZoneInfo(name)
    zone = Zone(info)
    edges = [start for start, _ in zone.offsets(us(FIRST), us(LAST))]
    times += [data.draw(st.sampled_from(edges)) + change for change in (-1, 0, 1)]
    local = zone.local_sql("ts", min(times), max(times) + 1)
    sql = f"SELECT ts, {local} // {DAY}, ({local} // {HOUR}) % 24, {local} FROM (SELECT unnest(?::BIGINT[]) AS ts)"
    for ts, day, hour, wall in database.execute(sql, [times]).fetchall():
        at = datetime.fromtimestamp(ts // SECOND, UTC).replace(microsecond=ts % SECOND).astimezone(info)
        assert zone.at(ts) == at
        assert (day_from_number(day), hour) == (at.date(), at.hour)
        assert wall == us(at.replace(tzinfo=UTC))


def test_offsets_are_named_where_they_change() -> None:
    berlin = Zone(ZoneInfo("Europe/Berlin"))
    found = berlin.offsets(us(datetime(2025, 1, 1, tzinfo=UTC)), us(datetime(2025, 12, 31, tzinfo=UTC)))
    assert found == [
        (us(datetime(2025, 1, 1, tzinfo=UTC)), HOUR),
        (us(datetime(2025, 3, 30, 1, tzinfo=UTC)), 2 * HOUR),
        (us(datetime(2025, 10, 26, 1, tzinfo=UTC)), HOUR),
    ]


def test_name_of_a_zone_is_its_iana_name() -> None:
    assert Zone(ZoneInfo("Asia/Shanghai")).name == "Asia/Shanghai"


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2025, 10, 26), date(2000, 2, 29), date.min, date.max])
def test_number_of_a_day_is_the_day(day: date) -> None:
    assert day_from_number(day_number(day)) == day
    assert day_number(date(1970, 1, 2)) == 1


@pytest.mark.parametrize("name", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_the_first_and_the_last_day_that_there_are_have_a_span(name: str) -> None:
    start, end = Zone(ZoneInfo(name)).span_us(date.min, date.max)
    assert start < us(FIRST) < us(LAST) < end
