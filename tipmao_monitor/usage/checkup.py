"""A look at the health of the records: where every byte of every file went, what has no price, and whether the figures
may be wrong. The facts behind the window's doctor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tipmao_monitor.usage.causes import Cause, causes
from tipmao_monitor.usage.snapshot import Coverage, FileAccount

if TYPE_CHECKING:
    from tipmao_monitor.usage.store import Store


@dataclass(frozen=True, slots=True)
class Checkup:
    """All of one moment. `unpriced` are (model, calls)."""

    coverage: Coverage
    files: tuple[FileAccount, ...] = ()
    unpriced: tuple[tuple[str, int], ...] = ()
    causes: tuple[Cause, ...] = ()


def checkup(store: Store, now: datetime) -> Checkup:
    stats = store.stats(None, None, now)
    found = causes(stats, store.tokenless(now))
    return Checkup(stats.coverage, store.accounts(), tuple(store.unpriced()), found)
