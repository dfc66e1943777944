"""The price book while the program runs: what the window asks of it is done beside the GUI thread, and comes back.

Reading and writing the user's price file waits for the disk, so a thread of its own does it, one thing after the other;
the answer crosses by one queued signal. A newcomer would get this wrong: the book in force is what the file says, not
what was asked for. Where the file cannot be used it is the program's own, as it is for `stats` and at the next start.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, Signal, Slot

from tipmao_monitor.pricing import mark
from tipmao_monitor.usage.litellm_prices import LARGEST_FILE, LitellmError, LitellmFile, read_litellm
from tipmao_monitor.usage.own_prices import Change, ChangedOutsideError, Edition, OwnPrices
from tipmao_monitor.usage.prices import FIRST_DAY, PriceBook, PriceError, Problem, book_day
from tipmao_monitor.usage.snapshot import Trouble
from tipmao_monitor.usage.wholefile import read_file
from tipmao_monitor.window.main_window import MainWindow


class PriceDesk(QObject):
    """`book` is in force. `own_file` is the user's price file, `clock` says what day it is."""

    repriced = Signal(object)
    """Another `PriceBook` is in force."""
    was_read = Signal()
    """The user's file was read or written, and `judged` knows what is wrong with it."""
    _answered = Signal(object)

    def __init__(
        self, window: MainWindow, book: PriceBook, own_file: Path, clock: Callable[[], datetime], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.book = book
        self._window = window
        self._own = OwnPrices(own_file)
        self._clock = clock
        self._edition: Edition | None = None
        self._worker = ThreadPoolExecutor(1, "prices")
        self._seen: object = None
        """What the file on disk was when it was last read or written."""
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._look)
        self._watcher.fileChanged.connect(self._look)
        self._answered.connect(self._show, Qt.ConnectionType.QueuedConnection)
        window.prices_wanted.connect(self.read)
        window.prices_changed.connect(self._change)
        window.prices_undone.connect(self._undo)
        window.price_file_chosen.connect(self._import)

    def begin(self) -> None:
        """Follow what is edited by hand. What was read at the start is known."""
        self._seen = mark(self._own.path)
        self._watch()

    def end(self) -> None:
        """What was begun is finished. Can be called twice."""
        self._worker.shutdown()

    @Slot()
    def read(self) -> None:
        """See what the user's file says now."""
        self._worker.submit(self._edit, self._own.book)

    def _look(self) -> None:
        self._watch()
        self._worker.submit(self._edit_if_changed)

    def _watch(self) -> None:
        """To be asked again at every occasion: Qt forgets a file that was replaced."""
        known = {*self._watcher.files(), *self._watcher.directories()}
        paths = {str(path) for path in (self._own.path.parent, self._own.path) if os.access(path, os.R_OK)}
        if new := paths - known:
            self._watcher.addPaths(list(new))

    def judged(self, troubles: Sequence[Trouble]) -> tuple[Trouble, ...]:
        """The troubles, those of the price file as they are since it was last read."""
        if self._edition is None:
            return tuple(troubles)
        others = [trouble for trouble in troubles if trouble.kind != "prices_unusable"]
        wrong = self._edition.problems[:1]
        return (*others, *(Trouble("prices_unusable", self._edition.path, str(problem)) for problem in wrong))

    def _change(self, change: Change) -> None:
        self._worker.submit(self._edit, partial(self._own.apply, change))

    def _undo(self) -> None:
        self._worker.submit(self._edit, self._own.undo)

    def _import(self, path: str) -> None:
        self._worker.submit(self._read_litellm, path)

    @Slot(object)
    def _show(self, answer: Edition | LitellmFile) -> None:
        if isinstance(answer, LitellmFile):
            self._window.show_price_file(answer)
            return
        self._edition = answer
        if (answer.book.rows, answer.book.rates) != (self.book.rows, self.book.rates):
            self.book = answer.book
            self.repriced.emit(answer.book)
        self._window.show_prices(answer)
        self.was_read.emit()

    # In the worker's thread

    def _edit_if_changed(self) -> None:
        if mark(self._own.path) != self._seen:
            self._edit(self._own.book)

    def _edit(self, act: Callable[[], PriceBook]) -> None:
        own, book, failure = self._own, self.book, ""
        problems: tuple[Problem, ...] = ()
        try:
            book = act()
        except PriceError as error:
            book, problems = PriceBook.load(), error.found
            with contextlib.suppress(PriceError, OSError):
                # The file itself is in order, so it is the change that is not.
                book, problems, failure = own.book(), (), error.problems[0]
        except ChangedOutsideError:
            failure = "changed_outside"
        except OSError as error:
            failure = error.strerror or str(error)
        self._seen = mark(own.path)
        self._answered.emit(Edition(book, self._today(), str(own.path), own.can_undo, problems, failure))

    def _read_litellm(self, path: str) -> None:
        try:
            file = LitellmFile(path, *read_litellm(read_file(Path(path), LARGEST_FILE), self._today()))
        except (LitellmError, OSError, MemoryError) as error:
            file = LitellmFile(path, problem=getattr(error, "strerror", None) or str(error))
        self._answered.emit(file)

    def _today(self) -> date:
        return book_day(round(self._clock().timestamp() * 1e6), FIRST_DAY)
