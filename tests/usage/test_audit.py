"""Recorded against recomputed: which models are told of, with which figures, and why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import lines
import oracle
import pytest
from lines import GEMINI, NOON

from tipmao_monitor import terminal
from tipmao_monitor.usage.audit import REASONS, Audit, AuditRow
from tipmao_monitor.usage.prices import PriceBook, book_day
from tipmao_monitor.usage.snapshot import Filter, PageRequest, Period
from tipmao_monitor.usage.store import Store

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = NOON.astimezone(SHANGHAI).date()


@contextmanager
def store_of(folder: Path, *calls: bytes, prices: PriceBook | None = None) -> Iterator[Store]:
    folder.mkdir(exist_ok=True)
    with (folder / "2025-10-26.jsonl").open("ab") as file:
        file.write(b"".join(calls))
    store = Store([folder], zone=SHANGHAI, prices=prices or PriceBook.load())
    try:
        store.look(NOON)
        yield store
    finally:
        store.close()


def call(model: str | None, cost: Any, tokens_in: Any = 1000, tokens_out: Any = 500, at: datetime = NOON) -> bytes:
    changes = {"model": model, "cost": cost, "input_tokens": tokens_in, "output_tokens": tokens_out}
    changes |= {"timestamp": at.timestamp(), "total_tokens": 1500}
    return lines.line(4, **{key: json.dumps(value, ensure_ascii=False) for key, value in changes.items()})


def audit_of(folder: Path, *calls: bytes, prices: PriceBook | None = None) -> Audit:
    with store_of(folder, *calls, prices=prices) as store:
        return store.audit(None, None, NOON)


def own(folder: Path, text: str) -> PriceBook:
    file = folder / "prices.toml"
    file.write_text(text, "utf-8")
    return PriceBook.load(file)


LATER = '[[price]]\nmodel = "new"\ninput = 1\noutput = 1\neffective_from = 2025-10-27\n'
CASES = {
    # calls: (model, cost, in, out) ...; then reason, recorded, book, difference
    "zero": ([("4.0Ultra", 0.0, 400_000, 240_000)], "recorded_as_zero", "0", "3.2", "3.2"),
    "foreign": ([(GEMINI, 0.000225)], "foreign_currency", "0.000225", "0.0015975", "0"),
    "foreign zero": ([(GEMINI, 0)], "recorded_as_zero", "0", "0.0015975", "0.0015975"),
    "no price": ([("doubao-pro", 0.0), ("doubao-pro", 0.5)], "no_price", "0.5", None, None),
    "no model": ([(None, 0.0)], "no_price", "0", None, None),
    "unreadable": ([("qwen-plus", "0.01"), ("qwen-plus", 0.01)], "unreadable", "0.01", "0.02", "0.01"),
    "too little": ([("qwen-plus", 0.004)], "differs", "0.004", "0.01", "0.006"),
    "too much": ([("qwen-plus", 0.5)], "differs", "0.5", "0.01", "-0.49"),
    "paid though free": ([("lite", 0.5)], "differs", "0.5", "0", "-0.5"),
    "rounded": ([("generalv3.5", 0.000004, 1, 0)] * 3, "rounding", "0.000012", "0.0000108", "-0.0000012"),
    "just beyond rounding": ([("qwen-plus", 0.0100006)], "differs", "0.0100006", "0.01", "-0.0000006"),
    "mostly zero": ([("qwen-plus", 0.0), ("qwen-plus", 0.009)], "recorded_as_zero", "0.009", "0.02", "0.011"),
    "mostly wrong": ([("qwen-plus", 0.0), ("qwen-plus", 0.025)], "differs", "0.025", "0.02", "-0.005"),
    "all older than the price": ([("new", 0.5)], "no_price", "0.5", None, None),
    "tokens unknown": ([("qwen-plus", 0.01, None, 500)], "differs", "0.01", "0.006", "-0.004"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_model_is_told_of_with_both_figures_and_the_reason(tmp_path: Path, case: str) -> None:
    calls, reason, *figures = CASES[case]
    found = audit_of(tmp_path / "r", *(call(*values) for values in calls), prices=own(tmp_path, LATER))
    [row] = found.rows
    wanted = [None if figure is None else Decimal(figure) for figure in figures]
    assert (row.model, row.calls, row.reason) == (calls[0][0] or "", len(calls), reason)
    assert [row.recorded_cost, row.book_cost, row.difference] == wanted


@pytest.mark.parametrize(
    "calls",
    [
        [("qwen-plus", 0.01)],
        [("lite", 0.0), ("glm-4-flash", 0)],
        [("lite", "unreadable")],
        [("qwen3-max", 0.03, 32_000, 500)],
    ],
)
def test_a_model_whose_figures_agree_is_not_told_of(tmp_path: Path, calls: list[tuple[Any, ...]]) -> None:
    found = audit_of(tmp_path / "r", *(call(*values) for values in calls))
    assert found.rows == ()
    assert found.calls == len(calls)


def test_calls_older_than_the_first_price_are_left_out_of_the_difference(tmp_path: Path) -> None:
    next_day = datetime(2025, 10, 26, 17, tzinfo=UTC)
    calls = [call("new", 0.7), call("new", 1.5, at=next_day)]
    since = LATER + '[[price]]\nmodel = "new"\ninput = 2\noutput = 2\neffective_from = 2025-10-29\n'
    with store_of(tmp_path / "r", *calls, prices=own(tmp_path, since)) as store:
        [row] = store.audit(None, None, NOON + timedelta(days=9)).rows
    assert terminal.audit_sentence(row) == "1 call older than its first price, which is of 2025-10-27"
    assert (row.reason, row.unpriced_calls, row.difference) == ("price_starts_later", 1, 0)
    assert (row.recorded_cost, row.book_cost) == (Decimal("2.2"), Decimal("1.5"))


def test_a_name_that_gets_a_price_of_its_own_is_held_against_what_it_cost_before(tmp_path: Path) -> None:
    """What was priced as another model until then does not become older than its first price."""
    next_day = datetime(2025, 10, 26, 17, tzinfo=UTC)
    alias, dated = "gpt-4o-2024-08-06", "qwen-plus-2025-07-28"
    calls = [call(model, cost, at=at) for model in (alias, dated) for cost, at in (("?", NOON), (0.0, next_day))]
    text = LATER.replace('"new"', f'"{alias}"') + LATER.replace('"new"', f'"{dated}"')
    with store_of(tmp_path / "r", *calls, prices=own(tmp_path, text)) as store:
        now = NOON + timedelta(days=9)
        stats, audit = store.stats(None, None, now), store.audit(None, None, now)
        assert store.unpriced() == []
    assert stats.total.unknown_cost_calls == 0
    assert {model: row.cost for model, row in stats.by_model.items()} == {
        alias: Decimal("0.0875"),
        dated: Decimal("0.01"),
    }
    assert {row.model: (row.unpriced_calls, row.book_cost) for row in audit.rows} == {
        alias: (0, Decimal("1.5875")),
        dated: (0, Decimal("1.51")),
    }


def test_the_largest_difference_comes_first_and_models_without_a_price_last(tmp_path: Path) -> None:
    calls = [call("glm-4.6", 9), call("qwen-plus", 0.0), call("qwen-max", 0.0), call("gpt-4.1", 0.0)]
    found = audit_of(tmp_path / "r", *calls, call("gpt-4.1", 0.0), call("qwen-turbo", 0.005))
    assert [row.model for row in found.rows] == ["qwen-max", "qwen-plus", "gpt-4.1", "glm-4.6"]
    assert (found.calls, found.unpriced_calls, found.findings) == (6, 3, 4)
    assert (found.in_cny, found.book_cost) == (Decimal("9.005"), Decimal("0.065"))


def test_an_audit_is_of_its_days_and_of_what_it_is_narrowed_to(tmp_path: Path) -> None:
    yesterday = datetime(2025, 10, 25, 12, tzinfo=UTC)
    calls = [call("qwen-plus", 0.0), call("qwen-max", 0.0), call("qwen-plus", 0.0, at=yesterday)]
    with store_of(tmp_path / "r", *calls) as store:
        today = store.audit(TODAY, TODAY, NOON)
        narrow = store.audit(None, None, NOON, Filter(model="qwen-plus"))
    assert [(row.model, row.calls) for row in today.rows] == [("qwen-max", 1), ("qwen-plus", 1)]
    assert [(row.model, row.calls) for row in narrow.rows] == [("qwen-plus", 2)]


def test_sums_are_those_of_the_calls_one_by_one(tmp_path: Path) -> None:
    text = """
        [[price]]
        model = "qwen-plus"
        effective_from = 2025-10-26
        input = "0.0123"
        free_input_tokens = 100
        steps = [{ above = 900, input = "0.02", output = "0.05" }]
        [[rate]]
        currency = "USD"
        cny = "6.9"
        effective_from = 2025-10-25
    """
    book = own(tmp_path, text)
    folder = tmp_path / "r"
    data = [lines.line(number) for number in range(300)]
    with store_of(folder, *data, *lines.ODD, prices=book) as store:
        rows = {row.model: row for row in store.audit(None, None, NOON).rows}
        stats = store.stats(None, None, NOON)
    calls = oracle.read([folder], SHANGHAI, NOON).calls
    book_cost: dict[str, list[int | None]] = defaultdict(list)
    for placed in calls:
        c = placed.call
        book_cost[c.model or ""].append(book.cost_nano(c.model, c.tin, c.tout, book_day(c.ts, placed.file_day)))
    assert set(rows) == set(book_cost)
    for model, costs in book_cost.items():
        row = rows[model]
        priced = [cost for cost in costs if cost is not None]
        assert row.calls == len(costs) and row.unpriced_calls == len(costs) - len(priced)
        assert row.book_cost == (Decimal(sum(priced)).scaleb(-9) if priced else None)
        assert row.recorded_cost == stats.by_model[model].recorded_cost


class BookPrices(oracle.Prices):
    """The oracle's prices where nothing that was recorded counts."""

    def cost(self, placed: oracle.Placed) -> int | None:
        return super().cost(replace(placed, call=replace(placed.call, nano=None)))


