"""What opens from the advice: the switch to confirm, why and why not with a picture, what if, and the log of switches.

A newcomer would get this wrong: none of them asks or does anything. They show what they were given and say what the
user chose; the gateway and the calls are somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.usage.advice import Advice, Change, Dot, Finding, FunctionUse, WhatIf
from tipmao_monitor.usage.desk import Desk, Order
from tipmao_monitor.usage.snapshot import CallRow, Page
from tipmao_monitor.usage.switch_log import Switch
from tipmao_monitor.usage.switching import SwitchRule
from tipmao_monitor.window import advice_words as words
from tipmao_monitor.window.bars import money_ticks, readable_ticks
from tipmao_monitor.window.card import breakable, plain_label, set_tone
from tipmao_monitor.window.dialogs import Index, LinesTable, Panel
from tipmao_monitor.window.numbers import (
    UNKNOWN,
    call_money,
    calls,
    compact,
    count,
    listed,
    milliseconds,
    moment,
    money,
    percent,
    unless_hidden,
    visible,
)
from tipmao_monitor.window.tables import plain_tip
from tipmao_monitor.window.theme import SPACING, Theme, text_font


class Column(NamedTuple):
    title: str
    is_number: bool = False


class Rows(QAbstractTableModel):
    """A table of texts that is replaced as a whole, or gets more below."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._rows: tuple[tuple[str, ...], ...] = ()

    def show_rows(self, columns: Sequence[Column], rows: Sequence[tuple[str, ...]]) -> None:
        held = len(self._rows)
        if tuple(columns) == self._columns and tuple(rows[:held]) == self._rows:
            if len(rows) > held:
                self.beginInsertRows(QModelIndex(), held, len(rows) - 1)
                self._rows = tuple(rows)
                self.endInsertRows()
            return
        self.beginResetModel()
        self._columns, self._rows = tuple(columns), tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(text) if text else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._edge(index.column())
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        return self._edge(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _edge(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self._columns[column].is_number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class Question(Panel):
    """A sentence, what it is about, and a button that does it beside one that does not."""

    def __init__(self, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.sentence = plain_label(parent=self)
        self.sentence.setWordWrap(True)
        self.foot = plain_label("small", "secondary", self)
        self.foot.setWordWrap(True)
        self.middle = QVBoxLayout()
        self.middle.setSpacing(8)
        self.yes = QPushButton(self)
        self.yes.setObjectName("yes")
        self.yes.setProperty("primary", True)
        self.content.addWidget(self.sentence)
        self.content.addLayout(self.middle)
        self.content.addWidget(self.foot)
        self.content.addStretch(1)
        self.close_button.setDefault(False)
        self.close_button.setAutoDefault(False)
        self.buttons.addWidget(self.yes)
        self.yes.setDefault(True)
        self.setMinimumWidth(400)

    def retranslate(self) -> None:
        super().retranslate()
        self.close_button.setText(self.tr("Cancel"))


class ConfirmSwitch(Question):
    """Before and after of each function; nothing was asked of the gateway yet but what is true."""

    confirmed = Signal(object)
    """The `Order`."""

    def __init__(self, order: Order, parent: QWidget | None = None) -> None:
        super().__init__("confirm_switch", parent)
        self.order = order
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACING)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(3, 1)
        self._labels: list[tuple[QLabel, QLabel, QLabel]] = []
        for row in range(len(order.steps)):
            labels = plain_label("body", "secondary", self), plain_label(parent=self), plain_label("title", parent=self)
            arrow = plain_label("body", "secondary", self)
            arrow.setText("→")
            for column, label in enumerate((labels[0], labels[1], arrow, labels[2])):
                grid.addWidget(label, row, column)
            self._labels.append(labels)
        self.middle.addLayout(grid)
        self.yes.clicked.connect(self._confirm)
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        order = self.order
        self.setWindowTitle(self.tr("Take the switch back") if order.undoes else self.tr("Switch the model"))
        self.sentence.setText(
            self.tr("The assistant goes back to what it used before:")
            if order.undoes
            else self.tr("From the next call on the assistant uses:")
        )
        for step, (function, before, after) in zip(order.steps, self._labels, strict=True):
            function.setText(breakable(words.step_function(step.function)))
            before.setText(breakable(words.choice_words(step.before)))
            after.setText(breakable(words.choice_words(step.after)))
        promise = ""
        if order.promised is not None:
            promise = self.tr("It should save {amount} a day.").format(amount=money(order.promised))
        hint = self.tr("What is true afterwards is read back and told. After a restart the assistant has forgotten it.")
        self.foot.setText(words.sentences(promise, hint))
        self.yes.setText(self.tr("Take back") if order.undoes else self.tr("Switch"))

    def _confirm(self) -> None:
        self.confirmed.emit(self.order)
        self.close()


class ConfirmRule(Question):
    """The rule in words before it is switched on."""

    confirmed = Signal(object)
    """The `SwitchRule`."""

    def __init__(self, rule: SwitchRule, parent: QWidget | None = None) -> None:
        super().__init__("confirm_rule", parent)
        self.rule = rule
        self.yes.clicked.connect(self._confirm)
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        rule = self.rule
        self.setWindowTitle(self.tr("Automatic switching"))
        functions = listed(map(words.function_words, rule.functions)) or words.function_words(None)
        self.sentence.setText(
            self.tr("Past {amount} on a day: {functions} on {cheap}. The next day: {good} again.").format(
                amount=words.whole_money(rule.amount),
                functions=functions,
                cheap=breakable(visible(rule.cheap)),
                good=breakable(visible(rule.good)),
            )
        )
        self.foot.setText(
            self.tr(
                "It waits half an hour between two switches, does not act on a single dear call or for a model that "
                "did badly in your calls, and tells you each time. Other amounts and models: in the preferences."
            )
        )
        self.yes.setText(self.tr("Switch on"))

    def _confirm(self) -> None:
        self.confirmed.emit(self.rule)
        self.close()


class TokenDialog(Question):
    """The gateway's token; it is kept with the other secrets, never in the settings."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("gateway_token", parent)
        self.field = QLineEdit(self)
        self.field.setObjectName("token")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMaxLength(500)
        self.middle.addWidget(self.field)
        self.yes.clicked.connect(self._enter)
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Token of the gateway"))
        self.sentence.setText(self.tr("The gateway answers only who knows its token."))
        self.field.setAccessibleName(self.windowTitle())
        kept = self.tr("It is kept in the system's keyring, or in a file that only you can read.")
        self.foot.setText(words.sentences(kept, self.tr("Left empty, the one that is kept is forgotten.")))
        self.yes.setText(self.tr("Use it"))

    def _enter(self) -> None:
        token = "".join(sign for sign in self.field.text().strip() if sign.isprintable() and sign.isascii())
        self.field.clear()
        self.entered.emit(token)
        self.close()


class ParetoPlot(QWidget):
    """One dot a model: what a call costs against how slow it is. What is best stands at the lower left."""

    LEFT, BOTTOM, TOP, RIGHT, RADIUS = 64, 40, 14, 20, 5

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dots: tuple[Dot, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(220)

    def sizeHint(self) -> QSize:
        return QSize(560, 260)

    def show_dots(self, dots: Sequence[Dot]) -> None:
        self._dots = tuple(dot for dot in dots if dot.p95_ms is not None)
        said = "; ".join(
            f"{words.model_words(dot.model)} {call_money(dot.cost_per_call)} {milliseconds(dot.p95_ms)}"
            for dot in self._dots
        )
        self.setAccessibleDescription(said)
        self.update()

    def places(self) -> list[tuple[Dot, QPointF]]:
        """Where the dots stand."""
        area, (times, costs) = self._area(), self._ticks()
        return [
            (
                dot,
                QPointF(
                    area.left() + area.width() * (dot.p95_ms or 0.0) / times[-1],
                    area.bottom() - area.height() * float(dot.cost_per_call) / costs[-1],
                ),
            )
            for dot in self._dots
        ]

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(self.LEFT, self.TOP, -self.RIGHT, -self.BOTTOM)

    def _ticks(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        slowest = max((dot.p95_ms or 0.0 for dot in self._dots), default=0.0)
        dearest = max((float(dot.cost_per_call) for dot in self._dots), default=0.0)
        return readable_ticks(slowest * 1.05, 5), readable_ticks(dearest * 1.05, 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font("small"))
        area, (times, costs) = self._area(), self._ticks()
        self._paint_axes(painter, area, times, costs)
        places = self.places()
        front = sorted((at for dot, at in places if dot.is_front), key=lambda at: at.x())
        painter.setPen(QPen(QColor(self._theme.accent), 1, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF(front))
        taken = [QRectF(at.x() - 6, at.y() - 6, 12, 12) for _, at in places]
        for dot, at in places:
            self._paint_dot(painter, dot, at)
        # Where they are crowded, who matters most is named.
        for dot, at in sorted(places, key=lambda place: (not place[0].is_front, not place[0].is_today)):
            self._paint_name(painter, dot, at, area, taken)

    def _paint_axes(self, painter: QPainter, area: QRectF, times: tuple[float, ...], costs: tuple[float, ...]) -> None:
        metrics = QFontMetrics(painter.font())
        secondary, line = QColor(self._theme.secondary), QColor(self._theme.line)
        for cost, text in zip(costs, money_ticks(costs), strict=True):
            y = area.bottom() - area.height() * cost / costs[-1]
            painter.setPen(line)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(secondary)
            box = QRectF(0, y - metrics.height() / 2, self.LEFT - 8, metrics.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        for time in times:
            x = area.left() + area.width() * time / times[-1]
            box = QRectF(x - 40, area.bottom() + 4, 80, metrics.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), milliseconds(time) if time else "0")
        title = QRectF(area.left(), self.height() - metrics.height() - 2, area.width(), metrics.height())
        painter.drawText(title, int(Qt.AlignmentFlag.AlignRight), self.tr("p95 latency → slower"))

    def _paint_dot(self, painter: QPainter, dot: Dot, at: QPointF) -> None:
        colour = QColor(self._theme.accent if dot.is_front else self._theme.other)
        if dot.why in ("fails", "slow"):
            colour = QColor(self._theme.warning)
        painter.setPen(QPen(colour, 2))
        painter.setBrush(QColor(self._theme.card) if dot.is_today else colour)
        painter.drawEllipse(at, self.RADIUS, self.RADIUS)

    def _paint_name(self, painter: QPainter, dot: Dot, at: QPointF, area: QRectF, taken: list[QRectF]) -> None:
        """Beside its dot, where nothing else stands; else it is left to the table."""
        metrics = QFontMetrics(painter.font())
        name = words.model_words(dot.model)
        if dot.is_today:
            name = self.tr("{model} (now)").format(model=name)
        size = QSize(metrics.horizontalAdvance(name) + 2, metrics.height())
        right, left = at.x() + 10, at.x() - 10 - size.width()
        beside = (right, -0.5), (left, -0.5), (right, -1.2), (right, 0.2), (left, -1.2), (left, 0.2)
        for x, y in (*beside, (right, -2.0), (left, -2.0)):
            box = QRectF(x, at.y() + y * size.height(), size.width(), size.height())
            inside = box.left() >= area.left() and box.right() <= self.width() and box.top() >= 0
            if inside and not any(box.intersects(other) for other in taken if not other.contains(at)):
                taken.append(box)
                painter.setPen(QColor(self._theme.text))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)
                return


class WhyPanel(Panel):
    """One function: where its models stand, which could be switched to, and why the others not."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why")
        self._advice = Advice()
        self.choice = QComboBox(self)
        self.choice.setObjectName("function")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.axis = plain_label("small", "secondary", self)
        self.plot = ParetoPlot(theme, self)
        self.model = Rows(self)
        self.table = LinesTable(self.model, self)
        self.content.addWidget(self.choice)
        self.content.addWidget(self.sentence)
        self.content.addWidget(self.axis)
        self.content.addWidget(self.plot, 1)
        self.content.addWidget(self.table, 1)
        self.choice.currentIndexChanged.connect(self._show)
        self.resize(1000, 680)
        self.retranslate()

    def show_advice(self, advice: Advice, function: str | None = None) -> None:
        """`function` None keeps the one that is looked at."""
        chosen = self.choice.currentData() if function is None else function
        self._advice = advice
        of_functions = {finding.function for finding in (*advice.findings, *advice.refused) if finding.function}
        names = list(dict.fromkeys([*(use.function for use in advice.functions), *sorted(of_functions)]))
        self.choice.blockSignals(True)
        self.choice.clear()
        for name in names:
            self.choice.addItem(words.function_words(name), name)
        self.choice.setCurrentIndex(max(0, names.index(chosen) if chosen in names else 0))
        self.choice.blockSignals(False)
        self._show()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Why and why not"))
        self.choice.setAccessibleName(self.tr("Function"))
        self.plot.setAccessibleName(self.tr("Cost a call against p95 latency"))
        self.table.setAccessibleName(self.tr("Models"))
        self.axis.setText(self.tr("Cost a call"))
        for place in range(self.choice.count()):
            self.choice.setItemText(place, words.function_words(self.choice.itemData(place)))
        self._show()

    def _show(self) -> None:
        function = self.choice.currentData()
        use = next((use for use in self._advice.functions if use.function == function), None)
        dots = use.dots if use else ()
        has_picture = any(dot.p95_ms is not None for dot in dots)
        self.plot.setVisible(has_picture)
        self.axis.setVisible(has_picture)
        self.plot.show_dots(dots)
        self.sentence.setText(self._sentence(use))
        self._show_table(str(function or ""), dots)

    def _sentence(self, use: FunctionUse | None) -> str:
        if use is None:
            return ""
        text = self.tr(
            "{calls} in {period} cost {cost}. Each was priced again on every model; how slow a model is comes from "
            "your own calls."
        )
        said = text.format(calls=calls(use.calls), period=words.period(self._advice), cost=money(use.cost))
        if unseen := [dot for dot in use.dots if dot.p95_ms is None]:
            names = listed(words.model_words(dot.model) for dot in unseen[:6])
            unknown = self.tr("Without a call of yours, so not in the picture: {models}.").format(models=names)
            said = words.sentences(said, unknown)
        return breakable(said)

    def _show_table(self, function: str, dots: Sequence[Dot]) -> None:
        found = {
            finding.to_model: finding
            for finding in (*self._advice.refused, *self._advice.findings)
            if finding.function == function and finding.kind == "switch"
        }
        columns = (
            Column(self.tr("Model")),
            Column(self.tr("A call"), True),
            Column(self.tr("Saves a day"), True),
            Column(self.tr("p95"), True),
            Column(self.tr("Success"), True),
            Column(self.tr("Your calls"), True),
            Column(self.tr("Verdict")),
        )
        rows = [self._row(dot, found.pop(dot.model, None)) for dot in dots]
        rows += [self._row_of(finding) for finding in found.values()]
        self.model.show_rows(columns, rows)
        self.table.fit_columns((130, 70, 80, 60, 60, 70))

    def _row(self, dot: Dot, finding: Finding | None) -> tuple[str, ...]:
        evidence = dot.evidence
        verdict = self.tr("in use now") if dot.is_today else ""
        if finding is not None:
            verdict = self._verdict(finding)
        return (
            words.model_words(dot.model),
            call_money(dot.cost_per_call),
            money(finding.saving_per_day) if finding else "",
            milliseconds(evidence.p95_ms) if evidence else UNKNOWN,
            percent(evidence.success_rate) if evidence else UNKNOWN,
            count(evidence.calls) if evidence else UNKNOWN,
            verdict,
        )

    def _row_of(self, finding: Finding) -> tuple[str, ...]:
        evidence = finding.evidence
        return (
            words.model_words(finding.to_model) if finding.to_model is not None else UNKNOWN,
            UNKNOWN,
            money(finding.saving_per_day),
            milliseconds(evidence.p95_ms) if evidence else UNKNOWN,
            percent(evidence.success_rate) if evidence else UNKNOWN,
            count(evidence.calls) if evidence else UNKNOWN,
            self._verdict(finding),
        )

    def _verdict(self, finding: Finding) -> str:
        if finding.why is not None:
            return self.tr("no: {reason}").format(reason=words.refusal(finding.why, finding))
        parts = [self.tr("advised") if finding.is_best else self.tr("possible")]
        return " · ".join(filter(None, [*parts, words.use(finding.tier_change).rstrip(".。"), words.trial(finding)]))


class WhatIfPanel(Panel):
    """The period's real calls with other models and intervals: what would they have cost?"""

    asked = Signal(object)
    """The tuple of `Change`s."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("what_if")
        self._advice = Advice()
        self._answer: WhatIf | None = None
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(SPACING)
        self.grid.setVerticalSpacing(6)
        self.grid.setColumnStretch(0, 1)
        self.titles = [plain_label("small", "secondary", self) for _ in range(5)]
        for column, label in enumerate(self.titles):
            self.grid.addWidget(
                label, 0, column, Qt.AlignmentFlag.AlignRight if column > 2 else Qt.AlignmentFlag.AlignLeft
            )
        self.rows: list[_Line] = []
        self.total = plain_label("title", parent=self)
        self.apart = plain_label("title", "good", self)
        foot = QHBoxLayout()
        foot.addWidget(self.total)
        foot.addStretch(1)
        foot.addWidget(self.apart)
        self.content.addWidget(self.sentence)
        self.content.addLayout(self.grid)
        self.content.addStretch(1)
        self.content.addLayout(foot)
        self.resize(640, 360)
        self.retranslate()

    def show_advice(self, advice: Advice) -> None:
        if advice is self._advice:
            return
        if [use.function for use in advice.functions] != [row.use.function for row in self.rows]:
            for row in self.rows:
                row.remove(self.grid)
            self.rows = [_Line(use, place + 1, self.grid, self) for place, use in enumerate(advice.functions[:12])]
            for row in self.rows:
                row.model.currentIndexChanged.connect(self._ask)
                row.every.valueChanged.connect(self._ask)
            self._answer = None
        self._advice = advice
        self.retranslate()
        self._ask()

    def show_answer(self, answer: WhatIf) -> None:
        if answer.changes == self.changes():
            self._answer = answer
            self._show()

    def changes(self) -> tuple[Change, ...]:
        return tuple(change for row in self.rows if (change := row.change()) is not None)

    def _ask(self) -> None:
        self.asked.emit(self.changes())

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("What if"))
        titles = (self.tr("Function"), self.tr("Model"), self.tr("Every"), self.tr("Was"), self.tr("Would be"))
        for label, text in zip(self.titles, titles, strict=True):
            label.setText(text)
        for row in self.rows:
            row.retranslate()
        self._show()

    def _show(self) -> None:
        answer = self._answer
        found = {replayed.function: replayed for replayed in answer.functions} if answer else {}
        said = self.tr("The calls of {period} again, with what you choose here. Nothing is switched.")
        unknown = sum(replayed.left_out for replayed in found.values())
        left_out = self.tr("{calls} of unknown cost or tokens left out.").format(calls=calls(unknown))
        said = words.sentences(said.format(period=words.period(self._advice)), left_out if unknown else "")
        self.sentence.setText(said)
        for row in self.rows:
            replayed = found.get(row.use.function)
            calls_known, was_cost = (replayed.calls, replayed.cost) if replayed else (row.use.calls, row.use.cost)
            row.was.setText(money(was_cost) if calls_known else UNKNOWN)
            row.would.setText(money(replayed.cost_after) if replayed and replayed.calls else UNKNOWN)
        was = answer.cost if answer else None
        would = answer.cost_after if answer else None
        self.total.setText(self.tr("{before} → {after}").format(before=money(was), after=money(would)))
        self.apart.setText("")
        if answer is None or was is None or would is None or not answer.days:
            return
        a_day = (was - would) / answer.days
        if a_day:
            text = self.tr("saves {amount} a day") if a_day > 0 else self.tr("costs {amount} a day more")
            self.apart.setText(text.format(amount=money(abs(a_day))))
        set_tone(self.apart, "good" if a_day >= 0 else "warning")


class _Line:
    """The controls of one function."""

    def __init__(self, use: FunctionUse, row: int, grid: QGridLayout, parent: WhatIfPanel) -> None:
        self.use = use
        self.name = plain_label(parent=parent)
        self.name.setWordWrap(True)
        self.model = QComboBox(parent)
        self.model.setObjectName(f"model_{use.function}")
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.setMinimumContentsLength(36)
        self.model.addItem("", None)
        for dot in use.dots:
            self.model.addItem(words.model_words(dot.model), dot.model)
        self.every = QDoubleSpinBox(parent)
        self.every.setObjectName(f"every_{use.function}")
        self.every.setDecimals(0)
        self.every.setRange(1, 3600)
        self.every.setKeyboardTracking(False)
        self.every.setValue(round(use.every_s) if use.every_s else 1)
        self.every.setEnabled(use.every_s is not None)
        self.was, self.would = plain_label("body", "secondary", parent), plain_label(parent=parent)
        self.name.setBuddy(self.model)
        parts = (self.name, self.model, self.every, self.was, self.would)
        for column, part in enumerate(parts):
            grid.addWidget(part, row, column, Qt.AlignmentFlag.AlignRight if column > 2 else Qt.AlignmentFlag(0))
        self._parts = parts

    def remove(self, grid: QGridLayout) -> None:
        for part in self._parts:
            grid.removeWidget(part)
            part.hide()
            part.deleteLater()

    def change(self) -> Change | None:
        model = self.model.currentData()
        usual = float(round(self.use.every_s)) if self.use.every_s else None  # as it is shown
        every = self.every.value() if usual not in (None, self.every.value()) else None
        if model is None and every is None:
            return None
        return Change(self.use.function, model, every, usual if every else None)

    def retranslate(self) -> None:
        name = words.function_words(self.use.function)
        self.name.setText(breakable(name).replace("&", "&&"))  # a label with a buddy underlines what follows a &
        now = listed(map(words.model_words, self.use.models[:2]))
        self.model.setItemText(0, words.translate("advice", "as it is ({models})").format(models=now))
        self.model.setAccessibleName(words.translate("advice", "Model of {function}").format(function=name))
        self.every.setSuffix(words.translate("advice", " s"))
        self.every.setSpecialValueText("" if self.use.every_s is not None else UNKNOWN)
        self.every.setAccessibleName(
            words.translate("advice", "Seconds between two calls of {function}").format(function=name)
        )


class SwitchesPanel(Panel):
    """What was switched, by whom, what it promised and saved; what can be taken back."""

    undo_wanted = Signal(str)
    again_wanted = Signal()
    """Advice that was put off should be shown again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("switches")
        self._desk = Desk()
        self._now: datetime | None = None
        self._shown: tuple[Switch, ...] = ()
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.model = Rows(self)
        self.table = LinesTable(self.model, self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.undo = QPushButton(self)
        self.undo.setObjectName("undo")
        self.undo.setAutoDefault(False)
        self.again = QPushButton(self)
        self.again.setObjectName("again")
        self.again.setAutoDefault(False)
        self.content.addWidget(self.sentence)
        self.content.addWidget(self.table, 1)
        self.buttons.insertWidget(0, self.undo)
        self.buttons.insertWidget(1, self.again)
        self.undo.clicked.connect(self._undo)
        self.again.clicked.connect(self.again_wanted)
        self.table.selectionModel().currentRowChanged.connect(self._offer)
        self.model.modelReset.connect(self._offer)
        self.resize(720, 360)
        self.retranslate()

    def show_desk(self, desk: Desk, now: datetime | None) -> None:
        self._desk, self._now = desk, now
        self._show()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Switches"))
        self.table.setAccessibleName(self.windowTitle())
        self.undo.setText(self.tr("Undo…"))
        self._show()

    def _show(self) -> None:
        history, now = self._desk.history, self._now
        chosen = self._chosen()
        self._shown = tuple(reversed(history.switches))
        columns = (Column(self.tr("Time")), Column(self.tr("Who")), Column(self.tr("What")), Column(self.tr("Saving")))
        results = {result.switch: result for result in self._desk.results}
        rows = []
        for switch in self._shown:
            at = switch.at.astimezone(now.tzinfo) if now else switch.at
            what = "; ".join(map(words.step_words, switch.steps)) or self.tr("was back already")
            said = self.tr("undo") if switch.undoes else words.result_words(switch, results.get(switch.id))
            if switch.id in history.undone:
                said = " · ".join(filter(None, (self.tr("taken back"), said)))
            rows.append((moment(at, now.date() if now else at.date()), words.who_words(switch), what, said))
        self.model.show_rows(columns, rows)
        self.table.fit_columns((90, 70, 280))
        if chosen in self._shown:
            self.table.selectRow(self._shown.index(chosen))
        elif self._shown and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        put_off = len(history.unwanted(now)) if now else 0
        self.again.setText(self.tr("Show what was put off ({n})").format(n=count(put_off)))
        self.again.setVisible(put_off > 0)
        self.sentence.setText(
            self.tr("The log cannot be written: {reason}").format(reason=history.trouble)
            if history.trouble
            else self.tr("What a switch saved is known a day after it, from the calls made since.")
        )
        set_tone(self.sentence, "bad" if history.trouble else "secondary")
        self._offer()

    def _chosen(self) -> Switch | None:
        row = self.table.currentIndex().row()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _offer(self) -> None:
        chosen = self._chosen()
        self.undo.setEnabled(chosen is not None and chosen in self._desk.history.undoable and bool(chosen.steps))

    def _undo(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.undo_wanted.emit(chosen.id)


class CallsPanel(Panel):
    """The calls that a finding is of, page by page."""

    more_wanted = Signal(object)
    """The `PageRequest` of the next page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("calls_behind")
        self._page: Page | None = None
        self._finding: Finding | None = None
        self._calls: tuple[CallRow, ...] = ()
        self._texts: list[tuple[str, ...]] = []
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.model = Rows(self)
        self.table = LinesTable(self.model, self)
        self.more = QPushButton(self)
        self.more.setObjectName("more_calls")
        self.more.setAutoDefault(False)
        self.more.clicked.connect(self._ask_for_more)
        self.content.addWidget(self.sentence)
        self.content.addWidget(self.table, 1)
        self.buttons.insertWidget(0, self.more)
        self.resize(900, 460)
        self.retranslate()

    def show_finding(self, finding: Finding) -> None:
        """Which finding is asked about; its calls come later."""
        self._finding, self._page, self._calls = finding, None, ()
        self.retranslate()

    def show_calls(self, page: Page) -> None:
        """Of the finding that is shown: another one may have been asked about before."""
        if self._finding is None or replace(page.request, offset=0) != self._finding.show:
            return
        if page.request.offset == 0:
            self._page, self._calls = page, page.rows
            self.retranslate()
        elif self._page is not None and page.total != self._page.total:
            self.more_wanted.emit(self._finding.show)  # calls have come in, and all have another place
        elif page.request.offset == len(self._calls):
            self._calls += page.rows
            self._show()

    def _ask_for_more(self) -> None:
        if self._finding is not None and self._finding.show is not None:
            self.more.setEnabled(False)
            self.more_wanted.emit(replace(self._finding.show, offset=len(self._calls)))

    def retranslate(self) -> None:
        super().retranslate()
        finding = self._finding
        self.setWindowTitle(words.title(finding) if finding else self.tr("Calls"))
        self.table.setAccessibleName(self.windowTitle())
        self.more.setText(self.tr("Show more"))
        self._texts = []
        self._show()

    def _show(self) -> None:
        page = self._page
        columns = (
            Column(self.tr("Time")),
            Column(self.tr("Function")),
            Column(self.tr("Model")),
            Column(self.tr("Input"), True),
            Column(self.tr("Output"), True),
            Column(self.tr("Cost"), True),
            Column(self.tr("Time taken"), True),
            Column(self.tr("Error")),
        )
        for row in self._calls[len(self._texts) :]:
            at = row.at
            self._texts.append(
                (
                    f"{at:%m-%d %H:%M:%S}" if at else UNKNOWN,
                    words.function_words(row.function),
                    words.model_words(row.model),
                    compact(row.input_tokens),
                    compact(row.output_tokens),
                    call_money(row.cost),
                    milliseconds(row.duration_ms),
                    unless_hidden(visible(row.error_msg)) if row.error_msg else "",
                )
            )
        self.model.show_rows(columns, self._texts)
        self.table.fit_columns((110, 110, 110, 60, 60, 70, 90))
        held = len(self._texts)
        self.more.setVisible(page is not None and page.total > held)
        self.more.setEnabled(True)
        if page is None:
            self.sentence.setText(self.tr("Reading…"))
        elif page.total > held:
            self.sentence.setText(self.tr("{n} of {calls}").format(n=count(held), calls=calls(page.total)))
        else:
            self.sentence.setText(calls(page.total))


def rule_of(finding: Finding, rule: SwitchRule) -> SwitchRule:
    """The rule that a finding speaks of; what it does not say stays."""
    amount: Decimal = finding.rule.amount if finding.rule else rule.amount
    functions = (finding.function,) if finding.function else rule.functions
    return SwitchRule(True, amount, finding.to_model or rule.cheap, finding.from_model or rule.good, functions)
