"""The portfolio for people: the map of signed scenarios, and the way to compare one with generic drafts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.strategist import chosen_programme
from api.pages.telling import percent
from api.portfolio_words import told
from api.security import Opened
from approvals.people import Role
from approvals.roles import STRATEGY_READERS, require
from evidence.errors import ConductorError
from graphs.portfolio import portfolio
from store.records import Programme

router = APIRouter(prefix="/strategy/portfolio")

SIZE = 400  # of the map, in its own units
EDGE = 24
NUMBERED = 40  # dots that fit beside each other with a number


@router.get("")
async def signed(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """All signed scenarios of a programme."""
    require(who.actor, *STRATEGY_READERS, to="read the portfolio")
    chosen, there = await chosen_programme(app, programme)
    return await _show(request, app, who, chosen, there)


@router.post("/{version_id}")
async def compare(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Plan a comparison with generic drafts, and show what it would cost."""
    from graphs.studies.distinctiveness import plan_distinctiveness

    try:
        made = await plan_distinctiveness(app.store, app.ensemble, who.actor, version_id)
    except ConductorError as problem:
        if problem.status in (403, 404):
            raise
        async with app.store.read() as work:
            programme_id = (await work.design.version(version_id)).programme_id
        return await _show(request, app, who, *await chosen_programme(app, programme_id), problem)
    return see(f"/strategy/studies/{made.id}")


async def _show(
    request: Request,
    app: Application,
    who: Identity,
    chosen: Programme,
    there: list[Programme],
    problem: ConductorError | None = None,
) -> Response:
    found = await portfolio(app.store, who.actor, chosen.id)
    half = SIZE / 2 - EDGE
    return page(
        request,
        "strategist/portfolio.html",
        status=200 if problem is None else problem.status,
        programme=chosen,
        programmes=there,
        found=found,
        told=told(found),
        dots=[
            (number, SIZE / 2 + half * each.x, SIZE / 2 - half * each.y, each.title)
            for number, each in enumerate(found.scenarios[:NUMBERED], 1)
        ],
        size=SIZE,
        percent=percent,
        may_measure=Role.STRATEGIST in who.actor.roles,
        problem=problem,
    )
