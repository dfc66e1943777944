"""How many calls a second one process records, and how long the slowest of them hold their caller up.

Prints one JSON object. The rate is that of a loop without a look at the clock; the waits are of another.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from itertools import islice
from pathlib import Path

from tipmao_monitor.usage.recorder import Recorder
from tipmao_monitor.usage.simulation import calls

VARIETY = 5000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--in", dest="folder", type=Path, help="where the records lie for a moment")
    options = parser.parse_args()
    some = list(islice(calls(1), VARIETY))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, Recorder(folder, strict=True) as recorder:
        record, clock = recorder.record, time.perf_counter_ns
        for call in some:
            record(**call)
        began, cpu = clock(), time.process_time()
        for number in range(options.count):
            record(**some[number % VARIETY])
        seconds, cpu_s = (clock() - began) / 1e9, time.process_time() - cpu
        waits = []
        for number in range(options.count):
            call = some[number % VARIETY]
            at = clock()
            record(**call)
            waits.append(clock() - at)
        waits.sort()
        lines = sum(path.read_bytes().count(b"\n") for path in Path(folder).iterdir())
    assert lines == VARIETY + 2 * options.count
    quantiles = {f"p{name}_us": waits[int(part * len(waits))] / 1e3 for name, part in _QUANTILES.items()}
    rates = {"per_second": options.count / seconds, "per_cpu_second": options.count / cpu_s}
    print(json.dumps(rates | quantiles | {"longest_us": waits[-1] / 1e3}))


_QUANTILES = {"50": 0.5, "99": 0.99, "999": 0.999}

if __name__ == "__main__":
    main()
