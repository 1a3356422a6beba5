"""The audit log: its rows, whether its chain holds, and its signed head."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.bodies import Route
from api.security import Opened, Who
from approvals.audit import Head, examine
from approvals.people import Role
from approvals.roles import require
from graphs.sealing import chain_of, head_of, seal_head
from store.records import AuditRow
from store.signing import load_or_create_signing_key

router = APIRouter(tags=["oversight"], route_class=Route)


class AuditState(BaseModel):
    """Whether the chain holds; ``broken_at`` is the first row that does not fit, ``detail`` says what is wrong there.

    ``signed_to`` is the last row that a signed head covers.
    """

    holds: bool
    rows: int
    head: str | None
    broken_at: int | None
    detail: str
    signed_to: int | None


@router.get("/audit")
async def audit(
    app: Opened,
    who: Who,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[AuditRow]:
    """The audit log in order, a page at a time."""
    require(who.actor, Role.ADMIN, Role.GUARDIAN, to="read the audit log")
    async with app.store.read() as work:
        return await work.approvals.audit_rows(after, limit)


@router.get("/audit/state")
async def audit_state(app: Opened, who: Who) -> AuditState:
    """Check the whole chain and every signed head."""
    require(who.actor, Role.ADMIN, Role.GUARDIAN, to="read the audit log")
    async with app.store.read() as work:
        kept = await work.approvals.audit_head()  # heads before rows: the log may grow between the two
        seals = [head_of(seal) for seal in await work.approvals.seals()]
        rows = await work.approvals.audit_rows()
    keys = load_or_create_signing_key(app.settings.signing_key).trusted if seals else {}
    broken = examine(chain_of(rows), exported=[kept], seals=seals, keys=keys)
    return AuditState(
        holds=broken is None,
        rows=len(rows),
        head=rows[-1].hash if rows else None,
        broken_at=None if broken is None else broken.row,
        detail="" if broken is None else broken.detail,
        signed_to=seals[-1].seq if seals else None,
    )


@router.get("/audit/head")
async def audit_head(app: Opened, who: Who) -> Head:
    """The log's newest signed head, to be kept elsewhere; rows without one are signed for first."""
    require(who.actor, Role.ADMIN, Role.STRATEGIST, Role.DESIGNER, to="take the audit log's head")
    return head_of(await seal_head(app.store, load_or_create_signing_key(app.settings.signing_key)))
