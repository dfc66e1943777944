"""The row of key figures: cost, calls, tokens, success, p95 latency, this month.

The facts of a `Snapshot` become `Words` first, then a card shows them. A newcomer would get this wrong: the lines of
a card are painted, not labels. A label that changes its text lays the whole page out again; a painted line only
paints, so digits may change many times a second and nothing moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.snapshot import Bucket, Period, Snapshot, Totals
from tipmao_monitor.window.budget_words import TONES, budget_name, budget_of, leading, pace_words, status_tip
from tipmao_monitor.window.card import Card
from tipmao_monitor.window.numbers import (
    DOWN,
    UP,
    Parts,
    by_money,
    call_money,
    calls,
    change,
    change_words,
    compact,
    compact_parts,
    count,
    count_parts,
    day_span,
    error_family_name,
    milliseconds,
    milliseconds_parts,
    money,
    money_parts,
    percent_parts,
    rough_money,
)
from tipmao_monitor.window.tables import plain_tip
from tipmao_monitor.window.theme import SMALLEST_PX, SPACING, Colours, TextRole, Theme, text_font

Run = tuple[str, str]
"""A piece of a line: text and the name of its colour in the theme."""

Variant = tuple[Run, ...]

TICKED_UP_TO = 1.25
"""Of the amount: a forecast above it is no longer beside the bar's end but far from it, and the foot says it."""

SPARK_POINTS = 36
"""More points than this in 64 px are noise: they are averaged."""

CARD_MIN_PX = 160
"""Below this width a card's number and foot would have to be cut, so the row takes fewer columns."""


@dataclass(frozen=True, slots=True)
class Level:
    """How far a budget is used: 0 to 1, the colour of its state, and where it is expected to end (None = unsaid)."""

    share: float
    tone: str
    expected: float | None = None


@dataclass(frozen=True)
class Words:
    """What one card says. `beside` is a change behind the number. It, `second` and `foot` go from the longest form to
    the shortest; the first that fits is shown, and `short_title` where the title does not fit. `level` is a bar between
    the two, and `tip` what is said of the foot to those who point at it.

    `sentence` is all of it for those who listen.
    """

    title: str
    number: Parts
    short_title: str = ""
    beside: tuple[str, ...] = ()
    second: tuple[Variant, ...] = ()
    foot: tuple[Variant, ...] = ()
    spark: tuple[float | None, ...] = ()
    sentence: str = ""
    is_old: bool = False
    level: Level | None = None
    tip: str = ""


class Line(QWidget):
    """One line of text in its longest form that fits, in a fixed height."""

    def __init__(self, role: TextRole, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(text_font(role))
        self._theme = theme
        self._variants: tuple[Variant, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.font().pixelSize() + 7)

    def text(self) -> str:
        """The longest form."""
        return "".join(text for text, _ in self._variants[0]) if self._variants else ""

    def shown_text(self) -> str:
        """The form that fits now."""
        return "".join(text for text, _ in self._fitting())

    def set_variants(self, variants: tuple[Variant, ...]) -> None:
        if variants != self._variants:
            self._variants = variants
            self.setToolTip(self.text())
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def _fitting(self) -> Variant:
        metrics = QFontMetricsF(self.font())
        for variant in self._variants:
            if metrics.horizontalAdvance("".join(text for text, _ in variant)) <= self.width():
                return variant
        return self._variants[-1] if self._variants else ()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        left, width = 0.0, float(self.width())
        for text, tone in self._fitting():
            painter.setPen(QColor(getattr(self._theme, tone)))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - left + 0.5)
            painter.drawText(
                QRectF(left, 0, width - left, self.height()),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip,
                shown,
            )
            left += metrics.horizontalAdvance(text)


