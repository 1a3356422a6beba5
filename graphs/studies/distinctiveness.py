"""The distinctiveness study: a draft beside drafts for the same brief that were written without the charter.

Two questions in one: how far the draft stands from what everybody would write (distance, with its relevance to the
brief), and what the charter adds on the criteria (strategy lift). Either alone deceives: text off a brief is distinct.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from agents.author import DraftOrder
from agents.author.archetypes import load as library
from agents.ensemble import Ensemble
from agents.prompts import load_prompt
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.canonical import canonical_json, digest
from evidence.errors import Conflict, InvalidInput
from evidence.fields import text_fields
from graphs.answering import Once
from graphs.fitness import model_of
from graphs.judging import question_about, samples_at_first
from graphs.scenes import shown
from graphs.studies.inquiry import Answers, Task
from graphs.studies.judgements import judge_of, judgement, same_judge
from graphs.studies.stressing import names_in
from graphs.studying import plan
from practice.brief import Brief
from store.records import ScenarioVersion
from store.repositories.studies import Study
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.distinctiveness import K_FOR_P, K, distinctiveness, lifts
from strategy.scoring import criterion_result
from strategy.verdict import JudgeSample

KIND = "distinctiveness"
MOST_DRAFTS = 40
_READ_BY_AUTHOR = 9000  # characters of the author's own prompt, about; for the price
_WRITTEN_BY_AUTHOR = 9000  # of a scenario
_EXCERPT = 400


async def plan_distinctiveness(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    version_id: str,
    *,
    drafts: int | None = None,
    once: Once | None = None,
) -> Study:
    """Plan to compare a scenario with generic drafts for its brief, and say what that will cost; it does not start.

    Args:
        store: where everything is kept.
        ensemble: the author writes generic drafts, the judge judges them.
        actor: a strategist.
        version_id: the scenario.
        drafts: how many generic drafts; None is the usual number, one where rules write, since they write the same.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor is no strategist.
        NotFound: there is no such scenario.
        InvalidInput: a number out of range.
        Conflict: no charter or no criteria are in force.
    """
    require(actor, Role.STRATEGIST, to="measure how distinct a draft is")
    by_rules = model_of(ensemble, "author") is None
    wanted = (1 if by_rules else K) if drafts is None else drafts
    if not 1 <= wanted <= MOST_DRAFTS:
        raise InvalidInput(
            f"{wanted} lies outside 1 to {MOST_DRAFTS}.", where="drafts", todo=f"{K} is usual; {K_FOR_P} give a p."
        )
    async with store.read() as work:
        version = await work.design.version(version_id)
        run = await work.design.run(version.run_id)
        brief = await work.design.brief(str(run.brief_id))
        charter = await work.strategy.in_force(version.programme_id, "charter")
        criteria = await work.strategy.in_force(version.programme_id, "criteria")
    settings = {
        "scenario": {"id": version.id, "digest": version.digest, "title": version.title, "number": version.number},
        "brief": {"id": brief.id, "digest": digest(json.loads(brief.content))},
        "charter": {"id": charter.id, "digest": charter.digest},
        "criteria": {"id": criteria.id, "digest": criteria.digest, "number": criteria.number},
        "drafts": 1 if by_rules else wanted,
        "author": _author(ensemble, json.loads(brief.content)["language"]),
        "judge": judge_of(ensemble),
    }
    return await plan(store, ensemble, actor, version.programme_id, KIND, version.id, settings, once=once)


async def load(store: Store, ensemble: Ensemble, study: Study) -> DistinctivenessInquiry:
    """The questions of a study, from its plan.

    Raises:
        Conflict: a text of the plan, the author or the judge is not what it was.
    """
    planned = study.plan
    async with store.read() as work:
        version = await work.design.version(planned["scenario"]["id"])
        brief = Brief.model_validate_json((await work.design.brief(planned["brief"]["id"])).content)
        charter = await work.strategy.version(planned["charter"]["id"], "charter")
        criteria = await work.strategy.version(planned["criteria"]["id"], "criteria")
    same_judge(ensemble, planned["judge"])
    if planned["author"] != _author(ensemble, brief.language):
        raise Conflict("The author is not the one that this study was planned for.", todo="Plan a new one.")
    return DistinctivenessInquiry(
        ensemble,
        version,
        brief,
        Charter.model_validate_json(charter.content),
        CriteriaSet.model_validate_json(criteria.content),
        planned["drafts"],
        planned["author"],
    )


@dataclass(frozen=True)
class DistinctivenessInquiry:
    """Generic drafts first, then the draft and each of them judged on every criterion."""

    ensemble: Ensemble
    version: ScenarioVersion
    brief: Brief
    charter: Charter
    criteria: CriteriaSet
    drafts: int
    author: str

    def tasks(self, answers: Answers) -> Sequence[Task]:
        """The generic drafts, the draft's own judgements, and those of every generic draft that is written."""
        writing = self._writing()
        texts = [self.version.content, *self._generic(answers)]
        return [*writing, *(task for text in texts for task in self._judging(text).values())]

    def to_come(self, answers: Answers) -> Sequence[Task]:
        """Judgements of generic drafts that are not written yet: they are about as long as those of the draft."""
        unwritten = sum(task.key not in answers for task in self._writing())
        return [*self._judging(self.version.content).values()] * unwritten

    def conclude(self, answers: Answers) -> dict[str, Any]:
        """Distance and rank among the pool, relevance, generic passages, and the lift on each criterion.

        Raises:
            Conflict: not one generic draft could be written.
        """
        generic = self._generic(answers)
        if not generic:
            raise Conflict(
                "No generic draft could be written, so there is nothing to compare with.", todo="Plan a new one."
            )
        names = {name for text in (self.version.content, *generic) for name in names_in(text)}
        mine, others = _texts(self.version.content), [_texts(each) for each in generic]
        found = distinctiveness(mine, others, _words(self.brief), names=sorted(names), passages=5)
        values = self._values(self.version.content, answers)
        lifted = lifts(values, [self._values(each, answers) for each in generic])
        told = [each.lift * self._weight(each.criterion_id) for each in lifted if each.lift is not None]
        weights = [self._weight(each.criterion_id) for each in lifted if each.lift is not None]
        return {
            "drafts": len(generic),
            "by_rules": model_of(self.ensemble, "author") is None,
            "distance": found.distance,
            "generic_distances": list(found.generic),
            "p": found.p,
            "relevance": found.relevance,
            "generic_relevance": found.generic_relevance,
            "passages": [asdict(each) for each in found.passages],
            "quotes": self._quotes(answers),
            "lift": sum(told) / sum(weights) if weights else None,
            "lifts": [asdict(each) | {"lift": each.lift, "distinguishes": each.distinguishes} for each in lifted],
            "generic": [_excerpt(each) for each in generic],
        }

    def _writing(self) -> list[Task]:
        order = DraftOrder(brief=self.brief, charter=None)
        asked = {"brief": self.brief.model_dump(mode="json"), "author": self.author, "generic": True}
        return [
            Task(
                digest(asked | {"number": number}),
                "author",
                _READ_BY_AUTHOR + len(_words(self.brief)),
                partial(_written, self.ensemble, order),
                _WRITTEN_BY_AUTHOR,
            )
            for number in range(self.drafts)
        ]

    def _generic(self, answers: Answers) -> list[str]:
        kept = [answers.get(task.key, {}) for task in self._writing()]
        return [canonical_json(each["scenario"]).decode() for each in kept if "scenario" in each]

    def _judging(self, content: str) -> dict[tuple[str, int], Task]:
        found = {}
        for criterion in self.criteria.criteria:
            question = question_about(content, criterion, self.charter)
            for number in range(samples_at_first(self.ensemble, self.criteria)):
                found[criterion.id, number] = judgement(self.ensemble, question, number)
        return found

    def _samples(self, content: str, answers: Answers) -> list[JudgeSample]:
        kept = [answers.get(task.key, {}) for task in self._judging(content).values()]
        return [JudgeSample.model_validate(each) for each in kept if "status" in each]

    def _values(self, content: str, answers: Answers) -> dict[str, float | None]:
        """What each criterion comes to; None where it is referred, left out or failed."""
        samples = self._samples(content, answers)
        return {
            each.id: criterion_result(
                each, [sample for sample in samples if sample.criterion_id == each.id], self.criteria.min_agreement
            ).value
            for each in self.criteria.criteria
        }

    def _quotes(self, answers: Answers) -> int:
        """How many different quotes for the strategy code has found in the draft."""
        samples = self._samples(self.version.content, answers)
        return len({(each.field, each.start) for one in samples for each in one.evidence if each.start is not None})

    def _weight(self, criterion_id: str) -> float:
        found = self.criteria.criterion(criterion_id)
        return 0.0 if found is None else found.weight


async def _written(ensemble: Ensemble, order: DraftOrder) -> dict[str, Any]:
    made = await ensemble.author.draft(order)
    return {"scenario": made.scenario.content(), "usage": made.provenance.usage.model_dump()}


def _author(ensemble: Ensemble, language: str) -> str:
    """Digest of everything a generic draft depends on besides brief and number."""
    model = model_of(ensemble, "author")
    if model is None:
        return digest({"player": "offline", "library": library(language).digest})
    return digest({"player": "model", **model.identity(), "prompt": load_prompt("agents.author").digest})


def _texts(content: str) -> dict[str, str]:
    return text_fields(shown(content))


def _words(brief: Brief) -> str:
    return "\n".join([brief.skill, brief.audience, brief.situation, brief.worry])


def _excerpt(content: str) -> Mapping[str, str]:
    read = shown(content)
    return {"title": read["title"], "setting": read["setting"][:_EXCERPT]}
