"""Contested lines: the learner's pages to send and take back one line, and the strategist's page to answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import contest_words
from api.application import Application
from api.identity import Identity
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.strategist import chosen_programme
from api.security import Opened
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, NotFound
from graphs import contesting
from graphs.contesting import Preview
from graphs.scenes import load_scene
from practice.contested import MAX_WHY
from practice.debrief import Debrief
from store.purpose import Purpose

router = APIRouter()

Quote = Annotated[int | None, Form(ge=0, le=1000)]


@router.get("/practice/contested")
async def mine(request: Request, app: Opened, who: Visitor) -> Response:
    """What I sent of my debriefs, what was answered, and the way to take it back."""
    found = await contesting.mine(app.store, who.actor)
    return page(request, "learner/contested.html", found=found, words=contest_words)


@router.post("/practice/contested/{contest_id}/take-back")
async def take_back(contest_id: str, app: Opened, who: Visitor) -> Response:
    """Take a line back."""
    await contesting.revoke(app.store, who.actor, contest_id)
    return see("/practice/contested")


@router.get("/practice/{practice_id}/contest/{objective_id}")
async def begin(
    request: Request, practice_id: str, objective_id: str, app: Opened, who: Visitor, quote: int | None = None
) -> Response:
    """One line of my debrief, and room to say what is wrong with it."""
    return await _show(request, app, who, practice_id, objective_id, quote)


@router.post("/practice/{practice_id}/contest/{objective_id}")
async def go_on(
    request: Request,
    practice_id: str,
    objective_id: str,
    app: Opened,
    who: Visitor,
    why: Annotated[str, Form(max_length=20_000)] = "",
    quote: Quote = None,
    digest: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Show exactly what will be sent; with the digest of what was shown, send it."""
    try:
        if digest:
            await contesting.send(app.store, who.actor, practice_id, objective_id, quote=quote, why=why, digest=digest)
            return see("/practice/contested")
        found = await contesting.preview(app.store, who.actor, practice_id, objective_id, quote=quote, why=why)
    except ConductorError as problem:
        if problem.status in (401, 403, 404):
            raise
        return await _show(request, app, who, practice_id, objective_id, quote, why=why, problem=problem)
    return await _show(request, app, who, practice_id, objective_id, quote, why=why, found=found)


@router.get("/strategy/contests")
async def queue(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """What learners contest about the judge, unnamed."""
    return await _queue(request, app, who, programme)


@router.post("/strategy/contests/{contest_id}")
async def answer(
    request: Request,
    contest_id: str,
    app: Opened,
    who: Visitor,
    text: Annotated[str, Form(max_length=20_000)] = "",
    programme: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Answer a line."""
    try:
        await contesting.answer(app.store, who.actor, contest_id, text)
    except ConductorError as problem:
        if problem.status in (401, 403):
            raise
        return await _queue(request, app, who, programme, at=contest_id, typed=text, problem=problem)
    return see(f"/strategy/contests?programme={programme}#line-{contest_id}")


async def _show(
    request: Request,
    app: Application,
    who: Identity,
    practice_id: str,
    objective_id: str,
    quote: int | None,
    *,
    why: str = "",
    found: Preview | None = None,
    problem: ConductorError | None = None,
) -> Response:
    async with app.store.read() as work:
        scene = await load_scene(work, practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
    kept = scene.practice.debrief
    results = Debrief.model_validate(kept["debrief"]).objectives if kept is not None else ()
    result = next((each for each in results if each.objective_id == objective_id), None)
    if result is None or (quote is not None and not 0 <= quote < len(result.quotes)):
        raise NotFound("This debrief has no such line.", todo="Open the debrief and choose one there.")
    return page(
        request,
        "learner/contest.html",
        status=200 if problem is None else problem.status,
        practice_id=practice_id,
        title=scene.scenario.title,
        result=result,
        chosen=quote,
        why=why,
        most=MAX_WHY,
        found=found,
        words=contest_words,
        problem=problem,
    )


async def _queue(
    request: Request,
    app: Application,
    who: Identity,
    programme: str,
    *,
    at: str = "",
    typed: str = "",
    problem: ConductorError | None = None,
) -> Response:
    require(who.actor, Role.STRATEGIST, to="read contested lines")
    chosen, programmes = await chosen_programme(app, programme)
    found = await contesting.queue(app.store, who.actor, chosen.id)
    return page(
        request,
        "strategist/contests.html",
        status=200 if problem is None else problem.status,
        programme=chosen,
        programmes=programmes,
        queue=found,
        words=contest_words,
        at=at,
        typed=typed,
        problem=problem,
        most=contesting.MAX_ANSWER,
    )
