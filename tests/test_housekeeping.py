"""Clean-up in the running window: what is confirmed happens on disk, and the figures follow."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from listening import append, line
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from running import figures, judged, now, running, shown

from tipmao_monitor.usage.snapshot import Filter, Period
from tipmao_monitor.window.cleanup import CleanupPanel

DAYS = Filter(period=Period("30d"))


def answered(panel: CleanupPanel, action: str) -> None:
    panel.actions_[action].click()  # type: ignore[index]
    for question in panel.findChildren(QMessageBox):
        yes = question.findChild(QPushButton, "cleanup_yes")
        assert isinstance(yes, QPushButton)
        yes.click()


def test_archive_keeps_the_figures_and_delete_takes_them_away(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    for back in range(5):
        at = now() - timedelta(days=back)
        append(tmp_path / f"usage_{at.date()}.jsonl", *(line(at, cost=0.25) for _ in range(10 + back)))
    with running(qapp, tmp_path, period=DAYS.period) as monitor:
        before = figures(judged(tmp_path, DAYS))
        qtbot.waitUntil(lambda: shown(monitor.window) == before, timeout=20_000)
        monitor.window.action("cleanup").trigger()
        panel = monitor.window.findChild(CleanupPanel)
        assert isinstance(panel, CleanupPanel)
        panel.days.setValue(1)
        qtbot.waitUntil(lambda: len(panel.model.files) == 3, timeout=20_000)
        answered(panel, "archive")
        qtbot.waitUntil(lambda: {file.state for file in panel.model.files} == {"archived"}, timeout=20_000)
        assert len(list(tmp_path.glob("*.gz"))) == 3 and len(list(tmp_path.iterdir())) == 5
        assert panel.said.text() == "Archived 3 day files."
        assert figures(judged(tmp_path, DAYS)) == before == shown(monitor.window)
        answered(panel, "delete")
        qtbot.waitUntil(lambda: not panel.model.files, timeout=20_000)
        after = figures(judged(tmp_path, DAYS))
        qtbot.waitUntil(lambda: shown(monitor.window) == after != before, timeout=20_000)
        assert len(list(tmp_path.iterdir())) == 2
        panel.close()
