"""Alerts to chats: real requests to servers of this machine, which accept, refuse in the body, hang or talk nonsense.

A newcomer would get this wrong: some services have their address built into apprise. There the test turns that address
to the local server, so that everything between us and the socket is as it is.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

import apprise
import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.lark import NotifyLark
from apprise.plugins.serverchan import NotifyServerChan
from apprise.plugins.wecombot import NotifyWeComBot
from webhooks import Server, serving

from tipmao_monitor import notify
from tipmao_monitor.channels import Channel, Result
from tipmao_monitor.notify import Answer, Message, Notifier, deliver

TOKEN = "tokentokentoken0123456789"
NEWS = Message("预算 80 %", "今天已用 ¥8.12")
NOW = datetime(2026, 1, 2, 14, 2, 9, tzinfo=UTC)
PATIENCE_S = 20.0


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as told:
        yield told


@pytest.fixture
def local(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server in the place of those whose address is built in."""
    here = f"http://127.0.0.1:{server.port}"
    monkeypatch.setattr(NotifyDingTalk, "notify_url", here + "/robot/send?access_token={token}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", here + "/hook/{token}/")
    monkeypatch.setattr(NotifyLark, "notify_url", here + "/lark/")
    monkeypatch.setattr(NotifyWeComBot, "notify_url", here + "/webhook/send?key={key}")
    monkeypatch.setattr(NotifyServerChan, "notify_url", here + "/{token}.send")
    return server


def address(scheme: str, port: int) -> str:
    return f"bark://127.0.0.1:{port}/{TOKEN}" if scheme == "bark" else f"{scheme}://{TOKEN}/"


ACCEPTS = {
    "dingtalk": b'{"errcode": 0, "errmsg": "ok"}',
    "wecombot": b'{"errcode": 0, "errmsg": "ok"}',
    "feishu": b'{"code": 0, "msg": "success", "data": {}}',
    "lark": b'{"StatusCode": 0, "StatusMessage": "success"}',
    "bark": b'{"code": 200, "message": "success"}',
    "schan": b'{"code": 0, "message": ""}',
}
REFUSES = {
    "dingtalk": (b'{"errcode": 310000, "errmsg": "keywords not in content"}', "keywords not in content (310000)"),
    "wecombot": (b'{"errcode": 93000, "errmsg": "invalid webhook url"}', "invalid webhook url (93000)"),
    "feishu": (b'{"code": 19024, "msg": "Key Words Not Found"}', "Key Words Not Found (19024)"),
    "lark": (b'{"code": 19021, "msg": "sign match fail"}', "sign match fail (19021)"),
    "bark": (b'{"code": 400, "message": "failed to get device token"}', "failed to get device token (400)"),
    "schan": (b'{"code": 40001, "message": "bad sendkey"}', "bad sendkey (40001)"),
}


@pytest.mark.parametrize("scheme", ACCEPTS)
def test_message_that_was_accepted_was_sent_and_says_what_it_should(local: Server, scheme: str) -> None:
    local.body = ACCEPTS[scheme]
    assert deliver(address(scheme, local.port), NEWS) == Answer("sent")
    [(path, sent)] = local.got
    said = unquote_plus(path + str(sent))
    assert TOKEN in said and NEWS.body in said and NEWS.title in said


@pytest.mark.parametrize("scheme", REFUSES)
def test_refusal_in_the_body_is_a_refusal_with_its_reason(local: Server, scheme: str) -> None:
    local.body, reason = REFUSES[scheme]
    assert deliver(address(scheme, local.port), NEWS) == Answer("refused", reason)


@pytest.mark.parametrize("scheme", ["dingtalk", "wecombot"])
def test_apprise_still_calls_a_refusal_in_the_body_sent(local: Server, scheme: str) -> None:
    """Once this fails, apprise reads the body itself: see whether what `notify` does of it can go. Those of Feishu and
    Lark it reads from 2.3 on, but calls sent what is no JSON.
    """
    local.body, _ = REFUSES[scheme]
    service = apprise.Apprise.instantiate(address(scheme, local.port))
    assert service
    service.request_rate_per_sec = 0
    assert service.notify(body="a", title="b")


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in</html>", b"[]", b"null", b'{"ok": true}', b"\xff" * 9, b"[" * 9999]
)
@pytest.mark.parametrize("scheme", ACCEPTS)
def test_answer_that_nobody_understands_is_not_taken_for_sent(local: Server, scheme: str, body: bytes) -> None:
    local.body = body
    assert deliver(address(scheme, local.port), NEWS).outcome == "garbage"


