"""What an appeal against a level may do: an argument alone raises nothing, a passage that was overlooked may."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.locate import Match, locate
from strategy.criteria import Criterion
from strategy.sampling import supports
from strategy.verdict import Evidence


def is_new(evidence: Evidence, before: Sequence[Evidence]) -> bool:
    """Whether a quote shows a passage that the first answer did not have.

    Args:
        evidence: a quote of the answer to the appeal, as code located it.
        before: the quotes of the first answer, as code located them.

    Returns:
        False where it was not found, is too short to show anything, touches a passage quoted before, or has the same
        words as one that stands elsewhere.
    """
    return supports(evidence) and not any(_overlaps(evidence, each) or _repeats(evidence, each) for each in before)


def refused(
    criterion: Criterion,
    *,
    first: str | None,
    before: Sequence[Evidence],
    level: str | None,
    evidence: Sequence[Evidence],
) -> str:
    """Why the answer to an appeal does not count; empty where it does.

    A level may be raised on a new passage only, whatever the argument, whoever gave it, and whatever the judge says of
    it. An abstention ranks as the lowest level here: from there, too, it takes a passage to get anywhere. Staying,
    falling and abstaining are always allowed.

    Args:
        criterion: what was asked.
        first: the level given first; None where the judge abstained.
        before: the first answer's quotes, as code located them.
        level: the level in the answer to the appeal; None where it abstains.
        evidence: that answer's quotes, as code located them.
    """
    order = [each.key for each in criterion.levels]
    if level not in order:
        return ""
    height = order.index(first) if first in order else 0
    if order.index(level) <= height or any(is_new(each, before) for each in evidence):
        return ""
    was = f"from '{first}' " if first in order else ""
    return f"The appeal raised the level {was}to '{level}' without a passage that the first answer did not have."


def _overlaps(one: Evidence, other: Evidence) -> bool:
    if one.field != other.field or one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.start < other.end and other.start < one.end


def _repeats(one: Evidence, other: Evidence) -> bool:
    if not one.quote.strip() or not other.quote.strip():
        return False
    return any(
        locate(part.quote, whole.quote).status is not Match.ABSENT for part, whole in ((one, other), (other, one))
    )
