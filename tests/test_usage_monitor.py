"""The monitor object of the guide: what it records, and that its answers are those of the disk and of `stats`.

A newcomer would get this wrong: the clock is set. All tests but those with another process are at NOON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import oracle
import pytest
import time_machine

from tipmao_monitor import UsageMonitor, UsageSummary, cli, get_usage_monitor, record_usage, usage_monitor
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.recorder import Counts, Recorder
from tipmao_monitor.usage.snapshot import Totals
from tipmao_monitor.usage.store import Store

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2025, 10, 26, 12, 30, tzinfo=SHANGHAI)
TODAY = NOON.date()
GEMINI = "gemini-2.5-flash-preview-09-2025"
PRICES = oracle.Prices()


DAYS_AGO = (0, 1, 2, 3, 4, 5, 6, 9, 14, 20, 26, 33)  # a file each


@pytest.fixture
def at_noon(home: Path) -> Iterator[time_machine.Coordinates]:
    (home / "settings.toml").write_text('timezone = "Asia/Shanghai"\n')
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two months of calls, with everything in them that a sum may stumble over."""
    folder = tmp_path / "records"
    models = ("qwen-plus", "qwen3-max", GEMINI, "no-such-model", None, "glm-4-flash")
    functions = ("实时分析(qwen-plus)", "gateway_qwen", "话术生成", None, "odd one")
    with Recorder(folder, zone=SHANGHAI) as recorder:
        for number in range(300):
            recorder.record(
                models[number % 6],
                functions[number % 5],
                None if number % 11 == 0 else number * 97,
                number * 7,
                None if number % 9 == 0 else number * 30.5,
                cost=number / 1e4 if number % 6 == 2 else None,
                success=number % 8 > 0,
                error_msg=None if number % 8 else "APITimeoutError: timeout",
                user_id=(None, "user_1", "观众 2")[number % 3],
                anchor_id=(None, "anchor_1")[number % 2],
                session_id=f"live_{number % 4}",
                at=NOON.timestamp() - DAYS_AGO[number // 25] * 86_400 - number % 25 * 1747,
            )
    with (folder / "usage_2025-10-25.jsonl").open("ab") as file:
        file.write(b'not json\n{"timestamp": "?", "model": "qwen-plus", "input_tokens": 10, "output_tokens": 5}\n')
    with (folder / "usage_2025-10-26.jsonl").open("ab") as file:
        file.write((folder / "usage_2025-10-20.jsonl").read_bytes().splitlines(keepends=True)[0])  # it came late
    return folder


@pytest.fixture
def monitor(folder: Path, at_noon: object) -> Iterator[UsageMonitor]:
    monitor = UsageMonitor(folder)
    yield monitor
    monitor.close()


def truth(folder: Path, first: date, last: date) -> list[oracle.Placed]:
    found = oracle.read([folder], SHANGHAI, NOON)
    return [placed for placed in found.calls if first <= oracle.day_in(placed, SHANGHAI) <= last]


def check_row(row: dict[str, Any], calls: Sequence[oracle.Placed]) -> None:
    expected = oracle.totals(calls, PRICES)
    assert row["cost_exact"] == expected.cost
    assert (type(row["cost"]), row["cost"]) == (float, float(expected.cost))
    names = ("calls", "input_tokens", "output_tokens", "total_tokens")
    assert {name: row[name] for name in names} == {name: getattr(expected, name) for name in names}
    assert set(row) - {"display_name"} == {*names, "cost", "cost_exact"}


def check(summary: UsageSummary, calls: Sequence[oracle.Placed]) -> None:
    """Every figure of every row, against an independent reading of the files."""
    expected = oracle.totals(calls, PRICES)
    assert summary.total_calls == expected.calls
    assert (summary.total_cost, summary.total_cost_exact) == (float(expected.cost), expected.cost)
    for name in ("successful_calls", "failed_calls", "total_tokens", "input_tokens", "output_tokens"):
        assert getattr(summary, name) == getattr(expected, name)
    assert (summary.unknown_cost_calls, summary.unknown_token_calls) == (
        expected.unknown_cost_calls, expected.unknown_token_calls,
    )  # fmt: skip
    for dimension in ("model", "function", "user", "anchor"):
        rows = getattr(summary, f"by_{dimension}")
        wanted = oracle.grouped(calls, oracle.KEYS[dimension])
        assert set(rows) == set(wanted)
        for key, of_key in wanted.items():
            check_row(rows[key], of_key)


# Answers


def test_a_day_is_what_the_files_say_of_it(monitor, folder):
    for days_ago in (0, 1, 2, 30, 37, 38, 10**12):
        summary = monitor.get_daily_summary(days_ago)
        day = date.fromisoformat(summary.date)
        assert day == (TODAY - timedelta(days=days_ago) if days_ago < 100 else date(1970, 1, 1))
        check(summary, truth(folder, day, day))
        assert (summary.period, summary.start_time) == ("daily", f"{day}T00:00:00+08:00")
        assert summary.end_time == f"{day + timedelta(days=1)}T00:00:00+08:00"


def test_a_month_is_what_the_files_say_of_it(monitor, folder):
    for asked, first in (
        ((), date(2025, 10, 1)), ((None, 9), date(2025, 9, 1)), ((2025, 9), date(2025, 9, 1)),
        ((2025, 12), date(2025, 12, 1)), ((2024, 2), date(2024, 2, 1)),
    ):  # fmt: skip
        summary = monitor.get_monthly_summary(*asked)
        after = (first + timedelta(days=31)).replace(day=1)
        check(summary, truth(folder, first, after - timedelta(days=1)))
        assert (summary.period, summary.year_month) == ("monthly", f"{first:%Y-%m}")
        assert (summary.start_time[:10], summary.end_time[:10]) == (str(first), str(after))
        assert (summary.total_calls >= 50) == (first.month in (9, 10))


def test_the_hours_of_a_day_are_what_the_files_say_of_them(monitor, folder):
    hours = [monitor.get_hourly_summary(hours_ago) for hours_ago in range(13)]
    assert [hour.start_time for hour in hours[:2]] == ["2025-10-26T12:00:00+08:00", "2025-10-26T11:00:00+08:00"]
    assert hours[0].end_time == "2025-10-26T13:00:00+08:00"
    for hours_ago, hour in enumerate(hours):
        start = NOON.replace(minute=0) - timedelta(hours=hours_ago)
        found = truth(folder, start.date(), start.date())
        check(hour, [placed for placed in found if oracle.hour_in(placed, SHANGHAI) == f"{start.hour:02d}"])
    assert sum(hour.total_calls for hour in hours) == monitor.get_daily_summary().total_calls == 25


def test_an_hour_that_the_clock_shows_twice_is_two_hours(home, tmp_path):
    (home / "settings.toml").write_text('timezone = "America/New_York"\n')
    with Recorder(tmp_path, zone=SHANGHAI) as recorder:
        for minutes, user in ((-90, "before"), (-30, "once"), (30, "again")):
            recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id=user, at=1762063200.0 + 60 * minutes)
    monitor = UsageMonitor(tmp_path)
    with time_machine.travel(1762063200.0 + 60 * 40, tick=False):  # 40 minutes after 2:00 became 1:00
        found = [monitor.get_hourly_summary(hours_ago) for hours_ago in range(3)]
    monitor.close()
    assert [list(hour.by_user) for hour in found] == [["again"], ["once"], ["before"]]
    assert [hour.start_time[11:] for hour in found] == ["01:00:00-05:00", "01:00:00-04:00", "00:00:00-04:00"]


