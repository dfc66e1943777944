"""The smallest set of switches that keeps a budget: the fewest functions, then the least fall in use tier, then the
fewest models that nobody here has tried.

Exact: all sets are weighed, not only those that a greedy choice comes across. The newcomer's mistake: to take the
cheapest model for each function; a smaller step is enough as long as the budget is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from tipmao_monitor.usage.advice import BudgetPlan, Finding
from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.tiers import LEVELS

NANO = Decimal("0.000000001")
UNKNOWN_FALL = len(LEVELS)  # not knowing is no better than falling from the top to the bottom


@dataclass(frozen=True, slots=True)
class Option:
    """One switch: what it takes off the spend to come, by how many levels of use it falls, and whether the user has no
    record of the model that could be judged.
    """

    function: str
    model: str
    relief: Fraction
    fall: int
    is_untried: bool = False


def smallest(options: Sequence[Option], needed: Fraction) -> tuple[Option, ...] | None:
    """The options, one a function at most, whose reliefs reach `needed`: the fewest; of those the ones with the least
    fall together; then with the fewest untried models; then with the most relief. None where nothing reaches it.
    """
    if needed <= 0:
        return ()
    by_function: dict[str, list[Option]] = {}
    for option in options:
        by_function.setdefault(option.function, []).append(option)
    # For each number of functions, sum of falls and number of untried models, the set with the most relief.
    reached: dict[tuple[int, int, int], tuple[Fraction, tuple[Option, ...]]] = {(0, 0, 0): (Fraction(0), ())}
    for of_one in by_function.values():
        for (count, fall, untried), (relief, chosen) in list(reached.items()):
            for option in of_one:
                key = count + 1, fall + option.fall, untried + option.is_untried
                more = relief + option.relief
                if key not in reached or more > reached[key][0]:
                    reached[key] = more, (*chosen, option)
    enough = [(key, -relief, chosen) for key, (relief, chosen) in reached.items() if relief >= needed]
    return min(enough, key=lambda one: one[:2])[2] if enough else None


def is_threatened(status: BudgetStatus) -> bool:
    """Whether the budget is expected to break, or has broken."""
    if status.state in ("paused", "unknown"):
        return False
    return max(status.spent, status.forecast or Decimal(0)) > status.budget.amount


def planned(
    status: BudgetStatus, switches: Sequence[Finding], costs: Mapping[str, tuple[Decimal, int]]
) -> tuple[list[Finding], list[Finding]]:
    """The switches that keep a budget, or why none do. `switches` are the advised ones over the calls of its scope,
    `costs` what all functions in that scope cost, and on how many days. The spend to come is expected to be shared like
    that of such a day. Calls without a function are part of it, but nobody could order the gateway to switch them.
    """
    budget = status.budget
    projected = max(status.spent, status.forecast or Decimal(0))
    to_come = Fraction(projected - status.spent)
    a_day = {function: Fraction(cost) / max(days, 1) for function, (cost, days) in costs.items()}
    whole = sum(a_day.values(), Fraction(0))
    if not whole:
        return [], []
    dimension = budget.dimension

    def relief(one: Finding) -> Fraction:
        assert one.cost is not None and one.cost_after is not None
        # What leaves a model is out of a budget for that model, whatever it costs elsewhere.
        after = Decimal(0) if dimension and dimension[0] == "model" else one.cost_after
        return to_come * Fraction(one.cost - after) / max(one.days, 1) / whole

    by_key = {(one.function, one.to_model or ""): one for one in switches if one.function}
    options = [Option(*key, relief(one), _fall(one), not one.is_tried) for key, one in by_key.items()]
    plan = BudgetPlan(budget.name, budget.amount, status.ends_at, projected, projected)
    chosen = smallest(options, Fraction(projected - budget.amount))
    if chosen is None:
        most: dict[str, Fraction] = {}
        for option in options:
            most[option.function] = max(most.get(option.function, Fraction(0)), option.relief)
        after = _decimal(Fraction(projected) - sum(most.values(), Fraction(0)))
        dominating = max(a_day, key=lambda function: (a_day[function], function))
        cost, days = costs[dominating]
        plan = replace(plan, projected_after=after, misses_by=after - budget.amount)
        return [], [Finding("budget", why="never_enough", function=dominating, cost=cost, days=days, plan=plan)]
    after = _decimal(Fraction(projected) - sum((option.relief for option in chosen), Fraction(0)))
    plan = replace(plan, projected_after=after, switches=len(chosen))
    ordered = sorted(chosen, key=lambda option: (-option.relief, option.function))
    return [
        replace(
            by_key[option.function, option.model],
            kind="budget",
            reason="keeps_budget",
            is_best=False,
            plan=replace(plan, number=number),
        )
        for number, option in enumerate(ordered, 1)
    ], []


def _fall(one: Finding) -> int:
    steps = one.tier_change.steps if one.tier_change else None
    return UNKNOWN_FALL if steps is None else max(0, -steps)


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(NANO)
