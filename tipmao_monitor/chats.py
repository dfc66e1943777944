"""Chats while the program runs: which alert goes out, where addresses are kept, and what the window is told of it.

Keyring, disk and network are waited for in threads of their own; what comes back crosses by queued signals. A newcomer
would get this wrong: what is sent is not what is shown. An alert goes to the chats once, also while the program is on
air, but not while the user has paused alerts: then it goes when the pause is over. And what a chat has not taken when
the program ends, it is sent after the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot

from tipmao_monitor.channels import AddressError, Channel, ChannelStates, Result, address
from tipmao_monitor.notify import Notifier, is_installed
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.alerts import Alert, Alerts
from tipmao_monitor.usage.budgets import CurrentStream
from tipmao_monitor.usage.hush import Reason
from tipmao_monitor.window.budget_words import alert_words
from tipmao_monitor.window.numbers import nothing_hidden

if TYPE_CHECKING:
    from tipmao_monitor.keys import Keys

NAME = "TipMao Monitor"
"""In every message: a robot that only lets pass what has a keyword can be given this."""

HELD_BACK: tuple[Reason, ...] = ("paused", "quiet_hours")
MOST_NAMED = 10
LATE = timedelta(days=1)
"""Older than this, what an earlier session could not deliver is no news any more."""


@dataclass(frozen=True, slots=True)
class _Put:
    """The address of this channel is kept."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class _Drop:
    """The address of the channel is forgotten."""

    name: str


