"""What is advised: every figure against the same calls priced one by one; and what nobody should trust is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lines
import pytest
from advised import BOOK, NOW, TODAY, WEEK_AGO, Call, many, store_of
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from stores import SHANGHAI

from tipmao_monitor.advice_terminal import why
from tipmao_monitor.usage import tiers
from tipmao_monitor.usage.advice import Advice, Change, Finding
from tipmao_monitor.usage.prices import PriceBook, book_day
from tipmao_monitor.usage.snapshot import Filter, PageRequest, Period
from tipmao_monitor.usage.store import Store
from tipmao_monitor.usage.switching import Choice, Step

GEMINI = lines.GEMINI
# A model with steps, one in dollars with awkward digits, and one that became dearer within the period.
OWN = """
[[price]]
model = "stepped"
input = "0.0000001"
output = "0.002"
free_input_tokens = 10
steps = [{ above = 100, input = "0.01", output = "0.03" }, { above = 5000, input = "0.0000333", output = "0" }]

[[price]]
model = "dollars"
currency = "USD"
input = "0.000033333"
output = "0.00077"
tier = "日常使用"

[[price]]
model = "dearer-now"
input = "0.0001"
output = "0.0002"
tier = "日常使用"

[[price]]
model = "dearer-now"
input = "0.5"
output = "0.5"
effective_from = 2025-10-24

[[price]]
model = "brand-new"
input = "0.00011"
output = "0.0001"
tier = "日常使用"
effective_from = 2025-10-25
"""


def advice_on(folder: Path, *calls: Sequence[Call], book: PriceBook = BOOK) -> Advice:
    with store_of(folder / "r", [call for some in calls for call in some], book) as store:
        return store.advice(WEEK_AGO, TODAY, NOW)


def to(found: Sequence[Finding], model: str, function: str = "live_analysis") -> Finding:
    [one] = [one for one in found if one.to_model == model and one.function == function and one.kind == "switch"]
    return one


# Figures


def own_book(folder: Path) -> PriceBook:
    file = folder / "prices.toml"
    file.write_text(OWN, "utf-8")
    return PriceBook.load(file)


SIZES = [0, 10, 11, 100, 101, 5000, 5001, 32_000, 32_001, 2**53]
CALLS = st.builds(
    Call,
    model=st.sampled_from(
        ["qwen-plus", "qwen3-max", GEMINI, "lite", "4.0Ultra", "stepped", "dollars", "no-price", None]
    ),
    function=st.sampled_from(["live_analysis", "实时分析(讯飞lite)", "复盘总结"]),
    tin=st.integers(-3, 40_000).map(lambda n: None if n < 0 else SIZES[n % 10] if n < 100 else n),
    tout=st.integers(-3, 3_000).map(lambda n: None if n < 0 else n),
    cost=st.sampled_from(["book", "book", "book", 0.0, 0.123456, "unreadable"]),
    at=st.integers(0, 6 * 86_400).map(lambda s: NOW - timedelta(seconds=s)),
    ok=st.sampled_from([True, True, True, False]),
)


def paid(call: Call, book: PriceBook) -> int | None:
    """Today's cost of one call in 1e-9 CNY, written down once more from the words of `Finding`."""
    day = book_day(int(call.at.timestamp() * 1e6), TODAY)
    cost = json.loads(call.line(book))["cost"]
    tokens = (call.tin or 0) + (call.tout or 0)
    if not isinstance(cost, float | int) or cost > 1_000_000 or (cost == 0 and call.ok and tokens > 0):
        return book.cost_nano(call.model, call.tin, call.tout, day)
    recorded = Fraction(str(Decimal(repr(cost)))) * 10**9
    price = book.price(call.model, day)
    rate = Fraction(book.rate(price.currency, day)) if price else Fraction(1)
    return round(round(recorded) * rate)


def on(model: str, call: Call, book: PriceBook) -> int:
    """What it would have cost on a model, which has had its first price for ever."""
    day = book_day(int(call.at.timestamp() * 1e6), TODAY)
    first = book.history(model)[0].effective_from
    nano = book.cost_nano(model, call.tin, call.tout, max(day, first))
    assert nano is not None
    return nano


