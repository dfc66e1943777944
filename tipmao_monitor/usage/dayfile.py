"""Day files: which lie in a folder, and which of their bytes are new since the last look.

A `DayFile` hands out whole lines only; a half line waits for its newline. It reads on only where the file can be
shown to have grown; on any doubt it starts again from byte 0 and says so (records.md, "One file"). The newcomer's
mistake: to believe size, inode or modification time. Each of them lies on some file system or after some edit.
"""

from __future__ import annotations

import errno
import os
import re
import stat as stats
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import MAXYEAR, date
from io import SEEK_END, FileIO
from pathlib import Path
from typing import NamedTuple

from tipmao_monitor.usage.records import MAX_LINE
from tipmao_monitor.usage.snapshot import Trouble

BLOCK = 16 << 20
EDGE = 4096
VERIFY_LIMIT = 256 << 20
_GZIP = 31  # zlib's window size that expects a gzip header

_LEADS_NOWHERE = (FileNotFoundError, NotADirectoryError)  # a link, or what is gone since the folder was listed
_NAME = re.compile(r"(?:usage_)?(\d{4}-\d{2}-\d{2})\.jsonl(?:\.\d+)?(?P<gz>\.gz)?")


class Signature(NamedTuple):
    """What `stat` says of a file: a reason to look, never a proof."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> Signature:
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Found(NamedTuple):
    """A day file seen in a folder."""

    path: str
    day: date
    gz: bool
    signature: Signature


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies in the folders. `ignored` are paths that are no day file, or one that was already found: `aliases` says
    under which path.
    """

    files: dict[str, Found] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()


class Block(NamedTuple):
    """So many whole lines that follow each other, the first of which is number `line`. `is_long` marks a line over the
    limit, of which `data` is the start.
    """

    start: int
    line: int
    lines: int
    data: bytes
    length: int
    is_long: bool = False


def day_of_name(name: str) -> tuple[date, bool] | None:
    """The date in a day file's name and whether it is compressed; None for any other name."""
    match = _NAME.fullmatch(name)
    if not match:
        return None
    try:
        day = date.fromisoformat(match[1])
    except ValueError:
        return None
    # A record may be 36 hours later than its file, and a time zone ahead: no calendar goes beyond this year.
    return (day, match["gz"] is not None) if day.year < MAXYEAR else None


def scan(folders: Iterable[str | Path]) -> Scan:
    """The day files of all folders: a folder once by its real path, a file once by device and inode."""
    files: dict[str, Found] = {}
    ignored: list[str] = []
    troubles: list[Trouble] = []
    aliases: dict[str, str] = {}
    seen: dict[tuple[int, int], str] = {}
    for folder in dict.fromkeys(os.path.realpath(folder) for folder in folders):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except FileNotFoundError:
            troubles.append(Trouble("missing", folder))
            continue
        except NotADirectoryError:
            troubles.append(Trouble("not_a_folder", folder))
            continue
        except OSError as error:
            troubles.append(Trouble("unreadable", folder, error.strerror or str(error)))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            named = day_of_name(entry.name)
            try:
                found = entry.stat()
            except OSError as error:
                ignored.append(entry.path)
                if named and not isinstance(error, _LEADS_NOWHERE) and error.errno != errno.ELOOP:
                    trouble = _unreadable(entry, folder, error)
                    troubles += [] if trouble in troubles else [trouble]
                continue
            key = (found.st_dev, found.st_ino)
            if named is None or not stats.S_ISREG(found.st_mode) or key in seen:
                ignored.append(entry.path)
                if key in seen:
                    aliases[entry.path] = seen[key]
                continue
            seen[key] = entry.path
            files[entry.path] = Found(entry.path, *named, Signature.of(found))
    return Scan(files, tuple(ignored), aliases, tuple(troubles))


def _unreadable(entry: os.DirEntry[str], folder: str, error: OSError) -> Trouble:
    """Who may list a folder need not have the right to what lies in it: then it is the folder that cannot be read."""
    detail = error.strerror or str(error)
    if isinstance(error, PermissionError) and not entry.is_symlink():
        return Trouble("unreadable", folder, detail)
    return Trouble("unreadable_file", entry.path, detail)


