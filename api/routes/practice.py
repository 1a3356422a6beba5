"""The learner's desk. Every route serves the learner's own practice and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from api.application import Application
from api.bodies import Route, plain_text, quickly
from api.idempotency import Numbered, once
from api.identity import Identity
from api.languages import playable, silent
from api.scene_words import names as names_of
from api.security import Opened, Practising, application, identified, identity, within
from api.streams import event, stream, takes_events
from approvals.people import Role
from approvals.roles import require
from evidence.errors import Conflict, NotSigned
from graphs import practising
from graphs.answering import Once
from graphs.practising import AS_IT_IS
from graphs.reaching import shelf
from graphs.scenes import load_scene, signed_scenario
from graphs.speaking import Event, TurnBegun
from practice.debrief import Debrief
from practice.preferences import Form, Preferences, most_turns
from practice.unsaid import Unsaid
from practice.variation import render, varies
from store.purpose import Purpose
from store.unit_of_work import UnitOfWork

router = APIRouter(tags=["practice"], route_class=Route)

MAX_TEXT = 20_000
_ID = re.compile(r"[0-9a-f-]{36}")
_NUMBER = re.compile(r"[0-9]{1,9}")


class ScenarioCard(BaseModel):
    """A signed scenario as a learner sees it before practising; nothing hidden is in it."""

    version_id: str
    title: str
    skill: str
    setting: str
    learner_role: str
    learner_goal: str
    persona: str
    others: list[str] = Field(default=[], description="who else is in the scene")
    people: list[str] = Field(default=[], description="the names of everybody in the scene")
    safety_notes: list[str] = Field(default=[], description="good to know before beginning; signed with the rest")
    difficulty: str
    language: str
    languages: list[str] = Field(default=[], description="other languages in which I can practise it here")
    signed_by: list[str]
    varies: bool = Field(description="whether other names and numbers are signed for it, too")
    why: str = Field(default="open", description="`assigned` to me, `skeptic`: I was asked to break it, or `open`")
    opens_at: datetime | None = Field(default=None, description="where it cannot begin yet: from when")
    due_at: datetime | None = Field(default=None, description="until when it would be good to, where it is assigned")
    rollout_id: str | None = Field(default=None, description="where I was asked to break it: what to report to")


class Begin(BaseModel):
    """How to practise."""

    twin_seed: int = Field(default=0, ge=0, le=2**31, description="0 plays it as written, others vary signed details")
    form: Form = Field(default=Form.FULL, description="`short` is the three-minute version")
    preferences: Preferences = AS_IT_IS


class Begun(BaseModel):
    """A practice that has begun."""

    practice_id: str
    opening_line: str
    persona: str
    others: list[str] = Field(default=[], description="who else is in the scene")


class Message(BaseModel):
    """What the learner says."""

    text: str = Field(max_length=MAX_TEXT)


class Speaking(BaseModel):
    """The other person is about to answer; listen at ``stream``."""

    turn: int
    attempt: int
    stream: str


class TurnView(BaseModel):
    """One complete turn."""

    number: int
    said: str
    reply: str
    speaker: str = Field(description="who answered; empty where only one person is there")
    observed: list[dict[str, Any]]


class PracticeView(BaseModel):
    """A practice as its learner sees it."""

    id: str
    version_id: str
    title: str
    status: str
    form: Form
    preferences: Preferences
    branch_of: str | None = Field(description="the practice that this one tries another way of")
    branch_turn: int | None = Field(description="the first turn of its own, where it is a branch")
    most_turns: int = Field(description="the turn with which the scene ends at the latest")
    setting: str
    language: str
    learner_role: str
    learner_goal: str
    persona: str
    others: list[str] = Field(default=[], description="who else is in the scene")
    people: list[str] = Field(default=[], description="the names of everybody in the scene")
    safety_notes: list[str] = Field(default=[], description="good to know before beginning; signed with the rest")
    opening_line: str
    turns: list[TurnView]
    unanswered: str | None = Field(description="what I said last, where the reply to it broke off")
    reflection: str | None
    player: str


class Mine(BaseModel):
    """A practice in my list."""

    id: str
    version_id: str
    title: str
    status: str
    begun: str
    changed: str
    turns: int
    form: Form
    branch_of: str | None
    branch_turn: int | None


class HintView(BaseModel):
    """A piece of help; ``by_rules`` says why rules gave it although a model coaches, and is empty otherwise."""

    rung: str
    text: str
    left: int
    player: str
    by_rules: str = ""


class DebriefView(BaseModel):
    """The debrief, and who wrote its words."""

    debrief: Debrief
    player: str


@router.get("/scenarios")
async def scenarios(app: Opened, who: Practising, programme_id: str | None = None) -> list[ScenarioCard]:
    """Scenarios with a live sign-off that reach me: what is due first, what I was asked to break, then the others."""
    require(who.actor, Role.LEARNER, Role.DESIGNER, to="see scenarios to practise")
    async with app.store.read() as work:
        cards = []
        for place in await shelf(work, who.actor, programme_id):
            version = place.version
            try:
                scenario, digest, _ = await signed_scenario(work, version.id)
            except NotSigned:  # its text was altered: nobody can begin it, and everybody else's shelf stays
                continue
            signed = await work.approvals.live_sign_off(version.id, digest)
            decisions = [] if signed is None else await work.approvals.decisions(signed.checkpoint_id)
            people = frozenset(d.person_id for d in decisions if d.kind == "approve")
            names = await work.people.names(people, purpose=Purpose.ACCOUNTABILITY)
            shown = render(scenario)
            cards.append(
                ScenarioCard(
                    version_id=version.id,
                    title=shown.title,
                    skill=shown.skill,
                    setting=shown.setting,
                    learner_role=shown.learner_role,
                    learner_goal=shown.learner_goal,
                    persona=f"{shown.persona.name}, {shown.persona.role}",
                    others=[f"{other.name}, {other.role}" for other in shown.others],
                    people=list(names_of(shown)),
                    safety_notes=list(shown.safety_notes),
                    difficulty=shown.difficulty.value,
                    language=shown.language,
                    languages=playable(app, scenario),
                    signed_by=sorted(names.values()),
                    varies=varies(scenario),
                    why=place.why,
                    opens_at=place.opens_at,
                    due_at=place.due_at,
                    rollout_id=place.rollout_id,
                )
            )
    return cards


@router.post("/scenarios/{version_id}/practices", status_code=201)
async def begin(version_id: str, app: Opened, who: Practising, numbered: Numbered, body: Begin | None = None) -> Begun:
    """Begin to practise; 409 where nobody has signed exactly this text."""
    asked = body or Begin()
    practice_id = await practising.begin(
        app.store,
        who.actor,
        version_id,
        twin_seed=asked.twin_seed,
        form=asked.form,
        preferences=asked.preferences,
        speechless=silent(app, asked.preferences.language),
        ensemble=app.ensemble,
        once=numbered,
    )
    return await begun_at(practice_id, app, who)


async def begun_at(practice_id: str, app: Application, who: Identity) -> Begun:
    """A practice that has just begun."""
    async with app.store.read() as work:
        scene = await load_scene(work, practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
    scenario = scene.scenario
    return Begun(
        practice_id=practice_id,
        opening_line=scenario.opening_line,
        persona=f"{scenario.persona.name}, {scenario.persona.role}",
        others=[f"{other.name}, {other.role}" for other in scenario.others],
    )


@router.get("/practices")
async def my_practices(app: Opened, who: Practising) -> list[Mine]:
    """My practices, newest first."""
    me = who.actor.person_id
    async with app.store.read() as work:
        tries = await work.practices.tries(me, reader=me, purpose=Purpose.OWN_PRACTICE)
        titles = {each.version_id: (await work.design.version(each.version_id)).title for each in tries}
    return [
        Mine(
            id=each.id,
            version_id=each.version_id,
            title=titles[each.version_id],
            status=each.status,
            begun=each.created_at.isoformat(),
            changed=each.updated_at.isoformat(),
            turns=each.turns,
            form=Form(each.form),
            branch_of=each.branch_of,
            branch_turn=each.branch_turn,
        )
        for each in reversed(tries)
    ]


@router.get("/practices/{practice_id}")
async def my_practice(practice_id: str, app: Opened, who: Practising) -> PracticeView:
    """One of my practices."""
    me: dict[str, Any] = {"reader": who.actor.person_id, "purpose": Purpose.OWN_PRACTICE}
    async with app.store.read() as work:
        scene = await load_scene(work, practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
        attempts = await work.practices.turns(practice_id, complete_only=False, **me)
    scenario, practice = scene.scenario, scene.practice
    speaking = app.live.under_way(practice_id, who.actor.person_id) is not None
    broken = [each for each in attempts if each.number == len(scene.turns) + 1 and not speaking]
    return PracticeView(
        id=practice.id,
        version_id=practice.version_id,
        title=scenario.title,
        status=practice.status,
        form=Form(practice.form),
        preferences=scene.preferences,
        branch_of=practice.branch_of,
        branch_turn=practice.branch_turn,
        most_turns=most_turns(practice.form),
        setting=scenario.setting,
        language=scenario.language,
        learner_role=scenario.learner_role,
        learner_goal=scenario.learner_goal,
        persona=f"{scenario.persona.name}, {scenario.persona.role}",
        others=[f"{other.name}, {other.role}" for other in scenario.others],
        people=list(names_of(scenario)),
        safety_notes=list(scenario.safety_notes),
        opening_line=scenario.opening_line,
        turns=[
            TurnView(
                number=t.number,
                said=t.learner_text,
                reply=t.reply,
                speaker=t.observed.get("speaker", ""),
                observed=t.observed.get("observations", []),
            )
            for t in scene.turns
        ],
        unanswered=broken[-1].learner_text if broken else None,
        reflection=practice.reflection,
        player=app.ensemble.persona.provenance.label,
    )


@router.put("/practices/{practice_id}/preferences", status_code=204)
async def prefer(practice_id: str, body: Preferences, app: Opened, who: Practising) -> None:
    """Change my goal, the challenge, how much help I want, or the words; from the next turn on."""
    await practising.prefer(app.store, who.actor, practice_id, body)


async def _say(request: Request) -> Response | None:
    practice_id = request.path_params["practice_id"]
    text = await plain_text(request, MAX_TEXT)
    if text is None or request.scope["query_string"] or not _ID.fullmatch(practice_id):
        return None
    app, headers = application(request), request.headers
    async with app.store.read() as work:
        who = within(await identified(request, work), "practice")
        numbered = await once(request, who, headers.get("idempotency-key"))
        begun = await _begun(work, app, practice_id, who, text, numbered)
    return await _answer(app, practice_id, who, begun, headers.get("accept"))


async def _listen(request: Request) -> Response | None:
    practice_id, turn = request.path_params["practice_id"], request.path_params["turn"]
    if request.scope["query_string"] or not (_ID.fullmatch(practice_id) and _NUMBER.fullmatch(turn)):
        return None
    who = within(await identity(request), "practice")
    return await listen(practice_id, int(turn), application(request), who, request.headers.get("last-event-id"))


@router.post(
    "/practices/{practice_id}/turns",
    status_code=202,
    response_model=Speaking,
    responses={200: {"description": "The reply itself, where it was accepted", "content": {"text/event-stream": {}}}},
)
@quickly(_say)
async def say(
    practice_id: str,
    body: Message,
    app: Opened,
    who: Practising,
    numbered: Numbered,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Say something; the reply is spoken at ``stream``, or in the answer where ``text/event-stream`` is accepted."""
    async with app.store.read() as work:
        begun = await _begun(work, app, practice_id, who, body.text, numbered)
    return await _answer(app, practice_id, who, begun, accept)


