"""An answer that takes long, worked out in another thread on the calls as they were when it was asked for.

A newcomer would get this wrong: it is made in the store's own thread, where the database notes what is held at that
moment; from then on it needs nothing of the store, whatever comes in. Nor may it take the window's memory: what does
not fit into `database.ROOM_MB` goes to the disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from tipmao_monitor.usage.database import UNLIMITED, duckdb

T = TypeVar("T")


class Apart(Generic[T]):
    """`answer` gets what puts SQL to the database; `again` is the same question to be put to the store in its own
    thread, where it mends what is broken. `cursor` has begun to read and is closed here.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        answer: Callable[[Callable[[str], list[tuple[Any, ...]]]], T],
        again: Callable[..., T],
    ) -> None:
        self.again = again
        self.is_stopped = False
        self._cursor = cursor
        self._answer = answer

    def run(self) -> T | None:
        """In the other thread: the answer, or None where the database could not give it."""
        try:
            return self._answer(self._ask)
        except duckdb.Error:
            return None
        finally:
            # What went wrong has to be ended before anything else is heard.
            for end in ("ROLLBACK", UNLIMITED):
                with contextlib.suppress(duckdb.Error):
                    self._cursor.execute(end)
            self._cursor.close()

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        if self.is_stopped:
            raise duckdb.InterruptException
        return self._cursor.execute(sql).fetchall()

    def stop(self) -> None:
        """From the store's thread: nobody waits for the answer any more."""
        self.is_stopped = True
        with contextlib.suppress(duckdb.Error):
            self._cursor.interrupt()  # unless it is closed already
