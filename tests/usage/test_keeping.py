"""The smallest set of switches that keeps a budget, against every set there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from advised import NOW, TODAY, WEEK_AGO, many, store_of
from hypothesis import given
from hypothesis import strategies as st

from tipmao_monitor.usage.advice import Advice, Evidence, Finding, TierChange
from tipmao_monitor.usage.budgets import Budget, BudgetStatus
from tipmao_monitor.usage.keeping import Option, is_threatened, planned, smallest
from tipmao_monitor.usage.snapshot import Filter
from tipmao_monitor.usage.spending import Plan

OPTIONS = st.lists(
    st.builds(
        Option,
        function=st.sampled_from("abcd"),
        model=st.sampled_from(["m1", "m2", "m3", "m4"]),
        relief=st.fractions(0, 10, max_denominator=7),
        fall=st.integers(0, 4),
        is_untried=st.booleans(),
    ),
    max_size=9,
)


@given(options=OPTIONS, needed=st.fractions(Fraction(1, 7), 25, max_denominator=7))
def test_no_set_is_smaller_than_the_one_that_is_found(options: list[Option], needed: Fraction) -> None:
    by_function: dict[str, list[Option | None]] = {}
    for option in options:
        by_function.setdefault(option.function, [None]).append(option)
    sets = [[one for one in chosen if one] for chosen in product(*by_function.values())]
    enough = [chosen for chosen in sets if sum((one.relief for one in chosen), Fraction(0)) >= needed]

    def size(chosen: list[Option]) -> tuple[int, int, int, Fraction]:
        untried = sum(one.is_untried for one in chosen)
        return len(chosen), sum(one.fall for one in chosen), untried, -sum((one.relief for one in chosen), Fraction(0))

    found = smallest(options, needed)
    if not enough:
        assert found is None
    else:
        assert found is not None and list(found) in enough
        assert size(list(found)) == min(map(size, enough))


def switch(function: str, model: str, cost: str, after: str, steps: int | None = 0) -> Finding:
    return Finding(
        "switch", "cheaper", function=function, from_model="old", to_model=model, calls=30, cost=Decimal(cost),
        cost_after=Decimal(after), days=1, evidence=Evidence("all", 30), tier_change=TierChange("", "", steps),
    )  # fmt: skip


def status(spent: str, forecast: str | None, scope: str = "all", amount: str = "10", **more: object) -> BudgetStatus:
    budget = Budget("mine", scope, "day", Decimal(amount))
    return BudgetStatus(
        budget, Decimal(spent), forecast=None if forecast is None else Decimal(forecast), state="warning", **more
    )  # type: ignore[arg-type]


SWITCHES = [switch("a", "good", "6", "4", -1), switch("a", "cheap", "6", "1", -3), switch("b", "good", "3", "0", 0)]
COSTS = {"a": (Decimal(6), 1), "b": (Decimal(3), 1), "c": (Decimal(1), 1)}


@pytest.mark.parametrize(
    ("spent", "forecast", "chosen", "after"),
    [
        ("4", "12", [("b", "good")], "9.6"),  # b is enough, and its use does not fall
        ("4", "11", [("b", "good")], "8.9"),
        ("4", "14", [("a", "cheap")], "9"),  # one function is fewer than two
        ("0", "22", [("a", "cheap"), ("b", "good")], "4.4"),
        ("9.9", "10.2", [("a", "cheap"), ("b", "good")], "9.96"),
    ],
)
def test_the_spend_to_come_is_like_the_period_and_the_fewest_smallest_steps_are_taken(
    spent: str, forecast: str, chosen: list[tuple[str, str]], after: str
) -> None:
    kept, missed = planned(status(spent, forecast), SWITCHES, COSTS)
    assert [(one.function, one.to_model) for one in kept] == chosen and missed == []
    plans = [one.plan for one in kept]
    assert [plan and (plan.number, plan.switches) for plan in plans] == [
        (n, len(chosen)) for n in range(1, len(chosen) + 1)
    ]
    assert {plan and plan.projected_after for plan in plans} == {Decimal(after)}
    assert all(one.kind == "budget" and one.reason == "keeps_budget" and not one.is_best for one in kept)


def test_where_nothing_is_enough_it_says_by_how_much_and_who_costs_most() -> None:
    kept, [missed] = planned(status("8", "18.5"), SWITCHES, COSTS)
    assert kept == [] and missed.plan is not None
    # Of the 10.5 to come, 8.4 can be saved: a could cost 1 instead of 6 in 10, b nothing instead of 3.
    assert (missed.why, missed.function, missed.cost) == ("never_enough", "a", 6)
    assert (missed.plan.projected_after, missed.plan.misses_by) == (Decimal("10.1"), Decimal("0.1"))
    assert planned(status("8", "18"), SWITCHES, COSTS)[1] == []


def test_functions_are_weighed_by_what_a_day_of_them_costs() -> None:
    """One was moved to its model yesterday: a day of it costs more, though the week has more of the other."""
    costs = {"new": (Decimal(6), 1), "old": (Decimal(14), 7)}
    switches = [
        replace(switch("new", "good", "6", "3"), days=1),
        replace(switch("old", "good", "14", "0"), days=7),
    ]
    [one], _ = planned(status("2", "12"), switches, costs)
    assert one.plan is not None and (one.function, one.plan.projected_after) == ("new", Decimal("8.25"))
    _, [missed] = planned(status("9", "30"), switches, costs)
    assert (missed.function, missed.cost, missed.days) == ("new", 6, 1)


def test_an_unknown_use_is_no_better_than_the_deepest_fall() -> None:
    options = [switch("a", "unknown", "6", "1", None), switch("a", "known", "6", "1", -4)]
    [one], _ = planned(status("4", "12"), options, COSTS)
    assert one.to_model == "known"


def test_what_leaves_a_model_is_out_of_a_budget_for_it() -> None:
    [one], _ = planned(status("4", "12", "model:old"), [switch("a", "dear", "6", "5.9")], {"a": (Decimal(10), 1)})
    assert one.plan is not None and one.plan.projected_after == Decimal("7.2")


@pytest.mark.parametrize(
    ("state", "spent", "forecast", "threatened"),
    [
        ("fine", "4", "10", False),
        ("warning", "4", "10.01", True),
        ("over", "10.01", None, True),
        ("paused", "11", "12", False),
        ("unknown", "0", None, False),
    ],
)
def test_only_a_budget_that_will_break_is_advised_on(
    state: str, spent: str, forecast: str | None, threatened: bool
) -> None:
    of = Budget("mine", amount=Decimal(10))
    expected = None if forecast is None else Decimal(forecast)
    assert is_threatened(BudgetStatus(of, Decimal(spent), forecast=expected, state=state)) is threatened  # type: ignore[arg-type]


def advice_with(folder: Path, *budgets: Budget, filter: Filter = Filter()) -> Advice:
    """A week of dear days, of which today's is about half over."""
    calls = []
    for day in range(7):
        noon = NOW - timedelta(days=day)
        for hour in range(8 if day else 4):
            end = noon + timedelta(hours=hour - 4)
            calls += many(6, 300, end, model="qwen-plus", user="u1")
            calls += many(6, 300, end, model="gpt-4o", function="script_generation", user="u2")
    with store_of(folder / "r", calls) as store:
        store.plan(Plan(budgets))
        return store.advice(WEEK_AGO, TODAY, NOW, filter)


