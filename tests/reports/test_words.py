"""What a report says where a record, a setting or the store only has a code."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tipmao_monitor.reports import words
from tipmao_monitor.usage.report_tables import Column
from tipmao_monitor.window.numbers import hide_names_and_amounts


@pytest.mark.parametrize(
    ("table", "column", "code", "said"),
    [
        ("budgets", "scope", "all", "all calls"),
        ("budgets", "scope", "stream", "the current stream"),
        ("budgets", "scope", "model:qwen-plus", "Model qwen-plus"),
        ("budgets", "scope", "function:live_analysis", "Function Live analysis"),
        ("budgets", "scope", "user:a:b\x1b", "User a:b\\x1b"),
        ("budgets", "scope", "anchor:", "Anchor (not recorded)"),
        ("coverage", "what", "reason: not_json", "not JSON"),
        ("coverage", "what", "blank", "blank bytes"),
        ("slow_calls", "flags", "cost_unknown tokens_unknown", "cost unreadable, tokens unknown"),
        ("slow_calls", "flags", "", ""),
    ],
)
def test_a_code_is_said_in_words(table: str, column: str, code: str, said: str) -> None:
    assert words.cell(table, Column(column, "text"), code) == said


def test_on_air_a_report_names_whose_budget_it_is() -> None:
    hide_names_and_amounts(True)
    try:
        assert words.cell("budgets", Column("scope", "name"), "user:anna") == "User anna"
    finally:
        hide_names_and_amounts(False)


@pytest.mark.parametrize(
    ("value", "largest", "said"),
    [
        ("0.9733", "55.2", "¥0.97"),
        ("1234.5", "1234.5", "¥1,234.50"),
        ("0.0049", "55.2", "<¥0.01"),
        ("0.005", "55.2", "<¥0.01"),
        ("0.0156", "0.9", "¥0.0156"),
        ("0.9", "0.9", "¥0.9000"),
    ],
)
def test_amounts_below_each_other_have_the_same_decimals(value: str, largest: str, said: str) -> None:
    assert words.rounded_beside(Decimal(value), Decimal(largest)) == said
