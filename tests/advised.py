"""Calls as the tests of advice need them, and stores that hold them.

A newcomer would get this wrong: `cost="book"` is written as the assistant would, in the currency of the model's price
and rounded to 6 decimals; a model without a price gets 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lines
from stores import SHANGHAI

from tipmao_monitor.usage.prices import PriceBook, book_day
from tipmao_monitor.usage.store import Store

NOW = datetime(2025, 10, 26, 12, tzinfo=UTC)
TODAY = NOW.astimezone(SHANGHAI).date()
WEEK_AGO = TODAY - timedelta(days=6)
BOOK = PriceBook.load()


@dataclass(frozen=True)
class Call:
    """One call, and what it really costs today by the rules of the advice."""

    model: str | None = "qwen-plus"
    function: str = "live_analysis"
    tin: int | None = 1500
    tout: int | None = 800
    cost: Any = "book"
    at: datetime = NOW - timedelta(hours=1)
    ms: float = 1000.0
    ok: bool = True
    err: str | None = None
    session: str | None = None
    user: str | None = None

    def line(self, book: PriceBook = BOOK) -> bytes:
        cost = self.cost
        if cost == "book":
            day = book_day(int(self.at.timestamp() * 1e6), TODAY)
            price = book.price(self.model, day)
            nano = book.cost_nano(self.model, self.tin, self.tout, day) or 0
            cost = nano / 1e9 / float(book.rate(price.currency, day)) if price else 0.0
            cost = round(cost, 6)
        values = {
            "timestamp": self.at.timestamp(), "user_id": self.user, "anchor_id": None, "session_id": self.session,
            "model": self.model, "function": self.function, "input_tokens": self.tin, "output_tokens": self.tout,
            "total_tokens": (self.tin or 0) + (self.tout or 0), "cost": cost, "duration_ms": self.ms,
            "success": self.ok, "error_msg": self.err,
        }  # fmt: skip
        return lines.as_line({key: json.dumps(value, ensure_ascii=False) for key, value in values.items()})


@contextmanager
def store_of(folder: Path, calls: Sequence[Call], book: PriceBook = BOOK) -> Iterator[Store]:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "2025-10-26.jsonl").write_bytes(b"".join(call.line(book) for call in calls))
    store = Store([folder], zone=SHANGHAI, prices=book)
    try:
        store.look(NOW)
        yield store
    finally:
        store.close()


def many(n: int, every_s: float = 600.0, end: datetime = NOW, **values: Any) -> list[Call]:
    """That many calls, the last one just before `end`."""
    return [Call(at=end - timedelta(seconds=every_s * (n - i)), **values) for i in range(n)]
