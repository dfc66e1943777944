"""The charts: cost over time in stacked bars, and calls by hour of day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QColor,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QWidget,
)

from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.snapshot import Bucket, Series, Snapshot, Totals, Trend
from tipmao_monitor.window.bars import (
    BarPlot,
    Expected,
    Limit,
    Part,
    TipRow,
    TipText,
    money_ticks,
)
from tipmao_monitor.window.budget_words import TONES, budget_of, limit_words, pace_words
from tipmao_monitor.window.card import Card, Segmented, plain_label
from tipmao_monitor.window.legend import Legend
from tipmao_monitor.window.numbers import (
    by_money,
    calls,
    compact,
    count,
    day_of_month,
    milliseconds,
    money,
    money_beside,
    reading,
    rough_money,
    tokens,
    value_name,
)
from tipmao_monitor.window.theme import PADDING, Colours, Theme

FAR_LIMIT = 4.0
"""Times the highest bar: a limit above would press all bars flat, so it is only named."""


def merged(trend: Trend, days: int) -> Trend:
    """The same trend with bars of so many days, counted back from the newest; the oldest may be shorter."""
    if days == 1:
        return trend
    size = len(trend.buckets)
    cuts = [(max(0, end - days), end) for end in range(size, 0, -days)][::-1]

    def split(series: tuple[Series, ...]) -> tuple[Series, ...]:
        return tuple(Series(s.key, tuple(sum(s.costs[a:b], Decimal(0)) for a, b in cuts)) for s in series)

    return Trend(
        trend.unit,
        tuple(
            Bucket(
                start=trend.buckets[a].start,
                calls=sum(bucket.calls for bucket in trend.buckets[a:b]),
                failed_calls=sum(bucket.failed_calls for bucket in trend.buckets[a:b]),
                total_tokens=sum(bucket.total_tokens for bucket in trend.buckets[a:b]),
                cost=sum((bucket.cost for bucket in trend.buckets[a:b]), Decimal(0)),
                whole=trend.buckets[b - 1].whole,
            )
            for a, b in cuts
        ),
        split(trend.by_model),
        split(trend.by_function),
    )


DAY_STRIDES = (1, 2, 3, 5, 7, 10, 14, 21, 30, 61, 91, 122, 182, 365)
HOUR_STRIDES = (1, 2, 3, 4, 6, 12)


class TrendCard(Card):
    """Cost by day, or by hour of one day, stacked by model or by function."""

    day_chosen = Signal(object)
    """`date` of a bar that was clicked."""
    days_chosen = Signal(object, object)
    """First and last `date` of a clicked bar that stands for several days."""

    LEAST_LEGEND = 240
    LEAST_SLOT = 6.0
    """px: where a day would get less, a bar is a week or more. Hundreds of hairlines are read by nobody."""
    MERGED = (1, 7, 28, 91, 364)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("trend")
        self._colours = colours
        self._snapshot: Snapshot | None = None
        self._trend = Trend()
        self._days = 1
        self._parts: tuple[Part, ...] = ()
        self._shown: object = None
        self.split = Segmented((("model", ""), ("function", "")), self)
        self.split.setObjectName("trend_split")
        self.span = Segmented((("day", ""), ("hour", "")), self)
        self.span.setObjectName("trend_span")
        self.span.hide()
        self.legend = Legend(colours.theme, self)
        self.plot = BarPlot(colours.theme, 170, self)
        self.plot.setObjectName("trend_plot")
        self.quiet = _quiet_label(self)
        self.header.insertWidget(1, self.split)
        self._second_row = QHBoxLayout()
        self._second_row.setSpacing(8)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.quiet)
        self._pages.addWidget(self.plot)
        self.body.addLayout(self._second_row)
        self.body.addLayout(self._pages, 1)
        self._wide: bool | None = None
        self.split.chosen.connect(self._show_trend)
        self.span.chosen.connect(self._show_trend)
        self.plot.pointed.connect(self._tell_bucket)
        self.plot.pressed.connect(self._press)
        self.plot.is_pressable = self._is_pressable
        self.legend.chosen.connect(self._narrow)
        self.retranslate()

    def set_least_height(self, px: int) -> None:
        """How low the plot may become where a page wants to show more."""
        self.plot.setMinimumHeight(px)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if self.span.isHidden() != (not snapshot.hours.buckets):
            self.span.setVisible(bool(snapshot.hours.buckets))
            self._arrange()
        self._show_trend()

    def set_theme(self, theme: Theme) -> None:
        self.plot.set_theme(theme)
        self.legend.theme = theme
        self._colour()

    def retranslate(self) -> None:
        self.set_title(self._title())
        self.split.set_labels((self.tr("By model"), self.tr("By function")))
        self.span.set_labels((self.tr("7 days"), self.tr("Hours")))
        self.split.setAccessibleName(self.tr("Stacked by"))
        self.span.setAccessibleName(self.tr("Bars by"))
        self.legend.setAccessibleName(self.tr("Legend"))
        self.plot.setAccessibleName(self.tr("Cost trend"))
        self._shown = None
        self._arrange()
        self._show_trend()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._show_trend()

    def _arrange(self) -> None:
        """Legend and second switch stand in the header where it is wide enough, else in a row below it."""
        switches = [self.split] if self.span.isHidden() else [self.split, self.span]
        used = self.title_label.sizeHint().width() + sum(s.sizeHint().width() for s in switches) + 40
        wide = self.width() - 2 * PADDING - used >= self.LEAST_LEGEND
        if wide == self._wide:
            return
        self._wide = wide
        for widget in (self.legend, self.span):
            self.header.removeWidget(widget)
            self._second_row.removeWidget(widget)
        if wide:
            self.header.insertWidget(2, self.span)
            self.header.addWidget(self.legend, 1000)
        else:
            self._second_row.addWidget(self.legend, 1)
            self._second_row.addWidget(self.span)
        self.legend.at_right = wide

    def _show_trend(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        by_hour = not self.span.isHidden() and self.span.current() == "hour"
        trend = snapshot.hours if by_hour else snapshot.trend
        dimension = self.split.current()
        days = 1 if by_hour else self._days_a_bar(len(trend.buckets))
        quiet = (snapshot.filter.is_narrow, snapshot.progress.is_under_way, snapshot.total.unknown_cost_calls > 0)
        status = self._budget_of_bars(snapshot, trend, days)
        shown = (trend, days, dimension, snapshot.now.date(), quiet, snapshot.filter.money, status)
        if shown == self._shown:
            return
        self._shown, self._days = shown, days
        self._trend = trend = merged(trend, days)
        self.set_title(self._title())
        series = trend.by_model if dimension == "model" else trend.by_function
        self._parts = tuple(
            Part(s.key, self._name_of(s.key, dimension), tuple(float(cost) for cost in s.costs))
            for s in series
            if s.key is not None or any(s.costs)
        )
        self._colour()
        today = snapshot.now.date()
        labels = tuple(self._label_of(bucket, today) for bucket in trend.buckets)
        heights = [part.heights for part in self._parts]
        strides = HOUR_STRIDES if by_hour else DAY_STRIDES
        limit, expected = self._outlook(status)
        self.plot.show_bars(
            heights, labels, strides, money_ticks, from_newest=not by_hour, limit=limit, expected=expected
        )
        self._say(snapshot, status)
        if self.plot.highlighted >= 0:
            self._tell_bucket(self.plot.highlighted)

    def _budget_of_bars(self, snapshot: Snapshot, trend: Trend, days: int) -> BudgetStatus | None:
        """The budget that a bar can be held against: where a bar is a day, that of a day, of just these calls."""
        if trend.unit != "day" or days != 1 or not trend.buckets or snapshot.stale_since is not None:
            return None
        return budget_of(snapshot, snapshot.filter, "day")

    def _outlook(self, status: BudgetStatus | None) -> tuple[Limit | None, Expected | None]:
        """The budget's line, and where today's bar is expected to end."""
        if status is None or status.state == "paused":
            return None, None
        expected = None
        is_to_date = self._snapshot is not None and self._trend.buckets[-1].start.date() == self._snapshot.now.date()
        if is_to_date and status.forecast is not None and status.forecast > self._trend.buckets[-1].cost:
            low, high = status.forecast_low or status.forecast, status.forecast_high or status.forecast
            name = self.tr("about {cost}").format(cost=rough_money(status.forecast))
            expected = Expected(float(status.forecast), float(low), float(high), name)
        highest = max([float(bucket.cost) for bucket in self._trend.buckets] + [expected.high if expected else 0.0])
        height = float(status.budget.amount)
        if height > FAR_LIMIT * highest:
            return None, expected
        tone = TONES[status.state] if status.state in ("warning", "over") else "secondary"
        return Limit(height, self.tr("budget {limit}").format(limit=limit_words(status.budget)), tone), expected

    def _days_a_bar(self, buckets: int) -> int:
        room = max(1, self.width() - 2 * PADDING - 40)
        fits = (days for days in self.MERGED if buckets <= days or room / math.ceil(buckets / days) >= self.LEAST_SLOT)
        return next(fits, self.MERGED[-1])

    def _title(self) -> str:
        match self._days:
            case 1:
                title = self.tr("Cost trend")
            case 7:
                title = self.tr("Cost by week")
            case _:
                title = self.tr("Cost by {n} weeks").format(n=self._days // 7)
        return by_money(title, self._snapshot.filter.money) if self._snapshot else title

    def _say(self, snapshot: Snapshot, status: BudgetStatus | None) -> None:
        """The sentence of the card, or the quiet one in its middle."""
        buckets = self._trend.buckets
        any_calls = any(bucket.calls for bucket in buckets)
        narrow = snapshot.filter.is_narrow
        if any_calls:
            is_unpriced = snapshot.total.unknown_cost_calls > 0
            unpriced, free = self.tr("No price is known for these models"), self.tr("Nothing was charged")
            self.quiet.setText(unpriced if is_unpriced else free)
        else:
            nothing = self.tr("No call matches the filter") if narrow else self.tr("No calls in these days")
            self.quiet.setText(reading() if snapshot.progress.is_under_way else nothing)
        any_cost = any(bucket.cost for bucket in buckets)
        self._pages.setCurrentWidget(self.plot if any_cost else self.quiet)
        self.legend.setVisible(any_cost)
        if not any_cost:
            self.setAccessibleName(f"{self.title_label.text()}: {self.quiet.text()}")
            return
        highest = max(buckets, key=lambda bucket: bucket.cost)
        text = self.tr("Cost trend: {total} in all, most {when} with {cost}")
        total = sum((bucket.cost for bucket in buckets), Decimal(0))
        when = self._label_of(highest, snapshot.now.date())
        name = text.format(total=money(total), when=when, cost=money(highest.cost))
        self.setAccessibleName(f"{name}. {pace_words(status, snapshot.now)[0]}" if status else name)

    def _colour(self) -> None:
        dimension = self.split.current()
        colours = [self._colours.of(part.key, dimension) for part in self._parts]
        self.plot.set_colours(colours)
        self.legend.show_parts(self._parts, colours)
        self.legend.update()

    def _name_of(self, key: str | None, dimension: str) -> str:
        return self.tr("Other") if key is None else value_name(dimension, key)

    def _label_of(self, bucket: Bucket, today: date) -> str:
        if self._trend.unit == "hour":
            return f"{bucket.start:%H:%M}"
        day = bucket.start.date()
        return self.tr("Today") if day == today and self._days == 1 else day_of_month(day)

    def _last_day(self, number: int) -> date:
        """The last day that a bar stands for."""
        after = self._trend.buckets[number + 1 :][:1]
        if after:
            return after[0].start.date() - timedelta(days=1)
        assert self._snapshot is not None
        return self._snapshot.trend.buckets[-1].start.date()

    def _tell_bucket(self, number: int) -> None:
        if 0 <= number < len(self._trend.buckets):
            self.plot.show_tip(self._tip_of(number, self._trend.buckets[number]))

    def _tip_of(self, number: int, bucket: Bucket) -> TipText:
        series = self._trend.by_model if self.split.current() == "model" else self._trend.by_function
        costs = {s.key: s.costs[number] for s in series}
        rows = [
            TipRow(part.name, money_beside(costs[part.key], bucket.cost), n)
            for n, part in enumerate(self._parts)
            if costs[part.key]
        ]
        total = TipRow(self.tr("Total"), money(bucket.cost))
        return TipText(self._heading_of(number, bucket), tuple(rows), total, self._foot_of(bucket))

    def _heading_of(self, number: int, bucket: Bucket) -> str:
        if self._trend.unit == "hour":
            return f"{bucket.start:%H}:00 – {bucket.start:%H}:59"
        first, last = bucket.start.date(), self._last_day(number)
        days = f"{first}" if first == last else f"{first} – {last}"
        return days if bucket.whole else self.tr("{days}, so far").format(days=days)

    def _foot_of(self, bucket: Bucket) -> str:
        words = [calls(bucket.calls)]
        if bucket.failed_calls:
            words.append(self.tr("{n} failed").format(n=count(bucket.failed_calls)))
        if bucket.p95_ms is not None:
            words.append(self.tr("p95 {time}").format(time=milliseconds(bucket.p95_ms)))
        return " · ".join(words)

    def _press(self, bucket: int, part: int, held: bool) -> None:
        """A bar is a day; where bars are hours, or with Ctrl, its part is a model or function."""
        by_hour = self._trend.unit == "hour"
        if part >= 0 and (by_hour or held):
            self._narrow(part)
        elif not by_hour and not held:
            first, last = self._trend.buckets[bucket].start.date(), self._last_day(bucket)
            if first == last:
                self.day_chosen.emit(first)
            else:
                self.days_chosen.emit(first, last)

    def _is_pressable(self, bucket: int, part: int) -> bool:
        return self._trend.unit == "day" or (part >= 0 and self._parts[part].key is not None)

    def _narrow(self, part: int) -> None:
        key = self._parts[part].key
        if key is not None:
            self.narrowed.emit(self.split.current(), key)


class HoursCard(Card):
    """Calls by hour of day: when the stream asks most."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setObjectName("hours")
        self._snapshot: Snapshot | None = None
        self._shown: tuple[tuple[Totals, ...], int, bool] | None = None
        self._theme = colours.theme
        self.peak = plain_label("small", "secondary", self)
        self.peak.hide()
        self.header.addWidget(self.peak)
        self.plot = BarPlot(colours.theme, 120, self)
        self.plot.setObjectName("hours_plot")
        self.quiet = _quiet_label(self)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.quiet)
        self._pages.addWidget(self.plot)
        self.body.addLayout(self._pages, 1)
        self.plot.pointed.connect(self._tell_hour)
        self.set_theme(colours.theme)
        self.retranslate()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._show_hours()

    def set_theme(self, theme: Theme) -> None:
        """Others in a tint, the peak in the accent: it is also named in words."""
        self.plot.set_theme(theme)
        self.plot.set_colours([QColor(theme.mixed(theme.accent, theme.card, 0.45)), QColor(theme.accent)])

    def retranslate(self) -> None:
        self.set_title(self.tr("Hours of the day"))
        self.plot.setAccessibleName(self.tr("Calls by hour of day"))
        self._shown = None
        self._show_hours()

    def _show_hours(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        shown = (snapshot.by_hour, snapshot.total.calls, snapshot.progress.is_under_way)
        if shown == self._shown:
            return
        self._shown = shown
        peak = snapshot.peak_hour
        self._pages.setCurrentWidget(self.quiet if peak is None else self.plot)
        self.peak.setVisible(peak is not None)
        if peak is None:
            timeless = snapshot.total.calls > 0
            nothing = self.tr("No call has a readable time") if timeless else self.tr("No calls yet")
            self.quiet.setText(reading() if snapshot.progress.is_under_way else nothing)
            self.setAccessibleName(f"{self.title_label.text()}: {self.quiet.text()}")
            return
        text = self.tr("Peak {hour} · {calls}")
        self.peak.setText(text.format(hour=f"{peak:02}:00", calls=calls(snapshot.by_hour[peak].calls)))
        self.setAccessibleName(f"{self.title_label.text()}: {self.peak.text()}")
        heights = [float(totals.calls) for totals in snapshot.by_hour]
        others = tuple(0.0 if hour == peak else height for hour, height in enumerate(heights))
        most = tuple(height if hour == peak else 0.0 for hour, height in enumerate(heights))
        labels = tuple(f"{hour:02}:00" for hour in range(len(heights)))
        self.plot.show_bars([others, most], labels, HOUR_STRIDES, count_ticks, least_step=1.0, from_newest=False)
        if self.plot.highlighted >= 0:
            self._tell_hour(self.plot.highlighted)

    def _tell_hour(self, hour: int) -> None:
        if self._snapshot is None or not 0 <= hour < len(self._snapshot.by_hour):
            return
        totals = self._snapshot.by_hour[hour]
        foot = tokens(totals.total_tokens)
        if totals.failed_calls:
            foot += " · " + self.tr("{n} failed").format(n=count(totals.failed_calls))
        rows = (TipRow(by_money(self.tr("Cost"), self._snapshot.filter.money), money(totals.cost)),)
        total = TipRow(self.tr("Calls"), count(totals.calls))
        self.plot.show_tip(TipText(f"{hour:02}:00 – {hour:02}:59", rows, total, foot))


def count_ticks(values: Sequence[float]) -> tuple[str, ...]:
    """ "20K" rather than "20.0K" where all are that round."""
    texts = tuple(compact(round(value)) for value in values)
    is_round = all(text[-3:-1] == ".0" for text in texts if "." in text)
    return tuple(text.replace(".0", "") for text in texts) if is_round else texts


def _quiet_label(parent: QWidget) -> QLabel:
    label = plain_label("small", "secondary", parent)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
