"""Budgets as a person writes them, and where they stand, judged by a plain reading of the calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle
import pytest
from effort import EFFORT
from hypothesis import given, settings
from hypothesis import strategies as st
from lines import GEMINI, NOON, ODD, line
from stores import ORACLE_PRICES, SHANGHAI, append, opened, write

from tipmao_monitor.usage import spending
from tipmao_monitor.usage.budgets import (
    DEFAULT_THRESHOLDS,
    Budget,
    BudgetError,
    BudgetStatus,
    Threshold,
    as_tables,
    parse,
    period_of,
)
from tipmao_monitor.usage.snapshot import Filter, PageRequest, Period
from tipmao_monitor.usage.spending import Plan
from tipmao_monitor.usage.store import Store

TODAY = NOON.astimezone(SHANGHAI).date()
GAP = timedelta(minutes=30)

# As they are written


@pytest.mark.parametrize(
    ("entry", "budget"),
    [
        ({"amount": 10}, Budget("budget 1")),
        ({"amount": 10.5, "name": " 每天 "}, Budget("每天", amount=Decimal("10.5"))),
        ({"amount": "0.000000001", "name": "a"}, Budget("a", amount=Decimal("1E-9"))),
        ({"amount": "1e3", "name": "a"}, Budget("a", amount=Decimal(1000))),
        ({"amount": 1, "name": "a", "scope": "model:a:b"}, Budget("a", "model:a:b", amount=Decimal(1))),
        ({"amount": 1, "name": "a", "scope": "anchor:"}, Budget("a", "anchor:", amount=Decimal(1))),
        (
            {"amount": 1, "name": "a", "thresholds": [50, {"percent": 50}, {"percent": 50, "on": "forecast"}]},
            Budget("a", amount=Decimal(1), thresholds=(Threshold(50), Threshold(50, "forecast"))),
        ),
        ({"amount": 1, "name": "a", "thresholds": []}, Budget("a", amount=Decimal(1), thresholds=())),
    ],
)
def test_budget_is_read_as_it_is_meant(entry: dict[str, Any], budget: Budget) -> None:
    assert parse([entry]) == (budget,)
    assert parse(as_tables([budget])) == (budget,)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({}, "budget 2, amount: is missing"),
        ({"amount": 0}, "budget 2, amount: 0 is not an amount above ¥0"),
        ({"amount": -3}, "budget 2, amount: -3 is not an amount above ¥0"),
        ({"amount": True}, "budget 2, amount: write the amount in ¥"),
        ({"amount": "ten"}, "budget 2, amount: 'ten' is not an amount"),
        ({"amount": 1e300}, "budget 2, amount: 1e+300 is not an amount above ¥0 and up to ¥1,000,000,000"),
        ({"amount": float("nan")}, "budget 2, amount: nan is not an amount"),
        ({"amount": "0.0000000001"}, "budget 2, amount: 0.0000000001 is not an amount above ¥0"),
        ({"amount": "1.0000000001"}, "budget 2, amount: 1.0000000001 has more than 9 decimal places"),
        ({"amount": 1, "period": "year"}, "budget 2, period: must be one of stream, day, week, month"),
        ({"amount": 1, "scope": "all:"}, "budget 2, scope: 'all:' is no scope"),
        ({"amount": 1, "scope": "model"}, "budget 2, scope: 'model' is no scope"),
        ({"amount": 1, "scope": "colour:red"}, "budget 2, scope: 'colour:red' is no scope"),
        ({"amount": 1, "name": ""}, "budget 2, name: must be a text of 1 to 100 characters"),
        ({"amount": 1, "name": "a\x1b[2J"}, "budget 2, name: must be a text of 1 to 100 characters"),
        ({"amount": 1, "name": "first"}, "budget 2 (first), name: 'first' is the name of another budget"),
        ({"amount": 1, "paused": "no"}, "budget 2, paused: must be true or false"),
        ({"amount": 1, "thresholds": 80}, "budget 2, thresholds: must be a list"),
        ({"amount": 1, "thresholds": [0]}, "budget 2, thresholds: 0 is not a whole number of percent"),
        ({"amount": 1, "thresholds": [80.5]}, "budget 2, thresholds: 80.5 is not a whole number of percent"),
        ({"amount": 1, "thresholds": [{"percent": 5, "at": 3}]}, "budget 2, thresholds: at is no field"),
        ({"amount": 1, "thresholds": [{"percent": 5, "on": "both"}]}, "budget 2, thresholds: on = 'both' must be"),
        ({"amount": 1, "ammount": 2}, "budget 2, ammount: there is no such field"),
    ],
)
def test_mistake_is_named_and_the_other_budgets_hold(entry: dict[str, Any], problem: str) -> None:
    first, third = {"amount": 5, "name": "first"}, {"amount": 7, "name": "third"}
    with pytest.raises(BudgetError) as caught:
        parse([first, entry, third])
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(problem)
    assert [budget.name for budget in caught.value.usable] == ["first", "third"]


@pytest.mark.parametrize(
    ("kind", "day", "first", "last"),
    [
        ("day", date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 29)),
        ("week", date(2025, 10, 26), date(2025, 10, 20), date(2025, 10, 26)),
        ("week", date(2025, 10, 27), date(2025, 10, 27), date(2025, 11, 2)),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("month", date(2025, 12, 31), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_periods_are_those_of_the_calendar(kind: Any, day: date, first: date, last: date) -> None:
    assert period_of(kind, day) == (first, last)


# Where they stand

BUDGETS = (
    Budget("day", amount=Decimal("0.5")),
    Budget("week", period="week", amount=Decimal(5)),
    Budget("month", period="month", amount=Decimal(500)),
    Budget("model", "model:qwen-plus", "month", Decimal("0.9")),
    Budget("gemini", f"model:{GEMINI}", "week", Decimal(3)),
    Budget("no model", "model:", "day", Decimal(3)),
    Budget("function", "function:live_analysis", "day", Decimal(3)),
    Budget("user", "user:观众", "week", Decimal(3)),
    Budget("nobody", "user:nobody", "week", Decimal(3)),
    Budget("anchor", "anchor:anchor_7", "month", Decimal(3)),
    Budget("stream", period="stream", amount=Decimal(3)),
    Budget("stream today", "stream", "day", Decimal(3)),
    Budget("stream of an anchor", "anchor:anchor_7", "stream", Decimal(3)),
    Budget("stream of nobody", "anchor:nobody", "stream", Decimal(3)),
)


def in_scope(call: oracle.Call, budget: Budget) -> bool:
    if budget.dimension is None:
        return True
    dimension, value = budget.dimension
    found = {
        "model": call.model or "",
        "function": oracle.function_id(call.raw),
        "user": call.user or "",
        "anchor": call.anchor or "",
    }
    return found[dimension] == value


def stream_of(calls: list[oracle.Placed], recent: Iterable[oracle.Placed]) -> list[oracle.Placed]:
    """The newest session's calls, or those up to the newest call without a gap."""
    timed = sorted((p for p in recent if p.call.ts is not None), key=lambda p: p.call.ts or 0)
    if not timed:
        return []
    newest = timed[-1].call.ts or 0
    named = [p for p in timed if p.call.session]
    if named and newest - (named[-1].call.ts or 0) <= GAP / timedelta(microseconds=1):
        at = max(p.call.ts or 0 for p in named)
        session = max(p.call.session or "" for p in named if p.call.ts == at)
        return [p for p in calls if p.call.session == session]
    stream = [timed[-1]]
    for placed in reversed(timed[:-1]):
        if (stream[-1].call.ts or 0) - (placed.call.ts or 0) > GAP / timedelta(microseconds=1):
            break
        stream.append(placed)
    return stream


