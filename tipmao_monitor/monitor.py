"""The program while it runs: its begin, its end, and every connection between its parts.

The feed's thread hands over its messages by one queued signal; the window answers with signals of its own. The
newcomer's mistake: a second way across. Nothing else may go from one thread to the other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from tipmao_monitor import settings as settings_file
from tipmao_monitor.feed import Failure, Feed, Watched
from tipmao_monitor.language import Interpreter
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Filter, Page, Period, Progress, Snapshot, Trouble
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.theme import Colours, apply_theme, load_theme, system_theme


class Monitor(QObject):
    """One session. `settings` are what the user chose for good; `save_settings` is false where they were overruled.

    `painted` tells that a true snapshot (not the last known one) is on the window.
    """

    painted = Signal(object)
    failed = Signal(str)
    """What the feed could not do, and nobody expected."""
    _announced = Signal(object, object)
    """The number of the folders that it is about, and the message."""

    def __init__(
        self,
        app: QApplication,
        folders: Sequence[Path],
        settings: Settings,
        *,
        zone: ZoneInfo,
        prices: PriceBook,
        cache: Path | None,
        period: Period | None = None,
        troubles: Sequence[Trouble] = (),
        save_settings: bool = True,
    ) -> None:
        super().__init__()
        self._app = app
        self._folders = tuple(folders)
        self._settings = settings
        self._save_settings = save_settings
        self._zone = zone
        self._prices = prices
        self._cache = cache
        self._troubles = tuple(troubles)
        self._own_troubles: tuple[Trouble, ...] = ()
        self._watched: tuple[str, ...] = ()
        self._folders_number = 0
        self._past_feeds: list[Feed] = []
        self._saver = ThreadPoolExecutor(1, "settings")
        self._interpreter = Interpreter(app)
        self._interpreter.speak(settings.language)
        theme = load_theme(self._theme_name())
        apply_theme(app, theme)
        filter = Filter(period=period or Period())
        self.window = MainWindow(filter, Colours(theme))
        self.window.choose_language(settings.language)
        self.window.choose_theme(settings.theme)
        self._latest = self._nothing_yet(filter)
        self._feed = self._make_feed(filter)
        self._watcher = QFileSystemWatcher(self)
        self._connect()

    def begin(self) -> None:
        """Start to watch. Show the window before, so that it paints while the first look goes on."""
        self._feed.begin()

    def end(self) -> None:
        """Stop the feed and wait for it; the window stays as it is. Can be called twice."""
        for feed in (*self._past_feeds, self._feed):
            feed.end()
        self._saver.shutdown()

    def _connect(self) -> None:
        window, hints = self.window, self._app.styleHints()
        self._announced.connect(self._show, Qt.ConnectionType.QueuedConnection)
        window.filter_changed.connect(self._change_filter)
        window.page_requested.connect(self._ask)
        window.refresh_requested.connect(self._refresh)
        window.import_cancelled.connect(self._cancel_import)
        window.folder_chosen.connect(self._watch_folder)
        window.theme_chosen.connect(self._choose_theme)
        window.language_chosen.connect(self._choose_language)
        hints.colorSchemeChanged.connect(self._follow_system_theme)
        self._watcher.directoryChanged.connect(self._wake)
        self._watcher.fileChanged.connect(self._wake)

    def _make_feed(self, filter: Filter) -> Feed:
        self._folders_number += 1
        return Feed(
            self._folders,
            zone=self._zone,
            prices=self._prices,
            cache=self._cache,
            slow_ms=self._settings.slow_ms,
            announce=partial(self._announced.emit, self._folders_number),
            clock=lambda: datetime.now(self._zone),
            filter=filter,
            troubles=self._troubles,
        )

    def _nothing_yet(self, filter: Filter) -> Snapshot:
        folders = tuple(map(str, self._folders))
        return Snapshot(datetime.now(self._zone), filter, folders=folders, progress=Progress(0, 1))

    @Slot(object, object)
    def _show(self, sender: int, message: object) -> None:
        if sender != self._folders_number:
            return  # of folders that are no longer watched
        match message:
            case Snapshot():
                self._show_snapshot(message)
            case Page():
                self.window.show_page(message)
            case Watched(paths):
                self._watch(paths)
            case Failure(text):
                self._say(Trouble("unexpected", detail=text))
                self.failed.emit(text)
            case Trouble():
                self._say(message)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        self._latest = snapshot
        self._show_latest()
        self._watch(self._watched)
        if snapshot.stale_since is None:
            self.painted.emit(snapshot)

    def _show_latest(self) -> None:
        latest = self._latest
        self.window.show_snapshot(replace(latest, troubles=(*latest.troubles, *self._own_troubles)))

    def _say(self, trouble: Trouble) -> None:
        """Tell the user of something that went wrong here, beside what the feed has to say."""
        if self._own_troubles != (trouble,):
            self._own_troubles = (trouble,)
            self._show_latest()

    def _watch(self, paths: tuple[str, ...]) -> None:
        """To be asked again at every occasion: Qt forgets a path that was replaced, or deleted and made again."""
        self._watched = paths
        known = {*self._watcher.files(), *self._watcher.directories()}
        if gone := known - set(paths):
            self._watcher.removePaths(list(gone))
        # Qt would complain on stderr of each that cannot be read, at every occasion.
        new = {path for path in set(paths) - known if os.access(path, os.R_OK)}
        if new and len(self._watcher.addPaths(list(new))) < len(new):
            self._feed.wake()  # for what was written before these were watched

    def _wake(self) -> None:
        self._feed.wake()
        self._watch(self._watched)

    def _change_filter(self, filter: Filter) -> None:
        self._feed.show(filter)

    def _ask(self, request: object) -> None:
        self._feed.ask(request)  # type: ignore[arg-type]  # the signal carries PageRequest only

    def _refresh(self) -> None:
        self._feed.refresh()

    def _cancel_import(self) -> None:
        self._feed.cancel_import()

    def _watch_folder(self, folder: str) -> None:
        """Another folder, now and from now on."""
        self._feed.stop()
        self._past_feeds.append(self._feed)
        self._folders = (Path(folder),)
        self._own_troubles = ()
        self._latest = self._nothing_yet(self.window.filter)
        self._feed = self._make_feed(self.window.filter)
        self._feed.begin()
        self._keep(records=(folder,))

    def _choose_theme(self, name: str) -> None:
        self._keep(theme=name)
        self._paint()

    def _choose_language(self, choice: str) -> None:
        self._keep(language=choice)
        self._interpreter.speak(choice)

    def _follow_system_theme(self) -> None:
        if self._settings.theme == "system":
            self._paint()

    def _paint(self) -> None:
        theme = load_theme(self._theme_name())
        apply_theme(self._app, theme)
        self.window.set_theme(theme)

    def _theme_name(self) -> str:
        return system_theme() if self._settings.theme == "system" else self._settings.theme

    def _keep(self, **changes: Any) -> None:
        self._settings = replace(self._settings, **changes)
        if self._save_settings:
            self._saver.submit(self._save, self._settings, settings_file.home(), self._folders_number)

    def _save(self, settings: Settings, home: Path, number: int) -> None:
        """In a thread of its own: it waits for the disk."""
        try:
            settings_file.save(settings, home)
        except OSError as error:
            self._announced.emit(number, Trouble("settings_unusable", str(home), error.strerror or str(error)))
