"""The bars of design.md, section 7, measured on Linux: from a checkout, `python tests/bench/run.py --data DIR`.

Makes the folders of records in DIR (3.3 GB with the ten million, made once a day), runs what is measured in processes
of its own and prints one table. The newcomer's mistake: to believe a wall time of a machine that is not quiet; the
load is printed beside each, and CPU seconds where they tell more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
ZONE = "Asia/Shanghai"
TODAY = datetime.now(timezone(timedelta(hours=8))).date()
FOLDERS = {"100k": (30, 3_334), "1m": (30, 33_334), "10m": (300, 33_334)}  # files, records in each
TIMES = 5


@dataclass(frozen=True)
class Row:
    """One line of the table; `is_ok` is None where there is no bar."""

    measure: str
    bar: str
    figure: str
    is_ok: bool | None = None
    beside: str = ""


@dataclass(frozen=True)
class Run:
    """A process that has ended."""

    wall_s: float
    cpu_s: float
    others_s: float  # CPU that other processes used meanwhile
    peak_mb: float
    output: bytes


@dataclass
class Ground:
    """Where the folders of records lie, and the caches that belong to them."""

    data: Path
    made: set[str] = field(default_factory=set)

    def records(self, size: str) -> Path:
        folder = self.data / f"records-{size}-{TODAY}"
        if not folder.is_dir():
            days, per_day = FOLDERS[size]
            say(f"making {days * per_day:,} records in {folder}")
            draft = folder.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            python(str(HERE / "folders.py"), str(draft), "--days", str(days), "--per-day", str(per_day))
            draft.rename(folder)
        return folder

    def home(self, size: str) -> Path:
        """A home whose cache holds all of those records."""
        home = self.data / f"home-{size}-{TODAY}"
        if size not in self.made:
            say(f"filling the cache of {size}")
            stats(home, self.records(size))
            self.made.add(size)
        return home

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="scratch-", dir=self.data) as folder:
            yield Path(folder)


def stats_without_cache(ground: Ground, size: str) -> Run:
    """The median of some runs, after one that is not counted: it warms the page cache."""
    runs = []
    for _ in range(TIMES + 1):
        with ground.scratch() as home:
            runs.append(stats(home, ground.records(size)))
    return _median(runs[1:])


def stats_1m(ground: Ground) -> Iterator[Row]:
    run = stats_without_cache(ground, "1m")
    yield _timed("stats --json, no cache, 1M records in 30 files", run, 1.8)
    yield Row("  the same, peak memory", "<= 500 MB", f"{run.peak_mb:.0f} MB", run.peak_mb <= 500)


def stats_100k(ground: Ground) -> Iterator[Row]:
    yield _timed("stats --json, no cache, 100k records", stats_without_cache(ground, "100k"), 0.36)
    with ground.scratch() as empty:
        run = _median([stats(empty, empty) for _ in range(TIMES)])
    yield Row("  the same, no records (the start alone)", "", f"{run.wall_s:.2f} s", None, _shares(run))


def days_1m(ground: Ground) -> Iterator[Row]:
    yield from _days(ground, "1m")


def days_10m(ground: Ground) -> Iterator[Row]:
    yield from _days(ground, "10m")


def _days(ground: Ground, size: str) -> Iterator[Row]:
    home, records = ground.home(size), ground.records(size)
    runs = [stats(home, records, "--days", "30") for _ in range(TIMES + 1)]
    yield _timed(f"stats --json --days 30, cached, {size.upper()} records", _median(runs[1:]), 0.5)


def start_10m(ground: Ground) -> Iterator[Row]:
    home, records = ground.home("10m"), ground.records("10m")
    # The first is not counted: it leaves the last known numbers for the others.
    starts = [scene("start", home, [records]) for _ in range(TIMES + 1)][1:]
    found = sorted(starts, key=lambda one: one["true_s"])[TIMES // 2]
    parts = ("imported", "checked", "made", "painted", "true")
    split = ", ".join(f"{name} {found[f'{name}_s']:.2f}" for name in parts)
    split += f"; CPU of other processes {found['others_s']:.1f} s in all"
    is_ok = found["true_s"] <= 1.5
    yield Row("window, 10M cached: start to true numbers", "<= 1.5 s", f"{found['true_s']:.2f} s", is_ok, split)
    yield _gap("  the same, longest gap after first paint", found["heart"])


def memory_10m(ground: Ground) -> Iterator[Row]:
    found = scene("memory", ground.home("10m"), [ground.records("10m")])
    yield _memory("window, 10M records: resident memory", found["rss_mb"])
    yield _memory(f"  the same, 30 days shown ({found['month_calls']:,} calls)", found["month_rss_mb"])
    yield Row("  the same, peak", "", f"{found['peak_mb']:.0f} MB")
    yield Row("  from the choice of 30 days to paint", "", f"{found['month_s']:.2f} s")
    yield _gap("  the same, longest gap", found["heart"])


def append(ground: Ground) -> Iterator[Row]:
    with ground.scratch() as live, Pulse() as pulse:
        found = scene("append", ground.home("1m"), [ground.records("1m"), live], live=live, count=200)
    waits = sorted(found["latencies_s"])
    p50, p99 = 1e3 * median(waits), 1e3 * waits[int(0.99 * (len(waits) - 1))]
    cpu = f"{len(waits)} appends, CPU {found['cpu_ms_each']:.1f} ms each, longest {1e3 * waits[-1]:.0f} ms"
    yield Row("append to painted, idle: p50", "<= 60 ms", f"{p50:.0f} ms", p50 <= 60, cpu)
    yield Row("append to painted, idle: p99", "<= 100 ms", f"{p99:.0f} ms", p99 <= 100)
    yield _gap("  the same, longest gap", found["heart"], pulse)


def first_import(ground: Ground) -> Iterator[Row]:
    for period in ("today", "30d"):
        with ground.scratch() as home, Pulse() as pulse:
            found = scene("import", home, [ground.records("1m")], period=period)
        yield _gap(f"first import of 1M, {period} shown: longest gap", found["heart"], pulse)
        yield Row(
            "  the same, start to true numbers", "", f"{found['true_s']:.1f} s", None,
            f"CPU {found['cpu_s']:.1f} s, {found['snapshots']} snapshots, peak {found['peak_mb']:.0f} MB",
        )  # fmt: skip


def burst(ground: Ground) -> Iterator[Row]:
    with ground.scratch() as live, ground.scratch() as empty:
        records = [ground.records("100k"), live]
        with Pulse() as pulse:
            found = scene("burst", ground.home("100k"), records, live=live, rate=100_000, seconds=10)
        fresh = json.loads(stats(empty, records, "--from", str(TODAY), "--to", str(TODAY)).output)["total"]
    late, written = found["late_s"], found["written"]
    told = f"{written['calls']:,} in {found['wall_s']:.1f} s, CPU {found['cpu_s']:.1f} s"
    told += f", peak {found['peak_mb']:.0f} MB"
    yield Row("burst of 100k/s for 10 s: totals exact after its end", "<= 2 s", f"{late:.2f} s", late <= 2, told)
    yield _gap("  the same, longest gap", found["heart"], pulse)
    is_same = found["exact"] and (found["calls"], float(found["cost"])) == (fresh["calls"], fresh["cost"])
    yield Row("  the same, as a fresh reading has it", "equal", "equal" if is_same else "different", is_same)


def idle(ground: Ground) -> Iterator[Row]:
    for size in ("1m", "10m") if "10m" in ground.made else ("1m",):
        found = scene("rest", ground.home(size), [ground.records(size)], seconds=60)
        percent, told = found["percent"], f"CPU {found['cpu_s']:.2f} s in {found['wall_s']:.0f} s"
        yield Row(f"idle CPU, window open, {size.upper()}", "<= 0.5 %", f"{percent:.2f} %", percent <= 0.5, told)


def recorder(ground: Ground) -> Iterator[Row]:
    found = json.loads(python(str(HERE / "recording.py"), "--in", str(ground.data)).output)
    rate, p99 = found["per_second"], found["p99_us"]
    told = f"{found['per_cpu_second']:,.0f} per CPU second"
    yield Row("recorder, one process: calls/s", ">= 50,000", f"{rate:,.0f}", rate >= 50_000, told)
    told = f"p50 {found['p50_us']:.0f}, p99.9 {found['p999_us']:.0f}, longest {found['longest_us']:.0f} us"
    yield Row("recorder, one process: p99", "<= 200 us", f"{p99:.0f} us", p99 <= 200, told)


def crowd(ground: Ground) -> Iterator[Row]:
    run = python(str(HERE / "crowd.py"), "--in", str(ground.data))
    found = json.loads(run.output)
    told = f"{found['bytes'] / 1e9:.1f} GB in {found['seconds']:.0f} s, each decoded; {found['again']} tried again"
    measure = "8 processes x 8 threads x 1,000 records of 100 B to 1 MB"
    yield Row(measure, "all whole", f"{found['records']:,}", True, told)


BARS: dict[str, Callable[[Ground], Iterator[Row]]] = {
    "stats-1m": stats_1m,
    "stats-100k": stats_100k,
    "days-1m": days_1m,
    "days-10m": days_10m,
    "start-10m": start_10m,
    "memory-10m": memory_10m,
    "append": append,
    "import": first_import,
    "burst": burst,
    "idle": idle,
    "recorder": recorder,
    "crowd": crowd,
}


class Pulse:
    """How late the machine itself is: the longest delay of a process that only sleeps 10 ms at a time."""

    def __enter__(self) -> Pulse:
        self.longest_ms = 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PULSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.longest_ms = 1e3 * float(self._process.communicate("")[0])


_PULSE = """
import select, sys, time
longest = 0.0
last = time.perf_counter()
while not select.select([sys.stdin], [], [], 0.01)[0]:
    now = time.perf_counter()
    longest, last = max(longest, now - last), now
