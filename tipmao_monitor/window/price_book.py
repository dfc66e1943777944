"""Tools > Price book: what each model costs, from which day on and by whose word; searched, added to, edited, undone.

A newcomer would get this wrong: the panel changes nothing itself. It says what should change and then shows the
`Edition` that comes back, so what is on the screen is what the file on disk says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.usage.own_prices import Change, Edition, Row
from tipmao_monitor.usage.prices import (
    FIRST_DAY,
    HOME_CURRENCY,
    Key,
    Price,
    PriceBook,
    Problem,
    Rate,
    Step,
    checked_price,
    checked_rate,
)
from tipmao_monitor.window.card import Segmented, breakable, plain_label, set_tone
from tipmao_monitor.window.dialogs import Index, LinesTable, Panel
from tipmao_monitor.window.numbers import count, free
from tipmao_monitor.window.theme import SPACING, text_font

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

SEARCH_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
FIGURES = ("input", "output", "cny")
FIELD_MIN_PX = 176
NARROW_PX = 640
"""Below it only the columns that matter most are shown."""
HISTORY_ROWS = 4

_STEP = re.compile(r"\s*>?\s*([0-9][0-9,]*)\s*:\s*(\S+)\s*/\s*(\S+)\s*")


@dataclass(frozen=True)
class Sheet:
    """One of the two kinds of rows: how it is listed (columns and their least widths), written into a form (`fields`
    of a file), and checked.
    """

    columns: Mapping[str, int]
    history: Mapping[str, int]
    fields: tuple[str, ...]
    rows: Callable[[PriceBook], Sequence[Row]]
    check: Callable[[Mapping[str, object], PriceBook, Key | None], tuple[Row | None, tuple[Problem, ...]]]


PRICES = Sheet(
    {
        "model": 180, "display_name": 120, "tier": 90, "input": 84, "output": 84, "more": 100, "effective_from": 84,
        "source": 100,
    },
    {"effective_from": 90, "input": 84, "output": 84, "more": 100, "checked": 90, "source": 100},
    (
        "model", "input", "output", "currency", "display_name", "provider", "tier", "aliases",
        "free_input_tokens", "steps", "effective_from", "checked", "source",
    ),
    lambda book: book.rows,
    checked_price,
)  # fmt: skip
RATES = Sheet(
    {"currency": 100, "cny": 100, "effective_from": 90, "source": 100},
    {"effective_from": 90, "cny": 100, "checked": 90, "source": 100},
    ("currency", "cny", "effective_from", "checked", "source"),
    lambda book: book.rates,
    checked_rate,
)


def figure_words(value: Decimal) -> str:
    """All decimals, since a price is no sum."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price_words(value: Decimal, currency: str) -> str:
    """ "¥0.004", "USD 0.000075"."""
    return f"¥{figure_words(value)}" if currency == HOME_CURRENCY else f"{currency} {figure_words(value)}"


def per_1k_words(price: Price) -> str:
    """ "¥0.005/1K", or "¥0.004/1K in, ¥0.012/1K out"."""
    if price.is_free:
        return free()
    inward, outward = price_words(price.input_per_1k, price.currency), price_words(price.output_per_1k, price.currency)
    if inward == outward and not price.steps:
        return f"{inward}/1K"
    return translate("prices", "{inward}/1K in, {outward}/1K out").format(inward=inward, outward=outward)


def more_words(price: Price) -> str:
    """What a price is besides its two figures: free tokens, steps."""
    parts = []
    if price.free_input_tokens:
        parts.append(translate("prices", "first {n} in free").format(n=count(price.free_input_tokens)))
    parts += [
        translate("prices", "over {n}: {inward} / {outward}").format(
            n=count(step.above), inward=figure_words(step.input_per_1k), outward=figure_words(step.output_per_1k)
        )
        for step in price.steps
    ]
    return ", ".join(parts)


