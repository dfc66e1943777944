"""All SQL of the program but that of advice (repricing.py): plain group-bys over `calls`, so that the same questions
could be put to another engine.

A question is asked of some rows (a relation: live rows, segments, or both) under a condition. Money leaves here as
integers of 1e-9 CNY. The newcomer's mistake: a sum over everything. Costs that are CNY as written are summed apart
from those that had to be converted or priced, because the latter are rare, slow and may be wider than 64 bits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from tipmao_monitor.usage.intake import COLUMN_LIST, COLUMNS, quoted
from tipmao_monitor.usage.localtime import DAY, HOUR, Zone, day_number
from tipmao_monitor.usage.prices import DATED_SUFFIX, HOME_CURRENCY, PriceBook
from tipmao_monitor.usage.snapshot import Filter

# The order of the sums in every answer below; `Sums` in tally.py reads them by these names.
SUMS = (
    "calls", "good", "tin", "tout", "total", "cost", "odd_cost", "recorded",
    "unknown_cost", "unknown_tokens", "slow", "zero", "first_us", "last_us",
)  # fmt: skip
MONEY = ("cost", "odd_cost", "unknown_cost")

DIMENSION_COLUMNS = {
    "model": "coalesce(model, '')",
    "function": "fn",
    "user": "coalesce(user_id, '')",
    "anchor": "coalesce(anchor_id, '')",
    "session": "coalesce(session_id, '')",
}

# "RateLimitError 429" of "RateLimitError: 429 Too Many Requests"
ERROR_FAMILY = (
    "trim(concat(regexp_extract(coalesce(err, ''), '^\\s*([A-Za-z_][A-Za-z0-9_.]{0,63})', 1), ' ', "
    "regexp_extract(coalesce(err, ''), '\\b([45][0-9][0-9])\\b', 1)))"
)
_ROW_FAMILY = f"CASE WHEN ok THEN '' ELSE {ERROR_FAMILY} END AS family"
ROW = (*COLUMNS, "file", "plain_cost", "odd_cost", "family")  # the columns of `rows` and `few`


PRICES = "LEFT JOIN priced_names"  # is part of every question that needs these tables
PRICES_TABLES = (
    "CREATE OR REPLACE TABLE priced_names (name VARCHAR)",
    """CREATE OR REPLACE TABLE prices (
        name VARCHAR, first INTEGER, until INTEGER, above BIGINT, upto BIGINT, is_foreign BOOLEAN, free BIGINT,
        rate BIGINT, rate_divisor BIGINT, quick_nano BIGINT,
        quick_in BIGINT, quick_out BIGINT, quick_divisor BIGINT, quick_tokens BIGINT,
        whole_in HUGEINT, whole_out HUGEINT, part_in HUGEINT, part_out HUGEINT, divisor HUGEINT)""",
)
_LARGEST = 2**62 - 1  # of a product that is doubled within 64 bits
_MOST_FOREIGN = 8  # names; each is compared with every call


@dataclass(frozen=True, slots=True)
class Costing:
    """The price book for SQL. `plain` is the condition under which `nano` is CNY as written; of the other calls it is
    converted, or where `given` is NULL (`of_book`: always) they are priced. `names` and `prices` fill PRICES_TABLES.
    """

    plain: str
    names: tuple[str, ...]
    prices: tuple[tuple[str | int, ...], ...]
    has_bands: bool
    given: str = "nano"
    is_book: bool = False

    @property
    def of_book(self) -> Costing:
        """The same with every call priced from the book, whatever was recorded."""
        return replace(self, plain="false", given="NULL::BIGINT", is_book=True)


def costing(book: PriceBook) -> Costing:
    """The price book as SQL: recorded foreign costs are converted, unreadable ones priced, both at their day."""
    foreign = book.foreign_models()
    plain = "nano IS NOT NULL"
    if len(foreign) > _MOST_FOREIGN:
        plain = "false"
    elif foreign:
        is_foreign = " OR ".join(f"starts_with(model, {quoted(name)})" for name in foreign)
        plain = f"(nano IS NOT NULL AND NOT coalesce({is_foreign}, false))"
    names = book.names()
    rows = tuple(row for name in names for row in _price_rows(book, name))
    return Costing(plain, names, rows, any(row.steps for row in book.rows))


def _price_rows(book: PriceBook, name: str) -> Iterator[tuple[str | int, ...]]:
    """One row for each stretch of days and band of input tokens."""
    for now, after in pairwise((*book.terms(name), None)):
        assert now is not None
        currency = book.currency(name, now.first)
        rate, rate_divisor = book.rate(currency, now.first).as_integer_ratio()
        until = day_number(after.first) if after else 2**31 - 1
        for band, longer in pairwise((*now.bands, None)):
            assert band is not None
            quick = (band.input, band.output, band.divisor, _LARGEST // max(band.input + band.output, 1))
            yield (
                name, day_number(now.first), until, band.above, longer.above if longer else 2**63 - 1,
                int(currency != HOME_CURRENCY), now.free_input_tokens, rate, rate_divisor, _LARGEST // rate,
                *(quick if max(quick[:3]) <= _LARGEST else (0, 0, 1, -1)),
                band.input // band.divisor, band.output // band.divisor, band.input % band.divisor,
                band.output % band.divisor, band.divisor,
            )  # fmt: skip


def costed(source: str, where: str, cost: Costing) -> str:
    """The calls of a relation under a condition, with `plain_cost`, `odd_cost` and `cost` in 1e-9 CNY beside them, and
    the `rate` and `is_foreign` of the price of those that are not plain.

    The first is a cost that fits 64 bits, the second one that may not; both are NULL where the cost is unknown.
    Half-even, once: see `prices.Terms`.
    """
    day = f"CASE WHEN ts IS NULL THEN day ELSE (ts + {8 * HOUR}) // {DAY} END"
    band = "AND known_in > p.above AND known_in <= p.upto" if cost.has_bands else ""
    # HUGEINT division is slow and only needed beyond.
    is_quick = "CASE WHEN given IS NULL THEN greatest(known_in, known_out) <= quick_tokens ELSE given <= quick_nano END"
    # Each step is a column of its own: an expression that is written twice is computed twice.
    return f"""(
        SELECT {COLUMN_LIST}, file, rate, rate_divisor, is_foreign, plain_cost, odd_cost,
            coalesce(plain_cost::HUGEINT, odd_cost) AS cost
        FROM (
            SELECT *,
                CASE
                    WHEN is_plain THEN nano
                    WHEN is_quick THEN {half_even_sql("0", "quick", "quick_whole")}
                    WHEN name IS NULL THEN given END AS plain_cost,
                CASE WHEN NOT is_plain AND NOT is_quick THEN {half_even_sql("wide", "part", "whole")} END AS odd_cost
            FROM (
                SELECT *,
                    CASE
                        WHEN NOT is_quick THEN NULL
                        WHEN given IS NULL THEN greatest(known_in - free, 0) * quick_in + known_out * quick_out
                        ELSE given * rate END AS quick,
                    CASE WHEN given IS NULL THEN quick_divisor ELSE rate_divisor END AS quick_whole,
                    CASE
                        WHEN is_quick THEN NULL
                        WHEN given IS NULL THEN greatest(known_in - free, 0) * whole_in + known_out * whole_out
                        ELSE 0::HUGEINT END AS wide,
                    CASE
                        WHEN is_quick THEN NULL
                        WHEN given IS NULL THEN greatest(known_in - free, 0) * part_in + known_out * part_out
                        ELSE given::HUGEINT * rate END AS part,
                    CASE WHEN given IS NULL THEN divisor ELSE rate_divisor::HUGEINT END AS whole
                FROM (
                    SELECT c.*, p.*, {is_quick} AS is_quick FROM (
                        SELECT c.*, CASE
                            WHEN is_plain THEN NULL
                            WHEN n.name IS NOT NULL THEN n.name
                            ELSE regexp_replace(model, '{DATED_SUFFIX}$', '') END AS price_key
                        FROM (
                            SELECT *, {cost.plain} AS is_plain, {cost.given} AS given, coalesce(tin, 0) AS known_in,
                                coalesce(tout, 0) AS known_out, {day} AS book_day
                            FROM {source} WHERE {where}
                        ) c {PRICES} n ON n.name = CASE WHEN NOT is_plain THEN model END
                    ) c LEFT JOIN prices p
                        ON p.name = c.price_key AND book_day >= p.first AND book_day < p.until {band}
                )
            )
        )
    )"""


def audit(source: str, where: str, cost: Costing) -> str:
    """What was recorded beside what the book says, by model: the columns of `audit.ModelSums`."""
    assert cost.is_book
    converted = half_even_sql("0::HUGEINT", "(nano::HUGEINT * rate)", "rate_divisor")
    # The assistant rounds to 6 decimals of the currency in which it writes, and a conversion rounds once more.
    is_off = "abs(cost - in_cny) * rate_divisor > 500 * rate + rate_divisor"
    return f"""
        SELECT coalesce(model, ''), count(*), coalesce(sum(nano), 0), count(*) FILTER (tin IS NULL OR tout IS NULL),
            count(cost), count(*) FILTER (is_foreign), coalesce(sum(nano) FILTER (cost IS NULL), 0),
            coalesce(sum(in_cny), 0), coalesce(sum(cost), 0),
            count(*) FILTER (is_off AND nano = 0), coalesce(sum(cost) FILTER (is_off AND nano = 0), 0),
            count(*) FILTER (nano IS NULL AND cost > 0), coalesce(sum(cost) FILTER (nano IS NULL AND cost > 0), 0),
            count(*) FILTER (is_off AND nano > 0), coalesce(sum(cost - in_cny) FILTER (is_off AND nano > 0), 0)
        FROM (SELECT *, {is_off} AS is_off FROM (
            SELECT *, CASE WHEN cost IS NULL THEN NULL WHEN is_foreign THEN {converted} ELSE nano::HUGEINT END AS in_cny
            FROM {costed(source, where, cost)}
        )) GROUP BY 1"""


def half_even_sql(whole: str, part: str, divisor: str) -> str:
    """`whole` + `part` / `divisor`, rounded."""
    rest, floor = f"2 * ({part} % {divisor})", f"({whole} + {part} // {divisor})"
    return f"{floor} + CASE WHEN {rest} > {divisor} OR ({rest} = {divisor} AND {floor} % 2 = 1) THEN 1 ELSE 0 END"


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
        text = f"lower({quoted(filter.search)})"
        columns = ("model", "fn", "raw", "user_id", "anchor_id", "session_id", "err")
        conditions.append("(" + " OR ".join(f"contains(lower({column}), {text})" for column in columns) + ")")
    return " AND ".join(conditions) or "true"


def relation(live: str, segments: Sequence[str]) -> str:
    """Live rows under a condition and whole segments, as one FROM clause.

    `file` is the number of a live file, or the name of a segment, as text.
    """
    parts = [f"SELECT {COLUMN_LIST}, file::VARCHAR AS file FROM live WHERE {live}"]
    if segments:
        listing = ", ".join(quoted(path) for path in segments)
        parts.append(f"SELECT {COLUMN_LIST}, filename AS file FROM read_parquet([{listing}])")
    return "(" + " UNION ALL ".join(parts) + ")"


def local_time(zone: Zone, first_us: int, last_us: int) -> tuple[str, str]:
    """SQL of the local day (days since 1970) and the local hour (NULL without a time) of a call."""
    local = zone.local_sql("ts", first_us, last_us)
    return f"CASE WHEN ts IS NULL THEN day ELSE {local} // {DAY} END", f"({local} // {HOUR}) % 24"


def sums(
    source: str,
    where: str,
    keys: Mapping[str, str],
    sets: Iterable[tuple[str, ...]],
    slow_ms: float,
    wanted: Collection[str] = SUMS,
) -> str:
    """Sums of costed calls for each grouping set. Columns: the set's mask, the keys, then `SUMS`.

    `keys` gives the SQL of each key by name. In the mask the first key is the highest bit; a set bit means that the
    key is not part of the row's group. Sums that are not wanted are 0, times NULL.
    """
    money = {
        "cost": "sum(plain_cost)",
        "odd_cost": "sum(odd_cost)",
        "unknown_cost": "count(*) FILTER (plain_cost IS NULL AND odd_cost IS NULL)",
    }
    columns = "ok, tin, tout, total, nano, ms, ts, plain_cost, odd_cost"
    return _sums(source, where, columns, keys, sets, _of_calls(slow_ms) | money, SUMS, wanted)


def plain_sums(
    source: str,
    where: str,
    keys: Mapping[str, str],
    sets: Iterable[tuple[str, ...]],
    slow_ms: float,
    cost: Costing,
    wanted: Collection[str] = SUMS,
) -> str:
    """The same of calls that are not costed yet, without the money of those that are not plain, and in one column more
    how many those are: with `sums` of their MONEY beside, all is there. Most often there are none, and to join prices
    that nobody needs takes half of the time.
    """
    money = {
        "cost": "sum(nano) FILTER (is_plain)", "odd_cost": "0", "unknown_cost": "0",
        "apart": "count(*) FILTER (NOT is_plain)",
    }  # fmt: skip
    columns = f"ok, tin, tout, total, nano, ms, ts, {cost.plain} AS is_plain"
    names = (*SUMS, "apart")
    return _sums(source, where, columns, keys, sets, _of_calls(slow_ms) | money, names, (*wanted, "apart"))


def _of_calls(slow_ms: float) -> dict[str, str]:
    """The sums that have nothing to do with what a call costs."""
    return {
        "calls": "count(*)", "good": "count(*) FILTER (ok)", "tin": "sum(tin)", "tout": "sum(tout)",
        "total": "sum(total)", "recorded": "sum(nano)",
        "unknown_tokens": "count(*) FILTER (tin IS NULL OR tout IS NULL)", "slow": f"count(*) FILTER (ms > {slow_ms})",
        "zero": "count(*) FILTER (nano = 0 AND total > 0)", "first_us": "min(ts)", "last_us": "max(ts)",
    }  # fmt: skip


def _sums(
    source: str,
    where: str,
    columns: str,
    keys: Mapping[str, str],
    sets: Iterable[tuple[str, ...]],
    of_calls: Mapping[str, str],
    names: Sequence[str],
    wanted: Collection[str],
) -> str:
    again = {"first_us": "min({})", "last_us": "max({})"}
    none = {"first_us": "NULL", "last_us": "NULL"}
    keyed = "".join(f"{sql} AS k_{name}, " for name, sql in keys.items())
    key_names = "".join(f"k_{name}, " for name in keys)
    calls = f"(SELECT {keyed} {columns} FROM {source} WHERE {where})"
    once = ", ".join(f"{of_calls[name]} AS {name}" for name in names if name in wanted)
    if not keys:
        return f"SELECT 0, {', '.join(of_calls[n] if n in wanted else none.get(n, '0') for n in names)} FROM {calls}"
    # The calls are added up once by all keys, the sets from those sums.
    whole = ", ".join(again.get(n, "sum({})").format(n) if n in wanted else none.get(n, "0") for n in names)
    grouping = ", ".join("(" + ", ".join(f"k_{name}" for name in one) + ")" for one in sets)
    mask = f"grouping({key_names.rstrip(', ')})::INTEGER"
    return f"""
        SELECT {mask}, {key_names} {whole} FROM (SELECT {key_names} {once} FROM {calls} GROUP BY ALL)
        GROUP BY GROUPING SETS ({grouping})"""


def percentiles(source: str, where: str, keys: dict[str, str], sets: Iterable[tuple[str, ...]]) -> str:
    """Exact p50, p95, p99 of the known durations for each grouping set: mask, keys, list of three."""
    inner = ", ".join(f"{sql} AS k_{name}" for name, sql in keys.items())
    names = ", ".join(f"k_{name}" for name in keys)
    grouping = ", ".join("(" + ", ".join(f"k_{name}" for name in one) + ")" for one in sets)
    return f"""
        SELECT grouping({names})::INTEGER, {names}, quantile_cont(ms, [0.5, 0.95, 0.99])
        FROM (SELECT {inner}, ms FROM {source} WHERE {where}) GROUP BY GROUPING SETS ({grouping})"""


def costs_by_file(source: str) -> str:
    """The known costs of costed calls by the file or segment in which they are."""
    return f"""
        SELECT file, (coalesce(sum(plain_cost), 0)::HUGEINT + coalesce(sum(odd_cost), 0))::HUGEINT
        FROM {source} GROUP BY file"""


def tokenless(source: str) -> str:
    """How many successful calls have known token counts of which none is above 0."""
    return f"SELECT count(*) FROM {source} WHERE ok AND tin = 0 AND tout = 0 AND total = 0"


def live_times(source: str, where: str, longest_pause_us: int) -> str:
    """For each session: its first and last time, and the time between its calls without pauses longer than that."""
    gap = "ts - lag(ts) OVER (PARTITION BY session_id ORDER BY ts)"
    return f"""
        SELECT session_id, min(ts), max(ts), coalesce(sum(gap) FILTER (gap <= {longest_pause_us}), 0)::BIGINT
        FROM (SELECT session_id, ts, {gap} AS gap FROM {source}
            WHERE {where} AND session_id IS NOT NULL AND session_id <> '' AND ts IS NOT NULL)
        GROUP BY session_id"""


def distribution(source: str, where: str, key: str, value: str) -> str:
    """How often each value occurs for each key: key, value, count; values that are NULL are left out."""
    return f"""
        SELECT k, v, count(*) FROM (SELECT {key} AS k, {value} AS v FROM {source} WHERE {where})
        WHERE v IS NOT NULL GROUP BY k, v ORDER BY k, v"""


def stretches(source: str, value: str, gap_us: int) -> str:
    """The timed calls of a relation with the number of their `stretch`: one ends where the next call of the same value
    (SQL) comes later than the gap.
    """
    order = f"PARTITION BY {value} ORDER BY ts"
    return f"""(
        SELECT *, sum(begins) OVER ({order} ROWS UNBOUNDED PRECEDING)::VARCHAR AS stretch FROM (
            SELECT *, CASE WHEN ts - lag(ts) OVER ({order}) > {gap_us} THEN 1 ELSE 0 END AS begins
            FROM {source} WHERE ts IS NOT NULL
        )
    )"""


def usual(source: str, where: str) -> str:
    """Calls, successful calls and p95 of the known durations."""
    return f"SELECT count(*), count(*) FILTER (ok), quantile_cont(ms, 0.95) FROM {source} WHERE {where}"


def first_seen(source: str, where: str, key: str) -> str:
    """Each value of a key with the time of its first call."""
    return f"SELECT {key}, min(ts) FROM {source} WHERE {where} GROUP BY 1"


def usual_costs(source: str, where: str) -> str:
    """Costed calls by function: how many, mean and standard deviation of what they cost."""
    return f"SELECT fn, count(cost), avg(cost::DOUBLE), stddev_pop(cost::DOUBLE) FROM {source} WHERE {where} GROUP BY 1"


def error_families(source: str, where: str) -> str:
    """Failed calls by the kind of their error."""
    return f"SELECT {ERROR_FAMILY} AS family, count(*) FROM {source} WHERE {where} AND NOT ok GROUP BY family"


def few(source: str, day: str, hour: str, limit: int) -> str:
    """At most so many costed calls: `ROW`, and their local day and hour by the SQL given."""
    return f"""
        SELECT {", ".join(ROW)}, {day} AS local_day, {hour} AS local_hour
        FROM (SELECT *, {_ROW_FAMILY} FROM {source}) LIMIT {limit}"""


def rows(source: str, where: str, order: str, descending: bool, limit: int, offset: int = 0) -> str:
    """Whole costed calls in order."""
    return f"""
        SELECT {", ".join(ROW)} FROM (SELECT *, {_ROW_FAMILY} FROM {source} WHERE {where})
        {_ordered(order, descending)} LIMIT {limit} OFFSET {offset}"""


def rows_costed_last(
    source: str, where: str, cost: Costing, order: str, descending: bool, limit: int, offset: int = 0
) -> str:
    """The same of calls that are not costed yet, in any order but that of cost: only what is shown is priced."""
    shown = f"(SELECT * FROM {source} WHERE {where} {_ordered(order, descending)} LIMIT {limit} OFFSET {offset})"
    return rows(costed(shown, "true", cost), "true", order, descending, limit)


def _ordered(order: str, descending: bool) -> str:
    """Calls without a time stand at their file's date."""
    time = f"coalesce(ts, day * {DAY})"
    by = {"time": time, "cost": "cost", "duration": "ms", "tokens": "total"}[order]
    direction = "DESC" if descending else "ASC"
    tie = f", {time} DESC" if order != "time" else ""
    return f"ORDER BY {by} {direction} NULLS LAST{tie}, day {direction}, pos {direction}, file {direction}"
