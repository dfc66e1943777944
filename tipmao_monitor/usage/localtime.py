"""Calendar days and hours of the display time zone, in Python and in SQL from one source.

The database knows nothing of zones: it gets the zone's offsets as plain numbers, so that both agree to the
microsecond. The newcomer's mistake: a day is not 86,400 s; on days of 23 and 25 hours its end is the next day's start.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
EPOCH = date(1970, 1, 1)
_STEP_S = 3 * 86_400  # since 2015 no zone has kept an offset for less than six days,
_BY_RULE_S = 130 * 365 * 86_400  # and from here on only the yearly rules are known, which keep one for months
_LONG_STEP_S = 14 * 86_400


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_from_number(number: int) -> date:
    return EPOCH + timedelta(days=number)


class Zone:
    """A time zone as the calendar of the screen. `name` is the IANA name."""

    def __init__(self, info: tzinfo) -> None:
        self.info = info
        self.name = info.key if isinstance(info, ZoneInfo) else str(info)

    def start_us(self, day: date) -> int:
        """UTC microseconds at which the calendar day begins."""
        return int(datetime.combine(day, time(), self.info).timestamp()) * SECOND

    def span_us(self, first: date, last: date) -> tuple[int, int]:
        """From the start of `first` to the end of `last` (exclusive), in UTC microseconds."""
        end = self.start_us(last + timedelta(days=1)) if last < date.max else self.start_us(last) + DAY
        return self.start_us(first), end

    def at(self, us: int) -> datetime:
        """The aware local time of UTC microseconds."""
        return datetime.fromtimestamp(us // SECOND, UTC).replace(microsecond=us % SECOND).astimezone(self.info)

    def day_of(self, us: int) -> date:
        return self.at(us).date()

    def local(self, now: datetime) -> datetime:
        """An aware instant in this zone."""
        return now.astimezone(self.info)

    def offsets(self, first_us: int, last_us: int) -> list[tuple[int, int]]:
        """(from UTC microseconds, offset in microseconds) for each stretch of equal offset within the span."""
        first, last = first_us // SECOND, last_us // SECOND
        stretches = [(first, self._offset_s(first))]
        at = first
        while at < last:
            step = min(at + (_STEP_S if at < _BY_RULE_S else _LONG_STEP_S), last)
            if self._offset_s(step) != stretches[-1][1]:
                low, high = at, step
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self._offset_s(middle) == stretches[-1][1] else (low, middle)
                stretches.append((high, self._offset_s(high)))
            at = step
        return [(start * SECOND, offset * SECOND) for start, offset in stretches]

    def local_sql(self, column: str, first_us: int, last_us: int) -> str:
        """SQL of `column` (UTC microseconds) moved to local wall-clock microseconds, valid within the span."""
        stretches = self.offsets(first_us, last_us)
        if len(stretches) == 1:
            return f"({column} + {stretches[0][1]})"
        branches = " ".join(f"WHEN {column} >= {start} THEN {offset}" for start, offset in reversed(stretches[1:]))
        return f"({column} + CASE {branches} ELSE {stretches[0][1]} END)"

    def _offset_s(self, epoch_s: int) -> int:
        offset = datetime.fromtimestamp(epoch_s, self.info).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0
