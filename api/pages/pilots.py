"""The strategist's pilots: how many were asked, what was published, and what is hidden and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import transfer_words as words
from api.application import Application
from api.days import day_typed, first_moment, last_moment
from api.identity import Identity
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.strategist import chosen_programme
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, InvalidInput
from graphs.transfer import pilots as service
from graphs.transfer.pilots import READERS, PilotOrder
from graphs.transfer.publishing import outside_training, publish
from practice.drivers.items import Moment

router = APIRouter(prefix="/strategy/pilots")


@router.get("")
async def pilots(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """Every pilot of a programme, and the form for a new one."""
    return await _pilots(request, app, who, programme)


@router.post("")
async def begin(
    request: Request,
    app: Opened,
    who: Visitor,
    programme: Annotated[str, Form(max_length=60)] = "",
    title: Annotated[str, Form(max_length=20_000)] = "",
    behaviour: Annotated[str, Form(max_length=20_000)] = "",
    starts: Annotated[str, Form(max_length=40)] = "",
    ends: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Begin a pilot."""
    typed = {"title": title, "behaviour": behaviour, "starts": starts, "ends": ends}
    title, behaviour = title.strip(), " ".join(behaviour.split())
    try:
        if not 0 < len(title) <= 200 or not 0 < len(behaviour) <= 500:
            raise InvalidInput(
                _("A pilot has a title of at most 200 characters and a behaviour of at most 500."),
                where="title",
                todo=_("Write both."),
            )
        order = PilotOrder(
            title=title,
            behaviour=behaviour,
            starts_at=first_moment(day_typed(starts, "starts")),
            ends_at=last_moment(day_typed(ends, "ends")),
        )
        chosen, _all = await chosen_programme(app, programme)
        pilot_id = await service.begin(app.store, who.actor, chosen.id, order)
    except ConductorError as problem:
        if problem.status in (403, 404):
            raise
        return await _pilots(request, app, who, programme, problem, typed)
    return see(f"/strategy/pilots/{pilot_id}")


@router.get("/{pilot_id}")
async def pilot(request: Request, pilot_id: str, app: Opened, who: Visitor) -> Response:
    """One pilot, in counts only."""
    return await _pilot(request, app, who, pilot_id)


@router.post("/{pilot_id}/invitations")
async def invite(
    request: Request,
    pilot_id: str,
    app: Opened,
    who: Visitor,
    logins: Annotated[str, Form(max_length=20_000)] = "",
    everybody: Annotated[bool, Form()] = False,
) -> Response:
    """Ask people to take part."""
    try:
        names = logins.replace(",", " ").split()
        await service.invite(app.store, who.actor, pilot_id, logins=names, everybody=everybody)
    except ConductorError as problem:
        if problem.status in (403, 404):
            raise
        return await _pilot(request, app, who, pilot_id, problem, logins)
    return see(f"/strategy/pilots/{pilot_id}")


@router.post("/{pilot_id}/reports/{moment}")
async def publish_it(request: Request, pilot_id: str, moment: Moment, app: Opened, who: Visitor) -> Response:
    """Count a moment, once."""
    try:
        await publish(app.store, who.actor, pilot_id, moment, minimum=app.settings.least_people)
    except ConductorError as problem:
        if problem.status != 409:
            raise
        return await _pilot(request, app, who, pilot_id, problem)
    return see(f"/strategy/pilots/{pilot_id}#{moment.value}")


async def _pilots(
    request: Request,
    app: Application,
    who: Identity,
    programme: str,
    problem: ConductorError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    require(who.actor, *READERS, to="see pilots")
    chosen, every = await chosen_programme(app, programme)
    found = await service.pilots(app.store, who.actor, chosen.id, minimum=app.settings.least_people)
    return page(
        request,
        "strategist/pilots.html",
        status=200 if problem is None else problem.status,
        programme=chosen,
        programmes=every,
        pilots=found,
        minimum=app.settings.least_people,
        may=_may(who),
        problem=problem,
        typed=dict(typed or {}),
    )


async def _pilot(
    request: Request,
    app: Application,
    who: Identity,
    pilot_id: str,
    problem: ConductorError | None = None,
    logins: str = "",
) -> Response:
    found = await service.pilot(app.store, who.actor, pilot_id, minimum=app.settings.least_people)
    async with app.store.read() as work:
        now = work.now
    return page(
        request,
        "strategist/pilot.html",
        status=200 if problem is None else problem.status,
        pilot=found,
        moments=tuple(Moment),
        now=now,
        may=_may(who),
        outside=any(outside_training(report) for report in found.reports.values()),
        problem=problem,
        logins=logins,
        words=words,
    )


def _may(who: Identity) -> bool:
    return Role.STRATEGIST in who.actor.roles
