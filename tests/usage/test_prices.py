from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tipmao_monitor.usage.prices import (
    PriceBook,
    PriceError,
    book_day,
    checked_price,
    checked_rate,
    convert_nano,
    half_even,
)
from tipmao_monitor.usage.resources import resource

DAY = date(2025, 10, 26)

GUIDE = [
    ("qwen-max", "0.02", "0.06", "qwen", "高质量任务"),
    ("qwen-plus", "0.004", "0.012", "qwen", "日常使用"),
    ("qwen-turbo", "0.002", "0.006", "qwen", "快速响应"),
    ("gpt-4", "0.21", "0.42", "openai", "复杂推理"),
    ("gpt-4-turbo", "0.07", "0.21", "openai", "平衡性能"),
    ("gpt-4o", "0.035", "0.105", "openai", "多模态"),
    ("gpt-4o-mini", "0.001", "0.004", "openai", "简单任务"),
    ("gpt-3.5-turbo", "0.0035", "0.007", "openai", "经济实惠"),
    ("deepseek-chat", "0.001", "0.002", "deepseek", "极致省钱"),
    ("deepseek-coder", "0.001", "0.002", "deepseek", "代码生成"),
    ("doubao-pro-32k", "0.008", "0.008", "doubao", "长文本"),
    ("doubao-lite-32k", "0.003", "0.003", "doubao", "经济型"),
    ("glm-4", "0.10", "0.10", "glm", "高质量"),
    ("glm-4-flash", "0.0", "0.0", "glm", "免费试用"),
    ("glm-3-turbo", "0.005", "0.005", "glm", "快速响应"),
]
ASSISTANT = [
    ("qwen3-max", "0.006", "0.06", "qwen", "CNY", 32000),
    ("lite", "0", "0", "xunfei", "CNY", 0),
    ("generalv3", "0.003", "0.003", "xunfei", "CNY", 0),
    ("generalv3.5", "0.0036", "0.0036", "xunfei", "CNY", 0),
    ("4.0Ultra", "0.005", "0.005", "xunfei", "CNY", 0),
    ("gemini-2.5-flash-preview-09-2025", "0.000075", "0.0003", "gemini", "USD", 0),
]


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook.load()


def user_file(folder: Path, text: str) -> Path:
    path = folder / "prices.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(("model", "input", "output", "provider", "tier"), GUIDE)
def test_every_model_of_the_guide_has_its_price_and_tier(book, model, input, output, provider, tier):
    price = book.price(model, DAY)
    assert (price.input_per_1k, price.output_per_1k) == (Decimal(input), Decimal(output))
    assert (price.provider, price.tier, price.currency, price.free_input_tokens) == (provider, tier, "CNY", 0)
    assert price.display_name and price.source


@pytest.mark.parametrize(("model", "input", "output", "provider", "currency", "free"), ASSISTANT)
def test_every_model_of_the_assistant_has_its_price(book, model, input, output, provider, currency, free):
    price = book.price(model, DAY)
    assert (price.input_per_1k, price.output_per_1k) == (Decimal(input), Decimal(output))
    assert (price.provider, price.currency, price.free_input_tokens) == (provider, currency, free)
    assert price.display_name and price.tier


def test_the_book_has_these_models_and_no_others(book):
    assert {row.model for row in book.rows} == {row[0] for row in GUIDE} | {row[0] for row in ASSISTANT}


