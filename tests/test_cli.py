"""The commands as a user or a script calls them: over real folders, with what they print and their exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from PySide6.QtGui import QImage

from tipmao_monitor.cli import SENTENCES, main

ROOT = Path(__file__).resolve().parent.parent


def line(day: str = "2025-10-26T12:00:00+00:00", **changes: object) -> bytes:
    record = {
        "timestamp": datetime.fromisoformat(day).timestamp(),
        "user_id": "user_1",
        "anchor_id": None,
        "session_id": None,
        "model": "qwen-plus",
        "function": "live_analysis",
        "input_tokens": 1500,
        "output_tokens": 800,
        "total_tokens": 2300,
        "cost": 0.0156,
        "duration_ms": 1245.6,
        "success": True,
        "error_msg": None,
    }
    return json.dumps(record | changes, ensure_ascii=False).encode() + b"\n"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Two days: three calls, one of them failed, and a line that is none."""
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "2025-10-25.jsonl").write_bytes(line("2025-10-25T12:00:00+00:00", cost=0.000000001))
    (folder / "usage_2025-10-26.jsonl").write_bytes(
        line() + b"not a record\n" + line(success=False, error_msg="RateLimitError: 429", user_id="直播间")
    )
    return folder


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, without a display."""
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-m", "tipmao_monitor", *map(str, arguments)],
        env=env | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, object]:
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_float=Decimal)  # type: ignore[no-any-return]


def test_stats_json_counts_and_sums_exactly(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "stats", "--records", records, "--tz", "Asia/Shanghai")
    total = found["total"]
    assert isinstance(total, dict)
    assert (found["from"], found["to"], found["timezone"]) == ("2025-10-25", "2025-10-26", "Asia/Shanghai")
    assert (total["calls"], total["successful_calls"], total["failed_calls"]) == (3, 2, 1)
    assert total["cost"] == Decimal("0.031200001")
    assert list(found["by_user"]) == ["user_1", "直播间"]  # type: ignore[call-overload]
    assert list(found["by_hour"]) == ["20"]  # type: ignore[call-overload]
    assert found["coverage"] == {
        "files": 2,
        "lines": 4,
        "counted": 3,
        "flagged": 0,
        "quarantined": 1,
        "blank": 0,
        "pending_bytes": 0,
        "reasons": {"not_json": 1},
    }


@pytest.mark.parametrize(
    ("days", "calls"),
    [
        (["--from", "2025-10-26"], 2),
        (["--to", "2025-10-25"], 1),
        (["--from", "2025-10-25", "--to", "2025-10-26"], 3),
        (["--from", "2025-10-27"], 0),
        (["--from", "0001-01-01", "--to", "9999-12-31"], 3),
        (["--days", "1"], 0),
        (["--days", "36500"], 3),
    ],
)
def test_days_are_whole_and_inclusive(
    records: Path, capsys: pytest.CaptureFixture[str], days: list[str], calls: int
) -> None:
    total = answer(capsys, "stats", "--records", records, "--tz", "Asia/Shanghai", *days)["total"]
    assert isinstance(total, dict)
    assert total["calls"] == calls


@pytest.mark.parametrize(("zone", "today"), [("Asia/Shanghai", 1), ("America/New_York", 0)])
def test_today_is_the_day_of_the_time_zone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], zone: str, today: int
) -> None:
    (tmp_path / "2025-10-26.jsonl").write_bytes(line("2025-10-25T20:00:00+00:00"))
    with time_machine.travel(datetime(2025, 10, 26, 12, tzinfo=UTC)):
        total = answer(capsys, "stats", "--records", tmp_path, "--days", "1", "--tz", zone)["total"]
    assert isinstance(total, dict)
    assert total["calls"] == today


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["stats", "--tz", "Mars/Olympus"], "no time zone 'Mars/Olympus'"),
        (["stats", "--tz", "Asia"], "no time zone 'Asia'"),
        (["stats", "--tz", ""], "no time zone ''"),
        (["stats", "--from", "2025-02-30"], "'2025-02-30' is not a day that exists"),
        (["stats", "--from", "20251001"], "write '20251001' as 2025-10-01"),
        (["stats", "--from", "2025-10-02", "--to", "2025-10-01"], "--from 2025-10-02 is after --to 2025-10-01"),
        (["stats", "--days", "3", "--from", "2025-10-01"], "--days does not go with --from and --to"),
        (["stats", "--days", "0"], "'0' is not a number of days"),
        (["stats", "--days", "x"], "'x' is not a number of days"),
        (["stats", "--day", "3"], "unrecognized arguments"),
        (["stats", "--check-budgets"], "unrecognized arguments"),
        (["--period", "yesterday"], "unknown period 'yesterday'"),
        (["--period", "2025-10-01..2025-09-31"], "two dates that exist"),
        (["--period", "2025-10-02..2025-10-01"], "the first day is after the last"),
        (["--compact", "stats"], "--compact opens the strip"),
        (["--lang", "fr"], "invalid choice"),
        (["--theme", "pink"], "invalid choice"),
        (["--demo", "--records", "x"], "--demo has a folder of its own"),
        (["--demo", "stats"], "--demo opens the window"),
        (["report"], "--format"),
        (["report", "--format", "docx", "-o", "x"], "invalid choice"),
        (["report", "--format", "pdf", "--by-anchor", "-o", "x"], "--format xlsx"),
        (["report", "--format", "pdf", "--calls", "-o", "x"], "json, csv or xlsx"),
        (["report", "--format", "pdf", "--days", "2", "--to", "2025-10-01", "-o", "x"], "--days does not go"),
        (["screenshot"], "-o"),
        (["screenshot", "-o", "x.png", "--size", "big"], "'big' is not WIDTHxHEIGHT"),
        (["screenshot", "-o", "x.png", "--size", "10x10"], "'10x10' is not WIDTHxHEIGHT"),
        (["screenshot", "-o", "x.png", "--size", "399x320"], "'399x320' is not WIDTHxHEIGHT"),
        (["screenshot", "-o", "x.png", "--size", "400x319"], "'400x319' is not WIDTHxHEIGHT"),
        (["simulate", "--rate", "1", "--seconds", "1"], "name the one folder"),
        (["simulate", "--records", "a", "--records", "b", "--rate", "1", "--seconds", "1"], "name the one folder"),
        (["simulate", "--records", "a", "--rate", "-1", "--seconds", "1"], "'-1'"),
        (["simulate", "--records", "a", "--rate", "nan", "--seconds", "1"], "'nan' is not a number of calls"),
        (["simulate", "--records", "a", "--rate", "1"], "--seconds"),
        (["--records", ""], "name a folder"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert says in printed.err


def test_a_folder_that_is_missing_is_exit_code_3_and_the_others_are_reported(
    records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stats", "--json", "--records", str(tmp_path / "gone"), "--records", str(records)]) == 3
    printed = capsys.readouterr()
    assert json.loads(printed.out)["total"]["calls"] == 3
    assert printed.err.count("\n") == 1
    assert f"there is no folder {tmp_path / 'gone'}" in printed.err


@pytest.mark.parametrize("command", ["stats", "doctor"])
def test_a_file_in_the_place_of_the_folder_is_exit_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "file").write_bytes(line())
    assert main([command, "--records", str(tmp_path / "file")]) == 3
    assert "is not a folder" in capsys.readouterr().err


def test_an_empty_folder_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--records", str(tmp_path), "--tz", "Asia/Shanghai"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("No calls yet (Asia/Shanghai).")
    assert printed.err == ""


def test_folders_come_from_the_option_then_the_environment_then_the_settings_then_here(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, calls in (("option", 1), ("listed", 2), ("listed2", 3), ("set", 8), ("here/records/ai_usage", 16)):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "2025-10-26.jsonl").write_bytes(line() * calls)

    def counted(*arguments: str) -> object:
        total = answer(capsys, "stats", *arguments)["total"]
        assert isinstance(total, dict)
        return total["calls"]

    monkeypatch.chdir(tmp_path / "here")
    assert counted() == 16
    (home / "settings.toml").write_text(f'records = ["{tmp_path / "set"}"]')
    assert counted() == 8
    monkeypatch.setenv("TIPMAO_RECORDS", f"{tmp_path / 'listed'}{os.pathsep}{tmp_path / 'listed2'}")
    assert counted() == 5
    assert counted("--records", str(tmp_path / "option")) == 1
    assert main(["--records", str(tmp_path / "option"), "stats", "--records", str(tmp_path / "listed"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["calls"] == 3


def test_there_is_a_sentence_for_every_trouble() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tipmao_monitor").rglob("*.py")]
    kinds = {kind for source in sources for kind in re.findall(r'\bTrouble\(\s*"(\w+)"', source)}
    assert "missing" in kinds
    assert kinds <= set(SENTENCES)


def test_settings_that_cannot_be_used_are_said_and_the_numbers_come_all_the_same(
    records: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "settings.toml").write_text('timezone = "Mars/Olympus"\n')
    assert main(["stats", "--json", "--records", str(records)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["total"]["calls"] == 3
    assert printed.err.count("\n") == 1
    assert f"{home / 'settings.toml'}: " in printed.err
    assert "timezone: 'Mars/Olympus' is not a time zone" in printed.err


def test_prices_that_cannot_be_used_are_said_and_the_numbers_come_all_the_same(
    records: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "prices.toml").write_text("[[price]]\nmodel = 3\n")
    assert main(["stats", "--json", "--records", str(records)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["total"]["calls"] == 3
    assert "prices.toml" in printed.err


def test_nobody_is_waited_for_where_a_fifo_lies_in_place_of_a_file(records: Path, home: Path) -> None:
    for name in ("settings.toml", "prices.toml"):
        os.mkfifo(home / name)
    done = run("stats", "--json", "--records", records)
    assert (done.returncode, json.loads(done.stdout)["total"]["calls"]) == (0, 3)
    assert all(
        name in line for name, line in zip(("settings.toml", "prices.toml"), done.stderr.splitlines(), strict=True)
    )
    assert done.stderr.count(": is no file; ") == 2


@pytest.mark.parametrize("command", ["stats", "doctor"])
def test_clock_behind_the_newest_call_is_said_and_nothing_is_lost(
    records: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for now, said in (("11:54", "2025-10-26 20:00, which is still to come"), ("11:56", "")):
        with time_machine.travel(f"2025-10-26T{now}:00+00:00", tick=False):
            assert main([command, "--json", "--records", str(records), "--tz", "Asia/Shanghai"]) == 0
        printed = capsys.readouterr()
        assert json.loads(printed.out)["total"]["calls"] == 3
        assert (said in printed.err, printed.err.count("\n")) == (True, bool(said))


def test_the_time_zone_of_the_settings_is_used(records: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "settings.toml").write_text('timezone = "America/New_York"\n')
    assert answer(capsys, "stats", "--records", records)["timezone"] == "America/New_York"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_time_zone_of_the_system_is_used(records: Path, zone: str) -> None:
    assert json.loads(run("stats", "--json", "--records", records, TZ=zone).stdout)["timezone"] == zone


def test_a_system_without_a_known_time_zone_counts_in_utc_and_says_so(records: Path) -> None:
    done = run("stats", "--json", "--records", records, TZ="CST-8")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert json.loads(done.stdout)["timezone"] == "UTC"
    assert "TZ=Asia/Shanghai" in done.stderr


def test_doctor_json_accounts_for_every_byte(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (records / "usage_report_20251026_143022.json").write_text("{}")
    with (records / "usage_2025-10-26.jsonl").open("ab") as file:
        file.write(b"\n" + line(model="new-model", cost=None) + b'{"half')
    found = answer(capsys, "doctor", "--records", records)
    files = found["files"]
    assert isinstance(files, list)
    assert {Path(account["path"]).name for account in files} == {"2025-10-25.jsonl", "usage_2025-10-26.jsonl"}
    for account in files:
        parts = ("counted_bytes", "quarantined_bytes", "blank_bytes", "pending_bytes")
        assert sum(account[part] for part in parts) == account["size"] == Path(account["path"]).stat().st_size
    assert sum(account["pending_bytes"] for account in files) in (0, 6)
    assert {reject["text"] for reject in found["rejects"]} >= {"not a record"}  # type: ignore[attr-defined]
    assert found["ignored"] == [str(records / "usage_report_20251026_143022.json")]
    assert found["unpriced"] == [{"model": "new-model", "calls": 1}]
    environment = found["environment"]
    assert isinstance(environment, dict)
    assert environment["records"] == [str(records)]
    assert {"python", "platform", "window", "chinese_font", "settings", "cache"} <= set(environment)


def test_doctor_text_lists_what_was_skipped_with_its_place(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--records", str(records)]) == 0
    out = capsys.readouterr().out
    assert f"{records / 'usage_2025-10-26.jsonl'}:2, byte" in out
    assert "not_json: not a record" in out


def test_stats_text_shows_hanzi_and_totals(records: Path) -> None:
    done = run("stats", "--records", records, "--tz", "Asia/Shanghai")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 calls, ¥0.031200001, 6,900 tokens")
    assert "直播间" in done.stdout


def test_a_terminal_without_hanzi_gets_their_escapes(records: Path) -> None:
    done = run("stats", "--records", records, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u76f4" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error(records: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "tipmao_monitor", "doctor", "--records", str(records)]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)})
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_answer_that_cannot_be_written_is_said_in_one_line(records: Path) -> None:
    command = [sys.executable, "-m", "tipmao_monitor", "stats", "--records", str(records)]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
    assert done.returncode == 3
    assert done.stderr == "tipmao-monitor: cannot write the answer (No space left on device): send it elsewhere\n"


def test_sentence_that_cannot_be_written_does_not_change_the_exit_code(records: Path) -> None:
    """A full disk behind `2>> log` looked like an exceeded budget."""
    command = [sys.executable, "-m", "tipmao_monitor", "stats", "--json", "--records", str(records)]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*command, "--records", str(records / "gone")], stdout=subprocess.PIPE, stderr=full, cwd=ROOT
        )
    assert (done.returncode, json.loads(done.stdout)["total"]["calls"]) == (3, 3)


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "<&- 1>&- 2>&-"])
def test_what_the_shell_has_closed_is_no_place_to_write_to(records: Path, closed: str) -> None:
    """An answer that nobody can get is an error, a sentence that nobody can get is none."""
    command = f"{sys.executable} -m tipmao_monitor stats --json --records {records} --records {records}/gone {closed}"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=env)
    assert done.returncode == 3
    if closed == "1>&-":
        assert [sentence.split(":")[1][:24] for sentence in done.stderr.splitlines()] == [
            " there is no folder " + str(records)[:4],
            " cannot write the answer",
        ]
    else:
        assert done.stderr == ""
    if closed == "2>&-":
        assert json.loads(done.stdout)["total"]["calls"] == 3
    else:
        assert done.stdout == ""


INTERRUPTED = """
import os, signal, sys

