"""The names of a chart's parts in one line: as many as there is room for, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QSizePolicy,
    QToolTip,
    QWidget,
)

from tipmao_monitor.window.bars import Part
from tipmao_monitor.window.tables import plain_tip
from tipmao_monitor.window.theme import Theme, text_font


class Legend(QWidget):
    """Names behind swatches, largest first, as many as fit. What does not fit is counted; its tooltip has the names.

    Tab reaches it, the arrow keys move over the names, Enter chooses.
    """

    chosen = Signal(int)
    """This part was clicked."""

    SWATCH, GAP, BETWEEN, LONGEST = 9, 6, 12, 132

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.at_right = True
        self._parts: tuple[Part, ...] = ()
        self._colours: Sequence[QColor] = ()
        self._current = -1
        self._under = -1
        self.setFont(text_font("small"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: tuple[Part, ...], colours: Sequence[QColor]) -> None:
        if [(p.key, p.name) for p in parts] != [(p.key, p.name) for p in self._parts] or colours != self._colours:
            self._parts, self._colours = parts, colours
            self._current = min(self._current, len(parts) - 1)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def places(self) -> list[tuple[int, QRect]]:
        """Part and rectangle of each entry that fits; part -1 is the count of those that do not."""
        widths = [self._width_of(part) for part in range(len(self._parts))]
        shown = list(range(len(self._parts)))
        rest = 0
        # The last to go is "other": it names the grey that all the small ones share.
        while shown and sum(widths[n] + self.BETWEEN for n in shown) + self._rest_width(rest) > self.width():
            gone = next((n for n in reversed(shown) if self._parts[n].key is not None), shown[0])
            shown.remove(gone)
            rest += 1
        entries = [(n, widths[n]) for n in shown] + ([(-1, self._rest_width(rest))] if rest else [])
        free = self.width() - sum(width for _, width in entries) - self.BETWEEN * max(0, len(entries) - 1)
        x = max(0, free) if self.at_right else 0
        placed = []
        for part, width in entries:
            placed.append((part, QRect(x, 0, width, self.height())))
            x += width + self.BETWEEN
        return placed

    def _width_of(self, part: int) -> int:
        name = self.fontMetrics().horizontalAdvance(self._parts[part].name)
        return self.SWATCH + self.GAP + min(self.LONGEST, name) + 1

    def _rest_width(self, rest: int) -> int:
        return self.fontMetrics().horizontalAdvance(f"+{rest}") + 1 if rest else 0

    def _entry_at(self, at: QPoint) -> int:
        return next((part for part, place in self.places() if part >= 0 and place.contains(at)), -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        places = self.places()
        shown = [part for part, _ in places if part >= 0]
        middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for part, place in places:
            if part < 0:
                painter.setPen(QColor(self.theme.secondary))
                painter.drawText(place, middle, f"+{len(self._parts) - len(shown)}")
                continue
            swatch = QRectF(place.left(), place.center().y() - 4, self.SWATCH, self.SWATCH)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colours[part])
            painter.drawRoundedRect(swatch, 2, 2)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            lit = part == self._under or (self.hasFocus() and part == self._current)
            painter.setPen(QColor(self.theme.text if lit else self.theme.secondary))
            text = place.adjusted(self.SWATCH + self.GAP, 0, 0, 0)
            name = self.fontMetrics().elidedText(self._parts[part].name, Qt.TextElideMode.ElideMiddle, text.width())
            painter.drawText(text, middle, name)
            if self.hasFocus() and part == self._current:
                painter.fillRect(place.left(), place.bottom() - 1, place.width(), 2, QColor(self.theme.accent))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._entry_at(event.position().toPoint())
        if under != self._under:
            self._under = under
            clickable = under >= 0 and self._parts[under].key is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._under = -1
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        part = self._entry_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and part >= 0:
            self.chosen.emit(part)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = [part for part, _ in self.places() if part >= 0]
        here = shown.index(self._current) if self._current in shown else -1
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right if shown:
                step = 1 if event.key() == Qt.Key.Key_Right else -1
                self._set_current(shown[max(0, min(len(shown) - 1, here + step))])
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if here >= 0:
                self.chosen.emit(self._current)
            case _:
                super().keyPressEvent(event)

    def _set_current(self, part: int) -> None:
        self._current = part
        self.setAccessibleDescription(self._parts[part].name)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._current < 0 and self._parts:
            self._set_current(0)
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            shown = {part for part, _ in self.places()}
            part = self._entry_at(event.pos())
            hidden = [p.name for n, p in enumerate(self._parts) if n not in shown]
            on_count = any(n < 0 and place.contains(event.pos()) for n, place in self.places())
            text = self._parts[part].name if part >= 0 else "\n".join(hidden) if on_count else ""
            QToolTip.showText(event.globalPos(), plain_tip(text) if text else "", self)
            return True
        return super().event(event)
