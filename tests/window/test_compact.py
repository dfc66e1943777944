"""The strip: what it says in each state, that nothing is cut, and how one comes back to the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import snapshots
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tipmao_monitor.language import Interpreter
from tipmao_monitor.usage.budgets import BudgetStatus, CurrentStream
from tipmao_monitor.usage.snapshot import Filter, Period, Progress, Snapshot
from tipmao_monitor.window.compact import PADDING_PX, Strip
from tipmao_monitor.window.theme import Theme, text_font

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NOW = snapshots.NOW
TONIGHT = NOW.replace(hour=21, minute=40)


@pytest.fixture
def strip(qtbot: QtBot, light: Theme) -> Strip:
    strip = Strip(light)
    qtbot.addWidget(strip)
    return strip


def today(*statuses: BudgetStatus, cost: str = "3.42", is_on: bool = True) -> Snapshot:
    day = snapshots.day()
    stream = CurrentStream("live", NOW - timedelta(hours=1), NOW, 9, Decimal(1), is_on)
    total = replace(day.total, cost=Decimal(cost))
    return replace(day, total=total, today=total, budgets=statuses, stream=stream)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            today(snapshots.status(gone_at=TONIGHT)),
            "¥3.42, today · budget 34 %, ● live, at this pace ¥10 is gone at 21:40, 99.3 % · p95 2.7 s",
        ),
        (
            today(snapshots.status(forecast="8.6"), is_on=False),
            "¥3.42, today · budget 34 %, at this pace ¥8.60 of ¥10 in the end, 99.3 % · p95 2.7 s",
        ),
        (
            today(snapshots.status("warning", 91, gone_at=TONIGHT), cost="9.12"),
            "¥9.12, today · budget 91 %, ▲ warning, at this pace ¥10 is gone at 21:40, 99.3 % · p95 2.7 s",
        ),
        (
            today(snapshots.status("over", 112), cost="11.2"),
            "¥11.20, today · budget 112 %, ■ over, ¥1.20 over the budget of ¥10, 99.3 % · p95 2.7 s",
        ),
        (
            today(snapshots.status(), snapshots.status("over", 120, name="show", period="stream")),
            "¥3.42, today, ■ over, show: ¥2.00 over the budget of ¥10, 99.3 % · p95 2.7 s",
        ),
        (today(), "¥3.42, today, no budget, 99.3 % · p95 2.7 s"),
        (replace(snapshots.empty(), budgets=(snapshots.status("unknown", 0),)), None),
        (replace(snapshots.empty(), progress=Progress(1, 9)), "…, Reading…"),
    ],
)
def test_it_says_cost_budget_pace_and_health(strip: Strip, shown: Snapshot, expected: str | None) -> None:
    strip.show_snapshot(shown)
    assert strip.accessibleName() == (expected or "¥0.00, today · budget 0 %, ? no data yet, budget ¥10, no data yet")


def test_last_known_numbers_are_grey_and_say_their_age(strip: Strip) -> None:
    strip.show_snapshot(replace(today(), stale_since=NOW - timedelta(hours=1)))
    assert strip.words().is_old
    assert "as of 13:02:11" in strip.toolTip()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "status",
    [
        snapshots.status(gone_at=TONIGHT),
        snapshots.status("warning", 91, gone_at=NOW + timedelta(days=1)),
        snapshots.status("over", 112),
        snapshots.status("over", 250, name="a name that is far too long for a strip of so few pixels", period="week"),
        snapshots.status(forecast="7", amount=Decimal("123456.78")),
    ],
)
def test_pace_and_health_stand_side_by_side_and_the_longest_that_fits_is_shown(
    strip: Strip, qapp: QApplication, status: BudgetStatus, language: str
) -> None:
    interpreter = Interpreter(qapp)
    interpreter.speak(language)
    strip.show_snapshot(today(status))
    room = strip.width() - 2 * PADDING_PX
    pace, health = strip.fitting(room)
    metrics = QFontMetricsF(text_font("small"))
    assert pace
    if "far too long" not in status.budget.name:
        assert metrics.horizontalAdvance(pace) + metrics.horizontalAdvance(health) + 16 <= room
    interpreter.speak("en")


def test_it_is_dragged_anywhere_and_tells_where_it_was_left(strip: Strip, qtbot: QtBot) -> None:
    strip.move(100, 100)
    strip.show()
    left: list[QPoint] = []
    strip.moved.connect(left.append)
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    drag(strip, QPoint(70, 55))
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert strip.pos() == QPoint(130, 115)
    assert left == [QPoint(130, 115)]


def drag(strip: Strip, to: QPoint) -> None:
    """A move with the button held; QTest's moves hold none."""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    at = QPointF(strip.mapToGlobal(to))
    move = QMouseEvent(QEvent.Type.MouseMove, QPointF(to), at, left, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(strip, move)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space])
def test_keys_and_a_double_click_open_the_window(strip: Strip, qtbot: QtBot, key: Qt.Key) -> None:
    opened: list[bool] = []
    strip.window_wanted.connect(lambda: opened.append(True))
    strip.show()
    qtbot.keyClick(strip, key)
    qtbot.mouseDClick(strip, Qt.MouseButton.LeftButton)
    assert opened == [True, True]


def test_arrow_keys_move_it(strip: Strip, qtbot: QtBot) -> None:
    strip.place(QPoint(200, 200))
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Down):
        qtbot.keyClick(strip, key)
    assert strip.pos() == QPoint(168, 216)


def test_place_of_a_screen_that_is_gone_becomes_one_that_can_be_seen(strip: Strip) -> None:
    room = QGuiApplication.primaryScreen().availableGeometry()
    strip.place(QPoint(99_999, -500))
    assert room.contains(strip.frameGeometry())


def test_state_is_painted_in_its_colour(strip: Strip, light: Theme) -> None:
    def colours() -> set[str]:
        strip.show()
        image = strip.grab().toImage()
        return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 2)}

    for state, colour in (("fine", light.accent), ("warning", light.warning), ("over", light.bad)):
        strip.show_snapshot(today(snapshots.status(state, 50)))
        assert colour.lower() in colours()


def test_language_changes_while_it_is_shown(strip: Strip, brackets: Iterator[object]) -> None:
    strip.show_snapshot(today())
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    assert "【today】" in strip.accessibleName()


def test_of_another_view_it_still_speaks_of_today_and_of_all_calls(strip: Strip) -> None:
    shown = today(snapshots.status())
    untimed = replace(shown.today, p95_ms=None)
    strip.show_snapshot(replace(shown, filter=Filter(Period("7d")), total=snapshots.week().total, today=untimed))
    assert strip.accessibleName() == "¥3.42, today · budget 34 %, ● live, 34 % of ¥10 used, success 99.3 %"
