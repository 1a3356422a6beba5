"""Who plays each role, what their models were found fit for, and an admin's word for an unfit one."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from agents.conformance.report import Report
from agents.endpoints import Role as Played
from api.bodies import Route
from api.idempotency import Numbered
from api.identity import fresh_login
from api.players import trusted_with
from api.security import Opened, Who
from approvals.people import Role
from approvals.roles import require
from evidence.errors import NotFound
from graphs.fitness import Standing, allow, disallow, newest_report, standing, standings

router = APIRouter(prefix="/models", tags=["oversight"], route_class=Route)

READERS = (Role.ADMIN, Role.GUARDIAN, Role.STRATEGIST, Role.DESIGNER)


class AllowedView(BaseModel):
    """Who lets an unfit model play, since when, and why."""

    name: str
    reason: str
    since: datetime


class PlayerView(BaseModel):
    """Who plays a role, and how far they can be trusted.

    ``fitness`` is ``offline rules``, ``not checked``, ``pass``, ``provisional`` or ``unfit``; ``plays`` says whether
    work begins with them. ``weaknesses`` are the worst first.
    """

    role: str
    model: str
    endpoint: str
    fitness: str
    plays: bool
    trusted_with: str
    checked_at: datetime | None
    fingerprint: str
    suite: str
    weaknesses: list[str]
    allowed: AllowedView | None


class Override(BaseModel):
    """Why an unfit model may play."""

    reason: str = Field(max_length=4000, examples=["For the pilot only, until the new model is there"])


@router.get("")
async def models(app: Opened, who: Who) -> list[PlayerView]:
    """Who plays each role, and what their models were found fit for."""
    require(who.actor, *READERS, to="see who plays")
    return [_view(each) for each in await standings(app.store, app.ensemble)]


@router.get("/{role}/report")
async def report(role: Played, app: Opened, who: Who) -> Report:
    """The newest report on a role's model as it is set now, with samples; 404 where it was not checked."""
    require(who.actor, *READERS, to="see who plays")
    found = await newest_report(app.store, app.ensemble, role)
    if found is None:
        raise NotFound(
            "There is no report on whoever plays this role now.", todo=f"conductor models check --role {role}"
        )
    return found


@router.post("/{role}/override", status_code=201)
async def let_play(role: Played, body: Override, app: Opened, who: Who, numbered: Numbered) -> PlayerView:
    """Let an unfit model play under the admin's own name; 409 where it was not found unfit."""
    require(who.actor, Role.ADMIN, to="let an unfit model play")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    await allow(app.store, app.ensemble, who.actor, role, body.reason, once=numbered)
    return _view(await standing(app.store, app.ensemble, role))


@router.delete("/{role}/override", status_code=204)
async def end_override(role: Played, app: Opened, who: Who) -> None:
    """End the override that stands; nothing begins with that model any more."""
    require(who.actor, Role.ADMIN, to="end what lets an unfit model play")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    await disallow(app.store, app.ensemble, who.actor, role)


def _view(found: Standing) -> PlayerView:
    allowed = found.allowed
    return PlayerView(
        role=found.role,
        model=found.model,
        endpoint=found.endpoint,
        fitness=found.state,
        plays=not found.barred,
        trusted_with=trusted_with(found),
        checked_at=found.checked_at,
        fingerprint=found.fingerprint,
        suite=found.suite,
        weaknesses=list(found.weaknesses),
        allowed=None if allowed is None else AllowedView(name=allowed.name, reason=allowed.reason, since=allowed.since),
    )
