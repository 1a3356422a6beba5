"""Groups of people in a programme: who is in them, and nothing about what they do there."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import InvalidInput
from graphs.answering import Once, transact
from graphs.rollout_steps import supersede_step
from store.purpose import Purpose
from store.records import Person
from store.repositories.reach import Group
from store.unit_of_work import Store, UnitOfWork

KEEPERS = (Role.ADMIN, Role.STRATEGIST, Role.DESIGNER)
LONGEST = 200  # characters of a name
MOST = 5000  # people who are added or removed at once


class Member(BaseModel):
    """Somebody in a group."""

    model_config = ConfigDict(frozen=True)

    id: str
    login: str
    name: str


class GroupView(BaseModel):
    """A group with its people, by name."""

    model_config = ConfigDict(frozen=True)

    id: str
    programme_id: str
    name: str
    people: list[Member]


async def add_group(
    store: Store,
    actor: Actor,
    programme_id: str,
    name: str,
    *,
    people: Collection[str] = (),
    once: Once | None = None,
) -> Group:
    """Add a group, with people (by login or id) or without.

    Raises:
        NotAllowed: the actor is no designer, strategist or admin.
        InvalidInput: no name, one that is too long, or somebody whom nobody knows; no group is made then.
        Conflict: the programme has a group of this name.
    """
    require(actor, *KEEPERS, to="make a group")
    in_person(actor, to="make a group")
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= LONGEST:
        raise InvalidInput(
            f"A group's name has 1 to {LONGEST} characters.", where="name", todo="Say whom it gathers, in few words."
        )

    async def effect(work: UnitOfWork) -> Group:
        await work.strategy.programme(programme_id)
        everybody = await work.people.all(purpose=Purpose.ADMINISTRATION) if people else []
        new = _known(everybody, people, where="people", active=True)
        group = await work.reach.add_group(programme_id, cleaned, by=actor.person_id)
        await work.reach.change_members(group.id, add=new, remove=frozenset())
        await work.approvals.audit(
            actor=actor.person_id,
            action="group made",
            subject=f"group/{group.id}",
            programme=programme_id,
            added=sorted(new),
        )
        return group

    return await transact(store, once, Group, effect)


async def change_members(
    store: Store, actor: Actor, group_id: str, *, add: Collection[str] = (), remove: Collection[str] = ()
) -> GroupView:
    """Add people to a group and take people out of it.

    Whoever leaves is not reached any more by what the group was promoted to; whoever comes is reached once somebody
    signs that. A promotion that waits for a signature and speaks of this group is superseded.

    Args:
        store: where everything is kept.
        actor: a designer, strategist or admin.
        group_id: which.
        add: logins or ids of people to add.
        remove: logins or ids of people to take out.

    Raises:
        NotAllowed: it is not the actor's to do.
        InvalidInput: there is no such person, or they cannot log in any more.
    """
    require(actor, *KEEPERS, to="change who is in a group")
    in_person(actor, to="change who is in a group")
    if len(add) + len(remove) > MOST:
        raise InvalidInput(f"At most {MOST:,} people at once.", where="add", todo="Do it in parts.")
    async with store.write() as work:
        group = await work.reach.group(group_id)
        using = [
            await work.reach.rollout(each.id, lock=True)
            for each in await work.reach.rollouts(group.programme_id)
            if any(step["group_id"] == group_id for step in each.plan)
        ]
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        new, gone = _known(people, add, where="add", active=True), _known(people, remove, where="remove", active=False)
        if await work.reach.change_members(group_id, add=new, remove=gone):
            for rollout in using:
                await supersede_step(work, rollout.id, because="the people in its group changed")
            await work.approvals.audit(
                actor=actor.person_id,
                action="group changed",
                subject=f"group/{group_id}",
                added=sorted(new),
                removed=sorted(gone),
            )
        return await _view(work, group, people)


async def groups(store: Store, actor: Actor, programme_id: str | None = None) -> list[GroupView]:
    """Groups by name, with their people.

    Raises:
        NotAllowed: the actor is no designer, strategist or admin.
    """
    require(actor, *KEEPERS, to="see groups")
    async with store.read() as work:
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        return [await _view(work, each, people) for each in await work.reach.groups(programme_id)]


async def group(store: Store, actor: Actor, group_id: str) -> GroupView:
    """One group with its people.

    Raises:
        NotAllowed: the actor is no designer, strategist or admin.
        NotFound: there is none.
    """
    require(actor, *KEEPERS, to="see groups")
    async with store.read() as work:
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        return await _view(work, await work.reach.group(group_id), people)


def find_people(people: Collection[Person], named: Collection[str], *, where: str) -> list[Person]:
    """People by login or id.

    Raises:
        InvalidInput: one of them is nobody; ``where`` names the place.
    """
    known = {key: each for each in people for key in (each.id, each.login.casefold())}
    found = []
    for number, name in enumerate(named):
        person = known.get(name.strip()) or known.get(name.strip().casefold())
        if person is None:
            raise InvalidInput(
                f"Nobody here is called '{name}'.", where=f"{where}[{number}]", todo="Give their login, or their id."
            )
        found.append(person)
    return found


def _known(people: Collection[Person], named: Collection[str], *, where: str, active: bool) -> set[str]:
    found = find_people(people, named, where=where)
    gone = next((each for each in found if active and not each.active), None)
    if gone is not None:
        raise InvalidInput(f"{gone.name} cannot log in any more.", where=where, todo="Leave them out.")
    return {each.id for each in found}


async def _view(work: UnitOfWork, group: Group, people: Collection[Person]) -> GroupView:
    members = set(await work.reach.members(group.id))
    return GroupView(
        id=group.id,
        programme_id=group.programme_id,
        name=group.name,
        people=[
            Member(id=each.id, login=each.login, name=each.name)
            for each in sorted(people, key=lambda person: person.name.casefold())
            if each.id in members
        ],
    )
