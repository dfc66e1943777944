"""Prices in words and back: as they stand in the price book's tables, in its form, and in the sentences of the audit.

A newcomer would get this wrong: a price is no sum, so all its decimals are said. And the guide's uses are told in the
language of the window but written into the file as the guide writes them, or two of them could not be compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from PySide6.QtCore import QCoreApplication

from tipmao_monitor.usage.own_prices import Row
from tipmao_monitor.usage.prices import FIRST_DAY, HOME_CURRENCY, Price, Problem, Rate, Step
from tipmao_monitor.usage.tiers import USES
from tipmao_monitor.window.numbers import count, free, listed

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

FIGURES = ("input", "output", "cny")

_STEP = re.compile(r"\s*>?\s*([0-9][0-9,]*)\s*:\s*(\S+)\s*/\s*(\S+)\s*")


def figure_words(value: Decimal) -> str:
    """All decimals, since a price is no sum."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price_words(value: Decimal, currency: str) -> str:
    """ "¥0.004", "USD 0.000075"."""
    return f"¥{figure_words(value)}" if currency == HOME_CURRENCY else f"{currency} {figure_words(value)}"


def per_1k_words(price: Price) -> str:
    """ "¥0.005/1K", or "¥0.004/1K in, ¥0.012/1K out"."""
    if price.is_free:
        return free()
    inward, outward = price_words(price.input_per_1k, price.currency), price_words(price.output_per_1k, price.currency)
    if inward == outward and not price.steps:
        return f"{inward}/1K"
    return translate("prices", "{inward}/1K in, {outward}/1K out").format(inward=inward, outward=outward)


def more_words(price: Price) -> str:
    """What a price is besides its two figures: free tokens, steps."""
    parts = []
    if price.free_input_tokens:
        parts.append(translate("prices", "first {n} in free").format(n=count(price.free_input_tokens)))
    parts += [
        translate("prices", "over {n}: {inward} / {outward}").format(
            n=count(step.above), inward=figure_words(step.input_per_1k), outward=figure_words(step.output_per_1k)
        )
        for step in price.steps
    ]
    return listed(parts)


def field_name(field: str) -> str:
    match field:
        case "model":
            return translate("prices", "Model, as recorded")
        case "display_name":
            return translate("prices", "Shown as")
        case "provider":
            return translate("prices", "Provider")
        case "tier":
            return translate("prices", "Good for")
        case "currency":
            return translate("prices", "Currency")
        case "input":
            return translate("prices", "Input, per 1K tokens")
        case "output":
            return translate("prices", "Output, per 1K tokens")
        case "free_input_tokens":
            return translate("prices", "Free input tokens a call")
        case "steps":
            return translate("prices", "Long calls (over: in / out)")
        case "aliases":
            return translate("prices", "Other names of it")
        case "effective_from":
            return translate("prices", "From this day on")
        case "source":
            return translate("prices", "Where it is from")
        case "checked":
            return translate("prices", "Checked on")
        case "more":
            return translate("prices", "Besides")
    return translate("prices", "CNY for one")


def column_name(field: str) -> str:
    """The same, short, above a column."""
    match field:
        case "model":
            return translate("prices", "Model")
        case "input":
            return translate("prices", "Input /1K")
        case "output":
            return translate("prices", "Output /1K")
        case "effective_from":
            return translate("prices", "From")
        case "checked":
            return translate("prices", "Checked")
        case "source":
            return translate("prices", "Source")
    return field_name(field)


def source_words(source: str) -> str:
    """Where a price that comes with the program was read."""
    match source:
        case "assistant's own table":
            return translate("prices", "assistant's own table")
        case "fixed rate of the program until you add a row":
            return translate("prices", "fixed rate of the program until you add a row")
    if source.startswith("guide "):
        return translate("prices", "guide {version}").format(version=source.removeprefix("guide "))
    return source


