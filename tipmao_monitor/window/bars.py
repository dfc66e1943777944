"""Stacked bars over buckets of time, with axis, budget line, forecast and one tooltip: what both charts are made of.

A newcomer would get this wrong: pyqtgraph lays out and maps (view, axes, scene), but no mouse and no key reaches it.
`BarPlot` takes them itself, so there is no zoom, drag or menu of pyqtgraph's that had to be switched off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import (
    QGraphicsGridLayout,
    QGraphicsItem,
    QSizePolicy,
    QStyleOptionGraphicsItem,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.window.numbers import (
    HIDDEN,
    compact,
    is_hiding,
)
from tipmao_monitor.window.theme import Theme, text_font


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of the stack: a height for each bucket. `key` None = all others."""

    key: str | None
    name: str
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TipRow:
    name: str
    figure: str
    part: int = -1
    """Which part's colour stands before the name; none below 0."""


@dataclass(frozen=True, slots=True)
class TipText:
    """What is said of one bucket. The same words are the accessible description."""

    heading: str
    rows: tuple[TipRow, ...]
    total: TipRow
    foot: str

    @property
    def text(self) -> str:
        rows = "".join(f"{row.name} {row.figure}\n" for row in (*self.rows, self.total))
        return f"{self.heading}\n{rows}{self.foot}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A dashed line over all bars, with its name. `tone` is a colour of the theme."""

    height: float
    name: str
    tone: str = "secondary"


@dataclass(frozen=True, slots=True)
class Expected:
    """Where the newest bar is expected to end: an outline, and a band from `low` to `high`."""

    height: float
    low: float
    high: float
    name: str


def readable_ticks(highest: float, most: int, least_step: float = 0.0) -> tuple[float, ...]:
    """From 0 in steps of 1, 2 or 5 times a power of ten to the first that is not below `highest`; at most `most` steps.

    Without anything to show there is one step, of `least_step` or 1.
    """
    if highest <= 0:
        return (0.0, least_step or 1.0)
    power = math.floor(math.log10(highest / most)) if highest / most > 1e-12 else -12
    for exponent in range(power, power + 3):
        for digit in (1, 2, 5):
            step = digit * 10.0**exponent
            steps = math.ceil(highest / step - 1e-9)
            if step >= least_step and steps <= most:
                return tuple(step * n for n in range(steps + 1))
    return (0.0, highest)


def money_ticks(values: Sequence[float]) -> tuple[str, ...]:
    """The same number of decimals on all of them, as few as tell them apart."""
    if is_hiding():
        return tuple(HIDDEN for _ in values)
    step = values[1] - values[0]
    if values[-1] >= 100_000:
        return tuple("¥" + compact(round(value)) for value in values)
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return ("¥0", *(f"¥{value:,.{places}f}" for value in values[1:]))


def stride_that_fits(slot: float, widest: float, strides: Sequence[int]) -> int:
    """How many buckets from label to label, so that labels of this width stay apart."""
    return next((n for n in strides if n * slot >= widest + 8), strides[-1])