def spent(budget: Budget, truth: oracle.Truth, now: datetime, zone: ZoneInfo) -> Decimal:
    today = now.astimezone(zone).date()
    earliest = min(today.replace(day=1), today - timedelta(days=28))
    days = {id(p): oracle.day_in(p, zone) for p in truth.calls}
    calls = [p for p in truth.calls if in_scope(p.call, budget) and earliest <= days[id(p)] <= today]
    if budget.is_of_stream:
        calls = stream_of(calls, calls)
    if budget.period != "stream":
        first, last = period_of(budget.period, today)
        calls = [p for p in calls if first <= days[id(p)] <= last]
    return oracle.totals(calls, ORACLE_PRICES).cost


def check(store: Store, folder: Path, now: datetime, found: tuple[BudgetStatus, ...] | None = None) -> None:
    truth = oracle.read([folder], SHANGHAI, now)
    for status in found or store.budgets(now):
        wanted = spent(status.budget, truth, now, SHANGHAI)
        assert (status.budget.name, status.spent) == (status.budget.name, wanted)
        if truth.calls and status.state != "unknown":
            assert (status.state == "over") is (wanted > status.budget.amount)
        assert abs(status.percent - wanted * 100 / status.budget.amount) < Decimal("0.000001")


def spread(number: int) -> bytes:
    """Over six weeks, most of them of the last hours; some without a time or a session."""
    minutes = number * 13 % 61_000 if number % 3 else number * 7 % 400
    changes = {"timestamp": repr(NOON.timestamp() - 60 * minutes - number / 1024)}
    if number % 13 == 0:
        changes["timestamp"] = "null"
    if number % 4 == 0 or minutes < 200:
        changes["session_id"] = "null"
    return line(number, **changes)


