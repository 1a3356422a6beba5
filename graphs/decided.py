"""Every decided scenario, with what there is to score it by under some criteria: stored samples wherever the judge was
asked the same.

A criterion asks the same where its judged half and the clauses it cites are the same. Where it does not, a sample that
was taken since, in a shadow run for instance, counts as well, if it is of the judge that plays now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from agents.alignment import JudgeQuestion
from agents.ensemble import Ensemble
from evidence.canonical import digest
from graphs.judging import key_of, question_about, samples_at_first
from store.records import DecidedScenario, ScenarioVersion, StrategyVersion
from store.unit_of_work import Store, UnitOfWork
from strategy.charter import Charter
from strategy.criteria import CriteriaSet, Criterion
from strategy.history import History, count
from strategy.rescoring import rescore
from strategy.scoring import verdict
from strategy.verdict import JudgeSample, SampleStatus, Verdict


@dataclass(frozen=True)
class Reading:
    """Decided scenarios under some criteria.

    Attributes:
        entries: for each scenario what ``strategy.history.count`` takes; None where something was not judged.
        missing: by number of the scenario, the criteria that nobody has judged it on.
        renewed: by number of the scenario, judgement keys of the samples that stand in for stored ones.
    """

    entries: tuple[dict[str, Any] | None, ...]
    missing: dict[int, tuple[str, ...]] = field(default_factory=dict)
    renewed: dict[int, dict[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class InForce:
    """The decided history of a programme, counted under the criteria in force."""

    mark: tuple[object, ...]
    criteria: CriteriaSet
    rows: tuple[DecidedScenario, ...]
    renewed: tuple[Mapping[str, tuple[str, ...]], ...]
    unlike: int
    history: History


@dataclass(frozen=True)
class Strategies:
    """Charter and criteria in force, with their content."""

    charter_id: str
    charter: Charter
    criteria_id: str
    criteria: CriteriaSet


async def strategies(work: UnitOfWork, programme_id: str) -> Strategies:
    """What is in force in a programme.

    Raises:
        Conflict: charter or criteria are missing.
    """
    charter = await work.strategy.in_force(programme_id, "charter")
    criteria = await work.strategy.in_force(programme_id, "criteria")
    return Strategies(
        charter_id=charter.id,
        charter=Charter.model_validate_json(charter.content),
        criteria_id=criteria.id,
        criteria=CriteriaSet.model_validate_json(criteria.content),
    )


# Counting is most of the work, and only a decision, another strategy or a finished shadow run change the counts: a
# slider moves in between.
_counted: WeakKeyDictionary[Store, dict[str, InForce]] = WeakKeyDictionary()


async def in_force(store: Store, work: UnitOfWork, programme_id: str, ensemble: Ensemble | None = None) -> InForce:
    """The decided history under the criteria in force; kept until something is decided or put in force.

    Args:
        store: where everything is kept.
        work: a transaction in it.
        programme_id: whose history.
        ensemble: with the judge that plays now, whose newer samples count too; None looks at stored verdicts only.
    """
    criteria = await work.strategy.in_force(programme_id, "criteria")
    charter = await work.strategy.active(programme_id, "charter")
    mark = (
        criteria.id,
        None if charter is None else charter.version_id,
        *await work.approvals.decided_mark(programme_id),
        await work.studies.moved_at(programme_id, "shadow"),
        "" if ensemble is None else digest(ensemble.alignment.identity()),
    )
    known = _counted.setdefault(store, {}).get(programme_id)
    if known is not None and known.mark == mark:
        return known
    now = await strategies(work, programme_id)
    found = await work.approvals.decided_scenarios(programme_id)
    reading = await read(work, found, now.criteria, now.charter, ensemble)
    kept = [(row, entry) for row, entry in zip(found, reading.entries, strict=True) if entry is not None]
    past = InForce(
        mark=mark,
        criteria=now.criteria,
        rows=tuple(row for row, _ in kept),
        renewed=tuple(reading.renewed.get(n, {}) for n, entry in enumerate(reading.entries) if entry is not None),
        unlike=len(found) - len(kept),
        history=count([entry for _, entry in kept], [row.status == "approved" for row, _ in kept], now.criteria),
    )
    _counted[store][programme_id] = past
    return past


async def read(
    work: UnitOfWork,
    rows: Sequence[DecidedScenario],
    criteria: CriteriaSet,
    charter: Charter,
    ensemble: Ensemble | None,
    study_id: str = "",
) -> Reading:
    """What there is to score decided scenarios by.

    Args:
        work: a transaction.
        rows: the decided scenarios.
        criteria: under which they are to be scored.
        charter: whose clauses the criteria cite.
        ensemble: with the judge that plays now; None looks at stored verdicts only.
        study_id: a shadow run whose failed questions count as asked.
    """
    wanted = asked(criteria, charter)
    then = await _asked_then(work, {(row.charter_id, row.criteria_id) for row in rows})
    unlike = {
        pair: tuple(each for each, question in wanted.items() if known.get(each) != question)
        for pair, known in then.items()
    }
    open_ones = {
        number: unlike[row.charter_id, row.criteria_id]
        for number, row in enumerate(rows)
        if unlike[row.charter_id, row.criteria_id]
    }
    renewed, samples = await _renewed(work, rows, open_ones, criteria, charter, ensemble, study_id)
    missing: dict[int, tuple[str, ...]] = {}
    entries: list[dict[str, Any] | None] = []
    for number, row in enumerate(rows):
        ids, given = open_ones.get(number, ()), renewed.get(number, {})
        if lacking := tuple(each for each in ids if each not in given):
            missing[number] = lacking
            entries.append(None)
            continue
        entries.append(_entry(row, ids, {each: [samples[key] for key in keys] for each, keys in given.items()}))
    return Reading(entries=tuple(entries), missing=missing, renewed=renewed)


async def verdict_under(
    work: UnitOfWork,
    row: DecidedScenario,
    criteria: CriteriaSet,
    renewed: Mapping[str, Sequence[str]],
    study_id: str = "",
) -> Verdict:
    """The whole verdict on a decided scenario under other criteria.

    Args:
        work: a transaction.
        row: the scenario.
        criteria: all of which were judged on it.
        renewed: by criterion, keys of the samples that stand in for those of its stored verdict.
        study_id: a shadow run whose failed questions count as asked.
    """
    stored = Verdict.model_validate((await work.design.verdict(row.verdict_id)).content)
    if not renewed:
        return rescore(stored, criteria)
    found = await work.studies.answers({key for keys in renewed.values() for key in keys}, study_id)
    fresh = [
        JudgeSample(criterion_id=each, number=number, status=SampleStatus.ERROR, note=str(found[key]["detail"]))
        if "failed" in found[key]
        else JudgeSample.model_validate(found[key])
        for each, keys in renewed.items()
        for number, key in enumerate(keys)
    ]
    kept = [each for each in stored.samples if each.criterion_id not in renewed]
    settled = {key: said for key, said in stored.settled.items() if key not in renewed}
    return verdict(criteria, [*kept, *fresh], settled)


def asked(criteria: CriteriaSet, charter: Charter) -> dict[str, str]:
    """What each criterion asks the judge, as one digest: its judged half and the clauses it cites."""
    return {each.id: _asks(each, charter) for each in criteria.criteria}


def questions(
    ensemble: Ensemble, text: ScenarioVersion, criterion: Criterion, criteria: CriteriaSet, charter: Charter
) -> dict[str, tuple[JudgeQuestion, int]]:
    """The judgements that a text needs on one criterion: by key, the question and the number of the sample."""
    question = question_about(text.content, criterion, charter)
    return {
        key_of(ensemble, question, number): (question, number) for number in range(samples_at_first(ensemble, criteria))
    }


def counts_of(samples: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Samples as a verdict counts them: valid ones by level, others by status; a question that failed is an error."""
    found: Counter[str] = Counter()
    for each in samples:
        status = str(each.get("status", SampleStatus.ERROR.value))
        found[str(each["level"]) if status == SampleStatus.VALID.value else f"status:{status}"] += 1
    return dict(found)


