"""Many processes of many threads record into one file at once: is each of their lines there, whole, and only once?

Prints one JSON object. The newcomer's mistake: to count line ends. Two halves of two lines make as many; so each line
is decoded and compared with what was recorded.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from pathlib import Path

import msgspec

from tipmao_monitor.usage.recorder import Recorder

SMALLEST, LARGEST = 100, 1_000_000
TEXT = "上游超时 timeout " * (LARGEST // 12 + 1)


class Line(msgspec.Struct):
    session_id: str
    input_tokens: int
    error_msg: str


def sizes(process: int, thread: int, records: int) -> Iterator[int]:
    """Bytes of the error texts of one thread, log-uniform, the same at every call."""
    chance = random.Random(f"{process}/{thread}")
    return (round(SMALLEST * (LARGEST / SMALLEST) ** chance.random()) for _ in range(records))


def text_of(size: int) -> str:
    return TEXT.encode()[:size].decode(errors="ignore")


def crowd(folder: str, process: int, threads: int, records: int, begin: Barrier, again: Synchronized[int]) -> None:
    recorder = Recorder(folder, strict=True)

    def record(thread: int) -> None:
        for number, size in enumerate(sizes(process, thread, records)):
            whose = f"{process}/{thread}/{number}"
            text = text_of(size)
            while True:
                try:
                    recorder.record("qwen-plus", "qa", size, 1, 1.0, success=False, session_id=whose, error_msg=text)
                except TimeoutError:  # the disk is slower than all of them; nothing of the call may be there
                    with again.get_lock():
                        again.value += 1
                else:
                    break

    workers = [threading.Thread(target=record, args=(thread,)) for thread in range(threads)]
    begin.wait()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    recorder.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--records", type=int, default=1000, help="of each thread")
    parser.add_argument("--in", dest="folder", type=Path, help="where the records lie for a moment")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        begin, again = multiprocessing.Barrier(options.processes + 1), multiprocessing.Value("q")
        many = [
            multiprocessing.Process(target=crowd, args=(folder, number, options.threads, options.records, begin, again))
            for number in range(options.processes)
        ]
        for process in many:
            process.start()
        begin.wait()
        began = time.perf_counter()
        for process in many:
            process.join()
        seconds = time.perf_counter() - began
        assert [process.exitcode for process in many] == [0] * options.processes
        expected = {
            f"{process}/{thread}/{number}": size
            for process in range(options.processes)
            for thread in range(options.threads)
            for number, size in enumerate(sizes(process, thread, options.records))
        }
        count, length = len(expected), 0
        decode = msgspec.json.Decoder(Line).decode
        for path in Path(folder).iterdir():
            length += os.path.getsize(path)
            with path.open("rb") as file:
                for raw in file:
                    assert raw.endswith(b"}\n")
                    line = decode(raw)
                    assert expected.pop(line.session_id) == line.input_tokens
                    assert line.error_msg == text_of(line.input_tokens)
    assert not expected, f"{len(expected)} records are missing"
    print(json.dumps({"records": count, "bytes": length, "seconds": seconds, "again": again.value}))


if __name__ == "__main__":
    main()
