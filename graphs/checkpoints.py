"""What every act at a checkpoint looks at first: is it open, is it what was seen, what is the text, who has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from approvals.checkpoint import Comment, Subject, SubjectKind
from approvals.people import Actor
from approvals.policies import Policy, policy_named
from approvals.risk import RiskClass
from approvals.rollout import told
from approvals.rules import has_a_say, may_claim
from evidence.canonical import digest
from evidence.errors import Conflict, InvalidInput
from evidence.fields import text_fields
from graphs.blinding import refuse_unlabelled
from graphs.rollout_steps import authors_of
from graphs.scenes import shown
from store.purpose import Purpose
from store.records import CheckpointRow
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class UnderReview:
    """A pending checkpoint, locked, with its subject as it is stored.

    ``source`` is the stored text, ``content`` the same as people and judges read it; ``ordered_by`` wrote the brief or
    made the proposal, ``brief_writer`` is None where there is no brief.
    """

    checkpoint: CheckpointRow
    policy: Policy
    subject: Subject
    source: dict[str, Any]
    content: dict[str, Any]
    ordered_by: str
    brief_writer: str | None


async def under_review(
    work: UnitOfWork, actor: Actor, checkpoint_id: str, *, seen: str | None, say: bool = True
) -> UnderReview:
    """Lock a pending checkpoint for one of its people, on exactly what they saw.

    Args:
        work: the transaction.
        actor: who acts.
        checkpoint_id: where.
        seen: the ``review_digest`` that was displayed; None for acts that do not judge the text.
        say: False also lets in whoever ordered or proposed the work, without a say.

    Raises:
        NotFound: there is none.
        NotAllowed: the actor has no say here.
        Conflict: it is decided (the message names by whom), is not what was seen, has to be labelled by this person
            first, was judged under a strategy that is no longer in force, or its stored text was altered.
    """
    checkpoint = await work.approvals.checkpoint(checkpoint_id, lock=True)
    policy = policy_named(checkpoint.policy.split("/")[0])
    if say or (await work.design.run(checkpoint.run_id)).started_by != actor.person_id:
        has_a_say(actor, policy)
    await _still_open(work, checkpoint)
    if say and seen is not None:
        await refuse_unlabelled(work, actor, checkpoint)
    if seen is not None:
        _was_seen(checkpoint, seen)
    return await _loaded(work, checkpoint, policy)


async def anybody_else(work: UnitOfWork, actor: Actor, found: UnderReview) -> None:
    """Refuse while a colleague has claimed the checkpoint.

    Raises:
        Conflict: somebody else is at it; the message names them and until when.
    """
    claimed_by, until = found.checkpoint.claimed_by, found.checkpoint.claimed_until
    if claimed_by is None or until is None:
        return
    names = await work.people.names(frozenset({claimed_by}), purpose=Purpose.ACCOUNTABILITY)
    told = f"{names.get(claimed_by, 'A colleague')} has claimed this until {until:%H:%M} UTC."
    may_claim(actor, found.policy, claimed_by=claimed_by, claim_expired=until <= work.now, told=told)


def check_anchors(comments: Sequence[Comment], content: dict[str, Any]) -> None:
    """Refuse a comment whose field or quote is not in the text.

    Raises:
        InvalidInput: it is not; ``where`` names the comment.
    """
    fields = text_fields(content)
    for number, comment in enumerate(comments):
        meant = [text for name, text in fields.items() if name.startswith(comment.field)]
        if not meant:
            raise InvalidInput(f"The text has no field '{comment.field}'.", where=f"comments[{number}].field")
        if comment.quote and not any(comment.quote in text for text in meant):
            raise InvalidInput(
                "The quoted words are not in that field.",
                where=f"comments[{number}].quote",
                todo="Copy them from the text.",
            )


async def _loaded(work: UnitOfWork, checkpoint: CheckpointRow, policy: Policy) -> UnderReview:
    outcome, vetoes, brief_writer = None, (), None
    authors = await work.design.authors(checkpoint.subject_id)
    run = await work.design.run(checkpoint.run_id)
    if checkpoint.subject_kind == SubjectKind.SCENARIO.value:
        stored = (await work.design.version(checkpoint.subject_id)).content
        content = shown(stored)
        brief_writer = None if run.brief_id is None else (await work.design.brief(run.brief_id)).writer_id
    elif checkpoint.subject_kind == SubjectKind.ROLLOUT.value:
        step = await work.reach.step(checkpoint.subject_id)
        stored, authors = json.dumps(step.content), await authors_of(work, step)
        content = told(step.content)
    else:
        proposed = await work.strategy.version(checkpoint.subject_id)
        stored, authors = proposed.content, authors | {proposed.author_id}
        content = json.loads(stored)
    source = json.loads(stored)
    if digest(source) != checkpoint.digest:
        raise Conflict(
            "The stored text is not the text this checkpoint was opened for.", todo="Do not sign; tell an admin."
        )
    if checkpoint.verdict_id is not None:
        row = await work.design.verdict(checkpoint.verdict_id)
        await _still_in_force(work, checkpoint, row.charter_id, row.criteria_id)
        outcome, vetoes = row.outcome, tuple(row.content.get("vetoes", ()))
    subject = Subject(
        kind=SubjectKind(checkpoint.subject_kind),
        version_id=checkpoint.subject_id,
        digest=checkpoint.digest,
        authors=authors,
        outcome=outcome,
        vetoes=vetoes,
        risk=None if checkpoint.risk is None else RiskClass(checkpoint.risk),
    )
    return UnderReview(checkpoint, policy, subject, source, content, run.started_by, brief_writer)


async def _still_in_force(work: UnitOfWork, checkpoint: CheckpointRow, charter_id: str, criteria_id: str) -> None:
    for kind, version_id in (("charter", charter_id), ("criteria", criteria_id)):
        active = await work.strategy.active(checkpoint.programme_id, kind)
        if active is None or active.version_id != version_id:
            raise Conflict(
                f"The {kind} changed after this text was judged.",
                todo="It is judged again first; review the new checkpoint of this work.",
            )


async def _still_open(work: UnitOfWork, checkpoint: CheckpointRow) -> None:
    if checkpoint.status == "pending":
        return
    ending = next((row for row in await work.approvals.decisions(checkpoint.id) if row.terminal), None)
    if ending is None and checkpoint.subject_kind == SubjectKind.ROLLOUT.value:
        raise Conflict(
            "This promotion was superseded: something it speaks of changed while it waited.",
            todo="Look at the rollout, and ask for the promotion again.",
        )
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


def _was_seen(checkpoint: CheckpointRow, seen: str) -> None:
    if seen != checkpoint.review_digest:
        raise Conflict(
            "What you saw is not what waits here now.",
            todo="Load the checkpoint again and review what has changed.",
            where="review_digest",
            current_review_digest=checkpoint.review_digest,
            content_digest=checkpoint.digest,
            verdict_id=checkpoint.verdict_id,
        )