def _asks(criterion: Criterion, charter: Charter) -> str:
    clauses = [
        {"id": each.id, "kind": each.kind.value, "text": each.text}
        for each in charter.clauses
        if each.id in criterion.clause_ids
    ]
    return digest({"judged": criterion.judged(), "clauses": clauses})


async def _asked_then(work: UnitOfWork, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    stored: dict[str, StrategyVersion] = {}
    for charter_id, criteria_id in sorted(pairs):
        for version_id, kind in ((charter_id, "charter"), (criteria_id, "criteria")):
            if version_id not in stored:
                stored[version_id] = await work.strategy.version(version_id, kind)
    return {
        (charter_id, criteria_id): asked(
            CriteriaSet.model_validate_json(stored[criteria_id].content),
            Charter.model_validate_json(stored[charter_id].content),
        )
        for charter_id, criteria_id in pairs
    }


async def _renewed(
    work: UnitOfWork,
    rows: Sequence[DecidedScenario],
    open_ones: Mapping[int, tuple[str, ...]],
    criteria: CriteriaSet,
    charter: Charter,
    ensemble: Ensemble | None,
    study_id: str,
) -> tuple[dict[int, dict[str, tuple[str, ...]]], dict[str, dict[str, Any]]]:
    """Judgements taken since that answer what the stored ones do not: keys by scenario and criterion, and samples."""
    if ensemble is None or not open_ones:
        return {}, {}
    texts = await work.previews.texts({rows[number].version_id for number in open_ones})
    by_id = {each.id: each for each in criteria.criteria}
    keys = {
        number: {
            each: tuple(questions(ensemble, texts[rows[number].version_id], by_id[each], criteria, charter))
            for each in ids
        }
        for number, ids in open_ones.items()
    }
    every = {key for found in keys.values() for several in found.values() for key in several}
    samples = await work.studies.answers(every, study_id)
    renewed = {
        number: {each: several for each, several in found.items() if all(key in samples for key in several)}
        for number, found in keys.items()
    }
    return {number: found for number, found in renewed.items() if found}, samples


def _entry(
    row: DecidedScenario, ids: Sequence[str], given: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any]:
    """Results and settlements of a verdict, with those of some criteria taken from other samples."""
    if not ids:
        return {"results": row.results, "settled": row.settled}
    other = set(ids)
    results = [each for each in row.results if each["criterion_id"] not in other]
    results += [{"criterion_id": each, "counts": counts_of(samples)} for each, samples in given.items()]
    # A person settled another question, where it is another question now.
    return {"results": results, "settled": {key: said for key, said in (row.settled or {}).items() if key not in other}}
