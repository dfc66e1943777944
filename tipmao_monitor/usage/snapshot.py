"""What the screen, `stats` and every export are made of: one frozen answer to one filter at one instant.

A `Snapshot` holds facts only, no words and no rounding: whoever shows it chooses both. Money is `Decimal` in CNY,
exact to nine places per record (records.md, I5). A newcomer would get this wrong: `None` in a filter field means
"not filtered", while `""` means "the calls in which it was not recorded".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from tipmao_monitor.usage.budgets import BudgetStatus, CurrentStream

PeriodKind = Literal["today", "7d", "30d", "month", "custom"]
Dimension = Literal["model", "function", "user", "anchor", "session"]
DIMENSIONS: tuple[Dimension, ...] = ("model", "function", "user", "anchor", "session")
CallList = Literal["latest", "slow", "odd", "failed"]
CALL_LISTS: tuple[CallList, ...] = ("latest", "slow", "odd", "failed")
Money = Literal["recorded", "book"]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole calendar days in the display time zone, both ends included.

    `first` and `last` are set for `custom` only; the other kinds follow today.
    """

    kind: PeriodKind = "today"
    first: date | None = None
    last: date | None = None

    def days(self, today: date) -> tuple[date, date]:
        """First and last day; "N days" is N calendar days, today included (records.md)."""
        match self.kind:
            case "today":
                return today, today
            case "7d":
                return today - timedelta(days=6), today
            case "30d":
                return today - timedelta(days=29), today
            case "month":
                return today.replace(day=1), today
        return self.first or today, self.last or today

    @classmethod
    def parse(cls, text: str) -> Period:
        """From the command line: today, 7d, 30d, month or FROM..TO. ValueError says what is wrong."""
        for kind in ("today", "7d", "30d", "month"):
            if text == kind:
                return cls(kind)
        first, dots, last = text.partition("..")
        if not dots:
            raise ValueError(f"unknown period {text!r}: use today, 7d, 30d, month or FROM..TO")
        try:
            period = cls("custom", date.fromisoformat(first), date.fromisoformat(last))
        except ValueError:
            like = "with two dates that exist, like 2025-10-01..2025-10-31"
            raise ValueError(f"{text!r} is not FROM..TO {like}") from None
        if period.first > period.last:  # type: ignore[operator]  # both were just parsed
            raise ValueError(f"in {text!r} the first day is after the last")
        return period


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls count, and what they cost. One value a dimension; `None` = any, `""` = not recorded.

    `money` "recorded" is `cost` of records.md, "book" is `book_cost`: everything at the price of its day.
    """

    period: Period = Period()
    model: str | None = None
    function: str | None = None
    user: str | None = None
    anchor: str | None = None
    session: str | None = None
    failed: bool = False
    search: str = ""
    money: Money = "recorded"

    @property
    def chips(self) -> tuple[tuple[Dimension, str], ...]:
        """The dimensions that are narrowed, with their value."""
        return tuple((d, v) for d in DIMENSIONS if (v := getattr(self, d)) is not None)

    def narrowed(self, dimension: Dimension, value: str | None) -> Filter:
        """The same filter with one dimension set, or freed with None."""
        changed: dict[str, Any] = {dimension: value}
        return replace(self, **changed)

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the period narrows it."""
        return bool(self.chips or self.failed or self.search)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some calls. Token sums are of the known parts; `cost` and `recorded_cost` as in records.md.

    Percentiles are milliseconds over known durations (failed calls included), linear interpolation, None when there
    are none or when the question did not ask for them.
    """

    calls: int = 0
    successful_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cost: Decimal = ZERO
    recorded_cost: Decimal = ZERO
    unknown_cost_calls: int = 0
    unknown_token_calls: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    @property
    def failed_calls(self) -> int:
        return self.calls - self.successful_calls

    @property
    def success_rate(self) -> float | None:
        """Percent, 0 to 100; None without calls."""
        return 100.0 * self.successful_calls / self.calls if self.calls else None


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a break-down. `key` is the value as recorded, `""` = not recorded; functions by canonical id.

    `recorded_as_zero` counts calls of a model that is not free whose cost was written as 0 (shown as ¥0.00 with a
    sign); `free` is true where the price book says that the model costs nothing; `raw_functions` are the texts that
    stand behind a function's id.
    """

    key: str
    totals: Totals
    recorded_as_zero: int = 0
    free: bool = False
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    raw_functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One coloured part of the trend: a model or a function, one cost (CNY) a bucket. `key` None = all others."""

    key: str | None
    costs: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar: a calendar day, or one hour of a day, in the display time zone.

    `whole` is false for the bucket that is still going on.
    """

    start: datetime
    calls: int = 0
    failed_calls: int = 0
    total_tokens: int = 0
    cost: Decimal = ZERO
    p95_ms: float | None = None
    whole: bool = True

    @property
    def success_rate(self) -> float | None:
        return 100.0 * (self.calls - self.failed_calls) / self.calls if self.calls else None


