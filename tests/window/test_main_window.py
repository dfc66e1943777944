"""The whole window, fed with snapshots: one filter, what is said when there is nothing, and that it fits everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path

import pytest
import snapshots
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.snapshot import Coverage, Filter, Period, Progress, Snapshot, Trouble
from tipmao_monitor.window.card import Card
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.theme import SPACING, Colours, apply_theme, load_theme

# Said by the offscreen platform for every dialog.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot: QtBot, colours: Colours) -> MainWindow:
    window = MainWindow(Filter(), colours)
    qtbot.addWidget(window)
    return window


def show(window: MainWindow, qtbot: QtBot, snapshot: Snapshot, width: int = 1180, height: int = 760) -> None:
    window.resize(width, height)
    snapshots.fill(window, snapshot)
    with qtbot.waitExposed(window):
        window.show()
    QApplication.processEvents()


def filters(window: MainWindow) -> list[Filter]:
    asked: list[Filter] = []
    window.filter_changed.connect(asked.append)
    return asked


# Layout

STATES = [
    snapshots.empty,
    snapshots.no_folder,
    snapshots.quiet_today,
    snapshots.all_bad,
    snapshots.one_call,
    snapshots.day,
    snapshots.busy,
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("width", [420, 1180])
def test_nothing_is_wider_than_the_window(
    window: MainWindow, qtbot: QtBot, state: Callable[[], Snapshot], width: int
) -> None:
    show(window, qtbot, state(), width)
    page = window.scroll_area.widget()
    assert page.width() <= window.scroll_area.viewport().width()
    for part in (*window.cards, *window.kpis.cards, window.empty):
        if part.isVisible():
            left = part.mapTo(window, QPoint()).x()
            assert left >= 12 and left + part.width() <= width - 12
    assert window.width() == width


def is_over(one: QRect, other: QRect) -> bool:
    return one.left() <= other.right() and other.left() <= one.right()


@pytest.mark.parametrize("width", [420, 760, 1180])
def test_the_same_room_is_left_between_all_cards(window: MainWindow, qtbot: QtBot, width: int) -> None:
    show(window, qtbot, snapshots.day(), width)
    boxes = [card.geometry() for card in window.cards]
    for box in boxes:
        above = [one.bottom() for one in boxes if one.bottom() < box.top() and is_over(one, box)]
        assert not above or box.top() - max(above) - 1 == SPACING


def test_no_card_moves_when_the_page_begins_to_scroll(window: MainWindow, qtbot: QtBot) -> None:
    places = []
    for height in (1600, 500):
        show(window, qtbot, snapshots.day(), 1180, height)
        assert window.scroll_area.verticalScrollBar().isVisible() == (height == 500)
        places.append([(card.x(), card.width()) for card in (*window.cards, *window.kpis.cards)])
    assert places[0] == places[1]


class Painted(QObject):
    """Where a widget stood whenever it was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.places: list[QRect] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            self.places.append(watched.geometry())
        return False


