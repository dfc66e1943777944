"""Budgets and alerts in words: how much is used, when the money will be gone, what happened. Pure functions.

A newcomer would get this wrong: one budget has several sentences, from the longest to the shortest, so that a narrow
card says less instead of half of it. And the words come anew whenever they are shown: an alert keeps facts only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QCoreApplication

from tipmao_monitor.usage.alerts import (
    Alert,
    BudgetFacts,
    Crossing,
    LatencyFacts,
    NewFacts,
    RunawayFacts,
    SilentFacts,
    SuccessFacts,
    SwitchedFacts,
    UnusualFacts,
)
from tipmao_monitor.usage.budgets import Budget, BudgetStatus
from tipmao_monitor.usage.snapshot import DIMENSIONS, Filter, Snapshot
from tipmao_monitor.window.numbers import (
    HIDDEN,
    calls,
    count,
    dimension_name,
    error_family_name,
    function_name,
    is_hiding,
    listed,
    milliseconds,
    money,
    percent,
    rough_money,
    value_name,
    visible,
)

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

URGENCY = {"over": 4, "warning": 3, "fine": 2, "unknown": 1, "paused": 0}
TONES = {"over": "bad", "warning": "warning", "fine": "accent", "unknown": "faint", "paused": "faint"}
"""The colour of the theme that a state has."""

SIGNS = {"over": "■", "warning": "▲", "fine": "●", "unknown": "?", "paused": "‖"}
"""What says a state where there is no room for a word, and beside its colour."""

LONGEST_LIST = 3


def state_name(state: str) -> str:
    match state:
        case "fine":
            return translate("budgets", "fine")
        case "warning":
            return translate("budgets", "warning")
        case "over":
            return translate("budgets", "over")
        case "paused":
            return translate("budgets", "paused")
        case "none":
            return translate("budgets", "no budget")
    return translate("budgets", "no data yet")


def amount(value: Decimal) -> str:
    """The amount of a budget as a person says it: "¥10", "¥9.50"."""
    text = money(value)
    return text[:-3] if text.endswith(".00") else text


def share(status: BudgetStatus) -> str:
    """ "34 %"; a budget that is above 100 % says by how much."""
    return percent(round(float(status.percent), 1)) if 0 < status.percent < 1 else f"{int(status.percent):,} %"


def budget_name(budget: Budget) -> str:
    """The name that the user gave it, or what it is where he gave none. It may be somebody's name."""
    return HIDDEN if is_hiding() else visible(budget.name)


def scope_words(budget: Budget) -> str:
    if budget.scope == "all":
        return translate("budgets", "all calls")
    if budget.scope == "stream":
        return translate("budgets", "the current stream")
    dimension, value = budget.dimension or ("", "")
    return f"{dimension_name(dimension)} {value_name(dimension, value)}"


def limit_words(budget: Budget) -> str:
    """ "¥10 a day": amount and period."""
    match budget.period:
        case "day":
            text = translate("budgets", "{amount} a day")
        case "week":
            text = translate("budgets", "{amount} a week")
        case "month":
            text = translate("budgets", "{amount} a month")
        case _:
            text = translate("budgets", "{amount} a stream")
    return text.format(amount=amount(budget.amount))


def moment_words(at: datetime, now: datetime) -> str:
    """ "21:40" for today, else with its day."""
    local = at.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M}"
    if local.date() == now.date() + timedelta(days=1):
        return translate("budgets", "tomorrow {time}").format(time=f"{local:%H:%M}")
    return f"{local:%m-%d %H:%M}"


def pace_words(status: BudgetStatus, now: datetime) -> tuple[str, ...]:
    """What becomes of the money, from the longest form to the shortest."""
    limit = amount(status.budget.amount)
    if status.state == "paused":
        return (translate("budgets", "budget of {amount} paused").format(amount=limit), state_name("paused"))
    if status.state == "unknown":
        return (
            translate("budgets", "budget {amount}, no data yet").format(amount=limit),
            translate("budgets", "budget {amount}").format(amount=limit),
        )
    if status.state == "over":
        words = {"amount": limit, "more": money(status.spent - status.budget.amount)}
        return (
            translate("budgets", "{more} over the budget of {amount}").format(**words),
            translate("budgets", "{more} over {amount}").format(**words),
        )
    if status.gone_at is not None:
        words = {"amount": limit, "time": moment_words(status.gone_at, now)}
        return (
            translate("budgets", "at this pace {amount} is gone at {time}").format(**words),
            translate("budgets", "{amount} gone at {time}").format(**words),
        )
    if status.forecast is not None:
        words = {"amount": limit, "end": rough_money(status.forecast)}
        return (
            translate("budgets", "at this pace {end} of {amount} in the end").format(**words),
            translate("budgets", "about {end} of {amount}").format(**words),
        )
    words = {"amount": limit, "share": share(status)}
    return (
        translate("budgets", "{share} of {amount} used").format(**words),
        translate("budgets", "{share} of {amount}").format(**words),
    )