@router.get("/practices/{practice_id}/turns/{turn}/stream", response_class=StreamingResponse)
@quickly(_listen)
async def listen(
    practice_id: str, turn: int, app: Opened, who: Practising, last_event_id: Annotated[str | None, Header()] = None
) -> Response:
    """The reply as server-sent events: ``piece``, ``reset``, then ``done`` or ``failed``; resumes by Last-Event-ID."""
    told = await app.live.join(practice_id, who.actor.person_id, turn=turn, after=last_event_id or "")
    return stream(_written(told))


async def _begun(
    work: UnitOfWork, app: Application, practice_id: str, who: Identity, text: str, numbered: Once | None
) -> TurnBegun:
    """Begin a turn, or find the one that the same request has begun before."""
    learner = who.actor.person_id
    if numbered is not None:
        before: TurnBegun | None = await app.live.said_before(work, practice_id, learner, numbered)
        if before is not None:
            return before
    try:
        live = await app.live.say(practice_id, learner, text, work=work, once=numbered)
    except Conflict:  # the same request may have come twice at once, and the other one was first
        if numbered is None:
            raise
        first: TurnBegun | None = await app.live.said_before(work, practice_id, learner, numbered)
        if first is None:
            raise
        return first
    return TurnBegun(turn=live.number, attempt=live.attempt)


