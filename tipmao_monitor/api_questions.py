"""What the HTTP service asks of the store, and the way there and back.

Questions are answered in the feed's thread, so the numbers are those of the window and of `stats`. A newcomer would get
this wrong: while one is answered, what is appended waits. So each asks only for the break-downs that its answer has.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from calendar import monthrange
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from tipmao_monitor import __version__, answers
from tipmao_monitor.answers import Answer, DashboardStats
from tipmao_monitor.usage.snapshot import Progress, Snapshot, Stats, Totals, Trouble

if TYPE_CHECKING:
    from tipmao_monitor.feed import Feed
    from tipmao_monitor.usage.store import Store

_T = TypeVar("_T")

PATIENCE_S = 15.0
MOST_WAITING = 64
MOST_MODELS = 50
_FOUR = ("model", "function", "user", "anchor")
_COVERAGE = ("files", "lines", "counted", "flagged", "quarantined", "blank", "pending_bytes")


class NotYetError(Exception):
    """The records are still being read, or more is asked than can be answered."""


class Records:
    """The way from a request to the store and back: the question waits in the feed's thread, its answer comes to ours.

    `feed` is the one that watches now. Whoever hears the feed hands what it says to `hear`. `is_on_air` says that what
    people see is to be without names and amounts; programs get them all the same.
    """

    def __init__(self, feed: Callable[[], Feed], patience_s: float = PATIENCE_S) -> None:
        self._feed = feed
        self._patience_s = patience_s
        self._numbers = itertools.count()
        self._waiting = 0
        self.progress = Progress()
        self.troubles: tuple[Trouble, ...] = ()
        self.is_on_air = False

    def hear(self, snapshot: Snapshot) -> None:
        self.progress, self.troubles = snapshot.progress, snapshot.troubles

    async def ask(self, question: Callable[[Store, datetime], _T], patience_s: float = math.inf) -> _T:
        """The answer of records that were looked at after this moment. NotYetError where it does not come in time."""
        if self._waiting >= MOST_WAITING:
            raise NotYetError("more is asked than can be answered: ask again in a moment")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()

        def put(store: Store, now: datetime) -> None:
            if answer.cancelled():
                return
            try:
                outcome = partial(_set_result, answer, question(store, now.astimezone(store.zone.info)))
            except Exception as error:
                outcome = partial(_set_exception, answer, error)
            with suppress(RuntimeError):  # whoever asked is gone, and the loop with it
                loop.call_soon_threadsafe(outcome)

        feed = self._feed()
        feed.wake()
        feed.inquire(f"api {next(self._numbers)}", put)
        self._waiting += 1
        try:
            async with asyncio.timeout(min(patience_s, self._patience_s)):
                return await answer
        except TimeoutError:
            progress = self.progress
            done = f", {100 * progress.done // progress.total} % done" if progress.is_under_way else ""
            raise NotYetError(f"the records are still being read{done}: ask again in a moment") from None
        finally:
            self._waiting -= 1


def _set_result(answer: asyncio.Future[_T], value: _T) -> None:
    if not answer.done():
        answer.set_result(value)


def _set_exception(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _start_of(day: date, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def _last_days(store: Store, now: datetime, days: int) -> Stats:
    return store.stats(now.date() - timedelta(days=days - 1), now.date(), now, by=("day", "user"), timed=False)


def _hour(now: datetime, hours_ago: int) -> tuple[datetime, datetime]:
    """Start and end of a clock hour; on the day that has an hour twice, of the one that is meant."""
    start = now.replace(minute=0, second=0, microsecond=0).timestamp() - 3600 * hours_ago
    return datetime.fromtimestamp(start, now.tzinfo), datetime.fromtimestamp(start + 3600, now.tzinfo)


def current(store: Store, now: datetime) -> Answer:
    names = answers.model_names(store.prices, now.date())
    today = store.stats(now.date(), now.date(), now, by=("model", "function"))
    return answers.current(store.hour(_hour(now, 0)[0], now), today, names)


def hourly(store: Store, now: datetime, hours_ago: int) -> Answer:
    start, end = _hour(now, hours_ago)
    return answers.hourly(store.hour(start, now), start, end, answers.model_names(store.prices, now.date()))


def daily(store: Store, now: datetime, days_ago: int) -> Answer:
    day = now.date() - timedelta(days=days_ago)
    stats = store.stats(day, day, now, by=_FOUR, timed=False)
    return answers.daily(stats, day, answers.model_names(store.prices, now.date()))


def monthly(store: Store, now: datetime, year: int | None, month: int | None) -> Answer:
    first = date(now.year if year is None else year, now.month if month is None else month, 1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    stats = store.stats(first, last, now, by=_FOUR, timed=False)
    return answers.monthly(stats, first, answers.model_names(store.prices, now.date()))


def session(store: Store, now: datetime, identity: str) -> Answer | None:
    stats = store.of_session(identity, now)
    return answers.session(stats, identity) if stats.total.calls else None


def top_users(store: Store, now: datetime, limit: int, days: int, by: str) -> Answer:
    return answers.top_users(_last_days(store, now, days), days, limit, by)


def cost_trend(store: Store, now: datetime, days: int) -> Answer:
    first = now.date() - timedelta(days=days - 1)
    return answers.cost_trend(_last_days(store, now, days), first, now.date())


def pricing(store: Store, now: datetime) -> Answer:
    return answers.pricing(store.prices, now.date())


def dashboard(store: Store, now: datetime) -> Answer:
    today = now.date()
    yesterday = today - timedelta(days=1)
    start, before = _start_of(today, now), _start_of(yesterday, now)
    elapsed = timedelta(seconds=min(now.timestamp() - start.timestamp(), start.timestamp() - before.timestamp()))
    by_now = datetime.fromtimestamp(before.timestamp() + elapsed.total_seconds(), now.tzinfo)
    spans = DashboardStats(
        today=store.stats(today, today, now, by=("model", "function")),
        yesterday_by_now=store.between(before, by_now, now, by=(), timed=False),
        month=store.stats(today.replace(day=1), today, now, by=(), timed=False),
        week=_last_days(store, now, 7),
    )
    return answers.dashboard(spans, today, answers.model_names(store.prices, today))


def health(store: Store, now: datetime) -> Answer:
    newest_at = _newest_at(store, now)
    coverage = store.coverage()
    troubles = store.troubles()
    return {
        "status": "trouble" if troubles else "ok",
        "version": __version__,
        "now": now.isoformat(),
        "timezone": store.zone.name,
        "coverage": {
            **{name: getattr(coverage, name) for name in _COVERAGE},
            "reasons": dict(coverage.reasons),
        },
        "newest_at": newest_at and newest_at.isoformat(),
        "age_s": newest_at and (now - newest_at).total_seconds(),
        "progress": None,
        "troubles": [trouble_object(trouble) for trouble in troubles],
    }


def _newest_at(store: Store, now: datetime) -> datetime | None:
    newest_us = store.newest_us()
    return None if newest_us is None else store.zone.at(newest_us)


def trouble_object(trouble: Trouble) -> Answer:
    return {"kind": trouble.kind, "path": trouble.path, "detail": trouble.detail}


class Gauges:
    """The numbers of `/metrics`, as a collector of Prometheus."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._today, self._coverage = store.stats(now.date(), now.date(), now, by=("model",)), store.coverage()
        self._month = store.stats(now.date().replace(day=1), now.date(), now, by=(), timed=False).total
        self._budgets = store.budgets(now)
        newest_at = _newest_at(store, now)
        self._newest_s = newest_at.timestamp() if newest_at else None

    def collect(self) -> Iterable[Metric]:
        total, coverage = self._today.total, self._coverage
        yield _gauge("today_calls", "Calls of today, failed ones included", total.calls)
        yield _gauge("today_failed_calls", "Failed calls of today", total.failed_calls)
        yield _gauge("today_cost_cny", "Cost of today in CNY", float(total.cost))
        yield _gauge("today_unknown_cost_calls", "Calls of today that are in no cost", total.unknown_cost_calls)
        tokens = GaugeMetricFamily("tipmao_today_tokens", "Tokens of today", labels=["direction"])
        tokens.add_metric(["input"], total.input_tokens)
        tokens.add_metric(["output"], total.output_tokens)
        yield tokens
        if total.p95_ms is not None:
            yield _gauge("today_duration_p95_ms", "95th percentile of the durations of today", total.p95_ms)
        yield from self._by_model()
        yield _gauge("month_calls", "Calls of this calendar month", self._month.calls)
        yield _gauge("month_cost_cny", "Cost of this calendar month in CNY", float(self._month.cost))
        yield from self._of_budgets()
        yield _gauge("counted_calls", "Calls counted in all files", coverage.counted)
        yield _gauge("quarantined_ranges", "Pieces of files that were not counted", coverage.quarantined)
        yield _gauge("pending_bytes", "Bytes that wait for the end of their line", coverage.pending_bytes)
        if self._newest_s is not None:
            yield _gauge("newest_call_timestamp_seconds", "Time of the newest call", self._newest_s)

    def _by_model(self) -> Iterable[Metric]:
        calls = GaugeMetricFamily("tipmao_today_model_calls", "Calls of today by model", labels=["model"])
        cost = GaugeMetricFamily("tipmao_today_model_cost_cny", "Cost of today in CNY by model", labels=["model"])
        order = sorted(self._today.by_model.items(), key=lambda item: (-item[1].cost, -item[1].calls, item[0]))
        for model, totals in order[:MOST_MODELS]:
            calls.add_metric([model], totals.calls)
            cost.add_metric([model], float(totals.cost))
        if rest := [totals for _, totals in order[MOST_MODELS:]]:
            calls.add_metric(["(others)"], sum(totals.calls for totals in rest))
            cost.add_metric(["(others)"], float(sum((totals.cost for totals in rest), Totals().cost)))
        yield from (calls, cost)

    def _of_budgets(self) -> Iterable[Metric]:
        amount = GaugeMetricFamily("tipmao_budget_amount_cny", "Amount of a budget in CNY", labels=["budget"])
        spent = GaugeMetricFamily("tipmao_budget_spent_cny", "Spent of a budget in its period", labels=["budget"])
        for status in self._budgets:
            amount.add_metric([status.budget.name], float(status.budget.amount))
            spent.add_metric([status.budget.name], float(status.spent))
        yield from (amount, spent)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tipmao_{name}", says, value=value)


def metrics(store: Store, now: datetime) -> bytes:
    registry = CollectorRegistry()
    registry.register(Gauges(store, now))
    return generate_latest(registry)
