"""The real window in a process of its own, offscreen, and what it takes: its start, appends, a burst, rest, memory.

Run by `run.py`, which reads the one JSON object that this prints. The command is the one that a user types; only
`desktop.show_window` is told to let a `Stage` look on. The newcomer's mistake: to take `Monitor.painted` for paint. It
says that the widgets have the numbers; they are on the screen when Qt has painted the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import select
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tipmao_monitor import cli, desktop
from tipmao_monitor.usage.snapshot import Filter, Period, Snapshot

BEAT_MS = 10
PATIENCE_S = 120.0
SETTLE_S = 3.0

Condition = Callable[[Snapshot], bool]


def main() -> None:
    imported = time.monotonic()
    options, command = _options()
    found: dict[str, Any] = {}
    show = desktop.show_window

    def show_and_look(begin: Callable[[Any], Any], signals: Any, **how: Any) -> None:
        moments = {"imported": imported, "checked": time.monotonic()}

        def begin_and_look(app: Any) -> Any:
            monitor = begin(app)
            moments["made"] = time.monotonic()
            from stage import Stage

            stage = Stage(app, monitor, BEAT_MS, PATIENCE_S)
            stage.moments |= moments
            stage.play(lambda: found.update(_SCENES[options.scene](stage, options)))
            return monitor

        show(begin_and_look, signals, **how)

    desktop.show_window = show_and_look
    code = cli.main(command)
    if not found:
        sys.exit(f"the window ended with code {code} before the scene did")
    print(json.dumps(found, default=str))


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scene", choices=sorted(_SCENES))
    parser.add_argument("--began", type=float, required=True, help="time.monotonic() when the process was started")
    parser.add_argument("--live", type=Path, help="the folder, one of those watched, that records are written into")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rate", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    at = sys.argv.index("--")
    return parser.parse_args(sys.argv[1:at]), sys.argv[at + 1 :]


def _start(stage: Any, options: argparse.Namespace) -> dict[str, Any]:
    """From the start of the process to the true numbers, and what is resident then."""
    stage.wait(_is_whole)
    stage.rest(SETTLE_S)
    found = {"heart": stage.heart.summary(), "rss_mb": _resident_mb(), "peak_mb": _peak_mb()}
    return _since(stage, options.began) | found


def _memory(stage: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Resident memory as it started, and with 30 days shown; how long it takes to show them."""
    stage.wait(_is_whole)
    stage.rest(SETTLE_S)
    found = {"rss_mb": _resident_mb(), "calls": stage.latest.total.calls}
    stage.heart.begin()
    asked = time.monotonic()
    stage.window.change_filter(Filter(period=Period("30d")))
    painted = stage.wait(lambda snapshot: snapshot.filter.period.kind == "30d")
    stage.rest(SETTLE_S)
    return found | {
        "month_s": painted - asked, "month_calls": stage.latest.total.calls, "month_rss_mb": _resident_mb(),
        "peak_mb": _peak_mb(), "heart": stage.heart.summary(),
    }  # fmt: skip


def _rest(stage: Any, options: argparse.Namespace) -> dict[str, Any]:
    """CPU time of all threads while nothing is recorded."""
    stage.wait(_is_whole)
    stage.heart.end()
    stage.rest(10.0)
    began, cpu = time.monotonic(), time.process_time()
    stage.rest(options.seconds)
    cpu_s, wall_s = time.process_time() - cpu, time.monotonic() - began
    return {"cpu_s": cpu_s, "wall_s": wall_s, "percent": 100 * cpu_s / wall_s, "rss_mb": _resident_mb()}


def _import(stage: Any, options: argparse.Namespace) -> dict[str, Any]:
    """The heart while everything is read for the first time."""
    stage.wait(_is_whole)
    stage.rest(1.0)
    return _since(stage, options.began) | {
        "heart": stage.heart.summary(), "cpu_s": time.process_time(), "counted": stage.latest.coverage.counted,
        "snapshots": stage.snapshots, "peak_mb": _peak_mb(),
    }  # fmt: skip


def _append(stage: Any, options: argparse.Namespace) -> dict[str, Any]:
    """From the recorder's call to the paint of the number that it changed, one call at a time."""
    from tipmao_monitor.usage.recorder import Recorder

    stage.wait(_is_whole)
    stage.rest(SETTLE_S)
    pause = random.Random(1)
    latencies = []
    with Recorder(options.live, strict=True) as recorder:
        recorder.record("qwen-plus", "live_analysis", 1000, 500, 1200.5)  # the file of the day is there
        stage.rest(SETTLE_S)
        stage.heart.begin()
        cpu = time.process_time()
        for number in range(options.count):
            stage.rest(pause.uniform(0.2, 0.5))
            want = stage.latest.total.calls + 1
            began = time.monotonic()
            recorder.record("qwen-plus", "live_analysis", 1000 + number, 500, 1200.5, user_id=f"viewer {number % 30}")
            latencies.append(stage.wait(lambda snapshot, want=want: snapshot.total.calls >= want) - began)
    cpu_ms = 1e3 * (time.process_time() - cpu) / options.count
    return {"latencies_s": latencies, "heart": stage.heart.summary(), "cpu_ms_each": cpu_ms}


def _burst(stage: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Another process appends faster than anyone does; when are the totals those of the file again?"""
    stage.wait(_is_whole)
    stage.rest(SETTLE_S)
    before = stage.latest.total
    command = [sys.executable, Path(__file__).with_name("burst.py"), options.live]
    command += ["--rate", str(options.rate), "--seconds", str(options.seconds)]
    # To the end: its own end is not to be waited for while the heart beats.
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        stage.until(lambda: _is_readable(writer.stdout))
        assert writer.stdout.readline() == b"ready\n"
        stage.heart.begin()
        cpu = time.process_time()
        stage.until(lambda: _is_readable(writer.stdout))
        written = json.loads(writer.stdout.readline())
        want = (
            before.calls + written["calls"],
            before.total_tokens + written["total_tokens"],
            before.recorded_cost + Decimal(written["recorded_cost"]),
        )

        def is_exact(snapshot: Snapshot) -> bool:
            total = snapshot.total
            return (total.calls, total.total_tokens, total.recorded_cost) == want

        exact = stage.wait(is_exact)
        cpu_s = time.process_time() - cpu
        stage.rest(1.0)
        total = stage.latest.total
    return {
        "written": written, "wall_s": written["ended"] - written["began"], "late_s": exact - written["ended"],
        "heart": stage.heart.summary(), "cpu_s": cpu_s, "snapshots": stage.snapshots, "peak_mb": _peak_mb(),
        "calls": total.calls, "cost": total.cost, "exact": is_exact(stage.latest),
    }  # fmt: skip


def _is_readable(pipe: Any) -> bool:
    return bool(select.select([pipe], [], [], 0)[0])


def _is_whole(snapshot: Snapshot) -> bool:
    return not snapshot.progress.total


def _since(stage: Any, began: float) -> dict[str, Any]:
    return {f"{name}_s": moment - began for name, moment in stage.moments.items()}


def _resident_mb() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


_SCENES = {"start": _start, "memory": _memory, "rest": _rest, "import": _import, "append": _append, "burst": _burst}

if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main()
