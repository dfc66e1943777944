"""The sentences of the advice: what a finding says, why a model is not advised, and what is wrong with the gateway.

A newcomer would get this wrong: a saving is an estimate over real calls, so its basis is always said beside it; and
names of models, functions and errors were written by others, so each goes through `visible`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QCoreApplication

from tipmao_monitor.usage.advice import Advice, Evidence, Finding, Refusal, TierChange
from tipmao_monitor.usage.desk import Desk, Result
from tipmao_monitor.usage.switch_log import Switch
from tipmao_monitor.usage.switching import ALL, Choice, GatewayTrouble, Step
from tipmao_monitor.window.numbers import (
    calls,
    compact,
    count,
    error_family_name,
    function_name,
    is_hiding,
    listed,
    milliseconds,
    money,
    percent,
    rough_money,
    unless_hidden,
    value_name,
    visible,
)

SAVED_FOR = timedelta(days=7)
"""So long it is said what a switch saved; the log says it for good."""

LONGEST_NAME = 60

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""


def whole_money(amount: Decimal) -> str:
    """A sum that somebody chose: "¥5", "¥7.50"."""
    is_whole = amount == amount.to_integral_value() and not is_hiding()
    return f"¥{amount:,.0f}" if is_whole else money(amount)


def function_words(function: str | None) -> str:
    """A function's name; all functions where it is None."""
    if function is None:
        return translate("advice", "All functions")
    return _shortened(function_name(function))


def model_words(model: str | None) -> str:
    return _shortened(value_name("model", model or ""))


def _shortened(name: str) -> str:
    """Without its middle where it is longer than any name that somebody chose: a card is no place for a kilobyte."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME // 2]}…{name[-LONGEST_NAME // 2 + 1 :]}"


def title(finding: Finding) -> str:
    function, model = function_words(finding.function), model_words(finding.from_model)
    match finding.kind:
        case "switch" | "budget":
            if finding.to_model is None:
                budget = unless_hidden(visible(finding.plan.budget)) if finding.plan else ""
                return translate("advice", "{budget}: no switch is enough").format(budget=budget)
            if finding.also_from:
                model = translate("advice", "{model} and {n} more").format(model=model, n=len(finding.also_from))
            words = {"function": function, "before": model, "after": model_words(finding.to_model)}
            return translate("advice", "{function}: {before} → {after}").format(**words)
        case "rule":
            amount = whole_money(finding.rule.amount) if finding.rule else ""
            text = translate("advice", "Past {amount} a day: {model}")
            if finding.function is not None:
                text = translate("advice", "{function}, past {amount} a day: {model}")
            return text.format(function=function, amount=amount, model=model_words(finding.to_model))
    match finding.reason:
        case "failed":
            family = error_family_name(finding.waste.family if finding.waste else "")
            return translate("advice", "Failed and paid: {error}").format(error=family)
        case "late":
            return translate("advice", "{function}: paid, but too late").format(function=function)
        case "creep":
            return translate("advice", "{function}: input grows through a stream").format(function=function)
        case "loop":
            return translate("advice", "{function}: the same call over and over").format(function=function)
        case "unpriced":
            return translate("advice", "{model} has no price").format(model=model)
        case "recorded_as_zero":
            return translate("advice", "{model} is recorded at ¥0").format(model=model)
    return translate("advice", "{model} is recorded at another price").format(model=model)


def figure(finding: Finding) -> str:
    """The number of a card."""
    if finding.plan and finding.plan.misses_by is not None:
        return translate("advice", "{amount} too much").format(amount=rough_money(finding.plan.misses_by))
    if finding.kind != "waste":
        if finding.saving_per_day is None:
            return ""
        return translate("advice", "save {amount} a day").format(amount=money(finding.saving_per_day))
    amount = finding.waste.amount if finding.waste else None
    if not amount:
        return calls(finding.calls)
    if finding.reason == "recorded_as_zero":
        return translate("advice", "{amount} too low").format(amount=money(abs(amount)))
    return money(abs(amount))


def basis(finding: Finding, advice: Advice) -> str:
    """What the figure rests on: one or two sentences."""
    match finding.kind:
        case "switch":
            return sentences(_priced_again(finding, advice), record(finding), use(finding.tier_change), trial(finding))
        case "budget":
            return sentences(_plan(finding), record(finding), use(finding.tier_change), trial(finding))
        case "rule":
            days = finding.rule.days if finding.rule else 0
            past = (
                translate("advice", "On 1 of {all} days the cost went past it.")
                if days == 1
                else translate("advice", "On {n} of {all} days the cost went past it.")
            ).format(n=days, all=finding.days)
            return sentences(past, record(finding), use(finding.tier_change))
    return _waste(finding, advice)


def sentences(*parts: str) -> str:
    """Chinese sentences end with a full stop as wide as a letter; no space follows it."""
    return " ".join(filter(None, parts)).replace("。 ", "。").replace("？ ", "？")


def period(advice: Advice) -> str:
    """ "the last 7 days": what the advice looked at."""
    days = (advice.last - advice.first).days + 1 if advice.first and advice.last else advice.days
    return translate("advice", "today") if days <= 1 else translate("advice", "the last {n} days").format(n=days)


def _priced_again(finding: Finding, advice: Advice) -> str:
    text = translate("advice", "{calls} of {period}, priced again: {cost} → {after}.")
    words = {"calls": calls(finding.calls), "period": period(advice)}
    said = text.format(cost=money(finding.cost), after=money(finding.cost_after), **words)
    if finding.hidden_cost:
        hidden = translate("advice", "{amount} of it was recorded as 0.").format(amount=money(finding.hidden_cost))
        said = sentences(said, hidden)
    if finding.retired:
        gone = translate("advice", "Without the calls on {models}, which it no longer uses.")
        said = sentences(said, gone.format(models=listed(map(model_words, finding.retired))))
    return said


def record(finding: Finding) -> str:
    """What the user's own calls say of the new model."""
    evidence, model = finding.evidence, model_words(finding.to_model)
    if finding.to_model is None:
        return ""
    if evidence is None or not evidence.calls:
        return translate("advice", "No record of yours for {model}.").format(model=model)
    text = (
        translate("advice", "Your {model}: {figures}.")
        if evidence.scope == "function"
        else translate("advice", "Your {model} in other functions: {figures}.")
    )
    return text.format(model=model, figures=figures(evidence))


