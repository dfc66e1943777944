"""What was switched, by whom and with what promise, on disk: one JSON line for each thing that happened, only appended.

A newcomer would get this wrong: nothing is ever taken out of the file. An undo is a switch of its own that names the
one it undoes, so the file tells the whole story, and a line that cannot be read costs nothing but itself.
"""

from __future__ import annotations

import errno
import os
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal

import msgspec

from tipmao_monitor.usage.switching import GatewayTrouble, Step

FILE = "switches.jsonl"
LARGEST = 4 << 20
"""Bytes from the end that are read: years of switches."""

PUT_OFF_FOR = timedelta(days=30)

Who = Literal["user", "rule"]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """An order that the gateway carried out, at least in part or in another way: `steps` are what was read back. Where
    the program ended before anything could be, they are what was asked for.

    `promised` is the saving a day (CNY) that the advice spoke of, None where it spoke of none. `to_cheap` is set on
    what the rule did. `trouble` is why other steps failed.
    """

    at: datetime
    who: Who
    steps: tuple[Step, ...]
    promised: Decimal | None = None
    to_cheap: bool | None = None
    undoes: str = ""
    trouble: GatewayTrouble | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class PutOff:
    """Advice that the user does not want now, by its key; `again` takes that back."""

    at: datetime
    key: Key
    again: bool = False


@dataclass(frozen=True)
class History:
    """All that the log tells, the oldest first. `trouble` is why it could not be read or written, "" if it could."""

    switches: tuple[Switch, ...] = ()
    put_off: tuple[PutOff, ...] = ()
    trouble: str = ""

    @cached_property
    def undone(self) -> dict[str, datetime]:
        """Ids of switches that were undone, with the time."""
        return {switch.undoes: switch.at for switch in self.switches if switch.undoes}

    @property
    def undoable(self) -> tuple[Switch, ...]:
        """What can be taken back, the newest first: neither undone nor an undo."""
        return tuple(s for s in reversed(self.switches) if s.id not in self.undone and not s.undoes)

    def unwanted(self, now: datetime) -> frozenset[Key]:
        """Keys of the advice that was put off and is not due again."""
        latest = {line.key: line for line in self.put_off}
        return frozenset(key for key, line in latest.items() if not line.again and now - line.at < PUT_OFF_FOR)

    @property
    def last_of_rule(self) -> Switch | None:
        return next((switch for switch in reversed(self.switches) if switch.who == "rule"), None)

    @cached_property
    def held_by_rule(self) -> tuple[Step, ...]:
        """What the rule has switched to its cheap model and not back again."""
        held: dict[str, Step] = {}
        for switch in self.switches:
            if switch.who != "rule" or switch.id in self.undone:
                continue
            if switch.to_cheap:
                held |= {step.function: step for step in switch.steps}
            elif switch.trouble is None:
                held = {}
            else:
                held = {
                    function: step
                    for function, step in held.items()
                    if function not in {s.function for s in switch.steps}
                }
        return tuple(held.values())

    @property
    def overruled_at(self) -> datetime | None:
        """When the user last undid what the rule had done."""
        of_rule = {switch.id for switch in self.switches if switch.who == "rule"}
        return max((at for id, at in self.undone.items() if id in of_rule), default=None)

    def ended_at(self, switch: Switch) -> datetime | None:
        """When its functions were next switched by anyone, None while it holds."""
        functions = {step.function for step in switch.steps}
        later = self.switches[self.switches.index(switch) + 1 :]
        return next((s.at for s in later if functions & {step.function for step in s.steps}), None)


class _Line(msgspec.Struct, omit_defaults=True):
    switch: Switch | None = None
    put_off: PutOff | None = None


class SwitchLog:
    """The file at `path`, which need not exist. To be used from one thread, which waits for the disk.

    What the disk does not take is remembered, and tried again with the next line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unsaved: list[bytes] = []

    def read(self) -> History:
        trouble, raw = "", b""
        try:
            raw = self._tail()
        except FileNotFoundError:
            pass
        except OSError as error:
            trouble = error.strerror or str(error)
        lines = [line for line in map(_line, (*raw.split(b"\n"), *self._unsaved)) if line is not None]
        return History(
            tuple(line.switch for line in lines if line.switch is not None),
            tuple(line.put_off for line in lines if line.put_off is not None),
            trouble,
        )

    def add(self, entry: Switch | PutOff) -> History:
        """Append what happened; the history with it, whether or not the disk took it."""
        if isinstance(entry, Switch):
            line = _Line(switch=replace(entry, id=entry.id or uuid.uuid4().hex))
        else:
            line = _Line(put_off=entry)
        self._unsaved.append(msgspec.json.encode(line))
        trouble = ""
        try:
            self._append(b"\n".join(self._unsaved))
            self._unsaved = []
        except OSError as error:
            trouble = error.strerror or str(error)
        history = self.read()
        return replace(history, trouble=trouble) if trouble else history

    def _append(self, line: bytes) -> None:
        self._refuse_what_is_no_file()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    line = b"\n" + line  # the one before was cut off
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _refuse_what_is_no_file(self) -> None:
        """To open a FIFO would wait for ever."""
        if self.path.exists() and not self.path.is_file():
            raise OSError(errno.EINVAL, "is no file")

    def _tail(self) -> bytes:
        self._refuse_what_is_no_file()
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LARGEST))
            return file.read(LARGEST)


def _line(raw: bytes) -> _Line | None:
    try:
        line = msgspec.json.decode(raw, type=_Line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    at = line.switch.at if line.switch else line.put_off.at if line.put_off else None
    return line if at is not None and at.tzinfo is not None else None
