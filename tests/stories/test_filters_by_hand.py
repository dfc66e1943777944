"""What a streamer does with the mouse: narrow the window to a row, to a day, to the calls that went wrong, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import fmean, pstdev

import oracle
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView
from running import ZONE, judged, now, today

from tipmao_monitor.usage.recorder import Recorder
from tipmao_monitor.usage.simulation import calls
from tipmao_monitor.usage.snapshot import Filter, Period
from tipmao_monitor.window.bars import BarPlot
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.numbers import compact, count, money, value_name

Until = Callable[[Callable[[], bool]], None]
Agree = Callable[..., None]
MODEL = "qwen-plus"


@pytest.fixture
def records(records: Path) -> Path:
    """Eight days of a stream, some calls an hour, the last of them a minute ago."""
    made = calls(seed=3)
    with Recorder(records, strict=True, zone=ZONE) as recorder:
        for ago in range(8 * 24 - 1, -1, -1):
            for minute in (1, 20, 40):
                at = now() - timedelta(hours=ago, minutes=minute)
                recorder.record(**next(made), at=at.timestamp())
    return records


def texts(table: QTableView) -> list[list[str]]:
    model = table.model()
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [[str(model.index(row, column).data()) for column in columns] for row in rows]


def click_row(table: QTableView, text: str) -> None:
    row = [cells[0] for cells in texts(table)].index(text)
    place = table.visualRect(table.model().index(row, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def click_bar(plot: BarPlot, bucket: int, buckets: int) -> None:
    """In its middle; the axis stands at the left."""
    axis = 40
    slot = (plot.width() - axis) / buckets
    QTest.mouseClick(
        plot, Qt.MouseButton.LeftButton, pos=QPoint(round(axis + slot * (bucket + 0.5)), plot.height() // 2)
    )


def everything(window: MainWindow) -> list[object]:
    """All that the cards say, but for the comparison with an earlier time: it moves on with the clock."""
    tables = (window.models.table, window.functions.table, window.top.table, window.calls.table)
    numbers = [card.number.text() for card in window.kpis.cards]
    return [*numbers, *(card.accessibleName() for card in window.cards), *map(texts, tables)]


def grouped(placed: list[oracle.Placed], dimension: str) -> dict[str, list[oracle.Placed]]:
    return oracle.grouped(placed, oracle.KEYS[dimension])


def cost_of(placed: list[oracle.Placed]) -> str:
    total = oracle.totals(placed, oracle.Prices())
    return "-" if total.unknown_cost_calls == total.calls else money(total.cost)


def test_clicked_model_narrows_every_card_and_back_restores_them(
    window: MainWindow, records: Path, agree: Agree, wait: Until
) -> None:
    agree()
    wait(lambda: "Reading…" not in window.advice.accessibleName())
    before = everything(window)
    click_row(window.models.table, MODEL)
    narrow = Filter(model=MODEL)
    agree(narrow)
    assert window.filter_bar.chips() == (f"Model {MODEL} ×",)
    placed = judged(records, narrow)
    assert {row[0]: row[2] for row in texts(window.models.table)} == {MODEL: cost_of(placed)}
    functions = grouped(placed, "function")
    assert {row[0]: row[2] for row in texts(window.functions.table)} == {
        value_name("function", key): cost_of(part) for key, part in functions.items()
    }
    users = grouped(placed, "user")
    assert {(row[0], row[1], row[3]) for row in texts(window.top.table)} == {
        (value_name("user", key), compact(sum(p.call.total for p in part)), count(len(part)))
        for key, part in users.items()
    }
    assert {row[2] for row in texts(window.calls.table)} == {MODEL}
    assert len(texts(window.calls.table)) == len(placed)
    week = judged(records, replace(narrow, period=Period("7d")))
    assert f"{cost_of(week)} in all" in window.trend.accessibleName()
    hours = grouped_by_hour(placed)
    assert f"· {max(hours.values())} calls" in window.hours.accessibleName()

    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    agree()
    wait(lambda: everything(window) == before)
    assert window.filter_bar.chips() == ()


def grouped_by_hour(placed: list[oracle.Placed]) -> dict[str, int]:
    return {hour: len(part) for hour, part in oracle.grouped(placed, lambda p: oracle.hour_in(p, ZONE)).items()}


def test_two_narrowings_are_two_chips_and_each_goes_alone(window: MainWindow, records: Path, agree: Agree) -> None:
    agree()
    click_row(window.models.table, MODEL)
    agree(Filter(model=MODEL))
    click_row(window.top.table, "(not recorded)")
    agree(Filter(model=MODEL, user=""))
    assert window.filter_bar.chips() == (f"Model {MODEL} ×", "User (not recorded) ×")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    agree(Filter(model=MODEL))
    window.filter_bar.search.setText("TIMEOUT")
    agree(Filter(model=MODEL, search="TIMEOUT"))


@pytest.mark.parametrize("bar", [2, 5])
def test_clicked_bar_of_the_trend_is_that_day(
    window: MainWindow, records: Path, agree: Agree, wait: Until, bar: int
) -> None:
    window.action("period_7d").trigger()
    agree(Filter(Period("7d")))
    day = today() - timedelta(days=6 - bar)
    click_bar(window.trend.plot, bar, buckets=7)
    one_day = Filter(Period("custom", day, day))
    agree(one_day)
    assert window.filter.period == one_day.period
    assert window.filter_bar.period.option("custom").isChecked()
    wait(lambda: len(texts(window.calls.table)) == len(judged(records, one_day)))


def test_pressed_success_shows_the_failed_calls_alone(window: MainWindow, records: Path, agree: Agree) -> None:
    window.action("period_7d").trigger()
    agree(Filter(Period("7d")))
    QTest.mouseClick(window.kpis.success, Qt.MouseButton.LeftButton)
    agree(Filter(Period("7d"), failed=True))
    assert window.filter_bar.chips() == ("Failed only ×",)


def odd(placed: list[oracle.Placed]) -> list[oracle.Placed]:
    """The guide: more than two standard deviations over the mean cost of its function."""
    prices = oracle.Prices()
    found = []
    for part in grouped(placed, "function").values():
        costs = [(p, cost) for p in part if (cost := prices.cost(p)) is not None]
        values = [cost for _, cost in costs]
        limit = fmean(values) + 2 * pstdev(values) if values else 0.0
        found += [p for p, cost in costs if cost > limit]
    return found


LISTS: dict[str, Callable[[list[oracle.Placed]], list[oracle.Placed]]] = {
    "slow": lambda placed: [p for p in placed if p.call.ms is not None and p.call.ms > 5000],
    "odd": odd,
    "failed": lambda placed: [p for p in placed if not p.call.ok],
    "latest": lambda placed: placed,
}


@pytest.mark.parametrize("kind", LISTS)
def test_each_list_has_its_calls_the_newest_first(
    window: MainWindow, records: Path, agree: Agree, wait: Until, kind: str
) -> None:
    window.action("period_7d").trigger()
    agree(Filter(Period("7d")))
    expected = sorted(LISTS[kind](judged(records, Filter(Period("7d")))), key=oracle.standing, reverse=True)
    assert expected
    window.calls.which.option(kind).click()
    table = window.calls.table
    wait(lambda: table.model().rowCount() == len(expected))
    for row, placed in enumerate(expected):
        table.scrollTo(table.model().index(row, 0))
        wait(lambda row=row: table.calls.call(row) is not None)
        call = table.calls.call(row)
        assert call is not None
        assert (call.path, call.line) == (placed.path, placed.line)
        assert table.model().index(row, 2).data() == value_name("model", placed.call.model or "")
