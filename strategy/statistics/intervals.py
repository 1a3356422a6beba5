"""Intervals: Wilson's for a rate, and a bootstrap that draws whole clusters for everything else.

Sources: Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22; Newcombe
(1998), "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, method 3; Field and Welsh
(2007), "Bootstrapping clustered data", JRSS B 69.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
DRAWS = 2000


@dataclass(frozen=True)
class Interval:
    """A figure with the interval around it; ``low`` and ``high`` are None where the data cannot tell."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def told(self) -> bool:
        """Whether there is a figure and an interval."""
        return None not in (self.estimate, self.low, self.high)


def wilson(successes: int, n: int, *, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a rate.

    Args:
        successes: in 0 … n.
        n: number of independent trials; 0 gives no figure.
        level: of confidence, in (0, 1).

    Raises:
        ValueError: ``successes`` lies outside 0 … n, or ``level`` outside (0, 1).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials")
    z = _z(level)
    if n == 0:
        return Interval(None, None, None, 0)
    rate = successes / n
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == n else min(1.0, middle + half)
    return Interval(rate, low, high, n)


def smallest_n(*, below: float, level: float = LEVEL) -> int:
    """How many trials without a single success it takes until Wilson's upper bound lies under ``below``.

    Raises:
        ValueError: ``below`` lies outside (0, 1).
    """
    if not 0 < below < 1:
        raise ValueError(f"a rate lies between 0 and 1, not at {below}")
    z = _z(level)
    return math.floor(z * z * (1 - below) / below) + 1  # the bound without a success is z²/(n + z²)


def cluster_bootstrap(
    statistic: Callable[[NDArray[np.intp]], float | None],
    clusters: Sequence[object],
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval:
    """Percentile interval of a statistic over items that come in clusters, such as several criteria of one scenario.

    Args:
        statistic: of the items at these positions (an index array, with repetitions); None where it is not defined.
        clusters: for each item, which cluster it belongs to.
        seed: makes the draws repeatable.
        draws: number of resamples.
        level: of confidence, in (0, 1).

    Returns:
        The statistic on all items, with its interval; no interval from fewer than two clusters, or where the statistic
        is undefined in more than a tenth of the draws.
    """
    items = np.arange(len(clusters))
    estimate = statistic(items) if len(items) else None
    by_cluster: dict[object, list[int]] = {}
    for position, cluster in enumerate(clusters):
        by_cluster.setdefault(cluster, []).append(position)
    groups = [np.array(positions) for positions in by_cluster.values()]
    if estimate is None or len(groups) < 2:
        return Interval(estimate, None, None, len(items))
    random = np.random.default_rng(seed)
    found = []
    for drawn in random.integers(0, len(groups), size=(draws, len(groups))):
        value = statistic(np.concatenate([groups[each] for each in drawn]))
        if value is not None:
            found.append(value)
    if len(found) < 0.9 * draws:
        return Interval(estimate, None, None, len(items))
    tail = (1 - level) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high), len(items))


def _z(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level of confidence lies between 0 and 1, not at {level}")
    return NormalDist().inv_cdf(1 - (1 - level) / 2)
