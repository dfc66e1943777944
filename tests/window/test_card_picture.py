"""Any card can be copied as a picture, from wherever in it the menu is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot
from snapshots import day, fill

from tipmao_monitor.usage.snapshot import Filter
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.theme import Colours


@pytest.fixture
def window(qtbot: QtBot, colours: Colours) -> Iterator[MainWindow]:
    window = MainWindow(Filter(), colours)
    qtbot.addWidget(window)
    fill(window, day())
    with qtbot.waitExposed(window):
        window.show()
    yield window
    QGuiApplication.clipboard().clear()


def copied(part: QWidget, card: QWidget) -> QImage:
    QGuiApplication.clipboard().clear()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(4, 4), part.mapToGlobal(QPoint(4, 4)))
    QCoreApplication.sendEvent(part, event)
    menu = card.findChild(QMenu)
    assert isinstance(menu, QMenu)
    action = menu.findChild(QAction, "copy_picture")
    assert isinstance(action, QAction)
    action.trigger()
    menu.close()
    return QGuiApplication.clipboard().image()


@pytest.mark.qt_log_ignore("This plugin does not support (propagateSizeHints|raise|grabbing the keyboard)")
def test_every_chart_is_copied_as_it_is_seen(window: MainWindow) -> None:
    parts = {
        window.trend: window.trend.plot,
        window.hours: window.hours.plot,
        window.models: window.models.table,
        window.functions: window.functions.table,
        window.top: window.top.table,
        window.kpis.cards[0]: window.kpis.cards[0].number,
    }
    pictures = []
    for card, part in parts.items():
        picture = copied(part, card)
        assert picture.size() == card.size() * 2
        colours = {picture.pixel(x, y) for x in range(0, picture.width(), 5) for y in range(0, picture.height(), 5)}
        assert len(colours) > 3
        pictures.append(picture)
    assert len({bytes(picture.constBits()) for picture in pictures}) == len(pictures)
