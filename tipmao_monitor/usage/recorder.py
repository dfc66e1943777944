"""Appends one line to a day file for each AI call, beside the assistant, other processes and other threads.

The file belongs to the assistant too: exactly its 13 keys, in its order and its way of writing them, or its reader
drops the rest of the day. Either one whole line is on disk or nothing of the call counts, and nothing is ever truncated
(records.md, "Recording"). A newcomer would get this wrong: tokens or a cost that are not known are written as `false`.
Our reader takes that for unknown, as it would a null; the assistant's reader adds these fields up unchecked, so that a
null would cost it the page of the day, while `false` adds nothing.
"""

from __future__ import annotations

import atexit
import errno
import logging
import os
import stat
import sys
import threading
import time
import weakref
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from json.encoder import encode_basestring
from operator import index
from pathlib import Path
from types import TracebackType

from tipmao_monitor.usage.prices import PriceBook, Terms, book_day

_UNKNOWN = "false"
_MAX_TOKENS = 2**53
_MAX_COST = 1_000_000
_INFINITY = float("inf")
_FIRST_MOMENT = 1_420_070_400.0  # 2015; a reader refuses what is earlier and takes 1e11 and more for milliseconds
_LAST_MOMENT = 99_999_999_999.0
# With every byte escaped as six, five names and a message still make a line under the 8 MiB that a reader takes.
_NAME_BYTES = 1 << 16
_ERROR_BYTES = 1 << 20

_PATIENCE_S = 2.0  # for another thread or process that is writing
_LOOP_PATIENCE_S = 0.05  # the same in a thread whose event loop has other calls to serve
_RETRY_S = 1.0
_SPOOL_LINES = 100_000
_SPOOL_BYTES = 64 << 20
_LOG_EVERY_S = 60.0
_UNWRITABLE = (OSError, ValueError)  # the latter for a folder whose name no file system takes

_log = logging.getLogger(__name__)
_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Counts:
    """The calls of this process: on disk, waiting in the spool, lost (the spool was full, or no line could be made)."""

    written: int = 0
    waiting: int = 0
    lost: int = 0


