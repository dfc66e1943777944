from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import math
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tipmao_monitor.usage import recorder as recorder_module
from tipmao_monitor.usage.prices import PriceBook
from tipmao_monitor.usage.recorder import Counts, Recorder
from tipmao_monitor.usage.records import MAX_LINE, decode_line

KEYS = [
    "timestamp", "user_id", "anchor_id", "session_id", "model", "function", "input_tokens", "output_tokens",
    "total_tokens", "cost", "duration_ms", "success", "error_msg",
]  # fmt: skip
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2025, 10, 26, 12, 0, tzinfo=SHANGHAI).timestamp()
FILE = "usage_2025-10-26.jsonl"
UNKNOWN = False  # equal to 0 but for its type, as the assistant's sums want it


def noon_recorder(folder: Path, **options: object) -> Recorder:
    return Recorder(folder, zone=SHANGHAI, **options)


def record(recorder: Recorder, **values: object) -> bool:
    """A usual call, but for the values given."""
    call = {"model": "qwen-plus", "function": "live_analysis", "input_tokens": 1500, "output_tokens": 800}
    return recorder.record(**{**call, "duration_ms": 1245.6, "at": NOON, **values})


def lines(folder: Path) -> list[dict[str, object]]:
    """Every line of the folder, which must all be records of exactly the assistant's keys."""
    records = [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_bytes().split(b"\n")[:-1]]
    assert all(list(record) == KEYS for record in records)
    assert all(path.read_bytes().endswith(b"\n") for path in folder.iterdir())
    return records


def written(folder: Path, **values: object) -> dict[str, object]:
    with noon_recorder(folder, strict=True) as recorder:
        assert record(recorder, **values)
    return lines(folder)[-1]


def script(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process with the same packages."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    return out


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# One line


def test_a_line_is_byte_for_byte_what_the_assistant_writes(tmp_path):
    with noon_recorder(tmp_path) as recorder:
        ids = {"user_id": "user_1", "anchor_id": "主播 A", "session_id": "s1"}
        assert record(recorder, function="实时分析(qwen-plus)", **ids)
        error = 'APITimeoutError: "后端"\n\t\\ \x00 \u2028 😀'
        assert record(recorder, model=None, cost=0.0, success=False, error_msg=error, total_tokens=2400)
    usual = {
        "timestamp": NOON, "user_id": "user_1", "anchor_id": "主播 A", "session_id": "s1", "model": "qwen-plus",
        "function": "实时分析(qwen-plus)", "input_tokens": 1500, "output_tokens": 800, "total_tokens": 2300,
        "cost": 0.0156, "duration_ms": 1245.6, "success": True, "error_msg": None,
    }  # fmt: skip
    failed = dict.fromkeys(("user_id", "anchor_id", "session_id", "model")) | {"function": "live_analysis"}
    failed |= {"total_tokens": 2400, "cost": 0.0, "success": False, "error_msg": error}
    expected = "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in (usual, {**usual, **failed}))
    assert (tmp_path / FILE).read_bytes() == expected.encode()


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        *(("input_tokens", value, UNKNOWN) for value in (None, -1, math.nan, math.inf, 1.5, "12.5", "", "二", True)),
        *(("input_tokens", value, UNKNOWN) for value in (2**53 + 1, 10**400, [], object(), b"12")),
        *(("output_tokens", value, value) for value in (0, 1, 2**53)),
        ("output_tokens", 12.0, 12),
        ("output_tokens", "12", 12),
        ("total_tokens", 2300, 2300),
        ("total_tokens", 2301, 2301),
        *(("total_tokens", value, 2300) for value in (None, 2299, -1, math.nan, "x")),
        ("cost", 0, 0.0),
        ("cost", 1.23456789, 1.234568),
        ("cost", Decimal("0.25"), 0.25),
        *(("cost", value, 0.0156) for value in (None, math.nan, math.inf, -0.01, 1_000_001, True, "1", 10**400)),
        ("duration_ms", 0, 0.0),
        ("duration_ms", 12, 12.0),
        *(("duration_ms", value, None) for value in (None, -1.0, math.nan, math.inf, -math.inf, "12", True, 10**400)),
        *(("success", value, False) for value in (False, 0, "false", "False")),
        *(("success", value, True) for value in (True, 1, "true", None, "?")),
        ("user_id", "", ""),
        ("user_id", 12, "12"),
        ("user_id", "😀" * 20_000, "😀" * 16_384),
        ("user_id", "\ud83d\ude00 \ud83d \ude00", "😀 \ufffd \ufffd"),
        ("model", "x\udcff", "x\ufffd"),
        ("error_msg", ValueError("bad"), "bad"),
        *(("timestamp", value, NOON) for value in (NOON, Decimal(NOON))),
    ],
)
def test_every_value_is_made_one_that_both_readers_take(tmp_path, field, value, expected):
    line = written(tmp_path, **{"at" if field == "timestamp" else field: value})
    assert (line[field], type(line[field])) == (expected, type(expected))


