"""Notes, messages, pauses, on-air mode and the strip around a real window, on a desktop without a tray.

A newcomer would get this wrong: there is no tray here, so an alert counts as shown when the window shows its note. What
a tray does with it is told in tests/stories/test_tray.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tipmao_monitor.presence import Presence
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.alerts import Alert, Alerts, BudgetFacts, Crossing, SilentFacts
from tipmao_monitor.usage.budgets import Budget, CurrentStream, Threshold
from tipmao_monitor.usage.formats import Exported
from tipmao_monitor.usage.snapshot import Filter, Period, Snapshot
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.theme import Colours, apply_theme, load_theme

sys.path.insert(0, str(Path(__file__).parent / "window"))
import snapshots

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NOW = snapshots.NOW
SETTINGS = Settings(offer_budget=False)
STREAM = CurrentStream("live", NOW - timedelta(hours=1), NOW, 9, Decimal(1), True)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def presence(qtbot: QtBot, qapp: QApplication, clock: Clock) -> Iterator[Presence]:
    theme = load_theme("light")
    apply_theme(qapp, theme)
    window = MainWindow(Filter(), Colours(theme))
    owner = QObject()
    presence = Presence(window, SETTINGS, theme, clock, owner)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    show(presence, snapshots.day())
    presence.begin()
    yield presence
    presence.end()
    owner.deleteLater()


def show(presence: Presence, snapshot: Snapshot) -> None:
    presence.window.show_snapshot(snapshot)
    presence.show_snapshot(replace(snapshot, stream=STREAM))


def alert(id: str, **fields: object) -> Alert:
    budget = Budget("a day", thresholds=(Threshold(80),))
    facts = BudgetFacts((Crossing(budget, budget.thresholds, Decimal("8.5"), Decimal(85)),))
    return replace(Alert(id, NOW, "budget", facts), **fields)  # type: ignore[arg-type]


def marks(presence: Presence) -> list[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    presence.marked.connect(lambda ids, mark: found.append((ids, mark)))
    return found


# Alerts


def test_alert_is_noted_on_the_page_counted_at_the_bell_and_marked_as_shown_once(presence: Presence) -> None:
    found = marks(presence)
    presence.show_alerts(Alerts((alert("2"), alert("1"))))
    note = presence.notes["alert"]
    assert note.isVisible()
    assert note.title.text() == "80 % of the budget is used: ¥10 a day"
    assert [button.text() for button in note.buttons.values()] == ["Show the calls", "2 messages", "Seen"]
    assert presence.window.quick.bell.number == 2
    assert presence.window.quick.bell.accessibleName() == "Messages, 2 not seen"
    # The ledger has not answered yet, and another snapshot comes.
    show(presence, snapshots.day())
    assert found == [(("1", "2"), "shown")]


def test_what_was_shown_in_an_earlier_run_is_not_shown_again(presence: Presence) -> None:
    found = marks(presence)
    presence.show_alerts(Alerts((alert("1", shown=True),)))
    assert found == []
    assert presence.notes["alert"].isVisible()


def test_seen_is_noted_and_the_note_goes_when_the_ledger_says_so(presence: Presence, qtbot: QtBot) -> None:
    presence.show_alerts(Alerts((alert("1", shown=True),)))
    found = marks(presence)
    qtbot.mouseClick(presence.notes["alert"].buttons["seen"], Qt.MouseButton.LeftButton)
    assert found == [(("1",), "acknowledged")]
    presence.show_alerts(Alerts((alert("1", shown=True, acknowledged=True),)))
    assert not presence.notes["alert"].isVisible()
    assert presence.window.quick.bell.number == 0


def test_the_one_action_leads_to_the_calls(presence: Presence, qtbot: QtBot) -> None:
    presence.window.change_filter(Filter(Period("7d")))
    presence.show_alerts(Alerts((alert("1", shown=True),)))
    found = marks(presence)
    qtbot.mouseClick(presence.notes["alert"].buttons["follow"], Qt.MouseButton.LeftButton)
    assert presence.window.filter == Filter()
    assert found == [(("1",), "acknowledged")]


def test_silence_has_no_calls_to_lead_to(presence: Presence) -> None:
    silent = Alert("1", NOW, "silent", SilentFacts(10, NOW, "live"))
    presence.show_alerts(Alerts((silent,)))
    assert list(presence.notes["alert"].buttons) == ["seen"]


@pytest.mark.parametrize("way", ["menu", "bell", "note"])
def test_messages_open_by_menu_bell_and_note(presence: Presence, qtbot: QtBot, way: str) -> None:
    presence.show_alerts(Alerts((alert("2", shown=True), alert("1", shown=True))))
    if way == "menu":
        presence.window.action("messages").trigger()
    elif way == "bell":
        qtbot.mouseClick(presence.window.quick.bell, Qt.MouseButton.LeftButton)
    else:
        qtbot.mouseClick(presence.notes["alert"].buttons["messages"], Qt.MouseButton.LeftButton)
    assert presence.centre is not None and presence.centre.isVisible()
    assert presence.centre.model.rowCount() == 2
    assert presence.centre.snooze_button.isEnabled()
    presence.show_snapshot(replace(snapshots.day(), stream=None))
    assert not presence.centre.snooze_button.isEnabled()
    presence.centre.close()


# Quiet


def test_paused_alerts_wait_and_are_shown_when_the_pause_is_over(presence: Presence, clock: Clock) -> None:
    found = marks(presence)
    presence.window.action("pause_hour").trigger()
    presence.show_alerts(Alerts((alert("1"),)))
    assert found == []
    assert presence.notes["alert"].isVisible()
    assert presence.menu.pauses.actions()[1].isChecked()
    clock.now += timedelta(minutes=59)
    show(presence, snapshots.day())
    assert found == []
    clock.now += timedelta(minutes=1)
    show(presence, snapshots.day())
    assert found == [(("1",), "shown")]
    assert presence.window.action("pause_").isChecked()


@pytest.mark.parametrize("kind", ["hour", "stream", "tomorrow", "on"])
def test_pause_goes_on_after_the_next_start(presence: Presence, tmp_path: Path, clock: Clock, kind: str) -> None:
    file = tmp_path / "window.ini"
    presence.begin(file)
    presence.window.action(f"pause_{kind}").trigger()
    presence.end()
    owner = QObject()
    again = Presence(presence.window, SETTINGS, load_theme("light"), clock, owner)
    found = marks(again)
    again.begin(file)
    again.show_alerts(Alerts((alert("1"),)))
    again.show_snapshot(replace(snapshots.day(), stream=STREAM))
    assert again.window.action(f"pause_{kind}").isChecked() and again.hushed == "paused"
    assert found == []
    clock.now += timedelta(days=2)
    again.show_snapshot(replace(snapshots.day(), stream=None))
    assert bool(found) is (kind != "on")
    again.end()
    owner.deleteLater()


@pytest.mark.parametrize("kept", ["", "{", '{"kind": "year"}', '{"kind": 3}', '{"kind": "hour", "until": "x"}'])
def test_pause_that_nobody_wrote_is_none(presence: Presence, tmp_path: Path, kept: str) -> None:
    file = tmp_path / "window.ini"
    QSettings(str(file), QSettings.Format.IniFormat).setValue("alerts/pause", kept)
    presence.begin(file)
    assert presence.hushed == ""


def test_pause_until_the_stream_ends(presence: Presence) -> None:
    found = marks(presence)
    presence.menu.pauses.actions()[2].trigger()
    presence.show_alerts(Alerts((alert("1"),)))
    assert found == []
    presence.show_snapshot(replace(snapshots.day(), stream=replace(STREAM, is_on=False)))
    assert found == [(("1",), "shown")]


def test_quiet_hours_hold_back_and_end(presence: Presence, clock: Clock) -> None:
    found = marks(presence)
    quiet = replace(SETTINGS, alert_quiet=True, alert_quiet_from="14:00", alert_quiet_to="15:00")
    presence.follow(quiet)
    presence.show_alerts(Alerts((alert("1"),)))
    assert found == []
    clock.now = NOW.replace(hour=15, minute=0)
    show(presence, snapshots.day())
    assert found == [(("1",), "shown")]


# On air


@pytest.mark.parametrize("way", ["key", "eye", "tray"])
def test_on_air_is_one_key_or_one_click(presence: Presence, qtbot: QtBot, way: str) -> None:
    told: list[bool] = []
    presence.on_air_changed.connect(told.append)

    def act() -> None:
        if way == "key":
            held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            qtbot.keyClick(presence.window, Qt.Key.Key_H, held)
        elif way == "eye":
            qtbot.mouseClick(presence.window.quick.eye, Qt.MouseButton.LeftButton)
        else:
            presence.menu.on_air.trigger()
        QApplication.processEvents()

    act()
    assert presence.window.kpis.cost.number.text() == "¥***"
    assert presence.notes["air"].isVisible()
    is_checked = (presence.window.action("on_air"), presence.window.quick.eye, presence.menu.on_air)
    assert [part.isChecked() for part in is_checked] == [True, True, True]
    act()
    assert presence.window.kpis.cost.number.text() == "¥1.30"
    assert [part.isChecked() for part in is_checked] == [False, False, False]
    assert told == [True, False]


def test_on_air_no_alert_comes_up_until_it_is_over(presence: Presence, qtbot: QtBot) -> None:
    found = marks(presence)
    presence.on_air.set_on(True)
    presence.show_alerts(Alerts((alert("1"),)))
    QApplication.processEvents()
    assert found == [] and not presence.notes["alert"].isVisible()
    assert presence.window.quick.bell.number == 1
    qtbot.mouseClick(presence.notes["air"].buttons["end"], Qt.MouseButton.LeftButton)
    assert found == [(("1",), "shown")]
    assert presence.notes["alert"].isVisible()


def test_program_that_went_down_on_air_comes_up_on_air(presence: Presence) -> None:
    presence.follow(replace(SETTINGS, on_air=True))
    presence.begin()
    QApplication.processEvents()
    assert presence.window.kpis.cost.number.text() == "¥***"


# Budgets


def test_first_start_offers_the_guides_budget_and_takes_yes(presence: Presence, qtbot: QtBot) -> None:
    saved: list[tuple[Budget, ...]] = []
    answered: list[bool] = []
    presence.budgets_saved.connect(saved.append)
    presence.offer_answered.connect(lambda: answered.append(True))
    presence.follow(Settings())
    note = presence.notes["offer"]
    assert note.isVisible()
    qtbot.mouseClick(note.buttons["yes"], Qt.MouseButton.LeftButton)
    assert [(b.amount, b.period, b.scope) for (b,) in saved] == [(Decimal(10), "day", "all")]
    assert answered == [True] and not note.isVisible()


def test_offer_declined_is_not_made_again_and_another_amount_opens_the_editor(presence: Presence, qtbot: QtBot) -> None:
    presence.follow(Settings())
    qtbot.mouseClick(presence.notes["offer"].buttons["no"], Qt.MouseButton.LeftButton)
    show(presence, snapshots.day())
    assert not presence.notes["offer"].isVisible()
    presence._answer_offer("other")
    assert presence.editor is not None and presence.editor.amount.text() == "10"
    presence.editor.close()


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (Settings(offer_budget=False), snapshots.day()),
        (Settings(budgets=(Budget("mine"),)), snapshots.day()),
        (Settings(), snapshots.empty()),
        (Settings(), replace(snapshots.day(), stale_since=NOW)),
    ],
)
def test_nothing_is_offered_where_it_was_answered_or_too_early(
    presence: Presence, settings: Settings, shown: Snapshot
) -> None:
    show(presence, shown)
    presence.follow(settings)
    assert not presence.notes["offer"].isVisible()


def test_editor_does_not_open_on_air_and_closes_when_one_goes_on_air(presence: Presence) -> None:
    presence.window.action("budgets").trigger()
    editor = presence.editor
    assert editor is not None and editor.isVisible()
    presence.on_air.set_on(True)
    assert presence.editor is None
    presence.window.action("budgets").trigger()
    assert presence.editor is None


# Strip, window and test


def test_strip_takes_the_place_of_the_window_and_gives_it_back(presence: Presence, qtbot: QtBot) -> None:
    presence.window.action("compact").trigger()
    strip = presence.strip
    assert strip is not None and strip.isVisible() and not presence.window.isVisible()
    assert strip.accessibleName().startswith("¥1.30, today")
    qtbot.mouseDClick(strip, Qt.MouseButton.LeftButton)
    assert presence.window.isVisible() and not strip.isVisible()


def test_strip_says_that_there_are_messages_where_there_is_no_tray(presence: Presence) -> None:
    found = marks(presence)
    presence.show_strip()
    presence.show_alerts(Alerts((alert("1"), alert("2"))))
    assert presence.strip is not None and presence.strip.words().health[0] == "▲ 2 messages"
    assert found == [(("2", "1"), "shown")]
    presence.show_alerts(Alerts((alert("1", acknowledged=True),)))
    assert "messages" not in presence.strip.words().sentence


def test_place_of_the_strip_is_remembered(qtbot: QtBot, presence: Presence, tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "window.ini"
    presence.begin(file, compact=True)
    assert presence.strip is not None
    presence.strip.place(QPoint(123, 234))
    presence.end()
    owner = QObject()
    again = Presence(presence.window, SETTINGS, load_theme("light"), clock, owner)
    again.begin(file, compact=True)
    assert again.strip is not None and again.strip.pos() == QPoint(123, 234)
    again.end()
    owner.deleteLater()


def test_test_alert_says_what_this_desktop_can_do(presence: Presence, qtbot: QtBot) -> None:
    asked: list[bool] = []
    presence.test_wanted.connect(lambda: asked.append(True))
    presence.window.action("test_alert").trigger()
    note = presence.notes["test"]
    assert note.isVisible() and "no tray" in note.text.text()
    assert asked == [True]
    qtbot.mouseClick(note.buttons["seen"], Qt.MouseButton.LeftButton)
    assert not note.isVisible()


def test_closing_the_window_without_a_tray_ends_the_program(presence: Presence) -> None:
    ended: list[bool] = []
    presence.ended.connect(lambda: ended.append(True))
    presence.window.close()
    assert ended == [True]


def test_quit_from_the_strip_ends_the_program(presence: Presence) -> None:
    ended: list[bool] = []
    presence.ended.connect(lambda: ended.append(True))
    presence.show_strip()
    presence.menu.quit.trigger()
    assert ended == [True]
    assert presence.strip is None or not presence.strip.isVisible()


def test_language_changes_while_notes_are_shown(presence: Presence, qapp: QApplication, qtbot: QtBot) -> None:
    from tipmao_monitor.language import Interpreter

    presence.show_alerts(Alerts((alert("1"),)))
    presence.on_air.set_on(True)
    interpreter = Interpreter(qapp)
    interpreter.speak("zh")
    qtbot.waitUntil(lambda: presence.notes["air"].buttons["end"].text() == "恢复显示")
    assert presence.menu.quit.text() == "退出"
    presence.on_air.set_on(False)
    assert presence.notes["alert"].buttons["seen"].text() == "知道了"
    interpreter.speak("en")
    QApplication.processEvents()


# Reports


def test_report_of_today_that_is_written_is_told_with_the_way_to_it(presence: Presence, qtbot: QtBot) -> None:
    presence.show_report(Exported("/reports/today.xlsx"))
    note = presence.notes["report"]
    assert note.isVisible() and "today.xlsx" in note.text.text()
    assert list(note.buttons) == ["open", "seen"]
    presence.show_report(Exported("/reports/today.xlsx", "system", "No space left on device"))
    assert "No space left on device" in note.text.text() and list(note.buttons) == ["seen"]
    qtbot.mouseClick(note.buttons["seen"], Qt.MouseButton.LeftButton)
    assert not note.isVisible()
