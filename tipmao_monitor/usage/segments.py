"""Sealed parts of day files as Parquet in the cache folder: disposable, never changed, shared without a lock.

A segment holds what was written and nothing that can change: no local day, no price, no rate. Its name says which
bytes of which file it stands for and has a checksum of its own bytes; a small JSON file beside it says the rest. The
newcomer's mistake: to trust one because it opens. It counts only for a file that still begins with the very bytes it
was made of.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tipmao_monitor.usage.database import duckdb
from tipmao_monitor.usage.dayfile import Position, Signature, checksum
from tipmao_monitor.usage.intake import Account, quoted
from tipmao_monitor.usage.records import FLAGS
from tipmao_monitor.usage.snapshot import Reject
from tipmao_monitor.usage.wholefile import LARGEST, read_file

DECODER_VERSION = 6
UNREFERENCED_S = 3600.0


class _Meta(msgspec.Struct):
    """What a segment says of itself."""

    path: str
    signature: Signature | None
    before: int
    position: Position
    counts: tuple[int, int, int, int, int, int, int]
    reasons: dict[str, int]
    rejects: list[tuple[int, int, int, str, str]]
    first_us: int | None
    last_us: int | None
    undated: int


@dataclass(frozen=True, slots=True)
class Segment:
    """The calls of the bytes `start` to `position.offset` of one day file.

    `first_us`, `last_us` are None without a readable time; `undated` calls have none; `signature` is that of the
    source where it ended there when it was read.
    """

    file: str
    start: int
    position: Position
    signature: Signature | None
    account: Account
    first_us: int | None
    last_us: int | None
    undated: int

    def overlaps(self, first_us: int, last_us: int) -> bool:
        """Whether it may hold calls of that span; calls without a time count under their file's date."""
        return self.undated > 0 or (
            self.first_us is not None
            and self.last_us is not None
            and self.first_us < last_us
            and self.last_us >= first_us
        )


