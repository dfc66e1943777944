"""The price book: what a call costs, from the tokens and the price of its day.

Money here is exact: integers of 1e-9 CNY ("nano"), rounded half-even once, at the end. A newcomer would get these
wrong: a model without a row is unpriced (None), which is not free; a name is never matched by its beginning
(`glm-4-air` is not `glm-4`); and the day of a price and of a rate is the calendar day at UTC+08:00, the assistant's
home, so that the display time zone never changes what a call cost. What a name stands for has its days as well: before
the first row of its own, a name is priced as what it was then, such as another name of another model.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import gcd
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from tipmao_monitor.usage.resources import resource
from tipmao_monitor.usage.wholefile import LARGEST, read_file

HOME_CURRENCY = "CNY"
FIRST_DAY = date(2015, 1, 1)
MOST_TOKENS = 2**53  # of a call, and of a price

_HOME_OFFSET = timedelta(hours=8)
_EPOCH = datetime(1970, 1, 1)
_MONTH_DAY = r"(?:0[1-9]|1[0-2]){dash}(?:0[1-9]|[12][0-9]|3[01])"
DATED_SUFFIX = rf"-(?:20[0-9][0-9]-{_MONTH_DAY.format(dash='-')}|(?:20[0-9][0-9]|2[0-9])?{_MONTH_DAY.format(dash='')})"
"""The date at the end of a model's name, as a regular expression for Python and for the database."""
_DATED = re.compile(rf"{DATED_SUFFIX}\Z")
_T = TypeVar("_T")
_Day = TypeVar("_Day", date, None)
Key: TypeAlias = tuple[str, date]  # what a user's row replaces: the model or currency, and the first day
_DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,9})?")


class _Required:
    """Stands for the default of a field that has none."""


_REQUIRED = _Required()


def line_of(lines: Sequence[str], table: str, index: int, field: str) -> int:
    """In a TOML file, the line of a field of the n-th [[table]], or of its header; of one above all tables where
    `table` is "". 0 where the file is written another way.
    """
    found = 0
    if not table:
        index = -1
    for number, text in enumerate(lines, 1):
        if re.match(r"\s*\[\[" if table else r"\s*\[", text):
            if index < 0:
                break
            if re.match(rf"\s*\[\[\s*{table}\s*\]\]", text):
                index -= 1
                found = number if index < 0 else 0
        elif index < 0 and re.match(rf"\s*[\"']?{re.escape(field)}[\"']?\s*=", text):
            return number
    return found


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a price file. `kind` is a key of PROBLEMS, `row` such as "price 3", `line` 0 where unknown."""

    kind: str
    field: str = ""
    value: str = ""
    row: str = ""
    line: int = 0
    file: str = ""

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}: " if self.line else f"{self.file}: " if self.file else ""
        named = ", ".join(filter(None, (self.row, self.field)))
        sentence = PROBLEMS[self.kind].format(value=self.value)
        return f"{where}{named}: {sentence}" if named else f"{where}{sentence}"


PROBLEMS = {
    "unreadable": "{value}",
    "unknown_table": "unknown table, use [[price]] and [[rate]]",
    "not_tables": "write [[{value}]] above each row",
    "unknown_field": "unknown field",
    "missing": "is missing",
    "not_text": "{value} is not a text",
    "not_texts": "{value} is not a list of texts",
    "not_currency": "{value} is not a currency code such as CNY or USD",
    "not_money": '{value} is not a decimal number from 0 to 999999 with up to 9 places, such as "0.004"',
    "not_tokens": "{value} is not a number of tokens",
    "not_day": "{value} is not a date such as 2025-10-26",
    "not_steps": '{value} is not a list of steps such as {{ above = 32000, input = "0.01", output = "0.03" }}',
    "steps_order": "each step must be above more tokens than the one before it",
    "two_rows": "{value}",
    "rate_of_home": "the rate of CNY is always 1",
    "rate_of_nothing": "a rate of 0 would hide what was paid",
    "no_rate": "{value}, which has no [[rate]]",
    "alias_taken": "{value}",
}


class PriceError(ValueError):
    """A price file that cannot be used; `problems` names file, line and field of each mistake, `found` holds them."""

    def __init__(self, found: Iterable[Problem]) -> None:
        self.found = tuple(found)
        self.problems = tuple(map(str, self.found))
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Step:
    """The price of calls with more than `above` input tokens: of all their tokens, not only of those beyond."""

    above: int
    input_per_1k: Decimal
    output_per_1k: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one model from one day on, per 1,000 tokens in its own currency.

    `tier` is the guide's 推荐场景. `steps` are dearer (or cheaper) prices of long calls, in order. `checked` is the day
    on which somebody compared the row with its `source`; `is_own` says that it is the user's.
    """

    model: str
    provider: str
    display_name: str
    tier: str
    currency: str
    input_per_1k: Decimal
    output_per_1k: Decimal
    free_input_tokens: int
    effective_from: date
    source: str
    aliases: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    checked: date | None = None
    is_own: bool = False

    @property
    def key(self) -> Key:
        return self.model, self.effective_from

    @property
    def is_free(self) -> bool:
        prices = (
            self.input_per_1k,
            self.output_per_1k,
            *(p for s in self.steps for p in (s.input_per_1k, s.output_per_1k)),
        )
        return not any(prices)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many CNY one unit of a currency is, from one day on."""

    currency: str
    cny: Decimal
    effective_from: date
    source: str
    checked: date | None = None
    is_own: bool = False

    @property
    def key(self) -> Key:
        return self.currency, self.effective_from


@dataclass(frozen=True, slots=True)
class Band:
    """What a token costs in calls with more than `above` input tokens, as fractions over `divisor`."""

    above: int
    input: int
    output: int
    divisor: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call of one model costs from the day `first` on, in integers, so that SQL can say the same. In the last
    band whose `above` is smaller than the input tokens (the first is above -1):

    half_even((max(input_tokens - free_input_tokens, 0) * input + output_tokens * output) / divisor)
    """

    first: date
    free_input_tokens: int
    bands: tuple[Band, ...]

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        band = self.bands[0]
        for longer in self.bands[1:]:
            if input_tokens > longer.above:
                band = longer
        billed = max(input_tokens - self.free_input_tokens, 0)
        return half_even(billed * band.input + output_tokens * band.output, band.divisor)


