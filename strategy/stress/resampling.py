"""Means over pairs that come in scenarios, with intervals from drawing whole scenarios again: all draws at once.

The same percentile interval as ``strategy.statistics.intervals.cluster_bootstrap``, for means and their differences
only, so that thousands of pairs under every kind of change take milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from strategy.statistics.intervals import DRAWS, LEVEL, Interval

Floats = NDArray[np.float64]
Chosen = NDArray[np.bool_]


class Resampled:
    """Draws of scenarios.

    Args:
        scenarios: for each item, which scenario it belongs to.
        seed: makes the draws repeatable.
    """

    def __init__(self, scenarios: Sequence[object], *, seed: int) -> None:
        places: dict[object, int] = {}
        self._scenario = np.array([places.setdefault(each, len(places)) for each in scenarios], dtype=np.intp)
        self._count = len(places)
        if places:
            even = np.full(self._count, 1 / self._count)
            self._times = np.random.default_rng(seed).multinomial(self._count, even, size=DRAWS).astype(np.float64)

    def mean(self, values: Floats, chosen: Chosen) -> tuple[float | None, Floats]:
        """The mean of the chosen items, and in every draw; nan where a draw has none of them."""
        if not chosen.any():
            return None, np.full(DRAWS, np.nan)
        where = self._scenario[chosen]
        sums = np.bincount(where, values[chosen], self._count)
        counts = np.bincount(where, minlength=self._count).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            drawn: Floats = (self._times @ sums) / (self._times @ counts)
        return float(values[chosen].mean()), drawn

    def interval(self, estimate: float | None, drawn: Floats, n: int) -> Interval:
        """The interval; none from fewer than two scenarios, or where a tenth of the draws tells nothing."""
        known = drawn[~np.isnan(drawn)]
        if estimate is None or self._count < 2 or len(known) < 0.9 * DRAWS:
            return Interval(estimate, None, None, n)
        tail = (1 - LEVEL) / 2
        low, high = np.quantile(known, [tail, 1 - tail])
        return Interval(estimate, float(low), float(high), n)

    def above(self, values: Floats, chosen: Chosen, floor: Chosen, *, least: float | None = None) -> Interval:
        """By how much the mean of the chosen items lies over that of others; over nothing where there are none.

        Args:
            values: of all items.
            chosen: the items in question.
            floor: those that are taken off.
            least: differences below it count as this.
        """
        (here, drawn), (base, drawn_base) = self.mean(values, chosen), self.mean(values, floor)
        if here is None:
            return Interval(None, None, None, 0)
        differences = drawn - np.nan_to_num(drawn_base)
        found = here - (base or 0.0)
        if least is not None:
            found, differences = max(found, least), np.maximum(differences, least)
        return self.interval(found, differences, int(chosen.sum()))