@pytest.mark.parametrize(
    "body", [b'{"errcode": false}', b'{"errcode": "0"}', b'{"errcode": null}', b'{"errcode": 0.5}']
)
def test_only_the_number_itself_is_acceptance(local: Server, body: bytes) -> None:
    local.body = body
    assert deliver(address("dingtalk", local.port), NEWS).outcome == "refused"


def test_answer_without_end_is_cut(local: Server) -> None:
    local.body = b'{"errcode": 0, "x": "' + b"x" * (notify.LARGEST_ANSWER * 20) + b'"}'
    assert deliver(address("dingtalk", local.port), NEWS).outcome == "garbage"


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (500, b"oops", Answer("busy", "HTTP 500")),
        (429, b"", Answer("busy", "HTTP 429")),
        (404, b"", Answer("refused", "HTTP 404")),
        (400, b'{"code": 9499, "msg": "Bad Request"}', Answer("refused", "HTTP 400: Bad Request")),
        (200, b'{"errcode": 130101, "errmsg": "send too fast"}', Answer("busy", "send too fast (130101)")),
    ],
)
def test_status_tells_what_is_worth_another_try(local: Server, status: int, body: bytes, answer: Answer) -> None:
    local.status, local.body = status, body
    assert deliver(address("dingtalk", local.port), NEWS) == answer


def test_rest_of_apprise_is_believed(server: Server) -> None:
    hook = f"json://127.0.0.1:{server.port}/{TOKEN}"
    server.body = b"whatever"
    assert deliver(hook, NEWS) == Answer("sent")
    server.status = 403
    assert deliver(hook, NEWS) == Answer("refused", "HTTP 403")


def test_signed_message_carries_its_signature(local: Server) -> None:
    local.body = ACCEPTS["dingtalk"]
    assert deliver(f"dingtalk://SECabc123@{TOKEN}/", NEWS).outcome == "sent"
    assert "sign=" in local.got[0][0] and "timestamp=" in local.got[0][0] and "SECabc123" not in local.got[0][0]


@pytest.mark.parametrize("bad", ["nothing://at.all", "dingtalk://$$$/", "://", "no address", "mailtos://"])
def test_address_that_is_none_is_told(bad: str) -> None:
    assert deliver(bad, NEWS).outcome == "no_address"


