"""The real program in the test's own process: `Monitor` with its window, over folders on disk, and its judge.

A newcomer would get this wrong: it uses the real clock, so its zone is one in which it is about noon now. No test here
can run into midnight.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle
from listening import PRICES
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tipmao_monitor import settings as settings_file
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.recorder import Recorder
from tipmao_monitor.usage.snapshot import Filter, Period, Totals, Trouble
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.numbers import compact_parts, count_parts, milliseconds_parts, money_parts, percent_parts

ENGLISH = Settings(language="en", theme="light")


def noon_zone() -> ZoneInfo:
    ahead = 12 - datetime.now(UTC).hour
    return ZoneInfo(f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT")


ZONE = noon_zone()


def now() -> datetime:
    return datetime.now(ZONE)


def today() -> date:
    return now().date()


@contextmanager
def running(
    app: QApplication,
    *folders: Path,
    settings: Settings = ENGLISH,
    period: Period | None = None,
    troubles: Sequence[Trouble] = (),
    save_settings: bool = True,
    may_switch: bool = True,
) -> Iterator[Monitor]:
    """From the window's first show to its end, with the home of this test."""
    # What a window leaves has to go in this thread. Left to itself, Python collects it in any, such as a feed's.
    gc.collect()
    monitor = Monitor(
        app,
        folders,
        settings,
        zone=ZONE,
        prices=PRICES,
        cache=settings_file.cache_folder(),
        period=period,
        troubles=troubles,
        save_settings=save_settings,
        may_switch=may_switch,
    )
    monitor.window.show()
    monitor.begin()
    try:
        yield monitor
    finally:
        monitor.end()
        monitor.window.close()
        monitor.window.deleteLater()
        monitor.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        del monitor
        gc.collect()


def record(folder: Path, **fields: Any) -> None:
    """One call through the real recorder, as the assistant's process would write it."""
    call = {
        "model": "qwen-plus",
        "function": "live_analysis",
        "input_tokens": 1500,
        "output_tokens": 800,
        "duration_ms": 1245.6,
        "user_id": "user_1",
        "anchor_id": "anchor_1",
        "session_id": "live_1",
    }
    with Recorder(folder, strict=True, zone=ZONE) as recorder:
        recorder.record(**{**call, **fields})  # type: ignore[arg-type]


def judged(folder: Path, filter: Filter = Filter()) -> list[oracle.Placed]:
    """The calls that the files hold now, under a filter."""
    return oracle.matching(oracle.read([folder], ZONE, now()), filter, today(), ZONE)


def figures(calls: Sequence[oracle.Placed], prices: oracle.Prices | None = None) -> tuple[str, ...]:
    """What the first five key figures should say of these calls."""
    total: Totals = oracle.totals(calls, prices or oracle.Prices(), timed=True)
    cost = None if total.calls and total.calls == total.unknown_cost_calls else total.cost
    tokens = compact_parts(total.total_tokens).text
    return (
        money_parts(cost).text if calls else "¥0",
        count_parts(total.calls).text,
        f"≥ {tokens}" if total.unknown_token_calls else tokens,
        percent_parts(total.success_rate).text,
        milliseconds_parts(total.p95_ms).text,
    )


def shown(window: MainWindow) -> tuple[str, ...]:
    """What they say."""
    return tuple(card.number.text() for card in window.kpis.cards[:5])
