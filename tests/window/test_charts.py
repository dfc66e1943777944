"""The charts: what the bars say, what a hover says, and what a click asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
import snapshots
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.snapshot import Bucket, Filter, Period, Series, Snapshot, Totals, Trend
from tipmao_monitor.window.bars import BarPlot, Expected, Limit
from tipmao_monitor.window.charts import HoursCard, TrendCard, count_ticks, merged
from tipmao_monitor.window.theme import Colours, load_theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise")

WEEK = Filter(Period("7d"))


def trend_of(*costs: tuple[str, ...], keys: tuple[str | None, ...] = ("qwen-plus", "qwen-max", None)) -> Trend:
    """One tuple of costs for each day, the last one today."""
    start = snapshots.NOW.replace(hour=0, minute=0, second=0) - timedelta(days=len(costs) - 1)
    days = [start + timedelta(days=n) for n in range(len(costs))]
    buckets = tuple(
        Bucket(day, calls=10 + n, failed_calls=n, cost=sum(map(Decimal, parts), Decimal(0)), p95_ms=2100.0)
        for n, (day, parts) in enumerate(zip(days, costs, strict=True))
    )
    series = tuple(Series(key, tuple(Decimal(day[n]) for day in costs)) for n, key in enumerate(keys))
    return Trend("day", buckets, series, series[:1])


def snapshot_of(trend: Trend, **fields: object) -> Snapshot:
    return replace(Snapshot(now=snapshots.NOW, filter=WEEK, trend=trend), **fields)


THREE_DAYS = trend_of(("1.00", "0.50", "0"), ("2.00", "0.25", "0.125"), ("0.40", "0.40", "0.20"))


@pytest.fixture
def card(qtbot: QtBot, colours: Colours) -> TrendCard:
    card = TrendCard(colours)
    qtbot.addWidget(card)
    card.resize(700, 260)
    with qtbot.waitExposed(card):
        card.show()
    return card


def point_of(plot: BarPlot, bucket: int, height: float = 0.02) -> QPoint:
    """A place in a bar: `height` is the share of the plot's height above its base."""
    slot = plot._slot(bucket)
    return QPoint(slot.center().x(), slot.bottom() - round(slot.height() * height) - 1)


def hover(plot: QWidget, at: QPoint) -> None:
    place = QPointF(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        plot.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QCoreApplication.sendEvent(plot, event)


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ((0, 1), ("0", "1")),
        ((0, 50_000, 100_000), ("0", "50K", "100K")),
        ((0, 500, 1000, 1500), ("0", "500", "1.0K", "1.5K")),
    ],
)
def test_ticks_of_calls_have_a_decimal_only_where_one_needs_it(
    ticks: tuple[float, ...], texts: tuple[str, ...]
) -> None:
    assert count_ticks(ticks) == texts


def test_merged_weeks_hold_all_that_the_days_held_and_end_today() -> None:
    days = trend_of(*[(f"{n}.5", "1", "0.25") for n in range(16)])
    weeks = merged(days, 7)
    assert [bucket.start for bucket in weeks.buckets] == [days.buckets[n].start for n in (0, 2, 9)]
    assert sum(b.cost for b in weeks.buckets) == sum(b.cost for b in days.buckets)
    assert [b.calls for b in weeks.buckets] == [
        sum(b.calls for b in days.buckets[a:z]) for a, z in ((0, 2), (2, 9), (9, 16))
    ]
    for merged_series, series in zip(weeks.by_model, days.by_model, strict=True):
        assert sum(merged_series.costs) == sum(series.costs)


