"""The designer's desk: ordering scenarios, following the work, deciding at checkpoints."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.bodies import Route
from api.identity import fresh_login
from api.security import Designing, Opened, Who
from api.streams import event, stream
from approvals.checkpoint import Comment, DecisionKind
from approvals.people import Role
from approvals.roles import require
from evidence.errors import InvalidInput
from graphs.commissioning import order, retry
from graphs.deciding import decide, settle_criterion
from graphs.reviewing import Review, review, waiting
from practice.brief import Brief
from store.records import CheckpointRow, Run, RunEvent

router = APIRouter(tags=["design"], route_class=Route)

POLL_SECONDS = 0.25
_SEQ = re.compile(r"[0-9]{1,9}")
AT_REST = frozenset({"awaiting", "published", "rejected", "errored", "active"})


class Started(BaseModel):
    """Work that has begun; follow ``events``."""

    run_id: str
    events: str


class RunView(BaseModel):
    """Where a piece of work stands."""

    run: Run
    checkpoint_id: str | None
    versions: list[dict[str, Any]]


class DecisionBody(BaseModel):
    """A decision on what was shown."""

    kind: DecisionKind
    review_digest: str = Field(min_length=64, max_length=64, description="as the review showed it")
    reason: str = Field(default="", max_length=4000)
    comments: list[Comment] = Field(default_factory=list, max_length=50)


class SettlementBody(BaseModel):
    """A person's own level for a referred criterion."""

    criterion_id: str = Field(max_length=40)
    level: str = Field(max_length=40)
    quote: str = Field(default="", max_length=2000)
    reason: str = Field(min_length=1, max_length=4000)
    review_digest: str = Field(min_length=64, max_length=64)


@router.post("/programmes/{programme_id}/scenarios", status_code=202)
async def order_scenario(programme_id: str, brief: Brief, app: Opened, who: Designing) -> Started:
    """Order a scenario: agents draft and judge it, and it waits for a person at a checkpoint."""
    run_id = await order(app.store, who.actor, programme_id, brief, languages=frozenset(app.settings.languages))
    return Started(run_id=run_id, events=f"/api/v1/runs/{run_id}/events")


@router.get("/runs")
async def runs(
    app: Opened,
    who: Who,
    programme_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: str | None = None,
) -> list[Run]:
    """Pieces of work, newest first; ``before`` is the last id of the page before."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="follow the work")
    async with app.store.read() as work:
        return await work.design.runs(programme_id, limit=limit, before=before)


@router.get("/runs/{run_id}")
async def run(run_id: str, app: Opened, who: Who) -> RunView:
    """Where one piece of work stands."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="follow the work")
    async with app.store.read() as work:
        found = await work.design.run(run_id)
        pending = await work.approvals.checkpoints(run_id=run_id, status="pending")
        versions = await work.design.versions(run_id)
    listed = [{"id": v.id, "number": v.number, "title": v.title, "digest": v.digest} for v in versions]
    return RunView(run=found, checkpoint_id=pending[-1].id if pending else None, versions=listed)


@router.get("/runs/{run_id}/events", response_class=StreamingResponse)
async def run_events(
    run_id: str, app: Opened, who: Who, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """The trace as server-sent events (``trace``, then ``rest`` when the work waits or is over)."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="follow the work")
    if last_event_id is not None and not _SEQ.fullmatch(last_event_id):
        raise InvalidInput("The last event id is not a number.", where="Last-Event-ID", todo="Leave it out.")
    async with app.store.read() as work:
        await work.design.run(run_id)

    async def follow() -> AsyncIterator[str]:
        after = int(last_event_id or 0)
        while True:
            async with app.store.read() as work:
                found: list[RunEvent] = await work.design.events(run_id, after)
                now = await work.design.run(run_id)
            for line in found:
                after = line.seq
                yield event("trace", line.model_dump(mode="json", exclude={"run_id"}), str(line.seq))
            if now.stage in AT_REST:
                yield event("rest", {"stage": now.stage, "error": now.error}, str(after))
                return
            await asyncio.sleep(POLL_SECONDS)

    return stream(follow())


@router.post("/runs/{run_id}/retry", status_code=202)
async def retry_run(run_id: str, app: Opened, who: Designing) -> Started:
    """Have work that stopped on an error go on."""
    await retry(app.store, who.actor, run_id)
    return Started(run_id=run_id, events=f"/api/v1/runs/{run_id}/events")


@router.get("/checkpoints")
async def checkpoints(app: Opened, who: Who, programme_id: str | None = None) -> list[CheckpointRow]:
    """What waits for me, oldest first."""
    return await waiting(app.store, who.actor, programme_id)


@router.get("/checkpoints/{checkpoint_id}")
async def checkpoint(checkpoint_id: str, app: Opened, who: Who) -> Review:
    """Everything needed to decide, and the ``review_digest`` that a decision must carry."""
    return await review(app.store, who.actor, checkpoint_id)


@router.post("/checkpoints/{checkpoint_id}/decisions", status_code=201)
async def decide_here(checkpoint_id: str, body: DecisionBody, app: Opened, who: Who) -> CheckpointRow:
    """Approve, request changes, or reject; 409 where somebody was first or something else is there now."""
    # Before anything is looked up: a refusal further down tells a reviewer what waits there now, and who was first.
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
        players=app.players,
    )


@router.post("/checkpoints/{checkpoint_id}/settlements", status_code=201)
async def settle_here(checkpoint_id: str, body: SettlementBody, app: Opened, who: Who) -> CheckpointRow:
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
    )
