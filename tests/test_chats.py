"""Alerts on their way to chats: each goes once, held back while the user wants it so, and the window knows what came.

A newcomer would get this wrong: the chat is a server of this machine, which Bark's address may name. Everything between
the ledger and its socket is real.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from running import ENGLISH, record, running
from test_monitor import PATIENCE_MS, kept
from webhooks import Server, serving

from tipmao_monitor.channels import Channel, ChannelStates
from tipmao_monitor.chats import Chats
from tipmao_monitor.keys import FILE, Keys
from tipmao_monitor.settings import Settings
from tipmao_monitor.usage.alerts import Alert, Alerts, NewFacts
from tipmao_monitor.usage.budgets import Budget
from tipmao_monitor.usage.hush import Reason

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NOW = datetime(2026, 1, 2, 14, 2, 9, tzinfo=UTC)
KEY = "KeyKeyKeyKey0123456789"
PHONE = Channel("phone", "bark")
ON = replace(ENGLISH, channels=(PHONE,))


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as told:
        told.body = b'{"code": 200}'
        yield told


@pytest.fixture
def addressed(home: Path, server: Server) -> str:
    address = f"bark://127.0.0.1:{server.port}/{KEY}"
    Keys(home).put("phone", address)
    return address


class Wish:
    """What the user wants of balloons."""

    hushed: Reason = ""

    def why(self) -> Reason:
        return self.hushed


@contextmanager
def chatting(home: Path, settings: Settings = ON, wish: Wish | None = None, may_send: bool = True) -> Iterator[Chats]:
    chats = Chats(settings, home, (wish or Wish()).why, lambda: NOW, may_send=may_send)
    yield chats
    chats.end()


def alert(number: int, **marks: bool) -> Alert:
    return Alert(f"id{number}", NOW, "new_model", NewFacts((f"model-{number}",)), **marks)


def alerts(*numbers: int) -> Alerts:
    """The newest first, as the ledger tells them."""
    return Alerts(tuple(alert(number) for number in reversed(numbers)))


def wait_for(qtbot: QtBot, server: Server, requests: int) -> list[str]:
    qtbot.waitUntil(lambda: len(server.got) >= requests, timeout=PATIENCE_MS)
    return [str(sent) for _, sent in server.got]


@pytest.mark.usefixtures("addressed")
def test_alert_goes_out_once_and_is_noted(qtbot: QtBot, home: Path, server: Server) -> None:
    with chatting(home) as chats:
        with qtbot.waitSignal(chats.sent) as noted:
            chats.show_alerts(alerts(1))
        assert noted.args == [("id1",), ("phone",)]
        chats.show_alerts(alerts(1))
        chats.show_stream(None)
        chats.show_alerts(alerts(1, 2))
        first, second = wait_for(qtbot, server, 2)
        assert "model-1" in first and "TipMao Monitor" in first and "model-2" in second
    assert len(server.got) == 2


@pytest.mark.usefixtures("addressed")
def test_several_at_once_are_one_message(qtbot: QtBot, home: Path, server: Server) -> None:
    with chatting(home) as chats:
        chats.show_alerts(alerts(*range(1, 15)))
        [sent] = wait_for(qtbot, server, 1)
        assert "14 messages" in sent and "model-14" in sent and "and 4 more" in sent and "model-3" not in sent


@pytest.mark.usefixtures("addressed")
def test_what_was_said_in_an_earlier_session_is_no_news(qtbot: QtBot, home: Path, server: Server) -> None:
    with chatting(home) as chats:
        old = (alert(1, shown=True), alert(2, acknowledged=True), alert(3, sent=True))
        chats.show_alerts(Alerts((alert(4), *old)))
        [sent] = wait_for(qtbot, server, 1)
        assert "model-4" in sent
    assert len(server.got) == 1


@pytest.mark.usefixtures("addressed")
@pytest.mark.parametrize("reason", ["paused", "quiet_hours"])
def test_it_waits_while_alerts_are_paused_and_goes_when_they_are_not(
    qtbot: QtBot, home: Path, server: Server, reason: Reason
) -> None:
    wish = Wish()
    wish.hushed = reason
    with chatting(home, wish=wish) as chats:
        chats.show_alerts(alerts(1))
        chats.show_alerts(alerts(1, 2))
        wish.hushed = ""
        chats.show_stream(None)
        [sent] = wait_for(qtbot, server, 1)
        assert "model-1" in sent and "model-2" in sent
    assert len(server.got) == 1


@pytest.mark.usefixtures("addressed")
def test_it_goes_while_on_air(qtbot: QtBot, home: Path, server: Server) -> None:
    wish = Wish()
    wish.hushed = "on_air"
    with chatting(home, wish=wish) as chats:
        chats.show_alerts(alerts(1))
        wait_for(qtbot, server, 1)


@pytest.mark.usefixtures("addressed")
def test_what_a_chat_has_not_taken_at_the_end_goes_to_it_after_the_next_start(
    qtbot: QtBot, home: Path, server: Server
) -> None:
    other = Channel("other", "bark")
    both = replace(ON, channels=(PHONE, other))
    server.status = 503
    with chatting(home, both) as chats:
        told = Told(chats)
        settled: list[tuple[tuple[str, ...], str]] = []
        chats.settled.connect(lambda ids, name: settled.append((ids, name)))
        chats.show_alerts(alerts(1))
        qtbot.waitUntil(lambda: {*told.states.results} == {"phone", "other"}, timeout=PATIENCE_MS)
        assert settled == [(("id1",), "other")]  # which has no address, and never will take it
    server.status = 200
    late = replace(alert(3, sent=True, shown=True), owed=("phone",), at=NOW - timedelta(days=2))
    left = (replace(alert(1, sent=True, shown=True), owed=("phone", "gone")), late)
    with chatting(home, both) as chats:
        settled = []
        chats.settled.connect(lambda ids, name: settled.append((ids, name)))
        chats.show_alerts(Alerts(left))
        chats.show_alerts(Alerts(left))
        qtbot.waitUntil(lambda: len(settled) == 3, timeout=PATIENCE_MS)
        assert sorted(settled) == [(("id1",), "gone"), (("id1",), "phone"), (("id3",), "phone")]
    assert ["model-1" in str(sent) for _, sent in server.got] == [True, True]


@pytest.mark.usefixtures("addressed")
def test_nothing_goes_out_of_a_demo_or_to_a_chat_that_is_off(qtbot: QtBot, home: Path, server: Server) -> None:
    off = replace(ON, channels=(replace(PHONE, on=False),))
    with chatting(home, may_send=False) as demo, chatting(home, off) as silent:
        demo.show_alerts(alerts(1))
        silent.show_alerts(alerts(1))
        # Of what was before it was switched on nothing is sent.
        silent.follow(ON)
        silent.show_alerts(alerts(1, 2))
        [sent] = wait_for(qtbot, server, 1)
        assert "model-2" in sent and "model-1" not in sent


# What the window is told


class Told:
    def __init__(self, chats: Chats) -> None:
        self.states = ChannelStates()
        self.channels: tuple[Channel, ...] | None = None
        chats.states_changed.connect(self.take)
        chats.channels_changed.connect(self.take_channels)

    def take(self, states: ChannelStates) -> None:
        self.states = states

    def take_channels(self, channels: tuple[Channel, ...]) -> None:
        self.channels = channels


def test_new_chat_is_kept_with_its_address_apart(qtbot: QtBot, home: Path, server: Server) -> None:
    with chatting(home, ENGLISH) as chats:
        told = Told(chats)
        chats.keep(PHONE, {"webhook": f"http://127.0.0.1:{server.port}/{KEY}"})
        qtbot.waitUntil(lambda: told.channels == (PHONE,), timeout=PATIENCE_MS)
        chats.follow(ON)
        qtbot.waitUntil(lambda: told.states.addressed == frozenset({"phone"}), timeout=PATIENCE_MS)
        assert (told.states.place, told.states.file) == ("file", str(home / FILE))
        chats.test("phone")
        assert told.states.under_way == frozenset({"phone"})
        qtbot.waitUntil(lambda: "phone" in told.states.results, timeout=PATIENCE_MS)
        result = told.states.results["phone"]
        assert (result.outcome, result.at) == ("sent", NOW) and not told.states.under_way
        chats.remove("phone")
        qtbot.waitUntil(lambda: told.channels == (), timeout=PATIENCE_MS)
    assert Keys(home).get("phone") is None


def test_refusal_of_a_test_is_told(qtbot: QtBot, home: Path, server: Server, addressed: str) -> None:
    server.body = b'{"code": 400, "message": "no device for %s"}' % KEY.encode()
    with chatting(home) as chats:
        told = Told(chats)
        chats.test("phone")
        qtbot.waitUntil(lambda: "phone" in told.states.results, timeout=PATIENCE_MS)
        result = told.states.results["phone"]
        assert (result.outcome, result.detail) == ("refused", "no device for *** (400)")


def test_address_that_cannot_be_kept_is_told_and_the_chat_is_not_made(qtbot: QtBot, home: Path) -> None:
    (home / FILE).mkdir()
    with chatting(home, ENGLISH) as chats:
        told = Told(chats)
        chats.keep(PHONE, {"webhook": f"http://127.0.0.1:1/{KEY}"})
        qtbot.waitUntil(lambda: bool(told.states.problem), timeout=PATIENCE_MS)
        assert told.channels is None and KEY not in told.states.problem


# The whole program


def test_budget_that_is_gone_is_told_to_the_chat_once_in_all_sessions(
    qtbot: QtBot,
    qapp: QApplication,
    tmp_path: Path,
    home: Path,
    server: Server,
    addressed: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    records = tmp_path / "records"
    settings = replace(
        ON, budgets=(Budget("a day", amount=Decimal("0.01")),), alert_new_model=False, alert_new_anchor=False
    )
    record(records)
    with running(qapp, records, settings=settings) as monitor:
        [sent] = wait_for(qtbot, server, 1)
        assert "a day" in sent
        qtbot.waitUntil(
            lambda: [(a.sent, a.owed) for a in monitor.alerting._opened().alerts().alerts] == [(True, ())],
            timeout=PATIENCE_MS,
        )
    with running(qapp, records, settings=settings) as monitor:
        record(records)
        qtbot.waitUntil(lambda: monitor.window.kpis.calls.number.text() == "2", timeout=PATIENCE_MS)
        monitor.window.action("preferences").trigger()
        panel = monitor.preferences.panel
        assert panel is not None
        panel.show_page("chats")
        panel.chats.rows["phone"].switch.click()
        qtbot.waitUntil(lambda: kept(home).channels == (replace(PHONE, on=False),), timeout=PATIENCE_MS)
        assert KEY not in "".join(
            str(path.read_bytes()) for path in home.iterdir() if path.is_file() and path.name != FILE
        )
        panel.close()
    assert len(server.got) == 1
    assert KEY not in caplog.text
