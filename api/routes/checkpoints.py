"""Checkpoints over HTTP: what waits, deciding, settling, claims and due dates, comments, sign-offs and their end."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from api.bodies import Route
from api.idempotency import Numbered
from api.identity import fresh_login
from api.security import Opened, Who
from approvals.checkpoint import Comment, DecisionKind, Edit
from approvals.people import Role
from approvals.roles import require
from graphs.batching import Confirmable, Confirmed, confirm, confirmable, review_again
from graphs.claiming import claim, mark_comment, release, set_due
from graphs.deciding import decide
from graphs.reviewing import Review, review, waiting
from graphs.revoking import OpenPractices, revoke
from graphs.settling import agree, settle_criterion
from store.records import Agreement, CheckpointRow, CommentMark, Notice, SignOff

router = APIRouter(tags=["checkpoints"], route_class=Route)

_DIGEST = Field(min_length=64, max_length=64, description="as the review showed it")


class DecisionBody(BaseModel):
    """A decision on what was shown."""

    kind: DecisionKind
    review_digest: str = _DIGEST
    reason: str = Field(default="", max_length=4000)
    comments: list[Comment] = Field(default_factory=list, max_length=50)
    edits: list[Edit] = Field(default_factory=list, max_length=200)


class SettlementBody(BaseModel):
    """A person's own level for a referred criterion."""

    criterion_id: str = Field(max_length=40)
    level: str = Field(max_length=40)
    quote: str = Field(default="", max_length=2000)
    reason: str = Field(min_length=1, max_length=4000)
    review_digest: str = _DIGEST


class AgreementBody(BaseModel):
    """Whether I agree with the machine's level; ``level`` is my own, where I do not."""

    criterion_id: str = Field(max_length=40)
    agrees: bool
    level: str | None = Field(default=None, max_length=40)
    review_digest: str = _DIGEST


class ClaimBody(BaseModel):
    """How to claim."""

    take_over: bool = Field(default=False, description="also where a colleague has claimed it")


class DueBody(BaseModel):
    """Until when it should be decided; null takes the date away."""

    due_at: AwareDatetime | None


class MarkBody(BaseModel):
    """What became of a comment of an earlier round."""

    decision_id: str = Field(max_length=36)
    number: int = Field(ge=0, le=49, description="index of the comment in its decision")
    resolved: bool
    note: str = Field(default="", max_length=2000)


class RevocationBody(BaseModel):
    """Why a sign-off is revoked, and what happens to practices under way."""

    reason: str = Field(min_length=1, max_length=4000)
    open_practices: OpenPractices = OpenPractices.FINISH


class BatchLine(BaseModel):
    """One line of the list, as it was displayed."""

    checkpoint_id: str = Field(max_length=36)
    review_digest: str = _DIGEST


class BatchBody(BaseModel):
    """The lines to approve."""

    checkpoints: list[BatchLine] = Field(min_length=1, max_length=200)


class AgainBody(BaseModel):
    """The signed work to have judged again."""

    run_ids: list[str] = Field(min_length=1, max_length=200)


@router.get("/checkpoints")
async def checkpoints(app: Opened, who: Who, programme_id: str | None = None) -> list[CheckpointRow]:
    """What waits for me, oldest first."""
    return await waiting(app.store, who.actor, programme_id)


@router.get("/checkpoints/batch")
async def batch(app: Opened, who: Who) -> list[Confirmable]:
    """What I can approve as one list: judged again with the same outcome, or differing by little."""
    return await confirmable(app.store, who.actor)


@router.post("/checkpoints/batch")
async def confirm_batch(body: BatchBody, app: Opened, who: Who) -> list[Confirmed]:
    """Approve lines of that list; each is decided on its own, and one that fails holds up no other."""
    require(who.actor, Role.DESIGNER, to="decide at a checkpoint")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    seen = {each.checkpoint_id: each.review_digest for each in body.checkpoints}
    return await confirm(app.store, who.actor, seen, players=app.players)


@router.post("/checkpoints/again", status_code=202)
async def judge_again(body: AgainBody, app: Opened, who: Who) -> dict[str, int]:
    """Have signed work judged again under today's strategy; it stays signed meanwhile."""
    return {"runs": await review_again(app.store, who.actor, body.run_ids)}


@router.get("/checkpoints/{checkpoint_id}")
async def checkpoint(checkpoint_id: str, app: Opened, who: Who) -> Review:
    """Everything needed to decide, and the ``review_digest`` that a decision must carry."""
    return await review(app.store, who.actor, checkpoint_id)


