"""A sentence on top of the page with what one can do about it: an alert, an offer, or how to come back.

A newcomer would get this wrong: a note is not an error. What is wrong with folders and files is a `Banner`, which the
snapshot brings and takes away; a note stays until it is answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from tipmao_monitor.window.card import breakable, plain_label, set_tone

STACKED_BELOW_PX = 620


@dataclass(frozen=True, slots=True)
class NoteWords:
    """`answers` are (key, text), the first of them the one that is suggested."""

    title: str
    text: str
    answers: tuple[tuple[str, str], ...]
    sign: str = "●"
    tone: str = "accent"


class Note(QFrame):
    """One sentence and its answers. Names its answer by key and goes only when told to."""

    answered = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("note", "accent")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._words = NoteWords("", "", ())
        self.sign = plain_label("title", "accent", self)
        self.title = plain_label("title", parent=self)
        self.text = plain_label("small", "secondary", self)
        for label in (self.title, self.text):
            label.setWordWrap(True)
        self.buttons: dict[str, QPushButton] = {}
        said = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        said.setSpacing(2)
        said.addWidget(self.title)
        said.addWidget(self.text)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.sign)
        head.addLayout(said, 1)
        self._answers = QHBoxLayout()
        self._answers.setSpacing(8)
        self._answers.addStretch(1)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(12, 8, 12, 8)
        self._rows.setSpacing(8)
        self._rows.addLayout(head, 1)
        self._rows.addLayout(self._answers)

    def show_words(self, words: NoteWords) -> None:
        if words == self._words:
            return
        self._words = words
        self.sign.setText(words.sign)
        set_tone(self.sign, words.tone)
        if self.property("note") != words.tone:
            self.setProperty("note", words.tone)
            self.style().unpolish(self)
            self.style().polish(self)
        self.title.setText(breakable(words.title))
        self.text.setText(breakable(words.text))
        self.text.setVisible(bool(words.text))
        self.setAccessibleName(f"{words.title}. {words.text}" if words.text else words.title)
        wanted = dict(words.answers)
        for key in [key for key in self.buttons if key not in wanted]:
            button = self.buttons.pop(key)
            self._answers.removeWidget(button)
            button.deleteLater()
        for key, text in words.answers:
            if key not in self.buttons:
                self.buttons[key] = self._button(key)
            self.buttons[key].setText(text)

    def _button(self, key: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(f"{self.objectName()}_{key}")
        button.setProperty("answer", key)
        button.setAutoDefault(False)
        button.clicked.connect(self._answer)
        self._answers.addWidget(button)
        return button

    def _answer(self) -> None:
        self.answered.emit(self.sender().property("answer"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = event.size().width() < STACKED_BELOW_PX
        self._rows.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)
