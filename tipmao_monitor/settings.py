"""The user's settings: a frozen value, read from and written to one TOML file that a person may edit.

A newcomer would get these wrong: reading never fails. A field that cannot be used keeps its default and is named, with
its line where that is known; the file itself is left as it is until the user changes a setting in the program. And
where the file as a whole cannot be used, its backup is, and what was unusable is kept beside it as `.unusable`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, get_args

from tipmao_monitor.usage import budgets as budget_tables
from tipmao_monitor.usage.budgets import Budget, BudgetError
from tipmao_monitor.usage.formats import FORMATS, Format
from tipmao_monitor.usage.snapshot import Trouble
from tipmao_monitor.usage.switching import DEFAULT_PORT, SwitchRule
from tipmao_monitor.usage.wholefile import LARGEST, MIB, read_file, replace_file

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tipmao_monitor.channels import Channel

Language = Literal["system", "zh", "en"]
ThemeChoice = Literal["system", "light", "dark", "contrast"]
ReportPeriod = Literal["shown", "today", "yesterday", "7d", "30d", "month", "last_month"]
ReportSchedule = Literal["off", "daily", "weekly"]

FILE = "settings.toml"
BUDGET = "budget"  # the tables that are `Settings.budgets`
CHANNEL = "channel"  # and `Settings.channels`
VERSION = 1
MOST_CHANNELS = 50
MOST_NAMED = 12  # of the words that one may choose among
_TABLES = {"budgets": BUDGET, "channels": CHANNEL}
_ADDRESS = re.compile(r"(?:https?://)?(?:[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?)")
DEFAULT_FOLDER = Path("records", "ai_usage")

_NEW_FILE = """\
# Settings of TipMao Monitor. You may edit this file; what you write holds from the next start on.

# Of the form of this file. Leave it.
version = 1

# Folders with the assistant's usage records. Empty: records/ai_usage below the folder that you start in.
records = []
# In which a day begins and ends: "system", or a name such as "Asia/Shanghai".
timezone = "system"
# "system", "zh" or "en".
language = "system"
# "system", "light", "dark" or "contrast".
theme = "system"
# A call that took longer than this many milliseconds is slow.
slow_ms = 5000.0

# Budgets, as many as you like. The amount is CNY; a period is "stream", "day", "week" (from Monday) or "month"; a scope
# is "all", "stream", or one such as "model:qwen-plus", "function:live_analysis", "user:u1", "anchor:a1".
# budget = [{ name = "a day", amount = 10, period = "day", scope = "all", thresholds = [80, 100], paused = false }]

