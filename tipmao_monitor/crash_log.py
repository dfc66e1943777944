"""What went wrong while the program ran, kept in a small file of the user's, for a report of it.

Uncaught errors of all threads, warnings of Qt, and where each thread stood when the process was killed by a fault. A
newcomer would get this wrong: an error's text may quote what was sent, so keys and tokens are taken out before it is
written; values of variables are never written.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from tipmao_monitor import __version__

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext, QtMsgType

FILE = "crash.log"
LARGEST = 256 << 10
LONGEST_ENTRY = 16 << 10
MOST_ENTRIES = 200
_SECRETS = (
    r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+",
    r"(?i)\b([\w-]*(?:key|token|secret|password|passwd|sign)[\"']?\s*[=:]\s*)[\"']?[^\s\"'&,;)}]+",
    r"\b()(?:sk|pk|ak|LTAI|ghp|xox[a-z])[-_]?[A-Za-z0-9_-]{12,}",
    r"(https?://)[^\s/@]+@",
    r"(?i)(https?://[^\s?#\"']*(?:hook|bot)[^\s?#\"']*?/)[\w-]{12,}",
)
"""What looks like a secret; what stands before it, in brackets, stays."""


def folder() -> Path:
    """Where the file lies. `TIPMAO_HOME` moves it."""
    if moved := os.environ.get("TIPMAO_HOME"):
        return Path(moved, "logs")
    from platformdirs import user_log_path

    return user_log_path("tipmao-monitor", appauthor=False)


def without_secrets(text: str) -> str:
    for pattern in _SECRETS:
        text = re.sub(pattern, lambda found: f"{found[1]} [removed]".lstrip(), text)
    return text


class CrashLog:
    """The file, from `begin` to `end`. What is written is written at once; where it cannot be, nothing is said."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._file: TextIO | None = None
        self._writing = threading.Lock()
        self._entries = 0
        self._qt = False

    def begin(self) -> None:
        """Listen. A file that has grown too large becomes the old one, and the one before is gone."""
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > LARGEST // 2:
                os.replace(self.path, self.path.with_name(f"{FILE}.1"))
            # A link, or what is no file, is not ours.
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            self._file = os.fdopen(os.open(self.path, flags, 0o600), "a", encoding="utf-8", errors="backslashreplace")
            faulthandler.enable(self._file)
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread

    def listen_to_qt(self) -> None:
        """Once Qt is there. What it says still goes to stderr too."""
        from PySide6.QtCore import qInstallMessageHandler

        qInstallMessageHandler(self._said_by_qt)
        self._qt = True

    def end(self) -> None:
        sys.excepthook, threading.excepthook = self._hooks
        if self._qt:
            from PySide6.QtCore import qInstallMessageHandler

            qInstallMessageHandler(None)
            self._qt = False
        if self._file is not None:
            faulthandler.disable()
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def write(self, text: str) -> None:
        """One entry, with when it was."""
        with self._writing, contextlib.suppress(OSError, ValueError):
            if self._file is None or self._entries >= MOST_ENTRIES:
                return
            self._entries += 1
            if self._file.tell() > LARGEST:
                return
            text = without_secrets(text)
            cut = text if len(text) <= LONGEST_ENTRY else f"{text[:LONGEST_ENTRY]}\n[cut]"
            at = datetime.now().astimezone().isoformat(timespec="seconds")
            self._file.write(f"{at} tipmao-monitor {__version__}, Python {sys.version.split()[0]}\n{cut.rstrip()}\n\n")
            self._file.flush()

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            self.write("".join(traceback.format_exception(kind, error, trace)))
        self._hooks[0](kind, error, trace)

    def _uncaught_in_thread(self, about: threading.ExceptHookArgs) -> None:
        if about.exc_type is not SystemExit:
            name = about.thread.name if about.thread else "gone"
            lines = traceback.format_exception(about.exc_type, about.exc_value, about.exc_traceback)
            self.write(f"in the thread {name}\n{''.join(lines)}")
        self._hooks[1](about)

    def _said_by_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        from PySide6.QtCore import QtMsgType

        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
            category = context.category or "default"
            self.write(f"Qt, {kind.name}, {category}: {text}")
        with contextlib.suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def keeping(folder: Path) -> Iterator[CrashLog]:
    """From here to the end of the block."""
    log = CrashLog(folder)
    log.begin()
    try:
        yield log
    except Exception as error:
        # What nobody caught; the interpreter's own hook would come after `end`.
        log.write("".join(traceback.format_exception(error)))
        raise
    finally:
        log.end()
