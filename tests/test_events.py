"""Events of files come as hints, and nobody waits for a path that does not answer."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tipmao_monitor.events import FileEvents

PATIENCE_S = 20.0


class Hints:
    """Counts them, in whatever thread they come."""

    def __init__(self) -> None:
        self._come = threading.Semaphore(0)

    def __call__(self) -> None:
        self._come.release()

    def come_of(self, act: Callable[[], object]) -> bool:
        """Whether what is done is noticed. It is done until then: when a path begins to be followed, nobody is told."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            act()
            if self._come.acquire(timeout=0.05):
                while self._come.acquire(timeout=0.05):
                    pass
                return True
        return False


@pytest.fixture
def hints() -> Hints:
    return Hints()


@pytest.fixture
def events(qtbot: QtBot, hints: Hints) -> Iterator[FileEvents]:
    parent = QObject()
    events = FileEvents(hints, parent)
    yield events
    events.end()
    events.end()


def grow(file: Path) -> None:
    with file.open("ab") as day:
        day.write(b"{}\n")


def replace(file: Path) -> None:
    new = file.with_suffix(".new")
    new.write_bytes(b"{}\n")
    new.replace(file)


def test_file_that_grows_or_is_replaced_is_noticed_every_time(events: FileEvents, hints: Hints, tmp_path: Path) -> None:
    file = tmp_path / "2025-10-26.jsonl"
    file.write_bytes(b"")
    events.follow((str(file),))
    for act in (grow, replace, grow, replace, replace, grow):
        assert hints.come_of(lambda act=act: act(file))


def test_folder_that_gets_a_file_is_noticed_until_it_is_no_longer_followed(
    events: FileEvents, hints: Hints, tmp_path: Path
) -> None:
    names = iter(range(10_000))
    folder, other = tmp_path / "a", tmp_path / "b"
    folder.mkdir()
    other.mkdir()
    events.follow((str(folder),))
    assert hints.come_of(lambda: (folder / f"{next(names)}.jsonl").write_bytes(b""))
    events.follow((str(other),))
    assert hints.come_of(lambda: (other / f"{next(names)}.jsonl").write_bytes(b""))
    (folder / "late.jsonl").write_bytes(b"")
    assert not hints._come.acquire(timeout=0.1)


def test_path_that_does_not_answer_holds_nobody_up(
    events: FileEvents, hints: Hints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer, access = threading.Event(), threading.Event(), os.access

    def hang(path: str, mode: int) -> bool:
        asked.set()
        return answer.wait(PATIENCE_S) and access(path, mode)

    monkeypatch.setattr(os, "access", hang)
    events.follow((str(tmp_path),))
    assert asked.wait(PATIENCE_S) and not answer.is_set()  # this thread went on
    answer.set()
    assert hints.come_of(lambda: (tmp_path / f"{time.monotonic_ns()}").write_bytes(b""))