# Chats that alerts go to: "dingtalk", "feishu", "wecom", "bark", "email" or "other". Their addresses are secrets and
# not kept here: enter them in the preferences.
# channel = [{ name = "my group", kind = "dingtalk", on = true }]
"""


@dataclass(frozen=True)
class Settings:
    """What the user chose. `records` are folders, none = the default one; `timezone` is an IANA name or "system".

    `budgets` are the [[budget]] tables of the file. `offer_budget` is false once the user has answered whether he wants
    the first one. A stream without a session ends with a gap of `stream_gap_minutes`. Each sort of alert has its switch
    `alert_...` and, where one is needed, the limit from which on it is given (usage/alerts.py says what they mean).
    In quiet hours, from one local time to the other, and `on_air`, nothing pops up and nothing sounds.
    `channels` are the [[channel]] tables: where alerts are sent to besides. `gateway_...` is where the assistant's
    gateway answers. With `api_on` the HTTP service (api.py) answers this computer on `api_port`. Past `switch_above`
    CNY a day `switch_to` is used for `switch_functions` (none = all), before it `switch_back_to`, if
    `switch_automatically` is on. `report_...` is what the export of reports was last asked for; with `report_schedule`
    one is written by itself (exporting.py), into `report_folder` or the user's data folder.
    """

    records: tuple[str, ...] = ()
    timezone: str = "system"
    language: Language = "system"
    theme: ThemeChoice = "system"
    slow_ms: float = 5000.0
    budgets: tuple[Budget, ...] = ()
    channels: tuple[Channel, ...] = ()
    offer_budget: bool = True
    stream_gap_minutes: float = 30.0
    alert_success: bool = True
    alert_success_percent: float = 90.0
    alert_latency: bool = True
    alert_latency_times: float = 2.0
    alert_new_model: bool = True
    alert_new_user: bool = False
    alert_new_anchor: bool = True
    alert_runaway: bool = True
    alert_runaway_times: float = 5.0
    alert_silent: bool = False
    alert_silent_minutes: float = 10.0
    alert_unusual: bool = False
    alert_unusual_deviations: float = 2.0
    alert_sound: bool = False
    alert_quiet: bool = False
    alert_quiet_from: str = "23:00"
    alert_quiet_to: str = "08:00"
    on_air: bool = False
    gateway_address: str = "127.0.0.1"
    gateway_port: int = DEFAULT_PORT
    api_on: bool = False
    api_port: int = 10091
    switch_automatically: bool = False
    switch_above: Decimal = Decimal(5)
    switch_to: str = "deepseek-chat"
    switch_back_to: str = "qwen-plus"
    switch_functions: tuple[str, ...] = ()
    report_period: ReportPeriod = "7d"
    report_format: Format = "xlsx"
    report_leave_out: tuple[str, ...] = ()
    report_calls: bool = True
    report_folder: tuple[str, ...] = ()
    report_schedule: ReportSchedule = "off"

    @property
    def switch_rule(self) -> SwitchRule:
        return SwitchRule(
            self.switch_automatically, self.switch_above, self.switch_to, self.switch_back_to, self.switch_functions
        )


def home() -> Path:
    """Where settings, the user's prices and the window's geometry lie. `TIPMAO_HOME` moves it."""
    if moved := os.environ.get("TIPMAO_HOME"):
        return Path(moved)
    from platformdirs import user_config_path  # not needed where TIPMAO_HOME is set

    return user_config_path("tipmao-monitor", appauthor=False)


def cache_folder() -> Path:
    """Where what was read is kept; it can be deleted at any time. In `TIPMAO_HOME` if that is set."""
    if moved := os.environ.get("TIPMAO_HOME"):
        return Path(moved, "cache")
    from platformdirs import user_cache_path

    return user_cache_path("tipmao-monitor", appauthor=False)


def reports_folder() -> Path:
    """Where reports go unless told otherwise: in the user's data folder, never into the records."""
    if moved := os.environ.get("TIPMAO_HOME"):
        return Path(moved, "reports")
    from platformdirs import user_data_path

    return user_data_path("tipmao-monitor", appauthor=False) / "reports"


def folders(chosen: Settings) -> tuple[Path, ...]:
    """What is watched where nobody says otherwise: first of `TIPMAO_RECORDS`, the settings, ./records/ai_usage."""
    listed = [Path(name) for name in os.environ.get("TIPMAO_RECORDS", "").split(os.pathsep) if name]
    return tuple(listed or [Path(name).expanduser() for name in chosen.records] or [DEFAULT_FOLDER])


def display_zone(name: str) -> ZoneInfo | None:
    """The time zone of that name, the computer's for "system"; None where that is not known."""
    from zoneinfo import ZoneInfo

    if name != "system":
        return ZoneInfo(name)
    import warnings

    import tzlocal

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            zone = tzlocal.get_localzone()
    # A TZ that is no name (CST-8), a system that has none, settings that contradict each other.
    except (KeyError, ValueError, OSError, Warning):
        return None
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


class _UnusableError(ValueError):
    """The file as a whole is no settings file; one line that says why."""


def load(home: Path) -> tuple[Settings, tuple[Trouble, ...]]:
    """The settings of that folder and all that is wrong with them; the defaults where there is no file."""
    path = home / FILE
    try:
        raw = read_file(path, MIB)
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (_unusable(path, error.strerror or str(error)),)
    try:
        return _checked(_values(raw), path, raw)
    except _UnusableError as error:
        wrong = error
    backup = _backup(path)
    if backup is not None:
        chosen, _ = _checked(_values(backup), path, backup)
        return chosen, (Trouble("settings_restored", str(path), str(wrong)),)
    return Settings(), (_unusable(path, str(wrong)),) if raw else ()


def save(settings: Settings, home: Path, names: Collection[str] | None = None) -> None:
    """Replace the file as a whole, keeping the user's comments; what was there before stays beside it as `.bak`.

    Only these fields are written, None = all: what a person has written meanwhile of others stays. OSError where the
    folder cannot be written.
    """
    path = home / FILE
    try:
        before = read_file(path, LARGEST)
        _values(before)
    except FileNotFoundError:
        before = b""
    except _UnusableError:
        # The last good one must not make room for it.
        if before:
            path.with_name(f"{FILE}.unusable").write_bytes(before)
        before = _backup(path) or b""
    replace_file(path, _rewritten(before, settings, _NAMES if names is None else names).encode(), backup=before)