def test_a_days_budget_that_will_break_gets_a_plan_from_the_real_calls(tmp_path: Path) -> None:
    spent_today = Decimal(24) * (Decimal("0.0156") + Decimal("0.1365"))
    budget = Budget("today", "all", "day", spent_today * Decimal("1.2"))
    found = advice_with(tmp_path, budget)
    [one] = [one for one in found.findings if one.kind == "budget"]
    assert (one.function, one.from_model) == ("script_generation", "gpt-4o")
    assert one.plan is not None and one.plan.projected > budget.amount >= one.plan.projected_after
    as_switch = next(
        f for f in found.findings if f.kind == "switch" and f.to_model == one.to_model and f.function == one.function
    )
    assert (one.calls, one.cost, one.cost_after) == (as_switch.calls, as_switch.cost, as_switch.cost_after)


def test_what_the_window_is_narrowed_to_makes_no_difference_to_a_budget(tmp_path: Path) -> None:
    budget = Budget("today", "all", "day", Decimal(4))
    whole, narrow = advice_with(tmp_path, budget), advice_with(tmp_path, budget, filter=Filter(user="u1"))
    plans = [[one for one in found.findings if one.kind == "budget"] for found in (whole, narrow)]
    assert plans[0] and plans[0] == plans[1]
    assert {one.function for one in narrow.findings if one.kind == "switch"} == {"live_analysis"}