@pytest.mark.parametrize(
    ("recorded", "name"),
    [
        ("qwen-plus", "qwen-plus"),
        ("qwen-max-longcontext", "qwen-max"),
        ("qwen-plus-longcontext", "qwen-plus"),
        ("qwen-turbo-longcontext", "qwen-turbo"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4o-mini-latest", "gpt-4o-mini"),
        ("gpt-4o-mini-preview", "gpt-4o-mini"),
        ("gpt-4-1106-preview", "gpt-4-turbo"),
        ("gpt-4-turbo-preview", "gpt-4-turbo"),
        ("qwen-plus-2025-07-28", "qwen-plus"),
        ("qwen-plus-20250728", "qwen-plus"),
        ("gpt-4-0613", "gpt-4"),
        ("qwen-max-longcontext-0919", "qwen-max"),
        ("gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash-preview-09-2025"),
        (None, None),
        ("", None),
        ("glm-4-air", None),
        ("glm-4.6", None),
        ("gpt-4.1", None),
        ("doubao-pro", None),
        ("deepseek-reasoner", None),
        ("qwen-plus-1332", None),
        ("qwen-plus-20251301", None),
        ("doubao-pro-32k-241215", "doubao-pro-32k"),
        ("glm-4-air-250414", None),
        ("glm-4-flash-251301", None),
        ("glm-4-flash-990414", None),
        ("qwen-plus-2025-0728", None),
        ("qwen-plus-0728\n", None),
        ("qwen-plus-0728-0728", None),
        ("QWEN-PLUS", None),
        ("4.0ultra", None),
        ("-0728", None),
    ],
)
def test_a_name_is_found_exactly_or_by_alias_or_before_a_dated_suffix_and_never_by_its_beginning(book, recorded, name):
    assert book.resolve(recorded) == name
    assert (book.price(recorded, DAY) is None) == (name is None)


@pytest.mark.parametrize(
    ("model", "input_tokens", "output_tokens", "nano"),
    [
        ("qwen-plus", 1500, 800, 15_600_000),
        ("qwen-plus", 1000, 500, 10_000_000),
        ("qwen-plus", 72_000, 24_000, 576_000_000),
        ("qwen-plus", None, 500, 6_000_000),
        ("qwen-plus", 1000, None, 4_000_000),
        ("qwen-plus", None, None, 0),
        ("qwen3-max", 31_999, 0, 0),
        ("qwen3-max", 32_000, 1, 60_000),
        ("qwen3-max", 32_001, 0, 6_000),
        ("glm-4-flash", 10**9, 10**9, 0),
        ("glm-4.6", 1000, 1000, None),
        (None, 1000, 1000, None),
        ("gemini-2.5-flash-preview-09-2025", 1, 0, 532),  # 532.5, a tie: to the even one
        ("gemini-2.5-flash-preview-09-2025", 3, 0, 1598),  # 1597.5
        ("gemini-2.5-flash-preview-09-2025", 1, 1, 2662),  # 2662.5: rounded once, not once a part
        ("gpt-4", 2**53, 2**53, 2**53 * 630_000),
    ],
)
def test_a_call_costs_its_tokens_rounded_once(book, model, input_tokens, output_tokens, nano):
    assert book.cost_nano(model, input_tokens, output_tokens, DAY) == nano


def test_costs_equal_fractions_for_every_model_and_random_tokens(book):
    chance = random.Random(1)
    for row in book.rows:
        for _ in range(200):
            i, o = (chance.randrange(2 ** chance.randrange(1, 54)) for _ in "io")
            billed = max(i - row.free_input_tokens, 0)
            cost = (billed * Fraction(row.input_per_1k) + o * Fraction(row.output_per_1k)) / 1000
            nano = round(cost * Fraction(book.rate(row.currency, DAY)) * 10**9)
            assert book.cost_nano(row.model, i, o, DAY) == nano
            assert book.recording_terms(row.model, DAY).cost(i, o) == round(cost * 10**6)


def test_long_prices_and_rates_stay_exact(tmp_path):
    text = """
        [[price]]
        model = "m"
        currency = "EUR"
        input = "123456.123456789"
        output = 0.000000001
        [[rate]]
        currency = "EUR"
        cny = "7.123456789"
    """
    book = PriceBook.load(user_file(tmp_path, text))
    cost = (Fraction("123456.123456789") * (2**53 - 1) + Fraction("0.000000001") * 12345) / 1000
    assert book.cost_nano("m", 2**53 - 1, 12345, DAY) == round(cost * Fraction("7.123456789") * 10**9)


@pytest.mark.parametrize(
    ("nano", "rate", "expected"),
    [
        (1_000_000_000, "7.10", 7_100_000_000),
        (5, "7.10", 36),  # 35.5
        (15, "7.10", 106),  # 106.5
        (1, "0.5", 0),
        (3, "0.5", 2),
        (0, "7.10", 0),
        (10**15, "7.123456789", 7_123_456_789_000_000),
    ],
)
def test_a_foreign_cost_is_converted_half_even(nano, rate, expected):
    assert convert_nano(nano, Decimal(rate)) == expected


def test_half_even_equals_the_rounding_of_fractions():
    assert all(half_even(n, d) == round(Fraction(n, d)) for n in range(-50, 50) for d in range(1, 13))


def test_only_a_priced_model_can_be_free(book):
    assert [book.is_free(model, DAY) for model in ("glm-4-flash", "lite", "qwen-plus", "glm-4.6", None)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_dollar_is_7_10_from_2015_on_and_before(book):
    assert [book.rate("USD", day) for day in (date(2015, 1, 1), DAY, date(1999, 1, 1))] == [Decimal("7.10")] * 3
    assert book.rate("CNY", DAY) == 1
    with pytest.raises(KeyError):
        book.rate("EUR", DAY)


def test_foreign_models_are_those_priced_in_another_currency(book, tmp_path):
    gemini = "gemini-2.5-flash-preview-09-2025"
    assert book.foreign_models() == (gemini,)
    assert [book.currency(model, DAY) for model in (gemini, gemini + "-0910", "qwen-plus", "gpt-4.1", None)] == [
        "USD",
        "USD",
        "CNY",
        "CNY",
        "CNY",
    ]
    more = PriceBook.load(user_file(tmp_path, f'[[price]]\nmodel = "{gemini}"\naliases = ["gemini-flash"]'))
    assert more.foreign_models() == (gemini, "gemini-flash")


def test_history_keeps_the_price_and_the_rate_of_its_day(tmp_path):
    text = """
        [[price]]
        model = "qwen-plus"
        input = "0.002"
        effective_from = 2025-12-01
        [[price]]
        model = "new"
        currency = "USD"
        input = "1"
        output = "1"
        effective_from = "2025-06-01"
        [[rate]]
        currency = "USD"
        cny = "7"
        effective_from = 2025-07-01
    """
    book = PriceBook.load(user_file(tmp_path, text))
    assert book.cost_nano("qwen-plus", 1000, 500, date(2025, 11, 30)) == 10_000_000
    assert book.cost_nano("qwen-plus", 1000, 500, date(2025, 12, 1)) == 8_000_000
    assert book.cost_nano("new", 1000, 0, date(2025, 5, 31)) is None
    assert book.cost_nano("new", 1000, 0, date(2025, 6, 30)) == 7_100_000_000
    assert book.cost_nano("new", 1000, 0, date(2025, 7, 1)) == 7_000_000_000
    assert [terms.first for terms in book.terms("new")] == [date(2025, 6, 1), date(2025, 7, 1)]
    assert book.price("qwen-plus", DAY).tier == book.price("qwen-plus", date(2026, 1, 1)).tier == "日常使用"


def test_a_users_row_replaces_the_row_of_its_model_and_day_and_no_other(book, tmp_path):
    text = '\ufeff[[price]]\r\nmodel = "deepseek-chat"\r\noutput = 0.024\r\naliases = ["gpt-4o-mini-latest"]\r\n'
    mine = PriceBook.load(user_file(tmp_path, text))
    assert mine.cost_nano("deepseek-chat", 1000, 500, DAY) == 13_000_000
    assert mine.resolve("gpt-4o-mini-latest") == "deepseek-chat"
    assert mine.resolve("gpt-4o-mini-preview") == "gpt-4o-mini"
    touched = {"deepseek-chat", "gpt-4o-mini"}
    assert [r for r in mine.rows if r.model not in touched] == [r for r in book.rows if r.model not in touched]


STARTING = """
    [[price]]
    model = "{model}"
    input = "0.5"
    output = "0.25"
    effective_from = 2026-11-15
    aliases = {aliases}
"""


@pytest.mark.parametrize(
    ("row", "aliases", "recorded"),
    [
        ("gpt-4o-2024-08-06", [], "gpt-4o-2024-08-06"),  # the program's alias
        ("qwen-plus-longcontext", [], "qwen-plus-longcontext-0728"),  # the same before a date
        ("qwen-plus-2025-07-28", [], "qwen-plus-2025-07-28"),  # a dated name
        ("qwen-max-longcontext-0919", [], "qwen-max-longcontext-0919"),
        ("gemini-2.5-flash-preview-09-2025-1120", [], "gemini-2.5-flash-preview-09-2025-1120"),  # in dollars
        ("mine", ["gpt-4o-mini-latest"], "gpt-4o-mini-latest"),  # given to another model
        ("deepseek-chat", ["gpt-4-turbo-preview"], "gpt-4-turbo-preview-0613"),
        ("mine", ["qwen-turbo-1120"], "qwen-turbo-1120"),
    ],
)
def test_a_users_row_for_a_name_that_stood_for_another_model_leaves_the_days_before_it_as_they_were(
    book, tmp_path, row, aliases, recorded
):
    mine = PriceBook.load(user_file(tmp_path, STARTING.format(model=row, aliases=aliases)))
    first, chance = date(2026, 11, 15), random.Random(row)
    assert book.cost_nano(recorded, 1000, 1000, first)
    for day in (date(2015, 1, 1), date(2026, 11, 14)):
        tokens = chance.randrange(10**6), chance.randrange(10**6)
        assert mine.cost_nano(recorded, *tokens, day) == book.cost_nano(recorded, *tokens, day)
        assert mine.currency(recorded, day) == book.currency(recorded, day)
        assert mine.recording_terms(recorded, day).bands == book.recording_terms(recorded, day).bands
    assert [mine.cost_nano(recorded, 1000, 1000, day) for day in (first, date(2030, 1, 1))] == [750_000_000] * 2
    assert mine.resolve(recorded) == row
    foreign = [name for name in mine.foreign_models() if recorded.startswith(name)]
    assert bool(foreign) == (book.currency(recorded, first) != "CNY")
    assert [price.effective_from for price in mine.history(recorded)] == [date(2015, 1, 1), first]


def test_without_a_users_file_the_book_is_the_programs_own(book, tmp_path):
    assert PriceBook.load(tmp_path / "none.toml").rows == book.rows


def test_all_mistakes_of_a_file_are_named_at_once_with_file_line_and_field(tmp_path):
    text = """\
[[price]]
model = "a"
input = "0,5"
outptu = "1"
[[price]]
input = true
output = -1
currency = "euro"
effective_from = 2025-13-01x
"""
    with pytest.raises(PriceError) as broken:
        PriceBook.load(user_file(tmp_path, text))
    assert broken.value.problems[0].startswith("prices.toml, line 9: ")  # not TOML at all
    text = text.replace("2025-13-01x", '"2025-13-01"')
    text += """\
[[price]]
model = "b"
input = nan
output = 1e999999999
free_input_tokens = 1.5
aliases = ["x"]
[[price]]
model = "c"
input = 1
output = "1e3"
currency = "EUR"
aliases = ["x"]
[[price]]
model = "c"
input = 1
output = 1
aliases = "x"
effective_from = 2015-01-01T00:00:00
[[rate]]
currency = "USD"
cny = 0
[[rate]]
currency = "CNY"
cny = 2
[[extra]]
"""
    with pytest.raises(PriceError) as broken:
        PriceBook.load(user_file(tmp_path, text))
    problems = "\n".join(broken.value.problems)
    for line, field, what in [
        (3, "input", "'0,5' is not a decimal number"),
        (1, "output", "is missing"),
        (4, "outptu", "unknown field"),
        (5, "model", "is missing"),
        (6, "input", "True is not"),
        (7, "output", "-1 is not"),
        (8, "currency", "'euro' is not"),
        (9, "effective_from", "'2025-13-01' is not a date"),
        (12, "input", "NaN is not"),
        (13, "output", "1E+999999999 is not"),
        (14, "free_input_tokens", "1.5 is not"),
        (19, "output", "'1e3' is not"),
        (26, "aliases", "'x' is not"),
        (27, "effective_from", "2015-01-01 00:00:00 is not"),
        (27, "effective_from", "c has two rows"),
        (30, "cny", "a rate of 0"),
        (33, "cny", "always 1"),
    ]:
        assert any(
            problem.startswith(f"prices.toml, line {line}: ") and f" {field}: " in problem and what in problem
            for problem in broken.value.problems
        ), f"line {line}, {field}: {what}\nnot in\n{problems}"
    for where in (
        "line 34: extra: unknown table",
        "line 20: price 4, currency: c is",
        "line 21: price 4, aliases: 'x'",
    ):
        assert f"prices.toml, {where}" in problems


@pytest.mark.parametrize(
    "text",
    [
        "price = 3",
        "price = [1]",
        "[price]\nmodel = 'a'",
        "[[price]\n",
        "\xff",
        "x = " + "1" * 5000,
        "x = " + "[" * 9999,
    ],
)
def test_a_file_of_another_form_is_an_error_and_never_a_traceback(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(PriceError, match=r"mine\.toml"):
        PriceBook.load(path)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 10, 26, 15, 59, 59, tzinfo=UTC), date(2025, 10, 26)),
        (datetime(2025, 10, 26, 16, 0, tzinfo=UTC), date(2025, 10, 27)),
    ],
)
def test_the_day_of_a_price_begins_at_midnight_in_the_assistants_home(moment, day):
    assert book_day(int(moment.timestamp()) * 1_000_000, date(2000, 1, 1)) == day


