"""The local HTTP service: the assistant's usage API over our own store, its web panel, health and metrics.

Requests are taken in the service's thread, questions are answered in the feed's (`Records`), so the numbers are those
of the window and of `stats`. A newcomer would get this wrong: this module is imported only where the service is used,
it takes most of a second; and whoever asks is not trusted, not even on this machine: any web page that is open in the
user's browser can send requests here, under a name of its own (see `Gate`).
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import itertools
import math
import re
import secrets
import socket
import threading
import time
from base64 import b64encode
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

import uvicorn
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from tipmao_monitor import __version__, answers
from tipmao_monitor.answers import Answer, DashboardStats
from tipmao_monitor.terminal import to_json
from tipmao_monitor.usage.resources import resource
from tipmao_monitor.usage.snapshot import Progress, Snapshot, Stats, Totals, Trouble

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tipmao_monitor.feed import Feed
    from tipmao_monitor.usage.store import Store

_T = TypeVar("_T")

PANEL = "/static/ai_usage_monitor.html"
PATIENCE_S = 15.0
HEALTH_PATIENCE_S = 2.0
MOST_WAITING = 64
REQUESTS_BURST, REQUESTS_A_SECOND = 1000, 100.0
EXPORTS_BURST, EXPORTS_A_SECOND = 200, 1.0
MOST_CLIENTS = 1000
MOST_MODELS = 50
END_S = 3


# What is asked of the store


class NotYetError(Exception):
    """The records are still being read, or more is asked than can be answered."""


class Records:
    """The way from a request to the store and back: the question waits in the feed's thread, its answer comes to ours.

    `feed` is the one that watches now. Whoever hears the feed hands what it says to `hear`.
    """

    def __init__(self, feed: Callable[[], Feed], patience_s: float = PATIENCE_S) -> None:
        self._feed = feed
        self._patience_s = patience_s
        self._numbers = itertools.count()
        self._waiting = 0
        self.progress = Progress()
        self.troubles: tuple[Trouble, ...] = ()

    def hear(self, snapshot: Snapshot) -> None:
        self.progress, self.troubles = snapshot.progress, snapshot.troubles

    async def ask(self, question: Callable[[Store, datetime], _T], patience_s: float = math.inf) -> _T:
        """The answer of records that were looked at after this moment. NotYetError where it does not come in time."""
        if self._waiting >= MOST_WAITING:
            raise NotYetError("more is asked than can be answered: ask again in a moment")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()

        def put(store: Store, now: datetime) -> None:
            if answer.cancelled():
                return
            try:
                outcome = partial(_set_result, answer, question(store, now.astimezone(store.zone.info)))
            except Exception as error:
                outcome = partial(_set_exception, answer, error)
            with suppress(RuntimeError):  # whoever asked is gone, and the loop with it
                loop.call_soon_threadsafe(outcome)

        feed = self._feed()
        feed.wake()
        feed.inquire(f"api {next(self._numbers)}", put)
        self._waiting += 1
        try:
            async with asyncio.timeout(min(patience_s, self._patience_s)):
                return await answer
        except TimeoutError:
            progress = self.progress
            done = f", {100 * progress.done // progress.total} % done" if progress.is_under_way else ""
            raise NotYetError(f"the records are still being read{done}: ask again in a moment") from None
        finally:
            self._waiting -= 1


def _set_result(answer: asyncio.Future[_T], value: _T) -> None:
    if not answer.done():
        answer.set_result(value)


def _set_exception(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _start_of(day: date, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)


def _today(store: Store, now: datetime) -> Stats:
    return store.stats(now.date(), now.date(), now)


def _last_days(store: Store, now: datetime, days: int) -> Stats:
    return store.stats(now.date() - timedelta(days=days - 1), now.date(), now)


def _hour(now: datetime, hours_ago: int) -> tuple[datetime, datetime]:
    """Start and end of a clock hour; on the day that has an hour twice, of the one that is meant."""
    start = now.replace(minute=0, second=0, microsecond=0).timestamp() - 3600 * hours_ago
    return datetime.fromtimestamp(start, now.tzinfo), datetime.fromtimestamp(start + 3600, now.tzinfo)


def current(store: Store, now: datetime) -> Answer:
    names = answers.model_names(store.prices, now.date())
    return answers.current(store.hour(_hour(now, 0)[0], now), _today(store, now), names)


def hourly(store: Store, now: datetime, hours_ago: int) -> Answer:
    start, end = _hour(now, hours_ago)
    return answers.hourly(store.hour(start, now), start, end, answers.model_names(store.prices, now.date()))


def daily(store: Store, now: datetime, days_ago: int) -> Answer:
    day = now.date() - timedelta(days=days_ago)
    return answers.daily(store.stats(day, day, now), day, answers.model_names(store.prices, now.date()))


def monthly(store: Store, now: datetime, year: int | None, month: int | None) -> Answer:
    first = date(now.year if year is None else year, now.month if month is None else month, 1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return answers.monthly(store.stats(first, last, now), first, answers.model_names(store.prices, now.date()))


def session(store: Store, now: datetime, identity: str) -> Answer | None:
    stats = store.of_session(identity, now)
    return answers.session(stats, identity) if stats.total.calls else None


def top_users(store: Store, now: datetime, limit: int, days: int, by: str) -> Answer:
    return answers.top_users(_last_days(store, now, days), days, limit, by)


def cost_trend(store: Store, now: datetime, days: int) -> Answer:
    first = now.date() - timedelta(days=days - 1)
    return answers.cost_trend(store.stats(first, now.date(), now), first, now.date())


def pricing(store: Store, now: datetime) -> Answer:
    return answers.pricing(store.prices, now.date())


def dashboard(store: Store, now: datetime) -> Answer:
    today = now.date()
    yesterday = today - timedelta(days=1)
    start, before = _start_of(today, now), _start_of(yesterday, now)
    elapsed = timedelta(seconds=min(now.timestamp() - start.timestamp(), start.timestamp() - before.timestamp()))
    by_now = datetime.fromtimestamp(before.timestamp() + elapsed.total_seconds(), now.tzinfo)
    spans = DashboardStats(
        today=_today(store, now),
        yesterday_by_now=store.between(before, by_now, now),
        month=store.stats(today.replace(day=1), today, now),
        week=_last_days(store, now, 7),
    )
    return answers.dashboard(spans, today, answers.model_names(store.prices, today))


def health(store: Store, now: datetime) -> Answer:
    newest_at = _newest_at(store, now)
    coverage = store.coverage()
    troubles = store.troubles()
    return {
        "status": "trouble" if troubles else "ok",
        "version": __version__,
        "now": now.isoformat(),
        "timezone": store.zone.name,
        "coverage": {
            **{name: getattr(coverage, name) for name in Coverage.model_fields if name != "reasons"},
            "reasons": dict(coverage.reasons),
        },
        "newest_at": newest_at and newest_at.isoformat(),
        "age_s": newest_at and (now - newest_at).total_seconds(),
        "progress": None,
        "troubles": [_trouble(trouble) for trouble in troubles],
    }


def _newest_at(store: Store, now: datetime) -> datetime | None:
    newest_us = store.newest_us()
    return None if newest_us is None else store.zone.at(newest_us)


def _trouble(trouble: Trouble) -> Answer:
    return {"kind": trouble.kind, "path": trouble.path, "detail": trouble.detail}


class Gauges:
    """The numbers of `/metrics`, as a collector of Prometheus."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._today, self._coverage = _today(store, now), store.coverage()
        self._month = store.stats(now.date().replace(day=1), now.date(), now).total
        newest_at = _newest_at(store, now)
        self._newest_s = newest_at.timestamp() if newest_at else None

    def collect(self) -> Iterable[Metric]:
        total, coverage = self._today.total, self._coverage
        yield _gauge("today_calls", "Calls of today, failed ones included", total.calls)
        yield _gauge("today_failed_calls", "Failed calls of today", total.failed_calls)
        yield _gauge("today_cost_cny", "Cost of today in CNY", float(total.cost))
        yield _gauge("today_unknown_cost_calls", "Calls of today that are in no cost", total.unknown_cost_calls)
        tokens = GaugeMetricFamily("tipmao_today_tokens", "Tokens of today", labels=["direction"])
        tokens.add_metric(["input"], total.input_tokens)
        tokens.add_metric(["output"], total.output_tokens)
        yield tokens
        if total.p95_ms is not None:
            yield _gauge("today_duration_p95_ms", "95th percentile of the durations of today", total.p95_ms)
        yield from self._by_model()
        yield _gauge("month_calls", "Calls of this calendar month", self._month.calls)
        yield _gauge("month_cost_cny", "Cost of this calendar month in CNY", float(self._month.cost))
        yield _gauge("counted_calls", "Calls counted in all files", coverage.counted)
        yield _gauge("quarantined_ranges", "Pieces of files that were not counted", coverage.quarantined)
        yield _gauge("pending_bytes", "Bytes that wait for the end of their line", coverage.pending_bytes)
        if self._newest_s is not None:
            yield _gauge("newest_call_timestamp_seconds", "Time of the newest call", self._newest_s)

    def _by_model(self) -> Iterable[Metric]:
        calls = GaugeMetricFamily("tipmao_today_model_calls", "Calls of today by model", labels=["model"])
        cost = GaugeMetricFamily("tipmao_today_model_cost_cny", "Cost of today in CNY by model", labels=["model"])
        order = sorted(self._today.by_model.items(), key=lambda item: (-item[1].cost, -item[1].calls, item[0]))
        for model, totals in order[:MOST_MODELS]:
            calls.add_metric([model], totals.calls)
            cost.add_metric([model], float(totals.cost))
        if rest := [totals for _, totals in order[MOST_MODELS:]]:
            calls.add_metric(["(others)"], sum(totals.calls for totals in rest))
            cost.add_metric(["(others)"], float(sum((totals.cost for totals in rest), Totals().cost)))
        yield from (calls, cost)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tipmao_{name}", says, value=value)


