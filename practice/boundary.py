"""Abuse of the persona by a learner: first the persona draws a line, in role; the second time they end the talk.

What they say is fixed text, said by code: whoever plays the persona never has to answer abuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from practice.phrases import load
from practice.reveal import Ending, Step
from practice.scene import SceneState

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


def draw(state: SceneState, *, before: int, language: str) -> Line:
    """The persona's line after abusive words.

    Nothing opens and nothing is observed: such words are no evidence for or against any skill.

    Args:
        state: before this turn.
        before: in how many turns of this practice a line was drawn already.
        language: of the scene.
    """
    texts = load("en").texts | load(language).texts
    is_last = before > 0
    turn = state.turn + 1
    people = [each.model_copy(update={"turn": turn, "counted": ()}) for each in state.people]
    first = {"mood": max(-3, state.mood - 1), "ended": is_last, "others": tuple(people[1:])}
    if state.others:
        first["spoke"] = turn
    return Line(
        spoken=str(texts["boundary_closing" if is_last else "boundary_spoken"]),
        note=str(texts["boundary_ended" if is_last else "boundary"]),
        step=Step(people[0].model_copy(update=first), ending=Ending.HOSTILE if is_last else None),
    )
