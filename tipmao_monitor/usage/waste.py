"""What was paid for nothing, and what was paid that no record shows: one finding for each kind and place.

A newcomer would get this wrong: `calls` are exactly those that `show` asks for, so that who clicks sees what was
counted; and an amount that is not known (a model without a price) is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tipmao_monitor.usage.advice import MONTH_DAYS, Finding, Waste, WasteReason
from tipmao_monitor.usage.snapshot import Among, Filter, PageRequest, Period

NANO = Decimal("0.000000001")


def found(
    reason: WasteReason, rows: Iterable[tuple[Any, ...]], days: Callable[[str | None], int], filter: Filter
) -> list[Finding]:
    """The findings of one kind, from the rows of its question to `repricing`. `days` says over how many a function's
    figures of today are.
    """
    return [_finding(reason, row, days, filter) for row in rows if row[1]]


def shown(filter: Filter, first: date, last: date) -> Filter:
    """The filter of a finding's calls: the days that were asked for, whatever day it is when they are shown."""
    return replace(filter, period=Period("custom", first, last))


def _finding(reason: WasteReason, row: tuple[Any, ...], days: Callable[[str | None], int], filter: Filter) -> Finding:
    key, calls, cost, after, now, function, model, *more = row
    among = Among(reason, **{_KEYS[reason]: key})
    amount = None if cost is None or reason == "unpriced" else abs(cost - (after or 0))
    waste = Waste(None if amount is None else _cny(amount), **_details(reason, key, more))
    finding = Finding(
        "waste",
        reason,
        function=key if _KEYS[reason] == "function" else function,
        from_model=key if _KEYS[reason] == "model" else model,
        calls=calls,
        cost=None if cost is None else _cny(cost),
        cost_after=None if after is None else _cny(after),
        days=days(None),
        waste=waste,
        show=PageRequest(filter, among=among),
    )
    if now is not None:
        a_day = (_cny(now) / max(days(key if reason == "creep" else None), 1)).quantize(NANO)
        finding = replace(finding, saving_per_day=a_day, saving_per_month=a_day * MONTH_DAYS)
    return finding


_KEYS: dict[WasteReason, str] = {
    "failed": "family", "late": "function", "creep": "function", "loop": "function",
    "unpriced": "model", "recorded_as_zero": "model", "mispriced": "model",
}  # fmt: skip


def _details(reason: WasteReason, key: str, more: list[Any]) -> dict[str, Any]:
    match reason:
        case "failed":
            return {"family": key}
        case "late":
            return {"limit_ms": more[0], "p95_ms": more[1]}
        case "creep":
            return {"input_before": int(more[0]), "input_after": int(more[1]), "streams": more[2]}
        case "loop":
            return {"runs": more[0], "longest_run": more[1]}
    return {}


def _cny(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9)