def status_tip(status: BudgetStatus, now: datetime) -> str:
    """All of it, with the range of the forecast and how it was made."""
    lines = [
        f"{budget_name(status.budget)}: {scope_words(status.budget)}, {limit_words(status.budget)}",
        translate("budgets", "{spent} used, {share}").format(spent=money(status.spent), share=share(status)),
        pace_words(status, now)[0],
    ]
    if status.forecast is not None and status.forecast_low is not None and status.forecast_high is not None:
        lines.append(
            translate("budgets", "expected {end} in the end, four times of five {low} to {high}").format(
                end=money(status.forecast), low=money(status.forecast_low), high=money(status.forecast_high)
            )
        )
    if status.method == "pattern":
        lines.append(translate("budgets", "estimated from your own hours and weekdays"))
    elif status.method == "pace":
        lines.append(translate("budgets", "estimated as if the last hour went on"))
    if status.unknown_cost_calls:
        unpriced = calls(status.unknown_cost_calls)
        lines.append(translate("budgets", "{calls} without a price are not in it").format(calls=unpriced))
    return "\n".join(lines)


def leading(statuses: Sequence[BudgetStatus], preferred: BudgetStatus | None = None) -> BudgetStatus | None:
    """The budget to speak of: the worst state, then the preferred one, then what is used up most."""
    return max(
        statuses,
        key=lambda status: (URGENCY[status.state], status == preferred, status.percent),
        default=None,
    )


def budget_of(snapshot: Snapshot, filter: Filter, period: str) -> BudgetStatus | None:
    """The budget of just these calls: of a period, and of what the filter is narrowed to. Budgets are of recorded
    costs, so none stands beside those of the price book.
    """
    if filter.failed or filter.search or filter.money != "recorded" or len(filter.chips) > 1:
        return None
    scope = ":".join(filter.chips[0]) if filter.chips else "all"
    found = [s for s in snapshot.budgets if (s.budget.scope, s.budget.period) == (scope, period)]
    return leading(found)


def shown_budget(snapshot: Snapshot) -> BudgetStatus | None:
    """What tray and strip speak of: today's budget of all calls, or one that is in a worse state."""
    return leading(snapshot.budgets, budget_of(snapshot, Filter(), "day"))


def tray_state(snapshot: Snapshot) -> str:
    """The state that the icon shows; "none" without a budget."""
    status = leading(snapshot.budgets)
    return "none" if status is None else status.state


@dataclass(frozen=True, slots=True)
class AlertWords:
    """What is said of an alert: what happened, why, and what its one action is called."""

    title: str
    cause: str
    action: str

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.cause}" if self.cause else self.title


def alert_words(alert: Alert, now: datetime) -> AlertWords:
    match alert.facts:
        case BudgetFacts():
            return _budget_words(alert.facts, now)
        case SuccessFacts():
            return _success_words(alert.facts)
        case LatencyFacts() as facts:
            cause = translate("alerts", "p95 {time} in the last {n} minutes, usually {usual}").format(
                time=milliseconds(facts.p95_ms), n=facts.minutes, usual=milliseconds(facts.usual_ms)
            )
            return AlertWords(translate("alerts", "Answers have become slow"), cause, _show_calls())
        case NewFacts() as facts:
            return _new_words(alert.kind, facts)
        case RunawayFacts() as facts:
            cause = translate("alerts", "{calls} in {n} minutes, usually {usual}: {function}, {cost}").format(
                calls=calls(facts.calls),
                n=facts.minutes,
                usual=f"{facts.usual:,.0f}",
                function=function_name(facts.function),
                cost=money(facts.cost),
            )
            return AlertWords(translate("alerts", "Far more calls than usual"), cause, _show_calls())
        case SilentFacts() as facts:
            cause = translate("alerts", "no call since {time}, although a stream is on").format(
                time=moment_words(facts.newest_at, now)
            )
            title = translate("alerts", "The assistant has been silent for {n} minutes").format(n=facts.minutes)
            return AlertWords(title, cause, translate("alerts", "Open the window"))
        case UnusualFacts() as facts:
            title = (
                translate("alerts", "A call was unusually expensive")
                if facts.calls == 1
                else translate("alerts", "{calls} were unusually expensive").format(calls=calls(facts.calls))
            )
            return AlertWords(title, money(facts.cost), _show_calls())
        case SwitchedFacts() as facts:
            title = translate("alerts", "Switched to {model} automatically").format(model=visible(facts.after))
            text = (
                translate("alerts", "today cost {spent}, more than {amount}; before: {models}")
                if facts.to_cheap
                else translate("alerts", "today cost {spent}, not more than {amount}; before: {models}")
            )
            before = listed(map(visible, facts.before))
            cause = text.format(spent=money(facts.spent), amount=money(facts.amount), models=before)
            return AlertWords(title, cause, translate("alerts", "Open the window"))
    return AlertWords(other_title(alert.kind), "", translate("alerts", "Open the window"))