@pytest.mark.parametrize(
    "narrowed",
    [Filter(), Filter(Period("7d")), Filter(Period("month"), model=GEMINI), Filter(Period("30d"), failed=True)],
)
def test_all_money_of_a_snapshot_is_that_of_the_book_where_it_is_asked_for(tmp_path: Path, narrowed: Filter) -> None:
    book_money, folder = replace(narrowed, money="book"), tmp_path / "r"
    with store_of(folder, *(lines.line(number) for number in range(200)), *lines.ODD) as store:
        for more in (0, 3):  # made from all calls, then fed with a few
            with (folder / "2025-10-26.jsonl").open("ab") as file:
                file.write(b"".join(lines.line(number, cost="0") for number in range(500, 500 + more)))
            store.look(NOON)
            snapshot = store.snapshot(book_money, NOON)
            truth = oracle.read([folder], SHANGHAI, NOON)
            oracle.check_snapshot(snapshot, truth, SHANGHAI, BookPrices(), NOON)
            assert not any(group.recorded_as_zero for group in snapshot.by_model)
        page = store.page(PageRequest(book_money, order="cost", rows=50), NOON)
        costs = [row.cost for row in page.rows if row.cost is not None]
        assert costs == sorted(costs, reverse=True) and sum(costs) <= snapshot.total.cost
        oracle.check_snapshot(store.snapshot(narrowed, NOON), truth, SHANGHAI, oracle.Prices(), NOON)


