"""Tools > Price book: what each model costs, from which day on and by whose word; searched, added to, edited, undone.

A newcomer would get this wrong: the panel changes nothing itself. It says what should change and then shows the
`Edition` that comes back, so what is on the screen is what the file on disk says.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from tipmao_monitor.usage.own_prices import Change, Edition
from tipmao_monitor.usage.prices import HOME_CURRENCY
from tipmao_monitor.window.card import Segmented, breakable, plain_label, set_tone
from tipmao_monitor.window.dialogs import Panel
from tipmao_monitor.window.numbers import count
from tipmao_monitor.window.price_sheet import PRICES, RATES, SheetView
from tipmao_monitor.window.theme import text_font

MISTAKE_LINES = 8


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
        self._done = ""
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
        self.mistakes = QPlainTextEdit(self)
        self.mistakes.setObjectName("mistakes")
        self.mistakes.setReadOnly(True)
        self.mistakes.setFont(text_font("small"))
        self.mistakes.setFixedHeight(MISTAKE_LINES * self.mistakes.fontMetrics().lineSpacing() + 12)
        self.mistakes.hide()
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
        self.content.addWidget(self.mistakes)
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
        self.resize(1080, 760)
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
        self._done = ""
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
        self.mistakes.setAccessibleName(self.tr("Mistakes in your price file"))
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
        self._done = "saved"
        self.change_wanted.emit(change)

    def _undo(self) -> None:
        if self.undo_button.isEnabled():
            self._done = "undone"
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
        problems = edition.problems if edition is not None else ()
        self.mistakes.setVisible(bool(problems))
        if (said := "\n".join(map(str, problems))) != self.mistakes.toPlainText():
            self.mistakes.setPlainText(said)
        if edition is None:
            self.notice.setText(self.tr("Reading…"))
        elif edition.problems:
            self.notice.setText(
                self.tr("Your price file cannot be used. The program's own prices hold until it is corrected:")
            )
        elif edition.failure == "changed_outside":
            self.notice.setText(self.tr("Not undone: your price file was edited elsewhere since."))
        elif edition.failure:
            self.notice.setText(self.tr("Not saved: {reason}").format(reason=breakable(edition.failure)))
        elif self._done:
            self.notice.setText(
                self.tr("Undone. All numbers follow.")
                if self._done == "undone"
                else self.tr("Saved. All numbers follow.")
            )
        else:
            own = len([row for rows in (edition.book.rows, edition.book.rates) for row in rows if row.is_own])
            if not own:
                text = self.tr("All prices are those of the program. Yours go into {file}")
            else:
                text = self.tr("1 row of your own in {file}") if own == 1 else self.tr("{n} rows of your own in {file}")
            self.notice.setText(text.format(n=count(own), file=breakable(edition.path)))
        is_bad = edition is not None and bool(edition.problems or edition.failure)
        set_tone(self.notice, "bad" if is_bad else "secondary")
        self.notice.setFont(text_font("small"))