class Chats(QObject):
    """The channels of the settings, their addresses in the keyring or in `home`. `hushed` is why nothing may pop up,
    `may_send` is false where the calls are not real.
    """

    states_changed = Signal(object)
    """`ChannelStates`."""
    channels_changed = Signal(tuple)
    """The channels that the settings should have now."""
    sent = Signal(tuple, tuple)
    """Ids of alerts that went to the chats, and the names of these."""
    settled = Signal(tuple, str)
    """Ids of alerts that a chat has taken, or never will, and its name."""
    _heard = Signal(object)
    """From one of the other threads: a `Result`, `ChannelStates`, or a change of the channels."""

    def __init__(
        self,
        settings: Settings,
        home: Path,
        hushed: Callable[[], Reason],
        clock: Callable[[], datetime],
        parent: QObject | None = None,
        *,
        may_send: bool = True,
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._hushed = hushed
        self._clock = clock
        self._may_send = may_send
        self._channels = settings.channels
        self._keys: Keys | None = None
        self._states = ChannelStates()
        self._results: dict[str, Result] = {}
        self._under_way: frozenset[str] = frozenset()
        self._alerts = Alerts()
        self._stream: CurrentStream | None = None
        self._done: set[str] | None = None
        self._left: tuple[Alert, ...] = ()
        self._owed: dict[str, set[str]] = {}
        self._worker = ThreadPoolExecutor(1, "chats")
        self._notifier = Notifier(address_of=self._address_of, announce=self._heard.emit, clock=clock)
        self._notifier.follow(self._channels)
        self._heard.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    def end(self) -> None:
        """Nothing more is sent. Can be called twice."""
        self._notifier.end()
        # What was taken in the last moment is noted, or it would be sent again.
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
        self._worker.shutdown(cancel_futures=True)

    def follow(self, settings: Settings) -> None:
        if settings.channels != self._channels:
            self._channels = settings.channels
            self._notifier.follow(self._channels)
            for name in self._owed.keys() - self._names:
                self._settle(name, self._owed[name])
            self.look()

    def look(self) -> None:
        """Say what is known of the channels: where addresses are kept, and who has one."""
        self._worker.submit(self._look, self._channels)

    # What the user wants

    def keep(self, channel: Channel, texts: Mapping[str, str]) -> None:
        """This channel, new or not, with the address that was typed."""
        self._worker.submit(self._keep, channel, dict(texts))

    def toggle(self, channel: Channel) -> None:
        """On or off, as it says."""
        self.channels_changed.emit(tuple(channel if c.name == channel.name else c for c in self._channels))

    def remove(self, name: str) -> None:
        self._worker.submit(self._remove, name)

    def test(self, name: str) -> None:
        self._under_way |= {name}
        self._notifier.test(name, NAME, self.tr("This is a test. Alerts will come here."))
        self._tell()

    def tell(self, title: str, text: str) -> None:
        """To every channel that is on something that is no alert, such as that a report was written."""
        if self._may_send and any(channel.on for channel in self._channels):
            self._notifier.send(title, text)

    def test_all(self) -> None:
        """To every channel that is on."""
        for channel in self._channels:
            if channel.on:
                self.test(channel.name)

    # What is worth sending

    def show_alerts(self, alerts: Alerts) -> None:
        self._alerts = alerts
        if self._done is None:
            # Those of an earlier session that were said there are no news.
            waiting = {alert.id for alert in alerts.waiting}
            self._done = {alert.id for alert in alerts.alerts if alert.id not in waiting}
            self._left = tuple(alert for alert in reversed(alerts.alerts) if alert.owed)
        self._send()

    def show_stream(self, stream: CurrentStream | None) -> None:
        """After each snapshot: a pause may be over."""
        self._stream = stream
        self._send()

    def _send(self) -> None:
        if self._done is None or not self._may_send:
            return
        fresh = [
            alert
            for alert in reversed(self._alerts.alerts)
            if alert.id not in self._done and not alert.sent and not self._alerts.is_hushed(alert, self._stream)
        ]
        if not (fresh or self._left) or self._hushed() in HELD_BACK:
            return
        self._send_left()
        self._done.update(alert.id for alert in fresh)
        names = self._names
        if not fresh or not names:
            return
        ids = tuple(alert.id for alert in fresh)
        self.sent.emit(ids, tuple(names))
        for name in names:
            self._owed.setdefault(name, set()).update(ids)
        self._notifier.send(*self._words(fresh), ids)

    @property
    def _names(self) -> list[str]:
        """Of the channels that are on."""
        return [channel.name for channel in self._channels if channel.on]

    def _send_left(self) -> None:
        """What a chat had not taken when the session before came to its end."""
        left, self._left = self._left, ()
        for name in dict.fromkeys(name for alert in left for name in alert.owed):
            owed = [alert for alert in left if name in alert.owed]
            fresh = [alert for alert in owed if self._clock() - alert.at < LATE] if name in self._names else []
            self._settle(name, {alert.id for alert in owed} - {alert.id for alert in fresh})
            if fresh:
                ids = tuple(alert.id for alert in fresh)
                self._owed.setdefault(name, set()).update(ids)
                self._notifier.send(*self._words(fresh), ids, only=name)

    def _settle(self, name: str, ids: Collection[str]) -> None:
        if ids:
            self.settled.emit(tuple(ids), name)
            self._owed[name] = self._owed.get(name, set()) - set(ids)

    def _words(self, alerts: list[Alert]) -> tuple[str, str]:
        with nothing_hidden():
            words = [alert_words(alert, self._clock()) for alert in alerts]
        if len(words) == 1:
            title, cause = words[0].title, words[0].cause
            return (f"{NAME}: {title}", cause) if cause else (NAME, title)
        lines = [word.text for word in words[-MOST_NAMED:]]
        if len(words) > MOST_NAMED:
            lines.append(self.tr("and {n} more").format(n=len(words) - MOST_NAMED))
        return f"{NAME}: " + self.tr("{n} messages").format(n=len(words)), "\n".join(lines)

    # What comes back

    @Slot(object)
    def _hear(self, heard: Result | ChannelStates | _Put | _Drop) -> None:
        match heard:
            case Result():
                self._results[heard.channel] = heard
                self._under_way -= {heard.channel}
                if heard.next_at is None:
                    self._settle(heard.channel, heard.about)
            case ChannelStates():
                self._states = heard
            case _Put(channel):
                if channel.name not in {known.name for known in self._channels}:
                    self.channels_changed.emit((*self._channels, channel))
            case _Drop(name):
                self._results.pop(name, None)
                self.channels_changed.emit(tuple(known for known in self._channels if known.name != name))
        self._tell()

    def _tell(self) -> None:
        self.states_changed.emit(replace(self._states, results=dict(self._results), under_way=self._under_way))

    # In the worker's thread; the first also in those of the notifier

    def _address_of(self, name: str) -> str | None:
        return self._opened().get(name)

    def _opened(self) -> Keys:
        if self._keys is None:
            from tipmao_monitor.keys import Keys  # what it looks for takes longer than a start may

            self._keys = Keys(self._home)
        return self._keys

    def _look(self, channels: tuple[Channel, ...], problem: str = "") -> None:
        keys = self._opened()
        addressed = set()
        for channel in channels:
            try:
                if keys.get(channel.name) is not None:
                    addressed.add(channel.name)
            except OSError as error:
                problem = problem or str(error)
        self._heard.emit(
            ChannelStates(keys.place, str(keys.path), is_installed(), addressed=frozenset(addressed), problem=problem)
        )

    def _keep(self, channel: Channel, texts: Mapping[str, str]) -> None:
        problem = ""
        try:
            self._opened().put(channel.name, address(channel.kind, texts))
        except (AddressError, OSError) as error:
            problem = str(error)
        else:
            self._heard.emit(_Put(channel))
        self._look(self._channels, problem)

    def _remove(self, name: str) -> None:
        problem = ""
        try:
            self._opened().delete(name)
        except OSError as error:
            problem = str(error)
        self._heard.emit(_Drop(name))
        self._look(self._channels, problem)
