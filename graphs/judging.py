"""One criterion judged: k samples in parallel, every quote located by code, an invalid sample asked again once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from agents.alignment import JudgeQuestion
from evidence.canonical import digest
from evidence.errors import ModelFailed
from evidence.fields import text_fields
from evidence.untrusted import instructions_in
from graphs.context import Context
from graphs.scenes import shown
from store.records import ScenarioVersion
from strategy.charter import Charter
from strategy.criteria import CriteriaSet, Criterion
from strategy.judging import judgement_key
from strategy.scoring import check_sample
from strategy.verdict import JudgeSample, SampleStatus


def question_about(version: ScenarioVersion, criterion: Criterion, charter: Charter, language: str) -> JudgeQuestion:
    """What the judge is asked: the texts in the criterion's scope and the clauses it cites."""
    return JudgeQuestion(
        criterion=criterion,
        clauses=tuple(clause for clause in charter.clauses if clause.id in criterion.clause_ids),
        fields=text_fields(shown(version.content), criterion.scope),
        language=language,
    )


async def judge_criterion(
    context: Context, version: ScenarioVersion, criterion: Criterion, charter: Charter, criteria: CriteriaSet
) -> tuple[JudgeSample, ...]:
    """All samples of one criterion, reused where the same question was answered before."""
    question = question_about(version, criterion, charter, json.loads(version.content)["language"])
    count = 1 if context.ensemble.alignment.deterministic else criteria.samples
    return tuple(await asyncio.gather(*(_sample(context, question, number) for number in range(count))))


async def _sample(context: Context, question: JudgeQuestion, number: int) -> JudgeSample:
    judge = context.ensemble.alignment
    key = judgement_key(
        fields=question.fields,
        judged=question.criterion.judged(),
        clauses=question.clauses,
        identity=judge.identity(),
        sample=number,
    )
    async with context.store.read() as work:
        known = await work.design.sample_by_key(key)
    if known is not None:
        return JudgeSample.model_validate(known)
    sample = await _ask(context, question, number, key)
    if sample.status is SampleStatus.INVALID and not judge.deterministic:
        sample = await _ask(context, question, number, key)
    return sample


async def _ask(context: Context, question: JudgeQuestion, number: int, key: str) -> JudgeSample:
    findings = tuple(found for text in question.fields.values() for found in instructions_in(text))
    shared: dict[str, Any] = {
        "criterion_id": question.criterion.id,
        "number": number,
        "judgement_key": key,
        "findings": findings,
    }
    try:
        judgement = await context.ensemble.alignment.judge(question, number)
    except ModelFailed as error:
        return JudgeSample(**shared, status=SampleStatus.ERROR, note=str(error))
    claimed = [(quote.quote, quote.field) for quote in judgement.quotes]
    status, evidence, note = check_sample(question.criterion, judgement.level, claimed, question.fields)
    provenance = judgement.provenance
    return JudgeSample(
        **shared,
        status=status,
        level=judgement.level,
        evidence=evidence,
        rationale=judgement.rationale,
        change=judgement.change,
        note=note,
        player=provenance.player,
        model=provenance.model,
        prompt_digest=provenance.prompt_digest,
        raw=judgement.raw,
        usage=provenance.usage.model_dump(),
    )


def players_of(context: Context) -> dict[str, Any]:
    """Who plays in this installation, as a sign-off records it."""
    persona = context.ensemble.persona.provenance
    return {
        "persona": {"player": persona.player, "model": persona.model, "prompt": persona.prompt_digest},
        "alignment": digest(context.ensemble.alignment.identity()),
    }
