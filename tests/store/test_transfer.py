"""Pilots, taps and plans: sealed, for their owner, and otherwise for counting without names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.errors import Conflict, NotAllowed, NotFound
from store import tables
from store.purpose import Purpose
from store.unit_of_work import Store
from tests.company import Company

SECRET = "My team laughs about it when I ask"
OWN = Purpose.OWN_PRACTICE


async def joined(store: Store, company: Company) -> tuple[str, str]:
    """A pilot that Amir takes part in, and his first check-in, answered."""
    async with store.write() as work:
        now = work.now
        pilot = await work.pilots.add(
            company.programme_id,
            title="Asking first",
            behaviour="Asks first",
            by=company.sofia.person_id,
            starts_at=now,
            ends_at=now + timedelta(days=14),
        )
        me = company.amir.person_id
        assert await work.pilots.invite(pilot.id, [me, me, company.lena.person_id]) == [me, company.lena.person_id]
        await work.pilots.consent(pilot.id, {"before": now, "after": pilot.ends_at}, reader=me, purpose=OWN)
        [check_in, _after] = await work.pilots.check_ins(reader=me, purpose=OWN)
        await work.pilots.answer(check_in.id, {"goal": SECRET}, reader=me, purpose=OWN)
    return pilot.id, check_in.id


async def test_what_was_answered_comes_back_to_its_owner(store: Store, company: Company) -> None:
    pilot_id, check_in_id = await joined(store, company)
    async with store.read() as work:
        found = await work.pilots.check_in(check_in_id, reader=company.amir.person_id, purpose=OWN)
        assert found.answers == {"goal": SECRET}
        assert await work.pilots.answers(pilot_id, purpose=Purpose.TRANSFER) == [{"before": {"goal": SECRET}}]
        assert await work.pilots.sizes(pilot_id, purpose=Purpose.TRANSFER) == (2, 1)


async def test_nobody_else_finds_it_and_nobody_changes_it(store: Store, company: Company) -> None:
    _pilot_id, check_in_id = await joined(store, company)
    async with store.write() as work:
        other = company.lena.person_id
        with pytest.raises(NotFound):
            await work.pilots.check_in(check_in_id, reader=other, purpose=OWN)
        await work.pilots.answer(check_in_id, {"goal": "mine now"}, reader=other, purpose=OWN)
        assert await work.pilots.check_ins(reader=other, purpose=OWN) == []
        mine = await work.pilots.check_in(check_in_id, reader=company.amir.person_id, purpose=OWN)
    assert mine.answers == {"goal": SECRET}


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {OWN}))
async def test_no_other_purpose_opens_what_belongs_to_one(store: Store, company: Company, purpose: Purpose) -> None:
    pilot_id, check_in_id = await joined(store, company)
    me = company.amir.person_id
    async with store.read() as work:
        for asked in (
            work.pilots.check_in(check_in_id, reader=me, purpose=purpose),
            work.pilots.check_ins(reader=me, purpose=purpose),
            work.pilots.member(pilot_id, reader=me, purpose=purpose),
            work.pilots.mine(reader=me, purpose=purpose),
            work.transfer.plans(reader=me, purpose=purpose),
            work.transfer.taps(reader=me, purpose=purpose),
            work.transfer.evidence(reader=me, purpose=purpose),
        ):
            with pytest.raises(NotAllowed):
                await asked
        if purpose is not Purpose.TRANSFER:
            with pytest.raises(NotAllowed):
                await work.pilots.answers(pilot_id, purpose=purpose)
    async with store.read() as work:
        with pytest.raises(NotAllowed):
            await work.pilots.answers(pilot_id, purpose=OWN)


async def test_plans_and_taps_are_sealed_and_the_owners_alone(store: Store, company: Company) -> None:
    me, other = company.amir.person_id, company.lena.person_id
    await joined(store, company)
    async with store.write() as work:
        plan_id = await work.transfer.add_plan(
            {"cue": SECRET}, due_at=work.now, practice_id=None, reader=me, purpose=OWN
        )
        with pytest.raises(NotFound):
            await work.transfer.plan(plan_id, reader=other, purpose=OWN)
        with pytest.raises(NotFound):
            await work.transfer.follow_up(plan_id, {"outcome": "happened"}, reader=other, purpose=OWN)
        with pytest.raises(NotFound):
            await work.transfer.forget_plan(plan_id, reader=other, purpose=OWN)
        await work.transfer.follow_up(plan_id, {"note": SECRET}, reader=me, purpose=OWN)
        for _ in range(2):
            await work.transfer.add_evidence("plan", plan_id, 7, reader=me, purpose=OWN)
        assert len(await work.transfer.evidence(reader=me, purpose=OWN)) == 1
        assert [each.id for each in await work.transfer.to_ask()] == [], "who has answered is not asked"
    async with store.read() as work:
        found = await work.transfer.plan(plan_id, reader=me, purpose=OWN)
        assert (found.plan, found.outcome) == ({"cue": SECRET}, {"note": SECRET})
    async with store.database.transaction(writing=False) as connection:
        for table in (tables.check_ins, tables.plans, tables.taps):
            for row in await connection.execute(table.select()):
                assert SECRET not in str(tuple(row))
    async with store.write() as work:
        await work.transfer.forget_plan(plan_id, reader=me, purpose=OWN)
        assert await work.transfer.plans(reader=me, purpose=OWN) == []
        assert await work.transfer.evidence(reader=me, purpose=OWN) == []


async def test_what_is_due_is_asked_for_once(store: Store, company: Company) -> None:
    await joined(store, company)
    store.clock.offset += timedelta(days=14, minutes=1)
    async with store.write() as work:
        [due] = await work.pilots.to_ask(work.now - timedelta(days=1))
        assert due.person_id == company.amir.person_id
        assert await work.pilots.to_ask(work.now) == []
        await work.pilots.asked(due.id)
        assert await work.pilots.to_ask(work.now - timedelta(days=1)) == []


async def test_withdrawing_deletes_answers_and_leaves_nothing_to_count(store: Store, company: Company) -> None:
    pilot_id, _ = await joined(store, company)
    async with store.write() as work:
        await work.pilots.withdraw(pilot_id, reader=company.amir.person_id, purpose=OWN)
        assert await work.pilots.answers(pilot_id, purpose=Purpose.TRANSFER) == []
        assert await work.pilots.check_ins(reader=company.amir.person_id, purpose=OWN) == []
        assert await work.pilots.counted_in(reader=company.amir.person_id, purpose=OWN) == frozenset()


async def test_a_report_is_kept_once(store: Store, company: Company) -> None:
    pilot_id, _ = await joined(store, company)
    async with store.write() as work:
        await work.pilots.add_report(pilot_id, "before", {"people": 15})
        assert await work.pilots.counted_in(reader=company.amir.person_id, purpose=OWN) == {pilot_id}
        assert await work.pilots.counted_in(reader=company.lena.person_id, purpose=OWN) == frozenset()
    with pytest.raises(Conflict):
        async with store.write() as work:
            await work.pilots.add_report(pilot_id, "before", {"people": 20})
    async with store.read() as work:
        assert [each.content for each in await work.pilots.reports(pilot_id)] == [{"people": 15}]
