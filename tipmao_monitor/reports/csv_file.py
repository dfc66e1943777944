"""A report as CSV: all sums as one tidy table, or every single call.

A newcomer would get this wrong: Excel runs what begins like a formula, takes UTF-8 for another code without a mark at
the start, and a terminal obeys control characters. Text goes through `safe`, numbers never need it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from tipmao_monitor.reports.calls import Calls
from tipmao_monitor.terminal import printable
from tipmao_monitor.usage.report import Report
from tipmao_monitor.usage.report_tables import CALL, call_values, exact, sums_table

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def write_sums(report: Report, path: Path) -> None:
    table = sums_table(report)
    _write(path, [column.name for column in table.columns], table.rows)


def write_calls(calls: Calls, path: Path) -> None:
    _write(path, [column.name for column in CALL], (call_values(row) for row in calls))


@lru_cache(4096)
def safe(text: str) -> str:
    """Recorded text that no spreadsheet and no terminal obeys."""
    shown = printable(text)
    return f"'{shown}" if text.lstrip(" ").startswith(FORMULA) else shown


def _write(path: Path, head: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(head)
        for row in rows:
            table.writerow([safe(value) if isinstance(value, str) else exact(value) for value in row])
