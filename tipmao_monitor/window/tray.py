"""The icon in the tray: the state of the budget as a shape in a colour, today's numbers, and a menu.

A newcomer would get this wrong: Qt says of every desktop that it shows messages, and where it does not they are lost
in silence. So a balloon is only ever a second way to say what stands in the window already.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from tipmao_monitor.usage.resources import resource
from tipmao_monitor.usage.snapshot import Snapshot
from tipmao_monitor.window.budget_words import pace_words, share, shown_budget, state_name, tray_state
from tipmao_monitor.window.numbers import by_money, calls, labelled, money

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

ICON_COLOURS = {
    "fine": "#148F7C",
    "warning": "#C26A00",
    "over": "#D63B30",
    "unknown": "#7E8691",
    "paused": "#7E8691",
}
"""Seen on light panels and on dark ones, so they are of no theme."""

ICON_PX = (16, 22, 24, 32, 48, 64)
BALLOON_MS = 10_000
PAUSES = ("hour", "stream", "tomorrow", "on")
"""How long alerts are paused: an hour, until the stream ends, until tomorrow, until they are switched on again."""


def state_icon(state: str) -> QIcon:
    """The icon of a budget's state; the program's own where there is no budget ("none")."""
    name = f"tray-{state}" if state in ICON_COLOURS else "app"
    drawing = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(drawing.replace("#000000", ICON_COLOURS.get(state, "#000000")).encode())
    icon = QIcon()
    for px in ICON_PX:
        image = QPixmap(QSize(px, px))
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        icon.addPixmap(image)
    return icon


class TrayMenu(QMenu):
    """The menu of the tray and of the strip: a line of numbers first, then what one wants without the window."""

    window_wanted = Signal()
    summary_chosen = Signal()
    strip_toggled = Signal(bool)
    on_air_toggled = Signal(bool)
    pause_chosen = Signal(str)
    """One of PAUSES, "" = no pause any more."""
    export_wanted = Signal()
    refresh_wanted = Signal()
    autostart_toggled = Signal(bool)
    quit_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._snapshot: Snapshot | None = None
        self._pause_until = ""
        self.summary = self.addAction("")
        self.addSeparator()
        self.open = self.addAction("")
        self.strip = self._checkable()
        self.on_air = self._checkable()
        self.addSeparator()
        self.pauses = self.addMenu("")
        self._pause_actions: dict[str, QAction] = {}
        group = QActionGroup(self)
        for key in ("", *PAUSES):
            action = self.pauses.addAction("")
            action.setCheckable(True)
            action.setData(key)
            group.addAction(action)
            self._pause_actions[key] = action
        self.export = self.addAction("")
        self.refresh = self.addAction("")
        self.autostart = self._checkable()
        self.addSeparator()
        self.quit = self.addAction("")
        self.summary.triggered.connect(self.summary_chosen)
        self.open.triggered.connect(self.window_wanted)
        self.strip.triggered.connect(self.strip_toggled)
        self.on_air.triggered.connect(self.on_air_toggled)
        group.triggered.connect(self._choose_pause)
        self.export.triggered.connect(self.export_wanted)
        self.refresh.triggered.connect(self.refresh_wanted)
        self.autostart.triggered.connect(self.autostart_toggled)
        self.quit.triggered.connect(self.quit_wanted)
        # It waits for who knows whether it is on.
        self.autostart.setVisible(False)
        self.retranslate()

    def _checkable(self) -> QAction:
        action = self.addAction("")
        action.setCheckable(True)
        return action

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.summary.setText(summary_words(snapshot))

    def show_pause(self, key: str) -> None:
        """Which pause holds now, "" = none."""
        self._pause_actions[key].setChecked(True)

    def retranslate(self) -> None:
        self.summary.setText(summary_words(self._snapshot))
        self.open.setText(self.tr("Open"))
        self.strip.setText(self.tr("Compact"))
        self.on_air.setText(self.tr("On air: hide names and amounts"))
        self.pauses.setTitle(self.tr("Pause alerts"))
        for key, text in pause_names():
            self._pause_actions[key].setText(text)
        self.export.setText(self.tr("Export today"))
        self.refresh.setText(self.tr("Refresh"))
        self.autostart.setText(self.tr("Start at login"))
        self.quit.setText(self.tr("Quit"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _choose_pause(self, action: QAction) -> None:
        self.pause_chosen.emit(action.data())


def pause_names() -> tuple[tuple[str, str], ...]:
    """What a menu offers: how long alerts are paused, "" = not at all."""
    return (
        ("", translate("tray", "Not paused")),
        ("hour", translate("tray", "For an hour")),
        ("stream", translate("tray", "Until the stream ends")),
        ("tomorrow", translate("tray", "Until tomorrow")),
        ("on", translate("tray", "Until I switch them on")),
    )


def inert(text: str) -> str:
    """A text in which no notification service finds markup (records.md I10); escapes would be seen on some."""
    return text.translate({ord("<"): "‹", ord(">"): "›", ord("&"): "＆"})


def summary_words(snapshot: Snapshot | None) -> str:
    """ "¥3.42 today, 145 calls · budget 34 %": the first line of the menu."""
    if snapshot is None:
        return "TipMao Monitor"
    today = snapshot.today
    text = translate("tray", "{cost} today, {calls}").format(cost=money(today.cost), calls=calls(today.calls))
    text = by_money(text, snapshot.filter.money)
    status = shown_budget(snapshot)
    if status is None:
        return text
    return f"{text} · " + translate("tray", "budget {share}").format(share=share(status))


class Tray(QObject):
    """The icon."""

    activated = Signal()
    """The icon was clicked."""
    balloon_clicked = Signal()

    def __init__(self, menu: TrayMenu, parent: QObject) -> None:
        super().__init__(parent)
        self._menu = menu
        self._icons: dict[str, QIcon] = {}
        self.state = ""
        self._snapshot: Snapshot | None = None
        self._note = ""
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(menu)
        self.icon.activated.connect(self._activate)
        self.icon.messageClicked.connect(self.balloon_clicked)
        self._show_state("none")

    @staticmethod
    def available() -> bool:
        """Whether this desktop has a place for it, now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        self.icon.show()

    def hide(self) -> None:
        self.icon.hide()

    def show_snapshot(self, snapshot: Snapshot, note: str = "") -> None:
        """`note` is what else there is to say, such as that alerts are paused."""
        self._snapshot, self._note = snapshot, note
        self._show_state(tray_state(snapshot))
        tip = self.tip()
        if tip != self.icon.toolTip():
            self.icon.setToolTip(tip)

    def retranslate(self) -> None:
        if self._snapshot is not None:
            self.show_snapshot(self._snapshot, self._note)

    def tip(self) -> str:
        """Today's cost and budget, in lines."""
        if self._snapshot is None:
            return "TipMao Monitor"
        lines = [summary_words(self._snapshot)]
        status = shown_budget(self._snapshot)
        if status is not None:
            lines.append(labelled(state_name(status.state), pace_words(status, self._snapshot.now)[0]))
        if self._note:
            lines.append(self._note)
        return "\n".join(lines)

    def say(self, title: str, text: str) -> bool:
        """Try a balloon. False where there is certainly nobody to show it; True promises nothing."""
        if not (self.available() and self.icon.isVisible()):
            return False
        kind = QSystemTrayIcon.MessageIcon
        # An icon of our own Qt would have to write to a file first.
        sign = {"over": kind.Critical, "warning": kind.Warning}.get(self.state, kind.Information)
        self.icon.showMessage(inert(title), inert(text), sign, BALLOON_MS)
        return True

    def _show_state(self, state: str) -> None:
        if state == self.state:
            return
        if state not in self._icons:
            self._icons[state] = state_icon(state)
        self.state = state
        self.icon.setIcon(self._icons[state])

    def _activate(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.activated.emit()