class PriceBook:
    """The rows of the program's own file, overridden row by row by those of the user's."""

    def __init__(self, rows: Iterable[Price], rates: Iterable[Rate]) -> None:
        written = sorted(rows, key=lambda row: (row.model, row.effective_from))
        self.rows: tuple[Price, ...] = tuple(_with_aliases_moved(written))
        self.rates: tuple[Rate, ...] = tuple(sorted(rates, key=lambda rate: (rate.currency, rate.effective_from)))
        self._names: dict[str, str] = {alias: row.model for row in self.rows for alias in row.aliases}
        self._names.update((row.model, row.model) for row in self.rows)
        self._histories = _histories(written)
        self._terms: dict[str, tuple[Terms, ...]] = {}
        self._rates: dict[str, list[Rate]] = {}
        for rate in self.rates:
            self._rates.setdefault(rate.currency, []).append(rate)

    @classmethod
    def load(cls, user_file: Path | None = None) -> PriceBook:
        """The book that comes with the program and, where it exists, the user's file over it.

        PriceError names all that is wrong with a file.
        """
        return cls._with(lambda user: user.read(user_file) if user_file else None, user_file.name if user_file else "")

    @classmethod
    def load_usable(cls, user_file: Path | None) -> tuple[PriceBook, tuple[str, ...]]:
        """The same; where the user's file cannot be used, the book without it, and all that is wrong with it."""
        try:
            return cls.load(user_file), ()
        except PriceError as error:
            return cls.load(), error.problems

    @classmethod
    def parse(cls, text: str, name: str) -> PriceBook:
        """The same with the content of the user's file, which is called `name`."""
        return cls._with(lambda user: user.parse(text), name)

    @classmethod
    def _with(cls, fill: Callable[[_PriceFile], None], name: str) -> PriceBook:
        path = resource("prices.toml")
        shipped = _PriceFile(path.name, {})
        shipped.read(path)
        shipped.check(shipped.rates)
        user = _PriceFile(name, shipped.prices, is_own=True)
        fill(user)
        rates = shipped.rates | user.rates
        user.check(rates)
        return cls({**shipped.prices, **user.prices}.values(), rates.values())

    def resolve(self, model: str | None) -> str | None:
        """The book's name of a recorded model: by name, by alias, or by either before a dated suffix."""
        return self._names.get(self._name(model))

    def _name(self, model: str | None) -> str:
        """The name or alias under which a recorded model is looked up; one that the book lacks where there is none."""
        name = model or ""
        return name if name in self._names else _DATED.sub("", name)

    def names(self) -> tuple[str, ...]:
        """All names and aliases that have a price."""
        return tuple(sorted(self._names))

    def history(self, model: str | None) -> tuple[Price, ...]:
        """All rows that a recorded model is priced by, oldest first: before its own ones, those of what it was then."""
        return self._histories.get(self._name(model), ())

    def price(self, model: str | None, day: date) -> Price | None:
        """The row in force on that day; None where the model is unpriced, or not priced yet."""
        rows = self.history(model)
        at = bisect_right(rows, day, key=lambda row: row.effective_from)
        return rows[at - 1] if at else None

    def is_free(self, model: str | None, day: date) -> bool:
        """Whether the book says that the model costs nothing. An unpriced model is not free."""
        price = self.price(model, day)
        return price is not None and price.is_free

    def rate(self, currency: str, day: date) -> Decimal:
        """CNY per unit on that day; before the first row, the rate of the first row."""
        if currency == HOME_CURRENCY:
            return Decimal(1)
        rows = self._rates[currency]
        return rows[max(bisect_right(rows, day, key=lambda row: row.effective_from) - 1, 0)].cny

    def currency(self, model: str | None, day: date) -> str:
        """The currency in which the assistant records the cost of the model; CNY for a model without a price."""
        price = self.price(model, day)
        return price.currency if price else HOME_CURRENCY

    def foreign_models(self) -> tuple[str, ...]:
        """Names and aliases that have a row in another currency than CNY. A dated form of one is foreign too."""
        return tuple(
            name for name in self.names() if any(row.currency != HOME_CURRENCY for row in self._histories[name])
        )

    def terms(self, model: str | None) -> tuple[Terms, ...]:
        """The cost of a call in nano CNY from each day on which the price or the rate changes; empty if unpriced."""
        name = self._name(model)
        if name not in self._terms:
            history = self._histories.get(name)
            if history is None:
                return ()
            days = {row.effective_from for row in history}
            days |= {rate.effective_from for rate in self.rates if rate.currency in {row.currency for row in history}}
            prices = ((day, self.price(name, day)) for day in sorted(days))
            self._terms[name] = tuple(
                _terms(price, day, self.rate(price.currency, day), 10**9) for day, price in prices if price
            )
        return self._terms[name]

    def cost_nano(
        self, model: str | None, input_tokens: int | None, output_tokens: int | None, day: date
    ) -> int | None:
        """Nano CNY of a call; tokens that are unknown count as 0. None where the model has no price on that day."""
        terms = self.terms(model)
        at = bisect_right(terms, day, key=lambda row: row.first)
        if not at:
            return None
        return terms[at - 1].cost(input_tokens or 0, output_tokens or 0)

    def recording_terms(self, model: str | None, day: date) -> Terms | None:
        """The cost of a call as the assistant writes it: in 1e-6 of the currency of the model's price."""
        price = self.price(model, day)
        return _terms(price, day, Decimal(1), 10**6) if price else None


