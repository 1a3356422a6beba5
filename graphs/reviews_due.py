"""The day on which provisional criteria are to be reviewed: every strategist is told, once."""

from __future__ import annotations

from approvals.people import Role
from store.purpose import Purpose
from store.unit_of_work import Store

NOTICE = "criteria review due"


async def remind_of_reviews(store: Store) -> None:
    """Tell every strategist of criteria in force whose day of review has come."""
    async with store.write() as work:
        due = await work.previews.review_due(NOTICE)
        if not due:
            return
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        strategists = [each.id for each in people if each.active and Role.STRATEGIST.value in each.roles]
        for row in due:
            await work.desk.notify_all(strategists, NOTICE, f"criteria/{row.version_id}")
