"""The charts: cost over time in stacked bars, and calls by hour of day.

A newcomer would get this wrong: pyqtgraph lays out and maps (view, axes, scene), but no mouse and no key reaches it.
`BarPlot` takes them itself, so there is no zoom, drag or menu of pyqtgraph's that had to be switched off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
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
    QGraphicsItem,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QStyleOptionGraphicsItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.snapshot import Bucket, Series, Snapshot, Totals, Trend
from tipmao_monitor.window.budget_words import TONES, budget_of, limit_words, pace_words
from tipmao_monitor.window.card import Card, Segmented, plain_label
from tipmao_monitor.window.numbers import (
    HIDDEN,
    by_money,
    calls,
    compact,
    count,
    day_of_month,
    is_hiding,
    milliseconds,
    money,
    money_beside,
    reading,
    rough_money,
    tokens,
    value_name,
)
from tipmao_monitor.window.tables import plain_tip
from tipmao_monitor.window.theme import PADDING, Colours, Theme, text_font


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


FAR_LIMIT = 4.0
"""Times the highest bar: a limit above would press all bars flat, so it is only named."""


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


def merged(trend: Trend, days: int) -> Trend:
    """The same trend with bars of so many days, counted back from the newest; the oldest may be shorter."""
    if days == 1:
        return trend
    size = len(trend.buckets)
    cuts = [(max(0, end - days), end) for end in range(size, 0, -days)][::-1]

    def split(series: tuple[Series, ...]) -> tuple[Series, ...]:
        return tuple(Series(s.key, tuple(sum(s.costs[a:b], Decimal(0)) for a, b in cuts)) for s in series)

    return Trend(
        trend.unit,
        tuple(
            Bucket(
                start=trend.buckets[a].start,
                calls=sum(bucket.calls for bucket in trend.buckets[a:b]),
                failed_calls=sum(bucket.failed_calls for bucket in trend.buckets[a:b]),
                total_tokens=sum(bucket.total_tokens for bucket in trend.buckets[a:b]),
                cost=sum((bucket.cost for bucket in trend.buckets[a:b]), Decimal(0)),
                whole=trend.buckets[b - 1].whole,
            )
            for a, b in cuts
        ),
        split(trend.by_model),
        split(trend.by_function),
    )


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
            behind = QColor(self.theme.card)
            behind.setAlphaF(0.85)
            painter.fillRect(name, behind)
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
        self._plot: Any = pg.PlotWidget(self, background=None)
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setStyleSheet("background: transparent")
        self._plot.hideButtons()
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._view: Any = self._plot.getViewBox()
        self._view.setDefaultPadding(0)
        self._view.disableAutoRange()
        self._left: Any = self._plot.getAxis("left")
        self._bottom: Any = self._plot.getAxis("bottom")
        for axis in (self._left, self._bottom):
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
            self._plot.getPlotItem().layout.setContentsMargins(0, self._metrics.height() // 2 + 1, overhang, 0)
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


DAY_STRIDES = (1, 2, 3, 5, 7, 10, 14, 21, 30, 61, 91, 122, 182, 365)
HOUR_STRIDES = (1, 2, 3, 4, 6, 12)


class TrendCard(Card):
    """Cost by day, or by hour of one day, stacked by model or by function."""

    day_chosen = Signal(object)
    """`date` of a bar that was clicked."""
    days_chosen = Signal(object, object)
    """First and last `date` of a clicked bar that stands for several days."""

    LEAST_LEGEND = 240
    LEAST_SLOT = 6.0
    """px: where a day would get less, a bar is a week or more. Hundreds of hairlines are read by nobody."""
    MERGED = (1, 7, 28, 91, 364)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("trend")
        self._colours = colours
        self._snapshot: Snapshot | None = None
        self._trend = Trend()
        self._days = 1
        self._parts: tuple[Part, ...] = ()
        self._shown: object = None
        self.split = Segmented((("model", ""), ("function", "")), self)
        self.split.setObjectName("trend_split")
        self.span = Segmented((("day", ""), ("hour", "")), self)
        self.span.setObjectName("trend_span")
        self.span.hide()
        self.legend = Legend(colours.theme, self)
        self.plot = BarPlot(colours.theme, 170, self)
        self.plot.setObjectName("trend_plot")
        self.quiet = _quiet_label(self)
        self.header.insertWidget(1, self.split)
        self._second_row = QHBoxLayout()
        self._second_row.setSpacing(8)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.quiet)
        self._pages.addWidget(self.plot)
        self.body.addLayout(self._second_row)
        self.body.addLayout(self._pages, 1)
        self._wide: bool | None = None
        self.split.chosen.connect(self._show_trend)
        self.span.chosen.connect(self._show_trend)
        self.plot.pointed.connect(self._tell_bucket)
        self.plot.pressed.connect(self._press)
        self.plot.is_pressable = self._is_pressable
        self.legend.chosen.connect(self._narrow)
        self.retranslate()

    def set_least_height(self, px: int) -> None:
        """How low the plot may become where a page wants to show more."""
        self.plot.setMinimumHeight(px)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if self.span.isHidden() != (not snapshot.hours.buckets):
            self.span.setVisible(bool(snapshot.hours.buckets))
            self._arrange()
        self._show_trend()

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
        self.legend.theme = theme
        self._colour()

    def retranslate(self) -> None:
        self.set_title(self._title())
        self.split.set_labels((self.tr("By model"), self.tr("By function")))
        self.span.set_labels((self.tr("7 days"), self.tr("Hours")))
        self.split.setAccessibleName(self.tr("Stacked by"))
        self.span.setAccessibleName(self.tr("Bars by"))
        self.legend.setAccessibleName(self.tr("Legend"))
        self.plot.setAccessibleName(self.tr("Cost trend"))
        self._shown = None
        self._arrange()
        self._show_trend()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._show_trend()

    def _arrange(self) -> None:
        """Legend and second switch stand in the header where it is wide enough, else in a row below it."""
        switches = [self.split] if self.span.isHidden() else [self.split, self.span]
        used = self.title_label.sizeHint().width() + sum(s.sizeHint().width() for s in switches) + 40
        wide = self.width() - 2 * PADDING - used >= self.LEAST_LEGEND
        if wide == self._wide:
            return
        self._wide = wide
        for widget in (self.legend, self.span):
            self.header.removeWidget(widget)
            self._second_row.removeWidget(widget)
        if wide:
            self.header.insertWidget(2, self.span)
            self.header.addWidget(self.legend, 1000)
        else:
            self._second_row.addWidget(self.legend, 1)
            self._second_row.addWidget(self.span)
        self.legend.at_right = wide

    def _show_trend(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        by_hour = not self.span.isHidden() and self.span.current() == "hour"
        trend = snapshot.hours if by_hour else snapshot.trend
        dimension = self.split.current()
        days = 1 if by_hour else self._days_a_bar(len(trend.buckets))
        quiet = (snapshot.filter.is_narrow, snapshot.progress.is_under_way, snapshot.total.unknown_cost_calls > 0)
        status = self._budget_of_bars(snapshot, trend, days)
        shown = (trend, days, dimension, snapshot.now.date(), quiet, snapshot.filter.money, status)
        if shown == self._shown:
            return
        self._shown, self._days = shown, days
        self._trend = trend = merged(trend, days)
        self.set_title(self._title())
        series = trend.by_model if dimension == "model" else trend.by_function
        self._parts = tuple(
            Part(s.key, self._name_of(s.key, dimension), tuple(float(cost) for cost in s.costs))
            for s in series
            if s.key is not None or any(s.costs)
        )
        self._colour()
        today = snapshot.now.date()
        labels = tuple(self._label_of(bucket, today) for bucket in trend.buckets)
        heights = [part.heights for part in self._parts]
        strides = HOUR_STRIDES if by_hour else DAY_STRIDES
        limit, expected = self._outlook(status)
        self.plot.show_bars(
            heights, labels, strides, money_ticks, from_newest=not by_hour, limit=limit, expected=expected
        )
        self._say(snapshot, status)
        if self.plot.highlighted >= 0:
            self._tell_bucket(self.plot.highlighted)

    def _budget_of_bars(self, snapshot: Snapshot, trend: Trend, days: int) -> BudgetStatus | None:
        """The budget that a bar can be held against: where a bar is a day, that of a day, of just these calls."""
        if trend.unit != "day" or days != 1 or not trend.buckets or snapshot.stale_since is not None:
            return None
        return budget_of(snapshot, snapshot.filter, "day")

    def _outlook(self, status: BudgetStatus | None) -> tuple[Limit | None, Expected | None]:
        """The budget's line, and where today's bar is expected to end."""
        if status is None or status.state == "paused":
            return None, None
        expected = None
        is_to_date = self._snapshot is not None and self._trend.buckets[-1].start.date() == self._snapshot.now.date()
        if is_to_date and status.forecast is not None and status.forecast > self._trend.buckets[-1].cost:
            low, high = status.forecast_low or status.forecast, status.forecast_high or status.forecast
            name = self.tr("about {cost}").format(cost=rough_money(status.forecast))
            expected = Expected(float(status.forecast), float(low), float(high), name)
        highest = max([float(bucket.cost) for bucket in self._trend.buckets] + [expected.high if expected else 0.0])
        height = float(status.budget.amount)
        if height > FAR_LIMIT * highest:
            return None, expected
        tone = TONES[status.state] if status.state in ("warning", "over") else "secondary"
        return Limit(height, self.tr("budget {limit}").format(limit=limit_words(status.budget)), tone), expected

    def _days_a_bar(self, buckets: int) -> int:
        room = max(1, self.width() - 2 * PADDING - 40)
        fits = (days for days in self.MERGED if buckets <= days or room / math.ceil(buckets / days) >= self.LEAST_SLOT)
        return next(fits, self.MERGED[-1])

    def _title(self) -> str:
        match self._days:
            case 1:
                title = self.tr("Cost trend")
            case 7:
                title = self.tr("Cost by week")
            case _:
                title = self.tr("Cost by {n} weeks").format(n=self._days // 7)
        return by_money(title, self._snapshot.filter.money) if self._snapshot else title

    def _say(self, snapshot: Snapshot, status: BudgetStatus | None) -> None:
        """The sentence of the card, or the quiet one in its middle."""
        buckets = self._trend.buckets
        any_calls = any(bucket.calls for bucket in buckets)
        narrow = snapshot.filter.is_narrow
        if any_calls:
            is_unpriced = snapshot.total.unknown_cost_calls > 0
            unpriced, free = self.tr("No price is known for these models"), self.tr("Nothing was charged")
            self.quiet.setText(unpriced if is_unpriced else free)
        else:
            nothing = self.tr("No call matches the filter") if narrow else self.tr("No calls in these days")
            self.quiet.setText(reading() if snapshot.progress.is_under_way else nothing)
        any_cost = any(bucket.cost for bucket in buckets)
        self._pages.setCurrentWidget(self.plot if any_cost else self.quiet)
        self.legend.setVisible(any_cost)
        if not any_cost:
            self.setAccessibleName(f"{self.title_label.text()}: {self.quiet.text()}")
            return
        highest = max(buckets, key=lambda bucket: bucket.cost)
        text = self.tr("Cost trend: {total} in all, most {when} with {cost}")
        total = sum((bucket.cost for bucket in buckets), Decimal(0))
        when = self._label_of(highest, snapshot.now.date())
        name = text.format(total=money(total), when=when, cost=money(highest.cost))
        self.setAccessibleName(f"{name}. {pace_words(status, snapshot.now)[0]}" if status else name)

    def _colour(self) -> None:
        dimension = self.split.current()
        colours = [self._colours.of(part.key, dimension) for part in self._parts]
        self.plot.set_colours(colours)
        self.legend.show_parts(self._parts, colours)
        self.legend.update()

    def _name_of(self, key: str | None, dimension: str) -> str:
        return self.tr("Other") if key is None else value_name(dimension, key)

    def _label_of(self, bucket: Bucket, today: date) -> str:
        if self._trend.unit == "hour":
            return f"{bucket.start:%H:%M}"
        day = bucket.start.date()
        return self.tr("Today") if day == today and self._days == 1 else day_of_month(day)

    def _last_day(self, number: int) -> date:
        """The last day that a bar stands for."""
        after = self._trend.buckets[number + 1 :][:1]
        if after:
            return after[0].start.date() - timedelta(days=1)
        assert self._snapshot is not None
        return self._snapshot.trend.buckets[-1].start.date()

    def _tell_bucket(self, number: int) -> None:
        if 0 <= number < len(self._trend.buckets):
            self.plot.show_tip(self._tip_of(number, self._trend.buckets[number]))

    def _tip_of(self, number: int, bucket: Bucket) -> TipText:
        series = self._trend.by_model if self.split.current() == "model" else self._trend.by_function
        costs = {s.key: s.costs[number] for s in series}
        rows = [
            TipRow(part.name, money_beside(costs[part.key], bucket.cost), n)
            for n, part in enumerate(self._parts)
            if costs[part.key]
        ]
        total = TipRow(self.tr("Total"), money(bucket.cost))
        return TipText(self._heading_of(number, bucket), tuple(rows), total, self._foot_of(bucket))

    def _heading_of(self, number: int, bucket: Bucket) -> str:
        if self._trend.unit == "hour":
            return f"{bucket.start:%H}:00 – {bucket.start:%H}:59"
        first, last = bucket.start.date(), self._last_day(number)
        days = f"{first}" if first == last else f"{first} – {last}"
        return days if bucket.whole else self.tr("{days}, so far").format(days=days)

    def _foot_of(self, bucket: Bucket) -> str:
        words = [calls(bucket.calls)]
        if bucket.failed_calls:
            words.append(self.tr("{n} failed").format(n=count(bucket.failed_calls)))
        if bucket.p95_ms is not None:
            words.append(self.tr("p95 {time}").format(time=milliseconds(bucket.p95_ms)))
        return " · ".join(words)

    def _press(self, bucket: int, part: int, held: bool) -> None:
        """A bar is a day; where bars are hours, or with Ctrl, its part is a model or function."""
        by_hour = self._trend.unit == "hour"
        if part >= 0 and (by_hour or held):
            self._narrow(part)
        elif not by_hour and not held:
            first, last = self._trend.buckets[bucket].start.date(), self._last_day(bucket)
            if first == last:
                self.day_chosen.emit(first)
            else:
                self.days_chosen.emit(first, last)

    def _is_pressable(self, bucket: int, part: int) -> bool:
        return self._trend.unit == "day" or (part >= 0 and self._parts[part].key is not None)

    def _narrow(self, part: int) -> None:
        key = self._parts[part].key
        if key is not None:
            self.narrowed.emit(self.split.current(), key)


class HoursCard(Card):
    """Calls by hour of day: when the stream asks most."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("hours")
        self._snapshot: Snapshot | None = None
        self._shown: tuple[tuple[Totals, ...], int, bool] | None = None
        self._theme = colours.theme
        self.peak = plain_label("small", "secondary", self)
        self.peak.hide()
        self.header.addWidget(self.peak)
        self.plot = BarPlot(colours.theme, 120, self)
        self.plot.setObjectName("hours_plot")
        self.quiet = _quiet_label(self)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.quiet)
        self._pages.addWidget(self.plot)
        self.body.addLayout(self._pages, 1)
        self.plot.pointed.connect(self._tell_hour)
        self.set_theme(colours.theme)
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._show_hours()

    def set_theme(self, theme: Theme) -> None:
        """Others in a tint, the peak in the accent: it is also named in words."""
        self.plot.set_theme(theme)
        self.plot.set_colours([QColor(theme.mixed(theme.accent, theme.card, 0.45)), QColor(theme.accent)])

    def retranslate(self) -> None:
        self.set_title(self.tr("Hours of the day"))
        self.plot.setAccessibleName(self.tr("Calls by hour of day"))
        self._shown = None
        self._show_hours()

    def _show_hours(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        shown = (snapshot.by_hour, snapshot.total.calls, snapshot.progress.is_under_way)
        if shown == self._shown:
            return
        self._shown = shown
        peak = snapshot.peak_hour
        self._pages.setCurrentWidget(self.quiet if peak is None else self.plot)
        self.peak.setVisible(peak is not None)
        if peak is None:
            timeless = snapshot.total.calls > 0
            nothing = self.tr("No call has a readable time") if timeless else self.tr("No calls yet")
            self.quiet.setText(reading() if snapshot.progress.is_under_way else nothing)
            self.setAccessibleName(f"{self.title_label.text()}: {self.quiet.text()}")
            return
        text = self.tr("Peak {hour} · {calls}")
        self.peak.setText(text.format(hour=f"{peak:02}:00", calls=calls(snapshot.by_hour[peak].calls)))
        self.setAccessibleName(f"{self.title_label.text()}: {self.peak.text()}")
        heights = [float(totals.calls) for totals in snapshot.by_hour]
        others = tuple(0.0 if hour == peak else height for hour, height in enumerate(heights))
        most = tuple(height if hour == peak else 0.0 for hour, height in enumerate(heights))
        labels = tuple(f"{hour:02}:00" for hour in range(len(heights)))
        self.plot.show_bars([others, most], labels, HOUR_STRIDES, count_ticks, least_step=1.0, from_newest=False)
        if self.plot.highlighted >= 0:
            self._tell_hour(self.plot.highlighted)

    def _tell_hour(self, hour: int) -> None:
        if self._snapshot is None or not 0 <= hour < len(self._snapshot.by_hour):
            return
        totals = self._snapshot.by_hour[hour]
        foot = tokens(totals.total_tokens)
        if totals.failed_calls:
            foot += " · " + self.tr("{n} failed").format(n=count(totals.failed_calls))
        rows = (TipRow(by_money(self.tr("Cost"), self._snapshot.filter.money), money(totals.cost)),)
        total = TipRow(self.tr("Calls"), count(totals.calls))
        self.plot.show_tip(TipText(f"{hour:02}:00 – {hour:02}:59", rows, total, foot))


def count_ticks(values: Sequence[float]) -> tuple[str, ...]:
    """ "20K" rather than "20.0K" where all are that round."""
    texts = tuple(compact(round(value)) for value in values)
    is_round = all(text[-3:-1] == ".0" for text in texts if "." in text)
    return tuple(text.replace(".0", "") for text in texts) if is_round else texts


def _quiet_label(parent: QWidget) -> QLabel:
    label = plain_label("small", "secondary", parent)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