def problem_words(problem: Problem) -> str:
    """What is wrong with a field, for the one who is typing it."""
    match problem.kind:
        case "missing":
            return translate("prices", "needed")
        case "not_text" | "not_texts":
            return translate("prices", "not a name")
        case "not_currency":
            return translate("prices", "three letters, such as CNY or USD")
        case "not_money":
            return translate("prices", "a number such as 0.004, up to 9 places")
        case "not_tokens":
            return translate("prices", "a whole number of tokens")
        case "not_day":
            return translate("prices", "a day such as 2025-10-26")
        case "not_steps":
            return translate("prices", "such as 32000: 0.01 / 0.03")
        case "steps_order":
            return translate("prices", "the smaller number first, each only once")
        case "two_rows":
            return translate("prices", "you have a row from this day already")
        case "no_rate":
            return translate("prices", "add its exchange rate first")
        case "alias_taken":
            return translate("prices", "one of them belongs to another model of yours")
        case "rate_of_home":
            return translate("prices", "CNY needs no rate")
        case "rate_of_nothing":
            return translate("prices", "more than 0")
    return str(problem)


def tier_words(tier: str) -> str:
    """The guide's 推荐场景 in the language of the window, each in words of its own; what a user wrote stays."""
    match tier:
        case "高质量任务":
            return translate("prices", "high quality")
        case "高质量":
            return translate("prices", "best answers")
        case "复杂推理":
            return translate("prices", "complex reasoning")
        case "平衡性能":
            return translate("prices", "balanced")
        case "多模态":
            return translate("prices", "multimodal")
        case "日常使用":
            return translate("prices", "everyday")
        case "长文本":
            return translate("prices", "long texts")
        case "快速响应":
            return translate("prices", "quick answers")
        case "简单任务":
            return translate("prices", "simple tasks")
        case "经济实惠":
            return translate("prices", "good value")
        case "经济型":
            return translate("prices", "economy")
        case "极致省钱":
            return translate("prices", "cheapest")
        case "免费试用":
            return translate("prices", "free trial")
        case "代码生成":
            return translate("prices", "code")
    return tier


def tier_of(words: str) -> str:
    """The guide's use that these are the words for, as it stands in a file; or the words themselves."""
    return next((tier for tier in USES if tier_words(tier).casefold() == words.casefold()), words)


def texts_of(row: Row) -> dict[str, str]:
    """A row as it stands in a form."""
    day = "" if row.effective_from == FIRST_DAY else row.effective_from.isoformat()
    seen = {"effective_from": day, "source": row.source, "checked": row.checked.isoformat() if row.checked else ""}
    if isinstance(row, Rate):
        return {"currency": row.currency, "cny": figure_words(row.cny), **seen}
    return {
        "model": row.model,
        "display_name": row.display_name,
        "provider": row.provider,
        "tier": tier_words(row.tier),
        "currency": row.currency,
        "input": figure_words(row.input_per_1k),
        "output": figure_words(row.output_per_1k),
        "free_input_tokens": str(row.free_input_tokens) if row.free_input_tokens else "",
        "steps": "; ".join(map(_step_text, row.steps)),
        "aliases": ", ".join(row.aliases),
        **seen,
    }


def values_of(texts: Mapping[str, str]) -> dict[str, object]:
    """What was typed into a form as the fields of a file; what cannot be read stays as it is, to be complained of."""
    values: dict[str, object] = {}
    for field, typed in texts.items():
        text = typed.strip()
        if field == "aliases":
            values[field] = [name for part in re.split("[,，;；]", text) if (name := part.strip())]
        elif field == "steps":
            values[field] = _steps(text)
        elif field == "free_input_tokens":
            digits = text.replace(",", "").replace("，", "")
            values[field] = int(digits) if digits.isascii() and digits.isdigit() else text or 0
        elif field in FIGURES:
            if text:
                values[field] = text.lstrip("¥￥$").strip()
        elif field == "currency":
            values[field] = text.upper() or HOME_CURRENCY
        elif field == "tier":
            if text:
                values[field] = tier_of(text)
        elif text:
            values[field] = text
    return values


def _step_text(step: Step) -> str:
    return f"{step.above}: {figure_words(step.input_per_1k)} / {figure_words(step.output_per_1k)}"


def _steps(text: str) -> object:
    steps = []
    for part in filter(str.strip, re.split("[;；]", text)):
        found = _STEP.fullmatch(part.replace("：", ":"))
        if found is None:
            return text
        above, inward, outward = found.groups()
        steps.append({"above": int(above.replace(",", "")), "input": inward, "output": outward})
    return steps
