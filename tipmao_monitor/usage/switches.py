"""Which model a function could be switched to, decided from what its calls cost, would have cost, and were answered.

Pure functions over the sums of `repricing`. A newcomer would get these wrong: what counts as today is what the function
uses now, not what it was moved away from last week; and the cheapest candidate is not the first one to show when nobody
here has ever called it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from tipmao_monitor.usage import tiers
from tipmao_monitor.usage.advice import (
    LEAST_CALLS,
    LEAST_SUCCESS,
    MONTH_DAYS,
    SLOWEST,
    Dot,
    Evidence,
    Finding,
    FunctionUse,
    Refusal,
    TierChange,
)
from tipmao_monitor.usage.prices import PriceBook

NANO = Decimal("0.000000001")
CHANCE = 15.0  # calls of a model that one would expect by now, had it not been given up: e^-15 is one in three million
LEAST_DAYS = 2  # with calls but none of the model; a day may just be another one


@dataclass(frozen=True, slots=True)
class Use:
    """The calls of one function on one recorded model. `known` are those whose tokens and cost are known; `cost`,
    `hidden` and `after` (by candidate) are their sums in 1e-9 CNY.
    """

    function: str
    model: str
    calls: int
    known: int
    cost: int
    hidden: int
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Records:
    """How models did here, in a function and in all of them. By the price book's names, or as recorded without one."""

    in_function: Mapping[tuple[str, str], Evidence] = field(default_factory=dict)
    anywhere: Mapping[str, Evidence] = field(default_factory=dict)

    def of(self, function: str, model: str) -> Evidence | None:
        """In the function if there is any, else in all."""
        return self.in_function.get((function, model)) or self.anywhere.get(model)


@dataclass(frozen=True, slots=True)
class Function:
    """All uses of one function that a switch would replace, over so many days with calls."""

    name: str
    uses: tuple[Use, ...]
    days: int
    retired: tuple[str, ...] = ()
    every_s: float | None = None

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(use.model for use in sorted(self.uses, key=lambda use: (-use.known, -use.calls, use.model)))

    @property
    def calls(self) -> int:
        return sum(use.calls for use in self.uses)

    @property
    def known(self) -> int:
        return sum(use.known for use in self.uses)

    @property
    def cost(self) -> int:
        return sum(use.cost for use in self.uses)

    @property
    def hidden(self) -> int:
        return sum(use.hidden for use in self.uses)

    def after(self, model: str) -> int:
        return sum(use.after[model] for use in self.uses)

    def without(self, model: str, book: PriceBook) -> Function:
        """The calls that a switch to this model would change: those that are not on it anyway."""
        return replace(self, uses=tuple(use for use in self.uses if book.resolve(use.model) != model))


def given_up(days: Iterable[tuple[str, str, int, int]]) -> dict[str, tuple[str, ...]]:
    """The models that each function has moved away from, from its calls by model and day (function, model, day,
    calls): those that it has been going on without for so long that it can be neither chance nor their usual pause.
    """
    by_function: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for function, model, day, calls in days:
        by_function[function][model][day] = calls
    found = {}
    for function, models in by_function.items():
        if len(models) > 1:
            gone = tuple(sorted(model for model in models if _is_given_up(model, models)))
            if gone:
                found[function] = gone
    return found


def _is_given_up(model: str, models: Mapping[str, Mapping[int, int]]) -> bool:
    own = models[model]
    last = max(own)
    of_all: dict[int, int] = defaultdict(int)
    for days in models.values():
        for day, calls in days.items():
            of_all[day] += calls
    later = [calls for day, calls in of_all.items() if day > last]
    since = sum(later)
    if len(later) < LEAST_DAYS or min(since, sum(own.values())) < LEAST_CALLS:
        return False
    before = sum(of_all.values()) - since
    if since * sum(own.values()) < CHANCE * before:
        return False
    longest = pause = 0
    for day in sorted(day for day in of_all if min(own) <= day <= last):
        pause = 0 if day in own else pause + of_all[day]
        longest = max(longest, pause)
    return since > 2 * longest


def advised(
    function: Function, records: Records, book: PriceBook, day: date
) -> tuple[list[Finding], list[Finding], FunctionUse]:
    """The switches of one function that are advised, the largest saving first, those that are not, and its use."""
    models = function.models
    usage = FunctionUse(
        function.name, models, function.known, function.days, _cny(function.cost), function.retired, function.every_s
    )
    whole = _why_not_at_all(function)
    found = []
    if function.known and whole != "few_calls":
        for name in function.uses[0].after:
            changed = function.without(name, book)
            if changed.uses:
                found.append(_judged(_base(changed, records, book), name, changed.after(name), records, book, day))
    usage = replace(usage, dots=_dots(function, found, records, book))
    if whole:
        base = _base(function, records, book)
        return [], [replace(base, why=whole, cost=base.cost if function.known else None)], usage
    good = sorted((one for one in found if not one.why), key=lambda one: (-one.weight, one.to_model or ""))
    refused = sorted((one for one in found if one.why), key=lambda one: (-one.weight, one.to_model or ""))
    if good:
        first = best(good)
        good = [replace(one, is_best=one is first) for one in good]
    return good, refused, usage


