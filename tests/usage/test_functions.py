"""The many texts for one function of the assistant become one id."""

from __future__ import annotations

import pytest

from tipmao_monitor.usage.functions import function_id


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("live_analysis", "live_analysis"),
        ("实时分析", "live_analysis"),
        ("gateway_qwen", "live_analysis"),
        ("gateway_openai", "live_analysis"),
        ("gateway_deepseek", "live_analysis"),
        ("gateway_doubao", "live_analysis"),
        ("gateway_glm", "live_analysis"),
        ("style_profile", "style_profile"),
        ("风格画像与氛围分析", "style_profile"),
        ("script_generation", "script_generation"),
        ("话术生成", "script_generation"),
        ("live_review", "live_review"),
        ("复盘总结", "live_review"),
        ("直播复盘", "live_review"),
        ("gateway_gemini", "live_review"),
        ("chat_focus", "chat_focus"),
        ("聊天焦点摘要", "chat_focus"),
        ("topic_generation", "topic_generation"),
        ("智能话题生成", "topic_generation"),
        ("qa", "qa"),
        ("问答", "qa"),
        ("live_question", "live_question"),
    ],
)
@pytest.mark.parametrize("model", ["", "(qwen3-max)", "（讯飞lite）", " (deepseek-chat)", "\u3000（x）", "()"])
def test_known_function_has_one_id_with_or_without_its_model(text: str, id: str, model: str) -> None:
    assert function_id(text + model) == id


@pytest.mark.parametrize(
    "text",
    [
        "translate",
        "translate(qwen-plus)",
        "Live_Analysis",
        "实时分析(a)(b)",
        "实时分析(a",
        "实时分析a)",
        "实时分析(a）",
        "(qwen3-max)实时分析",
        "(qwen3-max)",
        ")",
        "  ",
    ],
)
def test_unknown_function_stays_as_it_was_written(text: str) -> None:
    assert function_id(text) == text


@pytest.mark.parametrize("text", [None, ""])
def test_function_that_was_not_recorded_has_the_empty_id(text: str | None) -> None:
    assert function_id(text) == ""
