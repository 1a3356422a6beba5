"""The coach agent: hints on request, and the words of the debrief. It never sees hidden persona state."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from agents.alignment import ClaimedQuote
from agents.persona import Said
from agents.provenance import Provenance
from practice.observation import Observation
from practice.scenario import Objective


class Rung(StrEnum):
    """The ladder of help, from least to most."""

    NUDGE = "nudge"
    PRINCIPLE = "principle"
    EXAMPLE = "example"
    MODEL_LINE = "model_line"


class NumberedLine(Said):
    """A line with its turn number (from 1) and what code observed in it (learner lines only)."""

    turn: int
    observations: tuple[Observation, ...] = ()


class CoachView(BaseModel):
    """What the coach sees of a scene: what a learner could see, and what code observed."""

    model_config = ConfigDict(frozen=True)

    learner_role: str
    learner_goal: str
    setting: str
    persona_name: str
    language: str
    objectives: tuple[Objective, ...]
    exemplars: tuple[str, ...]
    transcript: tuple[NumberedLine, ...]
    reflection: str = ""


class Hint(BaseModel):
    """One piece of help; ``by_rules`` says why rules gave it although a model coaches, and is empty otherwise."""

    model_config = ConfigDict(frozen=True)

    rung: Rung
    text: str
    provenance: Provenance
    by_rules: str = ""


class ClaimedLevel(BaseModel):
    """The coach's claim about one objective; without a quote that code finds in the learner's words it is void."""

    model_config = ConfigDict(frozen=True)

    objective_id: str
    level: str | None
    quotes: tuple[ClaimedQuote, ...] = ()  # field is the turn number as text
    situation: str = ""
    behaviour: str = ""
    impact: str = ""
    next_step: str = ""


class DebriefDraft(BaseModel):
    """What the coach proposes as feedback, before code checks and scores it."""

    model_config = ConfigDict(frozen=True)

    opening: str
    levels: tuple[ClaimedLevel, ...]
    priorities: tuple[str, ...]  # at most two
    next_action: str
    provenance: Provenance


class Coach(Protocol):
    """Helps the learner."""

    async def hint(self, view: CoachView, rung: Rung, *, remarks: Sequence[str] = ()) -> Hint:
        """Help with the next thing to say, no further up the ladder than ``rung``.

        ``remarks`` say what was wrong with the last hint, which was not shown.

        Raises:
            ModelFailed: the model gave no usable reply within its bounds.
        """
        ...

    async def debrief(self, view: CoachView, *, remarks: Sequence[str] = ()) -> DebriefDraft:
        """Propose feedback on a finished scene; ``remarks`` say what was wrong with the last proposal.

        Raises:
            ModelFailed: the model gave no usable reply within its bounds.
        """
        ...
