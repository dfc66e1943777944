"""When nothing may pop up: while alerts are paused, in quiet hours, on air. What came meanwhile waits.

A newcomer would get this wrong: hushing loses nothing. An alert is in the ledger before anybody asks here, and it is
shown, once, when the hush is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from tipmao_monitor.usage.budgets import CurrentStream

Reason = Literal["", "on_air", "paused", "quiet_hours"]


@dataclass(frozen=True, slots=True)
class Pause:
    """The user's pause. `kind` is "" (none), "hour", "stream", "tomorrow" or "on" (until it is ended by hand).

    `until` is set for those that end by the clock, `stream` for one that ends with it: its session and beginning.
    """

    kind: str = ""
    until: datetime | None = None
    stream: tuple[str, datetime] | None = None

    def holds(self, now: datetime, stream: CurrentStream | None) -> bool:
        if self.kind in ("hour", "tomorrow"):
            return self.until is not None and now < self.until
        if self.kind == "stream":
            return stream is not None and stream.is_on and (stream.session, stream.starts_at) == self.stream
        return self.kind == "on"


def pause(kind: str, now: datetime, stream: CurrentStream | None) -> Pause:
    """A pause that begins now. Without a stream there is none that could end: it lasts an hour."""
    if kind == "stream" and stream is not None and stream.is_on:
        return Pause(kind, stream=(stream.session, stream.starts_at))
    if kind == "tomorrow":
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        return Pause(kind, until=midnight)
    if kind in ("hour", "stream"):
        return Pause("hour", until=now + timedelta(hours=1))
    return Pause(kind)


def is_within(now: datetime, first: str, last: str) -> bool:
    """Whether a local time of day lies in "23:00" to "08:00", over midnight where it must. The same twice is never."""
    start, end, moment = time.fromisoformat(first), time.fromisoformat(last), now.time()
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end
