"""Budgets: what the user allows himself to spend on which calls in which time, and how far that is used up.

A `BudgetStatus` is independent of what the window is filtered to. A newcomer would get this wrong: a budget is over
when the spend is above its amount (the guide's `> 10.0`), but a threshold is reached at exactly its percentage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

BudgetPeriod = Literal["stream", "day", "week", "month"]
On = Literal["actual", "forecast"]
State = Literal["fine", "warning", "over", "unknown", "paused"]
Method = Literal["", "pattern", "pace"]
SCOPES = ("all", "stream", "model", "function", "user", "anchor")

ZERO = Decimal(0)
SMALLEST, LARGEST = Decimal("0.000000001"), Decimal(1_000_000_000)
MOST_PERCENT = 1000
MOST_BUDGETS = 100
MOST_THRESHOLDS = 20
LONGEST_NAME = 100
MOST_REPEATED = 60

_PERCENT_PLACES = Decimal("0.000001")
_FIELDS = ("name", "scope", "period", "amount", "thresholds", "paused")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A part of the amount that is worth an alert when it is reached by what was spent, or is to be expected."""

    percent: int
    on: On = "actual"


DEFAULT_THRESHOLDS = (Threshold(80), Threshold(100), Threshold(100, "forecast"))


@dataclass(frozen=True, slots=True)
class Budget:
    """`amount` is CNY. `scope` is "all", "stream" (the current stream), or a dimension with its value as it is keyed in
    `stats`, like "model:qwen-plus", "function:live_analysis", "user:u1", "anchor:" (not recorded).
    """

    name: str
    scope: str = "all"
    period: BudgetPeriod = "day"
    amount: Decimal = Decimal(10)
    thresholds: tuple[Threshold, ...] = DEFAULT_THRESHOLDS
    paused: bool = False

    @property
    def dimension(self) -> tuple[str, str] | None:
        """The dimension and its value that the scope is narrowed to."""
        dimension, colon, value = self.scope.partition(":")
        return (dimension, value) if colon else None

    @property
    def is_of_stream(self) -> bool:
        """Whether its time is that of the current stream."""
        return self.period == "stream" or self.scope == "stream"


