"""A writer does everything that files suffer, and after each step the store must say what the disk says (I1 to I4).

A newcomer would get this wrong: the steps are few and the files small on purpose, because every step is judged against
an oracle that reads everything again.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import oracle
from effort import EFFORT
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from lines import NOON, ODD, line

from tipmao_monitor.usage import dayfile, holdings, intake, reading, view
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import CallRow, Filter, PageRequest, Period, Snapshot
from tipmao_monitor.usage.store import Store

PRICES = PriceBook.load()
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "UTC")]
DAYS = [date(2025, 10, day) for day in (1, 24, 25, 26)]
NAMES = [form.format(day) for day in DAYS for form in ("{}.jsonl", "usage_{}.jsonl")]
OTHER_NAMES = [
    f"{NAMES[-2]}.1", f"{NAMES[-2]}.1.gz", "usage_report_20251026_143022.json", f".{NAMES[-2]}", "2025-02-30.jsonl",
]  # fmt: skip
FILTERS = [
    Filter(),
    Filter(Period("7d")),
    Filter(Period("30d"), model="qwen-plus"),
    Filter(Period("month"), failed=True),
    Filter(Period("7d"), user=""),
    Filter(Period("custom", date(2025, 10, 24), date(2025, 10, 25)), search="timeout"),
]
LINES = st.lists(st.integers(0, 400).map(line) | st.sampled_from(ODD), min_size=1, max_size=6).map(b"".join)
NAME = st.sampled_from([*NAMES, *NAMES, *OTHER_NAMES])
FOLDER = st.integers(0, 1)


class Writer(RuleBasedStateMachine):
    """Two folders, a clock, and a store with a cache that is closed and opened again."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="truth-"))
        self.folders = [self.root / "one", self.root / "two"]
        for folder in self.folders:
            folder.mkdir()
        self.now = NOON
        self.zone = ZONES[0]
        self.filter = FILTERS[0]
        self.must_verify = False
        self.steps = 0
        self.store = self.opened()

    def opened(self) -> Store:
        return Store(self.folders, zone=self.zone, prices=PRICES, cache=self.root / "cache")

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.root)

    def touched(self, path: Path) -> None:
        """The writer's clock is the test's."""
        self.now += timedelta(milliseconds=7)
        os.utime(path, (self.now.timestamp(), self.now.timestamp()))

    def place(self, folder: int, name: str) -> Path:
        self.folders[folder].mkdir(exist_ok=True)
        return self.folders[folder] / name

    def some_file(self, data: st.DataObject) -> Path | None:
        files = sorted(
            path for folder in self.folders if folder.exists() for path in folder.iterdir() if path.is_file()
        )
        return data.draw(st.sampled_from(files)) if files else None

    @initialize(lines=LINES)
    def begin(self, lines: bytes) -> None:
        self.append(0, NAMES[-1], lines)
        self.append(0, NAMES[2], lines)

    @rule(folder=FOLDER, name=NAME, lines=LINES)
    def append(self, folder: int, name: str, lines: bytes) -> None:
        path = self.place(folder, name)
        with open(path, "ab") as file:
            file.write(lines)
        self.touched(path)

    @rule(folder=FOLDER, name=NAME, lines=LINES, size=st.integers(1, 600))
    def append_half(self, folder: int, name: str, lines: bytes, size: int) -> None:
        self.append(folder, name, lines[:size])

    @rule(folder=FOLDER, name=NAME, number=st.integers(0, 400), size=st.integers(1, 320))
    def write_a_line_in_two_halves(self, folder: int, name: str, number: int, size: int) -> None:
        self.append(folder, name, line(number)[:size])
        self.store.look(self.now)
        self.append(folder, name, line(number)[size:])

    @rule(folder=FOLDER, name=NAME, garbage=st.binary(min_size=1, max_size=60))
    def append_garbage(self, folder: int, name: str, garbage: bytes) -> None:
        self.append(folder, name, garbage)

    @rule(data=st.data(), size=st.integers(0, 3000))
    def truncate(self, data: st.DataObject, size: int) -> None:
        if path := self.some_file(data):
            os.truncate(path, min(size, path.stat().st_size))
            self.touched(path)

    @rule(data=st.data(), lines=LINES)
    def truncate_and_grow_past(self, data: st.DataObject, lines: bytes) -> None:
        if path := self.some_file(data):
            size = path.stat().st_size
            with open(path, "r+b") as file:
                file.truncate(0)
                file.write(lines * (size // len(lines) + 1))
            self.touched(path)
            self.must_verify = True

    @rule(data=st.data(), lines=LINES, change=st.sampled_from([-40, 0, 0, 40]))
    def replace(self, data: st.DataObject, lines: bytes, change: int) -> None:
        if path := self.some_file(data):
            size = max(path.stat().st_size + change, 0)
            draft = path.with_name(".draft")
            draft.write_bytes((lines * (size // len(lines) + 1))[:size])
            self.touched(draft)
            os.replace(draft, path)

    @rule(data=st.data(), place=st.floats(0, 1), digit=st.sampled_from(b"0123456789\n{"), lines=st.none() | LINES)
    def edit_in_the_middle(self, data: st.DataObject, place: float, digit: int, lines: bytes | None) -> None:
        """Keeping the size, or with lines appended before anyone looks."""
        path = self.some_file(data)
        if path is None or not path.stat().st_size:
            return
        content = bytearray(path.read_bytes())
        digits = [i for i, byte in enumerate(content) if 48 <= byte <= 57] or [0]
        content[digits[int(place * (len(digits) - 1))]] = digit
        with open(path, "r+b") as file:
            file.write(content + (lines or b""))
        self.touched(path)
        self.must_verify |= lines is not None

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if path := self.some_file(data):
            path.unlink()

    @rule(data=st.data(), lines=LINES, is_seen=st.booleans())
    def delete_and_recreate(self, data: st.DataObject, lines: bytes, is_seen: bool) -> None:
        if path := self.some_file(data):
            path.unlink()
            if is_seen:
                self.store.look(self.now)
            self.append(self.folders.index(path.parent), path.name, lines)

    @rule(data=st.data(), folder=FOLDER, suffix=st.sampled_from([".1", ".2", ""]))
    def rename(self, data: st.DataObject, folder: int, suffix: str) -> None:
        if path := self.some_file(data):
            stem = path.name.removesuffix(".gz")
            gz = path.name[len(stem) :]
            os.replace(path, self.place(folder, stem.removesuffix(".1").removesuffix(".2") + suffix + gz))

    @rule(data=st.data(), keep=st.booleans(), cut=st.sampled_from([0, 0, 0, 5, 40]))
    def compress(self, data: st.DataObject, keep: bool, cut: int) -> None:
        path = self.some_file(data)
        if path is None or path.suffix == ".gz":
            return
        zipped = path.with_name(path.name + ".gz")
        whole = gzip.compress(path.read_bytes(), mtime=0)
        zipped.write_bytes(whole[: len(whole) - cut])
        self.touched(zipped)
        if not keep:
            path.unlink()

    @rule(data=st.data())
    def hide_a_folder(self, data: st.DataObject) -> None:
        """Unmounted, or moved away, until someone writes into it or brings it back."""
        folder = data.draw(st.sampled_from(self.folders))
        hidden = folder.with_name(folder.name + "-hidden")
        if folder.exists() and not hidden.exists():
            folder.rename(hidden)

    @rule()
    def bring_the_folders_back(self) -> None:
        for folder in self.folders:
            hidden = folder.with_name(folder.name + "-hidden")
            if hidden.exists() and not folder.exists():
                hidden.rename(folder)

    @rule(data=st.data())
    def link(self, data: st.DataObject) -> None:
        """A file under two names is one file."""
        path = self.some_file(data)
        target = self.place(1, NAMES[0])
        if path is not None and not os.path.lexists(target):
            target.symlink_to(path)

    @rule(passed=st.sampled_from([timedelta(minutes=1), timedelta(minutes=6), timedelta(days=1)]))
    def time_passes(self, passed: timedelta) -> None:
        self.now += passed

    @rule(zone=st.sampled_from(ZONES), filter=st.sampled_from(FILTERS))
    def open_again(self, zone: ZoneInfo, filter: Filter) -> None:
        self.store.close()
        self.zone = zone
        self.filter = filter
        self.store = self.opened()

    @rule(filter=st.sampled_from(FILTERS))
    def choose(self, filter: Filter) -> None:
        self.filter = filter

    @rule(data=st.data(), how=st.sampled_from(["delete", "garble", "cut", "all"]))
    def damage_the_cache(self, data: st.DataObject, how: str) -> None:
        # Their names hash what differs from run to run.
        segments = sorted(
            (path for path in (self.root / "cache").rglob("*") if path.is_file()),
            key=lambda path: path.stat().st_mtime_ns,
        )
        if how == "all":
            shutil.rmtree(self.root / "cache", ignore_errors=True)
        elif segments:
            path = data.draw(st.sampled_from(segments))
            if how == "delete":
                path.unlink()
            elif how == "cut":
                os.truncate(path, path.stat().st_size // 2)
            else:
                path.write_bytes(path.read_bytes()[::-1])

    @rule(filter=st.sampled_from(FILTERS))
    def look_and_ask_for_a_page_alone(self, filter: Filter) -> None:
        """Of what is kept up for the next snapshot, a page needs only a part."""
        self.store.look(self.now)
        self.store.page(PageRequest(filter), self.now)

    @rule()
    def answers_kept_up_are_those_made_anew(self) -> None:
        self.settle()
        kept = self.snapshot(self.filter)
        self.store.snapshot(Filter(Period("custom", date(2020, 1, 1), date(2020, 1, 1))), self.now)
        assert same(kept, self.snapshot(self.filter))

    def settle(self) -> None:
        self.store.look(self.now)
        if self.must_verify:
            self.store.verify(self.now)
            self.must_verify = False
        assert not self.store.look(self.now), "a second look finds something"

    def snapshot(self, filter: Filter) -> Snapshot:
        return self.store.snapshot(filter, self.now)

    @invariant()
    def the_store_says_what_is_on_disk(self) -> None:
        self.settle()
        truth = oracle.read(self.folders, self.zone, self.now)
        prices = oracle.Prices()
        oracle.check_stats(self.store.stats(None, None, self.now), truth, self.zone, prices, None, None)
        oracle.check_accounts(self.store, truth)
        self.steps += 1
        if self.steps % 2:
            return
        oracle.check_snapshot(self.snapshot(self.filter), truth, self.zone, prices, self.now)
        calls = oracle.matching(truth, self.filter, self.now.astimezone(self.zone).date(), self.zone)
        page = self.store.page(PageRequest(self.filter, rows=1000), self.now)
        assert page.total == len(calls)
        assert in_place(page.rows) == in_place(self.snapshot(self.filter).newest)


def in_place(rows: tuple[CallRow, ...]) -> list[CallRow]:
    """Of two calls at one time and one offset either may come first."""
    return sorted(rows, key=lambda row: (row.path, row.offset))


def same(kept: Snapshot, anew: Snapshot) -> bool:
    """Equal; but `before` is asked again only once a minute."""
    assert in_place(kept.newest) == in_place(anew.newest)
    return replace(kept, before=None, newest=()) == replace(anew, before=None, newest=())


def run() -> None:
    run_state_machine_as_test(
        Writer,
        settings=settings(
            max_examples=3 * EFFORT,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_a_writer_does_the_store_says_what_is_on_disk() -> None:
    run()


def test_whatever_a_writer_does_the_store_says_what_is_on_disk_where_files_are_large(monkeypatch) -> None:
    monkeypatch.setattr(dayfile, "BLOCK", 700)
    monkeypatch.setattr(dayfile, "EDGE", 64)
    monkeypatch.setattr(holdings, "LARGE", 900)
    monkeypatch.setattr(holdings, "FEW", 2)
    monkeypatch.setattr(reading, "SEALED_BLOCK", 500)
    monkeypatch.setattr(reading, "LATE_PART", 900)
    monkeypatch.setattr(holdings, "SEALED_LIVE", 1500)
    monkeypatch.setattr(intake, "SMALL_BLOCK", 2)
    monkeypatch.setattr(view, "FEW", 2)
    run()
