"""Switching a function to another model: what the assistant's gateway says, what it is asked, and the rule that asks it
without the user. Facts and decisions; no network, no words.

A newcomer would get this wrong: what was asked for is not what is true. The gateway accepts a model that nobody has,
and its own switch changes nothing for a function with an entry of its own, so only a `GatewayState` that was read
after the order tells what happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

ALL = ""
"""Stands for a function where the gateway's current model is meant, which holds for functions without an entry."""

DEFAULT_PORT = 10090

TroubleKind = Literal[
    "address",
    "unreachable",
    "timeout",
    "key_refused",
    "rejected",
    "redirected",
    "garbage",
    "too_large",
    "not_a_gateway",
    "own_service",
    "not_offered",
    "disabled",
    "unknown_function",
    "differs",
    "demo",
]


@dataclass(frozen=True, slots=True)
class GatewayTrouble:
    """Why the gateway did not do or say what it was asked. `detail` is a model, a function or the gateway's reason,
    without secrets.
    """

    kind: TroubleKind
    detail: str = ""


class GatewayError(Exception):
    def __init__(self, kind: TroubleKind, detail: str = "") -> None:
        self.trouble = GatewayTrouble(kind, detail)
        super().__init__(kind, detail)


@dataclass(frozen=True, slots=True)
class Choice:
    """A model at a provider, by the gateway's names."""

    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Provider:
    name: str
    models: tuple[str, ...] = ()
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class GatewayState:
    """What the gateway said that is true. `functions` are the entries of their own, `known` all functions it has."""

    current: Choice | None = None
    providers: tuple[Provider, ...] = ()
    functions: tuple[tuple[str, Choice], ...] = ()
    known: frozenset[str] = frozenset()

    def choice(self, function: str) -> Choice | None:
        """What a function (or ALL) uses now: its own entry, else the gateway's current model."""
        return dict(self.functions).get(function, self.current)

    def provider_of(self, model: str) -> str:
        """Who offers a model; GatewayError where nobody does, or only one that is switched off."""
        offering = [provider for provider in self.providers if model in provider.models]
        enabled = [provider.name for provider in offering if provider.is_enabled]
        if not enabled:
            raise GatewayError("disabled" if offering else "not_offered", model)
        current = self.current.provider if self.current else ""
        return current if current in enabled else enabled[0]


