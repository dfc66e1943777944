"""The program while it runs: what the user chooses is done and kept, what goes wrong is said, and files are followed.

A newcomer would get this wrong: a test that is about file events sets the beat so slow that only an event can help.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from listening import append, line
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from running import now, record, running, today

from tipmao_monitor import feed, settings
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.database import duckdb
from tipmao_monitor.usage.snapshot import Trouble
from tipmao_monitor.window.theme import load_theme

PATIENCE_MS = 20_000
# Said by the offscreen platform for every dialog.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A folder with one call of today."""
    folder = tmp_path / "records" / "ai_usage"
    record(folder)
    return folder


@pytest.fixture
def monitor(qtbot: QtBot, qapp: QApplication, records: Path) -> Iterator[Monitor]:
    with running(qapp, records) as monitor:
        wait_for_calls(qtbot, monitor, 1)
        yield monitor


@pytest.fixture
def only_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """No beat comes to help where an event is missed."""
    monkeypatch.setattr(feed, "BEAT_S", 300.0)
    monkeypatch.setattr(feed, "SLOWEST_BEAT_S", 300.0)


def wait_for_calls(qtbot: QtBot, monitor: Monitor, calls: int, timeout: int = PATIENCE_MS) -> None:
    window = monitor.window
    qtbot.waitUntil(lambda: window.is_filled and window.kpis.calls.number.text() == str(calls), timeout=timeout)


def day_file(folder: Path) -> Path:
    return folder / f"usage_{today()}.jsonl"


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def words(monitor: Monitor) -> list[str]:
    """All labels in sight, without the marks where a long word may be broken."""
    return [label.text().replace("\u200b", "") for label in monitor.window.findChildren(QLabel) if label.isVisible()]


def wait_for_words(qtbot: QtBot, monitor: Monitor, text: str, timeout: int = PATIENCE_MS) -> None:
    qtbot.waitUntil(lambda: text in words(monitor), timeout=timeout)


def kept(home: Path) -> Settings:
    found, troubles = settings.load(home)
    assert not troubles
    return found


# What the user chooses


@pytest.mark.parametrize("name", ["dark", "contrast"])
def test_theme_is_changed_and_kept(qtbot: QtBot, qapp: QApplication, monitor: Monitor, home: Path, name: str) -> None:
    for chosen in (name, "light"):
        monitor.window.action(f"theme_{chosen}").trigger()
        theme = load_theme(chosen)
        assert qapp.palette().color(QPalette.ColorRole.Window).name() == theme.window.lower()
        assert picture(monitor.window.models).pixelColor(3, 30).name() == theme.card.lower()
        qtbot.waitUntil(lambda chosen=chosen: kept(home).theme == chosen, timeout=PATIENCE_MS)


def test_language_is_changed_and_kept(qtbot: QtBot, monitor: Monitor, home: Path) -> None:
    window = monitor.window
    window.action("language_zh").trigger()
    qtbot.waitUntil(lambda: window.models.title_label.text() == "模型分布", timeout=PATIENCE_MS)
    assert window.action("quit").text() == "退出"
    qtbot.waitUntil(lambda: kept(home).language == "zh", timeout=PATIENCE_MS)
    # What comes later is Chinese, too.
    append(window_file(monitor), b"not a record\n")
    qtbot.waitUntil(lambda: "1" in window.status.skipped.text() and window.status.skipped.isVisible())
    assert not window.status.skipped.text().isascii()
    window.action("language_en").trigger()
    qtbot.waitUntil(lambda: window.models.title_label.text() == "Models", timeout=PATIENCE_MS)
    assert window.status.skipped.text() == "1 line skipped"
    qtbot.waitUntil(lambda: kept(home).language == "en", timeout=PATIENCE_MS)


def window_file(monitor: Monitor) -> Path:
    folder = monitor.window.calls.tables["latest"].calls.call(0)
    assert folder is not None
    return Path(folder.path)


def test_settings_that_the_command_line_overruled_are_not_kept(
    qtbot: QtBot, qapp: QApplication, records: Path, home: Path
) -> None:
    with running(qapp, records, save_settings=False) as monitor:
        wait_for_calls(qtbot, monitor, 1)
        monitor.window.action("theme_dark").trigger()
    assert not (home / settings.FILE).exists()


