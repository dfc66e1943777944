"""Between the feed, which finds what is worth an alert, the ledger, which keeps it, and the window, which says it.

Looking goes on in the feed's thread, marking in the thread that waits for the disk; both answer with `Alerts`, which
comes back through the monitor's one signal. The newcomer's mistake: to count an alert as said because it was found.
`changed` tells what is in the ledger; whoever shows a message says so with `mark`, or it is said again at the next
start.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from tipmao_monitor.feed import Feed, plan_of
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.alerts import KEPT_ANYWAY, Alerts, Facts, Kind, Newcomer, Rules
from tipmao_monitor.usage.ledger import Ledger, Mark
from tipmao_monitor.usage.snapshot import Snapshot, Trouble
from tipmao_monitor.usage.store import Store
from tipmao_monitor.usage.watch import Watch


class Alerting(QObject):
    """`feed` is the one that watches now, `submit` runs something in the thread that waits for the disk, `announce`
    brings a message to `take` in this thread. `home` is where the ledger lies.
    """

    changed = Signal(object)
    """What the ledger holds now: `Alerts`."""

    def __init__(
        self,
        settings: Settings,
        home: Path,
        feed: Callable[[], Feed],
        submit: Callable[..., Any],
        announce: Callable[[Alerts], None],
        clock: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._feed = feed
        self._submit = submit
        self._announce = announce
        self._clock = clock
        self._settings = settings
        self._rules = rules_of(settings)
        self._looking = threading.Lock()
        self._ledger: Ledger | None = None
        self._watch: Watch | None = None
        self._said: Alerts | None = None
        self.troubles: tuple[Trouble, ...] = ()

    def follow(self, settings: Settings) -> None:
        """Other budgets, or other wishes, from now on."""
        if plan_of(settings) != plan_of(self._settings):
            self._feed().replan(plan_of(settings))
        self._settings = settings
        self._rules = rules_of(settings)

    def hear(self, snapshot: Snapshot) -> None:
        """After each snapshot that is true, the feed is asked what it fires."""
        if snapshot.stale_since is None:
            self._feed().inquire("alerts", self._look)

    def take(self, alerts: Alerts) -> None:
        self.troubles = _troubles(alerts)
        self.changed.emit(alerts)

    def mark(self, ids: Sequence[str], mark: Mark) -> None:
        """Keep of alerts that a balloon or its like was tried ("shown"), that the user has seen them ("acknowledged"),
        or wants no more of their like until the stream ends ("snoozed").
        """
        self._submit(self._change, lambda ledger: ledger.mark(ids, mark, self._clock()))

    def mark_sent(self, ids: Sequence[str], channels: Sequence[str]) -> None:
        """They went to these chats."""
        self._submit(self._change, lambda ledger: ledger.hand_over(ids, channels, self._clock()))

    def mark_settled(self, ids: Sequence[str], channel: str) -> None:
        """This chat has taken them, or never will."""
        self._submit(self._change, lambda ledger: ledger.settle(ids, channel, self._clock()))

    def fire(self, kind: Kind, facts: Facts, key: str) -> None:
        """Something that the program itself did, once for its key."""
        self._submit(self._change, lambda ledger: ledger.fire(self._clock(), kind, facts, [f"{kind}\x1f{key}"]))

    def _opened(self) -> Ledger:
        if self._ledger is None:
            self._ledger = Ledger(self._home)
            self._watch = Watch(self._ledger)
        return self._ledger

    def _look(self, store: Store, now: datetime) -> Alerts | None:
        """In the feed's thread, of which there may be two for a moment after another folder was chosen."""
        with self._looking:
            ledger = self._opened()
            spending = store.spending(now)
            if spending is not None and self._watch is not None:
                self._watch.rules = self._rules
                self._watch.look(store.budgets(now), spending.stream(now), spending, store.zone.local(now))
            return self._new(ledger)

    def _change(self, change: Callable[[Ledger], object]) -> None:
        with self._looking:
            ledger = self._opened()
            change(ledger)
            alerts = self._new(ledger)
        if alerts is not None:
            self._announce(alerts)

    def _new(self, ledger: Ledger) -> Alerts | None:
        alerts = ledger.alerts()
        if alerts == self._said:
            return None
        self._said = alerts
        return alerts


def _troubles(alerts: Alerts) -> tuple[Trouble, ...]:
    if not alerts.trouble:
        return ()
    kind = f"alerts_{alerts.trouble}" if alerts.trouble in KEPT_ANYWAY else "alerts_unusable"
    return (Trouble(kind, alerts.path, alerts.trouble),)


def rules_of(settings: Settings) -> Rules:
    """What the user wants to be told of."""
    newcomers: list[tuple[Newcomer, bool]] = [
        ("new_model", settings.alert_new_model),
        ("new_user", settings.alert_new_user),
        ("new_anchor", settings.alert_new_anchor),
    ]
    return Rules(
        settings.alert_success_percent if settings.alert_success else None,
        settings.alert_latency_times if settings.alert_latency else None,
        tuple(kind for kind, is_on in newcomers if is_on),
        settings.alert_runaway_times if settings.alert_runaway else None,
        settings.alert_silent_minutes if settings.alert_silent else None,
        settings.alert_unusual_deviations if settings.alert_unusual else None,
    )
