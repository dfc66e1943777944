"""The client of the gateway against a stand-in with the real one's traps: what it asks, believes and keeps."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from gateway_standin import BASE, FUNCTIONS, SECRET, Manner, Standin, standing_in
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tipmao_monitor import gateway as client
from tipmao_monitor.api_gate import Bucket, Gate
from tipmao_monitor.gateway import Gateway, root_url
from tipmao_monitor.usage.switching import (
    ALL,
    Choice,
    GatewayError,
    GatewayState,
    GatewayTrouble,
    Outcome,
    Step,
    every_function,
    steps_back,
    steps_to,
)

PATIENCE_MS = 10_000
DEEPSEEK = Choice("deepseek", "deepseek-chat")


@pytest.fixture
def there() -> Iterator[Standin]:
    with standing_in() as mind:
        yield mind


@pytest.fixture
def gateway(qtbot: QtBot, there: Standin) -> Iterator[Gateway]:
    client = Gateway()
    client.use("127.0.0.1", there.port)
    yield client
    client.stop()
    QObject.deleteLater(client)


def state(qtbot: QtBot, gateway: Gateway) -> GatewayState:
    with qtbot.waitSignal(gateway.state_read, timeout=PATIENCE_MS) as told:
        gateway.read()
    found: GatewayState = told.args[0]
    return found


def trouble(qtbot: QtBot, gateway: Gateway) -> GatewayTrouble:
    with qtbot.waitSignal(gateway.failed, timeout=PATIENCE_MS) as told:
        gateway.read()
    found: GatewayTrouble = told.args[0]
    return found


def ordered(qtbot: QtBot, gateway: Gateway, steps: tuple[Step, ...]) -> Outcome:
    with qtbot.waitSignal(gateway.ended, timeout=PATIENCE_MS) as told:
        gateway.apply(steps)
    found: Outcome = told.args[0]
    return found


def test_what_is_true_is_read(qtbot: QtBot, gateway: Gateway, there: Standin) -> None:
    found = state(qtbot, gateway)
    assert found.current == Choice("qwen", "qwen-plus")
    assert {function: found.choice(function) for function in FUNCTIONS} == {
        function: Choice("qwen", there.model_of(function)) for function in FUNCTIONS
    }
    assert found.choice("unheard_of") == found.current
    assert [provider.name for provider in found.providers if not provider.is_enabled] == ["openai"]
    assert found.provider_of("deepseek-coder") == "deepseek"


def test_function_that_names_only_a_provider_uses_the_model_of_that(
    qtbot: QtBot, gateway: Gateway, there: Standin
) -> None:
    there.functions["chat_focus"] = {"provider": "deepseek"}
    there.functions["live_review"] = {"provider": "glm", "model": None}  # type: ignore[dict-item]
    found = state(qtbot, gateway)
    assert (found.choice("chat_focus"), found.choice("live_review")) == (DEEPSEEK, Choice("glm", "glm-4"))


def test_models_that_the_status_leaves_out_are_asked_for(qtbot: QtBot, gateway: Gateway, there: Standin) -> None:
    offered = there.providers["deepseek"].pop("available_models")
    there.answer = _with_models(there, offered)  # type: ignore[method-assign]
    assert state(qtbot, gateway).provider_of("deepseek-chat") == "deepseek"


def _with_models(there: Standin, offered: list[str]):  # type: ignore[no-untyped-def]
    usual = there.answer

    def answer(method: str, path: str, body: object):  # type: ignore[no-untyped-def]
        if path == f"{BASE}/models/deepseek":
            return 200, {"models": offered}
        return usual(method, path, body)

    return answer


def test_switch_of_a_function_is_a_put_on_it_and_read_back(qtbot: QtBot, gateway: Gateway, there: Standin) -> None:
    steps = steps_to(state(qtbot, gateway), {"live_analysis": "deepseek-chat"})
    assert steps == (Step("live_analysis", Choice("qwen", "qwen-max"), DEEPSEEK),)
    there.asked.clear()
    outcome = ordered(qtbot, gateway, steps)
    assert outcome.trouble is None and outcome.done == steps
    assert there.model_of("live_analysis") == "deepseek-chat"
    put = ("PUT", f"{BASE}/functions/live_analysis", {"provider": "deepseek", "model": "deepseek-chat"})
    assert there.asked[0] == put and there.orders == [put]
    assert ("GET", f"{BASE}/status", None) in there.asked[1:]


def test_switch_of_all_reaches_functions_with_an_entry_of_their_own(
    qtbot: QtBot, gateway: Gateway, there: Standin
) -> None:
    found = state(qtbot, gateway)
    ordered(qtbot, gateway, (Step(ALL, found.current, DEEPSEEK),))
    # The trap: the current model changed, and nothing else.
    assert there.model_of("no_entry") == "deepseek-chat" and there.model_of("chat_focus") == "qwen-plus"
    found = state(qtbot, gateway)
    outcome = ordered(qtbot, gateway, steps_to(found, every_function(found, "deepseek-chat")))
    assert outcome.trouble is None
    assert {there.model_of(function) for function in FUNCTIONS} == {"deepseek-chat"}


def test_steps_back_undo_a_switch(qtbot: QtBot, gateway: Gateway, there: Standin) -> None:
    before = state(qtbot, gateway)
    steps = steps_to(before, every_function(before, "deepseek-chat"))
    after = ordered(qtbot, gateway, steps).state
    assert after is not None
    assert ordered(qtbot, gateway, steps_back(after, steps)).trouble is None
    assert state(qtbot, gateway) == before
    assert steps_back(before, steps) == ()


@pytest.mark.parametrize(
    ("function", "model", "kind"),
    [
        ("live_analysis", "gpt-5-ultra", "not_offered"),
        ("live_analysis", "gpt-4o-mini", "disabled"),
        ("qa", "deepseek-chat", "unknown_function"),
    ],
)
def test_what_the_gateway_cannot_do_is_not_asked(
    qtbot: QtBot, gateway: Gateway, function: str, model: str, kind: str
) -> None:
    with pytest.raises(GatewayError) as error:
        steps_to(state(qtbot, gateway), {function: model})
    assert error.value.trouble.kind == kind


def test_function_that_uses_the_model_already_needs_nothing(qtbot: QtBot, gateway: Gateway) -> None:
    assert steps_to(state(qtbot, gateway), {"live_analysis": "qwen-max"}) == ()


@pytest.mark.parametrize("manner", ["forgets", "other_model"])
def test_success_that_is_not_true_is_a_difference(
    qtbot: QtBot, gateway: Gateway, there: Standin, manner: Manner
) -> None:
    steps = steps_to(state(qtbot, gateway), {"live_analysis": "deepseek-chat"})
    there.manner = manner
    outcome = ordered(qtbot, gateway, steps)
    assert outcome.trouble == GatewayTrouble("differs") and outcome.done == ()
    assert outcome.state is not None and outcome.state.choice("live_analysis") != DEEPSEEK


def test_refusal_is_told_with_its_reason_and_ends_the_order(qtbot: QtBot, gateway: Gateway, there: Standin) -> None:
    steps = (
        Step("live_analysis", None, Choice("nobody", "some-model")),
        Step("chat_focus", None, DEEPSEEK),
    )
    outcome = ordered(qtbot, gateway, steps)
    assert outcome.trouble == GatewayTrouble("rejected", "未知的提供商: nobody")
    assert len(there.orders) == 1 and there.model_of("chat_focus") == "qwen-plus"


def test_order_that_nobody_answered_may_still_have_been_carried_out(
    qtbot: QtBot, gateway: Gateway, there: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = steps_to(state(qtbot, gateway), {"live_analysis": "deepseek-chat"})
    monkeypatch.setattr(client, "PATIENCE_MS", 150)
    there.manner = "hang_on_orders"
    outcome = ordered(qtbot, gateway, steps)
    assert outcome.trouble is None and outcome.done == steps


@pytest.mark.parametrize(
    ("manner", "kind"),
    [
        ("hang", "timeout"),
        ("drip", "timeout"),
        ("garbage", "garbage"),
        ("array", "garbage"),
        ("cut_off", "garbage"),
        ("other_types", "not_a_gateway"),
        ("no_http", "unreachable"),
        ("not_found", "not_a_gateway"),
        ("redirect", "redirected"),
        ("huge", "too_large"),
        ("wants_token", "key_refused"),
    ],
)
def test_each_bad_manner_has_its_name(
    qtbot: QtBot, gateway: Gateway, there: Standin, monkeypatch: pytest.MonkeyPatch, manner: Manner, kind: str
) -> None:
    monkeypatch.setattr(client, "PATIENCE_MS", 300)
    there.manner = manner
    assert trouble(qtbot, gateway).kind == kind
    assert all("elsewhere" not in path for _, path, _ in there.asked)
    there.manner = "well"
    assert kind == "key_refused" or state(qtbot, gateway).current


@pytest.mark.parametrize("token", ["", "wanted"])
def test_our_own_service_is_never_taken_for_the_gateway(qtbot: QtBot, gateway: Gateway, token: str) -> None:
    """Whether it knows the path or not, and also where it lets nobody in."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(Gate(FastAPI(), frozenset(), token, Bucket(99, 99)), log_config=None))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        gateway.use("127.0.0.1", listening.getsockname()[1])
        found = trouble(qtbot, gateway)
        server.should_exit = True
        thread.join()
    assert found == GatewayTrouble("own_service")


