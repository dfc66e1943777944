"""The rule that switches by itself: when it goes, when it comes back, and all that keeps it from going."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipmao_monitor.usage.switching import (
    PAUSE,
    DaySoFar,
    ModelRecord,
    SwitchRule,
    Verdict,
    has_bad_record,
    verdict,
)

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2025, 11, 23, 12, tzinfo=ZONE)
LONG_AGO = NOON - timedelta(days=3)
RULE = SwitchRule(True, Decimal(5))
GOOD_RECORD = ModelRecord(100, 99.0, 1200.0)


def spent(
    cost: str,
    largest: str = "0.02",
    now: datetime = NOON,
    cheap: ModelRecord = GOOD_RECORD,
    good: ModelRecord = GOOD_RECORD,
) -> DaySoFar:
    return DaySoFar(now, Decimal(cost), Decimal(largest), ((GOOD_RECORD, GOOD_RECORD), (cheap, good)))


@pytest.mark.parametrize(
    ("cost", "is_cheap", "says"),
    [
        ("4.99", False, "stay"),
        ("5.00", False, "stay"),
        ("5.03", False, "to_cheap"),
        ("5.03", True, "stay"),
        ("4.60", True, "stay"),
        ("4.49", True, "to_good"),
    ],
)
def test_past_the_amount_it_goes_and_only_well_below_it_comes_back(cost: str, is_cheap: bool, says: Verdict) -> None:
    assert verdict(RULE, spent(cost), is_cheap, NOON - timedelta(hours=1), None) == says


def test_rule_that_is_off_does_nothing() -> None:
    assert verdict(replace(RULE, is_on=False), spent("50"), False, None, None) == "stay"
    assert verdict(replace(RULE, is_on=False), spent("0"), True, LONG_AGO, None) == "stay"


def test_next_day_it_goes_back_also_shortly_below_the_amount() -> None:
    before_midnight = datetime(2025, 11, 22, 23, 10, tzinfo=ZONE)
    next_day = datetime(2025, 11, 23, 0, 30, tzinfo=ZONE)
    assert verdict(RULE, spent("4.90", now=next_day), True, before_midnight, None) == "to_good"
    assert verdict(RULE, spent("4.90", now=NOON), True, NOON - timedelta(hours=1), None) == "stay"


def test_two_switches_are_half_an_hour_apart() -> None:
    assert verdict(RULE, spent("6"), False, NOON - PAUSE + timedelta(seconds=1), None) == "pause"
    assert verdict(RULE, spent("6"), False, NOON - PAUSE, None) == "to_cheap"
    midnight = datetime(2025, 11, 23, 0, 5, tzinfo=ZONE)
    assert verdict(RULE, spent("0", now=midnight), True, midnight - timedelta(minutes=10), None) == "pause"


def test_clock_that_was_put_back_does_not_hold_the_rule_for_ever() -> None:
    ahead = NOON + timedelta(days=400)
    assert verdict(RULE, spent("6"), False, ahead, None) == "to_cheap"
    assert verdict(RULE, spent("1"), True, ahead, None) == "to_good"


def test_one_outlier_is_not_believed() -> None:
    assert verdict(RULE, spent("46", largest="45"), False, None, None) == "one_call"
    assert verdict(RULE, spent("51", largest="45"), False, None, None) == "to_cheap"


@pytest.mark.parametrize(
    ("record", "is_bad"),
    [
        (ModelRecord(20, 94.9, 1000.0), True),
        (ModelRecord(19, 10.0, 90_000.0), False),
        (ModelRecord(20, 95.0, 2400.0), False),
        (ModelRecord(20, 100.0, 2400.1), True),
        (ModelRecord(20, None, None), False),
        (ModelRecord(), False),
    ],
)
def test_model_with_a_bad_record_is_not_gone_to(record: ModelRecord, is_bad: bool) -> None:
    assert has_bad_record(record, GOOD_RECORD) == is_bad
    says = verdict(RULE, spent("6", cheap=record), False, None, None)
    assert says == ("bad_record" if is_bad else "to_cheap")


def test_good_model_may_be_slow_but_must_work() -> None:
    slow, broken = ModelRecord(50, 99.0, 9000.0), ModelRecord(50, 60.0, 900.0)
    assert verdict(RULE, spent("1", good=slow), True, LONG_AGO, None) == "to_good"
    assert verdict(RULE, spent("1", good=broken), True, LONG_AGO, None) == "bad_record"


def test_user_who_took_it_back_is_obeyed_for_the_rest_of_the_day() -> None:
    assert verdict(RULE, spent("6"), False, LONG_AGO, NOON - timedelta(hours=3)) == "overruled"
    assert verdict(RULE, spent("6"), False, LONG_AGO, NOON - timedelta(days=1)) == "to_cheap"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(-300, 900)), min_size=1, max_size=60))
def test_however_the_sum_goes_up_and_down_it_never_switches_twice_within_the_pause(
    moves: list[tuple[int, int]],
) -> None:
    now, cents, is_cheap, switched_at = NOON, 0, False, None
    times: list[datetime] = []
    for minutes, change in moves:
        now += timedelta(minutes=minutes)
        cents = max(0, cents + change)
        says = verdict(RULE, spent(str(Decimal(cents) / 100), now=now), is_cheap, switched_at, None)
        if says in ("to_cheap", "to_good"):
            assert is_cheap == (says == "to_good")
            is_cheap, switched_at = not is_cheap, now
            times.append(now)
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(times))
