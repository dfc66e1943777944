"""What one line of a day file says: the contract of records.md, section "One line", and nothing else.

`decode_line` turns the bytes of a line into calls and quarantined byte ranges. Between them they cover every byte
of a line that is not blank, so the account of a file adds up. It is pure: the same bytes and the same file date
decode the same for ever.

What a newcomer would get wrong: a call is never dropped for a field that cannot be read. The field becomes unknown
(None) and a flag says so; only what is not a usage record at all is quarantined.

A line is tried whole first, which is nearly always the end of it. Anything else goes to `_decode_odd_line`.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from datetime import date
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from itertools import accumulate, compress
from math import inf
from typing import Any

import msgspec

FLAGS: tuple[str, ...] = (
    "bom", "nul", "joined", "salvaged", "timestamp_scaled", "timestamp_text", "timestamp_unknown", "name_type",
    "name_long", "tokens_text", "tokens_unknown", "total_mismatch", "cost_unknown", "duration_unknown",
    "success_type", "no_newline",
)  # fmt: skip
"""Why a call is flagged; bit i of `Call.flags` is `FLAGS[i]`. `no_newline` is for whoever reads the file to set."""

QUARANTINE: tuple[str, ...] = (
    "not_json", "not_object", "not_usage", "utf8", "utf16", "too_long", "too_deep", "torn", "gz_truncated",
)  # fmt: skip
"""Why bytes are quarantined. `gz_truncated` is for whoever reads the file to say."""

MAX_LINE = 8 * 2**20
"""Bytes of the longest line that is decoded, without its newline."""

MAX_DEPTH = 200
"""How deep objects and lists may nest, the outermost counted. Our own, because the limits of the decoders depend on
how deep their caller is."""

MAX_TOKENS = 2**53
MAX_COST = Decimal(1_000_000)
MAX_NAME = 1024
"""Bytes of UTF-8 of a model, function or id; what is longer is cut."""
MAX_ERROR = 64 * 1024
"""Bytes of UTF-8 of an error message; what is longer is cut."""
MAX_TEXT = 200

(
    _BOM, _NUL, _JOINED, _SALVAGED, _TIMESTAMP_SCALED, _TIMESTAMP_TEXT, _TIMESTAMP_UNKNOWN, _NAME_TYPE, _NAME_LONG,
    _TOKENS_TEXT, _TOKENS_UNKNOWN, _TOTAL_MISMATCH, _COST_UNKNOWN, _DURATION_UNKNOWN, _SUCCESS_TYPE, _NO_NEWLINE,
) = (1 << i for i in range(len(FLAGS)))  # fmt: skip

_EVIDENCE = ("timestamp", "model", "input_tokens", "output_tokens", "cost")
_NAMES = ("model", "function", "user_id", "anchor_id", "session_id")

_MISSING = object()

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY_US = 86_400_000_000
_EARLIEST_US = (date(2015, 1, 1).toordinal() - _EPOCH_DAY) * _DAY_US
_GRACE_US = 36 * 3_600_000_000
_HOME_OFFSET_S = 8 * 3600

_SPACE = b" \t\r\n"
_UTF8_BOM = b"\xef\xbb\xbf"
# One NUL beside one other byte may be damage; four times running at the start of a line it is an encoding. A UTF-16
# file cut at its 0x0A bytes has lines that begin with the other half of the newline, hence both phases.
_UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|(?:\0[^\0]){4}|(?:[^\0]\0){4}")
# A string that never ends takes the rest, so that no byte is looked at twice. Read backwards, a string ends at the
# first quote that is not next to a backslash: before the quote that opens a string JSON never has one.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_REVERSED_GAP = re.compile(rb"(?:[ \t\r\n]++|\xbf\xbb\xef)*+")
_REVERSED_TOKEN = re.compile(rb'"[^"]*+(?:"\\[^"]*+)*+"?|[{}\[\]]')
_BRACKET_STEP = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_NOT_BRACKETS = bytes(set(range(256)) - _BRACKET_STEP.keys())

_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?", re.ASCII)
_ISO_8601 = re.compile(
    r"(\d{4})(-?)(\d\d)\2(\d\d)"
    r"(?:[T ]([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d)(?:[.,](\d+))?)?)?"
    r" ?(?:(Z)|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?",
    re.ASCII | re.IGNORECASE,
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE_ESCAPES = re.compile(r"(?:[^\\]|\\x..|\\[^x])*")

_ZERO = Decimal(0)
_NANOS = Decimal(10**9)
# Wide enough that nothing but what we ask for is rounded, and independent of the context of the calling thread.
_EXACT = Context(
    prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation], clamp=0
)


class Call(msgspec.Struct, frozen=True, gc=False):
    """One counted call. None is "not recorded" for a name and "unknown" for a figure.

    `ts_us` are microseconds since 1970 UTC: exact for an integer, else round(float(seconds) * 1e6) in IEEE doubles,
    half to even (milliseconds * 1e3 and microseconds likewise), and a fraction in ISO 8601 text is cut after six
    digits. `function` is the text as recorded. `cost_nano` is the decimal text of the cost in units of 1e-9, rounded
    half to even. `flags` has bit i set for the reason `FLAGS[i]`. The call takes the bytes `offset` to
    `offset + length` of its line, the newline included.
    """

    ts_us: int | None
    model: str | None
    function: str | None
    user_id: str | None
    anchor_id: str | None
    session_id: str | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int
    cost_nano: int | None
    duration_ms: float | None
    success: bool
    error_msg: str | None
    flags: int
    offset: int
    length: int


class Quarantined(msgspec.Struct, frozen=True, gc=False):
    """Bytes of a line that are no usage record. `reason` is one of `QUARANTINE`, `text` is `escaped` of the bytes."""

    offset: int
    length: int
    reason: str
    text: str


class _Number(str):
    """A JSON number as it was written: one with a fraction or an exponent, a very long one, NaN or Infinity."""

    __slots__ = ()


def _integer(text: str) -> int | _Number:
    """Python refuses to make an int of more digits than a setting of the process allows."""
    return int(text) if len(text) <= 18 else _Number(text)


_decode = msgspec.json.Decoder(float_hook=_Number).decode
_encode = json.JSONEncoder(ensure_ascii=False).encode
_decode_lenient = json.JSONDecoder(parse_float=_Number, parse_int=_integer, parse_constant=_Number).decode


def decode_line(raw: bytes, file_day: date) -> tuple[list[Call], list[Quarantined]]:
    """The calls and the quarantined ranges of one line, its newline included if it has one.

    The ranges of both, taken together, are disjoint and cover the line; a blank line has none. `file_day` is the
    date in the file's name (the latest believable timestamp depends on it). Never raises for any bytes.
    """
    size = len(raw)
    # Anything that nests deeper than MAX_DEPTH and closes again has at least two bytes a level.
    if size <= 2 * MAX_DEPTH or (size <= MAX_LINE and raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH):
        try:
            fields = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        else:
            if type(fields) is dict and _is_usage(fields):
                return [_call(fields, file_day, 0, 0, size)], []
    return _decode_odd_line(raw, file_day)


def escaped(raw: bytes) -> str:
    """The start of these bytes, without a line end, as at most 200 printable ASCII characters."""
    text = raw[:MAX_TEXT].rstrip(b"\r\n").decode("latin-1").encode("unicode_escape").decode("ascii")
    whole = _WHOLE_ESCAPES.match(text[:MAX_TEXT])
    return whole[0] if whole else ""


def _decode_odd_line(raw: bytes, file_day: date) -> tuple[list[Call], list[Quarantined]]:
    """A line that is not simply one usage record: read from its end, because it is the start that a torn write
    damages, and because from its end it can be cut into objects in one pass."""
    if len(raw) - raw.endswith(b"\n") > MAX_LINE:
        return [], [_quarantined(raw, 0, len(raw), "too_long")]
    if _UTF16.match(raw):
        return [], [_quarantined(raw, 0, len(raw), "utf16")]
    body = raw.replace(b"\0", b"")
    flags = _NUL if len(body) < len(raw) else 0
    if body.startswith(_UTF8_BOM):
        flags |= _BOM
        body = body[len(_UTF8_BOM) :]
    if not body.strip(_SPACE):
        return [], [_quarantined(raw, 0, len(raw), "not_json")] if flags else []

    parts, whole, has_bom = _objects_at_end(body)
    if has_bom:
        flags |= _BOM
    if not whole:
        while parts and parts[-1][1] is None:
            parts.pop()
        flags |= _SALVAGED
    if not parts:
        return [], [_quarantined(raw, 0, len(raw), _why_not(body))]
    if len(parts) > 1:
        flags |= _JOINED

    parts.reverse()
    starts = _offsets_in(raw, body, [start for start, _ in parts])
    calls: list[Call] = []
    rejects: list[Quarantined] = []
    if whole:
        starts[0] = 0
    else:
        rejects.append(_quarantined(raw, 0, starts[0], "torn"))
    for (_, fields), start, end in zip(parts, starts, [*starts[1:], len(raw)], strict=True):
        if fields is None:
            rejects.append(_quarantined(raw, start, end - start, "not_usage"))
        else:
            calls.append(_call(fields, file_day, flags, start, end - start))
    return calls, rejects


def _objects_at_end(body: bytes) -> tuple[list[tuple[int, dict[str, Any] | None]], bool, bool]:
    """The whole JSON objects with which a line ends, the last one first, as (offset, fields); whether nothing else is
    in the line; and whether a BOM is between them.

    The fields are None for what is not a usage record; neighbours of that kind are one entry, lest a line of a
    million `{}` become a million rejects.
    """
    found: list[tuple[int, dict[str, Any] | None]] = []
    backwards = body[::-1]
    end = size = len(body)
    depth = 0
    has_bom = False
    for token in _REVERSED_TOKEN.finditer(backwards):
        step = _BRACKET_STEP.get(backwards[token.start()], 0)
        depth -= step
        if depth > MAX_DEPTH:
            break
        if step != 1 or depth:
            continue
        start = size - token.end()
        gap = _before_gap(backwards, end)
        fields = _object(body[start:gap])
        if fields is None:
            break
        has_bom = has_bom or _UTF8_BOM in body[gap:end]
        usage = fields if len(fields) > 1 and _is_usage(fields) else None
        if usage is None and found and found[-1][1] is None:
            found.pop()
        found.append((start, usage))
        end = start
    return found, bool(found) and not _before_gap(backwards, end), has_bom


def _before_gap(backwards: bytes, end: int) -> int:
    """Where the blanks and BOMs before an offset begin."""
    gap = _REVERSED_GAP.match(backwards, len(backwards) - end)
    return len(backwards) - gap.end() if gap else end


def _object(text: bytes) -> dict[str, Any] | None:
    """The fields of one JSON object, or None. NaN, Infinity and lone surrogates are read too: Python's json writes
    them. The caller has measured the depth of what is a whole object, so what recurses too far is none."""
    try:
        fields = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            fields = _decode_lenient(text.decode())
        except (ValueError, RecursionError):
            return None
        if type(fields) is dict:
            return {key: _without_surrogates(v) if type(v) is str else v for key, v in fields.items()}
    return fields if type(fields) is dict else None


def _why_not(body: bytes) -> str:
    """The reason why a line has no usage record in it."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "utf8"
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        return "too_deep"
    try:
        _decode_lenient(text)
    except ValueError:
        return "not_json"
    return "not_object"


