"""Agreement on ordered levels: confusion, Cohen's κ, Gwet's AC1 and AC2, Krippendorff's α.

κ collapses where nearly everything is of one level, AC does not: both are shown, and the headline is AC2.

Sources: Cohen (1968), "Weighted kappa", Psychological Bulletin 70; Gwet (2008), "Computing inter-rater reliability and
its variance in the presence of high agreement", BJMSP 61, and Gwet (2014), "Handbook of Inter-Rater Reliability", 4th
ed., ch. 3–4; Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Weighting = Literal["identity", "linear", "quadratic"]
Metric = Literal["nominal", "ordinal", "interval"]
Table = NDArray[np.int64]

TOO_FEW = 50


def confusion(judge: ArrayLike, people: ArrayLike, levels: int) -> Table:
    """How often the judge said row and people said column.

    Args:
        judge: levels as numbers 0 … ``levels`` − 1, one for each item.
        people: levels of the same items.
        levels: how many there are, at least 2.

    Returns:
        A table of shape (levels, levels).

    Raises:
        ValueError: lengths differ, or a level lies outside the range.
    """
    rows, columns = np.asarray(judge, dtype=np.int64), np.asarray(people, dtype=np.int64)
    if rows.shape != columns.shape or rows.ndim != 1:
        raise ValueError("both sides need one level for each item")
    if levels < 2 or (rows.size and (min(rows.min(), columns.min()) < 0 or max(rows.max(), columns.max()) >= levels)):
        raise ValueError(f"levels lie between 0 and {levels - 1}")
    counted = np.bincount(rows * levels + columns, minlength=levels * levels)
    return counted.reshape(levels, levels).astype(np.int64)


def weights(levels: int, weighting: Weighting) -> NDArray[np.float64]:
    """How much two levels agree: 1 for the same, 0 for the ends of the scale, in between as the weighting says."""
    apart = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))) / (levels - 1)
    agree = {"identity": apart == 0, "linear": 1 - apart, "quadratic": 1 - apart**2}[weighting]
    return np.asarray(agree, dtype=np.float64)


def observed(table: Table, weighting: Weighting = "identity") -> float | None:
    """Share of agreement, in [0, 1]; None where nothing was rated."""
    total = table.sum()
    return None if total == 0 else float((table * weights(len(table), weighting)).sum() / total)


def cohen_kappa(table: Table, weighting: Weighting = "quadratic") -> float | None:
    """Cohen's (weighted) κ, at most 1; None where chance alone would agree always (all of one level)."""
    total = table.sum()
    if total == 0:
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    by_weight = weights(len(table), weighting)
    found, chance = (table * by_weight).sum() / total, (expected * by_weight).sum() / total
    return None if np.isclose(chance, 1.0) else float((found - chance) / (1 - chance))


def gwet(table: Table, weighting: Weighting = "quadratic") -> float | None:
    """Gwet's AC1 (``identity``) or AC2 (ordered weights), at most 1; None where nothing was rated."""
    total = table.sum()
    if total == 0:
        return None
    levels = len(table)
    by_weight = weights(levels, weighting)
    share = (table.sum(axis=1) + table.sum(axis=0)) / (2 * total)
    found = (table * by_weight).sum() / total
    chance = by_weight.sum() / (levels * (levels - 1)) * (share * (1 - share)).sum()
    return float((found - chance) / (1 - chance))


def krippendorff(ratings: Sequence[Sequence[int | None]], metric: Metric = "ordinal") -> float | None:
    """Krippendorff's α over any number of raters, with gaps.

    Args:
        ratings: one row for each rater, one column for each item; None where a rater did not rate it. Values are whole
            numbers; for ``ordinal`` only their order counts.
        metric: how far apart two values are.

    Returns:
        α, at most 1; None where no item has two ratings, or all ratings are the same.

    Raises:
        ValueError: rows of different lengths.
    """
    if len({len(row) for row in ratings}) > 1:
        raise ValueError("every rater needs a column for every item")
    values = sorted({value for row in ratings for value in row if value is not None})
    place = {value: index for index, value in enumerate(values)}
    together = np.zeros((len(values), len(values)))
    for column in zip(*ratings, strict=True):
        given = [place[value] for value in column if value is not None]
        if len(given) < 2:
            continue
        counts = np.bincount(given, minlength=len(values)).astype(np.float64)
        together += (np.outer(counts, counts) - np.diag(counts)) / (len(given) - 1)
    marginal = together.sum(axis=1)
    total = marginal.sum()
    if total == 0:
        return None
    apart = _distances(np.array(values, dtype=np.float64), marginal, metric)
    chance = (np.outer(marginal, marginal) * apart).sum() / (total - 1)
    return None if chance == 0 else float(1 - (together * apart).sum() / chance)


@dataclass(frozen=True)
class Rates:
    """The judge as a test of "people would sign": counts of its four outcomes, and of what it left to people."""

    both_yes: int
    judge_only: int
    people_only: int
    both_no: int
    left_to_people: int

    @property
    def decided(self) -> int:
        """Where both said something."""
        return self.both_yes + self.judge_only + self.people_only + self.both_no

    @property
    def enough(self) -> bool:
        """Whether there are enough labels to say anything."""
        return self.decided >= TOO_FEW


def rates(judge: Sequence[bool | None], people: Sequence[bool]) -> Rates:
    """Count how a judge's yes, no or None (left to people) goes with what people decided.

    Raises:
        ValueError: lengths differ.
    """
    pairs = list(zip(judge, people, strict=True))
    return Rates(
        both_yes=sum(said is True and signed for said, signed in pairs),
        judge_only=sum(said is True and not signed for said, signed in pairs),
        people_only=sum(said is False and signed for said, signed in pairs),
        both_no=sum(said is False and not signed for said, signed in pairs),
        left_to_people=sum(said is None for said, _ in pairs),
    )


def _distances(values: NDArray[np.float64], marginal: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    """Squared distance of each pair of values."""
    size = len(values)
    if metric == "nominal":
        return 1.0 - np.eye(size)
    if metric == "interval":
        return np.asarray(np.subtract.outer(values, values) ** 2, dtype=np.float64)
    # Ordinal: how many ratings lie from one value to the other, those at both ends counted half.
    upto = np.cumsum(marginal) - marginal / 2
    return np.asarray(np.subtract.outer(upto, upto) ** 2, dtype=np.float64)
