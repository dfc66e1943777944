"""What will have been spent at the end of a day, week, month or stream, how sure that is, and when a budget is gone.

Once there are some whole days, or streams, of this user, their hours and weekdays say how it goes on ("pattern"), and
what was spent so far says whether today is more or less than usual. Before that the last hour goes on ("pace").
The newcomer's mistake: to say something on no ground. Until it means something there is no forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from tipmao_monitor.usage.budgets import Method
from tipmao_monitor.usage.localtime import day_number

DAYS = 28  # of the past that are looked at
LEAST_DAYS = 3  # whole days with calls
LEAST_STREAMS = 3
LEAST_CALLS = 10  # of the last hour
LEAST_PACE_S = 600.0
HOUR_S = 3600.0

_HALF_LIFE_DAYS = 14.0
_SAME_WEEKDAY = 4.0
_INERTIA = 0.35  # the part of a usual day that counts against a level seen today
_MOST_LEVEL = 3.0  # times the usual that a day may go on at: one dear call says nothing of those to come
_NORMAL_80 = 1.2816
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Forecast:
    """CNY at the end; four times of five it lies between `low` and `high`. `expected` None: nothing can be said.

    `gone_at` is when the amount asked about is used up; None where it will last, or is gone already.
    """

    expected: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    gone_at: datetime | None = None
    method: Method = ""


NOTHING = Forecast()


@dataclass(frozen=True, slots=True)
class Pace:
    """The calls of the last hour, or since the first of them. Money in 1e-9 CNY."""

    calls: int = 0
    nano: int = 0
    seconds: float = HOUR_S

    @property
    def means_something(self) -> bool:
        return self.calls >= LEAST_CALLS and self.seconds >= LEAST_PACE_S and self.nano > 0

    @property
    def a_second(self) -> float:
        return self.nano / max(self.seconds, LEAST_PACE_S)


@dataclass(frozen=True, slots=True)
class PastStream:
    """A stream that is over: (seconds since its begin, 1e-9 CNY until then), both rising, the last is its end."""

    curve: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return self.curve[-1][0]

    @property
    def nano(self) -> float:
        return self.curve[-1][1]

    def until(self, seconds: float) -> float:
        before = (0.0, 0.0)
        for point in self.curve:
            if seconds < point[0]:
                share = (seconds - before[0]) / (point[0] - before[0])
                return before[1] + share * (point[1] - before[1])
            before = point
        return self.nano


class Pattern:
    """What this user usually spends, by hour of day and weekday, from the whole days before `today`.

    `cells` are 1e-9 CNY by (day since 1970, hour of day); the hour is None where it is not known. Days without calls
    count as 0: a streamer does not stream every day.
    """

    def __init__(self, cells: Mapping[tuple[int, int | None], int], today: date) -> None:
        self._today = day_number(today)
        first_wanted = self._today - DAYS
        self._days: dict[int, list[float]] = {}
        for (day, hour), nano in cells.items():
            if first_wanted <= day < self._today:
                of_day = self._days.setdefault(day, [0.0] * 24)
                if hour is None:
                    for each in range(24):
                        of_day[each] += nano / 24
                else:
                    of_day[hour] += nano
        self.is_known = len(self._days) >= LEAST_DAYS
        self._has_hours = any(hour is not None for _, hour in cells)
        first = min(self._days, default=self._today)
        self._past = range(first, self._today)
        self._usual: dict[int, list[float]] = {}

    def day(self, number: int) -> list[float]:
        """What to expect of a day by its 24 hours."""
        weekday = number % 7
        if weekday not in self._usual:
            weights = [(day, self._weight(day, weekday)) for day in self._past]
            whole = sum(weight for _, weight in weights) or 1.0
            usual = [0.0] * 24
            for day, weight in weights:
                for hour, nano in enumerate(self._days.get(day, ())):
                    usual[hour] += nano * weight / whole
            self._usual[weekday] = usual
        return self._usual[weekday]

    def rest(self, spent: int, now: datetime) -> tuple[float, float, float, float]:
        """Of a day on which so much is spent: what to expect of its rest, low and high, and its level against usual."""
        today, hour, part = self._today, now.hour, (now.minute * 60 + now.second) / HOUR_S
        usual = self.day(today)
        if self._has_hours:
            rest, whole = _rest(usual, hour, part), sum(usual)
            level = _level(spent, whole - rest, whole)
            past = [_rest(self._days[day], hour, part) if day in self._days else 0.0 for day in self._past]
        else:
            rest, level = max(sum(usual) - spent, 0.0), 1.0
            past = [max(sum(self._days.get(day, ())) - spent, 0.0) for day in self._past]
        weighted = [(nano, self._weight(day, today % 7)) for nano, day in zip(past, self._past, strict=True)]
        low, high = (level * _quantile(weighted, share) for share in (0.1, 0.9))
        return level * rest, min(low, level * rest), max(high, level * rest), level

    def spread(self) -> float:
        """Standard deviation of a day's total from what was to be expected of it."""
        if len(self._past) < 2:
            return 0.0
        apart = [sum(self._days.get(day, ())) - sum(self.day(day)) for day in self._past]
        return float((sum(value * value for value in apart) / (len(apart) - 1)) ** 0.5)

    def _weight(self, day: int, weekday: int) -> float:
        recent: float = 0.5 ** ((self._today - day) / _HALF_LIFE_DAYS)
        return recent * (_SAME_WEEKDAY if day % 7 == weekday else 1.0)


