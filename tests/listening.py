"""A feed as the tests run it: a folder, a clock that they set, and an ear for what is announced.

A newcomer would get this wrong: the announcements come in the feed's thread. `Ear` keeps them, and a test waits until
it has heard what it expects; it never sleeps.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tipmao_monitor.feed import Failure, Feed, Message
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Filter, Page, Snapshot, Trouble

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2025, 10, 26, 12, tzinfo=ZONE)
TODAY = "usage_2025-10-26.jsonl"
PATIENCE_S = 20.0
PRICES = PriceBook.load()


def line(at: datetime = NOON, **changes: Any) -> bytes:
    """A line as the assistant writes it, with any field replaced."""
    record = {
        "timestamp": at.timestamp(),
        "user_id": "user_1",
        "anchor_id": "anchor_1",
        "session_id": "live_1",
        "model": "qwen-plus",
        "function": "live_analysis",
        "input_tokens": 1500,
        "output_tokens": 800,
        "total_tokens": 2300,
        "cost": 0.0156,
        "duration_ms": 1245.6,
        "success": True,
        "error_msg": None,
    }
    return json.dumps(record | changes, ensure_ascii=False).encode() + b"\n"


def append(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(lines))


def noon_zone() -> ZoneInfo:
    """A zone in which it is about noon, so that no test that uses the real clock runs into midnight."""
    ahead = 12 - datetime.now(UTC).hour
    return ZoneInfo(f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT")


class Clock:
    """Stands still until a test sets it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, time: timedelta) -> None:
        self.now += time


class Ear:
    """Hears what a feed announces. `does` is called with each message in the feed's thread."""

    def __init__(self, does: Callable[[Message], None] | None = None) -> None:
        self.heard: list[Message] = []
        self._does = does
        self._news = threading.Condition()

    def __call__(self, message: Message) -> None:
        with self._news:
            self.heard.append(message)
            self._news.notify_all()
        if self._does:
            self._does(message)

    def until(self, is_wanted: Callable[[Message], bool]) -> Message:
        """The first message of this kind after the last one that was waited for."""
        with self._news:
            assert self._news.wait_for(lambda: any(map(is_wanted, self.heard)), PATIENCE_S), self._summary()
            place = next(i for i, message in enumerate(self.heard) if is_wanted(message))
            message = self.heard[place]
            del self.heard[: place + 1]
            return message

    def _summary(self) -> list[str]:
        return [
            f"{message.total.calls} calls, {message.progress}, {message.troubles}"
            if isinstance(message, Snapshot)
            else f"{message!r:.200}"
            for message in self.heard[-3:]
        ]

    def snapshot(self, is_wanted: Callable[[Snapshot], bool] = lambda _: True) -> Snapshot:
        found = self.until(
            lambda message: isinstance(message, Snapshot) and message.stale_since is None and is_wanted(message)
        )
        assert isinstance(found, Snapshot)
        return found

    def calls(self, number: int) -> Snapshot:
        """A snapshot of so many calls, of all there is."""
        return self.snapshot(lambda snapshot: snapshot.total.calls == number and is_done(snapshot))

    def page(self) -> Page:
        found = self.until(lambda message: isinstance(message, Page))
        assert isinstance(found, Page)
        return found

    def failure(self) -> Failure:
        found = self.until(lambda message: isinstance(message, Failure))
        assert isinstance(found, Failure)
        return found

    def trouble(self, kind: str) -> tuple[Snapshot, Trouble]:
        snapshot = self.snapshot(lambda snapshot: any(trouble.kind == kind for trouble in snapshot.troubles))
        return snapshot, next(trouble for trouble in snapshot.troubles if trouble.kind == kind)


def is_done(snapshot: Snapshot) -> bool:
    """Whether no import is under way."""
    return not snapshot.progress.total


@contextmanager
def feeding(
    *folders: Path,
    ear: Ear,
    clock: Callable[[], datetime] | None = None,
    cache: Path | None = None,
    filter: Filter | None = None,
    troubles: Sequence[Trouble] = (),
    is_begun: bool = True,
    zone: ZoneInfo = ZONE,
) -> Iterator[Feed]:
    """A feed from its begin, unless that is left to the test, to its end."""
    feed = Feed(
        folders,
        zone=zone,
        prices=PRICES,
        cache=cache,
        slow_ms=5000.0,
        announce=ear,
        clock=clock or Clock(),
        filter=filter,
        troubles=troubles,
    )
    if is_begun:
        feed.begin()
    try:
        yield feed
    finally:
        feed.end()