def _depth(body: bytes) -> int:
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_BRACKET_STEP.__getitem__, brackets)), default=0)


def _offsets_in(raw: bytes, body: bytes, offsets: list[int]) -> list[int]:
    """Where these bytes of the body are in the line that it was stripped from."""
    if len(body) == len(raw):
        return offsets
    kept = array("L", compress(range(len(raw)), raw))
    bom = len(kept) - len(body)
    return [kept[bom + offset] for offset in offsets]


def _quarantined(raw: bytes, offset: int, length: int, reason: str) -> Quarantined:
    return Quarantined(offset, length, reason, escaped(raw[offset : offset + min(length, MAX_TEXT)]))


def _is_usage(fields: dict[str, Any]) -> bool:
    return ("timestamp" in fields and "cost" in fields) or sum(key in fields for key in _EVIDENCE) >= 2


def _call(fields: dict[str, Any], file_day: date, flags: int, offset: int, length: int) -> Call:
    get = fields.get
    ts_us, odd = _timestamp(get("timestamp"), file_day)
    flags |= odd

    names: list[str | None] = []
    for key in _NAMES:
        name = get(key)
        if name is not None and (type(name) is not str or len(name) > MAX_NAME // 4):
            name, odd = _name(name)
            flags |= odd
        names.append(name)

    input_tokens = get("input_tokens")
    if type(input_tokens) is not int or not 0 <= input_tokens <= MAX_TOKENS:
        input_tokens, odd = _tokens(input_tokens)
        flags |= odd
    output_tokens = get("output_tokens")
    if type(output_tokens) is not int or not 0 <= output_tokens <= MAX_TOKENS:
        output_tokens, odd = _tokens(output_tokens)
        flags |= odd
    total_tokens = get("total_tokens")
    known = (input_tokens or 0) + (output_tokens or 0)
    least = 0 if input_tokens is None or output_tokens is None else known
    if type(total_tokens) is not int or not least <= total_tokens <= MAX_TOKENS:
        total_tokens = known
        flags |= _TOTAL_MISMATCH

    cost_nano = _cost_nano(get("cost"))
    if cost_nano is None:
        flags |= _COST_UNKNOWN

    duration_ms = get("duration_ms", _MISSING)
    if duration_ms is not None:
        duration_ms = _duration_ms(duration_ms)
        if duration_ms is None:
            flags |= _DURATION_UNKNOWN

    success = get("success")
    if type(success) is not bool:
        success = _success(success)
        flags |= _SUCCESS_TYPE

    error_msg = get("error_msg")
    if error_msg is not None:
        error_msg = error_msg if type(error_msg) is str else _without_surrogates(_json_text(error_msg))
        error_msg = _cut(error_msg, MAX_ERROR)

    model, function, user_id, anchor_id, session_id = names
    return Call(
        ts_us, model, function, user_id, anchor_id, session_id, input_tokens, output_tokens, total_tokens,
        cost_nano, duration_ms, success, error_msg, flags, offset, length,
    )  # fmt: skip


def _timestamp(value: Any, file_day: date) -> tuple[int | None, int]:
    """Microseconds UTC and flags."""
    flags = 0
    us: int | None = None
    number: float | None = None
    if type(value) is _Number:
        number = float(value)
    elif type(value) is int:
        number = value
    elif type(value) is str:
        flags = _TIMESTAMP_TEXT
        number = _number(value)
        if number is None:
            us = _iso_8601_us(value)
    if number is not None and 0 <= number < inf:
        if number < 1e11:
            us = round(number * 1_000_000)
        elif number < 1e14:
            us = round(number * 1_000)
            flags |= _TIMESTAMP_SCALED
        else:
            us = round(number)
            flags |= _TIMESTAMP_SCALED
    if us is None or not _EARLIEST_US <= us <= (file_day.toordinal() - _EPOCH_DAY + 1) * _DAY_US + _GRACE_US:
        return None, _TIMESTAMP_UNKNOWN
    return us, flags


def _iso_8601_us(text: str) -> int | None:
    """Our own reading, because that of `datetime` differs between versions of Python. Without a zone: UTC+08:00."""
    found = _ISO_8601.fullmatch(text.strip())
    if not found:
        return None
    year, _, month, day, hour, minute, second, fraction, utc, sign, offset_hour, offset_minute = found.groups("")
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    offset_s = int(offset_hour or 0) * 3600 + int(offset_minute or 0) * 60
    if sign == "-":
        offset_s = -offset_s
    elif not sign and not utc:
        offset_s = _HOME_OFFSET_S
    seconds = int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0) - offset_s
    return days * _DAY_US + seconds * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def _number(text: str) -> float | None:
    """The number that a text is (an int where it can be), or None."""
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else None


