"""The scene itself: one calm column. With JavaScript the reply streams; without, the page waits for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from agents.provenance import Provenance
from api import scene_words
from api.application import Application
from api.identity import Identity
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.players import for_a_learner
from api.security import Opened
from evidence.errors import ConductorError
from graphs import practising
from graphs.fitness import standing
from graphs.helping import help_left
from graphs.live import LiveTurn
from graphs.scenes import load_scene, observations_of
from practice import ladder
from practice.preferences import Form as PlayedForm
from practice.preferences import most_turns, simpler_please
from store.purpose import Purpose

router = APIRouter(prefix="/practice/{practice_id}")


@router.get("")
async def session(request: Request, practice_id: str, app: Opened, who: Visitor, told: str = "") -> Response:
    """The conversation so far, and what I can do next; ``told`` says why my last words were no turn."""
    scene = await _scene(app, who, practice_id)
    persona = await standing(app.store, app.ensemble, "persona")
    return page(request, "session/session.html", **scene, told=told, known=for_a_learner(persona, str(scene["people"])))


@router.post("/say")
async def say(
    request: Request, practice_id: str, app: Opened, who: Visitor, text: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """Say something. A browser that can stream gets the empty reply at once; another one waits for the words."""
    streams = _streams(request)
    try:
        live = await app.live.say(practice_id, who.actor.person_id, text)
    except ConductorError as error:
        if not streams:
            raise
        return _trouble(request, error)
    if streams:
        return page(request, "session/speaking.html", **await _speaking(app, who, live))
    result: dict[str, Any] = {}
    async for event in app.live.listen(practice_id, who.actor.person_id, turn=live.number):
        result = event.data if event.kind == "done" else result
    kind = result.get("kind", "failed")
    return see(f"/practice/{practice_id}" + (f"#turn-{live.number}" if kind == "turn" else f"?told={kind}#said"))


@router.get("/turns/{number}")
async def turn(request: Request, practice_id: str, number: int, app: Opened, who: Visitor) -> Response:
    """One complete turn, to stand where its words were streamed."""
    async with app.store.read() as work:
        scene = await load_scene(work, practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
    found = next((each for each in scene.turns if each.number == number), None)
    if found is None:
        return see(f"/practice/{practice_id}")
    scenario = scene.scenario
    return page(
        request,
        "session/turn.html",
        turn=found,
        scenario=scenario,
        persona=scenario.persona.name,
        practice_id=practice_id,
    )


@router.post("/hint")
async def hint(request: Request, practice_id: str, app: Opened, who: Visitor) -> Response:
    """Help with the next thing to say."""
    try:
        await practising.hint(app.store, app.ensemble, who.actor, practice_id)
    except ConductorError as error:
        if not _streams(request):
            raise
        return _trouble(request, error)
    if _streams(request):
        return page(request, "session/help.html", **await _scene(app, who, practice_id))
    return see(f"/practice/{practice_id}#help")


@router.post("/pause")
async def pause(practice_id: str, app: Opened, who: Visitor) -> Response:
    """Pause."""
    await app.live.interrupt(practice_id, who.actor.person_id)
    await practising.pause(app.store, who.actor, practice_id)
    return see(f"/practice/{practice_id}#said")


@router.post("/resume")
async def resume(practice_id: str, app: Opened, who: Visitor) -> Response:
    """Go on."""
    await practising.pause(app.store, who.actor, practice_id, resume=True)
    return see(f"/practice/{practice_id}#said")


@router.post("/stop")
async def stop(practice_id: str, app: Opened, who: Visitor) -> Response:
    """Stop the reply under way; where it is over already there is nothing to stop."""
    await app.live.interrupt(practice_id, who.actor.person_id)
    return see(f"/practice/{practice_id}#said")


@router.post("/finish")
async def finish(practice_id: str, app: Opened, who: Visitor) -> Response:
    """End the scene; my own view comes next."""
    await app.live.interrupt(practice_id, who.actor.person_id)
    await practising.finish(app.store, who.actor, practice_id)
    return see(f"/practice/{practice_id}/reflect")


async def _scene(app: Application, who: Identity, practice_id: str) -> dict[str, Any]:
    reader: dict[str, Any] = {"reader": who.actor.person_id, "purpose": Purpose.OWN_PRACTICE}
    async with app.store.read() as work:
        scene = await load_scene(work, practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
        hints = await work.practices.hints(practice_id, **reader)
        left = await help_left(work, scene, hints)
        attempts = await work.practices.turns(practice_id, complete_only=False, **reader)
        tries = await work.practices.tries(who.actor.person_id, **reader)
        taken_back = await practising.taken_back(work, scene.practice)
    number = len(scene.turns) + 1
    live = app.live.under_way(practice_id, who.actor.person_id)
    broken = [each for each in attempts if each.number == number and each.status != "complete"]
    return {
        "practice_id": practice_id,
        "practice": scene.practice,
        "scenario": scene.scenario,
        "persona": scene.scenario.persona.name,
        "people": scene_words.together(scene_words.names(scene.scenario)),
        "turns": scene.turns,
        "live": live,
        "broken": broken[-1] if broken and live is None else None,
        "hints": [
            (each, Provenance.model_validate(each.provenance).label, each.provenance.get("by_rules", ""))
            for each in hints
            if each.turn == number
        ],
        "hints_left": left,
        "stuck": scene.preferences.offers_help
        and left > 0
        and ladder.stuck([observations_of(each) for each in scene.turns[-ladder.STUCK_AFTER :]]),
        "taken_back": taken_back,
        "chosen": scene.preferences,
        "simpler": simpler_please(scene.scenario.language),
        "ends_after": most_turns(scene.practice.form) if scene.practice.form == PlayedForm.SHORT else None,
        "branched": any(each.branch_of == practice_id for each in tries),
        "player": app.ensemble.persona.provenance.label,
        "contacts": app.settings.contacts,
    }


async def _speaking(app: Application, who: Identity, live: LiveTurn) -> dict[str, Any]:
    async with app.store.read() as work:
        scene = await load_scene(work, live.practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
    scenario = scene.scenario
    return {"live": live, "scenario": scenario, "persona": scenario.persona.name, "practice_id": live.practice_id}


def _streams(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _trouble(request: Request, error: ConductorError) -> Response:
    """Say what is wrong beside the words, which stay where they are."""
    answer = page(request, "session/trouble.html", status=error.status, error=error)
    answer.headers["HX-Retarget"] = "#trouble"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer
