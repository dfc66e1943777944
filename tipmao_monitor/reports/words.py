"""What a report says in words: titles of tables and columns, and its few sentences, in the language that is installed.

A newcomer would get this wrong: what was recorded is not translated and not believed. It goes through `visible`, and
whoever writes it into a format escapes it there.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QCoreApplication

from tipmao_monitor.usage.advice import Finding
from tipmao_monitor.usage.report import Report
from tipmao_monitor.usage.report_tables import Column
from tipmao_monitor.window import advice_words
from tipmao_monitor.window.numbers import (
    UNKNOWN,
    change,
    compact,
    dimension_name,
    error_family_name,
    function_name,
    not_recorded,
    percent,
    reason_words,
    visible,
)

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""


def title(report: Report) -> str:
    return translate("report", "AI usage report")


def statement_title() -> str:
    return translate("report", "Statement by anchor")


def period(report: Report) -> str:
    days = str(report.first) if report.days == 1 else f"{report.first} – {report.last}"
    return translate("report", "{days} ({zone})").format(days=days, zone=report.stats.timezone)


def made(report: Report) -> str:
    return translate("report", "Made {time}").format(time=f"{report.now:%Y-%m-%d %H:%M:%S}")


def table_title(name: str) -> str:
    match name:
        case "total":
            return translate("report", "Total")
        case "days":
            return translate("report", "By day")
        case "hours":
            return translate("report", "By hour of day")
        case "models":
            return translate("report", "By model")
        case "functions":
            return translate("report", "By function")
        case "users":
            return translate("report", "By user")
        case "anchors":
            return translate("report", "By anchor")
        case "sessions":
            return translate("report", "By stream")
        case "slow_calls":
            return translate("report", "Slow calls")
        case "failed_calls":
            return translate("report", "Failed calls")
        case "odd_calls":
            return translate("report", "Unusually expensive calls")
        case "errors":
            return translate("report", "Why calls failed")
        case "budgets":
            return translate("report", "Budgets")
        case "advice":
            return translate("report", "Advice")
        case "prices":
            return translate("report", "Recorded against the price book")
        case "coverage":
            return translate("report", "What was read")
        case "calls":
            return translate("report", "All calls")
    return name


def column_title(column: Column) -> str:
    name = column.name
    known = {
        "day": translate("report", "Day"),
        "hour": translate("report", "Hour"),
        "time": translate("report", "Time"),
        "model": translate("report", "Model"),
        "function": translate("report", "Function"),
        "recorded_function": translate("report", "Function as recorded"),
        "user": translate("report", "User"),
        "anchor": translate("report", "Anchor"),
        "session": translate("report", "Stream"),
        "calls": translate("report", "Calls"),
        "successful_calls": translate("report", "Succeeded"),
        "failed_calls": translate("report", "Failed"),
        "input_tokens": translate("report", "Input tokens"),
        "output_tokens": translate("report", "Output tokens"),
        "total_tokens": translate("report", "Tokens"),
        "cost": translate("report", "Cost ¥"),
        "recorded_cost": translate("report", "As written"),
        "recorded_in_cny": translate("report", "Recorded ¥"),
        "book_cost": translate("report", "Price book ¥"),
        "difference": translate("report", "Difference ¥"),
        "average_cost": translate("report", "¥ a call"),
        "unknown_cost_calls": translate("report", "Cost unknown"),
        "unknown_token_calls": translate("report", "Tokens unknown"),
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "p99_ms": "p99 ms",
        "duration_ms": translate("report", "Duration ms"),
        "rank_by_cost": translate("report", "Rank by cost"),
        "rank_by_tokens": translate("report", "Rank by tokens"),
        "first": translate("report", "First call"),
        "last": translate("report", "Last call"),
        "live_hours": translate("report", "Live hours"),
        "cost_per_live_hour": translate("report", "¥ a live hour"),
        "success": translate("report", "Succeeded"),
        "error": translate("report", "Error"),
        "flags": translate("report", "Remarks"),
        "file": translate("report", "File"),
        "line": translate("report", "Line"),
        "reason": translate("report", "Why"),
        "budget": translate("report", "Budget"),
        "scope": translate("report", "Of what"),
        "period": translate("report", "Period"),
        "amount": translate("report", "Amount ¥"),
        "spent": translate("report", "Spent ¥"),
        "percent": translate("report", "Percent"),
        "forecast": translate("report", "Forecast ¥"),
        "gone_at": translate("report", "Used up at"),
        "state": translate("report", "State"),
        "total": "",
        "finding": translate("report", "Advice"),
        "from_model": translate("report", "Model now"),
        "to_model": translate("report", "Model instead"),
        "cost_after": translate("report", "Cost then ¥"),
        "saving_per_day": translate("report", "¥ saved a day"),
        "saving_per_month": translate("report", "¥ saved a month"),
        "what": translate("report", "What"),
        "count": translate("report", "Count"),
    }
    return known.get(name, name)


def cell(table: str, column: Column, value: Any) -> str:
    """A value that is text: names translated where they are ours, and with everything in it to be seen."""
    if isinstance(value, Finding):
        return _finding(value)
    text = str(value)
    match column.name:
        case "function":
            return function_name(text)
        case "user" | "anchor" | "session" | "model" | "from_model" | "to_model":
            return visible(text) if text else not_recorded()
        case "hour":
            return f"{text}:00" if text else translate("report", "no time")
        case "error" if table == "errors":
            return error_family_name(text)
        case "success":
            return translate("report", "yes") if value else translate("report", "no")
        case "state":
            return _state(text)
        case "period":
            return _period(text)
        case "reason":
            return _reason(text)
        case "what":
            return _what(text)
        case "scope":
            return _scope(text)
        case "flags":
            return ", ".join(map(reason_words, text.split()))
    return visible(text) if text else ""


def shown(column: Column, value: Any) -> str:
    """A number, day or time for a reader, money with all its decimals; "-" for what is unknown."""
    if value is None:
        return UNKNOWN
    match column.kind:
        case "count":
            return f"{value:,}"
        case "money":
            text = f"{value:,f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        case "ratio":
            return f"{value:,.6f}" if not value or abs(value) >= Decimal("0.000001") else f"{value:.9f}"
        case "ms":
            return f"{value:,.0f}"
        case "hours":
            return f"{value:.2f}"
        case "percent":
            return f"{float(value):.1f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else str(value)


def summary(report: Report) -> list[str]:
    """What a manager should know, in a few sentences."""
    total = report.stats.total
    if not total.calls:
        return [translate("report", "There are no calls in this period.")]
    said = []
    if report.days > 1:
        said.append(
            translate("report", "{average} a day on average over {days} days.").format(
                average=f"¥{rounded(report.daily_average)}", days=report.days
            )
        )
    if report.before is not None and report.before.cost:
        said.append(
            translate("report", "Cost against the same time before: {change} (¥{before}).").format(
                change=change(total.cost, report.before.cost), before=rounded(report.before.cost)
            )
        )
    if (top := _largest(report)) and total.cost:
        said.append(
            translate("report", "The largest part is {model} with {share} of the cost.").format(
                model=visible(top[0]) if top[0] else not_recorded(), share=percent(100 * float(top[1] / total.cost))
            )
        )
    if report.peak_hours:
        said.append(
            translate("report", "Most calls are made between {hour}:00 and {hour}:59.").format(
                hour=report.peak_hours[0]
            )
        )
    for status in report.stats.budgets:
        if status.state == "over" and report.has("budgets"):
            said.append(
                translate("report", "The budget {name} is broken: ¥{spent} of ¥{amount}.").format(
                    name=visible(status.budget.name),
                    spent=rounded(status.spent),
                    amount=exact_money(status.budget.amount),
                )
            )
    if total.unknown_cost_calls:
        said.append(
            translate("report", "Not in the sum: 1 call without a readable cost and without a price.")
            if total.unknown_cost_calls == 1
            else translate("report", "Not in the sum: {n} calls without a readable cost and without a price.").format(
                n=f"{total.unknown_cost_calls:,}"
            )
        )
    if skipped := report.stats.coverage.quarantined:
        said.append(
            translate("report", "1 line in the folder is no usage record and was skipped.")
            if skipped == 1
            else translate("report", "{n} lines in the folder are no usage records and were skipped.").format(
                n=f"{skipped:,}"
            )
        )
    return said


def figures(report: Report) -> list[tuple[str, str, str]]:
    """The key figures: title, figure, and the exact figure or what belongs to it."""
    total = report.stats.total
    return [
        (translate("report", "Cost"), f"¥{rounded(total.cost)}", f"¥{exact_money(total.cost)}"),
        (
            translate("report", "Calls"),
            f"{total.calls:,}",
            translate("report", "{n} failed").format(n=f"{total.failed_calls:,}"),
        ),
        (
            translate("report", "Tokens"),
            f"{total.total_tokens:,}",
            translate("report", "{i} in, {o} out").format(
                i=compact(total.input_tokens), o=compact(total.output_tokens)
            ),
        ),
        (
            translate("report", "Success"),
            percent(total.success_rate),
            translate("report", "{n} slow").format(n=f"{report.list_counts.get('slow', 0):,}"),
        ),
    ]


def message(report: Report) -> tuple[str, str]:
    """Title and text for a chat: the key figures and what a manager should know."""
    lines = [f"{name}: {figure} ({foot})" for name, figure, foot in figures(report)]
    return f"{title(report)} {period(report)}", "\n".join([*lines, *summary(report)])


def rounded(value: Decimal) -> str:
    """Two decimals, four where two would say little, all where four would say nothing."""
    if value and abs(value) < Decimal("0.0001"):
        return exact_money(value)
    return f"{value:,.2f}" if abs(value) >= 1 or not value else f"{value:,.4f}"


def rounded_beside(value: Decimal, largest: Decimal) -> str:
    """A sum in a column whose largest is known: no more decimals than that one, and still never 0 for what is not."""
    if largest < 1:
        return f"¥{rounded(value)}"
    cents = f"{value:,.2f}"
    return f"¥{cents}" if cents != "0.00" or not value else "<¥0.01"


def exact_money(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def left_out(shown_rows: int, total: int) -> str:
    return translate("report", "{shown} of {total} are shown.").format(shown=f"{shown_rows:,}", total=f"{total:,}")


def note(table: str) -> str:
    """What has to be known to read a table; "" for most."""
    match table:
        case "sessions":
            return translate("report", "Live hours are the time between calls, without pauses over 30 minutes.")
        case "odd_calls":
            return translate("report", "Cost more than the average of their function and twice its standard deviation.")
        case "prices":
            return translate("report", "As written: in the currency of the records. The others are in CNY.")
        case "budgets":
            return translate("report", "Each in its own period, whatever the period of this report.")
        case "coverage":
            return translate("report", "Of the whole folder, whatever the period.")
    return ""


def _finding(finding: Finding) -> str:
    """As in the advice panel; that one hides amounts on air, which a report never does."""
    if finding.kind == "rule" and finding.rule is not None:
        amount, model = exact_money(finding.rule.amount), visible(finding.to_model or "")
        return translate("report", "Past ¥{amount} a day: {model}").format(amount=amount, model=model)
    return advice_words.title(finding)


def _largest(report: Report) -> tuple[str, Decimal] | None:
    costs = ((totals.cost, key) for key, totals in report.stats.by_model.items())
    top = max(costs, default=None)
    return (top[1], top[0]) if top else None


def _state(text: str) -> str:
    match text:
        case "fine":
            return translate("report", "kept")
        case "warning":
            return translate("report", "close")
        case "over":
            return translate("report", "broken")
        case "paused":
            return translate("report", "paused")
    return translate("report", "unknown")


def _period(text: str) -> str:
    match text:
        case "day":
            return translate("report", "day")
        case "week":
            return translate("report", "week")
        case "month":
            return translate("report", "month")
    return translate("report", "stream")


def _scope(text: str) -> str:
    """Of a budget. On air it stands here all the same."""
    dimension, _, value = text.partition(":")
    match dimension:
        case "all":
            return translate("budgets", "all calls")
        case "stream":
            return translate("budgets", "the current stream")
        case "function":
            shown = function_name(value)
        case _:
            shown = visible(value) if value else not_recorded()
    return f"{dimension_name(dimension)} {shown}"


def _reason(text: str) -> str:
    match text:
        case "no_price":
            return translate("report", "no price in the price book")
        case "price_starts_later":
            return translate("report", "older than the first price")
        case "recorded_as_zero":
            return translate("report", "recorded as 0")
        case "foreign_currency":
            return translate("report", "recorded in another currency")
        case "unreadable":
            return translate("report", "cost unreadable")
        case "rounding":
            return translate("report", "rounded when recorded")
    return translate("report", "recorded at another price")


def _what(text: str) -> str:
    match text:
        case "files":
            return translate("report", "files")
        case "lines":
            return translate("report", "lines")
        case "counted":
            return translate("report", "calls counted")
        case "flagged":
            return translate("report", "of them with a part that needed care")
        case "quarantined":
            return translate("report", "lines skipped")
        case "blank":
            return translate("report", "blank bytes")
        case "pending_bytes":
            return translate("report", "bytes waiting for the end of their line")
    return reason_words(text.removeprefix("reason: "))
