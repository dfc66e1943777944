"""What every story has: a folder, the program that watches it, and a wait until both say the same.

A newcomer would get this wrong: a story looks at the screen, never at a snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from running import figures, judged, running, shown

from tipmao_monitor.usage.snapshot import Filter
from tipmao_monitor.window.main_window import MainWindow

PATIENCE_MS = 20_000


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records" / "ai_usage"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, records: Path) -> Iterator[MainWindow]:
    """Of the running program."""
    with running(qapp, records) as monitor:
        yield monitor.window


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    def until(is_so: Callable[[], bool]) -> None:
        qtbot.waitUntil(is_so, timeout=PATIENCE_MS)

    return until


@pytest.fixture
def agree(qtbot: QtBot, window: MainWindow, records: Path) -> Callable[..., None]:
    """Waits until the window is filled with the files on disk under a filter, all calls of today without one."""

    def until(filter: Filter = Filter()) -> None:
        expected = figures(judged(records, filter))

        def is_whole() -> bool:
            is_reading = window.filter_bar.live.text().startswith("reading")
            return shown(window) == expected and window.is_filled and not is_reading

        try:
            qtbot.waitUntil(is_whole, timeout=PATIENCE_MS)
        except qtbot.TimeoutError:
            assert shown(window) == expected
            raise

    return until
