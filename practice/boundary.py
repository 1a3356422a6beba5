"""Abuse of the persona by a learner: first the persona draws a line, in role; the second time they end the talk.

What they say is fixed text, said by code: whoever plays the persona never has to answer abuse. Of several people, the
one says it whom the learner called by name, or else who spoke last; the second line ends the scene for everybody,
whoever drew the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from practice.phrases import load
from practice.reveal import Ending, Step
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.turn_taking import same_speaker

MARK = "boundary"  # stands in what was observed in a turn in which a line was drawn


@dataclass(frozen=True)
class Line:
    """What the persona says, what the learner is told beside it, and how the scene stands after it."""

    spoken: str
    note: str
    step: Step


def drawn(turns: Iterable[Mapping[str, Any]]) -> int:
    """In how many turns a line was drawn, by what was observed in them."""
    return sum(bool(observed.get(MARK)) for observed in turns)


def draw(state: SceneState, scenario: Scenario, said: str, *, before: int) -> Line:
    """The line drawn after abusive words, by whom they were said to.

    Nothing opens and nothing is observed: such words are no evidence for or against any skill.

    Args:
        state: before this turn.
        scenario: the twin that is played.
        said: the learner's words, already guarded.
        before: in how many turns of this practice a line was drawn already.
    """
    texts = load("en").texts | load(scenario.language).texts
    is_last = before > 0
    speaker = same_speaker(state, scenario, said) if scenario.others else 0
    turn = state.turn + 1
    people = [each.model_copy(update={"turn": turn, "counted": ()}) for each in state.people]
    people[speaker] = people[speaker].model_copy(update={"mood": max(-3, people[speaker].mood - 1)})
    if scenario.others:
        people[speaker] = people[speaker].model_copy(update={"spoke": turn})
    after = people[0].model_copy(update={"ended": is_last, "others": tuple(people[1:])})
    note = str(texts["boundary_ended" if is_last else "boundary"])
    return Line(
        spoken=str(texts["boundary_closing" if is_last else "boundary_spoken"]),
        note=note.replace(texts["boundary_who"], scenario.people[speaker].name, 1) if scenario.others else note,
        step=Step(after, ending=Ending.HOSTILE if is_last else None, speaker=speaker),
    )
