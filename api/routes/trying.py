"""Trying again: as a twin, another way from any turn, side by side; and watching an example first."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.application import Application
from api.bodies import Route
from api.idempotency import Numbered
from api.identity import Identity
from api.languages import silent
from api.routes.practice import Begun, begun_at
from api.security import Opened, Practising
from api.streams import event, stream, takes_events
from evidence.errors import ConductorError
from graphs import branching, retrying, showing
from graphs.branching import Comparison
from graphs.showing import Example, Line
from practice.preferences import Preferences
from practice.retrying import Retried
from store.purpose import Purpose

router = APIRouter(tags=["practice"], route_class=Route)

MOST_SEED = 2**31


class Again(BaseModel):
    """How to try it again."""

    seed: int | None = Field(default=None, ge=0, le=MOST_SEED, description="the same seed gives the same twin")
    preferences: Preferences | None = Field(default=None, description="left out, they stay as they were")


class WhatIf(BaseModel):
    """From where to try another way."""

    turn: int = Field(ge=1, description="the first turn that is said anew")
    preferences: Preferences | None = Field(default=None, description="left out, they stay as they were")


class ExampleView(BaseModel):
    """An example, played by software; nothing of it is kept."""

    label: str
    title: str
    setting: str
    persona: str
    others: list[str] = Field(default=[], description="who else is in the scene")
    safety_notes: list[str] = Field(default=[], description="good to know before beginning; signed with the rest")
    opening_line: str
    lines: list[Line]
    player: str


class Skill(BaseModel):
    """What held when this was met again with other names and numbers; null where it is no twin of a debriefed try."""

    retried: Retried | None


LABEL = "An example, played by software."


@router.post("/practices/{practice_id}/twin", status_code=201)
async def again(practice_id: str, app: Opened, who: Practising, numbered: Numbered, body: Again | None = None) -> Begun:
    """Try it again with other names and numbers, all of them signed."""
    asked = body or Again()
    twin_id = await begin_again(
        practice_id, app, who, seed=asked.seed, preferences=asked.preferences, numbered=numbered
    )
    return await begun_at(twin_id, app, who)


async def begin_again(
    practice_id: str,
    app: Application,
    who: Identity,
    *,
    seed: int | None = None,
    preferences: Preferences | None = None,
    numbered: Numbered = None,
) -> str:
    """Begin a twin; gives its id."""
    return await retrying.again(
        app.store,
        who.actor,
        practice_id,
        seed=secrets.randbelow(MOST_SEED) if seed is None else seed,
        preferences=preferences,
        ensemble=app.ensemble,
        once=numbered,
    )


@router.get("/practices/{practice_id}/skill")
async def skill(practice_id: str, app: Opened, who: Practising) -> Skill:
    """What held of the try before, where this one was played with other names and numbers."""
    async with app.store.read() as work:
        practice = await work.practices.get(practice_id, reader=who.actor.person_id, purpose=Purpose.OWN_PRACTICE)
        return Skill(retried=await retrying.skill_shown(work, practice))


@router.post("/practices/{practice_id}/branches", status_code=201)
async def what_if(practice_id: str, body: WhatIf, app: Opened, who: Practising, numbered: Numbered) -> Begun:
    """Try another way from a turn on, in a practice of its own; this one stays as it is."""
    branch_id = await branching.branch(
        app.store,
        who.actor,
        practice_id,
        body.turn,
        preferences=body.preferences,
        ensemble=app.ensemble,
        once=numbered,
    )
    return await begun_at(branch_id, app, who)


@router.get("/practices/{practice_id}/branches")
async def side_by_side(practice_id: str, app: Opened, who: Practising) -> Comparison:
    """This practice and everything that hangs together with it by branching, side by side from each fork on."""
    return await branching.compare(app.store, who.actor, practice_id)


@router.get(
    "/scenarios/{version_id}/example",
    response_model=ExampleView,
    responses={
        200: {"description": "The whole of it, or its lines as they come", "content": {"text/event-stream": {}}}
    },
)
async def example(
    version_id: str,
    app: Opened,
    who: Practising,
    twin_seed: Annotated[int, Query(ge=0, le=MOST_SEED)] = 0,
    language: Annotated[str, Query(max_length=5)] = "",
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> ExampleView | Response:
    """Watch a good conversation: the signed exemplar lines, answered under the rules. It shows what opens."""
    shown = await showing.example(
        app.store,
        app.ensemble,
        who.actor,
        version_id,
        twin_seed=twin_seed,
        language=language,
        speechless=silent(app, language),
    )
    if takes_events(accept):
        return stream(_written(shown))
    async with aclosing(shown.lines()) as told:
        return view_of(shown, [line async for line in told])


def view_of(shown: Example, lines: list[Line]) -> ExampleView:
    """An example as it is told."""
    scenario = shown.scenario
    return ExampleView(
        label=LABEL,
        title=scenario.title,
        setting=scenario.setting,
        persona=f"{scenario.persona.name}, {scenario.persona.role}",
        others=[f"{other.name}, {other.role}" for other in scenario.others],
        safety_notes=list(scenario.safety_notes),
        opening_line=scenario.opening_line,
        lines=lines,
        player=shown.player,
    )


async def _written(shown: Example) -> AsyncGenerator[bytes, None]:
    yield event("scene", view_of(shown, []).model_dump(mode="json", exclude={"lines"}), "0")
    number = 0
    try:
        async with aclosing(shown.lines()) as told:
            async for line in told:
                number = line.number
                yield event("line", line.model_dump(mode="json"), str(number))
    except ConductorError as error:
        yield event("failed", {"title": error.title, "detail": error.detail, "todo": error.todo}, str(number + 1))
        return
    yield event("done", {}, str(number + 1))
