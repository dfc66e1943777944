"""The line at the top: period, what the numbers are narrowed to, search, and how fresh they are.

A newcomer would get this wrong: the bar owns no filter. It shows the window's one `Filter` and says what the user
wants changed; the window answers with `show_filter`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

from PySide6.QtCore import QDate, QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QFontMetrics, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QDateEdit,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.usage.snapshot import Filter, Period, Snapshot
from tipmao_monitor.window.card import Segmented, SteadyLabel, plain_label
from tipmao_monitor.window.numbers import UNKNOWN, age, clock, day_span, dimension_name, moment, value_name
from tipmao_monitor.window.theme import Colours, Theme, icon, text_font

SEARCH_PAUSE_MS = 250
"""A search waits this long after the last key, so that a word is one question and not five."""

CHIP_TEXT_PX = 200

NARROW_BELOW_PX = 600
SEARCH_PX, NARROW_SEARCH_PX, SEARCH_ICON_PX = 168, 104, 30
LIVE_PX = 130
"""What the sign of freshness needs at most times: whether all fits one line must not change with the age of a call."""

LONGEST_SPAN = 13
"""Letters of a span of days; a longer one would break the bar at 420 px and is shown by its months."""


class WrappingRow(QLayout):
    """Items from left to right, on as many lines as they need; the last one stands at the right edge.

    It stands on the first line where it fits beside the first item, else on the last.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(12, 8, 12, 8)
        self.setSpacing(8)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def insert_before_last(self, widget: QWidget, back: int) -> None:
        """Put a widget `back` places before the end."""
        self.addWidget(widget)
        self._items.insert(len(self._items) - 1 - back, self._items.pop())
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        margins = self.contentsMargins()
        widest = max((item.minimumSize().width() for item in self._items), default=0)
        return QSize(widest + margins.left() + margins.right(), 0)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _place(self, rect: QRect, *, move: bool) -> int:
        area = rect.marginsRemoved(self.contentsMargins())
        shown = [item for item in self._items if not item.isEmpty()]
        if not shown:
            return rect.height()
        *leading, last = shown
        gap = self.spacing()
        reserved = last.sizeHint().width() + gap
        on_first = not leading or leading[0].sizeHint().width() + reserved <= area.width()
        lines: list[list[QLayoutItem]] = [[]]
        left = 0
        for item in leading:
            room = area.width() - (reserved if on_first and len(lines) == 1 else 0)
            if lines[-1] and left + item.sizeHint().width() > room:
                lines.append([])
                left = 0
            lines[-1].append(item)
            left += item.sizeHint().width() + gap
        if not on_first and left + last.sizeHint().width() > area.width():
            # Not alone on its line: the one before it comes along.
            lines.append([lines[-1].pop()] if len(lines[-1]) > 1 else [])
        top = area.top()
        for number, line in enumerate(lines):
            has_last = number == 0 if on_first else number == len(lines) - 1
            height = max(item.sizeHint().height() for item in ([*line, last] if has_last else line))
            if move:
                self._place_line(line, last if has_last else None, QRect(area.left(), top, area.width(), height))
            top += height + gap
        margins = self.contentsMargins()
        return top - gap + margins.bottom() - rect.top()

    def _place_line(self, line: list[QLayoutItem], last: QLayoutItem | None, box: QRect) -> None:
        left = box.left()
        for item in line:
            size = item.sizeHint().boundedTo(QSize(box.width(), box.height()))
            item.setGeometry(QRect(QPoint(left, box.top() + (box.height() - size.height()) // 2), size))
            left += size.width() + self.spacing()
        if last is not None:
            size = last.sizeHint().boundedTo(QSize(box.width(), box.height()))
            corner = QPoint(box.left() + box.width() - size.width(), box.top() + (box.height() - size.height()) // 2)
            last.setGeometry(QRect(corner, size))


class Chip(QPushButton):
    """One dimension that is narrowed; pressing it frees the dimension."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.dimension = ""
        self.setProperty("chip", True)
        self.setFont(text_font("small"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_chip(self, dimension: str, text: str, hint: str) -> None:
        self.dimension = dimension
        self.setObjectName(f"chip_{dimension}")
        shown = QFontMetrics(self.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, CHIP_TEXT_PX)
        # An ampersand in a recorded name would become a shortcut.
        label = f"{shown} ×".replace("&", "&&")
        if self.text() != label:
            self.setText(label)
        self.setToolTip(hint)
        self.setAccessibleName(hint)


class LiveSign(SteadyLabel):
    """How fresh the numbers are, behind a dot; behind a triangle where something is wrong."""

    MARK_PX = 18

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__("small", "good", theme, parent)
        self.setObjectName("live")

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(self.MARK_PX, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = QFontMetrics(self.font()).horizontalAdvance(self.text())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(self.theme, self.tone)))
        mark = QPoint(self.width() - width - 11, self.height() // 2)
        if self.tone == "warning":
            painter.drawPolygon([mark + QPoint(-5, 4), mark + QPoint(5, 4), mark + QPoint(0, -5)])
        else:
            painter.drawEllipse(mark, 4, 4)
        painter.setPen(QColor(self.theme.warning if self.tone == "warning" else self.theme.secondary))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.text())


class PeriodPopover(QFrame):
    """Two days, first and last, both counted."""

    period_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("period_popover")
        self.first = self._day_field()
        self.last = self._day_field()
        self.first_label = plain_label("small", "secondary")
        self.last_label = plain_label("small", "secondary")
        self.first_label.setBuddy(self.first)
        self.last_label.setBuddy(self.last)
        self.problem = plain_label("small", "warning")
        self.show_button = QPushButton()
        self.show_button.setProperty("primary", True)
        self.show_button.setObjectName("show_period")
        fields = QGridLayout()
        fields.setHorizontalSpacing(8)
        fields.addWidget(self.first_label, 0, 0)
        fields.addWidget(self.first, 0, 1)
        fields.addWidget(self.last_label, 1, 0)
        fields.addWidget(self.last, 1, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.setSpacing(8)
        rows.addLayout(fields)
        rows.addWidget(self.problem)
        rows.addWidget(self.show_button, 0, Qt.AlignmentFlag.AlignRight)
        self.first.dateChanged.connect(self._judge)
        self.last.dateChanged.connect(self._judge)
        self.show_button.clicked.connect(self._choose)
        self.retranslate()

    def _day_field(self) -> QDateEdit:
        field = QDateEdit(self)
        field.setCalendarPopup(True)
        field.setDisplayFormat("yyyy-MM-dd")
        field.setMinimumWidth(150)
        calendar = field.calendarWidget()
        if calendar is not None:
            calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
            for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
                # Qt writes weekends in red, which means something else here.
                calendar.setWeekdayTextFormat(day, calendar.weekdayTextFormat(Qt.DayOfWeek.Monday))
        return field

    def open_at(self, corner: QPoint, first: date, last: date) -> None:
        self.first.setDate(QDate(first.year, first.month, first.day))
        self.last.setDate(QDate(last.year, last.month, last.day))
        self._judge()
        self.move(corner)
        self.show()
        self.first.setFocus()

    def retranslate(self) -> None:
        self.first_label.setText(self.tr("First day"))
        self.last_label.setText(self.tr("Last day"))
        self.show_button.setText(self.tr("Show"))
        self._judge()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _judge(self) -> None:
        is_wrong = self.first.date() > self.last.date()
        self.problem.setText(self.tr("The first day is after the last.") if is_wrong else "")
        self.show_button.setEnabled(not is_wrong)

    def _choose(self) -> None:
        first, last = self.first.date(), self.last.date()
        self.hide()
        self.period_chosen.emit(
            Period(
                "custom",
                date(first.year(), first.month(), first.day()),
                date(last.year(), last.month(), last.day()),
            )
        )


class FilterBar(QFrame):
    """Shows the filter and the freshness; says what the user wants changed."""

    filter_wanted = Signal(object)
    """The `Filter` that the user asks for."""
    import_cancelled = Signal()
    look_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter_bar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._filter = Filter()
        self._snapshot: Snapshot | None = None
        self._shown_at = 0.0
        self.period = Segmented([(kind, kind) for kind in ("today", "7d", "30d", "month", "custom")], self)
        self.period.setObjectName("period")
        self.search = QLineEdit(self)
        self.search.setObjectName("search")
        self.search.setFont(text_font("small"))
        self.search.installEventFilter(self)
        self._search_icon = QAction(self.search)
        self._clear = QAction(self.search)
        self._clear.setVisible(False)
        self.search.addAction(self._search_icon, QLineEdit.ActionPosition.LeadingPosition)
        self.search.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self.live = LiveSign(colours.theme, self)
        self.cancel = QPushButton(self)
        self.cancel.setObjectName("cancel_import")
        self.cancel.setProperty("link", True)
        self.cancel.setFont(text_font("small"))
        freshness = QWidget(self)
        freshness.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        ends = QHBoxLayout(freshness)
        ends.setContentsMargins(0, 0, 0, 0)
        ends.setSpacing(8)
        ends.addWidget(self.live)
        ends.addWidget(self.cancel)
        self._row = WrappingRow(self)
        for part in (self.period, self.search, freshness):
            self._row.addWidget(part)
        self._chips: list[Chip] = []
        self._popover = PeriodPopover(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SEARCH_PAUSE_MS)
        self._ageing = QTimer(self)
        self._ageing.setInterval(1000)
        self._ageing.setTimerType(Qt.TimerType.CoarseTimer)

        self.period.chosen.connect(self._choose_period)
        self._popover.period_chosen.connect(self._ask_period)
        self.search.textChanged.connect(self._wait_for_word)
        self.search.returnPressed.connect(self._ask_search)
        self._search_icon.triggered.connect(self.search.setFocus)
        self._clear.triggered.connect(self.search.clear)
        self._pause.timeout.connect(self._ask_search)
        self._ageing.timeout.connect(self._show_freshness)
        self.cancel.clicked.connect(self._cancel_or_continue)
        self.set_theme(colours.theme)
        self.retranslate()

    # Filter

    def show_filter(self, filter: Filter) -> None:
        if filter == self._filter and self._chips_say(filter):
            return
        self._filter = filter
        self.period.set_current(filter.period.kind)
        self._name_periods()
        if self.search.text().strip() != filter.search:
            self.search.setText(filter.search)
            self._pause.stop()
        self._show_chips()

    def remove_last_chip(self) -> bool:
        """Free what stands in the last chip; False where there is none."""
        shown = [chip for chip in self._chips if not chip.isHidden()]
        if shown:
            shown[-1].click()
        return bool(shown)

    def chips(self) -> tuple[str, ...]:
        """The texts of the chips in sight."""
        return tuple(chip.text() for chip in self._chips if not chip.isHidden())

    def _wanted_chips(self) -> list[tuple[str, str]]:
        chips: list[tuple[str, str]] = [
            (d, f"{dimension_name(d)} {value_name(d, value)}") for d, value in self._filter.chips
        ]
        if self._filter.failed:
            chips.append(("failed", self.tr("Failed only")))
        if self._filter.money == "book":
            chips.append(("money", self.tr("By the price book")))
        return chips

    def _chips_say(self, filter: Filter) -> bool:
        shown = sum(not chip.isHidden() for chip in self._chips)
        return shown == len(filter.chips) + filter.failed + (filter.money == "book")

    def _show_chips(self) -> None:
        wanted = self._wanted_chips()
        while len(self._chips) < len(wanted):
            chip = Chip(self)
            chip.clicked.connect(self._remove_chip)
            self._row.insert_before_last(chip, 2)
            QWidget.setTabOrder(self._chips[-1] if self._chips else self.period.option("custom"), chip)
            self._chips.append(chip)
        for chip, (dimension, text) in zip(self._chips, wanted, strict=False):
            hint = self.tr("{text}: remove this filter").format(text=text)
            if dimension == "money":
                hint = self.tr("All money is computed from the price book: show it as recorded")
            chip.show_chip(dimension, text, hint)
            chip.show()
        for chip in self._chips[len(wanted) :]:
            chip.hide()
        self._fit_search()
        self._row.invalidate()
        self.updateGeometry()

    def _remove_chip(self) -> None:
        chip = self.sender()
        assert isinstance(chip, Chip)
        if chip.dimension == "failed":
            self.filter_wanted.emit(replace(self._filter, failed=False))
        elif chip.dimension == "money":
            self.filter_wanted.emit(replace(self._filter, money="recorded"))
        else:
            freed = {chip.dimension: None}
            self.filter_wanted.emit(replace(self._filter, **freed))  # type: ignore[arg-type]  # model, user and so on

    # Period and search

    def _choose_period(self, kind: str) -> None:
        if kind != "custom":
            self._ask_period(Period(kind))  # type: ignore[arg-type]  # the keys of the control
            return
        self.period.set_current(self._filter.period.kind)
        if self._snapshot is None:
            return
        below = self.period.option("custom")
        corner = below.mapToGlobal(QPoint(0, below.height() + 4))
        self._popover.adjustSize()
        screen = self.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self._popover.width())))
        self._popover.open_at(corner, *self._filter.period.days(self._snapshot.now.date()))

    def _ask_period(self, period: Period) -> None:
        self.filter_wanted.emit(replace(self._filter, period=period))

    def _wait_for_word(self) -> None:
        self._clear.setVisible(bool(self.search.text()))
        self._fit_search()
        self._pause.start()

    def _ask_search(self) -> None:
        self._pause.stop()
        text = self.search.text().strip()
        if text != self._filter.search:
            self.filter_wanted.emit(replace(self._filter, search=text))

    # Freshness

    def show_snapshot(self, snapshot: Snapshot) -> None:
        is_other_year = self._snapshot is None or self._snapshot.now.year != snapshot.now.year
        self._snapshot = snapshot
        if is_other_year:
            self._name_periods()
        self._shown_at = time.monotonic()
        self._show_freshness()

    def _show_freshness(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            self.live.set_text(self.tr("starting"), "secondary")
            self.cancel.hide()
            return
        progress = snapshot.progress
        is_reading = progress.is_under_way
        since_s = time.monotonic() - self._shown_at
        if snapshot.stale_since is not None:
            old_s = (snapshot.now - snapshot.stale_since).total_seconds() + since_s
            self.live.set_text(self.tr("last known · {age}").format(age=age(old_s)), "warning")
        elif is_reading:
            share = int(100 * progress.done / progress.total)
            self.live.set_text(self.tr("reading, {n} %").format(n=share), "accent")
        elif progress.cancelled:
            self.live.set_text(self.tr("reading stopped"), "warning")
        elif any(trouble.kind in ("missing", "not_a_folder", "unreadable") for trouble in snapshot.troubles):
            self.live.set_text(self.tr("not reading"), "warning")
        elif snapshot.newest_at is None:
            self.live.set_text(self.tr("live · no calls yet"), "good")
        else:
            old_s = (snapshot.now - snapshot.newest_at).total_seconds() + since_s
            self.live.set_text(self.tr("live · {age}").format(age=age(old_s)), "good")
        wanted = self.tr("Cancel") if is_reading else self.tr("Continue")
        if self.cancel.text() != wanted:
            self.cancel.setText(wanted)
        self.cancel.setVisible(is_reading or progress.cancelled)
        newest = moment(snapshot.newest_at, snapshot.now.date()) if snapshot.newest_at else UNKNOWN
        hint = self.tr("Newest call {newest}, looked at {looked}").format(newest=newest, looked=clock(snapshot.now))
        if self.live.toolTip() != hint:
            self.live.setToolTip(hint)

    def _cancel_or_continue(self) -> None:
        if self._snapshot is not None and self._snapshot.progress.cancelled:
            self.look_wanted.emit()
        else:
            self.import_cancelled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_search()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._fit_search()
        return super().eventFilter(watched, event)

    def _fit_search(self) -> None:
        """In a narrow window it is its icon, until it is used, where that saves a line."""
        gap, margins = self._row.spacing(), self._row.contentsMargins()
        around = margins.left() + margins.right() + 2 * gap
        line = around + self.period.sizeHint().width() + SEARCH_ICON_PX + LIVE_PX
        is_idle = not self.search.hasFocus() and not self.search.text() and not self.chips()
        width = SEARCH_PX if self.width() >= NARROW_BELOW_PX else NARROW_SEARCH_PX
        if self.width() < NARROW_BELOW_PX and is_idle and line <= self.width():
            width = SEARCH_ICON_PX
        if self.search.width() != width:
            self.search.setFixedWidth(width)
            self.search.setPlaceholderText(self.tr("Search") if width > SEARCH_ICON_PX else "")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ageing.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._ageing.stop()

    # Words and colours

    def set_theme(self, theme: Theme) -> None:
        self.live.set_theme(theme)
        self._search_icon.setIcon(icon("search", theme.secondary))
        self._clear.setIcon(icon("clear", theme.secondary))

    def retranslate(self) -> None:
        self._name_periods()
        self.period.setAccessibleName(self.tr("Period"))
        self.search.setPlaceholderText(self.tr("Search") if self.search.width() > SEARCH_ICON_PX else "")
        self.search.setAccessibleName(self.tr("Search models, functions, users and error texts"))
        self.search.setToolTip(self.search.accessibleName())
        self._clear.setText(self.tr("Clear search"))
        self._show_chips()
        self._show_freshness()

    def _name_periods(self) -> None:
        period = self._filter.period
        custom, whole = self.tr("Custom"), ""
        if period.first is not None and period.last is not None:
            today = self._snapshot.now.date() if self._snapshot else period.last
            custom = whole = day_span(period.first, period.last, today)
            if len(custom) > LONGEST_SPAN:
                begin, end = period.first.isoformat(), period.last.isoformat()
                custom = f"{begin} – {end[8:]}" if begin[:7] == end[:7] else f"{begin[:7]} – {end[:7]}"
        self.period.option("custom").setToolTip(whole)
        self.period.set_labels(
            [self.tr("Today"), self.tr("7 days"), self.tr("30 days"), self.tr("Month"), custom],
        )
        self._fit_search()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
