"""The lists behind the numbers: skipped lines, one call, about, shortcuts. Opened, never waited for.

A newcomer would get this wrong: what is shown here was written by others and is never read as HTML, so every label is
plain text and every cell a plain string (records.md I10).
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import psutil
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    qVersion,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFormLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor import __version__
from tipmao_monitor.usage.snapshot import CallRow, Money, Reject
from tipmao_monitor.window.card import breakable, plain_label, set_tone
from tipmao_monitor.window.numbers import (
    UNKNOWN,
    by_money,
    bytes_size,
    call_money,
    count,
    function_name,
    labelled,
    milliseconds,
    reason_words,
    value_name,
    visible,
)
from tipmao_monitor.window.theme import PADDING, SPACING, text_font

Index = QModelIndex | QPersistentModelIndex


class Panel(QDialog):
    """A window of its own beside the main one: content, a line of buttons with Close, gone when closed."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.content = QVBoxLayout()
        self.content.setSpacing(SPACING)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        self.close_button = QPushButton(self)
        self.close_button.setObjectName("close")
        self.close_button.setDefault(True)
        self.buttons.addWidget(self.close_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(PADDING, PADDING, PADDING, SPACING)
        rows.setSpacing(SPACING)
        rows.addLayout(self.content, 1)
        rows.addLayout(self.buttons)
        self.close_button.clicked.connect(self.close)

    def retranslate(self) -> None:
        """Say everything again, in the language that is installed now."""
        self.close_button.setText(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class LinesTable(QTableView):
    """A quiet table of text: rows chosen whole, copied by Ctrl+C as tab-separated lines."""

    def __init__(self, model: QAbstractItemModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setFont(text_font("small"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(QFontMetrics(self.font()).height() + 8)
        header = self.horizontalHeader()
        header.setFont(text_font("small"))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)

    def fit_columns(self, least: Sequence[int], most: int = 280) -> None:
        for column, width in enumerate(least):
            self.setColumnWidth(column, max(width, min(most, self.sizeHintForColumn(column) + 12)))

    def chosen_text(self) -> str:
        """The chosen rows, or all of them when none is chosen."""
        model = self.model()
        rows = sorted({index.row() for index in self.selectedIndexes()}) or list(range(model.rowCount()))
        columns = range(model.columnCount())
        return "\n".join("\t".join(str(model.index(row, column).data()) for column in columns) for row in rows)


class RejectModel(QAbstractTableModel):
    """The skipped lines, newest first, as they were handed over."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rejects: tuple[Reject, ...] = ()

    def show_rejects(self, rejects: tuple[Reject, ...]) -> None:
        if rejects == self._rejects:
            return
        self.beginResetModel()
        self._rejects = rejects
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._rejects)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 6

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        reject = self._rejects[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                visible(os.path.basename(reject.path)),
                f"{reject.line:,}",
                f"{reject.offset:,}",
                f"{reject.length:,}",
                reason_words(reject.reason),
                reject.text,
            )[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() in (1, 2, 3) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, side: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if side != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("File"),
                self.tr("Line"),
                self.tr("From byte"),
                self.tr("Bytes"),
                self.tr("Why"),
                self.tr("Text"),
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            edge = Qt.AlignmentFlag.AlignRight if section in (1, 2, 3) else Qt.AlignmentFlag.AlignLeft
            return edge | Qt.AlignmentFlag.AlignVCenter
        return None

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 5)
        if self._rejects:
            self.dataChanged.emit(self.index(0, 4), self.index(len(self._rejects) - 1, 4))


class SkippedLines(Panel):
    """Every range of bytes that is no usage record, with the reason (records.md I3)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("skipped_lines")
        self._skipped = 0
        self._shown = 0
        self.sentence = plain_label(parent=self)
        self.sentence.setWordWrap(True)
        self.model = RejectModel(self)
        self.table = LinesTable(self.model, self)
        self.copy_button = QPushButton(self)
        self.copy_button.setObjectName("copy")
        self.copy_button.setAutoDefault(False)
        self.content.addWidget(self.sentence)
        self.content.addWidget(self.table, 1)
        self.content.addStretch(0)
        self.buttons.insertWidget(0, self.copy_button)
        self.copy_button.clicked.connect(self._copy)
        self.resize(860, 460)
        self.retranslate()

    def show_rejects(self, rejects: tuple[Reject, ...], skipped: int) -> None:
        """`skipped` counts all of them; `rejects` are the newest."""
        self._skipped, self._shown = skipped, len(rejects)
        self.model.show_rejects(rejects)
        self.table.fit_columns((140, 60, 80, 60, 180))
        self._say()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Skipped lines"))
        self.copy_button.setText(self.tr("Copy"))
        self.table.setAccessibleName(self.tr("Skipped lines"))
        self.model.retranslate()
        self._say()

    def _say(self) -> None:
        self.table.setVisible(bool(self._skipped))
        self.copy_button.setVisible(bool(self._skipped))
        if not self._skipped:
            self.sentence.setText(self.tr("No line was skipped: every line in the folder is counted."))
        elif self._shown < self._skipped:
            self.sentence.setText(
                self.tr("These are no usage records and are not counted. The newest {n} of {all}:").format(
                    n=count(self._shown), all=count(self._skipped)
                )
            )
        elif self._skipped == 1:
            self.sentence.setText(self.tr("This is no usage record and is not counted. Nothing else is missing."))
        else:
            self.sentence.setText(self.tr("These are no usage records and are not counted. Nothing else is missing."))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.table.chosen_text())


class CallDetail(Panel):
    """All that was recorded of one call, as it was recorded, and where it stands. `money` is what its cost is."""

    def __init__(self, row: CallRow, parent: QWidget | None = None, money: Money = "recorded") -> None:
        super().__init__(parent)
        self.setObjectName("call_detail")
        self.row = row
        self.money = money
        sheet = QWidget(self)
        sheet.setObjectName("sheet")
        self._rows: list[tuple[QLabel, QLabel]] = []
        grid = QGridLayout(sheet)
        grid.setContentsMargins(PADDING, SPACING, PADDING, SPACING)
        grid.setHorizontalSpacing(PADDING)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, group in enumerate(self._groups()):
            if number:
                line = QFrame(sheet)
                line.setObjectName("hairline")
                line.setFixedHeight(1)
                grid.addWidget(line, grid.rowCount(), 0, 1, 2)
            for _ in group:
                self._rows.append(self._add_row(grid, sheet))
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea(self)
        area.setObjectName("sheet_area")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(sheet)
        self.error_label = plain_label("small", "secondary", self)
        self.error = QPlainTextEdit(self)
        self.error.setReadOnly(True)
        self.error.setPlainText("\n".join(line and visible(line) for line in row.error_msg.splitlines()))
        self.error.setTabChangesFocus(True)
        self.error_label.setBuddy(self.error)
        lines = 1 + row.error_msg.count("\n") + len(row.error_msg) // 60
        self.error.setFixedHeight(min(6, lines) * QFontMetrics(self.error.font()).lineSpacing() + 26)
        self.error_label.setVisible(bool(row.error_msg))
        self.error.setVisible(bool(row.error_msg))
        self.copy_button = QPushButton(self)
        self.copy_button.setObjectName("copy")
        self.copy_button.setAutoDefault(False)
        self.content.setSpacing(6)
        self.content.addWidget(self.error_label)
        self.content.addWidget(self.error)
        self.content.addWidget(area, 1)
        self.buttons.insertWidget(0, self.copy_button)
        self.copy_button.clicked.connect(self._copy)
        self.retranslate()
        around = 100 + (self.error.height() + 30 if row.error_msg else 0)
        self.resize(520, min(760, grid.totalHeightForWidth(480) + around))

    @staticmethod
    def _add_row(grid: QGridLayout, sheet: QWidget) -> tuple[QLabel, QLabel]:
        name, value = plain_label("small", "secondary", sheet), plain_label(parent=sheet)
        value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        value.setWordWrap(True)
        name.setBuddy(value)
        row = grid.rowCount()
        grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
        return name, value

    def text(self) -> str:
        """All fields as lines of text, for the clipboard."""
        lines = [labelled(name, value) for name, value in self._fields()]
        if self.row.error_msg:
            lines.append(labelled(self.tr("Error"), self.row.error_msg))
        return "\n".join(lines)

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Call"))
        self.copy_button.setText(self.tr("Copy as text"))
        self.error_label.setText(self.tr("Error"))
        self.error.setAccessibleName(self.tr("Error"))
        for (name, value), (title, text) in zip(self._rows, self._fields(), strict=True):
            name.setText(title)
            value.setText(breakable(text))
            set_tone(value, "bad" if title == self.tr("Result") and not self.row.success else "")
            value.setAccessibleName(f"{title}: {text}")

    def _fields(self) -> list[tuple[str, str]]:
        return [field for group in self._groups() for field in group]

    def _groups(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """What it was, what it took, whose it was, and where it is written."""
        row = self.row
        if row.at is not None:
            when = f"{row.at:%Y-%m-%d %H:%M:%S}.{row.at.microsecond // 1000:03} {row.at:%Z}".rstrip()
        else:
            when = self.tr("{day}, hour unknown").format(day=row.day.isoformat())
        return (
            (
                (self.tr("Time"), when),
                (self.tr("Function"), function_name(row.function)),
                (self.tr("Recorded as"), value_name("recorded", row.raw_function)),
                (self.tr("Model"), value_name("model", row.model)),
            ),
            (
                (self.tr("Result"), self.tr("success") if row.success else self.tr("failed")),
                (by_money(self.tr("Cost"), self.money), self._cost(row)),
                # Without ¥: the figure as written may be in another currency (records.md).
                (self.tr("Cost as written"), UNKNOWN if row.recorded_cost is None else _exact(row.recorded_cost)),
                (self.tr("Duration"), self._duration(row.duration_ms)),
                (self.tr("Input tokens"), _tokens(row.input_tokens)),
                (self.tr("Output tokens"), _tokens(row.output_tokens)),
                (self.tr("Total tokens"), _tokens(row.total_tokens)),
            ),
            (
                (self.tr("User"), value_name("user", row.user)),
                (self.tr("Anchor"), value_name("anchor", row.anchor)),
                (self.tr("Session"), value_name("session", row.session)),
            ),
            (
                (self.tr("Remarks"), "; ".join(map(reason_words, row.flags)) or self.tr("none")),
                (self.tr("File"), f"{visible(row.path)}:{row.line}"),
                (self.tr("Bytes"), f"{row.offset:,} – {row.offset + row.length:,}"),
            ),
        )

    def _cost(self, row: CallRow) -> str:
        if row.cost is None:
            if self.money == "book":
                return self.tr("unknown: no price for this model")
            return self.tr("unknown: no readable cost and no price for this model")
        exact, shown = f"¥{_exact(row.cost)}", call_money(row.cost)
        return shown if not row.cost or shown.rstrip("0") == exact.rstrip("0") else f"{shown} ({exact})"

    def _duration(self, ms: float | None) -> str:
        return UNKNOWN if ms is None else f"{milliseconds(ms)} ({ms:,.1f} ms)"

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


class About(Panel):
    """Version, what it runs on, and what the program itself costs this computer, while it is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self._process = psutil.Process()
        self._process.cpu_percent()
        self.name = plain_label("title", parent=self)
        self.purpose = plain_label(parent=self)
        self.purpose.setWordWrap(True)
        self.versions = plain_label("small", "secondary", self)
        self.own_use = plain_label("small", "secondary", self)
        for part in (self.name, self.purpose, self.versions, self.own_use):
            self.content.addWidget(part)
        self.content.addStretch(1)
        self._beat = QTimer(self)
        self._beat.setInterval(1000)
        self._beat.timeout.connect(self.show_own_use)
        self._beat.start()
        self.resize(380, 200)
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("About TipMao Monitor"))
        self.name.setText(f"TipMao Monitor {__version__}")
        self.purpose.setText(self.tr("What the AI of your stream costs, right now."))
        self.versions.setText(f"Qt {qVersion()} · Python {platform.python_version()} · {platform.system()}")
        self.show_own_use()

    def show_own_use(self) -> None:
        with self._process.oneshot():
            cpu, memory = self._process.cpu_percent(), self._process.memory_info().rss
        self.own_use.setText(
            self.tr("This program: {cpu} % of a core, {memory} of memory").format(
                cpu=f"{cpu:.1f}", memory=bytes_size(memory)
            )
        )


class Shortcuts(Panel):
    """What each key does."""

    def __init__(self, keys: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(24)
        self._form.setVerticalSpacing(6)
        self.content.addLayout(self._form)
        self.content.addStretch(1)
        self.show_keys(keys)
        self.retranslate()

    def show_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """(key in portable text, what it does)."""
        while self._form.rowCount():
            self._form.removeRow(0)
        for key, deed in keys:
            name, what = plain_label("title", parent=self), plain_label(parent=self)
            name.setText(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) or key)
            what.setText(deed)
            self._form.addRow(name, what)

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Shortcuts"))


def _exact(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _tokens(n: int | None) -> str:
    return UNKNOWN if n is None else f"{n:,}"
