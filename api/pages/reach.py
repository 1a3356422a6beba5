"""Reach: groups, assignments, dates and rollouts for who keeps them, and what a skeptic was asked to break."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import reach_words
from api.application import Application
from api.days import day_typed, first_moment, last_moment
from api.identity import Identity
from api.pages.forms import typed_in
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from approvals.rollout import BRAKES, KEEPERS, FindingAct
from evidence.errors import ConductorError, InvalidInput, NotFound
from graphs.assigning import DATERS, assign, assignments, end_assignment, set_dates
from graphs.grouping import add_group, change_members, groups
from graphs.revoking import OpenPractices
from graphs.rolling_out import PlannedStep, ask, end_finding, invite, looked, plan_rollout, report, suspend
from graphs.rollouts import invitation, rollout_view, rollout_views
from store.records import Programme

router = APIRouter(prefix="/reach")

STEPS = 3  # lines of the form for a plan; the terminal takes more
EVERYBODY = "everybody"

Form = Mapping[str, str]


@router.get("")
async def desk(request: Request, app: Opened, who: Visitor, programme: str = "") -> Response:
    """Who may practise what, from when."""
    return await _desk(request, app, who, await _programme(app, programme))


@router.post("")
async def act(request: Request, app: Opened, who: Visitor) -> Response:
    """Make or change a group, an assignment, a plan or the dates; what is refused comes back as it was typed."""
    form = await typed_in(request)
    chosen = await _programme(app, form.get("programme", ""))
    try:
        place = await _acted(app, who, chosen, form)
    except ConductorError as problem:
        if problem.status == 403:
            raise
        return await _desk(request, app, who, chosen, typed=form, problem=problem)
    return see(place)


@router.get("/rollouts/{rollout_id}")
async def rollout(request: Request, rollout_id: str, app: Opened, who: Visitor) -> Response:
    """One rollout: where it stands, what skeptics found, what may be asked for, and the brake."""
    return await _rollout(request, app, who, rollout_id)


@router.post("/rollouts/{rollout_id}")
async def move(request: Request, rollout_id: str, app: Opened, who: Visitor) -> Response:
    """Invite, answer a finding, ask for a promotion, or suspend."""
    form = await typed_in(request)
    try:
        place = await _moved(app, who, rollout_id, form)
    except ConductorError as problem:
        if problem.status == 403:
            raise
        return await _rollout(request, app, who, rollout_id, typed=form, problem=problem)
    return see(place)


@router.get("/asked/{rollout_id}")
async def asked(request: Request, rollout_id: str, app: Opened, who: Visitor) -> Response:
    """What I was asked to break, and what I found."""
    return await _asked(request, app, who, rollout_id)


@router.post("/asked/{rollout_id}")
async def found(request: Request, rollout_id: str, app: Opened, who: Visitor) -> Response:
    """Report a finding, open one of mine again or withdraw it, or say that I have looked."""
    form = await typed_in(request)
    try:
        match form.get("act"):
            case "report":
                blocks = form.get("blocks") == "yes"
                title, text = form.get("title", ""), form.get("text", "")
                await report(app.store, who.actor, rollout_id, title=title, text=text, blocks=blocks)
            case "reopen" | "withdraw" as ending:
                await end_finding(app.store, who.actor, form.get("finding", ""), FindingAct(ending))
            case "looked":
                await looked(app.store, who.actor, rollout_id)
            case _:
                raise _unknown()
    except ConductorError as problem:
        if problem.status == 403:
            raise
        return await _asked(request, app, who, rollout_id, typed=form, problem=problem)
    return see(f"/reach/asked/{rollout_id}#found")


async def _acted(app: Application, who: Identity, chosen: Programme, form: Form) -> str:
    """Do what the pressed button says; gives the page to go on with."""
    here = f"/reach?programme={chosen.id}"
    match form.get("act"):
        case "group":
            people = _names(form.get("people", ""))
            made = await add_group(app.store, who.actor, chosen.id, form.get("name", ""), people=people)
            return f"{here}#group-{made.id}"
        case "members":
            group_id, add, remove = form.get("group", ""), _names(form.get("add", "")), _names(form.get("remove", ""))
            await change_members(app.store, who.actor, group_id, add=add, remove=remove)
            return f"{here}#group-{group_id}"
        case "assign":
            await assign(
                app.store,
                who.actor,
                form.get("version", ""),
                group_id=_group(form.get("group", EVERYBODY)),
                opens_at=_day(form, "opens"),
                due_at=_day(form, "due", end=True),
            )
            return f"{here}#assigned"
        case "end":
            await end_assignment(app.store, who.actor, form.get("assignment", ""))
            return f"{here}#assigned"
        case "dates":
            starts, ends = _day(form, "starts"), _day(form, "ends", end=True)
            await set_dates(app.store, who.actor, chosen.id, starts_at=starts, ends_at=ends)
            return f"{here}#dates"
        case "plan":
            steps = [
                PlannedStep(name=form[f"step.{n}"][:60], group_id=_group(form.get(f"group.{n}", EVERYBODY)))
                for n in range(STEPS)
                if form.get(f"step.{n}", "").strip()
            ]
            made_id = await plan_rollout(app.store, who.actor, form.get("version", ""), steps)
            return f"/reach/rollouts/{made_id}"
        case _:
            raise _unknown()


async def _moved(app: Application, who: Identity, rollout_id: str, form: Form) -> str:
    here = f"/reach/rollouts/{rollout_id}"
    match form.get("act"):
        case "invite":
            await invite(app.store, who.actor, rollout_id, _names(form.get("people", "")))
            return f"{here}#skeptics"
        case "settle":
            finding, answer = form.get("finding", ""), form.get("answer", "")
            await end_finding(app.store, who.actor, finding, FindingAct.SETTLE, answer=answer)
            return f"{here}#findings"
        case "ask" | "again" as how:
            checkpoint_id = await ask(
                app.store,
                who.actor,
                rollout_id,
                reason=form.get("reason", ""),
                again=how == "again",
                none_because=form.get("none_because", ""),
                unheard_because=form.get("unheard_because", ""),
            )
            return f"/strategy/review/{checkpoint_id}"
        case "suspend":
            try:
                rule = OpenPractices(form.get("open_practices", ""))
            except ValueError as error:
                raise InvalidInput(_("Say what happens to scenes under way."), where="open_practices") from error
            await suspend(app.store, who.actor, rollout_id, reason=form.get("because", ""), open_practices=rule)
            return here
        case _:
            raise _unknown()


async def _desk(
    request: Request,
    app: Application,
    who: Identity,
    chosen: Programme,
    *,
    typed: Form | None = None,
    problem: ConductorError | None = None,
) -> Response:
    require(who.actor, *BRAKES, to="see who is reached")
    rollouts = await rollout_views(app.store, who.actor, chosen.id)
    async with app.store.read() as work:
        programmes = await work.strategy.programmes()
        signed = await work.approvals.signed_scenarios(chosen.id)
    planned = {each.version_id for each in rollouts}
    return page(
        request,
        "reach/desk.html",
        status=problem.status if problem else 200,
        chosen=chosen,
        programmes=programmes,
        rollouts=rollouts,
        signed=signed,
        unplanned=[each for each in signed if each.id not in planned],
        groups=await groups(app.store, who.actor, chosen.id),
        assigned=await assignments(app.store, who.actor, chosen.id),
        keeper=bool(who.actor.roles & set(KEEPERS)),
        dater=bool(who.actor.roles & set(DATERS)),
        steps=range(STEPS),
        said=reach_words,
        typed=typed or {},
        problem=problem,
    )


async def _rollout(
    request: Request,
    app: Application,
    who: Identity,
    rollout_id: str,
    *,
    typed: Form | None = None,
    problem: ConductorError | None = None,
) -> Response:
    return page(
        request,
        "reach/rollout.html",
        status=problem.status if problem else 200,
        rollout=await rollout_view(app.store, who.actor, rollout_id),
        keeper=bool(who.actor.roles & set(KEEPERS)),
        said=reach_words,
        typed=typed or {},
        problem=problem,
    )


async def _asked(
    request: Request,
    app: Application,
    who: Identity,
    rollout_id: str,
    *,
    typed: Form | None = None,
    problem: ConductorError | None = None,
) -> Response:
    return page(
        request,
        "reach/asked.html",
        status=problem.status if problem else 200,
        mine=await invitation(app.store, who.actor, rollout_id),
        learner=Role.LEARNER in who.actor.roles,
        said=reach_words,
        typed=typed or {},
        problem=problem,
    )


async def _programme(app: Application, wanted: str) -> Programme:
    async with app.store.read() as work:
        found = await work.strategy.programmes()
    if not found:
        raise NotFound(_("There is no programme yet."), todo=_("An admin makes the first with `conductor init`."))
    chosen = next((each for each in found if each.id == wanted), None)
    if chosen is None and wanted:
        raise NotFound(_("There is no such programme."), where="programme")
    return chosen or found[0]


def _names(typed: str) -> list[str]:
    """Logins, with commas or line breaks between them."""
    return [each.strip() for each in typed.replace(",", "\n").splitlines() if each.strip()]


def _group(value: str) -> str | None:
    return None if value in ("", EVERYBODY) else value


def _day(form: Form, name: str, *, end: bool = False) -> datetime | None:
    """A day as a date field sends it: its first moment in UTC, or its last."""
    typed = form.get(name, "").strip()
    if not typed:
        return None
    day = day_typed(typed, name)
    return last_moment(day) if end else first_moment(day)


def _unknown() -> ConductorError:
    return InvalidInput(_("This is unknown here."), todo=_("Use the buttons of the page."))