SOME = st.lists(st.integers(0, 3000).map(spread) | st.sampled_from(ODD), max_size=8).map(b"".join)


@pytest.mark.parametrize("few", [0, 4])
@given(
    begin=SOME,
    appends=st.lists(st.tuples(st.sampled_from([TODAY, TODAY - timedelta(days=3)]), SOME), min_size=1, max_size=4),
    cached=st.booleans(),
)
@settings(deadline=None, max_examples=6 * EFFORT)
def test_statuses_that_are_kept_up_are_those_of_a_plain_reading(
    tmp_path_factory, few: int, begin: bytes, appends: list[tuple[date, bytes]], cached: bool
) -> None:
    root = tmp_path_factory.mktemp("kept")
    folder = root / "records"
    write(folder / f"{TODAY}.jsonl", begin)
    write(folder / f"{TODAY - timedelta(days=3)}.jsonl", begin)
    now = NOON
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spending, "FEW", few)
        with opened(folder, cache=root / "cache" if cached else None) as store:
            store.plan(Plan(BUDGETS, is_watched=True))
            check(store, folder, now)
            for day, more in appends:
                now += timedelta(seconds=61)
                append(folder / f"{day}.jsonl", more, age_s=0, now=now)
                store.look(now)
                snapshot = store.snapshot(Filter(model="qwen-plus"), now)
                check(store, folder, now, snapshot.budgets)


def test_budgets_do_not_depend_on_the_filter_or_its_pages(tmp_path: Path) -> None:
    path = write(tmp_path / f"{TODAY}.jsonl", b"".join(map(spread, range(300))))
    with opened(tmp_path) as store:
        store.plan(Plan(BUDGETS))
        found = set()
        elsewhen = Period("custom", date(2016, 2, 29), date(2016, 2, 29))
        for filter in (Filter(), Filter(failed=True, money="book"), Filter(elsewhen, user="x")):
            found.add(store.snapshot(filter, NOON).budgets)
            store.page(PageRequest(filter), NOON)
        assert len(found) == 1
        append(path, b"".join(map(spread, range(300, 320))), age_s=0)
        store.look(NOON)
        store.page(PageRequest(Filter(failed=True)), NOON)
        check(store, tmp_path, NOON, store.snapshot(Filter(), NOON).budgets)


def test_days_pass_and_files_go(tmp_path: Path) -> None:
    for days in range(3):
        day = TODAY - timedelta(days=days)
        write(tmp_path / f"{day}.jsonl", b"".join(line(n) for n in range(days, 60, 3)))
    with opened(tmp_path) as store:
        store.plan(Plan(BUDGETS, is_watched=True))
        for step in (timedelta(), timedelta(hours=5), timedelta(days=1), timedelta(days=-2), timedelta(days=40)):
            store.look(NOON + step)
            check(store, tmp_path, NOON + step)
        (tmp_path / f"{TODAY}.jsonl").unlink()
        store.look(NOON)
        check(store, tmp_path, NOON)


