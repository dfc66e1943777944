"""Budgets from the settings file that a person writes to what `stats` prints of them, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from lines import line
from stores import SHANGHAI

from tipmao_monitor import settings
from tipmao_monitor.cli import main
from tipmao_monitor.settings import FILE, Settings
from tipmao_monitor.usage.budgets import Budget, Threshold

NOW = datetime(2025, 10, 26, 20, tzinfo=SHANGHAI)
KEYS = ["name", "scope", "period", "amount", "spent", "percent", "forecast", "gone_at", "state"]
WRITTEN = """\
timezone = "Asia/Shanghai"
# what I may spend
[[budget]]
name = "每天"
amount = 10
[[budget]]
name = "qwen"  # dear
scope = "model:qwen-plus"
period = "month"
amount = "7.50"
thresholds = [50, { percent = 100, on = "forecast" }]
"""


@pytest.fixture
def records(tmp_path: Path, home: Path) -> Path:
    """Fourteen days of ¥3.42 in the evening, and today the half of it."""
    (home / FILE).write_text(WRITTEN, encoding="utf-8")
    folder = tmp_path / "records"
    folder.mkdir()
    for ago in range(15):
        lines = []
        for hour in (19, 21) if ago else (19,):
            at = (NOW - timedelta(days=ago)).replace(hour=hour)
            given = {"timestamp": repr(at.timestamp()), "session_id": "null", "success": "true"}
            lines.append(
                line(1, cost="1.5", model='"gpt-4o"', **given) + line(2, cost="0.21", model='"qwen-plus"', **given)
            )
        (folder / f"{NOW - timedelta(days=ago):%Y-%m-%d}.jsonl").write_bytes(b"".join(lines))
    return folder


def stats(records: Path, capfd: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any], str]:
    with time_machine.travel(NOW, tick=False):
        code = main(["stats", "--records", str(records), "--json", *options])
    said = capfd.readouterr()
    return code, json.loads(said.out, parse_float=Decimal), said.err


def test_json_has_the_budgets_with_their_keys(records: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, found, said = stats(records, capfd, "--days", "1")
    assert (code, said) == (0, "")
    assert [list(budget) for budget in found["budgets"]] == [KEYS, KEYS]
    a_day, of_model = found["budgets"]
    assert a_day == {
        "name": "每天", "scope": "all", "period": "day", "amount": 10, "spent": Decimal("1.71"),
        "percent": Decimal("17.1"), "forecast": Decimal("3.42"), "gone_at": None, "state": "fine",
    }  # fmt: skip
    assert (of_model["scope"], of_model["period"], of_model["spent"]) == ("model:qwen-plus", "month", Decimal("6.09"))
    assert (of_model["percent"], of_model["state"]) == (Decimal("81.2"), "warning")
    assert list(found)[-1] == "budgets" and found["total"]["cost"] == Decimal("1.71")


def test_gone_at_is_an_instant_with_its_offset(records: Path, home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (home / FILE).write_text(WRITTEN.replace("amount = 10", "amount = 2.565"), encoding="utf-8")
    _, found, _ = stats(records, capfd)
    assert found["budgets"][0]["gone_at"] == "2025-10-26T21:30:00+08:00"
    assert datetime.fromisoformat(found["budgets"][0]["gone_at"]).utcoffset() == timedelta(hours=8)


def test_without_budgets_the_list_is_empty_and_the_check_passes(
    records: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (home / FILE).unlink()
    code, found, _ = stats(records, capfd, "--check-budget")
    assert (code, found["budgets"]) == (0, [])


def test_check_fails_with_one_line_for_each_broken_budget(
    records: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert stats(records, capfd, "--check-budget")[0] == 0
    (home / FILE).write_text(
        WRITTEN.replace("amount = 10", "amount = 1.7").replace('"7.50"', "6")
        + '[[budget]]\nname = "off"\namount = 1\npaused = true\n',
        encoding="utf-8",
    )
    code, found, said = stats(records, capfd, "--check-budget")
    assert (code, [budget["state"] for budget in found["budgets"]]) == (1, ["over", "over", "paused"])
    assert said.splitlines() == [
        "tipmao-monitor: budget 每天 (day): ¥1.7100 of ¥1.7 spent, 100.6 %",
        "tipmao-monitor: budget qwen (month, model:qwen-plus): ¥6.0900 of ¥6 spent, 101.5 %",
    ]
    assert stats(records, capfd)[0] == 0


def test_spending_exactly_the_amount_keeps_the_budget(records: Path, home: Path, capfd: Any) -> None:
    (home / FILE).write_text(WRITTEN.replace("amount = 10", "amount = 1.71"), encoding="utf-8")
    code, found, _ = stats(records, capfd, "--check-budget")
    assert (code, found["budgets"][0]["state"], found["budgets"][0]["percent"]) == (0, "warning", 100)


def test_table_shows_the_budgets(records: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with time_machine.travel(NOW, tick=False):
        assert main(["stats", "--records", str(records)]) == 0
    rows = [row.split() for row in capfd.readouterr().out.splitlines()]
    assert ["每天", "all", "day", "1.7100", "10", "17.1", "3.42", "-", "fine"] in rows


def test_budget_with_a_mistake_is_named_and_the_others_are_counted(
    records: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (home / FILE).write_text(WRITTEN.replace("amount = 10", "amount = -10"), encoding="utf-8")
    code, found, said = stats(records, capfd)
    assert (code, [budget["name"] for budget in found["budgets"]]) == (0, ["qwen"])
    assert "budget 1 (每天), amount: -10 is not an amount above ¥0" in said


def test_empty_folder_says_that_nothing_is_known(tmp_path: Path, home: Path, capfd: Any) -> None:
    (home / FILE).write_text(WRITTEN, encoding="utf-8")
    code, found, _ = stats(tmp_path, capfd, "--check-budget")
    assert (code, [budget["state"] for budget in found["budgets"]]) == (0, ["unknown", "unknown"])
    with time_machine.travel(NOW, tick=False):
        assert main(["stats", "--records", str(tmp_path)]) == 0
    assert "unknown" in capfd.readouterr().out


def test_time_zone_of_the_command_says_what_a_day_is(records: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In Noumea the day began at 21:00 of Shanghai, with the last call of yesterday."""
    _, found, _ = stats(records, capfd, "--tz", "Pacific/Noumea")
    assert found["budgets"][0]["spent"] == Decimal("3.42")


