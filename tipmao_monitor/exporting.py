"""Reports while the program runs: those that the user asks for, and those that are written by themselves.

They are made in a thread of their own, from a store of their own over the same cache, so that the window goes on. A
newcomer would get this wrong: what was written by itself is remembered nowhere. A report of a past day has the name of
that day, and where such a file is, it was written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.formats import FORMATS, SECTIONS, Exported, Exporting, ReportRequest
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Progress
from tipmao_monitor.window.main_window import MainWindow

if TYPE_CHECKING:
    from tipmao_monitor.usage.report import Report
    from tipmao_monitor.usage.store import Store

LOOK_MS = 60_000
FIRST_LOOK_MS = 5_000  # the window comes first
WORD_S = 0.1
AFTER_MIDNIGHT = timedelta(minutes=10)
AGAIN = timedelta(hours=1)
MOST_MISSED = 14
LOOKED_BACK = 100
"""So many reports back it is looked whether there ever was one."""
log = logging.getLogger(__name__)


class Sources(NamedTuple):
    """What a report is made of."""

    folders: Sequence[Path]
    prices: PriceBook
    zone: ZoneInfo


class Due(NamedTuple):
    """What is to be there by itself since the begin of `today`."""

    schedule: str
    today: date
    folder: Path


class ExportDesk(QObject):
    """Serves the window's export dialog. `sources` gives what holds now, `folder` is where reports go where the user
    has chosen none.
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
        sources: Callable[[], Sources],
        cache: Path | None,
        clock: Callable[[], datetime],
        folder: Path,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._settings = settings
        self._sources = sources
        self._cache = cache
        self._clock = clock
        self._folder = folder
        self._stop = threading.Event()
        self._is_ended = False
        self._tried: tuple[Due, datetime] | None = None
        self._has_failed = False
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
        chosen, now = self._settings, self._clock()
        if chosen.report_schedule == "off":
            return
        # The last records of a day come after midnight.
        today = (now - AFTER_MIDNIGHT).date()
        due = Due(chosen.report_schedule, today, self._reports_folder())
        is_again = self._tried is not None and self._tried[0] == due
        if self._tried is not None and is_again and not (self._has_failed and now - self._tried[1] >= AGAIN):
            return
        self._tried, self._has_failed = (due, now), False
        self._worker.submit(self._write_due, due, self._sources(), chosen, is_again)

    def export_today(self) -> None:
        """Write a report of today to where those that are due by themselves go; `written` tells what became of it."""
        today = self._clock().date()
        request = _request(self._settings, today, today, self._reports_folder())
        self._worker.submit(self._write_today, request, self._sources(), self._settings)

    def _reports_folder(self) -> Path:
        chosen = self._settings.report_folder
        return Path(chosen[0]) if chosen else self._folder

    def _choose(self, changes: dict[str, Any]) -> None:
        before, self._settings = self._settings, replace(self._settings, **changes)
        self.chosen.emit(changes)
        if before.report_schedule != self._settings.report_schedule:
            self.look()

    def _export(self, request: ReportRequest) -> None:
        self._stop = threading.Event()
        self._worker.submit(self._write, request, self._sources(), self._settings, self._stop)

    def _cancel(self) -> None:
        self._stop.set()

    @Slot(object)
    def _take(self, done: Exported) -> None:
        self.written.emit(done)
        if done.title:
            self.worth_telling.emit(done.title, done.text)

    # In the thread

    def _write(self, request: ReportRequest, sources: Sources, chosen: Settings, stop: threading.Event) -> None:
        self._told.emit(self._attempt(request, sources, chosen, lambda done: self._tell(done, stop)))

    def _write_today(self, request: ReportRequest, sources: Sources, chosen: Settings) -> None:
        self._told_by_itself.emit(self._attempt(request, sources, chosen))

    def _write_due(self, due: Due, sources: Sources, chosen: Settings, is_again: bool) -> None:
        """What is missing. That it cannot be written is told once."""
        for first, last in missing(due.schedule, due.today, lambda *days: _is_there(due.folder, *days)):
            done = self._write_one(_request(chosen, first, last, due.folder), sources, chosen)
            if self._is_ended:
                return
            self._has_failed = bool(done.failure)
            if done.failure:
                log.error("the report that was due cannot be written: %s %s %s", done.path, done.failure, done.detail)
            if not (done.failure and is_again):
                self._told_by_itself.emit(done)
            if done.failure:
                return

    def _write_one(self, request: ReportRequest, sources: Sources, chosen: Settings) -> Exported:
        """With what is to be told of it."""
        from tipmao_monitor.reports.words import message

        said: list[tuple[str, str]] = []
        name = f"{_stem(request.first, request.last)}.{request.format}"
        done = self._attempt(request, sources, chosen, name=name, show=lambda made: said.append(message(made)))
        if done.failure:
            return done
        title, text = said[-1]
        return replace(done, title=title, text=f"{text}\n{done.path}")

    def _attempt(
        self,
        request: ReportRequest,
        sources: Sources,
        chosen: Settings,
        go_on: Callable[[float], bool] = lambda done: True,
        *,
        name: str = "",
        show: Callable[[Report], None] = lambda made: None,
    ) -> Exported:
        """`request` names a folder, `name` the file in it; without one it is that of the moment."""
        from tipmao_monitor.reports.files import (
            ChangedMeanwhileError,
            UnusableTargetError,
            default_name,
            write_report,
        )
        from tipmao_monitor.usage.report import Cancelled
        from tipmao_monitor.usage.spending import Plan
        from tipmao_monitor.usage.store import Store

        folders, prices, zone = sources
        now = self._clock().astimezone(zone)
        path = request.path / (name or default_name(now, request.format))

        def say(done: float) -> bool:
            return go_on(done) and not self._is_ended

        try:
            if request.path == self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
            store = Store(folders, zone=zone, prices=prices, cache=self._cache, slow_ms=chosen.slow_ms)
            try:
                store.plan(Plan(chosen.budgets, chosen.stream_gap_minutes))
                self._look(store, now, say)
                written = write_report(store, replace(request, path=path), now, overwrite=False, say=say, show=show)
                return Exported(str(written))
            finally:
                store.close()
        except Cancelled:
            return Exported(str(path), "cancelled")
        except UnusableTargetError as error:
            return Exported(str(path), error.reason, error.detail)
        except ChangedMeanwhileError:
            return Exported(str(path), "changing")
        except OSError as error:
            return Exported(str(path), "system", error.strerror or str(error))
        except Exception as error:
            # Whatever it is, the window has to go on beside a running stream, and to say so.
            log.exception("a report could not be made")
            return Exported(str(path), "unexpected", f"{type(error).__name__}: {error}".splitlines()[0])

    @staticmethod
    def _look(store: Store, now: datetime, say: Callable[[float], bool]) -> None:
        from tipmao_monitor.usage.report import Cancelled

        def go_on(progress: Progress) -> bool:
            return say(0.0)

        store.look(now, progress=go_on)
        store.verify(now)
        if not say(0.0):
            raise Cancelled

    def _tell(self, done: float, stop: threading.Event) -> bool:
        """Not more often than anyone sees. Whether it is still wanted."""
        moment = time.monotonic()
        if moment - self._told_at >= WORD_S:
            self._told_at = moment
            self._told.emit(Exporting(done))
        return not stop.is_set()


