"""The guide's Q1: each cause is yes, no or cannot know, and rests on what is in the records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lines import NOON, line
from stores import opened, write

from tipmao_monitor.cli import main
from tipmao_monitor.usage.causes import causes

WELL = {"input_tokens": "10", "output_tokens": "5", "total_tokens": "15"}


@pytest.mark.parametrize(
    ("lines", "answers"),
    [
        ((), ("no", "cannot know", "cannot know")),
        ((line(1, function='"live_analysis"', **WELL),), ("yes", "cannot know", "yes")),
        ((line(1, function='"话术生成(qwen3-max)"', **WELL),), ("yes", "cannot know", "yes")),
        ((line(1, function='"my own"', **WELL),), ("cannot know", "no", "yes")),
        ((line(1, function="null", **WELL),), ("cannot know", "cannot know", "yes")),
        ((line(1, function='"qa"', input_tokens="null"),), ("yes", "cannot know", "no")),
        (
            (line(1, function='"qa"', input_tokens="0", output_tokens="0", total_tokens="0"),),
            ("yes", "cannot know", "no"),
        ),
        ((line(1, function='"qa"', total_tokens="1", input_tokens="5"),), ("yes", "cannot know", "no")),
        (
            (line(7, function='"qa"', input_tokens="0", output_tokens="0", total_tokens="0", success="false"),),
            ("yes", "cannot know", "yes"),
        ),
    ],
)
def test_each_cause_has_its_answer(tmp_path: Path, lines: tuple[bytes, ...], answers: tuple[str, ...]) -> None:
    write(tmp_path / "usage_2025-10-26.jsonl", b"".join(lines))
    with opened(tmp_path) as store:
        found = causes(store.stats(None, None, NOON), store.tokenless(NOON))
    assert tuple(cause.answer for cause in found) == answers


def test_of_a_folder_that_is_not_there_nothing_can_be_known(tmp_path: Path) -> None:
    with opened(tmp_path / "gone") as store:
        found = causes(store.stats(None, None, NOON), store.tokenless(NOON))
    assert {cause.answer for cause in found} == {"cannot know"}


def test_doctor_says_what_it_saw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = b"".join(line(n, function='"a\\u001b[31m function"', **WELL) for n in range(3)) + line(4, **WELL)
    write(tmp_path / "usage_2025-10-26.jsonl", records)
    assert main(["doctor", "--records", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert r"Do all calls go through it? no: 3 of 4 calls are of functions that it does not have: a\x1b[31m" in said
    assert main(["doctor", "--json", "--records", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)["causes"]
    assert [cause["answer"] for cause in found] == ["yes", "no", "yes"]
    assert found[1]["saw"] == {"calls": 4, "other_calls": 3}
