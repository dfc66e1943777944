"""The monitor object of the guide: it records AI calls and answers what they cost, in plain floats and ints.

A newcomer would get this wrong: nothing is remembered here. Each question looks at the folder and is answered by the
store that also stands behind the window and `stats`, so the answers are theirs, whoever wrote the records. A float of
the guide may hide that something is unknown (0.0); the `_exact` value beside it is then None.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from calendar import monthrange
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tipmao_monitor import settings
from tipmao_monitor.pricing import display_name, mark, price_book
from tipmao_monitor.usage.own_prices import FILE
from tipmao_monitor.usage.recorder import Counts, Recorder
from tipmao_monitor.usage.snapshot import Stats, Totals, Trouble

if TYPE_CHECKING:
    from tipmao_monitor.usage.store import Store

Folder: TypeAlias = "str | os.PathLike[str]"
Row: TypeAlias = dict[str, Any]

NEWEST = 1000
_FIRST_DAY, _LAST_YEAR = date(1970, 1, 1), 9000
_LOOK_EVERY_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """The calls of an hour, a day or a month. Money is CNY.

    `date` is set for a day (2025-10-26), `year_month` for a month (2025-10); the times are ISO 8601. Each row of the
    break-downs has `calls, input_tokens, output_tokens, total_tokens, cost, cost_exact`, in `by_model` also
    `display_name`. Keys are the values as recorded, functions by the gateway's id, "" = not recorded. The costs of
    `unknown_cost_calls` and the missing tokens of `unknown_token_calls` are in no sum.
    """

    period: Literal["hourly", "daily", "monthly"]
    date: str
    year_month: str
    start_time: str
    end_time: str
    total_calls: int
    successful_calls: int
    failed_calls: int
    total_tokens: int
    input_tokens: int
    output_tokens: int
    total_cost: float
    total_cost_exact: Decimal
    unknown_cost_calls: int
    unknown_token_calls: int
    by_model: dict[str, Row]
    by_function: dict[str, Row]
    by_user: dict[str, Row]
    by_anchor: dict[str, Row]


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One recorded call. What was not recorded is None, or 0 in `input_tokens, output_tokens, cost, duration_ms`.

    `timestamp` is in epoch seconds, the start of its day where it was unreadable. `cost` is CNY, `function` the
    gateway's id and `raw_function` the text as written. `flags` say what was read with care, like `tokens_unknown`.
    """

    timestamp: float
    user_id: str | None
    anchor_id: str | None
    session_id: str | None
    model: str | None
    function: str | None
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost: float
    duration_ms: float
    success: bool
    error_msg: str | None
    cost_exact: Decimal | None
    duration_ms_exact: Decimal | None
    raw_function: str | None
    flags: tuple[str, ...]


