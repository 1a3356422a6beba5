"""The stress study: every change to every scenario on every criterion, and what the judge makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agents.ensemble import Ensemble
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.canonical import digest, text_digest
from evidence.errors import Conflict, InvalidInput
from evidence.plain_messages import did_you_mean
from graphs.answering import Once
from graphs.judging import question_about, question_of
from graphs.scenes import shown
from graphs.studies.inquiry import Answers, Task
from graphs.studies.judgements import judge_of, judgement, same_judge
from graphs.studies.stressing import (
    NO_FIRST,
    another_company,
    answered,
    case_about,
    cost_of,
    example,
    names_in,
    put,
    tried,
    why_not,
)
from graphs.studying import plan
from store.records import ScenarioVersion, StrategyVersion
from store.repositories.studies import Study
from store.unit_of_work import Store, UnitOfWork
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.sampling import find_quote
from strategy.stress.battery import IDS, OtherCompany, Trial, battery, trials
from strategy.stress.case import Case, Perturbation
from strategy.stress.gate import limits_of
from strategy.stress.outcome import Limits
from strategy.stress.report import Tried, report
from strategy.verdict import JudgeSample, SampleStatus

KIND = "stress"
SCENARIOS, MOST_SCENARIOS, SEED, MOST_SEED = 12, 60, 1, 2**31 - 1
_LOOKED_THROUGH = 50  # pieces of work read at once while looking for judged texts


async def plan_stress(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    criteria_id: str,
    *,
    scenarios: int = SCENARIOS,
    seed: int = SEED,
    kinds: Collection[str] | None = None,
    currency: str = "",
    once: Once | None = None,
) -> Study:
    """Plan a stress test of the judge on a criteria version, and say what it will cost; it does not start.

    Args:
        store: where everything is kept.
        ensemble: with the judge.
        actor: a strategist.
        criteria_id: the version; in force or proposed.
        scenarios: how many of the newest judged texts, one of each piece of work.
        seed: the same one makes the same changes.
        kinds: ids of changes, such as P3; None is all of them. Asking again (P0) is always among them.
        currency: of the judge's price, for the report.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor is no strategist.
        NotFound: there is no such criteria version.
        InvalidInput: an unknown kind of change, or a number out of range.
        Conflict: no charter is in force, or nothing was judged yet.
    """
    require(actor, Role.STRATEGIST, to="measure the judge")
    wanted = _kinds(kinds)
    for name, value, least, most in (("scenarios", scenarios, 1, MOST_SCENARIOS), ("seed", seed, 0, MOST_SEED)):
        if not least <= value <= most:
            raise InvalidInput(f"{value} lies outside {least} to {most}.", where=name, todo="Choose another number.")
    async with store.read() as work:
        criteria = await work.strategy.version(criteria_id, "criteria")
        charter = await work.strategy.in_force(criteria.programme_id, "charter")
        programme = await work.strategy.programme(criteria.programme_id)
        texts = await judged_texts(work, criteria.programme_id, scenarios)
        paraphrases = await work.paraphrases.of_programme(criteria.programme_id)
    if not texts:
        raise Conflict(
            "No scenario was judged yet, so there is no text to try the judge on.",
            todo="Have a designer order a scenario first.",
        )
    other = another_company(Charter.model_validate_json(charter.content)) if "D3" in wanted else None
    settings = {
        "criteria": {"id": criteria.id, "digest": criteria.digest, "number": criteria.number},
        "charter": {"id": charter.id, "digest": charter.digest, "number": charter.number},
        "scenarios": [{"id": each.id, "digest": each.digest} for each in texts],
        "kinds": wanted,
        "seed": seed,
        "paraphrases": [
            {"id": each.id, "digest": digest([each.passage, each.paraphrase])}
            for each in (paraphrases if "P5" in wanted else ())
        ],
        "other": None if other is None else {"company": other.key, "digest": other.digest},
        "limits": asdict(limits_of(programme.judge_limits)),
        "judge": judge_of(ensemble),
        "currency": currency,
    }
    return await plan(store, ensemble, actor, criteria.programme_id, KIND, criteria.id, settings, once=once)


async def judged_texts(work: UnitOfWork, programme_id: str, most: int) -> list[ScenarioVersion]:
    """The newest judged version of each of the newest pieces of work."""
    found: list[ScenarioVersion] = []
    before = None
    while len(found) < most:
        runs = await work.design.runs(programme_id, limit=_LOOKED_THROUGH, before=before)
        for run in runs:
            if run.journey != "design" or len(found) == most:
                continue
            for version in await work.design.versions(run.id):
                if await work.design.latest_verdict(version.id) is not None:
                    found.append(version)
                    break
        if len(runs) < _LOOKED_THROUGH:
            break
        before = runs[-1].id
    return found


async def load(store: Store, ensemble: Ensemble, study: Study) -> StressInquiry:
    """The questions of a stress study, from its plan.

    Raises:
        Conflict: a text of the plan, or the judge, is not what it was.
    """
    planned = study.plan
    same_judge(ensemble, planned["judge"])
    async with store.read() as work:
        criteria = await work.strategy.version(planned["criteria"]["id"], "criteria")
        charter = await work.strategy.version(planned["charter"]["id"], "charter")
        texts = [await work.design.version(each["id"]) for each in planned["scenarios"]]
        paraphrases = await work.paraphrases.these([each["id"] for each in planned["paraphrases"]])
    _unchanged(criteria, planned["criteria"])
    _unchanged(charter, planned["charter"])
    for text, named in zip(texts, planned["scenarios"], strict=True):
        _unchanged(text, named)
    said = {each["id"]: each["digest"] for each in planned["paraphrases"]}
    if {each.id: digest([each.passage, each.paraphrase]) for each in paraphrases} != said:
        raise _altered("paraphrase")
    return StressInquiry(
        ensemble,
        _cases(texts, Charter.model_validate_json(charter.content), CriteriaSet.model_validate_json(criteria.content)),
        battery(
            planned["kinds"],
            paraphrases=[(each.passage, each.paraphrase) for each in paraphrases],
            other=_other(planned["other"]),
        ),
        plan=planned,
        titles={text.id: text.title for text in texts},
    )


@dataclass(frozen=True)
class _Opened:
    """A case after its first answer: what is asked from here on."""

    answer: Mapping[str, Any]
    case: Case | None
    trials: tuple[tuple[str, Trial], ...]
    tasks: tuple[Task, ...]
    untried: tuple[tuple[str, str], ...]


class StressInquiry:
    """``graphs.studies.inquiry.Inquiry``: first the judge's own answers, then every change to them.

    Args:
        ensemble: with the judge.
        cases: not answered yet.
        kinds: of change.
        plan: seed, limits and what else the result names.
        titles: of scenarios, by id.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        cases: Sequence[Case],
        kinds: Sequence[Perturbation],
        *,
        plan: Mapping[str, Any],
        titles: Mapping[str, str],
    ) -> None:
        self._ensemble = ensemble
        self._kinds = kinds
        self._plan = plan
        self._titles = dict(titles)
        self._fixed = ensemble.alignment.deterministic
        self._cases = [(judgement(ensemble, question_of(case), 0), case) for case in cases]
        self._opened: dict[int, _Opened] = {}
        self._usual: dict[int, int] = {}

    def tasks(self, answers: Answers) -> Sequence[Task]:
        """See ``Inquiry``; changes are made once per first answer, however often this is asked."""
        found: list[Task] = []
        for place, (first, _) in enumerate(self._cases):
            opened = self._open(place, answers)
            found += [first, *(opened.tasks if opened is not None else ())]
        return found

    def to_come(self, answers: Answers) -> Sequence[Task]:
        """See ``Inquiry``; counted on supposed first answers."""
        return [
            first
            for place, (first, _) in enumerate(self._cases)
            if first.key not in answers
            for _ in range(self._supposed(place))
        ]

    def conclude(self, answers: Answers) -> dict[str, Any]:
        """See ``Inquiry``."""
        pairs: list[Tried] = []
        untried: list[tuple[str, str]] = []
        failed = compared = 0
        samples: dict[str, JudgeSample] = {}
        for place, (first, _) in enumerate(self._cases):
            opened = self._open(place, answers)
            if opened is None:  # no conclusion is asked for before every question is answered
                continue
            untried += opened.untried
            said = _sample(opened.answer)
            if said is not None:
                samples[first.key] = said
            compared += opened.case is not None
            for key, trial in opened.trials:
                after = _sample(answers[key])
                made = None if after is None else tried(trial, after)
                if after is not None:
                    samples[key] = after
                if made is None:
                    failed += 1
                else:
                    pairs.append(made)
        settings = self._plan
        made_of = report(
            pairs, limits=Limits(**settings["limits"]), seed=settings["seed"], fixed=self._fixed, untried=untried
        )
        return made_of | {
            "cases": len(self._cases),
            "compared": compared,
            "failed": failed,
            "cost": asdict(cost_of(self._ensemble, samples.values())),
            "judge": settings["judge"],
            "criteria": settings["criteria"],
            "charter": settings["charter"],
            "scenarios": [each | {"title": self._titles[each["id"]]} for each in settings["scenarios"]],
            "other": settings["other"],
            "paraphrases": len(settings["paraphrases"]),
            "currency": settings.get("currency", ""),
            "answers": digest(sorted(samples)),
        }

    def _open(self, place: int, answers: Answers) -> _Opened | None:
        first, case = self._cases[place]
        answer = answers.get(first.key)
        if answer is None:
            return None
        known = self._opened.get(place)
        if known is None or known.answer != answer:
            known = self._opened[place] = self._made(case, answer)
        return known

    def _made(self, case: Case, answer: Mapping[str, Any]) -> _Opened:
        said = _sample(answer)
        judged = None if said is None else answered(case, said)
        if judged is None:
            return _Opened(answer, None, (), (), ((NO_FIRST, why_not(said)),))
        found, untried = trials(judged, self._kinds, self._plan["seed"], deterministic=self._fixed)
        missing = {"D3": "There is no other company to hold the text against."} if "D3" in self._plan["kinds"] else {}
        for kind in self._kinds:
            missing.pop(kind.id, None)
        tasks = tuple(judgement(self._ensemble, put(trial), trial.number) for trial in found)
        keyed = tuple((task.key, trial) for task, trial in zip(tasks, found, strict=True))
        return _Opened(answer, judged, keyed, tasks, tuple((untried | missing).items()))

    def _supposed(self, place: int) -> int:
        """How many changes a case allows for where its level is one that can rise and drop."""
        if place not in self._usual:
            case = self._cases[place][1]
            levels = case.criterion.levels
            supposed = answered(case, _supposed_answer(case, levels[min(1, len(levels) - 1)].key))
            found = (
                () if supposed is None else trials(supposed, self._kinds, self._plan["seed"], deterministic=False)[0]
            )
            self._usual[place] = len(found) - sum(self._fixed and trial.perturbation.id == "P0" for trial in found)
        return self._usual[place]


