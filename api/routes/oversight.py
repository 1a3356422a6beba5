"""Health, readiness, and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.bodies import Route
from api.security import Opened, Who
from approvals.audit import first_break
from approvals.people import Role
from approvals.roles import require
from store.records import AuditRow

router = APIRouter(tags=["oversight"], route_class=Route)


class AuditState(BaseModel):
    """Whether the chain holds; ``broken_at`` is the first row that does not fit."""

    holds: bool
    rows: int
    head: str | None
    broken_at: int | None


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
    """Check the whole chain."""
    require(who.actor, Role.ADMIN, Role.GUARDIAN, to="read the audit log")
    async with app.store.read() as work:
        head = await work.approvals.audit_head()  # before the rows: the log may grow between the two
        rows = await work.approvals.audit_rows()
    broken = first_break(((row.model_dump(exclude={"hash"}), row.hash) for row in rows), head)
    return AuditState(holds=broken is None, rows=len(rows), head=rows[-1].hash if rows else None, broken_at=broken)
