"""What the folders on disk say, worked out slowly and from scratch: the judge of every number of the program.

It shares nothing with what it judges but the price file: its own splitting, decoding, prices, days and sums, written
after records.md and assistant.md with the standard library alone. A newcomer would get this wrong: when the two differ,
records.md says who is right, and not the one that is older.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import tomllib
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tipmao_monitor.usage.snapshot import Filter, Snapshot, Stats, Totals
from tipmao_monitor.usage.store import Store

MAX_LINE = 8 << 20
QUIET = timedelta(minutes=5)
HOME = timedelta(hours=8)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EVIDENCE = ("timestamp", "model", "input_tokens", "output_tokens", "cost")
BOOK = Path(__file__).resolve().parent.parent / "resources" / "prices.toml"

FUNCTIONS = {
    "实时分析": "live_analysis", "gateway_qwen": "live_analysis", "gateway_openai": "live_analysis",
    "gateway_deepseek": "live_analysis", "gateway_doubao": "live_analysis", "gateway_glm": "live_analysis",
    "风格画像与氛围分析": "style_profile", "话术生成": "script_generation", "复盘总结": "live_review",
    "直播复盘": "live_review", "gateway_gemini": "live_review", "聊天焦点摘要": "chat_focus",
    "智能话题生成": "topic_generation", "问答": "qa",
}  # fmt: skip
IDS = {*FUNCTIONS.values(), "live_question"}


@dataclass(frozen=True)
class Call:
    """One counted call, with where it stands in its line."""

    offset: int
    length: int
    ts: int | None
    model: str | None
    raw: str | None
    user: str | None
    anchor: str | None
    session: str | None
    tin: int | None
    tout: int | None
    total: int
    nano: int | None
    ms: float | None
    ok: bool
    err: str | None
    reasons: frozenset[str]


@dataclass(frozen=True)
class Reject:
    offset: int
    length: int
    reason: str


@dataclass(frozen=True)
class Placed:
    """A call in its file."""

    path: str
    file_day: date
    line: int
    at: int
    call: Call
    no_newline: bool = False

    @property
    def reasons(self) -> frozenset[str]:
        return self.call.reasons | ({"no_newline"} if self.no_newline else set())


@dataclass
class File:
    """The account of one day file."""

    path: str
    size: int = 0
    size_on_disk: int = 0
    counted_bytes: int = 0
    quarantined_bytes: int = 0
    blank_bytes: int = 0
    pending_bytes: int = 0
    lines: int = 0
    counted: int = 0
    flagged: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rejects: list[tuple[int, int, int, str]] = field(default_factory=list)  # line, offset, length, reason


@dataclass
class Truth:
    """All that the folders hold at an instant."""

    calls: list[Placed] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)


# One line


class Number(str):
    """The text of a JSON number. `is_whole` where it has neither fraction nor exponent."""

    is_whole = False


class Whole(Number):
    is_whole = True


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Whole, parse_constant=Number)


@lru_cache(maxsize=20_000)
def read_line(raw: bytes, day: date) -> tuple[Call | Reject, ...]:
    """The parts of one line; none for a blank one."""
    if len(raw.removesuffix(b"\n")) > MAX_LINE:
        return (Reject(0, len(raw), "too_long"),)
    if not raw.strip(b" \t\r\n"):
        return ()
    whole = objects(raw)
    if whole is not None and len(whole) == 1 and is_usage(whole[0][1]):
        return (call_of(whole[0][1], day, 0, len(raw), set()),)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        len(raw) > 7 and (all(raw[i] == 0 != raw[i + 1] for i in (0, 2, 4, 6)) or zeros_follow(raw))
    ):
        return (Reject(0, len(raw), "utf16"),)
    return tuple(odd_line(raw, day))


def zeros_follow(raw: bytes) -> bool:
    return all(raw[i] != 0 == raw[i + 1] for i in (0, 2, 4, 6))


def odd_line(raw: bytes, day: date) -> Iterator[Call | Reject]:
    flags = set()
    places = [i for i, byte in enumerate(raw) if byte]
    if len(places) < len(raw):
        flags.add("nul")
    if bytes(raw[i] for i in places[:3]) == b"\xef\xbb\xbf":
        flags.add("bom")
        places = places[3:]
    body = bytes(raw[i] for i in places)
    if not body.strip(b" \t\r\n"):
        yield Reject(0, len(raw), "not_json")
        return
    found = objects(body)
    if found is not None:
        merged = [part for i, part in enumerate(found) if not i or is_usage(part[1]) or is_usage(found[i - 1][1])]
        yield from parts_of(raw, places, merged, day, flags, 0)
        return
    starts = [i for i in range(1, len(body)) if body[i : i + 1] == b"{"]
    for start in starts:
        found = objects(body[start:])
        if found is not None and is_usage(found[0][1]):
            shifted = [(start + at, fields) for at, fields in found]
            merged = [
                part for i, part in enumerate(shifted) if not i or is_usage(part[1]) or is_usage(shifted[i - 1][1])
            ]
            yield Reject(0, places[start], "torn")
            yield from parts_of(raw, places, merged, day, flags | {"salvaged"}, places[start])
            return
    yield Reject(0, len(raw), why_not(body))


def parts_of(
    raw: bytes, places: list[int], found: list[tuple[int, Any]], day: date, flags: set[str], first: int
) -> Iterator[Call | Reject]:
    if len(found) > 1:
        flags = flags | {"joined"}
    starts = [first, *(places[at] for at, _ in found[1:])]
    for (_, fields), start, end in zip(found, starts, [*starts[1:], len(raw)], strict=True):
        if is_usage(fields):
            yield call_of(fields, day, start, end - start, flags)
        else:
            yield Reject(start, end - start, "not_usage")


def objects(body: bytes) -> list[tuple[int, dict[str, Any]]] | None:
    """The objects of which these bytes are made up, with their byte offsets; None if they are not just that."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    found = []
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n"))
        if at == len(text):
            return found or None
        if text[at] != "{" or depth(text[at:]) > 200:
            return None
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        found.append((len(text[:at].encode()), value))
        at = end


