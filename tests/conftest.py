"""What holds for every test: a home of its own, no display, nothing left behind, and a GUI thread that stays free.

A newcomer would get this wrong: the heartbeat is not asked for. Every test that uses `qtbot` has it, and fails when an
iteration of the event loop held the GUI thread for more than 50 ms after the first paint.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from _pytest.runner import runtestprotocol

# Before anything imports Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Nor is the keyring of whoever runs the tests asked.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QWidget

LONGEST_MS = 50.0
REFERENCE_MS = 1.9
"""What `_work_ms` takes on the machine for which the 50 ms are meant; a slower one may take longer in proportion."""
_blocked = pytest.StashKey[float]()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, cache and ledger of this test; nothing of the person who runs it is read or written."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TIPMAO_HOME", str(folder))
    monkeypatch.delenv("TIPMAO_RECORDS", raising=False)
    return folder


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fails when the test leaves a thread or a window."""
    threads = set(threading.enumerate())
    windows = set(_windows())
    yield
    deadline = time.monotonic() + 5
    for thread in set(threading.enumerate()) - threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert not set(threading.enumerate()) - threads
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if set(_windows()) - windows:
        gc.collect()
    assert not set(_windows()) - windows


def _windows() -> list[QWidget]:
    """Menus and tooltips are kept by Qt and pyqtgraph until their owner, or the application, goes."""
    if not isinstance(QCoreApplication.instance(), QApplication):
        return []
    windows = QApplication.topLevelWidgets()
    return [w for w in windows if not isinstance(w, QMenu) and w.metaObject().className() != "QTipLabel"]


class Heartbeat(QObject):
    """Measures, from the first paint on, how long each turn of the event loop kept the GUI thread.

    A timer beats every 10 ms, so that no turn waits longer than that for something to do. What the thread spent
    runnable while other processes had the processors is not counted, nor is the code of the test between two turns.
    """

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__()
        self.longest_ms = 0.0
        self._app = app
        self._painted = False
        self._turn: tuple[float, float] | None = None
        # Opened in the GUI thread, it stays the file of this thread.
        self._waited = os.open("/proc/thread-self/schedstat", os.O_RDONLY) if sys.platform == "linux" else -1
        self._beat = QTimer(self, interval=10)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._dispatcher = QAbstractEventDispatcher.instance()
        # The order in which Linux's dispatcher says it: about to block, then events, then awake.
        if self._waited >= 0 and "Glib" in self._dispatcher.metaObject().className():
            app.installEventFilter(self)
            self._dispatcher.aboutToBlock.connect(self._begin_turn)
            self._dispatcher.awake.connect(self._end_turn)
            self._beat.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            self._painted = True
            self._app.removeEventFilter(self)
            self._turn = None
        return False

    def stop(self) -> None:
        self._beat.stop()
        self._app.removeEventFilter(self)
        if self._waited >= 0:
            os.close(self._waited)
            self._waited = -1

    def _runqueue_s(self) -> float:
        return int(os.pread(self._waited, 64, 0).split()[1]) / 1e9

    def _begin_turn(self) -> None:
        if self._painted and self._waited >= 0:
            self._turn = time.perf_counter(), self._runqueue_s()

    def _end_turn(self) -> None:
        if self._turn is None or self._waited < 0:
            return
        began, waited = self._turn
        self._turn = None
        held_s = time.perf_counter() - began - (self._runqueue_s() - waited)
        self.longest_ms = max(self.longest_ms, 1e3 * held_s - self._beat.interval())


@pytest.fixture(autouse=True)
def heartbeat(request: pytest.FixtureRequest) -> Iterator[Heartbeat | None]:
    """The heartbeat of a test that uses `qtbot`, None for others."""
    if "qtbot" not in request.fixturenames:
        yield None
        return
    heart = Heartbeat(request.getfixturevalue("qapp"))
    gc.freeze()  # what thousands of tests have left in memory is not looked through on the window's time
    yield heart
    heart.stop()
    gc.unfreeze()
    if heart.longest_ms > LONGEST_MS and heart.longest_ms > LONGEST_MS * _slowness():
        request.node.stash[_blocked] = heart.longest_ms
        pytest.fail(f"the GUI thread was blocked for {heart.longest_ms:.0f} ms after the first paint")


def _slowness() -> float:
    return median(_work_ms() for _ in range(9)) / REFERENCE_MS


def _work_ms() -> float:
    """CPU time of a fixed piece of work: how fast this machine is right now."""
    began = time.thread_time()
    sums: dict[int, int] = {}
    for number in range(20_000):
        sums[number % 97] = sums.get(number % 97, 0) + number
    return 1e3 * (time.thread_time() - began)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A blocked GUI thread fails a test only when it was blocked twice: the machine may be anyone's."""
    if "qtbot" not in getattr(item, "fixturenames", ()):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if item.stash.get(_blocked, None) is not None:
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