def other_title(kind: str) -> str:
    """Of an alert that has no words of its own."""
    return translate("alerts", "Something happened: {kind}").format(kind=visible(kind))


def _show_calls() -> str:
    return translate("alerts", "Show the calls")


def _budget_words(facts: BudgetFacts, now: datetime) -> AlertWords:
    first = max(facts.crossings, key=lambda crossing: crossing.percent)
    name, limit = budget_name(first.budget), limit_words(first.budget)
    reached = [threshold.percent for threshold in first.thresholds if threshold.on == "actual"]
    words = {"name": name, "limit": limit}
    if first.spent > first.budget.amount:
        title = translate("alerts", "Budget exceeded: {limit}").format(**words)
    elif reached:
        title = translate("alerts", "{percent} % of the budget is used: {limit}").format(percent=max(reached), **words)
    else:
        title = translate("alerts", "The budget will not last: {limit}").format(**words)
    is_alone = len(facts.crossings) == 1  # its amount is in the title
    causes = [_crossing_words(crossing, now, is_alone) for crossing in facts.crossings[:LONGEST_LIST]]
    if len(facts.crossings) > LONGEST_LIST:
        causes.append(translate("alerts", "and {n} more").format(n=count(len(facts.crossings) - LONGEST_LIST)))
    if facts.while_closed:
        causes.append(translate("alerts", "this happened while the program was closed"))
    return AlertWords(title, " · ".join(causes), _show_calls())


def _crossing_words(crossing: Crossing, now: datetime, is_alone: bool) -> str:
    spent = money(crossing.spent)
    if not is_alone:
        limit = amount(crossing.budget.amount)
        spent = translate("alerts", "{spent} of {amount}").format(spent=spent, amount=limit)
    words = {"name": budget_name(crossing.budget), "spent": spent}
    if crossing.gone_at is not None:
        time = moment_words(crossing.gone_at, now)
        return translate("alerts", "{name}: {spent} used, gone at {time}").format(time=time, **words)
    if crossing.forecast is not None and crossing.spent <= crossing.budget.amount:
        end = rough_money(crossing.forecast)
        return translate("alerts", "{name}: {spent} used, {end} expected").format(end=end, **words)
    return translate("alerts", "{name}: {spent} used").format(**words)


def _success_words(facts: SuccessFacts) -> AlertWords:
    cause = translate("alerts", "{failed} of {calls} in the last {n} minutes").format(
        failed=count(facts.failed), calls=calls(facts.calls), n=facts.minutes
    )
    if facts.families:
        cause = translate("alerts", "{cause}, {error}").format(
            cause=cause, error=error_family_name(facts.families[0][0])
        )
    title = translate("alerts", "Calls fail: success rate {rate}").format(rate=percent(facts.rate))
    return AlertWords(title, cause, translate("alerts", "Show the failed calls"))


def _new_words(kind: str, facts: NewFacts) -> AlertWords:
    dimension = kind.removeprefix("new_")
    if dimension not in DIMENSIONS:
        return AlertWords(other_title(kind), "", _show_calls())
    named = listed(value_name(dimension, name) for name in facts.names[:LONGEST_LIST])
    if len(facts.names) > LONGEST_LIST:
        named += " " + translate("alerts", "and {n} more").format(n=count(len(facts.names) - LONGEST_LIST))
    match dimension:
        case "model":
            title = translate("alerts", "Seen for the first time: model {names}")
        case "user":
            title = translate("alerts", "Seen for the first time: user {names}")
        case _:
            title = translate("alerts", "Seen for the first time: anchor {names}")
    return AlertWords(title.format(names=named), "", _show_calls())


def day_words(at: datetime, today: date) -> str:
    """When an alert was: "14:02" for today, else "11-22 14:02"."""
    return f"{at:%H:%M}" if at.date() == today else f"{at:%m-%d %H:%M}"
