"""A person's own judgement at a checkpoint: settling a referred criterion, and agreeing or not with the machine."""

from __future__ import annotations

from typing import Any

from approvals.checkpoint import review_digest
from approvals.people import Actor
from approvals.rules import may_settle
from evidence.errors import Conflict, InvalidInput
from evidence.fields import text_fields
from evidence.locate import Match
from graphs.answering import Once, transact
from graphs.checkpoints import anybody_else, under_review
from graphs.design import compute_verdict
from store.records import Agreement, CheckpointRow, VerdictRow
from store.unit_of_work import Store, UnitOfWork
from strategy.criteria import CriteriaSet
from strategy.scoring import check_sample
from strategy.verdict import HumanJudgement, Outcome, SampleStatus


async def settle_criterion(
    store: Store,
    actor: Actor,
    checkpoint_id: str,
    criterion_id: str,
    *,
    level: str,
    quote: str,
    reason: str,
    seen: str,
    once: Once | None = None,
) -> CheckpointRow:
    """Settle a referred criterion with a person's own level, quote and reason; the verdict is computed anew.

    Raises:
        Conflict: the checkpoint is decided, claimed, is not what was seen, or the criterion is not referred.
        InvalidInput: no such level, no reason, or the quote is not in the text.
        NotAllowed: the actor may not decide here.
    """

    async def effect(work: UnitOfWork) -> CheckpointRow:
        found = await under_review(work, actor, checkpoint_id, seen=seen)
        checkpoint = found.checkpoint
        await anybody_else(work, actor, found)
        may_settle(actor, found.subject, found.policy, reason=reason)
        row = await _verdict(work, checkpoint)
        referred = {r["criterion_id"] for r in row.content["results"] if r["outcome"] == Outcome.REFER.value}
        if criterion_id not in referred:
            raise Conflict(
                f"'{criterion_id}' is not referred.", todo=f"Referred: {', '.join(sorted(referred)) or 'none'}."
            )
        stored = await work.strategy.version(row.criteria_id, "criteria")
        criteria = CriteriaSet.model_validate_json(stored.content)
        judgement = _human_judgement(criteria, criterion_id, level, quote, reason, found.content, actor.person_id)
        await work.design.add_human_judgement(
            found.subject.version_id, row.criteria_id, criterion_id, actor.person_id, judgement.model_dump(mode="json")
        )
        ruling = await compute_verdict(work, found.subject.version_id, row.charter_id, row.criteria_id, criteria)
        new = await work.design.add_verdict(
            found.subject.version_id,
            charter_id=row.charter_id,
            criteria_id=row.criteria_id,
            content=ruling.model_dump(mode="json"),
        )
        now_shown = review_digest(checkpoint.digest, new.id, checkpoint.policy)
        if not await work.approvals.change(checkpoint, status="pending", review_digest=now_shown, verdict_id=new.id):
            raise Conflict("Somebody else changed this at the same moment.", todo="Load it again.")
        await work.design.trace(checkpoint.run_id, agent="person", event="settled", criterion=criterion_id, level=level)
        await work.approvals.audit(
            actor=actor.person_id,
            action="criterion settled",
            subject=f"checkpoint/{checkpoint.id}",
            criterion=criterion_id,
            level=level,
            verdict=new.id,
            review_digest=now_shown,
            outcome=new.outcome,
            vetoed=bool(ruling.vetoes),
        )
        return await work.approvals.checkpoint(checkpoint.id)

    return await transact(store, once, CheckpointRow, effect)


async def agree(
    store: Store,
    actor: Actor,
    checkpoint_id: str,
    criterion_id: str,
    *,
    agrees: bool,
    level: str | None = None,
    seen: str,
) -> Agreement:
    """Say whether the machine's level for one criterion is right; it changes no verdict, and later tells how good
    the judge is.

    Args:
        store: where everything is kept.
        actor: somebody who may decide here.
        checkpoint_id: where.
        criterion_id: of the verdict that is shown.
        agrees: whether the level is the person's own as well.
        level: the person's own level, where they disagree and know it.
        seen: the ``review_digest`` that was displayed.

    Raises:
        Conflict: the checkpoint is decided or is not what was seen.
        InvalidInput: the verdict has no such criterion or level, or it was referred and has no level to agree with.
        NotAllowed: the actor may not decide here.
    """
    async with store.write() as work:
        found = await under_review(work, actor, checkpoint_id, seen=seen)
        row = await _verdict(work, found.checkpoint)
        result = next((each for each in row.content["results"] if each["criterion_id"] == criterion_id), None)
        if result is None:
            raise InvalidInput(f"The verdict has no criterion '{criterion_id}'.", where="criterion_id")
        settled = criterion_id in row.content.get("settled", {})
        if result["level"] is None or settled:
            raise InvalidInput(
                "The machine gave no level here to agree with.", where="criterion_id", todo="Settle it instead."
            )
        if agrees and level not in (None, result["level"]):
            raise InvalidInput("Who agrees has the same level.", where="level", todo="Leave the level out.")
        if not agrees:
            stored = await work.strategy.version(row.criteria_id, "criteria")
            _check_level(CriteriaSet.model_validate_json(stored.content), criterion_id, level, result["level"])
        return await work.desk.agree(
            checkpoint_id=checkpoint_id,
            verdict_id=row.id,
            criterion_id=criterion_id,
            person_id=actor.person_id,
            machine_level=result["level"],
            agrees=agrees,
            level=result["level"] if agrees else level,
        )


async def _verdict(work: UnitOfWork, checkpoint: CheckpointRow) -> VerdictRow:
    if checkpoint.verdict_id is None:
        raise Conflict("There is no verdict here.", todo="Charters and criteria sets are not judged.")
    return await work.design.verdict(checkpoint.verdict_id)


def _check_level(criteria: CriteriaSet, criterion_id: str, level: str | None, machine: str) -> None:
    criterion = criteria.criterion(criterion_id)
    if level is None or criterion is None:
        return
    if level == machine:
        raise InvalidInput("That is the machine's level.", where="level", todo="Name another one, or agree.")
    if criterion.level(level) is None:
        known = ", ".join(each.key for each in criterion.levels)
        raise InvalidInput(f"'{criterion_id}' has no level '{level}'.", where="level", todo=f"Use one of: {known}.")


def _human_judgement(
    criteria: CriteriaSet, criterion_id: str, level: str, quote: str, reason: str, content: Any, person_id: str
) -> HumanJudgement:
    criterion = criteria.criterion(criterion_id)
    if criterion is None:
        raise Conflict(f"The criteria have no '{criterion_id}'.")
    if criterion.level(level) is None:
        known = ", ".join(each.key for each in criterion.levels)
        raise InvalidInput(f"'{criterion_id}' has no level '{level}'.", where="level", todo=f"Use one of: {known}.")
    if not reason.strip():
        raise InvalidInput("A settled criterion needs a reason.", where="reason", todo="Say why in a sentence.")
    fields = text_fields(content, criterion.reads)
    status, evidence, note = check_sample(criterion, level, [(quote, "")] if quote.strip() else [], fields)
    if status is not SampleStatus.VALID or any(each.status is Match.ABSENT for each in evidence):
        raise InvalidInput(
            note or "The quote is not in the text.",
            where="quote",
            todo="Copy a passage from the fields this criterion reads.",
        )
    return HumanJudgement(
        person_id=person_id,
        level=level,
        quote=quote,
        field=evidence[0].field if evidence else "",
        reason=reason,
        evidence=evidence,
    )
