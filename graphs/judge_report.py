"""The judge's report card: whatever judge plays, held against labelled texts and put under stress, in one go."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import examples
from agents.alignment import JudgeQuestion
from agents.ensemble import Ensemble
from evidence.canonical import digest
from graphs.judge_asking import Asking, Forgetful, Memory, Told, unheard
from graphs.judging import question_of, samples_at_first
from graphs.studies.judgements import characters, judge_of
from graphs.studies.prices import Cost, priced
from graphs.studies.stressing import (
    NO_FIRST,
    another_company,
    answered,
    case_about,
    cost_of,
    example,
    put,
    tried,
    why_not,
)
from strategy.charter import Charter
from strategy.criteria import CriteriaSet, Criterion
from strategy.labelled import LabelledSet, LabelledText, ParaphraseSet, load_labelled, load_paraphrases
from strategy.report_card import Judged, card
from strategy.statistics.intervals import DRAWS
from strategy.stress.battery import IDS, OtherCompany, Trial, battery, trials
from strategy.stress.case import Case, Perturbation
from strategy.stress.outcome import DIRECTIONAL, Limits
from strategy.stress.report import Tried, report
from strategy.verdict import Evidence, JudgeSample, SampleStatus

STRESSED = 12  # texts that are put under stress, where nothing else is said
SEED = 1


@dataclass(frozen=True)
class Subject:
    """What a judge is held against: a company's documents with labelled texts and approved paraphrases."""

    charter: Charter
    criteria: CriteriaSet
    labelled: LabelledSet
    paraphrases: ParaphraseSet | None = None
    other: OtherCompany | None = None

    def question(self, text: LabelledText, criterion: Criterion) -> JudgeQuestion:
        """What the judge is asked about a text."""
        return JudgeQuestion(
            criterion=criterion,
            clauses=tuple(clause for clause in self.charter.clauses if clause.id in criterion.clause_ids),
            fields=text.fields(criterion),
            language=self.labelled.language,
        )

    def questions(self, texts: Iterable[LabelledText]) -> list[tuple[LabelledText, Criterion, JudgeQuestion]]:
        """Every labelled question about these texts, in the order of texts and criteria."""
        return [
            (text, criterion, self.question(text, criterion))
            for text in texts
            for criterion in self.criteria.criteria
            if criterion.id in text.labels
        ]


def example_subject(company: str) -> Subject:
    """A packaged company with its labelled texts and paraphrases, beside the packaged company that is least like it.

    Args:
        company: one of ``examples.COMPANIES``.

    Raises:
        KeyError: there is no such company.
    """
    found = example(company)
    labelled = load_labelled(examples.document(company, "labels.yaml"), f"{company}/labels.yaml", found.criteria)
    said = load_paraphrases(examples.document(company, "paraphrases.yaml"), f"{company}/paraphrases.yaml", labelled)
    other = another_company(found.charter)
    return Subject(found.charter, found.criteria, labelled, said, None if other is None else other.company)


