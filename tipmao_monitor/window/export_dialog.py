"""File > Export: of which days, in which format, what of it, into which folder; then how far it is, and where it lies.

A newcomer would get this wrong: the dialog writes nothing and reads no clock. It says what is wanted, with the folder
as the path, and is told what came of it; the name of the file is made when it is written.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QDate, QFileInfo, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFontMetrics
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.formats import SECTIONS, Exported, Exporting, ReportRequest, Section
from tipmao_monitor.window.card import breakable, plain_label, set_tone
from tipmao_monitor.window.dialogs import Panel
from tipmao_monitor.window.numbers import visible

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

PERIODS = ("shown", "today", "yesterday", "7d", "30d", "month", "last_month", "days")
FORMATS = ("xlsx", "pdf", "html", "csv", "json", "statement")
SCHEDULES = ("off", "daily", "weekly")
WITH_CALLS = ("xlsx", "csv", "json")
PATH_PX = 260
_DAY = "yyyy-MM-dd"


def days_of(period: str, shown: tuple[date, date], today: date) -> tuple[date, date]:
    """First and last day of a choice; `shown` are those of the window."""
    match period:
        case "today":
            return today, today
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "7d":
            return today - timedelta(days=6), today
        case "30d":
            return today - timedelta(days=29), today
        case "month":
            return today.replace(day=1), today
        case "last_month":
            last = today.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
    return shown


class ExportDialog(Panel):
    """`settings` are those of the last time; `folder` is where reports go unless the user says otherwise."""

    wanted = Signal(object)
    """A `ReportRequest`; its path is a folder."""
    cancelled = Signal()
    chosen = Signal(object)
    """What is to be remembered: {name of a setting: value}."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export")
        self._shown = (date(2015, 1, 1), date(2015, 1, 1))
        self._today = date(2015, 1, 1)
        self._result: Exporting | Exported | None = None
        self._default_folder = ""
        self._is_filling = False
        self.period = QComboBox(self)
        self.first, self.last = QDateEdit(self), QDateEdit(self)
        self.format = QComboBox(self)
        self.schedule = QComboBox(self)
        for combo, name, values in (
            (self.period, "export_period", PERIODS), (self.format, "export_format", FORMATS),
            (self.schedule, "export_schedule", SCHEDULES),
        ):  # fmt: skip
            combo.setObjectName(name)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            for value in values:
                combo.addItem("", value)
        for edit, name in ((self.first, "export_first"), (self.last, "export_last")):
            edit.setObjectName(name)
            edit.setDisplayFormat(_DAY)
            edit.setCalendarPopup(True)
            edit.setMinimumDate(QDate(2015, 1, 1))
        self.sections: dict[Section, QCheckBox] = {}
        for section in SECTIONS:
            box = QCheckBox(self)
            box.setObjectName(f"export_{section}")
            self.sections[section] = box
        self.calls = QCheckBox(self)
        self.calls.setObjectName("export_calls")
        self.folder = plain_label("body", parent=self)
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.folder_button = _button("export_folder", self)
        self.note = plain_label("small", "secondary", self)
        self.note.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.said = plain_label("body", parent=self)
        self.said.setWordWrap(True)
        self.open_button = _button("export_open", self)
        self.show_button = _button("export_show", self)
        self.export_button = _button("export_start", self)
        self._labels: list[tuple[QLabel, QWidget]] = []
        self._lay_out()
        self.period.currentIndexChanged.connect(self._change_period)
        self.format.currentIndexChanged.connect(self._change)
        self.schedule.currentIndexChanged.connect(self._change)
        for box in (*self.sections.values(), self.calls):
            box.toggled.connect(self._change)
        self.first.dateChanged.connect(self._keep_order)
        self.last.dateChanged.connect(self._keep_order)
        self.folder_button.clicked.connect(self._choose_folder)
        self.export_button.clicked.connect(self._start_or_cancel)
        self.open_button.clicked.connect(self._open_file)
        self.show_button.clicked.connect(self._show_folder)
        self.close_button.setDefault(False)
        self.export_button.setDefault(True)
        self.resize(560, 0)
        self.retranslate()
        self._say()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        days = QHBoxLayout()
        days.setSpacing(8)
        self._dash = plain_label(parent=self)
        self._dash.setText("–")
        self.days_text = plain_label(parent=self)
        self.days_text.setContentsMargins(0, 4, 0, 4)
        for part in (self.first, self._dash, self.last, self.days_text):
            days.addWidget(part)
        days.addStretch(1)
        boxes = QGridLayout()
        boxes.setHorizontalSpacing(16)
        boxes.setVerticalSpacing(4)
        for place, box in enumerate(self.sections.values()):
            boxes.addWidget(box, place // 2, place % 2)
        boxes.addWidget(self.calls, len(self.sections) // 2 + 1, 0, 1, 2)
        folder = QHBoxLayout()
        self.folder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        folder.addWidget(self.folder, 1)
        folder.addWidget(self.folder_button)
        rows: tuple[tuple[QWidget | QBoxLayout | QGridLayout, QWidget], ...] = (
            (self.period, self.period), (days, self.first), (self.format, self.format),
            (boxes, self.sections["days"]), (folder, self.folder_button), (self.schedule, self.schedule),
        )  # fmt: skip
        for row, (field, buddy) in enumerate(rows):
            label = plain_label(parent=self)
            label.setBuddy(buddy)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            label.setContentsMargins(0, 4, 0, 0)
            self._labels.append((label, buddy))
            if isinstance(field, QWidget):
                grid.addWidget(field, row, 1)
            else:
                grid.addLayout(field, row, 1)
        grid.addWidget(self.note, len(rows), 1)
        self.content.addLayout(grid)
        self.content.addWidget(self.progress)
        self.content.addWidget(self.said)
        self.content.addStretch(1)
        for place, button in enumerate((self.open_button, self.show_button)):
            self.buttons.insertWidget(place, button)
        self.buttons.insertWidget(self.buttons.count() - 1, self.export_button)

    # What is shown

    def show_days(self, shown: tuple[date, date], today: date) -> None:
        """The days that the window shows, and which one is today."""
        if (shown, today) == (self._shown, self._today):
            return
        self._shown, self._today = shown, today
        self.retranslate()
        self._change_period()

    def show_settings(self, settings: Settings, default_folder: str) -> None:
        """What was chosen the last time."""
        self._is_filling = True
        self._default_folder = default_folder
        self.period.setCurrentIndex(PERIODS.index(settings.report_period))
        self.format.setCurrentIndex(FORMATS.index(settings.report_format))
        self.schedule.setCurrentIndex(SCHEDULES.index(settings.report_schedule))
        for section, box in self.sections.items():
            box.setChecked(section not in settings.report_leave_out)
        self.calls.setChecked(settings.report_calls)
        self._show_folder_name(settings.report_folder[0] if settings.report_folder else default_folder)
        self._is_filling = False
        self._change_period()

    def show_result(self, result: Exporting | Exported) -> None:
        self._result = result
        self._say()

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Export a report"))
        texts = (
            self.tr("Period"), self.tr("Dates"), self.tr("Format"), self.tr("Contents"), self.tr("Folder"),
            self.tr("Automatically"),
        )  # fmt: skip
        for (label, buddy), text in zip(self._labels, texts, strict=True):
            label.setText(text)
            buddy.setAccessibleName(text if buddy is not self.sections["days"] else "")
        self.last.setAccessibleName(self.tr("Last day"))
        for place, value in enumerate(PERIODS):
            self.period.setItemText(place, _period_words(value, self._shown))
        for place, value in enumerate(FORMATS):
            self.format.setItemText(place, _format_words(value))
        for place, value in enumerate(SCHEDULES):
            self.schedule.setItemText(place, _schedule_words(value))
        for section, box in self.sections.items():
            box.setText(_section_words(section))
        self.folder_button.setText(self.tr("Choose…"))
        self.open_button.setText(self.tr("Open"))
        self.show_button.setText(self.tr("Show in folder"))
        self._say()

    def _say(self) -> None:
        result, is_under_way = self._result, isinstance(self._result, Exporting)
        self.progress.setVisible(is_under_way)
        if isinstance(result, Exporting):
            self.progress.setValue(round(1000 * result.done))
        is_done = isinstance(result, Exported) and not result.failure
        self.open_button.setVisible(is_done)
        self.show_button.setVisible(is_done)
        self.export_button.setText(self.tr("Cancel") if is_under_way else self.tr("Export"))
        self.export_button.setProperty("primary", not is_under_way)
        for part in (self.period, self.format, self.folder_button):
            part.setEnabled(not is_under_way)
        text = self._words_of(result)
        self.said.setText(breakable(text))
        self.said.setVisible(bool(text))
        failed = isinstance(result, Exported) and result.failure not in ("", "cancelled")
        set_tone(self.said, "bad" if failed else "text")
        format, is_csv = self.format.currentData(), self.format.currentData() == "csv"
        self.calls.setText(self.tr("Every single call instead") if is_csv else self.tr("Every single call"))
        self.calls.setEnabled(format in WITH_CALLS)
        whole = format != "statement" and not (is_csv and self.calls.isChecked())
        for box in self.sections.values():
            box.setEnabled(whole)
        is_custom = self.period.currentData() == "days"
        for edit in (self.first, self._dash, self.last):
            edit.setVisible(is_custom)
        first, last = self.days()
        self.days_text.setText(str(first) if first == last else f"{first} – {last}")
        self.days_text.setVisible(not is_custom)
        self.note.setText(_note(self.schedule.currentData()))
        self.note.setVisible(bool(self.note.text()))
        layout = self.layout()
        needed = layout.totalHeightForWidth(self.width()) if layout is not None else 0
        if needed > self.height():
            self.resize(self.width(), needed)

    def _words_of(self, result: Exporting | Exported | None) -> str:
        if result is None or isinstance(result, Exporting):
            return ""
        path = visible(result.path)
        match result.failure:
            case "":
                return self.tr("Written: {path}").format(path=path)
            case "cancelled":
                return self.tr("Cancelled. Nothing was written.")
            case "no_folder":
                return self.tr("There is no folder for {path}. Choose another one.").format(path=path)
            case "changing":
                return self.tr("The records are being changed all the time. Try again in a minute.")
            case "system":
                return self.tr("{path} cannot be written: {detail}").format(path=path, detail=visible(result.detail))
        return self.tr("The report could not be made: {detail}").format(detail=visible(result.detail or result.failure))

    # What the user does

    def days(self) -> tuple[date, date]:
        """First and last day as they are chosen."""
        first, last = self.first.date(), self.last.date()
        return date(first.year(), first.month(), first.day()), date(last.year(), last.month(), last.day())

    def request(self) -> ReportRequest:
        first, last = self.days()
        format = self.format.currentData()
        by_anchor = format == "statement"
        sections = frozenset(section for section, box in self.sections.items() if box.isChecked())
        calls = self.calls.isChecked() and format in WITH_CALLS
        return ReportRequest(
            first, last, "xlsx" if by_anchor else format, Path(self.folder.toolTip()),
            sections=frozenset(SECTIONS) if by_anchor else sections, calls=calls, by_anchor=by_anchor,
        )  # fmt: skip

    def _change_period(self) -> None:
        period = self.period.currentData()
        if period != "days":
            days = days_of(period, self._shown, self._today)
            for edit, day in zip((self.first, self.last), days, strict=True):
                edit.blockSignals(True)
                edit.setDate(QDate(day.year, day.month, day.day))
                edit.blockSignals(False)
        self._change()

    def _change(self) -> None:
        self._say()
        if self._is_filling:
            return
        changed: dict[str, Any] = {
            "report_leave_out": tuple(section for section, box in self.sections.items() if not box.isChecked()),
            "report_calls": self.calls.isChecked(),
            "report_schedule": self.schedule.currentData(),
        }
        if self.period.currentData() != "days":
            changed["report_period"] = self.period.currentData()
        if self.format.currentData() != "statement":
            changed["report_format"] = self.format.currentData()
        self.chosen.emit(changed)

    def _keep_order(self) -> None:
        if self.first.date() > self.last.date():
            (self.last if self.sender() is self.first else self.first).setDate(self.sender().property("date"))

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for reports"), self.folder.toolTip())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._take_folder)
        dialog.open()

    def _take_folder(self, folder: str) -> None:
        self._show_folder_name(folder)
        self.chosen.emit({"report_folder": (folder,)})

    def _show_folder_name(self, folder: str) -> None:
        self.folder.setToolTip(folder)
        shown = QFontMetrics(self.folder.font()).elidedText(visible(folder), Qt.TextElideMode.ElideMiddle, PATH_PX)
        self.folder.setText(shown)
        self.folder.setAccessibleName(folder)

    def _start_or_cancel(self) -> None:
        if isinstance(self._result, Exporting):
            self.cancelled.emit()
            return
        self.show_result(Exporting())
        self.wanted.emit(self.request())

    def _open_file(self) -> None:
        if isinstance(self._result, Exported):
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._result.path))

    def _show_folder(self) -> None:
        if isinstance(self._result, Exported):
            QDesktopServices.openUrl(QUrl.fromLocalFile(QFileInfo(self._result.path).absolutePath()))