def test_the_day_of_a_call_without_a_time_is_that_of_its_file():
    assert book_day(None, DAY) == DAY


def test_a_resource_that_is_absent_says_what_to_do():
    assert resource("prices.toml").is_file()
    with pytest.raises(FileNotFoundError, match="install it again"):
        resource("prices.ini")


# Steps, dates checked, and rows that are typed in


STEPS = """
[[price]]
model = "long"
input = "1"
output = "2"
free_input_tokens = 100
steps = [{ above = 1000, input = "3", output = "5" }, { above = 2000, input = "0", output = 7 }]
"""


@pytest.mark.parametrize(
    ("input_tokens", "output_tokens", "yuan"),
    [
        (0, 1000, "2"),
        (1000, 1000, "2.9"),
        (1001, 1000, "7.703"),  # (1001 - 100) * 3 + 5: all tokens at the price of the step
        (2000, 0, "5.7"),
        (2001, 1000, "7"),
    ],
)
def test_a_long_call_costs_the_price_of_its_step_for_all_its_tokens(tmp_path, input_tokens, output_tokens, yuan):
    book = PriceBook.load(user_file(tmp_path, STEPS))
    assert book.cost_nano("long", input_tokens, output_tokens, DAY) == Decimal(yuan).scaleb(9)
    micro = book.recording_terms("long", DAY).cost(input_tokens, output_tokens)
    assert micro == Decimal(yuan).scaleb(6)