def test_a_budget_is_kept_within_its_own_scope(tmp_path: Path) -> None:
    found = advice_with(tmp_path, Budget("of u1", "user:u1", "day", Decimal("0.5")))
    [one] = [one for one in found.findings if one.kind == "budget"]
    assert (one.function, one.from_model) == ("live_analysis", "qwen-plus")
    missed = advice_with(tmp_path, Budget("tiny", "function:live_analysis", "day", Decimal("0.1")))
    [why] = [one for one in missed.refused if one.kind == "budget"]
    assert (why.why, why.function) == ("never_enough", "live_analysis")
    assert why.plan is not None and why.plan.misses_by is not None and why.plan.misses_by > 0


@pytest.mark.parametrize(("amount", "chosen", "why"), [("9", "live_analysis", None), ("7", None, "never_enough")])
def test_a_plan_is_never_of_calls_without_a_function(
    tmp_path: Path, amount: str, chosen: str | None, why: str | None
) -> None:
    """Nobody could order it of the gateway, even where it would save most: the others have to do, or nothing does."""
    calls = []
    for day in range(5):
        for end in (NOW - timedelta(days=day), NOW - timedelta(days=day, hours=-4)):
            if end <= NOW:
                calls += many(24, 600, end, model="gpt-4o", function=None)  # type: ignore[arg-type]
                calls += many(24, 600, end, model="qwen-max")
    with store_of(tmp_path / "r", calls) as store:
        store.plan(Plan((Budget("day", "all", "day", Decimal(amount)),)))
        found = store.advice(WEEK_AGO, TODAY, NOW)
    dearest = max((one for one in found.findings if one.kind == "switch"), key=lambda one: one.weight)
    assert dearest.function == ""
    [one] = [one for one in (*found.findings, *found.refused) if one.plan]
    assert (one.to_model and one.function, one.why) == (chosen, why)


def test_the_rule_of_the_guide_is_replayed_on_the_days_that_pass_the_amount(tmp_path: Path) -> None:
    """A whole day costs 7.30 and today so far 3.65: past 4, the rest of each whole day is on the other model."""
    found = advice_with(tmp_path, Budget("day", "all", "day", Decimal(4)))
    [one] = [f for f in found.findings if f.kind == "rule"]
    best = next(f for f in found.findings if f.is_best and f.function == "script_generation")
    assert (one.function, one.from_model, one.to_model) == ("script_generation", "gpt-4o", best.to_model)
    assert one.rule is not None and (one.rule.amount, one.rule.days, one.days) == (4, 6, 7)
    each = Decimal("0.0156"), Decimal("0.1365")
    spent, after = Decimal(0), 0
    for number in range(96):  # they take turns
        after += spent > 4 and number % 2
        spent += each[number % 2]
    assert one.calls == 6 * after and one.cost == one.calls * each[1]
    assert best.cost is not None and best.cost_after is not None and one.cost_after is not None
    assert one.cost_after == one.calls * best.cost_after / best.calls
    assert one.saving_per_day == ((one.cost - one.cost_after) / 7).quantize(Decimal("1e-9"))


def test_the_rule_is_never_about_calls_without_a_function(tmp_path: Path) -> None:
    """The gateway has no name for them; a rule for none in particular would be one for all."""
    calls = []
    for day in range(4):
        for end in (NOW - timedelta(days=day), NOW - timedelta(days=day, hours=1)):
            calls += many(10 if day else 3, 300, end, model="gpt-4", function=None)  # type: ignore[arg-type]
            calls += many(10 if day else 3, 300, end, model="qwen-max")
    with store_of(tmp_path / "r", calls) as store:
        store.plan(Plan((Budget("day", "all", "day", Decimal(8)),)))
        found = store.advice(WEEK_AGO, TODAY, NOW).findings
    assert next(f for f in found if f.is_best).function == ""
    assert [f.function for f in found if f.kind == "rule"] == ["live_analysis"]


@pytest.mark.parametrize(
    "budget",
    [
        Budget("never passed", "all", "day", Decimal(9)),
        Budget("passed every day", "all", "day", Decimal(3)),
        Budget("of a month", "all", "month", Decimal(4)),
        Budget("of a model", "model:gpt-4o", "day", Decimal(4)),
        Budget("paused", "all", "day", Decimal(4), paused=True),
    ],
)
def test_there_is_no_rule_where_it_would_be_idle_or_a_switch_serves_better(tmp_path: Path, budget: Budget) -> None:
    assert [f for f in advice_with(tmp_path, budget).findings if f.kind == "rule"] == []
