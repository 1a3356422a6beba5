"""Who takes part, for how long, and what is left of it when they take it back."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from evidence.errors import Conflict, InvalidInput, NotAllowed, NotFound
from graphs.transfer import checking_in, consenting
from graphs.transfer.consenting import agree, my_pilot, my_pilots, withdraw
from graphs.transfer.mine import my_transfer
from graphs.transfer.pilots import PilotOrder, begin, invite, pilot
from graphs.transfer.publishing import publish
from practice.drivers.answers import Answers
from practice.drivers.items import Moment
from practice.drivers.tiers import Kind, tier
from store import tables
from store.unit_of_work import Store
from tests.company import Company
from tests.graphs.transfer.cohort import FINE, MINIMUM, begun, check_in_of, join, later, people, say


async def test_nobody_is_asked_anything_before_they_agree(store: Store, company: Company) -> None:
    pilot_id = await begun(store, company)
    [asked] = await my_pilots(store, company.amir, minimum=MINIMUM)
    assert (asked.state, asked.check_ins) == ("asked", ())
    assert any("10 people or more" in each for each in asked.consent)
    await agree(store, company.amir, pilot_id)
    await agree(store, company.amir, pilot_id)  # once is enough
    found = await my_pilot(store, company.amir, pilot_id, minimum=MINIMUM)
    assert [(each.moment, each.state) for each in found.check_ins] == [
        (Moment.BEFORE, "open"),
        (Moment.AFTER, "planned"),
        (Moment.LATER, "planned"),
    ]
    after, last = (each.due_at for each in found.check_ins[1:])
    assert (last - after).days == 30
    assert after == found.ends_at


async def test_taking_it_back_deletes_every_answer_at_once(store: Store, company: Company) -> None:
    pilot_id = await begun(store, company)
    await agree(store, company.amir, pilot_id)
    await say(store, company.amir, pilot_id, Moment.BEFORE, FINE)
    assert (await my_transfer(store, company.amir)).evidence
    await withdraw(store, company.amir, pilot_id)
    assert not (await my_transfer(store, company.amir)).evidence
    async with store.database.transaction(writing=False) as connection:
        assert (await connection.execute(select(func.count()).select_from(tables.check_ins))).scalar() == 0
    assert (await my_pilot(store, company.amir, pilot_id, minimum=MINIMUM)).state == "withdrawn"
    await agree(store, company.amir, pilot_id)  # one may think again, as long as nothing was counted
    assert (await my_pilot(store, company.amir, pilot_id, minimum=MINIMUM)).state == "taking_part"


async def test_nobody_is_in_two_cohorts_of_one_period(store: Store, company: Company) -> None:
    one, other = await begun(store, company), await begun(store, company, title="The same again")
    await agree(store, company.amir, one)
    with pytest.raises(Conflict, match="another pilot"):
        await agree(store, company.amir, other)
    await withdraw(store, company.amir, one)
    await agree(store, company.amir, other)  # nothing of the first was counted


async def test_who_was_counted_cannot_be_counted_again_by_taking_it_back(store: Store, company: Company) -> None:
    one, other = await begun(store, company), await begun(store, company, days=60, title="The same again")
    await agree(store, company.amir, one)
    await say(store, company.amir, one, Moment.BEFORE, FINE)
    later(store, 15)
    await publish(store, company.sofia, one, Moment.BEFORE, minimum=MINIMUM)
    await withdraw(store, company.amir, one)
    with pytest.raises(Conflict, match="another pilot"):
        await agree(store, company.amir, other)
    with pytest.raises(Conflict, match="Nobody joins"):
        await agree(store, company.amir, one)
    await agree(store, company.lena, other)  # who was not counted may join


async def test_a_later_period_is_another_matter(store: Store, company: Company) -> None:
    one = await begun(store, company)
    await agree(store, company.amir, one)
    next_one = await begun(store, company, starts=80, title="Next quarter")
    with pytest.raises(Conflict):
        await agree(store, company.amir, next_one)  # it was begun while the first was under way
    later(store, 70)
    await agree(store, company.amir, await begun(store, company, title="After it"))


async def test_only_who_was_asked_finds_a_pilot(store: Store, company: Company) -> None:
    pilot_id = await begun(store, company)
    [stranger] = await people(store, 1, "late")
    for act in (agree, withdraw):
        with pytest.raises(NotFound):
            await act(store, stranger, pilot_id)
    assert await my_pilots(store, stranger, minimum=MINIMUM) == []


@pytest.mark.parametrize("who", ["lena", "maria", "sofia", "boss"])
async def test_nobody_opens_the_check_in_of_another(store: Store, company: Company, who: str) -> None:
    pilot_id = await begun(store, company)
    await agree(store, company.amir, pilot_id)
    check_in = await check_in_of(store, company.amir, pilot_id, Moment.BEFORE)
    other = getattr(company, who)
    with pytest.raises(NotFound):
        await checking_in.questions(store, other, check_in)
    with pytest.raises(NotFound):
        await checking_in.answer(store, other, check_in, FINE)


async def test_a_check_in_is_answered_in_its_time(store: Store, company: Company) -> None:
    pilot_id = await begun(store, company)
    await agree(store, company.amir, pilot_id)
    with pytest.raises(Conflict, match="asked from"):
        await say(store, company.amir, pilot_id, Moment.AFTER, FINE)
    with pytest.raises(InvalidInput):
        await say(store, company.amir, pilot_id, Moment.BEFORE, Answers(happened=True))
    await say(store, company.amir, pilot_id, Moment.BEFORE, FINE)
    await say(store, company.amir, pilot_id, Moment.BEFORE, FINE)  # changed one's mind
    later(store, 14.1)
    with pytest.raises(Conflict, match="is over"):
        await say(store, company.amir, pilot_id, Moment.BEFORE, FINE)
    await say(store, company.amir, pilot_id, Moment.AFTER, FINE)


async def test_an_answer_on_its_way_while_it_is_all_taken_back_leaves_nothing(store: Store, company: Company) -> None:
    pilot_id = await begun(store, company)
    me = company.amir.person_id
    await agree(store, company.amir, pilot_id)
    check_in = await check_in_of(store, company.amir, pilot_id, Moment.BEFORE)
    async with store.write() as work:
        await work.pilots.hold(me)
        await work.pilots.pilot(pilot_id, held=True)
        other_tab = asyncio.create_task(checking_in.answer(store, company.amir, check_in, FINE))
        await asyncio.sleep(0.2)
        assert not other_tab.done()
        await work.pilots.withdraw(pilot_id, reader=me, purpose=consenting.OWN)
    with pytest.raises(NotFound):
        await other_tab
    assert not (await my_transfer(store, company.amir)).evidence


async def test_two_tabs_that_answer_at_once_leave_one_answer_and_its_own_evidence(
    store: Store, company: Company
) -> None:
    pilot_id = await begun(store, company)
    await agree(store, company.amir, pilot_id)
    later(store, 44.5)
    check_in = await check_in_of(store, company.amir, pilot_id, Moment.LATER)
    yes, no = (Answers(happened=each) for each in (True, False))
    for first, second in ((yes, no), (no, yes), (yes, yes)):
        both = (checking_in.answer(store, company.amir, check_in, each) for each in (first, second))
        await asyncio.gather(*both)
        kept = (await checking_in.questions(store, company.amir, check_in)).answers
        [shown] = (await my_transfer(store, company.amir)).evidence
        assert kept is not None
        assert shown.tier == tier(Kind.CHECK_IN, happened=kept.happened is True)


async def test_a_strategist_sees_how_many_were_asked_and_not_who_agreed(store: Store, company: Company) -> None:
    pilot_id = await begun(store, company)
    crowd = await people(store, 12)
    await invite(store, company.sofia, pilot_id, everybody=True)
    seen = []
    for each in crowd:
        await agree(store, each, pilot_id)
        found = await pilot(store, company.sofia, pilot_id, minimum=MINIMUM)
        seen.append(found.taking_part)
    assert found.invited == 14
    assert seen == [None] * 9 + [10] * 3
    await join(store, crowd, pilot_id)


async def test_only_a_strategist_in_person_begins_and_asks(store: Store, company: Company) -> None:
    async with store.read() as work:
        now = work.now
    order = PilotOrder(title="x", behaviour="y", starts_at=now, ends_at=now)
    for who in (company.amir, company.maria, company.boss, company.sofia.model_copy(update={"by_token": True})):
        with pytest.raises(NotAllowed):
            await begin(store, who, company.programme_id, order)
    with pytest.raises(InvalidInput):
        await begin(store, company.sofia, company.programme_id, order)
    pilot_id = await begun(store, company)
    for logins in ([], ["nobody"], ["maria"]):
        with pytest.raises(InvalidInput):
            await invite(store, company.sofia, pilot_id, logins=logins)
    assert await invite(store, company.sofia, pilot_id, everybody=True) == 0, "nobody is asked twice"


async def test_agreeing_needs_a_person(store: Store, company: Company) -> None:
    pilot_id = await begun(store, company)
    with pytest.raises(NotAllowed):
        await consenting.agree(store, company.amir.model_copy(update={"by_token": True}), pilot_id)
