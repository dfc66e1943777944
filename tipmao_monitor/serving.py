"""The HTTP service beside a feed: for `serve`, and behind the switch in the preferences. Knows nothing of Qt.

A newcomer would get this wrong: `api` is imported in the thread that begins the service. It takes most of a second,
which a window does not have.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tipmao_monitor import settings as settings_file
from tipmao_monitor.usage.snapshot import Trouble

if TYPE_CHECKING:
    from tipmao_monitor.api import Records, Service
    from tipmao_monitor.feed import Feed
    from tipmao_monitor.settings import Settings
    from tipmao_monitor.usage.snapshot import Snapshot


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
    from tipmao_monitor import api

    try:
        token = "" if api.is_loopback(host) else api.kept_token(settings_file.home())
    except OSError as error:
        raise PortError(f"the token cannot be kept in {error.filename}: {error.strerror or error}") from None
    try:
        ears = api.listen(host, port)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PortError(reason) from None
    records = api.Records(feed)
    exports = api.Exports(settings_file.reports_folder())
    service = api.Service(api.make_app(records, exports, host=host, token=token), ears)
    service.begin()
    name = f"[{host}]" if ":" in host else host
    return Open(service, records, f"http://{name}:{service.port}", token)


class Serving:
    """The switch of the preferences: begins the service, ends it, and begins it anew on another port.

    `report` is called in a thread of ours with each `Served`.
    """

    def __init__(self, feed: Callable[[], Feed], report: Callable[[Served], None]) -> None:
        self._feed = feed
        self._report = report
        self._port: int | None = None
        self._open: Open | None = None
        self._waiter: ThreadPoolExecutor | None = None

    def follow(self, settings: Settings) -> None:
        """Be as the settings say. Returns at once."""
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

    def end(self) -> None:
        """Returns when nobody is answered any more. Can be called twice."""
        if self._waiter is not None:
            self._waiter.submit(self._close)
            self._waiter.shutdown()
            self._waiter = None

    def _change(self, port: int | None) -> None:
        self._close()
        if port is None:
            self._report(Served())
            return
        try:
            self._open = opened(self._feed, "127.0.0.1", port)
        except PortError as error:
            self._report(Served(troubles=(Trouble("port_unusable", str(port), str(error)),)))
        else:
            self._report(Served(self._open.panel))

    def _close(self) -> None:
        if self._open is not None:
            self._open.service.end()
            self._open = None


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
