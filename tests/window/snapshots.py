"""Snapshots to show: nothing, one call, a day of a stream, a year. The same on every run.

A newcomer would get this wrong: these are made by a slow and simple fold of their own, not by the store, so that a
widget's test fails only for the widget.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QApplication

from tipmao_monitor.usage.budgets import Budget, BudgetStatus, State, Threshold
from tipmao_monitor.usage.snapshot import (
    ZERO,
    Bucket,
    CallRow,
    Coverage,
    Filter,
    Group,
    Month,
    Page,
    PageRequest,
    Period,
    Progress,
    Reject,
    Series,
    Snapshot,
    Totals,
    Trend,
)
from tipmao_monitor.window.main_window import MainWindow

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 11, 23, 14, 2, 11, tzinfo=ZONE)
FOLDER = "/home/streamer/assistant/records/ai_usage"
SLOW_MS = 5000.0

PRICES = {  # CNY per 1000 tokens in and out
    "qwen-plus": ("0.004", "0.012"),
    "qwen-max": ("0.02", "0.06"),
    "deepseek-chat": ("0.001", "0.002"),
    "gpt-4o-mini": ("0.001", "0.004"),
    "glm-4-flash": ("0", "0"),
    "4.0Ultra": ("0", "0"),
}
FREE = {"glm-4-flash"}
FUNCTIONS = {
    "live_analysis": ("live_analysis", "实时分析", "实时分析(讯飞lite)", "gateway_qwen"),
    "script_generation": ("话术生成(qwen3-max)", "script_generation"),
    "live_review": ("复盘总结",),
    "chat_focus": ("chat_focus",),
    "topic_generation": ("topic_generation(deepseek-chat)",),
}
ERRORS = ("RateLimitError: 429 too many requests", "APITimeoutError: request timed out")


def call(at: datetime = NOW, **fields: object) -> CallRow:
    """One call of the guide's sample, with any field replaced."""
    row = CallRow(
        at=at,
        day=at.date(),
        model="qwen-plus",
        function="live_analysis",
        raw_function="实时分析",
        user="user_123",
        anchor="anchor_1",
        session="session_abc",
        input_tokens=1500,
        output_tokens=800,
        total_tokens=2300,
        cost=Decimal("0.0156"),
        recorded_cost=Decimal("0.0156"),
        duration_ms=1245.6,
        success=True,
        error_msg="",
        flags=(),
        path=f"{FOLDER}/usage_{at.date().isoformat()}.jsonl",
        line=1,
        offset=0,
        length=321,
    )
    return replace(row, **fields)


def calls_of(days: Sequence[date], a_day: int, until: datetime = NOW, seed: int = 7) -> list[CallRow]:
    """`a_day` calls on each day between 08:00 and midnight, none after `until`, oldest first."""
    chance = random.Random(seed)
    rows: list[CallRow] = []
    for day in days:
        midnight = datetime.combine(day, time(), ZONE)
        span_s = 16 * 3600.0
        if day == until.date():
            span_s = max(60.0, (until - midnight).total_seconds() - 8 * 3600)
        moments = sorted(8 * 3600 + chance.random() * span_s for _ in range(a_day))
        offset = 0
        for line, moment in enumerate(moments, 1):
            model = chance.choices(tuple(PRICES), (60, 16, 30, 8, 12, 2))[0]
            function = chance.choices(tuple(FUNCTIONS), (60, 25, 3, 18, 6))[0]
            tokens_in = round(chance.lognormvariate(6.6, 0.7))
            tokens_out = round(tokens_in * (0.3 + chance.random() / 4))
            price_in, price_out = (Decimal(p) for p in PRICES[model])
            cost = (tokens_in * price_in + tokens_out * price_out) / 1000
            success = chance.random() > 0.008
            length = 300 + chance.randrange(60)
            rows.append(
                call(
                    midnight + timedelta(seconds=moment),
                    model=model,
                    function=function,
                    raw_function=chance.choice(FUNCTIONS[function]),
                    user="" if chance.random() < 0.15 else f"user_{chance.randrange(1, 30):03}",
                    anchor=f"anchor_{chance.randrange(1, 4)}",
                    session=f"session_{day:%m%d}",
                    input_tokens=tokens_in,
                    output_tokens=tokens_out,
                    total_tokens=tokens_in + tokens_out,
                    cost=cost,
                    recorded_cost=cost,
                    duration_ms=round(chance.lognormvariate(6.9, 0.65), 1),
                    success=success,
                    error_msg=(error := "" if success else chance.choice(ERRORS)),
                    error_family=family_of(error),
                    line=line,
                    offset=offset,
                    length=length,
                )
            )
            offset += length
    return rows


