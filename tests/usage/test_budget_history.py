"""Past periods of a budget, from files on disk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from stores import SHANGHAI, opened

from tipmao_monitor.usage.budget_history import history
from tipmao_monitor.usage.budgets import Budget
from tipmao_monitor.usage.recorder import Recorder

NOW = datetime(2025, 11, 26, 12, 0, tzinfo=SHANGHAI)  # a Wednesday


def day(n: int, hour: int = 10) -> datetime:
    """So many days ago."""
    return (NOW - timedelta(days=n)).replace(hour=hour)


def spend(folder: Path, calls: Sequence[tuple[datetime, str, dict[str, str]]]) -> None:
    with Recorder(folder, strict=True, zone=SHANGHAI) as recorder:
        for at, cost, fields in calls:
            recorder.record(
                duration_ms=1.0,
                at=at.timestamp(),
                model=fields.get("model", "qwen-plus"),
                function="live_analysis",
                input_tokens=1,
                output_tokens=1,
                cost=float(cost),
                session_id=fields.get("session"),
            )


def periods(folder: Path, budget: Budget) -> list[tuple[str, str, str, bool]]:
    with opened(folder, now=NOW) as store:
        past = history(store, budget, NOW).past
    return [(f"{p.first:%m-%d}", f"{p.last:%m-%d}", f"{p.spent:.0f}", p.kept) for p in past]


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        # Today is not over; the day without a call is no day that was kept; exactly the amount is kept.
        (
            Budget("d", amount=Decimal(10)),
            [("11-25", "11-25", "10", True), ("11-23", "11-23", "12", False), ("11-18", "11-18", "3", True)],
        ),
        # Weeks begin on Monday, and this one is not over.
        (
            Budget("w", period="week", amount=Decimal(11)),
            [("11-17", "11-23", "15", False)],
        ),
        (Budget("m", period="month", amount=Decimal(99)), []),
        (
            Budget("q", scope="model:qwen-max", amount=Decimal(5)),
            [("11-23", "11-23", "7", False)],
        ),
    ],
)
def test_each_past_period_is_kept_or_broken(
    tmp_path: Path, budget: Budget, expected: list[tuple[str, str, str, bool]]
) -> None:
    spend(
        tmp_path,
        [
            (day(0), "50", {}),
            (day(1), "4", {}),
            (day(1, 23), "6", {}),
            (day(3), "5", {}),
            (day(3), "7", {"model": "qwen-max"}),
            (day(8), "3", {}),
        ],
    )
    assert periods(tmp_path, budget) == expected


def test_past_streams_are_held_against_the_amount_and_the_newest_is_not_over(tmp_path: Path) -> None:
    spend(
        tmp_path,
        [
            (day(0), "9", {"session": "now"}),
            (day(1, 23), "2", {"session": "night"}),
            (day(0, 1), "3", {"session": "night"}),
            (day(4), "1", {"session": "short"}),
            (day(5), "70", {}),
        ],
    )
    budget = Budget("s", period="stream", amount=Decimal(4))
    assert periods(tmp_path, budget) == [("11-25", "11-26", "5", False), ("11-22", "11-22", "1", True)]


def test_past_streams_without_a_session_are_told_apart_by_their_pauses(tmp_path: Path) -> None:
    calls = [(day(1), "4", {}), (day(1, 18), "2", {}), (day(3), "1", {"session": "old"})]
    calls += [(day(1, 18) + timedelta(minutes=n), "1", {}) for n in (20, 40)]
    spend(tmp_path, [*calls, (day(0), "9", {})])
    found = periods(tmp_path, Budget("s", period="stream", amount=Decimal(3)))
    assert found == [
        ("11-25", "11-25", "4", False),
        ("11-25", "11-25", "4", False),
        ("11-23", "11-23", "1", True),
    ]


def test_no_more_than_a_dozen_periods_are_told(tmp_path: Path) -> None:
    spend(tmp_path, [(day(n), "1", {}) for n in range(20)])
    found = periods(tmp_path, Budget("d", amount=Decimal(1)))
    assert [first for first, *_ in found] == [f"{day(n):%m-%d}" for n in range(1, 13)]
