"""Old day files: which there are and what they hold, and moving them to an archive or deleting them.

Nothing here is done unless the user asked for it by name. The newcomer's mistake: to remove a file when its archive is
written. Only after the archive was read back, has its name, and the file is seen to be the one that was read, does it
go; whatever dies in between, the day is counted once (records.md: `X.jsonl.gz` beside `X.jsonl` with the same bytes).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tipmao_monitor.usage.dayfile import Signature, day_of_name

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from tipmao_monitor.usage.store import Store

Action = Literal["archive", "delete", "hide", "show"]
State = Literal["file", "archived", "hidden"]
Failure = Literal["", "gone", "changed", "exists", "link", "today", "differs", "foreign", "system"]

HIDDEN_FOLDER = "archive"
"""Below the folder of records: what lies there is kept, and not counted."""
_BLOCK = 1 << 20
_DAMAGED = EOFError, gzip.BadGzipFile, zlib.error


@dataclass(frozen=True, slots=True)
class OldFile:
    """A day file. `size` is on disk; `calls` and `cost` are None for hidden ones, which are not read."""

    path: str
    day: date
    state: State
    size: int
    calls: int | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class OldFiles:
    """All day files by date, the oldest first. `today` is the day by which they are old."""

    today: date
    files: tuple[OldFile, ...] = ()

    def older_than(self, days: int) -> tuple[OldFile, ...]:
        """By the dates in their names."""
        return tuple(file for file in self.files if (self.today - file.day).days > days)

    def of_day(self, day: date) -> tuple[OldFile, ...]:
        return tuple(file for file in self.files if file.day == day)


@dataclass(frozen=True, slots=True)
class CleanupRequest:
    """What the user confirmed, file by file."""

    action: Action
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `failure` "" means that it was done."""

    path: str
    failure: Failure = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CleanupResult:
    request: CleanupRequest
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.failure)


class _Refused(Exception):
    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(failure, detail)
        self.outcome = failure, detail


def old_files(store: Store, now: datetime) -> OldFiles:
    """Every day file that the store has read, and those that are hidden from it."""
    costs = store.costs_by_file(now)
    found = []
    for account in store.accounts():
        named = day_of_name(os.path.basename(account.path))
        assert named is not None, account.path
        state: State = "archived" if named[1] else "file"
        cost = costs.get(account.path, Decimal(0))
        found.append(OldFile(account.path, named[0], state, account.size_on_disk, account.counted, cost))
    for folder in store.folders:
        found += _hidden(Path(folder, HIDDEN_FOLDER))
    return OldFiles(store.zone.local(now).date(), tuple(sorted(found, key=lambda file: (file.day, file.path))))


def _hidden(folder: Path) -> list[OldFile]:
    found = []
    with suppress(OSError):
        for entry in os.scandir(folder):
            named = day_of_name(entry.name)
            if named is not None and entry.is_file(follow_symlinks=False):
                found.append(OldFile(entry.path, named[0], "hidden", entry.stat().st_size, None, None))
    return found


def clean_up(
    request: CleanupRequest,
    folders: Iterable[str],
    today: date,
    go_on: Callable[[int], bool] = lambda done: True,
) -> CleanupResult:
    """Do what was confirmed, one file after the other. Only day files of these folders are ever touched.

    `go_on` is told how many are done and may end it between two files.
    """
    places = {os.path.realpath(folder) for folder in folders}
    for place in places:
        _finish(Path(place))
    outcomes: list[Outcome] = []
    for number, path in enumerate(request.paths):
        if not go_on(number):
            break
        try:
            _act(request.action, Path(path), places, today)
            outcomes.append(Outcome(path))
        except _Refused as refused:
            outcomes.append(Outcome(path, *refused.outcome))
        except FileNotFoundError:
            outcomes.append(Outcome(path, "gone"))
        except OSError as error:
            outcomes.append(Outcome(path, "system", error.strerror or str(error)))
    return CleanupResult(request, tuple(outcomes))


def _act(action: Action, path: Path, places: set[str], today: date) -> None:
    named = day_of_name(path.name)
    folder = os.path.realpath(path.parent)
    is_hidden = os.path.basename(folder) == HIDDEN_FOLDER and os.path.dirname(folder) in places
    if named is None or not (folder in places or is_hidden):
        raise _Refused("foreign")
    day, is_archive = named
    if not stat.S_ISREG(path.lstat().st_mode):
        raise _Refused("link")
    match action:
        case "delete":
            _drop_copy(path)
            path.unlink()
            _keep(path.parent)
        case "archive" if not is_archive:
            if day >= today:
                raise _Refused("today")
            _archive(path)
        case "hide" if not is_hidden:
            if day >= today:
                raise _Refused("today")
            (path.parent / HIDDEN_FOLDER).mkdir(exist_ok=True)
            _drop_copy(path)
            _move(path, path.parent / HIDDEN_FOLDER / path.name)
        case "show" if is_hidden:
            _move(path, path.parent.parent / path.name)


def _drop_copy(path: Path) -> None:
    """An archive beside it with the same bytes: to whoever counts the two are one file, and so they go as one."""
    archive = path.with_name(f"{path.name}.gz")
    if archive.exists() and _decompressed(archive) == _content(path):
        archive.unlink()


