"""Whom a scenario reaches and what is on a shelf: dates, assignments, and reminders that tell nothing."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest

from approvals.people import Actor
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs.assigning import assign, assignments, end_assignment, set_dates, tell_of_assignments
from graphs.grouping import add_group, change_members, group, groups
from graphs.practising import begin
from graphs.reaching import NotReached, Shelved, may_begin, shelf, who_may_begin
from graphs.rolling_out import PlannedStep, invite, plan_rollout
from store.clock import Clock
from store.unit_of_work import Store
from tests.company import Company
from tests.graphs.signing import signed_scenario

DAY = timedelta(days=1)


async def now(store: Store) -> datetime:
    async with store.read() as work:
        return work.now


async def shelved(store: Store, actor: Actor) -> list[Shelved]:
    async with store.read() as work:
        return await shelf(work, actor)


async def told(store: Store, actor: Actor) -> list[tuple[str, str]]:
    async with store.read() as work:
        return [(each.kind, each.subject) for each in reversed(await work.desk.notices(actor.person_id))]


async def test_without_a_rollout_everybody_is_reached_as_before(store: Store, company: Company) -> None:
    signed = await signed_scenario(store, company)
    for learner in (company.amir, company.lena):
        assert await begin(store, learner, signed.subject_id)
        [found] = await shelved(store, learner)
        assert (found.version.id, found.why, found.due_at, found.opens_at) == (signed.subject_id, "open", None, None)
    assert [each.why for each in await shelved(store, company.maria)] == ["open"]


async def test_a_programme_lets_nobody_begin_before_it_starts_and_after_it_ends(store: Store, company: Company) -> None:
    signed = await signed_scenario(store, company)
    at = await now(store)
    for maker in (company.maria, company.amir):
        with pytest.raises(NotAllowed):
            await set_dates(store, maker, company.programme_id, starts_at=at, ends_at=None)
    with pytest.raises(InvalidInput, match="ends after"):
        await set_dates(store, company.sofia, company.programme_id, starts_at=at, ends_at=at)
    await set_dates(store, company.sofia, company.programme_id, starts_at=at + DAY, ends_at=at + 9 * DAY)
    with pytest.raises(NotReached, match="begins on"):
        await begin(store, company.amir, signed.subject_id)
    [found] = await shelved(store, company.amir)
    assert found.opens_at == at + DAY
    store.clock = Clock(2 * DAY)
    assert await begin(store, company.amir, signed.subject_id)
    store.clock = Clock(10 * DAY)
    with pytest.raises(NotReached, match="ended on"):
        await begin(store, company.amir, signed.subject_id)
    assert await shelved(store, company.amir) == []
    elsewhere = (at + 20 * DAY).astimezone(timezone(timedelta(hours=9)))
    changed = await set_dates(store, company.boss, company.programme_id, starts_at=None, ends_at=elsewhere)
    assert (changed.starts_at, changed.ends_at) == (None, at + 20 * DAY)


async def test_what_is_due_first_stands_first_and_only_for_whom_it_is(store: Store, company: Company) -> None:
    first, second = await signed_scenario(store, company), await signed_scenario(store, company)
    third = await signed_scenario(store, company)
    at = await now(store)
    leads = await add_group(store, company.maria, company.programme_id, "Leads")
    await change_members(store, company.maria, leads.id, add=["lena"])
    later = await assign(store, company.sofia, first.subject_id, group_id=leads.id, due_at=at + 30 * DAY)
    await assign(store, company.boss, second.subject_id, group_id=leads.id, due_at=at + 9 * DAY)
    await assign(store, company.boss, third.subject_id, opens_at=at + DAY)
    found = await shelved(store, company.lena)
    assert [(each.version.id, each.why) for each in found] == [
        (second.subject_id, "assigned"),
        (first.subject_id, "assigned"),
        (third.subject_id, "open"),
    ]
    assert {each.why for each in await shelved(store, company.amir)} == {"open"}
    store.clock = Clock(2 * DAY)
    assert next(each.version.id for each in await shelved(store, company.amir)) == third.subject_id
    await end_assignment(store, company.maria, later.id)
    with pytest.raises(Conflict):
        await end_assignment(store, company.maria, later.id)
    assert [each.why for each in await shelved(store, company.lena)] == ["assigned", "assigned", "open"]
    listed = await assignments(store, company.maria, company.programme_id)
    assert [(each.group, each.version_id) for each in listed] == [
        ("Leads", second.subject_id),
        ("", third.subject_id),
    ]
    assert not {"told_at", "reminded_at", "practised", "done"} & set(listed[0].model_dump())


async def test_everybody_who_is_meant_is_told_once_and_reminded_once_whether_they_practised_or_not(
    store: Store, company: Company
) -> None:
    signed = await signed_scenario(store, company)
    at = await now(store)
    row = await assign(store, company.maria, signed.subject_id, opens_at=at + DAY, due_at=at + 20 * DAY)
    subject = f"assignment/{row.id}"
    await tell_of_assignments(store)
    assert await told(store, company.amir) == []
    store.clock = Clock(2 * DAY)
    for _ in range(2):
        await tell_of_assignments(store)
    await begin(store, company.amir, signed.subject_id)
    store.clock = Clock(18 * DAY)
    for _ in range(2):
        await tell_of_assignments(store)
    for learner in (company.amir, company.lena):  # who has practised cannot be told from who is reminded
        assert await told(store, learner) == [("assigned", subject), ("due", subject)]
    assert ("assigned", subject) not in await told(store, company.maria)


async def test_nobody_is_sent_to_a_closed_door(store: Store, company: Company) -> None:
    signed = await signed_scenario(store, company)
    pilot = await add_group(store, company.maria, company.programme_id, "Pilot")
    rollout_id = await plan_rollout(
        store, company.maria, signed.subject_id, [PlannedStep(name="pilot", group_id=pilot.id)]
    )
    await invite(store, company.maria, rollout_id, ["amir"])
    await assign(store, company.maria, signed.subject_id)
    await tell_of_assignments(store)
    assert await told(store, company.lena) == []
    assert await told(store, company.amir) == [("invited", f"rollout/{rollout_id}")]
    assert await shelved(store, company.lena) == []
    [mine] = await shelved(store, company.amir)
    assert (mine.rollout_id, mine.why) == (rollout_id, "assigned")


async def test_what_nobody_may_begin_yet_is_told_when_the_programme_begins(store: Store, company: Company) -> None:
    signed = await signed_scenario(store, company)
    at = await now(store)
    row = await assign(store, company.maria, signed.subject_id, due_at=at + 20 * DAY)
    await set_dates(store, company.sofia, company.programme_id, starts_at=at + 2 * DAY, ends_at=at + 9 * DAY)
    await tell_of_assignments(store)
    assert await told(store, company.amir) == []
    store.clock = Clock(3 * DAY)
    for _ in range(2):
        await tell_of_assignments(store)
    assert await told(store, company.amir) == [("assigned", f"assignment/{row.id}")]
    store.clock = Clock(18 * DAY)  # the programme has ended: nobody is reminded of what nobody may begin
    await tell_of_assignments(store)
    assert await told(store, company.lena) == [("assigned", f"assignment/{row.id}")]


async def test_who_may_begin_is_asked_of_many_as_of_one(store: Store, company: Company) -> None:
    signed = await signed_scenario(store, company)
    at = await now(store)
    pilot = await add_group(store, company.maria, company.programme_id, "Pilot", people=["lena"])
    learners = frozenset({company.amir.person_id, company.lena.person_id})

    async def agreed() -> frozenset[str]:
        async with store.read() as work:
            many = await who_may_begin(work, signed.subject_id, learners)
            one = set()
            for each in (company.amir, company.lena):
                with suppress(NotReached):
                    await may_begin(work, each, signed.subject_id, held=False)
                    one.add(each.person_id)
        assert many == one
        return many

    assert await agreed() == learners
    steps = [PlannedStep(name="pilot", group_id=pilot.id)]
    rollout_id = await plan_rollout(store, company.maria, signed.subject_id, steps)
    assert await agreed() == frozenset()
    async with store.write() as work:
        plan = [{"name": "pilot", "group_id": pilot.id, "members": [company.lena.person_id]}]
        await work.reach.change_rollout(rollout_id, stage="pilot", plan=plan)
    assert await agreed() == {company.lena.person_id}
    await set_dates(store, company.sofia, company.programme_id, starts_at=at + DAY, ends_at=None)
    assert await agreed() == frozenset()
    await set_dates(store, company.sofia, company.programme_id, starts_at=None, ends_at=None)
    async with store.write() as work:
        await work.reach.change_rollout(rollout_id, suspended_at=work.now)
    assert await agreed() == frozenset()


async def test_an_assignment_that_makes_no_sense_is_refused(store: Store, company: Company) -> None:
    signed = await signed_scenario(store, company)
    at = await now(store)
    with pytest.raises(NotAllowed):
        await assign(store, company.amir, signed.subject_id)
    with pytest.raises(InvalidInput, match="due before"):
        await assign(store, company.maria, signed.subject_id, opens_at=at + 2 * DAY, due_at=at + DAY)
    with pytest.raises(InvalidInput, match="due before"):
        await assign(store, company.maria, signed.subject_id, due_at=at - DAY)
    naive = (at + 3 * DAY).replace(tzinfo=None)
    row = await assign(store, company.maria, signed.subject_id, due_at=naive)
    assert row.due_at == naive.replace(tzinfo=UTC)
    far = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9)))
    with pytest.raises(InvalidInput, match="beyond every calendar"):
        await assign(store, company.maria, signed.subject_id, due_at=far)
    async with store.write() as work:
        other = await work.strategy.add_programme("Others", round_budget=1)
    foreign = await add_group(store, company.boss, other, "Pilot")
    with pytest.raises(InvalidInput, match="another programme"):
        await assign(store, company.maria, signed.subject_id, group_id=foreign.id)


async def test_groups_hold_people_and_nothing_of_what_they_do(store: Store, company: Company) -> None:
    for nobody in (company.amir, company.maria.model_copy(update={"by_token": True})):
        with pytest.raises(NotAllowed):
            await add_group(store, nobody, company.programme_id, "Pilot")
    with pytest.raises(InvalidInput):
        await add_group(store, company.boss, company.programme_id, "  ")
    made = await add_group(store, company.boss, company.programme_id, " Pilot   spring ")
    assert made.name == "Pilot spring"
    found = await change_members(store, company.boss, made.id, add=["LENA", company.amir.person_id])
    assert [each.login for each in found.people] == ["amir", "lena"]
    for named in ("nobody", ""):
        with pytest.raises(InvalidInput, match="Nobody here"):
            await change_members(store, company.boss, made.id, add=[named])
    await change_members(store, company.boss, made.id, remove=["amir", "maria"])
    assert [each.login for each in (await group(store, company.boss, made.id)).people] == ["lena"]
    assert [each.name for each in await groups(store, company.sofia)] == ["Pilot spring"]
    with pytest.raises(NotAllowed):
        await groups(store, company.lena)
    assert set(found.people[0].model_dump()) == {"id", "login", "name"}
