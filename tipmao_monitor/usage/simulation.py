"""Calls as a few streamers would make them, written through the real recorder: for `simulate`, the demo and the tests.

A stream is about six hours and 540 calls, its prompts grow while it runs, and it costs a few yuan. A newcomer would get
this wrong: the oddities are meant. Calls through the gateway name no user, models without a price are written with a
cost of 0, Gemini is written in USD, and one call in a hundred fails, because that is what the assistant writes.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, count
from random import Random
from typing import TypedDict

from tipmao_monitor.usage.recorder import Recorder

CALLS_A_STREAM = 540

# Suspended for longer than this, a paced simulation goes on from now instead of catching up.
_MOST_LATE_S = 5.0


class SimulatedCall(TypedDict):
    """The arguments of `Recorder.record`, but for the time."""

    model: str | None
    function: str
    input_tokens: int
    output_tokens: int
    duration_ms: float
    cost: float | None
    success: bool
    user_id: str | None
    anchor_id: str | None
    session_id: str | None
    error_msg: str | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """One sort of call: how often in a hundred, and its usual size. The prompt grows from `first` to `last` tokens."""

    share: float
    function: str
    model: str | None
    first: int
    last: int
    output: int
    duration_ms: float
    cost: float | None = None  # what the assistant writes where it knows no price

    @property
    def by_gateway(self) -> bool:
        return self.function.endswith(")")


_KINDS = (
    _Kind(27, "实时分析(qwen-plus)", "qwen-plus", 700, 2400, 180, 1400),
    _Kind(12, "live_analysis", "qwen-plus", 700, 2400, 180, 1300),
    _Kind(13, "实时分析(讯飞lite)", "lite", 600, 2000, 160, 800),
    _Kind(11, "chat_focus", "qwen-turbo", 500, 1500, 120, 650),
    _Kind(10, "话术生成(qwen3-max)", "qwen3-max", 1200, 3600, 260, 3200),
    _Kind(3, "风格画像与氛围分析(qwen3-max)", "qwen3-max", 2500, 9000, 420, 4600),
    _Kind(8, "topic_generation", "deepseek-chat", 800, 1800, 240, 1900),
    _Kind(6, "qa", "glm-4-flash", 300, 900, 150, 700),
    _Kind(3, "live_question", "gpt-4o-mini", 600, 1400, 200, 1200),
    _Kind(1, "style_profile", "gpt-4o", 1500, 3000, 300, 2800),
    _Kind(3, "gateway_doubao", "doubao-pro", 900, 2200, 200, 1600, cost=0.0),
    _Kind(2, "实时分析(4.0Ultra)", "4.0Ultra", 700, 2000, 180, 1500, cost=0.0),
    _Kind(0.6, "topic_generation(glm-4.6)", "glm-4.6", 900, 1800, 260, 2300, cost=0.0),
    _Kind(0.4, "实时分析", None, 700, 1500, 150, 1200, cost=0.0),
)
_REVIEW = _Kind(0, "复盘总结", "gemini-2.5-flash-preview-09-2025", 38_000, 38_000, 2600, 21_000)
_SHARES = tuple(accumulate(kind.share for kind in _KINDS))

# (share, what is written, how long it takes, in milliseconds)
_FAILURES = (
    (5, "APITimeoutError: Request timed out.", 30_000.0),
    (4, "RateLimitError: 429 Requests rate limit exceeded, please try again later.", 350.0),
    (2, "APIConnectionError: Connection error.", 5_200.0),
    (1, "InternalServerError: 502 Bad Gateway", 1_100.0),
    (1, "BadRequestError: 400 Range of input length should be [1, 30720]", 240.0),
)
_FAILURE_SHARES = tuple(accumulate(share for share, _, _ in _FAILURES))
_FAILURE_RATE = 0.01

# Where the calls of a day lie, by hour of day: a short stream at noon, the long one in the evening.
_HOURS = (5, 2, 0.5, 0.2, 0.1, 0.1, 0.3, 0.6, 1, 2, 3, 4, 8, 8, 5, 3, 2, 2, 4, 9, 13, 14, 12, 9)
_HOUR_SHARES = tuple(accumulate(_HOURS))


class Stream:
    """One stream of one anchor: so many calls, with prompts that grow, and then its review."""

    def __init__(self, user: str, anchor: str, session: str, calls: int = CALLS_A_STREAM) -> None:
        self._ids = user, anchor, session
        self._calls = calls
        self._made = 0

    @property
    def is_over(self) -> bool:
        return self._made > self._calls

    def next_call(self, chance: Random) -> SimulatedCall:
        kind = _REVIEW if self._made == self._calls else chance.choices(_KINDS, cum_weights=_SHARES)[0]
        progress = min(self._made / self._calls, 1.0)
        self._made += 1
        size = kind.first + (kind.last - kind.first) * progress
        output = max(1, int(kind.output * chance.lognormvariate(0, 0.4)))
        # The slow tail: most calls take about the usual time, some several times as long.
        spread = 1.1 if chance.random() < 0.03 else 0.3
        duration_ms = kind.duration_ms * (0.5 + 0.5 * output / kind.output) * chance.lognormvariate(0, spread)
        success, error, cost = True, None, kind.cost
        if chance.random() < _FAILURE_RATE:
            _, error, usual_ms = chance.choices(_FAILURES, cum_weights=_FAILURE_SHARES)[0]
            success, output, duration_ms = False, 0, usual_ms * chance.uniform(0.98, 1.3)
            if not error.startswith("APITimeoutError"):
                size, cost = 0.0, 0.0  # refused before a token was read
        # The gateway knows no user; a few of its callers pass one all the same.
        named = not kind.by_gateway or chance.random() < 0.05
        user, anchor, session = self._ids if named else (None, None, None)
        return {
            "model": kind.model,
            "function": kind.function,
            "input_tokens": int(size * chance.lognormvariate(0, 0.2)),
            "output_tokens": output,
            "duration_ms": round(duration_ms, 1),
            "cost": cost,
            "success": success,
            "user_id": user,
            "anchor_id": anchor,
            "session_id": session,
            "error_msg": error,
        }


def calls(seed: int, anchors: int = 3) -> Iterator[SimulatedCall]:
    """Endless calls of that many anchors who stream at the same time, each session after the other."""
    chance = Random(seed)
    sessions = count(1)
    streams = [_stream(number, f"live_{next(sessions):04d}") for number in range(anchors)]
    while True:
        number = chance.randrange(anchors)
        yield streams[number].next_call(chance)
        if streams[number].is_over:
            streams[number] = _stream(number, f"live_{next(sessions):04d}")


def simulate(
    recorder: Recorder,
    *,
    rate: float,
    seconds: float | None,
    seed: int,
    start: float | None = None,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Write calls, and say how many.

    With a rate, `rate * seconds` calls, each at its moment, without drift. At rate 0 as many as can be written in
    `seconds`. None is for ever. `start` is the time of the first call in epoch seconds; without it calls are made now.
    Setting `stop` ends it at once.
    """
    stop = stop or threading.Event()
    total = math.inf if seconds is None or not rate else round(rate * seconds)
    end = math.inf if seconds is None or rate else clock() + seconds
    began = clock()
    written = 0
    for call in calls(seed):
        if rate:
            late = clock() - (began + written / rate)
            if late > _MOST_LATE_S:
                began += late
            elif late < 0 and written < total:
                stop.wait(-late)
        if written >= total or clock() >= end or stop.is_set():
            return written
        elapsed = written / rate if rate else clock() - began
        recorder.record(**call, at=None if start is None else start + elapsed)
        written += 1
    return written


