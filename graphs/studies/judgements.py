"""What every study that asks the judge shares: a question as a task, its size, and who the judge is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from agents.alignment import JudgeQuestion
from agents.ensemble import Ensemble
from evidence.canonical import digest
from evidence.errors import Conflict
from graphs.fitness import model_of, name_of
from graphs.judging import ask_judge, key_of
from graphs.studies.inquiry import Task

FRAME_CHARACTERS = 7000  # of the judge's own prompt, about; for the price


def judgement(ensemble: Ensemble, question: JudgeQuestion, number: int) -> Task:
    """A question to the judge as a task; its key is that of the journeys, so that each is asked once in all."""
    key = key_of(ensemble, question, number)
    return Task(key, "alignment", characters(question), partial(ask, ensemble, question, number, key))


async def ask(ensemble: Ensemble, question: JudgeQuestion, number: int, key: str) -> dict[str, Any]:
    """Ask the judge once, and give the sample as JSON data.

    Raises:
        ModelFailed: the judge did not answer; a study stops by it, where a verdict would be errored.
    """
    return (await ask_judge(ensemble, question, number, key, raising=True)).model_dump(mode="json")


def characters(question: JudgeQuestion) -> int:
    """How much the judge has to read, about."""
    levels = sum(
        len(level.anchor) + len(level.positive_example) + len(level.negative_example)
        for level in question.criterion.levels
    )
    appeal = 0 if question.appeal is None else len(question.appeal.argument) + len(question.appeal.rationale)
    clauses = sum(len(clause.text) for clause in question.clauses)
    fields = sum(len(key) + len(text) for key, text in question.fields.items())
    return FRAME_CHARACTERS + len(question.criterion.question) + levels + clauses + fields + appeal


def judge_of(ensemble: Ensemble) -> dict[str, str]:
    """Who judges here, as a plan and a result name it: player, model, and the digest of the whole identity."""
    identity = ensemble.alignment.identity()
    return {
        "player": identity.get("player", ""),
        "model": name_of(model_of(ensemble, "alignment")) or identity.get("model", ""),
        "digest": digest(identity),
    }


def same_judge(ensemble: Ensemble, planned: Mapping[str, str]) -> None:
    """Refuse to go on with another judge than a study was planned for.

    Args:
        ensemble: with the judge of today.
        planned: as ``judge_of`` gave it.

    Raises:
        Conflict: it is another one, or has other parameters or another prompt.
    """
    if planned["digest"] != judge_of(ensemble)["digest"]:
        raise Conflict(
            "The judge is not the one that this study was planned for.",
            todo="Plan a new one; what was answered stays known under the judge who gave it.",
        )