class SegmentCache:
    """The folder of segments. Any number of programs may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / f"segments-{DECODER_VERSION}"
        self._names: dict[str, list[str]] | None = None
        self._verified: dict[str, tuple[int, int, int]] = {}

    def prepare(self) -> None:
        """Make the folder. OSError where it cannot be used."""
        self.folder.mkdir(parents=True, exist_ok=True)
        probe = self.folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink(missing_ok=True)  # two stores of this process may be at it at once

    def known(self, paths: Iterable[tuple[str, Signature]]) -> dict[str, list[Segment]]:
        """For each file, segments that follow on each other from byte 0. Nothing is proved about the files yet.

        The chain that ends with the file's own signature is preferred, else the longest.
        """
        names = self._listing()
        chains: dict[str, list[Segment]] = {}
        for path, signature in paths:
            metas = self._metas(names.get(_file_key(path, signature), ()))
            by_end: dict[tuple[int, int], list[str]] = defaultdict(list)
            for name, meta in metas.items():
                by_end[meta.position.offset, meta.position.crc].append(name)
            ends = sorted(
                metas, key=lambda n: (metas[n].signature == signature, metas[n].position.offset), reverse=True
            )
            chain = next(filter(None, (self._back_from(end, metas, by_end) for end in ends)), None)
            if chain:
                chains[path] = [self._segment(name, metas[name]) for name in chain]
        return chains

    @staticmethod
    def _back_from(end: str, metas: dict[str, _Meta], by_end: dict[tuple[int, int], list[str]]) -> list[str] | None:
        """Names from byte 0 to that segment, each made of the very bytes that follow the one before."""
        chain = [end]
        while (start := _start(chain[0])) > 0:
            before = by_end.get((start, metas[chain[0]].before))
            if not before:
                return None
            chain.insert(0, before[0])
        return chain

    def seal(
        self,
        cursor: duckdb.DuckDBPyConnection,
        write: Callable[[str], Account],
        path: str,
        start: int,
        before: int,
        position: Position,
        signature: Signature,
    ) -> Segment:
        """Make a segment: `write` puts the rows into the file that it is given and accounts for them.

        `before` is the CRC of the bytes before it. That the file ends here is for `confirm` to say. OSError,
        duckdb.Error or UnicodeError where the cache cannot take it.
        """
        key = _file_key(path, signature)
        draft = self.folder / f".{key}-{start}-{os.getpid()}-{threading.get_native_id()}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)  # whoever cleans up may have removed it
            account = write(str(draft))
            [(first_us, last_us, undated)] = cursor.execute(
                f"SELECT min(ts), max(ts), count(*) FILTER (ts IS NULL) FROM read_parquet({quoted(str(draft))})"
            ).fetchall()
            crc, size = checksum(str(draft))
            counts = (
                account.counted_bytes, account.quarantined_bytes, account.blank_bytes, account.lines, account.counted,
                account.flagged, account.quarantined,
            )  # fmt: skip
            rejects = [(r.line, r.offset, r.length, r.reason, r.text) for r in account.rejects]
            meta = _Meta(
                path, None, before, position, counts, dict(account.reasons), rejects, first_us, last_us, undated
            )
            name = f"{key}-{start}-{position.offset}-{position.crc:08x}-{crc:08x}-{size}.parquet"
            self._write_meta(name, meta)
            os.replace(draft, self.folder / name)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
        self._verified[name] = _stamp(self.folder / name)
        if self._names is not None:
            self._names[key].append(name)
        return self._segment(name, meta)

    def confirm(self, segment: Segment, signature: Signature) -> Segment:
        """Its source, as `stat` saw it then, ends where the segment ends: unchanged, it need not be read again."""
        name = os.path.basename(segment.file)
        meta = self._metas([name]).get(name)
        if meta is None:
            return segment
        meta.signature = signature
        self._write_meta(name, meta)
        return replace(segment, signature=signature)

    def is_whole(self, segment: Segment, *, again: bool = False) -> bool:
        """Whether the segment's own bytes are those that were written; looked at once, whenever the file was touched,
        or now if `again`.
        """
        name = os.path.basename(segment.file)
        crc, size = name.removesuffix(".parquet").split("-")[-2:]
        try:
            stamp = _stamp(segment.file)
            if self._verified.get(name) == stamp and not again:
                return True
            whole = checksum(segment.file) == (int(crc, 16), int(size))
        except OSError:
            return False
        if whole:
            self._verified[name] = stamp
        return whole

    def discard(self, segment: Segment) -> None:
        """Remove one that is broken or no longer matches its source."""
        for file in (segment.file, f"{segment.file}.json"):
            with contextlib.suppress(OSError):
                os.unlink(file)
        self._names = None

    def collect(self, used: set[str]) -> None:
        """Delete what nothing refers to for an hour: superseded segments, and those whose source is gone."""
        now = time.time()
        self._names = None
        names = {os.path.basename(file) for file in used}
        keys = {name.split("-")[0] for name in names}
        for entry in os.scandir(self.folder):
            segment = entry.name.removesuffix(".json")
            if segment in names:
                with contextlib.suppress(OSError):
                    os.utime(entry.path)
            elif now - entry.stat().st_mtime > UNREFERENCED_S:
                metas = self._metas([segment])
                if segment.split("-")[0] in keys or segment not in metas or not os.path.exists(metas[segment].path):
                    with contextlib.suppress(OSError):
                        os.unlink(entry.path)

    def _listing(self) -> dict[str, list[str]]:
        if self._names is None:
            self._names = defaultdict(list)
            try:
                for name in os.listdir(self.folder):
                    if name.endswith(".parquet") and name.count("-") == 5:
                        self._names[name.split("-")[0]].append(name)
            except OSError:
                pass
        return self._names

    def _write_meta(self, name: str, meta: _Meta) -> None:
        """Before the segment gets its name, so that one without is never seen."""
        draft = self.folder / f".{name}.json.{os.getpid()}-{threading.get_native_id()}"
        text = msgspec.json.encode(meta)
        draft.write_bytes(b"%08x\n%b" % (zlib.crc32(text), text))
        os.replace(draft, self.folder / f"{name}.json")

    def _metas(self, names: Iterable[str]) -> dict[str, _Meta]:
        """What segments say of themselves; those whose words are not what was written are left out."""
        metas = {}
        for name in names:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                crc, _, text = read_file(self.folder / f"{name}.json", LARGEST).partition(b"\n")
                if crc == b"%08x" % zlib.crc32(text):
                    metas[name] = msgspec.json.decode(text, type=_Meta)
        return metas

    def _segment(self, name: str, meta: _Meta) -> Segment:
        account = Account(*meta.counts)
        account.reasons.update(meta.reasons)
        account.rejects.extend(Reject(meta.path, *reject) for reject in meta.rejects)
        return Segment(
            str(self.folder / name), _start(name), meta.position, meta.signature, account, meta.first_us, meta.last_us,
            meta.undated,
        )  # fmt: skip


def _file_key(path: str, signature: Signature) -> str:
    identity = f"{path}\0{signature.device}\0{signature.inode}\0{','.join(FLAGS)}"
    return hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def _stamp(path: str | Path) -> tuple[int, int, int]:
    """OSError where it is no regular file: reading a FIFO would wait for ever."""
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "is no file")
    return found.st_ino, found.st_size, found.st_mtime_ns


def _start(name: str) -> int:
    return int(name.split("-")[1])
