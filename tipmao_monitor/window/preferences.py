"""The preferences: a row for every setting, made from what `settings.SCHEMA` says it may be.

What is chosen holds at once; what is typed, when the field is left or Enter is pressed. A newcomer would get this
wrong: a row of its own needs no code here. A new field of the schema is a row on its page; only a kind of value that no
other field has needs a control.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QCompleter,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tipmao_monitor.channels import ChannelStates
from tipmao_monitor.settings import (
    SCHEMA,
    Choice,
    Folders,
    Names,
    Number,
    Port,
    Rule,
    Settings,
    Switch,
    TimeZone,
)
from tipmao_monitor.window.card import Segmented, plain_label
from tipmao_monitor.window.channels_page import ChannelsPage
from tipmao_monitor.window.dialogs import Panel
from tipmao_monitor.window.numbers import visible
from tipmao_monitor.window.setting_words import (
    choice_words,
    figure_words,
    problem_words,
    setting_help,
    setting_name,
    unit_words,
)
from tipmao_monitor.window.theme import PADDING

PAGES = ("general", "alerts", "chats", "connections")
FIRST = ("language", "theme", "timezone", "slow_ms", "stream_gap_minutes", "records")
CONTROL_PX = 220
STACKED_BELOW_PX = 460
YIELDING = QSizePolicy.Policy.Ignored
"""Pages and rows are as wide as the window: what they would like must not keep a row from being stacked."""

HIDDEN = frozenset({"offer_budget", "on_air", *(field for field in SCHEMA if field.startswith("report_"))})
"""Asked once, switched or remembered elsewhere."""


def page_of(field: str) -> str:
    """On which page a setting stands."""
    if field.startswith("alert_"):
        return "alerts"
    return "connections" if field.startswith(("gateway_", "switch_", "api_")) else "general"


def limit_of(field: str) -> str:
    """The setting that says from when on a switch acts and stands in its row, as `alert_silent_minutes` does."""
    parts = parts_of(field)
    return parts[0] if len(parts) == 1 else ""


def parts_of(field: str) -> list[str]:
    """The settings that only matter while the switch is on."""
    if not isinstance(SCHEMA[field], Switch):
        return []
    beginning = field.removesuffix("on") if field.endswith("_on") else f"{field}_"
    return [other for other in SCHEMA if other.startswith(beginning) and other != field]


def text_of(rule: Rule, value: object) -> str:
    """A value as it stands in a text field."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return figure_words(float(str(value))) if isinstance(rule, Number) else str(value)


def value_of(rule: Rule, text: str) -> object:
    """What was typed, as the settings have it; ValueError where it is no such value."""
    text = text.strip()
    typed: object = text
    if isinstance(rule, Number):
        typed = float(text.replace(",", "").replace("，", ""))
    elif isinstance(rule, Port):
        typed = int(text)
    elif isinstance(rule, Names):
        typed = [name for part in text.replace("，", ",").split(",") if (name := part.strip())]
    return rule.parse(typed)


@dataclass(frozen=True)
class StartState:
    """Whether the window opens at login; `problem` is why that could not be changed."""

    is_on: bool
    problem: str = ""


