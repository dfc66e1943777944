"""The tools of the window while the program runs: clean-up, check-up, a simulated stream. What there is comes from the
feed, what the user confirmed is done beside it.

A newcomer would get this wrong: the feed is only told to look again. The figures follow what is on disk, whoever has
changed it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Qt, Signal, Slot

from tipmao_monitor.feed import Question
from tipmao_monitor.usage.checkup import checkup
from tipmao_monitor.usage.cleanup import CleanupRequest, CleanupResult, Outcome, clean_up, old_files
from tipmao_monitor.window.main_window import MainWindow

log = logging.getLogger(__name__)


class Housekeeping(QObject):
    """Serves the window's tools. `folders` gives those that are watched now, `refresh` has the feed look again."""

    _done = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        inquire: Callable[[str, Question], None],
        refresh: Callable[[], None],
        folders: Callable[[], Sequence[Path]],
        clock: Callable[[], datetime],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._inquire = inquire
        self._refresh = refresh
        self._folders = folders
        self._clock = clock
        self._stop = threading.Event()
        self._worker = ThreadPoolExecutor(1, "clean-up")
        self._done.connect(self._show, Qt.ConnectionType.QueuedConnection)
        window.old_files_wanted.connect(self._look)
        window.checkup_wanted.connect(self._check)
        window.simulation_wanted.connect(self._simulate)
        window.cleanup_wanted.connect(self._clean_up)

    def end(self) -> None:
        """The file at hand is finished, the others stay as they are. Can be called twice."""
        self._stop.set()
        self._worker.shutdown()

    @Slot()
    def _look(self) -> None:
        self._inquire("old_files", old_files)

    @Slot()
    def _check(self) -> None:
        self._inquire("checkup", checkup)

    @Slot()
    def _simulate(self) -> None:
        """In a process and a folder of its own: no simulated call may ever count among the real ones."""
        from tipmao_monitor.autostart import own_command

        program, *arguments = own_command()
        QProcess.startDetached(program, [*arguments, "--demo"])

    @Slot(object)
    def _clean_up(self, request: CleanupRequest) -> None:
        folders = [str(folder) for folder in self._folders()]
        self._worker.submit(self._work, request, folders, self._clock().date())

    def _work(self, request: CleanupRequest, folders: Sequence[str], today: date) -> None:
        try:
            result = clean_up(request, folders, today, lambda done: not self._stop.is_set())
        except Exception as error:
            # The window waits for an answer, whatever it is.
            log.exception("the clean-up failed")
            result = CleanupResult(request, (Outcome(request.paths[0], "system", str(error)),))
        self._done.emit(result)

    @Slot(object)
    def _show(self, result: CleanupResult) -> None:
        self._window.show_cleanup(result)
        self._refresh()
        self._look()
