"""A report as one HTML file: charts as SVG, light and dark by the reader's system, nothing from anywhere else.

A newcomer would get this wrong: everything that was recorded is escaped by the template, which has autoescape on. No
text is put into the page in any other way, and the page forbids itself scripts and connections.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, StrictUndefined
from PySide6.QtCore import QLocale

from tipmao_monitor.reports import words
from tipmao_monitor.reports.pictures import Bars, cost_bars, cost_shares, hour_bars
from tipmao_monitor.usage.report import Report
from tipmao_monitor.usage.report_tables import Column, Table, exact, tables
from tipmao_monitor.usage.resources import resource
from tipmao_monitor.window.numbers import UNKNOWN

MOST_ROWS = 2000
HIGH, TOP = 240, 8
"""Of what bars can fill, in pixels, and what stays free above it for half of the highest tick's text."""

LETTER_PX = 7.5
"""How wide a digit below a bar is, air between two labels counted in."""

_NUMBERS = ("count", "money", "ratio", "hours", "ms", "percent")


def report_page(report: Report) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(resource("report/report.html").read_text("utf-8"))
    found = [table for table in tables(report) if table.rows]
    charts = [chart for chart in (cost_bars(report), hour_bars(report) if report.has("hours") else None) if chart]
    return template.render(
        language="zh" if QLocale().language() == QLocale.Language.Chinese else "en",
        title=words.title(report),
        period=words.period(report),
        made=words.made(report),
        figures=words.figures(report),
        sentences=words.summary(report),
        charts=[_drawn(chart) for chart in charts],
        shares=[
            (words.table_title(f"{dimension}s"), cost_shares(report, dimension))
            for dimension in ("model", "function")
            if report.has(f"{dimension}s")  # type: ignore[arg-type]  # models, functions
        ],
        tables=[_cells(table) for table in found],
        contents=words.translate("report", "Contents"),
        axis=12 + 8 * max((len(text) for chart in charts for _, text in chart.ticks), default=0),
        height=TOP + HIGH,
    )


def _cells(table: Table) -> dict[str, Any]:
    """What the template shows of a table: for each cell its text, its exact value and its side."""
    rows = table.rows[:MOST_ROWS]
    left_out = max(table.total, len(table.rows)) - len(rows)
    points = [decimals(column, [row[i] for row in rows]) for i, column in enumerate(table.columns)]
    return {
        "name": table.name,
        "title": words.table_title(table.name),
        "note": words.note(table.name),
        "left_out": words.left_out(len(rows), len(rows) + left_out) if left_out > 0 else "",
        "head": [(words.column_title(column), column.kind in _NUMBERS) for column in table.columns],
        "rows": [
            [
                _cell(table.name, column, value, places)
                for column, value, places in zip(table.columns, row, points, strict=True)
            ]
            for row in rows
        ],
    }


def decimals(column: Column, values: list[Any]) -> int:
    """How many decimals the longest of a column of money has: the points of all of them stand below each other."""
    if column.kind != "money":
        return 0
    texts = (str(exact(value)) for value in values if value is not None)
    return max(2, max((len(text.partition(".")[2]) for text in texts), default=0))


def cell_text(table: str, column: Column, value: Any, places: int) -> str:
    """What a reader sees; money with the decimals of its column, so with all of its own."""
    if value is None:
        return UNKNOWN
    if column.kind == "money":
        return f"{value:,.{places}f}"
    if column.kind in ("name", "text", "flag", "finding"):
        return words.cell(table, column, value)
    return words.shown(column, value)


def _cell(table: str, column: Column, value: Any, places: int) -> dict[str, Any]:
    is_number = column.kind in _NUMBERS
    return {
        "text": cell_text(table, column, value, places),
        "value": str(exact(value)) if is_number and value is not None else "",
        "number": is_number,
        "long": column.kind in ("name", "text", "finding"),
    }


def _drawn(bars: Bars) -> dict[str, Any]:
    """Rectangles and texts of a chart: across in percent, so that the page may be as narrow as a phone and text stays
    as large as it is; down in pixels."""
    slot = 100 / len(bars.labels)
    rects = []
    for i in range(len(bars.labels)):
        level = 0.0
        for part in bars.parts:
            height = part.heights[i] / bars.top * HIGH
            if height > 0:
                y = TOP + HIGH - level - height
                rects.append((round(slot * (i + 0.5), 3), round(y, 2), round(height, 2), part.colour))
            level += height
    labels = [(round(slot * (i + 0.5), 3), text) for i, text in enumerate(bars.labels) if text]
    return {
        "title": bars.title,
        "rects": rects,
        "bar": round(slot * 0.72, 3),
        "ticks": [(round(TOP + HIGH - value / bars.top * HIGH, 2), text) for value, text in bars.ticks],
        "labels": labels,
        "least": round(LETTER_PX * sum(len(text) for _, text in labels)),
        "legend": [(part.name, part.colour) for part in bars.parts] if len(bars.parts) > 1 else [],
    }
