"""Whether practice reached my work: my pilots, check-ins, taps and plans. Every route serves their owner alone."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.bodies import Route
from api.security import Opened, Practising
from graphs.transfer import checking_in, consenting, planning, tapping
from graphs.transfer.checking_in import MyQuestions
from graphs.transfer.consenting import MyPilot
from graphs.transfer.mine import MyTransfer, my_transfer
from graphs.transfer.planning import FollowUp, MyPlan, PlanOrder
from practice.drivers.answers import Answers, TapAnswers
from practice.drivers.barriers import Advised

router = APIRouter(tags=["transfer"], route_class=Route)


class Told(BaseModel):
    """What my answers speak for, for me alone; ``outside``: a manager's or a process's task, not more practice."""

    advised: Advised | None
    outside: bool


@router.get("/transfer")
async def mine(app: Opened, who: Practising) -> MyTransfer:
    """What shows my learning, and how good my forecasts were."""
    return await my_transfer(app.store, who.actor)


@router.get("/transfer/pilots")
async def my_pilots(app: Opened, who: Practising) -> list[MyPilot]:
    """The pilots I was asked into, with what I would agree to, word for word."""
    return await consenting.my_pilots(app.store, who.actor, minimum=app.settings.least_people)


@router.put("/transfer/pilots/{pilot_id}/consent", status_code=204)
async def agree(pilot_id: str, app: Opened, who: Practising) -> None:
    """Take part from now on."""
    await consenting.agree(app.store, who.actor, pilot_id)


@router.delete("/transfer/pilots/{pilot_id}/consent", status_code=204)
async def withdraw(pilot_id: str, app: Opened, who: Practising) -> None:
    """Say no, at any time; what I answered there is deleted."""
    await consenting.withdraw(app.store, who.actor, pilot_id)


@router.get("/transfer/check-ins/{check_in_id}")
async def questions(check_in_id: str, app: Opened, who: Practising) -> MyQuestions:
    """One of my check-ins: what is asked, and what I answered."""
    return await checking_in.questions(app.store, who.actor, check_in_id)


@router.put("/transfer/check-ins/{check_in_id}")
async def answer(check_in_id: str, body: Answers, app: Opened, who: Practising) -> Told:
    """Answer it; every question may be left out."""
    found = await checking_in.answer(app.store, who.actor, check_in_id, body)
    return Told(advised=found, outside=found is not None and found.outside)


@router.get("/practices/{practice_id}/taps")
async def my_taps(practice_id: str, app: Opened, who: Practising) -> TapAnswers | None:
    """What I tapped after one of my practices; null where I did not."""
    return await tapping.my_taps(app.store, who.actor, practice_id)


@router.put("/practices/{practice_id}/taps", status_code=204)
async def tap(practice_id: str, body: TapAnswers, app: Opened, who: Practising) -> None:
    """At most three taps after a practice."""
    await tapping.tap(app.store, who.actor, practice_id, body)


@router.get("/plans")
async def my_plans(app: Opened, who: Practising) -> list[MyPlan]:
    """My plans, newest first."""
    return await planning.my_plans(app.store, who.actor)


@router.post("/plans", status_code=201)
async def plan(body: PlanOrder, app: Opened, who: Practising) -> MyPlan:
    """Make an if-then plan; ``advice`` says what would make it easier to carry out."""
    return await planning.plan(app.store, who.actor, body)


@router.put("/plans/{plan_id}/outcome")
async def follow_up(plan_id: str, body: FollowUp, app: Opened, who: Practising) -> MyPlan:
    """Say what came of a plan of mine."""
    return await planning.follow_up(app.store, who.actor, plan_id, body)


@router.delete("/plans/{plan_id}", status_code=204)
async def let_go(plan_id: str, app: Opened, who: Practising) -> None:
    """Delete a plan of mine."""
    await planning.let_go(app.store, who.actor, plan_id)
