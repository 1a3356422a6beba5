"""What happens in the ten weeks, as data: who orders, decides and practises what, and what they think of it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

import examples
from approvals.checkpoint import DecisionKind
from evidence.errors import InvalidInput
from evidence.sentences import sentences
from evidence.yaml_documents import parse_yaml
from practice.brief import Brief

WEEKS = 10


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Passage(_Data):
    """A sentence of a text: the first one below ``field`` that holds the words ``about``."""

    field: str
    about: str = ""

    def find(self, fields: Mapping[str, str], where: str) -> tuple[str, str]:
        """The field and the sentence.

        Raises:
            InvalidInput: the text has no such sentence; the data was written for another one.
        """
        for name, text in fields.items():
            if name.startswith(self.field):
                for start, end in sentences(text):
                    if self.about.casefold() in text[start:end].casefold():
                        return name, text[start:end]
        raise InvalidInput(
            f"'{self.field}' has no sentence with '{self.about}'.",
            where=where,
            todo="Report this as a defect; start with --no-history meanwhile.",
        )


class Remark(Passage):
    """What somebody wants changed."""

    text: str


class Settlement(Passage):
    """How somebody settles a criterion that the judge refers; without ``field`` it has no quote."""

    field: str = ""
    criterion: str
    level: str
    reason: str


class Second(_Data):
    """What a second person decides: against a verdict, or about a proposal. ``day`` counts like the review's."""

    day: int
    by: str
    decides: DecisionKind = DecisionKind.APPROVE
    reason: str


class Review(_Data):
    """What one designer makes of the version that waits on this working day, counted from the week's first as 1."""

    day: int = Field(ge=1)
    by: str
    decides: DecisionKind
    reason: str = ""
    comments: tuple[Remark, ...] = ()
    settles: tuple[Settlement, ...] = ()
    second: Second | None = None


class Order(_Data):
    """A brief, who orders it on which day, and how each version of it fares."""

    id: str
    day: int = Field(ge=1)
    by: str
    brief: Brief
    reviews: tuple[Review, ...]


class Rehearsal(_Data):
    """A learner's practice of a signed scenario; ``asks`` is before which line (from 1) help is asked for."""

    day: int = Field(ge=1)
    by: str
    of: str
    lines: tuple[str, ...] = Field(min_length=1)
    asks: int = 0
    pauses: bool = False
    reflection: str = ""


class Proposal(_Data):
    """Other weights and thresholds, proposed by one strategist and decided by another.

    ``untested`` says why the judge was not put under stress first: they are asked for in the strategist's own name.
    """

    day: int = Field(ge=1)
    by: str
    reason: str
    title: str
    pass_threshold: float
    weights: dict[str, float]
    untested: str = Field(min_length=1)
    second: Second


class Week(_Data):
    """What is begun in one week."""

    orders: tuple[Order, ...]
    practices: tuple[Rehearsal, ...] = ()
    proposal: Proposal | None = None


def weeks(company: str) -> tuple[Week, ...]:
    """The ten weeks of a company."""
    names = [f"history/week-{number:02}.yaml" for number in range(1, WEEKS + 1)]
    return tuple(parse_yaml(examples.document(company, name), f"{company}/{name}", Week) for name in names)