def field_name(field: str) -> str:
    match field:
        case "model":
            return translate("prices", "Model, as recorded")
        case "display_name":
            return translate("prices", "Shown as")
        case "provider":
            return translate("prices", "Provider")
        case "tier":
            return translate("prices", "Good for")
        case "currency":
            return translate("prices", "Currency")
        case "input":
            return translate("prices", "Input, per 1K tokens")
        case "output":
            return translate("prices", "Output, per 1K tokens")
        case "free_input_tokens":
            return translate("prices", "Free input tokens a call")
        case "steps":
            return translate("prices", "Long calls (over: in / out)")
        case "aliases":
            return translate("prices", "Other names of it")
        case "effective_from":
            return translate("prices", "From this day on")
        case "source":
            return translate("prices", "Where it is from")
        case "checked":
            return translate("prices", "Checked on")
        case "more":
            return translate("prices", "Besides")
    return translate("prices", "CNY for one")


def column_name(field: str) -> str:
    """The same, short, above a column."""
    match field:
        case "model":
            return translate("prices", "Model")
        case "input":
            return translate("prices", "Input /1K")
        case "output":
            return translate("prices", "Output /1K")
        case "effective_from":
            return translate("prices", "From")
        case "checked":
            return translate("prices", "Checked")
        case "source":
            return translate("prices", "Source")
    return field_name(field)


def source_words(source: str) -> str:
    """Where a price that comes with the program was read."""
    match source:
        case "assistant's own table":
            return translate("prices", "assistant's own table")
        case "fixed rate of the program until you add a row":
            return translate("prices", "fixed rate of the program until you add a row")
    if source.startswith("guide "):
        return translate("prices", "guide {version}").format(version=source.removeprefix("guide "))
    return source


def problem_words(problem: Problem) -> str:
    """What is wrong with a field, for the one who is typing it."""
    match problem.kind:
        case "missing":
            return translate("prices", "needed")
        case "not_text" | "not_texts":
            return translate("prices", "not a name")
        case "not_currency":
            return translate("prices", "three letters, such as CNY or USD")
        case "not_money":
            return translate("prices", "a number such as 0.004, up to 9 places")
        case "not_tokens":
            return translate("prices", "a whole number of tokens")
        case "not_day":
            return translate("prices", "a day such as 2025-10-26")
        case "not_steps":
            return translate("prices", "such as 32000: 0.01 / 0.03")
        case "steps_order":
            return translate("prices", "the smaller number first, each only once")
        case "two_rows":
            return translate("prices", "you have a row from this day already")
        case "no_rate":
            return translate("prices", "add its exchange rate first")
        case "alias_taken":
            return translate("prices", "one of them belongs to another model of yours")
        case "rate_of_home":
            return translate("prices", "CNY needs no rate")
        case "rate_of_nothing":
            return translate("prices", "more than 0")
    return str(problem)


def texts_of(row: Row) -> dict[str, str]:
    """A row as it stands in a form."""
    day = "" if row.effective_from == FIRST_DAY else row.effective_from.isoformat()
    seen = {"effective_from": day, "source": row.source, "checked": row.checked.isoformat() if row.checked else ""}
    if isinstance(row, Rate):
        return {"currency": row.currency, "cny": figure_words(row.cny), **seen}
    return {
        "model": row.model,
        "display_name": row.display_name,
        "provider": row.provider,
        "tier": row.tier,
        "currency": row.currency,
        "input": figure_words(row.input_per_1k),
        "output": figure_words(row.output_per_1k),
        "free_input_tokens": str(row.free_input_tokens) if row.free_input_tokens else "",
        "steps": "; ".join(map(_step_text, row.steps)),
        "aliases": ", ".join(row.aliases),
        **seen,
    }