def _archive(path: Path) -> None:
    archive = path.with_name(path.name + ".gz")
    before = Signature.of(path.stat())
    with _draft(path, path) as (draft, written), _nobody_records(path):
        if Signature.of(path.stat()) != before:
            raise _Refused("changed")
        _publish(draft, archive, written)
        _keep(path.parent)
        aside = path.with_name(f".{path.name}.{os.getpid()}.archived")
        os.rename(path, aside)  # from here on nobody who opens it by its name writes into it
    if Signature.of(aside.stat())[:4] == before[:4]:
        aside.unlink()
    else:
        _settle(aside, path)
    _keep(path.parent)


def _settle(aside: Path, path: Path) -> None:
    """What was put aside goes, once the archive has all of it.

    The assistant takes no lock: what it appended at the last moment may be in there, and not in the archive yet.
    """
    archive = path.with_name(f"{path.name}.gz")
    content = _content(aside)
    if _decompressed(archive) != content:
        if not _begins_with(aside, archive):
            if path.exists():
                return  # neither is to be lost, and there is no third name that counts
            os.rename(aside, path)
            raise _Refused("exists")
        with _draft(aside, path) as (draft, _):
            os.replace(draft, archive)
            _keep(path.parent)
    aside.unlink()


@contextmanager
def _draft(source: Path, path: Path) -> Iterator[tuple[Path, tuple[int, str]]]:
    """The archive of `source` under a name that does not count, read back; and size and hash of what is in it."""
    draft = path.with_name(f".{path.name}.gz.{os.getpid()}.part")
    found = source.stat()
    try:
        written = _compress(source, draft)
        if _decompressed(draft) != written:
            raise _Refused("differs")
        # A last line without its end is settled by how long the file was quiet, so the archive keeps the time.
        os.utime(draft, ns=(found.st_mtime_ns, found.st_mtime_ns))
        yield draft, written
    finally:
        draft.unlink(missing_ok=True)


_LEFT = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)\.(?P<what>archived|part)")


def _finish(folder: Path) -> None:
    """What a process that died has left: half an archive goes, and what it had put aside once it is archived."""
    with suppress(OSError):
        for entry in sorted(folder.iterdir()):
            match = _LEFT.fullmatch(entry.name)
            if match is None or day_of_name(match["name"]) is None or _is_running(int(match["pid"])):
                continue
            if match["what"] == "part":
                entry.unlink()
                continue
            path = folder / match["name"]
            if path.with_name(f"{path.name}.gz").exists():
                with suppress(_Refused):
                    _settle(entry, path)
            elif not path.exists():
                os.rename(entry, path)


def _content(path: Path) -> tuple[int, str]:
    seen, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            seen.update(block)
            size += len(block)
    return size, seen.hexdigest()


def _compress(path: Path, draft: Path) -> tuple[int, str]:
    """Size and hash of what was read."""
    seen, size = hashlib.sha256(), 0
    with path.open("rb") as source, draft.open("xb") as target:
        # Without name and time in it, the same file gives the same archive.
        with gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0) as zipped:
            while block := source.read(_BLOCK):
                zipped.write(block)
                seen.update(block)
                size += len(block)
        target.flush()
        os.fsync(target.fileno())
    return size, seen.hexdigest()


def _decompressed(archive: Path) -> tuple[int, str]:
    """The same of what is in an archive; nothing that could be, where it is damaged."""
    seen, size = hashlib.sha256(), 0
    try:
        with gzip.open(archive, "rb") as zipped:
            while block := zipped.read(_BLOCK):
                seen.update(block)
                size += len(block)
    except _DAMAGED:
        return -1, ""
    return size, seen.hexdigest()


def _begins_with(path: Path, archive: Path) -> bool:
    """Whether the archive holds the first bytes of the file."""
    with path.open("rb") as file, suppress(*_DAMAGED), gzip.open(archive, "rb") as zipped:
        while block := zipped.read(_BLOCK):
            if file.read(len(block)) != block:
                return False
        return True
    return False


def _publish(draft: Path, archive: Path, written: tuple[int, str]) -> None:
    """Give the archive its name, over nothing; unless it is there already, with the same bytes in it."""
    try:
        # Unlike a rename, a link never takes the place of a file.
        os.link(draft, archive)
    except FileExistsError:
        pass
    except OSError:
        if not archive.exists():
            os.rename(draft, archive)
            return
    else:
        return
    if _decompressed(archive) != written:
        raise _Refused("exists")


@contextmanager
def _nobody_records(path: Path) -> Iterator[None]:
    """While no recorder of ours writes into the file: they hold a lock for that, and look for it by its name after."""
    with path.open("rb") as file:
        if sys.platform != "win32":  # there, an open file has no other name
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _Refused("changed") from None
            except OSError:
                pass  # a mount without locks
            yield
            return
    yield


def _is_running(pid: int) -> bool:
    if pid == os.getpid() or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _move(path: Path, target: Path) -> None:
    if target.exists():
        raise _Refused("exists")
    os.rename(path, target)
    _keep(target.parent)
    _keep(path.parent)


def _keep(folder: Path) -> None:
    """What was done to the folder holds after a power cut."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
