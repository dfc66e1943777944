"""Stores as the tests open them, and the check of all that they say against the oracle."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle
from lines import NOON

from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Filter
from tipmao_monitor.usage.store import Store

SHANGHAI = ZoneInfo("Asia/Shanghai")
PRICES = PriceBook.load()
ORACLE_PRICES = oracle.Prices()


@contextmanager
def opened(
    *folders: Path, zone: ZoneInfo = SHANGHAI, now: datetime | None = NOON, cache: Path | None = None, **options: Any
) -> Iterator[Store]:
    """A store that has looked; with `now` None it has not."""
    store = Store(folders, zone=zone, prices=PRICES, cache=cache, **options)
    try:
        if now is not None:
            store.look(now)
        yield store
    finally:
        store.close()


def check(
    store: Store,
    *folders: Path,
    zone: ZoneInfo = SHANGHAI,
    now: datetime = NOON,
    filters: Iterable[Filter] = (),
) -> oracle.Truth:
    """I1 to I4: every byte, every group of `stats`, and every figure of the snapshots."""
    truth = oracle.read(folders, zone, now)
    oracle.check_accounts(store, truth)
    oracle.check_stats(store.stats(None, None, now), truth, zone, ORACLE_PRICES, None, None)
    for filter in filters:
        oracle.check_snapshot(store.snapshot(filter, now), truth, zone, ORACLE_PRICES, now)
    return truth


def write(path: Path, data: bytes, age_s: float = 3600.0, now: datetime = NOON) -> Path:
    """A file that was last written so long before `now`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return aged(path, age_s, now)


def append(path: Path, data: bytes, age_s: float = 3600.0, now: datetime = NOON) -> Path:
    with open(path, "ab") as file:
        file.write(data)
    return aged(path, age_s, now)


def aged(path: Path, age_s: float, now: datetime = NOON) -> Path:
    os.utime(path, (now.timestamp() - age_s, now.timestamp() - age_s))
    return path
