"""My transfer: what belongs to me alone. Pilots I was asked into, check-ins, taps, plans, what shows my learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api import transfer_words as words
from api.application import Application
from api.days import day_typed
from api.identity import Identity
from api.pages.forms import typed_in
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.telling import percent
from api.security import Opened
from api.wording import _
from evidence.errors import ConductorError, InvalidInput
from graphs.transfer import checking_in, consenting, planning, tapping
from graphs.transfer.mine import my_transfer
from graphs.transfer.planning import MAX_NOTE, FollowUp, PlanOrder
from practice.drivers.answers import Answers, TapAnswers
from practice.drivers.items import asked_at, taps
from practice.drivers.plans import MAX_PART, Outcome

router = APIRouter(prefix="/transfer")

DAYS = (7, 14, 30)


@router.get("")
async def mine(request: Request, app: Opened, who: Visitor) -> Response:
    """Everything of mine: what is due first."""
    return await _mine(request, app, who)


@router.get("/pilots/{pilot_id}")
async def pilot(request: Request, pilot_id: str, app: Opened, who: Visitor) -> Response:
    """One pilot: exactly what I would agree to, and my dates in it."""
    return await _pilot(request, app, who, pilot_id)


@router.post("/pilots/{pilot_id}/agree")
async def agree(request: Request, pilot_id: str, app: Opened, who: Visitor) -> Response:
    """Take part."""
    try:
        await consenting.agree(app.store, who.actor, pilot_id)
    except ConductorError as problem:
        if problem.status != 409:
            raise
        return await _pilot(request, app, who, pilot_id, problem)
    return see(f"/transfer/pilots/{pilot_id}")


@router.post("/pilots/{pilot_id}/withdraw")
async def withdraw(pilot_id: str, app: Opened, who: Visitor) -> Response:
    """Say no, or take it back."""
    await consenting.withdraw(app.store, who.actor, pilot_id)
    return see(f"/transfer/pilots/{pilot_id}")


@router.get("/check-ins/{check_in_id}")
async def questions(request: Request, check_in_id: str, app: Opened, who: Visitor) -> Response:
    """One of my check-ins."""
    return await _questions(request, app, who, check_in_id)


@router.post("/check-ins/{check_in_id}")
async def answer(request: Request, check_in_id: str, app: Opened, who: Visitor) -> Response:
    """Keep what I answered."""
    form = {name: value.strip() for name, value in (await typed_in(request)).items()}
    asked = await checking_in.questions(app.store, who.actor, check_in_id)
    try:
        items = {item.id: _whole(form, item.id) for item in asked_at(asked.moment)}
        said = {"yes": True, "no": False}.get(form.get("happened", ""))
        answers = Answers(
            items={name: value for name, value in items.items() if value is not None},
            goal=form.get("goal", "")[:1000],
            goal_level=_whole(form, "goal_level"),
            forecast=_whole(form, "forecast"),
            happened=said,
        )
        await checking_in.answer(app.store, who.actor, check_in_id, answers)
    except ValueError:
        problem: ConductorError = InvalidInput(_("Your sentence is too long."), where="goal", todo=_("Shorten it."))
        return await _questions(request, app, who, check_in_id, problem, form)
    except ConductorError as error:
        return await _questions(request, app, who, check_in_id, error, form)
    return see(f"/transfer/check-ins/{check_in_id}")


@router.get("/after/{practice_id}")
async def after(request: Request, practice_id: str, app: Opened, who: Visitor) -> Response:
    """After a practice: three taps at most, and a plan, if I like."""
    return await _after(request, app, who, practice_id)


@router.post("/after/{practice_id}/taps")
async def tap(request: Request, practice_id: str, app: Opened, who: Visitor) -> Response:
    """Keep the taps."""
    form = await typed_in(request)
    try:
        found = {each.id: _whole(form, each.id) for each in taps()}
        answers = TapAnswers(**found, by=min(max(_whole(form, "by") or DAYS[-1], 1), 90))
        await tapping.tap(app.store, who.actor, practice_id, answers)
    except ConductorError as problem:
        if problem.status == 404:
            raise
        return await _after(request, app, who, practice_id, problem)
    return see(f"/transfer/after/{practice_id}?kept=1#plan")


@router.post("/plans")
async def plan(
    request: Request,
    app: Opened,
    who: Visitor,
    cue: Annotated[str, Form(max_length=20_000)] = "",
    action: Annotated[str, Form(max_length=20_000)] = "",
    prompt: Annotated[str, Form(max_length=20_000)] = "",
    due: Annotated[str, Form(max_length=40)] = "",
    practice_id: Annotated[str, Form(max_length=36)] = "",
) -> Response:
    """Make a plan, after a practice or without one."""
    typed = {"cue": cue, "action": action, "prompt": prompt, "due": due}
    try:
        if max(map(len, (cue, action, prompt))) > MAX_PART:
            raise InvalidInput(_("A part of the plan is too long."), where="cue", todo=_("Shorten it."))
        order = PlanOrder(
            cue=cue, action=action, prompt=prompt, due=day_typed(due, "due"), practice_id=practice_id or None
        )
        made = await planning.plan(app.store, who.actor, order)
    except ConductorError as problem:
        if problem.status in (403, 404):
            raise
        if practice_id:
            return await _after(request, app, who, practice_id, problem, typed)
        return await _mine(request, app, who, problem, typed)
    return see(f"/transfer/plans/{made.id}")


@router.get("/plans/{plan_id}")
async def plan_page(request: Request, plan_id: str, app: Opened, who: Visitor) -> Response:
    """One of my plans: what would make it easier, and what came of it."""
    return await _plan(request, app, who, plan_id)


@router.post("/plans/{plan_id}/outcome")
async def follow_up(
    request: Request,
    plan_id: str,
    app: Opened,
    who: Visitor,
    outcome: Annotated[str, Form(max_length=40)] = "",
    note: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Say what came of it; what is refused comes back as it was typed."""
    kept = note.replace("\r\n", "\n").strip()  # browsers send a line's end as two characters
    try:
        if outcome not in set(Outcome):
            raise InvalidInput(_("Nothing was chosen."), where="outcome", todo=_("Choose what came of it."))
        if len(kept) > MAX_NOTE:
            raise InvalidInput(_("The note is too long."), where="note", todo=_("Shorten it."))
    except InvalidInput as problem:
        return await _plan(request, app, who, plan_id, problem, note=note, outcome=outcome)
    await planning.follow_up(app.store, who.actor, plan_id, FollowUp(outcome=Outcome(outcome), note=kept))
    return see(f"/transfer/plans/{plan_id}")


