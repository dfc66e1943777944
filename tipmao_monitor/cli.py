"""The commands. Each is a few lines over the same objects: folders, a `Store`, and who shows what it answers.

A newcomer would get this wrong: what is not needed is not imported. `stats` on 100,000 records has to be done in a
third of a second, in which Qt alone would not have started.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tipmao_monitor import __version__, settings
from tipmao_monitor.arguments import WrongUsage, parser
from tipmao_monitor.usage.snapshot import Stats, Trouble

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from PySide6.QtWidgets import QApplication

    from tipmao_monitor.monitor import Monitor
    from tipmao_monitor.usage.prices import PriceBook
    from tipmao_monitor.usage.store import Store

DONE, WRONG_USAGE, UNUSABLE = 0, 2, 3
DEFAULT_FOLDER = Path("records", "ai_usage")
# Those after which some record may not have been read.
_UNREAD = ("missing", "not_a_folder", "unreadable", "unreadable_file")
SENTENCES = {
    "missing": "there is no folder {path}: start the assistant once, or name its folder with --records DIR",
    "not_a_folder": "{path} is not a folder: name the folder that holds the day files with --records DIR",
    "unreadable": "the folder {path} cannot be read ({detail}): give yourself the right to read it",
    "unreadable_file": "{path} cannot be read ({detail}), so its calls are not counted: give yourself the right to it",
    "cache_unusable": "the cache {path} cannot be used ({detail}): reading is slower, the numbers are right",
    "settings_unusable": "{path}: {detail}; the default is used, correct the file",
    "prices_unusable": "{path}: {detail}; the program's own prices are used, correct the file",
    "deleted": "{path} was deleted, so its calls are not counted any more",
    "clock_back": "the clock was set back: check date and time of this computer",
    "unexpected": "something went wrong ({detail}): `tipmao-monitor doctor` prints what a report of it needs",
}


class Unusable(Exception):
    """A folder or file cannot be used; one line that says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (design.md, section 5)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that has no hanzi shows their escapes, it does not end the command.
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parser(_COMMANDS).parse_args(arguments)
        code = options.run(options)
        sys.stdout.flush()
    except WrongUsage as error:
        say(str(error))
        return WRONG_USAGE
    except Unusable as error:
        say(str(error))
        return UNUSABLE
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return 130
    return int(code)


def say(sentence: str) -> None:
    """One line on stderr."""
    from tipmao_monitor.terminal import printable

    print(f"tipmao-monitor: {printable(sentence)}", file=sys.stderr)


@dataclass(frozen=True)
class Ground:
    """What a command works on."""

    folders: tuple[Path, ...]
    settings: settings.Settings
    cache: Path
    troubles: tuple[Trouble, ...] = ()

    def book(self) -> tuple[PriceBook, tuple[Trouble, ...]]:
        """The price book with the user's rows; without them where their file cannot be used, and what is wrong."""
        from tipmao_monitor.usage.prices import PriceBook, PriceError

        file = settings.home() / "prices.toml"
        try:
            return PriceBook.load(file if file.exists() else None), ()
        except PriceError as error:
            return PriceBook.load(), tuple(Trouble("prices_unusable", str(file), text) for text in error.problems)


def _ground(options: argparse.Namespace) -> Ground:
    chosen, troubles = settings.load(settings.home())
    listed = [Path(name) for name in os.environ.get("TIPMAO_RECORDS", "").split(os.pathsep) if name]
    named = [*options.records, *options.more_records]
    folders = named or listed or [Path(name).expanduser() for name in chosen.records] or [DEFAULT_FOLDER]
    return Ground(tuple(folders), chosen, settings.cache_folder(), troubles)


def _display_zone(name: str) -> ZoneInfo:
    """The time zone of the settings; the system's for "system"."""
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
        say("the time zone of this computer is not known, days are those of UTC: set one such as TZ=Asia/Shanghai")
        return ZoneInfo("UTC")
    return zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC")


