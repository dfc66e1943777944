"""The fast way of reading may only agree with the exact one: every trick of numbers, texts and lines, in one block."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import lines
import pytest
from effort import EFFORT
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tipmao_monitor.usage import intake
from tipmao_monitor.usage.dayfile import Block
from tipmao_monitor.usage.functions import function_id
from tipmao_monitor.usage.intake import COLUMN_TYPES, COLUMNS, Account, Intake
from tipmao_monitor.usage.localtime import day_number
from tipmao_monitor.usage.records import FLAGS, decode_line

DAY = date(2025, 10, 26)
PATH = "/records/2025-10-26.jsonl"
START, LINE = 4_000_000_000, 70

NUMBERS = [
    "0", "1", "12", "-0", "-1", "0.0", "-0.0", "1.0", "1.5", "1.50", "1e3", "1E3", "1e+3", "1e-3", "1e-06", "1e-6",
    "true", "false", "null", "NaN", "nan", "Infinity", "-Infinity", "inf", "01", "1.", ".5", "+1", "0x10", "1_000",
    '"12"', '"1.5"', '""', "[]", "{}", '[1]', "9007199254740992", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "18446744073709551616", "12345678901234567890123456789", "1e308", "1e309", "1e400",
    "1e-400", "5e-324", "1e999999999999999999999", "0e999999999999999999999",
]  # fmt: skip
TIMES = [
    "1761480000.0", "1761480000.123456", "1761480000.1234567", "1761480000", "1761480000123", "1761480000123456",
    "1420070400.0", "1420070399.999999", "1420070399.9999998", "1761652800.0", "1761652800.000001",
    "1761652800.0000002", "99999999999.0", "100000000000.0", "100000000001.5", '"2025-10-26T12:00:00"', "1.76148e9",
    "1761480000.5e0",
]  # fmt: skip
COSTS = [
    "0.0156", "1e-09", "1e-9", "1.5e-05", "0.000000001", "0.0000000005", "0.0000000015", "0.1234567891", "0.123456789",
    "0.30000000000000004", "0.1", "1000000.0", "1000000", "1000000.000000001", "999999.999999999", "999999.9999999999",
    "123456.123456789", "12345.678901234", "0.015600000000000001", "2.675", "1.0000000005", "3.0000000000000001",
    "5e-10", "2.5e-09", "7.5e-09", "1.9605e-06", "0.5136712895", "67.3455191025", "0.0000123455",
]  # fmt: skip
DURATIONS = ["1245.6", "1245", "1e300", "1e301", "1.7976931348623157e308", "0.1", "1e-05", "4999.999999999999", "1e16"]
TEXTS = [
    '"user_123"', '"话术生成(qwen3-max)"', '""', "null", '"a\\"b"', '"a\\\\b"', '"\\\\"', '"a\\nb"', '"\\u00e9"', '"é"',
    '"\\ud83d\\ude00"', '"😀"', '"\\ud800"', '"a\\udc00b"', '"\\u0000"', '"a\u2028b\u0085c"', '"\\/"', '"/"', '"\x7f"',
    '"\t"', "'single'", "unquoted", "12", "1.50", "true", "[1, 2.50]", '{"a": 1}', "NaN", '"null"', '"\'); --"',
    '"\ufeff"', '"a\\u001fb"', '"a\\u001Fb"', '"\\b\\f\\r\\t"', f'"{"x" * 1024}"', f'"{"x" * 1025}"', f'"{"é" * 512}"',
    f'"{"é" * 513}"', f'"{"x" * 1022}话"', '"\\ud83d"', '"\uffff"',
]  # fmt: skip
LONG = [f'"{"x" * size}"' for size in (65_535, 65_536, 65_537)] + [f'"{"话" * 21_845}x"', f'"{"话" * 21_846}"']

NUMBER = st.sampled_from(NUMBERS)
TEXT = st.sampled_from(TEXTS) | st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii=len(text) % 2 == 0))
VALUES = {
    "timestamp": NUMBER | st.sampled_from(TIMES) | st.floats(1.42e9, 1.77e9).map(repr),
    **dict.fromkeys(("user_id", "anchor_id", "session_id", "model", "function"), TEXT),
    **dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), NUMBER | st.integers(0, 2**54).map(str)),
    "cost": NUMBER
    | st.sampled_from(COSTS)
    | st.floats(0, 10).map(repr)
    | st.decimals(0, 1e6, places=9).map(str)
    | st.integers(0, 10**12).map(lambda n: repr((n + 0.5) / 1e9)),
    "duration_ms": NUMBER | st.sampled_from(DURATIONS) | st.floats(0).map(repr),
    "success": NUMBER | st.sampled_from(['"true"', '"false"', "TRUE"]),
    "error_msg": TEXT | st.sampled_from(LONG),
}


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A line of the assistant in which some values are others."""
    values = lines.fields(draw(st.integers(0, 1000)))
    for key in draw(st.lists(st.sampled_from(lines.KEYS), min_size=1, max_size=2)):
        values[key] = draw(VALUES[key])
    return lines.as_line(values).replace(b"\\ud", b"\\ud")


