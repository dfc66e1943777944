"""The running sums behind the budgets: what each scope spent by day and hour, in the current stream, in the last hour.

Made once from the calls of the last weeks and then fed with what is new, like a `View`, but of all calls: what the
window is filtered to makes no difference. The newcomer's mistake: to ask once for each budget. Scopes of one dimension
share one question, so that a hundred budgets cost about as much as one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from tipmao_monitor.usage import queries
from tipmao_monitor.usage.alerts import Evidence
from tipmao_monitor.usage.budgets import Budget, BudgetStatus, CurrentStream, percent_of, period_of, state_of
from tipmao_monitor.usage.forecast import (
    DAYS,
    NOTHING,
    Forecast,
    Pace,
    PastStream,
    Pattern,
    of_days,
    of_stream,
    past_streams,
)
from tipmao_monitor.usage.holdings import Holdings
from tipmao_monitor.usage.intake import quoted
from tipmao_monitor.usage.localtime import DAY, HOUR, SECOND, day_number
from tipmao_monitor.usage.queries import Costing
from tipmao_monitor.usage.snapshot import Dimension
from tipmao_monitor.usage.tally import CALLS, COST, FIRST, LAST, ODD_COST, UNKNOWN_COST, cny, read_sums

FEW = 200  # calls; below it adding by hand is quicker
MINUTE = 60 * SECOND
RECENT = 2 * HOUR  # that is kept by the minute
JUST_NOW = 15 * MINUTE  # that is kept call by call
MOST_JUST_NOW = 2000
MOST_PAST = 30  # streams that say how one goes on
WEEK = 7 * DAY

_WANTED = ("calls", "cost", "odd_cost", "unknown_cost", "first_us", "last_us")

Cell = tuple[int, int | None]  # local day and hour
_COLUMNS = {"model": "model", "function": "fn", "user": "user_id", "anchor": "anchor_id"}


@dataclass(frozen=True, slots=True)
class Plan:
    """The budgets that somebody wants to know of. A stream without a session ends with a gap of `gap_minutes`.

    `is_watched`: the current stream and the pace of all calls are wanted also without a budget.
    """

    budgets: tuple[Budget, ...] = ()
    gap_minutes: float = 30.0
    is_watched: bool = False

    @property
    def gap_us(self) -> int:
        return int(self.gap_minutes * MINUTE)

    @property
    def is_empty(self) -> bool:
        return not self.budgets and not self.is_watched


class JustNow(NamedTuple):
    """One of the newest calls. `nano` is its cost in 1e-9 CNY, None = unknown; `file` and `pos` say where it stands."""

    ts: int
    model: str
    function: str
    user: str
    anchor: str
    ok: bool
    ms: float | None
    nano: int | None
    family: str
    file: str
    pos: int


@dataclass(slots=True)
class _Part:
    """Sums of some calls. Times are microseconds."""

    calls: int = 0
    nano: int = 0
    unknown: int = 0
    first: int | None = None
    last: int | None = None

    def add(self, calls: int, nano: int, unknown: int, first: int | None, last: int | None) -> None:
        self.calls += calls
        self.nano += nano
        self.unknown += unknown
        if first is not None and last is not None:
            self.first = first if self.first is None else min(self.first, first)
            self.last = last if self.last is None else max(self.last, last)


@dataclass(slots=True)
class _Stream:
    """A session, or a stretch of calls without a long gap. The hours of a session's calls are asked when needed."""

    cells: dict[Cell, _Part] = field(default_factory=dict)
    whole: _Part = field(default_factory=_Part)

    def add(self, cell: Cell, *sums: Any) -> None:
        self.cells.setdefault(cell, _Part()).add(*sums)
        self.whole.add(*sums)


