"""Archiving and deleting day files: the totals stay or go as the user said, whatever happens in between."""

from __future__ import annotations

import fcntl
import gzip
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from lines import NOON, line
from stores import SHANGHAI, check, opened, write

from tipmao_monitor.usage import cleanup
from tipmao_monitor.usage.cleanup import Action, CleanupRequest, CleanupResult, clean_up, old_files
from tipmao_monitor.usage.snapshot import Filter, Period

TODAY = NOON.astimezone(SHANGHAI).date()
ROOT = Path(__file__).resolve().parents[2]


def day_file(folder: Path, days_ago: int, count: int = 30, name: str = "usage_{}.jsonl") -> Path:
    day = TODAY - timedelta(days=days_ago)
    at = NOON.timestamp() - 86_400 * days_ago
    lines = b"".join(line(number, timestamp=repr(at + number)) for number in range(count))
    return write(folder / name.format(day), lines, 86_400.0 * days_ago + 3600)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for days_ago in (0, 1, 29, 30, 31, 40):
        day_file(tmp_path / "records", days_ago)
    return tmp_path / "records"


def totals(folder: Path) -> tuple[object, ...]:
    """All that `stats` says, judged by the oracle."""
    with opened(folder) as store:
        check(store, folder, filters=[Filter(period=Period("30d"))])
        stats = store.stats(None, None, NOON)
        return stats.total, stats.by_day, stats.by_model, stats.by_session


def do(folder: Path, action: Action, *paths: Path) -> CleanupResult:
    return clean_up(CleanupRequest(action, tuple(map(str, paths))), [str(folder)], TODAY)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_old_by_the_date_in_their_name_with_calls_and_cost(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path)  # touched today, as a copy would be
    with opened(folder) as store:
        found = old_files(store, NOON)
        stats = store.stats(None, None, NOON)
    assert [(found.today - file.day).days for file in found.older_than(30)] == [40, 31]
    assert len(found.older_than(-1)) == len(found.files) == 6
    for file in found.files:
        assert (file.state, file.size) == ("file", os.path.getsize(file.path))
        of_day = stats.by_day[str(file.day)]
        assert (file.calls, file.cost) == (of_day.calls, of_day.cost)
    assert [file.day for file in found.of_day(TODAY)] == [TODAY]


def test_archived_days_stay_in_the_figures_byte_for_byte(folder: Path) -> None:
    write(folder / "usage_2025-09-01.jsonl", line(1) + b'{"torn\n\n' + line(2)[:-1], 86_400.0 * 55)
    before = totals(folder)
    paths = [path for path in folder.iterdir() if path.name < f"usage_{TODAY - timedelta(days=30)}.jsonl"]
    content = {path.name: path.read_bytes() for path in paths}
    result = do(folder, "archive", *paths)
    assert len(result.outcomes) == 3 and not result.failed
    assert totals(folder) == before
    for name, data in content.items():
        assert not (folder / name).exists()
        assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == data
    assert len(names(folder)) == 7
    with opened(folder) as store:
        states = [file.state for file in old_files(store, NOON).files]
    assert states == ["archived"] * 3 + ["file"] * 4


def test_a_rotated_file_is_archived_under_its_own_name(folder: Path) -> None:
    rotated = day_file(folder, 40, 5, "{}.jsonl.2")
    before = totals(folder)
    assert not do(folder, "archive", rotated).failed
    assert totals(folder) == before
    assert (folder / f"{rotated.name}.gz").exists()


def test_deleting_resets_that_day_and_nothing_else(folder: Path) -> None:
    day = TODAY - timedelta(days=1)
    before = totals(folder)
    assert not do(folder, "delete", folder / f"usage_{day}.jsonl").failed
    after = totals(folder)
    assert set(before[1]) - set(after[1]) == {str(day)}  # type: ignore[call-overload]
    assert not do(folder, "delete", *folder.iterdir()).failed
    assert names(folder) == []


def test_hidden_days_are_kept_and_not_counted_until_they_are_shown_again(folder: Path) -> None:
    before = totals(folder)
    path = folder / f"usage_{TODAY - timedelta(days=40)}.jsonl"
    assert not do(folder, "archive", path).failed
    archive = path.with_name(path.name + ".gz")
    assert not do(folder, "hide", archive).failed
    after = totals(folder)
    assert len(after[1]) == len(before[1]) - 1  # type: ignore[arg-type]
    with opened(folder) as store:
        hidden = [file for file in old_files(store, NOON).files if file.state == "hidden"]
    assert [(file.path, file.calls) for file in hidden] == [(str(folder / "archive" / archive.name), None)]
    assert not do(folder, "show", Path(hidden[0].path)).failed
    assert totals(folder) == before