# Not shrunk: an example of many calls would take minutes.
@settings(max_examples=20, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(calls=st.lists(CALLS, min_size=40, max_size=80))
def test_the_saving_promised_equals_repricing_every_call_of_the_function(calls: list[Call]) -> None:
    calls = [*many(25), *calls]  # so that there is something to judge
    with TemporaryDirectory() as place:
        book = own_book(Path(place))
        found = advice_on(Path(place), calls, book=book)
    ids = {"live_analysis": "live_analysis", "实时分析(讯飞lite)": "live_analysis", "复盘总结": "live_review"}
    days = len({(call.at.astimezone(SHANGHAI)).date() for call in calls})
    assert (found.calls, found.days) == (len(calls), days)
    judged = 0
    for one in (*found.findings, *found.refused):
        if one.kind != "switch" or one.to_model is None:
            continue
        use = next(use for use in found.functions if use.function == one.function)
        of_function = [call for call in calls if ids[call.function] == one.function]
        assert {call.model or "" for call in of_function} == {*use.models, *use.retired}
        changed = [
            call
            for call in of_function
            if (call.model or "") not in use.retired and book.resolve(call.model) != one.to_model
        ]
        costs = [(paid(call, book), call) for call in changed if call.tin is not None and call.tout is not None]
        known = [(cost, call) for cost, call in costs if cost is not None]
        assert (one.calls, one.calls + one.left_out) == (len(known), len(changed))
        before = Decimal(sum(cost for cost, _ in known)).scaleb(-9)
        after = Decimal(sum(on(one.to_model, call, book) for _, call in known)).scaleb(-9)
        assert (one.cost, one.cost_after) == (before, after)
        assert one.saving_per_day == ((before - after) / one.days).quantize(Decimal("1e-9"))
        assert one.saving_per_month == one.saving_per_day * 30
        judged += 1
    assert judged


def test_the_largest_prices_and_calls_are_advised_on_to_the_last_digit(tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(
        '[[price]]\nmodel = "wild"\nprovider = "own"\ninput = "999999.123456789"\noutput = "0.000000001"\n'
        'currency = "USD"\nfree_input_tokens = 7\n[[rate]]\ncurrency = "USD"\ncny = "7.123456789"\n',
        "utf-8",
    )
    book = PriceBook.load(file)
    calls = many(20, model="gpt-4", tin=2**53, cost=0.0)
    found = to(advice_on(tmp_path, calls, book=book).refused, "wild")
    nano = 20 * on("wild", calls[0], book)
    with localcontext(prec=60):
        assert found.cost_after == Decimal(nano).scaleb(-9) and found.cost is not None
        assert found.saving_per_month == (found.cost - found.cost_after) * 30
        assert nano > 10**28


def test_a_day_is_the_period_over_its_days_with_calls_and_a_month_is_thirty_of_them(tmp_path: Path) -> None:
    yesterday = NOW - timedelta(days=1)
    calls = [
        *many(30, every_s=60),
        *many(10, every_s=60, end=yesterday),
        *many(1, end=NOW - timedelta(days=4), function="qa"),
    ]
    one = to(advice_on(tmp_path, calls).findings, "deepseek-chat")
    assert (one.calls, one.days, one.cost, one.cost_after) == (40, 3, Decimal("0.624"), Decimal("0.124"))
    assert (one.saving_per_day, one.saving_per_month) == (Decimal("0.166666667"), Decimal("5.00000001"))


def test_zeros_of_a_paid_model_are_priced_and_said(tmp_path: Path) -> None:
    one = to(advice_on(tmp_path, many(30, model="4.0Ultra", cost=0.0)).findings, "deepseek-chat")
    assert one.cost == one.hidden_cost == Decimal("0.345")
    assert (one.cost_after, one.left_out) == (Decimal("0.093"), 0)


def test_calls_of_unknown_cost_or_tokens_are_on_neither_side(tmp_path: Path) -> None:
    calls = [*many(30), *many(8, model="doubao-pro"), *many(4, tin=None), *many(3, cost="?", tout=None)]
    one = to(advice_on(tmp_path, calls).findings, "deepseek-chat")
    assert (one.calls, one.left_out, one.cost) == (30, 15, Decimal("0.468"))
    assert one.also_from == ("doubao-pro",)


# What is offered, and what is not


def test_every_priced_model_is_a_finding_or_refused_with_its_reason(tmp_path: Path) -> None:
    found = advice_on(tmp_path, many(30, model="qwen-plus"))
    offered = {one.to_model for one in found.findings}
    refused = {one.to_model: one.why for one in found.refused}
    assert offered | set(refused) == {row.model for row in BOOK.rows} - {"qwen-plus"}
    assert {"qwen-turbo", "deepseek-chat", "lite", "generalv3"} <= offered
    assert refused["qwen-max"] == refused["gpt-4"] == "dearer"
    assert refused["deepseek-coder"] == "other_use"
    savings = [one.saving_per_day for one in found.findings]
    assert savings == sorted(savings, reverse=True)


def test_a_record_in_the_function_comes_before_one_in_others(tmp_path: Path) -> None:
    elsewhere = many(30, model="qwen-turbo", function="qa", ms=500.0)
    here = [*many(3, model="qwen-turbo", ms=700.0), *many(1, model="qwen-turbo", ms=700.0, ok=False)]
    one = to(advice_on(tmp_path, many(60), elsewhere, here).findings, "qwen-turbo")
    assert one.evidence is not None
    assert (one.evidence.scope, one.evidence.calls, one.evidence.p95_ms) == ("function", 4, 700.0)
    assert one.evidence.success_rate == 75.0
    two = to(advice_on(tmp_path, many(60), elsewhere).findings, "qwen-turbo")
    assert two.evidence is not None
    assert (two.evidence.scope, two.evidence.calls, two.evidence.p50_ms) == ("all", 30, 500.0)
    assert to(advice_on(tmp_path, many(60), elsewhere).findings, "deepseek-chat").evidence is None


def test_other_names_of_a_model_are_its_record_too(tmp_path: Path) -> None:
    names = ["gpt-4o-mini", "gpt-4o-mini-latest", "gpt-4o-mini-2024-07-18"]
    calls = [call for name in names for call in many(10, model=name, function="qa")]
    one = to(advice_on(tmp_path, many(60), calls).findings, "gpt-4o-mini")
    assert one.evidence is not None and one.evidence.calls == 30


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (many(19, ok=False), None),  # too few to judge by
        ([*many(18), *many(2, ok=False)], "fails"),
        ([*many(19), *many(1, ok=False)], None),  # 95 % is not below 95 %
        (many(20, ms=2000.0), None),  # twice is not more than twice
        (many(20, ms=2000.1), "slow"),
        (many(19, ms=90_000.0), None),
    ],
)
@pytest.mark.parametrize("function", ["live_analysis", "qa"])
def test_a_model_whose_own_record_here_is_bad_is_not_offered(
    tmp_path: Path, record: list[Call], why: str | None, function: str
) -> None:
    calls = [replace(call, model="qwen-turbo", function=function) for call in record]
    # The same duration on both sides of p95, whatever the candidate's calls add to today's.
    found = advice_on(tmp_path, many(2000, every_s=60), calls)
    refused = [one.why for one in found.refused if one.to_model == "qwen-turbo" and one.function == "live_analysis"]
    assert refused == ([why] if why else [])
    if not why:
        assert to(found.findings, "qwen-turbo").evidence is not None


