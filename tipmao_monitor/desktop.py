"""Starting Qt: whether it can open a window here, the window until it is closed, and its picture without a display.

A newcomer would get this wrong: Qt ends the whole process when it finds no display or lacks a library, and says a thing
that misleads. So it is tried in a child process first. Nothing of Qt is imported before that.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tipmao_monitor import __version__, settings
from tipmao_monitor.usage.snapshot import Snapshot, Trouble

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from tipmao_monitor.instance import Instance
    from tipmao_monitor.monitor import Monitor

DEBIAN_QT = "libgl1 libegl1 libfontconfig1 libglib2.0-0 libdbus-1-3 libxkbcommon0 libbrotli1"
DEBIAN_X11 = "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"
DEBIAN_HANZI = "fonts-wqy-microhei"
_PATIENCE_S = 30


def no_window_because(meanwhile: Callable[[], None] = lambda: None) -> str | None:
    """Why no window can be opened here, as the end of a sentence; None where it can. What is to be done `meanwhile` is
    done only where it has to be tried.
    """
    if sys.platform != "linux":
        return None
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    if missing := missing_library():
        return missing
    answer, said = in_child(_open_qt, meanwhile)
    if answer == "open":
        return None
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if "could not connect to display" in said or "Failed to create wl_display" in said:
        return f"the display {display} does not answer"
    if "even though it was found" in said:
        return f"Qt lacks system libraries (on Debian: apt install {DEBIAN_X11})"
    lines = said.splitlines()
    return f"Qt cannot start ({lines[0]})" if lines else "Qt cannot start"


def missing_library() -> str | None:
    """What Qt itself lacks, as the end of a sentence; None where it can be imported."""
    missing = None
    # What Ctrl+C raises while Qt is being imported, Qt turns into an ImportError, or into nothing at all.
    with Signals() as signals:
        try:
            import PySide6.QtWidgets  # noqa: F401  # only whether it can be
        except ImportError as error:
            missing = f"Qt cannot be loaded ({error}; on Debian: apt install {DEBIAN_QT})"
    if signals.told:
        raise KeyboardInterrupt
    return missing


def draws_hanzi() -> bool | None:
    """Whether there is a font with Chinese characters; None where Qt cannot say."""
    if missing_library():
        return None
    answer, _ = in_child(_look_for_hanzi)
    return {"yes": True, "no": False}.get(answer)


def import_window() -> None:
    """Import all that a window needs: the larger part of its start."""
    with Signals() as signals:
        import tipmao_monitor.monitor  # noqa: F401  # so that it is there
    if signals.told:
        raise KeyboardInterrupt


def in_child(question: Callable[[], str], meanwhile: Callable[[], None] = lambda: None) -> tuple[str, str]:
    """The answer of a function that runs in a process of its own, "" if it did not live to give one, and what was said
    on its stderr. To be asked before there are other threads. This process does something `meanwhile`.
    """
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            code = 1
            try:
                signal.alarm(_PATIENCE_S)
                os.dup2(said.fileno(), 2)
                os.write(answer.fileno(), question().encode())
                code = 0
            finally:
                os._exit(code)
        try:
            meanwhile()
        finally:
            os.waitpid(child, 0)
        texts = []
        for file in (answer, said):
            file.seek(0)
            texts.append(file.read().decode(errors="replace").strip())
        return texts[0], texts[1]


def _open_qt() -> str:
    import resource

    from PySide6.QtGui import QGuiApplication

    # Qt aborts; nobody wants the core of it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    QGuiApplication([])
    return "open"


def _look_for_hanzi() -> str:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication

    from tipmao_monitor.window.theme import has_cjk_font

    app = QGuiApplication([])
    found = has_cjk_font()
    del app
    return "yes" if found else "no"


def show_window(
    begin: Callable[[QApplication], Monitor],
    signals: Signals,
    *,
    compact: bool = False,
    instance: Instance | None = None,
) -> None:
    """The window, or the strip, until the program is quit or the process is told to end. `instance` is the first of its
    home, if later ones should find it.
    """
    app = _application()
    # It may go on in the tray, or as the strip.
    app.setQuitOnLastWindowClosed(False)
    begun: list[Monitor] = []

    def end() -> None:
        for monitor in begun:
            monitor.presence.quit()

    gc.disable()  # until there is something that does not stay
    with signals.calling(end):
        monitor = begin(app)
        begun.append(monitor)
        monitor.painted.connect(_leave_alone_what_stays)
        file = settings.home() / "window.ini"
        monitor.window.keep_geometry_in(file)
        monitor.presence.ended.connect(app.quit)
        if not compact:
            monitor.window.show()
        monitor.presence.begin(file, compact=compact)
        monitor.begin()
        if instance is not None:
            instance.listen(monitor.presence.show_window)
        try:
            # Told to end before the loop began, the window may be closed already, and nothing would ever end the loop.
            if not signals.told:
                app.exec()
        finally:
            if instance is not None:
                instance.end()
            monitor.end()
            _dispose(monitor)
            gc.enable()


def _leave_alone_what_stays() -> None:
    """What was made up to the first numbers stays to the end. To look through all of it for garbage took 45 ms each
    time, in which no thread goes on and nothing is painted.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


