"""Whose turn it is at a checkpoint: claims, due dates, marks on comments, and reminders."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals.people import Actor
from approvals.policies import policy_named
from evidence.errors import Conflict, InvalidInput
from evidence.moments import in_utc
from graphs.checkpoints import anybody_else, under_review
from graphs.comments import rounds_before
from store.purpose import Purpose
from store.records import CheckpointRow, CommentMark
from store.unit_of_work import Store

CLAIM = timedelta(minutes=30)  # as long as a fresh login covers reviewing


async def claim(store: Store, actor: Actor, checkpoint_id: str, *, take_over: bool = False) -> CheckpointRow:
    """Claim a checkpoint for half an hour, so that no colleague reviews it at the same time; claiming again renews it.

    Raises:
        Conflict: it is decided, or a colleague has claimed it and ``take_over`` is not set.
        NotAllowed: the actor has no say here.
    """
    async with store.write() as work:
        found = await under_review(work, actor, checkpoint_id, seen=None)
        checkpoint = found.checkpoint
        if not take_over:
            await anybody_else(work, actor, found)
        until = work.now + CLAIM
        await work.approvals.set(checkpoint.id, claimed_by=actor.person_id, claimed_until=until)
        await work.approvals.audit(
            actor=actor.person_id, action="claimed", subject=f"checkpoint/{checkpoint.id}", until=until.isoformat()
        )
        return await work.approvals.checkpoint(checkpoint.id)


async def release(store: Store, actor: Actor, checkpoint_id: str) -> CheckpointRow:
    """Give a claim back.

    Raises:
        Conflict: it is decided, or the claim is somebody else's.
    """
    async with store.write() as work:
        checkpoint = (await under_review(work, actor, checkpoint_id, seen=None)).checkpoint
        if checkpoint.claimed_by != actor.person_id:
            raise Conflict("This is not your claim.", todo="Nothing to give back.")
        await work.approvals.set(checkpoint.id, claimed_by=None, claimed_until=None)
        await work.approvals.audit(
            actor=actor.person_id, action="released", subject=f"checkpoint/{checkpoint.id}", until=None
        )
        return await work.approvals.checkpoint(checkpoint.id)


async def set_due(store: Store, actor: Actor, checkpoint_id: str, due_at: datetime | None) -> CheckpointRow:
    """Set until when a checkpoint should be decided, or take the date away; a new date is reminded of again.

    Raises:
        InvalidInput: the date lies in the past, or beyond what a calendar holds.
    """
    async with store.write() as work:
        checkpoint = (await under_review(work, actor, checkpoint_id, seen=None)).checkpoint
        if due_at is not None:
            due_at = in_utc(due_at, "due_at")
            if due_at <= work.now:
                raise InvalidInput("The due date has passed.", where="due_at", todo="Give a later one.")
        await work.approvals.set(checkpoint.id, due_at=due_at, reminded_at=None)
        await work.approvals.audit(
            actor=actor.person_id,
            action="due changed",
            subject=f"checkpoint/{checkpoint.id}",
            due=None if due_at is None else due_at.isoformat(),
        )
        return await work.approvals.checkpoint(checkpoint.id)


async def mark_comment(
    store: Store, actor: Actor, checkpoint_id: str, decision_id: str, number: int, *, resolved: bool, note: str = ""
) -> CommentMark:
    """Say, at the checkpoint of a later round, whether a comment of an earlier one is resolved.

    Raises:
        InvalidInput: this work has no such comment.
    """
    async with store.write() as work:
        checkpoint = (await under_review(work, actor, checkpoint_id, seen=None)).checkpoint
        for earlier in await rounds_before(work, checkpoint):
            for decision in await work.approvals.decisions(earlier.id):
                if decision.id == decision_id and number < len(decision.comments):
                    await work.desk.mark(decision_id, number, resolved=resolved, by=actor.person_id, note=note)
                    await work.design.trace(
                        checkpoint.run_id, agent="person", event="comment marked", resolved=resolved, number=number
                    )
                    return (await work.desk.marks([decision_id]))[-1]
        raise InvalidInput(
            "This work has no such comment.", where="decision_id", todo="The review lists them under 'asked'."
        )


async def remind(store: Store) -> None:
    """Tell the people of every overdue checkpoint, once per due date.

    Whoever claimed it is told; where nobody did, everybody whose role has a say there.
    """
    async with store.write() as work:
        due = await work.approvals.due(work.now)
        if not due:
            return
        people = [each for each in await work.people.all(purpose=Purpose.ADMINISTRATION) if each.active]
        for checkpoint in due:
            roles = policy_named(checkpoint.policy.split("/")[0]).roles
            claimed = checkpoint.claimed_until is not None and checkpoint.claimed_until > work.now
            told = [each.id for each in people if (each.id == checkpoint.claimed_by if claimed else roles & each.roles)]
            await work.desk.notify_all(told, "checkpoint due", f"checkpoint/{checkpoint.id}")
            await work.approvals.set(checkpoint.id, reminded_at=work.now)
