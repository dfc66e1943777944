"""Prices in the running program: what is edited in the window is in the user's file, and all numbers follow at once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from running import record, running

from tipmao_monitor import feed
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.usage.snapshot import Trouble
from tipmao_monitor.window.audit_panel import AuditPanel
from tipmao_monitor.window.import_prices import ImportPanel
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.price_book import PriceBookPanel

PATIENCE_MS = 20_000
# Said by the offscreen platform for every dialog.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
P = TypeVar("P", bound=QWidget)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Two calls of a model without a price, one recorded as 0 and one without a cost; 4.0Ultra recorded as 0."""
    folder = tmp_path / "records" / "ai_usage"
    for model, cost in (("glm-4.6", 0.0), ("glm-4.6", None), ("4.0Ultra", 0.0)):
        record(folder, model=model, cost=cost, input_tokens=1000, output_tokens=1000)
    return folder


@pytest.fixture
def monitor(qtbot: QtBot, qapp: QApplication, records: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Monitor]:
    # What follows here follows the prices, and not a beat.
    monkeypatch.setattr(feed, "BEAT_S", 300.0)
    monkeypatch.setattr(feed, "SLOWEST_BEAT_S", 300.0)
    with running(qapp, records) as monitor:
        qtbot.waitUntil(lambda: monitor.window.kpis.calls.number.text() == "3", timeout=PATIENCE_MS)
        yield monitor


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], object]], None]:
    return lambda is_so: qtbot.waitUntil(lambda: bool(is_so()), timeout=PATIENCE_MS)


def cost(window: MainWindow) -> str:
    return window.kpis.cost.number.text()


def opened(window: MainWindow, kind: type[P]) -> P:
    panel = window.findChild(kind)
    assert panel is not None
    return panel


def press(panel: QWidget, name: str) -> None:
    next(button for button in panel.findChildren(QPushButton, name) if button.isVisible()).click()


def write_price(panel: PriceBookPanel, **texts: str) -> None:
    for field, text in texts.items():
        panel.view.form.edits[field].setText(text)
    panel.view.form.edited.emit()
    press(panel, "save")


def audit_rows(window: MainWindow) -> dict[str, list[str]]:
    model = opened(window, AuditPanel).model
    rows = [[str(model.index(row, column).data()) for column in range(6)] for row in range(model.rowCount())]
    return {row[0]: row[1:] for row in rows}


def said(window: MainWindow) -> str:
    return "\n".join(label.text().replace("\u200b", "") for label in window.findChildren(QLabel) if label.isVisible())


def test_numbers_follow_a_price_at_once_and_go_back_with_it(
    monitor: Monitor, home: Path, wait: Callable[[Callable[[], object]], None]
) -> None:
    window = monitor.window
    window.show_audit_panel()
    wait(lambda: "glm-4.6" in audit_rows(window))
    assert audit_rows(window)["4.0Ultra"][1:4] == ["¥0.00", "¥0.0100", "+¥0.0100"]
    assert cost(window) == "¥0.00"
    # From the audit to the price that is missing.
    panel = opened(window, AuditPanel)
    panel.table.selectRow(list(audit_rows(window)).index("glm-4.6"))
    press(panel, "show_price")
    book = opened(window, PriceBookPanel)
    wait(lambda: book.prices.is_editing)
    assert book.prices.form.texts()["model"] == "glm-4.6"
    write_price(book, input="0.5", output="1")
    # The call without a cost is priced; the one that was recorded as 0 stays what was recorded.
    wait(lambda: cost(window) == "¥1.50")
    wait(lambda: audit_rows(window)["glm-4.6"][1:4] == ["¥0.00", "¥3.00", "+¥3.00"])
    assert 'model = "glm-4.6"' in (home / "prices.toml").read_text()
    # All money by the price book, and back.
    panel.money.option("book").click()
    wait(lambda: cost(window) == "¥3.01")
    assert "by the price book" in window.kpis.cost.title.text() or ", book" in window.kpis.cost.title.text()
    panel.money.option("recorded").click()
    wait(lambda: cost(window) == "¥1.50")
    press(book, "undo")
    wait(lambda: cost(window) == "¥0.00")
    wait(lambda: audit_rows(window)["glm-4.6"][2] == "-")
    assert "glm-4.6" not in (home / "prices.toml").read_text()