def test_few_calls_here_do_not_hide_many_failures_elsewhere(tmp_path: Path) -> None:
    bad = many(30, model="qwen-turbo", function="qa", ok=False)
    one = to(advice_on(tmp_path, many(60), bad, many(2, model="qwen-turbo")).refused, "qwen-turbo")
    assert one.why == "fails" and one.evidence is not None and one.failures is not None
    assert (one.evidence.scope, one.evidence.calls, one.evidence.success_rate) == ("function", 2, 100.0)
    assert (one.failures.scope, one.failures.calls, one.failures.success_rate) == ("all", 32, 6.25)
    assert "32 calls" in why(one) and "6.2 % succeeded" in why(one)


def test_a_slow_model_is_not_excused_by_its_own_calls_in_the_function(tmp_path: Path) -> None:
    """With them, half of what the function uses today would be as slow."""
    found = advice_on(tmp_path, many(60, model="qwen-max"), many(40, model="qwen-turbo", ms=2500.0))
    one = to(found.refused, "qwen-turbo")
    assert one.why == "slow" and one.today is not None and (one.today.calls, one.today.p95_ms) == (60, 1000.0)
    assert one.longest_input == 1500


def test_what_cannot_be_promised_is_refused_for_the_whole_function(tmp_path: Path) -> None:
    found = advice_on(
        tmp_path,
        many(19, function="few"),
        many(30, function="unpriced", model="doubao-pro"),
        many(30, function="free", model="lite"),
    )
    assert found.findings == tuple(one for one in found.findings if one.kind == "waste")
    assert {one.function: (one.why, one.to_model) for one in found.refused} == {
        "few": ("few_calls", None), "unpriced": ("cost_unknown", None), "free": ("free_already", None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "fits", "too_long"),
    [("doubao-lite-32k", 32_768, 32_769), ("lite", 8192, 8193), ("generalv3", 8000, 9000)],
)
def test_a_call_that_is_too_long_for_a_model_refuses_it(tmp_path: Path, model: str, fits: int, too_long: int) -> None:
    calls = [
        *many(30, model="gpt-4o"),
        *many(1, model="gpt-4o", tin=fits),
        *many(1, model="gpt-4o", tin=60_000, ok=False),
    ]
    assert to(advice_on(tmp_path, calls).findings, model).longest_input == fits
    assert to(advice_on(tmp_path, calls, many(1, model="gpt-4o", tin=too_long)).refused, model).why == "too_long"