def values_of(texts: Mapping[str, str]) -> dict[str, object]:
    """What was typed into a form as the fields of a file; what cannot be read stays as it is, to be complained of."""
    values: dict[str, object] = {}
    for field, typed in texts.items():
        text = typed.strip()
        if field == "aliases":
            values[field] = [name for part in re.split("[,，;；]", text) if (name := part.strip())]
        elif field == "steps":
            values[field] = _steps(text)
        elif field == "free_input_tokens":
            digits = text.replace(",", "").replace("，", "")
            values[field] = int(digits) if digits.isascii() and digits.isdigit() else text or 0
        elif field in FIGURES:
            if text:
                values[field] = text.lstrip("¥￥$").strip()
        elif field == "currency":
            values[field] = text.upper() or HOME_CURRENCY
        elif text:
            values[field] = text
    return values


def _step_text(step: Step) -> str:
    return f"{step.above}: {figure_words(step.input_per_1k)} / {figure_words(step.output_per_1k)}"


def _steps(text: str) -> object:
    steps = []
    for part in filter(str.strip, re.split("[;；]", text)):
        found = _STEP.fullmatch(part.replace("：", ":"))
        if found is None:
            return text
        above, inward, outward = found.groups()
        steps.append({"above": int(above.replace(",", "")), "input": inward, "output": outward})
    return steps


def _amount(row: Row, column: str) -> Decimal:
    if isinstance(row, Rate):
        return row.cny
    return row.input_per_1k if column == "input" else row.output_per_1k


def _cell(row: Row, column: str) -> str:
    match column:
        case "input" | "output" if isinstance(row, Price):
            return free() if row.is_free else price_words(_amount(row, column), row.currency)
        case "more" if isinstance(row, Price):
            return more_words(row)
        case "effective_from":
            return row.effective_from.isoformat() if row.effective_from != FIRST_DAY else translate("prices", "always")
        case "source" if row.is_own:
            return translate("prices", "yours: {source}").format(source=row.source)
        case "source":
            return source_words(row.source)
    return texts_of(row)[column]


class RowsModel(QAbstractTableModel):
    """Rows of one sheet as text."""

    def __init__(self, sheet: Sheet, columns: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._sheet = sheet
        self._rows: tuple[Row, ...] = ()
        self._cells: list[tuple[str, ...]] = []
        self._found: list[str] = []

    def show_rows(self, rows: Sequence[Row]) -> None:
        if tuple(rows) == self._rows:
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self._write()
        self.endResetModel()

    def row(self, number: int) -> Row:
        return self._rows[number]

    def place(self, key: Key) -> int:
        """Where the row with this key stands, -1 where there is none."""
        return next((number for number, row in enumerate(self._rows) if row.key == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.ToolTipRole:
            return self._cells[index.row()][index.column()]
        if role == SEARCH_ROLE:
            return self._found[index.row()]
        if role == SORT_ROLE:
            row, column = self._rows[index.row()], self._columns[index.column()]
            return float(_amount(row, column)) if column in FIGURES else self._cells[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column()) | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return column_name(self._columns[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section) | Qt.AlignmentFlag.AlignVCenter
        return None

    def retranslate(self) -> None:
        self._write()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._columns) - 1)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self._columns) - 1))

    def _side(self, column: int) -> Qt.AlignmentFlag:
        return Qt.AlignmentFlag.AlignRight if self._columns[column] in FIGURES else Qt.AlignmentFlag.AlignLeft

    def _write(self) -> None:
        self._cells = [tuple(_cell(row, column) for column in self._columns) for row in self._rows]
        self._found = [" ".join(filter(None, texts_of(row).values())) for row in self._rows]


