"""All SQL of the program: plain group-bys over `calls`, so that another engine could be asked the same.

A question is asked of some rows (a relation: live rows, segments, or both) under a condition. Money leaves here as
integers of 1e-9 CNY. The newcomer's mistake: a sum over everything. Costs that are CNY as written are summed apart
from those that had to be converted or priced, because the latter are rare, slow and may be wider than 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tipmao_monitor.usage.intake import COLUMN_LIST, quoted
from tipmao_monitor.usage.localtime import DAY, HOUR, Zone, day_number
from tipmao_monitor.usage.prices import HOME_CURRENCY, PriceBook
from tipmao_monitor.usage.snapshot import Filter

# The order of the sums in every answer below; `Sums` in tally.py reads them by these names.
SUMS = (
    "calls", "good", "tin", "tout", "total", "cost", "odd_cost", "recorded",
    "unknown_cost", "unknown_tokens", "slow", "zero", "first_us", "last_us",
)  # fmt: skip

DIMENSION_COLUMNS = {
    "model": "coalesce(model, '')",
    "function": "fn",
    "user": "coalesce(user_id, '')",
    "anchor": "coalesce(anchor_id, '')",
    "session": "coalesce(session_id, '')",
}

_HALF_EVEN = (
    "CASE WHEN 2 * (({n}) % {d}) > {d} OR (2 * (({n}) % {d}) = {d} AND (({n}) // {d}) % 2 = 1) "
    "THEN ({n}) // {d} + 1 ELSE ({n}) // {d} END"
)
_SUFFIX = (
    r"-(20[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])|(20[0-9][0-9])?(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]))$"
)
# "RateLimitError 429" of "RateLimitError: 429 Too Many Requests"
_FAMILY = (
    "trim(concat(regexp_extract(coalesce(err, ''), '^\\s*([A-Za-z_][A-Za-z0-9_.]{0,63})', 1), ' ', "
    "regexp_extract(coalesce(err, ''), '\\b([45][0-9][0-9])\\b', 1)))"
)


@dataclass(frozen=True, slots=True)
class Costing:
    """SQL of the two kinds of cost for one price book and set of models, in 1e-9 CNY.

    `plain` says that `nano` is CNY as written; `odd` is the cost of all other calls, NULL where it is unknown.
    """

    plain: str
    odd: str

    @property
    def cost(self) -> str:
        return f"CASE WHEN {self.plain} THEN nano::HUGEINT ELSE {self.odd} END"


def costing(book: PriceBook) -> Costing:
    """The price book as SQL: recorded foreign costs are converted, unreadable ones priced, both at their day."""
    foreign = book.foreign_models()
    is_foreign = " OR ".join(f"starts_with(model, {quoted(name)})" for name in foreign) or "false"
    day = f"CASE WHEN ts IS NULL THEN day ELSE (ts + {8 * HOUR}) // {DAY} END"
    names = sorted({row.model for row in book.rows} | {alias for row in book.rows for alias in row.aliases})
    resolved = "MAP {" + ", ".join(f"{quoted(n)}: {quoted(book.resolve(n) or '')}" for n in names) + "}"
    name = f"coalesce({resolved}[model], {resolved}[regexp_replace(model, '{_SUFFIX}', '')])"
    converted = _by_model(book, name, day, _conversion)
    priced = _by_model(book, name, day, _pricing)
    return Costing(
        f"(nano IS NOT NULL AND NOT coalesce({is_foreign}, false))",
        f"(CASE WHEN nano IS NOT NULL THEN {converted} WHEN tin IS NULL AND tout IS NULL THEN NULL ELSE {priced} END)",
    )


def _by_model(book: PriceBook, name: str, day: str, of_terms: object) -> str:
    branches = []
    for model in sorted({row.model for row in book.rows}):
        stretches = of_terms(book, model)  # type: ignore[operator]
        inner = " ".join(f"WHEN {day} >= {day_number(first)} THEN {sql}" for first, sql in reversed(stretches))
        branches.append(f"WHEN {quoted(model)} THEN CASE {inner} END")
    fallback = " ELSE nano::HUGEINT" if of_terms is _conversion else ""
    return f"(CASE {name} {' '.join(branches)}{fallback} END)"


def _pricing(book: PriceBook, model: str) -> list[tuple[date, str]]:
    answers = []
    for terms in book.terms(model):
        tokens_in = "coalesce(tin, 0)::HUGEINT"
        if terms.free_input_tokens:
            tokens_in = f"greatest({tokens_in} - {terms.free_input_tokens}, 0)"
        fraction = f"{tokens_in} * {terms.input} + coalesce(tout, 0)::HUGEINT * {terms.output}"
        answers.append((terms.first, _HALF_EVEN.format(n=fraction, d=terms.divisor)))
    return answers


def _conversion(book: PriceBook, model: str) -> list[tuple[date, str]]:
    """From each day on which price or rate change; before the first row the cost counts as it was written."""
    answers: list[tuple[date, str]] = [(date(1970, 1, 1), "nano::HUGEINT")]
    history = book.history(model)
    days = {row.effective_from for row in history} | {rate.effective_from for rate in book.rates}
    for day in sorted(days):
        currency = book.currency(model, day)
        if currency == HOME_CURRENCY:
            answers.append((day, "nano::HUGEINT"))
        else:
            numerator, denominator = book.rate(currency, day).as_integer_ratio()
            answers.append((day, _HALF_EVEN.format(n=f"nano::HUGEINT * {numerator}", d=denominator)))
    return answers


def days_condition(zone: Zone, first: date, last: date) -> str:
    """Calls of whole local days; those without a time count under their file's date."""
    start, end = zone.span_us(first, last)
    return (
        f"((ts >= {start} AND ts < {end}) OR (ts IS NULL AND day BETWEEN {day_number(first)} AND {day_number(last)}))"
    )


