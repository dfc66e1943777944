"""What a report can be asked for: its formats, its sections, and one request.

A newcomer would get this wrong: every start imports this, so it imports nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

Format = Literal["json", "csv", "xlsx", "html", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)
Section = Literal[
    "days", "hours", "models", "functions", "users", "anchors", "sessions", "lists", "budgets", "advice", "prices",
    "coverage",
]  # fmt: skip
SECTIONS: tuple[Section, ...] = get_args(Section)


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is to be written where. `calls`: with every single call (of a CSV: instead of the sums).

    `by_anchor`: instead of a report a statement for each anchor, in one workbook.
    """

    first: date
    last: date
    format: Format
    path: Path
    sections: frozenset[Section] = frozenset(SECTIONS)
    calls: bool = False
    by_anchor: bool = False


@dataclass(frozen=True, slots=True)
class Exporting:
    """A report is being written; `done` is 0 to 1."""

    done: float = 0.0


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of a report. `failure` "" means that it is at `path`; "cancelled" that the user did not want it.

    The others are those of reports.files.UnusableTargetError, "changing" (the records, all the time) and "unexpected".
    `title` and `text` say in a few words what is in a report that was written by itself.
    """

    path: str = ""
    failure: str = ""
    detail: str = ""
    title: str = ""
    text: str = ""
