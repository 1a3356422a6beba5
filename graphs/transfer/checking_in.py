"""Check-ins: what is asked of a member at one of three moments, and what they answer."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from approvals.roles import in_person
from evidence.errors import Conflict
from graphs.transfer.consenting import OWN, state_of
from graphs.transfer.timing import ANSWER_WITHIN, LATER
from practice.drivers.answers import Answers, check_answers
from practice.drivers.barriers import Advised, advised
from practice.drivers.items import CheckInItems, Item, Moment, asked_at, check_in
from practice.drivers.tiers import Kind, tier
from store.repositories.pilots import CheckIn
from store.unit_of_work import Store, UnitOfWork


class MyQuestions(BaseModel):
    """A check-in of mine: what is asked, what I answered, and what that speaks for; nobody else can read it.

    ``goal`` is the sentence I wrote before, to measure myself by.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    pilot_id: str
    behaviour: str
    moment: Moment
    due_at: datetime
    state: str
    items: tuple[Item, ...]
    asked: CheckInItems
    answers: Answers | None
    goal: str
    advised: Advised | None


async def questions(store: Store, actor: Actor, check_in_id: str) -> MyQuestions:
    """One of my check-ins.

    Raises:
        NotFound: there is none, or it is not mine.
    """
    me = actor.person_id
    async with store.read() as work:
        found = await work.pilots.check_in(check_in_id, reader=me, purpose=OWN)
        pilot = await work.pilots.pilot(found.pilot_id)
        others = await work.pilots.check_ins(reader=me, purpose=OWN, pilot_id=pilot.id)
        now = work.now
    answers = None if found.answers is None else Answers.model_validate(found.answers)
    goal = next(
        (str((each.answers or {}).get("goal", "")) for each in others if each.moment == Moment.BEFORE.value), ""
    )
    return MyQuestions(
        id=found.id,
        pilot_id=pilot.id,
        behaviour=pilot.behaviour,
        moment=Moment(found.moment),
        due_at=found.due_at,
        state=state_of(now, found),
        items=asked_at(Moment(found.moment)),
        asked=check_in(),
        answers=answers,
        goal=goal,
        advised=None if answers is None else advised(answers),
    )


async def answer(store: Store, actor: Actor, check_in_id: str, answers: Answers) -> Advised | None:
    """Keep my answers; as long as the check-in is open they can be given again.

    Returns:
        What they speak for, for me alone.

    Raises:
        NotAllowed: the actor is an API token.
        NotFound: there is no such check-in of mine.
        Conflict: it is not open yet, or no longer.
        InvalidInput: an answer is not one of those that can be given.
    """
    in_person(actor, to="answer for you")
    me = actor.person_id
    async with store.write() as work:
        await work.pilots.hold(me)  # nothing of mine is withdrawn or answered from another tab from here on
        found = await work.pilots.check_in(check_in_id, reader=me, purpose=OWN)
        await work.pilots.pilot(found.pilot_id, held=True)
        moment = Moment(found.moment)
        check_answers(answers, moment)
        _open(work.now, found)
        if moment.value in {each.moment for each in await work.pilots.reports(found.pilot_id)}:
            raise Conflict("This moment has been counted, without you.", todo="Nothing is needed of you.")
        await work.pilots.answer(check_in_id, answers.model_dump(), reader=me, purpose=OWN)
        await work.transfer.forget_evidence("check_in", check_in_id, reader=me, purpose=OWN)
        if (level := tier(Kind.CHECK_IN, happened=answers.happened is True)) is not None:
            await work.transfer.add_evidence("check_in", check_in_id, level, reader=me, purpose=OWN)
        await work.desk.read(me, f"check_in/{check_in_id}")
    return advised(answers)


async def practised(work: UnitOfWork, me: str, programme_id: str, begun: datetime) -> None:
    """Ask the two later check-ins of this programme's pilots by a practice, where it ended before the pilot did.

    Hold the person first.
    """
    for pilot, member in await work.pilots.mine(reader=me, purpose=OWN):
        if pilot.programme_id != programme_id or not member.takes_part or (member.consented_at or begun) > begun:
            continue
        found = {each.moment: each for each in await work.pilots.check_ins(reader=me, purpose=OWN, pilot_id=pilot.id)}
        after, later = found[Moment.AFTER.value], found[Moment.LATER.value]
        if after.due_at > work.now and after.answered_at is None:
            await work.pilots.set_due(after.id, work.now, reader=me, purpose=OWN)
            await work.pilots.set_due(later.id, work.now + LATER, reader=me, purpose=OWN)


def _open(now: datetime, found: CheckIn) -> None:
    state = state_of(now, found)
    if state == "planned":
        raise Conflict(f"This is asked from {found.due_at:%d %b %Y} on.", todo="You are told then.")
    if state == "over" or (state == "answered" and now >= found.due_at + ANSWER_WITHIN):
        raise Conflict("The time to answer this is over.", todo="Nothing is needed of you.")
