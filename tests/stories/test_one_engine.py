"""One engine behind every surface: 20 random filters and periods, each group row of each surface against the oracle.

A newcomer would get this wrong: a figure on the screen is rounded, and how is not for this test to say. It must be the
exact figure to as many digits as are shown, and nothing else may be shown as nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

import oracle
import pytest
from listening import Ear, append, feeding, line
from PySide6.QtCore import QAbstractItemModel, QDeadlineTimer, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from running import ZONE, figures, now, running, shown, today

from tipmao_monitor import serving
from tipmao_monitor.cli import main
from tipmao_monitor.usage.snapshot import DIMENSIONS, Filter, Money, Period, Snapshot, Totals
from tipmao_monitor.window.bars import BarPlot
from tipmao_monitor.window.main_window import MainWindow
from tipmao_monitor.window.numbers import calls as calls_words
from tipmao_monitor.window.numbers import value_name

PATIENCE_MS = 60_000  # the import that comes first takes 11 s on a slow machine with nothing beside it
RECORDS, DAYS, ROUNDS = 500, 45, 20


class Book(oracle.Prices):
    """Works each cost out once, as recorded or from the price book: the calls are asked for a hundred times."""

    def __init__(self, money: Money) -> None:
        super().__init__()
        self._money = money
        self._known: dict[tuple[str, int], int | None] = {}

    def cost(self, placed: oracle.Placed) -> int | None:
        place = placed.path, placed.at
        if place not in self._known:
            unread = replace(placed, call=replace(placed.call, nano=None))
            self._known[place] = super().cost(placed if self._money == "recorded" else unread)
        return self._known[place]


BOOKS: dict[Money, Book] = {"recorded": Book("recorded"), "book": Book("book")}

MODELS = ("qwen-plus", "qwen3-max", "deepseek-chat", "glm-4-flash", "gpt-4o", "doubao-pro", "no-such-model", None)
GEMINI = "gemini-2.5-flash-preview-09-2025"
FUNCTIONS = ("live_analysis", "实时分析(讯飞lite)", "话术生成", "复盘总结", "chat_focus", "a <b>bold</b> & one", None)
ERRORS = ("APITimeoutError: Request timed out.", "RateLimitError: 429 too many", "no class and no code")


def random_line(chance: Random) -> tuple[date, bytes]:
    """A line with the day of its file; one in five has something odd."""
    at = now() - timedelta(days=DAYS * chance.random() ** 2)
    tokens_in, tokens_out = chance.randrange(40_000), chance.randrange(900)
    fails = chance.random() < 0.1
    record: dict[str, Any] = {
        "model": GEMINI if chance.random() < 0.1 else chance.choice(MODELS),
        "function": chance.choice(FUNCTIONS),
        "user_id": chance.choice((None, *(f"user_{n}" for n in range(12)))),
        "anchor_id": chance.choice((None, "anchor_1", "主播二")),
        "session_id": f"live_{at:%m%d}",
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
        "cost": chance.choice((0, round(chance.expovariate(50), 6), round(chance.expovariate(2), 9))),
        "duration_ms": chance.choice((None, round(chance.lognormvariate(7, 1), 1))),
        "success": not fails,
        "error_msg": chance.choice(ERRORS) if fails else None,
    }
    odd = {
        "cost": chance.choice((None, "0.5", math.nan, -1)),
        "input_tokens": chance.choice((None, "12", 3.5)),
        "timestamp": chance.choice((None, "yesterday", at.astimezone(UTC).isoformat(), int(at.timestamp() * 1000))),
        "success": chance.choice((0, "false", None)),
        "model": chance.choice((7, ["x"], "m" * 1100)),
    }
    if chance.random() < 0.2:
        key = chance.choice(tuple(odd))
        record[key] = odd[key]
    return at.date(), line(at, **record)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    chance = Random(20251123)
    for _ in range(RECORDS):
        day, text = random_line(chance)
        append(folder / f"{chance.choice(('usage_', ''))}{day}.jsonl", text)
    append(folder / f"usage_{today()}.jsonl", b"not a record\n", b"\n", b'{"half a ')
    return folder


def random_period(chance: Random) -> Period:
    first = today() - timedelta(days=chance.randrange(DAYS))
    last = first + timedelta(days=chance.choice((0, 0, 1, 6, 20, 40)))
    kinds = (Period(), Period("7d"), Period("30d"), Period("month"), Period("custom", first, last))
    return chance.choices(kinds, (1, 2, 2, 2, 5))[0]


def random_filters(truth: oracle.Truth) -> Iterator[Filter]:
    """Not narrowed, by one or two dimensions, to the failed, to a word; all values are of some call."""
    chance = Random(7)
    for _ in range(ROUNDS):
        filter = Filter(
            random_period(chance), failed=chance.random() < 0.15, money=chance.choice(("recorded", "recorded", "book"))
        )
        if chance.random() < 0.2:
            filter = replace(filter, search=chance.choice(("timeout", "实时", "USER_1", "<b>")))
        placed = chance.choice(truth.calls)
        for dimension in chance.sample(DIMENSIONS[:4], chance.choice((0, 0, 1, 1, 2))):
            filter = filter.narrowed(dimension, oracle.KEYS[dimension](placed))
        yield filter


@pytest.fixture(scope="module")
def truth(records: Path) -> oracle.Truth:
    return oracle.read([records], ZONE, now())


# Figures on the screen


def agrees(text: str, exact: Decimal | int | None) -> bool:
    """Whether a figure on the screen is the exact one to as many digits as it shows."""
    text = text.removeprefix("≥ ").replace("¥", "").replace(",", "")
    if exact is None or text == "-":
        return exact is None and text == "-"
    if text.startswith("<"):
        return 0 < exact < Decimal(text[1:])
    scale = {"K": 10**3, "M": 10**6, "B": 10**9}.get(text[-1], 1)
    digits = text.rstrip("KMB")
    unit = Decimal(1).scaleb(-len(digits.partition(".")[2])) * scale
    value = Decimal(digits) * scale
    return abs(value - exact) <= unit / 2 and (value == 0) == (exact == 0)


def cost_of(total: Totals) -> Decimal | None:
    """None where no cost of any call is known."""
    return None if total.calls and total.calls == total.unknown_cost_calls else total.cost


@dataclass(frozen=True)
class Row:
    """What a table has to say of a group."""

    name: str
    total: Totals


def rows_of(placed: Sequence[oracle.Placed], dimension: str, book: Book) -> list[Row]:
    groups = oracle.grouped(placed, oracle.KEYS[dimension])
    return [Row(value_name(dimension, key), oracle.totals(part, book)) for key, part in groups.items()]


def cells(model: QAbstractItemModel) -> list[list[str]]:
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [[str(model.index(row, column).data()) for column in columns] for row in rows]


def check_table(model: QAbstractItemModel, wanted: list[Row], figures: dict[int, Callable[[Totals], Any]]) -> None:
    """Each group has its row, with its figures by column and the number of its calls in the description."""
    found = cells(model)
    assert sorted(row[0] for row in found) == sorted(row.name for row in wanted)
    by_name = {row.name: row.total for row in wanted}
    for number, row in enumerate(found):
        total = by_name[row[0]]
        described = model.index(number, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole).splitlines()[1]
        assert described.split(",")[0] == calls_words(total.calls) if total.calls < 1000 else True
        for column, figure in figures.items():
            assert agrees(row[column], figure(total)), (row, total)


def check_shares(window: MainWindow, placed: Sequence[oracle.Placed], book: Book) -> None:
    for card, dimension in ((window.models, "model"), (window.functions, "function")):
        more = [button for button in card.findChildren(QPushButton) if button.isVisible() and "more" in button.text()]
        for button in more:
            button.click()
        check_table(card.table.model(), rows_of(placed, dimension, book), {2: cost_of})
        costs = [card.model.group(row).totals.cost for row in range(card.model.rowCount())]
        assert costs == sorted(costs, reverse=True)


def check_top(window: MainWindow, placed: Sequence[oracle.Placed], book: Book) -> None:
    top = window.top
    for who in ("user", "anchor", "session"):
        top.who.option(who).click()
        for by in ("tokens", "cost"):
            top.by.option(by).click()
            wanted = rows_of(placed, who, book)
            check_table(
                top.table.model(),
                wanted,
                {1: lambda total: total.total_tokens, 2: cost_of, 3: lambda total: total.calls},
            )
            by_name = {row.name: row.total for row in wanted}
            order = [by_name[row[0]] for row in cells(top.table.model())]
            weights = [total.total_tokens if by == "tokens" else total.cost for total in order]
            assert weights == sorted(weights, reverse=True)


def descriptions(plot: BarPlot) -> list[list[str]]:
    """What is said of each bar, asked for by keyboard."""
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Home)
    found = [plot.accessibleDescription().splitlines()]
    while True:
        QTest.keyClick(plot, Qt.Key.Key_Right)
        lines = plot.accessibleDescription().splitlines()
        if lines == found[-1]:
            return found
        found.append(lines)


def check_bars(plot: BarPlot, wanted: list[list[oracle.Placed]], dimension: str, book: Book) -> None:
    found = descriptions(plot)
    assert len(found) == len(wanted)
    for lines, placed in zip(found, wanted, strict=True):
        _, *parts, total_line, foot = lines
        total = oracle.totals(placed, book)
        assert agrees(total_line.removeprefix("Total "), total.cost), (lines, total)
        assert foot.split(" · ")[0] == calls_words(total.calls)
        assert (f"{total.failed_calls} failed" in foot) == (total.failed_calls > 0)
        costs = {row.name: row.total.cost for row in rows_of(placed, dimension, book) if row.total.cost}
        named = dict(part.rsplit(" ", 1) for part in parts)
        assert set(named) - {"Other"} <= set(costs)
        assert set(named) == set(costs) or "Other" in named
        assert all(agrees(figure, costs[name]) for name, figure in named.items() if name != "Other")


def check_charts(window: MainWindow, truth: oracle.Truth, filter: Filter, placed: Sequence[oracle.Placed]) -> None:
    trend, book = window.trend, BOOKS[filter.money]
    first, last = filter.period.days(today())
    by_day = oracle.grouped(oracle.narrowed(truth, filter), lambda p: oracle.day_in(p, ZONE))
    begin = min(first, last - timedelta(days=6))
    days = [by_day.get(begin + timedelta(days=n), []) for n in range((last - begin).days + 1)]
    by_hour = oracle.grouped(placed, lambda p: oracle.hour_in(p, ZONE))
    hours = [by_hour.get(f"{hour:02d}", []) for hour in range(24)]
    for dimension in ("model", "function"):
        trend.split.option(dimension).click()
        for span, wanted in (("day", days), ("hour", hours)):
            assert trend.span.isVisible() == (first == last)
            if span == "hour" and first != last:
                continue
            trend.span.option(span).click()
            if any(wanted):
                check_bars(trend.plot, wanted, dimension, book)
            else:
                assert not trend.plot.isVisible()
    if not any(hours):
        assert not window.hours.plot.isVisible()
        return
    for (_, cost, calls, foot), part in zip(descriptions(window.hours.plot), hours, strict=True):
        total = oracle.totals(part, book)
        name, _, amount = cost.rpartition(" ")
        assert name == ("Cost" if filter.money == "recorded" else "Cost by the price book")
        assert agrees(amount, total.cost)
        assert agrees(calls.removeprefix("Calls "), total.calls)
        assert agrees(foot.split(" ")[0], total.total_tokens)


def check_lists(window: MainWindow, placed: Sequence[oracle.Placed], book: Book) -> None:
    lists = {
        "latest": placed,
        "slow": [p for p in placed if p.call.ms is not None and p.call.ms > 5000],
        "failed": [p for p in placed if not p.call.ok],
    }
    for kind, chosen in lists.items():
        window.calls.which.option(kind).click()
        table = window.calls.table
        assert table.model().rowCount() == len(chosen)
        for row, expected in enumerate(sorted(chosen, key=oracle.standing, reverse=True)):
            if table.calls.call(row) is None:
                table.scrollTo(table.model().index(row, 0))
                wait_until(lambda table=table, row=row: table.calls.call(row) is not None)
            call = table.calls.call(row)
            assert call is not None
            assert (call.path, call.line, call.offset) == (expected.path, expected.line, expected.at)
            cost = book.cost(expected)
            assert call.cost == (None if cost is None else oracle.money(cost))
            _, function, model, tokens, said, _ = cells_of_row(table.model(), row)
            assert function == value_name("function", oracle.function_id(expected.call.raw))
            assert model == value_name("model", expected.call.model or "")
            assert agrees(tokens, expected.call.total)
            assert said in ("failed", "free") or agrees(said, call.cost)


def cells_of_row(model: QAbstractItemModel, row: int) -> list[str]:
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def test_every_card_says_what_the_records_say_under_random_filters(
    qapp: QApplication, records: Path, truth: oracle.Truth
) -> None:
    asked = list(random_filters(truth))
    snapshots: list[Snapshot] = []
    with running(qapp, records) as monitor:
        monitor.painted.connect(snapshots.append)
        window = monitor.window
        for filter in asked:
            window.change_filter(filter)
            wait_until(lambda filter=filter: is_answered(snapshots, filter))
            placed, book = oracle.matching(truth, filter, today(), ZONE), BOOKS[filter.money]
            oracle.check_snapshot(snapshots[-1], truth, ZONE, book, now())
            if not placed:
                assert window.empty.isVisible()
                continue
            assert shown(window) == figures(placed, book)
            check_shares(window, placed, book)
            check_top(window, placed, book)
            check_charts(window, truth, filter, placed)
            check_lists(window, placed, book)


def test_rest_says_what_the_records_say_of_random_days(records: Path, truth: oracle.Truth) -> None:
    chance, book = Random(20251123), BOOKS["recorded"]
    by_day = oracle.grouped(truth.calls, lambda p: oracle.day_in(p, ZONE))
    with feeding(records, ear=Ear(), clock=now, zone=ZONE) as feed:
        service = serving.opened(lambda: feed, "127.0.0.1", 0)
        try:

            def get(path: str) -> dict[str, Any]:
                with urlopen(f"{service.address}/api/ai_usage/{path}", timeout=PATIENCE_MS / 1000) as answer:
                    return json.loads(answer.read(), parse_float=Decimal)  # type: ignore[no-any-return]

            for days_ago in chance.sample(range(DAYS), ROUNDS):
                found = get(f"stats/daily?days_ago={days_ago}")
                placed = by_day.get(today() - timedelta(days=days_ago), [])
                total = oracle.totals(placed, book)
                assert (found["total_calls"], found["total_tokens"], found["total_cost"]) == (
                    total.calls, total.total_tokens, total.cost,
                )  # fmt: skip
                for dimension in ("model", "function", "user", "anchor"):
                    groups = oracle.grouped(placed, oracle.KEYS[dimension])
                    wanted = {key: oracle.totals(part, book) for key, part in groups.items()}
                    rows = {key: (row["calls"], row["cost"]) for key, row in found[f"by_{dimension}"].items()}
                    assert rows == {key: (of.calls, of.cost) for key, of in wanted.items()}
            trend = get(f"cost_trend?days={DAYS}")["data"]
            costs = [(row["date"], row["cost"]) for row in trend]
            days = [today() - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
            assert costs == [(str(day), oracle.totals(by_day.get(day, []), book).cost) for day in days]
        finally:
            service.service.end()


def wait_until(is_so: Callable[[], bool]) -> None:
    """Without `qtbot` and so without the heartbeat: nobody asks for twenty filters as fast as they are answered.
    Between two looks this thread is idle: one that spins takes most of the time from the feed.
    """
    deadline = QDeadlineTimer(PATIENCE_MS)
    while not is_so():
        assert not deadline.hasExpired()
        QTest.qWait(5)


def is_answered(snapshots: list[Snapshot], filter: Filter) -> bool:
    return bool(snapshots) and snapshots[-1].filter == filter and not snapshots[-1].progress.total


# Commands


def random_spans() -> list[tuple[date | None, date | None]]:
    chance = Random(11)
    spans: list[tuple[date | None, date | None]] = [(None, None)]
    while len(spans) < ROUNDS:
        first = today() - timedelta(days=chance.randrange(DAYS + 2))
        last = first + timedelta(days=chance.choice((0, 1, 6, 29)))
        spans.append(chance.choice(((first, last), (first, last), (first, None), (None, last))))
    return spans


def test_stats_command_says_what_the_records_say_of_random_days(
    records: Path, truth: oracle.Truth, capsys: pytest.CaptureFixture[str]
) -> None:
    for first, last in random_spans():
        days = [*(("--from", str(first)) if first else ()), *(("--to", str(last)) if last else ())]
        assert main(["stats", "--json", "--records", str(records), "--tz", ZONE.key, *days]) == 0
        answer = json.loads(capsys.readouterr().out, parse_float=Decimal)
        check_json(answer, truth, first or date.min, last or date.max)


def test_days_of_the_stats_command_are_those_of_the_periods_of_the_window(
    records: Path, truth: oracle.Truth, capsys: pytest.CaptureFixture[str]
) -> None:
    for days, period in ((1, Period()), (7, Period("7d")), (30, Period("30d"))):
        assert main(["stats", "--json", "--records", str(records), "--tz", ZONE.key, "--days", str(days)]) == 0
        answer = json.loads(capsys.readouterr().out, parse_float=Decimal)
        check_json(answer, truth, *period.days(today()))


EXACT = (
    "calls", "successful_calls", "failed_calls", "input_tokens", "output_tokens", "total_tokens", "cost",
    "recorded_cost", "unknown_cost_calls", "unknown_token_calls",
)  # fmt: skip
PERCENTILES = ("p50_ms", "p95_ms", "p99_ms")


def check_json(answer: dict[str, Any], truth: oracle.Truth, first: date, last: date) -> None:
    placed = [p for p in truth.calls if first <= oracle.day_in(p, ZONE) <= last]
    days = sorted({str(oracle.day_in(p, ZONE)) for p in placed})
    assert (answer["from"], answer["to"]) == ((days[0], days[-1]) if days else (None, None))
    assert answer["timezone"] == ZONE.key
    keys: dict[str, Callable[[oracle.Placed], str]] = {
        **oracle.KEYS,
        "day": lambda p: str(oracle.day_in(p, ZONE)),
        "hour": lambda p: oracle.hour_in(p, ZONE),
    }
    check_object(answer["total"], placed, timed=True)
    for name, key in keys.items():
        wanted = oracle.grouped(placed, key)
        assert set(answer[f"by_{name}"]) == set(wanted)
        for group, part in wanted.items():
            check_object(answer[f"by_{name}"][group], part, timed=name in ("model", "function", "day"))
    assert answer["coverage"]["counted"] == len(truth.calls)


def check_object(found: dict[str, Any], placed: Sequence[oracle.Placed], *, timed: bool) -> None:
    wanted = oracle.totals(placed, BOOKS["recorded"], timed=timed)
    assert set(found) == {*EXACT, *(PERCENTILES if timed else ())}
    assert {name: found[name] for name in EXACT} == {name: getattr(wanted, name) for name in EXACT}
    for name in PERCENTILES if timed else ():
        exact = getattr(wanted, name)
        assert (found[name] is None) == (exact is None)
        assert exact is None or math.isclose(float(found[name]), exact, rel_tol=1e-12)
