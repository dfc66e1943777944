"""A report is what the records say: what is beside the sums of `stats` is worked out here again, slowly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import oracle
import pytest
from lines import NOON, ODD, line
from stores import ORACLE_PRICES, SHANGHAI, opened, write

from tipmao_monitor.reports.objects import report_object
from tipmao_monitor.usage.budgets import Budget
from tipmao_monitor.usage.formats import SECTIONS
from tipmao_monitor.usage.report import LONGEST_PAUSE, Cancelled, Report, average_cost, report
from tipmao_monitor.usage.report_tables import CALL, call_values, tables
from tipmao_monitor.usage.spending import Plan
from tipmao_monitor.usage.store import Store

TODAY = NOON.astimezone(SHANGHAI).date()
WEEK = TODAY - timedelta(days=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    for back in range(16):
        at = NOON.timestamp() - 86_400 * back
        lines = [
            line(n, timestamp=repr(at - 97.5 * n), session_id=f'"s{n % 5}"') for n in range(10 * back, 10 * back + 40)
        ]
        write(folder / f"usage_{TODAY - timedelta(days=back)}.jsonl", b"".join([*lines, *ODD]))
    return folder


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    with opened(folder) as store:
        store.plan(Plan((Budget("small", amount=Decimal("0.001")), Budget("large", amount=Decimal(100)))))
        yield store


@pytest.fixture(scope="module")
def made(store: Store) -> Report:
    return report(store, WEEK, TODAY, NOON)


@pytest.fixture(scope="module")
def truth(folder: Path) -> oracle.Truth:
    return oracle.read([folder], SHANGHAI, NOON)


def within(truth: oracle.Truth, first: date, last: date) -> list[oracle.Placed]:
    return [placed for placed in truth.calls if first <= oracle.day_in(placed, SHANGHAI) <= last]


def test_the_week_and_the_averages_are_those_of_the_guide(store: Store, made: Report, truth: oracle.Truth) -> None:
    cost = oracle.totals(within(truth, WEEK, TODAY), ORACLE_PRICES).cost
    assert (made.week.cost, made.days) == (cost, 7)
    assert made.daily_average == made.week.daily_average == (cost / 7).quantize(Decimal("1E-9"))
    longer = report(store, TODAY - timedelta(days=12), TODAY, NOON)
    assert longer.week.cost == cost < longer.stats.total.cost
    assert sum(cost for _, cost in made.cost_trend()) == cost
    assert [day for day, _ in made.cost_trend()] == [WEEK + timedelta(days=n) for n in range(7)]


def test_before_is_the_same_elapsed_time(made: Report, truth: oracle.Truth) -> None:
    start = NOON.astimezone(SHANGHAI).replace(hour=0) - timedelta(days=13)
    end = NOON - timedelta(days=7)
    calls = [
        placed for placed in truth.calls if (at := oracle.local(placed, SHANGHAI)) is not None and start <= at < end
    ]
    expected = oracle.totals(calls, ORACLE_PRICES)
    assert made.before is not None
    assert (made.before.calls, made.before.cost) == (expected.calls, expected.cost)
    change = report_object(made)["previous"]["change_percent"]
    assert change["cost"] == round(100 * (float(made.stats.total.cost) / float(expected.cost) - 1), 1)


def test_live_time_is_that_between_calls_without_long_pauses(made: Report, truth: oracle.Truth) -> None:
    groups = oracle.grouped(within(truth, WEEK, TODAY), oracle.KEYS["session"])
    assert {session.key for session in made.sessions} == set(groups)
    for session in made.sessions:
        times = sorted(placed.call.ts for placed in groups[session.key] if placed.call.ts is not None)
        if not session.key or not times:
            assert not session.live and session.cost_per_live_hour is None
            continue
        gaps = [later - earlier for earlier, later in pairwise(times)]
        pause = LONGEST_PAUSE // timedelta(microseconds=1)
        assert session.live == timedelta(microseconds=sum(gap for gap in gaps if gap <= pause))
        assert (oracle.us(session.first), oracle.us(session.last)) == (times[0], times[-1])
        if session.cost_per_live_hour is not None:
            hours = session.live / timedelta(hours=1)
            assert float(session.cost_per_live_hour) == pytest.approx(float(session.totals.cost) / hours)
    assert any(session.cost_per_live_hour for session in made.sessions)


def test_lists_hold_the_most_telling_calls_and_their_true_number(made: Report, truth: oracle.Truth) -> None:
    calls = within(truth, WEEK, TODAY)
    slow = sorted((placed.call.ms for placed in calls if placed.call.ms and placed.call.ms > 5000), reverse=True)
    assert made.list_counts["slow"] == len(slow)
    assert [row.duration_ms for row in made.lists["slow"]] == slow[:50]
    assert made.list_counts["failed"] == sum(not placed.call.ok for placed in calls)
    assert sum(count for _, count in made.families) == made.list_counts["failed"]
    hours = oracle.grouped(calls, lambda placed: oracle.hour_in(placed, SHANGHAI))
    most = max(len(part) for hour, part in hours.items() if hour)
    assert len(hours[made.peak_hours[0]]) == most


def test_average_cost_is_over_the_calls_whose_cost_is_known(made: Report) -> None:
    partly = [totals for totals in made.stats.by_model.values() if 0 < totals.unknown_cost_calls < totals.calls]
    whole = [totals for totals in made.stats.by_model.values() if totals.calls == totals.unknown_cost_calls]
    for totals in partly:
        known = totals.calls - totals.unknown_cost_calls
        assert average_cost(totals) == (totals.cost / known).quantize(Decimal("1E-9"))
    assert not [totals for totals in whole if average_cost(totals) is not None]


def test_budgets_advice_and_audit_stand_in_the_report(store: Store, made: Report) -> None:
    assert {status.budget.name: status.state for status in made.stats.budgets} == {"small": "over", "large": "fine"}
    assert made.audit == store.audit(WEEK, TODAY, NOON)
    assert made.advice == store.advice(WEEK, TODAY, NOON)
    names = [table.name for table in tables(made)]
    assert {"budgets", "prices"} <= set(names) and ("advice" in names) == bool(made.advice.cards)


def test_what_is_left_out_is_nowhere_and_the_assistants_keys_stay(store: Store) -> None:
    bare = report(store, WEEK, TODAY, NOON, sections=frozenset({"days"}))
    assert [table.name for table in tables(bare)] == ["days"]
    found: dict[str, Any] = report_object(bare)
    assert {"generated_at", "period_days", "today_summary", "top_users", "cost_trend"} <= set(found)
    assert found["top_users"] == [] and found["today_summary"]["by_user"] == {}
    assert not {"by_user", "by_anchor", "by_session", "slow_calls", "prices", "coverage"} & set(found)
    assert {"by_day", "total"} <= set(found)
    assert SECTIONS[0] == "days"


def test_calls_are_streamed_in_order_and_as_they_are_shown(store: Store, truth: oracle.Truth) -> None:
    rows = [row for part in store.each_call(WEEK, TODAY, NOON, size=7) for row in part]
    wanted = sorted(within(truth, WEEK, TODAY), key=oracle.standing)
    assert [(row.path, row.offset) for row in rows] == [(placed.path, placed.at) for placed in wanted]
    assert all(len(call_values(row)) == len(CALL) for row in rows)


def test_it_can_be_stopped_between_two_questions(store: Store) -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        report(store, WEEK, TODAY, NOON, go_on=stop)


def test_a_period_of_all_time_lists_no_day_before_the_first_that_can_be(store: Store) -> None:
    made = report(store, date.min, date.max, NOON)
    days = made.listed_days()
    assert days[0] == date(2015, 1, 1) and days[-1] >= TODAY
    assert len(days) < 5000


def test_statements_of_anchors_add_up_to_the_report(store: Store, made: Report) -> None:
    found = store.by_anchor(WEEK, TODAY, NOON)
    assert set(found) == set(made.stats.by_anchor)
    for anchor, parts in found.items():
        totals = made.stats.by_anchor[anchor]
        for part in ("day", "model", "function"):
            assert sum(row.cost for row in parts[part].values()) == totals.cost
            assert sum(row.calls for row in parts[part].values()) == totals.calls


def test_bars_are_those_of_the_period_and_add_up(store: Store) -> None:
    for days in (1, 3, 7, 12):
        made = report(store, TODAY - timedelta(days=days - 1), TODAY, NOON)
        buckets = made.trend.buckets
        starts = [bucket.start.date() for bucket in buckets]
        assert starts == ([TODAY] * 24 if days == 1 else [made.first + timedelta(days=n) for n in range(days)])
        timed = made.stats.total.cost - made.stats.by_hour[""].cost
        assert sum(bucket.cost for bucket in buckets) == (timed if days == 1 else made.stats.total.cost)
        for series in (made.trend.by_model, made.trend.by_function):
            parts = [sum(costs) for costs in zip(*(one.costs for one in series), strict=True)]
            assert parts == [bucket.cost for bucket in buckets]
