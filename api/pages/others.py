"""What others see of a learner: somebody of every role really tries to read it, with the code of every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from api.application import Application
from api.identity import Identity
from api.routes import people as people_routes
from api.routes import practice as routes
from api.wording import _
from approvals.people import Actor, Role
from evidence.errors import ConductorError
from evidence.ids import new_id
from store.purpose import Purpose

LOOKERS = (
    (None, _("Your manager")),
    (Role.DESIGNER, _("A designer")),
    (Role.STRATEGIST, _("A strategist")),
    (Role.ADMIN, _("An admin")),
    (Role.GUARDIAN, _("A guardian")),
)


@dataclass(frozen=True)
class Attempt:
    """One try to read something; ``answer`` is the refusal, word for word, or empty where it was handed over."""

    what: str
    answer: str

    @property
    def refused(self) -> bool:
        """Whether nothing came back."""
        return bool(self.answer)


@dataclass(frozen=True)
class Looker:
    """Somebody who tried; ``account`` is what they can see of the account itself (admins only)."""

    who: str
    attempts: tuple[Attempt, ...]
    account: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether they saw nothing of the practice."""
        return all(attempt.refused for attempt in self.attempts)


@dataclass(frozen=True)
class Seen:
    """What came of it. ``mine`` is the same reading done by the learner, as proof that there was something to read."""

    title: str
    mine: tuple[Attempt, ...]
    lookers: tuple[Looker, ...]


async def look(app: Application, me: Identity) -> Seen:
    """Let everybody try.

    A manager is nobody special to Conductor, so an ordinary colleague's account stands for one. Where nobody holds a
    role, an account is made up for the try; it is never stored.
    """
    mine = await routes.my_practices(app, me)
    practice_id = mine[0]["id"] if mine else ""
    lookers = []
    for role, who in LOOKERS:
        other = await _somebody(app, me, role)
        attempts = await _attempts(app, other, me.actor.person_id, practice_id)
        account: tuple[str, ...] = ()
        if role is Role.ADMIN:
            known = await people_routes.list_people(app, other)
            account = next(
                ((p.name, p.login, ", ".join(sorted(p.roles))) for p in known if p.id == me.actor.person_id), ()
            )
        lookers.append(Looker(who, attempts, account))
    own = await _attempts(app, me, me.actor.person_id, practice_id) if practice_id else ()
    return Seen(title=mine[0]["title"] if mine else "", mine=own, lookers=tuple(lookers))


async def _somebody(app: Application, me: Identity, role: Role | None) -> Identity:
    """An account that holds the role, or any other colleague for a manager."""
    async with app.store.read() as work:
        everybody = await work.people.all(purpose=Purpose.ADMINISTRATION)
    for person in everybody:
        roles = frozenset(Role(each) for each in person.roles)
        if person.id != me.actor.person_id and person.active and (role in roles or (role is None and roles)):
            return Identity(Actor(person_id=person.id, roles=roles), person.name, person.login)
    return Identity(Actor(person_id=new_id(), roles=frozenset({role or Role.LEARNER})), "", "")


async def _attempts(app: Application, reader: Identity, learner_id: str, practice_id: str) -> tuple[Attempt, ...]:
    async def listed() -> Any:
        async with app.store.read() as work:
            return await work.practices.mine(learner_id, reader=reader.actor.person_id, purpose=Purpose.OWN_PRACTICE)

    async def hints() -> Any:
        async with app.store.read() as work:
            return await work.practices.hints(practice_id, reader=reader.actor.person_id, purpose=Purpose.OWN_PRACTICE)

    tries: list[tuple[str, Callable[[], Awaitable[Any]]]] = [(_("That you practised, and what"), listed)]
    if practice_id:
        tries += [
            (_("The conversation and your reflection"), lambda: routes.my_practice(practice_id, app, reader)),
            (_("The hints you asked for"), hints),
            (_("What stayed unsaid"), lambda: routes.unsaid(practice_id, app, reader)),
        ]
    if reader.actor.person_id == learner_id:
        tries = tries[:3]  # the last is for after the scene, also for the learner
    return tuple([Attempt(what, await _answer(read)) for what, read in tries])


async def _answer(read: Callable[[], Awaitable[Any]]) -> str:
    try:
        await read()
    except ConductorError as error:
        return error.detail
    return ""
