"""Every answer of the one engine, group row by group row, against the oracle."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import oracle
import pytest
from bench.folders import write_days
from lines import GEMINI, NOON, ODD, line
from stores import ORACLE_PRICES, SHANGHAI, aged, append, check, opened, write

from tipmao_monitor.usage import queries
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.snapshot import CALL_LISTS, Filter, PageRequest, Period
from tipmao_monitor.usage.store import Store

TODAY = NOON.astimezone(SHANGHAI).date()
FILTERS = [
    Filter(),
    Filter(Period("7d")),
    Filter(Period("30d")),
    Filter(Period("month"), failed=True),
    Filter(Period("7d"), model=GEMINI),
    Filter(Period("30d"), function="live_analysis", user=""),
    Filter(Period("30d"), anchor="anchor_7", session="s1", search="QWEN"),
    Filter(Period("custom", date(2025, 10, 24), date(2025, 10, 24))),
    Filter(Period("custom", date(2025, 9, 20), date(2025, 10, 3))),
    Filter(Period("custom", date(2015, 1, 1), date(2025, 10, 25)), user="观众"),
    Filter(Period("30d"), model="nobody has this"),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five weeks of calls of all kinds in two folders, plain, compressed, rotated and broken off."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    at = random.Random(7)
    for day in range(35):
        name = str(TODAY - timedelta(days=day))
        midnight = NOON.timestamp() - 86_400 * day - 43_200
        usual = [line(at.randrange(1000), timestamp=repr(midnight + at.random() * 86_400)) for _ in range(12)]
        write(one / f"usage_{name}.jsonl", b"".join(usual))
    write(two / "2025-10-26.jsonl", b"".join(ODD) + line(77)[:-20])
    write(two / "2025-10-25.jsonl.1", b"".join(map(line, range(20, 40))) + line(78)[:-1])
    write(two / "2025-10-20.jsonl.gz", gzip.compress(b"".join(line(n, timestamp="null") for n in range(10)))[:-60])
    write(two / "notes.txt", b"")
    return [one, two]


@pytest.fixture(scope="module")
def store(folders: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(*folders, cache=tmp_path_factory.mktemp("cache")) as store:
        yield store


@pytest.fixture(scope="module")
def truth(folders: list[Path]) -> oracle.Truth:
    return oracle.read(folders, SHANGHAI, NOON)


@pytest.mark.parametrize("filter", FILTERS, ids=str)
def test_snapshot_is_what_the_disk_says(store: Store, truth: oracle.Truth, filter: Filter) -> None:
    oracle.check_snapshot(store.snapshot(filter, NOON), truth, SHANGHAI, ORACLE_PRICES, NOON)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (None, None),
        (TODAY, TODAY),
        (date(2025, 10, 1), date(2025, 10, 20)),
        (None, date(2025, 10, 1)),
        (date(2025, 10, 20), None),
        (date(2030, 1, 1), None),
    ],
)
def test_stats_are_what_the_disk_says(store: Store, truth: oracle.Truth, first: date | None, last: date | None) -> None:
    oracle.check_stats(store.stats(first, last, NOON), truth, SHANGHAI, ORACLE_PRICES, first, last)
    oracle.check_accounts(store, truth)


@pytest.mark.parametrize(
    ("kind", "order", "descending"),
    [
        (kind, order, (first + second) % 2 == 0)
        for first, kind in enumerate(CALL_LISTS)
        for second, order in enumerate(("time", "cost", "duration", "tokens"))
    ],
)
def test_pages_hold_every_call_of_their_list_once_and_in_order(store: Store, kind, order, descending: bool) -> None:
    filter = FILTERS[2]
    snapshot = store.snapshot(filter, NOON)
    total = {"latest": snapshot.total.calls, "slow": snapshot.slow, "odd": snapshot.odd, "failed": snapshot.failed}[
        kind
    ]
    pages = [store.page(PageRequest(filter, kind, order, descending, offset, 300), NOON) for offset in (0, 300)]
    assert {page.total for page in pages} == {total}
    rows = [row for page in pages for row in page.rows]
    assert len({(row.path, row.offset) for row in rows}) == len(rows) == total > 0
    if kind == "slow":
        assert all((row.duration_ms or 0) > 5000 for row in rows)
    elif kind == "failed":
        assert not any(row.success for row in rows)
    value = {
        "time": lambda row: row.at or datetime(row.day.year, row.day.month, row.day.day, tzinfo=UTC),
        "cost": lambda row: row.cost,
        "duration": lambda row: row.duration_ms,
        "tokens": lambda row: row.total_tokens,
    }[order]
    values = [value(row) for row in rows]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known)), "unknown ones stand last"
    assert all(before >= after if descending else before <= after for before, after in pairwise(known))


def test_page_beyond_the_last_call_is_empty(store: Store) -> None:
    page = store.page(PageRequest(FILTERS[2], offset=10_000), NOON)
    assert (page.rows, page.total > 0) == ((), True)
    assert (
        store.page(PageRequest(FILTERS[2], offset=-5, rows=1), NOON).rows == store.snapshot(FILTERS[2], NOON).newest[:1]
    )


def test_hour_is_sixty_minutes_of_calls_with_a_time(store: Store, truth: oracle.Truth) -> None:
    start = NOON - timedelta(hours=1)
    within = [
        placed
        for placed in truth.calls
        if (at := oracle.local(placed, SHANGHAI)) and start <= at < start + timedelta(hours=1)
    ]
    assert oracle.same(store.hour(start, NOON).total, oracle.totals(within, ORACLE_PRICES, timed=True))
    assert within


def test_calls_of_some_days_come_oldest_first(store: Store, truth: oracle.Truth) -> None:
    first, last = date(2025, 10, 20), date(2025, 10, 24)
    rows = [dict(zip(queries.ROW, row, strict=True)) for row in store.calls(first, last, NOON)]
    wanted = [placed for placed in truth.calls if first <= oracle.day_in(placed, SHANGHAI) <= last]
    assert [row["ts"] or row["day"] * 86_400_000_000 for row in rows] == sorted(
        oracle.standing(placed)[0] for placed in wanted
    )
    newest = store.newest(25, NOON)
    everything = store.calls(date(2015, 1, 1), date(2030, 1, 1), NOON)
    assert newest == everything[-25:]


def test_models_without_a_price_are_named_with_their_calls(store: Store, truth: oracle.Truth) -> None:
    counts: dict[str, int] = {}
    for placed in truth.calls:
        if ORACLE_PRICES.row(placed.call.model, date(2099, 1, 1)) is None:
            counts[placed.call.model or ""] = counts.get(placed.call.model or "", 0) + 1
    assert store.unpriced() == sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    assert counts


def test_empty_folder_is_no_trouble(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        check(store, tmp_path, filters=[Filter(), Filter(Period("30d"))])
        assert store.troubles() == ()
        assert store.page(PageRequest(Filter(), "odd"), NOON).total == 0
        assert store.unpriced() == []


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("0001-01-01", "America/New_York"),
        ("2014-12-31", "Asia/Shanghai"),
        ("2262-04-12", "America/New_York"),
        ("9998-12-31", "Pacific/Kiritimati"),
    ],
)
def test_file_of_a_far_day_breaks_no_answer(tmp_path: Path, name: str, zone: str) -> None:
    """Periods are cut to what can be (2015 to 2100), so only `stats` tells of such a file's calls without a time."""
    write(tmp_path / f"{name}.jsonl", line(1, timestamp="null") + line(2) + line(3, timestamp="253370764800000000"))
    far = Filter(Period("custom", date.min, date.max))
    with opened(tmp_path, zone=ZoneInfo(zone)) as store:
        truth = check(store, tmp_path, zone=ZoneInfo(zone))
        day = date.fromisoformat(name)
        days = (day, None) if day > TODAY else (None, day)
        oracle.check_stats(store.stats(*days, NOON), truth, ZoneInfo(zone), ORACLE_PRICES, *days)
        snapshot = store.snapshot(far, NOON)
        assert len(snapshot.trend.buckets) < 200_000
        assert store.page(PageRequest(far), NOON).total == snapshot.total.calls <= len(truth.calls) == 3