@pytest.mark.parametrize("at", [None, math.nan, -math.inf, 0.0, -1.0, 1e11, 10**400, "noon"])
def test_a_time_that_no_reader_would_take_becomes_now(tmp_path, at):
    before = time.time()
    assert before <= written(tmp_path, at=at)["timestamp"] <= time.time()


def test_an_object_that_fails_to_say_its_text_is_recorded_as_invalid(tmp_path):
    class Rude:
        def __str__(self) -> str:
            raise RuntimeError

    assert written(tmp_path, session_id=Rude())["session_id"] == "(invalid)"


def test_unknown_tokens_are_unknown_to_our_reader_and_the_sums_of_the_assistants_reader_go_on(tmp_path):
    both = written(tmp_path, input_tokens=None, output_tokens=None)
    one = written(tmp_path, output_tokens=math.nan)
    assert (one["total_tokens"], one["cost"], one["output_tokens"]) == (1500, UNKNOWN, UNKNOWN)
    assert sum(line["input_tokens"] + line["output_tokens"] + line["cost"] for line in (both, one)) == 1500
    calls = [decode_line(line, date(2025, 10, 26))[0][0] for line in (tmp_path / FILE).read_bytes().splitlines()]
    assert [(call.input_tokens, call.output_tokens, call.total_tokens, call.cost_nano) for call in calls] == [
        (None, None, 0, None),
        (1500, None, 1500, None),
    ]


@pytest.mark.parametrize(
    ("model", "tokens", "cost"),
    [
        ("qwen-plus", (1000, 500), 0.01),
        ("qwen-plus-2025-07-28", (1000, 500), 0.01),
        ("qwen3-max", (32_000, 100), 0.006),
        ("glm-4-flash", (1000, 500), 0.0),
        ("4.0Ultra", (1000, 500), 0.0075),
        ("gemini-2.5-flash-preview-09-2025", (10_000, 1_000), 0.00105),  # in USD, as the assistant writes it
        ("gpt-4o-mini", (1, 0), 0.000001),
        ("generalv3", (1, 0), 0.000003),
        ("generalv3.5", (1, 0), 0.000004),  # 3.6e-6
        ("gpt-4.1", (1000, 500), UNKNOWN),  # unpriced is not free
        (None, (1000, 500), UNKNOWN),
        ("gpt-4", (2**53, 0), UNKNOWN),  # more than a cost can be
    ],
)
def test_a_cost_left_out_is_that_of_the_price_book_in_the_currency_of_the_model(tmp_path, model, tokens, cost):
    line = written(tmp_path, model=model, input_tokens=tokens[0], output_tokens=tokens[1])
    assert (line["cost"], type(line["cost"])) == (cost, type(cost))


