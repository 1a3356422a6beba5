"""Decisions at checkpoints: checked, compared and set, recorded, audited and followed up in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from approvals.checkpoint import Comment, Decision, DecisionKind, Subject, SubjectKind, review_digest
from approvals.people import Actor
from approvals.policies import policy_named
from approvals.policies.policy import State
from approvals.rules import has_a_say, may_decide
from evidence.canonical import digest
from evidence.errors import Conflict, InvalidInput
from evidence.fields import text_fields
from evidence.ids import new_id
from evidence.locate import Match
from graphs.design import compute_verdict
from graphs.scenes import shown
from store.purpose import Purpose
from store.records import CheckpointRow, StrategyVersion
from store.unit_of_work import Store, UnitOfWork
from strategy.criteria import CriteriaSet
from strategy.scoring import check_sample
from strategy.verdict import HumanJudgement, Outcome, SampleStatus

# What the run does next, per kind of subject and state of the checkpoint.
_NEXT_STAGE = {
    (SubjectKind.SCENARIO, State.APPROVED): "published",
    (SubjectKind.SCENARIO, State.CHANGES_REQUESTED): "drafting",
    (SubjectKind.SCENARIO, State.REJECTED): "rejected",
}
_NEXT_TUNING_STAGE = {State.APPROVED: "activating", State.CHANGES_REQUESTED: "rejected", State.REJECTED: "rejected"}


async def decide(
    store: Store,
    actor: Actor,
    checkpoint_id: str,
    kind: DecisionKind,
    *,
    seen: str,
    reason: str = "",
    comments: Sequence[Comment] = (),
    players: Mapping[str, Any],
) -> CheckpointRow:
    """Decide at a checkpoint on exactly what was seen.

    Args:
        store: where everything is kept.
        actor: who decides.
        checkpoint_id: where.
        kind: approve, request changes, or reject.
        seen: the ``review_digest`` that was displayed to the person.
        reason: required when the verdict speaks against the text.
        comments: required for a request for changes; a quote must stand in the field it names.
        players: who plays the scenario here, as the sign-off records it.

    Returns:
        The checkpoint after the decision; still pending where the policy wants more people.

    Raises:
        Conflict: it is already decided (the message names by whom), or is not what was seen.
        NotAllowed: the decision is not this person's to make.
        InvalidInput: a reason or comment is missing, or a quote is not in the text.
    """
    async with store.write() as work:
        checkpoint = await work.approvals.checkpoint(checkpoint_id, lock=True)
        policy = policy_named(checkpoint.policy.split("/")[0])
        has_a_say(actor, policy)
        await _still_open(work, checkpoint)
        await _was_seen(work, checkpoint, seen)
        subject, content, brief_writer = await _subject(work, checkpoint)
        may_decide(actor, subject, policy, kind, reason=reason, comments=tuple(comments), brief_writer=brief_writer)
        _anchored(comments, content)
        earlier = [
            Decision(
                person_id=row.person_id, kind=DecisionKind(row.kind), roles=frozenset(row.roles), reason=row.reason
            )
            for row in await work.approvals.decisions(checkpoint.id)
        ]
        if any(decision.person_id == actor.person_id for decision in earlier):
            raise Conflict("You have already decided here.", todo="The policy waits for somebody else.")
        roles = frozenset(role.value for role in actor.roles)
        ruling = policy.rule(
            subject, [*earlier, Decision(person_id=actor.person_id, kind=kind, roles=roles, reason=reason)]
        )
        if not await work.approvals.change(checkpoint, status=ruling.state.value):
            raise Conflict("Somebody else decided at the same moment.", todo="Load it again to see what was decided.")
        terminal = ruling.state is not State.PENDING
        await work.approvals.add_decision(
            checkpoint.id,
            person_id=actor.person_id,
            kind=kind.value,
            roles=roles,
            reason=reason,
            comments=[comment.model_dump() for comment in comments],
            review_digest=seen,
            terminal=terminal,
        )
        if ruling.state is State.APPROVED:
            await work.approvals.sign_off(checkpoint, players)
        await work.approvals.audit(
            actor=actor.person_id,
            action=kind.value,
            subject=f"checkpoint/{checkpoint.id}",
            digest=checkpoint.digest,
            review_digest=seen,
            state=ruling.state.value,
        )
        await work.design.trace(checkpoint.run_id, agent="person", event=kind.value, state=ruling.state.value)
        if terminal:
            await _follow_up(work, checkpoint, SubjectKind(checkpoint.subject_kind), ruling.state)
        return await work.approvals.checkpoint(checkpoint.id)


async def settle_criterion(
    store: Store, actor: Actor, checkpoint_id: str, criterion_id: str, *, level: str, quote: str, reason: str, seen: str
) -> CheckpointRow:
    """Settle a referred criterion with a person's own level, quote and reason; the verdict is computed anew.

    Raises:
        Conflict: the checkpoint is decided, is not what was seen, or the criterion is not referred.
        InvalidInput: no such level, no reason, or the quote is not in the text.
        NotAllowed: the actor may not decide here.
    """
    async with store.write() as work:
        checkpoint = await work.approvals.checkpoint(checkpoint_id, lock=True)
        policy = policy_named(checkpoint.policy.split("/")[0])
        has_a_say(actor, policy)
        await _still_open(work, checkpoint)
        await _was_seen(work, checkpoint, seen)
        subject, content, _ = await _subject(work, checkpoint)
        may_decide(actor, subject, policy, DecisionKind.REJECT, reason=reason, comments=())
        if checkpoint.verdict_id is None:
            raise Conflict("There is no verdict here to settle.")
        row = await work.design.verdict(checkpoint.verdict_id)
        referred = {r["criterion_id"] for r in row.content["results"] if r["outcome"] == Outcome.REFER.value}
        if criterion_id not in referred:
            raise Conflict(
                f"'{criterion_id}' is not referred.", todo=f"Referred: {', '.join(sorted(referred)) or 'none'}."
            )
        stored = await work.strategy.version(row.criteria_id, "criteria")
        criteria = CriteriaSet.model_validate_json(stored.content)
        judgement = _human_judgement(criteria, criterion_id, level, quote, reason, content, actor.person_id)
        await work.design.add_human_judgement(
            subject.version_id, row.criteria_id, criterion_id, actor.person_id, judgement.model_dump(mode="json")
        )
        ruling = await compute_verdict(work, subject.version_id, row.charter_id, row.criteria_id, criteria)
        new = await work.design.add_verdict(
            subject.version_id,
            charter_id=row.charter_id,
            criteria_id=row.criteria_id,
            content=ruling.model_dump(mode="json"),
        )
        now_shown = review_digest(checkpoint.digest, new.id, checkpoint.policy)
        if not await work.approvals.change(checkpoint, status="pending", review_digest=now_shown, verdict_id=new.id):
            raise Conflict("Somebody else changed this at the same moment.", todo="Load it again.")
        await work.approvals.audit(
            actor=actor.person_id,
            action="criterion settled",
            subject=f"checkpoint/{checkpoint.id}",
            criterion=criterion_id,
            level=level,
            verdict=new.id,
        )
        await work.design.trace(checkpoint.run_id, agent="person", event="settled", criterion=criterion_id, level=level)
        return await work.approvals.checkpoint(checkpoint.id)


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
    fields = text_fields(content, criterion.scope)
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


async def _still_open(work: UnitOfWork, checkpoint: CheckpointRow) -> None:
    if checkpoint.status == "pending":
        return
    ending = next((row for row in await work.approvals.decisions(checkpoint.id) if row.terminal), None)
    if ending is None:
        raise Conflict(
            "This checkpoint was superseded because the strategy changed; the text is judged again.",
            todo="Review the new checkpoint of this work.",
        )
    names = await work.people.names(frozenset({ending.person_id}), purpose=Purpose.ACCOUNTABILITY)
    who = names.get(ending.person_id, "somebody")
    raise Conflict(
        f"{who} has already decided here: {ending.kind.replace('_', ' ')}.",
        todo="Nothing was changed. Load it again to see the decision.",
        winner=who,
        decision=ending.kind,
    )


async def _was_seen(work: UnitOfWork, checkpoint: CheckpointRow, seen: str) -> None:
    if seen == checkpoint.review_digest:
        return
    raise Conflict(
        "What you saw is not what waits here now.",
        todo="Load the checkpoint again and review what has changed.",
        where="review_digest",
        current_review_digest=checkpoint.review_digest,
        content_digest=checkpoint.digest,
        verdict_id=checkpoint.verdict_id,
    )


async def _subject(work: UnitOfWork, checkpoint: CheckpointRow) -> tuple[Subject, Any, str | None]:
    """The subject, its text as shown, and who wrote the brief; refuses text that no longer has its digest."""
    outcome, vetoes, brief_writer = None, (), None
    authors = await work.design.authors(checkpoint.subject_id)
    if checkpoint.subject_kind == SubjectKind.SCENARIO.value:
        stored_text = (await work.design.version(checkpoint.subject_id)).content
        content = shown(stored_text)
        run = await work.design.run(checkpoint.run_id)
        brief_writer = None if run.brief_id is None else (await work.design.brief(run.brief_id)).writer_id
    else:
        stored: StrategyVersion = await work.strategy.version(checkpoint.subject_id)
        stored_text = stored.content
        content, authors = json.loads(stored_text), authors | {stored.author_id}
    if digest(json.loads(stored_text)) != checkpoint.digest:
        raise Conflict(
            "The stored text is not the text this checkpoint was opened for.", todo="Do not sign; tell an admin."
        )
    if checkpoint.verdict_id is not None:
        row = await work.design.verdict(checkpoint.verdict_id)
        outcome, vetoes = row.outcome, tuple(row.content.get("vetoes", ()))
    subject = Subject(
        kind=SubjectKind(checkpoint.subject_kind),
        version_id=checkpoint.subject_id,
        digest=checkpoint.digest,
        authors=authors,
        outcome=outcome,
        vetoes=vetoes,
    )
    return subject, content, brief_writer


def _anchored(comments: Sequence[Comment], content: Any) -> None:
    fields = text_fields(content)
    for number, comment in enumerate(comments):
        if comment.field and comment.field not in fields and not any(f.startswith(comment.field) for f in fields):
            raise InvalidInput(f"The text has no field '{comment.field}'.", where=f"comments[{number}].field")
        if comment.quote and not any(
            comment.quote in text for name, text in fields.items() if name.startswith(comment.field)
        ):
            raise InvalidInput(
                "The quoted words are not in that field.",
                where=f"comments[{number}].quote",
                todo="Copy them from the text.",
            )


async def _follow_up(work: UnitOfWork, checkpoint: CheckpointRow, kind: SubjectKind, state: State) -> None:
    stage = _NEXT_STAGE.get((kind, state)) or _NEXT_TUNING_STAGE[state]
    await work.design.redirect(checkpoint.run_id, stage=stage, rounds=0)
    await work.enqueue("bring_forward", checkpoint.run_id, job_id=f"{checkpoint.id}:{state.value}:{new_id()}")