def metrics(store: Store, now: datetime) -> bytes:
    registry = CollectorRegistry()
    registry.register(Gauges(store, now))
    return generate_latest(registry)


# The form of the answers


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Row(_Form):
    calls: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost: float
    cost_exact: str


class ModelRow(Row):
    display_name: str


class Short(_Form):
    calls: int
    tokens: int
    cost: float
    cost_exact: str


class Sums(_Form):
    total_calls: int
    successful_calls: int
    failed_calls: int
    total_tokens: int
    input_tokens: int
    output_tokens: int
    total_cost: float
    total_cost_exact: str
    unknown_cost_calls: int
    unknown_token_calls: int
    by_model: dict[str, ModelRow]
    by_function: dict[str, Row]


class Hourly(Sums):
    period: Literal["hourly"]
    start_time: str
    end_time: str


class Daily(Sums):
    period: Literal["daily"]
    date: str
    by_user: dict[str, Row]
    by_anchor: dict[str, Row]


class Monthly(Sums):
    period: Literal["monthly"]
    year_month: str
    by_user: dict[str, Row]
    by_anchor: dict[str, Row]


class CurrentHour(Short):
    success_rate: float | None


class CurrentDay(Short):
    by_model: dict[str, ModelRow]
    by_function: dict[str, Row]


