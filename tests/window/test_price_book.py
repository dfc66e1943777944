"""The price book as it is read, searched and edited. The panel only asks: what it shows is the edition that comes back.

A newcomer would get this wrong: no test here hands over an edition by hand where the user's own file could make it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import Bracketed
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.own_prices import Change, Edition, OwnPrices
from tipmao_monitor.usage.prices import FIRST_DAY, PROBLEMS, Price, PriceBook, PriceError, Problem, Rate, Step
from tipmao_monitor.usage.tiers import USES
from tipmao_monitor.window.price_book import PriceBookPanel
from tipmao_monitor.window.price_sheet import PRICES, RATES, RowsModel
from tipmao_monitor.window.price_words import (
    field_name,
    per_1k_words,
    problem_words,
    source_words,
    texts_of,
    tier_of,
    tier_words,
    values_of,
)

# Said by the offscreen platform for every dialog.
pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("light")]

TODAY = date(2026, 3, 4)


class Desk:
    """Answers the panel from a real file, as the program does."""

    def __init__(self, panel: PriceBookPanel, path: Path) -> None:
        self.panel = panel
        self.own = OwnPrices(path)
        self.changes: list[Change] = []
        panel.change_wanted.connect(self._change)
        panel.undo_wanted.connect(lambda: self.answer(self.own.undo))
        self.answer(self.own.book)

    def _change(self, change: Change) -> None:
        self.changes.append(change)
        self.answer(lambda: self.own.apply(change))

    def answer(self, act: Callable[[], PriceBook]) -> None:
        problems: tuple[Problem, ...] = ()
        book = PriceBook.load()
        try:
            book = act()
        except PriceError as error:
            problems = error.found
        self.panel.show_edition(Edition(book, TODAY, str(self.own.path), self.own.can_undo, problems))

    @property
    def book(self) -> PriceBook:
        return self.own.book()


@pytest.fixture
def panel(qtbot: QtBot) -> PriceBookPanel:
    panel = PriceBookPanel()
    panel.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the fixture closes it, too
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def desk(panel: PriceBookPanel, tmp_path: Path) -> Desk:
    return Desk(panel, tmp_path / "prices.toml")


def listed(model: RowsModel | QWidget) -> list[list[str]]:
    table = model if isinstance(model, RowsModel) else model.model()  # type: ignore[attr-defined]
    return [
        [table.index(row, column).data() for column in range(table.columnCount())] for row in range(table.rowCount())
    ]


def names(panel: PriceBookPanel) -> list[str]:
    return [row[0] for row in listed(panel.view.table)]


def press(panel: PriceBookPanel, name: str) -> None:
    button = next(b for b in panel.findChildren(QPushButton, name) if b.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def write(panel: PriceBookPanel, **texts: str) -> None:
    for field, text in texts.items():
        edit = panel.view.form.edits[field]
        edit.setFocus()
        edit.selectAll()
        QTest.keyClick(edit, Qt.Key.Key_Delete)
        if text.isascii():
            QTest.keyClicks(edit, text)
        else:
            QApplication.clipboard().setText(text)
            edit.paste()


def complaints(panel: PriceBookPanel) -> dict[str, str]:
    return {field: label.text() for field, label in panel.view.form.problems.items() if label.text()}


def choose(panel: PriceBookPanel, name: str) -> None:
    panel.view.table.setCurrentIndex(panel.view.found.index(names(panel).index(name), 0))


# Read


def test_every_model_stands_there_with_its_price_of_today(panel: PriceBookPanel, desk: Desk) -> None:
    rows = {row[0]: row for row in listed(panel.prices.table)}
    assert rows.keys() == {row.model for row in PriceBook.load().rows} and len(rows) == 21
    assert rows["qwen-plus"] == [
        "qwen-plus", "通义千问 Plus", "everyday", "¥0.004", "¥0.012", "", "always", "guide v1.0.0, 2025-10-26",
    ]  # fmt: skip
    assert rows["qwen3-max"][3:6] == ["¥0.006", "¥0.06", "first 32,000 in free"]
    assert rows["gemini-2.5-flash-preview-09-2025"][3:5] == ["USD 0.000075", "USD 0.0003"]
    assert rows["glm-4-flash"][3:5] == ["free", "free"]
    assert str(desk.own.path) in panel.notice.text().replace("\u200b", "")


def test_history_keeps_the_price_of_its_day(panel: PriceBookPanel, desk: Desk) -> None:
    desk.own.path.write_text(
        '[[price]]\nmodel = "qwen-plus"\ninput = "0.003"\neffective_from = 2026-01-01\n'
        '[[price]]\nmodel = "qwen-plus"\ninput = "0.002"\neffective_from = 2099-01-01\nsource = "announced"\n'
    )
    desk.answer(desk.own.book)
    choose(panel, "qwen-plus")
    assert {row[0]: row[3] for row in listed(panel.prices.table)}["qwen-plus"] == "¥0.003"
    assert [(row[0], row[1], row[5]) for row in listed(panel.prices.history)] == [
        ("2099-01-01", "¥0.002", "yours: announced"),
        ("2026-01-01", "¥0.003", "yours: prices.toml"),
        ("always", "¥0.004", "guide v1.0.0, 2025-10-26"),
    ]
    assert panel.prices.history_title.text() == "qwen-plus: 3 prices"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("qwen-p", ["qwen-plus"]),
        ("GLM-4 FLASH", ["glm-4-flash"]),
        ("xunfei", ["4.0Ultra", "generalv3", "generalv3.5", "lite"]),
        ("代码", ["deepseek-coder"]),
        ("everyday", ["generalv3", "qwen-plus"]),
        ("gpt-4-1106", ["gpt-4-turbo"]),
        ("no such", []),
        (".*", []),
    ],
)
def test_search_finds_names_aliases_providers_and_uses(
    panel: PriceBookPanel, desk: Desk, text: str, found: list[str]
) -> None:
    panel.search.setText(text)
    assert sorted(names(panel)) == sorted(found)
    assert panel.prices.edit_button.isEnabled() == bool(found) == bool(panel.prices.history_title.text())
    assert (panel.prices.note.text() == "No model like this in the price book. You can add it.") == (not found)
    panel.search.clear()
    assert len(names(panel)) == 21


def test_figures_sort_as_figures(panel: PriceBookPanel, desk: Desk) -> None:
    panel.prices.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert names(panel)[:3] == ["gpt-4", "glm-4", "gpt-4-turbo"]
    assert {names(panel)[-1], names(panel)[-2]} == {"glm-4-flash", "lite"}


# Add and edit


def test_a_model_is_added_as_the_guide_asks(panel: PriceBookPanel, desk: Desk) -> None:
    press(panel, "add")
    write(panel, model="qwen-new-model", input="0.005", output="0.015", display_name="新模型")
    press(panel, "save")
    assert desk.book.cost_nano("qwen-new-model", 1000, 1000, TODAY) == 20_000_000
    row = next(row for row in listed(panel.prices.table) if row[0] == "qwen-new-model")
    assert row[1:5] == ["新模型", "", "¥0.005", "¥0.015"]
    assert panel.notice.text() == "Saved. All numbers follow."
    assert listed(panel.prices.history)[0][4] == TODAY.isoformat()
    assert panel.prices.table.currentIndex().data() == "qwen-new-model"


def test_what_is_wrong_is_said_at_its_field_while_it_is_typed(panel: PriceBookPanel, desk: Desk) -> None:
    press(panel, "add")
    assert complaints(panel) == {}, "nothing was typed yet"
    write(panel, model="m", input="0,5", currency="EUR", steps="32000 0.01", free_input_tokens="-3", checked="soon")
    assert complaints(panel) == {
        "input": "▲ a number such as 0.004, up to 9 places",
        "output": "▲ needed",
        "currency": "▲ add its exchange rate first",
        "steps": "▲ such as 32000: 0.01 / 0.03",
        "free_input_tokens": "▲ a whole number of tokens",
        "checked": "▲ a day such as 2025-10-26",
    }
    assert not panel.prices.save_button.isEnabled()
    # Enter takes one to what is wrong.
    QTest.keyClick(panel.prices.form.edits["model"], Qt.Key.Key_Return)
    assert panel.focusWidget() is panel.prices.form.edits["input"]
    write(panel, input="0.5", output="￥1", currency="usd", steps="32,000: 0.6 / 1.2", free_input_tokens="1,000")
    write(panel, checked="2026-03-01")
    assert complaints(panel) == {} and panel.prices.save_button.isEnabled()
    QTest.keyClick(panel.prices.form.edits["model"], Qt.Key.Key_Return)
    [change] = desk.changes
    assert change.put == (
        Price(
            "m", "", "m", "", "USD", Decimal("0.5"), Decimal(1), 1000, FIRST_DAY, "", (),
            (Step(32_000, Decimal("0.6"), Decimal("1.2")),), date(2026, 3, 1), True,
        ),
    )  # fmt: skip


def test_an_edited_price_of_the_program_becomes_one_of_the_user(panel: PriceBookPanel, desk: Desk) -> None:
    choose(panel, "qwen-plus")
    press(panel, "edit")
    assert panel.prices.form.texts()["input"] == "0.004"
    write(panel, input="0.0035")
    press(panel, "save")
    [price] = desk.book.history("qwen-plus")
    assert (price.input_per_1k, price.output_per_1k, price.is_own) == (Decimal("0.0035"), Decimal("0.012"), True)
    assert price.aliases == ("qwen-plus-longcontext",)
    assert (price.tier, price.source, price.checked) == ("日常使用", "prices.toml", TODAY)
    assert panel.prices.note.text().startswith("Your row.")
    press(panel, "remove")
    [price] = desk.book.history("qwen-plus")
    assert (price.input_per_1k, price.is_own) == (Decimal("0.004"), False)
    assert not panel.prices.remove_button.isVisible()


def test_a_new_price_from_today_leaves_the_past_alone(panel: PriceBookPanel, desk: Desk) -> None:
    choose(panel, "qwen3-max")
    press(panel, "later")
    assert panel.prices.form.texts()["effective_from"] == "2026-03-04"
    write(panel, input="0.01")
    press(panel, "save")
    before, after = desk.book.history("qwen3-max")
    assert (before.effective_from, before.is_own, after.effective_from) == (FIRST_DAY, False, TODAY)
    assert desk.book.cost_nano("qwen3-max", 33_000, 0, date(2026, 3, 3)) == 6_000_000
    assert desk.book.cost_nano("qwen3-max", 33_000, 0, TODAY) == 10_000_000
    assert [row[0] for row in listed(panel.prices.history)] == ["2026-03-04", "always"]


def test_a_name_of_another_model_that_gets_its_own_price_shows_what_it_cost_before(
    panel: PriceBookPanel, desk: Desk
) -> None:
    press(panel, "add")
    write(panel, model="gpt-4o-2024-08-06", input="0.5", output="0.5", effective_from="2026-04-01")
    press(panel, "save")
    choose(panel, "gpt-4o-2024-08-06")
    assert [row[:2] for row in listed(panel.prices.history)] == [["2026-04-01", "¥0.5"], ["always", "¥0.035"]]
    # Its own price is yet to come, so that the other is in force.
    assert ["gpt-4o-2024-08-06", "¥0.035"] in [[row[0], row[3]] for row in listed(panel.prices.table)]
    panel.prices.history_table.setCurrentIndex(panel.prices.history.index(1, 0))
    assert not panel.prices.remove_button.isVisible()
    press(panel, "edit")
    assert panel.prices.form.texts() | {"model": "gpt-4o-2024-08-06", "aliases": ""} == panel.prices.form.texts()
    write(panel, input="0.04")
    press(panel, "save")
    before, after = desk.book.history("gpt-4o-2024-08-06")
    assert (before.input_per_1k, after.input_per_1k) == (Decimal("0.04"), Decimal("0.5"))
    assert desk.book.price("gpt-4o", TODAY).input_per_1k == Decimal("0.035")


def test_two_rows_from_one_day_are_refused_and_another_day_moves_the_row(panel: PriceBookPanel, desk: Desk) -> None:
    choose(panel, "qwen-plus")
    press(panel, "later")
    press(panel, "save")
    press(panel, "later")
    assert complaints(panel) == {"effective_from": "▲ you have a row from this day already"}
    press(panel, "cancel")
    press(panel, "edit")
    write(panel, effective_from="2026-02-01")
    press(panel, "save")
    assert [price.effective_from for price in desk.book.history("qwen-plus")] == [FIRST_DAY, date(2026, 2, 1)]


def test_what_was_done_is_undone_step_by_step(panel: PriceBookPanel, desk: Desk) -> None:
    assert not panel.undo_button.isEnabled()
    for model in ("a", "b"):
        press(panel, "add")
        write(panel, model=model, input="1", output="1")
        press(panel, "save")
    QTest.keySequence(panel, QKeySequence(QKeySequence.StandardKey.Undo))
    assert {"a", "b"} & set(names(panel)) == {"a"}
    assert panel.notice.text() == "Undone. All numbers follow."
    press(panel, "undo")
    assert not {"a", "b"} & set(names(panel)) and desk.own.path.read_bytes() == b""
    assert not panel.undo_button.isEnabled()


def test_esc_leaves_the_form_before_the_panel_and_keeps_nothing(panel: PriceBookPanel, desk: Desk) -> None:
    press(panel, "add")
    write(panel, model="a", input="1", output="1")
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.isVisible() and not panel.prices.is_editing and desk.changes == []
    assert panel.prices.table.isEnabled() and "a" not in names(panel)
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_what_is_being_typed_stays_when_the_file_is_edited_elsewhere(panel: PriceBookPanel, desk: Desk) -> None:
    press(panel, "add")
    write(panel, model="a", input="1", output="1")
    desk.own.path.write_text('[[price]]\nmodel = "b"\ninput = 1\noutput = 1\n')
    desk.answer(desk.own.book)
    assert panel.prices.form.texts()["model"] == "a" and panel.prices.is_editing
    press(panel, "save")
    assert {"a", "b"} <= set(names(panel))


@pytest.mark.parametrize(
    ("failure", "words"),
    [("No space left on device", "Not saved: No space left on device"), ("changed_outside", "Not undone: ")],
)
def test_what_failed_is_said_and_what_was_typed_stays(
    panel: PriceBookPanel, desk: Desk, failure: str, words: str
) -> None:
    press(panel, "add")
    write(panel, model="a", input="1", output="1")
    panel.show_edition(Edition(desk.book, TODAY, "prices.toml", failure=failure))
    assert panel.notice.text().replace("\u200b", "").startswith(words)
    assert panel.prices.is_editing and panel.prices.form.texts()["model"] == "a"


def test_a_file_with_mistakes_is_named_with_all_of_them_and_not_written(panel: PriceBookPanel, desk: Desk) -> None:
    desk.own.path.write_text('[[price]]\nmodel = 3\ninput = "x"\n' * 10)
    desk.answer(desk.own.book)
    assert "cannot be used" in panel.notice.text() and panel.mistakes.isVisible()
    for text in ("prices.toml, line 2: price 1, model", "line 3: price 1, input", "line 30: price 10, input"):
        assert text in panel.mistakes.toPlainText()
    for button in (panel.add_button, panel.import_button, panel.prices.edit_button, panel.prices.later_button):
        assert not button.isEnabled()
    desk.own.path.write_text("")
    desk.answer(desk.own.book)
    assert panel.add_button.isEnabled() and panel.prices.edit_button.isEnabled() and not panel.mistakes.isVisible()


def test_an_exchange_rate_is_added_and_used(panel: PriceBookPanel, desk: Desk) -> None:
    panel.which.option("rates").click()
    assert listed(panel.rates.table) == [["USD", "7.1", "always", "fixed rate of the program until you add a row"]]
    assert panel.rates.history_title.text() == "USD: 1 rate"
    press(panel, "add")
    write(panel, currency="EUR", cny="0")
    assert complaints(panel) == {"cny": "▲ more than 0"}
    write(panel, cny="7.9", effective_from="")
    press(panel, "save")
    assert desk.changes[-1].put == (Rate("EUR", Decimal("7.9"), FIRST_DAY, "", TODAY, True),)
    assert desk.book.rate("EUR", TODAY) == Decimal("7.9")
    panel.which.option("prices").click()
    press(panel, "add")
    write(panel, model="a", input="1", output="1", currency="EUR")
    assert complaints(panel) == {}


def test_a_model_that_is_asked_for_before_the_book_is_read_is_turned_to_then(
    panel: PriceBookPanel, tmp_path: Path
) -> None:
    panel.show_model("glm-4.6")
    Desk(panel, tmp_path / "prices.toml")
    assert panel.prices.is_editing and panel.prices.form.texts()["model"] == "glm-4.6"


def test_a_model_of_the_audit_is_turned_to_or_begun(panel: PriceBookPanel, desk: Desk) -> None:
    panel.search.setText("glm")
    panel.show_model("qwen-max-longcontext")
    assert panel.prices.table.currentIndex().data() == "qwen-max"
    panel.show_model("glm-4.6")
    assert panel.prices.is_editing and panel.prices.form.texts()["model"] == "glm-4.6"
    assert panel.focusWidget() is panel.prices.form.edits["input"]


# Words and looks


@pytest.mark.parametrize("kind", [kind for kind in PROBLEMS if kind not in ("unreadable", "unknown_table")])
def test_every_mistake_has_words_for_the_one_who_types(kind: str) -> None:
    problem = Problem(kind, "input", "3")
    in_form = kind not in ("not_tables", "unknown_field")
    assert (problem_words(problem) != str(problem)) == in_form


@pytest.mark.parametrize("sheet", [PRICES, RATES])
def test_a_row_in_a_form_says_what_it_said_in_the_file(sheet: object) -> None:
    book = PriceBook.load()
    for row in book.rows if sheet is PRICES else book.rates:
        found, problems = sheet.check(values_of(texts_of(row)), book, None)  # type: ignore[attr-defined]
        assert problems == () and found == replace(row, is_own=True)


def test_each_use_has_words_of_its_own_that_are_read_as_that_use(brackets: Bracketed) -> None:
    for _ in ("English", "another language"):
        words = [tier_words(tier) for tier in USES]
        assert not set(words) & set(USES) and len(set(words)) == len(USES)
        assert tuple(map(tier_of, words)) == USES == tuple(map(tier_of, USES))
        assert tier_words("弹幕") == tier_of("弹幕") == "弹幕"
        brackets.speak()


def test_where_the_programs_prices_are_from_is_said_in_words(brackets: Bracketed) -> None:
    brackets.speak()
    book = PriceBook.load()
    assert all(source_words(row.source).startswith("【") for rows in (book.rows, book.rates) for row in rows)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("4.0Ultra", "¥0.005/1K"),
        ("qwen-plus", "¥0.004/1K in, ¥0.012/1K out"),
        ("lite", "free"),
        ("gemini-2.5-flash-preview-09-2025", "USD 0.000075/1K in, USD 0.0003/1K out"),
    ],
)
def test_a_price_in_words(model: str, words: str) -> None:
    price = PriceBook.load().price(model, TODAY)
    assert price is not None and per_1k_words(price) == words


def test_all_is_said_again_in_another_language(panel: PriceBookPanel, desk: Desk, brackets: Bracketed) -> None:
    brackets.speak()
    QApplication.processEvents()
    for label in (panel.notice, panel.prices.note, panel.prices.history_title):
        assert "【" in label.text()
    heads = [panel.prices.model.headerData(n, Qt.Orientation.Horizontal) for n in range(8)]
    assert all(head.startswith("【") for head in heads)
    assert panel.prices.table.model().index(0, 6).data() == "【always】"
    for button in panel.findChildren(QPushButton):
        assert button.text().startswith("【") or not button.text(), button.objectName()


def test_every_field_has_a_name_of_its_own_that_is_read_out(panel: PriceBookPanel, desk: Desk) -> None:
    press(panel, "add")
    heard = [edit.accessibleName() for edit in panel.prices.form.edits.values()]
    assert heard == [field_name(field) for field in PRICES.fields] and len(set(heard)) == len(heard)
    write(panel, input="x")
    assert panel.prices.form.edits["input"].accessibleDescription() == "a number such as 0.004, up to 9 places"


@pytest.mark.parametrize("width", [420, 1180])
def test_name_and_both_figures_are_in_sight_at_any_width(
    panel: PriceBookPanel, desk: Desk, qtbot: QtBot, width: int
) -> None:
    desk.own.path.write_text('[[price]]\nmodel = "4.0Ultra"\ninput = 1\neffective_from = 2026-01-01\n')
    desk.answer(desk.own.book)
    assert panel.notice.text().startswith("1 row of your own in ")
    panel.resize(width, 700)
    qtbot.waitUntil(lambda: panel.width() == width)
    assert panel.prices.history_table.columnWidth(0) >= 84, "a whole date"
    table = panel.prices.table
    row = panel.prices.found.index(0, 0)
    for column in (0, 3, 4):
        assert table.viewport().rect().contains(table.visualRect(row.siblingAtColumn(column)).center())
    qtbot.waitUntil(lambda: not table.horizontalScrollBar().isVisible())
    panel.prices.choose(("4.0Ultra", date(2026, 1, 1)))
    assert panel.prices.remove_button.isVisible()
    press(panel, "later")
    assert panel.width() == width
    for edit in panel.prices.form.edits.values():
        left = edit.mapTo(panel, QPoint()).x()
        assert left >= 0 and left + edit.width() <= width
    labels = [label for label in panel.findChildren(QLabel) if label.isVisible()]
    assert all(label.mapTo(panel, QPoint()).x() + label.width() <= width for label in labels)


def test_models_keep_qts_rules(panel: PriceBookPanel, desk: Desk) -> None:
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    testers = [QAbstractItemModelTester(model, mode) for model in (panel.prices.model, panel.prices.history)]
    choose(panel, "qwen-plus")
    press(panel, "later")
    press(panel, "save")
    panel.search.setText("glm")
    assert len(testers) == 2