def test_a_model_that_was_given_up_is_not_what_is_paid_today(tmp_path: Path) -> None:
    long_ago, yesterday = NOW - timedelta(days=3), NOW - timedelta(days=1)
    dear, now = many(60, every_s=60, end=long_ago, model="gpt-4"), many(60, every_s=60)
    found = advice_on(tmp_path, dear, now, many(30, every_s=60, end=yesterday))
    [use] = found.functions
    assert (use.models, use.retired, use.days) == (("qwen-plus",), ("gpt-4",), 2)
    one = to(found.findings, "deepseek-chat")
    assert (one.from_model, one.calls, one.days, one.retired) == ("qwen-plus", 90, 2, ("gpt-4",))
    # What was used beside it all the time was used on all the days.
    beside = many(10, every_s=60, end=long_ago)
    assert advice_on(tmp_path, dear, now, many(30, every_s=60, end=yesterday), beside).functions[0].days == 3


@pytest.mark.parametrize("days", [0, 1])
def test_a_day_without_a_model_is_not_enough_to_have_given_it_up(tmp_path: Path, days: int) -> None:
    before = many(60, every_s=60, end=NOW - timedelta(days=days, hours=3), model="gpt-4")
    [use] = advice_on(tmp_path, before, many(60, every_s=60)).functions
    assert (set(use.models), use.retired) == ({"qwen-plus", "gpt-4"}, ())


def test_models_that_take_turns_are_all_in_use(tmp_path: Path) -> None:
    """As with the guide's rule: one model until the day is dear, then another, and back the next morning."""
    calls = []
    for day in range(6):
        morning = NOW - timedelta(days=day, hours=6)
        calls += many(40, every_s=60, end=morning, model="qwen-plus")
        if day:
            calls += many(40, every_s=60, end=morning + timedelta(hours=5), model="deepseek-chat")
    [use] = advice_on(tmp_path, calls).functions
    assert (set(use.models), use.retired) == ({"qwen-plus", "deepseek-chat"}, ())


def test_calls_that_are_on_the_new_model_anyway_change_nothing(tmp_path: Path) -> None:
    found = advice_on(tmp_path, many(60, model="qwen3-max"), many(30, model="gpt-4o"))
    one = to(found.findings, "qwen3-max")
    assert (one.from_model, one.calls, one.also_from) == ("gpt-4o", 30, ())
    assert to(found.findings, "deepseek-chat").calls == 90


def test_the_first_to_show_is_tried_and_not_much_lower(tmp_path: Path) -> None:
    tried = [call for model in ("lite", "qwen-turbo") for call in many(30, model=model, function="qa")]
    found = advice_on(tmp_path, many(60), tried)
    best = {one.function: one.to_model for one in found.findings if one.is_best}
    assert best["live_analysis"] == "qwen-turbo"  # lite saves more, and is a free trial two levels lower
    free = to(found.findings, "lite")
    assert free.is_free_trial and not free.is_best and free.tier_change is not None and free.tier_change.steps == -2
    untried = advice_on(tmp_path, many(60))
    assert [one.to_model for one in untried.findings if one.is_best] == [GEMINI]  # the cheapest that is one level lower


@pytest.mark.parametrize(
    ("model", "tried", "where", "best"),
    [
        ("qwen3-max", "deepseek-chat", "qa", "generalv3.5"),  # three levels lower is not the first to show
        ("deepseek-chat", "lite", "qa", GEMINI),  # nor a gift that this function has never tried
        ("deepseek-chat", "lite", "live_analysis", "lite"),
        ("qwen-plus", "gpt-4o-mini", "qa", "gpt-4o-mini"),  # the cheapest with a record, not the cheapest
    ],
)
def test_what_is_shown_first_can_be_trusted(tmp_path: Path, model: str, tried: str, where: str, best: str) -> None:
    found = advice_on(tmp_path, many(60, model=model), many(30, model=tried, function=where))
    assert [one.to_model for one in found.findings if one.is_best and one.function == "live_analysis"] == [best]


def test_a_model_that_is_rare_is_not_given_up_because_it_has_not_come_up(tmp_path: Path) -> None:
    rare = many(3, every_s=10, end=NOW - timedelta(hours=8), model="gpt-4o")
    [use] = advice_on(tmp_path, many(200, every_s=600), rare).functions
    assert (use.models, use.retired) == (("qwen-plus", "gpt-4o"), ())