class UsageMonitor:
    """Records into a folder and answers questions about it, from any thread.

    Without `folder` it is the first of `TIPMAO_RECORDS`, else of the settings, else `records/ai_usage` where the
    program runs; questions are about all folders of the list. `prefix` is "usage_", which the running assistant reads,
    or "", the guide's form of a file name. One thread asks at a time, the others wait; in asyncio ask through
    `asyncio.to_thread`.
    Questions raise ValueError for a period that makes no sense.
    """

    def __init__(self, folder: Folder | None = None, *, prefix: str = "usage_") -> None:
        self.folders = _folders(folder)
        self.prefix = prefix
        self._recorder = Recorder(self.folders[0], prefix=prefix, prices=price_book())
        self._prices_due = time.monotonic() + _LOOK_EVERY_S
        self._answers = _Answers(self.folders)

    # Recording

    def record_usage(
        self,
        model: str | None,
        function: str | None,
        input_tokens: int | None,
        output_tokens: int | None,
        duration_ms: float | None,
        *,
        cost: float | None = None,
        total_tokens: int | None = None,
        success: bool = True,
        user_id: str | None = None,
        anchor_id: str | None = None,
        session_id: str | None = None,
        error_msg: str | None = None,
        strict: bool = False,
    ) -> bool:
        """Append one call to the file of today; True when it is on disk, False when it waits or is lost (`counts`).

        None is unknown. `cost` is in the currency of the model's price, and computed from the price book when left out.
        By default nothing that goes wrong reaches the caller; with `strict` it raises OSError.
        """
        if time.monotonic() >= self._prices_due:
            self._prices_due = time.monotonic() + _LOOK_EVERY_S
            self._recorder.prices = price_book()
        return self._recorder.record(
            model,
            function,
            input_tokens,
            output_tokens,
            duration_ms,
            cost=cost,
            total_tokens=total_tokens,
            success=success,
            user_id=user_id,
            anchor_id=anchor_id,
            session_id=session_id,
            error_msg=error_msg,
            strict=strict,
        )

    @property
    def counts(self) -> Counts:
        """How many calls of this process are written, waiting and lost."""
        return self._recorder.counts

    def flush(self) -> bool:
        """Try at once to write what waits; True when nothing waits any more."""
        return self._recorder.flush()

    def close(self) -> None:
        """Flush, and give back files and memory. A later call or question opens them again."""
        self._recorder.close()
        self._answers.close()

    # Questions

    def get_hourly_summary(self, hours_ago: int = 0) -> UsageSummary:
        """A clock hour; 0 is the one that is going on."""
        _check("hours_ago", hours_ago, 0)
        with self._answers.ask() as (store, now):
            start = now.replace(minute=0, second=0, microsecond=0).timestamp() - 3600 * min(hours_ago, 400_000)
            begin = datetime.fromtimestamp(start, now.tzinfo)
            end = datetime.fromtimestamp(start + 3600, now.tzinfo)
            return _summary("hourly", store.hour(begin, now), begin, end)

    def get_daily_summary(self, days_ago: int = 0) -> UsageSummary:
        """A calendar day; 0 is today."""
        _check("days_ago", days_ago, 0)
        with self._answers.ask() as (store, now):
            return self._of_day(store, now, _days_before(now.date(), days_ago))

    def get_monthly_summary(self, year: int | None = None, month: int | None = None) -> UsageSummary:
        """A calendar month; the one that is going on where neither is given."""
        if year is not None and (month is None or not _FIRST_DAY.year <= year <= _LAST_YEAR):
            raise ValueError("a month of another year is asked for like get_monthly_summary(2025, 10)")
        if month is not None and month not in range(1, 13):
            raise ValueError(f"month is a whole number from 1 to 12, not {month!r}")
        with self._answers.ask() as (store, now):
            first = date(now.year if year is None else year, now.month if month is None else month, 1)
            last = first.replace(day=monthrange(first.year, first.month)[1])
            return _summary("monthly", store.stats(first, last, now), *_span(first, last, now))

    def get_top_users(self, limit: int = 10, days: int = 7, *, by: Literal["tokens", "cost"] = "tokens") -> list[Row]:
        """The users of the last days, today included, most tokens or most cost first.

        Each: `user_id, tokens, cost, calls, cost_exact`. Calls without a user are in no row: `by_user[""]` has them.
        """
        _check("limit", limit, 1)
        _check("days", days, 1)
        if by not in ("tokens", "cost"):
            raise ValueError(f'users are ranked by "tokens" or "cost", not by {by!r}')
        with self._answers.ask() as (store, now):
            first = _days_before(now.date(), days - 1)
            return _top_users(store.stats(first, now.date(), now), limit, by)

    def get_cost_trend(self, days: int = 7) -> list[Row]:
        """`date, cost, cost_exact` of every one of the last days, today included, oldest first."""
        _check("days", days, 1)
        with self._answers.ask() as (store, now):
            first = _days_before(now.date(), days - 1)
            return _trend(store.stats(first, now.date(), now), first, now.date())

    @property
    def records(self) -> list[UsageRecord]:
        """The newest 1000 calls of all, oldest first."""
        with self._answers.ask() as (store, now):
            return _records(store, store.newest(NEWEST, now))

    def get_recent_records(self, days: int = 1) -> list[UsageRecord]:
        """All calls of the last calendar days, today included, oldest first."""
        _check("days", days, 1)
        with self._answers.ask() as (store, now):
            first = _days_before(now.date(), days - 1)
            return _records(store, store.calls(first, now.date(), now))

    # As the guide writes them.

    @property
    def _records(self) -> list[UsageRecord]:
        return self.records

    def _get_recent_records(self, days: int = 1) -> list[UsageRecord]:
        return self.get_recent_records(days)

    def export_report(self, days: int = 7, folder: Folder | None = None) -> Path:
        """Write `usage_report_YYYYMMDD_HHMMSS.json` about the last days, today included; the path of the new file.

        Without `folder` it goes to the user's data folder, never into the records. Nothing is overwritten. Keys:
        `generated_at, period_days, today_summary, period_summary, top_users, cost_trend`, and what
        `tipmao-monitor report` writes beside them; money has all its digits. OSError where it cannot be written, or
        the records change all the time.
        """
        from tipmao_monitor.reports.files import (
            ChangedMeanwhileError,
            UnusableTargetError,
            default_name,
            write_report,
        )
        from tipmao_monitor.usage.formats import ReportRequest

        _check("days", days, 1)
        into = Path(folder) if folder is not None else settings.reports_folder()
        with self._answers.ask(verify=True) as (store, now):
            first = _days_before(now.date(), days - 1)
            into.mkdir(parents=True, exist_ok=True)
            request = ReportRequest(first, now.date(), "json", into / default_name(now, "json"))
            try:
                return write_report(store, request, now, overwrite=False)
            except UnusableTargetError as error:
                raise OSError(f"cannot write {error.path}: {error.detail or error.reason}") from error
            except ChangedMeanwhileError as error:
                raise OSError("the records are being changed all the time: try again in a minute") from error

    @staticmethod
    def _of_day(store: Store, now: datetime, day: date) -> UsageSummary:
        return _summary("daily", store.stats(day, day, now), *_span(day, day, now))