def figures(evidence: Evidence) -> str:
    parts = [translate("advice", "p95 {time}").format(time=milliseconds(evidence.p95_ms))]
    if evidence.success_rate is not None:
        parts.append(translate("advice", "success {rate}").format(rate=percent(evidence.success_rate)))
    parts.append(calls(evidence.calls))
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def use(change: TierChange | None) -> str:
    """What the two models are recommended for; nothing where that is the same."""
    if change is None or change.before == change.after:
        return ""
    words = {"before": tier(change.before), "after": tier(change.after)}
    if change.steps is not None and change.steps < 0:
        return translate("advice", "Lower use: {before} → {after}.").format(**words)
    return translate("advice", "Use: {before} → {after}.").format(**words)


def trial(finding: Finding) -> str:
    if not finding.is_free_trial:
        return ""
    return translate("advice", "Free as a trial; the provider may limit it any day.")


def tier(text: str) -> str:
    """The guide's 推荐场景 in the language of the window; what a user wrote stays."""
    match text:
        case "高质量任务" | "高质量":
            return translate("advice", "high quality")
        case "复杂推理":
            return translate("advice", "complex reasoning")
        case "平衡性能":
            return translate("advice", "balanced")
        case "多模态":
            return translate("advice", "multimodal")
        case "日常使用":
            return translate("advice", "everyday")
        case "长文本":
            return translate("advice", "long texts")
        case "快速响应":
            return translate("advice", "quick answers")
        case "简单任务":
            return translate("advice", "simple tasks")
        case "经济实惠" | "经济型":
            return translate("advice", "economy")
        case "极致省钱":
            return translate("advice", "cheapest")
        case "免费试用":
            return translate("advice", "free trial")
        case "代码生成":
            return translate("advice", "code")
    return visible(text) if text else translate("advice", "not said")


def _plan(finding: Finding) -> str:
    plan = finding.plan
    if plan is None:
        return ""
    words = {"budget": unless_hidden(visible(plan.budget)), "amount": whole_money(plan.amount)}
    expected = {"before": rough_money(plan.projected), "after": rough_money(plan.projected_after)}
    if plan.misses_by is not None:
        if expected["after"] == rough_money(plan.amount):
            expected["after"] = money(plan.projected_after)  # what is too much may be less than a yuan
        text = translate(
            "advice", "{before} expected of {amount}, {after} with every switch. {function} costs the most."
        )
        return text.format(function=function_words(finding.function), **words, **expected)
    text = translate("advice", "{number} of {all} to keep {budget} ({amount}): {before} expected, {after} with them.")
    if plan.switches == 1:
        text = translate("advice", "Keeps {budget} ({amount}): {before} expected, {after} with it.")
    return text.format(number=plan.number, all=plan.switches, **words, **expected)


