"""Who looks after every snapshot for something worth an alert, and puts it into the ledger, once.

The key of a budget's alert is what records.md says (I6): budget, amount, begin of the period, threshold, actual or
forecast, and how often it was armed. The newcomer's mistake: to remember in here what was fired. This object dies with
the program; only the ledger knows. What it does keep is how long a forecast has been below, which begins anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from statistics import fmean

from tipmao_monitor.usage.alerts import (
    Alert,
    BudgetFacts,
    Crossing,
    Evidence,
    Facts,
    Kind,
    LatencyFacts,
    Newcomer,
    NewFacts,
    Rules,
    RunawayFacts,
    SilentFacts,
    SuccessFacts,
    UnusualFacts,
)
from tipmao_monitor.usage.budgets import BudgetStatus, CurrentStream, Threshold
from tipmao_monitor.usage.ledger import Ledger
from tipmao_monitor.usage.localtime import HOUR, day_number
from tipmao_monitor.usage.snapshot import Dimension
from tipmao_monitor.usage.spending import JUST_NOW, MINUTE, JustNow, Spending
from tipmao_monitor.usage.tally import cny

BELOW_S = 900.0  # after which a forecast, or a state of the calls, that was fired may fire again
LONGEST_STEP_S = 120.0  # that counts of the time between two looks: the clock may have jumped
ANEW = timedelta(minutes=5)  # after which it is asked again what a call usually costs
PAUSE = timedelta(hours=1)  # between two alerts of one kind that is not about a budget
LEAST_CALLS = 20
LEAST_USUAL_CALLS = 100
LEAST_LATENCY_MS = 1000.0
LEAST_RUNAWAY_CALLS = 30
LEAST_RUNAWAY_DAYS = 3
RUNAWAY_MINUTES = 5
LEAST_STREAM_CALLS = 10
FRESH_US = 24 * HOUR  # a name that was first seen longer ago is not new
OLD = timedelta(days=7)  # a stream that ended longer ago is one of the past, and was imported
SILENT_ROOM = 10  # minutes in which silence is told also of a stream that counts as over by then
MOST_EVIDENCE = 20

_NEWCOMERS: dict[Newcomer, Dimension] = {"new_model": "model", "new_user": "user", "new_anchor": "anchor"}


class Watch:
    """Fires what is due, in the order of the looks. It belongs to the thread of the spending that it is shown."""

    def __init__(self, ledger: Ledger, rules: Rules = Rules()) -> None:
        self.rules = rules
        self._ledger = ledger
        self._looked_at: datetime | None = None
        self._below_s: dict[str, float] = {}
        self._over_s: dict[Kind, float] = {}
        self._usual: tuple[datetime, int, int, float | None] | None = None
        self._costs: tuple[datetime, dict[str, tuple[int, float, float]]] | None = None
        self._known: dict[Dimension, set[str]] = {}
        self._known_of: tuple[Spending, int] | None = None

    def look(
        self, statuses: Sequence[BudgetStatus], stream: CurrentStream | None, spending: Spending, now: datetime
    ) -> tuple[Alert, ...]:
        """What is fired by how things stand now. Not to be asked during an import: its sums are not true yet."""
        self._ledger.follow()
        before = self._looked_at
        step_s = min(max((now - before).total_seconds(), 0.0), LONGEST_STEP_S) if before else 0.0
        self._looked_at = now
        fired = [
            self._of_budgets(statuses, stream, spending, now, step_s, is_first=before is None),
            *self._of_calls(spending, now, step_s),
            self._silent(stream, now),
        ]
        return tuple(alert for alert in fired if alert is not None)

    # Budgets

    def _of_budgets(
        self,
        statuses: Sequence[BudgetStatus],
        stream: CurrentStream | None,
        spending: Spending,
        now: datetime,
        step_s: float,
        *,
        is_first: bool,
    ) -> Alert | None:
        """One message of everything that was reached since the last look."""
        crossings, keys = [], []
        evidence: list[Evidence] = []
        for status in statuses:
            is_old = status.newest_at is not None and now - status.newest_at > OLD
            if status.state in ("paused", "unknown") or is_old:
                continue
            reached = set(status.reached)
            crossed: list[Threshold] = []
            for threshold in status.budget.thresholds:
                key = self._key(status, threshold, stream, now)
                if threshold.on == "forecast":
                    self._rearm(key, status, threshold in reached, now, step_s)
                key = f"{key}#{self._ledger.arming(key)}"
                if threshold in reached and not self._ledger.has(key):
                    crossed.append(threshold)
                    keys.append(key)
            if crossed:
                crossings.append(
                    Crossing(
                        status.budget, tuple(crossed), status.spent, status.percent, status.forecast, status.gone_at,
                        status.starts_at,
                    )
                )  # fmt: skip
                actual = [threshold.percent for threshold in crossed if threshold.on == "actual"]
                if actual:
                    evidence += spending.crossed_by(status, max(actual))
        if not crossings:
            return None
        facts = BudgetFacts(tuple(crossings), while_closed=is_first, evidence=tuple(evidence[:MOST_EVIDENCE]))
        return self._ledger.fire(now, "budget", facts, keys)

    def _key(self, status: BudgetStatus, threshold: Threshold, stream: CurrentStream | None, now: datetime) -> str:
        """Of all but the arming. What begins anew with each stream is of that stream, also within a day."""
        budget = status.budget
        head = "\x1f".join(("budget", budget.name, budget.scope, budget.period, f"{budget.amount.normalize():f}"))
        tail = f"{threshold.percent}\x1f{threshold.on}"
        began = status.starts_at
        if budget.period != "stream":
            head += f"\x1f{began.date().isoformat() if began else ''}"
            if not budget.is_of_stream:
                return f"{head}\x1f{tail}"
            began = stream.starts_at if stream else began
        if status.session:
            start = f"session {status.session}"
        else:
            start = self._start_of_stretch(began, f"{head}\x1fsince ", tail, now)
        return "\x1f".join((head, start, tail))

    def _start_of_stretch(self, starts_at: datetime | None, head: str, tail: str, now: datetime) -> str:
        """A stream without a session is known by its begin, which late or deleted calls move: then the one under which
        the same stream was fired.
        """
        begin = starts_at.timestamp() if starts_at else 0.0
        for key, fired_at in self._ledger.fired_at(head).items():
            known, _, rest = key.removeprefix(head).partition("\x1f")
            if rest.partition("#")[0] != tail:
                continue
            is_within = begin <= float(known) <= now.timestamp()
            if is_within or float(known) < begin <= fired_at.timestamp():
                return f"since {known}"
        return f"since {begin:.0f}"

    def _rearm(self, key: str, status: BudgetStatus, is_reached: bool, now: datetime, step_s: float) -> None:
        """A forecast comes and goes: it may fire again when it was below for a quarter of an hour."""
        if is_reached or status.forecast is None:
            self._below_s.pop(key, None)
            return
        arming = self._ledger.arming(key)
        if not self._ledger.has(f"{key}#{arming}"):
            return
        below_s = self._below_s[key] = self._below_s.get(key, -step_s) + step_s
        if below_s >= BELOW_S:
            self._ledger.rearm(key, arming + 1, now)
            del self._below_s[key]

    # Calls

    def _of_calls(self, spending: Spending, now: datetime, step_s: float) -> list[Alert | None]:
        until = int(now.timestamp() * 1e6)
        calls = [call for call in spending.just_now() if until - JUST_NOW < call.ts <= until]
        return [
            self._success(calls, spending, now, step_s),
            self._latency(calls, spending, now, step_s),
            self._runaway(calls, spending, now, step_s),
            self._unusual(calls, spending, now),
            *(self._new(kind, calls, spending, now) for kind in self.rules.newcomers),
        ]

    def _success(self, calls: Sequence[JustNow], spending: Spending, now: datetime, step_s: float) -> Alert | None:
        limit = self.rules.success_percent
        if limit is None:
            return None
        failed = [call for call in calls if not call.ok]
        rate = 100.0 * (len(calls) - len(failed)) / len(calls) if calls else 100.0

        def facts() -> Facts:
            usual_calls, good, _ = self._usual_calls(spending, now)
            usual = 100.0 * good / usual_calls if usual_calls >= LEAST_USUAL_CALLS else None
            families = Counter(call.family for call in failed).most_common(3)
            return SuccessFacts(
                rate, usual, len(calls), len(failed), JUST_NOW // MINUTE, tuple(families), self._some(failed, spending)
            )

        return self._state("success", len(calls) >= LEAST_CALLS and rate < limit, facts, now, step_s)

    def _latency(self, calls: Sequence[JustNow], spending: Spending, now: datetime, step_s: float) -> Alert | None:
        times = self.rules.latency_times
        durations = sorted(call.ms for call in calls if call.ms is not None)
        if times is None:
            return None
        if len(durations) < LEAST_CALLS:
            return self._state("latency", False, None, now, step_s)
        usual_calls, _, usual = self._usual_calls(spending, now)
        if not usual or usual_calls < LEAST_USUAL_CALLS:
            return None
        p95 = _p95(durations)

        def facts() -> Facts:
            slow = [call for call in calls if call.ms is not None and call.ms >= p95]
            return LatencyFacts(p95, usual, len(calls), JUST_NOW // MINUTE, self._some(slow, spending))

        return self._state("latency", p95 > times * usual and p95 >= LEAST_LATENCY_MS, facts, now, step_s)

    def _runaway(self, calls: Sequence[JustNow], spending: Spending, now: datetime, step_s: float) -> Alert | None:
        times = self.rules.runaway_times
        if times is None:
            return None
        minute = int(now.timestamp()) // 60
        last = [part for at, part in spending.minutes().items() if minute - RUNAWAY_MINUTES < at <= minute]
        count = sum(calls for calls, _ in last)
        if count < LEAST_RUNAWAY_CALLS:
            return self._state("runaway", False, None, now, step_s)
        usual = self._usual_of_hour(spending, now)
        if usual is None:
            return None
        within = [call for call in calls if call.ts // MINUTE > minute - RUNAWAY_MINUTES]

        def facts() -> Facts:
            functions = Counter(call.function for call in within).most_common(1)
            cost = cny(sum(nano for _, nano in last))
            function = functions[0][0] if functions else ""
            return RunawayFacts(count, usual, RUNAWAY_MINUTES, cost, function, self._some(within, spending))

        return self._state("runaway", count > times * max(usual, 1.0), facts, now, step_s)

    @staticmethod
    def _usual_of_hour(spending: Spending, now: datetime) -> float | None:
        """Calls of so many minutes of this hour of day on days that had some; of the busiest hour where none had."""
        today = day_number(now.date())
        by_hour: dict[int, list[int]] = {}
        for (day, hour), calls in spending.hours().items():
            if day < today and hour is not None and calls:
                by_hour.setdefault(hour, []).append(calls)
        known = {hour: counts for hour, counts in by_hour.items() if len(counts) >= LEAST_RUNAWAY_DAYS}
        if not known:
            return None
        counts = known.get(now.hour) or max(known.values(), key=fmean)
        return fmean(counts) * RUNAWAY_MINUTES / 60

    def _unusual(self, calls: Sequence[JustNow], spending: Spending, now: datetime) -> Alert | None:
        deviations = self.rules.unusual_deviations
        if deviations is None or not self._may_fire("unusual", now):
            return None
        if self._costs is None or abs(now - self._costs[0]) > ANEW:
            self._costs = now, spending.usual_costs(now)
        found = []
        for call in calls:
            count, mean, deviation = self._costs[1].get(call.function, (0, 0.0, 0.0))
            if call.nano is not None and count >= LEAST_CALLS and call.nano > mean + deviations * deviation:
                found.append(call)
        if not found:
            return None
        cost = cny(sum(call.nano or 0 for call in found))
        newest = max(found)
        facts = UnusualFacts(len(found), cost, self._some(found, spending))
        return self._ledger.fire(now, "unusual", facts, [f"unusual\x1f{newest.ts}\x1f{newest.pos}"])

    def _new(self, kind: Newcomer, calls: Sequence[JustNow], spending: Spending, now: datetime) -> Alert | None:
        dimension = _NEWCOMERS[kind]
        since = int(now.timestamp() * 1e6) - FRESH_US
        if self._known_of is None or self._known_of[0] is not spending or self._known_of[1] != spending.bulks:
            self._known, self._known_of = {}, (spending, spending.bulks)
        known = self._known.get(dimension)
        if known is None:
            found = spending.names(dimension)
            known = self._known[dimension] = {name for name, first in found.items() if first < since}
            names = set(found) - known
        else:
            names = {getattr(call, dimension) for call in calls} - known - {""}
        known |= names
        fresh = sorted(name for name in names if not self._ledger.has(f"{kind}\x1f{name}"))
        if not fresh or spending.oldest_us() >= since:
            return None  # on the first day every name is new
        fresh = [name for name in fresh if (spending.first_us(dimension, name) or 0) >= since]
        if not fresh:
            return None
        of = [call for call in calls if getattr(call, dimension) in fresh]
        facts = NewFacts(tuple(fresh), self._some(of, spending))
        return self._ledger.fire(now, kind, facts, [f"{kind}\x1f{name}" for name in fresh])

    def _silent(self, stream: CurrentStream | None, now: datetime) -> Alert | None:
        limit = self.rules.silent_minutes
        if limit is None or stream is None or stream.calls < LEAST_STREAM_CALLS:
            return None
        minutes = (now - stream.newest_at).total_seconds() / 60
        if minutes < limit or not (stream.is_on or minutes < limit + SILENT_ROOM):
            return None
        key = f"silent\x1f{stream.newest_at.timestamp():.0f}"
        return self._ledger.fire(now, "silent", SilentFacts(int(minutes), stream.newest_at, stream.session), [key])

    # In common

    def _state(
        self, kind: Kind, is_so: bool, facts: Callable[[], Facts] | None, now: datetime, step_s: float
    ) -> Alert | None:
        """Fires where a state begins. It has ended when it was not so for a quarter of an hour."""
        if not is_so or facts is None:
            if kind in self._over_s:
                self._over_s[kind] += step_s
                if self._over_s[kind] >= BELOW_S:
                    del self._over_s[kind]
            return None
        is_new = kind not in self._over_s
        self._over_s[kind] = 0.0
        if not is_new or not self._may_fire(kind, now):
            return None
        return self._ledger.fire(now, kind, facts(), [f"{kind}\x1f{now.timestamp():.0f}"])

    def _may_fire(self, kind: Kind, now: datetime) -> bool:
        newest = self._ledger.newest_of(kind)
        return newest is None or abs(now - newest.at) >= PAUSE

    def _usual_calls(self, spending: Spending, now: datetime) -> tuple[int, int, float | None]:
        if self._usual is None or abs(now - self._usual[0]) > PAUSE:
            self._usual = now, *spending.usual(now)
        return self._usual[1:]

    @staticmethod
    def _some(calls: Sequence[JustNow], spending: Spending) -> tuple[Evidence, ...]:
        newest = sorted(calls, key=lambda call: call.ts)[-MOST_EVIDENCE:]
        return spending.evidence(newest)


def _p95(ordered: Sequence[float]) -> float:
    place = 0.95 * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
