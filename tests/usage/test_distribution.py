"""Exact percentiles and the guide's threshold, from values that come in any order and any portions."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipmao_monitor.usage.distribution import Distribution

VALUES = st.floats(0, 1e7) | st.sampled_from([0.0, 1245.6, 5000.0, 1e-9])


def portion(values: list[float]) -> Distribution:
    found = Distribution()
    found.add(*np.unique(np.array(values, dtype=float), return_counts=True))
    return found


@given(st.lists(st.lists(VALUES, max_size=20), max_size=5))
@settings(deadline=None)
def test_portions_add_up_to_the_whole(portions: list[list[float]]) -> None:
    whole, one_by_one = Distribution(), Distribution()
    for values in portions:
        part = portion(values)
        whole.add(part.values, part.counts)
        whole.percentiles(0.5, 0.95, 0.99)  # what is known by now must not stay
        for value in values:
            one_by_one.add_one(value)
    flat = portion([value for values in portions for value in values])
    for found in (whole, one_by_one, Distribution.of_all(map(portion, portions))):
        assert found.values.tolist() == flat.values.tolist()
        assert found.counts.tolist() == flat.counts.tolist()
        assert found.percentiles(0.5, 0.95, 0.99) == flat.percentiles(0.5, 0.95, 0.99)


@given(st.lists(VALUES, min_size=1, max_size=60), st.floats(0, 1))
@settings(deadline=None)
def test_percentiles_are_interpolated_between_the_closest_ranks(values: list[float], fraction: float) -> None:
    found = portion(values)
    expected = np.percentile(values, [100 * fraction, 50], method="linear")
    assert found.percentiles(fraction, 0.5) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert found.percentiles(0, 1) == (min(values), max(values))


def test_one_value_is_every_percentile() -> None:
    assert portion([7.5]).percentiles(0.5, 0.95, 0.99) == (7.5, 7.5, 7.5)


def test_without_values_nothing_is_said() -> None:
    assert Distribution().percentiles(0.5) is None
    assert Distribution().unusual_above() is None
    assert Distribution().count_above(0) == 0


@given(st.lists(VALUES, min_size=1, max_size=60))
@settings(deadline=None)
def test_unusual_is_above_the_mean_and_two_standard_deviations(values: list[float]) -> None:
    threshold = portion(values).unusual_above()
    assert threshold is not None
    expected = statistics.fmean(values) + 2 * statistics.pstdev(values)
    assert math.isclose(threshold, expected, rel_tol=1e-6, abs_tol=1e-6)
    assert portion(values).count_above(threshold) == sum(value > threshold for value in values)


@pytest.mark.parametrize("cost", [1.0, 15_600_000.0, 333_333_333.0, 1e15])
@pytest.mark.parametrize("calls", [1, 2, 3, 7, 1000, 99_999])
def test_calls_that_all_cost_the_same_are_not_unusual(cost: float, calls: int) -> None:
    found = Distribution()
    found.add(np.array([cost]), np.array([calls]))
    threshold = found.unusual_above()
    assert threshold is not None
    assert found.count_above(threshold) == 0