@dataclass(frozen=True, slots=True)
class Step:
    """One function (or ALL) from one choice to another. `before` is None where the gateway named none."""

    function: str
    before: Choice | None
    after: Choice


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order. `state` was read afterwards, None where that failed; `trouble` says what went wrong."""

    steps: tuple[Step, ...]
    state: GatewayState | None = None
    trouble: GatewayTrouble | None = None

    @property
    def done(self) -> tuple[Step, ...]:
        """The steps that hold now. It is not said that they hold because of the order."""
        state = self.state
        return tuple(step for step in self.steps if state is not None and state.choice(step.function) == step.after)

    @property
    def changed(self) -> tuple[Step, ...]:
        """The steps as they became true, also where that is something else than was asked for."""
        steps = []
        for step in self.steps:
            now = self.state.choice(step.function) if self.state is not None else None
            if now is not None and now != step.before:
                steps.append(Step(step.function, step.before, now))
        return tuple(steps)

    def known(self, state: GatewayState) -> Outcome:
        """The same where only a later look told what is true."""
        outcome = replace(self, state=state)
        return replace(outcome, trouble=None) if len(outcome.done) == len(self.steps) else outcome


def steps_to(state: GatewayState, models: Mapping[str, str]) -> tuple[Step, ...]:
    """What has to be asked for so that functions use these models; nothing for one that does already.

    GatewayError where the gateway does not know the function, or nobody offers the model.
    """
    steps = []
    for function, model in models.items():
        if function != ALL and function not in state.known:
            raise GatewayError("unknown_function", function)
        before = state.choice(function)
        after = Choice(state.provider_of(model), model)
        if before is None or before.model != model:
            steps.append(Step(function, before, after))
    return tuple(steps)


def steps_back(state: GatewayState, steps: Sequence[Step]) -> tuple[Step, ...]:
    """What undoes these steps, as far as they still hold or something else does; nothing where all is back already."""
    back = []
    for step in steps:
        now = state.choice(step.function)
        if step.before is not None and now != step.before:
            back.append(Step(step.function, now, step.before))
    return tuple(back)


def every_function(state: GatewayState, model: str) -> dict[str, str]:
    """For `steps_to`: all functions, those with an entry of their own (which would win) and those without."""
    return {ALL: model, **{function: model for function, _ in state.functions}}


# The rule that switches without being asked

PAUSE = timedelta(minutes=30)
BACK_BELOW = Decimal("0.9")
"""Of the amount: a sum that sinks again (a price was put right) has to sink so far, or the rule would go to and fro."""

LEAST_CALLS = 20
LEAST_SUCCESS = 95.0
SLOWER_BY = 2.0


@dataclass(frozen=True, slots=True)
class SwitchRule:
    """Above `amount` CNY a day use `cheap`, else `good`, for these functions (none = all). The guide's rule."""

    is_on: bool = False
    amount: Decimal = Decimal(5)
    cheap: str = "deepseek-chat"
    good: str = "qwen-plus"
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What the user's own calls say of a model, in a function or in all of them."""

    calls: int = 0
    success_rate: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class DaySoFar:
    """What the rule looks at: today's cost, the largest single call in it, and how the two models (cheap, good) did
    lately: a pair for each function of the rule, one for all calls where it has none.
    """

    now: datetime
    cost: Decimal = Decimal(0)
    largest_call: Decimal = Decimal(0)
    records: tuple[tuple[ModelRecord, ModelRecord], ...] = ()


Verdict = Literal["stay", "to_cheap", "to_good", "pause", "one_call", "bad_record", "overruled"]


def has_bad_record(record: ModelRecord, than: ModelRecord) -> bool:
    """Whether a model failed too often, or was more than twice as slow as the other, in enough calls to say so."""
    if record.calls < LEAST_CALLS:
        return False
    if record.success_rate is not None and record.success_rate < LEAST_SUCCESS:
        return True
    return record.p95_ms is not None and than.p95_ms is not None and record.p95_ms > SLOWER_BY * than.p95_ms


def verdict(
    rule: SwitchRule, day: DaySoFar, is_cheap: bool, switched_at: datetime | None, overruled_at: datetime | None
) -> Verdict:
    """What the rule does now: go to a model, or why it does not.

    `is_cheap` says that the rule went to its cheap model and did not come back; `switched_at` when it last did either,
    `overruled_at` when the user last took that back: for the rest of that day the rule rests.
    """
    if not rule.is_on:
        return "stay"
    cost, now = day.cost, day.now
    if is_cheap:
        is_next_day = switched_at is not None and _day(switched_at, now) != now.date()
        wanted = cost <= rule.amount if is_next_day else cost < rule.amount * BACK_BELOW
    else:
        wanted = cost > rule.amount
    if not wanted:
        return "stay"
    if overruled_at is not None and _day(overruled_at, now) == now.date():
        return "overruled"
    if switched_at is not None and abs(now - switched_at) < PAUSE:
        return "pause"
    if is_cheap:
        # It is what the user calls the good one: it may be slower, but it must work.
        return "bad_record" if any(has_bad_record(good, ModelRecord()) for _, good in day.records) else "to_good"
    if cost - day.largest_call <= rule.amount:
        return "one_call"
    return "bad_record" if any(has_bad_record(cheap, good) for cheap, good in day.records) else "to_cheap"


def _day(at: datetime, now: datetime) -> date:
    return at.astimezone(now.tzinfo).date()
