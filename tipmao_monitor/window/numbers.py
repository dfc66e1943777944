"""How facts are worded: money, tokens, times, ages, and the names of what was recorded. Pure functions, no widgets.

A newcomer would get this wrong: a number is rounded first and its form chosen after, or 99.995 would be shown as
"¥100.00"; and what is not zero is never shown as zero, what is not whole never as 100 %.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate
"""Under this name lupdate finds the texts."""

UNKNOWN = "-"
HIDDEN = "***"
"""What stands for a name or an amount while the user is on air."""

PRIVATE = ("user", "anchor", "session")
"""Dimensions whose values say who somebody is."""

_JOINERS = "\u200c\u200d"
UP, DOWN, LEVEL = "▲", "▼", "="


class Parts(NamedTuple):
    """A number as a big figure between a smaller sign and a smaller unit. `text` is all of it in one line."""

    prefix: str
    figure: str
    suffix: str

    @property
    def text(self) -> str:
        return f"{self.prefix}{self.figure}{self.suffix}"


class _OnAir:
    """Whether names and amounts are hidden: of the whole application, like the language that words are said in."""

    hides = False


def hide_names_and_amounts(hides: bool) -> None:
    """How everything is said from now on. Who calls it has all said again, as after a change of the language."""
    _OnAir.hides = hides


def is_hiding() -> bool:
    """Whether the user is on air: no name and no amount may be said."""
    return _OnAir.hides


@contextmanager
def nothing_hidden() -> Iterator[None]:
    """For what leaves this screen, such as a message to the user's own phone."""
    hides, _OnAir.hides = _OnAir.hides, False
    try:
        yield
    finally:
        _OnAir.hides = hides


def unless_hidden(text: str) -> str:
    """A text that may hold names or amounts, such as an error as it was recorded or the path of a folder."""
    return HIDDEN if text and _OnAir.hides else text


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def money_parts(value: Decimal | None) -> Parts:
    """CNY: two decimals up to 99.99, whole yuan above; four below ¥0.10, more where four would show nothing."""
    if value is None:
        return Parts("", UNKNOWN, "")
    if _OnAir.hides:
        return Parts("¥", HIDDEN, "")
    prefix, size = ("-¥", -value) if value < 0 else ("¥", value)
    if size == 0:
        return Parts(prefix, "0.00", "")
    if is_small_sum(size):
        if size >= Decimal("0.0001"):
            return Parts(prefix, f"{_rounded(size, 4)}", "")
        least = Decimal("0.000001")
        return Parts(prefix, f"{_rounded(size, 6):f}", "") if size >= least else Parts(f"<{prefix}", f"{least:f}", "")
    if _rounded(size, 2) < 100:
        return Parts(prefix, f"{_rounded(size, 2)}", "")
    if _rounded(size, 0) < 10_000_000:
        return Parts(prefix, f"{_rounded(size, 0):,}", "")
    return Parts(prefix, *_scaled(int(size)))


def money(value: Decimal | None) -> str:
    """ "¥3.42", "¥0.0156", "¥1,234"; "-" where it is unknown."""
    return money_parts(value).text


def by_money(title: str, kind: str, *, is_short: bool = False) -> str:
    """A title over money; it says so where the money is not what was recorded."""
    if kind != "book":
        return title
    if is_short:
        return translate("numbers", "{title}, book").format(title=title)
    return translate("numbers", "{title} by the price book").format(title=title)


def call_money(value: Decimal | None) -> str:
    """What one call cost: four decimals below ¥1, so that the points of a column stand below each other.

    Nothing costs ¥100,000 a call; what says so is a mistake that must not need a wider column: "¥1.0M".
    """
    if _OnAir.hides:
        return money(value)
    if value and value >= 100_000:
        return "¥" + compact(int(value))
    if value and Decimal("0.0001") <= value and _rounded(value, 4) < 1:
        return f"¥{_rounded(value, 4)}"
    return money(value)


