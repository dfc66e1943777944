"""The HTTP service beside a feed: for `serve`, and behind the switch in the preferences. Knows nothing of Qt.

A newcomer would get this wrong: `api` is imported in the thread that begins the service. It takes most of a second,
which a window does not have.
"""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tipmao_monitor import settings as settings_file
from tipmao_monitor.usage.snapshot import Trouble
from tipmao_monitor.usage.spending import Plan

if TYPE_CHECKING:
    from tipmao_monitor.api import Service
    from tipmao_monitor.api_questions import Records
    from tipmao_monitor.feed import Feed
    from tipmao_monitor.settings import Settings
    from tipmao_monitor.usage.snapshot import Snapshot


AGAIN_S = 10.0


class PortError(Exception):
    """The service cannot listen there; the reason."""


@dataclass(frozen=True, slots=True)
class Open:
    """A service that answers: its address and, where one is demanded, the token."""

    service: Service
    records: Records
    address: str
    token: str = ""

    @property
    def panel(self) -> str:
        """The page to open in a browser."""
        from tipmao_monitor.api import PANEL

        return f"{self.address}{PANEL}"


@dataclass(frozen=True, slots=True)
class Served:
    """The page that is answered now, "" = none, and why not."""

    panel: str = ""
    troubles: tuple[Trouble, ...] = ()


def opened(feed: Callable[[], Feed], host: str, port: int) -> Open:
    """Begin to answer. PortError where that is not possible."""
    from tipmao_monitor import api, api_gate
    from tipmao_monitor.api_questions import Records

    try:
        token = "" if api_gate.is_loopback(host) else api_gate.kept_token(settings_file.home())
    except OSError as error:
        raise PortError(f"the token cannot be kept in {error.filename}: {error.strerror or error}") from None
    try:
        ears = api.listen(host, port)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PortError(reason) from None
    records = Records(feed)
    exports = api.Exports(settings_file.reports_folder())
    service = api.Service(api.make_app(records, exports, host=host, token=token), ears, exports)
    service.begin()
    name = f"[{host}]" if ":" in host else host
    return Open(service, records, f"http://{name}:{service.port}", token)


class Serving:
    """The switch of the preferences: begins the service, ends it, and begins it anew on another port.

    `report` is called in a thread of ours with each `Served` that is another than the one before. A port that is taken
    is tried again while the feed is heard.
    """

    def __init__(self, feed: Callable[[], Feed], report: Callable[[Served], None]) -> None:
        self._feed = feed
        self._report = report
        self._port: int | None = None
        self._open: Open | None = None
        self._is_on_air = False
        self._again_at = math.inf
        self._reported: Served | None = None
        self._waiter: ThreadPoolExecutor | None = None

    def follow(self, settings: Settings) -> None:
        """Be as the settings say. Returns at once."""
        self._is_on_air = settings.on_air
        if self._open is not None:
            self._open.records.is_on_air = settings.on_air
        port = settings.api_port if settings.api_on else None
        if port == self._port:
            return
        self._port = port
        if self._waiter is None:
            self._waiter = ThreadPoolExecutor(1, "serving")
        self._waiter.submit(self._change, port)

    def hear(self, snapshot: Snapshot) -> None:
        """What the feed has announced."""
        if self._open is not None:
            self._open.records.hear(snapshot)
        elif self._waiter is not None and time.monotonic() >= self._again_at:
            self._again_at = math.inf
            self._waiter.submit(self._change, self._port)

    def end(self) -> None:
        """Returns when nobody is answered any more. Can be called twice."""
        if self._waiter is not None:
            self._waiter.submit(self._close)
            self._waiter.shutdown()
            self._waiter = None

    def _change(self, port: int | None) -> None:
        self._close()
        self._again_at = math.inf
        served = Served()
        if port is not None:
            try:
                made = opened(self._feed, "127.0.0.1", port)
            except PortError as error:
                served = Served(troubles=(Trouble("port_unusable", str(port), str(error)),))
                self._again_at = time.monotonic() + AGAIN_S
            else:
                made.records.is_on_air = self._is_on_air
                self._open, served = made, Served(made.panel)
        if served != self._reported:
            self._reported = served
            self._report(served)

    def _close(self) -> None:
        if self._open is not None:
            self._open.service.end()
            self._open = None


class Chosen:
    """The settings as they are now, for `serve`: another program, such as the window, may change them at any time."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._seen: tuple[int, int] | None = (0, 0)
        self._settings = settings_file.Settings()

    def now(self) -> Settings:
        """Read again where the file is another one; the feed follows its budgets."""
        seen = _signature(settings_file.home() / settings_file.FILE)
        if seen != self._seen:
            self._seen = seen
            self._settings, _ = settings_file.load(settings_file.home())
            self._feed.replan(Plan(self._settings.budgets, self._settings.stream_gap_minutes))
        return self._settings


def _signature(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@contextlib.contextmanager
def told_to_end() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, instead of ending the process."""
    told = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.signal(number, lambda *_: told.set()) for number in numbers]
    try:
        yield told
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)
