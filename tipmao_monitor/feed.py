"""The thread that looks at the records, keeps the store and announces what it found. Knows nothing of Qt.

Events of files are hints that wake it; looking is the truth, on a slow beat besides. Everything that is announced is a
frozen message: `Snapshot` for the filter that is shown now, `Page` for a request, `Failure` for what nobody expected.
The newcomer's mistake: to touch the store from outside. It is born, asked and closed in this thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.advice import Advice, WhatIf
from tipmao_monitor.usage.alerts import Alerts
from tipmao_monitor.usage.apart import Apart
from tipmao_monitor.usage.audit import Audit
from tipmao_monitor.usage.budget_history import History
from tipmao_monitor.usage.checkup import Checkup
from tipmao_monitor.usage.cleanup import OldFiles
from tipmao_monitor.usage.desk import Measured
from tipmao_monitor.usage.holdings import step_back
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Filter, Page, PageRequest, Progress, Snapshot, Trouble
from tipmao_monitor.usage.spending import Plan
from tipmao_monitor.usage.store import Store
from tipmao_monitor.usage.switching import DaySoFar
from tipmao_monitor.usage.wholefile import LARGEST, read_file

BEAT_S = 1.0
SLOWEST_BEAT_S = 30.0
LOOK_SHARE = 300  # a look may cost this part of the time between two beats, so that idle stays idle
ANNOUNCE_S = 0.1
IMPORT_WORD_S = 0.3  # between two snapshots during an import,
IMPORT_SHARE = 5  # of which all together may take a fifth of the time
MINUTE_S = 60.0
VERIFY_S = 600.0
COLLECT_S = 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that nobody expected went wrong in the feed; it goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class Watched:
    """Paths whose file events are worth a `Feed.wake`."""

    paths: tuple[str, ...]


Message = (
    Snapshot
    | Page
    | Audit
    | OldFiles
    | Checkup
    | Alerts
    | Advice
    | WhatIf
    | DaySoFar
    | Measured
    | History
    | Failure
    | Watched
)
Question = Callable[[Store, datetime], Message | Apart[Any] | None]


class Feed:
    """Watches folders. `announce` is called with each `Message`, not in the caller's thread; without one they wait for
    `deliver`, so that a feed can begin before there is a window. `clock` gives aware instants.

    `troubles` are said with every snapshot beside those of the store.
    """

    def __init__(
        self,
        folders: Sequence[str | Path],
        *,
        zone: ZoneInfo,
        prices: PriceBook,
        cache: Path | None,
        slow_ms: float,
        clock: Callable[[], datetime],
        announce: Callable[[Message], None] | None = None,
        filter: Filter | None = None,
        troubles: Sequence[Trouble] = (),
        plan: Plan = Plan(),
    ) -> None:
        self._folders = tuple(folders)
        self._make_store = partial(Store, self._folders, zone=zone, prices=prices, cache=cache, slow_ms=slow_ms)
        self._receiver = announce
        self._kept: list[Message] = []
        self._clock = clock
        self._filter = self._first_filter = filter or Filter()
        self._troubles = tuple(troubles)
        identity = "\0".join(os.path.realpath(folder) for folder in self._folders)
        name = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._last_file = cache / f"last-{name}.json" if cache else None
        self._changed = threading.Condition()
        self._delivering = threading.Lock()
        self._is_woken = True
        self._is_ended = False
        self._is_cancelled = False
        self._is_resumed = False
        self._requests: dict[str, PageRequest] = {}
        self._questions: dict[str, Question] = {}
        self._apart: dict[str, tuple[Apart[Any], threading.Thread]] = {}
        self._prices: PriceBook | None = None
        self._plan: Plan | None = plan
        self._thread = threading.Thread(target=self._run, name="feed")
        self._last: Snapshot | None = None
        self._said: tuple[str, ...] = ()
        self._look_cost_s = 0.0
        self._failure = ""
        self._next_word_at = 0.0

    def begin(self) -> None:
        self._thread.start()

    @property
    def is_begun(self) -> bool:
        return self._thread.ident is not None

    def deliver(self, announce: Callable[[Message], None]) -> None:
        """From now on `announce` is called with each message; at once with those that waited for it."""
        with self._delivering:
            for message in self._kept:
                announce(message)
            self._kept.clear()
            self._receiver = announce

    def stop(self) -> None:
        """Begin to end, cancelling a running import."""
        with self._changed:
            self._is_ended = True
            self._changed.notify()

    def end(self) -> None:
        """Stop; returns when the thread is gone."""
        self.stop()
        if self.is_begun:
            self._thread.join()

    def wake(self) -> None:
        """A hint: something may have changed in the folders."""
        with self._changed:
            self._is_woken = True
            self._changed.notify()

    def show(self, filter: Filter) -> None:
        """Announce snapshots of this filter from now on."""
        with self._changed:
            self._filter = filter
            self._is_woken = True
            self._changed.notify()

    def ask(self, request: PageRequest) -> None:
        """Announce the page soon. Of two requests for one list only the later is answered."""
        with self._changed:
            self._requests[request.list] = request
            self._changed.notify()

    def inquire(self, name: str, question: Question) -> None:
        """Announce what the question makes of the store, unless that is None, once no import is under way. Of two of
        one name only the later is answered. What is left to be answered `Apart` is announced from another thread.
        """
        with self._changed:
            self._questions[name] = question
            self._changed.notify()

    def audit(self, filter: Filter) -> None:
        """Announce the `Audit` of this filter's calls soon."""

        def question(store: Store, now: datetime) -> Audit:
            days = filter.period.days(now.astimezone(store.zone.info).date())
            return store.audit(*days, now, filter)

        self.inquire("audit", question)

    def reprice(self, prices: PriceBook) -> None:
        """Count with another price book from now on, and announce at once what changes by it."""
        with self._changed:
            self._prices = prices
            self._changed.notify()

    def replan(self, plan: Plan) -> None:
        """Announce the budgets of another plan from now on."""
        with self._changed:
            self._plan = plan
            self._changed.notify()

    def cancel_import(self) -> None:
        """Leave unread what an import under way has not reached, until `refresh`."""
        with self._changed:
            self._is_cancelled = True

    def refresh(self) -> None:
        """Look again at everything, with what a cancelled import left out."""
        with self._changed:
            self._is_resumed = True
            self._is_cancelled = False
            self._is_woken = True
            self._changed.notify()

    def _run(self) -> None:
        self._announce_last_known()
        store = self._opened()
        if store is None:
            return
        try:
            self._watch(store)
        finally:
            self._keep_last()
            self._end_apart(*self._apart)
            store.close()

    def _opened(self) -> Store | None:
        """The store, as soon as there can be one; None when the end came first."""
        while True:
            try:
                return self._make_store()
            except Exception as error:
                # A full disk, say: it may pass.
                self._fail(error)
            with self._changed:
                if self._changed.wait_for(lambda: self._is_ended, BEAT_S):
                    return None

    def _watch(self, store: Store) -> None:
        announced_at = looked_at = -SLOWEST_BEAT_S
        verified_at = collected_at = kept_at = time.monotonic()
        is_due = True
        while True:
            with self._changed:
                beat = min(max(BEAT_S, self._look_cost_s * LOOK_SHARE), SLOWEST_BEAT_S)
                next_at = looked_at + beat
                if is_due:
                    next_at = min(next_at, announced_at + ANNOUNCE_S)
                self._changed.wait_for(self._has_reason, max(next_at - time.monotonic(), 0))
                if self._is_ended:
                    return
                requests, self._requests = list(self._requests.values()), {}
                questions, self._questions = self._questions, {}
                prices, self._prices = self._prices, None
                plan, self._plan = self._plan, None
                must_look = self._is_woken or time.monotonic() >= looked_at + beat
                self._is_woken = False
                is_resumed, self._is_resumed = self._is_resumed, False
                filter = self._filter
            try:
                if plan is not None:
                    store.plan(plan)
                    is_due, announced_at = True, -SLOWEST_BEAT_S
                if prices is not None:
                    store.reprice(prices)
                    is_due, announced_at = True, -SLOWEST_BEAT_S
                if is_resumed:
                    store.resume()
                if must_look:
                    started = time.monotonic()
                    is_due |= store.look(self._clock(), progress=partial(self._go_on, store))
                    looked_at = time.monotonic()
                    self._look_cost_s = looked_at - started if not is_due else self._look_cost_s
                if time.monotonic() - verified_at > VERIFY_S or is_resumed:
                    verified_at = time.monotonic()
                    is_due |= store.verify(self._clock())
                is_due |= self._last is None or self._last.filter != filter
                is_due |= time.monotonic() - announced_at > MINUTE_S or self._is_another_day()
                if is_due and (time.monotonic() - announced_at >= ANNOUNCE_S or self._is_other(filter)):
                    self._say(store, filter)
                    announced_at, is_due = time.monotonic(), False
                for request in requests:
                    self._announce(store.page(request, self._clock()))
                for name, question in questions.items():
                    answer = question(store, self._clock())
                    if isinstance(answer, Apart):
                        self._begin_apart(name, answer)
                    elif answer is not None:
                        self._announce(answer)
                if time.monotonic() - kept_at > MINUTE_S:
                    kept_at = time.monotonic()
                    self._keep_last()
                if time.monotonic() - collected_at > COLLECT_S:
                    collected_at = time.monotonic()
                    store.collect()
            except Exception as error:
                # Whatever it is, the monitor has to go on beside a running stream, and to say so.
                self._fail(error)
                looked_at = time.monotonic()
                # What failed at once is tried again on the next beat, or it would fail thousands of times a second.
                announced_at = looked_at + beat - ANNOUNCE_S

    def _announce(self, message: Message) -> None:
        with self._delivering:
            if self._receiver is None:
                self._kept.append(message)
            else:
                self._receiver(message)

    def _begin_apart(self, name: str, answer: Apart[Any]) -> None:
        """In a thread of its own, so that nothing that is appended has to wait for it. One at a time of each name."""
        self._end_apart(name)
        thread = threading.Thread(target=self._answer_apart, args=(name, answer), name=f"apart: {name}")
        self._apart[name] = answer, thread
        thread.start()

    def _answer_apart(self, name: str, answer: Apart[Any]) -> None:
        step_back()
        message = answer.run()
        if message is not None:
            self._announce(message)
        elif not answer.is_stopped:
            with self._changed:
                self._questions.setdefault(name, answer.again)
                self._changed.notify()

    def _end_apart(self, *names: str) -> None:
        ended = [self._apart.pop(name) for name in names if name in self._apart]
        for answer, _ in ended:
            answer.stop()
        for _, thread in ended:
            thread.join()

    def _fail(self, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        if text != self._failure:
            self._failure = text
            log.error("cannot read or add up the records: %s", text)
        log.debug("where it failed", exc_info=error)
        self._announce(Failure(text))

    def _has_reason(self) -> bool:
        asked = self._requests or self._questions or self._prices is not None or self._plan is not None
        return self._is_woken or self._is_ended or bool(asked)

    def _is_other(self, filter: Filter) -> bool:
        return self._last is None or self._last.filter != filter

    def _is_another_day(self) -> bool:
        last = self._last
        return last is not None and self._clock().astimezone(last.now.tzinfo).date() != last.now.date()

    def _say(self, store: Store, filter: Filter) -> None:
        snapshot = store.snapshot(filter, self._clock())
        self._last = replace(snapshot, troubles=(*self._troubles, *snapshot.troubles))
        self._announce(self._last)
        if (watched := store.watched()) != self._said:
            self._said = watched
            self._announce(Watched(watched))

    def _go_on(self, store: Store, progress: Progress) -> bool:
        """During an import: show what there is so far, answer the tables, and stop when the user says so."""
        with self._changed:
            requests, self._requests = list(self._requests.values()), {}
            prices, self._prices = self._prices, None
            filter = self._filter
            go_on = not self._is_ended and not self._is_cancelled
        if prices is not None:
            store.reprice(prices)
            self._next_word_at = 0.0
        started = time.monotonic()
        if go_on and started >= self._next_word_at:
            self._say(store, filter)
            cost = time.monotonic() - started
            self._next_word_at = started + max(IMPORT_WORD_S, cost * IMPORT_SHARE)
        for request in requests:
            self._announce(store.page(request, self._clock()))
        return go_on

    def _announce_last_known(self) -> None:
        """The last numbers of the run before, marked with their age, until the true ones are there."""
        if self._last_file is None:
            return
        try:
            now = self._clock()
            known = msgspec.json.decode(read_file(self._last_file, LARGEST), type=Snapshot)
            is_of_today = known.now.astimezone(now.tzinfo).date() == now.date()
        except (OSError, msgspec.MsgspecError, ValueError, OverflowError):
            return
        if known.filter == self._filter and (is_of_today or known.filter.period.kind == "custom"):
            self._announce(replace(known, stale_since=known.now, progress=Progress(0, 1)))

    def _keep_last(self) -> None:
        if self._last is None or self._last_file is None or self._last.progress.total:
            return
        if self._last.filter != self._first_filter:
            return  # the next run begins without what this one was narrowed to
        kept = replace(self._last, newest=self._last.newest[:50], rejects=(), troubles=())
        draft = self._last_file.with_suffix(f".{os.getpid()}.tmp")
        with contextlib.suppress(OSError, UnicodeError):
            draft.write_bytes(msgspec.json.encode(kept))
            os.replace(draft, self._last_file)


def feed_of(
    folders: Sequence[str | Path],
    settings: Settings,
    *,
    zone: ZoneInfo,
    prices: PriceBook,
    cache: Path | None,
    filter: Filter | None = None,
    troubles: Sequence[Trouble] = (),
) -> Feed:
    """The feed of a session with these settings."""
    return Feed(
        folders,
        zone=zone,
        prices=prices,
        cache=cache,
        slow_ms=settings.slow_ms,
        clock=lambda: datetime.now(zone),
        filter=filter,
        troubles=troubles,
        plan=plan_of(settings),
    )


def plan_of(settings: Settings) -> Plan:
    """The budgets of a session, and the stream that its alerts look at."""
    return Plan(settings.budgets, settings.stream_gap_minutes, is_watched=True)
