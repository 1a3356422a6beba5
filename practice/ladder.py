"""The ladder of help: from a nudge to a model line, one rung per request, within a budget."""

from __future__ import annotations

from collections.abc import Sequence

from practice.brief import Difficulty
from practice.observation import Behaviour, Observation

RUNGS = ("nudge", "principle", "example", "model_line")
BUDGET = {Difficulty.GENTLE: 8, Difficulty.REALISTIC: 6, Difficulty.DEMANDING: 4}
_FORWARD = frozenset(
    {
        Behaviour.OPEN_QUESTION,
        Behaviour.SIMPLE_REFLECTION,
        Behaviour.COMPLEX_REFLECTION,
        Behaviour.ACKNOWLEDGEMENT,
        Behaviour.SUMMARY,
        Behaviour.COMMITMENT,
    }
)
STUCK_AFTER = 3


def next_rung(asked_on_this_turn: int) -> str:
    """The rung for the next hint on the same turn; the last one stays the last."""
    return RUNGS[min(asked_on_this_turn, len(RUNGS) - 1)]


def hints_left(difficulty: Difficulty, given: int) -> int:
    """How many hints remain in a practice."""
    return max(0, BUDGET[difficulty] - given)


def stuck(turns: Sequence[Sequence[Observation]]) -> bool:
    """Whether nothing in the learner's last turns moved the conversation forward."""
    recent = turns[-STUCK_AFTER:]
    return len(recent) == STUCK_AFTER and not any(o.behaviour in _FORWARD for turn in recent for o in turn)
