"""The thread that looks: what it announces when files, folders, clock and cache do what they do in life.

A newcomer would get this wrong: `wake` only makes a test quick. Whatever a test expects after it would come with the
next beat, too, and one test waits for that.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import pytest
from listening import NOON, TODAY, ZONE, Clock, Ear, append, feeding, is_done, line

from tipmao_monitor.feed import ANNOUNCE_S, BEAT_S, Failure, Feed, Message, Watched
from tipmao_monitor.usage import dayfile
from tipmao_monitor.usage.database import duckdb
from tipmao_monitor.usage.holdings import CLOCK_NOTICE_S
from tipmao_monitor.usage.snapshot import Filter, PageRequest, Period, Snapshot, Trouble


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A folder with one call of today."""
    folder = tmp_path / "ai_usage"
    folder.mkdir()
    append(folder / TODAY, line())
    return folder


@pytest.fixture
def ear() -> Ear:
    return Ear()


def many_files(folder: Path, files: int = 60, lines: int = 100) -> int:
    """Enough to be imported by workers for a while; how many calls."""
    folder.mkdir(exist_ok=True)
    for ago in range(files):
        at = NOON - timedelta(days=ago)
        (folder / f"usage_{at.date()}.jsonl").write_bytes(line(at) * lines)
    return files * lines


EVER = Filter(Period("custom", date(2025, 1, 1), NOON.date()))


# Lines, hints and beats


def test_what_is_on_disk_is_announced_and_then_each_new_line(records: Path, ear: Ear) -> None:
    with feeding(records, ear=ear) as feed:
        assert ear.calls(1).total.cost == Decimal("0.0156")
        append(records / TODAY, line(cost=1), line(model="qwen-max"))
        feed.wake()
        snapshot = ear.calls(3)
    assert snapshot.total.cost == Decimal("1.0312")
    assert {group.key: group.totals.calls for group in snapshot.by_model} == {"qwen-plus": 2, "qwen-max": 1}


def test_beat_finds_a_line_of_which_no_event_told(records: Path, ear: Ear) -> None:
    with feeding(records, ear=ear):
        ear.calls(1)
        append(records / TODAY, line())
        ear.calls(2)


def test_burst_of_hints_is_answered_at_most_ten_times_a_second(records: Path) -> None:
    moments: list[float] = []
    ear = Ear(lambda message: moments.append(time.monotonic()) if isinstance(message, Snapshot) else None)
    with feeding(records, ear=ear) as feed:
        for _ in range(300):
            append(records / TODAY, line())
            feed.wake()
        ear.calls(301)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert all(gap > 0.9 * ANNOUNCE_S for gap in gaps)


def test_paths_worth_watching_are_told_when_they_change(records: Path, ear: Ear) -> None:
    tomorrow = "usage_2025-10-27.jsonl"
    with feeding(records, ear=ear) as feed:
        first = ear.until(lambda message: isinstance(message, Watched))
        append(records / tomorrow, line(NOON + timedelta(hours=13)))
        feed.wake()
        then = ear.until(lambda message: isinstance(message, Watched))
    assert isinstance(first, Watched) and isinstance(then, Watched)
    assert set(first.paths) == {str(records), str(records / TODAY)}
    assert set(then.paths) == {*first.paths, str(records / tomorrow)}


def test_other_filter_is_answered_and_stays(records: Path, ear: Ear) -> None:
    append(records / TODAY, line(model="qwen-max"))
    with feeding(records, ear=ear) as feed:
        ear.calls(2)
        feed.show(Filter(model="qwen-max"))
        assert ear.calls(1).filter == Filter(model="qwen-max")
        append(records / TODAY, line(), line(model="qwen-max"))
        feed.wake()
        assert ear.calls(2).filter == Filter(model="qwen-max")
        feed.show(Filter())
        ear.calls(4)


def test_page_is_answered_with_its_request(records: Path, ear: Ear) -> None:
    append(records / TODAY, *(line(cost=n, duration_ms=1000 * n) for n in range(1, 9)))
    with feeding(records, ear=ear) as feed:
        ear.calls(9)
        request = PageRequest(Filter(), "slow", order="cost", offset=1, rows=2)
        feed.ask(request)
        page = ear.page()
    assert (page.request, page.total) == (request, 3)
    assert [row.cost for row in page.rows] == [7, 6]


