"""File events, heard in a thread of their own: to ask the system about a path takes as long as its disk likes, and a
network mount that hangs must not hold the window.

The newcomer's mistake: to trust an event, or its absence. It is a hint to look, nothing more (records.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QThread, Signal, Slot


class FileEvents(QObject):
    """Calls `noticed` in its own thread when something may have happened to the paths that it follows."""

    _wanted = Signal(object)

    def __init__(self, noticed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._thread = QThread(self)
        self._thread.setObjectName("events")
        self._ear = _Ear(noticed)
        self._ear.moveToThread(self._thread)
        self._wanted.connect(self._ear.follow, Qt.ConnectionType.QueuedConnection)
        self._thread.finished.connect(self._ear.stop, Qt.ConnectionType.DirectConnection)
        self._thread.start()

    def follow(self, paths: tuple[str, ...]) -> None:
        """These paths from now on. To be told again at every occasion: Qt forgets a path that was replaced, or deleted
        and made again.
        """
        self._wanted.emit(paths)

    def end(self) -> None:
        """Returns when the thread is gone. Can be called twice."""
        self._thread.quit()
        self._thread.wait()


class _Ear(QObject):
    """Lives in the thread of the events."""

    def __init__(self, noticed: Callable[[], None]) -> None:
        super().__init__()
        self._noticed = noticed
        self._paths: tuple[str, ...] = ()
        self._watcher: QFileSystemWatcher | None = None

    @Slot(object)
    def follow(self, paths: tuple[str, ...]) -> None:
        if self._watcher is None:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.directoryChanged.connect(self._hear)
            self._watcher.fileChanged.connect(self._hear)
        self._paths = paths
        known = {*self._watcher.files(), *self._watcher.directories()}
        if gone := known - set(paths):
            self._watcher.removePaths(list(gone))
        # Qt would complain on stderr of each that cannot be read, at every occasion. And where the disk lets us wait
        # it is here, without the interpreter lock: Qt's own call would keep it.
        new = {path for path in set(paths) - known if os.access(path, os.R_OK)}
        if new and len(self._watcher.addPaths(list(new))) < len(new):
            self._noticed()  # for what was written before these were watched

    @Slot()
    def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None

    @Slot()
    def _hear(self) -> None:
        self._noticed()
        self.follow(self._paths)