def test_prices_of_litellm_are_taken_into_the_users_file(
    monitor: Monitor, home: Path, tmp_path: Path, wait: Callable[[Callable[[], object]], None]
) -> None:
    window = monitor.window
    price = {"input_cost_per_token": 1e-4, "output_cost_per_token": 1e-4, "litellm_provider": "zai", "mode": "chat"}
    (tmp_path / "prices.json").write_text(json.dumps({"zai/glm-4.6": price, "other": price}))
    wait(lambda: window._audit is not None)
    window.show_price_book()
    book = opened(window, PriceBookPanel)
    wait(lambda: book.import_button.isEnabled())
    book.file_chosen.emit(str(tmp_path / "prices.json"))
    panel = opened(window, ImportPanel)
    wait(lambda: panel.take_button.text() == "Take 1 price")
    press(panel, "take")
    wait(lambda: cost(window) == "¥1.42")
    assert (home / "prices.toml").read_text().count("[[price]]") == 1
    press(book, "undo")
    wait(lambda: cost(window) == "¥0.00")


def test_a_price_file_that_is_none_is_told_of(
    monitor: Monitor, tmp_path: Path, wait: Callable[[Callable[[], object]], None]
) -> None:
    window = monitor.window
    os.mkfifo(tmp_path / "fifo")
    window.show_price_book()
    wait(lambda: opened(window, PriceBookPanel).import_button.isEnabled())
    opened(window, PriceBookPanel).file_chosen.emit(str(tmp_path / "fifo"))
    wait(lambda: "fifo is not a price file of litellm: is no file" in opened(window, ImportPanel).sentence.text())


def test_mistakes_in_the_users_file_are_told_until_they_are_corrected(
    monitor: Monitor, home: Path, wait: Callable[[Callable[[], object]], None]
) -> None:
    window = monitor.window
    own = '[[price]]\nmodel = "glm-4.6"\ninput = {}\noutput = 1\n'
    (home / "prices.toml").write_text(own.format('"0.5"'))
    window.refresh_requested.emit()
    wait(lambda: cost(window) == "¥1.50")
    (home / "prices.toml").write_text(own.format('"cheap"'))
    window.refresh_requested.emit()
    wait(lambda: "The price book could not be read: prices.toml, line 3: price 1, input" in said(window))
    wait(lambda: cost(window) == "¥0.00")
    (home / "prices.toml").write_text(own.format(2))
    window.refresh_requested.emit()
    wait(lambda: cost(window) == "¥3.00")
    assert "could not be read" not in said(window)


def test_what_is_edited_by_hand_is_followed_without_being_asked(
    monitor: Monitor, home: Path, wait: Callable[[Callable[[], object]], None]
) -> None:
    window = monitor.window
    own = '[[price]]\nmodel = "glm-4.6"\ninput = {}\noutput = 1\n'
    (home / "prices.toml").write_text(own.format(1))
    wait(lambda: cost(window) == "¥2.00")
    (home / "draft").write_text(own.format(2))
    (home / "draft").replace(home / "prices.toml")
    wait(lambda: cost(window) == "¥3.00")
    (home / "prices.toml").write_text(own.format(3))
    wait(lambda: cost(window) == "¥4.00")
    (home / "prices.toml").unlink()
    wait(lambda: cost(window) == "¥0.00")


def test_trouble_with_prices_at_the_start_goes_with_its_cause(
    qtbot: QtBot, qapp: QApplication, records: Path, wait: Callable[[Callable[[], object]], None]
) -> None:
    with running(qapp, records, troubles=[Trouble("prices_unusable", "prices.toml", "line 3")]) as monitor:
        wait(lambda: "The price book could not be read: line 3" in said(monitor.window))
        monitor.window.refresh_requested.emit()
        wait(lambda: "could not be read" not in said(monitor.window))


def test_a_change_that_cannot_be_written_says_why_and_changes_nothing(
    monitor: Monitor, home: Path, wait: Callable[[Callable[[], object]], None]
) -> None:
    window = monitor.window
    window.show_price_book()
    book = opened(window, PriceBookPanel)
    wait(lambda: book.add_button.isEnabled())
    os.mkfifo(home / "prices.toml")
    book.add("glm-4.6")
    write_price(book, input="0.5", output="1")
    wait(lambda: book.notice.text() == "Not saved: is no file")
    assert book.prices.is_editing and cost(window) == "¥0.00"
