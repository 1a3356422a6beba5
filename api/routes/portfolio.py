"""How distinct scenarios are: one beside generic drafts, and all signed ones beside each other."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.bodies import Route
from api.idempotency import Numbered
from api.routes.studies import StudyView, view
from api.security import Opened, Strategising, Who
from graphs.portfolio import Portfolio, portfolio

router = APIRouter(tags=["strategy"], route_class=Route)


class Comparison(BaseModel):
    """How a scenario is to be compared."""

    drafts: int | None = Field(
        default=None, description="generic drafts to write; 3 by default, and from 19 on the rank gives a p"
    )


@router.get("/programmes/{programme_id}/portfolio")
async def signed(programme_id: str, app: Opened, who: Who) -> Portfolio:
    """A programme's signed scenarios on a map, the pairs most alike, and how varied they are together."""
    return await portfolio(app.store, who.actor, programme_id)


@router.post("/scenarios/{version_id}/distinctiveness", status_code=201)
async def compare(
    version_id: str, app: Opened, who: Strategising, numbered: Numbered, body: Comparison | None = None
) -> StudyView:
    """Plan a comparison with drafts for the same brief that are written without the charter; its price comes first."""
    from graphs.studies.distinctiveness import plan_distinctiveness

    drafts = None if body is None else body.drafts
    return view(
        await plan_distinctiveness(app.store, app.ensemble, who.actor, version_id, drafts=drafts, once=numbered)
    )