@dataclass(frozen=True, slots=True)
class Trend:
    """Buckets in order, the newest last, and the same costs split by model and by function.

    The series hold the largest parts, at most 12, and one of key None with all others, so they add up to the buckets.
    """

    unit: Literal["day", "hour"] = "day"
    buckets: tuple[Bucket, ...] = ()
    by_model: tuple[Series, ...] = ()
    by_function: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call as the tables show it. `function` is the canonical id, `raw_function` the text that was recorded.

    `at` is None where the time was unreadable (it then counts under its file's date `day`). `cost` is CNY as shown;
    None = unpriced. `recorded_cost` is the figure as written, None = unreadable. `flags` are reasons of records.md.
    `error_family` is the one that `Snapshot.error_families` counts a failed call under.
    """

    at: datetime | None
    day: date
    model: str
    function: str
    raw_function: str
    user: str
    anchor: str
    session: str
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int
    cost: Decimal | None
    recorded_cost: Decimal | None
    duration_ms: float | None
    success: bool
    error_msg: str
    flags: tuple[str, ...]
    path: str
    line: int
    offset: int
    length: int
    error_family: str = ""


@dataclass(frozen=True, slots=True)
class Among:
    """Narrows a list to the calls behind one finding of waste: those of its `reason` (advice.WasteReason) with this
    function, model and error family, None = any. Whoever asks shows them under the finding's own sentence.
    """

    reason: str
    function: str | None = None
    model: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A table asks for rows of a list. The store answers with a `Page` that repeats the request."""

    filter: Filter
    list: CallList = "latest"
    order: Literal["time", "cost", "duration", "tokens"] = "time"
    descending: bool = True
    offset: int = 0
    rows: int = 200
    among: Among | None = None


@dataclass(frozen=True, slots=True)
class Page:
    request: PageRequest
    total: int
    rows: tuple[CallRow, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """A quarantined byte range (records.md I3). `text` is at most 200 escaped bytes; `line` counts from 1."""

    path: str
    line: int
    offset: int
    length: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class FileAccount:
    """Where the bytes of one day file went; the four counts add up to `size` (records.md I2).

    For a `.gz`, `size` is of the decompressed bytes and `size_on_disk` of the file.
    """

    path: str
    size: int
    size_on_disk: int
    counted_bytes: int
    quarantined_bytes: int
    blank_bytes: int
    pending_bytes: int
    lines: int
    counted: int
    flagged: int
    quarantined: int
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a folder or file that the user should know. `kind` is one of: missing, not_a_folder,
    unreadable, unreadable_file, cache_unusable, settings_unusable, settings_restored, deleted, clock_back,
    prices_unusable, port_unusable, alerts_unusable, alerts_damaged, alerts_mended, alerts_newer, unexpected.
    """

    kind: str
    path: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read of all folders, whatever the period (the keys of `stats --json`, design.md section 5)."""

    files: int = 0
    lines: int = 0
    counted: int = 0
    flagged: int = 0
    quarantined: int = 0
    blank: int = 0
    pending_bytes: int = 0
    reasons: tuple[tuple[str, int], ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """The calendar month of `now`, whatever the period, under the same dimensions.

    `daily_average` = cost / day of month (the guide). `forecast` is the expected cost at the month's end with its
    range, None before there is enough data (3 whole days with calls).
    """

    totals: Totals = Totals()
    daily_average: Decimal = ZERO
    forecast: Decimal | None = None
    forecast_low: Decimal | None = None
    forecast_high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the first import is, in bytes; `done` = `total` when it is over. `cancelled` = the user stopped it."""

    done: int = 0
    total: int = 0
    cancelled: bool = False

    @property
    def is_under_way(self) -> bool:
        return self.done < self.total and not self.cancelled


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that the window shows, at the instant `now` (aware, display time zone).

    `stale_since` is set on the first paint only: these are the last known numbers of that time, not yet the true
    ones. `before` are the totals of the same elapsed time before (yesterday until this hour and second, the seven
    days before ...), None where they were 0. `trend` has at least the seven days that end with the period; `hours`
    has the hours of the period where it is one day, else it is empty. `by_hour` has 24 entries, by hour of day.
    The groups are ordered by cost, then tokens, then key, and cut to the largest 200 (`group_counts` has the true
    number). `newest_at` is the newest time of all calls, whatever the filter. `newest` has the newest 1000 calls.
    `slow`, `odd` and `failed` count the calls of those lists; `error_families` are (family, calls), the commonest
    first. `today` are all calls of today, whatever the filter. `budgets` and `stream` are of all calls, too; `stream`
    is None where there was none in the last weeks, and where nobody asked for budgets.
    """

    now: datetime
    filter: Filter = Filter()
    first_day: date | None = None
    last_day: date | None = None
    stale_since: datetime | None = None
    total: Totals = Totals()
    before: Totals | None = None
    trend: Trend = Trend()
    hours: Trend = Trend(unit="hour")
    by_model: tuple[Group, ...] = ()
    by_function: tuple[Group, ...] = ()
    by_user: tuple[Group, ...] = ()
    by_anchor: tuple[Group, ...] = ()
    by_session: tuple[Group, ...] = ()
    top_users_by_tokens: tuple[Group, ...] = ()
    top_anchors_by_tokens: tuple[Group, ...] = ()
    top_sessions_by_tokens: tuple[Group, ...] = ()
    group_counts: tuple[tuple[Dimension, int], ...] = ()
    by_hour: tuple[Totals, ...] = ()
    newest: tuple[CallRow, ...] = ()
    slow: int = 0
    odd: int = 0
    failed: int = 0
    slow_ms: float = 5000.0
    error_families: tuple[tuple[str, int], ...] = ()
    month: Month = Month()
    today: Totals = Totals()
    coverage: Coverage = Coverage()
    rejects: tuple[Reject, ...] = ()
    folders: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    progress: Progress = Progress()
    newest_at: datetime | None = None
    budgets: tuple[BudgetStatus, ...] = ()
    stream: CurrentStream | None = None
    version: int = field(default=0, compare=False)
    held: tuple[int, int] = field(default=(0, 0), compare=False)
    """Another one whenever any call is, of whatever day."""

    @property
    def peak_hour(self) -> int | None:
        """The hour of day with the most calls (the guide's 高峰时段); None without calls."""
        if not any(t.calls for t in self.by_hour):
            return None
        return max(range(len(self.by_hour)), key=lambda h: self.by_hour[h].calls)


@dataclass(frozen=True, slots=True)
class Stats:
    """All break-downs of a span of days, uncut: what `stats` prints and REST answers. Keys as in design.md section 5.

    `first` and `last` are the first and last day that hold a counted call, None when there is none. The `by_*`
    dictionaries map the group's key to its totals; `total`, `by_model`, `by_function` and `by_day` have percentiles.
    """

    first: date | None
    last: date | None
    timezone: str
    total: Totals
    by_model: dict[str, Totals]
    by_function: dict[str, Totals]
    by_user: dict[str, Totals]
    by_anchor: dict[str, Totals]
    by_session: dict[str, Totals]
    by_day: dict[str, Totals]
    by_hour: dict[str, Totals]
    coverage: Coverage
    troubles: tuple[Trouble, ...] = ()
    budgets: tuple[BudgetStatus, ...] = ()
