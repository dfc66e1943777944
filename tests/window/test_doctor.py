"""The doctor: its words follow the check-up, and it asks for another one when the folders have changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import snapshots
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from test_dialogs import cells

from tipmao_monitor.usage.causes import causes
from tipmao_monitor.usage.checkup import Checkup
from tipmao_monitor.usage.snapshot import Coverage, FileAccount, Stats, Totals
from tipmao_monitor.window.doctor import Doctor

# Said by the offscreen platform for every dialog.
pytestmark = [pytest.mark.qt_log_ignore("This plugin does not support"), pytest.mark.usefixtures("light")]

COVERAGE = replace(snapshots.day().coverage, pending_bytes=512)
FILES = tuple(
    FileAccount(f"{snapshots.FOLDER}/usage_2025-11-{day}.jsonl", 1000, 1000, 900, 60, 30, 10, 9, 8, 1, 1)
    for day in (22, 23)
)


def checkup(coverage: Coverage = COVERAGE, unknown: int = 0, **functions: int) -> Checkup:
    n = sum(functions.values())
    by_function = {name: Totals(calls=calls) for name, calls in functions.items()}
    total = Totals(calls=n, unknown_token_calls=unknown)
    stats = Stats(None, None, "UTC", total, {}, by_function, {}, {}, {}, {}, {}, coverage)
    return Checkup(coverage, FILES, (("mystery-7b", 13), ("", 1)), causes(stats, 0))


@pytest.fixture
def doctor(qtbot: QtBot) -> Doctor:
    doctor = Doctor()
    qtbot.addWidget(doctor)
    return doctor


def test_it_says_what_was_read_and_where_each_byte_went(doctor: Doctor) -> None:
    doctor.show_checkup(checkup())
    assert doctor.sentence.text() == (
        "1,450 calls counted from 1,453 lines in 10 files.\n"
        "4 of them have a part that needed care or could not be read.\n"
        "3 lines skipped.\nA line of 512 B is still being written."
    )
    assert cells(doctor.file_model) == [
        ["usage_2025-11-23.jsonl", "1,000", "900", "60", "30", "10", "8"],
        ["usage_2025-11-22.jsonl", "1,000", "900", "60", "30", "10", "8"],
    ]
    assert cells(doctor.reason_model) == [
        ["4", "time unreadable, counted under the file's date", "counted"],
        ["2", "not JSON", "skipped"],
        ["1", "torn off in the middle", "skipped"],
    ]
    assert doctor.rest.text().replace("\u200b", "") == (
        "Without a price in the book: mystery-7b (13 calls), (not recorded) (1 call)\n"
        "Not day files, not read: usage_report_20251026_143022.json"
    )


def test_one_is_not_many(doctor: Doctor) -> None:
    doctor.show_checkup(Checkup(Coverage(files=1, lines=1, counted=1, flagged=1, quarantined=1)))
    assert doctor.sentence.text() == (
        "1 call counted from 1 line in 1 file.\nOne of them has a part that needed care or could not be read.\n"
        "1 line skipped."
    )


@pytest.mark.parametrize(
    ("found", "answers", "saw"),
    [
        (checkup(), ["no", "cannot know", "cannot know"], "No call was recorded in 10 files."),
        (checkup(live_analysis=3), ["yes", "cannot know", "yes"], "A call that bypasses it leaves no record."),
        (
            checkup(live_analysis=3, mine=2),
            ["yes", "no", "yes"],
            "2 of 5 calls are of functions that it does not have: mine",
        ),
        (checkup(unknown=2, live_analysis=3), ["yes", "cannot know", "no"], "without a readable count 2,"),
    ],
)
def test_each_cause_of_wrong_numbers_has_an_answer_and_what_it_rests_on(
    doctor: Doctor, found: Checkup, answers: list[str], saw: str
) -> None:
    doctor.show_checkup(found)
    assert [answer.text() for _, answer, _ in doctor.answers] == answers
    assert any(saw in said.text().replace("\u200b", "") for *_, said in doctor.answers)


def test_changed_folders_are_a_reason_to_look_again(qtbot: QtBot, doctor: Doctor) -> None:
    with qtbot.waitSignal(doctor.wanted, timeout=2000):
        doctor.hear(COVERAGE)
    doctor.show_checkup(checkup())
    with qtbot.assertNotEmitted(doctor.wanted, wait=50):
        doctor.hear(COVERAGE)
    more = replace(COVERAGE, counted=1451)
    with qtbot.waitSignal(doctor.wanted, timeout=2000):
        doctor.hear(more)
    doctor.show_checkup(checkup())  # made before that
    with qtbot.waitSignal(doctor.wanted, timeout=5000):
        pass


def test_models_keep_qts_rules(doctor: Doctor) -> None:
    mode = QAbstractItemModelTester.FailureReportingMode.Warning
    testers = [QAbstractItemModelTester(model, mode) for model in (doctor.file_model, doctor.reason_model)]
    doctor.show_checkup(checkup())
    doctor.show_checkup(Checkup(Coverage()))
    assert len(testers) == 2 and cells(doctor.file_model) == []


def test_language_changes_while_it_is_open(doctor: Doctor, brackets: object) -> None:
    doctor.show_checkup(checkup(mine=2))
    brackets.speak()  # type: ignore[attr-defined]
    QApplication.processEvents()
    texts = [doctor.windowTitle(), doctor.sentence.text(), doctor.rest.text()]
    texts += [label.text() for answer in doctor.answers for label in answer]
    texts += [doctor.which.option(key).text() for key in ("causes", "files", "reasons")]
    texts += [*doctor.file_model.titles(), *doctor.reason_model.titles()]
    assert [text for text in texts if "【" not in text] == []
    assert all(label.textFormat().name == "PlainText" for label in doctor.findChildren(QLabel))
