"""The tools in the running window: what is confirmed happens on disk, and the figures follow."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import psutil
from listening import append, line
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from running import figures, judged, now, running, shown

from tipmao_monitor.usage.snapshot import Filter, Period
from tipmao_monitor.window.cleanup import CleanupPanel
from tipmao_monitor.window.doctor import Doctor

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


def test_doctor_accounts_for_the_bytes_on_disk_and_follows_them(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    file = tmp_path / f"usage_{now().date()}.jsonl"
    append(file, *(line(now(), cost=0.25) for _ in range(3)), b"no record\n")
    with running(qapp, tmp_path) as monitor:
        monitor.window.action("doctor").trigger()
        doctor = monitor.window.findChild(Doctor)
        assert isinstance(doctor, Doctor)
        for calls in (3, 4):
            qtbot.waitUntil(
                lambda calls=calls: doctor.sentence.text().startswith(f"{calls} calls counted"), timeout=20_000
            )
            name, *counts = (str(doctor.file_model.index(0, column).data()).replace(",", "") for column in range(7))
            size, *parts, counted = map(int, counts)
            assert (name, size, sum(parts), counted) == (file.name, file.stat().st_size, size, calls)
            append(file, line(now(), cost=0.25))
        doctor.close()


def test_simulated_stream_is_a_process_of_its_own_and_writes_elsewhere(
    qtbot: QtBot, qapp: QApplication, home: Path, tmp_path: Path
) -> None:
    def simulations() -> list[psutil.Process]:
        """Of this test: the demos that have its home."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if "--demo" in process.cmdline() and process.environ().get("TIPMAO_HOME") == str(home):
                    found.append(process)
        return found

    with running(qapp, tmp_path) as monitor:
        monitor.window.action("simulate").trigger()
        qtbot.waitUntil(lambda: bool(simulations()), timeout=20_000)
        for process in simulations():
            process.terminate()
            process.wait(20)
    assert list(tmp_path.iterdir()) == []
