"""One window for each home: real processes that start, come second, and are killed.

A newcomer would get this wrong: the lock is of the process that holds it, so whoever is to be the second has to be
another process, or another open file.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.instance import FILE, Instance

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60.0


@contextmanager
def program(home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The real program, without a display but with a window."""
    env = {**os.environ, "TIPMAO_HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tipmao_monitor", *options]
    ran = subprocess.Popen(command, env=env, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield ran
    finally:
        ran.kill()
        ran.communicate()


@contextmanager
def held(home: Path) -> Iterator[Instance]:
    instance = Instance(home)
    assert instance.is_first()
    try:
        yield instance
    finally:
        instance.end()


def test_there_is_one_first_until_it_ends(home: Path) -> None:
    with held(home):
        assert not Instance(home).is_first()
    with held(home):
        pass


def test_other_home_has_a_first_of_its_own(home: Path, tmp_path: Path) -> None:
    with held(home), held(tmp_path):
        pass


def test_home_that_cannot_be_written_has_no_second(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Instance(tmp_path / "file" / "home").is_first()


def test_second_start_shows_the_window_of_the_first_and_ends(qtbot: QtBot, home: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    with held(home) as first:
        first.listen(window.show)
        with program(home) as second:
            qtbot.waitUntil(lambda: second.poll() is not None, timeout=round(1e3 * PATIENCE_S))
            assert second.returncode == 0
            assert "brought to the front" in second.communicate()[1]
        assert window.isVisible()


def test_each_of_several_is_answered(qtbot: QtBot, home: Path) -> None:
    shown: list[int] = []
    with held(home) as first:
        first.listen(lambda: shown.append(1))
        with program(home) as second, program(home) as third:
            done = lambda: second.poll() is not None and third.poll() is not None  # noqa: E731
            qtbot.waitUntil(done, timeout=round(1e3 * PATIENCE_S))
            assert (second.returncode, third.returncode) == (0, 0)
    assert len(shown) == 2


def test_first_that_does_not_answer_is_told(home: Path) -> None:
    with held(home):
        assert not Instance(home).raise_first(patience_s=0.2)


def test_demo_and_commands_are_not_concerned(qtbot: QtBot, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = home / "records"
    records.mkdir()
    with held(home), program(home, "stats", "--records", str(records), "--json") as other:
        assert other.wait(PATIENCE_S) == 0
    monkeypatch.setenv("TMPDIR", str(home))
    with held(home), program(home, "--demo") as demo:
        # The cache of the demo is made by its feed, and that begins once nobody is in its way.
        qtbot.waitUntil(lambda: any(home.glob("tipmao-demo-*/cache")), timeout=round(1e3 * PATIENCE_S))
        assert demo.poll() is None
        demo.send_signal(signal.SIGTERM)
        demo.wait(PATIENCE_S)


def test_first_that_was_killed_leaves_the_way_free(home: Path) -> None:
    records = home / "records"
    records.mkdir()
    for _ in range(2):
        with program(home, "--records", str(records)) as first:
            assert Instance(home).raise_first(PATIENCE_S), "it does not listen"
            with program(home, "--records", str(records)) as second:
                assert second.wait(PATIENCE_S) == 0
            assert first.poll() is None
            first.send_signal(signal.SIGKILL)
            first.wait(PATIENCE_S)
        assert (home / FILE).exists()
    with held(home) as next_one:
        assert not next_one.raise_first(patience_s=0.2), "somebody answers who was killed"


def test_noise_at_the_socket_shows_nothing(qtbot: QtBot, home: Path) -> None:
    shown: list[int] = []
    with held(home) as first:
        first.listen(lambda: shown.append(1))
        for noise in (b"", b"raise", b"lower\n\n", b"x" * 100_000, b"\n\n\n", b"\xff\n\xfe\n"):
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(first._name)
                with suppress(BrokenPipeError):
                    caller.sendall(noise)
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(first._name)
        caller.sendall(b"raise\n\n")
        qtbot.waitUntil(lambda: bool(shown), timeout=5000)
        caller.close()
    assert len(shown) == 1
