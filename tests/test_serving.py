"""The switch of the HTTP service, and the command `serve`, from outside."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from listening import Ear, feeding
from PySide6.QtWidgets import QApplication
from running import ENGLISH, ZONE, record, running
from test_cli import ROOT, run

from tipmao_monitor import serving
from tipmao_monitor.serving import Served, Serving
from tipmao_monitor.settings import Settings

PATIENCE_S = 20.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def fetched(address: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=PATIENCE_S) as answer:
        return json.loads(answer.read(), parse_float=Decimal)


def is_answered(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serve(*arguments: str | Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and the first line that it says."""
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tipmao_monitor", "serve", *map(str, arguments)],
        env=env | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stderr is not None
    try:
        yield process, process.stderr.readline()
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    for number in range(3):
        record(folder, user_id=f"user_{number}", input_tokens=1000 * number, model="qwen-max")
    return folder


# The command


def test_the_guides_six_lines_are_answered_with_the_figures_of_stats(records: Path) -> None:
    # Where somebody has the guide's port, such as the assistant itself, another one has to do.
    port = 10090 if not is_answered(10090) else free_port()
    guide = (ROOT / "tests" / "guide_curl.sh").read_text(encoding="utf-8").replace(":10090/", f":{port}/")
    lines = [shlex.split(line) for line in guide.splitlines() if line.startswith("curl")]
    assert len(lines) == 6
    with serve("--records", records, "--port", str(port), TZ=ZONE.key) as (process, said):
        assert f"http://127.0.0.1:{port}/static/ai_usage_monitor.html" in said
        answers = []
        for curl, *words in lines:
            ran = subprocess.run([curl, "-sS", "--fail", *words], capture_output=True, text=True, timeout=PATIENCE_S)
            assert ran.returncode == 0, (words, ran.stderr)
            answers.append(json.loads(ran.stdout, parse_float=Decimal))
        today, trend, top, prices, week, day = answers
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    stats = json.loads(run("stats", "--json", "--records", records, TZ=ZONE.key).stdout, parse_float=Decimal)
    total = stats["total"]
    assert total["calls"] == 3
    for name in ("calls", "tokens", "cost"):
        assert today[f"total_{name}"] == total["total_tokens" if name == "tokens" else name]
    for dimension in ("model", "function", "user", "anchor"):
        for key, row in stats[f"by_{dimension}"].items():
            found = today[f"by_{dimension}"][key]
            assert all(found[name] == row[name] for name in ("calls", "input_tokens", "total_tokens", "cost"))
    assert [of["cost"] for of in trend["data"]] == [0] * 6 + [total["cost"]]
    assert [of["user_id"] for of in top["top_users"]] == ["user_2", "user_1", "user_0"]
    assert prices["all_models"]["qwen-plus"]["input"] == Decimal("0.004")
    assert week["success"] is day["success"] is True
    assert week["report_path"] != day["report_path"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_told(records: Path, number: int) -> None:
    with serve("--records", records, "--port", "0") as (process, said):
        [address] = re.findall(r"http://127\.0\.0\.1:[0-9]+", said)
        assert fetched(f"{address}/api/ai_usage/stats/daily")["total_calls"] == 3
        process.send_signal(number)
        out, rest = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, out, rest) == (0, "", "")


def test_a_port_in_use_is_said_in_one_line(records: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("serve", "--records", records, "--port", str(taken.getsockname()[1]))
    assert (ran.returncode, ran.stdout) == (3, "")
    assert len(ran.stderr.splitlines()) == 1
    assert "in use" in ran.stderr and "--port" in ran.stderr


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.7"])
def test_a_host_that_is_not_this_machine_is_said_in_one_line(records: Path, host: str) -> None:
    ran = run("serve", "--records", records, "--host", host, "--port", "0")
    assert ran.returncode == 3
    assert len(ran.stderr.splitlines()) == 1
    assert host in ran.stderr


@pytest.mark.parametrize(
    "wrong", [["--port", "65536"], ["--port", "-1"], ["--port", "x"], ["--host", ""], ["--host", "a b"]]
)
def test_what_is_no_port_or_host_is_wrong_usage(wrong: list[str]) -> None:
    assert run("serve", *wrong).returncode == 2


def test_another_host_demands_the_token_of_the_user(records: Path, home: Path) -> None:
    with serve("--records", records, "--host", "0.0.0.0", "--port", "0") as (process, said):
        [port] = re.findall(r":([0-9]+)/", said)
        assert process.stderr is not None
        assert str(home / "api-token") in process.stderr.readline()
        token = (home / "api-token").read_text().strip()
        address = f"http://127.0.0.1:{port}/api/ai_usage/stats/daily"
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            fetched(address)
        refused.value.close()
        assert fetched(address, Authorization=f"Bearer {token}")["total_calls"] == 3
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=PATIENCE_S)
        assert token not in said + rest