def _values(raw: bytes) -> dict[str, Any]:
    import tomllib  # most people have no such file, and every command comes through here

    if not raw:
        raise _UnusableError("the file is empty")
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _UnusableError(f"line {line} is not UTF-8 text") from None
    except ValueError as error:  # beside what is no TOML: a number of thousands of digits
        raise _UnusableError(str(error)) from None
    except RecursionError:
        raise _UnusableError("nested too deeply") from None


def _backup(path: Path) -> bytes | None:
    """What the file was before it was last written, if that can be used."""
    try:
        raw = read_file(path.resolve().with_name(f"{FILE}.bak"), MIB)
        _values(raw)
    except (OSError, _UnusableError):
        return None
    return raw


def _unusable(path: Path, detail: str) -> Trouble:
    return Trouble("settings_unusable", str(path), detail)


def _checked(values: dict[str, Any], path: Path, raw: bytes) -> tuple[Settings, tuple[Trouble, ...]]:
    written_by = values.get("version", VERSION)
    is_newer = isinstance(written_by, int) and written_by > VERSION
    wrong = [
        _Mistake(f"{name}: there is no such setting", name)
        for name in values
        if name not in {*SCHEMA, BUDGET, CHANNEL, "version"}
    ]
    if is_newer:
        wrong = []
    usable: dict[str, Any] = {}
    for name, value in values.items():
        if name in SCHEMA:
            try:
                usable[name] = SCHEMA[name].parse(value)
            except ValueError as error:
                wrong.append(_Mistake(f"{name}: {error}", name))
    try:
        usable["budgets"] = budget_tables.parse(values.get(BUDGET, []))
    except BudgetError as error:
        usable["budgets"] = error.usable
        found = zip(error.problems, error.places, strict=True)
        wrong += [_Mistake(text, field, BUDGET, place) for text, (place, field) in found]
    usable["channels"], wrong_channels = _channels(values.get(CHANNEL, []))
    wrong += wrong_channels
    troubles = [_unusable(path, text) for text in _with_lines(wrong, raw)]
    if is_newer:
        troubles.insert(0, Trouble("settings_newer", str(path)))
    return Settings(**usable), tuple(troubles)


class _Mistake(NamedTuple):
    """What is wrong with a field, of the table with this number where it is in one."""

    text: str
    field: str
    table: str = ""
    place: int = 0


def _with_lines(mistakes: Sequence[_Mistake], raw: bytes) -> Iterator[str]:
    """Each with the line in which it was made, where that can be found."""
    if not mistakes:
        return
    from tipmao_monitor.usage.prices import line_of  # most files have none

    lines = raw.decode("utf-8-sig").split("\n")
    for text, field, table, place in mistakes:
        # Tables may also be written in one list.
        line = line_of(lines, table, place, field) or line_of(lines, "", 0, table)
        yield f"line {line}: {text}" if line else text


class Rule(Protocol):
    """What a setting may be."""

    def parse(self, value: object) -> Any:
        """The value as `Settings` has it; ValueError says in one line what it must be."""