def test_hovering_a_bar_names_every_part_the_total_and_the_calls(card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    hover(card.plot, point_of(card.plot, 1))
    assert card.plot.highlighted == 1
    assert card.plot.accessibleDescription().splitlines() == [
        "2025-11-22",
        "qwen-plus ¥2.00",
        "qwen-max ¥0.25",
        "Other ¥0.12",
        "Total ¥2.38",
        "11 calls · 1 failed · p95 2.1 s",
    ]


def test_a_part_that_cost_nothing_that_day_is_not_listed(card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    hover(card.plot, point_of(card.plot, 0))
    assert "Other" not in card.plot.accessibleDescription()


def test_the_tooltip_goes_when_the_pointer_leaves(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    card.plot.setFocus()
    QTest.keyClick(card.plot, Qt.Key.Key_Left)
    assert card.plot.tip is not None
    QCoreApplication.sendEvent(card.plot, QEvent(QEvent.Type.Leave))
    assert card.plot.tip is None
    assert card.plot.highlighted == -1


def test_a_new_snapshot_changes_the_tooltip_that_is_open(card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    card.plot.setFocus()
    QTest.keyClick(card.plot, Qt.Key.Key_End)
    card.show_snapshot(snapshot_of(trend_of(("1", "0", "0"), ("2", "0", "0"), ("9.99", "0", "0"))))
    assert card.plot.tip is not None
    assert card.plot.tip.total.figure == "¥9.99"


def test_arrow_keys_move_over_the_bars_and_enter_opens_the_day(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    card.plot.setFocus()
    QTest.keyClick(card.plot, Qt.Key.Key_Left)
    assert card.plot.highlighted == 2
    QTest.keyClick(card.plot, Qt.Key.Key_Left)
    QTest.keyClick(card.plot, Qt.Key.Key_Left)
    QTest.keyClick(card.plot, Qt.Key.Key_Left)
    assert card.plot.highlighted == 0
    with qtbot.waitSignal(card.day_chosen) as chosen:
        QTest.keyClick(card.plot, Qt.Key.Key_Return)
    assert chosen.args == [date(2025, 11, 21)]
    QTest.keyClick(card.plot, Qt.Key.Key_Escape)
    assert card.plot.highlighted == -1


def test_a_click_on_a_bar_chooses_its_day(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    with qtbot.waitSignal(card.day_chosen) as chosen:
        QTest.mouseClick(card.plot, Qt.MouseButton.LeftButton, pos=point_of(card.plot, 1))
    assert chosen.args == [date(2025, 11, 22)]


def test_ctrl_click_on_a_part_narrows_to_it(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    held = Qt.KeyboardModifier.ControlModifier
    with qtbot.waitSignal(card.narrowed) as narrowed, qtbot.assertNotEmitted(card.day_chosen):
        QTest.mouseClick(card.plot, Qt.MouseButton.LeftButton, held, point_of(card.plot, 1, 0.1))
    assert narrowed.args == ["model", "qwen-plus"]


def test_a_click_on_an_hour_narrows_to_the_part_and_chooses_no_day(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshots.day())
    QTest.mouseClick(card.span.option("hour"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(card.narrowed) as narrowed, qtbot.assertNotEmitted(card.day_chosen):
        QTest.mouseClick(card.plot, Qt.MouseButton.LeftButton, pos=point_of(card.plot, 13))
    assert narrowed.args == ["model", snapshots.day().hours.by_model[0].key]


def test_a_click_beside_the_bar_of_an_hour_does_nothing(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshots.day())
    QTest.mouseClick(card.span.option("hour"), Qt.MouseButton.LeftButton)
    with (
        qtbot.assertNotEmitted(card.narrowed),
        qtbot.assertNotEmitted(card.day_chosen),
        qtbot.assertNotEmitted(card.days_chosen),
    ):
        QTest.mouseClick(card.plot, Qt.MouseButton.LeftButton, pos=point_of(card.plot, 3))


def test_pointer_is_a_hand_only_where_a_press_is_answered(qtbot: QtBot, card: TrendCard, colours: Colours) -> None:
    hand = Qt.CursorShape.PointingHandCursor
    card.show_snapshot(snapshots.day())
    hover(card.plot, point_of(card.plot, 2, 0.99))
    assert card.plot.cursor().shape() == hand
    QTest.mouseClick(card.span.option("hour"), Qt.MouseButton.LeftButton)
    shapes = []
    for height in (0.02, 0.99):
        hover(card.plot, point_of(card.plot, 13, height))
        shapes.append(card.plot.cursor().shape() == hand)
    assert shapes == [True, False]
    hours = HoursCard(colours)
    qtbot.addWidget(hours)
    hours.resize(500, 220)
    with qtbot.waitExposed(hours):
        hours.show()
    hours.show_snapshot(snapshots.day())
    hover(hours.plot, point_of(hours.plot, 13))
    assert hours.plot.highlighted == 13 and hours.plot.cursor().shape() != hand


def test_days_and_hours_are_a_switch_only_where_the_period_is_one_day(card: TrendCard) -> None:
    card.show_snapshot(snapshots.day())
    assert card.span.isVisible()
    assert card.span.current() == "day"
    QTest.mouseClick(card.span.option("hour"), Qt.MouseButton.LeftButton)
    hover(card.plot, point_of(card.plot, 13))
    assert card.plot.accessibleDescription().startswith("13:00 – 13:59")
    card.show_snapshot(snapshots.week())
    assert not card.span.isVisible()
    hover(card.plot, point_of(card.plot, 0))
    assert card.plot.accessibleDescription().startswith("2025-11-17")


def test_by_function_shows_the_translated_functions(card: TrendCard) -> None:
    card.show_snapshot(snapshots.week())
    QTest.mouseClick(card.split.option("function"), Qt.MouseButton.LeftButton)
    hover(card.plot, point_of(card.plot, 0))
    assert "Live analysis ¥" in card.plot.accessibleDescription()


def test_a_click_on_a_legend_entry_narrows_and_on_other_does_not(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    places = dict(card.legend.places())
    with qtbot.waitSignal(card.narrowed) as narrowed:
        QTest.mouseClick(card.legend, Qt.MouseButton.LeftButton, pos=places[1].center())
    assert narrowed.args == ["model", "qwen-max"]
    with qtbot.assertNotEmitted(card.narrowed):
        QTest.mouseClick(card.legend, Qt.MouseButton.LeftButton, pos=places[2].center())


def test_the_legend_is_reached_by_the_arrow_keys(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    card.legend.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(card.legend, Qt.Key.Key_Right)
    assert card.legend.accessibleDescription() == "qwen-max"
    with qtbot.waitSignal(card.narrowed) as narrowed:
        QTest.keyClick(card.legend, Qt.Key.Key_Return)
    assert narrowed.args == ["model", "qwen-max"]


@pytest.mark.parametrize("width", [360, 420, 740, 1100])
def test_legend_entries_stay_inside_and_the_rest_is_counted(card: TrendCard, width: int) -> None:
    keys = (*(f"a-model-with-a-long-name-{n}" for n in range(12)), None)
    card.show_snapshot(snapshot_of(trend_of(*[("1",) * 13] * 7, keys=keys)))
    card.resize(width, 260)
    places = card.legend.places()
    shown = [part for part, _ in places if part >= 0]
    assert shown[-1] == 12  # "other" is the last to go
    assert places[-1][0] == -1 and len(shown) < 13
    assert all(place.left() >= 0 and place.right() < card.legend.width() for _, place in places)
    assert all(a.right() < b.left() for (_, a), (_, b) in pairwise(places))


class Paints(QObject):
    """Counts how often a widget was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False

    def settled(self) -> bool:
        """Whether one more turn of the event loop painted nothing."""
        before = self.count
        QCoreApplication.processEvents()
        return self.count == before > 0


def test_unchanged_data_does_not_paint_again(qtbot: QtBot, card: TrendCard) -> None:
    paints = Paints(card.plot._plot.viewport())
    card.show_snapshot(snapshot_of(THREE_DAYS))
    qtbot.waitUntil(paints.settled)
    before = paints.count
    card.show_snapshot(snapshot_of(replace(THREE_DAYS), newest_at=snapshots.NOW))
    QCoreApplication.processEvents()
    assert paints.count == before
    card.show_snapshot(snapshot_of(trend_of(("1", "0", "0"))))
    qtbot.waitUntil(lambda: paints.count > before)


def test_items_are_made_once(card: TrendCard) -> None:
    card.show_snapshot(snapshots.day())
    before = set(map(id, card.plot._plot.scene().items()))
    card.show_snapshot(snapshots.week())
    card.show_snapshot(snapshots.year())
    assert set(map(id, card.plot._plot.scene().items())) == before


def test_bars_stand_on_zero_and_are_as_high_as_their_cost(card: TrendCard, colours: Colours) -> None:
    card.show_snapshot(snapshot_of(trend_of(("1", "0", "0"), ("2", "0", "0"))))
    image = card.plot.grab().toImage()
    colour = colours.of("qwen-plus").rgb()
    heights = []
    for bucket in (0, 1):
        x = point_of(card.plot, bucket).x()
        column = [y for y in range(image.height()) if image.pixelColor(x, y).rgb() == colour]
        heights.append(len(column))
        assert column[-1] - column[0] == len(column) - 1
    assert heights[1] == pytest.approx(2 * heights[0], abs=2)


def test_thin_parts_are_painted_too(card: TrendCard, colours: Colours) -> None:
    card.show_snapshot(snapshot_of(trend_of(("99", "1", "0"))))
    image = card.plot.grab().toImage()
    x = point_of(card.plot, 0).x()
    assert colours.of("qwen-max").rgb() in [image.pixelColor(x, y).rgb() for y in range(image.height())]


def test_a_cost_too_small_to_see_still_shows_a_line(card: TrendCard, colours: Colours) -> None:
    card.show_snapshot(snapshot_of(trend_of(("0.000001", "0", "0"), ("900", "0", "0"))))
    image = card.plot.grab().toImage()
    at = point_of(card.plot, 0, 0)
    near = [image.pixelColor(at.x(), y).rgb() for y in range(at.y() - 3, at.y() + 4)]
    assert colours.of("qwen-plus").rgb() in near


@pytest.mark.parametrize(
    ("snapshot", "sentence"),
    [
        (snapshot_of(trend_of(("0", "0", "0"))), "Cost trend: Nothing was charged"),
        (
            snapshot_of(trend_of(("0", "0", "0")), total=Totals(calls=3, unknown_cost_calls=3)),
            "Cost trend: No price is known for these models",
        ),
        (Snapshot(now=snapshots.NOW), "Cost trend: No calls in these days"),
        (Snapshot(now=snapshots.NOW, filter=Filter(model="x")), "Cost trend: No call matches the filter"),
        (snapshot_of(THREE_DAYS), "Cost trend: ¥4.88 in all, most 11-22 with ¥2.38"),
    ],
)
def test_the_card_says_its_sentence(card: TrendCard, snapshot: Snapshot, sentence: str) -> None:
    card.show_snapshot(snapshot)
    assert card.accessibleName() == sentence
    has_bars = any(bucket.cost for bucket in snapshot.trend.buckets)
    assert (card.plot.isVisible(), card.quiet.isVisible()) == (has_bars, not has_bars)


def test_a_year_in_a_narrow_card_becomes_weeks_and_a_click_asks_for_the_week(qtbot: QtBot, card: TrendCard) -> None:
    card.show_snapshot(snapshots.year())
    card.resize(396, 260)
    assert card.title_label.text() == "Cost by week"
    hover(card.plot, point_of(card.plot, 51))
    assert card.plot.accessibleDescription().startswith("2025-11-10 – 2025-11-16")
    with qtbot.waitSignal(card.days_chosen) as chosen, qtbot.assertNotEmitted(card.day_chosen):
        QTest.mouseClick(card.plot, Qt.MouseButton.LeftButton, pos=point_of(card.plot, 51))
    assert chosen.args == [date(2025, 11, 10), date(2025, 11, 16)]
    card.resize(2600, 260)
    assert card.title_label.text() == "Cost trend"


def test_before_the_first_numbers_a_chart_shows_no_axes(card: TrendCard) -> None:
    assert not card.plot.isVisible() and card.quiet.text() == ""


def test_a_wheel_over_a_chart_scrolls_the_page(qtbot: QtBot, colours: Colours) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    card = TrendCard(colours)
    card.setMinimumSize(600, 900)
    area.setWidget(card)
    area.resize(640, 300)
    card.show_snapshot(snapshots.day())
    with qtbot.waitExposed(area):
        area.show()
    at = QPointF(300, 100)
    event = QWheelEvent(
        at,
        card.plot.mapToGlobal(at),
        QPoint(),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view = card.plot._view.viewRange()
    QCoreApplication.sendEvent(card.plot, event)
    assert not event.isAccepted()
    assert card.plot._view.viewRange() == view


def test_another_theme_changes_the_colours_of_what_is_shown(card: TrendCard, colours: Colours) -> None:
    card.show_snapshot(snapshot_of(THREE_DAYS))
    colours.theme = load_theme("dark")
    card.set_theme(colours.theme)
    image = card.plot.grab().toImage()
    at = point_of(card.plot, 1, 0.2)
    assert image.pixelColor(at).name().upper() == load_theme("dark").categories[0]
    left = card.plot._slot(0).left() + 2
    grid = [image.pixelColor(left, y).name().upper() for y in range(image.height())]
    assert load_theme("dark").line in grid and load_theme("light").line not in grid


def test_the_peak_hour_is_named_in_words(qtbot: QtBot, colours: Colours) -> None:
    card = HoursCard(colours)
    qtbot.addWidget(card)
    by_hour = tuple(Totals(calls=38 if hour == 20 else 5) for hour in range(24))
    card.show_snapshot(Snapshot(now=snapshots.NOW, by_hour=by_hour))
    assert card.peak.text() == "Peak 20:00 · 38 calls"
    assert card.accessibleName() == "Hours of the day: Peak 20:00 · 38 calls"


def test_the_peak_hour_stands_out(qtbot: QtBot, colours: Colours) -> None:
    card = HoursCard(colours)
    qtbot.addWidget(card)
    card.resize(500, 220)
    with qtbot.waitExposed(card):
        card.show()
    card.show_snapshot(
        Snapshot(now=snapshots.NOW, by_hour=tuple(Totals(calls=9 - abs(hour - 9)) for hour in range(18)))
    )
    image = card.plot.grab().toImage()
    accented = [
        image.pixelColor(point_of(card.plot, hour)).name().upper() == colours.theme.accent for hour in range(18)
    ]
    assert [hour for hour in range(18) if accented[hour]] == [9]


def test_an_hour_says_its_calls_and_cost(qtbot: QtBot, colours: Colours) -> None:
    card = HoursCard(colours)
    qtbot.addWidget(card)
    card.resize(500, 220)
    with qtbot.waitExposed(card):
        card.show()
    empty = (Totals(),) * 24
    nine = Totals(calls=7, successful_calls=6, cost=Decimal("1.5"), total_tokens=98_700)
    card.show_snapshot(Snapshot(now=snapshots.NOW, by_hour=(*empty[:9], nine, *empty[10:])))
    hover(card.plot, point_of(card.plot, 9))
    assert card.plot.accessibleDescription().splitlines() == [
        "09:00 – 09:59",
        "Cost ¥1.50",
        "Calls 7",
        "98.7K tokens · 1 failed",
    ]


@pytest.mark.parametrize(("calls", "sentence"), [(0, "No calls yet"), (3, "No call has a readable time")])
def test_hours_without_calls_say_so(qtbot: QtBot, colours: Colours, calls: int, sentence: str) -> None:
    card = HoursCard(colours)
    qtbot.addWidget(card)
    card.show_snapshot(replace(snapshots.empty(), total=Totals(calls=calls)))
    assert card.accessibleName() == f"Hours of the day: {sentence}"


# Budget and forecast


def budgeted(status: BudgetStatus, **fields: object) -> Snapshot:
    return snapshot_of(THREE_DAYS, budgets=(status,), **fields)


def test_budget_is_a_line_with_its_name_and_the_axis_reaches_it(card: TrendCard) -> None:
    card.show_snapshot(budgeted(snapshots.status(amount=Decimal(5))))
    assert card.plot.bars.limit == Limit(5.0, "budget ¥5 a day")
    assert card.plot.bars._ticks[-1] >= 5
    card.show_snapshot(budgeted(snapshots.status("over", 130, amount=Decimal(2))))
    assert card.plot.bars.limit == Limit(2.0, "budget ¥2 a day", "bad")


def test_budget_far_above_the_bars_does_not_press_them_flat(card: TrendCard) -> None:
    card.show_snapshot(budgeted(snapshots.status(amount=Decimal(100))))
    assert card.plot.bars.limit is None
    assert card.plot.bars._ticks[-1] < 5


def test_forecast_stands_over_todays_bar_with_its_range(card: TrendCard) -> None:
    card.show_snapshot(budgeted(snapshots.status(forecast="3", amount=Decimal(5))))
    assert card.plot.bars.expected == Expected(3.0, pytest.approx(2.7), pytest.approx(3.6), "about ¥3.00")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shown",
    [
        budgeted(snapshots.status("paused", forecast="3")),
        budgeted(snapshots.status(forecast="3"), filter=Filter(Period("7d"), failed=True)),
        budgeted(snapshots.status(forecast="3", scope="model:qwen-max")),
        budgeted(snapshots.status(forecast="3", period="week")),
        budgeted(snapshots.status(forecast="3"), stale_since=snapshots.NOW),
        snapshot_of(THREE_DAYS),
    ],
)
def test_no_budget_of_other_calls_or_times_is_drawn(card: TrendCard, shown: Snapshot) -> None:
    card.show_snapshot(shown)
    assert (card.plot.bars.limit, card.plot.bars.expected) == (None, None)


def test_trend_that_ends_in_the_past_has_no_forecast(card: TrendCard) -> None:
    shown = budgeted(snapshots.status(forecast="3", amount=Decimal(5)))
    card.show_snapshot(replace(shown, now=snapshots.NOW + timedelta(days=3)))
    assert card.plot.bars.expected is None and card.plot.bars.limit is not None


def test_line_and_outline_are_painted_and_follow_the_budget(card: TrendCard, colours: Colours) -> None:
    def row_of_line() -> int:
        """Where the dashes of the line are, in pixels from the top."""
        image = card.plot.grab().toImage()
        colour = colours.theme.bad.lower()
        rows = [
            sum(image.pixelColor(x, y).name() == colour for x in range(image.width())) for y in range(image.height())
        ]
        return max(range(len(rows)), key=lambda y: rows[y]) if max(rows) > 100 else -1

    card.show_snapshot(budgeted(snapshots.status("over", 130, amount=Decimal("1.5"))))
    low = row_of_line()
    card.show_snapshot(budgeted(snapshots.status("over", 130, amount=Decimal("2.5"))))
    high = row_of_line()
    assert 0 < high < low
