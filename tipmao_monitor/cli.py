"""The commands. Each is a few lines over the same objects: folders, a `Store`, and who shows what it answers.

A newcomer would get this wrong: what is not needed is not imported. `stats` on 100,000 records has to be done in a
third of a second, in which Qt alone would not have started.
"""

from __future__ import annotations

import argparse
import functools
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tipmao_monitor import __version__, settings
from tipmao_monitor.arguments import WrongUsage, parser
from tipmao_monitor.usage.snapshot import Filter, Period, Stats, Trouble

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from PySide6.QtWidgets import QApplication

    from tipmao_monitor.feed import Feed
    from tipmao_monitor.instance import Instance
    from tipmao_monitor.monitor import Monitor
    from tipmao_monitor.usage.prices import PriceBook
    from tipmao_monitor.usage.store import Store

DONE, EXCEEDED, WRONG_USAGE, UNUSABLE = 0, 1, 2, 3
CLOCKS_APART_S = 300.0  # and more is said: one command has no clock before to compare with, but the records have
# Those after which some record may not have been read.
_UNREAD = ("missing", "not_a_folder", "unreadable", "unreadable_file")
SENTENCES = {
    "missing": "there is no folder {path}: start the assistant once, or name its folder with --records DIR",
    "not_a_folder": "{path} is not a folder: name the folder that holds the day files with --records DIR",
    "unreadable": "the folder {path} cannot be read ({detail}): give yourself the right to read it",
    "unreadable_file": "{path} cannot be read ({detail}), so its calls are not counted: give yourself the right to it",
    "cache_unusable": "the cache {path} cannot be used ({detail}): reading is slower, the numbers are right",
    "settings_unusable": "{path}: {detail}; it is not used, correct the file",
    "settings_newer": "{path} is of a newer version of this program: what is not known yet is left as it is",
    "settings_restored": "{path} cannot be used ({detail}), its backup beside it is: change a setting to write it anew",
    "prices_unusable": "{path}: {detail}; the program's own prices are used, correct the file",
    "port_unusable": "the web page cannot be shown on port {path} ({detail}): choose another api_port in the settings",
    "deleted": "{path} was deleted, so its calls are not counted any more",
    "clock_back": "the clock was set back: check date and time of this computer",
    "alerts_unusable": "alerts cannot be kept in {path} ({detail}), they may come again: give yourself the right to it",
    "alerts_damaged": "the ledger of alerts {path} was damaged and is begun anew: some alerts may come again",
    "alerts_mended": "the ledger of alerts {path} was damaged; its copy was whole, so nothing is lost",
    "alerts_newer": "the ledger of alerts {path} has some of a newer version: use that version to see them",
    "unexpected": "something went wrong ({detail}): `tipmao-monitor doctor` prints what a report of it needs",
}


class Unusable(Exception):
    """A folder or file cannot be used; one line that says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (design.md, section 5)."""
    _open_what_was_closed()
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
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        say(f"cannot write the answer ({error.strerror or error}): send it elsewhere")
        return UNUSABLE
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # Ctrl+C in DuckDB's words
            raise
        return 130
    return int(code)


def _open_what_was_closed() -> None:
    """Begun with `>&-`, the next file that is opened would be taken for stdout. An answer still cannot be written."""
    for number, name, mode in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None:
            if not _is_open(number):
                os.open(os.devnull, mode)
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115  # until the end


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def say(sentence: str) -> None:
    """One line on stderr."""
    from tipmao_monitor.terminal import printable

    try:
        print(f"tipmao-monitor: {printable(sentence)}", file=sys.stderr, flush=True)
    except OSError:
        # Nobody can be told, and what cannot be said is no reason to end with the code of something else.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


@dataclass(frozen=True)
class Ground:
    """What a command works on."""

    folders: tuple[Path, ...]
    settings: settings.Settings
    cache: Path
    troubles: tuple[Trouble, ...] = ()

    def book(self) -> tuple[PriceBook, tuple[Trouble, ...]]:
        """The price book with the user's rows; without them where their file cannot be used, and what is wrong."""
        from tipmao_monitor.usage.own_prices import FILE
        from tipmao_monitor.usage.prices import PriceBook

        file = settings.home() / FILE
        book, problems = PriceBook.load_usable(file)
        return book, tuple(Trouble("prices_unusable", str(file), text) for text in problems)


def _ground(options: argparse.Namespace) -> Ground:
    chosen, troubles = settings.load(settings.home())
    named = (*options.records, *options.more_records)
    return Ground(named or settings.folders(chosen), chosen, settings.cache_folder(), troubles)