class Folders:
    """Any number of folders."""

    def parse(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(
            isinstance(item, str) and item and "\0" not in item for item in value
        ):
            raise ValueError('must be a list of folders, like ["/home/me/records/ai_usage"]')
        return tuple(value)


class TimeZone:
    """An IANA name, or "system"."""

    def parse(self, value: object) -> str:
        from zoneinfo import ZoneInfo

        if isinstance(value, str) and value != "system":
            try:
                ZoneInfo(value)
            # What a name that is a folder, a path or no name at all raises.
            except (KeyError, ValueError, OSError):
                raise ValueError(f'{value!r} is not a time zone; use "system" or a name like "Asia/Shanghai"') from None
        if not isinstance(value, str):
            raise ValueError('must be text: "system" or a name like "Asia/Shanghai"')
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    def parse(self, value: object) -> str:
        if value not in self.options:
            if len(self.options) > MOST_NAMED:
                raise ValueError(f"must be one of {', '.join(self.options[:2])} ... {self.options[-1]}")
            raise ValueError(f"must be one of {', '.join(self.options)}")
        return str(value)


class Switch:
    """On or off."""

    def parse(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value


Unit = Literal["milliseconds", "minutes", "percent", "times", "standard deviations"]


@dataclass(frozen=True)
class Number:
    """A number from `least` to `most`."""

    least: float
    most: float
    unit: Unit

    def parse(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.least <= value <= self.most:
            raise ValueError(f"must be a number of {self.unit} from {self.least:.9g} to {self.most:.9g}")
        return float(value)


class Address:
    """A host by its name or IP address, with the scheme where it is not http."""

    def parse(self, value: object) -> str:
        if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
            raise ValueError('must be a name or IP address, like "127.0.0.1" or "https://gateway.lan", without a port')
        return value


class Port:
    """A TCP port."""

    def parse(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
            raise ValueError("must be a number from 1 to 65535")
        return value


class Amount:
    """CNY, written as a number or as text."""

    def parse(self, value: object) -> Decimal:
        try:
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                amount = Decimal(str(value))
                if 0 < amount < 1_000_000 and amount == amount.quantize(Decimal("0.0001")):
                    return amount
        except InvalidOperation:
            pass
        raise ValueError("must be an amount in CNY above 0 and below 1000000, like 5 or 7.5")


class Name:
    """Text of one line."""

    def parse(self, value: object) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > 120 or not value.isprintable():
            raise ValueError("must be text of 1 to 120 characters")
        return value


class Names:
    """Any number of names."""

    def parse(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > 100:
            raise ValueError('must be a list of names, like ["live_analysis"]')
        return tuple(Name().parse(item) for item in value)


TIMES_OF_DAY = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 30))

SCHEMA: Mapping[str, Rule] = {
    "records": Folders(),
    "timezone": TimeZone(),
    "language": Choice(get_args(Language)),
    "theme": Choice(get_args(ThemeChoice)),
    "slow_ms": Number(1, 3_600_000, "milliseconds"),
    "offer_budget": Switch(),
    "stream_gap_minutes": Number(1, 1440, "minutes"),
    "alert_success": Switch(),
    "alert_success_percent": Number(1, 100, "percent"),
    "alert_latency": Switch(),
    "alert_latency_times": Number(1.1, 100, "times"),
    "alert_new_model": Switch(),
    "alert_new_user": Switch(),
    "alert_new_anchor": Switch(),
    "alert_runaway": Switch(),
    "alert_runaway_times": Number(1.5, 1000, "times"),
    "alert_silent": Switch(),
    "alert_silent_minutes": Number(1, 1440, "minutes"),
    "alert_unusual": Switch(),
    "alert_unusual_deviations": Number(1, 100, "standard deviations"),
    "alert_sound": Switch(),
    "alert_quiet": Switch(),
    "alert_quiet_from": Choice(TIMES_OF_DAY),
    "alert_quiet_to": Choice(TIMES_OF_DAY),
    "on_air": Switch(),
    "gateway_address": Address(),
    "gateway_port": Port(),
    "api_on": Switch(),
    "api_port": Port(),
    "switch_automatically": Switch(),
    "switch_above": Amount(),
    "switch_to": Name(),
    "switch_back_to": Name(),
    "switch_functions": Names(),
    "report_period": Choice(get_args(ReportPeriod)),
    "report_format": Choice(FORMATS),
    "report_leave_out": Names(),
    "report_calls": Switch(),
    "report_folder": Folders(),
    "report_schedule": Choice(get_args(ReportSchedule)),
}
"""What each field may be, except the tables: budgets are read by usage/budgets.py, channels below."""

_NAMES = frozenset({*SCHEMA, *_TABLES})


def _channels(written: object) -> tuple[tuple[Channel, ...], list[_Mistake]]:
    """The channels that can be used, and what is wrong with the others."""
    if written == []:
        return (), []
    from tipmao_monitor.channels import Channel

    entries = written if isinstance(written, list) else [written]
    usable: dict[str, Channel] = {}
    wrong = []
    for place, entry in enumerate(entries):
        problem = _channel_problem(entry, usable)
        if problem:
            wrong.append(_Mistake(f"{CHANNEL} {place + 1}: {problem}", problem.partition(":")[0], CHANNEL, place))
        else:
            usable[entry["name"]] = Channel(entry["name"], entry["kind"], entry.get("on", True))
    return tuple(usable.values()), wrong


def _channel_problem(entry: object, others: Collection[str]) -> str:
    from tipmao_monitor.channels import KINDS, LONGEST_NAME

    if not isinstance(entry, dict):
        return f"write [[{CHANNEL}]] above each"
    if unknown := [name for name in entry if name not in ("name", "kind", "on")]:
        return f"{unknown[0]}: there is no such field (its address is entered in the preferences)"
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        return f"name: must be text of 1 to {LONGEST_NAME} characters"
    if name in others:
        return f"name: there is another channel {name!r}"
    if entry.get("kind") not in KINDS:
        return f"kind: must be one of {', '.join(KINDS)}"
    if not isinstance(entry.get("on", True), bool):
        return "on: must be true or false"
    return f"more than {MOST_CHANNELS}" if len(others) >= MOST_CHANNELS else ""


def _rewritten(before: bytes, settings: Settings, names: Collection[str]) -> str:
    import tomlkit  # only saving needs it, and it takes longer to import than the settings to load
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(before.decode("utf-8-sig") or _NEW_FILE)
    except (TOMLKitError, RecursionError):
        document = tomlkit.parse(_NEW_FILE)
    for name in SCHEMA:
        value = getattr(settings, name)
        new = list(value) if isinstance(value, tuple) else f"{value:f}" if isinstance(value, Decimal) else value
        if name in names and (name not in document or document[name] != new):
            document[name] = new
    if "budgets" in names:
        _write_budgets(document, settings.budgets)
    if "channels" in names:
        _write_channels(document, settings.channels)
    return tomlkit.dumps(document)


def _entries(document: Any, name: str) -> tuple[list[dict[str, Any]], list[Any]]:
    """The tables of that name, as values and as they are written. What is no table cannot stand among others."""
    import tomlkit

    written = document.get(name, [])
    listed = written if isinstance(written, list) else [written]
    items = [
        tomlkit.item(item.unwrap()) if isinstance(item, tomlkit.items.InlineTable) else tomlkit.item(item)
        for item in listed
    ]
    tables = [item for item in items if isinstance(item, tomlkit.items.Table)]
    return [dict(table.unwrap()) for table in tables], tables


def _write_channels(document: Any, channels: tuple[Channel, ...]) -> None:
    """Change the tables that are others now, keeping their comments, and those that could not be read as they are."""
    import tomlkit

    entries, written = _entries(document, CHANNEL)
    if _channels(entries) == (channels, []):
        return
    tables = tomlkit.aot()
    found: dict[str, Any] = {}
    broken: list[Any] = []
    for entry, table in zip(entries, written, strict=True):
        if _channel_problem(entry, found):
            broken.append(table)
        else:
            found[entry["name"]] = table
    for channel in channels:
        table = found.get(channel.name, tomlkit.table())
        for field, value in (("name", channel.name), ("kind", channel.kind), ("on", channel.on)):
            if table.get(field, field == "on" or None) != value:
                table[field] = value
        tables.append(table)
    for table in broken:
        tables.append(table)
    document.pop(CHANNEL, None)
    if len(tables):
        document.append(CHANNEL, tables)


def _write_budgets(document: Any, budgets: tuple[Budget, ...]) -> None:
    """Change the tables that are others now, keeping their comments, and those that could not be read as they are."""
    import tomlkit

    entries, written = _entries(document, BUDGET)
    try:
        usable = budget_tables.parse(entries)
        if usable == budgets:
            return
    except BudgetError as error:
        usable = error.usable
        if usable == budgets:
            return
    kept: dict[str, Any] = {}
    broken: list[Any] = []
    for place, entry in enumerate(entries):
        try:
            [budget] = budget_tables.parse([entry])
            is_usable = budget.name not in kept
        except BudgetError:
            is_usable = False
        table = written[place]
        if is_usable:
            kept[budget.name if "name" in entry else f"budget {place + 1}"] = table
        else:
            broken.append(table)
    names = {budget.name for budget in budgets}
    tables = tomlkit.aot()
    for budget, values in zip(budgets, budget_tables.as_tables(budgets), strict=True):
        if budget.name not in kept:
            _rename(kept, names, budget)
        table = kept.get(budget.name)
        if table is None:
            table = tomlkit.table()
            table.update(values)
        elif budget_tables.parse([{**table.unwrap(), "name": budget.name}]) != (budget,):
            for field, value in values.items():
                if field not in table or not _is_same_budget(table, field, value):
                    table[field] = value
        tables.append(table)
    for table in broken:
        tables.append(table)
    document.pop(BUDGET, None)
    if len(tables):
        document.append(BUDGET, tables)


def _rename(kept: dict[str, Any], names: Collection[str], budget: Budget) -> None:
    """A budget that is another only by its name keeps its table, with the comments in it."""
    for name, table in kept.items():
        if name not in names and budget_tables.parse([{**table.unwrap(), "name": budget.name}]) == (budget,):
            table["name"] = budget.name
            kept[budget.name] = kept.pop(name)
            return


def _is_same_budget(table: Any, field: str, value: object) -> bool:
    """Whether the field of a table already says this, maybe in other words (10, "10.0")."""
    probe = {"name": "a", "amount": 1}
    try:
        return budget_tables.parse([{**probe, field: table.unwrap()[field]}]) == budget_tables.parse(
            [{**probe, field: value}]
        )
    except BudgetError:
        return False
