"""Recorded against recomputed: for each model, what the records say that its calls cost, and what the price book says.

The two figures are never mixed: a call has both, and what is told is how they differ and why. A newcomer would get
this wrong: `recorded_cost` is the plain sum of what was written, in whatever currency that was, so the difference is
taken against the same figures in CNY, and only over the calls that have a price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from tipmao_monitor.usage.prices import HOME_CURRENCY, Price, PriceBook
from tipmao_monitor.usage.snapshot import Filter

Reason = Literal[
    "no_price", "price_starts_later", "recorded_as_zero", "foreign_currency", "unreadable", "differs", "rounding"
]
REASONS: tuple[Reason, ...] = get_args(Reason)


class ModelSums(NamedTuple):
    """One row of `queries.audit`: the calls of one model, in 1e-9 CNY but for `recorded`, which is as written.

    `priced` calls have a price on their day; `in_cny` is what was recorded of them and `book` what the book says.
    Beyond the assistant's own rounding, `zero` calls were recorded as 0 and `off` ones as something else;
    `unreadable` ones have no readable cost, but the book says more than 0.
    """

    model: str
    calls: int
    recorded: int
    unknown_tokens: int
    priced: int
    foreign: int
    unpriced_in_cny: int
    in_cny: int
    book: int
    zero: int
    zero_book: int
    unreadable: int
    unreadable_book: int
    off: int
    off_difference: int


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A model whose two figures differ, that has no price, or that is priced in another currency.

    `recorded_cost` is as written, `in_cny` the same in CNY; `book_cost` and `difference` (the book's less what was
    recorded, over the calls with a price) are None where no call has a price. `price` is the one in force on the last
    day; where there is none yet, the first. The first of all begins on `priced_from`. `reason` tells where most of the
    difference comes from.
    """

    model: str
    calls: int
    recorded_cost: Decimal
    book_cost: Decimal | None
    difference: Decimal | None
    reason: Reason
    in_cny: Decimal = Decimal(0)
    unpriced_calls: int = 0
    foreign_calls: int = 0
    zero_calls: int = 0
    unreadable_calls: int = 0
    differing_calls: int = 0
    unknown_token_calls: int = 0
    price: Price | None = None
    priced_from: date | None = None

    @property
    def is_finding(self) -> bool:
        """Whether there is something to be done about it."""
        return self.reason != "rounding" and not (self.reason == "foreign_currency" and not self.differing_calls)


@dataclass(frozen=True, slots=True)
class Audit:
    """All rows of a filter's calls, the largest difference first, and the sums over all its models.

    `in_cny` is what was recorded, `book_cost` what the price book says of the calls that have a price.
    """

    filter: Filter = field(default_factory=Filter)
    first: date | None = None
    last: date | None = None
    calls: int = 0
    in_cny: Decimal = Decimal(0)
    book_cost: Decimal = Decimal(0)
    unpriced_calls: int = 0
    rows: tuple[AuditRow, ...] = ()

    @property
    def findings(self) -> int:
        return sum(row.is_finding for row in self.rows)


def audited(
    found: Iterable[ModelSums], book: PriceBook, day: date, filter: Filter, first: date | None, last: date | None
) -> Audit:
    """The answer of `queries.audit` as rows; `day` is the one whose price is told."""
    sums = list(found)
    rows = [_row(one, book, day) for one in sums if one.book != one.in_cny or one.priced < one.calls or one.foreign]
    rows.sort(key=lambda row: (-abs(row.difference or Decimal(0)), -row.unpriced_calls, row.model))
    return Audit(
        filter,
        first,
        last,
        sum(one.calls for one in sums),
        _cny(sum(one.in_cny + one.unpriced_in_cny for one in sums)),
        _cny(sum(one.book for one in sums)),
        sum(one.calls - one.priced for one in sums),
        tuple(rows),
    )


def _row(sums: ModelSums, book: PriceBook, day: date) -> AuditRow:
    history = book.history(sums.model)
    return AuditRow(
        sums.model,
        sums.calls,
        _cny(sums.recorded),
        _cny(sums.book) if sums.priced else None,
        _cny(sums.book - sums.in_cny) if sums.priced else None,
        _reason(sums),
        _cny(sums.in_cny + sums.unpriced_in_cny),
        sums.calls - sums.priced,
        sums.foreign,
        sums.zero,
        sums.unreadable,
        sums.off,
        sums.unknown_tokens,
        book.price(sums.model, day) or (history[0] if history else None),
        history[0].effective_from if history else None,
    )


def _reason(sums: ModelSums) -> Reason:
    if not sums.priced:
        return "no_price"
    if sums.foreign and sums.recorded:
        return "foreign_currency"
    parts: dict[Reason, int] = {
        "recorded_as_zero": sums.zero_book, "unreadable": sums.unreadable_book, "differs": abs(sums.off_difference),
    }  # fmt: skip
    largest = max(parts, key=lambda reason: parts[reason])
    if parts[largest]:
        return largest
    if sums.priced < sums.calls:
        return "price_starts_later"
    return "foreign_currency" if sums.foreign else "differs" if sums.off else "rounding"


def _cny(nano: int) -> Decimal:
    return Decimal(nano).scaleb(-9)


def currency_of(row: AuditRow) -> str:
    """What the recorded costs of a row are written in."""
    return row.price.currency if row.price else HOME_CURRENCY