def test_work_after_an_append_does_not_grow_with_what_is_there(tmp_path: Path) -> None:
    """Counted in rows that the database reads for the budgets."""
    path = write(tmp_path / f"{TODAY}.jsonl", b"".join(map(spread, range(3000))))
    with opened(tmp_path) as store:
        store.plan(Plan(BUDGETS))
        append(path, line(0), age_s=10)  # begins a stream, so those before are asked for
        store.look(NOON)
        store.budgets(NOON)
        asked: list[str] = []
        holdings = store._holdings
        ask = holdings.ask
        holdings.ask = lambda sql: asked.append(sql) or ask(sql)  # type: ignore[method-assign,func-returns-value]
        append(path, line(0) + line(1), age_s=0)
        store.look(NOON)
        store.budgets(NOON)
        since = [sql for sql in asked if "FROM live WHERE seq > 0" in sql]
        assert 1 <= len(asked) <= 2 and since == []  # a second one only for what failed or is not plain


def status(folder: Path, budget: Budget, *lines: bytes, now: datetime = NOON) -> BudgetStatus:
    write(folder / f"{TODAY}.jsonl", b"".join(lines))
    with opened(folder, now=now) as store:
        store.plan(Plan((budget,)))
        return store.budgets(now)[0]


def test_no_call_at_all_is_unknown(tmp_path: Path) -> None:
    found = status(tmp_path, Budget("a"))
    assert (found.state, found.spent, found.percent, found.forecast, found.gone_at) == ("unknown", 0, 0, None, None)


def test_calls_elsewhere_and_none_here_is_fine(tmp_path: Path) -> None:
    assert status(tmp_path, Budget("a", "model:other"), line(1, cost="3.0")).state == "fine"


def test_spend_that_nobody_knows_is_unknown(tmp_path: Path) -> None:
    found = status(tmp_path, Budget("a"), line(0, cost="null", model='"no-such-model"'))
    assert (found.state, found.unknown_cost_calls) == ("unknown", 1)


@pytest.mark.parametrize(
    ("cost", "state"),
    [("7.999999999", "fine"), ("8.0", "warning"), ("10.0", "warning"), ("10.000000001", "over")],
)
def test_state_says_how_far_it_is(tmp_path: Path, cost: str, state: str) -> None:
    budget = Budget("a", amount=Decimal(10), thresholds=(Threshold(80),))
    now = NOON.replace(hour=15)  # the day in Shanghai is nearly over
    found = status(tmp_path, budget, line(1, cost=cost, model='"qwen-plus"', timestamp=repr(NOON.timestamp())), now=now)
    assert (found.state, found.spent) == (state, Decimal(cost))


def test_paused_budget_still_counts(tmp_path: Path) -> None:
    budget = Budget("a", amount=Decimal(1), paused=True)
    found = status(tmp_path, budget, line(1, cost="3.0", model='"qwen-plus"', timestamp=repr(NOON.timestamp())))
    assert (found.state, found.spent) == ("paused", 3)


def test_gap_that_ends_a_stream_can_be_set(tmp_path: Path) -> None:
    lines = [
        line(0, timestamp=repr(NOON.timestamp() - 60 * minutes), cost="1.0", model='"qwen-plus"', session_id="null")
        for minutes in (100, 55, 20, 0)
    ]
    write(tmp_path / f"{TODAY}.jsonl", b"".join(lines))
    with opened(tmp_path) as store:
        sums = []
        for minutes in (10, 30, 40, 60):
            store.plan(Plan((Budget("s", period="stream"),), minutes, is_watched=True))
            [found] = store.budgets(NOON)
            stream = store.snapshot(Filter(), NOON).stream
            assert stream is not None and (stream.cost, stream.starts_at) == (found.spent, found.starts_at)
            sums.append(int(found.spent))
    assert sums == [1, 2, 3, 4]


def test_default_thresholds_are_said_once() -> None:
    assert Budget("a").thresholds == DEFAULT_THRESHOLDS == (Threshold(80), Threshold(100), Threshold(100, "forecast"))
