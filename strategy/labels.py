"""What people said about the judge's levels, and how far it agrees with them as a team.

Labels are split once and for all, by scenario: some may be tuned on, and on the others a judge is measured. Nobody's
own rate is worked out anywhere: a label has no name here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from strategy.criteria import CriteriaSet, Criterion
from strategy.statistics.agreement import TOO_FEW, Table, cohen_kappa, confusion, gwet, krippendorff, weights
from strategy.statistics.intervals import DRAWS, LEVEL, Interval, cluster_bootstrap, wilson

HELD_SHARE = 0.4


@dataclass(frozen=True)
class Label:
    """A person's own level for one criterion of one scenario, beside the judge's.

    Attributes:
        scenario: id of the text; figures are clustered by it.
        criterion: its id.
        judge: key of the judge's level; None where it abstained or was set aside.
        people: key of the person's level.
        labeller: a number that tells people apart within one report, and nobody to anybody.
        blind: whether the person had not seen the judge's level.
    """

    scenario: str
    criterion: str
    judge: str | None
    people: str
    labeller: int
    blind: bool = False


@dataclass(frozen=True)
class CriterionAgreement:
    """How a judge agrees with people on one criterion.

    Attributes:
        criterion: its id.
        n: labels where both gave a level.
        abstained: labels where the judge gave none.
        table: judge (rows) by people (columns), levels from lowest to highest.
        exact: share at the same level, with Wilson's interval.
        ac2: Gwet's AC2 with quadratic weights, with an interval over scenarios.
        ac1: Gwet's AC1.
        kappa: Cohen's κ with quadratic weights, with an interval over scenarios.
        alpha: Krippendorff's α among the people, where several labelled the same.
    """

    criterion: str
    n: int
    abstained: int
    table: Table
    exact: Interval
    ac2: Interval
    ac1: float | None
    kappa: Interval
    alpha: float | None

    @property
    def enough(self) -> bool:
        """Whether there are enough labels to say anything."""
        return self.n >= TOO_FEW


@dataclass(frozen=True)
class Agreement:
    """How a judge agrees with people, over all criteria and on each."""

    n: int
    abstained: int
    exact: Interval
    ac2: Interval
    by_criterion: tuple[CriterionAgreement, ...]

    @property
    def enough(self) -> bool:
        """Whether there are enough labels to say anything."""
        return self.n >= TOO_FEW


def held_out(scenario: str, salt: str) -> bool:
    """Whether labels of a scenario are kept for measuring; the same for ever, and for every criterion of it.

    Args:
        scenario: id of the piece of work, so that all versions of a text fall on the same side.
        salt: of the programme.
    """
    return int.from_bytes(sha256(f"{salt}|{scenario}".encode()).digest()[:8], "big") < HELD_SHARE * 2**64


def told_level(counts: Mapping[str, int]) -> str | None:
    """The level that most of a judge's samples gave, whatever a person made of it afterwards.

    Args:
        counts: as a ``CriterionResult`` has them: valid samples per level key, the others as ``status:…``.

    Returns:
        None where it gave none: no valid sample, several levels alike, at least as many abstentions, or a majority of
        samples that could not be used.
    """
    levels = Counter({key: found for key, found in counts.items() if not key.startswith("status:") and found > 0})
    valid, abstained = levels.total(), counts.get("status:abstained", 0)
    if not valid or abstained >= valid or 2 * (valid + abstained) < sum(counts.values()):
        return None
    (key, most), *others = levels.most_common(2)
    return None if others and others[0][1] == most else key


def agreement(labels: Sequence[Label], criteria: CriteriaSet, *, seed: int = 0, draws: int = DRAWS) -> Agreement:
    """How far a judge agrees with people.

    Args:
        labels: of any criteria; those of criteria or levels that are gone are left out.
        criteria: gives the levels and their order.
        seed: of the bootstrap.
        draws: of the bootstrap.
    """
    known = [each for each in labels if _known(each, criteria)]
    told = [each for each in known if each.judge is not None]
    parts = tuple(
        _of_criterion(criterion, [each for each in known if each.criterion == criterion.id], seed, draws)
        for criterion in criteria.criteria
    )
    distances = np.array([_alike(each, criteria) for each in told])
    scenarios = [each.scenario for each in told]
    same = sum(each.judge == each.people for each in told)
    return Agreement(
        n=len(told),
        abstained=len(known) - len(told),
        exact=wilson(same, len(told)),
        ac2=cluster_bootstrap(lambda items: _pooled(distances[items]), scenarios, seed=seed, draws=draws),
        by_criterion=parts,
    )


def _known(label: Label, criteria: CriteriaSet) -> bool:
    criterion = criteria.criterion(label.criterion)
    if criterion is None or criterion.level(label.people) is None:
        return False
    return label.judge is None or criterion.level(label.judge) is not None


def _of_criterion(criterion: Criterion, labels: Sequence[Label], seed: int, draws: int) -> CriterionAgreement:
    rank = {level.key: number for number, level in enumerate(criterion.levels)}
    told = [each for each in labels if each.judge is not None]
    judge = np.array([rank[str(each.judge)] for each in told], dtype=np.int64)
    people = np.array([rank[each.people] for each in told], dtype=np.int64)
    scenarios = [each.scenario for each in told]
    size = len(rank)
    table = confusion(judge, people, size)

    drawn = _drawn(judge, people, scenarios, size, seed, draws)
    return CriterionAgreement(
        criterion=criterion.id,
        n=len(told),
        abstained=len(labels) - len(told),
        table=table,
        exact=wilson(int(np.trace(table)), len(told)),
        ac2=_interval(gwet, _gwets, table, drawn),
        ac1=gwet(table, "identity"),
        kappa=_interval(cohen_kappa, _kappas, table, drawn),
        alpha=_among_people(labels, rank),
    )


def _drawn(
    judge: NDArray[np.int64], people: NDArray[np.int64], scenarios: Sequence[str], size: int, seed: int, draws: int
) -> NDArray[np.float64] | None:
    """The tables of resampled scenarios, of shape (draws, size, size): the draws of ``cluster_bootstrap``, all at once.

    None from fewer than two scenarios.
    """
    number = {scenario: place for place, scenario in enumerate(dict.fromkeys(scenarios))}
    if len(number) < 2:
        return None
    each = np.zeros((len(number), size, size))
    np.add.at(each, (np.array([number[scenario] for scenario in scenarios]), judge, people), 1)
    chosen = np.random.default_rng(seed).integers(0, len(number), size=(draws, len(number)))
    cells = np.arange(draws)[:, None] * len(number) + chosen
    times = np.bincount(cells.ravel(), minlength=draws * len(number)).reshape(draws, len(number))
    return np.tensordot(times.astype(np.float64), each, axes=1)


def _interval(
    one: Callable[[Table], float | None],
    many: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    table: Table,
    drawn: NDArray[np.float64] | None,
) -> Interval:
    """As ``cluster_bootstrap`` gives it, from tables that were drawn; NaN is where a coefficient is not defined."""
    estimate, n = one(table), int(table.sum())
    if estimate is None or drawn is None:
        return Interval(estimate, None, None, n)
    found = many(drawn)
    found = found[~np.isnan(found)]
    if len(found) < 0.9 * len(drawn):
        return Interval(estimate, None, None, n)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high), n)


def _gwets(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """``gwet`` with quadratic weights of many tables."""
    size, total = tables.shape[1], tables.sum(axis=(1, 2))
    by_weight = weights(size, "quadratic")
    share = (tables.sum(axis=2) + tables.sum(axis=1)) / (2 * total)[:, None]
    found = (tables * by_weight).sum(axis=(1, 2)) / total
    chance = by_weight.sum() / (size * (size - 1)) * (share * (1 - share)).sum(axis=1)
    return np.asarray((found - chance) / (1 - chance), dtype=np.float64)


def _kappas(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """``cohen_kappa`` with quadratic weights of many tables; NaN where chance alone would agree always."""
    total = tables.sum(axis=(1, 2))
    by_weight = weights(tables.shape[1], "quadratic")
    expected = tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :] / total[:, None, None]
    found, chance = ((each * by_weight).sum(axis=(1, 2)) / total for each in (tables, expected))
    certain = np.isclose(chance, 1.0)
    return np.where(certain, np.nan, (found - chance) / np.where(certain, 1.0, 1 - chance))


def _among_people(labels: Sequence[Label], rank: dict[str, int]) -> float | None:
    people = sorted({each.labeller for each in labels})
    scenarios = sorted({each.scenario for each in labels})
    given = {(each.labeller, each.scenario): rank[each.people] for each in labels}
    if len(people) < 2:
        return None
    return krippendorff([[given.get((person, scenario)) for scenario in scenarios] for person in people])


def _alike(label: Label, criteria: CriteriaSet) -> tuple[float, float, float]:
    """Of one label: how alike its two levels are, and what chance needs of them (see ``_pooled``)."""
    criterion = criteria.criterion(label.criterion)
    assert criterion is not None
    keys = [level.key for level in criterion.levels]
    apart = (keys.index(str(label.judge)) - keys.index(label.people)) / (len(keys) - 1)
    return (
        1 - apart**2,
        float(keys.index(str(label.judge))) / (len(keys) - 1),
        keys.index(label.people) / (len(keys) - 1),
    )


def _pooled(found: NDArray[np.float64]) -> float | None:
    """AC2 over criteria with different levels: every level is taken at its place on a scale from 0 to 1."""
    if not len(found):
        return None
    places, index = np.unique(np.round(found[:, 1:], 9), return_inverse=True)
    if len(places) < 2:
        return 1.0
    pairs = index.reshape(-1, 2)
    share = np.bincount(pairs.ravel(), minlength=len(places)) / pairs.size
    weight = 1 - np.subtract.outer(places, places) ** 2
    chance = weight.sum() / (len(places) * (len(places) - 1)) * (share * (1 - share)).sum()
    return None if np.isclose(chance, 1.0) else float((found[:, 0].mean() - chance) / (1 - chance))
