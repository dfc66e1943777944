"""Who may ask the HTTP service, and how often.

A newcomer would get this wrong: whoever asks is not trusted, not even on this machine. Any web page that is open in the
user's browser can send requests here, under a name of its own.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
import time
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi.responses import Response

from tipmao_monitor.terminal import to_json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_CLIENTS = 1000


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
    pace. What is `open_to_all` are paths for which no token is asked.

    A page of another site may have the name of its own host lead here (DNS rebinding), so names are looked at, and an
    address in digits is no name. What changes something must not come from another site either.
    """

    def __init__(
        self, app: ASGIApp, names: frozenset[str], token: str, pace: Bucket, open_to_all: frozenset[str] = frozenset()
    ) -> None:
        self._app = app
        self._names = names
        self._token = token
        self._pace = pace
        self._open_to_all = open_to_all

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
        if self._token and scope["path"] not in self._open_to_all:
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
    (b"x-tipmao-monitor", b"1"),  # a client of the assistant's gateway must not take us for it
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
