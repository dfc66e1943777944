"""The strip: what today costs, how far the budget is used and when it is gone, above all other windows.

A newcomer would get this wrong: the strip has no title bar of its own, so it is moved by dragging it anywhere, and
everything that a title bar would offer is in its menu and under its keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QWidget

from tipmao_monitor.usage.snapshot import Filter, Snapshot
from tipmao_monitor.window.budget_words import (
    SIGNS,
    TONES,
    budget_name,
    budget_of,
    pace_words,
    share,
    shown_budget,
    state_name,
    status_tip,
)
from tipmao_monitor.window.cards import Level, level_of, paint_level
from tipmao_monitor.window.numbers import (
    Parts,
    by_money,
    calls,
    clock,
    count,
    labelled,
    milliseconds,
    money_parts,
    percent,
    reading,
)
from tipmao_monitor.window.tables import plain_tip
from tipmao_monitor.window.theme import RADIUS, Theme, text_font

LEAST_SIZE = QSize(300, 90)
PADDING_PX = 14
BAR_PX = 5


@dataclass(frozen=True, slots=True)
class StripWords:
    """What the strip says. `beside` stands small behind the number, `state` at the right of it; `pace` and `health` are
    below the bar, each from the longest form to the shortest.
    """

    number: Parts
    beside: str = ""
    state: str = ""
    tone: str = "secondary"
    level: Level | None = None
    pace: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    tip: str = ""
    is_old: bool = False
    health_tone: str = "secondary"

    @property
    def sentence(self) -> str:
        parts = (self.number.text, self.beside, self.state, *self.pace[:1], *self.health[:1])
        return ", ".join(filter(None, parts))


class Strip(QWidget):
    """Stands above all windows; draggable; a double click or Enter opens the window again."""

    window_wanted = Signal()
    moved = Signal(QPoint)
    """The user let go of it here."""

    def __init__(self, theme: Theme, menu: QMenu | None = None) -> None:
        # A window of the kind "tool" has no place in the task bar, and goes when no other window is left.
        flags = Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint | Qt.WindowType.Tool
        super().__init__(None, flags)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        # There a tool hides while another program is in front.
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self._theme = theme
        self._menu = menu
        self._snapshot: Snapshot | None = None
        self._words = StripWords(Parts("", "…", ""))
        self._unread = 0
        self._held: QPoint | None = None
        self._figure = text_font("figure")
        self._figure.setPixelSize(round(text_font("figure").pixelSize() * 0.85))
        self._small = text_font("small")
        line = round(QFontMetricsF(self._small).height())
        self.setFixedSize(LEAST_SIZE.expandedTo(QSize(0, round(QFontMetricsF(self._figure).height()) + line + 32)))
        self.setWindowTitle("TipMao Monitor")

    def words(self) -> StripWords:
        """What it says now."""
        return self._words

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        words = self._with_unread(self._said(snapshot))
        if words == self._words:
            return
        self._words = words
        self.setAccessibleName(words.sentence)
        self.setToolTip(plain_tip(words.tip))
        self.update()

    def show_unread(self, unread: int) -> None:
        """How many messages were not seen: without a tray, this is where one learns of them."""
        self._unread = unread
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def place(self, corner: QPoint) -> None:
        """Where it stood the last time, or the nearest place that is on a screen of now."""
        screen = QGuiApplication.screenAt(corner) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        self.move(
            max(room.left(), min(corner.x(), room.right() - self.width())),
            max(room.top(), min(corner.y(), room.bottom() - self.height())),
        )

    def place_at_first(self) -> None:
        """The upper right corner, where a stream has least to show."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.move(room.right() - self.width() - 24, room.top() + 24)

    def _said(self, snapshot: Snapshot) -> StripWords:
        today, status, kind = snapshot.today, shown_budget(snapshot), snapshot.filter.money
        if snapshot.filter == Filter(money=kind):
            today = snapshot.total  # the same calls, with their percentiles
        is_partial = snapshot.progress.done < snapshot.progress.total
        is_old = is_partial or snapshot.stale_since is not None
        if is_partial and not today.calls:
            return StripWords(Parts("", "…", ""), reading(), is_old=True)
        cost = None if today.calls and today.calls == today.unknown_cost_calls else today.cost
        number = money_parts(cost) if today.calls else money_parts(today.cost)
        health: tuple[str, ...] = ()
        if today.calls:
            parts = {"rate": percent(today.success_rate), "time": milliseconds(today.p95_ms)}
            both = self.tr("{rate} · p95 {time}").format(**parts)
            alone = self.tr("success {rate}").format(**parts)
            health = (alone if today.p95_ms is None else both, parts["rate"])
        tip = [self.tr("{calls} today").format(calls=calls(today.calls))]
        if snapshot.stale_since is not None:
            tip.append(self.tr("as of {time}").format(time=clock(snapshot.stale_since)))
        if status is None:
            day = by_money(self.tr("today"), kind, is_short=True)
            return StripWords(
                number, day, pace=(self.tr("no budget"),), health=health, tip="\n".join(tip), is_old=is_old
            )
        is_todays = status == budget_of(snapshot, Filter(money=kind), "day")
        beside = self.tr("today · budget {share}").format(share=share(status))
        pace = pace_words(status, snapshot.now)
        if not is_todays:
            # Another budget than that of the number: it is named.
            beside = by_money(self.tr("today"), kind, is_short=True)
            pace = tuple(labelled(budget_name(status.budget), text) for text in pace)
        is_on = snapshot.stream is not None and snapshot.stream.is_on
        state, tone = state_name(status.state), TONES[status.state]
        if status.state == "fine":
            state, tone = (self.tr("live"), "good") if is_on else ("", "good")
        if state:
            state = f"{SIGNS[status.state]} {state}"
        tip.append(status_tip(status, snapshot.now))
        return StripWords(number, beside, state, tone, level_of(status), pace, health, "\n".join(tip), is_old)

    def _with_unread(self, words: StripWords) -> StripWords:
        """Messages are more urgent than the health, in whose place they stand."""
        if not self._unread:
            return words
        n = count(self._unread)
        said = self.tr("1 message") if self._unread == 1 else self.tr("{n} messages").format(n=n)
        tip = f"{words.tip}\n{said}" if words.tip else said
        return replace(words, health=(f"▲ {said}", f"▲ {n}"), health_tone="warning", tip=tip)

    # What Qt calls

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, words = self._theme, self._words
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.card))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        inside = QRectF(self.rect()).adjusted(PADDING_PX, 10, -PADDING_PX, -10)
        small = QFontMetricsF(self._small)
        foot = QRectF(inside.left(), inside.bottom() - small.height(), inside.width(), small.height())
        bar = QRectF(inside.left(), foot.top() - 6 - BAR_PX, inside.width(), BAR_PX)
        head = QRectF(inside.left(), inside.top(), inside.width(), bar.top() - 4 - inside.top())
        self._paint_head(painter, head)
        if words.level is not None:
            paint_level(painter, bar, words.level, theme)
        self._paint_foot(painter, foot)

    def _paint_head(self, painter: QPainter, room: QRectF) -> None:
        theme, words = self._theme, self._words
        figure, small = QFontMetricsF(self._figure), QFontMetricsF(self._small)
        base_line = room.center().y() + figure.capHeight() / 2
        left = room.left()
        pieces: tuple[tuple[str, QFont, float], ...] = (
            (words.number.prefix, text_font("unit"), 1.0),
            (words.number.figure, self._figure, 1.0),
            (words.number.suffix, text_font("unit"), 0.0),
        )
        painter.setPen(QColor(theme.secondary if words.is_old else theme.text))
        for text, font, gap in pieces:
            if text:
                painter.setFont(font)
                painter.drawText(round(left), round(base_line), text)
                left += QFontMetricsF(font).horizontalAdvance(text) + gap
        painter.setFont(self._small)
        right = room.right()
        if words.state:
            width = small.horizontalAdvance(words.state)
            painter.setPen(QColor(getattr(theme, words.tone)))
            painter.drawText(round(right - width), round(base_line), words.state)
            right -= width + 10
        painter.setPen(QColor(theme.secondary))
        shown = small.elidedText(words.beside, Qt.TextElideMode.ElideRight, right - left - 8)
        painter.drawText(round(left + 8), round(base_line), shown)

    def _paint_foot(self, painter: QPainter, room: QRectF) -> None:
        small = QFontMetricsF(self._small)
        pace, health = self.fitting(room.width())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._small)
        is_urgent = self._words.tone in ("warning", "bad")
        painter.setPen(QColor(self._theme.text if is_urgent else self._theme.secondary))
        shown = small.elidedText(pace, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | middle), shown)
        painter.setPen(QColor(getattr(self._theme, self._words.health_tone)))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | middle), health)

    def fitting(self, width: float) -> tuple[str, str]:
        """The longest forms of pace and health that stand side by side; the health goes first."""
        small = QFontMetricsF(self._small)
        for health in (*self._words.health, ""):
            for pace in self._words.pace:
                if small.horizontalAdvance(pace) + small.horizontalAdvance(health) + 16 <= width:
                    return pace, health
        return (self._words.pace[-1] if self._words.pace else ""), ""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self._snapshot is not None:
            self.show_snapshot(self._snapshot)
        super().changeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        window = self.windowHandle()
        # Where the desktop moves windows itself (Wayland) a program may not say where it stands.
        if QGuiApplication.platformName().startswith("wayland") and window is not None and window.startSystemMove():
            self._held = None
            return
        self.move(event.globalPosition().toPoint() - self._held)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self.moved.emit(self.pos())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._held = None
        self.window_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: QPoint(-16, 0),
            Qt.Key.Key_Right: QPoint(16, 0),
            Qt.Key.Key_Up: QPoint(0, -16),
            Qt.Key.Key_Down: QPoint(0, 16),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.place(self.pos() + steps[key])
            self.moved.emit(self.pos())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Space):
            self.window_wanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._menu is not None:
            self._menu.popup(event.globalPos())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closed by the desktop, it gives way to the window: the program has to be somewhere."""
        if event.spontaneous():
            event.ignore()
            self.window_wanted.emit()
            return
        super().closeEvent(event)
