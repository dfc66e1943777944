"""The message centre: all alerts that the ledger holds, the record of truth beside balloons that may be lost.

A newcomer would get this wrong: it keeps no list of its own. Whatever is done here is asked for by a signal, and the
ledger answers with new `Alerts`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QGridLayout, QPushButton, QVBoxLayout, QWidget

from tipmao_monitor.usage.alerts import (
    Alert,
    Alerts,
    BudgetFacts,
    Crossing,
    Evidence,
    NewFacts,
    RunawayFacts,
    SilentFacts,
    SuccessFacts,
    SwitchedFacts,
)
from tipmao_monitor.usage.budgets import CurrentStream
from tipmao_monitor.usage.snapshot import DIMENSIONS, Filter, Period
from tipmao_monitor.window.budget_words import alert_words, day_words
from tipmao_monitor.window.card import breakable, plain_label
from tipmao_monitor.window.dialogs import Index, LinesTable, Panel
from tipmao_monitor.window.numbers import (
    call_money,
    clock,
    count,
    function_name,
    milliseconds,
    value_name,
    visible,
)
from tipmao_monitor.window.tables import plain_tip
from tipmao_monitor.window.theme import strong_weight, text_font

MOST_CALLS = 5
"""Of the evidence that is named under a message; all of it is one click away."""

UNREAD = "●"


def filter_of(alert: Alert, now: datetime) -> Filter:
    """What shows the calls that an alert rests on, as near as a filter can: their day, and what they have in common."""
    day = alert.at.astimezone(now.tzinfo).date()
    period = Period() if day == now.date() else Period("custom", day, day)
    filter = Filter(period=period)
    facts = alert.facts
    if isinstance(facts, SuccessFacts):
        return Filter(period=period, failed=True)
    if isinstance(facts, NewFacts):
        for dimension in DIMENSIONS:
            if alert.kind == f"new_{dimension}" and len(facts.names) == 1:
                return filter.narrowed(dimension, facts.names[0])
    if isinstance(facts, RunawayFacts) and facts.function:
        return filter.narrowed("function", facts.function)
    if isinstance(facts, BudgetFacts):
        return _of_budget(max(facts.crossings, key=lambda crossing: crossing.percent), day, now, filter)
    return filter


def _of_budget(crossing: Crossing, day: date, now: datetime, filter: Filter) -> Filter:
    """The calls of the budget's period until then."""
    budget = crossing.budget
    first = crossing.starts_at.astimezone(now.tzinfo).date() if crossing.starts_at else day
    if budget.period == "month" and (day.year, day.month) == (now.year, now.month):
        filter = Filter(period=Period("month"))
    elif first < day:
        filter = Filter(period=Period("custom", first, day))
    dimension, value = budget.dimension or ("", "")
    for known in DIMENSIONS:
        if known == dimension:
            return filter.narrowed(known, value)
    return filter


def has_calls(alert: Alert) -> bool:
    """Whether there are calls to show of it."""
    return not isinstance(alert.facts, SilentFacts | SwitchedFacts)


def evidence_words(evidence: Evidence) -> str:
    """One call that an alert rests on, in a line."""
    parts = [
        clock(evidence.at),
        function_name(evidence.function),
        value_name("model", evidence.model),
        call_money(evidence.cost),
        milliseconds(evidence.duration_ms),
    ]
    return " · ".join(parts)