def depth(text: str) -> int:
    """How deep the first value nests."""
    deepest = now = 0
    is_text = is_escaped = False
    for character in text:
        if is_text:
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = True
            elif character == '"':
                is_text = False
        elif character == '"':
            is_text = True
        elif character in "{[":
            now += 1
            deepest = max(deepest, now)
        elif character in "}]":
            now -= 1
            if not now:
                break
    return deepest


def why_not(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "utf8"
    if depth(text) > 200:
        return "too_deep"
    try:
        _DECODER.decode(text)
    except ValueError:
        return "not_json"
    return "not_object"


def is_usage(fields: dict[str, Any]) -> bool:
    return sum(key in fields for key in EVIDENCE) >= 2


def call_of(fields: dict[str, Any], day: date, offset: int, length: int, flags: set[str]) -> Call:
    reasons = set(flags)
    ts = time_of(fields.get("timestamp"), day, reasons)
    names = [name_of(fields.get(key), reasons) for key in ("model", "function", "user_id", "anchor_id", "session_id")]
    tin = tokens_of(fields.get("input_tokens"), reasons)
    tout = tokens_of(fields.get("output_tokens"), reasons)
    known = (tin or 0) + (tout or 0)
    total = fields.get("total_tokens")
    is_read = isinstance(total, Whole) and 0 <= Fraction(total) <= 2**53
    if is_read and (tin is None or tout is None or int(total) >= known):
        total = int(total)
    else:
        reasons.add("total_mismatch")
        total = known
    nano = nano_of(fields.get("cost"))
    if nano is None:
        reasons.add("cost_unknown")
    ms = None
    if "duration_ms" not in fields or fields["duration_ms"] is not None:
        ms = duration_of(fields.get("duration_ms"))
        if ms is None:
            reasons.add("duration_unknown")
    ok = fields.get("success")
    if not isinstance(ok, bool):
        reasons.add("success_type")
        ok = not (ok == "false" and not isinstance(ok, Number)) and not (isinstance(ok, Number) and float(ok) == 0)
    err = fields.get("error_msg")
    if err is not None:
        err = cut(without_surrogates(err if is_text(err) else text_of(err)), 64 * 1024)
    return Call(offset, length, ts, *names, tin, tout, total, nano, ms, ok, err, frozenset(reasons))  # type: ignore[misc]


def is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def without_surrogates(text: str) -> str:
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def text_of(value: Any) -> str:
    """As JSON without blanks, numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{text_of(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def number_in(text: str) -> Fraction | float | None:
    """The number that a text is, as "12", "1.5" or "1e3"."""
    found = re.fullmatch(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*", text)
    if not found:
        return None
    return Fraction(found[1]) if re.fullmatch(r"[+-]?[0-9]{1,18}", found[1]) else float(found[1])


def time_of(value: Any, day: date, reasons: set[str]) -> int | None:
    number: Fraction | float | None = None
    us: int | None = None
    mine = set()
    if isinstance(value, Number):
        number = Fraction(value) if value.is_whole and len(value) <= 18 else float(value)
    elif isinstance(value, str):
        mine.add("timestamp_text")
        number = number_in(value)
        if number is None:
            us = iso_8601(value)
    if number is not None and math.isfinite(number) and number >= 0:
        scale = 1_000_000 if number < 10**11 else 1_000 if number < 10**14 else 1
        us = round(number * scale)
        if scale < 1_000_000:
            mine.add("timestamp_scaled")
    first = (datetime(2015, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
    end = ((day - date(1970, 1, 1)).days + 1) * 86_400_000_000 + 36 * 3_600_000_000
    if us is None or not first <= us <= end:
        reasons.add("timestamp_unknown")
        return None
    reasons |= mine
    return us


def iso_8601(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if at.tzinfo is None:
        return (at.replace(tzinfo=UTC) - EPOCH - HOME) // MICROSECOND
    return (at - EPOCH) // MICROSECOND


def name_of(value: Any, reasons: set[str]) -> str | None:
    if value is None:
        return None
    text = value
    if not is_text(value):
        reasons.add("name_type")
        text = "(invalid)" if isinstance(value, dict | list) else text_of(value)
    text = without_surrogates(text)
    short = cut(text, 1024)
    if short != text:
        reasons.add("name_long")
    return short


def tokens_of(value: Any, reasons: set[str]) -> int | None:
    number: Fraction | float | None = None
    if isinstance(value, Number):
        number = Fraction(value) if value.is_whole and len(value) <= 18 else float(value)
    elif isinstance(value, str):
        number = number_in(value)
    if number is None or not math.isfinite(number) or not 0 <= number <= 2**53 or number != int(number):
        reasons.add("tokens_unknown")
        return None
    if not (isinstance(value, Number) and value.is_whole):
        reasons.add("tokens_text")
    return int(number)


def nano_of(value: Any) -> int | None:
    if not isinstance(value, Number) or value in ("NaN", "Infinity", "-Infinity"):
        return None
    exponent = re.search(r"[eE]([+-]?[0-9]+)", value)
    if exponent and abs(int(exponent[1])) > 400:
        mantissa = value[: exponent.start()]
        if not mantissa.strip("-0."):
            return 0
        return 0 if int(exponent[1]) < 0 and not mantissa.startswith("-") else None
    cost = Fraction(value)
    return round(cost * 10**9) if 0 <= cost <= 1_000_000 else None


def duration_of(value: Any) -> float | None:
    if not isinstance(value, Number):
        return None
    ms = float(value)
    return abs(ms) if math.isfinite(ms) and ms >= 0 else None


def function_id(raw: str | None) -> str:
    """assistant.md: the gateway's id where the text is known, after cutting a trailing (...)."""
    if not raw:
        return ""
    name = raw
    for opening, closing in ("()", "（）"):
        if raw.endswith(closing) and opening in raw:
            name = raw[: raw.rindex(opening)].rstrip()
    return FUNCTIONS.get(name, name) if name in FUNCTIONS or name in IDS else raw


# Files


def read(folders: Iterable[Path], zone: ZoneInfo, now: datetime) -> Truth:
    truth = Truth()
    found: dict[str, tuple[date, os.stat_result]] = {}
    seen = set()
    for folder in dict.fromkeys(os.path.realpath(folder) for folder in folders):
        if not os.path.isdir(folder):
            continue
        for name in sorted(os.listdir(folder)):
            if name.startswith("."):
                continue
            path = os.path.join(folder, name)
            day = day_of(name)
            about = os.stat(path) if os.path.exists(path) else None
            if day is None or about is None or not stat.S_ISREG(about.st_mode) or (about.st_dev, about.st_ino) in seen:
                truth.ignored.add(path)
            else:
                seen.add((about.st_dev, about.st_ino))
                found[path] = day, about
    for path, (day, about) in found.items():
        data, is_cut = content(path)
        plain = path.removesuffix(".gz")
        if plain != path and os.path.isfile(plain) and content(plain)[0] == data:
            truth.ignored.add(path)
            continue
        is_over = day < now.astimezone(zone).date() and now.timestamp() - about.st_mtime > QUIET.total_seconds()
        read_file(truth, path, day, data, is_cut, is_over)
        truth.files[path].size_on_disk = about.st_size
    return truth


def day_of(name: str) -> date | None:
    stem = re.fullmatch(r"(?:usage_)?([0-9]{4}-[0-9]{2}-[0-9]{2})\.jsonl(?:\.[0-9]+)?(?:\.gz)?", name)
    try:
        return date.fromisoformat(stem[1]) if stem else None
    except ValueError:
        return None


def content(path: str) -> tuple[bytes, bool]:
    """The bytes of a file as far as they can be had, and whether a gzip file ends too early."""
    raw = Path(path).read_bytes()
    if not path.endswith(".gz"):
        return raw, False
    data, is_cut = b"", not raw
    while raw:
        unzip = zlib.decompressobj(31)
        try:
            for i in range(len(raw)):
                data += unzip.decompress(raw[i : i + 1])
                if unzip.eof:
                    break
        except zlib.error:
            return data, True
        is_cut = not unzip.eof
        raw = raw[i + 1 :]
    return data, is_cut


def read_file(truth: Truth, path: str, day: date, data: bytes, is_cut: bool, is_over: bool) -> None:
    file = truth.files[path] = File(path, size=len(data))
    at = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        is_ended = at + len(line) < len(data)
        raw = line + b"\n" if is_ended else line
        if is_ended:
            file.lines += 1
            take(truth, file, day, number, at, raw)
        elif is_cut:
            file.rejects.append((number, at, len(raw), "gz_truncated"))
            file.quarantined_bytes += len(raw)
        elif raw:
            parts = read_line(raw, day)
            if is_over and len(parts) == 1 and isinstance(parts[0], Call) and len(raw) <= MAX_LINE:
                take(truth, file, day, number, at, raw, no_newline=True)
            else:
                file.pending_bytes = len(raw)
        at += len(raw)


def take(truth: Truth, file: File, day: date, number: int, at: int, raw: bytes, *, no_newline: bool = False) -> None:
    parts = read_line(raw, day)
    if not parts:
        file.blank_bytes += len(raw)
    for part in parts:
        if isinstance(part, Reject):
            file.rejects.append((number, at + part.offset, part.length, part.reason))
            file.quarantined_bytes += part.length
            continue
        placed = Placed(file.path, day, number, at + part.offset, part, no_newline)
        truth.calls.append(placed)
        file.counted += 1
        file.counted_bytes += part.length
        file.flagged += bool(placed.reasons)
        file.reasons.update(placed.reasons)


# Money


class Prices:
    """The rows of a price file, and of others over it (whole rows only)."""

    def __init__(self, *files: Path) -> None:
        rows: dict[tuple[str, date], dict[str, Any]] = {}
        rates: dict[tuple[str, date], Fraction] = {}
        for file in files or (BOOK,):
            document = tomllib.loads(file.read_text("utf-8"))
            for row in document.get("price", ()):
                rows[row["model"], row.get("effective_from", date(2015, 1, 1))] = row
            for rate in document.get("rate", ()):
                rates[rate["currency"], rate.get("effective_from", date(2015, 1, 1))] = Fraction(rate["cny"])
        self.rows, self.rates = rows, rates
        self.names = {alias: row["model"] for row in rows.values() for alias in row.get("aliases", ())}
        self.names |= {model: model for model, _ in rows}

    def row(self, model: str | None, day: date) -> dict[str, Any] | None:
        name = self.names.get(model or "")
        if name is None and model:
            dated = re.fullmatch(r"(.*)-(20\d\d-\d\d-\d\d|20\d{6}|2\d{5}|\d{4})", model, re.DOTALL | re.ASCII)
            if dated and is_month_day(dated[2]):
                name = self.names.get(dated[1])
        days = [since for (of, since) in self.rows if of == name and since <= day]
        return self.rows[name, max(days)] if name is not None and days else None

    def rate(self, currency: str, day: date) -> Fraction:
        if currency == "CNY":
            return Fraction(1)
        since = sorted(first for (of, first) in self.rates if of == currency)
        before = [first for first in since if first <= day]
        return self.rates[currency, before[-1] if before else since[0]]

    def cost(self, placed: Placed) -> int | None:
        """1e-9 CNY."""
        call = placed.call
        day = placed.file_day if call.ts is None else (EPOCH + HOME + call.ts * MICROSECOND).date()
        row = self.row(call.model, day)
        rate = self.rate(row.get("currency", "CNY"), day) if row else Fraction(1)
        if call.nano is not None:
            return round(call.nano * rate)
        if row is None:
            return None
        billed = max((call.tin or 0) - row.get("free_input_tokens", 0), 0)
        yuan = (billed * Fraction(row["input"]) + (call.tout or 0) * Fraction(row["output"])) / 1000 * rate
        return round(yuan * 10**9)


def is_month_day(text: str) -> bool:
    digits = text.replace("-", "")[-4:]
    return 1 <= int(digits[:2]) <= 12 and 1 <= int(digits[2:]) <= 31


# Questions


def local(placed: Placed, zone: ZoneInfo) -> datetime | None:
    ts = placed.call.ts
    return None if ts is None else (EPOCH + ts * MICROSECOND).astimezone(zone)


def day_in(placed: Placed, zone: ZoneInfo) -> date:
    at = local(placed, zone)
    return at.date() if at else placed.file_day


def hour_in(placed: Placed, zone: ZoneInfo) -> str:
    at = local(placed, zone)
    return f"{at.hour:02d}" if at else ""


KEYS: dict[str, Callable[[Placed], str]] = {
    "model": lambda placed: placed.call.model or "",
    "function": lambda placed: function_id(placed.call.raw),
    "user": lambda placed: placed.call.user or "",
    "anchor": lambda placed: placed.call.anchor or "",
    "session": lambda placed: placed.call.session or "",
}


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """Linear interpolation between the closest ranks."""
    if not values:
        return None
    values = sorted(values)
    rank = fraction * (len(values) - 1)
    low = math.floor(rank)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (rank - low)


def totals(calls: Sequence[Placed], prices: Prices, *, timed: bool = False) -> Totals:
    costs = [prices.cost(placed) for placed in calls]
    durations = [placed.call.ms for placed in calls if placed.call.ms is not None] if timed else []
    return Totals(
        calls=len(calls),
        successful_calls=sum(placed.call.ok for placed in calls),
        input_tokens=sum(placed.call.tin or 0 for placed in calls),
        output_tokens=sum(placed.call.tout or 0 for placed in calls),
        total_tokens=sum(placed.call.total for placed in calls),
        cost=money(sum(cost or 0 for cost in costs)),
        recorded_cost=money(sum(placed.call.nano or 0 for placed in calls)),
        unknown_cost_calls=sum(cost is None for cost in costs),
        unknown_token_calls=sum(placed.call.tin is None or placed.call.tout is None for placed in calls),
        p50_ms=percentile(durations, 0.5),
        p95_ms=percentile(durations, 0.95),
        p99_ms=percentile(durations, 0.99),
    )


def money(nano: int) -> Decimal:
    return Decimal(nano) / 10**9


def grouped(calls: Iterable[Placed], key: Callable[[Placed], Any]) -> dict[Any, list[Placed]]:
    groups: dict[Any, list[Placed]] = {}
    for placed in calls:
        groups.setdefault(key(placed), []).append(placed)
    return groups


def matching(truth: Truth, filter: Filter, today: date, zone: ZoneInfo) -> list[Placed]:
    first, last = filter.period.days(today)
    return [placed for placed in narrowed(truth, filter) if first <= day_in(placed, zone) <= last]


def narrowed(truth: Truth, filter: Filter) -> list[Placed]:
    """Everything in a filter but its period."""

    def is_wanted(placed: Placed) -> bool:
        call = placed.call
        if any(KEYS[dimension](placed) != value for dimension, value in filter.chips):
            return False
        if filter.failed and call.ok:
            return False
        texts = (call.model, function_id(call.raw), call.raw, call.user, call.anchor, call.session, call.err)
        return not filter.search or any(filter.search.lower() in text.lower() for text in texts if text)

    return [placed for placed in truth.calls if is_wanted(placed)]


# Judging


def same(found: Totals, wanted: Totals, *, timed: bool = True) -> bool:
    """Equal, money as exact decimals; percentiles but for the last digit of a float."""
    names = [name for name in Totals.__dataclass_fields__ if not name.endswith("_ms")]
    if any(getattr(found, name) != getattr(wanted, name) for name in names):
        return False
    for name in ("p50_ms", "p95_ms", "p99_ms") if timed else ():
        one, other = getattr(found, name), getattr(wanted, name)
        if (one is None) != (other is None) or (one is not None and not math.isclose(one, other, rel_tol=1e-12)):
            return False
    return True


def check_groups(found: dict[Any, Totals], wanted: dict[Any, list[Placed]], prices: Prices, *, timed: bool) -> None:
    assert set(found) == set(wanted)
    for key, calls in wanted.items():
        expected = totals(calls, prices, timed=timed)
        assert same(found[key], expected, timed=timed), (key, found[key], expected)


def check_stats(
    stats: Stats, truth: Truth, zone: ZoneInfo, prices: Prices, first: date | None, last: date | None
) -> None:
    """I1, I4 and design.md section 5, every group row of every break-down."""
    calls = [placed for placed in truth.calls if (first or date.min) <= day_in(placed, zone) <= (last or date.max)]
    expected = totals(calls, prices, timed=True)
    assert same(stats.total, expected), (stats.total, expected)
    days = sorted({day_in(placed, zone) for placed in calls})
    assert (stats.first, stats.last) == ((days[0], days[-1]) if days else (None, None))
    assert stats.timezone == zone.key
    for dimension in ("model", "function"):
        check_groups(getattr(stats, f"by_{dimension}"), grouped(calls, KEYS[dimension]), prices, timed=True)
    for dimension in ("user", "anchor", "session"):
        check_groups(getattr(stats, f"by_{dimension}"), grouped(calls, KEYS[dimension]), prices, timed=False)
    check_groups(stats.by_day, grouped(calls, lambda p: day_in(p, zone).isoformat()), prices, timed=True)
    check_groups(stats.by_hour, grouped(calls, lambda p: hour_in(p, zone)), prices, timed=False)
    for name in ("model", "function", "user", "anchor", "session", "day", "hour"):
        groups = getattr(stats, f"by_{name}")
        assert sum(group.calls for group in groups.values()) == stats.total.calls
        assert sum(group.total_tokens for group in groups.values()) == stats.total.total_tokens
        assert sum(group.cost for group in groups.values()) == stats.total.cost


def check_accounts(store: Store, truth: Truth) -> None:
    """I2 and I3: every byte of every file, and every range that was not counted."""
    accounts = {account.path: account for account in store.accounts()}
    assert set(accounts) == set(truth.files)
    for path, file in truth.files.items():
        account = accounts[path]
        counts = (account.counted_bytes, account.quarantined_bytes, account.blank_bytes, account.pending_bytes)
        assert sum(counts) == account.size, account
        assert (*counts, account.size, account.size_on_disk, account.lines, account.counted, account.flagged) == (
            file.counted_bytes, file.quarantined_bytes, file.blank_bytes, file.pending_bytes, file.size,
            file.size_on_disk, file.lines, file.counted, file.flagged,
        ), (account, file)  # fmt: skip
        assert account.quarantined == len(file.rejects), (account, file)
        reasons = file.reasons + Counter(reason for *_, reason in file.rejects)
        assert dict(account.reasons) == reasons, (account, file)
    rejects = store.rejects()
    assert all(len(reject.text) <= 200 and reject.text.isprintable() and reject.text.isascii() for reject in rejects)
    wanted = [(path, *reject) for path, file in truth.files.items() for reject in file.rejects]
    found = [(reject.path, reject.line, reject.offset, reject.length, reject.reason) for reject in rejects]
    assert len(found) == min(len(wanted), 1000)
    assert Counter(found) <= Counter(wanted)
    coverage = store.coverage()
    files = truth.files.values()
    assert (coverage.files, coverage.lines, coverage.counted, coverage.flagged, coverage.quarantined) == (
        len(files), sum(f.lines for f in files), len(truth.calls), sum(f.flagged for f in files), len(wanted),
    )  # fmt: skip
    assert coverage.pending_bytes == sum(f.pending_bytes for f in files)
    assert coverage.blank == sum(f.blank_bytes for f in files)
    assert set(coverage.ignored) == truth.ignored


def check_snapshot(snapshot: Snapshot, truth: Truth, zone: ZoneInfo, prices: Prices, now: datetime) -> None:
    """Every figure of a snapshot that can be told from the records alone."""
    filter, slow_ms = snapshot.filter, snapshot.slow_ms
    today = now.astimezone(zone).date()
    calls = matching(truth, filter, today, zone)
    expected = totals(calls, prices, timed=True)
    assert same(snapshot.total, expected), (snapshot.total, expected)
    for dimension, key in KEYS.items():
        wanted = grouped(calls, key)
        groups = getattr(snapshot, f"by_{dimension}")
        assert dict(snapshot.group_counts)[dimension] == len(wanted)  # type: ignore[index]
        assert len(wanted) > 200 or {group.key for group in groups} == set(wanted)
        for group in groups:
            rows = wanted[group.key]
            assert same(group.totals, totals(rows, prices), timed=False), (dimension, group)
            times = [placed.call.ts for placed in rows if placed.call.ts is not None] or [None]
            assert (us(group.first_seen), us(group.last_seen)) == (min(times), max(times))
        order = [(-group.totals.cost, -group.totals.total_tokens, group.key) for group in groups]
        assert order == sorted(order)
    for group in snapshot.by_model:
        price = prices.row(group.key, min(snapshot.filter.period.days(today)[1], date(2100, 1, 1)))
        is_free = price is not None and not Fraction(price["input"]) and not Fraction(price["output"])
        rows = [placed.call for placed in calls if (placed.call.model or "") == group.key]
        zeros = sum(call.nano == 0 and call.total > 0 for call in rows) if filter.money == "recorded" else 0
        assert (group.free, group.recorded_as_zero) == (is_free, 0 if is_free else zeros), group
    for group in snapshot.by_function:
        texts = {placed.call.raw or "" for placed in calls if function_id(placed.call.raw) == group.key}
        assert set(group.raw_functions) == texts
    check_lists(snapshot, calls, zone, prices)
    check_trend(snapshot, truth, today, zone, prices)
    for hour, found in enumerate(snapshot.by_hour):
        rows = [placed for placed in calls if hour_in(placed, zone) == f"{hour:02d}"]
        assert same(found, totals(rows, prices), timed=False), (hour, found)
    assert snapshot.slow == sum(placed.call.ms is not None and placed.call.ms > slow_ms for placed in calls)
    assert snapshot.failed == sum(not placed.call.ok for placed in calls)
    assert sum(count for _, count in snapshot.error_families) == snapshot.failed
    month = [placed for placed in narrowed(truth, filter) if is_this_month(day_in(placed, zone), today)]
    assert same(snapshot.month.totals, totals(month, prices), timed=False)
    assert snapshot.month.daily_average == snapshot.month.totals.cost / today.day


def us(at: datetime | None) -> int | None:
    """Two times of one zone would be compared by their clocks, and an hour that comes twice with itself."""
    return None if at is None else (at - EPOCH) // MICROSECOND


def is_this_month(day: date, today: date) -> bool:
    return (day.year, day.month) == (today.year, today.month) and day <= today


def check_lists(snapshot: Snapshot, calls: list[Placed], zone: ZoneInfo, prices: Prices) -> None:
    newest = sorted(calls, key=standing, reverse=True)[:1000]
    assert [standing_of_row(row) for row in snapshot.newest] == [standing(placed)[0] for placed in newest]
    by_place = {(placed.path, placed.at): placed for placed in calls}
    for row in snapshot.newest:
        placed = by_place[row.path, row.offset]
        call = placed.call
        cost = prices.cost(placed)
        assert (
            us(row.at), row.day, row.model, row.function, row.raw_function, row.user, row.anchor, row.session,
            row.input_tokens, row.output_tokens, row.total_tokens, row.duration_ms, row.success, row.error_msg,
            row.cost, row.recorded_cost, set(row.flags), row.line, row.length,
        ) == (
            call.ts, day_in(placed, zone), call.model or "", function_id(call.raw), call.raw or "",
            call.user or "", call.anchor or "", call.session or "", call.tin, call.tout, call.total, call.ms, call.ok,
            call.err or "", None if cost is None else money(cost), None if call.nano is None else money(call.nano),
            placed.reasons, placed.line, call.length,
        )  # fmt: skip


def standing(placed: Placed) -> tuple[int, date, int]:
    """Where a call stands in order of time: without one, at the start of its file's date."""
    days = (placed.file_day - date(1970, 1, 1)).days
    return (days * 86_400_000_000 if placed.call.ts is None else placed.call.ts), placed.file_day, placed.at


def standing_of_row(row: Any) -> int:
    at = row.at or datetime(row.day.year, row.day.month, row.day.day, tzinfo=UTC)
    return (at - EPOCH) // MICROSECOND


def check_trend(snapshot: Snapshot, truth: Truth, today: date, zone: ZoneInfo, prices: Prices) -> None:
    first, last = snapshot.filter.period.days(today)
    calls = narrowed(truth, snapshot.filter)
    by_day = grouped(calls, lambda placed: day_in(placed, zone))
    begin = min(first, last - timedelta(days=6))
    if (last - begin).days >= 92:
        shown = [bucket.start.date() for bucket in snapshot.trend.buckets]
        assert begin <= shown[0] <= last - timedelta(days=6)
        assert all(shown[0] <= day <= shown[-1] for day in by_day if begin <= day <= last)
        begin, last = shown[0], shown[-1]
    days = [begin + timedelta(days=i) for i in range((last - begin).days + 1)]
    assert [bucket.start.date() for bucket in snapshot.trend.buckets] == days
    check_buckets(snapshot.trend, [by_day.get(day, []) for day in days], prices)
    if first < last:
        assert snapshot.hours.buckets == ()
        return
    by_hour = grouped(by_day.get(first, []), lambda placed: hour_in(placed, zone))
    assert [bucket.start.hour for bucket in snapshot.hours.buckets] == list(range(24))
    check_buckets(snapshot.hours, [by_hour.get(f"{hour:02d}", []) for hour in range(24)], prices)
    for bucket, hour in zip(snapshot.hours.buckets, range(24), strict=True):
        p95 = percentile([p.call.ms for p in by_hour.get(f"{hour:02d}", []) if p.call.ms is not None], 0.95)
        assert (bucket.p95_ms is None and p95 is None) or math.isclose(bucket.p95_ms, p95, rel_tol=1e-12)


def check_buckets(trend: Any, wanted: list[list[Placed]], prices: Prices) -> None:
    for bucket, calls in zip(trend.buckets, wanted, strict=True):
        expected = totals(calls, prices)
        assert (bucket.calls, bucket.failed_calls, bucket.total_tokens, bucket.cost) == (
            expected.calls, expected.failed_calls, expected.total_tokens, expected.cost,
        )  # fmt: skip
    for series in (trend.by_model, trend.by_function):
        assert len(series) <= 13
        for i, bucket in enumerate(trend.buckets):
            if series or bucket.cost:
                assert sum(part.costs[i] for part in series) == bucket.cost
