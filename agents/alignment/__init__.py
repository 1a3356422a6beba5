"""The alignment agent: one question about one scenario, answered with a level and verbatim quotes."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from agents.provenance import Provenance
from strategy.charter import Clause
from strategy.criteria import Criterion


class JudgeQuestion(BaseModel):
    """What the judge sees: a criterion (only its judged half is shown), its clauses, the texts in scope by field."""

    model_config = ConfigDict(frozen=True)

    criterion: Criterion
    clauses: tuple[Clause, ...]
    fields: dict[str, str]
    language: str = "en"


class ClaimedQuote(BaseModel):
    """A quote as the judge claims it; code has yet to find it."""

    model_config = ConfigDict(frozen=True)

    quote: str
    field: str = ""


class Judgement(BaseModel):
    """The judge's reply; ``level`` is None where it abstains."""

    model_config = ConfigDict(frozen=True)

    level: str | None
    quotes: tuple[ClaimedQuote, ...] = ()
    rationale: str = ""
    change: str = ""
    raw: str = ""
    provenance: Provenance


class Alignment(Protocol):
    """Judges. ``identity`` names everything besides question and sample number that a judgement depends on."""

    deterministic: bool

    def identity(self) -> dict[str, str]:
        """Player, model, prompt digest, reply schema digest and parameters: part of the judgement key."""
        ...

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        """Answer once. ``sample`` numbers repeated answers to the same question.

        Raises:
            ModelFailed: the model gave no usable reply within its bounds.
        """
        ...
