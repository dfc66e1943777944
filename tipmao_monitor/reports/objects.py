"""A report as JSON: the keys of the assistant's own report, and beside them the object of `stats --json`.

A newcomer would get this wrong: a float has no place here. Money is a number with all its decimals, and the same report
gives the same bytes.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from tipmao_monitor.reports.calls import Calls
from tipmao_monitor.terminal import stats_object, to_json, to_json_line
from tipmao_monitor.usage.advice import Finding
from tipmao_monitor.usage.report import TOP, Report, average_cost
from tipmao_monitor.usage.report_tables import CALL, Table, call_values, tables
from tipmao_monitor.usage.snapshot import Stats, Totals

_SECTION_OF_GROUP = {
    "by_model": "models", "by_function": "functions", "by_user": "users", "by_anchor": "anchors",
    "by_session": "sessions", "by_day": "days", "by_hour": "hours", "coverage": "coverage", "budgets": "budgets",
}  # fmt: skip
_ROW = ("calls", "input_tokens", "output_tokens", "total_tokens", "cost")


def write_json(report: Report, calls: Calls | None, path: Path) -> None:
    """The calls come last, one in a line, so that a million of them need no room."""
    whole = to_json(report_object(report))
    with path.open("wb") as file:
        if calls is None:
            file.write(whole)
            return
        file.write(whole.rstrip().removesuffix(b"}").rstrip() + b',\n  "calls": [')
        for number, row in enumerate(calls):
            file.write(b",\n    " if number else b"\n    ")
            file.write(to_json_line(_named(CALL, call_values(row))))
        file.write(b"\n  ]\n}\n")


def report_object(report: Report) -> dict[str, Any]:
    """What is asked for with `sections`; the assistant's own keys are always there."""
    hidden = {key for key, section in _SECTION_OF_GROUP.items() if section not in report.sections}
    stats = {key: value for key, value in stats_object(report.stats).items() if key not in hidden}
    users = report.has("users")
    return {
        "generated_at": report.now.isoformat(timespec="seconds"),
        "period_days": report.days,
        "today_summary": {"period": "daily", "date": str(report.now.date()), **_summary(report.today, report)},
        "period_summary": {
            "from": str(report.first), "to": str(report.last), **_summary(report.stats, report),
            "daily_average": report.daily_average,
        },
        "top_users": [_user(*row) for row in report.top_users("tokens")] if users else [],
        "cost_trend": [{"date": str(day), "cost": cost} for day, cost in report.cost_trend()],
        "top_users_by_cost": [_user(*row) for row in report.top_users("cost")] if users else [],
        "week": {
            "from": str(report.week.first), "to": str(report.week.last), "total_cost": report.week.cost,
            "daily_average": report.week.daily_average,
        },
        "previous": _before(report),
        "peak_hours": list(report.peak_hours[:TOP]),
        **stats,
        "average_cost": {key: average_cost(totals) for key, totals in report.stats.by_model.items()}
        if report.has("models")
        else {},
        **{table.name: _rows(table) for table in tables(report) if table.name not in _IN_STATS},
        "unpriced": [{"model": model, "calls": n} for model, n in report.unpriced],
    }  # fmt: skip


_IN_STATS = ("days", "hours", "models", "functions", "users", "anchors", "budgets", "coverage")


def _rows(table: Table) -> dict[str, Any]:
    return {"total": max(table.total, len(table.rows)), "rows": [_named(table.columns, row) for row in table.rows]}


def _named(columns: Any, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column.name: _plain(value) for column, value in zip(columns, row, strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, Finding):
        return {"kind": value.kind, "reason": value.reason}
    return value.isoformat() if isinstance(value, datetime | date) else value


def _before(report: Report) -> dict[str, Any] | None:
    """The same elapsed time before, and how many percent more it is now."""
    if report.before is None:
        return None
    now, before = report.stats.total, report.before
    figures = {name: getattr(before, name) for name in (*_ROW, "successful_calls", "failed_calls")}
    change = {}
    for name in ("calls", "total_tokens", "cost"):
        was = getattr(before, name)
        change[name] = round(100 * (float(getattr(now, name)) / float(was) - 1), 1) if was else None
    return {**figures, "change_percent": change}


def _summary(stats: Stats, report: Report) -> dict[str, Any]:
    """A period in the words of the assistant."""
    total = stats.total
    names = ("successful_calls", "failed_calls", "total_tokens", "input_tokens", "output_tokens")
    groups = {
        "by_model": {
            key: {**_row(t), "display_name": report.display_names.get(key, key)} for key, t in stats.by_model.items()
        },
        **{
            name: {key: _row(totals) for key, totals in getattr(stats, name).items()}
            for name in ("by_function", "by_user", "by_anchor")
        },
    }
    return {
        "total_calls": total.calls,
        **{name: getattr(total, name) for name in names},
        "total_cost": total.cost,
        "unknown_cost_calls": total.unknown_cost_calls,
        "unknown_token_calls": total.unknown_token_calls,
        **{name: rows if _SECTION_OF_GROUP[name] in report.sections else {} for name, rows in groups.items()},
    }


def _row(totals: Totals) -> dict[str, Any]:
    return {name: getattr(totals, name) for name in _ROW}


def _user(key: str, totals: Totals) -> dict[str, Any]:
    return {"user_id": key, "tokens": totals.total_tokens, "cost": totals.cost, "calls": totals.calls}
