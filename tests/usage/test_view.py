"""A snapshot that is kept up with every append is the one that would be made anew; and what it makes of its figures."""

from __future__ import annotations

import statistics
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import oracle
import pytest
from effort import EFFORT
from hypothesis import given, settings
from hypothesis import strategies as st
from lines import NOON, ODD, line
from stores import ORACLE_PRICES, SHANGHAI, append, check, opened, write

from tipmao_monitor.usage import view
from tipmao_monitor.usage.snapshot import Filter, PageRequest, Period

TODAY = NOON.astimezone(SHANGHAI).date()
MONTH = Filter(Period("30d"))
ELSEWHEN = Filter(Period("custom", date(2016, 2, 29), date(2016, 2, 29)))
FILTERS = [
    Filter(),
    Filter(Period("7d"), failed=True),
    MONTH,
    Filter(Period("month"), model="qwen-plus"),
    Filter(Period("custom", TODAY - timedelta(days=3), TODAY - timedelta(days=3))),
    Filter(Period("custom", TODAY - timedelta(days=20), TODAY - timedelta(days=2)), search="timeout"),
    Filter(Period("7d"), user=""),
]


def spread(number: int) -> bytes:
    """Over six weeks, a few of them without a time."""
    hours = number * 13 % 1000
    changes = {"timestamp": repr(NOON.timestamp() - 3600 * hours - number / 1024)}
    return line(number, **(changes if number % 11 else {"timestamp": "null"}))


SOME = st.lists(st.integers(0, 2000).map(spread) | st.sampled_from(ODD), max_size=8).map(b"".join)


@pytest.mark.parametrize("few", [0, 4])
@given(
    filter=st.sampled_from(FILTERS),
    begin=SOME,
    appends=st.lists(st.tuples(st.sampled_from([TODAY, TODAY - timedelta(days=3)]), SOME), min_size=1, max_size=4),
    cached=st.booleans(),
)
@settings(deadline=None, max_examples=3 * EFFORT)
def test_answer_that_is_kept_up_is_the_answer_made_anew(
    tmp_path_factory, few: int, filter: Filter, begin: bytes, appends: list[tuple[date, bytes]], cached: bool
) -> None:
    root = tmp_path_factory.mktemp("kept")
    folder = root / "records"
    write(folder / f"{TODAY}.jsonl", begin)
    write(folder / f"{TODAY - timedelta(days=3)}.jsonl", begin)
    now = NOON
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "FEW", few)
        with opened(folder, cache=root / "cache" if cached else None) as store:
            store.snapshot(filter, now)
            for day, more in appends:
                now += timedelta(seconds=61)  # the past is asked again once a minute
                append(folder / f"{day}.jsonl", more, age_s=0, now=now)
                store.look(now)
                kept = store.snapshot(filter, now)
                store.snapshot(ELSEWHEN, now)
                assert kept == store.snapshot(filter, now)
                store.look(now)
            check(store, folder, now=now, filters=[filter])


@pytest.mark.parametrize("few", [0, 500])
def test_appends_while_one_filter_is_shown_add_up(tmp_path: Path, few: int, monkeypatch) -> None:
    monkeypatch.setattr(view, "FEW", few)
    path = write(tmp_path / f"{TODAY}.jsonl", b"")
    with opened(tmp_path) as store:
        for count in range(4):
            append(path, b"".join(spread(n) for n in range(40 * count, 40 * count + 40)), age_s=60 - count)
            store.look(NOON)
            store.snapshot(MONTH, NOON)
        check(store, tmp_path, filters=[MONTH])


# The past


