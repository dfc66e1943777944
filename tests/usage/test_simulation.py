from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from tipmao_monitor.usage.functions import function_id
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.recorder import Recorder
from tipmao_monitor.usage.simulation import CALLS_A_STREAM, calls, history, simulate

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNTIL = datetime(2025, 10, 26, 21, 0, tzinfo=SHANGHAI)


class Clock(threading.Event):
    """A clock that only waiting, and each look at it, moves on."""

    def __init__(self, tick: float = 0.0) -> None:
        super().__init__()
        self.now = 1000.0
        self.tick = tick
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        self.now += timeout
        return self.is_set()

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


def recorded(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_bytes().splitlines()]


def cny(book: PriceBook, call: dict[str, object]) -> float:
    if call["cost"] is not None:
        return call["cost"]
    return book.cost_nano(call["model"], call["input_tokens"], call["output_tokens"], date(2025, 10, 26)) / 1e9


@pytest.mark.parametrize("seed", range(5))
def test_a_stream_costs_a_few_yuan_and_ends_with_its_review(seed):
    book = PriceBook.load()
    stream = list(islice(calls(seed, anchors=1), CALLS_A_STREAM + 1))
    assert 2 < sum(cny(book, call) for call in stream) < 7
    assert [call["function"] for call in stream if call["function"] == "复盘总结"] == ["复盘总结"]
    assert stream[-1]["function"] == "复盘总结"
    prompts = [call["input_tokens"] for call in stream[:-1] if call["model"] == "qwen-plus" and call["success"]]
    assert mean(prompts[-50:]) > 2 * mean(prompts[:50])


def test_the_mix_is_that_of_the_assistant():
    book = PriceBook.load()
    many = list(islice(calls(7), 20_000))
    assert {function_id(call["function"]) for call in many} == {
        "live_analysis", "style_profile", "script_generation", "live_review", "chat_focus", "topic_generation", "qa",
        "live_question",
    }  # fmt: skip
    assert {"gpt-4o", "glm-4-flash", "4.0Ultra", "doubao-pro", None} < {call["model"] for call in many}
    assert all(call["cost"] == 0 for call in many if book.resolve(call["model"]) is None)
    assert 0.005 < mean(not call["success"] for call in many) < 0.015
    assert all(call["success"] == (call["error_msg"] is None) for call in many)
    assert Counter((call["error_msg"] or "").partition(":")[0] for call in many).keys() >= {
        "APITimeoutError",
        "RateLimitError",
    }
    by_gateway = [call["user_id"] is None for call in many if call["function"].endswith(")")]
    assert 0.9 < mean(by_gateway) < 1
    assert not any(call["user_id"] is None for call in many if not call["function"].endswith(")"))
    assert len({call["anchor_id"] for call in many} - {None}) == 3
    assert len({call["session_id"] for call in many} - {None}) > 30
    durations = sorted(call["duration_ms"] for call in many)
    assert durations[10_000] < 2_000 and durations[19_800] > 5_000


def test_the_same_seed_makes_the_same_calls_and_another_one_others():
    first, again, other = (list(islice(calls(seed), 100)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_paced_simulation_makes_each_call_at_its_moment_and_lateness_does_not_add_up(tmp_path):
    clock = Clock(tick=0.001)
    with Recorder(tmp_path, zone=SHANGHAI, strict=True) as recorder:
        start = UNTIL.timestamp()
        assert simulate(recorder, rate=4, seconds=5, seed=1, start=start, stop=clock, clock=clock) == 20
    assert [line["timestamp"] for line in recorded(tmp_path)] == [start + n / 4 for n in range(20)]
    assert 1000 + 19 / 4 <= clock.now < 1000 + 19 / 4 + 0.01


def test_after_a_long_sleep_a_paced_simulation_does_not_catch_up(tmp_path):
    clock = Clock()
    with Recorder(tmp_path, zone=SHANGHAI, strict=True) as recorder:

        def sleepy() -> float:
            if len(clock.waits) == 3:
                clock.now += 3600
                clock.waits.append(0.0)
            return clock.now

        simulate(recorder, rate=1, seconds=10, seed=1, stop=clock, clock=sleepy)
    assert clock.waits == [1.0, 1.0, 1.0, 0.0, *[1.0] * 5]


def test_at_rate_0_calls_are_written_until_the_time_is_over_and_none_is_waited_for(tmp_path):
    clock = Clock(tick=0.001)
    with Recorder(tmp_path, zone=SHANGHAI, strict=True) as recorder:
        written = simulate(recorder, rate=0, seconds=1, seed=1, stop=clock, clock=clock)
    assert 400 < written <= 1000
    assert len(recorded(tmp_path)) == written
    assert clock.waits == []


def test_a_simulation_without_an_end_ends_when_it_is_told_to(tmp_path):
    clock = Clock()
    with Recorder(tmp_path, zone=SHANGHAI, strict=True) as recorder:

        def told() -> float:
            if len(clock.waits) == 5:
                clock.set()
            return clock.now

        assert simulate(recorder, rate=1, seconds=None, seed=1, stop=clock, clock=told) == 5


def test_the_past_has_every_day_up_to_now_and_busy_evenings(tmp_path):
    with Recorder(tmp_path, zone=SHANGHAI, strict=True) as recorder:
        written = history(recorder, days=14, calls_per_day=500, seed=3, until=UNTIL)
    lines = recorded(tmp_path)
    assert written == len(lines) == recorder.counts.written
    assert [path.name for path in sorted(tmp_path.iterdir())] == [f"usage_2025-10-{day}.jsonl" for day in range(13, 27)]
    moments = [line["timestamp"] for line in lines]
    assert moments == sorted(moments) and moments[-1] <= UNTIL.timestamp()
    assert all(
        300 < len(path.read_bytes().splitlines()) < 800
        for path in tmp_path.iterdir()
        if path.name != "usage_2025-10-26.jsonl"
    )
    hours = Counter(datetime.fromtimestamp(moment, SHANGHAI).hour for moment in moments)
    assert hours[20] > 3 * hours[9] > 0
    assert sum(line["function"] == "复盘总结" for line in lines) <= 14 * 3


def test_the_past_is_the_same_for_the_same_seed(tmp_path):
    for folder in ("a", "b"):
        with Recorder(tmp_path / folder, zone=SHANGHAI, strict=True) as recorder:
            history(recorder, days=2, calls_per_day=100, seed=3, until=UNTIL)
    assert recorded(tmp_path / "a") == recorded(tmp_path / "b")
