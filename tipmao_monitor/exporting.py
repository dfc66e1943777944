"""Reports while the program runs: those that the user asks for, and those that are written by themselves.

They are made in a thread of their own, from a store of their own over the same cache, so that the window goes on. A
newcomer would get this wrong: what was written by itself is remembered nowhere. A report of a past day has the name of
that day, and where such a file is, it was written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.formats import SECTIONS, Exported, Exporting, ReportRequest
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Progress
from tipmao_monitor.window.main_window import MainWindow

if TYPE_CHECKING:
    from tipmao_monitor.usage.report import Report
    from tipmao_monitor.usage.store import Store

LOOK_MS = 60_000
FIRST_LOOK_MS = 5_000  # the window comes first
WORD_S = 0.1
log = logging.getLogger(__name__)


class ExportDesk(QObject):
    """Serves the window's export dialog. `watched` gives the folders and prices that hold now, `folder` is where
    reports go where the user has chosen none.
    """

    chosen = Signal(object)
    """{name of a setting: value}: to be remembered."""
    written = Signal(object)
    """`Exported`: what became of a report that was due by itself, or of one of today."""
    worth_telling = Signal(str, str)
    """Title and text of a report that was due by itself and is there."""
    _told = Signal(object)
    _told_by_itself = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        watched: Callable[[], tuple[Sequence[Path], PriceBook]],
        zone: ZoneInfo,
        cache: Path | None,
        clock: Callable[[], datetime],
        folder: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._settings = settings
        self._watched = watched
        self._zone = zone
        self._cache = cache
        self._clock = clock
        self._folder = folder
        self._stop = threading.Event()
        self._is_ended = False
        self._tried: set[Path] = set()
        self._told_at = -WORD_S
        self._worker = ThreadPoolExecutor(1, "report")
        self._told.connect(window.show_export_result, Qt.ConnectionType.QueuedConnection)
        self._told_by_itself.connect(self._take, Qt.ConnectionType.QueuedConnection)
        window.export_wanted.connect(self._export)
        window.export_cancelled.connect(self._cancel)
        window.export_chosen.connect(self._choose)
        window.show_export_settings(settings, str(folder))
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """Write what is due by itself, now and from now on."""
        self._timer.start()
        QTimer.singleShot(FIRST_LOOK_MS, self, self.look)

    def follow(self, settings: Settings) -> None:
        self._settings = settings

    def end(self) -> None:
        """A report that is being written is given up. Can be called twice."""
        self._is_ended = True
        self._stop.set()
        self._timer.stop()
        self._worker.shutdown()

    @Slot()
    def look(self) -> None:
        """Whether a report is due by itself."""
        days = due_days(self._settings.report_schedule, self._clock().date())
        if days is None:
            return
        chosen = self._settings
        first, last = days
        name = f"usage_report_{first}" if first == last else f"usage_report_{first}_{last}"
        path = self._reports_folder() / f"{name}.{chosen.report_format}"
        if path in self._tried:
            return
        self._tried.add(path)
        sections = frozenset(SECTIONS) - frozenset(chosen.report_leave_out)
        request = ReportRequest(
            first, last, chosen.report_format, path, sections=sections,
            calls=chosen.report_calls and chosen.report_format == "xlsx",
        )  # fmt: skip
        self._worker.submit(self._write_once, request, *self._watched(), self._settings)

    def export_today(self) -> None:
        """Write a report of today to where those that are due by themselves go; `written` tells what became of it."""
        chosen, today = self._settings, self._clock().date()
        sections = frozenset(SECTIONS) - frozenset(chosen.report_leave_out)
        request = ReportRequest(
            today, today, chosen.report_format, self._reports_folder(), sections=sections,
            calls=chosen.report_calls and chosen.report_format == "xlsx",
        )  # fmt: skip
        self._stop.clear()
        self._worker.submit(self._write_today, request, *self._watched(), chosen)

    def _reports_folder(self) -> Path:
        chosen = self._settings.report_folder
        return Path(chosen[0]) if chosen else self._folder

    def _choose(self, changes: dict[str, Any]) -> None:
        self._settings = replace(self._settings, **changes)
        self.chosen.emit(changes)
        self.look()

    def _export(self, request: ReportRequest) -> None:
        self._stop.clear()
        self._worker.submit(self._write, request, *self._watched(), self._settings)

    def _cancel(self) -> None:
        self._stop.set()

    @Slot(object)
    def _take(self, done: Exported) -> None:
        self.written.emit(done)
        if done.title:
            self.worth_telling.emit(done.title, done.text)

    # In the thread

    def _write(self, request: ReportRequest, folders: Sequence[Path], prices: PriceBook, chosen: Settings) -> None:
        from tipmao_monitor.reports.files import default_name

        def own_file(now: datetime) -> ReportRequest:
            if request.path == self._folder:
                request.path.mkdir(parents=True, exist_ok=True)
            return replace(request, path=request.path / default_name(now, request.format))

        self._told.emit(self._attempt(own_file, folders, prices, chosen, self._tell))

    def _write_today(
        self, request: ReportRequest, folders: Sequence[Path], prices: PriceBook, chosen: Settings
    ) -> None:
        from tipmao_monitor.reports.files import default_name

        def own_file(now: datetime) -> ReportRequest:
            request.path.mkdir(parents=True, exist_ok=True)
            return replace(request, path=request.path / default_name(now, request.format))

        self._told_by_itself.emit(self._attempt(own_file, folders, prices, chosen, lambda done: None))

    def _write_once(self, request: ReportRequest, folders: Sequence[Path], prices: PriceBook, chosen: Settings) -> None:
        if request.path.exists() or self._is_ended:
            return

        def own_file(now: datetime) -> ReportRequest:
            request.path.parent.mkdir(parents=True, exist_ok=True)
            return request

        said: list[tuple[str, str]] = []

        def keep_message(made: Report) -> None:
            from tipmao_monitor.reports.words import message

            said[:] = [message(made)]

        done = self._attempt(own_file, folders, prices, chosen, lambda done: None, keep_message)
        if not done.failure:
            title, text = said[0]
            done = replace(done, title=title, text=f"{text}\n{done.path}")
        else:
            log.error("the report that was due could not be written: %s %s %s", done.path, done.failure, done.detail)
        self._told_by_itself.emit(done)

    def _attempt(
        self,
        ask: Callable[[datetime], ReportRequest],
        folders: Sequence[Path],
        prices: PriceBook,
        chosen: Settings,
        tell: Callable[[float], None],
        show: Callable[[Report], None] = lambda made: None,
    ) -> Exported:
        from tipmao_monitor.reports.files import ChangedMeanwhileError, UnusableTargetError, write_report
        from tipmao_monitor.usage.report import Cancelled
        from tipmao_monitor.usage.spending import Plan
        from tipmao_monitor.usage.store import Store

        now = self._clock()
        path = ""

        def say(done: float) -> bool:
            tell(done)
            return not self._stop.is_set() and not self._is_ended

        try:
            request = ask(now)
            path = str(request.path)
            store = Store(folders, zone=self._zone, prices=prices, cache=self._cache, slow_ms=chosen.slow_ms)
            try:
                store.plan(Plan(chosen.budgets, chosen.stream_gap_minutes))
                self._look(store, now, say)
                return Exported(str(write_report(store, request, now, overwrite=False, say=say, show=show)))
            finally:
                store.close()
        except Cancelled:
            return Exported(path, "cancelled")
        except UnusableTargetError as error:
            return Exported(path, error.reason, error.detail)
        except ChangedMeanwhileError:
            return Exported(path, "changing")
        except OSError as error:
            return Exported(path, "system", error.strerror or str(error))
        except Exception as error:
            # Whatever it is, the window has to go on beside a running stream, and to say so.
            log.exception("a report could not be made")
            return Exported(path, "unexpected", f"{type(error).__name__}: {error}".splitlines()[0])

    @staticmethod
    def _look(store: Store, now: datetime, say: Callable[[float], bool]) -> None:
        from tipmao_monitor.usage.report import Cancelled

        def go_on(progress: Progress) -> bool:
            return say(0.0)

        store.look(now, progress=go_on)
        store.verify(now)
        if not say(0.0):
            raise Cancelled

    def _tell(self, done: float) -> None:
        """Not more often than anyone sees."""
        moment = time.monotonic()
        if moment - self._told_at >= WORD_S:
            self._told_at = moment
            self._told.emit(Exporting(done))


def due_days(schedule: str, today: date) -> tuple[date, date] | None:
    """The days of which there should be a report: yesterday, or the last whole week from Monday; None for "off"."""
    match schedule:
        case "daily":
            yesterday = today - timedelta(days=1)
            return yesterday, yesterday
        case "weekly":
            monday = today - timedelta(days=today.weekday() + 7)
            return monday, monday + timedelta(days=6)
    return None