def narrowing(filter: Filter) -> str:
    """The condition of everything in a filter but its period."""
    conditions = [f"{DIMENSION_COLUMNS[dimension]} = {quoted(value)}" for dimension, value in filter.chips]
    if filter.failed:
        conditions.append("NOT ok")
    if filter.search:
        text = quoted(filter.search.lower())
        columns = ("model", "fn", "raw", "user_id", "anchor_id", "session_id", "err")
        conditions.append("(" + " OR ".join(f"contains(lower({column}), {text})" for column in columns) + ")")
    return " AND ".join(conditions) or "true"


def relation(live: str | None, segments: Sequence[str], *, with_file: bool = False) -> str:
    """Live rows under a condition (None = none of them) and whole segments, as one FROM clause.

    `with_file` adds `file`: the number of a live file, or the name of a segment, as text.
    """
    parts = []
    if live is not None:
        extra = ", file::VARCHAR AS file" if with_file else ""
        parts.append(f"SELECT {COLUMN_LIST}{extra} FROM live WHERE {live}")
    if segments:
        extra = ", filename AS file" if with_file else ""
        listing = ", ".join(quoted(path) for path in segments)
        parts.append(f"SELECT {COLUMN_LIST}{extra} FROM read_parquet([{listing}])")
    if not parts:
        extra = ", '' AS file" if with_file else ""
        parts.append(f"SELECT {COLUMN_LIST}{extra} FROM live WHERE false")
    return "(" + " UNION ALL ".join(parts) + ")"


def local_time(zone: Zone, first_us: int, last_us: int) -> tuple[str, str]:
    """SQL of the local day (days since 1970) and the local hour (NULL without a time) of a call."""
    local = zone.local_sql("ts", first_us, last_us)
    return f"CASE WHEN ts IS NULL THEN day ELSE {local} // {DAY} END", f"({local} // {HOUR}) % 24"


def sums(
    source: str, where: str, keys: dict[str, str], sets: Iterable[tuple[str, ...]], cost: Costing, slow_ms: float
) -> str:
    """Sums of calls for each grouping set. Columns: the set's mask, the keys, then `SUMS`.

    `keys` gives the SQL of each key by name. In the mask the first key is the highest bit; a set bit means that the
    key is not part of the row's group.
    """
    inner = ", ".join(f"{sql} AS k_{name}" for name, sql in keys.items())
    names = ", ".join(f"k_{name}" for name in keys)
    grouping = ", ".join("(" + ", ".join(f"k_{name}" for name in one) + ")" for one in sets)
    head = f"grouping({names})::INTEGER, {names}," if keys else "0,"
    group_by = f"GROUP BY GROUPING SETS ({grouping})" if keys else ""
    return f"""
        SELECT {head}
            count(*), count(*) FILTER (ok), sum(tin), sum(tout), sum(total), sum(plain_cost), sum(odd_cost), sum(nano),
            count(*) FILTER (nano IS NULL AND odd_cost IS NULL), count(*) FILTER (tin IS NULL OR tout IS NULL),
            count(*) FILTER (ms > {slow_ms}), count(*) FILTER (nano = 0), min(ts), max(ts)
        FROM (
            SELECT {inner + "," if inner else ""} ok, tin, tout, total, nano, ms, ts,
                CASE WHEN {cost.plain} THEN nano END AS plain_cost,
                CASE WHEN NOT {cost.plain} THEN {cost.odd} END AS odd_cost
            FROM {source} WHERE {where}
        ) {group_by}"""


def percentiles(source: str, where: str, keys: dict[str, str], sets: Iterable[tuple[str, ...]]) -> str:
    """Exact p50, p95, p99 of the known durations for each grouping set: mask, keys, list of three."""
    inner = ", ".join(f"{sql} AS k_{name}" for name, sql in keys.items())
    names = ", ".join(f"k_{name}" for name in keys)
    grouping = ", ".join("(" + ", ".join(f"k_{name}" for name in one) + ")" for one in sets)
    return f"""
        SELECT grouping({names})::INTEGER, {names}, quantile_cont(ms, [0.5, 0.95, 0.99])
        FROM (SELECT {inner}, ms FROM {source} WHERE {where}) GROUP BY GROUPING SETS ({grouping})"""


def distribution(source: str, where: str, key: str, value: str) -> str:
    """How often each value occurs for each key: key, value, count; values that are NULL are left out."""
    return f"""
        SELECT k, v, count(*) FROM (SELECT {key} AS k, {value} AS v FROM {source} WHERE {where})
        WHERE v IS NOT NULL GROUP BY k, v ORDER BY k, v"""


def error_families(source: str, where: str) -> str:
    """Failed calls by the kind of their error."""
    return f"SELECT {_FAMILY} AS family, count(*) FROM {source} WHERE {where} AND NOT ok GROUP BY family"


def rows(source: str, where: str, cost: Costing, order: str, descending: bool, limit: int, offset: int = 0) -> str:
    """Whole calls in order; calls without a time stand at their file's date."""
    columns = {
        "time": f"coalesce(ts, day * {DAY})",
        "cost": cost.cost,
        "duration": "ms",
        "tokens": "total",
    }
    direction = "DESC" if descending else "ASC"
    by = f"{columns[order]} {direction} NULLS LAST"
    tie = f", {columns['time']} DESC" if order != "time" else ""
    return f"""
        SELECT {COLUMN_LIST}, file, {cost.cost}, CASE WHEN ok THEN '' ELSE {_FAMILY} END FROM {source} WHERE {where}
        ORDER BY {by}{tie}, day {direction}, pos {direction} LIMIT {limit} OFFSET {offset}"""