def test_nobody_there_is_unreachable(qtbot: QtBot, gateway: Gateway, there: Standin) -> None:
    with standing_in() as other:
        port = other.port
    gateway.use("127.0.0.1", port)
    assert trouble(qtbot, gateway).kind == "unreachable"


def test_token_goes_to_the_gateway_and_into_no_message(
    qtbot: QtBot, gateway: Gateway, there: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    there.token, there.manner = "tok", "wants_token"
    gateway.use("127.0.0.1", there.port, "tok")
    found = state(qtbot, gateway)
    there.manner = "key_in_detail"
    outcome = ordered(qtbot, gateway, steps_to(found, {"live_analysis": "deepseek-chat"}))
    assert outcome.trouble is not None and outcome.trouble.detail.startswith("provider deepseek refused")
    for text in (repr(found), repr(outcome), caplog.text):
        assert SECRET not in text and "tok with" not in text and "token tok" not in text


def test_models_that_never_come_are_waited_for_once(
    qtbot: QtBot, gateway: Gateway, there: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not once for each provider whose models the status leaves out."""
    usual = there.answer
    for provider in there.providers.values():
        provider["available_models"] = []

    def answer(method: str, path: str, body: object) -> tuple[int, object]:
        if "/models/" in path:
            there.released.wait()
        return usual(method, path, body)

    there.answer = answer  # type: ignore[method-assign]
    monkeypatch.setattr(client, "PATIENCE_MS", 200)
    assert trouble(qtbot, gateway).kind == "timeout"
    assert len(there.asked) == 2


def test_another_address_forgets_what_was_asked(qtbot: QtBot, gateway: Gateway, there: Standin) -> None:
    told: list[object] = []
    gateway.state_read.connect(told.append)
    gateway.failed.connect(told.append)
    there.manner = "hang"
    gateway.read()
    qtbot.waitUntil(lambda: bool(there.asked), timeout=PATIENCE_MS)
    with standing_in() as other:
        gateway.use("127.0.0.1", other.port)
        assert told == [] and not gateway.is_busy
        assert state(qtbot, gateway).current


def test_hanging_gateway_does_not_hold_the_window(
    qtbot: QtBot, gateway: Gateway, there: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heartbeat of the tests fails it otherwise."""
    label = QLabel("painted")
    qtbot.addWidget(label)
    with qtbot.waitExposed(label):
        label.show()
    monkeypatch.setattr(client, "PATIENCE_MS", 400)
    there.manner = "hang"
    assert trouble(qtbot, gateway).kind == "timeout"
    outcome = ordered(qtbot, gateway, (Step("live_analysis", None, DEEPSEEK),))
    assert outcome.state is None and outcome.trouble == GatewayTrouble("timeout")


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("localhost", "http://localhost:10090"),
        ("::1", "http://[::1]:10090"),
        ("https://gw.lan/", "https://gw.lan:10090"),
        (" 192.168.1.7 ", "http://192.168.1.7:10090"),
    ],
)
def test_address_becomes_a_url(address: str, root: str) -> None:
    assert root_url(address, 10090) == root
