"""Putting the judge under stress: planning a test, what is asked of the judge, and approved paraphrases."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity
from api.pages.forms import typed_in
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.strategist import chosen_programme
from api.security import Opened
from api.study_words import STATES
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, Conflict, InvalidInput
from graphs.judge_limits import JudgeLimits, set_judge_limits
from graphs.paraphrasing import APPROVERS, approve, approved, end
from graphs.studies.stress import KIND, MOST_SCENARIOS, SCENARIOS, SEED, plan_stress
from store.records import Programme

router = APIRouter(prefix="/strategy/stress")

TO = "put the judge under stress"
LIMITS = ("most_flips", "most_noise", "least_detection")


@router.get("")
async def stress(request: Request, app: Opened, who: Visitor, programme: str = "", saved: str = "") -> Response:
    """The form, the limits and the paraphrases."""
    require(who.actor, *APPROVERS, to=TO)
    chosen, _all = await chosen_programme(app, programme)
    return await _show(request, app, who, chosen, saved=saved)


@router.post("")
async def plan_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Plan a test on the criteria in force; its page says what it costs."""
    typed, chosen = await _typed(request, app)
    try:
        numbers = [_whole(typed.get(name, ""), name) for name in ("scenarios", "seed")]
        async with app.store.read() as work:
            active = await work.strategy.active(chosen.id, "criteria")
        if active is None:
            raise Conflict(_("No criteria are in force yet."), todo=_("Put a first version in force."))
        made = await plan_stress(
            app.store,
            app.ensemble,
            who.actor,
            typed.get("version") or active.version_id,
            scenarios=numbers[0],
            seed=numbers[1],
            currency=app.settings.currency,
        )
    except ConductorError as problem:
        return await _show(request, app, who, chosen, typed=typed, problem=problem)
    return see(f"/strategy/studies/{made.id}")


@router.post("/limits")
async def limit_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Set what is asked of the judge."""
    typed, chosen = await _typed(request, app)
    try:
        shares = {name: _share(typed.get(name, ""), name) for name in LIMITS}
        await set_judge_limits(app.store, who.actor, chosen.id, JudgeLimits(**shares))
    except ConductorError as problem:
        return await _show(request, app, who, chosen, typed=typed, problem=problem)
    return see(f"/strategy/stress?programme={chosen.id}&saved=limits")


@router.post("/paraphrases")
async def approve_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Approve a passage in other words; what cannot be accepted comes back as it was typed."""
    typed, chosen = await _typed(request, app)
    try:
        await approve(
            app.store,
            who.actor,
            chosen.id,
            typed.get("passage", ""),
            typed.get("paraphrase", ""),
            read_both=typed.get("read_both") == "yes",
        )
    except ConductorError as problem:
        return await _show(request, app, who, chosen, typed=typed, problem=problem)
    return see(f"/strategy/stress?programme={chosen.id}&saved=paraphrase#paraphrases")


@router.post("/paraphrases/{paraphrase_id}/end")
async def end_here(request: Request, paraphrase_id: str, app: Opened, who: Visitor) -> Response:
    """Let a paraphrase count no longer."""
    _typed_here, chosen = await _typed(request, app)
    try:
        await end(app.store, who.actor, paraphrase_id)
    except ConductorError as problem:
        return await _show(request, app, who, chosen, problem=problem)
    return see(f"/strategy/stress?programme={chosen.id}&saved=ended#paraphrases")


async def _typed(request: Request, app: Application) -> tuple[dict[str, str], Programme]:
    typed = await typed_in(request)
    chosen, _all = await chosen_programme(app, typed.get("programme", ""))
    return typed, chosen


async def _show(
    request: Request,
    app: Application,
    who: Identity,
    chosen: Programme,
    *,
    typed: dict[str, str] | None = None,
    problem: ConductorError | None = None,
    saved: str = "",
) -> Response:
    if problem is not None and problem.status == 403:
        raise problem
    async with app.store.read() as work:
        active = await work.strategy.active(chosen.id, "criteria")
        versions = await work.strategy.versions(chosen.id, "criteria")
        tests = await work.studies.of_programme(chosen.id, kind=KIND, limit=10)
        programmes = await work.strategy.programmes()
    limits: dict[str, Any] = {name: f"{100 * value:g}" for name, value in JudgeLimits.of(chosen).model_dump().items()}
    return page(
        request,
        "strategist/stress.html",
        status=200 if problem is None else problem.status,
        programme=chosen,
        programmes=programmes,
        versions=versions,
        in_force=None if active is None else active.version_id,
        tests=tests,
        states=STATES,
        paraphrases=await approved(app.store, who.actor, chosen.id),
        typed={"scenarios": str(SCENARIOS), "seed": str(SEED), "passage": "", "paraphrase": "", "version": ""}
        | limits
        | (typed or {}),
        most=MOST_SCENARIOS,
        strategist=Role.STRATEGIST in who.actor.roles,
        problem=problem,
        saved=saved,
    )


def _whole(text: str, where: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text.strip()) < 10):
        raise InvalidInput(_("This is no whole number."), where=where, todo=_("Write a plain number, such as 12."))
    return int(text)


def _share(text: str, where: str) -> float:
    """Per cent as typed, as a share of one."""
    try:
        value = float(text.strip().removesuffix("%").replace(",", ".")) / 100
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise InvalidInput(
            _("A limit lies between 0 and 100 per cent."), where=where, todo=_("Write a number, such as 10.")
        )
    return round(value, 6)