def test_the_top_users_are_those_of_the_files_and_nobody_is_not_a_user(monitor, folder):
    calls = truth(folder, TODAY - timedelta(days=6), TODAY)
    sums = {
        user: oracle.totals(of_user, PRICES) for user, of_user in oracle.grouped(calls, oracle.KEYS["user"]).items()
    }
    for by, measure in (("tokens", "total_tokens"), ("cost", "cost")):
        users = sorted((user for user in sums if user), key=lambda user: getattr(sums[user], measure), reverse=True)
        found = monitor.get_top_users(limit=10, days=7, by=by)
        assert [row["user_id"] for row in found] == users
        for row in found:
            assert (row["tokens"], row["calls"]) == (sums[row["user_id"]].total_tokens, sums[row["user_id"]].calls)
            assert (row["cost"], row["cost_exact"]) == (float(row["cost_exact"]), sums[row["user_id"]].cost)
        assert monitor.get_top_users(limit=1, by=by) == found[:1]


def test_the_trend_has_every_day(monitor, folder):
    for days in (1, 7, 40):
        trend = monitor.get_cost_trend(days)
        assert [row["date"] for row in trend] == [str(TODAY - timedelta(days=ago)) for ago in reversed(range(days))]
        costs: dict[date, Decimal] = {
            day: oracle.totals(calls, PRICES).cost
            for day, calls in oracle.grouped(
                truth(folder, date.min, TODAY), lambda placed: oracle.day_in(placed, SHANGHAI)
            ).items()
        }
        for row in trend:
            cost = costs.get(date.fromisoformat(row["date"]), Decimal(0))
            assert (row["cost_exact"], row["cost"], type(row["cost"])) == (cost, float(cost), float)