def of_days(
    spent: int, spent_today: int, now: datetime, last: date, pattern: Pattern, pace: Pace, amount: Decimal | None = None
) -> Forecast:
    """Of a period that ends with the local day `last`, now or later, and in which `spent` 1e-9 CNY are gone.

    The pace of the last hour is taken for the rest of today only: nobody streams through a week.
    """
    if pattern.is_known:
        return _by_pattern(spent, spent_today, now, last, pattern, amount)
    if not pace.means_something or last != now.date():
        return NOTHING
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), now.tzinfo)
    rest = pace.a_second * max(end.timestamp() - now.timestamp(), 0.0)
    pieces = [(now.timestamp(), end.timestamp(), rest)]
    # It may stop at once; that it doubles is about as likely.
    return _said(spent, rest, 0.0, 2 * rest, "pace", pieces, now, amount)


def of_stream(
    spent: int,
    began: datetime,
    now: datetime,
    past: Sequence[PastStream],
    pace: Pace,
    amount: Decimal | None = None,
) -> Forecast:
    """Of a stream that is on, and began at an instant. Without some streams before it only the pace is known."""
    elapsed = max(now.timestamp() - began.timestamp(), 0.0)
    longer = [stream for stream in past if stream.seconds > elapsed and stream.nano > 0]
    at = now.timestamp()
    if len(past) < LEAST_STREAMS or not spent:
        if not pace.means_something or amount is None:
            return NOTHING
        left = float(amount.scaleb(9)) - spent
        gone_s = left / pace.a_second if left > 0 else -1.0
        gone = now + timedelta(seconds=gone_s) if 0 <= gone_s <= 86_400 else None
        return Forecast(gone_at=gone, method="pace")
    if longer:
        usual_so_far = sum(stream.until(elapsed) for stream in longer) / len(longer)
        usual = sum(stream.nano for stream in longer) / len(longer)
        level = _level(spent, usual_so_far, usual)
        rests = [(level * (stream.nano - stream.until(elapsed)), 1.0) for stream in longer]
        seconds = sum(stream.seconds for stream in longer) / len(longer) - elapsed
        rest = _quantile(rests, 0.5)
        low, high = _quantile(rests, 0.1), _quantile(rests, 0.9)
    else:
        # Longer than any before: it may be over at any moment.
        seconds = max(0.1 * elapsed, 600.0)
        rest = spent / max(elapsed, 1.0) * seconds
        low, high = 0.0, 3 * rest
    return _said(spent, rest, low, high, "pattern", [(at, at + seconds, rest)], now, amount)


