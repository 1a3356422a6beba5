"""What is put under stress: one question to the judge, with the answer it gave first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from random import Random

from evidence.sentences import sentences
from strategy.charter import Clause
from strategy.criteria import Criterion
from strategy.verdict import Evidence


class Must(StrEnum):
    """What an honest judge does with a changed text."""

    STAY = "stay"
    NOT_RISE = "not rise"
    DROP = "drop"


@dataclass(frozen=True)
class Case:
    """One question, and the judge's first answer to it.

    Attributes:
        scenario: which scenario it is about; figures are clustered by it.
        criterion: what is asked; its levels are presented in the order of ``presented``.
        clauses: of the charter, in the order shown.
        fields: the texts in scope by name, in the order shown.
        language: of the texts.
        level: what the judge said at first; None where it abstained.
        evidence: its located quotes.
        rationale: its reason.
        names: of people, places and companies in the texts, which may be exchanged.
        appeal: an argument against the first answer that the judge is shown, or nothing.
        presented: keys of the levels in the order in which the judge reads them; empty is from lowest to highest.
    """

    scenario: str
    criterion: Criterion
    clauses: tuple[Clause, ...]
    fields: dict[str, str]
    language: str
    level: str | None
    evidence: tuple[Evidence, ...] = ()
    rationale: str = ""
    names: tuple[str, ...] = ()
    appeal: str = ""
    presented: tuple[str, ...] = ()

    def with_fields(self, fields: dict[str, str]) -> Case:
        """The same question about other texts."""
        return replace(self, fields=fields)

    @property
    def cited(self) -> str:
        """Everything that the criterion and its clauses say, folded: what they name must not be changed."""
        said = [self.criterion.question]
        for level in self.criterion.levels:
            said += [level.anchor, level.positive_example, level.negative_example]
        return " ".join([*said, *(clause.text for clause in self.clauses)]).casefold()

    @property
    def rank(self) -> int | None:
        """The level as a number, from 0 for the lowest."""
        return self.rank_of(self.level)

    def rank_of(self, level: str | None) -> int | None:
        """A level as a number; None where there is none."""
        return None if level is None else [each.key for each in self.criterion.levels].index(level)


@dataclass(frozen=True)
class Changed:
    """A changed question, and what was done, in a few words for people; ``added`` are texts put in."""

    case: Case
    what: str
    added: tuple[str, ...] = field(default=())


Change = Callable[[Case, Random], Iterable[Changed]]


@dataclass(frozen=True)
class Perturbation:
    """One kind of change. ``change`` gives the variants of a case, or nothing where it does not apply to it."""

    id: str
    title: str
    must: Must
    change: Change


@lru_cache(maxsize=256)
def sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    """Where the sentences of a text begin and end; several changes ask it of the same text."""
    return tuple(sentences(text))
