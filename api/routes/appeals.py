"""Appeals against a level over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.bodies import Route
from api.security import Opened, Who
from graphs.appealing import LONGEST, Appealed, appeal

router = APIRouter(tags=["checkpoints"], route_class=Route)


class AppealBody(BaseModel):
    """Why a level is wrong."""

    argument: str = Field(min_length=1, max_length=LONGEST)
    review_digest: str = Field(min_length=64, max_length=64, description="as the review showed it")


@router.post("/checkpoints/{checkpoint_id}/criteria/{criterion_id}/appeal", status_code=201)
async def appeal_here(checkpoint_id: str, criterion_id: str, body: AppealBody, app: Opened, who: Who) -> Appealed:
    """Have the judge answer once more with my argument before it; it changes no verdict."""
    return await appeal(
        app.store,
        app.ensemble,
        who.actor,
        checkpoint_id,
        criterion_id,
        argument=body.argument,
        seen=body.review_digest,
    )