class _Answers:
    """The store behind the questions: made at the first, and again when settings or prices change."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._store: Store | None = None
        self._made_of: object = None
        self._known: frozenset[Trouble] = frozenset()
        self._asking = threading.Lock()
        _all_answers.add(self)

    @contextmanager
    def ask(self, *, verify: bool = False) -> Iterator[tuple[Store, datetime]]:
        """The store equal to the folders, and the moment at which it is."""
        with self._asking:
            store = self._current_store()
            now = datetime.now(store.zone.info)
            store.look(now)
            if verify:
                store.verify(now)
            troubles = frozenset(store.troubles())
            for trouble in troubles - self._known:
                _log.warning("%s: %s %s", trouble.kind, trouble.path, trouble.detail)
            self._known = troubles
            yield store, now

    def close(self) -> None:
        with self._asking:
            self._close()

    def hold(self) -> None:
        """Let nobody ask until `release`."""
        self._asking.acquire()
        # The database has threads, which a child has not: what is open at a fork would crash the child at its end.
        self._close()

    def release(self) -> None:
        self._asking.release()

    def _close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def _current_store(self) -> Store:
        home, cache, book = settings.home(), settings.cache_folder(), price_book()
        made_of = home, cache, mark(home / settings.FILE), mark(home / FILE)
        if self._store is None or made_of != self._made_of:
            from zoneinfo import ZoneInfo

            from tipmao_monitor.usage.store import Store  # the database: who only records does without

            self._close()
            chosen = _chosen()
            zone = settings.display_zone(chosen.timezone)
            if zone is None:
                _log.warning("the time zone of this computer is not known, days are those of UTC")
                zone = ZoneInfo("UTC")
            self._store = Store(self._folders, zone=zone, prices=book, cache=cache, slow_ms=chosen.slow_ms)
            self._made_of = made_of
        return self._store


_all_answers: weakref.WeakSet[_Answers] = weakref.WeakSet()
_held: list[_Answers] = []
_forking = threading.Lock()
_monitors: dict[tuple[str, ...], UsageMonitor] = {}
_making = threading.Lock()
_default: tuple[object, float, UsageMonitor] | None = None
_known_settings: tuple[object, settings.Settings] | None = None


def get_usage_monitor(folder: Folder | None = None, *, prefix: str | None = None) -> UsageMonitor:
    """The monitor of a folder, one for each folder in a process; see `UsageMonitor`.

    `prefix` is for the first call; ValueError where the folder is already recorded into under the other one.
    """
    key = tuple(os.path.realpath(path) for path in _folders(folder))
    with _making:
        monitor = _monitors.get(key)
        if monitor is None:
            monitor = _monitors[key] = UsageMonitor(folder, prefix="usage_" if prefix is None else prefix)
    if prefix not in (None, monitor.prefix):
        raise ValueError(f"this process already records into {monitor.folders[0]} with the prefix {monitor.prefix!r}")
    return monitor


def record_usage(
    model: str | None,
    function: str | None,
    input_tokens: int | None,
    output_tokens: int | None,
    duration_ms: float | None,
    *,
    cost: float | None = None,
    total_tokens: int | None = None,
    success: bool = True,
    user_id: str | None = None,
    anchor_id: str | None = None,
    session_id: str | None = None,
    error_msg: str | None = None,
    strict: bool = False,
) -> bool:
    """Record one call into the default folder; see `UsageMonitor.record_usage`."""
    try:
        monitor = _default_monitor()
    except Exception:
        if strict:
            raise
        _log.warning("an AI call was not recorded", exc_info=True)
        return False
    return monitor.record_usage(
        model,
        function,
        input_tokens,
        output_tokens,
        duration_ms,
        cost=cost,
        total_tokens=total_tokens,
        success=success,
        user_id=user_id,
        anchor_id=anchor_id,
        session_id=session_id,
        error_msg=error_msg,
        strict=strict,
    )


def _default_monitor() -> UsageMonitor:
    """`get_usage_monitor()`; finding out which one that is takes longer than a record."""
    global _default
    place = os.environ.get("TIPMAO_RECORDS"), os.environ.get("TIPMAO_HOME"), os.getcwd()
    now, known = time.monotonic(), _default
    if known is None or known[0] != place or now >= known[1]:
        known = _default = place, now + _LOOK_EVERY_S, get_usage_monitor()
    return known[2]


def _folders(folder: Folder | None) -> tuple[Path, ...]:
    if folder is not None:
        return (Path(folder).absolute(),)
    return tuple(path.absolute() for path in settings.folders(_chosen()))


def _chosen() -> settings.Settings:
    """The settings as their file is at this moment; the defaults for a user without a home folder."""
    global _known_settings
    try:
        home = settings.home()
    except RuntimeError:
        return settings.Settings()
    now = home, mark(home / settings.FILE)
    known = _known_settings
    if known is None or known[0] != now:
        chosen, troubles = settings.load(home)
        for trouble in troubles:
            _log.warning("%s: %s; the default is used", trouble.path, trouble.detail)
        known = _known_settings = now, chosen
    return known[1]


def _check(name: str, number: int, least: int) -> None:
    if not isinstance(number, int) or number < least:
        raise ValueError(f"{name} is a whole number from {least} on, not {number!r}")


def _days_before(today: date, number: int) -> date:
    return max(_FIRST_DAY, today - timedelta(days=min(number, 100_000)))


def _span(first: date, last: date, now: datetime) -> tuple[datetime, datetime]:
    begin = datetime(first.year, first.month, first.day, tzinfo=now.tzinfo)
    after = last + timedelta(days=1)
    return begin, datetime(after.year, after.month, after.day, tzinfo=now.tzinfo)


def _summary(
    period: Literal["hourly", "daily", "monthly"], stats: Stats, begin: datetime, end: datetime
) -> UsageSummary:
    total = stats.total
    return UsageSummary(
        period=period,
        date=f"{begin:%Y-%m-%d}" if period == "daily" else "",
        year_month=f"{begin:%Y-%m}" if period == "monthly" else "",
        start_time=begin.isoformat(),
        end_time=end.isoformat(),
        total_calls=total.calls,
        successful_calls=total.successful_calls,
        failed_calls=total.failed_calls,
        total_tokens=total.total_tokens,
        input_tokens=total.input_tokens,
        output_tokens=total.output_tokens,
        total_cost=float(total.cost),
        total_cost_exact=total.cost,
        unknown_cost_calls=total.unknown_cost_calls,
        unknown_token_calls=total.unknown_token_calls,
        by_model={key: {**_row(totals), "display_name": display_name(key)} for key, totals in stats.by_model.items()},
        by_function=_rows(stats.by_function),
        by_user=_rows(stats.by_user),
        by_anchor=_rows(stats.by_anchor),
    )


def _rows(groups: Mapping[str, Totals]) -> dict[str, Row]:
    return {key: _row(totals) for key, totals in groups.items()}


def _row(totals: Totals) -> Row:
    return {
        "calls": totals.calls,
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "total_tokens": totals.total_tokens,
        "cost": float(totals.cost),
        "cost_exact": totals.cost,
    }


def _top_users(stats: Stats, limit: int, by: str) -> list[Row]:
    rows: list[Row] = [
        {
            "user_id": user,
            "tokens": totals.total_tokens,
            "cost": float(totals.cost),
            "calls": totals.calls,
            "cost_exact": totals.cost,
        }
        for user, totals in stats.by_user.items()
        if user
    ]
    first, second = ("tokens", "cost_exact") if by == "tokens" else ("cost_exact", "tokens")
    return sorted(rows, key=lambda row: (-row[first], -row[second], row["user_id"]))[:limit]


def _trend(stats: Stats, first: date, last: date) -> list[Row]:
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    costs = ((str(day), stats.by_day.get(str(day), Totals()).cost) for day in days)
    return [{"date": day, "cost": float(cost), "cost_exact": cost} for day, cost in costs]


def _records(store: Store, calls: list[tuple[Any, ...]]) -> list[UsageRecord]:
    from tipmao_monitor.usage.intake import reasons_of
    from tipmao_monitor.usage.localtime import day_from_number
    from tipmao_monitor.usage.queries import ROW
    from tipmao_monitor.usage.tally import cny

    def start_of_day(number: int) -> int:
        return store.zone.start_us(day_from_number(number))

    at = {name: place for place, name in enumerate(ROW)}
    ts, day, model, fn, raw, user, anchor, session = (
        at[name] for name in ("ts", "day", "model", "fn", "raw", "user_id", "anchor_id", "session_id")
    )
    tin, tout, total, plain, odd, ms, ok, err, flags = (
        at[name] for name in ("tin", "tout", "total", "plain_cost", "odd_cost", "ms", "ok", "err", "flags")
    )

    def record(call: tuple[Any, ...]) -> UsageRecord:
        nano = call[odd] if call[plain] is None else call[plain]
        cost = None if nano is None else cny(nano)
        return UsageRecord(
            timestamp=(start_of_day(call[day]) if call[ts] is None else call[ts]) / 1e6,
            user_id=call[user],
            anchor_id=call[anchor],
            session_id=call[session],
            model=call[model],
            function=call[fn] or None,
            input_tokens=call[tin] or 0,
            output_tokens=call[tout] or 0,
            total_tokens=call[total],
            cost=0.0 if cost is None else float(cost),
            duration_ms=call[ms] or 0.0,
            success=call[ok],
            error_msg=call[err],
            cost_exact=cost,
            duration_ms_exact=None if call[ms] is None else Decimal(repr(call[ms])),
            raw_function=call[raw],
            flags=reasons_of(call[flags]),
        )

    return sorted(map(record, calls), key=attrgetter("timestamp"))


def _before_fork() -> None:
    _forking.acquire()  # what another thread that forks holds is not ours to release
    _held[:] = tuple(_all_answers)
    for answers in _held:
        answers.hold()


def _after_fork() -> None:
    for answers in _held:
        answers.release()
    _held.clear()
    _forking.release()


def _begin_child() -> None:
    global _making
    _making = threading.Lock()
    _after_fork()


if hasattr(os, "register_at_fork"):
    # A fork takes its lock too, which whoever asks needs. The latest hook runs first, so that ours waits before that.
    import concurrent.futures.thread  # noqa: F401  # its hooks are registered by that

    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_begin_child)
