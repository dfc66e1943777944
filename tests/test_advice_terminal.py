"""What `advice` prints: the keys to the letter, exact money, a sentence for everything that can be found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from advised import NOW, Call, many

from tipmao_monitor.advice_terminal import advice_object, advice_text, reason, why
from tipmao_monitor.cli import main
from tipmao_monitor.terminal import to_json
from tipmao_monitor.usage.advice import (
    REFUSALS,
    WASTE_REASONS,
    Advice,
    BudgetPlan,
    Evidence,
    Finding,
    Rule,
    TierChange,
    Waste,
)

EVIL = "\x1b[31mred\x07\r\x9b2J\u202eevil\u2028\x7f"
KEYS = [
    "kind", "function", "from_model", "to_model", "calls", "cost", "cost_after", "saving_per_day", "saving_per_month",
    "evidence", "tier_change", "reason",
]  # fmt: skip


def records(folder: Path, *calls: list[Call]) -> Path:
    folder.mkdir()
    (folder / "2025-10-26.jsonl").write_bytes(b"".join(call.line() for some in calls for call in some))
    return folder


def answer(capsys: pytest.CaptureFixture[str], folder: Path, *more: str) -> Any:
    with time_machine.travel(NOW):
        assert main(["advice", "--records", str(folder), "--tz", "Asia/Shanghai", "--json", *more]) == 0
    return json.loads(capsys.readouterr().out, parse_float=Decimal)


def test_json_has_the_keys_to_the_letter_and_exact_money(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = many(2, ok=False, err="APITimeoutError")
    folder = records(tmp_path / "r", many(30), many(40, model="qwen-turbo", function="qa", ms=400.0), failed)
    found = answer(capsys, folder)
    assert list(found) == ["findings", "refused"]
    assert all(list(one) == KEYS for one in found["findings"])
    assert all(list(one) == [*KEYS, "why"] for one in found["refused"])
    [one] = [f for f in found["findings"] if (f["function"], f["to_model"]) == ("live_analysis", "qwen-turbo")]
    sentence = one.pop("reason")
    assert one == {
        "kind": "switch", "function": "live_analysis", "from_model": "qwen-plus", "to_model": "qwen-turbo", "calls": 32,
        "cost": Decimal("0.4992"), "cost_after": Decimal("0.2496"), "saving_per_day": Decimal("0.2496"),
        "saving_per_month": Decimal("7.488"), "evidence": {"calls": 40, "p95_ms": 400, "success_rate": 100},
        "tier_change": "日常使用 -> 快速响应 (lower by 1)",
    }  # fmt: skip
    assert "your record in other functions: 40 calls, p95 0.4 s, 100.0 % succeeded" in sentence
    [waste] = [f for f in found["findings"] if f["kind"] == "waste"]
    assert (waste["function"], waste["to_model"], waste["cost"]) == ("live_analysis", None, Decimal("0.0312"))
    assert (waste["cost_after"], waste["evidence"], waste["tier_change"]) == (None, None, None)
    [dear] = [f for f in found["refused"] if (f["function"], f["to_model"]) == ("live_analysis", "qwen-max")]
    assert dear["why"] == "it would cost ¥2.00 more"


def test_days_are_seven_unless_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = records(tmp_path / "r", many(30), many(20, end=NOW - timedelta(days=8)))
    calls = [
        {one["calls"] for one in answer(capsys, folder, *days)["findings"]}
        for days in ([], ["--days", "1"], ["--days", "30"])
    ]
    assert calls == [{30}, {30}, {50}]


def test_an_empty_folder_is_no_error_and_a_missing_one_is_exit_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert answer(capsys, tmp_path / "empty") == {"findings": [], "refused": []}
    assert main(["advice", "--records", str(tmp_path / "missing")]) == 3
    assert capsys.readouterr().out.startswith("No calls from ")


def test_a_budget_of_the_settings_is_advised_on(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "settings.toml").write_text(
        '[[budget]]\nname = "small"\nscope = "all"\nperiod = "day"\namount = "0.1"\n', "utf-8"
    )
    found = answer(capsys, records(tmp_path / "r", many(30)))
    [one] = [one for one in found["refused"] if one["kind"] == "budget"]
    assert one["function"] == "live_analysis" and one["to_model"] is None
    assert one["why"].startswith('no set of switches keeps the budget "small": ')


def test_the_text_has_one_line_a_function_and_what_is_not_advised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = many(30, model="qwen-turbo", function="qa", ok=False)
    folder = records(tmp_path / "r", many(300), bad, many(3, model="no-price", function="other"))
    with time_machine.travel(NOW):
        assert main(["advice", "--records", str(folder), "--tz", "Asia/Shanghai"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("333 calls on 3 days from 2025-10-20 to 2025-10-26")
    advised, refused = said[: said.index("Not advised")], said[said.index("Not advised") :]
    assert len([line for line in advised if "  live_analysis, qwen-plus -> " in line]) == 1
    assert [line.strip().partition(": ")[2].partition(":")[0] for line in refused[1:]] == [
        "too many calls on qwen-turbo fail here", "3 calls are too few to judge by",
    ]  # fmt: skip


def test_nothing_to_advise_says_so() -> None:
    assert advice_text(Advice()) == "No calls from None to None, so there is nothing to advise on.\n"
    assert "Nothing to advise: no change would be worth ¥1 a month." in advice_text(Advice(calls=10, days=1))


WASTE = Waste(Decimal("3.5"), "RateLimitError 429", 5000.0, 9000.0, 900, 2000, 3, 2, 40)
BASE = Finding(
    "switch", "cheaper", function="live_analysis", from_model="qwen-plus", to_model="qwen-turbo", calls=30,
    cost=Decimal(9), cost_after=Decimal(3), days=1, saving_per_day=Decimal(6), saving_per_month=Decimal(180),
    evidence=Evidence("function", 40, 1.0, 2000.0, 90.0), today=Evidence("function", 30, 1.0, 900.0, 99.0),
    tier_change=TierChange("日常使用", "快速响应", -1), longest_input=40_000, is_best=True,
)  # fmt: skip
PLAN = BudgetPlan("mine", Decimal(10), None, Decimal(14), Decimal(12), misses_by=Decimal(2))


def changed(**values: Any) -> Finding:
    return replace(BASE, **values)


def test_every_kind_of_waste_has_a_sentence_of_its_own() -> None:
    said = {reason(changed(kind="waste", reason=one, to_model=None, waste=WASTE)) for one in WASTE_REASONS}
    assert len(said) == len(WASTE_REASONS)


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    said = {why(changed(why=one, plan=PLAN if one == "never_enough" else None)) for one in REFUSALS}
    assert len(said) == len(REFUSALS)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"is_free_trial": True}, "a free trial, whose limits can change any day"),
        ({"also_from": ("lite", "")}, "replaces lite, (model not recorded) too"),
        ({"hidden_cost": Decimal("0.5")}, "¥0.50 of it was recorded as 0"),
        ({"left_out": 1}, "1 call of unknown cost or tokens left out"),
        ({"evidence": None}, "no record of yours"),
        (
            {"evidence": Evidence("all", 40, longest_input=19_000)},
            "the longest it has answered here had 19,000 input tokens, your longest call has 40,000",
        ),
        ({"evidence": Evidence("all", 40, p95_ms=1e300)}, "p95 1.0e+297 s"),
        ({"reason": "failed", "calls": 1, "waste": WASTE}, "1 failed call (RateLimitError 429) was paid with ¥9.00"),
        ({"tier_change": TierChange("", "x", None)}, "use: ? -> x (not comparable)"),
        ({"tier_change": TierChange("x", "y", 2)}, "use: x -> y (higher by 2)"),
        ({"kind": "rule", "rule": Rule(Decimal(5), 3)}, "from ¥5.00 on, which was passed on 3 days"),
        (
            {"kind": "budget", "plan": BudgetPlan("mine", Decimal(10), None, Decimal(14), Decimal(9), 1, 2)},
            'switch 1 of 2 that keep the budget "mine": ¥9.00 instead of ¥14.00 of ¥10.00',
        ),
    ],
)
def test_a_reason_says_what_else_is_true(values: dict[str, Any], said: str) -> None:
    assert said not in reason(BASE)
    assert said in reason(changed(**values))


def test_nothing_of_a_record_is_obeyed_by_the_terminal() -> None:
    names = {"function": EVIL, "from_model": EVIL, "also_from": (EVIL,)}
    found = [
        changed(**names),
        *(changed(**names, kind="waste", reason=one, waste=Waste(Decimal(9), EVIL)) for one in WASTE_REASONS),
    ]
    evil = Advice(calls=1, days=1, findings=tuple(found), refused=(changed(**names, why="slow"),))
    text = advice_text(evil)
    assert len(text.splitlines()) == len(text.split("\n")) - 1
    for printed in (text, to_json(advice_object(evil)).decode()):
        assert not set(printed) & set("\x1b\x07\r\x9b\u202e\u2028\x7f")
    assert json.loads(to_json(advice_object(evil)))["findings"][0]["function"] == EVIL
