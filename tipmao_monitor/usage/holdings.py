"""Which calls are held, and where: growing ends of files as rows in memory, what is over as segments of the cache.

`look` makes the holdings equal to what is on disk. They belong to one thread; only the import of large files uses
more, inside `look`, and their rows count from the moment at which `_apply` says so. The newcomer's mistake: to take
away rows that an answer has already counted without a new `epoch`.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipmao_monitor.usage import queries
from tipmao_monitor.usage.database import LIMITED, UNLIMITED, duckdb
from tipmao_monitor.usage.dayfile import Found, Scan, Signature, checksum, scan
from tipmao_monitor.usage.intake import COLUMN_LIST, COLUMN_TYPES, KEPT_REJECTS, PARQUET, Account, Intake, quoted
from tipmao_monitor.usage.localtime import Zone
from tipmao_monitor.usage.reading import Reading, Source
from tipmao_monitor.usage.segments import Segment, SegmentCache
from tipmao_monitor.usage.snapshot import Coverage, FileAccount, Progress, Reject, Trouble

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

LARGE = 1 << 20  # new bytes from which workers read them
FEW = 8  # files
SEALED_LIVE = 64 << 20  # live bytes of one file from which they are sealed
QUIET_S = 300.0
CLOCK_STEP_S = 60.0
CLOCK_NOTICE_S = 600.0
SPILL = "spill-"
PART = 256  # rows

_databases = count()  # of this process


class BrokenSegmentError(Exception):
    """A segment of the cache is gone or not what was written. What it held is read again by the next look."""


class Holdings:
    """The calls of some folders. `zone` says which day is over, `cache` is the folder for segments (None = none).

    `batch` grows with all that is added, `epoch` changes when something that was held no longer is. `answered` tells
    up to which batch all running answers have seen the calls; None where there is none. `history` grows when days that
    are over get calls.
    """

    def __init__(self, folders: Sequence[str | Path], zone: Zone, cache: Path | None, workers: int) -> None:
        self.folders = tuple(os.path.abspath(folder) for folder in folders)
        self.zone = zone
        self.batch = 0
        self.epoch = 0
        self.history = 0
        self.answered: Callable[[], int | None] = lambda: None
        self.progress = Progress()
        self._workers = workers
        self._cache_trouble: Trouble | None = None
        self._cache = self._prepared(cache)
        self._connection = duckdb.connect(config={"threads": workers, "temp_directory": _spill_folder(cache)})
        self._connection.execute(f"CREATE TABLE live (file INTEGER, seq INTEGER, {COLUMN_TYPES})")
        self._awaited_prices: queries.Costing | None = None
        self._sources: dict[str, Source] = {}
        self._names: dict[str, str] = {}
        self._scan = Scan()
        self._notices: list[Trouble] = []
        self._held_back: set[str] = set()
        self._checksums: dict[str, tuple[Signature, tuple[int, int]]] = {}
        self._next_number = 0
        self._is_stopped = False
        self._running: set[str] = set()
        self._spoiled: set[str] = set()
        self._segment_batch: dict[str, int] = {}
        self._few: tuple[tuple[str, int, int], list[tuple[Any, ...]]] = (("", 0, 0), [])
        self._newest: tuple[tuple[int, int], int | None] = ((-1, -1), None)
        self._latest_now: datetime | None = None
        self._stepped_at: datetime | None = None
        self._clock_notice: Trouble | None = None

    def look(self, now: datetime, *, progress: Callable[[Progress], bool] | None = None) -> bool:
        """Make the store equal to the folders. True if anything changed.

        `progress` is told how far a long import is, between steps in which the store may be asked; it answers False
        to stop. What was not read then stays unread until `resume`. Idempotent: a second look finds nothing.
        """
        if self._running:
            return False  # asked from within an import: what is missing is stale, and read by the next look
        before = self._state()
        self._watch_clock(now)
        self._settle(now)
        found = self._without_copies(scan(self.folders))
        self._scan = found
        for path in [path for path in self._sources if path not in found.files]:
            self._drop(path, found)
        self._adopt([file for path, file in found.files.items() if path not in self._sources])
        stale = [
            file
            for path, file in found.files.items()
            if self._sources[path].file.signature != file.signature and path not in self._held_back
        ]
        self._read_all(sorted(stale, key=lambda file: (file.day, file.path), reverse=True), now, progress)
        self._settle(now)
        return before != self._state()

    def _state(self) -> tuple[Any, ...]:
        return self.epoch, self.batch, self._scan.ignored, self.troubles()

    def resume(self) -> None:
        """Read on at the next look what an interrupted import left out."""
        self._held_back.clear()

    def verify(self) -> bool:
        """The slow proof (records.md): files that grew are compared whole. True if one was edited; look again then."""
        edited = False
        for source in self._sources.values():
            with contextlib.suppress(OSError):
                if source.file.is_edited():
                    self._forget(source)
                    edited = True
        return edited

    def close(self) -> None:
        """Give back the memory; the cache stays."""
        self._connection.close()

    def collect(self) -> None:
        """Delete segments that nothing refers to, and what was left behind by programs that are gone."""
        if self._cache:
            with contextlib.suppress(OSError):
                self._cache.collect(set(self._segment_batch))
                _drop_spilled(self._cache.folder.parent)

    def _watch_clock(self, now: datetime) -> None:
        """Say for a while that the clock went back: days and forecasts may look odd, the totals do not depend on it."""
        if self._latest_now is not None and (self._latest_now - now).total_seconds() > CLOCK_STEP_S:
            detail = self.zone.local(self._latest_now).isoformat(timespec="seconds")
            self._clock_notice, self._stepped_at = Trouble("clock_back", detail=detail), now
        self._latest_now = now
        if self._stepped_at is not None and (now - self._stepped_at).total_seconds() > CLOCK_NOTICE_S:
            self._clock_notice = self._stepped_at = None

    def _prepared(self, folder: Path | None) -> SegmentCache | None:
        if folder is None:
            return None
        cache = SegmentCache(folder)
        try:
            cache.prepare()
        except OSError as error:
            self._cache_trouble = Trouble("cache_unusable", str(folder), error.strerror or str(error))
            return None
        return cache

    def _without_copies(self, found: Scan) -> Scan:
        """Leave out `X.jsonl.gz` that decompresses to the bytes of `X.jsonl` beside it."""
        copies = []
        for path, file in found.files.items():
            beside = path.removesuffix(".gz")
            plain = found.files.get(found.aliases.get(beside, beside)) if file.gz else None
            if plain and self._is_copy(file, plain):
                copies.append(path)
        files = {path: file for path, file in found.files.items() if path not in copies}
        return replace(found, files=files, ignored=tuple(sorted((*found.ignored, *copies))))

    def _is_copy(self, zipped: Found, plain: Found) -> bool:
        try:
            crc, size = self._checksum(zipped)
            return size == plain.signature.size and (crc, size) == self._checksum(plain)
        except FileNotFoundError:
            return True  # one of them went meanwhile: until the next look knows which, they are one
        except OSError:
            return False

    def _checksum(self, file: Found) -> tuple[int, int]:
        known = self._checksums.get(file.path)
        if known is None or known[0] != file.signature:
            known = self._checksums[file.path] = (file.signature, checksum(file.path, gz=file.gz))
        return known[1]

    def _drop(self, path: str, found: Scan) -> None:
        source = self._sources.pop(path)
        self._forget(source)
        folder_is_there = not any(path.startswith(trouble.path + os.sep) for trouble in found.troubles)
        if folder_is_there and path not in found.ignored:
            self._notices = [*self._notices[-19:], Trouble("deleted", path)]

    def _forget(self, source: Source) -> None:
        """None of the file's rows count any more; it will be read from byte 0."""
        source.file.restart()
        self._forget_rows(source)

    def _forget_rows(self, source: Source) -> None:
        for segment in source.segments:
            self._segment_batch.pop(segment.file, None)
        source.forget()
        self._answer(f"DELETE FROM live WHERE file = {source.number}")
        self.epoch += 1

    def _adopt(self, fresh: list[Found]) -> None:
        """New files, with what the cache already holds of them."""
        chains: dict[str, list[Segment]] = {}
        if self._cache and fresh:
            chains = self._cache.known((file.path, file.signature) for file in fresh)
        for found in fresh:
            source = Source(self._next_number, found)
            self._next_number += 1
            self._sources[found.path] = source
            self._notices = [notice for notice in self._notices if notice.path != found.path]
            for segment in chains.get(found.path, ()):
                self._attach(source, segment)
            if source.segments:
                self.history += 1
                last = source.segments[-1]
                proved = last.signature == found.signature and not last.position.pending
                source.file.resume(last.position, last.signature if proved else None)

    def _attach(self, source: Source, segment: Segment) -> None:
        self.batch += 1
        source.segments.append(segment)
        source.account.add(segment.account)
        self._segment_batch[segment.file] = self.batch

    def _read_all(self, stale: list[Found], now: datetime, progress: Callable[[Progress], bool] | None) -> None:
        """A few new bytes are read at once; more of them by workers, with word of how far they are."""
        grown = [file.signature.size - self._sources[file.path].file.position.scanned for file in stale]
        if len(stale) > FEW or sum(grown) > LARGE:
            from concurrent.futures import ThreadPoolExecutor  # slow to import, and most looks do without

            # Each worker does the work of its own questions: between more threads than cores they only wait.
            self._connection.execute("SET threads = 1")
            self._connection.execute(UNLIMITED)
            try:
                with ThreadPoolExecutor(self._workers, "import", initializer=step_back) as pool:
                    self._import(stale, pool, now, progress)
            finally:
                self._connection.execute(f"SET threads = {self._workers}")
            return
        for file in stale:
            try:
                self._read_here(file, now)
            except duckdb.OutOfMemoryException:
                self._read_here(file, now)

    def _read_here(self, file: Found, now: datetime) -> None:
        try:
            self._apply(self._read(file, self._connection, now))
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")  # where one was begun, nothing else is heard before
            self._connection.execute(UNLIMITED)  # to forget takes room too
            self._forget(self._sources[file.path])
            raise

    def _import(
        self, stale: list[Found], pool: ThreadPoolExecutor, now: datetime, progress: Callable[[Progress], bool] | None
    ) -> None:
        from concurrent.futures import FIRST_COMPLETED, wait

        total, done = sum(file.signature.size for file in stale), 0
        self._is_stopped = False
        self.progress = Progress(0, total)
        waiting = list(reversed(stale))
        running: dict[Future[Reading], Found] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self._workers:
                    file = waiting.pop()
                    self._running.add(file.path)
                    running[pool.submit(self._read_apart, file, now)] = file
                finished, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += running[future].signature.size
                    reading = future.result()
                    self._running.discard(reading.found.path)
                    self._apply(reading)
                    running.pop(future)
                halves = (min(self._sources[f.path].file.position.scanned, f.signature.size) for f in running.values())
                self.progress = Progress(done + sum(halves), total)
                if progress and not progress(self.progress):
                    self._is_stopped = True
                    self._held_back |= {file.path for file in (*waiting, *running.values())}
                    waiting.clear()
        finally:
            # Whatever went wrong, nothing may be taken for read that does not count.
            self._is_stopped = True
            for future, file in running.items():
                future.exception()
                self._forget(self._sources[file.path])
            self._is_stopped = False
            self._running.clear()
            self._spoiled.clear()
        self.progress = Progress(done, total, cancelled=True) if self._held_back else Progress()

    def _read_apart(self, found: Found, now: datetime) -> Reading:
        with self._connection.cursor() as cursor:
            return self._read(found, cursor, now)

    def _read(self, found: Found, cursor: duckdb.DuckDBPyConnection, now: datetime) -> Reading:
        is_over = found.day < self.zone.local(now).date()
        is_quiet = is_over and now.timestamp() - found.signature.mtime_ns / 1e9 > QUIET_S
        reading = Reading(self._sources[found.path], found, self._cache, is_over=is_over)
        reading.run(cursor, self._names, is_quiet=is_quiet, is_stopped=lambda: self._is_stopped)
        return reading

    def _apply(self, reading: Reading) -> None:
        """From here on, what one reading found counts."""
        source = reading.source
        if source.file.path in self._spoiled:
            self._spoiled.discard(source.file.path)
            self._forget(source)
            self._drop_table(reading)
            return
        source.size_on_disk = reading.found.signature.size
        source.trouble = None
        source.is_last_line_tried = False
        if reading.cache_failure and self._cache:
            self._cache_trouble = Trouble("cache_unusable", str(self._cache.folder), reading.cache_failure)
        if reading.restarted or reading.failure:
            self._forget_rows(source)
        if reading.failure:
            source.file.restart()
            source.file.signature = reading.found.signature
            source.trouble = Trouble("unreadable_file", source.file.path, reading.failure)
        else:
            self.history += reading.is_over and not source.account.lines
            for segment in reading.segments:
                self._attach(source, segment)
            self.batch += 1
            source.account.add(reading.rest)
            source.live.add(reading.rest)
            source.live_batch = self.batch
            if reading.rest.counted:
                self._answer(
                    f"INSERT INTO live SELECT {source.number}, {self.batch}, {COLUMN_LIST} FROM {reading.table}"
                )
        self._drop_table(reading)

    def _drop_table(self, reading: Reading) -> None:
        if reading.has_table:
            self._connection.execute(f"DROP TABLE {reading.table}")

    def _settle(self, now: datetime) -> None:
        """Seal what has come to rest, and look again at last lines whose day is over."""
        today, answered = self.zone.local(now).date(), self.answered()
        for path, source in self._sources.items():
            file = source.file
            if path in self._held_back or source.trouble or file.signature is None:
                continue
            is_over = file.day < today
            is_quiet = now.timestamp() - file.signature.mtime_ns / 1e9 > QUIET_S
            if file.position.pending and is_over and is_quiet and file.last_line and not source.is_last_line_tried:
                source.is_last_line_tried = True
                self._read_last_line(source, now)
            live_bytes = file.position.offset - source.sealed_to
            is_awaited = answered is not None and source.live_batch > answered
            is_at_rest = live_bytes > 0 and is_over and is_quiet and not is_awaited
            if is_at_rest or live_bytes >= (2 * SEALED_LIVE if is_awaited else SEALED_LIVE):
                self._seal_live(source)

    def _read_last_line(self, source: Source, now: datetime) -> None:
        file = source.file
        self.batch += 1
        intake = Intake(self._connection, "live", file.path, file.day, self._names, f"{source.number}, {self.batch},")
        counted = intake.load_last_line(file.last_line, file.position.offset, file.position.lines + 1)
        if counted:
            source.account.add(counted)
            source.live.add(counted)
            source.live_batch = self.batch
            file.account_last_line(counted=True)

    def _seal_live(self, source: Source) -> None:
        """Move the live rows of a file into a segment. Where an answer had not seen all of them, all are made anew: it
        would ask for what came after its last batch, and a segment is of one batch.
        """
        file = source.file
        if self._cache is None or self._cache_trouble or file.signature is None or not source.live.lines:
            return

        def write(draft: str) -> Account:
            rows = f"SELECT {COLUMN_LIST} FROM live WHERE file = {source.number} ORDER BY pos"
            self._connection.execute(f"COPY ({rows}) TO {quoted(draft)} ({PARQUET})")
            return source.live

        try:
            segment = self._cache.seal(
                self._connection, write, file.path, source.sealed_to, source.sealed_crc, file.position, file.signature
            )
            if not file.position.pending:
                segment = self._cache.confirm(segment, file.signature)
        except (OSError, duckdb.Error, UnicodeError) as error:
            self._cache_trouble = Trouble("cache_unusable", str(self._cache.folder), str(error).splitlines()[0])
            return
        self._answer(f"DELETE FROM live WHERE file = {source.number}")
        source.live = Account()
        source.segments.append(segment)
        self._segment_batch[segment.file] = source.live_batch
        answered = self.answered()
        if answered is not None and source.live_batch > answered:
            self.epoch += 1

    # What is held, for those who ask.

    def price(self, cost: queries.Costing) -> None:
        """From now on, what is asked of `queries.costed` is by this price book."""
        self._awaited_prices = cost

    def _fill_prices(self, cost: queries.Costing) -> None:
        for table in queries.PRICES_TABLES:
            self._connection.execute(table)
        rows = ", ".join(f"({quoted(str(row[0]))}, {', '.join(map(str, row[1:]))})" for row in cost.prices)
        self._connection.execute(f"INSERT INTO prices VALUES {rows}")
        names = ", ".join(f"({quoted(name)})" for name in cost.names)
        self._connection.execute(f"INSERT INTO priced_names VALUES {names}")

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of an answer. BrokenSegmentError where the cache turned out to be damaged: look and ask again."""
        answer, rows = self._answer(sql), []
        while part := answer.fetchmany(PART):  # fetchall() keeps the interpreter from all threads until it has them all
            rows += part
        return rows

    def sums(
        self,
        source: str,
        where: str,
        keys: Mapping[str, str],
        sets: Sequence[tuple[str, ...]],
        slow_ms: float,
        cost: queries.Costing,
        wanted: Sequence[str] = queries.SUMS,
    ) -> list[tuple[Any, ...]]:
        """Rows for `Tally.add`: `queries.sums` of some calls, costed only as far as they need it."""
        if cost.is_book:
            return self.ask(queries.sums(queries.costed(source, where, cost), "true", keys, sets, slow_ms, wanted))
        found = self.ask(queries.plain_sums(source, where, keys, sets, slow_ms, cost, wanted))
        rows = [row[:-1] for row in found]
        if any(row[-1] for row in found):
            apart = queries.costed(source, f"({where}) AND NOT ({cost.plain})", cost)
            rows += self.ask(queries.sums(apart, "true", keys, sets, slow_ms, queries.MONEY))
        return rows

    def stream(self, sql: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The same in parts of so many rows, while other questions are asked."""
        with self._connection.cursor() as cursor:
            self._execute(cursor, sql)
            while rows := cursor.fetchmany(size):
                yield rows

    def cursor_of_now(self) -> duckdb.DuckDBPyConnection:
        """For another thread: however late it asks, it is answered from what is held now, and meanwhile the database
        has little room. To be set free (`UNLIMITED`) and closed there.
        """
        self.ask(f"SELECT 1 FROM live {queries.PRICES} ON false LIMIT 0")  # the prices are there
        cursor = self._connection.cursor()
        with contextlib.suppress(duckdb.OutOfMemoryException):  # more is in use already
            cursor.execute(LIMITED)
        cursor.execute("BEGIN TRANSACTION")
        cursor.execute("SELECT 1 FROM live, prices LIMIT 0")
        return cursor

    def few(
        self, span: tuple[int, int], since: int, where: str, cost: queries.Costing, most: int
    ) -> list[tuple[Any, ...]] | None:
        """The rows of `queries.few` that were added after `since`, at least those within the span; None where there
        are more. Several running answers ask the same after an append.
        """
        source, (day, hour) = self.relation(span, since), queries.local_time(self.zone, *span)
        asked = queries.few_as_written(source, where, cost, day, hour, most + 1), self.epoch, self.batch
        if self._few[0] != asked:
            found = [] if cost.is_book else self.ask(asked[0])
            if cost.is_book or not all(row[-1] for row in found):
                found = self.ask(queries.few(source, where, cost, day, hour, most + 1))
            else:
                found = [row[:-1] for row in found]
            self._few = asked, found
        return self._few[1] if len(self._few[1]) <= most else None

    def ask_columns(self, sql: str) -> dict[str, Any]:
        """The same as numpy columns by name."""
        return self._answer(sql).fetchnumpy()

    def _answer(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._execute(self._connection, sql)

    def _execute(self, connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
        if self._awaited_prices and queries.PRICES in sql:  # most questions do without
            self._fill_prices(self._awaited_prices)
            self._awaited_prices = None
        try:
            return connection.execute(sql)
        except duckdb.OutOfMemoryException:
            connection.execute(UNLIMITED)
            return connection.execute(sql)
        except duckdb.Error as error:
            broken = [s for s in self._all_segments() if not self._cache or not self._cache.is_whole(s, again=True)]
            if not broken:
                raise
            for segment in broken:
                self._give_up(segment)
            raise BrokenSegmentError from error

    def relation(self, span: tuple[int, int] | None = None, since: int = 0) -> str:
        """A FROM clause of the held calls, at least those within a span of UTC microseconds and added after `since`."""
        chosen = [
            segment
            for segment in self._all_segments()
            if self._segment_batch[segment.file] > since and (span is None or segment.overlaps(*span))
        ]
        broken = [segment for segment in chosen if self._cache and not self._cache.is_whole(segment)]
        for segment in broken:
            self._give_up(segment)
        if broken:
            raise BrokenSegmentError
        return queries.relation(f"seq > {since}", [segment.file for segment in chosen])

    def paths(self) -> dict[str, str]:
        """The day file behind each value of the `file` column of a relation."""
        paths = {str(source.number): path for path, source in self._sources.items()}
        paths.update((segment.file, path) for path, source in self._sources.items() for segment in source.segments)
        return paths

    def span(self) -> tuple[int, int]:
        """First and last readable time of all calls; (0, 0) without one."""
        firsts, lasts = [], []
        if any(source.live.counted for source in self._sources.values()):
            [(first, last)] = self._connection.execute("SELECT min(ts), max(ts) FROM live").fetchall()
            firsts, lasts = [first] * (first is not None), [last] * (last is not None)
        firsts += [s.first_us for s in self._all_segments() if s.first_us is not None]
        lasts += [s.last_us for s in self._all_segments() if s.last_us is not None]
        return min(firsts, default=0), max(lasts, default=0)

    def newest_us(self) -> int | None:
        """The newest readable time of all calls."""
        of_now = self.epoch, self.batch
        if self._newest[0] != of_now:
            [(newest,)] = self._connection.execute("SELECT max(ts) FROM live").fetchall()
            times = [s.last_us for s in self._all_segments() if s.last_us is not None] + [newest] * (newest is not None)
            self._newest = of_now, max(times, default=None)
        return self._newest[1]

    def accounts(self) -> tuple[FileAccount, ...]:
        return tuple(source.of_file() for _, source in sorted(self._sources.items()))

    def rejects(self) -> tuple[Reject, ...]:
        """The newest 1000, by the day of their file."""
        newest: list[Reject] = []
        for source in sorted(
            self._sources.values(), key=lambda source: (source.file.day, source.file.path), reverse=True
        ):
            newest += reversed(source.account.rejects)
            if len(newest) >= KEPT_REJECTS:
                break
        return tuple(newest[:KEPT_REJECTS])

    def coverage(self) -> Coverage:
        whole = Account()
        pending = 0
        for source in self._sources.values():
            account = source.account
            whole.lines += account.lines
            whole.counted += account.counted
            whole.flagged += account.flagged
            whole.quarantined += account.quarantined
            whole.blank_bytes += account.blank_bytes
            whole.reasons.update(account.reasons)
            pending += source.file.position.pending
        return Coverage(
            len(self._sources), whole.lines, whole.counted, whole.flagged, whole.quarantined, whole.blank_bytes,
            pending, tuple(sorted(whole.reasons.items())), self._scan.ignored,
        )  # fmt: skip

    def troubles(self) -> tuple[Trouble, ...]:
        files = tuple(source.trouble for source in self._sources.values() if source.trouble)
        own = tuple(trouble for trouble in (self._cache_trouble, self._clock_notice) if trouble)
        return (*self._scan.troubles, *files, *own, *self._notices)

    def watched(self) -> tuple[str, ...]:
        """Paths whose events are worth a look: the folders, and the two newest day files of each."""
        newest = sorted(self._sources.values(), key=lambda source: source.file.day, reverse=True)
        files: Counter[str] = Counter()
        chosen = []
        for source in newest:
            folder = os.path.dirname(source.file.path)
            files[folder] += 1
            if files[folder] <= 2:
                chosen.append(source.file.path)
        return (*self.folders, *chosen)

    def _all_segments(self) -> Iterator[Segment]:
        for source in self._sources.values():
            yield from source.segments

    def _give_up(self, segment: Segment) -> None:
        if self._cache:
            self._cache.discard(segment)
        for source in self._sources.values():
            if segment not in source.segments:
                continue
            if source.file.path in self._running:
                self._spoiled.add(source.file.path)  # a worker is reading it on from where it was
                self._forget_rows(source)
            else:
                self._forget(source)


def step_back() -> None:
    """What takes long lets the stream and the window go first: its threads get a lower priority. Only a little lower:
    with 10, on processors that others keep busy, one of them was put aside for 150 ms while it held the interpreter,
    and the window waited for it; with 3 that was 44 ms at most.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 3)


def _spill_folder(cache: Path | None) -> str:
    """Where the database may put what does not fit into memory: never the folder that we were started in, and one of
    its own, because two of them would write the same files. It is made when it is needed, and goes with the database.
    """
    name = f"{SPILL}{os.getpid()}-{next(_databases)}"
    if cache is not None:
        return str(cache / name)
    import tempfile

    return os.path.join(tempfile.gettempdir(), f"tipmao-{name}")


def _drop_spilled(cache: Path) -> None:
    """What programs that were killed had put there."""
    import shutil

    import psutil

    for folder in cache.glob(f"{SPILL}*-*"):
        pid = folder.name.removeprefix(SPILL).split("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
