"""By the clock: people are told that a check-in or a plan of theirs is due, once, and without a word of what it is."""

from __future__ import annotations

from graphs.transfer.timing import ANSWER_WITHIN
from store.unit_of_work import Store

CHECK_IN_DUE = "check-in due"  # kinds of notice, about check_in/<id> and plan/<id>
PLAN_DUE = "plan due"


async def ask_what_is_due(store: Store) -> None:
    """Tell the owners of every check-in and plan that has become due; who was told once is not told again."""
    async with store.write() as work:
        for each in await work.pilots.to_ask(work.now - ANSWER_WITHIN):
            await work.desk.notify(each.person_id, CHECK_IN_DUE, f"check_in/{each.id}")
            await work.pilots.asked(each.id)
        for each in await work.transfer.to_ask():
            await work.desk.notify(each.person_id, PLAN_DUE, f"plan/{each.id}")
            await work.transfer.asked(each.id)