def test_of_two_requests_for_one_list_the_later_is_answered(records: Path) -> None:
    opened, asked = threading.Event(), threading.Event()

    def hold(message: Message) -> None:
        opened.set()
        assert asked.wait(20)

    ear = Ear(hold)
    with feeding(records, ear=ear) as feed:
        assert opened.wait(20)
        for offset in (1, 2, 3):
            feed.ask(PageRequest(Filter(), offset=offset))
        feed.ask(PageRequest(Filter(), "failed"))
        asked.set()
        pages = [ear.page(), ear.page()]
        feed.ask(PageRequest(Filter(), "odd"))
        pages.append(ear.page())
    assert [(page.request.list, page.request.offset) for page in pages] == [("latest", 3), ("failed", 0), ("odd", 0)]


def test_two_folders_are_one_total_and_a_folder_named_twice_counts_once(tmp_path: Path, ear: Ear) -> None:
    one, two, same = tmp_path / "one", tmp_path / "two", tmp_path / "same"
    for folder, cost in ((one, 1), (two, 2)):
        folder.mkdir()
        append(folder / TODAY, line(cost=cost))
    same.symlink_to(one)
    with feeding(one, two, same, ear=ear) as feed:
        assert ear.calls(2).total.cost == 3
        append(two / TODAY, line(cost=4))
        feed.wake()
        assert ear.calls(3).total.cost == 7
        shutil.rmtree(one)
        feed.wake()
        snapshot, trouble = ear.trouble("missing")
        assert (trouble.path, snapshot.total.cost) == (str(one), 6)


# The import


def test_import_announces_on_its_way_and_ends_with_all_there_is(tmp_path: Path, ear: Ear) -> None:
    calls = many_files(tmp_path / "many")
    with feeding(tmp_path / "many", ear=ear, filter=EVER) as feed:
        feed.ask(PageRequest(EVER, rows=1))
        under_way = ear.snapshot(lambda snapshot: snapshot.progress.total > 0)
        assert under_way.total.calls < calls
        assert under_way.progress.done < under_way.progress.total
        ear.calls(calls)


def test_pages_are_answered_while_an_import_goes_on(tmp_path: Path) -> None:
    calls = many_files(tmp_path / "many")
    feed: Feed

    def ask(message: Message) -> None:
        if isinstance(message, Snapshot) and message.progress.total:
            feed.ask(PageRequest(EVER, rows=1))

    ear = Ear(ask)
    with feeding(tmp_path / "many", ear=ear, filter=EVER, is_begun=False) as feed:
        feed.begin()
        assert ear.page().total < calls


def test_cancelled_import_leaves_the_rest_unread_until_refresh(tmp_path: Path) -> None:
    calls = many_files(tmp_path / "many")
    cancelled = threading.Event()
    feed: Feed

    def cancel(message: Message) -> None:
        if isinstance(message, Snapshot) and not cancelled.is_set():
            feed.cancel_import()
            cancelled.set()

    ear = Ear(cancel)
    with feeding(tmp_path / "many", ear=ear, filter=EVER, is_begun=False) as feed:
        feed.begin()
        stopped = ear.snapshot(lambda snapshot: snapshot.progress.cancelled)
        assert stopped.total.calls < calls
        assert stopped.progress.done < stopped.progress.total
        # What is new is still read.
        append(tmp_path / "many" / TODAY, line(user_id="new"))
        feed.wake()
        assert ear.snapshot(lambda snapshot: "new" in {group.key for group in snapshot.by_user}).progress.cancelled
        feed.refresh()
        ear.calls(calls + 1)


@pytest.mark.parametrize(("files", "lines"), [(60, 200), (1, 160_000)])
def test_end_during_an_import_does_not_wait_for_it_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, lines: int
) -> None:
    monkeypatch.setattr(dayfile, "BLOCK", 1 << 20)
    calls = many_files(tmp_path / "many", files, lines)
    begun = threading.Event()
    ear = Ear(lambda _: begun.set())
    with feeding(tmp_path / "many", ear=ear, filter=EVER):
        assert begun.wait(20)
        told = time.monotonic()
    ended = time.monotonic()
    assert not any(isinstance(message, Snapshot) and is_done(message) for message in ear.heard)
    with feeding(tmp_path / "many", ear=ear, filter=EVER):
        ear.calls(calls)
        assert ended - told < (time.monotonic() - ended) / 2


# Begin and end


def test_end_leaves_no_thread_and_announces_no_more(records: Path, ear: Ear) -> None:
    threads = threading.enumerate()
    with feeding(records, ear=ear) as feed:
        ear.calls(1)
    assert threading.enumerate() == threads
    heard = len(ear.heard)
    append(records / TODAY, line())
    feed.wake()
    feed.end()
    assert len(ear.heard) == heard


def test_feed_that_never_began_ends(records: Path, ear: Ear) -> None:
    with feeding(records, ear=ear, is_begun=False):
        pass
    assert ear.heard == []


