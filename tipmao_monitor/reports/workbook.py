"""A report as an XLSX workbook: a summary with charts that Excel draws itself, a sheet for each table, and the calls.

A newcomer would get this wrong: a cell of Excel holds a double. Money has up to nine decimals, so a sum of more than
15 digits is written as text beside what can be computed with; and text is always text, never a formula or a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from tipmao_monitor.reports import words
from tipmao_monitor.reports.calls import Calls
from tipmao_monitor.usage.report import Report
from tipmao_monitor.usage.report_tables import CALL, Column, Table, call_values, tables

ROWS_A_SHEET = 1_048_576
LONGEST_TEXT = 32_767
_DIGITS = 15
_ACCENT = "#0B7A75"
_CHARTS = {"days": "cost", "hours": "calls", "models": "cost", "functions": "cost"}
_BARS = 20
_NOT_OF_CALLS = ("file", "line")  # of a million calls they would be a fifth of the file
_MOST_TEXTS = 10_000
_FORMATS = {
    "count": "#,##0", "money": "#,##0.00#######", "ratio": "#,##0.00####", "hours": "0.00", "ms": "#,##0",
    "percent": "0.0", "time": "yyyy-mm-dd hh:mm:ss", "day": "yyyy-mm-dd",
    "name": "@", "text": "@", "flag": "@", "finding": "@",
}  # fmt: skip
_WIDTHS = {"name": 24, "finding": 44, "text": 26, "time": 19, "day": 12, "money": 16, "ratio": 14, "count": 14}


def write_workbook(report: Report, calls: Calls | None, path: Path, *, rows_a_sheet: int = ROWS_A_SHEET) -> None:
    """OSError where it cannot be written."""
    with new_book(report, words.title(report), path) as library:
        Book(library, report, rows_a_sheet).write(calls)


@contextmanager
def new_book(report: Report, title: str, path: Path) -> Iterator[Workbook]:
    """A workbook that is written to `path` at the end, unless something was raised. OSError where it cannot be."""
    # The rows wait in files of their own until the end, and those go with their folder, whatever happens.
    with TemporaryDirectory(prefix=".report-", dir=path.parent) as folder:
        options = {
            "constant_memory": True, "tmpdir": folder,
            "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        book = xlsxwriter.Workbook(str(path), options)
        # A workbook says when it was made, and that is when the report was.
        book.set_properties({"title": title, "created": report.now.replace(tzinfo=None)})
        try:
            yield book
            book.close()
        except XlsxWriterException as error:
            cause = error.__context__
            raise cause if isinstance(cause, OSError) else OSError(str(error)) from error
        finally:
            book.fileclosed = True  # or it would try once more, and complain, when it is collected
            for sheet in book.worksheets():
                sheet.row_data_fh.close()


class Book:
    """Sheets with the formats of a report."""

    def __init__(self, book: Workbook, report: Report, rows_a_sheet: int = ROWS_A_SHEET) -> None:
        self._book = book
        self.report = report
        self._rows = rows_a_sheet
        self._formats = {kind: book.add_format({"num_format": shape}) for kind, shape in _FORMATS.items()}
        self._head = book.add_format(
            {"bold": True, "font_color": "#FFFFFF", "bg_color": _ACCENT, "text_wrap": True, "valign": "top"}
        )
        self._large = book.add_format({"bold": True, "font_size": 16})
        self._names: set[str] = set()
        self._texts: dict[tuple[str, str], str] = {}

    def write(self, calls: Calls | None) -> None:
        summary = self.sheet(words.table_title("total"))
        found = tables(self.report)
        places = {table.name: self._write_table(table) for table in found}
        self._write_summary(summary, [table for table in found if table.rows], places)
        if calls is not None:
            self._write_calls(calls)

    def sheet(self, name: str) -> Worksheet:
        """A new sheet of that name, as far as there is room for it and it is not taken."""
        cut = name[:31]
        number = 2
        while cut.lower() in self._names:
            cut = f"{name[:27]} {number}"
            number += 1
        self._names.add(cut.lower())
        return self._book.add_worksheet(cut)

    def _write_summary(self, sheet: Worksheet, found: list[Table], places: dict[str, Worksheet]) -> None:
        report = self.report
        bold = self._book.add_format({"bold": True})
        sheet.hide_gridlines(2)
        sheet.set_column(1, 1, 22)
        self.write_title(sheet, words.title(report), words.period(report), words.made(report))
        row = 4
        total = report.stats.total
        for column, value in zip(_TOTAL, (getattr(total, column.name) for column in _TOTAL), strict=True):
            sheet.write_string(row, 0, words.column_title(column), bold)
            self._write_cell(sheet, row, 1, "total", column, value)
            row += 1
        row += 1
        for sentence in words.summary(report):
            sheet.write_string(row, 0, sentence)
            row += 1
        row += 1
        for table in found:
            if table.name in _CHARTS:
                sheet.insert_chart(row, 0, self._chart(table, places[table.name]), {"object_position": 1})
                row += 17
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def write_title(self, sheet: Worksheet, title: str, *lines: str) -> None:
        sheet.set_column(0, 0, 26)
        sheet.write_string(0, 0, _plain(title), self._large)
        for row, line in enumerate(lines, 1):
            sheet.write_string(row, 0, _plain(line))

    def write_block(self, sheet: Worksheet, row: int, table: Table, *, head: bool = True) -> int:
        """A table from a row on; the row behind it."""
        if head:
            for place, column in enumerate(table.columns):
                if place:
                    sheet.set_column(place, place, _WIDTHS.get(column.kind, 12))
                sheet.write_string(row, place, words.column_title(column), self._head)
            row += 1
        for values in table.rows[: self._rows - row]:
            for place, (column, value) in enumerate(zip(table.columns, values, strict=True)):
                self._write_cell(sheet, row, place, table.name, column, value)
            row += 1
        return row

    def _chart(self, table: Table, sheet: Worksheet) -> Any:
        """What the sheet of the table holds, drawn by Excel: days and hours upright, the largest groups lying."""
        is_time = table.name in ("days", "hours")
        chart: Any = self._book.add_chart({"type": "column" if is_time else "bar"})
        names = [column.name for column in table.columns]
        column = names.index(_CHARTS[table.name])
        last = len(table.rows) if is_time else min(len(table.rows), _BARS)
        place = sheet.get_name()
        chart.add_series({
            "name": words.column_title(table.columns[column]),
            "categories": [place, 1, 0, last, 0],
            "values": [place, 1, column, last, column],
            "fill": {"color": _ACCENT},
            "gap": 40,
        })  # fmt: skip
        chart.set_title({"name": words.table_title(table.name), "overlay": False})
        chart.set_legend({"none": True})
        chart.set_size({"width": 860, "height": 320})
        if is_time:
            chart.set_y_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA"}}})
            chart.set_x_axis({"text_axis": True})
        else:
            chart.set_y_axis({"reverse": True})
            chart.set_x_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA"}}})
        return chart

    def _write_table(self, table: Table) -> Worksheet:
        sheet = self._begin(words.table_title(table.name), table.columns)
        room = self._rows - 2
        for row, values in enumerate(table.rows[:room], 1):
            for place, (column, value) in enumerate(zip(table.columns, values, strict=True)):
                self._write_cell(sheet, row, place, table.name, column, value)
        count = min(len(table.rows), room)
        if count:
            sheet.autofilter(0, 0, count, len(table.columns) - 1)
        left_out = max(table.total, len(table.rows)) - count
        texts = [words.note(table.name), words.left_out(count, count + left_out) if left_out > 0 else ""]
        if note := " ".join(filter(None, texts)):
            sheet.write_string(min(count + 2, self._rows - 1), 0, note)
        return sheet

    def _begin(self, title: str, columns: Iterable[Column]) -> Worksheet:
        sheet = self.sheet(title)
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(column.kind, 12))
            sheet.write_string(0, place, words.column_title(column), self._head)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        return sheet

    def _write_calls(self, calls: Calls) -> None:
        """As many sheets as Excel needs for them."""
        sheet: Worksheet | None = None
        row = self._rows
        places = [place for place, column in enumerate(CALL) if column.name not in _NOT_OF_CALLS]
        columns = [CALL[place] for place in places]
        for call in calls:
            if row >= self._rows:
                sheet = self._begin(words.table_title("calls"), columns)
                row = 1
            assert sheet is not None
            values = call_values(call)
            for place, (column, source) in enumerate(zip(columns, places, strict=True)):
                value = values[source]
                if value is not None and value != "":
                    self._write_cell(sheet, row, place, "calls", column, value)
            row += 1

    def _write_cell(self, sheet: Worksheet, row: int, place: int, table: str, column: Column, value: Any) -> None:
        if value is None:
            return
        shape: Format = self._formats[column.kind]
        match value:
            case bool():
                sheet.write_string(row, place, words.cell(table, column, value), shape)
            case Decimal() if len(value.normalize().as_tuple().digits) > _DIGITS:
                sheet.write_string(row, place, words.exact_money(value), shape)
            case int() if abs(value) >= 10**_DIGITS:
                sheet.write_string(row, place, f"{value}", shape)
            case Decimal() | int() | float():
                sheet.write_number(row, place, value, shape)
            case datetime():
                sheet.write_datetime(row, place, value.replace(tzinfo=None), shape)
            case date():
                sheet.write_datetime(row, place, value, shape)
            case str() if column.kind == "day":
                sheet.write_datetime(row, place, date.fromisoformat(value), shape)
            case _:
                sheet.write_string(row, place, self._text(table, column, value), shape)

    def _text(self, table: str, column: Column, value: Any) -> str:
        """Names come again and again in a million calls."""
        if column.kind != "name":
            return _plain(words.cell(table, column, value))
        known = self._texts.get((column.name, value))
        if known is None:
            if len(self._texts) > _MOST_TEXTS:
                self._texts.clear()
            known = self._texts[column.name, value] = _plain(words.cell(table, column, value))
        return known


def _plain(text: str) -> str:
    """As long as a cell may be, and nothing that the library takes for its own markup and writes as it is."""
    text = text[:LONGEST_TEXT]
    return f" {text}" if text.startswith("<r>") else text


_TOTAL = (
    Column("cost", "money"), Column("calls", "count"), Column("successful_calls", "count"),
    Column("failed_calls", "count"), Column("input_tokens", "count"), Column("output_tokens", "count"),
    Column("total_tokens", "count"), Column("recorded_cost", "money"), Column("unknown_cost_calls", "count"),
    Column("unknown_token_calls", "count"), Column("p50_ms", "ms"), Column("p95_ms", "ms"), Column("p99_ms", "ms"),
)  # fmt: skip
