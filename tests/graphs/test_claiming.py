from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.people import Actor
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs.claiming import claim, release, remind, set_due
from store.unit_of_work import Store
from tests.company import Company, found
from tests.conftest import open_store
from tests.desk import Desk


async def test_a_claim_keeps_a_colleague_out_until_it_ends_or_is_taken_over(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    checkpoint = await desk.ordered(company.maria)
    claimed = await claim(store, company.maria, checkpoint.id)
    assert claimed.claimed_by == company.maria.person_id
    for act in (claim(store, company.jonas, checkpoint.id), desk.decide(company.jonas, checkpoint)):
        with pytest.raises(Conflict, match="Maria has claimed this until"):
            await act
    with pytest.raises(NotAllowed):
        await claim(store, company.amir, checkpoint.id)
    with pytest.raises(Conflict, match="not your claim"):
        await release(store, company.jonas, checkpoint.id)
    await claim(store, company.jonas, checkpoint.id, take_over=True)
    await release(store, company.jonas, checkpoint.id)
    await claim(store, company.maria, checkpoint.id)
    store.clock.offset = timedelta(minutes=31)
    assert (await desk.decide(company.jonas, checkpoint)).status == "approved"


async def test_an_expired_claim_stays_expired_when_the_clock_runs_backwards(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    company = await found(store)
    desk = Desk(store, company)
    checkpoint = await desk.ordered(company.maria)
    await claim(store, company.maria, checkpoint.id)
    store.clock.offset = timedelta(hours=1)
    async with store.write():
        pass  # something was written at that hour
    store.clock.offset = -timedelta(days=1)
    assert (await desk.decide(company.jonas, checkpoint)).status == "approved"
    await store.close()


async def told(store: Store, actor: Actor, *, remind_first: bool = False) -> int:
    if remind_first:
        await remind(store)
    async with store.read() as work:
        found = await work.desk.notices(actor.person_id, unread=True)
    assert {each.kind for each in found} <= {"checkpoint due"}
    return len(found)


async def test_people_are_reminded_once_for_each_due_date(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    checkpoint = await desk.ordered(company.maria)
    assert checkpoint.due_at is not None
    assert await told(store, company.maria, remind_first=True) == 0
    with pytest.raises(InvalidInput, match="has passed"):
        await set_due(store, company.maria, checkpoint.id, checkpoint.created_at - timedelta(days=1))
    await set_due(store, company.maria, checkpoint.id, checkpoint.created_at + timedelta(hours=1))
    store.clock.offset = timedelta(hours=2)
    assert await told(store, company.maria, remind_first=True) == 1
    assert await told(store, company.maria, remind_first=True) == 1
    assert [await told(store, each) for each in (company.jonas, company.sofia, company.amir)] == [1, 0, 0]
    await set_due(store, company.maria, checkpoint.id, checkpoint.created_at + timedelta(hours=3))
    store.clock.offset = timedelta(hours=2, minutes=50)
    await claim(store, company.jonas, checkpoint.id)
    store.clock.offset = timedelta(hours=3, minutes=10)
    await remind(store)
    assert [await told(store, each) for each in (company.maria, company.jonas)] == [1, 2]
