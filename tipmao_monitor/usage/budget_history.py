"""What became of a budget in the periods before: what was spent in each, and whether it was kept.

A newcomer would get this wrong: the past is held against the amount of now, because nobody noted what the amount was
then. And a period in which nothing was called is no period that was kept: it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tipmao_monitor.usage.budgets import Budget, period_of
from tipmao_monitor.usage.localtime import day_number
from tipmao_monitor.usage.snapshot import DIMENSIONS, Filter
from tipmao_monitor.usage.tally import COST, FIRST, LAST, ODD_COST, cny

if TYPE_CHECKING:
    from tipmao_monitor.usage.store import Store

PERIODS = 12
STREAM_DAYS = 62
"""How far back streams are looked for."""


@dataclass(frozen=True, slots=True)
class Past:
    """One period that is over: its local days, what was spent (CNY), and of a stream its session."""

    first: date
    last: date
    spent: Decimal
    kept: bool
    session: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The periods of a budget that are over and had calls, the newest first."""

    budget: Budget
    past: tuple[Past, ...] = ()

    @property
    def kept(self) -> int:
        return sum(past.kept for past in self.past)


def history(store: Store, budget: Budget, now: datetime, gap: timedelta = timedelta(minutes=30)) -> History:
    """The last `PERIODS` periods before the one of `now`. A stream without a session ends with a `gap`."""
    today = store.zone.local(now).date()
    filter = Filter()
    value = budget.dimension
    for dimension in DIMENSIONS:
        if value is not None and value[0] == dimension:
            filter = filter.narrowed(dimension, value[1])
    past = (
        _streams(store, budget, filter, today, now, gap)
        if budget.is_of_stream
        else _spans(store, budget, filter, today, now)
    )
    return History(budget, tuple(past))


def _spans(store: Store, budget: Budget, filter: Filter, today: date, now: datetime) -> list[Past]:
    spans: list[tuple[date, date]] = []
    first, _ = period_of(budget.period, today)
    for _ in range(PERIODS):
        first, last = period_of(budget.period, first - timedelta(days=1))
        spans.append((first, last))
    costs = {
        number: cny(sums[COST] + sums[ODD_COST])
        for number, sums in store.costs_by("day", spans[-1][0], spans[0][1], now, filter).items()
    }
    found = []
    for first, last in spans:
        days = [costs[n] for n in range(day_number(first), day_number(last) + 1) if n in costs]
        if days:
            spent = sum(days, Decimal(0))
            found.append(Past(first, last, spent, spent <= budget.amount))
    return found


def _streams(store: Store, budget: Budget, filter: Filter, today: date, now: datetime, gap: timedelta) -> list[Past]:
    """Of recorded sessions, or of stretches where the newest calls have none. The newest is the stream of now, or the
    one that has just ended, so it is not over.
    """
    first = today - timedelta(days=STREAM_DAYS)
    sums = store.costs_by("session", first, today, now, filter)
    timed = {name: of for name, of in sums.items() if of[LAST] is not None}
    newest = max((of[LAST] for of in timed.values()), default=0)
    streams = [(name, of) for name, of in timed.items() if name]
    if not any(newest - of[LAST] <= gap // timedelta(microseconds=1) for _, of in streams):
        streams = [("", of) for of in store.stretches(first, today, now, gap, filter)]
    streams.sort(key=lambda stream: (-stream[1][LAST], stream[0]))
    found = []
    for name, of in streams[1 : PERIODS + 1]:
        spent = cny(of[COST] + of[ODD_COST])
        days = (store.zone.at(of[FIRST]).date(), store.zone.at(of[LAST]).date())
        found.append(Past(*days, spent, spent <= budget.amount, name))
    return found
