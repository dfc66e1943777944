"""Tools > Clean up: old day files with what they hold, to be archived, hidden or deleted after a confirmation.

A newcomer would get this wrong: nothing goes that was not named in the question, and the figures in that question are
those of the chosen files, not of the list.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QDate, QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QWidget,
)

from tipmao_monitor.usage.cleanup import Action, CleanupRequest, CleanupResult, OldFile, OldFiles, Outcome
from tipmao_monitor.window.card import breakable, plain_label, set_tone
from tipmao_monitor.window.dialogs import Index, LinesTable, Panel
from tipmao_monitor.window.numbers import UNKNOWN, bytes_size, calls, count, money, visible

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

WHICH = ("older", "day", "all")
OLD_DAYS = 30
NAMED = 12
"""Files that the question names at once; the others are in its details."""


class OldFilesModel(QAbstractTableModel):
    """Day files, the oldest first."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.files: tuple[OldFile, ...] = ()

    def show_files(self, files: tuple[OldFile, ...]) -> None:
        if files == self.files:
            return
        self.beginResetModel()
        self.files = files
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.files)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 6

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        file = self.files[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                file.day.isoformat(),
                bytes_size(file.size),
                UNKNOWN if file.calls is None else f"{file.calls:,}",
                money(file.cost),
                _state_words(file.state),
                visible(os.path.basename(file.path)),
            )[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() in (1, 2, 3) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return visible(file.path)
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("Day"),
                self.tr("Size"),
                self.tr("Calls"),
                self.tr("Cost"),
                self.tr("State"),
                self.tr("File"),
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            edge = Qt.AlignmentFlag.AlignRight if section in (1, 2, 3) else Qt.AlignmentFlag.AlignLeft
            return edge | Qt.AlignmentFlag.AlignVCenter
        return None

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 5)
        if self.files:
            self.dataChanged.emit(self.index(0, 4), self.index(len(self.files) - 1, 4))