def is_small_sum(value: Decimal) -> bool:
    """Whether `money` shows more than two decimals of it."""
    return _rounded(abs(value), 4) < Decimal("0.1")


def money_beside(value: Decimal | None, largest: Decimal) -> str:
    """A sum in a column whose largest is known: no more decimals than that one, and still never 0 for what is not."""
    if not value or value < 0 or is_small_sum(largest) or _OnAir.hides:
        return money(value)
    cents = _rounded(value, 2)
    if not cents:
        return "<¥0.01"
    return f"¥{cents}" if cents < 100 else money(value)


def rough_money(value: Decimal) -> str:
    """An expected sum: whole yuan from ¥10 on, since its second decimal would be a lie."""
    return f"¥{_rounded(value, 0):,}" if 10 <= value < 10_000_000 and not _OnAir.hides else money(value)


def _scaled(n: int) -> tuple[str, str]:
    if n < 999_500:
        size, letter = n / 1e3, "K"
    elif n < 999_500_000:
        size, letter = n / 1e6, "M"
    elif n < 999_500_000_000:
        size, letter = n / 1e9, "B"
    else:
        size, letter = n / 1e12, "T"
    return (f"{size:.1f}" if size < 99.95 else f"{size:,.0f}"), letter


def compact_parts(n: int | None) -> Parts:
    if n is None:
        return Parts("", UNKNOWN, "")
    return Parts("", f"{n}", "") if n < 1000 else Parts("", *_scaled(n))


def compact(n: int | None) -> str:
    """ "145", "98.7K", "123K", "1.2M": three digits and a letter."""
    return compact_parts(n).text


def count_parts(n: int) -> Parts:
    return Parts("", f"{n:,}", "") if n < 10_000_000 else compact_parts(n)


def count(n: int) -> str:
    """Things that one counts: "12,480"; from ten million on with a letter."""
    return count_parts(n).text


def calls(n: int) -> str:
    """ "1 call", "12,480 calls"."""
    return translate("numbers", "1 call") if n == 1 else translate("numbers", "{n} calls").format(n=count(n))


def lines(n: int) -> str:
    return translate("numbers", "1 line") if n == 1 else translate("numbers", "{n} lines").format(n=count(n))


def files(n: int) -> str:
    return translate("numbers", "1 file") if n == 1 else translate("numbers", "{n} files").format(n=count(n))


def listed(names: Iterable[str]) -> str:
    """ "a, b": side by side, with the sign that the language has for it."""
    return translate("numbers", ", ").join(names)


def labelled(name: str, text: str) -> str:
    return translate("numbers", "{name}: {text}").format(name=name, text=text)


def tokens(n: int) -> str:
    """ "1 token", "98.7K tokens"."""
    return translate("numbers", "1 token") if n == 1 else translate("numbers", "{n} tokens").format(n=compact(n))


def milliseconds_parts(ms: float | None) -> Parts:
    if ms is None:
        return Parts("", UNKNOWN, "")
    if round(ms) < 1000:
        return Parts("", f"{ms:.0f}", " ms")
    seconds = ms / 1000
    if seconds < 99.95:
        return Parts("", f"{seconds:.1f}", " s")
    if seconds < 999.5:
        return Parts("", f"{seconds:.0f}", " s")
    if seconds < 99.5 * 60:
        return Parts("", f"{seconds / 60:.0f}", " min")
    hours = seconds / 3600
    return Parts("", f"{hours:,.1f}" if hours < 1e6 else f"{hours:.1e}", " h")


def milliseconds(ms: float | None) -> str:
    """ "850 ms", "2.1 s", "-"."""
    return milliseconds_parts(ms).text


def percent_parts(x: float | None) -> Parts:
    if x is None:
        return Parts("", UNKNOWN, "")
    if x in (0, 100):
        return Parts("", f"{x:.0f}", " %")
    return Parts("", f"{min(99.9, max(0.1, x)):.1f}" if x < 100 else f"{x:.1f}", " %")


