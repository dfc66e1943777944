"""The running answer to one filter: made once from all calls that it concerns, then fed with what is new.

A `View` asks the same questions of new rows as it first asked of all of them and adds the answers up, so that its
work after an append grows with the append alone. The newcomer's mistake: to let `now` into a sum that is kept. Only
`before`, which moves with the clock, is asked again, at most once a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import nlargest
from typing import Any

from tipmao_monitor.usage import forecast as forecasts
from tipmao_monitor.usage import queries
from tipmao_monitor.usage.budgets import period_of
from tipmao_monitor.usage.distribution import Distribution
from tipmao_monitor.usage.forecast import Forecast, Pace, Pattern, of_days
from tipmao_monitor.usage.holdings import Holdings
from tipmao_monitor.usage.intake import COLUMNS, reasons_of
from tipmao_monitor.usage.localtime import DAY, Zone, day_from_number, day_number
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.queries import Costing
from tipmao_monitor.usage.snapshot import (
    DIMENSIONS,
    Bucket,
    CallRow,
    Filter,
    Group,
    Month,
    Series,
    Snapshot,
    Totals,
    Trend,
)
from tipmao_monitor.usage.tally import (
    CALLS,
    COST,
    FIRST,
    GOOD,
    LAST,
    ODD_COST,
    SLOW,
    TOTAL,
    ZERO,
    Sums,
    Tally,
    add_sums,
    cny,
    nothing,
    sums_of_call,
    totals,
)

NEWEST = 1000
GROUPS = 200
SERIES = 12
TREND_DAYS = 7
BEFORE_S = 60.0
FIRST_DAY, LAST_DAY = date(2015, 1, 1), date(2100, 1, 1)  # no readable time is earlier (records.md), no day is later
EVERY_DAY = 92  # days up to which the trend shows all of a period; beyond, only those from its first to its last call
FEW = 200  # calls; below it adding by hand is quicker
NO_HOUR = -1  # stands for the hour of calls without a time: numpy has no null

_NAMES = tuple(COLUMNS)
_KEY_COLUMNS = {
    "model": "model", "function": "fn", "user": "user_id", "anchor": "anchor_id", "session": "session_id", "raw": "raw",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What a view is of: everything that, when it changes, makes another view."""

    filter: Filter
    today: date
    slow_ms: float


