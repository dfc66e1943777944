"""The program as its own process in a real X11 window: what its pixels do when a line is written, and how it ends.

A newcomer would get this wrong: nothing takes a screenshot. Xvfb keeps the screen in a file (`-fbdir`), so that a test
only reads it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from running import ZONE, record

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0
BAR_PX, STATUS_PX = 80, 40
"""Above and below the cards: what is written there tells the time and changes by itself."""


class Screen:
    """An X server of its own, its screen as pixels."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "Xvfb_screen0"
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-fbdir", str(folder)]
        self._server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as number:
            self.display = f":{number.readline().strip()}"

    def close(self) -> None:
        self._server.terminate()
        self._server.wait(PATIENCE_S)

    def ask(self, *command: str) -> str:
        """xdotool's answer."""
        env = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(
            ["xdotool", *command], env=env, check=True, capture_output=True, text=True, timeout=PATIENCE_S
        ).stdout

    def cards(self, window: str) -> np.ndarray:
        """The pixels of a window between the line at its top and the one at its bottom."""
        place = dict(line.split("=") for line in self.ask("getwindowgeometry", "--shell", window).splitlines())
        left, top, width, height = (int(place[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        content = np.fromfile(self._file, dtype=np.uint8)
        # The X Window Dump format: 25 numbers, a name, the colours, the pixels.
        header = content[:100].view(">u4").astype(int)
        start, bytes_per_line, rows = header[0] + 12 * header[19], header[12], header[5]
        pixels = content[start : start + rows * bytes_per_line].reshape(rows, bytes_per_line // 4, 4)
        return pixels[top + BAR_PX : top + height - STATUS_PX, left : left + width, :3].copy()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(tmp_path)
    yield screen
    screen.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline


def has_number(cards: np.ndarray) -> bool:
    """Whether the light look's first card says more than "-": a window that is shown may not be painted yet."""
    height, width, _ = cards.shape
    card = cards[: height // 6, : width // 6]
    is_dark = (card < 0x50).all(axis=2)
    return bool((card.min(axis=2) > 0xF0).mean() > 0.5 and is_dark.sum() > 100)


def test_line_that_is_written_changes_the_pixels_of_a_real_window_that_ends_in_peace(
    screen: Screen, tmp_path: Path, home: Path
) -> None:
    records = tmp_path / "ai_usage"
    # Without notes on top of the page, that come and go.
    (home / "settings.toml").write_text("offer_budget = false\nalert_new_model = false\n")
    record(records)
    env = {**os.environ, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb", "TZ": ZONE.key, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tipmao_monitor", "--records", str(records), "--lang", "en", "--theme", "light"]
    program = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        window = screen.ask("search", "--sync", "--onlyvisible", "--pid", str(program.pid)).split()[0]
        pictures = [screen.cards(window)]

        def is_steady() -> bool:
            """The first number is painted, and all is the same as some time before."""
            screen.ask("search", "--onlyvisible", "--pid", str(program.pid))
            pictures.append(screen.cards(window))
            return has_number(pictures[-1]) and all(np.array_equal(p, pictures[-1]) for p in pictures[-20:])

        def changes(act: Callable[[], object]) -> np.ndarray:
            """Where it changed, once it is steady again."""
            wait_until(is_steady)
            before = pictures[-1]
            act()
            wait_until(lambda: not np.array_equal(screen.cards(window), before))
            wait_until(is_steady)
            return (pictures[-1] != before).any(axis=2)

        changed = changes(lambda: record(records, cost=12.5, model="qwen-max"))
        height, width = changed.shape
        # The row of key figures: each of six but the success rate, the charts, and the list of calls at the right.
        first_row = changed[: height // 6]
        sixths = [first_row[:, width * n // 6 : width * (n + 1) // 6].any() for n in range(6)]
        assert sixths == [True, True, True, False, False, True]
        assert changed[height // 4 : height // 2, : width // 2].any()
        assert changed[height // 2 :, width * 2 // 3 :].any()
        # A real key.
        screen.ask("windowfocus", "--sync", window)
        assert changes(lambda: screen.ask("key", "ctrl+2")).any()
        program.send_signal(signal.SIGTERM)
        out, err = program.communicate(timeout=PATIENCE_S)
    finally:
        program.kill()
        program.wait()
    assert (program.returncode, out, err) == (0, "", "")
    assert not [path for path in records.iterdir() if path.suffix != ".jsonl"]
    assert (home / "window.ini").exists()