class _Calls:
    """All sums of one scope."""

    def __init__(self) -> None:
        self.cells: dict[Cell, _Part] = {}
        self.days: dict[int, _Part] = {}
        self.sessions: dict[str, _Stream] = {}
        self.stretches: list[_Stream] | None = None  # by time; None = to be asked
        self.minutes: dict[int, _Part] = {}
        self.pattern: Pattern | None = None
        self.past: tuple[object, list[PastStream]] | None = None

    def add(self, session: str | None, cell: Cell, *sums: Any) -> None:
        self.cells.setdefault(cell, _Part()).add(*sums)
        self.days.setdefault(cell[0], _Part()).add(*sums)
        if session:
            self.sessions.setdefault(session, _Stream()).add(cell, *sums)

    def add_to_stretch(self, ts: int, cell: Cell, nano: int, unknown: int, gap: int) -> None:
        """One call. What the streams before cost is good enough for a forecast without the calls that came late."""
        if self.stretches is None:
            return
        newest = self.stretches[-1].whole if self.stretches else None
        if newest is None or newest.last is None or ts - newest.last > gap:
            self.stretches.append(_Stream())
        elif newest.first is not None and ts < newest.first:
            if ts >= newest.first - gap:
                self.stretches = None  # it may bring together what was apart
            return
        self.stretches[-1].add(cell, 1, nano, unknown, ts, ts)


class _Asked:
    """The scopes of one dimension, "" for all calls. `of_streams`: their sessions are wanted too."""

    def __init__(self, dimension: str, values: Iterable[str], of_streams: bool) -> None:
        self.calls = {value: _Calls() for value in values}
        self.of_streams = of_streams
        self.column = _COLUMNS.get(dimension)
        self.key = queries.DIMENSION_COLUMNS[dimension] if dimension else "''"
        listing = ", ".join(map(quoted, self.calls))
        self.narrow = f"{self.key} IN ({listing})" if dimension else "true"

    def of(self, call: Mapping[str, Any]) -> _Calls | None:
        return self.calls.get("" if self.column is None else call[self.column] or "")


