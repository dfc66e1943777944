"""The settlement with anchors: a workbook with an overview and a sheet for each of them.

A newcomer would get this wrong: calls without an anchor are somebody's too. They have a sheet of their own, so that the
sheets add up to the overview, and the overview to the report of the same days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tipmao_monitor.reports import words
from tipmao_monitor.reports.workbook import Book, new_book
from tipmao_monitor.usage.report import Report, largest
from tipmao_monitor.usage.report_tables import SUMS, Column, Table, sums_of
from tipmao_monitor.usage.snapshot import Totals
from tipmao_monitor.window.numbers import not_recorded, visible

Groups = Mapping[str, Mapping[str, Mapping[str, Totals]]]
"""By anchor, then by "day", "model" or "function"."""

_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_PARTS = (
    ("days", Column("day", "day")),
    ("models", Column("model", "name")),
    ("functions", Column("function", "name")),
)


def write_statement(report: Report, anchors: Groups, path: Path, say: Callable[[float], None]) -> None:
    """OSError where it cannot be written. `say` hears how much is done and may raise."""
    with new_book(report, words.statement_title(), path) as library:
        book = Book(library, report)
        overview = book.sheet(words.statement_title())
        book.write_title(overview, words.statement_title(), words.period(report), words.made(report))
        by_cost = largest(report.stats.by_anchor)
        columns = (Column("anchor", "name"), *SUMS)
        rows = tuple((key, *sums_of(totals)) for key, totals in by_cost)
        row = book.write_block(overview, 4, Table("anchors", columns, rows))
        total = (words.table_title("total"), *sums_of(report.stats.total))
        book.write_block(overview, row, Table("total", (Column("total", "text"), *SUMS), (total,)), head=False)
        for number, (anchor, totals) in enumerate(by_cost):
            say(number / len(by_cost))
            _write_anchor(book, anchor, totals, anchors.get(anchor, {}))


def _write_anchor(book: Book, anchor: str, totals: Totals, parts: Mapping[str, Mapping[str, Totals]]) -> None:
    name = visible(anchor) if anchor else not_recorded()
    sheet = book.sheet(_NOT_IN_A_NAME.sub("_", name).strip() or "_")
    book.write_title(sheet, name, words.period(book.report), words.made(book.report))
    total = (words.table_title("total"), *sums_of(totals))
    row = book.write_block(sheet, 4, Table("total", (Column("total", "text"), *SUMS), (total,))) + 1
    for table, column in _PARTS:
        groups = parts.get(column.name, {})
        ordered = sorted(groups.items()) if column.name == "day" else largest(groups)
        rows = tuple((key, *sums_of(of)) for key, of in ordered)
        row = book.write_block(sheet, row, Table(table, (column, *SUMS), rows)) + 1