class BigNumber(QWidget):
    """A figure between a smaller sign and a smaller unit, on one base line; smaller rather than clipped."""

    GAP = 10

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._number = Parts("", "", "")
        self.setFont(text_font("small"))
        self._tone = "text"
        self._beside: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round(text_font("figure").pixelSize() * 1.3))

    def text(self) -> str:
        return self._number.text

    def set_number(self, number: Parts, beside: tuple[str, ...] = (), tone: str = "text") -> None:
        """Of `beside`, the first form for which there is room stands small behind the unit."""
        if (number, beside, tone) != (self._number, self._beside, self._tone):
            self._number, self._beside, self._tone = number, beside, tone
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(getattr(self._theme, self._tone)))
        prefix, figure, suffix = self._number
        small, big = text_font("unit"), text_font("figure")
        unit = suffix.strip()
        gap = 3.0 if unit else 0.0
        around = 1 + gap + QFontMetricsF(small).horizontalAdvance(prefix) + QFontMetricsF(small).horizontalAdvance(unit)
        base_line = (self.height() + QFontMetricsF(big).capHeight()) / 2
        while around + QFontMetricsF(big).horizontalAdvance(figure) > self.width() and big.pixelSize() > SMALLEST_PX:
            big.setPixelSize(big.pixelSize() - 1)
        left = 0.0
        for text, font, space in ((prefix, small, 1.0 if prefix else 0.0), (figure, big, gap), (unit, small, 0.0)):
            painter.setFont(font)
            painter.drawText(QPointF(left, base_line), text)
            left += QFontMetricsF(font).horizontalAdvance(text) + space
        left += self.GAP
        metrics = QFontMetricsF(self.font())
        fitting = (text for text in self._beside if left + metrics.horizontalAdvance(text) <= self.width())
        painter.setFont(self.font())
        painter.setPen(QColor(self._theme.secondary))
        painter.drawText(QPointF(left, base_line), next(fitting, ""))


