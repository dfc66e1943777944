"""Writing a report: from a store and a request to a file that is there as a whole, or not at all.

A newcomer would get this wrong: the target is only touched by the last step, a rename. Until then everything goes to a
hidden file beside it, which a cancel, a full disk or an error removes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tipmao_monitor.reports.calls import Calls, CountError
from tipmao_monitor.usage.dayfile import day_of_name
from tipmao_monitor.usage.formats import ReportRequest
from tipmao_monitor.usage.report import Cancelled, Report, report

if TYPE_CHECKING:
    from tipmao_monitor.usage.store import Store

REPORT_SHARE = 0.3
"""Of the work, what making the report is; the rest is writing it."""
_TRIES = 3

Say = Callable[[float], bool]
"""Told how much is done, 0 to 1; False means that the user does not want it any more."""


class UnusableTargetError(Exception):
    """The file cannot be written there. `reason` is a code: folder, link, special, day_file, no_folder, system."""

    def __init__(self, path: Path, reason: str, detail: str = "") -> None:
        super().__init__(f"{path}: {reason} {detail}".strip())
        self.path = path
        self.reason = reason
        self.detail = detail


class ChangedMeanwhileError(Exception):
    """The records were changed while they were written out, several times over."""


def write_report(
    store: Store,
    request: ReportRequest,
    now: datetime,
    *,
    overwrite: bool = True,
    say: Say = lambda done: True,
    show: Callable[[Report], None] = lambda made: None,
) -> Path:
    """Make the report, `show` it and write it. The path of the file: where it must not overwrite, the next name that
    is free.

    UnusableTargetError, ChangedMeanwhileError or Cancelled; nothing is left of the attempt then.
    """

    def tell(done: float) -> None:
        if not say(min(done, 1.0)):
            raise Cancelled

    tell(0.0)
    for _ in range(_TRIES):
        made = report(store, request.first, request.last, now, sections=request.sections, go_on=lambda: tell(0.0))
        show(made)
        tell(REPORT_SHARE)
        calls = Calls(
            made.stats.total.calls,
            partial(store.each_call, made.first, made.last, now),
            lambda done: tell(REPORT_SHARE + (1 - REPORT_SHARE) * done),
        )
        if request.by_anchor:
            return _write_statement(store, made, request, now, overwrite, tell)
        with suppress(CountError), new_file(request.path, overwrite=overwrite) as target:
            _write(made, request, calls, target.draft)
            tell(1.0)
            return target.publish()
    raise ChangedMeanwhileError


def _write_statement(
    store: Store, made: Report, request: ReportRequest, now: datetime, overwrite: bool, tell: Callable[[float], None]
) -> Path:
    from tipmao_monitor.reports.statement import write_statement

    anchors = store.by_anchor(made.first, made.last, now)
    with new_file(request.path, overwrite=overwrite) as target:
        write_statement(made, anchors, target.draft, lambda done: tell(REPORT_SHARE + (1 - REPORT_SHARE) * done))
        tell(1.0)
        return target.publish()


def _write(made: Report, request: ReportRequest, calls: Calls, draft: Path) -> None:
    # Each format brings libraries of its own.
    match request.format:
        case "json":
            from tipmao_monitor.reports.objects import write_json

            write_json(made, calls if request.calls else None, draft)
        case "csv":
            from tipmao_monitor.reports.csv_file import write_calls, write_sums

            if request.calls:
                write_calls(calls, draft)
            else:
                write_sums(made, draft)
        case "xlsx":
            from tipmao_monitor.reports.workbook import write_workbook

            write_workbook(made, calls if request.calls else None, draft)
        case "html":
            from tipmao_monitor.reports.page import report_page

            draft.write_text(report_page(made), encoding="utf-8")
        case "pdf":
            from tipmao_monitor.reports.paper import report_pdf

            draft.write_bytes(report_pdf(made, calls.say))


@dataclass
class Target:
    """A file that is being made: `draft` is written to, `publish` gives it its name."""

    path: Path
    draft: Path
    overwrite: bool

    def publish(self) -> Path:
        try:
            with self.draft.open("rb+") as file:
                os.fsync(file.fileno())
            if self.overwrite:
                os.replace(self.draft, self.path)
                return self.path
            return self._publish_beside()
        except OSError as error:
            raise _refused(self.path, error) from error

    def _publish_beside(self) -> Path:
        number = 1
        while True:
            path = self.path if number == 1 else self.path.with_stem(f"{self.path.stem}_{number}")
            try:
                # Unlike a rename, a link never takes the place of a file.
                os.link(self.draft, path)
            except FileExistsError:
                number += 1
                continue
            except OSError:
                if path.exists():
                    number += 1
                    continue
                os.rename(self.draft, path)  # a file system without links
            return path


@contextmanager
def new_file(path: Path, *, overwrite: bool = True) -> Iterator[Target]:
    """A place beside `path` to write to. Whatever happens, nothing but what was published stays."""
    check_target(path)
    draft = path.with_name(f".{path.name[:60]}.{os.getpid()}.part")  # a long name has room for no more
    try:
        draft.open("xb").close()
    except OSError as error:
        raise _refused(path, error) from error
    try:
        yield Target(path, draft, overwrite)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def check_target(path: Path) -> None:
    """UnusableTargetError where a report must not or cannot go."""
    if not path.absolute().parent.is_dir():
        raise UnusableTargetError(path, "no_folder")
    try:
        found = path.lstat()
    except FileNotFoundError:
        found = None
    except (OSError, ValueError) as error:
        raise UnusableTargetError(path, "system", getattr(error, "strerror", None) or str(error)) from error
    if found is not None:
        if stat.S_ISDIR(found.st_mode):
            raise UnusableTargetError(path, "folder")
        if stat.S_ISLNK(found.st_mode):
            raise UnusableTargetError(path, "link")
        if not stat.S_ISREG(found.st_mode):
            raise UnusableTargetError(path, "special")
    if day_of_name(path.name) is not None:
        raise UnusableTargetError(path, "day_file")


def default_name(now: datetime, ending: str) -> str:
    return f"usage_report_{now:%Y%m%d_%H%M%S}.{ending}"


def _refused(path: Path, error: OSError) -> UnusableTargetError:
    return UnusableTargetError(path, "system", error.strerror or str(error))
