"""Labelling blind, how far the judge agrees with the team, and whether it drifts: pages and their forms."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity
from api.pages.blind import form
from api.pages.forms import typed_in
from api.pages.identity import Visitor, local, see
from api.pages.rendering import page
from api.pages.strategist import chosen_programme
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import STRATEGY_READERS, require
from evidence.errors import ConductorError, Conflict, InvalidInput
from graphs.anchoring import DRIFT, LEAST, anchor_sets, drift_runs, freeze, plan_drift
from graphs.blinding import CANNOT_TELL
from graphs.labelling import LABELLERS, next_to_label, say_levels, set_label_first, text_to_label

router = APIRouter(prefix="/strategy")

LEVEL = "level."  # names of the form's fields begin with it
MOST_PASSED = 10_000


@router.get("/labelling")
async def labelling(request: Request, app: Opened, who: Visitor, programme: str = "", after: str = "") -> Response:
    """The next text to label."""
    require(who.actor, *LABELLERS, to="label a text")
    chosen, programmes = await chosen_programme(app, programme)
    passed = min(int(after), MOST_PASSED) if after.isdecimal() and len(after) < 6 else 0
    try:
        text, problem = await next_to_label(app.store, who.actor, chosen.id, after=passed), None
    except Conflict as nothing:
        text, problem = None, nothing
    return page(
        request,
        "strategist/labelling.html",
        programme=chosen,
        programmes=programmes,
        problem=problem,
        passed=passed,
        strategist=Role.STRATEGIST in who.actor.roles,
        **form(None if text is None else text.content, () if text is None else text.criteria),
        text=text,
        action="" if text is None else f"/strategy/labelling/{text.version_id}",
        then=f"/strategy/labelling?programme={chosen.id}",
    )


@router.post("/labelling/{version_id}")
async def label(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Keep what was chosen, and go on; what is missing or wrong comes back with everything that was chosen."""
    require(who.actor, *LABELLERS, to="label a text")
    typed = await typed_in(request)
    then = local(typed.get("next", "")) or "/strategy/labelling"
    levels = {name.removeprefix(LEVEL): value for name, value in typed.items() if name.startswith(LEVEL)}
    text = await text_to_label(app.store, who.actor, version_id)
    problem: ConductorError | None = None
    try:
        missing = [each for each in text.criteria if not levels.get(each.criterion_id) and not each.said]
        if missing:
            raise InvalidInput(
                _("Say something about every criterion."),
                todo=_("“I cannot tell” is an answer, too."),
                where=f"{LEVEL}{missing[0].criterion_id}",
            )
        said = {each: None if level == CANNOT_TELL else level for each, level in levels.items() if level}
        await say_levels(app.store, who.actor, version_id, said)
    except InvalidInput as wrong:
        problem = wrong
    if problem is None:
        return see(then)
    async with app.store.read() as work:
        programme_id = (await work.design.version(version_id)).programme_id
    chosen, programmes = await chosen_programme(app, programme_id)
    chosen_levels = tuple(
        each.model_copy(update={"said": levels.get(each.criterion_id) or each.said}) for each in text.criteria
    )
    return page(
        request,
        "strategist/labelling.html",
        status=problem.status,
        programme=chosen,
        programmes=programmes,
        problem=problem,
        passed=0,
        strategist=Role.STRATEGIST in who.actor.roles,
        **form(text.content, chosen_levels),
        text=text,
        action=f"/strategy/labelling/{version_id}",
        then=then,
    )


@router.post("/label-first")
async def switch(request: Request, app: Opened, who: Visitor) -> Response:
    """Have designers label first, or no longer."""
    typed = await typed_in(request)
    chosen, _all = await chosen_programme(app, typed.get("programme", ""))
    await set_label_first(app.store, who.actor, chosen.id, typed.get("on") == "yes")
    return see(f"/strategy/agreement?programme={chosen.id}")


@router.get("/agreement")
async def agreement(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """How far the judge agrees with the team."""
    from graphs.agreeing import team_agreement  # brings numpy, which nothing else needs at the start

    require(who.actor, *STRATEGY_READERS, to="read the strategy")
    chosen, programmes = await chosen_programme(app, programme)
    try:
        found, problem = await team_agreement(app.store, who.actor, chosen.id), None
    except Conflict as nothing:
        found, problem = None, nothing
    return page(
        request,
        "strategist/agreement.html",
        programme=chosen,
        programmes=programmes,
        found=found,
        problem=problem,
        may_label=bool(who.actor.roles & set(LABELLERS)),
        strategist=Role.STRATEGIST in who.actor.roles,
    )


@router.get("/drift")
async def drift(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """Anchors, and what became of the judge since they were frozen."""
    return await _drift(request, app, who, programme)


@router.post("/anchors")
async def freeze_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Freeze anchors."""
    wanted = (await typed_in(request)).get("programme", "")
    chosen, _all = await chosen_programme(app, wanted)
    try:
        await freeze(app.store, who.actor, chosen.id)
    except Conflict as problem:
        return await _drift(request, app, who, chosen.id, problem)
    return see(f"/strategy/drift?programme={chosen.id}")


@router.post("/drift")
async def look(request: Request, app: Opened, who: Visitor) -> Response:
    """Plan to have the anchors judged again; the study's own page says what it costs and starts it."""
    typed = await typed_in(request)
    chosen, _all = await chosen_programme(app, typed.get("programme", ""))
    try:
        made = await plan_drift(app.store, app.ensemble, who.actor, chosen.id, typed.get("anchors", ""))
    except Conflict as problem:
        return await _drift(request, app, who, chosen.id, problem)
    return see(f"/strategy/studies/{made.id}")


async def _drift(
    request: Request, app: Application, who: Identity, wanted: str, problem: ConductorError | None = None
) -> Response:
    require(who.actor, Role.STRATEGIST, to="look for drift of the judge")
    chosen, programmes = await chosen_programme(app, wanted)
    sets = await anchor_sets(app.store, who.actor, chosen.id)
    runs = {each.id: await drift_runs(app.store, who.actor, each.id) for each in sets}
    if request.method == "GET" and sets:
        async with app.store.write() as work:
            await work.desk.read(who.actor.person_id, f"{DRIFT}/{chosen.id}")
    return page(
        request,
        "strategist/drift.html",
        status=200 if problem is None else problem.status,
        programme=chosen,
        programmes=programmes,
        sets=sets,
        runs=runs,
        problem=problem,
        least=LEAST,
    )
