"""The single calls of a report, as its writers get them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tipmao_monitor.usage.snapshot import CallRow


@dataclass(frozen=True)
class Calls:
    """The single calls of a report, streamed from the store. `say` hears how far they are."""

    count: int
    parts: Callable[[], Iterator[tuple[CallRow, ...]]]
    say: Callable[[float], None]

    def __iter__(self) -> Iterator[CallRow]:
        done = 0
        for part in self.parts():
            yield from part
            done += len(part)
            self.say(done / max(self.count, 1))
        if done != self.count:
            raise CountError


class CountError(Exception):
    """Not as many calls as the report counted."""