class RowForm(QWidget):
    """The fields of one row, each with its name above and what is wrong with it below."""

    edited = Signal()
    confirmed = Signal()

    def __init__(self, fields: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACING)
        self._grid.setVerticalSpacing(2)
        self._columns = 0
        self.edits: dict[str, QLineEdit] = {}
        self.problems: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}
        for field in fields:
            name, edit, problem = (
                plain_label("small", "secondary", self),
                QLineEdit(self),
                plain_label("small", "bad", self),
            )
            name.setBuddy(edit)
            edit.setObjectName(f"field_{field}")
            edit.textEdited.connect(self.edited)
            edit.returnPressed.connect(self.confirmed)
            problem.setWordWrap(True)
            self._names[field], self.edits[field], self.problems[field] = name, edit, problem
        self._arrange(4)

    def texts(self) -> dict[str, str]:
        return {field: edit.text() for field, edit in self.edits.items()}

    def show_texts(self, texts: Mapping[str, str]) -> None:
        for field, edit in self.edits.items():
            edit.setText(texts.get(field, ""))
            edit.setCursorPosition(0)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        said: dict[str, str] = {}
        for problem in problems:
            said.setdefault(problem.field, problem_words(problem))
        for field, label in self.problems.items():
            label.setText(f"▲ {said[field]}" if field in said else "")
            self.edits[field].setAccessibleDescription(said.get(field, ""))

    def retranslate(self) -> None:
        for field, label in self._names.items():
            label.setText(field_name(field))
            self.edits[field].setAccessibleName(field_name(field))
        hints = {"effective_from": FIRST_DAY.isoformat(), "currency": HOME_CURRENCY, "free_input_tokens": "0"}
        for field, hint in {**hints, "steps": "32000: 0.01 / 0.03", "input": "0.004", "output": "0.012"}.items():
            if field in self.edits:
                self.edits[field].setPlaceholderText(hint)

    def minimumSizeHint(self) -> QSize:
        """One column: with that of all of them it could never become narrow enough to have fewer."""
        return QSize(FIELD_MIN_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(max(1, min(4, (event.size().width() + SPACING) // (FIELD_MIN_PX + SPACING))))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        last = len(self.edits) - 1
        for place, field in enumerate(self.edits):
            row, column = 3 * (place // columns), place % columns
            span = columns - column if place == last else 1
            self._grid.addWidget(self._names[field], row, column, 1, span)
            self._grid.addWidget(self.edits[field], row + 1, column, 1, span)
            self._grid.addWidget(self.problems[field], row + 2, column, 1, span)
        for column in range(4):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)


class SheetView(QWidget):
    """The list of one sheet, the history of what is chosen in it, and the form of one row.

    `change_wanted` carries a `Change`.
    """

    change_wanted = Signal(object)
    editing_changed = Signal()

    def __init__(self, sheet: Sheet, parent: QWidget) -> None:
        super().__init__(parent)
        self.sheet = sheet
        self._edition: Edition | None = None
        self._fitted: tuple[bool, bool] | None = None
        self._replacing: Row | None = None
        self._wanted: Key | None = None
        self.is_editing = False
        self.model = RowsModel(sheet, tuple(sheet.columns), self)
        self.found = QSortFilterProxyModel(self)
        self.found.setSourceModel(self.model)
        self.found.setFilterRole(SEARCH_ROLE)
        self.found.setSortRole(SORT_ROLE)
        self.found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.found.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table = self._table(self.found)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.history_title = plain_label("title", parent=self)
        self.history = RowsModel(sheet, tuple(sheet.history), self)
        self.history_table = self._table(self.history)
        self.history_table.setObjectName("history")
        self.history_table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.form = RowForm(sheet.fields, self)
        self.note = plain_label("small", "secondary", self)
        self.note.setWordWrap(True)
        self.edit_button, self.later_button, self.remove_button = (
            self._button(name) for name in ("edit", "later", "remove")
        )
        self.save_button, self.cancel_button = self._button("save"), self._button("cancel")
        self.save_button.setProperty("primary", True)
        self._lay_out()
        self.table.doubleClicked.connect(self.edit)
        self.history_table.doubleClicked.connect(self.edit)
        self.table.selectionModel().currentRowChanged.connect(self._show_chosen)
        self.history_table.selectionModel().currentRowChanged.connect(self._show_row)
        self.form.edited.connect(self._judge)
        self.form.confirmed.connect(self.save)
        self.edit_button.clicked.connect(self.edit)
        self.later_button.clicked.connect(self.add_later)
        self.remove_button.clicked.connect(self.remove)
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self.cancel)
        self._set_editing(False)

    def _table(self, model: Any) -> LinesTable:
        table = LinesTable(model, self)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        return table

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        # It is tall where the window is narrow.
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.form.setObjectName("page")
        self._area.setWidget(self.form)
        actions = QHBoxLayout()
        actions.setSpacing(8)
        for button in (self.save_button, self.cancel_button, self.edit_button, self.later_button, self.remove_button):
            actions.addWidget(button)
        actions.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        rows.addWidget(self.table, 3)
        rows.addWidget(self.history_title)
        rows.addWidget(self.history_table)
        rows.addWidget(self._area, 4)
        rows.addWidget(self.note)
        rows.addLayout(actions)

    # What is shown

    def show_edition(self, edition: Edition) -> None:
        """After a change that was asked for here, its row is the one in sight."""
        if self.is_editing and (edition.failure or edition.problems):
            self._edition = replace(edition, book=self._edition.book if self._edition else edition.book)
            self._wanted = None
            return
        chosen = self._chosen_row()
        key = self._wanted or (chosen.key if chosen else None)
        self._edition = edition
        if self.is_editing and self._wanted is None:
            return  # it came from elsewhere; what is being typed stays
        self._wanted = None
        self._set_editing(False)
        self.model.show_rows(_in_force(self.sheet, edition))
        self._fit()
        self.choose(key)

    def choose(self, key: Key | None) -> None:
        """Show a row, or the one in force of the same name, or else the first."""
        place = next((n for n in range(self.model.rowCount()) if key and self.model.row(n).key[0] == key[0]), -1)
        index = self.found.mapFromSource(self.model.index(place, 0)) if place >= 0 else self.found.index(0, 0)
        if not index.isValid():
            index = self.found.index(0, 0)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._show_chosen()
        older = self.history.place(key) if key else -1
        if older >= 0:
            self.history_table.setCurrentIndex(self.history.index(older, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """In a narrow window the name and the figures stay in sight."""
        is_narrow = self.width() < NARROW_PX
        if self._fitted == (is_narrow, self.model.rowCount() > 0):
            return  # what the user made wider stays so
        self._fitted = is_narrow, self.model.rowCount() > 0
        for table, widths in ((self.table, self.sheet.columns), (self.history_table, self.sheet.history)):
            for place, name in enumerate(widths):
                table.setColumnHidden(place, is_narrow and place > 0 and name not in FIGURES)
            table.fit_columns([72] * 5 if is_narrow else list(widths.values())[:-1], 150 if is_narrow else 220)

    def search(self, text: str) -> None:
        self.found.setFilterFixedString(text)
        if not self.table.currentIndex().isValid() and self.found.rowCount():
            self.table.setCurrentIndex(self.found.index(0, 0))

    def _show_chosen(self) -> None:
        index = self.table.currentIndex()
        if not index.isValid() or self._edition is None:
            return
        row = self.model.row(self.found.mapToSource(index).row())
        rows = [other for other in self.sheet.rows(self._edition.book) if other.key[0] == row.key[0]]
        self.history.show_rows(rows[::-1])
        self.history_title.setText(self._history_words(row, len(rows)))
        line, head = self.history_table.verticalHeader().defaultSectionSize(), self.history_table.horizontalHeader()
        self.history_table.setFixedHeight(line * min(len(rows), HISTORY_ROWS) + head.sizeHint().height() + 4)
        if self.history_table.currentIndex().isValid() and self._chosen_row() is not None:
            self.history_table.clearSelection()
        self.history_table.setCurrentIndex(self.history.index(self.history.place(row.key), 0))
        self._show_row()

    def _show_row(self) -> None:
        row = self._chosen_row()
        if row is None or self.is_editing:
            return
        self._say(row)
        for button in (self.edit_button, self.later_button, self.remove_button):
            button.setEnabled(self._is_editable())
        self.remove_button.setVisible(row.is_own)

    def _chosen_row(self) -> Row | None:
        index = self.history_table.currentIndex()
        return self.history.row(index.row()) if 0 <= index.row() < self.history.rowCount() else None

    def _is_editable(self) -> bool:
        return self._edition is not None and not self._edition.problems

    # What the user does

    def add(self, texts: Mapping[str, str]) -> None:
        """Begin a row of the user's."""
        if not self._is_editable():
            return
        self._replacing = None
        self._set_editing(True)
        self.form.show_texts(texts)
        self._judge()
        first = next(field for field in self.sheet.fields if not texts.get(field))
        self.form.edits[first].setFocus()
        self.form.show_problems(())

    def add_later(self) -> None:
        """A new price of what is chosen, from today on: what lies before keeps its price."""
        row = self._chosen_row()
        if row is None or self._edition is None:
            return
        today = self._edition.day.isoformat()
        self.add({**texts_of(row), "effective_from": today, "checked": today, "source": ""})
        self._judge()
        self.form.edits[_main_figure(self.sheet)].setFocus()
        self.form.edits[_main_figure(self.sheet)].selectAll()

    def edit(self) -> None:
        row = self._chosen_row()
        if row is None or not self._is_editable():
            return
        self._replacing = row if row.is_own else None
        self._set_editing(True)
        self.form.show_texts(texts_of(row))
        self._judge()
        self.form.edits[_main_figure(self.sheet)].setFocus()

    def remove(self) -> None:
        row = self._chosen_row()
        if row is not None and row.is_own:
            self._wanted = row.key
            self.change_wanted.emit(Change(drop=(row,)))

    def save(self) -> None:
        row, problems = self._checked()
        self.form.show_problems(problems)
        if row is None:
            field = next((problem.field for problem in problems if problem.field in self.form.edits), None)
            if field is not None:
                self.form.edits[field].setFocus()
            return
        drop = (self._replacing,) if self._replacing is not None and self._replacing.key != row.key else ()
        self._wanted = row.key
        self.change_wanted.emit(Change(drop=drop, put=(row,)))

    def cancel(self) -> None:
        self._wanted = None
        self._set_editing(False)
        if self._edition is not None:
            self.model.show_rows(_in_force(self.sheet, self._edition))
        self._show_chosen()

    def _checked(self) -> tuple[Row | None, tuple[Problem, ...]]:
        assert self._edition is not None
        replacing = self._replacing.key if self._replacing is not None else None
        return self.sheet.check(values_of(self.form.texts()), self._edition.book, replacing)

    def _judge(self) -> None:
        row, problems = self._checked()
        self.form.show_problems(problems)
        self.save_button.setEnabled(row is not None)

    def _set_editing(self, is_editing: bool) -> None:
        self.is_editing = is_editing
        self.table.setEnabled(not is_editing)
        self.history_title.setVisible(not is_editing)
        self.history_table.setVisible(not is_editing)
        self._area.setVisible(is_editing)
        for button in (self.save_button, self.cancel_button):
            button.setVisible(is_editing)
        for button in (self.edit_button, self.later_button):
            button.setVisible(not is_editing)
        row = self._chosen_row()
        self.remove_button.setVisible(not is_editing and row is not None and row.is_own)
        self._say(row)
        self.editing_changed.emit()

    # Words

    def retranslate(self) -> None:
        self.model.retranslate()
        self.history.retranslate()
        self.form.retranslate()
        is_price = self.sheet is PRICES
        self.table.setAccessibleName(self.tr("Prices") if is_price else self.tr("Exchange rates"))
        self.history_table.setAccessibleName(self.tr("History"))
        self.edit_button.setText(self.tr("Edit"))
        self.later_button.setText(self.tr("New price from today") if is_price else self.tr("New rate from today"))
        self.remove_button.setText(self.tr("Remove my row"))
        self.save_button.setText(self.tr("Save"))
        self.cancel_button.setText(self.tr("Cancel"))
        if not self.is_editing:
            self._show_chosen()

    def _history_words(self, row: Row, rows: int) -> str:
        name = row.key[0]
        return (
            self.tr("{name}: 1 price").format(name=name)
            if rows == 1
            else self.tr("{name}: {n} prices").format(name=name, n=count(rows))
        )

    def _say(self, row: Row | None) -> None:
        if row is None:
            self.note.setText("")
        elif self.is_editing:
            self.note.setText(
                self.tr("This changes your row.")
                if self._replacing is not None
                else self.tr("This becomes a row of your own file. Those of the program stay.")
            )
        elif row.is_own:
            self.note.setText(self.tr("Your row. Without it, the program's own price holds, if it has one."))
        else:
            self.note.setText(self.tr("The program's row. Editing it makes a row of your own, which survives updates."))


def _main_figure(sheet: Sheet) -> str:
    return "input" if sheet is PRICES else "cny"


def _in_force(sheet: Sheet, edition: Edition) -> list[Row]:
    """For each name its row of that day, or where its first price is yet to come, that one."""
    rows: dict[str, Row] = {}
    for row in sheet.rows(edition.book):
        if row.key[0] not in rows or row.effective_from <= edition.day:
            rows[row.key[0]] = row
    return list(rows.values())


class PriceBookPanel(Panel):
    """The whole price book, and what the user adds to it."""

    change_wanted = Signal(object)
    """A `Change` of the user's file."""
    undo_wanted = Signal()
    file_chosen = Signal(str)
    """A litellm price file to import from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("price_book")
        self._edition: Edition | None = None
        self._has_asked = False
        self._awaited: str | None = None
        self.which = Segmented([("prices", ""), ("rates", "")], self)
        self.search = QLineEdit(self)
        self.search.setObjectName("search_prices")
        self.search.setClearButtonEnabled(True)
        place = self.search.sizePolicy()
        place.setRetainSizeWhenHidden(True)  # the button beside it would grow
        self.search.setSizePolicy(place)
        self.add_button, self.import_button, self.undo_button = (self._button(n) for n in ("add", "import", "undo"))
        self.notice = plain_label(parent=self)
        self.notice.setWordWrap(True)
        self.prices = SheetView(PRICES, self)
        self.rates = SheetView(RATES, self)
        self.rates.hide()
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.which)
        top.addWidget(self.search, 1)
        top.addWidget(self.add_button)
        self.content.addLayout(top)
        self.content.addWidget(self.notice)
        self.content.addWidget(self.prices, 1)
        self.content.addWidget(self.rates, 1)
        self.buttons.insertWidget(0, self.undo_button)
        self.buttons.insertWidget(1, self.import_button)
        self.close_button.setAutoDefault(False)
        self.close_button.setDefault(False)
        for view in (self.prices, self.rates):
            view.change_wanted.connect(self._ask)
            view.editing_changed.connect(self._say)
        self.which.chosen.connect(self._turn_to)
        self.search.textChanged.connect(self.prices.search)
        self.add_button.clicked.connect(self._add)
        self.import_button.clicked.connect(self._choose_file)
        self.undo_button.clicked.connect(self._undo)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self, self._undo)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)
        self.resize(1000, 760)
        self.retranslate()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    @property
    def view(self) -> SheetView:
        """The sheet in sight."""
        return self.prices if self.which.current() == "prices" else self.rates

    def show_edition(self, edition: Edition) -> None:
        if edition is self._edition:
            return
        self._edition = edition
        for view in (self.prices, self.rates):
            view.show_edition(edition)
        self._say()
        self._has_asked = False
        model, self._awaited = self._awaited, None
        if model is not None:
            self.show_model(model)

    def show_model(self, model: str) -> None:
        """Turn to the prices of a recorded model; to a new row where it has none."""
        if self._edition is None:
            self._awaited = model
            return
        if self.view.is_editing:
            return  # what is being typed is not thrown away
        self._turn_to("prices")
        self.search.clear()
        known = self._edition.book.resolve(model)
        if known is None:
            self.add(model)
        else:
            self.prices.choose((known, date.max))

    def add(self, model: str = "") -> None:
        """Begin a new row (the guide's Q4)."""
        if self._edition is None:
            return
        today = self._edition.day.isoformat()
        if self.view is self.rates:
            self.rates.add({"effective_from": today, "checked": today})
        else:
            self.prices.add({"model": model, "currency": HOME_CURRENCY, "checked": today})

    def _add(self) -> None:
        self.add()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Price book"))
        self.which.set_labels([self.tr("Prices"), self.tr("Exchange rates")])
        self.search.setPlaceholderText(self.tr("Search models, providers, uses"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.import_button.setText(self.tr("Import from litellm…"))
        self.undo_button.setText(self.tr("Undo"))
        for view in (self.prices, self.rates):
            view.retranslate()
        self._turn_to(self.which.current())
        self._say()

    def _turn_to(self, which: str) -> None:
        self.which.set_current(which)
        self.prices.setVisible(which == "prices")
        self.rates.setVisible(which == "rates")
        self.search.setVisible(which == "prices")
        self.add_button.setText(self.tr("Add a model") if which == "prices" else self.tr("Add a rate"))

    def reject(self) -> None:
        """Esc leaves the form before it leaves the panel."""
        if self.view.is_editing:
            self.view.cancel()
        else:
            super().reject()

    def _ask(self, change: Change) -> None:
        self._has_asked = True
        self.change_wanted.emit(change)

    def _undo(self) -> None:
        if self.undo_button.isEnabled():
            self._has_asked = True
            self.undo_wanted.emit()

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Price file of litellm"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("litellm prices (*.json)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.file_chosen)
        dialog.open()

    def _say(self) -> None:
        edition = self._edition
        is_usable = edition is not None and not edition.problems and not self.view.is_editing
        for button in (self.add_button, self.import_button):
            button.setEnabled(is_usable)
        self.which.setEnabled(not self.view.is_editing)
        self.search.setEnabled(not self.view.is_editing)
        self.undo_button.setEnabled(is_usable and edition is not None and edition.can_undo)
        if edition is None:
            self.notice.setText(self.tr("Reading…"))
        elif edition.problems:
            lines = [self.tr("Your price file cannot be used. The program's own prices hold until it is corrected:")]
            self.notice.setText("\n".join([*lines, *(breakable(str(problem)) for problem in edition.problems[:8])]))
        elif edition.failure == "changed_outside":
            self.notice.setText(self.tr("Not undone: your price file was edited elsewhere since."))
        elif edition.failure:
            self.notice.setText(self.tr("Not saved: {reason}").format(reason=breakable(edition.failure)))
        elif self._has_asked:
            self.notice.setText(self.tr("Saved. All numbers follow."))
        else:
            own = len([row for rows in (edition.book.rows, edition.book.rates) for row in rows if row.is_own])
            self.notice.setText(
                self.tr("{n} rows of your own in {file}").format(n=count(own), file=breakable(edition.path))
                if own
                else self.tr("All prices are those of the program. Yours go into {file}").format(
                    file=breakable(edition.path)
                )
            )
        is_bad = edition is not None and bool(edition.problems or edition.failure)
        set_tone(self.notice, "bad" if is_bad else "secondary")
        self.notice.setFont(text_font("small"))
