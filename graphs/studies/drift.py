"""The study of drift: frozen anchors judged again, past the cache, by the judge of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from agents.alignment import JudgeQuestion
from agents.ensemble import Ensemble
from evidence.errors import Conflict
from graphs.decided import counts_of
from graphs.judging import question_about
from graphs.studies.inquiry import Answers, Task
from graphs.studies.judgements import judgement
from store.repositories.studies import Study
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.drift import Anchor, drift
from strategy.labels import told_level
from strategy.verdict import SampleStatus

# Sample numbers of these studies: above those of everyday judging, below those of second draws.
_FROM, _APART, _STUDIES = 10_000, 10, 90_000


async def load(store: Store, ensemble: Ensemble, study: Study) -> DriftInquiry:
    """The questions of a study of drift, from its plan.

    Raises:
        Conflict: the judge is another one than the study was planned for.
    """
    planned = study.plan
    if planned["identity"] != ensemble.alignment.identity():
        raise Conflict(
            "The judge is not the one that this study was planned for.",
            todo="Plan a new one: it says what changed of the judge.",
        )
    async with store.read() as work:
        charter = await work.strategy.version(planned["charter_id"], "charter")
        criteria = await work.strategy.version(planned["criteria_id"], "criteria")
        texts = {
            each: await work.design.version(each) for each in sorted({one["version_id"] for one in planned["items"]})
        }
    parsed = CriteriaSet.model_validate_json(criteria.content)
    clauses = Charter.model_validate_json(charter.content)
    questions: list[JudgeQuestion] = []
    for item in planned["items"]:
        version, criterion = texts[item["version_id"]], parsed.criterion(item["criterion_id"])
        if criterion is None:
            raise Conflict(f"The criteria have no '{item['criterion_id']}'.", todo="Report this as a defect.")
        questions.append(question_about(version.content, criterion, clauses))
    titles = {each: version.title for each, version in texts.items()}
    return DriftInquiry(ensemble, planned, questions, parsed, titles=titles, begin=_begin(study.id))


def _begin(study_id: str) -> int:
    """The first sample number of a study: another study has others, so that nothing is taken from memory."""
    return _FROM + _APART * (int(sha256(study_id.encode()).hexdigest(), 16) % _STUDIES)


class DriftInquiry:
    """``graphs.studies.inquiry.Inquiry``: every anchor, as often as the plan says.

    Args:
        ensemble: with the judge.
        plan: of the study.
        questions: one for each item of the plan.
        criteria: that the anchors were labelled on.
        titles: of texts, by id.
        begin: the first sample number.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        plan: Mapping[str, Any],
        questions: Sequence[JudgeQuestion],
        criteria: CriteriaSet,
        *,
        titles: Mapping[str, str],
        begin: int,
    ) -> None:
        self._plan = plan
        self._criteria = criteria
        self._titles = titles
        self._tasks = [
            [judgement(ensemble, question, begin + number) for number in range(plan["samples"])]
            for question in questions
        ]

    def tasks(self, answers: Answers) -> Sequence[Task]:
        """See ``Inquiry``."""
        return [task for some in self._tasks for task in some]

    def to_come(self, answers: Answers) -> Sequence[Task]:
        """See ``Inquiry``: everything is known from the start."""
        return ()

    def conclude(self, answers: Answers) -> dict[str, Any]:
        """See ``Inquiry``. ``levels`` holds this time's level by text and criterion; what failed is left out."""
        first = self._plan["first"]
        then: Mapping[str, str | None] = {} if first is None else first["levels"]
        anchors: list[Anchor] = []
        levels: dict[str, str | None] = {}
        for item, tasks in zip(self._plan["items"], self._tasks, strict=True):
            said = [answers[task.key] for task in tasks]
            if all("failed" in each or each["status"] == SampleStatus.ERROR.value for each in said):
                continue
            name = f"{item['version_id']}/{item['criterion_id']}"
            levels[name] = told_level(counts_of(said))
            anchors.append(
                Anchor(
                    scenario=item["version_id"],
                    criterion=item["criterion_id"],
                    people=item["level"],
                    now=levels[name],
                    first=then.get(name),
                    compared=name in then,
                )
            )
        return asdict(drift(anchors, self._criteria, seed=0)) | {
            "levels": levels,
            "failed": len(self._plan["items"]) - len(anchors),
            "first": None if first is None else {"study_id": first["study_id"], "at": first["at"]},
            "changed": [] if first is None else _changed(first["identity"], self._plan["identity"]),
            "moved": [self._moved(each) for each in anchors if each.compared and each.now != each.first],
        }

    def _moved(self, anchor: Anchor) -> dict[str, Any]:
        return {
            "version_id": anchor.scenario,
            "title": self._titles[anchor.scenario],
            "criterion_id": anchor.criterion,
            "people": anchor.people,
            "first": anchor.first,
            "now": anchor.now,
        }


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """What is different about the judge itself."""
    return [
        {"what": name, "before": before.get(name, ""), "after": after.get(name, "")}
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
