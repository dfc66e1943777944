"""Sending alerts to chats and mailboxes, through apprise, in threads of its own.

A newcomer would get this wrong: a service may refuse a message with HTTP 200 and say so in the body only, and apprise
calls that sent. So every answer is read here. And each channel has a thread and a queue of its own: one that hangs must
not keep a message from the others.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import json
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tipmao_monitor.channels import WORTH_ANOTHER_TRY, Channel, Outcome, Result, secrets_of

if TYPE_CHECKING:
    import requests

CONNECT_S, READ_S = 5.0, 8.0
DEADLINE_S = 20.0
"""For one attempt as a whole: a server may send a byte now and then for ever."""
DELAYS_S = (2.0, 10.0, 60.0, 300.0)
"""Before each further attempt."""
LONGEST_QUEUE = 100
LARGEST_ANSWER = 64 * 1024
LONGEST_DETAIL = 200

_ACCEPTED: Mapping[str, tuple[tuple[str, int], ...]] = {
    "dingtalk": (("errcode", 0),),
    "wecombot": (("errcode", 0),),
    "feishu": (("code", 0), ("StatusCode", 0)),
    "lark": (("code", 0), ("StatusCode", 0)),
    "bark": (("code", 200),),
    "barks": (("code", 200),),
    "schan": (("code", 0), ("errno", 0)),
}
"""By the scheme of the address: of the fields of the answer, the first that is there must have this value."""

_REASONS = ("errmsg", "msg", "message", "StatusMessage")
_BUSY_CODES = frozenset({130101, 130102, 45009, 45033, 9499, 11232})
"""Too many messages a minute, as DingTalk, WeCom and Feishu say it."""

_loading = threading.Lock()
_answers: contextvars.ContextVar[list[tuple[int, bytes]] | None] = contextvars.ContextVar("answers", default=None)
_failures: contextvars.ContextVar[list[Outcome] | None] = contextvars.ContextVar("failures", default=None)
_said: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("said", default=None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt."""

    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text; the title is one line. `about` are the ids of the alerts in it."""

    title: str
    body: str
    about: tuple[str, ...] = ()


def is_installed() -> bool:
    """Whether the extra `notify` is there."""
    return find_spec("apprise") is not None


def deliver(address: str, message: Message) -> Answer:
    """Send once, and read what the service really says. Takes as long as the service does."""
    if not is_installed():
        return Answer("not_installed")
    with _loading:
        apprise = _apprise()
    answers: list[tuple[int, bytes]] = []
    failures: list[Outcome] = []
    said: list[str] = []
    with _listening(answers, failures, said):
        try:
            asset = apprise.AppriseAsset(app_id="TipMao Monitor", app_desc="TipMao Monitor", app_url="")
            service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
            if not service:
                return Answer("no_address")
            service.socket_connect_timeout, service.socket_read_timeout = CONNECT_S, READ_S
            service.request_rate_per_sec = 0  # some wait before the first message already
            is_sent = service.notify(body=message.body, title=message.title, body_format=apprise.NotifyFormat.TEXT)
        # Of 150 services some raise where they are given what they do not expect.
        except Exception as error:
            if not answers:
                return Answer("unreachable", type(error).__name__)
            is_sent = False
    scheme = address.partition("://")[0].lower()
    answer = judged(scheme, bool(is_sent), answers, failures)
    detail = answer.detail or ("" if answer.outcome in ("sent", "timeout") else " ".join(said[-1:]))
    return Answer(answer.outcome, without_secrets(detail, address))


def judged(
    scheme: str, is_sent: bool, answers: Sequence[tuple[int, bytes]], failures: Sequence[Outcome] = ()
) -> Answer:
    """What the answers mean, each a status and a body: the worst of them."""
    if failures:
        return Answer(failures[0])
    for status, body in answers:
        if status == 429 or status >= 500:
            return Answer("busy", f"HTTP {status}")
        if status >= 400:
            reason = _reason(_parsed(body))
            return Answer("refused", f"HTTP {status}: {reason}" if reason else f"HTTP {status}")
        if scheme in _ACCEPTED:
            refusal = _refusal(_parsed(body), _ACCEPTED[scheme])
            if refusal is not None:
                return refusal
    if not is_sent:
        return Answer("refused" if answers else "unreachable")
    if scheme in _ACCEPTED and not answers:
        # The library has found another way to send, on which nobody listens.
        return Answer("garbage")
    return Answer("sent")


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refusal(answer: Mapping[str, Any] | None, accepted: Sequence[tuple[str, int]]) -> Answer | None:
    """None where it was accepted."""
    field, wanted = next((pair for pair in accepted if answer and pair[0] in answer), ("", 0))
    if answer is None or not field:
        return Answer("garbage")
    code = answer[field]
    if code == wanted and not isinstance(code, bool):
        return None
    reason = _reason(answer)
    shown = str(code)[:20]
    outcome: Outcome = "busy" if code in _BUSY_CODES else "refused"
    return Answer(outcome, f"{reason} ({shown})" if reason else shown)


def _reason(answer: Mapping[str, Any] | None) -> str:
    reason = next((answer[name] for name in _REASONS if answer and isinstance(answer.get(name), str)), "")
    return " ".join(reason.split())


def without_secrets(text: str, address: str) -> str:
    """A service may repeat what it was sent, token and all."""
    for secret in secrets_of(address):
        text = text.replace(secret, "***")
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1] + "…"


@functools.cache
def _apprise() -> Any:
    """The library, once it has been taught to let us listen and to keep addresses out of every log."""
    import apprise
    import requests

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.addFilter(_overhear)
    # It writes the path of each request, and the tokens are in it.
    logging.getLogger("urllib3").setLevel(logging.INFO)
    send = requests.Session.send

    def listened(self: requests.Session, request: Any, **how: Any) -> requests.Response:
        answers, failures = _answers.get(), _failures.get()
        if answers is None or failures is None:
            return send(self, request, **how)
        try:
            response = send(self, request, **{**how, "stream": True})
            body = b""
            for piece in response.iter_content(1024):
                body += piece
                if len(body) >= LARGEST_ANSWER:
                    response.close()
                    break
        except requests.Timeout:
            failures.append("timeout")
            raise
        except requests.RequestException:
            failures.append("unreachable")
            raise
        response._content = body
        answers.append((response.status_code, body))
        return response

    requests.Session.send = listened  # type: ignore[method-assign]  # the only place that every plugin comes through
    # It loads its plugins with the first address, and not in a way that several threads may share.
    apprise.Apprise.instantiate("json://localhost")
    return apprise


def _overhear(record: logging.LogRecord) -> bool:
    """What the library would tell a log is told to whoever is sending in this thread, and to no log."""
    said = _said.get()
    if said is not None:
        said.append(record.getMessage())
    return False


@contextlib.contextmanager
def _listening(answers: list[tuple[int, bytes]], failures: list[Outcome], said: list[str]) -> Iterator[None]:
    tokens = _answers.set(answers), _failures.set(failures), _said.set(said)
    try:
        yield
    finally:
        _answers.reset(tokens[0])
        _failures.reset(tokens[1])
        _said.reset(tokens[2])


class Notifier:
    """Sends to all channels that are on. Each has a thread while there is something to send.

    `address_of` gives a channel's address or None; it and `announce`, which is given each `Result`, are called in those
    threads. `clock` gives aware instants.
    """

    def __init__(
        self,
        *,
        address_of: Callable[[str], str | None],
        announce: Callable[[Result], None],
        clock: Callable[[], datetime],
        delays_s: Sequence[float] = DELAYS_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._address_of = address_of
        self._announce = announce
        self._clock = clock
        self._delays_s = tuple(delays_s)
        self._deadline_s = deadline_s
        self._changed = threading.Condition()
        self._channels: tuple[Channel, ...] = ()
        self._queues: dict[str, deque[tuple[Message, tuple[float, ...]]]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._dropped: Counter[str] = Counter()
        self._is_ended = False

    def follow(self, channels: Sequence[Channel]) -> None:
        """From now on these; what waits for another, or for one that is off, is not sent any more."""
        with self._changed:
            self._channels = tuple(channels)
            for name in self._queues.keys() - {channel.name for channel in channels if channel.on}:
                self._queues[name].clear()
                self._dropped[name] += 1
            self._changed.notify_all()

    def send(self, title: str, body: str, about: tuple[str, ...] = (), only: str = "") -> None:
        """To each channel that is on, or `only` to one of them; tried again where that may help. Returns at once."""
        for channel in self._channels:
            if channel.on and only in ("", channel.name):
                self._queue(channel.name, Message(title, body, about), self._delays_s)

    def test(self, name: str, title: str, body: str) -> None:
        """To this one, be it on or off, and only once. Returns at once."""
        self._queue(name, Message(title, body), ())

    def end(self, patience_s: float = 2.0) -> None:
        """Nothing more is tried; what is under way is waited for a moment. Can be called twice."""
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()
            threads = list(self._threads.values())
        for thread in threads:
            thread.join(patience_s)

    def _queue(self, name: str, message: Message, delays_s: tuple[float, ...]) -> None:
        with self._changed:
            if self._is_ended:
                return
            queue = self._queues.setdefault(name, deque(maxlen=LONGEST_QUEUE))
            queue.append((message, delays_s))
            if name not in self._threads:
                # Of a service that hangs nobody waits for the end.
                thread = threading.Thread(target=self._work, args=(name,), name=f"notify {name}", daemon=True)
                self._threads[name] = thread
                thread.start()

    def _work(self, name: str) -> None:
        while True:
            with self._changed:
                queue = self._queues[name]
                if self._is_ended or not queue:
                    del self._threads[name]
                    return
                message, delays_s = queue.popleft()
                dropped = self._dropped[name]
            self._send(name, message, delays_s, dropped)

    def _send(self, name: str, message: Message, delays_s: tuple[float, ...], dropped: int) -> None:
        for attempt, delay_s in enumerate((*delays_s, None), start=1):
            answer = self._try(name, message)
            now = self._clock()
            next_at = None
            if delay_s is not None and answer.outcome in WORTH_ANOTHER_TRY and not self._is_ended:
                next_at = now + timedelta(seconds=delay_s)
            self._announce(Result(name, now, answer.outcome, answer.detail, attempt, next_at, message.about))
            if next_at is None:
                return
            with self._changed:
                if self._changed.wait_for(lambda: self._is_ended or self._dropped[name] > dropped, delay_s):
                    return

    def _try(self, name: str, message: Message) -> Answer:
        """One attempt, which is given up at its deadline, whatever the service does."""
        found: list[Answer] = []
        done = threading.Event()

        def attempt() -> None:
            try:
                address = self._address_of(name)
                found.append(deliver(address, message) if address else Answer("no_address"))
            except OSError as error:
                found.append(Answer("no_address", error.strerror or str(error)))
            finally:
                done.set()

        threading.Thread(target=attempt, name=f"notify {name}, attempt", daemon=True).start()
        done.wait(self._deadline_s)
        return found[0] if found else Answer("timeout")