print(longest)
"""


def python(*arguments: str, home: Path | None = None) -> Run:
    """Run this Python with the package of this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "TZ": ZONE, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("TIPMAO_RECORDS", None)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's second start does not compile
    if home:
        environment["TIPMAO_HOME"] = str(home)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        began, busy = time.perf_counter(), _busy_s()
        process = subprocess.Popen([sys.executable, *arguments], stdout=output, stderr=said, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        wall_s, cpu_s = time.perf_counter() - began, used.ru_utime + used.ru_stime
        others_s = max(_busy_s() - busy - cpu_s, 0.0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.buffer.write(b"".join(said.readlines()[-30:]))
            raise SystemExit(f"{' '.join(arguments)} ended with code {process.returncode}")
        output.seek(0)
        return Run(wall_s, cpu_s, others_s, used.ru_maxrss * 1024 / 1e6, output.read())


def stats(home: Path, records: Path | list[Path], *more: str) -> Run:
    return python("-m", "tipmao_monitor", "stats", "--json", *_named(records), "--tz", ZONE, *more, home=home)


def scene(name: str, home: Path, records: list[Path], *, period: str = "today", **options: object) -> dict[str, Any]:
    """One scene of window.py."""
    own = [text for key, value in options.items() for text in (f"--{key}", str(value))]
    command = [*_named(records), "--period", period]
    run = python(str(HERE / "window.py"), name, "--began", repr(time.monotonic()), *own, "--", *command, home=home)
    found: dict[str, Any] = json.loads(run.output)
    return found | {"others_s": run.others_s}


def _named(records: Path | list[Path]) -> list[str]:
    folders = [records] if isinstance(records, Path) else records
    return [text for folder in folders for text in ("--records", str(folder))]


def _median(runs: list[Run]) -> Run:
    middle = sorted(runs, key=lambda run: run.wall_s)[len(runs) // 2]
    return replace(middle, peak_mb=max(run.peak_mb for run in runs))


def _timed(measure: str, run: Run, bar_s: float) -> Row:
    return Row(measure, f"<= {bar_s} s", f"{run.wall_s:.2f} s", run.wall_s <= bar_s, _shares(run))


def _shares(run: Run) -> str:
    return f"CPU {run.cpu_s:.2f} s, of other processes meanwhile {run.others_s:.2f} s"


def _memory(measure: str, found_mb: float) -> Row:
    return Row(measure, "<= 350 MB", f"{found_mb:.0f} MB", found_mb <= 350)


def _gap(measure: str, heart: dict[str, Any], pulse: Pulse | None = None) -> Row:
    told = f"p99.9 {heart['p999_ms']:.0f} ms, over 50 ms: {heart['over_50']} of {heart['beats']}"
    told += f"; longest {heart['gaps_ms']} with own CPU {heart['own_ms']}"
    if pulse:
        told += f"; a process that only sleeps: {pulse.longest_ms:.0f} ms"
    longest = heart["longest_ms"]
    return Row(measure, "<= 50 ms", f"{longest:.0f} ms", longest <= 50, told)


def _busy_s() -> float:
    """CPU seconds of all cores since the system started."""
    user, nice, system, _, _, irq, softirq, steal, *_ = map(
        int, Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    model = platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}, load {_load()}"


def _load() -> str:
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def _line(row: Row, load: str = "") -> str:
    verdict = {True: "ok", False: "short", None: ""}[row.is_ok]
    return f"| {row.measure} | {row.bar} | {row.figure} | {verdict} | {load} | {row.beside} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = Path(tempfile.gettempdir(), "tipmao-bench")
    parser.add_argument("--data", type=Path, default=default, help=f"where the records are made and kept ({default})")
    parser.add_argument("--only", action="append", choices=BARS, help="one bar; may be given more than once")
    parser.add_argument("--no-10m", action="store_true", help="leave out what needs ten million records")
    options = parser.parse_args()
    names = options.only or [name for name in BARS if not (options.no_10m and name.endswith("10m"))]
    ground = Ground(options.data.absolute())
    ground.data.mkdir(parents=True, exist_ok=True)

    print(machine())
    print("| measure | bar | figure | | load | beside |\n|---|---|---|---|---|---|", flush=True)
    for name in names:
        load = f"{os.getloadavg()[0]:.1f}"
        for row in BARS[name](ground):
            print(_line(row, load), flush=True)


if __name__ == "__main__":
    main()
