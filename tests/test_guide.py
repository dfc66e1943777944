"""The Python of the user's guide, word for word, on a day with calls.

A newcomer would get this wrong: `guide_examples.md` is a quotation. If an example does not run, the program is wrong.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from running import ZONE

import tipmao_monitor
from tipmao_monitor import ModelPricing, get_usage_monitor

HERE = Path(__file__).resolve().parent
QUOTED = HERE / "guide_examples.md"
GUIDE = HERE.parent.parent / "shared" / "guide.zh.md"  # where the guide itself is kept beside the checkout

THE_ASSISTANTS = re.compile(r"^from server\.utils\.ai_usage_monitor import .*$", re.MULTILINE)
THE_GATEWAYS = "from server.ai.ai_gateway import get_gateway\n"
(COST, FIRST_USE, BY_MODEL, BY_FUNCTION, BUDGET, GATEWAY, SLOW, WEEK, BY_HOUR, ODD, PRICING, NEW_MODEL) = range(12)


def examples(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", [path for path in (QUOTED, GUIDE) if path.exists()], ids=lambda path: path.name)
def test_the_examples_are_those_of_the_guide(path):
    assert examples(path) == examples(QUOTED)
    assert len(examples(path)) == NEW_MODEL + 1


class Gateway:
    """Stands in for the assistant's gateway."""

    def __init__(self) -> None:
        self.switched: list[tuple[str, str]] = []

    def switch_provider(self, provider: str, model: str) -> None:
        self.switched.append((provider, model))


CALLS: list[dict[str, Any]] = [
    {"model": "qwen-plus", "function": "实时分析(qwen-plus)", "input_tokens": 1500, "output_tokens": 800},
    {"model": "qwen-max", "function": "live_question", "input_tokens": 20_000, "output_tokens": 90_000, "user_id": "b"},
    {"model": "deepseek-chat", "function": "chat_focus", "input_tokens": 900, "output_tokens": 100, "user_id": "b"},
    {"model": "no-such-model", "function": "qa", "input_tokens": 7, "output_tokens": 7, "duration_ms": None},
    {"model": None, "function": None, "input_tokens": None, "output_tokens": None, "success": False},
    *({"model": "glm-4-flash", "function": "chat_focus", "input_tokens": 10, "output_tokens": 5} for _ in range(9)),
]