@pytest.mark.parametrize(
    ("character", "times"),
    [("x", 100_000_000), ("\x01", 2_000_000), ("主", 2_000_000), ("😀", 2_000_000), ("\ud800", 2_000_000)],
)
def test_100_mb_of_error_text_is_cut_at_1_mib_and_the_line_is_one_that_a_reader_takes(tmp_path, character, times):
    text = character * times
    line = written(tmp_path, error_msg=text, **dict.fromkeys(("user_id", "anchor_id", "session_id", "model"), text))
    assert 2**20 - 4 < len(line["error_msg"].encode()) <= 2**20
    assert set(line["error_msg"]) == set(character.replace("\ud800", "\ufffd"))
    raw = (tmp_path / FILE).read_bytes()
    assert len(raw) < MAX_LINE
    calls, quarantined = decode_line(raw, date(2025, 10, 26))
    assert (len(calls), quarantined) == (1, [])


# The file


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Asia/Shanghai", datetime(2025, 10, 26, 15, 59, 59, 999_000, UTC), "2025-10-26"),
        ("Asia/Shanghai", datetime(2025, 10, 26, 16, 0, 0, 0, UTC), "2025-10-27"),
        ("America/New_York", datetime(2025, 11, 3, 4, 59, 59, 0, UTC), "2025-11-02"),  # a day of 25 hours
        ("America/New_York", datetime(2025, 11, 3, 5, 0, 0, 0, UTC), "2025-11-03"),
        ("America/Sao_Paulo", datetime(2018, 11, 4, 2, 59, 59, 0, UTC), "2018-11-03"),  # the next day begins at 1:00
        ("America/Sao_Paulo", datetime(2018, 11, 4, 3, 0, 0, 0, UTC), "2018-11-04"),
    ],
)
@pytest.mark.parametrize("prefix", ["usage_", ""])
def test_the_file_is_that_of_the_local_day_of_the_record(tmp_path, zone, moment, day, prefix):
    with Recorder(tmp_path, prefix=prefix, zone=ZoneInfo(zone), strict=True) as recorder:
        for seconds in (0, -172_800, 0, 172_800, 0):
            record(recorder, at=moment.timestamp() + seconds)
    assert len((tmp_path / f"{prefix}{day}.jsonl").read_bytes().splitlines()) == 3
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        (None, datetime(2025, 10, 26, tzinfo=UTC)),
        ("America/New_York", datetime(2025, 3, 9, 5, tzinfo=UTC)),  # a day of 23 hours
        ("America/New_York", datetime(2025, 11, 2, 4, tzinfo=UTC)),  # a day of 25 hours
        ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),  # a day that begins at 1:00
    ],
)
def test_every_line_lies_in_the_file_of_its_day_also_where_the_clock_is_changed(tmp_path, zone, first):
    info = zone and ZoneInfo(zone)
    with Recorder(tmp_path, zone=info, strict=True) as recorder:
        for half_hour in range(100):
            record(recorder, at=first.timestamp() + 1800 * half_hour)
    for path in tmp_path.iterdir():
        for line in path.read_bytes().splitlines():
            assert path.name == f"usage_{datetime.fromtimestamp(json.loads(line)['timestamp'], info):%Y-%m-%d}.jsonl"
    assert sum(len(path.read_bytes().splitlines()) for path in tmp_path.iterdir()) == 100


def test_a_prefix_that_no_reader_knows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="usage_"):
        Recorder(tmp_path, prefix="ai_")