def test_stats_without_budgets_loads_nothing_of_them(records: Path, home: Path) -> None:
    (home / FILE).unlink()
    code = (
        "import sys; from tipmao_monitor.cli import main; "
        f"main(['stats', '--records', {str(records)!r}]); print(*sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ, encoding="utf-8"
    )
    loaded = ran.stdout.splitlines()[-1].split()
    assert "tipmao_monitor.usage.store" in loaded
    assert not {f"tipmao_monitor.usage.{name}" for name in ("spending", "forecast", "ledger", "watch")} & set(loaded)


# Saved from the window


def test_saving_keeps_what_a_person_wrote_around_his_budgets(home: Path) -> None:
    (home / FILE).write_text(WRITTEN, encoding="utf-8")
    chosen, _ = settings.load(home)
    a_day, of_model = chosen.budgets
    raised = Budget("qwen", "model:qwen-plus", "month", Decimal(9), of_model.thresholds)
    fresh = Budget("live", "stream", "stream", Decimal("0.5"), (Threshold(90, "forecast"),), paused=True)
    settings.save(Settings(timezone="Asia/Shanghai", budgets=(fresh, a_day, raised)), home)
    text = (home / FILE).read_text(encoding="utf-8")
    assert settings.load(home) == (Settings(timezone="Asia/Shanghai", budgets=(fresh, a_day, raised)), ())
    for kept in ("# what I may spend", 'name = "qwen"  # dear', "amount = 10\n"):
        assert kept in text
    assert (home / f"{FILE}.bak").read_text(encoding="utf-8") == WRITTEN


def test_renamed_budget_keeps_its_comments(home: Path) -> None:
    (home / FILE).write_text('[[budget]]\nname = "a"\namount = 10  # enough\n\n[[budget]]\n# of the show\namount = 5\n')
    first, second = settings.load(home)[0].budgets
    renamed = (replace(first, name="每天"), replace(second, name="show"))
    settings.save(Settings(budgets=renamed), home, {"budgets"})
    text = (home / FILE).read_text(encoding="utf-8")
    assert "amount = 10  # enough" in text and "# of the show" in text and 'name = "a"' not in text
    assert settings.load(home) == (Settings(budgets=renamed), ())


def test_budget_that_could_not_be_read_survives_a_save(home: Path) -> None:
    broken = '[[budget]]\nname = "broken"\namount = "ten"  # to do\n'
    (home / FILE).write_text(WRITTEN + broken, encoding="utf-8")
    chosen, wrong = settings.load(home)
    assert len(wrong) == 1
    settings.save(Settings(timezone="Asia/Shanghai", theme="dark", budgets=chosen.budgets[1:]), home)
    text = (home / FILE).read_text(encoding="utf-8")
    assert 'amount = "ten"  # to do' in text and "每天" not in text
    loaded, wrong = settings.load(home)
    assert (loaded.theme, [budget.name for budget in loaded.budgets], len(wrong)) == ("dark", ["qwen"], 1)


def test_last_budget_can_go(home: Path) -> None:
    (home / FILE).write_text(WRITTEN, encoding="utf-8")
    settings.save(Settings(), home)
    assert settings.load(home) == (Settings(), ())


def test_budgets_in_one_list_are_read_and_saved(home: Path) -> None:
    (home / FILE).write_text('budget = [{ amount = 3, name = "x" }]\ntheme = "dark"\n')
    chosen, wrong = settings.load(home)
    assert (chosen.budgets, wrong) == ((Budget("x", amount=Decimal(3)),), ())
    settings.save(Settings(theme="light", budgets=(*chosen.budgets, Budget("y"))), home)
    assert settings.load(home)[0] == Settings(theme="light", budgets=(Budget("x", amount=Decimal(3)), Budget("y")))