class Current(_Form):
    current_hour: CurrentHour
    today: CurrentDay


class Session(Short):
    session_id: str


class TopUser(Short):
    user_id: str


class TopUsers(_Form):
    period_days: int
    top_users: list[TopUser]
    unrecorded_calls: int


class Day(_Form):
    date: str
    cost: float
    cost_exact: str


class CostTrend(_Form):
    period_days: int
    data: list[Day]


class Step(_Form):
    above: int
    input: float
    output: float


class ModelPrice(_Form):
    input: float
    output: float
    input_exact: str
    output_exact: str
    display_name: str
    provider: str
    tier: str
    currency: str
    free_input_tokens: int
    steps: list[Step]
    aliases: list[str]
    effective_from: str


class Example(_Form):
    model: str
    input_tokens: int
    output_tokens: int
    cost: float
    cost_exact: str


class Pricing(_Form):
    qwen_series: dict[str, ModelPrice]
    openai_series: dict[str, ModelPrice]
    deepseek_series: dict[str, ModelPrice]
    doubao_series: dict[str, ModelPrice]
    glm_series: dict[str, ModelPrice]
    xunfei_series: dict[str, ModelPrice]
    other_series: dict[str, dict[str, ModelPrice]]
    all_models: dict[str, ModelPrice]
    note: str
    calculation_example: Example