def _name(value: Any) -> tuple[str, int]:
    """The text of what is not a short string, and flags."""
    flags = _NAME_TYPE if type(value) is not str else 0
    text = "(invalid)" if isinstance(value, dict | list) else value if type(value) is str else _json_text(value)
    short = _cut(text, MAX_NAME)
    return short, flags | (_NAME_LONG if len(short) < len(text) else 0)


def _tokens(value: Any) -> tuple[int | None, int]:
    """The count in what is not an integer of the right size, and flags."""
    number = _number(value) if isinstance(value, str) else None
    if number is None or not 0 <= number <= MAX_TOKENS or number != int(number):
        return None, _TOKENS_UNKNOWN
    return int(number), _TOKENS_TEXT


def _cost_nano(value: Any) -> int | None:
    if type(value) is int:
        return value * 1_000_000_000 if 0 <= value <= MAX_COST else None
    if type(value) is not _Number:
        return None
    try:
        cost = Decimal(value, _EXACT)
        if not _ZERO <= cost <= MAX_COST:
            return None
    except InvalidOperation:
        return _cost_nano_beyond_decimal(value)
    return round(_EXACT.multiply(cost, _NANOS))


def _cost_nano_beyond_decimal(text: str) -> int | None:
    """For NaN, and for exponents of 19 digits and more, before which the mantissa of a line counts for nothing."""
    mantissa, has_exponent, exponent = text.lower().partition("e")
    if not has_exponent:
        return None
    if not mantissa.strip("-0."):
        return 0
    return 0 if exponent.startswith("-") and not mantissa.startswith("-") else None