@st.composite
def reshaped(draw: st.DrawFn) -> bytes:
    """A line with the usual values, written in another way."""
    number = draw(st.integers(0, 1000))
    whole = lines.line(number)
    values = lines.fields(number)
    key = draw(st.sampled_from(lines.KEYS))
    less = {name: text for name, text in values.items() if name != key}
    other = draw(VALUES[key]).encode("utf-8", "surrogatepass")
    name = key.encode()
    return draw(
        st.sampled_from(
            [
                lines.as_line(less),
                lines.as_line({**less, key: values[key]}),
                lines.as_line({**values, "extra": "1"}),
                lines.as_line({"extra": '{"a": [1]}', **values}),
                whole[:-2] + b', "' + name + b'": ' + other + b"}\n",
                b'{"' + name + b'": ' + other + b", " + whole[1:],
                whole.replace(b'"' + name + b'"', name),
                whole.replace(b'"' + name + b'"', b'"' + name.upper() + b'"'),
                whole.replace(b'": ', b'":').replace(b', "', b',"'),
                whole.replace(b", ", b",  "),
                b" " + whole,
                whole[:-1] + b" \n",
                whole[:-2] + b",}\n",
                whole[:-1] + b"}\n",
                b"[" + whole[:-1] + b"]\n",
                whole[:-1] + whole,
                whole[:-1] + b" " + lines.line(number + 1),
                whole[: 5 * (number % 60)] + whole,
                whole[: 5 * (number % 60)] + b"\n",
                whole[:-1] + b"\r\n",
                whole[:-1] + b"\r\r\n",
                whole[: number % 200] + b"\r" + whole[number % 200 :],
                whole[: number % 200] + b"\0" + whole[number % 200 :],
                b"\xef\xbb\xbf" + whole,
                whole[: number % 300] + b"\xff" + whole[number % 300 :],
                whole[:-1] + b"// comment\n",
                whole[:-1].decode().encode("utf-16-le") + b"\n",
                b"{}\n",
                b"\n",
                b"\r\n",
                b" \t \n",
                b"null\n",
                b"\0\n",
            ]
        )
    )


LINE_OF_ANY_KIND = st.integers(0, 1000).map(lines.line) | changed() | reshaped() | st.sampled_from(lines.ODD)
DAYS = st.sampled_from(
    [DAY, DAY, DAY, date(2025, 10, 25), date(2015, 1, 1), date(1, 1, 1), date(5200, 1, 1), date(9998, 12, 31)]
)


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


Rows = list[tuple[object, ...]]