def test_records_are_the_calls_one_by_one_oldest_first(monitor, folder):
    records = monitor.get_recent_records(days=2)
    placed = sorted(truth(folder, TODAY - timedelta(days=1), TODAY), key=lambda one: one.call.ts or 0)
    assert len(records) == len(placed) == 51
    midnight = datetime(2025, 10, 25, tzinfo=SHANGHAI).timestamp()
    for record, one in zip(records, placed, strict=True):
        call, cost = one.call, PRICES.cost(one)
        assert record.timestamp == (midnight if call.ts is None else call.ts / 1e6)
        assert (record.model, record.raw_function, record.user_id, record.anchor_id, record.session_id) == (
            call.model, call.raw, call.user, call.anchor, call.session,
        )  # fmt: skip
        assert record.function == (oracle.function_id(call.raw) or None)
        assert (record.input_tokens, record.output_tokens) == (call.tin or 0, call.tout or 0)
        assert (record.total_tokens, record.success, record.error_msg) == (call.total, call.ok, call.err)
        assert (record.duration_ms, record.duration_ms_exact) == (call.ms or 0.0, call.ms)
        assert record.cost_exact == (None if cost is None else oracle.money(cost))
        assert (type(record.cost), record.cost) == (float, float(record.cost_exact or 0))
        assert set(record.flags) == one.reasons
    assert {"timestamp_unknown", "tokens_unknown", "cost_unknown"} <= {flag for one in records for flag in one.flags}