@router.post("/checkpoints/{checkpoint_id}/decisions", status_code=201)
async def decide_here(
    checkpoint_id: str, body: DecisionBody, app: Opened, who: Who, numbered: Numbered
) -> CheckpointRow:
    """Approve (with edits), request changes, reject or withdraw; 409 where somebody was first or the text changed."""
    # Before anything is looked up: a refusal further down tells a reviewer what waits there now, and who was first.
    # Whoever ordered or proposed the work may withdraw it, whatever roles they hold now.
    if body.kind is not DecisionKind.WITHDRAW:
        require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="decide at a checkpoint")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    return await decide(
        app.store,
        who.actor,
        checkpoint_id,
        body.kind,
        seen=body.review_digest,
        reason=body.reason,
        comments=body.comments,
        edits=body.edits,
        players=app.players,
        once=numbered,
    )


@router.post("/checkpoints/{checkpoint_id}/settlements", status_code=201)
async def settle_here(
    checkpoint_id: str, body: SettlementBody, app: Opened, who: Who, numbered: Numbered
) -> CheckpointRow:
    """Settle a referred criterion with my own level, quote and reason; the verdict is computed anew."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="settle a criterion")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    return await settle_criterion(
        app.store,
        who.actor,
        checkpoint_id,
        body.criterion_id,
        level=body.level,
        quote=body.quote,
        reason=body.reason,
        seen=body.review_digest,
        once=numbered,
    )


@router.put("/checkpoints/{checkpoint_id}/agreements")
async def agree_here(checkpoint_id: str, body: AgreementBody, app: Opened, who: Who) -> Agreement:
    """Say whether the machine's level is right; it changes no verdict, and later tells how good the judge is."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="judge a criterion")
    return await agree(
        app.store,
        who.actor,
        checkpoint_id,
        body.criterion_id,
        agrees=body.agrees,
        level=body.level,
        seen=body.review_digest,
    )


@router.put("/checkpoints/{checkpoint_id}/claim")
async def claim_here(checkpoint_id: str, body: ClaimBody, app: Opened, who: Who) -> CheckpointRow:
    """Claim a checkpoint for half an hour, so that no colleague reviews it at the same time."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="claim a checkpoint")
    return await claim(app.store, who.actor, checkpoint_id, take_over=body.take_over)


@router.delete("/checkpoints/{checkpoint_id}/claim")
async def release_here(checkpoint_id: str, app: Opened, who: Who) -> CheckpointRow:
    """Give my claim back."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="claim a checkpoint")
    return await release(app.store, who.actor, checkpoint_id)


@router.put("/checkpoints/{checkpoint_id}/due")
async def due_here(checkpoint_id: str, body: DueBody, app: Opened, who: Who) -> CheckpointRow:
    """Set until when it should be decided; its people are reminded once after that."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="set a due date")
    due: datetime | None = body.due_at
    return await set_due(app.store, who.actor, checkpoint_id, due)


@router.put("/checkpoints/{checkpoint_id}/marks")
async def mark_here(checkpoint_id: str, body: MarkBody, app: Opened, who: Who) -> CommentMark:
    """Say whether a comment of an earlier round is resolved."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="mark a comment")
    return await mark_comment(
        app.store, who.actor, checkpoint_id, body.decision_id, body.number, resolved=body.resolved, note=body.note
    )


@router.post("/sign-offs/{sign_off_id}/revocation", status_code=201)
async def revoke_here(sign_off_id: str, body: RevocationBody, app: Opened, who: Who, numbered: Numbered) -> SignOff:
    """Revoke a sign-off: nothing begins on it any more; practices under way finish, or stop at their next turn."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, Role.ADMIN, to="revoke a sign-off")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    return await revoke(
        app.store, who.actor, sign_off_id, reason=body.reason, open_practices=body.open_practices, once=numbered
    )


@router.get("/notices")
async def notices(app: Opened, who: Who, unread: bool = False) -> list[Notice]:
    """What I am told here, newest first; never a text of anybody's practice."""
    async with app.store.read() as work:
        return await work.desk.notices(who.actor.person_id, unread=unread)


@router.post("/notices/read", status_code=204)
async def read_notices(app: Opened, who: Who) -> None:
    """Mark all my notices as read."""
    async with app.store.write() as work:
        await work.desk.read(who.actor.person_id)
