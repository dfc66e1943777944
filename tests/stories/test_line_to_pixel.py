"""From a line in a file to what stands on the screen, with nothing in between left out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from listening import append, line
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from running import now, record, shown, today

from tipmao_monitor.window.dialogs import SkippedLines
from tipmao_monitor.window.main_window import MainWindow

Until = Callable[[Callable[[], bool]], None]
# Said by the offscreen platform for every dialog.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def day_file(folder: Path) -> Path:
    return folder / f"usage_{today()}.jsonl"


def picture(widget: QWidget) -> QImage:
    """Once it stands still: what one card shows may change the heights of others a turn later."""
    before, after = QImage(), widget.grab().toImage()
    while before != after:
        QApplication.processEvents()
        before, after = after, widget.grab().toImage()
    return after


def texts(table: QWidget) -> list[tuple[str, ...]]:
    """What stands in the cells of a table."""
    model = table.model()  # type: ignore[attr-defined]
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [tuple(str(model.index(row, column).data()) for column in columns) for row in rows]


def test_each_line_of_the_recorder_changes_what_stands_on_the_screen(
    window: MainWindow, records: Path, agree: Callable[..., None], wait: Until
) -> None:
    wait(lambda: window.empty.kind == "no_records")
    assert window.empty.isVisible() and not window.kpis.isVisible()
    for calls in (1, 2, 3):
        record(records, duration_ms=1000 * calls, model="qwen-max" if calls == 3 else "qwen-plus", success=calls != 2)
        agree()
        assert window.kpis.calls.number.text() == str(calls)
        assert len(texts(window.calls.table)) == calls
    assert not window.empty.isVisible()
    assert [row[0] for row in texts(window.models.table)] == ["qwen-max", "qwen-plus"]
    assert window.calls.which.option("failed").text() == "Failed 1"


def test_one_changed_record_changes_figure_sentence_and_picture_and_no_other(
    window: MainWindow, records: Path, agree: Callable[..., None], wait: Until
) -> None:
    append(day_file(records), *(line(now(), cost=cost, user_id=f"user_{cost}") for cost in (1.25, 2.25, 3.25)))
    agree()
    kpis = window.kpis
    window.top.by.option("cost").click()
    changed = (kpis.cost, kpis.month, window.trend, window.models, window.functions, window.top)
    same = (kpis.calls, kpis.tokens, kpis.success, kpis.latency, window.hours)
    before = {part: (part.accessibleName(), picture(part)) for part in (*changed, *same)}
    text = day_file(records).read_bytes()
    assert text.count(b'"cost": 2.25') == 1
    with day_file(records).open("r+b") as file:
        file.write(text.replace(b'"cost": 2.25', b'"cost": 7.25'))
    agree()
    assert (shown(window)[0], kpis.month.number.text()) == ("¥11.75", "¥11.75")
    assert all("¥11.75" in part.accessibleName() for part in changed[:-1])
    assert texts(window.top.table)[0][0] == "user_2.25"
    assert all(picture(part) != before[part][1] for part in changed)
    assert all((part.accessibleName(), picture(part)) == before[part] for part in same)


def test_skipped_line_stands_in_the_status_line_and_in_the_list(
    window: MainWindow, records: Path, agree: Callable[..., None], wait: Until
) -> None:
    first = line(now())
    append(day_file(records), first, b'{"no": "<b>record</b>"}\n')
    agree()
    wait(lambda: window.status.skipped.isVisible())
    assert window.status.skipped.text() == "1 line skipped"
    assert window.status.counted.text() == "1 call counted"
    QTest.mouseClick(window.status.skipped, Qt.MouseButton.LeftButton)
    panel = window.findChild(SkippedLines)
    assert panel is not None
    file, number, offset, length, _, text = texts(panel.table)[0]
    assert (file, number, offset, length) == (day_file(records).name, "2", str(len(first)), "24")
    assert text == '{"no": "<b>record</b>"}'
    # The list is kept up while it is open.
    append(day_file(records), b"\xff\xfe half a character\n")
    wait(lambda: len(texts(panel.table)) == 2)
    assert window.status.skipped.text() == "2 lines skipped"
    append(day_file(records), line(now()))
    agree()
    day_file(records).write_bytes(first)
    wait(lambda: not window.status.skipped.isVisible())
    assert texts(panel.table) == []
    panel.close()


def test_day_file_that_is_deleted_takes_its_calls_from_the_screen(
    window: MainWindow, records: Path, agree: Callable[..., None], wait: Until
) -> None:
    record(records)
    agree()
    os.unlink(day_file(records))
    wait(lambda: window.empty.kind == "no_records")
    record(records, cost=3)
    agree()
