"""One sheet of the price book, prices or exchange rates: the list, the history of what is chosen, the form of a row.

A newcomer would get this wrong: nothing is changed here. A sheet says what should change and then shows the `Edition`
that comes back, so what is on the screen is what the file on disk says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from PySide6.QtCore import (
    QCoreApplication,
    QSignalBlocker,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QResizeEvent, QShowEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
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
    checked_price,
    checked_rate,
)
from tipmao_monitor.window.card import plain_label
from tipmao_monitor.window.dialogs import LinesTable
from tipmao_monitor.window.numbers import count, free
from tipmao_monitor.window.price_words import (
    FIGURES,
    column_name,
    field_name,
    more_words,
    price_words,
    problem_words,
    source_words,
    texts_of,
    values_of,
)
from tipmao_monitor.window.theme import SPACING

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

SEARCH_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
FIELD_MIN_PX = 176
NARROW_PX = 640
"""Below it only the columns that matter most are shown."""
HISTORY_ROWS = 4


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


def _prices(book: PriceBook) -> list[Price]:
    """What holds under the name of each model, also where it was another name of another one before its own rows."""
    return [
        row if row.model == model else replace(row, model=model, aliases=(), is_own=False)
        for model in dict.fromkeys(row.model for row in book.rows)
        for row in book.history(model)
    ]


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
    _prices,
    checked_price,
)  # fmt: skip
RATES = Sheet(
    {"currency": 100, "cny": 100, "effective_from": 90, "source": 100},
    {"effective_from": 90, "cny": 100, "checked": 90, "source": 100},
    ("currency", "cny", "effective_from", "checked", "source"),
    lambda book: book.rates,
    checked_rate,
)


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


def _as_in_the_guide(row: Row) -> tuple[str, ...]:
    """What is also found in a window that says it in another language."""
    return (row.tier,) if isinstance(row, Price) else ()


class RowsModel(QStandardItemModel):
    """Rows of one sheet as text. Its cells are Qt's own: a table asks for ten things of each when it is painted."""

    def __init__(self, sheet: Sheet, columns: Sequence[str], parent: QWidget) -> None:
        super().__init__(0, len(columns), parent)
        self._columns = tuple(columns)
        self._sheet = sheet
        self._rows: tuple[Row, ...] = ()
        self._name_columns()

    def show_rows(self, rows: Sequence[Row]) -> None:
        if tuple(rows) == self._rows:
            return
        self._rows = tuple(rows)
        self.beginResetModel()
        with QSignalBlocker(self):
            self.setRowCount(0)
            for _ in self._rows:
                self.appendRow([self._made(column) for column in self._columns])
            self._write()
        self.endResetModel()

    def row(self, number: int) -> Row:
        return self._rows[number]

    def place(self, key: Key) -> int:
        """Where the row with this key stands, -1 where there is none."""
        return next((number for number, row in enumerate(self._rows) if row.key == key), -1)

    def retranslate(self) -> None:
        self._name_columns()
        with QSignalBlocker(self):
            self._write()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(self._columns) - 1))

    def _name_columns(self) -> None:
        self.setHorizontalHeaderLabels([column_name(column) for column in self._columns])
        for place, column in enumerate(self._columns):
            self.horizontalHeaderItem(place).setTextAlignment(_side(column))

    def _made(self, column: str) -> QStandardItem:
        item = QStandardItem()
        item.setEditable(False)
        item.setTextAlignment(_side(column))
        return item

    def _write(self) -> None:
        for number, row in enumerate(self._rows):
            found = " ".join(filter(None, (*texts_of(row).values(), *_as_in_the_guide(row))))
            for place, column in enumerate(self._columns):
                item, text = self.item(number, place), _cell(row, column)
                item.setText(text)
                item.setToolTip(text)
                item.setData(float(_amount(row, column)) if column in FIGURES else text, SORT_ROLE)
                item.setData(found, SEARCH_ROLE)


def _side(column: str) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in FIGURES else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


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
            problem.setContentsMargins(0, 0, 0, 6)  # nearer to its own field than to the one below
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

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """In a narrow window the name and the figures stay in sight. Before it is shown it has no width yet."""
        is_narrow = self.width() < NARROW_PX
        if not self.isVisible() or self._fitted == (is_narrow, self.model.rowCount() > 0):
            return  # what the user made wider stays so
        self._fitted = is_narrow, self.model.rowCount() > 0
        for table, widths in ((self.table, self.sheet.columns), (self.history_table, self.sheet.history)):
            for place, name in enumerate(widths):
                table.setColumnHidden(place, is_narrow and place > 0 and name not in FIGURES)
            least = list(widths.values())[:-1]
            if is_narrow:
                first = widths["effective_from"] if table is self.history_table else 100
                least = [first, 72, 72, 72, 72]
            table.fit_columns(least, 150 if is_narrow else 220)

    def search(self, text: str) -> None:
        self.found.setFilterFixedString(text)
        if not self.table.currentIndex().isValid() and self.found.rowCount():
            self.table.setCurrentIndex(self.found.index(0, 0))
        if not self.found.rowCount():
            self._show_chosen()  # told before the last row was gone

    def _show_chosen(self) -> None:
        index = self.table.currentIndex()
        if self._edition is None:
            return
        if not index.isValid():
            self.history.show_rows(())
            self.history_title.setText("")
            self._show_row()
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
        if self.is_editing:
            return
        self._say(row)
        for button in (self.edit_button, self.later_button, self.remove_button):
            button.setEnabled(row is not None and self._is_editable())
        self.remove_button.setVisible(row is not None and row.is_own)

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
        if row is None or self._edition is None or not self._is_editable():
            return
        self._replacing = row if row.is_own else None
        self._set_editing(True)
        # A figure of the user's is not the program's word for it.
        theirs = {} if row.is_own else {"source": "", "checked": self._edition.day.isoformat()}
        self.form.show_texts({**texts_of(row), **theirs})
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
        row = self._chosen_row()
        self._set_editing(False)
        if self._edition is not None:
            self.model.show_rows(_in_force(self.sheet, self._edition))
        self.choose(row.key if row else None)

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
        row = self._chosen_row()
        ours, others = [self.save_button, self.cancel_button], [self.edit_button, self.later_button]
        if row is not None and row.is_own:
            others.append(self.remove_button)
        # First what goes: all of them side by side would make a narrow panel wider.
        for button in (self.remove_button, *(others if is_editing else ours)):
            button.hide()
        for button in ours if is_editing else others:
            button.show()
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
        if self.sheet is PRICES:
            text = self.tr("{name}: 1 price") if rows == 1 else self.tr("{name}: {n} prices")
        else:
            text = self.tr("{name}: 1 rate") if rows == 1 else self.tr("{name}: {n} rates")
        return text.format(name=row.key[0], n=count(rows))

    def _say(self, row: Row | None) -> None:
        if self.is_editing:
            self.note.setText(
                self.tr("This changes your row.")
                if self._replacing is not None
                else self.tr("This becomes a row of your own file. Those of the program stay.")
            )
        elif row is None:
            is_found = not self.model.rowCount() or self.found.rowCount()
            self.note.setText("" if is_found else self.tr("No model like this in the price book. You can add it."))
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
