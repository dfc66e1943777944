"""The preferences while the program runs: what the window asks and chooses is done beside the GUI thread.

A newcomer would get this wrong: nothing is applied here. A setting that was chosen is told to the monitor, whose
settings come back by `follow`, and so what the window shows is what holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from tipmao_monitor.chats import Chats
from tipmao_monitor.settings import Settings
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.numbers import is_hiding
from tipmao_monitor.window.tray import TrayMenu

if TYPE_CHECKING:
    from tipmao_monitor.window.preferences import Preferences, StartState


class PreferencesDesk(QObject):
    """Serves one window. `folders` are those that are watched now."""

    chosen = Signal(str, object)
    """A setting's name and the value that it should have."""
    _answered = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        chats: Chats,
        folders: Callable[[], Sequence[Path]],
        clock: Callable[[], datetime],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._settings = settings
        self._chats = chats
        self._folders = folders
        self._clock = clock
        self.panel: Preferences | None = None
        self._menu: TrayMenu | None = None
        self._worker = ThreadPoolExecutor(1, "preferences")
        self._answered.connect(self._show, Qt.ConnectionType.QueuedConnection)
        window.preferences_wanted.connect(self.show_panel)
        chats.states_changed.connect(self._show_states)
        chats.channels_changed.connect(self._choose_channels)

    def end(self) -> None:
        """What was begun is finished. Can be called twice."""
        self._worker.shutdown()

    def follow(self, settings: Settings) -> None:
        self._settings = settings
        if self.panel is not None:
            self.panel.show_settings(settings)

    def serve(self, menu: TrayMenu) -> None:
        """Its line about the start at login."""
        self._menu = menu
        menu.autostart.setVisible(True)
        menu.autostart_toggled.connect(self.start_at_login)
        menu.aboutToShow.connect(self.ask_for_start)

    def show_panel(self) -> None:
        if is_hiding():
            return  # folders, channels and amounts stand in it
        from tipmao_monitor.window.preferences import Preferences  # a start does not need it

        if self.panel is None:
            self.panel = panel = Preferences(self._window)
            panel.finished.connect(self._forget_panel)
            panel.changed.connect(self.chosen)
            panel.start_wanted.connect(self.start_at_login)
            panel.token_wanted.connect(self._window.advice.enter_token)
            panel.chats.kept.connect(self._chats.keep)
            panel.chats.toggled.connect(self._chats.toggle)
            panel.chats.tested.connect(self._chats.test)
            panel.chats.removed.connect(self._chats.remove)
            panel.show_settings(self._settings)
            self._worker.submit(self._look_for_zones)
            self.ask_for_start()
            self._chats.look()
        self.panel.show()
        self.panel.activateWindow()

    def show_assistant(self) -> None:
        """Where the gateway answers, and the rule that switches."""
        self.show_panel()
        if self.panel is not None:
            self.panel.show_page("connections")

    def ask_for_start(self) -> None:
        """See whether it opens at login."""
        self._worker.submit(self._ask_for_start)

    def start_at_login(self, on: bool) -> None:
        chosen = [Path(folder).expanduser() for folder in self._settings.records]
        watched = tuple(self._folders())
        # Those of the settings are found again without being named.
        self._worker.submit(self._start_at_login, on, () if list(watched) == chosen else watched)

    def _choose_channels(self, channels: object) -> None:
        self.chosen.emit("channels", channels)

    def _show_states(self, states: object) -> None:
        if self.panel is not None:
            self.panel.show_channel_states(states, self._clock().date())  # type: ignore[arg-type]  # of the signal

    def _forget_panel(self) -> None:
        self.panel = None

    @Slot(object)
    def _show(self, answer: StartState | frozenset[str]) -> None:
        if isinstance(answer, frozenset):
            if self.panel is not None:
                self.panel.show_zones(answer)
            return
        if self.panel is not None:
            self.panel.show_start(answer)
        if self._menu is not None:
            self._menu.autostart.setChecked(answer.is_on)

    # In the worker's thread

    def _look_for_zones(self) -> None:
        import zoneinfo

        # Beside the zones, the folders that they lie in have some files that are zones in form only.
        names = zoneinfo.available_timezones()
        self._answered.emit(frozenset(name for name in names if "/" in name or name == "UTC"))

    def _ask_for_start(self, problem: str = "") -> None:
        from tipmao_monitor import autostart
        from tipmao_monitor.window.preferences import StartState

        self._answered.emit(StartState(autostart.is_on(), problem))

    def _start_at_login(self, on: bool, folders: Sequence[Path]) -> None:
        from tipmao_monitor import autostart

        problem = ""
        try:
            autostart.set_on(on, folders)
        except OSError as error:
            problem = error.strerror or str(error)
        self._ask_for_start(problem)