def checksum(path: str, length: int | None = None, *, gz: bool = False) -> tuple[int, int]:
    """CRC-32 and number of the bytes of a file (decompressed if `gz`), or of its first `length`."""
    crc = done = 0
    if length == 0:
        return crc, done
    with open(path, "rb", buffering=0) as file:
        unzipped = _Decompressed(file) if gz else None
        while block := unzipped.read() if unzipped else file.read(min(BLOCK, length - done) if length else BLOCK):
            crc = zlib.crc32(block, crc)
            done += len(block)
    return crc, done


class Position(NamedTuple):
    """How far a file has been read, and the marks by which it is known again.

    `offset` bytes in `lines` lines are accounted for. `scanned` is further only within a line that is already over
    the limit and still has no newline. `crc` is of the first `scanned` bytes, `head` of at most `EDGE` bytes at their
    start, `tail` of the `tail_size` bytes at their end. `pending` bytes of a last line wait for their newline; where
    `ended` is false, a last line without one has been counted, and the file must be read again should it grow.
    """

    offset: int = 0
    scanned: int = 0
    lines: int = 0
    crc: int = 0
    head: int = 0
    tail: int = 0
    tail_size: int = 0
    pending: int = 0
    ended: bool = True


class DayFile:
    """One file that grows."""

    def __init__(self, path: str, day: date, gz: bool) -> None:
        self.path = path
        self.day = day
        self.gz = gz
        self.restart()

    def restart(self) -> None:
        """Forget everything; the next look begins at byte 0."""
        self.position = Position()
        self.signature: Signature | None = None
        self.truncated = False
        self._last_line = b""
        self._start_of_long = b""
        self._is_unproved = False

    def resume(self, position: Position, signature: Signature | None) -> None:
        """Go on behind what is already known. Without a signature the next look proves the known bytes first."""
        self.restart()
        self.position = position
        self.signature = signature

    @property
    def size(self) -> int:
        """Bytes looked at so far (decompressed), pending ones included."""
        return self.position.offset + self.position.pending

    @contextmanager
    def look(self) -> Iterator[tuple[bool, Iterator[Block]]]:
        """Whether the known bytes still stand at the file's start, and the blocks of whole lines that are new.

        Where they do not, everything is forgotten and the blocks begin at byte 0. `position` is behind the block that
        was handed out; only after the last is `signature` that of the file. OSError where it cannot be read.
        """
        with open(self.path, "rb", buffering=0) as file:
            found = os.fstat(file.fileno())
            continues = self._continues(file, Signature.of(found))
            if not continues:
                self.restart()
            yield continues, self._new_blocks(file, Signature.of(found))

    def is_edited(self) -> bool:
        """The slow proof, for every export and the ten-minute beat: the known start of a file that grew, read again."""
        scanned = self.position.scanned
        if not self._is_unproved or scanned > VERIFY_LIMIT:
            return False
        self._is_unproved = False
        return checksum(self.path, scanned) != (self.position.crc, scanned)

    @property
    def last_line(self) -> bytes:
        """The pending bytes; empty where they are more than one line may have, or not in memory."""
        return self._last_line

    def account_last_line(self, *, counted: bool) -> int:
        """The pending bytes are settled: counted as a record without newline, or given up. Returns their number."""
        size = self.position.pending
        self.position = self.position._replace(offset=self.position.offset + size, pending=0, ended=not counted)
        return size

    def _continues(self, file: FileIO, new: Signature) -> bool:
        position, old = self.position, self.signature
        if self.gz:
            return not (position.scanned or position.offset or self.truncated)
        if not position.scanned and position.ended:
            return True
        if not position.ended or new.size < position.scanned:
            return False
        if old is not None and new[:2] == old[:2] and new.size > old.size:
            self._is_unproved = True
            return self._edges_match(file)
        return checksum(self.path, position.scanned) == (position.crc, position.scanned)

    def _edges_match(self, file: FileIO) -> bool:
        position = self.position
        head = file.read(min(EDGE, position.scanned))
        file.seek(position.scanned - position.tail_size)
        tail = file.read(position.tail_size)
        return zlib.crc32(head) == position.head and zlib.crc32(tail) == position.tail

    def _new_blocks(self, file: FileIO, signature: Signature) -> Iterator[Block]:
        if self.gz:
            source = _Decompressed(file)
            yield from self._lines(source.read)
            self.truncated = source.is_truncated
        else:
            file.seek(self.position.scanned)
            left = signature.size - self.position.scanned

            def read() -> bytes:
                nonlocal left
                data = file.read(min(BLOCK, left)) if left > 0 else b""
                left -= len(data)
                return data

            yield from self._lines(read)
        self.signature = signature

    def _lines(self, read: Callable[[], bytes]) -> Iterator[Block]:
        """Blocks of whole lines; of a line over the limit no more than its start is kept."""
        rest = b""
        while data := read():
            if self.position.scanned > self.position.offset:
                end = data.find(b"\n") + 1
                if not end:
                    self._advance(data, lines=0, offset=0)
                    continue
                length = self.position.scanned - self.position.offset + end
                yield self._long_line(data[:end], length, self._start_of_long)
                data = data[end:]
            data = rest + data
            cut = data.rfind(b"\n") + 1
            yield from self._split(data[:cut])
            rest = data[cut:]
            if len(rest) > MAX_LINE:
                self._start_of_long = rest[:EDGE]
                self._advance(rest, lines=0, offset=0)
                rest = b""
        self._last_line = rest
        waiting = len(rest) + self.position.scanned - self.position.offset
        self.position = self.position._replace(pending=waiting)

    def _split(self, lines: bytes) -> Iterator[Block]:
        """Whole lines as blocks, a line over the limit on its own: it must cover a multiple of the limit."""
        start = 0
        for at in range(MAX_LINE, len(lines), MAX_LINE):
            first, end = lines.rfind(b"\n", 0, at) + 1, lines.find(b"\n", at) + 1
            if first >= start and end - 1 - first > MAX_LINE:
                yield from self._block(lines[start:first])
                yield self._long_line(lines[first:end], end - first, lines[first : first + EDGE])
                start = end
        yield from self._block(lines[start:] if start else lines)

    def _block(self, lines: bytes) -> Iterator[Block]:
        if lines:
            count = lines.count(b"\n")
            block = Block(self.position.offset, self.position.lines + 1, count, lines, len(lines))
            self._advance(lines, lines=count, offset=len(lines))
            yield block

    def _long_line(self, end: bytes, length: int, text: bytes) -> Block:
        block = Block(self.position.offset, self.position.lines + 1, 1, text, length, True)
        self._advance(end, lines=1, offset=length)
        return block

    def _advance(self, data: bytes, *, lines: int, offset: int) -> None:
        """`data` has been scanned; it ended `lines` lines and settled `offset` bytes."""
        old = self.position
        self.position = Position(
            old.offset + offset,
            old.scanned + len(data),
            old.lines + lines,
            zlib.crc32(data, old.crc),
            zlib.crc32(data[: max(EDGE - old.scanned, 0)], old.head),
            zlib.crc32(data[-EDGE:]),
            min(EDGE, len(data)),
        )


class _Decompressed:
    """The bytes of a gzip file, any number of members, as far as they can be had."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._unzip = zlib.decompressobj(_GZIP)
        self._input = b""
        self.is_truncated = False

    def read(self) -> bytes:
        while True:
            if not self._input:
                self._input = self._file.read(1 << 20)
                if not self._input:
                    self.is_truncated = not self._unzip.eof
                    return b""
            if self._unzip.eof:
                self._unzip = zlib.decompressobj(_GZIP)
            before = self._unzip.copy()
            try:
                data = self._unzip.decompress(self._input, BLOCK)
            except zlib.error:
                data = b"".join(_until_damage(before, self._input))
                self._input = b""
                self._file.seek(0, SEEK_END)
            else:
                self._input = self._unzip.unconsumed_tail or self._unzip.unused_data
            if data:
                return data


def _until_damage(unzip: zlib._Decompress, zipped: bytes) -> Iterator[bytes]:
    """What zlib had understood before it gave up; asked for all at once, it keeps that to itself."""
    with suppress(zlib.error):
        for i in range(len(zipped)):
            yield unzip.decompress(zipped[i : i + 1])
