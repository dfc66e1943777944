"""The SQL behind advice: what the calls of a period cost, would have cost on other models, and were paid for nothing.

The calls are put into a table for the time of a question, each with what it cost and what the price book says of it;
all else is asked of that. Every sum is of calls that were priced one by one. Where a token costs so much without a
remainder, the sum of their costs is the cost of the sums of their tokens, to the last digit; only then it is worked out
from those, because it is the same and takes no time. The newcomer's mistake: to do so with free tokens, steps or a
price in another currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tipmao_monitor.usage.advice import WasteReason
from tipmao_monitor.usage.intake import quoted
from tipmao_monitor.usage.localtime import DAY, HOUR, SECOND, day_from_number, day_number
from tipmao_monitor.usage.prices import Band, PriceBook, Terms
from tipmao_monitor.usage.queries import ERROR_FAMILY, Costing, costed, half_even_sql

STREAM_GAP = HOUR  # without a session, calls that are further apart belong to different streams
LOOP_GAP = 10 * SECOND
LOOP_CALLS = 10
LOOP_PACE = 5  # times quicker than the function is usually called
PACE_TIME = 600 * SECOND  # of use, before it is known how often a function is usually called
GROWTH = 1.5  # times the input tokens of the first calls of a stream
STREAM_CALLS = 20
TREND = 5.0  # the t of a correlation; chance gets there once in a million streams
LATE = 3  # times the function's median, where that is more than the slow limit
_HOLDS = 2**62
_MODEL = "coalesce(model, '')"
_BOOK_DAY = f"CASE WHEN ts IS NULL THEN day ELSE (ts + {8 * HOUR}) // {DAY} END"
# Recorded as 0, although tokens were used and an answer came.
_AS_ZERO = "coalesce(nano = 0 AND ok AND total > 0, false)"


def as_paid(cost: Costing) -> Costing:
    """Costs as the window counts them, but where 0 was recorded for an answer the price book says what it cost."""
    given = f"CASE WHEN {_AS_ZERO} THEN NULL ELSE nano END"
    return replace(cost, plain=f"({cost.plain} AND NOT {_AS_ZERO})", given=given)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What all calls of a period would cost on one model: `sql` is the cost of one call in nano CNY, by its `tin`,
    `tout` and `book_day`, and `per_token` that of one token in and out, where that is exact. Calls before the book day
    `first` are priced as if its first price had been there already. No call costs more than `most`.
    """

    model: str
    sql: str
    first: int
    most: int
    per_token: tuple[int, int] | None = None


def candidates(book: PriceBook, names: Iterable[str], days: tuple[int, int], most: tuple[int, int]) -> list[Candidate]:
    """These models over some book days, for calls of at most so many tokens in and out."""
    return [_candidate(name, book.terms(name), days, most) for name in names]


