"""The forecast against the two naive ways, on a simulated quarter: how far each is from what really came.

Naive are "linear" (what is spent over the part of the time that has passed) and "last hour" (it goes on like that until
the end). All three see only what had been recorded at that instant. Run it by hand: it prints a table, and ends with 1
where ours has not the smallest median error.
"""

from __future__ import annotations

import sys
import tempfile
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from tipmao_monitor.usage import queries
from tipmao_monitor.usage.budgets import period_of
from tipmao_monitor.usage.forecast import Pace, PastStream, Pattern, of_days, of_stream
from tipmao_monitor.usage.localtime import day_number
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.recorder import Recorder
from tipmao_monitor.usage.simulation import Stream, history
from tipmao_monitor.usage.store import Store

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2025, 7, 1)
DAYS = 92
HOURS = (10, 13, 16, 19, 21, 22)  # at which a day is looked at
Row = tuple[str, str, float, float, float, int]


class Calls:
    """Time (epoch seconds) and cost (1e-9 CNY) of calls, and what was spent between two instants."""

    def __init__(self, calls: Sequence[tuple[float, int]]) -> None:
        ordered = sorted(calls)
        self.times = [at for at, _ in ordered]
        self.sums = [0, *accumulate(nano for _, nano in ordered)]
        self.cells: dict[tuple[int, int | None], int] = defaultdict(int)
        for at, nano in ordered:
            local = datetime.fromtimestamp(at, ZONE)
            self.cells[day_number(local.date()), local.hour] += nano

    def spent(self, since: datetime, until: datetime) -> int:
        places = (bisect_left(self.times, at.timestamp()) for at in (since, until))
        first, last = places
        return self.sums[last] - self.sums[first]

    def pace(self, now: datetime) -> Pace:
        hour_ago = now - timedelta(hours=1)
        first, last = (bisect_left(self.times, at.timestamp()) for at in (hour_ago, now))
        if first == last:
            return Pace()
        return Pace(last - first, self.sums[last] - self.sums[first], now.timestamp() - self.times[first])


def main() -> int:
    rows: list[Row] = []
    steady = simulated(Random(1), lambda day: True)
    rows += of_calls("every day", steady)
    chance = Random(2)
    rests = {FIRST + timedelta(days=n) for n in range(DAYS) if chance.random() < 0.12}
    rows += of_calls("free on Mondays, ill at times", simulated(chance, lambda d: d.weekday() != 0 and d not in rests))
    rows += of_streams()
    head = ("of", "user", "ours", "linear", "last hour", "points")
    print("Median error in percent of what really came, of a simulated quarter\n")
    print(f"{head[0]:8} {head[1]:30} {head[2]:>8} {head[3]:>8} {head[4]:>10} {head[5]:>7}")
    for of, user, ours, linear, hour, points in rows:
        print(f"{of:8} {user:30} {100 * ours:8.1f} {100 * linear:8.1f} {100 * hour:10.1f} {points:7}")
    return int(any(row[2] >= min(row[3:5]) for row in rows))


def simulated(chance: Random, is_open: Callable[[date], bool]) -> Calls:
    """A quarter of calls through the real recorder and the real store, on the days on which the user streams."""
    until = datetime.combine(FIRST + timedelta(days=DAYS), time(), ZONE) - timedelta(seconds=1)
    with tempfile.TemporaryDirectory(prefix="tipmao-bench-") as place:
        with Recorder(Path(place), zone=ZONE) as recorder:
            history(recorder, days=DAYS, calls_per_day=540, seed=chance.randrange(1 << 30), until=until)
        store = Store([place], zone=ZONE, prices=PriceBook.load())
        try:
            store.look(until)
            rows = store.calls(FIRST, until.date(), until)
        finally:
            store.close()
    ts, plain, odd = (queries.ROW.index(name) for name in ("ts", "plain_cost", "odd_cost"))
    found = [(row[ts] / 1e6, row[odd] or 0 if row[plain] is None else row[plain]) for row in rows]
    return Calls([call for call in found if is_open(datetime.fromtimestamp(call[0], ZONE).date())])


def of_calls(user: str, calls: Calls) -> Iterator[Row]:
    yield ("day", user, *errors(calls, day_points(), "day"))
    yield ("month", user, *errors(calls, month_points(), "month"))


