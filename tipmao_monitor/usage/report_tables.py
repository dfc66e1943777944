"""A report as tables: named columns and exact values, from which CSV, XLSX, HTML and PDF are written.

The names of columns are those of `stats --json`. The newcomer's mistake: to round here, or to leave a row out. A format
that has no room for all rows says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal

from tipmao_monitor.usage.formats import Section
from tipmao_monitor.usage.report import Report, Session, average_cost, largest
from tipmao_monitor.usage.snapshot import CallRow, Totals

Kind = Literal["finding", "name", "text", "count", "money", "ratio", "hours", "ms", "time", "day", "percent", "flag"]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """`total` is the true number of rows, where `rows` are only some of them."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int = 0

    @property
    def left_out(self) -> int:
        return max(0, self.total - len(self.rows))


SUMS = (
    Column("calls", "count"),
    Column("successful_calls", "count"),
    Column("failed_calls", "count"),
    Column("input_tokens", "count"),
    Column("output_tokens", "count"),
    Column("total_tokens", "count"),
    Column("cost", "money"),
    Column("recorded_cost", "money"),
    Column("unknown_cost_calls", "count"),
    Column("unknown_token_calls", "count"),
)
PERCENTILES = (Column("p50_ms", "ms"), Column("p95_ms", "ms"), Column("p99_ms", "ms"))
AVERAGE = Column("average_cost", "ratio")
LIVE = (Column("live_hours", "hours"), Column("cost_per_live_hour", "ratio"))
CALL = (
    Column("time", "time"),
    Column("day", "day"),
    Column("user", "name"),
    Column("anchor", "name"),
    Column("session", "name"),
    Column("model", "name"),
    Column("function", "name"),
    Column("recorded_function", "name"),
    Column("input_tokens", "count"),
    Column("output_tokens", "count"),
    Column("total_tokens", "count"),
    Column("cost", "money"),
    Column("recorded_cost", "money"),
    Column("duration_ms", "ms"),
    Column("success", "flag"),
    Column("error", "text"),
    Column("flags", "text"),
    Column("file", "text"),
    Column("line", "count"),
)
DIMENSIONS: tuple[tuple[str, Section | None, str], ...] = (
    ("total", None, "total"),
    ("model", "models", "by_model"),
    ("function", "functions", "by_function"),
    ("user", "users", "by_user"),
    ("anchor", "anchors", "by_anchor"),
    ("session", "sessions", "by_session"),
    ("day", "days", "by_day"),
    ("hour", "hours", "by_hour"),
)
"""Each dimension of the sums, the section that it belongs to, and its name in `Stats`."""

sums_of = attrgetter(*(column.name for column in SUMS))
"""The values of `SUMS`."""
_percentiles = attrgetter(*(column.name for column in PERCENTILES))


def sums_table(report: Report) -> Table:
    """All sums below each other: one row for each value of each dimension, the same columns for all."""
    rows: list[tuple[Any, ...]] = []
    live = {session.key: _live(session) for session in report.sessions}
    for name, section, of_stats in DIMENSIONS:
        if section is not None and not report.has(section):
            continue
        found: Any = getattr(report.stats, of_stats)
        groups = {"": found} if section is None else found
        lives = live if name == "session" else {}
        rows += [
            (name, key, *sums_of(totals), *_percentiles(totals), average_cost(totals), *lives.get(key, (None, None)))
            for key, totals in _ordered(name, groups)
        ]
    columns = (Column("dimension", "text"), Column("key", "name"), *SUMS, *PERCENTILES, AVERAGE, *LIVE)
    return Table("sums", columns, tuple(rows))


def tables(report: Report) -> list[Table]:
    """What the report says, section by section."""
    found = []
    if report.has("days"):
        found.append(_groups(report, "day", Column("day", "day"), PERCENTILES))
    if report.has("hours"):
        found.append(_groups(report, "hour", Column("hour", "text")))
    if report.has("models"):
        found.append(_groups(report, "model", Column("model", "name"), PERCENTILES, averages=True))
    if report.has("functions"):
        found.append(_groups(report, "function", Column("function", "name"), PERCENTILES, averages=True))
    if report.has("users"):
        found.append(_users(report))
    if report.has("anchors"):
        found.append(_groups(report, "anchor", Column("anchor", "name"), averages=True))
    if report.has("sessions"):
        found.append(_sessions(report))
    if report.has("lists"):
        for kind in ("slow", "failed", "odd"):
            rows = report.lists.get(kind, ())
            found.append(Table(f"{kind}_calls", CALL, tuple(map(call_values, rows)), report.list_counts[kind]))
        found.append(Table("errors", (Column("error", "text"), Column("calls", "count")), report.families))
    if report.has("budgets") and report.stats.budgets:
        found.append(_budgets(report))
    if report.has("advice") and report.advice.cards:
        found.append(_advice(report))
    if report.has("prices"):
        found.append(_audit(report))
    if report.has("coverage"):
        found.append(_coverage(report))
    return found