def _waste(finding: Finding, advice: Advice) -> str:
    waste, n = finding.waste, calls(finding.calls)
    words = {"calls": n, "period": period(advice), "cost": money(finding.cost)}
    if waste is None:
        return n
    match finding.reason:
        case "failed":
            text = translate("advice", "{calls} in {period} failed and were paid all the same. {hint}")
            return text.format(hint=_failure_hint(waste.family), **words)
        case "late":
            text = translate(
                "advice", "{calls} in {period} took longer than {limit} (p95 {time}). A quicker model would be in time."
            )
            return text.format(limit=milliseconds(waste.limit_ms), time=milliseconds(waste.p95_ms), **words)
        case "creep":
            text = translate(
                "advice",
                "{calls} in {period}, from {before} to {after} tokens each within a stream. Send less of what went "
                "before.",
            )
            return text.format(before=compact(waste.input_before), after=compact(waste.input_after), **words)
        case "loop":
            text = translate(
                "advice", "{calls} in {period} nearly alike, up to {n} in a row. Look for a retry that never ends."
            )
            return text.format(n=count(waste.longest_run), **words)
        case "unpriced":
            if finding.cost:
                text = translate(
                    "advice", "{calls} in {period} were recorded at {cost}, which nothing can be held against."
                )
            else:
                text = translate("advice", "{calls} in {period} count as ¥0 because the price book does not know it.")
            return sentences(text.format(**words), translate("advice", "Add its price to the price book."))
        case "recorded_as_zero":
            text = translate(
                "advice",
                "{calls} in {period} that the price book knows to be paid. Expect them on the provider's bill.",
            )
            return text.format(**words)
    text = translate(
        "advice", "{calls} in {period}: the records and the price book are {amount} apart. Compare both with the bill."
    )
    return text.format(amount=money(abs(waste.amount) if waste.amount is not None else None), **words)


def _failure_hint(family: str) -> str:
    name = family.lower()
    if "429" in name or "ratelimit" in name.replace("_", ""):
        return translate("advice", "Call less often, or ask the provider for a higher limit.")
    if "timeout" in name or "504" in name or "408" in name:
        return translate("advice", "A shorter input or a quicker model fails less.")
    return translate("advice", "The list of failed calls tells what was answered.")


def refusal(why: Refusal | None, finding: Finding) -> str:
    """Why a model is not advised."""
    evidence = finding.evidence
    match why:
        case "fails":
            failures = finding.failures or evidence
            return translate("advice", "fails too often: {figures}").format(
                figures=figures(failures) if failures else ""
            )
        case "slow":
            return translate("advice", "too slow: {figures}").format(figures=figures(evidence) if evidence else "")
        case "too_long":
            return translate("advice", "takes less input than your longest call ({n} tokens)").format(
                n=compact(finding.longest_input)
            )
        case "other_use":
            return translate("advice", "made for something else")
        case "dearer":
            return translate("advice", "would not be cheaper")
        case "few_calls":
            return translate("advice", "too few calls to say: {calls}").format(calls=calls(finding.calls))
        case "cost_unknown":
            return translate("advice", "what it costs now is not known")
        case "free_already":
            return translate("advice", "costs nothing as it is")
        case "never_enough":
            missing = finding.plan.misses_by if finding.plan else None
            return translate("advice", "no switch is enough, {amount} too much remains").format(amount=money(missing))
    return ""


def nothing(advice: Advice) -> str:
    """Why nothing is advised."""
    if not advice.calls:
        return translate("advice", "No calls in {period}, so there is nothing to advise on.").format(
            period=period(advice)
        )
    reasons = {finding.why for finding in advice.refused}
    if reasons and reasons <= {"few_calls"}:
        text = translate("advice", "Too few calls for advice: {calls} in {period}, and a function needs 20.")
        return text.format(calls=calls(advice.calls), period=period(advice))
    if reasons & {"fails", "slow"}:
        return translate("advice", "Nothing to save: what is cheaper did worse in your own calls.")
    return translate(
        "advice", "Nothing to save: every function uses the cheapest model that fits, and nothing is wasted."
    )


def choice_words(choice: Choice | None) -> str:
    if choice is None:
        return translate("advice", "unknown")
    return visible(choice.model)


def step_words(step: Step) -> str:
    words = {"before": choice_words(step.before), "after": choice_words(step.after)}
    return translate("advice", "{function}: {before} → {after}").format(function=step_function(step.function), **words)


def step_function(function: str) -> str:
    """ALL stands for what has no entry of its own."""
    return translate("advice", "All others") if function == ALL else function_name(function)


