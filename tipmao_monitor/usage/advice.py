"""What could be saved, and by what: findings about the calls that were really made, each with its evidence.

Facts only: `reason` is a code, and whoever shows a finding makes the sentence. A newcomer would get these wrong: a
figure is of the calls that could be compared (`calls`), on both sides the same ones; a saving is never an average times
a count, it is every call priced again; and None means that something does not apply or is not known, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from tipmao_monitor.usage.snapshot import Filter, PageRequest

ADVICE_DAYS = 7
LEAST_CALLS = 20  # of a function for advice, and of a model for a judgement of its record
LEAST_SUCCESS = 95.0  # percent
SLOWEST = 2.0  # times today's p95
MONTH_DAYS = 30

Kind = Literal["switch", "budget", "rule", "waste"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WasteReason = Literal["failed", "late", "creep", "loop", "unpriced", "recorded_as_zero", "mispriced"]
WASTE_REASONS: tuple[WasteReason, ...] = get_args(WasteReason)
Reason = Literal["cheaper", "keeps_budget", "past_amount"] | WasteReason
Refusal = Literal[
    "fails",  # its own record here: too few calls succeed
    "slow",  # its own record here: p95 more than twice today's
    "too_long",  # the longest call does not fit into what the model takes
    "other_use",  # made for something else, such as code
    "dearer",  # it would cost as much or more
    "few_calls",  # too few in the period: of the function (no `to_model`), or of those that the switch would change
    "cost_unknown",  # what the function costs today is not known (no `to_model`)
    "free_already",  # of the function: it costs nothing today (no `to_model`)
    "never_enough",  # of a budget: no set of switches keeps it (no `to_model`)
]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The user's own record of a model: its calls in the period, failed ones included.

    `scope` says whether they are of the function in question or, because there are none, of all functions.
    Percentiles are milliseconds over known durations, `success_rate` is percent, `longest_input` tokens.
    """

    scope: Literal["function", "all"]
    calls: int
    p50_ms: float | None = None
    p95_ms: float | None = None
    success_rate: float | None = None
    longest_input: int | None = None

    @property
    def is_enough(self) -> bool:
        """Whether it is large enough to be judged by."""
        return self.calls >= LEAST_CALLS


@dataclass(frozen=True, slots=True)
class TierChange:
    """What the guide recommends the two models for (推荐场景), in its own words.

    `steps` is how many levels of `tiers.LEVELS` the new one is above (+) or below (-) today's; None = not comparable.
    """

    before: str
    after: str
    steps: int | None


