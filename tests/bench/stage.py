"""Looks on at a window: when it is painted, and how evenly its thread beats.

A scene plays inside the event loop of the window: its waits let the window live on. The newcomer's mistake: to blame
every gap on the window. `Heart` says beside each how much of it was CPU of this thread; the rest is waiting for the
interpreter lock or for a core.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tipmao_monitor.monitor import Monitor
from tipmao_monitor.usage.snapshot import Snapshot


class Heart(QObject):
    """A precise timer on the thread of the window: how long from beat to beat."""

    def __init__(self, beat_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(beat_ms)
        self._timer.timeout.connect(self._beat)
        self._last = (0.0, 0.0)
        self._gaps: list[tuple[float, float]] = []

    def begin(self) -> None:
        """Count from now on; what was before is forgotten."""
        self._gaps = []
        self._last = time.perf_counter(), time.thread_time()
        self._timer.start()

    def end(self) -> None:
        self._timer.stop()

    def summary(self) -> dict[str, Any]:
        """In milliseconds; `own_ms` is this thread's CPU in the longest gaps."""
        gaps = sorted(self._gaps)
        if not gaps:
            return {}
        longest = gaps[-5:][::-1]
        return {
            "beats": len(gaps),
            "p999_ms": 1e3 * gaps[int(0.999 * (len(gaps) - 1))][0],
            "longest_ms": 1e3 * gaps[-1][0],
            "over_50": sum(gap > 0.05 for gap, _ in gaps),
            "gaps_ms": [round(1e3 * gap, 1) for gap, _ in longest],
            "own_ms": [round(1e3 * own, 1) for _, own in longest],
            "most_own_ms": 1e3 * max(own for _, own in gaps),
        }

    def _beat(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self._gaps.append((now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now


class Stage(QObject):
    """The window, its newest painted snapshot, and moments of `time.monotonic()` by name."""

    def __init__(self, app: QApplication, monitor: Monitor, beat_ms: int, patience_s: float) -> None:
        super().__init__()
        self.window = monitor.window
        self.heart = Heart(beat_ms, self)
        self.moments: dict[str, float] = {}
        self.latest: Snapshot | None = None
        self.snapshots = 0
        self._app = app
        self._patience_s = patience_s
        self._given: Snapshot | None = None
        self._awaited: Callable[[Snapshot], bool] | None = None
        self._met_at = 0.0
        self._latest_at = 0.0
        monitor.painted.connect(self._take)
        self.window.installEventFilter(self)

    def play(self, scene: Callable[[], None]) -> None:
        """As soon as the event loop runs; the window is closed at the end of the scene."""
        QTimer.singleShot(0, self, lambda: self._play(scene))

    def wait(self, condition: Callable[[Snapshot], bool]) -> float:
        """The moment at which such a snapshot was on the screen, which may be now."""
        if self.latest is not None and condition(self.latest):
            return self._latest_at
        self._awaited = condition
        self.until(lambda: self._awaited is None)
        return self._met_at

    def until(self, is_true: Callable[[], bool]) -> None:
        """Let the window live until then."""
        loop, began = QEventLoop(), time.monotonic()

        def look() -> None:
            if is_true() or time.monotonic() - began > self._patience_s:
                loop.quit()

        timer = QTimer()
        timer.timeout.connect(look)
        timer.start(5)
        loop.exec()
        if not is_true():
            raise TimeoutError(f"not within {self._patience_s:.0f} s")

    def rest(self, seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(int(1e3 * seconds), loop.quit)
        loop.exec()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Show if (handle := self.window.windowHandle()) is not None:
                handle.installEventFilter(self)
            case QEvent.Type.Paint if "painted" not in self.moments:
                self.moments["painted"] = 0.0
                QTimer.singleShot(0, self, self._painted_first)
            case QEvent.Type.UpdateRequest if self._given is not None:
                # This comes before the paint, a timer after it.
                snapshot, self._given = self._given, None
                QTimer.singleShot(0, self, lambda: self._painted(snapshot))
        return False

    def _play(self, scene: Callable[[], None]) -> None:
        try:
            scene()
        finally:
            self._app.closeAllWindows()

    def _take(self, snapshot: Snapshot) -> None:
        self._given = snapshot

    def _painted_first(self) -> None:
        self.moments["painted"] = time.monotonic()
        self.heart.begin()

    def _painted(self, snapshot: Snapshot) -> None:
        self._latest_at = time.monotonic()
        if not snapshot.progress.total:
            self.moments.setdefault("true", self._latest_at)
        self.latest = snapshot
        self.snapshots += 1
        if self._awaited is not None and self._awaited(snapshot):
            self._awaited, self._met_at = None, self._latest_at
