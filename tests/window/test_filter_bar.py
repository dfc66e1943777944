"""The line at the top: what it asks for, what it shows of the filter, how fresh it says the numbers are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import snapshots
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.snapshot import Filter, Period, Progress, Snapshot, Trouble
from tipmao_monitor.window.filter_bar import FilterBar
from tipmao_monitor.window.theme import Colours

# Said by the offscreen platform when a popover opens.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NARROW = Filter(model="qwen-plus", anchor="anchor_1")


@pytest.fixture
def bar(qtbot: QtBot, colours: Colours) -> Iterator[FilterBar]:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(1180, 300)
    bar = FilterBar(colours, page)
    bar.resize(1180, 44)
    with qtbot.waitExposed(page):
        page.show()
    yield bar


@pytest.fixture
def wanted(bar: FilterBar) -> list[Filter]:
    asked: list[Filter] = []
    bar.filter_wanted.connect(asked.append)
    return asked


@pytest.mark.parametrize("kind", ["7d", "30d", "month"])
def test_period_is_asked_for_and_keeps_the_rest(bar: FilterBar, wanted: list[Filter], kind: str) -> None:
    bar.show_filter(NARROW)
    bar.period.option(kind).click()
    assert wanted == [replace(NARROW, period=Period(kind))]  # type: ignore[arg-type]


def test_period_is_chosen_with_the_arrow_keys(bar: FilterBar, wanted: list[Filter], qtbot: QtBot) -> None:
    qtbot.keyClick(bar.period.option("today"), Qt.Key.Key_Right)
    assert wanted == [Filter(Period("7d"))]


def test_custom_period_is_two_days_and_both_count(bar: FilterBar, wanted: list[Filter]) -> None:
    bar.show_snapshot(snapshots.empty())
    bar.period.option("custom").click()
    popover = bar.findChild(QWidget, "period_popover")
    assert popover.isVisible()
    assert bar.period.current() == "today"
    popover.first.setDate(QDate(2025, 11, 1))
    popover.last.setDate(QDate(2025, 11, 7))
    popover.findChild(QPushButton, "show_period").click()
    assert wanted == [Filter(Period("custom", date(2025, 11, 1), date(2025, 11, 7)))]
    assert not popover.isVisible()


def test_first_day_after_the_last_cannot_be_shown(bar: FilterBar, wanted: list[Filter]) -> None:
    bar.show_snapshot(snapshots.empty())
    bar.period.option("custom").click()
    popover = bar.findChild(QWidget, "period_popover")
    popover.first.setDate(QDate(2025, 11, 30))
    show = popover.findChild(QPushButton, "show_period")
    assert not show.isEnabled()
    assert popover.problem.text() == "The first day is after the last."
    popover.last.setDate(QDate(2025, 12, 1))
    assert show.isEnabled() and popover.problem.text() == ""
    popover.hide()
    assert wanted == []


@pytest.mark.parametrize(
    ("period", "label"),
    [
        (Period(), "Custom"),
        (Period.parse("2025-11-01..2025-11-07"), "11-01 – 11-07"),
        (Period.parse("2025-11-07..2025-11-07"), "11-07"),
        (Period.parse("2024-11-24..2025-11-23"), "2024-11 – 2025-11"),
        (Period.parse("2024-01-01..2024-12-31"), "2024-01 – 2024-12"),
        (Period.parse("2024-01-01..2024-01-31"), "2024-01-01 – 31"),
        (Period.parse("0001-01-01..9999-12-31"), "0001-01 – 9999-12"),
    ],
)
def test_chosen_days_stand_on_the_control(bar: FilterBar, period: Period, label: str) -> None:
    bar.show_filter(Filter(period))  # as at the start: today is known with the first snapshot only
    bar.show_snapshot(snapshots.empty())
    assert bar.period.option("custom").text() == label
    assert bar.period.current() == period.kind


def test_filter_is_shown_as_chips_with_names(bar: FilterBar) -> None:
    bar.show_filter(Filter(function="live_analysis", user="", session="s1", failed=True))
    assert bar.chips() == ("Function Live analysis ×", "User (not recorded) ×", "Session s1 ×", "Failed only ×")
    bar.show_filter(Filter(session="s1"))
    assert bar.chips() == ("Session s1 ×",)


@pytest.mark.parametrize(
    ("chip", "left"),
    [
        ("chip_model", Filter(anchor="anchor_1", failed=True)),
        ("chip_anchor", Filter(model="qwen-plus", failed=True)),
        ("chip_failed", NARROW),
    ],
)
def test_chip_frees_its_dimension(bar: FilterBar, wanted: list[Filter], chip: str, left: Filter) -> None:
    bar.show_filter(replace(NARROW, failed=True))
    bar.findChild(QPushButton, chip).click()
    assert wanted == [left]


def test_last_chip_goes_first(bar: FilterBar, wanted: list[Filter]) -> None:
    bar.show_filter(NARROW)
    assert bar.remove_last_chip()
    assert wanted == [Filter(model="qwen-plus")]
    bar.show_filter(Filter())
    assert not bar.remove_last_chip()


def test_recorded_name_is_neither_shortcut_nor_markup_nor_too_wide(bar: FilterBar) -> None:
    bar.show_filter(Filter(user="<b>R&D</b>"))
    assert bar.chips() == ("User <b>R&&D</b> ×",)
    bar.show_filter(Filter(user="x" * 1024))
    assert bar.findChild(QPushButton, "chip_user").sizeHint().width() < 260


def test_word_is_searched_once_after_the_last_key(bar: FilterBar, wanted: list[Filter], qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.filter_wanted, timeout=3000):
        qtbot.keyClicks(bar.search, " qwen ")
    assert wanted == [Filter(search="qwen")]


def test_return_searches_at_once_and_an_emptied_field_asks_for_all(
    bar: FilterBar, wanted: list[Filter], qtbot: QtBot
) -> None:
    qtbot.keyClicks(bar.search, "429")
    qtbot.keyClick(bar.search, Qt.Key.Key_Return)
    assert wanted == [Filter(search="429")]
    bar.show_filter(wanted[0])
    bar.search.clear()
    qtbot.keyClick(bar.search, Qt.Key.Key_Return)
    assert wanted[1:] == [Filter()]


def test_shown_filter_fills_the_search_without_asking(bar: FilterBar, wanted: list[Filter]) -> None:
    bar.show_filter(Filter(search="timeout"))
    assert bar.search.text() == "timeout"
    assert not bar._pause.isActive()
    assert wanted == []


FOLDER_GONE = (Trouble("missing", "/records"),)


@pytest.mark.parametrize(
    ("snapshot", "text", "tone", "button"),
    [
        (snapshots.empty(), "live · no calls yet", "good", None),
        (snapshots.one_call(), "live · 12 s ago", "good", None),
        (replace(snapshots.one_call(), progress=Progress(34, 100)), "reading, 34 %", "accent", "Cancel"),
        (replace(snapshots.one_call(), progress=Progress(34, 100, True)), "reading stopped", "warning", "Continue"),
        (replace(snapshots.one_call(), progress=Progress(100, 100)), "live · 12 s ago", "good", None),
        (replace(snapshots.one_call(), troubles=FOLDER_GONE), "not reading", "warning", None),
        (
            replace(snapshots.one_call(), stale_since=snapshots.NOW - timedelta(minutes=4)),
            "last known · 4 min ago",
            "warning",
            None,
        ),
        (
            replace(snapshots.one_call(), stale_since=snapshots.NOW - timedelta(minutes=4), progress=Progress(0, 1)),
            "last known · 4 min ago",
            "warning",
            "Cancel",
        ),
    ],
)
def test_freshness_has_words_and_a_state(
    bar: FilterBar, snapshot: Snapshot, text: str, tone: str, button: str | None
) -> None:
    bar.show_snapshot(snapshot)
    assert bar.live.text() == text
    assert bar.live.tone == tone
    assert (bar.cancel.text() if bar.cancel.isVisible() else None) == button


def test_reading_can_be_cancelled_and_continued(bar: FilterBar, qtbot: QtBot) -> None:
    bar.show_snapshot(replace(snapshots.empty(), progress=Progress(1, 3)))
    with qtbot.waitSignal(bar.import_cancelled, timeout=1000):
        bar.cancel.click()
    bar.show_snapshot(replace(snapshots.empty(), progress=Progress(1, 3, True)))
    with qtbot.waitSignal(bar.look_wanted, timeout=1000):
        bar.cancel.click()


def test_age_grows_without_a_new_snapshot(bar: FilterBar, monkeypatch: pytest.MonkeyPatch) -> None:
    bar.show_snapshot(snapshots.one_call())
    bar._shown_at -= 100
    bar._show_freshness()
    assert bar.live.text() == "live · 1 min ago"


def test_ageing_stops_while_the_bar_is_hidden(bar: FilterBar) -> None:
    assert bar._ageing.isActive()
    bar.window().hide()
    assert not bar._ageing.isActive()


@pytest.mark.parametrize(
    ("width", "filter", "most_lines"), [(1180, NARROW, 1), (420, Filter(), 2), (420, NARROW, 2), (400, NARROW, 3)]
)
def test_bar_wraps_and_nothing_leaves_it(bar: FilterBar, width: int, filter: Filter, most_lines: int) -> None:
    bar.show_snapshot(snapshots.one_call())
    bar.show_filter(filter)
    bar.resize(width, 10)
    QApplication.processEvents()
    bar.resize(width, bar.heightForWidth(width))
    QApplication.processEvents()
    parts = [bar.period, bar.search, bar.live, *(c for c in bar._chips if c.isVisible())]
    boxes = [part.rect().translated(part.mapTo(bar, part.rect().topLeft())) for part in parts]
    assert all(bar.rect().contains(box) for box in boxes)
    assert not any(a.intersects(b) for a in boxes for b in boxes if a is not b)
    assert len({box.center().y() // 20 for box in boxes}) <= most_lines
    assert max(box.right() for box in boxes) == boxes[2].right()


@pytest.mark.parametrize(("width", "is_icon"), [(1180, False), (420, False), (520, True)])
def test_idle_search_is_an_icon_where_that_saves_a_line(
    bar: FilterBar, qtbot: QtBot, width: int, is_icon: bool
) -> None:
    bar.show_snapshot(snapshots.one_call())
    bar.resize(width, 44)
    assert (bar.search.width() == 30) == is_icon
    assert (bar.search.placeholderText() == "") == is_icon
    bar.search.setFocus()
    assert bar.search.width() > 100 and bar.search.placeholderText() == "Search"
    qtbot.keyClicks(bar.search, "x")
    bar.period.option("today").setFocus()
    assert bar.search.width() > 100
    bar.search.clear()
    assert (bar.search.width() == 30) == is_icon


def test_freshness_does_not_stand_alone_on_its_line(bar: FilterBar) -> None:
    bar.show_snapshot(replace(snapshots.one_call(), newest_at=None))
    lines = set()
    for width in range(300, 700, 20):  # what fits goes by the font
        bar.resize(width, bar.heightForWidth(width))
        QApplication.processEvents()
        live = bar.live.mapTo(bar, bar.live.rect().center()).y()
        line = [part for part in (bar.period, bar.search) if abs(live - part.geometry().center().y()) < 6]
        assert line, width
        lines.add(bar.period in line)
    assert lines == {True, False}


def test_language_changes_while_it_is_shown(bar: FilterBar, brackets: object) -> None:
    bar.show_filter(replace(NARROW, failed=True))
    bar.show_snapshot(snapshots.one_call())
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    texts = [bar.live.text(), bar.search.placeholderText(), *bar.chips()]
    texts += [bar.period.option(kind).text() for kind in ("today", "7d", "30d", "month", "custom")]
    assert [text for text in texts if "【" not in text] == []


def test_chips_have_round_ends(bar: FilterBar) -> None:
    bar.show_filter(Filter(user="user_1"))
    chip = bar.findChild(QPushButton, "chip_user")
    QApplication.processEvents()
    seen, box = bar.grab().toImage(), chip.geometry()
    for x in (box.left() + 1, box.right() - 1):
        assert seen.pixelColor(x, box.top() + 1) != seen.pixelColor(x, box.center().y())