# The clock


def test_clock_that_steps_back_is_told_for_a_while_and_the_totals_stay(records: Path, ear: Ear) -> None:
    clock = Clock()
    with feeding(records, ear=ear, clock=clock) as feed:
        ear.calls(1)
        clock.passes(timedelta(hours=-2))
        feed.wake()
        snapshot, _ = ear.trouble("clock_back")
        assert snapshot.total.calls == 1
        clock.passes(timedelta(seconds=2))
        append(records / TODAY, line())
        feed.wake()
        assert [trouble.kind for trouble in ear.calls(2).troubles] == ["clock_back"]
        clock.passes(timedelta(seconds=CLOCK_NOTICE_S))
        feed.wake()
        assert ear.snapshot(lambda snapshot: not snapshot.troubles).total.calls == 2


def test_midnight_begins_another_today(records: Path, ear: Ear) -> None:
    append(records / TODAY, line(NOON - timedelta(days=1)))
    clock = Clock(datetime(2025, 10, 26, 23, 59, 59, tzinfo=ZONE))
    with feeding(records, ear=ear, clock=clock) as feed:
        assert ear.calls(1).first_day == date(2025, 10, 26)
        clock.passes(timedelta(seconds=1))
        snapshot = ear.calls(0)
        assert (snapshot.first_day, snapshot.before) == (date(2025, 10, 27), None)
        append(records / TODAY, line(clock.now))
        feed.wake()
        assert ear.calls(1).trend.buckets[-2].calls == 1


# Folders and files


def test_missing_folder_is_told_and_watched_for(tmp_path: Path, ear: Ear) -> None:
    folder = tmp_path / "not" / "yet"
    with feeding(folder, ear=ear):
        snapshot, trouble = ear.trouble("missing")
        assert (trouble.path, snapshot.folders, snapshot.total.calls) == (str(folder), (str(folder),), 0)
        folder.mkdir(parents=True)
        append(folder / TODAY, line())
        assert ear.calls(1).troubles == ()


def test_folder_that_goes_takes_its_calls_with_it_and_brings_them_back(records: Path, ear: Ear) -> None:
    hidden = records.with_name("unmounted")
    with feeding(records, ear=ear) as feed:
        ear.calls(1)
        records.rename(hidden)
        feed.wake()
        snapshot, _ = ear.trouble("missing")
        assert (snapshot.total.calls, snapshot.coverage.files) == (0, 0)
        hidden.rename(records)
        feed.wake()
        assert ear.calls(1).troubles == ()
        shutil.rmtree(records)
        feed.wake()
        ear.trouble("missing")
        records.mkdir()
        append(records / TODAY, line(cost=5))
        feed.wake()
        assert ear.calls(1).total.cost == 5


def test_folder_that_becomes_a_file_and_a_folder_again(records: Path, ear: Ear) -> None:
    with feeding(records, ear=ear) as feed:
        ear.calls(1)
        shutil.rmtree(records)
        records.write_text("not a folder any more")
        feed.wake()
        assert ear.trouble("not_a_folder")[0].total.calls == 0
        records.unlink()
        records.mkdir()
        append(records / TODAY, line(), line())
        feed.wake()
        assert ear.calls(2).troubles == ()


def in_a_file(place: Path) -> Path:
    (place / "file").write_text("no folder")
    return place / "file" / "ai_usage"


def in_a_loop(place: Path) -> Path:
    (place / "loop").symlink_to(place / "loop")
    return place / "loop"


@pytest.mark.parametrize(("make", "kind"), [(in_a_file, "not_a_folder"), (in_a_loop, "unreadable")])
def test_folder_that_cannot_be_read_is_told_and_others_are_read(
    records: Path, tmp_path: Path, ear: Ear, make: Callable[[Path], Path], kind: str
) -> None:
    with feeding(make(tmp_path), records, ear=ear):
        snapshot, trouble = ear.trouble(kind)
    assert snapshot.total.calls == 1
    assert kind != "unreadable" or trouble.detail == os.strerror(40)


