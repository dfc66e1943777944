"""The user's budgets: what each is of, its amount, when to tell him, and whether it was kept in the past.

A newcomer would get this wrong: nothing typed here holds before Save. The editor works on drafts, and a field that
cannot be used says so below itself and keeps Save from being pressed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.usage.budget_history import History, Past
from tipmao_monitor.usage.budgets import (
    LARGEST,
    LONGEST_NAME,
    MOST_BUDGETS,
    MOST_PERCENT,
    MOST_THRESHOLDS,
    Budget,
    BudgetPeriod,
    BudgetStatus,
    On,
    Threshold,
    amount_of,
)
from tipmao_monitor.usage.snapshot import Group, Snapshot
from tipmao_monitor.window.budget_words import SIGNS, amount, limit_words, pace_words
from tipmao_monitor.window.card import Segmented, breakable, plain_label
from tipmao_monitor.window.dialogs import Panel
from tipmao_monitor.window.numbers import day_span, dimension_name, money, value_name, visible
from tipmao_monitor.window.theme import SPACING

PERIODS: tuple[BudgetPeriod, ...] = ("day", "week", "month", "stream")
SCOPES = ("all", "stream", "model", "function", "user", "anchor")
LIST_PX = 190
SHOWN_PAST = 6
DEFAULT_AMOUNT = Decimal(10)


@dataclass
class Draft:
    """A budget as it stands in the fields, usable or not."""

    name: str
    scope: str
    value: str
    period: BudgetPeriod
    amount: str
    actual: str
    forecast: str
    paused: bool

    @classmethod
    def of(cls, budget: Budget) -> Draft:
        dimension, value = budget.dimension or (budget.scope, "")

        def percents(on: On) -> str:
            return ", ".join(str(threshold.percent) for threshold in budget.thresholds if threshold.on == on)

        return cls(
            budget.name,
            dimension,
            value,
            budget.period,
            f"{budget.amount.normalize():f}",
            percents("actual"),
            percents("forecast"),
            budget.paused,
        )


def percents_of(text: str) -> tuple[int, ...] | None:
    """ "80, 100 %" as numbers; None where that cannot be used."""
    parts = [part for part in re.split(r"[\s,，、;；%％]+", text) if part]
    if not all(part.isdecimal() and len(part) <= 4 and 1 <= int(part) <= MOST_PERCENT for part in parts):
        return None
    return tuple(dict.fromkeys(map(int, parts))) if len(parts) <= MOST_THRESHOLDS else None


class BudgetEditor(Panel):
    """All budgets in a list, the chosen one in fields, and its past below."""

    saved = Signal(tuple)
    """All budgets as they are wanted from now on."""
    history_wanted = Signal(object)
    """The `Budget` whose past is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("budget_editor")
        self._kept: tuple[Budget, ...] = ()
        self._drafts: list[Draft] = []
        self._snapshot: Snapshot | None = None
        self._history: History | None = None
        self._asked: Budget | None = None
        self._is_filling = False
        self._build_list()
        self._build_form()
        self._build_past()
        self.save_button = self._button("save")
        self.buttons.insertWidget(1, self.save_button)
        self.close_button.setDefault(False)
        self.close_button.setAutoDefault(False)
        self.save_button.setDefault(True)
        right = QVBoxLayout()
        right.setSpacing(SPACING)
        right.addWidget(self.form)
        right.addWidget(self.past_title)
        right.addWidget(self.past_list)
        right.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(SPACING)
        columns.addLayout(self._left)
        columns.addLayout(right, 1)
        self.content.addWidget(self.sentence)
        self.content.addLayout(columns, 1)
        self.list.currentRowChanged.connect(self._choose)
        self.add_button.clicked.connect(self._add)
        self.delete_button.clicked.connect(self._delete)
        self.save_button.clicked.connect(self._save)
        self.resize(720, 560)
        self.retranslate()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _build_list(self) -> None:
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setObjectName("budgets")
        self.list.setFixedWidth(LIST_PX)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.add_button, self.delete_button = self._button("add"), self._button("delete")
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.add_button)
        below.addWidget(self.delete_button)
        below.addStretch(1)
        self._left = QVBoxLayout()
        self._left.setSpacing(8)
        self._left.addWidget(self.list, 1)
        self._left.addLayout(below)

    def _build_form(self) -> None:
        self.form = QWidget(self)
        self.name = QLineEdit(self.form)
        self.scope = QComboBox(self.form)
        self.value = QComboBox(self.form)
        self.value.setEditable(True)
        self.value.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.period = Segmented([(period, "") for period in PERIODS], self.form)
        self.amount = QLineEdit(self.form)
        self.actual = QLineEdit(self.form)
        self.forecast = QLineEdit(self.form)
        self.paused = QCheckBox(self.form)
        for scope in SCOPES:
            self.scope.addItem("", scope)
        of = QHBoxLayout()
        of.setSpacing(8)
        of.addWidget(self.scope)
        of.addWidget(self.value, 1)
        fields: tuple[tuple[str, QWidget, QWidget | QHBoxLayout], ...] = (
            ("name", self.name, self.name),
            ("scope", self.scope, of),
            ("period", self.period, self.period),
            ("amount", self.amount, self.amount),
            ("actual", self.actual, self.actual),
            ("forecast", self.forecast, self.forecast),
            ("paused", self.paused, self.paused),
        )
        grid = QGridLayout(self.form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACING)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.labels: dict[str, QLabel] = {}
        self.problems: dict[str, QLabel] = {}
        for row, (key, control, place) in enumerate(fields):
            label = plain_label("small", "secondary", self.form)
            label.setBuddy(control)
            control.setObjectName(f"budget_{key}")
            problem = plain_label("small", "bad", self.form)
            problem.setWordWrap(True)
            problem.hide()
            self.labels[key], self.problems[key] = label, problem
            grid.addWidget(label, 2 * row, 0)
            if isinstance(place, QWidget):
                grid.addWidget(place, 2 * row, 1)
            else:
                grid.addLayout(place, 2 * row, 1)
            grid.addWidget(problem, 2 * row + 1, 1)
        for edit in (self.name, self.amount, self.actual, self.forecast):
            edit.textEdited.connect(self._take)
        self.scope.activated.connect(self._take_scope)
        self.value.editTextChanged.connect(self._take)
        self.period.chosen.connect(self._take)
        self.paused.clicked.connect(self._take)

    def _build_past(self) -> None:
        self.past_title = plain_label("title", parent=self)
        self.past_list = plain_label("small", "secondary", self)
        self.past_list.setWordWrap(True)

    # What is shown

    def show_budgets(self, budgets: tuple[Budget, ...]) -> None:
        """What holds now; drafts that were not saved stay as they are."""
        if budgets == self._kept and self._drafts:
            return
        is_changed = self.is_changed
        self._kept = budgets
        if not is_changed:
            self._fill_list([Draft.of(budget) for budget in budgets])
        self._judge()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """The state of each budget, and the names that can be chosen."""
        self._snapshot = snapshot
        for row, draft in enumerate(self._drafts):
            self.list.item(row).setText(self._line(draft))

    def show_history(self, history: History) -> None:
        self._history = history
        self._say_past()

    @property
    def is_changed(self) -> bool:
        return self._drafts != [Draft.of(budget) for budget in self._kept]

    def choose_new(self) -> None:
        """Begin with another budget."""
        self._add()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Budgets"))
        self.list.setAccessibleName(self.tr("Budgets"))
        self.add_button.setText(self.tr("Add"))
        self.delete_button.setText(self.tr("Delete"))
        self.save_button.setText(self.tr("Save"))
        self.period.set_labels((self.tr("Day"), self.tr("Week"), self.tr("Month"), self.tr("Stream")))
        self.period.setAccessibleName(self.tr("Period"))
        names = {
            "name": self.tr("Name"),
            "scope": self.tr("Of"),
            "period": self.tr("Period"),
            "amount": self.tr("Amount in ¥"),
            "actual": self.tr("Tell me when % is spent"),
            "forecast": self.tr("or expected to be, %"),
            "paused": "",
        }
        for key, text in names.items():
            self.labels[key].setText(text)
        self.paused.setText(self.tr("Paused"))
        self.value.setAccessibleName(self.tr("Which"))
        texts = (self.tr("All calls"), self.tr("The current stream"))
        for place, scope in enumerate(SCOPES):
            self.scope.setItemText(place, texts[place] if place < len(texts) else dimension_name(scope))
        self._judge()
        self._say_past()

    # The list

    def _fill_list(self, drafts: list[Draft], row: int = 0) -> None:
        self._drafts = drafts
        self._is_filling = True
        self.list.clear()
        self.list.addItems([self._line(draft) for draft in drafts])
        self._is_filling = False
        self.list.setCurrentRow(min(row, len(drafts) - 1))
        self._choose()

    def _line(self, draft: Draft) -> str:
        status = self._status(draft)
        sign = f"{SIGNS[status.state]} " if status else ""
        return sign + visible(draft.name or self.tr("(no name)"))

    def _status(self, draft: Draft) -> BudgetStatus | None:
        budgets = self._snapshot.budgets if self._snapshot else ()
        return next((s for s in budgets if Draft.of(s.budget) == draft), None)

    def _draft(self) -> Draft | None:
        row = self.list.currentRow()
        return self._drafts[row] if 0 <= row < len(self._drafts) else None

    def _add(self) -> None:
        names = {draft.name for draft in self._drafts}
        number = 1 + len(self._drafts)
        while (name := self.tr("Budget {n}").format(n=number)) in names:
            number += 1
        self._fill_list([*self._drafts, Draft.of(Budget(name, amount=DEFAULT_AMOUNT))], len(self._drafts))
        self.name.setFocus()
        self.name.selectAll()

    def _delete(self) -> None:
        row = self.list.currentRow()
        self._fill_list([draft for place, draft in enumerate(self._drafts) if place != row], max(0, row - 1))

    def _choose(self) -> None:
        if self._is_filling:
            return
        draft = self._draft()
        self._is_filling = True
        if draft is not None:
            self.name.setText(draft.name)
            self.scope.setCurrentIndex(self.scope.findData(draft.scope))
            self._offer_values(draft.scope)
            self.value.setEditText(draft.value)
            self.period.set_current(draft.period)
            self.amount.setText(draft.amount)
            self.actual.setText(draft.actual)
            self.forecast.setText(draft.forecast)
            self.paused.setChecked(draft.paused)
        self._is_filling = False
        self._judge()
        self._look_back()

    def _offer_values(self, scope: str) -> None:
        """The names that were seen; another can be typed."""
        groups: Sequence[Group] = ()
        if self._snapshot is not None:
            of = {
                "model": self._snapshot.by_model,
                "function": self._snapshot.by_function,
                "user": self._snapshot.by_user,
                "anchor": self._snapshot.by_anchor,
            }
            groups = of.get(scope, ())
        self.value.clear()
        self.value.addItems([group.key for group in groups if group.key.isprintable()])

    def _take_scope(self) -> None:
        self._is_filling = True
        self._offer_values(self.scope.currentData())
        if self.scope.currentData() in SCOPES[2:] and self.value.count():
            self.value.setCurrentIndex(0)
        else:
            self.value.setEditText("")
        self._is_filling = False
        self._take()

    def _take(self) -> None:
        """What stands in the fields becomes the draft."""
        draft, row = self._draft(), self.list.currentRow()
        if draft is None or self._is_filling:
            return
        draft.name, draft.scope, draft.value = self.name.text(), self.scope.currentData(), self.value.currentText()
        draft.period = next(period for period in PERIODS if period == self.period.current())
        draft.amount, draft.actual, draft.forecast = self.amount.text(), self.actual.text(), self.forecast.text()
        draft.paused = self.paused.isChecked()
        if draft.scope in SCOPES[:2]:
            draft.value = ""
        self.list.item(row).setText(self._line(draft))
        self._judge()
        self._look_back()

    # What is right

    def _problems(self, draft: Draft) -> dict[str, str]:
        """What is wrong with which field."""
        found: dict[str, str] = {}
        name = draft.name.strip()
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            found["name"] = self.tr("A name of 1 to {n} letters.").format(n=LONGEST_NAME)
        elif any(other is not draft and other.name.strip() == name for other in self._drafts):
            found["name"] = self.tr("Another budget has this name.")
        try:
            amount_of(_digits(draft.amount))
        except ValueError:
            found["amount"] = self.tr("An amount above ¥0 and up to {most}, like 10 or 9.50.").format(
                most=f"¥{LARGEST:,}"
            )
        for key, text in (("actual", draft.actual), ("forecast", draft.forecast)):
            if percents_of(text) is None:
                found[key] = self.tr("Whole numbers from 1 to {n}, like 80, 100.").format(n=MOST_PERCENT)
        both = (percents_of(draft.actual) or (), percents_of(draft.forecast) or ())
        if sum(map(len, both)) > MOST_THRESHOLDS:
            found["forecast"] = self.tr("No more than {n} in all.").format(n=MOST_THRESHOLDS)
        if len(draft.value) > 1024 or "\0" in draft.value:
            found["scope"] = self.tr("This name is too long.")
        return found

    def _budget(self, draft: Draft) -> Budget | None:
        """The draft as a budget; None where it cannot be used."""
        if self._problems(draft):
            return None
        thresholds = (
            *(Threshold(percent) for percent in percents_of(draft.actual) or ()),
            *(Threshold(percent, "forecast") for percent in percents_of(draft.forecast) or ()),
        )
        scope = draft.scope if draft.scope in SCOPES[:2] else f"{draft.scope}:{draft.value}"
        return Budget(
            draft.name.strip(), scope, draft.period, amount_of(_digits(draft.amount)), thresholds, draft.paused
        )

    def _judge(self) -> None:
        draft = self._draft()
        self.form.setVisible(draft is not None)
        found = self._problems(draft) if draft is not None else {}
        for key, label in self.problems.items():
            label.setText(found.get(key, ""))
            label.setHidden(key not in found)
        self.value.setVisible(draft is not None and draft.scope in SCOPES[2:])
        self.add_button.setEnabled(len(self._drafts) < MOST_BUDGETS)
        self.delete_button.setEnabled(draft is not None)
        is_usable = not any(self._problems(draft) for draft in self._drafts)
        self.save_button.setEnabled(is_usable and self.is_changed)
        self._say()

    def _say(self) -> None:
        draft = self._draft()
        if draft is None:
            self.sentence.setText(self.tr("A budget says when your money will be gone, before it is."))
            return
        status, budget = self._status(draft), self._budget(draft)
        if status is not None and self._snapshot is not None:
            self.sentence.setText(breakable(pace_words(status, self._snapshot.now)[0]))
        elif budget is not None:
            self.sentence.setText(self.tr("{limit}, not saved yet").format(limit=limit_words(budget)))
        else:
            self.sentence.setText(self.tr("Something is not right yet."))

    def _save(self) -> None:
        budgets = tuple(filter(None, map(self._budget, self._drafts)))
        if len(budgets) == len(self._drafts):
            self._kept = budgets
            self._fill_list([Draft.of(budget) for budget in budgets], self.list.currentRow())
            self.saved.emit(budgets)

    # What became of it

    def _look_back(self) -> None:
        """Ask for the past of what is chosen, as far as its past depends on it."""
        draft = self._draft()
        budget = self._budget(draft) if draft is not None else None
        asked = replace(budget, name="", thresholds=(), paused=False) if budget is not None else None
        if asked is not None and asked != self._asked:
            self._asked = asked
            self.history_wanted.emit(asked)
        self._say_past()

    def _say_past(self) -> None:
        history, draft = self._history, self._draft()
        is_of_this = draft is not None and history is not None and history.budget == self._asked
        self.past_title.setVisible(is_of_this)
        self.past_list.setVisible(is_of_this)
        if not is_of_this or history is None:
            return
        if not history.past:
            self.past_title.setText(self.tr("No past period with calls"))
            self.past_list.setText("")
            return
        title = self.tr("Kept in {kept} of the last {n}").format(kept=history.kept, n=len(history.past))
        self.past_title.setText(title)
        lines = [self._past_line(past, history.budget) for past in history.past[:SHOWN_PAST]]
        if len(history.past) > SHOWN_PAST:
            lines.append(self.tr("and {n} before").format(n=len(history.past) - SHOWN_PAST))
        self.past_list.setText("\n".join(lines))

    def _past_line(self, past: Past, budget: Budget) -> str:
        when = day_span(past.first, past.last, self._snapshot.now.date() if self._snapshot else past.last)
        if past.session:
            when = f"{when} {value_name('session', past.session)}"
        words = {"when": when, "spent": money(past.spent), "amount": amount(budget.amount)}
        text = (
            self.tr("✓ {when}: {spent} of {amount}, kept")
            if past.kept
            else self.tr("✕ {when}: {spent} of {amount}, broken")
        )
        return text.format(**words)


def _digits(text: str) -> str:
    """An amount without the signs that people write around it."""
    return text.strip().lstrip("¥￥").removesuffix("元").replace(",", "").replace("，", "").strip()