def test_a_folder_that_is_not_there_is_said_and_served_once_it_comes(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    with serve("--records", folder, "--port", "0") as (process, said):
        [address] = re.findall(r"http://127\.0\.0\.1:[0-9]+", said)
        assert process.stderr is not None
        assert "there is no folder" in process.stderr.readline()
        record(folder)
        assert fetched(f"{address}/api/v1/health")["coverage"]["counted"] == 1


def test_prices_and_settings_of_the_user_hold_from_then_on(records: Path, home: Path) -> None:
    with serve("--records", records, "--port", "0") as (_, said):
        [address] = re.findall(r"http://127\.0\.0\.1:[0-9]+", said)
        pricing = f"{address}/api/ai_usage/models/pricing"
        assert "qwen-new-model" not in fetched(pricing)["all_models"]
        assert fetched(f"{address}/api/v1/health")["on_air"] is False
        (home / "prices.toml").write_text('[[price]]\nmodel = "qwen-new-model"\ninput = "0.005"\noutput = "0.015"\n')
        (home / "settings.toml").write_text('on_air = true\n[[budget]]\nname = "a day"\namount = 10\n')
        wait_until(lambda: "qwen-new-model" in fetched(pricing)["all_models"])
        assert fetched(pricing)["all_models"]["qwen-new-model"]["output"] == Decimal("0.015")
        wait_until(lambda: fetched(f"{address}/api/v1/health")["on_air"])
        with urllib.request.urlopen(f"{address}/metrics", timeout=PATIENCE_S) as answer:
            assert 'tipmao_budget_amount_cny{budget="a day"} 10.0' in answer.read().decode()


ASK_AND_END = """
import os, signal, sys, threading, urllib.error, urllib.request
from tipmao_monitor import cli

def ask() -> None:
    while True:
        try:
            with urllib.request.urlopen(sys.argv[2] + "/api/ai_usage/export_report?days=1", b"") as answer:
                print(answer.status)
            break
        except urllib.error.HTTPError as error:
            print(error.code)
            break
        except urllib.error.URLError:
            continue  # not yet
    os.kill(os.getpid(), signal.SIGTERM)

asking = threading.Thread(target=ask)
asking.start()
code = cli.main(["serve", "--port", sys.argv[2].rpartition(":")[2], "--records", sys.argv[1]])
asking.join()
print(code, [name for name in sys.modules if name.startswith("PySide6")])
"""


def test_qt_is_not_needed(records: Path) -> None:
    command = [sys.executable, "-c", ASK_AND_END, str(records), f"http://127.0.0.1:{free_port()}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.stdout.split("\n") == ["200", "0 []", ""], ran.stderr


def test_another_name_of_this_machine_needs_no_token(records: Path) -> None:
    with serve("--records", records, "--host", "localhost", "--port", "0") as (_, said):
        [address] = re.findall(r"http://localhost:[0-9]+", said)
        assert fetched(f"{address}/api/ai_usage/stats/daily")["total_calls"] == 3


# The switch


def test_the_switch_begins_moves_and_ends_the_service(records: Path) -> None:
    ear, said = Ear(), []
    ports = [free_port(), free_port()]
    with feeding(records, ear=ear) as feed:
        switch = Serving(lambda: feed, said.append)
        switch.follow(Settings())
        assert not said
        for port in ports:
            switch.follow(Settings(api_on=True, api_port=port))
            wait_until(lambda: said and said[-1].panel)
            assert fetched(f"http://127.0.0.1:{port}/api/v1/health")["coverage"]["counted"] == 3
            said.clear()
        assert not is_answered(ports[0])
        for on_air in (True, False):
            switch.follow(Settings(api_on=True, api_port=ports[1], on_air=on_air))
            assert fetched(f"http://127.0.0.1:{ports[1]}/api/v1/health")["on_air"] is on_air
        assert not said
        switch.follow(Settings(api_on=False, api_port=ports[1]))
        wait_until(lambda: said == [Served()])
        assert not is_answered(ports[1])
        switch.follow(Settings(api_on=True, api_port=ports[0]))
        switch.end()
        switch.end()
        assert not is_answered(ports[0])


def test_a_port_that_is_taken_is_told_and_another_one_mends_it(records: Path) -> None:
    said: list[Served] = []
    with feeding(records, ear=Ear()) as feed, socket.create_server(("127.0.0.1", 0)) as taken:
        switch = Serving(lambda: feed, said.append)
        port = int(taken.getsockname()[1])
        switch.follow(Settings(api_on=True, api_port=port))
        wait_until(lambda: bool(said))
        [trouble] = said[0].troubles
        assert (trouble.kind, trouble.path) == ("port_unusable", str(port))
        assert "in use" in trouble.detail
        switch.follow(Settings(api_on=True, api_port=free_port()))
        wait_until(lambda: said[-1].panel and not said[-1].troubles)
        switch.end()


def test_a_port_that_was_taken_is_tried_again_while_the_feed_is_heard(
    records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "AGAIN_S", 0.05)
    said: list[Served] = []
    ear = Ear()
    with feeding(records, ear=ear) as feed:
        snapshot = ear.snapshot()
        switch = Serving(lambda: feed, said.append)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = int(taken.getsockname()[1])
            switch.follow(Settings(api_on=True, api_port=port))
            wait_until(lambda: bool(said))
            assert said[0].troubles
        wait_until(lambda: switch.hear(snapshot) or said[-1].panel)  # type: ignore[func-returns-value]
        assert len(said) == 2 and is_answered(port)
        switch.end()


def wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_window_answers_with_its_own_figures(qapp: QApplication, qtbot: Any, records: Path) -> None:
    settings = replace(ENGLISH, api_on=True, api_port=free_port())
    with running(qapp, records, settings=settings) as monitor:
        qtbot.waitUntil(lambda: is_answered(settings.api_port), timeout=20_000)
        address = f"http://127.0.0.1:{settings.api_port}/api/ai_usage/stats/daily"
        # Asked in a thread, the window goes on beside it.
        found: list[Any] = []
        from threading import Thread

        asking = Thread(target=lambda: found.append(fetched(address)))
        asking.start()
        qtbot.waitUntil(lambda: bool(found), timeout=20_000)
        asking.join()
        assert found[0]["total_calls"] == 3
        assert monitor.window.kpis.cards[1].number.text() == "3"
    assert not is_answered(settings.api_port)
