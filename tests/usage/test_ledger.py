"""The ledger on disk: what was fired stays fired, whatever happens to the file, the disk or the process."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from effort import EFFORT

from tipmao_monitor.usage import ledger as ledgers
from tipmao_monitor.usage.alerts import FACTS, Alert, BudgetFacts, Crossing, Evidence, NewFacts, SilentFacts
from tipmao_monitor.usage.budgets import Budget, CurrentStream, Threshold
from tipmao_monitor.usage.ledger import COPY, DAMAGED, FILE, Ledger

NOW = datetime(2025, 10, 26, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parent.parent.parent
CROSSED = BudgetFacts(
    (
        Crossing(
            Budget("每天", amount=Decimal("10.000000001")), (Threshold(80), Threshold(100, "forecast")),
            Decimal("8.123456789"), Decimal("81.2"), Decimal("12.5"), NOW + timedelta(hours=3), NOW,
        ),
    ),
    True,
    (Evidence(NOW, "qwen-plus", "qa", Decimal("1.5"), 1200.5, True, "/a/2025-10-26.jsonl", 4711),),
)  # fmt: skip


def fire(ledger: Ledger, key: str, at: datetime = NOW) -> Alert | None:
    return ledger.fire(at, "new_model", NewFacts((key,)), [key])


def keys(ledger: Ledger) -> set[str]:
    return set(ledger.fired_at(""))


def test_what_was_fired_is_there_after_the_next_start_with_all_its_facts(home: Path) -> None:
    ledger = Ledger(home)
    alert = ledger.fire(NOW, "budget", CROSSED, ["a#0", "b#0"])
    assert alert is not None and alert.facts == CROSSED
    assert ledger.fire(NOW, "budget", CROSSED, ["a#0"]) is None
    again = Ledger(home)
    assert again.alerts() == ledger.alerts()
    assert again.alerts().alerts == (alert,)
    assert again.fire(NOW, "budget", CROSSED, ["b#0"]) is None


def test_of_one_look_the_budget_comes_first(home: Path) -> None:
    ledger = Ledger(home)
    ledger.fire(NOW, "budget", CROSSED, ["a#0"])
    for number in range(20):
        fire(ledger, f"model {number}")
    assert ledger.alerts().alerts[0].kind == "budget"
    fire(ledger, "later", NOW + timedelta(seconds=1))
    assert ledger.alerts().alerts[0].kind == "new_model"


def test_one_new_key_of_several_fires(home: Path) -> None:
    ledger = Ledger(home)
    ledger.fire(NOW, "budget", CROSSED, ["a#0"])
    assert ledger.fire(NOW, "budget", CROSSED, ["a#0", "b#0"]) is not None


def test_marks_and_armings_are_kept(home: Path) -> None:
    ledger = Ledger(home)
    first, second = fire(ledger, "a"), fire(ledger, "b", NOW + timedelta(seconds=1))
    assert first is not None and second is not None
    assert [alert.id for alert in ledger.alerts().waiting] == [first.id, second.id]
    ledger.mark([first.id], "shown", NOW)
    ledger.mark([second.id, "no such id"], "acknowledged", NOW)
    ledger.mark([second.id], "snoozed", NOW)
    ledger.rearm("a", 1, NOW)
    ledger.rearm("a", 2, NOW)
    again = Ledger(home)
    assert [(a.shown, a.acknowledged, a.snoozed) for a in again.alerts().alerts] == [
        (False, True, True),
        (True, False, False),
    ]
    assert (again.alerts().unread, again.alerts().waiting, again.arming("a"), again.arming("b")) == (1, (), 2, 0)


def test_what_a_chat_has_not_taken_is_still_owed_after_the_next_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(home)
    first, second = fire(ledger, "a"), fire(ledger, "b", NOW + timedelta(seconds=1))
    assert first is not None and second is not None
    ledger.hand_over([first.id, second.id], ["group", "phone"], NOW)
    ledger.settle([first.id], "group", NOW)
    ledger.settle([first.id, "no such id"], "group", NOW)
    monkeypatch.setattr(ledgers, "CROWDED", 100)
    for again in (Ledger(home), Ledger(home)):
        assert [(a.sent, a.owed) for a in again.alerts().alerts] == [(True, ("group", "phone")), (True, ("phone",))]


def test_marking_twice_writes_once(home: Path) -> None:
    ledger = Ledger(home)
    alert = fire(ledger, "a")
    assert alert is not None
    ledger.mark([alert.id], "shown", NOW)
    size = (home / FILE).stat().st_size
    ledger.mark([alert.id], "shown", NOW)
    assert (home / FILE).stat().st_size == size


def test_it_is_on_the_disk_before_fire_returns(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    fsync = os.fsync

    def seen(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(Path(home / FILE).read_bytes())

    ledger = Ledger(home)
    monkeypatch.setattr(os, "fsync", seen)
    alert = fire(ledger, "a")
    assert alert is not None and alert.id.encode() in synced[0]


def test_snoozed_alert_hushes_its_like_until_the_stream_ends(home: Path) -> None:
    ledger = Ledger(home)
    first, second = fire(ledger, "a"), fire(ledger, "b")
    other = ledger.fire(NOW, "silent", SilentFacts(10, NOW, ""), ["silent"])
    assert first and second and other
    ledger.mark([first.id], "snoozed", NOW)
    alerts = ledger.alerts()
    stream = CurrentStream("", NOW - timedelta(hours=1), NOW, 5, Decimal(1), True)
    assert alerts.is_hushed(second, stream) and not alerts.is_hushed(other, stream)
    assert not alerts.is_hushed(second, None)
    later = CurrentStream("", NOW + timedelta(hours=1), NOW + timedelta(hours=2), 5, Decimal(1), True)
    assert not alerts.is_hushed(second, later)


# What may have happened to the files

MAKE = {
    "empty": lambda text: b"",
    "zero-filled": lambda text: b"\0" * len(text),
    "cut off within a line": lambda text: text[:-40],
    "garbage": lambda text: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "a line of garbage in it": lambda text: b"{}\n" + text,
    "a hole of zeros": lambda text: text[:30] + b"\0" * 60 + text[90:],
    "another program's JSON": lambda text: b'{"hello": [1, 2]}\n' * 3,
    "utf-16": lambda text: text.decode().encode("utf-16"),
    "deep": lambda text: b"[" * 100_000 + b"\n",
    "wrong types": lambda text: b'{"v":1,"fired":3,"at":[],"kind":{},"keys":"x","facts":null}\n',
    "no zone": lambda text: b'{"v":1,"fired":"a","at":"2025-10-26T12:00:00","kind":"silent","keys":[],"facts":{}}\n',
}


@pytest.mark.parametrize("what", MAKE)
def test_one_damaged_file_loses_nothing(home: Path, what: str) -> None:
    ledger = Ledger(home)
    for number in range(5):
        fire(ledger, f"k{number}")
    for name in (FILE, COPY):
        whole = (home / name).read_bytes()
        (home / name).write_bytes(MAKE[what](whole))
        again = Ledger(home)
        assert (keys(again), len(again.alerts().alerts)) == (keys(ledger), 5)
        assert again.trouble == ("" if what == "cut off within a line" else "mended")
        assert (home / FILE).read_bytes() == (home / COPY).read_bytes()
        assert sorted((home / name).read_bytes().splitlines()) == sorted(whole.splitlines())
        assert Ledger(home).trouble == ""


@pytest.mark.parametrize("what", MAKE)
def test_two_damaged_files_are_said_kept_aside_and_begun_anew(home: Path, what: str) -> None:
    fire(Ledger(home), "k")
    damaged = MAKE[what]((home / FILE).read_bytes())
    for name in (FILE, COPY):
        (home / name).write_bytes(damaged)
    again = Ledger(home)
    if what != "cut off within a line":
        assert again.trouble == "damaged"
        assert not damaged or damaged in (home / DAMAGED).read_bytes()
    survives = what in ("a line of garbage in it",)
    assert (fire(again, "k") is None) is survives
    assert keys(Ledger(home)) == {"k"}
    assert Ledger(home).trouble == ""


@pytest.mark.parametrize("what", MAKE)
def test_what_becomes_of_the_files_while_it_runs_loses_nothing(home: Path, what: str) -> None:
    ledger = Ledger(home)
    fire(ledger, "a")
    for name in (FILE, COPY):
        (home / name).write_bytes(MAKE[what]((home / name).read_bytes()) + b"\n")
    ledger.follow()
    assert fire(ledger, "a") is None
    assert fire(ledger, "b") is not None
    assert keys(Ledger(home)) >= {"a", "b"}


def test_what_a_kill_has_left_of_a_line_was_never_fired(home: Path) -> None:
    ledger = Ledger(home)
    fire(ledger, "a")
    before = (home / FILE).read_bytes()
    fire(ledger, "b")
    line = (home / FILE).read_bytes()[len(before) :]
    for length in range(1, len(line)):
        (home / FILE).write_bytes(before + line[:length])
        (home / COPY).write_bytes(before)
        again = Ledger(home)
        assert (keys(again), again.trouble) == ({"a"}, "")
    fire(again, "c")
    assert keys(Ledger(home)) == {"a", "c"}


def test_alerts_of_a_newer_version_stay_fired_and_are_left_as_they_are(home: Path) -> None:
    fire(Ledger(home), "a")
    newer = [
        b'{"v":2,"fired":"n1","at":"2025-10-26T12:00:00Z","kind":"weather","keys":["rain#0"],"facts":{"mm":3}}',
        b'{"v":2,"quite":"other"}',
    ]
    with (home / FILE).open("ab") as file:
        file.write(b"".join(line + b"\n" for line in newer))
    again = Ledger(home)
    assert (again.trouble, len(again.alerts().alerts)) == ("newer", 1)
    assert fire(again, "rain#0") is None
    fire(again, "b")
    for name in (FILE, COPY):
        assert set(newer) < set((home / name).read_bytes().splitlines())
    assert keys(Ledger(home)) == {"a", "rain#0", "b"}


def test_kinds_that_are_not_known_stay_fired(home: Path) -> None:
    line = {"v": 1, "fired": "x", "at": NOW.isoformat(), "kind": "tomorrow", "keys": ["t#0"], "facts": {}}
    home.joinpath(FILE).write_text(json.dumps(line, separators=(",", ":")) + "\n")
    ledger = Ledger(home)
    assert (ledger.alerts().alerts, ledger.trouble, fire(ledger, "t#0")) == ((), "", None)


@pytest.mark.parametrize("name", [FILE, COPY])
def test_folder_in_the_place_of_a_file_is_said_and_loses_nothing(home: Path, name: str) -> None:
    ledger = Ledger(home)
    fire(ledger, "a")
    (home / name).unlink()
    (home / name).mkdir()
    again = Ledger(home)
    assert (keys(again), bool(again.trouble)) == ({"a"}, True)
    assert fire(again, "b") is not None
    assert fire(again, "b") is None


def test_disk_that_cannot_be_written_is_said_and_tried_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(home)
    fire(ledger, "a")
    write = os.write

    def full(descriptor: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert fire(ledger, "b") is not None
    assert fire(ledger, "b") is None
    assert ledger.alerts().trouble == "No space left on device"
    assert keys(Ledger(home)) == {"a"}
    monkeypatch.setattr(os, "write", write)
    ledger.follow()
    assert (ledger.trouble, keys(Ledger(home))) == ("", {"a", "b"})


def test_folder_that_cannot_be_made_is_said(home: Path) -> None:
    (home / "file").write_bytes(b"")
    ledger = Ledger(home / "file" / "below")
    assert fire(ledger, "a") is not None
    assert ledger.trouble
    assert fire(ledger, "a") is None


def test_crowded_ledger_keeps_the_newest_with_their_marks(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(home)
    for number in range(30):
        alert = fire(ledger, f"k{number}", NOW + timedelta(minutes=number))
        assert alert is not None
        ledger.mark([alert.id], "shown", NOW)
    monkeypatch.setattr(ledgers, "CROWDED", 2000)
    monkeypatch.setattr(ledgers, "KEPT", 10)
    size = (home / FILE).stat().st_size
    Ledger(home)
    assert (home / FILE).stat().st_size < size / 2
    again = Ledger(home)
    assert keys(again) == {f"k{number}" for number in range(20, 30)}
    assert all(alert.shown for alert in again.alerts().alerts)
    assert again.trouble == ""


def test_every_kind_of_facts_can_be_kept() -> None:
    assert set(FACTS) >= {"budget", "success", "latency", "new_model", "new_user", "new_anchor", "runaway", "silent"}


# Many at once, and many times


def test_two_programs_at_once_fire_each_key_once(home: Path) -> None:
    ledgers_of_programs = [Ledger(home), Ledger(home)]
    found = [fire(ledger, f"k{number}") for number in range(20) for ledger in ledgers_of_programs]
    assert sum(alert is not None for alert in found) == 20
    assert len(Ledger(home).alerts().alerts) == 20


def test_two_programs_arm_a_key_once(home: Path) -> None:
    ledger, other = Ledger(home), Ledger(home)
    for number in (1, 2):
        ledger.rearm("a", number, NOW)
        other.rearm("a", 1, NOW)
    ledger.follow()
    assert (ledger.arming("a"), other.arming("a")) == (2, 2)


def test_threads_fire_each_key_once(home: Path) -> None:
    ledger = Ledger(home)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: fire(ledger, f"k{number % 10}"), range(40)))
    assert sum(alert is not None for alert in found) == 10


def test_ten_thousand_starts_fire_each_key_once(home: Path) -> None:
    chance = random.Random(4)
    fired: list[str] = []
    for _ in range(10_000):
        ledger = Ledger(home)
        key = f"k{chance.randrange(40)}"
        if fire(ledger, key):
            fired.append(key)
        if chance.random() < 0.002:
            text = (home / FILE).read_bytes()
            (home / chance.choice((FILE, COPY))).write_bytes(chance.choice(list(MAKE.values()))(text))
    assert len(fired) == len(set(fired)) == 40
    assert len(Ledger(home).alerts().alerts) == 40


PROGRAM = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from tipmao_monitor.usage.alerts import NewFacts
from tipmao_monitor.usage.ledger import Ledger

def say(*words):
    print(*words, flush=True)

def run(home, count):
    ledger = Ledger(home)
    say("trouble", ledger.trouble or "none")
    for alert in ledger.alerts().waiting:
        say("late", alert.facts.names[0])
        ledger.mark([alert.id], "shown", datetime.now(UTC))
    for number in range(count):
        alert = ledger.fire(datetime.now(UTC), "new_model", NewFacts((f"k{number}",)), [f"k{number}"])
        if alert:
            say("said", f"k{number}")
            ledger.mark([alert.id], "shown", datetime.now(UTC))

# A process for each line of its input: importing anew each time would take most of the time.
for _ in sys.stdin:
    ready, go = os.pipe()
    pid = os.fork()
    if not pid:
        os.read(ready, 1)
        run(Path(sys.argv[1]), int(sys.argv[2]))
        os._exit(0)
    say("begun", pid)
    os.write(go, b"!")
    os.waitpid(pid, 0)
    say("\\ngone", "")
"""