class DashboardDay(Short):
    input_tokens: int
    output_tokens: int
    successful_calls: int
    failed_calls: int
    unknown_cost_calls: int
    unknown_token_calls: int
    cost_change_percent: float | None
    cost_change_percent_by_now: float | None
    success_rate: float | None
    p95_ms: float | None


class DashboardMonth(Short):
    avg_daily_cost: float
    avg_daily_cost_exact: str


class Dashboard(_Form):
    today: DashboardDay
    this_month: DashboardMonth
    top_users: list[TopUser]
    cost_trend_7days: list[Day]
    model_distribution: dict[str, ModelRow]
    function_distribution: dict[str, Row]


class Exported(_Form):
    success: Literal[True]
    report_path: str
    download_url: str


class Coverage(_Form):
    files: int
    lines: int
    counted: int
    flagged: int
    quarantined: int
    blank: int
    pending_bytes: int
    reasons: dict[str, int]


class ReadSoFar(_Form):
    done: int
    total: int


class TroubleForm(_Form):
    kind: str
    path: str
    detail: str


class Health(_Form):
    status: Literal["ok", "reading", "trouble"]
    version: str
    now: str
    timezone: str
    coverage: Coverage | None
    newest_at: str | None
    age_s: float | None
    progress: ReadSoFar | None
    troubles: list[TroubleForm]


class Problem(_Form):
    detail: str


# Who may ask


class Bucket:
    """So many at once, and so many a second: a token bucket for each client."""

    def __init__(self, burst: int, a_second: float) -> None:
        self._burst, self._a_second = burst, a_second
        self._left: dict[str, tuple[float, float]] = {}

    def takes(self, client: str, now_s: float) -> bool:
        left, at = self._left.pop(client, (float(self._burst), now_s))
        left = min(self._burst, left + (now_s - at) * self._a_second)
        self._left[client] = (left - 1 if left >= 1 else left), now_s
        if len(self._left) > MOST_CLIENTS:
            del self._left[next(iter(self._left))]
        return left >= 1