def _display_zone(name: str) -> ZoneInfo:
    """The time zone of the settings; the system's for "system"."""
    from zoneinfo import ZoneInfo

    zone = settings.display_zone(name)
    if zone is None:
        say("the time zone of this computer is not known, days are those of UTC: set one such as TZ=Asia/Shanghai")
    return zone or ZoneInfo("UTC")


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
        newest_us = store.newest_us() or 0
        if newest_us / 1e6 - now.timestamp() > CLOCKS_APART_S:
            newest = f"{store.zone.at(newest_us):%Y-%m-%d %H:%M}"
            say(f"the newest call is of {newest}, which is still to come: check date and time of this computer")
        yield store
    finally:
        store.close()


def _sentence(trouble: Trouble) -> str:
    detail = " ".join(trouble.detail.split())
    return SENTENCES[trouble.kind].format(path=trouble.path, detail=detail or "no reason given")


def _code(troubles: Sequence[Trouble]) -> int:
    return UNUSABLE if any(trouble.kind in _UNREAD for trouble in troubles) else DONE


def _check_days(options: argparse.Namespace) -> None:
    first, last = options.first, options.last
    if options.days and (first or last):
        raise WrongUsage("--days does not go with --from and --to: use one of them")
    if first and last and first > last:
        raise WrongUsage(f"--from {first} is after --to {last}: swap them")


def _stats(options: argparse.Namespace) -> int:
    first, last = options.first, options.last
    _check_days(options)
    ground = _ground(options)
    zone = options.tz or _display_zone(ground.settings.timezone)
    now = datetime.now(zone)
    if options.days:
        first, last = now.date() - timedelta(days=options.days - 1), now.date()
    # No record is from before or after, and the calendar ends where the day after the last would be computed.
    first, last = first and max(first, date(1970, 1, 1)), last and min(last, date(9000, 1, 1))
    with _read_store(ground, zone, now) as store:
        stats = _with_budgets(store.stats(first, last, now), ground, store, now)
        _print_stats(stats, options.json)
        return _check_budgets(stats, store) if options.check_budget else _code(store.troubles())


def _with_budgets(stats: Stats, ground: Ground, store: Store, now: datetime) -> Stats:
    """The same with where the budgets of the settings stand now, whatever the days."""
    if not _plan_budgets(ground, store):
        return stats
    return replace(stats, budgets=store.budgets(now))


def _plan_budgets(ground: Ground, store: Store) -> bool:
    """Whether there are any."""
    if not ground.settings.budgets:
        return False
    from tipmao_monitor.usage.spending import Plan  # most people's `stats` does without

    store.plan(Plan(ground.settings.budgets, ground.settings.stream_gap_minutes))
    return True


def _check_budgets(stats: Stats, store: Store) -> int:
    """One line for each budget that is exceeded."""
    from tipmao_monitor import terminal

    broken = [status for status in stats.budgets if status.state == "over"]
    for status in broken:
        say(terminal.broken_budget(status))
    return EXCEEDED if broken else _code(store.troubles())


def _print_stats(stats: Stats, as_json: bool = False) -> None:
    from tipmao_monitor import terminal

    if as_json:
        _write(terminal.to_json(terminal.stats_object(stats)))
    else:
        print(terminal.stats_text(stats), end="")


def _write(content: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def _report(options: argparse.Namespace) -> int:
    from tipmao_monitor.reports.files import ChangedMeanwhileError, UnusableTargetError, check_target, write_report
    from tipmao_monitor.usage.formats import ReportRequest

    _check_days(options)
    if options.by_anchor and options.format != "xlsx":
        raise WrongUsage("--by-anchor makes a workbook: use it with --format xlsx")
    if options.calls and options.format in ("html", "pdf"):
        raise WrongUsage("--calls goes with --format json, csv or xlsx: pages have no room for every single call")
    first, last = options.first, options.last
    ground = _ground(options)
    zone = options.tz or _display_zone(ground.settings.timezone)
    now = datetime.now(zone)
    today = now.date()
    try:
        check_target(options.output)
        with _speaking(options, ground), _read_store(ground, zone, now) as store:
            store.verify(now)
            _plan_budgets(ground, store)
            if first or last:
                counted = store.stats(first, last, now)
                first, last = first or counted.first or last, last or max(today, first, counted.last or today)
            else:
                first, last = today - timedelta(days=(options.days or 7) - 1), today
            calls = options.format == "xlsx" if options.calls is None else options.calls
            request = ReportRequest(
                first, last, options.format, options.output, calls=calls, by_anchor=options.by_anchor
            )
            with _tidied_up():
                write_report(store, request, now)
            return _code(store.troubles())
    except UnusableTargetError as error:
        raise Unusable(_TARGETS[error.reason].format(path=error.path, detail=error.detail)) from None
    except ChangedMeanwhileError:
        raise Unusable("the records are being changed all the time: try again in a minute") from None


@contextmanager
def _tidied_up() -> Iterator[None]:
    """Ended from outside, what was begun goes too. Before, there is nothing to tidy up, and Qt's import would abort."""
    ended = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, ended)


