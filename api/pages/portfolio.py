"""The portfolio for people: the map of signed scenarios, and the way to compare one with generic drafts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.telling import percent
from api.portfolio_words import told
from api.security import Opened
from approvals.people import Role
from approvals.roles import STRATEGY_READERS, require
from evidence.errors import NotFound
from graphs.portfolio import portfolio

router = APIRouter(prefix="/strategy/portfolio")

SIZE = 400  # of the map, in its own units
EDGE = 24
NUMBERED = 40  # dots that fit beside each other with a number


@router.get("")
async def signed(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """All signed scenarios of a programme."""
    require(who.actor, *STRATEGY_READERS, to="read the portfolio")
    async with app.store.read() as work:
        there = await work.strategy.programmes()
    chosen = next((each for each in there if each.id == programme or not programme), None)
    if chosen is None:
        raise NotFound("There is no such programme.", todo="Choose one at the strategist's desk.")
    found = await portfolio(app.store, who.actor, chosen.id)
    half = SIZE / 2 - EDGE
    return page(
        request,
        "strategist/portfolio.html",
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
    )


@router.post("/{version_id}")
async def compare(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Plan a comparison with generic drafts, and show what it would cost."""
    from graphs.studies.distinctiveness import plan_distinctiveness

    made = await plan_distinctiveness(app.store, app.ensemble, who.actor, version_id)
    return see(f"/strategy/studies/{made.id}")
