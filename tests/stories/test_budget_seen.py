"""A streamer takes the offered budget, spends most of it, is told, and looks at what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from running import record, running

from tipmao_monitor import settings as settings_file
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.snapshot import Filter

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def monitor(qtbot: QtBot, qapp: QApplication, records: Path) -> Iterator[Monitor]:
    record(records, cost=2.0)
    chosen = Settings(language="en", theme="light", alert_new_model=False, alert_new_anchor=False)
    with running(qapp, records, settings=chosen) as monitor:
        monitor.presence.begin()
        yield monitor


def test_budget_from_the_offer_to_the_message(monitor: Monitor, qtbot: QtBot, records: Path, wait: Wait) -> None:
    presence, window = monitor.presence, monitor.window
    offer = presence.notes["offer"]
    wait(offer.isVisible)
    qtbot.mouseClick(offer.buttons["yes"], Qt.MouseButton.LeftButton)
    wait(lambda: not window.kpis.cost.gauge.isHidden())
    assert window.kpis.cost.gauge.level().share == 0.2
    assert not offer.isVisible()

    def kept() -> list[str]:
        return [str(budget.amount) for budget in settings_file.load(settings_file.home())[0].budgets]

    wait(lambda: kept() == ["10"])
    record(records, cost=6.5)
    note = presence.notes["alert"]
    wait(note.isVisible)
    assert note.title.text() == "80 % of the budget is used: ¥10 a day"
    assert window.quick.bell.number == 1
    window.change_filter(Filter(model="qwen-plus"))
    qtbot.mouseClick(note.buttons["follow"], Qt.MouseButton.LeftButton)
    assert window.filter == Filter()
    wait(lambda: window.quick.bell.number == 0 and not note.isVisible())
    # The strip speaks of today and of all calls, whatever the window shows.
    window.change_filter(Filter(model="no such model"))
    presence.show_strip()
    strip = presence.strip
    assert strip is not None
    wait(lambda: strip.accessibleName().startswith("¥8.50, today · budget 85 %"))
    presence.show_window()
    window.change_filter(Filter())


def test_past_of_a_budget_is_told_in_the_editor(monitor: Monitor, wait: Wait) -> None:
    wait(lambda: monitor.window.kpis.cost.number.text() == "¥2.00")
    monitor.presence.show_editor()
    editor = monitor.presence.editor
    assert editor is not None
    editor.add_button.click()
    # Today is not over, so there is no past yet.
    wait(lambda: editor.past_title.text() == "No past period with calls")
    editor.close()


def test_report_of_today_is_written_from_the_trays_menu(monitor: Monitor, wait: Wait, home: Path) -> None:
    wait(lambda: monitor.window.kpis.cost.number.text() == "¥2.00")
    monitor.presence.menu.export.trigger()
    note = monitor.presence.notes["report"]
    wait(note.isVisible)
    assert note.title.text() == "The report is written"
    assert len([path for path in home.rglob("*.xlsx") if path.stat().st_size]) == 1