_TARGETS = {
    "folder": "{path} is a folder: name a file with -o",
    "link": "{path} is a link, and what it points to is left alone: name the file itself with -o",
    "special": "{path} is no ordinary file: name another with -o",
    "day_file": "{path} has the name of a day file, which a report must not be: name another with -o",
    "no_folder": "there is no folder for {path}: make it first, or name another file with -o",
    "system": "cannot write {path} ({detail}): name another file with -o",
}


@contextmanager
def _speaking(options: argparse.Namespace, ground: Ground) -> Iterator[None]:
    """With Qt where the format has words in it, in the language that was chosen. No display is used."""
    if options.format in ("json", "csv"):
        yield
        return
    from tipmao_monitor import desktop

    with desktop.words_only(options.lang or ground.settings.language, fonts=options.format == "pdf"):
        yield


def _advice(options: argparse.Namespace) -> int:
    from tipmao_monitor import advice_terminal, terminal
    from tipmao_monitor.usage.spending import Plan

    ground = _ground(options)
    zone = options.tz or _display_zone(ground.settings.timezone)
    now = datetime.now(zone)
    with _read_store(ground, zone, now) as store:
        store.plan(Plan(ground.settings.budgets, ground.settings.stream_gap_minutes))
        advice = store.advice(now.date() - timedelta(days=options.days - 1), now.date(), now)
        if options.json:
            _write(terminal.to_json(advice_terminal.advice_object(advice)))
        else:
            print(advice_terminal.advice_text(advice), end="")
        return _code(store.troubles())


def _doctor(options: argparse.Namespace) -> int:
    from tipmao_monitor import terminal
    from tipmao_monitor.usage.causes import causes

    ground = _ground(options)
    zone = options.tz or _display_zone(ground.settings.timezone)
    now = datetime.now(zone)
    environment = _environment(ground, zone)
    with _read_store(ground, zone, now) as store:
        stats = _with_budgets(store.stats(None, None, now), ground, store, now)
        audit = store.audit(None, None, now)
        found = terminal.Examined(
            store.accounts(), store.rejects(), store.unpriced(), audit, environment, causes(stats, store.tokenless(now))
        )
        if options.json:
            _write(terminal.to_json(terminal.doctor_object(stats, found)))
        else:
            print(terminal.doctor_text(stats, found), end="")
        return _code(store.troubles())


def _session(
    options: argparse.Namespace, ground: Ground, zone: ZoneInfo, *, is_window: bool
) -> tuple[Feed, Callable[[QApplication], Monitor]]:
    """What watches the records, and what makes the session once there is an application. The command line overrules
    the settings for this once.
    """
    from tipmao_monitor.feed import feed_of

    chosen, cache = ground.settings, ground.cache
    overruled = replace(chosen, language=options.lang or chosen.language, theme=options.theme or chosen.theme)
    period = options.period or Period()
    book, wrong = ground.book()
    troubles = (*ground.troubles, *wrong)
    feed = feed_of(
        ground.folders, overruled, zone=zone, prices=book, cache=cache, filter=Filter(period), troubles=troubles
    )

    def begin(app: QApplication) -> Monitor:
        from tipmao_monitor.monitor import Monitor

        return Monitor(
            app, ground.folders, overruled, zone=zone, prices=book, cache=cache, period=period, troubles=troubles,
            save_settings=not options.demo, may_switch=is_window and not options.demo, feed=feed,
        )  # fmt: skip

    return feed, begin


def _environment(ground: Ground, zone: ZoneInfo) -> dict[str, object]:
    """What a bug report needs. Asked before there are threads, because Qt is asked in a child process."""
    import locale
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from tipmao_monitor import crash_log, desktop

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
        "crash_log": str(crash_log.folder() / crash_log.FILE),
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
        folders[0].mkdir(parents=True, exist_ok=True)
        with Recorder(folders[0], strict=True) as recorder:
            calls = simulate(recorder, rate=options.rate, seconds=options.seconds, seed=seed)
    except OSError as error:
        raise Unusable(f"cannot write into {folders[0]} ({error.strerror or error}): name another folder") from None
    print(f"wrote {calls:,} calls into {printable(str(folders[0]))}")
    return DONE


