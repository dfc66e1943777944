"""A report is there as a whole or not at all: targets that cannot be, full disks, users who change their mind."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from lines import NOON, line
from PySide6.QtWidgets import QApplication
from stores import SHANGHAI, opened, write

from tipmao_monitor.cli import main
from tipmao_monitor.reports import words
from tipmao_monitor.reports.calls import Calls
from tipmao_monitor.reports.csv_file import safe
from tipmao_monitor.reports.files import UnusableTargetError, check_target, default_name, new_file, write_report
from tipmao_monitor.reports.workbook import write_workbook
from tipmao_monitor.usage.formats import FORMATS, Format, ReportRequest
from tipmao_monitor.usage.report import Cancelled, report
from tipmao_monitor.window.numbers import hide_names_and_amounts

LAST = NOON.astimezone(SHANGHAI).date()
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [line(number, timestamp=repr(NOON.timestamp() - number)) for number in range(200)]
    write(tmp_path / "records" / f"usage_{LAST}.jsonl", b"".join(lines))
    return tmp_path / "records"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def week(target: Path, format: Format = "json", *, calls: bool = False) -> ReportRequest:
    return ReportRequest(LAST - timedelta(days=6), LAST, format, target, calls=calls)


def test_the_command_writes_each_format_and_says_nothing(folder: Path, out: Path) -> None:
    for format in FORMATS:
        ran = run("--records", str(folder), "--format", format, "-o", str(out / f"r.{format}"))
        assert (ran.returncode, ran.stderr) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == sorted(f"r.{format}" for format in FORMATS)
    starts = {"json": b"{", "csv": b"\xef\xbb\xbfdimension", "xlsx": b"PK", "html": b"<!doctype html>", "pdf": b"%PDF-"}
    assert all((out / f"r.{format}").read_bytes().startswith(start) for format, start in starts.items())


def run(*arguments: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which may write no file larger than `limit` bytes."""
    code = "import resource, sys; from tipmao_monitor.cli import main; "
    code += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); " if limit else ""
    code += "sys.exit(main(['report', *sys.argv[1:]]))"
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("format", FORMATS)
def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(folder: Path, out: Path, format: Format) -> None:
    main(["stats", "--records", str(folder)])  # the cache is written while there is room
    target = out / f"r.{format}"
    target.write_text("the old one")
    days = ("--from", str(LAST - timedelta(days=6)), "--to", str(LAST))
    ran = run("--records", str(folder), "--format", format, "-o", str(target), *days, limit=512)
    assert ran.returncode == 3, ran.stderr
    assert ran.stderr.splitlines()[-1].startswith(f"tipmao-monitor: cannot write {target} (File too large)")
    assert target.read_text() == "the old one"
    assert list(out.iterdir()) == [target]


def test_what_a_report_must_not_replace_is_named_and_left_alone(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "folder").mkdir()
    (out / "kept").write_text("kept")
    (out / "link.json").symlink_to(out / "kept")
    os.mkfifo(out / "pipe.json")
    day_file = folder / f"usage_{LAST}.jsonl"
    before = day_file.read_bytes()
    for target, said in (
        (out / "folder", "is a folder"),
        (out / "link.json", "is a link"),
        (out / "pipe.json", "is no ordinary file"),
        (out / "nowhere" / "r.json", "there is no folder for"),
        (day_file, "has the name of a day file"),
    ):
        assert main(["report", "--records", str(folder), "--format", "json", "-o", str(target)]) == 3
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1, error
    assert (out / "kept").read_text() == "kept" and (out / "link.json").is_symlink()
    assert day_file.read_bytes() == before
    assert len(list(out.iterdir())) == 4


def test_a_name_as_long_as_can_be_is_a_name(folder: Path, out: Path) -> None:
    target = out / f"{'n' * 250}.json"
    assert main(["report", "--records", str(folder), "--format", "json", "-o", str(target)]) == 0
    assert list(out.iterdir()) == [target]


