"""The public litellm price file (model_prices_and_context_window.json, USD per token) as rows for the price book.

It is read from a file that the user chose, and what differs from the book is proposed, never taken by itself. A
newcomer would get this wrong: the currency of a model's price is the one in which its recorded costs are read, so a
model that the book already has keeps its currency, and the price is converted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from tipmao_monitor.usage.prices import FIRST_DAY, MOST_TOKENS, Price, PriceBook, Step
from tipmao_monitor.usage.wholefile import MIB

CURRENCY = "USD"
LARGEST_FILE = 64 * MIB

# Those whose names stand behind "provider/" there, while calls are recorded with the name alone. Where two have the
# same name, the first here: the last two sell models of others, too.
_OWN_NAMES = ("deepseek", "zai", "moonshot", "minimax", "gemini", "xai", "mistral", "volcengine", "dashscope")
_MODES = ("chat", "responses", "completion", None)
_ABOVE = re.compile(r"input_cost_per_token_above_([0-9]{1,9})k_tokens")
_PLACES = Decimal("1e-9")


class LitellmError(ValueError):
    """The file is not litellm's."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row that could be put into the user's file, and the one that is in force today (None = a new model)."""

    price: Price
    before: Price | None = None


@dataclass(frozen=True, slots=True)
class LitellmFile:
    """A file that was read, or why it could not be: `problem`. `left_out` entries have no price per token."""

    path: str
    prices: tuple[Price, ...] = ()
    left_out: int = 0
    problem: str = ""


def read_litellm(content: bytes, day: date) -> tuple[tuple[Price, ...], int]:
    """All models with a price per token, in USD, by name; and the number of entries that have none (pictures, audio,
    searches) or one that cannot be read. `day` is today, on which they were checked.

    LitellmError where nothing of it can be used.
    """
    try:
        # Decimal, as 1.5e-07 is exact only in decimal.
        document = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError, RecursionError) as error:
        raise LitellmError(str(error)) from None
    entries = {name: entry for name, entry in document.items() if isinstance(entry, dict) and name != "sample_spec"}
    prices: dict[str, Price] = {}
    for name, entry in sorted(entries.items(), key=lambda item: _rank(item[0])):
        price = _price(name, entry, day)
        if price is not None:
            short = _short(name)
            prices.setdefault(name if short in prices else short, replace(price, model=name))
    if not prices:
        raise LitellmError("no model in it has a price per token")
    named = (replace(price, model=name, display_name=name) for name, price in prices.items())
    return tuple(sorted(named, key=lambda price: price.model)), len(entries) - len(prices)


def proposals(
    prices: Collection[Price], book: PriceBook, day: date, *, currency: Literal["USD", "CNY"] = "USD"
) -> tuple[Proposal, ...]:
    """What differs from the book on that day; not what the book has as another name of one of its models.

    A new model holds from the first day on, in `currency`; a changed one from `day` on, in the currency it has.
    """
    return tuple(found for price in prices if (found := _proposal(price, book, day, currency)) is not None)


def _proposal(price: Price, book: PriceBook, day: date, currency: str) -> Proposal | None:
    before = book.price(price.model, day)
    if any(name not in (None, price.model) for name in (book.resolve(price.model), before and before.model)):
        return None  # it costs what that model costs, until the user says otherwise
    if before is None:
        return Proposal(_in(price, currency, book, day))
    now = _in(price, before.currency, book, day)
    after = replace(
        before,
        input_per_1k=now.input_per_1k,
        output_per_1k=now.output_per_1k,
        steps=now.steps,
        effective_from=day,
        source=now.source,
        checked=now.checked,
        is_own=True,
    )
    is_same = (after.input_per_1k, after.output_per_1k, after.steps) == (
        before.input_per_1k,
        before.output_per_1k,
        before.steps,
    )
    return None if is_same else Proposal(after, before)


def _in(price: Price, currency: str, book: PriceBook, day: date) -> Price:
    if currency == CURRENCY:
        return price
    dollar, own = book.rate(CURRENCY, day), book.rate(currency, day)
    rate = dollar / own
    note = f"{CURRENCY} 1 = {currency} {rate:.6f}".rstrip("0").rstrip(".")
    steps = tuple(
        Step(step.above, _rounded(step.input_per_1k * rate), _rounded(step.output_per_1k * rate))
        for step in price.steps
    )
    return replace(
        price,
        currency=currency,
        input_per_1k=_rounded(price.input_per_1k * rate),
        output_per_1k=_rounded(price.output_per_1k * rate),
        steps=steps,
        source=f"{price.source}, {note}",
    )


def _rank(name: str) -> tuple[int, str]:
    """Whose name it is comes first: the plain names, then the providers' own ones."""
    provider, slash, _ = name.partition("/")
    if not slash:
        return 0, name
    return (1 + _OWN_NAMES.index(provider), name) if provider in _OWN_NAMES else (len(_OWN_NAMES) + 1, name)


