"""Appends records to a day file at a steady rate that no assistant reaches, and says exactly what it wrote.

The lines are made before, so that writing them takes nothing away from the window that reads them: `ready` is printed,
then blocks of whole lines go out by the clock, then one JSON object with the totals.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random

from folders import HOME, tails

BLOCKS_A_SECOND = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rate", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()

    ends, random = tails(3), Random(3)
    now = time.time()
    per_block = options.rate // BLOCKS_A_SECOND
    chosen: Counter[str] = Counter()
    blocks = []
    for number in range(round(options.seconds * BLOCKS_A_SECOND)):
        picked = random.choices(ends, k=per_block)
        chosen.update(picked)
        at = [now + number / BLOCKS_A_SECOND + i / options.rate for i in range(per_block)]
        text = "".join([f'{{"timestamp": {moment!r}{end}' for moment, end in zip(at, picked, strict=True)])
        blocks.append(text.encode())

    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / f"usage_{datetime.now(HOME).date()}.jsonl"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    print("ready", flush=True)
    began, latest = time.monotonic(), 0.0
    for number, block in enumerate(blocks):
        due = began + number / BLOCKS_A_SECOND
        while (early := due - time.monotonic()) > 0:
            time.sleep(early)
        latest = max(latest, -early)
        if os.write(file, block) != len(block):
            raise OSError(f"a block was cut short in {path}")
    ended = time.monotonic()
    print(json.dumps(_totals(chosen) | {"began": began, "ended": ended, "latest_s": latest}))


def _totals(chosen: Counter[str]) -> dict[str, object]:
    calls = tokens = 0
    cost = Decimal()
    for end, times in chosen.items():
        record = json.loads("{" + end.removeprefix(", "), parse_float=Decimal)
        calls += times
        tokens += times * record["total_tokens"]
        if not isinstance(record["cost"], bool):
            cost += times * Decimal(record["cost"])
    return {"calls": calls, "total_tokens": tokens, "recorded_cost": str(cost)}


if __name__ == "__main__":
    main()
