"""Asking a judge many questions outside of a study: each once, what is known not at all.

Nothing here needs a database. Whoever has one hands in a ``Memory``, so that no answer is paid for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.alignment import JudgeQuestion
from agents.ensemble import Ensemble
from evidence.errors import ConductorError
from graphs.fitness import model_of
from graphs.judging import key_of
from graphs.studies.inquiry import AT_ONCE, OF_ONE_QUESTION
from graphs.studies.judgements import ask
from store.unit_of_work import Store
from strategy.verdict import JudgeSample

Told = Callable[[int, int], None]
"""Is told how many questions are answered, of how many known by now."""


def unheard(done: int, of: int) -> None:
    """Nobody is told."""


class Memory(Protocol):
    """Keeps answers by judgement key."""

    async def known(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """The samples that were given under these keys before, as JSON data."""
        ...

    async def keep(self, key: str, sample: Mapping[str, Any]) -> None:
        """Keep a sample."""
        ...


class Forgetful:
    """Keeps nothing: for judges whose answers cost nothing."""

    async def known(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Nothing."""
        return {}

    async def keep(self, key: str, sample: Mapping[str, Any]) -> None:
        """Let it go."""


class Stored:
    """Keeps answers in the database, beside those of studies and journeys."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def known(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """See ``Memory``."""
        async with self._store.read() as work:
            found = await work.studies.answers(keys)
        return {key: sample for key, sample in found.items() if "failed" not in sample}

    async def keep(self, key: str, sample: Mapping[str, Any]) -> None:
        """See ``Memory``."""
        async with self._store.write() as work:
            await work.studies.keep(key, sample)


@dataclass
class Asking:
    """Asks a judge many questions: each once, what is known not at all.

    Attributes:
        ensemble: with the judge.
        memory: of earlier answers.
        told: is told of progress.
        samples: what was asked of the judge here.
        known: how many answers were known before.
        failed: how many questions it gave no usable reply to.
    """

    ensemble: Ensemble
    memory: Memory = field(default_factory=Forgetful)
    told: Told = unheard
    samples: list[JudgeSample] = field(default_factory=list)
    known: int = 0
    failed: int = 0
    _answers: dict[str, JudgeSample | None] = field(default_factory=dict)

    async def all(self, questions: Sequence[tuple[JudgeQuestion, int]]) -> list[JudgeSample | None]:
        """The samples of these questions with their numbers; None where the judge gave no usable reply.

        Raises:
            ModelFailed: its endpoint cannot be reached, is busy, or does not let us in; what was answered is kept.
        """
        keyed = [(key_of(self.ensemble, question, number), question, number) for question, number in questions]
        open_ones = {key: (question, number) for key, question, number in keyed if key not in self._answers}
        before = await self.memory.known(list(open_ones))
        self._answers |= {key: JudgeSample.model_validate(sample) for key, sample in before.items()}
        self.known += len(before)
        model = model_of(self.ensemble, "alignment")
        lanes = asyncio.Semaphore(AT_ONCE if model is None else model.settings.concurrency)
        of = len(self._answers) + sum(key not in self._answers for key in open_ones)

        failures: list[ConductorError] = []

        async def one(key: str, question: JudgeQuestion, number: int) -> None:
            async with lanes:
                if failures:
                    return  # what is under way is paid for and kept; nothing more is begun
                try:
                    self._answers[key] = await self._one(key, question, number)
                except ConductorError as error:
                    failures.append(error)
                    return
            self.told(len(self._answers), of)
            await asyncio.sleep(0)  # rules answer at once: let others have their turn in between

        async with asyncio.TaskGroup() as group:
            for key, (question, number) in open_ones.items():
                if key not in self._answers:
                    group.create_task(one(key, question, number))
        if failures:
            raise failures[0]
        return [self._answers[key] for key, _question, _number in keyed]

    async def _one(self, key: str, question: JudgeQuestion, number: int) -> JudgeSample | None:
        try:
            given = await ask(self.ensemble, question, number, key)
        except OF_ONE_QUESTION:
            self.failed += 1
            return None
        await self.memory.keep(key, given)
        sample = JudgeSample.model_validate(given)
        self.samples.append(sample)
        return sample
