"""Contesting a line of a debrief: the learner sees exactly what will be sent, sends it unnamed, and can take it back.

To strategists it is data about the judge. It changes no score, and nothing tells them whose it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from agents.provenance import Provenance
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.errors import Conflict, InvalidInput
from practice.contested import FEW, Contested, line_of
from practice.debrief import Debrief
from store.purpose import Purpose
from store.records import Practice
from store.unit_of_work import Store, UnitOfWork

MAX_ANSWER = 2000
ANSWERED = "contest answered"  # kind of notice, about contest/<id>
_OWN = Purpose.OWN_PRACTICE
_SENT = Purpose.CONTESTED_LINE


@dataclass(frozen=True)
class Preview:
    """What would be sent, its digest, and whether so few people practise the scenario that it may point to one."""

    line: Contested
    digest: str
    few: bool


@dataclass(frozen=True)
class MyContest:
    """A line the learner sent: as it was sent, or None once taken back; and the answer, where there is one."""

    id: str
    practice_id: str
    day: str
    line: Contested | None
    answer: str | None


@dataclass(frozen=True)
class OpenLine:
    """A line as a strategist sees it."""

    id: str
    line: Contested
    answer: str | None


@dataclass(frozen=True)
class Queue:
    """The lines of a programme; ``by_coach`` counts them by who wrote the debrief, most first."""

    lines: tuple[OpenLine, ...]
    by_coach: tuple[tuple[str, int], ...]


async def preview(
    store: Store, actor: Actor, practice_id: str, objective_id: str, *, quote: int | None = None, why: str
) -> Preview:
    """What would be sent of a line; nothing is kept.

    Raises:
        Conflict: there is no debrief yet, or this line was sent already.
        NotFound: it is not the actor's practice, or the debrief has no such line.
        InvalidInput: ``why`` is empty or too long.
    """
    async with store.read() as work:
        return await _preview(work, await _mine(work, actor, practice_id), objective_id, quote, why)


async def send(
    store: Store, actor: Actor, practice_id: str, objective_id: str, *, quote: int | None = None, why: str, digest: str
) -> str:
    """Send a line, exactly as it was shown.

    Args:
        store: where everything is kept.
        actor: whose debrief it is.
        practice_id: their practice.
        objective_id: the line's objective.
        quote: which of its quotes, from 0.
        why: the learner's own sentence.
        digest: of what they were shown.

    Returns:
        The id under which they can take it back.

    Raises:
        Conflict: what would be sent is not what was shown, or this line was sent already.
    """
    async with store.write() as work:
        practice = await _mine(work, actor, practice_id)
        seen = await _preview(work, practice, objective_id, quote, why)
        if seen.digest != digest:
            raise Conflict(
                "This is not what you were shown, so nothing was sent.", todo="Look at it again, then send it."
            )
        return await work.contests.send(
            programme_id=practice.programme_id,
            version_id=practice.version_id,
            practice_id=practice.id,
            learner_id=actor.person_id,
            sent=seen.line.model_dump(mode="json"),
            purpose=_OWN,
        )


async def mine(store: Store, actor: Actor) -> list[MyContest]:
    """The lines the actor sent, with what strategists answered."""
    async with store.read() as work:
        found = await work.contests.mine(actor.person_id, reader=actor.person_id, purpose=_OWN)
    return [
        MyContest(each.id, each.practice_id, each.day.strftime("%Y-%m-%d"), _line(each.sent), each.answer)
        for each in found
    ]


async def revoke(store: Store, actor: Actor, contest_id: str) -> None:
    """Take a line back; from then on nobody can read it, nor the answer.

    Raises:
        NotFound: the actor sent no such line.
        Conflict: it was taken back before.
    """
    async with store.write() as work:
        await work.contests.revoke(contest_id, reader=actor.person_id, purpose=_OWN)
        await work.desk.read(actor.person_id, f"contest/{contest_id}")


async def queue(store: Store, actor: Actor, programme_id: str) -> Queue:
    """The contested lines of a programme, unnamed: data about the judge.

    Raises:
        NotAllowed: the actor is no strategist.
    """
    require(actor, Role.STRATEGIST, to="read contested lines")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        found = await work.contests.queue(programme_id, purpose=_SENT)
    lines = tuple(OpenLine(each.id, Contested.model_validate(each.sent), each.answer) for each in found)
    return Queue(lines, tuple(Counter(each.line.coach for each in lines).most_common()))


async def answer(store: Store, actor: Actor, contest_id: str, text: str) -> None:
    """Answer a contested line; its learner is told of it, and no score changes. Nobody else learns who that is.

    Raises:
        NotAllowed: the actor is no strategist.
        InvalidInput: the answer is empty or too long.
        NotFound: there is no such line, or it was taken back.
    """
    require(actor, Role.STRATEGIST, to="answer a contested line")
    said = text.strip()
    if not said or len(said) > MAX_ANSWER:
        raise InvalidInput(f"An answer has 1 to {MAX_ANSWER} characters.", where="text", todo="A sentence is enough.")
    async with store.write() as work:
        await work.contests.answer(contest_id, said, by=actor.person_id)
        learner, subject = await work.contests.to_tell(contest_id, purpose=_OWN), f"contest/{contest_id}"
        waits = await work.desk.notices(learner, unread=True)
        if not any(each.subject == subject for each in waits):  # an answer that is put better is told once
            await work.desk.notify(learner, ANSWERED, subject)


async def _mine(work: UnitOfWork, actor: Actor, practice_id: str) -> Practice:
    return await work.practices.get(practice_id, reader=actor.person_id, purpose=_OWN)


async def _preview(work: UnitOfWork, practice: Practice, objective_id: str, quote: int | None, why: str) -> Preview:
    if practice.debrief is None:
        raise Conflict("There is no debrief yet.", todo="Read it first, then contest a line of it.")
    line = line_of(
        Debrief.model_validate(practice.debrief["debrief"]),
        objective_id,
        quote,
        why=why,
        scenario=(await work.design.version(practice.version_id)).title,
        coach=Provenance.model_validate(practice.debrief["provenance"]).label,
        day=work.now.strftime("%Y-%m-%d"),
    )
    for each in await work.contests.mine(practice.learner_id, reader=practice.learner_id, purpose=_OWN):
        before = _line(each.sent)
        if each.practice_id == practice.id and before is not None and before.same_line(line):
            raise Conflict("You sent this line already.", todo="Take it back first, then send it with other words.")
    few = await work.contests.people_who_practised(practice.version_id) < FEW
    return Preview(line, line.digest(), few)


def _line(sent: dict[str, Any] | None) -> Contested | None:
    return None if not sent else Contested.model_validate(sent)
