"""Running sums that an append adds to, so that its work does not grow with what is already counted.

A `Tally` takes the answer to the same question over new rows and is then equal to the answer over all rows: that is
its whole contract, and that of `Distribution` beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tipmao_monitor.usage.queries import SUMS
from tipmao_monitor.usage.snapshot import Totals

CALLS, GOOD, TIN, TOUT, TOTAL, COST, ODD_COST, RECORDED, UNKNOWN_COST, UNKNOWN_TOKENS, SLOW, ZERO, FIRST, LAST = range(
    len(SUMS)
)

Sums = list[Any]  # in the order of SUMS; the last two are the first and last time, or None
Key = tuple[Any, ...]


def cny(nano: int) -> Decimal:
    """1e-9 CNY as an exact decimal."""
    return Decimal(nano).scaleb(-9)


def totals(sums: Sequence[Any], percentiles: Sequence[float] | None = None) -> Totals:
    """Sums as the rest of the program sees them."""
    p50, p95, p99 = percentiles or (None, None, None)
    return Totals(
        sums[CALLS], sums[GOOD], sums[TIN], sums[TOUT], sums[TOTAL], cny(sums[COST] + sums[ODD_COST]),
        cny(sums[RECORDED]), sums[UNKNOWN_COST], sums[UNKNOWN_TOKENS], p50, p95, p99,
    )  # fmt: skip


def nothing() -> Sums:
    return [0] * FIRST + [None, None]


def read_sums(values: Iterable[Any]) -> Sums:
    """Sums from a row of an answer: what has nothing to sum is 0."""
    found = list(values)
    return [value or 0 for value in found[:FIRST]] + found[FIRST:]


def sums_of_call(call: Mapping[str, Any], slow_ms: float) -> Sums:
    """The sums of a single costed call, as `queries.sums` says them."""
    nano, odd = call["nano"], call["odd_cost"]
    return [
        1,
        int(call["ok"]),
        call["tin"] or 0,
        call["tout"] or 0,
        call["total"],
        call["plain_cost"] or 0,
        odd or 0,
        nano or 0,
        int(call["plain_cost"] is None and odd is None),
        int(call["tin"] is None or call["tout"] is None),
        int(call["ms"] is not None and call["ms"] > slow_ms),
        int(nano == 0 and call["total"] > 0),
        call["ts"],
        call["ts"],
    ]


def add_sums(into: Sums, other: Sums) -> None:
    for i in range(FIRST):
        into[i] += other[i]
    if other[FIRST] is not None:
        into[FIRST] = other[FIRST] if into[FIRST] is None else min(into[FIRST], other[FIRST])
        into[LAST] = other[LAST] if into[LAST] is None else max(into[LAST], other[LAST])


class Tally:
    """Sums by grouping set. A set is named by the tuple of its keys' names."""

    def __init__(self, sets: Iterable[tuple[str, ...]]) -> None:
        self._groups: dict[tuple[str, ...], dict[Key, Sums]] = {names: {} for names in sets}

    def add(self, keys: Sequence[str], answer: Iterable[Sequence[Any]]) -> None:
        """Take the rows of `queries.sums` with these keys over calls that are not in it yet."""
        all_keys = (1 << len(keys)) - 1
        by_mask = {}
        for names, groups in self._groups.items():
            if set(names) <= set(keys):
                places = [keys.index(name) for name in names]
                mask = all_keys - sum(1 << (len(keys) - 1 - place) for place in places)
                by_mask[mask] = (places, groups)
        for mask, *row in answer:
            places, groups = by_mask[mask]
            key = tuple(row[place] for place in places)
            sums = read_sums(row[len(keys) :])
            if key in groups:
                add_sums(groups[key], sums)
            elif sums[CALLS]:
                groups[key] = sums

    def add_call(self, keys: Mapping[str, Any], sums: Sums) -> None:
        """Take one call, with the same keys and sums that the question would have given."""
        for names, groups in self._groups.items():
            key = tuple(keys[name] for name in names)
            if key in groups:
                add_sums(groups[key], sums)
            else:
                groups[key] = list(sums)

    def groups(self, *names: str) -> dict[Key, Sums]:
        return self._groups[names]

    def one(self) -> Sums:
        """The sums of the empty grouping set."""
        return self._groups[()].get((), None) or nothing()
