"""What was recorded beside what the price book says: figures, the sentence that explains them, and the switch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import snapshots
from conftest import Bracketed
from PySide6.QtCore import QPoint
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from tipmao_monitor.usage.audit import REASONS, Audit, AuditRow
from tipmao_monitor.usage.budgets import Budget, BudgetStatus
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import Filter, Period, Progress, Snapshot
from tipmao_monitor.window import audit_panel
from tipmao_monitor.window.audit_panel import Auditor, AuditPanel, findings_words, sentence
from tipmao_monitor.window.budget_words import budget_of
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.theme import Colours
from tipmao_monitor.window.tray import summary_words

# Said by the offscreen platform for every dialog.
pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("light")]

GEMINI = "gemini-2.5-flash-preview-09-2025"
BOOK = PriceBook.parse('[[price]]\nmodel = "new"\ninput = 1\noutput = 1\neffective_from = 2025-10-27\n', "prices.toml")
DAY = date(2025, 10, 28)


def row(model: str, reason: str, recorded: str, book: str | None, **fields: object) -> AuditRow:
    known = {
        "in_cny": Decimal(recorded), "price": BOOK.price(model, DAY), "priced_from": date(2025, 10, 27),
        "difference": None if book is None else Decimal(book) - Decimal(recorded), **fields,
    }  # fmt: skip
    return AuditRow(
        model, 640, Decimal(recorded), None if book is None else Decimal(book), reason=reason, **known,  # type: ignore[arg-type]
    )  # fmt: skip


ULTRA = row("4.0Ultra", "recorded_as_zero", "0", "3.2", zero_calls=639)
FOREIGN = row(
    GEMINI,
    "foreign_currency",
    "0.225",
    "1.6",
    foreign_calls=640,
    in_cny=Decimal("1.5975"),
    difference=Decimal("0.0025"),
)
UNKNOWN_MODEL = row("glm-4.6", "no_price", "0", None, unpriced_calls=640)
ROWS = (
    ULTRA,
    row("qwen-plus", "differs", "2.5", "2", differing_calls=7),
    FOREIGN,
    UNKNOWN_MODEL,
)
AUDIT = Audit(Filter(), date(2025, 10, 20), date(2025, 10, 26), 2560, Decimal("4.0975"), Decimal("6.8"), 640, ROWS)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (ULTRA, "recorded at ¥0, the price book says ¥0.005/1K: ¥3.20 not shown in 639 calls"),
        (FOREIGN, "640 calls recorded in USD: USD 0.22 is ¥1.60, the price book says ¥1.60"),
        (UNKNOWN_MODEL, "no price in the book: what 640 calls really cost is not known"),
        (ROWS[1], "recorded ¥0.50 too high, in 7 calls"),
        (row("qwen-plus", "differs", "2", "2.5", differing_calls=1), "recorded ¥0.50 too low, in 1 call"),
        (
            row("qwen-plus", "unreadable", "2", "2.5", unreadable_calls=9),
            "9 calls without a readable cost: the price book says ¥0.50 more",
        ),
        (row("qwen-plus", "rounding", "2", "2.0000001"), "rounded when it was recorded"),
        (
            row("new", "price_starts_later", "2", "2", unpriced_calls=3),
            "3 calls older than its first price of 2025-10-27",
        ),
        (
            row("new", "differs", "2", "2.5", differing_calls=1, unpriced_calls=3, unknown_token_calls=2),
            "recorded ¥0.50 too low, in 1 call; 3 calls older than its first price of 2025-10-27; "
            "2 calls of unknown tokens, which the price book counts as 0",
        ),
        (row("new", "no_price", "2", None, unpriced_calls=640), "640 calls older than its first price of 2025-10-27"),
    ],
)
def test_every_reason_is_a_sentence_with_its_figures(found: AuditRow, words: str) -> None:
    assert sentence(found) == words


def test_no_reason_is_without_a_sentence_of_its_own() -> None:
    said = {sentence(row("new", reason, "2", "2.5", differing_calls=1)) for reason in REASONS if reason != "no_price"}
    assert len(said) == len(REASONS) - 1


@pytest.fixture
def panel(qtbot: QtBot) -> AuditPanel:
    panel = AuditPanel()
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def shown(panel: AuditPanel) -> list[list[str]]:
    return [[panel.model.index(r, c).data() for c in range(6)] for r in range(panel.model.rowCount())]


def test_both_figures_of_every_model_stand_side_by_side(panel: AuditPanel) -> None:
    assert panel.sums.text() == "Comparing…"
    panel.show_audit(AUDIT)
    assert [cells[:5] for cells in shown(panel)] == [
        ["4.0Ultra", "640", "¥0.00", "¥3.20", "+¥3.20"],
        ["qwen-plus", "640", "¥2.50", "¥2.00", "-¥0.50"],
        [GEMINI, "640", "USD 0.22", "¥1.60", "+¥0.0025"],
        ["glm-4.6", "640", "¥0.00", "-", "-"],
    ]
    assert panel.sums.text() == "Recorded ¥4.10 · price book ¥6.80"
    assert "2,560 calls" in panel.sentence.text()
    assert "640 calls without a price, not in the second sum" in panel.sentence.text()
    assert panel.reason.text().replace("\u200b", "") == f"4.0Ultra: {sentence(ULTRA)}"


def test_where_all_agrees_it_says_so(panel: AuditPanel) -> None:
    panel.show_audit(Audit(calls=3, in_cny=Decimal(1), book_cost=Decimal(1)))
    assert "every model as in the price book" in panel.sentence.text()
    assert not panel.calls_button.isEnabled() and not panel.price_button.isEnabled()


def test_chosen_model_is_shown_priced_or_given_a_price(panel: AuditPanel, qtbot: QtBot) -> None:
    panel.show_audit(AUDIT)
    with qtbot.waitSignal(panel.price_wanted) as asked:
        panel.price_button.click()
    assert asked.args == ["4.0Ultra"] and panel.price_button.text() == "Show its price"
    panel.table.selectRow(3)
    assert panel.price_button.text() == "Add its price"
    with qtbot.waitSignal(panel.narrowed) as narrowed:
        panel.calls_button.click()
    assert narrowed.args == ["model", "glm-4.6"]


def test_new_figures_of_the_same_models_keep_what_was_chosen(panel: AuditPanel) -> None:
    panel.show_audit(AUDIT)
    panel.table.selectRow(1)
    panel.show_audit(replace(AUDIT, rows=(ULTRA, replace(ROWS[1], calls=641), *ROWS[2:])))
    assert panel.table.currentIndex().row() == 1 and shown(panel)[1][1] == "641"
    panel.show_audit(replace(AUDIT, rows=ROWS[2:]))
    assert panel.model.rowCount() == 2


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        (None, "price book"),
        (Audit(), "price book"),  # there is nothing to agree with
        (replace(AUDIT, rows=(ULTRA,)), "1 model to check"),
        (AUDIT, "3 models to check"),
        (replace(AUDIT, rows=(row("qwen-plus", "rounding", "2", "2.0000001"),)), "as in the price book"),
    ],
)
def test_the_line_at_the_bottom_counts_what_is_to_be_done(audit: Audit | None, words: str) -> None:
    assert findings_words(audit) == words


# When an audit is asked for


@pytest.fixture
def asked(qtbot: QtBot) -> tuple[Auditor, list[Filter]]:
    parent = QLabel()
    qtbot.addWidget(parent)
    auditor, filters = Auditor(parent), []
    auditor.wanted.connect(filters.append)
    auditor.parent_of_test = parent  # type: ignore[attr-defined]  # or it would be gone
    return auditor, filters


def test_an_audit_is_asked_for_when_the_filter_changes_and_not_with_every_snapshot(
    asked: tuple[Auditor, list[Filter]], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    auditor, filters = asked
    day = snapshots.day()
    auditor.show_snapshot(replace(day, progress=Progress(1, 2)))
    auditor.show_snapshot(replace(day, stale_since=day.now))
    assert filters == []
    for number in range(3):
        auditor.show_snapshot(
            replace(day, total=replace(day.total, calls=number), now=day.now + timedelta(hours=number))
        )
    assert filters == [day.filter]
    auditor.show_snapshot(replace(day, filter=replace(day.filter, money="book")))
    assert len(filters) == 1, "both figures are in it already"
    week = replace(day.filter, period=Period("7d"))
    auditor.show_snapshot(replace(day, filter=week))
    assert filters[1:] == [week]
    assert not auditor.is_answer(Audit(day.filter)) and auditor.is_answer(Audit(week))
    # While somebody looks, it follows the calls, but not faster than it is answered.
    monkeypatch.setattr(audit_panel, "OPEN_S", -1.0)
    monkeypatch.setattr(audit_panel, "SHARE", 0)
    auditor.is_watched = True
    grown = replace(day, filter=week, total=replace(day.total, calls=10**6))
    qtbot.waitUntil(lambda: (auditor.show_snapshot(grown), len(filters) > 2)[1])
    auditor.show_snapshot(replace(grown, total=replace(day.total, calls=10**6 + 1)))
    assert filters[2:] == [week]
    auditor.ask_again()
    assert filters[3:] == [week]


# In the window


@pytest.fixture
def window(qtbot: QtBot, colours: Colours) -> MainWindow:
    window = MainWindow(Filter(), colours)
    qtbot.addWidget(window)
    window.resize(1180, 760)
    snapshots.fill(window, snapshots.day())
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.mark.parametrize("way", ["status", "card", "menu"])
def test_the_audit_is_one_click_away(window: MainWindow, way: str, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.audit_requested):
        match way:
            case "status":
                window.status.audit.click()
            case "card":
                window.kpis.cost.pressed.emit()
            case "menu":
                window.action("audit").trigger()
    window.show_audit(replace(AUDIT, filter=snapshots.day().filter))
    panel = window.findChild(AuditPanel)
    assert panel is not None
    qtbot.waitUntil(panel.isVisible)
    assert panel.model.rowCount() == 4
    assert window.status.audit.text() == "3 models to check"


def test_an_answer_to_another_filter_is_not_shown(window: MainWindow) -> None:
    window.show_audit(replace(AUDIT, filter=Filter(period=Period("30d"))))
    assert window.status.audit.text() == "price book"


def words_with_money(window: MainWindow) -> list[str]:
    """Every heading over an amount."""
    heads = [
        window.calls.table.calls.title(window.calls.table.calls.columns.index("cost")),
        window.top.model.title(2),
    ]
    cards = [card.title_label.text() for card in (window.trend, window.models, window.functions)]
    return [window.kpis.cost.title.text(), window.kpis.month.title.text(), *cards, *heads]


def book(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, filter=replace(snapshot.filter, money="book"))


def test_every_heading_over_money_says_when_it_is_the_price_books(window: MainWindow, qtbot: QtBot) -> None:
    before = words_with_money(window)
    window.show_audit_panel()
    panel = window.findChild(AuditPanel)
    assert panel is not None and panel.money.current() == "recorded"
    with qtbot.waitSignal(window.filter_changed) as changed:
        panel.money.option("book").click()
    assert changed.args[0].money == "book"
    snapshots.fill(window, book(snapshots.day()))
    after = words_with_money(window)
    assert ["ook" in text for text in (*before, *after)] == [False] * 7 + [True] * 7
    assert panel.money.current() == "book" and window.action("money_book").isChecked()
    chip = next(chip for chip in window.filter_bar.findChildren(QAbstractButton) if "By the price book" in chip.text())
    chip.click()
    assert changed.args[0].money == "book" and window.filter.money == "recorded"
    snapshots.fill(window, snapshots.day())
    assert words_with_money(window) == before


def test_a_call_says_whether_its_cost_is_the_price_books(window: MainWindow) -> None:
    window.change_filter(replace(window.filter, money="book"))
    window.show_call(snapshots.call(cost=None))
    said = {label.text().replace("\u200b", "") for label in window.findChildren(QLabel) if label.isVisible()}
    assert {"Cost by the price book", "unknown: no price for this model"} <= said


def test_all_is_said_again_in_another_language(panel: AuditPanel, brackets: Bracketed) -> None:
    panel.show_audit(AUDIT)
    brackets.speak()
    QApplication.processEvents()
    for text in (panel.sums.text(), panel.sentence.text(), panel.reason.text(), shown(panel)[0][5]):
        assert "【" in text
    assert panel.table.accessibleName() == "【Recorded and recomputed】"


@pytest.mark.parametrize("width", [420, 940])
def test_model_and_figures_are_in_sight_at_any_width(panel: AuditPanel, qtbot: QtBot, width: int) -> None:
    panel.show_audit(AUDIT)
    panel.resize(width, 480)
    qtbot.waitUntil(lambda: panel.width() == width and not panel.table.horizontalScrollBar().isVisible())
    for column in (0, 2, 3, 4):
        assert panel.table.viewport().rect().contains(panel.table.visualRect(panel.model.index(0, column)))
    assert panel.reason.mapTo(panel, QPoint()).x() + panel.reason.width() <= width


def test_model_keeps_qts_rules(panel: AuditPanel) -> None:
    tester = QAbstractItemModelTester(panel.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    panel.show_audit(AUDIT)
    panel.show_audit(replace(AUDIT, rows=ROWS[:1]))
    panel.show_audit(replace(AUDIT, rows=()))
    assert tester.model() is panel.model


def test_tray_and_strip_say_it_too_and_no_budget_of_recorded_costs_stands_beside() -> None:
    day = snapshots.day()
    for snapshot, says in ((day, False), (book(day), True)):
        assert ("by the price book" in summary_words(snapshot)) == says
    status = BudgetStatus(Budget("today", amount=Decimal(10)), Decimal("3.42"), state="fine")
    found = [
        budget_of(replace(s, budgets=(status,)), s.filter, status.budget.period) is not None for s in (day, book(day))
    ]
    assert found == [True, False]