def test_a_relative_folder_is_that_of_the_start_and_is_made_when_absent(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with noon_recorder(Path("records/ai_usage"), strict=True) as recorder:
        monkeypatch.chdir("/")
        record(recorder)
    assert len(lines(tmp_path / "records" / "ai_usage")) == 1


def test_a_line_begins_anew_behind_a_writer_that_died_within_its_own(tmp_path):
    with noon_recorder(tmp_path, strict=True) as recorder:
        record(recorder, user_id="before")
        with (tmp_path / FILE).open("ab") as file:
            file.write(b'{"timestamp": 1761451200.0, "user')
        record(recorder, user_id="after")
        record(recorder, user_id="later")
    first, torn, second, third, end = (tmp_path / FILE).read_bytes().split(b"\n")
    assert torn == b'{"timestamp": 1761451200.0, "user'
    assert [json.loads(line)["user_id"] for line in (first, second, third)] == ["before", "after", "later"]
    assert end == b""


def test_a_deleted_or_replaced_file_or_folder_is_opened_anew(tmp_path):
    folder = tmp_path / "records"
    with noon_recorder(folder, strict=True) as recorder:
        record(recorder)
        (folder / FILE).unlink()
        record(recorder, user_id="after the file was deleted")
        assert [line["user_id"] for line in lines(folder)] == ["after the file was deleted"]
        (tmp_path / "other").write_bytes(b"")
        (tmp_path / "other").replace(folder / FILE)
        record(recorder, user_id="after it was replaced")
        assert [line["user_id"] for line in lines(folder)] == ["after it was replaced"]
        (folder / FILE).unlink()
        folder.rmdir()
        record(recorder, user_id="after the folder was deleted")
        assert [line["user_id"] for line in lines(folder)] == ["after the folder was deleted"]
        (folder / FILE).write_bytes(b"")
        record(recorder, user_id="after it was emptied")
        assert [line["user_id"] for line in lines(folder)] == ["after it was emptied"]


def test_a_fifo_in_the_place_of_the_day_file_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / FILE)
    with noon_recorder(tmp_path, strict=True) as recorder, pytest.raises(OSError, match="not a regular file"):
        record(recorder)


# Many writers


def test_threads_write_whole_lines_and_each_once(tmp_path):
    recorders = [noon_recorder(tmp_path), noon_recorder(tmp_path)]

    def write(thread: int) -> None:
        for number in range(200):
            record(recorders[thread % 2], user_id=f"{thread}/{number}", error_msg="x" * (number * 40))

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for recorder in recorders:
        recorder.close()
    assert Counter(line["user_id"] for line in lines(tmp_path)) == Counter(
        f"{thread}/{number}" for thread in range(8) for number in range(200)
    )
    assert [recorder.counts for recorder in recorders] == [Counts(written=800)] * 2


def test_processes_write_whole_lines_and_each_once(tmp_path):
    code = """
        import sys
        from tipmao_monitor.usage.recorder import Recorder
        recorder = Recorder(sys.argv[1], prefix="")
        for number in range(150):
            text = "主" * (number * 400)
            recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id=f"{sys.argv[2]}/{number}", error_msg=text)
        assert recorder.counts.written == 150
    """
    for process in [script(code, tmp_path, name) for name in "abc"]:
        with process:
            finished(process)
    expected = Counter(f"{name}/{number}" for name in "abc" for number in range(150))
    assert Counter(line["user_id"] for line in lines(tmp_path)) == expected


def test_killed_writers_leave_whole_lines_to_all_others(tmp_path):
    code = """
        import itertools, sys
        from tipmao_monitor.usage.recorder import Recorder
        recorder = Recorder(sys.argv[1], prefix="")
        for number in itertools.count():
            recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id=f"killed/{number}", error_msg="x" * 100_000)
            print(number, flush=True)
    """
    with Recorder(tmp_path, prefix="", strict=True) as recorder:
        for round in range(4):
            with script(code, tmp_path) as process:
                for number in range(10):
                    process.stdout.readline()
                    recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id=f"{round}/{number}")
                process.kill()
                process.communicate(timeout=30)
    users = Counter(line["user_id"] for line in lines(tmp_path))
    assert [users[f"{round}/{number}"] for round in range(4) for number in range(10)] == [1] * 40
    assert [users[f"killed/{number}"] for number in range(10)] == [4] * 10


def test_a_call_waits_for_the_lock_of_another_process(tmp_path):
    recorder = noon_recorder(tmp_path)
    record(recorder)
    size = (tmp_path / FILE).stat().st_size
    with (tmp_path / FILE).open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        thread = threading.Thread(target=record, args=(recorder,))
        thread.start()
        thread.join(0.1)
        assert thread.is_alive()
        assert (tmp_path / FILE).stat().st_size == size
        fcntl.flock(other, fcntl.LOCK_UN)
        thread.join()
    recorder.close()
    assert len(lines(tmp_path)) == 2