async def stress_cases(
    asking: Asking,
    cases: Sequence[Case],
    kinds: Sequence[Perturbation],
    *,
    seed: int = SEED,
    limits: Limits | None = None,
) -> dict[str, Any]:
    """Put cases under stress: the judge's own answer to each, then every change to it.

    Args:
        asking: asks the judge.
        cases: not answered yet; figures are clustered by their ``scenario``.
        kinds: of change, see ``strategy.stress.battery``.
        seed: the same one makes the same changes.
        limits: what is asked of the judge; the usual ones where nothing else is said.

    Returns:
        ``strategy.stress.report.report``, with ``cases``, ``compared`` (those where the judge gave a level at first),
        ``failed`` (changed questions without a usable reply) and ``taken_away``: of the questions after which a level
        must drop, how many levels ``dropped``, were ``left`` to people, and did neither (``stayed``).

    Raises:
        ModelFailed: see ``Asking.all``.
    """
    fixed = asking.ensemble.alignment.deterministic
    firsts = await asking.all([(question_of(case), 0) for case in cases])
    opened: list[Trial] = []
    untried: list[tuple[str, str]] = []
    compared = 0
    for case, first in zip(cases, firsts, strict=True):
        judged = None if first is None else answered(case, first)
        if judged is None:
            untried.append((NO_FIRST, why_not(first)))
            continue
        compared += 1
        made, not_made = trials(judged, kinds, seed, deterministic=fixed)
        opened += made
        untried += not_made.items()
    afters = await asking.all([(put(trial), trial.number) for trial in opened])
    pairs: list[Tried] = []
    for trial, after in zip(opened, afters, strict=True):
        found = None if after is None else tried(trial, after)
        if found is not None:
            pairs.append(found)
    made_of = report(pairs, limits=limits or Limits(), seed=seed, fixed=fixed, untried=untried)
    return made_of | {
        "cases": len(cases),
        "compared": compared,
        "failed": len(opened) - len(pairs),
        "taken_away": _taken_away(pairs),
    }


def _taken_away(pairs: Sequence[Tried]) -> dict[str, int]:
    """An abstention is seen apart from a level that dropped: both keep a text from passing, and one costs a person."""
    found = Counter(
        "stayed" if each.pair.wrong else "left" if each.pair.after is None else "dropped"
        for each in pairs
        if each.pair.perturbation in DIRECTIONAL
    )
    return {name: found[name] for name in ("dropped", "left", "stayed")}


async def judge_report(
    ensemble: Ensemble,
    subject: Subject,
    *,
    samples: int | None = None,
    stressed: int = STRESSED,
    seed: int = SEED,
    draws: int = DRAWS,
    memory: Memory | None = None,
    told: Told | None = None,
) -> dict[str, Any]:
    """Hold the judge against labels, and put it under stress.

    Args:
        ensemble: with the judge.
        subject: texts, labels and documents.
        samples: how often each labelled question is asked; None as the criteria say, once where it goes by rules.
        stressed: how many of the texts are put under stress; 0 leaves that out.
        seed: of changes and bootstraps.
        draws: of the bootstraps of agreement.
        memory: of earlier answers.
        told: is told of progress.

    Returns:
        JSON data: ``company``, ``judge``, ``labels``, the card of ``strategy.report_card``, ``stress`` (None without),
        ``cost`` and ``time``.

    Raises:
        ModelFailed: see ``Asking.all``.
    """
    began = time.monotonic()
    asking = Asking(ensemble, Forgetful() if memory is None else memory, told or unheard)
    fixed = ensemble.alignment.deterministic
    count = _count(ensemble, subject, samples)
    questions = subject.questions(subject.labelled.texts)
    given = await asking.all([(question, number) for *_where, question in questions for number in range(count)])
    labelled = subject.labelled
    judged = [
        _judged(text, criterion, labelled.is_held_out(text), given[place * count : (place + 1) * count])
        for place, (text, criterion, _question) in enumerate(questions)
    ]
    found = card(judged, subject.criteria, by_rules=fixed, seed=seed, draws=draws)
    texts = chosen_texts(labelled, stressed)
    stress = None
    if texts:
        stress = await stress_cases(asking, _cases(subject, texts), _battery(subject), seed=seed)
        stress["texts"] = len(texts)
    asked = len(asking.samples) + asking.failed
    seconds = time.monotonic() - began
    return {
        "company": labelled.company,
        "title": labelled.title,
        "labelled_by": labelled.labelled_by,
        "judge": judge_of(ensemble),
        "documents": digest(
            {"charter": subject.charter.model_dump(mode="json"), "criteria": subject.criteria.model_dump(mode="json")}
        ),
        "labels": digest(labelled.model_dump(mode="json")),
        "texts": len(labelled.texts),
        **found.model_dump(mode="json"),
        "stress": stress,
        "cost": asdict(cost_of(ensemble, asking.samples))
        | {"asked": asked, "known": asking.known, "failed": asking.failed},
        "time": {"seconds": round(seconds, 3), "per_question": round(seconds / asked, 5) if asked else None},
    }