def test_the_newest_thousand_are_taken_from_all_days(monitor, folder, at_noon):
    assert len(monitor.records) == 302
    assert monitor.records == monitor._records
    assert monitor._get_recent_records(days=3) == monitor.get_recent_records(3)
    assert monitor.get_recent_records(days=10_000) == monitor.records
    with Recorder(folder, zone=SHANGHAI) as recorder:
        for number in range(1200):
            recorder.record("qwen-plus", "qa", number, 0, 1.0, at=NOON.timestamp() - 86_400 * (number // 200) - number)
        recorder.record("qwen-plus", "qa", 7777, 0, 1.0, at=NOON.timestamp() + 86_400)
    records = monitor.records
    assert len(records) == 1000
    assert [record.timestamp for record in records] == sorted(record.timestamp for record in records)
    assert records[-1].input_tokens == 7777  # a clock that was ahead
    times = [placed.call.ts / 1e6 for placed in truth(folder, date.min, date.max) if placed.call.ts]
    assert sorted(times)[-999:] == [one.timestamp for one in records if "timestamp_unknown" not in one.flags]


def test_answers_equal_those_of_stats(monitor, folder, capsysbinary):
    def stats(*arguments: str) -> dict[str, Any]:
        assert cli.main(["stats", "--json", "--records", str(folder), *arguments]) == 0
        return json.loads(capsysbinary.readouterr().out, parse_float=Decimal)

    def check_equal(summary: UsageSummary, found: dict[str, Any]) -> None:
        assert summary.total_cost_exact == found["total"]["cost"]
        assert summary.total_calls == found["total"]["calls"]
        for name in ("by_model", "by_function", "by_user", "by_anchor"):
            rows = getattr(summary, name)
            assert set(rows) == set(found[name])
            for key, row in rows.items():
                assert row["cost_exact"] == found[name][key]["cost"]
                assert all(
                    row[field] == found[name][key][field] for field in row if field.endswith(("calls", "tokens"))
                )

    check_equal(monitor.get_daily_summary(), stats("--days", "1"))
    check_equal(monitor.get_daily_summary(1), stats("--from", "2025-10-25", "--to", "2025-10-25"))
    check_equal(monitor.get_monthly_summary(), stats("--from", "2025-10-01", "--to", "2025-10-31"))
    week = stats("--days", "7")
    assert sum(row["cost_exact"] for row in monitor.get_cost_trend(7)) == week["total"]["cost"]
    assert {row["user_id"]: row["cost_exact"] for row in monitor.get_top_users()} == {
        user: row["cost"] for user, row in week["by_user"].items() if user
    }


def test_models_have_the_names_of_the_price_book(monitor):
    names = {model: row["display_name"] for model, row in monitor.get_monthly_summary().by_model.items()}
    assert (names["qwen-plus"], names["no-such-model"], names[""]) == ("通义千问 Plus", "no-such-model", "")


def test_each_question_sees_what_others_wrote_and_deleted_since(monitor, folder):
    other = Store([folder], zone=SHANGHAI, prices=PriceBook.load(), cache=usage_monitor.settings.cache_folder())
    other.look(NOON)  # as an open window does, with the same cache
    assert monitor.get_daily_summary().total_calls == 25
    with Recorder(folder, zone=SHANGHAI) as recorder:
        recorder.record("qwen-plus", "qa", 1000, 500, 1.0, user_id="new", at=NOON.timestamp())
    assert monitor.get_daily_summary().by_user["new"]["cost"] == 0.01
    other.look(NOON)
    (folder / "usage_2025-10-26.jsonl").unlink()
    assert monitor.get_daily_summary().total_calls == 0
    assert (
        monitor.get_daily_summary(1).total_calls
        == other.stats(date(2025, 10, 25), date(2025, 10, 25), NOON).total.calls
    )
    other.close()


def test_a_folder_that_is_not_there_yet_has_no_calls(at_noon, tmp_path, caplog):
    monitor = UsageMonitor(tmp_path / "later")
    summary = monitor.get_daily_summary()
    assert (summary.total_calls, summary.total_cost, summary.by_model) == (0, 0.0, {})
    assert monitor.get_top_users() == monitor.records == monitor.get_recent_records() == []
    assert caplog.text.count("missing") == 1
    assert monitor.record_usage("qwen-plus", "qa", 1000, 500, 1.0)
    assert monitor.get_daily_summary().total_cost == 0.01
    monitor.close()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_daily_summary", (-1,)),
        ("get_daily_summary", ("1",)),
        ("get_hourly_summary", (-1,)),
        ("get_cost_trend", (0,)),
        ("get_recent_records", (0,)),
        ("get_top_users", (0,)),
        ("get_top_users", (1, 0)),
        ("get_monthly_summary", (2025, 13)),
        ("get_monthly_summary", (2025,)),
        ("get_monthly_summary", (9999, 12)),
        ("export_report", (0,)),
    ],
)
def test_a_period_that_makes_no_sense_is_named(tmp_path, name, arguments):
    with pytest.raises(ValueError, match=r"whole number from|like get_monthly_summary\(2025, 10\)"):
        getattr(UsageMonitor(tmp_path), name)(*arguments)


def test_users_are_ranked_by_what_is_known(tmp_path):
    with pytest.raises(ValueError, match="by 'size'"):
        UsageMonitor(tmp_path).get_top_users(by="size")


# Reports


