"""What the author replies: the parts of a scenario that are written. What the brief decides is not asked for again."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from practice.brief import Brief, Long, Short
from practice.observation import Behaviour
from practice.scenario import (
    MOST_PEOPLE,
    Barrier,
    Key,
    Line,
    Objective,
    ObjectiveLevel,
    Persona,
    Scenario,
    ShortVersion,
    Slot,
)


class ObjectiveReply(BaseModel):
    """An objective, its behaviours limited to those that code can detect."""

    model_config = ConfigDict(extra="forbid")

    id: Key
    text: Line
    clause_ids: list[str] = Field(min_length=1, max_length=12)
    behaviours: list[Behaviour] = Field(min_length=1, max_length=8)
    levels: list[ObjectiveLevel] = Field(min_length=2, max_length=5)
    weight: float = Field(gt=0, le=100, description="1 for an objective that matters as much as the others")
    knock_out: bool = Field(description="true only where the lowest level undoes everything else")


class ScenarioReply(BaseModel):
    """A scenario as the author writes it, with notes for the designer."""

    model_config = ConfigDict(extra="forbid")

    title: Short
    setting: Long
    learner_role: Line
    learner_goal: Line
    objectives: list[ObjectiveReply] = Field(min_length=1, max_length=8)
    persona: Persona
    others: list[Persona] = Field(
        default_factory=list,
        max_length=MOST_PEOPLE - 1,
        description="empty unless the brief asks for more than one person",
    )
    opening_line: Line
    exemplars: list[Line] = Field(min_length=1, max_length=12)
    safety_notes: list[Line] = Field(max_length=8)
    short_version: ShortVersion
    slots: list[Slot] = Field(max_length=12)
    barrier: Barrier
    notes: str = Field(max_length=4000)
    unmet: list[str] = Field(max_length=20)

    def scenario(self, brief: Brief) -> Scenario:
        """The whole scenario; the brief decides skill, audience, difficulty and language.

        Raises:
            ValidationError: the parts do not fit together (an id used twice, levels out of order).
        """
        objectives = tuple(Objective.model_validate(item.model_dump(mode="json")) for item in self.objectives)
        cited = dict.fromkeys(clause_id for objective in objectives for clause_id in objective.clause_ids)
        return Scenario(
            title=self.title,
            skill=brief.skill,
            audience=brief.audience,
            setting=self.setting,
            learner_role=self.learner_role,
            learner_goal=self.learner_goal,
            difficulty=brief.difficulty,
            language=brief.language,
            clause_ids=tuple(cited),
            objectives=objectives,
            persona=self.persona,
            others=tuple(self.others),
            opening_line=self.opening_line,
            exemplars=tuple(self.exemplars),
            safety_notes=tuple(self.safety_notes),
            short_version=self.short_version,
            slots=tuple(self.slots),
            barrier=self.barrier,
        )

    @classmethod
    def written(cls, scenario: Scenario) -> dict[str, Any]:
        """The written parts of a scenario as JSON-compatible data: what the author is shown of its last version."""
        return {name: value for name, value in scenario.content().items() if name in cls.model_fields}
