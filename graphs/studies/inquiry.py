"""What a kind of study has to bring: questions with keys, and what follows from the answers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agents.endpoints import Role
from agents.failures import ModelNonsense, ModelRefused

AT_ONCE = 16  # questions under way where rules answer; a model's lanes set the number otherwise
OF_ONE_QUESTION = (ModelNonsense, ModelRefused)  # everything else says that the next question would fail as well

Answers = Mapping[str, Mapping[str, Any]]
"""What was answered so far, by key; a question that failed for good has ``{"failed": kind, "detail": sentence}``."""


@dataclass(frozen=True)
class Task:
    """One question to an agent.

    Attributes:
        key: SHA-256 over everything the answer depends on: the same key is never asked twice, in no study.
        role: who is asked.
        characters: that the agent has to read, about; for the price.
        ask: asks, and gives the answer as JSON data.
        reply_characters: of a usual reply, about; for the price.

    ``ask`` raises ModelFailed where the agent did not answer; the study then stops, or, where only this one question
    went wrong, counts it as failed.
    """

    key: str
    role: Role
    characters: int
    ask: Callable[[], Coroutine[Any, Any, dict[str, Any]]]
    reply_characters: int = 1600


class Inquiry(Protocol):
    """A study's questions and its conclusion: both follow from the plan and the answers alone."""

    def tasks(self, answers: Answers) -> Sequence[Task]:
        """Every question known by now, answered or not; answers may lead to more."""
        ...

    def to_come(self, answers: Answers) -> Sequence[Task]:
        """Tasks like those that will be added once those known by now are answered; for their number and price."""
        ...

    def conclude(self, answers: Answers) -> dict[str, Any]:
        """The result, as JSON data; every question that ``tasks`` gives has an answer, or failed."""
        ...