def test_uses_have_an_order_and_an_unknown_one_is_not_compared() -> None:
    assert tiers.steps("高质量任务", "免费试用") == -4
    assert tiers.steps("快速响应", "日常使用") == 1
    assert tiers.steps("经济型", "极致省钱") == 0
    assert tiers.steps("日常使用", "my own words") is None
    assert tiers.steps("my own words", "my own words") == 0
    assert {row.tier for row in BOOK.rows} <= {tier for level in tiers.LEVELS for tier in level} | {tiers.SPECIAL}


def test_the_pareto_view_has_every_model_and_marks_the_front(tmp_path: Path) -> None:
    calls = [
        *many(60, ms=1000.0),
        *many(30, model="qwen-turbo", function="qa", ms=400.0),
        *many(30, model="deepseek-chat", function="qa", ms=900.0),
        *many(30, model="gpt-4o-mini", function="qa", ms=950.0),
    ]
    found = advice_on(tmp_path, calls)
    use = next(use for use in found.functions if use.function == "live_analysis")
    dots = {dot.model: dot for dot in use.dots}
    assert set(dots) == {row.model for row in BOOK.rows}
    assert [dot.cost_per_call for dot in use.dots] == sorted(dot.cost_per_call for dot in use.dots)
    assert dots["qwen-plus"].is_today and dots["qwen-plus"].cost_per_call == Decimal("0.0156")
    assert {model for model, dot in dots.items() if dot.is_front} == {"deepseek-chat", "qwen-turbo"}
    assert dots["qwen-max"].p95_ms is None and dots["qwen-max"].why == "dearer"


def test_only_the_calls_of_the_filter_and_the_days_are_asked(tmp_path: Path) -> None:
    calls = [*many(30, user="u1"), *many(40, user="u2"), *many(50, end=NOW - timedelta(days=9))]
    with store_of(tmp_path / "r", calls) as store:
        one = store.advice(WEEK_AGO, TODAY, NOW, Filter(user="u1", failed=True, search="nothing"))
        assert to(one.findings, "deepseek-chat").calls == 30
        assert store.advice(WEEK_AGO, TODAY, NOW).calls == 70
        assert store.advice(date.min, date.max, NOW).calls == 120
        nothing = store.advice(TODAY - timedelta(days=30), TODAY - timedelta(days=20), NOW)
        assert (nothing.calls, nothing.days, nothing.findings, nothing.refused) == (0, 0, (), ())


# Waste


def wasted(found: Advice, reason: str) -> list[Finding]:
    return [one for one in found.findings if one.kind == "waste" and one.reason == reason]


def shown(store: Store, one: Finding) -> list[tuple[Any, ...]]:
    """The calls that a click on a finding shows."""
    assert one.show is not None
    page = store.page(replace(one.show, rows=10_000), NOW)
    assert page.total == len(page.rows) == one.calls
    return [(row.function, row.model, row.input_tokens, row.cost, row.error_family) for row in page.rows]


STREAM = [Call(session="s1", tin=1000 + 100 * i, at=NOW - timedelta(minutes=100 - i)) for i in range(40)]
STEADY = [Call(session="s2", tin=1000 + 400 * (i * 7 % 5), at=NOW - timedelta(minutes=100 - i)) for i in range(40)]
USUAL = [
    Call(function="topic_generation", tin=700 + 211 * (i * 13 % 17), at=NOW - timedelta(minutes=200 - i))
    for i in range(90)
]
LOOP = [Call(function="topic_generation", tin=900, at=NOW - timedelta(hours=5, seconds=60 - i)) for i in range(25)]


def test_failed_calls_that_were_paid_are_counted_by_the_family_of_their_error(tmp_path: Path) -> None:
    calls = [
        *many(3, ok=False, err="APITimeoutError: Request timed out."),
        *many(2, ok=False, err="RateLimitError: 429 too many"),
        *many(4, ok=False, tin=0, tout=0, err="RateLimitError: 429 too many"),
        *many(1, ok=False, err="RateLimitError: 503", cost="?"),
        *many(5),
    ]
    with store_of(tmp_path / "r", calls) as store:
        found = {one.waste and one.waste.family: one for one in wasted(store.advice(WEEK_AGO, TODAY, NOW), "failed")}
        assert {family: (one.calls, one.cost) for family, one in found.items()} == {
            "APITimeoutError": (3, Decimal("0.0468")),
            "RateLimitError 429": (2, Decimal("0.0312")),
            "RateLimitError 503": (1, Decimal("0.0156")),
        }
        for family, one in found.items():
            assert {row[4] for row in shown(store, one)} == {family}
            assert one.saving_per_month is not None and one.waste is not None and one.waste.amount == one.cost


