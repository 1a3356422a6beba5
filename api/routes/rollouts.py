"""Rollouts: how far a signed scenario reaches, what skeptics found in it, and the brake."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Route
from api.idempotency import Numbered
from api.security import Opened, Who
from approvals.rollout import FindingAct
from graphs.revoking import OpenPractices
from graphs.rolling_out import PlannedStep, ask, end_finding, invite, looked, plan_rollout, report, suspend
from graphs.rollouts import Invitation, RolloutView, invitation, invitations, rollout_view, rollout_views

router = APIRouter(tags=["reach"], route_class=Route)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Plan(_Body):
    """The steps of a rollout, in order; the last may be everybody."""

    steps: list[PlannedStep] = Field(min_length=1, max_length=20)


class Skeptics(_Body):
    """Whom to invite, by login or id."""

    people: list[str] = Field(min_length=1, max_length=200, examples=[["amir", "lena"]])


class Report(_Body):
    """What a skeptic found, in their own words; nothing is taken from their practice."""

    title: str = Field(max_length=400, examples=["It gives in at once"])
    text: str = Field(max_length=8000, examples=["Say 'please' and every concern opens."])
    blocks: bool = Field(default=False, description="whether it must be settled before it reaches more people")


class Ending(_Body):
    """What becomes of a finding; settling needs an answer."""

    act: Literal["settle", "reopen", "withdraw"]
    answer: str = Field(default="", max_length=8000)


class Ask(_Body):
    """Why it should go further, and why it does not wait for skeptics, where it does not."""

    reason: str = Field(max_length=8000, examples=["The pilot held, and its findings are answered."])
    again: bool = Field(default=False, description="the step in force once more: lifts a suspension, renews its group")
    none_because: str = Field(default="", max_length=8000)
    unheard_because: str = Field(default="", max_length=8000)


class Asked(BaseModel):
    """Where the promotion waits."""

    checkpoint_id: str


class Brake(_Body):
    """Why nobody may begin, and what becomes of practices under way."""

    reason: str = Field(max_length=8000, examples=["The persona was hurtful to somebody."])
    open_practices: OpenPractices = OpenPractices.FINISH


@router.get("/rollouts")
async def rollouts(app: Opened, who: Who, programme_id: str | None = None) -> list[RolloutView]:
    """Rollouts, newest first, with what stands in the way of each one's next step."""
    return await rollout_views(app.store, who.actor, programme_id)


@router.post("/versions/{version_id}/rollout", status_code=201)
async def plan(version_id: str, body: Plan, app: Opened, who: Who, numbered: Numbered) -> RolloutView:
    """Plan a rollout: from now on the version reaches its skeptics only, until a promotion is signed."""
    rollout_id = await plan_rollout(app.store, who.actor, version_id, body.steps, once=numbered)
    return await rollout_view(app.store, who.actor, rollout_id)


@router.get("/rollouts/{rollout_id}")
async def rollout(rollout_id: str, app: Opened, who: Who) -> RolloutView:
    """One rollout."""
    return await rollout_view(app.store, who.actor, rollout_id)


@router.post("/rollouts/{rollout_id}/skeptics", status_code=201)
async def invite_skeptics(rollout_id: str, body: Skeptics, app: Opened, who: Who) -> RolloutView:
    """Invite people to break it; whoever is one already stays one."""
    await invite(app.store, who.actor, rollout_id, body.people)
    return await rollout_view(app.store, who.actor, rollout_id)


@router.get("/invitations")
async def my_invitations(app: Opened, who: Who) -> list[Invitation]:
    """What I was asked to break, and what I found."""
    return await invitations(app.store, who.actor)


@router.post("/rollouts/{rollout_id}/looked", status_code=201)
async def i_have_looked(rollout_id: str, app: Opened, who: Who) -> Invitation:
    """Say, as a skeptic, that I have looked."""
    await looked(app.store, who.actor, rollout_id)
    return await invitation(app.store, who.actor, rollout_id)


@router.post("/rollouts/{rollout_id}/findings", status_code=201)
async def report_finding(rollout_id: str, body: Report, app: Opened, who: Who, numbered: Numbered) -> Invitation:
    """Report, as a skeptic, what I found."""
    await report(app.store, who.actor, rollout_id, title=body.title, text=body.text, blocks=body.blocks, once=numbered)
    return await invitation(app.store, who.actor, rollout_id)


@router.post("/findings/{finding_id}", status_code=204)
async def what_became_of_it(finding_id: str, body: Ending, app: Opened, who: Who) -> None:
    """Settle a finding with an answer; or, as whoever found it, open it again or withdraw it."""
    await end_finding(app.store, who.actor, finding_id, FindingAct(body.act), answer=body.answer)


@router.post("/rollouts/{rollout_id}/promotions", status_code=201)
async def ask_for_promotion(rollout_id: str, body: Ask, app: Opened, who: Who, numbered: Numbered) -> Asked:
    """Ask for the next step; it waits at a checkpoint. 409 with ``missing`` where something stands in the way."""
    checkpoint_id = await ask(app.store, who.actor, rollout_id, **body.model_dump(), once=numbered)
    return Asked(checkpoint_id=checkpoint_id)


@router.post("/rollouts/{rollout_id}/suspension", status_code=201)
async def brake(rollout_id: str, body: Brake, app: Opened, who: Who, numbered: Numbered) -> RolloutView:
    """Suspend it at once: nobody begins. It is lifted by a promotion that is asked for ``again`` and signed."""
    await suspend(
        app.store, who.actor, rollout_id, reason=body.reason, open_practices=body.open_practices, once=numbered
    )
    return await rollout_view(app.store, who.actor, rollout_id)
