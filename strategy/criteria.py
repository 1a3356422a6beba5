"""Criteria: what a scenario is judged on.

A criterion has a *judged* half, which reaches the judge, and a *computed* half (weight and thresholds), which never
does: changing the computed half never needs a new judgement.
"""

from __future__ import annotations

import math
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from strategy.charter import Charter, ClauseId, Prose

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

TOLERANCE = 1e-9  # of comparisons with a threshold: what rounding may add or take
JUDGED_FIELDS = frozenset({"id", "clause_ids", "question", "scope", "levels", "allow_abstain"})


class Scope(StrEnum):
    """Parts of a scenario that a criterion may read; the names are top-level scenario fields."""

    TITLE = "title"
    SETTING = "setting"
    LEARNER_ROLE = "learner_role"
    LEARNER_GOAL = "learner_goal"
    OBJECTIVES = "objectives"
    PERSONA = "persona"
    OPENING_LINE = "opening_line"
    EXEMPLARS = "exemplars"
    SAFETY_NOTES = "safety_notes"
    SHORT_VERSION = "short_version"


class AbstainPolicy(StrEnum):
    """What an abstention means: a person settles it, or the criterion is left out of the total."""

    REFER = "refer"
    IGNORE = "ignore"


class Level(BaseModel):
    """One rung of a criterion. ``value`` is in [0, 1]; ``needs_evidence``: without a located quote it is void."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    anchor: Prose = Field(description="say in a sentence what a scenario at this level looks like")
    value: float = Field(ge=0, le=1, description="from 0 for the lowest level to 1 for the highest")
    needs_evidence: bool = True
    positive_example: str = Field(default="", max_length=2000)
    negative_example: str = Field(default="", max_length=2000)


class Criterion(BaseModel):
    """One question about a scenario, with anchored levels in ascending order of value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Key
    clause_ids: tuple[ClauseId, ...] = Field(min_length=1, description="name the clauses of the charter it is about")
    question: Prose = Field(description="say what the judge should ask of a scenario")
    scope: tuple[Scope, ...] = Field(
        default=(Scope.SETTING, Scope.LEARNER_GOAL, Scope.OBJECTIVES, Scope.PERSONA, Scope.EXEMPLARS), min_length=1
    )
    levels: tuple[Level, ...] = Field(
        min_length=2, max_length=7, description="two to seven, from the lowest to the highest, each with an anchor"
    )
    allow_abstain: bool = True
    weight: float = Field(default=1.0, gt=0, le=100)
    min_level: Key | None = None
    veto_below: Key | None = None
    abstain_policy: AbstainPolicy = AbstainPolicy.REFER

    @model_validator(mode="after")
    def _levels_make_sense(self) -> Criterion:
        keys = [level.key for level in self.levels]
        if len(set(keys)) != len(keys):
            raise ValueError(f"criterion '{self.id}': two levels share a key")
        for lower, higher in pairwise(self.levels):
            if higher.value <= lower.value:
                raise ValueError(
                    f"criterion '{self.id}': levels must be listed from lowest to highest value, but '{higher.key}' "
                    f"({higher.value:g}) does not come above '{lower.key}' ({lower.value:g})"
                )
        for name, key in (("min_level", self.min_level), ("veto_below", self.veto_below)):
            if key is not None and key not in keys:
                raise ValueError(f"criterion '{self.id}': {name} is '{key}', but the levels are {', '.join(keys)}")
        if self.veto_below == keys[0]:
            raise ValueError(
                f"criterion '{self.id}': veto_below '{keys[0]}' is the lowest level, so nothing could be below it"
            )
        return self

    def level(self, key: str) -> Level | None:
        """The level with this key, or None."""
        return next((level for level in self.levels if level.key == key), None)

    @property
    def reads(self) -> tuple[str, ...]:
        """The top-level fields of a scenario in scope: whoever reads the persona reads everybody in the scene."""
        return (*self.scope, *(("others",) if Scope.PERSONA in self.scope else ()))

    def judged(self) -> dict[str, Any]:
        """The half that reaches the judge, as JSON-compatible data."""
        return self.model_dump(mode="json", include=set(JUDGED_FIELDS))


class CriteriaSet(BaseModel):
    """All criteria in force together, and the thresholds on their total. A stored version is immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Prose
    language: str = "en"
    pass_threshold: float = Field(default=0.7, gt=0, le=1)
    min_agreement: float = Field(default=0.6, ge=0, le=1)
    samples: int = Field(default=3, ge=1, le=9)
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def _can_be_met(self) -> CriteriaSet:
        ids = [criterion.id for criterion in self.criteria]
        if len(set(ids)) != len(ids):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            raise ValueError(f"criterion id '{twice[0]}' is used twice; every criterion needs an id of its own")
        total = math.fsum(criterion.weight for criterion in self.criteria)
        best = math.fsum(criterion.weight * criterion.levels[-1].value for criterion in self.criteria) / total
        if best < self.pass_threshold - TOLERANCE:
            raise ValueError(
                f"pass_threshold {self.pass_threshold:g} can never be met: the highest levels add up to {best:.3f} at "
                "these weights; lower the threshold, or give the highest levels more"
            )
        return self

    def criterion(self, criterion_id: str) -> Criterion | None:
        """The criterion with this id, or None."""
        return next((criterion for criterion in self.criteria if criterion.id == criterion_id), None)

    def unknown_clauses(self, charter: Charter) -> list[tuple[str, str]]:
        """Pairs (criterion id, clause id) that cite a clause the charter does not have."""
        return [
            (criterion.id, clause_id)
            for criterion in self.criteria
            for clause_id in criterion.clause_ids
            if clause_id not in charter.clause_ids
        ]
