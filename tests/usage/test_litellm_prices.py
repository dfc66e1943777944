"""litellm's public price file: what it says, and what of it the price book does not say."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tipmao_monitor.usage.litellm_prices import LitellmError, proposals, read_litellm
from tipmao_monitor.usage.own_prices import Change, changed
from tipmao_monitor.usage.prices import FIRST_DAY, Price, PriceBook, Step

DAY = date(2026, 11, 23)
BOOK = PriceBook.load()


def entry(per_input: Any = 1.5e-07, per_output: Any = 6e-07, **more: Any) -> dict[str, Any]:
    return {"input_cost_per_token": per_input, "output_cost_per_token": per_output, "mode": "chat", **more}


def read(**entries: Any) -> dict[str, Price]:
    prices, _ = read_litellm(json.dumps({"sample_spec": entry(), **entries}).encode(), DAY)
    return {price.model: price for price in prices}


def test_usd_per_token_become_exact_usd_per_1000() -> None:
    [price] = read(**{"gpt-4.1": entry(litellm_provider="openai", source="https://example.com")}).values()
    assert (price.model, price.provider, price.currency) == ("gpt-4.1", "openai", "USD")
    assert (price.input_per_1k, price.output_per_1k) == (Decimal("0.00015"), Decimal("0.0006"))
    assert (price.effective_from, price.checked, price.source) == (FIRST_DAY, DAY, "litellm, https://example.com")
    assert price.is_own


@pytest.mark.parametrize(
    ("written", "per_1k"),
    [
        ("1.6000000000000001e-06", "0.0016"),
        ("9.499999999999999e-07", "0.00095"),
        ("1.41953125e-07", "0.000141953"),
        ("0", "0"),
        ("0.0", "0"),
        ("2", "2000"),
        ("1e-13", "0"),
    ],
)
def test_the_noise_of_floats_is_rounded_away(written: str, per_1k: str) -> None:
    text = f'{{"m": {{"input_cost_per_token": {written}, "output_cost_per_token": 1e-6, "mode": "chat"}}}}'
    [price] = read_litellm(text.encode(), DAY)[0]
    assert price.input_per_1k == Decimal(per_1k)
    assert PriceBook.parse(changed("", Change(put=(price,)))[0], "p").price("m", DAY).input_per_1k == Decimal(per_1k)


def test_names_are_those_that_are_recorded() -> None:
    found = read(
        **{
            "zai/glm-4.6": entry(1e-6),
            "dashscope/qwen-flash": entry(2e-6),
            "dashscope/deepseek-v4": entry(9e-6),
            "deepseek/deepseek-v4": entry(3e-6),
            "deepseek-reasoner": entry(4e-6),
            "deepseek/deepseek-reasoner": entry(5e-6),
            "azure/gpt-4.1": entry(6e-6),
            "openrouter/anthropic/claude": entry(7e-6),
        }
    )
    assert {name: str(price.input_per_1k) for name, price in found.items()} == {
        "glm-4.6": "0.001",
        "qwen-flash": "0.002",
        "deepseek-v4": "0.003",
        "dashscope/deepseek-v4": "0.009",
        "deepseek-reasoner": "0.004",
        "deepseek/deepseek-reasoner": "0.005",
        "azure/gpt-4.1": "0.006",
        "openrouter/anthropic/claude": "0.007",
    }


def test_dearer_long_calls_become_steps() -> None:
    tier = {"range": [0, 32000.0], "input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6}
    found = read(
        gemini=entry(
            1e-6,
            1e-5,
            input_cost_per_token_above_1000k_tokens=4e-6,
            input_cost_per_token_above_200k_tokens=2e-6,
            output_cost_per_token_above_200k_tokens=2e-5,
            input_cost_per_token_above_200k_tokens_batches=9e-6,
        ),
        qwen={
            "mode": "chat",
            "output_cost_per_token": 7e-6,
            "tiered_pricing": [tier, {"range": [32000, 128000], "input_cost_per_token": 2e-6}],
        },
    )
    milli = Decimal("0.001")
    assert found["gemini"].steps == (Step(200_000, 2 * milli, 20 * milli), Step(1_000_000, 4 * milli, 10 * milli))
    assert (found["qwen"].input_per_1k, found["qwen"].output_per_1k) == (milli, 5 * milli)
    assert found["qwen"].steps == (Step(32_000, 2 * milli, 7 * milli),)


@pytest.mark.parametrize(
    "odd",
    [
        entry(mode="image_generation"),
        entry(mode="embedding"),
        entry(None),
        {"mode": "chat", "input_cost_per_token": 1e-6},
        entry("1e-6"),
        entry(-1e-6),
        entry(True),
        entry(1e400),
        entry(1e9),
        {"mode": "chat", "tiered_pricing": []},
        {"mode": "chat", "tiered_pricing": [{"range": [5, 9], "input_cost_per_token": 1, "output_cost_per_token": 1}]},
        {"mode": "chat", "tiered_pricing": [3]},
        "text",
        [1],
        None,
    ],
)
def test_an_entry_without_a_price_per_token_is_left_out(odd: Any) -> None:
    prices, left_out = read_litellm(
        json.dumps({"good": entry(), "odd": odd}).replace("Infinity", "1e400").encode(), DAY
    )
    assert [price.model for price in prices] == ["good"]
    assert left_out == (1 if isinstance(odd, dict) else 0)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"a": 1}', b"\xff", b"[" * 9999, b'{"a": {"mode": "chat"}}'])
def test_a_file_that_is_not_litellms_is_an_error_that_says_so(content: bytes) -> None:
    with pytest.raises(LitellmError, match=r"\w"):
        read_litellm(content, DAY)


def test_a_new_model_holds_from_the_first_day_in_usd_or_cny() -> None:
    prices = read(**{"gpt-4.1": entry(2e-6, 8e-6, input_cost_per_token_above_200k_tokens=4e-6)}).values()
    [dollars] = proposals(prices, BOOK, DAY)
    assert (dollars.before, dollars.price) == (None, *prices)
    [yuan] = proposals(prices, BOOK, DAY, currency="CNY")
    price = yuan.price
    assert (price.currency, price.effective_from, price.source) == ("CNY", FIRST_DAY, "litellm, USD 1 = CNY 7.1")
    assert (price.input_per_1k, price.output_per_1k) == (Decimal("0.0142"), Decimal("0.0568"))
    assert price.steps == (Step(200_000, Decimal("0.0284"), Decimal("0.0568")),)


def test_a_changed_model_keeps_its_currency_its_words_and_the_price_of_the_days_before() -> None:
    """Its recorded costs are CNY, so a price in USD would convert them."""
    [found] = proposals(read(**{"qwen-plus": entry(4e-7, 1.2e-6)}).values(), BOOK, DAY)
    assert found.before == BOOK.price("qwen-plus", DAY)
    assert (found.price.currency, found.price.effective_from) == ("CNY", DAY)
    assert (found.price.input_per_1k, found.price.output_per_1k) == (Decimal("0.00284"), Decimal("0.00852"))
    assert (found.price.display_name, found.price.aliases) == ("通义千问 Plus", ("qwen-plus-longcontext",))
    _, book = changed("", Change(put=(found.price,)))
    assert book.cost_nano("qwen-plus", 1000, 0, date(2026, 11, 22)) == 4_000_000
    assert book.cost_nano("qwen-plus", 1000, 0, DAY) == 2_840_000


def test_what_the_book_says_already_is_not_proposed() -> None:
    gemini = "gemini-2.5-flash-preview-09-2025"
    same = {gemini: entry(7.5e-8, 3e-7), "lite": entry(0, 0.0)}
    names = {"gpt-4o-2024-08-06": entry(), "qwen-plus-2025-07-28": entry()}  # the book knows them as other models
    assert proposals(read(**same, **names).values(), BOOK, DAY) == ()
    text = '[[price]]\nmodel = "gpt-4o-2024-08-06"\ninput = 1\noutput = 1\neffective_from = {}\n'
    later = PriceBook.parse(text.format(DAY + timedelta(days=1)), "p")  # until then it is another model's name
    assert proposals(read(**names).values(), later, DAY) == ()
    [found] = proposals(read(**names).values(), PriceBook.parse(text.format(DAY), "p"), DAY)
    assert found.price.model == "gpt-4o-2024-08-06"
    [found] = proposals(read(**{gemini: entry(8e-8, 3e-7)}).values(), BOOK, DAY)
    assert (found.price.currency, found.price.input_per_1k) == ("USD", Decimal("0.00008"))
