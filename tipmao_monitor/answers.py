"""What the assistant's HTTP API answers, made of `Stats`: its keys, word for word, so that whoever asked it can ask us.

A newcomer would get this wrong: each sum of money stands here twice. `cost` is a JSON number with all its digits, which
most readers turn into a float; `cost_exact` is the same as text, for those that add up. What is unknown is null.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from tipmao_monitor.terminal import money
from tipmao_monitor.usage.prices import Price, PriceBook
from tipmao_monitor.usage.report import share
from tipmao_monitor.usage.snapshot import Stats, Totals

Answer = dict[str, Any]
Names = Callable[[str], str]
"""What a model is called."""

SERIES = ("qwen", "openai", "deepseek", "doubao", "glm", "xunfei")
_EXAMPLE = ("qwen-plus", 1000, 500)
_COUNTS = ("successful_calls", "failed_calls", "total_tokens", "input_tokens", "output_tokens")


def model_names(book: PriceBook, day: date) -> Names:
    """The display names of a price book; a model that it does not know is called as it was recorded."""

    def name(model: str) -> str:
        price = book.price(model, day)
        return price.display_name if price else model

    return name


def current(hour: Stats, today: Stats, names: Names) -> Answer:
    """`stats/current`."""
    return {
        "current_hour": {**_short(hour.total), "success_rate": hour.total.success_rate},
        "today": {**_short(today.total), "by_model": _models(today, names), "by_function": _rows(today.by_function)},
    }


def hourly(stats: Stats, start: datetime, end: datetime, names: Names) -> Answer:
    """`stats/hourly`."""
    span = {"period": "hourly", "start_time": start.isoformat(), "end_time": end.isoformat()}
    return {**span, **_sums(stats.total), "by_model": _models(stats, names), "by_function": _rows(stats.by_function)}


def daily(stats: Stats, day: date, names: Names) -> Answer:
    """`stats/daily`."""
    return {"period": "daily", "date": day.isoformat(), **_summary(stats, names)}


def monthly(stats: Stats, first: date, names: Names) -> Answer:
    """`stats/monthly`."""
    return {"period": "monthly", "year_month": f"{first:%Y-%m}", **_summary(stats, names)}


def session(stats: Stats, identity: str) -> Answer:
    """`session/{id}`."""
    return {"session_id": identity, **_short(stats.total)}


def top_users(stats: Stats, days: int, limit: int, by: str = "tokens") -> Answer:
    """`top_users`. Calls without a user are in no row; how many there are says why there may be none."""
    unrecorded = stats.by_user.get("", Totals()).calls
    return {"period_days": days, "top_users": _top(stats, limit, by), "unrecorded_calls": unrecorded}


def cost_trend(stats: Stats, first: date, last: date) -> Answer:
    """`cost_trend`: every day of the period."""
    return {"period_days": (last - first).days + 1, "data": _trend(stats, first, last)}


class DashboardStats(NamedTuple):
    """The spans that the dashboard is made of."""

    today: Stats
    yesterday_by_now: Stats
    month: Stats
    week: Stats


def dashboard(days: DashboardStats, today: date, names: Names) -> Answer:
    """`dashboard`. The distributions are those of today."""
    now, month, week = days.today, days.month, days.week
    return {
        "today": {
            **_short(now.total),
            "input_tokens": now.total.input_tokens,
            "output_tokens": now.total.output_tokens,
            "successful_calls": now.total.successful_calls,
            "failed_calls": now.total.failed_calls,
            "unknown_cost_calls": now.total.unknown_cost_calls,
            "unknown_token_calls": now.total.unknown_token_calls,
            "cost_change_percent": _change(now.total, week.by_day.get(str(today - timedelta(days=1)), Totals())),
            "cost_change_percent_by_now": _change(now.total, days.yesterday_by_now.total),
            "success_rate": now.total.success_rate,
            "p95_ms": now.total.p95_ms,
        },
        "this_month": {
            **_short(month.total),
            **_both("avg_daily_cost", share(month.total.cost, today.day)),
        },
        "top_users": _top(week, 10, "tokens"),
        "cost_trend_7days": _trend(week, today - timedelta(days=6), today),
        "model_distribution": _models(now, names),
        "function_distribution": _rows(now.by_function),
    }


def pricing(book: PriceBook, day: date) -> Answer:
    """`models/pricing`: the prices of that day, per 1,000 tokens in the currency of each."""
    series: dict[str, Answer] = {f"{name}_series": {} for name in SERIES}
    others: defaultdict[str, Answer] = defaultdict(dict)
    prices = {row.model: price for row in book.rows if (price := book.price(row.model, day)) is not None}
    # What a name cost as another name of another model, it costs by itself.
    prices = {name: price if price.model == name else replace(price, aliases=()) for name, price in prices.items()}
    for model, price in prices.items():
        of_series = series[f"{price.provider}_series"] if price.provider in SERIES else others[price.provider]
        of_series[model] = _price(price)
    model, inward, outward = _EXAMPLE
    nano = book.cost_nano(model, inward, outward, day)
    return {
        **series,
        "other_series": dict(others),
        "all_models": {model: _price(price) for model, price in prices.items()},
        "note": "Per 1,000 tokens, in CNY unless `currency` says otherwise, as of today. A model that is not here has "
        "no price, which is not free.",
        "calculation_example": {
            "model": model,
            "input_tokens": inward,
            "output_tokens": outward,
            **_both("cost", Decimal(nano or 0).scaleb(-9)),
        },
    }


def _summary(stats: Stats, names: Names) -> Answer:
    return {
        **_sums(stats.total),
        "by_model": _models(stats, names),
        "by_function": _rows(stats.by_function),
        "by_user": _rows(stats.by_user),
        "by_anchor": _rows(stats.by_anchor),
    }


def _sums(total: Totals) -> Answer:
    return {
        "total_calls": total.calls,
        **{name: getattr(total, name) for name in _COUNTS},
        **_both("total_cost", total.cost),
        "unknown_cost_calls": total.unknown_cost_calls,
        "unknown_token_calls": total.unknown_token_calls,
    }


def _short(total: Totals) -> Answer:
    return {"calls": total.calls, "tokens": total.total_tokens, **_both("cost", total.cost)}


def _models(stats: Stats, names: Names) -> dict[str, Answer]:
    return {model: {**_row(totals), "display_name": names(model)} for model, totals in stats.by_model.items()}


def _rows(groups: Mapping[str, Totals]) -> dict[str, Answer]:
    return {key: _row(totals) for key, totals in groups.items()}


def _row(totals: Totals) -> Answer:
    return {
        "calls": totals.calls,
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "total_tokens": totals.total_tokens,
        **_both("cost", totals.cost),
    }


def _top(stats: Stats, limit: int, by: str) -> list[Answer]:
    def weight(item: tuple[str, Totals]) -> tuple[Any, ...]:
        user, totals = item
        weights = (totals.total_tokens, totals.cost)
        first, second = weights if by == "tokens" else reversed(weights)
        return -first, -second, user

    users: Iterable[tuple[str, Totals]] = ((user, totals) for user, totals in stats.by_user.items() if user)
    return [{"user_id": user, **_short(totals)} for user, totals in sorted(users, key=weight)[:limit]]


def _trend(stats: Stats, first: date, last: date) -> list[Answer]:
    days = ((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))
    return [{"date": day, **_both("cost", stats.by_day.get(day, Totals()).cost)} for day in days]


def _change(now: Totals, before: Totals) -> float | None:
    """Percent; None where there was nothing before."""
    return float((now.cost - before.cost) / before.cost * 100) if before.cost else None


def _both(name: str, value: Decimal) -> Answer:
    return {name: value, f"{name}_exact": money(value)}


def _price(price: Price) -> Answer:
    return {
        "input": price.input_per_1k,
        "output": price.output_per_1k,
        "input_exact": money(price.input_per_1k),
        "output_exact": money(price.output_per_1k),
        "display_name": price.display_name,
        "provider": price.provider,
        "tier": price.tier,
        "currency": price.currency,
        "free_input_tokens": price.free_input_tokens,
        "steps": [
            {"above": step.above, "input": step.input_per_1k, "output": step.output_per_1k} for step in price.steps
        ],
        "aliases": list(price.aliases),
        "effective_from": price.effective_from.isoformat(),
    }
