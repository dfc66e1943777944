"""Tools > Recorded and recomputed: for each model what was recorded, what the price book says, and why they differ.

A newcomer would get this wrong: an audit is a question of its own, over all calls of the filter. It is asked for when
the filter or the price book changes and now and then while the panel is open, never with every snapshot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QElapsedTimer,
    QModelIndex,
    QObject,
    Qt,
    Signal,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QPushButton, QWidget

from tipmao_monitor.usage.audit import Audit, AuditRow, currency_of
from tipmao_monitor.usage.prices import HOME_CURRENCY
from tipmao_monitor.usage.snapshot import Filter, Snapshot
from tipmao_monitor.window.card import Segmented, breakable, plain_label
from tipmao_monitor.window.dialogs import Index, LinesTable, Panel
from tipmao_monitor.window.numbers import UNKNOWN, calls, count, day_span, labelled, money, value_name, visible
from tipmao_monitor.window.price_sheet import NARROW_PX
from tipmao_monitor.window.price_words import per_1k_words
from tipmao_monitor.window.theme import SPACING

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

OPEN_S = 2.0
"""Between two audits while the panel is open; longer where an answer takes longer."""

SHARE = 10
"""An audit may take this part of the time between two."""


class Auditor(QObject):
    """Knows when an audit is due."""

    wanted = Signal(object)
    """The `Filter` whose calls are to be audited."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_watched = False
        """Whether somebody looks at the rows."""
        self._asked: Filter | None = None
        self._is_waiting = False
        self._calls = -1
        self._took = QElapsedTimer()
        self._cost_ms = 0
        self._done = QElapsedTimer()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.stale_since is not None or snapshot.progress.done < snapshot.progress.total:
            return
        filter = of_money(snapshot.filter)
        is_new = filter != self._asked
        has_grown = self.is_watched and snapshot.total.calls != self._calls
        pause_ms = max(OPEN_S * 1000, SHARE * self._cost_ms)
        if is_new or (has_grown and not self._is_waiting and self._done.hasExpired(int(pause_ms))):
            self._calls = snapshot.total.calls
            self._ask(filter)

    def ask_again(self) -> None:
        """Something else has changed: the price book, or who looks."""
        if self._asked is not None:
            self._ask(self._asked)

    def is_answer(self, audit: Audit) -> bool:
        """Whether this is what was asked for last."""
        if audit.filter != self._asked:
            return False
        self._is_waiting = False
        self._cost_ms = self._took.elapsed()
        self._done.restart()
        return True

    def _ask(self, filter: Filter) -> None:
        self._asked, self._is_waiting = filter, True
        self._took.restart()
        self.wanted.emit(filter)


def of_money(filter: Filter) -> Filter:
    """The filter of an audit: both figures are in it, whichever of them the window shows."""
    return replace(filter, money="recorded")


def findings_words(audit: Audit | None) -> str:
    """For the line at the bottom."""
    if audit is None or not audit.calls:
        return translate("audit", "price book")
    if not audit.findings:
        return translate("audit", "as in the price book")
    if audit.findings == 1:
        return translate("audit", "1 model to check")
    return translate("audit", "{n} models to check").format(n=count(audit.findings))


def sentence(row: AuditRow) -> str:
    """Why the two figures of a model differ, in words."""
    parts = [_why(row)]
    if row.price is not None and row.book_cost is not None:
        if row.unpriced_calls and row.reason != "price_starts_later":
            parts.append(_older_words(row))
        if row.unknown_token_calls:
            unknown = translate("audit", "{calls} of unknown tokens, which the price book counts as 0")
            parts.append(unknown.format(calls=calls(row.unknown_token_calls)))
    return translate("audit", "; ").join(parts)


