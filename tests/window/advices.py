"""Advice to show: what a week of a stream could save, each kind of finding once, and what stands beside it.

A newcomer would get this wrong: like `snapshots`, these are made by hand, so that a widget's test fails only for it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from snapshots import NOW

from tipmao_monitor.usage.advice import (
    Advice,
    BudgetPlan,
    Dot,
    Evidence,
    Finding,
    FunctionUse,
    Rule,
    TierChange,
    Waste,
)
from tipmao_monitor.usage.desk import Desk, Order, Result
from tipmao_monitor.usage.snapshot import Filter, PageRequest, Period
from tipmao_monitor.usage.switch_log import History, Switch
from tipmao_monitor.usage.switching import Choice, GatewayState, GatewayTrouble, Outcome, Provider, Step, SwitchRule

WEEK = Filter(period=Period("7d"))
MAX, PLUS, CHAT = Choice("qwen", "qwen-max"), Choice("qwen", "qwen-plus"), Choice("deepseek", "deepseek-chat")
FUNCTIONS = ("live_analysis", "style_profile", "script_generation", "live_review", "chat_focus", "topic_generation")


def money(text: str) -> Decimal:
    return Decimal(text)


PLUS_EVIDENCE = Evidence("function", 412, 900.0, 1800.0, 99.1, 4000)
TODAY = Evidence("function", 1260, 1400.0, 2600.0, 98.6, 4000)

SWITCH = Finding(
    "switch",
    "cheaper",
    function="live_analysis",
    from_model="qwen-max",
    to_model="qwen-plus",
    provider="qwen",
    calls=1260,
    cost=money("16.62"),
    cost_after=money("3.32"),
    days=7,
    saving_per_day=money("1.90"),
    saving_per_month=money("57.00"),
    evidence=PLUS_EVIDENCE,
    today=TODAY,
    tier_change=TierChange("高质量任务", "日常使用", -2),
    is_best=True,
)
UNTRIED = Finding(
    "switch",
    "cheaper",
    function="script_generation",
    from_model="qwen-plus",
    to_model="deepseek-chat",
    provider="deepseek",
    calls=410,
    cost=money("5.10"),
    cost_after=money("0.83"),
    days=7,
    saving_per_day=money("0.61"),
    saving_per_month=money("18.30"),
    evidence=Evidence("all", 133, 1500.0, 2900.0, 98.5, 3000),
    tier_change=TierChange("日常使用", "极致省钱", -1),
    is_best=True,
)
FREE = Finding(
    "switch",
    "cheaper",
    function="chat_focus",
    from_model="qwen-turbo",
    to_model="glm-4-flash",
    provider="glm",
    calls=210,
    cost=money("0.98"),
    cost_after=money("0"),
    days=7,
    saving_per_day=money("0.14"),
    saving_per_month=money("4.20"),
    tier_change=TierChange("快速响应", "免费试用", -1),
    is_free_trial=True,
    is_best=True,
)
RULE = Finding(
    "rule",
    "past_amount",
    from_model="qwen-plus",
    to_model="deepseek-chat",
    calls=300,
    days=7,
    saving_per_day=money("0.35"),
    saving_per_month=money("10.50"),
    evidence=Evidence("all", 133, 1500.0, 2900.0, 98.5, 3000),
    rule=Rule(money("5"), 3),
)
BUDGET = Finding(
    "budget",
    "keeps_budget",
    function="live_analysis",
    from_model="qwen-max",
    to_model="qwen-plus",
    calls=1260,
    days=7,
    cost=money("16.62"),
    cost_after=money("3.32"),
    saving_per_day=money("1.90"),
    saving_per_month=money("57.00"),
    evidence=PLUS_EVIDENCE,
    tier_change=TierChange("高质量任务", "日常使用", -2),
    plan=BudgetPlan("a month", money("60"), NOW + timedelta(days=8), money("81"), money("58"), 1, 1),
)
ZERO = Finding(
    "waste",
    "recorded_as_zero",
    from_model="4.0Ultra",
    calls=372,
    days=7,
    waste=Waste(money("3.20")),
    show=PageRequest(Filter(period=Period("7d"), model="4.0Ultra")),
)
FAILED = Finding(
    "waste",
    "failed",
    calls=41,
    days=7,
    cost=money("0.64"),
    waste=Waste(money("0.64"), "RateLimitError 429"),
    show=PageRequest(Filter(period=Period("7d"), failed=True), "failed"),
)
UNPRICED = Finding(
    "waste", "unpriced", from_model="doubao-pro", calls=12, days=7, waste=Waste(),
    show=PageRequest(Filter(period=Period("7d"), model="doubao-pro")),
)  # fmt: skip


def refused(model: str, why: str, evidence: Evidence | None = None) -> Finding:
    return Finding(
        "switch", why=why, function="live_analysis", from_model="qwen-max", to_model=model, calls=1260, days=7,
        cost=money("16.62"), cost_after=money("2.10"), saving_per_day=money("2.07"), evidence=evidence, today=TODAY,
    )  # fmt: skip


REFUSED = (
    refused("doubao-lite-32k", "fails", Evidence("function", 44, 2000.0, 4100.0, 81.8, 4000)),
    refused("glm-3-turbo", "slow", Evidence("all", 64, 4000.0, 9400.0, 98.4, 4000)),
    refused("deepseek-coder", "other_use"),
    refused("gpt-4o", "dearer"),
    Finding("switch", why="few_calls", function="qa", calls=7),
)


MISSED = Finding(
    "budget", why="never_enough", function="live_analysis", cost=money("16.62"), days=7,
    plan=BudgetPlan("a month", money("60"), NOW + timedelta(days=8), money("81"), money("72"), misses_by=money("12")),
)  # fmt: skip


def dot(model: str, cost: str, p95: float | None, **fields: object) -> Dot:
    evidence = Evidence("function", 133, p95 / 2, p95, 98.5) if p95 else None
    return Dot(model, money(cost), evidence, **fields)  # type: ignore[arg-type]


USES = (
    FunctionUse(
        "live_analysis", ("qwen-max",), 1260, 7, money("16.62"), every_s=40.0,
        dots=(
            dot("deepseek-chat", "0.0011", 2900.0, is_front=True),
            dot("qwen-turbo", "0.0017", None),
            dot("glm-3-turbo", "0.0022", 9400.0, why="slow"),
            dot("qwen-plus", "0.0026", 1800.0, is_front=True),
            dot("qwen-max", "0.0132", 2600.0, is_today=True),
            dot("gpt-4o", "0.0211", 1500.0, is_front=True, why="dearer"),
        ),
    ),
    FunctionUse("script_generation", ("qwen-plus",), 410, 7, money("5.10"), dots=(dot("qwen-plus", "0.0124", 1800.0),)),
)  # fmt: skip


def advice(*findings: Finding, **fields: object) -> Advice:
    first, last = WEEK.period.days(NOW.date())
    given = {"calls": 2280, "days": 7, "refused": REFUSED, "functions": USES, **fields}
    return Advice(WEEK, first, last, findings=findings, **given)  # type: ignore[arg-type]


def full() -> Advice:
    return advice(SWITCH, UNTRIED, ZERO, RULE, FREE, FAILED, UNPRICED)


def nothing() -> Advice:
    return advice(refused=REFUSED[3:])


def state(**own: Choice) -> GatewayState:
    functions = {**dict.fromkeys(FUNCTIONS, PLUS), "live_analysis": MAX, **own}
    providers = (
        Provider("qwen", ("qwen-plus", "qwen-max", "qwen-turbo")),
        Provider("deepseek", ("deepseek-chat", "deepseek-coder")),
        Provider("glm", ("glm-4", "glm-4-flash")),
        Provider("openai", ("gpt-4o",), False),
    )
    return GatewayState(PLUS, providers, tuple(sorted(functions.items())), frozenset(functions))


STEPS = (Step("live_analysis", MAX, PLUS),)
SWITCHED = Switch(NOW - timedelta(days=2), "user", STEPS, money("1.90"), id="one")


def desk(**fields: object) -> Desk:
    return Desk(**{"address": "127.0.0.1:10090", "state": state(), **fields})  # type: ignore[arg-type]


def down() -> Desk:
    return desk(state=None, trouble=GatewayTrouble("unreachable"))


def applied() -> Desk:
    now = state(live_analysis=PLUS)
    history = History((SWITCHED,))
    order = Order(STEPS, money("1.90"), key=SWITCH.key)
    results = (Result("one", 350, Decimal(2), money("3.42")),)
    return desk(state=now, key=SWITCH.key, order=order, outcome=Outcome(STEPS, now), history=history, results=results)


def differing() -> Desk:
    order = Order(STEPS, money("1.90"), key=SWITCH.key)
    return desk(key=SWITCH.key, order=order, outcome=Outcome(STEPS, state(), GatewayTrouble("differs")))


def ruled() -> Desk:
    return desk(rule=SwitchRule(True, money("5")))