def gateway_words(trouble: GatewayTrouble, address: str) -> str:
    """What is wrong with the gateway, and what to do."""
    where, detail = visible(address), visible(trouble.detail) if trouble.detail else ""
    match trouble.kind:
        case "unreachable":
            text = translate("advice", "The gateway does not answer at {where}. Is the assistant running?")
        case "timeout":
            text = translate("advice", "The gateway at {where} did not answer in time.")
        case "key_refused":
            text = translate("advice", "The gateway at {where} wants another token.")
        case "redirected":
            text = translate("advice", "{where} sends us somewhere else, which is not followed.")
        case "garbage" | "too_large":
            text = translate("advice", "What {where} answered cannot be read.")
        case "not_a_gateway":
            text = translate("advice", "{where} is not the assistant's gateway.")
        case "own_service":
            text = translate("advice", "{where} is this program's own service, not the assistant's gateway.")
        case "not_offered":
            text = translate("advice", "No provider of the gateway offers {detail}.")
        case "disabled":
            text = translate("advice", "The provider of {detail} is switched off in the assistant.")
        case "unknown_function" if not trouble.detail:
            return translate("advice", "These calls do not say for what function they were, so none can be switched.")
        case "unknown_function":
            return translate("advice", "The gateway does not know {function}, so it cannot be switched there.").format(
                function=function_words(trouble.detail)
            )
        case "rejected":
            text = translate("advice", "The gateway refused: {detail}")
        case "demo":
            text = translate("advice", "In a demonstration nothing is switched.")
        case "differs":
            text = translate("advice", "The gateway said yes but did something else.")
        case _:
            text = translate("advice", "The address of the gateway cannot be used: {where}")
    return text.format(where=where, detail=detail)


def outcome_words(desk: Desk) -> str:
    """What is true after the last order; "" when there was none."""
    outcome, order = desk.outcome, desk.order
    if outcome is None or order is None:
        return ""
    now = "; ".join(
        translate("advice", "{function} uses {model} now").format(
            function=step_function(step.function),
            model=choice_words(outcome.state.choice(step.function) if outcome.state else None),
        )
        for step in order.steps[:3]
    )
    if outcome.trouble is None:
        if all(step.before == step.after for step in order.steps):
            return translate("advice", "It was back already: {now}.").format(now=now)
        return translate("advice", "Done and checked: {now}.").format(now=now)
    problem = gateway_words(outcome.trouble, desk.address)
    if outcome.state is None:
        return translate("advice", "{problem} Whether it was switched is not known.").format(problem=problem)
    asked = listed(dict.fromkeys(choice_words(step.after) for step in order.steps))
    return translate("advice", "{problem} Asked for: {asked}. True: {now}.").format(
        problem=problem, asked=asked, now=now
    )


def who_words(switch: Switch) -> str:
    return translate("advice", "by the rule") if switch.who == "rule" else translate("advice", "by you")


def result_words(switch: Switch, result: Result | None) -> str:
    """What a switch promised and what came of it."""
    promised = switch.promised
    if result is None:
        if promised is None:
            return ""
        return translate("advice", "promised {amount} a day").format(amount=money(promised))
    saved = result.saved_per_day
    if not result.calls or saved is None:
        return translate("advice", "no calls on it yet") if not result.calls else translate("advice", "not known")
    is_dearer = saved < 0
    if result.days < 1:
        text = translate("advice", "saved {saved} while it held")
        if is_dearer:
            text = translate("advice", "cost {cost} more while it held")
        saved = result.saved
    elif promised is None:
        text = (
            translate("advice", "cost {cost} more a day") if is_dearer else translate("advice", "saved {saved} a day")
        )
    elif is_dearer:
        text = translate("advice", "cost {cost} more a day, promised to save {promised}")
    else:
        text = translate("advice", "saved {saved} a day, promised {promised}")
    amount = money(None if saved is None else abs(saved))
    return text.format(saved=amount, cost=amount, promised=money(promised))


def saved_words(desk: Desk, now: datetime) -> str:
    """What the newest switch that holds really saved; "" where there is none that is new and measured."""
    results, history = {result.switch: result for result in desk.results}, desk.history
    for switch in reversed(history.switches):
        if switch.who == "user" and switch.steps and switch.id in results and history.ended_at(switch) is None:
            if now - switch.at > SAVED_FOR:
                break
            return f"{'; '.join(map(step_words, switch.steps[:3]))} · {result_words(switch, results[switch.id])}"
    return ""


def rule_words(desk: Desk) -> str:
    """What the rule does, and what keeps it."""
    rule = desk.rule
    words = {"amount": whole_money(rule.amount), "cheap": visible(rule.cheap), "good": visible(rule.good)}
    if not rule.is_on:
        return translate("advice", "Automatic switching is off.")
    said = translate("advice", "Switches by itself: past {amount} a day {cheap}, else {good}.").format(**words)
    if desk.rule_trouble is not None:
        return sentences(said, gateway_words(desk.rule_trouble, desk.address))
    match desk.verdict:
        case "pause":
            return sentences(said, translate("advice", "It waits: half an hour between two switches."))
        case "one_call":
            return sentences(said, translate("advice", "It waits: a single call made the sum."))
        case "bad_record":
            return sentences(said, translate("advice", "It stays: the other model did badly in your calls."))
        case "overruled":
            return sentences(said, translate("advice", "You took it back, so it rests for today."))
    return said
