"""Plans for work: made after a debrief or at any time, followed up on their day. Each is its owner's alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import Conflict
from graphs.transfer.consenting import OWN
from practice.drivers.plans import Advice, Outcome, Plan, advice, check
from practice.drivers.tiers import Kind, tier
from store.repositories.transfer import PlanRow
from store.unit_of_work import Store

MOST_OPEN = 20


MAX_NOTE = 1000  # characters


class PlanOrder(Plan):
    """A plan to make: if ``cue``, then ``action``, by ``due``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    due: date
    practice_id: str | None = Field(default=None, max_length=36)


class FollowUp(BaseModel):
    """What came of a plan, and what helped or stood in the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    note: str = Field(default="", max_length=MAX_NOTE)


class MyPlan(BaseModel):
    """A plan of mine; ``open`` until I said what came of it, ``due_now`` where its day has passed."""

    model_config = ConfigDict(frozen=True)

    id: str
    practice_id: str | None
    plan: Plan
    due: date
    advice: tuple[Advice, ...]
    open: bool
    due_now: bool
    follow_up: FollowUp | None
    created_at: datetime


async def plan(store: Store, actor: Actor, order: PlanOrder) -> MyPlan:
    """Make a plan; its ``advice`` is what would make it easier to carry out.

    Raises:
        NotAllowed: the actor is no learner, or is an API token.
        NotFound: the practice is not mine.
        InvalidInput: a part is missing, or the day does not fit.
        Conflict: many plans are open already.
    """
    require(actor, Role.LEARNER, to="make a plan")
    in_person(actor, to="plan for you")
    me = actor.person_id
    made = Plan(cue=order.cue.strip(), action=order.action.strip(), prompt=order.prompt.strip())
    async with store.write() as work:
        check(made, order.due, work.now.date())
        if order.practice_id is not None:
            await work.practices.get(order.practice_id, reader=me, purpose=OWN)
        there = await work.transfer.plans(reader=me, purpose=OWN)
        if sum(each.outcome is None for each in there) >= MOST_OPEN:
            raise Conflict("You have many open plans.", todo="Say what came of one, or let one go.")
        plan_id = await work.transfer.add_plan(
            made.model_dump(),
            due_at=_asked(order.due),
            practice_id=order.practice_id,
            reader=me,
            purpose=OWN,
        )
        return _view(work.now, await work.transfer.plan(plan_id, reader=me, purpose=OWN))


async def my_plans(store: Store, actor: Actor) -> list[MyPlan]:
    """My plans, newest first."""
    async with store.read() as work:
        return [_view(work.now, each) for each in await work.transfer.plans(reader=actor.person_id, purpose=OWN)]


async def my_plan(store: Store, actor: Actor, plan_id: str) -> MyPlan:
    """One of my plans.

    Raises:
        NotFound: there is none, or it is not mine.
    """
    async with store.read() as work:
        return _view(work.now, await work.transfer.plan(plan_id, reader=actor.person_id, purpose=OWN))


async def follow_up(store: Store, actor: Actor, plan_id: str, told: FollowUp) -> MyPlan:
    """Say what came of a plan of mine, on its day, before or after; the last word counts.

    Raises:
        NotAllowed: the actor is an API token.
        NotFound: there is no such plan of mine.
    """
    in_person(actor, to="answer for you")
    me = actor.person_id
    async with store.write() as work:
        await work.transfer.follow_up(plan_id, told.model_dump(mode="json"), reader=me, purpose=OWN)
        await work.transfer.forget_evidence("plan", plan_id, reader=me, purpose=OWN)
        if (level := tier(Kind.PLAN, happened=told.outcome.counts is True)) is not None:
            await work.transfer.add_evidence("plan", plan_id, level, reader=me, purpose=OWN)
        await work.desk.read(me, f"plan/{plan_id}")
        return _view(work.now, await work.transfer.plan(plan_id, reader=me, purpose=OWN))


async def let_go(store: Store, actor: Actor, plan_id: str) -> None:
    """Delete a plan of mine.

    Raises:
        NotFound: there is none, or it is not mine.
    """
    async with store.write() as work:
        await work.transfer.forget_plan(plan_id, reader=actor.person_id, purpose=OWN)
        await work.desk.read(actor.person_id, f"plan/{plan_id}")


def _asked(due: date) -> datetime:
    """The end of its day, UTC: until then it can still happen."""
    return datetime.combine(due, time(), UTC) + timedelta(days=1)


def _view(now: datetime, row: PlanRow) -> MyPlan:
    made = Plan.model_validate(row.plan)
    due = (row.due_at - timedelta(days=1)).date()
    return MyPlan(
        id=row.id,
        practice_id=row.practice_id,
        plan=made,
        due=due,
        advice=advice(made, due, row.created_at.date()),
        open=row.outcome is None,
        due_now=row.outcome is None and now >= row.due_at,
        follow_up=None if row.outcome is None else FollowUp.model_validate(row.outcome),
        created_at=row.created_at,
    )
