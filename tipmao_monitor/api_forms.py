"""The form of what the HTTP service answers, for `/openapi.json`.

A newcomer would get this wrong: no answer is made by these, they would turn money into floats. `answers` makes them,
and the tests hold every one against its form.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Row(_Form):
    calls: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost: float
    cost_exact: str


class ModelRow(Row):
    display_name: str


class Short(_Form):
    calls: int
    tokens: int
    cost: float
    cost_exact: str


class Sums(_Form):
    total_calls: int
    successful_calls: int
    failed_calls: int
    total_tokens: int
    input_tokens: int
    output_tokens: int
    total_cost: float
    total_cost_exact: str
    unknown_cost_calls: int
    unknown_token_calls: int
    by_model: dict[str, ModelRow]
    by_function: dict[str, Row]


class Hourly(Sums):
    period: Literal["hourly"]
    start_time: str
    end_time: str


class Daily(Sums):
    period: Literal["daily"]
    date: str
    by_user: dict[str, Row]
    by_anchor: dict[str, Row]


class Monthly(Sums):
    period: Literal["monthly"]
    year_month: str
    by_user: dict[str, Row]
    by_anchor: dict[str, Row]


class CurrentHour(Short):
    success_rate: float | None


class CurrentDay(Short):
    by_model: dict[str, ModelRow]
    by_function: dict[str, Row]


class Current(_Form):
    current_hour: CurrentHour
    today: CurrentDay


class Session(Short):
    session_id: str


class TopUser(Short):
    user_id: str


class TopUsers(_Form):
    period_days: int
    top_users: list[TopUser]
    unrecorded_calls: int


class Day(_Form):
    date: str
    cost: float
    cost_exact: str


class CostTrend(_Form):
    period_days: int
    data: list[Day]


class Step(_Form):
    above: int
    input: float
    output: float


class ModelPrice(_Form):
    input: float
    output: float
    input_exact: str
    output_exact: str
    display_name: str
    provider: str
    tier: str
    currency: str
    free_input_tokens: int
    steps: list[Step]
    aliases: list[str]
    effective_from: str


class Example(_Form):
    model: str
    input_tokens: int
    output_tokens: int
    cost: float
    cost_exact: str


class Pricing(_Form):
    qwen_series: dict[str, ModelPrice]
    openai_series: dict[str, ModelPrice]
    deepseek_series: dict[str, ModelPrice]
    doubao_series: dict[str, ModelPrice]
    glm_series: dict[str, ModelPrice]
    xunfei_series: dict[str, ModelPrice]
    other_series: dict[str, dict[str, ModelPrice]]
    all_models: dict[str, ModelPrice]
    note: str
    calculation_example: Example


class DashboardDay(Short):
    input_tokens: int
    output_tokens: int
    successful_calls: int
    failed_calls: int
    unknown_cost_calls: int
    unknown_token_calls: int
    cost_change_percent: float | None
    cost_change_percent_by_now: float | None
    success_rate: float | None
    p95_ms: float | None


class DashboardMonth(Short):
    avg_daily_cost: float
    avg_daily_cost_exact: str


class Dashboard(_Form):
    today: DashboardDay
    this_month: DashboardMonth
    top_users: list[TopUser]
    cost_trend_7days: list[Day]
    model_distribution: dict[str, ModelRow]
    function_distribution: dict[str, Row]


class Exported(_Form):
    success: Literal[True]
    report_path: str
    download_url: str


class Coverage(_Form):
    files: int
    lines: int
    counted: int
    flagged: int
    quarantined: int
    blank: int
    pending_bytes: int
    reasons: dict[str, int]


class ReadSoFar(_Form):
    done: int
    total: int


class TroubleForm(_Form):
    kind: str
    path: str
    detail: str


class Health(_Form):
    status: Literal["ok", "reading", "trouble"]
    version: str
    now: str
    timezone: str
    coverage: Coverage | None
    newest_at: str | None
    age_s: float | None
    progress: ReadSoFar | None
    troubles: list[TroubleForm]
    on_air: bool


class Problem(_Form):
    detail: str