@dataclass(frozen=True)
class Estimate:
    """What a report will take, before anything is asked: ``about`` and ``most`` are tokens and money."""

    questions: int
    about: Cost
    most: Cost


def estimate(
    ensemble: Ensemble, subject: Subject, *, samples: int | None = None, stressed: int = STRESSED, seed: int = SEED
) -> Estimate:
    """What a report will cost, if nothing is known yet; zeros where rules judge.

    Args:
        ensemble: with the judge.
        subject: see ``judge_report``.
        samples: see ``judge_report``.
        stressed: see ``judge_report``.
        seed: see ``judge_report``.

    Returns:
        ``most`` counts every question at the most trials any first answer allows for, every reply at its full length,
        a second draw of each, and every repair of each.
    """
    lengths = [
        characters(question)
        for *_where, question in subject.questions(subject.labelled.texts)
        for _ in range(_count(ensemble, subject, samples))
    ]
    kinds = _battery(subject)
    for case in _cases(subject, chosen_texts(subject.labelled, stressed)):
        lengths += _most_changes(case, kinds, seed, deterministic=ensemble.alignment.deterministic)
    return Estimate(len(lengths), *priced(ensemble, "alignment", lengths))


def chosen_texts(labelled: LabelledSet, most: int) -> tuple[LabelledText, ...]:
    """The texts that are put under stress: so many of them, evenly from first to last."""
    there = labelled.texts
    count = min(most, len(there))
    return tuple(there[place * len(there) // count] for place in range(count))


def _count(ensemble: Ensemble, subject: Subject, samples: int | None) -> int:
    return samples or samples_at_first(ensemble, subject.criteria)


def _judged(text: LabelledText, criterion: Criterion, held: bool, given: Sequence[JudgeSample | None]) -> Judged:
    label = text.labels[criterion.id]
    failed = [
        JudgeSample(criterion_id=criterion.id, number=number, status=SampleStatus.ERROR)
        for number, sample in enumerate(given)
        if sample is None
    ]
    return Judged(
        text=text.id,
        work=text.work,
        kind=text.kind,
        criterion=criterion.id,
        label=label.level,
        reason=label.reason,
        quote=label.quote,
        held=held,
        samples=(*(sample for sample in given if sample is not None), *failed),
    )


def _cases(subject: Subject, texts: Sequence[LabelledText]) -> list[Case]:
    return [case_about(text.work, question, text.names) for text, _, question in subject.questions(texts)]


def _battery(subject: Subject) -> tuple[Perturbation, ...]:
    pairs = () if subject.paraphrases is None else subject.paraphrases.pairs
    return battery(IDS, paraphrases=[(pair.passage, pair.paraphrase) for pair in pairs], other=subject.other)


def _most_changes(case: Case, kinds: Sequence[Perturbation], seed: int, *, deterministic: bool) -> list[int]:
    """How long each changed question is, for the first answer that allows for the most of them."""
    found: list[int] = [characters(question_of(case))]
    if not case.fields:
        return found
    name, text = max(case.fields.items(), key=lambda each: len(each[1]))
    quote = Evidence.model_validate({"quote": text, "field": name, "start": 0, "end": len(text), "status": "exact"})
    most: list[int] = []
    for level in case.criterion.levels:
        first = JudgeSample(
            criterion_id=case.criterion.id, number=0, status=SampleStatus.VALID, level=level.key, evidence=(quote,)
        )
        supposed = answered(case, first)
        if supposed is not None:
            made, _ = trials(supposed, kinds, seed, deterministic=deterministic)
            most = max(most, [characters(put(trial)) for trial in made], key=len)
    return found + most
