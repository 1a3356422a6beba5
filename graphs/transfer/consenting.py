"""What somebody who was asked into a pilot decides about it, and what they see of it: their own part."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from approvals.roles import in_person
from evidence.errors import Conflict
from graphs.transfer.timing import ANSWER_WITHIN, due, overlap
from practice.drivers.items import Moment, consent
from store.purpose import Purpose
from store.repositories.pilots import CheckIn, Member, Pilot
from store.unit_of_work import Store, UnitOfWork

OWN = Purpose.OWN_PRACTICE


class MyCheckIn(BaseModel):
    """One of my three moments in a pilot; ``state`` is planned, open, answered or over."""

    model_config = ConfigDict(frozen=True)

    id: str
    moment: Moment
    due_at: datetime
    until: datetime
    state: str


class MyPilot(BaseModel):
    """A pilot that I was asked into.

    ``state`` is asked, taking_part, withdrawn or over (nobody joins any more, and I have not). ``consent`` is what I
    agree to, word for word; ``dates`` when I would be asked, if I agreed now.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    behaviour: str
    starts_at: datetime
    ends_at: datetime
    state: str
    consent: tuple[str, ...]
    dates: dict[Moment, datetime]
    check_ins: tuple[MyCheckIn, ...]


async def my_pilots(store: Store, actor: Actor, *, minimum: int) -> list[MyPilot]:
    """The pilots I was asked into, newest first."""
    async with store.read() as work:
        mine = await work.pilots.mine(reader=actor.person_id, purpose=OWN)
        all_of_them = await work.pilots.check_ins(reader=actor.person_id, purpose=OWN) if mine else []
        return [_view(work.now, pilot, member, all_of_them, minimum) for pilot, member in mine]


async def my_pilot(store: Store, actor: Actor, pilot_id: str, *, minimum: int) -> MyPilot:
    """One pilot that I was asked into.

    Raises:
        NotFound: I was not asked, or there is none.
    """
    async with store.read() as work:
        member = await work.pilots.member(pilot_id, reader=actor.person_id, purpose=OWN)
        found = await work.pilots.check_ins(reader=actor.person_id, purpose=OWN, pilot_id=pilot_id)
        return _view(work.now, await work.pilots.pilot(pilot_id), member, found, minimum)


async def agree(store: Store, actor: Actor, pilot_id: str) -> None:
    """Take part from now on; agreeing again changes nothing.

    Raises:
        NotAllowed: the actor is an API token.
        NotFound: I was not asked.
        Conflict: nobody joins any more, or I take part in another pilot in the same period.
    """
    in_person(actor, to="agree for you")
    me = actor.person_id
    async with store.write() as work:
        await work.pilots.hold(me)
        pilot = await work.pilots.pilot(pilot_id, held=True)
        member = await work.pilots.member(pilot_id, reader=me, purpose=OWN)
        if member.takes_part:
            return
        if _ended(work.now, pilot):
            raise Conflict("Nobody joins this pilot any more.", todo="Nothing is needed of you.")
        await _alone(work, pilot, me)
        await work.pilots.consent(pilot_id, due(pilot, work.now), reader=me, purpose=OWN)
        await work.desk.read(me, f"pilot/{pilot_id}")


async def withdraw(store: Store, actor: Actor, pilot_id: str) -> None:
    """Take part no longer, or say no from the start; every answer given there is deleted at once.

    Raises:
        NotFound: I was not asked.
    """
    me = actor.person_id
    async with store.write() as work:
        await work.pilots.hold(me)
        await work.pilots.pilot(pilot_id, held=True)
        await work.pilots.member(pilot_id, reader=me, purpose=OWN)
        for each in await work.pilots.check_ins(reader=me, purpose=OWN, pilot_id=pilot_id):
            await work.transfer.forget_evidence("check_in", each.id, reader=me, purpose=OWN)
            await work.desk.read(me, f"check_in/{each.id}")
        await work.pilots.withdraw(pilot_id, reader=me, purpose=OWN)
        await work.desk.read(me, f"pilot/{pilot_id}")


async def _alone(work: UnitOfWork, pilot: Pilot, me: str) -> None:
    """Nobody is counted in two cohorts of one period: the second count would tell what the first one kept back."""
    counted = await work.pilots.counted_in(reader=me, purpose=OWN)
    for other, member in await work.pilots.mine(reader=me, purpose=OWN):
        if other.id != pilot.id and (member.takes_part or other.id in counted) and overlap(pilot, other):
            raise Conflict(
                "You take part in another pilot in this period, or were counted in it.",
                todo="Nobody is counted twice; you can say no here, or take part in a later one.",
            )


def state_of(now: datetime, found: CheckIn) -> str:
    """How a check-in stands: planned, open, answered or over."""
    if found.answered_at is not None:
        return "answered"
    if now < found.due_at:
        return "planned"
    return "open" if now < found.due_at + ANSWER_WITHIN else "over"


def _view(now: datetime, pilot: Pilot, member: Member, check_ins: list[CheckIn], minimum: int) -> MyPilot:
    state = "taking_part" if member.takes_part else "withdrawn" if member.withdrawn_at else "asked"
    if state != "taking_part" and _ended(now, pilot):
        state = "over"
    return MyPilot(
        **pilot.model_dump(include={"id", "title", "behaviour", "starts_at", "ends_at"}),
        state=state,
        consent=consent(minimum),
        dates={Moment(moment): at for moment, at in due(pilot, now).items()},
        check_ins=tuple(
            MyCheckIn(
                id=each.id,
                moment=Moment(each.moment),
                due_at=each.due_at,
                until=each.due_at + ANSWER_WITHIN,
                state=state_of(now, each),
            )
            for each in check_ins
            if each.pilot_id == pilot.id
        ),
    )


def _ended(now: datetime, pilot: Pilot) -> bool:
    return pilot.closed_at is not None or now >= pilot.ends_at
