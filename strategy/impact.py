"""What a change of criteria does to the decided history: which outcomes flip, and how agreement with people moves.

Two scorings of the same decisions are held against each other. Every interval comes from one bootstrap that draws whole
scenarios; because only the counts of a drawn scenario matter, scenarios with the same counts are drawn together, which
gives the same distribution at a cost that hardly grows with the history.

Sources: see ``strategy.statistics``; Efron and Tibshirani (1993), "An Introduction to the Bootstrap", ch. 6, for
drawing from counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from strategy.history import OUTCOMES, Counts, Flags
from strategy.statistics.agreement import TOO_FEW
from strategy.statistics.intervals import DRAWS, LEVEL, Interval, wilson
from strategy.statistics.paired import mcnemar
from strategy.verdict import Outcome

ALIGNED, REVISE = OUTCOMES.index(Outcome.ALIGNED), OUTCOMES.index(Outcome.REVISE)
_SAYS = 3  # aligned, revise, or left to people
_MOST_UNDEFINED = 0.1  # share of draws in which a figure may be undefined


class Held(StrEnum):
    """Whether agreement on the decisions that are kept for measuring holds under a change."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"  # too few of them to tell


@dataclass(frozen=True)
class Agreed:
    """How outcomes go with what people decided.

    Attributes:
        n: decisions.
        agreeing: of them, aligned and signed, or to be revised and not signed.
        left: outcomes that a person would have to settle first; they agree with nobody.
        share: ``agreeing`` of ``n``, with Wilson's interval.
        ac1: Gwet's AC1 where the outcome says yes or no, with an interval over scenarios.
    """

    n: int
    agreeing: int
    left: int
    share: Interval
    ac1: Interval


@dataclass(frozen=True)
class Impact:
    """Agreement before and after a change, on the same decisions.

    Attributes:
        before: under the criteria in force.
        after: under the proposed ones.
        difference: of the shares, after less before, with an interval over scenarios; drawn in pairs.
        only_before: decisions that go with people only before.
        only_after: decisions that go with people only after.
        p: of McNemar's exact test that the two shares differ.
    """

    before: Agreed
    after: Agreed
    difference: Interval
    only_before: int
    only_after: int
    p: float

    @property
    def enough(self) -> bool:
        """Whether there are enough decisions to say anything."""
        return self.before.n >= TOO_FEW

    @property
    def held(self) -> Held:
        """Whether agreement holds: it fails where it goes down, and the whole interval of the difference with it."""
        if not self.enough or self.difference.high is None:
            return Held.UNDECIDED
        return Held.FAILS if self.difference.high < 0 else Held.HOLDS


def impact(
    before: Counts, after: Counts, signed: Flags, scenarios: Sequence[object], *, seed: int = 0, draws: int = DRAWS
) -> Impact:
    """Hold two scorings of the same decisions against each other.

    Args:
        before: outcomes under the criteria in force, as numbers into ``OUTCOMES``; of shape (decisions,).
        after: outcomes under the proposed ones, of the same shape.
        signed: whether people signed, of the same shape.
        scenarios: for each decision, the piece of work it was about.
        seed: of the bootstrap.
        draws: of the bootstrap.

    Raises:
        ValueError: the lengths differ.
    """
    if not len(before) == len(after) == len(signed) == len(scenarios):
        raise ValueError("every decision needs both outcomes, what people decided, and its scenario")
    first, then = np.minimum(before, _SAYS - 1), np.minimum(after, _SAYS - 1)
    cell = ((first * _SAYS + then) * 2 + signed).astype(np.int64)
    size = _SAYS * _SAYS * 2
    whole = np.bincount(cell, minlength=size).astype(np.float64).reshape(_SAYS, _SAYS, 2)
    drawn = _drawn(cell, scenarios, size, seed, draws)
    right_before, right_after = with_people(before, signed), with_people(after, signed)
    only_before = int((right_before & ~right_after).sum())
    only_after = int((~right_before & right_after).sum())
    both = (_share(whole.sum(axis=0)) - _share(whole.sum(axis=1)), len(before))
    apart = None if drawn is None else _share(drawn.sum(axis=1)) - _share(drawn.sum(axis=2))
    return Impact(
        before=_agreed(before, signed, whole.sum(axis=1), None if drawn is None else drawn.sum(axis=2)),
        after=_agreed(after, signed, whole.sum(axis=0), None if drawn is None else drawn.sum(axis=1)),
        difference=_interval(float(both[0]), apart, both[1]),
        only_before=only_before,
        only_after=only_after,
        p=mcnemar(only_before, only_after),
    )