class Gate:
    """Lets in who asks for this machine by its own name, knows the token where one is demanded, and asks at a bearable
    pace.

    A page of another site may have the name of its own host lead here (DNS rebinding), so names are looked at, and an
    address in digits is no name. What changes something must not come from another site either.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str], token: str, pace: Bucket) -> None:
        self._app = app
        self._names = names
        self._token = token
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, partial(_send_guarded, send))
        else:
            status, reason, headers = refusal
            response = Response(to_json({"detail": reason}), status, headers, "application/json")
            await response(scope, receive, partial(_send_guarded, send))

    def _refusal(self, scope: Scope) -> tuple[HTTPStatus, str, dict[str, str]] | None:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        hosts = headers.get(b"host", [])
        if len(hosts) != 1 or not self._is_ours(hosts[0].decode("latin-1")):
            return HTTPStatus.BAD_REQUEST, "ask for this machine by its own name or address", {}
        client = scope["client"][0] if scope.get("client") else ""
        if not self._pace.takes(client, time.monotonic()):
            return HTTPStatus.TOO_MANY_REQUESTS, "too many requests: ask again in a second", {"retry-after": "1"}
        origins = [origin.decode("latin-1") for origin in headers.get(b"origin", [])]
        is_foreign = any(urlsplit(origin).netloc != hosts[0].decode("latin-1") for origin in origins)
        if scope["method"] not in ("GET", "HEAD") and is_foreign:
            return HTTPStatus.FORBIDDEN, "this comes from a page of another site", {}
        if self._token and scope["path"] not in (PANEL, "/"):
            said = headers.get(b"authorization", [b""])[0].decode("latin-1")
            scheme, _, token = said.partition(" ")
            if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), self._token.encode()):
                refused = {"www-authenticate": "Bearer"}
                return HTTPStatus.UNAUTHORIZED, "send the token as `Authorization: Bearer TOKEN`", refused
        return None

    def _is_ours(self, host: str) -> bool:
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::[0-9]{1,5})?", host)
        if not match:
            return False
        name = (match[1] or match[2]).lower().removesuffix(".")
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or bool(self._token)


_GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


async def _send_guarded(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message["headers"] = [*message.get("headers", ()), *_GUARDS]
    await send(message)


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can come in there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def kept_token(home: Path) -> str:
    """The token of this user, made when it is first needed. OSError where its file cannot be used."""
    path = home / "api-token"
    try:
        token = path.read_text("ascii").strip()
    except FileNotFoundError:
        token = ""
    except UnicodeDecodeError:
        token = ""
    if len(token) >= 16:
        return token
    token = secrets.token_urlsafe(24)
    home.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.write_text(token + "\n", "ascii")
    return token


# The service


class Exports:
    """The reports that were asked for, in the user's data folder. Only their own names lead to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: set[str] = set()

    def write(self, store: Store, now: datetime, days: int) -> str:
        """Write a report of the last days, over no other; its name. OSError where that is not possible."""
        from tipmao_monitor.reports.files import ChangedMeanwhileError, UnusableTargetError, default_name, write_report
        from tipmao_monitor.usage.formats import ReportRequest

        store.verify(now)
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / default_name(now, "json")
        request = ReportRequest(now.date() - timedelta(days=days - 1), now.date(), "json", target)
        try:
            path = write_report(store, request, now, overwrite=False)
        except (UnusableTargetError, ChangedMeanwhileError) as error:
            raise OSError(str(error)) from error
        self._names.add(path.name)
        return path.name

    def content(self, name: str) -> bytes | None:
        """None where there is no report of that name. OSError where it cannot be read."""
        if name not in self._names:
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None


def _whole_number(text: object) -> object:
    """Digits alone: not "1.0", " 1" or "1_0", which pydantic would take."""
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValueError("write a whole number")
    return text


_Whole = BeforeValidator(_whole_number)
HoursAgo = Annotated[int, Field(ge=0, le=72), _Whole, Query(description="0 is the hour that is going on")]
DaysAgo = Annotated[int, Field(ge=0, le=90), _Whole, Query(description="0 is today")]
Days = Annotated[int, Field(ge=1, le=90), _Whole, Query(description="calendar days, today included")]
Limit = Annotated[int, Field(ge=1, le=100), _Whole, Query(description="so many users at most")]
Year = Annotated[int, Field(ge=1970, le=9000), _Whole, Query(description="this year unless given")]
Month = Annotated[int, Field(ge=1, le=12), _Whole, Query(description="this month unless given")]
By = Annotated[Literal["tokens", "cost"], Query(description="what users are ranked by")]

_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The Host header names another machine"},
    401: {"model": Problem, "description": "A token is demanded, and was not sent"},
    429: {"model": Problem, "description": "Too many requests"},
    503: {"model": Problem, "description": "The records are still being read"},
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "There is none; why"}}
_REFUSED_POST: dict[int | str, dict[str, Any]] = {
    403: {"model": Problem, "description": "Sent by a page of another site"},
    507: {"model": Problem, "description": "The report cannot be written; why"},
}


