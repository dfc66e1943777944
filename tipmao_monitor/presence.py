"""Where the program is to be seen besides its window: tray, strip, balloons, notes, messages; and when it keeps still.

A newcomer would get this wrong: nothing here decides that something is worth an alert, and nothing here is the only
place where one is seen. The ledger has it first, the messages show it always, the balloon is tried once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec
from PySide6.QtCore import QEvent, QObject, QPoint, QSettings, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.alerts import Alert, Alerts
from tipmao_monitor.usage.budget_history import History
from tipmao_monitor.usage.budgets import Budget, CurrentStream
from tipmao_monitor.usage.formats import Exported
from tipmao_monitor.usage.hush import Pause, Reason, is_within, pause
from tipmao_monitor.usage.snapshot import Snapshot
from tipmao_monitor.window.budget_editor import BudgetEditor
from tipmao_monitor.window.budget_words import alert_words
from tipmao_monitor.window.compact import Strip
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.message_centre import MessageCentre, filter_of, has_calls
from tipmao_monitor.window.note import Note, NoteWords
from tipmao_monitor.window.numbers import count, unless_hidden, visible
from tipmao_monitor.window.on_air import OnAir
from tipmao_monitor.window.theme import Theme
from tipmao_monitor.window.tray import PAUSES, Tray, TrayMenu

OFFERED_AMOUNT = Decimal(10)
"""The guide's: ¥10 a day."""

LOOK_FOR_TRAY_MS = 15_000
"""A panel may come up after this program."""

MOST_NAMED = 3
PLACE = "strip/corner"
TOLD_OF_TRAY = "tray/told"
PAUSE = "alerts/pause"