def _request(chosen: Settings, first: date, last: date, folder: Path) -> ReportRequest:
    """What the export dialog was last set to, for other days."""
    sections = frozenset(SECTIONS) - frozenset(chosen.report_leave_out)
    calls = chosen.report_calls and chosen.report_format == "xlsx"
    return ReportRequest(first, last, chosen.report_format, folder, sections=sections, calls=calls)


def _stem(first: date, last: date) -> str:
    return f"usage_report_{first}" if first == last else f"usage_report_{first}_{last}"


def _is_there(folder: Path, first: date, last: date) -> bool:
    """In whatever format: who exports something else in between is not sent the same days again."""
    return any((folder / f"{_stem(first, last)}.{format}").exists() for format in FORMATS)


def missing(schedule: str, today: date, is_there: Callable[[date, date], bool]) -> list[tuple[date, date]]:
    """The days of which there should be a report and is none, the oldest first: those since the last that is there,
    the newest of them where they are many; where there never was one, the latest.
    """
    found: list[tuple[date, date]] = []
    for days in islice(due_days(schedule, today), LOOKED_BACK):
        if is_there(*days):
            return found[:MOST_MISSED][::-1]
        found.append(days)
    return found[:1]


def due_days(schedule: str, today: date) -> Iterator[tuple[date, date]]:
    """The days of which there should be a report, the latest first: yesterday, or the last whole week from Monday, and
    those before; none for "off".
    """
    length, last = {
        "daily": (1, today - timedelta(days=1)),
        "weekly": (7, today - timedelta(days=today.weekday() + 1)),
    }.get(schedule, (0, today))
    while length:
        yield last - timedelta(days=length - 1), last
        last -= timedelta(days=length)
