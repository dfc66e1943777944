"""A card, and the pill control that stands in its header: the two shapes that everything on the page is made of.

A newcomer would get this wrong: colours here come from the palette and the style sheet that `apply_theme` sets for
the whole application, so a card that only holds labels needs no `set_theme` of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.window.theme import PADDING, TextRole, Theme, strong_weight, text_font

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

PICTURE_SCALE = 2
LONGEST_WORD = 24
"""Letters; a longer word could be wider than a narrow window."""


def plain_label(role: TextRole = "body", tone: str = "", parent: QWidget | None = None) -> QLabel:
    """A label that never reads its text as HTML (records.md I10). Tones are those of the style sheet."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(text_font(role))
    if tone:
        label.setProperty("tone", tone)
    return label


def breakable(text: str) -> str:
    """Recorded text or a path for a label that wraps: a word without end may break, or it would widen the window."""
    text = re.sub(r"([/\\])(?=[^\s/\\])", "\\1\u200b", text)
    return re.sub(rf"([^\s\u200b]{{{LONGEST_WORD}}})(?=[^\s\u200b])", "\\1\u200b", text)


def set_tone(label: QLabel, tone: str) -> None:
    """Another colour of the theme for one label; nothing happens where it has that colour already."""
    if (label.property("tone") or "") == tone:
        return
    label.setProperty("tone", tone)
    label.style().unpolish(label)
    label.style().polish(label)


class SteadyLabel(QWidget):
    """A line of text that asks for another width only when its words change, not with each digit of a number.

    A QLabel lays the whole window out again at every change of its text.
    """

    def __init__(self, role: TextRole, tone: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(text_font(role))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.theme = theme
        self.tone = tone
        self._text = ""
        self._room = 0

    def text(self) -> str:
        return self._text

    def set_text(self, text: str, tone: str | None = None) -> None:
        tone = self.tone if tone is None else tone
        if (text, tone) == (self._text, self.tone):
            return
        self._text, self.tone = text, tone
        metrics = QFontMetrics(self.font())
        room = metrics.horizontalAdvance("".join("0" if sign.isdigit() else sign for sign in text))
        if room > self._room or room < self._room - metrics.horizontalAdvance("000"):
            self._room = room
            self.updateGeometry()
        if self.accessibleName() != text:
            self.setAccessibleName(text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._room, QFontMetrics(self.font()).height() + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(getattr(self.theme, self.tone)))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._text)


class Card(QFrame):
    """A rounded area with a title row (`header`: title, stretch, then what you add) and a `body` below."""

    narrowed = Signal(str, str)
    """Dimension and value that a click asks the window to filter by."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title_label = plain_label("title", parent=self)
        self.title_label.setText(title)
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        self.header.addWidget(self.title_label)
        self.header.addStretch(1)
        # All headers are as high as one with a Segmented, so that titles and bodies line up across cards.
        self.header.addStrut(QFontMetrics(text_font("small")).height() + _Option.PADDING_PX + 2 * Segmented.MARGIN_PX)
        self.body = QVBoxLayout()
        self.body.setSpacing(4)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(PADDING, 12, PADDING, 12)
        rows.setSpacing(8)
        rows.addLayout(self.header)
        rows.addLayout(self.body, 1)

    def give_gutter(self, px: int) -> None:
        """Let the body reach so far into the right padding: a table has its scroll bar there, beside its columns."""
        rows = self.layout()
        assert rows is not None
        rows.setContentsMargins(PADDING, 12, PADDING - px, 12)
        self.header.setContentsMargins(0, 0, px, 0)

    def set_title(self, text: str) -> None:
        self.title_label.setText(text)

    def set_theme(self, theme: Theme) -> None:
        """For cards that paint with theme colours themselves."""

    def retranslate(self) -> None:
        """Say everything again, in the language that is installed now."""

    def copy_picture(self) -> None:
        """The card as it is seen, twice as sharp, on the clipboard."""
        picture = QPixmap(self.size() * PICTURE_SCALE)
        picture.setDevicePixelRatio(PICTURE_SCALE)
        picture.fill(self.palette().color(QPalette.ColorRole.Window))
        self.render(picture)
        QGuiApplication.clipboard().setPixmap(picture)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(translate("Card", "Copy as picture"))
        copy.setObjectName("copy_picture")
        copy.triggered.connect(self.copy_picture)
        menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Option(QAbstractButton):
    """One word of a `Segmented`; wide enough for its bold form, so that choosing moves nothing."""

    PADDING_PX = 6

    def __init__(self, key: str, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_ringed = False
        self.key = key
        self.setText(label)
        self.setCheckable(True)
        self.setFont(text_font("small"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        bold = self.font()
        bold.setWeight(strong_weight())
        metrics = QFontMetrics(bold)
        return QSize(metrics.horizontalAdvance(self.text()) + 14, metrics.height() + self.PADDING_PX)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A ring for those who came by keyboard; one around the first control of a new window is only noise.
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._is_ringed = event.reason() in by_key
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid)))
            painter.setBrush(palette.color(QPalette.ColorRole.Base))
            painter.drawRoundedRect(box, 5, 5)
        if self.hasFocus() and self._is_ringed:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        font = self.font()
        if self.isChecked():
            font.setWeight(strong_weight())
            colour = palette.color(QPalette.ColorRole.Accent)
        elif self.underMouse():
            colour = palette.color(QPalette.ColorRole.Text)
        else:
            colour = palette.color(QPalette.ColorRole.PlaceholderText)
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class Segmented(QWidget):
    """One choice of a few, all in sight. Tab reaches the chosen one, the arrow keys move the choice."""

    MARGIN_PX = 2

    chosen = Signal(str)
    """The user chose this key (not sent by `set_current`)."""

    def __init__(self, options: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(self.MARGIN_PX, self.MARGIN_PX, self.MARGIN_PX, self.MARGIN_PX)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._options: dict[str, _Option] = {}
        for key, label in options:
            option = _Option(key, label, self)
            option.setObjectName(f"option_{key}")
            self._options[key] = option
            self._group.addButton(option)
            row.addWidget(option)
        next(iter(self._options.values())).setChecked(True)
        self._group.buttonClicked.connect(self._tell)

    def set_labels(self, labels: Sequence[str]) -> None:
        """New words for the options, in their order."""
        for option, label in zip(self._options.values(), labels, strict=True):
            if option.text() != label:
                option.setText(label)
                option.updateGeometry()

    def current(self) -> str:
        return next(key for key, option in self._options.items() if option.isChecked())

    def set_current(self, key: str) -> None:
        self._options[key].setChecked(True)

    def option(self, key: str) -> QAbstractButton:
        """The button of one choice."""
        return self._options[key]

    def _tell(self, option: _Option) -> None:
        self.chosen.emit(option.key)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.AlternateBase))
        painter.drawRoundedRect(self.rect(), 6, 6)