class Recorder:
    """Writes calls into the day files of one folder, which is made when it is absent.

    `prefix` is "usage_", which the running assistant reads, or "", the guide's form. `zone` decides the day of a file;
    the system's when None. With `strict` a call that cannot be written raises OSError. Otherwise it waits in a bounded
    spool, is tried again every second and at exit, is counted and logged, and the caller's AI call goes on.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        prefix: str = "usage_",
        strict: bool = False,
        zone: tzinfo | None = None,
        prices: PriceBook | None = None,
    ) -> None:
        if prefix not in ("usage_", ""):
            raise ValueError(f'no reader knows the prefix {prefix!r}: use "usage_" or ""')
        self.folder = Path(folder).absolute()
        self.strict = strict
        self._prefix = prefix
        self._zone = zone
        self.prices = prices or PriceBook.load()
        self._day = _Day(0.0, 0.0, "")
        self._file = _DayFile(self.folder)
        self._begin_process()
        _recorders.add(self)

    def _begin_process(self) -> None:
        """Start with nothing of another process: a forked child has its own locks, descriptor, spool and counts.

        What waited at the fork is the parent's to write. Called by itself, also after a fork.
        """
        # By hand: a thread that was writing at the fork is gone, but what it held is not, and the lock goes with it.
        self._file.close()
        self._file = _DayFile(self.folder)
        self._writing = threading.Lock()
        self._writer = 0
        self._keeping = threading.RLock()  # a signal handler may record too
        self._spool: deque[tuple[str, bytes]] = deque()
        self._spool_bytes = 0
        self._retry_at = 0.0
        self._retry: threading.Timer | None = None
        self._logged_at: dict[str, float] = {}
        self._written = 0
        self._lost = 0
        self._ends_with_worker = False

    @property
    def prices(self) -> PriceBook:
        """What a call without a cost is priced from. It may be exchanged at any time."""
        return self._priced[0]

    @prices.setter
    def prices(self, book: PriceBook) -> None:
        known: dict[tuple[str, float], Terms | None] = {}
        self._priced = book, known  # together, so that no thread puts terms of the old book beside the new one

    def record(
        self,
        model: str | None,
        function: str | None,
        input_tokens: int | None,
        output_tokens: int | None,
        duration_ms: float | None,
        *,
        cost: float | None = None,
        total_tokens: int | None = None,
        success: bool = True,
        user_id: str | None = None,
        anchor_id: str | None = None,
        session_id: str | None = None,
        error_msg: str | None = None,
        at: float | None = None,
        strict: bool | None = None,
    ) -> bool:
        """Record one call; True when its line is on disk, False when it waits or is lost (`counts` says which).

        A value of a wrong type or out of range is taken as a reader would take it. `cost` is in the currency of the
        model's price, computed from the price book when left out or unusable. `at` is in epoch seconds, None is now.
        `strict` overrules the recorder's for this call.
        """
        if strict is None:
            strict = self.strict
        try:
            moment = _moment(at)
            tokens_in, tokens_out = token_count(input_tokens), token_count(output_tokens)
            total = token_count(total_tokens)
            known = (tokens_in or 0) + (tokens_out or 0)
            money = _cost(cost)
            if money is None and tokens_in is not None and tokens_out is not None:
                money = self._book_cost(model, tokens_in, tokens_out, moment)
            # The form of json.dumps with ensure_ascii=False, three times as fast.
            line = _encoded(
                f'{{"timestamp": {moment!r}'
                f', "user_id": {_text(user_id, _NAME_BYTES)}'
                f', "anchor_id": {_text(anchor_id, _NAME_BYTES)}'
                f', "session_id": {_text(session_id, _NAME_BYTES)}'
                f', "model": {_text(model, _NAME_BYTES)}'
                f', "function": {_text(function, _NAME_BYTES)}'
                f', "input_tokens": {_UNKNOWN if tokens_in is None else tokens_in}'
                f', "output_tokens": {_UNKNOWN if tokens_out is None else tokens_out}'
                f', "total_tokens": {known if total is None or total < known else total}'
                f', "cost": {_UNKNOWN if money is None else money}'
                f', "duration_ms": {_duration(duration_ms)}'
                f', "success": {"true" if _is_success(success) else "false"}'
                f', "error_msg": {_text(error_msg, _ERROR_BYTES)}}}\n'
            )
            name = self._file_name(moment)
        except Exception:
            # Out of memory, or an object that raises what nobody foresaw: no reason to fail the AI call.
            if strict:
                raise
            self._lose("no line could be made of it")
            return False
        if strict:
            self._write(name, line)
            return True
        return self._write_or_keep(name, line)

    @property
    def counts(self) -> Counts:
        return Counts(self._written, len(self._spool), self._lost)

    def flush(self) -> bool:
        """Try at once to write what waits in the spool; True when nothing waits any more."""
        if self._spool and self._acquire():
            try:
                self._drain()
            finally:
                self._release()
        return not self._spool

    def close(self) -> None:
        """Flush, and close the file. A later call opens it again."""
        if self.flush():
            with self._keeping:
                if self._retry is not None:
                    self._retry.cancel()
                    self._retry = None
        if self._acquire():
            try:
                self._file.close()
            finally:
                self._release()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _book_cost(self, model: object, input_tokens: int, output_tokens: int, moment: float) -> float | None:
        if not isinstance(model, str):
            return None
        book, known = self._priced
        key = model, moment // 3600  # no hour holds two days of the price book
        try:
            terms = known[key]
        except KeyError:
            if len(known) >= 1000:
                known.clear()
            terms = book.recording_terms(model, book_day(int(moment) * 1_000_000, date.min))
            known[key] = terms
        return _cost(terms.cost(input_tokens, output_tokens) / 1e6) if terms else None

    def _file_name(self, moment: float) -> str:
        day = self._day
        if not day.begin <= moment < day.end:
            local = datetime.fromtimestamp(moment, self._zone)
            midnight = datetime(local.year, local.month, local.day, tzinfo=self._zone)
            end = midnight + timedelta(days=1)
            day = _Day(midnight.timestamp(), end.timestamp(), f"{self._prefix}{midnight.date()}.jsonl")
            self._day = day
        return day.name

    def _write(self, name: str, line: bytes) -> None:
        if not self._acquire():
            raise TimeoutError(errno.ETIMEDOUT, "another call is still being written", str(self.folder / name))
        try:
            self._file.append(name, line)
            self._written += 1
        finally:
            self._release()

    def _acquire(self) -> bool:
        if not self._writing.acquire(False):
            if self._writer == threading.get_ident():
                return False  # a signal handler, or the end of an object, in the middle of a write of its own thread
            if not self._writing.acquire(timeout=_patience_s()):
                return False
        self._writer = threading.get_ident()
        return True

    def _release(self) -> None:
        self._writer = 0
        self._writing.release()

    def _write_or_keep(self, name: str, line: bytes) -> bool:
        # A folder that hangs costs one call a second its patience, not every call.
        if self._spool and time.monotonic() < self._retry_at:
            self._keep(name, line)
            return False
        try:
            self._write(name, line)
        except _UNWRITABLE as error:
            self._failed(error)
            self._keep(name, line)
            return False
        if self._spool and not _is_in_event_loop():
            self.flush()
        return True

    def _keep(self, name: str, line: bytes) -> None:
        with self._keeping:
            fits = len(self._spool) < _SPOOL_LINES and self._spool_bytes + len(line) <= _SPOOL_BYTES
            if fits:
                self._spool.append((name, line))
                self._spool_bytes += len(line)
        if not fits:
            self._lose("the spool is full")
        self._set_retry()

    def _drain(self) -> None:
        """Write what waits, oldest first. A day file that fails keeps its own lines waiting, no other day's."""
        failed: dict[str, Exception] = {}
        for _ in range(len(self._spool)):
            name, line = self._spool[0]
            if name not in failed:
                try:
                    self._file.append(name, line)
                    self._written += 1
                except _UNWRITABLE as error:
                    failed[name] = error
            with self._keeping:
                self._spool.popleft()
                if name in failed:
                    self._spool.append((name, line))
                else:
                    self._spool_bytes -= len(line)
        for failure in failed.values():
            self._failed(failure)

    def _failed(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + _RETRY_S
        self._warn("AI calls cannot be recorded and wait: %s", error)

    def _set_retry(self) -> None:
        with self._keeping:
            if self._retry is not None:
                return
            self._retry = threading.Timer(_RETRY_S, self._try_again)
            self._retry.daemon = True
            with suppress(RuntimeError):  # no thread starts while the interpreter ends; the flush at exit comes then
                self._retry.start()
            processes = sys.modules.get("multiprocessing.util")
            if processes and not self._ends_with_worker:
                # Its workers end without the interpreter's exit.
                processes.Finalize(None, _flush_all, exitpriority=0)
                self._ends_with_worker = True

    def _try_again(self) -> None:
        self._retry = None
        if not self.flush():
            self._set_retry()

    def _leave(self) -> None:
        if not self.flush():
            _log.warning("%d AI calls could not be recorded before the program ended", len(self._spool))

    def _lose(self, why: str) -> None:
        with self._keeping:
            self._lost += 1
        self._warn("an AI call was not recorded, %d in all: %s", self._lost, why)

    def _warn(self, message: str, *values: object) -> None:
        now = time.monotonic()
        if now - self._logged_at.get(message, -_LOG_EVERY_S) >= _LOG_EVERY_S:
            self._logged_at[message] = now
            _log.warning(message, *values)


@dataclass(frozen=True, slots=True)
class _Day:
    """A local day in epoch seconds, and the file of its calls."""

    begin: float
    end: float
    name: str


class _DayFile:
    """The day file written last, kept open."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._name = ""
        self._path = ""
        self._fd = -1

    def append(self, name: str, line: bytes) -> None:
        """The file has exactly one line more; or OSError, and at most a fragment that no reader counts."""
        if name != self._name or self._fd < 0:
            self._open(name)
        try:
            self._lock()
            size = self._size_at_path()
            if size is None:  # deleted or replaced since it was opened
                self._open(name)
                self._lock()
                size = os.fstat(self._fd).st_size
            if size and _byte_at(self._fd, size - 1) != b"\n":
                line = b"\n" + line  # a writer died within its line
            written = os.write(self._fd, line)
            if written != len(line):
                self._end_fragment(written, len(line))
        finally:
            if self._fd >= 0:
                _release_lock(self._fd)
                if sys.platform == "win32":
                    self.close()  # an open file could not be deleted there

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __del__(self) -> None:
        self.close()

    def _open(self, name: str) -> None:
        self.close()
        path = os.path.join(self._folder, name)
        # A FIFO must not make the caller wait for its reader.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            fd = os.open(path, flags, 0o666)
        except FileNotFoundError:
            os.makedirs(self._folder, exist_ok=True)
            fd = os.open(path, flags, 0o666)
        self._fd, self._name, self._path = fd, name, path
        state = os.fstat(fd)
        self._identity = state.st_dev, state.st_ino
        if not stat.S_ISREG(state.st_mode):
            self.close()
            raise OSError(errno.EINVAL, "not a regular file", path)

    def _size_at_path(self) -> int | None:
        """Size of the file that now has the path; None when it is not the one that is open."""
        try:
            state = os.stat(self._path)
        except FileNotFoundError:
            return None
        return state.st_size if (state.st_dev, state.st_ino) == self._identity else None

    def _end_fragment(self, written: int, length: int) -> None:
        # Never the rest of the line: the assistant, which takes no lock, may have appended since.
        with suppress(OSError):
            os.write(self._fd, b"\n")
        if written < length - 1:
            raise OSError(errno.ENOSPC, f"only {written} of {length} bytes could be written", self._path)

    def _lock(self) -> None:
        if _took_lock(self._fd):
            return
        deadline = time.monotonic() + _patience_s()
        pause = 0.00002
        while not _took_lock(self._fd):
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock", self._path)
            time.sleep(pause)
            pause = min(2 * pause, 0.002)


if sys.platform == "win32":
    import msvcrt

    # Locks are mandatory there: one on the records would shut the assistant out, one far behind their end does not.
    _LOCKED_BYTE = 1 << 40

    def _took_lock(fd: int) -> bool:
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _release_lock(fd: int) -> None:
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        with suppress(OSError):  # it was not taken
            msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

    def _byte_at(fd: int, offset: int) -> bytes:
        os.lseek(fd, offset, os.SEEK_SET)
        return os.read(fd, 1)

else:
    import fcntl

    _EXCLUSIVE = fcntl.LOCK_EX | fcntl.LOCK_NB

    def _took_lock(fd: int) -> bool:
        try:
            # Not lockf: its lock is lost when this process closes the file elsewhere, as the assistant's writer does.
            fcntl.flock(fd, _EXCLUSIVE)
        except BlockingIOError:
            return False
        except OSError as error:
            # A mount without locks: one write on O_APPEND is what the assistant relies on too.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
        return True

    def _release_lock(fd: int) -> None:
        try:
            fcntl.flock(fd, fcntl.LOCK_UN)
        except OSError:
            return  # a mount without locks

    def _byte_at(fd: int, offset: int) -> bytes:
        return os.pread(fd, 1, offset)


def _patience_s() -> float:
    return _LOOP_PATIENCE_S if _is_in_event_loop() else _PATIENCE_S


def _is_in_event_loop() -> bool:
    asyncio = sys.modules.get("asyncio.events")  # where nobody has imported it, no loop runs
    return asyncio is not None and asyncio._get_running_loop() is not None


def _moment(at: object) -> float:
    moment = _number(at)
    return moment if moment is not None and _FIRST_MOMENT <= moment <= _LAST_MOMENT else time.time()


def token_count(value: object) -> int | None:
    """A number of tokens as a reader takes it; None where it is unknown."""
    if type(value) is not int:
        if value is None or isinstance(value, bool):
            return None
        if isinstance(value, str):
            if not (value.isascii() and value.isdigit() and len(value) <= 16):
                return None
            value = int(value)
        elif isinstance(value, float):
            if not value.is_integer():
                return None
            value = int(value)
        else:
            try:
                value = index(value)  # type: ignore[arg-type]  # else a TypeError
            except TypeError:
                return None
    return value if 0 <= value <= _MAX_TOKENS else None


def _cost(value: object) -> float | None:
    number = _number(value)
    return round(number, 6) if number is not None and 0 <= number <= _MAX_COST else None


def _duration(value: object) -> float | str:
    number = _number(value)
    return number if number is not None and 0 <= number < _INFINITY else "null"


def _number(value: object) -> float | None:
    if type(value) is float:
        return value
    if value is None or isinstance(value, (bool, str, bytes, bytearray)):
        return None
    try:
        return float(value)  # type: ignore[arg-type]  # else a TypeError
    except (TypeError, ValueError, OverflowError):
        return None


def _is_success(value: object) -> bool:
    if value is True:
        return True
    if isinstance(value, str):
        return value.strip().lower() != "false"
    return value is None or bool(value)


def _text(value: object, limit: int) -> str:
    """As a JSON string of at most `limit` bytes before escaping, or null."""
    if value is None:
        return "null"
    if not isinstance(value, str):
        try:
            value = str(value)
        except Exception:  # whatever the object does when asked
            value = "(invalid)"
    if 4 * len(value) > limit:
        value = _whole(value[:limit]).encode()[:limit].decode("utf-8", "ignore")
    return encode_basestring(value)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _whole(text).encode()


def _whole(text: str) -> str:
    """Surrogate halves joined where they are a pair, and replaced where they are alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _begin_child() -> None:
    for recorder in tuple(_recorders):
        recorder._begin_process()


def _flush_all() -> None:
    for recorder in tuple(_recorders):
        recorder._leave()


atexit.register(_flush_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_child)