class Chooser(QComboBox):
    """A list of choices that the wheel of the mouse only turns when it has the focus: the page scrolls below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Row(QWidget):
    """One setting: its name and help, the control, and what is wrong with it. Where it is narrow, the control is below.

    `switch` takes the place of the name.
    """

    def __init__(self, field: str, control: QWidget | None, switch: QCheckBox | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = field
        self.switch = switch
        self.control = control
        self.name = plain_label(parent=self)
        self.name.setWordWrap(True)
        self.help = plain_label("small", "secondary", self)
        self.problem = plain_label("small", "bad", self)
        for label in (self.help, self.problem):
            label.setWordWrap(True)
        self.problem.hide()
        self.setSizePolicy(YIELDING, QSizePolicy.Policy.Preferred)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(PADDING)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        # A name without help stands in the middle of its control, beside which it is.
        self._grid.setRowStretch(0, 1)
        self._is_stacked: bool | None = None
        if switch is not None:
            self.name.hide()
        elif control is not None:
            self.name.setBuddy(control.focusProxy() or control)
        self._arrange(False)

    def show_problem(self, text: str) -> None:
        self.problem.setText(f"▲ {text}" if text else "")
        self.problem.setVisible(bool(text))
        for target in self._spoken():
            target.setAccessibleDescription(text or self.help.text())

    def show_words(self, name: str, help: str, control_name: str = "") -> None:
        self.name.setText(name)
        self.help.setText(help)
        self.help.setVisible(bool(help))
        if self.switch is not None:
            self.switch.setText(name)
            self.switch.setAccessibleDescription(help)
        for target in self._spoken():
            target.setAccessibleName(control_name or name)
            target.setAccessibleDescription(self.problem.text() or help)

    def _spoken(self) -> list[QWidget]:
        """What of the control a screen reader may stand on."""
        if self.control is None:
            return []
        line = self.control.lineEdit() if isinstance(self.control, QComboBox) else None
        return [part for part in (self.control.focusProxy() or self.control, line) if part is not None]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(event.size().width() < STACKED_BELOW_PX)

    def _arrange(self, stacked: bool) -> None:
        if stacked == self._is_stacked:
            return
        self._is_stacked = stacked
        left: QWidget = self.switch or self.name
        for part in (left, self.help, self.control, self.problem):
            if part is not None:
                self._grid.removeWidget(part)
        is_wide = isinstance(self.control, FolderList)
        self._grid.addWidget(left, 0, 0)
        self._grid.addWidget(self.help, 1, 0)
        if self.control is not None:
            if is_wide or stacked:
                self._grid.addWidget(self.control, 2, 0, 1, 2)
            else:
                self.control.setFixedWidth(CONTROL_PX)
                self._grid.addWidget(self.control, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
            if stacked and not is_wide:
                self.control.setMinimumWidth(0)
                self.control.setMaximumWidth(QWIDGETSIZE_MAX)
        self._grid.addWidget(self.problem, 3, 0, 1, 2)


QWIDGETSIZE_MAX = 16777215
"""What Qt means by no greatest width; PySide6 has no name for it."""


class Figure(QWidget):
    """A field to type into, with the unit behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(self)
        self.unit = plain_label(tone="secondary", parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.unit)
        self.unit.setMinimumWidth(self.unit.fontMetrics().horizontalAdvance("分钟"))
        self.setFocusProxy(self.edit)


class FolderList(QWidget):
    """Folders that can be added and removed."""

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.list = QListWidget(self)
        self.list.setObjectName("folders")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(3 * self.list.fontMetrics().height() + 26)
        self.add_button = QPushButton(self)
        self.add_button.setObjectName("add_folder")
        self.remove_button = QPushButton(self)
        self.remove_button.setObjectName("remove_folder")
        for button in (self.add_button, self.remove_button):
            button.setAutoDefault(False)
        buttons = QVBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        buttons.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.list, 1)
        row.addLayout(buttons)
        self.setFocusProxy(self.list)
        self._folders: tuple[str, ...] = ()
        self.add_button.clicked.connect(self._choose)
        self.remove_button.clicked.connect(self._remove)
        self.list.itemSelectionChanged.connect(self._enable)
        self._enable()

    def show_folders(self, folders: Sequence[str]) -> None:
        if tuple(folders) == self._folders:
            return
        self._folders = tuple(folders)
        self.list.clear()
        for folder in folders:
            self.list.addItem(visible(folder))
            self.list.item(self.list.count() - 1).setToolTip(visible(folder))
        self._enable()

    def retranslate(self) -> None:
        self.add_button.setText(self.tr("Add…"))
        self.remove_button.setText(self.tr("Remove"))

    def _enable(self) -> None:
        self.remove_button.setEnabled(bool(self.list.selectedItems()))

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder with usage records"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if self._folders:
            dialog.setDirectory(self._folders[-1])
        dialog.fileSelected.connect(self.add)
        dialog.open()

    def add(self, folder: str) -> None:
        if folder not in self._folders:
            self.changed.emit((*self._folders, folder))

    def _remove(self) -> None:
        chosen = {self.list.row(item) for item in self.list.selectedItems()}
        self.changed.emit(tuple(folder for place, folder in enumerate(self._folders) if place not in chosen))