class _Bars(QGraphicsItem):
    """All bars, the grid behind them and the band of the highlighted bucket, painted from arrays.

    The x unit is the bucket (bar n stands around n), the y unit that of the heights. It paints on whole device pixels
    itself: a scaled painter would blur the edges of bars.
    """

    GAP_BELOW = 8  # px of a slot: narrower bars stand close together

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.colours: Sequence[QColor] = ()
        self.highlighted = -1
        self.focused = False
        self._sums: list[tuple[float, ...]] = []
        self._slots = 0
        self._ticks: tuple[float, ...] = (0.0, 1.0)
        self.limit: Limit | None = None
        self.expected: Expected | None = None
        self._rects_for: tuple[float, ...] = ()
        self._rects: list[list[QRectF]] = []

    def set_heights(self, heights: Sequence[Sequence[float]], slots: int, ticks: tuple[float, ...]) -> None:
        if (slots, ticks[-1]) != (self._slots, self._ticks[-1]):
            self.prepareGeometryChange()
        self._slots, self._ticks = slots, ticks
        level = [0.0] * slots
        self._sums = []
        for part in heights:
            level = [below + height for below, height in zip(level, part, strict=True)]
            self._sums.append(tuple(level))
        self._rects_for = ()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-0.5, 0.0, max(1, self._slots), self._ticks[-1])

    def part_at(self, bucket: int, height: float) -> int:
        """Which part of a bar covers this height; -1 above the bar."""
        return next((n for n, tops in enumerate(self._sums) if 0 <= height < tops[bucket]), -1)

    def top_of(self, bucket: int) -> float:
        return self._sums[-1][bucket] if self._sums else 0.0

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        to_screen = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        self._paint_back(painter, to_screen)
        if self._rects_for != (key := (to_screen.m11(), to_screen.m22(), to_screen.dx(), to_screen.dy())):
            self._rects, self._rects_for = self._placed(to_screen), key
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, rects in zip(self.colours, self._rects, strict=False):  # no rectangles before the first heights
            painter.setBrush(colour)
            painter.drawRects(rects)
        self._paint_outlook(painter, to_screen)
        painter.restore()

    def _paint_outlook(self, painter: QPainter, to_screen: QTransform) -> None:
        """The forecast over the newest bar and the budget's line, each with its name where there is room for it."""
        small = text_font("small")
        metrics = QFontMetrics(small)
        painter.setFont(small)
        box = to_screen.mapRect(self.boundingRect()).toAlignedRect()

        def y_of(height: float) -> int:
            return round(to_screen.map(QPointF(0, height)).y())

        taken = QRect()
        if self.expected is not None and self._slots:
            slot = box.width() / self._slots
            width = max(3, round(min(56.0, slot * 0.62) if slot >= self.GAP_BELOW else slot))
            left = round(to_screen.map(QPointF(self._slots - 1, 0)).x() - width / 2)
            top, bottom = y_of(self.expected.height), y_of(self.top_of(self._slots - 1))
            band = QRect(left, y_of(self.expected.high), width, 0)
            band.setBottom(y_of(self.expected.low))
            painter.fillRect(band, QColor(self.theme.mixed(self.theme.faint, self.theme.card, 0.22)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.secondary), 1, Qt.PenStyle.DashLine))
            painter.drawRect(QRect(left, top, width - 1, max(0, bottom - top)))
            text = self.expected.name
            room = metrics.horizontalAdvance(text)
            taken = QRect(0, 0, room, metrics.height())
            taken.moveCenter(QPoint(left + width // 2, 0))
            taken.moveRight(min(taken.right(), box.right()))
            # Narrow bars stand below the name too: those left of the newest one.
            beside = range(max(0, self._slots - 1 - math.ceil((left + width - taken.left()) / slot)), self._slots - 1)
            tops = [y_of(self.top_of(n)) for n in beside if left - (self._slots - 1 - n) * slot + width > taken.left()]
            taken.moveBottom(min(top, band.top(), *tops) - 2)
            if taken.top() >= box.top() and taken.left() >= box.left():
                painter.setPen(QColor(self.theme.secondary))
                painter.drawText(taken, int(Qt.AlignmentFlag.AlignCenter), text)
            taken = taken.united(QRect(left, top, width, bottom - top))
        if self.limit is not None:
            y = y_of(self.limit.height)
            colour = QColor(getattr(self.theme, self.limit.tone))
            painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
            painter.drawLine(box.left(), y, box.right(), y)
            place = QRect(box.left() + 4, y - metrics.height() - 1, box.width() - 8, metrics.height())
            if place.top() < box.top():
                place.moveTop(y + 2)
            name = QRect(0, place.top(), metrics.horizontalAdvance(self.limit.name) + 4, place.height())
            name.moveRight(place.right())
            if name.intersects(taken):
                # It stands at the right end, unless the forecast is there.
                name.moveLeft(place.left())
            # Bars may be higher than the line, and colours of all kinds behind it.
            painter.fillRect(name, QColor(self.theme.card))
            painter.drawText(name, int(Qt.AlignmentFlag.AlignCenter), self.limit.name)

    def _paint_back(self, painter: QPainter, to_screen: QTransform) -> None:
        box = to_screen.mapRect(self.boundingRect())
        left, right = round(box.left()), round(box.right())
        if 0 <= self.highlighted < self._slots:
            slot = box.width() / self._slots
            first = round(box.left() + self.highlighted * slot)
            band = QRect(first, round(box.top()), max(1, round(slot)), round(box.height()))
            painter.fillRect(band, QColor(self.theme.mixed(self.theme.line, self.theme.card, 0.6)))
            if self.focused:
                painter.setPen(QPen(QColor(self.theme.accent), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(band.adjusted(0, 0, -1, -1))
        for tick in self._ticks:
            y = round(to_screen.map(QPointF(0, tick)).y())
            painter.fillRect(QRect(left, y, right - left, 1), QColor(self.theme.line))

    def _placed(self, to_screen: QTransform) -> list[list[QRectF]]:
        """Each part's rectangles; a hairline of the card's colour stays free between two parts."""
        slot = to_screen.m11()
        width = max(1.0, round(min(56.0, slot * 0.62) if slot >= self.GAP_BELOW else slot - (slot >= 3)))
        scale, base = to_screen.m22(), round(to_screen.dy())
        lefts = [round(slot * n + to_screen.dx() - width / 2) for n in range(self._slots)]
        top = self._sums[-1] if self._sums else ()
        below = [base] * self._slots
        parts: list[list[QRectF]] = []
        for sums in self._sums:
            rects = []
            for n, level in enumerate(sums):
                edge = round(level * scale + to_screen.dy())
                height = below[n] - edge
                if height <= 0:
                    continue
                gap = 1 if height >= 3 and level < top[n] else 0
                rects.append(QRectF(lefts[n], edge + gap, width, height - gap))
                below[n] = edge
            parts.append(rects)
        for n, level in enumerate(top):
            if level > 0 and below[n] == base:  # too small to see, but not nothing
                first = next(i for i, sums in enumerate(self._sums) if sums[n] > 0)
                parts[first].append(QRectF(lefts[n], base - 1, width, 1))
        return parts


class _Tip(QWidget):
    """The one tooltip of a plot: a heading, a row for each part, the total. Painted, so no text is read as HTML."""

    MARGIN, GAP, RULE = 10, 20, 7

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip)
        self.theme = theme
        self.colours: Sequence[QColor] = ()
        self._tip: TipText | None = None
        self._font, self._small, self._bold = text_font("body"), text_font("small"), text_font("title")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @property
    def tip(self) -> TipText | None:
        return self._tip if self.isVisible() else None

    def show_tip(self, tip: TipText, beside: QRect) -> None:
        """Stand right of the bar's slot `beside` (global coordinates), or left of it where there is no room."""
        if tip != self._tip:
            self._tip = tip
            self.resize(self._size_of(tip))
            self.update()
        screen = self.screen().availableGeometry()
        x = beside.right() + 8
        if x + self.width() > screen.right():
            x = beside.left() - 8 - self.width()
        y = min(beside.top(), screen.bottom() - self.height())
        self.move(max(screen.left(), x), max(screen.top(), y))
        self.show()

    def _row_height(self) -> int:
        return QFontMetrics(self._font).height() + 4

    def _size_of(self, tip: TipText) -> QSize:
        metrics, bold, small = QFontMetrics(self._font), QFontMetrics(self._bold), QFontMetrics(self._small)
        names = max(min(220, metrics.horizontalAdvance(row.name)) + 16 for row in (*tip.rows, tip.total))
        figures = max(bold.horizontalAdvance(row.figure) for row in (*tip.rows, tip.total))
        width = max(names + self.GAP + figures, bold.horizontalAdvance(tip.heading), small.horizontalAdvance(tip.foot))
        lines = len(tip.rows) + (3 if tip.foot else 2)
        rule = self.RULE if tip.rows else 0
        return QSize(width + 2 * self.MARGIN, lines * self._row_height() + rule + 2 * self.MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        tip = self._tip
        if tip is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.card))
        painter.setPen(QColor(self.theme.mixed(self.theme.faint, self.theme.line, 0.5)))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        line = QRect(self.MARGIN, self.MARGIN, self.width() - 2 * self.MARGIN, self._row_height())
        painter.setPen(QColor(self.theme.text))
        painter.setFont(self._bold)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), tip.heading)
        for row in tip.rows:
            line.translate(0, line.height())
            self._paint_row(painter, line, row)
        line.translate(0, line.height())
        if tip.rows:
            painter.fillRect(line.left(), line.top() + self.RULE // 2, line.width(), 1, QColor(self.theme.line))
            line.translate(0, self.RULE)
        self._paint_row(painter, line, tip.total)
        line.translate(0, line.height())
        painter.setFont(self._small)
        painter.setPen(QColor(self.theme.secondary))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), tip.foot)

    def _paint_row(self, painter: QPainter, line: QRect, row: TipRow) -> None:
        indent = 0
        if 0 <= row.part < len(self.colours):
            painter.fillRect(line.left(), line.center().y() - 4, 9, 9, self.colours[row.part])
            indent = 16
        font = self._font if row.part >= 0 else self._bold
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text))
        metrics = QFontMetrics(font)
        room = line.width() - indent - self.GAP - metrics.horizontalAdvance(row.figure)
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, room)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line.adjusted(indent, 0, 0, 0), int(Qt.AlignmentFlag.AlignLeft | middle), name)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | middle), row.figure)