def test_a_report_has_the_assistants_keys_and_exact_money_and_is_not_among_the_records(monitor, folder, home):
    before = sorted(folder.iterdir())
    path = monitor.export_report(days=30)
    assert path == home / "reports" / "usage_report_20251026_123000.json"
    assert sorted(folder.iterdir()) == before
    report = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    assert list(report)[:6] == [
        "generated_at", "period_days", "today_summary", "period_summary", "top_users", "cost_trend",
    ]  # fmt: skip
    assert (report["generated_at"], report["period_days"]) == ("2025-10-26T12:30:00+08:00", 30)
    today, month = report["today_summary"], report["period_summary"]
    assert (today["date"], today["total_calls"]) == ("2025-10-26", 25)
    calls = truth(folder, TODAY - timedelta(days=29), TODAY)
    expected: Totals = oracle.totals(calls, PRICES)
    assert (month["from"], month["to"]) == ("2025-09-27", "2025-10-26")
    assert (month["total_cost"], month["total_calls"]) == (expected.cost, expected.calls)
    assert sum(row["cost"] for row in month["by_model"].values()) == expected.cost
    assert sum(row["cost"] for row in report["cost_trend"]) == expected.cost
    assert report["top_users"][0].keys() == {"user_id", "tokens", "cost", "calls"}
    assert month["by_model"]["qwen-plus"]["display_name"] == "通义千问 Plus"


def test_reports_of_one_second_are_all_kept_and_go_where_they_are_told(monitor, tmp_path):
    paths = [monitor.export_report(folder=tmp_path / "out") for _ in range(3)]
    assert [path.name for path in paths] == [
        f"usage_report_20251026_123000{number}.json" for number in ("", "_2", "_3")
    ]
    assert len({path.read_bytes() for path in paths}) == 1
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError):
        monitor.export_report(folder=tmp_path / "file")


def test_a_report_sees_an_edit_in_the_middle_of_a_file_that_grew(monitor, folder):
    path = folder / "usage_2025-10-26.jsonl"
    first = path.read_bytes().splitlines(keepends=True)[0]
    long = [first] * 400
    path.write_bytes(b"".join(long))
    assert monitor.get_daily_summary().failed_calls == 400
    long[200] = first.replace(b'"success": false', b'"success":  true')
    path.write_bytes(b"".join([*long, first]))
    report = json.loads(monitor.export_report().read_text("utf-8"))
    assert report["today_summary"]["failed_calls"] == 400
    assert report["today_summary"]["successful_calls"] == 1


# Recording


def test_there_is_one_monitor_for_each_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "records")
    monitor = get_usage_monitor(tmp_path / "records" / "ai_usage")
    assert get_usage_monitor() is monitor
    assert get_usage_monitor("records/ai_usage") is get_usage_monitor("link/ai_usage") is monitor
    assert get_usage_monitor("other", prefix="") is get_usage_monitor("other") is not monitor
    with pytest.raises(ValueError, match=r"already records into .*other with the prefix ''"):
        get_usage_monitor("other", prefix="usage_")
    with pytest.raises(ValueError, match="no reader knows the prefix"):
        get_usage_monitor("third", prefix="day_")


def test_the_first_folder_of_the_environment_is_recorded_into_and_all_are_asked(at_noon, tmp_path, monkeypatch):
    folders = [tmp_path / "one", tmp_path / "two"]
    monkeypatch.setenv("TIPMAO_RECORDS", os.pathsep.join(map(str, folders)))
    with Recorder(folders[1], zone=SHANGHAI) as recorder:
        recorder.record("qwen-plus", "qa", 1000, 500, 1.0)
    assert record_usage("qwen-plus", "qa", 1000, 500, 1.0)
    assert len(list(folders[0].iterdir())) == len(list(folders[1].iterdir())) == 1
    assert get_usage_monitor().get_daily_summary().total_calls == 2
    assert get_usage_monitor(folders[0]).get_daily_summary().total_calls == 1
    get_usage_monitor().close()
    get_usage_monitor(folders[0]).close()