@dataclass(frozen=True, slots=True)
class CurrentStream:
    """The calls of the newest session, or, where none is recorded (`session` ""), those up to the newest call without a
    longer gap than the settings say. `is_on` while the newest call is no longer ago than that.
    """

    session: str
    starts_at: datetime
    newest_at: datetime
    calls: int
    cost: Decimal
    is_on: bool


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A budget at an instant. Money is CNY, `percent` of the amount.

    `forecast` is the expected spend at the end of the period, with a range in which it lies four times of five, by
    `method`: "pattern" (this user's own hours and weekdays) or "pace" (the last hour goes on), "" as long as nothing
    can be said. `gone_at` is when the amount is expected to be used up, None where it will last or is gone already.
    `unknown_cost_calls` are not in `spent`. `starts_at` and `ends_at` are the period; a stream has no known end but its
    newest call, `newest_at`, and where one is recorded, a `session`.
    """

    budget: Budget
    spent: Decimal = ZERO
    percent: Decimal = ZERO
    forecast: Decimal | None = None
    forecast_low: Decimal | None = None
    forecast_high: Decimal | None = None
    gone_at: datetime | None = None
    state: State = "unknown"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    method: Method = ""
    unknown_cost_calls: int = 0
    session: str = ""
    newest_at: datetime | None = None

    @property
    def reached(self) -> tuple[Threshold, ...]:
        """The thresholds that are reached, as the budget names them."""
        return reached(self.budget, self.spent, self.forecast)


def reached(budget: Budget, spent: Decimal, forecast: Decimal | None) -> tuple[Threshold, ...]:
    """What is spent is to be expected, so it also reaches the thresholds on the forecast."""
    of = {"actual": spent, "forecast": max(spent, forecast or ZERO)}
    return tuple(t for t in budget.thresholds if of[t.on] > 0 and of[t.on] * 100 >= budget.amount * t.percent)


def state_of(budget: Budget, spent: Decimal, forecast: Decimal | None, has_data: bool) -> State:
    if budget.paused:
        return "paused"
    if not has_data:
        return "unknown"
    if spent > budget.amount:
        return "over"
    return "warning" if reached(budget, spent, forecast) else "fine"


def percent_of(spent: Decimal, amount: Decimal) -> Decimal:
    return (spent * 100 / amount).quantize(_PERCENT_PLACES).normalize() + ZERO


def period_of(kind: BudgetPeriod, today: date) -> tuple[date, date]:
    """First and last calendar day of the day, week (from Monday) or month that `today` is in."""
    if kind == "month":
        first = today.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if kind == "week":
        first = today - timedelta(days=today.weekday())
        return first, first + timedelta(days=6)
    return today, today


class BudgetError(ValueError):
    """Budgets that cannot be used. `problems` name the entry and the field of each mistake, `places` are the number of
    the entry, from 0, and the field.
    """

    def __init__(
        self, problems: Sequence[str], usable: tuple[Budget, ...] = (), places: Sequence[tuple[int, str]] = ((0, ""),)
    ) -> None:
        self.problems = tuple(problems)
        self.usable = usable
        self.places = tuple(places)
        super().__init__("; ".join(problems))


def parse(value: object) -> tuple[Budget, ...]:
    """The budgets of the settings file, each a [[budget]] table. BudgetError has those that can still be used."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BudgetError(["budget: write [[budget]] above each budget"])
    budgets: list[Budget] = []
    problems: list[str] = []
    places: list[tuple[int, str]] = []
    for number, entry in enumerate(value, 1):
        found: list[str] = []
        budget = _budget(entry, number, found)
        if not found and any(other.name == budget.name for other in budgets):
            found.append(f"name: {budget.name!r} is the name of another budget")
        if not found and len(budgets) == MOST_BUDGETS:
            found.append(f"there may be {MOST_BUDGETS} budgets at most")
        problems += [f"budget {number}{_called(entry)}, {text}" for text in found]
        places += [(number - 1, text.partition(":")[0]) for text in found]
        if not found:
            budgets.append(budget)
    if problems:
        raise BudgetError(problems, tuple(budgets), places)
    return tuple(budgets)


def as_tables(budgets: Sequence[Budget]) -> list[dict[str, Any]]:
    """What `parse` reads, with the words of the settings file."""
    return [
        {
            "name": budget.name,
            "scope": budget.scope,
            "period": budget.period,
            "amount": f"{budget.amount:f}",
            "thresholds": [
                threshold.percent if threshold.on == "actual" else {"percent": threshold.percent, "on": threshold.on}
                for threshold in budget.thresholds
            ],
            "paused": budget.paused,
        }
        for budget in budgets
    ]


def amount_of(value: object) -> Decimal:
    """An amount in CNY from what a person wrote. ValueError says what is wrong with it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError('write the amount in ¥ as a number, such as 10 or "9.50"')
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f'{_short(repr(value))} is not an amount in ¥, such as 10 or "9.50"') from None
    if not amount.is_finite() or not SMALLEST <= amount <= LARGEST:
        raise ValueError(f"{_short(str(value))} is not an amount above ¥0 and up to ¥{LARGEST:,}")
    if amount != amount.quantize(SMALLEST):
        raise ValueError(f"{_short(str(value))} has more than 9 decimal places")
    return amount


def scope_of(value: object) -> str:
    """A scope from what a person wrote. ValueError says what is wrong with it."""
    if isinstance(value, str) and "\0" not in value:
        dimension, colon, _ = value.partition(":")
        if (value in SCOPES[:2] and not colon) or (dimension in SCOPES[2:] and colon and len(value) <= 1100):
            return value
    raise ValueError(
        f"{_short(repr(value))} is no scope: "
        'use "all", "stream", or "model:", "function:", "user:", "anchor:" with a name behind'
    )


def _short(text: str) -> str:
    """As it was written, as far as it fits into a sentence."""
    return text if len(text) <= MOST_REPEATED else f"{text[:MOST_REPEATED]}…"


def _called(entry: Mapping[str, Any]) -> str:
    name = entry.get("name")
    return f" ({name})" if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable() else ""


def _budget(entry: Mapping[str, Any], number: int, problems: list[str]) -> Budget:
    values: dict[str, Any] = {}
    problems += [f"{field}: there is no such field" for field in entry if field not in _FIELDS]
    problems += [f"{field}: is missing" for field in ("amount",) if field not in entry]
    parsers = {
        "name": _name,
        "scope": scope_of,
        "period": _period,
        "amount": amount_of,
        "thresholds": _thresholds,
        "paused": _paused,
    }
    for field, parse_field in parsers.items():
        if field in entry:
            try:
                values[field] = parse_field(entry[field])
            except ValueError as error:
                problems.append(f"{field}: {error}")
    if "name" not in entry:
        values["name"] = f"budget {number}"
    return Budget(**values) if not problems else Budget("")


def _name(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME or not value.isprintable():
        raise ValueError(f"must be a text of 1 to {LONGEST_NAME} characters")
    return value.strip()


def _period(value: object) -> BudgetPeriod:
    for period in get_args(BudgetPeriod):
        if value == period:
            return period  # type: ignore[no-any-return]  # get_args() forgets the type
    raise ValueError(f"must be one of {', '.join(get_args(BudgetPeriod))}")


def _paused(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _thresholds(value: object) -> tuple[Threshold, ...]:
    if not isinstance(value, list) or len(value) > MOST_THRESHOLDS:
        raise ValueError(f'must be a list of up to {MOST_THRESHOLDS}, like [80, {{ percent = 100, on = "forecast" }}]')
    return tuple(dict.fromkeys(map(_threshold, value)))


def _threshold(value: object) -> Threshold:
    on: object = "actual"
    if isinstance(value, dict):
        fields: dict[str, object] = value
        if unknown := [field for field in fields if field not in ("percent", "on")]:
            raise ValueError(f"{_short(unknown[0])} is no field of a threshold: use percent and on")
        value, on = fields.get("percent"), fields.get("on", "actual")
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PERCENT:
        raise ValueError(f"{_short(repr(value))} is not a whole number of percent from 1 to {MOST_PERCENT}")
    if on not in ("actual", "forecast"):
        raise ValueError(f'on = {_short(repr(on))} must be "actual" or "forecast"')
    return Threshold(value, "forecast" if on == "forecast" else "actual")
