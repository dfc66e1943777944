"""The guide's first question, "why are the statistics wrong?", with its three causes: each yes, no or cannot know.

What is looked at are the records alone. A newcomer would get this wrong: a call that never was recorded leaves no
trace, so that all of them are here can be disproved, and never proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tipmao_monitor.usage.functions import KNOWN
from tipmao_monitor.usage.snapshot import Stats

Name = Literal["gateway_integrated", "all_calls_through_gateway", "tokens_from_response"]
Answer = Literal["yes", "no", "cannot know"]


_UNREAD = ("missing", "not_a_folder", "unreadable", "unreadable_file")
"""Where there may be records that nobody could look at."""


@dataclass(frozen=True, slots=True)
class Cause:
    """`saw` are the figures on which the answer rests, and `names` the functions that the gateway does not have."""

    cause: Name
    answer: Answer
    saw: dict[str, int]
    names: tuple[str, ...] = ()


def causes(stats: Stats, tokenless: int) -> tuple[Cause, ...]:
    """`stats` are of all days; `tokenless` successful calls have no token at all."""
    total = stats.total
    of_gateway = sum(row.calls for function, row in stats.by_function.items() if function in KNOWN)
    foreign = {function: row.calls for function, row in stats.by_function.items() if function and function not in KNOWN}
    mismatched = dict(stats.coverage.reasons).get("total_mismatch", 0)
    files = {"files": stats.coverage.files, "calls": total.calls, "gateway_calls": of_gateway}
    is_unread = any(trouble.kind in _UNREAD for trouble in stats.troubles)
    integrated: Answer = "yes" if of_gateway else "cannot know" if total.calls or is_unread else "no"
    wrong = total.unknown_token_calls + tokenless + mismatched
    extracted: Answer = "no" if wrong else "yes" if total.calls else "cannot know"
    counts = {"calls": total.calls, "unknown": total.unknown_token_calls, "zero": tokenless, "mismatched": mismatched}
    through = {"calls": total.calls, "other_calls": sum(foreign.values())}
    return (
        Cause("gateway_integrated", integrated, files),
        Cause("all_calls_through_gateway", "no" if foreign else "cannot know", through, tuple(sorted(foreign))),
        Cause("tokens_from_response", extracted, counts),
    )
