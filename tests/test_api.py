"""The HTTP service as the guide's reader uses it, as programs use it, and as a stranger does.

A newcomer would get this wrong: the figures are judged by `oracle`, not by the answers of another part of the program.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracle
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from lines import GEMINI
from listening import NOON, ZONE, Clock, Ear, append, feeding, line
from schemathesis.generation import GenerationMode

from tipmao_monitor import api, api_gate, api_questions
from tipmao_monitor.api_questions import Records
from tipmao_monitor.usage.budgets import Budget
from tipmao_monitor.usage.recorder import Recorder
from tipmao_monitor.usage.spending import Plan

USAGE = "/api/ai_usage"
PRICES = oracle.Prices()
GUIDE = Path(__file__).parent / "guide_examples.md"


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)


@dataclass
class Client:
    """Asks one service."""

    port: int
    folder: Path
    reports: Path
    records: Records

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    def get(self, path: str) -> Any:
        answer = self.ask(f"{USAGE}{path}")
        assert answer.status == 200, answer.body
        assert answer.headers["content-type"] == "application/json"
        return answer.json


@contextmanager
def answering(
    folder: Path,
    reports: Path,
    *,
    clock: Callable[[], Any] | None = None,
    is_begun: bool = True,
    patience_s: float = 15.0,
    **options: Any,
) -> Iterator[Client]:
    with feeding(folder, ear=Ear(), clock=clock, is_begun=is_begun) as feed:
        feed.replan(Plan((Budget("a day", amount=Decimal(10)),)))
        records, exports = Records(lambda: feed, patience_s), api.Exports(reports)
        service = api.Service(api.make_app(records, exports, **options), api.listen("127.0.0.1", 0), exports)
        service.begin()
        try:
            yield Client(service.port, folder, reports, records)
        finally:
            service.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Calls of today, of this hour, of yesterday, of the last month and of 80 days ago, some of them odd."""
    folder = tmp_path / "records"
    folder.mkdir()

    def at(hours: float, **changes: Any) -> None:
        time = NOON - timedelta(hours=hours)
        append(folder / f"usage_{time.date()}.jsonl", line(time, **changes))

    at(-0.5, user_id="user_2", model="qwen-max", cost=0.1234567)
    at(-0.2, user_id=None, success=False, error_msg="RateLimitError: 429", cost=0)
    at(3, function="话术生成(qwen3-max)", model="qwen3-max", cost=None)
    at(4, model=GEMINI, cost=0.01, user_id="直播间", anchor_id="主播二")
    at(5, model="no-such-model", cost=None, input_tokens=None, session_id="a/b c")
    at(20, cost=0.00004)
    at(24, cost=0.5, model="<script>alert(1)</script>", user_id='"><img src=x>')
    at(24 * 5, cost=0.3, user_id="user_3")
    at(24 * 30, cost=1.5)
    at(24 * 80, cost=2)
    append(folder / f"usage_{NOON.date()}.jsonl", b"not a record\n")
    return folder