def _short(name: str) -> str:
    provider, _, rest = name.partition("/")
    return rest if provider in _OWN_NAMES and rest else name


def _price(name: str, entry: Mapping[str, Any], day: date) -> Price | None:
    if not name or entry.get("mode") not in _MODES:
        return None
    bands = list(_tiers(entry) if "tiered_pricing" in entry else _thresholds(entry))
    if not bands or any(per is None for _, *both in bands for per in both) or bands[0][0] != 0:
        return None
    aboves = [above for above, *_ in bands]
    if aboves != sorted(set(aboves)):
        return None
    steps = [Step(above, *both) for above, *both in bands]  # type: ignore[arg-type]  # none of them is None, see above
    source, provider = entry.get("source"), entry.get("litellm_provider")
    return Price(
        model=name,
        provider=provider if isinstance(provider, str) else "",
        display_name=name,
        tier="",
        currency=CURRENCY,
        input_per_1k=steps[0].input_per_1k,
        output_per_1k=steps[0].output_per_1k,
        free_input_tokens=0,
        effective_from=FIRST_DAY,
        source=f"litellm, {source}" if isinstance(source, str) and source else "litellm",
        steps=tuple(steps[1:]),
        checked=day,
        is_own=True,
    )


_Bands = Iterator[tuple[int, Decimal | None, Decimal | None]]


def _thresholds(entry: Mapping[str, Any]) -> _Bands:
    """input_cost_per_token, input_cost_per_token_above_200k_tokens ..."""
    yield 0, _per_1k(entry.get("input_cost_per_token")), _per_1k(entry.get("output_cost_per_token"))
    above: Callable[[re.Match[str]], int] = lambda found: int(found[1])  # noqa: E731  # sorted by number, not by text
    for found in sorted(filter(None, map(_ABOVE.fullmatch, entry)), key=above):
        if entry[found[0]] is None:
            continue
        output = entry.get(found[0].replace("input", "output", 1))
        if output is None:
            output = entry.get("output_cost_per_token")
        yield above(found) * 1000, _per_1k(entry[found[0]]), _per_1k(output)


def _tiers(entry: Mapping[str, Any]) -> _Bands:
    """[{"range": [0, 32000], "input_cost_per_token": ..., "output_cost_per_token": ...}, ...]"""
    tiers = entry["tiered_pricing"]
    for tier in tiers if isinstance(tiers, list) else []:
        span = tier.get("range") if isinstance(tier, dict) else None
        first = _whole(span[0]) if isinstance(span, list) and span else None
        if first is None:
            yield 0, None, None
            return
        both = (tier.get(name, entry.get(name)) for name in ("input_cost_per_token", "output_cost_per_token"))
        yield first, *(_per_1k(value) for value in both)  # type: ignore[misc]  # there are two


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value <= MOST_TOKENS:
        return None
    return int(value) if value == int(value) else None


def _per_1k(value: object) -> Decimal | None:
    """To 9 places: some are written with the noise of a float, 1.6000000000000001e-06."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 <= value < 999:
        return None
    return _rounded(Decimal(value) * 1000)


def _rounded(value: Decimal) -> Decimal:
    exact = value.quantize(_PLACES)
    return exact.normalize() if exact else Decimal(0)
