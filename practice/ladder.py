"""The ladder of help: from a nudge to a model line, within a budget that shrinks, and fading, as mastery grows.

Mastery is computed by code from what the learner's own earlier debriefs of the same skill showed; nobody else reads it,
and it changes nothing but help:

| earlier practices | mean of the newest three | mastery | highest rung | hints: gentle, realistic, demanding |
|---|---|---|---|---|
| none | – | new | model line | 8, 6, 4 |
| one or more | below 0.5 | new | model line | 8, 6, 4 |
| one | 0.5 or more | growing | example | 6, 4, 3 |
| two or more | 0.5 up to 0.8 | growing | example | 6, 4, 3 |
| two or more | 0.8 or more | steady | principle | 3, 2, 1 |

The first rung comes first on every turn, whatever the mastery.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from practice.brief import Difficulty
from practice.observation import Behaviour, Observation

RUNGS = ("nudge", "principle", "example", "model_line")


class Mastery(StrEnum):
    """How much of a skill the learner's own earlier debriefs showed."""

    NEW = "new"
    GROWING = "growing"
    STEADY = "steady"


BUDGET = {
    Mastery.NEW: {Difficulty.GENTLE: 8, Difficulty.REALISTIC: 6, Difficulty.DEMANDING: 4},
    Mastery.GROWING: {Difficulty.GENTLE: 6, Difficulty.REALISTIC: 4, Difficulty.DEMANDING: 3},
    Mastery.STEADY: {Difficulty.GENTLE: 3, Difficulty.REALISTIC: 2, Difficulty.DEMANDING: 1},
}
HIGHEST = {Mastery.NEW: "model_line", Mastery.GROWING: "example", Mastery.STEADY: "principle"}
LOOKED_AT = 3  # how many of the newest debriefs count
GROWING_FROM = 0.5
STEADY_FROM = 0.8
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


def mastery(shown: Sequence[float]) -> Mastery:
    """How far a skill is mastered.

    Args:
        shown: of each earlier debrief of the skill, newest first, the share of all that was asked which it showed, in
            [0, 1]: what could not be scored was not shown.
    """
    newest = shown[:LOOKED_AT]
    if not newest:
        return Mastery.NEW
    mean = sum(newest) / len(newest)
    if mean < GROWING_FROM:
        return Mastery.NEW
    return Mastery.STEADY if len(newest) > 1 and mean >= STEADY_FROM else Mastery.GROWING


def next_rung(asked_on_this_turn: int, mastered: Mastery = Mastery.NEW) -> str:
    """The rung for the next hint on the same turn; the highest that mastery leaves stays the last."""
    return RUNGS[min(asked_on_this_turn, RUNGS.index(HIGHEST[mastered]))]


def hints_left(difficulty: Difficulty, given: int, mastered: Mastery = Mastery.NEW) -> int:
    """How many hints remain in a practice."""
    return max(0, BUDGET[mastered][difficulty] - given)


def stuck(turns: Sequence[Sequence[Observation]]) -> bool:
    """Whether nothing in the learner's last turns moved the conversation forward."""
    recent = turns[-STUCK_AFTER:]
    return len(recent) == STUCK_AFTER and not any(o.behaviour in _FORWARD for turn in recent for o in turn)
