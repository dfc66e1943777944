"""The lists of calls: what a row says, which pages are asked for, and what stays where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import snapshots
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot
from snapshots import call

from tipmao_monitor.usage.snapshot import CALL_LISTS, CallRow, Filter, Group, Page, PageRequest, Snapshot, Totals
from tipmao_monitor.window.calls import KEPT, PAGE, CallDelegate, CallsCard, CallTable
from tipmao_monitor.window.theme import Colours, text_font

MILLIONS = 10_000_000


def calls_until(newest: int, how_many: int = 1000) -> tuple[CallRow, ...]:
    """The newest calls of a folder in which call number n is at byte n: `newest` first."""
    return tuple(numbered(n) for n in range(newest, max(-1, newest - how_many), -1))


def numbered(n: int, **fields: object) -> CallRow:
    return call(snapshots.NOW - timedelta(seconds=1) * (MILLIONS + 1000 - n), offset=n, **fields)


def snapshot_of(total: int, **fields: object) -> Snapshot:
    """A folder of so many calls; the number of the newest is total - 1."""
    known = {"newest": calls_until(total - 1), "total": Totals(calls=total, cost=Decimal(total))}
    return replace(Snapshot(now=snapshots.NOW), **(known | fields))


def answer(request: PageRequest, total: int) -> Page:
    """What a store of numbered calls answers; by cost, call n is the n-th dearest."""
    rows = range(request.offset, min(request.offset + request.rows, total))
    newest_first = request.order == "time" and request.descending
    return Page(request, total, tuple(numbered(total - 1 - n if newest_first else n) for n in rows))


class Asked:
    """Collects what a card asks for."""

    def __init__(self, card: CallsCard) -> None:
        self.requests: list[PageRequest] = []
        card.page_requested.connect(self.requests.append)

    def take(self) -> PageRequest:
        (request,) = self.requests
        self.requests.clear()
        return request


@pytest.fixture
def card(qtbot: QtBot, colours: Colours) -> CallsCard:
    card = CallsCard(colours)
    qtbot.addWidget(card)
    card.resize(700, 400)
    with qtbot.waitExposed(card):
        card.show()
    return card


@pytest.fixture
def asked(card: CallsCard) -> Asked:
    return Asked(card)


def choose(card: CallsCard, kind: str) -> None:
    QTest.mouseClick(card.which.option(kind), Qt.MouseButton.LeftButton)


def top_row(table: CallTable) -> int:
    return table.rowAt(0)


def numbers_in_sight(table: CallTable) -> list[int | None]:
    last = table.rowAt(table.viewport().height() - 1)
    shown = [table.calls.call(row) for row in range(top_row(table), last + 1)]
    return [None if row is None else row.offset for row in shown]


def scroll_to(table: CallTable, row: int) -> None:
    table.verticalScrollBar().setValue(row * table.row_height)


@pytest.mark.parametrize(
    ("row", "column", "text", "tone", "marked"),
    [
        (call(), "time", "14:02:11", "text", False),
        (replace(call(), at=None), "time", "11-23", "secondary", True),
        (call(), "function", "Live analysis", "text", False),
        (call(model=""), "model", "(not recorded)", "secondary", False),
        (call(total_tokens=98_700), "tokens", "98.7K", "text", False),
        (call(), "cost", "¥0.0156", "text", False),
        (call(cost=None), "cost", "-", "text", False),
        (call(cost=Decimal(0), model="glm-4-flash"), "cost", "free", "secondary", False),
        (call(cost=Decimal("0.1357")), "cost", "¥0.1357", "text", False),
        (call(cost=Decimal("2.5")), "cost", "¥2.50", "text", False),
        (call(cost=Decimal(0), model="4.0Ultra"), "cost", "¥0.00", "text", True),
        (call(), "duration", "1.2 s", "text", False),
        (call(duration_ms=6400.0), "duration", "6.4 s", "warning", True),
        (call(duration_ms=None), "duration", "-", "text", False),
        (call(success=False), "cost", "failed", "bad", False),
        (call(success=False, error_family="timeout", error_msg="x"), "duration", "timeout", "bad", False),
        (call(success=False, error_msg="OddError: 1"), "duration", "OddError", "bad", False),
        (call(success=False), "duration", "no reason given", "bad", False),
    ],
)
def test_a_cell_says(card: CallsCard, row: CallRow, column: str, text: str, tone: str, marked: bool) -> None:
    models = (Group("glm-4-flash", Totals(calls=1), free=True), Group("4.0Ultra", Totals(calls=1), recorded_as_zero=1))
    card.show_snapshot(snapshot_of(1, newest=(row,), by_model=models))
    model = card.table.calls
    cell = model.cell(0, model.columns.index(column))
    assert (cell.text, cell.tone, cell.marked) == (text, tone, marked)


def test_in_a_period_of_days_an_older_call_has_its_date_before_the_time(card: CallsCard) -> None:
    older = replace(call(), at=snapshots.NOW - timedelta(days=1), offset=7)
    card.show_snapshot(replace(snapshots.week(), newest=(call(), older)))
    assert [card.table.calls.cell(row, 0).text for row in (0, 1)] == ["14:02:11", "11-22 14:02"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (call(success=False, error_msg="RateLimitError: <b>429</b>"), "failed: RateLimitError: &lt;b&gt;429&lt;/b&gt;"),
        (call(duration_ms=6400.0), "slow: over 5.0 s"),
        (replace(call(), at=None), "its time is not readable"),
    ],
)
def test_the_tooltip_says_why(card: CallsCard, row: CallRow, words: str) -> None:
    card.show_snapshot(snapshot_of(1, newest=(row,)))
    assert words in card.table.calls.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_the_newest_thousand_need_no_question(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(MILLIONS))
    scroll_to(card.table, 900)
    assert numbers_in_sight(card.table)[0] == MILLIONS - 901
    assert asked.requests == []


def test_older_calls_are_asked_for_in_a_window_around_what_is_in_sight(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(MILLIONS))
    scroll_to(card.table, 5_000_000)
    request = asked.take()
    assert (request.list, request.order, request.descending, request.rows) == ("latest", "time", True, PAGE)
    assert request.offset <= 5_000_000 < request.offset + PAGE - 20
    assert set(numbers_in_sight(card.table)) == {None}
    card.show_page(answer(request, MILLIONS))
    assert numbers_in_sight(card.table) == [
        MILLIONS - 1 - row for row in range(5_000_000, 5_000_000 + len(numbers_in_sight(card.table)))
    ]
    assert asked.requests == []


def test_one_question_is_under_way_however_much_is_scrolled(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(MILLIONS))
    for row in (2000, 70_000, 9_000_000):
        scroll_to(card.table, row)
    first = asked.take()
    card.show_page(answer(first, MILLIONS))
    second = asked.take()
    assert second.offset <= 9_000_000 < second.offset + PAGE
    card.show_page(answer(second, MILLIONS))
    assert numbers_in_sight(card.table)[0] == MILLIONS - 1 - 9_000_000


def test_an_answer_made_some_calls_later_lands_on_the_right_rows(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    scroll_to(card.table, 20_000)
    card.show_page(answer(asked.take(), 50_007))
    assert numbers_in_sight(card.table)[0] == 50_000 - 1 - 20_000


def test_answers_to_what_nobody_waits_for_are_dropped(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    scroll_to(card.table, 1100)
    old = asked.take()
    narrow = Filter(model="qwen-plus")
    card.show_snapshot(snapshot_of(48_900, filter=narrow, newest=()))
    new = asked.take()
    assert new.filter == narrow
    card.show_page(answer(old, 50_000))
    assert set(numbers_in_sight(card.table)) == {None}
    card.show_page(answer(new, 48_900))
    assert numbers_in_sight(card.table)[0] == 48_899


def test_a_folder_with_fewer_rows_than_said_is_not_asked_for_ever(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(5000, newest=()))
    request = asked.take()
    card.show_page(Page(request, 0, ()))
    assert asked.requests == []


def test_numbers_from_the_last_start_ask_for_nothing(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(5000, newest=(), stale_since=snapshots.NOW))
    assert card.table.calls.rowCount() == 5000
    assert asked.requests == []


def test_new_calls_move_neither_the_view_nor_the_selection(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    scroll_to(card.table, 300)
    card.table.selectRow(303)
    in_sight = numbers_in_sight(card.table)
    card.show_snapshot(snapshot_of(50_007))
    assert numbers_in_sight(card.table) == in_sight
    (index,) = card.table.selectionModel().selectedRows()
    assert index.row() == 310
    assert asked.requests == []


def test_at_the_top_new_calls_come_into_sight(card: CallsCard) -> None:
    card.show_snapshot(snapshot_of(50_000))
    card.show_snapshot(snapshot_of(50_002))
    assert numbers_in_sight(card.table)[0] == 50_001


def test_a_late_call_between_the_others_leaves_the_selection_on_its_call(card: CallsCard) -> None:
    card.show_snapshot(snapshot_of(100))
    card.table.selectRow(2)
    rows = calls_until(99)
    late = (*rows[:10], numbered(5000), *rows[10:])
    card.show_snapshot(snapshot_of(101, newest=late))
    (index,) = card.table.selectionModel().selectedRows()
    assert index.row() == 2
    assert card.table.calls.call(2) == numbered(97)


def test_beyond_the_newest_a_snapshot_asks_again_only_for_what_is_in_sight(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    for row in (20_000, 30_000):
        scroll_to(card.table, row)
        card.show_page(answer(asked.take(), 50_000))
    in_sight = numbers_in_sight(card.table)
    card.show_snapshot(snapshot_of(50_007))
    assert numbers_in_sight(card.table) == in_sight  # shown until the answer comes
    request = asked.take()
    assert request.offset <= 30_007 < request.offset + PAGE
    card.show_page(answer(request, 50_007))
    assert numbers_in_sight(card.table) == in_sight
    assert asked.requests == []


def test_the_same_snapshot_again_asks_nothing_and_changes_nothing(card: CallsCard, asked: Asked) -> None:
    snapshot = snapshot_of(50_000)
    card.show_snapshot(snapshot)
    changes: list[object] = []
    card.table.calls.dataChanged.connect(lambda *_: changes.append(_))
    card.show_snapshot(replace(snapshot, newest_at=snapshots.NOW))
    assert changes == []
    assert asked.requests == []


def test_fewer_calls_after_a_deletion_leave_fewer_rows(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    scroll_to(card.table, 49_990)
    card.show_page(answer(asked.take(), 50_000))
    card.show_snapshot(snapshot_of(49_995))
    assert card.table.verticalScrollBar().maximum() < 49_995 * card.table.row_height
    assert set(numbers_in_sight(card.table)) == {None}  # which rows went is not known
    card.show_snapshot(snapshot_of(20))
    assert card.table.calls.rowCount() == 20
    assert numbers_in_sight(card.table)[-1] == 0


@pytest.mark.parametrize("kind", ["slow", "odd", "failed"])
def test_each_list_asks_for_its_own_rows_when_it_is_chosen(card: CallsCard, asked: Asked, kind: str) -> None:
    card.show_snapshot(snapshot_of(5000, slow=300, odd=300, failed=300))
    assert asked.requests == []
    choose(card, kind)
    request = asked.take()
    assert (request.list, request.offset) == (kind, 0)
    card.show_page(answer(request, 300))
    assert numbers_in_sight(card.table)[0] == 299


def test_the_counts_stand_on_the_switch_and_in_the_name(card: CallsCard) -> None:
    card.show_snapshot(snapshot_of(5000, slow=3, odd=1, failed=12_345))
    assert [card.which.option(kind).text() for kind in CALL_LISTS] == ["Latest", "Slow 3", "Odd 1", "Failed 12.3K"]
    assert card.accessibleName() == "Calls: Slow 3, Odd 1, Failed 12.3K"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("latest", "No calls yet"),
        ("slow", "No call took longer than 5.0 s"),
        ("odd", "No call cost unusually much"),
        ("failed", "No call failed"),
    ],
)
def test_an_empty_list_is_a_sentence(card: CallsCard, kind: str, sentence: str) -> None:
    card.show_snapshot(snapshots.empty())
    choose(card, kind)
    assert card.quiet.isVisible()
    assert card.quiet.text() == sentence


def click_header(card: CallsCard, column: str) -> None:
    header = card.table.horizontalHeader()
    section = card.table.calls.columns.index(column)
    x = header.sectionPosition(section) + header.sectionSize(section) // 2
    place = header.viewport().rect().center()
    place.setX(x)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.mark.parametrize("column", ["cost", "duration", "tokens"])
def test_a_click_on_a_header_sorts_and_a_second_turns_it_round(card: CallsCard, asked: Asked, column: str) -> None:
    card.show_snapshot(snapshot_of(50_000))
    click_header(card, column)
    request = asked.take()
    assert (request.order, request.descending, request.offset) == (column, True, 0)
    card.show_page(answer(request, 50_000))
    assert numbers_in_sight(card.table)[0] == 0
    click_header(card, column)
    assert asked.take().descending is False


def test_names_do_not_sort(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    click_header(card, "model")
    assert asked.requests == []


def test_sorting_is_in_the_context_menu_for_the_keyboard(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    action = next(action for action in card.table.actions() if action.text() == "Sort by Cost")
    action.trigger()
    assert asked.take().order == "cost"


def test_in_another_order_new_calls_leave_the_selection_on_its_call(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(50_000))
    click_header(card, "cost")
    card.show_page(answer(asked.take(), 50_000))
    card.table.selectRow(4)
    card.show_snapshot(snapshot_of(50_001))
    request = asked.take()
    dearer = (numbered(77_777), *answer(request, 50_001).rows[:-1])
    card.show_page(Page(request, 50_001, dearer))
    (index,) = card.table.selectionModel().selectedRows()
    assert index.row() == 5
    assert card.table.calls.call(5) == numbered(4)


@pytest.mark.parametrize("act", ["double click", "enter"])
def test_a_call_opens(qtbot: QtBot, card: CallsCard, act: str) -> None:
    card.show_snapshot(snapshot_of(50))
    table = card.table
    place = table.visualRect(table.calls.index(2, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(card.call_opened) as opened:
        if act == "double click":
            QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        else:
            QTest.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [numbered(47)]


def test_one_click_opens_nothing(qtbot: QtBot, card: CallsCard) -> None:
    card.show_snapshot(snapshot_of(50))
    with qtbot.assertNotEmitted(card.call_opened):
        place = card.table.visualRect(card.table.calls.index(2, 1)).center()
        QTest.mouseClick(card.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_row_that_is_not_here_yet_opens_nothing(qtbot: QtBot, card: CallsCard) -> None:
    card.show_snapshot(snapshot_of(50, newest=()))
    card.table.setCurrentIndex(card.table.calls.index(0, 0))
    with qtbot.assertNotEmitted(card.call_opened):
        QTest.keyClick(card.table, Qt.Key.Key_Return)


@pytest.mark.parametrize("width", [300, 396, 740, 1100])
@pytest.mark.parametrize("kind", ["day", "week"])
def test_times_and_figures_fit_at_any_width(card: CallsCard, width: int, kind: str) -> None:
    card.show_snapshot(getattr(snapshots, kind)())
    card.resize(width, 400)
    QCoreApplication.processEvents()
    table = card.table
    model = table.calls
    shown = [c for c in range(len(model.columns)) if not table.isColumnHidden(c)]
    assert sum(table.columnWidth(c) for c in shown) == table.width() - table.GUTTER
    metrics = QFontMetrics(text_font())
    for column in (c for c in shown if model.columns[c] in ("time", "tokens", "cost", "duration")):
        cells = [model.cell(row, column) for row in range(50)]
        widest = max(metrics.horizontalAdvance(cell.text) for cell in cells if cell.tone != "bad")
        room = table.columnWidth(column) - 2 * table.GAP
        assert widest <= room
        if model.is_left(column):
            cut = [metrics.elidedText(cell.text, table.elide_of(column), room - 1) for cell in cells]
            assert cut == [cell.text for cell in cells]
    function, model_column = model.columns.index("function"), model.columns.index("model")
    assert (model_column in shown) == (width >= 396)
    assert all(table.columnWidth(column) >= table.LEAST_NAME for column in (function, model_column) if column in shown)


@pytest.mark.parametrize("is_scrolled", [False, True])
def test_columns_stand_where_they_stood_when_the_scroll_bar_comes(card: CallsCard, is_scrolled: bool) -> None:
    card.show_snapshot(snapshot_of(1000 if is_scrolled else 2))
    QCoreApplication.processEvents()
    assert card.table.verticalScrollBar().isVisible() == is_scrolled
    last = card.table.calls.columnCount() - 1
    right = card.table.columnViewportPosition(last) + card.table.columnWidth(last)
    assert right == card.table.width() - card.table.GUTTER <= card.table.viewport().width()


def test_memory_for_rows_has_a_bound(card: CallsCard, asked: Asked) -> None:
    card.show_snapshot(snapshot_of(MILLIONS))
    for row in range(100_000, 9_000_000, 200_000):
        scroll_to(card.table, row)
        card.show_page(answer(asked.take(), MILLIONS))
    assert len(card.table.calls._rows) <= KEPT
    scroll_to(card.table, 100_000)
    card.show_page(answer(asked.take(), MILLIONS))
    assert numbers_in_sight(card.table)[0] == MILLIONS - 1 - 100_000


def test_the_model_keeps_qts_rules(card: CallsCard, asked: Asked) -> None:
    testers = [
        QAbstractItemModelTester(table.calls, QAbstractItemModelTester.FailureReportingMode.Fatal, card)
        for table in card.tables.values()
    ]
    for total in (0, 3, 40, 41, 7, 60):
        card.show_snapshot(snapshot_of(total, slow=total // 2, failed=total // 3, odd=total // 4))
    rows = calls_until(59)
    card.show_snapshot(snapshot_of(61, newest=(*rows[:10], numbered(5000), *rows[10:])))
    card.show_snapshot(snapshot_of(30, filter=Filter(model="x")))
    choose(card, "slow")
    card.show_snapshot(snapshot_of(30, filter=Filter(model="x"), slow=20))
    for request in asked.requests:
        card.show_page(answer(request, 20))
    click_header(card, "cost")
    card.retranslate()
    assert [tester.model().rowCount() for tester in testers] == [30, 20, 0, 0]


def test_a_reason_that_has_no_room_beside_the_word_failed_stands_alone(card: CallsCard) -> None:
    delegate = card.findChildren(CallTable)[0].itemDelegate()
    assert isinstance(delegate, CallDelegate)
    room = delegate.metrics.horizontalAdvance("failed · 429 rate limit")
    assert delegate.failure("failed", "429 rate limit", room) == "failed · 429 rate limit"
    assert delegate.failure("failed", "429 rate limit", room - 1) == "429 rate limit"
