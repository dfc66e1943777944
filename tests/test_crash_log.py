"""What is kept of an error that nobody expected: enough to find it, nothing that is secret, and not much."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import ROOT, run

from tipmao_monitor import crash_log
from tipmao_monitor.crash_log import CrashLog, keeping, without_secrets

START = "import sys; from pathlib import Path; from tipmao_monitor.crash_log import keeping\n"


def child(code: str, folder: Path) -> tuple[subprocess.CompletedProcess[str], str]:
    """A process that comes to grief, and what its log says then."""
    ran = subprocess.run(
        [sys.executable, "-c", START + code, str(folder)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    file = folder / crash_log.FILE
    return ran, file.read_text("utf-8") if file.exists() else ""


def test_an_error_that_nobody_caught_is_kept_and_still_said(tmp_path: Path) -> None:
    ran, log = child("with keeping(Path(sys.argv[1])):\n    1 / 0", tmp_path)
    assert ran.returncode == 1
    assert "ZeroDivisionError" in ran.stderr and "ZeroDivisionError: division by zero" in log
    assert "line 3, in <module>" in log or "line 2, in <module>" in log


def test_an_error_of_a_thread_is_kept_with_the_name_of_the_thread(tmp_path: Path) -> None:
    code = (
        "import threading\n"
        "with keeping(Path(sys.argv[1])):\n"
        "    one = threading.Thread(target=lambda: [][1], name='reader'); one.start(); one.join()"
    )
    ran, log = child(code, tmp_path)
    assert "IndexError" in ran.stderr
    assert "in the thread reader" in log and "IndexError: list index out of range" in log


def test_an_error_in_a_slot_and_a_warning_of_qt_are_kept(tmp_path: Path) -> None:
    code = (
        "from PySide6.QtCore import QCoreApplication, QTimer, qWarning, qDebug\n"
        "app = QCoreApplication([])\n"
        "with keeping(Path(sys.argv[1])) as log:\n"
        "    log.listen_to_qt()\n"
        "    QTimer.singleShot(0, lambda: {}['no such key'])\n"
        "    QTimer.singleShot(1, lambda: (qWarning('a widget is lost'), qDebug('chatter'), app.quit()))\n"
        "    app.exec()"
    )
    ran, log = child(code, tmp_path)
    assert ran.returncode == 0
    assert "KeyError: 'no such key'" in log
    assert "Qt, QtWarningMsg, default: a widget is lost" in log and "a widget is lost" in ran.stderr
    assert "chatter" not in log


def test_where_each_thread_stood_is_kept_of_a_crash(tmp_path: Path) -> None:
    code = "import faulthandler\nwith keeping(Path(sys.argv[1])):\n    faulthandler._sigsegv()"
    ran, log = child(code, tmp_path)
    assert ran.returncode < 0
    assert "Segmentation fault" in log and "<module>" in log


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer [removed]"),
        ("https://oapi.dingtalk.com/robot/send?access_token=0a1b2c", "access_token= [removed]"),
        ("{'api_key': 'sk-1234567890abcdef'}", "[removed]'}"),
        ("Incorrect API key provided: sk-proj-abcdef1234567890.", "[removed]"),
        ("https://user:hunter2@host/x", "https:// [removed]host/x"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/0123456789abcdef", "/hook/ [removed]"),
        ('password="hunter2", port=3', "port=3"),
        ("PASSWD: hunter2", "[removed]"),
    ],
)
def test_nothing_secret_is_kept(said: str, kept: str) -> None:
    found = without_secrets(said)
    assert kept in found
    for secret in ("abc.def", "0a1b2c", "1234567890", "hunter2", "0123456789"):
        assert secret not in found


def test_what_is_no_secret_stays() -> None:
    text = 'File "/home/me/store.py", line 12, in look: KeyError: 17 input_tokens of qwen-plus'
    assert without_secrets(text) == text


def test_the_file_stays_small_and_the_one_before_is_kept(tmp_path: Path) -> None:
    for round_ in range(3):
        with keeping(tmp_path) as log:
            for _ in range(1000):
                log.write(f"round {round_} " + "x" * 100_000)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["crash.log", "crash.log.1"]
    assert all(file.stat().st_size < crash_log.LARGEST + 2 * crash_log.LONGEST_ENTRY for file in files)
    assert files[0].read_text().count("round 2") and files[1].read_text().count("round 1")
    assert files[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("in_the_way", ["folder", "fifo", "link", "no right"])
def test_where_it_cannot_be_kept_the_program_goes_on(tmp_path: Path, in_the_way: str) -> None:
    file = tmp_path / "logs" / crash_log.FILE
    file.parent.mkdir()
    elsewhere = tmp_path / "mine"
    elsewhere.write_text("mine")
    match in_the_way:
        case "folder":
            file.mkdir()
        case "fifo":
            os.mkfifo(file)
        case "link":
            file.symlink_to(elsewhere)
        case _:
            file.parent.rmdir()
            file.parent.write_text("a file")
    with keeping(file.parent) as log:
        log.write("something")
    assert elsewhere.read_text() == "mine"


def test_the_hooks_are_given_back(tmp_path: Path) -> None:
    before = sys.excepthook
    log = CrashLog(tmp_path)
    log.begin()
    assert sys.excepthook != before
    log.end()
    assert sys.excepthook == before


def test_doctor_names_the_place(tmp_path: Path, home: Path) -> None:
    said = run("doctor", "--records", tmp_path).stdout
    assert f"crash_log: {home / 'logs' / 'crash.log'}" in said