@pytest.mark.parametrize(
    ("name", "mode", "kind"),
    [
        pytest.param("", 0, "unreadable", id="folder"),
        pytest.param("", 0o444, "unreadable", id="folder that may only be listed"),
        pytest.param("usage_2025-10-25.jsonl", 0, "unreadable_file", id="file"),
    ],
)
def test_what_one_has_no_right_to_is_told_and_the_rest_is_read(
    records: Path, ear: Ear, name: str, mode: int, kind: str
) -> None:
    def without_rights() -> datetime:
        if not os.geteuid():
            # Root may read everything. From here on the file system takes this thread, the feed's, for nobody.
            ctypes.CDLL(None).setfsuid(65534)
        return NOON

    with tempfile.TemporaryDirectory() as place:
        own, others = Path(place, "own"), Path(place, "others")
        for folder in (own, others):
            folder.mkdir()
            append(folder / TODAY, line())
            append(folder / "usage_2025-10-25.jsonl", line())
        os.chmod(place, 0o755)
        with feeding(own, ear=ear, filter=EVER):
            ear.calls(2)  # now everything is imported: nobody may not even read Python's own modules
        (others / name).chmod(mode)
        with feeding(own, others, ear=ear, clock=without_rights, filter=EVER):
            snapshot, trouble = ear.trouble(kind)
        (others / name).chmod(0o755)
    assert (trouble.path, trouble.detail) == (str(others / name), "Permission denied")
    assert snapshot.total.calls == (3 if name else 2)


def test_symlink_that_is_turned_to_another_folder_is_followed(records: Path, tmp_path: Path, ear: Ear) -> None:
    other, link, draft = tmp_path / "other", tmp_path / "link", tmp_path / "draft"
    other.mkdir()
    append(other / TODAY, line(cost=5), line(cost=6))
    link.symlink_to(records)
    with feeding(link, ear=ear) as feed:
        ear.calls(1)
        draft.symlink_to(other)
        draft.replace(link)
        feed.wake()
        assert ear.calls(2).total.cost == 11


def test_deleted_file_is_told_and_its_calls_are_gone(records: Path, ear: Ear) -> None:
    yesterday = records / "usage_2025-10-25.jsonl"
    append(yesterday, line(NOON - timedelta(days=1)))
    with feeding(records, ear=ear, filter=Filter(Period("7d"))) as feed:
        ear.calls(2)
        yesterday.unlink()
        feed.wake()
        snapshot, trouble = ear.trouble("deleted")
        assert (trouble.path, snapshot.total.calls) == (str(yesterday), 1)


def test_troubles_of_others_are_told_with_every_snapshot(records: Path, ear: Ear) -> None:
    wrong = Trouble("settings_unusable", "settings.toml", "line 3")
    with feeding(records, ear=ear, troubles=[wrong]) as feed:
        assert ear.calls(1).troubles == (wrong,)
        shutil.rmtree(records)
        feed.wake()
        assert [trouble.kind for trouble in ear.trouble("missing")[0].troubles] == ["settings_unusable", "missing"]


# The cache


def run_once(folder: Path, cache: Path, filter: Filter = EVER) -> Snapshot:
    ear = Ear()
    with feeding(folder, ear=ear, cache=cache, filter=filter):
        return ear.snapshot(is_done)


def test_last_known_numbers_come_first_with_their_time_and_then_the_true_ones(
    records: Path, tmp_path: Path, ear: Ear
) -> None:
    known = run_once(records, tmp_path / "cache", Filter())
    append(records / TODAY, line())
    later = Clock(NOON + timedelta(hours=3))
    with feeding(records, ear=ear, cache=tmp_path / "cache", clock=later):
        first = ear.until(lambda _: True)
        assert ear.calls(2).stale_since is None
    assert isinstance(first, Snapshot)
    assert (first.stale_since, first.total, first.by_model) == (known.now, known.total, known.by_model)


def test_numbers_of_a_narrowed_window_are_not_the_last_known(records: Path, tmp_path: Path, ear: Ear) -> None:
    with feeding(records, ear=ear, cache=tmp_path / "cache") as feed:
        ear.calls(1)
        feed.show(Filter(model="nobody's"))
        ear.calls(0)
    assert run_first(records, tmp_path / "cache").stale_since is None


def test_numbers_of_another_day_are_not_the_last_known(records: Path, tmp_path: Path) -> None:
    run_once(records, tmp_path / "cache", Filter())
    assert run_first(records, tmp_path / "cache").stale_since == NOON
    tomorrow = Clock(NOON + timedelta(days=1))
    assert run_first(records, tmp_path / "cache", tomorrow).stale_since is None


def run_first(folder: Path, cache: Path, clock: Clock | None = None) -> Snapshot:
    ear = Ear()
    with feeding(folder, ear=ear, cache=cache, clock=clock):
        first = ear.until(lambda _: True)
    assert isinstance(first, Snapshot)
    return first


