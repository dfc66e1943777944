"""From whole lines to rows of the database: the exact decoder, and a fast way that may only agree with it.

The fast way lets the database parse a block of lines by itself, off the interpreter lock, and then writes each line
again from the parsed values. Only where that text is the very line that was read (and all values lie within the
contract) is the row taken; every other line goes through `decode_line`. So whatever the database casts, rounds or
guesses, it cannot be believed by accident. The newcomer's mistake: to add a check instead of this comparison.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import msgspec

from tipmao_monitor.usage.database import duckdb
from tipmao_monitor.usage.dayfile import Block
from tipmao_monitor.usage.functions import function_id
from tipmao_monitor.usage.localtime import DAY, HOUR, day_number
from tipmao_monitor.usage.records import FLAGS, Call, Quarantined, decode_line, escaped
from tipmao_monitor.usage.snapshot import FileAccount, Reject

KEPT_REJECTS = 1000
PARQUET = "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION uncompressed"  # a fifth larger than with snappy, and quicker
KEPT_NAMES = 64
FEW_ROWS = 8  # up to which parameters are planned sooner than a JSON text of them all
SMALL_BLOCK = 200  # lines; below this a statement costs more than decoding here
_LAST_SECONDS_US = 10**17 - 1  # larger figures are milliseconds (records.md)
FIRST_US = 1_420_070_400_000_000  # 2015-01-01 UTC

# Names of columns are short because every query repeats them; `pos`, `len` are the byte range, `nano` is 1e-9 of the
# recorded currency, `raw` the function as written and `fn` its canonical id, `day` the file's date since 1970.
COLUMNS: dict[str, str] = {
    "line": "INTEGER", "pos": "BIGINT", "len": "INTEGER", "ts": "BIGINT", "day": "INTEGER",
    "model": "VARCHAR", "fn": "VARCHAR", "raw": "VARCHAR",
    "user_id": "VARCHAR", "anchor_id": "VARCHAR", "session_id": "VARCHAR",
    "tin": "BIGINT", "tout": "BIGINT", "total": "BIGINT", "nano": "BIGINT",
    "ms": "DOUBLE", "ok": "BOOLEAN", "err": "VARCHAR", "flags": "INTEGER",
}  # fmt: skip
COLUMN_LIST = ", ".join(COLUMNS)
COLUMN_TYPES = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())

_ROW_JSON = "[{" + ", ".join(f'"{name}": "{kind}"' for name, kind in COLUMNS.items()) + "}]"
_NAME_JSON = '[{"raw": "VARCHAR", "id": "VARCHAR"}]'
# The database quotes what it could not parse, and may cut a character in two for that.
_NOT_FAST = (duckdb.InvalidInputException, duckdb.ConversionException, UnicodeDecodeError)
_UNTRUSTED = -1  # in `flags`, only until the line has been decoded exactly

_KEYS: dict[str, str] = {
    "timestamp": "DOUBLE", "user_id": "VARCHAR", "anchor_id": "VARCHAR", "session_id": "VARCHAR", "model": "VARCHAR",
    "function": "VARCHAR", "input_tokens": "BIGINT", "output_tokens": "BIGINT", "total_tokens": "BIGINT",
    "cost": "DOUBLE", "duration_ms": "DOUBLE", "success": "BOOLEAN", "error_msg": "VARCHAR",
}  # fmt: skip


class Row(msgspec.Struct):
    """One row as it is handed to the database; the fields are `COLUMNS`."""

    line: int
    pos: int
    len: int
    ts: int | None
    day: int
    model: str | None
    fn: str
    raw: str | None
    user_id: str | None
    anchor_id: str | None
    session_id: str | None
    tin: int | None
    tout: int | None
    total: int
    nano: int | None
    ms: float | None
    ok: bool
    err: str | None
    flags: int


@dataclass(slots=True)
class Account:
    """Where the bytes and lines of one file, or of a part of it, went (records.md I2, I3)."""

    counted_bytes: int = 0
    quarantined_bytes: int = 0
    blank_bytes: int = 0
    lines: int = 0
    counted: int = 0
    flagged: int = 0
    quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rejects: deque[Reject] = field(default_factory=lambda: deque(maxlen=KEPT_REJECTS))

    def add(self, other: Account) -> None:
        self.counted_bytes += other.counted_bytes
        self.quarantined_bytes += other.quarantined_bytes
        self.blank_bytes += other.blank_bytes
        self.lines += other.lines
        self.counted += other.counted
        self.flagged += other.flagged
        self.quarantined += other.quarantined
        self.reasons.update(other.reasons)
        self.rejects.extend(other.rejects)

    def reject(self, path: str, line: int, start: int, found: Quarantined) -> None:
        self.quarantined += 1
        self.quarantined_bytes += found.length
        self.reasons[found.reason] += 1
        self.rejects.append(Reject(path, line, start + found.offset, found.length, found.reason, found.text))

    def of_file(self, path: str, size: int, size_on_disk: int, pending: int) -> FileAccount:
        return FileAccount(
            path, size, size_on_disk, self.counted_bytes, self.quarantined_bytes, self.blank_bytes, pending,
            self.lines, self.counted, self.flagged, self.quarantined, tuple(sorted(self.reasons.items())),
        )  # fmt: skip


class Intake:
    """Loads blocks of one file into a table. `cursor` belongs to the calling thread.

    `table` has `COLUMNS`, preceded by what `prefix` gives in SQL ("3, 17, " for a table that begins with two more).
    `names` remembers the ids of function texts over files, so that the fast way can name them in passing.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        table: str,
        path: str,
        day: date,
        names: dict[str, str],
        prefix: str = "",
    ) -> None:
        self._cursor = cursor
        self._table = table
        self._prefix = prefix
        self._path = path
        self._day = day
        self._names = names

    def load(self, block: Block) -> Account:
        """Rows of a block of whole lines, or the reject of a line over the limit."""
        if block.is_long:
            return self._too_long(block)
        return self._load(block.data, block.start, block.line, block.lines)

    def write(self, block: Block, file: str) -> Account:
        """The same rows straight into a Parquet file, without a table between: what is closed is only ever read."""
        if block.lines >= SMALL_BLOCK:
            for tolerant in (False, True):
                try:
                    return self._write_fast(block, file, tolerant)
                except _NOT_FAST:
                    continue
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE written ({COLUMN_TYPES})")
        account = Intake(self._cursor, "written", self._path, self._day, self._names).load(block)
        self._cursor.execute(f"COPY written TO {quoted(file)} ({PARQUET})")
        self._cursor.execute("DROP TABLE written")
        return account

    def _write_fast(self, block: Block, file: str, tolerant: bool) -> Account:
        cursor, data = self._cursor, block.data
        sql, values = self._fast(data, block.start, block.line, block.lines, tolerant)
        cursor.execute(f"COPY ({sql}) TO {quoted(file)} ({PARQUET})", values)
        rows = f"read_parquet({quoted(file)})"
        [(unnamed, doubtful)] = cursor.execute(
            f"SELECT count(*) FILTER (fn IS NULL), count(*) FILTER (flags = {_UNTRUSTED}) FROM {rows}"
        ).fetchall()
        untrusted = []
        if doubtful:
            untrusted = cursor.execute(f"SELECT pos, len, line FROM {rows} WHERE flags = {_UNTRUSTED}").fetchall()
        account = Account(
            counted=block.lines - len(untrusted), counted_bytes=len(data) - sum(size for _, size, _ in untrusted)
        )
        if unnamed or untrusted:
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE written ({COLUMN_TYPES})")
            cursor.execute(f"INSERT INTO written FROM {rows} WHERE flags <> {_UNTRUSTED}")
            exact = Intake(cursor, "written", self._path, self._day, self._names)
            exact._name_functions("true")
            slices = ((data[at - block.start : at - block.start + size], at, line) for at, size, line in untrusted)
            exact._load_exactly(slices, account)
            cursor.execute(f"COPY written TO {quoted(file)} ({PARQUET})")
            cursor.execute("DROP TABLE written")
        account.lines = block.lines
        return account

    def _too_long(self, block: Block) -> Account:
        account = Account(lines=1)
        account.reject(
            self._path, block.line, block.start, Quarantined(0, block.length, "too_long", escaped(block.data))
        )
        return account

    def load_last_line(self, line: bytes, start: int, number: int) -> Account | None:
        """A last line without newline, once its day is over: counted if it is one whole record, else None."""
        calls, rejects = decode_line(line, self._day)
        if len(calls) != 1 or rejects:
            return None
        flag = 1 << FLAGS.index("no_newline")
        account = Account()
        self._insert(self._rows([(calls[0], calls[0].flags | flag, start, number)], account))
        return account

    def _load(self, data: bytes, start: int, line: int, count: int) -> Account:
        if count >= SMALL_BLOCK:
            for tolerant in (False, True):
                try:
                    return self._load_fast(data, start, line, count, tolerant)
                except _NOT_FAST:
                    self._cursor.execute("ROLLBACK")
            middle = data.find(b"\n", len(data) // 2) + 1
            if 0 < middle < len(data):
                first = data.count(b"\n", 0, middle)
                account = self._load(data[:middle], start, line, first)
                account.add(self._load(data[middle:], start + middle, line + first, count - first))
                return account
        account = Account()
        self._load_exactly(self._lines(data, start, line), account)
        return account

    @staticmethod
    def _lines(data: bytes, start: int, line: int) -> Iterable[tuple[bytes, int, int]]:
        at = 0
        while at < len(data):
            end = data.find(b"\n", at) + 1 or len(data)
            yield data[at:end], start + at, line
            at, line = end, line + 1

    def _load_exactly(self, lines: Iterable[tuple[bytes, int, int]], account: Account) -> None:
        found: list[tuple[Call, int, int, int]] = []
        for raw, start, line in lines:
            calls, rejects = decode_line(raw, self._day)
            account.lines += 1
            found += [(call, call.flags, start, line) for call in calls]
            for reject in rejects:
                account.reject(self._path, line, start, reject)
            if not calls and not rejects:
                account.blank_bytes += len(raw)
        self._insert(self._rows(found, account))

    def _rows(self, found: Iterable[tuple[Call, int, int, int]], account: Account) -> list[Row]:
        rows = []
        day = day_number(self._day)
        for call, flags, start, line in found:
            account.counted += 1
            account.counted_bytes += call.length
            account.flagged += flags != 0
            if flags:
                account.reasons.update(reasons_of(flags))
            row = Row(
                line, start + call.offset, call.length, call.ts_us, day, call.model, self._function_id(call.function),
                call.function, call.user_id, call.anchor_id, call.session_id, call.input_tokens, call.output_tokens,
                call.total_tokens, call.cost_nano, call.duration_ms, call.success, call.error_msg, flags,
            )  # fmt: skip
            rows.append(row)
        return rows

    def _function_id(self, raw: str | None) -> str:
        if raw is None:
            return function_id(raw)
        known = self._names.get(raw)
        if known is None:
            known = function_id(raw)
            if len(self._names) < KEPT_NAMES:
                self._names[raw] = known
        return known

    def _insert(self, rows: list[Row]) -> None:
        if 0 < len(rows) <= FEW_ROWS:
            values = ", ".join([f"({self._prefix} {', '.join('?' * len(COLUMNS))})"] * len(rows))
            self._cursor.execute(
                f"INSERT INTO {self._table} VALUES {values}",
                [value for row in rows for value in msgspec.structs.astuple(row)],
            )
        elif rows:
            self._cursor.execute(
                f"INSERT INTO {self._table} SELECT {self._prefix} r.* "
                f"FROM (SELECT unnest(from_json(?, '{_ROW_JSON}')) r)",
                [msgspec.json.encode(rows).decode()],
            )

    def _fast(self, data: bytes, start: int, line: int, count: int, tolerant: bool) -> tuple[str, dict[str, object]]:
        """The SQL of a block of lines, and the values of its parameters."""
        crlf = data.endswith(b"\r\n") and data.count(b"\r\n") == count
        day = day_number(self._day)
        values = {
            "data": data[: -2 if crlf else -1], "start": start, "line": line, "day": day,
            "last_us": min((day + 1) * DAY + 36 * HOUR, _LAST_SECONDS_US),
        }  # fmt: skip
        columns = ", ".join(f"{name}::{kind} AS {name}" for name, kind in COLUMNS.items())
        return f"SELECT {columns} FROM ({_fast_sql(crlf, tolerant, dict(self._names))})", values

    def _load_fast(self, data: bytes, start: int, line: int, count: int, tolerant: bool) -> Account:
        cursor = self._cursor
        sql, values = self._fast(data, start, line, count, tolerant)
        cursor.execute("BEGIN")
        cursor.execute(f"INSERT INTO {self._table} SELECT {self._prefix} * FROM ({sql})", values)
        new = f"line BETWEEN {line} AND {line + count - 1}"
        self._name_functions(new)
        untrusted = cursor.execute(
            f"SELECT pos, len, line FROM {self._table} WHERE {new} AND flags = {_UNTRUSTED} ORDER BY pos"
        ).fetchall()
        account = Account()
        if untrusted:
            cursor.execute(f"DELETE FROM {self._table} WHERE {new} AND flags = {_UNTRUSTED}")
            slices = ((data[pos - start : pos - start + size], pos, number) for pos, size, number in untrusted)
            self._load_exactly(slices, account)
        cursor.execute("COMMIT")
        account.lines = count
        account.counted += count - len(untrusted)
        account.counted_bytes += len(data) - sum(size for _, size, _ in untrusted)
        return account

    def _name_functions(self, new: str) -> None:
        texts = self._cursor.execute(
            f"SELECT DISTINCT raw FROM {self._table} WHERE {new} AND fn IS NULL AND flags <> {_UNTRUSTED}"
        ).fetchall()
        if texts:
            names = [{"raw": raw, "id": self._function_id(raw)} for (raw,) in texts]
            self._cursor.execute(
                f"UPDATE {self._table} SET fn = n.id FROM "
                f"(SELECT unnest(from_json(?, '{_NAME_JSON}'), recursive := true)) n "
                f"WHERE {new} AND fn IS NULL AND {self._table}.raw IS NOT DISTINCT FROM n.raw",
                [msgspec.json.encode(names).decode()],
            )


def quoted(text: str) -> str:
    """A text as an SQL literal. Record text never reaches SQL in any other way than this or as a parameter."""
    return "'" + text.replace("'", "''") + "'"


def reasons_of(flags: int) -> tuple[str, ...]:
    """The names of the flags of a row."""
    return tuple(name for bit, name in enumerate(FLAGS) if flags >> bit & 1)


def _fast_sql(crlf: bool, tolerant: bool, names: dict[str, str]) -> str:
    """Rows of $data, `flags` 0 where the line is what its values would be written as, else untrusted.

    A constant would be split while planning, and copied with every step of it: hence random(), a quarter of the time.
    """
    shape = "{" + ", ".join(f'"{key}": "{kind}"' for key, kind in _KEYS.items()) + "}"
    parse = f"json_transform(text, '{shape}')"
    if tolerant:
        parse = f"try({parse})"
    end, end_size = ("chr(13) || chr(10)", 2) if crlf else ("chr(10)", 1)
    written = []
    for number, (key, kind) in enumerate(_KEYS.items()):
        written.append(f"'{', ' if number else '{'}\"{key}\": '")
        match kind:
            case _ if key == "error_msg":  # the only text in which quotes and line ends are common
                written.append("coalesce(to_json(j.error_msg)::VARCHAR, 'null')")
            case "VARCHAR":
                quote = f"CASE WHEN j.{key} IS NULL THEN {{}} ELSE '\"' END"
                written += [quote.format("'null'"), f"j.{key}", quote.format("''")]
            case "BOOLEAN":
                written.append(f"CASE WHEN j.{key} THEN 'true' ELSE 'false' END")
            case "DOUBLE":
                # Quicker, and the same text as Python's but where that has an exponent.
                written.append(f"coalesce(to_json(j.{key})::VARCHAR, 'null')")
                if key == "cost":
                    written[-1] = "CASE WHEN j.cost < 1e-4 THEN j.cost::VARCHAR ELSE to_json(j.cost)::VARCHAR END"
            case _:
                written.append(f"j.{key}::VARCHAR")
    known = "NULL::VARCHAR"
    if names:
        known = (
            f"CASE j.function {' '.join(f'WHEN {quoted(raw)} THEN {quoted(name)}' for raw, name in names.items())} END"
        )
    grouped = ("user_id", "anchor_id", "session_id", "model", "function")
    within = " AND ".join(
        (
            f"text = concat({', '.join(written)}, '}}')",
            "nano / 1e9 = j.cost",
            "j.cost BETWEEN 0 AND 1e6",
            f"ts BETWEEN {FIRST_US} AND $last_us",
            f"j.input_tokens BETWEEN 0 AND {2**53}",
            f"j.output_tokens BETWEEN 0 AND {2**53}",
            f"j.total_tokens BETWEEN j.input_tokens + j.output_tokens AND {2**53}",
            "coalesce(j.duration_ms BETWEEN 0 AND 1e300, true)",
            f"strlen(concat({', '.join(f'j.{name}' for name in grouped)})) <= 1024",
            "coalesce(strlen(j.error_msg) <= 65536, true)",
        )
    )
    return f"""
        SELECT line, $start + ends - len AS pos, len, ts, $day AS day, j.model AS model,
            {known} AS fn, j.function AS raw, j.user_id AS user_id, j.anchor_id AS anchor_id,
            j.session_id AS session_id, j.input_tokens AS tin, j.output_tokens AS tout, j.total_tokens AS total,
            nano, j.duration_ms + 0.0 AS ms, j.success AS ok, j.error_msg AS err,
            CASE WHEN {within} THEN 0 ELSE {_UNTRUSTED} END AS flags
        FROM (
            SELECT *, try_cast(j.timestamp * 1e6 AS BIGINT) AS ts, try_cast(j.cost * 1e9 AS BIGINT) AS nano
            FROM (
                SELECT line, text, len, ends, {parse} AS j FROM (
                    SELECT text, strlen(text) + {end_size} AS len,
                        $line + row_number() OVER () - 1 AS line,
                        sum(strlen(text) + {end_size}) OVER (ROWS UNBOUNDED PRECEDING) AS ends
                    FROM (SELECT unnest(string_split(decode(CASE WHEN random() < 2 THEN $data END), {end})) AS text)
                )
            )
        )"""