@router.post("/plans/{plan_id}/let-go")
async def let_go(plan_id: str, app: Opened, who: Visitor) -> Response:
    """Delete it."""
    await planning.let_go(app.store, who.actor, plan_id)
    return see("/transfer")


async def _plan(
    request: Request,
    app: Application,
    who: Identity,
    plan_id: str,
    problem: ConductorError | None = None,
    *,
    note: str = "",
    outcome: str = "",
) -> Response:
    found = await planning.my_plan(app.store, who.actor, plan_id)
    typed = {"note": note, "outcome": outcome}
    status = 200 if problem is None else problem.status
    said = {"plan": found, "words": words, "outcomes": tuple(Outcome)}
    return page(request, "learner/plan.html", status=status, problem=problem, **said, **typed)


async def _mine(
    request: Request,
    app: Application,
    who: Identity,
    problem: ConductorError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    pilots = await consenting.my_pilots(app.store, who.actor, minimum=app.settings.least_people)
    plans = await planning.my_plans(app.store, who.actor)
    return _page(
        request,
        "learner/transfer.html",
        problem,
        typed,
        pilots=pilots,
        due=[each for found in pilots for each in found.check_ins if each.state == "open"],
        plans=plans,
        found=await my_transfer(app.store, who.actor),
        practice_id="",
    )


async def _pilot(
    request: Request, app: Application, who: Identity, pilot_id: str, problem: ConductorError | None = None
) -> Response:
    found = await consenting.my_pilot(app.store, who.actor, pilot_id, minimum=app.settings.least_people)
    return _page(request, "learner/pilot.html", problem, pilot=found, items=asked_at)


async def _questions(
    request: Request,
    app: Application,
    who: Identity,
    check_in_id: str,
    problem: ConductorError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    found = await checking_in.questions(app.store, who.actor, check_in_id)
    shown = _typed(found.answers) if typed is None else dict(typed)
    return _page(request, "learner/check_in.html", problem, shown, found=found)


async def _after(
    request: Request,
    app: Application,
    who: Identity,
    practice_id: str,
    problem: ConductorError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    kept = await tapping.my_taps(app.store, who.actor, practice_id)
    return _page(
        request, "learner/after.html", problem, typed, kept=kept, taps=taps(), days=DAYS, practice_id=practice_id
    )


def _page(
    request: Request,
    template: str,
    problem: ConductorError | None,
    typed: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    status = 200 if problem is None else problem.status
    shared = {"problem": problem, "typed": dict(typed or {}), "words": words, "longest": MAX_PART}
    return page(request, template, status=status, percent=percent, zip=zip, **shared, **context)


def _typed(answers: Answers | None) -> dict[str, str]:
    """Answers as a form holds them."""
    if answers is None:
        return {}
    happened = {True: "yes", False: "no"}.get(answers.happened) if answers.happened is not None else None
    said = {**answers.items, "goal": answers.goal, "goal_level": answers.goal_level, "forecast": answers.forecast}
    return {name: str(value) for name, value in {**said, "happened": happened}.items() if value is not None}


def _whole(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "")
    if not text:
        return None
    try:
        return int(text[:6])
    except ValueError as error:
        raise InvalidInput(_("This is no whole number."), where=name, todo=_("Choose one of the answers.")) from error
