"""How often people are written to: getting out of the way is measured."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import require
from store.unit_of_work import Store

WEEKS = 12
LEAST_PEOPLE = 3  # a sum over fewer would tell of one


class Week(BaseModel):
    """One week (Monday to Sunday, UTC): e-mails per person who got any; None where too few people did to tell."""

    model_config = ConfigDict(frozen=True)

    begins: date
    people: int | None
    per_person: float | None


async def messages_per_week(store: Store, actor: Actor) -> list[Week]:
    """The last twelve weeks in which e-mail went out, newest first.

    Raises:
        NotAllowed: the actor is neither admin nor guardian.
    """
    require(actor, Role.ADMIN, Role.GUARDIAN, to="see how often people are written to")
    sent: dict[date, list[str]] = defaultdict(list)
    async with store.read() as work:
        for each in await work.messages.mailed(work.now - timedelta(weeks=WEEKS)):
            day = each.sent_at.date()
            sent[day - timedelta(days=day.weekday())].append(each.person_id)
    return [_week(begins, sent[begins]) for begins in sorted(sent, reverse=True)]


def _week(begins: date, people: list[str]) -> Week:
    count = len(set(people))
    if count < LEAST_PEOPLE:
        return Week(begins=begins, people=None, per_person=None)
    return Week(begins=begins, people=count, per_person=round(len(people) / count, 2))
