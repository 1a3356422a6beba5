"""The decided history as arrays, so that weights and thresholds can be tried on all of it at once.

A verdict's samples are counted once; every other figure is then a few operations on whole columns. The rules are those
of ``strategy.scoring``, and a property test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategy.criteria import TOLERANCE, AbstainPolicy, CriteriaSet, Criterion
from strategy.verdict import Outcome, SampleStatus

OUTCOMES = (Outcome.ALIGNED, Outcome.REVISE, Outcome.REFER, Outcome.ERRORED)
"""What the numbers in ``Scored.outcomes`` stand for: the later one wins."""

_ALIGNED, _REVISE, _REFER, _ERRORED = range(4)
_NOT_SETTLED, _SETTLED_AT_NOTHING = -1, -2

Counts = NDArray[np.int64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class History:
    """Decided verdicts as counts; every array but ``signed`` has the shape (verdicts, criteria).

    Attributes:
        criterion_ids: the columns.
        total: samples of a criterion, of any status.
        valid: those at a level.
        abstained: those of an abstaining judge.
        failed: those without a usable reply.
        top: how many are at the level that most are at.
        tied: whether several levels have that many.
        modal: the rank of that level, the lowest being 0; 0 where nothing is valid.
        settled: the rank at which a person settled it; −1 where nobody did, −2 where that level is gone.
        signed: for each verdict, whether the designers signed the text.
    """

    criterion_ids: tuple[str, ...]
    total: Counts
    valid: Counts
    abstained: Counts
    failed: Counts
    top: Counts
    tied: Flags
    modal: Counts
    settled: Counts
    signed: Flags

    def __len__(self) -> int:
        return len(self.signed)


@dataclass(frozen=True)
class Scored:
    """Every verdict under one criteria set.

    Attributes:
        outcomes: numbers into ``OUTCOMES``, of shape (verdicts,).
        scores: in [0, 1]; NaN where a score is unknown. Of shape (verdicts,).
        below: whether a criterion of its own asks for a revision, whatever the score. Of shape (verdicts,).
    """

    outcomes: Counts
    scores: Values
    below: Flags

    def at(self, threshold: float) -> Counts:
        """The outcomes at another pass threshold, which enters last."""
        told = self.outcomes < _REFER
        low = self.below | (self.scores < threshold - TOLERANCE)
        return np.where(told, np.where(low, _REVISE, _ALIGNED), self.outcomes)


def count(verdicts: Iterable[Mapping[str, Any]], signed: Sequence[bool], criteria: CriteriaSet) -> History:
    """Count the samples of stored verdicts.

    Args:
        verdicts: the ``results`` and ``settled`` of each, as stored (JSON of ``strategy.verdict.Verdict``), judged on
            these criteria or on some that ask the judge the same.
        signed: for each of them, whether the designers signed.
        criteria: gives columns and levels; the computed half is not looked at.

    Raises:
        ValueError: there are more or fewer decisions than verdicts.
    """
    ranks = [{level.key: rank for rank, level in enumerate(each.levels)} for each in criteria.criteria]
    rows = [_row(stored, criteria.criteria, ranks) for stored in verdicts]
    if len(rows) != len(signed):
        raise ValueError(f"{len(rows)} verdicts and {len(signed)} decisions")
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(criteria.criteria), 8)
    total, valid, abstained, failed, top, tied, modal, settled = (table[:, :, column] for column in range(8))
    return History(
        criterion_ids=tuple(each.id for each in criteria.criteria),
        total=total,
        valid=valid,
        abstained=abstained,
        failed=failed,
        top=top,
        tied=tied == 1,
        modal=modal,
        settled=settled,
        signed=np.array(signed, dtype=np.bool_),
    )


def score(history: History, criteria: CriteriaSet) -> Scored:
    """Every verdict under these weights and thresholds.

    Args:
        history: counted on the same columns.
        criteria: with any computed half.

    Raises:
        ValueError: the criteria have other columns.
    """
    members = criteria.criteria
    if tuple(each.id for each in members) != history.criterion_ids:
        raise ValueError("these criteria are not those that the history was counted on")
    ignored = np.array([each.abstain_policy is AbstainPolicy.IGNORE for each in members])
    errored, refer, left_out = _doubts(history, ignored, criteria.min_agreement)
    by_person = refer & (history.settled >= 0)
    refer = refer & ~by_person
    told = ~(errored | refer | left_out)
    rank = np.where(by_person, history.settled, history.modal)
    value = np.take_along_axis(_values(members)[None, :, :], rank[:, :, None], axis=2)[:, :, 0]
    least = np.array([max(_rank(each, each.min_level), _rank(each, each.veto_below)) for each in members])
    low = told & (rank < least)
    weight = np.array([each.weight for each in members]) * told
    unknown = (errored | refer).any(axis=1) | ~told.any(axis=1)
    with np.errstate(invalid="ignore"):
        mean = (weight * value).sum(axis=1) / weight.sum(axis=1)
    scores = np.where(unknown, np.nan, mean)
    below: Flags = np.asarray(low.any(axis=1))
    revise = below | (scores < criteria.pass_threshold - TOLERANCE)
    outcomes = np.select(
        [errored.any(axis=1), refer.any(axis=1) | ~told.any(axis=1), revise], [_ERRORED, _REFER, _REVISE], _ALIGNED
    )
    return Scored(outcomes=outcomes.astype(np.int64), scores=scores, below=below)


def agreeing(outcomes: Counts, signed: Flags) -> tuple[int, int]:
    """How many outcomes go with what the designers decided, and how many a person would have to settle first."""
    with_them = np.where(signed, outcomes == _ALIGNED, outcomes == _REVISE)
    return int(with_them.sum()), int((outcomes >= _REFER).sum())


def _doubts(history: History, ignored: Flags, min_agreement: float) -> tuple[Flags, Flags, Flags]:
    """Where a criterion failed, where a person has to decide, and where it is left out of the total."""
    errored = history.failed == history.total
    usable = history.valid + history.abstained
    abstains = history.abstained >= np.maximum(history.valid, 1)
    mostly_unusable = (usable == 0) | (2 * usable < history.total)
    left_out = ~errored & ~mostly_unusable & abstains & ignored
    split = history.tied | (history.top / np.maximum(history.valid, 1) < min_agreement - TOLERANCE)
    refer = ~errored & ~left_out & (mostly_unusable | abstains | split)
    return errored, refer, left_out


def _values(members: Sequence[Criterion]) -> Values:
    table = np.zeros((len(members), max(len(each.levels) for each in members)))
    for row, each in enumerate(members):
        table[row, : len(each.levels)] = [level.value for level in each.levels]
    return table


def _rank(criterion: Criterion, key: str | None) -> int:
    return 0 if key is None else [level.key for level in criterion.levels].index(key)


def _row(
    stored: Mapping[str, Any], members: Sequence[Criterion], ranks: Sequence[Mapping[str, int]]
) -> list[tuple[int, ...]]:
    counts = {result["criterion_id"]: result["counts"] for result in stored["results"]}
    settled = stored.get("settled") or {}
    return [
        _cell(counts.get(each.id, {}), known, settled.get(each.id)) for each, known in zip(members, ranks, strict=True)
    ]


def _cell(counts: Mapping[str, int], ranks: Mapping[str, int], settled: Mapping[str, Any] | None) -> tuple[int, ...]:
    levels = {key: found for key, found in counts.items() if key in ranks}
    top = max(levels.values(), default=0)
    modal = [ranks[key] for key, found in levels.items() if found == top]
    by_person = _NOT_SETTLED if settled is None else ranks.get(settled["level"], _SETTLED_AT_NOTHING)
    return (
        sum(counts.values()),
        sum(levels.values()),
        counts.get(f"status:{SampleStatus.ABSTAINED.value}", 0),
        counts.get(f"status:{SampleStatus.ERROR.value}", 0),
        top,
        int(len(modal) > 1),
        min(modal, default=0),
        by_person,
    )