def history(recorder: Recorder, *, days: int, calls_per_day: int, seed: int, until: datetime, anchors: int = 3) -> int:
    """Write that many calendar days, the last one only up to the aware time `until`; say how many calls."""
    chance = Random(seed)
    written = 0
    for ago in reversed(range(days)):
        day = until.date() - timedelta(days=ago)
        # Weekends are busier, and no two days are alike.
        usual = calls_per_day * (1.25 if day.weekday() >= 5 else 0.9)
        for moment, call in _day_of_calls(chance, day, round(usual * chance.uniform(0.75, 1.25)), until, anchors):
            if moment > until.timestamp():
                break
            recorder.record(**call, at=moment)
            written += 1
    return written


def _day_of_calls(
    chance: Random, day: date, calls: int, until: datetime, anchors: int
) -> Iterator[tuple[float, SimulatedCall]]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=until.tzinfo).timestamp()
    hours = chance.choices(range(24), cum_weights=_HOUR_SHARES, k=calls)
    streams = [_stream(number, f"live_{day:%Y%m%d}_{number + 1}", calls // anchors) for number in range(anchors)]
    for moment in sorted(midnight + 3600 * (hour + chance.random()) for hour in hours):
        yield round(moment, 3), chance.choice(streams).next_call(chance)


def _stream(number: int, session: str, calls: int = CALLS_A_STREAM) -> Stream:
    return Stream(f"user_{1001 + number}", f"anchor_{number + 1:02d}", session, max(calls, 1))