def test_a_call_is_late_by_its_functions_own_measure(tmp_path: Path) -> None:
    reviews = many(30, function="live_review", ms=21_000.0)
    calls = [
        *many(30),
        *many(2, ms=5001.0),
        *reviews,
        *many(1, function="live_review", ms=70_000.0),
        *many(1, ms=9e9, ok=False),
    ]
    with store_of(tmp_path / "r", calls) as store:
        found = {one.function: one for one in wasted(store.advice(WEEK_AGO, TODAY, NOW), "late")}
        assert {fn: (one.calls, one.waste and one.waste.limit_ms) for fn, one in found.items()} == {
            "live_analysis": (2, 5000.0), "live_review": (1, 63_000.0),
        }  # fmt: skip
        assert found["live_analysis"].cost == Decimal("0.0312")
        assert all(shown(store, one) for one in found.values())


def test_input_that_grows_through_a_stream_is_told_with_what_it_costs_more(tmp_path: Path) -> None:
    with store_of(tmp_path / "r", [*STREAM, *STEADY]) as store:
        [one] = wasted(store.advice(WEEK_AGO, TODAY, NOW), "creep")
        assert one.waste is not None
        assert (one.function, one.waste.streams, one.waste.input_before) == ("live_analysis", 1, 1450)
        grown = [call.tin - 1450 for call in STREAM if call.tin is not None and call.tin > 1450]
        assert (one.calls, one.waste.amount) == (len(grown), Decimal(sum(grown)) * Decimal("0.000004"))
        assert sorted(row[2] for row in shown(store, one)) == sorted(1450 + more for more in grown)


@pytest.mark.parametrize("gap", [timedelta(minutes=1), timedelta(hours=2)])
def test_without_a_session_a_pause_begins_another_stream(tmp_path: Path, gap: timedelta) -> None:
    """Two short streams of growing prompts: neither is long enough by itself, both as one are."""
    first = [replace(call, session=None, at=call.at - timedelta(hours=8)) for call in STREAM[:19]]
    second = [
        replace(call, session=None, at=first[-1].at + gap + i * timedelta(minutes=1))
        for i, call in enumerate(STREAM[19:38])
    ]
    found = wasted(advice_on(tmp_path, first, second), "creep")
    assert len(found) == (1 if gap < timedelta(hours=1) else 0)


def test_a_pause_within_a_session_begins_no_other_stream(tmp_path: Path) -> None:
    halves = [*STREAM[:19], *(replace(call, at=call.at + timedelta(hours=1, minutes=10)) for call in STREAM[19:38])]
    [one] = wasted(advice_on(tmp_path, halves), "creep")
    assert one.waste is not None and one.waste.streams == 1


def test_input_that_only_varies_does_not_grow(tmp_path: Path) -> None:
    sizes = [1000] * 5 + [200] * 5 + [6000] * 5 + [1600] * 5  # the end is longer than the beginning, by chance
    calls = [replace(call, tin=size) for call, size in zip(STREAM, sizes, strict=False)]
    assert wasted(advice_on(tmp_path, calls), "creep") == []


def test_a_loop_is_near_equal_calls_far_quicker_than_usual(tmp_path: Path) -> None:
    with store_of(tmp_path / "r", [*USUAL, *LOOP]) as store:
        [one] = wasted(store.advice(WEEK_AGO, TODAY, NOW), "loop")
        assert one.waste is not None
        assert (one.function, one.calls, one.waste.runs, one.waste.longest_run) == ("topic_generation", 24, 1, 25)
        assert one.cost == Decimal("0.0132") * 24 and one.saving_per_day is None  # it may never happen again
        assert {row[2] for row in shown(store, one)} == {900}
    varied = [replace(call, tin=900 + 30 * (i * 7 % 11)) for i, call in enumerate(LOOP)]
    assert wasted(advice_on(tmp_path, USUAL, varied), "loop") == []
    regular = [Call(tin=900, at=NOW - timedelta(seconds=2 * i)) for i in range(400)]
    assert wasted(advice_on(tmp_path, regular), "loop") == []


def test_a_loop_is_found_that_has_more_calls_than_the_usual(tmp_path: Path) -> None:
    loop = [replace(LOOP[0], at=NOW - timedelta(hours=5, seconds=300 - i)) for i in range(300)]
    [one] = wasted(advice_on(tmp_path, USUAL[:15], loop), "loop")
    assert one.waste is not None and (one.calls, one.waste.longest_run) == (299, 300)