def _base(function: Function, records: Records, book: PriceBook) -> Finding:
    models = function.models
    in_use = [records.in_function.get((function.name, book.resolve(model) or model)) for model in models]
    return Finding(
        "switch",
        function=function.name,
        from_model=models[0],
        also_from=models[1:],
        retired=function.retired,
        calls=function.known,
        left_out=function.calls - function.known,
        cost=_cny(function.cost),
        hidden_cost=_cny(function.hidden),
        days=function.days,
        today=in_use[0],
        longest_input=max((one.longest_input for one in in_use if one and one.longest_input is not None), default=None),
    )


def _why_not_at_all(function: Function) -> Refusal | None:
    if function.calls < LEAST_CALLS:
        return "few_calls"
    if function.known < LEAST_CALLS:
        return "cost_unknown"
    return None if function.cost else "free_already"


def _judged(base: Finding, name: str, after: int, records: Records, book: PriceBook, day: date) -> Finding:
    price = book.price(name, day)
    assert price is not None and base.cost is not None and base.function is not None
    before = book.price(base.from_model, day)
    evidence, anywhere = records.of(base.function, name), records.anywhere.get(name)
    is_hidden = evidence is not None and not evidence.is_enough and fails(anywhere)
    change = None
    if before:
        change = TierChange(before.tier, price.tier, tiers.steps(before.tier, price.tier))
    saving = base.cost - _cny(after)
    base = replace(base, evidence=evidence, failures=anywhere if is_hidden else None)
    a_day = (saving / max(base.days, 1)).quantize(NANO)
    return replace(
        base,
        reason="cheaper",
        why=_why_not(base, name, price.tier, saving, change),
        to_model=name,
        provider=price.provider,
        cost_after=_cny(after),
        saving_per_day=a_day,
        saving_per_month=a_day * MONTH_DAYS,
        tier_change=change,
        is_free_trial=price.is_free,
    )


def _why_not(
    base: Finding,
    name: str,
    tier: str,
    saving: Decimal,
    change: TierChange | None,
) -> Refusal | None:
    if saving <= 0:
        return "dearer"
    if base.calls < LEAST_CALLS:
        return "few_calls"
    if tier == tiers.SPECIAL and not (change and change.before == tiers.SPECIAL):
        return "other_use"
    most = tiers.longest_input(name)
    if most is not None and base.longest_input is not None and base.longest_input > most:
        return "too_long"
    evidence = base.evidence
    if fails(evidence) or base.failures:
        return "fails"
    if evidence and evidence.is_enough and evidence.p95_ms is not None and base.today and base.today.p95_ms is not None:
        return "slow" if evidence.p95_ms > SLOWEST * base.today.p95_ms else None
    return None


def fails(evidence: Evidence | None) -> bool:
    """Whether a record is one of too many failures."""
    if evidence is None or not evidence.is_enough or evidence.success_rate is None:
        return False
    return evidence.success_rate < LEAST_SUCCESS


def best(good: Sequence[Finding]) -> Finding:
    """The switch to show first: if there is one, one level of use lower at most and no untried gift; with a record
    here; and then the one that saves most.
    """
    return max(good, key=lambda one: (_is_sure(one), one.is_tried, one.weight, one.to_model or ""))


def _is_sure(one: Finding) -> bool:
    if one.is_free_trial and not (one.is_tried and one.evidence and one.evidence.scope == "function"):
        return False
    return one.tier_change is not None and one.tier_change.steps is not None and one.tier_change.steps >= -1


def _dots(function: Function, found: Sequence[Finding], records: Records, book: PriceBook) -> tuple[Dot, ...]:
    if not function.known:
        return ()
    in_use = {book.resolve(model) or model for model in function.models}
    calls = function.known
    rows = [
        Dot(name, _per_call(_cny(function.after(name)), calls), one.evidence, name in in_use, why=one.why)
        for one in found
        if (name := one.to_model) is not None
    ]
    if len(in_use) == 1:
        today = records.in_function.get((function.name, min(in_use)))
        rows.append(Dot(function.models[0], _per_call(_cny(function.cost), calls), today, is_today=True))
    rows.sort(key=lambda dot: (dot.cost_per_call, dot.model))
    return tuple(replace(dot, is_front=_is_front(dot, rows)) for dot in rows)


def _is_front(dot: Dot, rows: Iterable[Dot]) -> bool:
    if dot.p95_ms is None:
        return False
    return not any(
        other.p95_ms is not None
        and (other.cost_per_call, other.p95_ms) != (dot.cost_per_call, dot.p95_ms)
        and other.cost_per_call <= dot.cost_per_call
        and other.p95_ms <= dot.p95_ms
        for other in rows
    )


def _per_call(cost: Decimal, calls: int) -> Decimal:
    return (cost / calls).quantize(NANO)


def _cny(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9)
