"""Reports out of the running window: asked for by hand, cancelled, remembered, and written by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from listening import PRICES, append, line
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from running import ENGLISH, now, record, running, today
from webhooks import serving

from tipmao_monitor import exporting, settings
from tipmao_monitor.channels import Channel
from tipmao_monitor.exporting import ExportDesk, Sources, missing
from tipmao_monitor.keys import Keys
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.usage.formats import Exported
from tipmao_monitor.usage.snapshot import Filter
from tipmao_monitor.window.export_dialog import ExportDialog
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.theme import Colours, load_theme

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


def test_due_is_what_was_missed_since_the_last_that_is_there() -> None:
    monday = date(2025, 10, 27)

    def found(schedule: str, today: date, *there: date) -> list[str]:
        return [f"{first}/{last}" for first, last in missing(schedule, today, lambda first, last: last in there)]

    assert found("off", monday) == []
    assert found("daily", monday) == ["2025-10-26/2025-10-26"]
    assert found("daily", monday, date(2025, 10, 26)) == []
    assert found("daily", monday, date(2025, 10, 23)) == [f"2025-10-{day}/2025-10-{day}" for day in (24, 25, 26)]
    assert found("daily", monday, date(2025, 9, 1)) == [f"2025-10-{day}/2025-10-{day}" for day in range(13, 27)]
    assert found("daily", monday, date(2024, 9, 1)) == ["2025-10-26/2025-10-26"]
    for later in range(7):
        assert found("weekly", monday + timedelta(days=later)) == ["2025-10-20/2025-10-26"]
    assert found("weekly", monday, date(2025, 10, 12)) == ["2025-10-13/2025-10-19", "2025-10-20/2025-10-26"]


class Moment:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@contextmanager
def desk(home: Path, folder: Path, clock: Moment, chosen: settings.Settings, zone: ZoneInfo) -> Iterator[ExportDesk]:
    window, parent = MainWindow(Filter(), Colours(load_theme("light"))), QObject()
    made = ExportDesk(
        window, chosen, lambda: Sources((folder,), PRICES, zone), home / "cache", clock, home / "reports", parent
    )
    try:
        yield made
    finally:
        made.end()
        window.deleteLater()
        parent.deleteLater()


def names(home: Path) -> list[str]:
    return sorted(path.name for path in home.glob("reports/*"))


def test_a_day_is_over_when_its_last_records_are_there_and_what_failed_is_tried_again(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, home: Path
) -> None:
    zone = ZoneInfo("Europe/Berlin")  # on October 26th 2025 an hour comes twice
    midnight = datetime(2025, 10, 27, tzinfo=zone)
    for at in (midnight - timedelta(hours=24), midnight - timedelta(seconds=1)):
        append(tmp_path / f"usage_{at.date()}.jsonl", line(at, cost=0.25))
    clock = Moment(midnight + timedelta(minutes=5))
    chosen = replace(ENGLISH, report_schedule="daily", report_format="json", report_folder=(str(tmp_path / "gone"),))
    told: list[Exported] = []
    with desk(home, tmp_path, clock, chosen, zone) as made:
        made.written.connect(told.append)
        made._cancel()  # of an export that was given up long before

        def looked() -> list[str]:
            made.look()
            made._worker.submit(lambda: None).result()
            QCoreApplication.processEvents()
            return sorted(path.name for path in tmp_path.glob("gone/*"))

        (tmp_path / "gone").mkdir()
        append(tmp_path / "gone" / "usage_report_2025-10-25.pdf", b"of the day before")
        assert looked() == ["usage_report_2025-10-25.pdf"] and not told
        (tmp_path / "gone").rename(tmp_path / "unmounted")
        clock.at = midnight + timedelta(minutes=15)
        assert looked() == [] and [done.failure for done in told] == ["no_folder"]
        (tmp_path / "unmounted").rename(tmp_path / "gone")
        assert looked() == ["usage_report_2025-10-25.pdf"]
        clock.at += timedelta(hours=1)
        assert looked() == ["usage_report_2025-10-25.pdf", "usage_report_2025-10-26.json"]
        clock.at += timedelta(days=3)
        assert looked() == ["usage_report_2025-10-25.pdf"] + [
            f"usage_report_2025-10-{n}.json" for n in (26, 27, 28, 29)
        ]
        assert len(told) == 5 and "¥0.50" in told[1].text


def test_another_time_zone_holds_at_once(qtbot: QtBot, qapp: QApplication, folder: Path, home: Path) -> None:
    chosen = replace(ENGLISH, report_format="json", report_period="today")
    with running(qapp, folder, settings=chosen) as monitor:
        with qtbot.waitSignal(monitor.painted, timeout=20_000):
            pass
        monitor._choose("timezone", "Pacific/Kiritimati")
        with qtbot.waitSignal(monitor.painted, timeout=20_000):
            pass
        dialog = opened(monitor)
        dialog.export_button.click()
        qtbot.waitUntil(shown(dialog), timeout=30_000)
        [path] = (home / "reports").iterdir()
        report = json.loads(path.read_bytes())
        dialog.close()
    assert report["timezone"] == "Pacific/Kiritimati"
    assert report["today_summary"]["date"] == str(datetime.now(ZoneInfo("Pacific/Kiritimati")).date())


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