def test_models_without_a_price_or_with_another_are_told_with_the_money(tmp_path: Path) -> None:
    calls = [
        *many(3, model="doubao-pro"), *many(2, model=None, cost=0.0),
        *many(4, model="4.0Ultra", cost=0.0), *many(1, model="4.0Ultra"),
        *many(1, model="4.0Ultra", cost=0.0, ok=False),
        *many(2, cost=0.0078), *many(5), *many(3, model=GEMINI), *many(3, model="lite"),
    ]  # fmt: skip
    with store_of(tmp_path / "r", calls) as store:
        found = store.advice(WEEK_AGO, TODAY, NOW)
        unpriced = {one.from_model: one for one in wasted(found, "unpriced")}
        assert {model: (one.calls, one.cost) for model, one in unpriced.items()} == {
            "doubao-pro": (3, None),
            "": (2, None),
        }
        [zero] = wasted(found, "recorded_as_zero")
        assert (zero.from_model, zero.calls, zero.cost, zero.cost_after) == ("4.0Ultra", 4, 0, Decimal("0.046"))
        [off] = wasted(found, "mispriced")
        assert (off.from_model, off.calls, off.cost, off.cost_after) == (
            "qwen-plus",
            2,
            Decimal("0.0156"),
            Decimal("0.0312"),
        )
        assert off.waste is not None and off.waste.amount == Decimal("0.0156") and off.saving_per_day is None
        for one in (*unpriced.values(), zero, off):
            assert {row[1] for row in shown(store, one)} == {one.from_model}


def test_what_was_recorded_for_a_model_without_a_price_is_said(tmp_path: Path) -> None:
    calls = [*many(3, model="my-own", cost=0.25), *many(2, model="my-own", cost=0.0)]
    [one] = wasted(advice_on(tmp_path, calls), "unpriced")
    assert (one.calls, one.cost, one.saving_per_day) == (5, Decimal("0.75"), None)
    assert one.waste is not None and one.waste.amount is None


def test_a_model_is_unpriced_only_until_its_first_price(tmp_path: Path) -> None:
    book = own_book(tmp_path)
    calls = [*many(2, model="brand-new", end=NOW - timedelta(days=4)), *many(3, model="brand-new")]
    with store_of(tmp_path / "r", calls, book) as store:
        [one] = wasted(store.advice(WEEK_AGO, TODAY, NOW), "unpriced")
        assert (one.calls, len(shown(store, one))) == (2, 2)


def test_the_calls_of_a_finding_are_ordered_and_cut_into_pages(tmp_path: Path) -> None:
    with store_of(tmp_path / "r", [*STREAM, *many(3)]) as store:
        [one] = wasted(store.advice(WEEK_AGO, TODAY, NOW), "creep")
        assert one.show is not None
        by_cost = replace(one.show, order="cost", rows=5)
        whole = store.page(replace(by_cost, rows=100), NOW).rows
        assert [row.input_tokens for row in whole] == sorted((row.input_tokens for row in whole), reverse=True)
        second = store.page(replace(by_cost, offset=5), NOW)
        assert (second.rows, second.total) == (whole[5:10], len(whole))
        assert store.page(PageRequest(Filter(Period("7d"))), NOW).total == 43  # and the ordinary lists as ever


def test_what_a_given_up_model_wasted_is_told_but_not_expected_to_go_on(tmp_path: Path) -> None:
    stream = [replace(call, session=None) for call in STREAM]
    before = [replace(call, model="gpt-4", at=call.at - timedelta(days=3)) for call in stream]
    failed = [replace(call, ok=False, err="APITimeoutError") for call in (before[0], stream[0])]
    steady = many(20, every_s=60, end=NOW - timedelta(days=1))
    found = advice_on(tmp_path, before, stream, steady, failed, many(1, end=NOW - timedelta(days=5), function="qa"))
    [creep], [one] = wasted(found, "creep"), wasted(found, "failed")
    assert creep.waste is not None and creep.waste.amount is not None and creep.waste.streams == 2
    grown = sum(call.tin - 1450 for call in STREAM if call.tin is not None and call.tin > 1450)
    assert creep.waste.amount == Decimal(grown) * (Decimal("0.000004") + Decimal("0.00021"))
    assert creep.saving_per_day == (Decimal(grown) * Decimal("0.000004") / 2).quantize(Decimal("1e-9"))
    assert (one.cost, one.saving_per_day) == (Decimal("0.5596"), Decimal("0.0034"))  # of all functions: four days


# What if


