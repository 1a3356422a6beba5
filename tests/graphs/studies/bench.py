"""A programme whose scenarios planted judges can read, and planted judges as players."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agents.alignment import ClaimedQuote, Judgement, JudgeQuestion
from agents.ensemble import Ensemble
from agents.provenance import Provenance, Usage
from graphs.judging import key_of
from graphs.proposing import accept, propose
from graphs.studies.stress import plan_stress
from graphs.studying import Studying, carry_on
from store.repositories.studies import Study
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.criteria import CriteriaSet, Scope
from strategy.stress.case import Case
from tests.company import SCENARIO, Company, ensemble
from tests.strategy.stress import planted

CHARTER = Charter(title="How we work", company="Yard & Daughters", clauses=(planted.CLAUSE, planted.SECOND))
ASKS = planted.ASKS.model_copy(update={"scope": (Scope.SETTING, Scope.LEARNER_GOAL, Scope.OPENING_LINE)})
CRITERIA = CriteriaSet(title="What counts", criteria=(ASKS,))


@dataclass
class PlantedJudge:
    """A planted judge as a player; counts how often each question is asked, and fails where it is told to."""

    by: planted.Judge
    deterministic: bool = False
    after: int = 10**9  # questions before ``failure``
    failure: Exception | None = None
    rationale: str = "as planted"
    asked: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=lambda: Usage(input_tokens=100, output_tokens=10, calls=1))

    def identity(self) -> dict[str, str]:
        return {"player": "offline", "model": f"planted {self.by.__name__}"}

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        if self.failure is not None and self.asked.total() >= self.after:
            raise self.failure
        self.asked[key_of(ensemble(judge=self), question, sample)] += 1
        case = Case(
            scenario="",
            criterion=question.criterion,
            clauses=question.clauses,
            fields=question.fields,
            language=question.language,
            level=None,
            appeal="" if question.appeal is None else question.appeal.argument,
            presented=question.presented,
        )
        answer = self.by(case, sample)
        return Judgement(
            level=answer.level,
            quotes=tuple(ClaimedQuote(quote=each.quote, field=each.field) for each in answer.evidence),
            rationale=self.rationale,
            provenance=Provenance(player="offline", model="planted", prompt_digest="0" * 64, usage=self.usage),
        )


@dataclass
class Bench:
    """The programme, and what is done there."""

    store: Store
    company: Company
    programme_id: str
    criteria_id: str
    charter_id: str
    versions: list[str]

    async def planned(self, judge: Any, **options: Any) -> Study:
        return await plan_stress(
            self.store, ensemble(judge=judge), self.company.sofia, self.criteria_id, **({"scenarios": 16} | options)
        )

    async def now(self, study: Study) -> Study:
        async with self.store.read() as work:
            return await work.studies.study(study.id)

    async def carried_out(self, judge: Any, study: Study) -> Study:
        started = await carry_on(self.store, self.company.sofia, study.id)
        await Studying(self.store, self.players(judge)).carry_out(study.id, str(started.runs))
        return await self.now(study)

    async def result(self, judge: Any, **options: Any) -> dict[str, Any]:
        done = await self.carried_out(judge, await self.planned(judge, **options))
        assert done.status == "done", done.error
        assert done.result is not None
        return done.result

    def players(self, judge: Any) -> Ensemble:
        return ensemble(judge=judge)


async def bench(store: Store, company: Company, *, scenarios: int = 16, language: str = "en") -> Bench:
    """A programme with judged scenarios; verdicts are written down without being worked out."""
    async with store.write() as work:
        programme_id = await work.strategy.add_programme("Yard", round_budget=2)
    charter = await propose(store, company.sofia, programme_id, CHARTER, reason="the first")
    await accept(store, company.sofia, charter.id)
    criteria = await propose(store, company.sofia, programme_id, CRITERIA, reason="the first")
    await accept(store, company.sofia, criteria.id)
    versions = []
    async with store.write() as work:
        for number in range(scenarios):
            texts = planted.texts(number, planted.STRONG if number % 2 else planted.SOME)
            persona = SCENARIO.persona.model_copy(update={"name": planted.PEOPLE[number % len(planted.PEOPLE)]})
            scenario = SCENARIO.model_copy(update={**texts, "persona": persona, "language": language})
            run_id = await work.design.add_run(programme_id, "design", "awaiting", by=company.maria.person_id)
            run = await work.design.run(run_id)
            for title in ("A first try", f"Bay {number}"):  # only the newest version of each counts
                version = await work.design.add_version(
                    run,
                    scenario.model_copy(update={"title": title}).content(),
                    title=title,
                    notes="",
                    unmet=(),
                    provenance={},
                )
                await work.design.add_verdict(
                    version.id,
                    charter_id=charter.id,
                    criteria_id=criteria.id,
                    content={"outcome": "aligned", "score": 1.0, "results": [], "settled": {}},
                )
            versions.append(version.id)
    return Bench(store, company, programme_id, criteria.id, charter.id, versions)