def _percentile(durations: Sequence[float], share: float) -> float | None:
    if not durations:
        return None
    place = (len(durations) - 1) * share
    low = int(place)
    high = min(low + 1, len(durations) - 1)
    return durations[low] + (durations[high] - durations[low]) * (place - low)


def totals_of(rows: Iterable[CallRow]) -> Totals:
    rows = list(rows)
    durations = sorted(r.duration_ms for r in rows if r.duration_ms is not None)
    return Totals(
        calls=len(rows),
        successful_calls=sum(r.success for r in rows),
        input_tokens=sum(r.input_tokens or 0 for r in rows),
        output_tokens=sum(r.output_tokens or 0 for r in rows),
        total_tokens=sum(r.total_tokens for r in rows),
        cost=sum((r.cost or ZERO for r in rows), ZERO),
        recorded_cost=sum((r.recorded_cost or ZERO for r in rows), ZERO),
        unknown_cost_calls=sum(r.cost is None for r in rows),
        unknown_token_calls=sum(r.input_tokens is None or r.output_tokens is None for r in rows),
        p50_ms=_percentile(durations, 0.50),
        p95_ms=_percentile(durations, 0.95),
        p99_ms=_percentile(durations, 0.99),
    )


def _groups(rows: Sequence[CallRow], field: str) -> tuple[Group, ...]:
    parts: dict[str, list[CallRow]] = {}
    for row in rows:
        parts.setdefault(getattr(row, field), []).append(row)
    groups = [
        Group(
            key=key,
            totals=totals_of(part),
            recorded_as_zero=sum(r.recorded_cost == 0 and r.model not in FREE for r in part),
            free=field == "model" and key in FREE,
            first_seen=part[0].at,
            last_seen=part[-1].at,
            raw_functions=tuple(sorted({r.raw_function for r in part})) if field == "function" else (),
        )
        for key, part in parts.items()
    ]
    return tuple(sorted(groups, key=lambda g: (-g.totals.cost, -g.totals.total_tokens, g.key)))


def _series(rows_by_bucket: Sequence[Sequence[CallRow]], field: str) -> tuple[Series, ...]:
    sums: Counter[str] = Counter()
    for rows in rows_by_bucket:
        for row in rows:
            sums[getattr(row, field)] += int((row.cost or ZERO) * 10**9)
    largest = [key for key, _ in sorted(sums.items(), key=lambda item: (-item[1], item[0]))]

    def costs(chosen: Callable[[str], bool]) -> tuple[Decimal, ...]:
        return tuple(sum((r.cost or ZERO for r in rows if chosen(getattr(r, field))), ZERO) for rows in rows_by_bucket)

    series = [Series(key, costs(lambda other, key=key: other == key)) for key in largest[:12]]
    if largest[12:]:
        series.append(Series(None, costs(lambda other: other in largest[12:])))
    return tuple(series)


def _trend(rows: Sequence[CallRow], starts: Sequence[datetime], unit: str, now: datetime) -> Trend:
    def start_of(row: CallRow) -> datetime:
        assert row.at is not None
        floor = row.at.replace(minute=0, second=0, microsecond=0)
        return floor if unit == "hour" else floor.replace(hour=0)

    by_start: dict[datetime, list[CallRow]] = {start: [] for start in starts}
    for row in rows:
        if start_of(row) in by_start:
            by_start[start_of(row)].append(row)
    long = timedelta(hours=1) if unit == "hour" else timedelta(days=1)
    buckets = tuple(
        Bucket(
            start=start,
            calls=len(part),
            failed_calls=sum(not r.success for r in part),
            total_tokens=sum(r.total_tokens for r in part),
            cost=sum((r.cost or ZERO for r in part), ZERO),
            p95_ms=totals_of(part).p95_ms,
            whole=start + long <= now,
        )
        for start, part in by_start.items()
    )
    parts = list(by_start.values())
    return Trend(unit, buckets, _series(parts, "model"), _series(parts, "function"))  # type: ignore[arg-type]