class View:
    """All that a snapshot of one filter needs, kept up to date by `update`."""

    def __init__(self, holdings: Holdings, question: Question, cost: Costing, prices: PriceBook) -> None:
        self.question = question
        self.epoch = holdings.epoch
        self._holdings = holdings
        self._cost = cost
        self._prices = prices
        self.seen = 0
        zone = holdings.zone
        first, last = (min(max(day, FIRST_DAY), LAST_DAY) for day in question.filter.period.days(question.today))
        self.first, self.last = first, last
        self._is_one_day = first == last
        self._narrow = queries.narrowing(question.filter)
        self._trend_first = min(first, last - timedelta(days=TREND_DAYS - 1))
        self._month_first = question.today.replace(day=1)
        pattern_first = min(self._month_first, question.today - timedelta(days=forecasts.DAYS))
        dimensions = dict(queries.DIMENSION_COLUMNS)

        what = {**{name: dimensions[name] for name in ("model", "function")}, "raw": "coalesce(raw, '')", "hour": None}
        who = {name: dimensions[name] for name in ("user", "anchor", "session")}
        by_hour = [("model", "hour"), ("function", "hour")] if self._is_one_day else []
        self._period = _Asked(
            zone, first, last,
            (what, [(), ("model",), ("function",), ("function", "raw"), ("hour",), *by_hour]),
            (who, [("user",), ("anchor",), ("session",)]),
        )  # fmt: skip
        by_day = {"model": dimensions["model"], "function": dimensions["function"], "day": None}
        sets = [("day",), ("model", "day"), ("function", "day")]
        if last == question.today:
            self._trend = self._months = _Asked(zone, min(self._trend_first, pattern_first), last, (by_day, sets))
            self._asked: tuple[_Asked, ...] = (self._period, self._trend)
        else:
            self._trend = _Asked(zone, self._trend_first, last, (by_day, sets))
            self._months = _Asked(zone, pattern_first, question.today, ({"day": None}, [("day",)]))
            self._asked = (self._period, self._trend, self._months)
        self._durations: dict[Any, Distribution] = {}
        self._all_durations = Distribution()
        self._costs: dict[Any, Distribution] = {}
        self._families: dict[str, int] = {}
        self._newest: list[tuple[Any, ...]] = []
        self._rows: tuple[CallRow, ...] = ()
        self._groups: dict[tuple[str, str], tuple[Sums, Group]] = {}
        self._before: Totals | None = None
        self._before_at: datetime | None = None
        self._before_of: tuple[int, int] | None = None

    def update(self) -> None:
        """Take in all calls that were added since the last time."""
        holdings = self._holdings
        since, upto = self.seen, holdings.batch
        if since == upto:
            return
        if not (since and self._add_few(since)):
            self._add_all(since)
        self.seen = upto

    def _add_all(self, since: int) -> None:
        """One question for each part, over any number of calls, each of no more segments than it needs."""
        holdings = self._holdings
        for asked in self._asked:
            asked.add(holdings, since, self._narrow, self._cost, self.question.slow_ms)
        source, in_period = holdings.relation(self._period.span, since), f"{self._period.days} AND ({self._narrow})"
        day, hour = queries.local_time(holdings.zone, *self._period.span)
        bucket = f"coalesce({hour}, {NO_HOUR})" if self._is_one_day else day
        self._add_distribution(self._durations, queries.distribution(source, in_period, bucket, "ms"))
        self._all_durations = Distribution.of_all(self._durations.values())
        self._add_costs(source, in_period)
        for family, count in holdings.ask(queries.error_families(source, in_period)):
            self._families[family] = self._families.get(family, 0) + count
        span = holdings.zone.span_us(self._newest_from() - timedelta(days=1), self.last)
        newest = f"{in_period} AND coalesce(ts, day * {DAY}) >= {span[0]}"
        calls = queries.rows_costed_last(holdings.relation(span, since), newest, self._cost, "time", True, NEWEST)
        self._add_newest(holdings.ask(calls))

    def _add_costs(self, source: str, where: str) -> None:
        """Plain costs as they stand; prices are joined for the others, if there are any."""
        plain, apart = f"{where} AND {self._cost.plain}", f"{where} AND NOT ({self._cost.plain})"
        if not self._cost.is_book:
            self._add_distribution(self._costs, queries.distribution(source, plain, "fn", "nano::DOUBLE"))
        if self._cost.is_book or self._holdings.ask(f"SELECT 1 FROM {source} WHERE {apart} LIMIT 1"):
            calls = queries.costed(source, apart, self._cost)
            self._add_distribution(self._costs, queries.distribution(calls, "true", "fn", "cost::DOUBLE"))

    def _newest_from(self) -> date:
        """A day from which on there are as many calls as the newest are, or the first."""
        calls = 0
        by_day = {number: sums[CALLS] for (number,), sums in self._trend.tally.groups("day").items()}
        for number in sorted(by_day, reverse=True):
            calls += by_day[number]
            if calls >= NEWEST:
                return max(day_from_number(number), self.first)
        return self.first

    def _add_few(self, since: int) -> bool:
        """The same sums in one question and by hand, because planning a question costs more than a few calls.

        False, and nothing added, where there are more than a few.
        """
        span = min(asked.span[0] for asked in self._asked), max(asked.span[1] for asked in self._asked)
        found = self._holdings.few(span, since, self._narrow, self._cost, FEW)
        if found is None:
            return False
        newest = []
        for row in found:
            call = dict(zip((*queries.ROW, "day_number", "hour"), row, strict=True))
            keys = {name: call[column] or "" for name, column in _KEY_COLUMNS.items()}
            keys |= {"day": call["day_number"], "hour": call["hour"]}
            sums = sums_of_call(call, self.question.slow_ms)
            for asked in self._asked:
                if asked.numbers[0] <= call["day_number"] <= asked.numbers[1]:
                    asked.tally.add_call(keys, sums)
            if not self._period.numbers[0] <= call["day_number"] <= self._period.numbers[1]:
                continue
            newest.append(row[: len(queries.ROW)])
            bucket = call["day_number"]
            if self._is_one_day:
                bucket = NO_HOUR if call["hour"] is None else call["hour"]
            if call["ms"] is not None:
                self._durations.setdefault(bucket, Distribution()).add_one(call["ms"])
                self._all_durations.add_one(call["ms"])
            if (cost := _cost(call)) is not None:
                self._costs.setdefault(call["fn"], Distribution()).add_one(float(cost))
            if not call["ok"]:
                self._families[call["family"]] = self._families.get(call["family"], 0) + 1
        self._add_newest(newest)
        return True

    def _add_newest(self, found: list[tuple[Any, ...]]) -> None:
        if found:
            self._newest = sorted((*found, *self._newest), key=_order, reverse=True)[:NEWEST]
            self._rows = self._merged_rows()

    def snapshot(self, now: datetime, *, month_forecast: Forecast | None = None, **of_store: Any) -> Snapshot:
        """The whole answer at an instant; `of_store` are the fields that do not depend on the filter.

        `month_forecast` is that of the month's end where it is known from elsewhere.
        """
        zone = self._holdings.zone
        local = zone.local(now)
        groups = {name: self._top(name, COST) for name in DIMENSIONS}
        by_tokens = {name: self._top(name, TOTAL) for name in ("user", "anchor", "session")}
        return Snapshot(
            now=local,
            filter=self.question.filter,
            first_day=self.first,
            last_day=self.last,
            total=totals(self._period.tally.one(), self._all_durations.percentiles(0.5, 0.95, 0.99)),
            before=self._totals_before(local),
            trend=self._day_trend(local),
            hours=self._hour_trend(local) if self._is_one_day else Trend(unit="hour"),
            by_model=groups["model"],
            by_function=groups["function"],
            by_user=groups["user"],
            by_anchor=groups["anchor"],
            by_session=groups["session"],
            top_users_by_tokens=by_tokens["user"],
            top_anchors_by_tokens=by_tokens["anchor"],
            top_sessions_by_tokens=by_tokens["session"],
            group_counts=tuple((name, len(self._period.tally.groups(name))) for name in DIMENSIONS),
            by_hour=tuple(totals(self._period.tally.groups("hour").get((hour,), nothing())) for hour in range(24)),
            newest=self._rows,
            slow=self._period.tally.one()[SLOW],
            odd=sum(self._costs[fn].count_above(limit) for fn, limit in self.unusual_above().items()),
            failed=self._period.tally.one()[CALLS] - self._period.tally.one()[GOOD],
            slow_ms=self.question.slow_ms,
            error_families=tuple(sorted(self._families.items(), key=lambda item: (-item[1], item[0]))),
            month=self._month(local, month_forecast),
            newest_at=self._at(self._holdings.newest_us()),
            **of_store,
        )

    def sums_of_period(self) -> Totals:
        """Without percentiles."""
        return totals(self._period.tally.one())

    def unusual_above(self) -> dict[str, float]:
        """For each function, the cost in 1e-9 CNY above which a call is unusual (the guide's 2 standard deviations)."""
        limits = ((fn, costs.unusual_above()) for fn, costs in self._costs.items())
        return {fn: limit for fn, limit in limits if limit is not None}

    def call_rows(self, found: Iterable[tuple[Any, ...]]) -> tuple[CallRow, ...]:
        """Rows of `queries.rows` as the tables show them."""
        paths = self._holdings.paths()
        return tuple(call_row(row, self._holdings.zone, paths) for row in found)

    def _merged_rows(self) -> tuple[CallRow, ...]:
        known = {(row.path, row.offset): row for row in self._rows}
        paths = self._holdings.paths()
        return tuple(
            known.get((paths.get(row[_FILE], ""), row[_POS])) or call_row(row, self._holdings.zone, paths)
            for row in self._newest
        )

    def _add_distribution(self, kept: dict[Any, Distribution], sql: str) -> None:
        columns = self._holdings.ask_columns(sql)
        keys, values, counts = columns["k"], columns["v"], columns["count_star()"]
        at = 0
        while at < len(keys):
            key = keys[at]
            end = at + 1
            while end < len(keys) and keys[end] == key:
                end += 1
            kept.setdefault(key, Distribution()).add(values[at:end], counts[at:end])
            at = end

    def _top(self, name: str, measure: int) -> tuple[Group, ...]:
        def weight(item: tuple[Any, Sums]) -> tuple[Any, ...]:
            (key,), sums = item
            cost = sums[COST] + sums[ODD_COST]
            return (cost, sums[TOTAL], _Reversed(key)) if measure == COST else (sums[TOTAL], cost, _Reversed(key))

        largest = nlargest(GROUPS, self._period.tally.groups(name).items(), key=weight)
        return tuple(self._group(name, key, sums) for (key,), sums in largest)

    def _group(self, name: str, key: str, sums: Sums) -> Group:
        known = self._groups.get((name, key))
        if known and known[0] == sums:
            return known[1]
        is_free = False
        zero = sums[ZERO]
        if name == "model":
            is_free = self._prices.is_free(key, self.last)
            zero = 0 if is_free or self.question.filter.money == "book" else zero
        else:
            zero = 0
        raw: tuple[str, ...] = ()
        if name == "function":
            raw = tuple(sorted(text for fn, text in self._period.tally.groups("function", "raw") if fn == key))
        group = Group(key, totals(sums), zero, is_free, self._at(sums[FIRST]), self._at(sums[LAST]), raw)
        self._groups[name, key] = (list(sums), group)
        return group

    def _at(self, us: int | None) -> datetime | None:
        return None if us is None else self._holdings.zone.at(us)

    def _day_trend(self, now: datetime) -> Trend:
        tally = self._trend.tally
        first, last = self._trend_span(now.date())
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        numbers = [day_number(day) for day in days]
        buckets = tuple(
            self._bucket(
                datetime.combine(day, time(), now.tzinfo),
                tally.groups("day").get((number,), nothing()),
                None if self._is_one_day else self._durations.get(number),
                whole=day < now.date(),
            )
            for day, number in zip(days, numbers, strict=True)
        )
        return Trend(
            "day",
            buckets,
            _series(tally.groups("model", "day"), numbers),
            _series(tally.groups("function", "day"), numbers),
        )

    def _trend_span(self, today: date) -> tuple[date, date]:
        first, last = self._trend_first, self.last
        if (last - first).days < EVERY_DAY:
            return first, last
        known = [number for (number,) in self._trend.tally.groups("day")]
        last = max(first, min(last, max(today, day_from_number(max(known, default=0)))))
        week = last - timedelta(days=TREND_DAYS - 1)
        return max(first, min(week, day_from_number(min(known, default=day_number(last))))), last

    def _hour_trend(self, now: datetime) -> Trend:
        tally = self._period.tally
        hours = list(range(24))
        buckets = tuple(
            self._bucket(
                datetime.combine(self.first, time(hour), now.tzinfo),
                tally.groups("hour").get((hour,), nothing()),
                self._durations.get(hour),
                whole=self.first < now.date() or hour < now.hour,
            )
            for hour in hours
        )
        return Trend(
            "hour",
            buckets,
            _series(tally.groups("model", "hour"), hours),
            _series(tally.groups("function", "hour"), hours),
        )

    @staticmethod
    def _bucket(start: datetime, sums: Sums, durations: Distribution | None, *, whole: bool) -> Bucket:
        p95 = durations.percentiles(0.95) if durations else None
        return Bucket(
            start, sums[CALLS], sums[CALLS] - sums[GOOD], sums[TOTAL], cny(sums[COST] + sums[ODD_COST]),
            p95[0] if p95 else None, whole,
        )  # fmt: skip

    def _month(self, now: datetime, forecast: Forecast | None) -> Month:
        days = {day_from_number(number): sums for (number,), sums in self._months.tally.groups("day").items()}
        month = nothing()
        for day, sums in days.items():
            if self._month_first <= day <= now.date():
                add_sums(month, sums)
        cost = cny(month[COST] + month[ODD_COST])
        if forecast is None:
            # By the whole days alone: their hours are not kept for each filter.
            cells: dict[tuple[int, int | None], int] = {
                (number, None): sums[COST] + sums[ODD_COST]
                for (number,), sums in self._months.tally.groups("day").items()
            }
            today = days.get(now.date(), nothing())
            spent, spent_today = (sums[COST] + sums[ODD_COST] for sums in (month, today))
            _, last = period_of("month", now.date())
            forecast = of_days(spent, spent_today, now, last, Pattern(cells, now.date()), Pace())
        return Month(totals(month), cost / now.day, forecast.expected, forecast.low, forecast.high)

    def _totals_before(self, now: datetime) -> Totals | None:
        """The same elapsed time before: the days just before the period; of a month, the month before."""
        is_due = self._before_at is None or abs((now - self._before_at).total_seconds()) >= BEFORE_S
        before_of = self.epoch, self._holdings.history
        if not is_due and self._before_of == before_of:
            return self._before
        holdings = self._holdings
        start, end = holdings.zone.span_us(self.first, self.last)
        elapsed = min(int(now.timestamp() * 1e6), end) - start
        if self.question.filter.period.kind == "month":
            before_first = (self.first - timedelta(days=1)).replace(day=1)
        else:
            before_first = self.first - ((self.last - self.first) + timedelta(days=1))
        before_start = holdings.zone.start_us(before_first)
        before_end = min(before_start + elapsed, start)
        self._before, self._before_at, self._before_of = None, now, before_of
        if elapsed > 0 and before_end > before_start:
            span = (before_start, before_end)
            where = f"ts >= {before_start} AND ts < {before_end} AND ({self._narrow})"
            tally = Tally([()])
            tally.add((), holdings.sums(holdings.relation(span), where, {}, [], self.question.slow_ms, self._cost))
            if tally.one()[CALLS]:
                durations: dict[Any, Distribution] = {}
                self._add_distribution(durations, queries.distribution(holdings.relation(span), where, "0", "ms"))
                self._before = totals(tally.one(), Distribution.of_all(durations.values()).percentiles(0.5, 0.95, 0.99))
        return self._before


