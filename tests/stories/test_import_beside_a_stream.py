"""The first import of a big folder: the window stays alive, shows what there is so far, and ends with the truth.

A newcomer would get this wrong: the assertion about the 50 ms is not here. The heartbeat of tests/conftest.py fails
this test when the GUI thread was blocked for longer, twice.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bench.folders import write_days
from listening import line
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from running import now, record, running, today

from tipmao_monitor.usage.snapshot import Period

PATIENCE_MS = 60_000
DAYS, A_DAY = 8, 25_000


def test_window_stays_alive_while_200_000_records_are_imported(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    records = tmp_path / "ai_usage"
    write_days(records, DAYS, A_DAY, seed=1, until=today() - timedelta(days=1))
    with running(qapp, records, period=Period("30d")) as monitor:
        live, calls = monitor.window.filter_bar.live, monitor.window.kpis.calls.number
        qtbot.waitUntil(lambda: live.text().startswith("reading, "), timeout=PATIENCE_MS)
        assert calls.text() != f"{DAYS * A_DAY:,}"
        record(records)
        qtbot.waitUntil(lambda: calls.text() == f"{DAYS * A_DAY + 1:,}", timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: live.text().startswith("live"), timeout=PATIENCE_MS)


def test_import_is_cancelled_and_continued_by_the_same_button(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    for ago in range(60):
        at = now() - timedelta(days=ago)
        (tmp_path / f"usage_{at.date()}.jsonl").write_bytes(line(at) * 1000)
    with running(qapp, tmp_path, period=Period("custom", today() - timedelta(days=90), today())) as monitor:
        bar, calls = monitor.window.filter_bar, monitor.window.kpis.calls.number
        qtbot.waitUntil(bar.cancel.isVisible, timeout=PATIENCE_MS)
        QTest.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bar.live.text() == "reading stopped", timeout=PATIENCE_MS)
        assert bar.cancel.text() == "Continue"
        assert calls.text() != "60,000"
        QTest.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: calls.text() == "60,000", timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not bar.cancel.isVisible(), timeout=PATIENCE_MS)
