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
    (None, _("My manager")),
    (Role.DESIGNER, _("A designer")),
    (Role.STRATEGIST, _("A strategist")),
    (Role.ADMIN, _("An admin")),
    (Role.GUARDIAN, _("A guardian")),
)


@dataclass(frozen=True)
class Looker:
    """Somebody who tried.

    ``practices`` and ``texts`` count what came back: practices in the list, and conversations, hints and debriefs that
    opened. ``instead`` is what this role does see of the learner, if anything.
    """

    who: str
    practices: int
    texts: int
    instead: str
    answers: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing of the practice came back."""
        return not self.practices and not self.texts


@dataclass(frozen=True)
class Seen:
    """What came of it. ``mine`` is the same reading done by the learner, as proof that there was something to read.

    ``answers`` are the refusals, word for word, each once.
    """

    mine: Looker
    lookers: tuple[Looker, ...]
    answers: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether nobody saw anything of the practice."""
        return all(looker.empty for looker in self.lookers)


async def look(app: Application, me: Identity) -> Seen:
    """Let everybody try.

    A manager is nobody special to Conductor, so an ordinary colleague's account stands for one. Where nobody holds a
    role, an account is made up for the try; it is never stored.
    """
    practice_ids = [each.id for each in await routes.my_practices(app, me)]
    lookers = []
    for role, who in LOOKERS:
        other = await _somebody(app, me, role)
        lookers.append(await _try(app, who, other, me, practice_ids, await _instead(app, other, me, role)))
    mine = await _try(app, _("I myself"), me, me, practice_ids, "")
    answers = dict.fromkeys(answer for looker in lookers for answer in looker.answers)
    return Seen(mine=mine, lookers=tuple(lookers), answers=tuple(answers))


async def _somebody(app: Application, me: Identity, role: Role | None) -> Identity:
    """An account that holds the role, or any other colleague for a manager."""
    async with app.store.read() as work:
        everybody = await work.people.all(purpose=Purpose.ADMINISTRATION)
    for person in everybody:
        roles = frozenset(Role(each) for each in person.roles)
        if person.id != me.actor.person_id and person.active and (role in roles or (role is None and roles)):
            return Identity(Actor(person_id=person.id, roles=roles), person.name, person.login)
    return Identity(Actor(person_id=new_id(), roles=frozenset({role or Role.LEARNER})), "", "")


async def _instead(app: Application, other: Identity, me: Identity, role: Role | None) -> str:
    """What this role does see of me: an admin my account, as the same request gives it; the others nothing."""
    if role is not Role.ADMIN:
        return ""
    known = await people_routes.list_people(app, other)
    account = next((each for each in known if each.id == me.actor.person_id), None)
    if account is None:
        return ""
    return _("my account: {name}, {login}, {roles}").format(
        name=account.name, login=account.login, roles=", ".join(sorted(account.roles))
    )


async def _try(
    app: Application, who: str, reader: Identity, me: Identity, practice_ids: list[str], instead: str
) -> Looker:
    """Ask for the list of my practices, and for everything in each of them."""
    owner, person_id = me.actor.person_id, reader.actor.person_id

    async def listed() -> Any:
        async with app.store.read() as work:
            return await work.practices.mine(owner, reader=person_id, purpose=Purpose.OWN_PRACTICE)

    async def hints(practice_id: str) -> Any:
        async with app.store.read() as work:
            return await work.practices.hints(practice_id, reader=person_id, purpose=Purpose.OWN_PRACTICE)

    answers: list[str] = []
    found = await _read(listed, answers)
    texts = 0
    for practice_id in practice_ids:
        for read in (
            lambda each=practice_id: routes.my_practice(each, app, reader),
            lambda each=practice_id: hints(each),
        ):
            texts += await _read(read, answers) is not None
    return Looker(who, len(found or ()), texts, instead, tuple(dict.fromkeys(answers)))


async def _read(read: Callable[[], Awaitable[Any]], answers: list[str]) -> Any:
    """What came back, or None where it was refused; the refusal is added to ``answers``."""
    try:
        return await read()
    except ConductorError as error:
        answers.append(error.detail)
        return None
