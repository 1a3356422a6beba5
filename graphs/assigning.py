"""Assignments and the dates of programmes: what is meant for whom, from when and until when.

Nobody sees who has practised what was assigned, and no code looks: a reminder goes to everybody, because leaving out
those who have practised would tell who has not.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import Conflict, InvalidInput
from evidence.moments import in_utc
from graphs.answering import Once, transact
from graphs.reaching import who_may_begin
from graphs.scenes import signed_scenario
from store.records import Programme
from store.repositories.reach import Assignment
from store.unit_of_work import Store, UnitOfWork

ASSIGNERS = (Role.DESIGNER, Role.STRATEGIST, Role.ADMIN)
DATERS = (Role.STRATEGIST, Role.ADMIN)
ASSIGNED, DUE = "assigned", "due"  # kinds of notices, about assignment/<id>
REMIND_BEFORE = timedelta(days=3)


class AssignmentView(BaseModel):
    """An assignment as whoever made it sees it; nothing here says who has practised."""

    model_config = ConfigDict(frozen=True)

    id: str
    programme_id: str
    version_id: str
    title: str
    group_id: str | None
    group: str
    opens_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


async def assign(
    store: Store,
    actor: Actor,
    version_id: str,
    *,
    group_id: str | None = None,
    opens_at: datetime | None = None,
    due_at: datetime | None = None,
    once: Once | None = None,
) -> Assignment:
    """Assign a signed version to a group, or to everybody; it stands first on their shelves from then on.

    It lets nobody in whom a rollout keeps out, and keeps nobody from anything else.

    Args:
        store: where everything is kept.
        actor: a designer, strategist or admin.
        version_id: of a scenario with a live sign-off.
        group_id: of a group of its programme; None is everybody.
        opens_at: from when; now where it is not given.
        due_at: until when it would be good to practise; reminded of three days before.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotSigned: the version has no live sign-off.
        NotAllowed: it is not the actor's to do.
        InvalidInput: a group of another programme, or dates that do not follow each other.
    """
    require(actor, *ASSIGNERS, to="assign a scenario")
    in_person(actor, to="assign a scenario")

    async def effect(work: UnitOfWork) -> Assignment:
        _scenario, _digest, programme_id = await signed_scenario(work, version_id)
        if group_id is not None and (await work.reach.group(group_id)).programme_id != programme_id:
            raise InvalidInput(
                "That group belongs to another programme.", where="group_id", todo="Choose one of this programme."
            )
        begins = work.now if opens_at is None else in_utc(opens_at, "opens_at")
        until = None if due_at is None else in_utc(due_at, "due_at")
        if until is not None and until <= max(begins, work.now):
            raise InvalidInput("It is due before it can begin.", where="due_at", todo="Give a later day.")
        row = await work.reach.assign(
            programme_id, version_id, group_id=group_id, opens_at=begins, due_at=until, by=actor.person_id
        )
        await work.approvals.audit(
            actor=actor.person_id,
            action="scenario assigned",
            subject=f"assignment/{row.id}",
            version=version_id,
            group=group_id,
            opens=begins.isoformat(),
            due=None if until is None else until.isoformat(),
        )
        return row

    return await transact(store, once, Assignment, effect)


async def end_assignment(store: Store, actor: Actor, assignment_id: str) -> None:
    """End an assignment: it stands first on nobody's shelf any more, and nobody is reminded.

    Raises:
        NotAllowed: it is not the actor's to do.
        Conflict: it has ended.
    """
    require(actor, *ASSIGNERS, to="end an assignment")
    in_person(actor, to="end an assignment")
    async with store.write() as work:
        row = await work.reach.assignment(assignment_id)
        if row.ended_at is not None:
            raise Conflict("This assignment has ended already.", todo="Nothing to do.")
        await work.reach.change_assignment(row.id, ended_at=work.now)
        await work.approvals.audit(
            actor=actor.person_id, action="assignment ended", subject=f"assignment/{assignment_id}"
        )


async def assignments(store: Store, actor: Actor, programme_id: str | None = None) -> list[AssignmentView]:
    """What is assigned now, what is due first first.

    Raises:
        NotAllowed: the actor is no designer, strategist or admin.
    """
    require(actor, *ASSIGNERS, to="see what is assigned")
    async with store.read() as work:
        names = {each.id: each.name for each in await work.reach.groups()}
        found = await work.reach.assignments(programme_id)
        versions = await work.previews.texts({each.version_id for each in found})
    return [
        AssignmentView(
            **each.model_dump(exclude={"told_at", "reminded_at", "created_by", "created_at"}),
            title=versions[each.version_id].title,
            group="" if each.group_id is None else names[each.group_id],
        )
        for each in found
    ]


async def set_dates(
    store: Store, actor: Actor, programme_id: str, *, starts_at: datetime | None, ends_at: datetime | None
) -> Programme:
    """Set when a programme begins and ends; outside it nobody begins to practise, and what has begun may be finished.

    Raises:
        NotAllowed: the actor is neither strategist nor admin.
        InvalidInput: it would end before it begins.
    """
    require(actor, *DATERS, to="set the dates of a programme")
    in_person(actor, to="set the dates of a programme")
    begins = None if starts_at is None else in_utc(starts_at, "starts_at")
    ends = None if ends_at is None else in_utc(ends_at, "ends_at")
    if begins is not None and ends is not None and ends <= begins:
        raise InvalidInput("A programme ends after it begins.", where="ends_at", todo="Give a later day.")
    async with store.write() as work:
        await work.strategy.programme(programme_id, lock=True)
        await work.strategy.change_programme(programme_id, starts_at=begins, ends_at=ends)
        await work.approvals.audit(
            actor=actor.person_id,
            action="programme dates set",
            subject=f"programme/{programme_id}",
            starts=None if begins is None else begins.isoformat(),
            ends=None if ends is None else ends.isoformat(),
        )
        return await work.strategy.programme(programme_id)


async def tell_of_assignments(store: Store) -> None:
    """Tell people what was assigned to them once it opens, and once again three days before it is due.

    What nobody may begin now is told once somebody may, if it is not due before: nobody is sent to a closed door.
    """
    async with store.read() as work:
        waiting = await work.reach.to_tell(due_by=work.now + REMIND_BEFORE)
        ready = [each.id for each in waiting if _late(each, work.now) or await _people(work, each)]
    for assignment_id in ready:
        async with store.write() as work:
            for row in await work.reach.to_tell(due_by=work.now + REMIND_BEFORE, of=assignment_id):
                await _tell(work, row)


async def _tell(work: UnitOfWork, row: Assignment) -> None:
    late, people = _late(row, work.now), await _people(work, row)
    if not people and not late:
        return
    if not late:
        told = sorted(people)
        await work.desk.notify_all(told, ASSIGNED if row.told_at is None else DUE, f"assignment/{row.id}")
    soon = row.due_at is not None and row.due_at <= work.now + REMIND_BEFORE
    reminded = work.now if soon or row.told_at is not None else None
    await work.reach.change_assignment(row.id, told_at=row.told_at or work.now, reminded_at=reminded)


def _late(row: Assignment, now: datetime) -> bool:
    """Whether its day has passed: nobody is told of it any more."""
    return row.due_at is not None and row.due_at <= now


async def _people(work: UnitOfWork, row: Assignment) -> frozenset[str]:
    """Who is assigned it and may begin."""
    people = await work.reach.learners()
    if row.group_id is not None:
        people &= frozenset(await work.reach.members(row.group_id))
    return await who_may_begin(work, row.version_id, people)
