"""The user's settings: a frozen value, read from and written to one TOML file that a person may edit.

A newcomer would get this wrong: reading never fails. A field that cannot be used keeps its default and is named, with
its line where that is known; the file itself is left as it is until the user changes a setting in the program.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from tipmao_monitor.usage.snapshot import Trouble

Language = Literal["system", "zh", "en"]
ThemeChoice = Literal["system", "light", "dark", "contrast"]

FILE = "settings.toml"
_LARGEST = 1 << 20

_NEW_FILE = """\
# Settings of TipMao Monitor. You may edit this file while the program is closed.

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
"""


@dataclass(frozen=True)
class Settings:
    """What the user chose. `records` are folders, none = the default one; `timezone` is an IANA name or "system"."""

    records: tuple[str, ...] = ()
    timezone: str = "system"
    language: Language = "system"
    theme: ThemeChoice = "system"
    slow_ms: float = 5000.0


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


def load(home: Path) -> tuple[Settings, tuple[Trouble, ...]]:
    """The settings of that folder and all that is wrong with them; the defaults where there is no file."""
    path = home / FILE
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (_unusable(path, error.strerror or str(error)),)
    if len(raw) > _LARGEST:
        return Settings(), (_unusable(path, "larger than 1 MiB"),)
    import tomllib  # most people have no such file, and every command comes through here

    try:
        values = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Settings(), (_unusable(path, f"line {line} is not UTF-8 text"),)
    except tomllib.TOMLDecodeError as error:
        return Settings(), (_unusable(path, str(error)),)
    except RecursionError:
        return Settings(), (_unusable(path, "nested too deeply"),)
    return _checked(values, path)


def save(settings: Settings, home: Path) -> None:
    """Replace the file as a whole, keeping the user's comments; what was there before stays beside it as `.bak`.

    OSError where the folder cannot be written.
    """
    # A link to a file kept elsewhere stays a link.
    path = (home / FILE).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes() if path.exists() else b""
    if before:
        _replace(path.with_name(path.name + ".bak"), before)
    _replace(path, _rewritten(before, settings).encode())


def _unusable(path: Path, detail: str) -> Trouble:
    return Trouble("settings_unusable", str(path), detail)


def _checked(values: dict[str, Any], path: Path) -> tuple[Settings, tuple[Trouble, ...]]:
    known = {field.name for field in fields(Settings)}
    wrong = [f"{name}: there is no such setting" for name in values if name not in known]
    usable: dict[str, Any] = {}
    for name, value in values.items():
        if name in known:
            try:
                usable[name] = _PARSERS[name](value)
            except ValueError as error:
                wrong.append(f"{name}: {error}")
    return Settings(**usable), tuple(_unusable(path, detail) for detail in wrong)


def _folders(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item and "\0" not in item for item in value):
        raise ValueError('must be a list of folders, like ["/home/me/records/ai_usage"]')
    return tuple(value)


def _timezone(value: object) -> str:
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


def _one_of(choices: tuple[str, ...]) -> Any:
    def parse(value: object) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return parse


def _milliseconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise ValueError("must be a number of milliseconds above 0")
    return float(value)


_PARSERS = {
    "records": _folders,
    "timezone": _timezone,
    "language": _one_of(get_args(Language)),
    "theme": _one_of(get_args(ThemeChoice)),
    "slow_ms": _milliseconds,
}


def _rewritten(before: bytes, settings: Settings) -> str:
    import tomlkit  # only saving needs it, and it takes longer to import than the settings to load
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(before.decode("utf-8-sig") or _NEW_FILE)
    except (UnicodeDecodeError, TOMLKitError, RecursionError):
        document = tomlkit.parse(_NEW_FILE)
    for field in fields(Settings):
        value = getattr(settings, field.name)
        new = list(value) if isinstance(value, tuple) else value
        if field.name not in document or document[field.name] != new:
            document[field.name] = new
    return tomlkit.dumps(document)


def _replace(path: Path, content: bytes) -> None:
    """Write beside, then rename: a crash at any moment leaves the old file or the new one, whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