def percent(x: float | None) -> str:
    """0 to 100: "99.3 %". Only all is "100 %" and only nothing is "0 %"."""
    return percent_parts(x).text


def change(now: Decimal | float, before: Decimal | float) -> str:
    """Against the same elapsed time before: "▲ 12 %", "▼ 3 %", "= 0 %", "▲ 14×". `before` is not 0."""
    ratio = float(now) / float(before)
    points = round((ratio - 1) * 100)
    if points == 0:
        return f"{LEVEL} 0 %"
    if points >= 1000:
        return f"{UP} {ratio:,.0f}×" if ratio < 10_000 else f"{UP} >9,999×"
    return f"{UP if points > 0 else DOWN} {abs(points)} %"


def change_words(now: Decimal | float, before: Decimal | float) -> str:
    """`change` for those who listen: "12 % more"."""
    points = round((float(now) / float(before) - 1) * 100)
    if points == 0:
        return translate("numbers", "the same")
    return (translate("numbers", "{n} % more") if points > 0 else translate("numbers", "{n} % less")).format(
        n=f"{abs(points):,}"
    )


def bytes_size(n: int) -> str:
    """ "512 B", "1.2 MB" (powers of 1000)."""
    for unit, letter in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if n >= unit:
            return f"{n / unit:.1f} {letter}"
    return f"{n} B"


