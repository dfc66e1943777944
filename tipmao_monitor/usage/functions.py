"""Which function of the assistant a call was made for: one id for the many texts that mean the same.

What a newcomer would get wrong: only texts that are known change. An unknown text stays as it was written, with the
model in brackets that the gateway appends, because without the brackets it might be another function.
"""

from __future__ import annotations

_TEXTS = {
    "live_analysis": (
        "实时分析", "gateway_qwen", "gateway_openai", "gateway_deepseek", "gateway_doubao", "gateway_glm",
    ),
    "style_profile": ("风格画像与氛围分析",),
    "script_generation": ("话术生成",),
    "live_review": ("复盘总结", "直播复盘", "gateway_gemini"),
    "chat_focus": ("聊天焦点摘要",),
    "topic_generation": ("智能话题生成",),
    "qa": ("问答",),
    "live_question": (),
}  # fmt: skip
_IDS = {text: id for id, texts in _TEXTS.items() for text in (id, *texts)}
KNOWN = frozenset(_TEXTS)
"""The ids of the functions that the gateway has, or had."""
_BRACKETS = {")": "(", "）": "（"}


def function_id(text: str | None) -> str:
    """The id of assistant.md for a recorded function: `live_analysis` for `实时分析(讯飞lite)`; "" for None."""
    if not text:
        return ""
    opening = _BRACKETS.get(text[-1])
    name = text.rpartition(opening)[0].rstrip() if opening else text
    return _IDS.get(name, text)
