from __future__ import annotations

from datetime import timedelta

from graphs import practising
from graphs.branching import branch
from graphs.live import LiveTurns
from graphs.practising import begin
from store.purpose import Purpose
from store.unit_of_work import Store
from tests.company import Company, ensemble, found
from tests.conftest import open_store
from tests.graphs.signing import signed_scenario

QUESTION = "What has been behind the delay, from where you sit?"
PLAYERS = ensemble()


async def debriefed(store: Store, company: Company, practice_id: str) -> int | None:
    """Say something, read the debrief, and give the tier that it is evidence of."""
    amir, live = company.amir, LiveTurns(store, PLAYERS)
    turn = await live.say(practice_id, amir.person_id, QUESTION)
    assert turn.task is not None
    await turn.task
    await live.close()
    await practising.finish(store, amir, practice_id)
    await practising.reflect(store, amir, practice_id, "I asked.")
    await practising.debrief(store, PLAYERS, amir, practice_id)
    async with store.read() as work:
        rows = await work.transfer.evidence(reader=amir.person_id, purpose=Purpose.OWN_PRACTICE)
    found = {row.kind: row.tier for row in rows if row.subject_id == practice_id}
    assert found["practice"] == 2
    return found.get("debrief")


async def test_remembered_is_what_comes_three_days_after_the_last_practice_and_never_a_branch(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    company = await found(store)
    version_id = (await signed_scenario(store, company)).subject_id
    first = await begin(store, company.amir, version_id)
    assert await debriefed(store, company, first) == 5
    assert await debriefed(store, company, await begin(store, company.amir, version_id)) == 5
    store.clock.offset += timedelta(days=4)
    left = await begin(store, company.amir, version_id)  # begun and left, it is no practice yet
    assert await debriefed(store, company, await begin(store, company.amir, version_id)) == 6
    assert await debriefed(store, company, await branch(store, company.amir, first, 1)) is None
    store.clock.offset += timedelta(days=4)
    assert await debriefed(store, company, left) == 6  # it began four days after the last one
    assert await debriefed(store, company, await begin(store, company.amir, version_id)) == 5
    await store.close()
