"""What a stress study and a report without a database share: questions as cases, and answers as pairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import examples
from agents.alignment import JudgeQuestion
from agents.ensemble import Ensemble
from agents.provenance import Usage
from evidence.canonical import digest
from graphs.fitness import model_of
from graphs.judging import question_of
from graphs.studies.prices import Cost
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.loading import load_charter, load_criteria
from strategy.stress.battery import OtherCompany, Trial, company_of
from strategy.stress.case import Case, Must
from strategy.stress.report import Tried
from strategy.stress.trial import Answer, pair
from strategy.verdict import JudgeSample, SampleStatus

_NO_LEVEL = {
    SampleStatus.ABSTAINED: "The judge abstained at first, so there is no level that could change.",
    SampleStatus.INVALID: "The judge's first level had no quote that stands in the text.",
    SampleStatus.ERROR: "The judge failed at the first question.",
}
NO_FIRST = "first answer"  # in the place of a kind of change, where nothing could be tried


def case_about(scenario: str, question: JudgeQuestion, names: Iterable[str]) -> Case:
    """A question of the design journey as a case that nobody has answered yet.

    Args:
        scenario: an id; figures are clustered by it.
        question: as ``graphs.judging.question_about`` makes it.
        names: of people in the text.
    """
    return Case(
        scenario=scenario,
        criterion=question.criterion,
        clauses=question.clauses,
        fields=dict(question.fields),
        language=question.language,
        level=None,
        names=tuple(names),
    )


def answered(case: Case, first: JudgeSample) -> Case | None:
    """The case with the judge's first answer; None where that was no level, see ``why_not``."""
    if first.status is not SampleStatus.VALID or case.criterion.level(first.level or "") is None:
        return None
    return replace(case, level=first.level, evidence=first.evidence, rationale=first.rationale)


def why_not(first: JudgeSample | None) -> str:
    """Why a first answer allows for no change."""
    return _NO_LEVEL.get(SampleStatus.ERROR if first is None else first.status, _NO_LEVEL[SampleStatus.INVALID])


def put(trial: Trial) -> JudgeQuestion:
    """What the judge is asked; pushback comes with the whole first answer, reason included."""
    return question_of(trial.changed.case)


def tried(trial: Trial, after: JudgeSample) -> Tried | None:
    """The pair of a trial; None where the judge failed, so that there is nothing to compare.

    Where the level must not rise, the level counts that the judge gave, even one that code set aside: whoever was
    talked into a level without a quote was talked into it. Everywhere else a level that code set aside is none.
    """
    if after.status is SampleStatus.ERROR:
        return None
    talked = trial.perturbation.must is Must.NOT_RISE
    level = after.level if talked or after.status is SampleStatus.VALID else None
    answer = Answer(level, after.evidence, unusable=after.status is SampleStatus.INVALID)
    made = pair(trial.case, trial.perturbation, trial.changed, answer)
    return None if made is None else Tried(trial, after, made)


def cost_of(ensemble: Ensemble, samples: Iterable[JudgeSample]) -> Cost:
    """What these answers cost at the judge's price, replies that were set aside included."""
    model = model_of(ensemble, "alignment")
    total = Usage()
    for sample in samples:
        total += Usage.model_validate(sample.usage)
        if sample.first_try is not None:
            total += Usage.model_validate(sample.first_try.usage)
    cost = 0 if model is None else model.settings.price.of(total)
    return Cost(total.calls, total.input_tokens + total.output_tokens, cost)


@dataclass(frozen=True)
class Example:
    """The documents of a packaged company; ``digest`` is of both."""

    key: str
    charter: Charter
    criteria: CriteriaSet
    digest: str

    @property
    def company(self) -> OtherCompany:
        """As what other companies' texts are held against."""
        return company_of(self.charter, self.criteria)


def example(key: str) -> Example:
    """A packaged company.

    Raises:
        KeyError: there is none of this name.
    """
    charter = load_charter(examples.document(key, "charter.yaml"), "charter.yaml")
    criteria = load_criteria(examples.document(key, "criteria.yaml"), "criteria.yaml", charter)
    both = {"charter": charter.model_dump(mode="json"), "criteria": criteria.model_dump(mode="json")}
    return Example(key, charter, criteria, digest(both))


def another_company(charter: Charter) -> Example | None:
    """The packaged company that is least like this one: another name, and the fewest clauses in common.

    None where every one of them is this company.
    """
    said = {clause.text.casefold() for clause in charter.clauses}
    found = [
        each
        for each in map(example, examples.COMPANIES)
        if each.charter.company.casefold() != charter.company.casefold()
    ]
    alike = {each.key: sum(clause.text.casefold() in said for clause in each.charter.clauses) for each in found}
    kept = [each for each in found if 2 * alike[each.key] <= len(each.charter.clauses)]
    return min(kept, key=lambda each: (alike[each.key], each.key), default=None)


def names_in(content: Mapping[str, Any] | str) -> tuple[str, ...]:
    """The names of people that a scenario's content gives."""
    data = json.loads(content) if isinstance(content, str) else content
    people = [data.get("persona") or {}, *(data.get("others") or ())]
    return tuple(name for person in people if (name := person.get("name")))