GARBAGE = [b"", b"\x00\xff{", b"{}", b"[]", b'{"now": "0001-01-01T00:00:00+14:00"}', b'{"now": "9999-12-31T23:59:59Z"}']


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_in_place_of_the_last_numbers_is_passed_over(records: Path, tmp_path: Path, garbage: bytes) -> None:
    run_once(records, tmp_path / "cache", Filter())
    [last] = (tmp_path / "cache").glob("last-*.json")
    last.write_bytes(garbage)
    first = run_first(records, tmp_path / "cache")
    assert (first.stale_since, first.total.calls) == (None, 1)


def test_what_nobody_writes_into_in_place_of_the_last_numbers_is_not_waited_for(records: Path, tmp_path: Path) -> None:
    run_once(records, tmp_path / "cache", Filter())
    [last] = (tmp_path / "cache").glob("last-*.json")
    last.unlink()
    os.mkfifo(last)
    first = run_first(records, tmp_path / "cache")
    assert (first.stale_since, first.total.calls) == (None, 1)


def test_garbage_in_place_of_segments_changes_no_number(tmp_path: Path, ear: Ear) -> None:
    many_files(tmp_path / "many", files=12, lines=10)
    for path in (tmp_path / "many").iterdir():
        os.utime(path, (NOON.timestamp() - 86400, NOON.timestamp() - 86400))
    told = run_once(tmp_path / "many", tmp_path / "cache")
    segments = sorted(path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert len(segments) > 12
    for number, path in enumerate(segments):
        path.write_bytes([b"", b"PAR1", path.read_bytes()[::-1]][number % 3])
    again = run_once(tmp_path / "many", tmp_path / "cache")
    assert again == replace(told, now=again.now)


def test_cache_deleted_while_the_feed_runs_changes_no_number(tmp_path: Path, ear: Ear) -> None:
    calls = many_files(tmp_path / "many", files=12, lines=10)
    with feeding(tmp_path / "many", ear=ear, cache=tmp_path / "cache", filter=EVER) as feed:
        ear.calls(calls)
        shutil.rmtree(tmp_path / "cache")
        feed.show(replace(EVER, user="user_1"))
        ear.calls(calls)
        append(tmp_path / "many" / TODAY, line())
        feed.wake()
        ear.calls(calls + 1)


def test_file_in_place_of_the_cache_is_told_and_changes_no_number(records: Path, tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "cache").write_text("no folder")
    calls = many_files(records, files=12, lines=10)
    with feeding(records, ear=ear, cache=tmp_path / "cache", filter=EVER) as feed:
        assert [trouble.kind for trouble in ear.calls(calls).troubles] == ["cache_unusable"]
        append(records / TODAY, line())
        feed.wake()
        ear.calls(calls + 1)
    assert (tmp_path / "cache").read_text() == "no folder"


# What nobody expected


def test_error_in_an_answer_is_told_and_the_feed_goes_on(records: Path, ear: Ear) -> None:
    with feeding(records, ear=ear) as feed:
        ear.calls(1)
        feed.ask(PageRequest(Filter(), order="no such order"))  # type: ignore[arg-type]
        assert "no such order" in ear.failure().text
        feed.ask(PageRequest(Filter()))
        assert ear.page().total == 1
        append(records / TODAY, line())
        ear.calls(2)


def test_error_in_a_look_is_told_and_the_feed_goes_on(records: Path, ear: Ear) -> None:
    clock = Clock()
    instants = iter([ZeroDivisionError("first"), ZeroDivisionError("second")])

    def broken_at_first() -> datetime:
        for error in instants:
            raise error
        return clock()

    with feeding(records, ear=ear, clock=broken_at_first):
        assert ear.failure().text == "ZeroDivisionError: first"
        assert ear.failure().text == "ZeroDivisionError: second"
        ear.calls(1)


def test_error_in_every_snapshot_is_told_once_a_beat(records: Path) -> None:
    moments: list[float] = []

    def refuse(message: Message) -> None:
        if isinstance(message, Failure):
            moments.append(time.monotonic())
        else:
            raise ValueError("no snapshot today")

    ear = Ear(refuse)
    with feeding(records, ear=ear):
        ear.failure()
        ear.failure()
        ear.failure()
    assert all(later - earlier > 0.9 * BEAT_S for earlier, later in itertools.pairwise(moments))


def no_database(**_: object) -> NoReturn:
    raise duckdb.IOException("no room")


def test_store_that_cannot_be_opened_is_told_and_opened_later(
    records: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb, "connect", no_database)
    with feeding(records, ear=ear):
        assert ear.failure().text == "IOException: no room"
        monkeypatch.undo()
        ear.calls(1)


def test_feed_whose_store_cannot_be_opened_ends(records: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb, "connect", no_database)
    with feeding(records, ear=ear):
        ear.failure()
