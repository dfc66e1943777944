"""Sealed parts of day files as Parquet in the cache folder: disposable, never changed, shared without a lock.

A segment holds what was written and nothing that can change: no local day, no price, no rate. Its name says which
bytes of which file it stands for and has a checksum of its own bytes; its metadata hold the rest. The newcomer's
mistake: to trust one because it opens. It counts only for a file that still begins with the very bytes it was made of.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from tipmao_monitor.usage.dayfile import Position, Signature, checksum
from tipmao_monitor.usage.intake import COLUMN_LIST, Account, quoted
from tipmao_monitor.usage.records import FLAGS
from tipmao_monitor.usage.snapshot import Reject

DECODER_VERSION = 1
UNREFERENCED_S = 3600.0


class _Meta(msgspec.Struct):
    """What a segment says of itself."""

    path: str
    signature: Signature | None
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
    source when it was read.
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
        self._verified: set[str] = set()

    def prepare(self) -> None:
        """Make the folder. OSError where it cannot be used."""
        self.folder.mkdir(parents=True, exist_ok=True)
        probe = self.folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()

    def known(
        self, paths: Iterable[tuple[str, Signature]], cursor: duckdb.DuckDBPyConnection
    ) -> dict[str, list[Segment]]:
        """For each file, its segments that follow on each other from byte 0. Nothing is proved about the files yet."""
        names = self._listing()
        wanted = {key: path for path, signature in paths if (key := _file_key(path, signature)) in names}
        metas = self._metas([name for key in wanted for name in names[key]], cursor)
        chains: dict[str, list[Segment]] = {}
        for key, path in wanted.items():
            at = 0
            chain: list[Segment] = []
            parts = sorted((n for n in names[key] if n in metas), key=lambda n: (_start(n), -metas[n].position.offset))
            for name in parts:
                if _start(name) == at and metas[name].path == path and metas[name].position.offset > at:
                    chain.append(self._segment(name, metas[name]))
                    at = metas[name].position.offset
            if chain:
                chains[path] = chain
        return chains

    def seal(
        self,
        cursor: duckdb.DuckDBPyConnection,
        source: str,
        path: str,
        start: int,
        position: Position,
        signature: Signature,
        account: Account,
    ) -> Segment:
        """Write the rows of `source` (a FROM clause) as a segment. OSError or duckdb.Error where that fails."""
        first_us, last_us, undated = cursor.execute(
            f"SELECT min(ts), max(ts), count(*) FILTER (ts IS NULL) FROM {source}"
        ).fetchall()[0]
        meta = _Meta(
            path, signature, position,
            (
                account.counted_bytes, account.quarantined_bytes, account.blank_bytes, account.lines, account.counted,
                account.flagged, account.quarantined,
            ),
            dict(account.reasons),
            [(r.line, r.offset, r.length, r.reason, r.text) for r in account.rejects],
            first_us, last_us, undated,
        )  # fmt: skip
        key = _file_key(path, signature)
        draft = self.folder / f".{key}-{start}-{os.getpid()}-{id(cursor)}.tmp"
        try:
            cursor.execute(
                f"COPY (SELECT {COLUMN_LIST} FROM {source}) TO {quoted(str(draft))} "
                f"(FORMAT parquet, KV_METADATA {{tipmao: {quoted(msgspec.json.encode(meta).decode())}}})"
            )
            crc, size = checksum(str(draft))
            name = f"{key}-{start}-{position.offset}-{position.crc:08x}-{crc:08x}-{size}.parquet"
            os.replace(draft, self.folder / name)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
        self._verified.add(name)
        if self._names is not None:
            self._names.setdefault(key, []).append(name)
        return self._segment(name, meta)

    def is_whole(self, segment: Segment, *, again: bool = False) -> bool:
        """Whether the segment's own bytes are those that were written; looked at once, or now if `again`."""
        name = os.path.basename(segment.file)
        if name in self._verified and not again:
            return os.path.exists(segment.file)
        crc, size = name.removesuffix(".parquet").split("-")[-2:]
        try:
            whole = checksum(segment.file) == (int(crc, 16), int(size))
        except OSError:
            return False
        if whole:
            self._verified.add(name)
        return whole

    def discard(self, segment: Segment) -> None:
        """Remove one that is broken or no longer matches its source."""
        with contextlib.suppress(OSError):
            os.unlink(segment.file)
        self._names = None

    def collect(self, used: set[str], cursor: duckdb.DuckDBPyConnection) -> None:
        """Delete segments that nothing refers to for an hour: superseded ones, and those whose source is gone."""
        now = time.time()
        self._names = None
        idle = []
        for entry in os.scandir(self.folder):
            if entry.path in used:
                with contextlib.suppress(OSError):
                    os.utime(entry.path)
            elif now - entry.stat().st_mtime > UNREFERENCED_S:
                idle.append(entry.name)
        metas = self._metas([name for name in idle if name.endswith(".parquet")], cursor)
        used_keys = {os.path.basename(path).split("-")[0] for path in used}
        for name in idle:
            if name not in metas or not os.path.exists(metas[name].path) or name.split("-")[0] in used_keys:
                with contextlib.suppress(OSError):
                    (self.folder / name).unlink()

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

    def _metas(self, names: list[str], cursor: duckdb.DuckDBPyConnection) -> dict[str, _Meta]:
        """The metadata of those that open; the others are left out."""
        if not names:
            return {}
        paths = ", ".join(quoted(str(self.folder / name)) for name in names)
        try:
            rows = cursor.execute(
                f"SELECT file_name, value FROM parquet_kv_metadata([{paths}]) WHERE key = 'tipmao'::BLOB"
            ).fetchall()
        except duckdb.Error:
            if len(names) == 1:
                return {}
            middle = len(names) // 2
            return self._metas(names[:middle], cursor) | self._metas(names[middle:], cursor)
        metas = {}
        for file, value in rows:
            with contextlib.suppress(msgspec.MsgspecError):
                metas[os.path.basename(file)] = msgspec.json.decode(value, type=_Meta)
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


def _start(name: str) -> int:
    return int(name.split("-")[1])
