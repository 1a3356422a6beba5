"""The learner's desk outside the scene: what is for me and why, reflection, debrief, and what others see of me."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from agents.failures import ModelUnfit
from api import debriefs, scene_words
from api.application import Application
from api.debrief_charts import charts
from api.identity import Identity
from api.languages import own_name, silent
from api.pages.choosing import Chosen
from api.pages.identity import Visitor, see
from api.pages.others import look
from api.pages.rendering import page
from api.pages.telling import percent
from api.routes import practice as routes
from api.routes.trying import MOST_SEED
from api.security import Opened
from approvals.people import Role
from evidence.errors import Conflict, ModelFailed
from graphs import practising
from graphs.retrying import skill_shown
from graphs.scenes import load_scene, signed_scenario
from practice.debrief import Debrief
from practice.preferences import Form as PlayedForm
from practice.retrying import Retried
from practice.variation import varies
from store.purpose import Purpose
from strategy.charter import Charter, Clause

router = APIRouter(prefix="/practice")

_UNDER_WAY = frozenset({"open", "paused"})
FIRST = 6  # conversations that are shown at once; the others are one tap away


@dataclass(frozen=True)
class Card:
    """A scenario on the shelf, and the clause of strategy that it practises."""

    scenario: routes.ScenarioCard
    clause: Clause | None


@router.get("")
async def home(request: Request, app: Opened, who: Visitor) -> Response:
    """What is for me and why, and what I have practised."""
    cards = await _shelf(app, who)
    mine = sorted(await routes.my_practices(app, who), key=lambda each: each.changed, reverse=True)
    return page(
        request,
        "learner/home.html",
        cards=cards,
        under_way=[each for each in mine if each.status in _UNDER_WAY],
        waiting=[each for each in mine if each.status in {"stopped", "finished"}],
        over=[each for each in mine if each.status in {"reflected", "debriefed"}],
        branched={each.branch_of for each in mine},
        held=await _held(app, who, mine),
        first=FIRST,
        own_name=own_name,
        learner=Role.LEARNER in who.actor.roles,
    )


@router.post("/begin")
async def begin(
    app: Opened,
    who: Visitor,
    version_id: Annotated[str, Form(max_length=60)],
    chosen: Chosen,
    varied: Annotated[bool, Form()] = False,
    form: Annotated[PlayedForm, Form()] = PlayedForm.FULL,
) -> Response:
    """Begin to practise; ``varied`` plays it with names and numbers other than last time, all of them signed."""
    practice_id = await practising.begin(
        app.store,
        who.actor,
        version_id,
        twin_seed=secrets.randbelow(MOST_SEED) if varied else 0,
        varied=varied,
        form=form,
        preferences=chosen,
        speechless=silent(app, chosen.language),
        ensemble=app.ensemble,
    )
    return see(f"/practice/{practice_id}#turn-0")  # on a phone the first words would stand below the scene's account


@router.get("/what-others-see")
async def what_others_see(request: Request, app: Opened, who: Visitor) -> Response:
    """Somebody of every role really tries to read what I practised."""
    return page(request, "learner/others.html", seen=await look(app, who))


@router.get("/{practice_id}/reflect")
async def reflection(request: Request, practice_id: str, app: Opened, who: Visitor) -> Response:
    """My own view, which comes before any feedback."""
    view = await routes.my_practice(practice_id, app, who)
    if view.status not in {"finished", "reflected"}:
        return see(f"/practice/{practice_id}/debrief" if view.status == "debriefed" else f"/practice/{practice_id}")
    return page(request, "learner/reflect.html", view=view, contacts=app.settings.contacts)


@router.post("/{practice_id}/reflect")
async def reflect(
    practice_id: str, app: Opened, who: Visitor, text: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """Keep my reflection, then have the debrief written."""
    await practising.reflect(app.store, who.actor, practice_id, text)
    return await write_debrief(practice_id, app, who)


@router.post("/{practice_id}/debrief")
async def write_debrief(practice_id: str, app: Opened, who: Visitor) -> Response:
    """Have the debrief written; where the coach gives none, the page says so and offers to ask again."""
    failed = ""
    try:
        await practising.debrief(app.store, app.ensemble, who.actor, practice_id)
    except ModelUnfit:
        raise  # asking again is of no use until an admin has acted, and the words say so
    except ModelFailed:
        failed = "?failed=1"
    return see(f"/practice/{practice_id}/debrief{failed}")


@router.get("/{practice_id}/debrief")
async def debrief(request: Request, practice_id: str, app: Opened, who: Visitor, failed: bool = False) -> Response:
    """My own view, what happened, what my words showed, and one next step; each thing once."""
    async with app.store.read() as work:
        scene = await load_scene(work, practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
        skill = await skill_shown(work, scene.practice)
    status = scene.practice.status
    if status == "finished":
        return see(f"/practice/{practice_id}/reflect")
    if status not in {"reflected", "debriefed"}:
        raise Conflict("The scene is not finished.", todo="Finish it first, then reflect; the debrief comes then.")
    kept = scene.practice.debrief
    told = None if kept is None else Debrief.model_validate(kept["debrief"])
    return page(
        request,
        "learner/debrief.html",
        scene=scene,
        scenario=scene.scenario,
        told=told,
        objectives=[] if told is None else debriefs.told(told),
        also=[] if told is None else debriefs.also(told),
        percent=percent,
        ladders={objective.id: objective.levels for objective in scene.scenario.objectives},
        player=None if kept is None else _player(kept.get("provenance", {})),
        failed=failed,
        goal=scene.preferences.goal,
        charts=[] if told is None else charts(told, scene_words.names(scene.scenario)),
        spoke_with="" if told is None else scene_words.spoke_with(scene_words.names(scene.scenario), told.opening),
        debriefs=debriefs,
        skill=skill,
        can_vary=varies(scene.scenario),
    )


@router.get("/{practice_id}/unsaid")
async def unsaid(request: Request, practice_id: str, app: Opened, who: Visitor) -> Response:
    """What opened, what never did, and a line that might have opened it; on request only."""
    view = await routes.my_practice(practice_id, app, who)
    found = await practising.what_stayed_unsaid(app.store, who.actor, practice_id)
    return page(request, "learner/unsaid.html", view=view, found=found)


async def _held(app: Application, who: Identity, mine: Sequence[routes.Mine]) -> dict[str, Retried]:
    """By practice: what held where a debriefed try was met again with other names and numbers."""
    often = Counter(each.version_id for each in mine if each.status == "debriefed" and each.branch_of is None)
    found: dict[str, Retried] = {}
    async with app.store.read() as work:
        for each in mine:
            if each.status != "debriefed" or often[each.version_id] < 2 or len(found) >= FIRST:
                continue
            practice = await work.practices.get(each.id, reader=who.actor.person_id, purpose=Purpose.OWN_PRACTICE)
            if (retried := await skill_shown(work, practice)) is not None:
                found[each.id] = retried
    return found


async def _shelf(app: Application, who: Identity) -> list[Card]:
    if not who.actor.roles & {Role.LEARNER, Role.DESIGNER}:
        return []
    found = await routes.scenarios(app, who)
    cards = []
    charters: dict[str, Charter] = {}
    async with app.store.read() as work:
        for card in found:
            scenario, _digest, programme_id = await signed_scenario(work, card.version_id)
            if programme_id not in charters:
                version = await work.strategy.in_force(programme_id, "charter")
                charters[programme_id] = Charter.model_validate_json(version.content)
            heaviest = max(scenario.objectives, key=lambda objective: objective.weight)
            cited = [charters[programme_id].clause(each) for each in (*heaviest.clause_ids, *scenario.clause_ids)]
            cards.append(Card(card, next((clause for clause in cited if clause is not None), None)))
    return cards


def _player(provenance: dict[str, Any]) -> str:
    return "offline rules" if provenance.get("player") == "offline" else f"model {provenance.get('model', '?')}"
