"""All questions about the watched calls, and their answers: one engine behind the window, `stats`, REST and exports.

The newcomer's mistake: to answer from a second place. Whatever shows a total takes it from here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
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
    from tipmao_monitor.usage.view import View

_T = TypeVar("_T")

ANY = Filter()
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
        self._holdings = Holdings(folders, self.zone, cache, workers)
        self._view: View | None = None
        self._version = 0
        self.reprice(prices)

    def reprice(self, prices: PriceBook) -> None:
        """Take another price book: from now on all answers are those of this one."""
        self.prices = prices
        self._costing = queries.costing(prices)
        self._costs = {"recorded": self._costing, "book": self._costing.of_book}
        self._holdings.price(self._costing)
        self._view = None

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

    def close(self) -> None:
        self._view = None
        self._holdings.close()

    def snapshot(self, filter: Filter, now: datetime) -> Snapshot:
        """Everything that the window shows of a filter at an instant."""
        return self._unbroken(now, lambda: self._snapshot(filter, now))

    def page(self, request: PageRequest, now: datetime) -> Page:
        """Some rows of a table of calls, and how many there are."""
        return self._unbroken(now, lambda: self._page(request, now))

    def stats(self, first: date | None, last: date | None, now: datetime) -> Stats:
        """All break-downs of the local days `first` to `last`, both included; None = without end."""
        where, span = "true", None
        if first is not None or last is not None:
            days = first or FAR_PAST, last or FAR_FUTURE
            where, span = queries.days_condition(self.zone, *days), self.zone.span_us(*days)
        return self._unbroken(now, lambda: self._stats(where, span))

    def hour(self, start: datetime, now: datetime) -> Stats:
        """All break-downs of the 60 minutes from `start` on. Calls without a readable time are in no hour."""
        first_us = int(start.timestamp()) * SECOND
        span = first_us, first_us + HOUR
        return self._unbroken(now, lambda: self._stats(f"ts >= {span[0]} AND ts < {span[1]}", span))

    def calls(self, first: date, last: date, now: datetime) -> list[tuple[Any, ...]]:
        """All calls of some local days, oldest first; the columns are `queries.ROW`."""
        where, span = queries.days_condition(self.zone, first, last), self.zone.span_us(first, last)
        return self._unbroken(now, lambda: self._calls(where, span))

    def newest(self, count: int, now: datetime) -> list[tuple[Any, ...]]:
        """The newest calls of all, oldest first; the columns are `queries.ROW`."""
        return self._unbroken(now, lambda: self._newest(count, self.zone.local(now).date()))

    def audit(self, first: date | None, last: date | None, now: datetime, filter: Filter = ANY) -> Audit:
        """Recorded against recomputed, of the local days `first` to `last`; None = without end. The period of `filter`
        is not asked.
        """
        where, span = f"({queries.narrowing(filter)})", None
        if first is not None or last is not None:
            days = first or FAR_PAST, last or FAR_FUTURE
            where += f" AND {queries.days_condition(self.zone, *days)}"
            span = self.zone.span_us(*days)
        today = self.zone.local(now).date()
        return self._unbroken(now, lambda: self._audit(where, span, filter, first, last, min(last or today, today)))

    def unpriced(self) -> list[tuple[str, int]]:
        """Models without a price and their calls, most first. Free models have a price of 0."""
        sql = f"SELECT coalesce(model, ''), count(*) FROM {self._holdings.relation()} GROUP BY 1 ORDER BY 2 DESC, 1"
        return [(model, calls) for model, calls in self._holdings.ask(sql) if self.prices.resolve(model) is None]

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

    def _snapshot(self, filter: Filter, now: datetime) -> Snapshot:
        self._version += 1
        return self._view_of(filter, now).snapshot(
            now,
            coverage=self.coverage(),
            rejects=self.rejects(),
            folders=self._holdings.folders,
            troubles=self.troubles(),
            progress=self._holdings.progress,
            version=self._version,
        )

    def _page(self, request: PageRequest, now: datetime) -> Page:
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

    def _newest(self, count: int, today: date) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for first in (*(today - timedelta(days=days) for days in (1, 7, 31, 366)), FAR_PAST):
            # The order of `queries.rows`: whatever is within is newer than all that is not.
            within = f"coalesce(ts, day * {DAY}) >= {self.zone.start_us(first)}"
            found = self._calls(within, self.zone.span_us(first, FAR_FUTURE), count)
            if len(found) == count:
                break
        return found

    def _stats(self, where: str, span: tuple[int, int] | None) -> Stats:
        from tipmao_monitor.usage.tally import Tally, read_sums, totals

        holdings = self._holdings
        first_us, last_us = holdings.span()
        day, hour = queries.local_time(self.zone, first_us, last_us + 1)
        keys = {**queries.DIMENSION_COLUMNS, "day": day, "hour": hour}
        source = holdings.relation(span)
        tally = Tally([(), *((key,) for key in keys)])
        calls = queries.costed(source, where, self._costing)
        for asked in (("model", "function", "day", "hour"), ("user", "anchor", "session")):
            sets: list[tuple[str, ...]] = [(key,) for key in asked]
            if "model" in asked:
                sets.append(())
            sql = queries.sums(calls, "true", {key: keys[key] for key in asked}, sets, self.slow_ms)
            tally.add(asked, holdings.ask(sql))
        timed = {"model": keys["model"], "function": keys["function"], "day": day}
        found = holdings.ask(queries.percentiles(source, where, timed, [(), *((key,) for key in timed)]))
        percentiles: dict[tuple[str, Any], Sequence[float]] = {}
        for mask, *values, of_three in found:
            for bit, (name, value) in enumerate(zip(reversed(timed), reversed(values), strict=True)):
                if mask == 0b111 & ~(1 << bit):
                    percentiles[name, value] = of_three
            if mask == 0b111:
                percentiles["", ""] = of_three

        def groups(name: str, text: Callable[[Any], str] = str) -> dict[str, Totals]:
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
