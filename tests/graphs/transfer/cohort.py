"""A pilot with many people in it, for tests: they are made, asked, agree and answer through the real services."""

from __future__ import annotations

from datetime import timedelta

from approvals.people import Actor, Role
from graphs.transfer.checking_in import answer
from graphs.transfer.consenting import agree, my_pilot
from graphs.transfer.pilots import PilotOrder, begin, invite
from practice.drivers.answers import Answers
from practice.drivers.items import Moment
from store.unit_of_work import Store
from tests.company import Company

MINIMUM = 10
LOW = Answers(items={"opportunity_physical": 1})
FINE = Answers(items={"opportunity_physical": 9})


async def people(store: Store, count: int, prefix: str = "l") -> list[Actor]:
    """Learners of their own, with logins ``l0``, ``l1`` …"""
    async with store.write() as work:
        ids = [
            await work.people.add(
                login=f"{prefix}{n}", name=f"{prefix}{n}", password_hash="x", roles=frozenset({"learner"})
            )
            for n in range(count)
        ]
    return [Actor(person_id=each, roles=frozenset({Role.LEARNER})) for each in ids]


async def begun(store: Store, company: Company, *, starts: int = 0, days: int = 14, title: str = "Asking first") -> str:
    """A pilot of Sofia's that everybody is asked into."""
    async with store.read() as work:
        first = work.now + timedelta(days=starts)
    order = PilotOrder(title=title, behaviour="Asks first", starts_at=first, ends_at=first + timedelta(days=days))
    pilot_id = await begin(store, company.sofia, company.programme_id, order)
    await invite(store, company.sofia, pilot_id, everybody=True)
    return pilot_id


async def check_in_of(store: Store, who: Actor, pilot_id: str, moment: Moment) -> str:
    """The id of somebody's check-in."""
    found = await my_pilot(store, who, pilot_id, minimum=MINIMUM)
    return next(each.id for each in found.check_ins if each.moment is moment)


async def say(store: Store, who: Actor, pilot_id: str, moment: Moment, answers: Answers) -> None:
    """Answer a check-in."""
    await answer(store, who, await check_in_of(store, who, pilot_id, moment), answers)


async def join(store: Store, crowd: list[Actor], pilot_id: str) -> None:
    """Everybody agrees."""
    for each in crowd:
        await agree(store, each, pilot_id)


def later(store: Store, days: float) -> None:
    """Let time pass."""
    store.clock.offset += timedelta(days=days)
