"""What is worth telling the user of: alerts, their facts, and the rules by which they come about.

Facts only; whoever shows an alert finds the words. A newcomer would get this wrong: an alert is what the ledger has
kept, not what is true now. It stays when the spend falls again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from tipmao_monitor.usage.budgets import Budget, CurrentStream, Threshold

Newcomer = Literal["new_model", "new_user", "new_anchor"]
Kind: TypeAlias = str
"""One of: budget, success, latency, new_model, new_user, new_anchor, runaway, silent, unusual, switched."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A call that an alert rests on. `cost` is CNY, None = unknown; `path` and `offset` say where its line stands."""

    at: datetime | None
    model: str
    function: str
    cost: Decimal | None
    duration_ms: float | None
    success: bool
    path: str
    offset: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """A budget whose thresholds were reached, as it was then. `thresholds` are all that were reached at once."""

    budget: Budget
    thresholds: tuple[Threshold, ...]
    spent: Decimal
    percent: Decimal
    forecast: Decimal | None = None
    gone_at: datetime | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BudgetFacts:
    """All budgets that reached a threshold at the same look. `while_closed`: it happened before the program ran."""

    crossings: tuple[Crossing, ...]
    while_closed: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class SuccessFacts:
    """Success rate (percent) of the last `minutes`, and the usual one. `families` are the errors, commonest first."""

    rate: float
    usual: float | None
    calls: int
    failed: int
    minutes: int
    families: tuple[tuple[str, int], ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class LatencyFacts:
    """95th percentile of the last `minutes`, and what it usually is."""

    p95_ms: float
    usual_ms: float
    calls: int
    minutes: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NewFacts:
    """Names that no call had before."""

    names: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class RunawayFacts:
    """Calls of the last `minutes`, and how many there usually are in as many minutes of this hour of day."""

    calls: int
    usual: float
    minutes: int
    cost: Decimal
    function: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class SilentFacts:
    """No call since `newest_at`, while a stream is on."""

    minutes: int
    newest_at: datetime
    session: str


@dataclass(frozen=True, slots=True)
class UnusualFacts:
    """Calls that cost unusually much for their function (the guide: mean + 2 standard deviations)."""

    calls: int
    cost: Decimal
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class SwitchedFacts:
    """The switch rule acted: past `amount` a day (`spent` by then) to the cheap model, or back from it.

    `functions` are those that use `after` now, "" = all without an entry of their own; `before` are the models before.
    """

    functions: tuple[str, ...]
    before: tuple[str, ...]
    after: str
    amount: Decimal
    spent: Decimal
    to_cheap: bool


Facts: TypeAlias = (
    BudgetFacts | SuccessFacts | LatencyFacts | NewFacts | RunawayFacts | SilentFacts | UnusualFacts | SwitchedFacts
)

FACTS: dict[Kind, type] = {
    "budget": BudgetFacts,
    "success": SuccessFacts,
    "latency": LatencyFacts,
    "new_model": NewFacts,
    "new_user": NewFacts,
    "new_anchor": NewFacts,
    "runaway": RunawayFacts,
    "silent": SilentFacts,
    "unusual": UnusualFacts,
    "switched": SwitchedFacts,
}
"""What the facts of each kind are. A kind of its own is added here, and to `Facts`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What else than budgets is worth an alert, None = not wanted. All look at the calls of the last 15 minutes.

    `success_percent`: fewer of them succeed. `latency_times`: their p95 is so many times that of the last 7 days.
    `newcomers`: a name was never recorded before. `runaway_times`: the calls of 5 minutes are so many times the usual
    ones of this hour of day. `silent_minutes`: no call for so long, while a stream is on. `unusual_deviations`: one
    costs more than its function's mean and so many standard deviations (2 in the guide).
    """

    success_percent: float | None = None
    latency_times: float | None = None
    newcomers: tuple[Newcomer, ...] = ()
    runaway_times: float | None = None
    silent_minutes: float | None = None
    unusual_deviations: float | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """One message. `shown` once a balloon (or its like) was tried, `acknowledged` once the user has seen it,
    `snoozed` where the user wants no more of its like until the stream ends, `sent` once it went to the chats, of which
    those that are `owed` it have not taken it yet.
    """

    id: str
    at: datetime
    kind: Kind
    facts: Facts
    shown: bool = False
    acknowledged: bool = False
    snoozed: bool = False
    sent: bool = False
    owed: tuple[str, ...] = ()


KEPT_ANYWAY = ("damaged", "mended", "newer")
"""Of the ledger's troubles those with which it keeps what is new."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """All alerts that the ledger holds, the newest first. `trouble` is why it cannot be kept on disk, "" if it can."""

    alerts: tuple[Alert, ...] = ()
    trouble: str = ""
    path: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether what is new is kept on disk."""
        return not self.trouble or self.trouble in KEPT_ANYWAY

    @property
    def unread(self) -> int:
        return sum(not alert.acknowledged for alert in self.alerts)

    def is_hushed(self, alert: Alert, stream: CurrentStream | None) -> bool:
        """Whether one like it was snoozed in the stream that is on."""
        if stream is None or not stream.is_on:
            return False
        return any(a.snoozed and a.kind == alert.kind and a.at >= stream.starts_at for a in self.alerts)

    def can_be_snoozed(self, alert: Alert, stream: CurrentStream | None) -> bool:
        """Whether that would hold back anything: there is a stream that can end, and its like is not snoozed yet."""
        if stream is None or not stream.is_on:
            return False
        return alert.at >= stream.starts_at and not self.is_hushed(alert, stream)

    @property
    def waiting(self) -> tuple[Alert, ...]:
        """Those that no balloon was tried for yet, the oldest first."""
        return tuple(alert for alert in reversed(self.alerts) if not alert.shown and not alert.acknowledged)