@pytest.fixture
def client(folder: Path, tmp_path: Path) -> Iterator[Client]:
    with answering(folder, tmp_path / "reports", clock=Clock(NOON + timedelta(minutes=40))) as client:
        yield client


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One that answers many tests, over a folder in which nothing is."""
    place = tmp_path_factory.mktemp("standing")
    (place / "records").mkdir()
    with answering(place / "records", place / "reports") as client:
        yield client


# The figures


def calls_of(client: Client, first: date, last: date) -> list[oracle.Placed]:
    truth = oracle.read([client.folder], ZONE, NOON)
    return [placed for placed in truth.calls if first <= oracle.day_in(placed, ZONE) <= last]


def row(placed: list[oracle.Placed]) -> dict[str, Any]:
    total = oracle.totals(placed, PRICES)
    names = ("calls", "input_tokens", "output_tokens", "total_tokens", "cost")
    return {name: getattr(total, name) for name in names}


def check_rows(found: dict[str, dict[str, Any]], placed: list[oracle.Placed], dimension: str) -> None:
    wanted = {key: row(part) for key, part in oracle.grouped(placed, oracle.KEYS[dimension]).items()}
    assert {key: {name: of[name] for name in wanted[key]} for key, of in found.items()} == wanted
    assert all(Decimal(of["cost_exact"]) == of["cost"] for of in found.values())


def check_summary(found: dict[str, Any], placed: list[oracle.Placed], *dimensions: str) -> None:
    total = oracle.totals(placed, PRICES)
    assert found["total_calls"] == total.calls
    assert found["total_cost"] == total.cost == Decimal(found["total_cost_exact"])
    for name in ("successful_calls", "failed_calls", "input_tokens", "output_tokens", "total_tokens"):
        assert found[name] == getattr(total, name)
    assert (found["unknown_cost_calls"], found["unknown_token_calls"]) == (
        total.unknown_cost_calls,
        total.unknown_token_calls,
    )
    for dimension in dimensions:
        check_rows(found[f"by_{dimension}"], placed, dimension)


FOUR = ("model", "function", "user", "anchor")
TODAY = NOON.date()


@pytest.mark.parametrize("days_ago", [0, 1, 5, 7, 80, 90])
def test_a_day_is_what_the_records_of_it_say(client: Client, days_ago: int) -> None:
    found = client.get(f"/stats/daily?days_ago={days_ago}")
    day = TODAY - timedelta(days=days_ago)
    assert (found["period"], found["date"]) == ("daily", str(day))
    check_summary(found, calls_of(client, day, day), *FOUR)


def test_a_month_is_this_one_unless_named(client: Client) -> None:
    found = client.get("/stats/monthly")
    assert (found["period"], found["year_month"]) == ("monthly", "2025-10")
    check_summary(found, calls_of(client, date(2025, 10, 1), date(2025, 10, 31)), *FOUR)
    before = client.get("/stats/monthly?year=2025&month=9")
    assert before["year_month"] == "2025-09"
    check_summary(before, calls_of(client, date(2025, 9, 1), date(2025, 9, 30)), *FOUR)
    assert before["total_calls"] == 1


@pytest.mark.parametrize("hours_ago", [0, 3, 20, 72])
def test_an_hour_is_a_clock_hour(client: Client, hours_ago: int) -> None:
    found = client.get(f"/stats/hourly?hours_ago={hours_ago}")
    start = NOON - timedelta(hours=hours_ago)
    assert (found["start_time"], found["end_time"]) == (start.isoformat(), (start + timedelta(hours=1)).isoformat())
    placed = [
        placed
        for placed in oracle.read([client.folder], ZONE, NOON).calls
        if (at := oracle.local(placed, ZONE)) and start <= at < start + timedelta(hours=1)
    ]
    assert len(placed) == {0: 2, 3: 1, 20: 1, 72: 0}[hours_ago]
    check_summary(found, placed, "model", "function")


def test_now_is_this_hour_and_today(client: Client) -> None:
    found = client.get("/stats/current")
    today = oracle.totals(calls_of(client, TODAY, TODAY), PRICES)
    assert found["current_hour"] == {
        "calls": 2,
        "tokens": 4600,
        "cost": Decimal("0.1234567"),
        "cost_exact": "0.1234567",
        "success_rate": 50,
    }
    assert (found["today"]["calls"], found["today"]["tokens"], found["today"]["cost"]) == (
        today.calls,
        today.total_tokens,
        today.cost,
    )
    check_rows(found["today"]["by_model"], calls_of(client, TODAY, TODAY), "model")
    check_rows(found["today"]["by_function"], calls_of(client, TODAY, TODAY), "function")


def test_the_trend_has_every_day(client: Client) -> None:
    found = client.get("/cost_trend?days=30")
    days = [TODAY - timedelta(days=n) for n in range(29, -1, -1)]
    assert found["period_days"] == 30
    assert [(of["date"], of["cost"]) for of in found["data"]] == [
        (str(day), oracle.totals(calls_of(client, day, day), PRICES).cost) for day in days
    ]


@pytest.mark.parametrize("by", ["tokens", "cost"])
def test_top_users_are_ranked_and_those_without_a_name_are_counted(client: Client, by: str) -> None:
    found = client.get(f"/top_users?limit=3&days=7&by={by}")
    groups = oracle.grouped(calls_of(client, TODAY - timedelta(days=6), TODAY), oracle.KEYS["user"])
    totals = {user: oracle.totals(placed, PRICES) for user, placed in groups.items() if user}
    weight = {
        user: (of.total_tokens, of.cost) if by == "tokens" else (of.cost, of.total_tokens)
        for user, of in totals.items()
    }
    order = sorted(totals, key=lambda user: (-weight[user][0], -weight[user][1], user))
    assert [of["user_id"] for of in found["top_users"]] == order[:3]
    for of in found["top_users"]:
        wanted = totals[of["user_id"]]
        assert (of["calls"], of["tokens"], of["cost"]) == (wanted.calls, wanted.total_tokens, wanted.cost)
    assert (found["period_days"], found["unrecorded_calls"]) == (7, 1)


def test_a_session_is_all_its_calls_and_an_unknown_one_is_not_found(client: Client) -> None:
    found = client.get("/session/live_1")
    assert (found["session_id"], found["calls"]) == ("live_1", 9)
    placed = oracle.grouped(oracle.read([client.folder], ZONE, NOON).calls, oracle.KEYS["session"])["live_1"]
    assert found["cost"] == oracle.totals(placed, PRICES).cost
    assert client.get("/session/a%2Fb%20c")["calls"] == 1
    for unknown in ("live_2", "", "..%2F..%2Fetc"):
        answer = client.ask(f"{USAGE}/session/{unknown}")
        assert answer.status == 404
        assert "session" in answer.json["detail"]


def test_the_dashboard_compares_and_averages(client: Client) -> None:
    found = client.get("/dashboard")
    today, yesterday = (
        oracle.totals(calls_of(client, day, day), PRICES, timed=True) for day in (TODAY, TODAY - timedelta(1))
    )
    month = oracle.totals(calls_of(client, TODAY.replace(day=1), TODAY), PRICES)
    now = found["today"]
    assert (now["calls"], now["tokens"], now["cost"]) == (today.calls, today.total_tokens, today.cost)
    assert float(now["success_rate"]) == pytest.approx(80)
    assert float(now["cost_change_percent"]) == pytest.approx(
        float((today.cost - yesterday.cost) / yesterday.cost * 100)
    )
    by_now = Decimal("0.5")
    assert float(now["cost_change_percent_by_now"]) == pytest.approx(float((today.cost - by_now) / by_now * 100))
    assert found["this_month"]["cost"] == month.cost
    assert found["this_month"]["avg_daily_cost"] == round(month.cost / 26, 9)
    assert [of["date"] for of in found["cost_trend_7days"]] == [
        str(TODAY - timedelta(days=n)) for n in range(6, -1, -1)
    ]
    assert found["top_users"] == client.get("/top_users?limit=10&days=7")["top_users"]
    check_rows(found["model_distribution"], calls_of(client, TODAY, TODAY), "model")
    check_rows(found["function_distribution"], calls_of(client, TODAY, TODAY), "function")


def test_prices_are_those_of_the_price_book_by_series(client: Client) -> None:
    found = client.get("/models/pricing")
    plus = found["all_models"]["qwen-plus"]
    assert (plus["input"], plus["output"], plus["display_name"]) == (
        Decimal("0.004"),
        Decimal("0.012"),
        "通义千问 Plus",
    )
    assert {name: len(of) for name, of in found.items() if name.endswith("_series")} == {
        "qwen_series": 4, "openai_series": 5, "deepseek_series": 2, "doubao_series": 2, "glm_series": 3,
        "xunfei_series": 4, "other_series": 1,
    }  # fmt: skip
    assert found["other_series"]["gemini"][GEMINI]["currency"] == "USD"
    example = found["calculation_example"]
    assert (example["model"], example["input_tokens"], example["output_tokens"], example["cost"]) == (
        "qwen-plus", 1000, 500, Decimal("0.01"),
    )  # fmt: skip


def test_a_call_is_in_the_next_answer(client: Client) -> None:
    before = client.get("/stats/daily")
    with Recorder(client.folder, strict=True, zone=ZONE) as recorder:
        recorder.record("qwen-plus", "live_analysis", 1500, 800, 1.0)
    append(client.folder / f"usage_{TODAY}.jsonl", line(NOON, cost=0.000000001))
    after = client.get("/stats/daily")
    assert after["total_calls"] == before["total_calls"] + 1
    assert after["total_cost"] - before["total_cost"] == Decimal("0.000000001")


# Reports


def test_a_report_is_found_by_the_name_that_it_was_given(client: Client) -> None:
    made = client.ask(f"{USAGE}/export_report?days=7", "POST").json
    assert made["success"] is True
    assert re.fullmatch(r"usage_report_20251026_124000\.json", made["report_path"])
    assert (client.reports / made["report_path"]).exists()
    found = client.ask(made["download_url"])
    assert "attachment" in found.headers["content-disposition"]
    report = found.json
    assert report["period_days"] == 7
    assert report["today_summary"]["total_cost"] == client.get("/stats/daily")["total_cost"]
    assert report["top_users"] and len(report["cost_trend"]) == 7
    assert [budget["name"] for budget in report["budgets"]] == ["a day"]
    again = client.ask(f"{USAGE}/export_report?days=1", "POST").json
    assert again["report_path"] == "usage_report_20251026_124000_2.json"
    assert client.ask(made["download_url"]).json == report


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "usage_report_20250101_000000.json", "../settings.toml", "%2Fetc%2Fpasswd", "..%2F..%2Fetc%2Fpasswd",
        "a%00b",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(client: Client, name: str) -> None:
    client.reports.mkdir()
    (client.reports / "usage_report_20250101_000000.json").write_text("of another program")
    answer = client.ask(f"{USAGE}/download_report?path={name}")
    assert answer.status == 404
    assert "export_report" in answer.json["detail"]


def test_a_report_that_cannot_be_written_is_no_success(client: Client) -> None:
    client.reports.write_text("a file is in the way")
    answer = client.ask(f"{USAGE}/export_report", "POST")
    assert answer.status == 507
    assert "cannot be written" in answer.json["detail"]


def test_a_report_that_is_gone_is_not_found(client: Client) -> None:
    made = client.ask(f"{USAGE}/export_report?days=7", "POST").json
    (client.reports / made["report_path"]).unlink()
    assert client.ask(made["download_url"]).status == 404


# What is refused


@pytest.mark.parametrize(
    "path",
    [
        "/stats/daily?days_ago=-1", "/stats/daily?days_ago=91", "/stats/daily?days_ago=x", "/stats/daily?days_ago=",
        "/stats/daily?days_ago=1.0", "/stats/daily?days_ago=%201", "/stats/daily?days_ago=1_0",
        "/stats/hourly?hours_ago=73", "/stats/monthly?month=13", "/stats/monthly?year=99999", "/top_users?limit=0",
        "/top_users?limit=101",
        "/top_users?by=name", "/cost_trend?days=0", "/cost_trend?days=91", "/cost_trend?days=99999999999999999999",
        "/download_report",
    ],
)  # fmt: skip
def test_a_bad_parameter_is_refused_with_its_name(standing: Client, path: str) -> None:
    answer = standing.ask(f"{USAGE}{path}")
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"][1] in path or path == "/download_report"


@pytest.mark.parametrize(
    "path", ["/nothing", "/docs", "/redoc", "/static/../settings.toml", "/static/settings.toml", "//"]
)
def test_what_is_not_there_says_where_to_look(standing: Client, path: str) -> None:
    answer = standing.ask(path)
    assert answer.status == 404
    assert "/openapi.json" in answer.json["detail"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:10091", 200), ("127.0.0.1", 200), ("[::1]:1", 200), ("LOCALHOST", 200), ("localhost.", 200),
        ("evil.example", 400), ("evil.example:10091", 400), ("localhost.evil.example", 400), ("192.168.1.7", 400),
        ("127.0.0.1.nip.io", 400), ("", 400), ("localhost:x", 400), ("[localhost]", 400), ("user@localhost", 400),
    ],
)  # fmt: skip
def test_only_this_machines_own_names_are_answered(standing: Client, host: str, status: int) -> None:
    assert standing.ask("/api/v1/health", Host=host).status == status


def test_nothing_is_told_to_pages_of_other_sites(client: Client) -> None:
    preflight = client.ask(f"{USAGE}/dashboard", "OPTIONS", Origin="http://evil.example")
    answer = client.ask(f"{USAGE}/dashboard", Origin="http://evil.example")
    assert preflight.status in (403, 405)
    for headers in (preflight.headers, answer.headers):
        assert not [name for name in headers if name.lower().startswith("access-control")]
    foreign = client.ask(f"{USAGE}/export_report", "POST", Origin="http://evil.example")
    assert foreign.status == 403
    assert not client.reports.exists()
    own = client.ask(f"{USAGE}/export_report", "POST", Origin=f"http://127.0.0.1:{client.port}")
    assert own.status == 200


def test_who_asks_too_often_is_told_to_wait(folder: Path, tmp_path: Path) -> None:
    with answering(folder, tmp_path / "reports", requests=api_gate.Bucket(3, 0.001)) as client:
        answers = [client.ask("/api/v1/health") for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["retry-after"] == "1"


def test_the_pace_is_that_of_each_client_and_comes_back() -> None:
    bucket = api_gate.Bucket(2, 10.0)
    assert [bucket.takes("a", 0.0) for _ in range(3)] == [True, True, False]
    assert bucket.takes("b", 0.0)
    assert not bucket.takes("a", 0.05)
    assert bucket.takes("a", 0.15)
    for number in range(3 * api_gate.MOST_CLIENTS):
        bucket.takes(str(number), 1.0)
    assert len(bucket._left) == api_gate.MOST_CLIENTS


def test_a_token_is_demanded_of_everything_but_the_page(folder: Path, tmp_path: Path) -> None:
    with answering(folder, tmp_path / "reports", host="0.0.0.0", token="a-long-secret-token") as client:
        for path in (f"{USAGE}/dashboard", "/metrics", "/openapi.json", "/api/v1/health", "/nothing"):
            assert client.ask(path).status == 401
            assert client.ask(path, Authorization="Bearer wrong").status == 401
            assert client.ask(path, Authorization="Basic a-long-secret-token").status == 401
            assert client.ask(path, Authorization="Bearer a-long-secret-token").status == (
                404 if "nothing" in path else 200
            )
        assert client.ask(api.PANEL).status == 200
        answer = client.ask("/metrics", Authorization="Bearer a-long-secret-token", Host="192.168.1.7:10091")
        assert answer.status == 200
        assert client.ask(api.PANEL, Host="evil.example").status == 400


def test_a_token_is_kept_for_this_user_alone(home: Path) -> None:
    token = api_gate.kept_token(home)
    assert len(token) >= 24
    assert api_gate.kept_token(home) == token
    assert (home / "api-token").stat().st_mode & 0o777 == 0o600


# While records are read, and after


def test_while_records_are_still_read_health_answers_and_figures_say_to_wait(folder: Path, tmp_path: Path) -> None:
    with answering(folder, tmp_path, is_begun=False, patience_s=0.05) as client:
        answer = client.ask(f"{USAGE}/dashboard")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert "still being read" in answer.json["detail"]
        health = client.ask("/api/v1/health")
        assert (health.status, health.json["status"], health.json["on_air"]) == (200, "reading", False)


def test_health_names_what_was_read_and_how_old_the_newest_call_is(client: Client) -> None:
    found = client.ask("/api/v1/health").json
    assert (found["status"], found["timezone"], found["age_s"]) == ("ok", "Asia/Shanghai", 600)
    assert found["coverage"]["counted"] == 10
    assert found["coverage"]["reasons"] == {"not_json": 1, "cost_unknown": 2, "tokens_unknown": 1}
    missing = client.folder.rename(client.folder.with_name("gone"))
    found = client.ask("/api/v1/health").json
    assert (found["status"], found["troubles"][0]["kind"]) == ("trouble", "missing")
    missing.rename(client.folder)


def test_metrics_are_today_and_the_month(client: Client) -> None:
    answer = client.ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    values = dict(line.rsplit(" ", 1) for line in answer.body.decode().splitlines() if not line.startswith("#"))
    today = oracle.totals(calls_of(client, TODAY, TODAY), PRICES)
    month = oracle.totals(calls_of(client, TODAY.replace(day=1), TODAY), PRICES)
    assert float(values["tipmao_today_calls"]) == today.calls
    assert float(values["tipmao_today_cost_cny"]) == float(today.cost)
    assert float(values['tipmao_today_model_cost_cny{model="qwen-max"}']) == 0.1234567
    assert float(values["tipmao_month_cost_cny"]) == float(month.cost)
    assert float(values["tipmao_quarantined_ranges"]) == 1
    assert float(values['tipmao_budget_amount_cny{budget="a day"}']) == 10
    assert float(values['tipmao_budget_spent_cny{budget="a day"}']) == float(today.cost)
    assert not [name for name in values if name.startswith(("python_", "process_"))]


def test_metrics_of_many_models_have_few_labels(tmp_path: Path) -> None:
    for number in range(200):
        append(tmp_path / f"usage_{TODAY}.jsonl", line(NOON, model=f"model-{number}", cost=number / 1000))
    with answering(tmp_path, tmp_path / "reports") as client:
        text = client.ask("/metrics").body.decode()
    costs = re.findall(r"^tipmao_today_model_cost_cny\{.*\} (.*)$", text, re.MULTILINE)
    assert len(costs) == api_questions.MOST_MODELS + 1
    assert sum(map(float, costs)) == pytest.approx(sum(range(200)) / 1000)


# Its own schema


BOUNDED = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_what_the_schema_promises_holds_for_whatever_is_asked(client: Client, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{client.port}/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) == 13
    checked = 0
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not operation.query:
            continue  # there is nothing to get wrong

        @BOUNDED
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case) -> None:
            nonlocal checked
            checked += 1
            case.call_and_validate()

        check()
    assert checked > 40
