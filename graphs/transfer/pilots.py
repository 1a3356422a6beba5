"""What a strategist does with a pilot: begin it, ask people in, and see how large it is; never who answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import Conflict, InvalidInput
from evidence.moments import in_utc
from graphs.transfer.timing import countable_from
from practice.drivers.cohorts import ROUNDED_TO, CohortReport
from practice.drivers.items import Moment
from store.purpose import Purpose
from store.repositories.pilots import Pilot
from store.unit_of_work import Store, UnitOfWork

INVITED = "pilot invitation"  # kind of notice, about pilot/<id>
# A pilot goes from the first second of a day to the last second of another; both days are counted.
SHORTEST, LONGEST = timedelta(days=7, seconds=-1), timedelta(days=365)
READERS = (Role.STRATEGIST, Role.GUARDIAN)


class PilotOrder(BaseModel):
    """A pilot to begin; times without a zone are UTC."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    behaviour: str = Field(min_length=1, max_length=500, description="what would be seen or heard at work")
    starts_at: datetime
    ends_at: datetime


class PilotView(BaseModel):
    """A pilot as those see it who may not see its people.

    ``invited`` is exact: whoever asked knows. ``taking_part`` is rounded down to fives, and None below the minimum.
    ``countable`` says from when each moment can be published; ``reports`` what was, by moment.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    programme_id: str
    title: str
    behaviour: str
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    invited: int
    taking_part: int | None
    minimum: int
    countable: dict[Moment, datetime]
    reports: dict[Moment, CohortReport]


async def begin(store: Store, actor: Actor, programme_id: str, order: PilotOrder) -> str:
    """Begin a pilot; nobody is in it until they agree.

    Raises:
        NotAllowed: the actor is no strategist, or is an API token.
        NotFound: there is no such programme.
        InvalidInput: the dates do not fit.
    """
    require(actor, Role.STRATEGIST, to="begin a pilot")
    in_person(actor, to="begin a pilot")
    starts, ends = in_utc(order.starts_at, "starts_at"), in_utc(order.ends_at, "ends_at")
    async with store.write() as work:
        await work.strategy.programme(programme_id)
        if not order.title.strip() or not order.behaviour.strip():
            raise InvalidInput("A pilot has a title and a behaviour.", where="title", todo="Write both.")
        if starts < work.now - timedelta(days=1):
            raise InvalidInput("The first day has passed.", where="starts_at", todo="Begin today or later.")
        if starts > work.now + LONGEST:
            raise InvalidInput("A pilot begins within a year.", where="starts_at", todo="Choose an earlier day.")
        if not SHORTEST <= ends - starts <= LONGEST:
            raise InvalidInput(
                f"A pilot lasts from {SHORTEST.days} to {LONGEST.days} days.",
                where="ends_at",
                todo="Choose another day.",
            )
        pilot = await work.pilots.add(
            programme_id,
            title=order.title.strip(),
            behaviour=order.behaviour.strip(),
            by=actor.person_id,
            starts_at=starts,
            ends_at=ends,
        )
        await work.approvals.audit(actor=actor.person_id, action="pilot begun", subject=f"pilot/{pilot.id}")
        return pilot.id


async def invite(
    store: Store, actor: Actor, pilot_id: str, *, logins: Sequence[str] = (), everybody: bool = False
) -> int:
    """Ask learners to take part, by login, or all of them; gives how many had not been asked before.

    Raises:
        NotAllowed: the actor is no strategist, or is an API token.
        Conflict: nobody joins this pilot any more.
        InvalidInput: nobody is named, or somebody is no learner here.
    """
    require(actor, Role.STRATEGIST, to="ask people into a pilot")
    in_person(actor, to="ask people into a pilot")
    async with store.write() as work:
        pilot = await work.pilots.pilot(pilot_id, held=True)
        if pilot.closed_at is not None or work.now >= pilot.ends_at:
            raise Conflict("Nobody joins this pilot any more.", todo="Begin another one.")
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        learners = {each.login: each.id for each in people if each.active and Role.LEARNER.value in each.roles}
        wanted = list(learners) if everybody else [each.strip().lower() for each in logins if each.strip()]
        if not wanted:
            raise InvalidInput("It is not said whom to ask.", where="logins", todo="Name logins, or ask everybody.")
        if unknown := [each for each in wanted if each not in learners]:
            raise InvalidInput(
                f"No learner has the login {', '.join(unknown[:5])}.",
                where="logins",
                todo="Correct it; nobody was asked.",
            )
        fresh = await work.pilots.invite(pilot_id, [learners[each] for each in wanted])
        await work.desk.notify_all(fresh, INVITED, f"pilot/{pilot_id}")
        return len(fresh)


async def pilots(store: Store, actor: Actor, programme_id: str, *, minimum: int) -> list[PilotView]:
    """A programme's pilots, newest first.

    Raises:
        NotAllowed: the actor is neither strategist nor guardian.
        NotFound: there is no such programme.
    """
    require(actor, *READERS, to="see pilots")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        return [await _view(work, each, minimum) for each in await work.pilots.of_programme(programme_id)]


async def pilot(store: Store, actor: Actor, pilot_id: str, *, minimum: int) -> PilotView:
    """One pilot, with what was published about it.

    Raises:
        NotAllowed: the actor is neither strategist nor guardian.
        NotFound: there is no such pilot.
    """
    require(actor, *READERS, to="see pilots")
    async with store.read() as work:
        return await _view(work, await work.pilots.pilot(pilot_id), minimum)


async def _view(work: UnitOfWork, found: Pilot, minimum: int) -> PilotView:
    invited, joined = await work.pilots.sizes(found.id, purpose=Purpose.TRANSFER)
    return PilotView(
        **found.model_dump(exclude={"created_by", "created_at"}),
        invited=invited,
        taking_part=None if joined < minimum else joined // ROUNDED_TO * ROUNDED_TO,
        minimum=minimum,
        countable={moment: countable_from(found, moment) for moment in Moment},
        reports={
            Moment(each.moment): CohortReport.model_validate(each.content)
            for each in await work.pilots.reports(found.id)
        },
    )
