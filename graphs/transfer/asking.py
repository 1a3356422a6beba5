"""By the clock: people are told that a check-in or a plan of theirs is due, once, and without a word of what it is."""

from __future__ import annotations

from graphs.transfer.timing import ANSWER_WITHIN
from store.unit_of_work import Store

CHECK_IN_DUE = "check-in due"  # kinds of notice, about check_in/<id> and plan/<id>
PLAN_DUE = "plan due"
AT_ONCE = 100  # people in one transaction: nobody else who writes waits for all of them


async def ask_what_is_due(store: Store) -> None:
    """Tell the owners of every check-in and plan that has become due; who was told once is not told again."""
    async with store.read() as work:
        due = [("check_in", each) for each in await work.pilots.to_ask(work.now - ANSWER_WITHIN)]
        due += [("plan", each) for each in await work.transfer.to_ask()]
    for first in range(0, len(due), AT_ONCE):
        async with store.write() as work:
            for what, each in due[first : first + AT_ONCE]:
                asked = work.pilots.asked if what == "check_in" else work.transfer.asked
                if await asked(each.id):
                    about = f"{what}/{each.id}"
                    await work.desk.notify(each.person_id, CHECK_IN_DUE if what == "check_in" else PLAN_DUE, about)
