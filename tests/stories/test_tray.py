"""The program on a desktop with a tray and a notification service: a real X server, a real D-Bus session.

A newcomer would get this wrong: that a balloon came is asked of the service that got it, never of Qt, which says of
every desktop that it shows messages.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import ZONE, record

ROOT = Path(__file__).resolve().parents[2]
SERVICE = Path(__file__).with_name("tray_service.py")
PATIENCE_S = 30.0
BUDGET = """
[[budget]]
name = "every <day>"
amount = 1
"""


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Desk:
    """An X server, a bus, and a desktop on it. `said` is what the desktop was asked for."""

    def __init__(self, home: Path, *options: str) -> None:
        self._home = home
        self._processes: list[subprocess.Popen[str]] = []
        self.said: list[dict[str, Any]] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        bus = self._begin(["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"], os.environ)
        assert bus.stdout is not None
        read, write = os.pipe()
        server = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24"]
        self._processes.append(
            subprocess.Popen(server, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        )
        os.close(write)
        with os.fdopen(read) as number:
            self.env = {
                **os.environ,
                "DISPLAY": f":{number.readline().strip()}",
                "DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip(),
                "QT_QPA_PLATFORM": "xcb",
                "TZ": ZONE.key,
                "PYTHONPATH": str(ROOT),
            }
        desktop = self._begin([sys.executable, str(SERVICE), *options], self.env)
        self._reader = threading.Thread(target=self._read, args=(desktop,))
        self._reader.start()
        wait_until(lambda: self.heard("ready"))

    def _begin(self, command: list[str], env: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._processes.append(process)
        return process

    def _read(self, desktop: subprocess.Popen[str]) -> None:
        assert desktop.stdout is not None
        for line in desktop.stdout:
            self._lines.put(line)

    def heard(self, what: str) -> list[dict[str, Any]]:
        while not self._lines.empty():
            self.said.append(json.loads(self._lines.get()))
        return [entry for entry in self.said if entry["what"] == what]

    def program(self, records: Path, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tipmao_monitor", "--records", str(records), "--lang", "en", *options]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, *command: str) -> str:
        ran = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=PATIENCE_S)
        return ran.stdout

    def windows(self, program: subprocess.Popen[str]) -> list[str]:
        return self.ask("xdotool", "search", "--onlyvisible", "--pid", str(program.pid)).split()

    def close_window(self, window: int) -> None:
        """As a window manager does it when the user clicks its cross."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        display = ctypes.c_void_p(x11.XOpenDisplay(self.env["DISPLAY"].encode()))
        protocols, delete = (x11.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
        # An XClientMessageEvent of 32-bit data: type, serial, send_event, display, window, message_type, format, data.
        event = (ctypes.c_long * 24)(33, 0, 1, 0, window, protocols, 32, delete)
        x11.XSendEvent(display, ctypes.c_ulong(window), 0, ctypes.c_long(0), event)
        x11.XCloseDisplay(display)

    def tip(self) -> str:
        """What the newest icon says of itself."""
        service = self.heard("icon")[-1]["service"]
        call = ("dbus-send", "--session", "--print-reply", f"--dest={service}", "/StatusNotifierItem")
        get = ("org.freedesktop.DBus.Properties.Get", "string:org.kde.StatusNotifierItem", "string:ToolTip")
        return self.ask(*call, *get)

    def click(self) -> None:
        """Click the newest icon."""
        service = self.heard("icon")[-1]["service"]
        call = ("dbus-send", "--session", "--print-reply", f"--dest={service}", "/StatusNotifierItem")
        self.ask(*call, "org.kde.StatusNotifierItem.Activate", "int32:0", "int32:0")

    def close(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(PATIENCE_S)
        self._reader.join()
        for process in self._processes:
            if process.stdout is not None:
                process.stdout.close()


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    desk = Desk(home)
    yield desk
    desk.close()


def end(program: subprocess.Popen[str]) -> tuple[int, str, str]:
    program.send_signal(signal.SIGTERM)
    out, err = program.communicate(timeout=PATIENCE_S)
    return program.returncode, out, err


def test_one_balloon_for_an_alert_and_the_tray_stays_when_the_window_is_closed(
    desk: Desk, tmp_path: Path, home: Path
) -> None:
    records = tmp_path / "ai_usage"
    (home / "settings.toml").write_text(
        "offer_budget = false\nalert_new_model = false\nalert_new_anchor = false" + BUDGET
    )
    record(records, cost=0.5)
    program = desk.program(records)
    try:
        wait_until(lambda: desk.heard("icon"))
        wait_until(lambda: "budget 50 %" in desk.tip())
        assert desk.heard("notification") == []
        record(records, cost=0.4)
        wait_until(lambda: desk.heard("notification"))
        wait_until(lambda: "budget 90 %" in desk.tip())
        [shown] = desk.heard("notification")
        assert shown["title"] == "80 % of the budget is used: ¥1 a day"
        assert "every ‹day›" in shown["text"]
        # Another call, and nothing new to say.
        record(records, cost=0.01)
        wait_until(lambda: "budget 91 %" in desk.tip())
        # Closed by the window manager, the program goes on in the tray and says so, once.
        wait_until(lambda: desk.windows(program))
        desk.close_window(int(desk.windows(program)[0]))
        wait_until(lambda: not desk.windows(program))
        wait_until(lambda: len(desk.heard("notification")) == 2)
        assert desk.heard("notification")[1]["title"] == "TipMao Monitor goes on in the tray"
        record(records, cost=0.01)
        wait_until(lambda: "budget 92 %" in desk.tip())
        desk.click()
        wait_until(lambda: desk.windows(program))
        assert end(program) == (0, "", "")
        # The next run has nothing to say that was said.
        program = desk.program(records, "--compact")
        wait_until(lambda: len(desk.heard("icon")) == 2)
        wait_until(lambda: "budget 92 %" in desk.tip())
        record(records, cost=0.01)
        wait_until(lambda: "budget 93 %" in desk.tip())
        assert len(desk.heard("notification")) == 2
        # Told to end where there is no window but the strip.
        assert end(program) == (0, "", "")
    finally:
        program.kill()
        program.communicate()


def test_notification_service_that_never_answers_holds_nothing_up(tmp_path: Path, home: Path) -> None:
    records = tmp_path / "ai_usage"
    (home / "settings.toml").write_text("alert_new_model = false\nalert_new_anchor = false" + BUDGET)
    record(records, cost=0.9)
    desk = Desk(home, "--silent")
    try:
        program = desk.program(records)
        try:
            wait_until(lambda: desk.heard("notification"))
            record(records, cost=0.02)
            wait_until(lambda: "budget 92 %" in desk.tip())
            assert len(desk.heard("notification")) == 1
            assert "while the program was closed" in desk.heard("notification")[0]["text"]
            assert end(program) == (0, "", "")
        finally:
            program.kill()
            program.communicate()
    finally:
        desk.close()
