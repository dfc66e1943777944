"""Why there is nothing to show, said where it would stand, with a way on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.usage.snapshot import Period, Snapshot, Trouble
from tipmao_monitor.window.banner import FOLDER_TROUBLES
from tipmao_monitor.window.card import breakable, plain_label
from tipmao_monitor.window.numbers import clock, count, unless_hidden, visible
from tipmao_monitor.window.theme import SPACING, Theme, icon

NOTHING_AT_ALL = ("no_folder", "bad_folder", "no_records", "all_bad")


class EmptyState(QWidget):
    """What is said where there is nothing to show: a sentence, why, and a way on."""

    acted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("empty_state")
        self.kind = ""
        self._snapshot: Snapshot | None = None
        self.picture = QLabel(self)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sentence = plain_label("title", parent=self)
        self.reason = plain_label("body", "secondary", self)
        for label in (self.sentence, self.reason):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.action = QPushButton(self)
        self.action.setObjectName("empty_action")
        self.action.setProperty("primary", True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(24, 32, 24, 32)
        rows.setSpacing(SPACING)
        rows.addStretch(1)
        rows.addWidget(self.picture)
        rows.addWidget(self.sentence)
        rows.addWidget(self.reason)
        rows.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch(1)
        self.action.clicked.connect(self._act)
        self.set_theme(theme)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        kind = emptiness(snapshot)
        if not kind:
            self.kind = kind
            return
        sentence, reason, action = self._words(kind, snapshot)
        self.kind = kind
        for part, text in ((self.sentence, sentence), (self.reason, breakable(reason)), (self.action, action)):
            if part.text() != text:
                part.setText(text)
        self.picture.setVisible(kind in NOTHING_AT_ALL)
        self.reason.setVisible(bool(reason))
        self.action.setVisible(bool(action))

    def set_theme(self, theme: Theme) -> None:
        self.picture.setPixmap(icon("app", theme.accent).pixmap(48, 48))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self._snapshot is not None:
            self.show_snapshot(self._snapshot)
        super().changeEvent(event)

    def _act(self) -> None:
        self.acted.emit(self.kind)

    def _words(self, kind: str, snapshot: Snapshot) -> tuple[str, str, str]:
        folder = unless_hidden(visible(snapshot.folders[0])) if snapshot.folders else ""
        match kind:
            case "no_folder":
                return (
                    self.tr("Which folder holds the records?"),
                    self.tr("It is records/ai_usage beside the streaming assistant."),
                    self.tr("Open folder…"),
                )
            case "bad_folder":
                return self._words_of_folder(snapshot)
            case "no_records":
                appear = self.tr("Calls appear here as soon as the assistant writes its first one to this folder.")
                return self.tr("No records yet."), f"{appear}\n{folder}", self.tr("Open another folder…")
            case "all_bad":
                skipped = snapshot.coverage.quarantined
                return (
                    self.tr("No line in this folder is a usage record."),
                    self.tr("{n} lines were read and skipped, each with its reason.").format(n=count(skipped))
                    if skipped != 1
                    else self.tr("One line was read and skipped."),
                    self.tr("Show skipped lines"),
                )
            case "no_match":
                return self.tr("No call matches this filter."), "", self.tr("Remove the filters")
        wider = wider_period(snapshot)
        newest = (
            self.tr("The newest call is of {day}, {time}.").format(
                day=f"{snapshot.newest_at:%Y-%m-%d}", time=clock(snapshot.newest_at)
            )
            if snapshot.newest_at
            else ""
        )
        sentence = (
            self.tr("No calls today yet.")
            if snapshot.filter.period.kind == "today"
            else self.tr("No calls in this period.")
        )
        return sentence, newest, self._show_period(wider) if wider else ""

    def _words_of_folder(self, snapshot: Snapshot) -> tuple[str, str, str]:
        troubles = folder_troubles(snapshot)
        action = self.tr("Open another folder…")
        if len(troubles) > 1:
            return self.tr("None of the folders can be read."), "", action
        match troubles[0].kind:
            case "missing":
                sentence = self.tr("The folder is not there.")
            case "not_a_folder":
                sentence = self.tr("This is a file, not a folder.")
            case _:
                sentence = self.tr("The folder cannot be read.")
        where = "\n".join(map(visible, filter(None, (troubles[0].path, troubles[0].detail))))
        return sentence, unless_hidden(where), action

    def _show_period(self, period: Period) -> str:
        match period.kind:
            case "7d":
                return self.tr("Show 7 days")
            case "30d":
                return self.tr("Show 30 days")
        return self.tr("Show {first} to {last}").format(first=period.first, last=period.last)


def folder_troubles(snapshot: Snapshot) -> list[Trouble]:
    return [trouble for trouble in dict.fromkeys(snapshot.troubles) if trouble.kind in FOLDER_TROUBLES]


def emptiness(snapshot: Snapshot) -> str:
    """Why there is nothing to show: one of NOTHING_AT_ALL, no_match or no_calls; "" where there is something."""
    progress = snapshot.progress
    is_unread = progress.done < progress.total and not snapshot.coverage.counted
    if snapshot.total.calls or progress.is_under_way or is_unread:
        return ""
    if not snapshot.folders:
        return "no_folder"
    if not snapshot.coverage.counted:
        unread = "bad_folder" if folder_troubles(snapshot) else "no_records"
        return "all_bad" if snapshot.coverage.quarantined else unread
    return "no_match" if snapshot.filter.is_narrow else "no_calls"


def wider_period(snapshot: Snapshot) -> Period | None:
    """The nearest period that holds the newest call."""
    if snapshot.newest_at is None:
        return None
    newest, today = snapshot.newest_at.date(), snapshot.now.date()
    shown = snapshot.filter.period.days(today)
    for period in (Period("7d"), Period("30d")):
        first, last = period.days(today)
        if first <= newest <= last and (first, last) != shown:
            return period
    first = newest.replace(day=1)
    return Period("custom", first, newest)