def test_first_numbers_move_no_card(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitExposed(window):
        window.show()
    QApplication.processEvents()
    seen = Painted(window.trend)
    before = window.trend.geometry()
    snapshots.fill(window, snapshots.day())
    assert seen.places and set(map(QRect.getRect, seen.places)) == {before.getRect()}


def test_where_a_card_waits_to_be_painted_there_is_its_box_and_no_hole(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    before = window.trend.y()
    with_banner = replace(snapshots.day(), filter=Filter(Period("7d")), troubles=(Trouble("settings_restored"),))
    window.show_snapshot(with_banner)
    for _ in range(2):  # laid out, then painted
        QApplication.processEvents()
    assert window.trend.y() > before
    seen = window.screen().grabWindow(window.winId()).toImage()
    waiting = [card for card in window.cards if card.isVisible() and not card.updatesEnabled()]
    assert len(waiting) > 1
    for card in waiting:
        inside = card.mapTo(window, QPoint(4, card.height() // 2))
        if window.status.y() > inside.y():
            assert seen.pixelColor(inside) == card.palette().color(QPalette.ColorRole.Base), card


def test_cards_are_painted_during_an_import_that_is_faster_than_their_turns(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day(), 1180, 1600)
    painted = {card: Painted(card) for card in window.cards}
    loop, progress = QEventLoop(), cycle(range(100))

    def read_on() -> None:
        window.show_snapshot(replace(snapshots.day(), progress=Progress(next(progress), 100)))
        QTimer.singleShot(5, read_on) if len(painted[window.trend].places) < 8 else loop.quit()

    read_on()
    loop.exec()
    assert min(len(one.places) for one in painted.values()) >= 7
    snapshots.fill(window, snapshots.busy())
    assert all(card.updatesEnabled() for card in window.cards)


def test_models_functions_and_calls_are_in_sight_at_the_default_size(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.busy())
    seen = window.scroll_area.viewport().rect()
    for card in (window.models, window.functions):
        assert seen.contains(QRect(card.mapTo(window.scroll_area.viewport(), QPoint()), card.size()))
    rows = [window.calls.table.visualRect(window.calls.table.calls.index(row, 0)) for row in range(8)]
    last = window.calls.table.viewport().mapTo(window.scroll_area.viewport(), rows[-1].bottomLeft())
    assert seen.contains(last)


def test_a_higher_window_has_a_higher_trend_even_where_the_page_scrolls(window: MainWindow, qtbot: QtBot) -> None:
    heights = []
    for height in (760, 1080):
        show(window, qtbot, snapshots.busy(), 1920, height)
        assert window.scroll_area.verticalScrollBar().isVisible()
        heights.append(window.trend.plot.height())
    assert heights[1] >= heights[0] + 60


def test_long_title_of_a_card_does_not_widen_the_page(window: MainWindow, qtbot: QtBot) -> None:
    window.models.set_title("a title that is longer than the card is wide, whatever the language or the font")
    show(window, qtbot, snapshots.day(), 420)
    assert window.scroll_area.widget().width() <= window.scroll_area.viewport().width()


@pytest.mark.parametrize("width", [1000, 1180, 1920])
def test_edges_line_up_across_cards(window: MainWindow, qtbot: QtBot, width: int) -> None:
    show(window, qtbot, snapshots.day(), width, 1000)

    def edges(part: QWidget) -> tuple[int, int]:
        left = part.mapTo(window, QPoint()).x()
        return left, left + part.width()

    assert edges(window.trend)[0] == edges(window.models)[0] == edges(window.top)[0] == edges(window.kpis)[0]
    assert edges(window.trend) == edges(window.top) == edges(window.hours)
    assert edges(window.trend)[1] == edges(window.functions)[1]
    assert edges(window.advice) == edges(window.calls)
    assert edges(window.advice)[1] == edges(window.kpis)[1]
    assert window.trend.y() == window.advice.y()
    assert window.calls.geometry().bottom() == window.hours.geometry().bottom()
    if window.kpis.columns() == 6:
        assert abs(edges(window.kpis.success)[1] - edges(window.trend)[1]) <= 2


@pytest.mark.parametrize(("width", "is_one_column"), [(420, True), (999, True), (1000, False), (1920, False)])
def test_narrow_window_is_one_column(window: MainWindow, qtbot: QtBot, width: int, is_one_column: bool) -> None:
    show(window, qtbot, snapshots.day(), width)
    assert (window.advice.y() > window.trend.geometry().bottom()) == is_one_column
    assert (window.calls.y() > window.top.geometry().bottom()) == is_one_column


def test_chip_is_reached_between_period_and_search(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    window.narrow("model", "qwen-plus")
    window.narrow("anchor", "anchor_1")
    window.filter_bar.period.option("today").setFocus()
    reached: list[str] = []
    for _ in range(3):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget().objectName())
    assert reached == ["chip_model", "chip_anchor", "search"]


def test_order_of_attention_is_the_order_of_the_tab_key(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    seen: list[QWidget] = []
    reached = window.filter_bar.period.option("today")
    reached.setFocus()
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        owner = next((p for p in (window.kpis, *window.cards) if p is focused or p.isAncestorOf(focused)), None)
        if owner is not None and owner not in seen:
            seen.append(owner)
        if focused is reached:
            break
    left, right = (
        (window.trend, window.models, window.functions, window.top, window.hours),
        (window.advice, window.calls),
    )
    assert seen == [window.kpis, *left, *right]


# The filter


def test_click_narrows_and_the_same_click_frees(window: MainWindow) -> None:
    asked = filters(window)
    window.models.narrowed.emit("model", "qwen-plus")
    window.top.narrowed.emit("user", "")
    window.models.narrowed.emit("model", "qwen-plus")
    assert asked == [Filter(model="qwen-plus"), Filter(model="qwen-plus", user=""), Filter(user="")]
    assert window.filter_bar.chips() == ("User (not recorded) ×",)
    assert window.filter == Filter(user="")


def test_back_returns_to_the_filter_before(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    asked = filters(window)
    assert not window.action("back").isEnabled()
    window.narrow("model", "qwen-plus")
    window.change_filter(replace(window.filter, period=Period("7d")))
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert asked[-1] == Filter(model="qwen-plus")
    handle = window.windowHandle()
    assert handle is not None
    QTest.mouseClick(handle, Qt.MouseButton.BackButton, pos=QPoint(300, 500))
    assert asked[-1] == Filter()
    assert window.filter_bar.chips() == () and window.filter_bar.period.current() == "today"
    assert not window.action("back").isEnabled()
    window.undo_filter()
    assert len(asked) == 4


def test_escape_empties_the_search_then_frees_the_last_chip(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    window.narrow("model", "qwen-plus")
    window.narrow("anchor", "anchor_1")
    window.filter_bar.search.setText("429")
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.filter_bar.search.text() == "" and len(window.filter_bar.chips()) == 2
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.filter == Filter(model="qwen-plus")


def test_escape_takes_the_tooltip_of_a_bar_before_a_filter(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    window.narrow("model", "qwen-plus")
    plot = window.trend.plot
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    assert plot.highlighted >= 0
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.highlighted == -1 and window.filter == Filter(model="qwen-plus")
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert window.filter == Filter()


def test_success_card_shows_only_failed_calls_and_back(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    asked = filters(window)
    qtbot.mouseClick(window.kpis.success, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.kpis.success, Qt.MouseButton.LeftButton)
    assert asked == [Filter(failed=True), Filter()]


def test_latency_card_opens_the_list_of_slow_calls(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    qtbot.mouseClick(window.kpis.latency, Qt.MouseButton.LeftButton)
    assert window.calls.which.current() == "slow"


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2025, 11, 20), Period("custom", date(2025, 11, 20), date(2025, 11, 20))),
        (snapshots.NOW.date(), Period()),
    ],
)
def test_day_of_the_trend_becomes_the_period(window: MainWindow, day: date, period: Period) -> None:
    window.show_snapshot(snapshots.week())
    window.change_filter(Filter(Period("7d")))
    window.trend.day_chosen.emit(day)
    assert window.filter.period == period


@pytest.mark.parametrize(("key", "kind"), [("1", "today"), ("2", "7d"), ("3", "30d"), ("4", "month")])
def test_period_has_keys(window: MainWindow, qtbot: QtBot, key: str, kind: str) -> None:
    show(window, qtbot, snapshots.day())
    window.change_filter(Filter(Period.parse("2025-11-01..2025-11-02")))
    qtbot.keyClick(window, getattr(Qt.Key, f"Key_{key}"), Qt.KeyboardModifier.ControlModifier)
    assert window.filter.period.kind == kind
    assert window.action(f"period_{kind}").isChecked()
    window.change_filter(Filter(Period.parse("2025-11-01..2025-11-02")))
    assert not window.action(f"period_{kind}").isChecked()


# What is said


def test_status_line_counts_and_leads_to_the_skipped_lines(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    status = window.status
    assert status.counted.text() == "1,450 calls counted"
    assert status.skipped.text() == "3 lines skipped"
    assert status.folders.text() == snapshots.FOLDER
    assert status.updated.text() == "updated 14:02:11"
    qtbot.mouseClick(status.skipped, Qt.MouseButton.LeftButton)
    assert window.findChild(QDialog, "skipped_lines").model.rowCount() == 3


def test_status_line_keeps_the_end_of_a_long_path(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, replace(snapshots.day(), folders=("/a" * 60 + "/records/ai_usage",)), 700)
    assert window.status.folders.shown_text() in ("…/records/ai_usage", "ai_usage")


def test_first_paint_says_how_old_its_numbers_are(window: MainWindow) -> None:
    window.show_snapshot(replace(snapshots.day(), stale_since=snapshots.NOW - timedelta(hours=1)))
    assert window.filter_bar.live.text() == "last known · 1 h ago"
    assert window.status.updated.text() == "as of 13:02:11"


@pytest.mark.parametrize(
    ("snapshot", "sentence", "action"),
    [
        (snapshots.no_folder(), "Which folder holds the records?", "Open folder…"),
        (snapshots.empty(), "No records yet.", "Open another folder…"),
        (
            replace(snapshots.empty(), troubles=(Trouble("missing", "/r"),)),
            "The folder is not there.",
            "Open another folder…",
        ),
        (
            replace(snapshots.empty(), troubles=(Trouble("not_a_folder", "/r"),)),
            "This is a file, not a folder.",
            "Open another folder…",
        ),
        (
            replace(snapshots.empty(), troubles=(Trouble("unreadable", "/r", "Permission denied"),)),
            "The folder cannot be read.",
            "Open another folder…",
        ),
        (
            replace(snapshots.empty(), troubles=(Trouble("missing", "/r"), Trouble("missing", "/s"))),
            "None of the folders can be read.",
            "Open another folder…",
        ),
        (snapshots.all_bad(), "No line in this folder is a usage record.", "Show skipped lines"),
        (snapshots.quiet_today(), "No calls today yet.", "Show 7 days"),
        (
            replace(snapshots.quiet_today(), filter=Filter(model="x")),
            "No call matches this filter.",
            "Remove the filters",
        ),
    ],
)
def test_empty_state_has_a_sentence_and_a_way_on(
    window: MainWindow, qtbot: QtBot, snapshot: Snapshot, sentence: str, action: str
) -> None:
    show(window, qtbot, snapshot)
    assert window.empty.isVisible()
    assert window.empty.sentence.text() == sentence
    assert window.empty.action.text() == action
    assert not window.calls.isVisible()
    assert window.kpis.isVisible() == (snapshot.coverage.counted > 0)
    show(window, qtbot, snapshots.day())
    assert not window.empty.isVisible() and all(card.isVisible() for card in window.cards)


def test_what_the_empty_page_says_no_banner_says_again(window: MainWindow, qtbot: QtBot) -> None:
    one, other = Trouble("unreadable", "/a" * 200, "Permission denied"), Trouble("missing", "/s")
    show(window, qtbot, replace(snapshots.empty(), troubles=(one,)), 420)
    assert window.banners == []
    assert window.empty.reason.text().replace("\u200b", "") == f"{one.path}\nPermission denied"
    show(window, qtbot, replace(snapshots.empty(), troubles=(one, other)), 420)
    assert [banner.isVisible() for banner in window.banners] == [True, True]
    assert window.width() == 420 and window.empty.geometry().right() < 420


def test_while_it_reads_nothing_is_said_to_be_missing(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, replace(snapshots.empty(), progress=Progress(1, 100)))
    cards = (window.trend, window.hours, window.models, window.functions, window.top, window.calls)
    assert {card.quiet.text() for card in cards} == {"Reading…"}
    assert {card.number.text() for card in window.kpis.cards} == {"…"}
    show(window, qtbot, replace(snapshots.quiet_today(), filter=Filter(Period("7d"))))
    assert "Reading…" not in {card.quiet.text() for card in cards}


def test_days_without_any_call_are_not_drawn_below_an_empty_state(window: MainWindow, qtbot: QtBot) -> None:
    quiet = snapshots.quiet_today()
    show(window, qtbot, quiet)
    assert window.trend.isVisible()
    nothing = tuple(replace(bucket, calls=0) for bucket in quiet.trend.buckets)
    show(window, qtbot, replace(quiet, trend=replace(quiet.trend, buckets=nothing)))
    assert window.empty.isVisible() and not window.trend.isVisible()


def test_ways_on_from_emptiness_lead_there(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.quiet_today())
    asked = filters(window)
    window.empty.action.click()
    assert asked == [Filter(Period("7d"))]
    window.change_filter(Filter(model="x", search="y"))
    window.show_snapshot(replace(snapshots.quiet_today(), filter=window.filter))
    window.empty.action.click()
    assert window.filter == Filter()
    window.show_snapshot(snapshots.all_bad())
    window.empty.action.click()
    assert window.findChild(QDialog, "skipped_lines").isVisible()


def test_folder_is_chosen_in_a_dialog(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    show(window, qtbot, snapshots.no_folder())
    window.empty.action.click()
    dialog = window.findChild(QFileDialog)
    field = dialog.findChild(QLineEdit)
    field.setText(str(tmp_path))
    with qtbot.waitSignal(window.folder_chosen, timeout=2000) as chosen:
        dialog.accept()
    assert chosen.args == [str(tmp_path)]


@pytest.mark.parametrize(
    ("trouble", "words", "action"),
    [
        (Trouble("missing", "/r/ai_usage"), "/r/ai_usage is not there", "Open folder…"),
        (Trouble("not_a_folder", "/r/file"), "/r/file is not a folder", "Open folder…"),
        (Trouble("unreadable", "/r", "Permission denied"), "Permission denied", "Open folder…"),
        (
            Trouble("unreadable_file", "/r/2025-11-22.jsonl", "I/O error"),
            "2025-11-22.jsonl cannot be read",
            "Look again",
        ),
        (Trouble("cache_unusable", "", "disk full"), "disk full", ""),
        (Trouble("settings_unusable", "", "not TOML"), "not TOML", ""),
        (Trouble("settings_restored", "", "line 1"), "line 1. Its backup is in use.", ""),
        (Trouble("deleted", "/r/2025-11-22.jsonl"), "2025-11-22.jsonl was deleted", ""),
        (Trouble("clock_back"), "clock of this computer was set back", ""),
        (Trouble("prices_unusable", "", "line 3"), "line 3", ""),
        (Trouble("port_unusable", "10091", "Address already in use"), "port 10091: Address already in use.", ""),
        (Trouble("unexpected", "", "KeyError: 'x'"), "Something went wrong: KeyError: 'x'", ""),
        (Trouble("quite_new", "/r", "odd"), "quite_new · /r · odd", ""),
    ],
)
def test_trouble_has_a_sentence_and_a_way_on(
    window: MainWindow, qtbot: QtBot, trouble: Trouble, words: str, action: str
) -> None:
    show(window, qtbot, replace(snapshots.day(), troubles=(trouble,)))
    banner = window.banners[0]
    assert words in banner.accessibleName() == banner.sentence.text().replace("\u200b", "")
    assert banner.sentence.textFormat() == Qt.TextFormat.PlainText
    assert (banner.action.text() if banner.action.isVisible() else "") == action
    assert banner.dismiss.isVisible() == (action != "Open folder…")


def test_dismissed_trouble_stays_away_until_it_comes_again(window: MainWindow, qtbot: QtBot) -> None:
    gone = Trouble("deleted", "/r/2025-11-22.jsonl")
    troubled = replace(snapshots.day(), troubles=(gone,))
    show(window, qtbot, troubled)
    window.banners[0].dismiss.click()
    window.show_snapshot(troubled)
    assert not window.banners[0].isVisible()
    snapshots.fill(window, snapshots.day())
    window.show_snapshot(troubled)
    assert window.banners[0].isVisible()


def test_trouble_that_can_be_looked_at_again_asks_for_it(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, replace(snapshots.day(), troubles=(Trouble("unreadable_file", "/r/x"),)))
    with qtbot.waitSignal(window.refresh_requested, timeout=1000):
        window.banners[0].action.click()


# Panels


@pytest.mark.parametrize(
    ("key", "name"),
    [("skipped", "skipped_lines"), ("doctor", "doctor"), ("about", "about"), ("shortcuts", "shortcuts")],
)
def test_menu_opens_one_panel_of_a_kind(window: MainWindow, qtbot: QtBot, key: str, name: str) -> None:
    show(window, qtbot, snapshots.day())
    window.action(key).trigger()
    window.action(key).trigger()
    panels = [panel for panel in window.findChildren(QDialog, name) if panel.isVisible()]
    assert len(panels) == 1
    with qtbot.waitSignal(panels[0].destroyed, timeout=2000):
        panels[0].close()
    window.action(key).trigger()
    assert window.findChild(QDialog, name).isVisible()


def test_open_panel_is_fed(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    window.action("skipped").trigger()
    window.show_snapshot(replace(snapshots.day(), rejects=snapshots.rejects()[:1], coverage=Coverage(quarantined=1)))
    assert window.findChild(QDialog, "skipped_lines").model.rowCount() == 1


def test_call_opens_its_detail(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    window.calls.call_opened.emit(snapshots.call(model="glm-4.6"))
    detail = window.findChild(QDialog, "call_detail")
    assert "glm-4.6" in [label.text() for label in detail.findChildren(QLabel)]


def test_keys_of_the_menus_are_listed(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    window.action("shortcuts").trigger()
    texts = {label.text() for label in window.findChild(QDialog, "shortcuts").findChildren(QLabel)}
    assert {"Ctrl+F", "F5", "Alt+Left", "Esc", "Ctrl+1"} <= texts


# Menus, language, theme, geometry


@pytest.mark.parametrize(
    ("key", "signal", "value"),
    [
        ("reload", "refresh_requested", []),
        ("theme_dark", "theme_chosen", ["dark"]),
        ("theme_system", "theme_chosen", ["system"]),
        ("language_zh", "language_chosen", ["zh"]),
    ],
)
def test_menu_says_what_is_wanted(window: MainWindow, qtbot: QtBot, key: str, signal: str, value: list[str]) -> None:
    with qtbot.waitSignal(getattr(window, signal), timeout=1000) as told:
        window.action(key).trigger()
    assert told.args == value


def test_chosen_theme_and_language_are_checked_and_stay_so(window: MainWindow) -> None:
    window.choose_theme("dark")
    window.choose_language("zh")
    window.action("theme_dark").trigger()
    checked = [key for key in ("theme_system", "theme_dark", "language_zh") if window.action(key).isChecked()]
    assert checked == ["theme_dark", "language_zh"]


def test_search_key_leads_to_the_search(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.filter_bar.search.hasFocus()


def test_quit_closes(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    window.action("quit").trigger()
    assert not window.isVisible()


def test_language_changes_everywhere_without_restart(window: MainWindow, qtbot: QtBot, brackets: object) -> None:
    missing = Trouble("missing", "/r")
    show(window, qtbot, replace(snapshots.day(), troubles=(missing,)))
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    texts = [action.text() for action in window.menuBar().actions()]
    texts += [window.action(key).text() for key in ("open_folder", "theme", "theme_dark", "period_7d", "about")]
    texts += [window.status.counted.text(), window.status.skipped.text(), window.status.updated.text()]
    texts += [window.status.audit.text(), window.status.audit.toolTip()]
    texts += [window.banners[0].sentence.text(), window.banners[0].action.text(), window.filter_bar.live.text()]
    texts += [card.title_label.text() for card in window.cards]
    texts += [card.title.text() for card in window.kpis.cards]
    assert [text for text in texts if "【" not in text] == []
    brackets.fall_silent()  # type: ignore[attr-defined]
    QApplication.processEvents()
    assert window.status.counted.text() == "1,450 calls counted"


def test_language_changes_an_empty_state(window: MainWindow, qtbot: QtBot, brackets: object) -> None:
    show(window, qtbot, snapshots.quiet_today())
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    texts = [part.text() for part in (window.empty.sentence, window.empty.reason, window.empty.action)]
    assert [text for text in texts if "【" not in text] == []


def test_theme_changes_everywhere_without_restart(
    window: MainWindow, qtbot: QtBot, qapp: QApplication, colours: Colours
) -> None:
    show(window, qtbot, snapshots.day())
    dark = load_theme("dark")
    apply_theme(qapp, dark)
    window.set_theme(dark)
    QApplication.processEvents()
    assert window.palette().color(QPalette.ColorRole.Window) == QColor(dark.window)
    image = window.grab().toImage()
    assert colours.of("qwen-plus") in [QColor(category) for category in dark.categories]
    corners = [image.pixelColor(4, 300).name(), image.pixelColor(4, image.height() - 6).name()]
    assert corners == [dark.window.lower(), dark.card.lower()]
    left_over = QColor(load_theme("light").card)
    white = sum(image.pixelColor(x, y) == left_over for x in range(0, 1180, 7) for y in range(0, 760, 7))
    assert white < 20


def test_size_is_remembered(qtbot: QtBot, colours: Colours, tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    first = MainWindow(Filter(), colours)
    qtbot.addWidget(first)
    first.keep_geometry_in(file)
    first.resize(640, 555)
    with qtbot.waitExposed(first):
        first.show()
    first.close()
    second = MainWindow(Filter(), colours)
    qtbot.addWidget(second)
    second.keep_geometry_in(file)
    assert (second.width(), second.height()) == (640, 555)


def test_garbage_in_the_geometry_file_is_no_matter(qtbot: QtBot, colours: Colours, tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    file.write_bytes(b"[window]\ngeometry=@Variant(\x00\xff garbage\n\x00[[[")
    window = MainWindow(Filter(), colours)
    qtbot.addWidget(window)
    window.keep_geometry_in(file)
    assert window.width() == 1180


# Painting


class Paints(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.painted: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Paint, QEvent.Type.LayoutRequest):
            self.painted.append(f"{event.type().name} {watched.metaObject().className()} {watched.objectName()}")
        return False


@pytest.mark.parametrize("state", [snapshots.day, snapshots.week, snapshots.empty])
def test_equal_snapshot_paints_and_moves_nothing(
    window: MainWindow, qtbot: QtBot, state: Callable[[], Snapshot]
) -> None:
    snapshot = state()
    show(window, qtbot, snapshot)
    for _ in range(3):
        QApplication.processEvents()
    window.filter_bar._ageing.stop()
    paints = Paints()
    for part in window.findChildren(QWidget):
        part.installEventFilter(paints)
    window.show_snapshot(replace(snapshot, version=2))
    QApplication.processEvents()
    assert paints.painted == []


def test_next_call_changes_numbers_and_moves_nothing(window: MainWindow, qtbot: QtBot) -> None:
    snapshot = snapshots.day()
    show(window, qtbot, snapshot)
    places = [card.geometry() for card in window.findChildren(Card)]
    layouts = Paints()
    window.centralWidget().installEventFilter(layouts)
    window.show_snapshot(
        replace(
            snapshot,
            now=snapshot.now + timedelta(seconds=1),
            newest_at=snapshot.now,
            total=replace(snapshot.total, calls=146, successful_calls=145),
            coverage=replace(snapshot.coverage, counted=1_451),
        )
    )
    QApplication.processEvents()
    assert window.kpis.calls.number.text() == "146"
    assert window.status.counted.text() == "1,451 calls counted"
    assert [card.geometry() for card in window.findChildren(Card)] == places
    assert [event for event in layouts.painted if event.startswith("LayoutRequest")] == []


def test_every_card_has_an_accessible_sentence_and_every_button_a_name(window: MainWindow, qtbot: QtBot) -> None:
    show(window, qtbot, snapshots.day())
    assert [card.objectName() for card in window.kpis.cards if ":" not in card.accessibleName()] == []
    nameless = [
        button.objectName()
        for button in window.findChildren(QPushButton)
        if button.isVisible() and not (button.text() or button.accessibleName())
    ]
    assert nameless == []
