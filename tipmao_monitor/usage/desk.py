"""What the window is told of switching, and what it asks for: one frozen message each way.

A newcomer would get this wrong: a `Wish` is what the user wants, an `Order` is what the gateway would be asked for it
now that its state was read. Only an order that the user has seen and confirmed is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from tipmao_monitor.usage.switch_log import History, Key
from tipmao_monitor.usage.switching import GatewayState, GatewayTrouble, Outcome, Step, SwitchRule, Verdict


@dataclass(frozen=True, slots=True)
class Wish:
    """Functions with the model that each should use, because of advice of this key, which promised so much a day."""

    models: tuple[tuple[str, str], ...]
    promised: Decimal | None = None
    key: Key = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What the gateway is asked for. `undoes` is the id of the switch that it takes back, "" for a new one."""

    steps: tuple[Step, ...]
    promised: Decimal | None = None
    undoes: str = ""
    key: Key = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a switch really saved: over the calls since it was made, each priced again on the model before.

    `days` is the time that it held, in days, but for whole ones without a call, and a month at most; `saved` is CNY
    over all of it, None where a price is missing.
    """

    switch: str
    calls: int
    days: Decimal
    saved: Decimal | None

    @property
    def saved_per_day(self) -> Decimal | None:
        return None if self.saved is None or not self.days else self.saved / self.days


@dataclass(frozen=True, slots=True)
class Measured:
    """What a switch that is a day old really saved."""

    result: Result


Phase = Literal["idle", "checking", "ordering"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the panel shows beside the advice itself.

    `state` is what the gateway last said, `trouble` why it says nothing; both are None before it was asked. `order` is
    the last one that ended, with its `outcome`, or the one under way while `phase` is "ordering". `refusal` is why a
    wish could not become an order. `rule_trouble` is why the rule could not do what `verdict` says, `token_trouble` why
    the token could not be kept.
    """

    address: str = ""
    state: GatewayState | None = None
    trouble: GatewayTrouble | None = None
    phase: Phase = "idle"
    key: Key = ()
    order: Order | None = None
    outcome: Outcome | None = None
    refusal: GatewayTrouble | None = None
    history: History = field(default_factory=History)
    results: tuple[Result, ...] = ()
    rule: SwitchRule = field(default_factory=SwitchRule)
    verdict: Verdict = "stay"
    rule_trouble: GatewayTrouble | None = None
    token_trouble: str = ""