def book_day(ts_us: int | None, file_day: date) -> date:
    """The day whose price and rate hold for a call: at UTC+08:00, or the file's date where the time is unknown."""
    if ts_us is None:
        return file_day
    return (_EPOCH + timedelta(microseconds=ts_us) + _HOME_OFFSET).date()


def convert_nano(nano: int, rate: Decimal) -> int:
    """A recorded cost in another currency, as nano CNY, rounded half-even."""
    numerator, denominator = rate.as_integer_ratio()
    return half_even(nano * numerator, denominator)


def half_even(numerator: int, denominator: int) -> int:
    """The nearest integer to a fraction with a positive denominator; a tie goes to the even one."""
    quotient, remainder = divmod(numerator, denominator)
    return quotient + (2 * remainder > denominator or (2 * remainder == denominator and quotient % 2))


def _terms(price: Price, first: date, rate: Decimal, units: int) -> Terms:
    bands = [_band(-1, price.input_per_1k, price.output_per_1k, rate, units)]
    bands += [_band(step.above, step.input_per_1k, step.output_per_1k, rate, units) for step in price.steps]
    return Terms(first, price.free_input_tokens, tuple(bands))


def _band(above: int, input_per_1k: Decimal, output_per_1k: Decimal, rate: Decimal, units: int) -> Band:
    input_numerator, input_denominator = input_per_1k.as_integer_ratio()
    output_numerator, output_denominator = output_per_1k.as_integer_ratio()
    rate_numerator, rate_denominator = rate.as_integer_ratio()
    input_part = input_numerator * output_denominator * rate_numerator * units
    output_part = output_numerator * input_denominator * rate_numerator * units
    divisor = input_denominator * output_denominator * rate_denominator * 1000
    common = gcd(input_part, output_part, divisor)
    return Band(above, input_part // common, output_part // common, divisor // common)


def _with_aliases_moved(rows: Sequence[Price]) -> Iterator[Price]:
    """All rows; an alias that the user gave to one model is taken from the others."""
    given = {alias: row.model for row in rows if row.is_own for alias in row.aliases}
    for row in rows:
        kept = tuple(alias for alias in row.aliases if given.get(alias, row.model) == row.model)
        yield row if kept == row.aliases else replace(row, aliases=kept)


def _histories(rows: Sequence[Price]) -> dict[str, tuple[Price, ...]]:
    """The rows by which each name and alias is priced, from rows with their aliases as they were written.

    What a name means may change with a row of the user's: it gives an alias to another model, or a price to what was an
    alias or a dated name until then. It does so from its own day on, or the days before would be repriced.
    """
    of_model: dict[str, list[Price]] = {}
    meanings: dict[str, dict[str, date]] = {}  # the models of a name, the weakest first, with the day from which on
    for row in rows:
        of_model.setdefault(row.model, []).append(row)
    for row in sorted(rows, key=lambda row: row.is_own):
        for alias in row.aliases:
            meanings.setdefault(alias, {}).setdefault(row.model, row.effective_from)
    for model, own in of_model.items():
        meanings.setdefault(model, {})[model] = own[0].effective_from
    found: dict[str, tuple[Price, ...]] = {}

    def history(name: str) -> tuple[Price, ...]:
        if name not in found:
            undated = _DATED.sub("", name)
            known = history(undated) if undated != name and undated in meanings else ()
            for model, first in meanings[name].items():
                before = [row for row in known if row.effective_from < first]
                known = (*before, *(row for row in of_model[model] if row.effective_from >= first or not before))
            found[name] = known
        return found[name]

    for name in meanings:
        history(name)
    return found


def checked_price(
    values: Mapping[str, object], book: PriceBook, replacing: Key | None = None
) -> tuple[Price | None, tuple[Problem, ...]]:
    """A [[price]] as the user's file would hold it beside their other rows, or all that is wrong with it.

    `replacing` is the row of theirs in whose place it comes.
    """
    file = _beside(book, replacing)
    price = file.add_price(_Row(file, "", 0, values))
    found = file.mistakes({rate.key: rate for rate in book.rates})
    return (None, found) if found else (price, ())


def checked_rate(
    values: Mapping[str, object], book: PriceBook, replacing: Key | None = None
) -> tuple[Rate | None, tuple[Problem, ...]]:
    """The same for a [[rate]]."""
    file = _beside(book, replacing)
    rate = file.add_rate(_Row(file, "", 0, values))
    return (None, tuple(file.problems)) if file.problems else (rate, ())


def _beside(book: PriceBook, replacing: Key | None) -> _PriceFile:
    file = _PriceFile("", {row.key: row for row in book.rows if not row.is_own}, is_own=True)
    file.prices = {row.key: row for row in book.rows if row.is_own and row.key != replacing}
    file.rates = {rate.key: rate for rate in book.rates if rate.is_own and rate.key != replacing}
    return file


class _PriceFile:
    """One file read whole: its rows, and every mistake in it."""

    def __init__(self, name: str, inherited: Mapping[Key, Price], *, is_own: bool = False) -> None:
        self.prices: dict[Key, Price] = {}
        self.rates: dict[Key, Rate] = {}
        self.problems: list[Problem] = []
        self._read: dict[Key, _Row] = {}
        self._name = name
        self._inherited = inherited
        self._is_own = is_own
        self._lines: list[str] = []

    def read(self, path: Path) -> None:
        try:
            text = read_file(path, LARGEST).decode("utf-8-sig")
        except FileNotFoundError:
            return
        except OSError as error:
            self.report("unreadable", value=error.strerror or str(error))
            return
        except ValueError as error:
            self.report("unreadable", value=str(error))
            return
        self.parse(text)

    def parse(self, text: str) -> None:
        self._lines = text.split("\n")
        try:
            document = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"), parse_float=Decimal)
        # Besides its own error, tomllib lets through those of numbers too long or too large, and of deep nesting.
        except (ValueError, ArithmeticError, RecursionError) as error:
            at = re.search(r"\(at line ([0-9]+),", str(error))
            self.report("unreadable", value=str(error) or type(error).__name__, line=int(at[1]) if at else 0)
            return
        for name in document:
            if name not in ("price", "rate"):
                header = line_of(self._lines, re.escape(name), 0, "")
                self.report("unknown_table", name, line=header or line_of(self._lines, "", 0, name))
        for row in self._rows(document, "price"):
            self.add_price(row)
        for row in self._rows(document, "rate"):
            self.add_rate(row)

    def check(self, rates: Mapping[Key, Rate]) -> None:
        """PriceError if anything is wrong; `rates` are those that hold beside this file's prices."""
        if found := self.mistakes(rates):
            raise PriceError(found)

    def mistakes(self, rates: Mapping[Key, Rate]) -> tuple[Problem, ...]:
        known = {HOME_CURRENCY, *(currency for currency, _ in rates)}
        for price in self.prices.values():
            if price.currency not in known:
                self._report_of(price, "no_rate", "currency", f"{price.model} is priced in {price.currency}")
        owners: dict[str, str] = {}
        for price in self.prices.values():
            for alias in price.aliases:
                if owners.setdefault(alias, price.model) != price.model:
                    given = f"{alias!r} is given to {owners[alias]} and to {price.model}"
                    self._report_of(price, "alias_taken", "aliases", given)
        return tuple(self.problems)

    def _report_of(self, price: Price, kind: str, field: str, value: str) -> None:
        row = self._read.get(price.key)
        if row is None:
            self.report(kind, field, value)
        else:
            row.report(kind, field, value)

    def report(self, kind: str, field: str = "", value: str = "", row: str = "", line: int = 0) -> None:
        self.problems.append(Problem(kind, field, value, row, line, self._name))

    def line(self, table: str, index: int, field: str) -> int:
        return line_of(self._lines, table, index, field)

    def _rows(self, document: dict[str, Any], table: str) -> Iterable[_Row]:
        rows = document.get(table, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.report("not_tables", table, table)
            return
        for index, values in enumerate(rows):
            yield _Row(self, table, index, values)

    def add_price(self, row: _Row) -> Price:
        model = row.text("model", _REQUIRED)
        day = row.day("effective_from", FIRST_DAY)
        base = self._base(model, day)
        price = Price(
            model=model,
            provider=row.text("provider", base.provider if base else ""),
            display_name=row.text("display_name", base.display_name if base else model),
            tier=row.text("tier", base.tier if base else ""),
            currency=row.currency("currency", base.currency if base else HOME_CURRENCY),
            input_per_1k=row.money("input", base.input_per_1k if base else _REQUIRED),
            output_per_1k=row.money("output", base.output_per_1k if base else _REQUIRED),
            free_input_tokens=row.tokens("free_input_tokens", base.free_input_tokens if base else 0),
            effective_from=day,
            source=row.text("source", self._name),
            aliases=row.texts("aliases", base.aliases if base else ()),
            steps=row.steps("steps", base.steps if base else ()),
            checked=row.day("checked", None),
            is_own=self._is_own,
        )
        row.end()
        if model and price.key in self.prices:
            row.report("two_rows", "effective_from", f"{model} has two rows from {day}")
        self.prices.setdefault(price.key, price)
        self._read.setdefault(price.key, row)
        return price

    def add_rate(self, row: _Row) -> Rate:
        rate = Rate(
            currency=row.currency("currency", _REQUIRED, harmless=""),
            cny=row.money("cny", _REQUIRED),
            effective_from=row.day("effective_from", FIRST_DAY),
            source=row.text("source", self._name),
            checked=row.day("checked", None),
            is_own=self._is_own,
        )
        row.end()
        if rate.currency == HOME_CURRENCY or rate.cny == 0:
            row.report("rate_of_home" if rate.cny else "rate_of_nothing", "cny")
        if rate.key in self.rates:
            row.report("two_rows", "effective_from", f"{rate.currency} has two rates from {rate.effective_from}")
        self.rates.setdefault(rate.key, rate)
        return rate

    def _base(self, model: str, day: date) -> Price | None:
        """What a row may leave out comes from the row that it replaces or follows, else from the model's first."""
        rows = sorted(
            (row for row in {**self._inherited, **self.prices}.values() if row.model == model),
            key=lambda row: row.effective_from,
        )
        return next((row for row in reversed(rows) if row.effective_from <= day), rows[0] if rows else None)


class _Row:
    """The fields of one row, each read with its own check. After a mistake a field has a harmless value."""

    def __init__(self, file: _PriceFile, table: str, index: int, values: Mapping[str, Any]) -> None:
        self._file, self._table, self._index, self._values = file, table, index, dict(values)

    def text(self, field: str, default: str | _Required) -> str:
        return self._read(field, default, "", lambda v: v if isinstance(v, str) and v else None, "not_text")

    def texts(self, field: str, default: tuple[str, ...]) -> tuple[str, ...]:
        def read(value: object) -> tuple[str, ...] | None:
            if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
                return tuple(value)
            return None

        return self._read(field, default, (), read, "not_texts")

    def currency(self, field: str, default: str | _Required, harmless: str = HOME_CURRENCY) -> str:
        def read(value: object) -> str | None:
            return value if isinstance(value, str) and re.fullmatch("[A-Z]{3}", value) else None

        return self._read(field, default, harmless, read, "not_currency")

    def money(self, field: str, default: Decimal | _Required) -> Decimal:
        return self._read(field, default, Decimal(1), _money, "not_money")

    def tokens(self, field: str, default: int) -> int:
        return self._read(field, default, 0, _tokens, "not_tokens")

    def steps(self, field: str, default: tuple[Step, ...]) -> tuple[Step, ...]:
        steps = self._read(field, default, (), _steps, "not_steps")
        if any(after.above <= before.above for before, after in pairwise(steps)):
            self.report("steps_order", field)
            return ()
        return steps

    def day(self, field: str, default: _Day) -> date | _Day:
        def read(value: object) -> date | None:
            if isinstance(value, str):
                try:
                    return date.fromisoformat(value)
                except ValueError:
                    return None
            return value if isinstance(value, date) and not isinstance(value, datetime) else None

        harmless: date | _Day = FIRST_DAY
        return self._read(field, default, harmless, read, "not_day")

    def end(self) -> None:
        """Every field has been read: what is left over is a mistake."""
        for field in self._values:
            self.report("unknown_field", field)

    def report(self, kind: str, field: str, value: str = "") -> None:
        if self._table:
            line = self._file.line(self._table, self._index, field)
            self._file.report(kind, field, value, f"{self._table} {self._index + 1}", line)
        else:
            self._file.report(kind, field, value)

    def _read(
        self, field: str, default: _T | _Required, harmless: _T, read: Callable[[object], _T | None], wrong: str
    ) -> _T:
        if field not in self._values:
            if not isinstance(default, _Required):
                return default
            self.report("missing", field)
            return harmless
        value = self._values.pop(field)
        result = read(value)
        if result is None:
            self.report(wrong, field, _shown(value))
            return harmless
        return result


def _money(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    if isinstance(value, Decimal) and value.adjusted() > 6:
        return None  # 1e999999999 would be written out
    text = value if isinstance(value, str) else format(value, "f")
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def _tokens(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS else None


def _steps(value: object) -> tuple[Step, ...] | None:
    if not isinstance(value, list):
        return None
    steps = []
    for item in value:
        if not isinstance(item, dict) or item.keys() != {"above", "input", "output"}:
            return None
        above, input_per_1k, output_per_1k = _tokens(item["above"]), _money(item["input"]), _money(item["output"])
        if above is None or input_per_1k is None or output_per_1k is None:
            return None
        steps.append(Step(above, input_per_1k, output_per_1k))
    return tuple(steps)


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, (Decimal, date)) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
