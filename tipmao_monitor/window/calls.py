"""The calls one by one: the latest, the slow, the odd and the failed.

A newcomer would get this wrong: the model holds almost none of its rows. It knows how many there are, has the newest
thousand from the snapshot, and asks for a window of others when they come into sight. Where the newest call stands
first, rows are counted from the oldest: an answer that was made one call later still lands on the right rows.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, cast

from PySide6.QtCore import QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFontMetrics, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QStackedLayout, QWidget

from tipmao_monitor.usage.snapshot import CALL_LISTS, CallList, CallRow, Filter, Page, PageRequest, Snapshot, Totals
from tipmao_monitor.window.card import Card, Segmented, plain_label
from tipmao_monitor.window.numbers import (
    call_money,
    clock,
    compact,
    count,
    dimension_name,
    error_family_name,
    free,
    function_name,
    milliseconds,
    moment,
    reading,
    unless_hidden,
    value_name,
    visible,
)
from tipmao_monitor.window.tables import MARK, PLACEHOLDER, Cell, Index, RowDelegate, RowModel, RowTable, Tone
from tipmao_monitor.window.theme import Colours, Theme, text_font

Order = Literal["time", "cost", "duration", "tokens"]
ORDERS: tuple[Order, ...] = ("time", "cost", "duration", "tokens")

PAGE = 200
BEFORE = 50
"""Rows of a page that lie before the first missing one, for the next turn of the wheel."""
KEPT = 4000
"""Rows in memory beside the newest thousand; past it, only those around the last page stay."""


def error_word(row: CallRow) -> str:
    """Why a call failed, in a word or two."""
    if row.error_family not in ("", "other") or not row.error_msg:
        return error_family_name(row.error_family)
    return visible(row.error_msg.partition(":")[0].strip()[:40])


class CallModel(RowModel):
    """One list of calls, of any length."""

    page_wanted = Signal(object)
    """`PageRequest`; at most one is under way."""

    columns = ("time", "function", "model", "tokens", "cost", "duration")
    left = frozenset({"time", "function", "model"})

    def __init__(self, kind: CallList, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind: CallList = kind
        self.order: Order = "time"
        self.descending = True
        self.has_days = False
        """Whether the period has several days, so that a time needs its date."""
        self.filter = Filter()
        self._total = 0
        self._totals = Totals()
        self._newest: tuple[CallRow, ...] = ()
        self._rows: dict[int, CallRow] = {}
        self._stale: dict[int, CallRow] = {}
        self._under_way: PageRequest | None = None
        self._answered: set[int] = set()
        self._is_known = False
        self._today = date.min
        self._slow_ms = 0.0
        self._free: frozenset[str] = frozenset()
        self._zero: frozenset[str] = frozenset()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else self._total

    def title(self, column: int) -> str:
        match self.columns[column]:
            case "time":
                return self.tr("Time")
            case "function" | "model" as dimension:
                return dimension_name(dimension)
            case "tokens":
                return self.tr("Tokens")
            case "cost":
                return self.tr("Cost") if self.filter.money == "recorded" else self.tr("Book")
        return self.tr("Took")

    def call(self, row: int) -> CallRow | None:
        """The call in a row, None while it is not here."""
        if self._is_newest(row):
            return self._newest[row]
        place = self._place(row)
        return self._rows.get(place) or self._stale.get(place)

    def row_of(self, call: CallRow) -> int:
        """Where a call that is here stands now; -1 where it is not."""
        if self._counts_from_oldest:
            for row, other in enumerate(self._newest):
                if is_same(call, other):
                    return row
        place = next((place for place, other in self._rows.items() if is_same(call, other)), -1)
        row = self._place(place)  # counting from the other end is its own inverse
        return row if place >= 0 and 0 <= row < self._total else -1

    @property
    def _counts_from_oldest(self) -> bool:
        return self.order == "time" and self.descending

    def _place(self, row: int) -> int:
        return self._total - 1 - row if self._counts_from_oldest else row

    def _is_newest(self, row: int) -> bool:
        return row < len(self._newest) and self._counts_from_oldest

    def show(self, snapshot: Snapshot) -> int:
        """Become the list of this snapshot. Returns how many rows were put above those that were there."""
        total = {
            "latest": snapshot.total.calls,
            "slow": snapshot.slow,
            "odd": snapshot.odd,
            "failed": snapshot.failed,
        }[self.kind]
        newest = snapshot.newest if self.kind == "latest" else ()
        self._is_known = snapshot.stale_since is None
        self._name_facts(snapshot)
        if snapshot.filter != self.filter:
            self._forget()
            self._set_total(0, ())
            self.filter = snapshot.filter
        elif (total, newest, snapshot.total) == (self._total, self._newest, self._totals):
            return 0
        elif total < self._total:
            self._forget()
        self._totals = snapshot.total
        self._stale |= self._rows
        self._rows = {}
        self._answered.clear()
        above = self._set_total(total, newest)
        self._tell_changed(0, self._total - 1)
        return above

    def _name_facts(self, snapshot: Snapshot) -> None:
        self._today = snapshot.now.date()
        first, last = snapshot.filter.period.days(self._today)
        self.has_days = first != last
        self._slow_ms = snapshot.slow_ms
        self._free = frozenset(group.key for group in snapshot.by_model if group.free)
        self._zero = frozenset(group.key for group in snapshot.by_model if group.recorded_as_zero)

    def _forget(self) -> None:
        self._rows, self._stale, self._under_way = {}, {}, None
        self._answered.clear()

    def _set_total(self, total: int, newest: tuple[CallRow, ...]) -> int:
        """New calls come on top where the newest stands first; in any other order nobody knows where."""
        more = total - self._total
        first = 0 if self._counts_from_oldest else self._total
        if more < 0:
            self.beginRemoveRows(QModelIndex(), total, self._total - 1)
            self._total = total
            self.endRemoveRows()
        elif more > 0:
            self.beginInsertRows(QModelIndex(), first, first + more - 1)
            self._total = total
            # What was there has moved but not changed yet; the caller tells of changes afterwards.
            self._newest = newest[:more] + self._newest
            self.endInsertRows()
        self._newest = newest
        return more if first == 0 and 0 < more < total else 0

    def sort_by(self, order: Order) -> None:
        """The other direction where it is this order already; largest or newest first where it is not."""
        self.descending = not self.descending if order == self.order else True
        self.order = order
        self._forget()
        self._tell_changed(0, self._total - 1)

    def ask_for(self, first: int, last: int) -> None:
        """Ask for what is missing of these rows, unless an answer is still to come."""
        if self._under_way or not self._is_known:
            return
        rows = range(max(0, first), min(last, self._total - 1) + 1)
        missing = next((row for row in rows if not self._is_newest(row) and self._place(row) not in self._rows), None)
        if missing is None:
            return
        offset = max(0, missing - BEFORE)
        if offset in self._answered:  # the folder has fewer rows than the snapshot said: the next one will tell
            return
        self._under_way = PageRequest(self.filter, self.kind, self.order, self.descending, offset, PAGE)
        self.page_wanted.emit(self._under_way)

    def show_page(self, page: Page) -> bool:
        """Take the answer to what was asked; False where nobody waits for it any more."""
        if page.request != self._under_way:
            return False
        self._under_way = None
        first = page.request.offset
        for row, call in enumerate(page.rows, first):
            self._rows[page.total - 1 - row if self._counts_from_oldest else row] = call
        self._answered.add(first)
        self._let_go(self._place(first))
        self._tell_changed(first, first + len(page.rows) - 1)
        return True

    def _let_go(self, near: int) -> None:
        for rows in (self._rows, self._stale):
            if len(rows) > KEPT:
                far = [place for place in rows if abs(place - near) > KEPT // 4]
                for place in far:
                    del rows[place]
                self._answered.clear()

    def _tell_changed(self, first: int, last: int) -> None:
        last = min(last, self._total - 1)
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        self._tell_changed(0, self._total - 1)

    def cell(self, row: int, column: int) -> Cell:
        call = self.call(row)
        if call is None:
            return PLACEHOLDER
        match self.columns[column]:
            case "time":
                if call.at is None:
                    return Cell(f"{call.day:%m-%d}", "secondary", marked=True)
                return Cell(moment(call.at, self._today) if self.has_days else clock(call.at))
            case "function":
                return Cell(function_name(call.function))
            case "model":
                return Cell(value_name("model", call.model), "text" if call.model else "secondary")
            case "tokens":
                return Cell(compact(call.total_tokens))
            case "cost":
                return self._cost_cell(call)
        if not call.success:
            return Cell(error_word(call), "bad")
        slow = call.duration_ms is not None and call.duration_ms > self._slow_ms
        tone: Tone = "warning" if slow else "text"
        return Cell(milliseconds(call.duration_ms), tone, marked=slow)

    def _cost_cell(self, call: CallRow) -> Cell:
        if not call.success:
            return Cell(self.tr("failed"), "bad")
        if call.cost == 0 and call.model in self._free:
            return Cell(free(), "secondary")
        return Cell(call_money(call.cost), "text", marked=call.cost == 0 and call.model in self._zero)

    def tip(self, row: int) -> str:
        call = self.call(row)
        if call is None:
            return self.tr("Not here yet")
        lines = [
            f"{function_name(call.function)} · {value_name('model', call.model)}",
            self.tr("{tokens} tokens · {cost} · {time}").format(
                tokens=count(call.total_tokens), cost=call_money(call.cost), time=milliseconds(call.duration_ms)
            ),
        ]
        if not call.success:
            lines.append(
                self.tr("failed: {reason}").format(
                    reason=unless_hidden(visible(call.error_msg)) if call.error_msg else error_word(call)
                )
            )
        if call.at is None:
            lines.append(self.tr("its time is not readable: counted under the day of its file"))
        if call.duration_ms is not None and call.duration_ms > self._slow_ms:
            lines.append(self.tr("slow: over {time}").format(time=milliseconds(self._slow_ms)))
        if call.cost == 0 and call.model in self._zero:
            lines.append(self.tr("recorded as 0"))
        return "\n".join(lines)


def is_same(a: CallRow, b: CallRow) -> bool:
    """Whether two rows are the same call: the same bytes of the same file."""
    return (a.offset, a.path, a.length) == (b.offset, b.path, b.length)


class CallDelegate(RowDelegate):
    """A failed call says so across its cost and duration: the reason is often longer than a number."""

    def paint_cell(self, painter: QPainter, room: QRect, index: Index) -> None:
        model = cast(CallModel, index.model())
        name = model.columns[index.column()]
        call = model.call(index.row()) if name in ("cost", "duration") else None
        if call is None or call.success:
            super().paint_cell(painter, room, index)
            return
        cost, duration = model.columns.index("cost"), model.columns.index("duration")
        both = QRect(room)
        if name == "cost":
            both.setRight(both.right() + self._table.columnWidth(duration))
        else:
            both.setLeft(both.left() - self._table.columnWidth(cost))
        text = self.failure(model.cell(index.row(), cost).text, model.cell(index.row(), duration).text, both.width())
        painter.save()
        painter.setClipRect(room.adjusted(-RowTable.GAP, 0, RowTable.GAP, 0))
        painter.setFont(self.font)
        painter.setPen(QColor(self._table.theme.bad))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(both, flags, self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, both.width()))
        painter.restore()

    def failure(self, failed: str, reason: str, width: int) -> str:
        """Where there is no room for both, the reason: it says by itself that the call failed."""
        both = f"{failed} · {reason}"
        return both if self.metrics.horizontalAdvance(both) <= width else reason


class CallTable(RowTable):
    """One list in sight. A call that was picked stays picked wherever it moves to."""

    opened = Signal(object)
    """`CallRow` that was double-clicked, or on which Enter was pressed."""

    LEAST_NAME = 60
    TOKENS_FROM = 560

    def __init__(self, model: CallModel, theme: Theme, parent: QWidget) -> None:
        super().__init__(model, theme, parent)
        self.calls = model
        self._picked: CallRow | None = None
        self._names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        """Of the functions and models that may come into sight; the widest decides about the columns."""
        self.clicks_choose = False
        self.setItemDelegate(CallDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.header.setSectionsClickable(True)
        self.header.sortable = frozenset(model.columns.index(order) for order in ORDERS)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for order in ORDERS:
            action = QAction(self)
            action.setData(order)
            action.triggered.connect(self._sort_by_action)
            self.addAction(action)
        self._show_order()
        self.header.sectionClicked.connect(self._sort_by_column)
        self.verticalScrollBar().valueChanged.connect(self.ask)
        self.selectionModel().currentRowChanged.connect(self._pick)
        self.doubleClicked.connect(self._open)
        self.chosen.connect(self._open_row)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        bar = self.verticalScrollBar()
        scrolled = bar.value()
        looks = (self.calls.has_days, self.calls.filter.money, self._names)
        is_other = snapshot.filter != self.calls.filter
        rows = self.calls.rowCount()
        above = self.calls.show(snapshot)
        if rows != self.calls.rowCount():
            self.updateGeometries()  # or the range of the scroll bar would follow only with the next paint
        if is_other:
            self._picked = None
            self.scrollToTop()
        elif above and scrolled:
            bar.setValue(scrolled + above * self.row_height)
        self._names = (
            tuple(function_name(group.key) for group in snapshot.by_function),
            tuple(group.key for group in snapshot.by_model),
        )
        if looks != (self.calls.has_days, self.calls.filter.money, self._names):
            self.fit_columns(self.room())
            self.header.viewport().update()
        self._keep_picked()
        self.ask()

    def show_page(self, page: Page) -> None:
        if self.calls.show_page(page):
            self._keep_picked()
            self.ask()

    def ask(self) -> None:
        """Have the rows in sight, if the table is."""
        if not self.isVisible() or not self.calls.rowCount():
            return
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        self.calls.ask_for(first, last if last >= 0 else self.calls.rowCount() - 1)

    def retranslate(self) -> None:
        self.calls.retranslate()
        for action in self.actions():
            column = self.calls.columns.index(action.data())
            action.setText(self.tr("Sort by {column}").format(column=self.calls.title(column)))
        self.fit_columns(self.room())

    def elide_of(self, column: int) -> Qt.TextElideMode:
        """Two models may differ at their end only; what a function is stands at its beginning."""
        is_function = self.calls.columns[column] == "function"
        return Qt.TextElideMode.ElideRight if is_function else Qt.TextElideMode.ElideMiddle

    def fit_columns(self, width: int) -> None:
        body, small = QFontMetrics(text_font("body")), QFontMetrics(text_font("small"))
        samples = {
            "time": ("00-00 00:00" if self.calls.has_days else "00:00:00",),
            "tokens": ("99.9M",),
            "cost": ("¥0.0000", "¥99,999"),
            "duration": ("999 ms", "99 min"),
        }
        sizes = {}
        for name, texts in samples.items():
            title = self.calls.title(self.calls.columns.index(name)) + " ↓"
            longest = max(small.horizontalAdvance(title), *(body.horizontalAdvance(text) for text in texts))
            sizes[name] = longest + 2 * self.GAP + (0 if width < self.TOKENS_FROM else 12)
        sizes["time"] += 8  # it is words to Qt, and those are cut where they only just fit
        sizes["duration"] = max(sizes["duration"], body.horizontalAdvance("99.9 s") + MARK + self.GAP)
        if width < self.TOKENS_FROM:
            sizes["tokens"] = 0
        rest = max(0, width - sum(sizes.values()))
        around = 2 * self.GAP + 4
        names = [sorted(map(body.horizontalAdvance, known)) or [0] for known in self._names]
        function, model = (lengths[-1] + around for lengths in names)
        if function + model <= rest:
            sizes["model"] = max(rest // 2, model) if function <= rest // 2 else rest - function
        else:
            usual_function, usual_model = (lengths[len(lengths) // 2] + around for lengths in names)
            sizes["model"] = min(model, rest * usual_model // (usual_function + usual_model))
        if sizes["model"] < self.LEAST_NAME:
            sizes["model"] = 0
        sizes["function"] = rest - sizes["model"]
        for column, name in enumerate(self.calls.columns):
            self.setColumnHidden(column, sizes[name] == 0)
            self.setColumnWidth(column, max(1, sizes[name]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.ask()

    def _sort_by_column(self, column: int) -> None:
        if column in self.header.sortable:
            self._sort(cast(Order, self.calls.columns[column]))

    def _sort_by_action(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._sort(action.data())

    def _sort(self, order: Order) -> None:
        self._picked = None
        self.selectionModel().clear()
        self.calls.sort_by(order)
        self._show_order()
        self.scrollToTop()
        self.ask()

    def _show_order(self) -> None:
        direction = Qt.SortOrder.DescendingOrder if self.calls.descending else Qt.SortOrder.AscendingOrder
        self.header.setSortIndicator(self.calls.columns.index(self.calls.order), direction)

    def _pick(self, current: QModelIndex) -> None:
        self._picked = self.calls.call(current.row()) if current.isValid() else None

    def _keep_picked(self) -> None:
        """Rows above or between may have come while only their number was known."""
        picked, row = self._picked, self.currentIndex().row()
        here = self.calls.call(row) if 0 <= row < self.calls.rowCount() else None
        if picked is None or (here is not None and is_same(here, picked)):
            return
        found = self.calls.row_of(picked)
        if found >= 0:
            self.setAutoScroll(False)
            self.selectRow(found)
            self.setAutoScroll(True)
        elif here is not None:
            self.selectionModel().clear()
            self._picked = None

    def _open(self, index: QModelIndex) -> None:
        self._open_row(index.row())

    def _open_row(self, row: int) -> None:
        call = self.calls.call(row)
        if call is not None:
            self.opened.emit(call)


class CallsCard(Card):
    """The four lists of calls behind one switch."""

    page_requested = Signal(object)
    """`PageRequest` for rows that came into sight; the answer goes to `show_page`."""
    call_opened = Signal(object)
    """`CallRow` whose details the user wants to see."""

    LEAST, MOST = 5, 8

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("calls")
        self.give_gutter(RowTable.GUTTER)
        self._snapshot: Snapshot | None = None
        self.which = Segmented([(kind, "") for kind in CALL_LISTS], self)
        self.which.setObjectName("calls_which")
        self.header.insertWidget(1, self.which)
        self.quiet = plain_label("small", "secondary", self)
        self.quiet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.quiet.setWordWrap(True)
        self._pages = QStackedLayout()
        self.tables: dict[CallList, CallTable] = {}
        for kind in CALL_LISTS:
            table = CallTable(CallModel(kind, self), colours.theme, self)
            table.setObjectName(f"calls_{kind}")
            table.calls.page_wanted.connect(self.page_requested)
            table.opened.connect(self.call_opened)
            self.tables[kind] = table
            self._pages.addWidget(table)
        self._pages.addWidget(self.quiet)
        self.body.addLayout(self._pages, 1)
        self.which.chosen.connect(self._show_list)
        self.retranslate()

    @property
    def table(self) -> CallTable:
        """The list that is chosen."""
        return self.tables[cast(CallList, self.which.current())]

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        for table in self.tables.values():
            table.show_snapshot(snapshot)
        self._say_counts()
        self._show_list()

    def show_page(self, page: Page) -> None:
        self.tables[page.request.list].show_page(page)

    def set_theme(self, theme: Theme) -> None:
        for table in self.tables.values():
            table.set_theme(theme)

    def retranslate(self) -> None:
        self.set_title(self.tr("Calls"))
        self.which.setAccessibleName(self.tr("Which calls"))
        for table in self.tables.values():
            table.retranslate()
        self._say_counts()
        self._show_list()

    def _say_counts(self) -> None:
        snapshot = self._snapshot
        slow, odd, failed = (snapshot.slow, snapshot.odd, snapshot.failed) if snapshot else (0, 0, 0)
        labels = (
            self.tr("Latest"),
            self.tr("Slow {n}").format(n=compact(slow)),
            self.tr("Odd {n}").format(n=compact(odd)),
            self.tr("Failed {n}").format(n=compact(failed)),
        )
        self.which.set_labels(labels)
        for table, label in zip(self.tables.values(), labels, strict=True):
            table.setAccessibleName(f"{self.title_label.text()}: {label}")
        self.setAccessibleName(f"{self.title_label.text()}: {', '.join(labels[1:])}")

    def _show_list(self) -> None:
        table = self.table
        rows = table.calls.rowCount()
        table.show_rows(self.LEAST, self.MOST)
        if not rows:
            self.quiet.setText(self._quiet_text())
        self._pages.setCurrentWidget(table if rows else self.quiet)

    def _quiet_text(self) -> str:
        snapshot = self._snapshot
        if snapshot is None:
            return ""
        if snapshot.progress.is_under_way:
            return reading()
        match self.which.current():
            case "slow":
                return self.tr("No call took longer than {time}").format(time=milliseconds(snapshot.slow_ms))
            case "odd":
                return self.tr("No call cost unusually much")
            case "failed":
                return self.tr("No call failed")
        if snapshot.filter.is_narrow:
            return self.tr("No call matches the filter")
        return self.tr("No calls yet")