@pytest.mark.parametrize(
    ("filter", "hours"),
    [
        pytest.param(Filter(), [30, 36], id="yesterday until this hour"),
        pytest.param(Filter(Period("7d")), [24 * 7 + 1, 24 * 13], id="the seven days before, until this hour"),
        pytest.param(Filter(Period("30d")), [24 * 30 + 1, 24 * 50], id="the thirty days before, until this hour"),
        pytest.param(Filter(Period("month")), [24 * 31, 24 * 30 + 1, 24 * 40], id="last month until this day and hour"),
        pytest.param(Filter(Period("custom", TODAY, TODAY)), [30, 36], id="of a custom day the same"),
        pytest.param(
            Filter(Period("custom", TODAY - timedelta(days=3), TODAY - timedelta(days=2))),
            [24 * 4, 24 * 5],
            id="whole days before days that are over",
        ),
        pytest.param(Filter(user="somebody"), None, id="nothing where there was none"),
    ],
)
def test_past_is_the_same_elapsed_time_before(tmp_path: Path, filter: Filter, hours: list[int] | None) -> None:
    """One call an hour for eighty days; `hours` ago are some that count, with a second more they would not."""
    now = NOON + timedelta(minutes=30)
    found = [line(n, timestamp=repr(NOON.timestamp() - 3600 * n)) for n in range(24 * 80)]
    write(tmp_path / f"{TODAY}.jsonl", b"".join(found))
    with opened(tmp_path, now=now) as store:
        before = store.snapshot(filter, now).before
        if hours is None:
            assert before is None
            return
        truth = oracle.read([tmp_path], SHANGHAI, now)
        first, last = filter.period.days(TODAY)
        begin, end = (datetime.combine(day, datetime.min.time(), SHANGHAI) for day in (first, last + timedelta(days=1)))
        back = (begin - timedelta(days=1)).replace(day=1) if filter.period.kind == "month" else begin - (end - begin)
        until = back + (min(now, end) - begin)
        wanted = [p for p in truth.calls if back <= (oracle.local(p, SHANGHAI) or now) < min(until, begin)]
        assert before == oracle.totals(wanted, ORACLE_PRICES, timed=True)
        counted = {round((NOON.timestamp() - p.call.ts / 1e6) / 3600) for p in wanted if p.call.ts}
        assert counted.issuperset(hours)


def test_past_is_asked_again_when_a_minute_has_passed(tmp_path: Path) -> None:
    yesterday = NOON - timedelta(days=1)
    found = [line(n, timestamp=repr((yesterday + timedelta(seconds=30 * n)).timestamp())) for n in range(10)]
    write(tmp_path / f"{TODAY}.jsonl", b"".join(found))
    with opened(tmp_path) as store:
        counts = []
        for seconds in (1, 31, 59, 62, 121):
            before = store.snapshot(Filter(), NOON + timedelta(seconds=seconds)).before
            counts.append(before.calls if before else 0)
    assert counts == [1, 1, 1, 3, 3]


# The month


def costing(day: date, cost: str) -> bytes:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    return line(1, timestamp=repr(noon.timestamp()), cost=cost, model='"qwen-plus"')


def test_forecast_waits_for_three_whole_days_with_calls(tmp_path: Path) -> None:
    now = datetime(2025, 10, 26, 18, tzinfo=SHANGHAI)
    path = write(tmp_path / "2025-10-26.jsonl", costing(TODAY, "1.0"))
    with opened(tmp_path, now=now) as store:
        for ago, is_told in ((1, False), (1, False), (2, False), (3, True)):
            append(path, costing(TODAY - timedelta(days=ago), "2.0"), age_s=60 - ago)
            store.look(now)
            month = store.snapshot(Filter(), now).month
            assert (month.forecast is not None) is is_told
            assert (month.forecast_low is None) is (month.forecast_high is None) is not is_told
        assert month.daily_average == month.totals.cost / 26 == Decimal(9) / 26


def test_forecast_of_steady_days_is_their_sum(tmp_path: Path) -> None:
    now = datetime(2025, 10, 26, 18, tzinfo=SHANGHAI)
    days = [TODAY - timedelta(days=ago) for ago in range(20)]
    write(tmp_path / "2025-10-26.jsonl", b"".join(costing(day, "2.0") for day in days))
    with opened(tmp_path, now=now) as store:
        month = store.snapshot(Filter(Period("7d")), now).month
    assert month.totals.cost == 40
    assert month.forecast == month.forecast_low == month.forecast_high == 40 + 5 * 2


