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


def history(store: Store, budget: Budget, now: datetime) -> History:
    """The last `PERIODS` periods before the one of `now`."""
    today = store.zone.local(now).date()
    filter = Filter()
    value = budget.dimension
    for dimension in DIMENSIONS:
        if value is not None and value[0] == dimension:
            filter = filter.narrowed(dimension, value[1])
    past = (
        _streams(store, budget, filter, today, now)
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


def _streams(store: Store, budget: Budget, filter: Filter, today: date, now: datetime) -> list[Past]:
    """Of recorded sessions. The newest is the stream of now, or the one that has just ended, so it is not over."""
    sums = store.costs_by("session", today - timedelta(days=STREAM_DAYS), today, now, filter)
    named = {name: of for name, of in sums.items() if name and of[LAST] is not None}
    newest_first = sorted(named, key=lambda name: (-named[name][LAST], name))
    found = []
    for name in newest_first[1 : PERIODS + 1]:
        of = named[name]
        spent = cny(of[COST] + of[ODD_COST])
        days = (store.zone.at(of[FIRST]).date(), store.zone.at(of[LAST]).date())
        found.append(Past(*days, spent, spent <= budget.amount, name))
    return found