def _supposed_answer(case: Case, level: str) -> JudgeSample:
    field, text = max(case.fields.items(), key=lambda each: len(each[1]), default=("", ""))
    evidence = find_quote(text[:60].rsplit(" ", 1)[0], field, case.fields)
    return JudgeSample(
        criterion_id=case.criterion.id, number=0, status=SampleStatus.VALID, level=level, evidence=(evidence,)
    )


def _sample(answer: Mapping[str, Any]) -> JudgeSample | None:
    """An answer as a sample; None where the question failed for good."""
    return None if "failed" in answer else JudgeSample.model_validate(answer)


def _cases(texts: Sequence[ScenarioVersion], charter: Charter, criteria: CriteriaSet) -> list[Case]:
    """Every text on every criterion that finds something to read in it."""
    found = []
    for text in texts:
        names = names_in(shown(text.content))
        for criterion in criteria.criteria:
            question = question_about(text.content, criterion, charter)
            if question.fields:
                found.append(case_about(text.id, question, names))
    return found


def _kinds(wanted: Collection[str] | None) -> list[str]:
    if wanted is None:
        return list(IDS)
    asked = {each.strip().upper() for each in wanted}
    for each in sorted(asked):
        if each not in IDS:
            raise InvalidInput(
                f"There is no change '{each}'.{did_you_mean(each, IDS)}",
                where="kinds",
                todo=f"There are {', '.join(IDS)}.",
            )
    return [each for each in IDS if each in asked | {"P0"}]


def _other(named: Mapping[str, str] | None) -> OtherCompany | None:
    if named is None:
        return None
    found = example(named["company"])
    if found.digest != named["digest"]:
        raise _altered("other company's charter or criteria")
    return found.company


def _unchanged(stored: StrategyVersion | ScenarioVersion, named: Mapping[str, str]) -> None:
    if stored.digest != named["digest"] or text_digest(stored.content) != named["digest"]:
        raise _altered("text")


def _altered(what: str) -> Conflict:
    return Conflict(f"A {what} is not what it was when this study was planned.", todo="Plan a new study.")
