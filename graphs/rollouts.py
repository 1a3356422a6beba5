"""Rollouts as people read them: designers and strategists the whole, a skeptic what they were asked to look at."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from approvals.roles import require
from approvals.rollout import BRAKES, Lack, Promotion
from evidence.errors import NotAllowed
from graphs.rolling_out import outlook
from graphs.rollout_steps import in_force, reached
from store.purpose import Purpose
from store.repositories.reach import FindingRow, Rollout
from store.unit_of_work import Store, UnitOfWork


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class StepView(_View):
    """A step of the plan: whom it reaches, how many are in its group now, and how many of them were signed."""

    name: str
    group_id: str | None
    group: str
    people: int
    signed: int | None
    in_force: bool


class SkepticView(_View):
    """Somebody who was asked to break it, and whether they say that they have looked."""

    name: str
    looked: bool


class FindingView(_View):
    """A finding, with who found it and who answered; ``mine`` where the reader found it."""

    id: str
    title: str
    text: str
    blocks: bool
    status: str
    answer: str
    found_by: str
    settled_by: str
    mine: bool
    created_at: datetime


class PastStep(_View):
    """A promotion that was asked for, and what became of it."""

    checkpoint_id: str
    stage: str
    status: str
    asked_by: str
    reason: str
    at: datetime


class RolloutView(_View):
    """A rollout. ``reaches`` counts people, never who of them practised; None is everybody.

    ``missing`` is everything that stands in the way of ``next_stage``; ``again`` says whether the stage in force can be
    asked for once more. ``waits`` is the checkpoint of a promotion that waits.
    """

    id: str
    programme_id: str
    version_id: str
    title: str
    number: int
    stage: str
    plan: list[StepView]
    reaches: int | None
    suspended_because: str
    suspended_by: str
    suspended_at: datetime | None
    skeptics: list[SkepticView]
    findings: list[FindingView]
    next_stage: str | None
    missing: list[Lack]
    again: bool
    waits: str | None
    history: list[PastStep]


class Invitation(_View):
    """What a skeptic sees: the scenario they were asked to break, and what they found in it."""

    rollout_id: str
    version_id: str
    title: str
    looked: bool
    suspended: bool
    findings: list[FindingView]


async def rollout_view(store: Store, actor: Actor, rollout_id: str) -> RolloutView:
    """One rollout.

    Raises:
        NotFound: there is none.
        NotAllowed: the actor is no designer, strategist or admin.
    """
    require(actor, *BRAKES, to="see rollouts")
    async with store.read() as work:
        return await _view(work, actor, await work.reach.rollout(rollout_id))


async def rollout_views(store: Store, actor: Actor, programme_id: str | None = None) -> list[RolloutView]:
    """Rollouts, newest first.

    Raises:
        NotAllowed: the actor is no designer, strategist or admin.
    """
    require(actor, *BRAKES, to="see rollouts")
    async with store.read() as work:
        return [await _view(work, actor, each) for each in reversed(await work.reach.rollouts(programme_id))]


async def invitation(store: Store, actor: Actor, rollout_id: str) -> Invitation:
    """What this person was asked to break, and what they found.

    Raises:
        NotAllowed: they were not asked.
    """
    async with store.read() as work:
        rollout = await work.reach.rollout(rollout_id)
        mine = next((e for e in await work.reach.skeptics(rollout_id) if e.person_id == actor.person_id), None)
        if mine is None:
            raise NotAllowed("You were not asked to break this scenario.", todo="Ask a designer to invite you.")
        found = [each for each in await work.reach.findings(rollout_id) if each.person_id == actor.person_id]
        return Invitation(
            rollout_id=rollout_id,
            version_id=rollout.version_id,
            title=(await work.design.version(rollout.version_id)).title,
            looked=mine.done_at is not None,
            suspended=rollout.suspended_at is not None,
            findings=await _findings(work, actor, found),
        )


async def invitations(store: Store, actor: Actor) -> list[Invitation]:
    """Everything this person was asked to break, newest first."""
    async with store.read() as work:
        asked = [each.rollout_id for each in await work.reach.invitations(actor.person_id)]
    return [await invitation(store, actor, each) for each in asked]


async def _view(work: UnitOfWork, actor: Actor, rollout: Rollout) -> RolloutView:
    version = await work.design.version(rollout.version_id)
    further, again = await outlook(work, rollout, again=False), await outlook(work, rollout, again=True)
    skeptics, history = await work.reach.skeptics(rollout.id), await work.reach.steps(rollout.id)
    asked = frozenset(each.person_id for each in skeptics) | frozenset(each.asked_by for each in history)
    by = frozenset({rollout.suspended_by} if rollout.suspended_by else set())
    names = await work.people.names(asked | by, purpose=Purpose.ACCOUNTABILITY)
    people = await reached(work, rollout)
    checkpoints = {each.run_id: await work.approvals.checkpoints(run_id=each.run_id) for each in history}
    past = [
        PastStep(
            checkpoint_id=checkpoints[each.run_id][-1].id,
            stage=each.stage,
            status=each.status,
            asked_by=names.get(each.asked_by, "somebody"),
            reason=str(each.content["reason"]),
            at=each.created_at,
        )
        for each in history
    ]
    return RolloutView(
        id=rollout.id,
        programme_id=rollout.programme_id,
        version_id=rollout.version_id,
        title=version.title,
        number=version.number,
        stage=rollout.stage,
        plan=await _plan(work, rollout),
        reaches=None if people is None else len(people),
        suspended_because=rollout.suspended_because or "",
        suspended_by="" if rollout.suspended_by is None else names.get(rollout.suspended_by, "somebody"),
        suspended_at=rollout.suspended_at,
        skeptics=[
            SkepticView(name=names.get(each.person_id, "somebody"), looked=each.done_at is not None)
            for each in skeptics
        ],
        findings=await _findings(work, actor, await work.reach.findings(rollout.id)),
        next_stage=further.to,
        missing=list(further.lacks),
        again=_possible(again),
        waits=next((each.checkpoint_id for each in past if each.status == "asked"), None),
        history=list(reversed(past)),
    )


def _possible(found: Promotion) -> bool:
    return found.to is not None and not found.lacks


async def _plan(work: UnitOfWork, rollout: Rollout) -> list[StepView]:
    now = {each["name"] for each in in_force(rollout)}
    everybody = len(await work.reach.learners())
    found = []
    for step in rollout.plan:
        group_id = step["group_id"]
        members = [] if group_id is None else await work.reach.members(group_id)
        found.append(
            StepView(
                name=step["name"],
                group_id=group_id,
                group="" if group_id is None else (await work.reach.group(group_id)).name,
                people=everybody if group_id is None else len(members),
                signed=len(step["members"]) if "members" in step else None,
                in_force=step["name"] in now,
            )
        )
    return found


async def _findings(work: UnitOfWork, actor: Actor, rows: list[FindingRow]) -> list[FindingView]:
    people = {each.person_id for each in rows} | {each.settled_by for each in rows if each.settled_by}
    names = await work.people.names(frozenset(people), purpose=Purpose.ACCOUNTABILITY)
    return [
        FindingView(
            id=each.id,
            title=each.title,
            text=each.text,
            blocks=each.blocks,
            status=each.status,
            answer=each.answer or "",
            found_by=names.get(each.person_id, "somebody"),
            settled_by="" if each.settled_by is None else names.get(each.settled_by, "somebody"),
            mine=each.person_id == actor.person_id,
            created_at=each.created_at,
        )
        for each in rows
    ]
