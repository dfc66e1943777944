"""Two small buttons beside the menus, always in reach: unseen messages, and hiding names and amounts while on air."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from tipmao_monitor.window.numbers import count
from tipmao_monitor.window.theme import SMALLEST_PX, Theme, icon, strong_weight, text_font

ICON_PX = 16
MOST_SHOWN = 99


class IconButton(QAbstractButton):
    """An icon, a number on its shoulder where there is one, a tint where it is on. Always of the same size: a menu bar
    gives its corner no other one later.
    """

    def __init__(self, name: str, theme: Theme, parent: QWidget, has_number: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFont(text_font("small"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.theme = theme
        self.picture = name
        self.has_number = has_number
        self.number = 0

    def show_number(self, number: int) -> None:
        if number != self.number:
            self.number = number
            self.update()

    def _figure(self) -> str:
        return "" if not self.number else f"{MOST_SHOWN}+" if self.number > MOST_SHOWN else count(self.number)

    def sizeHint(self) -> QSize:
        height = max(ICON_PX, QFontMetrics(self.font()).height()) + 8
        return QSize(ICON_PX + (18 if self.has_number else 12), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self.theme
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(theme.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
        if self.isChecked() or self.underMouse():
            painter.setBrush(QColor(theme.tint))
        painter.drawRoundedRect(box, 5, 5)
        colour = theme.accent if self.isChecked() else theme.secondary
        icon(self.picture, colour).paint(painter, 6, (self.height() - ICON_PX) // 2, ICON_PX, ICON_PX)
        if not self.number:
            return
        font = self.font()
        font.setPixelSize(SMALLEST_PX)
        font.setWeight(strong_weight())
        figure = self._figure()
        badge = QRectF(0, 0, max(14, QFontMetrics(font).horizontalAdvance(figure) + 6), 14)
        badge.moveTopRight(box.topRight() + QPointF(-1, 1))
        painter.setPen(QColor(theme.card))
        painter.setBrush(QColor(theme.warning))
        painter.drawRoundedRect(badge, 7, 7)
        painter.setFont(font)
        painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), figure)


class Corner(QWidget):
    """The buttons; at the right end of the menu bar."""

    messages_wanted = Signal()
    on_air_toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bell = IconButton("bell", theme, self, has_number=True)
        self.eye = IconButton("shown", theme, self)
        self.eye.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 6, 2)
        row.setSpacing(2)
        row.addWidget(self.bell)
        row.addWidget(self.eye)
        self.bell.clicked.connect(self.messages_wanted)
        self.eye.clicked.connect(self.on_air_toggled)
        self.retranslate()

    def show_unread(self, unread: int) -> None:
        if unread == self.bell.number:
            return
        self.bell.show_number(unread)
        self.retranslate()

    def show_on_air(self, on: bool) -> None:
        self.eye.setChecked(on)
        self.eye.picture = "hidden" if on else "shown"
        self.eye.update()
        self.retranslate()

    def set_theme(self, theme: Theme) -> None:
        self.bell.theme = self.eye.theme = theme
        self.bell.update()
        self.eye.update()

    def retranslate(self) -> None:
        unread = self.bell.number
        messages = self.tr("Messages, {n} not seen").format(n=count(unread)) if unread else self.tr("Messages")
        hide = self.tr("On air: hide names and amounts")
        for button, text in ((self.bell, messages), (self.eye, hide)):
            button.setToolTip(text)
            button.setAccessibleName(text)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
