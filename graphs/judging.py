"""One criterion judged: samples in parallel, every quote located by code, an invalid sample asked for once more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from agents.alignment import Appeal, ClaimedQuote, Judgement, JudgeQuestion, second_draw
from agents.ensemble import Ensemble
from evidence.canonical import digest
from evidence.errors import ModelFailed
from evidence.fields import text_fields
from evidence.untrusted import instructions_in
from graphs.context import Context
from graphs.scenes import shown
from store.records import ScenarioVersion
from strategy.appeals import refused
from strategy.charter import Charter
from strategy.closeness import EXTRA
from strategy.criteria import CriteriaSet, Criterion
from strategy.judging import judgement_key
from strategy.sampling import check_sample, find_quote
from strategy.stress.case import Case
from strategy.verdict import Evidence, JudgeSample, SampleStatus, SetAside

TWICE_MORE = "asked the judge twice more"  # the event of a trace


def question_about(content: str, criterion: Criterion, charter: Charter) -> JudgeQuestion:
    """What the judge is asked of a scenario's canonical JSON: the texts in the criterion's scope, the clauses cited."""
    return JudgeQuestion(
        criterion=criterion,
        clauses=tuple(clause for clause in charter.clauses if clause.id in criterion.clause_ids),
        fields=text_fields(shown(content), criterion.reads),
        language=json.loads(content)["language"],
    )


def question_of(case: Case) -> JudgeQuestion:
    """What the judge is asked in a stress test, everything in the case's order.

    An appeal comes with the case's level, located quotes and rationale as the first answer.
    """
    appeal = None
    if case.appeal:
        quotes = tuple(ClaimedQuote(quote=each.quote, field=each.field) for each in case.evidence)
        appeal = Appeal(argument=case.appeal, level=case.level, quotes=quotes, rationale=case.rationale)
    return JudgeQuestion(
        criterion=case.criterion,
        clauses=case.clauses,
        fields=case.fields,
        language=case.language,
        presented=case.presented,
        appeal=appeal,
    )


def key_of(ensemble: Ensemble, question: JudgeQuestion, number: int) -> str:
    """The judgement key of a question to this ensemble's judge, for the sample with this number."""
    return judgement_key(
        fields=question.fields,
        judged=question.criterion.judged(),
        presented=[level.key for level in question.levels],
        clauses=question.clauses,
        language=question.language,
        appeal=None if question.appeal is None else question.appeal.model_dump(mode="json"),
        identity=ensemble.alignment.identity(),
        sample=number,
    )


async def judge_criterion(
    context: Context,
    version: ScenarioVersion,
    criterion: Criterion,
    charter: Charter,
    criteria: CriteriaSet,
    *,
    more: bool = False,
) -> tuple[JudgeSample, ...]:
    """The samples of one criterion, reused where the same question was answered before.

    Args:
        context: with the judge.
        version: whose text is judged.
        criterion: of these criteria.
        charter: its clauses are shown.
        criteria: says how many samples there are at first.
        more: give the samples that follow the first ones instead, where the verdict hangs on little.
    """
    question = question_about(version.content, criterion, charter)
    numbers: Iterable[int] = range(samples_at_first(context.ensemble, criteria))
    if more:
        numbers = range(criteria.samples, criteria.samples + EXTRA)
    return tuple(await asyncio.gather(*(_sample(context, question, number) for number in numbers)))


def samples_at_first(ensemble: Ensemble, criteria: CriteriaSet) -> int:
    """How often a criterion is judged before anybody looks at how close it is: once where it cannot vary."""
    return 1 if ensemble.alignment.deterministic else criteria.samples


async def _sample(context: Context, question: JudgeQuestion, number: int) -> JudgeSample:
    key = key_of(context.ensemble, question, number)
    async with context.store.read() as work:
        known = (await work.studies.answers([key])).get(key)
    if known is not None:
        return JudgeSample.model_validate(known)
    return await ask_judge(context.ensemble, question, number, key)


async def ask_judge(
    ensemble: Ensemble, question: JudgeQuestion, number: int, key: str, *, raising: bool = False
) -> JudgeSample:
    """Ask for one sample and hold it against the text; nothing is looked up and nothing is stored.

    An invalid reply of a judge that varies is asked for once more with another seed, and kept as ``first_try``. An
    appeal that raises a level on no new passage is set aside too, but not asked for again: that would be fishing.

    Args:
        ensemble: with the judge.
        question: what is asked.
        number: of the sample.
        key: of the judgement; see ``key_of``.
        raising: let a failure of the judge through, where nobody wants an errored sample.

    Returns:
        The sample; with status ``error`` where the judge failed.

    Raises:
        ModelFailed: the judge failed, and ``raising`` asks to hear of it.
    """
    shared: dict[str, Any] = {
        "criterion_id": question.criterion.id,
        "number": number,
        "judgement_key": key,
        "findings": _findings(question),
    }
    judge, first = ensemble.alignment, None
    try:
        said = await judge.judge(question, number)
        status, evidence, note = _held(question, said)
        if status is SampleStatus.INVALID and not judge.deterministic:
            usage = said.provenance.usage.model_dump()
            first = SetAside(
                level=said.level, evidence=evidence, rationale=said.rationale, note=note, raw=said.raw, usage=usage
            )
            said = await judge.judge(question, second_draw(number))
            status, evidence, note = _held(question, said)
    except ModelFailed as error:
        if raising:
            raise
        return JudgeSample(**shared, status=SampleStatus.ERROR, note=str(error), first_try=first)
    if status is SampleStatus.VALID and question.appeal is not None:
        note = _refused(question, question.appeal, said.level, evidence)
        status = SampleStatus.INVALID if note else status
    provenance = said.provenance
    return JudgeSample(
        **shared,
        status=status,
        level=said.level,
        evidence=evidence,
        rationale=said.rationale,
        change=said.change,
        note=note,
        player=provenance.player,
        model=provenance.model,
        prompt_digest=provenance.prompt_digest,
        raw=said.raw,
        usage=provenance.usage.model_dump(),
        first_try=first,
    )


def _findings(question: JudgeQuestion) -> tuple[str, ...]:
    texts = [*question.fields.values()]
    if question.appeal is not None:
        texts.append(question.appeal.argument)
    return tuple(found for text in texts for found in instructions_in(text))


def _held(question: JudgeQuestion, said: Judgement) -> tuple[SampleStatus, tuple[Evidence, ...], str]:
    claimed = [(quote.quote, quote.field) for quote in said.quotes]
    return check_sample(question.criterion, said.level, claimed, question.fields)


def _refused(question: JudgeQuestion, appeal: Appeal, level: str | None, evidence: tuple[Evidence, ...]) -> str:
    before = [find_quote(each.quote, each.field, question.fields) for each in appeal.quotes]
    return refused(question.criterion, first=appeal.level, before=before, level=level, evidence=evidence)


def players_of(context: Context) -> dict[str, Any]:
    """Who plays in this installation, as a sign-off records it."""
    persona = context.ensemble.persona.provenance
    return {
        "persona": {"player": persona.player, "model": persona.model, "prompt": persona.prompt_digest},
        "alignment": digest(context.ensemble.alignment.identity()),
    }
