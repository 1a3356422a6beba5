"""The designer's desk: ordering scenarios and following the work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from agents.build import speechless
from api.bodies import Route
from api.idempotency import Numbered
from api.security import Designing, Opened, Who
from api.streams import event, stream
from approvals.people import Role
from approvals.roles import require
from evidence.errors import InvalidInput
from graphs.blinding import seen_by
from graphs.commissioning import order, retry
from practice.brief import Brief
from store.records import Run, RunEvent

router = APIRouter(tags=["design"], route_class=Route)

POLL_SECONDS = 0.25
_SEQ = re.compile(r"[0-9]{1,9}")
AT_REST = frozenset({"awaiting", "published", "rejected", "withdrawn", "errored", "active"})


class Started(BaseModel):
    """Work that has begun; follow ``events``."""

    run_id: str
    events: str


class RunView(BaseModel):
    """Where a piece of work stands."""

    run: Run
    checkpoint_id: str | None
    versions: list[dict[str, Any]]


@router.post("/programmes/{programme_id}/scenarios", status_code=202)
async def order_scenario(programme_id: str, brief: Brief, app: Opened, who: Designing, numbered: Numbered) -> Started:
    """Order a scenario: agents draft and judge it, and it waits for a person at a checkpoint."""
    languages = frozenset(app.settings.languages)
    silent = speechless(app.settings.models, brief.language)
    run_id = await order(
        app.store, who.actor, programme_id, brief, languages=languages, speechless=silent, once=numbered
    )
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
) -> Response:
    """The trace as server-sent events (``trace``, then ``rest`` when the work waits or is over)."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="follow the work")
    if last_event_id is not None and not _SEQ.fullmatch(last_event_id):
        raise InvalidInput("The last event id is not a number.", where="Last-Event-ID", todo="Leave it out.")
    async with app.store.read() as work:
        await work.design.run(run_id)

    async def follow() -> AsyncGenerator[bytes, None]:
        after = int(last_event_id or 0)
        while True:
            async with app.store.read() as work:
                now = await work.design.run(run_id)
                found: list[RunEvent] = await seen_by(work, who.actor, now, await work.design.events(run_id, after))
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
