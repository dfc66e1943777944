"""What is printed: exact money, columns that line up under hanzi, and nothing of a record that a terminal obeys."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipmao_monitor import terminal
from tipmao_monitor.usage.audit import REASONS, Audit, AuditRow
from tipmao_monitor.usage.snapshot import Coverage, FileAccount, Reject, Stats, Totals

EVIL = "\x1b[31mred\x07\r\x9b2J\u202eevil\u2028\x7f"
TOTALS = Totals(
    calls=3,
    successful_calls=2,
    input_tokens=10,
    output_tokens=5,
    total_tokens=15,
    cost=Decimal("0.000000001"),
    recorded_cost=Decimal("1.230000000"),
    p50_ms=1.5,
)


def stats(key: str = "qwen-plus", totals: Totals = TOTALS, coverage: Coverage | None = None) -> Stats:
    groups = {key: totals}
    return Stats(
        first=date(2025, 10, 1),
        last=date(2025, 10, 2),
        timezone="Asia/Shanghai",
        total=totals,
        by_model=groups,
        by_function=groups,
        by_user=groups,
        by_anchor=groups,
        by_session=groups,
        by_day={"2025-10-01": totals},
        by_hour={"08": totals},
        coverage=coverage or Coverage(files=1, lines=3, counted=3, reasons=(("no_newline", 1),)),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("0E-9", "0"),
        ("1E-9", "0.000000001"),
        ("3.420000000", "3.42"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1234567890.123456789", "1234567890.123456789"),
        ("-0.5", "-0.5"),
    ],
)
def test_money_has_all_its_decimals_and_no_others(value: str, text: str) -> None:
    assert terminal.money(Decimal(value)) == text


@given(st.integers(-(10**24), 10**24))
def test_money_in_json_is_the_exact_number(nano: int) -> None:
    exact = Decimal(nano).scaleb(-9)
    text = terminal.to_json({"cost": exact}).decode()
    assert "E" not in text and "e" not in text.replace('"cost"', "")
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal)["cost"] == exact


def test_stats_object_has_the_keys_of_the_design_in_their_order() -> None:
    found = json.loads(terminal.to_json(terminal.stats_object(stats())))
    groups = ["by_model", "by_function", "by_user", "by_anchor", "by_session", "by_day", "by_hour"]
    assert list(found) == ["from", "to", "timezone", "total", *groups, "coverage", "budgets"]
    counts = ["calls", "successful_calls", "failed_calls", "input_tokens", "output_tokens", "total_tokens"]
    row = [*counts, "cost", "recorded_cost", "unknown_cost_calls", "unknown_token_calls"]
    for name in groups:
        latency = ["p50_ms", "p95_ms", "p99_ms"] if name in ("by_model", "by_function", "by_day") else []
        assert list(next(iter(found[name].values()))) == row + latency, name
    assert list(found["total"]) == [*row, "p50_ms", "p95_ms", "p99_ms"]
    coverage = ["files", "lines", "counted", "flagged", "quarantined", "blank", "pending_bytes", "reasons"]
    assert list(found["coverage"]) == coverage
    assert (found["from"], found["to"], found["total"]["p95_ms"]) == ("2025-10-01", "2025-10-02", None)
    assert found["coverage"]["reasons"] == {"no_newline": 1}


def test_doctor_object_adds_what_was_examined() -> None:
    account = FileAccount("/r/a.jsonl", 10, 10, 7, 1, 1, 1, 1, 1, 0, 1)
    reject = Reject("/r/a.jsonl", 2, 7, 1, "not_json", "x")
    found = json.loads(
        terminal.to_json(
            terminal.doctor_object(
                stats(), terminal.Examined([account], [reject], [("glm-9", 4)], Audit(), {"python": "3"})
            )
        )
    )
    assert list(found)[-5:] == ["rejects", "ignored", "unpriced", "audit", "environment"]
    assert found["files"] == [
        {
            "path": "/r/a.jsonl",
            "size": 10,
            "size_on_disk": 10,
            "counted_bytes": 7,
            "quarantined_bytes": 1,
            "blank_bytes": 1,
            "pending_bytes": 1,
            "counted": 1,
            "flagged": 0,
            "quarantined": 1,
        }
    ]
    assert found["rejects"] == [
        {"path": "/r/a.jsonl", "line": 2, "offset": 7, "length": 1, "reason": "not_json", "text": "x"}
    ]
    assert found["unpriced"] == [{"model": "glm-9", "calls": 4}]
    assert found["environment"] == {"python": "3"}


def obeyed(text: str) -> list[str]:
    return [c for c in text if not c.isprintable() and c != "\n"]


def test_nothing_from_a_record_is_obeyed_by_a_terminal() -> None:
    examined = terminal.Examined(
        [FileAccount(EVIL, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0)],
        [Reject(EVIL, 1, 0, 1, "not_json", EVIL)],
        [(EVIL, 1)],
        Audit(rows=tuple(AuditRow(EVIL, 1, Decimal(1), None, None, reason) for reason in REASONS)),
        {"locale": EVIL},
    )
    coverage = Coverage(quarantined=1, ignored=(EVIL,), reasons=(("not_json", 1),))
    evil = stats(EVIL, coverage=coverage)
    assert obeyed(terminal.stats_text(evil)) == []
    assert obeyed(terminal.doctor_text(evil, examined)) == []
    encoded = terminal.to_json(terminal.doctor_object(evil, examined)).decode()
    assert obeyed(encoded) == []
    assert list(json.loads(encoded)["by_user"]) == [EVIL]


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("直播a", 5), ("ｆ", 2), ("e\u0301", 1), ("", 0)])
def test_width_counts_columns_of_a_terminal(text: str, columns: int) -> None:
    assert terminal.width(text) == columns


def test_columns_line_up_under_hanzi() -> None:
    lines = terminal.table(("Model", "calls"), [("通义千问", "1"), ("qwen", "1,000")])
    assert lines == ["Model     calls", "通义千问      1", "qwen      1,000"]


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        (TOTALS, "3 calls, ¥0.000000001, 15 tokens (10 in, 5 out)"),
        (Totals(calls=1, successful_calls=1, cost=Decimal("1234.5")), "1 call, ¥1234.5, 0 tokens"),
        (Totals(calls=2, unknown_cost_calls=1), "1 call without a readable cost and without a price: not in the sum"),
        (Totals(calls=2, unknown_token_calls=2), "2 calls without a readable token count"),
        (Totals(), "No calls in this period (Asia/Shanghai)."),
    ],
)
def test_stats_text_says_totals_in_words(totals: Totals, sentence: str) -> None:
    assert sentence in terminal.stats_text(stats(totals=totals))


def test_stats_text_says_what_was_skipped_and_where_to_look() -> None:
    coverage = Coverage(files=2, lines=5, counted=1, quarantined=3, pending_bytes=1, reasons=(("torn", 3), ("bom", 9)))
    text = terminal.stats_text(stats(coverage=coverage))
    assert "Skipped 3 pieces (torn 3). `tipmao-monitor doctor` lists them." in text
    assert "1 byte waiting" in text


def test_a_long_name_is_cut_to_what_fits() -> None:
    text = terminal.stats_text(stats("直" * 200))
    assert "…" in text
    assert max(terminal.width(line) for line in text.splitlines()) < 120
