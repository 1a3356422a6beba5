"""The judge's answers about the suite's texts, each asked for once and looked at by several probes."""

from __future__ import annotations

from dataclasses import dataclass

from agents.alignment import Judgement, JudgeQuestion
from agents.alignment.model import ModelAlignment
from agents.conformance import material
from agents.conformance.bench import Bench, Tried
from agents.conformance.material import AlignmentMaterial


@dataclass(frozen=True)
class Answered:
    """A question, and what came of it. ``value`` is the level's value, None for an abstention or a failure."""

    question: JudgeQuestion
    tried: Tried

    @property
    def judgement(self) -> Judgement | None:
        """The answer, where there is one."""
        value = self.tried.value
        return value if isinstance(value, Judgement) else None

    @property
    def value(self) -> float | None:
        """What the level is worth."""
        level = self.question.criterion.level((self.judgement and self.judgement.level) or "")
        return level.value if level else None

    @property
    def asked(self) -> str:
        """The question as a sample shows it."""
        fields = "\n".join(f"[{name}] {text}" for name, text in self.question.fields.items())
        return f"{self.question.criterion.question}\n{fields}"


@dataclass(frozen=True)
class AnsweredPair:
    """A pair of texts, and the answers about both."""

    meets: Answered
    contradicts: Answered

    @property
    def in_order(self) -> bool:
        """Whether the text that meets the criterion was put above the one that contradicts it."""
        high, low = self.meets.value, self.contradicts.value
        return high is not None and high > (low or 0.0)


def texts() -> AlignmentMaterial:
    """The judge's material."""
    return material.alignment()


def pairs_asked(thorough: bool) -> int:
    """How many pairs are asked about."""
    return 6 if thorough else 3


def silent_asked(thorough: bool) -> int:
    """How many silent texts are asked about."""
    return 2 if thorough else 1


async def ask(bench: Bench, criterion: str, fields: dict[str, str], sample: int = 0) -> Answered:
    """Ask the judge once."""
    question = texts().question(criterion, fields)
    judge = ModelAlignment(bench.model)
    key = ("judged", criterion, tuple(fields.items()), sample)
    return Answered(question, await bench.agent(key, lambda: judge.judge(question, sample)))


async def pair(bench: Bench, number: int) -> AnsweredPair:
    """The answers about one pair."""
    texts_ = texts().pairs[number]
    return AnsweredPair(
        await ask(bench, texts_.criterion, texts_.meets), await ask(bench, texts_.criterion, texts_.contradicts)
    )


async def silent(bench: Bench) -> list[Answered]:
    """The answers about texts that say nothing."""
    return [await ask(bench, each.criterion, each.fields) for each in texts().silent[: silent_asked(bench.thorough)]]