def test_settings_that_cannot_be_kept_are_told(
    qtbot: QtBot, monitor: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("TIPMAO_HOME", str(tmp_path / "file" / "home"))
    monitor.window.action("theme_dark").trigger()
    wait_for_words(qtbot, monitor, f"The settings file cannot be used: {os.strerror(20)}")


def test_settings_that_could_not_be_kept_are_kept_once_they_can(
    qtbot: QtBot, monitor: Monitor, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"The settings file cannot be used: {os.strerror(20)}"
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("TIPMAO_HOME", str(blocked / "home"))
    monitor.window.action("theme_dark").trigger()
    wait_for_words(qtbot, monitor, said)
    blocked.unlink()
    record(records)
    qtbot.waitUntil(lambda: kept(blocked / "home").theme == "dark", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: said not in words(monitor), timeout=PATIENCE_MS)


@pytest.mark.parametrize(("choice", "follows"), [("system", True), ("light", False)])
def test_theme_of_the_system_is_followed_where_it_was_chosen(
    qtbot: QtBot, qapp: QApplication, records: Path, monkeypatch: pytest.MonkeyPatch, choice: str, follows: bool
) -> None:
    with running(qapp, records, settings=Settings(language="en", theme=choice)):  # type: ignore[arg-type]
        # The offscreen platform has no colours of its own to change.
        monkeypatch.setattr(QStyleHints, "colorScheme", lambda _: Qt.ColorScheme.Dark)
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        found = qapp.palette().color(QPalette.ColorRole.Window).name()
    assert found == load_theme("dark" if follows else "light").window.lower()


def test_other_folder_is_watched_from_now_on(
    qtbot: QtBot, monitor: Monitor, records: Path, tmp_path: Path, home: Path
) -> None:
    other = tmp_path / "other"
    for user in ("a", "b", "c"):
        record(other, user_id=user)
    monitor.window.choose_folder()
    dialog = monitor.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.findChild(QLineEdit).setText(str(other))
    QTimer.singleShot(0, dialog.accept)
    wait_for_calls(qtbot, monitor, 3)
    record(other)
    wait_for_calls(qtbot, monitor, 4)
    record(records)
    record(other)
    wait_for_calls(qtbot, monitor, 5)
    assert monitor.window.status.folders.text() == str(other)
    qtbot.waitUntil(lambda: kept(home).records == (str(other),), timeout=PATIENCE_MS)


def test_other_folder_can_be_chosen_while_the_first_is_imported(
    qtbot: QtBot, qapp: QApplication, records: Path, tmp_path: Path
) -> None:
    many = tmp_path / "many"
    many.mkdir()
    day_file(many).write_bytes(line(now()) * 60_000)
    with running(qapp, many) as monitor:
        qtbot.waitUntil(lambda: monitor.window.filter_bar.cancel.isVisible(), timeout=PATIENCE_MS)
        QTimer.singleShot(0, lambda: monitor.window.folder_chosen.emit(str(records)))
        wait_for_calls(qtbot, monitor, 1)
        record(records)
        wait_for_calls(qtbot, monitor, 2)


# What goes wrong


def test_folder_that_is_not_there_is_told_until_it_is(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    folder = tmp_path / "not yet"
    wrong = Trouble("settings_unusable", "settings.toml", "line 3")
    with running(qapp, folder, troubles=[wrong]) as monitor:
        wait_for_words(qtbot, monitor, "The folder is not there.")
        assert {str(folder), "The settings file cannot be used: line 3"} <= set(words(monitor))
        assert monitor.window.filter_bar.live.text() == "not reading"
        record(folder)
        wait_for_calls(qtbot, monitor, 1)
        assert "The folder is not there." not in words(monitor)
        assert "The settings file cannot be used: line 3" in words(monitor)
        assert monitor.window.filter_bar.live.text().startswith("live · ")


def test_failure_before_the_first_numbers_is_told(
    qtbot: QtBot, qapp: QApplication, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_database(**_: object) -> NoReturn:
        raise duckdb.IOException("no room")

    with monkeypatch.context() as full_disk:
        full_disk.setattr(duckdb, "connect", no_database)
        with running(qapp, records) as monitor:
            wait_for_words(qtbot, monitor, "Something went wrong: IOException: no room")
            full_disk.undo()
            wait_for_calls(qtbot, monitor, 1)


def test_last_known_numbers_stand_there_with_their_age_until_the_true_ones_come(
    qtbot: QtBot, qapp: QApplication, records: Path
) -> None:
    with running(qapp, records) as monitor:
        wait_for_calls(qtbot, monitor, 1)
    for number in range(60):
        (records / f"usage_{today()}.jsonl.{number}").write_bytes(line(now(), user_id=str(number)) * 300)
    with running(qapp, records) as monitor:
        status = monitor.window.status.updated
        qtbot.waitUntil(lambda: status.text().startswith("as of "), timeout=PATIENCE_MS)
        assert monitor.window.kpis.calls.number.text() == "1"
        qtbot.waitUntil(lambda: monitor.window.kpis.calls.number.text() == "18,001", timeout=PATIENCE_MS)
        assert status.text().startswith("updated ")


# Files that are followed


@pytest.mark.usefixtures("only_events")
def test_events_tell_of_lines_of_a_new_day_and_of_replaced_files(qtbot: QtBot, monitor: Monitor, records: Path) -> None:
    record(records)
    wait_for_calls(qtbot, monitor, 2)
    # Another file of today, and then a line in it.
    other = records / f"{today()}.jsonl"
    append(other, line(now()))
    wait_for_calls(qtbot, monitor, 3)
    append(other, line(now()))
    wait_for_calls(qtbot, monitor, 4)
    # As an editor saves: another file under the same name, and then a line in it.
    for calls in (9, 11):
        draft = records / ".draft"
        draft.write_bytes(line(now()) * (calls - 2))
        draft.replace(other)
        wait_for_calls(qtbot, monitor, calls)
        append(other, line(now()))
        wait_for_calls(qtbot, monitor, calls + 1)
    other.unlink()
    wait_for_calls(qtbot, monitor, 2)
    append(other, line(now()))
    wait_for_calls(qtbot, monitor, 3)


def test_folder_that_is_made_again_is_followed_as_before(
    qtbot: QtBot, monitor: Monitor, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(records)
    wait_for_words(qtbot, monitor, "The folder is not there.")
    record(records)
    record(records)
    wait_for_calls(qtbot, monitor, 2)
    monkeypatch.setattr(feed, "BEAT_S", 300.0)
    monkeypatch.setattr(feed, "SLOWEST_BEAT_S", 300.0)
    for calls in (3, 4, 5):
        record(records)
        wait_for_calls(qtbot, monitor, calls)


def test_end_can_be_called_twice(qtbot: QtBot, monitor: Monitor) -> None:
    monitor.end()
    monitor.end()
    assert monitor.window.isVisible()