class MessageModel(QAbstractTableModel):
    """The alerts as text, the newest first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._alerts: tuple[Alert, ...] = ()
        self._now: datetime | None = None
        self._bold = text_font("small")
        self._bold.setWeight(strong_weight())

    def show_alerts(self, alerts: tuple[Alert, ...], now: datetime) -> None:
        """What stayed keeps its place; what is new comes on top of it."""
        old = [alert.id for alert in self._alerts]
        new = [alert.id for alert in alerts]
        self._now = now
        added = len(new) - len(old)
        if added >= 0 and new[added:] == old:
            if added:
                self.beginInsertRows(QModelIndex(), 0, added - 1)
            self._alerts = alerts
            if added:
                self.endInsertRows()
            if alerts:
                self.dataChanged.emit(self.index(0, 0), self.index(len(alerts) - 1, 3))
            return
        self.beginResetModel()
        self._alerts = alerts
        self.endResetModel()

    def alert(self, row: int) -> Alert:
        return self._alerts[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._alerts)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        alert = self._alerts[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._cell(alert, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self._words(alert).text)
            case Qt.ItemDataRole.FontRole if not alert.acknowledged:
                return self._bold
            case Qt.ItemDataRole.AccessibleTextRole if index.column() == 0:
                return "" if alert.acknowledged else self.tr("unread")
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return ("", self.tr("When"), self.tr("What"), self.tr("Why"))[section]

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 3)
        if self._alerts:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._alerts) - 1, 3))

    def _words(self, alert: Alert) -> Any:
        return alert_words(alert, self._now or alert.at)

    def _cell(self, alert: Alert, column: int) -> str:
        now = self._now or alert.at
        match column:
            case 0:
                return "" if alert.acknowledged else UNREAD
            case 1:
                return day_words(alert.at.astimezone(now.tzinfo), now.date())
            case 2:
                return str(self._words(alert).title)
        return str(self._words(alert).cause)


class MessageCentre(Panel):
    """Every alert with its cause and the calls that it rests on; read, snoozed or followed from here."""

    acknowledged = Signal(tuple)
    """Ids of alerts that the user has seen."""
    snoozed = Signal(str)
    """Of an alert whose like should stay quiet until the stream ends."""
    calls_wanted = Signal(object)
    """The `Filter` that shows the calls of an alert."""
    test_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_centre")
        self._alerts = Alerts()
        self._now: datetime | None = None
        self._stream: CurrentStream | None = None
        self.sentence = plain_label(parent=self)
        self.sentence.setWordWrap(True)
        self.trouble = plain_label("small", "warning", self)
        self.trouble.setWordWrap(True)
        self.model = MessageModel(self)
        self.table = LinesTable(self.model, self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.title = plain_label("title", parent=self)
        self.title.setWordWrap(True)
        self.cause = plain_label(parent=self)
        self.cause.setWordWrap(True)
        self.evidence = plain_label("small", "secondary", self)
        self.evidence.setWordWrap(True)
        self.calls_button, self.read_button = self._button("show_calls"), self._button("acknowledge")
        self.all_button, self.snooze_button = self._button("acknowledge_all"), self._button("snooze")
        self.test_button = self._button("test_alert")
        actions = QGridLayout()
        actions.setSpacing(8)
        for column, button in enumerate((self.calls_button, self.read_button, self.snooze_button)):
            actions.addWidget(button, 0, column)
        actions.setColumnStretch(3, 1)
        self.content.addWidget(self.sentence)
        self.content.addWidget(self.trouble)
        self.content.addWidget(self.table, 1)
        self.content.addStretch(0)
        told = QVBoxLayout()
        told.setSpacing(4)
        for part in (self.title, self.cause, self.evidence):
            told.addWidget(part)
        self.content.addLayout(told)
        self.content.addLayout(actions)
        self.buttons.insertWidget(0, self.all_button)
        self.buttons.insertWidget(1, self.test_button)
        self.calls_button.clicked.connect(self._show_calls)
        self.read_button.clicked.connect(self._read)
        self.all_button.clicked.connect(self._read_all)
        self.snooze_button.clicked.connect(self._snooze)
        self.test_button.clicked.connect(self.test_wanted)
        self.table.selectionModel().currentRowChanged.connect(self._offer)
        self.model.modelReset.connect(self._offer)
        self.resize(820, 460)
        self.retranslate()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def show_alerts(self, alerts: Alerts, now: datetime) -> None:
        is_first = not self.model.rowCount()
        self._alerts, self._now = alerts, now
        self.model.show_alerts(alerts.alerts, now)
        if is_first and alerts.alerts:
            self.table.fit_columns((24, 90, 240))
            self.table.setCurrentIndex(self.model.index(0, 0))
        self._say()
        self._offer()

    def show_stream(self, stream: CurrentStream | None) -> None:
        """Only while one is on there is something to be quiet until."""
        self._stream = stream
        self._offer_to_snooze()

    def choose(self, id: str) -> None:
        """Show this one."""
        for row in range(self.model.rowCount()):
            if self.model.alert(row).id == id:
                self.table.setCurrentIndex(self.model.index(row, 0))

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Messages"))
        self.table.setAccessibleName(self.tr("Messages"))
        self.calls_button.setText(self.tr("Show the calls"))
        self.read_button.setText(self.tr("Seen"))
        self.all_button.setText(self.tr("All seen"))
        self.snooze_button.setText(self.tr("Quiet until the stream ends"))
        self.test_button.setText(self.tr("Send a test"))
        self.model.retranslate()
        self._say()
        self._offer()

    def _say(self) -> None:
        unread = self._alerts.unread
        has_any = bool(self._alerts.alerts)
        for part in (self.table, self.title, self.evidence, self.calls_button, self.read_button, self.snooze_button):
            part.setVisible(has_any)
        self.cause.setVisible(has_any and bool(self.cause.text()))
        self.all_button.setVisible(has_any)
        self.all_button.setEnabled(bool(unread))
        if not has_any:
            self.sentence.setText(
                self.tr("No messages. What is worth knowing is kept here, also when no balloon could be shown.")
            )
        elif unread == 1:
            self.sentence.setText(self.tr("1 message that you have not seen"))
        elif unread:
            self.sentence.setText(self.tr("{n} messages that you have not seen").format(n=count(unread)))
        else:
            self.sentence.setText(self.tr("You have seen all messages."))
        self.trouble.setVisible(not self._alerts.is_kept)
        self.trouble.setText(
            self.tr("Messages cannot be kept: {detail}. They are lost when the program ends.").format(
                detail=visible(self._alerts.trouble)
            )
            if not self._alerts.is_kept
            else ""
        )

    def _chosen(self) -> Alert | None:
        index = self.table.currentIndex()
        return self.model.alert(index.row()) if 0 <= index.row() < self.model.rowCount() else None

    def _offer(self) -> None:
        alert = self._chosen()
        self.calls_button.setEnabled(alert is not None and has_calls(alert))
        self.read_button.setEnabled(alert is not None and not alert.acknowledged)
        self._offer_to_snooze()
        if alert is None:
            for part in (self.title, self.cause, self.evidence):
                part.setText("")
            return
        words = alert_words(alert, self._now or alert.at)
        self.title.setText(breakable(words.title))
        self.cause.setText(breakable(words.cause))
        self.cause.setVisible(bool(words.cause))
        calls = getattr(alert.facts, "evidence", ())
        lines = [evidence_words(call) for call in calls[:MOST_CALLS]]
        if len(calls) > MOST_CALLS:
            lines.append(self.tr("and {n} more").format(n=count(len(calls) - MOST_CALLS)))
        self.evidence.setText(breakable("\n".join(lines)))
        self.evidence.setVisible(bool(lines))

    def _offer_to_snooze(self) -> None:
        alert = self._chosen()
        self.snooze_button.setEnabled(alert is not None and self._alerts.can_be_snoozed(alert, self._stream))

    def _show_calls(self) -> None:
        alert = self._chosen()
        if alert is not None and self._now is not None:
            self.calls_wanted.emit(filter_of(alert, self._now))

    def _read(self) -> None:
        alert = self._chosen()
        if alert is not None:
            self.acknowledged.emit((alert.id,))

    def _read_all(self) -> None:
        self.acknowledged.emit(tuple(alert.id for alert in self._alerts.alerts if not alert.acknowledged))

    def _snooze(self) -> None:
        alert = self._chosen()
        if alert is not None:
            self.snoozed.emit(alert.id)
