"""Twelve criteria, the clauses they cite, and decided verdicts to try them on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from evidence.locate import Match
from examples import document
from practice.scenario import Scenario
from strategy.charter import Charter
from strategy.criteria import CriteriaSet, Criterion
from strategy.loading import load_charter, load_criteria
from strategy.rescoring import adjusted
from strategy.scoring import verdict
from strategy.verdict import Evidence, JudgeSample, SampleStatus, Verdict

COMPANIES = ("tarrow", "ellerby")
DIFFERENT = 300  # verdicts that are made; a longer history repeats them, every text with its own row
NOISE = 0.1  # of samples that lie one level beside
AGAINST = 0.1  # of decisions that went against the verdict
RAW = "x" * 400  # what a stored sample holds besides: the model's whole reply


@cache
def charter() -> Charter:
    """The clauses of both example companies, so that there are twelve criteria to try."""
    both = [load_charter(document(each, "charter.yaml"), "charter.yaml") for each in COMPANIES]
    clauses = tuple(clause for each in both for clause in each.clauses)
    return both[0].model_copy(update={"clauses": clauses})


@cache
def criteria(number: int) -> CriteriaSet:
    """The first so many of the twelve; they ask for nothing that a short text could not meet."""
    both = [load_criteria(document(each, "criteria.yaml"), "criteria.yaml") for each in COMPANIES]
    members = tuple(member for each in both for member in each.criteria)
    return CriteriaSet.model_validate(
        {**both[0].model_dump(), "criteria": [each.model_dump() for each in members[:number]]}
    )


def heavier(base: CriteriaSet, turn: int = 0) -> CriteriaSet:
    """The same with other weights; each ``turn`` weighs another criterion three times."""
    chosen = base.criteria[turn % len(base.criteria)]
    return adjusted(base, weights={chosen.id: 3 * chosen.weight})


def differing(scenario: Scenario, number: int) -> Scenario:
    """The same with a number in what each of the criteria reads."""
    fields = ("learner_goal", "opening_line")
    return scenario.model_copy(update={each: f"{getattr(scenario, each)} It is week {number}." for each in fields})


@cache
def verdicts() -> tuple[tuple[Verdict, bool], ...]:
    """Different verdicts on twelve criteria, and whether the designers signed: mostly as the verdict has it."""
    chosen, asked = random.Random(6), criteria(12)
    made = []
    for _ in range(DIFFERENT):
        quality = chosen.betavariate(6, 2)
        samples = [sample for each in asked.criteria for sample in _samples(chosen, each, quality)]
        ruling = verdict(asked, samples)
        signed = (ruling.outcome.value == "aligned") is not (chosen.random() < AGAINST)
        made.append((ruling, signed))
    return tuple(made)


def _samples(chosen: random.Random, criterion: Criterion, quality: float) -> Iterator[JudgeSample]:
    top = len(criterion.levels) - 1
    rank = min(top, max(0, round(top * chosen.gauss(quality, 0.1))))
    for number in range(3):
        beside = chosen.random() < NOISE
        level = criterion.levels[min(top, max(0, rank + (chosen.choice((-1, 1)) if beside else 0)))]
        quote = level.positive_example or criterion.question
        yield JudgeSample(
            criterion_id=criterion.id,
            number=number,
            status=SampleStatus.VALID,
            level=level.key,
            evidence=(Evidence(quote=quote, field="exemplars", start=0, end=len(quote), status=Match.EXACT),),
            rationale=f"{level.anchor} {criterion.question} That is what this passage has people do.",
            change=criterion.levels[-1].anchor,
            judgement_key="0" * 64,
            player="model",
            model="scripted",
            prompt_digest="0" * 64,
            raw=RAW,
            usage={"input_tokens": 2000, "output_tokens": 120},
        )


@cache
def stored() -> tuple[Mapping[str, Any], ...]:
    """The verdicts as they are stored."""
    return tuple(each.model_dump(mode="json") for each, _ in verdicts())


@cache
def rules_for_peers() -> dict[str, Any]:
    """The rules of a verdict with other weights, in words that need nothing of Conductor."""
    tried = heavier(criteria(12))
    return {
        "pass_threshold": tried.pass_threshold,
        "min_agreement": tried.min_agreement,
        "criteria": [
            {
                "id": each.id,
                "weight": each.weight,
                "levels": [level.key for level in each.levels],
                "values": [level.value for level in each.levels],
                "least": max(
                    [level.key for level in each.levels].index(key) if key else 0
                    for key in (each.min_level, each.veto_below)
                ),
            }
            for each in tried.criteria
        ],
    }


def for_peers() -> dict[str, Any]:
    """The same verdicts, and the rules to score them by."""
    texts = [
        {"signed": signed, "counts": {result.criterion_id: result.counts for result in ruling.results}}
        for ruling, signed in verdicts()
    ]
    return {"rules": rules_for_peers(), "texts": texts}
