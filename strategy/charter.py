"""The charter: a company's strategy as clauses with stable ids, which criteria and objectives cite."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,39}$")]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class ClauseKind(StrEnum):
    """What a clause is, in the usual vocabulary of strategy documents."""

    MISSION = "mission"
    IMPERATIVE = "imperative"
    VALUE = "value"
    SIGNATURE_BEHAVIOUR = "signature_behaviour"
    ANTI_BEHAVIOUR = "anti_behaviour"
    BRAND_VOICE = "brand_voice"
    DIFFERENCE = "difference"


class Source(BaseModel):
    """Where a clause was found: ``documents[document][start:end] == quote``, offsets in characters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    quote: str


class Clause(BaseModel):
    """One sentence or short passage of strategy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ClauseId
    kind: ClauseKind
    text: Prose = Field(description="write what the company wants, in a sentence or two")
    source: Source | None = None


class Charter(BaseModel):
    """A company's strategy. A version of it is immutable once stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Prose
    company: Prose
    language: str = "en"
    clauses: tuple[Clause, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Charter:
        seen: set[str] = set()
        for clause in self.clauses:
            if clause.id in seen:
                raise ValueError(f"clause id '{clause.id}' is used twice; every clause needs an id of its own")
            seen.add(clause.id)
        return self

    def clause(self, clause_id: str) -> Clause | None:
        """The clause with this id, or None."""
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    @property
    def clause_ids(self) -> frozenset[str]:
        """All clause ids."""
        return frozenset(clause.id for clause in self.clauses)