def _why(row: AuditRow) -> str:
    if row.price is None:
        text = translate("audit", "no price in the book: what {calls} really cost is not known")
        return text.format(calls=calls(row.unpriced_calls))
    if row.book_cost is None or row.difference is None:
        return _older_words(row)
    words = {
        "recorded": amount(row),
        "in_cny": money(row.in_cny),
        "book": money(row.book_cost),
        "apart": money(abs(row.difference)),
        "price": per_1k_words(row.price),
        "currency": row.price.currency,
    }
    match row.reason:
        case "recorded_as_zero":
            text = translate("audit", "recorded at ¥0, the price book says {price}: {apart} not shown in {calls}")
            return text.format(calls=calls(row.zero_calls), **words)
        case "foreign_currency":
            text = translate(
                "audit", "{calls} recorded in {currency}: {recorded} is {in_cny}, the price book says {book}"
            )
            return text.format(calls=calls(row.foreign_calls), **words)
        case "price_starts_later":
            return _older_words(row)
        case "unreadable":
            text = translate("audit", "{calls} without a readable cost: the price book says {apart} more")
            return text.format(calls=calls(row.unreadable_calls), **words)
        case "rounding":
            return translate("audit", "rounded when it was recorded")
    text = (
        translate("audit", "recorded {apart} too low, in {calls}")
        if row.difference > 0
        else translate("audit", "recorded {apart} too high, in {calls}")
    )
    return text.format(calls=calls(row.differing_calls), **words)


def _older_words(row: AuditRow) -> str:
    text = translate("audit", "{calls} older than its first price of {day}")
    return text.format(calls=calls(row.unpriced_calls), day=row.priced_from)


def amount(row: AuditRow) -> str:
    """What was recorded, with the sign of its currency."""
    currency = currency_of(row)
    if currency == HOME_CURRENCY:
        return money(row.recorded_cost)
    return f"{currency} {money(row.recorded_cost).replace('¥', '')}"