def _candidate(name: str, terms: Sequence[Terms], days: tuple[int, int], most: tuple[int, int]) -> Candidate:
    first, last = (day_from_number(day) for day in days)
    at = max((i for i, term in enumerate(terms) if term.first <= first), default=0)
    held = [term for i, term in enumerate(terms) if i == at or (i > at and term.first <= last)]
    sql = _terms_sql(held[0], most)
    highest = max(_most(band, most) // band.divisor + 1 for term in held for band in term.bands)
    if len(held) == 1 and not held[0].free_input_tokens and len(held[0].bands) == 1 and held[0].bands[0].divisor == 1:
        per_token = held[0].bands[0].input, held[0].bands[0].output
        return Candidate(name, sql, day_number(terms[0].first), highest, per_token)
    for term in held[1:]:
        sql = f"CASE WHEN book_day >= {day_number(term.first)} THEN {_terms_sql(term, most)} ELSE {sql} END"
    return Candidate(name, sql, day_number(terms[0].first), highest)


def _terms_sql(terms: Terms, most: tuple[int, int]) -> str:
    sql = _band_sql(terms.bands[0], terms.free_input_tokens, most)
    for band in terms.bands[1:]:
        longer = _band_sql(band, terms.free_input_tokens, most)
        sql = f"CASE WHEN tin > {band.above} THEN {longer} ELSE {sql} END"
    return sql


def _most(band: Band, most: tuple[int, int]) -> int:
    return most[0] * band.input + most[1] * band.output


def _band_sql(band: Band, free: int, most: tuple[int, int]) -> str:
    is_narrow = 2 * _most(band, most) < _HOLDS and band.divisor < _HOLDS
    wide = "" if is_narrow else "::HUGEINT"
    billed = f"greatest(tin - {free}, 0)" if free else "tin"
    if is_narrow or band.divisor == 1:
        cost = f"({billed}{wide} * {band.input} + tout{wide} * {band.output})"
        return cost if band.divisor == 1 else half_even_sql("0", cost, str(band.divisor))
    # In two parts: the product may be wider than 128 bits, the cost is not.
    (whole_in, part_in), (whole_out, part_out) = (divmod(price, band.divisor) for price in (band.input, band.output))
    whole = f"({billed}{wide} * {whole_in} + tout{wide} * {whole_out})"
    part = f"({billed}{wide} * {part_in} + tout{wide} * {part_out})"
    return half_even_sql(whole, part, str(band.divisor))


def _own_price(models: Mapping[str, Candidate]) -> str:
    """What the price book says that a call cost on the model that was recorded, NULL where it has no price then."""
    branches = " ".join(
        f"WHEN {quoted(recorded)} THEN CASE WHEN book_day >= {one.first} THEN {one.sql} END"
        for recorded, one in models.items()
    )
    return f"CASE model {branches} END" if branches else "NULL::BIGINT"


def pairs(source: str, where: str) -> str:
    """The functions and recorded models that calls have, numbered by `pair`, each with its first and last book day and
    the most tokens in and out.
    """
    return f"""
        SELECT row_number() OVER ()::INTEGER AS pair, * FROM (
            SELECT fn, {_MODEL} AS model, min({_BOOK_DAY}) AS first, max({_BOOK_DAY}) AS last,
                max(coalesce(tin, 0)) AS tin, max(coalesce(tout, 0)) AS tout
            FROM {source} WHERE {where} GROUP BY 1, 2
        )"""


def calls(
    source: str,
    where: str,
    cost: Costing,
    pairs: str,
    models: Mapping[str, Candidate],
    money: str,
    local_day: str,
    columns: str = "",
) -> str:
    """Every call with its `cost`, the `book` price of its own model, whether 0 was recorded (`is_zero`, NULL = nothing
    readable) or a cost that `is_off` beyond the assistant's own rounding, the error family of a failed one that cost
    something, and the SQL of its local day. Tokens that are not known are 0 (`has_tokens`), an unknown time is NULL.

    Of the calls with a time, `who` is what a function's calls of one stream share, `place` counts them, `gap` are the
    microseconds since the one before and `is_alike` whether it had nearly the same input on the same model. `columns`
    are more to be had, each with a comma. To be joined with the table `pairs`: a million calls should not hold as many
    names. `money` is the type of a cost.
    """
    alike = "has_tokens AND pair = lag(pair) OVER w AND abs(tin - lag(tin) OVER w) <= greatest(5, tin // 100)"
    is_off = "coalesce(nano > 0 AND abs(book - cost) * divisor > 500 * rate + divisor, false)"
    return f"""
        SELECT * EXCLUDE (order_pos), row_number() OVER w::INTEGER AS place, coalesce(ts - lag(ts) OVER w, 0) AS gap,
            coalesce({alike}, false) AS is_alike
        FROM (
            SELECT {columns} pos AS order_pos, ts, pair, tin, tout, has_tokens, ok, ms, cost::{money} AS cost,
                book::{money} AS book, nano = 0 AS is_zero, {is_off} AS is_off, family, local_day, book_day,
                has_session, who
            FROM (
                SELECT *, {_own_price(models)} AS book FROM (
                    SELECT {columns} {"" if columns else "pos,"} ts, c.fn, model, ok, ms, cost, nano,
                        coalesce(tin, 0) AS tin, coalesce(tout, 0) AS tout,
                        tin IS NOT NULL AND tout IS NOT NULL AS has_tokens,
                        coalesce(rate, 1) AS rate, coalesce(rate_divisor, 1) AS divisor,
                        CASE WHEN NOT ok AND cost > 0 THEN {ERROR_FAMILY} END AS family,
                        ({local_day})::INTEGER AS local_day,
                        ({_BOOK_DAY})::INTEGER AS book_day, session_id IS NOT NULL AS has_session,
                        CASE WHEN ts IS NOT NULL THEN hash(fn, session_id, anchor_id, user_id) END AS who
                    FROM {costed(source, where, cost)} c
                )
            ) c JOIN (SELECT pair, fn, model FROM {pairs}) p ON p.fn = c.fn AND p.model = coalesce(c.model, '')
        ) WINDOW w AS (PARTITION BY who ORDER BY ts, order_pos)"""


def money_type(book: PriceBook, models: Iterable[Candidate]) -> str:
    """The narrowest type that holds what any call cost, recorded (records.md) or by the price book."""
    most_recorded = 10**15 * max((rate.cny for rate in book.rates), default=1)
    is_narrow = most_recorded < _HOLDS and all(one.most < _HOLDS for one in models)
    return "BIGINT" if is_narrow else "HUGEINT"


def days(calls: str) -> str:
    """By function, model and local day (since 1970): calls."""
    return f"SELECT fn, model, local_day, count(*) FROM {calls} GROUP BY ALL"


def sums(calls: str, asked: Sequence[Candidate]) -> str:
    """By function and model: calls, and of those whose tokens and cost are known the number, input and output tokens,
    cost, the part of it that was recorded as 0, and the cost on each of `asked` that has no cost per token.
    """
    each = "".join(f", sum({candidate.sql}) FILTER (can)" for candidate in asked if candidate.per_token is None)
    return f"""
        SELECT fn, model, count(*), count(*) FILTER (can), sum(tin) FILTER (can), sum(tout) FILTER (can),
            sum(cost) FILTER (can), sum(cost) FILTER (can AND is_zero) {each}
        FROM (SELECT *, has_tokens AND cost IS NOT NULL AS can FROM {calls}) GROUP BY 1, 2"""


def evidence(calls: str, names: Mapping[str, str]) -> str:
    """Records of models, by function and over all of them (function NULL): calls, successful ones, most input tokens
    of a successful one, [p50, p95]. `names` says of recorded models what the price book calls them.
    """
    branches = " ".join(f"WHEN {quoted(recorded)} THEN {quoted(name)}" for recorded, name in names.items())
    model = f"CASE model {branches} ELSE model END" if branches else "model"
    return f"""
        SELECT fn, m, count(*), count(*) FILTER (ok), max(tin) FILTER (ok), quantile_cont(ms, [0.5, 0.95])
        FROM (SELECT fn, {model} AS m, ok, tin, ms FROM {calls}) GROUP BY GROUPING SETS ((fn, m), (m))"""


def _is_of_today(retired: Mapping[str, Sequence[str]]) -> str:
    pairs = [f"(fn = {quoted(fn)} AND model = {quoted(model)})" for fn, models in retired.items() for model in models]
    return f"NOT ({' OR '.join(pairs)})" if pairs else "true"


def paces(calls: str) -> str:
    """By function: how many gaps there are between calls of one stream, and their quartiles in microseconds."""
    return f"SELECT fn, count(*), quantile_cont(gap, [0.25, 0.5, 0.75]) FROM {_gaps(calls)} GROUP BY fn"


def usual_gaps(calls: str) -> str:
    """By function: the gap between two calls in the middle of the time that it is used, in microseconds. In the middle
    of the gaps themselves it would be that of the loops: they have more of them. Only where that time is long enough.
    """
    return f"""
        SELECT fn, arg_min(time / gaps, second) FILTER (2 * upto >= whole) FROM (
            SELECT *, sum(time) OVER (PARTITION BY fn ORDER BY second) AS upto,
                sum(time) OVER (PARTITION BY fn) AS whole
            FROM (
                SELECT fn, gap // {SECOND} AS second, count(*) AS gaps, sum(gap) AS time
                FROM {_gaps(calls)} GROUP BY ALL
            )
        ) GROUP BY fn HAVING max(whole) >= {PACE_TIME}"""


def _gaps(calls: str) -> str:
    return f"(FROM {calls} WHERE who IS NOT NULL AND place > 1 AND gap <= {STREAM_GAP})"


def past(calls: str, nano: int, to: Mapping[str, Candidate], on: Mapping[str, Sequence[str]]) -> str:
    """The guide's rule: by function of `to`, the calls after their day had cost more than so much, the number of those
    days, what they cost and would have cost on the function's candidate. Calls on the recorded models `on` it stay.
    """
    prices = " ".join(f"WHEN {quoted(fn)} THEN {one.sql}" for fn, one in to.items())
    stay = " OR ".join(
        f"(fn = {quoted(fn)} AND model IN ({', '.join(map(quoted, models))}))" for fn, models in on.items() if models
    )
    return f"""
        SELECT fn, count(*), count(DISTINCT local_day), sum(cost), sum(CASE fn {prices} END) FROM (
            SELECT *, sum(counted) OVER (
                PARTITION BY local_day ORDER BY ts NULLS FIRST, fn, place ROWS UNBOUNDED PRECEDING
            ) - counted AS before
            FROM (SELECT *, CASE WHEN is_zero THEN 0 ELSE coalesce(cost, 0) END AS counted FROM {calls})
        ) WHERE before > {nano} AND has_tokens AND cost IS NOT NULL AND fn IN ({", ".join(map(quoted, to))})
            AND NOT ({stay or "false"}) GROUP BY fn"""


def less_than(before: Candidate, calls: str, function: str, models: Sequence[str], span_us: tuple[int, int]) -> str:
    """The calls of a function on some recorded models within a time: their number, and how much less they cost than
    they would have on the model before.
    """
    on = ", ".join(map(quoted, models))
    return f"""
        SELECT count(*), sum(({before.sql})::HUGEINT - cost) FROM {calls}
        WHERE fn = {quoted(function)} AND model IN ({on}) AND ts >= {span_us[0]} AND ts < {span_us[1]}
            AND has_tokens AND cost IS NOT NULL"""


def medians(calls: str) -> str:
    """By function: the median duration."""
    return f"SELECT fn, quantile_cont(ms, 0.5) FROM {calls} GROUP BY fn"


# Waste. Each kind is a relation of the very calls that it is of, so that its figures and the list of its calls agree.


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual in the period: from how many milliseconds on a function's calls are late, and how many microseconds
    are between two of them; and what the recorded models cost.
    """

    slow_ms: float
    late_ms: Mapping[str, float] = field(default_factory=dict)
    pace_us: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, Candidate] = field(default_factory=dict)


def wasted(reason: WasteReason, calls: str, habits: Habits) -> str:
    """The calls behind a kind of waste, with what `wasted_sums` asks of them."""
    match reason:
        case "failed":
            return f"(SELECT * FROM {calls} WHERE family IS NOT NULL)"
        case "late":
            branches = " ".join(f"WHEN {quoted(fn)} THEN {ms!r}" for fn, ms in habits.late_ms.items())
            limit = f"CASE fn {branches} ELSE {habits.slow_ms!r} END" if branches else f"{habits.slow_ms!r}"
            return f"(SELECT *, {limit}::DOUBLE AS limit_ms FROM {calls} WHERE ok AND cost > 0 AND ms > limit_ms)"
        case "creep":
            return _creeping(calls, habits)
        case "loop":
            return _looping(calls, habits)
        case "recorded_as_zero":
            return f"(SELECT * FROM {calls} WHERE is_zero AND ok AND book > 0)"
        case "mispriced":
            return f"(SELECT * FROM {calls} WHERE is_off)"
        case "unpriced":
            return f"(SELECT * FROM {calls} WHERE book IS NULL)"


def _creeping(calls: str, habits: Habits) -> str:
    """Calls with more input than the first of their stream usually had, in streams in which it grew; what they cost at
    the book's prices, and would have cost with that input. Calls of models without a price are left out.
    """
    return f"""(
        WITH answered AS (
            SELECT *, sum((NOT has_session AND gap > {STREAM_GAP})::INTEGER) OVER (
                PARTITION BY who ORDER BY place
            ) AS stream
            FROM {calls} WHERE ok AND has_tokens AND who IS NOT NULL AND book IS NOT NULL
        ), streams AS (
            SELECT who, stream, min(place) AS begin, max(place) + 1 - min(place) AS places, count(*) AS n FROM answered
            GROUP BY ALL HAVING n >= {STREAM_CALLS}
        ), grown AS (
            SELECT who, stream, median(tin) FILTER ((place - begin) * 4 < places) AS input_before,
                median(tin) FILTER ((place - begin) * 4 >= places * 3) AS input_after, any_value(n) AS n,
                corr(place, tin) AS r
            FROM answered JOIN streams USING (who, stream) GROUP BY ALL
            HAVING input_after >= {GROWTH} * input_before AND r > 0
                AND (r >= 1 OR r * sqrt((n - 2) / (1 - r * r)) >= {TREND})
        )
        SELECT * FROM (
            SELECT *, {_own_price(habits.models)} AS book_before FROM (
                SELECT * REPLACE (input_before::BIGINT AS tin) FROM answered JOIN grown USING (who, stream)
                WHERE tin > input_before
            )
        ) WHERE book > book_before
    )"""


def _looping(calls: str, habits: Habits) -> str:
    """All but the first call of each run of near-equal calls that follow each other far quicker than usual."""
    branches = " ".join(f"WHEN {quoted(fn)} THEN {us / LOOP_PACE!r}" for fn, us in habits.pace_us.items())
    pace = f"CASE fn {branches} ELSE 0 END" if branches else "0"
    # Within a run, the place of a call and its number among those that follow grow in step.
    return f"""(
        SELECT * FROM (
            SELECT *, 1 + count(*) OVER (PARTITION BY who, run) AS calls_of_run FROM (
                SELECT *, place - row_number() OVER (PARTITION BY who ORDER BY place) AS run
                FROM {calls} WHERE is_alike AND gap <= least({LOOP_GAP}, {pace})
            )
        ) WHERE calls_of_run >= {LOOP_CALLS} AND cost > 0
    )"""


def wasted_sums(reason: WasteReason, wasted: str, retired: Mapping[str, Sequence[str]]) -> str:
    """The calls of `wasted` added up: what they have in common, their number, cost, cost as it could have been (NULL
    where that is not the question), what of it is still being paid (not with models that were given up; NULL where
    that cannot be expected to go on), the function and the model if it is one, and the details of `waste.found`.
    """
    columns = {
        "failed": "family, count(*), sum(cost), NULL",
        "late": "fn, count(*), sum(cost), NULL",
        "creep": "fn, count(*), sum(book), sum(book_before)",
        "loop": "fn, count(*), sum(cost), NULL",
        "recorded_as_zero": "model, count(*), 0, sum(book)",
        "mispriced": "model, count(*), sum(cost), sum(book)",
        "unpriced": "model, count(*), sum(cost) FILTER (cost > 0), NULL",
    }[reason]
    more = {
        "late": ", max(limit_ms), quantile_cont(ms, 0.95)",
        "creep": ", median(input_before), median(input_after), count(DISTINCT (who, stream))",
        "loop": ", count(DISTINCT (who, run)), max(calls_of_run)",
    }.get(reason, "")
    going_on = {"failed": "cost", "creep": "book - book_before"}.get(reason)
    now = f"coalesce(sum({going_on}) FILTER ({_is_of_today(retired)}), 0)" if going_on else "NULL"
    of_one = ", ".join(f"CASE WHEN count(DISTINCT {key}) = 1 THEN min({key}) END" for key in ("fn", "model"))
    return f"SELECT {columns}, {now}, {of_one} {more} FROM {wasted} GROUP BY 1 ORDER BY 1"


def among(wasted: str, function: str | None, model: str | None, family: str | None) -> str:
    """The condition that a call is one of those of a finding."""
    wanted = {"fn": function, "model": model, "family": family}
    where = " AND ".join(f"{column} = {quoted(text)}" for column, text in wanted.items() if text is not None) or "true"
    return f"(file, pos) IN (SELECT (file, pos) FROM {wasted} WHERE {where})"
