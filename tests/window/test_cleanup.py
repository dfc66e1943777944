"""The clean-up by hand: what is listed, what a button asks about, and what is said of what came of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.cleanup import CleanupRequest, CleanupResult, OldFile, OldFiles, Outcome
from tipmao_monitor.window.cleanup import CleanupPanel

TODAY = date(2025, 10, 26)


def file(days_ago: int, state: str = "file", calls: int | None = 10) -> OldFile:
    day = TODAY - timedelta(days=days_ago)
    ending = ".gz" if state != "file" else ""
    cost = None if calls is None else Decimal("0.25") * calls
    return OldFile(f"/records/usage_{day}.jsonl{ending}", day, state, 1000, calls, cost)  # type: ignore[arg-type]


FILES = OldFiles(TODAY, (file(60, "hidden", None), file(50, "archived"), file(40), file(31), file(30), file(0)))


@pytest.fixture
def panel(qtbot: QtBot) -> CleanupPanel:
    panel = CleanupPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_files(FILES)
    return panel


def listed(panel: CleanupPanel) -> list[int]:
    return [(TODAY - file.day).days for file in panel.model.files]


def choose(panel: CleanupPanel, *rows: int) -> None:
    selection = panel.table.selectionModel()
    selection.clear()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in rows:
        selection.select(panel.model.index(row, 0), flags)


def asked(panel: CleanupPanel, action: str) -> QMessageBox:
    panel.actions_[action].click()  # type: ignore[index]
    question = panel.findChild(QMessageBox)
    assert isinstance(question, QMessageBox)
    return question


def test_files_older_than_thirty_days_are_listed_and_chosen_at_first(panel: CleanupPanel) -> None:
    assert listed(panel) == [60, 50, 40, 31]
    assert panel.chosen() == panel.model.files
    panel.days.setValue(45)
    assert listed(panel) == [60, 50]
    panel.which.setCurrentIndex(panel.which.findData("all"))
    assert listed(panel) == [60, 50, 40, 31, 30, 0]
    panel.which.setCurrentIndex(panel.which.findData("day"))
    assert listed(panel) == [0]
    assert not panel.actions_["archive"].isEnabled() and panel.actions_["delete"].isEnabled()


def test_the_question_names_what_goes_and_nothing_happens_without_a_yes(qtbot: QtBot, panel: CleanupPanel) -> None:
    choose(panel, 2, 3)
    question = asked(panel, "delete")
    assert "2 day files" in question.text() and "20 calls" in question.text() and "¥5.00" in question.text()
    for name in ("usage_2025-09-16.jsonl", "usage_2025-09-25.jsonl"):
        assert name in question.informativeText()
    assert question.textFormat() == Qt.TextFormat.PlainText
    assert question.defaultButton() is question.button(QMessageBox.StandardButton.Cancel)
    with qtbot.assertNotEmitted(panel.wanted):
        question.reject()


def test_a_yes_asks_for_exactly_what_was_named(qtbot: QtBot, panel: CleanupPanel) -> None:
    question = asked(panel, "archive")
    yes = question.findChild(QPushButton, "cleanup_yes")
    assert isinstance(yes, QPushButton) and yes.text() == "Archive 2 day files"
    panel.show_files(OldFiles(TODAY, (*FILES.files, file(70))))  # something changes meanwhile
    with qtbot.waitSignal(panel.wanted) as said:
        yes.click()
    assert said.args == [CleanupRequest("archive", (FILES.files[2].path, FILES.files[3].path))]
    assert panel.said.text() == "At work…" and not panel.actions_["delete"].isEnabled()


def test_each_button_is_for_the_files_that_it_can_be_done_to(panel: CleanupPanel) -> None:
    for row, possible in ((0, {"show", "delete"}), (1, {"hide", "delete"}), (2, {"archive", "hide", "delete"})):
        choose(panel, row)
        assert {action for action, button in panel.actions_.items() if button.isEnabled()} == possible
    choose(panel)
    assert not [button for button in panel.actions_.values() if button.isEnabled()]


def test_many_files_are_named_in_the_details(panel: CleanupPanel) -> None:
    panel.show_files(OldFiles(TODAY, tuple(file(31 + n) for n in range(40))))
    question = asked(panel, "delete")
    assert question.informativeText().count("\n") == 12
    assert question.detailedText().count("/records/") == 40


def test_what_could_not_be_done_is_said_file_by_file(panel: CleanupPanel) -> None:
    paths = tuple(old.path for old in FILES.files)
    outcomes = (Outcome(paths[0]), Outcome(paths[1], "changed"), Outcome(paths[2], "system", "<b>no</b>\x1b"))
    panel.show_result(CleanupResult(CleanupRequest("archive", paths), outcomes))
    first, second, third = panel.said.text().splitlines()
    assert first == "Archived 1 day file."
    assert "being written" in second and "\x1b" not in third
    assert panel.said.textFormat() == Qt.TextFormat.PlainText