class _Asked:
    """A tally over some local days, and the questions that feed it: keys with their SQL, and grouping sets of them.

    The keys "day" and "hour" are local.
    """

    def __init__(
        self, zone: Zone, first: date, last: date, *questions: tuple[Mapping[str, str | None], list[tuple[str, ...]]]
    ) -> None:
        self.span = zone.span_us(first, last)
        self.days = queries.days_condition(zone, first, last)
        self.numbers = day_number(first), day_number(last)
        self.tally = Tally(names for _, sets in questions for names in sets)
        day, hour = queries.local_time(zone, *self.span)
        self._questions = [
            ({name: sql or (day if name == "day" else hour) for name, sql in keys.items()}, sets)
            for keys, sets in questions
        ]

    def add(self, holdings: Holdings, since: int, narrow: str, cost: Costing, slow_ms: float) -> None:
        """Take in the calls that were added after the batch `since`."""
        source, where = holdings.relation(self.span, since), f"{self.days} AND ({narrow})"
        for keys, sets in self._questions:
            self.tally.add(tuple(keys), holdings.sums(source, where, keys, sets, slow_ms, cost))


class DaySums:
    """The sums of one local day's calls, kept up to date like a `View`, whatever that one is narrowed to."""

    def __init__(self, holdings: Holdings, day: date, cost: Costing) -> None:
        self._of = holdings.epoch, day, cost
        self._holdings = holdings
        self._cost = cost
        self.seen = 0
        self._asked = _Asked(holdings.zone, day, day, ({}, [()]))

    def is_of(self, epoch: int, day: date, cost: Costing) -> bool:
        return self._of == (epoch, day, cost)

    def update(self) -> None:
        """Take in all calls that were added since the last time."""
        since, upto = self.seen, self._holdings.batch
        if since != upto:
            self._asked.add(self._holdings, since, "true", self._cost, 0.0)
        self.seen = upto

    def totals(self) -> Totals:
        return totals(self._asked.tally.one())


