"""Decisions at checkpoints: checked, compared and set, recorded, audited and followed up in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from approvals.checkpoint import Comment, Decision, DecisionKind, Edit, SubjectKind
from approvals.people import Actor
from approvals.policies.policy import State
from approvals.rules import may_decide, may_withdraw
from evidence.errors import Conflict
from evidence.ids import new_id
from graphs.answering import Once, transact
from graphs.checkpoints import UnderReview, anybody_else, check_anchors, under_review
from graphs.editing import edited_version
from graphs.revoking import REPLACED, hold_those_of, revoke_all
from graphs.rollout_steps import end_step, hold_step, start_anew, still_so
from store.failpoints import reach
from store.records import CheckpointRow, SignOff
from store.unit_of_work import Store, UnitOfWork

# What the run does next, per kind of subject and state of the checkpoint.
_SCENARIO_STAGE = {
    State.APPROVED: "published",
    State.EDITED: "judging",
    State.CHANGES_REQUESTED: "drafting",
    State.REJECTED: "rejected",
    State.WITHDRAWN: "withdrawn",
}
_STRATEGY_STAGE = {
    State.APPROVED: "activating",
    State.EDITED: "preparing",
    State.CHANGES_REQUESTED: "rejected",
    State.REJECTED: "rejected",
    State.WITHDRAWN: "withdrawn",
}


async def decide(
    store: Store,
    actor: Actor,
    checkpoint_id: str,
    kind: DecisionKind,
    *,
    seen: str,
    reason: str = "",
    comments: Sequence[Comment] = (),
    edits: Sequence[Edit] = (),
    players: Mapping[str, Any],
    once: Once | None = None,
) -> CheckpointRow:
    """Decide at a checkpoint on exactly what was seen.

    Args:
        store: where everything is kept.
        actor: who decides.
        checkpoint_id: where.
        kind: approve, approve with edits, request changes, reject, or withdraw.
        seen: the ``review_digest`` that was displayed to the person.
        reason: required when the verdict speaks against the text, and for withdrawing.
        comments: required for a request for changes; a quote must stand in the field it names.
        edits: required for approving with edits: they make a new version, which is judged again and needs the
            sign-off of somebody else.
        players: who plays the scenario here, as the sign-off records it.
        once: the numbered request, where the sender numbered it.

    Returns:
        The checkpoint after the decision; still pending where the policy wants more people.

    Raises:
        Conflict: it is already decided (the message names by whom), is claimed by a colleague, or is not what was seen.
        NotAllowed: the decision is not this person's to make.
        InvalidInput: a reason, a comment or an edit is missing or does not fit the text.
    """

    async def effect(work: UnitOfWork) -> CheckpointRow:
        withdrawing = kind is DecisionKind.WITHDRAW
        if kind is DecisionKind.APPROVE_WITH_EDITS:  # the new version refers to its programme, which is locked first
            about = await work.approvals.checkpoint(checkpoint_id)
            await work.strategy.programme(about.programme_id, held=True)
        await hold_step(work, checkpoint_id)
        found = await under_review(work, actor, checkpoint_id, seen=seen, say=not withdrawing)
        checkpoint, subject = found.checkpoint, found.subject
        if withdrawing:
            may_withdraw(actor, subject, opened_for=found.ordered_by, reason=reason, policy=found.policy)
        else:
            await anybody_else(work, actor, found)
            may_decide(
                actor,
                subject,
                found.policy,
                kind,
                reason=reason,
                comments=tuple(comments),
                edits=tuple(edits),
                brief_writer=found.brief_writer,
            )
            check_anchors(comments, found.content)
            if subject.kind is SubjectKind.ROLLOUT and kind is DecisionKind.APPROVE:
                await still_so(work, checkpoint)
        earlier = [
            Decision(
                person_id=row.person_id, kind=DecisionKind(row.kind), roles=frozenset(row.roles), reason=row.reason
            )
            for row in await work.approvals.decisions(checkpoint.id)
        ]
        if not withdrawing and any(decision.person_id == actor.person_id for decision in earlier):
            raise Conflict("You have already decided here.", todo="The policy waits for somebody else.")
        roles = frozenset(role.value for role in actor.roles)
        mine = Decision(person_id=actor.person_id, kind=kind, roles=roles, reason=reason)
        state = found.policy.rule(subject, [*earlier, mine]).state
        standing = await hold_those_of(work, checkpoint.run_id) if subject.kind is SubjectKind.SCENARIO else []
        new_version = None
        if state is State.EDITED:
            new_version = await edited_version(work, actor, found, edits, reason=reason)
        if not await work.approvals.change(checkpoint, status=state.value):
            raise Conflict("Somebody else decided at the same moment.", todo="Load it again to see what was decided.")
        # The trace comes before the audit log here as everywhere: who holds a run's trace waits for the log's head.
        await work.design.trace(checkpoint.run_id, agent="person", event=kind.value, state=state.value)
        await work.approvals.add_decision(
            checkpoint.id,
            person_id=actor.person_id,
            kind=kind.value,
            roles=roles,
            reason=reason,
            comments=[comment.model_dump() for comment in comments],
            review_digest=seen,
            terminal=state is not State.PENDING,
        )
        signed = await work.approvals.sign_off(checkpoint, players) if state is State.APPROVED else None
        await work.approvals.audit(
            actor=actor.person_id,
            action=kind.value,
            subject=f"checkpoint/{checkpoint.id}",
            digest=checkpoint.digest,
            review_digest=seen,
            state=state.value,
            roles=sorted(roles),
            sign_off=signed,
            version=new_version,
        )
        if state is State.PENDING:
            await work.approvals.set(checkpoint.id, claimed_by=None, claimed_until=None)
        else:
            await _follow_up(work, actor, found, state, standing)
        ended = await work.approvals.checkpoint(checkpoint.id)
        reach("decision:before-commit")
        return ended

    answer = await transact(store, once, CheckpointRow, effect)
    reach("decision:after-commit")
    return answer


async def _follow_up(
    work: UnitOfWork, actor: Actor, found: UnderReview, state: State, standing: Sequence[SignOff]
) -> None:
    """Say what the run does next, and end the earlier sign-offs where this decision takes their place."""
    checkpoint = found.checkpoint
    if found.subject.kind is SubjectKind.ROLLOUT:
        await end_step(work, actor, checkpoint, state)
        return
    scenario = found.subject.kind is SubjectKind.SCENARIO
    stage = (_SCENARIO_STAGE if scenario else _STRATEGY_STAGE)[state]
    if scenario and state in (State.APPROVED, State.REJECTED):
        because = REPLACED if state is State.APPROVED else "rejected when it was reviewed again"
        await revoke_all(work, actor, standing, because=because)
    if scenario and state is State.APPROVED:
        await start_anew(work, actor, found.subject.version_id)
    if scenario and state is State.WITHDRAWN and standing:
        stage = "published"
    await work.design.redirect(checkpoint.run_id, stage=stage, rounds=0)
    await work.enqueue("bring_forward", checkpoint.run_id, job_id=f"{checkpoint.id}:{state.value}:{new_id()}")