@contextmanager
def _read_store(ground: Ground, zone: ZoneInfo, now: datetime) -> Iterator[Store]:
    from tipmao_monitor.usage.store import Store

    book, wrong_prices = ground.book()
    cache, slow_ms = ground.cache, ground.settings.slow_ms
    store = Store(ground.folders, zone=zone, prices=book, cache=cache, slow_ms=slow_ms)
    try:
        store.look(now)
        for trouble in (*ground.troubles, *wrong_prices, *store.troubles()):
            say(_sentence(trouble))
        yield store
    finally:
        store.close()


def _sentence(trouble: Trouble) -> str:
    detail = " ".join(trouble.detail.split())
    return SENTENCES[trouble.kind].format(path=trouble.path, detail=detail or "no reason given")


def _code(troubles: Sequence[Trouble]) -> int:
    return UNUSABLE if any(trouble.kind in _UNREAD for trouble in troubles) else DONE


def _stats(options: argparse.Namespace) -> int:
    first, last = options.first, options.last
    if options.days and (first or last):
        raise WrongUsage("--days does not go with --from and --to: use one of them")
    if first and last and first > last:
        raise WrongUsage(f"--from {first} is after --to {last}: swap them")
    ground = _ground(options)
    zone = options.tz or _display_zone(ground.settings.timezone)
    now = datetime.now(zone)
    if options.days:
        first, last = now.date() - timedelta(days=options.days - 1), now.date()
    # No record is from before or after, and the calendar ends where the day after the last would be computed.
    first, last = first and max(first, date(1970, 1, 1)), last and min(last, date(9000, 1, 1))
    with _read_store(ground, zone, now) as store:
        _print_stats(store.stats(first, last, now), options.json)
        return _code(store.troubles())


def _print_stats(stats: Stats, as_json: bool = False) -> None:
    from tipmao_monitor import terminal

    if as_json:
        _write(terminal.to_json(terminal.stats_object(stats)))
    else:
        print(terminal.stats_text(stats), end="")


