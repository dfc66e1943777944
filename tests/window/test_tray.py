"""Tray: shape and colour of each state at 16 px on light and dark panels, and what the menu offers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import snapshots
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.budgets import Budget
from tipmao_monitor.window.tray import PAUSES, Tray, TrayMenu, inert, state_icon

STATES = ("none", "fine", "warning", "over", "unknown", "paused")
PANELS = ("#FFFFFF", "#F2F2F2", "#1B1B1F", "#000000")


@pytest.fixture
def menu(qtbot: QtBot) -> TrayMenu:
    menu = TrayMenu()
    qtbot.addWidget(menu)
    return menu


def on(panel: str, state: str) -> QImage:
    image = QImage(QSize(16, 16), QImage.Format.Format_RGB32)
    image.fill(QColor(panel))
    painter = QPainter(image)
    painter.drawPixmap(QPoint(), state_icon(state).pixmap(16, 16))
    painter.end()
    return image


def luminance(colour: QColor) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a: QColor, b: QColor) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def pixels(image: QImage) -> list[QColor]:
    return [image.pixelColor(x, y) for x in range(16) for y in range(16)]


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("state", STATES)
def test_each_state_stands_out_on_each_panel_at_16_px(qapp: object, state: str, panel: str) -> None:
    behind = QColor(panel)
    seen = sum(contrast(pixel, behind) >= 3 for pixel in pixels(on(panel, state)))
    assert seen >= 36


@pytest.mark.parametrize("panel", PANELS)
def test_states_differ_in_shape_and_not_by_colour_alone(qapp: object, panel: str) -> None:
    def greys(state: str) -> list[float]:
        return [luminance(pixel) for pixel in pixels(on(panel, state))]

    for one, other in itertools.combinations(STATES, 2):
        differing = sum(abs(a - b) > 0.12 for a, b in zip(greys(one), greys(other), strict=True))
        assert differing >= 24, (one, other)


def test_icon_follows_the_worst_budget_and_the_tip_says_it_in_words(menu: TrayMenu) -> None:
    tray = Tray(menu, menu)
    day = snapshots.day()
    evening = day.now.replace(hour=21, minute=40)
    fine, over = snapshots.status(gone_at=evening), snapshots.status("over", 130, name="week", period="week")
    states = []
    for statuses in ((), (fine,), (fine, over), (snapshots.status("paused", 50),)):
        tray.show_snapshot(replace(day, budgets=statuses))
        states.append((tray.state, tray.icon.toolTip()))
    assert states == [
        ("none", "¥1.30 today, 145 calls"),
        ("fine", "¥1.30 today, 145 calls · budget 34 %\nfine: at this pace ¥10 is gone at 21:40"),
        ("over", "¥1.30 today, 145 calls · budget 130 %\nover: ¥3.00 over the budget of ¥10"),
        ("paused", "¥1.30 today, 145 calls · budget 50 %\npaused: budget of ¥10 paused"),
    ]
    tray.show_snapshot(replace(day, budgets=(fine,)), "Alerts are paused")
    assert tray.icon.toolTip().endswith("\nAlerts are paused")


def test_menu_has_the_summary_first_and_then_all_that_is_promised(menu: TrayMenu) -> None:
    menu.show_snapshot(replace(snapshots.day(), budgets=(snapshots.status(),)))
    menu.autostart.setVisible(True)
    assert [action.text() for action in menu.actions() if not action.isSeparator()] == [
        "¥1.30 today, 145 calls · budget 34 %",
        "Open",
        "Compact",
        "On air: hide names and amounts",
        "Pause alerts",
        "Export today",
        "Refresh",
        "Start at login",
        "Quit",
    ]


def test_entries_say_what_is_wanted(menu: TrayMenu) -> None:
    wanted: list[object] = []
    for name in ("window_wanted", "refresh_wanted", "quit_wanted", "export_wanted"):
        getattr(menu, name).connect(lambda name=name: wanted.append(name))
    menu.strip_toggled.connect(wanted.append)
    menu.on_air_toggled.connect(wanted.append)
    menu.pause_chosen.connect(wanted.append)
    for action in (menu.open, menu.strip, menu.on_air, menu.refresh, menu.export, menu.quit):
        action.trigger()
    for action in menu.pauses.actions():
        action.trigger()
    assert wanted[:6] == ["window_wanted", True, True, "refresh_wanted", "export_wanted", "quit_wanted"]
    assert wanted[6:] == ["", *PAUSES]


def test_balloon_without_a_tray_is_not_claimed(menu: TrayMenu) -> None:
    assert not Tray.available()
    assert not Tray(menu, menu).say("title", "text")


def test_nothing_recorded_is_markup_for_a_notification_service() -> None:
    assert inert("<b>a&b</b> 5 > 3") == "‹b›a＆b‹/b› 5 › 3"


def test_name_of_a_budget_is_not_in_a_tip_that_may_be_read_as_markup(menu: TrayMenu) -> None:
    tray = Tray(menu, menu)
    budget = Budget("<img src=x>")
    tray.show_snapshot(replace(snapshots.day(), budgets=(replace(snapshots.status(), budget=budget),)))
    assert "<" not in tray.icon.toolTip()
