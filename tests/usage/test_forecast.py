"""What a forecast says of plain pasts, when it says nothing, and that its range holds what it promises."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from stores import SHANGHAI

from tipmao_monitor.usage.budgets import period_of
from tipmao_monitor.usage.forecast import NOTHING, Forecast, Pace, PastStream, Pattern, of_days, of_stream, past_streams
from tipmao_monitor.usage.localtime import day_number

YUAN = 10**9
TODAY = date(2025, 10, 26)  # a Sunday
MONTH_END = date(2025, 10, 31)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 10, 26, hour, minute, tzinfo=SHANGHAI)


def past(days: int, *hours: int, yuan: float = 1.0) -> Pattern:
    """So many whole days with the same in each of these hours."""
    first = day_number(TODAY)
    return Pattern({(first - ago, hour): int(yuan * YUAN) for ago in range(1, days + 1) for hour in hours}, TODAY)


def of_day(spent: float, now: datetime, pattern: Pattern, pace: Pace = Pace(), amount: int | None = None) -> Forecast:
    nano = int(spent * YUAN)
    return of_days(nano, nano, now, TODAY, pattern, pace, None if amount is None else Decimal(amount))


def test_day_like_all_days_ends_like_them() -> None:
    found = of_day(2.0, at(12), past(10, 8, 9, 20, 21), amount=3)
    assert found == Forecast(Decimal(4), Decimal(4), Decimal(4), at(21), "pattern")
    assert of_day(2.0, at(20, 30), past(10, 8, 9, 20, 21)).expected == pytest.approx(
        Decimal("3.25"), abs=Decimal("0.3")
    )


def test_less_than_what_is_spent_is_never_expected() -> None:
    now = at(23, 59)
    found = of_days(1_261_603_154, 1_261_603_154, now, TODAY, past(10, 8, 9), Pace())
    assert (found.expected, found.low, found.high) == (Decimal("1.261603154"),) * 3


def test_day_above_the_usual_goes_on_above_it() -> None:
    usual = of_day(2.0, at(12), past(10, 8, 9, 20, 21)).expected
    twice = of_day(4.0, at(12), past(10, 8, 9, 20, 21)).expected
    nothing = of_day(0.0, at(12), past(10, 8, 9, 20, 21)).expected
    assert usual is not None and twice is not None and nothing is not None
    assert Decimal(6) < twice < Decimal(8)
    assert Decimal(0) < nothing < usual - 2


def test_one_dear_call_is_not_taken_for_the_pace_of_the_rest() -> None:
    spent = of_day(100.0, at(12), past(10, 8, 9, 20, 21)).expected
    assert spent is not None and Decimal(102) < spent < Decimal(110)


def test_weekdays_differ_where_the_past_does() -> None:
    """Sundays cost ten times as much: three of four weeks say so."""
    first = day_number(TODAY)
    cells = {(first - ago, 20): (10 if ago % 7 == 0 else 1) * YUAN for ago in range(1, 29)}
    sunday = of_day(0.5, at(12), Pattern(cells, TODAY)).expected
    monday = TODAY + timedelta(days=1)
    now = datetime(2025, 10, 27, 12, tzinfo=SHANGHAI)
    weekday = of_days(0, 0, now, monday, Pattern(cells, monday), Pace()).expected
    assert sunday is not None and weekday is not None
    assert sunday > 2 * weekday


def test_nothing_is_said_on_no_ground() -> None:
    assert of_day(1.0, at(12), past(2, 8, 20)) == NOTHING
    assert of_day(1.0, at(12), past(3, 8, 20)).method == "pattern"
    for pace in (Pace(9, YUAN, 3600.0), Pace(100, YUAN, 60.0), Pace(100, 0, 3600.0)):
        assert of_day(1.0, at(12), past(2, 8, 20), pace, 10) == NOTHING
    of_month = of_days(YUAN, YUAN, at(12), MONTH_END, past(2, 8), Pace(100, YUAN, 3600.0), Decimal(10))
    assert of_month == NOTHING


def test_first_days_go_on_like_the_last_hour() -> None:
    found = of_day(4.0, at(18), past(0), Pace(50, 2 * YUAN, 3600.0), 10)
    assert (found.expected, found.method) == (Decimal(16), "pace")
    assert found.gone_at == at(21)
    assert found.low == 4 and found.high == 28
    assert of_day(4.0, at(18), past(0), Pace(50, 2 * YUAN, 3600.0), 17).gone_at is None
    assert of_day(11.0, at(18), past(0), Pace(50, 2 * YUAN, 3600.0), 10).gone_at is None


def test_month_goes_on_like_its_days() -> None:
    now = at(22)
    found = of_days(26 * YUAN, YUAN, now, MONTH_END, past(25, 20), Pace(), Decimal(29))
    assert found.expected == pytest.approx(Decimal(31), abs=Decimal("0.001"))
    assert found.gone_at is not None
    # The 27th and 28th bring two yuan, and the hour from 20:00 on of the 29th the last.
    assert abs(found.gone_at - datetime(2025, 10, 29, 21, tzinfo=SHANGHAI)) < timedelta(minutes=1)


def test_days_without_calls_count_as_nothing() -> None:
    first = day_number(TODAY)
    every_second = Pattern({(first - ago, 20): YUAN for ago in range(2, 27, 2)}, TODAY)
    found = of_days(0, 0, at(22), MONTH_END, every_second, Pace())
    assert found.expected is not None and Decimal("1.5") < found.expected < Decimal("3.5")


def test_days_whose_hours_are_not_known_still_say_what_a_day_costs() -> None:
    first = day_number(TODAY)
    by_days = Pattern({(first - ago, None): 2 * YUAN for ago in range(1, 20)}, TODAY)
    assert of_day(2.0, at(18), by_days).expected == 2
    assert of_day(0.5, at(18), by_days).expected == pytest.approx(Decimal(2), abs=Decimal("0.001"))


@pytest.mark.parametrize("hour", [9, 15, 21])
def test_four_of_five_days_end_within_the_range(hour: int) -> None:
    chance, inside, days = Random(7), 0, 200
    cells: dict[tuple[int, int | None], int] = {}
    first = day_number(TODAY)
    for day in range(first - 30, first + days):
        level = chance.uniform(0.5, 1.5)
        for each in (8, 12, 19, 20, 21, 22):
            cells[day, each] = int(level * chance.uniform(0.5, 1.5) * YUAN)
    for day in range(first, first + days):
        now = datetime(2025, 10, 26, hour, tzinfo=SHANGHAI) + timedelta(days=day - first)
        seen = {cell: nano for cell, nano in cells.items() if cell[0] < day}
        spent = sum(nano for (of, each), nano in cells.items() if of == day and each is not None and each < hour)
        real = Decimal(sum(nano for (of, _), nano in cells.items() if of == day)) / YUAN
        found = of_days(spent, spent, now, now.date(), Pattern(seen, now.date()), Pace())
        assert found.low is not None and found.high is not None
        inside += found.low <= real <= found.high
    assert 0.65 * days <= inside <= 0.97 * days


@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 10, 26)])
def test_days_of_23_and_25_hours_have_a_time_at_which_it_is_gone(day: date) -> None:
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    first = day_number(day)
    pattern = Pattern({(first - ago, hour): YUAN for ago in range(1, 15) for hour in range(24)}, day)
    now = datetime(day.year, day.month, day.day, 1, tzinfo=berlin)
    found = of_days(YUAN, YUAN, now, day, pattern, Pace(), Decimal(10))
    assert found.gone_at is not None and found.gone_at.date() == day
    _, last = period_of("month", day)
    assert of_days(YUAN, YUAN, now, last, pattern, Pace(), Decimal(10**6)).gone_at is None


# Streams

SIX_HOURS = PastStream(tuple((3600.0 * hour, float(hour * YUAN)) for hour in range(1, 7)))


def test_stream_like_all_streams_ends_like_them() -> None:
    began = at(12)
    found = of_stream(2 * YUAN, began, at(14), [SIX_HOURS] * 5, Pace(), Decimal(5))
    assert found.expected == pytest.approx(Decimal(6), abs=Decimal("0.001"))
    assert found.method == "pattern"
    assert found.gone_at is not None and abs(found.gone_at - at(17)) < timedelta(minutes=1)
    assert of_stream(2 * YUAN, began, at(14), [SIX_HOURS] * 5, Pace(), Decimal(7)).gone_at is None


def test_first_streams_have_no_end_but_a_pace() -> None:
    pace = Pace(60, 2 * YUAN, 3600.0)
    found = of_stream(2 * YUAN, at(12), at(13), [SIX_HOURS] * 2, pace, Decimal(6))
    assert found == Forecast(gone_at=at(15), method="pace")
    assert of_stream(2 * YUAN, at(12), at(13), [], Pace(3, YUAN, 3600.0), Decimal(6)) == NOTHING
    assert of_stream(2 * YUAN, at(12), at(13), [], pace, Decimal(1)).gone_at is None


def test_stream_that_is_longer_than_any_before_may_end_at_any_moment() -> None:
    found = of_stream(8 * YUAN, at(12), at(20), [SIX_HOURS] * 5, Pace())
    assert found.expected is not None and found.low == 8 and 8 < found.expected < 10


def test_past_streams_are_read_from_their_hours() -> None:
    hour = 3600 * 10**6
    begin = 5 * hour + 10
    [stream] = past_streams(
        [(begin, begin + 2 * hour, [(begin + hour, begin + 2 * hour, 3), (begin, begin + hour // 2, 1)]), (7, 7, [])]
    )
    assert stream.curve == ((1800.0, 1.0), (7200.0, 4.0))
    assert [stream.until(s) for s in (0.0, 900.0, 1800.0, 7200.0, 9000.0)] == [0.0, 0.5, 1.0, 4.0, 4.0]
