"""The report as a page, in a real browser: what is in sight on a phone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from browser import browsing
from lines import NOON, line
from PySide6.QtWidgets import QApplication
from stores import SHANGHAI, opened, write

from tipmao_monitor.reports.files import write_report
from tipmao_monitor.usage.formats import ReportRequest

LAST = NOON.astimezone(SHANGHAI).date()
PHONE_PX = 390
IN_SIGHT = """(() => {
  const [days, hours] = document.querySelectorAll('.wide');
  const box = days.getBoundingClientRect();
  const place = (part) => part.getBoundingClientRect();
  const seen = (part) => place(part).left >= box.left && place(part).right <= box.right;
  const labels = [...days.querySelectorAll('.plot text')];
  return [
    labels.filter(seen).map((text) => text.textContent), labels.length, seen([...days.querySelectorAll('rect')].pop()),
    [...days.querySelectorAll('.axis text')].every(seen), hours.scrollWidth <= hours.clientWidth,
    parseFloat(getComputedStyle(labels[0]).fontSize) >= 11 && place(labels[0]).height >= 11,
    document.documentElement.scrollWidth,
  ];
})()"""


def test_on_a_phone_the_newest_days_are_in_sight_first_beside_the_axis(qapp: QApplication, tmp_path: Path) -> None:
    for back in range(31):
        moment = NOON - timedelta(days=back)
        day = moment.astimezone(SHANGHAI).date()
        called = line(back, timestamp=repr(moment.timestamp()), cost="1.5")
        write(tmp_path / "records" / f"usage_{day}.jsonl", called)
    with opened(tmp_path / "records") as store:
        request = ReportRequest(LAST - timedelta(days=30), LAST, "html", tmp_path / "report.html")
        write_report(store, request, NOON)
    with browsing(tmp_path / "profile") as page:
        page.open((tmp_path / "report.html").as_uri(), PHONE_PX)
        seen, labels, newest, axis, hours, readable, wide = page.run(IN_SIGHT)
    assert seen[-1] == f"{LAST:%m-%d}"
    assert 4 < len(seen) < labels
    assert newest and axis and hours and readable
    assert wide == PHONE_PX