def test_what_must_not_be_touched_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    elsewhere = day_file(tmp_path / "elsewhere", 50)
    (folder / "usage_2025-01-01.jsonl").symlink_to(elsewhere)
    (folder / "notes.txt").write_text("mine")
    (folder / "usage_2025-01-02.jsonl").mkdir()
    for action, path, failure in (
        ("delete", elsewhere, "foreign"),
        ("delete", folder / ".." / "elsewhere" / elsewhere.name, "foreign"),
        ("delete", folder / "notes.txt", "foreign"),
        ("delete", folder / "usage_2025-01-01.jsonl", "link"),
        ("delete", folder / "usage_2025-01-02.jsonl", "link"),
        ("delete", folder / "usage_2025-01-03.jsonl", "gone"),
        ("archive", folder / f"usage_{TODAY}.jsonl", "today"),
        ("hide", folder / f"usage_{TODAY}.jsonl", "today"),
    ):
        [outcome] = do(folder, action, path).outcomes  # type: ignore[arg-type]
        assert outcome.failure == failure, path
    assert elsewhere.exists() and (folder / "notes.txt").exists() and (folder / f"usage_{TODAY}.jsonl").exists()


def test_an_archive_with_other_content_is_never_replaced(folder: Path) -> None:
    path = folder / f"usage_{TODAY - timedelta(days=40)}.jsonl"
    archive = path.with_name(path.name + ".gz")
    archive.write_bytes(gzip.compress(line(99)))
    before = names(folder), archive.read_bytes()
    [outcome] = do(folder, "archive", path).outcomes
    assert outcome.failure == "exists"
    assert (names(folder), archive.read_bytes()) == before
    whole = archive.read_bytes()
    for damaged in (whole[:-9], whole[:15] + b"\xff" * 9 + whole[24:], b"no archive"):
        archive.write_bytes(damaged)
        other = folder / f"usage_{TODAY - timedelta(days=31)}.jsonl"
        outcomes = do(folder, "archive", path, other).outcomes
        assert [outcome.failure for outcome in outcomes] == ["exists", ""]
        assert path.exists() and archive.read_bytes() == damaged
        other.with_name(f"{other.name}.gz").unlink()
        day_file(folder, 31)


@pytest.mark.parametrize("step", ["_decompressed", "_publish"])
def test_what_is_appended_while_a_file_is_archived_is_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = folder / f"usage_{TODAY - timedelta(days=1)}.jsonl"
    before = totals(folder)[0].calls  # type: ignore[attr-defined]
    real = getattr(cleanup, step)

    def and_then_a_late_record(*arguments: object) -> object:
        answer = real(*arguments)
        monkeypatch.undo()
        with path.open("ab") as file:
            file.write(line(77, timestamp=repr(NOON.timestamp() - 80_000)))
        return answer

    monkeypatch.setattr(cleanup, step, and_then_a_late_record)
    [outcome] = do(folder, "archive", path).outcomes
    # Before the archive has its name the file stays a file, after that it is archived with what came last.
    assert outcome.failure == ("changed" if step == "_decompressed" else "")
    assert names(folder).count(f"{path.name}.gz") == (outcome.failure == "")
    assert path.exists() == (outcome.failure == "changed")
    assert totals(folder)[0].calls == before + 1  # type: ignore[attr-defined]
    assert not [name for name in names(folder) if name.startswith(".")]


def test_a_recorder_that_is_writing_is_not_cut_off(folder: Path) -> None:
    path = folder / f"usage_{TODAY - timedelta(days=1)}.jsonl"
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        [outcome] = do(folder, "archive", path).outcomes
        assert outcome.failure == "changed" and path.exists() and len(names(folder)) == 6
    assert not do(folder, "archive", path).failed


def test_what_a_dead_process_put_aside_is_counted_again(folder: Path) -> None:
    late = line(77, timestamp=repr(NOON.timestamp() - 86_400 * 40 + 999))
    path = folder / f"usage_{TODAY - timedelta(days=40)}.jsonl"
    data = path.read_bytes()
    aside, archive = path.with_name(f".{path.name}.999999999.archived"), path.with_name(f"{path.name}.gz")
    half = path.with_name(f".{path.name}.gz.999999999.part")
    before = totals(folder)[0].calls  # type: ignore[attr-defined]

    def left(content: bytes, archived: bytes | None, file: bytes | None) -> None:
        for old in (path, archive, aside):
            old.unlink(missing_ok=True)
        aside.write_bytes(content)
        half.write_bytes(b"half")
        if archived is not None:
            archive.write_bytes(gzip.compress(archived))
        if file is not None:
            path.write_bytes(file)
        assert not do(folder, "archive").outcomes

    for file in (None, late):
        # The assistant wrote at the last moment, and perhaps made the file anew.
        left(data + late, data, file)
        assert names(folder).count(archive.name) == 1 and path.exists() == (file is not None)
        assert gzip.decompress(archive.read_bytes()) == data + late
        assert totals(folder)[0].calls == before + (1 if file is None else 2)  # type: ignore[attr-defined]
        assert not [name for name in names(folder) if name.startswith(".")]
    left(data, None, None)
    assert path.read_bytes() == data and not archive.exists()
    left(data, late, None)
    assert path.read_bytes() == data and gzip.decompress(archive.read_bytes()) == late
    left(data, late, late)
    assert aside.read_bytes() == data


