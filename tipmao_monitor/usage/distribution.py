"""How often each value of a measure occurs: exact percentiles and the guide's unusual values, kept up as calls come in.

Counting values instead of keeping all of them is exact and, for durations and costs as they are written, small.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Distribution:
    """The values of a measure in order, and how often each occurs."""

    def __init__(self) -> None:
        self.values: NDArray[np.float64] = np.empty(0)
        self.counts: NDArray[np.int64] = np.empty(0, np.int64)
        self._known: dict[tuple[float, ...], tuple[float, ...]] = {}

    @classmethod
    def of_all(cls, parts: Iterable[Distribution]) -> Distribution:
        """One with the values of all parts."""
        whole = cls()
        given = [part for part in parts if len(part.values)]
        if given:
            values = np.concatenate([part.values for part in given])
            order = np.argsort(values, kind="stable")  # quick, because the parts are in order
            values = values[order]
            starts = np.flatnonzero(np.diff(values, prepend=-np.inf))
            whole.values = values[starts]
            whole.counts = np.add.reduceat(np.concatenate([part.counts for part in given])[order], starts)
        return whole

    def add(self, values: NDArray[np.float64], counts: NDArray[np.int64]) -> None:
        """Merge distinct values in ascending order with their counts."""
        self._known.clear()
        at = np.searchsorted(self.values, values)
        known = np.zeros(len(values), bool)
        inside = at < len(self.values)
        known[inside] = self.values[at[inside]] == values[inside]
        if known.any():
            self.counts = self.counts.copy()
            self.counts[at[known]] += counts[known]
        if not known.all():
            fresh = ~known
            self.values = np.insert(self.values, at[fresh], values[fresh])
            self.counts = np.insert(self.counts, at[fresh], counts[fresh])

    def add_one(self, value: float) -> None:
        self.add(np.array([value]), np.array([1]))

    def percentiles(self, *fractions: float) -> tuple[float, ...] | None:
        """By linear interpolation between the closest ranks; None without values."""
        if not len(self.values):
            return None
        if known := self._known.get(fractions):
            return known
        ends = np.cumsum(self.counts)
        last = int(ends[-1]) - 1
        answer = []
        for fraction in fractions:
            rank = fraction * last
            low = int(rank)
            below, above = self.values[np.searchsorted(ends, [low, min(low + 1, last)], side="right")]
            answer.append(float(below + (above - below) * (rank - low)))
        self._known[fractions] = tuple(answer)
        return self._known[fractions]

    def unusual_above(self) -> float | None:
        """The guide's threshold for an unusual cost: mean + 2 standard deviations; None without values."""
        if not len(self.values):
            return None
        mean = np.average(self.values, weights=self.counts)
        deviation = np.sqrt(np.average((self.values - mean) ** 2, weights=self.counts))
        return float(mean + 2 * deviation)

    def count_above(self, threshold: float) -> int:
        return int(self.counts[np.searchsorted(self.values, threshold, side="right") :].sum())
