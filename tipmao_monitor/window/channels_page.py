"""The page of chats: each with its switch, its last result and a test; and the form for a new one or a new address.

A newcomer would get this wrong: an address that was kept is never shown again, not even to be edited. The form for it
begins empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.channels import (
    KINDS,
    LONGEST_NAME,
    PARTS,
    AddressError,
    Channel,
    ChannelKind,
    ChannelStates,
    address,
)
from tipmao_monitor.window.card import breakable, plain_label, set_tone
from tipmao_monitor.window.channel_words import kind_help, kind_name, part_name, part_problem, result_words
from tipmao_monitor.window.numbers import visible
from tipmao_monitor.window.theme import PADDING, SPACING

EXTRA = "pip install 'tipmao-monitor[notify]'"


class ChannelRow(QFrame):
    """One channel: on or off, what it is, what came of the last message, and what can be done with it."""

    toggled = Signal(object)
    tested = Signal(str)
    address_wanted = Signal(object)
    removed = Signal(str)

    def __init__(self, channel: Channel, parent: QWidget) -> None:
        super().__init__(parent)
        self.channel = channel
        self._states = ChannelStates()
        self._today = date.min
        self.switch = QCheckBox(self)
        self.switch.setObjectName("on")
        self.kind = plain_label("small", "secondary", self)
        self.result = plain_label("small", "secondary", self)
        self.result.setWordWrap(True)
        self.test_button, self.address_button, self.remove_button = (QPushButton(self) for _ in range(3))
        top = QHBoxLayout()
        top.setSpacing(SPACING)
        top.addWidget(self.switch)
        top.addWidget(self.kind)
        top.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(PADDING)
        for button, name in (
            (self.test_button, "test"),
            (self.address_button, "address"),
            (self.remove_button, "remove"),
        ):
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.setProperty("link", True)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            buttons.addWidget(button)
        buttons.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addLayout(top)
        rows.addWidget(self.result)
        rows.addLayout(buttons)
        self.switch.clicked.connect(self._toggle)
        self.test_button.clicked.connect(self._test)
        self.address_button.clicked.connect(self._want_address)
        self.remove_button.clicked.connect(self._remove)

    def show_channel(self, channel: Channel) -> None:
        self.channel = channel
        self.switch.setChecked(channel.on)
        self.retranslate()

    def show_states(self, states: ChannelStates, today: date) -> None:
        self._states, self._today = states, today
        self.retranslate()

    def retranslate(self) -> None:
        name = self.channel.name
        self.switch.setText(visible(name).replace("&", "&&"))
        self.switch.setAccessibleName(name)
        self.kind.setText(kind_name(self.channel.kind))
        self.test_button.setText(self.tr("Send a test"))
        self.address_button.setText(self.tr("New address"))
        self.remove_button.setText(self.tr("Remove"))
        for button in (self.test_button, self.address_button, self.remove_button):
            button.setAccessibleName(f"{button.text()}, {name}")
        words, tone = self._result()
        self.result.setText(breakable(words))
        set_tone(self.result, tone)
        is_ready = self._states.is_installed and name in self._states.addressed
        self.test_button.setEnabled(is_ready and name not in self._states.under_way)

    def _result(self) -> tuple[str, str]:
        name, states = self.channel.name, self._states
        if name in states.under_way:
            return self.tr("Sending…"), "secondary"
        if name not in states.addressed:
            return "▲ " + self.tr("It has no address on this computer yet."), "warning"
        result = states.results.get(name)
        if result is None:
            return self.tr("Nothing was sent yet."), "secondary"
        if result.outcome == "sent":
            return "✓ " + result_words(result, self._today), "good"
        return "▲ " + result_words(result, self._today), "warning" if result.next_at else "bad"

    def _toggle(self, on: bool) -> None:
        self.toggled.emit(replace(self.channel, on=on))

    def _test(self) -> None:
        self.tested.emit(self.channel.name)

    def _want_address(self) -> None:
        self.address_wanted.emit(self.channel)

    def _remove(self) -> None:
        self.removed.emit(self.channel.name)


class ChannelForm(QWidget):
    """What a channel asks for: of a new one also its kind and name."""

    kept = Signal(object, object)
    """The `Channel`, and what was typed by part."""
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._taken: frozenset[str] = frozenset()
        self._channel: Channel | None = None
        self._is_tried = False
        self.title = plain_label("title", parent=self)
        self.kind = QComboBox(self)
        self.kind.setObjectName("kind")
        for kind in KINDS:
            self.kind.addItem(kind, kind)
        self.help = plain_label("small", "secondary", self)
        self.help.setWordWrap(True)
        self.edits: dict[str, QLineEdit] = {}
        self.labels: dict[str, QLabel] = {}
        self.problems: dict[str, QLabel] = {}
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.title)
        rows.addSpacing(6)
        rows.addWidget(self.kind)
        rows.addWidget(self.help)
        rows.addSpacing(4)
        parts = dict.fromkeys(part.name for kind in KINDS for part in PARTS[kind])
        secret = {part.name for kind in KINDS for part in PARTS[kind] if part.is_secret}
        for name in ("name", *parts):
            label = plain_label("small", "secondary", self)
            edit = QLineEdit(self)
            edit.setObjectName(name)
            if name in secret:
                edit.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
            problem = plain_label("small", "bad", self)
            problem.setWordWrap(True)
            problem.hide()
            label.setBuddy(edit)
            edit.textEdited.connect(self._check)
            edit.returnPressed.connect(self._keep)
            self.labels[name], self.edits[name], self.problems[name] = label, edit, problem
            for widget in (label, edit, problem):
                rows.addWidget(widget)
            rows.addSpacing(4)
        self.edits["name"].setMaxLength(LONGEST_NAME)
        self.keep_button = QPushButton(self)
        self.keep_button.setObjectName("keep")
        self.keep_button.setProperty("primary", True)
        self.cancel_button = QPushButton(self)
        self.cancel_button.setObjectName("cancel")
        for button in (self.keep_button, self.cancel_button):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.keep_button)
        buttons.addWidget(self.cancel_button)
        buttons.addStretch(1)
        rows.addLayout(buttons)
        self.kind.currentIndexChanged.connect(self._change_kind)
        self.keep_button.clicked.connect(self._keep)
        self.cancel_button.clicked.connect(self.cancelled)
        self.show_channel(None)

    def show_channel(self, channel: Channel | None) -> None:
        """Empty: for a new channel, or for the address of one that there is."""
        self._channel = channel
        for edit in self.edits.values():
            edit.clear()
        if channel is not None:
            self.kind.setCurrentIndex(KINDS.index(channel.kind))
            self.edits["name"].setText(channel.name)
        self._is_tried = False
        self._change_kind()

    @property
    def is_for_address(self) -> bool:
        """Whether it is about a channel that there is."""
        return self._channel is not None

    def take_names(self, names: frozenset[str]) -> None:
        """The names that others have already."""
        self._taken = names

    def retranslate(self) -> None:
        for place, kind in enumerate(KINDS):
            self.kind.setItemText(place, kind_name(kind))
        self.kind.setAccessibleName(self.tr("Service"))
        self.cancel_button.setText(self.tr("Cancel"))
        for name, label in self.labels.items():
            words = self.tr("Name, as you call it") if name == "name" else part_name(name)
            label.setText(words)
            self.edits[name].setAccessibleName(words)
        self.help.setText(kind_help(self._kind))
        if self._channel is None:
            self.title.setText(self.tr("Add a chat"))
            self.keep_button.setText(self.tr("Add"))
        else:
            self.title.setText(self.tr("New address of {name}").format(name=visible(self._channel.name)))
            self.keep_button.setText(self.tr("Keep"))
        if self._is_tried:
            self._show_problems()

    @property
    def _kind(self) -> ChannelKind:
        return KINDS[self.kind.currentIndex()]

    def _texts(self) -> dict[str, str]:
        return {part.name: self.edits[part.name].text() for part in PARTS[self._kind]}

    def _change_kind(self) -> None:
        is_new = self._channel is None
        asked = {part.name for part in PARTS[self._kind]} | ({"name"} if is_new else set())
        for name, edit in self.edits.items():
            edit.setVisible(name in asked)
            self.labels[name].setVisible(name in asked)
            self.problems[name].hide()
        self.kind.setVisible(is_new)
        self._is_tried = False
        self.retranslate()

    def _wrong(self) -> Mapping[str, str]:
        name = self.edits["name"].text().strip()
        wrong = {}
        if self._channel is None and (not name or not name.isprintable()):
            wrong["name"] = self.tr("needed")
        elif self._channel is None and name in self._taken:
            wrong["name"] = self.tr("there is one of this name")
        try:
            address(self._kind, self._texts())
        except AddressError as error:
            wrong[error.part] = part_problem(self._kind, error.part)
        return wrong

    def _check(self) -> None:
        """Once something was wrong, each letter may put it right."""
        if self._is_tried:
            self._show_problems()

    def _show_problems(self) -> None:
        wrong = self._wrong()
        for name, label in self.problems.items():
            label.setText(f"▲ {wrong[name]}" if name in wrong else "")
            label.setVisible(name in wrong)
            self.edits[name].setAccessibleDescription(wrong.get(name, ""))

    def _keep(self) -> None:
        self._is_tried = True
        self._show_problems()
        wrong = self._wrong()
        if wrong:
            self.edits[next(iter(wrong))].setFocus()
            return
        channel = self._channel or Channel(self.edits["name"].text().strip(), self._kind)
        texts = self._texts()
        self.show_channel(None)
        self.kept.emit(channel, texts)


class ChannelsPage(QWidget):
    """All channels and the form. What is wanted is said by signals, and shown when it holds."""

    kept = Signal(object, object)
    toggled = Signal(object)
    tested = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: dict[str, ChannelRow] = {}
        self._states = ChannelStates()
        self._today = date.min
        self.sentence = plain_label("small", "secondary", self)
        self.extra = plain_label("small", "warning", self)
        self.place = plain_label("small", "secondary", self)
        self.problem = plain_label("small", "bad", self)
        for label in (self.sentence, self.extra, self.place, self.problem):
            label.setWordWrap(True)
        self.extra.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column = QVBoxLayout()
        self._column.setSpacing(PADDING)
        line = QFrame(self)
        line.setObjectName("hairline")
        line.setFixedHeight(1)
        self.form = ChannelForm(self)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        rows.setSpacing(PADDING)
        rows.addWidget(self.sentence)
        rows.addWidget(self.extra)
        rows.addLayout(self._column)
        rows.addWidget(line)
        rows.addWidget(self.form)
        rows.addWidget(self.problem)
        rows.addWidget(self.place)
        rows.addStretch(1)
        self.form.kept.connect(self.kept)
        self.form.cancelled.connect(self._leave_form)
        self._show_form()

    def show_channels(self, channels: Sequence[Channel]) -> bool:
        """Whether there are others than before."""
        before = list(self.rows)
        names = [channel.name for channel in channels]
        for name in set(self.rows) - set(names):
            row = self.rows.pop(name)
            row.hide()
            row.deleteLater()
        for channel in channels:
            row = self.rows.get(channel.name) or self._make_row(channel)
            row.show_channel(channel)
        self.form.take_names(frozenset(names))
        self._show_form()
        return list(self.rows) != before

    def show_states(self, states: ChannelStates, today: date) -> None:
        self._states, self._today = states, today
        for row in self.rows.values():
            row.show_states(states, today)
        self._say()

    def retranslate(self) -> None:
        for row in self.rows.values():
            row.retranslate()
        self.form.retranslate()
        self._say()

    def _make_row(self, channel: Channel) -> ChannelRow:
        row = ChannelRow(channel, self)
        row.toggled.connect(self.toggled)
        row.tested.connect(self.tested)
        row.removed.connect(self.removed)
        row.address_wanted.connect(self._ask_for_address)
        row.show_states(self._states, self._today)
        self.rows[channel.name] = row
        self._column.addWidget(row)
        return row

    def _ask_for_address(self, channel: Channel) -> None:
        self.form.show_channel(channel)
        self._show_form()
        self.form.edits[PARTS[channel.kind][0].name].setFocus()

    def _leave_form(self) -> None:
        self.form.show_channel(None)
        self._show_form()

    def _show_form(self) -> None:
        self.form.cancel_button.setVisible(self.form.is_for_address)

    def _say(self) -> None:
        states = self._states
        self.sentence.setText(self.tr("Alerts are also sent to the chats that are on."))
        self.extra.setText(self.tr("This needs an extra package: {command}").format(command=EXTRA))
        self.extra.setVisible(not states.is_installed)
        if states.place == "keyring":
            self.place.setText(self.tr("Addresses are kept in the keyring of this system and nowhere else."))
        else:
            self.place.setText(
                breakable(
                    self.tr(
                        "This system offers no keyring. Addresses are kept in {file}, which only you can read."
                    ).format(file=visible(states.file))
                )
            )
        self.problem.setText(self.tr("This could not be kept: {reason}").format(reason=visible(states.problem)))
        self.problem.setVisible(bool(states.problem))