def test_what_if_replays_the_calls_with_other_models_and_intervals(tmp_path: Path) -> None:
    calls = [
        *many(60, model="qwen3-max", tin=40_000),
        *many(30, function="qa"),
        *many(7, function="chat_focus", model="glm-4.6"),
    ]
    changes = (
        Change("live_analysis", model="deepseek-chat"),
        Change("qa", every_s=90.0, instead_of_s=30.0),
        Change("chat_focus", model="no-such-model"),
    )
    with store_of(tmp_path / "r", calls) as store:
        answer = store.what_if(WEEK_AGO, TODAY, NOW, changes[:2])
        rows = {row.function: row for row in answer.functions}
        assert rows["live_analysis"].cost == 60 * (Decimal("0.048") + Decimal("0.048"))
        assert rows["live_analysis"].cost_after == 60 * (Decimal("0.04") + Decimal("0.0016"))
        assert (rows["qa"].calls, rows["qa"].calls_after, rows["qa"].cost_after) == (30, 10, Decimal("0.156"))
        assert (rows["chat_focus"].calls, rows["chat_focus"].left_out, rows["chat_focus"].cost) == (0, 7, 0)
        assert (answer.changes, answer.days) == (changes[:2], 1)
        assert answer.cost_after == sum(row.cost_after or 0 for row in rows.values())
        finding = to(store.advice(WEEK_AGO, TODAY, NOW).findings, "deepseek-chat")
        assert (finding.cost, finding.cost_after) == (rows["live_analysis"].cost, rows["live_analysis"].cost_after)
        unpriced = store.what_if(WEEK_AGO, TODAY, NOW, changes)
        assert unpriced.cost_after is None and unpriced.cost == answer.cost
        assert store.what_if(WEEK_AGO, TODAY, NOW, ()).cost_after == answer.cost


def test_what_if_leaves_what_is_on_the_model_already_as_it_is(tmp_path: Path) -> None:
    calls = [*many(30, model="qwen-max"), *many(20, model="qwen-plus", cost=0.5)]
    with store_of(tmp_path / "r", calls) as store:
        [row] = store.what_if(WEEK_AGO, TODAY, NOW, (Change("live_analysis", "qwen-plus"),)).functions
        assert (row.cost, row.cost_after) == (30 * Decimal("0.078") + 10, 30 * Decimal("0.0156") + 10)
        one = to(store.advice(WEEK_AGO, TODAY, NOW).findings, "qwen-plus")
        assert one.cost is not None and one.cost_after is not None
        assert one.cost - one.cost_after == row.cost - row.cost_after


def test_a_function_that_is_called_at_regular_intervals_says_so(tmp_path: Path) -> None:
    regular = [
        Call(function="chat_focus", tin=100 + 37 * (i % 11), at=NOW - timedelta(seconds=30 * i)) for i in range(60)
    ]
    now_and_then = [Call(function="qa", at=NOW - timedelta(seconds=i * i)) for i in range(50)]
    seldom = many(40, every_s=7200, function="script_generation")  # each of them a stream of its own
    burst = many(40, every_s=0.01, function="style_profile")
    found = {use.function: use.every_s for use in advice_on(tmp_path, regular, now_and_then, seldom, burst).functions}
    assert found == {"chat_focus": 30.0, "qa": None, "script_generation": None, "style_profile": None}


# What a switch saved


def test_a_switch_saved_what_its_calls_would_have_cost_more_before(tmp_path: Path) -> None:
    at, until = NOW - timedelta(days=3), NOW - timedelta(hours=12)
    switch = Step("live_analysis", Choice("qwen", "qwen-max"), Choice("qwen", "qwen-plus"))
    calls = [
        Call(at=at - timedelta(minutes=1)),  # before it
        Call(at=at),
        *many(4, end=at + timedelta(hours=1)),
        *many(4, end=at + timedelta(hours=1), function="qa"),
        *many(4, end=at + timedelta(hours=1), model="qwen-max"),
        *many(2, end=until, model="qwen-plus-longcontext"),
        Call(at=until),  # after it was switched again
    ]
    with store_of(tmp_path / "r", calls) as store:

        def saved(*steps: Step) -> tuple[int, Decimal, Decimal | None]:
            days = store.zone.local(at).date(), store.zone.local(until).date()
            return store.replayed(*days, NOW, Filter(), lambda replay: replay.saved(steps, at, until))

        # Two and a half days, of which two had no call.
        assert saved(switch) == (7, Decimal("0.5"), 7 * (Decimal("0.078") - Decimal("0.0156")))
        assert saved(switch, replace(switch, before=Choice("x", "no-price"))) == (7, Decimal("0.5"), None)
        assert saved(replace(switch, function="chat_focus")) == (0, Decimal("0.5"), 0)