class Sparkline(QWidget):
    """The course of the number as a hair-thin line with a dot at its end. Unknown points are left out."""

    def __init__(self, colour: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._colour = colour
        self._values: tuple[float | None, ...] = ()
        self.setFixedSize(64, 20)

    def sizeHint(self) -> QSize:
        return QSize(64, 20)

    def values(self) -> tuple[float | None, ...]:
        return self._values

    def set_values(self, values: tuple[float | None, ...]) -> None:
        if values != self._values:
            self._values = values
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        known = [(place, value) for place, value in enumerate(self._values) if value is not None]
        if len(known) < 2 or not any(value for _, value in known):
            return
        low, high = min(v for _, v in known), max(v for _, v in known)
        left, top, width, height = 1.5, 3.0, self.width() - 5.0, self.height() - 6.0
        step = width / (len(self._values) - 1)
        span = high - low

        def point(place: int, value: float) -> QPointF:
            share = (value - low) / span if span else 0.5
            return QPointF(left + place * step, top + (1 - share) * height)

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(getattr(self._theme, self._colour))
        painter.setPen(QPen(colour, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        points = [point(place, value) for place, value in known]
        painter.drawPolyline(points)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(points[-1], 2.0, 2.0)


class Gauge(QWidget):
    """How far a budget is used up, with a tick where it is expected to end."""

    BAR_PX = 5

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._level = Level(0.0, "accent")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.BAR_PX + 8)

    def level(self) -> Level:
        return self._level

    def set_level(self, level: Level) -> None:
        if level != self._level:
            self._level = level
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_level(painter, QRectF(0, 4, self.width(), self.BAR_PX), self._level, self._theme)


def paint_level(painter: QPainter, bar: QRectF, level: Level, theme: Theme) -> None:
    """A budget's bar; over its end where more than all is used or expected."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    radius = bar.height() / 2
    painter.setBrush(QColor(theme.line))
    painter.drawRoundedRect(bar, radius, radius)
    if level.share > 0:
        used = QRectF(bar)
        used.setWidth(max(bar.height(), bar.width() * min(1.0, level.share)))
        painter.setBrush(QColor(getattr(theme, level.tone)))
        painter.drawRoundedRect(used, radius, radius)
    if level.expected is not None and level.share < level.expected <= TICKED_UP_TO:
        left = round(min(bar.right() - 2, bar.left() + bar.width() * level.expected))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(QRectF(left, bar.top() - 2, 2, bar.height() + 4), QColor(theme.text))
    painter.restore()


class KpiCard(Card):
    """One key figure. With an action it can be clicked, and reached and pressed by keyboard."""

    pressed = Signal()

    def __init__(self, key: str, theme: Theme, spark_colour: str = "accent", parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName(f"kpi_{key}")
        self.title_label.hide()
        while self.header.takeAt(0):
            pass
        self.title = Line("small", theme, self)
        self.spark = Sparkline(spark_colour, theme, self)
        self.header.addWidget(self.title, 1)
        self.header.addWidget(self.spark)
        self.number = BigNumber(theme, self)
        self.second = Line("small", theme, self)
        self.gauge = Gauge(theme, self)
        self.gauge.hide()
        self.foot = Line("small", theme, self)
        self.body.setSpacing(0)
        self.body.addWidget(self.number)
        self.body.addWidget(self.second)
        self.body.addWidget(self.gauge)
        self.body.addSpacing(3)
        self.body.addWidget(self.foot)
        self.body.addStretch(1)
        rows = self.layout()
        assert rows is not None
        rows.setSpacing(2)
        self._words = Words("", Parts("", "", ""))
        self._is_button = False

    def make_pressable(self) -> None:
        self._is_button = True
        self.setProperty("pressable", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_words(self, words: Words) -> None:
        if words == self._words:
            return
        self._words = words
        self.title.set_variants(_variants((words.title, "secondary"), (words.short_title or words.title, "secondary")))
        self.number.set_number(words.number, words.beside, "secondary" if words.is_old else "text")
        # Without a second line the foot moves up: a hole between two lines looks like something that failed to load.
        self.second.set_variants(words.second if words.second or words.level else words.foot)
        self.foot.set_variants(words.foot if words.second or words.level else ())
        if words.tip:
            self.foot.setToolTip(plain_tip(words.tip))
        if words.level is not None:
            self.gauge.set_level(words.level)
        self.second.setHidden(words.level is not None and not words.second)
        self.gauge.setHidden(words.level is None)
        self.spark.set_values(words.spark)
        if self.accessibleName() != words.sentence:
            self.setAccessibleName(words.sentence)

    def set_theme(self, theme: Theme) -> None:
        for part in (self.title, self.spark, self.number, self.second, self.gauge, self.foot):
            part.set_theme(theme)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        is_inside = self.rect().contains(event.position().toPoint())
        if self._is_button and event.button() == Qt.MouseButton.LeftButton and is_inside:
            self.pressed.emit()
            return
        super().mouseReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._is_button or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._is_button and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
            return
        super().keyPressEvent(event)


class KpiRow(QWidget):
    """The six cards: one row where there is room, three or two a row where there is not."""

    pressed = Signal(str)
    """A card with an action was pressed: "cost" (the audit), "success" (failed calls) or "latency" (slow calls)."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = colours.theme
        self.cost = KpiCard("cost", theme, parent=self)
        self.calls = KpiCard("calls", theme, parent=self)
        self.tokens = KpiCard("tokens", theme, parent=self)
        self.success = KpiCard("success", theme, "good", parent=self)
        self.latency = KpiCard("latency", theme, parent=self)
        self.month = KpiCard("month", theme, parent=self)
        self.cards = (self.cost, self.calls, self.tokens, self.success, self.latency, self.month)
        for card in (self.cost, self.success, self.latency):
            card.make_pressable()
        self.cost.pressed.connect(self._press_cost)
        self.success.pressed.connect(self._press_success)
        self.latency.pressed.connect(self._press_latency)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACING)
        self._columns = 0
        self._arrange(6)
        self._snapshot: Snapshot | None = None
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        for card, words in (
            (self.cost, self._cost_words),
            (self.calls, self._calls_words),
            (self.tokens, self._tokens_words),
            (self.success, self._success_words),
            (self.latency, self._latency_words),
            (self.month, self._month_words),
        ):
            card.show_words(_finished(words(snapshot), snapshot))

    def set_theme(self, theme: Theme) -> None:
        for card in self.cards:
            card.set_theme(theme)

    def retranslate(self) -> None:
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot)
            return
        titles = (
            self.tr("Cost"),
            self.tr("Calls"),
            self.tr("Tokens"),
            self.tr("Success"),
            self.tr("p95 latency"),
            self.tr("This month"),
        )
        for card, title in zip(self.cards, titles, strict=True):
            card.show_words(Words(title, Parts("", "", ""), sentence=title))

    def columns(self) -> int:
        return self._columns

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = event.size().width() + SPACING
        self._arrange(next((n for n in (6, 3) if n * (CARD_MIN_PX + SPACING) <= room), 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * 100 + SPACING, self._grid.minimumSize().height())

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for card in self.cards:
            self._grid.removeWidget(card)
        for column in range(6):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for place, card in enumerate(self.cards):
            self._grid.addWidget(card, place // columns, place % columns)
        self._columns = columns

    def _press_cost(self) -> None:
        self.pressed.emit("cost")

    def _press_success(self) -> None:
        self.pressed.emit("success")

    def _press_latency(self) -> None:
        self.pressed.emit("latency")

    def _cost_words(self, snapshot: Snapshot) -> Words:
        total = snapshot.total
        cost = total.cost if total.calls > total.unknown_cost_calls or not total.calls else None
        zeros = sum(group.recorded_as_zero for group in snapshot.by_model)
        second, heard = self._change(total.cost, snapshot, lambda before: before.cost, rising="bad", falling="good")
        foot: tuple[Variant, ...]
        if total.unknown_cost_calls:
            n = total.unknown_cost_calls
            foot = _variants(
                (self.tr("! {calls} without a price, not in the sum").format(calls=calls(n)), "warning"),
                (self.tr("! {calls} without a price").format(calls=calls(n)), "warning"),
                (self.tr("! {n} unpriced").format(n=count(n)), "warning"),
            )
        elif zeros:
            foot = _variants(
                (self.tr("! {calls} recorded as ¥0.00").format(calls=calls(zeros)), "warning"),
                (self.tr("! {n} recorded as 0").format(n=count(zeros)), "warning"),
            )
        elif total.calls and not total.cost:
            foot = _variants((self.tr("free models only"), "secondary"))
        elif total.calls:
            foot = _variants((self.tr("{cost} a call").format(cost=call_money(total.cost / total.calls)), "secondary"))
        else:
            foot = ()
        words = Words(
            title=by_money(self._cost_title(snapshot.filter.period, snapshot.now.date()), snapshot.filter.money),
            short_title=by_money(self.tr("Cost"), snapshot.filter.money, is_short=True),
            number=money_parts(cost) if total.calls else Parts("¥", "0", ""),
            second=second,
            foot=foot,
            spark=_course(snapshot, lambda bucket: float(bucket.cost), is_sum=True),
            sentence=heard,
        )
        if snapshot.filter.period.kind != "today":
            return words
        own = budget_of(snapshot, snapshot.filter, "day")
        status = leading(snapshot.budgets, own)
        if status is None or (own is None and not is_urgent(status)):
            return words
        if total.unknown_cost_calls or zeros:
            # What is wrong with the sum is worth more than how it changed, which is still said beside the number.
            words = replace(words, beside=tuple(text for [(text, _)] in second[-1:]), sentence="")
            second = foot
        return self._with_budget(words, status, snapshot, second, is_own=status is own)

    def _with_budget(
        self, words: Words, status: BudgetStatus, snapshot: Snapshot, second: tuple[Variant, ...], *, is_own: bool
    ) -> Words:
        """With the bar and the sentence of a budget; of one that is not of these calls, also its name."""
        tone = TONES[status.state] if is_urgent(status) else "secondary"
        name = "" if is_own else f"{budget_name(status.budget)}: "
        foot = _variants(*((f"{name}{text}", tone) for text in pace_words(status, snapshot.now)))
        return replace(words, second=second, foot=foot, level=level_of(status), tip=status_tip(status, snapshot.now))

    def _cost_title(self, period: Period, today: date) -> str:
        match period.kind:
            case "today":
                return self.tr("Today's cost")
            case "7d":
                return self.tr("Cost, 7 days")
            case "30d":
                return self.tr("Cost, 30 days")
            case "month":
                return self.tr("Cost this month")
        return self.tr("Cost, {days}").format(days=day_span(*period.days(today), today))

    def _calls_words(self, snapshot: Snapshot) -> Words:
        total, peak = snapshot.total, snapshot.peak_hour
        second, heard = self._change(total.calls, snapshot, lambda before: before.calls)
        foot: tuple[Variant, ...] = ()
        if peak is not None:
            hour, n = f"{peak:02}:00", snapshot.by_hour[peak].calls
            foot = _variants(
                (self.tr("peak {hour} · {n}").format(hour=hour, n=calls(n)), "secondary"),
                (self.tr("peak {hour} · {n}").format(hour=hour, n=count(n)), "secondary"),
            )
        return Words(
            self.tr("Calls"),
            count_parts(total.calls),
            second=second,
            foot=foot,
            spark=_course(snapshot, lambda bucket: float(bucket.calls), is_sum=True),
            sentence=heard,
        )

    def _tokens_words(self, snapshot: Snapshot) -> Words:
        total = snapshot.total
        second, heard = self._change(total.total_tokens, snapshot, lambda before: before.total_tokens)
        number = compact_parts(total.total_tokens)
        parts = {"input": compact(total.input_tokens), "output": compact(total.output_tokens)}
        foot = _variants(
            (self.tr("input {input} · output {output}").format(**parts), "secondary"),
            (self.tr("in {input} · out {output}").format(**parts), "secondary"),
        )
        if not total.calls:
            foot = ()
        elif total.unknown_token_calls:
            number = number._replace(prefix="≥ ")
            missing = self.tr("{calls} without a token count").format(calls=calls(total.unknown_token_calls))
            foot = (*_variants((f"{foot[0][0][0]} · {missing}", "secondary")), *foot)
        return Words(
            self.tr("Tokens"),
            number,
            second=second,
            foot=foot,
            spark=_course(snapshot, lambda bucket: float(bucket.total_tokens), is_sum=True),
            sentence=heard,
        )

    def _success_words(self, snapshot: Snapshot) -> Words:
        total, before = snapshot.total, snapshot.before
        second: tuple[Variant, ...] = ()
        if total.failed_calls:
            failed = self.tr("{n} failed").format(n=count(total.failed_calls))
            second = _variants((failed, "warning"))
        elif total.calls:
            second = _variants((self.tr("none failed"), "secondary"))
        rate, old_rate = total.success_rate, before.success_rate if before else None
        beside: tuple[str, ...] = ()
        if rate is not None and old_rate is not None and abs(rate - old_rate) >= 0.05:
            sign, points = UP if rate > old_rate else DOWN, f"{abs(rate - old_rate):.1f}"
            beside = self.tr("{sign} {n} points").format(sign=sign, n=points), f"{sign} {points}"
        families: Counter[str] = Counter()
        for family, n in snapshot.error_families if total.failed_calls else ():
            families[error_family_name(family)] += n
        named = [f"{name} ×{count(n)}" for name, n in families.most_common(2)]
        foot = _variants(*((" · ".join(named[:most]), "secondary") for most in range(len(named), 0, -1)))
        return Words(
            self.tr("Success"),
            percent_parts(rate),
            beside=beside,
            second=second,
            foot=foot,
            spark=_course(snapshot, lambda bucket: bucket.success_rate),
        )

    def _latency_words(self, snapshot: Snapshot) -> Words:
        total = snapshot.total
        second: tuple[Variant, ...] = ()
        if snapshot.slow:
            slow = {"n": count(snapshot.slow), "limit": milliseconds(snapshot.slow_ms)}
            second = _variants(
                (self.tr("{n} slow, over {limit}").format(**slow), "warning"),
                (self.tr("{n} slow").format(**slow), "warning"),
            )
        elif total.calls:
            second = _variants((self.tr("none slow"), "secondary"))
        before = snapshot.before.p95_ms if snapshot.before else None
        beside = (change(total.p95_ms, before),) if before and total.p95_ms is not None else ()
        foot = _variants((self.tr("median {time}").format(time=milliseconds(total.p50_ms)), "secondary"))
        return Words(
            self.tr("p95 latency"),
            milliseconds_parts(total.p95_ms),
            beside=beside,
            second=second,
            foot=foot if total.p50_ms is not None else (),
            spark=_course(snapshot, lambda bucket: bucket.p95_ms),
        )

    def _month_words(self, snapshot: Snapshot) -> Words:
        month, totals = snapshot.month, snapshot.month.totals
        cost = totals.cost if totals.calls > totals.unknown_cost_calls or not totals.calls else None
        second = _variants(
            (self.tr("{cost} a day on average").format(cost=money(month.daily_average)), "secondary"),
            (self.tr("{cost} a day").format(cost=money(month.daily_average)), "secondary"),
        )
        foot: tuple[Variant, ...]
        if cost is None:
            second, foot = _variants((self.tr("no price is known"), "warning")), ()
        elif month.forecast is None and snapshot.progress.is_under_way:
            foot = ()
        elif month.forecast is None:
            foot = _variants(
                (self.tr("no forecast before 3 whole days"), "secondary"), (self.tr("no forecast yet"), "secondary")
            )
        else:
            end = rough_money(month.forecast)
            foot = _variants((self.tr("about {end} at its end").format(end=end), "secondary"))
            if month.forecast_low is not None and month.forecast_high is not None:
                low, high = rough_money(month.forecast_low), rough_money(month.forecast_high)
                span = _variants(
                    (self.tr("about {end} at its end ({low}–{high})").format(end=end, low=low, high=high), "secondary"),
                    (self.tr("~{end} at end ({low}–{high})").format(end=end, low=low, high=high), "secondary"),
                )
                foot = (*span, *foot) if low != high else foot  # on its last day a month has no range left
        days = tuple(
            bucket
            for bucket in snapshot.trend.buckets
            if (bucket.start.year, bucket.start.month) == (snapshot.now.year, snapshot.now.month)
        )
        words = Words(
            by_money(self.tr("This month"), snapshot.filter.money),
            money_parts(cost) if totals.calls else Parts("¥", "0", ""),
            by_money(self.tr("Month"), snapshot.filter.money, is_short=True),
            second=second if totals.calls else (),
            foot=foot if totals.calls else (),
            spark=_points(days, lambda bucket: float(bucket.cost), is_sum=True),
        )
        status = budget_of(snapshot, snapshot.filter, "month")
        if status is None or not totals.calls:
            return words
        return self._with_budget(words, status, snapshot, words.second, is_own=True)

    def _change(
        self,
        now: Decimal | int,
        snapshot: Snapshot,
        figure: Callable[[Totals], Decimal | int],
        rising: str = "secondary",
        falling: str = "secondary",
    ) -> tuple[tuple[Variant, ...], str]:
        """The change against the same elapsed time before, to be read and to be heard; nothing where that was 0."""
        then = figure(snapshot.before) if snapshot.before else 0
        if not then or not snapshot.total.calls:
            return (), ""
        moved, long, short = change(now, then), *self._compared_with(snapshot.filter.period)
        tone = {UP: rising, DOWN: falling}.get(moved[0], "secondary")
        variants = _variants((f"{moved} {long}", tone), (f"{moved} {short}", tone), (moved, tone))
        return variants, f"{change_words(now, then)} {long}"

    def _compared_with(self, period: Period) -> tuple[str, str]:
        match period.kind:
            case "today":
                return self.tr("vs yesterday at this time"), self.tr("vs yesterday")
            case "7d":
                return self.tr("vs the 7 days before"), self.tr("vs 7 days before")
            case "30d":
                return self.tr("vs the 30 days before"), self.tr("vs 30 days before")
            case "month":
                return self.tr("vs last month up to this day"), self.tr("vs last month")
        if period.first == period.last:
            return self.tr("vs the day before"), self.tr("vs day before")
        return self.tr("vs as many days before"), self.tr("vs before")


def is_urgent(status: BudgetStatus) -> bool:
    return status.state in ("warning", "over")


def level_of(status: BudgetStatus) -> Level:
    """A budget as a bar."""
    expected = None
    if status.forecast is not None and status.state != "paused":
        expected = float(status.forecast / status.budget.amount)
    return Level(min(1.0, float(status.percent) / 100), TONES[status.state], expected)


def _variants(*texts: Run) -> tuple[Variant, ...]:
    return tuple((run,) for run in texts)


def _course(
    snapshot: Snapshot, figure: Callable[[Bucket], float | None], is_sum: bool = False
) -> tuple[float | None, ...]:
    """One point a bucket: the hours up to now of a period of one day, else the days of the trend."""
    if not snapshot.hours.buckets:
        return _points(snapshot.trend.buckets, figure, is_sum)
    past = tuple(bucket for bucket in snapshot.hours.buckets if bucket.start <= snapshot.now)
    return _points(past, figure, is_sum)


def _points(
    buckets: tuple[Bucket, ...], figure: Callable[[Bucket], float | None], is_sum: bool
) -> tuple[float | None, ...]:
    """A sum of an hour that is not over would look like a fall, so it waits until the hour is over."""
    if is_sum and len(buckets) > 2 and not buckets[-1].whole:
        buckets = buckets[:-1]
    points = tuple(figure(bucket) for bucket in buckets)
    if len(points) <= SPARK_POINTS:
        return points
    size = -(-len(points) // SPARK_POINTS)
    return tuple(_mean(points[start : start + size]) for start in range(0, len(points), size))


def _mean(points: tuple[float | None, ...]) -> float | None:
    known = [point for point in points if point is not None]
    return sum(known) / len(known) if known else None


def _finished(words: Words, snapshot: Snapshot) -> Words:
    """With the sentence, and marked where these are the last known numbers or those of a part, not the true ones."""
    is_partial = snapshot.progress.done < snapshot.progress.total
    if is_partial and not snapshot.total.calls:
        words = replace(words, number=Parts("", "…", ""), beside=(), second=(), foot=())
    second = words.sentence or _longest(words.second)
    number = f"{words.title}: {words.number.text}"
    heard = [", ".join((number, *words.beside[:1])), second, _longest(words.foot)]
    return replace(
        words, sentence=". ".join(filter(None, heard)), is_old=is_partial or snapshot.stale_since is not None
    )


def _longest(variants: tuple[Variant, ...]) -> str:
    return "".join(text for text, _ in variants[0]) if variants else ""
