"""Why there is nothing to show, and the period that holds something."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import snapshots

from tipmao_monitor.usage.snapshot import Filter, Period, Progress, Snapshot, Trouble
from tipmao_monitor.window.emptiness import emptiness, wider_period

NO_MATCH = replace(snapshots.quiet_today(), filter=Filter(model="x"))
AGO = snapshots.NOW - timedelta(days=200)


@pytest.mark.parametrize(
    ("snapshot", "kind"),
    [
        (snapshots.no_folder(), "no_folder"),
        (snapshots.empty(), "no_records"),
        (replace(snapshots.empty(), troubles=(Trouble("missing", "/r"),)), "bad_folder"),
        (replace(snapshots.empty(), troubles=(Trouble("deleted", "/r/x"),)), "no_records"),
        (snapshots.all_bad(), "all_bad"),
        (snapshots.quiet_today(), "no_calls"),
        (NO_MATCH, "no_match"),
        (snapshots.one_call(), ""),
        (replace(snapshots.empty(), progress=Progress(1, 100)), ""),
        (replace(snapshots.quiet_today(), progress=Progress(1, 100)), ""),
        (replace(snapshots.quiet_today(), progress=Progress(1, 100, cancelled=True)), "no_calls"),
        (replace(snapshots.empty(), progress=Progress(100, 100)), "no_records"),
    ],
)
def test_emptiness_has_a_reason(snapshot: Snapshot, kind: str) -> None:
    assert emptiness(snapshot) == kind


@pytest.mark.parametrize(
    ("newest", "shown", "period"),
    [
        (snapshots.NOW - timedelta(days=1), Period(), Period("7d")),
        (snapshots.NOW - timedelta(days=9), Period(), Period("30d")),
        (AGO, Period(), Period("custom", AGO.date().replace(day=1), AGO.date())),
        (AGO, Period("7d"), Period("custom", AGO.date().replace(day=1), AGO.date())),
        (None, Period(), None),
    ],
)
def test_wider_period_holds_the_newest_call(newest: datetime | None, shown: Period, period: Period | None) -> None:
    assert wider_period(replace(snapshots.empty(Filter(shown)), newest_at=newest)) == period
