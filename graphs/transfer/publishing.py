"""Counting a moment of a pilot, once, and what may be advised on what was published."""

from __future__ import annotations

from random import Random
from secrets import SystemRandom

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import Conflict
from graphs.transfer.timing import countable_from
from practice.drivers.answers import Answers
from practice.drivers.barriers import advised_for
from practice.drivers.cohorts import CohortReport, count
from practice.drivers.cohorts import publish as published
from practice.drivers.items import Moment
from store.purpose import Purpose
from store.unit_of_work import Store


async def publish(
    store: Store, actor: Actor, pilot_id: str, moment: Moment, *, minimum: int, source: Random | None = None
) -> CohortReport:
    """Count who takes part now, and keep the report for good; from then on nobody joins.

    It is drawn once. Where too few answered, that is what is published, for good too: trying again until one more has
    answered would tell of that one.

    Args:
        store: where everything is kept.
        actor: a strategist.
        pilot_id: the pilot.
        moment: which of the three.
        minimum: the smallest group that is shown.
        source: of chance; the machine's own where none is given.

    Raises:
        NotAllowed: the actor is no strategist, or is an API token.
        NotFound: there is no such pilot.
        Conflict: people can still answer, or it was published before.
    """
    require(actor, Role.STRATEGIST, to="publish what a pilot found")
    in_person(actor, to="publish what a pilot found")
    chance = source or SystemRandom()
    async with store.write() as work:
        pilot = await work.pilots.pilot(pilot_id, held=True)
        if moment.value in {each.moment for each in await work.pilots.reports(pilot_id)}:
            raise Conflict("This was published before, and is published only once.", todo="Read it as it stands.")
        since = countable_from(pilot, moment)
        if work.now < since:
            raise Conflict(
                f"People can still answer; this can be published from {since:%d %b %Y} on.", todo="Come back then."
            )
        told = await work.pilots.answers(pilot_id, purpose=Purpose.TRANSFER)
        members = [{Moment(at): Answers.model_validate(said) for at, said in each.items()} for each in told]
        report = published(count(members, moment, chance), minimum=minimum, source=chance)
        await work.pilots.add_report(pilot_id, moment.value, report.model_dump(mode="json"))
        await work.pilots.close(pilot_id)
        await work.approvals.audit(
            actor=actor.person_id, action="pilot published", subject=f"pilot/{pilot_id}", moment=moment.value
        )
        return report


def outside_training(report: CohortReport) -> bool:
    """Whether what was published speaks for changing the work before training more."""
    row = report.row("opportunity_low")
    return row is not None and advised_for(report.people, row.holds)
