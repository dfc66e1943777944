"""Import from litellm's price file: what would change in the price book, row by row, and only what is ticked is taken.

A newcomer would get this wrong: the currency of a price is the one in which recorded costs of its model are read, so
the choice between USD and CNY is the user's, and a model that the book has keeps its currency.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from tipmao_monitor.usage.litellm_prices import CURRENCY, LitellmFile, Proposal, proposals
from tipmao_monitor.usage.own_prices import Change, Edition
from tipmao_monitor.usage.prices import HOME_CURRENCY
from tipmao_monitor.window.card import Segmented, breakable, plain_label, set_tone
from tipmao_monitor.window.dialogs import Index, LinesTable, Panel
from tipmao_monitor.window.numbers import UNKNOWN, count
from tipmao_monitor.window.price_sheet import NARROW_PX, SEARCH_ROLE
from tipmao_monitor.window.price_words import figure_words, more_words, price_words

Kind = Literal["used", "changed", "new"]
KINDS: tuple[Kind, ...] = ("used", "changed", "new")


class ProposalModel(QAbstractTableModel):
    """Proposals with a tick each."""

    ticked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[Proposal, ...] = ()
        self.chosen: set[str] = set()
        """Models; they stay ticked while another list is looked at."""

    def show_proposals(self, rows: tuple[Proposal, ...]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def tick(self, models: Collection[str], is_on: bool) -> None:
        self.chosen = self.chosen | set(models) if is_on else self.chosen - set(models)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 0))
        self.ticked.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 4

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        proposal = self._rows[index.row()]
        price, before = proposal.price, proposal.before
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return (price.model, _words(before), _words(price), price.provider)[index.column()]
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            return Qt.CheckState.Checked if price.model in self.chosen else Qt.CheckState.Unchecked
        if role == SEARCH_ROLE:
            return f"{price.model} {price.provider}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        self.tick([self._rows[index.row()].price.model], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("Model"),
                self.tr("Now, in / out"),
                self.tr("litellm, in / out"),
                self.tr("Provider"),
            )[section]
        return None

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 3)


class _Ticks(QStyledItemDelegate):
    """Fusion frames an empty tick box in a darker shade of the window, which in a dark theme cannot be seen."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        palette: QPalette = option.palette
        palette.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.Text))


def _words(price: Any) -> str:
    if price is None:
        return UNKNOWN
    both = f"{price_words(price.input_per_1k, price.currency)} / {figure_words(price.output_per_1k)}"
    return " · ".join(filter(None, (both, more_words(price))))


