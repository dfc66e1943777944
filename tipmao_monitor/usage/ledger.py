"""The ledger: every alert that was ever given, on disk before anybody sees it (records.md, I6).

Lines of JSON are only added, each synced, to a file and then to a copy of it beside; what one of the two has lost, the
other still has. A newcomer would get this wrong: an alert is fired when it is in the ledger, and shown when it says so
too. A kill between the two shows it late, never twice and never not at all.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from tipmao_monitor.usage.alerts import FACTS, KEPT_ANYWAY, Alert, Alerts, Facts, Kind
from tipmao_monitor.usage.wholefile import read_file, sync_folder, write_whole

if os.name == "posix":
    import fcntl

FILE = "alerts.jsonl"
COPY = "alerts.copy.jsonl"
DAMAGED = "alerts.damaged.jsonl"
VERSION = 1
LARGEST = 64 << 20
CROWDED = 4 << 20  # bytes from which old alerts are dropped
KEPT = 2000  # alerts then
TOLD = 500  # alerts that the window is told of

Mark = Literal["shown", "acknowledged", "snoozed", "sent"]
_MARKS: tuple[Mark, ...] = ("shown", "acknowledged", "snoozed", "sent")
_BEGIN = b'{"v":'  # of every line
_LOCK_S = 2.0
_MODE = 0o600


@dataclass(slots=True)
class _Found:
    """What the lines of the ledger say."""

    alerts: dict[str, Alert]
    keys: dict[str, datetime]
    armings: dict[str, int]
    lines: dict[bytes, None]
    newer: int = 0


class Ledger:
    """The alerts kept in a folder. May be used from several threads, and by several processes.

    What cannot be written is held in memory, tried again with the next look, and told as `trouble`: "damaged" (what
    could not be read lies beside it), "mended" (the same, but the copy was whole), "newer" (of a version to come, whose
    alerts are kept but not told), what the disk said, or "" where all is well.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._copy = folder / COPY
        self._lock = threading.RLock()
        self._unsaved: list[bytes] = []
        self._size = 0
        self.trouble = ""
        self._found = _Found({}, {}, {}, {})
        with self._alone():
            self._read()

    def follow(self) -> None:
        """Take in what another program has added, and try again what could not be written."""
        with self._lock:
            if self._unsaved or self._is_changed():
                with self._alone():
                    self._catch_up()
                    self._save()

    def alerts(self) -> Alerts:
        """The newest alerts, the newest first; of one look first that of the budgets."""

        def order(alert: Alert) -> tuple[float, bool, str]:
            return alert.at.timestamp(), alert.kind == "budget", alert.id

        with self._lock:
            newest = sorted(self._found.alerts.values(), key=order)[-TOLD:]
            return Alerts(tuple(reversed(newest)), self.trouble, str(self.path))

    def has(self, key: str) -> bool:
        """Whether something was fired for the key."""
        with self._lock:
            return key in self._found.keys

    def fired_at(self, beginning: str) -> dict[str, datetime]:
        """The keys that begin so, and when they were fired."""
        with self._lock:
            return {key: at for key, at in self._found.keys.items() if key.startswith(beginning)}

    def newest_of(self, kind: Kind) -> Alert | None:
        with self._lock:
            of_kind = (alert for alert in self._found.alerts.values() if alert.kind == kind)
            return max(of_kind, key=lambda alert: alert.at.timestamp(), default=None)

    def arming(self, key: str) -> int:
        """How often the key was armed again."""
        with self._lock:
            return self._found.armings.get(key, 0)

    def fire(self, at: datetime, kind: Kind, facts: Facts, keys: Sequence[str]) -> Alert | None:
        """Keep one alert for these keys, synced. None, and nothing kept, where all of them were fired before."""
        with self._lock:
            if all(key in self._found.keys for key in keys):
                return None
        with self._lock, self._alone():
            self._catch_up()
            if all(key in self._found.keys for key in keys):
                return None
            number = uuid.uuid4().hex
            line = {"v": VERSION, "fired": number, "at": at, "kind": kind, "keys": list(keys), "facts": facts}
            self._append(msgspec.json.encode(line))
            return self._found.alerts[number]

    def rearm(self, key: str, arming: int, at: datetime) -> None:
        """Let the key of that arming fire, unless another program did so before."""
        with self._lock, self._alone():
            self._catch_up()
            if self.arming(key) < arming:
                self._append(msgspec.json.encode({"v": VERSION, "armed": key, "n": arming, "at": at}))

    def mark(self, ids: Iterable[str], mark: Mark, at: datetime) -> None:
        """Note for alerts that they were shown, acknowledged, snoozed."""
        with self._lock, self._alone():
            self._catch_up()
            alerts = self._found.alerts
            fresh = [number for number in ids if number in alerts and not getattr(alerts[number], mark)]
            if fresh:
                self._append(msgspec.json.encode({"v": VERSION, mark: fresh, "at": at}))

    def hand_over(self, ids: Iterable[str], channels: Sequence[str], at: datetime) -> None:
        """Note for alerts that they went to the chats, which of now on are owed them."""
        with self._lock, self._alone():
            self._catch_up()
            known = [number for number in ids if number in self._found.alerts]
            if known:
                self._append(msgspec.json.encode({"v": VERSION, "sent": known, "to": list(channels), "at": at}))

    def settle(self, ids: Iterable[str], channel: str, at: datetime) -> None:
        """Note that a chat has taken alerts, or never will."""
        with self._lock, self._alone():
            self._catch_up()
            alerts = self._found.alerts
            owed = [number for number in ids if number in alerts and channel in alerts[number].owed]
            if owed:
                self._append(msgspec.json.encode({"v": VERSION, "settled": owed, "by": channel, "at": at}))

    # On disk

    def _append(self, line: bytes) -> None:
        _take(line, self._found)
        self._unsaved.append(line)
        self._save()

    def _save(self) -> None:
        if not self._unsaved:
            return
        try:
            _add(self.path, self._unsaved)
            with contextlib.suppress(OSError):
                _add(self._copy, self._unsaved)
            self._size = self.path.stat().st_size
            self._unsaved = []
            if self.trouble not in KEPT_ANYWAY:
                self.trouble = ""
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def _read(self) -> None:
        texts: list[bytes | None] = []
        trouble = ""
        for path in (self.path, self._copy):
            try:
                texts.append(read_file(path, LARGEST))
            except FileNotFoundError:
                texts.append(None)
            except OSError as error:
                texts.append(None)
                trouble = error.strerror or str(error)
        found = _Found({}, {}, {}, {})
        # Whatever became of the files, what this program knows is true.
        for line in self._found.lines:
            _take(line, found)
        damaged = [_take_text(text, found) for text in texts if text is not None]
        self._found = found
        self._size = len(texts[0] or b"")
        if found.newer:
            self.trouble = "newer"
        elif any(damaged):
            self.trouble = "mended" if found.lines and not all(damaged) else "damaged"
        self.trouble = trouble or self.trouble
        whole = b"".join(line + b"\n" for line in found.lines)
        is_crowded = len(whole) > CROWDED and not found.newer
        if not trouble and (is_crowded or any(damaged) or (whole and texts != [whole, whole])):
            self._mend(texts if any(damaged) else [], _condensed(found) if is_crowded else found.lines)

    def _mend(self, damaged: Sequence[bytes | None], lines: Iterable[bytes]) -> None:
        """Both files as they should be; what was damaged stays beside them."""
        whole = b"".join(line + b"\n" for line in lines)
        try:
            if any(damaged):
                write_whole(self.path.with_name(DAMAGED), b"\n".join(text for text in damaged if text), _MODE)
            for path in (self.path, self._copy):
                if whole:
                    write_whole(path, whole, _MODE)
                else:
                    path.unlink(missing_ok=True)
            self._size = len(whole)
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def _is_changed(self) -> bool:
        """Whether another program has added something, or somebody deleted it while we run."""
        try:
            return self.path.stat().st_size != self._size
        except FileNotFoundError:
            return self._size > 0
        except OSError:
            return False

    def _catch_up(self) -> None:
        if self._is_changed():
            self._read()

    @staticmethod
    def _wait_for(descriptor: int) -> None:
        until = time.monotonic() + _LOCK_S
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    return  # whoever holds it is stopped; an alert that is late is worse than one that is said twice
            time.sleep(0.005)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process writes meanwhile, where the disk knows locks."""
        descriptor = -1
        if os.name == "posix":
            with contextlib.suppress(OSError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self.path.with_name("alerts.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._wait_for(descriptor)
        try:
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)


def _take_text(text: bytes, found: _Found) -> bool:
    """Whether something in the text of a file is damaged. An empty one is: nobody here ever leaves one."""
    lines = text.split(b"\n")
    is_damaged = not text
    for line in lines[:-1]:
        if line and line not in found.lines:
            is_damaged |= not _take(line, found)
    # Behind the last newline is what a kill has left of a line: it was never fired.
    return is_damaged or not (_BEGIN.startswith(lines[-1]) or lines[-1].startswith(_BEGIN))


def _take(line: bytes, found: _Found) -> bool:
    """Whether the line was understood, or at least kept for a newer version that will understand it."""
    version: object = None
    try:
        entry = msgspec.json.decode(line)
        version = entry["v"]
        _take_entry(entry, found)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        if not isinstance(version, int) or version <= VERSION:
            return False
    if not isinstance(version, int) or version < 1:
        return False
    found.newer += version > VERSION
    found.lines[line] = None
    return True


def _take_entry(entry: dict[str, Any], found: _Found) -> None:
    at = msgspec.convert(entry["at"], datetime)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    if "fired" in entry:
        keys = msgspec.convert(entry["keys"], list[str])
        # What a newer version fired stays fired, also where nobody here can say it.
        for key in keys:
            found.keys.setdefault(key, at)
        number, kind = msgspec.convert((entry["fired"], entry["kind"]), tuple[str, str])
        if kind in FACTS:
            facts: Facts = msgspec.convert(entry["facts"], FACTS[kind])
            marks: dict[str, Any] = {mark: bool(entry.get(mark)) for mark in _MARKS}
            marks["owed"] = msgspec.convert(entry.get("owed", []), tuple[str, ...])
            found.alerts[number] = Alert(number, at, kind, facts, **marks)
    if "armed" in entry:
        key, n = msgspec.convert((entry["armed"], entry["n"]), tuple[str, int])
        found.armings[key] = max(n, found.armings.get(key, 0))
    if "fired" not in entry:
        for mark in _MARKS:
            for number in msgspec.convert(entry.get(mark, []), list[str]):
                if number in found.alerts:
                    marked: dict[str, Any] = {mark: True}
                    found.alerts[number] = replace(found.alerts[number], **marked)
        _take_debts(entry, found)


def _take_debts(entry: dict[str, Any], found: _Found) -> None:
    """Which chats have yet to take what was sent, and which have."""
    if "to" not in entry and "settled" not in entry:
        return
    sent, to, settled, by = msgspec.convert(
        (entry.get("sent", []), entry.get("to", []), entry.get("settled", []), entry.get("by", "")),
        tuple[list[str], list[str], list[str], str],
    )
    for number in found.alerts.keys() & {*sent, *settled}:
        alert = found.alerts[number]
        owed = dict.fromkeys((*alert.owed, *(to if number in sent else ())))
        if number in settled:
            owed.pop(by, None)
        found.alerts[number] = replace(alert, owed=tuple(owed))


def _condensed(found: _Found) -> Iterator[bytes]:
    """The newest alerts with their marks, and what they were armed for."""
    keys: dict[str, list[str]] = {}
    for line in found.lines:
        entry = msgspec.json.decode(line)
        if "fired" in entry:
            keys[entry["fired"]] = entry["keys"]
    for key, n in found.armings.items():
        at = found.keys.get(f"{key}#{n - 1}")
        if at is not None:
            yield msgspec.json.encode({"v": VERSION, "armed": key, "n": n, "at": at})
    for alert in sorted(found.alerts.values(), key=lambda alert: alert.at.timestamp())[-KEPT:]:
        marks: dict[str, Any] = {mark: True for mark in _MARKS if getattr(alert, mark)}
        if alert.owed:
            marks["owed"] = alert.owed
        begin = {"v": VERSION, "fired": alert.id, "at": alert.at, "kind": alert.kind, "keys": keys.get(alert.id, [])}
        yield msgspec.json.encode({**begin, "facts": alert.facts, **marks})


def _add(path: Path, lines: Iterable[bytes]) -> None:
    """Append whole lines, and return once they are on the disk."""
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), _MODE)
    try:
        size = os.fstat(descriptor).st_size
        text = b"".join(line + b"\n" for line in lines)
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            if os.read(descriptor, 1) != b"\n":
                text = b"\n" + text  # whoever wrote before was killed
        while text:
            text = text[os.write(descriptor, text) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        sync_folder(path.parent)
