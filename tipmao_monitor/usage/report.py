"""A report: everything that finance, a manager or a program is told of some days, as one frozen value.

Every format is written from this value, so that they agree to the last decimal; it holds facts only, no words and no
rounding but where a figure is divided (to nine places). The newcomer's mistake: to ask the store again while writing.
The store may have looked at the folders since; only the single calls are streamed from it, and they are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tipmao_monitor.usage.advice import Advice
from tipmao_monitor.usage.audit import Audit
from tipmao_monitor.usage.formats import SECTIONS, Section
from tipmao_monitor.usage.snapshot import (
    ZERO,
    CallList,
    CallRow,
    Filter,
    PageRequest,
    Period,
    Snapshot,
    Stats,
    Totals,
    Trend,
)

if TYPE_CHECKING:
    from tipmao_monitor.usage.store import Store

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2200, 1, 1)
_FIRST_TIME = date(2015, 1, 1)  # no readable time is earlier (records.md)
LONGEST_PAUSE = timedelta(minutes=30)
LEAST_LIVE = timedelta(minutes=1)
LISTED_CALLS = 50
TOP = 10
WEEK = 7
_PLACES = Decimal("1E-9")


class Cancelled(Exception):
    """The user does not want it any more. Nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Session:
    """A stream within the period. `live` is the time between its calls without pauses above half an hour.

    `cost_per_live_hour` is None where it was live for less than a minute.
    """

    key: str
    totals: Totals
    first: datetime | None = None
    last: datetime | None = None
    live: timedelta = timedelta()

    @property
    def live_hours(self) -> Decimal:
        return share(Decimal(self.live // timedelta(microseconds=1)), 3_600_000_000)

    @property
    def cost_per_live_hour(self) -> Decimal | None:
        if self.live < LEAST_LIVE:
            return None
        microseconds = self.live // timedelta(microseconds=1)
        return share(self.totals.cost * 3_600_000_000, microseconds)


@dataclass(frozen=True, slots=True)
class Week:
    """The seven days that end with the report's last day."""

    first: date
    last: date
    cost: Decimal

    @property
    def daily_average(self) -> Decimal:
        return share(self.cost, WEEK)


@dataclass(frozen=True, slots=True)
class Report:
    """The days `first` to `last` in the zone of `now`, both included; all figures are of the instant `now`.

    `stats` is what `stats` prints of the same days. `before` are the totals of the same elapsed time before, None
    where there was nothing. `lists` has the most telling calls of each kind (`list_counts` their true number), and
    `families` the failed calls by kind of error.
    `display_names` are those of models that the price book knows. `sections` says what the reader wants to see.
    """

    now: datetime
    first: date
    last: date
    stats: Stats
    today: Stats
    week: Week
    before: Totals | None = None
    trend: Trend = field(default_factory=Trend)
    sessions: tuple[Session, ...] = ()
    lists: Mapping[CallList, tuple[CallRow, ...]] = field(default_factory=dict)
    list_counts: Mapping[CallList, int] = field(default_factory=dict)
    families: tuple[tuple[str, int], ...] = ()
    slow_ms: float = 5000.0
    advice: Advice = field(default_factory=Advice)
    audit: Audit = field(default_factory=Audit)
    unpriced: tuple[tuple[str, int], ...] = ()
    folders: tuple[str, ...] = ()
    display_names: Mapping[str, str] = field(default_factory=dict)
    sections: frozenset[Section] = frozenset(SECTIONS)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def daily_average(self) -> Decimal:
        return share(self.stats.total.cost, self.days)

    @property
    def peak_hours(self) -> tuple[str, ...]:
        """Hours of day with calls, those with the most first."""
        hours = [(hour, totals) for hour, totals in self.stats.by_hour.items() if hour]
        return tuple(hour for hour, _ in sorted(hours, key=lambda item: (-item[1].calls, item[0])))

    def has(self, section: Section) -> bool:
        return section in self.sections

    def listed_days(self) -> tuple[date, ...]:
        """Every day of the period, but for those on which nothing can have been recorded."""
        counted = self.stats.first, self.stats.last
        first = max(self.first, min(_FIRST_TIME, counted[0] or _FIRST_TIME))
        last = min(self.last, max(self.now.date(), counted[1] or self.now.date()))
        return tuple(first + timedelta(days=i) for i in range((last - first).days + 1))

    def cost_trend(self) -> tuple[tuple[date, Decimal], ...]:
        """The cost of each listed day, 0 included."""
        by_day = self.stats.by_day
        return tuple((day, by_day[str(day)].cost if str(day) in by_day else ZERO) for day in self.listed_days())

    def top_users(self, by: Literal["tokens", "cost"], limit: int = TOP) -> tuple[tuple[str, Totals], ...]:
        """Calls without a user are nobody's."""
        return largest({key: totals for key, totals in self.stats.by_user.items() if key}, by)[:limit]


def report(
    store: Store,
    first: date,
    last: date,
    now: datetime,
    *,
    sections: frozenset[Section] = frozenset(SECTIONS),
    go_on: Callable[[], None] = lambda: None,
) -> Report:
    """What the store, as it last looked, says of some local days. `go_on` is called between questions and may raise."""
    first, last = max(first, FIRST_DAY), min(last, LAST_DAY)
    local = store.zone.local(now)
    today = local.date()
    filter = Filter(period=Period("custom", first, last))
    stats = replace(store.stats(first, last, now), budgets=store.budgets(now))
    go_on()
    snapshot = store.snapshot(filter, now)
    go_on()
    lists = {kind: _listed(store, filter, kind, now) for kind in ("slow", "failed", "odd") if "lists" in sections}
    go_on()
    counts: dict[CallList, int] = {"slow": snapshot.slow, "failed": snapshot.failed, "odd": snapshot.odd}
    return Report(
        local,
        first,
        last,
        stats,
        stats if first == last == today else store.stats(today, today, now),
        _week(snapshot, last),
        snapshot.before,
        _within(snapshot, first),
        _sessions(store, stats, first, last, now) if "sessions" in sections else (),
        lists,  # type: ignore[arg-type]  # of the literals above
        counts,
        snapshot.error_families,
        store.slow_ms,
        store.advice(max(first, _FIRST_TIME), last, now) if "advice" in sections else Advice(),
        store.audit(first, last, now) if "prices" in sections else Audit(),
        tuple(_unpriced(stats, store)) if "prices" in sections else (),
        store.folders,
        _display_names(store, {*stats.by_model}, last),
        sections,
    )


def largest(groups: Mapping[str, Totals], by: Literal["tokens", "cost"] = "cost") -> tuple[tuple[str, Totals], ...]:
    """Groups in the order in which they are shown."""

    def place(item: tuple[str, Totals]) -> tuple[Any, ...]:
        key, totals = item
        weights = (totals.total_tokens, totals.cost) if by == "tokens" else (totals.cost, totals.total_tokens)
        return -weights[0], -weights[1], key

    return tuple(sorted(groups.items(), key=place))


def average_cost(totals: Totals) -> Decimal | None:
    """CNY a call, over the calls whose cost is known; None without one."""
    known = totals.calls - totals.unknown_cost_calls
    return share(totals.cost, known) if known else None


def share(whole: Decimal, parts: int) -> Decimal:
    """A part of a sum, to nine places, half-even."""
    return (whole / parts).quantize(_PLACES)


def _listed(store: Store, filter: Filter, kind: CallList, now: datetime) -> tuple[CallRow, ...]:
    order: dict[CallList, Literal["duration", "cost", "time"]] = {"slow": "duration", "odd": "cost", "failed": "time"}
    return store.page(PageRequest(filter, kind, order[kind], rows=LISTED_CALLS), now).rows


def _week(snapshot: Snapshot, last: date) -> Week:
    first = last - timedelta(days=WEEK - 1)
    buckets = [bucket for bucket in snapshot.trend.buckets if first <= bucket.start.date() <= last]
    return Week(first, last, sum((bucket.cost for bucket in buckets), ZERO))


def _within(snapshot: Snapshot, first: date) -> Trend:
    """The bars of the period: by hour where it is one day, else without the days before it."""
    if snapshot.hours.buckets:
        return snapshot.hours
    trend = snapshot.trend
    skipped = sum(bucket.start.date() < first for bucket in trend.buckets)
    by_model, by_function = (
        tuple(type(series)(series.key, series.costs[skipped:]) for series in group)
        for group in (trend.by_model, trend.by_function)
    )
    return Trend(trend.unit, trend.buckets[skipped:], by_model, by_function)


def _sessions(store: Store, stats: Stats, first: date, last: date, now: datetime) -> tuple[Session, ...]:
    times = {key: rest for key, *rest in store.live_times(first, last, now, LONGEST_PAUSE)}
    sessions = []
    for key, totals in largest(stats.by_session):
        if key in times:
            begin, end, live = times[key]
            zone = store.zone
            sessions.append(Session(key, totals, zone.at(begin), zone.at(end), timedelta(microseconds=live)))
        else:
            sessions.append(Session(key, totals))
    return tuple(sessions)


def _display_names(store: Store, models: set[str], day: date) -> dict[str, str]:
    prices = ((model, store.prices.price(model, day)) for model in models)
    return {model: price.display_name for model, price in prices if price}


def _unpriced(stats: Stats, store: Store) -> list[tuple[str, int]]:
    found = [(model, of.calls) for model, of in stats.by_model.items() if store.prices.resolve(model) is None]
    return sorted(found, key=lambda row: (-row[1], row[0]))