def exact(data: bytes, day: date) -> tuple[Rows, Account]:
    """What the decoder says of each line."""
    rows: Rows = []
    account = Account()
    at = START
    for number, raw in enumerate(data.split(b"\n")[:-1], LINE):
        raw += b"\n"
        calls, rejects = decode_line(raw, day)
        for c in calls:
            row = (
                number, at + c.offset, c.length, c.ts_us, day_number(day), c.model, function_id(c.function), c.function,
                c.user_id, c.anchor_id, c.session_id, c.input_tokens, c.output_tokens, c.total_tokens, c.cost_nano,
                c.duration_ms, c.success, c.error_msg, c.flags,
            )  # fmt: skip
            rows.append(row)
            account.counted += 1
            account.counted_bytes += c.length
            account.flagged += c.flags != 0
            account.reasons.update(name for bit, name in enumerate(FLAGS) if c.flags >> bit & 1)
        for reject in rejects:
            account.reject(PATH, number, at, reject)
        if not calls and not rejects:
            account.blank_bytes += len(raw)
        account.lines += 1
        at += len(raw)
    return rows, account


def shown(rows: Rows) -> list[str]:
    """-0.0 is not 0.0, and True is not 1."""
    return [repr(row) for row in sorted(rows, key=lambda row: row[1])]  # type: ignore[return-value, arg-type]


def check(database: duckdb.DuckDBPyConnection, data: bytes, day: date, folder: Path) -> None:
    expected, account = exact(data, day)
    block = Block(START, LINE, data.count(b"\n"), data, len(data))
    names: dict[str, str] = {}
    for _ in range(2):  # once with names of functions that are new, once with known ones
        database.execute(f"CREATE OR REPLACE TABLE taken ({COLUMN_TYPES})")
        found = Intake(database, "taken", PATH, day, names).load(block)
        assert shown(database.execute("FROM taken").fetchall()) == shown(expected)
        assert same(found, account)
    file = str(folder / "segment.parquet")
    found = Intake(database, "taken", PATH, day, {}).write(block, file)
    assert shown(database.execute(f"FROM read_parquet('{file}')").fetchall()) == shown(expected)
    assert same(found, account)
    types = database.execute(f"DESCRIBE FROM read_parquet('{file}')").fetchall()
    assert {name: kind for name, kind, *_ in types} == COLUMNS


def same(one: Account, other: Account) -> bool:
    assert Counter(one.rejects) == Counter(other.rejects)
    one.rejects = other.rejects
    assert one == other
    return True


