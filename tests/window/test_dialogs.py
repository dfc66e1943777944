"""The lists behind the numbers. What others wrote is shown as it is and never read as markup."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import snapshots
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor import __version__
from tipmao_monitor.usage.records import FLAGS, QUARANTINE
from tipmao_monitor.window.dialogs import (
    About,
    CallDetail,
    RejectModel,
    Shortcuts,
    SkippedLines,
)
from tipmao_monitor.window.numbers import reason_words
from tipmao_monitor.window.theme import Theme

# Said by the offscreen platform for every dialog.
pytestmark = [
    pytest.mark.qt_log_ignore("This plugin does not support"),
    pytest.mark.usefixtures("light"),
]


def cells(model: QAbstractItemModel) -> list[list[str]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


@pytest.mark.parametrize("reason", [*FLAGS, *QUARANTINE])
def test_every_reason_has_words(reason: str) -> None:
    assert reason_words(reason) != reason


def test_skipped_lines_have_place_reason_and_text(qtbot: QtBot) -> None:
    dialog = SkippedLines()
    qtbot.addWidget(dialog)
    dialog.show_rejects(snapshots.rejects(), 3)
    assert cells(dialog.model)[0] == [
        "usage_2025-11-22.jsonl",
        "41",
        "12,801",
        "96",
        "not JSON",
        '{"timestamp": 1763800000.1, "model": <b>qwen</b>',
    ]
    assert dialog.model.rowCount() == 3
    assert "newest" not in dialog.sentence.text()


@pytest.mark.parametrize(
    ("shown", "all_", "sentence"),
    [
        (0, 0, "No line was skipped"),
        (1, 1, "This is no usage record"),
        (3, 3, "Nothing else is missing"),
        (3, 40_000, "The newest 3 of 40,000"),
    ],
)
def test_skipped_lines_say_how_many_there_are(qtbot: QtBot, shown: int, all_: int, sentence: str) -> None:
    dialog = SkippedLines()
    qtbot.addWidget(dialog)
    dialog.show_rejects(snapshots.rejects()[:shown], all_)
    assert sentence in dialog.sentence.text()


def test_without_a_skipped_line_there_is_no_empty_table(qtbot: QtBot) -> None:
    dialog = SkippedLines()
    qtbot.addWidget(dialog)
    dialog.open()
    assert not dialog.table.isVisible() and not dialog.copy_button.isVisible()
    dialog.show_rejects(snapshots.rejects(), 3)
    assert dialog.table.isVisible() and dialog.copy_button.isVisible()


def test_skipped_lines_are_copied_as_a_table(qtbot: QtBot) -> None:
    dialog = SkippedLines()
    qtbot.addWidget(dialog)
    dialog.show_rejects(snapshots.rejects(), 3)
    dialog.table.selectRow(1)
    dialog.findChild(QPushButton, "copy").click()
    copied = QGuiApplication.clipboard().text()
    assert copied == "usage_2025-11-22.jsonl\t77\t24,020\t12\tnot JSON\thello\\x00there"


def test_models_keep_qts_rules(qtbot: QtBot) -> None:
    dialog = SkippedLines()
    qtbot.addWidget(dialog)
    tester = QAbstractItemModelTester(dialog.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    dialog.show_rejects(snapshots.rejects(), 3)
    dialog.show_rejects(snapshots.rejects()[:1], 1)
    assert tester.model() is dialog.model and isinstance(dialog.model, RejectModel)


def shown(dialog: QDialog) -> dict[str, str]:
    return dict(dialog._fields())  # type: ignore[attr-defined]


def test_detail_of_a_call_has_all_that_was_recorded(qtbot: QtBot) -> None:
    dialog = CallDetail(
        snapshots.call(raw_function="实时分析(讯飞lite)", flags=("timestamp_text", "tokens_unknown"), user="")
    )
    qtbot.addWidget(dialog)
    labels = [label.text().replace("\u200b", "") for label in dialog.findChildren(QLabel)]
    for text in (
        "2025-11-23 14:02:11.000 CST",
        "Live analysis",
        "实时分析(讯飞lite)",
        "qwen-plus",
        "(not recorded)",
        "1,500",
        "800",
        "2,300",
        "¥0.0156",
        "0.0156",
        "1.2 s (1,245.6 ms)",
        "time written as text; tokens unknown",
        f"{snapshots.FOLDER}/usage_2025-11-23.jsonl:1",
        "0 – 321",
    ):
        assert text in labels


@pytest.mark.parametrize(
    ("fields", "title", "text"),
    [
        ({"cost": None, "recorded_cost": None}, "Cost", "unknown: no readable cost and no price for this model"),
        ({"cost": None, "recorded_cost": None}, "Cost as written", "-"),
        ({"cost": Decimal("0.000532"), "recorded_cost": Decimal("0.000075")}, "Cost", "¥0.0005 (¥0.000532)"),
        ({"cost": Decimal("0.000532"), "recorded_cost": Decimal("0.000075")}, "Cost as written", "0.000075"),
        ({"cost": Decimal("0E-9"), "recorded_cost": Decimal("0E-9")}, "Cost", "¥0.00"),
        ({"cost": Decimal("0E-9"), "recorded_cost": Decimal("0E-9")}, "Cost as written", "0"),
        ({"cost": Decimal("0.015600000")}, "Cost", "¥0.0156"),
        ({"cost": Decimal("3.500000000")}, "Cost", "¥3.50"),
        ({"at": None}, "Time", "2025-11-23, hour unknown"),
        ({"input_tokens": None}, "Input tokens", "-"),
        ({"duration_ms": None}, "Duration", "-"),
        ({"success": False}, "Result", "failed"),
        ({}, "Remarks", "none"),
    ],
)
def test_detail_says_what_is_unknown(qtbot: QtBot, fields: dict[str, object], title: str, text: str) -> None:
    dialog = CallDetail(replace(snapshots.call(), **fields))
    qtbot.addWidget(dialog)
    assert shown(dialog)[title] == text


def test_a_name_without_end_does_not_widen_the_dialog(qtbot: QtBot) -> None:
    dialog = CallDetail(replace(snapshots.call(), user="x" * 900, path="/a" * 300))
    qtbot.addWidget(dialog)
    dialog.open()
    assert dialog.width() == 520
    sheet = dialog.findChild(QWidget, "sheet")
    assert sheet.minimumSizeHint().width() <= 480
    assert f"User: {'x' * 900}" in dialog.text()


def test_error_text_is_shown_as_it_is(qtbot: QtBot) -> None:
    dialog = CallDetail(snapshots.call(success=False, error_msg="<img src=x> 429", model="<b>m</b>"))
    qtbot.addWidget(dialog)
    assert dialog.error.toPlainText() == "<img src=x> 429"
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in dialog.findChildren(QLabel))
    dialog.findChild(QPushButton, "copy").click()
    copied = QGuiApplication.clipboard().text()
    assert "Model: <b>m</b>" in copied and copied.endswith("Error: <img src=x> 429")


def test_about_says_version_and_own_use(qtbot: QtBot) -> None:
    dialog = About()
    qtbot.addWidget(dialog)
    assert dialog.name.text() == f"TipMao Monitor {__version__}"
    assert "% of a core" in dialog.own_use.text() and "MB of memory" in dialog.own_use.text()


def test_shortcuts_are_listed(qtbot: QtBot) -> None:
    dialog = Shortcuts([("Ctrl+F", "Search"), ("F5", "Look again")])
    qtbot.addWidget(dialog)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert texts == ["Ctrl+F", "Search", "F5", "Look again"]


def test_close_and_escape_close(qtbot: QtBot) -> None:
    for close in (lambda d: d.close_button.click(), lambda d: qtbot.keyClick(d, Qt.Key.Key_Escape)):
        dialog = About()
        dialog.open()
        with qtbot.waitSignal(dialog.destroyed, timeout=2000):
            close(dialog)


@pytest.mark.parametrize("kind", [SkippedLines, About])
def test_language_changes_while_a_dialog_is_open(
    qtbot: QtBot, brackets: object, light: Theme, kind: type[QDialog]
) -> None:
    dialog = kind()
    qtbot.addWidget(dialog)
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    buttons = [button.text() for button in dialog.findChildren(QPushButton)]
    assert [text for text in (dialog.windowTitle(), *buttons) if "【" not in text] == []


def test_language_changes_while_a_call_is_open(qtbot: QtBot, brackets: object) -> None:
    dialog = CallDetail(snapshots.call())
    qtbot.addWidget(dialog)
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    assert [title for title in shown(dialog) if "【" not in title] == []
    names = [label.text() for label in dialog.findChildren(QLabel)]
    assert "【Model】" in names
