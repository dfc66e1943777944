"""The five formats of a report over random records and days, each figure read back and compared with the oracle."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import oracle
import pytest
from lines import NOON, ODD, line
from pypdf import PdfReader
from PySide6.QtWidgets import QApplication
from stores import ORACLE_PRICES, SHANGHAI, opened, write

from tipmao_monitor.reports import words
from tipmao_monitor.reports.files import write_report
from tipmao_monitor.reports.page import MOST_ROWS
from tipmao_monitor.usage.formats import FORMATS, SECTIONS, ReportRequest
from tipmao_monitor.usage.report import Report
from tipmao_monitor.usage.report_tables import Column, exact
from tipmao_monitor.usage.store import Store

LAST = NOON.astimezone(SHANGHAI).date()
ROUNDS = 20
WITHOUT_SUMS = ("lists", "advice", "prices", "coverage")
HOSTILE = ("=cmd()", "+1", "-2+3", "@sum", "<script>alert(1)</script>", "\x1b[31mred", "../../etc/passwd", "<r>x</r>")
SUMS = (
    "calls", "successful_calls", "failed_calls", "input_tokens", "output_tokens", "total_tokens", "cost",
    "recorded_cost", "unknown_cost_calls", "unknown_token_calls",
)  # fmt: skip
TABLES = {
    "models": "model", "functions": "function", "users": "user", "anchors": "anchor", "sessions": "session",
    "days": "day", "hours": "hour",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    chance = Random(6)
    for back in range(4):
        lines = [line(chance.randrange(10_000)) for _ in range(60)]
        lines += [
            line(chance.randrange(10_000), user_id=json.dumps(name), model=json.dumps(name), cost="0.000000001")
            for name in HOSTILE
        ]
        write(folder / f"usage_{LAST - timedelta(days=back)}.jsonl", b"".join([*lines, *ODD]))
    return folder


@pytest.fixture(scope="module")
def store(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(folder, cache=tmp_path_factory.mktemp("cache")) as store:
        yield store


@pytest.fixture(scope="module")
def truth(folder: Path) -> oracle.Truth:
    return oracle.read([folder], SHANGHAI, NOON)


KEYS: dict[str, Any] = {
    **oracle.KEYS,
    "day": lambda placed: str(oracle.day_in(placed, SHANGHAI)),
    "hour": lambda placed: oracle.hour_in(placed, SHANGHAI),
}


class Judge:
    """What the records say of some days."""

    def __init__(self, truth: oracle.Truth, first: date, last: date) -> None:
        self.calls = [placed for placed in truth.calls if first <= oracle.day_in(placed, SHANGHAI) <= last]
        self.total = self._sums(self.calls)
        self.groups = {
            name: {key: self._sums(part) for key, part in oracle.grouped(self.calls, of).items()}
            for name, of in KEYS.items()
        }

    @staticmethod
    def _sums(calls: list[oracle.Placed]) -> dict[str, Any]:
        totals = oracle.totals(calls, ORACLE_PRICES)
        return {name: getattr(totals, name) for name in SUMS}


def periods() -> Iterator[tuple[date, date]]:
    chance = Random(11)
    for _ in range(ROUNDS):
        first = LAST - timedelta(days=chance.randrange(6))
        yield first, first + timedelta(days=chance.choice((0, 0, 1, 3, 9)))


def test_every_figure_of_every_format_is_that_of_the_records(
    qapp: QApplication, store: Store, truth: oracle.Truth, tmp_path: Path
) -> None:
    for number, (first, last) in enumerate(periods()):
        judge = Judge(truth, first, last)
        # What has none of the figures that are judged here is most of the work.
        sections = SECTIONS if number < 4 else [section for section in SECTIONS if section not in WITHOUT_SUMS]
        for format in FORMATS:
            target = tmp_path / f"{number}.{format}"
            write_report(store, ReportRequest(first, last, format, target, frozenset(sections)), NOON)
            READERS[format](target, judge)


def read_json(path: Path, judge: Judge) -> None:
    found = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    assert {name: found["total"][name] for name in SUMS} == judge.total
    for name, groups in judge.groups.items():
        rows = {key: {of: row[of] for of in SUMS} for key, row in found[f"by_{name}"].items()}
        assert rows == groups
    assert sum(row["cost"] for row in found["cost_trend"]) == judge.total["cost"]
    period = found["period_summary"]
    assert (period["total_calls"], period["total_cost"]) == (judge.total["calls"], judge.total["cost"])
    named = {key: row for key, row in judge.groups["user"].items() if key}
    assert [row["user_id"] for row in found["top_users"]] == [
        key for key, _ in sorted(named.items(), key=lambda row: (-row[1]["total_tokens"], -row[1]["cost"], row[0]))
    ][:10]
    by_stream = {row["session"]: row for row in found["sessions"]["rows"]}
    for key, row in judge.groups["session"].items():
        assert {of: by_stream[key][of] for of in SUMS} == row
        hours, each = by_stream[key]["live_hours"], by_stream[key]["cost_per_live_hour"]
        assert each is None or abs(each * hours - row["cost"]) < Decimal("0.000001")


def read_csv(path: Path, judge: Judge) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["dimension"] for row in rows} <= {"total", *KEYS}
    for name, groups in {**judge.groups, "total": {"": judge.total}}.items():
        found = {row["key"]: row for row in rows if row["dimension"] == name}
        assert len(found) == len(groups)
        assert sorted(figures(row) for row in found.values()) == sorted(tuple(row.values()) for row in groups.values())
        # Figures beside their key, where that needs no escape.
        assert all(figures(found[key]) == tuple(row.values()) for key, row in groups.items() if key in found)
    assert not [row for row in rows if row["key"].startswith(("=", "+", "-", "@")) or "\x1b" in row["key"]]
    for row in rows:
        known = int(row["calls"]) - int(row["unknown_cost_calls"])
        assert bool(row["average_cost"]) == bool(known)
        assert not known or abs(Decimal(row["average_cost"]) * known - Decimal(row["cost"])) < Decimal("0.000001")


def test_a_table_as_text_says_what_a_live_hour_cost(store: Store, tmp_path: Path) -> None:
    target, made = tmp_path / "r.csv", list[Report]()
    write_report(store, ReportRequest(LAST - timedelta(days=9), LAST, "csv", target), NOON, show=made.append)
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = sorted(row["cost_per_live_hour"] for row in rows if row["dimension"] == "session")
    assert found == sorted(str(exact(session.cost_per_live_hour)) for session in made[0].sessions)
    assert any(found) and not any(row["live_hours"] for row in rows if row["dimension"] != "session")


def figures(row: dict[str, str]) -> tuple[Any, ...]:
    return tuple(Decimal(row[name]) for name in SUMS)


def read_xlsx(path: Path, judge: Judge) -> None:
    book = openpyxl.load_workbook(path)
    for table, dimension in TABLES.items():
        sheet = book[words.table_title(table)[:31]]
        head, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        places = [head.index(words.column_title(Column(name, "count"))) for name in SUMS]
        kept = rows[: len(judge.groups[dimension])]
        found = sorted(tuple(Decimal(repr(row[place])) for place in places) for row in kept)
        assert found == sorted(
            tuple(Decimal(value) for value in row.values()) for row in judge.groups[dimension].values()
        )
        assert sheet.freeze_panes == "B2"
    charts = book.worksheets[0]._charts
    assert bool(charts) == bool(judge.calls)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


class _Tables(HTMLParser):
    """The exact values of each section's cells, row by row, and the tags that there are."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[tuple[str, str]]]] = {}
        self.tags: set[str] = set()
        self._rows: list[list[tuple[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        known = dict(attrs)
        if tag == "section" and known.get("id"):
            self._rows = self.tables[str(known["id"])] = []
        elif tag == "tr":
            self._rows.append([])
        elif tag == "td":
            self._rows[-1].append((str(known.get("data-value") or ""), ""))

    def handle_data(self, data: str) -> None:
        if self._rows and self._rows[-1] and data.strip():
            self._rows[-1][-1] = (self._rows[-1][-1][0], data)


def read_html(path: Path, judge: Judge) -> None:
    text = path.read_text("utf-8")
    page = _Tables()
    page.feed(text)
    assert "script" not in page.tags and "http" not in text.replace("http-equiv", "")
    for table, dimension in TABLES.items():
        rows = [row for row in page.tables.get(table, []) if row]
        groups = judge.groups[dimension]
        assert len(rows) == len(groups) <= MOST_ROWS
        width = len(rows[0]) if rows else 0
        first = {"users": 3, "sessions": 5}.get(table, 1)
        assert width == 0 or width >= first + len(SUMS)
        found = sorted(tuple(Decimal(cell[0]) for cell in row[first : first + len(SUMS)]) for row in rows)
        assert found == sorted(tuple(Decimal(value) for value in row.values()) for row in groups.values())
        # What is read is what is meant.
        for row in rows:
            for meant, shown in row[first : first + len(SUMS)]:
                assert Decimal(shown.replace(",", "")) == Decimal(meant)


def read_pdf(path: Path, judge: Judge) -> None:
    reader = PdfReader(path)
    pages = [page.extract_text() for page in reader.pages]
    text = "\n".join(pages).replace(",", "")
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in " ".join(page.split())
    if not judge.calls:
        assert "There are no calls in this period." in " ".join(pages[0].split())
        return
    numbers = {Decimal(word.lstrip("¥")) for word in text.split() if is_number(word.lstrip("¥"))}
    for dimension in KEYS:
        for row in judge.groups[dimension].values():
            assert {Decimal(row[name]) for name in ("calls", "total_tokens", "cost")} <= numbers, (dimension, row)


def is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()


READERS = {"json": read_json, "csv": read_csv, "xlsx": read_xlsx, "html": read_html, "pdf": read_pdf}


def test_single_calls_of_csv_json_and_workbook_are_those_of_the_records(
    qapp: QApplication, store: Store, truth: oracle.Truth, tmp_path: Path
) -> None:
    judge = Judge(truth, LAST - timedelta(days=1), LAST)
    wanted = sorted(
        (placed.call.total, -1 if (cost := ORACLE_PRICES.cost(placed)) is None else cost) for placed in judge.calls
    )
    for format in ("csv", "json", "xlsx"):
        target = tmp_path / f"calls.{format}"
        request = ReportRequest(LAST - timedelta(days=1), LAST, format, target, calls=True)
        write_report(store, request, NOON)
        if format == "csv":
            with target.open(encoding="utf-8-sig", newline="") as file:
                rows = [(row["total_tokens"], row["cost"]) for row in csv.DictReader(file)]
        elif format == "json":
            calls = json.loads(target.read_text("utf-8"), parse_float=Decimal)["calls"]
            rows = [(row["total_tokens"], row["cost"]) for row in calls]
        else:
            sheet = openpyxl.load_workbook(target)[words.table_title("calls")]
            rows = [(row[10], row[11]) for row in sheet.iter_rows(min_row=2, values_only=True)]
        found = [(int(total), -1 if cost in ("", None) else int(Decimal(str(cost)) * 10**9)) for total, cost in rows]
        assert sorted(found) == wanted


def test_hanzi_of_a_pdf_are_in_a_font_of_its_own_and_can_be_found(
    qapp: QApplication, store: Store, tmp_path: Path
) -> None:
    target = tmp_path / "hanzi.pdf"
    write_report(store, ReportRequest(LAST - timedelta(days=6), LAST, "pdf", target), NOON)
    reader = PdfReader(target)
    text = "".join(page.extract_text() for page in reader.pages)
    assert "观众" in text and "¥" in text
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
    # Bars are rectangles and not a picture of them.
    assert not [page for page in reader.pages if "/XObject" in page["/Resources"] and page.images]


def test_the_same_report_is_the_same_bytes(qapp: QApplication, store: Store, tmp_path: Path) -> None:
    for format in ("json", "csv", "html", "xlsx"):
        both = []
        for name in ("one", "two"):
            target = tmp_path / f"{name}.{format}"
            write_report(store, ReportRequest(LAST, LAST, format, target, calls=format == "xlsx"), NOON)
            both.append(target.read_bytes())
        assert both[0] == both[1], format
