"""Reports out of the running window: asked for by hand, cancelled, remembered, and written by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from listening import append, line
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from running import ENGLISH, now, record, running, today
from webhooks import serving

from tipmao_monitor import exporting, settings
from tipmao_monitor.channels import Channel
from tipmao_monitor.exporting import due_days
from tipmao_monitor.keys import Keys
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.usage.formats import Exported
from tipmao_monitor.window.export_dialog import ExportDialog

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    for back in range(9):
        at = now() - timedelta(days=back)
        append(folder / f"usage_{at.date()}.jsonl", *(line(at, cost=0.25) for _ in range(40)))
    return folder


def opened(monitor: Monitor) -> ExportDialog:
    monitor.window.action("export").trigger()
    dialog = monitor.window.findChild(ExportDialog)
    assert isinstance(dialog, ExportDialog)
    return dialog


def shown(dialog: ExportDialog) -> Callable[[], bool]:
    return lambda: bool(dialog.said.text())


@pytest.mark.parametrize("format", ["xlsx", "pdf", "html", "csv", "json", "statement"])
def test_each_format_is_written_beside_a_window_that_goes_on(
    qtbot: QtBot, qapp: QApplication, folder: Path, home: Path, format: str
) -> None:
    with running(qapp, folder) as monitor:
        with qtbot.waitSignal(monitor.painted, timeout=20_000):
            pass
        dialog = opened(monitor)
        dialog.format.setCurrentIndex(dialog.format.findData(format))
        dialog.export_button.click()
        qtbot.waitUntil(shown(dialog), timeout=30_000)
        [report] = (home / "reports").iterdir()
        assert report.name.startswith("usage_report_") and str(report) in dialog.said.text().replace("\u200b", "")
        dialog.close()
    chosen, troubles = settings.load(home)
    assert not troubles
    assert chosen.report_format == ("xlsx" if format == "statement" else format)


def test_a_cancelled_report_leaves_nothing(qtbot: QtBot, qapp: QApplication, folder: Path, home: Path) -> None:
    with running(qapp, folder) as monitor:
        with qtbot.waitSignal(monitor.painted, timeout=20_000):
            pass
        dialog = opened(monitor)
        dialog.export_button.click()
        dialog.export_button.click()
        qtbot.waitUntil(shown(dialog), timeout=30_000)
        assert dialog.said.text() == "Cancelled. Nothing was written."
        assert not list(home.glob("reports/*")) and not list(home.glob("reports/.*"))
        dialog.close()


def test_a_report_of_yesterday_is_written_once_and_by_itself(
    qtbot: QtBot, qapp: QApplication, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "FIRST_LOOK_MS", 0)
    chosen = settings.Settings(language="en", theme="light", report_schedule="daily", report_format="json")
    target = home / "reports" / f"usage_report_{today() - timedelta(days=1)}.json"
    with running(qapp, folder, settings=chosen):
        qtbot.waitUntil(target.exists, timeout=30_000)
    written = target.read_bytes()
    assert b'"total_cost": 10' in written
    target.write_bytes(b"kept")
    with running(qapp, folder, settings=chosen) as monitor, qtbot.waitSignal(monitor.painted, timeout=20_000):
        pass
    assert [path.read_bytes() for path in target.parent.iterdir()] == [b"kept"]


def test_a_report_by_itself_is_told_to_the_chats_with_its_figures(
    qtbot: QtBot, qapp: QApplication, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "FIRST_LOOK_MS", 0)
    with serving() as server:
        server.body = b'{"code": 200}'
        Keys(home).put("phone", f"bark://127.0.0.1:{server.port}/KeyKeyKeyKey0123456789")
        chosen = replace(
            ENGLISH, report_schedule="daily", report_format="json", channels=(Channel("phone", "bark"),),
            alert_new_model=False, alert_new_anchor=False,
        )  # fmt: skip

        def told() -> list[str]:
            return [str(sent) for _, sent in server.got if "AI usage report" in str(sent)]

        with running(qapp, folder, settings=chosen):
            qtbot.waitUntil(lambda: bool(told()), timeout=30_000)
        [sent] = told()
    assert "¥10.00" in sent and f"usage_report_{today() - timedelta(days=1)}.json" in sent


def test_due_are_yesterday_and_the_last_week_from_monday() -> None:
    monday = date(2025, 10, 27)
    assert due_days("off", monday) is None
    assert due_days("daily", monday) == (date(2025, 10, 26), date(2025, 10, 26))
    for later in range(7):
        days = due_days("weekly", monday + timedelta(days=later))
        assert days == (date(2025, 10, 20), date(2025, 10, 26))


def test_a_folder_that_cannot_be_written_is_said(
    qtbot: QtBot, qapp: QApplication, folder: Path, home: Path, tmp_path: Path
) -> None:
    record(folder)
    chosen = settings.Settings(language="en", theme="light", report_folder=(str(tmp_path / "gone"),))
    with running(qapp, folder, settings=chosen) as monitor:
        with qtbot.waitSignal(monitor.painted, timeout=20_000):
            pass
        dialog = opened(monitor)
        dialog.export_button.click()
        qtbot.waitUntil(shown(dialog), timeout=30_000)
        assert dialog.said.text().startswith("There is no folder for")
        dialog.close()
    assert ENGLISH.report_folder == () and Exported().failure == ""