class ImportPanel(Panel):
    """The proposals of a file; `change_wanted` carries the `Change` that takes what is ticked."""

    change_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import_prices")
        self._edition: Edition | None = None
        self._fitted: tuple[bool, bool, str] | None = None
        self._file: LitellmFile | None = None
        self._used: frozenset[str] = frozenset()
        self._lists: dict[str, tuple[Proposal, ...]] = {kind: () for kind in KINDS}
        self.which = Segmented([(kind, "") for kind in KINDS], self)
        self.currency = Segmented([(CURRENCY, ""), (HOME_CURRENCY, "")], self)
        self.search = QLineEdit(self)
        self.search.setObjectName("search_proposals")
        self.search.setClearButtonEnabled(True)
        self.sentence = plain_label("small", "secondary", self)
        self.sentence.setWordWrap(True)
        self.model = ProposalModel(self)
        self.found = QSortFilterProxyModel(self)
        self.found.setSourceModel(self.model)
        self.found.setFilterRole(SEARCH_ROLE)
        self.found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table = LinesTable(self.found, self)
        self.table.setItemDelegate(_Ticks(self.table))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.all_button, self.none_button, self.take_button = (self._button(name) for name in ("all", "none", "take"))
        self.take_button.setProperty("primary", True)
        self.warning = plain_label("small", "secondary", self)
        self.warning.setWordWrap(True)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.which)
        top.addWidget(self.search, 1)
        self.content.addWidget(self.sentence)
        self.content.addLayout(top)
        self.content.addWidget(self.table, 1)
        money = QHBoxLayout()
        money.setSpacing(8)
        money.addWidget(self.currency, 0, Qt.AlignmentFlag.AlignTop)
        money.addWidget(self.warning, 1)
        self.content.addLayout(money)
        for place, button in enumerate((self.all_button, self.none_button)):
            self.buttons.insertWidget(place, button)
        self.buttons.insertWidget(self.buttons.count() - 1, self.take_button)
        self.close_button.setAutoDefault(False)
        self.close_button.setDefault(False)
        self.which.chosen.connect(self._show_list)
        self.currency.chosen.connect(self._propose)
        self.search.textChanged.connect(self.found.setFilterFixedString)
        self.model.ticked.connect(self._count)
        self.all_button.clicked.connect(self._tick_shown)
        self.none_button.clicked.connect(self._tick_none)
        self.take_button.clicked.connect(self._take)
        self.resize(860, 560)
        self.retranslate()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        return button

    def show_file(self, file: LitellmFile, edition: Edition, used: Collection[str]) -> None:
        """`used` are recorded models without a price; they are ticked."""
        self._file, self._edition, self._used = file, edition, frozenset(used)
        self.model.chosen = set()
        self._propose()
        self.model.chosen = {proposal.price.model for proposal in self._lists["used"]}
        kind = next((kind for kind in KINDS if self._lists[kind]), "used")
        self.which.set_current(kind)
        self._show_list(kind)
        self.retranslate()
        self._fit()

    def _propose(self) -> None:
        if self._file is None or self._edition is None:
            return
        currency: Literal["USD", "CNY"] = "CNY" if self.currency.current() == HOME_CURRENCY else "USD"
        found = proposals(self._file.prices, self._edition.book, self._edition.day, currency=currency)
        self._lists = {
            "used": tuple(p for p in found if p.before is None and p.price.model in self._used),
            "changed": tuple(p for p in found if p.before is not None),
            "new": tuple(p for p in found if p.before is None),
        }
        self._show_list(self.which.current())

    def _show_list(self, kind: str) -> None:
        self.model.show_proposals(self._lists[kind])
        self._fit()
        self._count()

    def _chosen(self) -> list[Proposal]:
        rows = (*self._lists["changed"], *self._lists["new"])
        return [proposal for proposal in rows if proposal.price.model in self.model.chosen]

    def _tick_shown(self) -> None:
        shown = (self.found.index(row, 0) for row in range(self.found.rowCount()))
        self.model.tick([str(index.data()) for index in shown], True)

    def _tick_none(self) -> None:
        self.model.tick(list(self.model.chosen), False)

    def _take(self) -> None:
        self.change_wanted.emit(Change(put=tuple(proposal.price for proposal in self._chosen())))
        self.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What would change stays in sight in a narrow window, too. Only what is changed has a price now."""
        is_narrow, kind = self.width() < NARROW_PX, self.which.current()
        if self._fitted == (is_narrow, self._file is not None, kind):
            return  # what the user made wider stays so
        self._fitted = is_narrow, self._file is not None, kind
        self.table.setColumnHidden(1, kind != "changed")
        self.table.setColumnHidden(3, is_narrow)
        if not is_narrow:
            self.table.fit_columns((230, 210, 210), max(280, self.width() // 3))
        else:
            self.table.fit_columns(*(((118, 118), 118) if kind == "changed" else ((180,), 220)))
            self.table.setColumnWidth(2, 120)  # and what is left

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Import prices"))
        self.close_button.setText(self.tr("Cancel"))
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search models"))
        self.table.setAccessibleName(self.tr("Prices of the file"))
        self.all_button.setText(self.tr("Tick shown"))
        self.none_button.setText(self.tr("Untick all"))
        self.which.set_labels(
            [
                self.tr("Used, no price {n}").format(n=count(len(self._lists["used"]))),
                self.tr("Changed {n}").format(n=count(len(self._lists["changed"]))),
                self.tr("New {n}").format(n=count(len(self._lists["new"]))),
            ]
        )
        rate = UNKNOWN
        if self._edition is not None:
            rate = price_words(self._edition.book.rate(CURRENCY, self._edition.day), HOME_CURRENCY)[1:]
        self.currency.set_labels([self.tr("in USD"), self.tr("in CNY, at {rate}").format(rate=rate)])
        self.model.retranslate()
        self._say()
        self._count()

    def _say(self) -> None:
        file = self._file
        if file is None:
            self.sentence.setText(self.tr("Reading…"))
        elif file.problem:
            self.sentence.setText(
                self.tr("{file} is not a price file of litellm: {reason}").format(
                    file=breakable(os.path.basename(file.path)), reason=breakable(file.problem)
                )
            )
        else:
            self.sentence.setText(
                self.tr(
                    "Models with a price in {file}: {n}; without one per token: {left}. Only what is ticked is "
                    "taken: new models hold from the first day on, changed ones from today on."
                ).format(
                    n=count(len(file.prices)), file=breakable(os.path.basename(file.path)), left=count(file.left_out)
                )
            )
        set_tone(self.sentence, "bad" if file is not None and file.problem else "secondary")
        self.warning.setText(
            self.tr("Costs recorded for a model that is priced in USD are read as USD. Models of the book keep theirs.")
        )

    def _count(self) -> None:
        n = len(self._chosen())
        self.take_button.setText(self.tr("Take 1 price") if n == 1 else self.tr("Take {n} prices").format(n=count(n)))
        self.take_button.setEnabled(n > 0)
