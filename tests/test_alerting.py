"""From a call on disk to an alert in the ledger and on the window, through the running program, once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from running import ENGLISH, now, record, running

from tipmao_monitor.alerting import rules_of
from tipmao_monitor.monitor import Monitor
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.alerts import Alerts, BudgetFacts, Rules
from tipmao_monitor.usage.budgets import Budget, Threshold
from tipmao_monitor.usage.ledger import FILE, Ledger

TEN = Budget("ten", amount=Decimal(10), thresholds=(Threshold(80), Threshold(100)))
CHOSEN = replace(ENGLISH, budgets=(TEN,), offer_budget=False, alert_new_model=False, alert_new_anchor=False)


def words(monitor: Monitor) -> list[str]:
    return [label.text().replace("\u200b", "") for label in monitor.window.findChildren(QLabel) if label.isVisible()]


class Heard:
    """What the window is told of."""

    def __init__(self, monitor: Monitor) -> None:
        self.last = Alerts()
        monitor.alerting.changed.connect(self._keep)

    def _keep(self, alerts: Alerts) -> None:
        self.last = alerts

    def crossed(self) -> list[list[int]]:
        """The thresholds of each message, the oldest first."""
        found = []
        for alert in reversed(self.last.alerts):
            assert isinstance(alert.facts, BudgetFacts)
            found.append([t.percent for crossing in alert.facts.crossings for t in crossing.thresholds])
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    record(folder, cost=1.0)
    return folder


def painted(monitor: Monitor, qtbot: QtBot) -> None:
    with qtbot.waitSignal(monitor.painted, timeout=10_000):
        pass


def test_crossing_becomes_one_alert_and_is_not_repeated_by_the_next_start(
    qapp: QApplication, qtbot: QtBot, folder: Path, home: Path
) -> None:
    with running(qapp, folder, settings=CHOSEN) as monitor:
        heard = Heard(monitor)
        painted(monitor, qtbot)
        record(folder, cost=7.5)
        qtbot.waitUntil(lambda: heard.crossed() == [[80]], timeout=10_000)
        record(folder, cost=7.5)
        qtbot.waitUntil(lambda: heard.crossed() == [[80], [100]], timeout=10_000)
        assert all(alert.id.encode() in (home / FILE).read_bytes() for alert in heard.last.alerts)
    with running(qapp, folder, settings=CHOSEN) as monitor:
        heard = Heard(monitor)
        qtbot.waitUntil(lambda: heard.crossed() == [[80], [100]], timeout=10_000)
        record(folder, cost=0.5)
        painted(monitor, qtbot)
    assert len(Ledger(home).alerts().alerts) == 2


def test_crossed_while_closed_is_said_at_the_start(qapp: QApplication, qtbot: QtBot, folder: Path) -> None:
    record(folder, cost=30.0)
    with running(qapp, folder, settings=CHOSEN) as monitor:
        heard = Heard(monitor)
        qtbot.waitUntil(lambda: heard.crossed() == [[80, 100]], timeout=10_000)
        facts = heard.last.alerts[0].facts
        assert isinstance(facts, BudgetFacts) and facts.while_closed


def test_budget_that_is_changed_in_the_program_counts_at_once(qapp: QApplication, qtbot: QtBot, folder: Path) -> None:
    record(folder, cost=30.0)
    with running(qapp, folder, settings=replace(CHOSEN, budgets=())) as monitor:
        heard = Heard(monitor)
        painted(monitor, qtbot)
        assert heard.crossed() == []
        monitor.presence.budgets_saved.emit((TEN,))
        qtbot.waitUntil(lambda: heard.crossed() == [[80, 100]], timeout=10_000)


def test_marks_are_kept_over_the_next_start(qapp: QApplication, qtbot: QtBot, folder: Path, home: Path) -> None:
    record(folder, cost=30.0)
    with running(qapp, folder, settings=CHOSEN) as monitor:
        heard = Heard(monitor)
        qtbot.waitUntil(lambda: len(heard.last.alerts) == 1, timeout=10_000)
        number = heard.last.alerts[0].id
        monitor.alerting.mark((number,), "acknowledged")
        qtbot.waitUntil(lambda: heard.last.unread == 0, timeout=10_000)
    [alert] = Ledger(home).alerts().alerts
    assert (alert.id, alert.acknowledged) == (number, True)


def test_ledger_of_garbage_is_said_and_nothing_else_suffers(
    qapp: QApplication, qtbot: QtBot, folder: Path, home: Path
) -> None:
    (home / FILE).write_bytes(b"\0" * 5000)
    with running(qapp, folder, settings=CHOSEN) as monitor:
        heard = Heard(monitor)
        qtbot.waitUntil(lambda: heard.last.trouble == "damaged", timeout=10_000)
        said = "The kept alerts were damaged and are begun anew. Some may come again."
        qtbot.waitUntil(lambda: said in words(monitor), timeout=10_000)
        record(folder, cost=30.0)
        qtbot.waitUntil(lambda: heard.crossed() == [[80, 100]], timeout=10_000)


def test_something_that_the_program_did_itself_is_kept_once(
    qapp: QApplication, qtbot: QtBot, folder: Path, home: Path
) -> None:
    from tipmao_monitor.usage.alerts import SilentFacts

    with running(qapp, folder, settings=CHOSEN) as monitor:
        heard = Heard(monitor)
        for _ in range(2):
            monitor.alerting.fire("silent", SilentFacts(3, now(), "s"), "once")
        qtbot.waitUntil(lambda: len(heard.last.alerts) == 1, timeout=10_000)
    assert len(Ledger(home).alerts().alerts) == 1


def test_each_sort_of_alert_has_its_switch() -> None:
    off = Settings(
        alert_success=False, alert_latency=False, alert_new_model=False, alert_new_anchor=False, alert_runaway=False
    )
    assert rules_of(off) == Rules()
    on = Settings(alert_new_user=True, alert_silent=True, alert_unusual=True, alert_silent_minutes=3.0)
    assert rules_of(on) == Rules(90.0, 2.0, ("new_model", "new_user", "new_anchor"), 5.0, 3.0, 2.0)