def test_both_forms_of_a_file_name_can_be_written(tmp_path):
    for prefix, name in (("usage_", "usage_2025-10-26.jsonl"), ("", "2025-10-26.jsonl")):
        monitor = UsageMonitor(tmp_path, prefix=prefix)
        with time_machine.travel(datetime(2025, 10, 26, 12), tick=False):
            monitor.record_usage("qwen-plus", "qa", 1, 1, 1.0)
        monitor.close()
        assert (tmp_path / name).exists()


def test_a_call_that_cannot_be_written_waits_unless_strict(tmp_path, monkeypatch, caplog):
    folder = tmp_path / "records"
    folder.write_text("in the way")
    monkeypatch.setenv("TIPMAO_RECORDS", str(folder))
    assert record_usage("qwen-plus", "qa", 1, 1, 1.0) is False
    with pytest.raises(OSError):
        record_usage("qwen-plus", "qa", 1, 1, 1.0, strict=True)
    monitor = get_usage_monitor()
    assert monitor.counts == Counts(waiting=1)
    folder.unlink()
    assert monitor.flush()
    monitor.close()
    assert monitor.counts == Counts(written=1)


def test_default_folder_is_that_of_the_settings_unless_the_environment_names_one(tmp_path, home, monkeypatch):
    monkeypatch.setattr(usage_monitor, "_LOOK_EVERY_S", 0.0)
    monkeypatch.chdir(tmp_path)

    def recorded_into() -> list[str]:
        before = {path.name: len(read_lines(path)) for path in tmp_path.iterdir()}
        assert record_usage("qwen-plus", "qa", 1, 1, 1.0, strict=True)
        return [path.name for path in tmp_path.iterdir() if before.get(path.name, 0) < len(read_lines(path))]

    def read_lines(folder: Path) -> list[str]:
        return [line for file in folder.rglob("*.jsonl") for line in file.read_text().splitlines()]

    assert recorded_into() == ["records"]
    (home / "settings.toml").write_text(f"records = ['{tmp_path / 'chosen'}', '{tmp_path / 'second'}']\n")
    assert recorded_into() == ["chosen"]
    assert [folder.name for folder in get_usage_monitor().folders] == ["chosen", "second"]
    monkeypatch.setenv("TIPMAO_RECORDS", str(tmp_path / "listed"))
    assert recorded_into() == ["listed"]
    monkeypatch.delenv("TIPMAO_RECORDS")
    (home / "settings.toml").unlink()
    assert recorded_into() == ["records"]


def test_without_a_folder_that_can_be_named_only_strict_raises(tmp_path, monkeypatch, caplog):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert record_usage("qwen-plus", "qa", 1, 1, 1.0) is False
    assert "was not recorded" in caplog.text
    with pytest.raises(FileNotFoundError):
        record_usage("qwen-plus", "qa", 1, 1, 1.0, strict=True)


def test_prices_and_settings_are_followed_while_the_program_runs(at_noon, tmp_path, home, caplog, monkeypatch):
    monkeypatch.setattr(usage_monitor, "_LOOK_EVERY_S", 0.0)
    monitor = UsageMonitor(tmp_path / "records")

    def cost_of_one() -> float:
        at_noon.shift(2)
        monitor.record_usage("my-model", "qa", 1000, 1000, 1.0)
        record = monitor.records[-1]
        assert ("cost_unknown" in record.flags) == (record.cost == 0.0)  # as it was recorded
        return record.cost

    def user_file(text: str) -> None:
        (home / "prices.toml").write_text(text)

    assert (cost_of_one(), monitor.records[-1].cost_exact) == (0.0, None)
    user_file('[[price]]\nmodel = "my-model"\ninput = "0.001"\noutput = "0.002"\n')
    assert cost_of_one() == 0.003
    assert [record.cost for record in monitor.records] == [0.003, 0.003]  # what was unknown has a price now
    user_file('[[price]]\nmodel = "my-model"\ninput = "0.001"\noutput = "?"\n')
    assert (cost_of_one(), monitor.records[-1].cost_exact) == (0.0, None)
    assert "line 4" in caplog.text
    (home / "settings.toml").write_text('timezone = "America/New_York"\n')
    assert monitor.get_daily_summary().start_time == "2025-10-26T00:00:00-04:00"
    monitor.close()


