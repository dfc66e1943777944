"""Import from litellm's file: what would change is shown, and only what is ticked is asked for."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from conftest import Bracketed
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.litellm_prices import LitellmFile, read_litellm
from tipmao_monitor.usage.own_prices import Change, Edition
from tipmao_monitor.usage.prices import FIRST_DAY, PriceBook
from tipmao_monitor.window.import_prices import ImportPanel

# Said by the offscreen platform for every dialog.
pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("light")]

TODAY = date(2026, 3, 4)
EDITION = Edition(PriceBook.load(), TODAY, "prices.toml")


def entry(inward: float, outward: float, provider: str = "openai", **more: object) -> dict[str, object]:
    return {
        "input_cost_per_token": inward, "output_cost_per_token": outward, "litellm_provider": provider, "mode": "chat",
        **more,
    }  # fmt: skip


CONTENT = {
    "gpt-4.1": entry(2e-06, 8e-06),
    "gpt-4o": entry(2.5e-06, 1e-05),
    "deepseek/deepseek-reasoner": entry(5.5e-07, 2.19e-06, "deepseek"),
    "gemini/gemini-2.5-pro": entry(
        1.25e-06, 1e-05, "gemini", input_cost_per_token_above_200k_tokens=2.5e-06,
        output_cost_per_token_above_200k_tokens=1.5e-05,
    ),
    "dall-e-3": {"mode": "image_generation", "litellm_provider": "openai", "input_cost_per_pixel": 1e-8},
}  # fmt: skip
FILE = LitellmFile("/home/me/prices.json", *read_litellm(json.dumps(CONTENT).encode(), TODAY))


@pytest.fixture
def panel(qtbot: QtBot) -> ImportPanel:
    panel = ImportPanel()
    panel.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the fixture closes it, too
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def changes(panel: ImportPanel) -> list[Change]:
    asked: list[Change] = []
    panel.change_wanted.connect(asked.append)
    return asked


def rows(panel: ImportPanel) -> list[list[str]]:
    return [[panel.found.index(r, c).data() for c in range(4)] for r in range(panel.found.rowCount())]


def ticked(panel: ImportPanel) -> set[str]:
    role = Qt.ItemDataRole.CheckStateRole
    indexes = (panel.found.index(row, 0) for row in range(panel.found.rowCount()))
    return {index.data() for index in indexes if index.data(role) == Qt.CheckState.Checked}


def tick(panel: ImportPanel, model: str) -> None:
    row = next(number for number, cells in enumerate(rows(panel)) if cells[0] == model)
    panel.found.setData(panel.found.index(row, 0), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)


def turn_to(panel: ImportPanel, kind: str) -> None:
    panel.which.option(kind).click()


def press(panel: ImportPanel, name: str) -> None:
    button = panel.findChild(QPushButton, name)
    assert button is not None and button.isEnabled()
    button.click()


def test_models_in_use_without_a_price_come_first_and_are_ticked(panel: ImportPanel) -> None:
    assert panel.sentence.text() == "Reading…" and not panel.take_button.isEnabled()
    panel.show_file(FILE, EDITION, {"gpt-4.1", "glm-4.6"})
    assert rows(panel) == [["gpt-4.1", "-", "USD 0.002 / 0.008", "openai"]]
    assert ticked(panel) == {"gpt-4.1"} and panel.take_button.text() == "Take 1 price"
    assert "price in prices.json: 4; without one per token: 1." in panel.sentence.text().replace("\u200b", "")


def test_the_diff_shows_the_price_now_beside_that_of_the_file(panel: ImportPanel) -> None:
    panel.show_file(FILE, EDITION, ())
    assert panel.which.current() == "changed"
    assert rows(panel) == [["gpt-4o", "¥0.035 / 0.105", "¥0.01775 / 0.071", "openai"]]
    turn_to(panel, "new")
    assert [row[:3] for row in rows(panel)] == [
        ["deepseek-reasoner", "-", "USD 0.00055 / 0.00219"],
        ["gemini-2.5-pro", "-", "USD 0.00125 / 0.01 · over 200,000: 0.0025 / 0.015"],
        ["gpt-4.1", "-", "USD 0.002 / 0.008"],
    ]


def test_only_what_is_ticked_is_asked_for(panel: ImportPanel, changes: list[Change]) -> None:
    panel.show_file(FILE, EDITION, {"gpt-4.1"})
    turn_to(panel, "changed")
    tick(panel, "gpt-4o")
    assert panel.take_button.text() == "Take 2 prices"
    press(panel, "take")
    [change] = changes
    assert change.drop == ()
    old, new = change.put
    assert (old.model, old.currency, old.input_per_1k) == ("gpt-4o", "CNY", Decimal("0.01775"))
    assert (old.effective_from, new.effective_from) == (TODAY, FIRST_DAY)
    assert (new.model, new.currency, new.output_per_1k, new.is_own) == ("gpt-4.1", "USD", Decimal("0.008"), True)
    assert not panel.isVisible()


def test_nothing_is_asked_for_without_a_tick_or_after_cancel(panel: ImportPanel, changes: list[Change]) -> None:
    panel.show_file(FILE, EDITION, {"gpt-4.1"})
    press(panel, "none")
    assert ticked(panel) == set() and not panel.take_button.isEnabled()
    turn_to(panel, "new")
    press(panel, "all")
    assert len(ticked(panel)) == 3
    press(panel, "close")
    assert changes == [] and not panel.isVisible()


def test_all_shown_are_only_those_that_the_search_finds(panel: ImportPanel, changes: list[Change]) -> None:
    panel.show_file(FILE, EDITION, ())
    turn_to(panel, "new")
    panel.search.setText("DEEPSEEK")
    press(panel, "all")
    panel.search.clear()
    assert ticked(panel) == {"deepseek-reasoner"}


def test_new_models_may_be_taken_in_cny_at_the_rate_of_today(panel: ImportPanel, changes: list[Change]) -> None:
    panel.show_file(FILE, EDITION, {"gpt-4.1"})
    assert panel.currency.option("CNY").text() == "in CNY, at 7.1"
    panel.currency.option("CNY").click()
    assert rows(panel)[0][2] == "¥0.0142 / 0.0568" and ticked(panel) == {"gpt-4.1"}
    press(panel, "take")
    [price] = changes[0].put
    assert (price.currency, price.input_per_1k) == ("CNY", Decimal("0.0142"))
    assert price.source.endswith("USD 1 = CNY 7.1")


def test_a_file_that_is_none_says_why_and_offers_nothing(panel: ImportPanel) -> None:
    panel.show_file(LitellmFile("/home/me/notes.json", problem="is no file"), EDITION, {"gpt-4.1"})
    assert panel.sentence.text().replace("\u200b", "") == "notes.json is not a price file of litellm: is no file"
    assert rows(panel) == [] and not panel.take_button.isEnabled()


def test_all_is_said_again_in_another_language(panel: ImportPanel, brackets: Bracketed) -> None:
    panel.show_file(FILE, EDITION, {"gpt-4.1"})
    brackets.speak()
    QApplication.processEvents()
    heads = [panel.model.headerData(column, Qt.Orientation.Horizontal) for column in range(4)]
    for text in (*heads, panel.sentence.text(), panel.warning.text(), panel.take_button.text(), panel.windowTitle()):
        assert text.startswith("【")


@pytest.mark.parametrize("width", [420, 860])
def test_nothing_is_wider_than_the_panel_and_no_figure_of_the_diff_is_cut_off(
    panel: ImportPanel, qtbot: QtBot, width: int
) -> None:
    panel.show_file(FILE, EDITION, {"gpt-4.1"})
    panel.resize(width, 560)
    qtbot.waitUntil(lambda: panel.width() == width)
    for part in panel.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if part.isVisible():
            assert part.mapTo(panel, QPoint()).x() + part.width() <= width
    area = panel.table.viewport().rect()
    for kind, columns in (("used", (0, 2)), ("new", (0, 2)), ("changed", (0, 1, 2))):
        turn_to(panel, kind)
        for index in (panel.found.index(0, column) for column in columns):
            place = panel.table.visualRect(index)
            assert area.contains(place) and place.width() >= panel.table.sizeHintForIndex(index).width()


def test_model_keeps_qts_rules(panel: ImportPanel) -> None:
    tester = QAbstractItemModelTester(panel.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    panel.show_file(FILE, EDITION, {"gpt-4.1"})
    turn_to(panel, "new")
    press(panel, "all")
    turn_to(panel, "changed")
    assert tester.model() is panel.model