def family_of(error: str) -> str:
    """The error's class and status code, as the store cuts them out."""
    name = error.partition(":")[0]
    return f"{name} 429" if "429" in error else name


def fold(rows: Sequence[CallRow], filter: Filter = Filter(), now: datetime = NOW) -> Snapshot:
    """The snapshot of `rows` (all of them, oldest first) under a filter's period; its dimensions are not applied."""
    today = now.date()
    first, last = filter.period.days(today)
    seen = [r for r in rows if first <= r.day <= last]
    days = (last - first).days + 1
    shift = timedelta(days=days)
    earlier = [r for r in rows if first - shift <= r.day <= last - shift and r.at is not None and r.at <= now - shift]
    week = [last - timedelta(days=n) for n in range(max(7, days) - 1, -1, -1)]
    day_starts = [datetime.combine(day, time(), ZONE) for day in week]
    hour_starts = [datetime.combine(first, time(hour), ZONE) for hour in range(24)] if days == 1 else []
    durations = [r for r in seen if r.duration_ms is not None and r.duration_ms > SLOW_MS]
    month_rows = [r for r in rows if r.day.year == today.year and r.day.month == today.month]
    month = totals_of(month_rows)
    average = month.cost / today.day
    enough = len({r.day for r in month_rows}) > 3
    forecast = average * 30 if enough else None
    groups = {d: _groups(seen, d) for d in ("model", "function", "user", "anchor", "session")}
    by_tokens = {d: tuple(sorted(groups[d], key=lambda g: -g.totals.total_tokens)) for d in groups}
    failed = [r for r in seen if not r.success]
    return Snapshot(
        now=now,
        filter=filter,
        first_day=seen[0].day if seen else None,
        last_day=seen[-1].day if seen else None,
        total=totals_of(seen),
        before=totals_of(earlier) if earlier else None,
        trend=_trend(rows, day_starts, "day", now),
        hours=_trend(seen, hour_starts, "hour", now) if hour_starts else Trend(unit="hour"),
        by_model=groups["model"],
        by_function=groups["function"],
        by_user=groups["user"],
        by_anchor=groups["anchor"],
        by_session=groups["session"],
        top_users_by_tokens=by_tokens["user"],
        top_anchors_by_tokens=by_tokens["anchor"],
        top_sessions_by_tokens=by_tokens["session"],
        group_counts=tuple((d, len(g)) for d, g in groups.items()),  # type: ignore[misc]
        by_hour=tuple(totals_of(r for r in seen if r.at is not None and r.at.hour == hour) for hour in range(24)),
        newest=tuple(reversed(seen[-1000:])),
        slow=len(durations),
        odd=len(seen) // 140,
        failed=len(failed),
        slow_ms=SLOW_MS,
        error_families=tuple(Counter(r.error_family for r in failed).most_common()),
        today=totals_of(r for r in rows if r.day == today),
        month=Month(
            totals=month,
            daily_average=average,
            forecast=forecast,
            forecast_low=forecast * Decimal("0.91") if forecast is not None else None,
            forecast_high=forecast * Decimal("1.11") if forecast is not None else None,
        ),
        coverage=Coverage(
            files=len({r.path for r in rows}),
            lines=len(rows) + 3,
            counted=len(rows),
            flagged=4 if len(rows) > 4 else 0,
            quarantined=3 if len(rows) > 4 else 0,
            reasons=(("not_json", 2), ("torn", 1), ("timestamp_unknown", 4)) if len(rows) > 4 else (),
            ignored=(f"{FOLDER}/usage_report_20251026_143022.json",) if len(rows) > 4 else (),
        ),
        rejects=rejects() if len(rows) > 4 else (),
        folders=(FOLDER,),
        progress=Progress(),
        newest_at=rows[-1].at if rows else None,
        version=1,
    )