def test_another_price_book_is_that_of_all_answers_from_then_on(tmp_path: Path) -> None:
    with store_of(tmp_path / "r", call("glm-4.6", "?"), call("qwen-plus", 0.0)) as store:
        assert store.snapshot(Filter(), NOON).total.unknown_cost_calls == 1
        store.reprice(own(tmp_path, '[[price]]\nmodel = "glm-4.6"\ninput = "0.1"\noutput = "0.2"\n'))
        total = store.snapshot(Filter(), NOON).total
        assert (total.cost, total.unknown_cost_calls) == (Decimal("0.2"), 0)
        assert store.unpriced() == []
        assert [row.reason for row in store.audit(None, None, NOON).rows] == ["unreadable", "recorded_as_zero"]


# What the terminal says of it


def test_doctor_has_the_rows_to_the_letter(tmp_path: Path) -> None:
    found = audit_of(tmp_path / "r", call("4.0Ultra", 0.0, 400_000, 240_000), call("gpt-4.1", 1e-9))
    rows = json.loads(terminal.to_json(terminal.audit_rows(found)), parse_float=Decimal)
    assert rows == [
        {
            "model": "4.0Ultra",
            "calls": 1,
            "recorded_cost": 0,
            "book_cost": Decimal("3.2"),
            "difference": Decimal("3.2"),
            "reason": "recorded_as_zero",
        },
        {
            "model": "gpt-4.1",
            "calls": 1,
            "recorded_cost": Decimal("0.000000001"),
            "book_cost": None,
            "difference": None,
            "reason": "no_price",
        },
    ]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("zero", "recorded at ¥0; the price book says ¥0.005/1K: ¥3.2000 not shown in 1 call"),
        ("foreign", "1 call recorded in USD: USD 0.0002 is ¥0.0016; the price book says ¥0.0016"),
        ("no price", "2 calls recorded at ¥0.5000, and no price in the price book: what they cost is not known"),
        (
            "unreadable",
            "1 call without a readable cost; the price book says ¥0.0200 in all, ¥0.0100 more than is recorded",
        ),
        ("too little", "recorded at ¥0.0040; the price book says ¥0.0100: ¥0.0060 more, in 1 call"),
        ("too much", "recorded at ¥0.5000; the price book says ¥0.0100: ¥0.4900 less, in 1 call"),
        ("rounded", "rounded when it was recorded: ¥0.0000012 in 3 calls"),
        (
            "tokens unknown",
            "recorded at ¥0.0100; the price book says ¥0.0060: ¥0.0040 less, in 1 call; "
            "1 call of unknown tokens, which the price book counts as 0",
        ),
    ],
)
def test_the_terminal_says_why(tmp_path: Path, case: str, said: str) -> None:
    calls = CASES[case][0]
    [row] = audit_of(tmp_path / "r", *(call(*values) for values in calls)).rows
    assert terminal.audit_sentence(row) == said


def test_every_reason_has_a_sentence_of_its_own() -> None:
    price = PriceBook.load().price("qwen-max", TODAY)
    one = Decimal(1)
    rows = [AuditRow("m", 5, one, one, one, reason, price=price, unpriced_calls=1) for reason in REASONS[1:]]
    assert len({terminal.audit_sentence(row) for row in rows}) == len(REASONS) - 1
