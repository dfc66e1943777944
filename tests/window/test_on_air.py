"""On air nothing on the screen, in a tooltip or for a screen reader says a name or an amount.

A newcomer would get this wrong: what is painted is looked at too, as the text that the window draws into an SVG. And
each look is done before going on air as well, or a look that sees nothing would pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import advices
import pytest
import snapshots
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.advice import Advice
from tipmao_monitor.usage.budgets import CurrentStream
from tipmao_monitor.usage.snapshot import Filter, Page, Snapshot, Trouble
from tipmao_monitor.window import advice_words as words
from tipmao_monitor.window.advice_dialogs import CallsPanel
from tipmao_monitor.window.bars import BarPlot
from tipmao_monitor.window.cards import BigNumber, Line
from tipmao_monitor.window.compact import Strip
from tipmao_monitor.window.dialogs import CallDetail, SkippedLines
from tipmao_monitor.window.main_window import SHUT_ON_AIR, MainWindow
from tipmao_monitor.window.on_air import OnAir
from tipmao_monitor.window.theme import Colours, Theme
from tipmao_monitor.window.tray import Tray, TrayMenu

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

NAMES = re.compile(r"user_\d|anchor_\d|session_\d|/home/|小美|too many requests")
AMOUNTS = re.compile(r"(?<!recorded as )[¥￥]\s*<?[\d]")
ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)


@pytest.fixture
def on_air(qapp: QApplication) -> Iterator[OnAir]:
    mode = OnAir(qapp)
    yield mode
    mode.set_on(False)
    mode.deleteLater()


def snapshot() -> Snapshot:
    day = snapshots.day()
    rows = tuple(
        replace(row, error_msg="RateLimitError: too many requests") if not row.success else row for row in day.newest
    )
    stream = CurrentStream("session_1", day.now, day.now, 3, day.total.cost, True)
    return replace(
        day,
        newest=rows,
        stream=stream,
        budgets=(snapshots.status("warning", 91, "12", day.now.replace(hour=18), name="小美", scope="user:user_001"),),
        filter=Filter(user="user_001", anchor="anchor_1"),
        troubles=(Trouble("missing", "/home/x/records"), Trouble("unreadable_file", "/home/x/a", "/home/x")),
    )


def said(widget: QWidget) -> Iterator[str]:
    """Everything that can be read, heard or pointed at in a window."""
    for part in (widget, *widget.findChildren(QObject)):
        if isinstance(part, QWidget):
            yield from (part.toolTip(), part.accessibleName(), part.accessibleDescription(), part.windowTitle())
            text = getattr(part, "text", None)
            if callable(text):
                yield str(text())
        if isinstance(part, QAction):
            yield from (part.text(), part.toolTip())
        if isinstance(part, Line):
            yield from ("".join(text for text, _ in variant) for variant in part._variants)
        if isinstance(part, BigNumber):
            yield from part._beside
        if isinstance(part, BarPlot):
            yield from tips(part)
        if isinstance(part, QAbstractItemView) and part.model() is not None:
            model = part.model()
            for row in range(model.rowCount()):
                for column in range(model.columnCount()):
                    index = model.index(row, column)
                    yield from (str(index.data(role) or "") for role in ROLES)


def tips(plot: BarPlot) -> Iterator[str]:
    """What is said of each bar."""
    for bucket in range(len(plot._labels)):
        plot._highlight(bucket)
        yield plot.accessibleDescription()
    plot._highlight(-1)


def painted(widget: QWidget) -> str:
    """The texts that a window draws."""
    device = QBuffer()
    device.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(device)
    drawing.setSize(widget.size())
    painter = QPainter(drawing)
    widget.render(painter, QPoint())
    painter.end()
    text = bytes(QByteArray(device.data()).data()).decode()
    return "\n".join(re.findall(r"<text[^>]*>([^<]*)</text>", text))


def found(texts: Iterator[str]) -> tuple[set[str], set[str]]:
    """Texts with a name, and texts with an amount."""
    every = set(texts)
    return {text for text in every if NAMES.search(text)}, {text for text in every if AMOUNTS.search(text)}


@pytest.fixture
def window(qtbot: QtBot, colours: Colours) -> MainWindow:
    window = MainWindow(Filter(user="user_001", anchor="anchor_1"), colours)
    qtbot.addWidget(window)
    window.resize(1180, 1400)
    with qtbot.waitExposed(window):
        window.show()
    snapshots.fill(window, snapshot())
    return window


def test_window_says_and_paints_no_name_and_no_amount(window: MainWindow, on_air: OnAir) -> None:
    names, amounts = found(said(window))
    assert len(names) > 20 and len(amounts) > 20
    assert NAMES.search(painted(window)) and AMOUNTS.search(painted(window))
    on_air.set_on(True)
    window.show_on_air(True)
    QApplication.processEvents()
    assert found(said(window)) == (set(), set())
    assert not NAMES.search(painted(window)) and not AMOUNTS.search(painted(window))
    # What comes while on air is hidden as well.
    snapshots.fill(window, replace(snapshot(), total=replace(snapshot().total, calls=146)))
    assert found(said(window)) == (set(), set())
    on_air.set_on(False)
    window.show_on_air(False)
    QApplication.processEvents()
    assert found(said(window))[0] == names


def test_strip_menu_and_tray_hide_as_well(qtbot: QtBot, light: Theme, on_air: OnAir) -> None:
    strip, menu = Strip(light), TrayMenu()
    qtbot.addWidget(strip)
    qtbot.addWidget(menu)
    tray = Tray(menu, menu)
    for part in (strip, menu, tray):
        part.show_snapshot(snapshot())
    everything = {*said(strip), *said(menu), tray.icon.toolTip(), painted(strip)}
    assert found(iter(everything))[1] and AMOUNTS.search(painted(strip))
    on_air.set_on(True)
    QApplication.processEvents()
    tray.retranslate()
    everything = {*said(strip), *said(menu), tray.icon.toolTip(), painted(strip)}
    assert found(iter(everything)) == (set(), set())


def test_advice_about_whole_amounts_and_named_budgets_hides_them(on_air: OnAir) -> None:
    plan = advices.BUDGET.plan
    assert plan is not None
    finding = replace(advices.BUDGET, plan=replace(plan, budget="小美", amount=Decimal(10)))
    said = words.basis(finding, Advice())
    assert NAMES.search(said) and AMOUNTS.search(said) and words.whole_money(Decimal(5)) == "¥5"
    on_air.set_on(True)
    said = words.basis(finding, Advice())
    assert not NAMES.search(said) and not AMOUNTS.search(said) and words.whole_money(Decimal(5)) == "¥***"


def test_calls_behind_advice_say_no_error_as_it_was_written(qtbot: QtBot, on_air: OnAir) -> None:
    on_air.set_on(True)
    panel = CallsPanel()
    qtbot.addWidget(panel)
    panel.show_finding(advices.ZERO)
    assert advices.ZERO.show is not None
    panel.show_calls(Page(advices.ZERO.show, 1, (snapshots.call(error_msg="too many requests"),)))
    assert panel.model.rowCount() == 1 and not found(said(panel))[0]


def test_what_would_open_a_list_cannot_be_pressed(window: MainWindow, on_air: OnAir) -> None:
    on_air.set_on(True)
    window.show_on_air(True)
    shut = [window.action(key) for key in SHUT_ON_AIR]
    assert not any(action.isEnabled() for action in shut) and not window.status.skipped.isEnabled()
    on_air.set_on(False)
    window.show_on_air(False)
    assert all(action.isEnabled() for action in shut) and window.status.skipped.isEnabled()


def open_lists(window: MainWindow) -> list[QWidget]:
    lists = (*window.findChildren(CallDetail), *window.findChildren(SkippedLines))
    return [panel for panel in lists if panel.isVisible()]


def test_lists_of_what_was_recorded_close_and_do_not_open(window: MainWindow, on_air: OnAir) -> None:
    row = snapshot().newest[0]
    window.show_call(row)
    window.show_skipped()
    assert len(open_lists(window)) == 2
    on_air.set_on(True)
    window.show_on_air(True)
    assert not open_lists(window)
    window.show_call(row)
    window.show_skipped()
    QApplication.processEvents()
    assert not open_lists(window)


def test_what_was_searched_for_cannot_be_read(window: MainWindow, on_air: OnAir) -> None:
    window.filter_bar.search.setText("user_007")
    on_air.set_on(True)
    window.show_on_air(True)
    QApplication.processEvents()
    assert "user_007" not in window.filter_bar.search.displayText()
    assert "user_007" not in painted(window)
