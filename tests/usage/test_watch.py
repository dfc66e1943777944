"""I6 of records.md, case by case: an alert fires for its key once, and never not at all; and the other things that are
worth one. Real files, a real store and a real ledger; only the time is given.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lines import line
from stores import PRICES, SHANGHAI

from tipmao_monitor.usage.alerts import (
    Alert,
    BudgetFacts,
    LatencyFacts,
    NewFacts,
    Rules,
    RunawayFacts,
    SilentFacts,
    SuccessFacts,
    UnusualFacts,
)
from tipmao_monitor.usage.budgets import Budget, BudgetStatus, Threshold
from tipmao_monitor.usage.ledger import COPY, FILE, Ledger
from tipmao_monitor.usage.spending import Plan
from tipmao_monitor.usage.store import Store
from tipmao_monitor.usage.watch import Watch

TEN = Budget("ten", amount=Decimal(10), thresholds=(Threshold(80), Threshold(100)))
STREAM = Budget("stream", period="stream", amount=Decimal(10), thresholds=(Threshold(100),))
EXPECTED = Budget("expected", amount=Decimal(10), thresholds=(Threshold(100, "forecast"),))
START = datetime(2025, 10, 26, 12, tzinfo=SHANGHAI)


class Stage:
    """A records folder, a clock and a program that can be closed and started again."""

    def __init__(self, root: Path, *budgets: Budget, rules: Rules = Rules()) -> None:
        self.folder, self.home = root / "records", root / "home"
        self.folder.mkdir()
        self.now = START
        self.budgets = budgets
        self.rules = rules
        self.zone = SHANGHAI
        self.number = 0
        self.start()

    def start(self) -> None:
        self.store = Store([self.folder], zone=self.zone, prices=PRICES)
        self.store.plan(Plan(self.budgets, is_watched=True))
        self.ledger = Ledger(self.home)
        self.watch = Watch(self.ledger, self.rules)

    def close(self) -> None:
        self.store.close()

    def restart(self) -> None:
        self.close()
        self.start()

    def budget(self, *budgets: Budget) -> None:
        self.budgets = budgets
        self.store.plan(Plan(budgets, is_watched=True))

    def later(self, **step: float) -> None:
        self.now += timedelta(**step)

    def call(self, cost: str = "1.0", ago: timedelta = timedelta(), **fields: str) -> Path:
        at = self.now - ago
        self.number += 1
        path = self.folder / f"{at:%Y-%m-%d}.jsonl"
        given = {
            "timestamp": repr(at.timestamp() + self.number / 1e6), "cost": cost, "model": '"qwen-plus"',
            "function": '"qa"', "session_id": "null", "user_id": '"u"', "anchor_id": '"a"', "success": "true",
            "error_msg": "null", "duration_ms": "1000.0",
        }  # fmt: skip
        with path.open("ab") as file:
            file.write(line(self.number, **{**given, **fields}))
        return path

    def look(self) -> list[Alert]:
        """What the next look fires."""
        known = {alert.id for alert in self.ledger.alerts().alerts}
        self.store.look(self.now)
        spending = self.store.spending(self.now)
        assert spending is not None
        now = self.now.astimezone(self.zone)
        fired = self.watch.look(self.store.budgets(now), spending.stream(now), spending, now)
        fresh = [alert for alert in self.ledger.alerts().alerts if alert.id not in known]
        assert {alert.id for alert in fresh} == {alert.id for alert in fired}
        return fresh

    def status(self) -> BudgetStatus:
        self.store.look(self.now)
        return self.store.budgets(self.now)[0]

    def percents(self) -> list[list[int]]:
        """The thresholds of each message that the next look fires."""
        found = []
        for alert in self.look():
            assert isinstance(alert.facts, BudgetFacts)
            found.append([t.percent for crossing in alert.facts.crossings for t in crossing.thresholds])
        return found


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    stages = []

    def make(*budgets: Budget, rules: Rules = Rules()) -> Stage:
        stages.append(Stage(tmp_path, *budgets, rules=rules))
        return stages[-1]

    yield make
    for each in stages:
        each.close()


# The key of I6


def each_threshold_once(stage: Stage) -> list[list[int]]:
    fired = stage.percents()
    for _ in range(12):
        stage.call("1.0")
        stage.later(minutes=1)
        fired += stage.percents()
    return fired


def several_at_once(stage: Stage) -> list[list[int]]:
    fired = stage.percents()
    stage.call("15.0")
    return fired + stage.percents() + stage.percents()


def over_restarts(stage: Stage) -> list[list[int]]:
    fired = stage.percents()
    for _ in range(12):
        stage.call("1.0")
        stage.restart()
        fired += stage.percents()
        stage.restart()
        fired += stage.percents()
    return fired


def raised_and_crossed_again(stage: Stage) -> list[list[int]]:
    stage.call("10.0")
    fired = stage.percents()
    stage.budget(Budget("ten", amount=Decimal(20), thresholds=TEN.thresholds))
    fired += [*stage.percents(), [0]]
    stage.call("7.0")
    return fired + stage.percents()


def raised_and_set_back(stage: Stage) -> list[list[int]]:
    stage.call("10.0")
    fired = stage.percents()
    stage.budget(Budget("ten", amount=Decimal(20), thresholds=TEN.thresholds))
    fired += stage.percents()
    stage.budget(TEN)
    return fired + stage.percents()


def written_in_other_digits(stage: Stage) -> list[list[int]]:
    stage.call("10.0")
    fired = stage.percents()
    stage.budget(Budget("ten", amount=Decimal("10.00"), thresholds=TEN.thresholds))
    return fired + stage.percents()


def threshold_added_later(stage: Stage) -> list[list[int]]:
    stage.call("10.0")
    fired = stage.percents()
    stage.budget(Budget("ten", amount=Decimal(10), thresholds=(Threshold(50), *TEN.thresholds)))
    return fired + stage.percents()


def dips_and_comes_back(stage: Stage) -> list[list[int]]:
    path = stage.call("9.0")
    fired = stage.percents()
    kept = path.read_bytes()
    path.unlink()
    stage.later(minutes=1)
    fired += stage.percents()
    path.write_bytes(kept)
    stage.later(minutes=20)
    return fired + stage.percents()


def folder_goes_and_comes_back(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    moved = stage.folder.rename(stage.folder.with_name("moved"))
    stage.later(minutes=1)
    fired += stage.percents()
    stage.restart()
    fired += stage.percents()
    moved.rename(stage.folder)
    stage.later(minutes=1)
    return fired + stage.percents()


def old_months(stage: Stage) -> list[list[int]]:
    fired = stage.percents()
    for days in range(1, 80):
        stage.call("50.0", timedelta(days=days))
    fired += stage.percents()
    stage.restart()
    return fired + stage.percents()


def old_streams(stage: Stage) -> list[list[int]]:
    stage.budget(STREAM)
    fired = stage.percents()
    for minutes in range(3):
        stage.call("50.0", timedelta(days=9, minutes=minutes), session_id='"s"')
    fired += stage.percents()
    stage.call("50.0", timedelta(days=8))
    return fired + stage.percents()


def next_day(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    stage.later(days=1)
    fired += [*stage.percents(), [0]]
    stage.call("9.0")
    return fired + stage.percents()


def clock_jumps_a_day_ahead_and_back(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    for days in (1, -1, 1, -1, -1, 1):
        stage.later(days=days)
        fired += stage.percents()
        stage.restart()
        fired += stage.percents()
    return fired


def time_zone_changes(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    for name in ("Europe/Berlin", "Asia/Tokyo", "Asia/Shanghai"):
        stage.zone = ZoneInfo(name)
        stage.restart()
        fired += stage.percents()
    return fired


def exactly_at_the_threshold(stage: Stage) -> list[list[int]]:
    stage.call("7.999999999")
    fired = [*stage.percents(), [0]]
    stage.call("0.000000001")
    return fired + stage.percents()


def paused(stage: Stage) -> list[list[int]]:
    stage.budget(Budget("ten", amount=Decimal(10), thresholds=TEN.thresholds, paused=True))
    stage.call("9.0")
    fired = [*stage.percents(), [0]]
    stage.budget(TEN)
    return fired + stage.percents()


def ledger_zero_filled(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    path = stage.home / FILE
    path.write_bytes(b"\0" * path.stat().st_size)
    stage.restart()
    return fired + stage.percents()


def ledger_cut_off(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    path = stage.home / FILE
    path.write_bytes(path.read_bytes()[:-30])
    stage.restart()
    fired += stage.percents()
    stage.call("2.0")
    return fired + stage.percents()


def copy_gone(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    (stage.home / COPY).unlink()
    stage.restart()
    return fired + stage.percents()


def ledger_deleted_while_it_runs(stage: Stage) -> list[list[int]]:
    stage.call("9.0")
    fired = stage.percents()
    shutil.rmtree(stage.home)
    fired += stage.percents()
    stage.call("2.0")
    fired += stage.percents()
    stage.restart()
    return fired + stage.percents()


CASES = {
    each_threshold_once: [[80], [100]],
    several_at_once: [[80, 100]],
    over_restarts: [[80], [100]],
    raised_and_crossed_again: [[80, 100], [0], [80]],
    raised_and_set_back: [[80, 100]],
    written_in_other_digits: [[80, 100]],
    threshold_added_later: [[80, 100], [50]],
    dips_and_comes_back: [[80]],
    folder_goes_and_comes_back: [[80]],
    old_months: [],
    old_streams: [],
    next_day: [[80], [0], [80]],
    clock_jumps_a_day_ahead_and_back: [[80]],
    time_zone_changes: [[80]],
    exactly_at_the_threshold: [[0], [80]],
    paused: [[0], [80]],
    ledger_zero_filled: [[80]],
    ledger_cut_off: [[80], [100]],
    copy_gone: [[80]],
    ledger_deleted_while_it_runs: [[80], [100]],
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_alert_fires_once_for_its_key(case: Callable[[Stage], list[list[int]]], stage) -> None:
    assert case(stage(TEN)) == CASES[case]


def test_two_budgets_crossed_at_once_are_one_message(stage) -> None:
    on = stage(TEN, Budget("qa", "function:qa", "week", Decimal(5), (Threshold(100),)))
    on.look()
    on.call("9.0")
    [alert] = on.look()
    assert [(c.budget.name, c.spent) for c in alert.facts.crossings] == [("ten", 9), ("qa", 9)]


def test_crossed_while_closed_is_one_message_that_says_so(stage) -> None:
    on = stage(TEN, Budget("five", amount=Decimal(5)))
    on.look()
    on.close()
    on.call("20.0")
    on.later(hours=1)
    on.start()
    [alert] = on.look()
    assert alert.facts.while_closed
    assert [c.budget.name for c in alert.facts.crossings] == ["ten", "five"]
    on.call("1.0")
    assert on.look() == []


def test_crossed_while_it_runs_does_not_say_so_and_names_the_calls(stage) -> None:
    on = stage(TEN)
    on.look()
    for cost in ("3.0", "4.0", "2.0", "0.5"):
        on.call(cost)
        on.later(seconds=30)
    [alert] = on.look()
    assert not alert.facts.while_closed
    assert [call.cost for call in alert.facts.evidence] == [Decimal("2.0"), Decimal("4.0"), Decimal("3.0")]
    assert alert.facts.evidence[0].path == str(on.folder / "2025-10-26.jsonl")


def test_what_was_not_shown_waits_for_the_next_start(stage) -> None:
    on = stage(TEN)
    on.look()
    on.call("9.0")
    [alert] = on.look()
    on.restart()
    assert [a.id for a in on.ledger.alerts().waiting] == [alert.id]
    on.ledger.mark([alert.id], "shown", on.now)
    on.restart()
    assert on.ledger.alerts().waiting == ()


# Streams


def test_stream_of_a_session_fires_once_and_the_next_one_again(stage) -> None:
    on = stage(STREAM)
    on.look()
    fired = []
    for session in ("s1", "s1", "s1", "s2", "s2", "s2"):
        on.call("4.0", session_id=f'"{session}"')
        on.later(minutes=1)
        fired += on.percents()
    assert fired == [[100], [100]]
    on.restart()
    assert on.look() == []


@pytest.mark.parametrize("sessions", [('"s1"', '"s2"'), ("null", "null")])
def test_each_stream_of_a_day_fires_for_what_it_may_spend_in_a_day(stage, sessions: tuple[str, str]) -> None:
    on = stage(replace(TEN, scope="stream"))
    on.look()
    fired = []
    for session in sessions:
        for _ in range(3):
            on.call("4.0", session_id=session)
            on.later(minutes=1)
            fired += on.percents()
        on.restart()
        fired += on.percents()
        on.later(minutes=45)
    assert fired == [[80], [100]] * 2


def test_stream_without_a_session_is_known_again_when_its_begin_moves(stage) -> None:
    on = stage(STREAM)
    on.look()
    on.call("6.0")
    on.later(minutes=20)
    on.call("6.0")
    assert on.percents() == [[100]]
    on.call("1.0", timedelta(minutes=45))  # came late, and was before the first
    assert on.look() == []
    assert on.status().spent == 13
    on.restart()
    assert on.look() == []
    on.later(minutes=31)
    on.call("11.0")
    assert on.percents() == [[100]]


# Forecasts


def by_the_pace(stage: Stage, cost: str, minutes: int) -> list[list[int]]:
    """So many minutes with a call a minute and then a look."""
    fired = []
    for _ in range(minutes):
        stage.call(cost)
        stage.later(minutes=1)
        fired += stage.percents()
    return fired


def quiet(stage: Stage, minutes: int) -> list[list[int]]:
    fired = []
    for _ in range(minutes):
        stage.later(minutes=1)
        fired += stage.percents()
    return fired


def test_forecast_fires_again_only_after_a_quarter_of_an_hour_below(stage) -> None:
    on = stage(EXPECTED)
    assert by_the_pace(on, "0.03", 20) == [[100]]
    assert quiet(on, 30) == []
    assert (on.status().forecast or 0) < 10  # for some minutes now
    assert by_the_pace(on, "0.03", 20) == []
    assert quiet(on, 70) == []
    assert by_the_pace(on, "0.05", 20) == [[100]]


def test_forecast_alert_is_armed_again_by_time_below_and_not_by_a_clock_that_jumps(stage) -> None:
    on = stage(EXPECTED)
    assert by_the_pace(on, "0.03", 20) == [[100]]
    on.budget(EXPECTED)
    key = next(key for key in on.ledger.fired_at("budget")).partition("#")[0]
    status = on.status()
    low = BudgetStatus(
        status.budget, status.spent, status.percent, Decimal(5), state="fine", starts_at=status.starts_at
    )
    spending = on.store.spending(on.now)
    steps = [(60, 13), (86_400, 1), (-86_400, 1)]
    for seconds, times in steps:
        for _ in range(times):
            on.later(seconds=seconds)
            on.watch.look([low], None, spending, on.now)
    assert on.ledger.arming(key) == 0
    on.later(minutes=1)
    on.watch.look([low], None, spending, on.now)
    assert on.ledger.arming(key) == 1
    high = BudgetStatus(
        status.budget, status.spent, status.percent, Decimal(11), state="warning", starts_at=status.starts_at
    )
    assert len(on.watch.look([high], None, spending, on.now)) == 1
    assert on.watch.look([high], None, spending, on.now) == ()
    on.restart()
    assert on.watch.look([high], None, on.store.spending(on.now), on.now) == ()


def test_what_is_spent_fires_the_forecast_with_it(stage) -> None:
    on = stage(Budget("both", amount=Decimal(10), thresholds=(Threshold(100), Threshold(100, "forecast"))))
    on.look()
    on.call("12.0")
    assert on.percents() == [[100, 100]]


# The other alerts


def a_week_of_calls(stage: Stage, **fields: str) -> None:
    """Twenty calls in this hour of each of the last seven days."""
    for days in range(1, 8):
        for minute in range(20):
            stage.call("0.01", timedelta(days=days, minutes=minute), **fields)


def burst(stage: Stage, calls: int, seconds: float = 5.0, **fields: str) -> list[Alert]:
    fired = []
    for _ in range(calls):
        stage.call("0.01", **fields)
        stage.later(seconds=seconds)
        fired += stage.look()
    return fired


def test_success_rate_that_drops_is_one_alert_until_it_was_well_for_a_while(stage) -> None:
    on = stage(rules=Rules(success_percent=90.0))
    a_week_of_calls(on)
    assert burst(on, 30) == []
    [alert] = burst(on, 20, success="false", error_msg='"RateLimitError: 429"')
    assert isinstance(alert.facts, SuccessFacts)
    assert (alert.kind, alert.facts.usual, alert.facts.families[0][0]) == ("success", 100.0, "RateLimitError 429")
    assert alert.facts.rate < 90 and not alert.facts.evidence[0].success
    assert burst(on, 20, success="false") == []
    on.restart()
    assert burst(on, 5, success="false") == []


def test_latency_that_rises_is_told_against_what_is_usual(stage) -> None:
    on = stage(rules=Rules(latency_times=2.0))
    a_week_of_calls(on)
    assert burst(on, 25) == []
    [alert] = burst(on, 20, duration_ms="9000.0")
    assert isinstance(alert.facts, LatencyFacts)
    assert (alert.facts.usual_ms, alert.facts.p95_ms) == (1000.0, pytest.approx(9000.0, rel=0.8))


def test_slow_answers_of_the_next_stream_are_told_again(stage) -> None:
    on = stage(rules=Rules(latency_times=2.0))
    for _ in range(5):
        a_week_of_calls(on)
    [alert] = burst(on, 21, duration_ms="9000.0")
    for _ in range(16):
        on.later(minutes=2)
        assert on.look() == []
    on.later(hours=1)
    [again] = burst(on, 21, duration_ms="9000.0")
    assert {alert.kind, again.kind} == {"latency"}


def test_names_that_were_never_there_are_told_once(stage) -> None:
    on = stage(rules=Rules(newcomers=("new_model", "new_user", "new_anchor")))
    a_week_of_calls(on)
    assert on.look() == []
    on.call(model='"gpt-6"', anchor_id='"b"')
    on.later(minutes=1)
    assert sorted((a.kind, a.facts.names) for a in on.look() if isinstance(a.facts, NewFacts)) == [
        ("new_anchor", ("b",)),
        ("new_model", ("gpt-6",)),
    ]
    on.call(model='"gpt-6"', anchor_id='"b"')
    on.later(minutes=1)
    assert on.look() == []
    on.restart()
    assert on.look() == []


def test_names_of_old_months_and_of_the_first_day_are_not_new(stage) -> None:
    on = stage(rules=Rules(newcomers=("new_model", "new_user", "new_anchor")))
    on.call(model='"first"')
    assert on.look() == []
    on.call(model='"old"', ago=timedelta(days=60))
    on.later(minutes=1)
    assert on.look() == []
    on.call(model='"old"')
    on.later(minutes=1)
    assert on.look() == []
    on.later(days=2)
    on.close()
    on.call(model='"while closed"')
    on.later(hours=2)
    on.start()
    assert [a.facts.names for a in on.look()] == [("while closed",)]


def test_runaway_is_far_more_calls_than_this_hour_has(stage) -> None:
    on = stage(rules=Rules(runaway_times=5.0))
    a_week_of_calls(on)
    assert burst(on, 20, seconds=10) == []
    [alert] = burst(on, 60, seconds=1)
    assert isinstance(alert.facts, RunawayFacts)
    assert alert.facts.calls > 5 * alert.facts.usual
    assert alert.facts.function == "qa"


def test_silence_is_told_once_while_a_stream_is_on(stage) -> None:
    on = stage(rules=Rules(silent_minutes=10))
    burst(on, 15)
    fired = []
    for _ in range(40):
        on.later(minutes=1)
        fired += on.look()
    [alert] = fired
    assert isinstance(alert.facts, SilentFacts)
    assert alert.facts.minutes == 10
    assert burst(on, 1) == []
    on.later(minutes=15)
    assert on.look() == []  # a stream of one call is none


def test_silence_may_be_longer_than_the_pause_that_ends_a_stream(stage) -> None:
    on = stage(rules=Rules(silent_minutes=45))
    burst(on, 15)
    fired = []
    for _ in range(90):
        on.later(minutes=1)
        fired += on.look()
    assert [alert.facts.minutes for alert in fired] == [45]


def test_unusual_cost_is_known_from_the_first_day_on(stage) -> None:
    on = stage(rules=Rules(unusual_deviations=2.0))
    assert burst(on, 60, seconds=30) == []
    on.call("0.5")
    on.later(seconds=10)
    [alert] = on.look()
    assert (alert.kind, alert.facts.cost) == ("unusual", Decimal("0.5"))


def test_unusual_cost_is_the_guides_two_deviations(stage) -> None:
    on = stage(rules=Rules(unusual_deviations=2.0))
    a_week_of_calls(on)
    on.look()
    assert burst(on, 5) == []
    on.call("0.5")
    on.later(seconds=10)
    [alert] = on.look()
    assert isinstance(alert.facts, UnusualFacts)
    assert (alert.facts.calls, alert.facts.cost) == (1, Decimal("0.5"))
    on.call("0.6")
    on.later(seconds=10)
    assert on.look() == []  # within an hour they are one alert


def test_what_is_switched_off_says_nothing(stage) -> None:
    on = stage()
    a_week_of_calls(on)
    on.look()
    burst(on, 60, seconds=1, success="false", duration_ms="60000.0", model='"other"')
    on.later(minutes=20)
    assert on.look() == []
    assert on.ledger.alerts().alerts == ()