class Reader:
    """Someone who types in one example after the other."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.gateway = Gateway()
        self.names: dict[str, Any] = {"get_gateway": lambda: self.gateway}
        self._capsys = capsys

    def run(self, number: int) -> str:
        """What the example prints."""
        ours = "from tipmao_monitor import get_usage_monitor, ModelPricing"
        code = THE_ASSISTANTS.sub(ours, examples(QUOTED)[number]).replace(THE_GATEWAYS, "")
        self._capsys.readouterr()
        exec(compile(code, f"example {number}", "exec"), self.names)
        return self._capsys.readouterr().out


@pytest.fixture
def reader(tmp_path, home, monkeypatch, capsys) -> Iterator[Reader]:
    """In a folder of its own, at noon, with some calls of today."""
    monkeypatch.chdir(tmp_path)
    (home / "settings.toml").write_text(f'timezone = "{ZONE.key}"\n')
    monitor = get_usage_monitor()
    for call in CALLS:
        monitor.record_usage(**{"duration_ms": 6000.5, **call})
    yield Reader(capsys)
    monitor.close()


def records(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in folder.glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line, parse_float=Decimal) for line in lines]


def cost(*calls: dict[str, Any]) -> Decimal:
    return sum((call["cost"] for call in calls if call["cost"] is not False), Decimal(0))


def test_every_example_runs_and_says_what_the_records_say(reader, tmp_path):
    folder = tmp_path / "records" / "ai_usage"
    before = records(folder)

    reader.names |= {"input_tokens": 1500, "output_tokens": 800}
    reader.run(COST)
    assert reader.names["total_cost"] == pytest.approx(0.0156)

    printed = reader.run(FIRST_USE).splitlines()
    now = records(folder)
    [added] = [record for record in now if record not in before]
    assert (added["user_id"], added["session_id"], added["cost"]) == ("user_123", "session_abc", Decimal("0.01"))
    assert printed == [
        f"今日调用: {len(CALLS) + 1}",
        f"今日费用: ¥{cost(*now):.2f}",
        f"本月费用: ¥{cost(*now):.2f}",
        f"b: 111000 tokens, ¥{cost(*(record for record in now if record['user_id'] == 'b')):.4f}",
        "user_123: 1500 tokens, ¥0.0100",
    ]
    assert cost(*now) > 5

    assert sorted(reader.run(BY_MODEL).splitlines()) == [
        ": 平均每次调用 ¥0.0000",
        "deepseek-chat: 平均每次调用 ¥0.0011",
        "glm-4-flash: 平均每次调用 ¥0.0000",
        "no-such-model: 平均每次调用 ¥0.0000",
        "qwen-max: 平均每次调用 ¥5.8000",
        "qwen-plus: 平均每次调用 ¥0.0128",
    ]
    by_function = reader.run(BY_FUNCTION)
    assert "live_analysis:\n  调用次数: 2\n  总费用: ¥0.0256\n  总 Token: 3800\n" in by_function
    assert by_function.count("调用次数") == 5

    assert reader.run(BUDGET) == ""
    get_usage_monitor().record_usage("qwen-max", "qa", 0, 90_000, 1.0)
    assert reader.run(BUDGET) == "⚠️ 今日费用超标！\n"
    reader.run(GATEWAY)
    assert reader.gateway.switched == [("deepseek", "deepseek-chat")]

    assert reader.run(SLOW) == f"慢调用数量: {len(CALLS) - 1}\n"
    total = cost(*records(folder))
    assert reader.run(WEEK) == f"本周总费用: ¥{total:.2f}\n日均费用: ¥{total / 7:.2f}\n"

    hours = Counter(datetime.fromtimestamp(float(record["timestamp"])).hour for record in records(folder))
    assert reader.run(BY_HOUR) in {f"高峰时段: {hour}:00, 调用 {max(hours.values())} 次\n" for hour in hours}
    assert reader.run(ODD) == "发现 2 个异常高成本调用\n  live_question(qwen-max): ¥5.8000\n  qa(qwen-max): ¥5.4000\n"

    pricing = reader.run(PRICING).splitlines()
    assert "'input': 0.004, 'output': 0.012" in pricing[0]
    assert pricing[1] == "费用: ¥0.0100"


def test_on_a_quiet_day_the_other_model_is_chosen(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    reader = Reader(capsys)
    reader.names["monitor"] = get_usage_monitor()
    reader.run(GATEWAY)
    assert reader.gateway.switched == [("qwen", "qwen-plus")]
    get_usage_monitor().close()


def test_a_new_model_is_added_in_the_users_price_file_and_not_in_the_source(reader, home):
    reader.run(NEW_MODEL)
    [(model, price)] = reader.names["QWEN_PRICING"].items()
    assert ModelPricing.get_pricing(model) is None
    assert ModelPricing.calculate_cost(model, 1000, 1000) == 0.0
    (home / "prices.toml").write_text(
        f'[[price]]\nmodel = "{model}"\ninput = {price["input"]}\noutput = {price["output"]}\n'
        f'display_name = "{price["display_name"]}"\n'
    )
    found = ModelPricing.get_pricing(model)
    assert {name: found[name] for name in price} == price
    assert (found["input_exact"], found["currency"]) == (Decimal("0.005"), "CNY")
    assert ModelPricing.calculate_cost(model, 1000, 1000) == 0.02


@pytest.mark.parametrize(
    ("model", "tokens", "cost"),
    [
        ("qwen-plus", (1500, 800), "0.0156"),
        ("qwen-plus", (1000, 500), "0.01"),
        ("qwen-plus-longcontext", (1000, 500), "0.01"),
        ("qwen-plus-2025-01-25", (1, 0), "0.000004"),
        ("qwen3-max", (32_000, 0), "0"),
        ("qwen3-max", (42_000, 1000), "0.12"),
        ("gemini-2.5-flash-preview-09-2025", (1000, 1000), "0.0026625"),
        ("glm-4-flash", (1000, 1000), "0"),
        ("4.0Ultra", (1000, 0), "0.005"),
        ("qwen-plus", (None, 500), "0.006"),
        ("glm-4-air", (1000, 0), None),
        (None, (1000, 0), None),
        (7, (1000, 0), None),
    ],
)
def test_what_a_call_costs(model, tokens, cost):
    exact = None if cost is None else Decimal(cost)
    assert ModelPricing.calculate_cost_exact(model, *tokens) == exact
    assert ModelPricing.calculate_cost(model, *tokens) == float(exact or 0)
    assert type(ModelPricing.calculate_cost(model, *tokens)) is float
    assert (ModelPricing.get_pricing(model) is None) == (cost is None)


def test_the_public_names_are_there_and_no_others():
    assert set(tipmao_monitor.__all__) <= set(dir(tipmao_monitor))
    for name in tipmao_monitor.__all__:
        assert getattr(tipmao_monitor, name)
    with pytest.raises(AttributeError, match="no_such_name"):
        tipmao_monitor.no_such_name  # noqa: B018