class NoNumbersError(Exception):
    """The records could not be read, for a reason that nobody expected."""


def save_picture(begin: Callable[[QApplication], Monitor], target: Path, size: tuple[int, int]) -> Sequence[Trouble]:
    """Paint the window with the true numbers into a PNG file.

    OSError where that cannot be written, NoNumbersError where there are no numbers.

    Returns what is wrong with the folders. No display is used, even where there is one.
    """
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise IsADirectoryError("it is a folder") if target.is_dir() else FileNotFoundError("its folder does not exist")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QBuffer, QEventLoop, QIODevice

    app = _application()
    loop = QEventLoop()
    shown: list[Snapshot] = []
    failures: list[str] = []

    def look(snapshot: Snapshot) -> None:
        # What an import has so far is not yet true.
        if snapshot.progress.done >= snapshot.progress.total:
            shown.append(snapshot)
            if not monitor.is_advising:
                loop.quit()

    def look_at_advice() -> None:
        if shown:
            loop.quit()

    def give_up(failure: str) -> None:
        failures.append(failure)
        loop.quit()

    with Signals() as signals, signals.calling(loop.quit):
        monitor = begin(app)
        window = monitor.window
        monitor.painted.connect(look)
        monitor.advised.connect(look_at_advice)
        monitor.failed.connect(give_up)
        window.resize(*size)
        window.show()
        monitor.begin()
        try:
            if not signals.told:
                loop.exec()
            if signals.told:
                raise KeyboardInterrupt
            if failures:
                raise NoNumbersError(failures[0])
            # What the cards put off until they have their size.
            for _ in range(5):
                app.processEvents()
            png = QBuffer()
            png.open(QIODevice.OpenModeFlag.WriteOnly)
            window.grab().save(png, "PNG")
        finally:
            monitor.end()
            _dispose(monitor)
    target.write_bytes(bytes(png.data().data()))
    return shown[-1].troubles


@contextmanager
def words_only(language: str, *, fonts: bool) -> Iterator[None]:
    """Qt without a window and without a display, for texts in a language, and with `fonts` for painting."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtGui import QGuiApplication

    from tipmao_monitor.language import Interpreter

    app = QCoreApplication.instance() or (QGuiApplication if fonts else QCoreApplication)(sys.argv[:1])
    interpreter = Interpreter(app)
    interpreter.speak(language)
    try:
        yield
    finally:
        interpreter.end()


def _application() -> QApplication:
    from PySide6.QtWidgets import QApplication

    from tipmao_monitor.window.theme import has_cjk_font

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("tipmao-monitor")
    app.setApplicationDisplayName("TipMao Monitor")
    app.setDesktopFileName("tipmao-monitor")
    app.setApplicationVersion(__version__)
    if not has_cjk_font():
        print(f"tipmao-monitor: no font has hanzi, they will be boxes: apt install {DEBIAN_HANZI}", file=sys.stderr)
    return app


def _dispose(monitor: Monitor) -> None:
    """Now, and not in whatever order the interpreter ends in."""
    from PySide6.QtCore import QCoreApplication, QEvent

    monitor.window.close()
    monitor.window.deleteLater()
    monitor.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class Signals:
    """SIGINT and SIGTERM, heard from the moment it is entered, which may be long before there is Qt.

    `told` has what came. From `calling` on, a signal also calls a function in the event loop; what came before that
    only stands in `told`.
    """

    def __init__(self) -> None:
        self.told: list[int] = []
        self._call: Callable[[], object] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._hear) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: object) -> None:
        self.told.append(number)
        if self._call is not None:
            self._call()

    @contextmanager
    def calling(self, end: Callable[[], object]) -> Iterator[None]:
        """Python alone would notice a signal when it next runs some code: in an idle window that may be never, and in
        a busy one in the middle of painting. So the loop is woken by a socket, and `end` is called by the loop.
        """
        from PySide6.QtCore import QSocketNotifier, QTimer

        ears, mouth = socket.socketpair()
        ears.setblocking(False)
        mouth.setblocking(False)
        notifier = QSocketNotifier(ears.fileno(), QSocketNotifier.Type.Read)
        notifier.activated.connect(lambda: ears.recv(64))
        wakeup = signal.set_wakeup_fd(mouth.fileno())
        self._call = lambda: QTimer.singleShot(0, end)
        try:
            yield
        finally:
            self._call = None
            signal.set_wakeup_fd(wakeup)
            notifier.setEnabled(False)
            ears.close()
            mouth.close()
