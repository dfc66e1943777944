"""All questions about the watched calls, and their answers: one engine behind the window, `stats`, REST and exports.

The newcomer's mistake: to answer from a second place. Whatever shows a total takes it from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from tipmao_monitor.usage import queries
from tipmao_monitor.usage.audit import Audit, ModelSums, audited
from tipmao_monitor.usage.holdings import BrokenSegmentError, Holdings
from tipmao_monitor.usage.intake import quoted
from tipmao_monitor.usage.localtime import DAY, HOUR, SECOND, Zone, day_from_number
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import (
    CallRow,
    Coverage,
    FileAccount,
    Filter,
    Page,
    PageRequest,
    Progress,
    Reject,
    Snapshot,
    Stats,
    Totals,
    Trouble,
)

if TYPE_CHECKING:
    from tipmao_monitor.usage.advice import Advice, Change, WhatIf
    from tipmao_monitor.usage.apart import Apart
    from tipmao_monitor.usage.budgets import BudgetStatus
    from tipmao_monitor.usage.replay import Ask, Replay
    from tipmao_monitor.usage.spending import Plan, Spending
    from tipmao_monitor.usage.view import DaySums, View

_T = TypeVar("_T")

ANY = Filter()
REMEMBERED = 8  # break-downs of days, until the next call comes
BREAK_DOWNS = ("model", "function", "day", "hour", "user", "anchor", "session")
_OF_STATS = [name for name in queries.SUMS if name not in ("slow", "zero", "first_us", "last_us")]
FAR_PAST, FAR_FUTURE = date(2015, 1, 1), date(2200, 1, 1)


class Store:
    """All calls of some folders. It belongs to one thread.

    `zone` is the display zone, `cache` the folder for segments (None = keep everything in memory), `slow_ms` the
    duration above which a call is slow. Queries look again by themselves where the cache turns out to be damaged.
    """

    def __init__(
        self,
        folders: Sequence[str | Path],
        *,
        zone: ZoneInfo,
        prices: PriceBook,
        cache: Path | None = None,
        slow_ms: float = 5000.0,
        workers: int = 2,
    ) -> None:
        self.zone = Zone(zone)
        self.slow_ms = slow_ms
        self._again = partial(Store, tuple(folders), zone=zone, cache=cache, slow_ms=slow_ms, workers=workers)
        self._holdings = Holdings(folders, self.zone, cache, workers)
        self._view: View | None = None
        # A page that is open in a browser asks for the same days every few seconds.
        self._known: dict[tuple[date | None, date | None, tuple[str, ...], bool], Stats] = {}
        self._known_of: tuple[int, int] | None = None
        self._day: DaySums | None = None
        self._plan: Plan | None = None
        self._spending: Spending | None = None
        self._holdings.answered = self._answered
        self._version = 0
        self.reprice(prices)

    def reprice(self, prices: PriceBook) -> None:
        """Take another price book: from now on all answers are those of this one."""
        self.prices = prices
        self._costing = queries.costing(prices)
        self._costs = {"recorded": self._costing, "book": self._costing.of_book}
        self._holdings.price(self._costing)
        self._known.clear()
        self._view = self._day = self._spending = None

    def plan(self, plan: Plan) -> None:
        """From now on, answers have the budgets of this plan."""
        self._plan = None if plan.is_empty else plan
        self._spending = None

    def budgets(self, now: datetime) -> tuple[BudgetStatus, ...]:
        """Where the budgets of the plan stand, whatever a filter says."""
        return self._unbroken(now, lambda: self._statuses(now))

    def spending(self, now: datetime) -> Spending | None:
        """What the budgets rest on, up to date; None without a plan. Only until the next question."""
        return self._unbroken(now, lambda: self._spent(now))

    def look(self, now: datetime, *, progress: Callable[[Progress], bool] | None = None) -> bool:
        """Make the store equal to the folders on disk. True if anything changed. See `Holdings.look`."""
        return self._holdings.look(now, progress=progress)

    def resume(self) -> None:
        """Let the next look read what a cancelled import left out."""
        self._holdings.resume()

    def verify(self, now: datetime) -> bool:
        """Compare files that grew with what was read of them, whole; True if one had been edited and was read again."""
        return self._holdings.verify() and self._holdings.look(now)

    def collect(self) -> None:
        """Delete segments in the cache that nothing refers to any more."""
        self._holdings.collect()

    def twin(self) -> Callable[[], Store]:
        """Makes another of the same folders, with the same prices and budgets, in another thread. It has not looked."""
        again, prices, plan = self._again, self.prices, self._plan

        def make() -> Store:
            store = again(prices=prices)
            if plan is not None:
                store.plan(plan)
            return store

        return make

    def close(self) -> None:
        self._view = self._day = self._spending = None
        self._holdings.close()

    def snapshot(self, filter: Filter, now: datetime) -> Snapshot:
        """Everything that the window shows of a filter at an instant."""
        return self._unbroken(now, lambda: self._snapshot(filter, now))

    def page(self, request: PageRequest, now: datetime) -> Page:
        """Some rows of a table of calls, and how many there are."""
        return self._unbroken(now, lambda: self._page(request, now))

    def stats(
        self,
        first: date | None,
        last: date | None,
        now: datetime,
        *,
        by: tuple[str, ...] = BREAK_DOWNS,
        timed: bool = True,
    ) -> Stats:
        """All break-downs of the local days `first` to `last`, both included; None = without end. Where only those
        `by` some keys are wanted, the others are empty; `timed` gives the percentiles of those that have any.
        """
        where, span = "true", None
        if first is not None or last is not None:
            days = first or date.min, last or date.max
            where, span = queries.days_condition(self.zone, *days), self.zone.span_us(*days)
        self._forget_if_changed()
        asked = first, last, by, timed
        known = self._known.pop(asked, None) or self._unbroken(now, lambda: self._stats(where, span, by, timed))
        self._forget_if_changed()  # a damaged cache makes it look again
        self._known[asked] = known
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return replace(known, coverage=self.coverage(), troubles=self.troubles())

    def hour(self, start: datetime, now: datetime) -> Stats:
        """All break-downs of the 60 minutes from `start` on. Calls without a readable time are in no hour."""
        first_us = int(start.timestamp()) * SECOND
        return self._between(first_us, first_us + HOUR, now)

    def between(
        self,
        start: datetime,
        end: datetime,
        now: datetime,
        *,
        by: tuple[str, ...] = BREAK_DOWNS,
        timed: bool = True,
    ) -> Stats:
        """The same from one instant until before another. Calls without a readable time are in none."""
        return self._between(round(start.timestamp() * SECOND), round(end.timestamp() * SECOND), now, by, timed)

    def of_session(self, session: str, now: datetime) -> Stats:
        """All break-downs of one session's calls, "" = those without one, whenever they were."""
        where = queries.narrowing(Filter(session=session))
        return self._unbroken(now, lambda: self._stats(where, None))

    def calls(self, first: date, last: date, now: datetime) -> list[tuple[Any, ...]]:
        """All calls of some local days, oldest first; the columns are `queries.ROW`."""
        where, span = queries.days_condition(self.zone, first, last), self.zone.span_us(first, last)
        return self._unbroken(now, lambda: self._calls(where, span))

    def each_call(self, first: date, last: date, now: datetime, size: int = 5000) -> Iterator[tuple[CallRow, ...]]:
        """The same as the tables show them, in parts, so that a million of them need no room."""
        from tipmao_monitor.usage.view import call_row

        where, span = queries.days_condition(self.zone, first, last), self.zone.span_us(first, last)

        def begin() -> Iterator[list[tuple[Any, ...]]]:
            calls = queries.costed(self._holdings.relation(span), where, self._costing)
            found = self._holdings.stream(queries.rows(calls, "true", "time", False, 1 << 62), size)
            return chain([next(found, [])], found)

        parts = self._unbroken(now, begin)
        paths = self._holdings.paths()
        for rows in parts:
            yield tuple(call_row(row, self.zone, paths) for row in rows)

    def costs_by(self, key: str, first: date, last: date, now: datetime, filter: Filter = ANY) -> dict[Any, list[Any]]:
        """The sums (tally.py) of a filter's calls in some local days, by "session" or by local "day" (its number). Of
        the period of `filter` nothing is asked.
        """
        span = self.zone.span_us(first, last)
        where = f"({queries.narrowing(filter)}) AND {queries.days_condition(self.zone, first, last)}"
        day, _ = queries.local_time(self.zone, *span)
        by = {key: day if key == "day" else queries.DIMENSION_COLUMNS["session"]}

        def ask() -> dict[Any, list[Any]]:
            from tipmao_monitor.usage.tally import Tally

            tally, source, cost = Tally([(key,)]), self._holdings.relation(span), self._costs[filter.money]
            tally.add((key,), self._holdings.sums(source, where, by, [(key,)], self.slow_ms, cost))
            return {value: sums for (value,), sums in tally.groups(key).items()}

        return self._unbroken(now, ask)

    def stretches(
        self, first: date, last: date, now: datetime, gap: timedelta, filter: Filter = ANY
    ) -> list[list[Any]]:
        """The sums (tally.py) of a filter's timed calls in some local days by stretch, the oldest first: one ends where
        no call follows within the gap. Of the period of `filter` nothing is asked.
        """
        span = self.zone.span_us(first, last)
        where = f"({queries.narrowing(filter)}) AND {queries.days_condition(self.zone, first, last)}"
        keys: dict[str, str] = {"stretch": "stretch"}

        def ask() -> list[list[Any]]:
            from tipmao_monitor.usage.tally import Tally

            calls = queries.costed(self._holdings.relation(span), where, self._costs[filter.money])
            source = queries.stretches(calls, "''", gap // timedelta(microseconds=1))
            tally = Tally([tuple(keys)])
            tally.add(tuple(keys), self._holdings.ask(queries.sums(source, "true", keys, [tuple(keys)], self.slow_ms)))
            return [sums for _, sums in sorted(tally.groups("stretch").items(), key=lambda item: int(item[0][0]))]

        return self._unbroken(now, ask)

    def live_times(self, first: date, last: date, now: datetime, longest_pause: timedelta) -> list[tuple[Any, ...]]:
        """Of each session in some local days: its name, first and last time, and its live time in microseconds."""
        where, span = queries.days_condition(self.zone, first, last), self.zone.span_us(first, last)
        pause_us = longest_pause // timedelta(microseconds=1)
        return self._unbroken(
            now, lambda: self._holdings.ask(queries.live_times(self._holdings.relation(span), where, pause_us))
        )

    def newest(self, count: int, now: datetime) -> list[tuple[Any, ...]]:
        """The newest calls of all, oldest first; the columns are `queries.ROW`."""
        return self._unbroken(now, lambda: self._newest(count, self.zone.local(now).date()))

    def newest_us(self) -> int | None:
        """The newest time of all calls, in UTC microseconds."""
        return self._holdings.newest_us()

    def audit(self, first: date | None, last: date | None, now: datetime, filter: Filter = ANY) -> Audit:
        """Recorded against recomputed, of the local days `first` to `last`; None = without end. The period of `filter`
        is not asked.
        """
        where, span = f"({queries.narrowing(filter)})", None
        if first is not None or last is not None:
            days = max(first or FAR_PAST, FAR_PAST), min(last or FAR_FUTURE, FAR_FUTURE)
            where += f" AND {queries.days_condition(self.zone, *days)}"
            span = self.zone.span_us(*days)
        today = self.zone.local(now).date()
        return self._unbroken(now, lambda: self._audit(where, span, filter, first, last, min(last or today, today)))

    def advice(self, first: date, last: date, now: datetime, filter: Filter = ANY) -> Advice:
        """What could be saved, proved on the calls of some local days. The period of `filter` is not asked."""
        statuses = self.budgets(now)
        return self.replayed(first, last, now, filter, lambda replay: replay.advice(statuses))

    def advice_apart(self, first: date, last: date, now: datetime, filter: Filter = ANY) -> Apart[Advice]:
        """The same, to be worked out in another thread."""
        statuses = self.budgets(now)
        return self.replayed_apart(first, last, now, filter, lambda replay: replay.advice(statuses))

    def replayed(self, first: date, last: date, now: datetime, filter: Filter, answer: Callable[[Replay], _T]) -> _T:
        """What a replay of the calls of some local days answers. The period of `filter` is not asked."""

        def asked() -> _T:
            with self._replay(first, last, now, filter)(self._holdings.ask) as replay:
                return answer(replay)

        return self._unbroken(now, asked)

    def replayed_apart(
        self, first: date, last: date, now: datetime, filter: Filter, answer: Callable[[Replay], _T]
    ) -> Apart[_T]:
        """The same, to be worked out in another thread: over many calls it takes longer than an append may wait."""
        from tipmao_monitor.usage.apart import Apart

        made = self._unbroken(now, lambda: self._replay(first, last, now, filter))

        def asked(ask: Ask) -> _T:
            with made(ask) as replay:
                return answer(replay)

        def again(store: Store, later: datetime) -> _T:
            return store.replayed(first, last, later, filter, answer)

        return Apart(self._holdings.cursor_of_now(), asked, again)

    def what_if(
        self, first: date, last: date, now: datetime, changes: Sequence[Change], filter: Filter = ANY
    ) -> WhatIf:
        """What the calls of some local days would have cost with other models and intervals."""
        return self.replayed(first, last, now, filter, lambda replay: replay.what_if(changes))

    def unpriced(self) -> list[tuple[str, int]]:
        """Models without a price and their calls, most first. Free models have a price of 0."""
        sql = f"SELECT coalesce(model, ''), count(*) FROM {self._holdings.relation()} GROUP BY 1 ORDER BY 2 DESC, 1"
        return [(model, calls) for model, calls in self._holdings.ask(sql) if self.prices.resolve(model) is None]

    def by_anchor(self, first: date, last: date, now: datetime) -> dict[str, dict[str, dict[str, Totals]]]:
        """For each anchor: the totals of some local days by "day", "model" and "function". Calls without one are ""."""
        where, span = queries.days_condition(self.zone, first, last), self.zone.span_us(first, last)
        return self._unbroken(now, lambda: self._by_anchor(where, span))

    def costs_by_file(self, now: datetime) -> dict[str, Decimal]:
        """The cost of each day file's calls, in CNY."""

        def answer() -> dict[str, Decimal]:
            calls = queries.costed(self._holdings.relation(), "true", self._costing)
            paths, costs = self._holdings.paths(), dict[str, Decimal]()
            for file, nano in self._holdings.ask(queries.costs_by_file(calls)):
                costs[paths[file]] = costs.get(paths[file], Decimal(0)) + Decimal(nano).scaleb(-9)
            return costs

        return self._unbroken(now, answer)

    def tokenless(self, now: datetime) -> int:
        """Successful calls without a token, of all days."""
        [(count,)] = self._unbroken(now, lambda: self._holdings.ask(queries.tokenless(self._holdings.relation())))
        return int(count)

    def accounts(self) -> tuple[FileAccount, ...]:
        return self._holdings.accounts()

    def rejects(self) -> tuple[Reject, ...]:
        return self._holdings.rejects()

    def coverage(self) -> Coverage:
        return self._holdings.coverage()

    def troubles(self) -> tuple[Trouble, ...]:
        return self._holdings.troubles()

    @property
    def folders(self) -> tuple[str, ...]:
        return self._holdings.folders

    def watched(self) -> tuple[str, ...]:
        """Paths whose file events are worth a look."""
        return self._holdings.watched()

    def _forget_if_changed(self) -> None:
        now_of = self._holdings.epoch, self._holdings.batch
        if self._known_of != now_of:
            self._known.clear()
            self._known_of = now_of

    def _between(
        self, first_us: int, end_us: int, now: datetime, by: tuple[str, ...] = BREAK_DOWNS, timed: bool = True
    ) -> Stats:
        where = f"ts >= {first_us} AND ts < {end_us}"
        return self._unbroken(now, lambda: self._stats(where, (first_us, end_us), by, timed))

    def _unbroken(self, now: datetime, answer: Callable[[], _T]) -> _T:
        for _ in range(3):
            try:
                return answer()
            except BrokenSegmentError:
                self._holdings.look(now)
        return answer()

    def _view_of(self, filter: Filter, now: datetime) -> View:
        from tipmao_monitor.usage.view import Question, View  # numpy: `stats` does without

        question = Question(filter, self.zone.local(now).date(), self.slow_ms)
        view = self._view
        if view is None or view.question != question or view.epoch != self._holdings.epoch:
            view = View(self._holdings, question, self._costs[filter.money], self.prices)
        self._view = None  # if the update fails half-way, it is made anew
        view.update()
        self._view = view
        return view

    def _answered(self) -> int | None:
        """Up to which batch all that is kept up has seen the calls. A page brings the view up to date, not the rest."""
        running = (answer for answer in (self._view, self._day, self._spending) if answer is not None)
        return min((answer.seen for answer in running), default=None)

    def _today(self, view: View, now: datetime) -> Totals:
        """All calls of today, whatever the view is narrowed to."""
        question = view.question
        if not question.filter.is_narrow and view.first == view.last == question.today:
            self._day = None
            return view.sums_of_period()
        cost, known = self._costs[question.filter.money], self._day
        if known is None or not known.is_of(self._holdings.epoch, question.today, cost):
            from tipmao_monitor.usage.view import DaySums

            known = DaySums(self._holdings, question.today, cost)
        self._day = None
        known.update()
        self._day = known
        return known.totals()

    def _spent(self, now: datetime) -> Spending | None:
        if self._plan is None:
            return None
        from tipmao_monitor.usage.spending import Spending  # `stats` without budgets does without

        today, spending = self.zone.local(now).date(), self._spending
        if spending is None or spending.question != (self._plan, today) or spending.epoch != self._holdings.epoch:
            spending = Spending(self._holdings, self._plan, self._costing, today)
        self._spending = None
        spending.update()
        self._spending = spending
        return spending

    def _statuses(self, now: datetime) -> tuple[BudgetStatus, ...]:
        spending = self._spent(now)
        return spending.statuses(now, self.coverage().counted > 0) if spending else ()

    def _snapshot(self, filter: Filter, now: datetime) -> Snapshot:
        self._version += 1
        view = self._view_of(filter, now)
        spending = self._spent(now)
        is_of_all = not filter.is_narrow and filter.money == "recorded"
        return view.snapshot(
            now,
            budgets=self._statuses(now),
            stream=spending.stream(now) if spending else None,
            month_forecast=spending.month(now) if spending and is_of_all else None,
            today=self._today(view, now),
            coverage=self.coverage(),
            rejects=self.rejects(),
            folders=self._holdings.folders,
            troubles=self.troubles(),
            progress=self._holdings.progress,
            version=self._version,
            held=(self._holdings.epoch, self._holdings.batch),
        )

    def _replay(self, first: date, last: date, now: datetime, filter: Filter) -> Callable[[Ask], Replay]:
        """What is held now, replayed by whoever puts the questions."""
        from tipmao_monitor.usage.replay import Replay  # only advice asks

        first, last = max(first, FAR_PAST), min(last, FAR_FUTURE)
        source = self._holdings.relation(self.zone.span_us(first, last))
        paths = self._holdings.paths()
        of_now = self.zone, source, self.prices, self._costing, self.slow_ms, paths, first, last, filter, now
        return lambda ask: Replay(ask, *of_now)

    def _page(self, request: PageRequest, now: datetime) -> Page:
        if request.among is not None:
            first, last = request.filter.period.days(self.zone.local(now).date())
            with self._replay(first, last, now, request.filter)(self._holdings.ask) as replay:
                return replay.page(request)
        view = self._view_of(request.filter, now)
        span = self.zone.span_us(view.first, view.last)
        days = queries.days_condition(self.zone, view.first, view.last)
        where = f"{days} AND ({queries.narrowing(request.filter)})"
        source = self._holdings.relation(span)
        limits = max(request.rows, 0), max(request.offset, 0)
        cost = self._costs[request.filter.money]
        match request.list:
            case "slow":
                where += f" AND coalesce(ms > {self.slow_ms}, false)"
            case "failed":
                where += " AND NOT ok"
        if request.list == "odd" or request.order == "cost":
            chosen = "true"
            if request.list == "odd":
                unusual = view.unusual_above()
                branches = " ".join(f"WHEN {quoted(fn)} THEN {limit!r}" for fn, limit in unusual.items())
                chosen = f"coalesce(cost::DOUBLE > CASE fn {branches} END, false)" if unusual else "false"
            source, where = queries.costed(source, where, cost), chosen
            sql = queries.rows(source, where, request.order, request.descending, *limits)
        else:
            sql = queries.rows_costed_last(source, where, cost, request.order, request.descending, *limits)
        [(total,)] = self._holdings.ask(f"SELECT count(*) FROM {source} WHERE {where}")
        found = self._holdings.ask(sql)
        return Page(request, total, view.call_rows(found))

    def _audit(
        self, where: str, span: tuple[int, int] | None, filter: Filter, first: date | None, last: date | None, day: date
    ) -> Audit:
        found = self._holdings.ask(queries.audit(self._holdings.relation(span), where, self._costs["book"]))
        return audited(map(ModelSums._make, found), self.prices, day, filter, first, last)

    def _calls(self, where: str, span: tuple[int, int], count: int = 1 << 62) -> list[tuple[Any, ...]]:
        calls = queries.costed(self._holdings.relation(span), where, self._costing)
        return self._holdings.ask(queries.rows(calls, "true", "time", True, count))[::-1]

    def _by_anchor(self, where: str, span: tuple[int, int]) -> dict[str, dict[str, dict[str, Totals]]]:
        from tipmao_monitor.usage.tally import Tally, totals

        first_us, last_us = self._holdings.span()
        day, _ = queries.local_time(self.zone, first_us, last_us + 1)
        keys = {**{name: queries.DIMENSION_COLUMNS[name] for name in ("anchor", "model", "function")}, "day": day}
        sets: list[tuple[str, ...]] = [("anchor", "day"), ("anchor", "model"), ("anchor", "function")]
        calls = queries.costed(self._holdings.relation(span), where, self._costing)
        tally = Tally(sets)
        tally.add(tuple(keys), self._holdings.ask(queries.sums(calls, "true", keys, sets, self.slow_ms)))
        found: dict[str, dict[str, dict[str, Totals]]] = {}
        for names in sets:
            for (anchor, key), sums in tally.groups(*names).items():
                text = day_from_number(key).isoformat() if names[1] == "day" else key
                found.setdefault(anchor, {}).setdefault(names[1], {})[text] = totals(sums)
        return found

    def _newest(self, count: int, today: date) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for first in (*(today - timedelta(days=days) for days in (1, 7, 31, 366)), FAR_PAST):
            # The order of `queries.rows`: whatever is within is newer than all that is not.
            within = f"coalesce(ts, day * {DAY}) >= {self.zone.start_us(first)}"
            found = self._calls(within, self.zone.span_us(first, FAR_FUTURE), count)
            if len(found) == count:
                break
        return found

    def _stats(
        self, where: str, span: tuple[int, int] | None, wanted: tuple[str, ...] = BREAK_DOWNS, timed: bool = True
    ) -> Stats:
        from tipmao_monitor.usage.tally import Tally, read_sums, totals

        holdings = self._holdings
        first_us, last_us = holdings.span()
        day, hour = queries.local_time(self.zone, first_us, last_us + 1)
        keys = {**queries.DIMENSION_COLUMNS, "day": day, "hour": hour}
        source = holdings.relation(span)
        tally = Tally([(), *((key,) for key in wanted)])
        # In two parts: every user with every model would be many groups.
        for part, more in ((BREAK_DOWNS[:4], [()]), (BREAK_DOWNS[4:], [])):
            by = {key: keys[key] for key in part if key in wanted}
            sets: list[tuple[str, ...]] = [*((key,) for key in by), *more]
            if sets:
                rows = holdings.sums(source, where, by, sets, self.slow_ms, self._costing, _OF_STATS)
                tally.add(tuple(by), rows)
        percentiles: dict[tuple[str, Any], Sequence[float]] = {}
        by = {key: keys[key] for key in BREAK_DOWNS[:3] if key in wanted}
        all_keys = (1 << len(by)) - 1
        sql = queries.percentiles(source, where, by, [(), *((key,) for key in by)])
        for mask, *values, of_three in holdings.ask(sql) if timed and by else ():
            for bit, (name, value) in enumerate(zip(reversed(by), reversed(values), strict=True)):
                if mask == all_keys & ~(1 << bit):
                    percentiles[name, value] = of_three
            if mask == all_keys:
                percentiles["", ""] = of_three

        def groups(name: str, text: Callable[[Any], str] = str) -> dict[str, Totals]:
            if name not in wanted:
                return {}
            rows = ((key, sums) for (key,), sums in tally.groups(name).items())
            return {
                text(key): totals(sums, percentiles.get((name, key)))
                for key, sums in sorted(rows, key=lambda row: (row[0] is None, row[0]))
            }

        by_day = groups("day", lambda number: day_from_number(number).isoformat())
        days = sorted(by_day)
        return Stats(
            date.fromisoformat(days[0]) if days else None,
            date.fromisoformat(days[-1]) if days else None,
            self.zone.name,
            totals(read_sums(tally.one()), percentiles.get(("", ""))),
            groups("model"),
            groups("function"),
            groups("user"),
            groups("anchor"),
            groups("session"),
            by_day,
            groups("hour", lambda number: "" if number is None else f"{number:02d}"),
            self.coverage(),
            self.troubles(),
        )