def _window(options: argparse.Namespace) -> int:
    from tipmao_monitor import crash_log, desktop
    from tipmao_monitor.instance import Instance

    named = [*options.records, *options.more_records]
    if options.demo and named:
        raise WrongUsage("--demo has a folder of its own, so it does not go with --records")
    ground = _ground(options)
    zone = _display_zone(ground.settings.timezone)
    instance = None if options.demo else Instance(settings.home())
    sessions: list[Callable[[QApplication], Monitor]] = []

    @functools.cache
    def is_first() -> bool:
        return instance is None or instance.is_first()

    def begin_session() -> None:
        feed, begin = _session(options, ground, zone, is_window=True)
        stack.callback(feed.end)
        feed.begin()
        sessions.append(begin)

    def meanwhile() -> None:
        """It reads already while all that a window needs is imported, and all of it while a window is tried."""
        if is_first():
            if not options.demo:
                begin_session()
            desktop.import_window()

    with ExitStack() as stack:
        no_window = desktop.no_window_because(meanwhile)
        if options.demo:
            ground = stack.enter_context(_demo_stream(ground, zone))
        if no_window is None:
            if instance is not None and not is_first():
                return _raise_first(instance)
            with desktop.Signals() as signals, crash_log.keeping(crash_log.folder()) as log:
                if not sessions:
                    begin_session()
                log.listen_to_qt()
                desktop.show_window(sessions[0], signals, compact=options.compact, instance=instance)
            return DONE
        if instance is not None:
            stack.close()  # what began for a window is not read a second time beside it
            instance.end()
        instead = "`tipmao-monitor stats`, `tipmao-monitor screenshot -o FILE` or `tipmao-monitor serve`"
        say(f"no window: {no_window}; use {instead}")
        now = datetime.now(zone)
        first, last = options.period.days(now.date()) if options.period else (None, None)
        with _read_store(ground, zone, now) as store:
            _print_stats(_with_budgets(store.stats(first, last, now), ground, store, now))
            return _code(store.troubles())


def _raise_first(instance: Instance) -> int:
    if not instance.raise_first():
        raise Unusable(
            f"another window of {settings.home()} is open but does not answer: end it, or set another TIPMAO_HOME"
        )
    say("it is open already, so its window was brought to the front; close it to start with other options")
    return DONE


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
    _, begin = _session(options, ground, _display_zone(ground.settings.timezone), is_window=False)
    try:
        troubles = desktop.save_picture(begin, options.output, options.size)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unusable(f"cannot write {options.output} ({reason}): name another file with -o") from None
    except desktop.NoNumbersError as error:
        raise Unusable(f"cannot read the records ({error}): see what `tipmao-monitor doctor` says") from None
    for trouble in troubles:
        say(_sentence(trouble))
    return _code(troubles)


def _serve(options: argparse.Namespace) -> int:
    from tipmao_monitor import crash_log, serving
    from tipmao_monitor.feed import Feed
    from tipmao_monitor.pricing import price_book
    from tipmao_monitor.usage.snapshot import Snapshot

    ground = _ground(options)
    zone = _display_zone(ground.settings.timezone)
    book, wrong_prices = ground.book()
    said: set[Trouble] = set()
    answering: list[serving.Open] = []

    def hear(message: object) -> None:
        """In the feed's thread: what is wrong is said once, and again when it was mended in between."""
        if isinstance(message, Snapshot):
            for service in answering:
                service.records.hear(message)
            for trouble in message.troubles:
                if trouble not in said:
                    say(_sentence(trouble))
            said.intersection_update(message.troubles)
            said.update(message.troubles)

    feed = Feed(
        ground.folders,
        zone=zone,
        prices=book,
        cache=ground.cache,
        slow_ms=ground.settings.slow_ms,
        announce=hear,
        clock=lambda: datetime.now(zone),
        troubles=(*ground.troubles, *wrong_prices),
    )
    chosen = serving.Chosen(feed)
    with crash_log.keeping(crash_log.folder()), serving.told_to_end() as told:
        try:
            answering.append(serving.opened(lambda: feed, options.host, options.port))
        except serving.PortError as error:
            where = f"{options.host} port {options.port}"
            raise Unusable(f"cannot listen on {where} ({error}): name another --port or --host") from None
        service = answering[0]
        feed.begin()
        try:
            # Who sits at the terminal may see the token; what is kept of this output may not.
            link = f"#token={service.token}" if service.token and sys.stderr.isatty() else ""
            say(f"answering at {service.panel}{link} until Ctrl+C")
            if service.token:
                say(f"the token that has to be sent is in {settings.home() / 'api-token'}; the page asks for it")
            while True:
                service.records.is_on_air = chosen.now().on_air
                if told.wait(1.0):
                    break
                # A price that the user writes into the file holds from the next question on.
                if (new := price_book()) is not book:
                    book = new
                    feed.reprice(new)
        finally:
            service.service.end()
            feed.end()
    return DONE


_COMMANDS = {
    "window": _window,
    "serve": _serve,
    "stats": _stats,
    "report": _report,
    "advice": _advice,
    "doctor": _doctor,
    "screenshot": _screenshot,
    "simulate": _simulate,
}