def _write(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def _doctor(options: argparse.Namespace) -> int:
    from tipmao_monitor import terminal

    ground = _ground(options)
    zone = options.tz or _display_zone(ground.settings.timezone)
    now = datetime.now(zone)
    environment = _environment(ground, zone)
    with _read_store(ground, zone, now) as store:
        stats = store.stats(None, None, now)
        audit = store.audit(None, None, now)
        found = terminal.Examined(store.accounts(), store.rejects(), store.unpriced(), audit, environment)
        if options.json:
            _write(terminal.to_json(terminal.doctor_object(stats, found)))
        else:
            print(terminal.doctor_text(stats, found), end="")
        return _code(store.troubles())


def _monitor(options: argparse.Namespace, ground: Ground, zone: ZoneInfo) -> Callable[[QApplication], Monitor]:
    """What makes the session, once there is an application. The command line overrules the settings for this once."""
    chosen = ground.settings
    overruled = replace(chosen, language=options.lang or chosen.language, theme=options.theme or chosen.theme)

    def begin(app: QApplication) -> Monitor:
        from tipmao_monitor.monitor import Monitor

        book, wrong_prices = ground.book()
        return Monitor(
            app,
            ground.folders,
            overruled,
            zone=zone,
            prices=book,
            cache=ground.cache,
            period=options.period,
            troubles=(*ground.troubles, *wrong_prices),
            save_settings=not (options.lang or options.theme or options.demo),
        )

    return begin


def _environment(ground: Ground, zone: ZoneInfo) -> dict[str, object]:
    """What a bug report needs. Asked before there are threads, because Qt is asked in a child process."""
    import locale
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from tipmao_monitor import desktop

    def installed(package: str) -> str | None:
        try:
            return version(package)
        except PackageNotFoundError:
            return None

    packages = ("PySide6-Essentials", "pyqtgraph", "duckdb", "msgspec")
    return {
        "tipmao_monitor": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{package.lower().replace("-", "_"): installed(package) for package in packages},
        "window": desktop.no_window_because() or "can be opened",
        "chinese_font": desktop.draws_hanzi(),
        "locale": ".".join(part for part in locale.getlocale() if part) or None,
        "timezone": zone.key,
        "records": [str(folder.absolute()) for folder in ground.folders],
        "settings": str(settings.home() / settings.FILE),
        "cache": str(ground.cache),
    }


def _simulate(options: argparse.Namespace) -> int:
    from tipmao_monitor.terminal import printable
    from tipmao_monitor.usage.recorder import Recorder
    from tipmao_monitor.usage.simulation import simulate

    folders = [*options.records, *options.more_records]
    if len(folders) != 1:
        raise WrongUsage("name the one folder to write into with --records DIR")
    seed = time.time_ns() if options.seed is None else options.seed
    try:
        with Recorder(folders[0], strict=True) as recorder:
            calls = simulate(recorder, rate=options.rate, seconds=options.seconds, seed=seed)
    except OSError as error:
        raise Unusable(f"cannot write into {folders[0]} ({error.strerror or error}): name another folder") from None
    print(f"wrote {calls:,} calls into {printable(str(folders[0]))}")
    return DONE


def _window(options: argparse.Namespace) -> int:
    from tipmao_monitor import desktop

    named = [*options.records, *options.more_records]
    if options.demo and named:
        raise WrongUsage("--demo has a folder of its own, so it does not go with --records")
    ground = _ground(options)
    zone = _display_zone(ground.settings.timezone)
    no_window = desktop.no_window_because()
    with _demo_stream(ground, zone) if options.demo else nullcontext(ground) as ground:
        if no_window is None:
            desktop.show_window(_monitor(options, ground, zone))
            return DONE
        say(f"no window: {no_window}; use `tipmao-monitor stats` or `tipmao-monitor screenshot -o FILE`")
        now = datetime.now(zone)
        first, last = options.period.days(now.date()) if options.period else (None, None)
        with _read_store(ground, zone, now) as store:
            _print_stats(store.stats(first, last, now))
            return _code(store.troubles())


@contextmanager
def _demo_stream(ground: Ground, zone: ZoneInfo) -> Iterator[Ground]:
    """A month of a simulated stream in a temporary folder, and a thread that goes on with it."""
    from tipmao_monitor.usage.recorder import Recorder
    from tipmao_monitor.usage.simulation import CALLS_A_STREAM, history, simulate

    with ExitStack() as stack:
        # Ended from outside, the folder goes too.
        ended = signal.signal(signal.SIGTERM, signal.default_int_handler)
        stack.callback(signal.signal, signal.SIGTERM, ended)
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="tipmao-demo-"))
        folder = Path(place, "records", "ai_usage")
        recorder = stack.enter_context(Recorder(folder))
        seed = time.time_ns()
        history(recorder, days=31, calls_per_day=CALLS_A_STREAM, seed=seed, until=datetime.now(zone))
        stop = threading.Event()
        how = {"rate": 1.0, "seconds": None, "seed": seed, "stop": stop}
        stream = threading.Thread(target=simulate, args=(recorder,), kwargs=how, name="demo")
        stream.start()
        stack.callback(stream.join)
        stack.callback(stop.set)
        yield replace(ground, folders=(folder,), cache=Path(place, "cache"))


def _screenshot(options: argparse.Namespace) -> int:
    from tipmao_monitor import desktop

    if missing := desktop.missing_library():
        raise Unusable(missing)
    ground = _ground(options)
    monitor = _monitor(options, ground, _display_zone(ground.settings.timezone))
    try:
        troubles = desktop.save_picture(monitor, options.output, options.size)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unusable(f"cannot write {options.output} ({reason}): name another file with -o") from None
    except desktop.NoNumbersError as error:
        raise Unusable(f"cannot read the records ({error}): see what `tipmao-monitor doctor` says") from None
    for trouble in troubles:
        say(_sentence(trouble))
    return _code(troubles)


_COMMANDS = {
    "window": _window,
    "stats": _stats,
    "doctor": _doctor,
    "screenshot": _screenshot,
    "simulate": _simulate,
}