# Days that are not 24 hours long


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Europe/Berlin", date(2025, 10, 26)),
        ("Europe/Berlin", date(2025, 3, 30)),
        ("America/New_York", date(2025, 11, 2)),
        ("America/New_York", date(2025, 3, 9)),
        ("Australia/Lord_Howe", date(2025, 10, 5)),
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("America/Havana", date(2025, 11, 2)),
    ],
)
def test_days_of_other_lengths_hold_their_own_calls(tmp_path: Path, name: str, day: date) -> None:
    zone = ZoneInfo(name)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    start = noon - timedelta(hours=36)
    found = [line(n, timestamp=repr((start + timedelta(minutes=15 * n)).timestamp())) for n in range(4 * 72)]
    write(tmp_path / f"{day + timedelta(days=3)}.jsonl", b"".join(found))
    now = noon + timedelta(days=2)
    with opened(tmp_path, zone=zone, now=now) as store:
        truth = check(store, tmp_path, zone=zone, now=now, filters=[Filter(Period("custom", day, day))])
        oracle.check_stats(store.stats(day, day, now), truth, zone, ORACLE_PRICES, day, day)


def test_midnight_begins_a_new_today_and_the_first_a_new_month(tmp_path: Path) -> None:
    last = datetime(2025, 10, 31, 23, 59, 59, tzinfo=SHANGHAI)
    moments = [last - timedelta(hours=1), last, last + timedelta(seconds=1), last + timedelta(hours=2)]
    found = [line(n, timestamp=repr(at.timestamp())) for n, at in enumerate(moments)]
    write(tmp_path / "2025-10-31.jsonl", b"".join(found))
    filters = [Filter(), Filter(Period("month")), Filter(Period("7d"))]
    with opened(tmp_path, now=last) as store:
        for now, counts in ((last, [2, 2, 2]), (last + timedelta(seconds=1), [2, 2, 4])):
            check(store, tmp_path, now=now, filters=filters)
            assert [store.snapshot(filter, now).total.calls for filter in filters] == counts


