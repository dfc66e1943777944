"""The local HTTP service: the assistant's usage API over our own store, its web panel, health and metrics.

Requests are taken in the service's thread; what is asked of the records is in `api_questions`, who may ask in
`api_gate`. A newcomer would get this wrong: this module is imported only where the service is used, it takes most of a
second.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

import uvicorn
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from tipmao_monitor import __version__, api_forms
from tipmao_monitor import api_questions as questions
from tipmao_monitor.answers import Answer
from tipmao_monitor.api_gate import Bucket, Gate
from tipmao_monitor.api_questions import NotYetError, Records, trouble_object
from tipmao_monitor.terminal import to_json
from tipmao_monitor.usage.resources import resource

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from tipmao_monitor.usage.store import Store

PANEL = "/static/ai_usage_monitor.html"
HEALTH_PATIENCE_S = 2.0
REQUESTS_BURST, REQUESTS_A_SECOND = 1000, 100.0
EXPORTS_BURST, EXPORTS_A_SECOND = 200, 1.0
END_S = 3


class Exports:
    """The reports that were asked for, in the user's data folder. Only their own names lead to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: set[str] = set()
        self._is_ended = False

    def write(self, make_store: Callable[[], Store], now: datetime, days: int) -> str:
        """Write a report of the last days, over no other; its name. OSError where that is not possible."""
        from tipmao_monitor.reports.files import ChangedMeanwhileError, UnusableTargetError, default_name, write_report
        from tipmao_monitor.usage.formats import ReportRequest
        from tipmao_monitor.usage.report import Cancelled

        def go_on(done: object) -> bool:
            return not self._is_ended

        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / default_name(now, "json")
        request = ReportRequest(now.date() - timedelta(days=days - 1), now.date(), "json", target)
        store = make_store()
        try:
            store.look(now, progress=go_on)
            store.verify(now)
            path = write_report(store, request, now, overwrite=False, say=go_on)
        except (UnusableTargetError, ChangedMeanwhileError, Cancelled) as error:
            raise OSError(str(error) or "the service ends") from error
        finally:
            store.close()
        self._names.add(path.name)
        return path.name

    def end(self) -> None:
        """What is being written is given up."""
        self._is_ended = True

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
    400: {"model": api_forms.Problem, "description": "The Host header names another machine"},
    401: {"model": api_forms.Problem, "description": "A token is demanded, and was not sent"},
    429: {"model": api_forms.Problem, "description": "Too many requests"},
    503: {"model": api_forms.Problem, "description": "The records are still being read"},
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": api_forms.Problem, "description": "There is none; why"}}
_REFUSED_POST: dict[int | str, dict[str, Any]] = {
    403: {"model": api_forms.Problem, "description": "Sent by a page of another site"},
    507: {"model": api_forms.Problem, "description": "The report cannot be written; why"},
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
    one_at_a_time = asyncio.Lock()
    page, page_headers = _panel()
    usage = "/api/ai_usage"

    async def answer(question: Callable[..., Answer], *given: object) -> Response:
        return _json(await records.ask(lambda store, now: question(store, now, *given)))

    @app.get(f"{usage}/stats/current", response_model=api_forms.Current, tags=["usage"])
    async def stats_current() -> Response:
        """The hour that is going on, and today."""
        return await answer(questions.current)

    @app.get(f"{usage}/stats/hourly", response_model=api_forms.Hourly, tags=["usage"])
    async def stats_hourly(hours_ago: HoursAgo = 0) -> Response:
        """A clock hour."""
        return await answer(questions.hourly, hours_ago)

    @app.get(f"{usage}/stats/daily", response_model=api_forms.Daily, tags=["usage"])
    async def stats_daily(days_ago: DaysAgo = 0) -> Response:
        """A calendar day."""
        return await answer(questions.daily, days_ago)

    @app.get(f"{usage}/stats/monthly", response_model=api_forms.Monthly, tags=["usage"])
    async def stats_monthly(year: Year | None = None, month: Month | None = None) -> Response:
        """A calendar month."""
        return await answer(questions.monthly, year, month)

    @app.get(
        f"{usage}/session/{{session_id:path}}", response_model=api_forms.Session, responses=_NOT_FOUND, tags=["usage"]
    )
    async def session_of(session_id: str) -> Response:
        """All calls of a session (a stream), whenever they were."""
        found = await records.ask(lambda store, now: questions.session(store, now, session_id)) if session_id else None
        if found is None:
            raise HTTPException(404, f"no call of the records has the session {session_id!r}")
        return _json(found)

    @app.get(f"{usage}/top_users", response_model=api_forms.TopUsers, tags=["usage"])
    async def top_users_of(limit: Limit = 10, days: Days = 7, by: By = "tokens") -> Response:
        """The users of the last days. `unrecorded_calls` name no user, so they are in no row."""
        return await answer(questions.top_users, limit, days, by)

    @app.get(f"{usage}/cost_trend", response_model=api_forms.CostTrend, tags=["usage"])
    async def cost_trend_of(days: Days = 7) -> Response:
        """The cost of each of the last days, oldest first."""
        return await answer(questions.cost_trend, days)

    @app.get(f"{usage}/models/pricing", response_model=api_forms.Pricing, tags=["usage"])
    async def models_pricing() -> Response:
        """Prices per 1,000 tokens, as of today."""
        return await answer(questions.pricing)

    @app.get(f"{usage}/dashboard", response_model=api_forms.Dashboard, tags=["usage"])
    async def whole_dashboard() -> Response:
        """What the web panel shows. `cost_change_percent` compares with the whole of yesterday,
        `cost_change_percent_by_now` with yesterday until this time of day, as the window does. The distributions are
        those of today, the top users those of 7 days."""
        return await answer(questions.dashboard)

    @app.post(f"{usage}/export_report", response_model=api_forms.Exported, responses=_REFUSED_POST, tags=["usage"])
    async def export_report(request: Request, days: Days = 7) -> Response:
        """Write a report of the last days. `report_path` is its name, which `download_report` takes."""
        if not exporting.takes(request.client.host if request.client else "", time.monotonic()):
            raise HTTPException(429, "too many reports: ask again in a second", {"Retry-After": "1"})
        make_store, at = await records.ask(lambda store, now: (store.twin(), now))
        try:
            # It takes its time, and the feed has other things to do.
            async with one_at_a_time:
                name = await asyncio.to_thread(exports.write, make_store, at, days)
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

    @app.get("/api/v1/health", response_model=api_forms.Health, tags=["operation"])
    async def health_of() -> Response:
        """What was read, how old the newest call is, and what is wrong."""
        try:
            found = await records.ask(questions.health, HEALTH_PATIENCE_S)
        except NotYetError:
            progress = records.progress
            found = {
                **dict.fromkeys(api_forms.Health.model_fields),
                "status": "reading",
                "version": __version__,
                "now": datetime.now().astimezone().isoformat(),
                "timezone": "",
                "progress": {"done": progress.done, "total": progress.total},
                "troubles": [trouble_object(trouble) for trouble in records.troubles],
            }
        return _json({**found, "on_air": records.is_on_air})

    @app.get("/metrics", response_class=Response, tags=["operation"])
    async def metrics_of() -> Response:
        """For Prometheus: today, this month, and what was read."""
        return Response(await records.ask(questions.metrics), media_type=CONTENT_TYPE_LATEST)

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
    pace = requests or Bucket(REQUESTS_BURST, REQUESTS_A_SECOND)
    return Gate(app, frozenset(names), token, pace, frozenset({PANEL, "/"}))


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

    def __init__(self, app: ASGIApp, ears: socket.socket, exports: Exports) -> None:
        self._ears = ears
        self._exports = exports
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
        self._exports.end()
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join()
        self._ears.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._ears])
