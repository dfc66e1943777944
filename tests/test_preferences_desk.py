"""Preferences in the running program: what is chosen holds, is kept, and comes back to the window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialog
from pytestqt.qtbot import QtBot
from running import ENGLISH, record, running
from test_monitor import PATIENCE_MS, kept, wait_for_calls

from tipmao_monitor import autostart
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.settings import FILE
from tipmao_monitor.window.preferences import Figure, FolderList, Preferences
from tipmao_monitor.window.theme import load_theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose login is nobody else's."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user" / "config"))
    return tmp_path / "user"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records" / "ai_usage"
    record(folder, duration_ms=3000.0)
    return folder


@pytest.fixture
def monitor(qtbot: QtBot, qapp: QApplication, records: Path) -> Iterator[Monitor]:
    with running(qapp, records) as monitor:
        wait_for_calls(qtbot, monitor, 1)
        yield monitor


@pytest.fixture
def panel(qtbot: QtBot, monitor: Monitor) -> Iterator[Preferences]:
    monitor.window.action("preferences").trigger()
    panel = monitor.preferences.panel
    assert panel is not None
    qtbot.waitUntil(lambda: panel.start.isEnabled(), timeout=PATIENCE_MS)
    yield panel
    panel.close()


def choose(panel: Preferences, field: str, value: str) -> None:
    combo = panel.pages["general"].controls[field]
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def write(qtbot: QtBot, panel: Preferences, page: str, field: str, text: str) -> None:
    figure = panel.pages[page].controls[field]
    assert isinstance(figure, Figure)
    figure.edit.selectAll()
    qtbot.keyClicks(figure.edit, text)
    qtbot.keyClick(figure.edit, Qt.Key.Key_Return)


def test_theme_and_language_hold_at_once_and_the_menus_say_so(
    qtbot: QtBot, qapp: QApplication, monitor: Monitor, panel: Preferences, home: Path
) -> None:
    choose(panel, "theme", "dark")
    choose(panel, "language", "zh")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == load_theme("dark").window.lower()
    qtbot.waitUntil(lambda: panel.windowTitle() == "偏好设置", timeout=PATIENCE_MS)
    window = monitor.window
    assert window.action("theme_dark").isChecked() and window.action("language_zh").isChecked()
    qtbot.waitUntil(lambda: (kept(home).theme, kept(home).language) == ("dark", "zh"), timeout=PATIENCE_MS)
    window.action("theme_light").trigger()
    window.action("language_en").trigger()
    combo = panel.pages["general"].controls["theme"]
    assert isinstance(combo, QComboBox) and combo.currentData() == "light"


def test_advice_leads_to_the_gateways_settings_and_its_token(qtbot: QtBot, monitor: Monitor) -> None:
    monitor.window.advice.switching.click()
    panel = monitor.preferences.panel
    assert panel is not None and panel.pages["connections"].isVisible()
    qtbot.mouseClick(panel.token, Qt.MouseButton.LeftButton)
    assert monitor.window.findChild(QDialog, "gateway_token").isVisible()


def test_slow_calls_are_counted_anew_with_another_limit(
    qtbot: QtBot, monitor: Monitor, panel: Preferences, home: Path
) -> None:
    latency = monitor.window.kpis.latency
    assert latency.second.text() == "none slow"
    write(qtbot, panel, "general", "slow_ms", "2999")
    qtbot.waitUntil(lambda: latency.second.text().startswith("1 slow"), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: kept(home).slow_ms == 2999.0, timeout=PATIENCE_MS)


def test_folders_can_be_added_and_removed(
    qtbot: QtBot, monitor: Monitor, panel: Preferences, records: Path, tmp_path: Path, home: Path
) -> None:
    other = tmp_path / "other"
    record(other)
    record(other)
    folders = panel.pages["general"].controls["records"]
    assert isinstance(folders, FolderList)
    folders.add(str(records))
    folders.add(str(other))
    wait_for_calls(qtbot, monitor, 3)
    folders.list.item(0).setSelected(True)
    qtbot.mouseClick(folders.remove_button, Qt.MouseButton.LeftButton)
    wait_for_calls(qtbot, monitor, 2)
    qtbot.waitUntil(lambda: kept(home).records == (str(other),), timeout=PATIENCE_MS)


def test_time_zone_is_that_of_the_window_from_now_on(
    qtbot: QtBot, monitor: Monitor, panel: Preferences, home: Path
) -> None:
    zone = panel.pages["general"].controls["timezone"]
    assert isinstance(zone, QComboBox) and zone.lineEdit() is not None
    qtbot.waitUntil(lambda: zone.count() > 100, timeout=PATIENCE_MS)
    zone.lineEdit().selectAll()
    qtbot.keyClicks(zone.lineEdit(), "asia/kathmandu")
    qtbot.keyClick(zone.lineEdit(), Qt.Key.Key_Return)
    offset = datetime.now(ZoneInfo("Asia/Kathmandu"))
    qtbot.waitUntil(lambda: monitor.window.status.updated.text().split()[-1][:2] == f"{offset:%H}", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: kept(home).timezone == "Asia/Kathmandu", timeout=PATIENCE_MS)


def test_start_at_login_is_switched_where_the_desktop_looks(
    qtbot: QtBot, monitor: Monitor, panel: Preferences, records: Path, user: Path
) -> None:
    assert not panel.start.isChecked()
    panel.start.click()
    qtbot.waitUntil(autostart.is_on, timeout=PATIENCE_MS)
    qtbot.waitUntil(monitor.presence.menu.autostart.isChecked, timeout=PATIENCE_MS)
    written = (user / "config" / "autostart" / "tipmao-monitor.desktop").read_text()
    assert str(records) in written, "without settings, the folder has to be named"
    monitor.presence.menu.autostart.trigger()
    qtbot.waitUntil(lambda: not panel.start.isChecked(), timeout=PATIENCE_MS)
    assert not autostart.is_on()


def test_start_at_login_that_cannot_be_switched_is_told_and_stays_off(
    qtbot: QtBot, panel: Preferences, user: Path
) -> None:
    user.mkdir()
    (user / "config").write_text("no folder")
    panel.start.click()
    qtbot.waitUntil(lambda: bool(panel.start_row.problem.text()), timeout=PATIENCE_MS)
    assert not panel.start.isChecked()


def test_only_what_was_chosen_is_written(qtbot: QtBot, monitor: Monitor, panel: Preferences, home: Path) -> None:
    (home / FILE).write_text('language = "zh"  # by hand\n')
    write(qtbot, panel, "alerts", "alert_runaway_times", "7")
    qtbot.waitUntil(lambda: "alert_runaway_times" in (home / FILE).read_text(), timeout=PATIENCE_MS)
    assert (home / FILE).read_text() == 'language = "zh"  # by hand\nalert_runaway_times = 7.0\n'


def test_switch_takes_its_parts_along(qtbot: QtBot, panel: Preferences, home: Path) -> None:
    controls = panel.pages["alerts"].controls
    switch = controls["alert_silent"]
    assert isinstance(switch, QCheckBox) and not controls["alert_silent_minutes"].isEnabled()
    switch.click()
    assert controls["alert_silent_minutes"].isEnabled()
    qtbot.waitUntil(lambda: kept(home).alert_silent, timeout=PATIENCE_MS)
    assert ENGLISH.alert_silent is False
