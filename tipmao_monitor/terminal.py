"""What `stats` and `doctor` print: the answer of the store as a table for a person, or as JSON for a program.

A newcomer would get this wrong: names and error texts come from the records, so they may hold anything that a terminal
would obey. Whatever is printed goes through `printable`, and JSON through `to_json`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from tipmao_monitor.usage.audit import Audit, AuditRow, currency_of
from tipmao_monitor.usage.budgets import BudgetStatus
from tipmao_monitor.usage.causes import Cause
from tipmao_monitor.usage.prices import HOME_CURRENCY, Price
from tipmao_monitor.usage.records import QUARANTINE
from tipmao_monitor.usage.snapshot import Coverage, FileAccount, Reject, Stats, Totals

_FIELDS = (
    "calls",
    "successful_calls",
    "failed_calls",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cost",
    "recorded_cost",
    "unknown_cost_calls",
    "unknown_token_calls",
)
_PERCENTILES = ("p50_ms", "p95_ms", "p99_ms")
_GROUPS = ("by_model", "by_function", "by_user", "by_anchor", "by_session", "by_day", "by_hour")
_WITH_PERCENTILES = ("by_model", "by_function", "by_day")
_COVERAGE = ("files", "lines", "counted", "flagged", "quarantined", "blank", "pending_bytes")
_ACCOUNT = (
    "path",
    "size",
    "size_on_disk",
    "counted_bytes",
    "quarantined_bytes",
    "blank_bytes",
    "pending_bytes",
    "counted",
    "flagged",
    "quarantined",
)
_REJECT = ("path", "line", "offset", "length", "reason", "text")
_BUDGET = ("spent", "percent", "forecast", "gone_at", "state")
_AUDIT = ("model", "calls", "recorded_cost", "book_cost", "difference", "reason")

# Raw in JSON these are allowed, on a terminal they are commands: DEL and C1 (0x9B starts one), and what turns the
# direction of writing.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_WIDEST_NAME = 48
_MOST_ROWS = 20
_MOST_DAYS = 31
_MOST_NAMES = 5


class Examined(NamedTuple):
    """What `doctor` has found beside the figures."""

    files: Sequence[FileAccount]
    rejects: Sequence[Reject]
    unpriced: Sequence[tuple[str, int]]
    audit: Audit
    environment: Mapping[str, object]
    causes: Sequence[Cause] = ()


def money(value: Decimal) -> str:
    """All decimals, no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def printable(text: str) -> str:
    """With everything escaped that a terminal would obey instead of show."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or _OBEYED.match(character):
        return character.encode("unicode_escape").decode()
    return character


def width(text: str) -> int:
    """Columns that it takes in a terminal: hanzi take two, what is drawn over another character none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(character) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with the columns under each other, the first to the left and the others to the right."""
    cells = [head, *rows]
    widths = [max(width(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        padding = [" " * (size - width(cell)) for size, cell in zip(widths, row, strict=True)]
        first = row[0] + padding[0]
        lines.append("  ".join([first, *(pad + cell for pad, cell in zip(padding[1:], row[1:], strict=True))]).rstrip())
    return lines


def stats_object(stats: Stats) -> dict[str, object]:
    """The object of `stats --json`, its keys in the order of design.md section 5."""
    groups: dict[str, object] = {}
    for name in _GROUPS:
        percentiles = name in _WITH_PERCENTILES
        groups[name] = {key: _row(totals, percentiles) for key, totals in getattr(stats, name).items()}
    return {
        "from": stats.first and stats.first.isoformat(),
        "to": stats.last and stats.last.isoformat(),
        "timezone": stats.timezone,
        "total": _row(stats.total, True),
        **groups,
        "coverage": {
            **{name: getattr(stats.coverage, name) for name in _COVERAGE},
            "reasons": dict(stats.coverage.reasons),
        },
        "budgets": [_budget(status) for status in stats.budgets],
    }


def _budget(status: BudgetStatus) -> dict[str, object]:
    budget = status.budget
    found = {name: getattr(status, name) for name in _BUDGET}
    found["gone_at"] = status.gone_at and status.gone_at.isoformat(timespec="seconds")
    return {
        "name": budget.name, "scope": budget.scope, "period": budget.period, "amount": budget.amount, **found,
    }  # fmt: skip


def doctor_object(stats: Stats, examined: Examined) -> dict[str, object]:
    """The object of `doctor --json`: that of `stats --json`, and what was examined."""
    return {
        **stats_object(stats),
        "causes": [
            {"cause": cause.cause, "answer": cause.answer, "saw": cause.saw, "names": list(cause.names)}
            for cause in examined.causes
        ],
        "files": [{name: getattr(account, name) for name in _ACCOUNT} for account in examined.files],
        "rejects": [{name: getattr(reject, name) for name in _REJECT} for reject in examined.rejects],
        "ignored": list(stats.coverage.ignored),
        "unpriced": [{"model": model, "calls": calls} for model, calls in examined.unpriced],
        "audit": audit_rows(examined.audit),
        "environment": dict(examined.environment),
    }


def audit_rows(audit: Audit) -> list[dict[str, object]]:
    return [{name: getattr(row, name) for name in _AUDIT} for row in audit.rows]


def to_json(value: object) -> bytes:
    """UTF-8 with money as exact numbers, and nothing in it that a terminal would obey."""
    return _unobeyed(msgspec.json.format(msgspec.json.encode(_with_raw_money(value)), indent=2)) + b"\n"


def to_json_line(value: object) -> bytes:
    """The same without any space."""
    return _unobeyed(msgspec.json.encode(_with_raw_money(value)))


def _unobeyed(text: bytes) -> bytes:
    if text.isascii() and b"\x7f" not in text:
        return text
    return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text.decode()).encode()


def _with_raw_money(value: object) -> object:
    # msgspec would write a Decimal as Python prints it, so 1E-9 with an exponent.
    if isinstance(value, dict):
        return {key: _with_raw_money(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_raw_money(item) for item in value]
    return msgspec.Raw(money(value).encode()) if isinstance(value, Decimal) else value


def _row(totals: Totals, percentiles: bool) -> dict[str, object]:
    names = _FIELDS + _PERCENTILES if percentiles else _FIELDS
    return {name: getattr(totals, name) for name in names}


def stats_text(stats: Stats) -> str:
    """Totals in words, then by model, function, user and day, then what was left out and why."""
    total = stats.total
    if not total.calls:
        where = "in this period" if stats.coverage.counted else "yet"
        budgets = ["", *_budget_lines(stats.budgets), ""] if stats.budgets else []
        return _joined([f"No calls {where} ({stats.timezone}).", *budgets, *_coverage_lines(stats.coverage)])
    lines = [
        f"{_counted(total.calls, 'call')}, ¥{money(total.cost)}, {total.total_tokens:,} tokens "
        f"({total.input_tokens:,} in, {total.output_tokens:,} out)",
        f"{total.success_rate:.1f} % succeeded, {total.failed_calls:,} failed; "
        f"p50 {_ms(total.p50_ms)}, p95 {_ms(total.p95_ms)}, p99 {_ms(total.p99_ms)} ms",
        f"{_span(stats)}, {stats.timezone}",
    ]
    if total.unknown_cost_calls:
        lines.append(
            f"{_counted(total.unknown_cost_calls, 'call')} without a readable cost and without a price: not in the sum"
        )
    if total.unknown_token_calls:
        lines.append(
            f"{_counted(total.unknown_token_calls, 'call')} without a readable token count: the sum has the known part"
        )
    for title, groups, latency in (
        ("Model", stats.by_model, True),
        ("Function", stats.by_function, True),
        ("User", stats.by_user, False),
    ):
        largest = sorted(groups.items(), key=lambda item: (-item[1].cost, -item[1].total_tokens, item[0]))
        lines += ["", *_group_table(title, largest[:_MOST_ROWS], latency)]
        if len(largest) > _MOST_ROWS:
            lines.append(f"and {len(largest) - _MOST_ROWS:,} more: --json has them all")
    if stats.budgets:
        lines += ["", *_budget_lines(stats.budgets)]
    days = sorted(stats.by_day.items())
    lines += ["", *_group_table("Day", days[-_MOST_DAYS:], True)]
    if len(days) > _MOST_DAYS:
        lines.append(f"and {len(days) - _MOST_DAYS:,} days before: --json has them all")
    return _joined([*lines, "", *_coverage_lines(stats.coverage)])


def _budget_lines(budgets: Sequence[BudgetStatus]) -> list[str]:
    head = ("Budget", "scope", "period", "spent ¥", "of ¥", "%", "expected ¥", "gone at", "state")
    rows = [
        (
            _name(status.budget.name),
            _name(status.budget.scope),
            status.budget.period,
            _cost(status.spent),
            money(status.budget.amount),
            f"{status.percent:.1f}",
            "-" if status.forecast is None else f"{status.forecast:,.2f}",
            "-" if status.gone_at is None else f"{status.gone_at:%Y-%m-%d %H:%M}",
            status.state,
        )
        for status in budgets
    ]
    return table(head, rows)


def broken_budget(status: BudgetStatus) -> str:
    """That a budget is exceeded, and by how much."""
    budget = status.budget
    scope = "" if budget.scope == "all" else f", {budget.scope}"
    return (
        f"budget {budget.name} ({budget.period}{scope}): ¥{_cost(status.spent)} of ¥{money(budget.amount)} spent, "
        f"{status.percent:.1f} %"
    )


def doctor_text(stats: Stats, examined: Examined) -> str:
    """Where every byte of every file went, what was skipped and why, and what the program found around it."""
    lines = _coverage_lines(stats.coverage, advice=False)
    if examined.files:
        head = ("File (bytes)", "size", "counted", "skipped", "blank", "pending", "calls", "flagged", "ranges skipped")
        rows = [
            (
                printable(account.path),
                *(f"{n:,}" for n in (account.size, account.counted_bytes, account.quarantined_bytes)),
                *(f"{n:,}" for n in (account.blank_bytes, account.pending_bytes)),
                *(f"{n:,}" for n in (account.counted, account.flagged, account.quarantined)),
            )
            for account in examined.files
        ]
        lines += ["", *table(head, rows)]
    if examined.rejects:
        lines += ["", f"Skipped, the newest {len(examined.rejects):,} of {stats.coverage.quarantined:,}"]
        for reject in examined.rejects:
            place = f"{printable(reject.path)}:{reject.line}, byte {reject.offset} +{reject.length}"
            lines.append(f"  {place}, {reject.reason}: {printable(reject.text)}")
    if stats.coverage.ignored:
        lines += ["", "Not day files, ignored", *(f"  {printable(path)}" for path in stats.coverage.ignored)]
    if examined.unpriced:
        rows = [(_name(model), f"{calls:,}") for model, calls in examined.unpriced]
        lines += ["", *table(("Model without a price", "calls"), rows)]
    if examined.audit.rows:
        lines += ["", *_audit_lines(examined.audit)]
    if examined.causes:
        lines += ["", "Why the figures may be wrong (the guide, Q1)", *(_cause_line(c) for c in examined.causes)]
    lines += ["", "Environment", *(f"  {name}: {_fact(value)}" for name, value in examined.environment.items())]
    return _joined(lines)


def _cause_line(cause: Cause) -> str:
    saw = cause.saw
    calls = _counted(saw["calls"], "call")
    match cause.cause:
        case "gateway_integrated":
            question = "Is the AI gateway integrated"
            said = f"{saw['gateway_calls']:,} of {calls} are of the gateway's functions"
            if not saw["calls"]:
                said = f"nothing was recorded in {_counted(saw['files'], 'file')}"
        case "all_calls_through_gateway":
            question = "Do all calls go through it"
            said = "a call that bypasses it leaves no record"
            if saw["other_calls"]:
                names = ", ".join(_name(name) for name in cause.names[:_MOST_NAMES])
                more = f" and {len(cause.names) - _MOST_NAMES} more" if len(cause.names) > _MOST_NAMES else ""
                said = f"{saw['other_calls']:,} of {calls} are of functions that it does not have: {names}{more}"
        case _:
            question = "Are the token counts those of the API's answers"
            said = (
                f"of {calls}, {saw['unknown']:,} have no readable count, {saw['zero']:,} succeeded without a token, "
                f"{saw['mismatched']:,} have a total that does not add up"
            )
    return f"  {question}? {cause.answer}: {said}"


def _audit_lines(audit: Audit) -> list[str]:
    head = ("Recorded against the price book", "calls", "recorded", "price book ¥", "difference ¥")
    rows = [
        (
            _name(row.model),
            f"{row.calls:,}",
            _amount(row.recorded_cost, currency_of(row)),
            "-" if row.book_cost is None else _cost(row.book_cost),
            "-" if row.difference is None else _cost(row.difference),
        )
        for row in audit.rows
    ]
    return [*table(head, rows), "", *(f"  {_name(row.model)}: {audit_sentence(row)}" for row in audit.rows)]


def audit_sentence(row: AuditRow) -> str:
    """Why the two figures of a model differ."""
    parts = [_why(row)]
    if row.price is not None and row.book_cost is not None:
        if row.unpriced_calls and row.reason != "price_starts_later":
            parts.append(_older(row))
        if row.unknown_token_calls:
            n = _counted(row.unknown_token_calls, "call")
            parts.append(f"{n} of unknown tokens, which the price book counts as 0")
    return "; ".join(parts)


def _older(row: AuditRow) -> str:
    n = _counted(row.unpriced_calls, "call")
    return f"{n} older than its first price, which is of {row.priced_from}"


def _why(row: AuditRow) -> str:
    recorded, calls = _amount(row.recorded_cost, currency_of(row)), _counted(row.calls, "call")
    if row.book_cost is None or row.difference is None or row.price is None:
        return f"{calls} recorded at {recorded}, and no price in the price book: what they cost is not known"
    book, apart = _amount(row.book_cost), _amount(abs(row.difference))
    match row.reason:
        case "recorded_as_zero":
            n = _counted(row.zero_calls, "call")
            return f"recorded at ¥0; the price book says {_per_1k(row.price)}: {apart} not shown in {n}"
        case "foreign_currency":
            n, currency = _counted(row.foreign_calls, "call"), row.price.currency
            return f"{n} recorded in {currency}: {recorded} is {_amount(row.in_cny)}; the price book says {book}"
        case "price_starts_later":
            return _older(row)
        case "unreadable":
            n = _counted(row.unreadable_calls, "call")
            return f"{n} without a readable cost; the price book says {book} in all, {apart} more than is recorded"
        case "rounding":
            return f"rounded when it was recorded: {apart} in {calls}"
    n = _counted(row.differing_calls, "call")
    more = "more" if row.difference > 0 else "less"
    return f"recorded at {_amount(row.in_cny)}; the price book says {book}: {apart} {more}, in {n}"


def _amount(value: Decimal, currency: str = HOME_CURRENCY) -> str:
    return f"{'¥' if currency == HOME_CURRENCY else currency + ' '}{_cost(value) if value else '0'}"


def _per_1k(price: Price) -> str:
    inward, outward = (money(value) for value in (price.input_per_1k, price.output_per_1k))
    sign = "¥" if price.currency == HOME_CURRENCY else f"{price.currency} "
    if inward == outward and not price.steps:
        return f"{sign}{inward}/1K"
    return f"{sign}{inward}/1K in, {sign}{outward}/1K out"


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _span(stats: Stats) -> str:
    return f"{stats.first}" if stats.first == stats.last else f"{stats.first} to {stats.last}"


def _fact(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(printable(str(item)) for item in value) or "-"
    return "-" if value is None else printable(str(value))


def _name(text: str) -> str:
    shown = printable(text) or "(not recorded)"
    if width(shown) <= _WIDEST_NAME:
        return shown
    while width(shown) > _WIDEST_NAME - 1:
        shown = shown[:-1]
    return shown + "…"


def _cost(value: Decimal) -> str:
    """Four decimals, all of them where four would show nothing."""
    return money(value) if 0 < abs(value) < Decimal("0.00005") else f"{value:,.4f}"


def _group_table(title: str, groups: Sequence[tuple[str, Totals]], latency: bool) -> list[str]:
    head = [title, "calls", "failed", "tokens", "cost ¥", *(["p95 ms"] if latency else [])]
    rows = [
        [
            _name(key),
            *(f"{n:,}" for n in (totals.calls, totals.failed_calls, totals.total_tokens)),
            _cost(totals.cost),
            *([_ms(totals.p95_ms)] if latency else []),
        ]
        for key, totals in groups
    ]
    return table(head, rows)


def _coverage_lines(coverage: Coverage, advice: bool = True) -> list[str]:
    calls, files, lines = (
        _counted(n, noun)
        for n, noun in ((coverage.counted, "call"), (coverage.files, "file"), (coverage.lines, "line"))
    )
    said = [f"Counted {calls} in {files}, {lines}."]
    if coverage.flagged:
        said.append(f"{_counted(coverage.flagged, 'call')} with a part that needed care or could not be read.")
    if coverage.quarantined:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in coverage.reasons if reason in QUARANTINE)
        where = " `tipmao-monitor doctor` lists them." if advice else ""
        said.append(f"Skipped {_counted(coverage.quarantined, 'piece')} ({reasons}).{where}")
    if coverage.pending_bytes:
        said.append(f"{_counted(coverage.pending_bytes, 'byte')} waiting for the end of the line.")
    return said
