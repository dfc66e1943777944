"""The budget editor: what is typed, what is wrong with it, and what is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import snapshots
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.budget_history import History, Past
from tipmao_monitor.usage.budgets import Budget, Threshold
from tipmao_monitor.window.budget_editor import BudgetEditor, percents_of

pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("light")]

DAILY = Budget("a day", thresholds=(Threshold(80), Threshold(100, "forecast")))
SHOW = Budget("show", "model:qwen-max", "stream", Decimal("9.5"), (), True)


@pytest.fixture
def editor(qtbot: QtBot) -> BudgetEditor:
    editor = BudgetEditor()
    qtbot.addWidget(editor)
    editor.show_snapshot(snapshots.day())
    editor.show_budgets((DAILY, SHOW))
    editor.show()
    return editor


def saved(editor: BudgetEditor) -> list[tuple[Budget, ...]]:
    found: list[tuple[Budget, ...]] = []
    editor.saved.connect(found.append)
    return found


def type_into(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    """As an input method does it, hanzi and all."""
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    typed = QInputMethodEvent()
    typed.setCommitString(text)
    QApplication.sendEvent(field, typed)


def test_chosen_budget_stands_in_the_fields_and_nothing_is_saved_by_looking(editor: BudgetEditor) -> None:
    assert (editor.name.text(), editor.amount.text(), editor.actual.text(), editor.forecast.text()) == (
        "a day",
        "10",
        "80",
        "100",
    )
    editor.list.setCurrentRow(1)
    assert (editor.name.text(), editor.amount.text(), editor.value.currentText()) == ("show", "9.5", "qwen-max")
    assert (editor.period.current(), editor.paused.isChecked()) == ("stream", True)
    assert not editor.is_changed and not editor.save_button.isEnabled()


def test_what_is_typed_is_saved_with_all_the_others(editor: BudgetEditor, qtbot: QtBot) -> None:
    found = saved(editor)
    type_into(qtbot, editor.amount, "￥12.5元")
    type_into(qtbot, editor.actual, "50，80% 120")
    editor.period.option("week").click()
    editor.save_button.click()
    thresholds = (Threshold(50), Threshold(80), Threshold(120), Threshold(100, "forecast"))
    assert found == [(Budget("a day", "all", "week", Decimal("12.5"), thresholds), SHOW)]
    assert not editor.save_button.isEnabled()


@pytest.mark.parametrize("amount", ["", "0", "-1", "abc", "NaN", "inf", "1e400", "1000000001", "0.0000000001", "1 2"])
def test_amount_that_cannot_be_used_is_said_below_it_and_not_saved(
    editor: BudgetEditor, qtbot: QtBot, amount: str
) -> None:
    type_into(qtbot, editor.amount, amount)
    assert editor.problems["amount"].isVisible()
    assert not editor.save_button.isEnabled()
    type_into(qtbot, editor.amount, "11")
    assert not editor.problems["amount"].isVisible()
    assert editor.save_button.isEnabled()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("80", (80,)),
        ("80, 100", (80, 100)),
        ("80、80 100 %", (80, 100)),
        ("0", None),
        ("1001", None),
        ("80.5", None),
        ("-5", None),
        ("eighty", None),
        (" ".join(map(str, range(1, 22))), None),
    ],
)
def test_percents(text: str, expected: tuple[int, ...] | None) -> None:
    assert percents_of(text) == expected


@pytest.mark.parametrize("name", ["", "  ", "show", "x" * 101])
def test_name_that_cannot_be_used(editor: BudgetEditor, qtbot: QtBot, name: str) -> None:
    type_into(qtbot, editor.name, name)
    assert editor.problems["name"].isVisible() and not editor.save_button.isEnabled()


def test_budget_is_added_and_deleted(editor: BudgetEditor) -> None:
    found = saved(editor)
    editor.add_button.click()
    editor.save_button.click()
    assert [budget.name for budget in found[-1]] == ["a day", "show", "Budget 3"]
    editor.list.setCurrentRow(0)
    editor.delete_button.click()
    editor.save_button.click()
    assert [budget.name for budget in found[-1]] == ["show", "Budget 3"]


def test_last_budget_can_be_deleted(editor: BudgetEditor) -> None:
    found = saved(editor)
    editor.delete_button.click()
    editor.delete_button.click()
    assert not editor.form.isVisible()
    editor.save_button.click()
    assert found == [()]


def test_scope_offers_the_names_that_were_seen_and_takes_others(editor: BudgetEditor, qtbot: QtBot) -> None:
    found = saved(editor)
    editor.scope.setCurrentIndex(editor.scope.findData("anchor"))
    editor.scope.activated.emit(editor.scope.currentIndex())
    offered = {editor.value.itemText(row) for row in range(editor.value.count())}
    assert offered == {group.key for group in snapshots.day().by_anchor}
    editor.value.setEditText("anchor_99")
    editor.save_button.click()
    assert found[0][0].scope == "anchor:anchor_99"


def test_budgets_changed_elsewhere_do_not_take_away_what_is_being_typed(editor: BudgetEditor, qtbot: QtBot) -> None:
    type_into(qtbot, editor.amount, "33")
    editor.show_budgets((DAILY,))
    assert editor.amount.text() == "33"


def test_state_of_each_saved_budget_is_said(editor: BudgetEditor) -> None:
    over = replace(snapshots.status("over", 120), budget=DAILY)
    editor.show_snapshot(replace(snapshots.day(), budgets=(over,)))
    editor.list.setCurrentRow(1)
    editor.list.setCurrentRow(0)
    assert [editor.list.item(row).text() for row in range(2)] == ["■ a day", "show"]
    assert editor.sentence.text() == "¥2.00 over the budget of ¥10"


def test_past_is_asked_for_once_and_told_as_kept_or_broken(editor: BudgetEditor, qtbot: QtBot) -> None:
    asked: list[Budget] = []
    editor.history_wanted.connect(asked.append)
    type_into(qtbot, editor.amount, "5")
    assert [budget.amount for budget in asked] == [Decimal(5)]
    type_into(qtbot, editor.name, "another name")
    assert len(asked) == 1
    days = [date(2025, 11, 22), date(2025, 11, 21)]
    past = (Past(days[0], days[0], Decimal(6), False), Past(days[1], days[1], Decimal("4.5"), True))
    editor.show_history(History(asked[0], past))
    assert editor.past_title.text() == "Kept in 1 of the last 2"
    assert editor.past_list.text().splitlines() == ["✕ 11-22: ¥6.00 of ¥5, broken", "✓ 11-21: ¥4.50 of ¥5, kept"]
    # An answer to what was asked before is not told of what is chosen now.
    type_into(qtbot, editor.amount, "7")
    assert not editor.past_title.isVisible()
    editor.show_history(History(asked[0], past))
    assert not editor.past_title.isVisible()
    editor.show_history(History(asked[-1], ()))
    assert editor.past_title.text() == "No past period with calls"


def test_every_field_has_a_label_that_leads_to_it(editor: BudgetEditor) -> None:
    assert [key for key, label in editor.labels.items() if label.buddy() is None] == []


def test_language_changes_while_it_is_open(editor: BudgetEditor, brackets: object) -> None:
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    texts = [editor.windowTitle(), editor.save_button.text(), editor.labels["amount"].text(), editor.paused.text()]
    texts += [editor.scope.itemText(row) for row in range(editor.scope.count())]
    assert [text for text in texts if "【" not in text] == []
