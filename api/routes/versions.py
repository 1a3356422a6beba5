"""Versions of the strategy compared, and the coverage of the charter in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.bodies import Route
from api.security import Opened, Who
from api.strategy_words import differences_told, gaps_told
from graphs.comparing import Compared, compare
from graphs.covering import CoverageMap, coverage_map

router = APIRouter(tags=["strategy"], route_class=Route)


class ComparedView(BaseModel):
    """A comparison, and what it says in sentences."""

    told: list[str]
    comparison: Compared


class CoverageView(BaseModel):
    """A coverage map, and its gaps in sentences."""

    told: list[str]
    coverage: CoverageMap


@router.get("/programmes/{programme_id}/strategy/coverage")
async def coverage(programme_id: str, app: Opened, who: Who) -> CoverageView:
    """Which clauses of the charter in force no criterion asks about, and which no signed scenario practises."""
    found = await coverage_map(app.store, who.actor, programme_id)
    return CoverageView(told=gaps_told(found), coverage=found)


@router.get("/strategy/{version_id}/compare")
async def compare_versions(
    version_id: str, app: Opened, who: Who, other: Annotated[str | None, Query(alias="with")] = None
) -> ComparedView:
    """Compare a version with another; where none is named, with its parent, else with the one in force."""
    found = await compare(app.store, who.actor, version_id, other or None)
    return ComparedView(told=differences_told(found), comparison=found)
