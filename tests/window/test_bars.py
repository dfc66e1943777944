"""The axis of a plot of bars: round numbers, told apart, and labels that keep a distance."""

from __future__ import annotations

import pytest

from tipmao_monitor.window.bars import money_ticks, readable_ticks, stride_that_fits
from tipmao_monitor.window.charts import DAY_STRIDES


@pytest.mark.parametrize(
    ("highest", "most", "ticks"),
    [
        (4.4, 4, (0, 2, 4, 6)),
        (10, 4, (0, 5, 10)),
        (0.0035, 4, (0, 0.001, 0.002, 0.003, 0.004)),
        (0, 4, (0, 1)),
        (1_234_567, 3, (0, 500_000, 1_000_000, 1_500_000)),
    ],
)
def test_ticks_are_round_numbers_that_reach_over_the_highest_bar(
    highest: float, most: int, ticks: tuple[float, ...]
) -> None:
    assert readable_ticks(highest, most) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ((0, 4, 8, 12), ("¥0", "¥4", "¥8", "¥12")),
        ((0, 0.5, 1.0), ("¥0", "¥0.5", "¥1.0")),
        ((0, 0.002, 0.004), ("¥0", "¥0.002", "¥0.004")),
        ((0, 5000, 10_000), ("¥0", "¥5,000", "¥10,000")),
        ((0, 500_000, 1_000_000), ("¥0", "¥500K", "¥1.0M")),
    ],
)
def test_ticks_of_money_have_as_many_decimals_as_tell_them_apart(
    ticks: tuple[float, ...], texts: tuple[str, ...]
) -> None:
    assert money_ticks(ticks) == texts


def test_labels_keep_a_distance_whatever_the_number_of_days() -> None:
    for slot in (1.0, 3.5, 12.0, 40.0, 90.0):
        assert stride_that_fits(slot, 34.0, DAY_STRIDES) * slot >= 34
