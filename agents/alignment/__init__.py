"""The alignment agent: one question about one scenario, answered with a level and verbatim quotes."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict, model_validator

from agents.provenance import Provenance
from strategy.charter import Clause
from strategy.criteria import Criterion, Level

_SECOND_DRAWS = 1_000_000  # above every number that a sample of its own has


def second_draw(sample: int) -> int:
    """The number under which the judge is asked once more in place of an unusable sample: another seed."""
    return _SECOND_DRAWS + sample


class ClaimedQuote(BaseModel):
    """A quote as the judge claims it; code has yet to find it."""

    model_config = ConfigDict(frozen=True)

    quote: str
    field: str = ""


class Appeal(BaseModel):
    """An argument against a level, with what was answered first; ``level`` is None where the judge abstained."""

    model_config = ConfigDict(frozen=True)

    argument: str
    level: str | None
    quotes: tuple[ClaimedQuote, ...] = ()
    rationale: str = ""


class JudgeQuestion(BaseModel):
    """What the judge sees: a criterion (only its judged half is shown), its clauses, the texts in scope by field.

    Clauses and fields are read in the order given. ``presented`` are the keys of all levels in the order in which the
    judge reads them; empty is from lowest to highest. ``appeal`` is what somebody holds against the first answer: it
    makes this a fresh question with both arguments, never a chat.
    """

    model_config = ConfigDict(frozen=True)

    criterion: Criterion
    clauses: tuple[Clause, ...]
    fields: dict[str, str]
    language: str = "en"
    presented: tuple[str, ...] = ()
    appeal: Appeal | None = None

    @model_validator(mode="after")
    def _levels_are_all_presented(self) -> JudgeQuestion:
        keys = [level.key for level in self.criterion.levels]
        if self.presented and sorted(self.presented) != sorted(keys):
            raise ValueError(f"presented must name each level once ({', '.join(keys)}), got {self.presented}")
        return self

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels in the order in which the judge reads them."""
        if not self.presented:
            return self.criterion.levels
        return tuple(sorted(self.criterion.levels, key=lambda level: self.presented.index(level.key)))


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
        """Answer once. ``sample`` numbers repeated answers to the same question; another number is another draw.

        Raises:
            ModelFailed: the model gave no usable reply within its bounds.
        """
        ...