def make_app(
    records: Records, exports: Exports, *, host: str = "127.0.0.1", token: str = "", requests: Bucket | None = None
) -> ASGIApp:
    """The whole service. With a token it is demanded of each request but those for the panel's page."""
    app = FastAPI(
        title="TipMao Monitor",
        version=__version__,
        summary="What the AI of a live stream costs: the assistant's usage API over its records.",
        description="Money is CNY. `cost_exact` is `cost` as decimal text, for adding up. Days are calendar days of "
        "the display time zone. Success rates and percents are 0 to 100, null without calls.",
        docs_url=None,
        redoc_url=None,
        responses=_REFUSALS,
    )
    exporting = Bucket(EXPORTS_BURST, EXPORTS_A_SECOND)
    page, page_headers = _panel()
    usage = "/api/ai_usage"

    async def answer(question: Callable[..., Answer], *given: object) -> Response:
        return _json(await records.ask(lambda store, now: question(store, now, *given)))

    @app.get(f"{usage}/stats/current", response_model=Current, tags=["usage"])
    async def stats_current() -> Response:
        """The hour that is going on, and today."""
        return await answer(current)

    @app.get(f"{usage}/stats/hourly", response_model=Hourly, tags=["usage"])
    async def stats_hourly(hours_ago: HoursAgo = 0) -> Response:
        """A clock hour."""
        return await answer(hourly, hours_ago)

    @app.get(f"{usage}/stats/daily", response_model=Daily, tags=["usage"])
    async def stats_daily(days_ago: DaysAgo = 0) -> Response:
        """A calendar day."""
        return await answer(daily, days_ago)

    @app.get(f"{usage}/stats/monthly", response_model=Monthly, tags=["usage"])
    async def stats_monthly(year: Year | None = None, month: Month | None = None) -> Response:
        """A calendar month."""
        return await answer(monthly, year, month)

    @app.get(f"{usage}/session/{{session_id:path}}", response_model=Session, responses=_NOT_FOUND, tags=["usage"])
    async def session_of(session_id: str) -> Response:
        """All calls of a session (a stream), whenever they were."""
        found = await records.ask(lambda store, now: session(store, now, session_id)) if session_id else None
        if found is None:
            raise HTTPException(404, f"no call of the records has the session {session_id!r}")
        return _json(found)

    @app.get(f"{usage}/top_users", response_model=TopUsers, tags=["usage"])
    async def top_users_of(limit: Limit = 10, days: Days = 7, by: By = "tokens") -> Response:
        """The users of the last days. `unrecorded_calls` name no user, so they are in no row."""
        return await answer(top_users, limit, days, by)

    @app.get(f"{usage}/cost_trend", response_model=CostTrend, tags=["usage"])
    async def cost_trend_of(days: Days = 7) -> Response:
        """The cost of each of the last days, oldest first."""
        return await answer(cost_trend, days)

    @app.get(f"{usage}/models/pricing", response_model=Pricing, tags=["usage"])
    async def models_pricing() -> Response:
        """Prices per 1,000 tokens, as of today."""
        return await answer(pricing)

    @app.get(f"{usage}/dashboard", response_model=Dashboard, tags=["usage"])
    async def whole_dashboard() -> Response:
        """What the web panel shows. `cost_change_percent` compares with the whole of yesterday,
        `cost_change_percent_by_now` with yesterday until this time of day, as the window does. The distributions are
        those of today, the top users those of 7 days."""
        return await answer(dashboard)

    @app.post(f"{usage}/export_report", response_model=Exported, responses=_REFUSED_POST, tags=["usage"])
    async def export_report(request: Request, days: Days = 7) -> Response:
        """Write a report of the last days. `report_path` is its name, which `download_report` takes."""
        if not exporting.takes(request.client.host if request.client else "", time.monotonic()):
            raise HTTPException(429, "too many reports: ask again in a second", {"Retry-After": "1"})
        try:
            name = await records.ask(lambda store, now: exports.write(store, now, days))
        except OSError as error:
            raise HTTPException(507, f"the report cannot be written ({error.strerror or error})") from None
        url = f"{usage}/download_report?path={quote(name)}"
        return _json({"success": True, "report_path": name, "download_url": url})

    @app.get(f"{usage}/download_report", responses=_NOT_FOUND, tags=["usage"])
    async def download_report(path: Annotated[str, Query(description="a name from `export_report`")]) -> Response:
        """A report that `export_report` wrote since the service began."""
        try:
            content = await asyncio.to_thread(exports.content, path)
        except OSError as error:
            raise HTTPException(404, f"the report cannot be read ({error.strerror or error})") from None
        if content is None:
            raise HTTPException(404, "no report of this name was exported here: ask export_report for one")
        return Response(
            content, media_type="application/json", headers={"content-disposition": f'attachment; filename="{path}"'}
        )

    @app.get("/api/v1/health", response_model=Health, tags=["operation"])
    async def health_of() -> Response:
        """What was read, how old the newest call is, and what is wrong."""
        try:
            found = await records.ask(health, HEALTH_PATIENCE_S)
        except NotYetError:
            progress = records.progress
            found = {
                **dict.fromkeys(Health.model_fields),
                "status": "reading",
                "version": __version__,
                "now": datetime.now().astimezone().isoformat(),
                "timezone": "",
                "progress": {"done": progress.done, "total": progress.total},
                "troubles": [_trouble(trouble) for trouble in records.troubles],
            }
        return _json(found)

    @app.get("/metrics", response_class=Response, tags=["operation"])
    async def metrics_of() -> Response:
        """For Prometheus: today, this month, and what was read."""
        return Response(await records.ask(metrics), media_type=CONTENT_TYPE_LATEST)

    @app.get(PANEL, include_in_schema=False)
    async def panel() -> Response:
        return Response(page, headers=page_headers, media_type="text/html; charset=utf-8")

    @app.get("/", include_in_schema=False)
    async def start() -> Response:
        return RedirectResponse(PANEL)

    @app.exception_handler(NotYetError)
    async def say_not_yet(request: Request, error: Exception) -> Response:
        return _json({"detail": str(error)}, 503, {"retry-after": "5"})

    @app.exception_handler(StarletteHTTPException)
    async def say_why(request: Request, error: Exception) -> Response:
        assert isinstance(error, StarletteHTTPException)
        reason = error.detail
        if error.status_code == 404 and reason == HTTPStatus.NOT_FOUND.phrase:
            reason = "there is nothing at this address: /openapi.json lists what there is"
        return _json({"detail": reason}, error.status_code, error.headers)

    names = {"localhost", host.lower()}
    if token:
        own = socket.gethostname().lower()
        names |= {own, f"{own.partition('.')[0]}.local"}
    return Gate(app, frozenset(names), token, requests or Bucket(REQUESTS_BURST, REQUESTS_A_SECOND))


