"""Pages for admins and guardians: does the audit chain hold, what happened last, and who may do what."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.identity import Visitor
from api.pages.rendering import page
from api.routes.oversight import audit_state
from api.security import Opened
from approvals.people import Role
from approvals.roles import require
from store.purpose import Purpose

router = APIRouter(prefix="/oversight")

ROWS = 50


@router.get("")
async def desk(request: Request, app: Opened, who: Visitor, before: int = 0) -> Response:
    """The state of the audit log, its last rows, and the people."""
    require(who.actor, Role.ADMIN, Role.GUARDIAN, to="open the oversight desk")
    state = await audit_state(app, who)
    end = before if 1 < before <= state.rows else state.rows + 1
    admin = Role.ADMIN in who.actor.roles
    async with app.store.read() as work:
        rows = await work.approvals.audit_rows(max(end - 1 - ROWS, 0), min(ROWS, end - 1))
        people = await work.people.all(purpose=Purpose.ADMINISTRATION) if admin else []
        names = await work.people.names(frozenset(row.actor for row in rows), purpose=Purpose.ACCOUNTABILITY)
    return page(
        request,
        "oversight/desk.html",
        state=state,
        rows=rows[::-1],
        names=names,
        people=people,
        admin=admin,
        earlier=rows[0].seq if rows and rows[0].seq > 1 else None,
    )
