"""One pass over a day file: what is new of it becomes segments, or rows that wait to count.

A `Reading` may run in any thread with a cursor of its own; it changes nothing that others see but the file's own
position. What it found counts only when the holdings apply it. The newcomer's mistake: to seal rows that follow on
live ones. Segments of a file are one chain from byte 0.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

from tipmao_monitor.usage.database import duckdb
from tipmao_monitor.usage.dayfile import Block, DayFile, Found
from tipmao_monitor.usage.intake import COLUMN_TYPES, Account, Intake
from tipmao_monitor.usage.records import Quarantined, escaped
from tipmao_monitor.usage.segments import Segment, SegmentCache
from tipmao_monitor.usage.snapshot import FileAccount, Trouble

LATE_PART = 1 << 20  # new bytes of a closed file from which they become a segment at once
SEALED_BLOCK = 8 << 20  # a block of at least this size is closed, even while its file grows


class Source:
    """One day file in the store: how far it is read, and where its rows are."""

    def __init__(self, number: int, found: Found) -> None:
        self.number = number
        self.file = DayFile(found.path, found.day, found.gz)
        self.account = Account()
        self.segments: list[Segment] = []
        self.live = Account()
        self.live_batch = 0
        self.size_on_disk = found.signature.size
        self.trouble: Trouble | None = None
        self.is_last_line_tried = False

    @property
    def sealed_to(self) -> int:
        return self.segments[-1].position.offset if self.segments else 0

    @property
    def sealed_crc(self) -> int:
        return self.segments[-1].position.crc if self.segments else 0

    def forget(self) -> None:
        self.account = Account()
        self.segments = []
        self.live = Account()
        self.is_last_line_tried = False

    def of_file(self) -> FileAccount:
        file = self.file
        size_on_disk = self.size_on_disk if file.gz else file.size
        return self.account.of_file(file.path, file.size, size_on_disk, file.position.pending)


class Reading:
    """What is new of one file. Rows that are not sealed wait in `table`; `is_over` says that the file's day is.

    After `run`: `has_table`, if any rows wait; `restarted`, where what was read before no longer counts; the new
    `segments`; the account of the `rest`; and why the file or the cache failed, if they did.
    """

    def __init__(self, source: Source, found: Found, cache: SegmentCache | None, *, is_over: bool) -> None:
        self.source = source
        self.found = found
        self.table = f"fresh_{source.number}"
        self.is_over = is_over
        self.has_table = False
        self.restarted = False
        self.segments: list[Segment] = []
        self.rest = Account()
        self.failure = ""
        self.cache_failure = ""
        self._cache = cache
        self._may_seal = False
        self._crc = 0

    def run(
        self,
        cursor: duckdb.DuckDBPyConnection,
        names: dict[str, str],
        *,
        is_quiet: bool,
        is_stopped: Callable[[], bool],
    ) -> None:
        """Read to the end, or to the next block once it is stopped. `is_quiet`: a last line may count as it stands."""
        source, found, file = self.source, self.found, self.source.file
        intake = Intake(cursor, self.table, found.path, found.day, names)
        try:
            with file.look() as (continues, blocks):
                self.restarted = not continues
                start = file.position.offset
                self._crc = file.position.crc
                self._may_seal = start == (0 if self.restarted else source.sealed_to)
                is_closed = self.is_over and (not start or found.signature.size - start > LATE_PART)
                for block in blocks:
                    self._take(intake, cursor, block, seal=is_closed or block.length >= SEALED_BLOCK)
                    if is_stopped():
                        return
            self._confirm()
            self._end(intake, cursor, is_quiet=is_quiet)
        except OSError as error:
            self.failure = error.strerror or str(error)

    def _take(self, intake: Intake, cursor: duckdb.DuckDBPyConnection, block: Block, *, seal: bool) -> None:
        """Whole lines become a segment, or rows where the cache cannot or shall not take them."""
        file = self.source.file
        if seal and self._may_seal and self._cache:
            write = partial(intake.write, block)
            try:
                segment = self._cache.seal(
                    cursor, write, file.path, block.start, self._crc, file.position, self.found.signature
                )
            except (OSError, duckdb.Error, UnicodeError) as error:
                self.cache_failure = str(error).splitlines()[0]
            else:
                self.segments.append(segment)
                self._crc = file.position.crc
                return
        self._may_seal = False
        self._make_table(cursor)
        self.rest.add(intake.load(block))

    def _make_table(self, cursor: duckdb.DuckDBPyConnection) -> None:
        if not self.has_table:
            cursor.execute(f"CREATE OR REPLACE TABLE {self.table} ({COLUMN_TYPES})")
            self.has_table = True

    def _confirm(self) -> None:
        """Where a segment ends with the file, it says so: next time an unchanged file need not be read."""
        file = self.source.file
        if not (self.segments and self._cache and file.signature) or file.position.pending or file.truncated:
            return
        if self.segments[-1].position.offset == file.position.offset:
            with contextlib.suppress(OSError):
                self.segments[-1] = self._cache.confirm(self.segments[-1], file.signature)

    def _end(self, intake: Intake, cursor: duckdb.DuckDBPyConnection, *, is_quiet: bool) -> None:
        """What is to become of a last line without a newline (records.md, "One file")."""
        file, position = self.source.file, self.source.file.position
        if file.truncated:
            lost = Quarantined(0, position.pending, "gz_truncated", escaped(file.last_line))
            self.rest.reject(file.path, position.lines + 1, position.offset, lost)
            file.account_last_line(counted=False)
        elif position.pending and is_quiet and file.last_line:
            self._make_table(cursor)
            counted = intake.load_last_line(file.last_line, position.offset, position.lines + 1)
            if counted:
                self.rest.add(counted)
                file.account_last_line(counted=True)