def test_a_lock_that_is_never_given_back_costs_patience_but_no_call(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder_module, "_PATIENCE_S", 0.05)
    with noon_recorder(tmp_path) as recorder, noon_recorder(tmp_path, strict=True) as strict:
        record(recorder)
        with (tmp_path / FILE).open() as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            assert not record(recorder)
            began = time.monotonic()
            assert not any(record(recorder) for _ in range(100))  # these do not even wait
            assert time.monotonic() - began < 1
            with pytest.raises(TimeoutError):
                record(strict)
            assert recorder.counts == Counts(written=1, waiting=101)
            fcntl.flock(other, fcntl.LOCK_UN)
        assert recorder.flush()
        assert recorder.counts == Counts(written=102)
    assert len(lines(tmp_path)) == 102


def test_an_event_loop_does_not_wait_for_the_lock_of_another_process(tmp_path):
    async def act() -> float:
        record(recorder)
        with (tmp_path / FILE).open() as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            began = time.monotonic()
            assert not record(recorder)
            took = time.monotonic() - began
            fcntl.flock(other, fcntl.LOCK_UN)
        return took

    with noon_recorder(tmp_path) as recorder:
        assert asyncio.run(act()) < recorder_module._PATIENCE_S / 2
        wait_until(lambda: recorder.counts == Counts(written=2))  # by another thread
    assert len(lines(tmp_path)) == 2


def test_a_signal_in_the_middle_of_a_write_does_not_wait_for_it(tmp_path, monkeypatch):
    write = os.write

    def interrupted(fd: int, data: bytes) -> int:
        monkeypatch.undo()
        began = time.monotonic()
        assert not record(recorder, user_id="signal")
        assert time.monotonic() - began < recorder_module._PATIENCE_S / 2
        return write(fd, data)

    with noon_recorder(tmp_path) as recorder:
        monkeypatch.setattr(os, "write", interrupted)
        assert record(recorder, user_id="first")
        assert recorder.counts == Counts(written=2)
    assert [line["user_id"] for line in lines(tmp_path)] == ["first", "signal"]


def test_a_forked_child_writes_its_own_calls_and_leaves_those_that_wait_to_its_parent(tmp_path):
    code = """
        import os, sys, threading, warnings
        from pathlib import Path
        from tipmao_monitor.usage.recorder import Counts, Recorder
        warnings.simplefilter("ignore")  # forking beside threads is what is tried here
        folder = Path(sys.argv[1])
        recorder = Recorder(folder, prefix="")
        folder.write_text("in the way")
        recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id="waiting")
        assert recorder.counts == Counts(waiting=1)
        folder.unlink()
        ended = threading.Event()
        calls = [0, 0]
        def write(thread):
            while not ended.is_set():
                recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id="parent")
                calls[thread] += 1
        threads = [threading.Thread(target=write, args=(i,)) for i in (0, 1)]
        for thread in threads:
            thread.start()
        children = []
        for number in range(20):
            child = os.fork()
            if child == 0:
                assert recorder.counts == Counts()
                for _ in range(5):
                    assert recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id="child")
                assert recorder.flush()
                os._exit(0)
            children.append(child)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 20
        ended.set()
        for thread in threads:
            thread.join()
        recorder.close()
        print(sum(calls))
    """
    folder = tmp_path / "records"
    with script(code, folder) as process:
        calls = int(finished(process))
    assert Counter(line["user_id"] for line in lines(folder)) == {"waiting": 1, "child": 100, "parent": calls}


# Trouble


def test_what_cannot_be_written_waits_and_is_written_once_it_can(tmp_path, caplog):
    folder = tmp_path / "records"
    folder.write_text("in the way")
    recorder = noon_recorder(folder)
    with caplog.at_level(logging.WARNING):
        assert not any(record(recorder, user_id=str(number)) for number in range(5))
    assert recorder.counts == Counts(waiting=5)
    assert len(caplog.records) == 1 and "cannot be recorded" in caplog.text
    assert not recorder.flush()
    folder.unlink()
    wait_until(lambda: recorder.counts == Counts(written=5))  # by itself
    assert record(recorder, user_id="5")
    recorder.close()
    assert [line["user_id"] for line in lines(folder)] == list("012345")


