"""The row of key figures, fed with snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
import snapshots
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.snapshot import Filter, Month, Period, Progress, Snapshot, Totals
from tipmao_monitor.window.cards import BigNumber, KpiRow, Level, Line
from tipmao_monitor.window.numbers import Parts
from tipmao_monitor.window.theme import Colours, Theme, load_theme, text_font


@pytest.fixture
def row(qtbot: QtBot, colours: Colours) -> Iterator[KpiRow]:
    # A window may not be smaller than its layout asks for at first; a row in a page may.
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(1160, 600)
    row = KpiRow(colours, page)
    row.resize(1160, 130)
    yield row


def with_total(snapshot: Snapshot, **changed: object) -> Snapshot:
    return replace(snapshot, total=replace(snapshot.total, **changed))


def test_every_card_says_its_number(row: KpiRow) -> None:
    row.show_snapshot(snapshots.one_call())
    shown = [card.number.text() for card in row.cards]
    assert shown == ["¥0.0156", "1", "2.3K", "100 %", "1.2 s", "¥0.0156"]


def test_feet_name_peak_parts_and_median(row: KpiRow) -> None:
    row.show_snapshot(snapshots.one_call())
    shown = [(card.second.text(), card.foot.text()) for card in row.cards]
    assert shown == [
        # Nothing to compare with: the foot stands in its place.
        ("¥0.0156 a call", ""),
        ("peak 14:00 · 1 call", ""),
        ("input 1.5K · output 800", ""),
        ("none failed", ""),
        ("none slow", "median 1.2 s"),
        (row.month.second.text(), "no forecast before 3 whole days"),
    ]


@pytest.mark.parametrize(
    ("period", "title"),
    [
        (Period(), "Today's cost"),
        (Period("7d"), "Cost, 7 days"),
        (Period("30d"), "Cost, 30 days"),
        (Period("month"), "Cost this month"),
        (Period.parse("2025-11-01..2025-11-07"), "Cost, 11-01 – 11-07"),
        (Period.parse("2025-11-20..2025-11-20"), "Cost, 11-20"),
    ],
)
def test_title_of_the_cost_says_the_period(row: KpiRow, period: Period, title: str) -> None:
    row.show_snapshot(snapshots.day(Filter(period)))
    assert row.cost.title.text() == title


@pytest.mark.parametrize(
    ("cost", "before", "shown", "tone"),
    [
        ("1.12", "1", "▲ 12 % vs yesterday at this time", "bad"),
        ("0.9", "1", "▼ 10 % vs yesterday at this time", "good"),
        ("1", "1", "= 0 % vs yesterday at this time", "secondary"),
        ("1", "0", "¥1.00 a call", ""),
        ("1", None, "¥1.00 a call", ""),
    ],
)
def test_change_of_cost_has_sign_word_and_colour(
    row: KpiRow, cost: str, before: str | None, shown: str, tone: str
) -> None:
    then = Totals(calls=9, cost=Decimal(before)) if before is not None else None
    row.show_snapshot(replace(with_total(snapshots.one_call(), cost=Decimal(cost)), before=then))
    assert row.cost.second.text() == shown
    if tone:
        assert row.cost._words.second[0][0][1] == tone


def test_cost_recorded_as_zero_for_a_paid_model_has_a_sign(row: KpiRow) -> None:
    snapshot = snapshots.one_call()
    group = replace(snapshot.by_model[0], recorded_as_zero=1)
    row.show_snapshot(replace(with_total(snapshot, cost=Decimal(0)), by_model=(group,)))
    assert row.cost.number.text() == "¥0.00"
    assert row.cost.second.text() == "! 1 call recorded as ¥0.00"


def test_cost_of_free_models_says_that_they_are_free(row: KpiRow) -> None:
    row.show_snapshot(with_total(snapshots.one_call(), cost=Decimal(0)))
    assert (row.cost.number.text(), row.cost.second.text()) == ("¥0.00", "free models only")


def test_calls_without_a_price_are_said_and_all_of_them_leave_no_number(row: KpiRow) -> None:
    snapshot = with_total(snapshots.one_call(), calls=3, unknown_cost_calls=2)
    row.show_snapshot(snapshot)
    assert row.cost.second.text() == "! 2 calls without a price, not in the sum"
    assert row.cost.number.text() == "¥0.0156"
    unpriced = Totals(calls=3, unknown_cost_calls=3)
    row.show_snapshot(replace(snapshot, total=unpriced, month=Month(unpriced)))
    assert row.cost.number.text() == "-"
    assert (row.month.number.text(), row.month.second.text(), row.month.foot.text()) == ("-", "no price is known", "")


def test_unknown_tokens_make_the_number_a_lower_bound(row: KpiRow) -> None:
    row.show_snapshot(with_total(snapshots.one_call(), unknown_token_calls=1))
    assert row.tokens.number.text() == "≥ 2.3K"
    assert "1 call without a token count" in row.tokens.second.text()


def test_failed_and_slow_calls_are_warnings(row: KpiRow) -> None:
    snapshot = replace(
        with_total(snapshots.day(), successful_calls=143),
        slow=3,
        error_families=(("RateLimitError 429", 1), ("429", 1), ("APITimeoutError", 1)),
    )
    row.show_snapshot(snapshot)
    assert row.success.second.text() == "2 failed"
    assert row.success.foot.text() == "429 rate limit ×2 · timeout ×1"
    assert row.latency.second.text() == "3 slow, over 5.0 s"
    assert row.success._words.second[0][0][1] == row.latency._words.second[0][0][1] == "warning"


def test_success_and_latency_say_their_change_behind_the_number(row: KpiRow) -> None:
    before = Totals(calls=1000, successful_calls=1000, p95_ms=1000.0)
    total = with_total(snapshots.day(), calls=1000, successful_calls=990, p95_ms=1500.0)
    row.show_snapshot(replace(total, before=before))
    assert (row.success._words.beside, row.latency._words.beside) == (("▼ 1.0 points", "▼ 1.0"), ("▲ 50 %",))
    assert row.success.accessibleName().startswith("Success: 99.0 %, ▼ 1.0 points. ")


@pytest.mark.parametrize(("room_for", "shown"), [("▼ 1.0 percentage points", 0), ("▼ 1.0", 1), ("", None)])
def test_change_behind_the_number_is_whole_or_not_there(
    qtbot: QtBot, light: Theme, room_for: str, shown: int | None
) -> None:
    beside = ("▼ 1.0 percentage points", "▼ 1.0")
    small, number = QFontMetricsF(text_font("small")), Parts("", "99.0", " %")
    of_number = QFontMetricsF(text_font("figure")).horizontalAdvance(number.figure)
    of_number += QFontMetricsF(text_font("unit")).horizontalAdvance("%") + BigNumber.GAP + 6
    label = BigNumber(replace(light, text="#00FF00", secondary="#FF0000"))
    qtbot.addWidget(label)
    label.setStyleSheet("background: #000000")
    label.resize(round(of_number + small.horizontalAdvance(room_for)), label.height())
    label.set_number(number, beside)
    image = label.grab().toImage()
    grey = [x for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).red() > 240]
    painted = max(grey) - min(grey) if grey else None
    expected = None if shown is None else pytest.approx(small.horizontalAdvance(beside[shown]), rel=0.15)
    assert painted == expected and max(grey, default=0) < image.width() - 1


def test_empty_day_says_nothing_that_is_not_so(row: KpiRow) -> None:
    row.show_snapshot(snapshots.empty())
    assert [card.number.text() for card in row.cards] == ["¥0", "0", "0", "-", "-", "¥0"]
    assert {card.second.text() + card.foot.text() for card in row.cards} == {""}


def test_month_has_average_and_forecast_with_its_range(row: KpiRow) -> None:
    month = Month(
        Totals(calls=9, successful_calls=9, cost=Decimal("61.2")),
        daily_average=Decimal("2.66"),
        forecast=Decimal("81.2"),
        forecast_low=Decimal("74.1"),
        forecast_high=Decimal("89.9"),
    )
    row.show_snapshot(replace(snapshots.day(), month=month))
    assert row.month.number.text() == "¥61.20"
    assert row.month.second.text() == "¥2.66 a day on average"
    assert row.month.foot.text() == "about ¥81 at its end (¥74–¥90)"


def test_month_without_a_range_left_says_none(row: KpiRow) -> None:
    snapshot = snapshots.day()
    month = replace(snapshot.month, forecast_low=Decimal("80.9"), forecast=Decimal("81"), forecast_high=Decimal("81.1"))
    row.show_snapshot(replace(snapshot, month=month))
    assert row.month.foot.text() == "about ¥81 at its end"


def test_accessible_name_is_the_sentence_of_the_card(row: KpiRow) -> None:
    then = Totals(calls=9, cost=Decimal("0.01"))
    row.show_snapshot(replace(snapshots.one_call(), before=then))
    assert row.cost.accessibleName() == ("Today's cost: ¥0.0156. 56 % more vs yesterday at this time. ¥0.0156 a call")


def test_line_shows_the_longest_form_that_fits(qtbot: QtBot, light: Theme) -> None:
    line = Line("small", light)
    qtbot.addWidget(line)
    line.set_variants(tuple(((text, "text"),) for text in ("12 % vs yesterday at this time", "12 % less", "12 %")))
    shown = []
    for width in (400, 80, 40):
        line.resize(width, 20)
        shown.append(line.shown_text())
    assert shown == ["12 % vs yesterday at this time", "12 % less", "12 %"]
    assert line.toolTip() == "12 % vs yesterday at this time"


@pytest.mark.parametrize("figure", ["0", "1,234,567", "9,999,999,999"])
def test_digits_are_never_clipped(qtbot: QtBot, light: Theme, figure: str) -> None:
    number = BigNumber(replace(light, text="#FF0000"))
    qtbot.addWidget(number)
    number.setStyleSheet("background: #FFFFFF")
    number.resize(110, number.height())
    number.set_number(Parts("¥", figure, "M"))
    image = number.grab().toImage()
    painted = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).red() - image.pixelColor(x, y).green() > 120
    ]
    assert painted
    assert min(x for x, _ in painted) >= 0 and max(x for x, _ in painted) < image.width() - 1
    assert min(y for _, y in painted) > 0 and max(y for _, y in painted) < image.height() - 1


@pytest.mark.parametrize(("width", "columns"), [(1156, 6), (1020, 6), (1019, 3), (504, 3), (503, 2), (396, 2)])
def test_cards_stand_in_rows_of_six_three_or_two(row: KpiRow, qtbot: QtBot, width: int, columns: int) -> None:
    row.show_snapshot(snapshots.busy())
    with qtbot.waitExposed(row.window()):
        row.window().show()
    row.resize(width, 500)
    row.layout().activate()  # type: ignore[union-attr]
    assert row.columns() == columns
    tops = [card.y() for card in row.cards]
    assert tops.count(tops[0]) == columns
    assert max(card.geometry().right() for card in row.cards) < width
    widths = [card.width() for card in row.cards]
    assert max(widths) - min(widths) <= 1


def test_cards_do_not_move_when_numbers_grow(row: KpiRow, qtbot: QtBot) -> None:
    row.show_snapshot(snapshots.one_call())
    with qtbot.waitExposed(row.window()):
        row.window().show()
    before = [card.geometry() for card in row.cards]
    row.show_snapshot(snapshots.busy())
    QApplication.processEvents()
    assert [card.geometry() for card in row.cards] == before


class Paints(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.seen += event.type() == QEvent.Type.Paint
        return False


def test_equal_snapshot_paints_nothing(row: KpiRow, qtbot: QtBot) -> None:
    snapshot = snapshots.day()
    row.show_snapshot(snapshot)
    with qtbot.waitExposed(row.window()):
        row.window().show()
    QApplication.processEvents()
    paints = Paints()
    for card in row.cards:
        for part in (card.title, card.spark, card.number, card.second, card.foot):
            part.installEventFilter(paints)
    row.show_snapshot(replace(snapshot, version=2))
    QApplication.processEvents()
    assert paints.seen == 0
    row.show_snapshot(with_total(snapshot, cost=Decimal(7)))
    QApplication.processEvents()
    assert paints.seen > 0


def test_sparkline_follows_the_hours_of_a_day_and_leaves_out_the_one_that_goes_on(row: KpiRow) -> None:
    snapshot = snapshots.day()
    row.show_snapshot(snapshot)
    hours = [float(bucket.cost) for bucket in snapshot.hours.buckets[:14]]
    assert list(row.cost.spark.values()) == hours
    assert list(row.success.spark.values()) == [bucket.success_rate for bucket in snapshot.hours.buckets[:15]]


def test_sparkline_of_a_year_is_averaged_to_what_can_be_seen(row: KpiRow) -> None:
    snapshot = snapshots.year()
    row.show_snapshot(snapshot)
    values = row.calls.spark.values()
    assert len(values) <= 36
    assert values[0] == pytest.approx(24.0)


def test_last_known_numbers_are_grey_until_the_true_ones_come(row: KpiRow) -> None:
    snapshot = snapshots.day()
    row.show_snapshot(replace(snapshot, stale_since=snapshot.now))
    assert row.cost.number._tone == "secondary"
    row.show_snapshot(snapshot)
    assert row.cost.number._tone == "text"


def test_numbers_of_a_part_are_grey_and_forecast_nothing(row: KpiRow) -> None:
    row.show_snapshot(replace(snapshots.one_call(), progress=Progress(30, 100)))
    assert {card.number._tone for card in row.cards} == {"secondary"}
    assert row.month.foot.text() == ""
    row.show_snapshot(replace(snapshots.one_call(), progress=Progress(100, 100)))
    assert {card.number._tone for card in row.cards} == {"text"}
    assert row.month.foot.text() == "no forecast before 3 whole days"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_cost_success_and_latency_can_be_pressed_by_key_and_by_mouse(row: KpiRow, qtbot: QtBot, key: Qt.Key) -> None:
    row.show_snapshot(snapshots.day())
    pressed: list[str] = []
    row.pressed.connect(pressed.append)
    with qtbot.waitExposed(row.window()):
        row.window().show()
    qtbot.keyClick(row.success, key)
    qtbot.mouseClick(row.latency, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(row.cost, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(row.calls, Qt.MouseButton.LeftButton)
    assert pressed == ["success", "latency", "cost"]
    assert row.success.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert row.calls.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_other_theme_repaints_in_its_colours(row: KpiRow) -> None:
    row.show_snapshot(snapshots.one_call())
    dark = replace(load_theme("dark"), text="#00FF00")
    row.set_theme(dark)
    image = row.cost.number.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert QColor("#00FF00").name() in colours


def test_language_changes_while_it_is_shown(row: KpiRow, brackets: object) -> None:
    row.show_snapshot(snapshots.day())
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    said = [part.text() for card in row.cards for part in (card.title, card.second, card.foot) if part.text()]
    assert [text for text in said if "【" not in text] == []


# The budget


def test_cost_card_has_the_budgets_bar_and_says_when_it_is_gone(row: KpiRow) -> None:
    evening = snapshots.NOW.replace(hour=21, minute=40)
    row.show_snapshot(replace(snapshots.day(), budgets=(snapshots.status(gone_at=evening),)))
    assert row.cost.foot.text() == "at this pace ¥10 is gone at 21:40"
    assert not row.cost.gauge.isHidden()
    assert row.cost.gauge.level() == Level(0.34, "accent")
    assert "at this pace ¥10 is gone at 21:40" in row.cost.accessibleName()
    # The other cards have no budget.
    assert [card.gauge.isHidden() for card in row.cards[1:]] == [True] * 5


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (snapshots.status(forecast="8.6"), "at this pace ¥8.60 of ¥10 in the end"),
        (snapshots.status(), "34 % of ¥10 used"),
        (snapshots.status("over", 112), "¥1.20 over the budget of ¥10"),
        (snapshots.status("paused", 5), "budget of ¥10 paused"),
        (snapshots.status("unknown", 0), "budget ¥10, no data yet"),
        (
            snapshots.status("warning", 95, gone_at=snapshots.NOW.replace(day=24, hour=1, minute=5)),
            "at this pace ¥10 is gone at tomorrow 01:05",
        ),
    ],
)
def test_sentence_of_each_state(row: KpiRow, status: BudgetStatus, sentence: str) -> None:
    row.show_snapshot(replace(snapshots.day(), budgets=(status,)))
    assert row.cost.foot.text() == sentence


def test_forecast_is_explained_with_its_range_and_method(row: KpiRow) -> None:
    row.show_snapshot(replace(snapshots.day(), budgets=(snapshots.status(forecast="8"),)))
    tip = row.cost.foot.toolTip()
    assert "four times of five ¥7.20 to ¥9.60" in tip
    assert "estimated from your own hours and weekdays" in tip


def test_another_budget_takes_the_bar_only_when_it_is_in_a_worse_state_and_is_named(row: KpiRow) -> None:
    today = snapshots.status()
    stream = snapshots.status("fine", 60, name="show", period="stream")
    row.show_snapshot(replace(snapshots.day(), budgets=(today, stream)))
    assert row.cost.foot.text() == "34 % of ¥10 used"
    over = snapshots.status("over", 160, name="show", period="stream")
    row.show_snapshot(replace(snapshots.day(), budgets=(today, over)))
    assert row.cost.foot.text() == "show: ¥6.00 over the budget of ¥10"
    row.show_snapshot(replace(snapshots.day(), budgets=(stream,)))
    assert row.cost.gauge.isHidden()


def test_budget_of_what_the_window_is_narrowed_to(row: KpiRow) -> None:
    mine = snapshots.status(percent=70, scope="model:qwen-max", name="max")
    narrowed = Filter(model="qwen-max")
    row.show_snapshot(replace(snapshots.day(), filter=narrowed, budgets=(snapshots.status(), mine)))
    assert row.cost.gauge.level().share == 0.7
    # Of other calls no budget speaks.
    row.show_snapshot(replace(snapshots.day(), filter=Filter(model="qwen-plus"), budgets=(snapshots.status(), mine)))
    assert row.cost.gauge.isHidden()


def test_budget_of_a_month_stands_on_the_card_of_the_month(row: KpiRow) -> None:
    status = snapshots.status("fine", 50, forecast="9", period="month")
    row.show_snapshot(replace(snapshots.day(), budgets=(status,)))
    assert row.month.gauge.level() == Level(0.5, "accent", 0.9)
    assert row.cost.gauge.isHidden()


def test_what_is_wrong_with_the_sum_is_said_beside_the_budget(row: KpiRow) -> None:
    day = with_total(snapshots.day(), unknown_cost_calls=3)
    row.show_snapshot(replace(day, budgets=(snapshots.status(),)))
    assert row.cost.second.text() == "! 3 calls without a price, not in the sum"
    assert row.cost.foot.text() == "34 % of ¥10 used"
    assert row.cost._words.beside == ("▲ 173 %",)
    heard = "Today's cost: ¥1.30, ▲ 173 %. ! 3 calls without a price, not in the sum. 34 % of ¥10 used"
    assert row.cost.accessibleName() == heard


def test_bar_is_painted_as_far_as_the_budget_is_used(row: KpiRow, light: Theme) -> None:
    def filled(percent: int, state: str, colour: str) -> float:
        row.show_snapshot(replace(snapshots.day(), budgets=(snapshots.status(state, percent),)))  # type: ignore[arg-type]
        row.window().show()
        QApplication.processEvents()
        image = row.cost.gauge.grab().toImage()
        middle = image.height() // 2
        hits = sum(image.pixelColor(x, middle).name() == colour.lower() for x in range(image.width()))
        return hits / image.width()

    assert filled(25, "fine", light.accent) == pytest.approx(0.25, abs=0.04)
    assert filled(75, "warning", light.warning) == pytest.approx(0.75, abs=0.04)
    assert filled(300, "over", light.bad) == pytest.approx(1, abs=0.04)
