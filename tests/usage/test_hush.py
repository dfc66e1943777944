"""Pauses and quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tipmao_monitor.usage.budgets import CurrentStream
from tipmao_monitor.usage.hush import Pause, is_within, pause

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 11, 23, 22, 30, tzinfo=ZONE)
STREAM = CurrentStream("live_1", NOW - timedelta(hours=2), NOW, 100, Decimal(3), True)


@pytest.mark.parametrize(
    ("first", "last", "time", "expected"),
    [
        ("23:00", "08:00", "22:59", False),
        ("23:00", "08:00", "23:00", True),
        ("23:00", "08:00", "03:00", True),
        ("23:00", "08:00", "08:00", False),
        ("12:00", "14:00", "11:59", False),
        ("12:00", "14:00", "13:00", True),
        ("12:00", "14:00", "14:00", False),
        ("12:00", "12:00", "12:00", False),
    ],
)
def test_quiet_hours_reach_over_midnight(first: str, last: str, time: str, expected: bool) -> None:
    hour, minute = map(int, time.split(":"))
    assert is_within(NOW.replace(hour=hour, minute=minute), first, last) is expected


@pytest.mark.parametrize(
    ("kind", "later", "stream", "expected"),
    [
        ("hour", timedelta(minutes=59), STREAM, True),
        ("hour", timedelta(minutes=60), STREAM, False),
        ("tomorrow", timedelta(minutes=89), STREAM, True),
        ("tomorrow", timedelta(minutes=90), STREAM, False),
        ("stream", timedelta(hours=9), STREAM, True),
        ("stream", timedelta(minutes=1), replace(STREAM, is_on=False), False),
        ("stream", timedelta(minutes=1), replace(STREAM, session="live_2"), False),
        ("stream", timedelta(minutes=1), None, False),
        ("on", timedelta(days=400), None, True),
        ("", timedelta(0), STREAM, False),
    ],
)
def test_pause_ends_when_it_said(kind: str, later: timedelta, stream: CurrentStream | None, expected: bool) -> None:
    assert pause(kind, NOW, STREAM).holds(NOW + later, stream) is expected


def test_pause_until_the_end_of_no_stream_lasts_an_hour() -> None:
    assert pause("stream", NOW, None) == Pause("hour", NOW + timedelta(hours=1))