def status(
    state: State = "fine", percent: int = 34, forecast: str = "", gone_at: datetime | None = None, **fields: object
) -> BudgetStatus:
    """Where a budget of ¥10 a day stands."""
    budget = replace(Budget("a day", thresholds=(Threshold(80),)), **fields)  # type: ignore[arg-type]
    expected = Decimal(forecast) if forecast else None
    return BudgetStatus(
        budget,
        budget.amount * percent / 100,
        Decimal(percent),
        expected,
        expected and expected * Decimal("0.9"),
        expected and expected * Decimal("1.2"),
        gone_at,
        state,
        method="pattern" if expected else "",
    )


def rejects() -> tuple[Reject, ...]:
    path = f"{FOLDER}/usage_2025-11-22.jsonl"
    return (
        Reject(path, 41, 12_801, 96, "not_json", '{"timestamp": 1763800000.1, "model": <b>qwen</b>'),
        Reject(path, 77, 24_020, 12, "not_json", "hello\\x00there"),
        Reject(path, 310, 99_120, 140, "torn", '{"timestamp": 1763811111.5, "model": "qwen-pl'),
    )


def days_before(now: datetime, n: int) -> list[date]:
    return [now.date() - timedelta(days=back) for back in range(n - 1, -1, -1)]


def empty(filter: Filter = Filter()) -> Snapshot:
    """A folder that is watched and holds nothing."""
    return fold([], filter)


def no_folder() -> Snapshot:
    return replace(empty(), folders=())


@cache
def quiet_today() -> Snapshot:
    """Records on other days, none in the period."""
    return fold(calls_of(days_before(NOW, 8)[:-1], 40))


@cache
def all_bad() -> Snapshot:
    """A file in which no line is a usage record."""
    coverage = Coverage(files=1, lines=3, quarantined=3, reasons=(("not_json", 2), ("torn", 1)))
    return replace(empty(), coverage=coverage, rejects=rejects())


def one_call() -> Snapshot:
    return fold([call(NOW - timedelta(seconds=12))])


@cache
def day(filter: Filter = Filter(), a_day: int = 145) -> Snapshot:
    """Today of a stream, with the ten days before it."""
    return fold(calls_of(days_before(NOW, 10), a_day), filter)


def week() -> Snapshot:
    return day(Filter(Period("7d")))


@cache
def year() -> Snapshot:
    """All of 365 days, as a custom period."""
    days = days_before(NOW, 365)
    return fold(calls_of(days, 24), Filter(Period("custom", days[0], days[-1])))


@cache
def busy() -> Snapshot:
    """A day of an agency: the same shapes, numbers of seven and eight digits."""
    snapshot = day()
    total = replace(
        snapshot.total,
        calls=108_214,
        successful_calls=107_001,
        input_tokens=712_345_678,
        output_tokens=201_234_567,
        total_tokens=913_580_245,
        cost=Decimal("1234567.891"),
        unknown_cost_calls=12,
        p95_ms=12_345.6,
    )
    month = Month(
        totals=replace(total, calls=2_408_214, cost=Decimal("28413927.33")),
        daily_average=Decimal("1235388.14"),
        forecast=Decimal("37061644.2"),
        forecast_low=Decimal("33726096.2"),
        forecast_high=Decimal("41138425.0"),
    )
    return replace(snapshot, total=total, month=month, slow=12_402, failed=1_213, odd=801)


def page_of(rows: Sequence[CallRow], request: PageRequest) -> Page:
    return Page(request, len(rows), tuple(rows[request.offset : request.offset + request.rows]))


def fill(window: MainWindow, snapshot: Snapshot) -> None:
    """Until every card of the window shows it."""
    window.show_snapshot(snapshot)
    while not window.is_filled:
        QApplication.processEvents()
    QApplication.processEvents()