class Interrupter:
    def find_spec(self, name, *_):
        if name == os.environ["IMPORTING"]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupter())
from tipmao_monitor.__main__ import run
run()
"""


@pytest.mark.parametrize(
    ("command", "importing", "code"),
    [
        (["stats"], "tipmao_monitor.cli", -signal.SIGINT),
        (["stats"], "tipmao_monitor.usage.store", 130),
        ([], "PySide6.QtGui", 130),
    ],
)
def test_ctrl_c_while_it_starts_ends_it_without_a_word(
    records: Path, command: list[str], importing: str, code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *command, "--records", str(records)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "IMPORTING": importing},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


COMPUTING = """
import os, signal, sys, threading
import duckdb
from tipmao_monitor import cli

def compute(options):
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    duckdb.sql("SELECT sum(sqrt(a.range * b.range)) FROM range(1000000) a, range(200) b").fetchall()

cli._COMMANDS["stats"] = compute
sys.exit(cli.main(["stats"]))
"""


def test_ctrl_c_while_it_computes_ends_it_without_a_word() -> None:
    """Not with 1, which would say that a budget is exceeded. DuckDB may hear of it only once it has computed."""
    done = subprocess.run([sys.executable, "-c", COMPUTING], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_simulate_makes_the_folder_and_says_how_many_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "records"
    assert main(["simulate", "--records", str(folder), "--rate", "500", "--seconds", "0.1", "--seed", "7"]) == 0
    assert capsys.readouterr().out == f"wrote 50 calls into {folder}\n"
    total = answer(capsys, "stats", "--records", folder)["total"]
    assert isinstance(total, dict)
    assert total["calls"] == 50
    assert main(["simulate", "--records", str(tmp_path / "empty"), "--rate", "1", "--seconds", "0"]) == 0
    assert (tmp_path / "empty").is_dir()


def test_simulate_into_what_is_no_folder_is_exit_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["simulate", "--records", str(tmp_path / "file"), "--rate", "1", "--seconds", "1"]) == 3
    assert "cannot write into" in capsys.readouterr().err


def test_without_a_display_the_window_says_why_and_prints_the_numbers(records: Path) -> None:
    done = run("--records", records)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    for word in ("no display", "tipmao-monitor stats", "tipmao-monitor screenshot", "tipmao-monitor serve"):
        assert word in done.stderr
    assert done.stdout.startswith("3 calls, ")


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"DISPLAY": ":4711"}, "the display :4711 does not answer"),
        ({"WAYLAND_DISPLAY": "wayland-4711"}, "the display wayland-4711 does not answer"),
        ({"QT_QPA_PLATFORM": "no-such-platform"}, "Qt cannot start"),
    ],
)
def test_a_display_that_qt_cannot_use_does_not_abort(records: Path, environment: dict[str, str], says: str) -> None:
    done = run("--records", records, **environment)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert says in done.stderr
    assert done.stdout.startswith("3 calls, ")


def test_without_a_display_a_missing_folder_is_exit_code_3(tmp_path: Path) -> None:
    assert run("--records", tmp_path / "gone").returncode == 3


def png_size(file: Path) -> tuple[int, int]:
    """Width and height from the header of a PNG file."""
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


@pytest.mark.parametrize(
    ("arguments", "size", "window"),
    [
        ([], (1180, 760), "#f4f5f7"),
        (["--size", "420x900", "--theme", "dark", "--lang", "zh", "--period", "30d"], (420, 900), "#16181c"),
    ],
)
def test_screenshot_paints_the_window_without_a_display(
    records: Path, tmp_path: Path, arguments: list[str], size: tuple[int, int], window: str
) -> None:
    file = tmp_path / "window.png"
    done = run("screenshot", "-o", file, "--records", records, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert png_size(file) == size
    picture = QImage(str(file))
    # Between the cards.
    assert picture.pixelColor(4, size[1] // 2).name() == window


def test_screenshot_shows_another_picture_for_other_numbers(records: Path, tmp_path: Path) -> None:
    def picture() -> QImage:
        look = ("--period", "2025-10-25..2025-10-26", "--lang", "en")
        done = run("screenshot", "-o", tmp_path / "p.png", "--records", records, *look)
        assert done.returncode == 0, done.stderr
        # Without the status line and the age, which tell the time.
        return QImage(str(tmp_path / "p.png")).copy(0, 80, 1180, 600)

    before = picture()
    assert picture() == before
    with (records / "usage_2025-10-26.jsonl").open("ab") as file:
        file.write(line(cost=5.0))
    assert picture() != before


@pytest.mark.parametrize("target", ["missing/window.png", "."])
def test_a_picture_that_cannot_be_written_is_exit_code_3(records: Path, tmp_path: Path, target: str) -> None:
    done = run("screenshot", "-o", tmp_path / target, "--records", records)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "cannot write" in done.stderr


def test_a_picture_of_a_missing_folder_is_painted_and_is_exit_code_3(tmp_path: Path) -> None:
    done = run("screenshot", "-o", tmp_path / "window.png", "--records", tmp_path / "gone")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert png_size(tmp_path / "window.png") == (1180, 760)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_watches_a_stream_and_leaves_nothing_behind_when_it_is_ended(
    tmp_path: Path, number: signal.Signals
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    env = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(place), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tipmao_monitor", "--demo"]
    with (
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as demo,
        ExitStack() as stack,
    ):
        stack.callback(demo.kill)
        # The feed makes the cache when the window is there.
        while demo.returncode is None and not list(place.glob("tipmao-demo-*/cache")):
            with suppress(subprocess.TimeoutExpired):
                demo.wait(0.05)
        assert list(place.glob("tipmao-demo-*/records/ai_usage/usage_*.jsonl"))
        demo.send_signal(number)
        said = demo.communicate(timeout=30)[0]
    assert (demo.returncode, said) == (0, b"")
    assert list(place.iterdir()) == []


def test_version_and_help_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--version"], ["--help"], ["stats", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert "tipmao-monitor" in capsys.readouterr().out


def test_stats_starts_without_what_it_does_not_need(records: Path) -> None:
    code = (
        "import sys; from tipmao_monitor.cli import main; main(sys.argv[1:]);"
        "print(*(m for m in ('PySide6', 'numpy', 'tzlocal', 'tomlkit', 'psutil') if m in sys.modules), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "stats", "--json", "--tz", "Asia/Shanghai", "--records", str(records)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.stderr == "\n"
