"""An appeal against a level: one fresh question to the judge with both arguments, kept beside the first answer.

It changes no verdict. A clear level that one person could turn into an open one would be theirs alone to settle; so the
answer only tells whoever decides what the judge overlooked, if it did, and the rules for deciding stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from agents.alignment import Appeal, ClaimedQuote, JudgeQuestion
from agents.ensemble import Ensemble
from agents.metering import Account, charged_to
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.canonical import text_digest
from evidence.errors import Conflict, InvalidInput
from evidence.locate import Match
from graphs.checkpoints import under_review
from graphs.fitness import may_play
from graphs.judging import ask_judge, key_of, question_about
from store.unit_of_work import Store, UnitOfWork
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.verdict import Evidence, JudgeSample, SampleStatus, Verdict

EVENT = "appealed"  # in the trace, with everything that ``Appealed`` holds
LONGEST = 4000  # characters of an argument


class Appealed(BaseModel):
    """What came of an appeal. ``level`` is what the judge said then; it says nothing where ``status`` is not valid.

    ``note`` says why code set the answer aside, ``version`` and ``verdict_id`` what the appeal was about.
    """

    model_config = ConfigDict(frozen=True)

    criterion_id: str
    version: int
    verdict_id: str
    argument: str
    first_level: str
    level: str | None
    status: SampleStatus
    evidence: tuple[Evidence, ...]
    rationale: str
    note: str


@dataclass(frozen=True)
class _Matter:
    """What is appealed against, as it stands."""

    run_id: str
    programme_id: str
    version: int
    verdict_id: str
    first_level: str
    question: JudgeQuestion


async def appeal(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    checkpoint_id: str,
    criterion_id: str,
    *,
    argument: str,
    seen: str,
) -> Appealed:
    """Have the judge answer once more, with an argument against its level before it.

    The same argument on the same text has the same answer, and is paid for once.

    Args:
        store: where everything is kept.
        ensemble: with the judge.
        actor: somebody who has a say at this checkpoint.
        checkpoint_id: where.
        criterion_id: of the verdict that is shown.
        argument: why the level is wrong, in the person's words.
        seen: the ``review_digest`` that was displayed.

    Raises:
        Conflict: the checkpoint is decided or is not what was seen.
        InvalidInput: no argument or one that is too long, no such criterion, or one without a level of the judge's.
        NotAllowed: the actor has no say here.
        ModelFailed: the judge gave no usable reply; nothing is recorded.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="appeal against a level")
    said = _argument(argument)
    async with store.write() as work:  # the checkpoint is locked for as long as it is looked at
        matter = await _matter(work, actor, checkpoint_id, criterion_id, said, seen)
    await may_play(store, ensemble, "alignment")
    key = key_of(ensemble, matter.question, 0)
    async with store.read() as work:
        known = (await work.studies.answers([key])).get(key)
    if known is None:
        with charged_to(Account("design", matter.run_id, matter.programme_id, actor.person_id)):
            sample = await ask_judge(ensemble, matter.question, 0, key, raising=True)
        async with store.write() as work:
            await work.studies.keep(key, sample.model_dump(mode="json"))
    else:
        sample = JudgeSample.model_validate(known)
    found = Appealed(
        criterion_id=criterion_id,
        version=matter.version,
        verdict_id=matter.verdict_id,
        argument=said,
        first_level=matter.first_level,
        level=sample.level,
        status=sample.status,
        evidence=sample.evidence,
        rationale=sample.rationale,
        note=sample.note,
    )
    async with store.write() as work:
        await under_review(work, actor, checkpoint_id, seen=seen)  # while the judge read, somebody may have decided
        label = "offline rules" if sample.player == "offline" else f"model {sample.model}"
        detail = found.model_dump(mode="json")
        await work.design.trace(matter.run_id, agent="alignment", player=label, event=EVENT, **detail)
        await work.approvals.audit(
            actor=actor.person_id,
            action="level appealed against",
            subject=f"checkpoint/{checkpoint_id}",
            criterion=criterion_id,
            argument=text_digest(said),
            verdict=found.verdict_id,
            first=found.first_level,
            answer=found.level,
            status=found.status.value,
        )
    return found


def _argument(argument: str) -> str:
    said = argument.strip()
    if not said:
        raise InvalidInput("An appeal needs an argument.", todo="Say why the level is wrong.", where="argument")
    if len(said) > LONGEST:
        raise InvalidInput(
            "The argument is too long.",
            todo=f"At most {LONGEST:,} characters fit; name the passages.",
            where="argument",
        )
    return said


async def _matter(
    work: UnitOfWork, actor: Actor, checkpoint_id: str, criterion_id: str, argument: str, seen: str
) -> _Matter:
    checkpoint = (await under_review(work, actor, checkpoint_id, seen=seen)).checkpoint
    if checkpoint.verdict_id is None:
        raise Conflict("There is no verdict here.", todo="Charters and criteria sets are not judged.")
    row = await work.design.verdict(checkpoint.verdict_id)
    ruling = Verdict.model_validate(row.content)
    criteria = CriteriaSet.model_validate_json((await work.strategy.version(row.criteria_id, "criteria")).content)
    criterion = criteria.criterion(criterion_id)
    result = next((each for each in ruling.results if each.criterion_id == criterion_id), None)
    if criterion is None or result is None:
        raise InvalidInput(f"The verdict has no criterion '{criterion_id}'.", where="criterion_id")
    if result.level is None or criterion_id in ruling.settled:
        raise InvalidInput(
            "The judge gave no level here to appeal against.",
            where="criterion_id",
            todo="Talk to whoever settled it." if criterion_id in ruling.settled else "Settle it instead.",
        )
    version = await work.design.version(checkpoint.subject_id)
    charter = Charter.model_validate_json((await work.strategy.version(row.charter_id, "charter")).content)
    question = question_about(version.content, criterion, charter)
    return _Matter(
        run_id=checkpoint.run_id,
        programme_id=checkpoint.programme_id,
        version=version.number,
        verdict_id=row.id,
        first_level=result.level,
        question=question.model_copy(update={"appeal": _first_answer(ruling, criterion_id, result.level, argument)}),
    )


def _first_answer(ruling: Verdict, criterion_id: str, level: str, argument: str) -> Appeal:
    """The argument beside the samples that gave the level: all their located quotes, and the first one's rationale."""
    gave = [
        sample
        for sample in ruling.samples
        if sample.criterion_id == criterion_id and sample.status is SampleStatus.VALID and sample.level == level
    ]
    quotes = {
        (each.field, each.quote): None for sample in gave for each in sample.evidence if each.status is not Match.ABSENT
    }
    return Appeal(
        argument=argument,
        level=level,
        quotes=tuple(ClaimedQuote(quote=quote, field=field) for field, quote in quotes),
        rationale=gave[0].rationale if gave else "",
    )