@pytest.mark.parametrize("scheme", ["dingtalk", "feishu", "wecombot", "bark"])
def test_port_where_nobody_listens_is_unreachable(local: Server, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for plugin in (NotifyDingTalk, NotifyFeishu, NotifyWeComBot):
        monkeypatch.setattr(plugin, "notify_url", f"http://127.0.0.1:{port}/")
    assert deliver(address(scheme, port), NEWS).outcome == "unreachable"


# What hangs


@contextmanager
def talking(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that does this with each connection, until the test is over."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk(self.request, over)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as tcp:
        tcp.daemon_threads = True
        thread = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield tcp.server_address[1]
        finally:
            over.set()
            tcp.shutdown()
            thread.join()


def silence(connection: socket.socket, over: threading.Event) -> None:
    over.wait(PATIENCE_S)


def trickle(connection: socket.socket, over: threading.Event) -> None:
    """A byte of a header now and then, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.02):
        connection.sendall(b"x")


def hang_up(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(10)


def test_server_that_says_nothing_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "READ_S", 0.1)
    with talking(silence) as port:
        assert deliver(address("bark", port), NEWS) == Answer("timeout")


def test_server_that_hangs_up_is_unreachable() -> None:
    with talking(hang_up) as port:
        assert deliver(address("bark", port), NEWS).outcome == "unreachable"


# Channels

GROUP, PHONE = Channel("group", "dingtalk"), Channel("phone", "bark")


class Sending:
    """A notifier and what it announced."""

    def __init__(self, addresses: dict[str, str], **how: Any) -> None:
        self.results: list[Result] = []
        self._changed = threading.Condition()
        given: dict[str, Any] = {"delays_s": (0.01, 0.01), "deadline_s": PATIENCE_S, **how}
        self.notifier = Notifier(address_of=addresses.get, announce=self._hear, clock=lambda: NOW, **given)

    def _hear(self, result: Result) -> None:
        with self._changed:
            self.results.append(result)
            self._changed.notify_all()

    def wait(self, number: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.results) >= number, PATIENCE_S), self.results
            return [result.outcome for result in self.results]


@contextmanager
def sending(addresses: dict[str, str], **how: Any) -> Iterator[Sending]:
    made = Sending(addresses, **how)
    yield made
    made.notifier.end()


def test_message_goes_to_each_channel_that_is_on(local: Server) -> None:
    addresses = {
        "group": address("dingtalk", 0),
        "phone": address("bark", local.port),
        "off": address("bark", local.port),
    }
    local.body = b'{"errcode": 0, "code": 200}'
    with sending(addresses) as made:
        made.notifier.follow([GROUP, PHONE, Channel("off", "bark", on=False)])
        made.notifier.send(NEWS.title, NEWS.body)
        made.wait(2)
    assert sorted((r.channel, r.outcome, r.at, r.next_at) for r in made.results) == [
        ("group", "sent", NOW, None),
        ("phone", "sent", NOW, None),
    ]
    assert len(local.got) == 2


def test_what_may_pass_is_tried_again_with_growing_delays_and_the_rest_is_not(server: Server) -> None:
    server.answers = [(503, b""), (200, b'{"code": 200}')]
    with sending({"phone": address("bark", server.port)}, delays_s=(0.01, 7.0)) as made:
        made.notifier.follow([PHONE])
        made.notifier.send("a", "b")
        assert made.wait(2) == ["busy", "sent"]
        assert [(r.attempts, r.next_at) for r in made.results] == [(1, NOW + timedelta(seconds=0.01)), (2, None)]
        server.answers = [(400, b"")]
        made.notifier.send("a", "b")
        assert made.wait(3)[2:] == ["refused"]
        server.answers = [(503, b""), (503, b"")]
        made.notifier.send("a", "b")
        assert made.wait(5)[3:] == ["busy", "busy"]
        assert made.results[-1].next_at == NOW + timedelta(seconds=7.0)
    assert len(server.got) == 5


def test_message_is_given_up_after_the_last_try(server: Server) -> None:
    server.status = 500
    with sending({"phone": address("bark", server.port)}) as made:
        made.notifier.follow([PHONE])
        made.notifier.send("a", "b")
        assert made.wait(3) == ["busy"] * 3
        assert made.results[-1].next_at is None
        server.status, server.body = 200, b'{"code": 200}'
        made.notifier.send("c", "d")
        assert made.wait(4)[-1] == "sent"


def test_test_is_sent_once_and_to_a_channel_that_is_off(server: Server) -> None:
    server.status = 500
    with sending({"phone": address("bark", server.port)}) as made:
        made.notifier.follow([Channel("phone", "bark", on=False)])
        made.notifier.test("phone", "a", "b")
        made.wait(1)
    assert len(server.got) == 1 and made.results[0].next_at is None


def test_channel_that_hangs_keeps_nothing_from_the_others(local: Server) -> None:
    local.body = ACCEPTS["dingtalk"]
    with (
        talking(trickle) as port,
        sending({"group": address("dingtalk", 0), "phone": address("bark", port)}, deadline_s=0.3, delays_s=()) as made,
    ):
        made.notifier.follow([PHONE, GROUP])
        began = time.monotonic()
        made.notifier.send("a", "b")
        assert time.monotonic() - began < 0.2, "it waited"
        assert made.wait(2) == ["sent", "timeout"]


def test_channel_without_an_address_is_told() -> None:
    with sending({}) as made:
        made.notifier.follow([PHONE])
        made.notifier.send("a", "b")
        assert made.wait(1) == ["no_address"]


def test_what_waits_is_dropped_when_the_channel_is_switched_off(server: Server) -> None:
    server.status = 500
    with sending({"phone": address("bark", server.port)}, delays_s=(PATIENCE_S,)) as made:
        made.notifier.follow([PHONE])
        for _ in range(3):
            made.notifier.send("a", "b")
        made.wait(1)
        made.notifier.follow([])
        made.notifier.follow([PHONE])
        server.status, server.body = 200, b'{"code": 200}'
        made.notifier.send("c", "d")
        assert made.wait(2) == ["busy", "sent"]


def test_end_does_not_wait_for_a_delay(server: Server) -> None:
    server.status = 500
    with sending({"phone": address("bark", server.port)}, delays_s=(PATIENCE_S,)) as made:
        made.notifier.follow([PHONE])
        made.notifier.send("a", "b")
        made.wait(1)
        began = time.monotonic()
        made.notifier.end()
        assert time.monotonic() - began < 2
        made.notifier.send("a", "b")
    assert len(made.results) == 1


# Secrets


@pytest.mark.parametrize(
    ("where", "status", "body"),
    [
        ("refused", 200, b'{"errcode": 300001, "errmsg": "token is not exist: %s"}' % TOKEN.encode()),
        ("404", 404, b'{"msg": "no hook %s here"}' % TOKEN.encode()),
        ("accepted", 200, b'{"errcode": 0}'),
        ("garbage", 200, TOKEN.encode()),
    ],
)
def test_token_is_in_no_log_and_no_result(
    local: Server,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    where: str,
    status: int,
    body: bytes,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    notify._apprise.cache_clear()
    local.status, local.body = status, body
    secret = "SEC" + "5" * 40
    answer = deliver(f"dingtalk://{secret}@{TOKEN}/", NEWS)
    seen = repr(answer) + caplog.text + "".join(capfd.readouterr())
    assert TOKEN not in seen and secret not in seen


def test_token_that_is_malformed_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert deliver(f"dingtalk://{TOKEN}_$/", NEWS).outcome == "no_address"
    assert TOKEN not in caplog.text


def test_reason_is_one_short_line_without_control_signs() -> None:
    text = notify.without_secrets(f"a\n\x1b[31m{TOKEN} " + "x" * 999, f"bark://h/{TOKEN}")
    assert text.startswith("a [31m*** x") and len(text) == notify.LONGEST_DETAIL


# Mail


@contextmanager
def mail_server(refuses: bool) -> Iterator[tuple[int, list[str]]]:
    got: list[str] = []

    def talk(connection: socket.socket, over: threading.Event) -> None:
        file = connection.makefile("rwb")

        def say(text: str) -> None:
            file.write(text.encode() + b"\r\n")
            file.flush()

        say("220 here")
        for raw in file:
            line = raw.decode().strip()
            got.append(line)
            match line[:4].upper():
                case "EHLO":
                    say("250-here")
                    say("250 AUTH PLAIN LOGIN")
                case "AUTH":
                    say("535 authorisation code wrong" if refuses else "235 ok")
                case "DATA":
                    say("354 go on")
                    for part in file:
                        got.append(part.decode().rstrip())
                        if part == b".\r\n":
                            break
                    say("250 taken")
                case "QUIT":
                    say("221 bye")
                    return
                case _:
                    say("250 ok")

    with talking(talk) as port:
        yield port, got


def test_mail_is_sent_to_its_receiver() -> None:
    with mail_server(refuses=False) as (port, got):
        mail = f"mailto://me:{TOKEN}@127.0.0.1:{port}?from=me@example.com&to=you@example.com"
        assert deliver(mail, Message("Budget", "80 % spent")) == Answer("sent")
    assert any("you@example.com" in line for line in got if line.upper().startswith("RCPT"))
    assert "Subject: Budget" in got


def test_mail_that_is_refused_was_not_sent() -> None:
    with mail_server(refuses=True) as (port, _):
        answer = deliver(f"mailto://me:{TOKEN}@127.0.0.1:{port}?from=me@example.com&to=you@example.com", NEWS)
    assert answer.outcome in ("refused", "unreachable") and TOKEN not in answer.detail
