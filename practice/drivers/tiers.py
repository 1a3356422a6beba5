"""How much a piece of evidence says about learning: tiers after Thalheimer's Learning-Transfer Evaluation Model.

Thalheimer (2018), "The Learning-Transfer Evaluation Model", https://www.worklearning.com/ltem/. Tiers run from 1 (was
there) to 8 (what the transfer brought about). The rule reads the kind of evidence, and reaches for no more:

| Evidence | Tier |
|---|---|
| a practice that was begun and ended | 2, activity |
| taps, and a check-in | 3, what the learner thinks of it |
| a debrief with something located and scored in it | 5, decisions in a realistic situation |
| the same, at least three days after the last practice of the same scenario | 6, the task, remembered |
| a plan whose owner says that it happened; a check-in that says so | 7, transfer, told and not observed |
| anything else | none |

Tier 1 is not kept: being there shows nothing. Tier 4 is knowledge, which is not asked here. Tier 8 is never claimed.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

REMEMBERED_AFTER = timedelta(days=3)
ACTIVITY, OPINION, DECISION, TASK, TRANSFER = 2, 3, 5, 6, 7


class Kind(StrEnum):
    """Where evidence comes from."""

    PRACTICE = "practice"
    TAP = "tap"
    CHECK_IN = "check_in"
    DEBRIEF = "debrief"
    PLAN = "plan"


def tier(
    kind: Kind, *, scored: bool = False, since_earlier: timedelta | None = None, happened: bool = False
) -> int | None:
    """The tier of a piece of evidence, or None where it is none.

    Args:
        kind: where it comes from.
        scored: of a debrief, whether any objective could be scored.
        since_earlier: of a debrief, the time since the last practice of the same scenario; None for the first.
        happened: of a plan or check-in, whether its owner says that it happened at work.
    """
    match kind:
        case Kind.PRACTICE:
            return ACTIVITY
        case Kind.TAP:
            return OPINION
        case Kind.CHECK_IN:
            return TRANSFER if happened else OPINION
        case Kind.DEBRIEF:
            if not scored:
                return None
            return TASK if since_earlier is not None and since_earlier >= REMEMBERED_AFTER else DECISION
        case Kind.PLAN:
            return TRANSFER if happened else None