def test_fifty_kills_lose_and_repeat_nothing(home: Path) -> None:
    chance = random.Random(50)
    said: list[str] = []
    command = [sys.executable, "-c", PROGRAM, str(home), "20000"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as programs:
        assert programs.stdin is not None and programs.stdout is not None
        for _ in range(50 * EFFORT):
            programs.stdin.write("another\n")
            programs.stdin.flush()
            words: list[list[str]] = []
            # Killed in the middle of its work: behind so many lines of what it says.
            for _ in range(chance.randrange(2, 26)):
                words.append(programs.stdout.readline().split())
            [pid] = [int(word[1]) for word in words if word[0] == "begun"]
            os.kill(pid, signal.SIGKILL)
            while words[-1] != ["gone"]:
                words.append(programs.stdout.readline().split())
            assert words[1] == ["trouble", "none"]
            said += [word[1] for word in words if len(word) == 2 and word[0] == "said"]
            late = [word[1] for word in words if len(word) == 2 and word[0] == "late"]
            assert len(late) <= 2  # of which a kill came between fired and shown, or while it was said late
        programs.stdin.close()
    assert len(said) == len(set(said))
    ledger = Ledger(home)
    fired = [alert.facts.names[0] for alert in ledger.alerts().alerts if isinstance(alert.facts, NewFacts)]
    assert len(fired) == len(set(fired))
    assert set(said) <= keys(ledger)
    assert keys(ledger) == {f"k{number}" for number in range(len(keys(ledger)))}
    assert len(keys(ledger)) > 100
