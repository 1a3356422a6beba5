"""The designer's pages: brief, watching the draft being made, and the review desk."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

import examples
from agents.build import speechless
from api.figures import amount
from api.pages import review_desk
from api.pages.forms import typed_in
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.pages.telling import lasted, told
from api.players import at_the_desk
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError
from evidence.plain_messages import plain_message
from evidence.yaml_documents import parse_yaml
from graphs.blinding import seen_by
from graphs.commissioning import order, retry
from graphs.fitness import standing
from graphs.spending import cost_of_run
from practice.brief import Brief, Difficulty

router = APIRouter(prefix="/design")

AT_WORK = frozenset({"drafting", "judging", "preparing", "activating"})
LONGEST_NAMED = 2000  # characters of a field that an address fills in
FIELDS = ("skill", "audience", "situation", "worry", "difficulty", "language")


@router.get("/new")
async def new(request: Request, app: Opened, who: Visitor, example: str = "") -> Response:
    """An empty brief, or one filled in from an example, or with what the address names."""
    require(who.actor, Role.DESIGNER, to="order a scenario")
    filled = example_briefs().get(example)
    typed = {} if filled is None else filled.model_dump(mode="json")
    named = request.query_params
    typed |= {name: named[name][:LONGEST_NAMED] for name in (*FIELDS, "programme") if named.get(name)}
    return await _brief(request, app, typed, {})


@router.post("/new")
async def order_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Order a scenario; a brief that cannot be accepted comes back as it was typed."""
    require(who.actor, Role.DESIGNER, to="order a scenario")
    typed = await typed_in(request)
    try:
        brief = Brief.model_validate({name: typed.get(name, "") for name in FIELDS})
    except ValidationError as error:
        wrong = {str(each["loc"][0]): plain_message(each, (str(each["loc"][0]),), Brief) for each in error.errors()}
        return await _brief(request, app, typed, wrong)
    try:
        run_id = await order(
            app.store,
            who.actor,
            typed.get("programme", ""),
            brief,
            languages=frozenset(app.settings.languages),
            speechless=speechless(app.settings.models, brief.language),
        )
    except ConductorError as problem:
        if problem.status == 403:
            raise
        where = problem.where if problem.where in FIELDS else ""
        return await _brief(request, app, typed, {where or "": f"{problem.detail} {problem.todo}".strip()})
    return see(f"/design/runs/{run_id}")


@router.get("/runs/{run_id}")
async def watch(request: Request, run_id: str, app: Opened, who: Visitor) -> Response:
    """The draft being made, agent by agent."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="follow the work")
    async with app.store.read() as work:
        run = await work.design.run(run_id)
        events = await seen_by(work, who.actor, run, await work.design.events(run_id))
        checkpoints = await work.approvals.checkpoints(run_id=run_id)
        versions = await work.design.versions(run_id)
        signed = [each for version in versions for each in await work.approvals.sign_offs(subject_id=version.id)]
        criteria = await work.strategy.active(run.programme_id, "criteria")
        asked = 0
        if criteria is not None:
            stored = await work.strategy.version(criteria.version_id)
            asked = len(json.loads(stored.content)["criteria"])
    cost = await cost_of_run(app.store, who.actor, run_id)
    newest = max((each.seq for each in events if each.event in ("drafted", "judged again")), default=0)
    waiting = next((each for each in checkpoints if each.status == "pending"), None)
    return page(
        request,
        "designer/watch.html",
        run=run,
        title=versions[0].title if versions else _("A new scenario"),
        trace=lasted(events),
        told=told,
        waiting=waiting,
        last=checkpoints[-1] if checkpoints else None,
        at_work=run.stage in AT_WORK,
        judged=sum(each.event == "judged" and each.seq > newest for each in events),
        asked=asked,
        live=any(each.revoked_at is None and each.suspended_at is None for each in signed),
        players={each.agent: each.player for each in events},
        cost=cost,
        money=amount(cost.cost, app.settings.currency),
    )


@router.post("/runs/{run_id}/retry")
async def retry_here(run_id: str, app: Opened, who: Visitor) -> Response:
    """Have stopped work go on."""
    await retry(app.store, who.actor, run_id)
    return see(f"/design/runs/{run_id}")


@router.get("/review/{checkpoint_id}")
async def review(request: Request, checkpoint_id: str, app: Opened, who: Visitor) -> Response:
    """Text and verdict side by side."""
    return await review_desk.show(request, app, who, checkpoint_id)


@router.post("/review/{checkpoint_id}")
async def decide(request: Request, checkpoint_id: str, app: Opened, who: Visitor) -> Response:
    """Decide on what was seen, or settle a criterion."""
    return await review_desk.take(request, app, who, checkpoint_id)


@cache
def example_briefs() -> dict[str, Brief]:
    """Briefs of the example companies by name; the same brief of a second company is left out."""
    found: dict[str, Brief] = {}
    for company in examples.COMPANIES:
        for name in examples.brief_names(company):
            brief = parse_yaml(examples.document(company, f"briefs/{name}"), name, Brief)
            found.setdefault(name.removesuffix(".yaml"), brief)
    return found


async def _brief(request: Request, app: Opened, typed: dict[str, Any], wrong: dict[str, str]) -> Response:
    async with app.store.read() as work:
        programmes = await work.strategy.programmes()
    return page(
        request,
        "designer/new.html",
        status=422 if wrong else 200,
        typed=typed,
        wrong=wrong,
        programmes=programmes,
        difficulties=[each.value for each in Difficulty],
        languages=sorted(app.settings.languages),
        speechless={each: roles for each in sorted(app.settings.languages) if (roles := _speechless(app, each))},
        examples={name: brief.skill for name, brief in example_briefs().items()},
        known=await _known(app),
    )


def _speechless(app: Opened, language: str) -> str:
    return ", ".join(speechless(app.settings.models, language))


async def _known(app: Opened) -> list[str]:
    """What a designer should know of author and judge before ordering."""
    author, judge = [await standing(app.store, app.ensemble, role) for role in ("author", "alignment")]
    return [said for said in (at_the_desk(author), at_the_desk(judge) if judge.barred else "") if said]