def test_wrong_days_and_formats_are_wrong_usage(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["report", "--records", str(folder), "-o", str(out / "r")]
    for more in (
        [],
        ["--format", "docx"],
        ["--format", "json", "--days", "2", "--from", "2025-01-01"],
        ["--format", "json", "--from", "2025-02-01", "--to", "2025-01-01"],
        ["--format", "json", "--days", "0"],
    ):
        assert main([*base, *more]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not list(out.iterdir())


def test_a_period_without_calls_is_a_report_all_the_same(qapp: QApplication, folder: Path, out: Path) -> None:
    with opened(folder) as store:
        for format in FORMATS:
            day = LAST - timedelta(days=300)
            write_report(store, ReportRequest(day, day, format, out / f"r.{format}", calls=format == "xlsx"), NOON)
    book = openpyxl.load_workbook(out / "r.xlsx")
    assert words.table_title("total") in book.sheetnames


@pytest.mark.parametrize("format", FORMATS)
def test_who_changes_his_mind_finds_nothing(qapp: QApplication, folder: Path, out: Path, format: Format) -> None:
    steps = 0
    with opened(folder) as store:
        while True:
            told: list[float] = []

            def say(done: float, told: list[float] = told, stop_at: int = steps) -> bool:
                told.append(done)
                return len(told) <= stop_at

            try:
                request = week(out / f"r.{format}", format, calls=format in ("csv", "xlsx"))
                write_report(store, replace(request, sections=frozenset({"models"})), NOON, say=say)
            except Cancelled:
                assert not list(out.iterdir())
                steps += 1
                continue
            break
    assert steps >= 3 and told == sorted(told) and told[-1] == 1.0
    assert [path.name for path in out.iterdir()] == [f"r.{format}"]


def test_a_name_that_is_taken_is_not_taken_away(folder: Path, out: Path) -> None:
    target = out / default_name(NOON, "json")
    assert target.name == "usage_report_20251026_120000.json"
    with opened(folder) as store:
        written = [write_report(store, week(target), NOON, overwrite=False) for _ in range(3)]
    stem = "usage_report_20251026_120000"
    assert [path.name for path in written] == [f"{stem}.json", f"{stem}_2.json", f"{stem}_3.json"]
    assert len(list(out.iterdir())) == 3


def test_a_target_that_appears_meanwhile_is_only_replaced_where_that_was_asked_for(out: Path) -> None:
    with new_file(out / "r", overwrite=False) as target:
        target.draft.write_text("ours")
        (out / "r").write_text("theirs")
        assert target.publish() == out / "r_2"
    assert ((out / "r").read_text(), (out / "r_2").read_text()) == ("theirs", "ours")
    with new_file(out / "r", overwrite=True) as target:
        target.draft.write_text("ours again")
        target.publish()
    assert (out / "r").read_text() == "ours again"


def test_a_name_that_is_too_long_is_said_once(out: Path) -> None:
    with pytest.raises(UnusableTargetError) as refused:
        check_target(out / ("x" * 300))
    assert (refused.value.reason, refused.value.detail) == ("system", "File name too long")


def test_two_at_once_for_one_name_do_not_share_a_draft(out: Path) -> None:
    with new_file(out / "r"), pytest.raises(UnusableTargetError), new_file(out / "r"):
        pass
    assert not list(out.iterdir())


def test_calls_beyond_what_a_sheet_holds_go_on_on_the_next(qapp: QApplication, folder: Path, out: Path) -> None:
    with opened(folder) as store:
        made = report(store, LAST, LAST, NOON)
        count = made.stats.total.calls
        calls = Calls(count, lambda: store.each_call(LAST, LAST, NOON, size=7), lambda done: None)
        write_workbook(made, calls, out / "r.xlsx", rows_a_sheet=60)
    book = openpyxl.load_workbook(out / "r.xlsx")
    title = words.table_title("calls")
    sheets = [sheet for sheet in book if sheet.title.startswith(title)]
    sizes = [sheet.max_row - 1 for sheet in sheets]
    assert sum(sizes) == count > 120 and max(sizes) == 59
    assert {tuple(cell.value for cell in sheet[1]) for sheet in sheets} == {tuple(c.value for c in sheets[0][1])}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "＝1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert safe(text).startswith("'")


def test_an_error_text_with_lines_and_codes_stays_one_cell(folder: Path, out: Path) -> None:
    write(
        folder / f"{LAST}.jsonl",
        line(1, timestamp=repr(NOON.timestamp()), success="false", error_msg='"a,\\"b\\"\\r\\n=c\\u001b[2J\\u0007"'),
    )
    with opened(folder) as store:
        write_report(store, week(out / "r.csv", "csv", calls=True), NOON)
    with (out / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert r'a,"b"\r\n=c\x1b[2J\x07' in {row["error"] for row in rows}
    assert "\x1b" not in (out / "r.csv").read_text("utf-8-sig")


def test_a_statement_has_a_sheet_for_each_anchor_and_they_add_up(qapp: QApplication, folder: Path, out: Path) -> None:
    hostile = ("=cmd()", "a/b:c*?[x]", "A" * 60, "a" * 60, "'quoted'", "History")
    lines = [
        line(number, timestamp=repr(NOON.timestamp() - number), anchor_id=json.dumps(name))
        for number, name in enumerate(hostile * 3)
    ]
    write(folder / f"{LAST}.jsonl", b"".join(lines))
    with opened(folder) as store:
        request = replace(week(out / "r.xlsx", "xlsx"), by_anchor=True)
        write_report(store, request, NOON)
        stats = store.stats(request.first, request.last, NOON)
    book = openpyxl.load_workbook(out / "r.xlsx")
    overview, *sheets = book.worksheets
    assert len(sheets) == len(stats.by_anchor) == len(hostile) + 2
    rows = [[cell for cell in row] for row in overview.iter_rows(min_row=6, values_only=True)]
    costs = {row[0]: Decimal(repr(row[7])) for row in rows}
    total = costs.pop(words.table_title("total"))
    assert total == stats.total.cost == sum(costs.values())
    for sheet in sheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        of_anchor = next(Decimal(repr(row[7])) for row in rows if row[0] == words.table_title("total"))
        assert of_anchor == costs[rows[0][0]]
        start = next(number for number, row in enumerate(rows) if row[0] == "Day") + 1
        days = [row for row in rows[start:] if isinstance(row[0], datetime)]
        assert sum(Decimal(repr(row[7])) for row in days) == of_anchor
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_ended_from_outside_it_leaves_nothing(folder: Path, out: Path, format: str) -> None:
    code = """
import os, signal, sys
from tipmao_monitor.cli import main
def end(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".part") and "w" in str(arguments[1]):
        os.kill(os.getpid(), signal.SIGTERM)
sys.addaudithook(end)
sys.exit(main(["report", *sys.argv[1:]]))
"""
    arguments = ("--records", str(folder), "--format", format, "-o", str(out / "r"))
    ran = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 130, ran.stderr
    assert not list(out.iterdir())


def test_ended_from_outside_before_it_has_begun_to_write_it_ends_without_a_word(folder: Path, out: Path) -> None:
    code = """
import os, signal, sys
from tipmao_monitor.cli import main
class Ender:
    def find_spec(self, name, *_):
        if name == "PySide6.QtGui":
            os.kill(os.getpid(), signal.SIGTERM)
sys.meta_path.insert(0, Ender())
sys.exit(main(["report", *sys.argv[1:]]))
"""
    arguments = ("--records", str(folder), "--format", "html", "-o", str(out / "r"))
    ran = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (-signal.SIGTERM, "")
    assert not list(out.iterdir())


def test_on_air_a_report_hides_nothing(qapp: QApplication, folder: Path, out: Path) -> None:
    with opened(folder) as store:
        write_report(store, week(out / "before.html", "html"), NOON)
        hide_names_and_amounts(True)
        try:
            write_report(store, week(out / "on_air.html", "html"), NOON)
        finally:
            hide_names_and_amounts(False)
    assert (out / "before.html").read_bytes() == (out / "on_air.html").read_bytes()
