"""The client of the assistant's gateway: reads what is true there, asks for a switch, and reads again what came of it.

Everything is asynchronous; a gateway that hangs costs nothing but its answer. A newcomer would get this wrong: an
answer may carry API keys, so of a body only names of providers, models and functions are kept, and no part of it is
ever logged.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard, TypeVar
from urllib.parse import quote

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from tipmao_monitor.usage.switching import (
    ALL,
    DEFAULT_PORT,
    Choice,
    GatewayError,
    GatewayState,
    GatewayTrouble,
    Outcome,
    Provider,
    Step,
)

PATIENCE_MS = 5000
LARGEST_BODY = 1 << 18
LONGEST_NAME = 120
LONGEST_REASON = 200
MOST_NAMES = 500
OWN_HEADER = "X-TipMao-Monitor"
"""What our own service (api_gate.py) says of itself with every answer; it is easily taken for the gateway."""
PREFIX = "/api/ai_gateway"

_SECRET = re.compile(r"(?i)(?:bearer\s+|(?:sk|ak|api|key|token)[-_=:]\s*)\S+|[A-Za-z0-9_\-]{24,}|[A-Fa-f0-9]{16,}")


@dataclass(frozen=True, slots=True)
class Request:
    verb: str
    path: str
    body: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the object that was answered, empty where it was none; `trouble` is set where there was no answer."""

    status: int = 0
    body: Mapping[str, Any] | None = None
    trouble: GatewayTrouble | None = None


_T = TypeVar("_T")
Talk: TypeAlias = Generator[Request, Answer, _T]
"""A conversation: it yields requests and is sent the answers."""