def test_one_day_file_that_cannot_be_written_does_not_keep_the_others(tmp_path):
    (tmp_path / FILE).mkdir()
    with noon_recorder(tmp_path) as recorder:
        for number in range(4):
            record(recorder, at=NOON + 86_400 * (number % 2), user_id=str(number))
        assert not recorder.flush()
        assert recorder.counts == Counts(written=2, waiting=2)
        (tmp_path / FILE).rmdir()
        assert recorder.flush()
    assert sorted(line["user_id"] for line in lines(tmp_path)) == list("0123")


def test_strict_raises_and_keeps_nothing(tmp_path):
    folder = tmp_path / "records"
    folder.write_text("in the way")
    with noon_recorder(folder, strict=True) as recorder:
        with pytest.raises(OSError):
            record(recorder)
        assert recorder.counts == Counts()
        folder.unlink()
        assert record(recorder)
    assert len(lines(folder)) == 1


def test_one_call_may_be_strict_or_not_whatever_the_recorder_is(tmp_path):
    folder = tmp_path / "records"
    folder.write_text("in the way")
    with noon_recorder(folder) as kind, noon_recorder(folder, strict=True) as strict:
        with pytest.raises(OSError):
            record(kind, strict=True)
        assert not record(strict, strict=False)
        assert (kind.counts, strict.counts) == (Counts(), Counts(waiting=1))
        folder.unlink()
    assert len(lines(folder)) == 1


@pytest.mark.parametrize("name", ["nul\0", "half \ud800"])
def test_a_folder_that_no_file_system_can_have_is_trouble_like_any_other(tmp_path, name):
    with noon_recorder(tmp_path / name) as recorder:
        assert not record(recorder)
        assert recorder.counts == Counts(waiting=1)
        with pytest.raises(ValueError):
            record(recorder, strict=True)
        recorder._spool.clear()


def test_a_new_price_book_holds_from_the_next_call_on(tmp_path):
    book = tmp_path / "prices.toml"
    book.write_text('[[price]]\nmodel = "qwen-plus"\ninput = "1"\noutput = "1"\n')
    with noon_recorder(tmp_path / "records") as recorder:
        record(recorder)
        recorder.prices = PriceBook.load(book)
        record(recorder)
    assert [line["cost"] for line in lines(tmp_path / "records")] == [0.0156, 2.3]


@pytest.mark.parametrize(("limit", "value"), [("_SPOOL_LINES", 3), ("_SPOOL_BYTES", 1000)])
def test_the_spool_is_bounded_and_what_does_not_fit_is_counted_and_logged(tmp_path, monkeypatch, caplog, limit, value):
    monkeypatch.setattr(recorder_module, limit, value)
    folder = tmp_path / "records"
    folder.write_text("in the way")
    with noon_recorder(folder) as recorder:
        with caplog.at_level(logging.WARNING):
            for number in range(5):
                record(recorder, user_id=str(number))
        assert recorder.counts == Counts(waiting=3, lost=2)
        assert "the spool is full" in caplog.text
        folder.unlink()
        assert recorder.flush()
        folder.rename(tmp_path / "moved")
        folder.write_text("in the way")
        for number in range(5, 8):
            record(recorder, user_id=str(number))
        assert recorder.counts == Counts(written=3, waiting=3, lost=2)
        folder.unlink()
    assert [line["user_id"] for line in lines(tmp_path / "moved") + lines(folder)] == list("012567")


def test_what_still_waits_is_written_when_the_interpreter_ends(tmp_path):
    code = """
        import sys
        from pathlib import Path
        from tipmao_monitor.usage.recorder import Recorder
        recorder = Recorder(sys.argv[1], prefix="")
        assert not recorder.record("qwen-plus", "qa", 1, 1, 1.0)
        Path(sys.argv[1]).unlink()
    """
    folder = tmp_path / "records"
    folder.write_text("in the way")
    with script(code, folder) as process:
        finished(process)
    assert len(lines(folder)) == 1