def call_values(row: CallRow) -> tuple[Any, ...]:
    """A call in the order of `CALL`."""
    return (
        row.at, row.day, row.user, row.anchor, row.session, row.model, row.function, row.raw_function,
        row.input_tokens, row.output_tokens, row.total_tokens, row.cost, row.recorded_cost, row.duration_ms,
        row.success, row.error_msg, " ".join(row.flags), row.path, row.line,
    )  # fmt: skip


def _ordered(name: str, groups: Mapping[str, Totals]) -> Iterable[tuple[str, Totals]]:
    return sorted(groups.items()) if name in ("day", "hour") else largest(groups)


def _groups(report: Report, name: str, key: Column, more: tuple[Column, ...] = (), *, averages: bool = False) -> Table:
    groups: Mapping[str, Totals] = getattr(report.stats, f"by_{name}")
    columns = (key, *SUMS, *((AVERAGE,) if averages else ()), *more)
    rows = []
    for value, totals in _ordered(name, groups):
        average = (average_cost(totals),) if averages else ()
        rows.append((value, *sums_of(totals), *average, *(_percentiles(totals) if more else ())))
    return Table(f"{name}s", columns, tuple(rows))


def _users(report: Report) -> Table:
    """By cost; the place among all users by tokens stands beside, calls without a user have none."""
    groups = report.stats.by_user
    by_cost = {key: n for n, (key, _) in enumerate(largest(_named(groups), "cost"), 1)}
    by_tokens = {key: n for n, (key, _) in enumerate(largest(_named(groups), "tokens"), 1)}
    columns = (Column("user", "name"), Column("rank_by_cost", "count"), Column("rank_by_tokens", "count"), *SUMS)
    rows = [(key, by_cost.get(key), by_tokens.get(key), *sums_of(totals)) for key, totals in largest(groups)]
    return Table("users", columns, tuple(rows))


def _named(groups: Mapping[str, Totals]) -> dict[str, Totals]:
    return {key: totals for key, totals in groups.items() if key}


def _sessions(report: Report) -> Table:
    columns = (
        Column("session", "name"), Column("first", "time"), Column("last", "time"), *LIVE, *SUMS,
    )  # fmt: skip
    rows = [(s.key, s.first, s.last, *_live(s), *sums_of(s.totals)) for s in report.sessions]
    return Table("sessions", columns, tuple(rows))


def _live(session: Session) -> tuple[Any, ...]:
    return session.live_hours if session.live else None, session.cost_per_live_hour


def _budgets(report: Report) -> Table:
    columns = (
        Column("budget", "name"), Column("scope", "name"), Column("period", "text"), Column("amount", "money"),
        Column("spent", "money"), Column("percent", "percent"), Column("forecast", "money"),
        Column("gone_at", "time"), Column("state", "text"),
    )  # fmt: skip
    rows = [
        (
            status.budget.name, status.budget.scope, status.budget.period, status.budget.amount, status.spent,
            status.percent, status.forecast, status.gone_at, status.state,
        )
        for status in report.stats.budgets
    ]  # fmt: skip
    return Table("budgets", columns, tuple(rows))


def _advice(report: Report) -> Table:
    columns = (
        Column("finding", "finding"), Column("function", "name"), Column("from_model", "name"),
        Column("to_model", "name"), Column("calls", "count"), Column("cost", "money"), Column("cost_after", "money"),
        Column("saving_per_day", "ratio"), Column("saving_per_month", "ratio"),
    )  # fmt: skip
    rows = [
        (
            finding, finding.function, finding.from_model, finding.to_model, finding.calls, finding.cost,
            finding.cost_after, finding.saving_per_day, finding.saving_per_month,
        )
        for finding in report.advice.cards
    ]  # fmt: skip
    return Table("advice", columns, tuple(rows))


def _audit(report: Report) -> Table:
    columns = (
        Column("model", "name"), Column("calls", "count"), Column("recorded_cost", "money"),
        Column("recorded_in_cny", "money"), Column("book_cost", "money"), Column("difference", "money"),
        Column("reason", "text"),
    )  # fmt: skip
    rows = [
        (row.model, row.calls, row.recorded_cost, row.in_cny, row.book_cost, row.difference, row.reason)
        for row in report.audit.rows
    ]
    return Table("prices", columns, tuple(rows))


def _coverage(report: Report) -> Table:
    seen = report.stats.coverage
    counts = ("files", "lines", "counted", "flagged", "quarantined", "blank", "pending_bytes")
    rows = [(name, getattr(seen, name)) for name in counts]
    rows += [(f"reason: {reason}", n) for reason, n in seen.reasons]
    return Table("coverage", (Column("what", "text"), Column("count", "count")), tuple(rows))


def exact(value: Any) -> Any:
    """A value as a program reads it: exact text of money and times, "" for what is unknown."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        case timedelta():
            return str(value)
        case float() | int() | str():
            return value
    return value.isoformat()
