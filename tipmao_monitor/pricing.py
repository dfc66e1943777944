"""The price book with the user's rows, as their file is at this moment, and what the guide asks of it.

A newcomer would get this wrong: None is an unknown price, which is not free. Only `calculate_cost`, whose answer the
guide prints as a number, says 0.0 for it.
"""

from __future__ import annotations

import logging
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tipmao_monitor import settings
from tipmao_monitor.usage.own_prices import FILE
from tipmao_monitor.usage.prices import FIRST_DAY, Price, PriceBook, book_day
from tipmao_monitor.usage.recorder import token_count

_log = logging.getLogger(__name__)


class _Loaded(NamedTuple):
    mark: object
    book: PriceBook


_loaded: _Loaded | None = None


def mark(path: Path) -> object:
    """What differs once a file was changed; None where there is none."""
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def price_book() -> PriceBook:
    """The program's prices and the user's over them. A file that cannot be used is logged and left out."""
    global _loaded
    try:
        file = settings.home() / FILE
    except RuntimeError:  # a user without a home folder
        file = None
    now = file and (file, mark(file))
    loaded = _loaded
    if loaded is None or loaded.mark != now:
        loaded = _loaded = _Loaded(now, _load(file))
    return loaded.book


def _load(file: Path | None) -> PriceBook:
    book, problems = PriceBook.load_usable(file)
    if problems:
        _log.warning("the program's own prices are used until %s is corrected: %s", file, "; ".join(problems))
    return book


class ModelPricing:
    """Prices of models by their recorded name, as of today. The user's own are in `prices.toml` beside the settings."""

    @staticmethod
    def get_pricing(model: str | None) -> dict[str, Any] | None:
        """The price per 1,000 tokens in its own currency; None where the model has none.

        Keys: `input, output, display_name, provider, tier` (推荐场景), `currency, free_input_tokens` (of each call),
        `effective_from, source`, and as decimals `input_exact, output_exact`.
        """
        price = _price(model)
        if price is None:
            return None
        return {
            "input": float(price.input_per_1k),
            "output": float(price.output_per_1k),
            "display_name": price.display_name,
            "provider": price.provider,
            "tier": price.tier,
            "currency": price.currency,
            "free_input_tokens": price.free_input_tokens,
            "effective_from": price.effective_from.isoformat(),
            "source": price.source,
            "input_exact": price.input_per_1k,
            "output_exact": price.output_per_1k,
        }

    @staticmethod
    def calculate_cost(model: str | None, input_tokens: int, output_tokens: int) -> float:
        """CNY of a call; 0.0 where the model has no price."""
        return float(ModelPricing.calculate_cost_exact(model, input_tokens, output_tokens) or 0)

    @staticmethod
    def calculate_cost_exact(model: str | None, input_tokens: int, output_tokens: int) -> Decimal | None:
        """CNY of a call to nine places; None where the model has no price."""
        day = book_day(time.time_ns() // 1000, FIRST_DAY)
        nano = price_book().cost_nano(_name(model), token_count(input_tokens), token_count(output_tokens), day)
        return None if nano is None else Decimal(nano).scaleb(-9)


def display_name(model: str) -> str:
    """What a model is called; its recorded name where the book does not know it."""
    price = _price(model)
    return price.display_name if price else model


def _price(model: object) -> Price | None:
    return price_book().price(_name(model), book_day(time.time_ns() // 1000, FIRST_DAY))


def _name(model: object) -> str | None:
    return model if isinstance(model, str) else None
