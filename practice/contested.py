"""One line of a debrief that its learner contests: exactly what leaves their practice, and nothing besides."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from evidence.canonical import digest
from evidence.errors import InvalidInput, NotFound
from practice.debrief import Debrief

MAX_WHY = 600
FEW = 10  # people below whom "unnamed" may not mean "unknown"

Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_WHY)]


class Contested(BaseModel):
    """What is sent. It has no name, no time finer than the day, and no word that anybody else said.

    ``level`` is None where the objective was not scored, and ``reason`` says why; ``quote`` is None where the line has
    none. ``coach`` is who wrote it, a model or rules: it is the judge that is contested.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 1
    scenario: str
    language: str
    objective_id: str
    objective: str
    level: str | None
    anchor: str = ""
    reason: str = ""
    quote: str | None = None
    coach: str
    why: str
    day: str = Field(description="on which it was sent, YYYY-MM-DD")

    def digest(self) -> str:
        """SHA-256 of what is sent: whoever sends it names it, so that it is what they saw."""
        return digest(self.model_dump(mode="json"))

    def same_line(self, other: Contested) -> bool:
        """Whether both are about the same line of one debrief."""
        return (self.objective_id, self.quote) == (other.objective_id, other.quote)


def line_of(
    debrief: Debrief, objective_id: str, quote: int | None, *, why: str, scenario: str, coach: str, day: str
) -> Contested:
    """The line as it would be sent.

    Args:
        debrief: of the learner's own practice.
        objective_id: which of its objectives.
        quote: which of the located quotes there, from 0; None takes the first, where there is one.
        why: the learner's own sentence.
        scenario: the title.
        coach: who wrote the debrief.
        day: YYYY-MM-DD.

    Raises:
        NotFound: the debrief has no such line.
        InvalidInput: ``why`` is empty or too long.
    """
    result = next((each for each in debrief.objectives if each.objective_id == objective_id), None)
    if result is None:
        raise NotFound("This debrief has no such line.", todo="Open the debrief and choose one there.")
    if quote is not None and not 0 <= quote < len(result.quotes):
        raise NotFound("This line has no such quote.", todo="Open the debrief and choose one there.")
    said = why.strip()
    if not said or len(said) > MAX_WHY:
        raise InvalidInput(
            f"Say in 1 to {MAX_WHY} characters what is wrong with the line.", where="why", todo="A sentence is enough."
        )
    return Contested(
        scenario=scenario,
        language=debrief.language,
        objective_id=objective_id,
        objective=result.text,
        level=result.level,
        anchor=result.anchor,
        reason=result.reason_text,
        quote=result.quotes[quote or 0].quote if result.quotes else None,
        coach=coach,
        why=said,
        day=day,
    )
