"""The export dialog by hand: what it asks for, what it remembers, and what it says of what came of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt
from pytestqt.qtbot import QtBot

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.formats import SECTIONS, Exported, Exporting, ReportRequest
from tipmao_monitor.window.export_dialog import ExportDialog, days_of

TODAY = date(2025, 10, 26)
SHOWN = (date(2025, 10, 1), date(2025, 10, 20))


@pytest.fixture
def dialog(qtbot: QtBot) -> ExportDialog:
    dialog = ExportDialog()
    qtbot.addWidget(dialog)
    dialog.show_settings(Settings(report_period="30d", report_leave_out=("users",)), "/reports")
    dialog.show_days(SHOWN, TODAY)
    dialog.show()
    return dialog


def choose(combo: Any, value: str) -> None:
    combo.setCurrentIndex(combo.findData(value))


def asked(qtbot: QtBot, dialog: ExportDialog) -> ReportRequest:
    with qtbot.waitSignal(dialog.wanted) as said:
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    return said.args[0]


def test_it_begins_with_what_was_chosen_the_last_time_and_asks_for_it(qtbot: QtBot, dialog: ExportDialog) -> None:
    request = asked(qtbot, dialog)
    assert (request.first, request.last) == (date(2025, 9, 27), TODAY)
    assert (request.format, request.path, request.calls) == ("xlsx", Path("/reports"), True)
    assert request.sections == frozenset(SECTIONS) - {"users"}


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("shown", SHOWN),
        ("today", (TODAY, TODAY)),
        ("yesterday", (date(2025, 10, 25), date(2025, 10, 25))),
        ("7d", (date(2025, 10, 20), TODAY)),
        ("30d", (date(2025, 9, 27), TODAY)),
        ("month", (date(2025, 10, 1), TODAY)),
        ("last_month", (date(2025, 9, 1), date(2025, 9, 30))),
    ],
)
def test_a_period_shows_its_days(dialog: ExportDialog, period: str, days: tuple[date, date]) -> None:
    choose(dialog.period, period)
    assert dialog.days() == days == days_of(period, SHOWN, TODAY)
    assert not dialog.first.isVisible()
    assert dialog.days_text.text() == (str(days[0]) if days[0] == days[1] else f"{days[0]} – {days[1]}")


def test_other_days_are_kept_in_order(qtbot: QtBot, dialog: ExportDialog) -> None:
    choose(dialog.period, "days")
    dialog.first.setDate(QDate(2025, 11, 2))
    assert dialog.days() == (date(2025, 11, 2), date(2025, 11, 2))
    dialog.last.setDate(QDate(2025, 10, 3))
    request = asked(qtbot, dialog)
    assert (request.first, request.last) == (date(2025, 10, 3), date(2025, 10, 3))


def test_a_statement_is_a_workbook_with_all_that_belongs_to_it(qtbot: QtBot, dialog: ExportDialog) -> None:
    choose(dialog.format, "statement")
    request = asked(qtbot, dialog)
    assert request.by_anchor and request.format == "xlsx" and not request.calls
    assert not dialog.calls.isEnabled() and not dialog.sections["days"].isEnabled()


def test_what_is_chosen_is_to_be_remembered(qtbot: QtBot, dialog: ExportDialog) -> None:
    with qtbot.waitSignal(dialog.chosen) as said:
        dialog.sections["prices"].click()
    assert said.args[0]["report_leave_out"] == ("users", "prices")
    with qtbot.waitSignal(dialog.chosen) as said:
        choose(dialog.format, "pdf")
    assert said.args[0]["report_format"] == "pdf"
    with qtbot.waitSignal(dialog.chosen) as said:
        choose(dialog.schedule, "weekly")
    assert said.args[0]["report_schedule"] == "weekly"
    assert dialog.note.isVisible()
    Settings(**said.args[0])


def test_while_it_is_written_it_can_only_be_cancelled(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog.show_result(Exporting(0.4))
    assert dialog.progress.isVisible() and dialog.progress.value() == 400
    assert not dialog.period.isEnabled() and not dialog.format.isEnabled()
    with qtbot.waitSignal(dialog.cancelled):
        qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    dialog.show_result(Exported("", "cancelled"))
    assert dialog.period.isEnabled() and not dialog.progress.isVisible()
    assert dialog.said.text() == "Cancelled. Nothing was written."
    assert not dialog.open_button.isVisible()


def test_a_report_that_is_there_can_be_opened_and_one_that_is_not_says_why(dialog: ExportDialog) -> None:
    dialog.show_result(Exported("/reports/r.xlsx"))
    assert dialog.open_button.isVisible() and dialog.show_button.isVisible()
    assert "r.xlsx" in dialog.said.text()
    for failure in ("no_folder", "changing", "system", "unexpected"):
        dialog.show_result(Exported("/reports/<b>\x1b.xlsx", failure, "No space left on device"))
        assert not dialog.open_button.isVisible()
        assert dialog.said.text() and "\x1b" not in dialog.said.text()
    assert dialog.said.textFormat() == Qt.TextFormat.PlainText