def test_what_still_waits_in_a_worker_of_multiprocessing_is_written_when_it_ends(tmp_path):
    code = """
        import multiprocessing, sys
        from pathlib import Path
        from tipmao_monitor.usage.recorder import Recorder
        def work(folder):
            recorder = Recorder(folder, prefix="")
            assert not recorder.record("qwen-plus", "qa", 1, 1, 1.0)
            folder.unlink()
        worker = multiprocessing.get_context("fork").Process(target=work, args=(Path(sys.argv[1]),))
        worker.start()
        worker.join()
        sys.exit(worker.exitcode)
    """
    folder = tmp_path / "records"
    folder.write_text("in the way")
    with script(code, folder) as process:
        finished(process)
    assert len(lines(folder)) == 1


def test_calls_that_are_lost_at_the_end_are_counted_in_the_log(tmp_path):
    code = """
        import logging, sys
        from tipmao_monitor.usage.recorder import Recorder
        logging.basicConfig(stream=sys.stdout, format="%(message)s")
        for _ in range(3):
            assert not Recorder(sys.argv[1]).record("qwen-plus", "qa", 1, 1, 1.0)
    """
    folder = tmp_path / "records"
    folder.write_text("in the way")
    with script(code, folder) as process:
        said = finished(process)
    assert said.count("1 AI calls could not be recorded before the program ended") == 3


FULL_DISK = """
    import os, resource, sys
    from datetime import timedelta, timezone
    from tipmao_monitor.usage.recorder import Recorder
    def room(bytes):
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, resource.RLIM_INFINITY))
    strict = sys.argv[2] == "strict"
    recorder = Recorder(sys.argv[1], strict=strict, zone=timezone(timedelta(hours=8)))
    def record(user):
        return recorder.record("qwen-plus", "qa", 1, 1, 1.0, user_id=user, at=1761451200.0)
    record("0")
    size = os.stat(os.path.join(sys.argv[1], "usage_2025-10-26.jsonl")).st_size
    room(2 * size + int(sys.argv[3]))
    raised = 0
    for user in "1234":
        try:
            record(user)
        except OSError:
            raised += 1
    print(raised, recorder.counts.waiting)
    room(resource.RLIM_INFINITY)
    if not strict:
        assert recorder.flush()
    record("5")
"""


@pytest.mark.parametrize("room", [-1, 0, 1, 2, 100])
@pytest.mark.parametrize("strict", [True, False])
def test_on_a_full_disk_a_call_is_there_once_or_has_raised_and_a_fragment_is_never_counted(tmp_path, room, strict):
    with script(FULL_DISK, tmp_path, "strict" if strict else "kind", room) as process:
        raised, waiting = map(int, finished(process).split())
    assert (raised, waiting) == ((3, 0) if strict else (0, 3))
    calls, fragments = [], []
    for line in (tmp_path / FILE).read_bytes().splitlines(keepends=True):
        counted, quarantined = decode_line(line, date(2025, 10, 26))
        calls += [call.user_id for call in counted]
        fragments += quarantined
    assert sorted(calls) == (["0", "1", "5"] if strict else list("012345"))
    assert len(fragments) == (room > 0)


def test_a_line_that_was_cut_short_is_closed_so_that_the_assistants_next_line_is_whole(tmp_path, monkeypatch):
    write = os.write
    cuts = [100, None]

    def short(fd: int, data: bytes) -> int:
        return write(fd, data[: cuts.pop(0)])

    with noon_recorder(tmp_path, strict=True) as recorder:
        record(recorder, user_id="before")
        monkeypatch.setattr(os, "write", short)
        with pytest.raises(OSError, match="only 100 of"):
            record(recorder, user_id="cut")
        monkeypatch.undo()
    before, fragment, end = (tmp_path / FILE).read_bytes().split(b"\n")
    assert (json.loads(before)["user_id"], len(fragment), end) == ("before", 100, b"")
