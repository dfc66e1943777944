"""The charts of a report as plain geometry: where each bar stands and how high it is, for SVG and for paper alike.

A newcomer would get this wrong: heights are floats and only drawn. Whoever wants the figure reads the table below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from tipmao_monitor.reports import words
from tipmao_monitor.usage.report import Report, largest
from tipmao_monitor.usage.snapshot import Totals
from tipmao_monitor.window.numbers import compact, function_name, not_recorded, visible

MOST_BARS = 62
MOST_PARTS = 6
MOST_SHARES = 8


@dataclass(frozen=True)
class Part:
    """A colour of the stack. `colour` is a place in the theme's categories, -1 for all others."""

    name: str
    colour: int
    heights: tuple[float, ...]


@dataclass(frozen=True)
class Bars:
    """Bars from zero. `labels` has one text a bar, "" for those that have none; `ticks` are (height, text)."""

    title: str
    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    ticks: tuple[tuple[float, str], ...]

    @property
    def top(self) -> float:
        return self.ticks[-1][0]


@dataclass(frozen=True)
class Share:
    """One lying bar: its part of the whole, 0 to 1, and how long it is beside the longest."""

    name: str
    figure: str
    part: float
    length: float


def cost_bars(report: Report, labels: int = 12) -> Bars | None:
    """Cost by day, or by hour of one day, stacked by model; days are put together where they are too many."""
    trend = report.trend
    if not trend.buckets or not any(bucket.cost for bucket in trend.buckets):
        return None
    together = math.ceil(len(trend.buckets) / MOST_BARS)
    starts = range(0, len(trend.buckets), together)
    series = [(one.key, _summed(one.costs, starts, together)) for one in trend.by_model if any(one.costs)]
    kept, rest = series[:MOST_PARTS], series[MOST_PARTS:]
    parts = [Part(_model(key), place if key is not None else -1, heights) for place, (key, heights) in enumerate(kept)]
    if rest:
        heights = tuple(sum(column) for column in zip(*(heights for _, heights in rest), strict=True))
        parts.append(Part(words.translate("report", "Other"), -1, heights))
    tops = [sum(part.heights[i] for part in parts) for i in range(len(starts))]
    stride = math.ceil(len(starts) / labels)
    shape = "%H:00" if trend.unit == "hour" else "%m-%d"
    texts = tuple(
        trend.buckets[start].start.strftime(shape) if i % stride == 0 else "" for i, start in enumerate(starts)
    )
    title = (
        words.translate("report", "Cost by hour") if trend.unit == "hour" else words.translate("report", "Cost by day")
    )
    ticks = _ticks(max(tops))
    step = ticks[1]
    places = max(0, -math.floor(math.log10(step) + 1e-9))

    def text(tick: float) -> str:
        return f"¥{tick:,.{places}f}" if tick and ticks[-1] < 10_000 else f"¥{compact(round(tick))}"

    return Bars(title, texts, tuple(parts), tuple((tick, text(tick)) for tick in ticks))


def hour_bars(report: Report) -> Bars | None:
    """Calls by hour of day."""
    calls = tuple(float(report.stats.by_hour.get(f"{hour:02d}", Totals()).calls) for hour in range(24))
    if not any(calls):
        return None
    labels = tuple(f"{hour:02d}" if hour % 3 == 0 else "" for hour in range(24))
    ticks = tuple((tick, compact(round(tick))) for tick in _ticks(max(calls), least=1.0))
    name = words.translate("report", "Calls")
    return Bars(words.translate("report", "Calls by hour of day"), labels, (Part(name, 0, calls),), ticks)


def cost_shares(report: Report, dimension: str) -> list[Share]:
    """The largest models or functions by cost."""
    groups = largest(report.stats.by_model if dimension == "model" else report.stats.by_function)
    whole = report.stats.total.cost
    paid = [(key, totals.cost) for key, totals in groups if totals.cost][:MOST_SHARES]
    if not paid:
        return []
    longest = paid[0][1]
    name = _model if dimension == "model" else function_name
    return [
        Share(name(key), words.rounded_beside(cost, longest), float(cost / whole), float(cost / longest))
        for key, cost in paid
    ]


def _model(key: str | None) -> str:
    if key is None:
        return words.translate("report", "Other")
    return visible(key) if key else not_recorded()


def _summed(costs: tuple[Decimal, ...], starts: range, together: int) -> tuple[float, ...]:
    return tuple(float(sum(costs[start : start + together])) for start in starts)


def _ticks(highest: float, least: float = 0.0) -> tuple[float, ...]:
    """From 0 in at most five steps of 1, 2 or 5 times a power of ten."""
    exponent = math.floor(math.log10(highest)) - 1
    steps = (digit * 10.0**power for power in range(exponent, exponent + 3) for digit in (1, 2, 5))
    step = next(step for step in steps if step >= least and highest / step <= 5 + 1e-9)
    return tuple(step * n for n in range(math.ceil(highest / step - 1e-9) + 1))
