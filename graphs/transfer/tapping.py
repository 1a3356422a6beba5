"""The taps after a practice, and what a practice is evidence of; both are for its learner alone."""

from __future__ import annotations

from approvals.people import Actor
from approvals.roles import in_person
from evidence.errors import Conflict
from graphs.transfer.checking_in import practised
from graphs.transfer.consenting import OWN
from practice.debrief import Debrief
from practice.drivers.answers import TapAnswers, check_taps
from practice.drivers.tiers import Kind, tier
from store.records import Practice
from store.unit_of_work import Store, UnitOfWork

OVER = ("finished", "reflected", "debriefed")


async def tap(store: Store, actor: Actor, practice_id: str, answers: TapAnswers) -> None:
    """Keep the taps after one of my practices; they can be given again.

    Raises:
        NotAllowed: the actor is an API token.
        NotFound: it is not my practice.
        Conflict: the practice is not over.
        InvalidInput: nothing was tapped, or an answer that there is not.
    """
    in_person(actor, to="tap for you")
    me = actor.person_id
    check_taps(answers)
    async with store.write() as work:
        await work.pilots.hold(me)
        practice = await work.practices.get(practice_id, reader=me, purpose=OWN)
        if practice.status not in OVER:
            raise Conflict("The practice is not over.", todo="Finish it first.")
        await work.transfer.keep_taps(practice_id, answers.model_dump(), reader=me, purpose=OWN)
        await _add(work, me, Kind.TAP, practice_id, tier(Kind.TAP))
        await note_practice(work, practice)
        await practised(work, me, practice.programme_id, practice.created_at)


async def my_taps(store: Store, actor: Actor, practice_id: str) -> TapAnswers | None:
    """What I tapped after one of my practices; None where I did not.

    Raises:
        NotFound: it is not my practice.
    """
    me = actor.person_id
    async with store.read() as work:
        await work.practices.get(practice_id, reader=me, purpose=OWN)
        found = (await work.transfer.taps(reader=me, purpose=OWN)).get(practice_id)
    return None if found is None else TapAnswers.model_validate(found.answers)


async def note_practice(work: UnitOfWork, practice: Practice) -> None:
    """Note what a practice that is over shows, and its debrief; noting it again changes nothing.

    A branch shows that somebody was active, and no more: a part of it was taken over from another practice.
    """
    me = practice.learner_id
    await _add(work, me, Kind.PRACTICE, practice.id, tier(Kind.PRACTICE))
    if practice.debrief is None or practice.branch_of is not None:
        return
    debrief = Debrief.model_validate(practice.debrief["debrief"])
    earlier = [
        each.updated_at  # when it was last gone on with
        for each in await work.practices.tries(me, reader=me, purpose=OWN)
        if each.version_id == practice.version_id and each.status in OVER and each.created_at < practice.created_at
    ]
    since = practice.created_at - max(earlier) if earlier else None
    scored = any(each.scored for each in debrief.objectives)
    await _add(work, me, Kind.DEBRIEF, practice.id, tier(Kind.DEBRIEF, scored=scored, since_earlier=since))


async def _add(work: UnitOfWork, me: str, kind: Kind, subject_id: str, level: int | None) -> None:
    if level is not None:
        await work.transfer.add_evidence(kind.value, subject_id, level, reader=me, purpose=OWN)
