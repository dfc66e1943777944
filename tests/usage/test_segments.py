"""The cache may be gone, garbage or old, and used by several at once: the totals are those of the disk all the same."""

from __future__ import annotations

import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lines import NOON, ODD, line
from stores import aged, append, check, opened, write

from tipmao_monitor.usage import dayfile, holdings, reading, segments
from tipmao_monitor.usage.snapshot import Filter, Period

MONTH = Filter(Period("30d"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three days that are over, of them one with odd lines, and one that goes on."""
    folder = tmp_path / "records"
    write(folder / "2025-10-23.jsonl", b"".join(ODD))
    for day in (24, 25, 26):
        write(folder / f"usage_2025-10-{day}.jsonl", b"".join(line(day * 100 + i) for i in range(30)))
    return folder


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files in several parts: blocks of 2000 bytes, each of which may be sealed."""
    monkeypatch.setattr(dayfile, "BLOCK", 2000)
    monkeypatch.setattr(reading, "SEALED_BLOCK", 1000)
    monkeypatch.setattr(reading, "LATE_PART", 1000)
    monkeypatch.setattr(holdings, "LARGE", 1000)


def parquets(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.parquet"), key=lambda path: (path.stat().st_mtime_ns, path.name))


class Opened:
    """Which files this process opens; an audit hook cannot be taken away again, so there is one for all tests."""

    def __init__(self) -> None:
        self.paths: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self.paths is not None:
            self.paths.append(str(arguments[0]))

    @contextmanager
    def heard(self) -> Iterator[list[str]]:
        self.paths = heard = []
        try:
            yield heard
        finally:
            self.paths = None


OPENED = Opened()


def test_days_that_are_over_are_not_read_again(folder: Path, cache: Path) -> None:
    with opened(folder, cache=cache) as store:
        check(store, folder, filters=[MONTH])
    with opened(folder, cache=cache, now=None) as store:
        with OPENED.heard() as heard:
            store.look(NOON)
        check(store, folder, filters=[MONTH])
    assert [path for path in heard if path.startswith(str(folder))] == [str(folder / "usage_2025-10-26.jsonl")]
    assert len(parquets(cache)) == 3


def test_another_zone_or_price_makes_no_segment_anew(folder: Path, cache: Path) -> None:
    with opened(folder, cache=cache):
        before = parquets(cache)
    for zone in ("America/New_York", "Australia/Eucla"):
        with opened(folder, cache=cache, zone=ZoneInfo(zone)) as store:
            check(store, folder, zone=ZoneInfo(zone))
    assert parquets(cache) == before


def garbled(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def of_another_kind(path: Path) -> None:
    path.write_bytes(b"null" if path.suffix == ".json" else b"PAR1PAR1")


def changed_a_little(path: Path) -> None:
    """Still JSON, or still Parquet."""
    data = path.read_bytes()
    digit = next(i for i in range(len(data) // 2, len(data)) if chr(data[i]) in "12345678")
    path.write_bytes(data[:digit] + bytes([data[digit] + 1]) + data[digit + 1 :])


def a_fifo(path: Path) -> None:
    """Nobody ever writes into it, so who opens it waits for ever."""
    path.unlink()
    os.mkfifo(path)


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("damage", [Path.unlink, garbled, truncated, of_another_kind, changed_a_little, a_fifo])
def test_damaged_cache_changes_no_total(folder: Path, cache: Path, damage: Callable[[Path], None]) -> None:
    """Of every other segment its rows, of the others what it says of itself; while it is used, and before."""

    def damage_all() -> None:
        for number, path in enumerate(parquets(cache)):
            victim = path if number % 2 else path.with_name(path.name + ".json")
            if victim.exists():  # what a segment says of itself is not missed while it is used
                damage(victim)

    with opened(folder, cache=cache) as store:
        damage_all()
        check(store, folder)
        damage_all()
    with opened(folder, cache=cache) as store:
        check(store, folder, filters=[MONTH])


@pytest.mark.parametrize("is_running", [True, False])
def test_cache_that_is_deleted_whole_changes_no_total(folder: Path, cache: Path, is_running: bool) -> None:
    for day in range(1, 9):
        write(folder / f"2025-10-0{day}.jsonl", line(day))
    with opened(folder, cache=cache) as store:
        check(store, folder)
        if is_running:
            shutil.rmtree(cache)
            check(store, folder, filters=[MONTH])
            append(folder / "2025-10-01.jsonl", line(99))
            store.look(NOON)
            check(store, folder, filters=[MONTH])
    shutil.rmtree(cache)
    with opened(folder, cache=cache) as store:
        check(store, folder, filters=[MONTH])


def test_cache_that_cannot_be_used_is_said_and_done_without(folder: Path, cache: Path) -> None:
    cache.write_bytes(b"a file stands here")
    with opened(folder, cache=cache) as store:
        check(store, folder, filters=[MONTH])
        (trouble,) = store.troubles()
        assert (trouble.kind, trouble.path) == ("cache_unusable", str(cache))
        assert trouble.detail
    assert cache.read_bytes() == b"a file stands here"


@pytest.mark.parametrize("name", ["it's", "a[b]c", "a*b?", "话术", "%s {x}"])
def test_cache_folder_may_have_any_name(folder: Path, tmp_path: Path, name: str) -> None:
    for _ in range(2):
        with opened(folder, cache=tmp_path / name) as store:
            check(store, folder)
            assert store.troubles() == ()
    assert len(parquets(tmp_path / name)) == 3


@pytest.mark.usefixtures("parts")
def test_rest_of_a_file_behind_its_last_segment_is_read(folder: Path, cache: Path) -> None:
    with opened(folder, cache=cache) as store:
        check(store, folder)
    for path in parquets(cache)[::2]:
        path.unlink()
    for _ in range(2):
        with opened(folder, cache=cache) as store:
            check(store, folder)


@pytest.mark.usefixtures("parts")
def test_part_from_before_an_edit_is_not_chained_with_one_from_after_it(folder: Path, cache: Path) -> None:
    path = folder / "usage_2025-10-24.jsonl"
    original = path.read_bytes()
    for digit in (b"1", b"2", b"3"):
        with opened(folder, cache=cache) as store:
            check(store, folder)
        edited = original.replace(b'"input_tokens": 1', b'"input_tokens": ' + digit, 1)
        with open(path, "r+b") as file:
            file.write(edited)
        aged(path, 3600 - int(digit))
    for _ in range(3):
        with opened(folder, cache=cache) as store:
            check(store, folder)


def test_file_that_takes_the_place_of_another_is_not_taken_for_it(folder: Path, cache: Path) -> None:
    path = folder / "usage_2025-10-24.jsonl"
    with opened(folder, cache=cache) as store:
        check(store, folder)
    data = path.read_bytes().replace(b'"user_1"', b'"user_2"')
    path.unlink()
    write(path, data)
    with opened(folder, cache=cache) as store:
        check(store, folder)
        assert "user_2" in store.stats(None, None, NOON).by_user


def test_two_stores_use_one_cache_at_once(folder: Path, cache: Path) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            for _ in range(2):
                with opened(folder, cache=cache) as store:
                    check(store, folder)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert not list(cache.rglob("*.tmp"))


def older(path: Path) -> None:
    os.utime(path, (time.time() - 2 * segments.UNREFERENCED_S,) * 2)


def test_only_what_nobody_used_for_an_hour_is_deleted(folder: Path, cache: Path) -> None:
    with opened(folder, cache=cache):
        superseded = parquets(cache)
    for day in (24, 25):
        append(folder / f"usage_2025-10-{day}.jsonl", line(day) * 9)
    (folder / "2025-10-23.jsonl").unlink()
    with opened(folder, cache=cache) as store:
        leftover = superseded[0].with_name(".half-written.tmp")
        leftover.write_bytes(b"")
        store.collect()
        assert leftover.exists() and all(path.exists() for path in superseded), "too young"
        for path in superseded[0].parent.iterdir():
            older(path)
        store.collect()
        check(store, folder)
        assert not leftover.exists()
    with opened(folder, cache=cache) as store:
        check(store, folder)


def test_rejects_are_remembered_with_their_segment(folder: Path, cache: Path) -> None:
    with opened(folder, cache=cache) as store:
        before = store.rejects()
        assert before
    with opened(folder, cache=cache) as store:
        assert store.rejects() == before


def test_segment_says_when_its_calls_were(tmp_path: Path, cache: Path) -> None:
    """A file's name says nothing of the days inside, so pruning goes by the times."""
    folder = tmp_path / "records"
    write(folder / "2025-10-20.jsonl", line(1, timestamp="1735689600.5") + line(2, timestamp="1760900000.25"))
    write(folder / "2025-10-21.jsonl", line(3, timestamp="null"))
    for _ in range(2):
        with opened(folder, cache=cache) as store:
            for first, last in (
                ("2025-01-01", "2025-01-01"),
                ("2025-10-20", "2025-10-20"),
                ("2025-10-21", "2025-10-21"),
            ):
                period = Period.parse(f"{first}..{last}")
                check(store, folder, filters=[Filter(period)])
                assert store.snapshot(Filter(period), NOON).total.calls == 1