def _duration_ms(value: Any) -> float | None:
    if type(value) is not int and type(value) is not _Number:
        return None
    try:
        duration = float(value)
    except OverflowError:
        return None
    return duration + 0.0 if 0 <= duration < inf else None  # -0.0 + 0.0 = 0.0


def _success(value: Any) -> bool:
    if type(value) is str:
        return value != "false"
    if type(value) is _Number:
        return float(value) != 0
    return type(value) is not int or value != 0


def _cut(text: str, size: int) -> str:
    """The text, or as many of its characters as have at most `size` bytes of UTF-8."""
    if len(text) <= size // 4:
        return text
    raw = text[:size].encode()
    return raw[:size].decode(errors="ignore") if len(raw) > size or len(text) > size else text


def _without_surrogates(text: str) -> str:
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def _json_text(value: Any) -> str:
    """Compact JSON, numbers as written; the start of it where that is longer than anything that is kept."""
    size = 0
    pieces = []
    for piece in _json_pieces(value):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_ERROR:
            break
    return "".join(pieces)


def _json_pieces(value: Any) -> Iterator[str]:
    if type(value) is _Number:
        yield str(value)
    elif type(value) is dict:
        opening = "{"
        for key, item in value.items():
            yield f"{opening}{_encode(key)}:"
            yield from _json_pieces(item)
            opening = ","
        yield "}" if value else "{}"
    elif type(value) is list:
        opening = "["
        for item in value:
            yield opening
            yield from _json_pieces(item)
            opening = ","
        yield "]" if value else "[]"
    else:
        yield _encode(value)
