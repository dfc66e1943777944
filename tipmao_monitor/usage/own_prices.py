"""The user's own price file while it is edited from the window: rows put in, replaced or taken out, and taken back.

Everything else in the file, comments above all, stays as the user wrote it. A newcomer would get this wrong: the file
may be edited by hand at the same time, so it is read again before each change, and never written where what would come
out is no price book.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tipmao_monitor.usage.prices import FIRST_DAY, Key, Price, PriceBook, PriceError, Problem, Rate
from tipmao_monitor.usage.wholefile import LARGEST, read_file, replace_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Row: TypeAlias = Price | Rate

FILE = "prices.toml"

_NEW_FILE = """\
# Your own prices. A row here replaces the program's row of the same model and first day; the others stay. A new price
# from a later day on is a new row with its effective_from, so that what lies before keeps the price of its day.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What is done at once: the user's rows that go, then those that come (or replace the one of their key)."""

    drop: tuple[Row, ...] = ()
    put: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """The price book as it is on a day, for those who show it.

    Where the user's file cannot be used, `problems` are its mistakes and `book` is the program's own; `failure` is what
    went wrong with the last change: "changed_outside", or what the disk said.
    """

    book: PriceBook
    day: date
    path: str = ""
    can_undo: bool = False
    problems: tuple[Problem, ...] = ()
    failure: str = ""


class ChangedOutsideError(Exception):
    """The file is no longer what the change left, so that taking it back would lose what was edited since."""


class OwnPrices:
    """The user's file at `path`, which need not exist. PriceError where it cannot be used, OSError as the disk says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._past: list[tuple[str, str]] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    def book(self) -> PriceBook:
        return PriceBook.load(self.path)

    def apply(self, change: Change) -> PriceBook:
        """Write the change; returns the book with it."""
        before = self._text()
        after, book = changed(before, change, self.path.name)
        if after != before:
            replace_file(self.path, after.encode())
            self._past.append((before, after))
        return book

    def undo(self) -> PriceBook:
        """Take the last change back, if there is one; returns the book without it."""
        if not self._past:
            return self.book()
        before, after = self._past[-1]
        if self._text() != after:
            raise ChangedOutsideError
        book = PriceBook.parse(before, self.path.name)
        replace_file(self.path, before.encode())
        self._past.pop()
        return book

    def _text(self) -> str:
        try:
            return read_file(self.path, LARGEST).decode("utf-8-sig")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            raise PriceError([Problem("unreadable", value=str(error), file=self.path.name)]) from None


def changed(text: str, change: Change, name: str = FILE) -> tuple[str, PriceBook]:
    """The content of a price file with the change, and the book that it makes. PriceError if one of them is none."""
    import tomlkit  # takes longer to import than the book to load, and only editing needs it
    from tomlkit.exceptions import TOMLKitError

    PriceBook.parse(text, name)
    try:
        document = tomlkit.parse(text or _NEW_FILE)
    except TOMLKitError as error:  # it is stricter than what reads the file
        raise PriceError([Problem("unreadable", value=str(error), file=name)]) from None
    for table in ("price", "rate"):
        _write_as_tables(document, table)
    for row in change.drop:
        rows = document.get(_table(row), [])
        for place in reversed([place for place, other in enumerate(rows) if _key(row, other) == row.key]):
            del rows[place]
        if not rows:
            document.pop(_table(row), None)
    fresh: dict[str, list[Row]] = {"price": [], "rate": []}
    for row in change.put:
        found = [other for other in document.get(_table(row), []) if _key(row, other) == row.key]
        if found:
            _write(found[0], _fields(row))
        else:
            fresh[_table(row)].append(row)
    after = "".join([tomlkit.dumps(document), *_blocks(fresh)])
    return after, PriceBook.parse(after, name)


def _write_as_tables(document: TOMLDocument, table: str) -> None:
    """Rows that stand in one list, price = [{...}], are written as [[price]] each, so that others can follow."""
    from tomlkit import aot, item
    from tomlkit.items import AoT

    rows = document.get(table)
    if rows is None or isinstance(rows, AoT):
        return
    tables = aot()
    for values in rows.unwrap():
        tables.append(item(values))
    document.remove(table)
    document.append(table, tables)


def _table(row: Row) -> str:
    return "price" if isinstance(row, Price) else "rate"


def _key(row: Row, values: Mapping[str, Any]) -> Key:
    day = values.get("effective_from", FIRST_DAY)
    return str(values["model" if isinstance(row, Price) else "currency"]), date.fromisoformat(str(day))


def _blocks(fresh: Mapping[str, Iterable[Row]]) -> Iterator[str]:
    """New rows as text behind the file: they need not be fitted into what is there."""
    import tomlkit

    for table, rows in fresh.items():
        for row in rows:
            values = tomlkit.table()
            _write(values, _fields(row))
            yield f"\n[[{table}]]\n{tomlkit.dumps(values)}"


def _fields(row: Row) -> dict[str, Any]:
    """What is written of a row: nothing that it could take from another row is left out, or it would change with it."""
    day = {"effective_from": row.effective_from} if row.effective_from != FIRST_DAY else {}
    seen = {**({"source": row.source} if row.source else {}), **({"checked": row.checked} if row.checked else {})}
    if isinstance(row, Rate):
        return {"currency": row.currency, "cny": row.cny, **day, **seen}
    texts = {"provider": row.provider, "display_name": row.display_name, "tier": row.tier}
    steps = [{"above": s.above, "input": f"{s.input_per_1k:f}", "output": f"{s.output_per_1k:f}"} for s in row.steps]
    return {
        "model": row.model,
        **{field: text for field, text in texts.items() if text},
        "currency": row.currency,
        "input": row.input_per_1k,
        "output": row.output_per_1k,
        "free_input_tokens": row.free_input_tokens,
        "steps": steps,
        **day,
        "aliases": list(row.aliases),
        **seen,
    }


def _write(values: MutableMapping[str, Any], fields: Mapping[str, Any]) -> None:
    import tomlkit

    for field in ("provider", "display_name", "tier", "effective_from", "checked"):
        if field not in fields:
            values.pop(field, None)
    for field, value in fields.items():
        if field in values and _is_same(values[field], value):
            continue
        if isinstance(value, Decimal):
            values[field] = f"{value:f}"
        elif field == "steps":
            steps = tomlkit.array()
            for step in value:
                item = tomlkit.inline_table()
                item.update(step)
                steps.append(item)
            values[field] = steps
        else:
            values[field] = value


def _is_same(written: Any, value: Any) -> bool:
    """Whether what stands there already says this, maybe in other words (0.004, "0.004", "2025-10-26")."""
    if isinstance(value, Decimal):
        try:
            return Decimal(str(written)) == value
        except InvalidOperation:
            return False
    return bool(written == value or (isinstance(value, date) and str(written) == value.isoformat()))