def age(seconds: float) -> str:
    """How long ago: "0.2 s ago", "12 s ago", "3 min ago", "2 h ago", "5 days ago"."""
    if seconds < 9.95:
        return translate("numbers", "{n} s ago").format(n=f"{max(0.0, seconds):.1f}")
    if round(seconds) < 60:
        return translate("numbers", "{n} s ago").format(n=round(seconds))
    if seconds < 3600:
        return translate("numbers", "{n} min ago").format(n=max(1, int(seconds // 60)))
    if seconds < 48 * 3600:
        return translate("numbers", "{n} h ago").format(n=int(seconds // 3600))
    return translate("numbers", "{n} days ago").format(n=count(int(seconds // 86400)))


def clock(at: datetime | None) -> str:
    """ "14:02:09" in the zone of `at`."""
    return f"{at:%H:%M:%S}" if at else UNKNOWN


def moment(at: datetime, today: date) -> str:
    """A time in a list of several days: "14:02:09" for today, "11-22 14:02" for other days. Both are as wide."""
    return clock(at) if at.date() == today else f"{at:%m-%d %H:%M}"


def day_of_month(day: date) -> str:
    """ "11-17": a day on an axis."""
    return f"{day:%m-%d}"


def day_span(first: date, last: date, today: date) -> str:
    """ "11-17", "11-01 – 11-07" within this year, with years where they are needed."""
    if first == last:
        return day_of_month(first) if first.year == today.year else first.isoformat()
    if first.year == last.year == today.year:
        return f"{first:%m-%d} – {last:%m-%d}"
    return f"{first.isoformat()} – {last.isoformat()}"


def free() -> str:
    return translate("numbers", "free")


def reading() -> str:
    """Where there may be calls that were not read yet."""
    return translate("numbers", "Reading…")


def not_recorded() -> str:
    return translate("numbers", "(not recorded)")


def function_name(function: str) -> str:
    """The translated name of a function that the assistant knows; any other id as it was written."""
    match function:
        case "":
            return not_recorded()
        case "live_analysis":
            return translate("numbers", "Live analysis")
        case "style_profile":
            return translate("numbers", "Style profile")
        case "script_generation":
            return translate("numbers", "Script writing")
        case "live_review":
            return translate("numbers", "Live review")
        case "chat_focus":
            return translate("numbers", "Chat focus")
        case "topic_generation":
            return translate("numbers", "Topic ideas")
        case "qa":
            return translate("numbers", "Q&A")
        case "live_question":
            return translate("numbers", "Live question")
    return visible(function)


def visible(text: str) -> str:
    """Recorded text so that all of it is seen: what is drawn as nothing or turns its surroundings round is escaped,
    spaces at an end stand in quotes. Joiners stay, since emoji and some scripts need them.
    """
    if not text.isprintable():
        text = "".join(
            sign.encode("unicode_escape").decode()
            if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in _JOINERS
            else sign
            for sign in text
        )
    return text if text == text.strip() and text.strip(_JOINERS) else f"“{text}”"


def value_name(dimension: str, value: str) -> str:
    """What a group, chip or cell says for a recorded value."""
    if dimension == "function":
        return function_name(value)
    if _OnAir.hides and value and dimension in PRIVATE:
        return HIDDEN
    return visible(value) if value else not_recorded()


def dimension_name(dimension: str) -> str:
    match dimension:
        case "model":
            return translate("numbers", "Model")
        case "function":
            return translate("numbers", "Function")
        case "user":
            return translate("numbers", "User")
        case "anchor":
            return translate("numbers", "Anchor")
    return translate("numbers", "Session")


def reason_words(reason: str) -> str:
    """What a reason of records.md means for the user; one that is not known here as it is."""
    match reason:
        case "bom":
            return translate("reasons", "a byte order mark was cut off")
        case "nul":
            return translate("reasons", "NUL bytes were cut off")
        case "joined":
            return translate("reasons", "two records on one line")
        case "salvaged":
            return translate("reasons", "a whole record behind a torn one")
        case "timestamp_scaled":
            return translate("reasons", "time in milliseconds or microseconds")
        case "timestamp_text":
            return translate("reasons", "time written as text")
        case "timestamp_unknown":
            return translate("reasons", "time unreadable, counted under the file's date")
        case "name_type":
            return translate("reasons", "a name that is no text")
        case "name_long":
            return translate("reasons", "a name that is too long, cut")
        case "tokens_text":
            return translate("reasons", "tokens written as text or fraction")
        case "tokens_unknown":
            return translate("reasons", "tokens unknown")
        case "total_mismatch":
            return translate("reasons", "total tokens did not add up")
        case "cost_unknown":
            return translate("reasons", "cost unreadable")
        case "duration_unknown":
            return translate("reasons", "duration unreadable")
        case "success_type":
            return translate("reasons", "success not written as true or false")
        case "no_newline":
            return translate("reasons", "last line without a line end")
        case "not_json":
            return translate("reasons", "not JSON")
        case "not_object":
            return translate("reasons", "not a JSON object")
        case "not_usage":
            return translate("reasons", "not a usage record")
        case "utf8":
            return translate("reasons", "not UTF-8 text")
        case "utf16":
            return translate("reasons", "UTF-16 text")
        case "too_long":
            return translate("reasons", "line too long")
        case "too_deep":
            return translate("reasons", "nested too deep")
        case "torn":
            return translate("reasons", "torn off in the middle")
        case "gz_truncated":
            return translate("reasons", "compressed file ends too early")
    return reason


def error_family_name(family: str) -> str:
    """A family of failures in words: its error class and status code, where they say what happened to the user.

    Others stay as they were recorded, since a wrong guess would send the user looking in the wrong place.
    """
    name, _, code = family.rpartition(" ")
    if not code.isdigit():
        name, code = family, ""
    name = name.lower().replace("_", "")
    if not family:
        return translate("numbers", "no reason given")
    if family == "other":
        return translate("numbers", "another reason")
    if code == "429" or "ratelimit" in name:
        return translate("numbers", "429 rate limit")
    if code in ("408", "504") or "timeout" in name:
        return translate("numbers", "timeout")
    if "connect" in name:
        return translate("numbers", "no connection")
    if code in ("401", "403") or "authentication" in name or "permission" in name:
        return translate("numbers", "key refused")
    if code == "402" or "quota" in name or "balance" in name:
        return translate("numbers", "account empty")
    if code.startswith("5") or "internalserver" in name:
        return translate("numbers", "provider error")
    return visible(family)