def day_points() -> Iterator[datetime]:
    for n in range(4, DAYS):
        for hour in HOURS:
            yield datetime.combine(FIRST + timedelta(days=n), time(hour, 17), ZONE)


def month_points() -> Iterator[datetime]:
    for n in range(4, DAYS):
        for hour in (12, 21):
            yield datetime.combine(FIRST + timedelta(days=n), time(hour), ZONE)


def errors(calls: Calls, points: Iterator[datetime], kind: str) -> tuple[float, float, float, int]:
    apart: list[list[float]] = [[], [], []]
    for now in points:
        first, last = period_of(kind, now.date())  # type: ignore[arg-type]
        begin = datetime.combine(first, time(), ZONE)
        end = datetime.combine(last + timedelta(days=1), time(), ZONE)
        midnight = datetime.combine(now.date(), time(), ZONE)
        real, spent, today = calls.spent(begin, end), calls.spent(begin, now), calls.spent(midnight, now)
        if not real:
            continue
        seen = {cell: nano for cell, nano in calls.cells.items() if cell[0] < day_number(now.date())}
        pace = calls.pace(now)
        ours = of_days(spent, today, now, last, Pattern(seen, now.date()), pace).expected
        if ours is None:
            continue
        passed, left = (now - begin).total_seconds(), (end - now).total_seconds()
        naive = spent * (passed + left) / passed, spent + calls.spent(now - timedelta(hours=1), now) * left / 3600
        for into, value in zip(apart, (float(ours) * 1e9, *naive), strict=True):
            into.append(abs(value - real) / real)
    return median(apart[0]), median(apart[1]), median(apart[2]), len(apart[0])


def of_streams() -> Iterator[Row]:
    """One stream a day of four to seven hours, whose prompts grow. The naive ways are told how long one usually is."""
    chance, book = Random(3), PriceBook.load()
    streams: list[list[tuple[float, int]]] = []
    for n in range(DAYS):
        began = datetime.combine(FIRST + timedelta(days=n), time(18, 30), ZONE).timestamp() + chance.uniform(0, 5400)
        stream, at = Stream("u", "a", f"s{n}", calls=round(540 * chance.uniform(0.6, 1.2))), began
        calls = []
        while not stream.is_over:
            call = stream.next_call(chance)
            cost = call["cost"]
            nano = (
                book.cost_nano(call["model"], call["input_tokens"], call["output_tokens"], FIRST + timedelta(days=n))
                if cost is None
                else round(cost * 1e9)
            )
            calls.append((at, nano or 0))
            at += chance.expovariate(1 / 40)
        streams.append(calls)
    apart: list[list[float]] = [[], [], []]
    for n in range(4, DAYS):
        past = [curve(calls) for calls in streams[max(0, n - 28) : n]]
        usual_s = sum(stream.seconds for stream in past) / len(past)
        calls, began = Calls(streams[n]), datetime.fromtimestamp(streams[n][0][0], ZONE)
        real = calls.sums[-1]
        for minutes in (20, 60, 120, 180, 240):
            now = began + timedelta(minutes=minutes)
            if now.timestamp() >= calls.times[-1]:
                continue
            spent = calls.spent(began, now)
            ours = of_stream(spent, began, now, past, calls.pace(now)).expected
            left = max(usual_s - minutes * 60, 0.0)
            naive = spent * usual_s / (minutes * 60), spent + calls.pace(now).a_second * left
            assert ours is not None
            for into, value in zip(apart, (float(ours) * 1e9, *naive), strict=True):
                into.append(abs(value - real) / real)
    yield ("stream", "one a day", median(apart[0]), median(apart[1]), median(apart[2]), len(apart[0]))


def curve(calls: Sequence[tuple[float, int]]) -> PastStream:
    """By the hour, as the engine knows it."""
    by_hour: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for at, nano in calls:
        by_hour[int(at // 3600)].append((at, nano))
    points, so_far = [], 0
    for hour in sorted(by_hour):
        so_far += sum(nano for _, nano in by_hour[hour])
        points.append((max(by_hour[hour][-1][0] - calls[0][0], 1.0), float(so_far)))
    return PastStream(tuple(points))


if __name__ == "__main__":
    sys.exit(main())
