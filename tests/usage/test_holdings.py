"""What is held is what lies in the folders, while they are looked at, imported, cancelled, hidden and touched."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from lines import NOON, ODD, line
from stores import aged, append, check, opened, write

from tipmao_monitor.usage import dayfile, holdings, intake, reading
from tipmao_monitor.usage.snapshot import Filter, Period, Progress

HOUR = timedelta(hours=1)
MONTH = Filter(Period("30d"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six days of fifty calls."""
    folder = tmp_path / "records"
    for day in range(21, 27):
        write(folder / f"2025-10-{day}.jsonl", b"".join(line(day * 100 + i) for i in range(50)))
    return folder


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are imported like large ones, in blocks of 2000 bytes."""
    monkeypatch.setattr(holdings, "LARGE", 1000)
    monkeypatch.setattr(holdings, "FEW", 0)
    monkeypatch.setattr(dayfile, "BLOCK", 2000)
    monkeypatch.setattr(reading, "SEALED_BLOCK", 1500)
    monkeypatch.setattr(intake, "SMALL_BLOCK", 5)


def kinds(troubles) -> list[str]:
    return [trouble.kind for trouble in troubles]


def test_day_file_that_goes_while_it_is_held_against_its_archive_counts_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "2025-10-23.jsonl"
    really = holdings.checksum

    def late(file: str, **how: bool) -> tuple[int, int]:
        if file == str(path):
            path.unlink()
        return really(file, **how)

    with opened(folder) as store:
        with gzip.open(f"{path}.gz", "wb") as archive:
            archive.write(path.read_bytes())
        monkeypatch.setattr(holdings, "checksum", late)
        for _ in range(2):
            store.look(NOON)
            assert store.stats(None, None, NOON).total.calls == 300
        assert not path.exists()


def test_what_a_killed_program_had_put_on_the_disk_goes_and_nobody_elses(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    gone = subprocess.Popen(["true"])
    gone.wait()
    left, own = cache / f"spill-{gone.pid}-0", cache / f"spill-{os.getpid()}-999"
    for place in (left, own):
        place.mkdir(parents=True)
        (place / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"x")
    with opened(folder, cache=cache) as store:
        store.collect()
    assert not left.exists() and list(own.iterdir())


# Looking


def test_second_look_finds_nothing(folder: Path, tmp_path: Path) -> None:
    for cache in (None, tmp_path / "cache"):
        with opened(folder, cache=cache) as store:
            assert not store.look(NOON)
            append(folder / "2025-10-26.jsonl", line(1))
            assert store.look(NOON)
            assert not store.look(NOON)
            assert not store.look(NOON + timedelta(days=3))


def test_file_that_cannot_be_opened_is_said_until_it_can(folder: Path) -> None:
    path = folder / "2025-10-26.jsonl"
    elsewhere = folder.with_name("elsewhere")
    os.replace(path, elsewhere)
    if os.geteuid():
        write(path, line(1)).chmod(0)
    else:
        path.symlink_to("/proc/sys/vm/compact_memory")  # a regular file that not even root may read
    with opened(folder) as store:
        assert kinds(store.troubles()) == ["unreadable_file"]
        assert store.coverage().counted == 5 * 50
        path.unlink()
        os.replace(elsewhere, path)
        assert store.look(NOON)
        check(store, folder)
        assert store.troubles() == ()


def test_folder_that_goes_away_takes_its_calls_and_brings_them_back(folder: Path, tmp_path: Path) -> None:
    with opened(folder, tmp_path / "never", cache=tmp_path / "cache") as store:
        assert kinds(store.troubles()) == ["missing"]
        hidden = folder.with_name("hidden")
        folder.rename(hidden)
        assert store.look(NOON)
        assert kinds(store.troubles()) == ["missing", "missing"], "not a word of deleted files"
        assert check(store, folder).calls == []
        hidden.rename(folder)
        assert store.look(NOON)
        check(store, folder, filters=[MONTH])
        assert kinds(store.troubles()) == ["missing"]


def test_folder_that_is_a_file_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    with opened(tmp_path / "plain", folder) as store:
        assert kinds(store.troubles()) == ["not_a_folder"]
        check(store, folder)


def test_deleting_a_day_file_resets_that_day_with_a_notice(folder: Path) -> None:
    with opened(folder) as store:
        path = folder / "2025-10-22.jsonl"
        path.unlink()
        assert store.look(NOON)
        assert [(trouble.kind, trouble.path) for trouble in store.troubles()] == [("deleted", str(path))]
        check(store, folder)
        write(path, line(1))
        assert store.look(NOON)
        assert store.troubles() == ()
        check(store, folder)


def test_clock_that_steps_back_is_said_and_changes_no_total(folder: Path) -> None:
    with opened(folder) as store:
        assert not store.look(NOON - timedelta(seconds=30))
        assert store.look(NOON - HOUR)
        assert kinds(store.troubles()) == ["clock_back"]
        check(store, folder, now=NOON - HOUR)


# The last line


@pytest.mark.parametrize("is_looking", [True, False])
@pytest.mark.parametrize("cached", [True, False])
def test_last_line_without_newline_counts_once_its_day_is_over_and_quiet(
    tmp_path: Path, is_looking: bool, cached: bool
) -> None:
    folder = tmp_path / "records"
    path = write(folder / "2025-10-25.jsonl", line(1) + line(2)[:-1], age_s=60)
    cache = tmp_path / "cache" if cached else None
    with opened(folder, cache=cache) as store:
        assert len(check(store, folder).calls) == 1
        if is_looking:
            assert store.look(NOON + HOUR)
    with opened(folder, cache=cache, now=NOON + HOUR) as store:
        truth = check(store, folder, now=NOON + HOUR)
        assert [placed.no_newline for placed in truth.calls] == [False, True]
        append(path, b"\n" + line(3), age_s=0, now=NOON + HOUR)
        assert store.look(NOON + HOUR)
        assert len(check(store, folder, now=NOON + HOUR).calls) == 3


def test_last_line_that_was_not_whole_is_tried_again_when_it_grew(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    path = write(folder / "2025-10-25.jsonl", line(1) + line(2)[:50])
    with opened(folder) as store:
        check(store, folder)
        append(path, line(2)[50:-1], age_s=60)
        store.look(NOON)
        check(store, folder)
        store.look(NOON + HOUR)
        assert len(check(store, folder, now=NOON + HOUR).calls) == 2


def test_last_line_of_today_waits(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    write(folder / "2025-10-26.jsonl", line(1) + line(2)[:-1])
    with opened(folder, now=NOON + HOUR) as store:
        assert len(check(store, folder, now=NOON + HOUR).calls) == 1


# Compressed and moved files


@pytest.mark.parametrize(("cut", "is_copy"), [(0, True), (8, True), (30, False)])
def test_compressed_copy_beside_its_source_is_the_same_file_only_with_all_bytes(
    folder: Path, cut: int, is_copy: bool
) -> None:
    path = folder / "2025-10-22.jsonl"
    zipped = gzip.compress(path.read_bytes(), mtime=0)
    write(Path(f"{path}.gz"), zipped[: len(zipped) - cut])
    with opened(folder) as store:
        check(store, folder)
        assert (f"{path}.gz" in store.coverage().ignored) is is_copy
        path.unlink()
        store.look(NOON)
        check(store, folder)
        assert store.coverage().ignored == ()


def test_rotation_and_compression_count_each_call_once(folder: Path, tmp_path: Path) -> None:
    path = folder / "2025-10-26.jsonl"
    with opened(folder, cache=tmp_path / "cache") as store:
        os.replace(path, f"{path}.1")
        write(path, line(1))
        store.look(NOON)
        assert len(check(store, folder).calls) == 6 * 50 + 1
        write(Path(f"{path}.1.gz"), gzip.compress(Path(f"{path}.1").read_bytes()))
        store.look(NOON)
        assert len(check(store, folder).calls) == 6 * 50 + 1
        Path(f"{path}.1").unlink()
        store.look(NOON)
        assert len(check(store, folder, filters=[MONTH]).calls) == 6 * 50 + 1


def test_one_file_in_two_folders_by_a_link_counts_once(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    os.link(folder / "2025-10-26.jsonl", other / "2025-10-26.jsonl")
    with opened(folder, other, folder) as store:
        check(store, folder, other)
        (folder / "2025-10-26.jsonl").unlink()
        store.look(NOON)
        assert len(check(store, folder, other).calls) == 6 * 50


def test_compressed_copy_is_one_also_where_its_source_was_found_under_another_name(folder: Path) -> None:
    path = folder / "2025-10-26.jsonl"
    (folder / "2025-10-20.jsonl").symlink_to(path)
    write(Path(f"{path}.gz"), gzip.compress(path.read_bytes()))
    with opened(folder) as store:
        assert len(check(store, folder).calls) == 6 * 50


def test_byte_identical_calls_all_count(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        write(folder / "2025-10-26.jsonl", line(1) * 3)
    with opened(one, two) as store:
        assert len(check(store, one, two, filters=[MONTH]).calls) == 6


# The slow proof


@pytest.mark.parametrize("cached", [True, False])
def test_edit_in_the_middle_of_a_file_that_grew_is_found_by_the_slow_proof(
    tmp_path: Path, cached: bool, monkeypatch
) -> None:
    monkeypatch.setattr(dayfile, "EDGE", 64)
    folder = tmp_path / "records"
    path = write(folder / "2025-10-26.jsonl", b"".join(map(line, range(20))))
    with opened(folder, cache=tmp_path / "cache" if cached else None) as store:
        content = path.read_bytes().replace(b'"s1"', b'"s9"')
        with open(path, "r+b") as file:
            file.write(content + line(1))
        aged(path, 10)
        assert store.look(NOON)
        assert store.verify(NOON)
        check(store, folder, filters=[MONTH])
        assert not store.verify(NOON)


# Importing


def test_import_says_how_far_it_is(folder: Path, tmp_path: Path, large: None) -> None:
    told: list[Progress] = []
    with opened(folder, cache=tmp_path / "cache", now=None) as store:
        store.look(NOON, progress=lambda progress: told.append(progress) is None)
        assert store.snapshot(MONTH, NOON).progress == Progress()
        check(store, folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert {progress.total for progress in told} == {size}
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert told[-1].done == size


def test_newest_day_is_imported_first(folder: Path, large: None) -> None:
    seen: list[list[str]] = []
    with opened(folder, now=None, workers=1) as store:

        def show(progress: Progress) -> bool:
            seen.append(list(store.stats(None, None, NOON).by_day))
            return len(seen) < 3

        store.look(NOON, progress=show)
        accounts = {Path(account.path).name for account in store.accounts() if account.counted}
    assert "2025-10-26.jsonl" in accounts
    assert "2025-10-21.jsonl" not in accounts


@pytest.mark.parametrize("after", [1, 3])
def test_import_that_is_cancelled_goes_on_when_it_is_resumed(
    folder: Path, tmp_path: Path, large: None, after: int
) -> None:
    with opened(folder, cache=tmp_path / "cache", now=None) as store:
        told: list[Progress] = []
        store.look(NOON, progress=lambda progress: told.append(progress) is None and len(told) < after)
        assert store.snapshot(MONTH, NOON).progress.cancelled
        counted = store.stats(None, None, NOON).total.calls
        assert counted < 6 * 50
        assert not store.look(NOON), "what was left out stays out"
        store.resume()
        assert store.look(NOON)
        check(store, folder, filters=[MONTH])
    with opened(folder, cache=tmp_path / "cache") as store:
        check(store, folder)


def test_nothing_is_lost_when_whoever_is_told_fails(folder: Path, tmp_path: Path, large: None) -> None:
    for after in (1, 3):
        with opened(folder, cache=tmp_path / f"cache{after}", now=None) as store:
            told: list[Progress] = []

            def fail(progress: Progress, told: list[Progress] = told, after: int = after) -> bool:
                told.append(progress)
                if len(told) == after:
                    raise RuntimeError("no window")
                return True

            with pytest.raises(RuntimeError, match="no window"):
                store.look(NOON, progress=fail)
            store.look(NOON)
            check(store, folder, filters=[MONTH])


def test_import_that_breaks_off_does_not_read_on(tmp_path: Path, large: None) -> None:
    folder, cache = tmp_path / "records", tmp_path / "cache"
    path = write(folder / "2025-10-25.jsonl", b"".join(map(line, range(4000))))
    parts = path.stat().st_size // 2000

    def interrupt(progress: Progress) -> bool:
        raise KeyboardInterrupt

    with opened(folder, cache=cache, now=None) as store, pytest.raises(KeyboardInterrupt):
        store.look(NOON, progress=interrupt)
    assert len(list(cache.rglob("*.parquet"))) < parts / 2


def test_answers_during_an_import_are_true_of_what_is_in(folder: Path, tmp_path: Path, large: None) -> None:
    with opened(folder, cache=tmp_path / "cache", now=None) as store:

        def show(progress: Progress) -> bool:
            snapshot, stats = store.snapshot(MONTH, NOON), store.stats(None, None, NOON)
            assert snapshot.total.calls == stats.total.calls == sum(group.calls for group in stats.by_day.values())
            assert snapshot.total.cost == stats.total.cost
            return True

        store.look(NOON, progress=show)
        check(store, folder, filters=[MONTH])


def test_cache_that_is_deleted_during_an_import_changes_no_total(folder: Path, tmp_path: Path, large: None) -> None:
    cache = tmp_path / "cache"
    append(folder / "2025-10-25.jsonl", b"".join(map(line, range(400))))  # still being read when others are done
    with opened(folder, cache=cache, now=None) as store:
        told: list[int] = []

        def clean_up(progress: Progress) -> bool:
            shutil.rmtree(cache, ignore_errors=True)
            told.append(store.stats(None, None, NOON).total.calls)
            return True

        store.look(NOON, progress=clean_up)
        assert max(told) <= 6 * 50 + 400
        store.look(NOON)
        check(store, folder, filters=[MONTH])


def test_file_that_changes_while_it_is_imported_is_right_in_the_end(folder: Path, tmp_path: Path, large: None) -> None:
    with opened(folder, cache=tmp_path / "cache", now=None, workers=1) as store:
        steps = iter(range(21, 27))

        def change(progress: Progress) -> bool:
            day = next(steps, None)
            if day is not None:
                path = folder / f"2025-10-{day}.jsonl"
                if day % 3 == 0:
                    append(path, line(day))
                elif day % 3 == 1:
                    write(path, line(day) * 20)
                else:
                    path.unlink()
            return True

        store.look(NOON, progress=change)
        store.look(NOON)
        check(store, folder, filters=[MONTH])


# Rejects and paths


def test_newest_rejects_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    for day in (25, 26):
        write(folder / f"2025-10-{day}.jsonl", b"".join(b"bad %d\n" % number for number in range(700)))
    with opened(folder) as store:
        rejects = store.rejects()
        assert store.coverage().quarantined == 1400
    assert len(rejects) == 1000
    assert [rejects[0].text, rejects[699].text, rejects[700].text] == ["bad 699", "bad 0", "bad 699"]
    assert [Path(reject.path).name for reject in rejects[699:701]] == ["2025-10-26.jsonl", "2025-10-25.jsonl"]


def test_folders_and_newest_files_are_worth_watching(folder: Path) -> None:
    with opened(folder) as store:
        watched = store.watched()
    assert set(watched) == {str(folder), str(folder / "2025-10-26.jsonl"), str(folder / "2025-10-25.jsonl")}


def test_odd_lines_of_every_kind_are_accounted_for(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    write(folder / "2025-10-26.jsonl", b"".join(ODD) + b"half")
    with opened(folder) as store:
        truth = check(store, folder, filters=[MONTH, Filter()])
    assert len(truth.files) == 1
