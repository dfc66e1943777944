"""Shares and top lists: what each row says, and what survives the next snapshot."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import snapshots
from PySide6.QtCore import QAbstractItemModel, QCoreApplication, QEvent, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.snapshot import Group, Snapshot, Totals
from tipmao_monitor.window.tables import GroupModel, RowTable, ShareModel, SharesCard, TopCard, TopModel, plain_tip
from tipmao_monitor.window.theme import Colours, load_theme


def group(key: str, cost: str = "1", calls: int = 10, **fields: object) -> Group:
    totals = Totals(calls=calls, successful_calls=calls, total_tokens=100 * calls, cost=Decimal(cost))
    known = {name: value for name, value in fields.items() if name in Totals.__slots__}
    rest = {name: value for name, value in fields.items() if name not in Totals.__slots__}
    return Group(key, replace(totals, **known), **rest)


def snapshot_of(**fields: object) -> Snapshot:
    return replace(Snapshot(now=snapshots.NOW), **fields)


def strict(model: QAbstractItemModel) -> QAbstractItemModelTester:
    return QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)


def texts(table: RowTable, row: int) -> list[str]:
    model = table.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def click(table: RowTable, row: int, column: int = 0) -> None:
    place = table.visualRect(table.model().index(row, column)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.fixture
def models(qtbot: QtBot, colours: Colours) -> SharesCard:
    card = SharesCard("model", colours)
    qtbot.addWidget(card)
    strict(card.model).setParent(card)
    card.resize(396, 300)
    with qtbot.waitExposed(card):
        card.show()
    return card


@pytest.fixture
def top(qtbot: QtBot, colours: Colours) -> TopCard:
    card = TopCard(colours)
    qtbot.addWidget(card)
    strict(card.model).setParent(card)
    card.resize(700, 320)
    with qtbot.waitExposed(card):
        card.show()
    return card


@pytest.mark.parametrize(
    ("shown", "cost", "second", "marked"),
    [
        (group("qwen-plus", "1.78", 120), "¥1.78", "¥0.0148/call", False),
        (group("glm-4-flash", "0", 9, free=True), "¥0.00", "free", False),
        (group("4.0Ultra", "0", 12, recorded_as_zero=12), "¥0.00", "12 calls", True),
        (group("qwen-max", "0.82", 10, recorded_as_zero=1), "¥0.82", "¥0.0820/call", True),
        (group("qwen-max", "0.82", 30, recorded_as_zero=1), "¥0.82", "¥0.0273/call", False),
        (group("unheard-of", "0", 4, unknown_cost_calls=4), "-", "4 calls", False),
        (group("half-known", "3", 4, unknown_cost_calls=1), "¥3.00", "¥1.00/call", False),
    ],
)
def test_a_model_says_its_cost_and_what_a_call_costs(
    models: SharesCard, shown: Group, cost: str, second: str, marked: bool
) -> None:
    models.show_snapshot(snapshot_of(by_model=(shown,)))
    assert texts(models.table, 0) == [shown.key, "", cost, second]
    assert models.model.cell(0, 2).marked == marked


def test_functions_have_their_names_and_their_calls(qtbot: QtBot, colours: Colours) -> None:
    card = SharesCard("function", colours)
    qtbot.addWidget(card)
    card.show_snapshot(snapshot_of(by_function=(group("live_analysis", "1.92", 72), group("", "0.1", 1))))
    assert texts(card.table, 0) == ["Live analysis", "", "¥1.92", "72 calls"]
    assert texts(card.table, 1) == ["(not recorded)", "", "¥0.10", "1 call"]


def test_the_tooltip_says_what_the_sign_means(models: SharesCard) -> None:
    models.show_snapshot(snapshot_of(by_model=(group("4.0Ultra", "0", 1234, recorded_as_zero=1234),)))
    assert "recorded as 0: 1,234 of them" in models.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_recorded_text_is_never_read_as_html(models: SharesCard) -> None:
    models.show_snapshot(snapshot_of(by_model=(group("<img src=x onerror=1>", "1"),)))
    tip = models.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img src=x onerror=1&gt;" in tip
    assert texts(models.table, 0)[0] == "<img src=x onerror=1>"


def test_a_tooltip_of_endless_text_is_cut() -> None:
    assert len(plain_tip("x" * 100_000)) < 1000


def test_bars_are_in_proportion_to_the_largest_cost(models: SharesCard) -> None:
    models.show_snapshot(snapshot_of(by_model=(group("a", "4"), group("b", "1"), group("c", "0"))))
    assert [models.model.share(row) for row in range(3)] == [1.0, 0.25, 0.0]
    models.show_snapshot(snapshot_of(by_model=(group("a", "8"), group("b", "1"), group("c", "0"))))
    assert [models.model.share(row) for row in range(3)] == [1.0, 0.125, 0.0]


def test_a_bar_has_the_colour_of_its_model_and_changes_with_the_theme(models: SharesCard, colours: Colours) -> None:
    models.show_snapshot(snapshot_of(by_model=(group("a", "4"), group("b", "4"))))

    def colour_of(row: int) -> str:
        place = models.table.visualRect(models.model.index(row, 1)).center()
        return models.table.viewport().grab().toImage().pixelColor(place).name().upper()

    assert [colour_of(0), colour_of(1)] == [colours.of("a").name().upper(), colours.of("b").name().upper()]
    colours.theme = load_theme("dark")
    models.set_theme(colours.theme)
    assert colour_of(1) == load_theme("dark").categories[1]


@pytest.mark.parametrize("act", ["click", "enter"])
def test_choosing_a_row_narrows_to_it(qtbot: QtBot, models: SharesCard, act: str) -> None:
    models.show_snapshot(snapshot_of(by_model=(group("a", "4"), group("b", "1"))))
    with qtbot.waitSignal(models.narrowed) as narrowed:
        if act == "click":
            click(models.table, 1, 2)
        else:
            models.table.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(models.table, Qt.Key.Key_Down)
            models.table.setCurrentIndex(models.model.index(1, 0))
            QTest.keyClick(models.table, Qt.Key.Key_Return)
    assert narrowed.args == ["model", "b"]


def test_what_is_not_recorded_can_be_chosen_too(qtbot: QtBot, models: SharesCard) -> None:
    models.show_snapshot(snapshot_of(by_model=(group("", "4"),)))
    with qtbot.waitSignal(models.narrowed) as narrowed:
        click(models.table, 0)
    assert narrowed.args == ["model", ""]


def test_sums_have_the_decimals_of_the_largest_also_when_that_changes(models: SharesCard) -> None:
    small = group("b", "0.0427")
    models.show_snapshot(snapshot_of(by_model=(small,)))
    assert texts(models.table, 0)[2] == "¥0.0427"
    models.show_snapshot(snapshot_of(by_model=(group("a", "1.2"), small)))
    assert [texts(models.table, row)[2] for row in (0, 1)] == ["¥1.20", "¥0.04"]


def test_one_row_more_stands_where_the_button_would(models: SharesCard) -> None:
    models.show_snapshot(snapshot_of(by_model=tuple(group(f"m{n}", str(20 - n)) for n in range(9))))
    assert models.model.rowCount() == 9 and not models._more.isVisible()
    models.show_at_most(6)
    assert models.model.rowCount() == 6 and models._more.text() == "3 more"


def test_the_button_is_as_high_as_the_row_in_whose_place_it_stands(models: SharesCard) -> None:
    models.show_at_most(6)
    heights = set()
    for rows in (7, 8, 12):
        models.show_snapshot(snapshot_of(by_model=tuple(group(f"m{n}", str(20 - n)) for n in range(rows))))
        QCoreApplication.processEvents()
        heights.add(models.sizeHint().height())
    assert len(heights) == 1


def test_more_than_eight_rows_wait_behind_a_button(models: SharesCard) -> None:
    models.show_snapshot(snapshot_of(by_model=tuple(group(f"m{n}", str(20 - n)) for n in range(12))))
    assert models.model.rowCount() == 8
    assert models._more.text() == "4 more"
    QTest.mouseClick(models._more, Qt.MouseButton.LeftButton)
    assert models.model.rowCount() == 12
    assert models.table.height() == 12 * models.table.row_height
    QTest.mouseClick(models._more, Qt.MouseButton.LeftButton)
    assert models.model.rowCount() == 8


def test_groups_that_were_cut_off_are_counted(models: SharesCard) -> None:
    many = tuple(group(f"m{n}", str(20 - n)) for n in range(12))
    models.show_snapshot(snapshot_of(by_model=many, group_counts=(("model", 3412),)))
    QTest.mouseClick(models._more, Qt.MouseButton.LeftButton)
    assert models._cut.text() == "the largest 12 of 3,412"


def test_no_model_is_a_sentence(models: SharesCard) -> None:
    models.show_snapshot(snapshot_of())
    assert models.quiet.isVisible() and not models.table.isVisible()
    assert models.accessibleName() == "Models: No calls to share out yet"


@pytest.mark.parametrize("width", [300, 354, 396, 700])
def test_figures_fit_and_the_widths_add_up(models: SharesCard, width: int) -> None:
    rows = (group("a-model-with-a-name-that-nobody-can-read", "123456", 7), group("b", "0.0616", 999_999))
    models.show_snapshot(snapshot_of(by_model=rows))
    models.resize(width, 300)
    table = models.table
    QCoreApplication.processEvents()
    assert sum(table.columnWidth(c) for c in range(4) if not table.isColumnHidden(c)) == table.viewport().width()
    metrics = table.fontMetrics()
    for row in range(2):
        room = table.columnWidth(2) - sum(table.gaps(2))
        assert metrics.horizontalAdvance(models.model.cell(row, 2).text) <= room


class Told:
    """Which signals a model sent."""

    def __init__(self, model: GroupModel) -> None:
        self.names: list[str] = []
        for name in ("modelReset", "rowsInserted", "rowsRemoved", "dataChanged", "layoutChanged"):
            getattr(model, name).connect(lambda *_, name=name: self.names.append(name))


A, B, C = group("a", "3"), group("b", "2"), group("c", "1")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((A, B), (A, B), []),
        ((A, B), (A, group("b", "2.5")), ["dataChanged"]),
        ((A, B), (A, B, C), ["rowsInserted"]),
        ((A, B, C), (A, C), ["rowsRemoved"]),
        ((A, B, C), (C, B, A), ["layoutChanged"]),
        ((A, B), (C,), ["rowsRemoved", "rowsInserted"]),
    ],
)
def test_a_snapshot_changes_only_what_changed(
    qtbot: QtBot, before: tuple[Group, ...], after: tuple[Group, ...], told: list[str]
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    model = TopModel(parent)
    strict(model).setParent(model)
    model.show(before)
    seen = Told(model)
    model.show(after)
    assert seen.names == told
    assert [model.group(row) for row in range(model.rowCount())] == list(after)


def test_any_rows_follow_any_rows_and_marks_stay_on_their_key(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    model = ShareModel(parent)
    strict(model).setParent(model)
    chance = random.Random(3)
    for _ in range(60):
        keys = chance.sample("abcdefghij", chance.randrange(11))
        rows = tuple(group(key, str(chance.randrange(100))) for key in keys)
        marks = {model.group(n).key: QPersistentModelIndex(model.index(n, 0)) for n in range(model.rowCount())}
        model.show(rows)
        assert [model.group(row) for row in range(model.rowCount())] == list(rows)
        assert [model.cell(row, 0).text for row in range(model.rowCount())] == keys
        for key, mark in marks.items():
            assert (model.group(mark.row()).key == key) if key in keys else not mark.isValid()


def test_the_switches_choose_who_and_by_what(top: TopCard) -> None:
    cheap, dear = group("user_1", "1", 31), group("user_2", "9", 5)
    top.show_snapshot(
        snapshot_of(
            by_user=(dear, cheap),
            top_users_by_tokens=(cheap, dear),
            by_anchor=(group("anchor_1", "10", 36),),
            by_session=(group("s1", "10", 36),),
            top_sessions_by_tokens=(group("s1", "10", 36),),
        )
    )
    assert top.title_label.text() == "Top users"
    assert texts(top.table, 0) == ["user_1", "3.1K", "¥1.00", "31"]
    QTest.mouseClick(top.by.option("cost"), Qt.MouseButton.LeftButton)
    assert texts(top.table, 0) == ["user_2", "500", "¥9.00", "5"]
    QTest.mouseClick(top.who.option("anchor"), Qt.MouseButton.LeftButton)
    assert texts(top.table, 0)[0] == "anchor_1"
    assert top.model.headerData(0, Qt.Orientation.Horizontal) == "Anchor"


def test_choosing_a_session_narrows_to_it(qtbot: QtBot, top: TopCard) -> None:
    top.show_snapshot(snapshot_of(top_sessions_by_tokens=(group("s1"), group("s2"))))
    QTest.mouseClick(top.who.option("session"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(top.narrowed) as narrowed:
        click(top.table, 1, 3)
    assert narrowed.args == ["session", "s2"]


def test_a_session_says_when_it_was(top: TopCard) -> None:
    began = snapshots.NOW - timedelta(hours=4)
    session = group("s1", first_seen=began, last_seen=snapshots.NOW)
    top.show_snapshot(snapshot_of(top_sessions_by_tokens=(session,)))
    QTest.mouseClick(top.who.option("session"), Qt.MouseButton.LeftButton)
    assert "2025-11-23 10:02 – 2025-11-23 14:02" in top.model.tip(0)


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("user", "No user is recorded: calls that go through the gateway carry none."),
        ("anchor", "No anchor is recorded: calls that go through the gateway carry none."),
        ("session", "No session is recorded: calls that go through the gateway carry none."),
    ],
)
def test_where_nobody_is_recorded_the_row_and_the_reason_show(top: TopCard, who: str, sentence: str) -> None:
    nobody = (group("", "3", 145),)
    top.show_snapshot(
        snapshot_of(top_users_by_tokens=nobody, top_anchors_by_tokens=nobody, top_sessions_by_tokens=nobody)
    )
    QTest.mouseClick(top.who.option(who), Qt.MouseButton.LeftButton)
    assert texts(top.table, 0) == ["(not recorded)", "14.5K", "¥3.00", "145"]
    assert top.reason.isVisible()
    assert top.reason.text() == sentence
    top.show_snapshot(snapshots.day())
    assert not top.reason.isVisible()


def test_current_row_and_scroll_survive_a_snapshot_that_puts_a_row_above(top: TopCard) -> None:
    users = tuple(group(f"user_{n:02}", "1", 100 - n) for n in range(60))
    top.show_snapshot(snapshot_of(top_users_by_tokens=users))
    top.table.setCurrentIndex(top.model.index(40, 0))
    scrolled = top.table.verticalScrollBar().value()
    assert scrolled > 0
    top.show_snapshot(snapshot_of(top_users_by_tokens=(group("new", "9", 999), *users)))
    assert top.model.group(top.table.currentIndex().row()).key == "user_40"
    assert top.table.verticalScrollBar().value() == scrolled


def test_a_card_of_few_users_does_not_grow_into_a_hole(top: TopCard) -> None:
    for users in (2, 30):
        groups = tuple(group(f"user_{n:02}", "1", 100 - n) for n in range(users))
        top.show_snapshot(snapshot_of(top_users_by_tokens=groups))
        chrome = top.minimumSizeHint().height() - top.LEAST * top.table.row_height
        assert top.maximumHeight() == chrome + max(users, top.LEAST) * top.table.row_height


@pytest.mark.parametrize("width", [370, 700, 1100])
def test_the_title_gives_way_to_the_switches(top: TopCard, width: int) -> None:
    top.show_snapshot(snapshots.day())
    for who in ("user", "anchor", "session"):
        QTest.mouseClick(top.who.option(who), Qt.MouseButton.LeftButton)
        top.resize(width, 320)
        QCoreApplication.processEvents()
        assert top.width() == width
        assert top.title_label.width() >= top.title_label.sizeHint().width()
        assert top.who.geometry().right() <= top.width() - 16


def test_another_language_says_everything_again(top: TopCard) -> None:
    top.show_snapshot(snapshot_of(top_users_by_tokens=(group(""),)))
    seen = Told(top.model)
    QCoreApplication.sendEvent(top, QEvent(QEvent.Type.LanguageChange))
    assert "dataChanged" in seen.names
    assert texts(top.table, 0)[0] == "(not recorded)"
