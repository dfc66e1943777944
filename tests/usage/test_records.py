"""The contract of one line, row by row, and the properties that hold for any bytes."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Context, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipmao_monitor.usage.records import (
    FLAGS,
    MAX_DEPTH,
    MAX_ERROR,
    MAX_LINE,
    MAX_NAME,
    QUARANTINE,
    Call,
    Quarantined,
    decode_line,
    escaped,
)

DAY = date(2025, 10, 26)
NOON = 1761451200
NOON_US = NOON * 1_000_000
PLAIN = {
    "timestamp": str(NOON),
    "user_id": '"user_123"',
    "anchor_id": '"anchor_7"',
    "session_id": '"session_abc"',
    "model": '"qwen-plus"',
    "function": '"话术生成(qwen3-max)"',
    "input_tokens": "1500",
    "output_tokens": "800",
    "total_tokens": "2300",
    "cost": "0.0156",
    "duration_ms": "1245.6",
    "success": "true",
    "error_msg": "null",
}
"""The 13 keys of the assistant with their JSON text."""
NAMES = ("model", "function", "user_id", "anchor_id", "session_id")
MISSING = "MISSING"
ANY = settings(deadline=None)


def line(**changes: str) -> bytes:
    """A record as the assistant writes it, with the JSON text of some fields changed, added or left out."""
    fields = {key: text for key, text in {**PLAIN, **changes}.items() if text != MISSING}
    return ("{" + ", ".join(f'"{key}": {text}' for key, text in fields.items()) + "}\n").encode()


def one(raw: bytes, day: date = DAY) -> Call:
    calls, rejects = decode_line(raw, day)
    assert rejects == []
    (call,) = calls
    assert (call.offset, call.length) == (0, len(raw))
    return call


def reasons(call: Call) -> set[str]:
    return {flag for i, flag in enumerate(FLAGS) if call.flags >> i & 1}


def shape(raw: bytes) -> list[tuple[bytes, object]]:
    """What became of each byte range: the flags of a call, or the reason of a reject."""
    calls, rejects = decode_line(raw, DAY)
    parts = [(c.offset, c.length, reasons(c)) for c in calls] + [(r.offset, r.length, r.reason) for r in rejects]
    return [(raw[offset : offset + length], what) for offset, length, what in sorted(parts, key=lambda part: part[0])]


def values(call: Call) -> tuple[object, ...]:
    """All that a call says, but not where it stood and why it is flagged."""
    return tuple(getattr(call, name) for name in call.__struct_fields__ if name not in ("flags", "offset", "length"))


def utc_us(text: str) -> int:
    return (datetime.fromisoformat(text).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


def brief(value: object) -> str:
    """How a row of a table is named in the output of a test run."""
    if isinstance(value, set):
        return "+".join(sorted(value)) or "ok"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:20]}... of {len(text)}"


def check_ranges_cover(raw: bytes, calls: list[Call], rejects: list[Quarantined]) -> None:
    ends = 0
    parts: list[Call | Quarantined] = [*calls, *rejects]
    for part in sorted(parts, key=lambda part: part.offset):
        assert part.offset == ends
        assert part.length > 0
        ends += part.length
    assert ends == (len(raw) if raw.strip(b" \t\r\n") else 0)
    assert [c.offset for c in calls] == sorted(c.offset for c in calls)
    assert [r.offset for r in rejects] == sorted(r.offset for r in rejects)


# One whole record


def test_record_of_the_assistant_is_read_field_by_field() -> None:
    raw = line()
    assert one(raw) == Call(
        ts_us=NOON_US,
        model="qwen-plus",
        function="话术生成(qwen3-max)",
        user_id="user_123",
        anchor_id="anchor_7",
        session_id="session_abc",
        input_tokens=1500,
        output_tokens=800,
        total_tokens=2300,
        cost_nano=15_600_000,
        duration_ms=1245.6,
        success=True,
        error_msg=None,
        flags=0,
        offset=0,
        length=len(raw),
    )


def test_sample_of_the_guide_without_anchor_and_error_has_no_flag() -> None:
    assert one(line(anchor_id=MISSING, error_msg=MISSING)).flags == 0


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(line().rstrip(), id="no newline"),
        pytest.param(line().replace(b"\n", b"\r\n"), id="CR before LF"),
        pytest.param(b" \t" + line().rstrip() + b"  \t\r\n", id="spaces around"),
        pytest.param(line(extra='{"a": [1, {"b": "\\u2028"}]}', version="3"), id="unknown keys"),
        pytest.param(line().decode().replace("话", "\\u8bdd").encode(), id="escaped hanzi"),
        pytest.param(line().replace(b'"model"', b'"\\u006dodel"'), id="escaped key"),
        pytest.param(line().replace(b'"model"', b'"model": "other", "model"'), id="last of duplicate keys wins"),
        pytest.param(line(extra='"\u2028\u0085\x7f"'), id="unicode line ends in a string"),
        pytest.param(line(extra="[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)), id="deep"),
        pytest.param(line(extra=f'"{"[{" * 1000}"'), id="brackets in a string"),
        pytest.param(line(extra=f'"{"x" * (MAX_LINE - len(line(extra="")) - 1)}"'), id="8 MiB"),
        pytest.param(line(extra="NaN"), id="NaN in an unknown key"),
        pytest.param(line(extra="9" * 5000), id="number of 5000 digits in an unknown key"),
        pytest.param(line(extra='"\\ud800"'), id="lone surrogate in an unknown key"),
    ],
)
def test_line_that_is_one_object_is_counted_without_a_flag(raw: bytes) -> None:
    call = one(raw)
    assert reasons(call) == set()
    assert values(call) == values(one(line()))


@pytest.mark.parametrize(
    ("literal", "expected", "flags"),
    [
        (f"{NOON}", NOON_US, set()),
        (f"{NOON}.123456", NOON_US + 123456, set()),
        ("1.7614512e9", NOON_US, set()),
        ("1420070400", 1420070400_000000, set()),
        ("1420070399", None, {"timestamp_unknown"}),
        ("1761652800", utc_us("2025-10-28T12:00:00Z"), set()),
        ("1761652800.000001", None, {"timestamp_unknown"}),
        ("1761652801", None, {"timestamp_unknown"}),
        (f"{NOON}123", NOON_US + 123000, {"timestamp_scaled"}),
        (f"{NOON}123.5", NOON_US + 123500, {"timestamp_scaled"}),
        (f"{NOON}123456", NOON_US + 123456, {"timestamp_scaled"}),
        ("1761652800001", None, {"timestamp_unknown"}),
        ("100000000000", None, {"timestamp_unknown"}),
        ("99999999999", None, {"timestamp_unknown"}),
        (f'"{NOON}.5"', NOON_US + 500000, {"timestamp_text"}),
        (f'"{NOON}"', NOON_US, {"timestamp_text"}),
        (f'" {NOON}123 "', NOON_US + 123000, {"timestamp_text", "timestamp_scaled"}),
        ('"5"', None, {"timestamp_unknown"}),
        ('"2025-10-26T14:30:22"', utc_us("2025-10-26T06:30:22Z"), {"timestamp_text"}),
        ('"2025-10-26 14:30:22.123456789"', utc_us("2025-10-26T06:30:22.123456Z"), {"timestamp_text"}),
        ('"2025-10-26T14:30:22,5Z"', utc_us("2025-10-26T14:30:22.5Z"), {"timestamp_text"}),
        ('"2025-10-26t14:30z"', utc_us("2025-10-26T14:30:00Z"), {"timestamp_text"}),
        ('"2025-10-26T14:30:22-05:30"', utc_us("2025-10-26T20:00:22Z"), {"timestamp_text"}),
        ('"2025-10-26 14:30:22 +0900"', utc_us("2025-10-26T05:30:22Z"), {"timestamp_text"}),
        ('"20251026T143022+08"', utc_us("2025-10-26T06:30:22Z"), {"timestamp_text"}),
        ('"2025-10-26"', utc_us("2025-10-25T16:00:00Z"), {"timestamp_text"}),
        ('"2025-02-30T00:00:00"', None, {"timestamp_unknown"}),
        ('"2025-10-26T24:00:00"', None, {"timestamp_unknown"}),
        ('"0000-10-26T10:00:00"', None, {"timestamp_unknown"}),
        ('"2014-12-31T23:59:59Z"', None, {"timestamp_unknown"}),
        ('"2025-1026"', None, {"timestamp_unknown"}),
        ('"１７６１４５１２００"', None, {"timestamp_unknown"}),
        ('"today"', None, {"timestamp_unknown"}),
        ('""', None, {"timestamp_unknown"}),
        ('"NaN"', None, {"timestamp_unknown"}),
        ("NaN", None, {"timestamp_unknown"}),
        ("Infinity", None, {"timestamp_unknown"}),
        ("-Infinity", None, {"timestamp_unknown"}),
        ("1e400", None, {"timestamp_unknown"}),
        ("9" * 400, None, {"timestamp_unknown"}),
        ("9" * 5000, None, {"timestamp_unknown"}),
        (f"-{NOON}", None, {"timestamp_unknown"}),
        ("0", None, {"timestamp_unknown"}),
        ("true", None, {"timestamp_unknown"}),
        ("null", None, {"timestamp_unknown"}),
        ("[1]", None, {"timestamp_unknown"}),
        (MISSING, None, {"timestamp_unknown"}),
    ],
    ids=brief,
)
def test_timestamp(literal: str, expected: int | None, flags: set[str]) -> None:
    call = one(line(timestamp=literal))
    assert (call.ts_us, reasons(call)) == (expected, flags)


def test_latest_believable_timestamp_follows_the_date_of_the_file() -> None:
    assert one(line(), date(2025, 10, 24)).ts_us == NOON_US
    assert one(line(), date(2025, 10, 23)).ts_us is None
    assert one(line(), date.max).ts_us == NOON_US


@pytest.mark.parametrize(
    ("literal", "expected", "flags"),
    [
        ("99999999999", 99999999999_000000, set()),
        ("100000000000", None, {"timestamp_unknown"}),
        ("1420070400000", 1420070400_000000, {"timestamp_scaled"}),
        ("99999999999999", 99999999999_999000, {"timestamp_scaled"}),
        ("100000000000000", None, {"timestamp_unknown"}),
        ("1420070400000000", 1420070400_000000, {"timestamp_scaled"}),
    ],
    ids=brief,
)
def test_unit_of_a_timestamp_follows_its_size_alone(literal: str, expected: int | None, flags: set[str]) -> None:
    call = one(line(timestamp=literal), date.max)
    assert (call.ts_us, reasons(call)) == (expected, flags)


@pytest.mark.parametrize("field", NAMES)
@pytest.mark.parametrize(
    ("literal", "expected", "flags"),
    [
        ('"提猫"', "提猫", set()),
        ('""', "", set()),
        ("null", None, set()),
        ("7", "7", {"name_type"}),
        ("1.50", "1.50", {"name_type"}),
        ("1E5", "1E5", {"name_type"}),
        ("NaN", "NaN", {"name_type"}),
        ("9" * 500, "9" * 500, {"name_type"}),
        ("9" * 5000, "9" * MAX_NAME, {"name_type", "name_long"}),
        ("true", "true", {"name_type"}),
        ("false", "false", {"name_type"}),
        ('{"a": 1}', "(invalid)", {"name_type"}),
        ("[]", "(invalid)", {"name_type"}),
        ('"\\ud800x\\udc00"', "\ufffdx\ufffd", set()),
        ('"\\ud83d\\ude00"', "😀", set()),
        (f'"{"a" * MAX_NAME}"', "a" * MAX_NAME, set()),
        (f'"{"a" * MAX_NAME}b"', "a" * MAX_NAME, {"name_long"}),
        (f'"{"猫" * 341}a"', "猫" * 341 + "a", set()),
        (f'"{"猫" * 342}"', "猫" * 341, {"name_long"}),
        (f'"{"a" * 1022}😀"', "a" * 1022, {"name_long"}),
    ],
    ids=brief,
)
def test_name(field: str, literal: str, expected: str | None, flags: set[str]) -> None:
    call = one(line(**{field: literal}))
    assert (getattr(call, field), reasons(call)) == (expected, flags)


def test_name_that_is_missing_is_not_recorded() -> None:
    call = one(line(**dict.fromkeys(NAMES, MISSING)))
    assert [getattr(call, name) for name in NAMES] == [None] * 5
    assert reasons(call) == set()


@pytest.mark.parametrize("field", ["input_tokens", "output_tokens"])
@pytest.mark.parametrize(
    ("literal", "expected", "flags"),
    [
        ("0", 0, set()),
        ("1500", 1500, set()),
        ("9007199254740992", 2**53, {"total_mismatch"}),
        ("1500.0", 1500, {"tokens_text"}),
        ("1.5e3", 1500, {"tokens_text"}),
        ("-0.0", 0, {"tokens_text"}),
        ('"1500"', 1500, {"tokens_text"}),
        ('" 1500.0 "', 1500, {"tokens_text"}),
        ('"0000000000000000000000001500"', 1500, {"tokens_text"}),
        ("9007199254740993", None, {"tokens_unknown"}),
        ('"9007199254740993"', None, {"tokens_unknown"}),
        ("1e300", None, {"tokens_unknown"}),
        ("1e400", None, {"tokens_unknown"}),
        ("9" * 5000, None, {"tokens_unknown"}),
        ("1500.5", None, {"tokens_unknown"}),
        ("-1", None, {"tokens_unknown"}),
        ('"-1"', None, {"tokens_unknown"}),
        ("true", None, {"tokens_unknown"}),
        ("null", None, {"tokens_unknown"}),
        (MISSING, None, {"tokens_unknown"}),
        ("NaN", None, {"tokens_unknown"}),
        ("Infinity", None, {"tokens_unknown"}),
        ('"nan"', None, {"tokens_unknown"}),
        ('"1_500"', None, {"tokens_unknown"}),
        ('"1,500"', None, {"tokens_unknown"}),
        ('"０"', None, {"tokens_unknown"}),
        ('""', None, {"tokens_unknown"}),
        ("[5]", None, {"tokens_unknown"}),
        ("{}", None, {"tokens_unknown"}),
    ],
    ids=brief,
)
def test_tokens(field: str, literal: str, expected: int | None, flags: set[str]) -> None:
    call = one(line(**{field: literal, "total_tokens": "9007199254740992"}))
    assert (getattr(call, field), reasons(call)) == (expected, flags)


@pytest.mark.parametrize(
    ("tokens", "total", "expected", "flags"),
    [
        (("1500", "800"), "2300", 2300, set()),
        (("1500", "800"), "2500", 2500, set()),
        (("1500", "800"), "9007199254740992", 2**53, set()),
        (("1500", "800"), "9007199254740993", 2300, {"total_mismatch"}),
        (("1500", "800"), "2299", 2300, {"total_mismatch"}),
        (("1500", "800"), "-5", 2300, {"total_mismatch"}),
        (("1500", "800"), "2300.0", 2300, {"total_mismatch"}),
        (("1500", "800"), '"2500"', 2300, {"total_mismatch"}),
        (("1500", "800"), "null", 2300, {"total_mismatch"}),
        (("1500", "800"), MISSING, 2300, {"total_mismatch"}),
        (("1500", "800"), "NaN", 2300, {"total_mismatch"}),
        (("1500.0", '"800"'), "2300", 2300, {"tokens_text"}),
        (("0", "0"), "0", 0, set()),
        (("0", "1"), "true", 1, {"total_mismatch"}),
        (("9007199254740992", "1"), "1", 2**53 + 1, {"total_mismatch"}),
        (("1500", "null"), "2300", 2300, {"tokens_unknown"}),
        (("null", "800"), "0", 0, {"tokens_unknown"}),
        (("1500", "null"), MISSING, 1500, {"tokens_unknown", "total_mismatch"}),
        (("null", "800"), "-1", 800, {"tokens_unknown", "total_mismatch"}),
        (("null", "null"), "2300", 2300, {"tokens_unknown"}),
        (("null", "null"), "true", 0, {"tokens_unknown", "total_mismatch"}),
    ],
    ids=brief,
)
def test_total_tokens(tokens: tuple[str, str], total: str, expected: int, flags: set[str]) -> None:
    call = one(line(input_tokens=tokens[0], output_tokens=tokens[1], total_tokens=total))
    assert (call.total_tokens, reasons(call)) == (expected, flags)


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("0", 0),
        ("0.0", 0),
        ("-0.0", 0),
        ("-0", 0),
        ("3", 3_000_000_000),
        ("0.0156", 15_600_000),
        ("1.56E-2", 15_600_000),
        ("0.00004", 40_000),
        ("0.1000000000000000055511151231257827", 100_000_000),
        ("0.0000000005", 0),
        ("0.0000000015", 2),
        ("0.0000000025", 2),
        ("0.00000000050000000000000000000000000000000000000000000001", 1),
        ("123456.123456789", 123_456_123_456_789),
        ("999999.9999999999", 10**15),
        ("1000000", 10**15),
        ("1e6", 10**15),
        ("1E-999999999", 0),
        ("1e-99999999999999999999", 0),
        ("0E+99999999999999999999", 0),
        ("0E+999999999", 0),
        ("-0.0E99999999999999999999", 0),
        ("0." + "3" * 100_000, 333_333_333),
        ("1000000.0000000001", None),
        ("1000001", None),
        ("1e999999999", None),
        ("1e99999999999999999999", None),
        ("9" * 5000, None),
        ("-1", None),
        ("-1e-12", None),
        ("-1e-99999999999999999999", None),
        ("NaN", None),
        ("Infinity", None),
        ("-Infinity", None),
        ("true", None),
        ("null", None),
        (MISSING, None),
        ('"0.0156"', None),
        ("[0.0156]", None),
    ],
    ids=brief,
)
def test_cost(literal: str, expected: int | None) -> None:
    call = one(line(cost=literal))
    assert (call.cost_nano, reasons(call)) == (expected, {"cost_unknown"} if expected is None else set())


def test_cost_with_an_exponent_beyond_decimal_is_the_same_where_the_thread_traps_nothing() -> None:
    with localcontext(Context(traps=[])):
        assert one(line(cost="1e-99999999999999999999")).cost_nano == 0
        assert one(line(cost="NaN")).cost_nano is None


@ANY
@given(
    whole=st.integers(0, 999_999),
    fraction=st.text("0123456789", min_size=1, max_size=40) | st.sampled_from(["0" * 9 + "5", "1" * 9 + "5"]),
    exponent=st.none() | st.integers(-20, 0),
    precision=st.integers(1, 50),
)
def test_cost_is_the_written_decimal_rounded_once_whatever_context_the_thread_has(
    whole: int, fraction: str, exponent: int | None, precision: int
) -> None:
    literal = f"{whole}.{fraction}" + (f"e{exponent}" if exponent is not None else "")
    with localcontext(Context(prec=precision, rounding="ROUND_UP")):
        call = one(line(cost=literal))
    assert call.cost_nano == round(Fraction(literal) * 10**9)


@pytest.mark.parametrize(
    ("literal", "expected", "flags"),
    [
        ("1245.6", 1245.6, set()),
        ("850", 850.0, set()),
        ("0", 0.0, set()),
        ("1e308", 1e308, set()),
        ("null", None, set()),
        (MISSING, None, {"duration_unknown"}),
        ("-0.001", None, {"duration_unknown"}),
        ("-1", None, {"duration_unknown"}),
        ("1e309", None, {"duration_unknown"}),
        ("9" * 400, None, {"duration_unknown"}),
        ("9" * 5000, None, {"duration_unknown"}),
        ("NaN", None, {"duration_unknown"}),
        ("Infinity", None, {"duration_unknown"}),
        ("true", None, {"duration_unknown"}),
        ('"1245.6"', None, {"duration_unknown"}),
        ("[]", None, {"duration_unknown"}),
    ],
    ids=brief,
)
def test_duration(literal: str, expected: float | None, flags: set[str]) -> None:
    call = one(line(duration_ms=literal))
    assert (call.duration_ms, reasons(call)) == (expected, flags)


def test_duration_of_minus_zero_is_zero() -> None:
    assert str(one(line(duration_ms="-0.0")).duration_ms) == "0.0"


@pytest.mark.parametrize(
    ("literal", "expected", "flags"),
    [
        ("true", True, set()),
        ("false", False, set()),
        ("1", True, {"success_type"}),
        ("0", False, {"success_type"}),
        ("0.0", False, {"success_type"}),
        ('"true"', True, {"success_type"}),
        ('"false"', False, {"success_type"}),
        ('"no"', True, {"success_type"}),
        ("2", True, {"success_type"}),
        ("NaN", True, {"success_type"}),
        ("null", True, {"success_type"}),
        ("[]", True, {"success_type"}),
        (MISSING, True, {"success_type"}),
    ],
    ids=brief,
)
def test_success(literal: str, expected: bool, flags: set[str]) -> None:
    call = one(line(success=literal))
    assert (call.success, reasons(call)) == (expected, flags)


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ('"RateLimitError: 429"', "RateLimitError: 429"),
        ('""', ""),
        ("null", None),
        (MISSING, None),
        ("429", "429"),
        ("4.290", "4.290"),
        ("true", "true"),
        ("NaN", "NaN"),
        ("9" * 5000, "9" * 5000),
        (
            '{"code": 4.290, "why": ["\\"猫\\"", null, NaN, -1, {}], "again": false}',
            '{"code":4.290,"why":["\\"猫\\"",null,NaN,-1,{}],"again":false}',
        ),
        ('["\\ud800"]', '["\ufffd"]'),
        ('"a\\udfffb"', "a\ufffdb"),
        (f'"{"a" * MAX_ERROR}"', "a" * MAX_ERROR),
        (f'"{"a" * MAX_ERROR}b"', "a" * MAX_ERROR),
        (f'"{"猫" * 21846}"', "猫" * 21845),
        (f'"a{"😀" * 20000}"', "a" + "😀" * 16383),
    ],
    ids=brief,
)
def test_error_message(literal: str, expected: str | None) -> None:
    call = one(line(error_msg=literal))
    assert (call.error_msg, reasons(call)) == (expected, set())


# A line that is not one whole record


EVIDENCE = {"timestamp": str(NOON), "model": "null", "input_tokens": "5", "output_tokens": "null", "cost": "0.1"}


@pytest.mark.parametrize("first", EVIDENCE)
@pytest.mark.parametrize("second", EVIDENCE)
def test_two_of_the_five_keys_make_a_usage_record(first: str, second: str) -> None:
    keys = {first, second}
    raw = ("{" + ",".join(f'"{key}":{EVIDENCE[key]}' for key in sorted(keys)) + ',"total_tokens":9}\n').encode()
    calls, rejects = decode_line(raw, DAY)
    assert (len(calls), [r.reason for r in rejects]) == ((1, []) if len(keys) == 2 else (0, ["not_usage"]))


A = line(model='"a"').rstrip()
B = line(model='"b"', cost="NaN").rstrip()
C = line(model='"c"', extra='{"deep": [{}]}').rstrip()
OTHER = b'{"level": "info", "model": "x"}'
BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        pytest.param([BOM + A], [{"bom"}], id="BOM"),
        pytest.param([BOM + b" " + A + b"\r\n"], [{"bom"}], id="BOM and spaces"),
        pytest.param([b"\0\0\0" + A + b"\n"], [{"nul"}], id="NUL block before"),
        pytest.param([A + b"\0\0\n\0"], [{"nul"}], id="NUL block behind"),
        pytest.param([A[:40] + b"\0" + A[40:]], [{"nul"}], id="NUL inside"),
        pytest.param([b"\0" + BOM + b"\0" + A], [{"nul", "bom"}], id="NUL and BOM"),
        pytest.param([A, A], [{"joined"}, {"joined"}], id="two identical calls"),
        pytest.param([A + b" \t", C + b" \r\n"], [{"joined"}, {"joined"}], id="two with space between"),
        pytest.param([A, B, C], [{"joined"}, {"joined", "cost_unknown"}, {"joined"}], id="three"),
        pytest.param([A, OTHER + b"\n"], [{"joined"}, "not_usage"], id="record and other object"),
        pytest.param([b"  " + OTHER, A, OTHER, C], ["not_usage", {"joined"}, "not_usage", {"joined"}], id="mixed"),
        pytest.param([BOM + A, C], [{"joined", "bom"}, {"joined", "bom"}], id="two behind a BOM"),
        pytest.param([BOM + A + b"\0", C[:5] + b"\0" + C[5:]], [{"joined", "bom", "nul"}] * 2, id="two, BOM and NUL"),
        pytest.param([BOM + BOM + A], [{"bom"}], id="two BOMs"),
        pytest.param([BOM + b" " + BOM + A], [{"bom"}], id="two BOMs with space between"),
        pytest.param([A + BOM, C + b"\r\n"], [{"joined", "bom"}] * 2, id="BOM between two"),
        pytest.param([A + b" \r" + BOM + b" ", C], [{"joined", "bom"}] * 2, id="BOM and spaces between two"),
        pytest.param([A[:9], A + BOM, C + BOM], ["torn", *[{"salvaged", "joined", "bom"}] * 2], id="torn and BOM"),
        pytest.param([A + BOM[:2], C], ["torn", {"salvaged"}], id="behind a record and part of a BOM"),
        pytest.param([A[:100], A + b"\n"], ["torn", {"salvaged"}], id="behind a fragment"),
        pytest.param([A[:1], A], ["torn", {"salvaged"}], id="behind a brace"),
        pytest.param([A[:-1], A], ["torn", {"salvaged"}], id="behind all but the last brace"),
        pytest.param([A[:100] + b"\0" * 50, A], ["torn", {"salvaged", "nul"}], id="behind a fragment and NULs"),
        pytest.param([BOM + A[:100], A], ["torn", {"salvaged", "bom"}], id="behind a fragment with BOM"),
        pytest.param([A[: A.index("术".encode()) + 1], A], ["torn", {"salvaged"}], id="behind half a character"),
        pytest.param([b"\xff", A], ["torn", {"salvaged"}], id="behind a byte that is not UTF-8"),
        pytest.param([A[50:], C], ["torn", {"salvaged"}], id="behind the second half of another"),
        pytest.param([b'{"x": "\\', A], ["torn", {"salvaged"}], id="behind a backslash"),
        pytest.param([b"[1] ", A], ["torn", {"salvaged"}], id="behind a list"),
        pytest.param([b"[" * 500, A], ["torn", {"salvaged"}], id="behind something too deep"),
        pytest.param([A + b"x", C], ["torn", {"salvaged"}], id="behind a record with garbage"),
        pytest.param([A[:99], A, B], ["torn", *[{"salvaged", "joined"}, {"salvaged", "joined", "cost_unknown"}]],
                     id="two behind a fragment"),
        pytest.param([A[:99] + OTHER, A, OTHER], ["torn", {"salvaged", "joined"}, "not_usage"],
                     id="behind a fragment and another object"),
        pytest.param([b'{"a": 1}{"b": 2}\n'], ["not_usage"], id="several other objects"),
        pytest.param([b"{}\n"], ["not_usage"], id="empty object"),
        pytest.param([b"garbage\n"], ["not_json"], id="garbage"),
        pytest.param([A[:-1] + b"\n"], ["not_json"], id="fragment alone"),
        pytest.param([A[1:] + b"\n"], ["not_json"], id="second half alone"),
        pytest.param([A + b"garbage\n"], ["not_json"], id="record with garbage behind"),
        pytest.param([A + b"}"], ["not_json"], id="one brace too many"),
        pytest.param([A + b"[1]"], ["not_json"], id="record and list"),
        pytest.param([A + b"," + b"\n"], ["not_json"], id="record and comma"),
        pytest.param([b"garbage" + OTHER], ["not_json"], id="other object behind garbage"),
        pytest.param([line(extra='"\t"')], ["not_json"], id="raw tab in a string"),
        pytest.param([line(cost="01")], ["not_json"], id="leading zero"),
        pytest.param([line(cost=".5")], ["not_json"], id="no leading zero"),
        pytest.param([line(cost="'1'")], ["not_json"], id="single quotes"),
        pytest.param([b"\0\0\0\0\n"], ["not_json"], id="only NULs"),
        pytest.param([BOM + b"\n"], ["not_json"], id="only a BOM"),
        pytest.param([b"\x0b\x0c\n"], ["not_json"], id="spaces that JSON does not know"),
        pytest.param([b"[1]\n"], ["not_object"], id="list"),
        pytest.param([b"[" + A + b"]\n"], ["not_object"], id="list of records"),
        pytest.param([b"3\n"], ["not_object"], id="number"),
        pytest.param([b"9" * 5000], ["not_object"], id="long number"),
        pytest.param([b'"x"'], ["not_object"], id="string"),
        pytest.param([b"null"], ["not_object"], id="null"),
        pytest.param([b"NaN"], ["not_object"], id="NaN"),
        pytest.param([line(extra='"\0"').replace(b"\0", b"\xff")], ["utf8"], id="invalid UTF-8 in an unknown key"),
        pytest.param([line().replace(b"plus", b"pl\xed\xa0\x80us")], ["utf8"], id="encoded surrogate"),
        pytest.param([line().replace("话".encode(), "话".encode("gbk"))], ["utf8"], id="GBK"),
        pytest.param([b"\xff\n"], ["utf8"], id="one byte that is not UTF-8"),
        pytest.param([line(extra="[" * MAX_DEPTH + "]" * MAX_DEPTH)], ["too_deep"], id="too deep by one"),
        pytest.param([line(extra="[" * 100_000 + "]" * 100_000)], ["too_deep"], id="far too deep"),
        pytest.param([b'{"a":' * 100_000], ["too_deep"], id="far too deep and never closed"),
        pytest.param([b"}" * 100_000], ["not_json"], id="closed and never opened"),
        pytest.param([b"{}," * 1000], ["not_json"], id="many brackets and none deep"),
        pytest.param([line(extra=f'"{"x" * (MAX_LINE - len(line(extra="")))}"')], ["too_long"], id="over 8 MiB"),
        pytest.param([b" " * (MAX_LINE + 1)], ["too_long"], id="over 8 MiB of spaces"),
    ],
)  # fmt: skip
def test_line_is_cut_into_ranges_with_a_reason_each(parts: list[bytes], what: list[object]) -> None:
    assert shape(b"".join(parts)) == list(zip(parts, what, strict=True))


@pytest.mark.parametrize("raw", [b"", b"\n", b"\r\n", b" \t \n"])
def test_blank_line_is_neither_counted_nor_quarantined(raw: bytes) -> None:
    assert decode_line(raw, DAY) == ([], [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_each_line_of_a_utf16_file_cut_at_0x0a_is_quarantined(encoding: str, newline: str) -> None:
    text = (line().decode().rstrip() + newline) * 3
    *lines, rest = re.split(rb"(?<=\n)", text.encode(encoding))
    assert [shape(raw) for raw in lines] == [[(raw, "utf16")] for raw in lines]
    assert len(lines) == 3
    assert shape(rest) == ([(b"\0", "not_json")] if rest else [])


def test_range_in_a_line_with_nuls_counts_the_bytes_of_the_file() -> None:
    fragment, first, second = A[:50] + b"\0\0", A[:9] + b"\0" + A[9:] + b"\0 ", C + b"\0\n"
    calls, (torn,) = decode_line(fragment + first + second, DAY)
    assert (torn.offset, torn.length, torn.reason) == (0, len(fragment), "torn")
    assert [(c.offset, c.length) for c in calls] == [
        (len(fragment), len(first)),
        (len(fragment) + len(first), len(second)),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"cost":[' * 2**17, id="nested and never closed"),
        pytest.param(b'{"cost' * 2**17, id="keys and never closed"),
        pytest.param(b"{}" * 2**18, id="empty objects"),
        pytest.param(b'{"cost":"' + b'\\"' * 2**19 + b"}", id="escaped quotes and never closed"),
        pytest.param(b'\\"' * 2**19 + b"}", id="escaped quotes outside of a string"),
        pytest.param(b'{"cost":"' + b"\\" * 2**20 + b'"}', id="backslashes"),
        pytest.param(b'"' * 2**20 + b"}", id="quotes"),
        pytest.param(b'{"a":{},' * 300 + b'"' + b'\\"' * 2**19, id="string never closed behind many brackets"),
        pytest.param(b'"a"{' * 2**18 + b"}", id="opened often, closed once"),
        pytest.param(b"[" + b"[]," * 2**18 + b"}", id="lists"),
        pytest.param(b"{}" + BOM * 2**18, id="BOMs"),
        pytest.param(b"{}" + b" " * 2**20 + b"{}", id="spaces"),
        pytest.param(b'{"a\\"":' + b"[" * 2**20 + b'["}', id="deep only when read forwards"),
    ],
)
def test_work_for_a_hostile_line_is_in_proportion_to_its_length(raw: bytes) -> None:
    ((covered, reason),) = shape(raw)
    assert (covered == raw, reason in QUARANTINE) == (True, True)


def test_ten_thousand_joined_records_behind_a_fragment_are_all_salvaged() -> None:
    calls, (torn,) = decode_line(A[:70] + A * 10_000, DAY)
    assert (len(calls), torn.length) == (10_000, 70)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain \"text\" and 'more'\r\n", "plain \"text\" and 'more'"),
        (b"tab\tnul\0bell\x07del\x7f\\", "tab\\tnul\\x00bell\\x07del\\x7f\\\\"),
        ("猫".encode(), "\\xe7\\x8c\\xab"),
        (b"\x1b[31m=1+1", "\\x1b[31m=1+1"),
        (b"a" * 300, "a" * 200),
        (b"\xff" * 300, "\\xff" * 50),
        (b"a" + b"\xff" * 300, "a" + "\\xff" * 49),
        (b"a" * 199 + b"\\\\", "a" * 199),
        (b"a" * 198 + b"\\\\", "a" * 198 + "\\\\"),
    ],
    ids=brief,
)
def test_text_of_a_reject_is_printable_and_short(raw: bytes, text: str) -> None:
    assert escaped(raw) == text
    assert [r.text for r in decode_line(raw, DAY)[1]] == [text]


# Properties


TOKENS = [
    b"{", b"}", b"[", b"]", b'"', b"\\", b":", b",", b" ", b"\n", b"\r", b"\0", BOM, b"\xff", b"\xe7\x8c", b"1", b"NaN",
    b'"timestamp":', b'"cost":', b'"model":', b'"x"', b'{"cost":1,"model":"m"}', b'{"a":{}}', A, A[:60], A[60:], C,
]  # fmt: skip
any_bytes = st.binary(max_size=60) | st.lists(st.sampled_from(TOKENS) | st.binary(max_size=3), max_size=14).map(
    b"".join
)


@settings(ANY, max_examples=1000)
@given(raw=any_bytes)
def test_any_bytes_are_covered_by_ranges_and_decode_the_same_twice(raw: bytes) -> None:
    calls, rejects = decode_line(raw, DAY)
    check_ranges_cover(raw, calls, rejects)
    assert decode_line(bytes(bytearray(raw)), DAY) == (calls, rejects)
    for reject in rejects:
        assert reject.reason in QUARANTINE
        assert len(reject.text) <= 200
        assert re.fullmatch("[ -~]*", reject.text)
    for call in calls:
        assert 0 <= call.flags < 1 << FLAGS.index("no_newline")
        for text in (call.model, call.function, call.error_msg):
            (text or "").encode()


any_text = st.text(max_size=12) | st.text('{}[]"\\:, 猫\u2028😀', max_size=12)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)
records = st.fixed_dictionaries(
    {"timestamp": st.floats(1.5e9, 1.7e9), "cost": st.floats(0, 99) | any_json},
    optional={
        "model": any_text,
        "function": any_text | any_json,
        "input_tokens": st.integers(0, 99),
        "error_msg": any_text | any_json,
        "unknown 猫": any_json,
    },
)
others = st.dictionaries(any_text, any_json, max_size=2)
gaps = st.sampled_from([b"", b" ", b"\r", b"\t ", BOM])


def written(record: dict[str, Any], ascii_only: bool) -> bytes:
    return json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "replace")


@settings(ANY, max_examples=250)
@given(
    parts=st.lists(st.tuples(st.booleans(), records, others, st.booleans(), gaps), min_size=1, max_size=4),
    torn=st.none() | st.tuples(records, st.booleans(), st.floats(0, 1, exclude_max=True)),
    nuls=st.integers(0, 3),
)
def test_every_whole_record_of_a_joined_line_is_counted_as_if_it_stood_alone(
    parts: list[tuple[bool, dict[str, Any], dict[str, Any], bool, bytes]],
    torn: tuple[dict[str, Any], bool, float] | None,
    nuls: int,
) -> None:
    fragment = b""
    if torn:
        record, ascii_only, cut = torn
        whole = written(record, ascii_only)
        fragment = whole[: 1 + int(cut * (len(whole) - 1))] + b"\0" * nuls
        parts = [(True, *parts[0][1:]), *parts[1:]]
    raw = fragment
    expected: list[tuple[int, tuple[object, ...]]] = []
    for is_record, record, other, ascii_only, gap in parts:
        text = written(record if is_record else other, ascii_only)
        if is_record:
            (alone,), _ = decode_line(text, DAY)
            expected.append((len(raw), values(alone)))
        raw += text + gap

    calls, rejects = decode_line(raw, DAY)

    check_ranges_cover(raw, calls, rejects)
    assert [values(call) for call in calls] == [value for _, value in expected]
    for call, (offset, _) in zip(calls, expected, strict=True):
        assert call.offset == offset
        assert ("joined" in reasons(call)) == (len(parts) > 1)
        assert ("salvaged" in reasons(call)) == bool(torn)
        assert ("nul" in reasons(call)) == (bool(torn) and nuls > 0)
    assert [r.reason for r in rejects if r.reason != "not_usage"] == (["torn"] if torn else [])


@settings(ANY, max_examples=250)
@given(fields=st.fixed_dictionaries({"cost": any_json}, optional=dict.fromkeys([*PLAIN.keys() - {"cost"}], any_json)))
def test_a_line_that_only_lenient_json_reads_has_the_values_that_strict_json_gives(fields: dict[str, Any]) -> None:
    raw = written({"model": "m", **fields}, True)
    lenient = raw[:-1] + b', "unknown": [NaN, "\\ud800", ' + b"9" * 5000 + b"]}"
    assert values(one(lenient)) == values(one(raw))
    assert one(lenient).flags == one(raw).flags
