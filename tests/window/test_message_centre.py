"""The message centre: what it says of each kind of alert, and where it leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
import snapshots
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.alerts import (
    Alert,
    Alerts,
    BudgetFacts,
    Crossing,
    Evidence,
    Facts,
    LatencyFacts,
    NewFacts,
    RunawayFacts,
    SilentFacts,
    SuccessFacts,
    UnusualFacts,
)
from tipmao_monitor.usage.budgets import Budget, CurrentStream, Threshold
from tipmao_monitor.usage.snapshot import Filter, Period
from tipmao_monitor.window.budget_words import alert_words
from tipmao_monitor.window.message_centre import MessageCentre, MessageModel, filter_of
from tipmao_monitor.window.theme import Theme

pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("light")]

NOW = snapshots.NOW
CALL = Evidence(NOW, "qwen-max", "live_analysis", Decimal("0.5"), 1200.0, True, "/r/2025-11-23.jsonl", 0)

STREAM = CurrentStream("live", NOW - timedelta(hours=1), NOW, 9, Decimal(1), True)


def crossing(percent: int = 85, name: str = "a day", **fields: object) -> Crossing:
    budget = Budget(name, thresholds=(Threshold(80), Threshold(100)))
    spent = Decimal(percent) / 10
    reached = tuple(threshold for threshold in budget.thresholds if threshold.percent <= percent)
    return replace(Crossing(budget, reached, spent, Decimal(percent)), **fields)  # type: ignore[arg-type]


KINDS: list[tuple[str, Facts, str, str, Filter]] = [
    (
        "budget",
        BudgetFacts((crossing(gone_at=NOW + timedelta(hours=2)),), evidence=(CALL,)),
        "80 % of the budget is used: ¥10 a day",
        "a day: ¥8.50 used, gone at 16:02",
        Filter(),
    ),
    (
        "budget",
        BudgetFacts((crossing(120), crossing(85, "other")), while_closed=True),
        "Budget exceeded: ¥10 a day",
        "a day: ¥12.00 of ¥10 used · other: ¥8.50 of ¥10 used · this happened while the program was closed",
        Filter(),
    ),
    (
        "budget",
        BudgetFacts(
            (
                Crossing(
                    Budget("m", "model:qwen-max", "month"),
                    (Threshold(100, "forecast"),),
                    Decimal(5),
                    Decimal(50),
                    Decimal(12),
                ),
            )
        ),
        "The budget will not last: ¥10 a month",
        "m: ¥5.00 used, ¥12 expected",
        Filter(period=Period("month"), model="qwen-max"),
    ),
    (
        "success",
        SuccessFacts(82.0, 99.0, 50, 9, 60, (("RateLimitError 429", 7),)),
        "Calls fail: success rate 82.0 %",
        "9 of 50 calls in the last 60 minutes, 429 rate limit",
        Filter(failed=True),
    ),
    (
        "latency",
        LatencyFacts(9000.0, 2000.0, 40, 60),
        "Answers have become slow",
        "p95 9.0 s in the last 60 minutes, usually 2.0 s",
        Filter(),
    ),
    ("new_model", NewFacts(("gpt-4o",)), "Seen for the first time: model gpt-4o", "", Filter(model="gpt-4o")),
    ("new_user", NewFacts(("u1", "u2")), "Seen for the first time: user u1, u2", "", Filter()),
    ("new_anchor", NewFacts(("a1",)), "Seen for the first time: anchor a1", "", Filter(anchor="a1")),
    (
        "runaway",
        RunawayFacts(300, 40.0, 10, Decimal("1.5"), "live_analysis"),
        "Far more calls than usual",
        "300 calls in 10 minutes, usually 40: Live analysis, ¥1.50",
        Filter(function="live_analysis"),
    ),
    (
        "silent",
        SilentFacts(10, NOW - timedelta(minutes=10), "live_1"),
        "The assistant has been silent for 10 minutes",
        "no call since 13:52, although a stream is on",
        Filter(),
    ),
    ("unusual", UnusualFacts(1, Decimal("2.5")), "A call was unusually expensive", "¥2.50", Filter()),
]


@pytest.mark.parametrize(("kind", "facts", "title", "cause", "filter"), KINDS)
def test_alert_says_what_why_and_leads_to_its_calls(
    kind: str, facts: Facts, title: str, cause: str, filter: Filter
) -> None:
    alert = Alert("1", NOW, kind, facts)
    words = alert_words(alert, NOW)
    assert (words.title, words.cause) == (title, cause)
    assert filter_of(alert, NOW) == filter


def test_calls_of_an_older_alert_are_those_of_its_day() -> None:
    alert = Alert("1", NOW - timedelta(days=2), "unusual", UnusualFacts(1, Decimal(1)))
    assert filter_of(alert, NOW).period == Period("custom", date(2025, 11, 21), date(2025, 11, 21))


def test_calls_of_a_week_are_those_from_its_beginning() -> None:
    monday = datetime.combine(NOW.date() - timedelta(days=NOW.weekday() + 7), time(), NOW.tzinfo)
    at = monday + timedelta(days=2, hours=3)
    facts = BudgetFacts((Crossing(Budget("w", period="week"), (), Decimal(9), Decimal(90), starts_at=monday),))
    assert filter_of(Alert("1", at, "budget", facts), NOW).period == Period("custom", monday.date(), at.date())


def test_kind_of_a_newer_version_is_said_all_the_same() -> None:
    alert = Alert("1", NOW, "eclipse", NewFacts(("moon",)))
    assert alert_words(alert, NOW).title == "Something happened: eclipse"


def alerts(*read: bool) -> Alerts:
    """One alert for each, the newest first; whether it was acknowledged."""
    return Alerts(
        tuple(
            Alert(
                str(n),
                NOW - timedelta(hours=n),
                "budget",
                BudgetFacts((crossing(),), evidence=(CALL,)),
                acknowledged=seen,
            )
            for n, seen in enumerate(read)
        )
    )


@pytest.fixture
def centre(qtbot: QtBot) -> MessageCentre:
    centre = MessageCentre()
    qtbot.addWidget(centre)
    centre.show()
    return centre


def test_model_keeps_the_rules_of_qt_while_alerts_come_and_are_read(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QWidget

    owner = QWidget()
    qtbot.addWidget(owner)
    model = MessageModel(owner)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, owner)
    for shown in ((False,), (False, False, True), (True, True, True), ()):
        model.show_alerts(alerts(*shown).alerts, NOW)
        assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["" if s else "●" for s in shown]
    assert tester.parent() is owner


def test_unread_ones_are_counted_marked_and_can_be_acknowledged(centre: MessageCentre) -> None:
    asked: list[tuple[str, ...]] = []
    centre.acknowledged.connect(asked.append)
    centre.show_alerts(alerts(False, True, False), NOW)
    assert centre.sentence.text() == "2 messages that you have not seen"
    assert [centre.model.index(row, 0).data() for row in range(3)] == ["●", "", "●"]
    centre.read_button.click()
    centre.all_button.click()
    assert asked == [("0",), ("0", "2")]
    centre.show_alerts(alerts(True, True, True), NOW)
    assert centre.sentence.text() == "You have seen all messages."
    assert not centre.read_button.isEnabled() and not centre.all_button.isEnabled()


def test_chosen_message_stays_chosen_when_another_comes(centre: MessageCentre) -> None:
    three = alerts(False, False, False)
    centre.show_alerts(Alerts(three.alerts[1:]), NOW)
    centre.choose("2")
    centre.show_alerts(three, NOW)
    assert centre.table.currentIndex().row() == 2


def test_evidence_is_named_and_one_click_away(centre: MessageCentre) -> None:
    wanted: list[Filter] = []
    centre.calls_wanted.connect(wanted.append)
    centre.show_alerts(alerts(False), NOW)
    assert "qwen-max · ¥0.5000 · 1.2 s" in centre.evidence.text().replace("\u200b", "")
    centre.calls_button.click()
    assert wanted == [Filter()]


def test_snooze_names_the_message_and_is_offered_once(centre: MessageCentre) -> None:
    asked: list[str] = []
    centre.snoozed.connect(asked.append)
    shown = alerts(False)
    centre.show_alerts(shown, NOW)
    centre.show_stream(STREAM)
    centre.snooze_button.click()
    assert asked == ["0"]
    centre.show_alerts(Alerts((replace(shown.alerts[0], snoozed=True),)), NOW)
    assert not centre.snooze_button.isEnabled()


@pytest.mark.parametrize("stream", [None, replace(STREAM, is_on=False), replace(STREAM, starts_at=NOW)])
def test_snooze_until_the_stream_ends_is_not_offered_where_no_stream_could_end_it(
    centre: MessageCentre, stream: CurrentStream | None
) -> None:
    centre.show_alerts(Alerts((replace(alerts(False).alerts[0], at=NOW - timedelta(minutes=1)),)), NOW)
    centre.show_stream(STREAM)
    assert centre.snooze_button.isEnabled()
    centre.show_stream(stream)
    assert not centre.snooze_button.isEnabled()


def test_nothing_and_a_ledger_that_cannot_be_written_are_said(centre: MessageCentre) -> None:
    assert centre.sentence.text().startswith("No messages.")
    assert not centre.table.isVisible() and not centre.trouble.isVisible()
    centre.show_alerts(Alerts(alerts(False).alerts, trouble="No space left on device"), NOW)
    assert "No space left on device" in centre.trouble.text()
    for kind in ("damaged", "mended", "newer"):
        centre.show_alerts(Alerts(alerts(False).alerts, trouble=kind), NOW)
        assert not centre.trouble.isVisible()


def test_recorded_names_are_not_read_as_markup(centre: MessageCentre) -> None:
    alert = Alert("1", NOW, "new_model", NewFacts(("<b>evil</b>",)))
    centre.show_alerts(Alerts((alert,)), NOW)
    assert "<b>evil</b>" in centre.title.text().replace("\u200b", "")
    assert centre.title.textFormat() == Qt.TextFormat.PlainText
    assert "&lt;b&gt;" in str(centre.model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole))


def test_language_changes_while_it_is_open(centre: MessageCentre, light: Theme, brackets: object) -> None:
    centre.show_alerts(alerts(False), NOW)
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    texts = [centre.windowTitle(), centre.sentence.text(), centre.title.text(), centre.calls_button.text()]
    texts.append(str(centre.model.index(0, 2).data()))
    assert [text for text in texts if "【" not in text] == []
