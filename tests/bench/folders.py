"""Big folders of records for the benchmarks, in seconds: a million records in 30 day files, or ten million in 300.

The lines are real ones: the recorder writes some thousand simulated calls, and each line of the big folder is one of
them with a time of its own. They go into the files in bulk, with no lock and no look at what is there, so never point
this at a folder that someone else writes to.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

import numpy as np

from tipmao_monitor.usage.recorder import Recorder
from tipmao_monitor.usage.simulation import calls

VARIETY = 20_000
HOME = timezone(timedelta(hours=8))


def write_days(
    folder: Path,
    days: int,
    per_day: int,
    seed: int,
    until: date,
    *,
    prefix: str = "usage_",
    home_hours: int = 8,
    now: float = math.inf,
) -> int:
    """Write one file a calendar day (at UTC+08:00), `until` the last, with `per_day` records in the order of time.

    No record is later than `now`, in epoch seconds. Returns the bytes written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ends = np.array(tails(seed), dtype=object)
    random = np.random.default_rng(seed)
    size = 0
    for ago in range(days - 1, -1, -1):
        day = until - timedelta(days=ago)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 3600 * home_hours
        # Most of the day's calls lie in the evening.
        length = min(86_400.0, max(now - midnight, 1.0))
        moments = midnight + length * np.sort(random.beta(3, 1.5, per_day)).clip(0, 0.999999)
        chosen = ends[random.integers(0, len(ends), per_day)].tolist()
        text = "".join(
            [f'{{"timestamp": {moment!r}{end}' for moment, end in zip(moments.tolist(), chosen, strict=True)]
        )
        size += (folder / f"{prefix}{day}.jsonl").write_bytes(text.encode())
    return size


def tails(seed: int) -> list[str]:
    """What comes after the time in lines that the recorder wrote, newline included. The same seed gives the same."""
    with tempfile.TemporaryDirectory() as folder:
        with Recorder(folder, strict=True) as recorder:
            for call in islice(calls(seed, anchors=200), VARIETY):
                recorder.record(**call)
        text = "".join(path.read_bytes().decode() for path in Path(folder).iterdir())
    return [line[line.index(",") :] + "\n" for line in text.split("\n")[:-1]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--per-day", type=int, default=33_334)
    parser.add_argument("--seed", type=int, default=1)
    now = datetime.now(HOME)
    parser.add_argument("--until", type=date.fromisoformat, default=now.date())
    options = parser.parse_args()
    until = options.until
    size = write_days(options.folder, options.days, options.per_day, options.seed, until, now=now.timestamp())
    print(f"{options.days * options.per_day} records, {size} bytes")


if __name__ == "__main__":
    main()
