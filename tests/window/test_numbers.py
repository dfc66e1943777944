"""How numbers are worded: look.md as tables of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tipmao_monitor.window import numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("0", "¥0.00"),
        ("3.42", "¥3.42"),
        ("99.99", "¥99.99"),
        ("99.994", "¥99.99"),
        ("99.996", "¥100"),
        ("1234", "¥1,234"),
        ("9999999.4", "¥9,999,999"),
        ("9999999.6", "¥10.0M"),
        ("28413927.33", "¥28.4M"),
        ("0.0156", "¥0.0156"),
        ("0.09994", "¥0.0999"),
        ("0.09996", "¥0.10"),
        ("0.1", "¥0.10"),
        ("0.82", "¥0.82"),
        ("0.0001", "¥0.0001"),
        ("0.00004", "¥0.000040"),
        ("0.000000001", "<¥0.000001"),
        ("-3.5", "-¥3.50"),
    ],
)
def test_money(value: str | None, shown: str) -> None:
    assert numbers.money(None if value is None else Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.0156", "¥0.0156"),
        ("0.1357", "¥0.1357"),
        ("0.99996", "¥1.00"),
        ("2.5", "¥2.50"),
        ("0.00004", "¥0.000040"),
        ("0", "¥0.00"),
        ("1000000", "¥1.0M"),
        (None, "-"),
    ],
)
def test_one_call_has_four_decimals_below_one_yuan(value: str | None, shown: str) -> None:
    assert numbers.call_money(None if value is None else Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "largest", "shown"),
    [
        ("0.0427", "1.20", "¥0.04"),
        ("0.004", "1.20", "<¥0.01"),
        ("0", "1.20", "¥0.00"),
        ("51.23", "1440", "¥51.23"),
        ("1440", "1440", "¥1,440"),
        ("99.999", "200", "¥100"),
        ("0.0427", "0.0999", "¥0.0427"),
        (None, "1.20", "-"),
    ],
)
def test_sums_below_each_other_have_as_many_decimals_as_the_largest(
    value: str | None, largest: str, shown: str
) -> None:
    assert numbers.money_beside(None if value is None else Decimal(value), Decimal(largest)) == shown


def test_a_moment_has_its_day_where_that_is_not_today() -> None:
    at = datetime(2025, 11, 22, 14, 2, 9)
    assert numbers.moment(at, at.date()) == "14:02:09"
    assert numbers.moment(at, date(2025, 11, 23)) == "11-22 14:02"


def test_parts_of_money_keep_the_sign_from_the_figure() -> None:
    assert numbers.money_parts(Decimal("3.42")) == ("¥", "3.42", "")
    assert numbers.money_parts(Decimal("28413927")) == ("¥", "28.4", "M")


@pytest.mark.parametrize(
    ("value", "shown"),
    [("81.49", "¥81"), ("9.994", "¥9.99"), ("0.0156", "¥0.0156"), ("1234.5", "¥1,234"), ("37061644", "¥37.1M")],
)
def test_expected_sum_has_no_decimals_that_would_be_lies(value: str, shown: str) -> None:
    assert numbers.rough_money(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (None, "-"),
        (0, "0"),
        (999, "999"),
        (1000, "1.0K"),
        (98_700, "98.7K"),
        (99_949, "99.9K"),
        (99_950, "100K"),
        (999_499, "999K"),
        (999_500, "1.0M"),
        (1_234_567, "1.2M"),
        (999_499_999, "999M"),
        (999_500_000, "1.0B"),
        (2**53, "9,007T"),
    ],
)
def test_compact(n: int | None, shown: str) -> None:
    assert numbers.compact(n) == shown


@pytest.mark.parametrize(("n", "shown"), [(0, "0"), (145, "145"), (12_480, "12,480"), (10_000_000, "10.0M")])
def test_count(n: int, shown: str) -> None:
    assert numbers.count(n) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (None, "-"),
        (0.0, "0 ms"),
        (850.4, "850 ms"),
        (999.4, "999 ms"),
        (999.6, "1.0 s"),
        (2100.0, "2.1 s"),
        (99_940.0, "99.9 s"),
        (99_960.0, "100 s"),
        (999_600.0, "17 min"),
        (7_200_000.0, "2.0 h"),
    ],
)
def test_milliseconds(ms: float | None, shown: str) -> None:
    assert numbers.milliseconds(ms) == shown


@pytest.mark.parametrize(
    ("x", "shown"),
    [(None, "-"), (0.0, "0 %"), (0.01, "0.1 %"), (99.3, "99.3 %"), (99.99, "99.9 %"), (100.0, "100 %")],
)
def test_only_all_is_a_hundred_percent(x: float | None, shown: str) -> None:
    assert numbers.percent(x) == shown


@pytest.mark.parametrize(
    ("now", "before", "seen", "heard"),
    [
        (Decimal("1.12"), Decimal(1), "▲ 12 %", "12 % more"),
        (97, 100, "▼ 3 %", "3 % less"),
        (1000, 999, "= 0 %", "the same"),
        (0, 7, "▼ 100 %", "100 % less"),
        (140, 10, "▲ 14×", "1,300 % more"),
        (Decimal(10**9), Decimal(1), "▲ >9,999×", "99,999,999,900 % more"),
    ],
)
def test_change(now: Decimal | int, before: Decimal | int, seen: str, heard: str) -> None:
    assert numbers.change(now, before) == seen
    assert numbers.change_words(now, before) == heard


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1.0, "0.0 s ago"),
        (0.2, "0.2 s ago"),
        (9.96, "10 s ago"),
        (59.4, "59 s ago"),
        (59.6, "1 min ago"),
        (61.0, "1 min ago"),
        (3599.0, "59 min ago"),
        (7200.0, "2 h ago"),
        (5 * 86400.0, "5 days ago"),
    ],
)
def test_age(seconds: float, shown: str) -> None:
    assert numbers.age(seconds) == shown


@pytest.mark.parametrize(("n", "shown"), [(512, "512 B"), (1_200_000, "1.2 MB"), (3_100_000_000, "3.1 GB")])
def test_bytes(n: int, shown: str) -> None:
    assert numbers.bytes_size(n) == shown


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ((2025, 11, 17), (2025, 11, 17), "11-17"),
        ((2024, 11, 17), (2024, 11, 17), "2024-11-17"),
        ((2025, 11, 1), (2025, 11, 7), "11-01 – 11-07"),
        ((2024, 11, 24), (2025, 11, 23), "2024-11-24 – 2025-11-23"),
    ],
)
def test_span_of_days_has_a_year_where_it_needs_one(
    first: tuple[int, int, int], last: tuple[int, int, int], shown: str
) -> None:
    assert numbers.day_span(date(*first), date(*last), date(2025, 11, 23)) == shown


@pytest.mark.parametrize(
    ("dimension", "value", "shown"),
    [
        ("function", "live_analysis", "Live analysis"),
        ("function", "something_new", "something_new"),
        ("function", "", "(not recorded)"),
        ("user", "", "(not recorded)"),
        ("user", "user_123", "user_123"),
        ("model", "live_analysis", "live_analysis"),
    ],
)
def test_name_of_a_value(dimension: str, value: str, shown: str) -> None:
    assert numbers.value_name(dimension, value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("user_7", "user_7"),
        ("用户 小明", "用户 小明"),
        ("عربى", "عربى"),
        ("👨‍👩‍👧 mum", "👨‍👩‍👧 mum"),
        ("a\nb\tc\x1b[31m\x00", "a\\nb\\tc\\x1b[31m\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u200b", "\\u200b"),
        ("\u200d", "“\u200d”"),
        (" ", "“ ”"),
        ("user ", "“user ”"),
        ("\u3000", "“\u3000”"),
        ("<img src=x>", "<img src=x>"),
    ],
)
def test_recorded_text_is_seen_whole_and_turns_nothing_round(text: str, shown: str) -> None:
    assert numbers.visible(text) == shown
    assert numbers.value_name("user", text) == numbers.value_name("function", text) == shown


def test_every_known_function_has_a_name_of_its_own() -> None:
    known = {"live_analysis", "style_profile", "script_generation", "live_review", "chat_focus", "topic_generation"}
    known |= {"qa", "live_question"}
    names = {numbers.function_name(function) for function in known}
    assert len(names) == len(known) and not names & known


@pytest.mark.parametrize(
    ("family", "shown"),
    [
        ("", "no reason given"),
        ("other", "another reason"),
        ("RateLimitError 429", "429 rate limit"),
        ("RateLimitError", "429 rate limit"),
        ("429", "429 rate limit"),
        ("APITimeoutError", "timeout"),
        ("openai.APIConnectionError", "no connection"),
        ("AuthenticationError 401", "key refused"),
        ("403", "key refused"),
        ("insufficient_quota", "account empty"),
        ("InternalServerError 500", "provider error"),
        ("503", "provider error"),
        ("BadRequestError 400", "BadRequestError 400"),
        ("JSONDecodeError", "JSONDecodeError"),
        ("模型不存在", "模型不存在"),
    ],
)
def test_family_of_failures_says_what_happened(family: str, shown: str) -> None:
    assert numbers.error_family_name(family) == shown


def test_clock_is_in_the_zone_of_the_moment() -> None:
    assert numbers.clock(datetime(2025, 11, 23, 14, 2, 9, tzinfo=UTC)) == "14:02:09"
    assert numbers.clock(None) == "-"