STEPS = """
import os, sys
from datetime import date
from tipmao_monitor.usage.cleanup import CleanupRequest, clean_up
folder, path, today, dies_at = sys.argv[1:]
steps = 0
def die(event, arguments):
    # Before each step that others can see.
    global steps
    if event in ("os.link", "os.rename", "os.remove", "open", "os.utime") and folder in str(arguments[0]):
        steps += 1
        if steps == int(dies_at):
            os._exit(9)
sys.addaudithook(die)
result = clean_up(CleanupRequest("archive", (path,)), [folder], date.fromisoformat(today))
sys.exit(1 if result.failed else 0)
"""


def test_dying_between_any_two_steps_counts_nothing_twice_and_nothing_less(folder: Path) -> None:
    path = folder / f"usage_{TODAY - timedelta(days=40)}.jsonl"
    data, before = path.read_bytes(), totals(folder)
    stat = path.stat()
    deaths = 0
    while True:
        arguments = [str(folder), str(path), str(TODAY), str(deaths + 1)]
        ran = subprocess.run([sys.executable, "-c", STEPS, *arguments], cwd=ROOT)
        assert totals(folder) == before, deaths
        if ran.returncode == 0:
            break
        assert ran.returncode == 9
        deaths += 1
        # The next one finishes what this one left, or does it again.
        assert not [outcome for outcome in do(folder, "archive", path).failed if outcome.failure != "gone"]
        assert totals(folder) == before
        assert not path.exists() and gzip.decompress((folder / f"{path.name}.gz").read_bytes()) == data
        assert not [name for name in names(folder) if name.endswith(".archived")]
        for left in folder.glob(f"*{path.name}*"):
            left.unlink()
        for left in folder.glob(f".{path.name}*"):
            left.unlink()
        path.write_bytes(data)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert deaths >= 6


@pytest.mark.parametrize("action", ["delete", "hide"])
def test_a_day_whose_archiving_was_cut_off_goes_with_its_archive(folder: Path, action: Action) -> None:
    path = folder / f"usage_{TODAY - timedelta(days=40)}.jsonl"
    same, other = path.with_name(f"{path.name}.gz"), path.with_name(f"{path.name}.1.gz")
    same.write_bytes(gzip.compress(path.read_bytes()))
    other.write_bytes(gzip.compress(line(99, timestamp=repr(NOON.timestamp() - 86_400 * 40))))
    assert not do(folder, action, path).failed
    assert not same.exists() and other.exists()
    assert totals(folder)[1][str(TODAY - timedelta(days=40))].calls == 1  # type: ignore[index]


def test_an_archive_with_other_calls_stays_when_the_file_beside_it_is_deleted(folder: Path) -> None:
    path = folder / f"usage_{TODAY - timedelta(days=40)}.jsonl"
    archive = path.with_name(f"{path.name}.gz")
    archive.write_bytes(gzip.compress(line(99)))
    assert not do(folder, "delete", path).failed
    assert not path.exists() and gzip.decompress(archive.read_bytes()) == line(99)


def test_a_disk_that_is_full_leaves_the_file(folder: Path) -> None:
    path = folder / f"usage_{TODAY - timedelta(days=40)}.jsonl"
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n" + STEPS
    before = names(folder)
    ran = subprocess.run([sys.executable, "-c", code, str(folder), str(path), str(TODAY), "0"], cwd=ROOT)
    assert ran.returncode == 1
    assert names(folder) == before


def test_it_can_be_ended_between_two_files(folder: Path) -> None:
    paths = tuple(str(path) for path in sorted(folder.iterdir())[:3])
    result = clean_up(CleanupRequest("archive", paths), [str(folder)], TODAY, go_on=lambda done: done < 1)
    assert [outcome.path for outcome in result.outcomes] == [paths[0]]
    assert len(list(folder.glob("*.gz"))) == 1