def test_forecast_lies_within_its_range_and_above_what_was_spent(tmp_path: Path) -> None:
    now = datetime(2025, 10, 26, 18, tzinfo=SHANGHAI)
    found = [costing(TODAY - timedelta(days=ago), f"{ago % 5}.5") for ago in range(0, 25, 2)]
    write(tmp_path / "2025-10-26.jsonl", b"".join(found))
    with opened(tmp_path, now=now) as store:
        month = store.snapshot(Filter(), now).month
    assert month.forecast is not None and month.forecast_low is not None and month.forecast_high is not None
    assert month.totals.cost <= month.forecast_low < month.forecast < month.forecast_high


# Groups, series and unusual calls


def test_groups_and_series_are_cut_to_the_largest_and_add_up(tmp_path: Path) -> None:
    many = [
        line(n, user_id=f'"user{n % 250}"', model=f'"model{n % 20}"', function=f'"f{n % 20}"', cost=f"0.00{n:03}")
        for n in range(500)
    ]
    write(tmp_path / f"{TODAY}.jsonl", b"".join(many))
    with opened(tmp_path) as store:
        check(store, tmp_path, filters=[MONTH])
        snapshot = store.snapshot(MONTH, NOON)
    assert (len(snapshot.by_user), dict(snapshot.group_counts)["user"]) == (200, 250)
    assert [series.key is None for series in snapshot.trend.by_model] == [False] * 12 + [True]
    sums = [sum(series.costs) for series in snapshot.trend.by_model[:-1]]
    assert sums == sorted(sums, reverse=True)
    tokens = [group.totals.total_tokens for group in snapshot.top_users_by_tokens]
    assert tokens == sorted(tokens, reverse=True)


def test_newest_thousand_calls_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / f"{TODAY}.jsonl", b"".join(map(spread, range(1500))))
    with opened(tmp_path) as store:
        check(store, tmp_path, filters=[MONTH])
        append(path, b"".join(map(spread, range(1500, 1650))), age_s=60)
        store.look(NOON)
        check(store, tmp_path, filters=[MONTH])
        assert len(store.snapshot(MONTH, NOON).newest) == 1000


def test_unusual_is_what_is_dear_for_its_function(tmp_path: Path) -> None:
    costs = {"qa": [0.01] * 40 + [0.02], "live_review": [5.0, 5.5, 4.5] * 10, "chat_focus": [1.0]}
    found = [
        line(1, function=f'"{name}"', cost=repr(cost), model='"qwen-plus"')
        for name, some in costs.items()
        for cost in some
    ]
    write(tmp_path / f"{TODAY}.jsonl", b"".join(found))
    with opened(tmp_path) as store:
        page = store.page(PageRequest(MONTH, "odd"), NOON)
        assert store.snapshot(MONTH, NOON).odd == page.total == 1
    assert [(row.function, row.cost) for row in page.rows] == [("qa", Decimal("0.02"))]
    assert statistics.fmean(costs["qa"]) + 2 * statistics.pstdev(costs["qa"]) < 0.02


def test_zero_recorded_for_a_paid_model_is_counted_and_for_a_free_one_is_not(tmp_path: Path) -> None:
    models = ["qwen-plus", "glm-4-flash", "doubao-pro"]
    write(tmp_path / f"{TODAY}.jsonl", b"".join(line(1, model=f'"{model}"', cost="0.0") for model in models))
    with opened(tmp_path) as store:
        groups = {group.key: (group.recorded_as_zero, group.free) for group in store.snapshot(MONTH, NOON).by_model}
    assert groups == {"qwen-plus": (1, False), "glm-4-flash": (0, True), "doubao-pro": (1, False)}


def test_peak_hour_is_the_one_with_most_calls(tmp_path: Path) -> None:
    hours = [9, 21, 21, 21, 23]
    start = datetime(2025, 10, 26, tzinfo=SHANGHAI).timestamp()
    write(tmp_path / f"{TODAY}.jsonl", b"".join(line(n, timestamp=repr(start + 3600 * h)) for n, h in enumerate(hours)))
    with opened(tmp_path) as store:
        assert store.snapshot(Filter(), NOON).peak_hour == 21
        assert store.snapshot(ELSEWHEN, NOON).peak_hour is None