async def _answer(app: Application, practice_id: str, who: Identity, begun: TurnBegun, accept: str | None) -> Response:
    """Answer with the reply as it is spoken, or with where it can be heard."""
    where = f"/api/v1/practices/{practice_id}/turns/{begun.turn}/stream"
    if takes_events(accept):
        told = await app.live.join(practice_id, who.actor.person_id, turn=begun.turn)
        return stream(_written(told), headers={"Content-Location": where})
    speaking = Speaking(turn=begun.turn, attempt=begun.attempt, stream=where)
    return Response(orjson.dumps(speaking.model_dump()), 202, media_type="application/json")


async def _written(told: AsyncGenerator[Sequence[Event], None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(told):
        async for events in told:
            yield b"".join([event(each.kind, each.data, each.id) for each in events])


@router.post("/practices/{practice_id}/stop", status_code=204)
async def stop(practice_id: str, app: Opened, who: Practising) -> None:
    """Stop the reply under way; what was said is kept as a partial attempt."""
    await app.live.stop(practice_id, who.actor.person_id)


@router.post("/practices/{practice_id}/hints", status_code=201)
async def hint(practice_id: str, app: Opened, who: Practising) -> HintView:
    """Help with the next thing to say."""
    said, left = await practising.hint(app.store, app.ensemble, who.actor, practice_id)
    return HintView(
        rung=said.rung.value, text=said.text, left=left, player=said.provenance.label, by_rules=said.by_rules
    )


@router.post("/practices/{practice_id}/pause", status_code=204)
async def pause(practice_id: str, app: Opened, who: Practising) -> None:
    """Pause; a reply under way stops."""
    await app.live.interrupt(practice_id, who.actor.person_id)
    await practising.pause(app.store, who.actor, practice_id)


@router.post("/practices/{practice_id}/resume", status_code=204)
async def resume(practice_id: str, app: Opened, who: Practising) -> None:
    """Go on after a pause."""
    await practising.pause(app.store, who.actor, practice_id, resume=True)


@router.post("/practices/{practice_id}/finish", status_code=204)
async def finish(practice_id: str, app: Opened, who: Practising) -> None:
    """End the scene; a reply under way stops."""
    await app.live.interrupt(practice_id, who.actor.person_id)
    await practising.finish(app.store, who.actor, practice_id)


@router.put("/practices/{practice_id}/reflection", status_code=204)
async def reflect(practice_id: str, body: Message, app: Opened, who: Practising) -> None:
    """My own view, which comes before any feedback."""
    await practising.reflect(app.store, who.actor, practice_id, body.text)


@router.post("/practices/{practice_id}/debrief")
async def debrief(practice_id: str, app: Opened, who: Practising) -> DebriefView:
    """The debrief; it is written once, then kept."""
    result = await practising.debrief(app.store, app.ensemble, who.actor, practice_id)
    async with app.store.read() as work:
        kept = await work.practices.get(practice_id, reader=who.actor.person_id, purpose=Purpose.OWN_PRACTICE)
    provenance = (kept.debrief or {}).get("provenance", {})
    offline = provenance.get("player") == "offline"
    return DebriefView(debrief=result, player="offline rules" if offline else f"model {provenance.get('model', '?')}")


@router.get("/practices/{practice_id}/unsaid")
async def unsaid(practice_id: str, app: Opened, who: Practising) -> list[Unsaid]:
    """What stayed unsaid; only after reflection, because it spoils a second try."""
    return list(await practising.what_stayed_unsaid(app.store, who.actor, practice_id))