class SettingsPage(QWidget):
    """The rows of some settings."""

    changed = Signal(str, object)
    """A field's name and its new value, which the schema has accepted."""

    def __init__(self, fields: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: dict[str, Row] = {}
        self.controls: dict[str, QWidget] = {}
        self._settings = Settings()
        self._zones: frozenset[str] = frozenset()
        self._typed: set[str] = set()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        self.column.setSpacing(PADDING)
        limits = {limit_of(field): field for field in fields if limit_of(field)}
        for field in fields:
            if field in limits:
                continue
            switch = self._make_switch(field) if isinstance(SCHEMA[field], Switch) else None
            typed = limit_of(field) if switch is not None else field
            row = Row(field, self._make_control(typed) if typed else None, switch, self)
            for name in filter(None, (field, typed)):
                self.rows[name] = row
            self.column.addWidget(row)
        self.column.addStretch(1)
        self.retranslate()

    def show_settings(self, settings: Settings) -> None:
        self._settings = settings
        for field, control in self.controls.items():
            value = getattr(settings, field)
            match control:
                case QCheckBox():
                    control.setChecked(value)
                case FolderList():
                    control.show_folders(value)
                case QComboBox() if control.isEditable():
                    if field not in self._typed:
                        control.setEditText(choice_words(field, value))
                case QComboBox():
                    control.setCurrentIndex(control.findData(value))
                case Figure() if field not in self._typed:
                    control.edit.setText(text_of(SCHEMA[field], value))
        self._enable_limits()

    def show_zones(self, names: Collection[str]) -> None:
        """The time zones that can be chosen from."""
        self._zones = frozenset(names)
        combo = self.controls.get("timezone")
        if isinstance(combo, QComboBox):
            text = combo.currentText()
            combo.clear()
            combo.addItems([choice_words("timezone", "system"), *sorted(names)])
            combo.setEditText(text)

    def retranslate(self) -> None:
        for field, row in self.rows.items():
            if row.field == field:
                limit = limit_of(field)
                row.show_words(setting_name(field), setting_help(field), setting_name(limit) if limit else "")
            if row.problem.text():
                row.show_problem(problem_words(SCHEMA[field]))
        for field, control in self.controls.items():
            rule = SCHEMA[field]
            if isinstance(control, FolderList):
                control.retranslate()
            elif isinstance(control, Figure) and isinstance(rule, Number):
                control.unit.setText(unit_words(rule.unit))
            elif isinstance(control, Figure):
                control.unit.setText("¥" if field == "switch_above" else "")
                control.unit.setVisible(bool(control.unit.text()))
            elif isinstance(control, QComboBox) and isinstance(rule, Choice):
                for place, option in enumerate(rule.options):
                    control.setItemText(place, choice_words(field, option))
            elif isinstance(control, QComboBox):
                if control.count():
                    control.setItemText(0, choice_words("timezone", "system"))
                if self._settings.timezone == "system" and field not in self._typed:
                    control.setEditText(choice_words("timezone", "system"))

    def _make_switch(self, field: str) -> QCheckBox:
        switch = QCheckBox(self)
        switch.setObjectName(field)
        self.controls[field] = switch
        switch.clicked.connect(self._toggle)
        return switch

    def _make_control(self, field: str) -> QWidget:
        rule = SCHEMA[field]
        control: QWidget
        if isinstance(rule, Choice):
            combo = Chooser(self)
            for option in rule.options:
                combo.addItem(option, option)
            combo.activated.connect(self._pick)
            control = combo
        elif isinstance(rule, TimeZone):
            combo = Chooser(self)
            combo.setEditable(True)
            combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            completer, edit = QCompleter(combo.model(), combo), QLineEdit(combo)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            combo.setLineEdit(edit)
            combo.setCompleter(completer)
            edit.textEdited.connect(self._check)
            edit.editingFinished.connect(self._take)
            combo.activated.connect(self._take)
            control = combo
        elif isinstance(rule, Folders):
            folders = FolderList(self)
            folders.changed.connect(self._choose_folders)
            control = folders
        else:
            figure = Figure(self)
            figure.edit.textEdited.connect(self._check)
            figure.edit.editingFinished.connect(self._take)
            control = figure
        control.setObjectName(field)
        self.controls[field] = control
        return control

    def _field_of(self, sender: QObject | None) -> str:
        """The field whose control sent a signal, itself or by its line edit."""
        while sender is not None and sender.objectName() not in self.controls:
            sender = sender.parent()
        return sender.objectName() if sender is not None else ""

    def _typed_value(self, field: str) -> object:
        control, rule = self.controls[field], SCHEMA[field]
        if isinstance(control, QComboBox):
            text = control.currentText().strip()
            if text.casefold() in ("", "system", choice_words(field, "system").casefold()):
                return "system"
            known = {name.casefold(): name for name in self._zones}
            if text.casefold() not in known:
                raise ValueError(text)
            return known[text.casefold()]
        assert isinstance(control, Figure)
        return value_of(rule, control.edit.text())

    def _check(self) -> None:
        """While it is typed: say what is wrong."""
        field = self._field_of(self.sender())
        self._typed.add(field)
        try:
            self._typed_value(field)
            self.rows[field].show_problem("")
        except ValueError:
            self.rows[field].show_problem(problem_words(SCHEMA[field]))

    def _take(self) -> None:
        """Once it is typed: if it can be used, it holds."""
        field = self._field_of(self.sender())
        try:
            value = self._typed_value(field)
        except ValueError:
            self.rows[field].show_problem(problem_words(SCHEMA[field]))
            return
        self._typed.discard(field)
        self.rows[field].show_problem("")
        self._tell(field, value)

    def _tell(self, field: str, value: object) -> None:
        if value != getattr(self._settings, field):
            self.changed.emit(field, value)
        else:
            self.show_settings(self._settings)

    def _pick(self) -> None:
        field = self._field_of(self.sender())
        control = self.controls[field]
        assert isinstance(control, QComboBox)
        self._tell(field, control.currentData())

    def _toggle(self, on: bool) -> None:
        self._tell(self._field_of(self.sender()), on)
        self._enable_limits()

    def _choose_folders(self, folders: tuple[str, ...]) -> None:
        self._tell("records", folders)

    def _enable_limits(self) -> None:
        for field, control in self.controls.items():
            if isinstance(control, QCheckBox):
                for part in parts_of(field):
                    self.controls[part].setEnabled(control.isChecked())


class Preferences(Panel):
    """Pages of settings. What is wanted is said by signals; what holds is what is shown."""

    changed = Signal(str, object)
    start_wanted = Signal(bool)
    """Whether the window should open at login."""
    token_wanted = Signal()
    """The gateway's token is to be entered; it is kept with the other secrets, not in the settings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preferences")
        self.choice = Segmented([(page, page) for page in PAGES], self)
        self.choice.setObjectName("pages")
        self.pages: dict[str, SettingsPage] = {}
        self.chats = ChannelsPage(self)
        self.start = QCheckBox(self)
        self.start.setObjectName("start_at_login")
        self.start.setEnabled(False)
        self._start_problem = ""
        self._stack = QStackedWidget(self)
        for page in PAGES:
            self._stack.addWidget(self._scrolling(self.chats if page == "chats" else self._make_page(page)))
        self.start_row = Row("start_at_login", None, self.start, self)
        self.pages["general"].column.insertWidget(self.pages["general"].column.count() - 1, self.start_row)
        self.token = QPushButton(self)
        self.token.setObjectName("gateway_token")
        self.token.setAutoDefault(False)
        self.token_row = Row("gateway_token", self.token, None, self)
        connections = self.pages["connections"]
        below = connections.column.indexOf(connections.rows["gateway_port"])
        connections.column.insertWidget(below + 1, self.token_row)
        top = QHBoxLayout()
        top.addWidget(self.choice)
        top.addStretch(1)
        self.content.addLayout(top)
        self.content.addWidget(self._stack, 1)
        # Enter is for the field that is typed into.
        self.close_button.setAutoDefault(False)
        self.close_button.setDefault(False)
        self.choice.chosen.connect(self.show_page)
        self.start.clicked.connect(self.start_wanted)
        self.token.clicked.connect(self.token_wanted)
        self.setMinimumWidth(360)
        self.resize(640, 620)
        self.retranslate()
        self._order_tabs()
        self.choice.option(PAGES[0]).setFocus()

    def show_page(self, page: str) -> None:
        """One of PAGES."""
        self.choice.set_current(page)
        self._stack.setCurrentIndex(PAGES.index(page))

    def show_settings(self, settings: Settings) -> None:
        for page in self.pages.values():
            page.show_settings(settings)
        if self.chats.show_channels(settings.channels):
            self._order_tabs()

    def show_zones(self, names: Collection[str]) -> None:
        self.pages["general"].show_zones(names)

    def show_start(self, state: StartState) -> None:
        self.start.setEnabled(True)
        self.start.setChecked(state.is_on)
        self._start_problem = state.problem
        self._say_start()

    def show_channel_states(self, states: ChannelStates, today: date) -> None:
        self.chats.show_states(states, today)

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(self.tr("Preferences"))
        self.choice.set_labels([self.tr("General"), self.tr("Alerts"), self.tr("Chats"), self.tr("Connections")])
        self.choice.setAccessibleName(self.tr("Pages"))
        self.start_row.show_words(self.tr("Start at login"), "")
        self.token.setText(self.tr("Enter…"))
        self.token_row.show_words(self.tr("Token of the gateway"), self.tr("Only if the gateway asks for one."))
        for page in self.pages.values():
            page.retranslate()
        self.chats.retranslate()
        self._say_start()

    def _order_tabs(self) -> None:
        """Tab goes the way that the eye goes, whatever was made first."""
        last: QWidget | None = None
        chats = (*self.chats.rows.values(), self.chats.form)
        for area in (self.choice, *self.pages.values(), *chats, self.close_button):
            for part in (area, *area.findChildren(QWidget)):
                if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.window() is self:
                    if last is not None:
                        QWidget.setTabOrder(last, part)
                    last = part

    def _say_start(self) -> None:
        said = self.tr("This could not be changed: {reason}").format(reason=self._start_problem)
        self.start_row.show_problem(said if self._start_problem else "")

    def _make_page(self, page: str) -> SettingsPage:
        fields = [field for field in SCHEMA if field not in HIDDEN and page_of(field) == page]
        fields.sort(key=lambda field: FIRST.index(field) if field in FIRST else len(FIRST))
        made = SettingsPage(fields, self)
        made.changed.connect(self.changed)
        self.pages[page] = made
        return made

    def _scrolling(self, page: QWidget) -> QScrollArea:
        page.setObjectName("sheet")
        page.setSizePolicy(YIELDING, QSizePolicy.Policy.Preferred)
        area = QScrollArea(self)
        area.setObjectName("sheet_area")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        return area