def with_people(outcomes: Counts, signed: Flags) -> Flags:
    """Which outcomes go with what people decided."""
    found: Flags = np.asarray(np.where(signed, outcomes == ALIGNED, outcomes == REVISE), dtype=np.bool_)
    return found


def reversals(before: Counts, after: Counts, signed: Flags) -> Flags:
    """Which flips take back what people signed: signed texts that were aligned and would not be any more."""
    found: Flags = np.asarray(signed & (before == ALIGNED) & (after != ALIGNED), dtype=np.bool_)
    return found


def _agreed(outcomes: Counts, signed: Flags, table: NDArray[np.float64], drawn: NDArray[np.float64] | None) -> Agreed:
    right, n = int(with_people(outcomes, signed).sum()), len(outcomes)
    told = int((outcomes <= REVISE).sum())
    return Agreed(
        n=n,
        agreeing=right,
        left=n - told,
        share=wilson(right, n),
        ac1=_interval(float(_ac1(table)), None if drawn is None else _ac1(drawn), told),
    )


def _drawn(cell: Counts, scenarios: Sequence[object], size: int, seed: int, draws: int) -> NDArray[np.float64] | None:
    """Resampled counts, of shape (draws, before, after, signed); None from fewer than two scenarios."""
    place: dict[object, int] = {}
    cluster = np.array([place.setdefault(each, len(place)) for each in scenarios], dtype=np.int64)
    if len(place) < 2:
        return None
    held, counted = np.unique(cluster * size + cell, return_counts=True)
    of_cluster = np.zeros((len(place), size), dtype=np.int64)
    of_cluster[held // size, held % size] = counted
    patterns, often = np.unique(of_cluster, axis=0, return_counts=True)
    taken = np.random.default_rng(seed).multinomial(len(place), often / len(place), size=draws)
    return (taken @ patterns).astype(np.float64).reshape(draws, _SAYS, _SAYS, 2)


def _share(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of agreement in tables of shape (…, outcome, signed)."""
    agree = tables[..., ALIGNED, 1] + tables[..., REVISE, 0]
    with np.errstate(invalid="ignore"):
        return np.asarray(agree / tables.sum(axis=(-2, -1)))


def _ac1(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gwet's AC1 of yes and no in tables of shape (…, outcome, signed)."""
    told = tables[..., :_REFERRED, :]
    total = told.sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (told[..., ALIGNED, 1] + told[..., REVISE, 0]) / total
        yes = (told[..., ALIGNED, :].sum(axis=-1) + told[..., 1].sum(axis=-1)) / (2 * total)
        chance = 2 * yes * (1 - yes)
        return np.asarray((found - chance) / (1 - chance))


_REFERRED = _SAYS - 1  # from here on a person would have to settle something first


def _interval(estimate: float, drawn: NDArray[np.float64] | None, n: int) -> Interval:
    if np.isnan(estimate):
        return Interval(None, None, None, n)
    known = np.array([]) if drawn is None else drawn[~np.isnan(drawn)]
    if drawn is None or len(known) < (1 - _MOST_UNDEFINED) * len(drawn):
        return Interval(estimate, None, None, n)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high), n)