class Presence(QObject):
    """Tray, strip and messages of one window. Its signals say what the user wants of the rest of the program."""

    marked = Signal(tuple, str)
    """Ids of alerts, and "shown", "acknowledged" or "snoozed"."""
    budgets_saved = Signal(tuple)
    offer_answered = Signal()
    history_wanted = Signal(object)
    """The `Budget` whose past is looked at."""
    test_wanted = Signal()
    on_air_changed = Signal(bool)
    ended = Signal()
    """The window is closed, and with it the program."""

    def __init__(
        self, window: MainWindow, settings: Settings, theme: Theme, now: Callable[[], datetime], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.window = window
        self._settings = settings
        self._now = now
        self._file: Path | None = None
        self._theme = theme
        self._snapshot: Snapshot | None = None
        self._alerts = Alerts()
        self._told: set[str] = set()
        self._pause = Pause()
        self._is_offer_answered = False
        self._was_tested = False
        self._report: Exported | None = None
        self._has_ended = False
        self.strip: Strip | None = None
        self.tray: Tray | None = None
        self.menu = TrayMenu()
        self.on_air = OnAir(self)
        self.centre: MessageCentre | None = None
        self.editor: BudgetEditor | None = None
        self.notes = {name: Note(f"note_{name}") for name in ("alert", "offer", "test", "report", "air", "tray")}
        for note in self.notes.values():
            note.hide()
            window.add_note(note)
        self._search_tray = QTimer(self)
        self._search_tray.setInterval(LOOK_FOR_TRAY_MS)
        self._connect()

    def _connect(self) -> None:
        window, menu = self.window, self.menu
        window.budgets_wanted.connect(self.show_editor)
        window.messages_wanted.connect(self.show_centre)
        window.compact_wanted.connect(self.show_strip)
        window.on_air_toggled.connect(self.on_air.set_on)
        window.pause_chosen.connect(self.pause)
        window.test_wanted.connect(self.test)
        window.went_to_tray.connect(self._tell_of_tray)
        window.closed.connect(self._end_all)
        window.installEventFilter(self)
        menu.window_wanted.connect(self.show_window)
        menu.summary_chosen.connect(self.show_window)
        menu.strip_toggled.connect(self._toggle_strip)
        menu.on_air_toggled.connect(self.on_air.set_on)
        menu.pause_chosen.connect(self.pause)
        menu.refresh_wanted.connect(window.refresh_requested)
        menu.quit_wanted.connect(self.quit)
        self.on_air.changed.connect(self._show_on_air)
        self._search_tray.timeout.connect(self._find_tray)
        self.notes["alert"].answered.connect(self._answer_alert)
        self.notes["offer"].answered.connect(self._answer_offer)
        self.notes["test"].answered.connect(self._answer_test)
        self.notes["report"].answered.connect(self._answer_report)
        self.notes["air"].answered.connect(self._end_on_air)
        self.notes["tray"].answered.connect(self.notes["tray"].hide)

    def begin(self, file: Path | None = None, *, compact: bool = False) -> None:
        """Take a place in the tray, or wait for one. `file` is the INI file in which places on the screen are kept."""
        self._file = file
        self._resume_pause()
        self.on_air.set_on(self._settings.on_air)
        self._find_tray()
        if compact:
            self.show_strip()

    def end(self) -> None:
        """Nothing is seen any more. Can be called twice."""
        if self._has_ended:
            return
        self._has_ended = True
        self._search_tray.stop()
        self.window.stays_in_tray = False
        if self.tray is not None:
            self.tray.hide()
        if self.strip is not None:
            self._keep_place(self.strip.pos())
            self.strip.close()
            self.strip.deleteLater()
        self.menu.deleteLater()
        self.on_air.end()

    # What is shown

    def follow(self, settings: Settings) -> None:
        """The settings of now."""
        self._settings = settings
        if self.editor is not None:
            self.editor.show_budgets(settings.budgets)
        self._say()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.menu.show_snapshot(snapshot)
        if self.strip is not None:
            self.strip.show_snapshot(snapshot)
        if self.editor is not None:
            self.editor.show_snapshot(snapshot)
        if self.centre is not None:
            self.centre.show_stream(snapshot.stream)
        self._say()

    def show_alerts(self, alerts: Alerts) -> None:
        self._alerts = alerts
        self.window.quick.show_unread(alerts.unread)
        if self.strip is not None:
            self.strip.show_unread(alerts.unread)
        if self.centre is not None:
            self.centre.show_alerts(alerts, self._now())
        self._say()

    def show_history(self, history: History) -> None:
        if self.editor is not None:
            self.editor.show_history(history)

    def show_report(self, report: Exported) -> None:
        """What became of a report that was not asked for in the window's own dialog."""
        self._report = report
        if report.failure == "cancelled":
            return
        words = self._report_words(report)
        self.notes["report"].show_words(words)
        self.notes["report"].show()
        if self.tray is not None and not self.window.isVisible() and not self.hushed:
            self.tray.say(words.title, words.text)

    def _report_words(self, report: Exported) -> NoteWords:
        path = unless_hidden(visible(report.path))
        seen = ("seen", self.tr("Seen"))
        if not report.failure:
            return NoteWords(self.tr("The report is written"), path, (("open", self.tr("Open its folder")), seen))
        detail = f"{path}: {visible(report.detail)}" if report.detail else path
        return NoteWords(self.tr("The report could not be written"), unless_hidden(detail), (seen,), "▲", "warning")

    def _answer_report(self, key: str) -> None:
        self.notes["report"].hide()
        if key == "open" and self._report is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._report.path).parent)))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self.strip is not None:
            self.strip.set_theme(theme)

    def _say(self) -> None:
        """All that depends on snapshot, alerts, settings, pause and time together."""
        if self._pause.kind and not self._is_paused:
            self.pause("")
            return
        if self.tray is not None and self._snapshot is not None:
            self.tray.show_snapshot(self._snapshot, self._hush_words())
        self._show_alert_note()
        self._show_offer()
        self._tell()

    @property
    def _stream(self) -> CurrentStream | None:
        return self._snapshot.stream if self._snapshot else None

    @property
    def _is_paused(self) -> bool:
        snapshot = self._snapshot
        is_read = snapshot is not None and snapshot.stale_since is None and not snapshot.progress.is_under_way
        # Until all calls were read nobody knows whether the stream is over.
        return self._pause.holds(self._now(), self._stream) or (self._pause.kind == "stream" and not is_read)

    # Balloons

    @property
    def hushed(self) -> Reason:
        """Why nothing may pop up now, "" where it may."""
        now, settings = self._now(), self._settings
        if self.on_air.is_on:
            return "on_air"
        if self._is_paused:
            return "paused"
        if settings.alert_quiet and is_within(now, settings.alert_quiet_from, settings.alert_quiet_to):
            return "quiet_hours"
        return ""

    def why_hushed(self) -> Reason:
        return self.hushed

    def _hush_words(self) -> str:
        match self.hushed:
            case "on_air":
                return self.tr("On air: nothing pops up")
            case "paused":
                return self.tr("Alerts are paused")
            case "quiet_hours":
                return self.tr("Quiet hours")
        return ""

    def _tell(self) -> None:
        """One balloon for whatever no balloon was tried for yet."""
        waiting = [
            alert
            for alert in self._alerts.waiting
            if alert.id not in self._told and not self._alerts.is_hushed(alert, self._stream)
        ]
        if not waiting or self.hushed:
            return
        if not self._balloon(waiting):
            if not self.window.isVisible() and (self.strip is None or not self.strip.isVisible()):
                return  # it waits for the window or the strip, whose note is as good as a balloon
            QApplication.alert(self.window)
        ids = tuple(alert.id for alert in waiting)
        self._told.update(ids)
        if self._settings.alert_sound:
            QApplication.beep()
        self.marked.emit(ids, "shown")

    def _balloon(self, alerts: list[Alert]) -> bool:
        if self.tray is None:
            return False
        words = [alert_words(alert, self._now()) for alert in alerts]
        if len(words) == 1:
            return self.tray.say(words[0].title, words[0].cause)
        named = [word.title for word in words[-MOST_NAMED:]]
        if len(words) > MOST_NAMED:
            named.append(self.tr("and {n} more").format(n=count(len(words) - MOST_NAMED)))
        return self.tray.say(self.tr("{n} messages").format(n=count(len(words))), "\n".join(named))

    def _follow_balloon(self) -> None:
        """The one action of a balloon: what it was about."""
        self.show_window()
        unread = [alert for alert in self._alerts.alerts if not alert.acknowledged]
        if len(unread) == 1:
            self._follow_alert(unread[0])
        else:
            self.show_centre()

    def _follow_alert(self, alert: Alert) -> None:
        """Show what it rests on; seen is seen."""
        if has_calls(alert):
            self.window.change_filter(replace(filter_of(alert, self._now()), money=self.window.filter.money))
            self.window.scroll_area.ensureWidgetVisible(self.window.calls)
        self.marked.emit((alert.id,), "acknowledged")

    def test(self) -> None:
        """An alert that means nothing, by every way, to see which of them arrive."""
        self._was_tested = True
        is_silent = self.on_air.is_on
        has_balloon = (
            not is_silent and self.tray is not None and self.tray.say(self._test_words().title, self.tr("All is well."))
        )
        if self._settings.alert_sound and not is_silent:
            QApplication.beep()
        self.notes["test"].show_words(self._test_words(has_balloon))
        self.notes["test"].show()
        self.test_wanted.emit()

    def _test_words(self, has_balloon: bool = False) -> NoteWords:
        if has_balloon:
            text = self.tr(
                "A balloon was sent to the desktop. If none came up, the desktop shows none: this line is always."
            )
        elif self.tray is not None:
            text = self.tr("On air no balloon comes up: alerts wait in the messages.")
        else:
            text = self.tr("This desktop has no tray, so alerts are shown here and in the messages.")
        return NoteWords(self.tr("This is a test alert"), text, (("seen", self.tr("Seen")),))

    def _answer_test(self) -> None:
        self.notes["test"].hide()

    # Pause and on air

    def pause(self, kind: str) -> None:
        self._pause = pause(kind, self._now(), self._stream)
        if self._file is not None:
            kept = QSettings(str(self._file), QSettings.Format.IniFormat)
            kept.setValue(PAUSE, msgspec.json.encode(self._pause).decode())
        self._show_pause()
        self._say()

    def _resume_pause(self) -> None:
        """The pause of the session before, which was not over."""
        if self._file is None:
            return
        kept = QSettings(str(self._file), QSettings.Format.IniFormat).value(PAUSE, "")
        with contextlib.suppress(msgspec.MsgspecError):
            resumed = msgspec.json.decode(str(kept), type=Pause)
            if resumed.kind in PAUSES:
                self._pause = resumed
                self._show_pause()

    def _show_pause(self) -> None:
        self.window.show_pause(self._pause.kind)
        self.menu.show_pause(self._pause.kind)

    def _show_on_air(self, on: bool) -> None:
        self.window.show_on_air(on)
        self.menu.on_air.setChecked(on)
        if on and self.editor is not None:
            self.editor.close()
        self._show_air_note()
        self._say()
        self.on_air_changed.emit(on)

    def _show_air_note(self) -> None:
        note = self.notes["air"]
        note.setVisible(self.on_air.is_on)
        note.show_words(
            NoteWords(
                self.tr("On air: names and amounts are hidden, nothing pops up"),
                "",
                (("end", self.tr("Show them again")),),
            )
        )

    def _end_on_air(self) -> None:
        self.on_air.set_on(False)

    # Notes

    def _show_alert_note(self) -> None:
        unread = [alert for alert in self._alerts.alerts if not alert.acknowledged]
        note = self.notes["alert"]
        note.setVisible(bool(unread) and not self.on_air.is_on)
        if not unread:
            return
        words = alert_words(unread[0], self._now())
        answers = [("follow", words.action)] if has_calls(unread[0]) else []
        if len(unread) > 1:
            answers.append(("messages", self.tr("{n} messages").format(n=count(len(unread)))))
        answers.append(("seen", self.tr("Seen")))
        note.show_words(NoteWords(words.title, words.cause, tuple(answers), "▲", "warning"))

    def _answer_alert(self, key: str) -> None:
        unread = [alert for alert in self._alerts.alerts if not alert.acknowledged]
        if key == "messages":
            self.show_centre()
        elif unread and key == "follow":
            self._follow_alert(unread[0])
        elif unread:
            self.marked.emit((unread[0].id,), "acknowledged")

    def _show_offer(self) -> None:
        """At first start, once there is something that a budget could be of."""
        snapshot, settings = self._snapshot, self._settings
        has_calls = snapshot is not None and snapshot.stale_since is None and bool(snapshot.coverage.counted)
        is_wanted = settings.offer_budget and not settings.budgets and not self._is_offer_answered
        note = self.notes["offer"]
        if not (has_calls and is_wanted):
            note.hide()
            return
        note.show_words(
            NoteWords(
                self.tr("A budget of ¥10 a day?"),
                self.tr("You are told at 80 %, when it is used up, and before, when it will not last."),
                (
                    ("yes", self.tr("Yes, ¥10 a day")),
                    ("other", self.tr("Another amount")),
                    ("no", self.tr("No budget")),
                ),
            )
        )
        note.show()

    def _answer_offer(self, key: str) -> None:
        self._is_offer_answered = True
        self.notes["offer"].hide()
        if key == "yes":
            self.budgets_saved.emit((Budget(self.tr("Every day"), amount=OFFERED_AMOUNT),))
        elif key == "other":
            self.show_editor()
            if self.editor is not None:
                self.editor.choose_new()
        self.offer_answered.emit()

    # Windows

    def show_window(self) -> None:
        """The window, in front of others; the strip gives way to it."""
        if self.strip is not None:
            self._keep_place(self.strip.pos())
            self.strip.hide()
        self.menu.strip.setChecked(False)
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self._say()

    def show_strip(self) -> None:
        """The strip instead of the window."""
        if self.strip is None:
            self.strip = Strip(self._theme, self.menu)
            self.strip.window_wanted.connect(self.show_window)
            self.strip.moved.connect(self._keep_place)
            self._place(self.strip)
            if self._snapshot is not None:
                self.strip.show_snapshot(self._snapshot)
            self.strip.show_unread(self._alerts.unread)
        self.strip.show()
        self.strip.raise_()
        self.window.hide()
        self.menu.strip.setChecked(True)

    def _toggle_strip(self, on: bool) -> None:
        if on:
            self.show_strip()
        else:
            self.show_window()

    def _place(self, strip: Strip) -> None:
        kept = None
        if self._file is not None:
            kept = QSettings(str(self._file), QSettings.Format.IniFormat).value(PLACE)
        if isinstance(kept, QPoint):
            strip.place(kept)
        else:
            strip.place_at_first()

    def _keep_place(self, corner: QPoint) -> None:
        if self._file is not None:
            QSettings(str(self._file), QSettings.Format.IniFormat).setValue(PLACE, corner)

    def show_centre(self) -> None:
        if not self.window.isVisible():
            self.show_window()
        if self.centre is None:
            self.centre = MessageCentre(self.window)
            self.centre.finished.connect(self._forget_centre)
            self.centre.acknowledged.connect(self._acknowledge)
            self.centre.snoozed.connect(self._snooze)
            self.centre.calls_wanted.connect(self.window.change_filter)
            self.centre.test_wanted.connect(self.test)
            self.centre.show_alerts(self._alerts, self._now())
            self.centre.show_stream(self._stream)
        self.centre.show()
        self.centre.activateWindow()

    def _forget_centre(self) -> None:
        self.centre = None

    def _acknowledge(self, ids: tuple[str, ...]) -> None:
        self.marked.emit(ids, "acknowledged")

    def _snooze(self, id: str) -> None:
        self.marked.emit((id,), "snoozed")

    def show_editor(self) -> None:
        """Not on air: what is typed into it are amounts."""
        if self.on_air.is_on:
            return
        if not self.window.isVisible():
            self.show_window()
        if self.editor is None:
            self.editor = BudgetEditor(self.window)
            self.editor.finished.connect(self._forget_editor)
            self.editor.saved.connect(self.budgets_saved)
            self.editor.history_wanted.connect(self.history_wanted)
            if self._snapshot is not None:
                self.editor.show_snapshot(self._snapshot)
            self.editor.show_budgets(self._settings.budgets)
        self.editor.show()
        self.editor.activateWindow()

    def _forget_editor(self) -> None:
        self.editor = None

    # The tray, and the end

    def _find_tray(self) -> None:
        if self.tray is None:
            if not Tray.available():
                self._search_tray.start()
                return
            self.tray = Tray(self.menu, self)
            self.tray.activated.connect(self._show_or_hide)
            self.tray.balloon_clicked.connect(self._follow_balloon)
        self._search_tray.stop()
        self.tray.show()
        self.window.stays_in_tray = True
        self._say()

    def _show_or_hide(self) -> None:
        if self.window.isVisible() and self.window.isActiveWindow():
            self.window.hide()
        else:
            self.show_window()

    def _tell_of_tray(self) -> None:
        """Once, for ever."""
        if self.tray is None or self._file is None:
            return
        kept = QSettings(str(self._file), QSettings.Format.IniFormat)
        if kept.value(TOLD_OF_TRAY) is not None:
            return
        kept.setValue(TOLD_OF_TRAY, 1)
        title = self.tr("TipMao Monitor goes on in the tray")
        text = self.tr("Open it by its icon. Quit is in the icon's menu.")
        if not self.hushed:
            self.tray.say(title, text)
        # Where no balloon came up it is said when the window is open again.
        self.notes["tray"].show_words(NoteWords(title, text, (("seen", self.tr("Seen")),)))
        self.notes["tray"].show()

    def quit(self) -> None:
        """From the tray and the strip, where there may be no window to close."""
        self.window.close()

    def _end_all(self) -> None:
        self.end()
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.window and event.type() == QEvent.Type.LanguageChange:
            QTimer.singleShot(0, self, self._retranslate)
        return super().eventFilter(watched, event)

    def _retranslate(self) -> None:
        if self._has_ended:
            return
        self.menu.retranslate()
        self._show_air_note()
        if self._report is not None:
            self.notes["report"].show_words(self._report_words(self._report))
        if self._was_tested:
            self.notes["test"].show_words(self._test_words(self.tray is not None))
        self._say()