class _Reversed(str):
    """A text that sorts the other way round, for a descending order with an ascending last key."""

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)

    def __gt__(self, other: str) -> bool:
        return str.__lt__(self, other)


def _cost(call: Mapping[str, Any]) -> int | None:
    """In 1e-9 CNY; None where it is unknown."""
    cost: int | None = call["odd_cost"] if call["plain_cost"] is None else call["plain_cost"]
    return cost


_POS, _TS, _DAY, _FILE = (_NAMES.index("pos"), _NAMES.index("ts"), _NAMES.index("day"), len(_NAMES))


def _order(row: tuple[Any, ...]) -> tuple[int, int, int, str]:
    """That of `queries.rows` by time: no two calls are equal in it."""
    at = row[_TS] if row[_TS] is not None else row[_DAY] * DAY
    return at, row[_DAY], row[_POS], row[_FILE]


def call_row(row: tuple[Any, ...], zone: Zone, paths: Mapping[str, str]) -> CallRow:
    """A row of `queries.rows` as the tables show it."""
    call = dict(zip(queries.ROW, row, strict=True))
    cost = _cost(call)
    at = zone.at(call["ts"]) if call["ts"] is not None else None
    return CallRow(
        at, at.date() if at else day_from_number(call["day"]), call["model"] or "", call["fn"], call["raw"] or "",
        call["user_id"] or "", call["anchor_id"] or "", call["session_id"] or "", call["tin"], call["tout"],
        call["total"], None if cost is None else cny(cost),
        None if call["nano"] is None else cny(call["nano"]), call["ms"], call["ok"], call["err"] or "",
        reasons_of(call["flags"]), paths.get(call["file"], ""), call["line"], call["pos"], call["len"],
        call["family"],
    )  # fmt: skip


def _series(groups: Mapping[tuple[Any, ...], Sums], buckets: list[int]) -> tuple[Series, ...]:
    """The largest parts by cost, and one of all others."""
    places = {bucket: i for i, bucket in enumerate(buckets)}
    costs: dict[str, list[int]] = {}
    for (key, bucket), sums in groups.items():
        if bucket in places:
            costs.setdefault(key, [0] * len(buckets))[places[bucket]] += sums[COST] + sums[ODD_COST]
    order = sorted(costs, key=lambda key: (-sum(costs[key]), key))
    series = [Series(key, tuple(map(cny, costs[key]))) for key in order[:SERIES]]
    if len(order) > SERIES:
        rest = [sum(costs[key][i] for key in order[SERIES:]) for i in range(len(buckets))]
        series.append(Series(None, tuple(map(cny, rest))))
    return tuple(series)