def test_a_model_with_a_step_that_costs_something_is_not_free(tmp_path):
    text = '[[price]]\nmodel = "m"\ninput = 0\noutput = 0\nsteps = [{above = 9, input = 0, output = 1}]'
    assert not PriceBook.load(user_file(tmp_path, text)).is_free("m", DAY)
    assert PriceBook.parse(text.replace("output = 1", "output = 0"), "p").is_free("m", DAY)


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ("3", "is not a list of steps"),
        ("[1]", "is not a list of steps"),
        ("[{ above = 5, input = 1 }]", "is not a list of steps"),
        ("[{ above = -5, input = 1, output = 1 }]", "is not a list of steps"),
        ('[{ above = 5, input = "1,5", output = 1 }]', "is not a list of steps"),
        ("[{ above = 5, input = 1, output = 1 }, { above = 5, input = 1, output = 1 }]", "more tokens than the one"),
    ],
)
def test_wrong_steps_are_named_with_their_line(steps, what):
    with pytest.raises(PriceError) as broken:
        PriceBook.parse(f'[[price]]\nmodel = "m"\ninput = 1\noutput = 1\nsteps = {steps}\n', "mine.toml")
    [problem] = broken.value.problems
    assert problem.startswith("mine.toml, line 5: price 1, steps: ") and what in problem


