"""The doctor: what was read of all folders byte by byte, what has no price, and why the figures may be wrong.

A newcomer would get this wrong: nothing here comes with the snapshot. One `Checkup` answers for the whole panel, so
that its sentence, its files and its causes never speak of two different moments.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

from PySide6.QtCore import QAbstractTableModel, QElapsedTimer, QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QStackedLayout, QWidget

from tipmao_monitor.usage.causes import Cause
from tipmao_monitor.usage.checkup import Checkup
from tipmao_monitor.usage.records import QUARANTINE
from tipmao_monitor.usage.snapshot import Coverage, FileAccount
from tipmao_monitor.window.card import Segmented, breakable, plain_label, set_tone
from tipmao_monitor.window.dialogs import Index, LinesTable, Panel
from tipmao_monitor.window.numbers import (
    bytes_size,
    calls,
    count,
    files,
    lines,
    listed,
    reading,
    reason_words,
    value_name,
    visible,
)

PAUSE_MS = 1000
SHARE = 20
"""A look is followed by a pause of so many times what it took."""

NAMES = 8
"""Of files, models or functions that a sentence lists."""


class _Rows(QAbstractTableModel):
    """Rows of texts under titles; `right` are the columns of numbers."""

    right: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[str, ...], ...] = ()

    def titles(self) -> tuple[str, ...]:
        raise NotImplementedError

    def show_rows(self, rows: Sequence[tuple[str, ...]]) -> None:
        if tuple(rows) == self._rows:
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.titles())

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        return self._side(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles()[section]
        return self._side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        edge = Qt.AlignmentFlag.AlignRight if column in self.right else Qt.AlignmentFlag.AlignLeft
        return edge | Qt.AlignmentFlag.AlignVCenter


class ReasonModel(_Rows):
    """How often each reason occurred, and what it means for the call."""

    right = frozenset({0})

    def titles(self) -> tuple[str, ...]:
        return self.tr("Lines"), self.tr("Why"), self.tr("Call")

    def show_reasons(self, reasons: Sequence[tuple[str, int]]) -> None:
        self.show_rows(
            [
                (count(n), reason_words(reason), self.tr("skipped") if reason in QUARANTINE else self.tr("counted"))
                for reason, n in sorted(reasons, key=lambda reason: -reason[1])
            ]
        )


class FileModel(_Rows):
    """Where the bytes of each file went: the four parts add up to its size (records.md I2)."""

    right = frozenset(range(1, 7))

    def titles(self) -> tuple[str, ...]:
        return (
            self.tr("File"),
            self.tr("Bytes"),
            self.tr("Counted"),
            self.tr("Skipped"),
            self.tr("Blank"),
            self.tr("Pending"),
            self.tr("Calls"),
        )

    def show_files(self, files: Sequence[FileAccount]) -> None:
        self.show_rows(
            [
                (
                    visible(os.path.basename(file.path)),
                    *(f"{n:,}" for n in (file.size, file.counted_bytes, file.quarantined_bytes)),
                    *(f"{n:,}" for n in (file.blank_bytes, file.pending_bytes, file.counted)),
                )
                for file in sorted(files, key=lambda file: os.path.basename(file.path), reverse=True)
            ]
        )


class Doctor(Panel):
    """Asks for a `Checkup` when it opens and whenever the folders have changed since; shows the answer."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("doctor")
        self._checkup: Checkup | None = None
        self._heard = Coverage()
        self._is_waiting = False
        self._took = QElapsedTimer()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._ask)
        self.sentence = plain_label(parent=self)
        self.sentence.setWordWrap(True)
        self.which = Segmented((("causes", ""), ("files", ""), ("reasons", "")), self)
        self._sheet = QWidget(self)
        self._grid = QGridLayout(self._sheet)
        self._grid.setContentsMargins(0, 4, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.answers: list[tuple[QLabel, QLabel, QLabel]] = []
        self.file_model = FileModel(self)
        self.reason_model = ReasonModel(self)
        self.files = LinesTable(self.file_model, self)
        self.reasons = LinesTable(self.reason_model, self)
        self._pages = QStackedLayout()
        for page in (self._sheet, self.files, self.reasons):
            self._pages.addWidget(page)
        self.rest = plain_label("small", "secondary", self)
        self.rest.setWordWrap(True)
        self.content.addWidget(self.sentence)
        self.content.addWidget(self.which, 0, Qt.AlignmentFlag.AlignLeft)
        self.content.addLayout(self._pages, 1)
        self.content.addWidget(self.rest)
        self.which.chosen.connect(self._show_page)
        self.resize(680, 460)
        self.retranslate()

    def hear(self, coverage: Coverage) -> None:
        """What a snapshot says was read: a reason to look again, after a while."""
        if coverage == self._heard and self._checkup is not None:
            return
        self._heard = coverage
        if not self._is_waiting and not self._pause.isActive():
            self._pause.start(0)

    def show_checkup(self, checkup: Checkup) -> None:
        self._is_waiting = False
        self._checkup = checkup
        self._say()
        if checkup.coverage != self._heard:
            self._pause.start(max(PAUSE_MS, SHARE * self._took.elapsed()))

    def _ask(self) -> None:
        self._is_waiting = True
        self._took.restart()
        self.wanted.emit()

    def _show_page(self, key: str) -> None:
        self._pages.setCurrentIndex(("causes", "files", "reasons").index(key))

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Doctor"))
        self.which.set_labels((self.tr("Are the numbers right?"), self.tr("Files"), self.tr("Reasons")))
        self.which.setAccessibleName(self.tr("What to look at"))
        self.files.setAccessibleName(self.tr("Files"))
        self.reasons.setAccessibleName(self.tr("Reasons"))
        for model in (self.file_model, self.reason_model):
            model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, model.columnCount() - 1)
        self._say()

    def _say(self) -> None:
        checkup = self._checkup
        if checkup is None:
            self.sentence.setText(reading())
            return
        self.sentence.setText("\n".join(self._coverage_words(checkup.coverage)))
        self.file_model.show_files(checkup.files)
        self.reason_model.show_reasons(checkup.coverage.reasons)
        self.files.fit_columns((180, 80, 80, 70, 60, 70, 60))
        self.reasons.fit_columns((80, 280))
        for place, cause in enumerate(checkup.causes):
            if place == len(self.answers):
                self.answers.append(self._add_answer())
            question, answer, saw = self.answers[place]
            question.setText(self._question(cause))
            answer.setText(self._answer(cause))
            set_tone(answer, {"yes": "good", "no": "warning"}.get(cause.answer, "secondary"))
            saw.setText(breakable(self._saw(cause)))
        said = [self._unpriced_words(checkup), self._ignored_words(checkup.coverage)]
        self.rest.setText(breakable("\n".join(filter(None, said))))
        self.rest.setVisible(any(said))

    def _add_answer(self) -> tuple[QLabel, QLabel, QLabel]:
        question, answer = plain_label("title", parent=self._sheet), plain_label("body", "secondary", self._sheet)
        saw = plain_label("small", "secondary", self._sheet)
        saw.setWordWrap(True)
        question.setWordWrap(True)
        row = 3 * len(self.answers)
        self._grid.setRowStretch(row, 0)
        self._grid.addWidget(answer, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(question, row, 1)
        self._grid.addWidget(saw, row + 1, 1)
        self._grid.setRowMinimumHeight(row + 2, 8)
        self._grid.setRowStretch(row + 3, 1)
        return question, answer, saw

    def _coverage_words(self, seen: Coverage) -> list[str]:
        said = [
            self.tr("{calls} counted from {lines} in {files}.").format(
                calls=calls(seen.counted), lines=lines(seen.lines), files=files(seen.files)
            )
        ]
        if seen.flagged == 1:
            said.append(self.tr("One of them has a part that needed care or could not be read."))
        elif seen.flagged:
            n = count(seen.flagged)
            said.append(self.tr("{n} of them have a part that needed care or could not be read.").format(n=n))
        if seen.quarantined:
            said.append(self.tr("{lines} skipped.").format(lines=lines(seen.quarantined)))
        if seen.pending_bytes:
            size = bytes_size(seen.pending_bytes)
            said.append(self.tr("A line of {size} is still being written.").format(size=size))
        return said

    def _question(self, cause: Cause) -> str:
        match cause.cause:
            case "gateway_integrated":
                return self.tr("Is the AI gateway integrated?")
            case "all_calls_through_gateway":
                return self.tr("Do all calls go through it?")
        return self.tr("Are the token counts those of the API's answers?")

    def _answer(self, cause: Cause) -> str:
        match cause.answer:
            case "yes":
                return self.tr("yes")
            case "no":
                return self.tr("no")
        return self.tr("cannot know")

    def _saw(self, cause: Cause) -> str:
        """What the answer rests on."""
        saw = cause.saw
        match cause.cause:
            case "gateway_integrated":
                if not saw["calls"]:
                    return self.tr("No call was recorded in {files}.").format(files=files(saw["files"]))
                of_it = count(saw["gateway_calls"])
                return self.tr("{n} of {calls} are of the gateway's functions.").format(
                    n=of_it, calls=calls(saw["calls"])
                )
            case "all_calls_through_gateway":
                if not saw["other_calls"]:
                    return self.tr("A call that bypasses it leaves no record.")
                names = _listed([value_name("function", name) for name in cause.names])
                return self.tr("{n} of {calls} are of functions that it does not have: {names}").format(
                    n=count(saw["other_calls"]), calls=calls(saw["calls"]), names=names
                )
        counted = {name: count(saw[name]) for name in ("unknown", "zero", "mismatched")}
        return self.tr(
            "Of {calls}: without a readable count {unknown}, successful without a token {zero}, "
            "with a total that does not add up {mismatched}."
        ).format(calls=calls(saw["calls"]), **counted)

    def _unpriced_words(self, checkup: Checkup) -> str:
        if not checkup.unpriced:
            return ""
        names = [
            self.tr("{model} ({calls})").format(model=value_name("model", model), calls=calls(n))
            for model, n in checkup.unpriced
        ]
        return self.tr("Without a price in the book: {models}").format(models=_listed(names))

    def _ignored_words(self, coverage: Coverage) -> str:
        if not coverage.ignored:
            return ""
        names = [visible(os.path.basename(path)) for path in coverage.ignored]
        return self.tr("Not day files, not read: {files}").format(files=_listed(names))


def _listed(names: Sequence[str]) -> str:
    return listed(names[:NAMES]) + (" …" if len(names) > NAMES else "")
