"""Studies for people: what there is, what one would cost, how far it is, and what it found."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.strategist import chosen_programme
from api.security import Opened
from api.study_words import KINDS, STATES, price, progress
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError
from graphs.studying import cancel, carry_on
from store.purpose import Purpose

router = APIRouter(prefix="/strategy/studies")

TO = "measure the judge"


@router.get("")
async def studies(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """Every study of a programme, newest first."""
    require(who.actor, Role.STRATEGIST, to=TO)
    chosen, there = await chosen_programme(app, programme)
    async with app.store.read() as work:
        found = await work.studies.of_programme(chosen.id)
    return page(
        request,
        "strategist/studies.html",
        programme=chosen,
        programmes=there,
        studies=found,
        kinds=KINDS,
        states=STATES,
        progress=progress,
    )


@router.get("/{study_id}")
async def study(request: Request, study_id: str, app: Opened, who: Visitor) -> Response:
    """One study: its price before it starts, its progress, its result."""
    require(who.actor, Role.STRATEGIST, to=TO)
    return await _show(request, app, study_id)


@router.post("/{study_id}/start")
async def start(request: Request, study_id: str, app: Opened, who: Visitor) -> Response:
    """Start it, or go on with it."""
    return await _moved(request, app, who, study_id, on=True)


@router.post("/{study_id}/cancel")
async def end(request: Request, study_id: str, app: Opened, who: Visitor) -> Response:
    """End it before its end."""
    return await _moved(request, app, who, study_id, on=False)


async def _moved(request: Request, app: Application, who: Identity, study_id: str, *, on: bool) -> Response:
    try:
        await (carry_on if on else cancel)(app.store, who.actor, study_id)
    except ConductorError as problem:
        if problem.status in (403, 404):
            raise
        return await _show(request, app, study_id, problem)
    return see(f"/strategy/studies/{study_id}")


async def _show(request: Request, app: Application, study_id: str, problem: ConductorError | None = None) -> Response:
    async with app.store.read() as work:
        found = await work.studies.study(study_id)
        programme = await work.strategy.programme(found.programme_id)
        names = await work.people.names(frozenset({found.started_by}), purpose=Purpose.ACCOUNTABILITY)
    if request.method == "GET" and found.status in (
        "done",
        "stopped",
    ):  # while it runs, the page asks every two seconds
        async with app.store.write() as work:
            await work.desk.read(request.state.visitor.actor.person_id, f"study/{study_id}")
    return page(
        request,
        "strategist/study.html",
        status=200 if problem is None else problem.status,
        study=found,
        programme=programme,
        by=names.get(found.started_by, ""),
        kind=KINDS[found.kind],
        state=STATES[found.status],
        price=price(found, app.settings.currency),
        progress=progress(found),
        problem=problem,
    )
