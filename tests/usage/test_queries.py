"""SQL says of each call what the price book and the filter say of it in Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import lines
import pytest
from effort import EFFORT
from hypothesis import given, settings
from hypothesis import strategies as st
from lines import GEMINI, NOON

from tipmao_monitor.usage.dayfile import Block
from tipmao_monitor.usage.intake import COLUMN_TYPES, Intake
from tipmao_monitor.usage.prices import Price, PriceBook, Rate, Step, book_day, convert_nano
from tipmao_monitor.usage.queries import narrowing
from tipmao_monitor.usage.snapshot import CallRow, Filter, PageRequest, Period
from tipmao_monitor.usage.store import Store

UTC_ZONE = ZoneInfo("UTC")
FILE_DAY = date(2026, 3, 1)
ALWAYS = Filter(Period("custom", date(2015, 1, 1), date(2026, 3, 3)))


def rows(folder: Path, data: bytes, book: PriceBook, filter: Filter = ALWAYS) -> dict[int, CallRow]:
    """Every call of a file by its line."""
    folder.mkdir()
    (folder / f"{FILE_DAY}.jsonl").write_bytes(data)
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    store = Store([folder], zone=UTC_ZONE, prices=book, workers=1)
    try:
        store.look(now)
        page = store.page(PageRequest(filter, rows=1000), now)
        total = store.snapshot(filter, now).total
    finally:
        store.close()
    assert (total.calls, total.cost) == (page.total, sum((row.cost or 0 for row in page.rows), Decimal(0)))
    return {row.line: row for row in page.rows}


# Costs

AMOUNT = st.sampled_from(
    ["0", "0.004", "0.012", "0.000075", "0.0000005", "999999.999999999", "7.1", "0.000000001"]
).map(Decimal) | st.decimals(0, 999_999, places=9)
DAYS = [date(2015, 1, 1), date(2025, 10, 26), date(2025, 10, 27), date(2026, 1, 1)]
NAMES = ["qwen-plus", "glm-4", "glm-4-air", GEMINI, "it's", "模型"]
TOKENS = st.sampled_from([0, 1, 999, 1000, 31_999, 32_000, 32_001, 2**31, 2**53 - 1, 2**53]) | st.integers(0, 10**6)


SUFFIXES = [
    "",
    "",
    "-2025-10-26",
    "-20251026",
    "-251026",
    "-991026",
    "-1026",
    "-191026",
    "-1326",
    "-2025-10-32",
    "-latest",
    "-latest-1026",
    "x",
    "-1026\\n",
]


def price(model: str, currency: str, amounts: tuple[Decimal, Decimal], day: date, free: int = 0, **more: Any) -> Price:
    return Price(model, "", model, "", currency, *amounts, free, day, "test", **more)


@st.composite
def books(draw: st.DrawFn) -> PriceBook:
    prices = []
    amounts = st.tuples(AMOUNT, AMOUNT)
    for model in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        aliases = tuple(f"{model}-{suffix}" for suffix in draw(st.sampled_from([(), ("latest",), ("2025-10-26",)])))
        for day in draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True)):
            steps = tuple(Step(above, *draw(amounts)) for above in draw(st.sampled_from([(), (32_000,)])))
            currency, free = draw(st.sampled_from(["CNY", "CNY", "USD", "EUR"])), draw(st.sampled_from([0, 0, 32_000]))
            own = draw(st.booleans())
            prices.append(price(model, currency, draw(amounts), day, free, aliases=aliases, steps=steps, is_own=own))
        if draw(st.booleans()):  # what was another name of it gets a price of its own, or goes to a model of the user's
            name = f"{model}-{draw(st.sampled_from(['latest', '2025-10-26', '1026']))}"
            mine, given = draw(st.sampled_from([(name, ()), ("mine", (name,))]))
            if ("mine", DAYS[2]) not in {row.key for row in prices}:
                prices.append(price(mine, "CNY", draw(amounts), DAYS[2], aliases=given, is_own=True))
    dear = AMOUNT.filter(bool)
    rates = [
        Rate("USD", Decimal("7.10"), date(2015, 1, 1), "test"),
        Rate("EUR", draw(dear), date(2025, 10, 27), "test"),
    ]
    rates += [Rate("USD", draw(dear), day, "test") for day in draw(st.sampled_from([[], [date(2025, 10, 26)]]))]
    return PriceBook(prices, rates)


@st.composite
def calls(draw: st.DrawFn) -> dict[str, str]:
    day = draw(st.sampled_from([*DAYS, date(2020, 2, 29)]))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    at = max(midnight.timestamp() + draw(st.sampled_from([-1e-6, 0.0, 3600.5, 86_399.999999])), 1_420_070_400.0)
    suffix = st.sampled_from(SUFFIXES)
    model = st.none() | st.tuples(st.sampled_from([*NAMES, "", "glm"]), suffix).map("".join)
    text = draw(model)
    unknown = st.sampled_from(["null", "NaN", '"0.5"', "-1"])
    return {
        "timestamp": draw(st.sampled_from([repr(at), repr(at), "null"])),
        "model": "null" if text is None else f'"{text}"',
        "input_tokens": draw(TOKENS.map(str) | st.just("null")),
        "output_tokens": draw(TOKENS.map(str) | st.just("null")),
        "cost": draw(
            unknown | st.decimals(0, 1_000_000, places=9).map(str) | st.sampled_from(["0.0156", "0", "5e-10"])
        ),
    }


@given(book=books(), found=st.lists(calls(), min_size=1, max_size=40))
@settings(deadline=None, max_examples=8 * EFFORT)
def test_cost_in_sql_is_that_of_the_price_book(tmp_path_factory, book: PriceBook, found: list[dict[str, str]]) -> None:
    data = b"".join(lines.line(number, **changes) for number, changes in enumerate(found))
    told = rows(tmp_path_factory.mktemp("priced") / "records", data, book)
    assert len(told) == len(found)
    for row in told.values():
        at = None if row.at is None else (row.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        day = book_day(at, FILE_DAY)
        if row.recorded_cost is None:
            nano = book.cost_nano(row.model, row.input_tokens, row.output_tokens, day)
        else:
            nano = convert_nano(int(row.recorded_cost * 10**9), book.rate(book.currency(row.model, day), day))
        assert row.cost == (None if nano is None else Decimal(nano) / 10**9), row


@given(book=books(), found=st.lists(calls(), min_size=1, max_size=40))
@settings(deadline=None, max_examples=8 * EFFORT)
def test_book_cost_in_sql_is_that_of_the_price_book(
    tmp_path_factory, book: PriceBook, found: list[dict[str, str]]
) -> None:
    data = b"".join(lines.line(number, **changes) for number, changes in enumerate(found))
    told = rows(tmp_path_factory.mktemp("priced") / "records", data, book, replace(ALWAYS, money="book"))
    assert len(told) == len(found)
    for row in told.values():
        at = None if row.at is None else (row.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        nano = book.cost_nano(row.model, row.input_tokens, row.output_tokens, book_day(at, FILE_DAY))
        assert row.cost == (None if nano is None else Decimal(nano) / 10**9), row


def test_every_form_of_a_dated_name_costs_in_sql_what_the_price_book_says(tmp_path) -> None:
    book = PriceBook([price("qwen-plus", "CNY", (Decimal(1), Decimal(0)), DAYS[0])], [])
    recorded = [lines.line(n, model=f'"qwen-plus{suffix}"', cost="null") for n, suffix in enumerate(SUFFIXES)]
    told = rows(tmp_path / "records", b"".join(recorded), book)
    priced = {row.model for row in told.values() if row.cost is not None}
    assert priced == {row.model for row in told.values() if book.price(row.model, FILE_DAY)}
    assert {"qwen-plus-251026", "qwen-plus-1026", "qwen-plus-20251026", "qwen-plus-2025-10-26"} < priced


def test_many_foreign_models_are_converted_like_few(tmp_path) -> None:
    names = [f"model-{number}" for number in range(20)]
    day, one = date(2015, 1, 1), Decimal(1)
    book = PriceBook([price(name, "USD", (one, one), day) for name in names], [Rate("USD", Decimal("7.1"), day, "")])
    recorded = [lines.line(n, model=f'"{name}"', cost="0.5") for n, name in enumerate([*names, "other", "model-20"])]
    costs = [row.cost for _, row in sorted(rows(tmp_path / "records", b"".join(recorded), book).items())]
    assert costs == [Decimal("3.55")] * 20 + [Decimal("0.5")] * 2


# Filters

HOSTILE = [
    "it's",
    '"; --',
    "a\0b",
    "%",
    "_",
    "\\",
    "x' OR 'x'='x",
    "话术",
    "😀",
    "<b>",
    "=1+1",
    "\u2028",
    "ǅ",
    "İ",
    "ẞ",
]


@pytest.fixture(scope="module")
def crowd() -> Iterator[duckdb.DuckDBPyConnection]:
    """A table `calls` with each hostile text in each place, and one call without any."""
    keys = ("model", "function", "user_id", "anchor_id", "session_id", "error_msg")
    found = [lines.line(4), *(lines.line(4, **{key: json.dumps(text)}) for text in HOSTILE for key in keys)]
    data = b"".join(found)
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE calls ({COLUMN_TYPES})")
        Intake(database, "calls", "", FILE_DAY, {}).load(Block(0, 1, data.count(b"\n"), data, len(data)))
        yield database


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_in_a_filter_is_only_text(crowd: duckdb.DuckDBPyConnection, text: str) -> None:
    for dimension, column in (("model", "model"), ("function", "raw"), ("user", "user_id"), ("anchor", "anchor_id")):
        where = narrowing(Filter().narrowed(dimension, text))  # type: ignore[arg-type]
        assert crowd.execute(f"SELECT {column} FROM calls WHERE {where}").fetchall() == [(text,)]
    for search in {text, text.upper(), text.lower()} if len(text.lower()) == len(text) else {text}:
        names = "model, raw, user_id, anchor_id, session_id, err"
        found = crowd.execute(f"SELECT {names} FROM calls WHERE {narrowing(Filter(search=search))}")
        assert sum(text in row for row in found.fetchall()) == 6


@pytest.mark.parametrize(
    ("search", "calls"),
    [("no such text", 0), ("%", 6), ("ser_1", 1 + 5 * len(HOSTILE)), ("LIVE_ANALYSIS", 1 + 5 * len(HOSTILE))],
)
def test_search_finds_only_where_it_stands(crowd: duckdb.DuckDBPyConnection, search: str, calls: int) -> None:
    where = narrowing(Filter(search=search))
    assert crowd.execute(f"SELECT count(*) FROM calls WHERE {where}").fetchone() == (calls,)


def test_not_recorded_is_a_value_to_filter_by(crowd: duckdb.DuckDBPyConnection) -> None:
    crowd.execute("UPDATE calls SET session_id = NULL, user_id = '' WHERE line = 1")
    for dimension in ("session", "user"):
        where = narrowing(Filter().narrowed(dimension, ""))  # type: ignore[arg-type]
        assert crowd.execute(f"SELECT line FROM calls WHERE {where}").fetchall() == [(1,)]


# Errors

FAMILIES = {
    '"APITimeoutError: timed out"': "APITimeoutError",
    '"RateLimitError: 429 Too Many Requests"': "RateLimitError 429",
    '"  httpx.ReadTimeout: 504"': "httpx.ReadTimeout 504",
    '"错误 503"': "503",
    '"1429 requests"': "",
    '"HTTP/1.1 500"': "HTTP 500",
    '"' + "x" * 100 + '"': "x" * 64,
    "null": "",
    '""': "",
    '{"code": 404}': "404",
}


def test_failed_calls_are_gathered_by_the_kind_of_their_error(tmp_path) -> None:
    found = [lines.line(4, success="false", error_msg=message) for message in FAMILIES]
    found.append(lines.line(4, success="true", error_msg='"KeyError 500"'))
    told = rows(tmp_path / "records", b"".join(found), PriceBook.load())
    assert [row.error_family for _, row in sorted(told.items())] == [*FAMILIES.values(), ""]


def test_calls_before_the_first_and_after_the_last_moment_of_a_day_are_of_other_days(tmp_path) -> None:
    start = datetime(2025, 10, 26, tzinfo=UTC)
    moments = [
        start - timedelta(microseconds=1),
        start,
        start + timedelta(days=1, microseconds=-1),
        start + timedelta(days=1),
    ]
    data = b"".join(lines.line(4, timestamp=f'"{at.isoformat()}"') for at in moments)
    day = Filter(Period("custom", start.date(), start.date()))
    assert sorted(rows(tmp_path / "records", data, PriceBook.load(), day)) == [2, 3]
    assert NOON.date() == start.date()
