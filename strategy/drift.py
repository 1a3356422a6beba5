"""Whether a judge drifts: anchors judged again, held against people's labels and against the first time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from strategy.criteria import CriteriaSet
from strategy.statistics.intervals import DRAWS, Interval, cluster_bootstrap, wilson
from strategy.statistics.paired import mcnemar


@dataclass(frozen=True)
class Anchor:
    """A frozen label and what the judge gives beside it; None where it gives no level.

    Attributes:
        scenario: id of the text; figures are clustered by it.
        criterion: its id.
        people: the level that people gave.
        now: the judge's level of this time.
        first: its level of the first time.
        compared: whether there was a first time for this anchor.
    """

    scenario: str
    criterion: str
    people: str
    now: str | None
    first: str | None = None
    compared: bool = False


@dataclass(frozen=True)
class Drift:
    """What became of a judge.

    Attributes:
        n: anchors.
        exact_now: share at people's level, with Wilson's interval; no level counts as another one.
        exact_then: the same of the first time, over the anchors that were judged then.
        compared: anchors that were judged both times.
        same: those of them with the same level both times.
        only_then: those at people's level the first time only.
        only_now: those at people's level this time only.
        p: McNemar's exact p that both times are alike; None without a first time.
        mean: how much higher this time's levels are than the first time's, on a scale from −1 to 1; without a first
            time, than people's. With an interval over scenarios.
    """

    n: int
    exact_now: Interval
    exact_then: Interval
    compared: int
    same: int
    only_then: int
    only_now: int
    p: float | None
    mean: Interval


def drift(anchors: Sequence[Anchor], criteria: CriteriaSet, *, seed: int, draws: int = DRAWS) -> Drift:
    """Compare two times of judging the same anchors.

    Args:
        anchors: of these criteria.
        criteria: give the levels and their order.
        seed: of the bootstrap.
        draws: of the bootstrap.
    """
    both = [each for each in anchors if each.compared]
    only_then = sum(each.first == each.people != each.now for each in both)
    only_now = sum(each.now == each.people != each.first for each in both)
    pairs = [
        (each.scenario, _place(criteria, each.criterion, each.now) - _place(criteria, each.criterion, before))
        for each in (both or anchors)
        if each.now is not None and (before := each.first if both else each.people) is not None
    ]
    moved = np.array([value for _, value in pairs])

    def mean(items: NDArray[np.intp]) -> float | None:
        return float(moved[items].mean())

    return Drift(
        n=len(anchors),
        exact_now=wilson(sum(each.now == each.people for each in anchors), len(anchors)),
        exact_then=wilson(sum(each.first == each.people for each in both), len(both)),
        compared=len(both),
        same=sum(each.now == each.first for each in both),
        only_then=only_then,
        only_now=only_now,
        p=mcnemar(only_then, only_now) if both else None,
        mean=cluster_bootstrap(mean, [scenario for scenario, _ in pairs], seed=seed, draws=draws),
    )


def _place(criteria: CriteriaSet, criterion_id: str, level: str | None) -> float:
    criterion = criteria.criterion(criterion_id)
    assert criterion is not None
    assert level is not None
    keys = [each.key for each in criterion.levels]
    return keys.index(level) / (len(keys) - 1)
