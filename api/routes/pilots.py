"""Pilots as strategists see them: begun, asked into, counted once; nothing here tells of one person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Route
from api.security import Opened, Who
from graphs.transfer import pilots as service
from graphs.transfer.pilots import PilotOrder, PilotView
from graphs.transfer.publishing import outside_training, publish
from practice.drivers.cohorts import CohortReport
from practice.drivers.items import Moment

router = APIRouter(tags=["transfer"], route_class=Route)

Login = Annotated[str, Field(max_length=200)]


class Invitation(BaseModel):
    """Whom to ask: learners by login, or everybody who is one."""

    model_config = ConfigDict(extra="forbid")

    logins: list[Login] = Field(default_factory=list, max_length=1000)
    everybody: bool = False


class Asked(BaseModel):
    """How many people were asked who had not been before."""

    asked: int


class Published(BaseModel):
    """What was published; ``outside_training``: look at the work before training more."""

    report: CohortReport
    outside_training: bool


@router.post("/programmes/{programme_id}/pilots", status_code=201)
async def begin(programme_id: str, body: PilotOrder, app: Opened, who: Who) -> PilotView:
    """Begin a pilot; nobody is in it until they agree."""
    pilot_id = await service.begin(app.store, who.actor, programme_id, body)
    return await service.pilot(app.store, who.actor, pilot_id, minimum=app.settings.least_people)


@router.get("/programmes/{programme_id}/pilots")
async def pilots(programme_id: str, app: Opened, who: Who) -> list[PilotView]:
    """A programme's pilots, newest first."""
    return await service.pilots(app.store, who.actor, programme_id, minimum=app.settings.least_people)


@router.get("/pilots/{pilot_id}")
async def pilot(pilot_id: str, app: Opened, who: Who) -> PilotView:
    """One pilot, and what was published about it."""
    return await service.pilot(app.store, who.actor, pilot_id, minimum=app.settings.least_people)


@router.post("/pilots/{pilot_id}/invitations", status_code=201)
async def invite(pilot_id: str, body: Invitation, app: Opened, who: Who) -> Asked:
    """Ask learners to take part."""
    fresh = await service.invite(app.store, who.actor, pilot_id, logins=body.logins, everybody=body.everybody)
    return Asked(asked=fresh)


@router.post("/pilots/{pilot_id}/reports/{moment}", status_code=201)
async def publish_it(pilot_id: str, moment: Annotated[Moment, Path()], app: Opened, who: Who) -> Published:
    """Count a moment, once and for good; 409 before its time and ever after."""
    report = await publish(app.store, who.actor, pilot_id, moment, minimum=app.settings.least_people)
    return Published(report=report, outside_training=outside_training(report))
