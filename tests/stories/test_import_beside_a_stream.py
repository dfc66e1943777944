"""The first import of a big folder: the window stays alive, shows what there is so far, and ends with the truth.

A newcomer would get this wrong: the assertion about the 50 ms is not here. The heartbeat of tests/conftest.py fails this
test when the GUI thread was blocked for longer, twice.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.folders import write_days
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from running import judged, record, running, shown, today

from tipmao_monitor.usage.snapshot import Filter, Period

PATIENCE_MS = 60_000
DAYS, A_DAY = 8, 25_000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200,000 records, the newest of yesterday."""
    folder = tmp_path_factory.mktemp("many")
    write_days(folder, DAYS, A_DAY, seed=1, until=Period("custom", today(), today()).days(today())[0])
    return folder


def test_window_stays_alive_while_200_000_records_are_imported(qtbot: QtBot, qapp: QApplication, many: Path) -> None:
    with running(qapp, many, period=Period("custom", today(), today())) as monitor:
        window = monitor.window
        qtbot.waitUntil(lambda: window.filter_bar.live.text().startswith("reading, "), timeout=PATIENCE_MS)
        assert window.filter_bar.cancel.text() == "Cancel"
        window.action("period_30d").trigger()
        qtbot.waitUntil(lambda: window.kpis.calls.number.text() == f"{DAYS * A_DAY:,}", timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.filter_bar.live.text().startswith("live"), timeout=PATIENCE_MS)
        assert not window.filter_bar.cancel.isVisible()
