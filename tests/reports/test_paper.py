"""The pages of a PDF: what has room on them and what is cut."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from lines import NOON, line
from pypdf import PdfReader
from PySide6.QtWidgets import QApplication
from stores import SHANGHAI, opened, write

from tipmao_monitor.reports.paper import GAP, LEAST_NAME, ROOM, _fitted, report_pdf
from tipmao_monitor.usage.report import report
from tipmao_monitor.usage.report_tables import Column, Table

LAST = NOON.astimezone(SHANGHAI).date()
PRICES = Table("prices", (Column("model", "name"), Column("cost", "money"), Column("reason", "text")), ())


def test_the_longest_text_is_cut_and_a_shorter_one_is_left_whole() -> None:
    assert _fitted(PRICES, [230, ROOM - 350, 110]) == pytest.approx([240 - 2 * GAP, ROOM - 350, 110])


def test_two_long_texts_share_what_is_left_and_keep_enough_to_be_told_apart() -> None:
    assert _fitted(PRICES, [230, ROOM - 350, 230]) == pytest.approx([175 - GAP, ROOM - 350, 175 - GAP])
    assert _fitted(PRICES, [230, ROOM, 230])[0] == LEAST_NAME


def test_what_is_narrower_than_the_page_fills_it() -> None:
    assert sum(_fitted(PRICES, [100, 60, 110])) == pytest.approx(ROOM - 2 * GAP)


def test_all_three_charts_have_room_on_a_first_page_with_much_to_say(qapp: QApplication, tmp_path: Path) -> None:
    models = [f"a-model-with-a-rather-long-name-{n}" for n in range(9)]
    calls = [line(n, model=f'"{models[n % 9]}"', function=f'"function {n % 9}"', cost="0.25") for n in range(180)]
    before = line(1, timestamp=repr(NOON.timestamp() - 8 * 86_400))
    unpriced = line(2, model='"no-such-model"', cost="null")
    write(tmp_path / f"usage_{LAST}.jsonl", b"".join([*calls, before, unpriced, b"not json\n"]))
    with opened(tmp_path) as store:
        made = report(store, LAST - timedelta(days=6), LAST, NOON)
    first = " ".join(PdfReader(BytesIO(report_pdf(made))).pages[0].extract_text().split())
    assert "same time before" in first and "Not in the sum" in first and "By function" in first
    assert "Calls by hour of day" in first
