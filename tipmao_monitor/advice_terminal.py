"""What `advice` prints: the findings of the advice panel as sentences for a person, or as JSON for a program.

A newcomer would get this wrong: JSON has every candidate, the text only the one to take first for each function. Names
and error texts come from the records, so all of it goes through `printable` or `to_json`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tipmao_monitor.terminal import money, printable
from tipmao_monitor.usage.advice import Advice, Evidence, Finding, Refusal, TierChange, Waste

_MOST_REFUSED = 20


def advice_object(advice: Advice) -> dict[str, object]:
    """The object of `advice --json`."""
    refused = [{**_row(finding), "why": why(finding)} for finding in advice.refused]
    return {"findings": [_row(finding) for finding in advice.findings], "refused": refused}


def _row(finding: Finding) -> dict[str, object]:
    evidence = finding.evidence
    return {
        "kind": finding.kind,
        "function": finding.function,
        "from_model": finding.from_model,
        "to_model": finding.to_model,
        "calls": finding.calls,
        "cost": finding.cost,
        "cost_after": finding.cost_after,
        "saving_per_day": finding.saving_per_day,
        "saving_per_month": finding.saving_per_month,
        "evidence": evidence
        and {"calls": evidence.calls, "p95_ms": evidence.p95_ms, "success_rate": evidence.success_rate},
        "tier_change": finding.tier_change and _tiers(finding.tier_change),
        "reason": reason(finding),
    }


def advice_text(advice: Advice) -> str:
    """One line for each thing to do, the largest saving first, and what is not advised."""
    if not advice.calls:
        return f"No calls from {advice.first} to {advice.last}, so there is nothing to advise on.\n"
    days = f"{advice.days} day" if advice.days == 1 else f"{advice.days} days"
    lines = [f"{advice.calls:,} calls on {days} from {advice.first} to {advice.last}; a month is 30 such days."]
    large = [finding for finding in advice.cards if not finding.is_small]
    small = [finding for finding in advice.cards if finding.is_small]
    lines += ["", *(f"{_figure(finding)}  {_title(finding)}: {reason(finding)}" for finding in large)]
    if not large:
        lines.append("Nothing to advise: no change would be worth ¥1 a month.")
    if small:
        lines.append(f"And {len(small)} worth less than ¥1 a month each: --json has them.")
    # That something else costs more needs no saying.
    refused = [finding for finding in advice.refused if finding.why not in ("dearer", "other_use")]
    if refused:
        lines += ["", "Not advised"]
        lines += [f"  {_title(finding)}: {why(finding)}" for finding in refused[:_MOST_REFUSED]]
        if len(refused) > _MOST_REFUSED:
            lines.append(f"  and {len(refused) - _MOST_REFUSED} more: --json has them all")
    return "\n".join(map(printable, lines)) + "\n"


def _figure(finding: Finding) -> str:
    if finding.saving_per_month is not None:
        return f"¥{finding.saving_per_month:,.2f} a month"
    amount = finding.waste.amount if finding.waste else None
    return "¥?" if amount is None else f"¥{amount:,.2f} in {_days(finding)}"


def _title(finding: Finding) -> str:
    function, model = _function(finding.function), _model(finding.from_model)
    if finding.kind == "waste":
        return model if finding.reason in ("unpriced", "recorded_as_zero", "mispriced") else function
    if finding.to_model is None:
        return f"budget {finding.plan.budget}" if finding.plan else function
    return f"{function}, {model} -> {finding.to_model}"


def reason(finding: Finding) -> str:
    """Why it is advised, or for what is not, what it would have been."""
    if finding.waste:
        return _WASTES[finding.reason or ""](finding, finding.waste)
    said = []
    if plan := finding.plan:
        if plan.misses_by is not None:
            return f"¥{_money(plan.projected)} is expected, the budget is ¥{_money(plan.amount)}"
        part = f"switch {plan.number} of {plan.switches} that keep" if plan.switches > 1 else "keeps"
        said.append(
            f'{part} the budget "{plan.budget}": ¥{_money(plan.projected_after)} instead of '
            f"¥{_money(plan.projected)} of ¥{_money(plan.amount)}"
        )
    if rule := finding.rule:
        days = "1 day" if rule.days == 1 else f"{rule.days} days"
        said.append(f"from ¥{_money(rule.amount)} on, which was passed on {days}")
    calls = _counted(finding.calls, "call")
    if finding.cost is None:
        said.append(f"{calls} on {_days(finding)}")
    elif finding.cost_after is None:
        said.append(f"{calls} on {_days(finding)} cost ¥{_money(finding.cost)}")
    else:
        said.append(
            f"{calls} on {_days(finding)} cost ¥{_money(finding.cost)}, on {finding.to_model} the same tokens cost "
            f"¥{_money(finding.cost_after)}"
        )
    if finding.to_model is not None:
        said.append(_record(finding.evidence))
        said += _longer(finding)
        if finding.tier_change:
            said.append(f"use: {_tiers(finding.tier_change)}")
    if finding.is_free_trial:
        said.append("a free trial, whose limits can change any day")
    if finding.to_model is not None and finding.also_from:
        said.append(f"replaces {', '.join(map(_model, finding.also_from))} too")
    if finding.retired:
        said.append(f"without the calls on {', '.join(map(_model, finding.retired))}, which it no longer uses")
    if finding.hidden_cost:
        said.append(f"¥{_money(finding.hidden_cost)} of it was recorded as 0")
    if finding.left_out:
        said.append(f"{_counted(finding.left_out, 'call')} of unknown cost or tokens left out")
    return "; ".join(said)


def why(finding: Finding) -> str:
    """Why something is not advised."""
    assert finding.why is not None
    return _WHYS[finding.why](finding)


def _fails(finding: Finding) -> str:
    return f"too many calls on {finding.to_model} fail here: {_record(finding.failures or finding.evidence)}"


def _slow(finding: Finding) -> str:
    now = finding.today.p95_ms if finding.today else None
    return f"too slow here: {_record(finding.evidence)}, more than twice today's {_ms(now)}"


def _too_long(finding: Finding) -> str:
    return f"a call of {finding.longest_input or 0:,} input tokens does not fit into {finding.to_model}"


def _dearer(finding: Finding) -> str:
    more = (finding.cost_after or Decimal(0)) - (finding.cost or Decimal(0))
    return f"it would cost ¥{_money(more)} more" if more else "it would cost the same"


def _never_enough(finding: Finding) -> str:
    plan = finding.plan
    assert plan is not None and plan.misses_by is not None
    return (
        f'no set of switches keeps the budget "{plan.budget}": with the most saving ones ¥{_money(plan.misses_by)} are '
        f"still too much; {_function(finding.function)} costs most"
    )


_WHYS: dict[Refusal, Callable[[Finding], str]] = {
    "fails": _fails,
    "slow": _slow,
    "too_long": _too_long,
    "other_use": lambda finding: f"{finding.to_model} is made for code",
    "dearer": _dearer,
    "few_calls": lambda finding: f"{_counted(finding.calls + finding.left_out, 'call')} are too few to judge by",
    "cost_unknown": lambda finding: f"what {_model(finding.from_model)} costs here is not known: add its price",
    "free_already": lambda finding: f"{_model(finding.from_model)} costs nothing",
    "never_enough": _never_enough,
}


def _failed(finding: Finding, waste: Waste) -> str:
    family = waste.family or "no text"
    if "imeout" in family:
        advice = "give them more time, or send less with each call"
    elif family.endswith(" 429"):
        advice = "call less often, or ask the provider for a higher limit"
    elif family[-4:-2] == " 4":
        advice = "correct what is sent"
    else:
        advice = "see what the errors say"
    verb = "was" if finding.calls == 1 else "were"
    return f"{_counted(finding.calls, 'failed call')} ({family}) {verb} paid with ¥{_cost(finding)}; {advice}"


def _late(finding: Finding, waste: Waste) -> str:
    calls = _counted(finding.calls, "call")
    return (
        f"{calls} took longer than {_ms(waste.limit_ms)} and cost ¥{_cost(finding)}; use a quicker model or send less"
    )


def _creep(finding: Finding, waste: Waste) -> str:
    return (
        f"input grew from {waste.input_before:,} to {waste.input_after:,} tokens a call in "
        f"{_counted(waste.streams, 'stream')}, which cost ¥{_amount(waste)} more; send less of what was said before"
    )


def _loop(finding: Finding, waste: Waste) -> str:
    return (
        f"{_counted(waste.runs, 'run')} of nearly equal calls within seconds, the longest of {waste.longest_run:,}, "
        f"cost ¥{_cost(finding)} after the first call; look for what repeats them"
    )


def _unpriced(finding: Finding, _: Waste) -> str:
    known = f"recorded at ¥{_cost(finding)}, which cannot be checked" if finding.cost else "what they cost is not known"
    return f"{_counted(finding.calls, 'call')} on a model without a price: {known}; add its price"


def _as_zero(finding: Finding, waste: Waste) -> str:
    calls = _counted(finding.calls, "call")
    return f"{calls} recorded at ¥0, the price book says ¥{_amount(waste)}; expect it on the provider's bill"


def _mispriced(finding: Finding, waste: Waste) -> str:
    return (
        f"{_counted(finding.calls, 'call')} recorded at ¥{_cost(finding)}, the price book says "
        f"¥{_money(finding.cost_after or Decimal(0))}; compare both with the provider's price"
    )


_WASTES: dict[str, Callable[[Finding, Waste], str]] = {
    "failed": _failed, "late": _late, "creep": _creep, "loop": _loop, "unpriced": _unpriced,
    "recorded_as_zero": _as_zero, "mispriced": _mispriced,
}  # fmt: skip


def _record(evidence: Evidence | None) -> str:
    if evidence is None:
        return "no record of yours"
    where = "" if evidence.scope == "function" else " in other functions"
    said = [f"your record{where}: {_counted(evidence.calls, 'call')}"]
    if evidence.p95_ms is not None:
        said.append(f"p95 {_ms(evidence.p95_ms)}")
    if evidence.success_rate is not None:
        said.append(f"{evidence.success_rate:.1f} % succeeded")
    return ", ".join(said)


def _longer(finding: Finding) -> list[str]:
    """Whether the function's longest call is far from what the new model has shown it can take."""
    shown, longest = finding.evidence and finding.evidence.longest_input, finding.longest_input
    if not shown or not longest or longest <= 2 * shown:
        return []
    return [f"the longest it has answered here had {shown:,} input tokens, your longest call has {longest:,}"]


def _tiers(change: TierChange) -> str:
    steps = change.steps
    if steps is None:
        level = "not comparable"
    else:
        level = f"{'higher' if steps > 0 else 'lower'} by {abs(steps)}" if steps else "same level"
    return f"{change.before or '?'} -> {change.after or '?'} ({level})"


def _days(finding: Finding) -> str:
    return "1 day" if finding.days == 1 else f"{finding.days} days"


def _function(name: str | None) -> str:
    return "all functions" if name is None else name or "(function not recorded)"


def _model(name: str | None) -> str:
    return "several models" if name is None else name or "(model not recorded)"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _ms(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value / 1000:,.1f} s" if value < 1e12 else f"{value / 1000:.1e} s"


def _cost(finding: Finding) -> str:
    return _money(finding.cost or Decimal(0))


def _amount(waste: Waste) -> str:
    return _money(waste.amount or Decimal(0))


def _money(value: Decimal) -> str:
    """Two decimals, all of them where two would show nothing."""
    return money(value) if 0 < abs(value) < Decimal("0.005") else f"{value:,.2f}"
