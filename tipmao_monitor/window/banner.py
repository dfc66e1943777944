"""A sentence about something that is wrong, above the page, with a way on."""

from __future__ import annotations

import os

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from tipmao_monitor.usage.snapshot import Trouble
from tipmao_monitor.window.card import breakable, plain_label
from tipmao_monitor.window.numbers import unless_hidden, visible

FOLDER_TROUBLES = ("missing", "not_a_folder", "unreadable")


class Banner(QFrame):
    """A sentence about something that is wrong, with a way on."""

    acted = Signal(str)
    """The trouble's kind: the user took the way on."""
    dismissed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._trouble: Trouble | None = None
        self.sign = plain_label("title", "warning", self)
        self.sign.setText("▲")
        self.sentence = plain_label(parent=self)
        self.sentence.setWordWrap(True)
        self.action = QPushButton(self)
        self.action.setObjectName("banner_action")
        self.dismiss = QPushButton(self)
        self.dismiss.setObjectName("banner_dismiss")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        for label in (self.sign, self.sentence):
            label.setContentsMargins(0, 5, 0, 5)  # its first line is in line with the words of the buttons
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.sentence, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.action, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self.action.clicked.connect(self._act)
        self.dismiss.clicked.connect(self._dismiss)

    def show_trouble(self, trouble: Trouble) -> None:
        self._trouble = trouble
        sentence = self._sentence(trouble)
        self.sentence.setText(breakable(sentence))
        self.setAccessibleName(sentence)
        action = ""
        if trouble.kind in FOLDER_TROUBLES:
            action = self.tr("Open folder…")
        elif trouble.kind == "unreadable_file":
            action = self.tr("Look again")
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.dismiss.setText(self.tr("Dismiss"))
        self.dismiss.setVisible(trouble.kind not in FOLDER_TROUBLES)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self._trouble is not None:
            self.show_trouble(self._trouble)
        super().changeEvent(event)

    def _act(self) -> None:
        if self._trouble is not None:
            self.acted.emit(self._trouble.kind)

    def _dismiss(self) -> None:
        self.dismissed.emit(self._trouble)

    def _sentence(self, trouble: Trouble) -> str:
        said = {"path": trouble.path, "file": os.path.basename(trouble.path), "detail": trouble.detail}
        words = {name: text and unless_hidden(visible(text)) for name, text in said.items()}
        match trouble.kind:
            case "missing":
                return self.tr("The folder {path} is not there. Its calls are missing from the numbers.").format(
                    **words
                )
            case "not_a_folder":
                return self.tr("{path} is not a folder. Choose the folder that holds the day files.").format(**words)
            case "unreadable":
                return self.tr("The folder {path} cannot be read: {detail}").format(**words)
            case "unreadable_file":
                return self.tr("{file} cannot be read, so its calls are missing: {detail}").format(**words)
            case "cache_unusable":
                return self.tr(
                    "The cache cannot be used: {detail}. The numbers are right, only starting takes longer."
                ).format(**words)
            case "settings_unusable":
                return self.tr("The settings file cannot be used: {detail}").format(**words)
            case "settings_newer":
                return self.tr(
                    "The settings are of a newer version of this program. What is not known yet is left as it is."
                )
            case "settings_restored":
                return self.tr("The settings file cannot be used: {detail}. Its backup is in use.").format(**words)
            case "deleted":
                return self.tr("{file} was deleted. Its calls no longer count.").format(**words)
            case "clock_back":
                return self.tr(
                    "The clock of this computer was set back. Calls may lie in the future until it catches up."
                )
            case "prices_unusable":
                return self.tr("The price book could not be read: {detail}. Built-in prices are in use.").format(
                    **words
                )
            case "port_unusable":
                return self.tr(
                    "The web page cannot be shown on port {path}: {detail}. Choose another port in the preferences."
                ).format(**words)
            case "alerts_unusable":
                return self.tr("Alerts cannot be kept: {detail}. They may come again after a restart.").format(**words)
            case "alerts_damaged":
                return self.tr("The kept alerts were damaged and are begun anew. Some may come again.")
            case "alerts_mended":
                return self.tr("The kept alerts were damaged. Their copy was whole, nothing is lost.")
            case "alerts_newer":
                return self.tr("Some alerts are of a newer version of this program. They are kept.")
            case "unexpected":
                return self.tr("Something went wrong: {detail}").format(**words)
        return " · ".join(filter(None, (trouble.kind, words["path"], words["detail"])))