def past_streams(cells: Iterable[tuple[int, int, Iterable[tuple[int, int, int]]]]) -> list[PastStream]:
    """From (first, last microsecond, hourly (first, last microsecond, 1e-9 CNY)) of each stream that is over."""
    found = []
    for first, last, hours in cells:
        if last <= first:
            continue
        ordered = sorted(hours)
        sums = accumulate(nano for _, _, nano in ordered)
        curve: list[tuple[float, float]] = []
        for (_, until, _), nano in zip(ordered, sums, strict=True):
            seconds = (until - first) / 1e6
            if curve and seconds <= curve[-1][0]:
                curve[-1] = (curve[-1][0], float(nano))
            else:
                curve.append((max(seconds, 1.0), float(nano)))
        found.append(PastStream(tuple(curve)))
    return found


def _by_pattern(
    spent: int, spent_today: int, now: datetime, last: date, pattern: Pattern, amount: Decimal | None
) -> Forecast:
    today = day_number(now.date())
    rest, low, high, level = pattern.rest(spent_today, now)
    pieces = _hours(now, [level * nano for nano in pattern.day(today)])
    days = (last - now.date()).days
    if days:
        midnight = datetime.combine(now.date(), datetime.min.time(), now.tzinfo)
        for ahead in range(1, days + 1):
            hours = pattern.day(today + ahead)
            rest += sum(hours)
            pieces += _hours(midnight + timedelta(days=ahead), hours)
        today_spread = max(high - low, 0.0) / (2 * _NORMAL_80)
        spread = _NORMAL_80 * (pattern.spread() ** 2 * days + today_spread**2) ** 0.5
        low, high = max(rest - spread, 0.0), rest + spread
    return _said(spent, rest, min(low, rest), max(high, rest), "pattern", pieces, now, amount)


def _level(spent: float, usual_so_far: float, usual: float) -> float:
    """How a day or stream goes on, against what is usual of it as a whole and until now."""
    if not usual:
        return 1.0
    return min((spent + _INERTIA * usual) / (usual_so_far + _INERTIA * usual), _MOST_LEVEL)


def _rest(hours: Sequence[float], hour: int, part: float) -> float:
    """What comes after a part of an hour of the day."""
    return hours[hour] * (1 - part) + sum(hours[hour + 1 :])


def _hours(start: datetime, hours: Sequence[float]) -> list[tuple[float, float, float]]:
    """(from, to, 1e-9 CNY) of the rest of a day, in epoch seconds."""
    pieces = []
    for hour in range(start.hour, 24):
        begin = start.replace(hour=hour, minute=0, second=0, microsecond=0)
        at, until = begin.timestamp(), begin.timestamp() + HOUR_S
        if hour == start.hour:
            left = max(until - start.timestamp(), 0.0)
            pieces.append((start.timestamp(), until, hours[hour] * left / HOUR_S))
        else:
            pieces.append((at, until, hours[hour]))
    return pieces


def _said(
    spent: int,
    rest: float,
    low: float,
    high: float,
    method: Method,
    pieces: Iterable[tuple[float, float, float]],
    now: datetime,
    amount: Decimal | None,
) -> Forecast:
    gone = Decimal(spent).scaleb(-9)  # which no rounding may take back
    return Forecast(
        max(gone, _cny(spent + rest)),
        max(gone, _cny(spent + min(low, rest))),
        max(gone, _cny(spent + max(high, rest))),
        _gone_at(spent, pieces, now, amount),
        method,
    )


def _gone_at(
    spent: int, pieces: Iterable[tuple[float, float, float]], now: datetime, amount: Decimal | None
) -> datetime | None:
    if amount is None:
        return None
    left = float(amount.scaleb(9)) - spent
    if left <= 0:
        return None
    for begin, end, nano in pieces:
        if nano > 0 and nano >= left:
            at = begin + (end - begin) * left / nano
            return datetime.fromtimestamp(at, now.tzinfo).replace(microsecond=0)
        left -= nano
    return None


def _cny(nano: float) -> Decimal:
    return Decimal(nano).scaleb(-9).quantize(_PLACES)


def _quantile(values: Sequence[tuple[float, float]], share: float) -> float:
    """Of (value, weight), between the two values that the share lies between."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    whole = sum(weight for _, weight in ordered)
    at, so_far, before = share * whole, 0.0, None
    for value, weight in ordered:
        middle = so_far + weight / 2
        if middle >= at:
            if before is None:
                return value
            return before[1] + (value - before[1]) * (at - before[0]) / (middle - before[0])
        before = middle, value
        so_far += weight
    return ordered[-1][0]