def _json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(to_json(value), status, headers, "application/json")


def _panel() -> tuple[bytes, dict[str, str]]:
    """The page, and headers under which a browser runs nothing in it but its own script."""
    page = resource("web/ai_usage_monitor.html").read_bytes()
    sources = {
        kind: " ".join(
            f"'sha256-{b64encode(sha256(part).digest()).decode()}'"
            for part in re.findall(rb"<%b>(.*?)</%b>" % (tag, tag), page, re.DOTALL)
        )
        for kind, tag in (("script-src", b"script"), ("style-src", b"style"))
    }
    policy = "; ".join(
        [
            "default-src 'none'",
            *(f"{kind} {hashes}" for kind, hashes in sources.items()),
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
    return page, {"content-security-policy": policy}


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from this moment on. OSError where the port or the host cannot be used."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    ears = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            ears.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            ears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ears.bind(address)
        ears.listen(128)
    except OSError:
        ears.close()
        raise
    return ears


class Service:
    """The server in a thread of its own, on a socket that already listens."""

    def __init__(self, app: ASGIApp, ears: socket.socket) -> None:
        self._ears = ears
        self.port: int = ears.getsockname()[1]
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # whoever sends no HTTP at all is not worth a line
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=256,
            timeout_graceful_shutdown=END_S,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="api")

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Returns when the thread is gone; who is being answered gets the rest."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join()
        self._ears.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._ears])
