"""Where a verdict hangs on little: which criteria are asked about twice more before it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations_with_replacement

from strategy.criteria import TOLERANCE, CriteriaSet, Criterion
from strategy.scoring import criterion_result, verdict
from strategy.verdict import JudgeSample, Outcome, SampleStatus

EXTRA = 2  # further samples per criterion
MARGIN = 0.05  # of the score to the pass threshold, on its scale from 0 to 1


def hanging(criteria: CriteriaSet, samples: Sequence[JudgeSample]) -> tuple[str, ...]:
    """The ids of the criteria, in the set's order, about which a judge that varies is asked ``EXTRA`` times more.

    Args:
        criteria: the criteria set in force.
        samples: the first samples, any number per criterion, in any order; further ones are the caller's to leave out,
            so that the same samples always give the same answer.

    ====================================================================  =============================================
    After the first samples                                               Asked about twice more
    ====================================================================  =============================================
    a criterion was not judged, or its judge failed                       none: there is no verdict yet
    a criterion asks for a revision, and two samples could not change it  none: the text goes back anyway
    a criterion's valid samples differ, and its ``min_level`` or          that criterion, if two samples could change it
    ``veto_below`` lies between two of them
    the score is within ``MARGIN`` of the pass threshold                  every criterion that is in the score, if two
                                                                          samples could change it
    anything else                                                         none
    ====================================================================  =============================================

    Where all of three samples gave a level, two more cannot change it, and nothing is paid for learning nothing.
    """
    ruling = verdict(criteria, samples)
    if ruling.outcome is Outcome.ERRORED:
        return ()
    open_ones = {each.id for each in criteria.criteria if _open(each, samples, criteria.min_agreement)}
    if any(each.outcome is Outcome.REVISE and each.criterion_id not in open_ones for each in ruling.results):
        return ()
    near = ruling.score is not None and abs(ruling.score - criteria.pass_threshold) <= MARGIN + TOLERANCE
    return tuple(
        criterion.id
        for criterion, result in zip(criteria.criteria, ruling.results, strict=True)
        if criterion.id in open_ones
        and (_straddles(criterion, _levels(criterion, samples)) or (near and result.value is not None))
    )


def _levels(criterion: Criterion, samples: Sequence[JudgeSample]) -> Counter[str]:
    return Counter(
        sample.level
        for sample in samples
        if sample.criterion_id == criterion.id
        and sample.status is SampleStatus.VALID
        and sample.level is not None
        and criterion.level(sample.level)
    )


def _open(criterion: Criterion, samples: Sequence[JudgeSample], min_agreement: float) -> bool:
    """Whether some answers to ``EXTRA`` more questions would give the criterion another level, or none."""
    own = [sample for sample in samples if sample.criterion_id == criterion.id]
    now = criterion_result(criterion, own, min_agreement).level
    further = combinations_with_replacement([level.key for level in criterion.levels], EXTRA)
    return any(
        criterion_result(criterion, [*own, *(_at(criterion, key) for key in keys)], min_agreement).level != now
        for keys in further
    )


def _at(criterion: Criterion, key: str) -> JudgeSample:
    return JudgeSample(criterion_id=criterion.id, number=0, status=SampleStatus.VALID, level=key)


def _straddles(criterion: Criterion, levels: Counter[str]) -> bool:
    """Whether some samples meet what the criterion asks for at least, and others do not."""
    order = [level.key for level in criterion.levels]
    ranks = [order.index(key) for key in levels]
    bounds = [order.index(key) for key in (criterion.min_level, criterion.veto_below) if key is not None]
    return any(min(ranks) < bound <= max(ranks) for bound in bounds) if ranks else False