class Gateway(QObject):
    """Talks to one gateway, one request at a time, in the order in which it was asked."""

    state_read = Signal(object)
    """A `GatewayState`."""
    failed = Signal(object)
    """The `GatewayTrouble` with which reading ended."""
    ended = Signal(object)
    """The `Outcome` of an order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._deadline = QTimer(self, singleShot=True)
        self._deadline.timeout.connect(self._give_up)
        self._root = ""
        self._token = ""
        self._waiting: deque[tuple[Talk[Any], Callable[[Any], None]]] = deque()
        self._talk: Talk[Any] | None = None
        self._tell: Callable[[Any], None] = self._tell_state
        self._reply: QNetworkReply | None = None
        self._failure: GatewayTrouble | None = None

    @property
    def is_busy(self) -> bool:
        return self._talk is not None

    def use(self, address: str, port: int = DEFAULT_PORT, token: str = "") -> None:
        """Talk to the gateway at a name or IP address (with http:// or https:// before it) from now on."""
        self._root, self._token = root_url(address, port), token
        self.stop()

    def stop(self) -> None:
        """Forget what was asked; nothing is told any more."""
        self._waiting.clear()
        self._talk = None
        if self._reply is not None:
            reply, self._reply = self._reply, None
            reply.finished.disconnect(self._take_answer)
            reply.readyRead.disconnect(self._watch_size)
            reply.abort()
            reply.deleteLater()
        self._deadline.stop()

    def read(self) -> None:
        """Ask what is true; `state_read` or `failed` tells."""
        self._begin(reading(), self._tell_state)

    def apply(self, steps: tuple[Step, ...]) -> None:
        """Ask for a switch and read back; `ended` tells what is true then."""
        self._begin(applying(steps), self.ended.emit)

    def _tell_state(self, result: GatewayState | GatewayTrouble) -> None:
        (self.failed if isinstance(result, GatewayTrouble) else self.state_read).emit(result)

    def _begin(self, talk: Talk[Any], tell: Callable[[Any], None]) -> None:
        self._waiting.append((talk, tell))
        if self._talk is None:
            self._next_talk()

    def _next_talk(self) -> None:
        if self._waiting:
            self._talk, self._tell = self._waiting.popleft()
            self._go_on(None)

    def _go_on(self, answer: Answer | None) -> None:
        talk = self._talk
        assert talk is not None
        try:
            request = next(talk) if answer is None else talk.send(answer)
        except StopIteration as end:
            self._end_talk(end.value)
        except GatewayError as error:
            self._end_talk(error.trouble)
        else:
            self._send(request)

    def _end_talk(self, result: Any) -> None:
        self._talk = None
        self._tell(result)
        if self._talk is None:
            self._next_talk()

    def _send(self, wanted: Request) -> None:
        request = QNetworkRequest(QUrl(self._root + wanted.path, QUrl.ParsingMode.StrictMode))
        attribute = QNetworkRequest.Attribute
        request.setAttribute(attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        for switch in (attribute.CookieLoadControlAttribute, attribute.CookieSaveControlAttribute):
            request.setAttribute(switch, QNetworkRequest.LoadControl.Manual)
        request.setAttribute(attribute.CacheLoadControlAttribute, QNetworkRequest.CacheLoadControl.AlwaysNetwork)
        request.setAttribute(attribute.CacheSaveControlAttribute, False)
        request.setAttribute(attribute.Http2AllowedAttribute, False)
        request.setRawHeader(b"Accept", b"application/json")
        # What is packed could be larger than it looks.
        request.setRawHeader(b"Accept-Encoding", b"identity")
        if self._token:
            request.setRawHeader(b"Authorization", f"Bearer {self._token}".encode())
        body = b"" if wanted.body is None else json.dumps(wanted.body).encode()
        if body:
            request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        self._failure = None
        self._reply = self._network.sendCustomRequest(request, wanted.verb.encode(), body)
        self._reply.setReadBufferSize(2 * LARGEST_BODY)
        self._reply.readyRead.connect(self._watch_size)
        self._reply.finished.connect(self._take_answer)
        self._deadline.start(PATIENCE_MS)

    def _watch_size(self) -> None:
        if self._reply is not None and self._reply.bytesAvailable() > LARGEST_BODY:
            self._failure = GatewayTrouble("too_large")
            self._reply.abort()

    def _give_up(self) -> None:
        if self._reply is not None:
            self._failure = GatewayTrouble("timeout")
            self._reply.abort()

    def _take_answer(self) -> None:
        reply, self._reply = self._reply, None
        if reply is None:
            return
        self._deadline.stop()
        reply.deleteLater()
        self._go_on(self._answer(reply))

    def _answer(self, reply: QNetworkReply) -> Answer:
        if self._failure is not None:
            return Answer(trouble=self._failure)
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        if not isinstance(status, int):
            return Answer(trouble=GatewayTrouble("unreachable"))
        if reply.hasRawHeader(OWN_HEADER):
            return Answer(status, trouble=GatewayTrouble("own_service"))
        if 300 <= status < 400:
            return Answer(status, trouble=GatewayTrouble("redirected"))
        if status in (401, 403):
            return Answer(status, trouble=GatewayTrouble("key_refused"))
        body = parsed(bytes(reply.readAll().data()))
        if status < 300:
            cut_off = reply.error() != QNetworkReply.NetworkError.NoError
            trouble = GatewayTrouble("garbage") if body is None or cut_off else None
            return Answer(status, body, trouble)
        return Answer(status, body, GatewayTrouble("rejected", reason(body, self._token) or str(status)))


def root_url(address: str, port: int) -> str:
    """Scheme, host and port as the beginning of a URL."""
    scheme, mark, host = address.strip().rpartition("://")
    host = host.rstrip("/")
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    return f"{scheme if mark else 'http'}://{host}:{port}"


def parsed(raw: bytes) -> Mapping[str, Any] | None:
    """The JSON object of a body, None where it is none."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def reason(body: Mapping[str, Any] | None, token: str) -> str:
    """What the gateway says of a refusal, one line, without what could be a secret."""
    detail = (body or {}).get("detail", "")
    if isinstance(detail, list):
        detail = "; ".join(str(item.get("msg", "")) for item in detail[:3] if isinstance(item, dict))
    if not isinstance(detail, str):
        return ""
    if token:
        detail = detail.replace(token, "…")
    return _SECRET.sub("…", " ".join(detail[:2000].split()))[:LONGEST_REASON]


# The conversations


def reading() -> Talk[GatewayState]:
    answer = yield Request("GET", f"{PREFIX}/status")
    if answer.trouble is not None and answer.trouble.kind == "rejected" and answer.status in (404, 405):
        raise GatewayError("not_a_gateway")
    status = _body(answer)
    if not isinstance(status.get("current"), dict) and not isinstance(status.get("providers"), dict):
        raise GatewayError("not_a_gateway")
    providers, usual = [], {}
    for name, values in _entries(status.get("providers")):
        usual[name] = values.get("model")
        models = tuple(_names(values.get("available_models")))
        if not models and values.get("enabled") is not False:
            models = yield from _models_of(name)
        providers.append(Provider(name, models, values.get("enabled") is not False))
    functions = dict(_choices(status.get("function_configs"), usual))
    listed = yield Request("GET", f"{PREFIX}/functions")
    body = _body(listed)
    others = body.get("functions", body.get("function_configs"))
    known = {*functions, *(name for name, _ in _entries(others))}
    functions = {**dict(_choices(others, usual)), **functions}
    current = status.get("current")
    return GatewayState(
        _choice(current) if isinstance(current, dict) else None,
        tuple(providers),
        tuple(sorted(functions.items())),
        frozenset(known),
    )


def applying(steps: tuple[Step, ...]) -> Talk[Outcome]:
    trouble: GatewayTrouble | None = None
    for step in steps:
        asked = {"provider": step.after.provider, "model": step.after.model}
        if step.function == ALL:
            answer = yield Request("POST", f"{PREFIX}/switch", asked)
        else:
            answer = yield Request("PUT", f"{PREFIX}/functions/{quote(step.function, safe='')}", asked)
        trouble = answer.trouble
        if trouble is None and answer.body is not None and answer.body.get("success") is False:
            trouble = GatewayTrouble("rejected")
        if trouble is not None:
            break
    # Even an order that nobody answered may have been carried out.
    try:
        state = yield from reading()
    except GatewayError as error:
        return Outcome(steps, None, trouble or error.trouble)
    outcome = Outcome(steps, state)
    if len(outcome.done) == len(steps):
        return outcome
    return Outcome(steps, state, trouble or GatewayTrouble("differs"))


def _models_of(provider: str) -> Talk[tuple[str, ...]]:
    answer = yield Request("GET", f"{PREFIX}/models/{quote(provider, safe='')}")
    if answer.trouble is not None and answer.trouble.kind == "timeout":
        raise GatewayError("timeout")  # or each provider would take as long
    body = answer.body if answer.trouble is None else None
    return tuple(_names((body or {}).get("models", (body or {}).get("available_models"))))


def _body(answer: Answer) -> Mapping[str, Any]:
    if answer.trouble is not None:
        raise GatewayError(answer.trouble.kind, answer.trouble.detail)
    return answer.body or {}


def _entries(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Names with their objects, whether the gateway lists them as an object or as an array."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        rows = [item for item in value if isinstance(item, dict)]
        pairs = [(item.get("function", item.get("id", item.get("name"))), item) for item in rows]
        pairs += [(item, {}) for item in value if isinstance(item, str)]
    else:
        pairs = []
    for name, item in pairs[:MOST_NAMES]:
        if _is_name(name):
            yield name, item if isinstance(item, dict) else {}


def _choices(value: Any, usual: Mapping[str, Any]) -> Iterator[tuple[str, Choice]]:
    """The entries of functions; one that names only a provider stands for that provider's `usual` model."""
    for name, item in _entries(value):
        if item.get("model") is None and _is_name(provider := item.get("provider")):
            item = {"provider": provider, "model": usual.get(provider)}
        choice = _choice(item)
        if choice is not None:
            yield name, choice


def _choice(item: Mapping[str, Any]) -> Choice | None:
    provider, model = item.get("provider"), item.get("model")
    if not _is_name(model):
        return None
    return Choice(provider if _is_name(provider) else "", model)


def _names(value: Any) -> Iterator[str]:
    for item in value[:MOST_NAMES] if isinstance(value, list) else ():
        name = item.get("id", item.get("name")) if isinstance(item, dict) else item
        if _is_name(name):
            yield name


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()
