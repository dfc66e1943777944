"""The command line: which commands and options there are, and what makes a value usable.

A newcomer would get this wrong: whatever is wrong with a command line is said in one line, never as a page of usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tipmao_monitor import __version__
from tipmao_monitor.usage.formats import FORMATS
from tipmao_monitor.usage.snapshot import Period

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Run = Callable[[argparse.Namespace], int]


class WrongUsage(Exception):
    """The command line says something that cannot be done; one line that says what to write instead."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{message} (see {self.prog} --help)")


def parser(run: Mapping[str, Run]) -> argparse.ArgumentParser:
    """Reads a command line into options whose `run` is the command; WrongUsage where it cannot be done.

    `run` maps each command to its function, "window" to what is done without one.
    """
    whole = _Parser(
        prog="tipmao-monitor",
        description="What the AI of your live stream costs right now. Without a command it opens the window.",
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"tipmao-monitor {__version__}")
    whole.add_argument("--demo", action="store_true", help="watch a simulated stream in a temporary folder")
    whole.add_argument("--compact", action="store_true", help="a strip above all windows instead of the window")
    whole.set_defaults(run=run["window"], more_records=[])
    _add_records(whole, "records")
    _add_look(whole)
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        sub.set_defaults(run=lambda options: run[name](_without_demo(options)))
        _add_records(sub, "more_records")
        return sub

    stats = command("stats", "the numbers, as a table or as JSON; all records unless days are given")
    stats.add_argument("--days", type=_day_count, metavar="N", help="the last N calendar days, today included")
    stats.add_argument("--from", type=_day, dest="first", metavar="YYYY-MM-DD", help="first day")
    stats.add_argument("--to", type=_day, dest="last", metavar="YYYY-MM-DD", help="last day, included")
    stats.add_argument("--tz", type=_zone, metavar="ZONE", help="in which days begin and end, like Asia/Shanghai")
    stats.add_argument("--json", action="store_true", help="one JSON object")
    stats.add_argument("--check-budget", action="store_true", help="exit with 1 and say which budgets are exceeded")

    report = command("report", "a report as a file: what File > Export writes; the last 7 days unless days are given")
    report.add_argument("--format", choices=FORMATS, required=True, help="what kind of file")
    report.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the file to write")
    report.add_argument("--days", type=_day_count, metavar="N", help="the last N calendar days, today included")
    report.add_argument("--from", type=_day, dest="first", metavar="YYYY-MM-DD", help="first day")
    report.add_argument("--to", type=_day, dest="last", metavar="YYYY-MM-DD", help="last day, included")
    report.add_argument("--tz", type=_zone, metavar="ZONE", help="in which days begin and end, like Asia/Shanghai")
    report.add_argument(
        "--calls",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="with every single call (of csv: instead of the sums); xlsx has them unless told not to",
    )
    report.add_argument("--by-anchor", action="store_true", help="xlsx: a statement for each anchor instead")

    advice = command("advice", "what could be saved, and by what, proved on the calls of the last 7 days")
    advice.add_argument("--days", type=_day_count, default=7, metavar="N", help="7 unless given, today included")
    advice.add_argument("--tz", type=_zone, metavar="ZONE", help="in which days begin and end, like Asia/Shanghai")
    advice.add_argument("--json", action="store_true", help="one JSON object")

    doctor = command("doctor", "where every byte of every file went, what was skipped, and the environment")
    doctor.add_argument("--tz", type=_zone, metavar="ZONE", help="in which days begin and end, like Asia/Shanghai")
    doctor.add_argument("--json", action="store_true", help="one JSON object")

    serve = command("serve", "answer the assistant's usage API over HTTP, with a web page, until it is told to end")
    serve.add_argument("--host", type=_host, default="127.0.0.1", help="127.0.0.1 unless given; any other has a token")
    serve.add_argument("--port", type=_port, default=10091, help="10091 unless given; 0 = any that is free")

    screenshot = command("screenshot", "the real window, painted into a PNG file without a display")
    screenshot.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the PNG file to write")
    screenshot.add_argument("--size", type=_size, default=(1180, 760), metavar="WxH", help="1180x760 unless given")
    _add_look(screenshot, default=argparse.SUPPRESS)

    simulate = command("simulate", "write realistic calls into one folder, which is made if need be")
    simulate.add_argument("--rate", type=_rate, required=True, metavar="N", help="calls a second, 0 = all it can")
    simulate.add_argument("--seconds", type=_seconds, required=True, metavar="S", help="for how long")
    simulate.add_argument("--seed", type=int, metavar="K", help="the same K gives the same calls")
    return whole


def _add_records(parser: argparse.ArgumentParser, dest: str) -> None:
    parser.add_argument(
        "--records",
        action="append",
        default=[],
        dest=dest,
        type=_folder,
        metavar="DIR",
        help="folder with day files; may be given more than once",
    )


def _add_look(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument("--lang", choices=("zh", "en", "system"), default=default, help="language of the window")
    themes = ("light", "dark", "contrast", "system")
    parser.add_argument("--theme", choices=themes, default=default, help="colours of the window")
    parser.add_argument(
        "--period",
        type=_period,
        default=default,
        metavar="PERIOD",
        help="today (the default), 7d, 30d, month or FROM..TO",
    )


def _wrong(message: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(message)


def _folder(text: str) -> Path:
    if not text or "\0" in text:
        raise _wrong("name a folder")
    return Path(text)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _wrong(f"{text!r} is not a day that exists, like 2025-10-26") from None
    if day.isoformat() != text:
        raise _wrong(f"write {text!r} as {day}")
    return day


def _day_count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= 36500):
        raise _wrong(f"{text!r} is not a number of days from 1 to 36500")
    return int(text)


def _zone(text: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text)
    # Beside a name that is not known: one that is a folder of zones, a path, or no name at all.
    except (KeyError, ValueError, OSError):
        raise _wrong(f"there is no time zone {text!r}: use a name like Asia/Shanghai") from None


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _size(text: str) -> tuple[int, int]:
    wide, cross, high = text.lower().partition("x")
    try:
        size = int(wide), int(high)
    except ValueError:
        size = 0, 0
    # The window is never smaller.
    if not cross or not (400 <= size[0] <= 8192 and 320 <= size[1] <= 8192):
        raise _wrong(f"{text!r} is not WIDTHxHEIGHT in pixels from 400x320 to 8192x8192, like 1180x760")
    return size


def _host(text: str) -> str:
    if not text or len(text) > 253 or not all(character.isalnum() or character in ".-:%_" for character in text):
        raise _wrong(f"{text!r} is not the name or address of this machine, like 127.0.0.1")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:9]) <= 65535):
        raise _wrong(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _rate(text: str) -> float:
    return _number(text, "calls a second, 0 or more", least=0.0)


def _seconds(text: str) -> float:
    return _number(text, "seconds, 0 or more", least=0.0)


def _number(text: str, what: str, least: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not least <= number <= 1e9:
        raise _wrong(f"{text!r} is not a number of {what}")
    return number


def _without_demo(options: argparse.Namespace) -> argparse.Namespace:
    if options.demo:
        raise WrongUsage("--demo opens the window, so it does not go with a command")
    if options.compact:
        raise WrongUsage("--compact opens the strip, so it does not go with a command")
    return options
