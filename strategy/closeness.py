"""Where a verdict hangs on little: which criteria are asked about twice more before it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from strategy.criteria import TOLERANCE, CriteriaSet, Criterion
from strategy.scoring import verdict
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

    Two more samples can change a level, or tie it, unless it leads by more than two: where all of three samples gave
    it they cannot, and nothing is paid for learning nothing.
    """
    ruling = verdict(criteria, samples)
    if ruling.outcome is Outcome.ERRORED:
        return ()
    levels = {criterion.id: _levels(criterion, samples) for criterion in criteria.criteria}
    if any(each.outcome is Outcome.REVISE and not _open(levels[each.criterion_id]) for each in ruling.results):
        return ()
    near = ruling.score is not None and abs(ruling.score - criteria.pass_threshold) <= MARGIN + TOLERANCE
    return tuple(
        criterion.id
        for criterion, result in zip(criteria.criteria, ruling.results, strict=True)
        if _open(levels[criterion.id])
        and (_straddles(criterion, levels[criterion.id]) or (near and result.value is not None))
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


def _open(levels: Counter[str]) -> bool:
    """Whether two more samples could put another level beside or before the first."""
    counts = [count for _, count in levels.most_common(2)] + [0, 0]
    return counts[0] - counts[1] <= EXTRA


def _straddles(criterion: Criterion, levels: Counter[str]) -> bool:
    """Whether some samples meet what the criterion asks for at least, and others do not."""
    order = [level.key for level in criterion.levels]
    ranks = [order.index(key) for key in levels]
    bounds = [order.index(key) for key in (criterion.min_level, criterion.veto_below) if key is not None]
    return any(min(ranks) < bound <= max(ranks) for bound in bounds) if ranks else False