class BarPlot(QWidget):
    """Stacked bars over equal slots, with a tooltip for the slot under the pointer or chosen by the arrow keys."""

    pointed = Signal(int)
    """Another bucket is highlighted; -1 = none. Whoever shows the plot answers with `show_tip`."""
    pressed = Signal(int, int, bool)
    """A bucket was clicked: its number, the part under the pointer (-1 = none), and whether Ctrl was held."""

    def __init__(self, theme: Theme, least_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Without pyqtgraph's PlotItem: half of its start is a menu that nobody would see.
        self._plot: Any = pg.GraphicsView(self, background=None)
        central = pg.GraphicsWidget()
        self._grid = QGraphicsGridLayout(central)
        self._grid.setSpacing(0)
        self._plot.setCentralItem(central)
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setStyleSheet("background: transparent")
        self._view: Any = pg.ViewBox(enableMouse=False, enableMenu=False)
        self._view.setDefaultPadding(0)
        self._view.disableAutoRange()
        self._left: Any = pg.AxisItem("left")
        self._bottom: Any = pg.AxisItem("bottom")
        self._grid.addItem(self._left, 0, 0)
        self._grid.addItem(self._view, 0, 1)
        self._grid.addItem(self._bottom, 1, 1)
        for axis in (self._left, self._bottom):
            axis.linkToView(self._view)
            axis.setPen(None)
            axis.setStyle(tickLength=0, tickAlpha=0, tickTextOffset=6, hideOverlappingLabels=60)
            axis.setTickFont(text_font("small"))
        self.bars = _Bars(theme)
        self._view.addItem(self.bars)
        self._tip = _Tip(self, theme)
        self._metrics = QFontMetrics(text_font("small"))
        self._bottom.setHeight(self._metrics.height() + 6)
        self._labels: tuple[str, ...] = ()
        self._strides: Sequence[int] = (1,)
        self._from_newest = True
        self._ticks: tuple[float, ...] = (0.0, 1.0)
        self._heights: list[tuple[float, ...]] = []
        self._tick_texts: Callable[[Sequence[float]], tuple[str, ...]] = money_ticks
        self._least_step = 0.0
        self.is_pressable: Callable[[int, int], bool] = lambda bucket, part: False
        """Whether a press on this bucket and part (-1 = none) is answered: there the pointer is a hand."""
        self._frame: tuple[object, ...] = ()
        """What axes and ranges were last set to: setting them again would paint them again."""
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._plot)
        self.setMinimumHeight(least_height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.set_theme(theme)

    @property
    def highlighted(self) -> int:
        return self.bars.highlighted

    @property
    def tip(self) -> TipText | None:
        """What the tooltip says now; None while it is hidden."""
        return self._tip.tip

    def show_bars(
        self,
        heights: Sequence[tuple[float, ...]],
        labels: tuple[str, ...],
        strides: Sequence[int],
        tick_texts: Callable[[Sequence[float]], tuple[str, ...]],
        *,
        least_step: float = 0.0,
        from_newest: bool = True,
        limit: Limit | None = None,
        expected: Expected | None = None,
    ) -> None:
        """One tuple of heights for each part, one label for each bucket.

        Where not all labels fit, every n-th is shown, n one of `strides`, counted from the newest or from the first.
        """
        self._heights, self._labels, self._strides = list(heights), labels, strides
        self._tick_texts, self._least_step, self._from_newest = tick_texts, least_step, from_newest
        self.bars.limit, self.bars.expected = limit, expected
        if self.bars.highlighted >= len(labels):
            self._highlight(-1)
        self._lay_out()

    def set_colours(self, colours: Sequence[QColor]) -> None:
        """One for each part, in the order of the heights."""
        self.bars.colours = self._tip.colours = tuple(colours)
        self.bars.update()
        self._tip.update()

    def set_theme(self, theme: Theme) -> None:
        self.bars.theme = self._tip.theme = theme
        self._left.setTextPen(theme.axis)
        self._bottom.setTextPen(theme.axis)
        self.bars.update()
        self._tip.update()

    def show_tip(self, tip: TipText) -> None:
        self.setAccessibleDescription(tip.text)
        if self.underMouse() or self.hasFocus():
            slot = self._slot(self.bars.highlighted)
            self._tip.show_tip(tip, QRect(self.mapToGlobal(slot.topLeft()), slot.size()))

    def _lay_out(self) -> None:
        """Ticks, labels and ranges for the data and the size of now."""
        slots = len(self._labels)
        if not slots:
            return
        sums = [sum(column) for column in zip(*self._heights, strict=True)] or [0.0]
        plot_height = max(1, self.height() - self._metrics.height() - 20)
        limit, expected = self.bars.limit, self.bars.expected
        heights = [max(sums), expected.high if expected else 0.0, limit.height if limit else 0.0]
        self._ticks = readable_ticks(max(heights), max(3, min(5, plot_height // 30)), self._least_step)
        texts = self._tick_texts(self._ticks)
        axis_width = max(self._metrics.horizontalAdvance(text) for text in texts) + 8
        label_width = max(self._metrics.horizontalAdvance(text) for text in self._labels)
        slot = max(0.1, (self.width() - axis_width) / slots)
        overhang = max(1, math.ceil((label_width - slot) / 2) + 1)
        slot = max(0.1, (self.width() - axis_width - overhang) / slots)
        stride = stride_that_fits(slot, label_width, self._strides)
        start = (slots - 1) % stride if self._from_newest else 0
        every_nth = [(n, self._labels[n]) for n in range(start, slots, stride)]
        room_left = axis_width + slot / 2 - label_width / 2  # a label may reach under the axis, not out of the card
        shown = tuple((n, text) for n, text in every_nth if room_left + n * slot >= 0)
        frame = (axis_width, texts, self._ticks, shown, overhang, slots)
        if frame != self._frame:
            self._frame = frame
            self._left.setWidth(axis_width)
            self._left.setTicks([list(zip(self._ticks, texts, strict=True))])
            self._bottom.setTicks([list(shown)])
            self._grid.setContentsMargins(0, self._metrics.height() // 2 + 1, overhang, 0)
            self._view.setRange(xRange=(-0.5, slots - 0.5), yRange=(0, self._ticks[-1]), padding=0)
        self.bars.set_heights(self._heights, slots, self._ticks)

    def _area(self) -> QRectF:
        """The rectangle of the bars, in this widget's pixels."""
        scene: QRectF = self._view.sceneBoundingRect()
        polygon: QPolygonF = self._plot.mapFromScene(scene)
        return QRectF(polygon.boundingRect())

    def _slot(self, bucket: int) -> QRect:
        area = self._area()
        width = area.width() / max(1, len(self._labels))
        return QRectF(area.left() + bucket * width, area.top(), width, area.height()).toAlignedRect()

    def _bucket_at(self, at: QPointF) -> int:
        area = self._area()
        if not self._labels or not area.left() <= at.x() < area.right() or not 0 <= at.y() < self.height():
            return -1
        return min(len(self._labels) - 1, int((at.x() - area.left()) / area.width() * len(self._labels)))

    def _part_at(self, bucket: int, at: QPointF) -> int:
        area = self._area()
        return self.bars.part_at(bucket, (area.bottom() - at.y()) / max(1.0, area.height()) * self._ticks[-1])

    def _highlight(self, bucket: int) -> None:
        if bucket == self.bars.highlighted:
            return
        self.bars.highlighted = bucket
        self.bars.update()
        if bucket < 0:
            self._tip.hide()
            self.setAccessibleDescription("")
        self.pointed.emit(bucket)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        bucket = self._bucket_at(event.position())
        is_answered = bucket >= 0 and self.is_pressable(bucket, self._part_at(bucket, event.position()))
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_answered else Qt.CursorShape.ArrowCursor)
        self._highlight(bucket)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._highlight(self._bucket_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._highlight(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        bucket = self._bucket_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and bucket >= 0:
            held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.pressed.emit(bucket, self._part_at(bucket, event.position()), held)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self.bars.highlighted >= 0
        ):
            event.accept()  # or Escape would take a filter away before it takes the tooltip away
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._labels) - 1
        now = self.bars.highlighted
        match event.key():
            case _ if last < 0:
                super().keyPressEvent(event)
            case Qt.Key.Key_Left:
                self._highlight(last if now < 0 else max(0, now - 1))
            case Qt.Key.Key_Right:
                self._highlight(last if now < 0 else min(last, now + 1))
            case Qt.Key.Key_Home:
                self._highlight(0)
            case Qt.Key.Key_End:
                self._highlight(last)
            case Qt.Key.Key_Escape if now >= 0:
                self._highlight(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if now >= 0:
                self.pressed.emit(now, -1, False)
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.bars.focused = by_key
        if by_key and self.bars.highlighted < 0:
            self._highlight(len(self._labels) - 1)
        self.bars.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.bars.focused = False
        self._highlight(-1)
        self.bars.update()