# The work after an append


class Work:
    """Rows that the database scanned and bytes that were read, by it and by us, since the last time."""

    def __init__(self, store: Store) -> None:
        self._connection = store._holdings._connection
        self._connection.execute("CALL enable_logging('Metrics', level = 'trace')")
        self._connection.execute("SET enable_profiling = 'no_output'")
        self.done()

    def done(self) -> tuple[int, int, int]:
        sums = []
        for metric in ("query.total_rows_scanned", "io.total_bytes_read"):
            sql = f"SELECT message FROM duckdb_logs WHERE type = 'Metrics' AND contains(message, '{metric}')"
            found = self._connection.execute(sql).fetchall()
            sums.append(sum(int(message.split("'value': ")[1].split(",")[0]) for (message,) in found))
        self._connection.execute("CALL truncate_duckdb_logs()")
        read = int(Path("/proc/self/io").read_text().split()[1])
        before, self._read = getattr(self, "_read", read), read
        return sums[0], sums[1], read - before


def test_work_after_one_append_does_not_grow_with_what_is_cached(tmp_path: Path) -> None:
    work = {}
    for per_day in (100, 5_000):
        folder = tmp_path / f"records{per_day}"
        write_days(folder, 9, per_day, seed=1, until=TODAY - timedelta(days=1))
        for path in folder.iterdir():
            aged(path, 3600)
        today = write(folder / f"{TODAY}.jsonl", b"".join(map(line, range(50))))
        with opened(folder, cache=tmp_path / f"cache{per_day}") as store:
            filter = Filter(Period("30d"))
            assert store.snapshot(filter, NOON).total.calls == 9 * per_day + 50
            store.page(PageRequest(filter), NOON)
            measured = Work(store)
            for count in (1, 2):
                append(today, line(count), age_s=60 - count)
                assert store.look(NOON)
                assert store.snapshot(filter, NOON).total.calls == 9 * per_day + 50 + count
            work[per_day] = measured.done()
    (few_rows, few_bytes, few_read), (many_rows, many_bytes, many_read) = work.values()
    assert many_rows == few_rows < 2000
    assert many_bytes == few_bytes
    assert abs(many_read - few_read) < 100_000