@given(
    found=st.lists(LINE_OF_ANY_KIND, min_size=1, max_size=12), day=DAYS, ends=st.sampled_from([b"\n", b"\n", b"\r\n"])
)
@settings(deadline=None, max_examples=20 * EFFORT, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(list(lines.ODD), DAY, b"\n")
def test_fast_way_says_what_the_exact_one_says(
    database, tmp_path_factory, found: list[bytes], day: date, ends: bytes
) -> None:
    data = b"".join(raw[:-1] + ends for raw in found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "SMALL_BLOCK", 1)
        check(database, data, day, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("key", lines.KEYS)
def test_every_odd_value_among_many_usual_lines_is_the_decoders(database, tmp_path, key: str) -> None:
    odd = {
        "timestamp": [*NUMBERS, *TIMES], "cost": [*NUMBERS, *COSTS], "duration_ms": [*NUMBERS, *DURATIONS],
        "input_tokens": NUMBERS, "output_tokens": NUMBERS, "total_tokens": NUMBERS, "success": NUMBERS,
        "error_msg": [*TEXTS, *LONG],
    }.get(key, TEXTS)  # fmt: skip
    found = [lines.line(number, **{key: text}) for number, text in enumerate(odd)]
    check(database, b"".join([*found, *map(lines.line, range(300))]), DAY, tmp_path)


def test_the_year_in_which_seconds_look_like_milliseconds(database, tmp_path) -> None:
    found = [lines.line(number, timestamp=text) for number, text in enumerate(TIMES * 20)]
    check(database, b"".join(found), date(5200, 1, 1), tmp_path)


def test_names_around_the_longest_are_the_decoders(database, tmp_path) -> None:
    nobody = dict.fromkeys(("user_id", "anchor_id", "session_id", "model", "function"), "null")
    texts = [
        f'"{letter * (size // len(letter.encode()))}"' for size in range(1021, 1029) for letter in ("x", "é", "话")
    ]
    found = [lines.line(n, **{**nobody, key: text}) for key in nobody for n, text in enumerate(texts)]
    check(database, b"".join(found * 2), DAY, tmp_path)


def test_totals_smaller_than_their_parts_are_the_decoders(database, tmp_path) -> None:
    found = [lines.line(n, input_tokens="10", output_tokens="5", total_tokens=str(n)) for n in range(300)]
    check(database, b"".join(found), DAY, tmp_path)


@pytest.mark.parametrize("damage", [b"\xff", b"\0", b'"', b"\n", b"\r\n", b"{"])
def test_one_bad_byte_spoils_no_other_line(database, tmp_path, damage: bytes) -> None:
    data = b"".join(map(lines.line, range(210)))
    for at in (0, len(data) // 3, len(data) - 2):
        check(database, data[:at] + damage + data[at:], DAY, tmp_path)


def test_lines_as_the_assistant_writes_them_need_no_decoder(database, tmp_path, monkeypatch) -> None:
    data = b"".join(map(lines.line, range(1000)))
    expected, _ = exact(data, DAY)

    def decode(raw: bytes, day: date) -> None:
        raise AssertionError(f"slow: {raw!r}")

    monkeypatch.setattr(intake, "decode_line", decode)
    for ends in (b"\n", b"\r\n"):
        block = Block(START, LINE, data.count(b"\n"), data.replace(b"\n", ends), len(data))
        database.execute(f"CREATE OR REPLACE TABLE taken ({COLUMN_TYPES})")
        Intake(database, "taken", PATH, DAY, {}).load(block)
        Intake(database, "taken", PATH, DAY, {}).write(block, str(tmp_path / "segment.parquet"))
        for table in ("taken", f"read_parquet('{tmp_path / 'segment.parquet'}')"):
            assert database.execute(f"SELECT count(*) FROM {table} WHERE flags = 0").fetchone() == (len(expected),)


def test_functions_by_the_thousand_keep_their_names(database, tmp_path) -> None:
    found = [lines.line(n, function=f'"f{n % 700}(qwen-plus)"') for n in range(1400)]
    check(database, b"".join(found), DAY, tmp_path)


def test_line_over_the_limit_is_one_reject(database) -> None:
    database.execute(f"CREATE OR REPLACE TABLE taken ({COLUMN_TYPES})")
    account = Intake(database, "taken", PATH, DAY, {}).load(Block(START, LINE, 1, b'{"a', 9_000_000, True))
    assert (account.lines, account.quarantined, account.quarantined_bytes) == (1, 1, 9_000_000)
    (reject,) = account.rejects
    assert (reject.line, reject.offset, reject.reason, reject.text) == (LINE, START, "too_long", '{"a')


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        (lines.line(1)[:-1], True),
        (lines.line(1)[:-1] + b"\r", True),
        (lines.line(1)[:-2], False),
        (lines.line(1)[:-1] + lines.line(2)[:-1], False),
        (lines.line(1)[:40] + lines.line(2)[:-1], False),
        (b'{"a": 1}', False),
        (b"  ", False),
    ],
)
def test_last_line_without_newline_counts_only_as_one_whole_record(database, line: bytes, counted: bool) -> None:
    database.execute(f"CREATE OR REPLACE TABLE taken ({COLUMN_TYPES})")
    account = Intake(database, "taken", PATH, DAY, {}).load_last_line(line, START, LINE)
    assert (account is not None) is counted
    found = database.execute("SELECT line, pos, len, flags FROM taken").fetchall()
    assert found == ([(LINE, START, len(line), 1 << FLAGS.index("no_newline"))] if counted else [])
    assert not account or (account.lines, account.counted_bytes, account.reasons["no_newline"]) == (0, len(line), 1)