# Threads and processes


def test_threads_ask_and_record_at_the_same_time(at_noon, tmp_path):
    monitor = UsageMonitor(tmp_path)
    counted: list[int] = []
    begin = threading.Barrier(6)

    def record() -> None:
        begin.wait()
        for _ in range(50):
            monitor.record_usage("qwen-plus", "qa", 1000, 500, 1.0)

    def ask() -> None:
        begin.wait()
        for _ in range(5):
            counted.append(monitor.get_daily_summary().total_calls)

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(act) for act in (record, ask, record, ask, record, ask)]:
            future.result()
    assert len(counted) == 15 and set(counted) <= set(range(151))
    assert monitor.get_daily_summary().total_cost_exact == Decimal("1.5")
    monitor.close()


def run(code: str, *arguments: object) -> str:
    """What another process with the same packages prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TZ": "Asia/Shanghai"}
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_forked_child_records_and_asks_for_itself_and_ends_in_peace(tmp_path):
    code = """
        import os, sys
        from tipmao_monitor import get_usage_monitor
        monitor = get_usage_monitor(sys.argv[1])
        monitor.record_usage("qwen-plus", "qa", 1000, 500, 1.0)
        calls = len(monitor.records)
        child = os.fork()
        monitor.record_usage("qwen-plus", "qa", 1000, 500, 1.0)
        if child == 0:
            assert 2 <= len(monitor.records) <= 3
            sys.exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        print(calls, len(monitor.records))
    """
    assert run(code, tmp_path) == "1 3\n"


def test_a_fork_waits_for_a_question_that_starts_threads_of_its_own(tmp_path):
    code = """
        import faulthandler, os, sys, threading
        from tipmao_monitor import get_usage_monitor, usage_monitor
        faulthandler.dump_traceback_later(10, exit=True)
        monitor, is_asking = get_usage_monitor(sys.argv[1]), threading.Event()
        def ask():
            with monitor._answers.ask():
                from concurrent.futures import ThreadPoolExecutor
                is_asking.set()
                while not usage_monitor._forking.locked():
                    os.sched_yield()
                with ThreadPoolExecutor() as threads:
                    threads.submit(print, "asked").result()
        asking = threading.Thread(target=ask)
        asking.start()
        is_asking.wait()
        child = os.fork()
        if child == 0:
            os._exit(len(monitor.records))
        asking.join()
        print(os.waitpid(child, 0)[1])
    """
    assert run(code, tmp_path) == "asked\n0\n"


def test_threads_that_fork_at_the_same_time_hold_up_no_question(tmp_path):
    def fork() -> None:
        usage_monitor._before_fork()
        usage_monitor._after_fork()

    monitor = UsageMonitor(tmp_path)
    usage_monitor._before_fork()
    other = threading.Thread(target=fork)
    other.start()
    other.join(0.05)
    assert other.is_alive()
    usage_monitor._after_fork()
    other.join()
    assert not monitor._answers._asking.locked()
    monitor.close()


def test_recording_imports_nothing_heavy_and_a_question_no_window(tmp_path):
    code = """
        import sys
        import tipmao_monitor
        def heavy():
            names = {"PySide6", "numpy", "duckdb", "_duckdb", "pydantic", "msgspec", "asyncio", "argparse", "openai"}
            return sorted(names & set(sys.modules))
        print(*heavy(), "typing" in sys.modules)
        from tipmao_monitor import ModelPricing, get_usage_monitor, record_usage, track_ai_usage, track_client
        assert get_usage_monitor(sys.argv[1]).record_usage("qwen-plus", "qa", 1, 1, 1.0, strict=True)
        print(*heavy())
        assert get_usage_monitor(sys.argv[1]).get_daily_summary(0)
        assert "PySide6" not in sys.modules
    """
    assert run(code, tmp_path) == "False\n\n"
