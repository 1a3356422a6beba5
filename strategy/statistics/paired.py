"""Two judges, or one before and after a change, on the same items: McNemar's exact test, and Holm's correction.

Sources: McNemar (1947), "Note on the sampling error of the difference between correlated proportions", Psychometrika
12; Fay (2010), "Two-sided exact tests and matching confidence intervals for discrete data", R Journal 2; Holm (1979),
"A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def mcnemar(only_before: int, only_after: int) -> float:
    """Two-sided exact p that two rates on the same items differ.

    Args:
        only_before: items right only before the change.
        only_after: items right only after it.

    Returns:
        p in (0, 1]; 1 where nothing changed.

    Raises:
        ValueError: a count is negative.
    """
    if min(only_before, only_after) < 0:
        raise ValueError("counts are not negative")
    n, fewer = only_before + only_after, min(only_before, only_after)
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return float(min(1.0, 2 * tail / 2**n))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p values, in the order given: those under a level hold together at that level.

    Raises:
        ValueError: a p value lies outside [0, 1].
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError("p values lie between 0 and 1")
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, position in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = highest
    return tuple(adjusted)