@dataclass(frozen=True, slots=True)
class Waste:
    """What a finding of kind "waste" knows beside its row. What does not belong to its reason has its default.

    `amount` is the CNY of the period that it is about: what failed, late or looping calls cost, what grown prompts cost
    more than at the start of their streams, by how much records and price book differ; None where that is not known. A
    saving is what of it is still being paid. `family` is the error family of failed calls ("" = no text). `limit_ms` is
    the function's limit, `p95_ms` that of the calls that came too late. `input_before` and `input_after` are the usual
    input tokens of a call at the start and the end of the `streams` that grow. `runs` is how many loops there were,
    `longest_run` the calls of the longest.
    """

    amount: Decimal | None = None
    family: str = ""
    limit_ms: float | None = None
    p95_ms: float | None = None
    input_before: int = 0
    input_after: int = 0
    streams: int = 0
    runs: int = 0
    longest_run: int = 0


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """The smallest set of switches that keeps a budget, of which a finding of kind "budget" is one.

    `projected` is the spend at the end of the budget's period without switches, `projected_after` with all of them;
    `number` of `switches` counts from 1. Where no set is enough, `misses_by` is what is still too much with the best
    one, and `function` of the finding the one that costs most.
    """

    budget: str
    amount: Decimal
    ends_at: datetime | None
    projected: Decimal
    projected_after: Decimal
    number: int = 0
    switches: int = 0
    misses_by: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """The guide's rule, replayed: past `amount` (CNY, of all calls) on a day, `to_model` until the day is over.

    `days` are the calendar days of the period on which it would have switched. The finding is of the calls after that.
    """

    amount: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that could be done, or under `Advice.refused` one that is not advised, with `why`.

    `function` is a canonical id ("" = not recorded), models are as recorded (`from_model`) and as the price book calls
    them (`to_model`); `provider` is the gateway's name of whose model that is. `also_from` are other models that the
    function uses now: a switch replaces them too, and changes nothing for calls that are on `to_model` anyway. What it
    used earlier in the period and has given up (`retired`) is in no figure.

    `calls`, `cost` and `cost_after` are of the same calls, those that the switch would change; `left_out` counts those
    whose tokens or cost are not known. `cost` is CNY: as the window shows it, but calls recorded as 0 that the price
    book knows to be paid are priced by it; `hidden_cost` is that part. `saving_per_day` is over `days`, the calendar
    days of the period with calls, and a month is 30 such days.

    `evidence` is the record of `to_model`, `today` that of `from_model` in the function. `failures` is its record in
    all functions where it fails there and the one in the function is too small to tell. `longest_input` is of the
    calls that it would change. `is_free_trial`: the new model costs nothing, which providers grant for trying it out.
    `is_best` marks one switch of each function, the one to show first. `show` asks for the function's calls, and where
    `kind` is "waste" for exactly those of the finding.
    """

    kind: Kind
    reason: Reason | None = None
    why: Refusal | None = None
    function: str | None = None
    from_model: str | None = None
    to_model: str | None = None
    provider: str = ""
    also_from: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    calls: int = 0
    left_out: int = 0
    cost: Decimal | None = None
    cost_after: Decimal | None = None
    hidden_cost: Decimal = Decimal(0)
    days: int = 0
    saving_per_day: Decimal | None = None
    saving_per_month: Decimal | None = None
    evidence: Evidence | None = None
    today: Evidence | None = None
    failures: Evidence | None = None
    tier_change: TierChange | None = None
    longest_input: int | None = None
    is_free_trial: bool = False
    is_best: bool = False
    waste: Waste | None = None
    plan: BudgetPlan | None = None
    rule: Rule | None = None
    show: PageRequest | None = None

    @property
    def is_tried(self) -> bool:
        """Whether the user's own record of the new model can be judged."""
        return self.evidence is not None and self.evidence.is_enough

    @property
    def weight(self) -> Decimal:
        """CNY a day that it is about: what findings are ordered by."""
        if self.saving_per_day is not None:
            return self.saving_per_day
        amount = self.waste.amount if self.waste else None
        return amount / max(self.days, 1) if amount else Decimal(0)

    @property
    def is_small(self) -> bool:
        """Less than ¥1 a month. What is not known is not small."""
        is_known = self.saving_per_day is not None or (self.waste is not None and self.waste.amount is not None)
        return is_known and self.weight * MONTH_DAYS < 1

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever its figures are: for "not now", and to find it again in later advice."""
        about = (self.function, self.from_model, self.to_model, self.plan.budget if self.plan else None)
        kind = (self.kind, self.reason or self.why or "", self.waste.family if self.waste else "")
        return (*kind, *("\0" if part is None else part for part in about))


@dataclass(frozen=True, slots=True)
class Dot:
    """One model of a function's Pareto view: what a call would cost on it, against how slow it is.

    `p95_ms` is that of the user's own record (`evidence`), None without one: such a model has no place in the picture.
    `is_front` where no other dot is both cheaper and quicker. `is_today` marks models that the function uses now.
    """

    model: str
    cost_per_call: Decimal
    evidence: Evidence | None = None
    is_today: bool = False
    is_front: bool = False
    why: Refusal | None = None

    @property
    def p95_ms(self) -> float | None:
        return self.evidence.p95_ms if self.evidence else None


@dataclass(frozen=True, slots=True)
class FunctionUse:
    """A function's calls of the period that a switch would replace, and its Pareto view, the cheapest model first.

    `models` are those in use now, the most used first; `retired` were given up within the period, and their calls are
    in none of these figures. `every_s` is the usual time between two calls of one stream where the function is called
    at regular intervals, else None.
    """

    function: str
    models: tuple[str, ...]
    calls: int
    days: int
    cost: Decimal
    retired: tuple[str, ...] = ()
    every_s: float | None = None
    dots: tuple[Dot, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """All findings about a filter's calls, the largest saving first, and all that is not advised.

    `findings` has every candidate that could be switched to; a panel with one card a function takes those of
    `is_best` and the findings of other kinds (`cards`). `days` are the calendar days of the period with calls.
    """

    filter: Filter = field(default_factory=Filter)
    first: date | None = None
    last: date | None = None
    calls: int = 0
    days: int = 0
    findings: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()
    functions: tuple[FunctionUse, ...] = ()

    @property
    def cards(self) -> tuple[Finding, ...]:
        """One switch a function and all else."""
        return tuple(finding for finding in self.findings if finding.is_best or finding.kind != "switch")


@dataclass(frozen=True, slots=True)
class Change:
    """What if one function used `model` (None = as it is), and were called every `every_s` seconds instead of
    `instead_of_s` (None = as it is)?
    """

    function: str
    model: str | None = None
    every_s: float | None = None
    instead_of_s: float | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """One function in the answer to a `WhatIf`: what it cost, and what it would have cost.

    `calls_after` is a fraction of a call where the interval is changed. `left_out` calls are in neither figure.
    `cost_after` is None where the model has no price.
    """

    function: str
    calls: int
    cost: Decimal
    calls_after: Decimal
    cost_after: Decimal | None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The period's real calls with some changes; functions without a change cost what they cost."""

    filter: Filter
    first: date
    last: date
    changes: tuple[Change, ...]
    functions: tuple[Replayed, ...] = ()
    days: int = 0

    @property
    def cost(self) -> Decimal:
        return sum((row.cost for row in self.functions), Decimal(0))

    @property
    def cost_after(self) -> Decimal | None:
        """None where a chosen model has no price."""
        costs = [row.cost_after for row in self.functions]
        return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))