def _button(name: str, parent: QWidget) -> QPushButton:
    button = QPushButton(parent)
    button.setObjectName(name)
    button.setAutoDefault(False)
    return button


def _period_words(period: str, shown: tuple[date, date]) -> str:
    match period:
        case "shown":
            days = str(shown[0]) if shown[0] == shown[1] else f"{shown[0]} – {shown[1]}"
            return translate("ExportDialog", "As shown: {days}").format(days=days)
        case "today":
            return translate("ExportDialog", "Today")
        case "yesterday":
            return translate("ExportDialog", "Yesterday")
        case "7d":
            return translate("ExportDialog", "7 days")
        case "30d":
            return translate("ExportDialog", "30 days")
        case "month":
            return translate("ExportDialog", "This month")
        case "last_month":
            return translate("ExportDialog", "Last month")
    return translate("ExportDialog", "Other days")


def _format_words(format: str) -> str:
    match format:
        case "xlsx":
            return translate("ExportDialog", "Excel workbook (.xlsx)")
        case "pdf":
            return translate("ExportDialog", "PDF (.pdf)")
        case "html":
            return translate("ExportDialog", "Web page (.html)")
        case "csv":
            return translate("ExportDialog", "Table as text (.csv)")
        case "json":
            return translate("ExportDialog", "For programs (.json)")
    return translate("ExportDialog", "Statement by anchor (.xlsx)")


def _schedule_words(schedule: str) -> str:
    match schedule:
        case "daily":
            return translate("ExportDialog", "Every day, about the day before")
        case "weekly":
            return translate("ExportDialog", "Every Monday, about the week before")
    return translate("ExportDialog", "Off")


def _note(schedule: str) -> str:
    if schedule == "off":
        return ""
    return translate("ExportDialog", "Written in this format into this folder, as soon as the program runs.")


def _section_words(section: Section) -> str:
    match section:
        case "days":
            return translate("ExportDialog", "Days")
        case "hours":
            return translate("ExportDialog", "Hours of day")
        case "models":
            return translate("ExportDialog", "Models")
        case "functions":
            return translate("ExportDialog", "Functions")
        case "users":
            return translate("ExportDialog", "Users")
        case "anchors":
            return translate("ExportDialog", "Anchors")
        case "sessions":
            return translate("ExportDialog", "Streams")
        case "lists":
            return translate("ExportDialog", "Slow, failed, unusual calls")
        case "budgets":
            return translate("ExportDialog", "Budgets")
        case "advice":
            return translate("ExportDialog", "Advice")
        case "prices":
            return translate("ExportDialog", "Price book differences")
    return translate("ExportDialog", "What was read")