def test_what_was_asked_before_is_answered_anew_after_any_change(tmp_path: Path) -> None:
    days = (None, None), (NOON.date(), NOON.date()), (date(2025, 10, 1), NOON.date())
    foreign = line(2, model=f'"{GEMINI}"', cost="1")
    path = write(tmp_path / "records" / "usage_2025-10-26.jsonl", line(1) + foreign)
    other = write(tmp_path / "records" / "usage_2025-10-25.jsonl", line(100))
    with opened(tmp_path / "records", cache=tmp_path / "cache") as store:

        def agrees() -> None:
            truth = oracle.read([tmp_path / "records"], SHANGHAI, NOON)
            for first, last in days * 2:
                oracle.check_stats(store.stats(first, last, NOON), truth, SHANGHAI, ORACLE_PRICES, first, last)
            assert store.stats(None, None, NOON).coverage == store.coverage()

        agrees()
        for change in (
            lambda: append(path, line(3)),
            lambda: append(path, b"not json\n"),
            lambda: append(path, line(4)[:50]),
            lambda: write(other, line(101, cost="7")),
            other.unlink,
        ):
            change()
            store.look(NOON)
            agrees()
        store.reprice(PriceBook.parse('[[rate]]\ncurrency = "USD"\ncny = "8"\neffective_from = 2016-01-01\n', "mine"))
        truth = oracle.read([tmp_path / "records"], SHANGHAI, NOON)
        assert store.stats(None, None, NOON).total.cost != oracle.totals(truth.calls, ORACLE_PRICES).cost


def test_no_more_days_are_remembered_than_are_asked_again(tmp_path: Path) -> None:
    write(tmp_path / "usage_2025-10-26.jsonl", line(1))
    with opened(tmp_path) as store:
        for number in range(100):
            store.stats(NOON.date() - timedelta(days=number), NOON.date(), NOON)
        assert len(store._known) == 8


@pytest.mark.parametrize("filter", [FILTERS[1], FILTERS[6], FILTERS[8]])
def test_today_is_of_all_calls_whatever_the_filter(tmp_path: Path, filter: Filter) -> None:
    path = write(tmp_path / f"{TODAY}.jsonl", line(3) + line(6), 0.0)
    with opened(tmp_path) as store:
        for calls in (2, 3):
            whole = replace(store.snapshot(Filter(), NOON).total, p50_ms=None, p95_ms=None, p99_ms=None)
            assert store.snapshot(filter, NOON).today == whole
            assert whole.calls == calls
            append(path, line(9, cost="7.5"), 0.0)
            store.look(NOON)


def test_today_counts_once_what_was_sealed_after_only_a_page_had_seen_it(tmp_path: Path) -> None:
    """Calls of today at the end of yesterday's file, which is closed while they come in."""
    folder, narrow = tmp_path / "records", Filter(model="qwen-plus")
    path = write(folder / "2025-10-25.jsonl", line(0, timestamp=repr(NOON.timestamp())), age_s=20)
    with opened(folder, cache=tmp_path / "cache") as store:
        for number in (1, 2, 3):
            assert store.snapshot(narrow, NOON).today.calls == number
            append(path, line(number, timestamp=repr(NOON.timestamp())), age_s=20 - number)
            store.look(NOON)
        store.page(PageRequest(narrow), NOON)
        for minutes in (10, 11):
            now = NOON + timedelta(minutes=minutes)
            store.look(now)
            assert store.snapshot(narrow, now).today.calls == 4
        assert {call[queries.ROW.index("file")].endswith(".parquet") for call in store.newest(9, now)} == {True}
