"""One window for each home: a second start brings the first to the front and ends.

The first holds a lock that the system takes back when its process ends, however it ends; and listens at a socket for
those who come later. A newcomer would get this wrong: that the socket is there says nothing. After a kill it is there,
and nobody listens; so it is the lock alone that says who is first, and whoever has it may clear the socket away.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

FILE = "window.lock"
RAISE = b"raise\n"
DONE = b"done\n"
PATIENCE_S = 10.0
"""For the first to answer: it may have just begun."""

LONGEST = 4096
_RETRY_S = 0.05


class Instance:
    """This process, as one that wants to show the window of a home."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._file: BinaryIO | None = None
        self._server: QLocalServer | None = None

    def is_first(self) -> bool:
        """Whether nobody else shows it, from now on until this process ends or `end` is called. Also where no lock can
        be had: then nobody can tell.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = open(self._path, "ab")  # noqa: SIM115  # held as long as the window is
        except OSError:
            return True
        try:
            _lock(file)
        except BlockingIOError:
            file.close()
            return False
        except OSError:
            file.close()
            return True
        self._file = file
        return True

    def raise_first(self, patience_s: float = PATIENCE_S) -> bool:
        """Ask the first to show its window; whether it says that it did."""
        message = RAISE + os.environ.get("XDG_ACTIVATION_TOKEN", "").encode() + b"\n"
        until = time.monotonic() + patience_s
        while (left_s := until - time.monotonic()) > 0:
            try:
                if _answer(self._name, message, left_s) == DONE:
                    return True
            except OSError:
                pass  # it does not listen yet, or is just ending
            time.sleep(_RETRY_S)
        return False

    def listen(self, show: Callable[[], None]) -> None:
        """Call `show` whenever somebody comes later. Needs an application, and to be the first."""
        from PySide6.QtNetwork import QLocalServer

        if self._file is None:
            return
        QLocalServer.removeServer(self._name)
        server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(lambda: self._serve(show))
        server.listen(self._name)
        self._server = server

    def end(self) -> None:
        """Somebody else may be the first. Can be called twice."""
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _serve(self, show: Callable[[], None]) -> None:
        assert self._server is not None
        caller = self._server.nextPendingConnection()
        caller.disconnected.connect(caller.deleteLater)

        def hear() -> None:
            if caller.bytesAvailable() > LONGEST:
                caller.abort()
                return
            if not caller.canReadLine() or bytes(caller.peek(LONGEST).data()).count(b"\n") < 2:
                return
            said, token = bytes(caller.readAll().data()).split(b"\n")[:2]
            if said + b"\n" == RAISE:
                # What lets Wayland bring a window to the front for a process that is not the one the user started.
                if token:
                    os.environ["XDG_ACTIVATION_TOKEN"] = token.decode(errors="replace")
                show()
                os.environ.pop("XDG_ACTIVATION_TOKEN", None)
                caller.write(DONE)
                caller.flush()

        caller.readyRead.connect(hear)
        hear()

    @property
    def _name(self) -> str:
        """Of the socket: in a folder of the user's own, and short, since some systems allow 104 bytes."""
        identity = hashlib.sha256(os.path.realpath(self._path).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        name = f"tipmao-monitor-{identity}"
        if sys.platform == "win32":
            return name
        own = os.environ.get("XDG_RUNTIME_DIR") or ""
        if os.path.isdir(own) and os.access(own, os.W_OK):
            return os.path.join(own, name)
        return os.path.join(tempfile.gettempdir(), f"{name}-{os.getuid()}")


def _answer(name: str, message: bytes, patience_s: float) -> bytes:
    """What is answered at a socket of Qt's, without Qt: whoever only asks need not load it."""
    if sys.platform == "win32":
        with open(rf"\\.\pipe\{name}", "r+b", buffering=0) as pipe:
            pipe.write(message)
            return pipe.readline()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(patience_s)
        connection.connect(name)
        connection.sendall(message)
        return connection.makefile("rb").readline()


def _lock(file: BinaryIO) -> None:
    """BlockingIOError where another process has it, another OSError where the disk knows no locks."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, error.strerror) from None
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