def test_every_row_of_the_program_has_a_source_and_the_day_it_was_checked(book):
    assert all(row.source and row.checked and not row.is_own for row in book.rows)


def test_a_row_of_the_user_is_known_as_theirs(tmp_path):
    rows = PriceBook.load(user_file(tmp_path, STEPS + "checked = 2025-10-01\n")).rows
    assert [(row.model, row.checked) for row in rows if row.is_own] == [("long", date(2025, 10, 1))]


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"model": "new", "input": "0.005", "output": "0.015", "display_name": "新模型"}, []),
        ({"model": "", "input": "0.005", "output": "x"}, [("not_text", "model"), ("not_money", "output")]),
        ({"model": "qwen-plus"}, []),  # the rest as the program has it
        ({"model": "mine", "input": 1, "output": 1}, [("two_rows", "effective_from")]),
        ({"model": "n", "input": 1, "output": 1, "currency": "EUR"}, [("no_rate", "currency")]),
        ({"model": "n", "input": 1, "output": 1, "aliases": ["m-1"]}, [("alias_taken", "aliases")]),
        ({"model": "n", "input": 1, "output": 1, "aliases": ["qwen-max-longcontext"]}, []),
    ],
)
def test_a_row_that_is_typed_in_is_checked_as_that_of_a_file(values, problems):
    book = PriceBook.parse('[[price]]\nmodel = "mine"\ninput = 1\noutput = 1\naliases = ["m-1"]', "p")
    price, found = checked_price(values, book)
    assert [(problem.kind, problem.field) for problem in found] == problems
    assert (price is None) == bool(problems)
    if price:
        assert price.is_own and price.model == values["model"]


def test_a_row_may_take_the_place_of_the_one_that_is_edited():
    book = PriceBook.parse('[[price]]\nmodel = "mine"\ninput = 1\noutput = 1\naliases = ["m-1"]', "p")
    values = {"model": "mine", "input": "2", "output": "1", "aliases": ["m-1"]}
    price, found = checked_price(values, book, ("mine", date(2015, 1, 1)))
    assert (found, price.input_per_1k) == ((), 2)


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({"currency": "EUR", "cny": "7.9"}, []),
        ({"currency": "CNY", "cny": "7.9"}, ["rate_of_home"]),
        ({"currency": "EUR", "cny": "0"}, ["rate_of_nothing"]),
        ({"currency": "euro"}, ["not_currency", "missing"]),
    ],
)
def test_a_rate_that_is_typed_in_is_checked_as_that_of_a_file(book, values, kinds):
    rate, found = checked_rate(values, book)
    assert [problem.kind for problem in found] == kinds
    assert (rate is None) == bool(kinds)