class AuditModel(QAbstractTableModel):
    """The rows of an audit as text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[AuditRow, ...] = ()

    def show_rows(self, rows: tuple[AuditRow, ...]) -> None:
        """Rows of the same models in the same order keep what is chosen."""
        if [row.model for row in rows] == [row.model for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 5))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def row(self, number: int) -> AuditRow:
        return self._rows[number]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 6

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _CELLS[index.column()](self._rows[index.row()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column()) | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("Model"),
                self.tr("Calls"),
                self.tr("Recorded"),
                self.tr("Price book"),
                self.tr("Difference"),
                self.tr("Why"),
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section) | Qt.AlignmentFlag.AlignVCenter
        return None

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 5)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 5))

    @staticmethod
    def _side(column: int) -> Qt.AlignmentFlag:
        return Qt.AlignmentFlag.AlignRight if 1 <= column <= 4 else Qt.AlignmentFlag.AlignLeft


def _difference(row: AuditRow) -> str:
    if row.difference is None:
        return UNKNOWN
    return f"+{money(row.difference)}" if row.difference > 0 else money(row.difference)


_CELLS: tuple[Callable[[AuditRow], str], ...] = (
    lambda row: visible(value_name("model", row.model)),
    lambda row: count(row.calls),
    amount,
    lambda row: money(row.book_cost),
    _difference,
    sentence,
)


class AuditPanel(Panel):
    """Both figures of the filter's calls side by side, and the switch that says which of them the window shows."""

    money_chosen = Signal(str)
    """ "recorded" or "book"."""
    narrowed = Signal(str, str)
    price_wanted = Signal(str)
    """A recorded model whose price is to be shown, or added."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit")
        self._fitted: tuple[bool, bool] | None = None
        self._audit: Audit | None = None
        self._snapshot: Snapshot | None = None
        self.sums = plain_label("title", parent=self)
        self.sums.setWordWrap(True)
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.switch_label = plain_label("small", "secondary", self)
        self.money = Segmented([("recorded", ""), ("book", "")], self)
        self.model = AuditModel(self)
        self.table = LinesTable(self.model, self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.reason = plain_label(parent=self)
        self.reason.setWordWrap(True)
        self.calls_button, self.price_button = self._button("show_calls"), self._button("show_price")
        switch = QHBoxLayout()
        switch.setSpacing(SPACING)
        switch.addWidget(self.switch_label)
        switch.addWidget(self.money)
        switch.addStretch(1)
        self.content.addWidget(self.sums)
        self.content.addWidget(self.sentence)
        self.content.addWidget(self.table, 1)
        self.content.addWidget(self.reason)
        self.content.addLayout(switch)
        self.buttons.insertWidget(0, self.calls_button)
        self.buttons.insertWidget(1, self.price_button)
        self.money.chosen.connect(self.money_chosen)
        self.calls_button.clicked.connect(self._show_calls)
        self.price_button.clicked.connect(self._show_price)
        self.table.selectionModel().currentRowChanged.connect(self._offer)
        self.model.modelReset.connect(self._offer)
        self.resize(940, 480)
        self.retranslate()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Which money the window shows now, and which day it is."""
        self._snapshot = snapshot
        self.money.set_current(snapshot.filter.money)
        self._say()

    def show_audit(self, audit: Audit | None) -> None:
        if audit is not None and audit is self._audit:
            return
        is_first = self._audit is None
        self._audit = audit
        self.model.show_rows(audit.rows if audit else ())
        if is_first and audit is not None:
            self._fit()
        if audit is not None and audit.rows and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, 0))
        self._say()
        self._offer()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """In a narrow window the two figures stay in sight; the reason of the chosen row stands below."""
        is_narrow = self.width() < NARROW_PX
        if self._fitted == (is_narrow, self.model.rowCount() > 0):
            return  # what the user made wider stays so
        self._fitted = is_narrow, self.model.rowCount() > 0
        for column in (1, 5):
            self.table.setColumnHidden(column, is_narrow)
        self.table.fit_columns((128, 60, 72, 80, 72) if is_narrow else (150, 60, 90, 90, 90), 110 if is_narrow else 280)

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Recorded and recomputed"))
        self.switch_label.setText(self.tr("The window shows money"))
        self.switch_label.setBuddy(self.money)
        self.money.set_labels([self.tr("as recorded"), self.tr("from the price book")])
        self.money.setAccessibleName(self.switch_label.text())
        self.table.setAccessibleName(self.windowTitle())
        self.calls_button.setText(self.tr("Show these calls"))
        self.model.retranslate()
        self._say()
        self._offer()

    def _chosen(self) -> AuditRow | None:
        index = self.table.currentIndex()
        return self.model.row(index.row()) if 0 <= index.row() < self.model.rowCount() else None

    def _offer(self) -> None:
        row = self._chosen()
        self.calls_button.setEnabled(row is not None)
        self.price_button.setEnabled(row is not None and bool(row.model))
        self.reason.setText(breakable(labelled(visible(value_name("model", row.model)), sentence(row))) if row else "")
        has_price = row is None or row.price is not None
        self.price_button.setText(self.tr("Show its price") if has_price else self.tr("Add its price"))

    def _show_calls(self) -> None:
        row = self._chosen()
        if row is not None:
            self.narrowed.emit("model", row.model)

    def _show_price(self) -> None:
        row = self._chosen()
        if row is not None:
            self.price_wanted.emit(row.model)

    def _say(self) -> None:
        audit = self._audit
        if audit is None:
            self.sums.setText(self.tr("Comparing…"))
            self.sentence.setText("")
            return
        self.sums.setText(
            self.tr("Recorded {recorded} · price book {book}").format(
                recorded=money(audit.in_cny), book=money(audit.book_cost)
            )
        )
        parts = [calls(audit.calls)]
        if audit.first is not None and audit.last is not None:
            today = self._snapshot.now.date() if self._snapshot else audit.last
            parts.insert(0, day_span(audit.first, audit.last, today))
        if audit.filter.is_narrow:
            parts.append(self.tr("of the filter"))
        if audit.unpriced_calls:
            parts.append(
                self.tr("{calls} without a price, not in the second sum").format(calls=calls(audit.unpriced_calls))
            )
        if not audit.rows:
            parts.append(self.tr("every model as in the price book"))
        self.sentence.setText(" · ".join(parts))
