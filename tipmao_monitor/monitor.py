"""The program while it runs: its begin, its end, and every connection between its parts.

The feed's thread hands over its messages by one queued signal; the window answers with signals of its own. The
newcomer's mistake: a second way across. Nothing else may go from one thread to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from tipmao_monitor import settings as settings_file
from tipmao_monitor.advising import Advising
from tipmao_monitor.alerting import Alerting
from tipmao_monitor.chats import Chats
from tipmao_monitor.events import FileEvents
from tipmao_monitor.exporting import ExportDesk, Sources
from tipmao_monitor.feed import Failure, Feed, Question, Watched, feed_of
from tipmao_monitor.housekeeping import Housekeeping
from tipmao_monitor.language import Interpreter
from tipmao_monitor.preferences_desk import PreferencesDesk
from tipmao_monitor.presence import Presence
from tipmao_monitor.price_desk import PriceDesk
from tipmao_monitor.serving import Served, Serving
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.advice import Advice, WhatIf
from tipmao_monitor.usage.alerts import Alerts, SwitchedFacts
from tipmao_monitor.usage.audit import Audit
from tipmao_monitor.usage.budget_history import History, history
from tipmao_monitor.usage.budgets import Budget
from tipmao_monitor.usage.checkup import Checkup
from tipmao_monitor.usage.cleanup import OldFiles
from tipmao_monitor.usage.desk import Measured
from tipmao_monitor.usage.own_prices import FILE
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Among, Filter, Page, PageRequest, Period, Progress, Snapshot, Trouble
from tipmao_monitor.usage.switching import DaySoFar
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.theme import Colours, apply_theme, load_theme, system_theme


@dataclass(frozen=True, slots=True)
class _Saved:
    """These settings were written, or why they were not."""

    names: set[str]
    troubles: tuple[Trouble, ...] = ()


class Monitor(QObject):
    """One session. `settings` are what holds at first; of them, what the user changes is kept if `save_settings`.
    `feed` is one that has begun with the same folders and period. `may_switch` is false where the calls are not real.

    `painted` tells that a true snapshot (not the last known one) is on the window.
    """

    painted = Signal(object)
    advised = Signal()
    failed = Signal(str)
    """What the feed could not do, and nobody expected."""
    _announced = Signal(object, object)
    """The number of the folders that it is about, 0 for none, and the message."""

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
        may_switch: bool = True,
        feed: Feed | None = None,
    ) -> None:
        super().__init__()
        self._app = app
        self._folders = tuple(folders)
        self._settings = settings
        self._save_settings = save_settings
        self._zone = zone
        self._cache = cache
        self._troubles = tuple(troubles)
        self._own_troubles: tuple[Trouble, ...] = ()
        self._saving_troubles: tuple[Trouble, ...] = ()
        self._unwritten: set[str] = set()
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
        self.presence = Presence(self.window, settings, theme, self._now, self)
        self._prices = PriceDesk(self.window, prices, settings_file.home() / FILE, self._now, self)
        self._advising = Advising(
            self.window.advice, self._inquire, settings, settings_file.home(), self._now, self, may_switch=may_switch
        )
        self._exporting = ExportDesk(
            self.window, settings, self._what_holds, cache, self._now, settings_file.reports_folder(), self
        )
        self._housekeeping = Housekeeping(
            self.window, self._inquire, self._refresh, lambda: self._folders, self._now, self
        )
        self._may_act = may_switch
        self._latest = self._nothing_yet(filter)
        self._untold: Snapshot | None = None
        """What `painted` has yet to tell of."""
        self._feed = feed or self._make_feed(filter)
        self._serving = Serving(lambda: self._feed, partial(self._announced.emit, 0))
        self.alerting = Alerting(
            settings,
            settings_file.home(),
            lambda: self._feed,
            self._saver.submit,
            partial(self._announced.emit, 0),
            self._now,
            self,
        )
        self.chats = Chats(
            settings, settings_file.home(), self.presence.why_hushed, self._now, self, may_send=may_switch
        )
        self.preferences = PreferencesDesk(self.window, settings, self.chats, lambda: self._folders, self._now, self)
        self._served = Served()
        self._events = FileEvents(lambda: self._feed.wake(), self)
        self._connect()

    def begin(self) -> None:
        """Start to watch. Show the window before, so that it paints while the first look goes on."""
        self._begin_feed()
        if self._may_act:
            self._serving.follow(self._settings)
            self._exporting.begin()

    @property
    def is_advising(self) -> bool:
        """Whether advice on what is painted is still being worked out; `advised` says when it is there."""
        return self._advising.is_waiting

    def _begin_feed(self) -> None:
        self._folders_number += 1
        self._feed.deliver(partial(self._announced.emit, self._folders_number))
        if not self._feed.is_begun:
            self._feed.begin()
        self._prices.begin()

    def end(self) -> None:
        """Stop the feed and wait for it; the window stays as it is, but for its language. Can be called twice."""
        self.presence.end()
        self._events.end()
        self._serving.end()
        for feed in (*self._past_feeds, self._feed):
            feed.end()
        self._advising.end()
        self._exporting.end()
        self._housekeeping.end()
        self._prices.end()
        self.preferences.end()
        self.chats.end()
        if self._unwritten and self._save_settings:
            self._write(set())
        self._save_settings = False
        self._saver.shutdown()
        self._interpreter.end()

    def _connect(self) -> None:
        window, hints = self.window, self._app.styleHints()
        self._announced.connect(self._show, Qt.ConnectionType.QueuedConnection)
        window.filled.connect(self._tell_painted)
        window.filter_changed.connect(self._change_filter)
        window.page_requested.connect(self._ask)
        window.refresh_requested.connect(self._refresh)
        window.import_cancelled.connect(self._cancel_import)
        window.folder_chosen.connect(self._watch_folder)
        window.audit_requested.connect(self._audit)
        self._prices.repriced.connect(self._reprice)
        self._prices.was_read.connect(self._show_latest)
        self._advising.settings_changed.connect(self._keep_all)
        self._advising.switched.connect(self._tell_switched)
        self._exporting.chosen.connect(self._keep_all)
        self._exporting.written.connect(self.presence.show_report)
        self._exporting.worth_telling.connect(self.chats.tell)
        self.presence.menu.export_wanted.connect(self._exporting.export_today)
        window.theme_chosen.connect(self._choose_theme)
        window.language_chosen.connect(self._choose_language)
        self.presence.budgets_saved.connect(self._keep_budgets)
        self.presence.offer_answered.connect(self._keep_answer)
        self.presence.history_wanted.connect(self._look_back)
        self.presence.on_air_changed.connect(self._keep_on_air)
        self.presence.marked.connect(self.alerting.mark)
        self.alerting.changed.connect(self.presence.show_alerts)
        self.alerting.changed.connect(self.chats.show_alerts)
        self.chats.sent.connect(self.alerting.mark_sent)
        self.chats.settled.connect(self.alerting.mark_settled)
        self.presence.test_wanted.connect(self.chats.test_all)
        self.preferences.chosen.connect(self._choose)
        self.window.advice.preferences_wanted.connect(self.preferences.show_assistant)
        self.preferences.serve(self.presence.menu)
        hints.colorSchemeChanged.connect(self._follow_system_theme)
        if hasattr(hints, "accessibility"):  # from Qt 6.10 on
            hints.accessibility().contrastPreferenceChanged.connect(self._follow_system_theme)

    def _make_feed(self, filter: Filter) -> Feed:
        return feed_of(
            self._folders,
            self._settings,
            zone=self._zone,
            prices=self._prices.book,
            cache=self._cache,
            filter=filter,
            troubles=self._troubles,
        )

    def _what_holds(self) -> Sources:
        return Sources(self._folders, self._prices.book, self._zone)

    def _now(self) -> datetime:
        return datetime.now(self._zone)

    def _nothing_yet(self, filter: Filter) -> Snapshot:
        folders = tuple(map(str, self._folders))
        return Snapshot(self._now(), filter, folders=folders, progress=Progress(0, 1))

    @Slot(object, object)
    def _show(self, sender: int, message: object) -> None:
        if sender not in (0, self._folders_number):
            return  # of folders that are no longer watched
        match message:
            case Snapshot():
                self._show_snapshot(message)
            case Page(PageRequest(among=Among())) | Advice() | WhatIf() | DaySoFar() | Measured():
                self._advising.take(message)
                if isinstance(message, Advice):
                    self.advised.emit()
            case Page():
                self.window.show_page(message)
            case Audit():
                self.window.show_audit(message)
            case Checkup():
                self.window.show_checkup(message)
            case OldFiles():
                self.window.show_old_files(message)
            case Alerts():
                self.alerting.take(message)
                self._show_latest()
            case History():
                self.presence.show_history(message)
            case Watched(paths):
                self._watched = paths
                self._events.follow(paths)
            case Failure(text):
                self._say(Trouble("unexpected", detail=text))
                self.failed.emit(text)
            case Trouble():
                self._say(message)
            case _Saved():
                self._hear_saved(message)
            case Served():
                self._served = message
                self._show_latest()

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        self._latest = snapshot
        self._serving.hear(snapshot)
        self.alerting.hear(snapshot)
        self._show_latest()
        self._advising.show_snapshot(snapshot)
        self._events.follow(self._watched)
        if self._unwritten and self._save_settings:
            self._write(set())  # there may be room again
        self._untold = snapshot if snapshot.stale_since is None else None
        if self.window.is_filled:
            self._tell_painted()

    def _tell_painted(self) -> None:
        snapshot, self._untold = self._untold, None
        if snapshot is not None:
            self.painted.emit(snapshot)

    def _show_latest(self) -> None:
        latest = self._latest
        found = (
            *latest.troubles,
            *self._own_troubles,
            *self._saving_troubles,
            *self.alerting.troubles,
            *self._served.troubles,
        )
        troubles = self._prices.judged(found)
        snapshot = replace(latest, troubles=troubles)
        self.window.show_snapshot(snapshot)
        self.presence.show_snapshot(snapshot)
        self.chats.show_stream(snapshot.stream)

    def _say(self, trouble: Trouble) -> None:
        """Tell the user of something that went wrong here, beside what the feed has to say."""
        if self._own_troubles != (trouble,):
            self._own_troubles = (trouble,)
            self._show_latest()

    def _change_filter(self, filter: Filter) -> None:
        self._feed.show(filter)

    def _ask(self, request: object) -> None:
        self._feed.ask(request)  # type: ignore[arg-type]  # the signal carries PageRequest only

    def _refresh(self) -> None:
        self._feed.refresh()
        self._prices.read()

    def _inquire(self, name: str, question: Question) -> None:
        self._feed.inquire(name, question)

    def _keep_all(self, changes: dict[str, Any]) -> None:
        self._keep(**changes)

    def _cancel_import(self) -> None:
        self._feed.cancel_import()

    def _audit(self, filter: Filter) -> None:
        self._feed.audit(filter)

    def _look_back(self, budget: Budget) -> None:
        gap = timedelta(minutes=self._settings.stream_gap_minutes)
        self._feed.inquire("history", lambda store, now: history(store, budget, now, gap))

    def _keep_budgets(self, budgets: tuple[Budget, ...]) -> None:
        self._keep(budgets=budgets)

    def _keep_answer(self) -> None:
        self._keep(offer_budget=False)

    def _keep_on_air(self, on: bool) -> None:
        if on != self._settings.on_air:
            self._keep(on_air=on)

    def _reprice(self, book: PriceBook) -> None:
        self._feed.reprice(book)
        self._advising.ask_again()

    def _tell_switched(self, at: datetime, facts: SwitchedFacts) -> None:
        self.alerting.fire("switched", facts, at.isoformat())

    def _watch_folder(self, folder: str) -> None:
        """Another folder, now and from now on."""
        self._folders = (Path(folder),)
        self._keep(records=(folder,))
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Another feed, because what it was told at its birth has changed."""
        self._feed.stop()
        self._past_feeds.append(self._feed)
        self._own_troubles = ()
        self._latest, self._untold = self._nothing_yet(self.window.filter), None
        self._feed = self._make_feed(self.window.filter)
        self._begin_feed()

    def _choose(self, name: str, value: Any) -> None:
        """From the preferences."""
        match name:
            case "theme":
                self.window.choose_theme(value)
                self._choose_theme(value)
            case "language":
                self.window.choose_language(value)
                self._choose_language(value)
            case _:
                self._keep(**{name: value})
        if name == "records":
            self._folders = tuple(Path(folder).expanduser() for folder in value) or settings_file.folders(
                self._settings
            )
        elif name == "timezone":
            self._zone = settings_file.display_zone(value) or ZoneInfo("UTC")
        if name in ("records", "timezone", "slow_ms"):
            self._begin_anew()

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
        self.presence.set_theme(theme)

    def _theme_name(self) -> str:
        return system_theme() if self._settings.theme == "system" else self._settings.theme

    def _keep(self, **changes: Any) -> None:
        self._settings = replace(self._settings, **changes)
        self._exporting.follow(self._settings)
        if self._may_act:
            self._serving.follow(self._settings)
        self.alerting.follow(self._settings)
        self.presence.follow(self._settings)
        self._advising.use_settings(self._settings)
        self.chats.follow(self._settings)
        self.preferences.follow(self._settings)
        if self._save_settings:
            self._write(set(changes))

    def _write(self, names: set[str]) -> None:
        """These settings, and those that could not be written before."""
        names, self._unwritten = names | self._unwritten, set()
        self._saver.submit(self._save, self._settings, settings_file.home(), names)

    def _save(self, settings: Settings, home: Path, names: set[str]) -> None:
        """In a thread of its own: it waits for the disk."""
        try:
            settings_file.save(settings, home, names)
        except OSError as error:
            trouble = Trouble("settings_unusable", str(home), error.strerror or str(error))
            self._announced.emit(0, _Saved(names, (trouble,)))
        else:
            self._announced.emit(0, _Saved(names))

    def _hear_saved(self, saved: _Saved) -> None:
        if saved.troubles:
            self._unwritten |= saved.names
        if saved.troubles != self._saving_troubles:
            self._saving_troubles = saved.troubles
            self._show_latest()