class Spending:
    """What has been spent of some budgets, kept up to date by `update`. It belongs to the thread of its holdings."""

    def __init__(self, holdings: Holdings, plan: Plan, cost: Costing, today: date) -> None:
        self.question = plan, today
        self.epoch = holdings.epoch
        self._holdings = holdings
        self._plan = plan
        self._cost = cost
        self._today = day_number(today)
        self.seen = 0
        first = min(today.replace(day=1), today - timedelta(days=DAYS))
        self._span = holdings.zone.span_us(first, today)
        self._days = queries.days_condition(holdings.zone, first, today)
        self._numbers = day_number(first), day_number(today)
        self._newest_us: int | None = None
        self._just_now: deque[JustNow] = deque(maxlen=MOST_JUST_NOW)
        self._unseen_since: int | None = None
        self.bulks = 0  # how often more calls came at once than `just_now` may have seen
        scopes: dict[str, dict[str, bool]] = {"": {"": True}} if plan.is_watched else {}
        for budget in plan.budgets:
            dimension, value = budget.dimension or ("", "")
            of_dimension = scopes.setdefault(dimension, {})
            of_dimension[value] = of_dimension.get(value, False) or budget.is_of_stream
        self._asked = {name: _Asked(name, values, any(values.values())) for name, values in scopes.items()}

    def update(self) -> None:
        """Take in all calls that were added since the last time."""
        holdings = self._holdings
        since, upto = self.seen, holdings.batch
        if since == upto:
            return
        self._newest_us = holdings.newest_us()
        if not (since and self._add_few(since)):
            for asked in self._asked.values():
                self._add_all(asked, since)
            # Asked when somebody wants to see them: the first numbers come before.
            self._just_now.clear()
            self._unseen_since = 0
        self.seen = upto
        self._forget_minutes()

    def statuses(self, now: datetime, has_data: bool) -> tuple[BudgetStatus, ...]:
        """Of all budgets, in their order. `has_data`: some call was read at all."""
        local = self._holdings.zone.local(now)
        return tuple(self._status(budget, local, has_data) for budget in self._plan.budgets)

    def stream(self, now: datetime) -> CurrentStream | None:
        """Of all calls. Only where it is watched, or a budget asks for it."""
        asked = self._asked.get("")
        return self._current(asked, asked.calls[""], now)[0] if asked and asked.of_streams else None

    def month(self, now: datetime) -> Forecast | None:
        """The forecast of the month's end for all calls; None where they are not added up here."""
        asked = self._asked.get("")
        if asked is None:
            return None
        local = self._holdings.zone.local(now)
        first, last = period_of("month", local.date())
        return self._of_days(asked.calls[""], first, last, local, None)[1]

    def minutes(self) -> Mapping[int, tuple[int, int]]:
        """(calls, 1e-9 CNY) of all calls by minute since 1970, of the last two hours."""
        asked = self._asked.get("")
        return {m: (p.calls, p.nano) for m, p in asked.calls[""].minutes.items()} if asked else {}

    def hours(self) -> Mapping[Cell, int]:
        """Number of all calls by local day and hour."""
        asked = self._asked.get("")
        return {cell: part.calls for cell, part in asked.calls[""].cells.items()} if asked else {}

    # What an alert wants to know besides; each is a question of its own

    def usual(self, now: datetime) -> tuple[int, int, float | None]:
        """Calls, successful ones and p95 (ms) of the 7 days before the last hour."""
        until = int(now.timestamp() * 1e6) - HOUR
        span = until - WEEK, until
        source = self._holdings.relation(span)
        [(calls, good, p95)] = self._holdings.ask(queries.usual(source, f"ts >= {span[0]} AND ts < {span[1]}"))
        return calls, good, p95

    def usual_costs(self, now: datetime) -> dict[str, tuple[int, float, float]]:
        """Calls, mean and standard deviation in 1e-9 CNY by function, of the 7 days before the newest calls."""
        until = int(now.timestamp() * 1e6) - JUST_NOW
        span = until - WEEK, until
        calls = queries.costed(self._holdings.relation(span), f"ts >= {span[0]} AND ts < {span[1]}", self._cost)
        found = self._holdings.ask(queries.usual_costs(calls, "cost IS NOT NULL"))
        return {function: (count, mean or 0.0, deviation or 0.0) for function, count, mean, deviation in found}

    def names(self, dimension: Dimension) -> dict[str, int]:
        """The names of the last weeks and when each was first seen in them, in microseconds."""
        key, source = queries.DIMENSION_COLUMNS[dimension], self._holdings.relation(self._span)
        found = self._holdings.ask(queries.first_seen(source, f"ts IS NOT NULL AND {self._days}", key))
        return {name: first for name, first in found if name}

    def first_us(self, dimension: Dimension, name: str) -> int | None:
        """When a name was first seen at all."""
        key = queries.DIMENSION_COLUMNS[dimension]
        where = f"ts IS NOT NULL AND {key} = {quoted(name)}"
        found = self._holdings.ask(queries.first_seen(self._holdings.relation(), where, key))
        return found[0][1] if found else None

    def oldest_us(self) -> int:
        return self._holdings.span()[0]

    def evidence(self, calls: Iterable[JustNow]) -> tuple[Evidence, ...]:
        """The calls as an alert shows them, the newest first."""
        paths, zone = self._holdings.paths(), self._holdings.zone
        return tuple(
            Evidence(
                zone.at(call.ts), call.model, call.function, None if call.nano is None else cny(call.nano), call.ms,
                call.ok, paths.get(call.file, ""), call.pos,
            )
            for call in sorted(calls, reverse=True)
        )  # fmt: skip

    def crossed_by(self, status: BudgetStatus, percent: int, most: int = 3) -> tuple[Evidence, ...]:
        """The call with which a budget reached a part of its amount, after those before it; the newest first. Empty
        where it was more than 1000 calls ago, or is none.
        """
        budget = status.budget
        where = [self._days]
        if budget.dimension:
            dimension, value = budget.dimension
            where.append(f"{queries.DIMENSION_COLUMNS[dimension]} = {quoted(value)}")
        if status.session:
            where.append(f"{queries.DIMENSION_COLUMNS['session']} = {quoted(status.session)}")
        elif status.starts_at is not None:
            where.append(f"ts >= {int(status.starts_at.timestamp() * 1e6)}")
        source = self._holdings.relation(self._span)
        found = self._holdings.ask(
            queries.rows_costed_last(source, " AND ".join(where), self._cost, "time", True, 1000)
        )
        calls = [_just_now(dict(zip(queries.ROW, row, strict=True))) for row in found]
        left = int(status.spent.scaleb(9)) - int((budget.amount * percent / 100).scaleb(9))
        for place, call in enumerate(calls):
            left -= call.nano or 0
            if left < 0:
                return self.evidence(calls[place : place + most])
        return ()

    # Taking in

    def _add_few(self, since: int) -> bool:
        """By hand, because planning a question costs more. False, and nothing added, where there are too many."""
        found = self._holdings.few(self._span, since, "true", self._cost, FEW)
        if found is None:
            return False
        for row in found:
            call = dict(zip((*queries.ROW, "day_number", "hour"), row, strict=True))
            if not self._numbers[0] <= call["day_number"] <= self._numbers[1]:
                continue
            cost = call["odd_cost"] if call["plain_cost"] is None else call["plain_cost"]
            if self._unseen_since is None and call["ts"] is not None:
                self._just_now.append(_just_now(call))
            cell, nano, unknown, ts = (call["day_number"], call["hour"]), cost or 0, int(cost is None), call["ts"]
            for asked in self._asked.values():
                of = asked.of(call)
                if of is None:
                    continue
                of.add(call["session_id"] if asked.of_streams else None, cell, 1, nano, unknown, ts, ts)
                if cell[0] < self._today:
                    of.pattern = None
                if ts is not None:
                    of.add_to_stretch(ts, cell, nano, unknown, self._plan.gap_us)
                    of.minutes.setdefault(ts // MINUTE, _Part()).add(1, nano, unknown, ts, ts)
        return True

    def _add_all(self, asked: _Asked, since: int) -> None:
        holdings = self._holdings
        source, where = holdings.relation(self._span, since), f"{self._days} AND {asked.narrow}"
        day, hour = queries.local_time(holdings.zone, *self._span)
        keys = {"value": asked.key, "day": day, "hour": hour}
        for _, value, number, of_day, *values in self._ask(source, where, keys):
            of = asked.calls[value]
            of.add(None, (number, of_day), *_part(values))
            of.pattern = of.stretches = None
        if asked.of_streams:
            keys = {"value": asked.key, "session": queries.DIMENSION_COLUMNS["session"], "day": day}
            where += " AND session_id <> ''"
            for _, value, session, number, *values in self._ask(source, where, keys):
                asked.calls[value].sessions.setdefault(session, _Stream()).add((number, None), *_part(values))
        if self._newest_us is None:
            return
        span = self._newest_us - RECENT, self._newest_us + 1
        source, where = holdings.relation(span, since), f"ts >= {span[0]} AND ts < {span[1]} AND {asked.narrow}"
        keys = {"value": asked.key, "minute": f"ts // {MINUTE}"}
        for _, value, minute, *values in self._ask(source, where, keys):
            asked.calls[value].minutes.setdefault(minute, _Part()).add(*_part(values))

    def _ask(self, source: str, where: str, keys: Mapping[str, str]) -> list[tuple[Any, ...]]:
        return self._holdings.sums(source, where, keys, [tuple(keys)], 0.0, self._cost, _WANTED)

    def just_now(self) -> deque[JustNow]:
        """The newest calls, those of the last quarter of an hour and some before, without order."""
        since, self._unseen_since = self._unseen_since, None
        if since is not None:
            self._see_newest(since)
        return self._just_now

    def _see_newest(self, since: int) -> None:
        self.bulks += 1
        if self._newest_us is None:
            return
        span = self._newest_us - JUST_NOW, self._newest_us + 1
        source, where = self._holdings.relation(span, since), f"ts >= {span[0]}"
        for row in self._holdings.ask(queries.rows_costed_last(source, where, self._cost, "time", True, MOST_JUST_NOW)):
            self._just_now.append(_just_now(dict(zip(queries.ROW, row, strict=True))))

    def _ask_stretches(self, asked: _Asked) -> None:
        """The streams of calls without sessions."""
        calls = queries.costed(self._holdings.relation(self._span), f"{self._days} AND {asked.narrow}", self._cost)
        found: dict[str, dict[int, _Stream]] = {value: {} for value in asked.calls}
        stretches = queries.stretches(calls, asked.key, self._plan.gap_us)
        day, hour = queries.local_time(self._holdings.zone, *self._span)
        keys = {"value": asked.key, "stretch": "stretch", "day": day, "hour": hour}
        answer = self._holdings.ask(queries.sums(stretches, "true", keys, [tuple(keys)], 0.0, _WANTED))
        for _, value, stretch, number, of_day, *values in answer:
            found[value].setdefault(int(stretch), _Stream()).add((number, of_day), *_part(values))
        for value, by_number in found.items():
            asked.calls[value].stretches = [by_number[number] for number in sorted(by_number)]

    def _forget_minutes(self) -> None:
        if self._newest_us is None:
            return
        oldest = (self._newest_us - RECENT) // MINUTE
        for asked in self._asked.values():
            for of in asked.calls.values():
                for minute in [minute for minute in of.minutes if minute < oldest]:
                    del of.minutes[minute]
        if any(call.ts < self._newest_us - RECENT for call in self._just_now):
            kept = [call for call in self._just_now if call.ts >= self._newest_us - JUST_NOW]
            self._just_now = deque(kept, MOST_JUST_NOW)

    # Answering

    def _status(self, budget: Budget, now: datetime, has_data: bool) -> BudgetStatus:
        dimension, value = budget.dimension or ("", "")
        asked = self._asked[dimension]
        of = asked.calls[value]
        first, last = period_of(budget.period, now.date())
        zone = self._holdings.zone
        starts: datetime | None = datetime.combine(first, time(), zone.info)
        ends: datetime | None = datetime.combine(last + timedelta(days=1), time(), zone.info)
        current: CurrentStream | None = None
        if budget.is_of_stream:
            current, stream, over = self._current(asked, of, now)
            part, forecast = _Part(), NOTHING
            if current and stream:
                part = (
                    stream.whole
                    if budget.period == "stream"
                    else _within(((day, part) for (day, _), part in stream.cells.items()), first, last)
                )
                if current.is_on:
                    past = self._past(asked, value, of, current.session, over)
                    # Of a stream that began yesterday, only today's part may count.
                    apart = cny(stream.whole.nano - part.nano)
                    of_whole = of_stream(
                        stream.whole.nano, current.starts_at, now, past, _pace(of, now), budget.amount + apart
                    )
                    forecast = _less(of_whole, apart)
            if budget.period == "stream":
                starts, ends = (current.starts_at if current else None), None
        else:
            part, forecast = self._of_days(of, first, last, now, budget.amount)
        spent = cny(part.nano)
        session = current.session if budget.is_of_stream and current else ""
        has_data = has_data and not (part.calls and part.unknown == part.calls)
        return BudgetStatus(
            budget,
            spent,
            percent_of(spent, budget.amount),
            forecast.expected,
            forecast.low,
            forecast.high,
            forecast.gone_at,
            state_of(budget, spent, forecast.expected, has_data),
            starts,
            ends,
            forecast.method,
            part.unknown,
            session,
            current.newest_at if current else None,
        )

    def _of_days(
        self, of: _Calls, first: date, last: date, now: datetime, amount: Decimal | None
    ) -> tuple[_Part, Forecast]:
        if of.pattern is None:
            of.pattern = Pattern({cell: part.nano for cell, part in of.cells.items()}, now.date())
        part = _within(of.days.items(), first, last)
        today = _within(of.days.items(), now.date(), now.date())
        return part, of_days(part.nano, today.nano, now, last, of.pattern, _pace(of, now), amount)

    def _current(
        self, asked: _Asked, of: _Calls, now: datetime
    ) -> tuple[CurrentStream | None, _Stream | None, list[tuple[str, _Stream]]]:
        """The stream of the newest call: its session, or where it has none, the stretch that it belongs to. And those
        of its sort that are over.
        """
        gap = self._plan.gap_us
        newest = max((part.last for part in of.days.values() if part.last is not None), default=None)
        if newest is None:
            return None, None, []
        timed = [(stream.whole.last, name) for name, stream in of.sessions.items() if stream.whole.last is not None]
        last, name = max(timed, default=(0, ""))
        if name and newest - last <= gap:
            streams = list(of.sessions.items())
            stream = of.sessions[name]
        else:
            name = ""
            if of.stretches is None:
                self._ask_stretches(asked)
            if not of.stretches:
                return None, None, []
            streams = [("", each) for each in of.stretches]
            stream = of.stretches[-1]
        whole = stream.whole
        if whole.first is None or whole.last is None:
            return None, None, []
        over = [other for other in streams if other[1] is not stream and newest - (other[1].whole.last or 0) > gap]
        zone = self._holdings.zone
        is_on = int(now.timestamp() * 1e6) - whole.last <= gap
        current = CurrentStream(name, zone.at(whole.first), zone.at(whole.last), whole.calls, cny(whole.nano), is_on)
        return current, stream, over

    def _past(
        self, asked: _Asked, value: str, of: _Calls, session: str, over: Sequence[tuple[str, _Stream]]
    ) -> list[PastStream]:
        """How the newest streams that are over went."""
        newest = sorted(over, key=lambda named: named[1].whole.last or 0)[-MOST_PAST:]
        key = tuple((name, stream.whole.first) for name, stream in newest)
        if of.past is None or of.past[0] != key:
            streams = [stream for _, stream in newest]
            if session and newest:
                streams = self._with_hours(asked, value, [name for name, _ in newest])
            of.past = key, past_streams(_curves(streams))
        return of.past[1]

    def _with_hours(self, asked: _Asked, value: str, sessions: Sequence[str]) -> list[_Stream]:
        session = queries.DIMENSION_COLUMNS["session"]
        listing = ", ".join(map(quoted, sessions))
        where = f"{self._days} AND {asked.key} = {quoted(value)} AND {session} IN ({listing})"
        day, hour = queries.local_time(self._holdings.zone, *self._span)
        found: dict[str, _Stream] = {}
        keys = {"session": session, "day": day, "hour": hour}
        for _, name, number, of_day, *values in self._ask(self._holdings.relation(self._span), where, keys):
            found.setdefault(name, _Stream()).add((number, of_day), *_part(values))
        return list(found.values())


def _just_now(call: Mapping[str, Any]) -> JustNow:
    return JustNow(
        call["ts"] or 0, call["model"] or "", call["fn"], call["user_id"] or "", call["anchor_id"] or "", call["ok"],
        call["ms"], call["odd_cost"] if call["plain_cost"] is None else call["plain_cost"], call["family"],
        call["file"], call["pos"],
    )  # fmt: skip


def _part(values: Sequence[Any]) -> tuple[int, int, int, int | None, int | None]:
    sums = read_sums(values)
    return sums[CALLS], sums[COST] + sums[ODD_COST], sums[UNKNOWN_COST], sums[FIRST], sums[LAST]


def _within(parts: Iterable[tuple[int, _Part]], first: date, last: date) -> _Part:
    whole = _Part()
    begin, end = day_number(first), day_number(last)
    for day, part in parts:
        if begin <= day <= end:
            whole.add(part.calls, part.nano, part.unknown, part.first, part.last)
    return whole


def _pace(of: _Calls, now: datetime) -> Pace:
    until = int(now.timestamp() * 1e6)
    within = {m: part for m, part in of.minutes.items() if until - HOUR < m * MINUTE <= until}
    if not within:
        return Pace()
    seconds = (until - min(within) * MINUTE) / SECOND
    return Pace(sum(part.calls for part in within.values()), sum(part.nano for part in within.values()), seconds)


def _curves(streams: Iterable[_Stream]) -> Iterator[tuple[int, int, list[tuple[int, int, int]]]]:
    for stream in streams:
        whole = stream.whole
        if whole.first is not None and whole.last is not None:
            hours = [
                (part.first, part.last, part.nano)
                for part in stream.cells.values()
                if part.first is not None and part.last is not None
            ]
            yield whole.first, whole.last, hours


def _less(forecast: Forecast, apart: Decimal) -> Forecast:
    if forecast.expected is None or forecast.low is None or forecast.high is None or not apart:
        return forecast
    return Forecast(
        forecast.expected - apart, forecast.low - apart, forecast.high - apart, forecast.gone_at, forecast.method
    )