class CleanupPanel(Panel):
    """What is chosen in the table is what a button asks about; at first that is all that is listed."""

    wanted = Signal(object)
    """A `CleanupRequest` that the user has confirmed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cleanup")
        self._found = OldFiles(date(2015, 1, 1))
        self._is_known = False
        self._is_busy = False
        self._result: CleanupResult | None = None
        self.which = QComboBox(self)
        self.which.setObjectName("cleanup_which")
        for value in WHICH:
            self.which.addItem("", value)
        self.days = QSpinBox(self)
        self.days.setObjectName("cleanup_days")
        self.days.setRange(0, 9999)
        self.days.setValue(OLD_DAYS)
        self.day = QDateEdit(self)
        self.day.setObjectName("cleanup_day")
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setCalendarPopup(True)
        self.model = OldFilesModel(self)
        self.table = LinesTable(self.model, self)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.chosen_words = plain_label(parent=self)
        self.help = plain_label("small", "secondary", self)
        self.said = plain_label(parent=self)
        for label in (self.chosen_words, self.help, self.said):
            label.setWordWrap(True)
        self.actions_: dict[Action, QPushButton] = {}
        deeds: tuple[Action, ...] = ("archive", "hide", "show", "delete")
        for place, action in enumerate(deeds):
            button = QPushButton(self)
            button.setObjectName(f"cleanup_{action}")
            button.setProperty("action", action)
            button.setAutoDefault(False)
            button.clicked.connect(self._ask)
            self.buttons.insertWidget(place, button)
            self.actions_[action] = button
        line = QHBoxLayout()
        for part in (self.which, self.days, self.day):
            line.addWidget(part)
        line.addStretch(1)
        self.content.addLayout(line)
        self.content.addWidget(self.table, 1)
        self.content.addWidget(self.chosen_words)
        self.content.addWidget(self.help)
        self.content.addWidget(self.said)
        self.which.currentIndexChanged.connect(self._list)
        self.days.valueChanged.connect(self._list)
        self.day.dateChanged.connect(self._list)
        self.table.selectionModel().selectionChanged.connect(self._say)
        self.resize(720, 480)
        self.retranslate()

    def show_files(self, found: OldFiles) -> None:
        """What there is now."""
        if not self._is_known:
            today = found.today
            self.day.setDate(QDate(today.year, today.month, today.day))
        self._found, self._is_known, self._is_busy = found, True, False
        self._list()

    def show_result(self, result: CleanupResult) -> None:
        self._result = result
        self._say()

    def chosen(self) -> tuple[OldFile, ...]:
        rows = {index.row() for index in self.table.selectionModel().selectedRows()}
        return tuple(self.model.files[row] for row in sorted(rows))

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Clean up"))
        for place, text in enumerate((self.tr("Older than"), self.tr("One day"), self.tr("All day files"))):
            self.which.setItemText(place, text)
        self.which.setAccessibleName(self.tr("Which day files"))
        self.days.setSuffix(" " + self.tr("days"))
        self.days.setAccessibleName(self.tr("Days"))
        self.day.setAccessibleName(self.tr("Day"))
        self.table.setAccessibleName(self.tr("Day files"))
        for action, text in (
            ("archive", self.tr("Archive…")),
            ("hide", self.tr("Hide…")),
            ("show", self.tr("Show again…")),
            ("delete", self.tr("Delete…")),
        ):
            self.actions_[action].setText(text)  # type: ignore[index]  # of the literals above
        self.help.setText(
            self.tr(
                "Archived files are compressed and still count. Hidden ones lie in the folder archive and do not count "
                "until they are shown again. A file's age is by the date in its name."
            )
        )
        self.model.retranslate()
        self._say()

    def _list(self) -> None:
        which = self.which.currentData()
        self.days.setVisible(which == "older")
        self.day.setVisible(which == "day")
        shown = self.day.date()
        match which:
            case "older":
                files = self._found.older_than(self.days.value())
            case "day":
                files = self._found.of_day(date(shown.year(), shown.month(), shown.day()))
            case _:
                files = self._found.files
        if files != self.model.files:
            self.model.show_files(files)
            self.table.fit_columns((96, 84, 76, 84, 84, 220))
            self.table.selectAll()
        self._say()

    def _say(self) -> None:
        chosen = self.chosen()
        for action, button in self.actions_.items():
            button.setEnabled(bool(_fit(action, chosen, self._found.today)) and not self._is_busy)
        self.table.setVisible(bool(self.model.files))
        if not self._is_known:
            text = self.tr("Reading…")
        elif not self.model.files:
            text = self.tr("There is no such day file.")
        else:
            text = self.tr("{n} of {all} chosen: {what}").format(
                n=count(len(chosen)), all=count(len(self.model.files)), what=_what(chosen)
            )
        self.chosen_words.setText(text)
        done = _result_words(self._result)
        if self._is_busy:
            done = self.tr("At work…")
        self.said.setText(breakable(done))
        self.said.setVisible(bool(done))
        set_tone(self.said, "bad" if self._result is not None and self._result.failed else "text")

    def _ask(self) -> None:
        action: Action = self.sender().property("action")
        files = _fit(action, self.chosen(), self._found.today)
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setObjectName("cleanup_question")
        question.setIcon(QMessageBox.Icon.Warning if action == "delete" else QMessageBox.Icon.Question)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setWindowTitle(self.tr("Clean up"))
        question.setText(_question(action, files))
        names = [visible(os.path.basename(file.path)) for file in files]
        listed = "\n".join(names[:NAMED])
        if len(names) > NAMED:
            listed += "\n" + self.tr("and {n} more, see the details").format(n=count(len(names) - NAMED))
            question.setDetailedText("\n".join(visible(file.path) for file in files))
        question.setInformativeText(listed)
        yes = question.addButton(_deed(action, len(files)), QMessageBox.ButtonRole.AcceptRole)
        yes.setObjectName("cleanup_yes")
        yes.setAutoDefault(False)
        question.setDefaultButton(question.addButton(QMessageBox.StandardButton.Cancel))
        request = CleanupRequest(action, tuple(file.path for file in files))
        question.setProperty("request", request)
        question.accepted.connect(self._confirmed)
        question.open()

    def _confirmed(self) -> None:
        self._is_busy, self._result = True, None
        self._say()
        self.wanted.emit(self.sender().property("request"))


def _fit(action: Action, files: Sequence[OldFile], today: date) -> tuple[OldFile, ...]:
    """Those of the files to which it can be done."""
    match action:
        case "archive":
            return tuple(file for file in files if file.state == "file" and file.day < today)
        case "hide":
            return tuple(file for file in files if file.state != "hidden" and file.day < today)
        case "show":
            return tuple(file for file in files if file.state == "hidden")
    return tuple(files)


def _what(files: Sequence[OldFile]) -> str:
    """Size, calls and cost of some files, as far as they are known."""
    known = [file for file in files if file.calls is not None]
    size = bytes_size(sum(file.size for file in files))
    if not known:
        return size
    cost = sum((file.cost or Decimal(0) for file in known), Decimal(0))
    return translate("CleanupPanel", "{size}, {calls}, {cost}").format(
        size=size, calls=calls(sum(file.calls or 0 for file in known)), cost=money(cost)
    )


def _files(n: int) -> str:
    if n == 1:
        return translate("CleanupPanel", "1 day file")
    return translate("CleanupPanel", "{n} day files").format(n=count(n))


def _question(action: Action, files: Sequence[OldFile]) -> str:
    said = {"files": _files(len(files)), "what": _what(files)}
    match action:
        case "delete":
            return translate(
                "CleanupPanel", "Delete {files} for good? {what} go from all figures and cannot be had back."
            ).format(**said)
        case "archive":
            return translate(
                "CleanupPanel",
                "Archive {files}? {what} stay in all figures. Each file is compressed and checked first.",
            ).format(**said)
        case "hide":
            return translate(
                "CleanupPanel", "Hide {files}? {what} go from all figures until they are shown again."
            ).format(**said)
    return translate("CleanupPanel", "Show {files} again? Their calls will count again.").format(**said)


def _deed(action: Action, n: int) -> str:
    match action:
        case "delete":
            return translate("CleanupPanel", "Delete {files}").format(files=_files(n))
        case "archive":
            return translate("CleanupPanel", "Archive {files}").format(files=_files(n))
        case "hide":
            return translate("CleanupPanel", "Hide {files}").format(files=_files(n))
    return translate("CleanupPanel", "Show {files} again").format(files=_files(n))


def _result_words(result: CleanupResult | None) -> str:
    if result is None:
        return ""
    done = len(result.outcomes) - len(result.failed)
    said = []
    if done:
        match result.request.action:
            case "delete":
                said.append(translate("CleanupPanel", "Deleted {files}.").format(files=_files(done)))
            case "archive":
                said.append(translate("CleanupPanel", "Archived {files}.").format(files=_files(done)))
            case "hide":
                said.append(translate("CleanupPanel", "Hidden {files}.").format(files=_files(done)))
            case _:
                said.append(translate("CleanupPanel", "Shown again {files}.").format(files=_files(done)))
    said += [_failure_words(outcome) for outcome in result.failed[:5]]
    if len(result.failed) > 5:
        said.append(translate("CleanupPanel", "and {n} more").format(n=count(len(result.failed) - 5)))
    return "\n".join(said)


def _failure_words(outcome: Outcome) -> str:
    words = {"file": visible(os.path.basename(outcome.path)), "detail": visible(outcome.detail)}
    match outcome.failure:
        case "gone":
            return translate("CleanupPanel", "{file} is not there any more.").format(**words)
        case "changed":
            return translate("CleanupPanel", "{file} is being written to and was left as it is.").format(**words)
        case "exists":
            return translate("CleanupPanel", "{file} was left: there is another file of that name.").format(**words)
        case "link":
            return translate("CleanupPanel", "{file} is a link and was left as it is.").format(**words)
        case "today":
            return translate("CleanupPanel", "{file} is of today and was left as it is.").format(**words)
        case "differs":
            return translate(
                "CleanupPanel", "The archive of {file} did not read back the same, so the file was left."
            ).format(**words)
        case "foreign":
            return translate("CleanupPanel", "{file} is no day file of these folders.").format(**words)
    return translate("CleanupPanel", "{file}: {detail}").format(**words)


def _state_words(state: str) -> str:
    match state:
        case "archived":
            return translate("CleanupPanel", "archived")
        case "hidden":
            return translate("CleanupPanel", "hidden")
    return translate("CleanupPanel", "counts")
