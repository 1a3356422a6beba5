"""Two versions of the strategy side by side, and the map of what is asked about and practised."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.pages.differing import shortened
from api.pages.identity import Visitor
from api.pages.rendering import page
from api.pages.strategist import chosen_programme
from api.security import Opened
from api.strategy_words import cited_by, compared_with, differences_told, field_label, gaps_told, practised_in
from api.wording import _
from approvals.people import Role
from approvals.roles import STRATEGY_READERS, require
from evidence.errors import Conflict
from graphs.comparing import compare
from graphs.covering import Covered, coverage_map

router = APIRouter(prefix="/strategy")


@router.get("/versions/{version_id}/compare")
async def compare_here(
    request: Request, version_id: str, app: Opened, who: Visitor, other: Annotated[str, Query(alias="with")] = ""
) -> Response:
    """A version against another one: what came, went and moved, word by word, and whom the judge is asked about."""
    require(who.actor, *STRATEGY_READERS, to="read the strategy")
    async with app.store.read() as work:
        version = await work.strategy.version(version_id)
        versions = await work.strategy.versions(version.programme_id, version.kind)
    found, problem = None, None
    try:
        found = await compare(app.store, who.actor, version_id, other or None)
    except Conflict as nothing:  # the only version there is
        problem = nothing
    changed = [] if found is None else found.changed
    return page(
        request,
        "strategist/compare.html",
        version=version,
        versions=[each for each in versions if each.id != version.id],
        compared=found,
        problem=problem,
        told=[] if found is None else differences_told(found),
        compared_with="" if found is None else compared_with(found),
        judged={each.id: shortened(each.differences, field_label) for each in changed},
        arithmetic={each.id: shortened(each.arithmetic, field_label) for each in changed},
        whole=[] if found is None else shortened(found.whole, field_label),
        may_open_desk=Role.STRATEGIST in who.actor.roles,
    )


@router.get("/coverage")
async def coverage_here(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """The charter in force clause by clause, the gaps first."""
    require(who.actor, *STRATEGY_READERS, to="read the strategy")
    chosen, all_of_them = await chosen_programme(app, programme)
    found, problem = None, None
    try:
        found = await coverage_map(app.store, who.actor, chosen.id)
    except Conflict as nothing:
        problem = nothing
    return page(
        request,
        "strategist/coverage.html",
        programme=chosen,
        programmes=all_of_them,
        coverage=found,
        problem=problem,
        told=[] if found is None else gaps_told(found),
        cited_by=cited_by,
        practised_in=practised_in,
        orders={} if found is None else {each.id: _order(chosen.id, each) for each in found.clauses},
        may_order=Role.DESIGNER in who.actor.roles,
        may_open_desk=Role.STRATEGIST in who.actor.roles,
    )


def _order(programme_id: str, clause: Covered) -> str:
    """The brief form, with the clause in it that nobody practises yet."""
    worry = _("Nobody practises this yet: “{clause}” ({id}).").format(clause=clause.text, id=clause.id)
    return "/design/new?" + urlencode({"programme": programme_id, "worry": worry})
