"""The shadow study: decided texts judged under proposed criteria, before anybody depends on them.

Exactly the judgements are asked for that are missing. Their keys are those of the journeys, so that nothing of it is
paid for again once the criteria are in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from agents.ensemble import Ensemble
from approvals.people import Actor
from evidence.canonical import digest
from graphs.answering import Once
from graphs.decided import questions
from graphs.studies.inquiry import Answers, Task
from graphs.studies.judgements import judge_of, judgement, same_judge
from graphs.studying import plan
from store.records import StrategyVersion
from store.repositories.studies import Study
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.verdict import SampleStatus

KIND = "shadow"


async def plan_shadow(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    version: StrategyVersion,
    charter: StrategyVersion,
    missing: Mapping[str, Sequence[str]],
    *,
    once: Once | None = None,
) -> Study:
    """Plan a shadow run, and say what it will cost; it does not start. One that is planned or under way is given again.

    Args:
        store: where everything is kept.
        ensemble: with the judge.
        actor: a strategist.
        version: the proposed criteria.
        charter: in force.
        missing: by id of the text, the criteria that it was not judged on.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor is no strategist.
    """
    settings = {
        "criteria": {"id": version.id, "digest": version.digest, "number": version.number},
        "charter": {"id": charter.id, "digest": charter.digest, "number": charter.number},
        "texts": {text: list(ids) for text, ids in sorted(missing.items())},
        "judge": judge_of(ensemble),
    }
    async with store.read() as work:
        there = await work.studies.of_programme(version.programme_id, kind=KIND, subject_id=version.id)
    for each in there:
        # A run that stopped half-way has asked some of what is missing: it is carried on, and not planned again.
        if each.status in ("priced", "running", "stopped") and _covers(each.plan, settings):
            return each
    return await plan(store, ensemble, actor, version.programme_id, KIND, version.id, settings, once=once)


def _covers(planned: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if any(planned[name] != wanted[name] for name in ("criteria", "charter", "judge")):
        return False
    return all(set(ids) <= set(planned["texts"].get(text, ())) for text, ids in wanted["texts"].items())


async def load(store: Store, ensemble: Ensemble, study: Study) -> ShadowInquiry:
    """The questions of a shadow run, from its plan.

    Raises:
        Conflict: the judge is not the one it was planned for.
    """
    planned = study.plan
    same_judge(ensemble, planned["judge"])
    async with store.read() as work:
        criteria = CriteriaSet.model_validate_json(
            (await work.strategy.version(planned["criteria"]["id"], "criteria")).content
        )
        charter = Charter.model_validate_json(
            (await work.strategy.version(planned["charter"]["id"], "charter")).content
        )
        texts = await work.previews.texts(planned["texts"])
        by_id = {each.id: each for each in criteria.criteria}
        asked = {
            key: question
            for text, ids in planned["texts"].items()
            for each in ids
            for key, question in questions(ensemble, texts[text], by_id[each], criteria, charter).items()
        }
    tasks = [judgement(ensemble, question, number) for question, number in asked.values()]
    return ShadowInquiry(tasks, texts=len(planned["texts"]))


class ShadowInquiry:
    """``graphs.studies.inquiry.Inquiry``: all questions are known at the start.

    Args:
        tasks: the judgements that were missing when it was planned.
        texts: how many texts they are about.
    """

    def __init__(self, tasks: Sequence[Task], *, texts: int) -> None:
        self._tasks = tuple(tasks)
        self._texts = texts

    def tasks(self, answers: Answers) -> Sequence[Task]:
        """See ``Inquiry``."""
        return self._tasks

    def to_come(self, answers: Answers) -> Sequence[Task]:
        """See ``Inquiry``."""
        return ()

    def conclude(self, answers: Answers) -> dict[str, Any]:
        """How many judgements there are now, by status; the preview is made of them when it is asked for."""
        statuses = Counter(
            "failed" if "failed" in answers[task.key] else str(answers[task.key].get("status", ""))
            for task in self._tasks
        )
        return {
            "texts": self._texts,
            "judgements": len(self._tasks),
            "failed": statuses["failed"],
            "by_status": {each.value: statuses[each.value] for each in SampleStatus},
            "answers": digest(sorted(task.key for task in self._tasks)),
        }
