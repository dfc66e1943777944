"""The calls of a period, asked what they would have cost: one engine behind the findings, "what if" and their evidence.

A newcomer would get this wrong: a `Replay` is of one moment of the holdings. It is made for a question and thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

from tipmao_monitor.usage import keeping, queries, repricing, switches, waste
from tipmao_monitor.usage.advice import (
    LEAST_CALLS,
    MONTH_DAYS,
    WASTE_REASONS,
    Advice,
    Change,
    Evidence,
    Finding,
    FunctionUse,
    Replayed,
    Rule,
    WasteReason,
    WhatIf,
)
from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.localtime import DAY, EPOCH, SECOND, Zone
from tipmao_monitor.usage.prices import PriceBook, book_day
from tipmao_monitor.usage.queries import Costing
from tipmao_monitor.usage.snapshot import Dimension, Filter, Page, PageRequest
from tipmao_monitor.usage.switches import Function, Records, Use
from tipmao_monitor.usage.switching import ALL, Step

Ask = Callable[[str], list[tuple[Any, ...]]]
"""Puts SQL to the database."""

NANO = Decimal("0.000000001")
DIGITS = 60
"""Of a sum: what the largest price and the largest calls come to is exact, too."""

EVEN = 1.5  # a function is called at regular intervals when the longer of them are not longer than this many shorter


class Replay:
    """The calls of some local days under a filter, of which only the dimensions count, priced by `book`.

    `source` is a relation that has them all, `cost` the costing of what was recorded. What it needs of the calls lies
    in a table called `name` until it is closed.
    """

    def __init__(
        self,
        ask: Ask,
        zone: Zone,
        source: str,
        book: PriceBook,
        cost: Costing,
        slow_ms: float,
        paths: Mapping[str, str],
        first: date,
        last: date,
        filter: Filter,
        now: datetime,
        name: str = "replayed",
    ) -> None:
        self._ask = ask
        self._zone = zone
        self._source = source
        self._book = book
        self._cost = repricing.as_paid(cost)
        self._shown_cost = cost
        self._slow_ms = slow_ms
        self._paths = paths
        self._now = now
        self._today = book_day(int(now.timestamp()) * SECOND, EPOCH)
        self._name = name
        self.first, self.last = first, last
        self.filter = replace(filter, failed=False, search="", money="recorded")
        self._span = zone.span_us(first, last)
        self._where = f"({queries.days_condition(zone, first, last)}) AND ({queries.narrowing(self.filter)})"
        self._pairs = f"{name}_pairs"
        self._calls = f"(FROM {name} JOIN (SELECT pair, fn, model FROM {self._pairs}) USING (pair))"
        self._recorded: list[tuple[Any, ...]] = []
        self._models: dict[str, repricing.Candidate] = {}

    def __enter__(self) -> Replay:
        self._digits = localcontext(prec=DIGITS)
        self._digits.__enter__()
        ask = self._ask
        ask(f"CREATE OR REPLACE TEMP TABLE {self._pairs} AS {repricing.pairs(self._source, self._where)}")
        self._recorded = ask(f"SELECT model, first, last, tin, tout FROM {self._pairs}")
        names = {model: self._book.resolve(model) for model, *_ in self._recorded}
        priced = {one.model: one for one in self._priced(sorted({name for name in names.values() if name}))}
        self._models = {model: priced[name] for model, name in names.items() if name}
        ask(f"CREATE OR REPLACE TEMP TABLE {self._name} AS {self._all_calls()}")
        return self

    def __exit__(self, *_: object) -> None:
        self._digits.__exit__(None, None, None)
        for table in (self._name, self._pairs):
            self._ask(f"DROP TABLE IF EXISTS {table}")

    def advice(self, budgets: Sequence[BudgetStatus] = ()) -> Advice:
        """All findings, and what is not advised."""
        shown = waste.shown(self.filter, self.first, self.last)
        good, refused, functions = self.switches()
        found = [replace(one, show=PageRequest(shown.narrowed("function", one.function))) for one in good]
        for reason in WASTE_REASONS:
            sql = repricing.wasted_sums(reason, self._wasted(reason, self._calls), self._retired)
            found += waste.found(reason, self._ask(sql), self._days_of, shown)
        for status in budgets:
            if keeping.is_threatened(status):
                kept, missed = self._keeping(status)
                found += kept
                refused += missed
        if not self.filter.is_narrow:
            found += [rule for status in budgets if (rule := self._rule(status, good))]
        found.sort(key=lambda one: (-one.weight, one.key))
        return Advice(
            self.filter,
            self.first,
            self.last,
            sum(use.calls for use in self._all_uses),
            len(self._days),
            tuple(found),
            tuple(refused),
            tuple(functions),
        )

    def switches(self) -> tuple[list[Finding], list[Finding], list[FunctionUse]]:
        """What each function could be switched to, and what not; the function that costs most first."""
        found: list[Finding] = []
        refused: list[Finding] = []
        functions: list[FunctionUse] = []
        for function in self._functions:
            good, bad, use = switches.advised(function, self._records, self._book, self._today)
            found += good
            refused += bad
            functions.append(use)
        return found, refused, functions

    def record(self, model: str, function: str | None = None) -> Evidence | None:
        """How a model did here under all its names, in one function or in all of them."""
        name, records = self._named(model), self._records
        return records.anywhere.get(name) if function is None else records.in_function.get((function, name))

    def what_if(self, changes: Sequence[Change]) -> WhatIf:
        """What the calls would have cost with some changes: on the days and with the tokens that they really had."""
        by_function = {change.function: change for change in changes}
        models = {change.model: self._book.resolve(change.model) for change in changes if change.model is not None}
        rows: dict[str, list[Use]] = {}
        for use in self._uses(sorted({name for name in models.values() if name})):
            rows.setdefault(use.function, []).append(use)
        answer = [
            self._replayed(function, uses, by_function.get(function, Change(function)), models)
            for function, uses in rows.items()
        ]
        answer.sort(key=lambda row: (-row.cost, row.function))
        return WhatIf(self.filter, self.first, self.last, tuple(changes), tuple(answer), len(self._days))

    def _replayed(
        self, function: str, uses: Sequence[Use], change: Change, models: Mapping[str, str | None]
    ) -> Replayed:
        calls = sum(use.known for use in uses)
        cost = sum(use.cost for use in uses)
        left_out = sum(use.calls - use.known for use in uses)
        after: int | None = cost
        if change.model is not None:
            name = models[change.model]
            stays = {use.model for use in uses if self._book.resolve(use.model) == name}
            after = sum(use.cost if use.model in stays else use.after[name] for use in uses) if name else None
        share = Fraction(1)
        if change.every_s and change.instead_of_s:
            share = Fraction(change.instead_of_s) / Fraction(change.every_s)
        return Replayed(
            function,
            calls,
            Decimal(cost).scaleb(-9),
            _decimal(calls * share),
            None if after is None else _decimal(after * share / 10**9),
            left_out,
        )

    def saved(self, steps: Iterable[Step], since: datetime, until: datetime) -> tuple[int, Decimal, Decimal | None]:
        """Of what was switched then, until it was switched again: the calls on the new models, the days without the
        whole ones on which nothing was called, and the CNY by which those calls cost less than they would have on the
        models before. None where those have no price.
        """
        span_us = round(since.timestamp() * SECOND), round(until.timestamp() * SECOND)
        calls, saved = 0, 0
        is_known = True
        for step in steps:
            if step.function == ALL or step.before is None:
                continue
            new = self._named(step.after.model)
            on = {model for model, *_ in self._recorded if self._named(model) == new}
            before = self._priced([name] if (name := self._book.resolve(step.before.model)) else [])
            if not on or not before:
                is_known = is_known and not on
                continue
            [(n, less)] = self._ask(repricing.less_than(before[0], self._calls, step.function, sorted(on), span_us))
            calls, saved = calls + n, saved + (less or 0)
        elapsed = Decimal(span_us[1] - span_us[0]) / DAY
        return calls, elapsed - self._idle_days(since, until), Decimal(saved).scaleb(-9) if is_known else None

    def _named(self, model: str) -> str:
        """By the price book's name, or as recorded without one."""
        return self._book.resolve(model) or model

    def _idle_days(self, since: datetime, until: datetime) -> int:
        """The whole local days in between without a call of anyone."""
        one = timedelta(days=1)
        first, last = self._zone.local(since).date() + one, self._zone.local(until).date() - one
        if first > last:
            return 0
        where = queries.days_condition(self._zone, first, last)
        local_day, _ = queries.local_time(self._zone, *self._zone.span_us(first, last))
        [(used,)] = self._ask(f"SELECT count(DISTINCT ({local_day})) FROM {self._source} WHERE {where}")
        return (last - first).days + 1 - int(used)

    def page(self, request: PageRequest) -> Page:
        """The calls behind a finding of waste."""
        from tipmao_monitor.usage.view import call_row  # numpy: the command does without

        assert request.among is not None
        among = request.among
        calls = (
            f"(FROM ({self._all_calls('file, pos,')}) JOIN (SELECT pair, fn, model FROM {self._pairs}) USING (pair))"
        )
        wasted = self._wasted(cast(WasteReason, among.reason), calls)
        chosen = repricing.among(wasted, among.function, among.model, among.family)
        where = f"{self._where} AND {chosen}"
        [(total,)] = self._ask(f"SELECT count(*) FROM {self._source} WHERE {where}")
        limits = max(request.rows, 0), max(request.offset, 0)
        if request.order == "cost":
            costed = queries.costed(self._source, where, self._shown_cost)
            sql = queries.rows(costed, "true", "cost", request.descending, *limits)
        else:
            order = request.order, request.descending
            sql = queries.rows_costed_last(self._source, where, self._shown_cost, *order, *limits)
        return Page(request, total, tuple(call_row(row, self._zone, self._paths) for row in self._ask(sql)))

    def _keeping(self, status: BudgetStatus) -> tuple[list[Finding], list[Finding]]:
        """The smallest set of switches that keeps a budget, or why there is none."""
        dimension = status.budget.dimension
        filter = replace(self.filter, user=None, anchor=None, session=None, model=None, function=None)
        if dimension:
            filter = filter.narrowed(cast(Dimension, dimension[0]), dimension[1])
        if filter == self.filter:
            return self._kept(status)
        scope = Replay(
            self._ask,
            self._zone,
            self._source,
            self._book,
            self._cost,
            self._slow_ms,
            self._paths,
            self.first,
            self.last,
            filter,
            self._now,
            "in_scope",
        )
        with scope:
            return scope._kept(status)

    def _kept(self, status: BudgetStatus) -> tuple[list[Finding], list[Finding]]:
        costs = {one.name: (Decimal(one.cost).scaleb(-9), one.days) for one in self._functions}
        return keeping.planned(status, self.switches()[0], costs)

    def _rule(self, status: BudgetStatus, good: Sequence[Finding]) -> Finding | None:
        """The guide's rule for the day's budget, where only some days pass it: the function for which it saves most."""
        budget = status.budget
        best = {one.function: one for one in good if one.is_best and one.function}
        if budget.paused or (budget.scope, budget.period) != ("all", "day") or not best:
            return None
        priced = {one.model: one for one in self._priced(sorted({one.to_model or "" for one in best.values()}))}
        to = {function: priced[one.to_model or ""] for function, one in best.items()}
        on = {
            function: [model for model, own in self._models.items() if own.model == candidate.model]
            for function, candidate in to.items()
        }
        found = self._ask(repricing.past(self._calls, int(budget.amount * 10**9), to, on))
        rows = [(cost - after, function, calls, days, cost, after) for function, calls, days, cost, after in found]
        saving, function, calls, days, cost, after = max(rows, default=(0, "", 0, 0, 0, 0))
        if saving <= 0 or days == len(self._days):
            return None
        a_day = (Decimal(saving).scaleb(-9) / len(self._days)).quantize(NANO)
        return replace(
            best[function],
            kind="rule",
            reason="past_amount",
            is_best=False,
            calls=calls,
            left_out=0,
            hidden_cost=Decimal(0),
            cost=Decimal(cost).scaleb(-9),
            cost_after=Decimal(after).scaleb(-9),
            days=len(self._days),
            saving_per_day=a_day,
            saving_per_month=a_day * MONTH_DAYS,
            rule=Rule(budget.amount, days),
            show=None,
        )

    def _all_calls(self, columns: str = "") -> str:
        day, _ = queries.local_time(self._zone, *self._span)
        money = repricing.money_type(self._book, self._models.values())
        return repricing.calls(self._source, self._where, self._cost, self._pairs, self._models, money, day, columns)

    def _priced(self, names: Sequence[str]) -> list[repricing.Candidate]:
        """What the calls of the period would cost on models of the price book."""
        if not self._recorded:
            return []
        _, firsts, lasts, tins, touts = zip(*self._recorded, strict=True)
        return repricing.candidates(self._book, names, (min(firsts), max(lasts)), (max(tins), max(touts)))

    @cached_property
    def _by_day(self) -> list[tuple[Any, ...]]:
        return self._ask(repricing.days(self._calls))

    @cached_property
    def _days(self) -> frozenset[int]:
        """The local days with calls, as days since 1970."""
        return frozenset(day for _, _, day, _ in self._by_day)

    @cached_property
    def _retired(self) -> dict[str, tuple[str, ...]]:
        return switches.given_up(self._by_day)

    @cached_property
    def _all_uses(self) -> list[Use]:
        return self._uses(sorted({row.model for row in self._book.rows if self._book.price(row.model, self._today)}))

    def _uses(self, names: Sequence[str]) -> list[Use]:
        """All calls by function and model, with their cost on each of the models named."""
        candidates = self._priced(names)
        asked = [candidate for candidate in candidates if candidate.per_token is None]
        uses = []
        for fn, model, calls, known, tin, tout, cost, hidden, *after in self._ask(repricing.sums(self._calls, asked)):
            costs = {candidate.model: value or 0 for candidate, value in zip(asked, after, strict=True)}
            for candidate in candidates:
                if candidate.per_token is not None:
                    of_input, of_output = candidate.per_token
                    costs[candidate.model] = (tin or 0) * of_input + (tout or 0) * of_output
            in_order = {name: costs[name] for name in names}
            uses.append(Use(fn, model, calls, known, cost or 0, hidden or 0, in_order))
        return uses

    @cached_property
    def _functions(self) -> list[Function]:
        """Every function with what it uses now, the one that costs most first."""
        by_function: dict[str, list[Use]] = {}
        for use in self._all_uses:
            if use.model not in self._retired.get(use.function, ()):
                by_function.setdefault(use.function, []).append(use)
        found = [
            Function(name, tuple(uses), self._days_of(name), self._retired.get(name, ()), self._every_s(name))
            for name, uses in by_function.items()
        ]
        return sorted(found, key=lambda function: (-function.cost, -function.calls, function.name))

    def _days_of(self, function: str | None) -> int:
        """The days with calls, of a function that has given up a model since the first of what it uses now."""
        retired = self._retired.get(function, ()) if function is not None else ()
        if not retired:
            return len(self._days)
        since = min(day for fn, model, day, _ in self._by_day if fn == function and model not in retired)
        return sum(day >= since for day in self._days)

    @cached_property
    def _records(self) -> Records:
        names = {model: one.model for model, one in self._models.items() if one.model != model}
        in_function, anywhere = {}, {}
        for fn, model, *figures in self._ask(repricing.evidence(self._calls, names)):
            if fn is None:
                anywhere[model] = _evidence("all", *figures)
            else:
                in_function[fn, model] = _evidence("function", *figures)
        return Records(in_function, anywhere)

    @cached_property
    def _paces(self) -> dict[str, tuple[int, float, float, float]]:
        found = self._ask(repricing.paces(self._calls))
        return {fn: (gaps, *quartiles) for fn, gaps, quartiles in found if gaps >= LEAST_CALLS}

    def _every_s(self, function: str) -> float | None:
        _, shorter, usual, longer = self._paces.get(function, (0, 0.0, 0.0, 1.0))
        return usual / SECOND if shorter >= SECOND and longer <= EVEN * shorter else None  # quicker is no rhythm

    def _wasted(self, reason: WasteReason, calls: str) -> str:
        habits = repricing.Habits(self._slow_ms, models=self._models)
        if reason == "late":
            usual = self._ask(repricing.medians(self._calls))
            late_ms = {fn: repricing.LATE * ms for fn, ms in usual if ms and repricing.LATE * ms > self._slow_ms}
            habits = replace(habits, late_ms=late_ms)
        if reason == "loop":
            habits = replace(habits, pace_us=dict(self._ask(repricing.usual_gaps(self._calls))))
        return repricing.wasted(reason, calls, habits)


def _evidence(scope: Any, calls: int, good: int, longest: int | None, quartiles: Sequence[float] | None) -> Evidence:
    p50, p95 = quartiles or (None, None)
    return Evidence(scope, calls, p50, p95, 100.0 * good / calls, longest)


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(NANO)
