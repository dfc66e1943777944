"""Ending from outside: a signal is never lost, whenever it comes.

A newcomer would get this wrong: the dangerous moment is before the event loop runs. What ends a loop then ends nothing.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from running import ENGLISH, ZONE

from tipmao_monitor import desktop
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.window.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("home")
PATIENCE_MS = 5000
SIGNALS = [signal.SIGINT, signal.SIGTERM]


def monitor_of(app: QApplication, folder: Path) -> Monitor:
    return Monitor(app, [folder], ENGLISH, zone=ZONE, prices=PriceBook.load(), cache=None, save_settings=False)


def windows(app: QApplication) -> list[MainWindow]:
    return [widget for widget in app.topLevelWidgets() if isinstance(widget, MainWindow)]


@pytest.mark.parametrize("number", SIGNALS)
def test_window_that_is_told_to_end_while_it_is_made_ends(qapp: QApplication, tmp_path: Path, number: int) -> None:
    def begin(app: QApplication) -> Monitor:
        monitor = monitor_of(app, tmp_path)
        os.kill(os.getpid(), number)
        app.processEvents()
        return monitor

    late = QTimer(qapp, singleShot=True, interval=PATIENCE_MS)
    late.timeout.connect(qapp.quit)
    late.start()
    with desktop.Signals() as signals:
        desktop.show_window(begin, signals)
    assert late.isActive(), "the loop went on without a window"
    late.stop()
    assert not windows(qapp)


@pytest.mark.parametrize("number", SIGNALS)
def test_window_that_is_told_to_end_while_it_is_shown_ends(qapp: QApplication, tmp_path: Path, number: int) -> None:
    QTimer.singleShot(50, qapp, lambda: os.kill(os.getpid(), number))
    with desktop.Signals() as signals:
        desktop.show_window(lambda app: monitor_of(app, tmp_path), signals)
    assert not windows(qapp)


@pytest.mark.parametrize("number", SIGNALS)
def test_picture_that_is_told_to_end_while_its_window_is_made_is_not_written(
    qapp: QApplication, tmp_path: Path, number: int
) -> None:
    def begin(app: QApplication) -> Monitor:
        os.kill(os.getpid(), number)
        return monitor_of(app, tmp_path)

    target = tmp_path / "picture.png"
    with pytest.raises(KeyboardInterrupt):
        desktop.save_picture(begin, target, (700, 500))
    assert not target.exists()
